"""Reads parameter sets bit by bit, never past their end (ITU-T H.264 section 7.2 and clause 9.1; H.265 the same)."""

from __future__ import annotations

from typing import Final

from nvr.errors import StreamMalformed

MAX_PARAMETER_SET_BYTES: Final = 4096
"""Real ones have 10 to 200 bytes; what is longer is refused before it is read."""

_MAX_LEADING_ZEROS: Final = 31


def unescape(nal: bytes) -> bytes:
    """The RBSP of a NAL unit: without the emulation prevention bytes (H.264 section 7.3.1)."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00")


class BitReader:
    """Most significant bit first over ``payload``, at most ``MAX_PARAMETER_SET_BYTES`` long.

    Raises:
        StreamMalformed: the payload is too long, or a read passes its end.
    """

    __slots__ = ("_left_bits", "_value")

    def __init__(self, payload: bytes) -> None:
        if len(payload) > MAX_PARAMETER_SET_BYTES:
            raise StreamMalformed(f"a parameter set has {len(payload)} bytes", "the camera is faulty or hostile")
        self._value = int.from_bytes(payload)
        self._left_bits = len(payload) * 8

    def bits(self, count: int) -> int:
        """The next ``count`` bits as an unsigned integer: u(n)."""
        if count > self._left_bits:
            raise StreamMalformed("a parameter set is cut short", "restart the camera")
        self._left_bits -= count
        return (self._value >> self._left_bits) & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit."""
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Pass over ``count`` bits."""
        self.bits(count)

    def ue(self) -> int:
        """An Exp-Golomb code, 0..2**32-2: ue(v)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > _MAX_LEADING_ZEROS:
                raise StreamMalformed("a parameter set holds an endless number", "restart the camera")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb code: se(v)."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)

"""RTP and RTCP headers (RFC 3550): sequence numbers, loss, and the camera's clock. Pure: no socket, no clock.

Nothing here raises on a malformed packet: it is counted and passed over, for a single broken datagram must not end a session.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final

from ingest.access_unit import AccessUnitBuilder

MAX_DROPOUT: Final = 3000
"""A forward jump of at most this many sequence numbers is loss; a longer one is a restart (RFC 3550 appendix A.1)."""

_HEADER: Final = Struct(">BBHII").unpack_from
_PLAIN: Final = 0x80  # version 2, no padding, no extension, no contributing sources
_SENDER_REPORT: Final = Struct(">BBHIIII").unpack_from
_NTP_EPOCH_TO_UNIX_S: Final = 2_208_988_800


class RtpReceiver:
    """Orders nothing and copies nothing: takes packets as they come, finds what was lost, feeds the depacketiser.

    Attributes:
        packets: RTP packets of our payload type taken up.
        lost: sequence numbers that never came.
        late: packets dropped because they came after their place, or twice.
        malformed: packets that are not RTP.
        restarts: changes of SSRC and sequence jumps beyond ``MAX_DROPOUT``.
    """

    __slots__ = (
        "_depacketizer",
        "_expected",
        "_on_restart",
        "_payload_type",
        "_ssrc",
        "_suspect",
        "late",
        "lost",
        "malformed",
        "packets",
        "restarts",
    )

    def __init__(self, depacketizer: AccessUnitBuilder, payload_type: int, on_restart: Callable[[], None]) -> None:
        self._depacketizer = depacketizer
        self._payload_type = payload_type
        self._on_restart = on_restart
        self._ssrc = -1
        self._expected = -1
        self._suspect = -1
        self.packets = 0
        self.lost = 0
        self.late = 0
        self.malformed = 0
        self.restarts = 0

    def packet(self, view: memoryview, start: int, stop: int) -> None:
        """Take up the RTP packet ``view[start:stop]``; see ``AccessUnitBuilder.payload`` for how long it must stay."""
        if stop - start <= 12:
            self.malformed += stop - start < 12
            return
        flags, kind, sequence, timestamp, ssrc = _HEADER(view, start)
        if kind & 0x7F != self._payload_type:
            return
        start += 12
        if flags != _PLAIN:
            start, stop = self._payload_bounds(view, start, stop, flags)
            if start >= stop:
                return
        if ssrc != self._ssrc:
            self._restart(ssrc, sequence)
        ahead = sequence - self._expected & 0xFFFF
        if ahead:
            if ahead <= MAX_DROPOUT:
                self.lost += ahead
            elif sequence == self._suspect:
                # Two in a row far from where we were: the sender really started anew.
                self._restart(ssrc, sequence)
                ahead = 0
            else:
                self._suspect = sequence + 1 & 0xFFFF
                self.late += 1
                return
        self._expected = sequence + 1 & 0xFFFF
        self.packets += 1
        self._depacketizer.payload(view, start, stop, timestamp, kind & 0x80, ahead)

    def _restart(self, ssrc: int, sequence: int) -> None:
        first = self._ssrc < 0
        self._ssrc = ssrc
        self._expected = sequence
        self._suspect = -1
        if not first:
            self.restarts += 1
            self._depacketizer.abandon()
            self._on_restart()

    def _payload_bounds(self, view: memoryview, start: int, stop: int, flags: int) -> tuple[int, int]:
        """Where the payload lies behind contributing sources and extension, before the padding; empty where malformed."""
        if flags >> 6 != 2:
            self.malformed += 1
            return stop, stop
        start += 4 * (flags & 0x0F)
        if flags & 0x10:
            if start + 4 > stop:
                self.malformed += 1
                return stop, stop
            start += 4 + 4 * (view[start + 2] << 8 | view[start + 3])
        if flags & 0x20:
            stop -= view[stop - 1]
        if start > stop:
            self.malformed += 1
        return start, stop


def sender_report_wall_ns(view: memoryview, start: int, stop: int) -> int | None:
    """The camera's own UTC time in nanoseconds from an RTCP sender report (RFC 3550 section 6.4.1); None where it holds none."""
    if stop - start < 28:
        return None
    flags, kind, _, _, seconds, fraction, _ = _SENDER_REPORT(view, start)
    if flags >> 6 != 2 or kind != 200 or not seconds:
        return None
    camera_ns: int = (seconds - _NTP_EPOCH_TO_UNIX_S) * 1_000_000_000 + (fraction * 1_000_000_000 >> 32)
    return camera_ns


def empty_receiver_report(ssrc: int) -> bytes:
    """An RTCP receiver report without blocks (section 6.4.2): a sign of life over UDP, and it opens the way through firewalls."""
    return bytes((0x80, 201, 0, 1)) + ssrc.to_bytes(4)

"""The parts of a JPEG that RTP does not carry (RFC 2435 section 4.1 and appendix B): standard tables, and the header made of them. Pure."""

from __future__ import annotations

from functools import lru_cache
from struct import pack
from typing import Final

# ISO/IEC 10918-1 annex K.1, rows from the top.
_LUMA: Final = (
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 "
    "18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"
)
_CHROMA: Final = (
    "17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99 " + "99 " * 32
)
_ZIGZAG: Final = sorted(
    range(64), key=lambda at: (at // 8 + at % 8, at % 8 if (at // 8 + at % 8) % 2 == 0 else at // 8)
)
"""Position in the block by place in the zigzag (annex A.3.6)."""

# Annex K.3: table class and number, how many codes of each length, what they mean.
_HUFFMAN: Final = tuple(
    bytes.fromhex(text)
    for text in (
        "00" "00010501010101010100000000000000" "000102030405060708090a0b",
        "10" "0002010303020403050504040000017d" "01020300041105122131410613516107227114328191a1082342b1c11552d1f0"
        "2433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778"
        "797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9da"
        "e1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
        "01" "00030101010101010101010000000000" "000102030405060708090a0b",
        "11" "00020102040403040705040400010277" "000102031104052131061241510761711322328108144291a1b1c109233352f0"
        "156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a7374757677"
        "78797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8"
        "d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa",
    )
)  # fmt: skip

END_OF_IMAGE: Final = b"\xff\xd9"


@lru_cache(maxsize=128)
def tables_of_quality(quality: int) -> bytes:
    """The two quantisation tables that a Q of 1 to 99 means (RFC 2435 section 4.2), 128 bytes in zigzag order.

    Raises:
        ValueError: another Q.
    """
    if not 1 <= quality <= 99:
        raise ValueError(f"Q {quality} names no tables")
    factor = 5000 // quality if quality < 50 else 200 - 2 * quality
    out = bytearray()
    for text in (_LUMA, _CHROMA):
        rows = [int(word) for word in text.split()]
        out += bytes(max(1, min(255, (rows[at] * factor + 50) // 100)) for at in _ZIGZAG)
    return bytes(out)


@lru_cache(maxsize=256)
def jpeg_header(  # noqa: PLR0917 - what the RTP header holds, in its order
    kind: int, width_px: int, height_px: int, restart_interval: int, tables: bytes, wide: int
) -> bytes:
    """Everything in front of a frame's scan.

    Args:
        kind: 0 (4:2:2) or 1 (4:2:0).
        restart_interval: in macroblocks, 0 without.
        tables: one quantisation table for all components, or that of luma and that of chroma.
        wide: bit i: table i has 16-bit values.
    """
    quantisers, at, count = b"", 0, 0
    for number in range(2):
        size = 128 if wide >> number & 1 else 64
        table = tables[at : at + size]
        if not table:
            break
        quantisers += _marker(0xDB, bytes(((size == 128) << 4 | number,)) + table)
        at += size
        count += 1
    chroma_table = count - 1
    luma_sampling = 0x21 if kind == 0 else 0x22
    frame = pack(">BHHB", 8, height_px, width_px, 3) + bytes(
        (1, luma_sampling, 0, 2, 0x11, chroma_table, 3, 0x11, chroma_table)
    )
    restart = _marker(0xDD, restart_interval.to_bytes(2)) if restart_interval else b""
    huffman = b"".join(_marker(0xC4, table) for table in _HUFFMAN)
    scan = _marker(0xDA, bytes((3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0)))
    return b"\xff\xd8" + quantisers + restart + _marker(0xC0, frame) + huffman + scan


def _marker(code: int, body: bytes) -> bytes:
    return bytes((0xFF, code)) + (len(body) + 2).to_bytes(2) + body

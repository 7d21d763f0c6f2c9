"""What people and cameras write, made fit for storage: valid Unicode, no control characters, a bounded length."""

from __future__ import annotations

import unicodedata

# Cc control, Cs lone surrogates, Cn unassigned; of Cf only those that turn the direction of writing, which can disguise a text.
_TURNERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def _kept(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cs", "Cn"} and character not in _TURNERS


def line(text: str, limit: int) -> str:
    """One line of at most ``limit`` characters; line breaks and tabs become spaces, other control characters go."""
    spaced = "".join(" " if character in "\n\r\t\u2028\u2029" else character for character in text[: limit * 4])
    return "".join(filter(_kept, spaced)).strip()[:limit]


def paragraph(text: str) -> str:
    """The text with its line breaks; other control characters go. The caller judges its length."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(character for character in unified if character == "\n" or _kept(character)).strip()

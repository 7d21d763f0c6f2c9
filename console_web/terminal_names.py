"""What a browser that is no registered seat is called: as it calls itself, and marked. None can give itself the name of a seat. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

MARK: Final = "(sin registrar)"
"""Stands behind each name that a browser has given itself, on screens, time lines, partes and in the audit."""


def self_given(claimed: str, seats: Iterable[str]) -> str:
    """The name of a browser that is no seat: what it claims to be called, marked; the mark alone where that is a seat's name; "" where it claims none.

    ``claimed`` may be marked already. ``seats``: names of the registered ones. Compared are letters and digits alone, without accents and capitals: "PUESTO-3" is "Puesto 3". What only looks alike (other alphabets) bears the mark.
    """
    name = claimed.strip()
    if not name:
        return ""
    while name.endswith(MARK):
        name = name.removesuffix(MARK).rstrip()
    is_a_seat_s = _compared(name) in {_compared(seat) for seat in seats}
    return MARK if not name or is_a_seat_s else f"{name} {MARK}"


def _compared(name: str) -> str:
    plain = "".join(character for character in unicodedata.normalize("NFKD", name).casefold() if character.isalnum())
    return plain or name

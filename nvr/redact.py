"""Secrets that can't be printed by accident: the type redacts, not the caller's memory."""

from __future__ import annotations

import re
from typing import Final

_CREDENTIALS_IN_URL: Final = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s@]*@")


class Secret:
    """A password or token. ``str``, ``repr`` and ``format`` show stars; ``reveal`` is the only way to the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Call it at the border, where the bytes leave the process, and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str | tuple[object, ...]:
        # Pickles and copies travel further than anyone remembers.
        raise TypeError("a Secret is not serialised")


def redact_url(text: str) -> str:
    """``text`` with user and password taken out of every URL in it."""
    return _CREDENTIALS_IN_URL.sub(r"\g<scheme>", text)

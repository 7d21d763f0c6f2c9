"""Secrets that can't be printed by accident: the type redacts, not the caller's memory."""

from __future__ import annotations

import hmac
import re
from typing import Final

# Every pattern takes time in proportion to the text: cameras and browsers write parts of it.
_WORD: Final = re.compile(r"\S+")
_PASSWORD_PARAMETER: Final = re.compile(r"(?i)\b((?:password|passwd|pwd|pass|token|secret)=)[^&\s;,\"'<>]+")
_AUTHORIZATION: Final = re.compile(
    r"(?i)\b((?:proxy-)?authorization\\?[\"']?\s{0,8}[:=,]\s{0,8}b?\\?[\"']?(?:basic|bearer)\s{1,8})[^\s\"',;]+"
)


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
        # In constant time: whoever may guess again and again must not learn how far a guess was right.
        return isinstance(other, Secret) and hmac.compare_digest(other._text.encode(), self._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str | tuple[object, ...]:
        # Pickles and copies travel further than anyone remembers.
        raise TypeError("a Secret is not serialised")


def redact_url(text: str) -> str:
    """``text`` without the secrets that URLs and headers carry: user and password of every URL, values of parameters such as
    ``password=``, and what follows ``Authorization: Basic`` or ``Bearer``.

    A raw ``/``, ``?``, ``#`` or ``@`` inside a password is a common mistake: everything from ``://`` to the last ``@`` of the word goes, and
    with it, rarely, a path that holds an ``@`` of its own.
    """
    if "://" in text:
        text = _WORD.sub(_without_userinfo, text)
    text = _AUTHORIZATION.sub(r"\1***", text)
    return _PASSWORD_PARAMETER.sub(r"\1***", text)


def _without_userinfo(word: re.Match[str]) -> str:
    before, slashes, rest = word[0].partition("://")
    return before + slashes + rest.rpartition("@")[2]

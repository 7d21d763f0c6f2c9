"""What is told outside: once in words for people, once as data for programs; and what came back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it was when it was to be sent.

    Attributes:
        kind: of what it tells, e.g. ``dispatch.sent``, ``dispatch.escalated``, ``alert.escalated`` or ``test``.
        subject: one line, Spanish.
        text: the whole of it, Spanish, lines divided by line feeds.
        wall_ns: when it happened.
        data: the same for programs; plain JSON.
    """

    kind: str
    subject: str
    text: str
    wall_ns: int
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A channel took a letter.

    Attributes:
        words: what came back.
        refused: addresses that the channel did not take it for, while it took it for others.
    """

    words: str
    refused: tuple[str, ...] = ()

    @property
    def fault(self) -> str:
        """What is wrong with the channel all the same, Spanish and without an address; or empty."""
        return f"no aceptó a {len(self.refused)} de los destinatarios" if self.refused else ""

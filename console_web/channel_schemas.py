"""What the console answers about channels (docs/design/delivery.md)."""

from __future__ import annotations

from typing import Literal

from console_web.answer import Out


class ChannelOut(Out):
    """A board or a channel. ``waiting``: messages that are at it; ``failing_since_wall_ms`` null: nothing failed since something last arrived."""

    name: str
    kind: Literal["board", "webhook", "mail", "apprise"]
    agency: str | None
    waiting: int
    delivered_wall_ms: int | None
    failing_since_wall_ms: int | None
    fault_wall_ms: int | None
    fault: str


class ChannelsOut(Out):
    """All of them: boards first, then the others as the configuration lists them."""

    items: list[ChannelOut]

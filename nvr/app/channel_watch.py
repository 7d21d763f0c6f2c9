"""Says that a channel takes nothing for long: one alert of the system class for all of them, over once each took something again."""

from __future__ import annotations

from typing import Final

from alerts import storage_alarms
from alerts.outbox import ChannelView, Outbox
from alerts.storage_alarms import Alarm
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.config import BOARD, Config

LONG_NS: Final = 300 * NS_PER_S
PRIORITY: Final = 2


def long_down(channels: list[ChannelView], now_wall_ns: int) -> list[ChannelView]:
    """Those that failed and have taken nothing for so long since; pure. An empty board is no fault of the system: its agency's dispatches say so."""
    return [
        each
        for each in channels
        if each.kind != BOARD
        and each.state.failing_since_wall_ns is not None
        and now_wall_ns - each.state.failing_since_wall_ns >= LONG_NS
    ]


class ChannelWatch:
    """``look`` every few seconds from the thread that writes."""

    def __init__(self, catalogue: Catalogue, config: Config, outbox: Outbox) -> None:
        self._catalogue, self._config, self._outbox = catalogue, config, outbox
        self._anchor = min(config.cameras, key=lambda camera: camera.number).id
        self._told: frozenset[str] | None = None
        self._asked_wall_ns = 0

    def look(self, now_wall_ns: int) -> None:
        """Raise the alert, or end it.

        Raises:
            CatalogueError: nothing was done; the next look does it.
        """
        down = long_down(self._outbox.channels(), now_wall_ns)
        names = frozenset(each.name for each in down)
        stands = bool(names) and now_wall_ns - self._asked_wall_ns >= storage_alarms.ASK_AGAIN_NS
        if names == self._told and not stands:
            return
        with self._catalogue.write() as tx:
            if down:
                said = "; ".join(f"{each.name}: {each.state.fault}" for each in down)
                alarm = Alarm(storage_alarms.CHANNEL_ZONE, self._anchor, PRIORITY, {"note": f"No reciben nada: {said}"})
                # A further channel is news, though the alert stands.
                storage_alarms.tell(tx, self._config, alarm, now_wall_ns, again=not self._told)
            else:
                storage_alarms.settle(tx, self._config, storage_alarms.CHANNEL_ZONE, now_wall_ns)
        self._told, self._asked_wall_ns = names, now_wall_ns

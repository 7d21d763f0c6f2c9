"""What is asked about zones that are not in force: which alerts of the last days they would have raised (``nvr.app.tune``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from nvr.config.zone_edit import ZoneEdit


@dataclass(frozen=True, slots=True)
class Occasion:
    """An alert as the desk would have shown it: what moved in one zone, or a rule of it reported, with less than a minute in between."""

    zone: str
    start_wall_ms: int
    end_wall_ms: int
    score: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """The answer.

    Attributes:
        camera_id: whose.
        from_wall_ms: start of what was replayed; ``to_wall_ms`` its end.
        looked_s: seconds of it that were looked at; the rest is unknown.
        recorded: alerts as they were raised, by zone.
        before: the replay with the settings in force; beside ``recorded`` it shows how true the replay is.
        after: the replay with the settings asked for.
        gained: alerts of ``after`` that ``before`` lacks; ``lost`` the other way round.
        by_hour: alerts (before, after) for each hour of the site's day.
        untold: zones' rules (``nvr.source_name``) that can't be replayed; nothing of ``before`` and ``after`` is of them.
    """

    camera_id: str
    from_wall_ms: int
    to_wall_ms: int
    looked_s: int
    recorded: dict[str, int]
    before: tuple[Occasion, ...]
    after: tuple[Occasion, ...]
    gained: tuple[Occasion, ...]
    lost: tuple[Occasion, ...]
    by_hour: tuple[tuple[int, int], ...]
    untold: tuple[str, ...]


class ZoneTrials(Protocol):
    """Tries zones on what has been."""

    async def run(self, edit: ZoneEdit, days: float) -> Tuning:
        """Replay the last days' movement with the zones in force and with these.

        Raises:
            ConfigError: with these zones the configuration has faults.
            NotFound: no such camera, or nothing is known of that time.
            NvrError: it failed, or took too long.
        """
        ...

"""Analysis that has less processor time than its cameras need: one alert of the system for as long as frames are left out for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from alerts import storage_alarms
from alerts.trunks import ANALYSIS_ZONE
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.observations import SHORT_COUNTER, WorkerStatus

PRIORITY: Final = 2
STEADY_NS: Final = 30 * NS_PER_S
"""It is over once nothing was left out for so long."""


class AnalysisWatch:
    """``look`` once a second, from one thread."""

    def __init__(self, catalogue: Catalogue, config: Config) -> None:
        self._catalogue = catalogue
        self._config = config
        self._anchor = min(config.cameras, key=lambda camera: camera.number).id  # alerts are filed under a camera
        self._told = True  # by an earlier run, perhaps: what that raised ends, too
        self._short_wall_ns: int | None = None
        self._asked_wall_ns = 0

    def look(self, now_wall_ns: int, statuses: Iterable[WorkerStatus]) -> None:
        """Raise or end the alert by what the workers last said of themselves.

        Raises:
            CatalogueError: nothing was done; the next look does it.
        """
        short = [status for status in statuses if status.counters.get(SHORT_COUNTER)]
        if short:
            first = self._short_wall_ns is None
            if first or now_wall_ns - self._asked_wall_ns >= storage_alarms.ASK_AGAIN_NS:
                alarm = storage_alarms.Alarm(ANALYSIS_ZONE, self._anchor, PRIORITY, _detail(short))
                with self._catalogue.write() as tx:
                    storage_alarms.tell(tx, self._config, alarm, now_wall_ns)
                self._told, self._asked_wall_ns = True, now_wall_ns
            self._short_wall_ns = now_wall_ns
        elif self._told and (self._short_wall_ns is None or now_wall_ns - self._short_wall_ns >= STEADY_NS):
            with self._catalogue.write() as tx:
                storage_alarms.settle(tx, self._config, ANALYSIS_ZONE, now_wall_ns)
            self._told, self._short_wall_ns = False, None


def _detail(short: Sequence[WorkerStatus]) -> dict[str, str]:
    said = [
        f"{status.worker}: {100 * status.counters.get('share_decoded', 0):.0f} % de cada grupo con "
        f"{status.counters.get('budget_cores', 0):.2f} núcleos"
        for status in short
    ]
    return {"cause": "software", "detail": "; ".join(said)[:200]}

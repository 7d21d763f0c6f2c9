"""Says within seconds that recordings, or what workers notice, do not reach a disk: one alert of the system class, as long as any stream, journal or pool is in trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Final

from alerts import storage_alarms
from alerts.storage_alarms import Alarm
from nvr.catalogue.engine import Catalogue
from nvr.config import Config
from nvr.observations import WorkerStatus

STEADY_STEPS: Final = 10
"""So many looks without trouble before the alert ends by itself."""

_WAITING: Final = ("recorder_facts_waiting", "facts_waiting")
_LOST: Final = ("recorder_facts_dropped", "facts_dropped", "facts_lost")
"""Counters of facts on their way into a worker's journal: of its recorder, and of its own (movements, states of cameras, what devices signal)."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong now; all 0 where nothing is; ``pools``: how many can't be written; ``facts_lost``: movements, states and gaps that nobody will hear of."""

    failing: int = 0
    dropped: int = 0
    syncs_failed: int = 0
    facts_waiting: int = 0
    facts_lost: int = 0
    stopped: int = 0
    pools: int = 0

    def __bool__(self) -> bool:
        return any(astuple(self))

    def in_words(self) -> str:
        """For the operator, in Spanish; one line."""
        said = (
            (self.failing, f"{self.failing} flujos no se graban: el disco no los recibe"),
            (self.stopped, "un grabador se detuvo"),
            (
                self.syncs_failed,
                "el disco perdió lo que había recibido: no se escribe más en él hasta que pase una prueba",
            ),
            (self.dropped, f"{self.dropped} cuadros no llegaron al disco"),
            (self.facts_waiting, "un diario no se puede escribir: lo que pasa llega tarde a la mesa"),
            (self.facts_lost, f"{self.facts_lost} avisos de los procesos se perdieron: su diario no los recibió"),
            (self.pools, f"{self.pools} discos de grabación no están, están llenos o no son los suyos"),
        )
        return "; ".join(text for count, text in said if count)


def trouble(before: Iterable[WorkerStatus], now: Iterable[WorkerStatus]) -> Trouble:
    """What the workers' last words say; pure. What only counts up is trouble while it counts.

    Args:
        before: the reports of the look before, of the same workers.
    """
    known = {(status.worker, status.pid): status for status in before}
    sums: Counter[str] = Counter()
    for status in now:
        counters = status.counters
        old = known.get((status.worker, status.pid))
        if old is not None:
            earlier = old.counters
            sums["facts_lost"] += sum(_risen(counters, earlier, name) for name in _LOST)
            sums["facts_waiting"] += any(min(counters.get(name, 0), earlier.get(name, 0)) > 0 for name in _WAITING)
        if "recorder_alive" not in counters:
            continue
        sums["pools"] = max(sums["pools"], int(counters.get("recorder_pools_missing", 0)))
        sums["stopped"] += not counters["recorder_alive"]
        if old is not None:
            sums["syncs_failed"] += _risen(counters, old.counters, "recorder_syncs_failed")
        for name, stream in status.cameras.items():
            sums["failing"] += stream.get("recorder_failing", 0) > 0
            if old is not None and name in old.cameras:
                sums["dropped"] += _risen(stream, old.cameras[name], "recorder_dropped")
    return Trouble(**sums)


def _risen(now: dict[str, float], before: dict[str, float], name: str) -> int:
    return max(0, round(now.get(name, 0) - before.get(name, 0)))


class DiskWatch:
    """``look`` once a second from the thread that writes."""

    def __init__(self, catalogue: Catalogue, config: Config) -> None:
        self._catalogue = catalogue
        self._config = config
        self._anchor = min(config.cameras, key=lambda camera: camera.number).id
        self._before: list[WorkerStatus] = []
        self._steady = STEADY_STEPS  # after a start an alert of before ends with the first looks
        self._told = False
        self._asked_wall_ns = 0

    def look(self, statuses: Sequence[WorkerStatus], now_wall_ns: int) -> Trouble:
        """Raise the alert, or end it.

        Raises:
            CatalogueError: nothing was done; the next look does it.
        """
        found = trouble(self._before, statuses)
        if found:
            self._steady = 0
            if not self._told or now_wall_ns - self._asked_wall_ns >= storage_alarms.ASK_AGAIN_NS:
                with self._catalogue.write() as tx:
                    alarm = Alarm(storage_alarms.DISK_ZONE, self._anchor, 1, {"note": found.in_words()})
                    storage_alarms.tell(tx, self._config, alarm, now_wall_ns, again=not self._told)
                self._told, self._asked_wall_ns = True, now_wall_ns
        elif statuses:
            self._steady += 1
            if self._steady == STEADY_STEPS:
                with self._catalogue.write() as tx:
                    storage_alarms.settle(tx, self._config, storage_alarms.DISK_ZONE, now_wall_ns)
                self._told = False
        self._before = list(statuses)
        return found

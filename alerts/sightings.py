"""When an alert was first before somebody's eyes: operators' pages say which cards are on their screens. Thread-safe.

What was said is kept in memory for a second at most. A page says it again whenever it connects anew, so a console that was killed in between learns it, later by so much.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from alerts.presence import Person
from nvr.catalogue import sighting_rows
from nvr.catalogue.engine import Catalogue
from nvr.errors import CatalogueError

_MOST: Final = 5_000
"""So many words wait to be stored at most: a page that says nonsense costs no more memory than that."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Who saw it, and when."""

    person: Person
    wall_ns: int


class Sightings:
    """``seen`` for what pages say; ``step`` once a second, from the thread that writes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._said: dict[str, Sighting] = {}

    def seen(self, person: Person, alert_ids: Iterable[str]) -> None:
        """These alerts are on his screen now."""
        sighting = Sighting(person, self._catalogue.clock.wall_ns())
        with self._lock:
            for alert_id in alert_ids:
                if len(self._said) < _MOST:
                    self._said.setdefault(alert_id, sighting)

    def step(self) -> None:
        """Store what was said since the last time, of alerts that the sayer may see and that nobody has seen before.

        Raises:
            CatalogueError: nothing was stored; the next step does it.
        """
        with self._lock:
            said, self._said = self._said, {}
        if not said:
            return
        try:
            with self._catalogue.read() as tx:
                if not sighting_rows.unseen(tx, said):
                    return
            with self._catalogue.write() as tx:
                new = sighting_rows.unseen(tx, said)
                rows = [
                    {
                        "alert_id": key,
                        "wall_ns": by.wall_ns,
                        "user_id": by.person.user_id,
                        "terminal": by.person.terminal,
                    }
                    for key, by in said.items()
                    if key in new and (by.person.cameras is None or by.person.cameras & new[key])
                ]
                sighting_rows.store(tx, rows)
        except CatalogueError:
            with self._lock:
                # What was said first counts, and finds room first.
                self._said = dict(islice((said | self._said | said).items(), _MOST))
            raise

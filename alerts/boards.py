"""The agencies' boards as channels: who sits before which, and what their pages say that they show. Thread-safe; nothing of it is stored.

A page says again what it shows whenever it connects anew, so a console that was killed in between learns it.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from alerts.delivery import BoardView
from nvr.clock import Clock

MOST_SHOWN: Final = 1000
"""So many words of an agency's pages wait to be taken at most, also while the catalogue is away. What finds no room is sent by the agency's next channel."""


class Boards:
    """``join`` and ``leave`` for each page; ``shown`` what it says; ``take_shown`` for who stores it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pages: Counter[str] = Counter()
        self._begun_wall_ns = clock.wall_ns()
        self._empty_since: dict[str, int] = {}
        self._shown: dict[str, set[str]] = defaultdict(set)

    def join(self, agency: str) -> None:
        """A page of that agency has its feed open."""
        with self._lock:
            self._pages[agency] += 1

    def leave(self, agency: str) -> None:
        """It is closed."""
        with self._lock:
            self._pages[agency] -= 1
            if self._pages[agency] <= 0:
                del self._pages[agency]
                self._empty_since[agency] = self._clock.wall_ns()

    def view(self, agency: str) -> BoardView:
        """Whether anybody sits before it."""
        with self._lock:
            if self._pages[agency]:
                return BoardView(None)
            return BoardView(self._empty_since.get(agency, self._begun_wall_ns))

    def shown(self, agency: str, dispatch_ids: Iterable[str]) -> None:
        """A page of that agency shows these dispatches."""
        with self._lock:
            said = self._shown[agency]
            for dispatch_id in dispatch_ids:
                if len(said) < MOST_SHOWN:
                    said.add(dispatch_id)

    def take_shown(self) -> Mapping[str, set[str]]:
        """What was said since the last time."""
        with self._lock:
            taken, self._shown = self._shown, defaultdict(set)
            return taken

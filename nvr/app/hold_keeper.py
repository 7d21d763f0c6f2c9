"""Copies the catalogue's holds beside the recordings, within a second of each change, so that they outlive the catalogue."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from nvr.catalogue import stocktaking
from nvr.catalogue.engine import Catalogue
from nvr.storage.hold_notes import HoldNote, HoldNotes

_log = logging.getLogger(__name__)


class HoldKeeper:
    """Call ``keep`` every second from one thread; it reads the catalogue only where something was committed since."""

    def __init__(self, catalogue: Catalogue, recordings: Path) -> None:
        self._catalogue = catalogue
        self._notes = HoldNotes(recordings)
        self._changed = threading.Event()
        self._changed.set()
        catalogue.on_commit(lambda _seq: self._changed.set())

    def keep(self) -> int:
        """Note the holds that are new or changed, and say how many those were. A disk that refuses is asked again at the next call.

        Raises:
            CatalogueError: the catalogue doesn't answer.
        """
        if not self._changed.is_set():
            return 0
        self._changed.clear()
        try:
            with self._catalogue.read() as tx:
                holds = stocktaking.holds(tx)
            return self._notes.keep(
                HoldNote(hold_id=hold_id, camera_id=camera_id, from_wall_ns=from_ns, to_wall_ns=to_ns, reason=number)
                for hold_id, camera_id, from_ns, to_ns, number in holds
            )
        except OSError as error:
            self._changed.set()
            _log.error("holds can't be noted beside the recordings, tried again every second: %s", error)
            return 0
        except BaseException:
            self._changed.set()
            raise

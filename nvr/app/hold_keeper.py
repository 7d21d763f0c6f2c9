"""Copies the catalogue's holds beside the recordings, within a second of each change, so that they outlive the catalogue."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from nvr.catalogue import hold_rows
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
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

    def poke(self) -> None:
        """Holds changed by an act that writes no change for the screens."""
        self._changed.set()

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
                holds = hold_rows.every(tx)
            return self._notes.keep(map(_note_of, holds))
        except OSError as error:
            self._changed.set()
            _log.error("holds can't be noted beside the recordings, tried again every second: %s", error)
            return 0
        except BaseException:
            self._changed.set()
            raise


def restore(catalogue: Catalogue, recordings: Path) -> int:
    """Take the noted holds into a catalogue that does not know them, and say how many those were. Requests for a release are to be made anew.

    Raises:
        CatalogueError: the catalogue doesn't answer.
        OSError: the notes can't be read.
    """
    count = 0
    notes = HoldNotes(recordings).read()
    with catalogue.write() as tx:
        for note in notes:
            if not note.released and hold_rows.find(tx, note.hold_id) is None:
                hold_rows.store(tx, _row_of(note))
                count += 1
    return count


def _note_of(hold: HoldRow) -> HoldNote:
    return HoldNote(
        hold_id=hold.hold_id,
        camera_id=hold.camera_id,
        from_wall_ns=hold.from_wall_ns,
        to_wall_ns=hold.to_wall_ns,
        reason=hold.reason,
        released=not hold.holds,
        authority=hold.authority,
        incident_id=hold.incident_id,
        created_by=hold.created_by,
        created_wall_ns=hold.created_wall_ns,
        expires_wall_ns=hold.expires_wall_ns,
    )


def _row_of(note: HoldNote) -> HoldRow:
    return HoldRow(
        hold_id=note.hold_id,
        camera_id=note.camera_id,
        from_wall_ns=note.from_wall_ns,
        to_wall_ns=note.to_wall_ns,
        reason=note.reason,
        authority=note.authority,
        incident_id=note.incident_id,
        created_by=note.created_by,
        created_wall_ns=note.created_wall_ns,
        expires_wall_ns=note.expires_wall_ns,
    )

"""Copies the catalogue's holds beside the recordings, within a second of each change, so that they outlive the catalogue."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final

from nvr.catalogue import hold_rows
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.clock import NS_PER_S
from nvr.storage import home_disk
from nvr.storage.hold_notes import HoldNote, HoldNotes

_log = logging.getLogger(__name__)
_WHOLE_NS: Final = 3600 * NS_PER_S
"""How often all are looked at, whoever stored them: another process may."""


class HoldKeeper:
    """Call ``keep`` every second from one thread; it reads those holds that were stored since, and once an hour all of them: they only grow in number."""

    def __init__(self, catalogue: Catalogue, recordings: Path) -> None:
        self._catalogue = catalogue
        self._recordings = recordings
        self._notes = HoldNotes(recordings)
        self._lock = threading.Lock()
        self._stored: set[str] = set()
        self._whole_at_ns: int | None = None
        self.read = 0
        """How many were read."""
        catalogue.on_holds(self._hear)

    def _hear(self, hold_ids: set[str]) -> None:
        with self._lock:
            self._stored |= hold_ids

    def keep(self) -> int:
        """Note the holds that are new or changed, and say how many those were. A disk that refuses is asked again at the next call.

        Raises:
            CatalogueError: the catalogue doesn't answer.
        """
        if not home_disk.is_there(self._recordings):
            # All are noted once the disk is back: what it has may be older than what we know.
            self._notes, self._whole_at_ns = HoldNotes(self._recordings), None
            return 0
        now_ns = self._catalogue.clock.monotonic_ns()
        whole = self._whole_at_ns is None or now_ns - self._whole_at_ns >= _WHOLE_NS
        with self._lock:
            stored, self._stored = self._stored, set()
        if not stored and not whole:
            return 0
        try:
            with self._catalogue.read() as tx:
                holds = hold_rows.every(tx) if whole else hold_rows.some(tx, stored)
            self.read += len(holds)
            count = self._notes.keep(map(_note_of, holds))
        except OSError as error:
            self._hear(stored)
            _log.error("holds can't be noted beside the recordings, tried again every second: %s", error)
            return 0
        except BaseException:
            self._hear(stored)
            raise
        if whole:
            self._whole_at_ns = now_ns
        return count


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

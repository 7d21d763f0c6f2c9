"""Copies the catalogue's holds beside the recordings, within a second of each change, so that they outlive the catalogue; and takes back what is newer there."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

from nvr.catalogue import hold_rows, incident_numbers
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.clock import NS_PER_S
from nvr.storage import home_disk
from nvr.storage.hold_notes import HoldNote, HoldNotes

_log = logging.getLogger(__name__)
_WHOLE_NS: Final = 3600 * NS_PER_S
"""How often all are looked at, whoever stored them: another process may."""


class HoldKeeper:
    """Call ``keep`` every second from one thread; it reads those holds that were stored since, and once an hour all of them: they only grow in number.

    The first look at a disk takes in what it has noted and the catalogue does not know (``take_in``): nothing is noted over that.
    """

    def __init__(self, catalogue: Catalogue, recordings: Path) -> None:
        self._catalogue = catalogue
        self._recordings = recordings
        self._notes = HoldNotes(recordings)
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._stored: set[str] = set()
        self._whole_at_ns: int | None = None
        self._taken_in = False
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
        if not self._looking.acquire(blocking=False):
            return 0  # a disk that hangs keeps the look before
        try:
            return self._look()
        finally:
            self._looking.release()

    def _look(self) -> int:
        if not home_disk.is_there(self._recordings):
            # All are noted once the disk is back: what it has may be older than what we know.
            self._notes, self._whole_at_ns, self._taken_in = HoldNotes(self._recordings), None, False
            return 0
        if not self._taken_in:
            try:
                take_in(self._catalogue, self._recordings)
            except OSError as error:
                _log.error("the notes of holds can't be read, tried again every second: %s", error)
                return 0
            self._taken_in = True
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


def take_in(catalogue: Catalogue, recordings: Path) -> int:
    """Take into a catalogue what was noted of holds and it does not know: it was made anew, or is a copy of a time before. Says how many holds those were.

    Numbers of incidents go on behind the highest that was noted: each incident holds the recordings of its camera.

    Nothing gets narrower or ends sooner by it, and a hold that ended in the catalogue has ended. One that was noted as ended, and here has not, holds on: who released
    it is known no longer. A request for a release is to be made anew.

    Raises:
        CatalogueError: the catalogue doesn't answer.
        OSError: the notes can't be read.
    """
    notes = HoldNotes(recordings).read()
    numbers = [note.reason for note in notes if note.incident_id is not None]
    with catalogue.read() as tx:
        known = {hold.hold_id: hold for hold in hold_rows.every(tx)}
        behind = incident_numbers.behind(tx, numbers)
    wanted = [note for note in notes if _taken(known.get(note.hold_id), note) is not None]
    count = 0
    if wanted or behind:
        with catalogue.write() as tx:
            passed = incident_numbers.pass_by(tx, numbers)
            for note in wanted:
                hold = _taken(hold_rows.find(tx, note.hold_id), note)
                if hold is not None:
                    hold_rows.store(tx, hold)
                    count += 1
        if passed:
            _log.warning(
                "incidents up to %s were noted beside the recordings: numbers go on behind them", ", ".join(passed)
            )
    if count:
        _log.warning("%d holds that were noted beside the recordings are taken into the catalogue", count)
    return count


def _taken(known: HoldRow | None, note: HoldNote) -> HoldRow | None:
    """The hold as it is to be stored; None where the note says nothing that the catalogue does not know."""
    if note.released or (known is not None and not known.holds):
        return None
    noted = _row_of(note)
    if known is None:
        return noted
    # Whether the end of what goes on is known, the newer one knows.
    older, newer = (known, noted) if note.version > known.version else (noted, known)
    wide = hold_rows.widened(older, newer.from_wall_ns, newer.to_wall_ns)
    ends = (known.expires_wall_ns, noted.expires_wall_ns)
    expires_ns = None if None in ends else max(each for each in ends if each is not None)
    hold = replace(
        known,
        from_wall_ns=wide.from_wall_ns,
        to_wall_ns=wide.to_wall_ns,
        # Words may have been struck.
        reason=newer.reason,
        authority=newer.authority,
        expires_wall_ns=expires_ns,
        warned_wall_ns=known.warned_wall_ns if expires_ns == known.expires_wall_ns else None,
        version=newer.version,
    )
    return hold if hold != known or hold.version > known.version else None


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
        version=hold.version,
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
        version=note.version,
    )

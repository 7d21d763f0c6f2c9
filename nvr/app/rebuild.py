"""``nvr catalogue rebuild``: with the catalogue gone, makes its segments and their holds anew from the recordings alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nvr.app.hold_keeper import take_in
from nvr.catalogue import stocktaking
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import SegmentRow
from nvr.errors import SegmentCorrupt
from nvr.recording.grooming import groomed_id
from nvr.recording.inventory import DayFolder, days_of, read_segment, streams_of
from nvr.recording.markers import open_segments
from nvr.storage.day_notes import read_notes
from nvr.storage.hold_notes import Held, HoldNotes

_log = logging.getLogger(__name__)
_BATCH: Final = 5000


@dataclass(slots=True)
class Rebuilt:
    """What came of it. ``unreadable``: files that hold nothing whole of ours; ``open``: begun and not closed, which the next start takes up."""

    files: int = 0
    added: int = 0
    held: int = 0
    open: int = 0
    unreadable: int = 0


def rebuild(
    recordings: Path,
    catalogue: Catalogue,
    *,
    trust_notes: bool = True,
    say: Callable[[int, int], None] = lambda _done, _all: None,
) -> Rebuilt:
    """Add every intact segment that the catalogue does not know; what it knows stays as it is. May be repeated.

    Args:
        trust_notes: take hash, end and number of pictures from what was noted when a file was closed (nvr.storage.day_notes), and read only
            its head; False reads and hashes every byte.
        say: is told how many streams of how many are done.

    Raises:
        CatalogueError: the catalogue doesn't take it.
        OSError: the recordings folder can't be read.
    """
    done = Rebuilt()
    take_in(catalogue, recordings)
    held = Held(HoldNotes(recordings).read())
    under_way = set(open_segments(recordings).values())
    batch: list[SegmentRow] = []
    every = streams_of(recordings)
    for number, (camera_id, stream) in enumerate(every, 1):
        for day in days_of(recordings, camera_id, stream):
            batch += _day(recordings, day, under_way, done, trust_notes=trust_notes)
            if len(batch) >= _BATCH:
                _store(catalogue, batch, held, done)
                batch = []
        say(number, len(every))
    _store(catalogue, batch, held, done)
    return done


def _day(
    recordings: Path, day: DayFolder, under_way: set[str], done: Rebuilt, *, trust_notes: bool
) -> list[SegmentRow]:
    notes = read_notes(day.path) if trust_notes else {}
    rows = []
    for path in sorted(day.files()):
        if path in under_way:
            done.open += 1
            continue
        done.files += 1
        try:
            rows.append(read_segment(recordings, path, notes.get(path.rpartition("/")[2])))
        except (OSError, SegmentCorrupt) as error:
            done.unreadable += 1
            _log.warning("passed over: %s", error)
    # Where grooming was cut off both files stand: all the pictures are better than some of them.
    succeeding = {groomed_id(row) for row in rows}
    return [row for row in rows if row.segment_id not in succeeding]


def _store(catalogue: Catalogue, batch: list[SegmentRow], held: Held, done: Rebuilt) -> None:
    if not batch:
        return
    rows = [
        replace(row, held=held(row.camera_id, row.start_wall_ns, row.end_wall_ns or row.start_wall_ns)) for row in batch
    ]
    with catalogue.write() as tx:
        for at in range(0, len(rows), 500):
            done.added += stocktaking.add(tx, rows[at : at + 500])
    done.held += sum(row.held for row in rows)

"""Lets go of what was kept only because it lies in one file with something held: such files are cut down to what is held once they are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from nvr.catalogue import audit, hold_rows, segments, stocktaking
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import SegmentRow, pool_of
from nvr.disk import sync_folder
from nvr.errors import SegmentCorrupt, StorageError
from nvr.media import StreamKind
from nvr.recording.excerpt import closed_fact, excerpts
from nvr.storage.day_notes import note_closed
from nvr.storage.layout import safe_join

_log = logging.getLogger(__name__)
_EVER: Final = 2**63 - 1
_BATCH: Final = 200


class Trimmer:
    """Call ``step`` now and then, from the thread that deletes.

    Args:
        recordings: the recordings folder.
        kept_ns: how long a stream of a camera is kept.
        present: whether the disk is there on which a file should lie.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        recordings: Path,
        kept_ns: Callable[[str, StreamKind], int],
        present: Callable[[str], bool] = lambda _path: True,
    ) -> None:
        self._catalogue = catalogue
        self._root = recordings
        self._kept_ns = kept_ns
        self._present = present

    def step(self, now_wall_ns: int, *, pressed: Collection[str] = ()) -> int:
        """Cut what is due; in the pools ``pressed`` whatever its age, since everything else there is gone. Says how many bytes that freed.

        Raises:
            CatalogueError: the catalogue doesn't answer; the next step goes on.
        """
        freed_bytes = 0
        with self._catalogue.read() as tx:
            held = segments.to_trim(tx, now_wall_ns, _BATCH * 50)
            early = segments.to_trim(tx, now_wall_ns, _BATCH, pools=pressed) if pressed else []
        due = [row for row in held if self._is_due(row, now_wall_ns)]
        late = {row.segment_id for row in due}
        wanted = [*due, *(row for row in early if row.segment_id not in late)]
        there = {pool_of(row.path): row.path for row in wanted}
        there = {pool: path for pool, path in there.items() if self._present(path)}
        for row in [row for row in wanted if pool_of(row.path) in there][:_BATCH]:
            try:
                freed_bytes += self._trim(row, early=row.segment_id not in late)
            except SegmentCorrupt as error:
                _log.error("%s", error)
                with self._catalogue.write() as tx:
                    stocktaking.mark_damaged(tx, row.segment_id, now_wall_ns)
                    segments.keep_whole(tx, row.segment_id)
            except (OSError, StorageError) as error:
                _log.error("%s can't be cut down to what is held, tried again: %s", row.path, error)
        return freed_bytes

    def _is_due(self, row: SegmentRow, now_wall_ns: int) -> bool:
        return (row.end_wall_ns or _EVER) <= now_wall_ns - self._kept_ns(row.camera_id, row.stream)

    def _trim(self, row: SegmentRow, *, early: bool) -> int:
        end_ns = row.end_wall_ns or row.start_wall_ns
        with self._catalogue.read() as tx:
            held = hold_rows.of_camera(tx, row.camera_id, row.start_wall_ns, end_ns)
        ranges = [(each.from_wall_ns, _EVER if each.to_wall_ns is None else each.to_wall_ns) for each in held]
        parts = excerpts(self._root, row, ranges)
        if parts is None:
            with self._catalogue.write() as tx:
                segments.keep_whole(tx, row.segment_id)
            return 0
        with self._catalogue.write() as tx:
            now = hold_rows.of_camera(tx, row.camera_id, row.start_wall_ns, end_ns)
            if [(each.hold_id, each.from_wall_ns, each.to_wall_ns) for each in now] != [
                (each.hold_id, each.from_wall_ns, each.to_wall_ns) for each in held
            ]:
                return 0  # somebody held more meanwhile: the parts are made anew, under the same names where they are the same
            if not segments.replace_by_parts(tx, row.segment_id, parts):
                return 0
            if early:
                stocktaking.deleted_early(tx, _left_out(row, parts))
            audit.append(
                tx,
                wall_ns=self._catalogue.clock.wall_ns(),
                actor="sistema",
                terminal="janitor",
                address="",
                action="segment.trim",
                object=row.segment_id,
                detail={
                    "path": row.path,
                    "sha256": row.sha256 or "",
                    "parts": " ".join(f"{part.segment_id}:{part.sha256}" for part in parts),
                    **({"reason": "pressed"} if early else {}),
                },
            )
        for part in parts:
            note_closed(self._root, closed_fact(part))
        path = safe_join(self._root, row.path)
        path.unlink(missing_ok=True)
        with suppress(OSError):
            sync_folder(path.parent)
        with self._catalogue.write() as tx:
            segments.forget(tx, [row.segment_id])
        return (row.size_bytes or 0) - sum(part.size_bytes or 0 for part in parts)


def _left_out(row: SegmentRow, parts: Sequence[SegmentRow]) -> Iterator[tuple[str, StreamKind, int, int]]:
    """What of a file's time none of its parts has, in order."""
    at_ns = row.start_wall_ns
    for part in sorted(parts, key=lambda part: part.start_wall_ns):
        if part.start_wall_ns > at_ns:
            yield row.camera_id, row.stream, at_ns, part.start_wall_ns
        at_ns = max(at_ns, part.end_wall_ns or at_ns)
    if (end_ns := row.end_wall_ns or 0) > at_ns:
        yield row.camera_id, row.stream, at_ns, end_ns

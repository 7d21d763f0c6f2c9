"""Leaves of what is older than a camera's ``keyframes_after_days`` only the key frames, slowly, one file at a time."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from nvr.catalogue import segments, stocktaking
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import SegmentRow
from nvr.clock import NS_PER_S, Clock
from nvr.config import Config
from nvr.disk import sync_folder
from nvr.errors import SegmentCorrupt, StorageError
from nvr.media import StreamKind
from nvr.recording.excerpt import closed_fact
from nvr.recording.grooming import groom
from nvr.storage.day_notes import note_closed
from nvr.storage.layout import safe_join
from nvr.storage.terms import Terms

_log = logging.getLogger(__name__)
_BATCH: Final = 20
_ANEW_NS: Final = 3600 * NS_PER_S


class Groomer:
    """Call ``step`` again and again from one thread, and rest as long as it says.

    Args:
        config: asked anew for each batch, so that a change counts without a restart.
        recordings: the recordings folder.
        clock: for age, and for the time that a step took itself.
        doubtful: whether the date may be wrong: then nothing is groomed, as nothing expires.
        present: whether the disk is there on which a file should lie.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        config: Config,
        recordings: Path,
        clock: Clock,
        *,
        doubtful: Callable[[], bool],
        present: Callable[[str], bool] = lambda _path: True,
    ) -> None:
        self._catalogue = catalogue
        self._config = config
        self._root = recordings
        self._clock = clock
        self._doubtful = doubtful
        self._present = present
        self._due: deque[SegmentRow] = deque()
        # Up to where each stream was looked through: rows that were groomed before are not read again and again. From the beginning once an
        # hour, for what a hold has let go, or a disk refused.
        self._done_ns: dict[tuple[str, StreamKind], int] = {}
        self._anew_ns = 0
        self.groomed = 0
        self.freed_bytes = 0

    def step(self) -> float:
        """Groom one file; seconds to rest before the next, 0 where nothing is due.

        Raises:
            CatalogueError: the catalogue doesn't answer; the next step goes on.
        """
        if self._doubtful():
            self._due.clear()
            return 0.0
        began_ns = self._clock.monotonic_ns()
        if not self._due and not self._look():
            return 0.0
        row = self._due.popleft()
        moved_bytes = self._take(row)
        took_s = (self._clock.monotonic_ns() - began_ns) / NS_PER_S
        return max(1e-6, moved_bytes / (self._config.node.groom_mb_s * 1024 * 1024) - took_s)

    def _look(self) -> bool:
        now_ns = self._clock.monotonic_ns()
        if now_ns >= self._anew_ns:
            self._done_ns.clear()
            self._anew_ns = now_ns + _ANEW_NS
        terms = Terms.of(self._config)
        with self._catalogue.read() as tx:
            for (camera_id, stream), after_ns in terms.groomed_after.items():
                self._due += segments.to_groom(
                    tx,
                    camera_id,
                    stream,
                    after_start_ns=self._done_ns.get((camera_id, stream), -1),
                    ended_before_ns=self._clock.wall_ns() - after_ns,
                    limit=_BATCH,
                )
        for row in self._due:
            key = (row.camera_id, row.stream)
            self._done_ns[key] = max(self._done_ns.get(key, -1), row.start_wall_ns)
        return bool(self._due)

    def _take(self, row: SegmentRow) -> int:
        """Groom one; how many bytes were read and written."""
        if not self._present(row.path):
            return 0
        try:
            made = groom(self._root, row)
            self._replace(row, made)
        except FileNotFoundError:
            return 0  # the janitor was here between the catalogue and now
        except SegmentCorrupt as error:
            _log.error("%s", error)
            with self._catalogue.write() as tx:
                stocktaking.mark_damaged(tx, row.segment_id, self._clock.wall_ns())
            return row.size_bytes or 0
        except (OSError, StorageError) as error:
            _log.error("%s can't be cut down to its key frames, tried again: %s", row.path, error)
            return row.size_bytes or 0
        return (row.size_bytes or 0) + (0 if made is None else made.size_bytes or 0)

    def _replace(self, row: SegmentRow, made: SegmentRow | None) -> None:
        with self._catalogue.write() as tx:
            replaced = segments.replace_groomed(tx, row.segment_id, made)
        if made is None:
            return
        if not replaced:  # held meanwhile, or deleted: all of it stays, or goes
            self._unlink(made.path)
            return
        note_closed(self._root, closed_fact(made))
        self._unlink(row.path)
        with self._catalogue.write() as tx:
            segments.forget(tx, [row.segment_id])
        self.groomed += 1
        self.freed_bytes += (row.size_bytes or 0) - (made.size_bytes or 0)

    def _unlink(self, relative: str) -> None:
        path = safe_join(self._root, relative)
        path.unlink(missing_ok=True)
        with suppress(OSError):
            sync_folder(path.parent)

"""Pictures of alerts go when recordings do, but for those of incidents: an alert that came to nothing is personal data that nobody needs any more."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from nvr.catalogue import alert_rows
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, Clock
from nvr.storage.layout import is_day

_log = logging.getLogger(__name__)


class Pictures:
    """``step`` now and then, from a thread.

    Args:
        root: the snapshots folder.
        catalogue: knows which pictures belong to incidents.
        kept_days: for how many days pictures are kept.
        clock: that of the node.
        doubtful: whether the date may be wrong; nothing goes then.
    """

    def __init__(
        self, root: Path, catalogue: Catalogue, kept_days: float, clock: Clock, doubtful: Callable[[], bool]
    ) -> None:
        self._root = root
        self._catalogue = catalogue
        self._kept_days = kept_days
        self._clock = clock
        self._doubtful = doubtful

    def step(self) -> int:
        """Remove what is due, with the explanations beside it; how many files went.

        Raises:
            CatalogueError: it can't be asked; nothing went that it may have wanted.
        """
        if self._doubtful():
            return 0
        # A whole day more: its last picture must be old enough too.
        moment = datetime.fromtimestamp(self._clock.wall_ns() // NS_PER_S, UTC)
        last = (moment - timedelta(days=self._kept_days + 1)).date()
        return sum(self._clear(folder) for folder in self._days_until(last))

    def _days_until(self, last: date) -> Iterator[Path]:
        for camera in _folders(self._root):
            for day in _folders(camera):
                if is_day(day.name) and date.fromisoformat(day.name) <= last:
                    yield day

    def _clear(self, folder: Path) -> int:
        day = f"{folder.parent.name}/{folder.name}/"
        with self._catalogue.read() as tx:
            wanted = {Path(path).stem for path in alert_rows.pictures_of_incidents(tx, day)}
        gone = 0
        try:
            for path in list(folder.iterdir()):
                if path.name.partition(".")[0] not in wanted:
                    path.unlink()
                    gone += 1
        except OSError as error:
            _log.error("pictures of %s can't be removed (%s): check the disk", day, error)
            return gone
        with contextlib.suppress(OSError):
            folder.rmdir()  # unless something of it is wanted
        return gone


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir() and not path.is_symlink())
    except OSError:
        return []

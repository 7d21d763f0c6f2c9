"""Seals the days that are over and lets go of those that are older than they may be."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from nvr.clock import NS_PER_S, Clock
from nvr.errors import StorageError
from nvr.motion_index.day_file import day_of, days_of, rows_path, seal, sealed_path

_log = logging.getLogger(__name__)
_SETTLED_S: Final = 600
"""A day's rows are sealed once they have not grown for so long: workers write every few seconds."""


class Keeper:
    """``step`` now and then, from a thread.

    Args:
        root: the index's folder.
        kept_days: how many days before today are kept.
        clock: the machine's.
        doubtful: whether the date may be wrong; nothing is let go then.
    """

    def __init__(self, root: Path, kept_days: float, clock: Clock, doubtful: Callable[[], bool]) -> None:
        self._root = root
        self._kept = timedelta(days=kept_days)
        self._clock = clock
        self._doubtful = doubtful

    def step(self) -> None:
        """Do what is due. What fails is said and tried again at the next step."""
        today = day_of(self._clock.wall_ns() // NS_PER_S)
        try:
            cameras = sorted(entry.name for entry in os.scandir(self._root) if entry.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return
        except OSError as error:
            _log.error("the motion index can't be read (%s): check the disk", error)
            return
        for camera_id in cameras:
            for day in days_of(self._root, camera_id):
                try:
                    self._look_at(camera_id, day, today)
                except (OSError, StorageError) as error:
                    _log.error("motion index of %s, %s: %s", camera_id, day, error)

    def _look_at(self, camera_id: str, day: date, today: date) -> None:
        if day < today - self._kept:
            if not self._doubtful():
                for path in (rows_path(self._root, camera_id, day), sealed_path(self._root, camera_id, day)):
                    with contextlib.suppress(FileNotFoundError):
                        path.unlink()
            return
        if day >= today:
            return
        try:
            written_s = rows_path(self._root, camera_id, day).stat().st_mtime
        except FileNotFoundError:
            return
        if self._clock.wall_ns() / NS_PER_S - written_s > _SETTLED_S:
            seal(self._root, camera_id, day)

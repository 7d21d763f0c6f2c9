"""Appends rows to the days that they belong to: plain writes, not synced. What a power cut takes is at most what the kernel had not yet written."""

from __future__ import annotations

import logging
import os
from datetime import date
from pathlib import Path

import numpy as np

from nvr.motion_index.day_file import day_of, rows_path
from nvr.motion_index.rows import ROW

_log = logging.getLogger(__name__)


class IndexWriter:
    """One process's outlet; nobody else appends to the files of its cameras.

    Args:
        root: the index's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: dict[str, tuple[date, int]] = {}
        self._failing = False
        self.rows = 0
        self.lost = 0
        """Rows that the disk refused: those seconds are unknown to a search."""

    def append(self, camera_id: str, data: bytes) -> None:
        """Add whole rows of one camera, in the order in which they came. Never raises: what the disk refuses is counted."""
        rows = np.frombuffer(data, ROW)
        days = [day_of(int(second)) for second in rows["second"] - (rows["moving"] == 0)]
        start = 0
        for at in range(1, len(days) + 1):
            if at == len(days) or days[at] != days[start]:
                self._append(camera_id, days[start], data[start * ROW.itemsize : at * ROW.itemsize])
                start = at

    def close(self) -> None:
        """Close the files."""
        for _, descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def _append(self, camera_id: str, day: date, data: bytes) -> None:
        count = len(data) // ROW.itemsize
        try:
            written = os.write(self._descriptor(camera_id, day), data) // ROW.itemsize
        except OSError as error:
            written = 0
            if not self._failing:
                _log.error("the motion index of %s can't be written (%s): check the disk", camera_id, error)
        self._failing = written < count
        self.rows += written
        self.lost += count - written
        if self._failing:
            self._close(camera_id)  # the next opening cuts off what is torn

    def _descriptor(self, camera_id: str, day: date) -> int:
        known = self._open.get(camera_id)
        if known is not None and known[0] == day and os.fstat(known[1]).st_nlink:
            return known[1]
        self._close(camera_id)
        path = rows_path(self._root, camera_id, day)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            size = os.fstat(descriptor).st_size
            if size % ROW.itemsize:
                os.ftruncate(descriptor, size - size % ROW.itemsize)
        except OSError:
            os.close(descriptor)
            raise
        self._open[camera_id] = day, descriptor
        return descriptor

    def _close(self, camera_id: str) -> None:
        known = self._open.pop(camera_id, None)
        if known is not None:
            os.close(known[1])

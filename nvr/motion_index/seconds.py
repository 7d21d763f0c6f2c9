"""Frames in, rows out: what moved in each second of one camera. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nvr.clock import NS_PER_S
from nvr.motion_index.rows import GRID, LONGEST_QUIET_S, ROW, pack_levels

LONGEST_STEP_S: Final = 12
"""Frames further apart leave what lies between them unknown. Cameras of which only key frames are decoded send one each 1 to 10 s."""
_DAY_S: Final = 86_400


class Seconds:
    """Gathers the frames of one camera. A quiet frame in the middle of a second costs a comparison and an addition."""

    __slots__ = ("_evidence", "_finished", "_frames", "_moving", "_peak", "_quiet_from", "_second")

    def __init__(self) -> None:
        self._second = -1
        self._frames = 0
        self._moving = 0
        self._peak = 0
        self._evidence = np.zeros(GRID, np.uint8)
        self._quiet_from: int | None = None
        """Start of the quiet stretch that ends where the present second begins; None: what lies before was not looked at, or is written down."""
        self._finished: list[bytes] = []

    def add(self, wall_ns: int, moved: NDArray[np.uint8] | None) -> None:
        """Take up a frame.

        Args:
            wall_ns: of the frame.
            moved: (18, 32) uint8 evidence of the cells that move, 0 elsewhere; None where nothing does. Copied.
        """
        second = wall_ns // NS_PER_S
        if second != self._second:
            self._turn(second)
        self._frames += 1
        if moved is not None:
            self._moving += 1
            self._peak = max(self._peak, int(np.count_nonzero(moved)))
            np.maximum(self._evidence, moved, out=self._evidence)

    def blind(self) -> None:
        """The background is being learned, pictures are missing, or the stream begins anew: what follows, up to the next frame, is unknown."""
        if self._second >= 0:
            self._close()
            self._end_quiet(self._second + 1)
            self._second = -1

    def take(self) -> bytes:
        """The rows that are complete since the last call, as they lie in a file; mostly none."""
        if not self._finished:
            return b""
        rows, self._finished = b"".join(self._finished), []
        return rows

    def _turn(self, second: int) -> None:
        before = self._second
        if before >= 0:
            self._close()
            if not before < second <= before + LONGEST_STEP_S:
                self._end_quiet(before + 1)
            elif self._quiet_from is None and second > before + 1:
                self._quiet_from = before + 1
            if self._quiet_from is not None:
                midnight = second - second % _DAY_S
                if self._quiet_from < midnight:  # each day's file tells of its own seconds
                    self._end_quiet(midnight)
                    self._quiet_from = midnight
                if second - self._quiet_from >= LONGEST_QUIET_S:
                    self._end_quiet(second)
                    self._quiet_from = second
        if self._quiet_from is None:
            self._quiet_from = second
        self._second = second

    def _close(self) -> None:
        """The present second is over."""
        if self._moving:
            bits, levels = pack_levels(self._evidence)
            self._write(self._second, bits, levels)
            self._quiet_from = self._second + 1
            self._evidence.fill(0)
        self._frames = self._moving = self._peak = 0

    def _end_quiet(self, until: int) -> None:
        if self._quiet_from is not None and until > self._quiet_from:
            self._write(until, None, None)
        self._quiet_from = None

    def _write(self, second: int, bits: NDArray[np.uint8] | None, levels: NDArray[np.uint8] | None) -> None:
        row = np.zeros(1, ROW)
        row["second"] = second
        if self._quiet_from is not None:
            row["quiet_s"] = min(65535, second - self._quiet_from)
        if bits is not None and levels is not None:
            row["moving"] = max(1, round(255 * self._moving / self._frames))
            row["frames"] = min(65535, self._frames)
            row["peak_cells"] = self._peak
            row["bits"], row["levels"] = bits, levels
        self._finished.append(row.tobytes())

"""A look at one pixel in many of a tall plane, before it is reduced at all: reading a third of 1920x1080 costs more than all else that a quiet frame needs.

Single pixels are noisy and know nothing of their neighbours, so they are compared with what the same single pixels usually show, and believed only where
no cell can move, and for three frames in a row at most: every fourth frame is looked at whole. Noise adds to what a cell shows, it takes nothing away.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from analytics.background import Workspace
from analytics.cells import COLUMNS, ROWS, Plane
from analytics.pixel_loops import differs

_TALL_ROWS: Final = 720
"""Below that the whole look costs little more."""
_READ_ROWS: Final = 360
"""Of the plane, about: those that the reduction reads, too."""
_IN_A_ROW: Final = 3
_FOLLOW: Final = 0.25  # of the difference, at each whole look
_PAUSE_FRAMES: Final = 16
"""Quiet frames until it is tried again where single pixels told more than the whole look: leaves, noise of more than some six levels."""


class Peek:
    """One camera's.

    Args:
        workspace: whose scratch planes it uses.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._space = workspace
        self._seen = np.zeros((ROWS, COLUMNS), np.uint8)
        self._usual = np.zeros((ROWS, COLUMNS), np.uint8)
        self._threshold = np.zeros((ROWS, COLUMNS), np.uint8)
        self._left = 0
        self._pause_frames = 0
        self.in_use = False
        """Whether frames may have been looked at in this way since the last whole look."""

    def forget(self) -> None:
        """Something moved, or the camera looks elsewhere: the next frames are looked at whole."""
        self.in_use = False

    def is_quiet(self, luma: Plane, least: int) -> bool:
        """Whether no cell can hold that much evidence, as far as single pixels tell; False: look at it whole.

        Args:
            luma: (H, W) uint8, as for ``MotionDetector.update``.
            least: mean evidence of a cell, 1 to 100.
        """
        if not self.in_use or not self._left:
            return False
        self._left -= 1
        self._pick(luma)
        space = self._space
        if differs(self._seen, self._usual, self._threshold, least, space.distance, space.sums):
            self.in_use, self._pause_frames = False, _PAUSE_FRAMES
            return False
        return True

    def learn(self, luma: Plane, threshold: Plane) -> None:
        """Take up a frame that was looked at whole and found quiet.

        Args:
            luma: the frame.
            threshold: (90, 160) uint8, gray levels that a working pixel must differ by; copied.
        """
        if luma.shape[0] < _TALL_ROWS:
            return
        if self._pause_frames:
            self._pause_frames -= 1
            return
        self._pick(luma)
        if self.in_use:
            cv2.addWeighted(self._usual, 1 - _FOLLOW, self._seen, _FOLLOW, 0, dst=self._usual)
        else:
            self._usual[...] = self._seen
        self._threshold[...] = threshold
        self._left, self.in_use = _IN_A_ROW, True

    def _pick(self, luma: Plane) -> None:
        step = luma.shape[0] // _READ_ROWS
        cv2.resize(luma[step // 2 :: step], (COLUMNS, ROWS), dst=self._seen, interpolation=cv2.INTER_NEAREST)

"""Where a picture has outlines that the empty scene has not. Things have some; light, what is out of focus, and leaves in a gust have none.

An outline is told against a copy of the empty scene that follows by one gray level in sixteen frames: in the background itself pixels without
evidence follow faster than their neighbours, which draws an outline around any light. It must

- be steep: most of the largest difference around lies within two pixels (light rises over more, and so does an insect on the glass), as a mean along
  it over three, so that neither noise nor a single pixel, as of a flake, makes one (Sobel and Feldman 1968);
- lie beside a gray that the empty scene has nowhere near: a leaf that a gust moves by two pixels brings grays that were there before, within reach,
  and where something that was taken for background moves on, what is beside its outline comes back (Elgammal, Harwood and Davis 2000, section 2.3,
  by minimum and maximum instead of a density). Slopes are taken out before: on them, two pixels' way would cover for any faint thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.reduction import COLUMNS, ROWS, Plane

if TYPE_CHECKING:
    from analytics.background import Workspace

_STEEP: Final = 0.66  # of the largest difference around: an outline rises by so much of it within two pixels
_OF_SOBEL: Final = 1 / 2  # its three rows weigh 1, 2 and 1, of half levels
_GRAY: Final = 128
_AROUND: Final = np.ones((5, 5), np.uint8)
_SQUARE: Final = np.ones((3, 3), np.uint8)
_SLOPE_WINDOW: Final = (15, 15)  # three cells: what is wider than a leaf is a slope
_MARGIN: Final = 4  # gray levels beyond those of the neighbourhood …
_VARIED: Final = 90  # gray levels from the lowest to the highest, margins and all: leaves, fences
_RANGE_LASTS: Final = 4  # steps of a level
_MARGIN_OF_RANGE: Final = 0.3  # … and so much of their range more: leaves turn and show each other's shade


class Outlines:
    """One camera's; three planes of 14 kB.

    Args:
        space: scratch planes, shared.
    """

    def __init__(self, space: Workspace) -> None:
        shape = (ROWS, COLUMNS)
        self._space = space
        self._empty = np.zeros(shape, np.uint8)
        self._lowest = np.zeros(shape, np.uint8)
        self._highest = np.zeros(shape, np.uint8)
        self._range_age = _RANGE_LASTS

    @property
    def empty(self) -> Plane:
        """The empty scene as outlines see it, (90, 160) uint8; changes with ``follow``, ``learn`` and ``absorb``."""
        return self._empty

    def learn(self, scene: Plane) -> None:
        """Take a scene, (90, 160) uint8, as the empty one."""
        np.copyto(self._empty, scene)
        self._range_age = _RANGE_LASTS

    def absorb(self, scene: Plane, where: NDArray[np.bool_]) -> None:
        """Likewise, where (90, 160) bool says so."""
        np.copyto(self._empty, scene, where=where)
        self._range_age = _RANGE_LASTS

    def follow(self, scene: Plane) -> None:
        """Come nearer to a scene, (90, 160) uint8, by a gray level; its contents are lost."""
        step = self._space.edges
        cv2.subtract(scene, self._empty, dst=step)
        cv2.threshold(step, 0, 1, cv2.THRESH_BINARY, dst=step)
        cv2.subtract(self._empty, scene, dst=scene)
        cv2.threshold(scene, 0, 1, cv2.THRESH_BINARY, dst=scene)
        np.add(self._empty, step, out=self._empty)
        np.subtract(self._empty, scene, out=self._empty)
        self._range_age += 1

    def find(self, picture: Plane, box: tuple[slice, slice], least: int) -> Plane:
        """The outlines of a picture within a box: uint8, 255 or 0, of the box's size; valid, as ``steep`` is, until the next call.

        Args:
            picture: (90, 160) uint8.
            box: rows and columns of it; its rim holds none, having neighbours on one side only.
            least: gray levels between neighbours but one.
        """
        if self._range_age >= _RANGE_LASTS:
            self._look_at_range()
        space, seen = self._space, picture[box]
        found, limit, half = space.edges[box], space.edge_limits[box], space.distance[box]
        inner = found[1:-1, 1:-1]
        down, across = space.error[box], space.work[box]
        # In half levels, so that the sign fits in: both slopes of bytes are told at once.
        cv2.addWeighted(seen, 0.5, self._empty[box], -0.5, _GRAY, dst=half)
        cv2.spatialGradient(half, dx=across, dy=down)
        found.fill(0)
        cv2.convertScaleAbs(down[1:-1, 1:-1], dst=inner, alpha=_OF_SOBEL)
        cv2.convertScaleAbs(across[1:-1, 1:-1], dst=limit[1:-1, 1:-1], alpha=_OF_SOBEL)
        cv2.max(inner, limit[1:-1, 1:-1], dst=inner)  # numpy's takes twice as long on rows that don't join
        cv2.threshold(inner, least - 1, 0, cv2.THRESH_TOZERO, dst=inner)
        # A share of the largest is the largest of the shares.
        cv2.absdiff(seen, self._empty[box], dst=limit)
        cv2.convertScaleAbs(limit, dst=limit, alpha=_STEEP)
        cv2.dilate(limit, _AROUND, dst=limit)
        cv2.compare(found, limit, cv2.CMP_GT, dst=found)
        # What lies within the range, and all around it does: no outline.
        known = limit
        cv2.inRange(seen, self._lowest[box], self._highest[box], dst=known)
        cv2.erode(known, _SQUARE, dst=known)
        cv2.subtract(found, known, dst=known)
        return known

    def steep(self, box: tuple[slice, slice]) -> Plane:
        """Of the box that was just looked at what is steep enough, and varied enough a scene that its grays alone tell nothing: likewise."""
        steep, varied = self._space.edges[box], self._space.gray[box]
        cv2.subtract(self._highest[box], self._lowest[box], dst=varied)
        cv2.threshold(varied, _VARIED - 1, 255, cv2.THRESH_BINARY, dst=varied)
        cv2.min(steep, varied, dst=steep)
        return steep

    def _look_at_range(self) -> None:
        """Between which grays each pixel lies if the scene around it moves by two pixels, whatever its slope."""
        space = self._space
        slope, margin, detail, lowest = space.gray, space.edges, space.work, space.error
        cv2.blur(self._empty, _SLOPE_WINDOW, dst=slope)
        cv2.subtract(self._empty, slope, dst=detail, dtype=cv2.CV_16S)
        cv2.erode(detail, _AROUND, dst=lowest)
        cv2.dilate(detail, _AROUND, dst=detail)
        cv2.subtract(detail, lowest, dst=margin, dtype=cv2.CV_8U)
        cv2.convertScaleAbs(margin, dst=margin, alpha=_MARGIN_OF_RANGE, beta=_MARGIN)
        cv2.add(slope, detail, dst=self._highest, dtype=cv2.CV_8U)
        cv2.add(self._highest, margin, dst=self._highest)
        cv2.add(slope, lowest, dst=self._lowest, dtype=cv2.CV_8U)
        cv2.subtract(self._lowest, margin, dst=self._lowest)
        self._range_age = 0

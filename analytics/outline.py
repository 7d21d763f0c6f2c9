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

from analytics import outline_loops, scene_loops
from analytics.cells import COLUMNS, ROWS, Plane
from analytics.outline_loops import WHOLE_BOX

if TYPE_CHECKING:
    from analytics.background import Workspace

_VARIED: Final = 90  # gray levels from the lowest to the highest, margins and all: leaves, fences
_RANGE_LASTS: Final = 4  # steps of a level
_MARGIN: Final = 4  # gray levels beyond those of the neighbourhood …
_MARGIN_OF_RANGE: Final = 0.3  # … and so much of their range more: leaves turn and show each other's shade
MARGINS: Final = np.asarray(
    cv2.convertScaleAbs(np.arange(256, dtype=np.uint8), alpha=_MARGIN_OF_RANGE, beta=_MARGIN), np.uint8
).reshape(-1)


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
        """Come nearer to a scene, (90, 160) uint8, by a gray level."""
        scene_loops.approach(self._empty, scene)
        self._range_age += 1

    def find(self, picture: Plane, least: int, cells: Plane) -> None:
        """Which cells hold an outline.

        Args:
            picture: (90, 160) uint8.
            least: gray levels between neighbours but one.
            cells: out, (18, 32) uint8, 1 or 0; the pixels of the picture's rim hold none, having neighbours on one side only.
        """
        outline_loops.find(*self.against(picture), *WHOLE_BOX, least, self._space.outlines, cells)

    @property
    def range_holds(self) -> bool:
        """Whether ``against`` would take the grays around each pixel as it last told them; telling them takes as long as a look."""
        return self._range_age < _RANGE_LASTS

    def against(self, picture: Plane) -> tuple[Plane, Plane, Plane, Plane]:
        """A picture, (90, 160) uint8, and what its outlines are told against: the empty scene, and between which grays it lies, as ``outline_loops`` want it."""
        if not self.range_holds:
            self._look_at_range()
        return picture, self._empty, self._lowest, self._highest

    def steep(self, box: tuple[slice, slice]) -> Plane:
        """Of a box of pixels that ``outline_loops`` just looked at what is steep enough, and varied enough a scene that its grays alone tell nothing: uint8, 255 or 0."""
        varied = self._space.gray[box]
        cv2.subtract(self._highest[box], self._lowest[box], dst=varied)
        cv2.threshold(varied, _VARIED - 1, 255, cv2.THRESH_BINARY, dst=varied)
        np.minimum(outline_loops.steep(self._space.outlines)[box], varied, out=varied)
        return varied

    def _look_at_range(self) -> None:
        """Between which grays each pixel lies if the scene around it moves by two pixels, whatever its slope."""
        space = self._space
        scene_loops.bounds(self._empty, MARGINS, space.slopes, space.planes, self._lowest, self._highest)
        self._range_age = 0

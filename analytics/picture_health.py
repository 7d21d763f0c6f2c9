"""Is the picture of use? Black, covered, blinded, frozen, defocused or turned away: decided from a look every four seconds. Pure.

The present view (``analytics.view``) is held against a reference of the same camera that follows day and night, but only while the picture is
well. A tile that had detail in the reference is *gone* where it is no longer like it. What is gone almost everywhere is not weather, nor a bus:

- flat and dark: **black**; saturated over half of the picture: **blinded**; flat otherwise: **covered**;
- not gone, but with the detail lost and the contrast kept: **defocused**. Fog takes both alike, and is no fault.

**Turned** is a steady, detailed view that is no more like the reference than two places are by chance, or is the reference moved by more than a little.

A condition must hold without much interruption for its time before it is told, and be away for half a minute before it is taken back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.cells import Plane
from analytics.freeze import FreezeWatch
from analytics.view import COLUMNS, ROWS, ShortTerm, View
from nvr.clock import NS_PER_S
from nvr.observations import PictureCondition

LOOK_EVERY_NS: Final = 4 * NS_PER_S
HOLD_NS: Final[dict[PictureCondition, int]] = {
    "frozen": 0,  # has been so for half a minute when it is first said (analytics.freeze)
    "black": 45 * NS_PER_S,
    "covered": 50 * NS_PER_S,
    "blinded": 50 * NS_PER_S,
    "defocused": 60 * NS_PER_S,
    "turned": 60 * NS_PER_S,
}
"""How long a condition must hold until it is told."""
CLEAR_NS: Final = 30 * NS_PER_S
ACCEPT_NS: Final = 24 * 3600 * NS_PER_S
"""A turned camera that nobody turned back is taken as it is after a day."""

_LEARN_LOOKS: Final = 10
_FOLLOW: Final = 1 / 40  # of the reference towards the present view at each fourth look: ten minutes
_FOLLOW_EVERY: Final = 4
_RELEARN_LOOKS: Final = 150  # a view that changed in part for ten minutes is the new reference
_FOLLOW_GONE_SHARE: Final = 0.2  # of the tiles: what changed so much is not learned before it has lasted
_LIKE: Final = 0.3
_GONE_SHARE: Final = 0.85
_BLIND_GONE_SHARE: Final = 0.25
_BRIGHT_BEFORE: Final = 0.25
_DETAIL: Final = 1.0  # levels: least detail of a tile that can be judged
_FLAT: Final = 0.5
_FLAT_NOISES: Final = 0.35  # of the noise: what is left of it by chance
_FLAT_SHARE: Final = 0.75
_ALL_FLAT_SHARE: Final = 0.9
_JUDGED_TILES: Final = 10
_BLACK: Final = 32.0
_LIT_SHARE: Final = 0.02
_BRIGHT: Final = 235.0
_BRIGHT_SHARE: Final = 0.5
_SHARPNESS: Final = 0.5
_OUTLINE: Final = 0.6
_SOFT: Final = 0.75  # of the reference's sharpness: what is going out of focus is not learned
_RESTLESS: Final = 8.0  # gray levels from look to look: a camera that turns on and on has a flat average, too
_PLACE: Final = 0.7  # mean likeness of the tiles from which on nothing more is asked
_SAME_PLACE: Final = 0.12  # of the way from chance to equality. Measured: 0.03 at most where turned, 0.25 at least where it is dark and noisy
_FOUND: Final = 0.5  # likeness of the view moved back
_FOUND_MORE: Final = 0.25  # than it has where it is
_STEADY_SHARE: Final = 0.6
_STEADY_LOOKS: Final = 4
_SHIFT: Final = 0.04  # of the width: a camera that was knocked, not turned
_QUIET_NOISE: Final = 3.0  # gray levels, of a pixel of the reduced picture


@dataclass(frozen=True, slots=True)
class HealthChange:
    """What is told.

    Attributes:
        condition: as it is now; "" for well.
        since_wall_ns: since when.
        detail: the figures it was decided by, for people.
    """

    condition: PictureCondition
    since_wall_ns: int
    detail: str


class PictureHealth:
    """One camera's judgement. Not thread-safe.

    Args:
        checks: what is looked for; others are never told.
    """

    def __init__(self, checks: Collection[str]) -> None:
        self._checks = frozenset(checks)
        self._freeze = FreezeWatch()
        self._short = ShortTerm()
        self._reference: View | None = None
        # Of the last views only the pictures, in half precision: whole, they were a third of a process's memory, and are seldom asked for.
        self._recent: deque[NDArray[np.float16]] = deque(maxlen=_STEADY_LOOKS + 1)
        self._changed_looks = 0
        self._followed = 0
        self._frozen = False
        self._sharpness = 1.0
        self._looked_ns: int | None = None
        self._held_ns: dict[PictureCondition, int] = {}
        self._first_wall_ns: dict[PictureCondition, int] = {}
        self._well_ns = 0
        self._condition: PictureCondition | None = None
        self._told_ns = 0
        self.detail = ""

    @property
    def condition(self) -> PictureCondition | None:
        """What was told last; None before the first judgement."""
        return self._condition

    @property
    def usual(self) -> Plane | None:
        """What the camera usually shows, (180, 320) uint8; None while that is being learned, or the picture is not well."""
        if self._reference is None or self._condition != "":
            return None
        picture: Plane = np.rint(self._reference.picture).astype(np.uint8)
        return picture

    def remember(self, usual: Plane) -> None:
        """Begin with what the camera usually showed, (180, 320) uint8, before this worker started."""
        self._reference = View.of(usual.astype(np.float32))

    def restart(self) -> None:
        """The stream begins anew. What the camera usually shows, and what was told, stays."""
        self._freeze.restart()
        self._short.restart()
        self._recent.clear()
        self._held_ns.clear()
        self._looked_ns = None
        self._frozen = False

    def learn_anew(self) -> None:
        """The camera was moved on purpose: begin a new reference."""
        self.restart()
        self._reference, self._followed, self._changed_looks = None, 0, 0

    def due(self, at_ns: int, *, is_keyframe: bool) -> bool:
        """Whether ``look`` wants this frame: key frames, and others where none came for eight seconds."""
        if self._looked_ns is None or at_ns < self._looked_ns:
            return True
        waited_ns = at_ns - self._looked_ns
        return is_keyframe or waited_ns >= 2 * LOOK_EVERY_NS

    def look(self, luma: Plane, at_ns: int, wall_ns: int, *, is_keyframe: bool) -> HealthChange | None:
        """Take up a frame; what is to be told, where anything changed.

        Args:
            luma: (H, W) uint8, read only.
            at_ns: media time, orders and measures.
            wall_ns: of the frame; carried through.
            is_keyframe: only key frames tell a frozen picture from a still one.
        """
        if self._looked_ns is not None and at_ns < self._looked_ns:
            self.restart()
        if is_keyframe and "frozen" in self._checks:
            self._frozen = self._freeze.look(luma, at_ns)
        if self._looked_ns is not None and at_ns - self._looked_ns < LOOK_EVERY_NS:
            return None
        step_ns = 0 if self._looked_ns is None else min(at_ns - self._looked_ns, 4 * LOOK_EVERY_NS)
        self._looked_ns = at_ns
        view = self._short.add(luma)
        found = self._judge(view)
        self._recent.append(view.picture.astype(np.float16))
        return self._decide(found if found in self._checks else "", step_ns, at_ns, wall_ns)

    def _judge(self, view: View) -> PictureCondition:  # noqa: PLR0911 - one after the other, the worst first
        if self._short.count < _STEADY_LOOKS:
            return self._condition or ""
        flat = view.detail < max(_FLAT, _FLAT_NOISES * self._short.residual_noise)
        flat_share = float(flat.mean())
        sample = view.picture[1::4, 1::4]
        bright_share = float((sample >= _BRIGHT).mean())
        dark = float((sample > _BLACK).mean()) <= _LIT_SHARE
        gone_share, alike, judged = self._gone(view)
        known = judged >= _JUDGED_TILES
        self.detail = (
            f"gone {gone_share:.0%} of {judged} tiles, flat {flat_share:.0%}, saturated {bright_share:.0%}, "
            f"key frames differ in {self._freeze.share:.0%}"
        )
        gone = known and gone_share >= _GONE_SHARE
        # A noisy dark street looks as flat as a cap; nothing is said of it until a reference is known.
        unknown_flat = self._reference is None and flat_share >= _ALL_FLAT_SHARE and self._short.noise < _QUIET_NOISE
        outline = 1.0 if self._reference is None else view.outline(self._reference)
        self._sharpness = 1.0
        if dark and flat_share >= _ALL_FLAT_SHARE and ((gone and outline < _OUTLINE) or unknown_flat):
            return "black"
        blinded = known and gone_share >= _BLIND_GONE_SHARE and bright_share >= _BRIGHT_SHARE and self._was_dimmer()
        if blinded or (unknown_flat and bright_share >= _BRIGHT_SHARE):
            return "blinded"
        if self._defocused(view, outline):
            return "defocused"
        if (gone and flat_share >= _FLAT_SHARE and outline < _OUTLINE) or unknown_flat:
            return "covered" if self._short.unrest < _RESTLESS else ""
        if self._frozen:
            return "frozen"
        if known and alike < _PLACE and flat_share < _FLAT_SHARE and self._steady(view):
            moved = self._moved(view, alike)
            if moved == "turned":
                return "turned"
            if moved == "knocked":
                self._reference, self._followed = view, 0
                return ""
        self._learn(view, gone_share if known else 0.0)
        return ""

    def _judged(self, reference: View) -> tuple[int, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
        tiles = reference.detail >= max(_DETAIL, 0.5 * self._short.residual_noise)
        return int(tiles.sum()), tiles

    def _gone(self, view: View) -> tuple[float, float, int]:
        """Share of the reference's detailed tiles that are not like it any more, the mean likeness, and how many of them there are."""
        if self._reference is None:
            return 0.0, 1.0, 0
        count, tiles = self._judged(self._reference)
        if not count:
            return 0.0, 1.0, 0
        likeness = view.likeness(self._reference)[tiles]
        return float((likeness < _LIKE).mean()), float(likeness.mean()), count

    def _defocused(self, view: View, outline: float) -> bool:
        reference = self._reference
        if reference is None or outline < _OUTLINE:
            return False
        count, tiles = self._judged(reference)
        if count < _JUDGED_TILES:
            return False
        detail = view.detail[tiles] / reference.detail[tiles]
        contrast = np.maximum(view.contrast[tiles] / np.maximum(reference.contrast[tiles], 0.3), 0.02)
        # Where a sharp picture of so little contrast would show nothing beyond its noise, nothing can be told.
        measurable = reference.detail[tiles] * contrast >= max(_DETAIL, self._short.residual_noise)
        if np.count_nonzero(measurable) < _JUDGED_TILES:
            return False
        detail, contrast = detail[measurable], contrast[measurable]
        self._sharpness = sharpness = float(np.median(detail / contrast))
        self.detail += f", sharpness {sharpness:.0%}, outline {outline:.2f}"
        return sharpness < _SHARPNESS and float(np.median(detail)) < _SHARPNESS

    def _steady(self, view: View) -> bool:
        """Whether it shows what it showed four looks ago: a new view, not something that passes, nor a camera on the move."""
        if len(self._recent) < _STEADY_LOOKS:
            return False
        before = View.of(self._recent[-_STEADY_LOOKS].astype(np.float32))
        count, tiles = self._judged(view)
        return count >= _JUDGED_TILES and float((view.likeness(before)[tiles] >= _LIKE).mean()) >= _STEADY_SHARE

    def _moved(self, view: View, alike: float) -> Literal["", "knocked", "turned"]:
        """Whether it is another view: the old one moved by a little (knocked) or by more (turned), or one that is like it by chance alone (turned).

        Args:
            view: the present one.
            alike: mean likeness of the reference's detailed tiles.
        """
        reference = self._reference
        if reference is None:
            return ""
        _, tiles = self._judged(reference)
        x_px, y_px = view.shift(reference)
        back, shown = view.moved_back(x_px, y_px)
        shown &= tiles
        if np.count_nonzero(shown) >= _JUDGED_TILES:
            found = float(back.likeness(reference)[shown].mean())
            if found >= max(_FOUND, alike + _FOUND_MORE):
                self.detail += f", moved by {x_px / COLUMNS:.0%} and {y_px / ROWS:.0%}"
                return "turned" if float(np.hypot(x_px, y_px)) > _SHIFT * COLUMNS else "knocked"
        chance = float(view.chance(reference)[tiles].mean())
        place = (alike - chance) / (1 - chance)
        self.detail += f", {place:.0%} alike beyond chance"
        return "turned" if place < _SAME_PLACE else ""

    def _was_dimmer(self) -> bool:
        return self._reference is not None and float((self._reference.picture >= _BRIGHT).mean()) < _BRIGHT_BEFORE

    def _learn(self, view: View, gone_share: float) -> None:
        if self._reference is None:
            if self._short.count >= _LEARN_LOOKS:
                self._reference = view
            return
        if gone_share < _FOLLOW_GONE_SHARE and self._sharpness >= _SOFT:
            self._changed_looks = max(0, self._changed_looks - 1)
            if self._short.count % _FOLLOW_EVERY == 0:
                self._followed += 1
                weight = max(_FOLLOW, 1 / (self._followed + 1))
                mixed = cv2.addWeighted(self._reference.picture, 1 - weight, view.picture, weight, 0)
                self._reference = View.of(mixed.astype(np.float32, copy=False))
            return
        self._changed_looks += 1
        if self._changed_looks >= _RELEARN_LOOKS:
            self._reference, self._changed_looks, self._followed = view, 0, 0

    def _decide(self, found: PictureCondition, step_ns: int, at_ns: int, wall_ns: int) -> HealthChange | None:
        for name in HOLD_NS:
            held_ns = self._held_ns.get(name, 0)
            if name == found:
                if not held_ns:
                    self._first_wall_ns[name] = wall_ns
                self._held_ns[name] = held_ns + step_ns + 1
            elif held_ns:
                self._held_ns[name] = max(0, held_ns - 2 * step_ns)
        self._well_ns = 0 if found else self._well_ns + step_ns
        if found and found != self._condition and self._held_ns[found] > HOLD_NS[found]:
            return self._tell(found, self._first_wall_ns[found], at_ns)
        first = self._condition is None and self._reference is not None and self._short.count >= _LEARN_LOOKS
        if self._condition != "" and not found and (first or (self._condition and self._well_ns >= CLEAR_NS)):
            return self._tell("", wall_ns, at_ns)
        if self._condition == "turned" and at_ns - self._told_ns >= ACCEPT_NS:
            self._reference = View.of(self._recent[-1].astype(np.float32), self._short.residual_noise)
        return None

    def _tell(self, condition: PictureCondition, since_wall_ns: int, at_ns: int) -> HealthChange:
        self._condition, self._told_ns = condition, at_ns
        return HealthChange(condition, since_wall_ns, self.detail)

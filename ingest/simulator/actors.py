"""What moves and matters: people and vehicles that enter the view and leave it, with the box of every instant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ingest.simulator.backdrop import SceneKind
from ingest.simulator.canvas import Box, Colour, Picture, ellipse, limb, rectangle

TrackKind = Literal["person", "vehicle"]

_ASPECT: Final = 9 / 16
_PERSON_WIDTH: Final = 0.46  # of its height, in pixels: arms and stride included
_VEHICLE_WIDTH: Final = 2.1
_STEPS_PER_S: Final = 1.8
_SHIRTS: Final[tuple[Colour, ...]] = (
    (210, 124, 132),
    (40, 128, 128),
    (90, 105, 190),
    (80, 170, 110),
    (160, 70, 150),
    (60, 110, 120),
)
_PAINTS: Final[tuple[Colour, ...]] = ((220, 128, 128), (35, 128, 128), (85, 100, 195), (75, 165, 105), (185, 60, 145))
_SKIN: Final[Colour] = (130, 112, 148)
_TROUSERS: Final[tuple[Colour, ...]] = ((36, 130, 126), (58, 138, 122), (48, 120, 134))
_DARK: Final[Colour] = (28, 128, 128)
_LAMP: Final[Colour] = (235, 120, 132)


@dataclass(frozen=True, slots=True)
class Track:
    """One thing that crosses the view on a straight line, from outside the picture to outside the picture.

    Attributes:
        track_id: counts the tracks of a scene from 1.
        kind: person or vehicle.
        start_s: scene time at which its first point enters the picture.
        end_s: scene time at which its last point leaves it.
        start: box at ``start_s``.
        end: box at ``end_s``; size changes linearly in between, which stands in for perspective.
        colour: of the shirt or the paint.
        shade: of the trousers or the windows.
        night: drawn without colour, vehicles with lamps.
    """

    track_id: int
    kind: TrackKind
    start_s: float
    end_s: float
    start: Box
    end: Box
    colour: Colour
    shade: Colour
    night: bool

    def whole_box(self, t_s: float) -> Box | None:
        """The box with what lies outside the picture, or None while it is away."""
        if not self.start_s <= t_s < self.end_s:
            return None
        share = (t_s - self.start_s) / (self.end_s - self.start_s)
        x, y, width, height = (a + (b - a) * share for a, b in zip(self.start, self.end, strict=True))
        return (x, y, width, height)

    def box(self, t_s: float) -> Box | None:
        """The part of the box inside the picture, or None while nothing of it is."""
        whole = self.whole_box(t_s)
        if whole is None:
            return None
        x, y, width, height = whole
        left, top, right, bottom = max(0.0, x), max(0.0, y), min(1.0, x + width), min(1.0, y + height)
        return (left, top, right - left, bottom - top) if right > left and bottom > top else None

    def draw(self, picture: Picture, t_s: float) -> None:
        """Draw it where it is at this time; nothing is drawn outside its box."""
        box = self.whole_box(t_s)
        if box is None:
            return
        if self.kind == "person":
            self._draw_person(picture, box, t_s)
        else:
            self._draw_vehicle(picture, box)

    def _draw_person(self, picture: Picture, box: Box, t_s: float) -> None:
        swing = 0.24 * math.sin(2 * math.pi * _STEPS_PER_S / 2 * t_s)
        for side in (1, -1):
            picture.paint(box, limb(0.5, 0.5 + side * swing, 0.52, 1.0, 0.10), self._seen(self.shade))
        for side in (1, -1):
            picture.paint(
                box, limb(0.5 + side * 0.18, 0.5 + side * (0.18 - swing), 0.18, 0.55, 0.06), self._seen(_SKIN)
            )
        picture.paint(box, rectangle(0.28, 0.15, 0.72, 0.56), self._seen(self.colour))
        picture.paint(box, ellipse(0.5, 0.08, 0.16, 0.08), self._seen(_SKIN))

    def _draw_vehicle(self, picture: Picture, box: Box) -> None:
        front = 1 if self.end[0] > self.start[0] else 0
        picture.paint(box, rectangle(0.06, 0.90, 0.94, 1.0), _DARK)
        picture.paint(box, rectangle(0.0, 0.38, 1.0, 0.86), self._seen(self.colour))
        picture.paint(box, rectangle(0.18, 0.0, 0.82, 0.40), self._seen(self.colour))
        picture.paint(box, rectangle(0.22, 0.06, 0.49, 0.36), self._seen(self.shade))
        picture.paint(box, rectangle(0.52, 0.06, 0.78, 0.36), self._seen(self.shade))
        for axle in (0.2, 0.8):
            picture.paint(box, ellipse(axle, 0.85, 0.09, 0.15), _DARK)
        if self.night:
            picture.paint(box, ellipse(0.95 if front else 0.05, 0.55, 0.05, 0.10), _LAMP)

    def _seen(self, colour: Colour) -> Colour:
        # Infrared sees cloth and paint brighter than the ground, and no colour.
        return (min(220, colour[0] // 2 + 90), 128, 128) if self.night else colour


def plan_tracks(kind: SceneKind, rng: np.random.Generator, duration_s: float) -> tuple[Track, ...]:
    """One to three movements that all begin and end inside ``duration_s``, with still time before the first and after the last."""
    roads = kind not in {SceneKind.PARK, SceneKind.PLAZA}
    count = 3 if kind is SceneKind.MARKET else int(rng.integers(1, 3))
    tracks: list[Track] = []
    for number in range(1, count + 1):
        vehicle = (
            roads
            and kind is not SceneKind.MARKET
            and (bool(rng.random() < 0.5) if number == 1 else tracks[0].kind == "person")
        )
        tracks.append(_vehicle(number, kind, rng, duration_s) if vehicle else _person(number, kind, rng, duration_s))
    return tuple(tracks)


def _person(number: int, kind: SceneKind, rng: np.random.Generator, duration_s: float) -> Track:
    feet = (
        float(rng.choice([0.72, 0.80, 0.92]))
        if kind in {SceneKind.PARK, SceneKind.PLAZA}
        else float(rng.choice([0.63, 0.93]))
    )
    height = 0.10 + 0.20 * (feet - 0.5) / 0.5 + float(rng.uniform(0, 0.04))
    start_s = duration_s * float(rng.uniform(0.10, 0.18))
    end_s = duration_s * float(rng.uniform(0.86, 0.94))
    # Some walk towards the camera while they cross.
    nearer = float(rng.choice([1.0, 1.0, 1.25]))
    return _crossing(
        number=number,
        kind="person",
        rng=rng,
        start_s=start_s,
        end_s=end_s,
        start_height=height,
        end_height=height * nearer,
        feet=feet,
        colours=_SHIRTS,
        shades=_TROUSERS,
        night=kind is SceneKind.NIGHT,
    )


def _vehicle(number: int, kind: SceneKind, rng: np.random.Generator, duration_s: float) -> Track:
    feet = float(rng.choice([0.74, 0.86]))
    height = 0.10 + 0.16 * (feet - 0.5) / 0.5 + float(rng.uniform(0, 0.05))
    length_s = duration_s * float(rng.uniform(0.25, 0.40))
    start_s = duration_s * 0.1 + float(rng.uniform(0, duration_s * 0.84 - length_s))
    glass: tuple[Colour, ...] = ((62, 132, 124),)
    return _crossing(
        number=number,
        kind="vehicle",
        rng=rng,
        start_s=start_s,
        end_s=start_s + length_s,
        start_height=height,
        end_height=height,
        feet=feet,
        colours=_PAINTS,
        shades=glass,
        night=kind is SceneKind.NIGHT,
    )


def _crossing(
    *,
    number: int,
    kind: TrackKind,
    rng: np.random.Generator,
    start_s: float,
    end_s: float,
    start_height: float,
    end_height: float,
    feet: float,
    colours: tuple[Colour, ...],
    shades: tuple[Colour, ...],
    night: bool,
) -> Track:
    ratio = (_PERSON_WIDTH if kind == "person" else _VEHICLE_WIDTH) * _ASPECT
    start_width, end_width = start_height * ratio, end_height * ratio
    start: Box = (-start_width, feet - start_height, start_width, start_height)
    end: Box = (1.0, feet - end_height, end_width, end_height)
    if rng.random() < 0.5:
        start, end = (1.0, *start[1:]), (-end_width, *end[1:])
    colour, shade = colours[int(rng.integers(len(colours)))], shades[int(rng.integers(len(shades)))]
    return Track(number, kind, start_s, end_s, start, end, colour, shade, night)

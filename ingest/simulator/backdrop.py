"""What stands still in a scene: sky, mountains, houses, pavement, road, grass, river, stalls."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from ingest.simulator.canvas import Colour, FloatPlane, Mask, Picture, ellipse, rectangle, value_noise


class SceneKind(StrEnum):
    """What a camera looks at, and in which weather and light."""

    STREET = "street"
    PARK = "park"
    BRIDGE = "bridge"
    NIGHT = "night"
    RAIN = "rain"
    MARKET = "market"
    AVENUE = "avenue"
    PLAZA = "plaza"


_WALLS: tuple[Colour, ...] = (
    (188, 118, 134),
    (206, 126, 130),
    (150, 112, 148),
    (172, 108, 150),
    (134, 132, 138),
    (196, 110, 138),
    (120, 138, 124),
)
_TILES: Colour = (96, 116, 152)
_SKY: Colour = (205, 142, 118)
_MOUNTAIN: Colour = (112, 126, 126)
_PAVEMENT: Colour = (150, 127, 129)
_ROAD: Colour = (92, 128, 128)
_PAINT: Colour = (198, 126, 128)
_GRASS: Colour = (104, 112, 118)
_WATER: Colour = (98, 132, 122)
_AWNINGS: tuple[Colour, ...] = ((120, 160, 110), (110, 110, 180), (170, 90, 150), (140, 120, 110))

HORIZON = 0.30
"""Where mountains meet the ground, for all kinds."""


def paint_backdrop(kind: SceneKind, rng: np.random.Generator, width_px: int, height_px: int) -> Picture:
    """The still part of a scene of this kind. ``rng`` decides everything that differs between two scenes of a kind; its draws
    don't depend on the size."""
    picture = Picture.blank(width_px, height_px)
    fine = value_noise(rng, width_px, height_px, 240, 135) * 5 + value_noise(rng, width_px, height_px, 16, 9) * 6
    whole = (0.0, 0.0, 1.0, 1.0)
    picture.paint(whole, rectangle(), _SKY, value_noise(rng, width_px, height_px, 6, 4) * 12)
    _mountains(picture, rng, fine)
    match kind:
        case SceneKind.PARK:
            picture.paint((0, HORIZON, 1, 1 - HORIZON), rectangle(), _GRASS, fine * 1.6)
            picture.paint((0, 0.70, 1, 0.12), rectangle(), _PAVEMENT, fine)
        case SceneKind.BRIDGE:
            picture.paint((0, HORIZON, 1, 0.25), rectangle(), _GRASS, fine)
            picture.paint((0, 0.42, 1, 0.15), rectangle(), _WATER, fine)
            picture.paint((0, 0.57, 1, 0.43), rectangle(), _ROAD, fine)
            for post in range(24):
                picture.paint((post / 24 + 0.01, 0.50, 0.006, 0.09), rectangle(), _PAVEMENT)
            picture.paint((0, 0.50, 1, 0.014), rectangle(), _PAVEMENT)
        case SceneKind.PLAZA:
            _houses(picture, rng, fine)
            picture.paint((0, 0.54, 1, 0.46), rectangle(), _PAVEMENT, fine)
            for joint in range(9):
                picture.paint((0, 0.56 + joint * joint * 0.006, 1, 0.004), rectangle(), (128, 128, 128))
            picture.paint((0.40, 0.42, 0.20, 0.16), ellipse(), (162, 127, 130), fine)
        case _:
            _houses(picture, rng, fine)
            _street(picture, fine, lanes=3 if kind is SceneKind.AVENUE else 2)
            if kind is SceneKind.MARKET:
                _stalls(picture, rng)
    _light(picture, kind)
    return picture


def _mountains(picture: Picture, rng: np.random.Generator, fine: FloatPlane) -> None:
    heights = rng.uniform(0.25, 0.9, 7)

    def below_ridge(u: FloatPlane, v: FloatPlane) -> Mask:
        ridge = np.interp(u[0], np.linspace(0, 1, len(heights)), heights).astype(np.float32)
        mask: Mask = v >= 1 - ridge[np.newaxis, :]
        return mask

    picture.paint((0, 0.08, 1, HORIZON - 0.06), below_ridge, _MOUNTAIN, fine)


def _houses(picture: Picture, rng: np.random.Generator, fine: FloatPlane) -> None:
    left = -float(rng.uniform(0, 0.08))
    while left < 1:
        width = float(rng.uniform(0.11, 0.22))
        top = float(rng.uniform(0.16, 0.30))
        wall = _WALLS[int(rng.integers(len(_WALLS)))]
        storeys = int(rng.integers(1, 3))
        picture.paint((left, top, width, 0.56 - top), rectangle(), wall, fine)
        picture.paint((left - 0.006, top - 0.02, width + 0.012, 0.035), rectangle(), _TILES, fine)
        for storey in range(storeys):
            sill = top + 0.05 + storey * 0.14
            for window in range(2):
                glass = (left + width * (0.16 + 0.42 * window), sill, width * 0.24, 0.07)
                picture.paint(glass, rectangle(), (70, 132, 124))
        picture.paint((left + width * 0.40, 0.44, width * 0.22, 0.12), rectangle(), (62, 120, 140), fine)
        left += width


def _street(picture: Picture, fine: FloatPlane, lanes: int) -> None:
    picture.paint((0, 0.55, 1, 0.07), rectangle(), _PAVEMENT, fine)
    picture.paint((0, 0.62, 1, 0.26), rectangle(), _ROAD, fine)
    picture.paint((0, 0.88, 1, 0.12), rectangle(), _PAVEMENT, fine)
    picture.paint((0, 0.615, 1, 0.008), rectangle(), _PAINT)
    for line in range(1, lanes):
        for dash in range(10):
            picture.paint((dash / 10, 0.62 + 0.26 * line / lanes, 0.05, 0.008), rectangle(), _PAINT)


def _stalls(picture: Picture, rng: np.random.Generator) -> None:
    for stall in range(5):
        left = stall * 0.2 + float(rng.uniform(0, 0.05))
        awning = _AWNINGS[int(rng.integers(len(_AWNINGS)))]
        picture.paint((left, 0.38, 0.14, 0.05), rectangle(), awning)
        picture.paint((left + 0.01, 0.50, 0.12, 0.07), rectangle(), (110, 120, 142))
        for heap in range(4):
            fruit = (left + 0.012 + heap * 0.03, 0.47, 0.026, 0.06)
            picture.paint(fruit, ellipse(), _AWNINGS[int(rng.integers(len(_AWNINGS)))])


def _light(picture: Picture, kind: SceneKind) -> None:
    if kind is SceneKind.NIGHT:
        # Infrared: no colour; the lamps of the camera light the middle and leave the corners.
        height_px, width_px = picture.luma.shape
        u = np.linspace(-1, 1, width_px, dtype=np.float32)[np.newaxis, :]
        v = np.linspace(-1, 1, height_px, dtype=np.float32)[:, np.newaxis]
        lamp = np.clip(1.05 - 0.55 * (u * u + (v - 0.4) ** 2), 0.25, 1)
        picture.luma[:] = np.clip((picture.luma.astype(np.float32) - 16) * 0.55 * lamp + 18, 16, 235).astype(np.uint8)
        picture.chroma_u[:] = 128
        picture.chroma_v[:] = 128
    elif kind is SceneKind.RAIN:
        picture.luma[:] = (picture.luma.astype(np.float32) * 0.72 + 14).astype(np.uint8)
        for plane in (picture.chroma_u, picture.chroma_v):
            plane[:] = ((plane.astype(np.float32) - 128) * 0.6 + 128).astype(np.uint8)

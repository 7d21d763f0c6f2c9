"""Planes to try loops on, drawn by hypothesis: among any others those of ends only, without contrast, and with little of it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.cells import COLUMNS, ROWS, Plane
from analytics.outline_loops import WHOLE_BOX, Box
from analytics.zones import GRID_COLUMNS, GRID_ROWS

PICTURE: Final = (ROWS, COLUMNS)
GRID: Final = (GRID_ROWS, GRID_COLUMNS)


@st.composite
def planes(draw: st.DrawFn, shape: tuple[int, int] = PICTURE, most: int = 255) -> Plane:
    """Of a shape, uint8 from 0 to ``most``."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["any", "ends", "flat", "faint", "smooth", "patches"]))
    if kind == "any":
        return rng.integers(0, most + 1, shape, np.uint8)
    if kind == "ends":
        return rng.choice(np.array([0, most], np.uint8), shape)
    level = draw(st.sampled_from([0, 1, most // 2, most - 1, most]))
    if kind == "flat":
        return np.full(shape, level, np.uint8)
    if kind == "faint":
        return (level + rng.integers(-13, 14, shape)).clip(0, most).astype(np.uint8)
    if kind == "smooth":
        drawn = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), 5)
        return np.asarray((level + drawn * 8 * most).clip(0, most), np.uint8)
    small = rng.integers(0, most + 1, (-(-shape[0] // 7), -(-shape[1] // 7)), np.uint8)
    return small.repeat(7, axis=0).repeat(7, axis=1)[: shape[0], : shape[1]].copy()


@st.composite
def near(draw: st.DrawFn, plane: Plane) -> Plane:
    """Another, or the same with some noise and a piece of another in it: as a picture and what is expected of it."""
    other = draw(planes((plane.shape[0], plane.shape[1])))
    if draw(st.booleans()):
        return other
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    out = (plane.astype(np.int16) + rng.integers(-9, 10, plane.shape)).clip(0, 255).astype(np.uint8)
    top, left = int(rng.integers(plane.shape[0])), int(rng.integers(plane.shape[1]))
    out[top : top + 40, left : left + 60] = other[top : top + 40, left : left + 60]
    return out


@st.composite
def levels(draw: st.DrawFn) -> NDArray[np.int16]:
    """A background's, (90, 160) int16 in 1/128 gray levels, with all that may lie between two whole ones."""
    whole = draw(planes()).astype(np.int32) << 7
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return (whole + rng.integers(-127, 128, PICTURE)).clip(0, 255 << 7).astype(np.int16)


@st.composite
def masks(draw: st.DrawFn, shape: tuple[int, int] = GRID) -> NDArray[np.bool_]:
    """Few, many, all or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.random(shape) < draw(st.sampled_from([0.0, 0.02, 0.3, 0.9, 1.0]))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Of cells: the whole, single ones, any."""
    if draw(st.booleans()):
        return draw(st.sampled_from([WHOLE_BOX, (0, 1, 0, 1), (17, 18, 31, 32), (0, 18, 0, 1), (0, 1, 0, 32)]))
    top, left = draw(st.integers(0, GRID_ROWS - 1)), draw(st.integers(0, GRID_COLUMNS - 1))
    return top, draw(st.integers(top + 1, GRID_ROWS)), left, draw(st.integers(left + 1, GRID_COLUMNS))

"""Painting on planar 4:2:0 pictures in coordinates that don't know the resolution.

Coordinates run from 0 to 1, origin top left, x to the right and y down, at every picture size: the main and the sub stream show the same
thing because they are painted from the same numbers. Colours are (Y, U, V) in ITU-R BT.709 limited range.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
FloatPlane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]
"""x, y, width, height; normalised."""

Shape = Callable[[FloatPlane, FloatPlane], Mask]
"""(u, v) inside a box, each 0..1 where the point lies in it -> which points belong to the shape."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One yuv420p picture as views on one contiguous buffer.

    Attributes:
        buffer: (height * 3 / 2, width) uint8, the layout that libav calls yuv420p without padding.
        luma: (height, width) uint8 view.
        chroma_u: (height / 2, width / 2) uint8 view.
        chroma_v: (height / 2, width / 2) uint8 view.
    """

    buffer: Plane
    luma: Plane
    chroma_u: Plane
    chroma_v: Plane

    @staticmethod
    def blank(width_px: int, height_px: int) -> Picture:
        """A black picture. Width must be a multiple of 2 and height of 4, so that the planes fill whole rows of the buffer."""
        if width_px % 2 or height_px % 4 or width_px < 16 or height_px < 16:
            raise ValueError(
                f"no picture of {width_px}x{height_px}: the width must be even and the height a multiple of 4"
            )
        buffer = np.full((height_px * 3 // 2, width_px), 128, np.uint8)
        buffer[:height_px] = 16
        quarter_rows = height_px // 4
        return Picture(
            buffer,
            buffer[:height_px],
            buffer[height_px : height_px + quarter_rows].reshape(height_px // 2, width_px // 2),
            buffer[height_px + quarter_rows :].reshape(height_px // 2, width_px // 2),
        )

    def copy_from(self, other: Picture) -> None:
        """Become the other picture, of the same size."""
        np.copyto(self.buffer, other.buffer)

    def paint(self, box: Box, shape: Shape, colour: Colour, grain: FloatPlane | None = None) -> None:
        """Fill ``shape`` inside ``box`` with ``colour``; ``grain`` (height, width) is added to its luma.

        A point belongs to the shape by the centre of its pixel, so that movement by less than a pixel still shows at the edges.
        """
        window = self._window(self.luma, box)
        if window is not None:
            rows, columns, u, v = window
            mask = shape(u, v)
            if grain is None:
                self.luma[rows, columns][mask] = colour[0]
            else:
                tinted = np.clip(grain[rows, columns] + colour[0], 16, 235).astype(np.uint8)
                np.copyto(self.luma[rows, columns], tinted, where=mask)
        window = self._window(self.chroma_u, box)
        if window is not None:
            rows, columns, u, v = window
            mask = shape(u, v)
            self.chroma_u[rows, columns][mask] = colour[1]
            self.chroma_v[rows, columns][mask] = colour[2]

    @staticmethod
    def _window(plane: Plane, box: Box) -> tuple[slice, slice, FloatPlane, FloatPlane] | None:
        height_px, width_px = plane.shape
        x, y, width, height = box
        left, right = max(0, int(np.floor(x * width_px))), min(width_px, int(np.ceil((x + width) * width_px)))
        top, bottom = max(0, int(np.floor(y * height_px))), min(height_px, int(np.ceil((y + height) * height_px)))
        if left >= right or top >= bottom or width <= 0 or height <= 0:
            return None
        u = (((np.arange(left, right, dtype=np.float32) + 0.5) / width_px - x) / width)[np.newaxis, :]
        v = (((np.arange(top, bottom, dtype=np.float32) + 0.5) / height_px - y) / height)[:, np.newaxis]
        return slice(top, bottom), slice(left, right), u, v


def rectangle(left: float = 0, top: float = 0, right: float = 1, bottom: float = 1) -> Shape:
    """The part of the box between these edges."""
    return lambda u, v: (u >= left) & (u < right) & (v >= top) & (v < bottom)


def ellipse(centre_u: float = 0.5, centre_v: float = 0.5, radius_u: float = 0.5, radius_v: float = 0.5) -> Shape:
    """An upright ellipse in the box."""
    return lambda u, v: ((u - centre_u) / radius_u) ** 2 + ((v - centre_v) / radius_v) ** 2 <= 1


def limb(top_u: float, bottom_u: float, top_v: float, bottom_v: float, half_width: float) -> Shape:
    """A leaning bar: an arm or a leg."""

    def inside(u: FloatPlane, v: FloatPlane) -> Mask:
        centre = top_u + (bottom_u - top_u) * (v - top_v) / (bottom_v - top_v)
        return (np.abs(u - centre) <= half_width) & (v >= top_v) & (v < bottom_v)

    return inside


def value_noise(rng: np.random.Generator, width_px: int, height_px: int, cells_x: int, cells_y: int) -> FloatPlane:
    """(height, width) float32 in -1..1: random values on a grid of cells, bilinear in between.

    The grid is drawn by cells, not by pixels: the same generator state gives the same pattern at every size.
    """
    grid = rng.uniform(-1, 1, (cells_y + 1, cells_x + 1)).astype(np.float32)
    weights_y, weights_x = _hat_weights(height_px, cells_y), _hat_weights(width_px, cells_x)
    noise: FloatPlane = (weights_y @ grid @ weights_x.T).astype(np.float32)
    return noise


def _hat_weights(samples: int, cells: int) -> FloatPlane:
    position = (np.arange(samples, dtype=np.float32) + 0.5) / samples * cells
    distance = np.abs(position[:, np.newaxis] - np.arange(cells + 1, dtype=np.float32)[np.newaxis, :])
    weights: FloatPlane = np.clip(1 - distance, 0, 1).astype(np.float32)
    return weights

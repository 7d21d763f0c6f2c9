"""What a camera shows, as numbers per tile: detail, contrast, and likeness to what it usually shows. Pure.

A picture of 320x180 is averaged over some 10 s (noise and whatever passes fade: the short-term pool of Ribnick, Atev, Masoud, Papanikolopoulos and
Voyles, "Real-time detection of camera tampering", AVSS 2006) and judged in 9x16 tiles of 20 pixels:

- detail: mean of ``|S - blur5(S)|``, the energy that a defocused lens loses first (Saglam and Temizel, "Real-time adaptive camera tamper
  detection for video surveillance", AVSS 2009, take it from a Fourier window, Aksay, Temizel and Cetin, AVSS 2007, from wavelets);
- contrast: standard deviation of ``blur9(S)``, which a defocused lens keeps and fog does not (Koschmieder 1924: fog scales both alike);
- likeness: normalised cross-correlation of ``S - blur11(S)`` with the reference's, free of gain and offset, hence of exposure and slow light; its
  absolute value, since what the sun shows bright the infrared lamp may show dark. Without the blur taken out, any two soft tiles are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from analytics.cells import Plane

ROWS: Final = 180
COLUMNS: Final = 320
TILE_ROWS: Final = 9
TILE_COLUMNS: Final = 16
_COARSE: Final = (20, 11)
_AVERAGE: Final = 1 / 4
_ROWS_READ: Final = 360
_CUT: Final = 12.0  # gray levels
_CUT_SHARE: Final = 0.5
_EXPLAINED_SHARE: Final = 0.3
"""Measured: 0.28 at most where cars pass a camera whose iris moves; 0.36 at least where a hand or a bag is before the lens, but 0.16 where noise is 10 levels:
then it is told somewhat later."""
_MOST_GAIN: Final = 3.0  # of an iris, or a shutter; beyond it the light went out, or a hand is before the lens
_NOISE_DETAIL: Final = 0.78  # of white noise with standard deviation 1: sqrt(2 / pi * (1 - 1 / 25))

Tiles = NDArray[np.float32]
"""(9, 16) float32."""


def reduce_view(luma: Plane) -> Tiles:
    """(180, 320) float32 of an (H, W) uint8 plane: area means, of every n-th row of a large one."""
    step = max(1, luma.shape[0] // _ROWS_READ)
    rows = luma[step // 2 :: step] if step > 1 else luma
    small: Tiles = cv2.resize(rows, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32)
    return small


def tile_means(picture: MatLike) -> Tiles:
    """Mean of each tile of a (180, 320) picture."""
    means: Tiles = cv2.resize(picture, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA).astype(
        np.float32, copy=False
    )
    return means


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An averaged picture with its numbers.

    Attributes:
        picture: (180, 320) float32, 0 to 255.
        texture: (180, 320) float32, the picture without what is soft.
        deviation: of the texture in each tile.
        detail: of each tile, without what noise makes.
        contrast: of each tile.
        coarse: (11, 20) float32, the picture in 220 pixels.
    """

    picture: Tiles
    texture: Tiles
    deviation: Tiles
    detail: Tiles
    contrast: Tiles
    coarse: Tiles

    @classmethod
    def of(cls, picture: Tiles, noise: float = 0.0) -> View:
        """The view of a (180, 320) float32 picture, which is kept, not copied.

        Args:
            picture: averaged.
            noise: standard deviation of what noise it still has, in gray levels.
        """
        texture: Tiles = (picture - cv2.blur(picture, (11, 11))).astype(np.float32, copy=False)
        fine = tile_means(cv2.absdiff(picture, cv2.blur(picture, (5, 5))))
        soft = cv2.blur(picture, (9, 9))
        soft_mean = tile_means(soft)
        return cls(
            picture=picture,
            texture=texture,
            deviation=np.sqrt(tile_means(cv2.multiply(texture, texture))),
            detail=np.sqrt(np.maximum(fine * fine - (_NOISE_DETAIL * noise) ** 2, 0)),
            contrast=np.sqrt(np.maximum(tile_means(cv2.multiply(soft, soft)) - soft_mean * soft_mean, 0)),
            coarse=cv2.resize(picture, _COARSE, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False),
        )

    def likeness(self, other: View) -> Tiles:
        """Absolute correlation with another view, tile by tile, 0 to 1; 0 where either is flat."""
        return self._scaled(np.abs(tile_means(cv2.multiply(self.texture, other.texture))), other)

    def _scaled(self, product: Tiles, other: View) -> Tiles:
        likeness: Tiles = np.minimum(product / np.maximum(self.deviation * other.deviation, 0.04), 1)
        return likeness

    def chance(self, other: View) -> Tiles:
        """The likeness that tiles of these two have by chance: the mean of it where one is laid wrong, in six ways.

        Streets have lanes and kerbs that look alike anywhere; only what is above this says that they are the same place.
        """
        wrong = [
            cv2.multiply(self.texture, np.roll(other.texture, shift, (0, 1)))
            for shift in ((60, 0), (-60, 0), (40, 120), (-40, 120), (40, -120), (-40, -120))
        ]
        products = np.abs([tile_means(product) for product in wrong])
        return self._scaled(products.mean(axis=0, dtype=np.float32), other)

    def shift(self, other: View) -> tuple[float, float]:
        """By how many pixels this is the other one moved, right and down: phase correlation (Kuglin and Hines 1975)."""
        window = cv2.createHanningWindow((COLUMNS, ROWS), cv2.CV_32F)
        # Copies: OpenCV multiplies the window into its arguments where their size needs no padding.
        (x_px, y_px), _ = cv2.phaseCorrelate(other.texture.copy(), self.texture.copy(), window)
        return x_px, y_px

    def moved_back(self, x_px: float, y_px: float) -> tuple[View, NDArray[np.bool_]]:
        """This one moved left and up, and the (9, 16) bool tiles that it then still shows."""
        back = np.array([[1, 0, -x_px], [0, 1, -y_px]], np.float32)
        moved = cv2.warpAffine(self.picture, back, (COLUMNS, ROWS), borderMode=cv2.BORDER_REPLICATE)
        shown = cv2.warpAffine(np.ones((ROWS, COLUMNS), np.float32), back, (COLUMNS, ROWS))
        return View.of(moved.astype(np.float32, copy=False)), tile_means(shown) > 0.99

    def outline(self, other: View) -> float:
        """Correlation of the two pictures in 220 pixels, -1 to 1: whether the same things stand where they stood, however blurred."""
        first, second = self.coarse - self.coarse.mean(), other.coarse - other.coarse.mean()
        scale = float(first.std() * second.std())
        return float((first * second).mean()) / scale if min(first.std(), second.std()) > 1 else 0.0


def _noise(picture: Tiles, before: Tiles) -> float:
    """The lesser of two estimates, each of which only errs upwards: from the change in time (whose median traffic and light move) and from what is
    finer than any edge (Immerkaer, "Fast noise variance estimation", CVIU 1996; texture counts as noise there). Both by the median of absolute
    deviations (Rousseeuw and Croux 1993)."""
    change = float(np.median(np.abs(picture[::3, ::3] - before[::3, ::3]))) / 2**0.5
    # The difference of two Laplacians, [1 -2 1] down and across, at every third row and column: of noise alone, six times as large.
    down = picture[:-2:3] - 2 * picture[1:-1:3] + picture[2::3]
    fine = float(np.median(np.abs(down[:, :-2:3] - 2 * down[:, 1:-1:3] + down[:, 2::3]))) / 6
    return min(change, fine) / 0.6745


class ShortTerm:
    """The average of the last few pictures, and how noisy one of them is."""

    def __init__(self) -> None:
        self._mean: Tiles | None = None
        self._last: Tiles | None = None
        self.count = 0
        self.noise = 0.0
        """Standard deviation of the noise of one picture in gray levels."""
        self.unrest = 0.0
        """How far the last picture is from the average, in 220 pixels: median in gray levels. Small where a camera stands, whatever it shows."""

    def restart(self) -> None:
        """Forget everything."""
        self._mean = self._last = None
        self.count = 0

    def add(self, luma: Plane) -> View:
        """The view after one more picture."""
        picture = reduce_view(luma)
        if self._mean is None or self._last is None:
            self._mean = picture.copy()
        else:
            self.noise += (_noise(picture, self._last) - self.noise) / min(8, max(1, self.count))
            gain = self._exposure(picture, self._mean)
            if gain is None:
                self.count = 0
            elif gain != 1:
                self._mean *= np.float32(gain)
            weight = max(_AVERAGE, 1 / (self.count + 1))
            cv2.accumulateWeighted(picture, self._mean, weight)
        self._last = picture
        self.count += 1
        view = View.of(self._mean.copy(), self.residual_noise)
        self.unrest = float(np.median(np.abs(cv2.resize(picture, _COARSE, interpolation=cv2.INTER_AREA) - view.coarse)))
        return view

    def _exposure(self, picture: Tiles, mean: Tiles) -> float | None:
        """How much brighter this picture is than the average, 1 where that needs no saying; None where most of it is another picture at once.

        Then the average begins anew, or the old view would haunt it for a minute. A camera that opens or closes its iris because a white car passes shows
        the same view all the same: exposure is a factor of what the camera sends, as that is a power of the light.
        """
        now, before = picture[::3, ::3], mean[::3, ::3]
        limit = _CUT + 3 * self.noise
        if float((cv2.absdiff(now, before) > limit).mean()) <= _CUT_SHARE:
            return 1.0
        gain = float(np.median(now) / max(1.0, float(np.median(before))))
        if not 1 / _MOST_GAIN <= gain <= _MOST_GAIN:
            return None
        return gain if float((cv2.absdiff(now, before * np.float32(gain)) > limit).mean()) <= _EXPLAINED_SHARE else None

    @property
    def residual_noise(self) -> float:
        """Standard deviation of the noise that the average still has, in gray levels."""
        weight = max(_AVERAGE, 1 / max(1, self.count))
        return self.noise * float((weight / (2 - weight)) ** 0.5)

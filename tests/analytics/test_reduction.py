"""The working picture: right size, right levels, less noise, from any plane and stride."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from analytics.cells import COLUMNS, ROWS
from analytics.reduction import Reduction

SIZES = [
    (360, 640),
    (1080, 1920),
    (720, 1280),
    (240, 320),
    (576, 704),
    (1440, 2560),
    (2160, 3840),
    (90, 160),
    (90, 480),
    (121, 77),
    (2, 2),
    (361, 643),
    (1081, 1923),
]


def padded(rows: int, columns: int, padding: int = 64) -> NDArray[np.uint8]:
    """A plane whose rows lie further apart than they are long, as a decoder leaves them; the padding is white."""
    buffer = np.full((rows, columns + padding), 255, np.uint8)
    return as_strided(buffer, (rows, columns), (columns + padding, 1))


@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_keeps_levels_and_place(rows: int, columns: int) -> None:
    """A slope stays that slope: nothing is shifted, flipped or mixed with the padding beside the picture."""
    plane = padded(rows, columns)
    plane[:] = (np.linspace(20, 120, columns)[None, :] + np.linspace(0, 80, rows)[:, None]).astype(np.uint8)
    plane.flags.writeable = False
    found = Reduction(rows, columns)(plane)
    assert found.shape == (ROWS, COLUMNS)
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous, "loops that are compiled take no other"
    assert found.flags.writeable
    expected = np.linspace(20, 120, COLUMNS)[None, :] + np.linspace(0, 80, ROWS)[:, None]
    tolerance = 4 if rows >= ROWS and columns >= COLUMNS else 52
    assert np.abs(found.astype(np.float64) - expected).max() < tolerance


@pytest.mark.parametrize(("rows", "columns", "most"), [(360, 640, 5.5), (1080, 1920, 4.0), (720, 1280, 5.0)])
def test_averages_noise_away(rows: int, columns: int, most: float) -> None:
    """A working pixel is a mean of many: nearest-neighbour picking would leave all 20 levels of noise."""
    noise = np.random.default_rng(0).normal(128, 20, (rows, columns))
    found = Reduction(rows, columns)(np.clip(noise, 0, 255).astype(np.uint8))
    assert found.std() < most
    assert abs(found.mean() - 128) < 1.5


def test_refuses_what_is_no_picture() -> None:
    """A plane of one row can't be halved."""
    with pytest.raises(ValueError, match="can't be analysed"):
        Reduction(1, 640)

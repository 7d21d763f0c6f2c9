"""Loops over pixels give what numpy and OpenCV give, to the last bit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from analytics import pixel_loops
from analytics.cells import COLUMNS, ROWS, Plane
from analytics.pixel_loops import EVIDENCE_FULL, GLANCE_PER_LEVEL, LEVEL_SHIFT, NEVER, NOISE_SHIFT, WORDS
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from tests.analytics.planes import GRID, PICTURE, levels, masks, near, planes

CEILING = 255 - EVIDENCE_FULL
MIDDLES = (slice(2, None, 5),) * 2


def empty(shape: tuple[int, int] = PICTURE) -> Plane:
    """What a loop must overwrite: no value that it would leave by chance."""
    return np.full(shape, 77, np.uint8)


def sums() -> NDArray[np.uint16]:
    return np.full((1, COLUMNS), 999, np.uint16)


def means(pixels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rounded mean of each cell's 25 pixels; there are no halves."""
    sums_of_cells: NDArray[np.int64] = pixels.reshape(GRID_ROWS, 5, GRID_COLUMNS, 5).sum((1, 3))
    return (sums_of_cells + 12) // 25


def halved(plane: NDArray[np.int64]) -> NDArray[np.int64]:
    return (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2] + 2) // 4


@pytest.mark.parametrize("padding", [0, 1, 64])
@pytest.mark.parametrize(
    ("rows", "columns"),
    [(360, 640), (361, 643), (360, 1920), (360, 3840), (576, 704), (540, 960), (4, 4), (7, 21)],
)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_a_quarter_is_two_exact_halvings(rows: int, columns: int, padding: int, data: st.DataObject) -> None:
    """Of any plane as decoders leave it: rows apart, by an odd number of bytes too, and not to be written to."""
    buffer = np.full((rows, columns + padding), 255, np.uint8)
    buffer[:, :columns] = data.draw(planes((rows, columns)))
    plane = as_strided(buffer, (rows, columns), (columns + padding, 1), writeable=False)
    high, wide = rows // 4, columns // 4
    out = empty((high, wide))
    pixel_loops.quarter(plane[:, : 4 * wide].view(np.uint16), np.empty((2, 2 * wide), np.uint16), out)
    assert np.array_equal(out, halved(halved(plane[: 4 * high, : 4 * wide].astype(np.int64))))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), least=st.integers(1, EVIDENCE_FULL))
def test_differs_where_a_cell_may_hold_enough(data: st.DataObject, least: int) -> None:
    base = data.draw(planes())
    picture, threshold = data.draw(near(base)), data.draw(planes())
    distance = empty()
    found = pixel_loops.differs(picture, base, threshold, least, distance, sums())
    assert np.array_equal(distance, cv2.absdiff(picture, base))
    beyond = cv2.subtract(distance, threshold).astype(np.int64)
    assert found == bool(
        beyond.sum() * GLANCE_PER_LEVEL >= 25 * least and means(beyond).max() * GLANCE_PER_LEVEL >= least
    )


@pytest.mark.parametrize("least", [1, 23, 100])
def test_differs_from_the_least_on(least: int) -> None:
    """One cell, level by level."""
    base, threshold = np.full(PICTURE, 100, np.uint8), np.full(PICTURE, 7, np.uint8)
    told = []
    for level in range(40):
        picture = base.copy()
        picture[40:45, 80:85] += np.uint8(level)
        told.append(pixel_loops.differs(picture, base, threshold, least, empty(), sums()))
    assert told == [max(0, level - 7) * GLANCE_PER_LEVEL >= least for level in range(40)]


@settings(max_examples=80, deadline=None)
@given(data=st.data(), active=st.integers(1, EVIDENCE_FULL))
def test_evidence_is_what_lies_beyond_the_threshold(data: st.DataObject, active: int) -> None:
    """In quarter levels that end at 255, cut off at full evidence; and the mean of each cell, as OpenCV takes it."""
    expected = data.draw(planes())
    picture, threshold = data.draw(near(expected)), data.draw(planes())
    distance, evidence, cells = empty(), empty(), empty(GRID)
    count, largest = pixel_loops.tell(picture, expected, threshold, active, distance, evidence, cells, sums())
    apart = np.abs(picture.astype(np.int64) - expected)
    beyond = (np.minimum(4 * apart, 255) - threshold).clip(0, EVIDENCE_FULL)
    assert np.array_equal(distance, apart)
    assert np.array_equal(evidence, beyond)
    assert np.array_equal(cells, means(beyond))
    assert np.array_equal(cells, cv2.resize(evidence, GRID[::-1], interpolation=cv2.INTER_AREA))
    assert count == np.count_nonzero(cells >= active)
    assert largest == cells.max()


@settings(max_examples=80, deadline=None)
@given(data=st.data(), step=st.sampled_from([0, 1, 191, 192, 4000]))
def test_exposure_moves_with_the_median_of_the_cells_middles(data: st.DataObject, step: int) -> None:
    level = data.draw(levels())
    picture = data.draw(near((level >> LEVEL_SHIFT).astype(np.uint8)))
    seen = data.draw(masks())
    seen[3, 5] = True  # some are asked
    differences = np.sort(((picture.astype(np.int64) << LEVEL_SHIFT) - level)[MIDDLES][seen])
    median = differences[len(differences) // 2]
    assert pixel_loops.exposure_moved(picture, level, seen, step) == bool(abs(median) > step)
    if median:
        assert pixel_loops.exposure_moved(picture, level, seen, int(abs(median)) - 1)
    assert not pixel_loops.exposure_moved(picture, level, seen, int(abs(median)))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_exposure_is_told_by_medians(data: st.DataObject) -> None:
    level = data.draw(levels())
    picture = data.draw(near((level >> LEVEL_SHIFT).astype(np.uint8)))
    seen = data.draw(masks())
    seen[3, 5] = True
    errors = np.sort(((picture.astype(np.int64) << LEVEL_SHIFT) - level)[MIDDLES][seen])
    usual = np.sort(level[MIDDLES][seen])
    samples = np.full(pixel_loops.SAMPLES, -999, np.int32)
    told = pixel_loops.exposure(picture, level, seen, samples)
    assert told == (int(errors[len(errors) // 2]), int(usual[len(usual) // 2]))


@settings(max_examples=60, deadline=None)
@given(level=levels(), gain=st.floats(0.25, 4.0))
def test_exposure_scales_the_level_as_opencv_does_it(level: NDArray[np.int16], gain: float) -> None:
    """And ends at white."""
    expected = cv2.convertScaleAbs(level, alpha=gain / (1 << LEVEL_SHIFT)).astype(np.int64) << LEVEL_SHIFT
    pixel_loops.scale(level, gain)
    assert np.array_equal(level, expected)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), most=st.sampled_from([1, 40, 2560]))
def test_light_is_softened_as_by_opencvs_blur(seed: int, most: int) -> None:
    light = np.random.default_rng(seed).integers(-most, most + 1, (GRID_ROWS, COLUMNS)).astype(np.int16)
    soft = np.full(light.shape, 77, np.int16)
    pixel_loops.soften(light, soft, np.zeros(WORDS, np.int32))
    assert np.array_equal(soft, cv2.blur(light, (15, 3)))


@pytest.mark.parametrize("level", [-2560, -1, 0, 1, 2560])
def test_even_light_stays_as_it_is(level: int) -> None:
    soft = np.full((GRID_ROWS, COLUMNS), 77, np.int16)
    pixel_loops.soften(np.full(soft.shape, level, np.int16), soft, np.zeros(WORDS, np.int32))
    assert (soft == level).all()


def softened(light: NDArray[np.int64]) -> NDArray[np.int64]:
    return cv2.blur(light.astype(np.int16), (15, 3)).astype(np.int64)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_expected_is_the_level_and_the_light_of_what_does_not_move(data: st.DataObject) -> None:
    """At white and black it ends: nothing runs over from one into the other."""
    level = data.draw(levels())
    picture = data.draw(near((level >> LEVEL_SHIFT).astype(np.uint8)))
    threshold = data.draw(planes())
    expected = empty()
    light, lit, soft = (np.full((GRID_ROWS, COLUMNS), 77, np.int16) for _ in range(3))
    pixel_loops.expect(picture, level, threshold, light, lit, soft, np.zeros(WORDS, np.int32), expected)
    rows = slice(2, None, 5)
    error = (picture.astype(np.int64) << LEVEL_SHIFT) - level
    all_light = error[rows].clip(-20 << LEVEL_SHIFT, 20 << LEVEL_SHIFT)
    left = np.abs(error[rows] - softened(all_light)).clip(0, 32767).astype(np.int16)
    quarters = cv2.convertScaleAbs(left, alpha=4 / (1 << LEVEL_SHIFT))
    of_the_scene = softened(np.where(quarters <= threshold[rows], all_light, 0)).repeat(5, axis=0)
    both = (level + of_the_scene).clip(0, 32767).astype(np.int16)
    assert np.array_equal(expected, cv2.convertScaleAbs(both, alpha=1 / (1 << LEVEL_SHIFT)))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_level_follows_slowly_where_there_is_evidence(data: st.DataObject) -> None:
    level = data.draw(levels())
    picture, evidence = data.draw(near((level >> LEVEL_SHIFT).astype(np.uint8))), data.draw(planes(most=1))
    error = (picture.astype(np.int64) << LEVEL_SHIFT) - level
    step = np.where(evidence > 0, error.clip(-4 << LEVEL_SHIFT, 4 << LEVEL_SHIFT) >> 3, error >> 2)
    learned = level.copy()
    pixel_loops.learn_level(picture, evidence, learned)
    assert np.array_equal(learned, level + step)
    assert learned.min() >= 0


@pytest.mark.parametrize("rate_shift", range(5))
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_level_follows_by_a_share(rate_shift: int, data: st.DataObject) -> None:
    level = data.draw(levels())
    picture = data.draw(near((level >> LEVEL_SHIFT).astype(np.uint8)))
    followed = level.copy()
    pixel_loops.follow_level(picture, followed, rate_shift)
    assert np.array_equal(followed, level + (((picture.astype(np.int64) << LEVEL_SHIFT) - level) >> rate_shift))


@pytest.mark.parametrize("rate_shift", [2, 4])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_threshold_is_twice_the_noise_within_its_bounds(rate_shift: int, data: st.DataObject) -> None:
    distance, floor = data.draw(planes()), data.draw(planes())
    ignored = data.draw(masks(PICTURE)).astype(np.uint8) * np.uint8(NEVER)
    noise = (data.draw(levels()) >> 1).astype(np.int16)  # up to 255 quarter levels in 1/64
    apart = np.minimum(4 * distance.astype(np.int64), 255) << NOISE_SHIFT
    learned = noise + ((apart - noise).clip(-8 << NOISE_SHIFT, 8 << NOISE_SHIFT) >> rate_shift)
    threshold = empty()
    pixel_loops.learn_noise(distance, rate_shift, floor, ignored, noise, threshold)
    assert np.array_equal(noise, learned)
    twice = np.maximum(learned >> (NOISE_SHIFT - 1), floor).clip(0, CEILING)
    assert np.array_equal(threshold, np.maximum(twice, ignored))


def test_whole_levels_are_rounded_as_opencv_does_it() -> None:
    """All that there are, halves to the even one."""
    level = np.resize(np.arange((255 << LEVEL_SHIFT) + 1), (3 * ROWS, COLUMNS)).astype(np.int16)
    out = empty((3 * ROWS, COLUMNS))
    pixel_loops.whole_levels(level, out)
    assert np.array_equal(out, np.rint(level / (1 << LEVEL_SHIFT)))
    assert np.array_equal(out, cv2.convertScaleAbs(level, alpha=1 / (1 << LEVEL_SHIFT)))

"""What a model is given of a picture, what is made of its answer, and models that can't be used; on a real network, run by OpenCV."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics.objects import ModelUnusable, ObjectModel, Recognised, cut, letterboxed, surest
from nvr.config.objects import ObjectSettings
from tests.analytics.tiny_model import tiny_model, without_boxes

RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)  # blue first, as pictures are
SETTINGS = ObjectSettings(input_px=64, persons=(0,), vehicles=(2,), least_score=0.5)


@pytest.fixture
def model(tmp_path: Path) -> ObjectModel:
    path = tmp_path / "model.onnx"
    path.write_bytes(tiny_model())
    return ObjectModel(path, SETTINGS)


def of(colour: tuple[int, int, int], rows: int = 40, columns: int = 40) -> NDArray[np.uint8]:
    return np.full((rows, columns, 3), colour, np.uint8)


def test_says_what_it_is_surest_of(model: ObjectModel) -> None:
    """Red is this model's person, blue its vehicle; a quarter of the picture suffices; what is neither, or too faint, is nothing."""
    assert model.look(of(RED)) == Recognised("person", 1.0)
    assert model.look(of(BLUE)) == Recognised("vehicle", 1.0)
    assert model.look(of(GREEN)) is None
    assert model.look(of((0, 0, 120))) is None
    found = model.look(of((0, 0, 150)))
    assert found is not None
    assert found.score == pytest.approx(150 / 255, abs=0.01)
    both = of((0, 0, 0), 64, 64)
    both[:32, :32], both[32:, 32:] = (0, 0, 200), (230, 0, 0)
    found = model.look(both)
    assert found is not None
    assert found.kind == "vehicle"
    assert found.score == pytest.approx(230 / 255, abs=0.01)


def test_a_piece_keeps_its_shape_in_gray() -> None:
    """Twice as wide as high: a quarter of gray above and below, red first, 0 to 1."""
    planes = letterboxed(of(RED, 20, 40), 64)
    assert planes.shape == (1, 3, 64, 64)
    assert planes.dtype == np.float32
    assert planes[0, 0, 32, 32] == 1.0
    assert planes[0, 2, 32, 32] == 0.0
    assert np.all(planes[0, :, :16] == np.float32(114 / 255))
    assert np.all(planes[0, 0, 16:48] == 1.0)
    assert np.all(planes[0, :, 48:] == np.float32(114 / 255))
    assert letterboxed(of(RED, 400, 1), 64).shape == (1, 3, 64, 64)


def test_cuts_around_the_box() -> None:
    """With a margin, inside the picture, and never next to nothing."""
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, :, 0] = np.arange(200)
    picture[:, :, 1] = np.arange(100)[:, None]
    piece = cut(picture, (0.5, 0.4, 0.2, 0.2))
    assert piece.shape == (26, 52, 3)
    assert (piece[0, 0, 0], piece[0, 0, 1]) == (94, 37)
    assert cut(picture, (0.0, 0.0, 1.0, 1.0)).shape == picture.shape
    assert cut(picture, (0.99, 0.99, 0.0, 0.0)).shape == (10, 20, 3)
    assert cut(picture[:1, :1], (0.3, 0.3, 0.1, 0.1)).shape == (1, 1, 3)
    assert not np.shares_memory(piece, picture)


def test_scores_that_are_no_numbers_say_nothing() -> None:
    head = np.zeros((1, 7, 4), np.float32)
    head[0, 4] = (np.nan, np.inf, 0.2, 0.3)
    assert surest(head, SETTINGS) is None
    head[0, 6, 1] = 3.0
    assert surest(head, SETTINGS) == Recognised("vehicle", 1.0)
    assert surest(head, SETTINGS.model_copy(update={"persons": (), "vehicles": ()})) is None


@pytest.mark.parametrize(
    ("make", "settings", "said"),
    [
        pytest.param(lambda p: None, SETTINGS, "can't be read", id="missing"),
        pytest.param(lambda p: p.mkdir(), SETTINGS, "can't be read", id="a folder"),
        pytest.param(lambda p: p.write_bytes(b""), SETTINGS, "no ONNX", id="empty"),
        pytest.param(lambda p: p.write_bytes(os.urandom(3000)), SETTINGS, "no ONNX", id="noise"),
        pytest.param(lambda p: p.write_bytes(tiny_model()[:-9]), SETTINGS, "no ONNX", id="cut off"),
        pytest.param(lambda p: p.write_bytes(without_boxes()), SETTINGS, "1x3x2x2", id="no detector"),
        pytest.param(
            lambda p: p.write_bytes(tiny_model(96)), SETTINGS, "can't be run on pictures of 64x64", id="another size"
        ),
        pytest.param(lambda p: p.write_bytes(tiny_model(gain=9)), SETTINGS, "no probabilities", id="no probabilities"),
        pytest.param(
            lambda p: p.write_bytes(tiny_model()),
            SETTINGS.model_copy(update={"vehicles": (2, 7)}),
            "knows 3 classes, node.objects names class 7",
            id="a class too many",
        ),
    ],
)
def test_says_why_a_model_cannot_be_used(
    tmp_path: Path, make: Callable[[Path], object], settings: ObjectSettings, said: str
) -> None:
    """Missing, unreadable, of another kind: one line with the file's name, and what to do."""
    path = tmp_path / "model.onnx"
    make(path)
    with pytest.raises(ModelUnusable, match=said) as told:
        ObjectModel(path, settings)
    assert str(path) in told.value.message
    assert told.value.remedy
    assert "\n" not in str(told.value)


def test_a_sparse_giant_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate(600 * 1024 * 1024)
    with pytest.raises(ModelUnusable, match="more than"):
        ObjectModel(path, SETTINGS)

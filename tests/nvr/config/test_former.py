"""Cameras of earlier times as another program, older or newer, may have written them down."""

from __future__ import annotations

from typing import Any

import pytest

from nvr.config.former import cameras_as_far_as_understood, former_camera

_WHOLE = {"id": "cam7", "number": 7, "name": "Siete", "main": {"url": "rtsp://h/7"}, "retention": {"days": 60}}


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"sepia": 3, "tint": {"a": 1}}, set()),
        ({"main": {"url": "http://h/7", "wavelet": 1}}, {"main"}),
        ({"main": None, "name": ["x"], "number": "seven"}, {"main", "name", "number"}),
        ({"zones": [{"name": "a", "polygon": [[0, 0], ["x", 1], [1, 1]]}, 5]}, set()),
        ({"retention": {"days": 60, "moons": 2}}, set()),
        ({f"field{number}": number for number in range(500)}, {"main", "name", "number", "retention"}),
    ],
)
def test_what_is_understood_of_it_stays(change: dict[str, Any], lost: set[str]) -> None:
    """Above all its id, under which its recordings are filed, and how long they are kept."""
    found = former_camera({**_WHOLE, "removed_wall_ns": 5, **change})
    assert found is not None
    assert (found.id, found.enabled) == ("cam7", False)
    told = found.model_dump(mode="json", exclude_unset=True)
    for field in {"number", "name", "main", "retention"} - lost:
        assert told[field] == _WHOLE[field]


def test_where_its_id_is_none_nothing_is_filed_under_it() -> None:
    assert former_camera({**_WHOLE, "id": "../x"}) is None
    assert former_camera({"name": "x"}) is None


@pytest.mark.parametrize("text", ["cameras: [", "", "5", "cameras: {}", "cameras: [1, {name: x}]"])
def test_a_text_in_which_no_camera_is_named_has_none(text: str) -> None:
    assert cameras_as_far_as_understood(text, "version 3") == ()


def test_cameras_of_a_faulty_text_have_what_their_template_says() -> None:
    """So that a camera's term is kept that stands in ``defaults``."""
    text = (
        "sepia: 1\ndefaults: {retention: {days: 60}}\n"
        'cameras:\n  - {id: cam1, name: Uno, main: {url: "rtsp://h/1"}}\n  - {id: cam1, name: Otra vez}\n'
    )
    (camera,) = cameras_as_far_as_understood(text, "version 3")
    assert camera.retention.days == 60

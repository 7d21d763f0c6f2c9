"""Zones that are written into ``cameras.yaml``: nothing else of it changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr.config.loader import parse_config
from nvr.config.zone_edit import ZoneEdit, with_zones
from nvr.config.zones import Zone
from nvr.errors import ConfigError, NotFound

TEXT = """# The bridge and what comes after it.
version: 1
schedules: {noche: [{from: "22:00", to: "06:00"}]}
templates:
  domo: {zones: [{name: De la plantilla}]}
cameras:
  - id: cam01     # the first
    name: Puente
    main: {url: "rtsp://10.0.0.1/1"}
    zones:
      - name: Vereda   # where people wait
        polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 1.0], [0.1, 1.0]]
      # the road
      - name: Calzada
        priority: 1
    trunk: Norte
  # spare numbers: 2 to 9
  - {id: cam10, name: Plaza, main: {url: "rtsp://10.0.0.2/1"}}  # on one line
  - id: cam11
    name: Parque
    template: domo
    main: {url: "rtsp://10.0.0.3/1"}
"""
SQUARE = ((0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4))


def zone(**more: Any) -> Zone:
    return Zone.model_validate({"name": "Nueva", "polygon": SQUARE, **more})


def edited(camera_id: str, zones: tuple[Zone, ...], masks: tuple[Any, ...] = (), text: str = TEXT) -> str:
    after = with_zones(text, ZoneEdit(camera_id, zones, masks), "test")
    camera = parse_config(after, "test").camera(camera_id)
    assert camera is not None
    assert camera.zones == zones
    assert camera.masks == masks
    return after


def test_a_zone_that_did_not_change_keeps_its_lines_and_all_else_its_letters() -> None:
    vereda = parse_config(TEXT, "test").cameras[0].zones[0]
    after = edited("cam01", (vereda, zone(loitering={"after_s": 60}, schedule="noche")))
    gone = [line for line in TEXT.splitlines() if line not in after.splitlines()]
    assert gone == ["      # the road", "      - name: Calzada", "        priority: 1"]
    assert "      - name: Vereda   # where people wait\n" in after
    assert "        loitering: {after_s: 60.0}\n    trunk: Norte\n" in after


@pytest.mark.parametrize("camera_id", ["cam01", "cam10", "cam11"])
def test_each_way_of_writing_a_camera_takes_zones_and_masks(camera_id: str) -> None:
    after = edited(
        camera_id, (zone(name='Con "comillas": y # más', line={"points": [[0.1, 0.6], [0.9, 0.6]]}),), (SQUARE,)
    )
    again = edited(camera_id, (), (SQUARE, SQUARE), text=after)
    last = edited(camera_id, (zone(left={}),), (), text=again)
    for other in {"cam01", "cam10", "cam11"} - {camera_id}:
        assert parse_config(last, "test").camera(other) == parse_config(TEXT, "test").camera(other)
    assert "# spare numbers: 2 to 9" in last
    assert "# on one line" in last


def test_what_a_camera_has_already_is_not_written() -> None:
    for camera in parse_config(TEXT, "test").cameras:
        assert with_zones(TEXT, ZoneEdit(camera.id, camera.zones, camera.masks), "test") == TEXT


def test_faults_are_told_and_so_is_a_camera_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        with_zones(TEXT, ZoneEdit("cam99", (), ()), "test")
    with pytest.raises(ConfigError) as caught:
        with_zones(TEXT, ZoneEdit("cam01", (zone(schedule="tarde"),), ()), "test")
    assert "schedule" in caught.value.faults[0].field
    assert caught.value.faults[0].remedy


shares = st.floats(0, 1, allow_nan=False)
names = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60).filter(str.strip)


@settings(deadline=None, max_examples=40)
@given(
    name=names,
    x=st.floats(0, 0.4),
    y=st.floats(0, 0.4),
    size=st.floats(0.05, 0.5),
    sensitivity=shares,
    priority=st.integers(1, 3),
    camera_id=st.sampled_from(["cam01", "cam10", "cam11"]),
    endings=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_is_drawn_is_read_back_as_it_was_written(
    *, name: str, x: float, y: float, size: float, sensitivity: float, priority: int, camera_id: str, endings: str
) -> None:
    polygon = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    drawn = Zone.model_validate(
        {"name": name, "polygon": polygon, "sensitivity": sensitivity, "priority": priority, "crowd": {"count": 3}}
    )
    text = TEXT.replace("\n", endings)
    after = with_zones(text, ZoneEdit(camera_id, (drawn,), ()), "test")
    camera = parse_config(after, "test").camera(camera_id)
    assert camera is not None
    (found,) = camera.zones
    assert (found.name, found.priority, found.crowd) == (drawn.name, priority, drawn.crowd)
    assert all(
        abs(a - b) <= 5e-5
        for one, other in zip(found.polygon, polygon, strict=True)
        for a, b in zip(one, other, strict=True)
    )

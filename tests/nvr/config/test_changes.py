"""What differs between two configurations, and which connections that concerns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.config import Config
from nvr.config.changes import connection, detection, difference, reconnecting
from nvr.media import StreamKind


def config(*cameras: dict[str, Any], **rest: Any) -> Config:
    return Config.model_validate({"cameras": list(cameras), **rest})


def camera(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"cam{number}",
        "number": number,
        "name": "Puente",
        "main": {"url": f"rtsp://h/{number}"},
        "sub": {"url": f"rtsp://h/{number}/s", "record": False},
        **fields,
    }


def test_what_came_went_and_changed_is_told_with_its_fields() -> None:
    """In the file's own words; a setting of the node with the word that it needs a start."""
    before = config(camera(1), camera(2), camera(3))
    disk = {"name": "disco1", "path": "/mnt/disco1"}
    after = config(
        camera(1), camera(3, name="Otro", trunk="Anillo"), camera(4), site="Otra", node={"port": 9999, "pools": [disk]}
    )
    found = difference(before, after)
    assert found.summary() == (
        "added cam4; removed cam2; changed cam3; settings site, node.pools.disco1; from the next start on node.port"
    )
    assert list(found.lines()) == [
        "+ cam4 (Puente)",
        "- cam2 (Puente)",
        "~ cam3 (Otro), keeps its connections",
        "    name: Puente -> Otro",
        "    trunk: (none) -> Anillo",
        "~ site: Cajamarca -> Otra",
        "~ node.pools.disco1: (none) -> {name: disco1, path: /mnt/disco1, reserve_mb: 1024, headroom_mb: null}",
        "! node.port: 8080 -> 9999 (counts from the next start of the control room on)",
    ]


@pytest.mark.parametrize(
    ("fields", "streams"),
    [
        ({"name": "Otro", "location": [-7, -78]}, ()),
        ({"zones": [], "masks": []}, ()),
        ({"onvif": {"host": "10.20.0.7"}, "ptz": True}, ()),
        ({"analysis": "off", "picture_checks": ["black"]}, ()),
        ({"main": {"url": "rtsp://h/1", "record": False}}, ()),
        ({"main": {"url": "rtsp://h/9"}}, (StreamKind.MAIN,)),
        ({"sub": {"url": "rtsp://h/1/s", "transport": "udp", "record": False}}, (StreamKind.SUB,)),
        ({"sub": None}, (StreamKind.SUB,)),
        ({"credentials": "flota"}, (StreamKind.MAIN, StreamKind.SUB)),
        ({"enabled": False}, (StreamKind.MAIN, StreamKind.SUB)),
    ],
)
def test_only_what_a_connection_depends_on_opens_it_anew(
    fields: dict[str, Any], streams: tuple[StreamKind, ...]
) -> None:
    """Names, zones and whether a stream is kept are none of the camera's business."""
    before, after = config(camera(1)).cameras[0], config(camera(1, **fields)).cameras[0]
    assert reconnecting(before, after) == streams


@given(st.lists(st.integers(1, 6), unique=True, min_size=1), st.lists(st.integers(1, 6), unique=True, min_size=1))
def test_lists_of_cameras_differ_by_their_ids_alone(before: list[int], after: list[int]) -> None:
    """Not by their order."""
    found = difference(config(*map(camera, before)), config(*map(camera, after)))
    assert {each.camera_id for each in found.added} == {f"cam{n}" for n in set(after) - set(before)}
    assert {each.camera_id for each in found.removed} == {f"cam{n}" for n in set(before) - set(after)}
    assert found.changed == ()
    assert found.empty == (set(before) == set(after))


def test_detection_begins_anew_for_what_it_looks_at() -> None:
    """Zones, not names."""
    plain = config(camera(1))
    for fields, same in (
        ({"name": "Otro"}, True),
        ({"onvif": {"host": "10.20.0.7"}, "ptz": True}, True),
        ({"zones": [{"name": "Puerta"}]}, False),
        ({"picture_checks": ["black"]}, False),
        ({"sub": None}, False),
    ):
        other = config(camera(1, **fields))
        assert (detection(plain.cameras[0], plain) == detection(other.cameras[0], other)) is same
    assert connection(plain.cameras[0], StreamKind.MAIN) is not None

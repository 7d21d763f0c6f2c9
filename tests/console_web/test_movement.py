"""Searching where something moved, stills of what was found, and why an alert was raised."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from analytics.explained import Explanation
from analytics.explanation import write_explanation
from console_web.stills import Place, Stills
from nvr.catalogue import audit
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.media import StreamKind
from nvr.motion_index.rows import GRID
from nvr.motion_index.seconds import Seconds
from nvr.motion_index.writer import IndexWriter
from nvr.observations import SegmentClosed, new_id
from nvr.recording.boxes import fragments_of
from nvr.recording.fmp4 import Sample, fragment, init_segment
from nvr.storage.layout import segment_path
from tests.analytics.scenes import Camera, encode, street
from tests.console_web.room import Room, open_room

WHOLE = "f" * 144


@pytest.fixture
def room(tmp_path: Path, run_folder: Path) -> Iterator[Room]:
    with open_room(tmp_path, run_folder, SimulatedClock()) as made:
        yield made


def move(room: Room, camera_id: str, at_s: int, *cells: tuple[int, int]) -> None:
    """Something moves in these cells in a second, after ten quiet ones."""
    grid = np.zeros(GRID, np.uint8)
    for cell in cells:
        grid[cell] = 80
    seconds = Seconds()
    for quiet in range(10, 0, -1):
        seconds.add((at_s - quiet) * NS_PER_S, None)
    seconds.add(at_s * NS_PER_S, grid)
    seconds.blind()
    assert room.services.motion_index is not None
    writer = IndexWriter(room.services.motion_index)
    writer.append(camera_id, seconds.take())
    writer.close()


def digits(*cells: tuple[int, int]) -> str:
    grid = np.zeros(GRID, np.bool_)
    for cell in cells:
        grid[cell] = True
    return np.packbits(grid).tobytes().hex()


async def test_a_search_answers_within_ones_reach_and_is_on_record(room: Room) -> None:
    """Fullest first, with the region's box; a limited person's search over all cameras is over his own."""
    now_s = room.clock.wall_ns() // NS_PER_S
    move(room, "cam01", now_s - 600, (3, 4))
    move(room, "cam02", now_s - 500, (3, 4), (3, 5), (9, 9))
    async with room.app.router.lifespan_context(room.app):
        who = room.person(Role.INVESTIGATOR, name="ivega")
        body = {
            "cells": digits((3, 4), (3, 5)),
            "from_wall_ms": (now_s - 3600) * 1000,
            "to_wall_ms": now_s * 1000,
        }
        found = (await who.post("/api/movement/search", body)).json()
        assert [(peak["camera_id"], peak["cells"]) for peak in found["peaks"]] == [("cam02", 2), ("cam01", 1)]
        first = found["peaks"][0]
        assert first["peak_wall_ms"] == (now_s - 500) * 1000
        assert first["box"] == [4 / 32, 3 / 18, 2 / 32, 1 / 18]
        assert first["recorded"] is False
        assert (found["minutes"], found["complete"], found["looked_s"], found["asked_s"]) == (2, True, 22, 3 * 3600)
        limited = room.person(Role.OPERATOR, cameras=("cam01",))
        found = (await limited.post("/api/movement/search", body)).json()
        assert [peak["camera_id"] for peak in found["peaks"]] == ["cam01"]
        assert found["asked_s"] == 3600
        beyond = await limited.post("/api/movement/search", body | {"camera_ids": ["cam01", "cam02"]})
        assert beyond.status_code == 404, "another's camera is none that he knows of"
    with room.catalogue.read() as tx:
        records = [record for record in audit.read(tx, 50) if record.action == "movement.search"]
    assert {record.actor for record in records} == {"ivega", limited.user.name}
    assert json.loads(json.dumps(records[-1].detail))["cells"] == body["cells"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cells": "f" * 143},
        {"cells": "g" * 144},
        {"to_wall_ms": 0},
        {"least_cells": 0},
        {"limit": 201},
        {"camera_ids": []},
        {"region": [[0, 0]]},
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(room: Room, wrong: dict[str, object]) -> None:
    """In one line; nothing is looked up."""
    who = room.person(Role.INVESTIGATOR)
    body = {"cells": WHOLE, "from_wall_ms": 1_780_000_000_000, "to_wall_ms": 1_780_000_060_000} | wrong
    answer = await who.post("/api/movement/search", body)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def record_street(room: Room, camera_id: str, start_ns: int) -> Path:
    """Six seconds of real H.264, brighter by the second, as the recorder writes them: fragments of half a second, a key frame every two."""
    camera = Camera(1)
    frames = [camera(np.full_like(street(3, 180, 320), 40 + 30 * (i // 10))) for i in range(60)]
    packets = encode(frames, gop=20, epoch_ns=start_ns)
    relative = segment_path(camera_id, StreamKind.MAIN, start_ns)
    segment_id = new_id(start_ns)
    parts = [
        init_segment(
            packets[0].parameters, start_wall_ns=start_ns, camera_id=camera_id, segment_id=segment_id, epoch_ns=start_ns
        )
    ]
    for number in range(0, 60, 5):
        samples = [Sample(9000, 0, packet.is_keyframe, packet.data) for packet in packets[number : number + 5]]
        parts += fragment(number // 5 + 1, number * 9000, samples, wall_ns=start_ns + number * NS_PER_S // 10)
    data = b"".join(parts)
    path = room.services.recordings / relative
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    room.take_up(
        SegmentClosed(
            segment_id=segment_id,
            camera_id=camera_id,
            stream=StreamKind.MAIN,
            start_wall_ns=start_ns,
            end_wall_ns=start_ns + 6 * NS_PER_S,
            path=str(relative),
            size_bytes=len(data),
            packets=60,
            sha256=hashlib.sha256(data).hexdigest(),
        )
    )
    return path


def brightness(jpeg: bytes) -> float:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert picture.shape == (180, 320)
    return float(np.asarray(picture, np.float64).mean())


async def test_a_still_is_the_picture_of_its_moment(room: Room) -> None:
    """Also in the middle of a fragment and between key frames; before and after the recording there is none."""
    start_ns = room.clock.wall_ns() - 600 * NS_PER_S
    path = record_street(room, "cam01", start_ns)
    start_ms = start_ns // 1_000_000
    who = room.person(Role.INVESTIGATOR)
    async with room.app.router.lifespan_context(room.app):
        for second in (0, 1, 3, 5):
            answer = await who.get(f"/api/cameras/cam01/still?at_ms={start_ms + second * 1000 + 500}")
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "image/jpeg"
            assert abs(brightness(answer.content) - (40 + 30 * second)) < 6
        for outside in (-5000, 6500):
            assert (await who.get(f"/api/cameras/cam01/still?at_ms={start_ms + outside}")).status_code == 404
        # What a camera sent can be anything: no picture, and the next one comes all the same.
        table = fragments_of(path)
        data = bytearray(path.read_bytes())
        first = table.fragments[0]
        data[first.offset_bytes + 200 : first.offset_bytes + first.size_bytes] = b"\xff" * (first.size_bytes - 200)
        path.write_bytes(data)
        assert (await who.get(f"/api/cameras/cam01/still?at_ms={start_ms}")).status_code == 404
        answer = await who.get(f"/api/cameras/cam01/still?at_ms={start_ms + 4100}")
        assert abs(brightness(answer.content) - 160) < 6
        assert len(children()) == 1
    assert not children()


def children() -> list[psutil.Process]:
    """Decoders that this process has started."""
    return [each for each in psutil.Process().children() if "analytics.thumbnails" in " ".join(each.cmdline())]


async def test_a_decoder_that_died_is_started_anew(room: Room) -> None:
    """Killed between two questions, whoever asks next gets his picture."""
    path = record_street(room, "cam01", room.clock.wall_ns())
    table = fragments_of(path)
    place = Place(path, table.init_bytes, table.fragments[0].offset_bytes, table.whole_bytes, 0)
    stills = Stills()
    try:
        assert await stills.picture(place, 320)
        (child,) = children()
        child.kill()
        child.wait()
        assert await stills.picture(place, 320)
    finally:
        await stills.close()


async def test_an_alert_is_explained_where_it_can_be(room: Room) -> None:
    """As the detector wrote it; a damaged explanation is none."""
    alert_id = room.alert("cam01")
    snapshot = room.desk.alert(alert_id).snapshot
    pixels: NDArray[np.uint8] = np.zeros((90, 160), np.uint8)
    png = base64.b64encode(cv2.imencode(".png", pixels)[1].tobytes()).decode()
    why = Explanation(
        zone="Toda la vista",
        sensitivity=0.5,
        threshold=23,
        possible=11,
        needed_cells=2,
        min_duration_s=0.6,
        moved_cells=4,
        score=0.01,
        evidence="00" * 576,
        inside=WHOLE,
        moving="0" * 144,
        threshold_levels=7.0,
        background=png,
        picture=png,
    )
    write_explanation(room.services.snapshots, snapshot, why)
    who = room.person(Role.OPERATOR)
    answer = (await who.get(f"/api/alerts/{alert_id}/explanation")).json()
    assert (answer["zone"], answer["threshold"], answer["moved_cells"]) == ("Toda la vista", 23, 4)
    assert answer["background"] == png
    (room.services.snapshots / snapshot).with_suffix(".why.json").write_bytes(b"{}")
    assert (await who.get(f"/api/alerts/{alert_id}/explanation")).status_code == 404
    plain = room.alert("cam02", picture=False)
    assert (await who.get(f"/api/alerts/{plain}/explanation")).status_code == 404

"""Real H.264 in, observations and snapshots out."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from analytics.explained import Explanation
from analytics.motion import unpack_cells
from analytics.pipeline import CameraPipeline
from nvr.clock import SimulatedClock
from nvr.config import Camera as CameraConfig
from nvr.media import Packet, StreamKind
from nvr.motion_index.rows import ROW, looked_at
from nvr.observations import MotionObserved
from tests.analytics.scenes import START_WALL_NS, Camera, block_at, encode, street, walk

S = 1_000_000_000


def camera_config(*, sub: bool = True, **more: object) -> CameraConfig:
    streams = {"main": {"url": "rtsp://192.0.2.1/main"}, **({"sub": {"url": "rtsp://192.0.2.1/sub"}} if sub else {})}
    return CameraConfig.model_validate({"id": "cam01", "number": 1, "name": "Plaza", **streams, **more})


@dataclass
class Sink:
    """Takes observations, and looks at the snapshot in the very moment each arrives."""

    folder: Path
    found: list[MotionObserved] = field(default_factory=list)
    shapes: list[tuple[int, ...]] = field(default_factory=list)

    def __call__(self, observation: MotionObserved) -> None:
        self.found.append(observation)
        if observation.snapshot:
            picture = cv2.imread(str(self.folder / observation.snapshot))
            assert picture is not None
            self.shapes.append(picture.shape)


Build = Callable[..., tuple[CameraPipeline, Sink, SimulatedClock]]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def make(**more: object) -> tuple[CameraPipeline, Sink, SimulatedClock]:
        sink, clock = Sink(tmp_path / "snapshots"), SimulatedClock()
        sub = bool(more.pop("sub", True))
        return CameraPipeline(camera_config(sub=sub, **more), clock, sink, tmp_path / "snapshots"), sink, clock

    return make


@pytest.fixture(scope="module")
def walk_packets() -> list[Packet]:
    """3 s nothing, 2.5 s of a block crossing, 5 s nothing."""
    return encode(walk(quiet=30, moving=25, after=50, area=0.01))


def test_one_walk_is_one_observation(build: Build, walk_packets: list[Packet]) -> None:
    """Started and ended once, with the right times, place and snapshot, and the snapshot was there before the observation."""
    pipeline, sink, _ = build()
    for packet in walk_packets:
        pipeline.push(packet)
    started, ended = sink.found
    assert (started.phase, ended.phase) == ("started", "ended")
    assert started.observation_id == ended.observation_id
    assert (started.camera_id, started.zone) == ("cam01", "Toda la vista")
    begin_ns = START_WALL_NS + 3 * S
    assert begin_ns <= started.start_wall_ns <= begin_ns + 0.2 * S
    assert started.decided_wall_ns <= begin_ns + 0.9 * S
    assert ended.start_wall_ns == started.start_wall_ns
    assert begin_ns + 2.0 * S <= ended.decided_wall_ns <= begin_ns + 2.9 * S
    assert sink.shapes == [(360, 640, 3), (360, 640, 3)]
    assert started.snapshot == f"cam01/2026-09-21/{started.observation_id}.jpg"
    assert 0 < started.score <= ended.score < 0.2
    names = sorted(path.name for path in sink.folder.rglob("*") if path.is_file())
    assert names == [f"{started.observation_id}.jpg", f"{started.observation_id}.why.json"]


def test_a_quick_stream_is_looked_at_ten_times_a_second(build: Build) -> None:
    """A sub-stream of 25 frames a second: every other frame is looked at once the background is known, and what moves is told at the same times."""
    pipeline, sink, _ = build()
    seen: set[int] = set()
    for packet in encode(walk(quiet=75, moving=63, after=125, area=0.01), fps=25, gop=25):
        pipeline.push(packet)
        if pipeline.last_sample is not None:
            seen.add(pipeline.last_sample.wall_ns)
    assert pipeline.decoder.counters.frames == 263
    assert 263 // 2 <= len(seen) <= 263 // 2 + 15
    started, ended = sink.found
    begin_ns = START_WALL_NS + 3 * S
    assert begin_ns <= started.start_wall_ns <= started.decided_wall_ns <= begin_ns + 0.9 * S
    assert begin_ns + 2.0 * S <= ended.decided_wall_ns <= begin_ns + 2.9 * S


def test_an_alert_can_be_explained(build: Build, walk_packets: list[Packet]) -> None:
    """What moved, against which threshold, over which background: the block is in the picture and in the evidence, not in the background."""
    zone = {
        "name": "vereda",
        "polygon": [[0, 0.3], [1, 0.3], [1, 0.8], [0, 0.8]],
        "sensitivity": 0.7,
        "min_area": 0.006,
    }
    pipeline, sink, _ = build(zones=[zone])
    for packet in walk_packets[:50]:
        pipeline.push(packet)
    started = sink.found[0]
    path = (sink.folder / started.snapshot).with_suffix(".why.json")
    why = msgspec.json.decode(path.read_bytes(), type=Explanation)
    assert (why.zone, why.sensitivity, why.min_duration_s, why.needed_cells) == ("vereda", 0.7, 0.6, 3)
    assert (why.threshold, why.possible) == (17, 8)
    assert why.score == started.score
    assert why.moving == started.cells
    moving = unpack_cells(bytes.fromhex(why.moving))
    assert why.moved_cells == moving.sum() >= 3
    evidence = np.frombuffer(bytes.fromhex(why.evidence), np.uint8).reshape(18, 32)
    assert evidence[moving].min() >= why.possible
    assert evidence.max() >= why.threshold
    assert not unpack_cells(bytes.fromhex(why.inside))[:5].any()
    picture, background = (
        cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_GRAYSCALE)
        for text in (why.picture, why.background)
    )
    assert picture is not None
    assert background is not None
    assert picture.shape == background.shape == (90, 160)
    surely = (evidence > 60).repeat(5, axis=0).repeat(5, axis=1)
    brighter = picture.astype(int) - background
    assert brighter[surely].mean() > 30
    assert abs(np.median(brighter)) < 3
    assert 7 <= why.threshold_levels < 20


def test_what_moved_is_in_the_index(build: Build, walk_packets: list[Packet]) -> None:
    """The seconds of the walk along its path, the others quiet; the seconds in which the background was learned unknown."""
    pipeline, _, _ = build()
    for packet in walk_packets:
        pipeline.push(packet)
    pipeline.close()
    rows = np.frombuffer(pipeline.seconds.take(), ROW)
    start_s = START_WALL_NS // S
    moving = rows[rows["moving"] > 0]
    assert (moving["second"] - start_s).tolist() == [3, 4, 5]
    assert unpack_cells(np.bitwise_or.reduce(moving["bits"], axis=0).tobytes())[8:10, 8:24].any(axis=0).all()
    assert moving["moving"][1] == 255
    looked = looked_at(rows, start_s, start_s + 11).tolist()
    assert not looked[0]
    assert all(looked[2:10])


def test_cells_and_box_say_where(build: Build, walk_packets: list[Packet]) -> None:
    """At the start the left part of the path, at the end all of it."""
    pipeline, sink, _ = build()
    for packet in walk_packets:
        pipeline.push(packet)
    started, ended = sink.found
    assert len(started.cells) == 144
    left, top, width, height = started.box
    assert left < 0.3
    assert left + width < 0.5
    assert top < 0.5 < top + height
    assert ended.box[2] > 0.6
    cells = unpack_cells(bytes.fromhex(ended.cells))
    assert cells[8:10, 8:24].any(axis=0).all()
    assert not cells[[0, 17]].any()


def test_the_snapshot_shows_the_deciding_frame_in_its_colours(build: Build, walk_packets: list[Packet]) -> None:
    """The block stands in the snapshot where the box says, brighter than the street."""
    pipeline, sink, _ = build()
    for packet in walk_packets[:45]:
        pipeline.push(packet)
    picture = cv2.imread(str(sink.folder / sink.found[0].snapshot))
    assert picture is not None
    index = (sink.found[0].decided_wall_ns - START_WALL_NS) // (S // 10) - 30
    expected = block_at(street(3), 0.1 + 0.8 * index / 24, 0.5, 0.01, 60)
    error = np.abs(picture.mean(axis=2) - expected)
    other = np.abs(picture.mean(axis=2) - block_at(street(3), 0.8, 0.5, 0.01, 60))
    assert error.mean() < other.mean()
    assert error.mean() < 6


def test_nothing_moves_nothing_is_said(build: Build) -> None:
    """A quiet street over several key frames at a low bit rate: compression pulses are no movement."""
    scene, camera = street(3), Camera(3)
    packets = encode([camera(scene) for _ in range(100)], gop=20, options={"crf": "35"})
    pipeline, sink, _ = build()
    for packet in packets:
        pipeline.push(packet)
    pipeline.close()
    assert sink.found == []


def test_only_the_zone_that_was_crossed(build: Build, walk_packets: list[Packet]) -> None:
    """Two zones side by side of the path: each its own observation; the one above the path none."""
    zones = [
        {"name": "izquierda", "polygon": [[0, 0.3], [0.5, 0.3], [0.5, 0.8], [0, 0.8]]},
        {"name": "derecha", "polygon": [[0.5, 0.3], [1, 0.3], [1, 0.8], [0.5, 0.8]]},
        {"name": "arriba", "polygon": [[0, 0], [1, 0], [1, 0.25], [0, 0.25]]},
    ]
    pipeline, sink, _ = build(zones=zones)
    for packet in walk_packets:
        pipeline.push(packet)
    assert [(o.zone, o.phase) for o in sink.found if o.zone == "izquierda"] == [
        ("izquierda", "started"),
        ("izquierda", "ended"),
    ]
    assert {o.zone for o in sink.found} == {"izquierda", "derecha"}
    for observation in sink.found:
        cells = unpack_cells(bytes.fromhex(observation.cells))
        assert not cells[:, 16:].any() if observation.zone == "izquierda" else not cells[:, :16].any()


def test_a_mask_hides_the_path(build: Build, walk_packets: list[Packet]) -> None:
    """The whole path under a mask."""
    pipeline, sink, _ = build(masks=[[[0, 0.25], [1, 0.25], [1, 0.75], [0, 0.75]]])
    for packet in walk_packets:
        pipeline.push(packet)
    assert sink.found == []


def test_a_disk_that_refuses_costs_only_the_snapshot(
    tmp_path: Path, walk_packets: list[Packet], caplog: pytest.LogCaptureFixture
) -> None:
    """The alert matters more than its picture; the failure is counted and said."""
    (tmp_path / "snapshots").write_text("a file where the folder should be")
    found: list[MotionObserved] = []
    pipeline = CameraPipeline(camera_config(), SimulatedClock(), found.append, tmp_path / "snapshots")
    with caplog.at_level(logging.WARNING):
        for packet in walk_packets:
            pipeline.push(packet)
    assert [o.phase for o in found] == ["started", "ended"]
    assert {o.snapshot for o in found} == {""}
    assert pipeline.counters.snapshots_failed == 1
    assert "check the disk" in caplog.text


def test_what_is_open_is_ended(build: Build, walk_packets: list[Packet]) -> None:
    """By close, by a new epoch, and by silence; each exactly once."""
    for end in ("close", "epoch", "silence"):
        pipeline, sink, clock = build()
        for packet in walk_packets[:50]:
            pipeline.push(packet)
        assert [o.phase for o in sink.found] == ["started"]
        if end == "close":
            pipeline.close()
        elif end == "epoch":
            pipeline.push(replace(walk_packets[0], epoch_ns=START_WALL_NS + 60 * S))
        else:
            clock.advance(seconds=4)
            pipeline.tick()
            assert len(sink.found) == 1
            clock.advance(seconds=2)
            pipeline.tick()
        pipeline.tick()
        pipeline.close()
        assert [o.phase for o in sink.found] == ["started", "ended"]
        assert sink.found[1].decided_wall_ns <= walk_packets[49].wall_ns


def test_movement_before_and_after_a_hole_is_not_added_up(build: Build, walk_packets: list[Packet]) -> None:
    """Packets were given up in between: pending movement is forgotten."""
    pipeline, sink, _ = build()
    for packet in walk_packets[:34]:
        pipeline.push(packet)
    pipeline.skip()
    for packet in walk_packets[40:44]:
        pipeline.push(packet)
    assert sink.found == []


@pytest.fixture(scope="module")
def main_packets() -> list[Packet]:
    """A main stream of 25 frames a second with a key frame every second: 6 s nothing, 3 s crossing, 5 s nothing."""
    frames = walk(quiet=150, moving=75, after=125, area=0.01, rows=270, columns=480)
    return encode(frames, fps=25, gop=25, stream=StreamKind.MAIN, options={"preset": "ultrafast"})


def test_without_a_sub_stream_key_frames_and_bursts(build: Build, main_packets: list[Packet]) -> None:
    """Key frames while it is quiet; once one of them changed, the frames after it, so that the decision falls within a GOP + 0.5 s."""
    pipeline, sink, _ = build(sub=False)
    for packet in main_packets[:150]:
        pipeline.push(packet)
    assert 6 <= pipeline.decoder.counters.frames <= 20
    for packet in main_packets[150:]:
        pipeline.push(packet)
    pipeline.close()
    assert [o.phase for o in sink.found] == ["started", "ended"]
    assert sink.found[0].decided_wall_ns <= START_WALL_NS + 7.5 * S
    assert pipeline.counters.unwanted > 200
    assert pipeline.decoder.counters.frames + pipeline.counters.unwanted == len(main_packets)


def test_a_camera_that_is_being_moved_raises_nothing(build: Build, walk_packets: list[Packet]) -> None:
    """What was open is ended; while it moves, and until it has settled, its pictures are not looked at; then it sees again."""
    pipeline, sink, clock = build()
    for packet in walk_packets[:45]:
        pipeline.push(packet)
    assert [each.phase for each in sink.found] == ["started"]
    pipeline.hold_back(moving=True)
    assert [each.phase for each in sink.found] == ["started", "ended"]
    for packet in encode(walk(quiet=5, moving=25, after=5, area=0.2)):
        pipeline.push(packet)
    assert len(sink.found) == 2
    assert pipeline.counters.held_back > 20
    pipeline.hold_back(moving=False)
    clock.advance(seconds=5)
    for packet in walk_packets:
        pipeline.push(packet)
    assert [each.phase for each in sink.found[2:]] == ["started", "ended"]


def test_reordered_key_frames_are_seen_at_once(build: Build) -> None:
    """B-frames make a decoder hold each picture back; of a main stream the next packet is not fed, and the key frame must not wait for it."""
    frames = walk(quiet=100, moving=75, after=50, area=0.01, rows=270, columns=480)
    packets = encode(
        frames, fps=25, gop=25, stream=StreamKind.MAIN, options={"tune": "psnr", "preset": "medium", "bf": "2"}
    )
    assert any(after.pts < before.pts for before, after in pairwise(packets))
    pipeline, sink, _ = build(sub=False)
    for packet in packets:
        pipeline.push(packet)
    pipeline.close()
    assert [o.phase for o in sink.found] == ["started", "ended"]
    assert sink.found[0].decided_wall_ns <= START_WALL_NS + 5.7 * S
    assert pipeline.decoder.counters.errors == 0

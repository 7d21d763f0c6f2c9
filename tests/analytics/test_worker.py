"""The worker on the real bus and the real journal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypedDict

import cv2
import numpy as np
import pytest
import zmq

from analytics import view_orders
from analytics.objects import ObjectModel, cut
from analytics.verifier import Verifier
from analytics.view_file import read_view, write_view
from analytics.worker import AnalyticsWorker, run_worker
from nvr.bus import JOURNAL_TOPIC, STATUS_TOPIC, Publisher, endpoint, split
from nvr.clock import SystemClock
from nvr.config import Config
from nvr.config.objects import ObjectSettings
from nvr.journal import Position, read_journal
from nvr.media import Packet, StreamKind
from nvr.observations import Fact, MotionObserved, ObjectRecognised
from tests import waiting
from tests.analytics.scenes import encode, walk
from tests.analytics.tiny_model import tiny_model

DEADLINE_S = 20.0


@pytest.fixture
def config() -> Config:
    cameras = [
        {
            "id": f"cam{number:02d}",
            "number": number,
            "name": f"Cámara {number}",
            "main": {"url": f"rtsp://192.0.2.{number}/main"},
            "sub": {"url": f"rtsp://192.0.2.{number}/sub"},
            "enabled": number != 3,
        }
        for number in (1, 2, 3)
    ]
    return Config.model_validate({"cameras": cameras})


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Publisher]:
    publisher = Publisher(tmp_path / "run", "ingest-0")
    yield publisher
    publisher.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[zmq.Socket[bytes]]:
    """Hears what the worker says on the bus."""
    (tmp_path / "run").mkdir(exist_ok=True)
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, 10)
    socket.connect(endpoint(tmp_path / "run", "analytics-0"))
    socket.subscribe(STATUS_TOPIC)
    socket.subscribe(JOURNAL_TOPIC)
    yield socket
    socket.close()


@pytest.fixture(scope="module")
def packets() -> list[Packet]:
    """One GOP, so that nothing is given up although it is published faster than it happened."""
    return encode(walk(quiet=20, moving=20, after=40, rows=180, columns=320), gop=200)


until = partial(waiting.until, timeout_s=DEADLINE_S)


def subscribed(ingest: Publisher, *cameras: str) -> Callable[[], bool]:
    def check() -> bool:
        ingest.refresh()
        return all(ingest.wanted(camera, StreamKind.SUB) for camera in cameras)

    return check


def facts(folder: Path) -> list[Fact]:
    return [fact for fact, _ in read_journal(folder, Position())]


class Folders(TypedDict):
    """Where a worker keeps what."""

    run_folder: Path
    journal_folder: Path
    snapshots_folder: Path
    index_folder: Path


def folders(tmp_path: Path) -> Folders:
    return {
        "run_folder": tmp_path / "run",
        "journal_folder": tmp_path / "journal",
        "snapshots_folder": tmp_path / "snapshots",
        "index_folder": tmp_path / "motion-index",
    }


@contextmanager
def working(run: Callable[[threading.Event], None]) -> Iterator[None]:
    """A worker in a thread; told to stop at the end, and gone then."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_from_packets_to_synced_facts(
    tmp_path: Path, config: Config, ingest: Publisher, listener: zmq.Socket[bytes], packets: list[Packet]
) -> None:
    """Subscribes to the sub-streams of its enabled cameras, reports what moved in the journal, wakes its reader, tells its status, stops."""

    def work(stop: threading.Event) -> None:
        run_worker("analytics-0", config, config.cameras, ["ingest-0"], **folders(tmp_path), stop=stop)

    with working(work):
        until(subscribed(ingest, "cam01", "cam02"), "the worker's subscriptions")
        assert not ingest.wanted("cam03", StreamKind.SUB)
        assert not ingest.wanted("cam01", StreamKind.MAIN)
        for packet in packets:
            ingest.publish_packet(packet)
        until(lambda: len(facts(tmp_path / "journal")) == 2, "started and ended in the journal")
        heard: list[tuple[bytes, bytes, bytes]] = []

        def told() -> bool:
            while listener.poll(0):
                heard.append(split(listener.recv()))
            return any(m[0] == JOURNAL_TOPIC for m in heard) and any(
                m[0] == STATUS_TOPIC and b'"frames":80' in m[2] for m in heard
            )

        until(told, "a wake-up and a status")
    started, ended = facts(tmp_path / "journal")
    assert isinstance(started, MotionObserved)
    assert isinstance(ended, MotionObserved)
    assert (started.phase, ended.phase) == ("started", "ended")
    assert started.observation_id == ended.observation_id
    picture = cv2.imread(str(tmp_path / "snapshots" / started.snapshot))
    assert picture is not None
    assert picture.shape == (180, 320, 3)


def test_what_a_model_recognises_follows_the_movement(
    tmp_path: Path, config: Config, ingest: Publisher, packets: list[Packet]
) -> None:
    """Asked once for a movement, over its box; the answer stands in the journal after the start, and the status tells what it cost."""
    (tmp_path / "model.onnx").write_bytes(tiny_model())
    settings = ObjectSettings(input_px=64, persons=(0,), vehicles=(), least_score=0.1)
    worker = AnalyticsWorker(
        "analytics-0",
        config.cameras[:1],
        ["ingest-0"],
        **folders(tmp_path),
        verifier=Verifier(tmp_path / "model.onnx", settings, SystemClock(), 1000),
    )
    with working(worker.run):
        until(subscribed(ingest, "cam01"), "the worker's subscription")
        for packet in packets:
            ingest.publish_packet(packet)
        until(lambda: len(facts(tmp_path / "journal")) == 3, "started, recognised and ended in the journal")
    assert "objects" not in {each.name for each in threading.enumerate()}, "whoever looks goes with the worker"
    started, *others = facts(tmp_path / "journal")
    (said,) = [fact for fact in others if isinstance(fact, ObjectRecognised)]
    assert isinstance(started, MotionObserved)
    assert (said.observation_id, said.camera_id, said.kind) == (started.observation_id, "cam01", "person")
    picture = cv2.imread(str(tmp_path / "snapshots" / started.snapshot))
    assert picture is not None
    sure = ObjectModel(tmp_path / "model.onnx", settings).look(cut(picture.astype(np.uint8, copy=False), started.box))
    assert sure is not None
    assert said.score == pytest.approx(sure.score, abs=0.02), "not the movement's box was looked at"
    counters = worker.status().counters
    assert (counters["objects_looked"], counters["objects_recognised"], counters["objects_unsaid"]) == (1, 1, 0)
    assert counters["objects_busy_ms"] > 0


def test_stopping_ends_what_is_open(tmp_path: Path, config: Config, ingest: Publisher, packets: list[Packet]) -> None:
    """A stop in the middle of a movement writes its end before the worker is gone."""
    worker = AnalyticsWorker(
        "analytics-0",
        config.cameras[:1],
        ["ingest-0"],
        **folders(tmp_path),
    )
    with working(worker.run):
        until(subscribed(ingest, "cam01"), "the worker's subscription")
        for packet in packets[:35]:
            ingest.publish_packet(packet)
        until(lambda: len(facts(tmp_path / "journal")) == 1, "the start in the journal")
    assert [fact.phase for fact in facts(tmp_path / "journal") if isinstance(fact, MotionObserved)] == [
        "started",
        "ended",
    ]


def test_an_order_has_the_usual_view_of_one_of_its_cameras_learned_anew(
    tmp_path: Path, config: Config, ingest: Publisher
) -> None:
    """That of another worker's camera, and the other views, it leaves alone."""
    views = tmp_path / "views"
    for camera_id in ("cam01", "cam02", "cam09"):
        write_view(views, camera_id, np.full((180, 320), 90, np.uint8))
    for camera_id in ("cam01", "cam09"):
        view_orders.order_anew(views, camera_id)

    def work(stop: threading.Event) -> None:
        run_worker(
            "analytics-0", config, config.cameras, ["ingest-0"], **folders(tmp_path), views_folder=views, stop=stop
        )

    with working(work):
        until(lambda: list(view_orders.waiting(views)) == ["cam09"], "the order was carried out")
    assert [read_view(views, camera_id) is not None for camera_id in ("cam01", "cam02", "cam09")] == [False, True, True]


def test_behind_it_jumps_to_the_newest_key_frame(tmp_path: Path, config: Config, ingest: Publisher) -> None:
    """A minute that piled up is not worked off: each camera goes on at its newest key frame, and the rest is counted."""
    packets = encode(walk(quiet=60, moving=0, after=0, rows=90, columns=160), gop=10)
    worker = AnalyticsWorker(
        "analytics-0",
        config.cameras[:2],
        ["ingest-0"],
        **folders(tmp_path),
    )
    until(subscribed(ingest, "cam01", "cam02"), "the worker's subscriptions")
    for packet in packets:
        ingest.publish_packet(packet)
    ingest.publish_packet(replace(packets[0], camera_id="cam02"))
    with working(worker.run):
        until(lambda: worker.frames("cam02") == 1, "the other camera's frame")
        until(lambda: worker.frames("cam01") >= 10, "the newest group's frames")
    counters = worker.status()
    assert counters.cameras["cam01/sub"]["dropped"] + counters.cameras["cam01/sub"]["frames"] == 60
    assert counters.cameras["cam01/sub"]["dropped"] > 0
    assert counters.cameras["cam02/sub"]["dropped"] == 0
    assert counters.counters["decode_errors"] == 0

"""Facts travel as JSON with a tag; ids sort by time."""

from __future__ import annotations

import time
import uuid
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.media import StreamKind
from nvr.observations import (
    CameraStateChanged,
    DeviceSignalled,
    Fact,
    GapClosed,
    MotionObserved,
    ObjectRecognised,
    PictureStateChanged,
    SegmentClosed,
    SegmentOpened,
    WorkerStatus,
    new_id,
)

FACTS: list[Fact] = [
    SegmentOpened(
        segment_id="s",
        camera_id="cam01",
        stream=StreamKind.MAIN,
        epoch_ns=1,
        start_wall_ns=2**62,
        path="cam01/main/x.mp4",
        codec="avc1.64001f",
        width_px=1920,
        height_px=1080,
    ),
    SegmentClosed(
        segment_id="s",
        camera_id="cam01",
        stream=StreamKind.MAIN,
        start_wall_ns=1,
        end_wall_ns=2,
        path="cam01/main/x.mp4",
        size_bytes=3,
        packets=4,
        sha256="00",
        recovered=True,
    ),
    GapClosed(gap_id="g", camera_id="cam01", stream=StreamKind.SUB, start_wall_ns=1, end_wall_ns=2, cause="link"),
    MotionObserved(
        observation_id="o",
        camera_id="cam01",
        zone="Toda la vista",
        phase="started",
        start_wall_ns=1,
        decided_wall_ns=2,
        score=0.25,
        cells="0" * 144,
        box=(0.0, 0.1, 0.2, 0.3),
    ),
    PictureStateChanged(
        observation_id="p1",
        camera_id="cam07",
        stream=StreamKind.SUB,
        aspect="picture",
        condition="covered",
        since_wall_ns=1,
        wall_ns=2,
        detail="0.9",
        snapshot="cam07/2026-09-21/p1.jpg",
    ),
    CameraStateChanged(observation_id="o", camera_id="cam01", stream=StreamKind.MAIN, state="online", wall_ns=1),
    DeviceSignalled(
        observation_id="o",
        camera_id="cam01",
        kind="tamper",
        source="vs0",
        phase="started",
        start_wall_ns=1,
        wall_ns=2,
    ),
    ObjectRecognised(observation_id="m", camera_id="cam01", kind="person", score=0.83, wall_ns=2),
]


@given(st.integers(0, 2**48 * 1_000_000 - 1))
def test_ids_are_uuids_of_version_7_that_hold_their_millisecond(wall_ns: int) -> None:
    """RFC 9562 section 5.7, read by the standard library's uuid."""
    text = new_id(wall_ns)
    assert len(text) == 32
    parsed = uuid.UUID(hex=text)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == wall_ns // 1_000_000


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_ids_of_different_milliseconds_sort_by_time(a: int, b: int) -> None:
    """As texts, which is how the database sorts them."""
    if a // 1_000_000 < b // 1_000_000:
        assert new_id(a) < new_id(b)


def test_ids_of_one_moment_differ_and_default_to_now() -> None:
    """74 random bits: a thousand of one millisecond do not meet."""
    assert len({new_id(5_000_000) for _ in range(1000)}) == 1000
    before_ms = time.time_ns() // 1_000_000
    assert before_ms <= int(new_id()[:12], 16) <= time.time_ns() // 1_000_000


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_every_fact_comes_back_from_json_as_itself(fact: Fact) -> None:
    """Its tag alone tells the reader which it is."""
    assert msgspec.json.decode(msgspec.json.encode(fact), type=Fact) == fact


def test_every_kind_of_fact_is_tried_here() -> None:
    """A new kind without an example in this file fails."""
    assert {type(fact) for fact in FACTS} == set(get_args(Fact))


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b'{"type": "unheard_of"}',
        b'{"type": "segment_opened", "segment_id": 7}',
        b'{"type": "gap_closed", "gap_id": "g", "camera_id": "c", "stream": "third", "start_wall_ns": 1, "end_wall_ns": 2, "cause": "link"}',
        b'{"type": "gap_closed", "gap_id": "g", "camera_id": "c", "stream": "sub", "start_wall_ns": 1, "end_wall_ns": 2, "cause": "weather"}',
        b'{"type": "gap_closed", "gap_id": "g", "camera_id": "c", "stream": "sub", "start_wall_ns": 1.5, "end_wall_ns": 2, "cause": "link"}',
    ],
)
def test_what_is_no_fact_is_refused(line: bytes) -> None:
    """Float times and causes beyond the closed list too: coverage reports rest on them."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(line, type=Fact)


def test_facts_can_not_be_changed() -> None:
    """They are persisted after they have been shown to several readers."""
    with pytest.raises(AttributeError):
        FACTS[0].camera_id = "cam02"  # type: ignore[misc]


def test_a_status_comes_back_from_json() -> None:
    """Counters of any name."""
    status = WorkerStatus(
        worker="ingest-0",
        pid=7,
        wall_ns=1,
        cpu_s=0.5,
        rss_bytes=9,
        counters={"a": 1.0},
        cameras={"cam01/main": {"fps": 25.0}},
    )
    assert msgspec.json.decode(msgspec.json.encode(status), type=WorkerStatus) == status

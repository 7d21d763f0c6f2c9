"""What a zone says in ``cameras.yaml`` decides what is told: file text in, packets in, observations out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from analytics.explained import Explanation
from analytics.pipeline import CameraPipeline
from analytics.rule_sequences import RuleSequence, person
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config.loader import parse_config
from nvr.media import Packet
from nvr.observations import MotionObserved
from tests.analytics.scenes import START_WALL_NS, encode, walk

LIMA_9_14_NS = START_WALL_NS + 40 * NS_PER_S
"""START_WALL_NS is a Monday, 14:13:20 in UTC, 09:13:20 in Lima."""
LINE: dict[str, Any] = {"points": [[0.1, 0.6], [0.9, 0.6]]}


@pytest.fixture(scope="module")
def passing() -> list[Packet]:
    """3 s nothing, 2.5 s of a block crossing, 5 s nothing."""
    return encode(walk(quiet=30, moving=25, after=50, area=0.01))


@pytest.fixture(scope="module")
def at_the_minute() -> list[Packet]:
    """The same; a minute is full, 09:14 in Lima, one second after the block came."""
    return encode(walk(quiet=30, moving=25, after=50, area=0.01), epoch_ns=LIMA_9_14_NS - 4 * NS_PER_S)


@pytest.fixture(scope="module")
def crossing() -> list[Packet]:
    """Somebody walks across the middle from afar."""
    across = RuleSequence("", {"name": "z"}, 12, (person(((1, 0.4, 0.35), (8, 0.55, 0.95))),))
    return encode(across.frames(1))


def told(folder: Path, packets: Sequence[Packet], zone: dict[str, Any], **more: Any) -> list[MotionObserved]:
    """What is told of packets by a camera with one zone."""
    camera = {
        "id": "cam01",
        "name": "Plaza",
        "main": {"url": "rtsp://192.0.2.1/main"},
        "sub": {"url": "rtsp://192.0.2.1/sub"},
        "zones": [{"name": "Vereda", **zone}],
    }
    text = yaml.safe_dump({"version": 1, "timezone": "America/Lima", "cameras": [camera], **more})
    config = parse_config(text, "cameras.yaml")
    found: list[MotionObserved] = []
    pipeline = CameraPipeline(config.cameras[0], SimulatedClock(), found.append, folder, config=config)
    for packet in packets:
        pipeline.push(packet)
    pipeline.close()
    return found


def hours(start: str, end: str) -> dict[str, Any]:
    return {"schedules": {"turno": [{"days": ["daily"], "from": start, "to": end}]}}


@pytest.mark.parametrize(
    ("zone", "times"),
    [
        pytest.param({}, 1, id="as it is"),
        pytest.param({"min_duration_s": 8}, 0, id="too short"),
        pytest.param({"min_area": 0.3}, 0, id="too small"),
        pytest.param({"min_height": {"top": 0.02, "bottom": 0.02}}, 1, id="tall enough"),
        pytest.param({"min_height": {"top": 0.9, "bottom": 0.9}}, 0, id="not tall enough"),
        pytest.param({"loitering": {"after_s": 20}}, 0, id="only a rule"),
        pytest.param({"loitering": {"after_s": 20}, "movement": True}, 1, id="movement beside a rule"),
    ],
)
def test_what_counts_as_movement(tmp_path: Path, passing: list[Packet], zone: dict[str, Any], times: int) -> None:
    found = told(tmp_path, passing, zone)
    assert [each.phase for each in found] == ["started", "ended"] * times


@pytest.mark.parametrize(
    ("start", "end", "times"), [("09:00", "10:00", 1), ("14:00", "15:00", 0), ("10:00", "09:00", 0)]
)
def test_a_zone_is_on_by_the_clock_of_its_place(
    tmp_path: Path, passing: list[Packet], crossing: list[Packet], start: str, end: str, times: int
) -> None:
    """At 09:13 in Lima, 14:13 in UTC: for movement and for a rule."""
    found = told(tmp_path, passing, {"schedule": "turno"}, **hours(start, end))
    assert [each.phase for each in found] == ["started", "ended"] * times
    found = told(tmp_path, crossing, {"schedule": "turno", "line": LINE}, **hours(start, end))
    assert [each.phase for each in found] == ["started", "ended"] * times


def test_what_moves_on_when_a_time_begins_is_told_then(tmp_path: Path, at_the_minute: list[Packet]) -> None:
    started, ended = told(tmp_path, at_the_minute, {"schedule": "turno"}, **hours("09:14", "10:00"))
    assert LIMA_9_14_NS <= started.start_wall_ns < LIMA_9_14_NS + NS_PER_S
    assert ended.observation_id == started.observation_id


def test_what_moves_on_when_a_time_ends_is_over_then(tmp_path: Path, at_the_minute: list[Packet]) -> None:
    started, ended = told(tmp_path, at_the_minute, {"schedule": "turno"}, **hours("09:00", "09:14"))
    assert started.start_wall_ns < LIMA_9_14_NS
    assert ended.decided_wall_ns <= LIMA_9_14_NS


def test_a_rule_is_named_and_explained(tmp_path: Path, crossing: list[Packet]) -> None:
    """The alert's zone says which way the line was crossed; beside the snapshot lie the rule and what it measured against which limit."""
    found = told(tmp_path, crossing, {"line": LINE})
    assert [each.zone for each in found] == ["Vereda ▸ line_a_b"] * 2
    text = (tmp_path / found[0].snapshot).with_suffix(".why.json").read_bytes()
    why = msgspec.json.decode(text, type=Explanation)
    assert why.rule == "line_a_b"
    assert why.measures
    assert all(each.name for each in why.measures)
    assert told(tmp_path, crossing, {"line": LINE | {"direction": "b_to_a"}}) == []

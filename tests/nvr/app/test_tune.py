"""``nvr tune``: the command as an administrator gives it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.rig import write_config
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.cli import main
from nvr.clock import NS_PER_S
from nvr.motion_index.rows import GRID
from nvr.motion_index.seconds import Seconds
from nvr.motion_index.writer import IndexWriter


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    """Two cameras; an hour ago a small thing moved at the first one for 5 s, ten minutes later a large one for 3 s."""
    path = tmp_path / "cameras.yaml"
    write_config(path, cameras=2, fleet_port=8554, console_port=8080, data=tmp_path / "data")
    folders = Folders.of(load(path, None))
    folders.motion_index.mkdir(parents=True)
    start_s = int(time.time()) - 3600
    seconds = Seconds()
    for offset in range(900):
        grid = np.zeros(GRID, np.uint8)
        if 100 <= offset < 105:
            grid[4, 4:7] = 60
        if 700 <= offset < 703:
            grid[4:10, 4:14] = 60
        for frame in range(4):
            seconds.add((start_s + offset) * NS_PER_S + frame * NS_PER_S // 4, grid if grid.any() else None)
    seconds.blind()
    writer = IndexWriter(folders.motion_index)
    writer.append("cam01", seconds.take())
    writer.close()
    return ["--config", str(path), "--days", "0.1"]


def told(place: Sequence[str], capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["tune", "cam01", *words, "--json", *place]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_larger_least_area_loses_the_small_one(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Before both, after the large one; the small one is named as gone."""
    found = told(place, capsys, "--min-area", "0.05")
    assert [len(found[name]) for name in ("before", "after", "gained", "lost")] == [2, 1, 0, 1]
    assert found["lost"][0]["start_wall_ms"] == found["before"][0]["start_wall_ms"]
    assert found["looked_s"] == 900
    assert sum(before for before, _ in found["by_hour"]) == 2
    assert list(found["recorded"].values()) == [0]  # nothing was raised: no detector ran here


def test_a_longer_least_duration_loses_the_short_one(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Five seconds stay, three go."""
    found = told(place, capsys, "--min-duration", "4")
    assert [(each["end_wall_ms"] - each["start_wall_ms"]) // 1000 for each in found["after"]] == [4]


def test_people_read_it_too(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """By number, with what would be gone, and how much was looked at."""
    assert main(["tune", "1", "--min-area", "0.05", *place]) == 0
    text = capsys.readouterr().out
    assert "0.2 h of 2.4 h were looked at" in text
    assert "1 alerts would be gone" in text
    assert "0 alerts would be new" in text


def test_another_file_is_tried_as_it_stands(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mask over the whole picture: nothing is left."""
    other = tmp_path / "other.yaml"
    text = (tmp_path / "cameras.yaml").read_text(encoding="utf-8")
    mask = "- id: cam01\n  masks: [[[0, 0], [1, 0], [1, 1], [0, 1]]]\n"
    other.write_text(text.replace("- id: cam01\n", mask, 1), encoding="utf-8")
    found = told(place, capsys, "--with", str(other))
    assert [len(found[name]) for name in ("before", "after", "lost")] == [2, 0, 2]


def test_rules_are_replayed_as_far_as_the_index_tells_and_the_others_named(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stay is told; a line that is crossed and what is left are named as not told, not counted as none."""
    zones = [
        {"name": "Puente", "loitering": {"after_s": 5}, "left": {}},
        {"name": "Vereda", "line": {"points": [[0.1, 0.5], [0.9, 0.5]], "direction": "a_to_b"}},
    ]
    other = tmp_path / "other.yaml"
    text = (tmp_path / "cameras.yaml").read_text(encoding="utf-8")
    other.write_text(text.replace("- id: cam01\n", f"- id: cam01\n  zones: {json.dumps(zones)}\n", 1), encoding="utf-8")
    found = told(place, capsys, "--with", str(other))
    assert set(found["untold"]) == {"Puente ▸ left", "Vereda ▸ line_a_b"}
    assert {each["zone"] for each in found["after"]} <= {"Puente ▸ loitering"}
    assert main(["tune", "1", "--with", str(other), *place]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["Puente", "▸", "left", "0", "-", "-"] in lines
    assert any(line[:1] == ["-:"] for line in lines), "what it means is said"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["cam01"], "nothing to try: give --sensitivity"),
        (["cam99", "--sensitivity", "0.7"], "no camera is called cam99"),
        (["cam01", "--sensitivity", "7"], "a setting is out of its range"),
        (["cam01", "--zone", "Nada", "--sensitivity", "0.7"], "there is no zone Nada: it is one of: "),
        (["cam02", "--sensitivity", "0.7"], "the motion index has nothing of cam02"),
        (["cam01", "--sensitivity", "0.7", "--days", "0"], "--days is more than 0"),
    ],
)
def test_what_can_not_be_tried_is_said_in_one_line(
    place: list[str], capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    """With what to do."""
    assert main(["tune", *place, *words]) == 2
    error = capsys.readouterr().err
    assert says in error
    first, *rest = error.splitlines()
    assert first.startswith("nvr: by "), "which configuration it went by"
    assert len(rest) == 1

"""Commands beside the node go by the version in force, whatever has become of the file since."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nvr.app.adoption import adopt_at_start
from nvr.app.folders import Folders
from nvr.catalogue import segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import GapRow
from nvr.cli import main
from nvr.clock import NS_PER_S
from nvr.media import StreamKind

TWO = """node: {data: %s}
cameras:
  - {id: cam1, number: 1, name: Uno, main: {url: "rtsp://h/1"}}
  - {id: cam2, number: 2, name: Dos, main: {url: "rtsp://h/2"}}
"""


@pytest.fixture
def place(tmp_path: Path) -> tuple[str, ...]:
    """A node that has run with two cameras, both away for the last hour."""
    path = tmp_path / "cameras.yaml"
    path.write_text(TWO % (tmp_path / "data"), encoding="utf-8")
    folders = Folders(tmp_path / "data")
    folders.create()
    config = adopt_at_start(path, None).in_force.config
    catalogue = Catalogue(folders.database_url(config))
    now_ns = time.time_ns()
    with catalogue.write() as tx:
        for camera_id in ("cam1", "cam2"):
            gap = GapRow(
                f"g-{camera_id}", camera_id, StreamKind.MAIN, now_ns - 3600 * NS_PER_S, now_ns, "link", "no route"
            )
            segments.store_gap(tx, gap)
    catalogue.close()
    return ("--config", str(path))


def half_an_hour_ago() -> str:
    return datetime.fromtimestamp(time.time_ns() // NS_PER_S - 1800, UTC).isoformat()


@pytest.mark.parametrize("edited", ["cameras: [", "", "node: {data: %s}\ncameras: []\n"])
def test_a_file_that_is_being_edited_changes_no_answer(
    place: tuple[str, ...], edited: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even one with faults, or that lacks the camera; and each says which version it went by."""
    data = tmp_path / "data"
    Path(place[1]).write_text(edited % data if "%" in edited else edited, encoding="utf-8")
    place = (*place, "--data", str(data))
    asked = ("coverage", "--camera", "cam2", "--at", half_an_hour_ago(), "--language", "en")
    assert main([*asked, *place]) == 1
    said = capsys.readouterr()
    assert "NO, it was not recording. Cause: network link (no route)" in said.out
    assert said.err.startswith("nvr: by version 1 of the configuration, in force since ")
    assert main(["tune", "cam2", "--sensitivity", "0.7", *place]) == 2
    said = capsys.readouterr()
    assert "version 1" in said.err
    assert "the motion index has nothing of cam2" in said.err, "it knows the camera"
    assert main(["fsck", *place]) == 0
    assert "version 1" in capsys.readouterr().err
    assert main(["catalogue", "rebuild", *place]) == 0
    assert "version 1" in capsys.readouterr().err


def test_before_anything_was_in_force_the_file_counts_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cameras.yaml"
    path.write_text(TWO % (tmp_path / "data"), encoding="utf-8")
    assert main(["fsck", "--config", str(path)]) == 0
    assert "of which nothing was ever in force" in capsys.readouterr().err

"""``nvr evaluate`` on a small sequence of each kind, made here."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from analytics.evaluation import DatasetUnreadable
from ingest.simulator import SMALL_SHAPE
from ingest.simulator.clip_files import make_scene
from nvr.app.evaluate import boxes_truth, find_sequences
from nvr.cli import main


@pytest.fixture
def photographed(tmp_path: Path) -> Path:
    """Fifty frames with a block that moves from frame 21 on, laid out as changedetection.net does."""
    folder = tmp_path / "data" / "baseline" / "street"
    for name in ("input", "groundtruth"):
        (folder / name).mkdir(parents=True)
    (folder / "temporalROI.txt").write_text("15 60")
    rng = np.random.default_rng(0)
    for number in range(1, 61):
        picture = rng.normal(100, 2, (120, 160)).astype(np.uint8)
        truth = np.zeros((120, 160), np.uint8)
        if number > 20:
            left = (number - 20) * 3
            picture[40:80, left : left + 20] = 200
            truth[40:80, left : left + 20] = 255
        cv2.imwrite(str(folder / "input" / f"in{number:06d}.jpg"), picture)
        cv2.imwrite(str(folder / "groundtruth" / f"gt{number:06d}.png"), truth)
    return tmp_path / "data"


def ours(text: str) -> list[str]:
    (row,) = [line for line in text.splitlines() if "| ours |" in line]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_prints_and_writes_the_table(photographed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sequence two levels down is found; its one event is found by ours and by the others, on the screen and in the file alike."""
    page = tmp_path / "page.md"
    assert main(["evaluate", "--dataset", str(photographed), "--report", str(page)]) == 0
    shown = capsys.readouterr().out
    row = ours(shown)
    assert row[0] == "street"
    assert row[4:7] == ["1", "0", "0"]
    assert float(row[3].split("/")[2]) > 0.8
    assert 0.3 < float(row[7]) < 1.0
    assert row[4:7] == ours(page.read_text(encoding="utf-8"))[4:7]
    for other in ("MOG2", "KNN", "frame difference"):
        assert f"| {other} |" in shown


def test_says_what_can_be_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder, one that is not there: status 2 and what to name instead."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert main(["evaluate", "--dataset", str(folder)]) == 2
        assert str(folder) in capsys.readouterr().err


def test_the_fleets_clips_are_sequences(tmp_path: Path) -> None:
    """A scene's truth: nothing before and after its clip with movement, boxes inside; its events lie after the quiet clip."""
    make_scene(tmp_path, 2, SMALL_SHAPE, 1)
    (sequence,) = find_sequences(tmp_path)
    frames = list(sequence.frames())
    positive = [bool(truth and truth.positive.any()) for truth in map(sequence.truth, range(len(frames)))]
    assert sequence.name == "park 02"
    assert len(frames) == 40
    assert frames[0].shape == (180, 320)
    assert not any(positive[:10])
    assert any(positive[10:30])
    assert not any(positive[30:])
    assert sequence.events
    for event in sequence.events:
        assert 2.0 <= event.start_s < event.end_s <= 6.0
    (tmp_path / "scene02-quiet-sub.h264").unlink()
    with pytest.raises(DatasetUnreadable, match="scene 2"):
        find_sequences(tmp_path)


def test_the_edge_of_a_box_is_not_judged() -> None:
    """Cells wholly inside are true, those it only touches count neither way, the others are ground."""
    truth = boxes_truth([(4.25 / 32, 3 / 18, 2.5 / 32, 2 / 18)])
    assert truth.positive.sum() == 3 * 2
    assert truth.positive[3:5, 4:7].all()
    slim = boxes_truth([(4.75 / 32, 3 / 18, 1.5 / 32, 2 / 18)])
    assert slim.positive[3:5, 5].all()
    assert slim.positive.sum() == 2
    assert not slim.judged[3:5, 4].any()
    assert slim.judged.sum() == 576 - 4

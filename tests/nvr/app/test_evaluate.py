"""``nvr evaluate`` on a small sequence of each kind, made here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from analytics.evaluation import DatasetUnreadable
from analytics.rule_cases import cases
from ingest.simulator import SMALL_SHAPE
from ingest.simulator.clip_files import load_clip, make_scene
from ingest.simulator.clips import ClipKind
from nvr.app.evaluate import find_sequences
from nvr.cli import main
from nvr.media import StreamKind


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


def f1_of(text: str) -> dict[str, float]:
    """Of the cells, by detector."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return {row[1]: float(row[3].split("/")[2]) for row in rows if len(row) == 10 and row[0] == "street"}


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
    assert float(row[2].split("/")[2]) > 0.5, "pixels too, where the truth is a picture"
    assert float(row[8]) > 0, "what a frame costs"
    text = page.read_text(encoding="utf-8")
    assert row[4:7] == ours(text)[4:7]
    assert "(images/roc-street.png)" in text
    curve = cv2.imread(str(tmp_path / "images" / "roc-street.png"))
    assert curve is not None
    assert min(curve.shape[:2]) > 100
    for other in ("MOG2", "KNN", "frame difference"):
        assert f"| {other} |" in shown


def test_the_others_at_their_best(photographed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--sweep``: the page says how they were set and what was tried; of one sequence none of the others is worse than as usual."""
    page = tmp_path / "page.md"
    assert main(["evaluate", "--dataset", str(photographed), "--report", str(page), "--sweep"]) == 0
    at_best = f1_of(capsys.readouterr().out)
    text = page.read_text(encoding="utf-8")
    assert "--sweep" in text
    assert "## The settings tried" in text
    assert main(["evaluate", "--dataset", str(photographed)]) == 0
    usual = f1_of(capsys.readouterr().out)
    assert at_best["ours"] == usual["ours"]
    for other in ("MOG2", "KNN", "frame difference"):
        assert at_best[other] >= usual[other] - 0.02  # KNN draws lots


def test_rules_beside_what_should_be_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--rules``: each sequence's and each kind's reports on the screen and in the file; a folder need not be named."""
    few = {case.name: case for case in cases()}
    monkeypatch.setattr(
        "analytics.rule_evaluation.cases", lambda: iter([few["line: across, towards B"], few["line: past its end"]])
    )
    page = tmp_path / "page.md"
    assert main(["evaluate", "--rules", "1", "--report", str(page)]) == 0
    shown, text = capsys.readouterr().out, page.read_text(encoding="utf-8")
    for row in (
        "| line: across, towards B | 1 | 0 | 0 |",
        "| line: past its end | 0 | 0 | 0 |",
        "| **line** | 1 | 0 | 0 |",
    ):
        assert row in shown
        assert row in text
    assert main(["evaluate"]) == 2
    assert "--rules" in capsys.readouterr().err


def test_says_what_can_be_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder, one that is not there: status 2 and what to name instead."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert main(["evaluate", "--dataset", str(folder)]) == 2
        assert str(folder) in capsys.readouterr().err


def cut(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def small(path: Path) -> None:
    cv2.imwrite(str(path), np.zeros((60, 80), np.uint8))


def of_gray(street: Path) -> None:
    for path in (street / "groundtruth").iterdir():
        cv2.imwrite(str(path), np.full((120, 160), 170, np.uint8))


def of_dots(street: Path) -> None:
    for path in [*(street / "input").iterdir(), *(street / "groundtruth").iterdir()]:
        cv2.imwrite(str(path), np.zeros((3, 5), np.uint8))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(lambda f: (f / "input/in000030.jpg").unlink(), "in000030", id="a picture is missing"),
        pytest.param(lambda f: cut(f / "input/in000030.jpg", 0.4), "in000030", id="a picture is cut off"),
        pytest.param(lambda f: small(f / "input/in000030.jpg"), "80x60", id="a picture of another size"),
        pytest.param(lambda f: (f / "groundtruth/gt000030.png").unlink(), "gt000030", id="a truth is missing"),
        pytest.param(lambda f: cut(f / "groundtruth/gt000030.png", 0.6), "gt000030", id="a truth is cut off"),
        pytest.param(lambda f: (f / "groundtruth/gt000030.png").write_bytes(b""), "gt000030", id="a truth is empty"),
        pytest.param(lambda f: small(f / "groundtruth/gt000030.png"), "80x60", id="a truth of another size"),
        pytest.param(of_gray, "judged", id="a truth that says nothing"),
        pytest.param(of_dots, "5x3", id="pictures smaller than the grid"),
        pytest.param(lambda f: (f / "temporalROI.txt").unlink(), "without ground truth", id="no span"),
        pytest.param(
            lambda f: (f / "temporalROI.txt").write_text("15 99"), "in000061", id="a span beyond the pictures"
        ),
        pytest.param(
            lambda f: (f / "temporalROI.txt").write_text("60 15"), "judged", id="a span that ends before it begins"
        ),
        pytest.param(lambda f: shutil.rmtree(f / "groundtruth"), "without ground truth", id="no truth"),
    ],
)
def test_one_clear_error_each(
    photographed: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    harm: Callable[[Path], object],
    said: str,
) -> None:
    """A dataset that is not whole: status 2, one line that names the place, no figure of it on the screen, and no page."""
    harm(photographed / "baseline" / "street")
    page = tmp_path / "page.md"
    assert main(["evaluate", "--dataset", str(photographed), "--report", str(page)]) == 2
    shown = capfd.readouterr()
    (line,) = [line for line in shown.err.splitlines() if line.startswith("nvr: ")]
    assert "street" in line
    assert said in line
    assert "Traceback" not in shown.err
    assert "| ours |" not in shown.out
    assert not page.exists()


def test_all_that_is_broken_is_told_at_once(photographed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two of three sequences are broken: both are named before anything is reckoned."""
    street = photographed / "baseline" / "street"
    for name in ("avenue", "bridge"):
        shutil.copytree(street, street.with_name(name))
    small(street.with_name("avenue") / "groundtruth" / "gt000030.png")
    (street / "input" / "in000030.jpg").unlink()
    assert main(["evaluate", "--dataset", str(photographed)]) == 2
    shown = capsys.readouterr()
    assert "avenue" in shown.err
    assert "street" in shown.err
    assert "bridge" not in shown.err
    assert not shown.out


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
    busy = tmp_path / "scene02-event-sub.h264"
    whole = busy.read_bytes()
    third = len(whole) // 3
    busy.write_bytes(whole[:third] + bytes(third) + whole[2 * third :])
    with pytest.raises(DatasetUnreadable, match="not 20"):
        list(sequence.frames())
    (tmp_path / "scene02-quiet-sub.h264").unlink()
    with pytest.raises(DatasetUnreadable, match="scene 2"):
        find_sequences(tmp_path)


def test_the_truth_of_a_clip_is_its_figures_drawn_alone(tmp_path: Path) -> None:
    """At every frame: pixels inside the boxes that the clip's own truth gives, neither all of a box nor next to none of it."""
    make_scene(tmp_path, 2, SMALL_SHAPE, 1)
    (sequence,) = find_sequences(tmp_path)
    clip = load_clip(tmp_path, 2, ClipKind.EVENT)
    assert clip is not None
    main, drawn, boxed, told = clip.truth.streams[StreamKind.MAIN], 0, 0, 0
    for index in range(20):
        truth = sequence.truth(10 + index)
        assert truth is not None
        assert truth.picture is not None
        inside = np.zeros((180, 320), bool)
        for track in clip.truth.tracks:
            number = round(index / 5 * main.fps) - track.first_frame
            if 0 <= number < len(track.boxes):
                x, y, width, height = track.boxes[number]
                rows = slice(int(y * 180) - 1, int((y + height) * 180) + 2)
                inside[max(0, rows.start) : rows.stop, max(0, int(x * 320) - 1) : int((x + width) * 320) + 2] = True
        moving = truth.picture == 255
        assert not (moving & ~inside).any()
        assert truth.judged.all()
        drawn += int(moving.sum())
        boxed += int(inside.sum())
        told += bool(truth.positive.any())
        assert moving.any() or not truth.positive.any()
    assert 0.2 < drawn / boxed < 0.8
    assert told > 10

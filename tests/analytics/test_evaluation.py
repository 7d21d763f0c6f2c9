"""The evaluation itself, then the detector on real footage (where that is at hand)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from analytics.baselines import USUAL, Ours, Peer, shares, sum_cells
from analytics.evaluation import DatasetUnreadable, Score, cdnet_sequence, evaluate, table_rows, total, true_cells
from analytics.hysteresis import Decision
from tests.analytics.scenes import Gray, decisions

MEDIA = Path(os.environ.get("NVR_MEDIA", Path(__file__).parents[2].parent / "shared" / "media"))


def real(name: str) -> Path:
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand: set NVR_MEDIA to the folder of real clips")
    return path


def test_cells_cover_every_pixel_once() -> None:
    """Sizes that 18 and 32 do not divide, too."""
    for shape in ((240, 320), (97, 131), (18, 32), (1080, 1920)):
        counts = sum_cells(np.ones(shape, np.uint8))
        assert counts.shape == (18, 32)
        assert counts.sum() == shape[0] * shape[1]
        assert counts.max() - counts.min() <= counts.max() // 2 + 1


def test_a_tenth_makes_a_cell() -> None:
    """Of 100 pixels 10 suffice and 9 do not."""
    mask = np.zeros((180, 320), np.uint8)
    mask[0, :10] = 255
    mask[10, 10:19] = 255
    found = shares(mask)
    assert found[0, 0] == 10
    assert found[1, 1] == 9
    assert np.count_nonzero(found) == 2


def test_shadow_unknown_and_outside_are_not_judged() -> None:
    """They count neither as ground nor as motion; a cell of nothing else is not judged."""
    truth = np.zeros((180, 320), np.uint8)
    truth[:10, :10] = 50
    truth[0, :5] = 255
    truth[10:20, :10] = 85
    truth[20:30, :10] = 170
    truth[20:21, :3] = 255
    truth[30, :9] = 255
    cells = true_cells(truth)
    positive, judged = cells.positive, cells.judged
    assert positive[0, 0]
    assert judged[0, 0]
    assert not judged[1, 0]
    assert positive[2, 0]
    assert not positive[3, 0]
    assert positive.sum() == 2


def test_scores() -> None:
    """Precision, recall and F1 by hand; cells that are not judged count nowhere."""
    found, positive, judged = (np.zeros((18, 32), np.bool_) for _ in range(3))
    judged[0] = True
    found[0, :4] = True
    positive[0, 1:9] = True
    found[1] = True
    score = Score()
    score.add(found, positive, judged)
    assert (score.true_positive, score.false_positive, score.false_negative) == (3, 1, 5)
    assert score.precision == 0.75
    assert score.recall == 0.375
    assert score.f1 == 0.5


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """Thirty frames with a block that moves from frame 21 on, and their truth."""
    for folder in ("input", "groundtruth"):
        (tmp_path / folder).mkdir()
    (tmp_path / "temporalROI.txt").write_text("15 30")
    rng = np.random.default_rng(0)
    for number in range(1, 31):
        picture = rng.normal(100, 2, (120, 160)).astype(np.uint8)
        truth = np.zeros((120, 160), np.uint8)
        if number > 20:
            left = (number - 20) * 3  # across in two seconds
            picture[40:80, left : left + 20] = 200
            truth[40:80, left : left + 20] = 255
        cv2.imwrite(str(tmp_path / "input" / f"in{number:06d}.jpg"), picture)
        cv2.imwrite(str(tmp_path / "groundtruth" / f"gt{number:06d}.png"), truth)
    return tmp_path


def test_evaluates_a_sequence(sequence: Path) -> None:
    """Every detector is judged on the same frames, and the table names them all."""
    results = evaluate(cdnet_sequence(sequence))
    assert set(results) == {"ours", "ours, joined", "MOG2", "KNN", "frame difference"}
    assert results["ours"].cells.f1 > 0.85
    assert results["ours"].pixels.f1 > 0.8
    assert results["ours, joined"].cells.recall >= results["ours"].cells.recall
    text = table_rows("made up", results)
    assert len(text) == 5
    assert text[2].startswith("| made up | MOG2 | ")
    assert text[2].endswith(" | 1.000 |")
    assert all(result.mean_us > 0 for result in results.values())
    both = total([results, results])
    assert both["ours"].cells.true_positive == 2 * results["ours"].cells.true_positive
    assert both["ours"].cells.f1 == results["ours"].cells.f1


def test_says_what_is_missing(sequence: Path) -> None:
    """A folder of another kind, a first picture and a truth that are gone."""
    with pytest.raises(DatasetUnreadable, match="temporalROI"):
        evaluate(cdnet_sequence(sequence / "input"))
    with pytest.raises(DatasetUnreadable, match="in000031"):
        evaluate(cdnet_sequence(sequence, 31))
    (sequence / "groundtruth" / "gt000016.png").unlink()
    with pytest.raises(DatasetUnreadable, match="gt000016"):
        evaluate(cdnet_sequence(sequence))
    (sequence / "temporalROI.txt").write_text("tomorrow")
    with pytest.raises(DatasetUnreadable, match="temporalROI"):
        evaluate(cdnet_sequence(sequence))


def test_highway_beats_mog2() -> None:
    """CDnet's highway, its first 330 judged frames: F1 at least 0.90, and well above MOG2's in the same run."""
    folder = real("cdnet_highway")
    results = evaluate(cdnet_sequence(folder, 300, 800), {"ours": Ours(25.0), "MOG2": Peer(USUAL[0])})
    assert results["ours"].cells.f1 >= 0.90
    assert results["ours"].cells.f1 >= results["MOG2"].cells.f1 + 0.03
    assert results["ours"].mean_us < results["MOG2"].mean_us / 2


def luma_of(path: Path) -> Iterator[Gray]:
    with av.open(str(path), "r") as container:
        for frame in container.decode(video=0):
            yield frame.reformat(format="gray").to_ndarray().astype(np.uint8, copy=False)


def starts_s(found: list[Decision]) -> list[float]:
    return [decision.start_wall_ns / 1e9 for decision in found if decision.kind == "started"]


def test_an_empty_road_and_its_cars() -> None:
    """Three passages (4.4 s, 14.3 s and 25.1 s), the first with a swing of the exposure: each found, nothing else."""
    found, _ = decisions(luma_of(real("intel_car_detection.mp4")), fps=12.5)
    starts = starts_s(found)
    assert 2 <= len(starts) <= 3
    assert starts[0] == pytest.approx(4.4, abs=0.4)
    assert starts[1] == pytest.approx(14.3, abs=0.4)
    first_end = next(decision for decision in found if decision.kind == "ended")
    assert first_end.decided_wall_ns / 1e9 < 11


def test_people_on_a_walkway() -> None:
    """Somebody walks all the time: found in the first two seconds, and never lost for long."""
    found, _ = decisions(luma_of(real("pets_vtest_h264.mp4")), fps=10)
    starts = starts_s(found)
    assert starts[0] < 2.0
    assert len(starts) <= 2

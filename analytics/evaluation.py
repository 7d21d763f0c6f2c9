"""How good the detector is, on pictures with ground truth: grid-cell precision, recall and F1, and time per frame, beside others.

Reads a sequence laid out as changedetection.net does (Goyette et al., CVPRW 2012; Wang et al., CVPRW 2014): ``input/in%06d.jpg``,
``groundtruth/gt%06d.png`` (0 background, 50 shadow, 85 outside the region, 170 unknown, 255 motion), ``temporalROI.txt``.
A cell is truly positive where at least a tenth of its judged pixels (0 and 255) is motion, and not judged where it has none.
Run ``python -m analytics.evaluation DIRECTORY``.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.baselines import POSITIVE_SHARE, CellDetector, all_detectors, sum_cells
from analytics.reduction import Plane
from nvr.errors import NvrError

_BACKGROUND: Final = 0
_MOTION: Final = 255
_MAX_FRAMES: Final = 100_000


class DatasetUnreadable(NvrError):
    """The folder is not a sequence in the layout of changedetection.net."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of one frame.

    Attributes:
        positive: (18, 32) bool, cells in which something moves.
        judged: (18, 32) bool, cells of which anything is known.
    """

    positive: NDArray[np.bool_]
    judged: NDArray[np.bool_]


@dataclass(slots=True)
class Score:
    """Counts of cells, and times of frames in microseconds."""

    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    median_us: float = 0.0

    def add(self, found: NDArray[np.bool_], positive: NDArray[np.bool_], judged: NDArray[np.bool_]) -> None:
        """Count one frame's cells, (18, 32) bool each."""
        self.true_positive += int(np.count_nonzero(found & positive & judged))
        self.false_positive += int(np.count_nonzero(found & ~positive & judged))
        self.false_negative += int(np.count_nonzero(~found & positive & judged))

    @property
    def precision(self) -> float:
        """0 to 1; 1 where nothing was found."""
        found = self.true_positive + self.false_positive
        return self.true_positive / found if found else 1.0

    @property
    def recall(self) -> float:
        """0 to 1; 1 where there was nothing to find."""
        there = self.true_positive + self.false_negative
        return self.true_positive / there if there else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.true_positive + self.false_positive + self.false_negative
        return 2 * self.true_positive / total if total else 1.0


def true_cells(truth: NDArray[np.uint8]) -> Truth:
    """The cells of an (H, W) uint8 ground truth picture."""
    moving = sum_cells(truth == _MOTION)
    seen = sum_cells((truth == _BACKGROUND) | (truth == _MOTION))
    return Truth((moving >= POSITIVE_SHARE * seen) & (moving > 0), seen > 0)


def read_pictures(folder: Path, first: int = 1, last: int = _MAX_FRAMES) -> Iterator[tuple[int, Plane]]:
    """Numbers from ``first`` to ``last`` and their pictures, (H, W) uint8.

    Raises:
        DatasetUnreadable: the first is missing, or one is no picture.
    """
    for number in range(first, last + 1):
        path = folder / "input" / f"in{number:06d}.jpg"
        if number > first and not path.exists():
            return
        yield number, _read_gray(path)


def read_truth(folder: Path, number: int) -> Truth | None:
    """What is true of a frame; None outside the span that is judged.

    Raises:
        DatasetUnreadable: something is missing or no picture.
    """
    try:
        span = re.findall(r"\d+", (folder / "temporalROI.txt").read_text(encoding="ascii"))
        begin, end = int(span[0]), int(span[1])
    except (OSError, ValueError, IndexError) as error:
        raise DatasetUnreadable(
            f"{folder} lacks a usable temporalROI.txt", "name a folder of changedetection.net"
        ) from error
    if not begin <= number <= end:
        return None
    return true_cells(_read_gray(folder / "groundtruth" / f"gt{number:06d}.png"))


def _read_gray(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise DatasetUnreadable(f"{path} is missing or no picture", "name a whole sequence of changedetection.net")
    return picture.astype(np.uint8, copy=False)


def evaluate(
    folder: Path, detectors: dict[str, CellDetector] | None = None, first: int = 1, last: int = _MAX_FRAMES
) -> dict[str, Score]:
    """Run detectors side by side over one sequence.

    Args:
        folder: the sequence.
        detectors: by name; all that ``analytics.baselines`` knows where None.
        first: frame from which they see pictures; they are judged inside the sequence's own span only.
        last: last frame.

    Raises:
        DatasetUnreadable: the folder is not such a sequence.
    """
    scores: dict[str, Score] = {}
    truths: dict[int, Truth | None] = {}
    for name, detector in (all_detectors() if detectors is None else detectors).items():
        # One pass each: side by side they would push each other's models out of the processor's cache, and the slow ones win by it.
        score, times_ns = Score(), list[int]()
        for number, luma in read_pictures(folder, first, last):
            if number not in truths:
                truths[number] = read_truth(folder, number)
            started_ns = time.perf_counter_ns()
            found = detector.cells(luma)
            times_ns.append(time.perf_counter_ns() - started_ns)
            truth = truths[number]
            if truth is not None:
                score.add(found, truth.positive, truth.judged)
        score.median_us = statistics.median(times_ns) / 1000
        scores[name] = score
    return scores


def table(scores: dict[str, Score]) -> str:
    """The scores as a Markdown table; the last column is each one's time relative to MOG2's where that ran."""
    base_us = scores["MOG2"].median_us if "MOG2" in scores else 0.0
    lines = ["| detector | precision | recall | F1 | µs a frame | of MOG2's |", "|---|---|---|---|---|---|"]
    for name, score in scores.items():
        ratio = f"{score.median_us / base_us:.3f}" if base_us else ""
        lines.append(
            f"| {name} | {score.precision:.4f} | {score.recall:.4f} | {score.f1:.4f} | {score.median_us:.0f} | {ratio} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table of one sequence."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dataset", type=Path, help="folder with input/, groundtruth/ and temporalROI.txt")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        sys.stdout.write(table(evaluate(arguments.dataset)) + "\n")
    except DatasetUnreadable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

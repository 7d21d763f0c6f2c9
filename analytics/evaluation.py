"""How good the detector is, on pictures with ground truth, beside others in the same run: pixels, grid cells, events, and time per frame.

Reads a sequence laid out as changedetection.net does (Goyette et al., CVPRW 2012; Wang et al., CVPRW 2014): ``input/in%06d.jpg``,
``groundtruth/gt%06d.png`` (0 background, 50 shadow, 85 outside the region, 170 unknown, 255 motion), ``temporalROI.txt``; or takes any
other ``Sequence``. A cell is truly positive where at least a tenth of its judged pixels (0 and 255) is motion, and not judged where it has
none. ``nvr evaluate`` prints the tables.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.baselines import POSITIVE_SHARE, CellDetector, all_detectors, sum_cells
from analytics.cells import Plane
from analytics.event_score import NEEDED_CELLS, EventScore, Reporter, Span, score_events, spans
from analytics.roc import Roc
from analytics.zones import GRID_COLUMNS, GRID_ROWS
from nvr.errors import NvrError

_BACKGROUND: Final = 0
_MOTION: Final = 255
_MAX_FRAMES: Final = 100_000
_CDNET_FPS: Final = 25.0
"""The layout does not tell; only delays hang on it."""
_LEAST_EVENT_S: Final = 1.0


class DatasetUnreadable(NvrError):
    """The folder is not a sequence in the layout of changedetection.net."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of one frame.

    Attributes:
        positive: (18, 32) bool, cells in which something moves.
        judged: (18, 32) bool, cells of which anything is known.
        picture: (H, W) uint8 with 0 for background and 255 for motion, anything else not judged; None where only cells are known.
    """

    positive: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    picture: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """Pictures with their truth.

    Attributes:
        name: as printed.
        fps: frames a second.
        frames: yields each frame's luma, (H, W) uint8, from the first on; may be called again.
        truth: of the frame of an index from 0; None where nothing is known.
        events: what happened; None to take it from the truth's frames.
    """

    name: str
    fps: float
    frames: Callable[[], Iterable[Plane]]
    truth: Callable[[int], Truth | None]
    events: tuple[Span, ...] | None = None


@dataclass(slots=True)
class Score:
    """Counts of cells or pixels."""

    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0

    def add(self, found: NDArray[np.bool_], positive: NDArray[np.bool_], judged: NDArray[np.bool_]) -> None:
        """Count one frame's; three bool arrays of one shape."""
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


@dataclass(slots=True)
class Result:
    """One detector on one sequence. ``pixels`` stays empty where the truth knows only cells; ``mean_us`` is processor time per frame."""

    cells: Score = field(default_factory=Score)
    pixels: Score = field(default_factory=Score)
    events: EventScore = field(default_factory=lambda: EventScore(0, 0, 0, []))
    mean_us: float = 0.0
    roc: Roc = field(default_factory=Roc)


def true_cells(truth: NDArray[np.uint8]) -> Truth:
    """The cells of an (H, W) uint8 ground truth picture."""
    moves = truth == _MOTION
    moving, seen = sum_cells(moves.view(np.uint8)), sum_cells((moves | (truth == _BACKGROUND)).view(np.uint8))
    return Truth((moving >= POSITIVE_SHARE * seen) & (moving > 0), seen > 0, truth)


def read_pictures(folder: Path, first: int = 1, last: int = _MAX_FRAMES) -> Iterator[tuple[int, Plane]]:
    """Numbers from ``first`` to ``last`` and their pictures, (H, W) uint8.

    Raises:
        DatasetUnreadable: the first is missing, or one within the span that is judged or before it; one is no whole picture.
    """
    _, end = _judged_span(folder)
    for number in range(first, last + 1):
        path = folder / "input" / f"in{number:06d}.jpg"
        if number > max(first, end) and not path.exists():
            return
        yield number, _read_gray(path)


def _judged_span(folder: Path) -> tuple[int, int]:
    """Numbers of the first and the last frame that are judged."""
    try:
        span = re.findall(r"\d+", (folder / "temporalROI.txt").read_text(encoding="ascii"))
        return int(span[0]), int(span[1])
    except (OSError, ValueError, IndexError) as error:
        raise DatasetUnreadable(
            f"{folder} lacks a usable temporalROI.txt", "name a folder of changedetection.net"
        ) from error


def read_truth(folder: Path, number: int) -> Truth | None:
    """What is true of a frame; None outside the span that is judged.

    Raises:
        DatasetUnreadable: something is missing or no picture.
    """
    begin, end = _judged_span(folder)
    if not begin <= number <= end:
        return None
    return true_cells(_read_gray(folder / "groundtruth" / f"gt{number:06d}.png"))


def _read_gray(path: Path) -> NDArray[np.uint8]:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:
        data = np.empty(0, np.uint8)
    # From memory, not by imread: that paints over what was cut off, and a download that broke off would be judged as gray.
    picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if picture is None:
        raise DatasetUnreadable(
            f"{path} is missing or no whole picture", "name a whole sequence of changedetection.net"
        )
    return picture.astype(np.uint8, copy=False)


def cdnet_sequence(folder: Path, first: int = 1, last: int = _MAX_FRAMES) -> Sequence:
    """A folder of changedetection.net as a sequence; its frames and truth raise ``DatasetUnreadable`` where something is amiss.

    Args:
        folder: with input/, groundtruth/ and temporalROI.txt.
        first: number of the frame from which detectors see pictures; they are judged inside the sequence's own span only.
        last: number of the last frame.
    """

    def frames() -> Iterator[Plane]:
        return (picture for _, picture in read_pictures(folder, first, last))

    return Sequence(folder.name, _CDNET_FPS, frames, lambda index: read_truth(folder, first + index))


def read_h264(path: Path) -> list[Plane]:
    """All luma planes of a raw H.264 file, decoded as the worker does, without deblocking.

    Raises:
        DatasetUnreadable: it is missing or no H.264.
    """
    try:
        with av.open(str(path), "r", format="h264") as container:
            container.streams.video[0].codec_context.options = {"skip_loop_filter": "all"}
            return [frame.to_ndarray(format="gray").astype(np.uint8, copy=False) for frame in container.decode(video=0)]
    except (OSError, av.error.FFmpegError) as error:
        raise DatasetUnreadable(f"{path} is missing or no H.264 video", "fill the generator's cache again") from error


def check(sequence: Sequence) -> None:
    """Read all of a sequence once, so that what is wrong with it is known before hours of others have been reckoned.

    Raises:
        DatasetUnreadable: a picture or a truth can't be read, is of another size than the first picture or smaller than the grid; or no pixel is judged.
    """
    size: tuple[int, ...] = ()
    judged = False
    for index, luma in enumerate(sequence.frames()):
        size = size or luma.shape
        if size[0] < GRID_ROWS or size[1] < GRID_COLUMNS:
            raise DatasetUnreadable(
                f"{sequence.name}: pictures of {_size(size)} are smaller than the grid of {GRID_COLUMNS}x{GRID_ROWS} cells"
            )
        truth = sequence.truth(index)
        known = luma.shape if truth is None or truth.picture is None else truth.picture.shape
        for what, shape in (("picture", luma.shape), ("truth", known)):
            if shape != size:
                raise DatasetUnreadable(
                    f"{sequence.name}: the {what} of frame {index + 1} is of {_size(shape)}, the first picture of {_size(size)}",
                    "name a sequence whose pictures are all of one size",
                )
        judged = judged or (truth is not None and bool(truth.judged.any()))
    if not judged:
        raise DatasetUnreadable(
            f"{sequence.name}: no pixel of any frame is judged",
            "see whether temporalROI.txt belongs to these pictures, and whether their truth holds 0 and 255",
        )


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}x{shape[0]}"


def evaluate(sequence: Sequence, detectors: dict[str, CellDetector] | None = None) -> dict[str, Result]:
    """Run detectors over one sequence, one after the other.

    Side by side they would push each other's models out of the processor's cache, and the slow ones win by it.

    Args:
        sequence: pictures with truth.
        detectors: by name; all that ``analytics.baselines`` knows where None.

    Raises:
        DatasetUnreadable: the sequence can't be read.
    """
    truths: list[Truth | None] = []
    results: dict[str, Result] = {}
    for name, detector in (all_detectors(sequence.fps) if detectors is None else detectors).items():
        result, times_ns, reporter = Result(), list[int](), Reporter(sequence.fps)
        for index, luma in enumerate(sequence.frames()):
            if index == len(truths):
                truths.append(sequence.truth(index))
            started_ns = time.thread_time_ns()
            found = detector.cells(luma)
            times_ns.append(time.thread_time_ns() - started_ns)
            moving, calibrating = detector.state()
            reporter.take(moving=moving, calibrating=calibrating)
            truth = truths[index]
            if truth is not None:
                result.cells.add(found, truth.positive, truth.judged)
                result.roc.add(detector.scores(), truth.positive, truth.judged)
                if truth.picture is not None:
                    _add_pixels(result.pixels, detector.pixels(), truth.picture)
        result.events = _score_events(sequence, truths, reporter)
        result.mean_us = statistics.fmean(times_ns) / 1000
        results[name] = result
    return results


def _add_pixels(score: Score, found: NDArray[np.bool_], truth: NDArray[np.uint8]) -> None:
    size = (truth.shape[1], truth.shape[0])
    fitted = cv2.resize(found.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.bool_)
    positive = truth == _MOTION
    score.add(fitted, positive, positive | (truth == _BACKGROUND))


def _score_events(sequence: Sequence, truths: list[Truth | None], reporter: Reporter) -> EventScore:
    judged = spans([truth is not None for truth in truths], sequence.fps)
    events = sequence.events
    if events is None:
        there = [truth is not None and int(np.count_nonzero(truth.positive)) >= NEEDED_CELLS for truth in truths]
        events = tuple(spans(there, sequence.fps, least_s=_LEAST_EVENT_S))
    return score_events(events, judged, reporter.close())


def total(results: Iterable[dict[str, Result]]) -> dict[str, Result]:
    """Counts summed over sequences by detector; the time is the median of the sequences' means."""
    sums: dict[str, Result] = {}
    times_us: dict[str, list[float]] = {}
    for by_name in results:
        for name, result in by_name.items():
            into = sums.setdefault(name, Result())
            for score, other in ((into.cells, result.cells), (into.pixels, result.pixels)):
                score.true_positive += other.true_positive
                score.false_positive += other.false_positive
                score.false_negative += other.false_negative
            into.events.add(result.events)
            times_us.setdefault(name, []).append(result.mean_us)
    for name, result in sums.items():
        result.mean_us = statistics.median(times_us[name])
    return sums


TABLE_HEAD: Final = (
    "| sequence | detector | pixel P / R / F1 | cell P / R / F1 | events found | missed | false | delay s | µs a frame | of MOG2's |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def table_rows(name: str, results: dict[str, Result]) -> list[str]:
    """A Markdown row per detector; the last column is its time relative to MOG2's where that ran."""
    base_us = results["MOG2"].mean_us if "MOG2" in results else 0.0
    rows = []
    for detector, result in results.items():
        ratio = f"{result.mean_us / base_us:.3f}" if base_us else ""
        events, delay_s = result.events, result.events.median_delay_s
        delay = "" if delay_s is None else f"{delay_s:.2f}"
        rows.append(
            f"| {name} | {detector} | {_shares(result.pixels)} | {_shares(result.cells)} | {events.found} | {events.missed} | {events.false} "
            f"| {delay} | {result.mean_us:.0f} | {ratio} |"
        )
    return rows


def _shares(score: Score) -> str:
    if not score.true_positive + score.false_positive + score.false_negative:
        return ""
    return f"{score.precision:.3f} / {score.recall:.3f} / {score.f1:.3f}"

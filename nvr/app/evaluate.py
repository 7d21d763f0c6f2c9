"""``nvr evaluate``: how good motion detection is on sequences with ground truth, beside OpenCV's subtractors, in the same run.

Finds by itself what lies under a folder: sequences in the layout of changedetection.net, and clips of the simulated fleet.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.evaluation import (
    TABLE_HEAD,
    DatasetUnreadable,
    Result,
    Sequence,
    Truth,
    cdnet_sequence,
    evaluate,
    read_h264,
    table_rows,
    total,
)
from analytics.event_score import Span
from analytics.reduction import Plane
from analytics.roc import draw
from analytics.zones import GRID_COLUMNS, GRID_ROWS, cell_weights
from ingest.simulator.clip_files import ClipTruth, load_clip
from ingest.simulator.clips import ClipKind
from nvr.errors import StorageError
from nvr.media import StreamKind

Box = tuple[float, float, float, float]

_DEPTH: Final = 3
_CLIP_NAME: Final = "scene*-event.json"
_WHOLE_CELL: Final = (
    0.5  # of a cell inside a truth box: positive; less, but not nothing: not judged, since a box is no outline
)


def find_sequences(folder: Path) -> list[Sequence]:
    """Everything under a folder, at most three levels deep, that has ground truth, in the order of its names.

    Raises:
        DatasetUnreadable: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise DatasetUnreadable(f"{folder} is no folder", "name one with sequences in it")
    found: list[Sequence] = []
    for place in _folders(folder):
        if (place / "temporalROI.txt").exists() and (place / "groundtruth").is_dir():
            found.append(cdnet_sequence(place))
        for path in sorted(place.glob(_CLIP_NAME)):
            number = path.name.removeprefix("scene").removesuffix("-event.json")
            if number.isdecimal():
                found.append(fleet_sequence(place, int(number)))
    if not found:
        raise DatasetUnreadable(
            f"{folder} holds no sequence with ground truth",
            "name a folder with sequences of changedetection.net (input/, groundtruth/, temporalROI.txt) or the cache of `nvr simulate`",
        )
    return found


def _folders(folder: Path) -> Iterator[Path]:
    yield folder
    for parent, children, _ in os.walk(folder):
        children[:] = sorted(name for name in children if name not in {"input", "groundtruth"})
        depth = len(Path(parent).relative_to(folder).parts)
        yield from (Path(parent) / name for name in children)
        if depth + 1 >= _DEPTH:
            children.clear()


def fleet_sequence(folder: Path, number: int) -> Sequence:
    """A scene of the simulated fleet: its quiet sub-stream, that with movement, and the quiet one again.

    Raises:
        DatasetUnreadable: its clips are not whole.
    """
    event, quiet = (load_clip(folder, number, kind) for kind in (ClipKind.EVENT, ClipKind.QUIET))
    if event is None or quiet is None:
        raise DatasetUnreadable(f"the clips of scene {number} in {folder} are not whole", "fill the cache again")
    calm, busy = quiet.truth.streams[StreamKind.SUB], event.truth.streams[StreamKind.SUB]
    before = len(calm.access_unit_bytes)
    start_s = before / busy.fps

    def frames() -> Iterator[Plane]:
        still = read_h264(folder / calm.file)
        yield from still
        yield from read_h264(folder / busy.file)
        yield from still

    def truth(index: int) -> Truth:
        at_s = index / busy.fps - start_s
        return boxes_truth(_boxes_at(event.truth, at_s) if 0 <= at_s < event.truth.duration_s else [])

    events = tuple(Span(start_s + track.start_s, start_s + track.end_s) for track in event.truth.tracks)
    return Sequence(f"{event.truth.kind} {number:02d}", float(busy.fps), frames, truth, events)


def _boxes_at(clip: ClipTruth, at_s: float) -> list[Box]:
    index = round(at_s * clip.streams[StreamKind.MAIN].fps)
    return [
        track.boxes[index - track.first_frame]
        for track in clip.tracks
        if 0 <= index - track.first_frame < len(track.boxes)
    ]


def boxes_truth(boxes: list[Box]) -> Truth:
    """Cells of truth boxes (x, y, width, height, normalised): positive where at least half of the cell is covered, not judged where less is."""
    covered: NDArray[np.float32] = np.zeros((GRID_ROWS, GRID_COLUMNS), np.float32)
    for x, y, width, height in boxes:
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        np.maximum(covered, cell_weights(corners), out=covered)
    return Truth(covered >= _WHOLE_CELL, (covered == 0) | (covered >= _WHOLE_CELL))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows of one sequence, by detector."""

    name: str
    results: dict[str, Result]


def evaluate_folders(folders: Iterable[Path], report_path: Path | None, say: Callable[[str], None]) -> None:
    """Evaluate all that lies under the folders; each sequence's rows are said as soon as it is done.

    Raises:
        DatasetUnreadable: nothing is there, or a sequence can't be read.
        StorageError: the report can't be written.
    """
    cv2.setNumThreads(1)  # as in the worker, for every detector
    sequences = [sequence for folder in folders for sequence in find_sequences(folder)]
    done: list[Evaluation] = []
    say(TABLE_HEAD)
    for sequence in sequences:
        done.append(Evaluation(sequence.name, evaluate(sequence)))
        say("\n".join(table_rows(done[-1].name, done[-1].results)))
    if len(done) > 1:
        say("\n".join(table_rows(_all(done), total(entry.results for entry in done))))
    if report_path is not None:
        write_report(report_path, report(done))
        for entry in done:
            write_curves(report_path.parent / "images" / curves_name(entry.name), entry)


def _all(done: list[Evaluation]) -> str:
    return f"**all {len(done)}**"


def report(done: list[Evaluation], *, now: datetime | None = None) -> str:
    """All tables as a Markdown page."""
    when = now or datetime.now(UTC)
    lines = [
        "# Motion detection, measured",
        "",
        f"{when:%Y-%m-%d}, {_processor()}, one thread, OpenCV {cv2.__version__}. Made by `nvr evaluate --dataset DIR --report FILE`; one default for all sequences,",
        "for every detector. MOG2 and KNN: OpenCV's defaults without shadows, on at most 320 columns, 3x3 opening; frame difference: 15 levels, 3x3 opening.",
        "",
        "- Cells: 18x32; true where a tenth of the judged pixels moves. Of simulated scenes only boxes are known: true where half of the cell is inside one,",
        "  not judged at its edge; a box's corners hold no movement, so recall there has a ceiling well below 1 for every detector.",
        "- Pixels: only where the truth is a picture; ours works on 160x90, so its outlines are coarse.",
        "- Events: of changedetection.net stretches of at least 1 s in which at least 2 cells move; of simulated scenes each person and vehicle. Found where an",
        "  observation (the default zone's: 2 joined cells for 0.6 s, the same for each detector) meets it; false where one meets none.",
        "- Delay: from the event's first frame to the decision, median; 0.6 s of it is the zone's own minimum. µs: median per frame, on this machine.",
        "",
        TABLE_HEAD,
    ]
    if len(done) > 1:
        lines += table_rows(_all(done), total(entry.results for entry in done))
    for entry in done:
        lines += table_rows(entry.name, entry.results)
    lines += [
        "",
        "Cells found against cells falsely taken for moving, as each detector's threshold falls (ours: evidence; the others: share of a cell's pixels):",
        "",
        *(f"![{entry.name}](images/{curves_name(entry.name)})" for entry in done),
    ]
    return "\n".join(lines) + "\n"


def curves_name(sequence: str) -> str:
    """The file of a sequence's curves."""
    return f"roc-{re.sub(r'[^a-z0-9]+', '-', sequence.lower()).strip('-')}.png"


def write_curves(path: Path, entry: Evaluation) -> None:
    """How sure each detector is of its cells, as a picture.

    Raises:
        StorageError: it can't be written.
    """
    picture = draw(entry.name, {name: result.roc for name, result in entry.results.items()})
    written, data = cv2.imencode(".png", picture)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.tobytes() if written else b"")
    except OSError as error:
        raise StorageError(f"{path} can't be written ({error.strerror})", "name another file") from error


def write_report(path: Path, text: str) -> None:
    """Put the page where told.

    Raises:
        StorageError: it can't be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path} can't be written ({error.strerror})", "name another file") from error


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()

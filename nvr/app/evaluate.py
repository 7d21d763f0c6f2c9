"""``nvr evaluate``: how good motion detection is on sequences with ground truth, beside OpenCV's subtractors, in the same run.

Finds by itself what lies under a folder: sequences in the layout of changedetection.net, and clips of the simulated fleet.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2

from analytics.baselines import USUAL, PeerSetting, all_detectors
from analytics.cells import Plane
from analytics.evaluation import (
    TABLE_HEAD,
    DatasetUnreadable,
    Sequence,
    Truth,
    cdnet_sequence,
    check,
    evaluate,
    read_h264,
    table_rows,
    true_cells,
)
from analytics.event_score import Span
from analytics.rule_evaluation import RULES_HEAD, RuleScore, by_kind, rule_row, score_rules
from analytics.sweep import SWEEP_HEAD, best, sweep, sweep_rows
from ingest.simulator.clip_files import load_clip
from ingest.simulator.clips import ClipKind
from ingest.simulator.scene import scene_for
from nvr.app.evaluation_page import Evaluation, Page, all_rows, curves_name, report, verdict, write_curves, write_report
from nvr.media import StreamKind

_DEPTH: Final = 3
_CLIP_NAME: Final = "scene*-event.json"


def find_sequences(folder: Path) -> list[Sequence]:
    """Everything under a folder, at most three levels deep, that has ground truth, in the order of its names.

    Raises:
        DatasetUnreadable: there is no such folder, nothing in it, or pictures without truth.
    """
    if not folder.is_dir():
        raise DatasetUnreadable(f"{folder} is no folder", "name one with sequences in it")
    found: list[Sequence] = []
    for place in _folders(folder):
        truth = (place / "temporalROI.txt").exists() and (place / "groundtruth").is_dir()
        if truth:
            found.append(cdnet_sequence(place))
        elif next((place / "input").glob("in*.jpg"), None) is not None:
            raise DatasetUnreadable(
                f"{place} holds pictures without ground truth",
                "add groundtruth/ and temporalROI.txt of changedetection.net, or take the folder out",
            )
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

    def clip(file: str, frame_count: int) -> list[Plane]:
        decoded = read_h264(folder / file)
        if len(decoded) != frame_count:
            # A frame less, and the truth of every later one would be another's.
            raise DatasetUnreadable(
                f"{folder / file} holds {len(decoded)} frames that can be decoded, not {frame_count}",
                "fill the generator's cache again",
            )
        return decoded

    def frames() -> Iterator[Plane]:
        still = clip(calm.file, before)
        yield from still
        yield from clip(busy.file, len(busy.access_unit_bytes))
        yield from still

    size = busy.width_px, busy.height_px
    scene = scene_for(event.truth.scene, event.truth.seed, event.truth.duration_s)

    def truth(index: int) -> Truth:
        # What the clips were rendered from is drawn again, without the scene around it. In the quiet clips before and after there is nothing.
        return true_cells(scene.silhouettes(index / busy.fps - start_s, size))

    events = tuple(Span(start_s + track.start_s, start_s + track.end_s) for track in event.truth.tracks)
    return Sequence(f"{event.truth.kind} {number:02d}", float(busy.fps), frames, truth, events)


def evaluate_folders(
    folders: Iterable[Path],
    report_path: Path | None,
    say: Callable[[str], None],
    *,
    at_best: bool = False,
    rule_seeds: int = 0,
) -> None:
    """Evaluate all that lies under the folders; each sequence's rows are said as soon as it is done.

    Args:
        folders: with sequences.
        report_path: where the page goes, if anywhere.
        say: is told each line.
        at_best: set the other detectors to what suits all of these sequences best, not as they mostly are.
        rule_seeds: how often each generated sequence of the rules of zones is played, with other noise; 0 for not at all.

    Raises:
        DatasetUnreadable: nothing is there, or a sequence can't be read.
        StorageError: the report can't be written.
    """
    cv2.setNumThreads(1)  # as in the worker, for every detector
    sequences = [sequence for folder in folders for sequence in find_sequences(folder)]
    _check_all(sequences)
    tried = sweep(sequences, say) if at_best and sequences else []
    peers = [each.setting for each in best(tried)] or list(USUAL)
    if tried:
        say("\n".join([SWEEP_HEAD, *sweep_rows(tried), ""]))
    done = _evaluate(sequences, peers, say) if sequences else []
    rules: list[RuleScore] = []
    if rule_seeds:
        say(RULES_HEAD)
        for score in score_rules(rule_seeds):
            rules.append(score)
            say(rule_row(score))
        say("\n".join(rule_row(score) for score in by_kind(rules)))
    if report_path is not None:
        write_report(report_path, report(Page(done, peers, tried, rules)))
        for entry in done:
            write_curves(report_path.parent / "images" / curves_name(entry.name), entry)


def _check_all(sequences: Iterable[Sequence]) -> None:
    """Each that can't be read, all at once: whoever mends one of fifty must not start an hour's run to hear of the next."""
    faults: list[DatasetUnreadable] = []
    for sequence in sequences:
        try:
            check(sequence)
        except DatasetUnreadable as fault:
            faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise DatasetUnreadable(
            f"{len(faults)} sequences can't be read, nothing was evaluated: " + "; ".join(map(str, faults))
        )


def _evaluate(
    sequences: Iterable[Sequence], peers: Iterable[PeerSetting], say: Callable[[str], None]
) -> list[Evaluation]:
    done: list[Evaluation] = []
    say(TABLE_HEAD)
    for sequence in sequences:
        done.append(Evaluation(sequence.name, evaluate(sequence, all_detectors(sequence.fps, peers))))
        say("\n".join(table_rows(done[-1].name, done[-1].results)))
    say("\n".join([*all_rows(done), "", *verdict(done)]))
    return done

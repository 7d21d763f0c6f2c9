"""What of a held stretch was not recorded, and why: for whoever takes the recording out as evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from nvr.catalogue import coverage, hold_spans
from nvr.catalogue.coverage import FileSpan, StreamKnowledge
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.config import Camera, Config
from nvr.config.former import FormerCamera
from nvr.media import StreamKind
from nvr.proof.account import SEAM_NS, Account, GapSpan, Span, total_ns
from nvr.proof.reading import FileEnds, proof_of

Lack = Literal["gap", "expired", "unexplained", "unknown", "not_due", "groomed", "damaged"]
"""``unknown``: before anything that is on record of the camera: it was not there yet, or all of its traces have gone. ``not_due``: nothing was to be
recorded any more. ``groomed`` (only key frames are left) and ``damaged`` are on disk, but not as they were recorded."""

_IMPAIRED: Final[frozenset[Lack]] = frozenset({"groomed", "damaged"})


@dataclass(frozen=True, slots=True)
class LackSpan(Span):
    """A part of the stretch that can't be shown, or not whole. ``cause`` and ``detail`` are those of a gap; ``ongoing``: it has no end yet."""

    lack: Lack
    cause: str = ""
    detail: str = ""
    ongoing: bool = False


@dataclass(frozen=True, slots=True)
class HeldProof:
    """Of one hold, its main stream, up to ``to_wall_ns``: how much is recorded, and by start what is lacking; times in UTC nanoseconds.

    What is still on its way to the disk is in neither.
    """

    to_wall_ns: int
    recorded_ns: int
    lacks: tuple[LackSpan, ...]

    @property
    def missing_ns(self) -> int:
        """How much was not recorded, or is no longer there."""
        return sum(each.length_ns for each in self.lacks if each.lack not in _IMPAIRED)


@dataclass(frozen=True, slots=True)
class HeldSum:
    """How much of a hold is missing, and how much impaired, up to ``to_wall_ns``; as in its proof."""

    to_wall_ns: int
    missing_ns: int
    impaired_ns: int


def held_proof(
    catalogue: Catalogue, recordings: Path, config: Config, hold: HoldRow, now_wall_ns: int
) -> HeldProof | None:
    """The proof of a hold; None where nobody knows its camera any more. The disk is asked for a file that is being written, and no transaction waits for it."""
    camera = config.camera(hold.camera_id)
    if camera is None:
        return None
    window = _window(hold, now_wall_ns)
    with catalogue.read() as tx:
        known = coverage.knowledge(tx, camera.id, StreamKind.MAIN, window.start_wall_ns, window.end_wall_ns)
    made = _account(known, FileEnds(recordings), camera, hold, now_wall_ns)
    return HeldProof(window.end_wall_ns, made.recorded_ns, tuple(lacks(made, known.files, window, known.first_wall_ns)))


def held_sums(
    catalogue: Catalogue, recordings: Path, config: Config, holds: Sequence[HoldRow], now_wall_ns: int
) -> dict[str, HeldSum]:
    """The sums of many holds, by id: two queries for all of them, and a few for each camera. Those of a camera that nobody knows any more are left out.

    Gaps are not read: what was not recorded is missing, whatever the reason, but for what may still be on its way, after all gaps. The disk: as above.
    """
    cameras = {hold.camera_id: camera for hold in holds if (camera := config.camera(hold.camera_id)) is not None}
    mine = [hold for hold in holds if hold.camera_id in cameras]
    with catalogue.read() as tx:
        files = hold_spans.files(tx, [hold.hold_id for hold in mine])
        pasts = {camera_id: coverage.past(tx, camera_id, StreamKind.MAIN) for camera_id in cameras}
    ends = FileEnds(recordings)
    made: dict[str, HeldSum] = {}
    for hold in mine:
        window = _window(hold, now_wall_ns)
        known = pasts[hold.camera_id].within(files[hold.hold_id], ())
        found = _account(known, ends, cameras[hold.camera_id], hold, now_wall_ns)
        missing_ns = window.length_ns - found.recorded_ns - total_ns(found.pending)
        made[hold.hold_id] = HeldSum(window.end_wall_ns, missing_ns, total_ns(_impaired(known.files, window)))
    return made


def _window(hold: HoldRow, now_wall_ns: int) -> Span:
    """What of a hold is past."""
    to_ns = now_wall_ns if hold.to_wall_ns is None else min(hold.to_wall_ns, now_wall_ns)
    return Span(hold.from_wall_ns, max(hold.from_wall_ns, to_ns))


def _account(known: StreamKnowledge, ends: FileEnds, camera: Camera, hold: HoldRow, now_wall_ns: int) -> Account:
    window = _window(hold, now_wall_ns)
    return proof_of(
        known,
        ends,
        _as_recorded(camera),
        (window.start_wall_ns, window.end_wall_ns),
        now_wall_ns,
        # Since then it is held, nothing of it was deleted for its age.
        held_since_wall_ns=hold.created_wall_ns if hold.holds else None,
    ).account


def _as_recorded(camera: Camera) -> Camera:
    """What was recorded before the configuration said ``record: false`` is evidence like any other: as of a camera that was taken out then."""
    if camera.main.record:
        return camera
    fields = dict(camera) | {"main": camera.main.model_copy(update={"record": True})}
    return FormerCamera.model_construct(**{"removed_wall_ns": 0} | fields)


def lacks(account: Account, files: Iterable[FileSpan], window: Span, first_wall_ns: int | None) -> list[LackSpan]:
    """What is lacking of a window, by start; pure. ``first_wall_ns``: since when anything is on record, None: of no time."""
    found = [_not_recorded(each) for each in account.gaps]
    found += [LackSpan(each.start_wall_ns, each.end_wall_ns, "expired") for each in account.expired]
    found += [LackSpan(each.start_wall_ns, each.end_wall_ns, "unexplained") for each in account.unexplained]
    known_ns = window.end_wall_ns if first_wall_ns is None else min(first_wall_ns, window.end_wall_ns)
    over_ns = max(window.start_wall_ns, known_ns, account.to_wall_ns if account.due_ns else 0)
    outside: list[tuple[int, int, Lack]] = [
        (window.start_wall_ns, known_ns, "unknown"),
        (over_ns, window.end_wall_ns, "not_due"),
    ]
    found += [LackSpan(start_ns, end_ns, lack) for start_ns, end_ns, lack in outside if end_ns > start_ns]
    found += _impaired(files, window)
    return sorted(found, key=lambda each: (each.start_wall_ns, each.end_wall_ns))


def _not_recorded(gap: GapSpan) -> LackSpan:
    return LackSpan(gap.start_wall_ns, gap.end_wall_ns, "gap", gap.cause, gap.detail, gap.ongoing)


def _impaired(files: Iterable[FileSpan], window: Span) -> Iterator[LackSpan]:
    """Files that are not as they were recorded, as far as they lie in the window; neighbours are one."""
    last: LackSpan | None = None
    for file in files:
        lack: Lack | None = "damaged" if file.damaged_wall_ns is not None else "groomed" if file.groomed else None
        end_ns = min(window.end_wall_ns if file.end_wall_ns is None else file.end_wall_ns, window.end_wall_ns)
        start_ns = max(file.start_wall_ns, window.start_wall_ns)
        if lack is None or end_ns <= start_ns:
            continue
        if last is not None and last.lack == lack and start_ns - last.end_wall_ns <= SEAM_NS:
            last = LackSpan(last.start_wall_ns, max(last.end_wall_ns, end_ns), lack)
            continue
        if last is not None:
            yield last
        last = LackSpan(start_ns, end_ns, lack)
    if last is not None:
        yield last

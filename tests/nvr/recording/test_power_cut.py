"""Power cuts at any moment, simulated from the recorder's own writes and syncs; and a disk that refuses each of its calls, one after the other.

F3, F4, F6, F7, F24: after each of them what was promised is on disk, what is not recorded is explained, every file has a row and every row a file.
"""

from __future__ import annotations

import errno
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nvr.app.fsck import Check, Level
from nvr.catalogue import segments
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.config import Node
from nvr.journal import JournalWriter, Position, read_journal
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, GapClosed, SegmentClosed, SegmentOpened
from nvr.proof.account import GapSpan, Span, account
from nvr.recording.boxes import fragments_of
from nvr.recording.recorder import Recorder
from nvr.recording.recovery import recover, sha256_of
from tests.nvr.recording.disk_tape import IO_ERROR, NO_SPACE, READ_ONLY, Tape
from tests.nvr.recording.test_fsck import row

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
S = 10**9
MAIN = StreamKind.MAIN
CAMERAS = ("cam01", "cam02")
SECONDS = 14
CUTS = 200


@dataclass
class Run:
    """A recorder that was taped: after each second of pictures how many operations there were, and what had been acknowledged."""

    tape: Tape
    begin_ns: int
    seconds: list[int] = field(default_factory=list)
    acknowledged: list[tuple[int, Fact]] = field(default_factory=list)
    journal_calls: int = 0
    """How many calls the journal's own start made: without it no recorder starts."""


def play(
    folder: Path,
    packets: Packets,
    clip: Clip,
    tape: Tape,
    seconds: int = SECONDS,
    at: Callable[[int], None] = lambda _second: None,
) -> Run:
    """Two cameras, one second after the other, each on disk before the next comes; the clock goes with the pictures."""
    clock = SimulatedClock()
    run = Run(tape, clock.wall_ns())
    (folder / "recordings").mkdir(parents=True)
    with tape.running():
        journal = JournalWriter(folder / "journal")
        run.journal_calls = len(tape.calls)

        def record(fact: Fact) -> None:
            journal.append(fact)
            run.acknowledged.append((len(tape.ops), fact))

        recorder = Recorder(folder / "recordings", Node(segment_s=5, reserve_mb=16), record, clock)
        for camera_id in CAMERAS:
            recorder.expect(camera_id, MAIN)
        feeds = [packets(clip, camera_id, seconds=seconds, start_wall_ns=run.begin_ns) for camera_id in CAMERAS]
        for second in range(seconds):
            at(second)
            for _ in range(25):
                for feed in feeds:
                    recorder.write(next(feed))
            assert recorder.drain(30)
            clock.advance(seconds=1)
            run.seconds.append(len(tape.ops))
        recorder.close()
        journal.close()
    return run


def facts_in(folder: Path) -> list[Fact]:
    journal = folder / "journal"
    return [fact for fact, _ in read_journal(journal, Position("", 0), 10_000)] if journal.is_dir() else []


def taken_up(folder: Path, facts: list[Fact]) -> Catalogue:
    """As the intake does: what closed has a row, what was opened and never whole has none."""
    catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite", SimulatedClock())
    with catalogue.write() as tx:
        for fact in facts:
            match fact:
                case SegmentOpened():
                    segments.opened(tx, row(fact))
                case SegmentClosed(packets=0):
                    segments.vanished(tx, fact.segment_id)
                case SegmentClosed():
                    segments.closed(tx, row(fact))
                case _:
                    pass
    return catalogue


def start_again(folder: Path) -> list[Fact]:
    """What a start after the cut records."""
    with JournalWriter(folder / "journal") as journal:
        recover(folder / "recordings", journal.append)
    return facts_in(folder)


@pytest.mark.parametrize("holes", [False, True], ids=["ordered", "blocks"])
def test_power_cuts(tmp_path: Path, packets: Packets, clip: Clip, holes: bool) -> None:
    """F3: 200 cuts, one after each operation among them. What was acknowledged is there, whole and with its hash; fsck is clean; the rest is lost for
    4 s at most.
    """
    run = play(tmp_path / "live", packets, clip, Tape(tmp_path / "live"))
    rng = random.Random(holes)
    lost_s: list[float] = []
    cuts = [*range(1, len(run.tape.ops) + 1)]
    cuts += rng.choices(cuts, k=max(0, CUTS - len(cuts)))
    for number, cut in enumerate(cuts):
        folder = tmp_path / f"cut-{number}"
        folder.mkdir()
        run.tape.after_a_cut(cut, folder, rng, holes=holes)
        (folder / "recordings").mkdir(exist_ok=True)
        promised = [fact for at, fact in run.acknowledged if at <= cut]
        before = facts_in(folder)
        assert [fact for fact in promised if fact not in before] == [], "an acknowledged fact is gone"
        after = start_again(folder)
        for fact in promised:
            if isinstance(fact, SegmentClosed):
                with (folder / "recordings" / fact.path).open("rb") as file:
                    assert sha256_of(file.fileno()) == fact.sha256, "an acknowledged segment is not what it was"
        catalogue = taken_up(folder, after)
        try:
            report = Check(folder / "recordings", folder / "journal", catalogue).run(Level.HASH, repair=False)
            assert report.sound, list(report.lines())
        finally:
            catalogue.close()
        given = sum(cut >= at for at in run.seconds)
        for camera_id in CAMERAS:
            ends = [
                fact.end_wall_ns
                for fact in after
                if isinstance(fact, SegmentClosed) and fact.camera_id == camera_id and fact.packets
            ]
            lost_s.append(max(0.0, given - (max(ends, default=run.begin_ns) - run.begin_ns) / S))
    lost_s.sort()
    sys.stdout.write(
        f"{len(cuts)} cuts among {len(run.tape.ops)} operations, lost: median {lost_s[len(lost_s) // 2]:.2f} s, most {lost_s[-1]:.2f} s\n"
    )
    # A sync is due every 2 s, a fragment is gathered for 1 s, and a second of pictures is handed over at once here.
    assert lost_s[-1] <= 4.0


def check_after(folder: Path, run: Run, *, seconds: int) -> dict[str, float]:
    """A start after the fault: nothing unexplained, every file a row and every row a file, each with its hash. Gives seconds lost by camera."""
    facts = start_again(folder)
    catalogue = taken_up(folder, facts)
    try:
        report = Check(folder / "recordings", folder / "journal", catalogue).run(Level.HASH, repair=False)
        assert report.sound, list(report.lines())
    finally:
        catalogue.close()
    lost = {}
    for camera_id in CAMERAS:
        recorded = [
            Span(f.start_wall_ns, f.end_wall_ns)
            for f in facts
            if isinstance(f, SegmentClosed) and f.packets and f.camera_id == camera_id
        ]
        gaps = [
            GapSpan(f.start_wall_ns, f.end_wall_ns, f.cause)
            for f in facts
            if isinstance(f, GapClosed) and f.camera_id == camera_id
        ]
        made = account(run.begin_ns, run.begin_ns + seconds * S, recorded=recorded, gaps=gaps)
        assert made.unexplained_ns == 0, (camera_id, made)
        lost[camera_id] = made.gap_ns / S
    return lost


@pytest.mark.parametrize("number", [NO_SPACE, IO_ERROR, READ_ONLY], ids=["ENOSPC", "EIO", "EROFS"])
def test_each_call_refused_once(tmp_path: Path, packets: Packets, clip: Clip, number: int) -> None:
    """F4: every write path, one by one: each call that the recorder makes is refused once, in a run of its own."""
    seconds = 7
    sound = play(tmp_path / "sound", packets, clip, Tape(tmp_path / "sound"), seconds)
    calls, first = sound.tape.calls, sound.journal_calls
    worst: dict[str, float] = {}
    runs = 0
    # Every call with the full disk; the others, which go the same ways, are taken by turns.
    for index in range(first, len(calls), 1 if number == NO_SPACE else 5):
        folder = tmp_path / f"call-{index}"
        tape = Tape(folder, refuse=lambda at, _name, index=index: number if at == index else 0)  # type: ignore[misc]
        run = play(folder, packets, clip, tape, seconds)
        lost = check_after(folder, run, seconds=seconds)
        name = tape.calls[index]
        runs += 1
        worst[name] = max(worst.get(name, 0.0), *lost.values())
    sys.stdout.write(f"{runs} calls refused with {errno.errorcode[number]}; seconds lost at most, by call: {worst}\n")
    # A sync that fails stops the volume for a minute on purpose; everything else is tried again at the next key frame.
    assert all(lost_s <= 3.1 for name, lost_s in worst.items() if name not in {"fsync", "fdatasync"}), worst


@pytest.mark.parametrize("number", [NO_SPACE, IO_ERROR, READ_ONLY], ids=["ENOSPC", "EIO", "EROFS"])
@pytest.mark.parametrize("span", [(0, 3), (4, 9), (5, 6)], ids=str)
def test_a_disk_that_refuses_for_a_while(
    tmp_path: Path, packets: Packets, clip: Clip, span: tuple[int, int], number: int
) -> None:
    """Every writing call refused for some seconds, the journal's too: recording goes on by itself within 3 s, and the hole has its cause."""
    now = [0]
    writing = {"open", "write", "writev", "mkdir"}

    def refuse(at: int, name: str) -> int:
        return number if at > 20 and span[0] <= now[0] < span[1] and name in writing else 0

    folder = tmp_path / "data"

    def tick(second: int) -> None:
        now[0] = second

    run = play(folder, packets, clip, Tape(folder, refuse=refuse), SECONDS, tick)
    lost = check_after(folder, run, seconds=SECONDS)
    assert max(lost.values()) <= span[1] - span[0] + 3.1, lost
    assert all(fragments_of(path).fragments for path in (folder / "recordings").rglob("*.mp4"))

"""The catalogue held against the recordings, made anew from them, and the files that rot found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.storage_alarms import DAMAGE_ZONE
from nvr.app.fsck import Check, Fault, Level, Report, file_sha256
from nvr.app.hold_keeper import HoldKeeper
from nvr.app.rebuild import rebuild
from nvr.app.shelf import ScrubShelf, Shelf
from nvr.catalogue import alert_rows, changes, hold_rows, segments, stocktaking
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.segments import SegmentRow
from nvr.cli import main
from nvr.clock import SimulatedClock
from nvr.config import Node
from nvr.config.loader import parse_config
from nvr.journal import JournalWriter
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, SegmentClosed, SegmentOpened
from nvr.recording.recorder import Recorder
from nvr.storage.hold_notes import HoldNote, HoldNotes
from nvr.storage.janitor import Janitor
from nvr.storage.layout import HOLDS_FILE, NOTES_FILE
from nvr.storage.scrub import Scrub
from nvr.storage.space import FreeSpace

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
START_NS = 1_790_000_000_000_000_000
S = 10**9
MAIN = StreamKind.MAIN
CONFIG = parse_config(
    'cameras:\n  - {id: cam01, number: 1, name: x, main: {url: "rtsp://127.0.0.1:9/1"}}\n', "cameras.yaml"
)


class Place:
    """A data folder with recordings, journals and a catalogue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recordings = folder / "recordings"
        self.journals = folder / "journal"
        self.clock = SimulatedClock()
        self.catalogue = self.fresh("catalogue")
        self.facts: list[Fact] = []

    def fresh(self, name: str) -> Catalogue:
        """An empty catalogue."""
        return Catalogue(f"sqlite:///{self.folder}/{name}.sqlite", self.clock)

    def store(self, facts: list[Fact]) -> None:
        """As the intake does."""
        with self.catalogue.write() as tx:
            for fact in facts:
                match fact:
                    case SegmentOpened():
                        segments.opened(tx, row(fact))
                    case SegmentClosed():
                        segments.closed(tx, row(fact))
                    case _:
                        pass

    def check(self, level: Level = Level.HASH, *, repair: bool = False) -> Report:
        """Run it."""
        return Check(self.recordings, self.journals, self.catalogue).run(level, repair=repair)

    def rows(self, catalogue: Catalogue | None = None) -> dict[str, SegmentRow]:
        """All of them, by path."""
        with (catalogue or self.catalogue).read() as tx:
            return {
                each.path: each for stream in stocktaking.streams(tx) for each in stocktaking.of_stream(tx, *stream)
            }

    def files(self) -> list[Path]:
        """All segment files, oldest first."""
        return sorted(self.recordings.rglob("*.mp4"))


def row(fact: SegmentOpened | SegmentClosed) -> SegmentRow:
    """A fact as a row."""
    values: dict[str, Any] = dict.fromkeys(SegmentRow.__slots__) | {"epoch_ns": 0, "codec": "", "width_px": 0}
    values |= {"height_px": 0, "recovered": False, "held": False, "deleting": False}
    values |= {"trimmed": False, "groomed": False}
    return SegmentRow(**values | {name: getattr(fact, name) for name in fact.__struct_fields__})


@pytest.fixture
def place(tmp_path: Path, packets: Packets, clip: Clip) -> Iterator[Place]:
    """Two cameras, four segments of 5 s at most each, all closed and in the catalogue."""
    made = Place(tmp_path)
    record(made, packets, clip, "cam01", "cam02", seconds=16)
    made.store(made.facts)
    assert made.check().sound
    yield made
    made.catalogue.close()


def record(place: Place, packets: Packets, clip: Clip, *cameras: str, seconds: float, at_s: int = 0) -> None:
    recorder = Recorder(place.recordings, Node(segment_s=5, reserve_mb=16), place.facts.append)
    for camera_id in cameras:
        for packet in packets(clip, camera_id, seconds=seconds, start_wall_ns=START_NS + at_s * S):
            recorder.write(packet)
    recorder.close()


def found(report: Report) -> dict[str, Fault]:
    return {finding.path: finding.fault for finding in report.findings}


def name_of(place: Place, path: Path) -> str:
    return str(path.relative_to(place.recordings))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


def test_each_kind_of_fault_is_found_and_named(place: Place) -> None:
    gone, flipped, short, *_ = place.files()
    gone.unlink()
    flip(flipped, flipped.stat().st_size // 2)
    with short.open("r+b") as file:
        file.truncate(short.stat().st_size - 1)
    assert found(place.check(Level.PRESENCE)) == {name_of(place, gone): Fault.MISSING}
    assert found(place.check(Level.SIZE)) == {
        name_of(place, gone): Fault.MISSING,
        name_of(place, short): Fault.SIZE,
    }
    report = place.check(Level.HASH)
    assert found(report) == {
        name_of(place, gone): Fault.MISSING,
        name_of(place, flipped): Fault.HASH,
        name_of(place, short): Fault.SIZE,
    }
    assert not report.sound
    assert list(report.lines())[-1].endswith("1 missing, 1 size, 1 hash")


def test_an_orphan_is_taken_in_as_it_was(place: Place) -> None:
    before = place.rows()
    lost = place.files()[1]
    name = name_of(place, lost)
    with place.catalogue.write() as tx:
        segments.vanished(tx, before[name].segment_id)
    assert found(place.check()) == {name: Fault.ORPHAN}
    assert found(place.check(repair=True)) == {name: Fault.ORPHAN}
    assert place.rows()[name] == before[name]
    assert place.check().findings == []


def test_an_orphan_whose_note_is_gone_is_read_from_its_own_boxes(place: Place) -> None:
    before = place.rows()
    lost = place.files()[1]
    name = name_of(place, lost)
    (lost.parent / NOTES_FILE).unlink()
    with place.catalogue.write() as tx:
        segments.vanished(tx, before[name].segment_id)
    place.check(repair=True)
    assert place.rows()[name] == replace(before[name], recovered=True)


def test_repair_turns_a_lost_file_into_a_gap_and_touches_no_media(place: Place) -> None:
    gone, flipped, *others = place.files()
    row_of_it = place.rows()[name_of(place, gone)]
    gone.unlink()
    flip(flipped, flipped.stat().st_size // 2)
    kept = {path: path.read_bytes() for path in (flipped, *others)}
    report = place.check(repair=True)
    assert not report.sound, "a damaged file stays a fault"
    assert {path: path.read_bytes() for path in place.files()} == kept
    assert name_of(place, gone) not in place.rows()
    with place.catalogue.read() as tx:
        (gap,) = segments.gaps(tx, row_of_it.camera_id, 0, 2**62)
        assert stocktaking.damaged(tx) == 1
    assert (gap.start_wall_ns, gap.end_wall_ns, gap.cause) == (row_of_it.start_wall_ns, row_of_it.end_wall_ns, "disk")


def test_garbage_is_reported_and_left(place: Place) -> None:
    junk = place.files()[0].with_name(f"{START_NS + 999 * S}.mp4")
    junk.write_bytes(b"\xff" * 5000)
    assert found(place.check(repair=True)) == {name_of(place, junk): Fault.UNREADABLE}
    assert junk.exists()


def test_a_copy_of_a_file_is_no_second_segment(place: Place) -> None:
    original = place.files()[0]
    copy = original.with_name(f"{START_NS + 999 * S}.mp4")
    copy.write_bytes(original.read_bytes())
    before = place.rows()
    report = place.check(repair=True)
    assert [finding.detail for finding in report.findings] == [f"a copy of {name_of(place, original)}"]
    assert place.rows() == before


def test_what_is_on_its_way_is_no_fault(place: Place, packets: Packets, clip: Clip) -> None:
    """A recorder at work: one segment open, one closed whose facts still wait in its journal."""
    journal = JournalWriter(place.journals / "ingest-1")
    recorder = Recorder(place.recordings, Node(segment_s=5, reserve_mb=16), journal.append)
    for packet in packets(clip, "cam03", seconds=9, start_wall_ns=START_NS + 100 * S):
        recorder.write(packet)
    assert recorder.drain(10)
    assert len(list((place.recordings / "cam03").rglob("*.mp4"))) >= 2
    before = place.rows()
    report = place.check(repair=True)
    assert report.findings == []
    assert report.open >= 2
    assert place.rows() == before
    recorder.close()
    journal.close()


def test_a_segment_that_is_being_written_is_left_alone(place: Place, packets: Packets, clip: Clip) -> None:
    """Its opening was taken up, and its journal is gone: only its marker says that somebody writes it."""
    place.facts.clear()
    recorder = Recorder(place.recordings, Node(segment_s=600, reserve_mb=16), place.facts.append)
    for packet in packets(clip, "cam03", seconds=5, start_wall_ns=START_NS + 100 * S):
        recorder.write(packet)
    assert recorder.drain(10)
    place.store(place.facts)
    report = place.check(repair=True)
    recorder.close()
    assert (report.findings, report.open) == ([], 1)
    place.store(place.facts)
    assert place.check().findings == []


def test_a_row_that_nobody_closes_any_more_is_closed(place: Place) -> None:
    name = name_of(place, place.files()[0])
    whole = place.rows()[name]
    with place.catalogue.write() as tx:
        segments.vanished(tx, whole.segment_id)
        segments.opened(tx, replace(whole, end_wall_ns=None, size_bytes=None, packets=None, sha256=None))
    assert found(place.check()) == {name: Fault.UNFINISHED}
    place.check(repair=True)
    assert place.rows()[name] == whole


@pytest.mark.parametrize("with_notes", [True, False])
def test_the_catalogue_comes_back_from_the_recordings_alone(place: Place, with_notes: bool) -> None:
    before = place.rows()
    held = next(each for each in before.values() if each.camera_id == "cam01")
    HoldNotes(place.recordings).keep(
        [
            HoldNote(
                hold_id="i1", camera_id="cam01", from_wall_ns=held.start_wall_ns, to_wall_ns=held.start_wall_ns + 1
            ),
            HoldNote(hold_id="i2", camera_id="cam02", from_wall_ns=0, to_wall_ns=None, released=True),
        ]
    )
    with closing(place.fresh("anew")) as anew:
        done = rebuild(place.recordings, anew, trust_notes=with_notes)
        assert (done.files, done.added, done.held, done.unreadable) == (len(before), len(before), 1, 0)
        expected = {
            path: replace(each, held=path == held.path, recovered=not with_notes) for path, each in before.items()
        }
        assert place.rows(anew) == expected
        assert rebuild(place.recordings, anew, trust_notes=with_notes).added == 0, "it may be repeated"


def test_a_bit_that_flipped_before_the_catalogue_went_is_still_found(place: Place) -> None:
    """A hash made anew would bless the damaged file."""
    victim = place.files()[2]
    flip(victim, victim.stat().st_size // 2)
    with closing(place.fresh("anew")) as anew:
        rebuild(place.recordings, anew)
        report = Check(place.recordings, place.journals, anew).run(Level.HASH, repair=False)
    assert found(report) == {name_of(place, victim): Fault.HASH}


def test_torn_and_foreign_notes_are_passed_over(place: Place) -> None:
    before = place.rows()
    for notes in place.recordings.rglob(NOTES_FILE):
        data = notes.read_bytes()
        notes.write_bytes(b"torn" + data[:40] + b"\n" + b"00000000 {}\n" + data[:-20])
    with closing(place.fresh("anew")) as anew:
        rebuild(place.recordings, anew)
        assert {path: each.sha256 for path, each in place.rows(anew).items()} == {
            path: each.sha256 for path, each in before.items()
        }


def test_holds_are_noted_and_their_newest_state_counts(place: Place) -> None:
    keeper = HoldKeeper(place.catalogue, place.recordings)
    with place.catalogue.write() as tx:
        hold_rows.store(tx, hold("i1"))
    assert (keeper.keep(), keeper.keep()) == (1, 0)
    fresh = HoldKeeper(place.catalogue, place.recordings)
    assert fresh.keep() == 0
    with place.catalogue.write() as tx:
        hold_rows.store(tx, hold_rows.widened(hold("i1"), START_NS, START_NS + 5 * S))
        changes.append(tx, wall_ns=START_NS, kind="incident", object_id="i1", camera_id="cam01", agency=None, body={})
    assert keeper.keep() == 1
    with (place.recordings / HOLDS_FILE).open("ab") as file:
        file.write(b"0badc0de {torn")
    with place.catalogue.write() as tx:
        hold_rows.store(tx, hold("i2"))
    HoldKeeper(place.catalogue, place.recordings).keep()
    assert {note.hold_id: note.to_wall_ns for note in HoldNotes(place.recordings).read()} == {
        "i1": START_NS + 5 * S,
        "i2": None,
    }


def hold(hold_id: str) -> HoldRow:
    return HoldRow(hold_id, "cam01", START_NS, None, "N-2026-000001", "ana", START_NS)


def test_the_scrub_finds_every_flipped_bit(tmp_path: Path) -> None:
    """F8: 1,000 flips in 1,000 files, 1,000 found, and none besides."""
    place = Place(tmp_path)
    rng = random.Random(5)
    rows, flipped = [], set()
    for number in range(1100):
        name = f"cam01/main/2026-09-21/{START_NS + number * S}.mp4"
        path = place.recordings / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = bytearray(rng.randbytes(rng.randint(1, 3000)))
        path.write_bytes(data)
        values = {"segment_id": f"{number:032x}", "camera_id": "cam01", "stream": MAIN, "path": name, "packets": 1}
        values |= {"start_wall_ns": START_NS + number * S, "end_wall_ns": START_NS + (number + 1) * S}
        empty: dict[str, Any] = dict.fromkeys(SegmentRow.__slots__, 0)
        empty |= {"damaged_wall_ns": None, "held": False, "deleting": False}
        empty |= {"recovered": False, "codec": ""}
        rows.append(SegmentRow(**(empty | values | {"size_bytes": len(data), "sha256": file_sha256(path)})))
        if number % 11:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            path.write_bytes(data)
            flipped.add(name)
    assert len(flipped) == 1000
    with place.catalogue.write() as tx:
        for at in range(0, len(rows), 500):
            stocktaking.add(tx, rows[at : at + 500])
    scrub = Scrub(place.recordings, ScrubShelf(place.catalogue, CONFIG), bytes_per_s=10**12, clock=place.clock)
    while scrub.step():
        pass
    assert (scrub.checked, scrub.damaged) == (1100, 1000)
    assert {path for path, each in place.rows().items() if each.damaged_wall_ns is not None} == flipped
    with place.catalogue.read() as tx:
        (alert,) = alert_rows.of_zone(tx, "cam01", DAMAGE_ZONE)
    assert (alert["priority"], alert["count"]) == (2, 1), "said once, not a thousand times"
    place.catalogue.close()


def test_the_scrub_keeps_to_its_rate_and_begins_again(place: Place) -> None:
    """It says how long to rest, and after the last file starts over, so that a file that rots later is found too."""
    total_bytes = sum(path.stat().st_size for path in place.files())
    scrub = Scrub(place.recordings, ScrubShelf(place.catalogue, CONFIG), bytes_per_s=100_000, clock=place.clock)
    rests_s = []
    while (rest_s := scrub.step()) > 0:
        rests_s.append(rest_s)
    assert sum(rests_s) == pytest.approx(total_bytes / 100_000, rel=0.01)
    assert scrub.damaged == 0
    flip(place.files()[0], 5000)
    while scrub.step():
        pass
    assert scrub.damaged == 1


def test_the_scrub_passes_over_what_goes_meanwhile(place: Place) -> None:
    """The janitor deletes files between the query and the look: that is no damage."""
    scrub = Scrub(place.recordings, ScrubShelf(place.catalogue, CONFIG), bytes_per_s=10**12, clock=place.clock)
    assert scrub.step() > 0
    victims = place.files()[2:]
    ids = [place.rows()[name_of(place, path)].segment_id for path in victims]
    with place.catalogue.write() as tx:
        segments.mark_deleting(tx, ids)
    for path in victims:
        path.unlink()
    while scrub.step():
        pass
    assert scrub.damaged == 0


def test_a_day_whose_files_are_gone_loses_its_notes_too(place: Place) -> None:
    place.clock.advance(seconds=400 * 86_400)
    janitor = Janitor(
        place.recordings,
        Shelf(place.catalogue),
        FreeSpace(place.recordings, 0),
        retention_ns=0,
        headroom_bytes=0,
        clock=place.clock,
    )
    assert place.files()
    janitor.sweep()
    assert not place.files()
    assert not list(place.recordings.rglob(NOTES_FILE))


def test_a_hold_that_the_disk_refuses_is_noted_later(place: Place) -> None:
    keeper = HoldKeeper(place.catalogue, place.folder / "not-mounted")
    with place.catalogue.write() as tx:
        hold_rows.store(tx, hold("i1"))
    assert (keeper.keep(), keeper.keep()) == (0, 0)
    (place.folder / "not-mounted").mkdir()
    assert keeper.keep() == 1


def test_the_commands_end_with_what_they_found(
    tmp_path: Path, packets: Packets, clip: Clip, capsys: pytest.CaptureFixture[str]
) -> None:
    """A catalogue that is gone: everything is an orphan; made anew, all is well; a file that rots is said."""
    config = tmp_path / "cameras.yaml"
    config.write_text(
        "version: 1\ncameras:\n- {id: cam01, number: 1, name: Plaza, main: {url: 'rtsp://127.0.0.1:1/a'}}\n",
        encoding="utf-8",
    )
    data = tmp_path / "data"
    words = ["--config", str(config), "--data", str(data)]
    facts: list[Fact] = []
    recorder = Recorder(data / "recordings", Node(segment_s=5, reserve_mb=16), facts.append)
    for packet in packets(clip, "cam01", seconds=16):
        recorder.write(packet)
    recorder.close()
    count = sum(isinstance(fact, SegmentClosed) for fact in facts)
    assert main(["fsck", *words]) == 1
    assert f"{count} orphan" in capsys.readouterr().out
    assert main(["catalogue", "rebuild", *words]) == 0
    assert f"{count} added" in capsys.readouterr().out
    assert main(["fsck", "--level", "hash", *words]) == 0
    flip(next((data / "recordings").rglob("*.mp4")), 5000)
    assert main(["fsck", *words]) == 0, "sizes are as they were"
    assert main(["fsck", "--level", "hash", "--repair", *words]) == 1
    assert "now marked as damaged" in capsys.readouterr().out

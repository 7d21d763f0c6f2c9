"""One recorded file in its folder and its catalogue, for tests of what is made of old recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from nvr.app.fsck import Check, Level
from nvr.catalogue import hold_rows, segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.segments import SegmentRow
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Node
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, SegmentClosed
from nvr.recording.boxes import fragments_of
from nvr.recording.inventory import read_segment
from nvr.recording.recorder import Recorder

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
START_NS = 1_790_000_000 * NS_PER_S


class Killed(BaseException):
    """The process ends here."""


class Shelf:
    """A segment of cam01 that begins at ``START_NS``: ten seconds, a key frame in each."""

    def __init__(self, folder: Path, packets: Packets, clip: Clip) -> None:
        self.root = folder / "recordings"
        self.folder = folder
        self.clock = SimulatedClock(START_NS)
        self.catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite", self.clock)
        facts: list[Fact] = []
        recorder = Recorder(self.root, Node(segment_s=20, reserve_mb=16), facts.append)
        for packet in packets(clip, "cam01", seconds=10, start_wall_ns=START_NS):
            recorder.write(packet)
        recorder.close()
        (closed,) = (fact for fact in facts if isinstance(fact, SegmentClosed))
        self.row = read_segment(self.root, closed.path, closed)
        with self.catalogue.write() as tx:
            segments.closed(tx, self.row)
        self.data = (self.root / self.row.path).read_bytes()
        self.whole = fragments_of(self.root / self.row.path)

    def hold(self, from_s: float, to_s: float | None, name: str = "h1", **more: object) -> HoldRow:
        """Place a hold, or with ``state`` end it; seconds after ``START_NS``."""
        to_ns = None if to_s is None else START_NS + round(to_s * NS_PER_S)
        from_ns = START_NS + round(from_s * NS_PER_S)
        made = HoldRow(name, "cam01", from_ns, to_ns, "Oficio 12", "Ana", START_NS, **more)  # type: ignore[arg-type]
        with self.catalogue.write() as tx:
            (hold_rows.store if made.holds else hold_rows.end)(tx, made)
        return made

    def rows(self) -> list[SegmentRow]:
        """What the catalogue shows of the camera."""
        return rows_of(self.catalogue)

    def finish_deleting(self) -> None:
        """As the janitor finishes what was cut off."""
        with self.catalogue.write() as tx:
            for row in segments.deleting(tx):
                (self.root / row.path).unlink(missing_ok=True)
                segments.forget(tx, [row.segment_id])

    def sound(self) -> None:
        """Files and rows agree, each byte."""
        report = Check(self.root, self.folder / "journal", self.catalogue).run(Level.HASH, repair=False)
        assert report.sound, list(report.lines())


def rows_of(catalogue: Catalogue) -> list[SegmentRow]:
    with catalogue.read() as tx:
        return segments.covering(tx, "cam01", StreamKind.MAIN, 0, 2**62)

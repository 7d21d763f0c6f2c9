"""From a camera to disk, catalogue and janitor while the machine's clock is set: nothing overlaps, nothing is deleted, all time is accounted for."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.timestamps import Timeline
from nvr.app.expiry import Expiry
from nvr.app.shelf import Shelf
from nvr.catalogue import segments
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.config import Node
from nvr.media import CodecParameters, Packet, StreamKind
from nvr.observations import Fact, GapClosed, SegmentClosed
from nvr.recording.recorder import Recorder
from nvr.steady_clock import SteadyClock, accept
from nvr.storage.janitor import Janitor
from nvr.storage.space import FreeSpace
from nvr.time_line import LATEST_NS
from tests.nvr.test_steady_clock import FakeMachine

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
FPS = 25
TO_1970_S = -1_790_000_000.0
TO_2106_S = (LATEST_NS + 6 * 366 * 86_400 * NS_PER_S) / NS_PER_S - 1_790_000_000
DAY_NS = 86_400 * NS_PER_S


class Camera:
    """A camera at 25 frames/s behind a timeline and a recorder, with a machine whose clock can be set."""

    def __init__(self, folder: Path, clip: Clip) -> None:
        self.machine = FakeMachine()
        self.clock = SteadyClock(folder, self.machine, thread=False)
        self.facts: list[Fact] = []
        self.parameters, self._packets = clip
        self._timeline = Timeline()
        self._frames = 0
        self.recorder = Recorder(
            folder / "recordings",
            Node(segment_s=5, reserve_mb=16),
            self.facts.append,
            self.clock,
            leapt=self.clock.leap_within,
        )

    def run(self, seconds: float) -> None:
        """Let it send for so long."""
        for _ in range(round(seconds * FPS)):
            _, _, is_keyframe, data = self._packets[self._frames % len(self._packets)]
            stamp = self._timeline.stamp(
                self._frames * 3600 % 2**32,
                is_keyframe=is_keyframe,
                wall_ns=self.clock.wall_ns(),
                monotonic_ns=self.clock.monotonic_ns(),
                reorder_frames=0,
            )
            assert stamp is not None
            self.recorder.write(
                Packet(
                    "cam01",
                    StreamKind.MAIN,
                    stamp.epoch_ns,
                    self._frames,
                    stamp.pts,
                    stamp.dts,
                    is_keyframe,
                    stamp.wall_ns,
                    self.parameters,
                    data,
                )
            )
            self._frames += 1
            self.machine.advance(seconds=1 / FPS)
            if self._frames % FPS == 0:
                self.clock.look()

    def stretches(self) -> list[tuple[int, int, str]]:
        """Recorded stretches and gaps, in the order of their ids."""
        told: dict[str, tuple[int, int, str]] = {}
        for fact in self.facts:
            if isinstance(fact, SegmentClosed):
                told[fact.segment_id] = (fact.start_wall_ns, fact.end_wall_ns, "recorded")
            elif isinstance(fact, GapClosed):
                told[fact.gap_id] = (fact.start_wall_ns, fact.end_wall_ns, f"{fact.cause}: {fact.detail}")
        return [told[key] for key in sorted(told)]


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, TO_1970_S, TO_2106_S], ids=["+1h", "-1h", "1970", "2106"])
def test_a_step_overlaps_nothing_and_deletes_nothing(clip: Clip, tmp_path: Path, step_s: float) -> None:
    camera = Camera(tmp_path, clip)
    began_ns = camera.clock.wall_ns()
    with closing(camera.recorder):
        camera.run(13)
        camera.machine.step_wall(seconds=step_s)
        camera.run(13)
        sweep(tmp_path, camera)
        camera.machine.step_wall(seconds=-step_s)
        camera.run(13)
        camera.recorder.drain(10)
    stretches = camera.stretches()
    # Ids are in the order of time, no stretch begins before the one before it has ended, and none is missing in between.
    assert all(later[0] == earlier[1] for earlier, later in pairwise(stretches))
    assert {kind for _, _, kind in stretches} == {"recorded"}
    assert stretches[0][0] == began_ns
    assert stretches[-1][1] - began_ns == pytest.approx(39 * NS_PER_S, abs=NS_PER_S // 20)
    files = list((tmp_path / "recordings").rglob("*.mp4"))
    assert len(files) == len(stretches)


def test_a_leap_second_is_no_step(clip: Clip, tmp_path: Path) -> None:
    """UTC repeats a second: the machine's clock is put back by one. No second is recorded twice or missing, and nobody doubts the date."""
    camera = Camera(tmp_path, clip)
    began_ns = camera.clock.wall_ns()
    with closing(camera.recorder):
        camera.run(13)
        camera.machine.step_wall(seconds=-1.0)
        camera.run(13)
        camera.recorder.drain(10)
    stretches = camera.stretches()
    assert all(later[0] == earlier[1] for earlier, later in pairwise(stretches))
    assert {kind for _, _, kind in stretches} == {"recorded"}
    assert stretches[-1][1] - began_ns == pytest.approx(26 * NS_PER_S, abs=NS_PER_S // 20)
    assert not camera.clock.line.doubt


def sweep(folder: Path, camera: Camera) -> None:
    """Retention runs while the clock is wrong, as it does each minute."""
    camera.recorder.drain(10)
    with closing(Catalogue(f"sqlite:///{folder / 'catalogue.sqlite'}", camera.clock)) as catalogue:
        with catalogue.write() as tx:
            for fact in camera.facts:
                if isinstance(fact, SegmentClosed):
                    segments.closed(tx, _row(fact))
        janitor = Janitor(
            folder / "recordings",
            Shelf(catalogue),
            FreeSpace(folder / "recordings", 0),
            retention_ns=45 * DAY_NS,
            headroom_bytes=0,
            clock=camera.clock,
        )
        expiry = Expiry(janitor, folder / "doubt", None, camera.clock, lambda: camera.clock.line.doubt)
        files = sorted((folder / "recordings").rglob("*.mp4"))
        expiry.step()
        assert (folder / "doubt").exists()
        assert sorted((folder / "recordings").rglob("*.mp4")) == files


def _row(fact: SegmentClosed) -> segments.SegmentRow:
    return segments.SegmentRow(
        fact.segment_id,
        fact.camera_id,
        fact.stream,
        fact.start_wall_ns,
        fact.start_wall_ns,
        fact.end_wall_ns,
        fact.path,
        "h264",
        320,
        180,
        fact.size_bytes,
        fact.packets,
        fact.sha256,
    )


def test_time_that_never_was_is_a_gap_of_its_own(clip: Clip, tmp_path: Path) -> None:
    camera = Camera(tmp_path, clip)
    with closing(camera.recorder):
        camera.run(6)
        camera.machine.step_wall(seconds=900)
        accept(tmp_path)  # somebody vouches for it, and the line goes there
        camera.run(10)
        camera.recorder.drain(10)
    stretches = camera.stretches()
    assert all(later[0] == earlier[1] for earlier, later in pairwise(stretches))
    (gap,) = [stretch for stretch in stretches if stretch[2] != "recorded"]
    assert gap[2].startswith("software: the clock was put ahead by 900")
    assert gap[1] - gap[0] == pytest.approx(900 * NS_PER_S, abs=NS_PER_S // 10)

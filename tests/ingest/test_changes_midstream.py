"""What a camera changes while it sends begins a new file, and both are whole: other parameters, another size, another codec, another rate."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import av
import pytest

from ingest.streams import IngestSet
from nvr.clock import SystemClock
from nvr.config import Node
from nvr.media import Packet
from nvr.observations import CameraStateChanged, Fact, GapClosed, SegmentClosed, SegmentOpened
from nvr.recording.recorder import Recorder
from tests.ingest.rtp_packets import Clip, encoded_clip
from tests.ingest.scripted_camera import ScriptedCamera

SMALL = encoded_clip(width_px=128, height_px=96, frames=30)
LARGE = encoded_clip(width_px=192, height_px=112, frames=30)


class _Bench:
    """Sessions, recorder and facts of one camera."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: list[Fact] = []
        self.packets: list[Packet] = []
        self.changes: list[CameraStateChanged] = []
        self._grown = asyncio.Event()
        self.recorder = Recorder(folder, Node(segment_s=600, reserve_mb=16), self.facts.append)

    def sink(self, packet: Packet) -> None:
        self.packets.append(packet)
        self.recorder.write(packet)
        self._grown.set()

    def report(self, change: CameraStateChanged) -> None:
        self.changes.append(change)
        if change.state == "offline":
            self.recorder.interrupted(change.camera_id, change.stream, "camera", change.detail)

    async def until(self, pictures: int) -> None:
        async with asyncio.timeout(40):
            while len(self.packets) < pictures:
                self._grown.clear()
                await self._grown.wait()

    def files(self) -> list[tuple[SegmentOpened, Path]]:
        self.recorder.close()
        closed = {fact.segment_id for fact in self.facts if isinstance(fact, SegmentClosed) and fact.packets}
        opened = [fact for fact in self.facts if isinstance(fact, SegmentOpened) and fact.segment_id in closed]
        return [(fact, self.folder / fact.path) for fact in opened]


async def _pull(bench: _Bench, camera: ScriptedCamera, pictures: int) -> None:
    task = asyncio.create_task(IngestSet([camera.as_camera()], {}, SystemClock(), bench.sink, bench.report).run())
    await bench.until(pictures)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _sizes(path: Path) -> set[tuple[int, int]]:
    """Of all decoded pictures; ffmpeg finds nothing to complain of."""
    said = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"], capture_output=True, check=True, text=True
    )
    assert said.stderr == ""
    with av.open(str(path), "r") as container:
        return {(frame.width, frame.height) for frame in container.decode(video=0)}


@pytest.mark.parametrize("clips", [[SMALL, LARGE], [LARGE, SMALL]], ids=["larger", "smaller"])
async def test_another_size_begins_a_file_and_loses_no_picture(tmp_path: Path, clips: Sequence[Clip]) -> None:
    bench = _Bench(tmp_path)
    async with ScriptedCamera(clips=list(clips), interval_s=0.02, ticks_per_picture=1800) as camera:
        await _pull(bench, camera, 75)
        assert camera.connections == 1
    files = bench.files()
    assert len(files) >= 3
    shown = [_sizes(path) for _, path in files]
    assert shown == [{(fact.width_px, fact.height_px)} for fact, _ in files]
    assert shown[0] == shown[2] != shown[1]
    ends = {fact.segment_id: fact for fact in bench.facts if isinstance(fact, SegmentClosed)}
    assert sum(fact.packets for fact in ends.values()) == len(bench.packets)
    # The files follow one another; nothing is a gap that is not there.
    for (earlier, _), (later, _) in pairwise(files):
        assert abs(later.start_wall_ns - ends[earlier.segment_id].end_wall_ns) < 100_000_000
    assert not [fact for fact in bench.facts if isinstance(fact, GapClosed) and fact.detail != "the worker stops"]


async def test_another_codec_comes_with_another_connection_and_begins_a_file(tmp_path: Path) -> None:
    bench = _Bench(tmp_path)
    first = ScriptedCamera(interval_s=0.02, ticks_per_picture=1800)
    second = ScriptedCamera(
        clips=[encoded_clip("libx265", 192, 112)], codec="h265", interval_s=0.02, ticks_per_picture=1800
    )
    async with first:
        task = asyncio.create_task(IngestSet([first.as_camera()], {}, SystemClock(), bench.sink, bench.report).run())
        await bench.until(40)
        # Somebody changes the codec in the camera: it hangs up, and offers the other one at the same address.
        await first.stop()
        second.port = first.port
        async with second:
            await bench.until(len(bench.packets) + 40)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await first.start()
    files = bench.files()
    assert [fact.codec for fact, _ in files] == ["h264", "h265"]
    assert [_sizes(path) for _, path in files] == [{(128, 96)}, {(192, 112)}]
    gaps = [fact for fact in bench.facts if isinstance(fact, GapClosed)]
    assert [fact.detail for fact in gaps if fact.detail != "the worker stops"]


async def test_another_frame_rate_stays_in_the_file_and_on_the_clock(tmp_path: Path) -> None:
    """The times say it: nothing has to be begun anew for it."""
    bench = _Bench(tmp_path)
    async with ScriptedCamera(interval_s=0.02, ticks_per_picture=1800, later_ticks_per_picture=7200) as camera:
        await _pull(bench, camera, 60)
    ((_, path),) = bench.files()
    with av.open(str(path), "r") as container:
        times = [packet.pts for packet in container.demux(video=0) if packet.pts is not None]
    steps = {later - earlier for earlier, later in pairwise(times)}
    assert steps == {1800, 7200}

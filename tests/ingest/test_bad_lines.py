"""Lines that fall silent, break, drip and garble: noticed in time, come back in time, leak nothing, and leave the other cameras alone."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import random
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from benchmarks.faulty_link import HEALTHY, Fault, FaultyLink, faulty_link
from ingest import backoff
from ingest.streams import IngestSet
from nvr.clock import NS_PER_S, SystemClock
from nvr.config import Camera, Node
from nvr.media import Packet
from nvr.observations import CameraStateChanged, Fact, GapClosed, SegmentClosed
from nvr.recording.recorder import Recorder
from tests.ingest.scripted_camera import ScriptedCamera

ROOT = Path(__file__).parents[2]


class Watcher:
    """Takes packets and changes, with the monotonic time of each."""

    def __init__(self) -> None:
        self.packets: dict[str, int] = {}
        self.changes: list[tuple[float, CameraStateChanged]] = []
        self._changed = asyncio.Event()

    def sink(self, packet: Packet) -> None:
        self.packets[packet.camera_id] = self.packets.get(packet.camera_id, 0) + 1
        self._changed.set()

    def report(self, change: CameraStateChanged) -> None:
        self.changes.append((time.monotonic(), change))
        self._changed.set()

    async def until(self, condition: Callable[[], bool], timeout_s: float = 60) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def last(self, camera_id: str, state: str) -> float:
        """When it last came into that state; -1: never."""
        times = [at for at, change in self.changes if change.camera_id == camera_id and change.state == state]
        return times[-1] if times else -1.0


def entry(port: int, camera_id: str = "cam01", host: str = "127.0.0.1", transport: str = "tcp") -> Camera:
    url = f"rtsp://{host}:{port}/{camera_id}/main"
    return Camera.model_validate(
        {"id": camera_id, "number": 1, "name": "x", "main": {"url": url, "transport": transport}}
    )


@asynccontextmanager
async def pulled(cameras: list[Camera], watcher: Watcher) -> AsyncIterator[IngestSet]:
    """These cameras, until the end of the block."""
    streams = IngestSet(cameras, {}, SystemClock(), watcher.sink, watcher.report, stagger_s=0)
    task = asyncio.create_task(streams.run())
    try:
        yield streams
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def link_of() -> Iterator[Callable[[int], FaultyLink]]:
    """Makes a link in front of a port."""
    with contextlib.ExitStack() as stack:
        yield lambda port: stack.enter_context(faulty_link(port))


async def test_a_silent_line_is_noticed_and_a_good_one_does_not_notice(link_of: Callable[[int], FaultyLink]) -> None:
    """Half-open TCP: nothing is closed, nothing comes. The limits are the real ones."""
    watcher = Watcher()
    async with ScriptedCamera(interval_s=0.04) as camera:
        link = link_of(camera.port)
        cameras = [entry(link.port, "cam01"), entry(link.port, "cam02")]
        async with pulled(cameras, watcher) as streams:
            await watcher.until(lambda: min(watcher.packets.get(each.id, 0) for each in cameras) > 10)
            silent_s = link.set(Fault("silent"), ["cam01"])
            await watcher.until(lambda: watcher.last("cam01", "offline") > silent_s)
            # The watch looks each second for 4 s without a picture; the machine may be loaded, the camera may not be missed.
            assert watcher.last("cam01", "offline") - silent_s < 15
            back_s = link.set(HEALTHY, ["cam01"])
            await watcher.until(lambda: watcher.last("cam01", "online") > back_s)
            counters = streams.counters()
    assert counters["cam02/main"]["reconnects"] == counters["cam02/main"]["lost"] == 0
    assert next(change.cause for _, change in watcher.changes if change.state == "offline") == "link"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(delay_s=0.1, jitter_s=0.2),
        Fault(bytes_per_s=60_000),
        Fault(bytes_per_s=300),
        Fault(garbled=0.3),
        Fault("refused"),
    ],
    ids=["jitter", "narrow", "drips", "garbled", "refused"],
)
async def test_a_bad_line_harms_no_other_and_is_mended(
    link_of: Callable[[int], FaultyLink], fault: Fault, tmp_path: Path
) -> None:
    watcher, facts = Watcher(), list[Fact]()
    recorder = Recorder(tmp_path, Node(segment_s=600, reserve_mb=16), facts.append)
    take, told = watcher.sink, watcher.report

    def sink(packet: Packet) -> None:
        recorder.write(packet)
        take(packet)

    def report(change: CameraStateChanged) -> None:
        if change.state == "offline":
            recorder.interrupted(change.camera_id, change.stream, "link", change.detail)
        told(change)

    watcher.sink, watcher.report = sink, report  # type: ignore[method-assign]
    async with ScriptedCamera(interval_s=0.04) as camera:
        link = link_of(camera.port)
        cameras = [entry(link.port, "cam01"), entry(link.port, "cam02")]
        async with pulled(cameras, watcher) as streams:
            await watcher.until(lambda: min(watcher.packets.get(each.id, 0) for each in cameras) > 10)
            link.set(fault, ["cam01"])
            seen = watcher.packets["cam02"]
            await watcher.until(lambda: watcher.packets["cam02"] > seen + 100)
            link.set(HEALTHY, ["cam01"])
            link.cut(["cam01"])
            seen = watcher.packets["cam01"]
            await watcher.until(lambda: watcher.packets["cam01"] > seen + 10)
            counters = streams.counters()["cam02/main"]
        assert counters["reconnects"] == counters["lost"] == counters["damaged"] == 0
    recorder.close()
    # Each second of both is recorded or a gap with its cause, up to the moment when the worker stopped.
    for camera_id in ("cam01", "cam02"):
        known = sorted(
            (fact.start_wall_ns, fact.end_wall_ns)
            for fact in facts
            if isinstance(fact, SegmentClosed | GapClosed) and fact.camera_id == camera_id
        )
        for (_, end_ns), (start_ns, _) in itertools.pairwise(known):
            assert start_ns - end_ns < NS_PER_S // 10


async def test_hundreds_of_reconnections_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accelerated form of what ``make soak`` does a thousand times on the whole room."""
    monkeypatch.setattr(backoff, "FIRST_S", 0.002)
    monkeypatch.setattr(backoff, "LINK_CAP_S", 0.004)
    watcher, process = Watcher(), psutil.Process()
    rng = random.Random(1)

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # In every phase of the dialogue, and amid the pictures.
        async def later() -> None:
            await asyncio.sleep(rng.uniform(0, 0.03))
            writer.transport.abort()

        ending = asyncio.create_task(later())
        try:
            await good._serve(reader, writer)
        finally:
            ending.cancel()

    good = ScriptedCamera(interval_s=0.001)
    async with ScriptedCamera(raw=hang_up) as camera:  # noqa: SIM117 - the second needs the first one's port
        async with pulled([entry(camera.port), entry(camera.port, "cam02", transport="udp")], watcher) as streams:

            def reconnects() -> float:
                return sum(counters["reconnects"] for counters in streams.counters().values())

            async def used() -> tuple[int, int, int, int]:
                gc.collect()
                await asyncio.sleep(0)
                return process.num_fds(), process.num_threads(), len(asyncio.all_tasks()), process.memory_info().rss

            async def until(count: int) -> None:
                async with asyncio.timeout(120):
                    while reconnects() < count:  # noqa: ASYNC110 - counters have no event
                        await asyncio.sleep(0.02)

            await until(60)
            descriptors, threads, tasks, rss = await used()
            await until(360)
            after = await used()
    # Sessions are in different phases at the two looks: a few descriptors and tasks are in use at either.
    assert after[0] <= descriptors + 12
    assert after[1] <= threads
    assert after[2] <= tasks + 12
    assert after[3] <= rss * 1.10


@dataclass
class Namespace:
    """A camera behind a virtual cable."""

    camera: Camera
    cable: str

    def plug(self, *, up: bool) -> float:
        """The cable in or out: what is on the way is lost, nobody is told."""
        run("ip", "link", "set", self.cable, "up" if up else "down")
        return time.monotonic()


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=20)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    """A network name space with a camera in it; skips where the system lets none be made."""
    number = random.SystemRandom().randrange(1, 250)
    name, near, far = f"nvr-cam-{number}", f"nvr{number}a", f"nvr{number}b"
    if shutil.which("ip") is None:
        pytest.skip("iproute2 is not installed")
    try:
        run("ip", "netns", "add", name)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"no network name space can be made here: {getattr(error, 'stderr', b'').decode().strip()}")
    process: subprocess.Popen[str] | None = None
    try:
        try:
            run("ip", "link", "add", near, "type", "veth", "peer", "name", far)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no virtual cable can be made here: {error.stderr.decode().strip()}")
        run("ip", "link", "set", far, "netns", name)
        run("ip", "addr", "add", f"10.203.{number}.1/30", "dev", near)
        run("ip", "link", "set", near, "up")
        for words in (
            ("addr", "add", f"10.203.{number}.2/30", "dev", far),
            ("link", "set", far, "up"),
            ("link", "set", "lo", "up"),
        ):
            run("ip", "-n", name, *words)
        process = subprocess.Popen(
            ["ip", "netns", "exec", name, sys.executable, "-m", "tests.ingest.lone_camera", f"10.203.{number}.2"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Namespace(entry(port, host=f"10.203.{number}.2"), near)
    finally:
        if process is not None:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        subprocess.run(["ip", "link", "del", near], check=False, capture_output=True, timeout=20)
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True, timeout=20)


async def test_a_cable_that_is_pulled_is_noticed_and_one_that_is_back_too(namespace: Namespace) -> None:
    """A real interface goes down: packets vanish, no connection is told. Afterwards the camera comes back by itself."""
    watcher = Watcher()
    async with pulled([namespace.camera], watcher):
        await watcher.until(lambda: watcher.packets.get("cam01", 0) > 25)
        out_s = namespace.plug(up=False)
        await watcher.until(lambda: watcher.last("cam01", "offline") > out_s)
        assert watcher.last("cam01", "offline") - out_s < 15
        in_s = namespace.plug(up=True)
        await watcher.until(lambda: watcher.last("cam01", "online") > in_s)


async def test_five_percent_of_loss_and_jitter_cost_no_session(namespace: Namespace) -> None:
    try:
        run("tc", "qdisc", "add", "dev", namespace.cable, "root", "netem", "loss", "5%", "delay", "50ms", "50ms")
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"the kernel makes no bad lines here: {getattr(error, 'stderr', b'').decode().strip() or error}")
    watcher = Watcher()
    async with pulled([namespace.camera], watcher) as streams:
        await watcher.until(lambda: watcher.packets.get("cam01", 0) > 100)
        counters = streams.counters()["cam01/main"]
    assert counters["malformed"] == 0

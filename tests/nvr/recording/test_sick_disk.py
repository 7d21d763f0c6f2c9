"""Disks that lie, vanish or turn read-only: the volume stops, nothing is believed that was not read or synced, and recording resumes by itself."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nvr.app.fsck import file_sha256
from nvr.clock import SimulatedClock
from nvr.config import Node
from nvr.media import CodecParameters, Packet
from nvr.observations import Fact, GapClosed, SegmentClosed, SegmentOpened
from nvr.recording.recorder import Recorder
from nvr.recording.recovery import recover, where_stopped

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]


class AlwaysRoom:
    """A disk with room."""

    def has_room(self) -> bool:
        return True


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    root = tmp_path / "disk"
    root.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", root], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.decode().strip()}")
    yield root
    subprocess.run(["umount", "-l", root], check=False)


class Sitting:
    """A recorder whose clock goes with its packets."""

    def __init__(self, root: Path, node: Node, run: Iterator[tuple[Packet, ...]]) -> None:
        self.clock = SimulatedClock()
        self.facts: list[Fact] = []
        self.recorder = Recorder(root, node, self.facts.append, self.clock, room=AlwaysRoom())
        self._run = run

    def seconds(self, count: int) -> None:
        for _ in range(count * 25):
            for packet in next(self._run):
                self.recorder.write(packet)
            if packet.seq % 25 == 24:
                self.clock.advance(seconds=1)
                assert self.recorder.drain(10)

    def dropped(self) -> float:
        return sum(stats["dropped"] for stats in self.recorder.stats().values())

    def closed(self) -> list[SegmentClosed]:
        return [fact for fact in self.facts if isinstance(fact, SegmentClosed)]


@pytest.fixture
def cameras(packets: Packets, clip: Clip) -> Iterator[tuple[Packet, ...]]:
    return zip(packets(clip, "cam01", seconds=200), packets(clip, "cam02", seconds=200), strict=True)


class TimedDisk:
    """Its syncs take as long as they are told to, on the recorder's clock; counts them."""

    def __init__(self, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sync_s = 0.0
        self.syncs = 0
        self._clock = clock
        self._real = os.fdatasync
        monkeypatch.setattr(os, "fdatasync", self._sync)

    def _sync(self, fd: int) -> None:
        self.syncs += 1
        self._clock.advance(seconds=self.sync_s)
        self._real(fd)


class Beat:
    """Hands a recorder one fragment after the other, each 0.999 s after the one before, and says how many syncs there were."""

    def __init__(self, root: Path, run: Iterator[Packet], monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = SimulatedClock()
        self.disk = TimedDisk(self.clock, monkeypatch)
        self.recorder = Recorder(
            root, Node(segment_s=120, reserve_mb=16), lambda _: None, self.clock, room=AlwaysRoom()
        )
        self._run = run

    def fragments(self, count: int) -> int:
        before = self.disk.syncs
        due_ns = self.clock.monotonic_ns()
        for _ in range(count):
            for packet in self._run:
                self.recorder.write(packet)
                if packet.seq % 25 == 0:
                    break
            due_ns += 999_000_000
            self.clock.advance(seconds=max(0, due_ns - self.clock.monotonic_ns()) / 1e9)
            assert self.recorder.drain(10)
        return self.disk.syncs - before


def test_a_slow_disk_syncs_with_every_second_fragment_and_a_quick_one_with_every_one(
    tmp_path: Path, packets: Packets, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fragment that comes a little early is synced all the same: else one more would wait for a sync, and be lost in a power cut."""
    beat = Beat(tmp_path, packets(clip, "cam01", seconds=150), monkeypatch)
    beat.disk.sync_s = 0.3
    beat.fragments(2)
    assert beat.fragments(20) == 10
    beat.disk.sync_s = 0.1
    beat.fragments(12)
    assert beat.fragments(20) == 20
    assert beat.recorder.totals()["quick"] == 1
    beat.disk.sync_s = 0.6
    beat.fragments(6)
    assert beat.fragments(20) == 10
    assert beat.recorder.totals()["quick"] == 0
    beat.recorder.close()


@pytest.mark.parametrize("name", ["fdatasync", "fsync"])
def test_after_a_failed_sync_nothing_is_believed_and_the_volume_stops(
    tmp_path: Path, node: Node, cameras: Iterator[tuple[Packet, ...]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The system says once that it lost pages; the next sync of the same file succeeds. Neither in the middle of a file nor at its end."""
    sitting = Sitting(tmp_path, node, cameras)
    sitting.seconds(4)
    real: Callable[[int], None] = getattr(os, name)
    failed: list[Path] = []
    seen: set[Path] = set()

    def sync(fd: int) -> None:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        # A file's first fdatasync is that of its making, of which nothing stays; its only fsync is the last.
        due = name == "fsync" or path in seen
        seen.add(path)
        if due and not failed and path.suffix == ".mp4" and "cam01" in path.parts:
            failed.append(path)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(fd)

    monkeypatch.setattr(os, name, sync)
    while not failed:
        sitting.seconds(1)
    bad = str(failed[0].relative_to(tmp_path))
    sitting.seconds(2)
    before = sitting.dropped()
    sitting.seconds(20)
    assert sitting.dropped() - before == 2 * 20 * 25, "both cameras' packets: it is the disk that is sick"
    assert sitting.recorder.totals()["syncs_failed"] == 1
    sitting.seconds(60)
    again = sitting.dropped()
    sitting.seconds(10)
    sitting.recorder.close()
    assert sitting.dropped() == again, "it passed its trial, and records in new files"
    assert bad not in [fact.path for fact in sitting.closed()], "its hash would be of bytes that may not be there"
    facts: list[Fact] = []
    recover(tmp_path, facts.append)
    assert [fact.path for fact in facts if isinstance(fact, SegmentClosed)] == [bad], "read again by the next start"
    for fact in (*sitting.closed(), *facts):
        if isinstance(fact, SegmentClosed):
            assert file_sha256(tmp_path / fact.path) == fact.sha256
    causes = {fact.cause for fact in sitting.facts if isinstance(fact, GapClosed)}
    assert causes == {"disk"}


def test_a_disk_that_keeps_failing_its_trial_stays_stopped(
    tmp_path: Path, node: Node, cameras: Iterator[tuple[Packet, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = Sitting(tmp_path, node, cameras)
    sitting.seconds(3)

    def refuse(_fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdatasync", refuse)
    monkeypatch.setattr(os, "fsync", refuse)
    sitting.seconds(10)
    before = sitting.dropped()
    opened = sum(isinstance(fact, SegmentOpened) for fact in sitting.facts)
    sitting.seconds(130)
    assert sitting.dropped() - before == 2 * 130 * 25
    assert sum(isinstance(fact, SegmentOpened) for fact in sitting.facts) == opened
    sitting.recorder.close()


@pytest.fixture
def ext4(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A real file system on a loop device, and where it is mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    image, root = tmp_path / "image", tmp_path / "ext4"
    root.mkdir()
    with image.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    made = subprocess.run(["mkfs.ext4", "-q", "-F", image], capture_output=True, check=False)
    loop = subprocess.run(["losetup", "-f", "--show", image], capture_output=True, text=True, check=False)
    device = loop.stdout.strip()
    mounted = subprocess.run(["mount", device or "none", root], capture_output=True, check=False)
    if made.returncode or loop.returncode or mounted.returncode:
        pytest.skip(f"this machine gives no loop device: {loop.stderr.strip()} {mounted.stderr.decode().strip()}")
    yield device, root
    subprocess.run(["umount", "-l", root], check=False)
    subprocess.run(["losetup", "-d", device], check=False)


def test_a_disk_that_turns_read_only_ends_in_a_gap_and_not_in_a_lie(
    ext4: tuple[str, Path], node: Node, cameras: Iterator[tuple[Packet, ...]]
) -> None:
    """As the kernel does with a damaged ext4, in the middle of a segment of each camera."""
    device, root = ext4
    sitting = Sitting(root, node, cameras)
    sitting.seconds(9)
    subprocess.run(["mount", "-o", "remount,abort", root], check=True)
    sitting.seconds(5)
    assert sitting.dropped() >= 2 * 4 * 25
    told = {fact.path: fact for fact in sitting.closed()}
    sitting.recorder.close()
    subprocess.run(["umount", root], check=True)
    subprocess.run(["mount", device, root], check=True)
    facts: list[Fact] = []
    recover(root, facts.append)
    standstills = where_stopped(root)
    told |= {fact.path: fact for fact in facts if isinstance(fact, SegmentClosed) and fact.packets}
    on_disk = {str(path.relative_to(root)) for path in root.rglob("*.mp4")}
    assert on_disk == set(told)
    for fact in told.values():
        assert file_sha256(root / fact.path) == fact.sha256
    again = Recorder(root, node, facts.append, sitting.clock, room=AlwaysRoom(), standstills=standstills)
    for pair in (next(cameras) for _ in range(50)):
        for packet in pair:
            again.write(packet)
    again.close()
    recorded = {fact.camera_id for fact in facts if isinstance(fact, GapClosed)}
    assert recorded == {"cam01", "cam02"}, "the time without is told by the next run"


def test_a_mount_that_vanishes_does_not_fill_the_disk_beneath_it(
    disk: Path, node: Node, cameras: Iterator[tuple[Packet, ...]], caplog: pytest.LogCaptureFixture
) -> None:
    sitting = Sitting(disk, node, cameras)
    sitting.seconds(9)
    subprocess.run(["umount", "-l", disk], check=True)
    sitting.seconds(10)
    assert not list(disk.rglob("*.mp4"))
    assert "another file system" in caplog.text
    before = sitting.dropped()
    sitting.seconds(5)
    assert sitting.dropped() - before == 2 * 5 * 25
    sitting.recorder.close()
    assert not list(disk.rglob("*.mp4"))

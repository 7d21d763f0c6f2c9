"""One segment on disk while it is written."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nvr.clock import NS_PER_S
from nvr.disk import synced
from nvr.errors import StorageError
from nvr.media import TIMESCALE_HZ
from nvr.observations import SegmentOpened
from nvr.recording import fmp4
from nvr.recording.segmenter import AudioRun, FragmentReady

_NAME_ATTEMPTS = 64
_TRIAL_BYTES = 1024 * 1024
SEAM_S: Final = 0.1
"""A hole in the sound that is shorter is jitter, or the drift of two clocks over a minute."""


def try_out(folder: Path) -> None:
    """Write a new file, sync it, and read it back from the disk as far as the system lets us pass its cache.

    Raises:
        OSError: the disk is still not fit to be written.
    """
    path = folder / f".trial-{os.getpid()}"
    data = os.urandom(_TRIAL_BYTES)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    try:
        path.unlink()
        if os.write(fd, data) != len(data):
            raise OSError(errno.EIO, "the disk takes only a part", str(path))
        synced(os.fsync, fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        if os.pread(fd, len(data), 0) != data:
            raise OSError(errno.EIO, "the disk gives back something else", str(path))
    finally:
        os.close(fd)


class SoundTimes:
    """Where sound lies in a file. Frames follow each other without a seam unless the time line has them ``SEAM_S`` apart."""

    def __init__(self, start_wall_ns: int, first_cts: int) -> None:
        self._start_wall_ns = start_wall_ns
        self._first_cts = first_cts
        self._next: int | None = None

    def place(self, run: AudioRun) -> tuple[int, list[tuple[int, bytes]]]:
        """Time of the first frame in ticks of the sound's clock since the file's start, and each frame's duration with its data."""
        rate_hz = run.parameters.rate_hz
        starts: list[int] = []
        upcoming = self._next
        for packet in run.packets:
            exact = (
                packet.wall_ns - self._start_wall_ns
            ) * rate_hz // NS_PER_S + self._first_cts * rate_hz // TIMESCALE_HZ
            if upcoming is None:
                start = max(0, exact)
            elif exact - upcoming > SEAM_S * rate_hz:
                start = exact
            else:
                start = upcoming
            starts.append(start)
            upcoming = start + packet.samples
        self._next = upcoming
        ends = [*starts[1:], upcoming or 0]
        return starts[0], [
            (end - start, packet.data) for start, end, packet in zip(starts, ends, run.packets, strict=True)
        ]


class SegmentFile:
    """A file that grows by whole fragments; its hash grows with it.

    After an ``OSError`` from ``append`` call ``cut`` and ``close``, so that half a fragment does not stay behind.
    """

    def __init__(self, fd: int, path: Path, first: FragmentReady) -> None:
        self._fd = fd
        self.path = path
        self._first_dts = first.base_dts
        self._sound = SoundTimes(first.wall_ns, first.samples[0].cts)
        self._hash = hashlib.sha256()
        self._sequence_number = 0
        self.size_bytes = 0
        self.packets = 0

    @classmethod
    def create(cls, path: Path, opened: SegmentOpened, first: FragmentReady) -> SegmentFile:
        """A new file with its init segment and first fragment.

        Raises:
            OSError: the disk refused (``FileExistsError`` where the name is taken); nothing stays behind.
            StreamUnsupported: the codec parameters can't stand in a file; nothing stays behind.
        """
        init = fmp4.init_segment(
            first.parameters,
            start_wall_ns=opened.start_wall_ns,
            camera_id=opened.camera_id,
            stream=opened.stream,
            segment_id=opened.segment_id,
            epoch_ns=opened.epoch_ns,
            audio=first.audio.parameters if first.audio is not None else None,
        )
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        file = cls(fd, path, first)
        try:
            file._write([init])
            file.append(first)
        except OSError:
            file.abandon()
            path.unlink(missing_ok=True)
            raise
        return file

    def append(self, ready: FragmentReady) -> None:
        """Write a fragment behind the others.

        Raises:
            OSError: the disk refused; part of it may have been written.
        """
        buffers = fmp4.fragment(
            self._sequence_number + 1, ready.base_dts - self._first_dts, ready.samples, wall_ns=ready.wall_ns
        )
        self._sequence_number += 1
        if ready.audio is not None:
            base_time, samples = self._sound.place(ready.audio)
            buffers += fmp4.audio_fragment(self._sequence_number + 1, base_time, samples)
            self._sequence_number += 1
        self._write(buffers)
        self.packets += len(ready.samples)

    def _write(self, buffers: Sequence[bytes]) -> None:
        due_bytes = sum(map(len, buffers))
        written_bytes = os.writev(self._fd, buffers)
        if written_bytes < due_bytes:
            rest = memoryview(b"".join(buffers))
            while written_bytes < due_bytes:
                step_bytes = os.write(self._fd, rest[written_bytes:])
                if step_bytes == 0:
                    raise OSError(errno.EIO, "the disk takes nothing", str(self.path))
                written_bytes += step_bytes
        for buffer in buffers:
            self._hash.update(buffer)
        self.size_bytes += due_bytes

    def cut(self) -> None:
        """Drop what stands behind the last whole fragment, before closing.

        Raises:
            OSError: the disk refused.
        """
        os.ftruncate(self._fd, self.size_bytes)

    def sync(self) -> None:
        """Make what was appended survive power loss.

        Raises:
            SyncFailed: the disk could not keep it; ``abandon`` the file.
        """
        synced(os.fdatasync, self._fd)

    def close(self) -> str:
        """Sync and close; the SHA-256 of the whole file, hexadecimal.

        Raises:
            SyncFailed: the disk could not keep it; the file is closed all the same.
        """
        try:
            synced(os.fsync, self._fd)
        finally:
            self.abandon()
        return self._hash.hexdigest()

    def abandon(self) -> None:
        """Close without a promise."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def free_name(path: Path) -> Path:
    """``path``, or where a file stands there already (the wall clock was set back), the next free nanosecond.

    Raises:
        StorageError: dozens are taken, which no clock does.
    """
    start_wall_ns = int(path.stem)
    for offset in range(_NAME_ATTEMPTS):
        candidate = path.with_name(f"{start_wall_ns + offset}{path.suffix}")
        if not candidate.exists():
            return candidate
    raise StorageError(f"{path} and {_NAME_ATTEMPTS} names after it are taken", "look at the server's clock")

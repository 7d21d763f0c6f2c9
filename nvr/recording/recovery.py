"""What a start after a crash does: see where each stream stopped, which takes a moment, and finish the files, whose hashes take longer, while it
records again already. Running it twice, or being killed in it, does no harm."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from nvr.disk import sync_folder
from nvr.errors import NvrError, SegmentCorrupt, StorageError
from nvr.media import CAMERA_ID, StreamKind
from nvr.observations import Fact, SegmentClosed, SegmentOpened
from nvr.recording.boxes import Fragments, holds_zeros, read_fragments
from nvr.recording.coverage import UNEXPLAINED_NS, Standstill
from nvr.recording.markers import DeadRun, dead_runs
from nvr.storage.day_notes import note_closed
from nvr.storage.layout import COVERAGE_FILE, is_day, parse_segment_path, safe_join

_log = logging.getLogger(__name__)
_WORTHLESS_BYTES: Final = 64 * 1024
_CHUNK_BYTES: Final = 1024 * 1024
_NEWEST_TRIES: Final = 8
_decode_standstill = msgspec.json.Decoder(Standstill).decode


def recover(root: Path, record: Callable[[Fact], None]) -> None:
    """Close the segments of recorders that died.

    For each marker of a run whose recorder is gone: the file is cut after its last whole fragment and synced, and ``SegmentOpened`` and
    ``SegmentClosed(recovered=True)`` are recorded; both may have been recorded before, readers go by ``segment_id``. A file without a whole
    fragment is deleted and ``SegmentClosed`` says ``packets=0``: **the catalogue then drops its row**. Runs of living recorders
    (other workers) are passed over. What a disk or the journal refuses is logged and left for the next start: a sick disk must not keep
    live view and analysis from starting.

    Every byte of those files is read for its SHA-256: some seconds for 42 cameras on a spinning disk. So a recorder need not wait for it.

    Args:
        root: the recordings folder.
        record: puts a fact into the journal and returns once it is synced; raises OSError or NvrError where it can't.
    """
    try:
        for run in dead_runs(root):
            for name, opened in run.segments():
                _take_up(root, run, name, opened, record)
    except OSError as error:
        _log.error("what lies in %s can't be looked through: %s", root, error)


def where_stopped(root: Path) -> dict[tuple[str, StreamKind], Standstill]:
    """For each stream on disk where its recording stopped and why, for ``Recorder(standstills=…)``: "software" after a crash.

    The same before ``recover`` and after it. To be asked before something is recorded again; only the heads of the newest fragments are read. What
    the disk refuses is logged.
    """
    found: dict[tuple[str, StreamKind], Standstill] = {}
    try:
        if root.is_dir():
            found.update(_standstills(root))
    except OSError as error:
        _log.error("what lies in %s can't be looked through: %s", root, error)
    return found


def _take_up(root: Path, run: DeadRun, name: str, opened: SegmentOpened | None, record: Callable[[Fact], None]) -> None:
    try:
        # A marker that can't be read was torn before its file came to exist.
        for fact in _finish(root, opened) if opened is not None else ():
            record(fact)
        run.remove(name)
    except (OSError, NvrError) as error:
        _log.error("segment %s can't be recovered, the next start tries again: %s", name, error)


def _finish(root: Path, opened: SegmentOpened) -> tuple[Fact, ...]:
    if parse_segment_path(opened.path) is None:
        raise StorageError(f"{opened.path!r} is not a segment's path")
    path = safe_join(root, opened.path)
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return (_closed(opened, None, ""),)
    try:
        table = _whole(fd, path)
        if table is not None:
            os.ftruncate(fd, table.whole_bytes)
            os.fsync(fd)
            closed = _closed(opened, table, sha256_of(fd))
            note_closed(root, closed)
            return opened, closed
        size_bytes = os.fstat(fd).st_size
    finally:
        os.close(fd)
    if size_bytes <= _WORTHLESS_BYTES:
        path.unlink()
    else:
        # Nothing of ours writes that much behind an init segment that can't be read: keep it for a person to look at.
        path.rename(path.with_name(f"{path.name}.damaged"))
        _log.error("%s holds no whole fragment; kept beside it as .damaged", path)
    sync_folder(path.parent)
    return (_closed(opened, None, ""),)


def _whole(fd: int, path: Path) -> Fragments | None:
    try:
        table = read_fragments(fd, str(path))
    except SegmentCorrupt:
        return None
    spans = table.fragments
    while spans and holds_zeros(fd, spans[-1]):
        spans = spans[:-1]
    if not spans:
        return None
    return replace(table, fragments=spans)


def _closed(opened: SegmentOpened, table: Fragments | None, sha256: str) -> SegmentClosed:
    return SegmentClosed(
        segment_id=opened.segment_id,
        camera_id=opened.camera_id,
        stream=opened.stream,
        start_wall_ns=opened.start_wall_ns,
        end_wall_ns=max(opened.start_wall_ns, table.end_wall_ns) if table else opened.start_wall_ns,
        path=opened.path,
        size_bytes=table.whole_bytes if table else 0,
        packets=table.packets if table else 0,
        sha256=sha256,
        recovered=True,
    )


def sha256_of(fd: int) -> str:
    """The SHA-256 of a whole file, hexadecimal.

    Raises:
        OSError: it can't be read.
    """
    digest = hashlib.sha256()
    offset_bytes = 0
    while chunk := os.pread(fd, _CHUNK_BYTES, offset_bytes):
        digest.update(chunk)
        offset_bytes += len(chunk)
    return digest.hexdigest()


def _standstills(root: Path) -> Iterator[tuple[tuple[str, StreamKind], Standstill]]:
    for camera_folder in sorted(root.iterdir()):
        if not CAMERA_ID.fullmatch(camera_folder.name):
            continue
        for stream in StreamKind:
            folder = camera_folder / stream.value
            if not folder.is_dir():
                continue
            noted = _noted(folder / COVERAGE_FILE)
            until_wall_ns = _newest_end(folder)
            # A note older than the newest picture is of an interruption that was over before the crash.
            if noted is not None and (until_wall_ns is None or noted.until_wall_ns >= until_wall_ns - UNEXPLAINED_NS):
                yield (camera_folder.name, stream), noted
            elif until_wall_ns is not None:
                yield (
                    (camera_folder.name, stream),
                    Standstill(until_wall_ns, "software", "the recorder was not running"),
                )


def _noted(path: Path) -> Standstill | None:
    with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError), path.open("rb") as file:
        return _decode_standstill(file.read(_WORTHLESS_BYTES))
    return None


def _newest_end(folder: Path) -> int | None:
    """Where the newest segment that holds something whole ends."""
    tries = 0
    for day in sorted((entry.name for entry in folder.iterdir() if is_day(entry.name)), reverse=True):
        paths = (entry for entry in (folder / day).iterdir() if entry.suffix == ".mp4" and entry.stem.isdecimal())
        for path in sorted(paths, key=lambda entry: int(entry.stem), reverse=True):
            with suppress(OSError):
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    table = _whole(fd, path)
                finally:
                    os.close(fd)
                if table is not None:
                    return table.end_wall_ns
            tries += 1
            if tries >= _NEWEST_TRIES:
                return None
    return None

"""Recorded video and pictures over HTTP: playlists from the catalogue, bytes from files that the catalogue names. Runs in threads."""

from __future__ import annotations

import logging
import stat
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Annotated, Final, Literal

from fastapi import Query
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from console_web.problems import Problem, not_found, of_status
from console_web.services import Services
from nvr.catalogue import segments
from nvr.catalogue.segments import SegmentRow
from nvr.clock import NS_PER_S
from nvr.errors import SegmentCorrupt, StorageError
from nvr.media import AudioCodec, StreamKind
from nvr.recording.boxes import Fragments, fragments_of, read_init
from nvr.recording.fmp4 import init_segment
from nvr.storage.layout import safe_join
from nvr.storage.playlist import PlayableSegment, media_playlist

_log = logging.getLogger(__name__)

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
LONGEST_WINDOW_NS: Final = 24 * 3600 * NS_PER_S
# What is recorded now is on disk a fragment later, and in the catalogue soon after.
_SETTLED_NS: Final = 10 * NS_PER_S
_MOST_TABLES: Final = 512


@dataclass(slots=True)
class _Tables:
    """Fragment tables of whole files, which never change; the least used go first."""

    kept: OrderedDict[tuple[str, str], Fragments] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def of(self, path: Path, row: SegmentRow) -> Fragments:
        key = (row.segment_id, str(path))
        with self.lock:
            found = self.kept.get(key)
            if found is not None:
                self.kept.move_to_end(key)
                return found
        found = fragments_of(path)
        if row.end_wall_ns is not None:
            with self.lock:
                self.kept[key] = found
                while len(self.kept) > _MOST_TABLES:
                    self.kept.popitem(last=False)
        return found


Init = Annotated[Literal["pictures"] | None, Query()]
"""An init segment for the pictures alone, in the place of the file."""

_tables: Final = _Tables()


def fragments_of_row(recordings: Path, row: SegmentRow) -> Fragments | None:
    """The whole fragments of a recorded file, or None where it is gone or damaged."""
    try:
        return _tables.of(safe_join(recordings, row.path), row)
    except FileNotFoundError:
        return None  # the janitor was here between the catalogue and now
    except (SegmentCorrupt, StorageError, OSError) as error:
        _log.warning("segment %s can't be played: %s", row.segment_id, error)
        return None


def window_playlist(services: Services, camera_id: str, from_ns: int, to_ns: int, *, over: bool, uri: str) -> str:
    """HLS of what was recorded of a camera's main stream in [from_ns, to_ns).

    Args:
        over: the window has an end that will not move.
        uri: pattern with ``{}`` for the segment id.

    Raises:
        Problem: 404, nothing was recorded and nothing will be.
    """
    with services.catalogue.read() as tx:
        rows = segments.covering(tx, camera_id, StreamKind.MAIN, from_ns, to_ns)
    playable = []
    sounds: list[bool] = []
    for row in rows:
        table = fragments_of_row(services.recordings, row)
        if table is not None:
            # A player waits for ever for sound that stops, and no browser plays G.711: then the pictures go without.
            heard = table.audio is not None and table.audio.codec is AudioCodec.AAC
            sounds.append(heard and all(span.audio_bytes for span in table.fragments))
            playable.append(
                PlayableSegment(
                    row.segment_id,
                    table.init_bytes,
                    table.fragments,
                    open=row.end_wall_ns is None,
                    sound=table.audio is not None,
                )
            )
    ended = over and to_ns <= services.clock.wall_ns() - _SETTLED_NS
    if ended and not any(segment.fragments for segment in playable):
        raise Problem(404, "not_found", "No hay grabación de ese tramo.")
    return media_playlist(
        playable,
        from_ns=from_ns,
        to_ns=max(to_ns, from_ns + 1),
        uri=uri.format,
        ended=ended,
        sound=ended and all(sounds),
    )


def segment_response(recordings: Path, relative: str, init: str | None = None) -> Response:
    """A recorded file, whole or by byte ranges (RFC 9110 section 14); ``init`` "pictures": an init segment for its pictures alone.

    Raises:
        Problem: 404.
    """
    if init == "pictures":
        return Response(_pictures_init(recordings, relative), media_type="video/mp4")
    return _file(recordings, relative, "video/mp4")


def _pictures_init(recordings: Path, relative: str) -> bytes:
    try:
        path = safe_join(recordings, relative)
        with path.open("rb") as file:
            head = read_init(file.fileno(), relative)
        return init_segment(
            head.parameters,
            start_wall_ns=head.start_wall_ns,
            camera_id=head.camera_id,
            stream=head.stream,
            segment_id=head.segment_id,
            epoch_ns=head.epoch_ns,
        )
    except (SegmentCorrupt, StorageError, OSError):
        raise not_found() from None


def snapshot_response(snapshots: Path, relative: str) -> Response:
    """A picture. ``relative`` is the path that the catalogue holds, "" for none.

    Raises:
        Problem: 404.
    """
    return _file(snapshots, relative, "image/jpeg")


def snapshot_bytes(snapshots: Path, relative: str) -> bytes:
    """The same picture's bytes; none where there is no such file (any more)."""
    try:
        return safe_join(snapshots, relative).read_bytes() if relative else b""
    except (StorageError, OSError):
        return b""


def _file(root: Path, relative: str, media_type: str) -> Response:
    if not relative:
        raise not_found()
    try:
        path = safe_join(root, relative)
        stat_result = path.stat()
    except (StorageError, OSError):
        raise not_found() from None
    if not stat.S_ISREG(stat_result.st_mode):
        raise not_found()
    # Without a name there is no Content-Disposition: it is shown, not saved.
    return _Ranged(path, media_type=media_type, stat_result=stat_result)


class _Ranged(FileResponse):
    """A file whose refused ranges look like every other refusal."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: Problem | None = None

        async def send_unless_refused(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
                said = Headers(raw=message["headers"]).get("content-range")
                refused = of_status(message["status"], {} if said is None else {"content-range": said})
            if refused is None:
                await send(message)

        await super().__call__(scope, receive, send_unless_refused)
        if refused is not None:
            await refused.response()(scope, receive, send)

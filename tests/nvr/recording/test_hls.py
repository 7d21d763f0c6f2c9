"""Recorded files, their fragment tables and a playlist over them, read back as a player does."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import av
import pytest

from nvr.config import Node
from nvr.media import CodecParameters, Packet
from nvr.observations import Fact, SegmentClosed
from nvr.recording.boxes import fragments_of
from nvr.recording.recorder import Recorder
from nvr.storage.playlist import PlayableSegment, media_playlist

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
Render = Callable[[float, float], str]
START_NS = 1_790_000_000_000_000_000
S = 10**9


@pytest.fixture
def render(tmp_path: Path, node: Node, packets: Packets, clip: Clip) -> Render:
    """Makes a playlist of 14 s in several files; its URIs are the files themselves."""
    facts: list[Fact] = []
    with closing(Recorder(tmp_path, node, facts.append)) as recorder:
        for packet in packets(clip, seconds=14):
            recorder.write(packet)
    paths = {f.segment_id: tmp_path / f.path for f in facts if isinstance(f, SegmentClosed)}
    assert len(paths) >= 3
    tables = {segment_id: fragments_of(path) for segment_id, path in paths.items()}

    def playlist(from_s: float, to_s: float) -> str:
        return media_playlist(
            [PlayableSegment(segment_id, table.init_bytes, table.fragments) for segment_id, table in tables.items()],
            from_ns=START_NS + round(from_s * S),
            to_ns=START_NS + round(to_s * S),
            uri=lambda segment_id: paths[segment_id].as_uri(),
            ended=True,
        )

    return playlist


@pytest.mark.parametrize(("from_s", "to_s", "frames"), [(0, 14, 350), (3.5, 10.2, 200)])
def test_a_stretch_over_several_files_decodes_from_its_byte_ranges(
    render: Render, from_s: float, to_s: float, frames: int
) -> None:
    """From the key frame at or before the start, to the end of the fragment that holds the end: 3 s to 11 s."""
    count = 0
    for section in render(from_s, to_s).split("#EXT-X-DISCONTINUITY\n"):
        data = b""
        for uri, size, offset in re.findall(r'URI="file://(.*?)",BYTERANGE="(\d+)@(\d+)"', section):
            data += Path(uri).read_bytes()[int(offset) :][: int(size)]
        for size, offset, uri in re.findall(r"BYTERANGE:(\d+)@(\d+)\nfile://(\S+)", section):
            data += Path(uri).read_bytes()[int(offset) :][: int(size)]
        with av.open(io.BytesIO(data), "r") as container:
            count += sum(1 for _ in container.decode(video=0))
    assert count == frames


def test_ffmpegs_hls_reader_plays_a_stretch_of_a_file(render: Render, tmp_path: Path) -> None:
    """Of one file: ffmpeg 5.1 does not take up a new time line after a discontinuity of fMP4, as section 4.3.2.3 demands."""
    playlist = tmp_path / "stretch.m3u8"
    playlist.write_text(render(1.5, 3))
    done = subprocess.run(
        ["ffprobe", "-v", "warning", "-protocol_whitelist", "file", "-allowed_extensions", "ALL", "-count_frames",
         "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", playlist],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout.split()[0], done.stderr) == ("50", "")

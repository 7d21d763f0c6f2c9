"""A player of the console's HLS playlists for tests: fetches what a browser would fetch, byte range by byte range."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import av

from tests.journeys.people import Person

_RANGE = re.compile(r'URI="(?P<uri>[^"]+)",BYTERANGE="(?P<size>\d+)@(?P<start>\d+)"')


@dataclass(frozen=True, slots=True)
class Played:
    """What came out: when it begins, how many pictures were decoded, and their width."""

    first_wall_ms: int
    frames: int
    width_px: int
    ended: bool


def play(person: Person, path: str) -> Played:
    """Fetch a playlist and all it names, and decode every picture of it."""
    text = person.http.get(path).raise_for_status().text
    begins = re.search(r"#EXT-X-PROGRAM-DATE-TIME:(\S+)", text)
    assert begins is not None, "the playlist does not say when it begins"
    files: list[bytearray] = []
    size = start = 0
    for line in text.splitlines():
        if line.startswith("#EXT-X-MAP:"):
            found = _RANGE.search(line)
            assert found is not None
            files.append(bytearray(_fetch(person, path, found["uri"], int(found["start"]), int(found["size"]))))
        elif line.startswith("#EXT-X-BYTERANGE:"):
            length, _, offset = line.partition(":")[2].partition("@")
            size, start = int(length), int(offset)
        elif line and not line.startswith("#"):
            files[-1] += _fetch(person, path, line, start, size)
    frames, width_px = 0, 0
    for data in files:
        with av.open(io.BytesIO(bytes(data)), "r") as container:
            for frame in container.decode(video=0):
                frames += 1
                width_px = frame.width
    wall_ms = round(datetime.fromisoformat(begins[1]).timestamp() * 1000)
    return Played(wall_ms, frames, width_px, "#EXT-X-ENDLIST" in text)


def _fetch(person: Person, base: str, uri: str, start: int, size: int) -> bytes:
    answer = person.http.get(urljoin(base, uri), headers={"Range": f"bytes={start}-{start + size - 1}"})
    assert answer.status_code == 206, answer.text
    assert len(answer.content) == size
    return answer.content

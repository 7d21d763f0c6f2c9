"""Recorded video over HTTP: playlists, byte ranges, coverage, pictures; and that real files play."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from nvr.catalogue import audit
from nvr.catalogue.stocktaking import mark_damaged
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.config.agencies import PNP, SERENAZGO
from nvr.media import StreamKind
from nvr.observations import GapClosed, SegmentClosed
from nvr.recording.boxes import fragments_of
from nvr.recording.fmp4 import fragment, init_segment
from nvr.recording.segmenter import FragmentReady, Segmenter
from nvr.storage.layout import segment_path
from tests.console_web.recordings import minute
from tests.console_web.room import JPEG, Room, until
from tests.console_web.test_live import annex_b_packets


async def test_a_playlist_names_byte_ranges_that_the_files_have(room: Room) -> None:
    """Each range is served as 206 and holds whole boxes."""
    start_ns = room.clock.wall_ns()
    minute(room, "cam01", start_ns)
    room.clock.advance(seconds=120)
    person = room.person(Role.INVESTIGATOR)
    from_ms = start_ns // NS_PER_MS + 20_000
    answer = await person.get(f"/api/cameras/cam01/playlist.m3u8?from_ms={from_ms}&to_ms={from_ms + 10_000}")
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    lines = answer.text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == "#EXT-X-ENDLIST"
    ranges = [line.split(":")[1].split("@") for line in lines if line.startswith("#EXT-X-BYTERANGE")]
    (address,) = {line for line in lines if line.startswith("/")}
    seconds = sum(float(line.split(":")[1].rstrip(",")) for line in lines if line.startswith("#EXTINF"))
    assert 10 <= seconds <= 12
    for size, offset in ranges:
        first, last = int(offset), int(offset) + int(size) - 1
        part = await person.get(address, headers={"range": f"bytes={first}-{last}"})
        assert part.status_code == 206
        assert part.headers["content-type"] == "video/mp4"
        assert len(part.content) == int(size)
        assert part.content[4:8] == b"prft"
        assert part.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("header", "status", "length"),
    [
        ("bytes=0-3", 206, 4),
        ("bytes=-4", 206, 4),
        ("bytes=4-", 206, None),
        ("bytes=999999999-", 416, None),
        ("bytes=5-2", 400, None),
        ("lines=1-2", 400, None),
        ("bytes=" + ",".join(["0-1"] * 500), 200, None),
    ],
)
async def test_ranges_are_served_as_rfc_9110_says(room: Room, header: str, status: int, length: int | None) -> None:
    """And five hundred of them don't cost five hundred answers."""
    segment_id = minute(room, "cam01", room.clock.wall_ns())
    answer = await room.person(Role.OPERATOR).get(f"/api/segments/{segment_id}/media.mp4", headers={"range": header})
    assert answer.status_code == status
    if length is not None:
        assert len(answer.content) == length
    if status >= 400:
        assert answer.json()["error"]["code"] == "bad_request"
        assert answer.headers["content-type"] == "application/json"
        assert ("content-range" in answer.headers) == (status == 416), "RFC 9110 section 15.5.17"


async def test_a_player_that_reads_a_playlist_again_and_again_is_written_down_once(room: Room) -> None:
    """Per session, object and part of it, each ten minutes; somebody else's look is another one."""
    start_ns = room.clock.wall_ns()
    minute(room, "cam01", start_ns)
    alert_id = room.alert("cam01")
    first, second = room.person(Role.OPERATOR), room.person(Role.INVESTIGATOR)
    room.desk.take(alert_id, first.actor)
    incident = room.desk.dispatch_alert(alert_id, first.actor, PNP, "PAT-ROBO", 1, "", "key-00000001")

    def looks() -> int:
        with room.catalogue.read() as tx:
            return sum(record.action in {"recording.play", "incident.play"} for record in audit.read(tx, 100))

    window = f"/api/cameras/cam01/playlist.m3u8?from_ms={start_ns // 10**6}&to_ms={start_ns // 10**6 + 60_000}"
    other = f"/api/cameras/cam01/playlist.m3u8?from_ms={start_ns // 10**6}&to_ms={start_ns // 10**6 + 30_000}"
    case = f"/api/incidents/{incident.incident_id}/playlist.m3u8"
    for person, path, so_far in (
        (first, window, 1),
        (first, window, 1),
        (first, other, 2),
        (first, case, 3),
        (first, case, 3),
        (second, case, 4),
        (second, window, 5),
    ):
        assert (await person.get(path)).status_code == 200
        assert looks() == so_far
    room.clock.advance(seconds=600)
    assert (await first.get(case)).status_code == 200
    assert looks() == 6


async def test_head_tells_the_size_without_the_bytes(room: Room) -> None:
    """As RFC 9110 section 9.3.2 asks."""
    segment_id = minute(room, "cam01", room.clock.wall_ns())
    answer = await room.person(Role.OPERATOR).client.head(f"/api/segments/{segment_id}/media.mp4")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 1000
    assert answer.content == b""


@pytest.mark.parametrize(
    "query",
    ["", "from_ms=1", "from_ms=2&to_ms=1", "from_ms=1&to_ms=1", "from_ms=0&to_ms=86400001", "from_ms=-1&to_ms=5", "from_ms=x&to_ms=y",
     "from_ms=1e308&to_ms=2", "from_ms=1&to_ms=99999999999999999999999999"],
)  # fmt: skip
async def test_windows_that_make_no_sense_are_refused(room: Room, query: str) -> None:
    """Reversed, empty, longer than a day, not numbers, beyond all calendars."""
    person = room.person(Role.OPERATOR)
    for tail in ("playlist.m3u8", "coverage"):
        answer = await person.get(f"/api/cameras/cam01/{tail}?{query}")
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "invalid"


async def test_an_incident_plays_from_ten_seconds_before_and_grows_until_it_is_over(room: Room) -> None:
    """While the end lies ahead the playlist is open; afterwards it ends, and looking stands in the audit."""
    start_ns = room.clock.wall_ns()
    minute(room, "cam01", start_ns - 60 * NS_PER_S)
    minute(room, "cam01", start_ns)
    incident, _ = room.dispatched("cam01", SERENAZGO)
    person = room.person(Role.DISPATCHER, agency="serenazgo")
    path = f"/api/incidents/{incident.incident_id}/playlist.m3u8"
    # The movement ended two seconds in, so the window ends 62 s after the start; now is 63 s after it: not settled yet.
    growing = (await person.get(path)).text
    assert "#EXT-X-ENDLIST" not in growing
    room.clock.advance(seconds=60)
    text = (await person.get(path)).text
    assert text.endswith("#EXT-X-ENDLIST\n")
    times = [line for line in text.splitlines() if line.startswith("#EXT-X-PROGRAM-DATE-TIME")]
    from_ns, _to = room.desk.incident_window(incident.incident_id)
    assert from_ns == start_ns - 10 * NS_PER_S
    assert len([line for line in text.splitlines() if line.startswith("#EXT-X-MAP")]) == 2
    assert times
    for line in text.splitlines():
        if line.startswith("/"):
            assert (await person.get(line, headers={"range": "bytes=0-7"})).status_code == 206
    with room.catalogue.read() as tx:
        assert "incident.play" in [record.action for record in audit.read(tx, 20)]


async def test_coverage_tells_what_is_there_what_is_not_and_what_moved(room: Room) -> None:
    """Files that follow one another are one span; gaps carry their cause; all is cut to the window."""
    start_ns = room.clock.wall_ns()
    for i in range(2):
        minute(room, "cam01", start_ns + i * 60 * NS_PER_S)
    minute(room, "cam01", start_ns + 180 * NS_PER_S, seconds=30, whole=False)
    room.take_up(
        GapClosed(
            gap_id="g1",
            camera_id="cam01",
            stream=StreamKind.MAIN,
            start_wall_ns=start_ns + 120 * NS_PER_S,
            end_wall_ns=start_ns + 180 * NS_PER_S,
            cause="link",
            detail="cable",
        )
    )
    room.alert("cam01")
    room.clock.advance(seconds=600)
    from_ms = start_ns // NS_PER_MS + 1000
    found = (
        await room.person(Role.OPERATOR).get(f"/api/cameras/cam01/coverage?from_ms={from_ms}&to_ms={from_ms + 400_000}")
    ).json()
    base = from_ms - 1000
    spans = [(span["from_wall_ms"] - base, span["to_wall_ms"] - base) for span in found["spans"]]
    assert spans == [(1000, 120_000), (180_000, 210_000)]
    assert [
        (gap["from_wall_ms"] - base, gap["to_wall_ms"] - base, gap["cause"], gap["detail"]) for gap in found["gaps"]
    ] == [(120_000, 180_000, "link", "cable")]
    assert [(each["zone"], each["from_wall_ms"] - base) for each in found["movements"]] == [("Toda la vista", 1000)]


async def test_what_the_disk_damaged_is_told(room: Room) -> None:
    """A stretch of its own between those that are whole."""
    start_ns = room.clock.wall_ns()
    ids = [minute(room, "cam01", start_ns + i * 60 * NS_PER_S) for i in range(3)]
    room.clock.advance(seconds=600)
    with room.services.catalogue.write() as tx:
        assert mark_damaged(tx, ids[1], room.clock.wall_ns())
    base = start_ns // NS_PER_MS
    found = await room.person(Role.OPERATOR).get(f"/api/cameras/cam01/coverage?from_ms={base}&to_ms={base + 180_000}")
    spans = [(span["from_wall_ms"] - base, span["damaged"]) for span in found.json()["spans"]]
    assert spans == [(0, False), (60_000, True), (120_000, False)]


async def test_files_that_are_gone_or_damaged_leave_the_rest_playable(room: Room) -> None:
    """The catalogue may be ahead of the disk."""
    start_ns = room.clock.wall_ns()
    ids = [minute(room, "cam01", start_ns + i * 60 * NS_PER_S) for i in range(3)]
    paths = sorted((room.services.recordings / "cam01" / "main").rglob("*.mp4"))
    paths[0].unlink()
    paths[1].write_bytes(b"not a segment")
    room.clock.advance(seconds=600)
    person = room.person(Role.OPERATOR)
    from_ms = start_ns // NS_PER_MS
    text = (await person.get(f"/api/cameras/cam01/playlist.m3u8?from_ms={from_ms}&to_ms={from_ms + 180_000}")).text
    assert ids[0] not in text
    assert ids[1] not in text
    assert ids[2] in text
    assert (await person.get(f"/api/segments/{ids[0]}/media.mp4")).status_code == 404
    empty = await person.get(f"/api/cameras/cam02/playlist.m3u8?from_ms={from_ms}&to_ms={from_ms + 1000}")
    assert empty.status_code == 404
    assert empty.json()["error"]["message"] == "No hay grabación de ese tramo."


@pytest.mark.parametrize("climb", ["../catalogue.sqlite3", "/etc/passwd", "link.mp4", "folder", "a\0b", ""])
async def test_a_catalogue_row_can_not_lead_out_of_the_folder(room: Room, climb: str) -> None:
    """Whoever got a path into the database still gets no file."""
    recordings = room.services.recordings
    (recordings / "link.mp4").symlink_to("/etc/passwd")
    (recordings / "folder").mkdir()
    segment_id = minute(room, "cam01", room.clock.wall_ns())
    import sqlalchemy as sa

    from nvr.catalogue.tables import segments

    with room.catalogue.write() as tx:
        tx.connection.execute(sa.update(segments).where(segments.c.segment_id == segment_id).values(path=climb))
    answer = await room.person(Role.OPERATOR).get(f"/api/segments/{segment_id}/media.mp4")
    assert answer.status_code == 404
    assert "root:" not in answer.text


async def test_pictures_are_served_as_pictures(room: Room) -> None:
    """Of alert and incident; 404 where there is none, or its file is gone."""
    person = room.person(Role.OPERATOR)
    incident, _ = room.dispatched("cam01", PNP)
    (alert,) = room.desk.alerts_of_incident(incident.incident_id)
    for path in (f"/api/alerts/{alert.alert_id}/snapshot", f"/api/incidents/{incident.incident_id}/snapshot"):
        answer = await person.get(path)
        assert answer.content == JPEG
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "content-disposition" not in answer.headers
    (room.services.snapshots / alert.snapshot).unlink()
    assert (await person.get(f"/api/alerts/{alert.alert_id}/snapshot")).status_code == 404
    bare = room.alert("cam02", picture=False)
    assert (await person.get(f"/api/alerts/{bare}/snapshot")).status_code == 404
    assert (await person.get(f"/api/alerts/{bare}")).json()["has_snapshot"] is False


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
async def test_ffmpeg_plays_a_playlist_over_http_with_the_session_cookie(bare_room: Room, tmp_path: Path) -> None:
    """Real H.264 files, cut by the segmenter: every packet of the window arrives, every frame of a file decodes, and nobody else gets it."""
    room = bare_room
    source = tmp_path / "source.h264"
    make = await asyncio.create_subprocess_exec(
        *[
            "ffmpeg",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=320x180:rate=25:duration=12",
            "-c:v",
            "libx264",
            "-g",
            "25",
            "-bf",
            "0",
            "-threads",
            "1",
        ],
        *f"-pix_fmt yuv420p -bsf:v h264_mp4toannexb {source}".split(),
    )
    assert await make.wait() == 0
    start_ns = room.clock.wall_ns()
    frames = record(room, "cam01", source.read_bytes(), start_ns)
    assert frames == 300
    room.clock.advance(seconds=300)
    person = room.person(Role.INVESTIGATOR)
    from_ms = start_ns // NS_PER_MS
    async with room.served() as base:
        address = base.replace("ws://", "http://")
        address += f"/api/cameras/cam01/playlist.m3u8?from_ms={from_ms}&to_ms="

        async def probe(to_ms: int, *options: str) -> tuple[int, str, str]:
            entries = "stream=codec_name,nb_read_packets,nb_read_frames"
            command = ["ffprobe", "-v", "error", *options, "-show_entries", entries]
            process = await asyncio.create_subprocess_exec(
                *command,
                "-of",
                "json",
                address + str(to_ms),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await process.communicate()
            return process.returncode or 0, out.decode(), err.decode()

        cookie = ("-headers", f"Cookie: nvr_session={person.token}\r\n")
        code, out, err = await probe(from_ms + 60_000, *cookie, "-count_packets")
        assert code == 0, err
        assert json.loads(out)["streams"][0] == {"codec_name": "h264", "nb_read_packets": "300"}
        # ffmpeg's HLS reader passes over the second file's parameters at a discontinuity, so frames are counted in one file.
        code, out, err = await probe(from_ms + 3_900, *cookie, "-count_frames")
        assert err == ""
        assert json.loads(out)["streams"][0] == {"codec_name": "h264", "nb_read_frames": "100"}
        code, _, err = await probe(from_ms + 60_000)
        assert code != 0
        assert "401" in err


def record(room: Room, camera_id: str, stream: bytes, start_ns: int) -> int:
    """Write a stream as the recorder does, in segments of 5 s, and tell the catalogue; how many frames."""
    segmenter = Segmenter(camera_id, StreamKind.MAIN, segment_s=5, fragment_ms=1000)
    ready: list[list[FragmentReady]] = []
    packets = annex_b_packets(stream)
    steps = [step for packet in packets for step in segmenter.push(packet)]
    for step in (*steps, *segmenter.interrupt()):
        if isinstance(step, FragmentReady):
            if step.starts_segment:
                ready.append([])
            ready[-1].append(step)
    assert len(ready) >= 2
    offset_ns = start_ns - packets[0].wall_ns
    for number, fragments in enumerate(ready):
        first = fragments[0]
        segment_id = f"{number:032x}"
        relative = segment_path(camera_id, StreamKind.MAIN, first.wall_ns + offset_ns)
        path = room.services.recordings / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        head = init_segment(
            first.parameters, start_wall_ns=first.wall_ns + offset_ns, camera_id=camera_id, segment_id=segment_id
        )
        parts = [head]
        for index, each in enumerate(fragments):
            parts += fragment(index + 1, each.base_dts - first.base_dts, each.samples, wall_ns=each.wall_ns + offset_ns)
        path.write_bytes(b"".join(parts))
        room.take_up(
            SegmentClosed(
                segment_id=segment_id,
                camera_id=camera_id,
                stream=StreamKind.MAIN,
                start_wall_ns=first.wall_ns + offset_ns,
                end_wall_ns=fragments[-1].end_wall_ns + offset_ns,
                path=str(relative),
                size_bytes=path.stat().st_size,
                packets=fragments_of(path).packets,
                sha256="0" * 64,
            )
        )
    return len(packets)


async def test_a_disk_that_hangs_keeps_only_those_who_play_from_it(room: Room) -> None:
    """Log-ins, alerts and the watchdog's question must not wait behind an ``open`` that never comes back."""
    start_ns = room.clock.wall_ns()
    segment_id = minute(room, "cam01", start_ns)
    (path,) = room.services.recordings.rglob("*.mp4")
    path.unlink()
    os.mkfifo(path)  # opening it waits for somebody who writes, as a disk that is gone would
    room.clock.advance(seconds=120)
    person = room.person(Role.SUPERVISOR)
    window = f"from_ms={start_ns // NS_PER_MS}&to_ms={start_ns // NS_PER_MS + 60_000}"
    waiting = [
        asyncio.create_task(person.get(f"/api/cameras/cam01/playlist.m3u8?{window}&again={number}"))
        for number in range(6)
    ]
    try:
        async with asyncio.timeout(5):
            await until(lambda: sum(each.name.startswith("console-files") for each in threading.enumerate()) >= 6)
            assert (await person.get("/api/session")).status_code == 200
            assert (await person.get("/api/alerts?state=new")).status_code == 200
            assert (await room.client().get("/healthz")).text == "ok"
            assert (await person.get(f"/api/segments/{segment_id}/media.mp4")).status_code == 404, "it is no file"
        assert not any(task.done() for task in waiting)
    finally:
        waking = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        path.unlink()
        path.touch()
        os.close(waking)
        for answer in await asyncio.gather(*waiting):
            assert answer.status_code == 404

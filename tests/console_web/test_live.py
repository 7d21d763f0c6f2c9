"""Live video: muxed once, shared by all, started at once, and a slow viewer harms only himself."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_web.live import Channel, Fragment, Start, Viewer
from nvr.app.control import end_with
from nvr.bus import Publisher
from nvr.catalogue.users import Role
from nvr.clock import SimulatedClock
from nvr.errors import BusError
from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec
from nvr.observations import CameraStateChanged, WorkerStatus
from tests.console_web.room import Person, Room, close_code, open_room, until

MAIN = StreamKind.MAIN
PARAMETERS = CodecParameters(VideoCodec.H264, bytes.fromhex("0164001fffe1000467640000010000"), 640, 360)
OTHERS = CodecParameters(VideoCodec.H264, bytes.fromhex("01640028ffe1000467640000010000"), 1920, 1080)
GROUP = 5


def packet(
    seq: int,
    *,
    parameters: CodecParameters = PARAMETERS,
    epoch_ns: int = 1,
    size_bytes: int = 100,
    camera_id: str = "cam01",
    group: int = GROUP,
) -> Packet:
    return Packet(
        camera_id=camera_id,
        stream=MAIN,
        epoch_ns=epoch_ns,
        seq=seq,
        pts=seq * 3600,
        dts=seq * 3600,
        is_keyframe=seq % group == 0,
        wall_ns=1_000_000_000 + seq * 40_000_000,
        parameters=parameters,
        data=seq.to_bytes(4) + bytes(size_bytes),
    )


def drained(viewer: Viewer) -> list[Start | Fragment]:
    """All that waits in a queue."""

    async def read() -> list[Start | Fragment]:
        items = []
        while (item := await viewer.next(0)) is not None:
            items.append(item)
        return items

    return asyncio.run(read())


def frame_number(fragment: Fragment) -> int:
    """The packet that a fragment holds."""
    at = fragment.data.index(b"mdat") + 4
    return int.from_bytes(fragment.data[at : at + 4])


def decode_time(fragment: Fragment) -> int:
    """The ``tfdt`` of a fragment, in ticks."""
    at = fragment.data.index(b"tfdt") + 8
    return int.from_bytes(fragment.data[at : at + 8])


def test_two_viewers_share_one_mux() -> None:
    """The same bytes objects, and one fragment made a frame."""
    channel, one, two = Channel("cam01", MAIN), Viewer(), Viewer()
    channel.join(one)
    channel.join(two)
    for seq in range(12):
        channel.push(packet(seq))
    first, second = drained(one), drained(two)
    assert channel.muxed == 12
    assert len(first) == len(second) == 13
    assert all(a is b for a, b in zip(first, second, strict=True))


def test_who_comes_later_starts_at_the_last_key_frame() -> None:
    """He gets the parameters and the whole group at once, then what comes."""
    channel, early, late = Channel("cam01", MAIN), Viewer(), Viewer()
    channel.join(early)
    for seq in range(8):
        channel.push(packet(seq))
    channel.join(late)
    channel.push(packet(8))
    start, *fragments = drained(late)
    assert isinstance(start, Start)
    assert json.loads(start.text) == {"mime": 'video/mp4; codecs="avc1.64001f"', "width_px": 640, "height_px": 360}
    assert start.init[4:8] == b"ftyp"
    assert [frame_number(each) for each in fragments if isinstance(each, Fragment)] == [5, 6, 7, 8]


def test_a_group_that_is_too_long_to_keep_makes_latecomers_wait_for_a_key_frame() -> None:
    """Half a group can't be decoded; memory stays bounded."""
    channel, early, late = Channel("cam01", MAIN), Viewer(), Viewer()
    channel.join(early)
    for seq in range(150):
        channel.push(packet(seq, group=200))
    assert not channel._group
    channel.join(late)
    for seq in range(150, 203):
        channel.push(packet(seq, group=200))
    _, *fragments = drained(late)
    assert [frame_number(each) for each in fragments if isinstance(each, Fragment)] == [200, 201, 202]


def test_a_slow_viewer_drops_to_a_key_frame_and_the_fast_one_notices_nothing() -> None:
    """DROP_TO_KEYFRAME: what he gets next is decodable; what he lost is counted."""
    channel = Channel("cam01", MAIN)
    fast, slow = Viewer(limit_fragments=1000), Viewer(limit_fragments=7)
    channel.join(fast)
    channel.join(slow)
    for seq in range(53):
        channel.push(packet(seq))
    everything = [frame_number(each) for each in drained(fast) if isinstance(each, Fragment)]
    got = drained(slow)
    assert everything == list(range(53))
    assert fast.dropped == 0
    assert isinstance(got[0], Start)
    assert [frame_number(each) for each in got if isinstance(each, Fragment)] == [50, 51, 52]
    assert slow.dropped == 53 - 3
    assert slow.skips > 0


async def test_what_is_dropped_before_its_reader_wakes_leaves_the_reader_waiting() -> None:
    """A burst after a stall of the loop: the fragment that woke him is gone again when it is his turn."""
    viewer = Viewer(limit_fragments=1)
    reading = asyncio.create_task(viewer.next(10.0))
    await asyncio.sleep(0)  # he waits now
    viewer.offer(Fragment(b"key", is_keyframe=True))
    viewer.offer(Fragment(b"delta", is_keyframe=False))
    await asyncio.sleep(0)
    viewer.offer(Fragment(b"next key", is_keyframe=True))
    assert await reading == Fragment(b"next key", is_keyframe=True)
    assert viewer.dropped == 2


@given(
    st.lists(st.booleans(), max_size=200),
    st.integers(1, 12),
    st.integers(150, 3000),
)
def test_whatever_a_viewer_gets_can_be_decoded(reads: list[bool], limit_fragments: int, limit_bytes: int) -> None:
    """After a start only a key frame, after a frame only the next one or a key frame; the bounds hold; every frame is got, waits or is counted."""
    channel = Channel("cam01", MAIN)
    viewer = Viewer(limit_fragments=limit_fragments, limit_bytes=limit_bytes)
    channel.join(viewer)
    got: list[Start | Fragment] = []

    async def run() -> None:
        for seq, read in enumerate(reads):
            parameters = PARAMETERS if seq < 60 else OTHERS
            channel.push(packet(seq, parameters=parameters, epoch_ns=1 + seq // 60, size_bytes=20 + seq % 37))
            assert viewer._queued_fragments <= limit_fragments
            assert viewer._queued_bytes <= limit_bytes
            if read and (item := await viewer.next(0)) is not None:
                got.append(item)
        while (item := await viewer.next(0)) is not None:
            got.append(item)

    asyncio.run(run())
    last: int | None = None
    for item in got:
        if isinstance(item, Start):
            last = None
            continue
        number = frame_number(item)
        assert number == (number if item.is_keyframe else (last or 0) + 1)
        assert last is not None or item.is_keyframe
        last = number
    frames = sum(isinstance(item, Fragment) for item in got)
    assert frames + viewer.dropped == len(reads)


def test_time_runs_on_through_a_reconnection() -> None:
    """A player's clock never goes back: the new epoch begins where the wall clock stands."""
    channel, viewer = Channel("cam01", MAIN), Viewer()
    channel.join(viewer)
    for seq in range(5):
        channel.push(packet(seq))
    # The camera was away for 8 s and counts from zero again.
    later = packet(0, epoch_ns=2)
    later = Packet(
        **{name: getattr(later, name) for name in Packet.__slots__} | {"wall_ns": packet(4).wall_ns + 8_000_000_000}
    )
    channel.push(later)
    items = drained(viewer)
    assert [type(item) for item in items] == [Start, Fragment]
    assert isinstance(items[1], Fragment)
    assert decode_time(items[1]) == 4 * 3600 + 8 * 90_000


def test_parameters_that_no_player_takes_stop_nothing() -> None:
    """The channel says why, and goes on with the next good ones."""
    channel, viewer = Channel("cam01", MAIN), Viewer()
    channel.join(viewer)
    broken = CodecParameters(VideoCodec.H264, b"", 640, 360)
    channel.push(packet(0, parameters=broken))
    assert channel.unsupported
    channel.push(packet(5))
    assert not channel.unsupported
    assert [type(item) for item in drained(viewer)] == [Start, Fragment]


# On real sockets, from a worker's publisher to a browser's WebSocket.


@pytest.fixture
def publisher(run_folder: Path) -> Iterator[Publisher]:
    with closing(Publisher(run_folder, "w")) as made:
        yield made


async def wanted(publisher: Publisher, camera_id: str, *, yes: bool = True) -> None:
    """Wait until somebody (no longer) asks for a stream."""

    def check() -> bool:
        publisher.refresh()
        return publisher.wanted(camera_id, MAIN) is yes

    await until(check)


async def test_a_stream_is_asked_for_only_while_somebody_looks(bare_room: Room, publisher: Publisher) -> None:
    """From the first viewer to the last; both see the same frames, muxed once."""
    room = bare_room
    async with room.served() as base:
        one, two = room.person(Role.OPERATOR), room.person(Role.INVESTIGATOR)
        publisher.refresh()
        assert not publisher.wanted("cam01", MAIN)
        async with room.socket(base, "/api/live/cam01/main", one) as first:
            await wanted(publisher, "cam01")
            assert not publisher.wanted("cam02", MAIN)
            async with room.socket(base, "/api/live/cam01/main", two) as second:
                channel = room.services.live.channels["cam01", MAIN]
                await until(lambda: len(channel.viewers) == 2)
                for seq in range(7):
                    publisher.publish_packet(packet(seq))
                for connection in (first, second):
                    text = await connection.recv()
                    assert json.loads(text)["mime"] == 'video/mp4; codecs="avc1.64001f"'
                    init = await connection.recv()
                    assert isinstance(init, bytes)
                    assert init[4:8] == b"ftyp"
                    fragments = [await connection.recv() for _ in range(7)]
                    assert all(isinstance(each, bytes) and each[4:8] == b"moof" for each in fragments)
                assert channel.muxed == 7
            await until(lambda: len(channel.viewers) == 1)
            assert publisher.wanted("cam01", MAIN)
        await wanted(publisher, "cam01", yes=False)
        assert room.services.live.channels == {}


async def test_a_browser_that_does_not_read_loses_frames_and_the_other_does_not(
    bare_room: Room, publisher: Publisher
) -> None:
    """The server's memory for the slow one is bounded, and what he lost shows in the counters."""
    room = bare_room
    async with room.served() as base:
        one, two = room.person(Role.OPERATOR), room.person(Role.OPERATOR)
        async with (
            room.socket(base, "/api/live/cam01/main", one) as fast,
            room.socket(base, "/api/live/cam01/main", two) as slow,
        ):
            await wanted(publisher, "cam01")
            await until(lambda: len(room.services.live.channels["cam01", MAIN].viewers) == 2)
            slow.transport.pause_reading()
            seen = 0
            frames = 700
            for seq in range(frames):
                publisher.publish_packet(packet(seq, size_bytes=60_000))
                # The fast one keeps up: it reads each frame before the next is made.
                while seen <= seq:
                    message = await fast.recv()
                    seen += isinstance(message, bytes) and message[4:8] == b"moof"
            assert seen == frames
            channel = room.services.live.channels["cam01", MAIN]
            dropped = sorted(viewer.dropped for viewer in channel.viewers)
            assert dropped[0] == 0
            assert dropped[1] > 0
            assert all(viewer._queued_bytes <= viewer.limit_bytes for viewer in channel.viewers)
            assert channel.muxed == frames
            metrics = (await room.client().get("/metrics")).text
            assert f"nvr_live_viewer_dropped_total {dropped[1]}\n" in metrics
            slow.transport.abort()


async def test_a_silent_camera_is_said_to_be_offline_with_its_cause(
    bare_room: Room, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the ingest worker reported it."""
    from console_web.routes import sockets

    monkeypatch.setattr(sockets, "_SILENCE_S", 0.05)
    room = bare_room
    room.take_up(
        CameraStateChanged(
            observation_id="o1", camera_id="cam01", stream=MAIN, state="offline", wall_ns=1, cause="authentication"
        )
    )
    person = room.person(Role.OPERATOR)
    async with room.served() as base, room.socket(base, "/api/live/cam01/main", person) as connection:
        assert json.loads(await connection.recv()) == {"kind": "offline", "cause": "authentication"}


async def test_a_socket_ends_when_its_user_may_no_longer_have_it(
    bare_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4401 when the session ends, 4403 when the role changes, 4404 when the camera is taken away: within the recheck."""
    from console_web import sockets

    monkeypatch.setattr(sockets, "RECHECK_S", 0.05)
    room = bare_room
    async with room.served() as base:

        async def after(change: Callable[[Person], Awaitable[None]]) -> int | None:
            person = room.person(Role.OPERATOR)
            async with room.socket(base, "/api/live/cam01/main", person) as connection:
                await until(lambda: bool(room.services.live.channels))
                await change(person)
                async with asyncio.timeout(5):
                    return await close_code(connection)

        async def log_out(person: Person) -> None:
            assert (await person.post("/api/logout")).status_code == 204

        async def disable(person: Person) -> None:
            room.change_user(person.user, enabled=False)

        async def take_camera(person: Person) -> None:
            room.change_user(person.user, cameras=("cam02",))

        async def force_password(person: Person) -> None:
            room.change_user(person.user, must_change_password=True)

        assert await after(log_out) == 4401
        assert await after(disable) == 4401
        assert await after(take_camera) == 4404
        assert await after(force_password) == 4403


async def test_status_from_the_bus_reaches_the_health_page(bare_room: Room, publisher: Publisher) -> None:
    """Newest wins; rates are the difference of two reports."""
    room = bare_room
    async with room.app.router.lifespan_context(room.app):
        board = room.services.live.board

        def status(wall_ns: int, packets: int) -> WorkerStatus:
            counters: dict[str, float] = {"packets": packets, "bytes": packets * 1000}
            return WorkerStatus(
                worker="w",
                pid=7,
                wall_ns=wall_ns,
                cpu_s=wall_ns / 2e9,
                rss_bytes=1 << 20,
                counters={"lost": 0},
                cameras={"cam01/main": counters},
            )

        wall_ns = room.clock.wall_ns()

        def heard() -> bool:
            publisher.publish_status(status(wall_ns, 100))
            return "w" in board.workers

        await until(heard)
        publisher.publish_status(status(wall_ns + 2_000_000_000, 150))
        await until(lambda: board.workers["w"].status.wall_ns > wall_ns)
        rates = board.stream("cam01", "main")
        assert (rates.fps, rates.kbps) == (25, 200)
        answer = (await room.person(Role.SUPERVISOR).get("/api/health")).json()
        (worker,) = answer["workers"]
        assert (worker["worker"], worker["pid"], worker["cpu_cores"]) == ("w", 7, 0.5)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_what_a_viewer_gets_is_a_stream_that_ffmpeg_decodes(tmp_path: Path) -> None:
    """Joining in the middle of a real H.264 stream, every frame from the key frame on is decoded, at the right pace."""
    source = tmp_path / "source.h264"
    subprocess.run(
        "ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -c:v libx264 -g 25 -bf 0 -threads 1 "
        f"-pix_fmt yuv420p -bsf:v h264_mp4toannexb {source}".split(),
        check=True,
    )
    packets = annex_b_packets(source.read_bytes())
    assert len(packets) == 50
    channel, viewer = Channel("cam01", MAIN), Viewer()
    for each in packets[:30]:
        channel.push(each)
    channel.join(viewer)
    for each in packets[30:]:
        channel.push(each)
    file = tmp_path / "live.mp4"
    items = drained(viewer)
    file.write_bytes(b"".join(item.init if isinstance(item, Start) else item.data for item in items))
    done = subprocess.run(
        [
            "ffprobe",
            "-v",
            "error",
            "-count_frames",
            "-show_entries",
            "stream=nb_read_frames,width:frame=pts_time",
            "-of",
            "json",
            str(file),
        ],
        check=True,
        capture_output=True,
    )
    assert done.stderr == b""
    found = json.loads(done.stdout)
    assert found["streams"] == [{"width": 320, "nb_read_frames": "25"}]
    times = [float(frame["pts_time"]) for frame in found["frames"]]
    assert times == pytest.approx([1 + i * 0.04 for i in range(25)], abs=0.001)


def annex_b_packets(stream: bytes) -> list[Packet]:
    """Access units of an Annex B stream (ITU-T H.264 annex B) with one slice a picture, as ingest would hand them on."""
    units = [unit for unit in stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    sps = next(unit for unit in units if unit[0] & 31 == 7)
    pps = next(unit for unit in units if unit[0] & 31 == 8)
    extradata = b"\1" + sps[1:4] + b"\xff\xe1" + len(sps).to_bytes(2) + sps + b"\1" + len(pps).to_bytes(2) + pps
    parameters = CodecParameters(VideoCodec.H264, extradata, 320, 180)
    packets: list[Packet] = []
    waiting = b""
    first_in_picture = True
    for unit in units:
        kind = unit[0] & 31
        if kind in {1, 5} and unit[1] & 0x80:
            first_in_picture = True
        waiting += len(unit).to_bytes(4) + unit
        if kind not in {1, 5}:
            continue
        if not first_in_picture:
            last = packets.pop()
            waiting = last.data + waiting
        seq = len(packets)
        packets.append(
            Packet(
                camera_id="cam01",
                stream=MAIN,
                epoch_ns=1,
                seq=seq,
                pts=seq * 3600,
                dts=seq * 3600,
                is_keyframe=kind == 5,
                wall_ns=1_000_000_000 + seq * 40_000_000,
                parameters=parameters,
                data=waiting,
            )
        )
        waiting, first_in_picture = b"", False
    return packets


async def test_a_part_of_the_console_that_ends_by_itself_ends_the_process(
    tmp_path: Path, clock: SimulatedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Its sockets would stay open and say nothing more, however many alerts came, while pages read "connected"."""
    nowhere = tmp_path / ("x" * 120)  # too long a path for a Unix socket: the hub of live video can't begin

    async def live_and_end(room: Room) -> None:
        async with room.app.router.lifespan_context(room.app):
            with pytest.raises(RuntimeError, match="ended by itself"):
                await asyncio.wait_for(end_with(room.app.broken), 10)

    with open_room(tmp_path, nowhere, clock) as room, pytest.raises(BusError):
        await live_and_end(room)
    assert "live ended, and the console with it" in caplog.text


async def test_a_console_that_closes_is_not_broken(bare_room: Room) -> None:
    """What is cancelled at the end did not end by itself."""
    async with bare_room.app.router.lifespan_context(bare_room.app):
        await asyncio.sleep(0)
    assert not bare_room.app.broken.is_set()

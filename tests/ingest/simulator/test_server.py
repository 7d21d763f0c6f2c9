"""The fleet on real sockets, seen by a client that checks every byte."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.simulator import SMALL_SHAPE, FleetControl, read_truth
from ingest.simulator.clips import ClipKind
from ingest.simulator.rtcp import NTP_EPOCH_OFFSET_S
from nvr.clock import NS_PER_S
from nvr.errors import ConfigError, NvrError
from nvr.media import StreamKind
from tests.ingest.simulator.conftest import LOCKED_CAMERA, OPEN_CAMERA, PASSWORD, UDP_CAMERA, USER, MakeFleet
from tests.ingest.simulator.rtsp_client import RtpPacket, RtspClient, depacketise, parse_rtp

MAIN_FPS = SMALL_SHAPE.main.fps


def nal_kinds(picture: list[RtpPacket]) -> list[int]:
    return [unit[0] & 0x1F for unit in depacketise([packet.payload for packet in picture])]


async def test_a_stream_begins_with_a_key_frame_that_play_announced(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet, RtspClient(fleet.port) as client:
        answer = await client.play(fleet.url(OPEN_CAMERA))
        info = dict(part.split("=", 1) for part in answer.headers["rtp-info"].split(";"))
        pictures = await client.take_frames(3)
        assert nal_kinds(pictures[0]) == [7, 8, 5]
        assert pictures[0][0].sequence == int(info["seq"])
        assert pictures[0][0].timestamp == int(info["rtptime"])
        assert info["url"] == f"{fleet.url(OPEN_CAMERA)}/trackID=0"
        assert client.reports, "no sender report before the first picture"


async def test_numbers_run_on_over_changes_of_clip(make_fleet: MakeFleet, tmp_path: Path) -> None:
    async with make_fleet(truth_log=tmp_path / "truth") as fleet, RtspClient(fleet.port) as client:
        await client.play(fleet.url(OPEN_CAMERA))
        fleet.trigger_event(OPEN_CAMERA)
        # From quiet into the event and out of it again.
        pictures = await client.take_frames((SMALL_SHAPE.duration_s(ClipKind.EVENT) + 2) * MAIN_FPS)
    packets = [packet for picture in pictures for packet in picture]
    assert all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in pairwise(packets))
    assert len({packet.ssrc for packet in packets}) == 1
    step = 90_000 // MAIN_FPS
    assert all((b[0].timestamp - a[0].timestamp) & 0xFFFF_FFFF == step for a, b in pairwise(pictures))
    assert all(len({packet.timestamp for packet in picture}) == 1 for picture in pictures)
    movements = read_truth(tmp_path / "truth")
    assert {m.phase for m in movements} == {"started", "ended"}


async def test_sender_reports_date_the_pictures(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet, RtspClient(fleet.port) as client:
        await client.play(fleet.url(OPEN_CAMERA, StreamKind.SUB))
        (first,) = await client.take_frames(1)
        received_ns = time.time_ns()
        seconds, fraction, timestamp = struct.unpack_from(">III", client.reports[0], 8)
        captured_ns = (seconds - NTP_EPOCH_OFFSET_S) * NS_PER_S + (fraction * NS_PER_S >> 32)
        assert timestamp == first[0].timestamp
        # Sent at most a few milliseconds early, so that several cameras' frames go in one wake-up.
        assert -0.1 * NS_PER_S < received_ns - captured_ns < 2 * NS_PER_S


async def test_main_and_sub_change_clips_in_the_same_instant(make_fleet: MakeFleet, tmp_path: Path) -> None:
    async with (
        make_fleet(truth_log=tmp_path / "truth") as fleet,
        RtspClient(fleet.port) as main,
        RtspClient(fleet.port) as sub,
    ):
        await main.play(fleet.url(OPEN_CAMERA))
        await sub.play(fleet.url(OPEN_CAMERA, StreamKind.SUB))
        starts: dict[str, list[int]] = {"main": [], "sub": []}

        async def watch(name: str, client: RtspClient, frames: int) -> None:
            for _ in range(frames):
                (picture,) = await client.take_frames(1)
                if nal_kinds(picture)[0] == 7:
                    starts[name].append(time.monotonic_ns())

        await asyncio.gather(watch("main", main, 21), watch("sub", sub, 11))
    assert len(starts["main"]) == len(starts["sub"]) == 3
    # GOPs last a second: a whole frame of the faster stream apart would already be another instant.
    assert all(abs(a - b) < 0.09 * NS_PER_S for a, b in zip(starts["main"], starts["sub"], strict=True))


async def test_udp_carries_the_same_pictures(make_fleet: MakeFleet) -> None:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue(4096)

    class Inlet(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            queue.put_nowait(data)

    async with make_fleet() as fleet, RtspClient(fleet.port) as client:
        inlet, _ = await loop.create_datagram_endpoint(Inlet, local_addr=("127.0.0.1", 0))
        reports, report_inlet = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        ports = [inlet.get_extra_info("sockname")[1], reports.get_extra_info("sockname")[1]]
        await client.play(fleet.url(UDP_CAMERA), f"RTP/AVP;unicast;client_port={ports[0]}-{ports[1]}")
        assert "server_port=" in client.agreed
        rtp_port, rtcp_port = map(int, client.agreed.partition("server_port=")[2].split("-"))
        assert rtp_port % 2 == 0
        assert rtcp_port == rtp_port + 1
        pictures: list[list[RtpPacket]] = [[]]
        while len(pictures) <= MAIN_FPS + 1:
            packet = parse_rtp(await queue.get())
            pictures[-1].append(packet)
            if packet.marker:
                pictures.append([])
        packets = [packet for picture in pictures for packet in picture]
        assert all((b.sequence - a.sequence) & 0xFFFF == 1 for a, b in pairwise(packets))
        assert nal_kinds(pictures[0]) == [7, 8, 5]
        assert nal_kinds(pictures[1]) == [1]
        assert (await client.ask("TEARDOWN", fleet.url(UDP_CAMERA), Session=client.session)).status == 200
        assert fleet.status().cameras[UDP_CAMERA].viewers == {"main": 0, "sub": 0}
        inlet.close()
        reports.close()
        del report_inlet


async def test_a_second_viewer_on_other_channels_gets_the_same_numbers(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet, RtspClient(fleet.port) as one, RtspClient(fleet.port) as two:
        await one.play(fleet.url(OPEN_CAMERA))
        await two.play(fleet.url(OPEN_CAMERA), "RTP/AVP/TCP;unicast;interleaved=4-5")
        assert two.agreed.endswith("interleaved=4-5")
        first, second = await asyncio.gather(one.take_frames(MAIN_FPS), two.take_frames(MAIN_FPS))
        known = {p.sequence: p for picture in first for p in picture}
        shared = [p for picture in second for p in picture if p.sequence in known]
        assert shared
        assert all(known[p.sequence] == p for p in shared)


async def test_only_the_password_opens_a_locked_camera(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet:
        url = fleet.url(LOCKED_CAMERA)
        async with RtspClient(fleet.port) as nobody:
            for method in ("DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN"):
                answer = await nobody.ask(method, url, Transport="RTP/AVP/TCP;unicast;interleaved=0-1")
                assert answer.status == 401, method
                assert answer.headers["www-authenticate"].startswith("Digest ")
                assert answer.body == b""
            assert (await nobody.ask("OPTIONS", url)).status == 200
        async with RtspClient(fleet.port, (USER, "falsa")) as wrong:
            assert (await wrong.ask("DESCRIBE", url)).status == 401
        async with RtspClient(fleet.port, (USER, PASSWORD)) as right:
            await right.play(url)
            assert nal_kinds((await right.take_frames(1))[0])[0] == 7
        assert fleet.status().cameras[LOCKED_CAMERA].events == 0


async def test_a_session_opens_only_the_camera_it_was_made_for(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet, RtspClient(fleet.port) as client:
        await client.play(fleet.url(OPEN_CAMERA))
        assert (await client.ask("PLAY", fleet.url(UDP_CAMERA), Session=client.session)).status == 454
        assert (await client.ask("PLAY", fleet.url(LOCKED_CAMERA), Session=client.session)).status == 401


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("DESCRIBE", "cam99/main", {}, 404),
        ("DESCRIBE", "cam01/third", {}, 404),
        ("DESCRIBE", "", {}, 404),
        ("SETUP", "cam01/main/trackID=0", {}, 461),
        ("SETUP", "cam01/main/trackID=0", {"Transport": "RTP/AVP;multicast"}, 461),
        ("PLAY", "cam01/main", {"Session": "0"}, 454),
        ("PLAY", "cam01/main", {}, 454),
        ("TEARDOWN", "cam01/main", {"Session": "0"}, 454),
        ("RECORD", "cam01/main", {}, 405),
        ("DESCRIBE", "cam01/main", {"Require": "some-extension"}, 551),
    ],
)
async def test_refusals(make_fleet: MakeFleet, method: str, path: str, headers: dict[str, str], status: int) -> None:
    async with make_fleet() as fleet, RtspClient(fleet.port) as client:
        answer = await client.ask(method, f"rtsp://127.0.0.1:{fleet.port}/{path}", **headers)
        assert answer.status == status
        assert (await client.ask("OPTIONS", "*")).status == 200, "a refusal ended the connection"


async def test_garbage_ends_its_own_connection_only(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet, RtspClient(fleet.port) as client:
        await client.play(fleet.url(OPEN_CAMERA))
        reader, writer = await asyncio.open_connection("127.0.0.1", fleet.port)
        writer.write(b"\xff" * 20_000)
        assert b"400" in await reader.read()
        writer.close()
        await client.take_frames(2)


async def test_a_silent_client_is_hung_up_on(make_fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.simulator.fleet._SWEEP_S", 0.1)
    async with (
        make_fleet(session_timeout_s=2.0) as fleet,
        RtspClient(fleet.port) as silent,
        RtspClient(fleet.port) as alive,
    ):
        await silent.play(fleet.url(OPEN_CAMERA))
        await alive.play(fleet.url(UDP_CAMERA))

        async def keep_alive() -> None:
            while True:
                answer = await alive.ask("GET_PARAMETER", fleet.url(UDP_CAMERA), Session=alive.session)
                assert answer.status == 200
                await alive.take_frames(3)

        talk = asyncio.create_task(keep_alive())
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await silent.take_frames(100)
        assert not talk.done()
        assert fleet.status().cameras[UDP_CAMERA].viewers["main"] == 1
        talk.cancel()


async def test_a_client_that_does_not_read_is_disconnected(
    make_fleet: MakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.simulator.viewers.MAX_BUFFER_BYTES", 20_000)
    async with make_fleet() as fleet:
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, ("127.0.0.1", fleet.port))
        url = fleet.url(OPEN_CAMERA)
        setup = f"SETUP {url}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
        await loop.sock_sendall(slow, setup.encode())
        answer = (await loop.sock_recv(slow, 2000)).decode()
        session = answer.partition("Session: ")[2].partition(";")[0]
        # The kernel's own send buffer takes megabytes on loopback; it must not hide the stall from a test of seconds.
        for connection in fleet._service.connections:
            assert connection._transport is not None
            connection._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        await loop.sock_sendall(slow, f"PLAY {url} RTSP/1.0\r\nCSeq: 2\r\nSession: {session}\r\n\r\n".encode())
        async with RtspClient(fleet.port) as other:
            await other.play(fleet.url(OPEN_CAMERA))
            while fleet.status().slow_disconnects == 0:
                await other.take_frames(1)
            assert fleet.status().cameras[OPEN_CAMERA].viewers["main"] == 1
            await other.take_frames(2)
        slow.close()


async def test_a_trigger_moves_something_within_a_gop(make_fleet: MakeFleet, tmp_path: Path) -> None:
    socket_path, truth = tmp_path / "control", tmp_path / "truth"
    async with make_fleet(control_socket=socket_path, truth_log=truth) as fleet, FleetControl(socket_path) as control:
        assert socket_path.stat().st_mode & 0o077 == 0
        async with RtspClient(fleet.port) as client:
            await client.play(fleet.url(OPEN_CAMERA, StreamKind.SUB))
            await client.take_frames(2)
            asked_ns = time.time_ns()
            await control.event(OPEN_CAMERA)
            while not any(m.phase == "ended" for m in read_truth(truth)):
                await client.take_frames(1)
        movements = read_truth(truth)
        assert {m.camera_id for m in movements} == {OPEN_CAMERA}
        started = next(m for m in movements if m.phase == "started")
        ended = next(m for m in movements if m.phase == "ended")
        assert -0.01 * NS_PER_S <= started.clip_wall_ns - asked_ns < 1.2 * SMALL_SHAPE.gop_s * NS_PER_S
        track = fleet._served[OPEN_CAMERA].player._clips[ClipKind.EVENT].truth.tracks[0]
        assert (started.kind, started.track_id) == (track.kind, track.track_id)
        # The log says when the frames were sent that the ground truth says have the movement in them.
        assert (ended.first_wall_ns - ended.clip_wall_ns) / NS_PER_S == pytest.approx(
            track.first_frame / MAIN_FPS, abs=0.09
        )
        length_s = (len(track.boxes) - 1) / MAIN_FPS
        assert (ended.last_wall_ns - ended.first_wall_ns) / NS_PER_S == pytest.approx(length_s, abs=0.09)
        assert started.first_wall_ns - 10**7 <= ended.sub_first_wall_ns <= ended.sub_last_wall_ns
        assert not ended.cut
        assert (await control.status()).cameras[OPEN_CAMERA].events == 1


async def test_quiet_all_cuts_and_says_so(make_fleet: MakeFleet, tmp_path: Path) -> None:
    socket_path, truth = tmp_path / "control", tmp_path / "truth"
    async with (
        make_fleet(control_socket=socket_path, truth_log=truth) as fleet,
        FleetControl(socket_path) as control,
        RtspClient(fleet.port) as client,
    ):
        await client.play(fleet.url(OPEN_CAMERA))
        await control.event(OPEN_CAMERA)
        while not read_truth(truth):
            await client.take_frames(1)
        await control.quiet_all()
        while not any(m.phase == "ended" for m in read_truth(truth)):
            await client.take_frames(1)
        assert [m.cut for m in read_truth(truth) if m.phase == "ended"] == [True]
        assert (await control.status()).cameras[OPEN_CAMERA].clip == "quiet"


async def test_an_unplugged_camera_is_gone_and_comes_back(make_fleet: MakeFleet, tmp_path: Path) -> None:
    async with (
        make_fleet(control_socket=tmp_path / "c") as fleet,
        FleetControl(tmp_path / "c") as control,
        RtspClient(fleet.port) as client,
        RtspClient(fleet.port) as other,
    ):
        await client.play(fleet.url(OPEN_CAMERA))
        await other.play(fleet.url(UDP_CAMERA))
        await control.unplug(OPEN_CAMERA, seconds=600)
        assert (await control.status()).cameras[OPEN_CAMERA].unplugged
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await client.take_frames(100)
        async with RtspClient(fleet.port) as again:
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await again.ask("DESCRIBE", fleet.url(OPEN_CAMERA))
        await other.take_frames(2)
        await control.unplug(OPEN_CAMERA, seconds=0)
        async with RtspClient(fleet.port) as again:
            await again.play(fleet.url(OPEN_CAMERA))
            await again.take_frames(1)


async def test_commands_that_make_no_sense_are_answered(make_fleet: MakeFleet, tmp_path: Path) -> None:
    async with make_fleet(control_socket=tmp_path / "c"), FleetControl(tmp_path / "c") as control:
        with pytest.raises(NvrError, match="no camera 'cam99'"):
            await control.event("cam99")
        reader, writer = await asyncio.open_unix_connection(tmp_path / "c")
        for line in (
            b"not json",
            b'{"do":"explode"}',
            b'{"do":"unplug","camera":"cam01","seconds":-1}',
            b'{"do":"event"}',
        ):
            writer.write(line + b"\n")
            assert b'"ok":false' in await reader.readline()
        writer.write(b'{"do":"event","camera":"cam01"}\n')
        assert await reader.readline() == b'{"ok":true}\n'
        writer.close()


async def test_a_second_fleet_on_the_same_port_or_socket_is_refused(make_fleet: MakeFleet, tmp_path: Path) -> None:
    async with make_fleet(control_socket=tmp_path / "c") as fleet:
        with pytest.raises(ConfigError, match="choose another --port"):
            async with make_fleet(port=fleet.port):
                pass
        with pytest.raises(ConfigError, match="another fleet is using it"):
            async with make_fleet(control_socket=tmp_path / "c"):
                pass
        async with FleetControl(tmp_path / "c") as control:
            assert (await control.status()).cameras.keys() == {"cam01", "cam02", "cam03"}
    assert not (tmp_path / "c").exists()


async def test_a_fleet_without_the_credentials_that_it_needs_is_refused(make_fleet: MakeFleet) -> None:
    with pytest.raises(ConfigError, match="camera cam03 asks for it"):
        async with make_fleet(credentials={}):
            pass


async def test_the_second_start_encodes_nothing(make_fleet: MakeFleet, tmp_path: Path) -> None:
    async with make_fleet(cache=tmp_path) as first:
        assert first.encoded_scenes == 3
    async with make_fleet(cache=tmp_path) as second:
        assert second.encoded_scenes == 0

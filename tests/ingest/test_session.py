"""Sessions against a scripted camera on real sockets: what goes well, what breaks, and what is hostile."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvloop

from ingest.client import TimeLimits
from ingest.session import StreamLimits, StreamSession
from ingest.streams import IngestSet
from nvr.clock import NS_PER_S, SystemClock
from nvr.config import Camera, Credential
from nvr.errors import (
    CameraImpostor,
    CameraRedirects,
    CameraRefusedLogin,
    CameraUnreachable,
    LoginLoop,
    SourceError,
    StreamMalformed,
    StreamStalled,
    StreamUnsupported,
)
from nvr.media import Packet, StreamKind
from nvr.observations import CameraStateChanged
from nvr.redact import Secret
from tests.certificates import fingerprint, self_signed
from tests.ingest.rtp_packets import encoded_clip, interleaved, rtp, with_lengths
from tests.ingest.scripted_camera import ScriptedCamera

ANA = Credential("ana", Secret("clave-secreta"))
QUICK = StreamLimits(time=TimeLimits(connect_s=1, answer_s=0.3, open_s=1.5, teardown_s=0.5), stall_s=0.5)


class _Taker:
    """Collects packets and states, and lets a test wait for them."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.changes: list[CameraStateChanged] = []
        self._changed = asyncio.Event()

    def sink(self, packet: Packet) -> None:
        self.packets.append(packet)
        self._changed.set()

    def report(self, change: CameraStateChanged) -> None:
        self.changes.append(change)
        self._changed.set()

    async def until(self, condition: Callable[[], bool], timeout_s: float = 10) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def session(
        self,
        camera: ScriptedCamera,
        *,
        credential: Credential | None = None,
        transport: str = "tcp",
        limits: StreamLimits = QUICK,
        entry: Camera | None = None,
    ) -> StreamSession:
        return StreamSession(
            entry or camera.as_camera(transport=transport),
            StreamKind.MAIN,
            credential=credential,
            clock=SystemClock(),
            sink=self.sink,
            report=self.report,
            limits=limits,
        )


async def _failure(
    camera: ScriptedCamera, *, credential: Credential | None = None, limits: StreamLimits = QUICK
) -> SourceError:
    """How one session with this camera ends."""
    with pytest.raises(SourceError) as caught:
        async with asyncio.timeout(15):
            await _Taker().session(camera, credential=credential, limits=limits).run_once()
    return caught.value


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("credential", [None, ANA], ids=["open", "digest"])
async def test_packets_are_the_cameras_pictures(transport: str, credential: Credential | None) -> None:
    taker = _Taker()
    async with ScriptedCamera(credential=credential) as camera:
        session = taker.session(camera, credential=credential, transport=transport)
        task = asyncio.create_task(session.run_forever())
        await taker.until(lambda: len(taker.packets) >= 45)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # Saying goodbye frees the camera's slot: they have few.
        await asyncio.wait_for(camera.torn_down.wait(), 5)
    pictures = [with_lengths(nals) for nals in encoded_clip().pictures] * 10
    got = [packet.data for packet in taker.packets]
    assert got == pictures[: len(got)]
    first = taker.packets[0]
    assert [packet.seq for packet in taker.packets] == list(range(len(got)))
    assert [packet.pts for packet in taker.packets] == [index * 3600 for index in range(len(got))]
    assert [packet.is_keyframe for packet in taker.packets[:30]] == [index % 10 == 0 for index in range(30)]
    assert all(packet.parameters is first.parameters and packet.epoch_ns == first.epoch_ns for packet in taker.packets)
    assert (first.parameters.width_px, first.parameters.height_px) == (128, 96)
    assert [change.state for change in taker.changes] == ["connecting", "online", "offline"]
    assert taker.changes[-1].cause == "planned"
    counters = session.counters()
    assert counters["packets"] == len(got)
    assert (counters["width_px"], counters["height_px"]) == (128, 96)
    assert counters["bytes"] == sum(map(len, got))
    assert counters["lost"] == counters["damaged"] == counters["reconnects"] == 0


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_the_loop_that_runs_in_service_does_the_same(transport: str) -> None:
    uvloop.run(test_packets_are_the_cameras_pictures(transport, ANA))


async def test_parameter_sets_in_the_stream_suffice() -> None:
    taker = _Taker()
    async with ScriptedCamera(parameter_sets_in_sdp=False) as camera:
        task = asyncio.create_task(taker.session(camera).run_forever())
        await taker.until(lambda: len(taker.packets) >= 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert taker.packets[0].is_keyframe


async def test_another_picture_size_is_another_epoch() -> None:
    taker = _Taker()
    async with ScriptedCamera(clips=[encoded_clip(frames=10), encoded_clip("libx264", 160, 96, frames=10)]) as camera:
        task = asyncio.create_task(taker.session(camera).run_forever())
        await taker.until(lambda: len(taker.packets) >= 20)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    before, after = taker.packets[9], taker.packets[10]
    assert (before.parameters.width_px, after.parameters.width_px) == (128, 160)
    assert before.epoch_ns < after.epoch_ns
    assert after.is_keyframe
    assert (after.pts, after.dts, after.seq) == (0, 0, 10)
    assert after.wall_ns > before.wall_ns
    assert taker.packets[0].parameters is before.parameters


async def test_a_camera_that_restarts_is_taken_up_again_in_a_new_epoch() -> None:
    taker = _Taker()
    async with ScriptedCamera() as camera:
        session = taker.session(camera)
        task = asyncio.create_task(session.run_forever())
        await taker.until(lambda: len(taker.packets) >= 12)
        await camera.stop()
        await taker.until(lambda: taker.changes[-1].state == "offline")
        first_epoch, count = taker.packets[-1].epoch_ns, len(taker.packets)
        await camera.start()
        await taker.until(lambda: len(taker.packets) >= count + 12)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    again = taker.packets[count]
    assert again.epoch_ns > first_epoch
    assert again.is_keyframe
    assert (again.seq, again.pts) == (count, 0)
    assert taker.changes[2].cause == "link"
    assert session.counters()["reconnects"] >= 1
    # Attempts that failed alike while it was away are one fact.
    assert [change.state for change in taker.changes].count("online") == 2
    assert len([change for change in taker.changes if change.state == "offline"]) <= 4


async def test_silence_is_a_stall() -> None:
    async with ScriptedCamera(pictures=15) as camera:
        failure = await _failure(camera)
    assert isinstance(failure, StreamStalled)
    assert failure.cause == "link"


class _HastyClock(SystemClock):
    """Thirty seconds pass in one, on both clocks."""

    def wall_ns(self) -> int:
        return 1_790_000_000 * NS_PER_S + self.monotonic_ns()

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() * 30


@pytest.mark.parametrize(
    ("answer", "ends_as"),
    [
        (None, None),
        ("RTSP/1.0 454 Session Not Found\r\nCSeq: {cseq}\r\n\r\n", StreamMalformed),
        (
            'RTSP/1.0 401 No\r\nCSeq: {cseq}\r\nWWW-Authenticate: Digest realm="x", nonce="1"\r\n\r\n',
            CameraRefusedLogin,
        ),
        ("", None),
    ],
    ids=["answered", "forgotten", "locked-out", "unanswered"],
)
async def test_the_session_is_kept_alive_at_half_its_time_out(
    answer: str | None, ends_as: type[SourceError] | None
) -> None:
    patient = replace(QUICK, stall_s=1000, keyframe_s=1000)
    taker = _Taker()
    answers = {} if answer is None else {"GET_PARAMETER": answer}
    # A picture every 5 ms, so every 150 ms of that clock.
    async with ScriptedCamera(session_timeout_s=40, answers=answers, ticks_per_picture=13_500) as camera:
        session = StreamSession(
            camera.as_camera(),
            StreamKind.MAIN,
            credential=ANA,
            clock=_HastyClock(),
            sink=taker.sink,
            report=taker.report,
            limits=patient,
        )
        task = asyncio.create_task(session.run_once())
        # The watch looks once a second, which is 30 s here: once, a keep-alive after 20 s is due.
        await taker.until(lambda: "GET_PARAMETER" in camera.requests or task.done(), timeout_s=5)
        if ends_as is not None:
            with pytest.raises(ends_as):
                await asyncio.wait_for(task, 5)
            return
        count = len(taker.packets)
        await taker.until(lambda: len(taker.packets) > count + 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("answers", "kind", "says"),
    [
        (
            {"DESCRIBE": "RTSP/1.0 302 Moved\r\nCSeq: {cseq}\r\nLocation: rtsp://192.0.2.1/\r\n\r\n"},
            CameraRedirects,
            "redirect",
        ),
        ({"DESCRIBE": "RTSP/1.0 404 Not Found\r\nCSeq: {cseq}\r\n\r\n"}, StreamUnsupported, "path"),
        ({"DESCRIBE": "RTSP/1.0 503 Busy\r\nCSeq: {cseq}\r\n\r\n"}, SourceError, "viewers"),
        (
            {"DESCRIBE": "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nContent-Length: 1073741824\r\n\r\n"},
            StreamMalformed,
            "1073741824",
        ),
        ({"DESCRIBE": ""}, CameraUnreachable, "DESCRIBE"),
        ({"DESCRIBE": "RTSP/1.0 200 OK\r\nCSeq: 9999\r\n\r\n"}, CameraUnreachable, "DESCRIBE"),
        ({"SETUP": "RTSP/1.0 461 Unsupported Transport\r\nCSeq: {cseq}\r\n\r\n"}, StreamUnsupported, "transport"),
        ({"SETUP": "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n\r\n"}, StreamMalformed, "session"),
        (
            {"SETUP": "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nSession: 1\r\nTransport: RTP/AVP;server_port=1-2\r\n\r\n"},
            StreamUnsupported,
            "transport: udp",
        ),
        (
            {
                "DESCRIBE": 'RTSP/1.0 401 No\r\nCSeq: {cseq}\r\nWWW-Authenticate: Digest realm="x", nonce="1", stale=true\r\n\r\n'
            },
            LoginLoop,
            "again and again",
        ),
    ],
    ids=[
        "redirect",
        "missing",
        "busy",
        "gigabyte",
        "mute",
        "wrong-cseq",
        "transport",
        "no-session",
        "other-transport",
        "401-loop",
    ],
)
async def test_broken_dialogues_end_with_a_reason_and_a_remedy(
    answers: dict[str, str], kind: type[SourceError], says: str
) -> None:
    async with ScriptedCamera(answers=answers) as camera:
        failure = await _failure(camera, credential=ANA)
        assert type(failure) is kind
        assert says in str(failure)
        assert failure.remedy
        assert "clave-secreta" not in str(failure)
        assert len(camera.requests) <= 6
        assert camera.connections == 1


async def test_a_wrong_password_is_said_and_not_repeated() -> None:
    async with ScriptedCamera(credential=Credential("ana", Secret("otra"))) as camera:
        failure = await _failure(camera, credential=ANA)
    assert isinstance(failure, CameraRefusedLogin)
    assert failure.cause == "authentication"
    assert len(camera.requests) == 2


async def test_a_camera_whose_nonces_expire_at_once_is_followed() -> None:
    taker = _Taker()
    async with ScriptedCamera(credential=ANA, nonces_are_used_once=True) as camera:
        task = asyncio.create_task(taker.session(camera, credential=ANA).run_forever())
        await taker.until(lambda: len(taker.packets) >= 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert camera.requests[:8] == ["OPTIONS"] * 2 + ["DESCRIBE"] * 2 + ["SETUP"] * 2 + ["PLAY"] * 2


async def test_a_camera_that_accepts_and_is_silent_is_given_up() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with ScriptedCamera(raw=silent) as camera:
        assert isinstance(await _failure(camera), CameraUnreachable)


async def test_a_dribbling_camera_is_given_up() -> None:
    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"R")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with ScriptedCamera(raw=dribble) as camera:
        failure = await _failure(camera)
    assert isinstance(failure, StreamMalformed)
    assert "does not come to its end" in str(failure)


async def test_nobody_listens() -> None:
    camera = ScriptedCamera()
    async with camera:
        pass
    failure = await _failure(camera)
    assert isinstance(failure, CameraUnreachable)
    assert str(camera.port) in str(failure)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path / "camera.pem")


@pytest.fixture
def pin(certificate: Path) -> str:
    return fingerprint(certificate)


async def test_rtsps_with_a_certificate_that_we_trust_and_with_another(certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    taker = _Taker()
    async with ScriptedCamera(tls=serving) as camera:
        streams = IngestSet(
            [camera.as_camera()], {}, SystemClock(), taker.sink, taker.report, limits=QUICK, tls=trusting
        )
        task = asyncio.create_task(streams.run())
        await taker.until(lambda: len(taker.packets) >= 12)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        failure = await _failure(camera)
    assert taker.packets[0].data == with_lengths(encoded_clip().pictures[0])
    assert isinstance(failure, CameraUnreachable)
    assert "certificate" in str(failure)


async def test_a_pinned_certificate_is_taken_whoever_signed_it_and_no_other_is(certificate: Path, pin: str) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    taker = _Taker()
    async with ScriptedCamera(tls=serving, credential=ANA) as camera:
        # As openssl prints it, on a machine that knows none of the authorities.
        printed = ":".join(pin[at : at + 2].upper() for at in range(0, 64, 2))
        pinned = camera.as_camera(certificate_sha256=printed)
        task = asyncio.create_task(taker.session(camera, credential=ANA, entry=pinned).run_forever())
        await taker.until(lambda: len(taker.packets) >= 12)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        camera.requests.clear()
        wrong = camera.as_camera(certificate_sha256="00" * 32)
        with pytest.raises(CameraImpostor, match=pin) as caught:
            await taker.session(camera, credential=ANA, entry=wrong).run_once()
        assert caught.value.cause == "authentication"
        assert "certificate_sha256" in caught.value.remedy
        # Nothing was said to whoever that is, least of all a log-in.
        assert camera.requests == []


async def test_a_stream_that_breaks_its_bounds_again_and_again_is_quarantined_with_its_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.backoff.FIRST_S", 0.01)
    taker = _Taker()
    async with ScriptedCamera(raw=_hostile()["endless-headers"]) as camera:
        session = taker.session(camera)
        task = asyncio.create_task(session.run_forever())
        await taker.until(lambda: any("quarantined" in change.detail for change in taker.changes))
        assert session.counters()["quarantined"] == 1
        assert camera.connections == 3
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    told = [change for change in taker.changes if change.state == "offline" and change.cause != "planned"]
    assert [change.detail.startswith("quarantined: ") for change in told] == [False, True]
    assert "headers do not end" in told[-1].detail


async def test_a_flood_is_cut_off() -> None:
    flooding = replace(QUICK, frames_per_s=2000)

    async with ScriptedCamera(interval_s=0, ticks_per_picture=45, clips=[encoded_clip(frames=10)]) as camera:
        failure = await _failure(camera, limits=flooding)
    assert isinstance(failure, StreamMalformed)
    assert "more than a camera" in str(failure)


def _hostile() -> dict[str, Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]]:
    async def endless_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"RTSP/1.0 200 OK\r\n")
        while True:
            writer.write(b"X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 100)
            await writer.drain()

    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(interleaved(rtp(bytes(range(200)), 1, 1)) * 50 + b"\x00\xff")
            await writer.drain()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    return {"endless-headers": endless_headers, "garbage": garbage, "hang-up": hang_up}


async def test_hostile_cameras_do_not_touch_the_others() -> None:
    taker = _Taker()
    hostile = [ScriptedCamera(raw=script) for script in _hostile().values()]
    async with ScriptedCamera() as good:
        for camera in hostile:
            await camera.start()
        cameras = [good.as_camera("good"), *(camera.as_camera(f"bad{index}") for index, camera in enumerate(hostile))]
        streams = IngestSet(cameras, {}, SystemClock(), taker.sink, taker.report, limits=QUICK, stagger_s=0.0)
        task = asyncio.create_task(streams.run())
        await taker.until(lambda: len(taker.packets) >= 200, timeout_s=20)
        failed = {change.camera_id for change in taker.changes if change.state == "offline"}
        counters = streams.counters()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for camera in hostile:
            await camera.stop()
    assert failed == {"bad0", "bad1", "bad2"}
    assert {packet.camera_id for packet in taker.packets} == {"good"}
    assert counters["good/main"]["lost"] == counters["good/main"]["reconnects"] == 0
    assert counters["bad0/main"]["online"] == 0


async def test_a_sink_that_fails_costs_its_own_stream_only(caplog: pytest.LogCaptureFixture) -> None:
    taker = _Taker()

    def sink(packet: Packet) -> None:
        if packet.camera_id == "bad":
            raise ZeroDivisionError("a fault in the recorder")
        taker.sink(packet)

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, __: None)  # it would only log
    async with ScriptedCamera() as camera:
        cameras = [camera.as_camera("good"), camera.as_camera("bad", number=2)]
        task = asyncio.create_task(IngestSet(cameras, {}, SystemClock(), sink, taker.report, limits=QUICK).run())
        await taker.until(lambda: len(taker.packets) >= 100)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    details = [change.detail for change in taker.changes if change.camera_id == "bad" and change.state == "offline"]
    assert "internal error" in details[0]
    assert "a fault in the recorder" in caplog.text


async def test_another_password_reconnects_the_cameras_that_use_it_alone() -> None:
    """The other's connection is the one from before, without a packet lost."""
    taker = _Taker()
    old, new, other = (Credential("operador", Secret(word)) for word in ("uno", "dos", "tres"))
    async with ScriptedCamera(credential=new) as first, ScriptedCamera(credential=other) as second:
        cameras = [first.as_camera("cam01", credentials="anillo"), second.as_camera("cam02", credentials="plaza")]
        streams = IngestSet(
            cameras,
            {"anillo": old, "plaza": other},
            SystemClock(),
            taker.sink,
            taker.report,
            limits=QUICK,
            stagger_s=0.0,
        )
        task = asyncio.create_task(streams.run())
        await taker.until(lambda: any(each.camera_id == "cam02" for each in taker.packets))
        await taker.until(lambda: first.connections > 0)
        await streams.take_up(cameras, {"anillo": new, "plaza": other})
        came = len(taker.packets)
        await taker.until(lambda: any(each.camera_id == "cam01" for each in taker.packets))
        await taker.until(lambda: sum(each.camera_id == "cam02" for each in taker.packets[came:]) > 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert second.connections == 1
    seqs = [each.seq for each in taker.packets if each.camera_id == "cam02"]
    assert seqs == list(range(len(seqs)))


@pytest.mark.parametrize(
    "fields",
    [
        {"onvif": {"host": "10.20.0.7"}, "ptz": True},
        {"analysis": "off", "picture_checks": ["black"]},
        {"name": "Otra", "trunk": "Anillo norte"},
    ],
)
async def test_what_a_stream_does_not_depend_on_changes_without_a_packet_lost(fields: dict[str, Any]) -> None:
    """How a camera is moved, looked over or named."""
    taker = _Taker()
    async with ScriptedCamera() as camera:
        streams = IngestSet([camera.as_camera()], {}, SystemClock(), taker.sink, taker.report, limits=QUICK)
        task = asyncio.create_task(streams.run())
        await taker.until(lambda: len(taker.packets) > 5)
        await streams.take_up([camera.as_camera(**fields)], {})
        came = len(taker.packets)
        await taker.until(lambda: len(taker.packets) > came + 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert camera.connections == 1
    assert [each.seq for each in taker.packets] == list(range(len(taker.packets)))

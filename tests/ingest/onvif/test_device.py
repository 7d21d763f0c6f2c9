"""A camera over ONVIF: the project's simulator on real sockets, and servers that mean harm."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import pytest

from ingest.onvif.device import Device
from ingest.onvif.imaging import Imager
from ingest.onvif.media import profiles
from ingest.onvif.moves import Mover
from ingest.onvif.relays import relays, switch
from ingest.onvif.signals import PullPoint, Signal
from ingest.ptz.vector import Vector
from ingest.simulator.onvif_device import Axes, OnvifCamera
from ingest.simulator.onvif_request import Fault
from nvr.config import Credential
from nvr.errors import (
    CameraRefusedLogin,
    CameraUnreachable,
    DeviceHostile,
    DeviceRefused,
    InvalidInput,
    SourceError,
    StreamMalformed,
)
from nvr.redact import Secret
from tests.ingest.onvif.devices import LOGIN, STREAMS, Talk, scripted, serving, simulated

T = TypeVar("T")


async def threaded(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)


@pytest.mark.parametrize("http_digest", [False, True], ids=["WS-UsernameToken", "HTTP Digest"])
@pytest.mark.parametrize("offset_s", [0.0, 7200.0, -10_000_000.0])
async def test_a_device_is_known_whatever_its_clock_says(http_digest: bool, offset_s: float) -> None:
    """The simulated device takes tokens within five seconds of its own time, and each once."""
    async with serving(simulated(clock_offset_s=offset_s), http_digest=http_digest) as (_, endpoint):
        device = await threaded(lambda: Device(endpoint, LOGIN))
        assert abs(device.clock_offset_s - offset_s) < 2.0
        assert (await threaded(device.identity)).serial == "SIM-cam07"
        found = await threaded(lambda: profiles(device))
    assert [(each.token, each.codec, each.width_px, each.fps, each.gop_s, each.kbps) for each in found] == [
        ("main", "h264", 1920, 25.0, 2.0, 4096),
        ("sub", "h264", 640, 10.0, 2.0, 512),
    ]
    assert [each.uri for each in found] == [stream[0] for stream in STREAMS.values()]


@pytest.mark.parametrize("http_digest", [False, True], ids=["WS-UsernameToken", "HTTP Digest"])
@pytest.mark.parametrize("credential", [Credential("nvr", Secret("wrong")), Credential("who", Secret("x")), None])
async def test_a_wrong_password_is_said_to_be_one(http_digest: bool, credential: Credential | None) -> None:
    """And not that the camera is away."""
    async with serving(simulated(), http_digest=http_digest) as (_, endpoint):
        with pytest.raises(CameraRefusedLogin):
            await threaded(lambda: Device(endpoint, credential))


async def test_a_camera_moves_goes_to_positions_and_tours() -> None:
    """All of the PTZ service that is used, against the device's own state."""
    state = simulated()
    async with serving(state) as (_, endpoint):
        device = await threaded(lambda: Device(endpoint, LOGIN))
        mover = Mover(device, "main")
        await threaded(lambda: mover.move(Vector(1.0, -0.5, 0.2)))
        assert state.head.velocity == (1.0, -0.5, 0.2)
        assert (await threaded(mover.status)).moving
        await threaded(mover.stop)
        status = await threaded(mover.status)
        assert not status.moving
        assert status.position is not None
        assert status.position.pan > 0
        assert [each.name for each in await threaded(mover.presets)][:2] == ["Inicio", "Esquina norte"]
        token = await threaded(lambda: mover.store("Ñandú <&>"))
        assert state.presets[token][0] == "Ñandú <&>"
        await threaded(lambda: mover.forget(token))
        assert token not in state.presets
        await threaded(lambda: mover.goto("2"))
        assert state.head.target == state.presets["2"][1]
        await threaded(lambda: mover.place(Vector(0.1, 0.2, 0.3)))
        assert state.head.target == (0.1, 0.2, 0.3)
        await threaded(lambda: mover.tour("tour1", run=True))
        assert [tour.running for tour in await threaded(mover.tours)] == [True]
        with pytest.raises(DeviceRefused, match="no such preset"):
            await threaded(lambda: mover.goto("no such"))


async def test_the_device_itself_ends_a_movement_that_nobody_repeats() -> None:
    """The last of three fences: were all of our processes killed, the camera stops after two seconds."""
    state = simulated()
    async with serving(state) as (_, endpoint):
        device = await threaded(lambda: Device(endpoint, LOGIN))
        mover = Mover(device, "main")
        await threaded(lambda: mover.move(Vector(1.0)))
        async with asyncio.timeout(10):
            while (await threaded(mover.status)).moving:
                pass


class _Choosy(OnvifCamera):
    """Refuses movements: with a time-out, or any, as often as it is told."""

    asked: list[bool]
    refuses: list[str]

    def drive(self, velocity: Axes, for_ns: int | None) -> None:
        self.asked.append(for_ns is not None)
        if self.refuses and self.refuses[0] in {"any", "time-out" if for_ns is not None else ""}:
            self.refuses.pop(0)
            raise Fault("ter:InvalidArgVal", "not now")
        super().drive(velocity, for_ns)


@pytest.mark.parametrize(
    ("refuses", "moves", "asked"),
    [
        # Busy for a moment, or for longer: the device goes on to end a movement by itself.
        (["time-out"], 2, [True, False, True]),
        (["any"] * 6, 4, [True, False, True, False, True, False, True]),
        (["time-out"] * 2, 3, [True, False, True, False, True]),
        # It is the time-out that it does not take: it is not asked for long.
        (["time-out"] * 9, 5, [True, False, True, False, True, False, False, False]),
    ],
)
async def test_a_refusal_does_not_take_the_third_fence_away(refuses: list[str], moves: int, asked: list[bool]) -> None:
    """A device that refuses a time-out is moved without, one that refuses for another reason is not."""
    camera = _Choosy("cam07", "Jr. Amazonas", credential=LOGIN, streams=dict(STREAMS))
    camera.asked, camera.refuses = [], list(refuses)
    async with serving(camera) as (_, endpoint):
        device = await threaded(lambda: Device(endpoint, LOGIN))
        mover = Mover(device, "main")
        for _ in range(moves):
            with suppress(DeviceRefused):
                await threaded(lambda: mover.move(Vector(1.0)))
    assert camera.asked == asked


async def test_picture_relays_and_restart() -> None:
    """Imaging service, relay outputs, reboot."""
    state = simulated()
    async with serving(state) as (_, endpoint):
        device = await threaded(lambda: Device(endpoint, LOGIN))
        imager = Imager(device, "source0")
        after = await threaded(lambda: imager.change({"brightness": 61.5}, "night", "manual"))
        assert after.levels["brightness"].value == 61.5
        assert (after.ir, after.focus, after.focus_moves) == ("night", "manual", True)
        assert (state.levels["Contrast"], state.ir_cut) == (50.0, "OFF")
        for levels in ({"brightness": 101.0}, {"gamma": 1.0}, {"contrast": float("nan")}):
            with pytest.raises(InvalidInput):
                await threaded(lambda levels=levels: imager.change(levels, None, None))  # type: ignore[misc]
        assert [relay.token for relay in await threaded(lambda: relays(device))] == ["relay0"]
        await threaded(lambda: switch(device, "relay0", on=True))
        assert state.relays == {"relay0": True}
        await threaded(device.reboot)
        assert state.reboots == 1
        with pytest.raises(CameraUnreachable):
            await threaded(device.identity)


async def test_events_come_by_pull_point() -> None:
    """What lasts is told first; each is told once; a goodbye frees the place."""
    state = simulated()
    state.signal("tns1:Device/Trigger/DigitalInput", "InputToken", "puerta", active=True)
    async with serving(state) as (_, endpoint):
        device = await threaded(lambda: Device(endpoint, LOGIN))
        point = await threaded(lambda: PullPoint(device))
        assert await threaded(point.pull) == [Signal("digital_input", "puerta", active=True)]
        state.signal("tns1:VideoSource/ImageTooDark/ImagingService", "Source", "s0", active=True)
        state.signal("tns1:RuleEngine/CellMotionDetector/Motion", "Rule", "r", active=True)
        state.signal("tns1:Monitoring/ProcessorUsage", "Token", "x", active=True)
        assert [(each.kind, each.active) for each in await threaded(point.pull)] == [("tamper", True), ("motion", True)]
        await threaded(point.renew)
        await threaded(point.close)
        assert not state.subscriptions


def respond(head: str, body: bytes = b"") -> Talk:
    """An HTTP answer to every request."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return talk


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n<a>")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Header after header."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: " + b"y" * 1000 + b"\r\n")
        await writer.drain()


async def gigabyte(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A body without end."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"<a>" * 100_000)
        await writer.drain()


async def continues(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """100 Continue, for ever."""
    await reader.readuntil(b"\r\n\r\n")
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await writer.drain()


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Takes everything and says nothing."""
    await reader.read()


BASIC = 'HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Basic realm="x"\nContent-Length: 0'
HOSTILE: dict[str, tuple[Talk, type[SourceError]]] = {
    "redirect to the console": (respond("HTTP/1.1 302 Found\nLocation: http://127.0.0.1:8080/"), DeviceHostile),
    "redirect 308": (respond("HTTP/1.1 308 x\nLocation: http://169.254.169.254/"), DeviceHostile),
    "entity bomb": (
        respond("HTTP/1.1 200 OK", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        DeviceHostile,
    ),
    "slow drip": (drip, CameraUnreachable),
    "endless headers": (endless_headers, StreamMalformed),
    "endless body": (gigabyte, DeviceHostile),
    "endless 100 Continue": (continues, CameraUnreachable),
    "silence": (silence, CameraUnreachable),
    "not HTTP": (respond("SSH-2.0-OpenSSH_9.2"), StreamMalformed),
    "not XML": (respond("HTTP/1.1 200 OK\nContent-Length: 5", b"hello"), StreamMalformed),
    "another XML": (respond("HTTP/1.1 200 OK\nContent-Length: 4", b"<a/>"), StreamMalformed),
    "nothing": (respond("HTTP/1.1 200 OK\nContent-Length: 0"), StreamMalformed),
    "multipart with a bomb": (
        respond(
            "HTTP/1.1 200 OK\nContent-Type: multipart/related; boundary=x",
            b"--x\r\n\r\n<!DOCTYPE a><a/>\r\n--x--\r\n",
        ),
        StreamMalformed,
    ),
    "password in clear": (respond(BASIC), CameraRefusedLogin),
}


@pytest.mark.parametrize(("talk", "error"), HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_device_ends_in_its_error_in_time(talk: Talk, error: type[SourceError]) -> None:
    """Each within its deadline, whatever it sends."""
    async with scripted(talk) as endpoint:
        began_s = time.monotonic()
        with pytest.raises(error):
            await threaded(lambda: Device(endpoint, LOGIN, timeout_s=1.0))
        # One call, its deadline of a second, and room for a loaded machine.
        assert time.monotonic() - began_s < 20


async def test_services_and_subscriptions_at_other_addresses_are_asked_at_the_camera() -> None:
    """It names the metadata service for everything: nothing goes there, and the camera works, because its own paths are good."""
    state = simulated()
    async with serving(state) as (server, endpoint):
        server._base = "http://169.254.169.254:80"
        device = await threaded(lambda: Device(endpoint, LOGIN))
        assert set(device.renamed.values()) == {"169.254.169.254"}
        assert len(await threaded(lambda: profiles(device))) == 2
        point = await threaded(lambda: PullPoint(device))
        state.signal("tns1:Device/Trigger/DigitalInput", "InputToken", "1", active=True)
        assert len(await threaded(point.pull)) == 1


async def test_no_secret_stands_in_an_error() -> None:
    """Nor in what a device makes of our words."""
    async with scripted(respond("HTTP/1.1 500 x\nContent-Length: 4", b"<a/>")) as endpoint:
        with pytest.raises(SourceError) as caught:
            await threaded(lambda: Device(endpoint, LOGIN, timeout_s=1.0))
    assert LOGIN.password.reveal() not in str(caught.value)


async def test_to_be_hung_up_on_is_no_exception() -> None:
    """A simulated device that ends while somebody waits for its answer prints nothing: until Python 3.12 asyncio has a traceback for each cancelled connection."""
    said: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(str(context["message"])))
    async with serving(simulated()) as (_, endpoint):
        waiting, waiter = await asyncio.open_connection(endpoint.host, endpoint.port)
        second, speaker = await asyncio.open_connection(endpoint.host, endpoint.port)
        speaker.write(b"POST /onvif/device_service HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
        assert (await second.readline()).startswith(b"HTTP/1.1 400")  # so whoever came before has been taken in
    assert await waiting.read() == b""
    for writer in (waiter, speaker):
        writer.close()
    assert said == []

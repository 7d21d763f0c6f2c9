"""H.265 cameras, which only the newer Media service names, and services over TLS; against the project's simulator on real sockets."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.onvif.addresses import Endpoint
from ingest.onvif.device import Device
from ingest.onvif.enrolment import choose, entry_lines, probe
from ingest.onvif.link import endpoint_of
from ingest.onvif.media import MediaProfile, profiles
from ingest.onvif.signals import PullPoint
from nvr.config import Camera, Credential
from nvr.config.amendment import with_camera
from nvr.config.loader import parse_config
from nvr.errors import CameraImpostor, CameraRefusedLogin, CameraUnreachable, ConfigError, StreamMalformed
from nvr.redact import Secret
from tests.certificates import fingerprint, self_signed
from tests.ingest.onvif.devices import LOGIN, STREAMS, serving, simulated

BASE = 'cameras:\n  - {id: cam01, number: 1, name: x, main: {url: "rtsp://h/1"}}\n'


def asked(endpoint: Endpoint, credential: Credential = LOGIN) -> list[MediaProfile]:
    return profiles(Device(endpoint, credential))


def entry(lines: list[str]) -> Camera:
    return parse_config(with_camera(BASE, lines, "x"), "x").cameras[1]


@pytest.mark.parametrize("media", [{2}, {1, 2}])
@pytest.mark.parametrize("http_digest", [False, True])
async def test_h265_profiles_are_found_where_the_newer_service_names_them(media: set[int], http_digest: bool) -> None:
    """Whether or not the older one is there too, which leaves them out; by either log-in."""
    state = simulated(codecs={"main": "H265"}, media=frozenset(media))
    async with serving(state, http_digest=http_digest) as (_, endpoint):
        found = await asyncio.to_thread(lambda: probe(endpoint, LOGIN))
    main, sub = found.offers
    assert (main.token, main.codec, main.width_px, main.fps, main.gop_frames, main.kbps) == (
        "main",
        "h265",
        1920,
        25.0,
        50,
        4096,
    )
    assert (main.uri, main.source, main.ptz, sub.codec) == (STREAMS["main"][0], "source0", True, "h264")
    camera = entry(entry_lines(found, choose(found.offers), camera_id="cam02", number=2, name="x", credentials="flota"))
    assert camera.main.url == STREAMS["main"][0]


async def test_an_old_device_is_asked_as_before() -> None:
    """Its H.265 stream can't be named there, and is not offered."""
    async with serving(simulated(codecs={"main": "H265"})) as (_, endpoint):
        found = await asyncio.to_thread(asked, endpoint)
    assert [(each.token, each.codec) for each in found] == [("sub", "h264")]


async def test_a_device_that_offers_too_much_or_refuses_is_refused_here_too() -> None:
    many = {f"p{number}": STREAMS["sub"] for number in range(40)}
    async with serving(simulated(streams=many, media=frozenset({2}))) as (_, endpoint):
        with pytest.raises(StreamMalformed, match="40 media profiles"):
            await asyncio.to_thread(asked, endpoint)
    async with serving(simulated(media=frozenset({2}))) as (_, endpoint):
        with pytest.raises(CameraRefusedLogin):
            await asyncio.to_thread(asked, endpoint, Credential("nvr", Secret("otra")))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path / "camera.pem")


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def pin(certificate: Path) -> str:
    return fingerprint(certificate)


async def test_a_pinned_certificate_is_taken_and_no_other(tls: ssl.SSLContext, pin: str) -> None:
    """Log-in, profiles and events over TLS; before whoever shows another certificate not a word is said."""
    async with serving(simulated(), tls=tls) as (server, endpoint):
        pinned = replace(endpoint, pin=pin)
        found = await asyncio.to_thread(lambda: probe(pinned, LOGIN))
        assert [each.token for each in found.offers] == ["main", "sub"]
        server.camera.signal("tns1:Device/Trigger/DigitalInput", "InputToken", "entrada1", active=True)

        def pulled() -> int:
            point = PullPoint(Device(pinned, LOGIN))
            try:
                return len(point.pull())
            finally:
                point.close()

        assert await asyncio.to_thread(pulled) == 1
        answered = server.requests
        with pytest.raises(CameraImpostor, match=pin):
            await asyncio.to_thread(asked, replace(endpoint, pin="0" * 64))
        assert server.requests == answered
    lines = entry_lines(found, choose(found.offers), camera_id="cam02", number=2, name="x", credentials="flota")
    assert endpoint_of(entry(lines)) == pinned


async def test_a_certificate_that_nobody_signed_is_refused_and_said(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And taken where this machine knows its authority."""
    async with serving(simulated(), tls=tls) as (server, endpoint):
        with pytest.raises(CameraUnreachable, match="certificate_sha256"):
            await asyncio.to_thread(asked, endpoint)
        assert server.requests == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert len(await asyncio.to_thread(asked, endpoint)) == 2


async def test_a_device_that_falls_silent_after_the_handshake_is_given_up_in_time(
    tls: ssl.SSLContext, pin: str
) -> None:
    """The deadline of the whole call holds inside TLS too."""
    gone = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.transport.abort()

    server = await asyncio.start_server(silent, "127.0.0.1", 0, ssl=tls)
    endpoint = Endpoint("127.0.0.1", server.sockets[0].getsockname()[1], tls=True, pin=pin)
    asking = asyncio.to_thread(lambda: Device(endpoint, LOGIN, timeout_s=0.5))
    try:
        async with asyncio.timeout(10):
            with pytest.raises(CameraUnreachable, match="in time"):
                await asking
    finally:
        gone.set()
        server.close()


def test_the_entry_s_port_and_pins() -> None:
    """443 over TLS where none is written; the device's own pin before the camera's; a pin without TLS is a fault."""
    text = (
        'cameras: [{{id: cam1, number: 1, name: x, main: {{url: "rtsp://h/1"}}, certificate_sha256: "{camera}", '
        "onvif: {{host: 10.20.0.7, {onvif}}}}}]"
    )
    first, second = "a" * 64, "b" * 64
    found = parse_config(text.format(camera=first, onvif="tls: true"), "x").cameras[0]
    assert endpoint_of(found) == Endpoint("10.20.0.7", 443, tls=True, pin=first)
    again = Camera.model_validate(found.model_dump(mode="json", by_alias=True))
    assert endpoint_of(again) == endpoint_of(found), "a former camera is read from what it was written as"
    found = parse_config(
        text.format(camera=first, onvif=f'tls: true, port: 80, certificate_sha256: "{second}"'), "x"
    ).cameras[0]
    assert endpoint_of(found) == Endpoint("10.20.0.7", 80, tls=True, pin=second)
    with pytest.raises(ConfigError) as caught:
        parse_config(text.format(camera=first, onvif=f'certificate_sha256: "{second}"'), "x")
    assert {fault.field for fault in caught.value.faults} == {
        "cameras.0.certificate_sha256",
        "cameras.0.onvif.certificate_sha256",
    }

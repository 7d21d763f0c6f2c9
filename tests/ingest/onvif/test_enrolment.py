"""From a camera's words to its entry."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.onvif.addresses import Endpoint
from ingest.onvif.device import Identity
from ingest.onvif.enrolment import Probe, choose, entry_lines, offered, probe, warnings
from ingest.onvif.media import MediaProfile
from nvr.config.amendment import with_camera
from nvr.config.loader import parse_config
from nvr.errors import InvalidInput
from tests.ingest.onvif.devices import LOGIN, STREAMS, serving, simulated

ADDRESS = ipaddress.ip_address("10.20.0.7")
BASE = 'cameras:\n  - {id: cam01, number: 1, name: x, main: {url: "rtsp://h/1"}}\n'


def profile(token: str, width_px: int, height_px: int, uri: str = "", **more: object) -> MediaProfile:
    values: dict[str, object] = {
        "token": token,
        "name": token,
        "codec": "h264",
        "width_px": width_px,
        "height_px": height_px,
        "fps": 25.0,
        "gop_frames": 50,
        "kbps": 4096,
        "uri": uri or f"rtsp://10.20.0.7/{token}",
        "source": "s0",
        "ptz": False,
    }
    return MediaProfile(**values | more)  # type: ignore[arg-type]  # by name, as the tests give them


def test_the_largest_is_recorded_and_the_one_near_640_by_360_analysed() -> None:
    """Of five, in no order."""
    offers = [
        profile("tiny", 176, 144),
        profile("hd", 1280, 720),
        profile("full", 2560, 1440),
        profile("sub", 704, 576),
        profile("third", 640, 360),
    ]
    choice = choose(offers)
    assert (choice.main.token, choice.sub and choice.sub.token) == ("full", "third")
    assert choose(offers, "hd", "none").sub is None
    with pytest.raises(InvalidInput, match="full"):
        choose(offers, "no such")


def test_a_camera_with_one_stream_has_no_small_one() -> None:
    """Nor one whose two profiles are the same stream, or whose second is as large."""
    assert choose([profile("a", 1920, 1080)]).sub is None
    assert choose([profile("a", 1920, 1080), profile("b", 640, 360, "rtsp://10.20.0.7/a")]).sub is None
    assert choose([profile("a", 1920, 1080), profile("b", 1920, 1080)]).sub is None
    with pytest.raises(InvalidInput):
        choose([])


def test_streams_that_may_not_be_pulled_are_passed_over_with_their_reason() -> None:
    """Each on a line of its own, and the others go on."""
    found = [
        profile("good", 1920, 1080),
        profile("mjpeg", 640, 480, codec="mjpeg"),
        profile("loopback", 640, 480, "rtsp://127.0.0.1/x"),
        profile("other", 640, 480, "rtsp://10.99.0.7/x"),
        profile("token", 640, 480, "rtsp://10.20.0.7/x?password=12345"),
        profile("http", 640, 480, "http://10.20.0.7/x"),
        profile("silent", 640, 480, uri_fault="it refuses"),
    ]
    offers, refused = offered(found, ADDRESS, "10.20.0.7", own_address=False)
    assert [each.token for each in offers] == ["good"]
    assert [line.partition(":")[0] for line in refused] == ["mjpeg", "loopback", "other", "token", "http", "silent"]
    assert "12345" not in " ".join(refused)
    offers, _ = offered(found, ADDRESS, "10.20.0.7", own_address=True)
    assert [each.uri for each in offers][1:] == ["rtsp://10.20.0.7/x", "rtsp://10.20.0.7/x"]


@given(
    st.text(
        st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"]), min_size=1, max_size=60
    ).filter(lambda text: text.strip()),
    st.text("abc/?&=%,{}[]:'\"#!*~ñ", max_size=30),
)
def test_any_name_and_path_comes_back_from_the_file_as_it_was(name: str, path: str) -> None:
    """The entry is YAML, whatever signs stand in it."""
    uri = f"rtsp://10.20.0.7/{path}"
    offers, _ = offered([profile("a", 1920, 1080, uri)], ADDRESS, "10.20.0.7", own_address=False)
    if not offers:
        return
    found = _probe(offers)
    lines = entry_lines(found, choose(offers), camera_id="cam02", number=2, name=name, credentials="flota")
    camera = parse_config(with_camera(BASE, lines, "x"), "x").cameras[1]
    assert (camera.name, camera.main.url, camera.credentials) == (name.strip(), uri, "flota")
    assert camera.onvif is not None
    assert (camera.onvif.host, camera.onvif.port, camera.ptz) == ("10.20.0.7", 80, False)


def _probe(offers: tuple[MediaProfile, ...]) -> Probe:

    return Probe(
        Endpoint("10.20.0.7"),
        Identity("a", "b", "c", "d"),
        0.0,
        movable=False,
        events=True,
        offers=offers,
        refused=(),
        renamed={},
    )


async def test_the_simulated_camera_is_probed_whole() -> None:
    """Over its socket: streams, movement, events, clock."""
    state = simulated(streams=dict(STREAMS) | {"evil": ("rtsp://10.9.9.9/x", 320, 240, 5, 10, 100)})
    async with serving(state) as (_, endpoint):
        found = await asyncio.to_thread(lambda: probe(endpoint, LOGIN))
    choice = choose(found.offers)
    assert (choice.main.token, choice.sub and choice.sub.token) == ("main", "sub")
    assert found.movable
    assert found.events
    said = " / ".join(warnings(found, choice))
    assert "evil" in said
    assert "ahead of" in said
    lines = entry_lines(found, choice, camera_id="cam02", number=2, name="Aquí", credentials="flota")
    camera = parse_config(with_camera(BASE, lines, "x"), "x").cameras[1]
    assert camera.ptz
    assert camera.onvif is not None
    assert camera.onvif.port == endpoint.port
    assert camera.sub is not None
    assert not camera.sub.record

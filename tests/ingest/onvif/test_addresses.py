"""Where a device may send us."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.onvif.addresses import Endpoint, on_device, resolve, service_route, stream_host_fault
from nvr.errors import CameraUnreachable, DeviceHostile

CAMERA = ipaddress.ip_address("10.20.0.7")
ELSEWHERE = [
    "127.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104 - an address that a device names
    "[::]",
    "224.0.0.1",
    "10.30.0.7",
    "192.168.1.108",
    "8.8.8.8",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "localhost",
    "camera.example.com",
    "[fe80::1]",
    "[fd00:ec2::254]",
]


@pytest.mark.parametrize("host", ELSEWHERE)
def test_services_are_asked_at_the_camera_whatever_it_names(host: str) -> None:
    """Loopback, link-local, other networks, odd spellings, names: the address that is connected to is the admin's, and so is the port."""
    route = service_route(f"http://{host}:8080/api/login?x=1", CAMERA, Endpoint("10.20.0.7", 8000))
    assert (str(route.address), route.port, route.target) == ("10.20.0.7", 8000, "/api/login?x=1")
    assert route.renamed


@pytest.mark.parametrize("host", ELSEWHERE)
def test_streams_elsewhere_are_refused(host: str) -> None:
    """Each with words that say where it would have gone."""
    assert stream_host_fault(f"rtsp://{host}:554/stream1", CAMERA)


@pytest.mark.parametrize("url", ["rtsp://10.20.0.7/1", "rtsp://10.20.0.8:8554/1", "rtsps://[::ffff:10.20.0.7]/1"])
def test_streams_on_the_camera_or_its_network_are_taken(url: str) -> None:
    """An encoder hands out its channels' own addresses."""
    assert stream_host_fault(url, CAMERA) == ""


def test_a_camera_on_this_machine_reaches_no_other_port_of_it() -> None:
    """The console listens there as well."""
    route = service_route(
        "http://127.0.0.1:8080/api/users", ipaddress.ip_address("127.0.0.1"), Endpoint("127.0.0.1", 8607)
    )
    assert route.port == 8607
    assert stream_host_fault("rtsp://127.0.0.1:8554/cam07/main", ipaddress.ip_address("127.0.0.1")) == ""


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://10.20.0.7/",
        "gopher://10.20.0.7/",
        "http://",
        "",
        "http://10.20.0.7:99999/",
        "http://10.20.0.7/a b",
        "http://10.20.0.7/\r\nHost: x",
        "http://10.20.0.7/" + "x" * 2000,
        "unix:///run/nvr.sock",
    ],
)
def test_what_is_no_address_of_http_is_refused(url: str) -> None:
    """Schemes, lengths, line ends."""
    with pytest.raises(DeviceHostile):
        service_route(url, CAMERA, Endpoint("10.20.0.7"))
    assert stream_host_fault(url, CAMERA)


@given(st.text(max_size=120))
def test_any_text_leads_to_the_camera_or_to_a_refusal(text: str) -> None:
    """Never anywhere else."""
    try:
        route = service_route(text, CAMERA, Endpoint("10.20.0.7"))
    except DeviceHostile:
        return
    assert route.address == CAMERA


def test_a_streams_host_can_be_replaced() -> None:
    """For a camera behind a port forwarding."""
    assert on_device("rtsp://user:pw@192.168.1.108:554/a?b=c", "10.20.0.7") == "rtsp://10.20.0.7:554/a?b=c"
    assert on_device("rtsp://192.168.1.108/a", "fd00::7") == "rtsp://[fd00::7]/a"


def test_an_unknown_name_is_unreachable() -> None:
    """Not a crash of the resolver."""
    with pytest.raises(CameraUnreachable):
        resolve("x" * 300)

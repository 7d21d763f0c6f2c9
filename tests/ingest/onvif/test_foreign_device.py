"""Against an ONVIF camera that nobody here wrote: ``ipycam`` (PyPI, MIT), its own HTTP handler, SOAP service and PTZ controller."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.onvif.addresses import Endpoint
from ingest.onvif.device import Device
from ingest.onvif.enrolment import choose, entry_lines, probe
from ingest.onvif.media import profiles
from ingest.onvif.moves import Mover
from ingest.ptz.vector import Vector
from nvr.config import Credential
from nvr.config.amendment import with_camera
from nvr.config.loader import parse_config
from nvr.errors import CameraRefusedLogin
from nvr.redact import Secret

ipycam = pytest.importorskip(
    "ipycam", reason="the package ipycam (a camera of somebody else's) is not installed: make setup"
)

LOGIN = Credential("operador", Secret("una clave"))
BASE = 'cameras:\n  - {id: cam01, number: 1, name: x, main: {url: "rtsp://h/1"}}\n'


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its controller keeps positions in the working folder, and would find those of earlier runs there."""
    monkeypatch.chdir(tmp_path)


@contextmanager
def foreign_camera() -> Iterator[tuple[Endpoint, Any]]:
    """Its service on a free port, with a log-in; and its PTZ controller."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), ipycam.IPCameraHTTPHandler)
    port = server.server_address[1]
    config = ipycam.CameraConfig(
        local_ip="127.0.0.1", onvif_port=port, username=LOGIN.user, password=LOGIN.password.reveal()
    )
    controller = ipycam.PTZController()
    service = ipycam.ONVIFService(config, controller)
    server.RequestHandlerClass = type(
        "Handler", (ipycam.IPCameraHTTPHandler,), {"camera": SimpleNamespace(config=config, onvif=service)}
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Endpoint("127.0.0.1", port), controller
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_is_known_and_its_entry_is_sound() -> None:
    """Log-in, identity, clock, profiles, stream URIs, and from these an entry that the configuration takes."""
    with foreign_camera() as (endpoint, _):
        found = probe(endpoint, LOGIN)
        with pytest.raises(CameraRefusedLogin):
            Device(endpoint, Credential("operador", Secret("otra")))
    assert found.identity.manufacturer
    assert abs(found.clock_offset_s) < 3
    choice = choose(found.offers)
    assert choice.main.codec == "h264"
    assert choice.sub is not None
    assert choice.sub.width_px < choice.main.width_px
    lines = entry_lines(found, choice, camera_id="cam02", number=2, name="Ajena", credentials="ajena")
    camera = parse_config(with_camera(BASE, lines, "x"), "x").cameras[1]
    assert camera.main.url.startswith("rtsp://127.0.0.1:")
    assert camera.ptz == found.movable


def test_it_moves_stops_and_keeps_positions() -> None:
    """As its own controller sees it."""
    with foreign_camera() as (endpoint, controller):
        device = Device(endpoint, LOGIN)
        mover = Mover(device, profiles(device, with_uris=False)[0].token)
        mover.place(Vector(0.25, -0.5, 0.5))
        assert (controller.state.pan, controller.state.tilt) == pytest.approx((0.25, -0.5))
        at = mover.status().position
        assert at is not None
        assert (at.pan, at.tilt) == pytest.approx((0.25, -0.5), abs=0.01)
        token = mover.store("Puerta")
        assert "Puerta" in [preset.name for preset in mover.presets()]
        mover.move(Vector(1.0, 0.0, 0.0))
        assert controller.velocity.pan_speed > 0
        mover.stop()
        assert controller.velocity.pan_speed == 0
        mover.place(Vector(0.0, 0.0, 0.0))
        mover.goto(token)
        assert controller.state.pan == pytest.approx(0.25, abs=0.05)
        assert mover.tours() == []

"""`nvr run` on cameras that nobody here wrote: GStreamer's RTSP server with real footage, no simulator."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
import yaml

from benchmarks.rig import free_port, node, wait_for
from nvr.app.accounts import NewAccount, add_people
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.users import Role
from tests.ingest.gstreamer import gstreamer_server, real_clip, require_gstreamer
from tests.journeys.people import Person

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
_LOGIN = ("camara", "una-clave-de-prueba")


@contextmanager
def foreign_cameras(*sources: str, login: tuple[str, str] = ("", "")) -> Iterator[int]:
    """GStreamer serves files or pipelines as /0, /1 …, with Digest where there is a log-in; gives the port."""
    port: list[int] = []
    up, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with gstreamer_server(*sources, user=login[0], password=login[1]) as bound:
            port.append(bound)
            up.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert up.wait(40), "GStreamer's server did not start"
        yield port[0]
    finally:
        done.set()
        thread.join()


def test_real_cameras_are_recorded_as_sent_and_raise_alerts(tmp_path: Path) -> None:
    """Real footage by RTSP with Digest: what lies on disk is, byte for byte, what the file held; what moves raises an alert."""
    require_gstreamer()
    clip = real_clip(tmp_path)
    console_port = free_port()
    with foreign_cameras(*[str(clip)] * 3, login=_LOGIN) as port:
        url = f"rtsp://127.0.0.1:{port}"
        cameras = [
            {
                "id": "real1",
                "number": 1,
                "name": "Con sub",
                "credentials": "reales",
                "main": {"url": f"{url}/0"},
                "sub": {"url": f"{url}/1"},
            },
            {
                "id": "real2",
                "number": 2,
                "name": "Por UDP",
                "credentials": "reales",
                "main": {"url": f"{url}/2", "transport": "udp"},
            },
        ]
        config_path = tmp_path / "cameras.yaml"
        node_settings = {
            "data": str(tmp_path / "data"),
            "port": console_port,
            "shortage_accepted": "a test's recordings are nobody's evidence",
        }
        document = {"version": 1, "node": node_settings, "cameras": cameras}
        config_path.write_text(yaml.safe_dump(document), encoding="utf-8")
        config = load(config_path, None)
        folders = Folders.of(config)
        folders.create()
        credentials = folders.credentials(config)
        credentials.touch(0o600)
        credentials.write_text(yaml.safe_dump({"reales": {"user": _LOGIN[0], "password": _LOGIN[1]}}), encoding="utf-8")
        catalogue = Catalogue(folders.database_url(config))
        issued = add_people(catalogue, [NewAccount("operador1", "Operador", Role.OPERATOR)], must_change=False)
        catalogue.close()
        with node(config_path, console_port=console_port, folder=tmp_path) as started:
            operator = Person.log_in(f"http://localhost:{console_port}", "operador1", issued[0].password.reveal())

            def alerted() -> bool:
                return any(item["zone"] != "sistema" for item in operator.get("/api/alerts", state="new")["items"])

            wait_for("real movement raises an alert", alerted, 60, started)
            operator.close()
    log = (tmp_path / "nvr.log").read_text(errors="replace")
    assert _LOGIN[1] not in log
    sent = access_units(clip)
    for camera in ("real1", "real2"):
        files = sorted((folders.recordings / camera / "main").rglob("*.mp4"))
        recorded = [unit for file in files for unit in access_units(file)]
        assert len(recorded) >= 20
        assert set(recorded) <= set(sent), f"{camera}: pictures on disk that the camera did not send"


def access_units(path: Path) -> list[tuple[bytes, ...]]:
    """The picture-carrying NAL units of each packet (types 1 to 5): parameter sets and SEI travel in their own ways."""
    units = []
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            data, offset, nals = bytes(packet), 0, []
            while offset + 4 <= len(data):
                size = int.from_bytes(data[offset : offset + 4])
                nal = data[offset + 4 : offset + 4 + size]
                if nal and nal[0] & 0x1F in range(1, 6):
                    nals.append(nal)
                offset += 4 + size
            if nals:
                units.append(tuple(nals))
    return units

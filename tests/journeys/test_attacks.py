"""Attacks on a running control room: what needs no log-in must cost others nothing, and no secret comes out anywhere."""

from __future__ import annotations

import re
import socket
import statistics
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import psutil
import pytest
import yaml

from benchmarks.rig import free_port, listens, start, wait_for
from tests.journeys.conftest import Room
from tests.journeys.hostile_camera import hostile_cameras
from tests.journeys.people import Person

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

_MB = 1024 * 1024


def recorded_without_gap(person: Person, camera_id: str, from_ms: int) -> bool:
    """Whether nothing is missing since then, up to a few seconds ago."""
    now_ms = time.time_ns() // 1_000_000
    found = person.get(f"/api/cameras/{camera_id}/coverage", from_ms=from_ms, to_ms=now_ms)
    return bool(found["gaps"] == [] and found["spans"][-1]["to_wall_ms"] > now_ms - 5000)


def test_two_thousand_idle_connections_and_endless_heads_keep_nobody_out(room: Room) -> None:
    """None of them logs in. The operator's requests are answered meanwhile, memory stays, recording goes on, and they are closed."""
    operator = room.log_in("operador1")
    control = room.child("control")
    before_bytes = control.memory_info().rss
    since_ms = time.time_ns() // 1_000_000
    with ExitStack() as stack:
        idle = [stack.enter_context(socket.socket()) for _ in range(2000)]
        for connection in idle:
            connection.connect(("127.0.0.1", room.site.console_port))
        sent_bytes = 0
        for _ in range(8):
            long = stack.enter_context(socket.create_connection(("127.0.0.1", room.site.console_port), timeout=5))
            with suppress(OSError):
                long.sendall(b"GET / HTTP/1.1\r\nX: ")
                for _ in range(100):
                    long.sendall(b"a" * 100_000)
                    sent_bytes += 100_000
        assert sent_bytes < 40 * _MB, "the server read endless heads"
        times_s = []
        for _ in range(20):
            began_s = time.monotonic()
            assert operator.http.get("/api/alerts", params={"state": "new"}).status_code == 200
            times_s.append(time.monotonic() - began_s)
        # An attack slows each one down; a machine that stands still for a moment, one.
        assert statistics.median(times_s) < 1, times_s
        assert httpx.get(f"{room.base}/healthz", timeout=5).text == "ok"
        assert control.memory_info().rss - before_bytes < 100 * _MB
        wait_for("the idle ones are closed", lambda: len(control.net_connections()) < 200, 20, room.node)
    assert recorded_without_gap(operator, "cam01", since_ms)


def test_no_secret_shows_anywhere(room: Room) -> None:
    """Each password, camera credential, session and CSRF token: not in logs, arguments, audit, metrics, answers or on disk, but where it belongs."""
    operator, admin = room.log_in("operador1"), room.log_in("admin")
    wrong = "canario-mal-escrito-7315"
    refused = httpx.post(
        f"{room.base}/api/login?password={wrong}",
        json={"name": "operador2", "password": wrong},
        headers={"Origin": room.base, "X-Terminal": "x"},
    )
    assert refused.status_code == 401
    broken = operator.http.post(
        "/api/login", content=b'{"name": "x", "password": "' + wrong.encode() + b'", }', headers={"Origin": room.base}
    )
    assert broken.status_code in {400, 422}
    credentials = yaml.safe_load((room.folder / "data" / "credentials.yaml").read_text(encoding="utf-8"))
    secrets = {wrong, *room.site.passwords.values(), *(entry["password"] for entry in credentials.values())}
    tokens = {value for person in (operator, admin) for value in (*person.http.cookies.values(), person.csrf_token)}
    assert len(secrets) >= 8
    places = {
        "the log": room.log_text(),
        "a refusal": refused.text + broken.text + str(refused.headers),
        "the audit": admin.http.get("/api/audit", params={"limit": 200}).text,
        "health": operator.http.get("/api/health").text,
        "metrics": httpx.get(f"{room.base}/metrics").raise_for_status().text,
        "cameras": operator.http.get("/api/cameras").text,
        "users": admin.http.get("/api/users").text,
    }
    assert room.node is not None
    tree = [psutil.Process(room.node.process.pid), *psutil.Process(room.node.process.pid).children(recursive=True)]
    for process in tree:
        places[f"the arguments of {process.pid}"] = " ".join(process.cmdline())
    for place, text in places.items():
        found = [secret for secret in secrets | tokens if secret in text]
        assert not found, f"{place} shows {len(found)} secrets"
    data = room.folder / "data"
    for path in sorted(data.rglob("*")):
        if not path.is_file() or path.suffix in {".mp4", ".jpg"} or path.name == "credentials.yaml":
            continue
        content = path.read_bytes()
        shown = [secret for secret in secrets if secret.encode() in content]
        assert not shown, f"{path.relative_to(data)} holds a password"
        cookies = [value for person in (operator, admin) for value in person.http.cookies.values()]
        assert not [value for value in cookies if value.encode() in content], f"{path.relative_to(data)} holds a cookie"
    for path in (data, data / "recordings", data / "catalogue.sqlite", data / "credentials.yaml"):
        assert path.stat().st_mode & 0o077 == 0, f"{path.name} is open to others"


@pytest.fixture
def second_config(room: Room, tmp_path: Path) -> tuple[Path, int]:
    """A configuration of its own, with two honest cameras of the room's fleet; a hostile neighbour is added by the test."""
    document = yaml.safe_load(room.config_path.read_text(encoding="utf-8"))
    honest = [camera for camera in document["cameras"] if "credentials" not in camera][:2]
    port = free_port()
    document["node"] = {
        "data": str(tmp_path / "data"),
        "port": port,
        "shortage_accepted": "a test's recordings are nobody's evidence",
    }
    document["cameras"] = honest
    path = tmp_path / "cameras.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path, port


def test_hostile_cameras_harm_no_other(room: Room, second_config: tuple[Path, int], tmp_path: Path) -> None:
    """Seven kinds at once, in one ingest process with two honest ones: those lose nothing, memory stays, and each fault has its line."""
    path, console_port = second_config
    with hostile_cameras(console_port) as enemies:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        honest = [camera["id"] for camera in document["cameras"]]
        for number, enemy in enumerate(enemies, start=90):
            document["cameras"].append(
                {
                    "id": f"mal{number}",
                    "number": number,
                    "name": f"<script>alert({number})</script>",
                    "main": {"url": f"rtsp://127.0.0.1:{enemy.port}/", "transport": "tcp"},
                }
            )
        for camera in document["cameras"]:
            camera.pop("neighbours", None)
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        log = tmp_path / "nvr.log"
        node = start(["nvr.cli", "run", "--config", str(path)], log)
        try:
            wait_for("the console answers", lambda: listens(console_port), 60, node)
            wait_for("every enemy was met twice", lambda: all(enemy.connections >= 2 for enemy in enemies), 60, node)
            rates = [f'nvr_stream_fps{{camera="{camera_id}",stream="main",worker="ingest-0"}}' for camera_id in honest]
            wait_for(
                "the honest ones flow", lambda: all(samples(console_port).get(rate, 0) > 0 for rate in rates), 60, node
            )
            metrics = samples(console_port)
            for camera_id in honest:
                assert metrics[f'nvr_stream_fps{{camera="{camera_id}",stream="main",worker="ingest-0"}}'] > 0
                assert metrics[f'nvr_stream_lost{{camera="{camera_id}",stream="main",worker="ingest-0"}}'] == 0
            assert metrics['nvr_worker_resident_bytes{worker="ingest-0"}'] < 250 * _MB
            assert sum(enemy.sent_bytes for enemy in enemies) < 300 * _MB
        finally:
            assert node.stop() == 0
        text = log.read_text(errors="replace")
        assert "Traceback" not in text
        for number in range(90, 90 + len(enemies)):
            assert re.search(rf"mal{number}/main: \S", text), f"nothing is said of mal{number}"
        assert max(len(line) for line in text.splitlines()) < 1000, "a camera wrote at length into our log"
        first, _, rest = re.search(r"recorded streams: (\d+) packets in, (\d+) recorded, (\d+) lost", text).groups()  # type: ignore[union-attr]
        assert int(first) > 20
        assert rest == "0"


def samples(console_port: int) -> dict[str, float]:
    """``/metrics``, by name and labels."""
    text = httpx.get(f"http://localhost:{console_port}/metrics", timeout=5).raise_for_status().text
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in rows}

"""Single processes are stopped, frozen and killed at bad moments; the others go on, and what comes back takes up where it was."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from benchmarks.rig import wait_for
from nvr.app import audit_check
from nvr.catalogue.engine import Catalogue
from tests.journeys.conftest import Room
from tests.journeys.people import Person
from tests.journeys.player import play
from tests.journeys.test_bad_input import run
from tests.journeys.test_packet_to_patrol import raise_alert

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


@pytest.fixture
def shaken(room: Room) -> Iterator[Room]:
    """The room, left running, recording, and without a trace of a fault of ours."""
    yield room
    room.wait_for_console()
    room.wait_until_recorded()
    assert "Traceback" not in room.log_text()


def close_code_of(socket: ClientConnection) -> int | None:
    """Read until the server closes; its code."""
    try:
        while True:
            socket.recv(timeout=15)
    except ConnectionClosed:
        return socket.close_code


def gaps(person: Person, camera_id: str, from_ms: int) -> list[dict[str, object]]:
    """What is known of missing video since then."""
    now_ms = time.time_ns() // 1_000_000
    found = person.get(f"/api/cameras/{camera_id}/coverage", from_ms=from_ms, to_ms=now_ms)
    return list(found["gaps"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_control_process_ends_cleanly_and_says_goodbye(shaken: Room, number: signal.Signals) -> None:
    """Exit code 0 whichever signal it was, and sockets closed with 1012, "the server restarts", so that browsers come again."""
    room = shaken
    person = room.log_in("operador1")
    child = room.child("control")
    before = room.log_text().count("control ended with exit code 0;")
    with person.socket("/api/events") as events, person.socket("/api/live/cam01/sub") as live:
        events.send(json.dumps({"after": 0}))
        live.recv(timeout=10)
        child.send_signal(number)
        assert close_code_of(live) == 1012
        assert close_code_of(events) == 1012
    wait_for(
        "the supervisor saw it end",
        lambda: room.log_text().count("control ended with exit code 0;") > before,
        10,
        room.node,
    )
    room.wait_for_console()
    assert person.get("/api/session")["user"]["name"] == "operador1"


def test_frozen_control_and_analytics_cost_no_packet(shaken: Room) -> None:
    """SIGSTOP to both for longer than a socket's ping waits: recording loses nothing, alerts come again, sockets can be opened again."""
    room = shaken
    operator = room.log_in("operador1")
    frozen = [room.child("control"), room.child("analytics-0")]
    ingest_pid = room.child("ingest-0").pid
    since_ms = time.time_ns() // 1_000_000
    seq = operator.get("/api/alerts", state="new")["seq"]
    with ExitStack() as thaw:
        for process in frozen:
            process.suspend()
            thaw.callback(
                process.resume
            )  # each, even if the other is gone: what stays frozen is in every later test's way
        threading.Event().wait(12)
    room.wait_for_console()
    assert [room.child("control").pid, room.child("analytics-0").pid] == [process.pid for process in frozen]
    alert = raise_alert(room, operator, "cam02")
    with operator.events(seq) as events:
        events.wait_for("alert", lambda body: body["alert_id"] == alert["alert_id"])
    with operator.socket("/api/live/cam02/main") as live:
        assert "mime" in json.loads(live.recv(timeout=10))
    assert room.child("ingest-0").pid == ingest_pid
    for camera_id in ("cam01", "cam02", "cam03", "cam04"):
        assert gaps(operator, camera_id, since_ms) == []


def test_children_follow_a_killed_supervisor_and_a_new_one_starts_at_once(shaken: Room) -> None:
    """SIGKILL to the supervisor alone; no worker stays behind to write into what the next one opens, and none is in its way."""
    room = shaken
    assert room.node is not None
    parent = psutil.Process(room.node.process.pid)
    children = parent.children(recursive=True)
    assert len(children) >= 3
    parent.kill()
    room.node.process.wait()
    if room.node.process.stdin is not None:
        room.node.process.stdin.close()
    announced = room.log_text().count("The control room's console:")
    started_s = time.monotonic()
    room.start(until_complete=False)
    # The old console may have answered for a last time.
    wait_for(
        "the new one is up", lambda: room.log_text().count("The control room's console:") > announced, 30, room.node
    )
    took_s = time.monotonic() - started_s
    # One that has ended and that nobody has waited for yet runs no more.
    _, alive = psutil.wait_procs(children, timeout=0)
    running = [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    assert not running, "a worker of the dead control room still runs beside the new one"
    assert took_s < 15, f"the new control room waited {took_s:.1f} s"


def test_killed_ingest_comes_back_and_its_gap_is_told(shaken: Room) -> None:
    """Thrice at moments that nobody chose: what is on disk plays to its end, the holes are short and have a cause."""
    room = shaken
    person = room.log_in("supervisor1")
    # An earlier test's planned stop is over.
    wait_for("everything is recorded", lambda: back(room, person, 0), 60, room.node)
    since_ms = time.time_ns() // 1_000_000
    for _ in range(3):
        pid = room.child("ingest-0").pid
        os.kill(pid, signal.SIGKILL)
        wait_for("ingest is back", lambda pid=pid: back(room, person, pid), 30, room.node)  # type: ignore[misc]
    wait_for("the gaps are known", lambda: bool(gaps(person, "cam01", since_ms)), 20, room.node)
    for gap in gaps(person, "cam01", since_ms):
        assert gap["cause"] == "software"
        assert int(str(gap["to_wall_ms"])) - int(str(gap["from_wall_ms"])) < 8000
    now_ms = time.time_ns() // 1_000_000
    played = play(person, f"/api/cameras/cam01/playlist.m3u8?from_ms={since_ms}&to_ms={now_ms}")
    assert played.frames >= 5


def back(room: Room, person: Person, old_pid: int) -> bool:
    """Whether another ingest process gets packets of every recorded stream."""
    workers = [w for w in person.get("/api/health")["workers"] if w["worker"] == "ingest-0"]
    cameras = person.get("/api/cameras")
    return bool(workers) and workers[0]["pid"] != old_pid and all(c["streams"]["main"]["fps"] > 0 for c in cameras)


def test_a_clean_stop_leaves_one_file_and_the_audits_head(shaken: Room) -> None:
    """Nothing waits in a write-ahead log that a copy of the catalogue would lack, and the audit's head is kept as it was at the end."""
    room = shaken
    room.log_in("supervisor1")
    assert room.node is not None
    assert room.node.stop() == 0
    data = room.folder / "data"
    wal = data / "catalogue.sqlite-wal"
    assert not wal.exists() or wal.stat().st_size == 0
    with closing(sqlite3.connect(data / "catalogue.sqlite")) as database:
        last = database.execute("SELECT audit_id, hash FROM audit ORDER BY audit_id DESC LIMIT 1").fetchone()
    heads, unreadable = audit_check.read_heads(data / "audit-head.log")
    assert ((heads[-1].record, heads[-1].hash), unreadable) == (last, 0)
    done = run("audit", "verify", "--config", str(room.config_path))
    assert (done.returncode, done.stderr) == (0, "")
    catalogue = Catalogue(f"sqlite:///{data / 'catalogue.sqlite'}")
    with catalogue.write() as tx:
        triggers = tx.connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).fetchall()
        for name, _ in triggers:
            tx.connection.exec_driver_sql(f"DROP TRIGGER {name}")
        tx.connection.exec_driver_sql("DELETE FROM audit WHERE audit_id = ?", (last[0],))
    catalogue.close()
    done = run("audit", "verify", "--config", str(room.config_path))
    assert done.returncode == 1
    assert f"record {last[0]}: it is missing" in done.stderr
    room.start(until_complete=False)

"""Each second of each camera is recorded or in a gap with its cause, whatever happens to cameras, workers and server."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from benchmarks.rig import wait_for
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.catalogue.engine import Catalogue
from nvr.cli import main
from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.proof.account import PENDING_NS, Account, total_ns
from nvr.proof.reading import Books, StreamProof, stream_proof
from tests.journeys.conftest import Room

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
FRAME_NS = NS_PER_S // 10
"""The slowest of the simulated cameras sends ten pictures a second."""


def unplug(room: Room, camera_id: str, seconds: float) -> None:
    """Take a simulated camera off the network."""
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(10)
        control.connect(str(room.site.control_socket))
        control.sendall(json.dumps({"do": "unplug", "camera": camera_id, "seconds": seconds}).encode() + b"\n")
        answer = json.loads(control.makefile().readline())
    assert answer["ok"], answer


@pytest.fixture
def books(room: Room) -> Iterator[Books]:
    """The room's catalogue, read beside the control process."""
    config = load(room.config_path, None)
    folders = Folders.of(config)
    catalogue = Catalogue(folders.database_url(config))
    yield Books(catalogue, config, folders.recordings)
    catalogue.close()


def proofs(books: Books, from_ns: int, to_ns: int) -> dict[str, StreamProof]:
    found = {}
    for camera in books.config.cameras:
        with books.catalogue.read() as tx:
            found[camera.id] = stream_proof(tx, books.recordings, camera, (from_ns, to_ns), time.time_ns())
    return found


def assert_all_explained(books: Books, from_ns: int, to_ns: int) -> dict[str, Account]:
    """recorded + gaps = elapsed to one frame, of every camera; to_ns must be long enough ago for what was in memory to be on disk."""
    accounts = {camera_id: proof.account for camera_id, proof in proofs(books, from_ns, to_ns).items()}
    for camera_id, account in accounts.items():
        assert account.unexplained == (), f"{camera_id}: {account}"
        assert account.expired == ()
        missing_ns = account.due_ns - account.recorded_ns - account.gap_ns
        assert missing_ns <= FRAME_NS, (
            f"{camera_id}: {missing_ns / 1e6:.0f} ms are neither recorded nor a gap: {account}"
        )
    return accounts


def settled(books: Books, from_ns: int, to_ns: int) -> bool:
    """Whether nothing of the window is on its way any more, and no gap is without its end."""
    return all(
        not proof.account.pending and not any(gap.ongoing for gap in proof.account.gaps)
        for proof in proofs(books, from_ns, to_ns).values()
    )


def causes(account: Account) -> set[str]:
    return {gap.cause for gap in account.gaps if gap.length_ns > NS_PER_S // 2}


def test_every_second_is_recorded_or_explained(room: Room, books: Books) -> None:
    """A camera is unplugged, the worker is killed, the server is killed with a camera away; then a password is wrong."""
    began_ns = time.time_ns()
    first_ns = min(proof.account.from_wall_ns for proof in proofs(books, 0, began_ns).values())
    unplug(room, "cam01", 4)

    def away_now(camera_id: str, cause: str) -> bool:
        gaps = proofs(books, first_ns, time.time_ns())[camera_id].account.gaps
        return bool(gaps) and gaps[-1].ongoing and gaps[-1].cause == cause

    wait_for("the gap shows while it goes on", lambda: away_now("cam01", "link"), 15, room.node)
    unplugged_ns = time.time_ns()
    wait_for("cam01 is back", lambda: settled(books, began_ns, unplugged_ns + 5 * NS_PER_S), 30, room.node)
    assert_all_explained(books, first_ns, unplugged_ns + 5 * NS_PER_S)
    # Only since this test began: the one before it may have unplugged every camera of the room.
    back = assert_all_explained(books, began_ns, unplugged_ns + 5 * NS_PER_S)
    assert "link" in causes(back["cam01"])
    assert not causes(back["cam02"]) & {"link", "camera"}

    room.child("ingest-0").kill()
    killed_ns = time.time_ns()
    wait_for("the worker records again", lambda: settled(books, first_ns, killed_ns + 2 * NS_PER_S), 40, room.node)
    after = assert_all_explained(books, first_ns, killed_ns + 2 * NS_PER_S)
    assert all("software" in causes(account) for account in after.values())

    unplug(room, "cam03", 25)
    wait_for("cam03 is away", lambda: away_now("cam03", "link"), 15, room.node)
    room.kill_everything()
    with another_password(room):
        room.start(until_complete=False)
        restarted_ns = time.time_ns()
        after_the_restart(room, books, first_ns, restarted_ns)


def after_the_restart(room: Room, books: Books, first_ns: int, restarted_ns: int) -> None:
    """Cameras with the wrong password say so, the others record, and all time is explained."""

    def refused() -> bool:
        found = proofs(books, first_ns, time.time_ns())
        wrong = [each for each in books.config.cameras if each.credentials]
        return all(
            found[each.id].account.gaps[-1].cause == "authentication" and found[each.id].account.gaps[-1].ongoing
            for each in wrong
        )

    wait_for("the wrong password shows as such", refused, 40, room.node)
    open_ones = [camera for camera in books.config.cameras if not camera.credentials]

    def open_ones_back() -> bool:
        found = proofs(books, restarted_ns, time.time_ns())
        return all(found[each.id].account.recorded_ns > 2 * NS_PER_S for each in open_ones)

    wait_for("the other cameras record", open_ones_back, 60, room.node)
    accounts = assert_all_explained(books, first_ns, time.time_ns() - 3 * NS_PER_S)
    assert all("software" in causes(account) for account in accounts.values())
    for account in accounts.values():
        assert total_ns(account.pending) <= PENDING_NS
    answer_in_words(room, books, accounts)


def test_a_switch_that_restarts_is_one_alert(room: Room) -> None:
    """F10 in small: all cameras of a trunk away for 20 s are one alert that names it and counts them, and closes itself."""
    document = yaml.safe_load(room.config_path.read_text(encoding="utf-8"))
    for camera in document["cameras"]:
        camera["trunk"] = "Anillo norte"
    room.config_path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    room.kill_everything()
    room.start()
    operator = room.log_in("supervisor1")

    def system_alerts(*states: str) -> list[dict[str, Any]]:
        found = [each for state in states for each in operator.get("/api/alerts", state=state)["items"]]
        return [each for each in found if each["zone"].startswith("sistema") and each["started_wall_ms"] >= began_ms]

    began_ms = time.time_ns() // NS_PER_MS
    for camera in document["cameras"]:
        unplug(room, camera["id"], 20)
    wait_for("there is an alert", lambda: bool(system_alerts("new")), 25, room.node)
    (alert,) = system_alerts("new")
    assert (alert["zone"], alert["count"], alert["ongoing"]) == (
        "sistema: Anillo norte",
        len(document["cameras"]),
        True,
    )
    wait_for("it closes itself", lambda: system_alerts("new") == [], 60, room.node)
    assert [(each["zone"], each["outcome"]) for each in system_alerts("closed")] == [
        ("sistema: Anillo norte", "no_action")
    ]


@contextmanager
def another_password(room: Room) -> Iterator[None]:
    """The credentials file names another password for a while; workers read it when they start."""
    config = load(room.config_path, None)
    path = Folders.of(config).credentials(config)
    before = path.read_text(encoding="utf-8")
    try:
        spoil_password(room)
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def spoil_password(room: Room) -> None:
    """The credentials file names another password from now on."""
    config = load(room.config_path, None)
    path = Folders.of(config).credentials(config)
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    for entry in entries.values():
        entry["password"] += "x"
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")


def answer_in_words(room: Room, books: Books, accounts: dict[str, Account]) -> None:
    """`nvr coverage` says the same, beside the running server."""
    gap = next(gap for gap in accounts["cam01"].gaps if gap.cause == "link")
    middle_ns = (gap.start_wall_ns + gap.end_wall_ns) // 2
    said = ask(room, "--camera", "1", "--at", utc(middle_ns))
    assert "NO grababa" in said
    assert "enlace de red" in said
    recorded = accounts["cam01"].recorded[0]
    said = ask(room, "--camera", "cam01", "--at", utc((recorded.start_wall_ns + recorded.end_wall_ns) // 2))
    assert "SÍ grababa" in said
    assert (books.recordings / said.split("Archivo: ")[1].splitlines()[0]).is_file()


def utc(wall_ns: int) -> str:
    return datetime.fromtimestamp(wall_ns / 1e9, UTC).isoformat()


def ask(room: Room, *arguments: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        main(["coverage", "--config", str(room.config_path), "--language", "es", *arguments])
    return out.getvalue()

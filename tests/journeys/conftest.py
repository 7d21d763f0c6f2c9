"""A whole control room for the journeys: simulated cameras over real RTSP, `nvr run` as a user starts it, people who log in."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from benchmarks.rig import Started, listens, start, wait_for
from benchmarks.site import Site, prepare
from nvr.app.accounts import NewAccount
from nvr.catalogue.users import Role
from tests.journeys.people import Person

CAMERAS = 4
PEOPLE = (
    NewAccount("operador1", "Operador 1", Role.OPERATOR),
    NewAccount("operador2", "Operador 2", Role.OPERATOR),
    NewAccount("supervisor1", "Supervisor 1", Role.SUPERVISOR),
    NewAccount("serenazgo1", "Despacho de Serenazgo", Role.DISPATCHER, "serenazgo"),
    NewAccount("pnp1", "Enlace de la PNP", Role.DISPATCHER, "pnp"),
    NewAccount("investigador1", "Investigador 1", Role.INVESTIGATOR),
    NewAccount("admin", "Administrador", Role.ADMIN),
)


@dataclass(slots=True)
class Room:
    """A running control room."""

    site: Site
    node: Started | None = None
    people: list[Person] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Of everything that it keeps."""
        return self.site.folder

    @property
    def config_path(self) -> Path:
        """The file that the admin edits."""
        return self.site.config_path

    @property
    def base(self) -> str:
        """The console's origin."""
        return self.site.base

    def start(self, *, until_complete: bool = True) -> None:
        """Start the node and wait until every camera is recorded and analysed, or only until the console answers."""
        before = self.site.completions()
        self.node = start(["nvr.cli", "run", "--config", str(self.config_path)], self.site.node_log)
        if not until_complete:
            self.wait_for_console()
            return
        wait_for("every camera is recorded and analysed", lambda: self.site.completions() > before, 90, self.node)

    def kill_everything(self) -> None:
        """SIGKILL to the supervisor and all its children."""
        assert self.node is not None
        self.node.kill_tree()

    def child(self, name: str) -> psutil.Process:
        """A child process of the node by worker name, or ``control``."""
        assert self.node is not None
        for process in psutil.Process(self.node.process.pid).children():
            words = process.cmdline()
            if name in words or f"nvr.app.{name}" in words:
                return process
        raise AssertionError(f"no child process {name}")

    def wait_for_console(self) -> None:
        """Until the console answers again."""
        wait_for("the console answers", lambda: listens(self.site.console_port) and _healthy(self.base), 60, self.node)

    def log_in(self, name: str) -> Person:
        """A person at a terminal."""
        person = Person.log_in(self.base, name, self.site.passwords[name])
        self.people.append(person)
        return person

    def cause_movement(self, camera_id: str) -> None:
        """Let the simulated camera see something move, within a GOP."""
        self.tell_fleet({"do": "event", "camera": camera_id})

    def tell_fleet(self, command: dict[str, object]) -> dict[str, Any]:
        """A command to the simulated fleet; its answer."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(10)
            control.connect(str(self.site.control_socket))
            control.sendall(json.dumps(command).encode() + b"\n")
            answer: dict[str, Any] = json.loads(control.makefile().readline())
        assert "error" not in answer, answer
        return answer

    def wait_for_recording(self, camera_id: str, *, seconds: int) -> None:
        """Until the last ``seconds`` of a camera are on disk without a gap."""
        person = self.log_in("investigador1")

        def recorded() -> bool:
            now_ms = time.time_ns() // 1_000_000
            found = person.get(f"/api/cameras/{camera_id}/coverage", from_ms=now_ms - 600_000, to_ms=now_ms)
            newest = max(found["spans"], key=lambda span: int(span["to_wall_ms"]), default=None)
            if newest is None or newest["to_wall_ms"] < now_ms - 5_000:
                return False
            return bool(newest["to_wall_ms"] - newest["from_wall_ms"] >= seconds * 1000)

        wait_for(f"{seconds} s of {camera_id} are recorded", recorded, seconds + 30, self.node)

    def wait_until_recorded(self) -> None:
        """Until each camera is recorded beyond this moment: whatever a test before did to the workers is over."""
        person = self.log_in("investigador1")
        asked_ms = time.time_ns() // 1_000_000
        for camera_id in (f"cam{number:02d}" for number in range(1, CAMERAS + 1)):

            def recorded(camera_id: str = camera_id) -> bool:
                now_ms = time.time_ns() // 1_000_000
                found = person.get(f"/api/cameras/{camera_id}/coverage", from_ms=asked_ms - 60_000, to_ms=now_ms)
                return any(span["to_wall_ms"] > asked_ms for span in found["spans"])

            wait_for(f"{camera_id} is recorded", recorded, 60, self.node)

    def log_text(self) -> str:
        """All that the node said."""
        return self.site.node_log.read_text(errors="replace")


def _healthy(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="session")
def clip_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encoded clips, shared by all journeys of a run."""
    return tmp_path_factory.mktemp("clips")


@contextmanager
def running_room(
    folder: Path, clip_cache: Path, node: Mapping[str, object] | None = None, moving: Sequence[int] = ()
) -> Iterator[Room]:
    """A control room of 4 small cameras (one by UDP, one with Digest) that records and analyses all of them.

    ``node``: other settings of it; ``moving``: numbers of the cameras that are moved over ONVIF.
    """
    site = prepare(folder, cameras=CAMERAS, people=PEOPLE, settings=node, moving=moving, udp_every=2)
    made = Room(site)
    with site.fleet(clip_cache, small=True, listens_within_s=120):
        try:
            made.start()
            yield made
        finally:
            for person in made.people:
                person.close()
            if made.node is not None:
                made.node.stop()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, clip_cache: Path) -> Iterator[Room]:
    """A running room, shared by a module's tests."""
    with running_room(tmp_path_factory.mktemp("room"), clip_cache) as made:
        yield made

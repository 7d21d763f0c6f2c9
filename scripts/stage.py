"""A control room with people in it, for the documentation's pictures: a fleet and a node as a user starts them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.rig import ROOT, Started, wait_for
from benchmarks.site import prepare
from nvr.app.accounts import NewAccount
from nvr.app.demo import DEMO_PEOPLE
from nvr.catalogue.users import Role
from tests.journeys.people import Person

CLIPS = ROOT / "data" / "simulator-cache"
CAMERAS = 12
PEOPLE = (*DEMO_PEOPLE, NewAccount("admin", "Administración", Role.ADMIN))
MOVING = 7
"""Number of the camera that is moved over ONVIF."""

PLACES = {
    "operador1": "Puesto 1",
    "operador2": "Puesto 2",
    "serenazgo1": "Serenazgo 1",
    "pnp1": "Enlace PNP",
    "investigador1": "Archivo",
    "supervisor1": "Puesto 12",
    "admin": "Servidor",
}
"""Where each of them sits."""


@dataclass(slots=True)
class Stage:
    """A running room and the people in it."""

    base: str
    passwords: dict[str, str]
    control_socket: Path
    node: Started
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str) -> Person:
        """Somebody at a terminal, logged in over HTTP once."""
        if name not in self.people:
            person = self.people[name] = Person.log_in(self.base, name, self.passwords[name])
            person.http.headers["X-Terminal"] = PLACES[name]
        return self.people[name]

    def cause_movement(self, camera_id: str) -> None:
        """Let a simulated camera see something move."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(10)
            control.connect(str(self.control_socket))
            control.sendall(json.dumps({"do": "event", "camera": camera_id}).encode() + b"\n")
            control.makefile().readline()

    def alert(self, camera_id: str) -> dict[str, Any]:
        """The alert that a movement at a camera raises."""
        operator = self.person("operador2")
        found: list[dict[str, Any]] = []

        def raised() -> bool:
            items = operator.get("/api/alerts", state="new")["items"]
            found[:] = [item for item in items if item["camera_id"] == camera_id and item["zone"] != "sistema"]
            return bool(found)

        self.cause_movement(camera_id)
        wait_for(f"{camera_id} raises an alert", raised, 60, self.node)
        return found[0]

    def dispatch(self, camera_id: str, type_code: str, note: str, *agencies: str) -> list[dict[str, Any]]:
        """From a movement to dispatches that were sent, as the second operator does it; gives the dispatches."""
        operator, alert = self.person("operador2"), self.alert(camera_id)
        operator.post(f"/api/alerts/{alert['alert_id']}/take")
        first, *more = agencies
        order = {
            "agency": first,
            "type_code": type_code,
            "priority": alert["priority"],
            "note": note,
            "idempotency_key": f"picture-{camera_id}-{first}",
        }
        incident = operator.post(f"/api/alerts/{alert['alert_id']}/dispatches", order)
        for agency in more:
            order = {"agency": agency, "note": note, "idempotency_key": f"picture-{camera_id}-{agency}"}
            incident = operator.post(f"/api/incidents/{incident['incident_id']}/dispatches", order)
        sent: list[dict[str, Any]] = incident["dispatches"]
        return sent

    def advance(self, dispatch: dict[str, Any], *steps: str, note: str = "") -> None:
        """Let the agency's dispatcher answer, with the note at the last step."""
        person = self.person("pnp1" if dispatch["agency"] == "pnp" else "serenazgo1")
        for step in steps:
            body = {"to": step, "note": note if step == steps[-1] else ""}
            if step == "closed":
                body["result"] = "attended"
            person.post(f"/api/dispatches/{dispatch['dispatch_id']}/advance", body)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A room of ``CAMERAS`` cameras: of full size where their clips lie in the cache, else small ones."""
    site = prepare(folder, cameras=CAMERAS, people=PEOPLE, moving=[MOVING])
    small = not CLIPS.exists()
    cache = folder / "clips" if small else CLIPS
    with site.fleet(cache, small=small, listens_within_s=120), site.node() as node:
        made = Stage(site.base, dict(site.passwords), site.control_socket, node)
        try:
            yield made
        finally:
            for person in made.people.values():
                person.close()

"""Cameras moved and set from the console: real worker parts behind it, a simulated ONVIF device behind those."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection

from console_web.app import create_app
from ingest.onvif.keeper import Keeper
from ingest.onvif.pilot import Pilot
from ingest.ptz import orders
from ingest.simulator.onvif_device import OnvifCamera
from nvr.calls import CallClient, CallServer
from nvr.catalogue import audit
from nvr.catalogue.users import Role
from nvr.clock import SimulatedClock, SystemClock
from nvr.config.agencies import SERENAZGO
from tests.console_web.room import Person, Room, open_room, until
from tests.ingest.onvif.devices import LOGIN, serving, simulated

CONFIG = """
node: {{port: {port}}}
cameras:
  - {{id: cam07, number: 7, name: Jr. Siete, main: {{url: "rtsp://127.0.0.1/7"}}, onvif: {{host: 127.0.0.1, port: {device}}}, ptz: true}}
  - {{id: cam08, number: 8, name: Jr. Ocho, main: {{url: "rtsp://127.0.0.1/8"}}, onvif: {{host: 127.0.0.1, port: {device}}}}}
  - {{id: cam09, number: 9, name: Jr. Nueve, main: {{url: "rtsp://127.0.0.1/9"}}}}
"""


@dataclass
class PtzRoom:
    """A room whose camera 7 moves."""

    room: Room
    device: OnvifCamera
    pilot: Pilot

    def audited(self) -> list[tuple[str, str, dict[str, str]]]:
        """What the audit says of cameras, oldest first."""
        with self.room.catalogue.read() as tx:
            records = audit.read(tx, 200)
        kept = [each for each in records if each.action.startswith(("ptz.", "device."))]
        return [(each.action, each.object, dict(each.detail)) for each in reversed(kept)]


@asynccontextmanager
async def ptz_room(folder: Path) -> AsyncIterator[PtzRoom]:
    run_folder, device = folder / "run", simulated()
    async with serving(device) as (_, endpoint):
        text = CONFIG.replace("{device}", str(endpoint.port))
        with open_room(folder, run_folder, SimulatedClock(), config_text=text) as room:
            cameras = room.config.cameras
            pilots = {c.id: Pilot(c, LOGIN, SystemClock(), lambda _: None) for c in cameras if c.onvif is not None}
            keepers = {camera_id: Keeper(camera_id, pilot) for camera_id, pilot in pilots.items()}

            async def answer(body: bytes) -> msgspec.Struct:
                order = msgspec.json.decode(body, type=orders.Order)
                if isinstance(order, orders.DeviceOrder):
                    return await keepers[order.camera_id].order(order)
                return await pilots[order.camera_id].order(order)

            client = CallClient(run_folder, "onvif-0")
            services = replace(room.services, cameras=client)
            works = [CallServer(run_folder, "onvif-0", answer).run(), client.run()]
            tasks = [asyncio.create_task(work) for work in (*works, *(pilot.run() for pilot in pilots.values()))]
            try:
                async with asyncio.timeout(
                    60
                ):  # the first to come reads the WSDLs, and a loaded machine may make it try twice
                    while not all(pilot.link.device is not None for pilot in pilots.values()):  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                yield PtzRoom(replace(room, services=services, app=create_app(services)), device, pilots["cam07"])
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


async def ready(person: Person) -> None:
    """The worker's socket is found on its own time."""
    async with asyncio.timeout(10):
        while (await person.get("/api/cameras/cam07/ptz")).status_code == 503:
            pass


async def state(connection: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next message that is as wanted."""
    async with asyncio.timeout(15):
        while True:
            message: dict[str, Any] = json.loads(await connection.recv())
            if wanted(message):
                return message


@asynccontextmanager
async def key_down(hand: ClientConnection) -> AsyncIterator[None]:
    """A browser that says again and again that the camera is to turn right."""

    async def say() -> None:
        while True:
            await hand.send(json.dumps({"pan": 1.0}))
            await asyncio.sleep(0.2)

    saying = asyncio.create_task(say())
    try:
        yield
    finally:
        saying.cancel()
        with suppress(asyncio.CancelledError):
            await saying


async def test_operators_move_go_store_and_reserve_and_the_audit_knows(tmp_path: Path) -> None:
    """Each act with what it was about; who has the camera is seen by everybody."""
    async with ptz_room(tmp_path) as made:
        ana, beto = made.room.person(Role.OPERATOR), made.room.person(Role.OPERATOR)
        await ready(ana)
        found = await ana.post("/api/cameras/cam07/ptz/reserve", {"seconds": 60})
        assert found.status_code == 200, found.text
        assert found.json()["holder"]["mine"]
        seen = (await beto.get("/api/cameras/cam07/ptz")).json()
        assert (seen["holder"]["mine"], seen["holder"]["rank"], seen["holder"]["reserved"]) == (False, "operator", True)
        refused = await beto.post("/api/cameras/cam07/ptz/preset", {"token": "2"})
        assert refused.status_code == 409
        assert ana.user.full_name in refused.json()["error"]["message"]
        assert (await ana.post("/api/cameras/cam07/ptz/preset", {"token": "2"})).status_code == 200
        assert made.device.head.target == made.device.presets["2"][1]
        stored = (await ana.post("/api/cameras/cam07/ptz/presets", {"name": "Mi esquina"})).json()
        (token,) = [preset["token"] for preset in stored["presets"] if preset["name"] == "Mi esquina"]
        assert (await ana.post(f"/api/cameras/cam07/ptz/presets/{token}/remove")).status_code == 200
        where = {"pan": 0.5, "tilt": -0.5, "zoom": 0.25}
        assert (await ana.post("/api/cameras/cam07/ptz/position", where)).status_code == 200
        assert (await ana.post("/api/cameras/cam07/ptz/tour", {"token": "tour1", "run": True})).status_code == 200
        assert made.device.touring == "tour1"
        patrolled = await ana.post("/api/cameras/cam07/ptz/patrol", {"name": "*", "dwell_s": 5})
        assert patrolled.json()["patrol"] == "*"
        ended = await ana.post("/api/cameras/cam07/ptz/patrol", {"name": None})
        assert ended.json()["patrol"] == ""
        assert (await ana.post("/api/cameras/cam07/ptz/release")).json()["holder"] is None
        acts = made.audited()
        assert [action for action, _, _ in acts] == [
            *("ptz.reserve", "ptz.goto", "ptz.goto", "ptz.store", "ptz.forget", "ptz.place"),
            *("ptz.tour", "ptz.patrol", "ptz.patrol", "ptz.release"),
        ]
        assert all(about == "cam07" for _, about, _ in acts)
        assert acts[3][2] == {"name": "Mi esquina"}


async def test_a_hand_on_the_socket_moves_and_its_end_stops(tmp_path: Path) -> None:
    """Words each 300 ms; then the browser is gone without a word, and the camera stands."""
    async with ptz_room(tmp_path) as made:
        ana, beto = made.room.person(Role.OPERATOR), made.room.person(Role.OPERATOR)
        await ready(ana)
        async with made.room.served() as base:
            async with made.room.socket(base, "/api/ptz/cam07", ana) as hand:
                async with key_down(hand), made.room.socket(base, "/api/ptz/cam07", beto) as other:
                    moving = await state(hand, lambda m: m["kind"] == "ptz" and m["body"]["moving"])
                    assert moving["body"]["holder"]["mine"]
                    await until(lambda: made.device.head.velocity == (1.0, 0.0, 0.0))
                    await other.send(json.dumps({"tilt": 1.0}))
                    refused = await state(other, lambda m: m["kind"] == "refused")
                    assert ana.user.full_name in refused["message"]
                    # What is none of ours stops only one's own movement. (A machine that stands still for a second lets every hand fall silent.)
                    silences = made.pilot.silences
                    await other.send("nonsense")
                    for _ in range(80):
                        await asyncio.sleep(0.01)
                        assert made.device.head.velocity == (1.0, 0.0, 0.0) or made.pilot.silences > silences
                hand.transport.abort()
            await until(lambda: not made.device.head.moving)
        assert [action for action, _, _ in made.audited()] == ["ptz.steer", "ptz.steer"]


async def test_the_owner_of_an_incident_goes_before_a_supervisor(tmp_path: Path) -> None:
    """People act there on what he sees."""
    async with ptz_room(tmp_path) as made:
        ana, chief = made.room.person(Role.OPERATOR), made.room.person(Role.SUPERVISOR)
        await ready(ana)
        assert (await chief.post("/api/cameras/cam07/ptz/reserve", {"seconds": 300})).status_code == 200
        assert (await ana.post("/api/cameras/cam07/ptz/reserve", {})).status_code == 409
        made.room.dispatched("cam07", SERENAZGO, actor=replace(ana.actor))
        found = await ana.post("/api/cameras/cam07/ptz/reserve", {})
        assert found.status_code == 200, found.text
        assert found.json()["holder"]["rank"] == "incident"
        assert (await chief.post("/api/cameras/cam07/ptz/preset", {"token": "1"})).status_code == 409


async def test_a_device_is_seen_set_and_restarted_with_its_id_as_the_word(tmp_path: Path) -> None:
    """By those who may; the audit has each change with its values."""
    async with ptz_room(tmp_path) as made:
        admin, chief = made.room.person(Role.ADMIN), made.room.person(Role.SUPERVISOR)
        await ready(chief)
        seen = (await admin.get("/api/cameras/cam08/device")).json()
        assert (seen["manufacturer"], seen["ir"], len(seen["relays"])) == ("Simulador", "auto", 1)
        assert abs(seen["clock_offset_s"] - 7200) < 2
        changed = await chief.post("/api/cameras/cam08/device/imaging", {"levels": {"brightness": 33}, "ir": "night"})
        assert changed.status_code == 200, changed.text
        assert made.device.levels["Brightness"] == 33
        too_much = await chief.post("/api/cameras/cam08/device/imaging", {"levels": {"brightness": 333}})
        assert too_much.status_code == 422
        assert (await chief.post("/api/cameras/cam08/device/focus", {"speed": -0.5})).status_code == 200
        assert (await chief.post("/api/cameras/cam08/device/relay", {"relay": "relay0", "on": True})).status_code == 200
        assert made.device.relays == {"relay0": True}
        assert (await chief.post("/api/cameras/cam08/device/relay", {"relay": "none", "on": True})).status_code == 404
        assert (await chief.post("/api/cameras/cam08/device/reboot", {"confirm": "cam08"})).status_code == 403
        assert (await admin.post("/api/cameras/cam08/device/reboot", {"confirm": "cam07"})).status_code == 422
        assert made.device.reboots == 0
        assert (await admin.post("/api/cameras/cam08/device/reboot", {"confirm": "cam08"})).status_code == 200
        assert made.device.reboots == 1
        actions = [action for action, _, _ in made.audited()]
        assert actions[0] == "device.adjust"
        assert actions[-1] == "device.reboot"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/cameras/cam08/ptz", 404),  # fixed
        ("/api/cameras/cam09/ptz", 404),  # no ONVIF
        ("/api/cameras/cam09/device", 404),
    ],
)
async def test_what_a_camera_lacks_is_not_there(tmp_path: Path, path: str, status: int) -> None:
    """For those who could otherwise."""
    async with ptz_room(tmp_path) as made:
        person = made.room.person(Role.SUPERVISOR)
        assert (await person.get(path)).status_code == status


async def test_somebody_with_other_cameras_reaches_none_of_it(tmp_path: Path) -> None:
    """The object's own camera decides: reading, moving and the socket."""
    async with ptz_room(tmp_path) as made:
        ana, limited = made.room.person(Role.OPERATOR), made.room.person(Role.SUPERVISOR, cameras=["cam08"])
        await ready(ana)
        assert (await limited.get("/api/cameras/cam07/ptz")).status_code == 404
        assert (await limited.post("/api/cameras/cam07/ptz/reserve", {})).status_code == 404
        assert (await limited.get("/api/cameras/cam07/device")).status_code == 404
        assert (await limited.get("/api/cameras/cam08/device")).status_code == 200
        async with made.room.served() as base, made.room.socket(base, "/api/ptz/cam07", limited) as hand:
            with suppress(Exception):
                await hand.recv()
            assert hand.close_code == 4404


async def test_a_worker_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    """503 in the operator's words, and nothing waits for it."""
    async with ptz_room(tmp_path) as made:
        cameras = CallClient(tmp_path / "nobody", "onvif-0")
        services = replace(made.room.services, cameras=cameras)
        other = replace(made.room, app=create_app(services))
        found = await other.person(Role.OPERATOR).get("/api/cameras/cam07/ptz")
        assert found.status_code == 503
        assert "proceso" in found.json()["error"]["message"]
        cameras._socket.close()

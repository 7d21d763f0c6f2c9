"""Take the pictures of docs/images from a running control room: ``make screenshots``.

A fleet and a node are started as a user would start them, people work in them (some over HTTP, some in the browser), and each page is photographed in a
state that means something. The pictures are reduced to a palette by ffmpeg, so that the repository stays small.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.rig import ROOT, Started, free_port, listens, start, wait_for, write_config
from nvr.app.accounts import NewAccount, add_people
from nvr.app.demo import DEMO_PEOPLE, write_fleet_credentials
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.users import Role
from tests.journeys.people import Person

IMAGES = ROOT / "docs" / "images"
CLIPS = ROOT / "data" / "simulator-cache"
SIZES = {"": (1920, 1080), "-4k": (3840, 2160)}
CAMERAS = 12
LARGEST_BYTES = 600_000
PEOPLE = (*DEMO_PEOPLE, NewAccount("admin", "Administración", Role.ADMIN))
# Cameras by the part that they play; the order of the waiting ones is that of their arrival.
CLOSED, ON_SCENE, EN_ROUTE, TWO_AGENCIES, TAKEN, MINE, WAITING = (
    "cam08",
    "cam05",
    "cam11",
    "cam02",
    "cam09",
    "cam04",
    ("cam07", "cam03", "cam12", "cam06"),
)

MOVING = 7
"""Number of the camera that is moved over ONVIF."""

_PLACES = {
    "operador1": "Puesto 1",
    "operador2": "Puesto 2",
    "serenazgo1": "Serenazgo 1",
    "pnp1": "Enlace PNP",
    "investigador1": "Archivo",
    "supervisor1": "Puesto 12",
    "admin": "Servidor",
}


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
            person.http.headers["X-Terminal"] = _PLACES[name]
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
    fleet_port, console_port = free_port(), free_port()
    config_path = folder / "cameras.yaml"
    write_config(
        config_path,
        cameras=CAMERAS,
        fleet_port=fleet_port,
        console_port=console_port,
        data=folder / "data",
        onvif_ports={MOVING: free_port()},
    )
    config = load(config_path, None)
    folders = Folders.of(config)
    folders.create()
    credentials = folders.credentials(config)
    write_fleet_credentials(config, credentials)
    catalogue = Catalogue(folders.database_url(config))
    issued = add_people(catalogue, PEOPLE, must_change=False)
    catalogue.close()
    clips = ["--cache", str(CLIPS)] if CLIPS.exists() else ["--small", "--cache", str(folder / "clips")]
    control = folder / "sim.sock"
    arguments = ["ingest.simulator", "--config", str(config_path), "--port", str(fleet_port), *clips]
    arguments += ["--events-per-hour", "0", "--control", str(control), "--credentials", str(credentials)]
    with ExitStack() as stack:
        fleet = start(arguments, folder / "fleet.log")
        stack.callback(fleet.stop)
        wait_for("the fleet listens", lambda: listens(fleet_port), 120, fleet)
        log = folder / "nvr.log"
        node = start(["nvr.cli", "run", "--config", str(config_path)], log)
        stack.callback(node.stop)
        wait_for(
            "every camera is recorded",
            lambda: "cameras are recorded and analysed" in log.read_text(errors="replace"),
            120,
            node,
        )
        passwords = {entry.name: entry.password.reveal() for entry in issued}
        made = Stage(f"http://localhost:{console_port}", passwords, control, node)
        yield made
        for person in made.people.values():
            person.close()


@dataclass(slots=True)
class Camera:
    """Photographs pages of a browser at the sizes that the documentation shows."""

    browser: Browser
    room: Stage
    only: str

    @contextmanager
    def terminal(self, name: str, size: str = "") -> Iterator[Page]:
        """Somebody logged in through the page."""
        width, height = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, locale="es-PE", timezone_id="America/Lima"
        )
        page = context.new_page()
        page.goto(self.room.base)
        page.locator('input[autocomplete="username"]').fill(name)
        page.locator('input[type="password"]').fill(self.room.passwords[name])
        page.locator('input[name="terminal"]').fill(_PLACES[name])
        if name == "operador1" and not size:
            self.take(page, "login")
        page.keyboard.press("Enter")
        expect(page.locator(".header-clock, .header")).not_to_have_count(0, timeout=20_000)
        yield page
        context.close()

    def take(self, page: Page, name: str) -> None:
        """Write ``docs/images/<name>.png``.

        Raises:
            SystemExit: the picture is larger than the repository should carry.
        """
        if self.only and self.only not in name:
            return
        target = IMAGES / f"{name}.png"
        with tempfile.NamedTemporaryFile(suffix=".png") as raw:
            page.screenshot(path=raw.name)
            for colours in (256, 160, 96, 48):
                palette = (
                    f"split[a][b];[a]palettegen=max_colors={colours}:stats_mode=full[p];[b][p]paletteuse=dither=none"
                )
                command = [
                    "ffmpeg",
                    "-v",
                    "error",
                    "-y",
                    "-i",
                    raw.name,
                    "-filter_complex",
                    palette,
                    "-compression_level",
                    "9",
                    str(target),
                ]
                subprocess.run(command, check=True, stdin=subprocess.DEVNULL)  # noqa: S603 -- our own arguments
                if target.stat().st_size <= LARGEST_BYTES:
                    break
        sys.stdout.write(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1000} kB\n")
        if target.stat().st_size > LARGEST_BYTES:
            raise SystemExit(f"{target} is larger than {LARGEST_BYTES} bytes")


def plays(page: Page, where: str) -> None:
    """Wait until a video there shows moving pictures."""
    moving = "at => [...document.querySelectorAll(at)].some(v => !v.paused && v.currentTime > 0.3 && v.videoWidth > 0 && v.readyState > 2)"
    page.wait_for_function(moving, arg=f"{where} video", timeout=40_000)


def units_of_the_city(room: Stage) -> None:
    """Patrols of both agencies, for the boards and for the choice of the operator."""
    units = (
        ("serenazgo1", "serenazgo", "S-02", "vehicle", "EGA-214", "C. Tirado, M. Chávez", "Centro"),
        ("serenazgo1", "serenazgo", "S-04", "vehicle", "EGA-377", "J. Huamán, R. Vásquez", "San Sebastián"),
        ("serenazgo1", "serenazgo", "M-07", "motorcycle", "2041-9D", "L. Cueva", "Centro"),
        ("pnp1", "pnp", "KG-1180", "vehicle", "PL-11803", "SO1 Terrones, SO3 Linares", "Centro"),
    )
    for who, agency, call_sign, kind, plate, crew, sector in units:
        room.person(who).post(
            "/api/units",
            {"agency": agency, "call_sign": call_sign, "kind": kind, "plate": plate, "crew": crew, "sector": sector},
        )


def yesterday_of_the_room(room: Stage) -> None:
    """What happened before the pictures are taken: incidents at every step, at both agencies."""
    units_of_the_city(room)
    (closed,) = room.dispatch(CLOSED, "ORD-LICOR", "Tres personas beben en la vereda", "serenazgo")
    room.advance(closed, "received", "en_route", "on_scene", "closed", note="Se retiraron al ver la unidad S-04")
    (scene,) = room.dispatch(ON_SCENE, "TRA-ACCIDENTE", "Mototaxi y auto, discuten los conductores", "serenazgo")
    room.advance(scene, "received", "en_route", "on_scene", note="Unidad S-02, sin heridos")
    (route,) = room.dispatch(EN_ROUTE, "ORD-SOSPECHOSA", "Varón de casaca oscura prueba puertas de autos", "serenazgo")
    room.advance(route, "received", "en_route", note="Va la unidad S-07")
    both = room.dispatch(
        TWO_AGENCIES, "ORD-GRESCA", "Unas ocho personas, dos con palos, van hacia la plaza", "serenazgo", "pnp"
    )
    for each in both:
        if each["agency"] == "pnp":
            room.advance(each, "received", note="Patrullero 2 de la comisaría")
        else:
            room.advance(each, "received")


def pictures_of_the_operator(camera: Camera, mine: str, size: str) -> None:
    """The alert taken with its live video, the dispatch form, and the incident with the answers."""
    room = camera.room
    with camera.terminal("operador1", size) as page:
        page.locator(f"#alert-{mine}").click(timeout=20_000)
        expect(page.locator(".alert-card-owner.is-mine").first).to_be_visible(timeout=10_000)
        plays(page, ".stage-live")
        plays(page, ".stage-below")
        page.wait_for_timeout(2500)
        camera.take(page, f"operador{size}")
        if size:
            return
        page.keyboard.press("q")
        expect(page.locator(".heat-moving").first).to_be_attached(timeout=10_000)
        page.wait_for_timeout(500)
        camera.take(page, "operador-por-que")
        page.keyboard.press("q")
        page.keyboard.press("p")
        expect(page.locator(".dispatch-form input[role=combobox]")).to_be_focused()
        page.keyboard.type("robo al")
        page.keyboard.press("Enter")
        page.locator(".dispatch-form textarea").fill(
            "Dos varones en moto lineal arrebatan un bolso y huyen hacia el jirón Amazonas"
        )
        page.keyboard.press("Control+Enter")
        expect(page.locator(".summary")).to_be_visible()
        page.wait_for_timeout(500)
        camera.take(page, "operador-despacho")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Despacho enviado").first).to_be_visible(timeout=10_000)
        for dispatch in room.person("pnp1").get("/api/dispatches", state="sent")["items"]:
            if dispatch["camera_id"] == MINE:
                room.advance(dispatch, "received", "en_route", note="Patrullero 3, dos efectivos")
        expect(page.locator(".timeline").get_by_text("En camino").first).to_be_visible(timeout=10_000)
        plays(page, ".stage-live")
        page.wait_for_timeout(6000)
        camera.take(page, "operador-incidente")
        page.keyboard.press("c")
        page.keyboard.type(str(MOVING))
        page.keyboard.press("Enter")
        page.keyboard.press("g")
        page.get_by_role("button", name="Esquina norte").click(timeout=20_000)
        page.wait_for_timeout(1500)
        camera.take(page, "operador-mover")
        page.keyboard.press("Escape")


def pictures_of_the_boards(camera: Camera, size: str) -> None:
    """Both agencies' boards, the one of Serenazgo with a dispatch that rings."""
    for name, picture in (("serenazgo1", "despacho-serenazgo"), ("pnp1", "despacho-pnp")):
        if size and name == "pnp1":
            continue
        with camera.terminal(name, size) as page:
            expect(page.locator(".board-card").first).to_be_visible(timeout=20_000)
            page.keyboard.press("ArrowDown")
            plays(page, ".detail")
            page.wait_for_timeout(2500)
            camera.take(page, f"{picture}{size}")


def pictures_of_the_others(camera: Camera) -> None:
    """Recordings, supervision, administration."""
    with camera.terminal("investigador1") as page:
        for number in (4, 2):
            page.locator(".camera-row").filter(has=page.locator(".camera-number", has_text=str(number))).first.click()
        page.get_by_role("button", name="Ir", exact=True).click()
        plays(page, ".players")
        for _ in range(3):
            page.keyboard.press("i")
        page.wait_for_timeout(3000)
        camera.take(page, "investigacion")
        page.keyboard.press("f")
        page.get_by_role("button", name="Toda la imagen").click()
        page.get_by_label("Todas (").click()
        page.get_by_role("button", name="Buscar", exact=True).click()
        expect(page.locator(".peak img").first).to_be_visible(timeout=20_000)
        page.wait_for_timeout(4000)
        camera.take(page, "busqueda")
    with camera.terminal("supervisor1") as page:
        expect(page.locator(".figure").first).to_be_visible(timeout=20_000)
        page.wait_for_timeout(1500)
        camera.take(page, "supervision")
        page.get_by_role("tab", name="Reservas").click()
        expect(page.locator("tbody tr").first).to_be_visible(timeout=20_000)
        camera.take(page, "reservas")
        page.get_by_role("tab", name="Discos").click()
        expect(page.locator(".pools li").first).to_be_visible(timeout=20_000)
        camera.take(page, "discos")
        page.get_by_role("tab", name="Canales").click()
        expect(page.locator("tbody tr").first).to_be_visible(timeout=20_000)
        camera.take(page, "canales")
        page.get_by_role("tab", name="Cifras").click()
        expect(page.locator(".performance table").first).to_be_visible(timeout=20_000)
        page.wait_for_timeout(500)
        camera.take(page, "cifras")
    with camera.terminal("admin") as page:
        page.get_by_role("tab", name="Salud del sistema").click()
        page.wait_for_timeout(3000)
        camera.take(page, "admin")
        page.get_by_role("tab", name="Zonas").click()
        page.locator(".zone-item").first.click(timeout=20_000)
        page.wait_for_timeout(3000)
        camera.take(page, "zonas")


def main() -> int:
    """Take all pictures; 2 where Chromium or ffmpeg is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="keep only pictures whose name holds this")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None or shutil.which("ffmpeg") is None:
        sys.stderr.write("Chromium and ffmpeg are needed: make system-packages\n")
        return 2
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, stage(Path(scratch)) as room, sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
        browser = driver.chromium.launch(executable_path=chromium, args=arguments)
        camera = Camera(browser, room, options.only)
        yesterday_of_the_room(room)
        taken = room.alert(TAKEN)
        room.person("operador2").post(f"/api/alerts/{taken['alert_id']}/take")
        mine = room.alert(MINE)["alert_id"]
        room.person("operador1").post(f"/api/alerts/{mine}/take")
        room.dispatch("cam10", "PER-AGRESION", "Empujones a la salida del local", "serenazgo")
        for camera_id in WAITING:
            room.alert(camera_id)
        acts: tuple[Callable[[], None], ...] = (
            lambda: pictures_of_the_operator(camera, mine, "-4k"),
            lambda: pictures_of_the_operator(camera, mine, ""),
            lambda: pictures_of_the_boards(camera, ""),
            lambda: pictures_of_the_others(camera),
            lambda: pictures_of_the_boards(camera, "-4k"),
        )
        for act in acts:
            act()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

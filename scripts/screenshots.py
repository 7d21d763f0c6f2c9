"""Take the pictures of docs/images from a running control room: ``make screenshots``.

A fleet and a node are started as a user would start them, people work in them (some over HTTP, some in the browser), and each page is photographed in a
state that means something. The pictures are reduced to a palette by ffmpeg, so that the repository stays small.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.rig import ROOT
from scripts.stage import MOVING, PLACES, Stage, stage

IMAGES = ROOT / "docs" / "images"
SIZES = {"": (1920, 1080), "-4k": (3840, 2160)}
LARGEST_BYTES = 600_000
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
        page.locator('input[name="terminal"]').fill(PLACES[name])
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


@contextmanager
def staffed_boards(camera: Camera) -> Iterator[None]:
    """Somebody sits before each agency's board meanwhile, in a window that nobody photographs: else no dispatch would arrive."""
    with ExitStack() as windows:
        for name in ("serenazgo1", "pnp1"):
            page = windows.enter_context(camera.terminal(name))
            expect(page.locator(".board")).to_be_visible(timeout=20_000)
        yield


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


def today_of_the_room(room: Stage) -> str:
    """Then what goes on while they are taken; the alert that the first operator has."""
    yesterday_of_the_room(room)
    taken = room.alert(TAKEN)
    room.person("operador2").post(f"/api/alerts/{taken['alert_id']}/take")
    mine: str = room.alert(MINE)["alert_id"]
    room.person("operador1").post(f"/api/alerts/{mine}/take")
    room.dispatch("cam10", "PER-AGRESION", "Empujones a la salida del local", "serenazgo")
    for camera_id in WAITING:
        room.alert(camera_id)
    return mine


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
        acts: tuple[Callable[[str], None], ...] = (
            lambda mine: pictures_of_the_operator(camera, mine, "-4k"),
            lambda mine: pictures_of_the_operator(camera, mine, ""),
            lambda _: pictures_of_the_boards(camera, ""),
            lambda _: pictures_of_the_others(camera),
            lambda _: pictures_of_the_boards(camera, "-4k"),
        )
        with staffed_boards(camera):
            mine = today_of_the_room(room)
            for act in acts:
                act(mine)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

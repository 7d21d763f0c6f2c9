"""Zones that an administrator draws: compared, tried, put in force, written into the file; by the keeper that a node has."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page, async_playwright, expect

from benchmarks.rig import ROOT
from console_web.app import create_app
from nvr.app.adoption import adopt_at_start
from nvr.app.folders import Folders
from nvr.app.version_keeper import VersionKeeper
from nvr.app.zone_trials import TuneProcess
from nvr.catalogue import audit
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import load_config
from nvr.config.live import LiveConfig
from nvr.motion_index.rows import GRID
from nvr.motion_index.seconds import Seconds
from nvr.motion_index.writer import IndexWriter
from nvr.observations import WorkerStatus
from tests.console_web.room import Person, Room, open_room

TEXT = """# The admin's own words.
node: {{port: {port}, data: DATA}}
schedules: {{noche: [{{from: "22:00", to: "06:00"}}]}}
cameras:
  - id: cam01   # at the bridge
    name: Jr. Uno
    main: {{url: "rtsp://127.0.0.1/1"}}
  - {{id: cam02, name: Jr. Dos, main: {{url: "rtsp://127.0.0.1/2"}}}}
"""
STATIC = ROOT / "console_web" / "static"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VEREDA = {"name": "Vereda", "polygon": [[0.1, 0.5], [0.9, 0.5], [0.9, 1.0], [0.1, 1.0]], "loitering": {"after_s": 60}}


@dataclass
class Kept:
    """A room whose configuration is kept."""

    room: Room
    path: Path
    keeper: VersionKeeper

    @property
    def admin(self) -> Person:
        return self.room.person(Role.ADMIN)


@pytest.fixture
async def kept(tmp_path: Path, run_folder: Path, clock: SimulatedClock) -> AsyncIterator[Kept]:
    text = TEXT.replace("DATA", str(tmp_path / "data"))
    with open_room(tmp_path, run_folder, clock, config_text=text) as room:
        path = tmp_path / "cameras.yaml"
        path.write_text(text.format(port=room.config.node.port), encoding="utf-8")
        settings = adopt_at_start(path, None).in_force
        live = LiveConfig.of(settings.config)
        keeper = VersionKeeper(
            path,
            tmp_path / "data",
            live,
            settings,
            catalogue=room.catalogue,
            clock=clock,
            credentials=tmp_path / "credentials.yaml",
            write=room.services.threads.write,
        )
        trials = TuneProcess(keeper, tmp_path / "data")
        services = replace(room.services, config=live, configuration=keeper, trials=trials, static=STATIC)
        yield Kept(replace(room, services=services, app=create_app(services)), path, keeper)


async def test_what_is_drawn_is_compared_put_in_force_and_written(kept: Kept) -> None:
    admin = kept.admin
    now = (await admin.get("/api/cameras/cam01/zones")).json()
    assert (now["version"], [zone["name"] for zone in now["zones"]], now["schedules"]) == (
        1,
        ["Toda la vista"],
        ["noche"],
    )
    drawn = {"zones": [VEREDA, now["zones"][0] | {"schedule": "noche"}], "masks": []}
    seen = (await admin.post("/api/cameras/cam01/zones/preview", drawn)).json()
    assert seen["faults"] == []
    (changed,) = seen["diff"]["changed"]
    assert (changed["camera_id"], changed["reconnects"]) == ("cam01", [])
    assert {each["field"].split(".")[0] for each in changed["fields"]} == {"zones"}
    assert kept.path.read_text(encoding="utf-8").count("Vereda") == 0, "looking changes nothing"

    done = await admin.post("/api/cameras/cam01/zones/apply", drawn | {"base_version": 1})
    assert done.status_code == 200, done.text
    version = done.json()["version"]
    assert (version["version"], version["how"], version["by"]) == (2, "editor", admin.user.name)
    text = kept.path.read_text(encoding="utf-8")
    assert "# The admin's own words." in text
    assert "  - id: cam01   # at the bridge\n" in text
    written = load_config(kept.path).camera("cam01")
    assert written is not None
    assert [zone.name for zone in written.zones] == ["Vereda", "Toda la vista"]
    assert written.zones[0].loitering is not None
    assert (await admin.get("/api/cameras/cam01/zones")).json()["zones"][0]["name"] == "Vereda"
    with kept.room.catalogue.read() as tx:
        assert [each.actor for each in audit.read(tx, 50) if each.object == "version 2"] == [admin.user.name]


async def test_nothing_is_put_over_what_somebody_else_did_meanwhile(kept: Kept) -> None:
    admin = kept.admin
    first = await admin.post("/api/cameras/cam02/zones/apply", {"zones": [VEREDA], "masks": [], "base_version": 1})
    assert first.status_code == 200, first.text
    late = await admin.post("/api/cameras/cam01/zones/apply", {"zones": [VEREDA], "masks": [], "base_version": 1})
    assert late.status_code == 409
    assert (await admin.get("/api/configuration")).json()["version"]["version"] == 2


async def test_unfinished_work_in_the_file_stays(kept: Kept) -> None:
    unfinished = kept.path.read_text(encoding="utf-8") + "# to do: the third camera\n"
    kept.path.write_text(unfinished, encoding="utf-8")
    done = await kept.admin.post("/api/cameras/cam02/zones/apply", {"zones": [VEREDA], "masks": [], "base_version": 1})
    assert done.status_code == 200, done.text
    assert kept.path.read_text(encoding="utf-8") == unfinished
    assert (await kept.admin.get("/api/configuration")).json()["file"] == "set_aside"


@pytest.mark.parametrize(
    ("zones", "status"),
    [
        ([VEREDA | {"schedule": "tarde"}], 409),
        ([VEREDA, VEREDA], 409),
        ([VEREDA | {"polygon": [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]}], 422),
        ([VEREDA | {"movement": False, "loitering": None}], 409),
        ([VEREDA] * 17, 422),
    ],
)
async def test_faults_are_told_and_change_nothing(kept: Kept, zones: list[dict[str, Any]], status: int) -> None:
    admin, body = kept.admin, {"zones": zones, "masks": []}
    seen = await admin.post("/api/cameras/cam01/zones/preview", body)
    assert seen.status_code == 422 if status == 422 else seen.json()["faults"], seen.text
    for path, more in (("apply", {"base_version": 1}), ("tune", {})):
        assert (await admin.post(f"/api/cameras/cam01/zones/{path}", body | more)).status_code == status
    assert (await admin.get("/api/configuration")).json()["version"]["version"] == 1


def something_moved(path: Path) -> int:
    """An hour ago, in the upper left of the first camera, for 5 s; the second from which on it was looked at."""
    index = Folders.of(load_config(path)).motion_index
    index.mkdir(parents=True)
    start_s = int(time.time()) - 3600
    seconds = Seconds()
    for offset in range(300):
        grid = np.zeros(GRID, np.uint8)
        if 100 <= offset < 105:
            grid[3:6, 3:7] = 60
        for frame in range(4):
            seconds.add((start_s + offset) * NS_PER_S + frame * NS_PER_S // 4, grid if grid.any() else None)
    seconds.blind()
    writer = IndexWriter(index)
    writer.append("cam01", seconds.take())
    writer.close()
    return start_s


async def test_zones_are_tried_on_what_has_moved(kept: Kept) -> None:
    """A zone below would have said nothing."""
    start_s = something_moved(kept.path)
    below = {"zones": [VEREDA | {"loitering": None}], "masks": [], "days": 1}
    found = await kept.admin.post("/api/cameras/cam01/zones/tune", below)
    assert found.status_code == 200, found.text
    told = found.json()
    assert {zone["zone"]: (zone["before"], zone["after"]) for zone in told["zones"]} == {"Toda la vista": (1, 0)}
    assert (told["lost_count"], told["gained_count"], told["looked_s"]) == (1, 0, 300)
    assert told["lost"][0]["start_wall_ms"] // 1000 in range(start_s + 99, start_s + 102)
    assert sum(bar["before"] for bar in told["bars"]) == 1
    left = below | {"zones": [VEREDA | {"loitering": None, "left": {}}]}
    found = await kept.admin.post("/api/cameras/cam01/zones/tune", left)
    assert {zone["zone"]: zone["told"] for zone in found.json()["zones"]} == {
        "Toda la vista": True,
        f"{VEREDA['name']} ▸ left": False,
    }
    nothing = await kept.admin.post("/api/cameras/cam02/zones/tune", below)
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (409, "conflict")


def moves_now(kept: Kept, second: int) -> None:
    """In that second, in six cells of the first camera's lower left and one of its upper right; the next has begun."""
    index = kept.room.services.motion_index
    assert index is not None
    grid = np.zeros(GRID, np.uint8)
    grid[12:15, 5:7] = 60
    grid[2, 28] = 30
    seconds, writer = Seconds(), IndexWriter(index)
    seconds.add(second * NS_PER_S, grid)
    seconds.add((second + 1) * NS_PER_S, None)
    writer.append("cam01", seconds.take())
    writer.close()


async def test_the_cells_that_move_now(kept: Kept) -> None:
    """Of the newest second, by how surely they moved; what lies further back is not now, and another camera has its own."""
    clock, address = kept.room.services.clock, "/api/cameras/cam01/zones/cells"
    second = clock.wall_ns() // NS_PER_S
    nothing = {"second_ms": None, "evidence": ""}
    assert (await kept.admin.get(address)).json() == nothing
    moves_now(kept, second - 10)
    assert (await kept.admin.get(address)).json() == nothing
    moves_now(kept, second - 1)
    told = (await kept.admin.get(address)).json()
    evidence = np.frombuffer(bytes.fromhex(told["evidence"]), np.uint8).reshape(GRID)
    assert told["second_ms"] == (second - 1) * 1000
    assert np.count_nonzero(evidence) == 7
    assert (evidence[12:15, 5:7] == 55).all()
    assert evidence[2, 28] == 27
    assert (await kept.admin.get("/api/cameras/cam02/zones/cells")).json() == nothing
    assert (await kept.room.person(Role.SUPERVISOR).get(address)).status_code == 403


@asynccontextmanager
async def zones_page(kept: Kept, width_px: int = 1920, height_px: int = 1080) -> AsyncIterator[Page]:
    """The administrator's page at its zones, in a real browser."""
    assert (STATIC / "admin.html").exists(), "build the console first: make console"
    admin = kept.admin
    async with kept.room.served(), async_playwright() as driver:
        launched = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            view = await launched.new_context(viewport={"width": width_px, "height": height_px}, locale="es-PE")
            await view.add_cookies([{"name": "nvr_session", "value": admin.token, "url": kept.room.origin}])
            page = await view.new_page()
            await page.goto(f"{kept.room.origin}/admin")
            await page.get_by_role("tab", name="Zonas").click()
            yield page
        finally:
            await launched.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages")
async def test_who_draws_a_zone_sees_what_moves(kept: Kept) -> None:
    """Cells over the picture, those of the zone apart from those outside; another sensitivity is seen at once. By keyboard."""
    moves_now(kept, kept.room.services.clock.wall_ns() // NS_PER_S - 1)
    async with zones_page(kept) as page:
        panel = page.get_by_role("region", name="Zonas", exact=True)
        await panel.get_by_role("button", name="Celdas que se mueven").press("Enter")
        await expect(panel.get_by_text("Se mueven juntas 6 celdas; la zona pide 2.")).to_be_visible()
        await expect(panel.locator(".live-cell.is-moving")).to_have_count(7)
        await panel.locator(".zone-shape").press("ArrowDown")
        corner = panel.get_by_role("button", name="Vértice 2 de Toda la vista", exact=True)
        for _ in range(50):
            await corner.press("ArrowLeft")
        await expect(panel.locator(".live-cell.is-outside")).to_have_count(1)
        await expect(panel.locator(".live-cell.is-moving")).to_have_count(6)
        await panel.get_by_label("Sensibilidad").fill("0")
        await expect(panel.get_by_text("umbral: 46")).to_be_visible()
        await panel.get_by_role("button", name="Celdas que se mueven").press("Enter")
        await expect(panel.locator(".live-cell")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages")
async def test_zones_are_drawn_in_the_shape_of_the_stream(kept: Kept) -> None:
    """Before any picture came, of a camera of 4:3; and nothing is asked for that an administrator may not see."""
    something_moved(kept.path)
    said = {"cam01/main": {"width_px": 1600.0, "height_px": 1200.0}}
    kept.room.services.live.board.report(
        WorkerStatus(worker="ingest-0", pid=7, wall_ns=1, cpu_s=0, rss_bytes=0, counters={}, cameras=said)
    )
    async with zones_page(kept) as page:
        refused: list[str] = []
        page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
        panel = page.get_by_role("region", name="Zonas", exact=True)
        frame = panel.locator(".zone-frame")
        await expect(frame).to_be_visible()
        box, drawn = await frame.bounding_box(), await panel.get_by_role("application").bounding_box()
        assert box is not None
        assert box == drawn
        assert box["width"] / box["height"] == pytest.approx(4 / 3, rel=0.01)
        await panel.locator(".zone-item").get_by_text("Toda la vista").click()
        await panel.get_by_role("button", name="Quitar").click()
        await panel.get_by_role("button", name="Probar con lo ya visto").click()
        tried = page.get_by_role("region", name="Qué habría cambiado")
        await expect(tried.get_by_text("Dejarían de alertar 1")).to_be_visible(timeout=20_000)
        await expect(tried.get_by_role("listitem").first).to_contain_text("Toda la vista")
        await expect(tried.get_by_role("row").first).to_be_in_viewport()
        assert refused == []


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages")
async def test_a_zone_is_drawn_tried_and_put_in_force(kept: Kept) -> None:
    """By mouse and keyboard, in a browser."""
    something_moved(kept.path)
    async with zones_page(kept) as page:
        panel = page.get_by_role("region", name="Zonas", exact=True)
        await panel.locator(".zone-item").get_by_text("Toda la vista").click()
        await panel.get_by_role("button", name="Quitar").click()
        await expect(panel.get_by_text("la cámara solo se graba")).to_be_visible()
        await panel.get_by_role("button", name="Dibujar zona").click()
        canvas = panel.get_by_role("application")
        box = await canvas.bounding_box()
        assert box is not None
        for x, y in ((0.2, 0.5), (0.8, 0.5), (0.8, 0.9), (0.2, 0.9)):
            await canvas.click(position={"x": x * box["width"], "y": y * box["height"]})
        await page.keyboard.press("Enter")
        await panel.get_by_label("Nombre").fill("Vereda del puente")
        corner = panel.get_by_role("button", name="Vértice 1 de Vereda del puente", exact=True)
        await corner.press("ArrowLeft")
        await corner.press("Shift+ArrowUp")
        await panel.get_by_label("Merodeo").check()
        await panel.get_by_label("Objeto dejado").check()
        await panel.get_by_label("Alerta por cualquier movimiento").check()
        await panel.get_by_role("button", name="Probar con lo ya visto").click()
        tried = page.get_by_role("region", name="Qué habría cambiado")
        await expect(tried.get_by_role("row").filter(has_text="Toda la vista")).to_contain_text("10", timeout=20_000)
        await expect(tried.get_by_text("Dejarían de alertar 1")).to_be_visible()
        untold = tried.get_by_role("row").filter(has_text="Objeto dejado · Vereda del puente")
        await expect(untold).to_contain_text("no se puede repetir")
        await panel.get_by_role("button", name="Ver qué cambia").click()
        changes = panel.get_by_role("list", name="Qué cambiaría")
        await expect(changes).to_contain_text("+ Vereda del puente")
        await expect(changes).to_contain_text("− Toda la vista")
        await panel.get_by_role("button", name="Poner en vigencia").click()
        await expect(page.get_by_text("Vigente: versión 2")).to_be_visible()
    written = load_config(kept.path).camera("cam01")
    assert written is not None
    (zone,) = written.zones
    assert (zone.name, zone.rules, zone.movement) == ("Vereda del puente", ("loitering", "left"), True)
    assert zone.polygon[0] == pytest.approx((0.19, 0.499), abs=0.002)
    assert zone.polygon[2] == pytest.approx((0.8, 0.9), abs=0.002)
    assert kept.keeper.store.text(2) == kept.path.read_text(encoding="utf-8")

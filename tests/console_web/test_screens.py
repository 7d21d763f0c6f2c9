"""Pages in a real browser, before a room whose clock goes as it is told: what takes minutes in a control room takes none here."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from nvr.catalogue.users import Role
from nvr.clock import SimulatedClock
from tests.console_web.room import CONFIG, Person, Room, open_room

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STATIC = Path(__file__).resolve().parents[2] / "console_web" / "static"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages"),
    pytest.mark.skipif(not (STATIC / ".built").exists(), reason="the console is not built: make console"),
]
URGENT = CONFIG.replace(
    "name: Jr. Uno,", "name: Jr. Uno, zones: [{{name: Puerta, polygon: [[0, 0], [1, 0], [1, 1]], priority: 1}}],"
)
_EAR = """() => {
  const connect = AudioNode.prototype.connect;
  window.strokes = [];
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      if (!window.ear) {
        const ear = window.ear = this.context.createAnalyser();
        const wave = new Float32Array(ear.fftSize), bins = new Float32Array(ear.frequencyBinCount);
        let loud = false;
        setInterval(() => {
          ear.getFloatTimeDomainData(wave);
          const now = Math.max(...wave.map(Math.abs)) > 0.02;
          if (now && !loud) {
            ear.getFloatFrequencyData(bins);
            window.strokes.push(bins.indexOf(Math.max(...bins)) * this.context.sampleRate / ear.fftSize);
          }
          loud = now;
        }, 10);
      }
      connect.call(this, window.ear);
    }
    return connect.call(this, target, ...rest);
  };
}"""
"""Listens to what goes to the loudspeaker: ``strokes`` has the loudest pitch, in Hz, of each time that silence ended."""


@pytest.fixture
def room(tmp_path: Path, run_folder: Path, clock: SimulatedClock) -> Iterator[Room]:
    """One with its built pages, whose first camera has a zone that is urgent."""
    with open_room(tmp_path, run_folder, clock, config_text=URGENT, static=STATIC) as made:
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    async with async_playwright() as driver:
        launched = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield launched
        await launched.close()


@asynccontextmanager
async def before(
    browser: Browser, room: Room, person: Person, path: str, size: tuple[int, int] = (1920, 1080)
) -> AsyncIterator[Page]:
    """A page of somebody who is logged in; what it complains of fails the test."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="es-PE", timezone_id="America/Lima"
    )
    await context.add_cookies([{"name": "nvr_session", "value": person.token, "url": room.origin}])
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.add_init_script(f"({_EAR})()")
    await page.goto(room.origin + path)
    await expect(page.get_by_text("Conectado")).to_be_visible(timeout=15_000)
    yield page
    await context.close()
    assert complaints == []


async def test_the_supervisor_hears_what_is_urgent_once_nobody_took_it_for_45_seconds(
    room: Room, browser: Browser
) -> None:
    """Not before; then three strokes, again and again, and a band, until somebody takes it."""
    operator, supervisor = room.person(Role.OPERATOR), room.person(Role.SUPERVISOR)
    async with room.served(), before(browser, room, supervisor, "/supervision") as page:
        await page.keyboard.press("Shift")  # browsers let a page sound after a first key
        room.alert("cam02")
        urgent = room.alert("cam01", zone="Puerta", settled=False)
        waits_ns = room.desk.alert(urgent).waits_since_wall_ns
        row = page.get_by_role("row").filter(has_text="Jr. Uno")
        band = page.get_by_role("alert").filter(has_text="Jr. Uno")
        for age_s, level in ((20, 1), (44.9, 1), (45, 2)):
            room.clock.advance(seconds=(waits_ns - room.clock.wall_ns()) / 1e9 + age_s)
            room.desk.tick()
            assert room.desk.alert(urgent).escalation == level
            if level < 2:
                await expect(row).to_be_visible()
                await expect(band).to_have_count(0)
                assert await page.evaluate("window.strokes") == [], "nobody has missed it yet"
        await expect(band).to_be_visible(timeout=15_000)
        await page.wait_for_function("() => window.strokes.length >= 3", timeout=15_000)
        strokes = await page.evaluate("window.strokes")
        assert all(abs(hz - 880) < 50 for hz in strokes), strokes
        await page.wait_for_function("() => window.strokes.length >= 6", timeout=30_000)  # again: each some seconds
        room.desk.take(urgent, operator.actor)
        await expect(band).to_have_count(0)


async def test_a_supervisor_strikes_a_name_out_of_an_incident(room: Room, browser: Browser) -> None:
    """By keyboard, from the incident's own panel; the time line says so, and nobody reads the name any more."""
    operator, supervisor = room.person(Role.OPERATOR), room.person(Role.SUPERVISOR)
    incident, _ = room.dispatched("cam01", "serenazgo", actor=operator.actor)
    room.desk.add_note(incident.incident_id, operator.actor, "la vecina Rosa Quispe avisó")
    async with room.served(), before(browser, room, supervisor, "/operador") as page:
        await page.get_by_role("region", name="Incidentes abiertos").get_by_role("button").first.press("Enter")
        happened = page.locator(".timeline")
        await expect(happened.get_by_text("Rosa Quispe")).to_be_visible()
        await page.get_by_role("button", name="Tachar palabras").press("Enter")
        await page.keyboard.type("rosa quispe")
        await page.keyboard.press("Tab")
        await page.keyboard.type("no tuvo que ver")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(happened.get_by_text("la vecina [tachado] avisó")).to_be_visible()
        await expect(happened.get_by_text("Palabras tachadas")).to_be_visible()
        await expect(happened.get_by_text("no tuvo que ver")).to_be_visible()
        await expect(page.get_by_text("Rosa Quispe")).to_have_count(0)


_SPILLED = """() => {
  const frames = (node) => getComputedStyle(node).overflowX !== "visible";
  const wider = (node) => node.scrollWidth > node.clientWidth + 1;
  const faults = [];
  for (const node of document.body.querySelectorAll("*")) {
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    if (!box.width || node.closest("svg, video")) continue;
    const name = `${node.tagName}.${node.className}`;
    let frame = node.parentElement;
    while (frame !== document.body && !frames(frame)) frame = frame.parentElement;
    const edge = frame === document.body ? innerWidth : frame.getBoundingClientRect().right;
    if (box.right > edge + 1) faults.push(`${name} ends at ${box.right}, its frame ${frame.className} at ${edge}`);
    if (style.overflowX === "auto" && wider(node)) faults.push(`${name} has to be moved sideways`);
    if (node.children.length === 0 && style.display !== "inline" && !frames(node) && wider(node))
      faults.push(`${name}: its words leave it`);
  }
  return faults;
}"""
"""What stands beyond the frame that it is in: text that is cut off, or that nobody sees without moving sideways."""


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)], ids=["1920x1080", "3840x2160"])
async def test_a_unit_with_the_longest_words_stays_within_its_frames(
    room: Room, browser: Browser, size: tuple[int, int]
) -> None:
    """Words without a blank: in the board's strip and dialog, in an operator's choice and incident, in the supervisor's table."""
    board, operator = room.person(Role.DISPATCHER, agency="serenazgo"), room.person(Role.OPERATOR)
    words = {"agency": "serenazgo", "kind": "motorcycle", "plate": "WWW-999", "sector": "W" * 60}
    name = "W" * 20
    answer = await board.post("/api/units", words | {"call_sign": name, "crew": "W" * 200})
    assert answer.status_code == 201, answer.text
    for number in range(3):
        await board.post("/api/units", words | {"call_sign": f"{number}{'M' * 19}", "crew": "", "sector": ""})
    _, dispatch = room.dispatched("cam01", "serenazgo", actor=operator.actor)
    assigned = await board.post(f"/api/dispatches/{dispatch.dispatch_id}/unit", {"unit_id": answer.json()["unit_id"]})
    assert assigned.status_code == 200, assigned.text
    room.alert("cam02")
    async with room.served():
        async with before(browser, room, board, "/despacho", size) as page:
            strip = page.get_by_role("region", name="Unidades")
            await expect(strip.get_by_role("button").filter(has_text=name)).to_be_visible()
            assert await page.evaluate(_SPILLED) == []
            await strip.get_by_role("button").filter(has_text=name).press("Enter")
            await expect(page.get_by_role("dialog")).to_contain_text(name)
            assert await page.evaluate(_SPILLED) == []
        async with before(browser, room, operator, "/operador", size) as page:
            await page.keyboard.press("Enter")
            await page.keyboard.press("s")
            await page.keyboard.type("robo")
            await page.keyboard.press("Enter")
            chosen = page.get_by_label("Unidad")
            await chosen.select_option(label=f"0{'M' * 19} · Motocicleta")
            await expect(chosen).to_be_visible()
            assert await page.evaluate(_SPILLED) == []
            await page.keyboard.press("Escape")
            await page.get_by_role("region", name="Incidentes abiertos").get_by_role("button").first.press("Enter")
            await expect(page.locator(".dispatch-card")).to_contain_text(name)
            assert await page.evaluate(_SPILLED) == []
        async with before(browser, room, room.person(Role.SUPERVISOR), "/supervision", size) as page:
            await page.get_by_role("tab", name="Unidades").press("Enter")
            await expect(page.get_by_role("row").filter(has_text=name)).to_be_visible()
            assert await page.evaluate(_SPILLED) == []

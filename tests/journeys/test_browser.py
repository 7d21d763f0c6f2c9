"""The path in a real browser, by keyboard: log in, an alert appears, take, dispatch, the other page answers and closes; what goes wrong is said and mends itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from benchmarks.rig import wait_for
from tests.ingest.gstreamer import require_gstreamer
from tests.journeys.conftest import Room, running_room
from tests.journeys.test_real_input import foreign_cameras

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages"),
]
_MOVES = """area => [...area.querySelectorAll("video")].some(video => {
  const now = video.currentTime, before = Number(video.dataset.before ?? Infinity);
  if (now < before) video.dataset.before = now;
  return video.videoWidth > 0 && now > before + 0.5;
})"""
_PLAYS_UNTIL = """([video, until]) => new Promise((done, fail) => {
  const halts = [];
  for (const name of ["waiting", "error", "ended"]) video.addEventListener(name, () => halts.push(name + " at " + video.currentTime));
  const began = performance.now();
  const look = () => {
    if (video.currentTime >= until) done(halts);
    else if (performance.now() - began > 20000) fail(new Error("stands at " + video.currentTime + ": " + halts));
    else setTimeout(look, 50);
  };
  look();
})"""
"""Resolves with what halted the video until it has come to a time of its own clock, in seconds."""
PLACES = {
    "cam01": "Jr. 11 de Febrero con Jr. Revilla Pérez",
    "cam02": "Jr. Del Batan con Jr. Sabogal",
    "cam03": "Jr. Mejillones con Jr. Chanchamayo",
    "cam04": "Jr. Marañón con Jr. Tarapacá",
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, clip_cache: Path) -> Iterator[Room]:
    """A room whose files are 5 s long, so that any clip goes over several."""
    node: dict[str, int | str] = {"segment_s": 5, "retention_exception": "Acta 1-2026: prueba de los cuadros clave"}
    with running_room(tmp_path_factory.mktemp("room"), clip_cache, node) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield launched
        launched.close()


@contextmanager
def log_in_page(browser: Browser, room: Room) -> Iterator[Page]:
    """Somebody before the log-in page; what a page complains of afterwards fails the test: an exception, or anything that the policy (CSP) forbids."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="es-PE", timezone_id="America/Lima")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    page.goto(room.base)
    yield page
    context.close()
    assert complaints == []


def give(page: Page, name: str, password: str) -> None:
    """Name and password into the log-in form, by keyboard: the name has the focus already."""
    expect(page.locator('input[name="name"]')).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


@contextmanager
def terminal(browser: Browser, room: Room, name: str) -> Iterator[Page]:
    """A person before a screen, logged in through the page."""
    with log_in_page(browser, room) as page:
        give(page, name, room.passwords[name])
        expect(page.get_by_text("Conectado")).to_be_visible(timeout=15_000)
        yield page


def card(page: Page, camera_id: str) -> Locator:
    """A camera's alert in the operator's queue."""
    return page.get_by_role("region", name="Alertas").get_by_role("option").filter(has_text=PLACES[camera_id]).first


def choose(page: Page, camera_id: str) -> None:
    """Go through the queue by arrow keys until a camera's alert is the chosen one."""
    wanted = card(page, camera_id)
    expect(wanted).to_be_visible(timeout=30_000)
    for _ in range(12):
        page.keyboard.press("ArrowUp")
    for _ in range(12):
        if wanted.get_attribute("aria-selected") == "true":
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys never came to {camera_id}")


def plays(area: Locator) -> None:
    """A video there shows moving pictures: its time goes on. Which of them may change, because the large stream takes over from the small one."""
    area.page.wait_for_function(_MOVES, arg=area.element_handle(timeout=20_000), timeout=30_000)


def test_a_case_from_the_alert_to_its_end_by_keyboard(room: Room, browser: Browser) -> None:
    """An operator takes, looks and dispatches; the patrol answers step by step and closes; the operator sees each step and closes the incident."""
    room.wait_for_recording("cam01", seconds=12)
    with (
        terminal(browser, room, "operador1") as operator,
        terminal(browser, room, "serenazgo1") as patrol,
        terminal(browser, room, "pnp1") as police,
    ):
        room.cause_movement("cam01")
        choose(operator, "cam01")
        plays(operator.locator(".stage-live"))
        operator.keyboard.press("r")
        plays(operator.locator(".stage-below"))
        operator.keyboard.press("Enter")
        expect(card(operator, "cam01")).to_contain_text("La tiene usted")

        operator.keyboard.press("s")
        expect(operator.locator("form.dispatch-form input[role=combobox]")).to_be_focused(timeout=10_000)
        operator.keyboard.type("robo")
        operator.keyboard.press("Enter")
        operator.keyboard.type("Dos personas forcejean en la esquina")
        operator.keyboard.press("Control+Enter")
        summary = operator.locator(".summary")
        for word in ("SERENAZGO", PLACES["cam01"], "Robo", "ALTA", "Dos personas forcejean en la esquina"):
            expect(summary).to_contain_text(word)
        operator.keyboard.press("Enter")
        happened = operator.locator(".timeline")
        expect(happened.get_by_text("Despacho enviado")).to_be_visible(timeout=10_000)

        expect(patrol.get_by_role("region", name="Nuevo").get_by_text(PLACES["cam01"])).to_be_visible(timeout=5_000)
        expect(patrol.get_by_text("Dos personas forcejean en la esquina").first).to_be_visible()
        expect(police.get_by_text("Sin despachos")).to_be_visible()
        plays(patrol.locator(".detail-picture"))
        for key, word in (("r", "Recibido"), ("e", "En camino"), ("l", "En el lugar")):
            patrol.keyboard.press(key)
            expect(happened.get_by_text(word)).to_be_visible(timeout=5_000)
            expect(patrol.get_by_role("region", name=word).get_by_text(PLACES["cam01"])).to_be_visible()
        operator.keyboard.press("f")
        expect(operator.get_by_role("status").get_by_text("Primero deben cerrarse todos sus despachos")).to_be_visible()
        patrol.keyboard.press("c")
        expect(patrol.get_by_role("dialog").locator("textarea")).to_be_focused()
        patrol.keyboard.type("Separados; ningún herido")
        patrol.keyboard.press("Control+Enter")
        expect(happened.get_by_text("Despacho cerrado")).to_be_visible(timeout=5_000)
        expect(happened.get_by_text("Separados; ningún herido")).to_be_visible()
        operator.keyboard.press("f")
        expect(operator.get_by_role("dialog").locator("textarea")).to_be_focused()
        operator.keyboard.type("Atendido por Serenazgo")
        operator.keyboard.press("Control+Enter")
        expect(happened.get_by_text("Incidente cerrado")).to_be_visible(timeout=5_000)
        expect(operator.get_by_text("No hay incidentes abiertos.")).to_be_visible()


def test_two_operators_and_one_alert(room: Room, browser: Browser) -> None:
    """What one took the other sees as taken and can't take; what the first one closes leaves both queues."""
    with terminal(browser, room, "operador1") as first, terminal(browser, room, "operador2") as second:
        room.cause_movement("cam03")
        choose(first, "cam03")
        choose(second, "cam03")
        first.keyboard.press("Enter")
        expect(card(second, "cam03")).to_contain_text("La tiene Operador 1", timeout=5_000)
        expect(second.get_by_role("button", name="Tomar")).to_have_count(0)
        expect(second.get_by_role("button", name="Despachar SERENAZGO")).to_be_disabled()
        second.keyboard.press("s")
        expect(second.get_by_role("status").get_by_text("La atiende Operador 1.")).to_be_visible()
        expect(second.locator("form.dispatch-form")).to_have_count(0)
        expect(card(first, "cam03")).to_contain_text("La tiene usted")
        first.keyboard.press("f")
        expect(first.get_by_role("dialog")).to_be_visible()
        first.keyboard.press("Enter")
        expect(card(first, "cam03")).to_have_count(0)
        expect(card(second, "cam03")).to_have_count(0)


def test_a_lost_server_is_said_and_comes_back_by_itself(room: Room, browser: Browser) -> None:
    """The control process dies: a band says so, the queue stays; it returns, the band goes, and new alerts arrive without a key."""
    with terminal(browser, room, "operador1") as page:
        room.cause_movement("cam04")
        expect(card(page, "cam04")).to_be_visible(timeout=30_000)
        band = page.get_by_role("alert").filter(has_text="SIN CONEXIÓN")
        expect(band).to_have_count(0)
        room.child("control").kill()
        expect(band).to_be_visible(timeout=10_000)
        expect(card(page, "cam04")).to_be_visible()
        expect(band).to_have_count(0, timeout=60_000)
        expect(card(page, "cam04")).to_be_visible()
        room.cause_movement("cam02")
        expect(card(page, "cam02")).to_be_visible(timeout=30_000)


def test_a_wrong_password_is_said_and_the_right_one_opens(room: Room, browser: Browser) -> None:
    """One error for all reasons, the password is to be typed anew, and the next try works."""
    with log_in_page(browser, room) as page:
        give(page, "supervisor1", "no es esta clave")
        expect(page.get_by_role("alert")).to_contain_text("contraseña")
        expect(page.locator('input[name="current"]')).to_have_value("")
        page.locator('input[name="current"]').fill(room.passwords["supervisor1"])
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{room.base}/supervision")
        expect(page.get_by_text("Cámaras en línea")).to_be_visible()


def test_a_one_time_password_must_be_changed(room: Room, browser: Browser) -> None:
    """Until it is changed no page opens; a short one is refused with words; the chosen one opens the operator's page."""
    new = {"name": "nuevo1", "full_name": "Nuevo", "role": "operator", "agency": None, "cameras": None}
    issued = room.log_in("admin").post("/api/users", new)["password"]
    with log_in_page(browser, room) as page:
        give(page, "nuevo1", issued)
        expect(page.get_by_text("Elija su contraseña")).to_be_visible()
        page.goto(f"{room.base}/operador")
        expect(page.get_by_text("Elija su contraseña")).to_be_visible()
        for password, wanted in (("corta", "menos de 12"), ("cinco burros cruzan el puente", "")):
            for name, text in (("current", issued), ("new", password), ("again", password)):
                page.locator(f'input[name="{name}"]').fill(text)
            page.keyboard.press("Enter")
            if wanted:
                expect(page.get_by_role("alert")).to_contain_text(wanted)
        expect(page.get_by_text("Conectado")).to_be_visible(timeout=15_000)
        expect(page).to_have_url(f"{room.base}/operador")


def test_a_recording_over_many_files_plays_through(room: Room, browser: Browser) -> None:
    """Each file begins at time 0: the page plays over their seams without a halt, and the time it shows is the cameras' time."""
    room.wait_for_recording("cam02", seconds=20)
    with terminal(browser, room, "investigador1") as page:
        page.get_by_label("Buscar por número o nombre").fill("batan")
        page.keyboard.press("Enter")
        began = datetime.now(ZoneInfo("America/Lima")).replace(microsecond=0) - timedelta(seconds=18)
        page.get_by_label("Hora (hh:mm:ss)").fill(f"{began:%H:%M:%S}")
        page.keyboard.press("Enter")
        video = page.locator(".player video")
        plays(page.locator(".player"))
        expect(page.get_by_label("Día (dd/mm/aaaa)")).to_have_value(f"{began:%d/%m/%Y}")
        page.get_by_role("button", name="Rápido").press("Enter")
        start_s = video.evaluate("video => video.currentTime")
        element = video.element_handle()
        assert page.evaluate(_PLAYS_UNTIL, [element, start_s + 12]) == []
        shown = page.locator(".controls-time").inner_text()
        moment = datetime.strptime(shown, "%d/%m/%Y %H:%M:%S").replace(tzinfo=began.tzinfo)
        assert timedelta(seconds=11) <= moment - began <= timedelta(seconds=18), f"{began} and then {moment}"


def test_key_frames_alone_play_through(room: Room, browser: Browser) -> None:
    """A running room is told to leave only the key frames of what is older than nine seconds: it does, says so, and plays them at their times."""
    room.wait_for_recording("cam04", seconds=20)
    document = yaml.safe_load(room.config_path.read_text(encoding="utf-8"))
    (camera,) = (each for each in document["cameras"] if each["id"] == "cam04")
    camera["retention"] = {"keyframes_after_days": 0.0001}
    room.config_path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    person = room.log_in("investigador1")
    found: list[tuple[int, int]] = []

    def groomed() -> bool:
        now_ms = time.time_ns() // 1_000_000
        spans = person.get("/api/cameras/cam04/coverage", from_ms=now_ms - 600_000, to_ms=now_ms)["spans"]
        found[:] = [(span["from_wall_ms"], span["to_wall_ms"]) for span in spans if span["keyframes"]]
        return sum(to_ms - from_ms for from_ms, to_ms in found) >= 15_000

    wait_for("the key frames of 15 s stand alone", groomed, 90, room.node)
    began = datetime.fromtimestamp(found[-1][1] // 1000 - 14, ZoneInfo("America/Lima"))
    with terminal(browser, room, "investigador1") as page:
        page.get_by_label("Buscar por número o nombre").fill("tarapac")
        page.keyboard.press("Enter")
        page.get_by_label("Hora (hh:mm:ss)").fill(f"{began:%H:%M:%S}")
        page.keyboard.press("Enter")
        plays(page.locator(".player"))
        expect(page.get_by_text("Solo cuadros clave")).to_be_visible()
        assert page.locator(".bar-keyframes").count() >= 2, "in the bar and in its legend"
        video = page.locator(".player video")
        start_s = video.evaluate("video => video.currentTime")
        assert page.evaluate(_PLAYS_UNTIL, [video.element_handle(), start_s + 8]) == []


_BALL = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=15/1 ! "


def test_motion_jpeg_is_seen_live(room: Room, browser: Browser) -> None:
    """A camera that nobody here wrote comes to a running room; its pictures move on the operator's page."""
    require_gstreamer()
    document = yaml.safe_load(room.config_path.read_text(encoding="utf-8"))
    with foreign_cameras(_BALL + "jpegenc ! rtpjpegpay name=pay0 pt=26") as port:
        url = f"rtsp://127.0.0.1:{port}/0"
        document["cameras"].append({"id": "cam11", "number": 11, "name": "Motion JPEG", "main": {"url": url}})
        room.config_path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        PLACES["cam11"] = "Motion JPEG"
        person = room.log_in("operador2")

        def alerted() -> bool:
            return "cam11" in {each["camera_id"] for each in person.get("/api/alerts", state="new")["items"]}

        wait_for("the ball moves before it", alerted, 90, room.node)
        with terminal(browser, room, "operador1") as page:
            choose(page, "cam11")
            plays(page.locator(".stage-live"))

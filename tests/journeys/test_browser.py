"""The path in a real browser, by keyboard: log in, an alert appears, take, dispatch, the other page answers and closes; what goes wrong is said and mends itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from benchmarks.rig import wait_for
from tests.ingest.gstreamer import require_gstreamer
from tests.journeys.conftest import Room, running_room
from tests.journeys.people import Person
from tests.journeys.test_real_input import foreign_cameras

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages"),
]
_MOVES = """area => [...area.querySelectorAll("video")].some(video => {
  const now = video.currentTime, step = now - Number(video.dataset.last ?? now);
  const goesOn = step >= 0 && step < 2 && !video.seeking;
  video.dataset.last = now;
  video.dataset.moved = goesOn ? Number(video.dataset.moved ?? 0) + step : 0;
  return video.videoWidth > 0 && Number(video.dataset.moved) > 0.5;
})"""
_PLAYS_UNTIL = """([video, until]) => new Promise((done, fail) => {
  const halts = [];
  let listening = false;
  const began = performance.now();
  const held = () => [...Array(video.buffered.length).keys()].map((i) => video.buffered.start(i) + " to " + video.buffered.end(i)).join(", ");
  const ahead = () => video.buffered.length ? video.buffered.end(video.buffered.length - 1) : 0;
  const look = () => {
    if (!listening && ahead() >= Math.min(until, video.currentTime + 4)) {
      listening = true;
      for (const name of ["waiting", "error", "ended"]) video.addEventListener(name, () => halts.push(name + " at " + video.currentTime + " of " + held()));
    }
    if (video.currentTime >= until) done(listening ? halts : ["never had 4 s before it"]);
    else if (performance.now() - began > 20000) fail(new Error("stands at " + video.currentTime + ": " + halts));
    else setTimeout(look, 50);
  };
  look();
})"""
"""Resolves with what halted the video, once it had 4 s before it, until it has come to a time of its own clock, in seconds."""
LIMA = ZoneInfo("America/Lima")
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
        give(page, name, room.site.passwords[name])
        expect(page.get_by_text("Conectado")).to_be_visible(timeout=15_000)
        yield page


def card(page: Page, camera_id: str) -> Locator:
    """The first alert of a camera in the operator's queue."""
    return page.get_by_role("region", name="Alertas").get_by_role("option").filter(has_text=PLACES[camera_id]).first


def card_of(page: Page, alert: dict[str, Any]) -> Locator:
    """An alert in the operator's queue."""
    return page.locator(f"#alert-{alert['alert_id']}")


def choose(page: Page, alert: dict[str, Any]) -> None:
    """Go through the queue by arrow keys until an alert is the chosen one."""
    wanted = card_of(page, alert)
    expect(wanted).to_be_visible(timeout=30_000)
    for _ in range(12):
        page.keyboard.press("ArrowUp")
    for _ in range(12):
        if wanted.get_attribute("aria-selected") == "true":
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys never came to {alert}")


def plays(area: Locator) -> None:
    """A video there shows moving pictures: its time goes on, by itself and not by a jump to where it is to begin. Which of them may change, because the large stream takes over from the small one."""
    area.page.wait_for_function(_MOVES, arg=area.element_handle(timeout=20_000), timeout=30_000)


def ago(seconds: int) -> datetime:
    """A whole second of a moment ago, by the site's clock."""
    return datetime.now(LIMA).replace(microsecond=0) - timedelta(seconds=seconds)


def go_to(page: Page, words: str, moment: datetime) -> Locator:
    """On the investigator's page: the camera that words find, from a moment of today on; its player, which plays."""
    page.get_by_label("Buscar por número o nombre").fill(words)
    page.keyboard.press("Enter")
    day = page.get_by_label("Día (dd/mm/aaaa)")
    day.select_text()
    page.keyboard.type(f"{moment:%d/%m/%Y}")
    expect(day).to_have_value(f"{moment:%d/%m/%Y}")
    page.get_by_label("Hora (hh:mm:ss)").fill(f"{moment:%H:%M:%S}")
    page.keyboard.press("Enter")
    player = page.locator(".player")
    plays(player)
    return player


def alert_of_its_own(room: Room, person: Person) -> dict[str, Any]:
    """A movement that is a new alert of the queue.

    A camera that has just moved is passed by: what it sees now is folded into what stands, for a minute. One that other tests have moved three times within a minute is shelved,
    and what it raises would wait beside the queue: it is taken off the shelf, which then leaves it alone.
    """
    for shelving in [each for each in person.get("/api/shelvings")["items"] if each["ended_wall_ms"] is None]:
        person.post(f"/api/shelvings/{shelving['shelving_id']}/end")
    known = {each["alert_id"] for each in person.get("/api/alerts", state="new")["items"]}
    for camera_id in 2 * ("cam02", "cam04", "cam01", "cam03"):
        room.cause_movement(camera_id)
        with suppress(TimeoutError):
            found: list[dict[str, Any]] = []

            def raised(camera_id: str = camera_id, found: list[dict[str, Any]] = found) -> bool:
                new = [each for each in person.get("/api/alerts", state="new")["items"] if not each["shelved"]]
                found[:] = [each for each in new if each["alert_id"] not in known and each["camera_id"] == camera_id]
                return bool(found)

            wait_for(f"{camera_id} raises an alert", raised, 18, room.node)
            return found[0]
    raise AssertionError("no camera raised a new alert")


def test_a_case_from_the_alert_to_its_end_by_keyboard(room: Room, browser: Browser) -> None:
    """An operator takes, looks and dispatches; the patrol answers step by step and closes; the operator sees each step and closes the incident."""
    room.wait_for_recording("cam01", seconds=12)
    with (
        terminal(browser, room, "operador1") as operator,
        terminal(browser, room, "serenazgo1") as patrol,
        terminal(browser, room, "pnp1") as police,
    ):
        alert = alert_of_its_own(room, room.log_in("supervisor1"))
        choose(operator, alert)
        plays(operator.locator(".stage-live"))
        operator.keyboard.press("r")
        plays(operator.locator(".stage-below"))
        operator.keyboard.press("Enter")
        expect(card_of(operator, alert)).to_contain_text("La tiene usted")

        operator.keyboard.press("s")
        expect(operator.locator("form.dispatch-form input[role=combobox]")).to_be_focused(timeout=10_000)
        operator.keyboard.type("robo")
        operator.keyboard.press("Enter")
        operator.keyboard.type("Dos personas forcejean")
        operator.reload()
        expect(operator.locator("form.dispatch-form textarea")).to_be_focused(timeout=15_000)
        operator.keyboard.press("End")
        operator.keyboard.type(" en la esquina")
        operator.keyboard.press("Control+Enter")
        summary = operator.locator(".summary")
        for word in ("SERENAZGO", PLACES[alert["camera_id"]], "Robo", "ALTA", "Dos personas forcejean en la esquina"):
            expect(summary).to_contain_text(word)
        operator.keyboard.press("Enter")
        happened = operator.locator(".timeline")
        expect(happened.get_by_text("Despacho enviado")).to_be_visible(timeout=10_000)

        expect(patrol.get_by_role("region", name="Nuevo").get_by_text(PLACES[alert["camera_id"]])).to_be_visible(
            timeout=5_000
        )
        expect(patrol.get_by_text("Dos personas forcejean en la esquina").first).to_be_visible()
        expect(police.get_by_text("Sin despachos")).to_be_visible()
        plays(patrol.locator(".detail-picture"))
        for key, word in (("r", "Recibido"), ("e", "En camino"), ("l", "En el lugar")):
            patrol.keyboard.press(key)
            expect(happened.get_by_text(word)).to_be_visible(timeout=5_000)
            expect(patrol.get_by_role("region", name=word).get_by_text(PLACES[alert["camera_id"]])).to_be_visible()
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
    """What one took the other sees as taken and can't take; what the first one judges false, by one key, leaves both queues."""
    with terminal(browser, room, "operador1") as first, terminal(browser, room, "operador2") as second:
        alert = alert_of_its_own(room, room.log_in("supervisor1"))
        choose(first, alert)
        choose(second, alert)
        first.keyboard.press("Enter")
        expect(card_of(second, alert)).to_contain_text("La tiene Operador 1", timeout=5_000)
        expect(second.get_by_role("button", name="Tomar")).to_have_count(0)
        expect(second.get_by_role("button", name="Despachar SERENAZGO")).to_be_disabled()
        second.keyboard.press("s")
        expect(second.get_by_role("status").get_by_text("La atiende Operador 1.")).to_be_visible()
        expect(second.locator("form.dispatch-form")).to_have_count(0)
        expect(card_of(first, alert)).to_contain_text("La tiene usted")
        first.keyboard.press("x")
        expect(card_of(first, alert)).to_have_count(0)
        expect(card_of(second, alert)).to_have_count(0)


def test_no_second_window_leads_around_the_lock(room: Room, browser: Browser) -> None:
    """After ten minutes without a key the screen is locked: in this window, in one opened beside it, and for who asks for the log-in page; one password opens all."""
    with terminal(browser, room, "supervisor1") as page:
        page.clock.install()
        page.clock.fast_forward("10:05")
        lock = page.get_by_role("dialog", name="Pantalla bloqueada")
        expect(lock).to_be_visible()
        beside = page.context.new_page()
        for address in ("/supervision", "/login"):
            beside.goto(f"{room.base}{address}")
            expect(beside.get_by_role("dialog", name="Pantalla bloqueada")).to_be_visible(timeout=15_000)
            expect(beside.get_by_text("Cámaras en línea")).to_be_hidden()
        expect(beside.get_by_label("Contraseña")).to_be_focused()
        beside.keyboard.type(room.site.passwords["supervisor1"])
        beside.keyboard.press("Enter")
        expect(beside.get_by_text("Cámaras en línea")).to_be_visible()
        expect(lock).to_have_count(0)
        expect(page.get_by_text("Cámaras en línea")).to_be_visible()


def test_a_camera_that_dies_under_the_eyes_is_not_called_live(room: Room, browser: Browser) -> None:
    """Its last picture stands there: the badge says so before the player gives up, then the page says that there is no signal, and the picture comes back by itself."""
    with terminal(browser, room, "operador1") as page:
        page.keyboard.press("c")
        page.keyboard.type("3")
        page.keyboard.press("Enter")
        tile = page.locator(".tile").filter(has_text=PLACES["cam03"])
        plays(tile)
        expect(tile.get_by_text("EN VIVO")).to_be_visible()
        room.tell_fleet({"do": "unplug", "camera": "cam03", "seconds": 15})
        expect(tile.get_by_text("IMAGEN DETENIDA")).to_be_visible(timeout=5_000)
        expect(tile.get_by_text("EN VIVO")).to_have_count(0)
        expect(tile.get_by_text("SIN SEÑAL")).to_be_visible(timeout=10_000)
        expect(tile.get_by_text("Conectando")).to_have_count(0)
        expect(tile.get_by_text("EN VIVO")).to_be_visible(timeout=60_000)
        plays(tile)


def test_a_lost_server_is_said_and_comes_back_by_itself(room: Room, browser: Browser) -> None:
    """The control process dies: a band says so, the queue stays; it returns, the band goes, and new alerts arrive without a key."""
    with terminal(browser, room, "operador1") as page:
        alert = alert_of_its_own(room, room.log_in("supervisor1"))
        expect(card_of(page, alert)).to_be_visible(timeout=30_000)
        band = page.get_by_role("alert").filter(has_text="SIN CONEXIÓN")
        expect(band).to_have_count(0)
        room.child("control").kill()
        expect(band).to_be_visible(timeout=10_000)
        expect(card_of(page, alert)).to_be_visible()
        expect(band).to_have_count(0, timeout=60_000)
        expect(card_of(page, alert)).to_be_visible()
        new = alert_of_its_own(room, room.log_in("supervisor1"))
        expect(card_of(page, new)).to_be_visible(timeout=30_000)


def test_a_wrong_password_is_said_and_the_right_one_opens(room: Room, browser: Browser) -> None:
    """One error for all reasons, the password is to be typed anew, and the next try works."""
    with log_in_page(browser, room) as page:
        give(page, "supervisor1", "no es esta clave")
        expect(page.get_by_role("alert")).to_contain_text("contraseña")
        expect(page.locator('input[name="current"]')).to_have_value("")
        page.locator('input[name="current"]').fill(room.site.passwords["supervisor1"])
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
        expect(page.get_by_label("Contraseña nueva")).to_be_focused()
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
    room.wait_for_recording("cam02", seconds=30)  # with what the player loads before the wanted moment
    with terminal(browser, room, "investigador1") as page:
        began = ago(18)
        video = go_to(page, "batan", began).locator("video")
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
    began = datetime.fromtimestamp(found[-1][1] // 1000 - 14, LIMA)
    with terminal(browser, room, "investigador1") as page:
        video = go_to(page, "tarapac", began).locator("video")
        expect(page.get_by_text("Solo cuadros clave")).to_be_visible()
        assert page.locator(".bar-keyframes").count() >= 2, "in the bar and in its legend"
        start_s = video.evaluate("video => video.currentTime")
        assert page.evaluate(_PLAYS_UNTIL, [video.element_handle(), start_s + 8]) == []


def test_what_stands_before_an_operator_s_eyes_is_counted_as_seen(room: Room, browser: Browser) -> None:
    """An alert that no page shows has no such time; once its card is on the operator's screen it has, and the supervisor's *Cifras* count it."""
    boss = room.log_in("supervisor1")
    alert = alert_of_its_own(room, boss)

    def seen() -> tuple[int, int]:
        today = f"{ago(0):%Y-%m-%d}"
        (cell,) = [
            each
            for each in boss.get("/api/figures", first=today, last=today)["times"]
            if (each["by"], each["key"], each["step"]) == ("camera", alert["camera_id"], "seen")
        ]
        return cell["count"], cell["missing"]

    count, missing = seen()
    assert missing > 0, "nobody has looked at it"
    with terminal(browser, room, "operador1") as operator:
        operator.locator(f"#alert-{alert['alert_id']}").scroll_into_view_if_needed(timeout=30_000)
        wait_for("the card counts as seen", lambda: seen()[1] < missing, 15, room.node)
    assert seen()[0] > count
    with log_in_page(browser, room) as page:
        give(page, "supervisor1", room.site.passwords["supervisor1"])
        page.get_by_role("tab", name="Cifras").press("Enter")
        figures = page.get_by_role("region", name="Cifras")
        figures.get_by_role("button", name="Cámara").press("Enter")
        row = figures.get_by_role("row").filter(has_text=PLACES[alert["camera_id"]]).first
        expect(row).to_be_visible()
        column = figures.get_by_role("columnheader").all_inner_texts().index("Vista\ndesde que está en la cola")
        expect(row.get_by_role("cell").nth(column)).to_contain_text(f"n={seen()[0]}")


def test_what_was_seen_before_an_alert_is_an_incident_of_that_moment(room: Room, browser: Browser) -> None:
    """ "Lo vi aquí": of the seconds before an alert the moment that the picture shows, not the one in which the form is sent."""
    room.wait_for_recording("cam02", seconds=15)
    person = room.log_in("operador1")
    alert = alert_of_its_own(room, person)
    with terminal(browser, room, "operador1") as operator:
        # Older alerts of the same camera may stand in the queue: this one is meant.
        operator.locator(f"#alert-{alert['alert_id']}").click()
        clip = operator.locator(".stage-below .clip")
        plays(clip)
        clip.get_by_role("button", name="Pausa").press("Enter")
        expect(clip.get_by_role("button", name="Reproducir")).to_be_visible()
        shown = clip.locator(".clip-time").inner_text()
        operator.get_by_role("button", name="Lo vi aquí").press("Enter")
        form = operator.get_by_role("dialog")
        expect(form).to_contain_text(shown)
        operator.keyboard.type("hurto")
        operator.keyboard.press("Enter")
        form.get_by_role("button", name="Abrir incidente").press("Enter")
        expect(form).to_have_count(0)
        expect(operator.locator(".timeline").get_by_text("Incidente abierto")).to_be_visible(timeout=10_000)
    (listed,) = person.get("/api/incidents", state="open")["items"]
    occurred = datetime.fromtimestamp(listed["occurred_wall_ms"] / 1000, LIMA)
    assert f"{occurred:%H:%M:%S}" == shown
    assert alert["started_wall_ms"] - 10_500 <= listed["occurred_wall_ms"] < listed["created_wall_ms"] - 1000
    assert (listed["camera_id"], listed["alert_ids"]) == (alert["camera_id"], [])
    coverage = person.get(f"/api/incidents/{listed['incident_id']}")
    assert coverage["timeline"][-1]["kind"] == "incident_opened"
    person.post(f"/api/incidents/{listed['incident_id']}/close", {"note": "prueba"})


def test_an_agency_without_a_board_must_be_called_until_it_is_read_back(room: Room, browser: Browser) -> None:
    """The page says whom to call and does not let go of it: not without a name, not without what was read back; then it stands on the time line."""
    document = yaml.safe_load(room.config_path.read_text(encoding="utf-8"))
    document["agencies"] = [
        {"code": "serenazgo", "name": "SERENAZGO"},
        {"code": "pnp", "name": "PNP"},
        {"code": "bomberos", "name": "Bomberos", "channel": "telephone", "contact": "116"},
    ]
    room.config_path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    person = room.log_in("operador1")

    def known() -> bool:
        return "bomberos" in {each["code"] for each in person.get("/api/session")["agencies"]}

    wait_for("the agency is taken up", known, 30, room.node)
    seen = {"camera_id": "cam03", "occurred_wall_ms": time.time_ns() // 1_000_000, "type_code": "EME-INCENDIO"}
    incident = person.post(
        "/api/incidents", seen | {"priority": 1, "note": "", "idempotency_key": f"key-{time.time_ns()}"}
    )
    path = f"/api/incidents/{incident['incident_id']}"
    order = {"agency": "bomberos", "note": "", "idempotency_key": f"key-{time.time_ns()}"}
    (dispatch,) = person.post(f"{path}/dispatches", order)["dispatches"]
    with terminal(browser, room, "operador1") as operator:
        band = operator.get_by_role("alert").filter(has_text=f"Llamada pendiente: {incident['number']}")
        expect(band).to_be_visible(timeout=15_000)
        operator.keyboard.press("k")
        expect(operator.get_by_role("alert").filter(has_text="llame a Bomberos (116)")).to_be_visible()
        expect(operator.get_by_label("Con quién habló")).to_be_focused()
        operator.keyboard.type("Tnte. Paz")
        operator.keyboard.press("Enter")
        expect(operator.get_by_role("button", name="Recibido de viva voz")).to_be_disabled()
        expect(band).to_be_visible()
        operator.keyboard.press("Tab")
        operator.keyboard.type("Jr. Mejillones, incendio")
        operator.keyboard.press("Enter")
        expect(operator.locator(".timeline").get_by_text("Llamada contestada y repetida")).to_be_visible(timeout=5_000)
        expect(operator.locator(".timeline").get_by_text("Jr. Mejillones, incendio")).to_be_visible()
        expect(band).to_have_count(0)
    person.post(f"/api/dispatches/{dispatch['dispatch_id']}/advance", {"to": "closed", "result": "attended"})
    assert person.post(f"{path}/close", {"note": ""})["state"] == "closed"


_BALL = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=15/1 ! "


def test_motion_jpeg_is_seen_live(room: Room, browser: Browser) -> None:
    """A camera that nobody here wrote comes to a running room; its pictures move on the operator's page."""
    require_gstreamer()
    document = yaml.safe_load(room.config_path.read_text(encoding="utf-8"))
    with foreign_cameras(_BALL + "jpegenc ! rtpjpegpay name=pay0 pt=26") as port:
        url = f"rtsp://127.0.0.1:{port}/0"
        document["cameras"].append({"id": "cam11", "number": 11, "name": "Motion JPEG", "main": {"url": url}})
        room.config_path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        person = room.log_in("operador2")
        found: list[dict[str, Any]] = []

        def alerted() -> bool:
            items = person.get("/api/alerts", state="new")["items"]
            found[:] = [each for each in items if each["camera_id"] == "cam11"]
            return bool(found)

        wait_for("the ball moves before it", alerted, 90, room.node)
        with terminal(browser, room, "operador1") as page:
            choose(page, found[0])
            plays(page.locator(".stage-live"))


_TONE = (
    "x264enc tune=zerolatency key-int-max=15 speed-preset=ultrafast ! h264parse ! rtph264pay name=pay0 pt=96 "
    "audiotestsrc is-live=true samplesperbuffer=160 ! audio/x-raw,rate=16000,channels=1 ! voaacenc ! aacparse ! "
    "rtpmp4gpay name=pay1 pt=97"
)


def test_recorded_sound_is_heard_when_asked_for(room: Room, browser: Browser) -> None:
    """A microphone that the configuration lets be recorded: silent on the investigator's page until he asks to hear it."""
    require_gstreamer()
    document = yaml.safe_load(room.config_path.read_text(encoding="utf-8"))
    with foreign_cameras(_BALL + _TONE) as port:
        url = f"rtsp://127.0.0.1:{port}/0"
        document["cameras"].append(
            {"id": "cam12", "number": 12, "name": "Micrófono", "audio": True, "main": {"url": url}}
        )
        room.config_path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        person = room.log_in("operador2")

        def known() -> bool:
            return "cam12" in {each["camera_id"] for each in person.get("/api/cameras")}

        wait_for("it is taken up", known, 30, room.node)
        room.wait_for_recording("cam12", seconds=50)
    with terminal(browser, room, "investigador1") as page:
        player = go_to(page, "micró", ago(35))
        video = player.locator("video")
        hear = player.get_by_role("button", name="Oír")
        expect(hear).to_be_visible(timeout=20_000)
        assert video.evaluate("video => video.muted"), "nothing is heard unasked"
        hear.press("Enter")
        expect(player.get_by_role("button", name="Callar")).to_have_attribute("aria-pressed", "true")
        assert not video.evaluate("video => video.muted")
        before = video.evaluate("video => video.webkitAudioDecodedByteCount")
        page.wait_for_function(
            "([video, before]) => video.webkitAudioDecodedByteCount > before + 2000",
            arg=[video.element_handle(), before],
        )


_SECOND_PRESS = """first => new Promise(done => {
  const look = () => {
    const shown = document.querySelector('.queue-list [aria-selected="true"]');
    if (!shown || shown.id === first) return requestAnimationFrame(look);
    dispatchEvent(new KeyboardEvent("keydown", { key: "x", bubbles: true }));
    done(shown.id.replace("alert-", ""));
  };
  look();
})"""
"""Presses X as soon as another alert than the first is the chosen one, and gives the other's id."""


def test_a_hand_that_presses_twice_decides_once(room: Room, browser: Browser) -> None:
    """Neither a second X, nor a second click, nor Enter held down decides on what the first press brought; words that miss the form are no decisions either."""
    person = room.log_in("operador1")

    def waiting() -> set[str]:
        return {each["alert_id"] for each in person.get("/api/alerts", state="new")["items"]}

    with terminal(browser, room, "operador1") as operator:
        first, second = (alert_of_its_own(room, person)["alert_id"] for _ in range(2))
        operator.locator(f"#alert-{first}").click(timeout=20_000)
        operator.keyboard.press("x")
        came = operator.evaluate(_SECOND_PRESS, f"alert-{first}")
        expect(operator.get_by_role("status").get_by_text("Se muestra otra alerta")).to_be_visible()
        assert came in waiting()
        assert first not in waiting()

        operator.locator(f"#alert-{second}").click()
        operator.keyboard.press("s")
        expect(operator.locator("form.dispatch-form input[role=combobox]")).to_be_focused(timeout=10_000)
        operator.keyboard.type("robo")
        operator.keyboard.press("Enter")
        operator.keyboard.type("Uno")
        review = operator.get_by_role("button", name="Revisar")
        summary = operator.locator(".summary")
        review.click()
        confirm = operator.get_by_role("button", name="Confirmar y despachar")
        box = confirm.bounding_box()
        assert box is not None
        operator.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        operator.mouse.down(click_count=2)
        operator.mouse.up(click_count=2)
        operator.keyboard.press("Escape")
        expect(operator.locator("form.dispatch-form textarea")).to_be_focused()
        operator.keyboard.type(", dos")
        expect(operator.locator("form.dispatch-form textarea")).to_have_value("Uno, dos")
        operator.locator("form.dispatch-form h3").click()
        operator.keyboard.press("d")
        expect(operator.get_by_role("status").get_by_text("Primero envíe el despacho")).to_be_visible()
        review.focus()
        operator.keyboard.down("Enter")
        expect(summary).to_be_visible()
        expect(confirm).to_be_focused()
        operator.keyboard.down("Enter")
        operator.keyboard.up("Enter")
        operator.keyboard.press("Escape")
        expect(review).to_be_visible()
        assert person.get("/api/incidents", state="open")["items"] == [], "nobody has confirmed anything yet"
        review.press("Enter")
        expect(confirm).to_be_focused()
        operator.keyboard.press("Enter")
        expect(operator.locator(".timeline").get_by_text("Despacho enviado")).to_be_visible(timeout=10_000)
    (incident,) = person.get("/api/incidents", state="open")["items"]
    (dispatch,) = incident["dispatches"]
    room.log_in("serenazgo1").post(
        f"/api/dispatches/{dispatch['dispatch_id']}/advance", {"to": "closed", "result": "attended"}
    )
    person.post(f"/api/incidents/{incident['incident_id']}/close", {"note": "prueba"})

"""The path in a real browser: log in, an alert appears, take, dispatch, the other page receives and answers, the clip plays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.journeys.conftest import Room

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages"),
]
_IS_PLAYING = "video => !video.paused && video.currentTime > 0 && video.videoWidth > 0 && video.error === null"


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
def terminal(browser: Browser, room: Room, name: str) -> Iterator[Page]:
    """A person before a screen, logged in through the page; what the page complains of fails the test."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="es-PE", timezone_id="America/Lima")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    page.goto(room.base)
    page.locator('input[autocomplete="username"]').fill(name)
    page.locator('input[type="password"]').fill(room.passwords[name])
    page.keyboard.press("Enter")
    expect(page.get_by_text("Conectado")).to_be_visible(timeout=15_000)
    yield page
    context.close()
    assert complaints == []


def plays(video: Locator) -> None:
    """The element shows moving pictures: its time goes on."""
    element = video.element_handle(timeout=20_000)
    page = video.page
    page.wait_for_function(_IS_PLAYING, arg=element, timeout=20_000)
    before = element.evaluate("video => video.currentTime")
    page.wait_for_function(
        "([video, before]) => video.currentTime > before + 0.5", arg=[element, before], timeout=20_000
    )


def test_an_operator_sends_a_patrol_and_a_patrol_answers(room: Room, browser: Browser) -> None:
    """From the alert in the queue to "Cerrado" on the operator's time line, by mouse and keyboard only."""
    room.wait_for_recording("cam01", seconds=12)
    with (
        terminal(browser, room, "operador1") as operator,
        terminal(browser, room, "serenazgo1") as patrol,
        terminal(browser, room, "pnp1") as police,
    ):
        room.cause_movement("cam01")
        queue = operator.get_by_role("region", name="Alertas")
        entry = queue.get_by_role("option").filter(has_text="Jr. 11 de Febrero con Jr. Revilla Pérez").first
        expect(entry).to_be_visible(timeout=30_000)
        entry.click()
        plays(operator.locator("video").first)

        operator.keyboard.press("s")
        form = operator.locator("form.dispatch-form")
        expect(form).to_be_visible(timeout=10_000)
        operator.keyboard.type("robo")
        operator.keyboard.press("Enter")
        form.locator("textarea").fill("Dos personas forcejean en la esquina")
        form.get_by_role("button", name="Revisar").click()
        form.get_by_role("button", name="Confirmar y despachar").click()
        expect(operator.get_by_text("Despacho enviado").first).to_be_visible(timeout=10_000)

        card = patrol.get_by_text("Jr. 11 de Febrero con Jr. Revilla Pérez").first
        expect(card).to_be_visible(timeout=5_000)
        expect(police.get_by_text("Sin despachos")).to_be_visible()
        card.click()
        expect(patrol.get_by_text("Dos personas forcejean en la esquina").first).to_be_visible()
        plays(patrol.locator("video").first)
        patrol.keyboard.press("r")
        expect(operator.locator(".timeline, [class*=timeline]").get_by_text("Recibido").first).to_be_visible(
            timeout=5_000
        )
        patrol.keyboard.press("e")
        expect(operator.locator(".timeline, [class*=timeline]").get_by_text("En camino").first).to_be_visible(
            timeout=5_000
        )


def test_the_recorded_clip_plays_from_before_the_movement(room: Room, browser: Browser) -> None:
    """An investigator picks the camera and the recording plays in the page."""
    room.wait_for_recording("cam02", seconds=12)
    with terminal(browser, room, "investigador1") as page:
        page.get_by_text("Jr. Del Batan con Jr. Sabogal").first.click()
        moment = datetime.now(ZoneInfo("America/Lima")) - timedelta(seconds=10)
        page.get_by_label("Hora (hh:mm:ss)").fill(f"{moment:%H:%M:%S}")
        page.get_by_role("button", name="Ir", exact=True).click()
        plays(page.locator("video").first)

"""Searching movement and asking why, in a real browser and a room in which nothing else has happened."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Room
from tests.journeys.test_browser import CHROMIUM, PLACES, browser, card, terminal

__all__ = ["browser"]
pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: make system-packages"),
]


TABS_MOST = 60


def test_what_moved_in_a_part_of_the_picture_is_found_and_played(room: Room, browser: Browser) -> None:
    """An investigator marks cells, searches all cameras, and plays the moment that was found; an operator sees why the alert was raised. By keyboard."""
    with terminal(browser, room, "operador1") as page:
        room.cause_movement("cam03")
        card(page, "cam03").click()
        page.keyboard.press("q")
        expect(page.locator(".heat-moving").first).to_be_attached(timeout=15_000)
        expect(page.get_by_text("Umbral de celda")).to_be_visible()
    with terminal(browser, room, "investigador1") as page:
        expect(page.get_by_label("Buscar por número o nombre")).to_be_visible()  # only then does the page hear keys
        page.keyboard.press("f")
        for _ in range(TABS_MOST):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('role')") == "application":
                break
        expect(page.get_by_role("application")).to_be_focused()
        for _ in range(3):
            page.keyboard.press("Shift+ArrowRight")
        expect(page.locator(".region-cells rect:not(.region-cursor)")).to_have_count(4)
        page.get_by_role("button", name="Toda la imagen").press("Enter")
        found = page.locator(".peak").filter(has=page.get_by_text("3", exact=True))
        # The index is written each second, the recording as its fragments are whole.
        for _ in range(20):
            page.get_by_role("button", name="Buscar", exact=True).press("Enter")
            with suppress(AssertionError):
                expect(found.locator("img").first).to_be_visible(timeout=3_000)
                break
        expect(found.locator("img").first).to_have_js_property("complete", True)
        assert found.locator("img").first.evaluate("image => image.naturalWidth") > 100
        found.first.press("Enter")
        expect(page.locator(".player-name").first).to_contain_text(PLACES["cam03"])
        expect(page.locator(".player video").first).to_have_js_property("paused", False, timeout=20_000)

"""The operator's screen in a real browser: keys on a slow line, and what it shows of alerts that no movement made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, Route, expect

from alerts.records import AlertOutcome, AlertState
from nvr.catalogue.users import Role
from tests.console_web.room import Room, until
from tests.console_web.test_screens import before, browser, pytestmark, room

__all__ = ["browser", "pytestmark", "room"]


@asynccontextmanager
async def slow(page: Page, pattern: str) -> AsyncIterator[list[Route]]:
    """Requests that match are held until the test lets them through."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.route(pattern, hold)
    yield held
    await page.unroute(pattern)


async def let_through(held: list[Route]) -> None:
    """The one request that was made goes on to the server."""
    await until(lambda: bool(held))
    (route,) = held
    held.clear()
    await route.continue_()


async def test_keys_on_a_slow_line_are_done_in_turn_and_to_what_was_shown(room: Room, browser: Browser) -> None:
    """X right after Enter closes what was taken, though another alert is looked at by then; a third key is refused aloud; what waited five seconds is not done, and said."""
    operator = room.person(Role.OPERATOR)
    first, second, third = (room.alert(f"cam0{number}") for number in (1, 2, 3))
    async with (
        room.served(),
        before(browser, room, operator, "/operador") as page,
        slow(page, "**/api/alerts/*/take") as held,
    ):
        await page.locator(f"#alert-{first}").click()
        for key in ("Enter", "Enter", "x", "x"):
            await page.keyboard.press(key)
        await expect(page.get_by_role("status").get_by_text("En espera: Falsa alarma")).to_be_visible()
        await page.keyboard.press("d")
        await expect(page.get_by_role("status").get_by_text("No se hizo: Duplicada")).to_be_visible()
        await page.wait_for_function("() => window.strokes.length > 0")
        await page.locator(f"#alert-{second}").click()
        await let_through(held)
        await expect(page.locator(f"#alert-{first}")).to_have_count(0)
        closed = room.desk.alert(first)
        assert (closed.state, closed.outcome, closed.owner_id) == (
            AlertState.CLOSED,
            AlertOutcome.FALSE_ALARM,
            operator.actor.user_id,
        )
        await expect(page.locator(f"#alert-{second}")).to_have_attribute("aria-selected", "true")
        assert room.desk.alert(second).state is AlertState.NEW
        assert held == [], "Enter twice is one press"

        await page.locator(f"#alert-{third}").click()
        await page.keyboard.press("Enter")
        await page.keyboard.press("x")
        await expect(page.get_by_role("status").get_by_text("Esperó más de 5 s")).to_be_visible(timeout=10_000)
        await let_through(held)
        await expect(page.locator(f"#alert-{third}")).to_contain_text("La tiene usted")
        assert room.desk.alert(third).state is AlertState.TAKEN


async def test_what_somebody_else_has_keeps_no_other_form_from_being_sent(room: Room, browser: Browser) -> None:
    """An alert that is taken under the hand closes its form, and says whose it is; the form of one's own alert goes out all the same."""
    operator, other = room.person(Role.OPERATOR), room.person(Role.OPERATOR)
    mine, lost = room.alert("cam01"), room.alert("cam02")
    room.desk.take(mine, operator.actor)
    async with room.served(), before(browser, room, operator, "/operador") as page:
        async with slow(page, "**/api/alerts/*/take") as held:
            await page.locator(f"#alert-{lost}").click()
            await page.keyboard.press("s")
            await expect(page.locator("form.dispatch-form input[role=combobox]")).to_be_focused()
            room.desk.take(lost, other.actor)
            await let_through(held)
            await expect(page.locator("form.dispatch-form")).to_have_count(0)
        await page.locator(f"#alert-{mine}").click()
        await page.keyboard.press("f")
        await page.get_by_role("dialog").get_by_role("button", name="Cerrar la alerta").press("Enter")
        await expect(page.locator(f"#alert-{mine}")).to_have_count(0)
    assert room.desk.alert(mine).outcome is AlertOutcome.FALSE_ALARM

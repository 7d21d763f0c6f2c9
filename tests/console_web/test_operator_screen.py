"""The operator's screen in a real browser: keys on a slow line, a type that is not chosen, alerts that no movement made, and whom a band calls upon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from playwright.async_api import Browser, Page, Route, expect

from alerts.clock_fault import ClockWatch
from alerts.ledger import SYSTEM, Ledger
from alerts.records import AlertOutcome, AlertState, DispatchState
from nvr.catalogue.users import Role
from nvr.time_line import Line
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


async def test_an_alert_of_the_server_shows_no_camera(room: Room, browser: Browser) -> None:
    """The clock's alert is filed under the first camera: neither its number and place nor its picture are shown, in the queue, beside it, or to the supervisor."""
    ClockWatch(room.catalogue, room.config).look(room.clock.wall_ns(), Line("boot", 0, 0, 0, doubt="ahead"))
    ((alert,)) = room.desk.alerts([AlertState.NEW], 10)[1]
    fault = "La hora del servidor no es de fiar"
    async with room.served():
        async with before(browser, room, room.person(Role.OPERATOR), "/operador") as page:
            live: list[str] = []
            page.on("websocket", lambda socket: live.append(socket.url) if "/api/live/" in socket.url else None)
            card = page.locator(f"#alert-{alert.alert_id}")
            await expect(card).to_contain_text("Sistema")
            await expect(card).to_contain_text(fault)
            await card.click()
            await expect(page.get_by_role("region", name="Cámara de la alerta")).to_contain_text(fault)
            await expect(page.get_by_role("region", name="Qué hacer")).to_contain_text("Sistema")
            await expect(page.get_by_text("Jr. Uno")).to_have_count(0)
            await expect(page.locator("video")).to_have_count(0)
            await page.keyboard.press("v")
            await expect(page.get_by_role("dialog")).to_have_count(0)
            await page.keyboard.press("s")
            await expect(page.get_by_role("status").get_by_text("no hay a dónde enviar")).to_be_visible()
            await expect(page.locator("form.dispatch-form")).to_have_count(0)
            await expect(page.get_by_role("button", name="Derivar a la PNP")).to_have_count(0)
            await page.keyboard.press("x")
            await expect(page.get_by_text("Alerta del sistema cerrada: Falsa alarma.")).to_be_visible()
            assert live == []
        ClockWatch(room.catalogue, room.config).look(room.clock.wall_ns(), Line("boot", 0, 0, 0))
        ClockWatch(room.catalogue, room.config).look(room.clock.wall_ns(), Line("boot", 0, 0, 0, doubt="behind"))
        async with before(browser, room, room.person(Role.SUPERVISOR), "/supervision") as page:
            row = page.get_by_role("region", name="Alertas").get_by_role("row").filter(has_text=fault)
            await expect(row).to_contain_text("Sistema")
            await expect(row).not_to_contain_text("Jr. Uno")


async def test_enter_chooses_no_type_that_nobody_named(room: Room, browser: Browser) -> None:
    """An Enter too many in the empty picker took the first type of the catalogue; shut, it did nothing at all. What is typed, or gone to by arrow, is chosen."""
    room.alert("cam01")
    async with room.served(), before(browser, room, room.person(Role.OPERATOR), "/operador") as page:
        await page.keyboard.press("s")
        picker = page.locator("form.dispatch-form input[role=combobox]")
        await expect(picker).to_be_focused()
        listed = page.get_by_role("listbox").last
        await page.keyboard.press("Enter")
        await expect(listed.get_by_text("Escriba, o elija con")).to_be_visible()
        await expect(picker).to_be_focused()
        await expect(picker).to_have_value("")
        await page.keyboard.press("Escape")
        await expect(page.locator(".picker-list")).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.locator(".picker-list")).to_be_visible()
        await page.keyboard.press("ArrowDown")
        first = await page.locator('.picker-list [aria-selected="true"] .picker-item > span').first.inner_text()
        await page.keyboard.press("Enter")
        await expect(picker).to_have_value(first)


async def test_a_flood_that_folds_nothing_counts_nothing(room: Room, browser: Browser) -> None:
    """Many alerts, none of low urgency: the queue says that there is a flood, and has no counter of 0 to open."""
    operator = room.person(Role.OPERATOR)
    async with room.served(), before(browser, room, operator, "/operador") as page:
        for number in range(12):
            room.alert("cam01", zone=f"Zona {number}", settled=False)
        room.desk.tick()
        queue = page.get_by_role("region", name="Alertas")
        await expect(queue.get_by_text("AVALANCHA")).to_be_visible(timeout=10_000)
        await expect(queue.get_by_text("nada de prioridad baja por ahora")).to_be_visible()
        await expect(queue.get_by_role("button").filter(has_text="AVALANCHA")).to_have_count(0)


async def test_nobody_is_called_upon_who_can_not_act(room: Room, browser: Browser) -> None:
    """A dispatch that no channel took: the operator is told over the recordings too, the investigator is not."""
    operator = room.person(Role.OPERATOR)
    _, sent = room.dispatched("cam01", "serenazgo", actor=operator.actor)
    async with (
        room.served(),
        before(browser, room, operator, "/investigacion") as desk,
        before(browser, room, room.person(Role.INVESTIGATOR), "/investigacion") as reader,
    ):
        with room.catalogue.write() as tx:
            ledger = Ledger(tx, SYSTEM, room.clock.wall_ns(), room.config)
            lost = replace(sent, delivery="undelivered", missed=("board: nadie frente al tablero",))
            ledger.store_dispatch(lost, kind="delivery_exhausted", detail={"by": "board", "reason": "nadie"})
            ledger.publish_incident(sent.incident_id)
        await expect(desk.get_by_role("alert").filter(has_text="No llegó por ningún canal")).to_be_visible()
        heard: list[str] = []
        reader.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
        await reader.reload()
        await until(lambda: any("undelivered" in each for each in heard))
        await expect(reader.get_by_text("Conectado")).to_be_visible()
        await expect(reader.get_by_role("alert")).to_have_count(0)


async def test_a_board_s_steps_are_done_in_turn_and_its_note_goes_once(room: Room, browser: Browser) -> None:
    """E right after R on a slow line: both are done, what was typed goes with the first; refused, it is back in its field."""
    _, sent = room.dispatched("cam01", "serenazgo")
    board = room.person(Role.DISPATCHER, agency="serenazgo")
    async with (
        room.served(),
        before(browser, room, board, "/despacho") as page,
        slow(page, "**/api/dispatches/*/advance") as held,
    ):
        note = page.locator("#step-note")
        await note.fill("Unidad S-02")
        await note.press("Escape")
        await page.keyboard.press("r")
        await page.keyboard.press("e")
        await expect(page.get_by_role("status").get_by_text("En espera: En camino")).to_be_visible()
        await let_through(held)
        await until(lambda: bool(held))
        assert [route.request.post_data_json for route in held] == [{"to": "en_route", "note": ""}]
        await note.fill("Sin heridos")
        await let_through(held)
        await expect(page.locator(".detail-head")).to_contain_text("En camino")
        await note.press("Escape")
        await page.keyboard.press("l")
        await until(lambda: bool(held))
        await expect(note).to_have_value("")
        await held.pop().abort()
        await expect(note).to_have_value("Sin heridos")
    (stored,) = room.desk.incident(sent.incident_id).dispatches
    assert set(stored.times) >= {DispatchState.RECEIVED, DispatchState.EN_ROUTE}
    assert DispatchState.ON_SCENE not in stored.times

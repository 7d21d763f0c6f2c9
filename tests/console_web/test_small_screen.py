"""What is pressed on a screen of 1280x720 stands on it, without scrolling: the operator's clip, actions and dispatch form, the boards' steps and clips."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from nvr.catalogue.users import Role
from nvr.clock import SimulatedClock
from tests.console_web.room import Room, open_room
from tests.console_web.test_screens import STATIC, URGENT, before, browser, pytestmark

__all__ = ["browser", "pytestmark"]
PLACE = "Jr. Dos de Mayo con Jr. Apurímac, frente a la Iglesia de Santa Apolonia"
AGENCIES = """
agencies:
  - {{code: serenazgo, name: SERENAZGO}}
  - {{code: pnp, name: PNP}}
  - {{code: bomberos, name: Bomberos, channel: telephone, contact: "116"}}
"""
SMALL = (1280, 720)
_REACHED = """element => {
  const box = element.getBoundingClientRect();
  const at = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]].map(([x, y]) => document.elementFromPoint(box.left + x * box.width, box.top + y * box.height));
  return at.every((each) => each !== null && element.contains(each));
}"""
"""Whether a pointer comes to it as it stands: it is on the screen, and neither cut off by a frame nor covered."""


@pytest.fixture
def room(tmp_path: Path, run_folder: Path, clock: SimulatedClock) -> Iterator[Room]:
    """One with its built pages, whose first camera has a long name, and three agencies."""
    text = URGENT.replace("Jr. Uno", f'"{PLACE}"') + AGENCIES
    with open_room(tmp_path, run_folder, clock, config_text=text, static=STATIC) as made:
        yield made


async def reached(*wanted: Locator) -> None:
    """Fails where one of them is out of reach."""
    for each in wanted:
        await expect(each).to_be_visible()
        assert await each.evaluate(_REACHED), f"{each} is not to be reached"


async def test_the_operator_reaches_all_that_he_presses(room: Room, browser: Browser) -> None:
    """With a band over the page, a place and a note that are long."""
    room.alert("cam01", zone="Puerta", settled=False)
    room.clock.advance(seconds=95)
    room.desk.tick()
    async with room.served(), before(browser, room, room.person(Role.OPERATOR), "/operador", SMALL) as page:
        await expect(page.get_by_role("alert").filter(has_text=PLACE)).to_be_visible()
        clip = page.locator(".stage-below .clip")
        todo = page.get_by_role("region", name="Qué hacer")
        controls = [clip.get_by_role("button", name="Volver a empezar"), clip.get_by_label("Velocidad")]
        controls += [page.get_by_role("button", name=name) for name in ("Lo vi aquí", "¿Por qué?")]
        actions = [
            todo.get_by_role("button", name=name) for name in ("Tomar", "Falsa alarma", "Duplicada", "Cerrar de otro")
        ]
        await reached(*controls, *actions)
        await page.keyboard.press("s")
        await page.keyboard.type("robo")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Dos varones en moto lineal arrebatan un bolso y huyen hacia el jirón Amazonas. " * 4)
        await reached(
            todo.get_by_role("button", name="Revisar"), todo.get_by_role("button", name="Cancelar"), *controls
        )
        await reached(todo.locator(".choice").last)
        await page.keyboard.press("Control+Enter")
        await reached(
            todo.get_by_role("button", name="Confirmar y despachar"), todo.get_by_role("button", name="Corregir")
        )


@pytest.mark.parametrize("agency", ["serenazgo", "pnp"])
async def test_a_board_reaches_all_that_it_presses(room: Room, browser: Browser, agency: str) -> None:
    """The next step first, whatever was written; the clip's controls at the foot, and the views of the picture."""
    operator = room.person(Role.OPERATOR)
    alert = room.alert("cam01")
    room.desk.take(alert, operator.actor)
    note = "Dos varones en moto lineal arrebatan un bolso y huyen hacia el jirón Amazonas. " * 8
    room.desk.dispatch_alert(alert, operator.actor, agency, "PAT-ROBO", 1, note, "key-of-the-long-note")
    board = room.person(Role.DISPATCHER, agency=agency)
    async with room.served(), before(browser, room, board, "/despacho", SMALL) as page:
        detail = page.locator(".detail")
        steps = [detail.get_by_role("button", name=name) for name in ("Recibido", "En camino", "En el lugar", "Cerrar")]
        await reached(*steps, page.locator("#step-note"))
        await reached(detail.get_by_role("button", name="Volver a empezar"), detail.get_by_label("Velocidad"))
        for view in ("En vivo", "Imagen", "Grabación"):
            await detail.get_by_role("tab", name=view).click()
            await reached(
                *steps, *(detail.get_by_role("tab", name=each) for each in ("En vivo", "Imagen", "Grabación"))
            )

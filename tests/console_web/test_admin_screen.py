"""The administrator's page in a real browser: what shuts somebody out is asked about first."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from nvr.catalogue import users
from nvr.catalogue.users import Role, User
from tests.console_web.room import Room
from tests.console_web.test_screens import before, browser, pytestmark, room

__all__ = ["browser", "pytestmark", "room"]


async def test_nobody_is_shut_out_by_a_slip(room: Room, browser: Browser) -> None:
    """A new password and *Deshabilitar* end sessions at that moment: one click asks, Enter then leaves all as it was, and only the second yes does it."""
    operator = room.add_user(Role.OPERATOR, name="ana")

    def stored() -> User:
        with room.catalogue.read() as tx:
            found = users.find(tx, operator.user_id)
        assert found is not None
        return found

    async with room.served(), before(browser, room, room.person(Role.ADMIN), "/admin") as page:
        row = page.get_by_role("row").filter(has=page.get_by_text("ana", exact=True))
        dialog = page.get_by_role("dialog")
        for button in ("Contraseña nueva", "Deshabilitar"):
            await row.get_by_role("button", name=button).click()
            await expect(dialog).to_contain_text("ana")
            await expect(dialog.get_by_role("button", name="Cancelar")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(dialog).to_have_count(0)
            assert stored() == operator
        await row.get_by_role("button", name="Contraseña nueva").click()
        await dialog.get_by_role("button", name="Contraseña nueva").click()
        await expect(dialog.locator(".one-time")).to_be_visible()
        assert stored().must_change_password
        await dialog.get_by_role("button", name="Ya la anoté").click()
        await row.get_by_role("button", name="Deshabilitar").click()
        await dialog.get_by_role("button", name="Deshabilitar").click()
        await expect(row).to_contain_text("Deshabilitado")
        assert not stored().enabled

"""The built console: which file at which address, how long it is kept, and what happens where there is none."""

from __future__ import annotations

import os

import pytest

from console_web.pages import PAGES
from tests.console_web.room import Room


@pytest.fixture
def built(bare_room: Room) -> Room:
    static = bare_room.services.static
    (static / "assets").mkdir()
    for address, name in PAGES.items():
        (static / name).write_text(f"<!doctype html><title>{address}</title>")
    (static / "assets" / "app-1a2b.js").write_text("export {}")
    (static / "favicon.svg").write_text("<svg/>")
    return bare_room


@pytest.mark.parametrize("address", PAGES)
async def test_each_page_has_its_address_and_is_asked_for_anew(built: Room, address: str) -> None:
    """A new build shows at the next load; an unchanged one costs 304."""
    client = built.client()
    answer = await client.get(address)
    assert f"<title>{address}</title>" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    again = await client.get(address, headers={"if-none-match": f'W/"x", {answer.headers["etag"]}'})
    assert again.status_code == 304
    assert "content-security-policy" in again.headers
    head = await client.head(address)
    assert head.status_code == 200
    assert head.content == b""


async def test_hashed_files_are_kept_for_good(built: Room) -> None:
    """Their name changes with their content; others are asked for anew."""
    client = built.client()
    script = await client.get("/assets/app-1a2b.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    icon = await client.get("/favicon.svg")
    assert icon.headers["cache-control"] == "no-cache"
    assert icon.headers["content-type"] == "image/svg+xml"
    assert (await client.get("/assets/app-9z9z.js")).headers["cache-control"] == "no-store"


async def test_a_new_build_is_taken_up_without_a_restart(built: Room) -> None:
    """Old names go, new ones come."""
    client = built.client()
    assert (await client.get("/assets/app-1a2b.js")).status_code == 200
    static = built.services.static
    (static / "assets" / "app-1a2b.js").unlink()
    (static / "assets" / "app-3c4d.js").write_text("export {}")
    (static / "index.html").write_text("new")
    os.utime(static / "index.html", ns=(1, 1))
    assert (await client.get("/assets/app-3c4d.js")).status_code == 200
    assert (await client.get("/assets/app-1a2b.js")).status_code == 404
    assert (await client.get("/")).text == "new"


async def test_a_console_that_is_not_built_says_what_to_run(bare_room: Room) -> None:
    """503, and the rest of the server works."""
    client = bare_room.client()
    answer = await client.get("/operador")
    assert answer.status_code == 503
    assert "make console" in answer.text
    assert (await client.get("/healthz")).text == "ok"


async def test_the_pages_files_have_no_second_address(built: Room) -> None:
    """`/operador.html` would be a page that relative links and the screen's router don't know."""
    assert (await built.client().get("/operador.html")).status_code == 404

"""An administrator says that what a camera shows now is what it ought to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics import view_orders
from nvr.catalogue import audit
from nvr.catalogue.users import Role
from nvr.clock import SimulatedClock
from tests.console_web.room import CONFIG, Room, open_room


def _audited(room: Room) -> list[tuple[str, str]]:
    with room.catalogue.read() as tx:
        return [(each.action, each.object) for each in audit.read(tx, 20) if each.action == "camera.accept_view"]


async def test_an_accepted_view_is_ordered_and_audited(room: Room) -> None:
    folder = room.services.views
    assert folder is not None
    assert (await room.person(Role.SUPERVISOR).post("/api/cameras/cam02/accept-view")).status_code == 403
    assert (list(view_orders.waiting(folder)), _audited(room)) == ([], [])
    answer = await room.person(Role.ADMIN).post("/api/cameras/cam02/accept-view")
    assert (answer.status_code, answer.content) == (204, b"")
    assert list(view_orders.waiting(folder)) == ["cam02"]
    assert _audited(room) == [("camera.accept_view", "cam02")]


@pytest.mark.parametrize("idle", ["enabled: false", "analysis: 'off'", "picture_checks: []"])
async def test_what_nobody_looks_over_has_no_view_to_accept(
    tmp_path: Path, run_folder: Path, clock: SimulatedClock, idle: str
) -> None:
    text = CONFIG.replace("name: Jr. Dos,", f"name: Jr. Dos, {idle},")
    with open_room(tmp_path, run_folder, clock, config_text=text) as room:
        async with room.app.router.lifespan_context(room.app):
            answer = await room.person(Role.ADMIN).post("/api/cameras/cam02/accept-view")
        assert answer.status_code == 404
        assert _audited(room) == []

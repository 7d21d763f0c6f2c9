"""What boards say waits in memory until somebody takes it, and never more than so much of it."""

from __future__ import annotations

from alerts.boards import MOST_SHOWN, Boards
from nvr.clock import SimulatedClock


def test_what_pages_say_while_nobody_takes_it_is_bounded_for_each_agency() -> None:
    """A page that says nonsense for an hour, while the catalogue is away, crowds out nobody but itself."""
    boards = Boards(SimulatedClock())
    boards.shown("pnp", ["first"])
    for message in range(MOST_SHOWN):
        boards.shown("pnp", [f"{message}-{number}" for number in range(100)])
    boards.shown("serenazgo", ["its own"])
    taken = boards.take_shown()
    assert len(taken["pnp"]) == MOST_SHOWN
    assert "first" in taken["pnp"]
    assert taken["serenazgo"] == {"its own"}
    boards.shown("pnp", ["after"])
    assert boards.take_shown() == {"pnp": {"after"}}

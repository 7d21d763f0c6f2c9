"""The desk: what people decide on alerts, incidents and dispatches. Each act is one transaction with its time line, change and audit rows."""

from __future__ import annotations

from collections.abc import Callable

from alerts import deadline_watch, watch
from alerts.alert_desk import AlertDesk
from alerts.boards import Boards
from alerts.case_desk import CaseDesk
from alerts.dispatch_desk import DispatchDesk
from alerts.incident_desk import IncidentDesk
from alerts.person_desk import PersonDesk
from alerts.presence import Presence
from alerts.routing import Routing
from alerts.shift_desk import ShiftDesk
from alerts.sightings import Sightings
from alerts.strike_desk import StrikeDesk
from alerts.unit_desk import UnitDesk
from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config import Config


class Desk(AlertDesk, IncidentDesk, CaseDesk, PersonDesk, StrikeDesk, DispatchDesk, UnitDesk, ShiftDesk):
    """Synchronous and thread-safe. Every method raises CatalogueError where the database fails; nothing was done then.

    Acts raise NotFound (no such thing), Conflict (somebody else has it; the message names him), IllegalStep (not from this state) and
    InvalidInput (a text or number that can't be taken); all messages are Spanish, for the operator. ``any_owner`` is for supervisors.
    Texts: notes of at most 2000 characters; control characters are taken out.
    """

    def __init__(self, catalogue: Catalogue, config: Config, clock: Clock) -> None:
        super().__init__(catalogue, config, clock)
        self.presence = Presence(clock)
        self.boards = Boards(clock)
        self.sightings = Sightings(catalogue)
        self._routing = Routing(catalogue, config, self.presence)

    def on_commit(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call ``listener(seq)`` after each commit with changes, from the committing thread (intake's too); returns what ends it.

        Calls of two threads may come out of order: take the highest. The listener must be quick and must not raise.
        """
        return self._catalogue.on_commit(listener)

    def tick(self, now_wall_ns: int | None = None) -> None:
        """Once a second: alerts for cameras that are away, and their end; movements whose end was lost; dispatches that nobody answers; offers and escalation; what people
        who left had taken; what was seen."""
        now_ns = self._clock.wall_ns() if now_wall_ns is None else now_wall_ns
        watch.tick(self._catalogue, self._config, now_ns)
        deadline_watch.tick(self._catalogue, self._config, now_ns)
        self._routing.step(now_ns)
        for user_id in self.presence.left():
            self.release_left(user_id)
            self.presence.settled(user_id)
        self.sightings.step()

"""The desk: what people decide on alerts, incidents and dispatches. Each act is one transaction with its time line, change and audit rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alerts.records import (
    Actor,
    Agency,
    Alert,
    AlertOutcome,
    AlertState,
    Dispatch,
    DispatchState,
    Incident,
    IncidentState,
)
from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config import Config


class Desk:
    """Synchronous and thread-safe. Every method raises CatalogueError where the database fails; nothing was done then.

    Acts raise NotFound (no such thing), Conflict (somebody else has it; the message names him), IllegalStep (not from this state) and
    ValueError-like faults of input as IllegalStep; all messages are Spanish, for the operator. ``any_owner`` is for supervisors.
    """

    def __init__(self, catalogue: Catalogue, config: Config, clock: Clock) -> None:
        self._catalogue = catalogue
        self._config = config
        self._clock = clock

    def on_commit(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call ``listener(seq)`` after each commit with changes, from the committing thread (intake's too); returns what ends it."""
        return self._catalogue.on_commit(listener)

    def take(self, alert_id: str, actor: Actor) -> Alert:
        """Take an alert: exactly one of those who race gets it. Taking what one has already is no fault."""
        raise NotImplementedError

    def release(self, alert_id: str, actor: Actor, *, any_owner: bool = False) -> Alert:
        """Give it back to the queue."""
        raise NotImplementedError

    def close_alert(
        self, alert_id: str, actor: Actor, outcome: AlertOutcome, note: str, *, any_owner: bool = False
    ) -> Alert:
        """End it. With an incident only as ``incident``, without one never so."""
        raise NotImplementedError

    def dispatch_alert(  # noqa: PLR0917  (the console's contract)
        self,
        alert_id: str,
        actor: Actor,
        agency: Agency,
        type_code: str,
        priority: int,
        note: str,
        idempotency_key: str,
        *,
        any_owner: bool = False,
    ) -> Incident:
        """Open the alert's incident, if there is none yet, and send an agency. The alert stays taken."""
        raise NotImplementedError

    def open_incident(  # noqa: PLR0917  (the console's contract)
        self, camera_id: str, occurred_wall_ns: int, type_code: str, priority: int, note: str, actor: Actor
    ) -> Incident:
        """Open an incident by hand."""
        raise NotImplementedError

    def dispatch_incident(
        self, incident_id: str, actor: Actor, agency: Agency, note: str, idempotency_key: str
    ) -> Incident:
        """Send an agency to an open incident."""
        raise NotImplementedError

    def advance(self, dispatch_id: str, actor: Actor, to: DispatchState, note: str = "") -> Dispatch:
        """Take a dispatch forward. Being there already is no fault."""
        raise NotImplementedError

    def add_note(self, incident_id: str, actor: Actor, text: str) -> Incident:
        """Write a note on the time line."""
        raise NotImplementedError

    def close_incident(self, incident_id: str, actor: Actor, note: str) -> Incident:
        """End an incident whose dispatches are all closed; its alerts close with it."""
        raise NotImplementedError

    def release_of(self, user_id: str, actor: Actor) -> int:
        """Give all alerts of a user back (log-out, disabling) and say how many."""
        raise NotImplementedError

    def alerts(self, states: Sequence[AlertState], limit: int) -> tuple[int, list[Alert]]:
        """The change log's newest seq and the alerts, of one snapshot; priority then oldest first, closed ones newest first."""
        raise NotImplementedError

    def alert(self, alert_id: str) -> Alert:
        """One alert. Raises NotFound."""
        raise NotImplementedError

    def incidents(
        self, states: Sequence[IncidentState], limit: int, agency: Agency | None = None
    ) -> tuple[int, list[Incident]]:
        """Seq and incidents with dispatches and without time line, newest first; ``agency``: only those it was sent to."""
        raise NotImplementedError

    def incident(self, incident_id: str) -> Incident:
        """One incident with dispatches and time line. Raises NotFound."""
        raise NotImplementedError

    def dispatches(
        self, states: Sequence[DispatchState], agency: Agency | None, limit: int
    ) -> tuple[int, list[Dispatch]]:
        """Seq and dispatches, newest first."""
        raise NotImplementedError

    def dispatch(self, dispatch_id: str) -> Dispatch:
        """One dispatch. Raises NotFound."""
        raise NotImplementedError

    def incident_window(self, incident_id: str) -> tuple[int, int | None]:
        """From 10 s before the movement until 60 s after its end; None: not over yet."""
        raise NotImplementedError

    def incident_of_alert(self, alert_id: str) -> Incident | None:
        """The incident that came of an alert."""
        raise NotImplementedError

    def alerts_of_incident(self, incident_id: str) -> list[Alert]:
        """The alerts that an incident came of, oldest first."""
        raise NotImplementedError

    def tick(self, now_wall_ns: int | None = None) -> None:
        """Once a second: alerts for cameras that are away, and their end."""
        raise NotImplementedError

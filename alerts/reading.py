"""What the desk shows: each answer from one snapshot of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from alerts.figures import TURNS, AlertTimes
from alerts.ledger import SYSTEM, Ledger
from alerts.records import Alert, AlertOutcome, AlertState, Dispatch, DispatchState, Incident, IncidentState
from alerts.rows import alert_of, dispatch_of, incident_of
from alerts.trunks import SYSTEM_ZONE
from nvr.catalogue import alert_rows, changes, incident_rows
from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config import Config
from nvr.errors import NotFound

_LIST_LIMIT: Final = 1000


class Reading:
    """The reading half of ``alerts.desk.Desk``. Lists give at most 1000 items."""

    def __init__(self, catalogue: Catalogue, config: Config, clock: Clock) -> None:
        self._catalogue = catalogue
        self._config = config
        self._clock = clock

    def alerts(self, states: Sequence[AlertState], limit: int) -> tuple[int, list[Alert]]:
        """The change log's newest seq and the alerts, of one snapshot; priority then oldest first; after them closed ones, newest first."""
        limit = _bounded(limit)
        with self._catalogue.read() as tx:
            live = [state.value for state in states if state is not AlertState.CLOSED]
            rows = alert_rows.waiting(tx, live, limit) if live else []
            if AlertState.CLOSED in states and len(rows) < limit:
                rows += alert_rows.closed(tx, limit - len(rows))
            return changes.last_seq(tx), [alert_of(row) for row in rows]

    def alert(self, alert_id: str) -> Alert:
        """One alert. Raises NotFound."""
        with self._read() as ledger:
            return ledger.alert(alert_id)

    def incidents(
        self, states: Sequence[IncidentState], limit: int, agency: str | None = None
    ) -> tuple[int, list[Incident]]:
        """Seq and incidents with dispatches and without time line, newest first; ``agency``: only those it was sent to."""
        with self._catalogue.read() as tx:
            rows = incident_rows.list_incidents(tx, [state.value for state in states], _bounded(limit), agency)
            return changes.last_seq(tx), [incident_of(row) for row in rows]

    def incidents_between(self, from_wall_ns: int, to_wall_ns: int) -> list[Incident]:
        """Incidents that were opened in a stretch of time, with dispatches and without time line, oldest first."""
        with self._catalogue.read() as tx:
            return [incident_of(row) for row in incident_rows.created_between(tx, from_wall_ns, to_wall_ns)]

    def alert_times_between(self, from_wall_ns: int, to_wall_ns: int) -> list[AlertTimes]:
        """Of movement that was told in a stretch of time, in no order."""
        with self._catalogue.read() as tx:
            found = alert_rows.times_between(tx, from_wall_ns, to_wall_ns, SYSTEM_ZONE)
            turns = alert_rows.turns_between(tx, from_wall_ns, to_wall_ns, TURNS)
        return [
            AlertTimes(
                camera_id,
                priority,
                started,
                created,
                seen,
                taken,
                outcome and AlertOutcome(outcome),
                incident_id,
                turns.get(alert_id, ()),
            )
            for alert_id, camera_id, priority, started, created, seen, taken, outcome, incident_id in found
        ]

    def incident(self, incident_id: str) -> Incident:
        """One incident with dispatches and time line. Raises NotFound."""
        with self._read() as ledger:
            return ledger.incident(incident_id)

    def dispatches(self, states: Sequence[DispatchState], agency: str | None, limit: int) -> tuple[int, list[Dispatch]]:
        """Seq and dispatches, newest first."""
        with self._catalogue.read() as tx:
            rows = incident_rows.list_dispatches(tx, [state.value for state in states], agency, _bounded(limit))
            return changes.last_seq(tx), [dispatch_of(row) for row in rows]

    def dispatch(self, dispatch_id: str) -> Dispatch:
        """One dispatch. Raises NotFound."""
        with self._read() as ledger:
            return ledger.dispatch(dispatch_id)

    def incident_window(self, incident_id: str) -> tuple[int, int | None]:
        """From 10 s before the movement until 60 s after its end (by hand: ten minutes); None: not over yet."""
        with self._catalogue.read() as tx:
            found = incident_rows.window(tx, incident_id)
        if found is None:
            raise NotFound("No existe ese incidente")
        start, end = found
        return start, None if end is None or end > self._clock.wall_ns() else end

    def alerts_of_incident(self, incident_id: str) -> list[Alert]:
        """The alerts that an incident came of, oldest first."""
        with self._read() as ledger:
            return ledger.alerts_of(incident_id)

    @contextmanager
    def _read(self) -> Iterator[Ledger]:
        with self._catalogue.read() as tx:
            yield Ledger(tx, SYSTEM, self._clock.wall_ns())


def _bounded(limit: int) -> int:
    return max(0, min(limit, _LIST_LIMIT))

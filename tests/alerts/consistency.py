"""What must hold of a catalogue at any moment, whoever was killed when."""

from __future__ import annotations

import json
from typing import Any

from alerts.desk import Desk
from alerts.records import AlertState, DispatchState, IncidentState
from alerts.rows import row_of
from nvr.catalogue import audit, changes
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from tests.alerts.facts import config


def assert_consistent(catalogue: Catalogue) -> None:
    """Each record equals its newest change; each change has its record; numbers, audit and time lines fit."""
    desk = Desk(catalogue, config(), SimulatedClock())
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    with catalogue.read() as tx:
        for change in changes.changes_after(tx, 0, limit=1_000_000):
            newest[change.kind, change.object_id] = change.body
        assert audit.verify(tx).first_bad_id is None
        actions = [record.action for record in audit.read(tx, 1_000_000)]
    alerts = desk.alerts(list(AlertState), 1000)[1]
    incidents = [desk.incident(each.incident_id) for each in desk.incidents(list(IncidentState), 1000)[1]]
    dispatches = desk.dispatches(list(DispatchState), None, 1000)[1]
    records = (
        {("alert", each.alert_id): row_of(each) for each in alerts}
        | {("incident", each.incident_id): row_of(each) for each in incidents}
        | {("dispatch", each.dispatch_id): row_of(each) for each in dispatches}
    )
    stored = {key: body for key, body in newest.items() if key[0] in {"alert", "incident", "dispatch"}}
    assert stored.keys() == records.keys(), "a state without its change, or a change without its state"
    for key, record in records.items():
        assert stored[key] == json.loads(json.dumps(record)), key
    numbers = sorted(int(each.number.rsplit("-", 1)[1]) for each in incidents)
    assert numbers == list(range(1, len(numbers) + 1)), "incident numbers have a gap"
    assert actions.count("incident.open") == len(incidents)
    assert actions.count("dispatch.send") == len(dispatches)
    for incident in incidents:
        kinds = [entry.kind for entry in incident.timeline]
        for dispatch in incident.dispatches:
            for reached in dispatch.times:
                assert f"dispatch_{reached.value}" in kinds
        assert kinds.count("dispatch_sent") == len(incident.dispatches)
        assert kinds.count("incident_opened") == 1
        assert kinds.count("incident_closed") == (incident.state is IncidentState.CLOSED)

"""Once a second: dispatches that nobody answers, and steps that are late, as ``alerts.deadlines`` says. Writes only what changed, and sends nobody."""

from __future__ import annotations

from alerts import deadlines
from alerts.deadlines import LEVELS, Due
from alerts.ledger import SYSTEM, Ledger
from alerts.rows import dispatch_of
from nvr.catalogue import incident_rows
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.config import Config


def tick(catalogue: Catalogue, config: Config, now_wall_ns: int) -> None:
    """Store what became due, each with its entry, change and audit record.

    Raises:
        CatalogueError: nothing was done; the next tick does it.
    """
    with catalogue.read() as tx:
        if not _due(tx, config, now_wall_ns):
            return
    with catalogue.write() as tx:
        ledger = Ledger(tx, SYSTEM, now_wall_ns, config)
        # Decided again: what was read before the lock may be over.
        for each in _due(tx, config, now_wall_ns):
            _store(ledger, config, each)


def _due(tx: Transaction, config: Config, now_wall_ns: int) -> list[Due]:
    dispatches = [dispatch_of(row) for row in incident_rows.open_dispatches(tx)]
    found = [deadlines.due(each, config.agency(each.agency), now_wall_ns) for each in dispatches]
    return [each for each in found if each is not None]


def _store(ledger: Ledger, config: Config, due: Due) -> None:
    dispatch = due.dispatch
    agency = config.agency(dispatch.agency)
    contact = {} if agency is None or not agency.contact else {"contact": agency.contact}
    for level in due.told:
        kind = "dispatch_call_due" if level == 1 else "dispatch_escalated"
        told = contact if level == 1 else {"to": LEVELS[level]}
        ledger.store_dispatch(dispatch, kind=kind, detail=told)
        ledger.audit("dispatch.escalate", dispatch.dispatch_id, agency=dispatch.agency, level=str(level))
        ledger.tell_level(level, dispatch)
    for step in due.late:
        ledger.store_dispatch(dispatch, kind="dispatch_late", detail={"step": step.value})
    ledger.publish_incident(dispatch.incident_id)

"""Words that name somebody are struck out of an incident: wherever they stand, for ever, by a supervisor who did not write them, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from alerts import inputs
from alerts.acts import Acts
from alerts.handover import Handover
from alerts.records import Actor, Incident
from alerts.rows import handover_of, row_of
from alerts.strikes import striker, struck_handover, struck_hold
from nvr.catalogue import handover_rows, hold_rows, incident_rows, strike_rows
from nvr.catalogue.engine import Transaction
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.strike_rows import Strike
from nvr.clock import NS_PER_S
from nvr.errors import IllegalStep, NotFound

_BEFORE_NS: Final = 7 * 86_400 * NS_PER_S
"""An incident may be written down days after it happened, and its recording be held before."""


class StrikeDesk(Acts):
    """The part of ``alerts.desk.Desk`` that strikes words."""

    def strike_words(self, incident_id: str, actor: Actor, words: str, reason: str) -> Incident:
        """Put ``[tachado]`` in the place of some words in all that is written of an incident, open or closed, and say so on its time line.

        Whole words, whatever their capitals. The recording, the audit (in which no such words stand) and who did what are not touched.

        Raises:
            IllegalStep: the actor wrote some of it himself: nobody takes back alone what he said.
            InvalidInput: too few letters, or no reason.
            NotFound: no such incident, or the words stand nowhere in it.
        """
        strike = striker(words, strike_rows.STRUCK)
        why = strike(inputs.note(reason, required=True))
        with self._act(actor) as (tx, ledger, person):
            incident = ledger.incident(incident_id)
            entries = strike_rows.entries_with(tx, incident_id, strike)
            rows = strike_rows.rows_with(tx, incident_id, strike)
            about = _holds_about(tx, incident)
            holds = [(after, by) for hold in about for after, by in (struck_hold(hold, strike),) if after != hold]
            refs = {incident_id, *(hold.hold_id for hold in about)}
            refs |= {alert.alert_id for alert in ledger.alerts_of(incident_id)}
            handovers = _handovers(tx, incident, refs, strike)
            writers = {writer for writer, _ in entries.values()}.union(*(row.writers for row in rows))
            writers = writers.union(*(by for _, by in holds), *(by for _, by in handovers))
            if person.name in writers:
                raise IllegalStep("Parte de eso lo escribió usted", "debe tacharlo otra persona")
            if not (entries or rows or holds or handovers):
                raise NotFound("Esas palabras no están en el incidente", "escríbalas como están en él")
            by_entry_id = ledger.incident_entry(incident_id, "words_struck", {"note": why})
            strike_rows.strike_entries(tx, by_entry_id, entries)
            for row in rows:
                strike_rows.strike_row(tx, row)
            for hold, _ in holds:
                hold_rows.store(tx, hold)
            for handover, _ in handovers:
                ledger.store_handover(handover, "strike", number=incident.number)
                strike_rows.strike_changes(tx, "handover", handover.handover_id, _body_strike(incident, refs, strike))
            dispatch_ids = [dispatch.dispatch_id for dispatch in incident.dispatches]
            strike_rows.strike_copies(tx, incident_id, dispatch_ids, strike)
            changed = len(entries) + len(rows) + len(holds) + len(handovers)
            ledger.audit("incident.strike", incident_id, number=incident.number, changes=str(changed))
            ledger.publish_dispatches(ledger.incident(incident_id))
            return ledger.publish_incident(incident_id)


def _holds_about(tx: Transaction, incident: Incident) -> list[HoldRow]:
    from_ns, to_ns = incident_rows.window(tx, incident.incident_id) or (incident.occurred_wall_ns, None)
    return hold_rows.about(tx, incident.incident_id, incident.camera_ids, from_ns, to_ns)


def _handovers(
    tx: Transaction, incident: Incident, refs: Collection[str], strike: Strike
) -> list[tuple[Handover, set[str]]]:
    """Hand-overs as they are without the words, and who wrote those. A hold may be older than what happened."""
    since_ns = incident.created_wall_ns - _BEFORE_NS
    found: list[tuple[Handover, set[str]]] = []
    for row in handover_rows.mentioning(tx, [*refs, incident.number], since_ns):
        before = handover_of(row)
        after, writers = struck_handover(before, refs, incident.number, strike)
        if after != before:
            found.append((after, writers))
    return found


def _body_strike(
    incident: Incident, refs: Collection[str], strike: Strike
) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    return lambda body: row_of(struck_handover(handover_of(body), refs, incident.number, strike)[0])

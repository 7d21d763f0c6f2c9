"""Words that name somebody are struck out of an incident: wherever they stand, for ever, by a supervisor who did not write them, with a reason."""

from __future__ import annotations

from alerts import inputs
from alerts.acts import Acts
from alerts.records import Actor, Incident
from alerts.strikes import striker
from nvr.catalogue import strike_rows
from nvr.errors import IllegalStep, NotFound


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
            writers = {writer for writer, _ in entries.values()}.union(*(row.writers for row in rows))
            if person.name in writers:
                raise IllegalStep("Parte de eso lo escribió usted", "debe tacharlo otra persona")
            if not entries and not rows:
                raise NotFound("Esas palabras no están en el incidente", "escríbalas como están en él")
            by_entry_id = ledger.incident_entry(incident_id, "words_struck", {"note": why})
            strike_rows.strike_entries(tx, by_entry_id, entries)
            for row in rows:
                strike_rows.strike_row(tx, row)
            dispatch_ids = [dispatch.dispatch_id for dispatch in incident.dispatches]
            strike_rows.strike_copies(tx, incident_id, dispatch_ids, strike)
            ledger.audit("incident.strike", incident_id, number=incident.number, changes=str(len(entries) + len(rows)))
            ledger.publish_dispatches(ledger.incident(incident_id))
            return ledger.publish_incident(incident_id)

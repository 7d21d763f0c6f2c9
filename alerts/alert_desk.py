"""What people do with alerts: take, give back, end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from alerts import inputs, lifecycle
from alerts.acts import Acts
from alerts.ledger import SYSTEM, Ledger
from alerts.records import Actor, Alert, AlertOutcome
from alerts.rows import alert_of
from nvr.catalogue import alert_rows


class AlertDesk(Acts):
    """The alerts' half of ``alerts.desk.Desk``."""

    def take(self, alert_id: str, actor: Actor) -> Alert:
        """Take an alert: exactly one of those who race gets it. Taking what one has already is no fault."""
        with self._act(actor) as (_, ledger, person):
            before = ledger.alert(alert_id)
            if before.shelved:
                # It never stood in the queue: figures must not say that it waited there.
                before = replace(before, shelved=False, waiting_wall_ns=ledger.wall_ns)
                ledger.store_alert(before, "alert_unshelved")
            alert = lifecycle.take(before, person, ledger.wall_ns)
            if alert is not before:
                self._store_alert(ledger, alert, "alert_taken", {})
                ledger.audit("alert.take", alert_id)
            return alert

    def release(self, alert_id: str, actor: Actor, *, any_owner: bool = False) -> Alert:
        """Give it back to the queue."""
        with self._act(actor) as (_, ledger, person):
            return self._release(ledger, ledger.alert(alert_id), person, any_owner=any_owner)

    def release_of(self, user_id: str, actor: Actor) -> int:
        """Give all alerts of a user back (log-out, disabling) and say how many. Those with an incident too: it needs a new owner."""
        with self._act(actor) as (tx, ledger, person):
            taken = [alert_of(row) for row in alert_rows.of_owner(tx, user_id)]
            for alert in taken:
                self._release(ledger, alert, person, any_owner=True)
            return len(taken)

    def release_absent(self, present: Collection[str]) -> int:
        """Give back what is taken by users other than those present (their sessions ran out), and say how many alerts that were."""
        with self._catalogue.read() as tx:
            absent = alert_rows.owner_ids(tx) - set(present)
        return sum(self.release_of(user_id, SYSTEM) for user_id in sorted(absent))

    def release_left(self, user_id: str) -> int:
        """Give back what somebody who has left had taken and not judged; how many alerts. Those with an incident stay his: the case is under way."""
        with self._catalogue.read() as tx:
            if all(row["incident_id"] is not None for row in alert_rows.of_owner(tx, user_id)):
                return 0
        with self._act(SYSTEM) as (tx, ledger, person):
            taken = [alert_of(row) for row in alert_rows.of_owner(tx, user_id) if row["incident_id"] is None]
            for alert in taken:
                self._release(ledger, alert, person, any_owner=True)
            return len(taken)

    def close_alert(
        self, alert_id: str, actor: Actor, outcome: AlertOutcome, note: str, *, any_owner: bool = False
    ) -> Alert:
        """End it. With an incident only as ``incident``, without one never so."""
        text = inputs.note(note)
        with self._act(actor) as (_, ledger, person):
            before = ledger.alert(alert_id)
            alert = lifecycle.close_alert(before, person, outcome, ledger.wall_ns, any_owner=any_owner)
            if alert is not before:
                detail = {"outcome": outcome.value}
                self._store_alert(ledger, alert, "alert_closed", detail | ({"note": text} if text else {}))
                # Not the note: it may name somebody, and nothing can be struck out of the audit.
                ledger.audit("alert.close", alert_id, **detail)
            return alert

    def _release(self, ledger: Ledger, before: Alert, person: Actor, *, any_owner: bool) -> Alert:
        alert = lifecycle.release(before, person, ledger.wall_ns, any_owner=any_owner)
        detail = {"owner": before.owner_name or ""}
        self._store_alert(ledger, alert, "alert_released", detail)
        ledger.audit("alert.release", alert.alert_id, **detail)
        return alert

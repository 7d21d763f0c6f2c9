"""What every act of the desk shares: one transaction with one ledger, by one person at one time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alerts import inputs
from alerts.ledger import Ledger
from alerts.reading import Reading
from alerts.records import Actor, Alert
from nvr.catalogue.engine import Transaction


class Acts(Reading):
    """The base of the desk's halves (``alerts.alert_desk``, ``alerts.incident_desk``)."""

    @contextmanager
    def _act(self, actor: Actor) -> Iterator[tuple[Transaction, Ledger, Actor]]:
        person = inputs.person(actor)
        with self._catalogue.write() as tx:
            yield tx, Ledger(tx, person, self._clock.wall_ns(), self._config), person

    def _store_alert(self, ledger: Ledger, alert: Alert, kind: str, detail: dict[str, str]) -> None:
        ledger.store_alert(alert, kind, detail)
        if alert.incident_id is not None:
            ledger.publish_incident(alert.incident_id)

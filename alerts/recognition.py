"""What a model said that moved, put on the alert of its movement. It changes neither priority nor state: people decide."""

from __future__ import annotations

from dataclasses import replace

from alerts.ledger import Ledger
from nvr.catalogue import movements
from nvr.catalogue.engine import Transaction
from nvr.observations import ObjectRecognised


def take(tx: Transaction, ledger: Ledger, fact: ObjectRecognised) -> None:
    """Store it where it is surer than what the alert says already; else, and where the movement has no alert, it is passed over."""
    alert_id = movements.alert_of(tx, fact.observation_id)
    if alert_id is None:
        return
    alert = ledger.alert(alert_id)
    if fact.score <= alert.object_score:
        return
    ledger.store_alert(
        replace(alert, object_kind=fact.kind, object_score=fact.score),
        "object_recognised",
        {"object": fact.kind, "object_score": f"{fact.score:.3f}"},
    )

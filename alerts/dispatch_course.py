"""A dispatch that went forward: stored, and no longer due, whoever moved it."""

from __future__ import annotations

from collections.abc import Mapping

from alerts import deadlines
from alerts.ledger import Ledger
from alerts.records import Dispatch


def went_forward(ledger: Ledger, dispatch: Dispatch, note: str, detail: Mapping[str, str] | None = None) -> Dispatch:
    """Store a dispatch that reached a state, with its entry and audit record; what it reached is no longer due."""
    after = deadlines.answered(dispatch)
    ledger.store_dispatch(after, note, detail=detail)
    ledger.audit("dispatch.advance", after.dispatch_id, to=after.state.value, agency=after.agency)
    return after

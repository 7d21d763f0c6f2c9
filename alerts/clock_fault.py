"""The server's clock against the time line (``nvr.time_line``): one alert of the system while they are at odds, and the true offset in the audit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from alerts import lifecycle, outages
from alerts.ledger import SYSTEM, Ledger
from alerts.records import Alert, AlertOutcome, AlertState
from alerts.rows import alert_of
from alerts.trunks import CLOCK_ZONE
from nvr.catalogue import alert_rows
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.observations import new_id
from nvr.time_line import DOUBT_NS, Line

PRIORITY: Final = 1


class ClockWatch:
    """``look`` once a second, from one thread."""

    def __init__(self, catalogue: Catalogue, config: Config) -> None:
        self._catalogue = catalogue
        cameras = sorted(config.cameras, key=lambda camera: camera.number)
        self._anchor = cameras[0].id  # alerts are filed under a camera: the first on the radio, as for the network
        self._told: tuple[str, int] = ("", 0)

    def look(self, now_wall_ns: int, line: Line) -> None:
        """Raise, end or close the alert, and write down by how much the machine's clock is off, where that is due.

        Raises:
            CatalogueError: nothing was done; the next look does it.
        """
        worth_telling = line.doubt != self._told[0] or abs(line.error_ns - self._told[1]) > DOUBT_NS
        with self._catalogue.read() as tx:
            if not worth_telling and _due(self._known(tx), line, now_wall_ns) is None:
                return
        with self._catalogue.write() as tx:
            ledger = Ledger(tx, SYSTEM, now_wall_ns)
            if worth_telling:
                ledger.audit("clock.offset", "server", error_s=f"{line.error_ns / NS_PER_S:+.3f}", doubt=line.doubt)
            known = self._known(tx)
            due = _due(known, line, now_wall_ns)
            if due == "raise":
                ledger.new_alert(self._raised(now_wall_ns), _detail(line))
            elif known is not None and due == "end":
                ledger.store_alert(replace(known, ongoing=False, last_wall_ns=max(known.last_wall_ns, now_wall_ns)))
            elif known is not None and due == "again":
                ledger.store_alert(replace(known, ongoing=True, count=known.count + 1))
            elif known is not None and due == "close":
                closed = lifecycle.close_alert(known, SYSTEM, AlertOutcome.NO_ACTION, now_wall_ns, any_owner=True)
                ledger.store_alert(closed, "alert_closed", {"outcome": AlertOutcome.NO_ACTION.value})
        if worth_telling:
            self._told = (line.doubt, line.error_ns)

    def _known(self, tx: Transaction) -> Alert | None:
        rows = alert_rows.of_zone(tx, self._anchor, CLOCK_ZONE, 1)
        return alert_of(rows[0]) if rows else None

    def _raised(self, now_wall_ns: int) -> Alert:
        outage = outages.Outage(self._anchor, now_wall_ns, "software", "")
        alert = outages.raised(outage, alert_id=new_id(now_wall_ns), now_wall_ns=now_wall_ns)
        return replace(alert, zone=CLOCK_ZONE, priority=PRIORITY)


def _due(known: Alert | None, line: Line, now_wall_ns: int) -> str | None:
    """What is to be done about the alert."""
    if line.doubt:
        if known is None or (known.state is AlertState.CLOSED and not known.ongoing):
            return "raise"
        # One that somebody closed while it went on is told no second time.
        return None if known.ongoing else "again"
    if known is None:
        return None
    if known.ongoing:
        return "end"
    steady = now_wall_ns - known.last_wall_ns >= outages.STEADY_NS
    return "close" if known.state is AlertState.NEW and known.incident_id is None and steady else None


def _detail(line: Line) -> dict[str, str]:
    return {
        "cause": "software",
        "detail": f"{line.doubt} ({line.error_ns / NS_PER_S:+.1f} s)"[:200],
    }

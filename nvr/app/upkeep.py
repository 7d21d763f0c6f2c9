"""What the control process tidies up in the catalogue beside its work: sessions that ran out, changes and histories that nobody will ask for, the audit's head."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from alerts.desk import Desk
from console_web.auth import IDLE_NS
from nvr.app.audit_check import AuditAnchor
from nvr.catalogue import changes, delivery_rows, histories, sessions
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.errors import NvrError

log = logging.getLogger(__name__)
_HOUR_NS: Final = 3600 * NS_PER_S
_DAY_NS: Final = 24 * _HOUR_NS
KEPT_CHANGES_NS: Final = 7 * _DAY_NS
"""Screens that were away for longer load their lists anew."""

KEPT_DELIVERIES_NS: Final = 45 * _DAY_NS
"""What became of a message stands on its time line; the message itself is for the question whether it was sent."""

KEPT_HISTORY_NS: Final = 400 * _DAY_NS
"""How streams and pictures once stood, movements, what was seen of alerts, duties: a year and what it takes to ask about it. Movements at least as long as their recordings."""

KEPT_KEYS_NS: Final = 45 * _DAY_NS
"""A screen repeats a request within minutes; a form may stand open for days. Keys of dispatches stay with the dispatch."""

_MOST_OLD: Final = 500
"""Rows of each camera and kind that go in one step: people's acts stand in the same queue."""


class Upkeep:
    """``step`` every few seconds from the thread that writes; ``stop`` once, at a clean end."""

    def __init__(self, catalogue: Catalogue, desk: Desk, anchor: AuditAnchor, doubtful: Callable[[], bool]) -> None:
        """``doubtful``: whether the date may be wrong; neither data of persons nor histories are erased then."""
        self._doubtful = doubtful
        self._catalogue = catalogue
        self._desk = desk
        self._anchor = anchor
        self._trimmed_ns: int | None = None
        self._anchored_ns: int | None = None

    def step(self) -> None:
        """Do what is due.

        Raises:
            NvrError: the catalogue or the disk refuses; the next step tries again.
        """
        self._end_sessions()
        # Monotonic: a clock that steps must not make a day of a minute.
        now_ns = self._catalogue.clock.monotonic_ns()
        if self._trimmed_ns is None or now_ns - self._trimmed_ns >= _HOUR_NS:
            with self._catalogue.write() as tx:
                changes.trim(tx, self._catalogue.clock.wall_ns() - KEPT_CHANGES_NS)
                delivery_rows.trim(tx, self._catalogue.clock.wall_ns() - KEPT_DELIVERIES_NS)
            # A long list is gone through step by step: people's acts stand in the same queue.
            erased = 0 if self._doubtful() else self._desk.erase_persons()
            if erased:
                log.info("who was involved in %d old incidents was erased", erased)
                return
            if not self._doubtful() and self._forget_histories():
                return
            self._trimmed_ns = now_ns
        if self._anchored_ns is None or now_ns - self._anchored_ns >= _DAY_NS:
            self._anchor.write(self._catalogue)
            self._anchored_ns = now_ns

    def stop(self) -> None:
        """Keep the audit's head as it is now."""
        try:
            self._anchor.write(self._catalogue)
        except NvrError as error:
            log.error("the audit's head was not kept: %s", error)

    def _end_sessions(self) -> None:
        now_ns = self._catalogue.clock.wall_ns()
        with self._catalogue.read() as tx:
            over = sessions.ended(tx, now_ns, IDLE_NS)
        if over:
            with self._catalogue.write() as tx:
                sessions.delete_ended(tx, now_ns, IDLE_NS)
        with self._catalogue.read() as tx:
            present = sessions.user_ids(tx)
        released = self._desk.release_absent(present)
        if released:
            log.info("%d alerts went back to the queue: the session of whoever had them ran out", released)

    def _forget_histories(self) -> int:
        now_ns = self._catalogue.clock.wall_ns()
        with self._catalogue.read() as tx:
            old = histories.old(tx, now_ns - KEPT_HISTORY_NS, now_ns - KEPT_KEYS_NS, _MOST_OLD)
        if not old:
            return 0
        with self._catalogue.write() as tx:
            return histories.forget(tx, old)

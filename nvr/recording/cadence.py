"""Decides how often files are synced, by what the disk was measured to bear; pure, one instance per volume.

What is not synced yet is what a power cut takes. A quick disk syncs every fragment in a few hundredths of its time; a spinning one that serves 42 streams
would do nothing else. So the share of time is measured that syncing every fragment takes, or would take: mean time of a sync times fragments a second.
Both ways of working are reckoned alike, so that a change alone doesn't speak for changing back.

Every fragment only after a time in which that share was small; every second one, as from the start, after a window in which it was large. In between all stays as it is.
"""

from __future__ import annotations

from typing import Final

from nvr.clock import NS_PER_S

SLOW_INTERVAL_S: Final = 2.0
"""So long at most what is handed over waits for a sync, whatever the disk. A killed process loses none of it; a power cut this, the fragment that is being gathered within it."""
QUICK_INTERVAL_S: Final = 1.0
"""The same on a disk that bears it: every fragment of the usual length, but not each of several in a second."""
_EARLY_S: Final = 0.5
"""Fragments come each second: without this the one that a sync is due with would come a millisecond early as often as late, and one more would wait."""
WINDOW_S: Final = 5.0
QUICK_BELOW: Final = 0.25
SLOW_ABOVE: Final = 0.5
"""The thread that syncs also writes, and players read from the same disk: half of its time is theirs."""
CALM_WINDOWS: Final = 2
CALM_WINDOWS_AFTER_FALL: Final = 12
"""A disk that was slow once has to be quick for a minute: it changes its way twice a minute at most."""


class Cadence:
    """What was measured of one volume, and what follows from it. Used by the writer thread alone; ``every_fragment`` may be read from elsewhere.

    Args:
        now_ns: monotonic, as all times here.
    """

    def __init__(self, now_ns: int) -> None:
        self.every_fragment = False
        self._calm_due = CALM_WINDOWS
        self._calm = 0
        self._begin(now_ns)

    def _begin(self, now_ns: int) -> None:
        self._since_ns = now_ns
        self._fragments = 0
        self._syncs = 0
        self._sync_ns = 0

    def due(self, synced_at_ns: int, now_ns: int) -> bool:
        """Whether a file that was last synced then is to be synced now, behind a fragment that was just written."""
        interval_s = QUICK_INTERVAL_S if self.every_fragment else SLOW_INTERVAL_S
        return now_ns - synced_at_ns >= (interval_s - _EARLY_S) * NS_PER_S

    def wrote(self, now_ns: int) -> None:
        """A fragment was written."""
        if now_ns - self._since_ns >= WINDOW_S * NS_PER_S:
            self._judge(now_ns)
        self._fragments += 1

    def synced(self, took_ns: int) -> None:
        """A fragment's file was synced, and that took so long."""
        self._syncs += 1
        self._sync_ns += took_ns

    def _judge(self, now_ns: int) -> None:
        if self._syncs:  # else nothing was measured, and nothing follows
            share = self._sync_ns / self._syncs * self._fragments / (now_ns - self._since_ns)
            if share > SLOW_ABOVE and self.every_fragment:
                self.every_fragment = False
                self._calm_due = CALM_WINDOWS_AFTER_FALL
            self._calm = self._calm + 1 if share < QUICK_BELOW else 0
            self.every_fragment |= self._calm >= self._calm_due
        self._begin(now_ns)

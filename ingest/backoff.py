"""How long to wait before the next attempt. Pure but for the jitter."""

from __future__ import annotations

import random
from typing import Final

from nvr.errors import CameraRefusedLogin, CameraUnreachable, SourceError, StreamStalled

FIRST_S: Final = 0.5
GROWTH: Final = 1.6
CAP_S: Final = 10.0
LINK_CAP_S: Final = 2.0
"""While nothing answers or comes: together with the time that a connection may take, a camera that is back is found within 3 s."""
LOGIN_FIRST_S: Final = 5.0
LOGIN_CAP_S: Final = 60.0
"""Cameras lock an account after some five wrong passwords: a refused log-in is tried rarely."""

STEADY_S: Final = 3.0
"""A session that lasted this long with pictures was a good one: the next attempt is a first one."""


QUARANTINE_AFTER: Final = 3
"""So many sessions on end that ended as no camera's do that is well (``SourceError.suspicious``), and it is quarantined."""

QUARANTINE_FIRST_S: Final = 60.0
QUARANTINE_CAP_S: Final = 900.0
RELEASED_AFTER_S: Final = 60.0
"""A session that delivered pictures for this long ends the quarantine."""


class Backoff:
    """Exponential, jittered to 50..100 % so that a switch that comes back is not met by all cameras in the same millisecond."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        self._failures = 0
        self._suspicious = 0

    @property
    def quarantined(self) -> bool:
        """Whether the stream is only looked at now and then, because of what it did."""
        return self._suspicious >= QUARANTINE_AFTER

    def after(self, error: SourceError, *, steady_s: float) -> float:
        """Seconds to wait after a session that ended with ``error`` and had been delivering pictures for ``steady_s``."""
        if steady_s >= STEADY_S:
            self._failures = 0
        if steady_s >= RELEASED_AFTER_S:
            self._suspicious = 0
        self._suspicious += error.suspicious
        if self.quarantined and error.suspicious:
            times = min(self._suspicious - QUARANTINE_AFTER, 32)
            return min(QUARANTINE_CAP_S, QUARANTINE_FIRST_S * 2.0**times) * self._rng.uniform(0.5, 1.0)
        first_s, cap_s = FIRST_S, CAP_S
        if isinstance(error, CameraRefusedLogin):
            first_s, cap_s = LOGIN_FIRST_S, LOGIN_CAP_S
        elif isinstance(error, CameraUnreachable | StreamStalled):
            cap_s = LINK_CAP_S
        # The exponent is bounded too: a camera may be away for months.
        wait_s = min(cap_s, first_s * GROWTH ** min(self._failures, 32))
        self._failures += 1
        return wait_s * self._rng.uniform(0.5, 1.0)

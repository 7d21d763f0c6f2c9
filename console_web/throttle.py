"""How often somebody may try: a sliding window per name and address; pure, bounded, no clock of its own."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from nvr.clock import NS_PER_S

TRIES: Final = 5
WINDOW_NS: Final = 300 * NS_PER_S
_MAX_KEYS: Final = 20_000


@dataclass(slots=True)
class Throttle:
    """Counts tries per key. A key is a name *and* an address: somebody who hammers a name locks out himself, not the room.

    ``forgotten`` counts keys that were dropped because there were too many; the oldest goes first.
    """

    tries: int = TRIES
    window_ns: int = WINDOW_NS
    max_keys: int = _MAX_KEYS
    forgotten: int = 0
    _times_ns: OrderedDict[tuple[str, str], deque[int]] = field(default_factory=OrderedDict)

    def admit(self, key: tuple[str, str], now_ns: int) -> int:
        """Count a try before it is made, so that a hundred at once are no way around.

        Returns:
            0 where it may be made, else the nanoseconds until the next one may.
        """
        times = self._times_ns.setdefault(key, deque(maxlen=self.tries))
        self._times_ns.move_to_end(key)
        while times and times[0] <= now_ns - self.window_ns:
            times.popleft()
        if len(times) >= self.tries:
            return times[0] + self.window_ns - now_ns
        times.append(now_ns)
        while len(self._times_ns) > self.max_keys:
            self._times_ns.popitem(last=False)
            self.forgotten += 1
        return 0

    def succeed(self, key: tuple[str, str]) -> None:
        """The right password: forget the tries before it."""
        self._times_ns.pop(key, None)

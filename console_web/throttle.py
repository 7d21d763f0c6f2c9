"""How often somebody may try: a sliding window per name and source, and per source; pure, bounded, no clock of its own."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from nvr.clock import NS_PER_S

TRIES: Final = 5
SOURCE_TRIES: Final = 12 * TRIES
"""Wrong tries from one source, whatever the names: a shift of twelve behind one address of whom each one uses up his own five is not refused by it."""
WINDOW_NS: Final = 300 * NS_PER_S
_MAX_KEYS: Final = 20_000

Source = tuple[str, str]
"""Where tries come from: a registered seat, or an address."""


def seat_source(token_hash: str) -> Source:
    """A registered seat's browser, known by its cookie: what others do behind the same address does not lock it out."""
    return "seat", token_hash


def address_source(address: str) -> Source:
    """An address; of IPv6 its /64, of which whoever has one has 2**64 (RFC 4291 section 2.5.4)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "address", address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return "address", str(IPv6Network((int(parsed), 64), strict=False))
    return "address", str(getattr(parsed, "ipv4_mapped", None) or parsed)


@dataclass(slots=True)
class Throttle:
    """Counts tries per key. A key is a name *and* a source (somebody who hammers a name locks out himself, not the room), or a source alone.

    ``forgotten`` counts keys that were dropped because there were too many; the oldest goes first.
    """

    tries: int = TRIES
    window_ns: int = WINDOW_NS
    max_keys: int = _MAX_KEYS
    forgotten: int = 0
    _times_ns: OrderedDict[tuple[str, ...], deque[int]] = field(default_factory=OrderedDict)

    def admit(self, key: tuple[str, ...], now_ns: int) -> int:
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

    def succeed(self, key: tuple[str, ...]) -> None:
        """The right password: forget the tries before it."""
        self._times_ns.pop(key, None)

    def take_back(self, key: tuple[str, ...]) -> None:
        """One try does not count after all; those before it do."""
        times = self._times_ns.get(key)
        if times:
            times.pop()

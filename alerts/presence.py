"""Who is at the desk now: logged in, with an open feed of events, and how long without a key or mouse. Thread-safe; nothing of it is stored.

Monotonic time, so that a clock that steps sends nobody away. Who loses his connection keeps his place for ``GRACE_NS``: a page that is loaded anew, or
a console that was killed and started again, must not shuffle cameras and offers.

One person with feeds at two terminals is one person, who sits where the newest of them was opened: else the seat, and with it duty, audit and room, would
change as often as their feeds speak.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from nvr.clock import NS_PER_S, Clock

GRACE_NS: Final = 15 * NS_PER_S
LEFT_NS: Final = 60 * NS_PER_S
"""So long without a feed, and somebody has left: what he had taken and not yet judged is anybody's again."""
IDLE_NS: Final = 600 * NS_PER_S
"""So long without input, and somebody counts as absent while alerts wait, or while he has some that he has not judged (A16)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a terminal. ``cameras`` None: sees all; ``role`` operator or supervisor."""

    user_id: str
    name: str
    role: str
    terminal: str
    cameras: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """A person, and for how long he has touched neither key nor mouse."""

    person: Person
    untouched_ns: int = 0

    @property
    def idle(self) -> bool:
        """Whether he has touched nothing for ``IDLE_NS``."""
        return self.untouched_ns >= IDLE_NS


@dataclass(slots=True)
class _Seat:
    person: Person
    feeds: dict[int, str] = field(default_factory=dict)
    """Ticket → terminal; the highest ticket is the newest."""
    input_ns: int = 0
    gone_ns: int | None = None


class Presence:
    """The register. ``join`` gives a ticket, ``leave`` takes it back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seats: dict[str, _Seat] = {}
        self._left_ns: dict[str, int] = {}
        self._tickets = 0

    def expect(self, people: Iterable[Person]) -> None:
        """Keep the places of those who were here before a restart, for the time of grace."""
        now_ns = self._clock.monotonic_ns()
        with self._lock:
            for person in people:
                self._seats.setdefault(person.user_id, _Seat(person, input_ns=now_ns, gone_ns=now_ns))

    def join(self, person: Person) -> int:
        """A feed was opened."""
        now_ns = self._clock.monotonic_ns()
        with self._lock:
            self._tickets += 1
            self._left_ns.pop(person.user_id, None)
            seat = self._seats.get(person.user_id)
            if seat is None:
                seat = self._seats[person.user_id] = _Seat(person, input_ns=now_ns)
            elif not seat.feeds:
                seat.input_ns = now_ns  # whoever opens a page has touched something
            seat.person, seat.gone_ns = person, None
            seat.feeds[self._tickets] = person.terminal
            return self._tickets

    def changed(self, person: Person, ticket: int) -> None:
        """His role or cameras may be others now, or the terminal of that feed. Who logged out at one terminal is still at the other."""
        with self._lock:
            seat = self._seats.get(person.user_id)
            if seat is None:
                seat = self._seats[person.user_id] = _Seat(person, input_ns=self._clock.monotonic_ns())
            seat.feeds[ticket] = person.terminal
            seat.person = replace(person, terminal=seat.feeds[max(seat.feeds)])

    def leave(self, user_id: str, ticket: int) -> None:
        """A feed is closed."""
        with self._lock:
            seat = self._seats.get(user_id)
            if seat is None:
                return
            seat.feeds.pop(ticket, None)
            if seat.feeds:
                seat.person = replace(seat.person, terminal=seat.feeds[max(seat.feeds)])
            else:
                seat.gone_ns = self._clock.monotonic_ns()

    def gone(self, user_id: str) -> None:
        """He has logged out: nobody waits for him."""
        with self._lock:
            self._seats.pop(user_id, None)

    def idle_for(self, user_id: str, seconds: float) -> None:
        """He has touched nothing for so long, says his screen."""
        with self._lock:
            seat = self._seats.get(user_id)
            if seat is not None:
                seat.input_ns = max(seat.input_ns, self._clock.monotonic_ns() - round(seconds * NS_PER_S))

    def now(self) -> list[Present]:
        """Everybody who is here, or was a moment ago, by id."""
        now_ns = self._clock.monotonic_ns()
        with self._lock:
            for user_id in [
                key
                for key, seat in self._seats.items()
                if not seat.feeds and seat.gone_ns is not None and now_ns - seat.gone_ns >= GRACE_NS
            ]:
                self._left_ns[user_id] = self._seats.pop(user_id).gone_ns or now_ns
            return [Present(seat.person, now_ns - seat.input_ns) for _, seat in sorted(self._seats.items())]

    def left(self) -> list[str]:
        """Who went without a word ``LEFT_NS`` ago or longer and is not back, by id; until ``settled`` is said of him."""
        now_ns = self._clock.monotonic_ns()
        with self._lock:
            return sorted(user_id for user_id, gone_ns in self._left_ns.items() if now_ns - gone_ns >= LEFT_NS)

    def settled(self, user_id: str) -> None:
        """What he left behind is seen to."""
        with self._lock:
            self._left_ns.pop(user_id, None)

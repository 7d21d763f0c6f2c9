"""How a message finds its way: channel after channel, each with its tries and its time, until one took it or nobody waits for it any more. Pure.

A message is stored with the act that it tells of; whatever becomes of it is stored before anything else is tried. Killed between sending and storing,
it is sent again under the same key: at least once, and the receiver can tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from nvr.clock import NS_PER_S
from nvr.config.channels import BOARD

CHAIN_NS: Final = 12 * NS_PER_S
"""So long all channels together are tried before people are told that none works: with the looks between them that stays below the 15 s asked for."""
CHANNEL_NS: Final = 10 * NS_PER_S
"""A channel's share of that is at most so long, where it is the only one."""
BOARD_EMPTY_NS: Final = 5 * NS_PER_S
"""So long nobody may sit before a board, at most its share: a page that is loaded anew is back by then."""
TRY_NS: Final = 3 * NS_PER_S
"""Longest time of one try, at most the channel's share; but for the first, at most what is left of it."""
LATER_TRY_NS: Final = 10 * NS_PER_S
"""The same once every channel failed: nobody stands behind it any more, and a server that is only slow takes it yet."""
FIRST_RETRY_NS: Final = NS_PER_S
LATER_RETRY_NS: Final = 15 * NS_PER_S
LONGEST_RETRY_NS: Final = 120 * NS_PER_S
"""Once every channel failed, tries go on at a growing pace: the line may come back."""
GIVEN_UP_NS: Final = 1800 * NS_PER_S
"""A message that old is no news: whoever it was for has been told by voice."""
_LEAST_TRY_NS: Final = NS_PER_S // 2
NOBODY: Final = "nadie frente al tablero"
NOT_SHOWN: Final = "el tablero no confirmó"
BEHIND: Final = "no respondía al mensaje anterior"


class DeliveryState(StrEnum):
    """``waiting`` → ``delivered``, ``answered`` (nobody waits for it any more) or ``given_up``; the three are the end."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one recipient.

    Attributes:
        delivery_id: its id and idempotency key, the same at every try and on every channel.
        subject_id: the incident that it is about (the alert, where there is none yet): on each channel those of one subject go in order.
        dispatch_id: the dispatch that it tells of; None for an alert that nobody takes.
        recipient: an agency's code, ``supervisor`` or ``chief``.
        channels: names in the order in which they are tried; at least one.
        position: which of them it is at.
        tries: how many there were on this channel.
        begun_wall_ns: when this channel's time began.
        next_wall_ns: not tried before that.
        missed: ``channel: reason`` of each that was given up, in their order.
        exhausted_wall_ns: when the last of them was; None: not yet.
    """

    delivery_id: str
    subject_id: str
    recipient: str
    channels: tuple[str, ...]
    created_wall_ns: int
    begun_wall_ns: int
    next_wall_ns: int
    incident_id: str | None = None
    alert_id: str | None = None
    dispatch_id: str | None = None
    state: DeliveryState = DeliveryState.WAITING
    position: int = 0
    tries: int = 0
    missed: tuple[str, ...] = ()
    exhausted_wall_ns: int | None = None
    delivered_by: str = ""
    ended_wall_ns: int | None = None

    @property
    def channel(self) -> str:
        """The channel that it is at."""
        return self.channels[self.position]

    @property
    def place(self) -> str:
        """The channel as one thing in the world: each agency's board is its own."""
        return board_of(self.recipient) if self.channel == BOARD else self.channel

    @property
    def channel_ns(self) -> int:
        """So long each of its channels is tried before the next is."""
        return min(CHANNEL_NS, CHAIN_NS // len(self.channels))

    @property
    def try_ns(self) -> int:
        """Longest time of one try."""
        return min(TRY_NS, self.channel_ns)

    @property
    def waits(self) -> bool:
        """Whether anything is still to be done."""
        return self.state is DeliveryState.WAITING


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board as it is: since when nobody sits before it, None where somebody does."""

    empty_since_wall_ns: int | None


def board_of(agency: str) -> str:
    """What an agency's board is called where channels are listed."""
    return f"{BOARD}/{agency}"


def turns(waiting: Iterable[Delivery]) -> list[Delivery]:
    """Those whose turn it is: on each channel the oldest of each subject. The others wait until it was delivered or went on to its next channel.

    One that every channel failed holds up nobody.
    """
    taken: set[tuple[str, str]] = set()
    found = []
    for each in sorted(waiting, key=lambda one: (one.created_wall_ns, one.delivery_id)):
        if not each.waits:
            continue
        if each.exhausted_wall_ns is not None:
            found.append(each)
        elif (each.subject_id, each.place) not in taken:
            taken.add((each.subject_id, each.place))
            found.append(each)
    return found


def try_ns(delivery: Delivery, now_wall_ns: int) -> int | None:
    """How long a try may take that begins now; None: there is none now. Of a board nothing is sent: its page says that it shows it."""
    if not delivery.waits or delivery.channel == BOARD or now_wall_ns < delivery.next_wall_ns:
        return None
    if delivery.exhausted_wall_ns is not None:
        return LATER_TRY_NS
    if delivery.tries == 0:
        # No channel is passed over untried because we were away, or because another message had its turn.
        return delivery.try_ns
    left_ns = delivery.begun_wall_ns + delivery.channel_ns - now_wall_ns
    # A clock that was set back leaves no more than there ever was; one that was set ahead, or a time when we were away, a short one.
    return min(delivery.try_ns, max(left_ns, _LEAST_TRY_NS))


def delivered(delivery: Delivery, channel: str, now_wall_ns: int) -> Delivery:
    """It arrived. A board's word counts from whatever channel it is at; what has ended stays."""
    if not delivery.waits:
        return delivery
    return replace(delivery, state=DeliveryState.DELIVERED, delivered_by=channel, ended_wall_ns=now_wall_ns)


def answered(delivery: Delivery, now_wall_ns: int) -> Delivery:
    """Nobody waits for it any more: the agency said "recibido", or the alert was taken."""
    if not delivery.waits:
        return delivery
    return replace(delivery, state=DeliveryState.ANSWERED, ended_wall_ns=now_wall_ns)


def failed(delivery: Delivery, reason: str, now_wall_ns: int, jitter: float, *, final: bool = False) -> Delivery:
    """A try did not arrive: another one soon, or the next channel.

    Args:
        delivery: as it was tried.
        reason: what is told of it; holds no secret.
        now_wall_ns: when the try ended.
        jitter: 0..1, drawn anew each time, so that messages that failed together don't come back together.
        final: the channel will not take this message however often it is asked.
    """
    if not delivery.waits:
        return delivery
    tries = delivery.tries + 1
    if delivery.exhausted_wall_ns is not None:
        wait_ns = min(LATER_RETRY_NS << min(tries, 8), LONGEST_RETRY_NS)
        return replace(delivery, tries=tries, next_wall_ns=now_wall_ns + _spread(wait_ns, jitter))
    next_ns = now_wall_ns + _spread(FIRST_RETRY_NS << min(tries - 1, 8), jitter)
    if final or next_ns + _LEAST_TRY_NS > delivery.begun_wall_ns + delivery.channel_ns:
        return gone_on(replace(delivery, tries=tries), reason, now_wall_ns)
    return replace(delivery, tries=tries, next_wall_ns=next_ns)


def gone_on(delivery: Delivery, reason: str, now_wall_ns: int) -> Delivery:
    """To the next channel; from the last one to the first that is no board, where it is tried now and then."""
    missed = (*delivery.missed, f"{delivery.channel}: {reason}")
    if delivery.position + 1 < len(delivery.channels):
        return replace(
            delivery,
            position=delivery.position + 1,
            tries=0,
            missed=missed,
            begun_wall_ns=now_wall_ns,
            next_wall_ns=now_wall_ns,
        )
    outside = next((index for index, name in enumerate(delivery.channels) if name != BOARD), delivery.position)
    return replace(
        delivery,
        position=outside,
        tries=0,
        missed=missed,
        exhausted_wall_ns=now_wall_ns,
        begun_wall_ns=now_wall_ns,
        next_wall_ns=now_wall_ns + LATER_RETRY_NS,
    )


def looked_at(delivery: Delivery, board: BoardView | None, now_wall_ns: int) -> Delivery:
    """What time alone makes of it: a board that nobody sits at, or that does not confirm; an end.

    ``board``: the recipient's, where it is at that.
    """
    if not delivery.waits:
        return delivery
    if now_wall_ns - delivery.created_wall_ns >= GIVEN_UP_NS:
        return replace(delivery, state=DeliveryState.GIVEN_UP, ended_wall_ns=now_wall_ns)
    if delivery.exhausted_wall_ns is not None or delivery.channel != BOARD:
        return delivery
    if board is not None and board.empty_since_wall_ns is not None:
        alone_ns = now_wall_ns - max(board.empty_since_wall_ns, delivery.begun_wall_ns)
        if alone_ns >= min(BOARD_EMPTY_NS, delivery.channel_ns):
            return gone_on(delivery, NOBODY, now_wall_ns)
    if now_wall_ns - delivery.begun_wall_ns < delivery.channel_ns:
        return delivery
    return gone_on(delivery, NOT_SHOWN, now_wall_ns)


def taken_along(gone: Delivery, waiting: Iterable[Delivery], now_wall_ns: int) -> list[Delivery]:
    """Those that stood behind one that has just gone on, as they are after it: who has less than a try's time left does not find out for himself that the
    channel is down.

    ``gone``: as it was on the channel that it left.
    """
    behind = [
        each
        for each in waiting
        if each.waits
        and each.delivery_id != gone.delivery_id
        and (each.subject_id, each.place) == (gone.subject_id, gone.place)
        and each.channel != BOARD
        and each.tries == 0
        and each.exhausted_wall_ns is None
        and now_wall_ns - each.begun_wall_ns > each.channel_ns - each.try_ns
    ]
    return [gone_on(each, BEHIND, now_wall_ns) for each in behind]


def _spread(wait_ns: int, jitter: float) -> int:
    """Half to one and a half times the wait."""
    return int(wait_ns * (0.5 + jitter))

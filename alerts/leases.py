"""To whom an alert is offered, for how long, and who is told when nobody takes it. Pure: alert and people in, alert out.

An offer is a lease: 30 s (20 s for priority 1), then the next of those present, round and round until somebody takes it. It shows whose turn
it is and binds nobody: everybody sees the queue, and taking stays the one act that gives an alert an owner.

Priority 1 that nobody takes goes to the next operator after 20 s, to the supervisor (with sound) after 45 s, to the shift's chief after 90 s. Whoever
was told stays told until it is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alerts.records import Alert, AlertState
from nvr.clock import NS_PER_S

LEASE_NS: Final = 30 * NS_PER_S
URGENT_LEASE_NS: Final = 20 * NS_PER_S
ESCALATION_NS: Final = (20 * NS_PER_S, 45 * NS_PER_S, 90 * NS_PER_S)
"""Age at which a waiting alert of priority 1 reaches the next operator, the supervisor, the shift's chief: levels 1, 2, 3."""

MOST_OFFERS: Final = 5
"""So many stand before one person at once; further ones wait their turn in the queue. Priority 1 is offered in any case."""

_SHARE_BONUS: Final = 1.5
_SKILL_STEP: Final = 0.75


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody present who may take alerts. ``level`` 1 is learning, 2 the rule, 3 experienced; ``cameras`` None: sees all.

    ``reserve``: he is asked only where nobody of a lower one may see the alert; 0 is the rule.
    """

    user_id: str
    name: str
    level: int = 2
    cameras: Collection[str] | None = None
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class Floor:
    """Who is there, what is whose, and what each has at hand: alerts that he has taken, and offers before him."""

    people: Sequence[Candidate] = ()
    shares: Mapping[str, str] | None = None
    loads: Mapping[str, int] | None = None


def asked(alert: Alert, floor: Floor) -> list[Candidate]:
    """Before whom an alert may stand: of those who may see its camera, the first rank that has anybody. Nobody only where nobody present may see it."""
    able = [each for each in floor.people if each.cameras is None or alert.camera_id in each.cameras]
    first = min((each.reserve for each in able), default=0)
    return [each for each in able if each.reserve == first]


def lease_ns(alert: Alert) -> int:
    """How long an alert stands before one person."""
    return URGENT_LEASE_NS if alert.priority == 1 else LEASE_NS


def escalation(alert: Alert, now_wall_ns: int) -> int:
    """The level that a waiting alert has reached; it never sinks while it waits."""
    if alert.state is not AlertState.NEW or alert.shelved:
        return 0
    if alert.priority != 1:
        return alert.escalation
    age_ns = now_wall_ns - alert.waits_since_wall_ns
    return max(alert.escalation, sum(age_ns >= limit for limit in ESCALATION_NS))


def wants_offer(alert: Alert, *, flood: bool) -> bool:
    """Whether it is to stand before somebody."""
    return alert.state is AlertState.NEW and not alert.shelved and not (flood and alert.priority == 3)


def stands(alert: Alert, present: Collection[str], now_wall_ns: int) -> bool:
    """Whether its offer is in force: to somebody present, begun, and not run out, whichever way the clock stepped."""
    return (
        alert.offer_user_id in present
        and alert.offer_until_wall_ns is not None
        and now_wall_ns < alert.offer_until_wall_ns <= now_wall_ns + lease_ns(alert)
    )


def choose(alert: Alert, floor: Floor, tried: Collection[str]) -> Candidate | None:
    """Whom to offer it to: the one with the least at hand, nearest to the camera, and fit for its priority; never one of ``tried``."""
    loads, shares = floor.loads or {}, floor.shares or {}
    able = [each for each in asked(alert, floor) if each.user_id not in tried]
    if alert.priority != 1:
        able = [each for each in able if loads.get(each.user_id, 0) < MOST_OFFERS]
    else:
        # Somebody who is learning gets what is urgent only where there is nobody else.
        able = [each for each in able if each.level > 1] or able

    def cost(each: Candidate) -> tuple[float, str]:
        fit = each.level if alert.priority == 1 else 0
        mine = shares.get(alert.camera_id) == each.user_id
        return loads.get(each.user_id, 0) - _SHARE_BONUS * mine - _SKILL_STEP * fit, each.user_id

    return min(able, key=cost, default=None)


def step(alert: Alert, floor: Floor, now_wall_ns: int, *, flood: bool = False) -> Alert:
    """The alert with the offer and the level that it must have now; itself where nothing is due."""
    level = escalation(alert, now_wall_ns)
    if not wants_offer(alert, flood=flood):
        return replace(withdrawn(alert), escalation=level)
    present = {each.user_id for each in asked(alert, floor)}
    raised = level > alert.escalation and level == 1
    if stands(alert, present, now_wall_ns) and not (raised and len(present) > 1):
        return alert if level == alert.escalation else replace(alert, escalation=level)
    # Once everybody had his turn it goes round again, beginning with somebody else than the last where there is anybody.
    chosen, tried = None, alert.offered
    for tried in (alert.offered, alert.offered[-1:], ()):
        chosen = choose(alert, floor, tried)
        if chosen is not None:
            break
    if chosen is None:
        return replace(withdrawn(alert), escalation=level)
    return replace(
        alert,
        escalation=level,
        offer_user_id=chosen.user_id,
        offer_user_name=chosen.name,
        offer_until_wall_ns=now_wall_ns + lease_ns(alert),
        offered=(*tried, chosen.user_id),
    )


def withdrawn(alert: Alert) -> Alert:
    """The alert, before nobody. Who had his turn is remembered."""
    if alert.offer_user_id is None:
        return alert
    return replace(alert, offer_user_id=None, offer_user_name=None, offer_until_wall_ns=None)


def plan(waiting: Sequence[Alert], floor: Floor, now_wall_ns: int, *, flood: bool = False) -> list[Alert]:
    """What changes among the waiting alerts: the most urgent and then the oldest choose first, and each offer counts as load at once.

    Args:
        waiting: most urgent first.
        floor: its loads count taken alerts alone.
    """
    held_by: dict[str, str] = {}
    for alert in waiting:
        present = {each.user_id for each in asked(alert, floor)}
        if wants_offer(alert, flood=flood) and stands(alert, present, now_wall_ns):
            held_by[alert.alert_id] = alert.offer_user_id or ""
    loads = Counter(floor.loads or {})
    loads.update(held_by.values())
    changed = []
    for alert in waiting:
        held = held_by.get(alert.alert_id)
        now = step(alert, replace(floor, loads=loads), now_wall_ns, flood=flood)
        if now == alert:
            continue
        changed.append(now)
        if held is not None:
            loads[held] -= 1
        if now.offer_user_id is not None:
            loads[now.offer_user_id] += 1
    return changed

"""What lies in the hands of somebody who has walked away: the supervisor is told, and it is anybody's again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import judging, lifecycle
from alerts.judging import LEFT_LYING_NS, TOLD_NS
from alerts.ledger import SYSTEM
from alerts.presence import IDLE_NS
from alerts.records import Alert, AlertOutcome, AlertState
from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, at
from tests.alerts.test_leases import waiting
from tests.alerts.test_routing import Control, control

__all__ = ["control"]


def taken(priority: int) -> Alert:
    return lifecycle.take(waiting(priority=priority), ANA, at(0))


@given(
    priority=st.integers(1, 3),
    held_s=st.floats(-3600, 7200),
    untouched_s=st.none() | st.floats(0, 7200),
    told=st.booleans(),
)
def test_it_is_given_back_only_under_hands_that_do_nothing_and_told_once(
    priority: int, held_s: float, untouched_s: float | None, told: bool
) -> None:
    """Whatever the clock does, nobody loses what he works on; and whoever was told stays told while it lies there."""
    alert = replace(taken(priority), escalation=2 if told and priority == 1 else 0)
    untouched_ns = None if untouched_s is None else round(untouched_s * NS_PER_S)
    now = judging.step(alert, untouched_ns, SYSTEM, at(held_s))
    limit_ns = LEFT_LYING_NS if priority == 1 else IDLE_NS
    held_ns = at(held_s) - at(0)
    lies = untouched_ns is not None and untouched_ns >= limit_ns and held_ns >= limit_ns
    if lies:
        assert (now.state, now.owner_id, now.taken_wall_ns, now.escalation) == (AlertState.NEW, None, None, 0)
        assert (now.offered, now.waits_since_wall_ns) == ((ANA.user_id,), at(held_s))
    else:
        assert replace(now, escalation=0) == replace(alert, escalation=0)
        assert now.escalation == (2 if priority == 1 and (held_ns >= TOLD_NS or told) else 0)
    assert judging.step(now, untouched_ns, SYSTEM, at(held_s)) == now, "nothing twice"


@pytest.mark.parametrize("priority", [1, 2, 3])
def test_what_is_judged_or_nobodys_is_left_alone(priority: int) -> None:
    mine = taken(priority)
    closed = lifecycle.close_alert(mine, ANA, AlertOutcome.NO_ACTION, at(5))
    for alert in (waiting(priority=priority), replace(mine, incident_id="i1"), closed):
        assert judging.step(alert, IDLE_NS, SYSTEM, at(7200)) == alert


def test_who_takes_priority_1_and_walks_away_does_not_keep_it(control: Control, catalogue: Catalogue) -> None:
    """His page stays open. The supervisor is told after two minutes, after three it is before the other operator, and from there on as ever."""
    control.comes("u-ana", "u-luis", "u-jefa")
    alert = control.movement("m", zone="puerta")
    control.desk.take(alert.alert_id, ANA)
    touches(control, 119, "u-luis", "u-jefa")
    assert control.desk.alert(alert.alert_id).escalation == 0
    touches(control, 1, "u-luis", "u-jefa")
    told = control.desk.alert(alert.alert_id)
    assert (told.state, told.owner_id, told.escalation) == (AlertState.TAKEN, "u-ana", 2)
    touches(control, 62, "u-luis", "u-jefa")
    back = control.desk.alert(alert.alert_id)
    assert (back.state, back.owner_id, back.offer_user_id) == (AlertState.NEW, None, "u-luis")
    touches(control, 100, "u-jefa")
    assert control.desk.alert(alert.alert_id).escalation == 3, "it waits anew, with all that is due then"
    with catalogue.read() as tx:
        acts = [(each.action, each.actor, each.detail.get("level")) for each in reversed(audit.read(tx, 100))]
    assert acts[-5:] == [
        ("alert.escalate", "sistema", "2"),
        ("alert.release", "sistema", None),
        *(("alert.escalate", "sistema", level) for level in ("1", "2", "3")),
    ]
    assert_consistent(catalogue)


def test_who_is_at_it_keeps_it_and_his_supervisor_knows(control: Control) -> None:
    control.comes("u-ana", "u-luis", "u-jefa")
    alert = control.movement("m", zone="puerta")
    control.desk.take(alert.alert_id, ANA)
    touches(control, 300, "u-ana")
    mine = control.desk.alert(alert.alert_id)
    assert (mine.owner_id, mine.escalation) == ("u-ana", 2)
    control.desk.verify_alert(alert.alert_id, ANA, "PAT-ROBO", 1, "")
    assert control.desk.alert(alert.alert_id).escalation == 0, "it is judged"
    touches(control, 1200)
    assert control.desk.alert(alert.alert_id).owner_id == "u-ana", "a case that is under way keeps its owner"
    assert_consistent(control.catalogue)


def test_other_priorities_wait_until_their_owner_counts_as_absent_and_he_is_named(control: Control) -> None:
    control.comes("u-ana", "u-luis", "u-jefa")
    alert = control.movement("m")
    control.desk.take(alert.alert_id, ANA)
    touches(control, IDLE_NS // NS_PER_S - 2, "u-luis", "u-jefa")
    assert control.desk.alert(alert.alert_id).owner_id == "u-ana"
    touches(control, 3, "u-luis", "u-jefa")
    assert [seat.user_id for seat in control.room().seats if seat.idle] == ["u-ana"]
    assert control.desk.alert(alert.alert_id).offer_user_id == "u-luis"


def touches(control: Control, seconds: int, *user_ids: str) -> None:
    """Time passes, and these use their keyboards."""
    for _ in range(seconds):
        for user_id in user_ids:
            control.desk.presence.idle_for(user_id, 0)
        control.wait(1)

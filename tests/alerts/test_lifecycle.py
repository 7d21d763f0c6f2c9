"""Life cycles, held against a model by random walks, and the words of their refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerts import lifecycle
from alerts.incident_states import IncidentStep, must_allow
from alerts.ledger import SYSTEM
from alerts.lifecycle import DISPATCH_ORDER, close_incident
from alerts.records import (
    Actor,
    Alert,
    AlertOutcome,
    AlertState,
    Dispatch,
    DispatchState,
    Incident,
    IncidentState,
)
from alerts.rules import opened
from nvr.config.agencies import PNP
from nvr.errors import Conflict, IllegalStep
from tests.alerts.facts import ANA, LUIS, T0, started

NEW = opened(started("m1", 0), alert_id="a1", priority=2, wall_ns=T0)


class AlertWalk(RuleBasedStateMachine):
    """Two operators and a supervisor press whatever they like; ownership and outcome stay coherent."""

    def __init__(self) -> None:
        super().__init__()
        self.alert: Alert = NEW
        self.owner: Actor | None = None
        self.clock_ns = T0

    def _try(self, step: str, legal: bool, do: Callable[[], Alert]) -> None:
        self.clock_ns += 1
        before, refusal = self.alert, ""
        try:
            self.alert = do()
        except (Conflict, IllegalStep) as error:
            refusal = error.message
        assert legal is not bool(refusal), f"{step} from {before.state}: {refusal or 'went through'}"
        if refusal:
            assert self.alert is before

    @rule(actor=st.sampled_from([ANA, LUIS]))
    def take(self, actor: Actor) -> None:
        """Only from the queue, or one's own again."""
        state = self.alert.state
        legal = state is AlertState.NEW or (state is AlertState.TAKEN and self.owner == actor)
        self._try("take", legal, lambda: lifecycle.take(self.alert, actor, self.clock_ns))
        if legal:
            self.owner = actor

    @rule(actor=st.sampled_from([ANA, LUIS]), any_owner=st.booleans())
    def release(self, actor: Actor, any_owner: bool) -> None:
        """One's own, or a supervisor anybody's."""
        legal = self.alert.state is AlertState.TAKEN and (any_owner or self.owner == actor)
        self._try("release", legal, lambda: lifecycle.release(self.alert, actor, 5, any_owner=any_owner))
        if legal:
            self.owner = None

    @rule(actor=st.sampled_from([ANA, LUIS]), any_owner=st.booleans())
    def dispatch(self, actor: Actor, any_owner: bool) -> None:
        """Sending needs an owner; the alert stays taken and has an incident."""
        mine = self.alert.state is AlertState.TAKEN and (any_owner or self.owner == actor)
        queued = self.alert.state is AlertState.NEW and any_owner
        self._try(
            "dispatch",
            mine or queued,
            lambda: lifecycle.for_dispatch(self.alert, actor, self.clock_ns, any_owner=any_owner),
        )
        if queued:
            self.owner = actor
        if mine or queued:
            self.alert = replace(self.alert, incident_id="i1")

    @rule(actor=st.sampled_from([ANA, LUIS]), any_owner=st.booleans(), outcome=st.sampled_from(list(AlertOutcome)))
    def close(self, actor: Actor, any_owner: bool, outcome: AlertOutcome) -> None:
        """As incident exactly where there is one."""
        state = self.alert.state
        fits = (outcome is AlertOutcome.INCIDENT) == (self.alert.incident_id is not None)
        may = any_owner if state is AlertState.NEW else state is AlertState.TAKEN and (any_owner or self.owner == actor)
        again = state is AlertState.CLOSED and self.alert.outcome is outcome and self.alert.owner_id == actor.user_id
        self._try(
            "close",
            (may and fits) or again,
            lambda: lifecycle.close_alert(self.alert, actor, outcome, self.clock_ns, any_owner=any_owner),
        )

    @invariant()
    def coherent(self) -> None:
        """State, owner, times and outcome never contradict each other."""
        alert = self.alert
        assert (alert.outcome is not None) == (alert.closed_wall_ns is not None) == (alert.state is AlertState.CLOSED)
        assert (alert.owner_id is None) == (alert.owner_name is None) == (alert.taken_wall_ns is None)
        if alert.state is AlertState.NEW:
            assert alert.owner_id is None
        if alert.state is AlertState.TAKEN:
            assert self.owner is not None
            assert alert.owner_id == self.owner.user_id
        if alert.state is AlertState.CLOSED:
            assert (alert.outcome is AlertOutcome.INCIDENT) == (alert.incident_id is not None)


TestAlertWalk = AlertWalk.TestCase


def dispatch(state: DispatchState = DispatchState.SENT) -> Dispatch:
    return Dispatch("d1", "i1", "cam01", PNP, state, "", "Ana", T0, {DispatchState.SENT: T0})


@given(st.lists(st.sampled_from(list(DispatchState)), max_size=12))
def test_a_dispatch_only_goes_forward(targets: list[DispatchState]) -> None:
    now, wall_ns = dispatch(), T0
    for to in targets:
        wall_ns += 1
        before = now
        if DISPATCH_ORDER.index(to) < DISPATCH_ORDER.index(before.state):
            with pytest.raises(IllegalStep, match="no puede volver"):
                lifecycle.advance(now, to, wall_ns)
            continue
        now = lifecycle.advance(now, to, wall_ns)
        assert now.state is to
        assert before.times.items() <= now.times.items(), "a time once noted stays"
        assert set(now.times) - set(before.times) <= {to}, "skipped states get no time"
    reached = [now.times[each] for each in DISPATCH_ORDER if each in now.times]
    assert reached == sorted(reached)


def test_pressing_the_same_button_twice_changes_nothing() -> None:
    once = lifecycle.advance(dispatch(), DispatchState.RECEIVED, T0 + 5)
    assert lifecycle.advance(once, DispatchState.RECEIVED, T0 + 9) is once


def test_refusals_are_in_the_operators_language_and_name_the_owner() -> None:
    taken = lifecycle.take(NEW, ANA, T0)
    with pytest.raises(Conflict, match="La alerta la tiene Ana Quispe"):
        lifecycle.take(taken, LUIS, T0)
    with pytest.raises(Conflict, match="Ana Quispe"):
        lifecycle.release(taken, LUIS, 5)
    with pytest.raises(IllegalStep, match="Tome la alerta antes de despachar"):
        lifecycle.for_dispatch(NEW, ANA, T0)
    closed = lifecycle.close_alert(taken, ANA, AlertOutcome.FALSE_ALARM, T0)
    with pytest.raises(IllegalStep, match="ya está cerrada"):
        lifecycle.take(closed, LUIS, T0)


def test_the_system_closes_what_nobody_took() -> None:
    closed = lifecycle.close_alert(NEW, SYSTEM, AlertOutcome.NO_ACTION, T0, any_owner=True)
    assert (closed.owner_id, closed.outcome) == (None, AlertOutcome.NO_ACTION)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ([DispatchState.SENT], "queda 1 despacho abierto"),
        ([DispatchState.ON_SCENE, DispatchState.CLOSED, DispatchState.SENT], "quedan 2 despachos abiertos"),
    ],
)
def test_an_incident_waits_for_its_dispatches(states: list[DispatchState], message: str) -> None:
    with pytest.raises(IllegalStep, match=message):
        close_incident(_incident(*states), T0)


def test_an_incident_closes_once() -> None:
    closed = close_incident(_incident(DispatchState.CLOSED), T0 + 7)
    assert (closed.state, closed.closed_wall_ns) == (IncidentState.CLOSED, T0 + 7)
    with pytest.raises(IllegalStep, match="N-2026-000001 ya está cerrado"):
        close_incident(closed, T0)
    with pytest.raises(IllegalStep, match="ya está cerrado"):
        must_allow(closed, IncidentStep.DISPATCH)


def _incident(*states: DispatchState) -> Incident:
    sent = tuple(dispatch(each) for each in states)
    return Incident(
        "i1", "N-2026-000001", IncidentState.OPEN, "cam01", "PAT-ROBO", 1, "", T0, T0, "Ana", dispatches=sent
    )

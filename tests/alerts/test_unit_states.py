"""The thirteen states: every pair judged, reasons given, and a unit and its dispatch that never run apart."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import unit_states
from alerts.records import DispatchState
from alerts.unit_states import (
    BY_HAND,
    EITHER_WAY,
    FREE,
    LIMITS_S,
    ONLY_WITH_DISPATCH,
    UNIT_WORDS,
    WITH_DISPATCH,
    UnitState,
)
from nvr.clock import NS_PER_S
from nvr.errors import IllegalStep


def test_there_are_thirteen_with_a_word_each_and_a_way_out_of_each() -> None:
    """Resgrid's list; a state without a word would be shown as a code, one without an exit would keep a unit for ever."""
    assert len(UnitState) == 13
    assert set(UNIT_WORDS) == set(UnitState)
    assert len(set(UNIT_WORDS.values())) == 13
    assert set(BY_HAND) == set(UnitState) - ONLY_WITH_DISPATCH
    assert set(WITH_DISPATCH) == ONLY_WITH_DISPATCH | EITHER_WAY
    assert not FREE & ONLY_WITH_DISPATCH
    reached = {UnitState.AVAILABLE}
    for state in BY_HAND:
        assert state in reached or UnitState.AVAILABLE in BY_HAND[state], state


@pytest.mark.parametrize(("state", "to"), list(product(UnitState, UnitState)))
@pytest.mark.parametrize("has_dispatch", [False, True])
def test_each_step_is_legal_as_the_table_says_or_refused_with_its_reason(
    state: UnitState, to: UnitState, *, has_dispatch: bool
) -> None:
    table = WITH_DISPATCH if has_dispatch else BY_HAND
    if state not in table:
        return  # it can't be in this state so
    if to is state or to in table[state]:
        assert unit_states.stepped(state, to, has_dispatch=has_dispatch, note="x") is to
        return
    with pytest.raises(IllegalStep) as caught:
        unit_states.stepped(state, to, has_dispatch=has_dispatch, note="x")
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize(
    ("state", "to", "has_dispatch", "reason"),
    [
        (UnitState.AVAILABLE, UnitState.COMMITTED, False, "al enviarla a un despacho"),
        (UnitState.AVAILABLE, UnitState.EN_ROUTE, False, "no tiene despacho"),
        (UnitState.EN_ROUTE, UnitState.AVAILABLE, True, "atiende un despacho"),
        (UnitState.ON_SCENE, UnitState.EN_ROUTE, True, "«en el lugar» no puede pasar a «en camino»"),
        (UnitState.COMMITTED, UnitState.CANCELLED, True, "reasigne"),
        (UnitState.OUT_OF_SERVICE, UnitState.RETURNING, False, "fuera de servicio"),
        (UnitState.AVAILABLE, UnitState.MANUAL, False, "Escriba"),
    ],
)
def test_the_reason_says_what_stands_in_the_way(
    state: UnitState, to: UnitState, reason: str, *, has_dispatch: bool
) -> None:
    with pytest.raises(IllegalStep, match=reason):
        unit_states.stepped(state, to, has_dispatch=has_dispatch, note="")


def test_only_free_units_can_be_sent() -> None:
    for state in UnitState:
        if state in FREE:
            assert unit_states.committed(state) is UnitState.COMMITTED
        else:
            with pytest.raises(IllegalStep, match="elija una libre"):
                unit_states.committed(state)


ATTENDING = sorted(ONLY_WITH_DISPATCH | EITHER_WAY)
STEPS = [DispatchState.RECEIVED, DispatchState.EN_ROUTE, DispatchState.ON_SCENE]


@given(st.sampled_from(ATTENDING), st.lists(st.sampled_from(STEPS), max_size=6))
def test_a_unit_follows_its_dispatch_forward_only(state: UnitState, steps: list[DispatchState]) -> None:
    """Whatever is pressed: the unit never says less than before, and what it says its dispatch has reached."""
    for step in sorted(steps, key=STEPS.index):
        before = state
        state = unit_states.following(state, step, was_on_scene=False)
        said, now = unit_states.dispatch_reached(before), unit_states.dispatch_reached(state)
        assert now is not None
        assert STEPS.index(now) >= STEPS.index(step)
        assert said is None or STEPS.index(now) >= STEPS.index(said)
        assert state in ONLY_WITH_DISPATCH | EITHER_WAY


@given(st.sampled_from(ATTENDING), st.booleans())
def test_a_closed_dispatch_lets_its_unit_go(state: UnitState, was_on_scene: bool) -> None:
    after = unit_states.following(state, DispatchState.CLOSED, was_on_scene=was_on_scene)
    assert after in FREE
    assert (after is UnitState.RELEASED) == was_on_scene


def test_a_row_warns_after_its_limit_and_a_free_unit_never() -> None:
    limit_ns = LIMITS_S[UnitState.COMMITTED] * NS_PER_S
    assert not unit_states.overlong(UnitState.COMMITTED, 0, limit_ns)
    assert unit_states.overlong(UnitState.COMMITTED, 0, limit_ns + 1)
    assert not unit_states.overlong(UnitState.AVAILABLE, 0, 10**18)

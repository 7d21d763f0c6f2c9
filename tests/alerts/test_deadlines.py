"""What is due of a dispatch that nobody answers: never early, never twice, never taken back but by an answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts import deadlines, lifecycle
from alerts.deadlines import CHIEF_AFTER_NS, SUPERVISOR_AFTER_NS, due
from alerts.lifecycle import DISPATCH_ORDER
from alerts.records import Dispatch, DispatchState
from nvr.clock import NS_PER_S
from nvr.config import PNP, Agency
from nvr.config.agencies import Deadlines
from tests.alerts.facts import T0

AGENCY = Agency(code=PNP, name="PNP", deadlines=Deadlines(received_s=60, en_route_s=180, on_scene_s=600))
RADIO = Agency(code="samu", name="SAMU", channel="telephone")


def sent() -> Dispatch:
    return Dispatch("d1", "i1", "cam01", PNP, DispatchState.SENT, "", "Ana", T0, {DispatchState.SENT: T0})


def at(seconds: float) -> int:
    return T0 + round(seconds * NS_PER_S)


def test_the_call_falls_due_to_the_nanosecond() -> None:
    assert due(sent(), AGENCY, at(60) - 1) is None
    found = due(sent(), AGENCY, at(60))
    assert found is not None
    assert (found.dispatch.escalation, found.dispatch.call_due_wall_ns, found.told) == (1, at(60), (1,))
    assert due(found.dispatch, AGENCY, at(61)) is None, "once"


def test_each_agency_has_its_own_deadlines() -> None:
    slow = Agency(code="bomberos", name="Bomberos", deadlines=Deadlines(received_s=90, en_route_s=240, on_scene_s=900))
    assert due(sent(), slow, at(89)) is None
    called = due(sent(), slow, at(90))
    assert called is not None
    assert called.dispatch.call_due_wall_ns == at(90)
    received = lifecycle.advance(sent(), DispatchState.RECEIVED, at(20))
    assert due(received, slow, at(239)) is None
    late = due(received, slow, at(240))
    assert late is not None
    assert (late.late, due(late.dispatch, slow, at(899))) == ((DispatchState.EN_ROUTE,), None)


def test_where_nobody_sits_before_a_board_it_is_due_at_once() -> None:
    found = due(sent(), RADIO, T0)
    assert found is not None
    assert found.dispatch.call_due_wall_ns == T0


def test_a_room_that_was_dead_for_an_hour_tells_all_levels_at_once() -> None:
    found = due(sent(), AGENCY, at(3600))
    assert found is not None
    assert found.told == (1, 2, 3)
    assert found.late == (DispatchState.EN_ROUTE, DispatchState.ON_SCENE)
    assert found.dispatch.late_step is DispatchState.ON_SCENE
    assert found.dispatch.call_due_wall_ns == at(60), "since when it was due, not since when somebody looked"


def test_an_agency_that_was_taken_out_of_the_file_keeps_the_usual_deadlines() -> None:
    found = due(sent(), None, at(60))
    assert found is not None
    assert found.told == (1,)


def test_steps_are_late_one_by_one() -> None:
    dispatch = lifecycle.advance(sent(), DispatchState.RECEIVED, at(20))
    assert due(dispatch, AGENCY, at(179)) is None
    first = due(dispatch, AGENCY, at(180))
    assert first is not None
    assert (first.late, first.told) == ((DispatchState.EN_ROUTE,), ())
    going = deadlines.answered(lifecycle.advance(first.dispatch, DispatchState.EN_ROUTE, at(200)))
    assert going.late_step is None
    second = due(going, AGENCY, at(600))
    assert second is not None
    assert second.late == (DispatchState.ON_SCENE,)
    assert due(second.dispatch, AGENCY, at(6000)) is None


@given(
    st.lists(
        st.one_of(
            st.integers(-300, 900),
            st.sampled_from(DISPATCH_ORDER),
        ),
        max_size=25,
    )
)
def test_whatever_the_clock_does_and_whoever_answers(acts: list[int | DispatchState]) -> None:
    """A tick at any second, a clock that steps back, an answer at any time; a process that dies keeps only the dispatch."""
    dispatch, now_ns, told, late = sent(), T0, 0, set[DispatchState]()
    for act in acts:
        if isinstance(act, DispatchState):
            if DISPATCH_ORDER.index(act) > DISPATCH_ORDER.index(dispatch.state):
                dispatch = deadlines.answered(lifecycle.advance(dispatch, act, now_ns))
                assert dispatch.escalation == 0
            continue
        now_ns += act * NS_PER_S
        found = due(dispatch, AGENCY, now_ns)
        if found is None:
            continue
        assert dispatch.state is not DispatchState.CLOSED
        assert found.told == tuple(range(told + 1, told + 1 + len(found.told))), "each level once, in order"
        assert not late & set(found.late), "each step once"
        told += len(found.told)
        late |= set(found.late)
        if found.told:
            assert dispatch.state is DispatchState.SENT
            waited_ns = now_ns - at(60)
            assert waited_ns >= (0, SUPERVISOR_AFTER_NS, CHIEF_AFTER_NS)[found.told[-1] - 1]
        for step in found.late:
            assert now_ns >= at(180 if step is DispatchState.EN_ROUTE else 600)
        assert found.dispatch.escalation >= dispatch.escalation
        dispatch = found.dispatch
        assert due(dispatch, AGENCY, now_ns) is None, "the same second again changes nothing"

"""One person steers a camera at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ptz.reservation import STEERING_NS, Lease, Person, Rank, claim, release
from nvr.clock import NS_PER_S
from nvr.errors import Conflict

PEOPLE = [
    Person("a", "Ana", Rank.OPERATOR),
    Person("b", "Beto", Rank.OPERATOR),
    Person("c", "Carla", Rank.SUPERVISOR),
    Person("d", "Dora", Rank.INCIDENT_OWNER),
]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["steer", "reserve", "release"]),
        st.integers(0, 20 * NS_PER_S),
    ),
    max_size=40,
)


@given(ACTS)
def test_whoever_has_it_keeps_it_against_his_rank_and_never_for_ever(
    acts: list[tuple[Person, str, int]],
) -> None:
    """Any walk of people: a lease passes to another only when it is over, given back, or taken by a higher rank; a refusal changes nothing."""
    lease: Lease | None = None
    now_ns = 0
    for who, act, pause_ns in acts:
        now_ns += pause_ns
        before = lease
        held_by_other = before is not None and before.holds(now_ns) and before.holder.user_id != who.user_id
        try:
            if act == "release":
                lease = release(before, who, now_ns)
            else:
                for_ns = STEERING_NS if act == "steer" else 60 * NS_PER_S
                lease = claim(before, who, now_ns, for_ns, reserve=act == "reserve")
        except Conflict:
            assert held_by_other
            assert before is not None
            assert who.rank <= before.holder.rank
            assert lease is before
            continue
        if act == "release":
            assert lease is None
        else:
            assert lease is not None
            assert lease.holder.user_id == who.user_id
            assert lease.holds(now_ns)
            assert lease.until_ns <= now_ns + 60 * NS_PER_S
        if held_by_other:
            assert before is not None
            assert who.rank > before.holder.rank


def test_steering_does_not_shorten_a_reservation() -> None:
    """Who reserved for two minutes and moves keeps his two minutes, and keeps them as a reservation."""
    ana = PEOPLE[0]
    reserved = claim(None, ana, 0, 120 * NS_PER_S, reserve=True)
    moved = claim(reserved, ana, NS_PER_S, STEERING_NS)
    assert moved.until_ns == reserved.until_ns
    assert moved.reserved


def test_a_refusal_names_who_has_it() -> None:
    """So that one can call across the room."""
    lease = claim(None, PEOPLE[0], 0, STEERING_NS)
    with pytest.raises(Conflict, match="Ana"):
        claim(lease, PEOPLE[1], NS_PER_S, STEERING_NS)


def test_giving_back_nothing_is_no_fault() -> None:
    """A screen that repeats its request after a cut."""
    assert release(None, PEOPLE[0], 0) is None
    over = claim(None, PEOPLE[0], 0, STEERING_NS)
    assert release(over, PEOPLE[1], STEERING_NS + 1) is None

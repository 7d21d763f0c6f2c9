"""Patrols."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.ptz.rounds import RESUME_NS, Round, Stop
from nvr.clock import NS_PER_S


@given(st.integers(2, 8), st.lists(st.integers(1, 5 * NS_PER_S), max_size=60))
def test_every_stop_has_its_turn_and_its_time(count: int, pauses_ns: list[int]) -> None:
    """In order, and none before the one before it had its time."""
    patrol = Round("Ronda", tuple(Stop(str(index), (index + 1) * NS_PER_S) for index in range(count)))
    seen: list[str] = []
    now_ns, since_ns = 0, 0
    for pause_ns in pauses_ns:
        patrol, preset = patrol.step(now_ns)
        if preset is not None:
            if seen:
                assert now_ns - since_ns >= (int(seen[-1]) + 1) * NS_PER_S
            seen.append(preset)
            since_ns = now_ns
        now_ns += pause_ns
    assert seen == [str(index % count) for index in range(len(seen))]


def test_after_somebody_had_the_camera_it_goes_back_to_where_it_was() -> None:
    """The stop that was interrupted comes again, a while after."""
    patrol = Round("Ronda", (Stop("a", NS_PER_S), Stop("b", NS_PER_S)))
    patrol, first = patrol.step(0)
    assert first == "a"
    patrol = patrol.held(1)
    assert patrol.step(RESUME_NS)[1] is None
    assert patrol.step(RESUME_NS + 1)[1] == "a"

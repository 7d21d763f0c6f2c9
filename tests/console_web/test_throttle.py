"""The sliding window, against a model that keeps everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_web.problems import too_many
from console_web.throttle import Throttle

KEYS = [("rosa", "10.0.0.1"), ("rosa", "10.0.0.2"), ("luis", "10.0.0.1")]
steps = st.lists(
    st.tuples(
        st.sampled_from(KEYS), st.integers(0, 120), st.sampled_from(["try", "try", "try", "succeed", "take back"])
    ),
    max_size=80,
)


@given(steps)
def test_at_most_so_many_tries_in_any_window(script: list[tuple[tuple[str, str], int, str]]) -> None:
    """Per key; what is refused does not count; the answer says exactly when the next may be made."""
    throttle = Throttle(tries=3, window_ns=100)
    admitted: dict[tuple[str, str], list[int]] = {key: [] for key in KEYS}
    now_ns = 0
    for key, wait_ns, what in script:
        now_ns += wait_ns
        if what == "succeed":
            throttle.succeed(key)
            admitted[key] = []
            continue
        if what == "take back":
            throttle.take_back(key)
            del admitted[key][-1:]
            continue
        recent = [at for at in admitted[key] if at > now_ns - 100]
        answer = throttle.admit(key, now_ns)
        assert (answer == 0) == (len(recent) < 3)
        if answer == 0:
            admitted[key].append(now_ns)
        else:
            assert answer == recent[-3] + 100 - now_ns


def test_memory_is_bounded_and_what_is_forgotten_is_counted() -> None:
    """A flood of names can't fill the machine."""
    throttle = Throttle(max_keys=10)
    for i in range(25):
        throttle.admit((f"n{i}", "a"), 0)
    assert len(throttle._times_ns) == 10
    assert throttle.forgotten == 15


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 s"), (59, "59 s"), (60, "1 min"), (61, "2 min"), (89, "2 min"), (301, "6 min")]
)
def test_nobody_is_told_to_come_again_too_early(seconds: int, words: str) -> None:
    """A minute's wait for what is over in five seconds, or 60 s where it takes 89, costs somebody another refusal."""
    problem = too_many(seconds)
    assert f"Espere {words} e intente" in problem.remedy
    assert problem.headers["retry-after"] == str(seconds)

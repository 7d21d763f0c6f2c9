"""How much a process grew: of which looks, and what counts as a new process."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.vitals import Vitals, growth, look


def series(rss_mb: list[float], pids: list[int] | None = None) -> list[Vitals]:
    """A look each second."""
    named = pids or [1] * len(rss_mb)
    return [Vitals(float(at), pid, mb, 10, 2) for at, (pid, mb) in enumerate(zip(named, rss_mb, strict=True))]


def test_what_happens_between_the_edges_is_not_growth() -> None:
    found = growth(series([100.0] * 5 + [500.0] * 20 + [104.0] * 5), edge_s=4)
    assert found.rss_mb == (100.0, 104.0)
    assert found.share == pytest.approx(0.04)
    assert not found.restarted


@given(st.floats(0, 10), st.floats(50, 500))
def test_a_leak_shows_in_the_slope(mb_per_s: float, start_mb: float) -> None:
    found = growth(series([start_mb + mb_per_s * at for at in range(40)]), edge_s=5)
    assert found.mb_per_hour == pytest.approx(mb_per_s * 3600, abs=1e-3)


def test_another_process_is_no_growth_but_a_restart() -> None:
    assert growth(series([10.0] * 20, [1] * 10 + [2] * 10), edge_s=2).restarted


def test_too_short_a_series_says_so() -> None:
    with pytest.raises(ValueError, match="measure for longer"):
        growth(series([1.0] * 5), edge_s=4)


def test_this_process_is_looked_at() -> None:
    found = [vitals for _, vitals in look(os.getpid())]
    assert all(vitals.rss_mb > 1 and vitals.threads >= 1 for vitals in found)
    assert os.getpid() in {vitals.pid for vitals in found}

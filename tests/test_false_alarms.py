"""How far few alerts tell a rate."""

from __future__ import annotations

import pytest

from benchmarks.false_alarms import Tally


@pytest.mark.parametrize(
    ("alerts", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (2, 0.242, 7.225), (10, 4.795, 18.390)],
)
def test_the_interval_is_the_exact_one(alerts: int, low: float, high: float) -> None:
    """Garwood's table of 1936, by way of half of the chi-squared quantiles of 2 n and 2 n + 2 degrees of freedom."""
    assert Tally(alerts, 3600.0).interval_per_hour() == pytest.approx((low, high), abs=0.001)
    assert Tally(alerts, 36000.0).interval_per_hour() == pytest.approx((low / 10, high / 10), abs=0.0001)

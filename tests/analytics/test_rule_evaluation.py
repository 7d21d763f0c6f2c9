"""Reports of rules beside what was expected."""

from __future__ import annotations

from analytics.event_score import Span
from analytics.rule_evaluation import RuleScore, Told, by_kind, compare, rule_row
from analytics.rule_sequences import Expected

EXPECTED = (Expected("left", Span(20, 60)), Expected("line_a_b", Span(5, 8)))


def test_a_report_counts_where_its_rule_and_its_time_fit() -> None:
    """Another rule, or the right one too early, is false, and what was expected is missed; a second report of the same is neither."""
    assert compare(EXPECTED, [Told("left", 26), Told("line_a_b", 4.5)]) == ((6.0, 0.0), (), ())
    assert compare(EXPECTED, [Told("left", 26), Told("left", 55)]) == ((6.0,), ("line_a_b",), ())
    assert compare(EXPECTED, [Told("left", 12), Told("taken", 30), Told("line_a_b", 7)]) == (
        (2.0,),
        ("left",),
        ("left", "taken"),
    )
    assert compare((), [Told("crowd", 3)]) == ((), (), ("crowd",))
    assert compare((), []) == ((), (), ())


def test_sequences_are_summed_up_by_their_kind() -> None:
    """Counts add up, times are medians."""
    scores = [
        RuleScore("left: a bag", (4.0,), (), ("taken",), 40, 2),
        RuleScore("left: clouds", (), ("left", "left"), (), 60, 4),
        RuleScore("line: across", (1.0, 3.0), (), (), 50, 3),
    ]
    left, line = by_kind(scores)
    assert left == RuleScore("**left**", (4.0,), ("left", "left"), ("taken",), 50, 3)
    assert rule_row(left) == "| **left** | 1 | 2 | 1 | no left, taken | 4.0 | 50 | 3.0 |"
    assert line.found == (1.0, 3.0)

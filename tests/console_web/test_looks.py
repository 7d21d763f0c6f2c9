"""The memory of looks: bounded, and on the safe side."""

from __future__ import annotations

from console_web.looks import FOLD_NS, Looks


def test_ten_minutes_count_from_what_was_written_not_from_the_last_try() -> None:
    """Else somebody who looks all night is written down once."""
    looks = Looks()
    assert looks.is_new(("s", "play", "cam01"), 0)
    assert not looks.is_new(("s", "play", "cam01"), FOLD_NS - 1)
    assert looks.is_new(("s", "play", "cam01"), FOLD_NS)
    assert not looks.is_new(("s", "play", "cam01"), 2 * FOLD_NS - 1)


def test_what_could_not_be_written_is_tried_again() -> None:
    looks = Looks()
    assert looks.is_new(("s", "play", "cam01"), 0)
    looks.forget(("s", "play", "cam01"))
    assert looks.is_new(("s", "play", "cam01"), 1)


def test_a_flood_of_looks_is_written_again_rather_than_forgotten() -> None:
    """Each of these windows is another look; the memory does not grow, and the first one counts as new again."""
    looks = Looks()
    assert all(looks.is_new(("s", "play", str(window)), 0) for window in range(5000))
    assert looks.is_new(("s", "play", "0"), 1)
    assert not looks.is_new(("s", "play", "4999"), 1)

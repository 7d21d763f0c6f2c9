"""What stood before somebody's eyes: the first screen counts, nobody sees beyond his reach, and nothing that pages say holds up the desk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.sightings import Sightings
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.errors import CatalogueError
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import T0
from tests.alerts.test_routing import PEOPLE, Control

ANA, LUIS = PEOPLE["u-ana"], PEOPLE["u-luis"]


@pytest.fixture
def control(catalogue: Catalogue, clock: SimulatedClock) -> Control:
    clock.advance(seconds=1)
    return Control(catalogue, clock)


def seen_after_ns(control: Control) -> list[int | None]:
    """Of each alert, the youngest last: how long it was in the queue before somebody saw it."""
    found = sorted(control.desk.alert_times_between(T0, T0 + 3600 * NS_PER_S), key=lambda each: each.created_wall_ns)
    return [None if each.seen_wall_ns is None else each.seen_wall_ns - each.created_wall_ns for each in found]


def test_the_first_screen_that_shows_it_counts_and_changes_nothing_of_the_alert(control: Control) -> None:
    alert = control.movement("m")
    control.clock.advance(seconds=3)
    before = control.desk.alert(alert.alert_id)
    control.desk.sightings.seen(ANA, [alert.alert_id])
    control.clock.advance(seconds=4)
    control.desk.sightings.seen(LUIS, [alert.alert_id])
    control.desk.sightings.step()
    control.clock.advance(seconds=5)
    control.desk.sightings.seen(LUIS, [alert.alert_id])
    control.desk.sightings.step()
    assert seen_after_ns(control) == [3 * NS_PER_S]
    assert control.desk.alert(alert.alert_id) == before
    assert_consistent(control.catalogue)


def test_each_second_takes_up_what_was_said(control: Control) -> None:
    control.desk.sightings.seen(ANA, [control.movement("m").alert_id])
    control.wait(1)
    assert seen_after_ns(control) == [0]


def test_nobody_sees_alerts_of_cameras_beyond_his_reach_and_none_that_do_not_exist(control: Control) -> None:
    near, far = control.movement("m"), control.movement("n", camera_id="cam02")
    control.desk.sightings.seen(replace(ANA, cameras=frozenset({"cam01"})), [near.alert_id, far.alert_id, "nonsense"])
    control.desk.sightings.step()
    assert seen_after_ns(control) == [0, None]


def test_what_could_not_be_stored_is_stored_later_with_its_time(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = control.movement("m")
    control.desk.sightings.seen(ANA, [alert.alert_id])
    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "write", _full)
        with pytest.raises(CatalogueError):
            control.desk.sightings.step()
    control.clock.advance(seconds=9)
    control.desk.sightings.step()
    assert seen_after_ns(control) == [0]


def test_what_is_said_meanwhile_waits_behind_it_and_within_the_bound(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert, sightings = control.movement("m"), control.desk.sightings
    sightings.seen(ANA, [alert.alert_id])

    def full(_catalogue: Catalogue) -> None:
        control.clock.advance(seconds=1)
        sightings.seen(LUIS, [alert.alert_id, *(f"{control.clock.wall_ns()}-{number}" for number in range(4_000))])
        raise CatalogueError("the disk is full", "free space")

    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "write", full)
        for _ in range(3):
            with pytest.raises(CatalogueError):
                sightings.step()
    assert len(sightings._said) == 5_000
    sightings.step()
    assert seen_after_ns(control) == [0]


def _full(_catalogue: Catalogue) -> None:
    raise CatalogueError("the disk is full", "free space")


def test_a_page_that_says_nonsense_without_end_costs_little_memory(catalogue: Catalogue) -> None:
    sightings = Sightings(catalogue)
    for number in range(200):
        sightings.seen(ANA, [f"{number}-{each}" for each in range(100)])
    assert len(sightings._said) == 5_000

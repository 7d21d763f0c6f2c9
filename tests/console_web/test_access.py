"""The decisions themselves: roles, cameras, agencies. Pure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route, WebSocketRoute

from console_web.access import MAY, Action, Subject, Target, Verdict, cameras_within_reach, decide, reaches
from console_web.app import ROUTERS
from nvr.catalogue.users import Role

CONTRACT = (Path(__file__).parents[2] / "docs" / "design" / "api.md").read_text(encoding="utf-8")
ADDRESSES = sorted(
    {route.path for router in ROUTERS for route in router.routes if isinstance(route, (Route, WebSocketRoute))}
)
CAMERAS = ("cam01", "cam02", "cam03")
AGENCIES = ("serenazgo", "pnp")

subjects = st.builds(
    Subject,
    user_id=st.just("u"),
    role=st.sampled_from(Role),
    agency=st.none() | st.sampled_from(AGENCIES),
    cameras=st.none() | st.frozensets(st.sampled_from(CAMERAS)),
)
targets = st.builds(
    Target,
    camera_id=st.none() | st.sampled_from(CAMERAS),
    agencies=st.frozensets(st.sampled_from(AGENCIES)),
)


@given(subjects, st.sampled_from(Action), st.none() | targets)
def test_what_a_role_lacks_is_refused_whether_or_not_the_object_exists(
    subject: Subject, action: Action, target: Target | None
) -> None:
    """Else 403 against 404 would tell what exists."""
    refused = decide(subject, action, target) is Verdict.REFUSED
    assert refused == (action not in MAY[subject.role])


@given(subjects, st.sampled_from(Action), targets)
def test_what_is_out_of_reach_answers_as_what_is_not_there(subject: Subject, action: Action, target: Target) -> None:
    """Both are HIDDEN, for every action that the role has."""
    if subject.may(action) and not reaches(subject, target):
        assert decide(subject, action, target) is decide(subject, action, None) is Verdict.HIDDEN


@given(subjects, targets)
def test_nobody_reaches_a_camera_that_is_not_his(subject: Subject, target: Target) -> None:
    """Whatever the role, admins with a list of cameras included."""
    if subject.cameras is not None and target.camera_id is not None and target.camera_id not in subject.cameras:
        assert not reaches(subject, target)


@given(subjects, targets)
def test_a_dispatcher_reaches_only_what_his_agency_was_sent_to(subject: Subject, target: Target) -> None:
    """One without an agency reaches nothing; agencies bind nobody else."""
    if subject.role is Role.DISPATCHER:
        assert not reaches(subject, target) or subject.agency in target.agencies
    elif subject.cameras is None:
        assert reaches(subject, target)


@given(subjects, st.dictionaries(st.sampled_from(CAMERAS), st.frozensets(st.sampled_from(AGENCIES))))
def test_lists_hold_exactly_what_the_single_look_up_would_show(
    subject: Subject, dispatched: dict[str, frozenset[str]]
) -> None:
    """A list must not show what the object's own address hides, nor hide what it shows."""
    shown = cameras_within_reach(subject, CAMERAS, dispatched)
    assert shown == [
        each
        for each in CAMERAS
        if decide(subject, Action.SEE_CAMERAS, Target(each, dispatched.get(each, frozenset()))) is Verdict.ALLOWED
    ]


@pytest.mark.parametrize("path", [each for each in ADDRESSES if each.startswith("/api/")])
def test_every_address_stands_in_the_contract(path: str) -> None:
    """Whole, or where ids are in it by its last word, as the page shortens those of one family."""
    assert (path[path.rindex("/") :] if "{" in path else path) in CONTRACT


def test_the_table_of_roles_is_the_one_of_the_contract() -> None:
    """docs/design/api.md, row by row: an action that slips into a role by mistake shows here."""
    o, s, d, i, a = Role.OPERATOR, Role.SUPERVISOR, Role.DISPATCHER, Role.INVESTIGATOR, Role.ADMIN
    table: dict[Action, set[Role]] = {
        Action.OWN_SESSION: {o, s, d, i, a},
        Action.FOLLOW_EVENTS: {o, s, d, i, a},
        Action.SEE_OCCURRENCES: {o, s, d, i, a},
        Action.SEE_CAMERAS: {o, s, d, i, a},
        Action.WATCH_LIVE: {o, s, d, i, a},
        Action.SEE_ALERTS: {o, s, i},
        Action.WORK_ALERTS: {o, s},
        Action.OPEN_INCIDENT: {o, s},
        Action.WORK_INCIDENTS: {o, s},
        Action.SEE_INCIDENTS: {o, s, d, i},
        Action.PLAY_INCIDENTS: {o, s, d, i},
        Action.SEE_PERSONS: {o, s, d, i},
        Action.READ_PERSONS: {o, s, i},
        Action.PRINT_PARTE: {o, s, i},
        Action.SEE_DISPATCHES: {o, s, d, i},
        Action.ADVANCE_DISPATCH: {o, s, d},
        Action.SEE_UNITS: {o, s, d},
        Action.WORK_UNITS: {o, s, d},
        Action.MANAGE_UNITS: {s, d},
        Action.PLAY_RECORDINGS: {o, s, i},
        Action.SEE_ATTENTION: {s, i},
        Action.SEE_FIGURES: {s},
        Action.SEE_COVERAGE: {s, i, a},
        Action.SEE_STORAGE: {s, a},
        Action.SEE_CHANNELS: {s, a},
        Action.STEER_CAMERAS: {o, s},
        Action.SEE_DEVICES: {s, a},
        Action.SET_DEVICES: {s, a},
        Action.REBOOT_DEVICES: {a},
        Action.ACCEPT_VIEWS: {a},
        Action.SEE_HOLDS: {s, i, a},
        Action.PLACE_HOLD: {s, i},
        Action.DECIDE_RELEASE: {s},
        Action.STRIKE_WORDS: {s},
        Action.SEE_HEALTH: {o, s, a},
        Action.SEE_METRICS: {a},
        Action.MANAGE_USERS: {a},
        Action.MANAGE_CONFIGURATION: {a},
        Action.SEE_AUDIT: {s, a},
        Action.SEE_ROOM: {o, s},
        Action.HAND_OVER: {o, s},
        Action.PLAN_SHIFTS: {s},
        Action.MANAGE_TERMINALS: {a},
    }
    assert set(table) == set(Action)
    assert {action: {role for role in Role if action in MAY[role]} for action in Action} == table

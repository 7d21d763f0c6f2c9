"""The one place that decides who may do what to which object. Pure: roles and facts in, a verdict out.

An object is judged by its own camera, agencies and owner (``Target``), never by an id that stands in the path beside it. The order of the
questions is fixed: first whether the role has the action at all (403, whether or not the object exists), then whether the object is
within the user's reach (404, as for one that does not exist). See docs/design/access.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from nvr.catalogue.users import Role, User


class Action(Enum):
    """Everything that somebody may ask of the console."""

    OWN_SESSION = auto()  # look at, end, and change the password of one's own session
    FOLLOW_EVENTS = auto()  # the socket; each event on it is judged by itself
    SEE_CAMERAS = auto()
    WATCH_LIVE = auto()
    PLAY_RECORDINGS = auto()  # of any time
    SEE_ALERTS = auto()
    WORK_ALERTS = auto()  # take, release, close, dispatch
    SEE_INCIDENTS = auto()
    OPEN_INCIDENT = auto()
    WORK_INCIDENTS = auto()  # dispatch, note, close
    SEE_PERSONS = auto()  # who is involved in an incident: masked
    READ_PERSONS = auto()  # and unmasked
    STRIKE_WORDS = auto()  # out of what is written of an incident, for ever
    PLAY_INCIDENTS = auto()  # the recorded window of an incident
    PRINT_PARTE = auto()  # the whole incident on paper, whoever was sent
    SEE_DISPATCHES = auto()
    ADVANCE_DISPATCH = auto()  # the agency itself, or who hears it by voice
    SEE_UNITS = auto()
    WORK_UNITS = auto()  # set their state and place, send them to dispatches
    MANAGE_UNITS = auto()  # name them, take them out of use
    SEE_OCCURRENCES = auto()
    SEE_STORAGE = auto()  # how long the disks keep
    SEE_CHANNELS = auto()  # by what agencies and chiefs are told, and whether it works
    SEE_HOLDS = auto()
    PLACE_HOLD = auto()  # prolong it, ask for its release
    DECIDE_RELEASE = auto()  # of a hold, on what another person asked
    SEE_ROOM = auto()  # who is at the desk, whose cameras are which, roster, hand-overs
    HAND_OVER = auto()  # write, sign and accept the hand-over of a shift
    PLAN_SHIFTS = auto()  # the roster
    MANAGE_TERMINALS = auto()
    SEE_ATTENTION = auto()  # the attention base and the crime map, as files
    SEE_FIGURES = auto()  # how long the room takes, false alerts, when and where
    SEE_COVERAGE = auto()  # the daily proof that cameras recorded
    SEE_HEALTH = auto()
    SEE_METRICS = auto()
    STEER_CAMERAS = auto()  # pan, tilt, zoom, positions, patrols, reserve
    SEE_DEVICES = auto()  # what a camera is over ONVIF, and how it is set
    SET_DEVICES = auto()  # its picture, focus, relays
    REBOOT_DEVICES = auto()
    ACCEPT_VIEWS = auto()  # what a camera shows now is what it ought to show
    MANAGE_USERS = auto()
    MANAGE_CONFIGURATION = auto()  # which cameras there are: look, apply, return to a version
    SEE_AUDIT = auto()


_EVERYBODY: Final = {Action.OWN_SESSION, Action.FOLLOW_EVENTS, Action.SEE_OCCURRENCES}
_WATCHER: Final = {Action.SEE_CAMERAS, Action.WATCH_LIVE}
_READER: Final = {
    Action.PLAY_RECORDINGS,
    Action.SEE_ALERTS,
    Action.SEE_INCIDENTS,
    Action.PLAY_INCIDENTS,
    Action.SEE_PERSONS,
    Action.READ_PERSONS,
    Action.PRINT_PARTE,
    Action.SEE_DISPATCHES,
}
_DESK: Final = {
    Action.WORK_ALERTS,
    Action.OPEN_INCIDENT,
    Action.WORK_INCIDENTS,
    Action.SEE_HEALTH,
    Action.STEER_CAMERAS,
    Action.SEE_ROOM,
    Action.HAND_OVER,
    Action.ADVANCE_DISPATCH,
    Action.SEE_UNITS,
    Action.WORK_UNITS,
}
_KEEPER: Final = {Action.SEE_HOLDS, Action.PLACE_HOLD}
_DEVICES: Final = {Action.SEE_DEVICES, Action.SET_DEVICES}

MAY: Final[dict[Role, frozenset[Action]]] = {
    Role.OPERATOR: frozenset(_EVERYBODY | _WATCHER | _READER | _DESK),
    Role.SUPERVISOR: frozenset(
        _EVERYBODY
        | _WATCHER
        | _READER
        | _DESK
        | _KEEPER
        | _DEVICES
        | {
            Action.SEE_ATTENTION,
            Action.SEE_AUDIT,
            Action.SEE_COVERAGE,
            Action.SEE_FIGURES,
            Action.SEE_STORAGE,
            Action.SEE_CHANNELS,
            Action.DECIDE_RELEASE,
            Action.STRIKE_WORDS,
            Action.PLAN_SHIFTS,
            Action.MANAGE_UNITS,
        }
    ),
    Role.DISPATCHER: frozenset(
        _EVERYBODY
        | _WATCHER
        | {
            Action.SEE_INCIDENTS,
            Action.PLAY_INCIDENTS,
            Action.SEE_PERSONS,
            Action.SEE_DISPATCHES,
            Action.ADVANCE_DISPATCH,
        }
        | {Action.SEE_UNITS, Action.WORK_UNITS, Action.MANAGE_UNITS}
    ),
    Role.INVESTIGATOR: frozenset(
        _EVERYBODY | _WATCHER | _READER | _KEEPER | {Action.SEE_ATTENTION, Action.SEE_COVERAGE}
    ),
    Role.ADMIN: frozenset(
        _EVERYBODY
        | _WATCHER
        | {Action.SEE_HOLDS, Action.SEE_STORAGE, Action.SEE_CHANNELS}
        | _DEVICES
        | {Action.REBOOT_DEVICES, Action.ACCEPT_VIEWS}
        | {
            Action.SEE_COVERAGE,
            Action.SEE_HEALTH,
            Action.SEE_METRICS,
            Action.MANAGE_USERS,
            Action.MANAGE_CONFIGURATION,
            Action.SEE_AUDIT,
        }
        | {Action.MANAGE_TERMINALS}
    ),
}
"""Which role has which actions at all; the table of docs/design/api.md."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks. ``cameras`` is None for all; ``agency`` is set for dispatchers alone."""

    user_id: str
    role: Role
    agency: str | None = None
    cameras: frozenset[str] | None = None

    @classmethod
    def of(cls, user: User) -> Subject:
        """A user as far as access depends on him."""
        cameras = None if user.cameras is None else frozenset(user.cameras)
        return cls(user.user_id, user.role, user.agency, cameras)

    def may(self, action: Action) -> bool:
        """Whether his role has the action at all."""
        return action in MAY[self.role]

    @property
    def bound_to_agency(self) -> bool:
        """Whether only what was dispatched to his agency concerns him."""
        return self.role is Role.DISPATCHER

    @property
    def only_agency(self) -> str | None:
        """The agency that he is bound to; None: he sees what was sent to any."""
        return self.agency if self.bound_to_agency else None


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked about, as far as access depends on it.

    Attributes:
        camera_id: the object's own camera, or None for what belongs to no camera.
        agencies: to whom it was dispatched. For a camera: the agencies of the open incidents at it.
        others: further cameras that it concerns, each of which is enough: the neighbours that saw an alert's scene.
    """

    camera_id: str | None = None
    agencies: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


class Verdict(Enum):
    """What to answer."""

    ALLOWED = auto()
    REFUSED = auto()  # 403: the role lacks the action
    HIDDEN = auto()  # 404: not there, or not for him


def reaches(subject: Subject, target: Target) -> bool:
    """Whether an object is within a user's reach: his cameras, and for a dispatcher his agency's incidents."""
    near = () if target.camera_id is None else (target.camera_id, *target.others)
    if subject.cameras is not None and near and subject.cameras.isdisjoint(near):
        return False
    if subject.bound_to_agency:
        return subject.agency is not None and subject.agency in target.agencies
    return True


def decide(subject: Subject, action: Action, target: Target | None) -> Verdict:
    """The verdict on one request.

    Args:
        subject: who asks.
        action: what for.
        target: the object as it was found, or None where there is none by that id.
    """
    if not subject.may(action):
        return Verdict.REFUSED
    if target is None or not reaches(subject, target):
        return Verdict.HIDDEN
    return Verdict.ALLOWED


def cameras_within_reach(
    subject: Subject, camera_ids: Iterable[str], dispatched: dict[str, frozenset[str]]
) -> list[str]:
    """The cameras of ``camera_ids`` that a user reaches, in the same order.

    Args:
        subject: who asks.
        camera_ids: all cameras.
        dispatched: camera id → the agencies of the open incidents there.
    """
    nobody: frozenset[str] = frozenset()
    return [each for each in camera_ids if reaches(subject, Target(each, dispatched.get(each, nobody)))]

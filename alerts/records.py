"""The desk's nouns as plain values: what the desk decides on and what the console shows. Stored by ``nvr.catalogue``."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class AlertState(StrEnum):
    """``new`` → ``taken`` → ``closed``; ``released`` leads back to ``new``."""

    NEW = "new"
    TAKEN = "taken"
    CLOSED = "closed"


class AlertOutcome(StrEnum):
    """How an alert ended; a closed one has exactly one."""

    INCIDENT = "incident"
    FALSE_ALARM = "false_alarm"
    NO_ACTION = "no_action"
    DUPLICATE = "duplicate"


class DispatchState(StrEnum):
    """``sent`` → ``received`` (recibido) → ``en_route`` (en camino) → ``on_scene`` (en el lugar) → ``closed`` (cerrado)."""

    SENT = "sent"
    RECEIVED = "received"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CLOSED = "closed"


class DispatchResult(StrEnum):
    """How a dispatch ended; a closed one has exactly one, those that were closed before there were results none."""

    ATTENDED = "attended"
    INTERVENED = "intervened"
    HANDED_TO_PNP = "handed_to_pnp"
    FALSE_ALARM = "false_alarm"


class IncidentState(StrEnum):
    """An incident is open until an operator closes it, which needs all its dispatches closed."""

    OPEN = "open"
    CLOSED = "closed"


DeliveryWord = Literal["", "missed", "undelivered", "delivered"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, from where: stands in every time line entry and audit record."""

    user_id: str
    name: str
    terminal: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Movement (or a system fault) that somebody must look at.

    ``box`` is x, y, width, height normalised 0..1, of the movement in that picture; ``snapshot`` a path relative to the snapshots folder or "".
    ``count`` counts the observations folded into it; ``last_wall_ns`` is the end of the newest one, or its start while it goes on.

    Attributes:
        cameras: neighbours that saw the same scene (``alerts.scenes``), in the order in which they did.
        waiting_wall_ns: since when it waits anew, after a release or on the shelf; None: since it was stored.
        shelved: on the shelf of a chattering source (``alerts.shelving``): not in the queue.
        offer_user_id: before whom it stands until ``offer_until_wall_ns`` (``alerts.leases``).
        offered: who had it before him in this round, the newest last.
        escalation: who was told that nobody takes it: 1 next operator, 2 supervisor, 3 the shift's chief; 0 none of them yet. While it is taken: 2 where the
            supervisor was told that its owner does not judge it.
        object_kind: what a model was surest that moved; "" while none has said anything.
        object_score: its probability, 0..1.
    """

    alert_id: str
    camera_id: str
    zone: str
    priority: int
    state: AlertState
    started_wall_ns: int
    decided_wall_ns: int
    created_wall_ns: int
    last_wall_ns: int
    ongoing: bool
    score: float
    box: tuple[float, float, float, float]
    snapshot: str
    count: int
    owner_id: str | None = None
    owner_name: str | None = None
    taken_wall_ns: int | None = None
    closed_wall_ns: int | None = None
    outcome: AlertOutcome | None = None
    incident_id: str | None = None
    cameras: tuple[str, ...] = ()
    waiting_wall_ns: int | None = None
    shelved: bool = False
    offer_user_id: str | None = None
    offer_user_name: str | None = None
    offer_until_wall_ns: int | None = None
    offered: tuple[str, ...] = ()
    escalation: int = 0
    object_kind: Literal["", "person", "vehicle"] = ""
    object_score: float = 0.0

    @property
    def waits_since_wall_ns(self) -> int:
        """Since when somebody ought to take it."""
        return self.created_wall_ns if self.waiting_wall_ns is None else self.waiting_wall_ns


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One agency sent to one incident. ``agency`` is its code (``nvr.config.agencies``); ``times`` maps each state reached to its wall_ns.

    Attributes:
        unit_id: the unit that was sent to it now; ``unit_name`` is its call sign.
        escalation: who was told that nobody answers (``alerts.deadlines``): 1 the operator must call, 2 supervisor, 3 the shift's chief.
        call_due_wall_ns: since when the call was due; None: it never was.
        called_wall_ns: when somebody answered it and read back what he was told.
        late_step: the step that is overdue, None where none is.
        receiver_name, receiver_cip, receiver_station: who of the PNP received; "" for other results.
        delivery: how its way outside the act stands (``alerts.delivery``): ``missed`` while it goes on after a channel that failed, ``undelivered`` once all
            have, ``delivered`` when one took it; "" while nothing is to be said.
        delivered_by: the channel that took it, or "".
        missed: ``channel: reason`` of those that did not.
    """

    dispatch_id: str
    incident_id: str
    camera_id: str
    agency: str
    state: DispatchState
    note: str
    created_by: str
    created_wall_ns: int
    times: dict[DispatchState, int] = field(default_factory=dict)
    unit_id: str | None = None
    unit_name: str = ""
    escalation: int = 0
    call_due_wall_ns: int | None = None
    called_wall_ns: int | None = None
    late_step: DispatchState | None = None
    result: DispatchResult | None = None
    receiver_name: str = ""
    receiver_cip: str = ""
    receiver_station: str = ""
    delivery: DeliveryWord = ""
    delivered_by: str = ""
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to an incident; never changed once written."""

    entry_id: int
    incident_id: str
    wall_ns: int
    actor: str
    terminal: str
    kind: str
    detail: dict[str, str]


class StepState(StrEnum):
    """How a step of a procedure was ticked; one that was not has no state."""

    DONE = "done"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class TickedStep:
    """A step of an incident's procedure that somebody ticked. ``step`` is its code (``alerts/occurrences.yaml``)."""

    step: str
    state: StepState
    reason: str
    actor: str
    terminal: str
    wall_ns: int


@dataclass(frozen=True, slots=True)
class FurtherCamera:
    """A camera beside the one that an incident began at."""

    camera_id: str
    reason: str
    added_by: str
    added_wall_ns: int


@dataclass(frozen=True, slots=True)
class CameraPlace:
    """Where one of an incident's cameras stood when the incident got it, as the configuration said then: that may change, this never does.

    ``sector`` is "" and ``latitude``, ``longitude`` (degrees, WGS 84) are None where nothing was said.
    """

    camera_id: str
    number: int
    name: str
    sector: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class IncidentLink:
    """Another incident, as it is named."""

    incident_id: str
    number: str


@dataclass(frozen=True, slots=True)
class Incident:
    """From an operator's decision to its end: ``number`` is gap-free per year, N-2026-000123.

    Attributes:
        version: of what is said of it (``alerts.amendments``), from 1.
        address: where exactly, in words; "" where the camera's place says enough.
        further_cameras: beside ``camera_id``, in the order in which they were added.
        duplicate_of: the incident about the same thing that is gone on with; ``duplicates``: the other way round.
        steps: of its procedure, those that were ticked.
        places: of its cameras, as they were when it got each of them; none of those that it got before these were kept (2026-11-27).
    """

    incident_id: str
    number: str
    state: IncidentState
    camera_id: str
    type_code: str
    priority: int
    note: str
    occurred_wall_ns: int
    created_wall_ns: int
    created_by: str
    closed_wall_ns: int | None = None
    dispatches: tuple[Dispatch, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    version: int = 1
    address: str = ""
    further_cameras: tuple[FurtherCamera, ...] = ()
    duplicate_of: IncidentLink | None = None
    duplicates: tuple[IncidentLink, ...] = ()
    steps: tuple[TickedStep, ...] = ()
    places: tuple[CameraPlace, ...] = ()

    @property
    def camera_ids(self) -> tuple[str, ...]:
        """All of its cameras, the first one first."""
        return (self.camera_id, *(each.camera_id for each in self.further_cameras))

    def place_of(self, camera_id: str) -> CameraPlace | None:
        """Where that camera stood when this incident got it; None: that was not kept."""
        return next((each for each in self.places if each.camera_id == camera_id), None)

"""What the console answers (docs/design/api.md). The screen's types are made from these and from ``console_web.bodies``."""

from __future__ import annotations

from typing import Any, Literal

from alerts.records import AlertOutcome, AlertState, DispatchResult, DispatchState, IncidentState
from console_web.agency_schemas import AgencyOut
from console_web.answer import Out
from console_web.case_schemas import FurtherCameraOut, IncidentLinkOut, ProcedureStepOut
from console_web.picture_schemas import PictureFaultOut
from nvr.catalogue.users import Role


class UserOut(Out):
    """A person."""

    user_id: str
    name: str
    full_name: str
    role: Role
    agency: str | None
    cameras: list[str] | None
    enabled: bool
    must_change_password: bool


class SessionOut(Out):
    """The caller's own session, and the agencies that there are."""

    user: UserOut
    csrf_token: str
    site: str
    timezone: str
    terminal: str
    idle_lock_s: int
    agencies: list[AgencyOut]


class ZoneOut(Out):
    """A zone of a camera; corners 0..1."""

    name: str
    polygon: list[tuple[float, float]]
    priority: int


class StreamOut(Out):
    """How one stream of a camera is."""

    state: Literal["connecting", "online", "offline"]
    since_wall_ms: int
    cause: str
    detail: str
    quarantined: bool
    encrypted: bool
    recorded: bool
    width_px: int
    height_px: int
    fps: float
    kbps: float
    faults: list[PictureFaultOut]


class StreamsOut(Out):
    """The streams that a camera has."""

    main: StreamOut
    sub: StreamOut | None


class CameraOut(Out):
    """A camera."""

    camera_id: str
    number: int
    name: str
    location: tuple[float, float] | None
    trunk: str | None
    neighbours: dict[str, int]
    zones: list[ZoneOut]
    ptz: bool
    device: bool
    streams: StreamsOut


class AlertOut(Out):
    """An alert. ``box`` is x, y, width, height, 0..1."""

    alert_id: str
    camera_id: str
    camera_number: int
    place: str
    zone: str
    priority: int
    state: AlertState
    started_wall_ms: int
    decided_wall_ms: int
    created_wall_ms: int
    last_wall_ms: int
    ongoing: bool
    score: float
    box: tuple[float, float, float, float]
    has_snapshot: bool
    count: int
    owner_id: str | None
    owner_name: str | None
    taken_wall_ms: int | None
    closed_wall_ms: int | None
    outcome: AlertOutcome | None
    incident_id: str | None
    cameras: list[int]
    waiting_wall_ms: int
    shelved: bool
    offer_user_id: str | None
    offer_user_name: str | None
    offer_until_wall_ms: int | None
    escalation: int
    object_kind: Literal["", "person", "vehicle"]
    object_score: float


class DispatchOut(Out):
    """One agency sent to one incident."""

    dispatch_id: str
    incident_id: str
    incident_number: str
    camera_id: str
    camera_number: int
    place: str
    type_code: str
    type_name: str
    priority: int
    incident_note: str
    incident_address: str
    agency: str
    state: DispatchState
    note: str
    created_by: str
    created_wall_ms: int
    occurred_wall_ms: int
    times: dict[DispatchState, int]
    has_snapshot: bool
    unit_id: str | None
    unit_name: str
    escalation: int
    call_due_wall_ms: int | None
    called_wall_ms: int | None
    late_step: DispatchState | None
    result: DispatchResult | None
    receiver_name: str
    receiver_cip: str
    receiver_station: str
    delivery: Literal["", "missed", "undelivered", "delivered"]
    delivered_by: str
    missed: list[str]


class TimelineEntryOut(Out):
    """One thing that happened to an incident."""

    entry_id: int
    wall_ms: int
    actor: str
    terminal: str
    kind: str
    detail: dict[str, str]


class IncidentOut(Out):
    """An incident."""

    incident_id: str
    number: str
    state: IncidentState
    camera_id: str
    camera_number: int
    place: str
    type_code: str
    type_name: str
    priority: int
    note: str
    occurred_wall_ms: int
    created_wall_ms: int
    created_by: str
    closed_wall_ms: int | None
    dispatches: list[DispatchOut]
    timeline: list[TimelineEntryOut]
    alert_ids: list[str]
    version: int
    address: str
    further_cameras: list[FurtherCameraOut]
    duplicate_of: IncidentLinkOut | None
    duplicates: list[IncidentLinkOut]
    procedure: list[ProcedureStepOut]


class AlertsOut(Out):
    """Alerts as of ``seq``."""

    seq: int
    items: list[AlertOut]


class IncidentsOut(Out):
    """Incidents as of ``seq``."""

    seq: int
    items: list[IncidentOut]


class DispatchesOut(Out):
    """Dispatches as of ``seq``."""

    seq: int
    items: list[DispatchOut]


class OccurrenceTypeOut(Out):
    """What an incident can be."""

    code: str
    group: str
    name: str
    priority: int


class SpanOut(Out):
    """A stretch of recording. ``keyframes``: only its key frames are left. ``damaged``: the disk no longer has it as it was written."""

    from_wall_ms: int
    to_wall_ms: int
    keyframes: bool
    damaged: bool


class GapOut(Out):
    """A stretch without, and why."""

    from_wall_ms: int
    to_wall_ms: int
    cause: str
    detail: str


class MovementOut(Out):
    """A movement in a zone."""

    from_wall_ms: int
    to_wall_ms: int
    zone: str


class CoverageOut(Out):
    """What there is of a camera in a window."""

    spans: list[SpanOut]
    gaps: list[GapOut]
    movements: list[MovementOut]


class OpenGapOut(GapOut):
    """A gap; ``ongoing`` while it has no end."""

    ongoing: bool


class CoverageSumOut(Out):
    """Due = recorded + gaps by cause + pending (not yet known) + expired (no longer kept) + unexplained. ``percent`` null: nothing was due."""

    due_ms: int
    recorded_ms: int
    percent: float | None
    gaps_ms: dict[str, int]
    longest_gap_ms: int
    pending_ms: int
    expired_ms: int
    unexplained_ms: int


class CameraCoverageOut(Out):
    """One camera's day."""

    camera_id: str
    number: int
    name: str
    trunk: str | None
    sum: CoverageSumOut
    gaps: list[OpenGapOut]


class DayCoverageOut(Out):
    """The proof of a day; ``over`` false: up to now."""

    day: str
    from_wall_ms: int
    to_wall_ms: int
    over: bool
    cameras: list[CameraCoverageOut]
    total: CoverageSumOut


class WorkerOut(Out):
    """A worker's newest report."""

    worker: str
    pid: int
    age_ms: int
    cpu_cores: float
    rss_bytes: int
    counters: dict[str, float]


class CameraHealthOut(Out):
    """The streams of a camera."""

    camera_id: str
    streams: StreamsOut


class DiskOut(Out):
    """The disk that recordings lie on."""

    free_bytes: int
    total_bytes: int
    reserve_bytes: int


class ClockOut(Out):
    """How the machine's clock stands to the time line: seconds that it is ahead, and why the two are at odds, or ""."""

    error_s: float
    doubt: str


class HealthOut(Out):
    """How the room's machine is."""

    workers: list[WorkerOut]
    cameras: list[CameraHealthOut]
    disk: DiskOut
    catalogue: dict[str, Any]
    clock: ClockOut | None


class UsersOut(Out):
    """Everybody."""

    items: list[UserOut]


class NewPasswordOut(Out):
    """A one-time password: shown once, stored nowhere."""

    user: UserOut
    password: str


class PeakOut(Out):
    """A stretch in which something moved in the region, and its fullest second. ``box`` is 0 to 1; ``recorded``: there is video of it."""

    camera_id: str
    from_wall_ms: int
    to_wall_ms: int
    peak_wall_ms: int
    cells: int
    box: tuple[float, float, float, float]
    recorded: bool


class HourOut(Out):
    """How many minutes of an hour the region moved in, over all cameras asked about."""

    from_wall_ms: int
    minutes: int


class MovementFoundOut(Out):
    """What a search found. Not ``complete``: weaker peaks may be missing. What was not looked at (``asked_s`` - ``looked_s``) is unknown."""

    peaks: list[PeakOut]
    hours: list[HourOut]
    minutes: int
    complete: bool
    looked_s: int
    asked_s: int
    damaged: list[str]

"""What browsers send (docs/design/api.md): every text and list bounded, every type exact."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.calls import CallOrigin
from alerts.records import AlertOutcome, DispatchResult, DispatchState
from alerts.unit_states import UnitKind, UnitState
from nvr.catalogue.users import Role
from nvr.config.agencies import AGENCY_CODE


class In(BaseModel):
    """A body from a browser. Unknown keys, numbers in quotes and the like are refused, not guessed at."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Note = Annotated[str, Field(max_length=2000)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
TypeCode = Annotated[str, Field(min_length=1, max_length=40)]
Priority = Annotated[int, Field(strict=True, ge=1, le=3)]
WallMs = Annotated[int, Field(strict=True, ge=0, le=253_402_300_799_000)]  # to the year 9999
IdempotencyKey = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
LoginName = Annotated[str, Field(min_length=1, max_length=60)]
Password = Annotated[str, Field(min_length=1, max_length=200)]
FiniteNumber = Annotated[float, Field(allow_inf_nan=False)]
CameraId = Annotated[str, Field(min_length=1, max_length=32)]
UnitId = Annotated[str, Field(min_length=1, max_length=64)]
AgencyCode = Annotated[str, Field(pattern=f"^{AGENCY_CODE.pattern}$")]


class LoginIn(In):
    """Name and password."""

    name: LoginName
    password: Password


class PasswordChangeIn(In):
    """The old and the new password."""

    current: Password
    new: Password


class MovementSearchIn(In):
    """Where did something move? ``cells``: 18 rows of 32, a bit each, the first in the highest bit, hexadecimal."""

    camera_ids: Annotated[list[CameraId], Field(min_length=1, max_length=1024)] | None = None
    cells: Annotated[str, Field(pattern=r"^[0-9a-f]{144}$")]
    from_wall_ms: WallMs
    to_wall_ms: WallMs
    least_cells: Annotated[int, Field(strict=True, ge=1, le=576)] = 1
    limit: Annotated[int, Field(strict=True, ge=1, le=200)] = 60


class AlertCloseIn(In):
    """How an alert ended. ``incident`` stands for itself: it is set by closing the incident."""

    outcome: AlertOutcome
    note: Note = ""


class AlertDispatchIn(In):
    """Send an agency to what an alert shows."""

    agency: AgencyCode
    type_code: TypeCode
    priority: Priority
    note: Note = ""
    idempotency_key: IdempotencyKey
    unit_id: UnitId | None = None


class IncidentIn(In):
    """Seen by an operator himself."""

    camera_id: CameraId
    occurred_wall_ms: WallMs
    type_code: TypeCode
    priority: Priority
    note: Note = ""
    idempotency_key: IdempotencyKey


class AlertVerifyIn(In):
    """What an alert shows is true: what kind of occurrence it is."""

    type_code: TypeCode
    priority: Priority
    note: Note = ""


class CallIn(IncidentIn):
    """What somebody tells by telephone; ``camera_id`` is the one that the operator chose among those near by, ``further_cameras`` others that he ticked."""

    further_cameras: Annotated[list[CameraId], Field(max_length=5)] = []
    origin: CallOrigin
    caller: Annotated[str, Field(max_length=80)] = ""
    phone: Annotated[str, Field(max_length=24, pattern=r"^[0-9+ ()#*-]*$")] = ""
    place: Annotated[str, Field(min_length=1, max_length=200)]
    sector: Annotated[str, Field(max_length=60)] = ""
    location: Annotated[list[Annotated[float, Field(ge=-180, le=180)]], Field(min_length=2, max_length=2)] | None = None


class RemarkIn(In):
    """What the incoming side says of what it accepts."""

    remark: Note = ""


class RosterEntryIn(In):
    """Somebody in a shift."""

    user_id: Annotated[str, Field(min_length=1, max_length=64)]
    post: Annotated[str, Field(max_length=60)] = ""
    level: Annotated[int, Field(strict=True, ge=1, le=3)] = 2
    chief: Annotated[bool, Field(strict=True)] = False


class RosterIn(In):
    """Who is to work in a shift of a day, instead of who stood there."""

    day: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    shift: Annotated[str, Field(min_length=1, max_length=20)]
    entries: Annotated[list[RosterEntryIn], Field(max_length=60)]


class TerminalIn(In):
    """Which seat the browser that asks is at."""

    number: Annotated[int, Field(strict=True, ge=1, le=99)]
    name: Annotated[str, Field(min_length=1, max_length=40)]


class IncidentDispatchIn(In):
    """Send an agency to an incident."""

    agency: AgencyCode
    note: Note = ""
    idempotency_key: IdempotencyKey
    unit_id: UnitId | None = None


class NoteIn(In):
    """A note for the time line."""

    text: Text


class IncidentCloseIn(In):
    """The last words on an incident."""

    note: Note = ""


class AdvanceIn(In):
    """The next step of a dispatch; closing it needs a result, and one handed to the PNP who received."""

    to: DispatchState
    note: Note = ""
    result: DispatchResult | None = None
    receiver_name: Annotated[str, Field(max_length=80)] = ""
    receiver_cip: Annotated[str, Field(max_length=12)] = ""
    receiver_station: Annotated[str, Field(max_length=80)] = ""


class CallBackIn(In):
    """A call to an agency that did not answer on its board."""

    answered: Annotated[bool, Field(strict=True)]
    spoken_to: Annotated[str, Field(max_length=120)] = ""
    read_back: Note = ""


class DispatchUnitIn(In):
    """The unit that is to go, instead of the one that was to; null: none."""

    unit_id: UnitId | None


class UnitWordsIn(In):
    """What is said of a unit."""

    call_sign: Annotated[str, Field(min_length=1, max_length=20)]
    kind: UnitKind
    plate: Annotated[str, Field(max_length=12)] = ""
    crew: Annotated[str, Field(max_length=200)] = ""
    sector: Annotated[str, Field(max_length=60)] = ""


class UnitIn(UnitWordsIn):
    """A new unit."""

    agency: AgencyCode


class UnitStateIn(In):
    """What a unit says of itself."""

    to: UnitState
    note: Note = ""


class UnitPlaceIn(In):
    """Where a unit is, degrees WGS 84, and when it was there."""

    latitude: Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
    wall_ms: WallMs


class HoldIn(In):
    """Hold a stretch of one or more cameras. ``expires_wall_ms`` null: until it is released."""

    camera_ids: Annotated[list[CameraId], Field(min_length=1, max_length=64)]
    from_wall_ms: WallMs
    to_wall_ms: WallMs
    reason: Text
    authority: Annotated[str, Field(max_length=120)] = ""
    expires_wall_ms: WallMs | None = None


class HoldProlongIn(In):
    """A later end; null: until it is released."""

    expires_wall_ms: WallMs | None


class HoldDecisionIn(In):
    """Release it, or keep it."""

    approve: Annotated[bool, Field(strict=True)]


Velocity = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Token = Annotated[str, Field(min_length=1, max_length=64)]
PositionName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w][\w .,()/-]*$")]


class SteerIn(In):
    """A velocity, as long as the key is down; all zero: stop."""

    pan: Velocity = 0.0
    tilt: Velocity = 0.0
    zoom: Velocity = 0.0


class PositionIn(In):
    """Where to look."""

    pan: Velocity
    tilt: Velocity
    zoom: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class PresetIn(In):
    """Go to a stored position; null: home."""

    token: Token | None


class PresetNameIn(In):
    """Store where it looks now."""

    name: PositionName


class PatrolIn(In):
    """Start a patrol by name, one over all positions ("*"), or end it (null)."""

    name: Annotated[str, Field(min_length=1, max_length=60)] | None
    dwell_s: Annotated[int, Field(strict=True, ge=3, le=3600)] = 20


class TourIn(In):
    """Start or stop one of the device's own tours."""

    token: Token
    run: Annotated[bool, Field(strict=True)]


class ReserveIn(In):
    """Have a camera for oneself."""

    seconds: Annotated[int, Field(strict=True, ge=10, le=900)] = 120


class ImagingIn(In):
    """What to change of a camera's picture; what is left out stays."""

    levels: Annotated[dict[Literal["brightness", "contrast", "saturation", "sharpness"], FiniteNumber], Field()] = {}
    ir: Literal["day", "night", "auto"] | None = None
    focus: Literal["auto", "manual"] | None = None


class FocusIn(In):
    """Move the focus a little: -1 nearer, 1 farther."""

    speed: Velocity


class RelayIn(In):
    """Switch a relay output."""

    relay: Token
    on: Annotated[bool, Field(strict=True)]


class RebootIn(In):
    """Restart a camera: its id, typed once more."""

    confirm: CameraId


class UserIn(In):
    """A new person."""

    name: Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[\w][\w .@-]*$")]
    full_name: Annotated[str, Field(min_length=1, max_length=80)]
    role: Role
    agency: AgencyCode | None = None
    cameras: Annotated[list[CameraId], Field(max_length=1024)] | None = None
    enabled: Annotated[bool, Field(strict=True)] = True


class UserChangeIn(In):
    """What is to be changed of a person; what is left out stays."""

    name: Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[\w][\w .@-]*$")] | None = None
    full_name: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    role: Role | None = None
    agency: AgencyCode | None = None
    cameras: Annotated[list[CameraId], Field(max_length=1024)] | None = None
    enabled: Annotated[bool, Field(strict=True)] | None = None

"""What the console says of units; part of ``console_web.schemas``."""

from __future__ import annotations

from alerts.nearest_unit import Reason
from alerts.unit_states import UnitKind, UnitState
from console_web.answer import Out


class UnitOut(Out):
    """A unit. ``limit_s``: seconds in its state after which it is shown as overlong; null: never. ``may``: the states that can be set by hand now."""

    unit_id: str
    agency: str
    call_sign: str
    kind: UnitKind
    plate: str
    crew: str
    sector: str
    state: UnitState
    since_wall_ms: int
    state_note: str
    limit_s: int | None
    free: bool
    may: list[UnitState]
    dispatch_id: str | None
    latitude: float | None
    longitude: float | None
    position_wall_ms: int | None
    in_use: bool


class UnitsOut(Out):
    """Units as of ``seq``."""

    seq: int
    items: list[UnitOut]


class SuggestedUnitOut(Out):
    """A free unit; ``metres`` stands where its place is known."""

    unit_id: str
    call_sign: str
    kind: UnitKind
    crew: str
    sector: str
    reason: Reason
    metres: int | None


class SuggestedUnitsOut(Out):
    """The best first."""

    items: list[SuggestedUnitOut]

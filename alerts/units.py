"""Units: who an agency has in the street, and what becomes of one when it is sent, moved or let go. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from alerts import unit_states
from alerts.nearby import must_be_on_earth
from alerts.records import Dispatch, DispatchState
from alerts.unit_states import UnitKind, UnitState
from nvr.catalogue.texts import line
from nvr.clock import NS_PER_S
from nvr.errors import Conflict, IllegalStep, InvalidInput

_PLATE: Final = re.compile(r"[A-Z0-9-]{4,10}")
_AHEAD_NS: Final = 60 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit.

    Attributes:
        agency: code of the agency that it belongs to.
        call_sign: what it is called on the radio; one agency has each only once among those in use.
        sector: where it patrols, as ``sector`` of cameras; "" where that is not said.
        since_wall_ns: since when it is in ``state``.
        dispatch_id: what it attends; None: nothing.
        latitude, longitude, position_wall_ns: where it was last known to be, degrees WGS 84, and when; all None where never.
        in_use: False: it no longer exists, but what it did stays on record.
    """

    unit_id: str
    agency: str
    call_sign: str
    kind: UnitKind
    plate: str
    crew: str
    sector: str
    state: UnitState
    since_wall_ns: int
    state_note: str = ""
    dispatch_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    position_wall_ns: int | None = None
    in_use: bool = True

    @property
    def free(self) -> bool:
        """Whether it can be sent."""
        return self.in_use and self.dispatch_id is None and self.state in unit_states.FREE


@dataclass(frozen=True, slots=True)
class Described:
    """What people say of a unit; cleaned by ``described``."""

    call_sign: str
    kind: UnitKind
    plate: str = ""
    crew: str = ""
    sector: str = ""


def described(words: Described) -> Described:
    """The same with texts that fit.

    Raises:
        InvalidInput: no call sign, or a plate that is none.
    """
    call_sign = line(words.call_sign, 20)
    if not call_sign:
        raise InvalidInput("Falta el indicativo de la unidad", "escriba cómo se la llama por radio, p. ej. S-04")
    plate = line(words.plate, 12).upper().replace(" ", "")
    if plate and not _PLATE.fullmatch(plate):
        raise InvalidInput("La placa no es válida", "escriba p. ej. EGK-123, o déjela vacía")
    return Described(call_sign, words.kind, plate, line(words.crew, 200), line(words.sector, 60))


def stepped(unit: Unit, to: UnitState, note: str, wall_ns: int) -> Unit:
    """The unit, in a state that somebody set. The same state with the same note changes nothing."""
    _must_be_in_use(unit)
    state = unit_states.stepped(unit.state, to, has_dispatch=unit.dispatch_id is not None, note=note)
    if state is unit.state:
        return unit if note in {"", unit.state_note} else replace(unit, state_note=note)
    return _in_state(unit, state, wall_ns, note)


def sent(unit: Unit, dispatch: Dispatch, wall_ns: int) -> Unit:
    """The unit, sent to a dispatch of its agency. Having it already changes nothing."""
    if unit.dispatch_id == dispatch.dispatch_id:
        return unit
    _must_be_in_use(unit)
    if unit.agency != dispatch.agency:
        raise IllegalStep("La unidad es de otra institución")
    if dispatch.state is DispatchState.CLOSED:
        raise IllegalStep("El despacho ya está cerrado")
    if unit.dispatch_id is not None:
        raise Conflict(f"La unidad {unit.call_sign} ya atiende otro despacho", "elija una libre")
    return replace(_in_state(unit, unit_states.committed(unit.state), wall_ns), dispatch_id=dispatch.dispatch_id)


def withdrawn(unit: Unit, wall_ns: int) -> Unit:
    """The unit, whose dispatch was given to another."""
    return replace(_in_state(unit, UnitState.CANCELLED, wall_ns), dispatch_id=None)


def following(unit: Unit, dispatch: Dispatch, wall_ns: int) -> Unit:
    """The unit, after its dispatch went forward; free once that is closed."""
    was_on_scene = unit.state is UnitState.ON_SCENE
    state = unit_states.following(unit.state, dispatch.state, was_on_scene=was_on_scene)
    after = unit if state is unit.state else _in_state(unit, state, wall_ns)
    return replace(after, dispatch_id=None) if dispatch.state is DispatchState.CLOSED else after


def placed(unit: Unit, latitude: float, longitude: float, at_wall_ns: int, now_wall_ns: int) -> Unit:
    """The unit, at a place. One that is older than what is known changes nothing: reports may overtake each other.

    Raises:
        InvalidInput: no place on Earth, or a time that is yet to come (a minute ahead is forgiven to a device's clock).
    """
    _must_be_in_use(unit)
    must_be_on_earth(latitude, longitude)
    if not 0 < at_wall_ns <= now_wall_ns + _AHEAD_NS:
        raise InvalidInput("La hora de la posición no es válida", "revise el reloj del equipo")
    if unit.position_wall_ns is not None and at_wall_ns <= unit.position_wall_ns:
        return unit
    return replace(unit, latitude=latitude, longitude=longitude, position_wall_ns=at_wall_ns)


def retired(unit: Unit, wall_ns: int) -> Unit:
    """The unit, no longer in use."""
    if unit.dispatch_id is not None:
        raise IllegalStep(f"La unidad {unit.call_sign} atiende un despacho: ciérrelo o asígnelo a otra")
    return replace(_in_state(unit, UnitState.OUT_OF_SERVICE, wall_ns), in_use=False)


def _in_state(unit: Unit, state: UnitState, wall_ns: int, note: str = "") -> Unit:
    return replace(unit, state=state, since_wall_ns=wall_ns, state_note=note)


def _must_be_in_use(unit: Unit) -> None:
    if not unit.in_use:
        raise IllegalStep(f"La unidad {unit.call_sign} ya no está en uso")

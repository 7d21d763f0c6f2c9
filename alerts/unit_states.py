"""The thirteen states of a unit, as in Resgrid, and which step is legal from which. Pure.

A unit follows its dispatch and the dispatch its unit: both go forward only, so whoever presses first is heard by the other. What is not
legal raises ``IllegalStep`` with the reason, in Spanish, for whoever pressed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from alerts.records import DispatchState
from nvr.clock import NS_PER_S
from nvr.errors import IllegalStep


class UnitState(StrEnum):
    """Where a unit stands. Spanish words: ``UNIT_WORDS``."""

    AVAILABLE = "available"
    DELAYED = "delayed"
    UNAVAILABLE = "unavailable"
    COMMITTED = "committed"
    OUT_OF_SERVICE = "out_of_service"
    RESPONDING = "responding"
    ON_SCENE = "on_scene"
    STAGING = "staging"
    RETURNING = "returning"
    CANCELLED = "cancelled"
    RELEASED = "released"
    MANUAL = "manual"
    EN_ROUTE = "en_route"


class UnitKind(StrEnum):
    """What a unit is."""

    VEHICLE = "vehicle"
    MOTORCYCLE = "motorcycle"
    ON_FOOT = "on_foot"
    BICYCLE = "bicycle"
    AMBULANCE = "ambulance"
    FIRE_ENGINE = "fire_engine"


UNIT_WORDS: Final = {
    UnitState.AVAILABLE: "disponible",
    UnitState.DELAYED: "demorada",
    UnitState.UNAVAILABLE: "no disponible",
    UnitState.COMMITTED: "asignada",
    UnitState.OUT_OF_SERVICE: "fuera de servicio",
    UnitState.RESPONDING: "enterada",
    UnitState.ON_SCENE: "en el lugar",
    UnitState.STAGING: "en apresto",
    UnitState.RETURNING: "de regreso",
    UnitState.CANCELLED: "despacho retirado",
    UnitState.RELEASED: "liberada",
    UnitState.MANUAL: "otra situación",
    UnitState.EN_ROUTE: "en camino",
}

FREE: Final = frozenset({UnitState.AVAILABLE, UnitState.RETURNING, UnitState.RELEASED, UnitState.CANCELLED})
"""Those that can be sent."""

ONLY_WITH_DISPATCH: Final = frozenset(
    {UnitState.COMMITTED, UnitState.RESPONDING, UnitState.EN_ROUTE, UnitState.STAGING, UnitState.ON_SCENE}
)
EITHER_WAY: Final = frozenset({UnitState.DELAYED, UnitState.MANUAL})
"""Whether a unit has a dispatch does not depend on these two: one may be late or in trouble on its way, or otherwise."""

_OFF_DUTY: Final = frozenset({UnitState.UNAVAILABLE, UnitState.OUT_OF_SERVICE})
_OWN_BUSINESS: Final = EITHER_WAY | _OFF_DUTY

BY_HAND: Final[dict[UnitState, frozenset[UnitState]]] = {
    UnitState.AVAILABLE: _OWN_BUSINESS,
    UnitState.DELAYED: frozenset({UnitState.AVAILABLE, UnitState.MANUAL}) | _OFF_DUTY,
    UnitState.UNAVAILABLE: frozenset({UnitState.AVAILABLE, UnitState.OUT_OF_SERVICE, UnitState.MANUAL}),
    UnitState.OUT_OF_SERVICE: frozenset({UnitState.AVAILABLE, UnitState.UNAVAILABLE}),
    UnitState.RETURNING: frozenset({UnitState.AVAILABLE}) | _OWN_BUSINESS,
    UnitState.CANCELLED: frozenset({UnitState.AVAILABLE, UnitState.RETURNING}) | _OWN_BUSINESS,
    UnitState.RELEASED: frozenset({UnitState.AVAILABLE, UnitState.RETURNING}) | _OWN_BUSINESS,
    UnitState.MANUAL: frozenset({UnitState.AVAILABLE, UnitState.DELAYED}) | _OFF_DUTY,
}
"""What people may set while the unit has no dispatch."""

WITH_DISPATCH: Final[dict[UnitState, frozenset[UnitState]]] = {
    UnitState.COMMITTED: frozenset({UnitState.RESPONDING, UnitState.EN_ROUTE, UnitState.STAGING, UnitState.ON_SCENE})
    | EITHER_WAY,
    UnitState.RESPONDING: frozenset({UnitState.EN_ROUTE, UnitState.STAGING, UnitState.ON_SCENE}) | EITHER_WAY,
    UnitState.EN_ROUTE: frozenset({UnitState.STAGING, UnitState.ON_SCENE}) | EITHER_WAY,
    UnitState.STAGING: frozenset({UnitState.EN_ROUTE, UnitState.ON_SCENE}) | EITHER_WAY,
    UnitState.ON_SCENE: frozenset({UnitState.MANUAL}),
    UnitState.DELAYED: frozenset({UnitState.RESPONDING, UnitState.EN_ROUTE, UnitState.STAGING, UnitState.ON_SCENE})
    | {UnitState.MANUAL},
    UnitState.MANUAL: frozenset({UnitState.RESPONDING, UnitState.EN_ROUTE, UnitState.STAGING, UnitState.ON_SCENE})
    | {UnitState.DELAYED},
}
"""What people may set while it has one; that it ends is said of the dispatch."""

LIMITS_S: Final = {
    UnitState.COMMITTED: 60,
    UnitState.RESPONDING: 120,
    UnitState.EN_ROUTE: 600,
    UnitState.STAGING: 1800,
    UnitState.ON_SCENE: 3600,
    UnitState.DELAYED: 900,
    UnitState.MANUAL: 1800,
    UnitState.UNAVAILABLE: 3600,
    UnitState.RETURNING: 1800,
    UnitState.CANCELLED: 300,
    UnitState.RELEASED: 600,
}
"""Seconds in a state after which its row warns; of the others nobody need be reminded."""

_DISPATCH_OF: Final = {
    UnitState.RESPONDING: DispatchState.RECEIVED,
    UnitState.EN_ROUTE: DispatchState.EN_ROUTE,
    UnitState.STAGING: DispatchState.EN_ROUTE,
    UnitState.ON_SCENE: DispatchState.ON_SCENE,
}
_UNIT_OF: Final = {
    DispatchState.RECEIVED: UnitState.RESPONDING,
    DispatchState.EN_ROUTE: UnitState.EN_ROUTE,
    DispatchState.ON_SCENE: UnitState.ON_SCENE,
}
_RANK: Final = {
    UnitState.COMMITTED: 0,
    UnitState.DELAYED: 0,
    UnitState.MANUAL: 0,
    UnitState.RESPONDING: 1,
    UnitState.EN_ROUTE: 2,
    UnitState.STAGING: 2,
    UnitState.ON_SCENE: 3,
}


def stepped(state: UnitState, to: UnitState, *, has_dispatch: bool, note: str) -> UnitState:
    """The state after somebody set it.

    Raises:
        IllegalStep: it can't be set from here; the message says why, and what to do instead.
    """
    if to is state:
        return state
    if to is UnitState.COMMITTED:
        raise IllegalStep("Una unidad queda asignada al enviarla a un despacho, no a mano")
    if to is UnitState.CANCELLED:
        raise IllegalStep("Una unidad queda así cuando se le retira su despacho: reasigne el despacho")
    if has_dispatch and to not in ONLY_WITH_DISPATCH | EITHER_WAY:
        raise IllegalStep("La unidad atiende un despacho: ciérrelo con su resultado, o asígnelo a otra unidad")
    if not has_dispatch and to in ONLY_WITH_DISPATCH:
        raise IllegalStep(f"La unidad no tiene despacho: no puede estar «{UNIT_WORDS[to]}»")
    if to not in (WITH_DISPATCH if has_dispatch else BY_HAND)[state]:
        raise IllegalStep(f"Una unidad «{UNIT_WORDS[state]}» no puede pasar a «{UNIT_WORDS[to]}»")
    if to is UnitState.MANUAL and not note:
        raise IllegalStep("Escriba cuál es la situación de la unidad")
    return to


def committed(state: UnitState) -> UnitState:
    """The state of a unit that is sent.

    Raises:
        IllegalStep: it is not free.
    """
    if state not in FREE:
        raise IllegalStep(f"La unidad está «{UNIT_WORDS[state]}»: elija una libre")
    return UnitState.COMMITTED


def following(state: UnitState, reached: DispatchState, *, was_on_scene: bool) -> UnitState:
    """The state of a unit whose dispatch has reached one; never backwards."""
    if reached is DispatchState.CLOSED:
        return UnitState.RELEASED if was_on_scene else UnitState.CANCELLED
    wanted = _UNIT_OF.get(reached)
    return state if wanted is None or _RANK[wanted] <= _RANK[state] else wanted


def dispatch_reached(state: UnitState) -> DispatchState | None:
    """The state that a dispatch has reached when its unit says this; None: it says nothing of the dispatch."""
    return _DISPATCH_OF.get(state)


def overlong(state: UnitState, since_wall_ns: int, now_wall_ns: int) -> bool:
    """Whether a unit stands in a state for longer than its ``LIMITS_S``."""
    limit_s = LIMITS_S.get(state)
    return limit_s is not None and now_wall_ns - since_wall_ns > limit_s * NS_PER_S

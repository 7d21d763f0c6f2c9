"""What browsers get of cameras that are moved and set over ONVIF (docs/design/api.md)."""

from __future__ import annotations

from typing import Literal

from console_web.answer import Out


class NamedOut(Out):
    """A stored position of a camera."""

    token: str
    name: str


class TourOut(Out):
    """A tour that a camera runs by itself."""

    token: str
    name: str
    running: bool


class HolderOut(Out):
    """Who steers a camera, or has it reserved, and for how long yet."""

    name: str
    terminal: str
    mine: bool
    rank: Literal["operator", "supervisor", "incident"]
    left_ms: int
    reserved: bool


class PtzOut(Out):
    """Where a movable camera looks. ``fault`` says why it can't be asked now; ``patrol`` is the one that runs, "*" over all positions."""

    camera_id: str
    movable: bool
    fault: Literal["", "unreachable", "login", "refused", "hostile"]
    moving: bool
    position: tuple[float, float, float] | None
    presets: list[NamedOut]
    tours: list[TourOut]
    patrols: list[str]
    patrol: str
    patrol_held: bool
    holder: HolderOut | None


class LevelOut(Out):
    """A level of a camera's picture."""

    name: str
    value: float
    least: float
    most: float


class RelayOut(Out):
    """A relay output; ``on`` is null where nobody switched it from here."""

    token: str
    pulse: bool
    on: bool | None


class DeviceOut(Out):
    """What a camera is over ONVIF, and how it is set. ``events`` says why none come, or is empty; what it lacks is empty."""

    camera_id: str
    manufacturer: str
    model: str
    firmware: str
    serial: str
    address: str
    clock_offset_s: float
    events: str
    levels: list[LevelOut]
    ir: str
    focus: str
    focus_moves: bool
    relays: list[RelayOut]

"""The console's words to the worker that talks to the cameras, and its answers (JSON over ``nvr.calls``).

The console has decided by then that this person may ask this; the worker decides whether he may have the camera now.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ingest.ptz.reservation import RESERVE_S


class Asker(msgspec.Struct, frozen=True):
    """Who asks; ``rank`` as in ``reservation.Rank``."""

    user_id: str
    name: str
    rank: int
    terminal: str = ""


class _Order(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    camera_id: str


class _Act(_Order, frozen=True, kw_only=True):
    who: Asker


class Look(_Order, frozen=True, kw_only=True, tag="look"):
    """How does the camera stand?"""


class Steer(_Act, frozen=True, kw_only=True, tag="steer"):
    """Move at this velocity (-1..1 each), as long as it is said again within a second."""

    pan: float
    tilt: float
    zoom: float


class Halt(_Act, frozen=True, kw_only=True, tag="halt"):
    """Stop."""


class Place(_Act, frozen=True, kw_only=True, tag="place"):
    """Go to a position: pan and tilt -1..1, zoom 0..1."""

    pan: float
    tilt: float
    zoom: float


class Goto(_Act, frozen=True, kw_only=True, tag="goto"):
    """Go to a stored position, or home where ``preset`` is empty."""

    preset: str


class StorePreset(_Act, frozen=True, kw_only=True, tag="store"):
    """Store where the camera looks now."""

    name: str


class ForgetPreset(_Act, frozen=True, kw_only=True, tag="forget"):
    """Remove a stored position."""

    preset: str


class RunPatrol(_Act, frozen=True, kw_only=True, tag="patrol"):
    """Start a patrol of the configuration by its name, one over all positions ("*", each for ``dwell_s``), or end the one that runs ("")."""

    name: str
    dwell_s: int = 20


class RunTour(_Act, frozen=True, kw_only=True, tag="tour"):
    """Start or stop one of the device's own tours."""

    tour: str
    run: bool


class Reserve(_Act, frozen=True, kw_only=True, tag="reserve"):
    """Have the camera for oneself."""

    seconds: int = RESERVE_S


class Release(_Act, frozen=True, kw_only=True, tag="release"):
    """Give it back."""


class Inspect(_Order, frozen=True, kw_only=True, tag="inspect"):
    """What is the device, how is its picture set, what relays has it?"""


class Adjust(_Order, frozen=True, kw_only=True, tag="adjust"):
    """Set the picture; what is None or left out stays."""

    levels: dict[str, float]
    ir: Literal["day", "night", "auto"] | None = None
    focus: Literal["auto", "manual"] | None = None


class Focus(_Order, frozen=True, kw_only=True, tag="focus"):
    """Move the focus (-1 near to 1 far) for a moment."""

    speed: float


class Switch(_Order, frozen=True, kw_only=True, tag="switch"):
    """Switch a relay output."""

    relay: str
    on: bool


class Reboot(_Order, frozen=True, kw_only=True, tag="reboot"):
    """Restart the device."""


PtzOrder = Look | Steer | Halt | Place | Goto | StorePreset | ForgetPreset | RunPatrol | RunTour | Reserve | Release
DeviceOrder = Inspect | Adjust | Focus | Switch | Reboot
Order = PtzOrder | DeviceOrder
Act = Steer | Halt | Place | Goto | StorePreset | ForgetPreset | RunPatrol | RunTour | Reserve | Release


class HolderView(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the camera, and for how long yet."""

    user_id: str
    name: str
    terminal: str
    rank: int
    left_ms: int
    reserved: bool


class NamedView(msgspec.Struct, frozen=True, kw_only=True):
    """A position or a tour."""

    token: str
    name: str
    running: bool = False


class PtzView(msgspec.Struct, frozen=True, kw_only=True):
    """How a camera stands. ``fault`` says why it can't be asked now, or is empty; ``position`` is None where it does not say."""

    camera_id: str
    movable: bool
    fault: Literal["", "unreachable", "login", "refused", "hostile"]
    moving: bool
    position: tuple[float, float, float] | None
    presets: tuple[NamedView, ...]
    tours: tuple[NamedView, ...]
    patrols: tuple[str, ...]
    patrol: str
    patrol_held: bool
    holder: HolderView | None


class LevelView(msgspec.Struct, frozen=True, kw_only=True):
    """A level of the picture with its range."""

    name: str
    value: float
    least: float
    most: float


class RelayView(msgspec.Struct, frozen=True, kw_only=True):
    """A relay output. ``on`` is what we last switched; None where we never did (devices do not tell)."""

    token: str
    pulse: bool
    on: bool | None


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is and how it is set. ``clock_offset_s``: how far its clock is ahead of ours. ``signals``: what it says that lasts."""

    camera_id: str
    manufacturer: str
    model: str
    firmware: str
    serial: str
    address: str
    clock_offset_s: float
    events: str
    levels: tuple[LevelView, ...]
    ir: str
    focus: str
    focus_moves: bool
    relays: tuple[RelayView, ...]

"""Pan, tilt and zoom of one profile (ONVIF PTZ service): velocities and positions in the generic spaces, -1..1; zoom positions 0..1."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from ingest.onvif.device import Device
from ingest.onvif.services import clean
from ingest.ptz.vector import MOVE_TIMEOUT_S, Vector
from nvr.errors import DeviceRefused

CALL_S: Final = 3.0
MOST_PRESETS: Final = 256
_SURE_AFTER: Final = 3
"""So many times in a row a device refuses a movement with a time-out and takes the same without: it is the time-out that it does not take. Once, it was
busy, and would be moved without its own fence from then on."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A stored position."""

    token: str
    name: str


@dataclass(frozen=True, slots=True)
class Tour:
    """A tour that the device runs by itself."""

    token: str
    name: str
    running: bool


@dataclass(frozen=True, slots=True)
class MoveStatus:
    """Where the camera looks, and whether it moves; None where the device does not say."""

    position: Vector | None
    moving: bool | None


class Mover:
    """Moves one camera by one of its profiles. Blocking; one thread at a time."""

    def __init__(self, device: Device, profile: str) -> None:
        self._device = device
        self._profile = profile
        self._without_timeout = 0

    def move(self, velocity: Vector) -> None:
        """Move until told otherwise, at most ``MOVE_TIMEOUT_S``."""
        speed: dict[str, Any] = {"PanTilt": {"x": velocity.pan, "y": velocity.tilt}, "Zoom": {"x": velocity.zoom}}
        if self._without_timeout < _SURE_AFTER:
            with suppress(DeviceRefused):
                self._call("ContinuousMove", Velocity=speed, Timeout=timedelta(seconds=MOVE_TIMEOUT_S))
                self._without_timeout = 0
                return
        # Some devices allow one length only. Then our own timer alone ends the move.
        self._call("ContinuousMove", Velocity=speed)
        self._without_timeout += 1

    def stop(self) -> None:
        """Stop whatever moves."""
        self._call("Stop", PanTilt=True, Zoom=True)

    def place(self, position: Vector) -> None:
        """Go to a position."""
        self._call(
            "AbsoluteMove",
            Position={"PanTilt": {"x": position.pan, "y": position.tilt}, "Zoom": {"x": position.zoom}},
        )

    def home(self) -> None:
        """Go to the home position."""
        self._call("GotoHomePosition")

    def status(self) -> MoveStatus:
        """Where it looks now."""
        found = self._call("GetStatus")
        state = getattr(found, "MoveStatus", None)
        words = [str(getattr(state, part, "") or "").upper() for part in ("PanTilt", "Zoom")]
        moving = None if not any(words) else any(word == "MOVING" for word in words)
        return MoveStatus(_vector(getattr(found, "Position", None)), moving)

    def presets(self) -> list[Preset]:
        """The stored positions."""
        found = self._call("GetPresets") or []
        return [
            Preset(clean(entry.token, 64), clean(entry.Name, 60) or clean(entry.token, 60))
            for entry in found[:MOST_PRESETS]
            if entry.token
        ]

    def goto(self, preset: str) -> None:
        """Go to a stored position."""
        self._call("GotoPreset", PresetToken=preset)

    def store(self, name: str) -> str:
        """Store the present position under a name; its token."""
        return clean(self._call("SetPreset", PresetName=name), 64)

    def forget(self, preset: str) -> None:
        """Remove a stored position."""
        self._call("RemovePreset", PresetToken=preset)

    def tours(self) -> list[Tour]:
        """The device's own tours; none where it has no such thing."""
        try:
            found = self._call("GetPresetTours") or []
        except DeviceRefused:
            return []
        return [
            Tour(clean(entry.token, 64), clean(entry.Name, 60) or clean(entry.token, 60), _tours(entry))
            for entry in found[:MOST_PRESETS]
            if entry.token
        ]

    def tour(self, token: str, *, run: bool) -> None:
        """Start or stop one of the device's own tours."""
        self._call("OperatePresetTour", PresetTourToken=token, Operation="Start" if run else "Stop")

    def _call(self, operation: str, **arguments: Any) -> Any:
        return self._device.call("ptz", operation, ProfileToken=self._profile, timeout_s=CALL_S, **arguments)


def _tours(entry: Any) -> bool:
    return str(getattr(getattr(entry, "Status", None), "State", "")) == "Touring"


def _vector(position: Any) -> Vector | None:
    pan_tilt, zoom = getattr(position, "PanTilt", None), getattr(position, "Zoom", None)
    try:
        made = Vector(
            float(getattr(pan_tilt, "x", 0) or 0),
            float(getattr(pan_tilt, "y", 0) or 0),
            float(getattr(zoom, "x", 0) or 0),
        )
    except (TypeError, ValueError):
        return None
    if pan_tilt is None and zoom is None:
        return None
    return made if all(map(math.isfinite, (made.pan, made.tilt, made.zoom))) else None

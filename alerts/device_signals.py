"""From what a camera notices by itself to what the desk knows: pure.

Its movement is an observation and no alert: our own detector decides, with zones that somebody drew. Tampering and digital inputs (a door of the
cabinet, a panic button) are alerts of the system's class, filed under a zone of the camera's own that no polygon has. An input is of priority 1
unless its camera's ``onvif.inputs`` says otherwise: nothing tells a panic button from a door, and what is urgent must not be what nobody set up.
"""

from __future__ import annotations

from typing import Final

from nvr.config import Camera
from nvr.observations import DeviceSignalled, MotionObserved

DEVICE_ZONE: Final = "equipo: "
"""Zone of what a camera noticed: this and what it was."""
_WORDS: Final = {"motion": "movimiento", "tamper": "sabotaje", "digital_input": "entrada digital"}
_PRIORITIES: Final = {"tamper": 1, "digital_input": 1}
_NO_CELLS: Final = "0" * 144


def is_device_zone(zone: str) -> bool:
    """Whether a zone's name is one of these."""
    return zone.startswith(DEVICE_ZONE)


def priority_of(signal: DeviceSignalled, camera: Camera | None) -> int | None:
    """How urgent the alert is; None where it makes none.

    Args:
        camera: the one that signals; its configuration says how urgent its inputs are.
    """
    usual = _PRIORITIES.get(signal.kind)
    if signal.kind != "digital_input" or camera is None or camera.onvif is None:
        return usual
    return camera.onvif.inputs.get(signal.source, usual)


def movement_of(signal: DeviceSignalled) -> MotionObserved:
    """The same as an observation, which the desk folds and ends like any other: without a place in the picture, and without a picture."""
    words = _WORDS[signal.kind]
    return MotionObserved(
        observation_id=signal.observation_id,
        camera_id=signal.camera_id,
        zone=f"{DEVICE_ZONE}{words} ({signal.source})" if signal.source else f"{DEVICE_ZONE}{words}",
        phase=signal.phase,
        start_wall_ns=signal.start_wall_ns,
        decided_wall_ns=signal.wall_ns,
        score=0.0,
        cells=_NO_CELLS,
        box=(0.0, 0.0, 0.0, 0.0),
    )

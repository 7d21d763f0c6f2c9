"""From what a camera notices by itself to what the desk knows: pure.

Its movement is an observation and no alert: our own detector decides, with zones that somebody drew. Tampering and digital inputs (a door of the
cabinet, a panic button) are alerts of the system's class, filed under a zone of the camera's own that no polygon has.
"""

from __future__ import annotations

from typing import Final

from nvr.observations import DeviceSignalled, MotionObserved

DEVICE_ZONE: Final = "equipo: "
"""Zone of what a camera noticed: this and what it was."""
_WORDS: Final = {"motion": "movimiento", "tamper": "sabotaje", "digital_input": "entrada digital"}
_PRIORITIES: Final = {"tamper": 1, "digital_input": 2}
_NO_CELLS: Final = "0" * 144


def is_device_zone(zone: str) -> bool:
    """Whether a zone's name is one of these."""
    return zone.startswith(DEVICE_ZONE)


def priority_of(signal: DeviceSignalled) -> int | None:
    """How urgent the alert is; None where it makes none."""
    return _PRIORITIES.get(signal.kind)


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

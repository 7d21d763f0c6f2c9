"""How a camera makes its picture, as far as it lets itself be told: brightness, contrast, saturation, sharpness, day and night, focus."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

from ingest.onvif.device import Device, optional
from nvr.errors import InvalidInput

LEVELS: Final = {
    "brightness": "Brightness",
    "contrast": "Contrast",
    "saturation": "ColorSaturation",
    "sharpness": "Sharpness",
}
"""Our name of each level, and ONVIF's."""
IR_CUT: Final = {"day": "ON", "night": "OFF", "auto": "AUTO"}
"""The infrared cut filter: in front of the sensor by day (colour), away from it by night (black and white, infrared lamps)."""

IrMode = Literal["day", "night", "auto"]
FocusMode = Literal["auto", "manual"]


@dataclass(frozen=True, slots=True)
class Level:
    """One level with its range."""

    value: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Imaging:
    """What a camera offers now; what it lacks is missing or None."""

    levels: dict[str, Level]
    ir: IrMode | None
    focus: FocusMode | None
    focus_moves: bool


class Imager:
    """Reads and sets one video source's picture. Blocking; one thread at a time."""

    def __init__(self, device: Device, source: str) -> None:
        self._device = device
        self._source = source

    def read(self) -> Imaging:
        """Settings and their ranges."""
        settings = self._call("GetImagingSettings")
        options = optional(self._call, "GetOptions")
        levels = {}
        for name, theirs in LEVELS.items():
            value, span = _number(getattr(settings, theirs, None)), getattr(options, theirs, None)
            least, most = _number(getattr(span, "Min", None)), _number(getattr(span, "Max", None))
            if value is not None and least is not None and most is not None and least < most:
                levels[name] = Level(value, least, most)
        ours = {theirs: name for name, theirs in IR_CUT.items()}
        focus = str(getattr(getattr(settings, "Focus", None), "AutoFocusMode", "") or "").lower()
        moves = optional(self._call, "GetMoveOptions")
        return Imaging(
            levels=levels,
            ir=ours.get(str(getattr(settings, "IrCutFilter", "") or "")),  # type: ignore[arg-type]  # keys of IR_CUT
            focus=focus if focus in {"auto", "manual"} else None,  # type: ignore[arg-type]  # narrowed by the set
            focus_moves=getattr(moves, "Continuous", None) is not None,
        )

    def change(self, levels: dict[str, float], ir: IrMode | None, focus: FocusMode | None) -> Imaging:
        """Set what is given; the rest stays. Returns what it is then.

        Raises:
            InvalidInput: a level that the camera lacks, or out of its range.
        """
        offered = self.read()
        wanted: dict[str, Any] = {}
        for name, value in levels.items():
            level = offered.levels.get(name)
            if level is None or not math.isfinite(value) or not level.least <= value <= level.most:
                span = "" if level is None else f" (de {level.least:g} a {level.most:g})"
                raise InvalidInput(f"la cámara no acepta ese valor de {name}{span}")
            wanted[LEVELS[name]] = value
        if ir is not None:
            if offered.ir is None:
                raise InvalidInput("la cámara no permite elegir entre día y noche")
            wanted["IrCutFilter"] = IR_CUT[ir]
        if focus is not None:
            if offered.focus is None:
                raise InvalidInput("la cámara no permite elegir el enfoque")
            wanted["Focus"] = {"AutoFocusMode": focus.upper()}
        if wanted:
            self._call("SetImagingSettings", ImagingSettings=wanted, ForcePersistence=True)
        return self.read()

    def drive_focus(self, speed: float) -> None:
        """Move the focus nearer (negative) or farther, until ``stop_focus``."""
        if not math.isfinite(speed):
            raise InvalidInput("la velocidad del enfoque debe ser un número")
        self._call("Move", Focus={"Continuous": {"Speed": max(-1.0, min(1.0, speed))}})

    def stop_focus(self) -> None:
        """Stop moving the focus."""
        self._call("Stop")

    def _call(self, operation: str, **arguments: Any) -> Any:
        return self._device.call("imaging", operation, VideoSourceToken=self._source, **arguments)


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None

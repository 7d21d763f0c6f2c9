"""Relay outputs of a camera: a lamp, a siren, a gate's opener."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ingest.onvif.device import Device
from ingest.onvif.services import clean
from nvr.errors import DeviceRefused

_MOST: Final = 32


@dataclass(frozen=True, slots=True)
class Relay:
    """One output. ``pulse``: it falls back by itself (monostable)."""

    token: str
    pulse: bool


def relays(device: Device) -> list[Relay]:
    """The outputs; none where the device has no such thing."""
    try:
        found: Any = device.call("devicemgmt", "GetRelayOutputs") or []
    except DeviceRefused:
        return []
    return [
        Relay(clean(entry.token, 64), str(getattr(entry.Properties, "Mode", "")) == "Monostable")
        for entry in found[:_MOST]
        if entry.token
    ]


def switch(device: Device, token: str, *, on: bool) -> None:
    """Switch an output.

    Raises:
        SourceError: as ``Device.call``.
    """
    device.call(
        "devicemgmt", "SetRelayOutputState", RelayOutputToken=token, LogicalState="active" if on else "inactive"
    )

"""The ``onvif:`` section of a camera in ``cameras.yaml``."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from nvr.config.fields import DeviceHost, DevicePath, Fingerprint, PlainText, Priority, Whole
from nvr.config.section import Section


class PatrolStop(Section):
    """One stop of a patrol."""

    preset: PlainText = Field(
        min_length=1, max_length=60, description="name of a position stored in the camera", examples=["Puerta"]
    )
    dwell_s: Whole = Field(20, ge=3, le=3600, description="how long the camera looks there, in seconds", examples=[30])


class Patrol(Section):
    """Positions that a movable camera visits by turns while nobody steers it."""

    name: PlainText = Field(
        min_length=1, max_length=60, description="what operators call the patrol", examples=["Ronda de noche"]
    )
    stops: tuple[PatrolStop, ...] = Field(
        min_length=2,
        max_length=64,
        description="where it looks, in this order",
        examples=[[{"preset": "Puerta"}, {"preset": "Esquina"}]],
    )


class Onvif(Section):
    """Where a camera's ONVIF service is; its user and password are the camera's ``credentials``."""

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("tls") is True and "port" not in value:
            return {**value, "port": 443}
        return value

    host: DeviceHost = Field(description="address or name of the device", examples=["10.20.0.7"])
    port: Whole = Field(
        80,
        ge=1,
        le=65535,
        description="port of its ONVIF service; with `tls` 443 where none is written",
        examples=[8000],
    )
    tls: bool = Field(
        default=False,
        description="whether its ONVIF service is asked over TLS (HTTPS); then nothing is ever asked without",
        examples=[True],
    )
    certificate_sha256: Fingerprint | None = Field(
        None,
        description="with `tls`: the SHA-256 of the one certificate that is taken; by default the camera's `certificate_sha256`, "
        "and without that, one that an authority known to this machine has signed for the host",
        examples=["9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08"],
    )
    path: DevicePath = Field(
        "/onvif/device_service",
        description="entry point of its ONVIF service; the usual one is the same for all makers",
        examples=["/onvif/device_service"],
    )
    profile: PlainText | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="token of the media profile that moves the camera; by default the first that can",
        examples=["Profile_1"],
    )
    events: bool = Field(
        default=True,
        description="whether what the camera notices by itself is taken in: movement, tampering, digital inputs",
        examples=[False],
    )
    inputs: dict[PlainText, Priority] = Field(
        default_factory=dict,
        max_length=64,
        description="priority of its digital inputs' alerts, 1 (now) to 3 (when there is time), by the name that stands in brackets "
        "in the alert (`entrada digital (puerta)`); an input that is not named here has priority 1: it may be a panic button",
        examples=[{"puerta": 3}],
    )
    patrols: tuple[Patrol, ...] = Field(
        (),
        max_length=16,
        description="patrols that operators can start",
        examples=[[{"name": "Ronda", "stops": [{"preset": "Puerta"}, {"preset": "Esquina", "dwell_s": 30}]}]],
    )

"""A camera's streams, in ``cameras.yaml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nvr.config.fields import Real, StreamUrl
from nvr.config.section import Section


class StreamSource(Section):
    """One RTSP stream of a camera."""

    url: StreamUrl = Field(
        description="rtsp://host:port/path, without user and password", examples=["rtsp://10.20.0.7:554/stream1"]
    )
    transport: Literal["tcp", "udp"] = Field(
        "tcp",
        description="how RTP travels: inside the RTSP connection (RFC 2326 section 10.12) or beside it",
        examples=["udp"],
    )
    record: bool = Field(default=True, description="whether its packets go to disk", examples=[False])
    fps: Real | None = Field(
        None,
        gt=0,
        le=240,
        description="frames a second that the camera is set to; an alert where a minute's mean is below 0.7 or above 1.3 of it",
        examples=[25],
    )
    kbps: Real | None = Field(
        None,
        gt=0,
        le=200_000,
        description="kilobits a second that the camera is set to at most; an alert where a minute's mean is above 1.5 of it",
        examples=[4096],
    )
    min_kbps: Real | None = Field(
        None,
        gt=0,
        le=200_000,
        description="an alert where a minute's mean is below so many kilobits a second; quiet streets cost smart codecs next to nothing",
        examples=[200],
    )

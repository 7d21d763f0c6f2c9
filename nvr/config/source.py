"""A camera's streams, and the zones of its picture, in ``cameras.yaml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nvr.config.fields import PlainText, Point, Polygon, Priority, Real, Share, StreamUrl
from nvr.config.section import Section

_WHOLE_VIEW: tuple[Point, ...] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


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


class Zone(Section):
    """A part of the picture in which movement raises an alert."""

    name: PlainText = Field(
        min_length=1, max_length=60, description="what the alert calls the place", examples=["Puerta del banco"]
    )
    polygon: Polygon = Field(
        _WHOLE_VIEW,
        description="corners in order along the outline, x and y from 0 to 1, origin top left; edges do not cross",
        examples=[[[0.1, 0.5], [0.9, 0.5], [0.9, 1.0], [0.1, 1.0]]],
    )
    priority: Priority = Field(2, description="1 (now) to 3 (when there is time)", examples=[1])
    sensitivity: Share = Field(0.5, description="0 blunt to 1 keen", examples=[0.7])
    min_area: Real = Field(
        0.003, gt=0, le=1, description="smallest movement, as a share of the whole picture", examples=[0.01]
    )
    min_duration_s: Real = Field(
        0.6, ge=0.1, le=60, description="how long it must last before it counts, in seconds", examples=[1.5]
    )

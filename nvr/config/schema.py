"""The shape of ``config/cameras.yaml``. Unknown keys are faults; everything is frozen once read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from nvr.media import CAMERA_ID, StreamKind


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _camera_id(value: str) -> str:
    if not CAMERA_ID.fullmatch(value):
        raise ValueError("an id has 1 to 32 lower-case letters, digits and hyphens, e.g. cam07")
    return value


def _stream_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"rtsp", "rtsps"}:
        raise ValueError("only rtsp:// and rtsps:// URLs are taken")
    if parts.username is not None or parts.password is not None:
        raise ValueError("take user and password out of the URL and name them with `credentials:` instead")
    if not parts.hostname:
        raise ValueError("the URL lacks a host")
    _ = parts.port  # raises ValueError on a port that is not a number
    return value


CameraId = Annotated[str, AfterValidator(_camera_id)]
StreamUrl = Annotated[str, AfterValidator(_stream_url)]
Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
Priority = Annotated[int, Field(ge=1, le=3)]


class StreamSource(_Section):
    """One RTSP stream of a camera."""

    url: StreamUrl = Field(description="rtsp://host:port/path, without user and password")
    transport: Literal["tcp", "udp"] = Field("tcp", description="how RTP travels (RFC 2326 section 10.12 for tcp)")
    record: bool = Field(default=True, description="whether its packets go to disk")


class Zone(_Section):
    """A part of the picture in which movement raises an alert."""

    name: str = Field(min_length=1, max_length=60)
    polygon: tuple[Point, ...] = Field(
        ((0, 0), (1, 0), (1, 1), (0, 1)),
        min_length=3,
        max_length=64,
        description="corners, x and y from 0 to 1, origin top left",
    )
    priority: Priority = Field(2, description="1 (now) to 3 (when there is time)")
    sensitivity: float = Field(0.5, ge=0, le=1, description="0 blunt to 1 keen")
    min_area: float = Field(0.003, gt=0, le=1, description="smallest movement, as a share of the whole picture")
    min_duration_s: float = Field(0.6, ge=0.1, le=60, description="how long it must last before it counts")


class Camera(_Section):
    """A camera. ``main`` is recorded, ``sub`` is analysed; without ``sub`` the key frames of ``main`` are."""

    id: CameraId
    number: int = Field(ge=1, le=9999, description="the number that people say on the radio")
    name: str = Field(min_length=1, max_length=120)
    main: StreamSource
    sub: StreamSource | None = None
    credentials: str | None = Field(
        None, pattern=r"[a-z0-9_]{1,40}", description="name of an entry of the credentials file"
    )
    enabled: bool = True
    trunk: str | None = Field(None, max_length=60, description="ring section or switch that it hangs on")
    location: tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]] | None = None
    neighbours: dict[CameraId, Annotated[int, Field(gt=0, le=3600)]] = Field(
        default_factory=dict, description="camera id -> seconds to walk there"
    )
    zones: tuple[Zone, ...] = (Zone(name="Toda la vista"),)
    masks: tuple[tuple[Point, ...], ...] = Field((), description="polygons in which movement is never looked at")

    def source(self, stream: StreamKind) -> StreamSource | None:
        """Where a stream comes from, or None where the camera has none such."""
        return self.main if stream is StreamKind.MAIN else self.sub

    @property
    def analysed(self) -> StreamKind:
        """The stream that the motion detector looks at."""
        return StreamKind.MAIN if self.sub is None else StreamKind.SUB

    @model_validator(mode="after")
    def _zone_names_differ(self) -> Camera:
        names = [zone.name for zone in self.zones]
        if len(set(names)) != len(names):
            raise ValueError("two zones of a camera have the same name")
        return self


class Node(_Section):
    """This machine: where things lie, how many workers, who may connect."""

    data: Path = Field(
        Path("data"), description="recordings, catalogue, snapshots, journals; relative to the working directory"
    )
    host: str = Field("127.0.0.1", description="address that the console listens on")
    port: int = Field(8080, ge=1, le=65535)
    origins: tuple[str, ...] = Field(
        (), description="further origins that browsers may come from, e.g. https://camaras.municaj.gob.pe"
    )
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    database: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in the data folder")
    ingest_workers: int = Field(0, ge=0, le=64, description="0: as many as the cameras and cores ask for")
    analytics_workers: int = Field(0, ge=0, le=64, description="0: as many as the cameras and cores ask for")
    segment_s: int = Field(60, ge=5, le=600, description="length of a segment; it is cut at the next key frame")
    fragment_ms: int = Field(1000, ge=100, le=1000, description="a crash loses at most this much")
    reserve_mb: int = Field(1024, ge=16, description="free space that recording never touches")
    retention_days: float = Field(45, gt=0, description="how long segments are kept; lawful window 45 to 60 days")
    credentials_file: Path = Field(
        Path("credentials.yaml"), description="name -> user, password; mode 0600; relative to the data folder"
    )

    @model_validator(mode="after")
    def _tls_pair(self) -> Node:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        return self


class Config(_Section):
    """The whole file."""

    version: Literal[1] = 1
    site: str = Field("Cajamarca", min_length=1, max_length=60)
    timezone: str = Field("America/Lima", description="how times are shown; storage is UTC")
    node: Node = Node()
    cameras: tuple[Camera, ...] = Field(min_length=1, max_length=1024)

    def camera(self, camera_id: str) -> Camera | None:
        """The camera of that id."""
        return next((camera for camera in self.cameras if camera.id == camera_id), None)

    @property
    def enabled_cameras(self) -> tuple[Camera, ...]:
        """Those that are to be pulled."""
        return tuple(camera for camera in self.cameras if camera.enabled)

    @model_validator(mode="after")
    def _identities(self) -> Config:
        for what, values in (("id", [c.id for c in self.cameras]), ("number", [c.number for c in self.cameras])):
            seen: set[object] = set()
            for value in values:
                if value in seen:
                    raise ValueError(f"two cameras have the {what} {value}")
                seen.add(value)
        known = {camera.id for camera in self.cameras}
        for camera in self.cameras:
            for neighbour in camera.neighbours:
                if neighbour not in known or neighbour == camera.id:
                    raise ValueError(
                        f"camera {camera.id} names the neighbour {neighbour}, which is not another camera of this file"
                    )
        return self

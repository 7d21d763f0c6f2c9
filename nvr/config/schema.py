"""The shape of ``config/cameras.yaml``. Unknown keys are faults; everything is frozen once read.

Descriptions and examples here are what docs/configuration.md, config/cameras.schema.json and the remedies of messages are made of.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nvr.config.agencies import BOTH, Agency
from nvr.config.channels import Channel, Escalation
from nvr.config.fields import (
    CameraId,
    CredentialName,
    DatabaseUrl,
    Fingerprint,
    ListenHost,
    Origin,
    PlainPath,
    PlainText,
    Point,
    Polygon,
    Real,
    TimeZone,
    Whole,
)
from nvr.config.objects import NodeObjects, ObjectSettings
from nvr.config.onvif import Onvif
from nvr.config.rules import broken_rules
from nvr.config.schedules import Schedule, ScheduleName
from nvr.config.section import Section
from nvr.config.shifts import THREE, ShiftHours
from nvr.config.source import StreamSource
from nvr.config.storage import Holds, PersonsDays, Pool, Recording, Retention
from nvr.config.zones import Zone
from nvr.media import StreamKind

__all__ = ["Camera", "Config", "Holds", "Node", "Point", "Pool", "StreamSource", "Zone"]

PictureCheck = Literal["frozen", "black", "covered", "blinded", "defocused", "turned"]
"""What a picture can be looked over for (docs/design/picture-health.md)."""

RULE_ERROR = "cameras_yaml_rule"
"""Type of the validation error that a broken rule between values raises in a model that was not read from a file."""


class Camera(Section):
    """A camera. ``main`` is recorded, ``sub`` is analysed; without ``sub`` the key frames of ``main`` are."""

    id: CameraId = Field(
        description="short, never changed and never given to another camera: recordings are filed under it; "
        "1 to 32 lower-case letters, digits and hyphens",
        examples=["cam07"],
    )
    number: Whole = Field(
        ge=1,
        le=9999,
        description="the number that people say on the radio; left out, the one that the id ends with",
        examples=[7],
    )
    name: PlainText = Field(
        min_length=1,
        max_length=120,
        description="the place, as people know it",
        examples=["Jr. Amazonas Con Jr. Leguía"],
    )
    main: StreamSource = Field(
        description="the full picture: recorded, and shown in large views",
        examples=[{"url": "rtsp://10.20.0.7:554/stream1"}],
    )
    sub: StreamSource | None = Field(
        None,
        description="the small picture: analysed, and shown on the wall",
        examples=[{"url": "rtsp://10.20.0.7:554/stream2", "record": False}],
    )
    credentials: CredentialName | None = Field(
        None, description="name of an entry of the credentials file, never a password", examples=["flota"]
    )
    audio: bool = Field(
        default=False,
        description="whether the sound of main is recorded (AAC, G.711), where the camera sends any; private conversations are protected by law: "
        "see docs/design/ingest.md before switching it on",
        examples=[True],
    )
    certificate_sha256: Fingerprint | None = Field(
        None,
        description="over rtsps: the SHA-256 of the one certificate that is taken, as `openssl x509 -fingerprint -sha256` prints it; "
        "without it, one that an authority known to this machine has signed",
        examples=["9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08"],
    )
    analysis: Literal["auto", "off"] = Field(
        "auto",
        description="auto: movement is looked for in the sub-stream, or in the main stream's key frames and what follows them; "
        "off: only recorded and shown",
        examples=["off"],
    )
    enabled: bool = Field(default=True, description="false: known, shown as switched off, not pulled", examples=[False])
    onvif: Onvif | None = Field(
        None,
        description="its ONVIF service: pan, tilt and zoom, picture settings, relays, events; `nvr cameras add --onvif` writes it",
        examples=[{"host": "10.20.0.7", "port": 80}],
    )
    ptz: bool = Field(
        default=False, description="whether operators may pan, tilt and zoom it; needs onvif", examples=[True]
    )
    trunk: PlainText | None = Field(
        None,
        max_length=60,
        description="ring section or switch that it hangs on: cameras that fail together are reported together",
        examples=["Anillo norte"],
    )
    sector: PlainText | None = Field(
        None,
        max_length=60,
        description="patrol sector that it lies in, as units name theirs: which unit to send where no position is known; SECTOR of the attention base",
        examples=["Sector 3"],
    )
    location: (
        tuple[
            Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-90, le=90)],
            Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-180, le=180)],
        ]
        | None
    ) = Field(
        None,
        description="latitude and longitude in degrees, WGS 84; without it the camera is placed by hand on the console's plan",
        examples=[[-12.05, -77.05]],
    )
    recording: Recording = Field(
        Recording(), description="what of its streams is recorded", examples=[{"mode": "motion", "post_s": 60}]
    )
    retention: Retention = Field(
        Retention(),
        description="how long its recordings are kept, where that differs from the others'",
        examples=[{"days": 60}],
    )
    neighbours: dict[CameraId, Annotated[int, Field(strict=True, ge=1, le=3600)]] = Field(
        default_factory=dict,
        max_length=64,
        description="cameras that a person can walk to: camera id and seconds on foot, 1 to 3600",
        examples=[{"cam02": 60}],
    )
    zones: tuple[Zone, ...] = Field(
        (Zone(name="Toda la vista"),),
        max_length=16,
        description="where movement raises an alert; an empty list: nowhere, the camera is only recorded",
        examples=[[{"name": "Puerta del banco", "priority": 1}]],
    )
    masks: tuple[Polygon, ...] = Field(
        (),
        max_length=32,
        description="polygons in which movement is never looked at: trees, windows of dwellings",
        examples=[[[[0.0, 0.0], [0.3, 0.0], [0.3, 0.2]]]],
    )
    picture_checks: tuple[PictureCheck, ...] = Field(
        get_args(PictureCheck),
        max_length=len(get_args(PictureCheck)),
        description="what its picture is looked over for: frozen, black, covered, blinded, defocused, turned; leave `turned` out for a camera "
        "that moves by itself",
        examples=[["frozen", "black", "covered"]],
    )

    def source(self, stream: StreamKind) -> StreamSource | None:
        """Where a stream comes from, or None where the camera has none such."""
        return self.main if stream is StreamKind.MAIN else self.sub

    @property
    def analysed(self) -> StreamKind:
        """The stream that the motion detector looks at."""
        return StreamKind.MAIN if self.sub is None else StreamKind.SUB


class Node(Section):
    """This machine: where things lie, how many workers, who may connect."""

    data: PlainPath = Field(
        Path("data"),
        description="recordings, catalogue, snapshots, journals; relative to the working directory",
        examples=["/var/lib/nvr"],
    )
    host: ListenHost = Field("127.0.0.1", description="address that the console listens on", examples=["0.0.0.0"])  # noqa: S104 - an example
    port: Whole = Field(8080, ge=1, le=65535, description="port that the console listens on", examples=[8443])
    origins: tuple[Origin, ...] = Field(
        (),
        max_length=32,
        description="further origins that browsers may come from, e.g. that of a reverse proxy",
        examples=[["https://camaras.municaj.gob.pe"]],
    )
    tls_certificate: PlainPath | None = Field(
        None, description="PEM file with the certificate and its chain", examples=["/etc/nvr/console.crt"]
    )
    tls_key: PlainPath | None = Field(
        None, description="PEM file with the certificate's private key", examples=["/etc/nvr/console.key"]
    )
    database: DatabaseUrl | None = Field(
        None,
        description="SQLAlchemy URL of the catalogue, without a password; by default SQLite in the data folder",
        examples=["postgresql+psycopg://nvr@10.20.0.2/nvr"],
    )
    ingest_workers: Whole = Field(
        0, ge=0, le=64, description="processes that record; 0: as many as the cameras and cores ask for", examples=[2]
    )
    analytics_workers: Whole = Field(
        0, ge=0, le=64, description="processes that analyse; 0: as many as the cameras and cores ask for", examples=[2]
    )
    analytics_budget_cores: Real = Field(
        0,
        ge=0,
        le=256,
        description="processor time, in cores, that motion analysis may take; when it is short, all cameras are looked at less often, "
        "evenly, and an alert says so; 0: half of the machine's cores",
        examples=[1.5],
    )
    objects: NodeObjects = ObjectSettings()
    segment_s: Whole = Field(
        60, ge=5, le=600, description="length of a segment in seconds; it is cut at the next key frame", examples=[60]
    )
    fragment_ms: Whole = Field(
        1000, ge=100, le=1000, description="milliseconds that a crash loses at most", examples=[500]
    )
    reserve_mb: Whole = Field(
        1024,
        ge=16,
        le=100_000_000,
        description="free space, in units of 1024 x 1024 bytes, that recording never touches",
        examples=[4096],
    )
    headroom_mb: Whole | None = Field(
        None,
        ge=16,
        le=100_000_000,
        description="free space above the reserve, in units of 1024 x 1024 bytes, at which the oldest recordings begin to go: "
        "what all cameras write in some minutes; none: half of the reserve",
        examples=[8192],
    )
    scrub_mb_s: Real = Field(
        4,
        ge=0.001,
        le=10_000,
        description="how much of the recordings is read again each second to find files that the disk has damaged, in units of 1024 x 1024 bytes",
        examples=[20],
    )
    groom_mb_s: Real = Field(
        40,
        ge=0.001,
        le=10_000,
        description="how much is read and written each second at most to leave only the key frames of old recordings, in units of 1024 x 1024 bytes; "
        "it has to be more than the cameras in question write",
        examples=[20],
    )
    retention_days: Real = Field(
        45,
        gt=0,
        le=3650,
        description="how long segments are kept, in days; the lawful window is 45 to 60 (see Retention)",
        examples=[60],
    )
    sub_retention_days: Real | None = Field(
        None,
        gt=0,
        le=3650,
        description="how long sub streams that are recorded are kept, in days; none: as long as main streams",
        examples=[60],
    )
    shortage_accepted: PlainText | None = Field(
        None,
        min_length=20,
        max_length=500,
        description="who accepted, when and until when, that the disks can't keep the lawful minimum; without it that is the most urgent alert of each day",
        examples=["Oficio 31-2026-GSC, 2 de marzo de 2026: hasta la compra de discos"],
    )
    retention_exception: PlainText | None = Field(
        None,
        min_length=20,
        max_length=500,
        description="who decided on a retention outside the lawful window, when and on what grounds; without it such a retention is refused",
        examples=["Acta 014-2026 del CODISEC, 3 de marzo de 2026: capacidad de disco hasta la compra"],
    )
    pools: tuple[Pool, ...] = Field(
        (),
        max_length=32,
        description="disks for recordings; where there are none, or none can be written, recordings go into the data folder",
        examples=[[{"name": "disco1", "path": "/mnt/disco1/nvr"}]],
    )
    holds: Holds = Field(Holds(), description="recordings that are kept as evidence", examples=[{"before_min": 30}])
    persons_days: PersonsDays = 730
    motion_index_days: Real = Field(
        365,
        gt=0,
        le=3650,
        description="how long it is kept where and when something moved, in days: no pictures, for searching",
        examples=[400],
    )
    credentials_file: PlainPath = Field(
        Path("credentials.yaml"),
        description="name -> user, password; mode 0600; relative to the data folder",
        examples=["/etc/nvr/credentials.yaml"],
    )


class Config(Section):
    """The whole file."""

    version: Literal[1] = Field(1, description="version of this format", examples=[1])
    site: PlainText = Field(
        "Cajamarca",
        min_length=1,
        max_length=60,
        description="the control room's name on screen",
        examples=["Cajamarca"],
    )
    timezone: TimeZone = Field(
        "America/Lima",
        description="how times are shown, a name of the IANA database; storage is UTC",
        examples=["America/Lima"],
    )
    shifts: tuple[ShiftHours, ...] = Field(
        THREE,
        min_length=1,
        max_length=12,
        description="the shifts of the day; no two may begin at the same time or have one name",
        examples=[[{"name": "Día", "starts": "07:00"}, {"name": "Noche", "starts": "19:00"}]],
    )
    agencies: tuple[Agency, ...] = Field(
        BOTH,
        max_length=12,
        description="who can be sent; serenazgo and pnp must be among them; pages that are open show a change once they are loaded anew",
        examples=[
            [
                {"code": "serenazgo", "name": "SERENAZGO"},
                {"code": "pnp", "name": "PNP", "contact": "105"},
                {"code": "bomberos", "name": "Bomberos", "channel": "telephone", "contact": "116"},
            ]
        ],
    )
    channels: tuple[Channel, ...] = Field(
        (),
        max_length=32,
        description="ways to tell agencies, supervisor and chief outside these pages; see Channels",
        examples=[
            [
                {
                    "name": "aviso_pnp",
                    "kind": "webhook",
                    "url": "https://despacho.pnp.example/avisos",
                    "credentials": "firma_pnp",
                }
            ]
        ],
    )
    escalation: Escalation = Field(
        Escalation(),
        description="who is told outside these pages when nobody answers",
        examples=[{"chief": ["celular_jefe"]}],
    )
    node: Node = Field(Node(), description="this machine", examples=[{"port": 8080}])
    schedules: dict[ScheduleName, Annotated[Schedule, Field(min_length=1, max_length=32)]] = Field(
        default_factory=dict,
        max_length=64,
        description="named times of the week, for every field called `schedule`; see Schedules",
        examples=[{"noche": [{"days": ["daily"], "from": "22:00", "to": "06:00"}]}],
    )
    cameras: tuple[Camera, ...] = Field(
        min_length=1,
        max_length=1024,
        description="every camera",
        examples=[
            [{"id": "cam01", "number": 1, "name": "Puente Huánuco", "main": {"url": "rtsp://10.20.0.7:554/stream1"}}]
        ],
    )

    def camera(self, camera_id: str) -> Camera | None:
        """The camera of that id."""
        return next((camera for camera in self.cameras if camera.id == camera_id), None)

    def agency(self, code: str) -> Agency | None:
        """The agency of that code."""
        return next((agency for agency in self.agencies if agency.code == code), None)

    def channel(self, name: str) -> Channel | None:
        """The channel of that name; the board is none of them."""
        return next((channel for channel in self.channels if channel.name == name), None)

    @property
    def enabled_cameras(self) -> tuple[Camera, ...]:
        """Those that are to be pulled."""
        return tuple(camera for camera in self.cameras if camera.enabled)

    @model_validator(mode="after")
    def _rules(self) -> Config:
        broken = broken_rules(self.model_dump())
        if broken:
            text = "; ".join(f"{'.'.join(map(str, rule.path))}: {rule.message}" for rule in broken)
            raise PydanticCustomError(RULE_ERROR, "{text}", {"text": text})
        return self

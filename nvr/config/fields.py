"""The kinds of values that ``cameras.yaml`` holds: annotated types, each with its own fault and remedy."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from nvr.config.polygon import polygon_fault
from nvr.config.stream_url import stream_url_fault
from nvr.media import CAMERA_ID

CREDENTIAL_NAME: Final = re.compile(r"[a-z0-9_]{1,40}")
"""What an entry of the credentials file may be called: also the tail of an environment variable's name."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def has_unseen(text: str) -> bool:
    """Whether a text holds control, format (bidirectional override, zero width), surrogate or unassigned characters or line separators:
    on a screen, in a log or in a header they are not what they seem."""
    return any(unicodedata.category(letter) in _UNSEEN for letter in text)


def fault(message: str, remedy: str) -> PydanticCustomError:
    """An error whose remedy reaches the admin (``nvr.config.wording``)."""
    return PydanticCustomError("cameras_yaml", "{message}", {"message": message, "remedy": remedy})


def _plain_text(value: str) -> str:
    if has_unseen(value):
        raise fault("holds control or invisible characters", "Write plain letters on one line")
    return value


_POOL_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")


def _pool_name(name: str) -> str:
    if not _POOL_NAME.fullmatch(name):
        raise fault(
            "a pool's name has 1 to 16 lower-case letters, digits and hyphens and begins with a letter or digit",
            "Write e.g. `name: disco1`",
        )
    return name


def _camera_id(value: str) -> str:
    if not CAMERA_ID.fullmatch(value):
        raise fault(
            "an id has 1 to 32 lower-case letters, digits and hyphens and begins with a letter or digit",
            "Write e.g. `id: cam07`",
        )
    return value


def _stream_url(value: str) -> str:
    found = stream_url_fault(value)
    if found is not None:
        raise fault(*found)
    return value


def _polygon(value: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    found = polygon_fault(value)
    if found is not None:
        raise fault(*found)
    return value


def _credential_name(value: str) -> str:
    if not CREDENTIAL_NAME.fullmatch(value):
        raise fault(
            "a name of credentials has 1 to 40 lower-case letters, digits and underscores",
            "Write the name of an entry of the credentials file, never a password, e.g. `credentials: flota`",
        )
    return value


def _timezone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        # KeyError: not found; ValueError: ../ and the like; OSError: a folder of the database ("America").
        raise fault("no such time zone", "Write a name of the IANA database, e.g. `timezone: America/Lima`") from None
    return value


def _listen_host(value: str) -> str:
    if not re.fullmatch(r"(?!-)[A-Za-z0-9_.:-]{1,253}", value):
        raise fault(
            "not an address of this machine", "Write e.g. `host: 0.0.0.0` for all of them, without brackets or port"
        )
    return value


def _device_host(value: str) -> str:
    if stream_url_fault(f"rtsp://[{value}]/" if ":" in value else f"rtsp://{value}/") is not None:
        raise fault("not the address or name of a device", "Write e.g. `host: 10.20.0.7`, without http:// or a port")
    return value


def _device_path(value: str) -> str:
    if not re.fullmatch(r"/[!-~]{0,200}", value) or "#" in value or "@" in value:
        raise fault("not a path of a device", "Write e.g. `path: /onvif/device_service`, or leave it out")
    return value


def _origin(value: str) -> str:
    try:
        parts = urlsplit(value)
        rest = (parts.path, parts.query, parts.fragment, parts.username, parts.port == 0)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(rest)
    except ValueError:
        valid = False
    if not valid or not re.fullmatch(r"[!-~]+", value) or "*" in value:
        raise fault(
            "an origin is a scheme, a host and, where it is not the usual one, a port",
            'Write e.g. `origins: ["https://camaras.municaj.gob.pe"]`, without a path or `*`',
        )
    return value


def _database(value: str) -> str:
    if not re.fullmatch(r"(?:sqlite|postgresql)(?:\+[a-z0-9]+)?://.*", value) or has_unseen(value):
        raise fault(
            "not a URL of a database that is taken", "Write postgresql+psycopg://user@host/name, or leave it out"
        )
    userinfo, at, _ = value.partition("://")[2].rpartition("@")
    if (at and ":" in userinfo) or re.search(r"(?i)[?&]password=", value):
        raise fault(
            "a password does not belong into the database's URL",
            "Take it out and write it to ~/.pgpass, mode 0600, or name another such file in the environment variable PGPASSFILE",
        )
    return value


def _fingerprint(value: str) -> str:
    plain = value.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise fault(
            "a SHA-256 has 64 hexadecimal digits, with or without colons",
            "Write what `openssl s_client -connect host:322 </dev/null | openssl x509 -noout -fingerprint -sha256` prints",
        )
    return plain


def _path(value: Path) -> Path:
    if has_unseen(str(value)):
        raise fault("the path holds control or invisible characters", "Write a plain path")
    return value


PlainText = Annotated[str, AfterValidator(_plain_text)]
PlainPath = Annotated[Path, AfterValidator(_path)]
CameraId = Annotated[str, AfterValidator(_camera_id), Field(json_schema_extra={"pattern": f"^{CAMERA_ID.pattern}$"})]
PoolName = Annotated[str, AfterValidator(_pool_name), Field(json_schema_extra={"pattern": f"^{_POOL_NAME.pattern}$"})]
StreamUrl = Annotated[
    str, AfterValidator(_stream_url), Field(json_schema_extra={"pattern": "^[Rr][Tt][Ss][Pp][Ss]?://[!-?A-~]+$"})
]
CredentialName = Annotated[
    str, AfterValidator(_credential_name), Field(json_schema_extra={"pattern": f"^{CREDENTIAL_NAME.pattern}$"})
]
TimeZone = Annotated[str, AfterValidator(_timezone)]
DeviceHost = Annotated[str, AfterValidator(_device_host)]
DevicePath = Annotated[str, AfterValidator(_device_path)]
ListenHost = Annotated[str, AfterValidator(_listen_host)]
Fingerprint = Annotated[
    str, AfterValidator(_fingerprint), Field(json_schema_extra={"pattern": "^([0-9A-Fa-f]{2}:?){32}$"})
]
Origin = Annotated[str, AfterValidator(_origin)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]

# Strict: `true` is not camera 1, and a text is not a number because it looks like one.
Whole = Annotated[int, Field(strict=True)]
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Point = tuple[Share, Share]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=64), AfterValidator(_polygon)]
Priority = Annotated[int, Field(strict=True, ge=1, le=3)]

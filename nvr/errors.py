"""The exception tree. Every error says what is wrong and, where somebody can act, what to do.

::

    NvrError
    ├── ConfigError                 a file the admin wrote; carries every fault at once
    ├── SourceError                 a camera; the session ends and is retried
    │   ├── CameraUnreachable       no route, refused, time-out
    │   ├── CameraRefusedLogin      401 after credentials, or none configured
    │   │   └── LoginLoop           asks again whatever we answer
    │   ├── CameraImpostor          another certificate than the one that is pinned
    │   ├── StreamUnsupported       codec or transport that this version does not take
    │   │   └── CameraRedirects     sends us elsewhere
    │   ├── StreamMalformed         the camera broke the protocol, or a bound that protects the others
    │   ├── StreamStalled           connected, but nothing arrives
    │   ├── DeviceRefused           the camera answers, but will not do what it was asked over ONVIF
    │   └── DeviceHostile           its answer would have harmed us or led us elsewhere
    ├── ChannelFailed               a channel did not take a message
    ├── StorageError                a disk
    │   ├── DiskFull
    │   └── SegmentCorrupt
    ├── CatalogueError              the database
    │   ├── NotFound
    │   └── Conflict                somebody else was first, or the row is not in the state the caller believed
    ├── IllegalStep                 a life cycle refuses the step, with the reason
    ├── InvalidInput                what somebody wrote can't be taken
    ├── AuthenticationFailed        who are you?
    ├── AccessDenied                not for you
    └── BusError                    transport between our own processes

A foreign exception is translated once, at the border module that calls the foreign library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GapCause = Literal["link", "camera", "authentication", "disk", "software", "planned"]
"""Why nothing was recorded; the closed list that coverage reports use."""


class NvrError(Exception):
    """Root of the tree.

    Args:
        message: what is wrong, one line, no secrets.
        remedy: what to do about it, one line, or "" where nobody can act.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}: {self.remedy}" if self.remedy else self.message


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One fault in a configuration file. ``line`` and ``column`` count from 1; 0 where the place is unknown."""

    file: str
    line: int
    column: int
    field: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where}: {self.field}: {self.message}. {self.remedy}".rstrip()


class ConfigError(NvrError):
    """The configuration can't be used. ``faults`` holds all of them, in file order."""

    def __init__(self, faults: list[ConfigFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class SourceError(NvrError):
    """A camera session ended. ``cause`` is the gap cause that it is recorded under."""

    cause: GapCause = "camera"
    suspicious = False
    """Whether no camera that is well does this: again and again, and it is quarantined (``ingest.backoff``)."""


class CameraUnreachable(SourceError):
    """No route, refused or timed out."""

    cause: GapCause = "link"


class CameraRefusedLogin(SourceError):
    """The camera wants credentials that we lack or refuses those we have."""

    cause: GapCause = "authentication"


class LoginLoop(CameraRefusedLogin):
    """It asks for a log-in again whatever we answer."""

    suspicious = True


class CameraImpostor(SourceError):
    """The camera shows another certificate than the one that is pinned."""

    cause: GapCause = "authentication"


class StreamUnsupported(SourceError):
    """A codec or transport that this version does not take."""


class CameraRedirects(StreamUnsupported):
    """The camera sends us elsewhere. Never followed: it could be our own console, or a machine behind the cameras' network."""

    suspicious = True


class StreamMalformed(SourceError):
    """The camera broke the protocol, or a bound that protects the other cameras."""

    suspicious = True


class StreamStalled(SourceError):
    """Connected, but nothing arrives."""

    cause: GapCause = "link"


class DeviceRefused(SourceError):
    """The camera answers over ONVIF, but does not do what it was asked: a SOAP fault, or a service that it lacks."""


class DeviceHostile(SourceError):
    """An ONVIF answer that breaks a bound, carries a document type or entities, or sends us to an address that is not the camera's."""


class ChannelFailed(NvrError):
    """A channel did not take a message. The message is Spanish: it stands on time lines.

    Attributes:
        final: it will not take it however often it is asked.
    """

    def __init__(self, message: str, remedy: str = "", *, final: bool = False) -> None:
        super().__init__(message, remedy)
        self.final = final


class StorageError(NvrError):
    """A disk does not do what it was asked."""


class DiskFull(StorageError):
    """No space left, or the reserve would be touched."""


class SegmentCorrupt(StorageError):
    """A media file is not what its catalogue row says."""


class CatalogueError(NvrError):
    """The catalogue does not do what it was asked."""


class NotFound(CatalogueError):
    """No such row."""


class Conflict(CatalogueError):
    """Somebody else was first, or the row is not in the state that the caller believed."""


class IllegalStep(NvrError):
    """A life cycle refuses this step from this state."""


class InvalidInput(NvrError):
    """What somebody wrote can't be taken: too long, empty, unknown, out of range."""


class AuthenticationFailed(NvrError):
    """Name and password, or the session, are not valid."""


class AccessDenied(NvrError):
    """Known, but not allowed to do this to that object."""


class BusError(NvrError):
    """A message between our own processes can't be sent or understood."""

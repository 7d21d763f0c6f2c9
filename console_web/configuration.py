"""What the console asks of whoever keeps the configuration (``nvr.app.version_keeper`` in the control process)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from nvr.config.changes import ConfigDiff
from nvr.config.versions import VersionRecord
from nvr.config.zone_edit import ZoneEdit
from nvr.errors import ConfigFault, NvrError

FileState = Literal["in_force", "pending", "set_aside", "faulty"]
"""Of the file on disk: it says what is in force; it is being taken up; it says something else and is left alone until it changes (after a
return to an earlier version, or refused); it has faults."""


@dataclass(frozen=True, slots=True)
class ConfigState:
    """The configuration as it stands.

    Attributes:
        version: in force.
        path: the file that the admin edits.
        file: how that file stands to it.
        faults: of the file, or of the credentials file.
        pending: what the file would change.
        restart: settings of the version in force that count from the next start on.
        refused: why the file's change was not taken up, "" where it was or was not tried.
        busy: whether something is being taken up now.
        versions: newest first.
    """

    version: VersionRecord
    path: str
    file: FileState
    faults: Sequence[ConfigFault]
    pending: ConfigDiff
    restart: ConfigDiff
    refused: str
    busy: bool
    versions: Sequence[VersionRecord]


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be put in force: an earlier version; what is in force with a camera's zones replaced; without either the file as it is."""

    version: int | None = None
    edit: ZoneEdit | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, for the audit."""

    name: str
    terminal: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source would change, or why it can't be put in force."""

    diff: ConfigDiff
    faults: Sequence[ConfigFault]


@dataclass(frozen=True, slots=True)
class Applied:
    """A version that came in force. ``probes`` are lines for people."""

    version: VersionRecord
    diff: ConfigDiff
    probes: Sequence[str]


class ProbeFailed(NvrError):
    """Cameras do not answer, and it was asked that they do."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("; ".join(lines), "mend these cameras, or apply without asking for an answer")
        self.lines = tuple(lines)


class ConfigKeeper(Protocol):
    """Everything may be called from the event loop's thread."""

    async def state(self) -> ConfigState:
        """As it stands now."""
        ...

    async def preview(self, source: Source) -> Preview:
        """What it would change. Raises NotFound: no such version."""
        ...

    async def apply(self, source: Source, who: Asker, *, base_version: int | None, require_probe: bool) -> Applied:
        """Put it in force.

        Raises:
            ConfigError: it has faults; nothing was changed.
            Conflict: another version than ``base_version`` is in force.
            ProbeFailed: a camera does not answer although that was required.
            NotFound: no such version.
        """
        ...

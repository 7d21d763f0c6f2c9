"""Where a node keeps what: one folder, ``node.data``."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from nvr.config import Config
from nvr.errors import StorageError


@dataclass(frozen=True, slots=True)
class Folders:
    """The parts of the data folder. Created with mode 0700: recordings are personal data."""

    data: Path

    @classmethod
    def of(cls, config: Config) -> Folders:
        """The folders that a configuration names, made absolute."""
        return cls(config.node.data.resolve())

    @property
    def recordings(self) -> Path:
        """Segments, by camera, stream and day."""
        return self.data / "recordings"

    @property
    def snapshots(self) -> Path:
        """Pictures of alerts, by camera and day."""
        return self.data / "snapshots"

    @property
    def run(self) -> Path:
        """Sockets between our processes; worthless after a restart."""
        return self.data / "run"

    def journal(self, worker: str) -> Path:
        """A worker's facts on their way to the catalogue."""
        return self.data / "journal" / worker

    def database_url(self, config: Config) -> str:
        """The catalogue's SQLAlchemy URL."""
        return config.node.database or f"sqlite:///{self.data / 'catalogue.sqlite'}"

    def credentials(self, config: Config) -> Path:
        """The file with the cameras' credentials."""
        return self.data / config.node.credentials_file

    def create(self) -> None:
        """Make what is missing.

        Raises:
            StorageError: the folder can't be made or written.
        """
        try:
            for folder in (self.data, self.recordings, self.snapshots, self.run, self.data / "journal"):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(
                f"the data folder {self.data} can't be used ({error.strerror})", "name another with node.data or --data"
            ) from error

    def lock(self) -> int:
        """Take the data folder for this process; the descriptor holds it until the process ends.

        Raises:
            StorageError: another control room runs on it.
        """
        descriptor = os.open(self.data / "run" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise StorageError(
                f"another control room already runs on {self.data}", "stop it first, or name another folder with --data"
            ) from error
        return descriptor

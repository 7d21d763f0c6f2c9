"""Where a node keeps what: one folder, ``node.data``."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nvr.bus import endpoint
from nvr.config import Config
from nvr.errors import DiskFull, StorageError

_LONGEST_NAME: Final = "onvif-99.calls"  # of what listens in ``run``


@dataclass(frozen=True, slots=True)
class Folders:
    """The parts of the data folder. Created with mode 0700: recordings are personal data."""

    data: Path

    @classmethod
    def of(cls, config: Config) -> Folders:
        """The folders that a configuration names, made absolute."""
        return cls.at(config.node.data)

    @classmethod
    def at(cls, data: Path) -> Folders:
        """The folders under a data folder, made absolute."""
        # Not Path.resolve: that raises where links go in a circle; create() says what is wrong then.
        return cls(Path(os.path.realpath(data)))

    @property
    def recordings(self) -> Path:
        """Segments, by camera, stream and day."""
        return self.data / "recordings"

    @property
    def snapshots(self) -> Path:
        """Pictures of alerts, by camera and day."""
        return self.data / "snapshots"

    @property
    def motion_index(self) -> Path:
        """Where something moved, second by second, by camera and day."""
        return self.data / "motion-index"

    @property
    def views(self) -> Path:
        """What each camera usually shows."""
        return self.data / "views"

    @property
    def proofs(self) -> Path:
        """The daily proofs that cameras recorded."""
        return self.data / "coverage"

    @property
    def run(self) -> Path:
        """Sockets between our processes; worthless after a restart."""
        return self.data / "run"

    @property
    def patrols(self) -> Path:
        """Which patrols movable cameras walk."""
        return self.data / "patrols.json"

    @property
    def clock_doubt(self) -> Path:
        """There while nobody has said that the machine's date is right, see ``nvr.app.expiry``."""
        return self.data / "clock-doubtful"

    @property
    def audit_heads(self) -> Path:
        """Copies of the audit chain's head, beside the catalogue that holds the chain."""
        return self.data / "audit-head.log"

    @property
    def orders(self) -> Path:
        """What ``nvr config`` asks of a running node."""
        return self.run / "orders"

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
            BusError: the folder's path is too long for the sockets in it.
            StorageError: a folder can't be made or written (DiskFull where that is why).
        """
        endpoint(self.run, _LONGEST_NAME)
        try:
            for folder in (
                self.data,
                self.recordings,
                self.snapshots,
                self.motion_index,
                self.run,
                self.data / "journal",
            ):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                # A folder that was there before may lie on a disk that is mounted for reading, or belong to somebody else.
                with tempfile.TemporaryFile(dir=folder):
                    pass
        except OSError as error:
            raise self._unusable(error) from error

    def lock(self, wait_s: float = 15.0) -> int:
        """Take the data folder for this process; the descriptor holds it until the process ends.

        Where a predecessor was killed, its workers still close their files for a moment: waits for them, up to ``wait_s``, so that nobody
        takes up a segment or a journal that is being written.

        Raises:
            StorageError: another control room, or a worker of one, runs on it, or the folder can't be written or locked.
        """
        descriptor = self._open_lock("lock")
        if not self._try_lock(descriptor, fcntl.LOCK_EX):
            os.close(descriptor)
            raise StorageError(
                f"another control room already runs on {self.data}", "stop it first, or name another folder with --data"
            )
        workers = self._open_lock("workers.lock")
        try:
            until_s = time.monotonic() + wait_s
            while not self._try_lock(workers, fcntl.LOCK_EX):
                if time.monotonic() > until_s:
                    os.close(descriptor)
                    raise StorageError(
                        f"workers of a control room that was killed still run on {self.data}",
                        "end them (`fuser` names who holds run/workers.lock in that folder), then start again",
                    )
                time.sleep(0.05)
        finally:
            os.close(workers)
        return descriptor

    def enter(self) -> int:
        """For a worker, first of all: say, until this process ends, that it is at work in the data folder.

        Raises:
            StorageError: the folder can't be written or locked.
        """
        descriptor = self._open_lock("workers.lock")
        # Not waiting would be wrong here: a starting node holds it for an instant.
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return descriptor

    def _open_lock(self, name: str) -> int:
        try:
            self.run.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(self.run / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise self._unusable(error) from error

    def _try_lock(self, descriptor: int, kind: int) -> bool:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._unusable(error) from error
        return True

    def _unusable(self, error: OSError) -> StorageError:
        if error.errno == errno.ENOSPC:
            return DiskFull(
                f"the disk of the data folder {self.data} is full",
                "free space, or name another with node.data or --data",
            )
        return StorageError(
            f"the data folder {self.data} can't be used ({error.strerror})", "name another with node.data or --data"
        )

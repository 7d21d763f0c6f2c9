"""The clock that a node's processes share: ``nvr.time_line`` kept in a file of the data folder, steered by whoever holds its lock.

``wall_ns`` touches nothing but memory: a thread looks at the machine's clock, and at the file, once a second.
"""

from __future__ import annotations

import ctypes
import fcntl
import logging
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import msgspec

from nvr.clock import NS_PER_S, SystemClock
from nvr.time_line import DOUBT_NS, STEP_NS, Line, begin, steer

_log = logging.getLogger(__name__)

FILE: Final = "time-line.json"
LOCK: Final = "time-line.lock"
ACCEPTED: Final = "time-line.accepted"
REMEDY: Final = "look at the machine's date (timedatectl); if it is right: nvr clock trust"
_LOOK_S: Final = 1.0
_KEEP_NS: Final = 10 * NS_PER_S
"""How often the file is written although nothing changed: so much of the past is unknown to the next boot."""
_WORTH_NS: Final = 5_000_000
"""A target that moved by less is not worth a write."""
_MAX_FILE_BYTES: Final = 64 * 1024
_TIME_ERROR: Final = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES: Final = 512


class Machine(Protocol):
    """The clocks of a machine."""

    def wall_ns(self) -> int: ...
    def monotonic_ns(self) -> int: ...
    def boot(self) -> str:
        """Names the run of the machine whose monotonic clock this is."""
        ...

    def kept_by_ntp(self) -> bool:
        """Whether the kernel says that its clock is synchronised."""
        ...


class ThisMachine(SystemClock):
    """The one that we run on."""

    def boot(self) -> str:
        # A container with a time name space of its own has a monotonic clock of its own.
        names = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/time")
        with suppress(OSError):
            return f"{names[0].read_text(encoding='ascii').strip()} {names[1].readlink()}"
        return ""

    def kept_by_ntp(self) -> bool:
        buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes 0: only asks
        try:
            state = ctypes.CDLL(None).adjtimex(buffer)
        except (OSError, AttributeError):
            return False
        return isinstance(state, int) and 0 <= state < _TIME_ERROR


class _Kept(msgspec.Struct, frozen=True):
    """The file."""

    line: Line
    seen_wall_ns: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Kept).decode


class SteadyClock:
    """A ``nvr.clock.Clock`` whose wall time never goes back. Thread-safe; ``close`` ends its thread.

    Args:
        folder: the data folder; a disk that refuses is borne: the line then lives as long as this process.
        machine: for tests.
        thread: False: ``look`` is called by whoever made it.
    """

    def __init__(self, folder: Path, machine: Machine | None = None, *, thread: bool = True) -> None:
        self._folder = folder
        self._machine = machine or ThisMachine()
        self._boot = self._machine.boot()
        self._lock_fd = -1
        self._stamp: tuple[int, int] | None = None
        self._written: Line | None = None
        self._written_ns = 0
        self._last_ns = 0
        self._machine_offset_ns: int | None = None
        self._settled_at_ns = self._machine.monotonic_ns()
        self._complained = False
        self._line = self._first()
        self.look()
        self._stop = threading.Event()
        if thread:
            threading.Thread(target=self._run, name="clock", daemon=True).start()

    def wall_ns(self) -> int:
        """UTC nanoseconds on the line."""
        now_ns = self._line.wall_ns(self._machine.monotonic_ns())
        # From one stretch to the next, read a moment late, the slew may differ by some microseconds.
        if now_ns < self._last_ns:
            return self._last_ns
        self._last_ns = now_ns
        return now_ns

    def monotonic_ns(self) -> int:
        """Nanoseconds of the machine's monotonic clock."""
        return self._machine.monotonic_ns()

    @property
    def line(self) -> Line:
        """How the line and the machine's clock stood at the last look."""
        return self._line

    def leap_within(self, start_wall_ns: int, end_wall_ns: int) -> int:
        """How many nanoseconds between two wall times never were, because the line was put ahead between them."""
        return self._line.leap_within(start_wall_ns, end_wall_ns)

    def close(self) -> None:
        """End the thread and let another process steer."""
        self._stop.set()
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                self.look()
            except Exception:  # noqa: BLE001 - the line goes on by the monotonic clock, whatever this is
                _log.exception("a fault in looking at the clock; the time line goes on")

    def look(self) -> None:
        """Take up what whoever steers has written; steer, where that is us."""
        if not self._steering():
            kept = self._read()
            if kept is not None and kept.line.boot == self._boot:
                self._line = kept.line
            return
        monotonic_ns, wall_ns = self._machine.monotonic_ns(), self._machine.wall_ns()
        offset_ns = wall_ns - monotonic_ns
        if self._machine_offset_ns is None or abs(offset_ns - self._machine_offset_ns) > STEP_NS:
            self._settled_at_ns = monotonic_ns
        self._machine_offset_ns = offset_ns
        accepted = (self._folder / ACCEPTED).exists()
        before = self._line
        line = steer(
            before,
            monotonic_ns,
            wall_ns,
            kept_by_ntp=self._machine.kept_by_ntp(),
            settled_ns=monotonic_ns - self._settled_at_ns,
            accepted=accepted,
        )
        if line.doubt != before.doubt:
            _tell(line)
        self._line = line
        if accepted and abs(line.error_ns) <= DOUBT_NS:
            with suppress(OSError):
                (self._folder / ACCEPTED).unlink()
        written = self._written
        if (
            written is None
            or monotonic_ns - self._written_ns >= _KEEP_NS
            or (line.doubt, line.ppm, line.guessed, line.leaps)
            != (written.doubt, written.ppm, written.guessed, written.leaps)
            or abs(line.target_ns - written.target_ns) > _WORTH_NS
        ):
            self._write(line, monotonic_ns)

    def _first(self) -> Line:
        kept = self._read()
        monotonic_ns = self._machine.monotonic_ns()
        return begin(
            self._boot,
            monotonic_ns,
            self._machine.wall_ns(),
            before=kept.line if kept else None,
            seen_wall_ns=kept.seen_wall_ns if kept else None,
        )

    def _steering(self) -> bool:
        if self._lock_fd >= 0:
            return True
        fd = -1
        try:
            fd = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        except OSError as error:
            if fd >= 0:
                os.close(fd)
            self._complain(error)
            return True  # nobody can share a line there: each goes by its own
        self._lock_fd = fd
        kept = self._read()
        if kept is not None and kept.line.boot == self._boot:
            self._line = kept.line  # where our predecessor left it
        return True

    def _read(self) -> _Kept | None:
        path = self._folder / FILE
        try:
            with path.open("rb") as file:
                return _decode(file.read(_MAX_FILE_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            self._complain(error)
            return None

    def _write(self, line: Line, monotonic_ns: int) -> None:
        fresh = self._folder / f".{FILE}.{os.getpid()}"
        try:
            fresh.write_bytes(_encode(_Kept(line, line.wall_ns(monotonic_ns))))
            fresh.replace(self._folder / FILE)
        except OSError as error:
            self._complain(error)
            return
        self._written, self._written_ns = line, monotonic_ns

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            _log.error("the time line can't be kept in %s: %s", self._folder, error)
        self._complained = True


def accept(folder: Path) -> None:
    """Say that the machine's clock is right: whoever steers takes it up within a second.

    Raises:
        OSError: the folder can't be written.
    """
    (folder / ACCEPTED).touch(mode=0o600)


def kept_line(folder: Path) -> Line | None:
    """The line as whoever steers last wrote it; None where nobody did."""
    with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError), (folder / FILE).open("rb") as file:
        return _decode(file.read(_MAX_FILE_BYTES)).line
    return None


def now_on_line(folder: Path) -> int:
    """UTC nanoseconds now, for a command beside the node: by its line where it runs or ran since the machine started."""
    line, machine = kept_line(folder), ThisMachine()
    if line is None or line.boot != machine.boot():
        return machine.wall_ns()
    return line.wall_ns(machine.monotonic_ns())


def _tell(line: Line) -> None:
    if line.doubt:
        _log.error(
            "%s: it is %+.1f s from the time line, which goes on; %s", line.doubt, line.error_ns / NS_PER_S, REMEDY
        )
    else:
        _log.warning("the machine's clock and the time line agree again")

"""The audit's chain, held against copies of its head: a chain can't tell by itself that its tail was cut, or that all of it was written anew.

A copy is a line ``<UTC time> <record> <hash>`` of ``audit-head.log``, and the same in the log of the control process, which systemd's journal keeps out
of reach of whoever edits the catalogue. One a day, one at each start and one at each clean stop.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.disk import write_all
from nvr.errors import StorageError

log = logging.getLogger(__name__)
_LINE: Final = re.compile(r"(?P<when>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (?P<record>\d{1,18}) (?P<hash>[0-9a-f]{64})")
_MAX_FILE_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """A copy of the chain's head: the last record's id and hash, and when it was taken (UTC)."""

    when: str
    record: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What ``check`` found.

    Attributes:
        records: how many hold, from the first on.
        head: hash of the last of them.
        copies: how many copies of the head agree.
        fault: what is wrong with the first bad record, or where the tail was cut; "" where nothing is.
        unreadable: lines of the file of copies that are none.
    """

    records: int
    head: str
    copies: int
    fault: str
    unreadable: int = 0


class AuditAnchor:
    """The file of copies; only ever appended to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: tuple[int, str] | None = None

    def write(self, catalogue: Catalogue) -> None:
        """Append the head as it is now, synced, and say it in the log; nothing where it did not move since the last time.

        Raises:
            CatalogueError: the head can't be read.
            StorageError: the file can't be written.
        """
        with catalogue.read() as tx:
            record, hashed = audit.head(tx)
        if self._last == (record, hashed):
            return
        when = datetime.fromtimestamp(catalogue.clock.wall_ns() // NS_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            _append(self._path, f"{when} {record} {hashed}\n")
        except OSError as error:
            raise StorageError(f"{self._path} can't be written ({error.strerror})", "free space on its disk") from error
        log.info("head of the audit: record %d, %s", record, hashed)
        self._last = (record, hashed)


def check(catalogue: Catalogue, path: Path) -> AuditReport:
    """Walk the chain, then look for each copy of its head in it.

    Raises:
        CatalogueError: the chain can't be read.
        StorageError: the copies can't be read.
    """
    copies, unreadable = read_heads(path)
    with catalogue.read() as tx:
        verdict = audit.verify(tx)
        hashes = audit.hashes(tx, {copy.record for copy in copies})
    fault, agree = "", 0
    if verdict.first_bad_id is not None:
        fault = f"record {verdict.first_bad_id}: {verdict.reason}"
    for copy in sorted(copies, key=lambda copy: copy.record):
        if copy.record == 0 or hashes.get(copy.record) == copy.hash:
            agree += 1
        elif not fault and copy.record > verdict.rows:
            fault = f"record {verdict.rows + 1}: it is missing; on {copy.when} the audit had {copy.record} records"
        elif not fault:
            fault = f"record {copy.record}, or one before it, was written anew after {copy.when}"
    return AuditReport(verdict.rows, verdict.head, agree, fault, unreadable)


def read_heads(path: Path) -> tuple[list[Head], int]:
    """The copies in a file, and how many of its lines are none (one that a power cut tore, say).

    Raises:
        StorageError: it can't be read, or is too large to be ours.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise StorageError(f"{path} can't be read ({error.strerror})", "check its owner and its disk") from error
    if len(data) > _MAX_FILE_BYTES:
        raise StorageError(f"{path} is too large to be a file of ours", "look into it, then move it away")
    heads, unreadable = [], 0
    for line in data.decode("utf-8", "replace").splitlines():
        if match := _LINE.fullmatch(line):
            heads.append(Head(match["when"], int(match["record"]), match["hash"]))
        elif line:
            unreadable += 1
    return heads, unreadable


def _append(path: Path, line: str) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        size_bytes = os.fstat(descriptor).st_size
        torn = size_bytes > 0 and os.pread(descriptor, 1, size_bytes - 1) != b"\n"
        write_all(descriptor, (("\n" if torn else "") + line).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

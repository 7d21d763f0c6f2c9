"""The proofs that are kept: ``data/coverage/2026-11-22.csv`` and ``.pdf``, written once, after the day is over. Longer than any recording."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from nvr.catalogue.coverage import first_knowledge
from nvr.clock import NS_PER_S, Clock
from nvr.disk import put_whole
from nvr.errors import StorageError
from nvr.proof.day import DayProof, day_proof, local_day
from nvr.proof.reading import Books
from nvr.proof.sheet import csv_bytes

_log = logging.getLogger(__name__)
_SETTLE_NS: Final = 120 * NS_PER_S
"""After midnight, and after our own start: the last files of the day close, and what workers reported meanwhile is taken up."""
_MOST_DAYS: Final = 60
"""So far back is made up for, where nothing ran at midnight: recordings older than that are gone."""


class ProofArchive:
    """Writes what is missing. Whatever has both files is left alone, so that a proof that was handed out never changes.

    Args:
        folder: made if it is missing.
        books: what the proofs are made from.
        clock: for "is the day over?".
        stop: says that the process ends: the next day waits for the next start.
        doubtful: whether the date may be wrong: a proof of a day that is still to come would stand in the place of the true one for ever.
    """

    def __init__(
        self,
        folder: Path,
        books: Books,
        clock: Clock,
        stop: Callable[[], bool] = lambda: False,
        doubtful: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = folder
        self._books = books
        self._clock = clock
        self._stop = stop
        self._doubtful = doubtful
        self._started_ns = clock.monotonic_ns()
        self._done: date | None = None

    def step(self) -> int:
        """Write the proofs of days that are over and have none; how many that were.

        Raises:
            CatalogueError: it can't be read; come again.
            StorageError: the disk refused; come again.
        """
        now_ns, timezone = self._clock.wall_ns(), self._books.config.timezone
        last = local_day(now_ns - _SETTLE_NS, timezone) - timedelta(days=1)
        if self._done == last or self._clock.monotonic_ns() - self._started_ns < _SETTLE_NS or self._doubtful():
            return 0
        with self._books.catalogue.read() as tx:
            first_ns = first_knowledge(tx)
        if first_ns is None:
            return 0
        day = max(local_day(first_ns, timezone), last - timedelta(days=_MOST_DAYS - 1))
        written = 0
        while day <= last and not self._stop():
            if not all(path.exists() for path in paths(self._folder, day)):
                write(self._folder, day_proof(self._books, day, now_ns))
                written += 1
            day += timedelta(days=1)
        if day > last:
            self._done = last
        return written


def paths(folder: Path, day: date) -> tuple[Path, Path]:
    """CSV and PDF of a day."""
    return folder / f"{day.isoformat()}.csv", folder / f"{day.isoformat()}.pdf"


def write(folder: Path, proof: DayProof) -> None:
    """Write both files of a proof, each whole or not at all.

    Raises:
        StorageError: the disk refused.
    """
    from nvr.proof.document import pdf_bytes  # noqa: PLC0415 - the PDF library stays out of memory but for once a day

    sheet = csv_bytes(proof)
    csv_path, pdf_path = paths(folder, proof.day)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        put_whole(csv_path, sheet)
        put_whole(pdf_path, pdf_bytes(proof, sheet))
    except OSError as error:
        raise StorageError(
            f"the proof of {proof.day} can't be written to {folder} ({error.strerror})", "check the folder and its disk"
        ) from error
    _log.info("wrote the proof of %s", proof.day)


def kept(folder: Path, day: date) -> tuple[bytes, bytes] | None:
    """CSV and PDF of a day that were kept; None where they were not, or can't be read."""
    csv_path, pdf_path = paths(folder, day)
    try:
        return csv_path.read_bytes(), pdf_path.read_bytes()
    except OSError:
        return None

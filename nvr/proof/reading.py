"""From catalogue and disk to a stream's account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nvr.catalogue import coverage
from nvr.catalogue.coverage import FileSpan, StreamKnowledge
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.config import Camera, Config
from nvr.config.former import FormerCamera
from nvr.errors import SegmentCorrupt, StorageError
from nvr.media import StreamKind
from nvr.proof.account import KEPT_AT_LEAST_NS, PENDING_NS, Account, GapSpan, Span, Tail, account, closing_gap, open_gap
from nvr.recording.boxes import fragments_of
from nvr.storage.layout import safe_join


@dataclass(frozen=True, slots=True)
class Books:
    """What an account is made from: the catalogue, which cameras there are, and the recordings folder."""

    catalogue: Catalogue
    config: Config
    recordings: Path


@dataclass(frozen=True, slots=True)
class StreamProof:
    """An account, with the files that it rests on."""

    account: Account
    files: tuple[FileSpan, ...]


def stream_proof(
    tx: Transaction, recordings: Path, camera: Camera, window_ns: tuple[int, int], now_wall_ns: int
) -> StreamProof:
    """The account of a camera's main stream in [from, to), as far as that is past and as the stream was due.

    It is due from the first file or gap on record until it was taken out of the configuration, and not at all where that says ``record: false``.
    """
    from_ns, to_ns = window_ns[0], min(window_ns[1], now_wall_ns)
    known = coverage.knowledge(tx, camera.id, StreamKind.MAIN, from_ns, to_ns)
    return proof_of(known, FileEnds(recordings), camera, window_ns, now_wall_ns)


class FileEnds:
    """Where files end; those that are being written by now, at their last whole fragment. The disk is asked once for each."""

    def __init__(self, recordings: Path) -> None:
        self._recordings = recordings
        self._found: dict[str, int] = {}

    def end_wall_ns(self, file: FileSpan, to_wall_ns: int) -> int:
        """The end of a file, where it begins before ``to_wall_ns``; else its start will do, as where nothing of it can be read."""
        if file.end_wall_ns is not None:
            return file.end_wall_ns
        if file.start_wall_ns >= to_wall_ns:
            return file.start_wall_ns
        if file.path not in self._found:
            try:
                self._found[file.path] = fragments_of(safe_join(self._recordings, file.path)).end_wall_ns
            except (OSError, SegmentCorrupt, StorageError):
                self._found[file.path] = file.start_wall_ns
        return self._found[file.path]


def proof_of(
    known: StreamKnowledge,
    ends: FileEnds,
    camera: Camera,
    window_ns: tuple[int, int],
    now_wall_ns: int,
    *,
    held_since_wall_ns: int | None = None,
) -> StreamProof:
    """The same from what is known already. ``held_since_wall_ns``: since when nothing of the window can have been deleted for its age; None: it can."""
    from_ns, to_ns = window_ns[0], min(window_ns[1], now_wall_ns)
    if known.first_wall_ns is None or not camera.main.record:
        return StreamProof(Account(to_ns, to_ns), ())
    spans = [Span(each.start_wall_ns, ends.end_wall_ns(each, to_ns)) for each in known.files]
    gaps = [GapSpan(each.start_wall_ns, each.end_wall_ns, each.cause, each.detail) for each in known.gaps]
    if isinstance(camera, FormerCamera):
        # Pictures that came after the moment of its removal, until the worker heard of that, are on disk and count.
        over_ns = max(camera.removed_wall_ns, *(each.end_wall_ns for each in spans), known.first_wall_ns)
        to_ns = min(to_ns, over_ns)
        gaps = [each for each in gaps if each.start_wall_ns < over_ns]
        tail = _tail(camera, known, spans, gaps)
        going_on = closing_gap(tail, over_ns)
    else:
        tail = _tail(camera, known, spans, gaps)
        going_on = open_gap(tail, now_wall_ns)
    due_from_ns = min(max(from_ns, known.first_wall_ns), max(from_ns, to_ns))
    made = account(
        due_from_ns,
        to_ns,
        recorded=spans,
        gaps=gaps if going_on is None else [*gaps, going_on],
        pending_from_wall_ns=max(tail.known_wall_ns, now_wall_ns - PENDING_NS),
        kept_from_wall_ns=_kept_from(
            known, now_wall_ns if held_since_wall_ns is None else min(held_since_wall_ns, now_wall_ns)
        ),
    )
    return StreamProof(made, known.files)


def _tail(camera: Camera, known: StreamKnowledge, spans: list[Span], gaps: list[GapSpan]) -> Tail:
    file_end_ns = max((each.end_wall_ns for each in spans), default=0)
    last_gap = max(gaps, key=lambda gap: gap.end_wall_ns, default=None)
    if last_gap is not None and last_gap.end_wall_ns < file_end_ns:
        last_gap = None
    state = known.state
    down = None if state is None or state.down_since_wall_ns is None else (state.cause or "camera", state.detail)
    return Tail(max(file_end_ns, 0 if last_gap is None else last_gap.end_wall_ns), last_gap, down, camera.enabled)


def _kept_from(known: StreamKnowledge, until_wall_ns: int) -> int:
    """Before this time files may have been deleted for their age, or because the disk was full, if that was done until then."""
    latest_ns = until_wall_ns - KEPT_AT_LEAST_NS
    return latest_ns if known.oldest_kept_wall_ns is None else min(known.oldest_kept_wall_ns, latest_ns)

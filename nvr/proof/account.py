"""The account of a stream's time: recorded + gaps with cause + not yet known + no longer kept + unexplained = due. Pure, in whole nanoseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from nvr.clock import NS_PER_MS, NS_PER_S

CAUSES: Final = ("link", "camera", "authentication", "disk", "software", "planned")
SEAM_NS: Final = 100 * NS_PER_MS
"""Two files that follow one another as closely as this have no hole between them: a picture is shown until the next one comes, and one
of a camera with 10 pictures a second lasts so long. ``nvr.recording.coverage.UNEXPLAINED_NS`` reports anything longer as a gap."""
PENDING_NS: Final = 45 * NS_PER_S
"""So long may pictures be on their way to the disk (the recorder's queue holds 40 s) and facts on theirs to the catalogue."""
KEPT_AT_LEAST_NS: Final = 86_400 * NS_PER_S
"""What is missing of a younger time was not deleted for its age."""


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in UTC nanoseconds."""

    start_wall_ns: int
    end_wall_ns: int

    @property
    def length_ns(self) -> int:
        """How long."""
        return self.end_wall_ns - self.start_wall_ns


@dataclass(frozen=True, slots=True)
class GapSpan(Span):
    """A stretch without recording. ``ongoing``: it has no end yet."""

    cause: str
    detail: str = ""
    ongoing: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The account of [from, to): all spans lie in it, in order, and none overlaps another."""

    from_wall_ns: int
    to_wall_ns: int
    recorded: tuple[Span, ...] = ()
    gaps: tuple[GapSpan, ...] = ()
    pending: tuple[Span, ...] = ()
    expired: tuple[Span, ...] = ()
    unexplained: tuple[Span, ...] = ()

    @property
    def due_ns(self) -> int:
        """Elapsed time in which the stream was to be recorded: the sum of all that follows."""
        return self.to_wall_ns - self.from_wall_ns

    @property
    def recorded_ns(self) -> int:
        """Time that is on disk; what was recorded twice, because a clock stepped back, counts once."""
        return total_ns(self.recorded)

    @property
    def gap_ns(self) -> int:
        """Time that is in gaps with a cause."""
        return total_ns(self.gaps)

    @property
    def unexplained_ns(self) -> int:
        """Time of which nothing is known: 0 unless this program has a fault."""
        return total_ns(self.unexplained)

    @property
    def longest_gap_ns(self) -> int:
        """The longest stretch without recording, whatever its causes."""
        longest = running = 0
        previous: Span | None = None
        for each in sorted([*self.gaps, *self.unexplained], key=lambda span: span.start_wall_ns):
            joins = previous is not None and previous.end_wall_ns == each.start_wall_ns
            running = running + each.length_ns if joins else each.length_ns
            longest, previous = max(longest, running), each
        return longest

    def by_cause_ns(self) -> dict[str, int]:
        """Time in gaps of each of ``CAUSES``; one that this version does not know comes behind them."""
        found = dict.fromkeys(CAUSES, 0)
        for gap in self.gaps:
            found[gap.cause] = found.get(gap.cause, 0) + gap.length_ns
        return found


def total_ns(spans: Iterable[Span]) -> int:
    """How long they are together."""
    return sum(span.length_ns for span in spans)


def account(
    from_wall_ns: int,
    to_wall_ns: int,
    *,
    recorded: Iterable[Span],
    gaps: Iterable[GapSpan],
    pending_from_wall_ns: int | None = None,
    kept_from_wall_ns: int | None = None,
) -> Account:
    """The account of [from, to).

    What is recorded is no gap, whoever says so: a clock that stepped back lets an hour be recorded that was a gap the first time. Of two
    gaps that overlap the one that began earlier counts.

    Args:
        recorded: files, in any order, overlapping or not.
        gaps: likewise.
        pending_from_wall_ns: what is missing after this may still be on its way.
        kept_from_wall_ns: what is missing before this may have been deleted for its age.
    """
    if to_wall_ns <= from_wall_ns:
        return Account(from_wall_ns, from_wall_ns)
    window = Span(from_wall_ns, to_wall_ns)
    on_disk = _clipped(_joined(recorded), window)
    explained = _merged(_without(_in_turn(gaps), on_disk), window)
    rest = list(_without([window], sorted([*on_disk, *explained], key=lambda span: span.start_wall_ns)))
    pending_from = to_wall_ns if pending_from_wall_ns is None else pending_from_wall_ns
    kept_from = from_wall_ns if kept_from_wall_ns is None else kept_from_wall_ns
    return Account(
        from_wall_ns,
        to_wall_ns,
        tuple(on_disk),
        tuple(explained),
        pending=tuple(_cut(rest, pending_from, to_wall_ns)),
        expired=tuple(_cut(rest, from_wall_ns, min(kept_from, pending_from))),
        unexplained=tuple(_cut(rest, min(kept_from, pending_from), pending_from)),
    )


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Merged where they overlap or follow one another within a seam; by start."""
    start_ns = end_ns = None
    for span in sorted(spans, key=lambda each: each.start_wall_ns):
        if span.length_ns <= 0:
            continue
        if start_ns is None or end_ns is None:
            start_ns, end_ns = span.start_wall_ns, span.end_wall_ns
        elif span.start_wall_ns - end_ns <= SEAM_NS:
            end_ns = max(end_ns, span.end_wall_ns)
        else:
            yield Span(start_ns, end_ns)
            start_ns, end_ns = span.start_wall_ns, span.end_wall_ns
    if start_ns is not None and end_ns is not None:
        yield Span(start_ns, end_ns)


def _in_turn(gaps: Iterable[GapSpan]) -> Iterator[GapSpan]:
    """By start, each from where those before it end."""
    done_ns: int | None = None
    for gap in sorted(gaps, key=lambda each: (each.start_wall_ns, each.end_wall_ns)):
        start_ns = gap.start_wall_ns if done_ns is None else max(gap.start_wall_ns, done_ns)
        if gap.end_wall_ns > start_ns:
            yield GapSpan(start_ns, gap.end_wall_ns, gap.cause, gap.detail, gap.ongoing)
            done_ns = gap.end_wall_ns


def _without(spans: Iterable[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """What of ``spans`` (by start, apart from one another) lies in none of ``taken`` (likewise)."""
    at = 0
    for span in spans:
        start_ns = span.start_wall_ns
        while at < len(taken) and taken[at].end_wall_ns <= start_ns:
            at += 1
        look = at
        while look < len(taken) and taken[look].start_wall_ns < span.end_wall_ns:
            if taken[look].start_wall_ns > start_ns:
                yield _part(span, start_ns, taken[look].start_wall_ns)
            start_ns = max(start_ns, taken[look].end_wall_ns)
            look += 1
        if start_ns < span.end_wall_ns:
            yield _part(span, start_ns, span.end_wall_ns)


def _part(span: Span, start_ns: int, end_ns: int) -> Span:
    if isinstance(span, GapSpan):
        return GapSpan(start_ns, end_ns, span.cause, span.detail, span.ongoing and end_ns == span.end_wall_ns)
    return Span(start_ns, end_ns)


def _clipped(spans: Iterable[Span], window: Span) -> list[Span]:
    return list(_cut(spans, window.start_wall_ns, window.end_wall_ns))


def _cut(spans: Iterable[Span], from_ns: int, to_ns: int) -> Iterator[Span]:
    for span in spans:
        start_ns, end_ns = max(span.start_wall_ns, from_ns), min(span.end_wall_ns, to_ns)
        if end_ns > start_ns:
            # What goes on, goes on beyond the window too.
            yield replace(span, start_wall_ns=start_ns, end_wall_ns=end_ns)


def _merged(pieces: Iterable[Span], window: Span) -> list[GapSpan]:
    """Inside the window; neighbours of the same cause are one gap, with the words of its last part."""
    merged: list[GapSpan] = []
    for piece in _clipped(pieces, window):
        if not isinstance(piece, GapSpan):
            continue
        last = merged[-1] if merged else None
        if last is not None and last.end_wall_ns == piece.start_wall_ns and last.cause == piece.cause:
            merged[-1] = GapSpan(last.start_wall_ns, piece.end_wall_ns, last.cause, piece.detail, piece.ongoing)
        else:
            merged.append(piece)
    return merged


def apart(spans: Sequence[Span]) -> bool:
    """Whether spans are in order and don't overlap: what holds for each list of an account."""
    return all(a.end_wall_ns <= b.start_wall_ns for a, b in pairwise(spans))


@dataclass(frozen=True, slots=True)
class Tail:
    """What is known of a stream's end, now.

    Attributes:
        known_wall_ns: end of the newest file or gap on record.
        last_gap: the gap that ends there; None where that is a file.
        down: cause and words of a stream that is known to be down; None while it comes, or where nobody has said.
        enabled: whether the camera is to be pulled.
    """

    known_wall_ns: int
    last_gap: GapSpan | None
    down: tuple[str, str] | None
    enabled: bool


def open_gap(tail: Tail, now_wall_ns: int) -> GapSpan | None:
    """The gap that goes on now, of which there is no fact yet; None where what is missing may still be on its way."""
    since_ns = tail.known_wall_ns
    if now_wall_ns <= since_ns:
        return None
    if not tail.enabled:
        return GapSpan(since_ns, now_wall_ns, "planned", "disabled in the configuration", ongoing=True)
    if tail.down is not None:
        return GapSpan(since_ns, now_wall_ns, *tail.down, ongoing=True)
    if now_wall_ns - since_ns <= PENDING_NS:
        if tail.last_gap is None:
            return None
        return GapSpan(since_ns, now_wall_ns, tail.last_gap.cause, tail.last_gap.detail, ongoing=True)
    # Neither a picture nor a word for so long: whoever would have to say it does not run.
    return GapSpan(since_ns, now_wall_ns, "software", "nothing is heard of the recorder", ongoing=True)


def closing_gap(tail: Tail, over_wall_ns: int) -> GapSpan | None:
    """What is missing between the last thing known of a stream and the moment from which it was not to be recorded any more."""
    if over_wall_ns <= tail.known_wall_ns:
        return None
    return GapSpan(tail.known_wall_ns, over_wall_ns, "planned", "taken out of the configuration")

"""HLS media playlists (RFC 8216, version 7) over byte ranges of segment files; pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from nvr.clock import iso_utc
from nvr.media import TIMESCALE_HZ

_TARGET_TICKS: Final = 4 * TIMESCALE_HZ


class Span(Protocol):
    """A whole fragment of a segment file; ``nvr.recording.boxes.FragmentSpan`` is one."""

    @property
    def offset_bytes(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def duration(self) -> int:
        """Ticks of 90 kHz."""
        ...

    @property
    def wall_ns(self) -> int: ...
    @property
    def end_wall_ns(self) -> int: ...
    @property
    def starts_with_keyframe(self) -> bool: ...
    @property
    def audio_bytes(self) -> int:
        """Of its sound, which comes last; 0 without."""
        ...


@dataclass(frozen=True, slots=True)
class PlayableSegment:
    """A segment file with its fragment table. ``open``: it still grows. ``sound``: it has a second track."""

    segment_id: str
    init_bytes: int
    fragments: Sequence[Span]
    open: bool = False
    sound: bool = False


def media_playlist(
    segments: Iterable[PlayableSegment],
    *,
    from_ns: int,
    to_ns: int,
    uri: Callable[[str], str],
    ended: bool,
    sound: bool = False,
) -> str:
    """A playlist of what was recorded in ``[from_ns, to_ns)``.

    Each file begins at time 0, so files are set apart by a discontinuity; playback begins at the last key frame at or before ``from_ns``.
    Media segments are runs of fragments of up to 4 s that begin with a key frame where there is one. While ``ended`` is False the run at the
    end of an open file is left out: a player that has read it would never see it grow.

    Args:
        segments: oldest first, with the fragments that are whole.
        from_ns: UTC nanoseconds.
        to_ns: UTC nanoseconds, > from_ns.
        uri: makes a segment id into a URI; without quotes or line breaks.
        ended: the range lies in the past, nothing will be added.
        sound: offer the sound of files that have it. Without, only their pictures are: their fragments stand alone, since sound lies between them,
            and ``?init=pictures`` asks for an init segment without the second track.

    Raises:
        ValueError: a URI can't stand in a playlist.
    """
    body: list[str] = []
    longest_s = (
        _TARGET_TICKS / TIMESCALE_HZ
    )  # fixed: it may not change between two readings of a growing playlist (section 4.3.3.1)
    independent = True
    for segment in segments:
        chosen = _in_range(segment.fragments, from_ns, to_ns)
        silenced = segment.sound and not sound
        runs = [[span] for span in chosen] if silenced else _runs(chosen)
        if segment.open and not ended and runs:
            runs.pop()
        if not runs:
            continue
        address = uri(segment.segment_id)
        if not address.isprintable() or '"' in address:
            raise ValueError(f"{address!r} can't stand in a playlist")
        if body:
            body.append("#EXT-X-DISCONTINUITY")
        if silenced:
            body.append(f'#EXT-X-MAP:URI="{address}?init=pictures"')
        else:
            body.append(f'#EXT-X-MAP:URI="{address}",BYTERANGE="{segment.init_bytes}@0"')
        for run in runs:
            duration_s = sum(span.duration for span in run) / TIMESCALE_HZ
            longest_s = max(longest_s, duration_s)
            independent = independent and run[0].starts_with_keyframe
            body += (
                f"#EXT-X-PROGRAM-DATE-TIME:{iso_utc(run[0].wall_ns)}",
                f"#EXTINF:{duration_s:.6f},",
                f"#EXT-X-BYTERANGE:{sum(span.size_bytes for span in run) - (run[0].audio_bytes if silenced else 0)}@{run[0].offset_bytes}",
                address,
            )
    head = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{math.floor(longest_s + 0.5)}"]
    head += ["#EXT-X-MEDIA-SEQUENCE:0", f"#EXT-X-PLAYLIST-TYPE:{'VOD' if ended else 'EVENT'}"]
    if independent:
        head.append("#EXT-X-INDEPENDENT-SEGMENTS")
    return "\n".join((*head, *body, *(("#EXT-X-ENDLIST",) if ended else ()), ""))


def _in_range(fragments: Sequence[Span], from_ns: int, to_ns: int) -> Sequence[Span]:
    chosen = [i for i, span in enumerate(fragments) if span.wall_ns < to_ns and span.end_wall_ns > from_ns]
    if not chosen:
        return ()
    first = chosen[0]
    while first > 0 and not fragments[first].starts_with_keyframe:
        first -= 1
    return fragments[first : chosen[-1] + 1]


def _runs(fragments: Sequence[Span]) -> list[list[Span]]:
    """Cut where a key frame lets a run begin, as late as 4 s allow; without key frames at 4 s all the same."""
    runs: list[list[Span]] = []
    run: list[Span] = []
    run_ticks = 0
    group: list[Span] = []
    for index, span in enumerate(fragments):
        group.append(span)
        group_ticks = sum(s.duration for s in group)
        following = fragments[index + 1] if index + 1 < len(fragments) else None
        if (
            following is not None
            and not following.starts_with_keyframe
            and group_ticks + following.duration <= _TARGET_TICKS
        ):
            continue
        # ``group`` runs from one possible cut to the next.
        late_key = run and group[0].starts_with_keyframe and not run[0].starts_with_keyframe
        if late_key or (run and run_ticks + group_ticks > _TARGET_TICKS):
            runs.append(run)
            run, run_ticks = [], 0
        run += group
        run_ticks += group_ticks
        group = []
    if run:
        runs.append(run)
    return runs

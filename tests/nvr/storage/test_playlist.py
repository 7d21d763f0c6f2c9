"""HLS playlists: each byte of the range once, and growing files only add. tests/nvr/recording/test_hls.py plays one."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.storage.playlist import PlayableSegment, media_playlist

S = 10**9
START_NS = 1_790_000_000 * S


@dataclass(frozen=True)
class Span:
    offset_bytes: int
    size_bytes: int
    duration: int
    wall_ns: int
    starts_with_keyframe: bool
    audio_bytes: int = 0

    @property
    def end_wall_ns(self) -> int:
        return self.wall_ns + self.duration * S // 90_000


def segment(
    name: str, start_s: float, count: int, *, key_every: int = 2, fragment_s: float = 1, still_open: bool = False
) -> PlayableSegment:
    spans = [
        Span(
            offset_bytes=700 + n * 1000,
            size_bytes=1000,
            duration=round(fragment_s * 90_000),
            wall_ns=START_NS + round((start_s + n * fragment_s) * S),
            starts_with_keyframe=n % key_every == 0,
        )
        for n in range(count)
    ]
    return PlayableSegment(name, 700, spans, open=still_open)


def render(segments: list[PlayableSegment], from_s: float, to_s: float, *, ended: bool = True) -> str:
    return media_playlist(
        segments,
        from_ns=START_NS + round(from_s * S),
        to_ns=START_NS + round(to_s * S),
        uri=lambda segment_id: f"/api/segments/{segment_id}/media",
        ended=ended,
    )


def ranges(text: str) -> list[tuple[str, int, int]]:
    """URI, first byte and size of each media segment."""
    found = re.findall(r"#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)", text)
    return [(uri, int(offset), int(size)) for size, offset, uri in found]


def test_a_playlist_of_two_files_in_full() -> None:
    assert render([segment("a", 0, 6), segment("b", 6, 3)], 0, 100) == "\n".join(
        (
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            "#EXT-X-TARGETDURATION:4",
            "#EXT-X-MEDIA-SEQUENCE:0",
            "#EXT-X-PLAYLIST-TYPE:VOD",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            '#EXT-X-MAP:URI="/api/segments/a/media",BYTERANGE="700@0"',
            "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:20.000Z",
            "#EXTINF:4.000000,",
            "#EXT-X-BYTERANGE:4000@700",
            "/api/segments/a/media",
            "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:24.000Z",
            "#EXTINF:2.000000,",
            "#EXT-X-BYTERANGE:2000@4700",
            "/api/segments/a/media",
            "#EXT-X-DISCONTINUITY",
            '#EXT-X-MAP:URI="/api/segments/b/media",BYTERANGE="700@0"',
            "#EXT-X-PROGRAM-DATE-TIME:2026-09-21T14:13:26.000Z",
            "#EXTINF:3.000000,",
            "#EXT-X-BYTERANGE:3000@700",
            "/api/segments/b/media",
            "#EXT-X-ENDLIST",
            "",
        )
    )


def test_it_begins_at_the_key_frame_before_and_ends_with_the_range() -> None:
    text = render([segment("a", 0, 20, key_every=5)], 7.5, 11)
    assert ranges(text) == [("/api/segments/a/media", 5700, 4000), ("/api/segments/a/media", 9700, 1000),
                            ("/api/segments/a/media", 10700, 1000)]  # fmt: skip


def test_an_empty_range_is_an_empty_playlist() -> None:
    text = render([segment("a", 0, 5)], 50, 60)
    assert ranges(text) == []
    assert "EXT-X-MAP" not in text
    assert text.endswith("#EXT-X-ENDLIST\n")


@given(
    count=st.integers(1, 60),
    key_every=st.integers(1, 12),
    fragment_s=st.sampled_from([0.2, 0.5, 1.0]),
    from_s=st.floats(0, 30),
    length_s=st.floats(0.01, 40),
)
def test_every_fragment_of_the_range_is_there_once(
    count: int, key_every: int, fragment_s: float, from_s: float, length_s: float
) -> None:
    one = segment("a", 0, count, key_every=key_every, fragment_s=fragment_s)
    text = render([one], from_s, from_s + length_s)
    found = ranges(text)
    if not found:
        assert from_s >= count * fragment_s - 0.001
        return
    at = found[0][1]
    for _, offset_bytes, size_bytes in found:
        assert offset_bytes == at, "a fragment is missing or doubled"
        at += size_bytes
    chosen = [s for s in one.fragments if found[0][1] <= s.offset_bytes < at]
    assert chosen[0].starts_with_keyframe
    needed = [
        s
        for s in one.fragments
        if s.wall_ns < START_NS + round((from_s + length_s) * S) and s.end_wall_ns > START_NS + round(from_s * S)
    ]
    assert set(needed) <= set(chosen)
    target_s = int(re.findall(r"TARGETDURATION:(\d+)", text)[0])
    lengths = [float(value) for value in re.findall(r"#EXTINF:([\d.]+)", text)]
    assert all(round(length) <= target_s for length in lengths)
    by_offset = {s.offset_bytes: s for s in one.fragments}
    independent = all(by_offset[offset].starts_with_keyframe for _, offset, _ in found)
    assert ("INDEPENDENT-SEGMENTS" in text) == independent
    if key_every * fragment_s <= 4:
        assert independent, "a run could have begun with a key frame"


@given(final=st.integers(1, 40), key_every=st.integers(1, 12), fragment_s=st.sampled_from([0.2, 0.5, 1.0]))
def test_a_growing_file_only_ever_adds_to_its_playlist(final: int, key_every: int, fragment_s: float) -> None:
    """RFC 8216 section 6.2.1: a player that reloads must find what it has read unchanged."""
    before: list[str] = []
    for count in range(1, final + 1):
        growing = segment("a", 0, count, key_every=key_every, fragment_s=fragment_s, still_open=count < final)
        lines = render([growing], 0, 1000, ended=False).splitlines()
        body = [line for line in lines if "INDEPENDENT" not in line]
        if "#EXTINF" in "".join(before):
            assert body[: len(before)] == before
        before = body
    assert "#EXT-X-ENDLIST" not in before
    assert sum(size for *_, size in ranges("\n".join(before))) == final * 1000


@pytest.mark.parametrize("bad", ['a"b', "a\nb"])
def test_a_uri_cannot_smuggle_tags(bad: str) -> None:
    with pytest.raises(ValueError, match="can't stand"):
        media_playlist([segment("a", 0, 2)], from_ns=0, to_ns=2**62, uri=lambda _: bad, ended=True)

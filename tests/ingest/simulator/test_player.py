"""A camera's time line on simulated clocks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.simulator import SMALL_SHAPE
from ingest.simulator.clip_files import Clip
from ingest.simulator.clips import ClipKind
from ingest.simulator.player import CameraPlayer, prepare_streams
from ingest.simulator.playlist import Playlist
from ingest.simulator.truth import MovementWatch, TruthLog, read_truth
from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.media import StreamKind
from tests.ingest.simulator.rtsp_client import RtpPacket, parse_rtp

WALL_NS = 1_790_000_000 * NS_PER_S
START_NS = 5 * NS_PER_S


class Listener:
    """A viewer that keeps the first packet of every frame, and when it came."""

    def __init__(self) -> None:
        self.started = False
        self.now_ns = 0
        self.frames: list[tuple[int, RtpPacket, int]] = []
        self.reports: list[bytes] = []

    def send_frame(self, data: bytearray, offsets: tuple[int, ...]) -> None:
        end = offsets[1] if len(offsets) > 1 else len(data)
        self.frames.append((self.now_ns, parse_rtp(bytes(data[4:end])), len(offsets)))

    def send_report(self, data: bytes) -> None:
        self.reports.append(data)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[TruthLog]:
    with TruthLog(tmp_path / "truth") as opened:
        yield opened


@pytest.fixture
def player(clips: dict[ClipKind, Clip], log: TruthLog) -> CameraPlayer:
    """A camera on simulated clocks."""
    return CameraPlayer(
        "cam01",
        clips=clips,
        streams=prepare_streams(clips, SMALL_SHAPE.gop_s),
        gop_s=SMALL_SHAPE.gop_s,
        playlist=Playlist(
            quiet_gops=SMALL_SHAPE.quiet_gops,
            event_gops=SMALL_SHAPE.event_gops,
            gop_s=SMALL_SHAPE.gop_s,
            events_per_hour=0,
            seed=1,
        ),
        watch=MovementWatch("cam01", log),
        start_ns=START_NS,
        seed="1",
    )


def run(player: CameraPlayer, listeners: list[Listener], until_ns: int) -> None:
    """Call the player exactly when it asks to be called."""
    while player.due_ns <= until_ns:
        now_ns = player.due_ns
        for listener in listeners:
            listener.now_ns = now_ns
        player.play(now_ns, now_ns, WALL_NS + now_ns)


def test_every_frame_leaves_when_it_is_due(player: CameraPlayer) -> None:
    listeners = {stream: Listener() for stream in StreamKind}
    for stream, listener in listeners.items():
        player.feeds[stream].viewers.append(listener)
    run(player, list(listeners.values()), START_NS + 5 * NS_PER_S - 1)
    for stream, listener in listeners.items():
        fps = SMALL_SHAPE.stream(stream).fps
        assert [at for at, _, _ in listener.frames] == [START_NS + i * NS_PER_S // fps for i in range(5 * fps)]
        first = listener.frames[0][1].timestamp
        stamps = [(packet.timestamp - first) & 0xFFFF_FFFF for _, packet, _ in listener.frames]
        assert stamps == [i * 90_000 // fps for i in range(5 * fps)]
        assert len(listener.reports) == 1, "a report each five seconds"
    run(player, list(listeners.values()), START_NS + 5 * NS_PER_S)
    assert all(len(listener.reports) == 2 for listener in listeners.values())


def test_who_comes_in_mid_gop_waits_for_the_announced_key_frame(player: CameraPlayer) -> None:
    run(player, [], START_NS + 1300 * NS_PER_MS)
    late = Listener()
    sequence, timestamp = player.next_keyframe(StreamKind.MAIN)
    player.feeds[StreamKind.MAIN].viewers.append(late)
    run(player, [late], START_NS + 2 * NS_PER_S)
    ((at_ns, packet, _),) = late.frames
    assert at_ns == START_NS + 2 * NS_PER_S
    assert (packet.sequence, packet.timestamp) == (sequence, timestamp)


def test_numbers_pass_the_end_of_their_range(player: CameraPlayer) -> None:
    listener = Listener()
    feed = player.feeds[StreamKind.MAIN]
    feed.gop_timestamp = 2**32 - 90_000
    feed._sequence = 2**16 - 3
    feed.viewers.append(listener)
    run(player, [listener], START_NS + 3 * NS_PER_S)
    frames = listener.frames
    for (_, packet, count), (_, following, _) in pairwise(frames):
        assert (following.sequence - packet.sequence) & 0xFFFF == count
        assert (following.timestamp - packet.timestamp) & 0xFFFF_FFFF == 9_000


def test_after_a_stall_the_stamps_jump_with_the_clock_and_nothing_is_sent_in_a_heap(player: CameraPlayer) -> None:
    listener = Listener()
    player.feeds[StreamKind.MAIN].viewers.append(listener)
    run(player, [listener], START_NS + 1 * NS_PER_S - 1)
    before = len(listener.frames)
    last = listener.frames[-1][1]
    woken_ns = START_NS + 61 * NS_PER_S + 500 * NS_PER_MS
    listener.now_ns = woken_ns
    player.play(woken_ns, woken_ns, WALL_NS + woken_ns)
    caught_up = listener.frames[before:]
    assert len(caught_up) <= 3 * SMALL_SHAPE.main.fps
    first = caught_up[0][1]
    assert (first.sequence - last.sequence) & 0xFFFF == listener.frames[before - 1][2], (
        "skipped frames are not lost packets"
    )
    run(player, [listener], woken_ns + NS_PER_S)
    at_ns, newest, _ = listener.frames[-1]
    elapsed_ticks = (newest.timestamp - listener.frames[0][1].timestamp) & 0xFFFF_FFFF
    assert elapsed_ticks / 90_000 == pytest.approx((at_ns - START_NS) / NS_PER_S, abs=0.11)


def test_the_truth_log_tells_when_each_movement_was_sent(
    player: CameraPlayer, clips: dict[ClipKind, Clip], tmp_path: Path
) -> None:
    player.playlist.request_event()
    run(player, [], START_NS + SMALL_SHAPE.duration_s(ClipKind.EVENT) * NS_PER_S)
    lines = read_truth(tmp_path / "truth")
    tracks = clips[ClipKind.EVENT].truth.tracks
    assert len(lines) == 2 * len(tracks)
    for track in tracks:
        started, ended = (line for line in lines if line.track_id == track.track_id)
        assert (started.phase, ended.phase) == ("started", "ended")
        assert started.movement_id == ended.movement_id
        assert ended.clip_wall_ns == WALL_NS + START_NS
        main = [i * NS_PER_S // SMALL_SHAPE.main.fps for i in range(999) if track.start_s <= i / 10 < track.end_s]
        sub = [i * NS_PER_S // SMALL_SHAPE.sub.fps for i in range(999) if track.start_s <= i / 5 < track.end_s]
        base_ns = WALL_NS + START_NS
        assert (ended.first_wall_ns, ended.last_wall_ns) == (base_ns + main[0], base_ns + main[-1])
        assert (ended.sub_first_wall_ns, ended.sub_last_wall_ns) == (base_ns + sub[0], base_ns + sub[-1])
        assert started.first_wall_ns == ended.first_wall_ns
        assert not ended.cut

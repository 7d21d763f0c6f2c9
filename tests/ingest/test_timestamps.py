"""Times are ordered whatever a camera or a clock does, and are right when both behave (docs/design/time.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode_order import DecodeOrder
from ingest.timestamps import FAST_SLEW_PPM, SLEW_PPM, Stamp, Timeline
from nvr.clock import NS_PER_MS, NS_PER_S, SimulatedClock
from tests.ingest.rtp_packets import encoded_clip

FRAME_TICKS = 3600
FRAME_S = 0.04


@dataclass
class _Bench:
    timeline: Timeline = field(default_factory=Timeline)
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    stamps: list[Stamp] = field(default_factory=list)
    reorder_frames: int | None = 0

    def picture(self, rtp_timestamp: int, *, key: bool = False, delay_s: float = 0.0) -> Stamp | None:
        stamp = self.timeline.stamp(
            rtp_timestamp % 2**32,
            is_keyframe=key,
            wall_ns=self.clock.wall_ns() + round(delay_s * NS_PER_S),
            monotonic_ns=self.clock.monotonic_ns() + round(delay_s * NS_PER_S),
            reorder_frames=self.reorder_frames,
        )
        if stamp is not None:
            self.stamps.append(stamp)
        return stamp

    def run(self, frames: int, *, first_ticks: int = 0, gop: int = 10, rate: float = 1.0) -> int:
        """Pictures at 25 frames/s, by a camera whose clock runs at ``rate``; returns the next timestamp."""
        for index in range(frames):
            self.picture(first_ticks + round(index * FRAME_TICKS * rate), key=index % gop == 0)
            self.clock.advance(seconds=FRAME_S)
        return first_ticks + round(frames * FRAME_TICKS * rate)


def _epochs(stamps: Iterable[Stamp]) -> dict[int, list[Stamp]]:
    out: dict[int, list[Stamp]] = {}
    for stamp in stamps:
        out.setdefault(stamp.epoch_ns, []).append(stamp)
    return out


def test_the_32_bit_wrap_is_not_seen() -> None:
    bench = _Bench()
    bench.run(100, first_ticks=2**32 - 50 * FRAME_TICKS)
    assert [stamp.pts for stamp in bench.stamps] == [index * FRAME_TICKS for index in range(100)]
    assert bench.timeline.epochs == 1
    assert bench.timeline.jumps == 0


def test_nothing_comes_before_the_first_key_frame() -> None:
    bench = _Bench()
    assert bench.picture(0) is None
    first = bench.picture(FRAME_TICKS, key=True)
    assert first == Stamp(bench.clock.wall_ns(), 0, 0, bench.clock.wall_ns())


def test_jitter_does_not_move_pictures() -> None:
    bench = _Bench()
    for index in range(500):
        bench.picture(index * FRAME_TICKS, key=index % 50 == 0, delay_s=(index * 7919 % 100) / 1000)
        bench.clock.advance(seconds=FRAME_S)
    spacings = [later.wall_ns - earlier.wall_ns for earlier, later in pairwise(bench.stamps)]
    assert max(abs(spacing - 40 * NS_PER_MS) for spacing in spacings) <= 40 * NS_PER_MS * SLEW_PPM // 1_000_000 + 1


@pytest.mark.parametrize("ppm", [-400, 400])
def test_a_drifting_camera_is_followed(ppm: int) -> None:
    bench = _Bench()
    bench.run(25 * 600, gop=50, rate=1 + ppm / 1_000_000)
    # 400 ppm over 10 minutes would be 240 ms away.
    arrived_ns = bench.clock.wall_ns() - 40 * NS_PER_MS
    assert abs(bench.stamps[-1].wall_ns - arrived_ns) < 30 * NS_PER_MS
    assert bench.timeline.epochs == 1


@pytest.mark.parametrize("rate", [0.97, 1.03])
def test_a_camera_whose_clock_is_not_90_khz_is_followed_in_one_epoch(rate: float) -> None:
    bench = _Bench()
    bench.run(25 * 120, gop=50, rate=rate)
    # Without following, 3.6 s; the least delay is known up to 20 s late, which at 3 % is 0.6 s.
    assert abs(bench.stamps[-1].wall_ns - bench.clock.wall_ns()) < NS_PER_S
    assert bench.timeline.epochs == 1


def test_a_burst_at_the_start_is_soon_forgotten() -> None:
    bench = _Bench()
    # A server hands out two seconds of its cache at once: the first picture is two seconds old.
    for index in range(50):
        bench.picture(index * FRAME_TICKS, key=index == 0)
    bench.run(25 * 60, first_ticks=50 * FRAME_TICKS, gop=50)
    assert bench.timeline.epochs == 1
    assert abs(bench.stamps[-1].wall_ns - bench.clock.wall_ns()) < 300 * NS_PER_MS


@pytest.mark.parametrize("jump_ticks", [-90_000 * 60, -100_000, 90_000 * 3600, 2**31 - 1])
def test_a_jump_of_the_cameras_clock_begins_an_epoch_at_the_next_key_frame_and_costs_no_picture(
    jump_ticks: int,
) -> None:
    bench = _Bench()
    following = bench.run(25)
    bench.run(25, first_ticks=following + jump_ticks, gop=10)
    assert len(bench.stamps) == 50
    assert bench.timeline.jumps == 1
    assert [len(stamps) for stamps in _epochs(bench.stamps).values()] == [25, 25]
    walls = [stamp.wall_ns for stamp in bench.stamps]
    assert max(abs(later - earlier - 40 * NS_PER_MS) for earlier, later in pairwise(walls)) < NS_PER_MS


def test_a_jump_inside_a_gop_waits_for_the_key_frame() -> None:
    bench = _Bench()
    bench.run(13)
    for index in range(13, 25):
        bench.picture(index * FRAME_TICKS + 10**8, key=index % 10 == 0)
        bench.clock.advance(seconds=FRAME_S)
    assert [len(stamps) for stamps in _epochs(bench.stamps).values()] == [20, 5]


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 1.0, -1.0])
def test_a_step_of_the_servers_clock_begins_an_epoch(step_s: float) -> None:
    bench = _Bench()
    following = bench.run(20)
    bench.clock.step_wall(seconds=step_s)
    bench.run(20, first_ticks=following)
    epochs = list(_epochs(bench.stamps).values())
    assert [len(stamps) for stamps in epochs] == [20, 20]
    assert bench.timeline.clock_steps == 1
    if abs(step_s) > 5 or step_s > 0:
        assert abs(epochs[1][-1].wall_ns - (bench.clock.wall_ns() - 40 * NS_PER_MS)) < 10 * NS_PER_MS
    else:
        # A small step back would overlap: the epoch begins where the last one ended, and the lead is slewed off.
        assert epochs[1][0].wall_ns > epochs[0][-1].wall_ns


def test_ntp_slewing_is_no_step() -> None:
    bench = _Bench()
    for index in range(2000):
        bench.picture(index * FRAME_TICKS, key=index % 50 == 0)
        bench.clock.advance(seconds=FRAME_S)
        bench.clock.step_wall(seconds=FRAME_S * 400e-6)
    assert (bench.timeline.epochs, bench.timeline.clock_steps) == (1, 0)


def test_a_new_connection_begins_an_epoch_that_overlaps_nothing() -> None:
    bench = _Bench()
    # Two seconds of cache at once, then the link breaks: the first epoch runs ahead of the clock.
    for index in range(50):
        bench.picture(index * FRAME_TICKS, key=index == 0)
    bench.timeline.restart()
    bench.clock.advance(seconds=0.5)
    again = bench.picture(12345, key=True)
    assert again is not None
    assert again.pts == 0
    assert again.wall_ns > bench.stamps[-2].wall_ns


def test_the_same_timestamp_twice_still_gives_increasing_times() -> None:
    bench = _Bench()
    for ticks in (0, 3600, 3600, 7200):
        bench.picture(ticks, key=ticks == 0)
        bench.clock.advance(seconds=FRAME_S)
    dts = [stamp.dts for stamp in bench.stamps]
    assert len(dts) == 4
    assert all(later > earlier for earlier, later in pairwise(dts))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**32 - 1),
            st.booleans(),
            st.floats(0, 20),
            st.sampled_from([0.0, 0.0, 0.0, -7200.0, 1.5, -1.5]),
        ),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from([None, 0, 1, 2]),
)
def test_order_holds_for_any_timestamps_and_any_clock(
    pictures: list[tuple[int, bool, float, float]], reorder_frames: int | None
) -> None:
    bench = _Bench(reorder_frames=reorder_frames)
    for ticks, key, seconds, step_s in pictures:
        bench.picture(ticks, key=key)
        bench.clock.advance(seconds=seconds)
        bench.clock.step_wall(seconds=step_s)
    for stamps in _epochs(bench.stamps).values():
        assert stamps[0].dts == 0
        assert all(later.dts > earlier.dts for earlier, later in pairwise(stamps))
        assert all(0 <= stamp.dts <= stamp.pts for stamp in stamps)


@given(st.lists(st.tuples(st.integers(1, 20_000), st.floats(0, 0.5)), min_size=2, max_size=200))
def test_wall_time_follows_rtp_time_within_the_slew(pictures: list[tuple[int, float]]) -> None:
    bench = _Bench()
    ticks = 0
    for index, (delta, delay_s) in enumerate(pictures):
        bench.picture(ticks, key=index == 0, delay_s=delay_s)
        ticks += delta
        bench.clock.advance(seconds=delta / 90_000)
    for earlier, later in pairwise(bench.stamps):
        exact_ns = (later.pts - earlier.pts) * NS_PER_S / 90_000
        assert abs(later.wall_ns - earlier.wall_ns - exact_ns) <= exact_ns * FAST_SLEW_PPM / 1_000_000 + 2


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("b_frames", [1, 2, 3])
def test_pictures_out_of_order_get_decode_times(b_frames: int, declared: bool) -> None:
    """Without a declaration the first GOP teaches the depth."""
    clip = encoded_clip("libx264", 128, 96, frames=60, b_frames=b_frames, gop=12)
    bench = _Bench(reorder_frames=1 if declared else None)
    for index, ticks in enumerate(clip.pts):
        bench.picture(ticks, key=any(nal[0] & 31 == 5 for nal in clip.pictures[index]))
        bench.clock.advance(seconds=FRAME_S)
    dropped = len(clip.pts) - len(bench.stamps)
    assert dropped == 0 if declared else 0 < dropped <= 12
    last = list(_epochs(bench.stamps).values())[-1]
    assert len(last) >= 12
    assert all(stamp.dts <= stamp.pts for stamp in last)
    assert all(later.dts > earlier.dts for earlier, later in pairwise(last))
    # Presentation order is untouched: the distances are the encoder's.
    assert [stamp.pts - last[0].pts for stamp in last] == [pts - clip.pts[-len(last)] for pts in clip.pts[-len(last) :]]


def test_a_depth_of_nothing_means_that_both_times_are_the_same() -> None:
    order = DecodeOrder()
    assert order.begin_epoch(0) == 0
    assert [order.dts(pts) for pts in (0, 3600, 7200)] == [0, 3600, 7200]
    assert order.dts(3600) is None

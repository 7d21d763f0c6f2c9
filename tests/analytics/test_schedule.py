"""What is decoded and what is given up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analytics.schedule import BurstBudget, Schedule, newest_first_to_live
from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec

S = 1_000_000_000
PARAMETERS = CodecParameters(VideoCodec.H264, b"", 640, 360)


def packet(camera: str, index: int, *, gop: int = 10, fps: int = 10, stream: StreamKind = StreamKind.SUB) -> Packet:
    return Packet(
        camera_id=camera,
        stream=stream,
        epoch_ns=0,
        seq=index,
        pts=index * 90_000 // fps,
        dts=index * 90_000 // fps,
        is_keyframe=index % gop == 0,
        wall_ns=index * S // fps,
        parameters=PARAMETERS,
        data=b"x",
    )


def test_a_late_camera_jumps_to_its_newest_key_frame() -> None:
    """Only the late one; its order and the other's are kept; what was given up is counted."""
    late, live = [packet("late", i) for i in range(35)], [packet("live", i) for i in range(5)]
    backlog = newest_first_to_live([*late[:20], *live, *late[20:]], 1.0)
    assert [p.seq for p in backlog.packets if p.camera_id == "late"] == [30, 31, 32, 33, 34]
    assert [p.seq for p in backlog.packets if p.camera_id == "live"] == [0, 1, 2, 3, 4]
    assert backlog.dropped == {"late": 30}


def test_without_a_newer_key_frame_nothing_is_given_up() -> None:
    """Dropping would only make the picture wait longer."""
    packets = [packet("a", i, gop=100) for i in range(50)]
    assert newest_first_to_live(packets, 1.0).packets == packets


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 40)), max_size=12), st.integers(1, 20))
def test_what_is_kept_can_be_decoded(runs: list[tuple[str, int]], gop: int) -> None:
    """Nothing is lost uncounted, and a camera of which something was dropped goes on with a key frame, without a hole."""
    counts: dict[str, int] = {}
    packets: list[Packet] = []
    for camera, length in runs:
        start = counts.get(camera, 0)
        packets += [packet(camera, i, gop=gop) for i in range(start, start + length)]
        counts[camera] = start + length
    backlog = newest_first_to_live(packets, 1.0)
    assert len(backlog.packets) + sum(backlog.dropped.values()) == len(packets)
    for camera, total in counts.items():
        kept = [p for p in backlog.packets if p.camera_id == camera]
        assert [p.seq for p in kept] == list(range(total - len(kept), total))
        if camera in backlog.dropped:
            assert kept[0].is_keyframe


def test_sub_streams_are_decoded_whole() -> None:
    """Every packet, suspicious or not."""
    schedule = Schedule(StreamKind.SUB)
    assert all(schedule.wanted(packet("a", i), suspicious=False) for i in range(30))


def test_of_a_main_stream_only_key_frames() -> None:
    """Nothing suspicious: one frame in fifty."""
    schedule = Schedule(StreamKind.MAIN)
    wanted = [i for i in range(200) if schedule.wanted(packet("a", i, gop=50, fps=25), suspicious=False)]
    assert wanted == [0, 50, 100, 150]


def test_a_suspicious_key_frame_opens_its_group() -> None:
    """The frames after it, without a hole, until the suspicion is over; then not before the next key frame."""
    schedule = Schedule(StreamKind.MAIN)
    wanted = [
        i for i in range(150) if schedule.wanted(packet("a", i, gop=50, fps=25), suspicious=i in {*range(51, 70), 80})
    ]
    assert wanted == [0, *range(50, 70), 100]


def test_bursts_are_bounded() -> None:
    """A camera that is always suspicious costs its saved seconds and then its share, not the whole stream."""
    schedule = Schedule(StreamKind.MAIN, BurstBudget(share=0.25, saved_s=4.0))
    total = 25 * 60
    decoded = sum(schedule.wanted(packet("a", i, gop=50, fps=25), suspicious=True) for i in range(total))
    assert decoded <= 25 * 4 + total * 0.25 + total / 50 + 2
    assert decoded >= total * 0.2


def test_a_short_budget_leaves_out_the_ends_of_groups() -> None:
    """Half of each group, from its key frame on; what is left out is counted; suspicion goes before the share; a whole share takes all again."""
    schedule = Schedule(StreamKind.SUB)
    schedule.head = 0.5
    wanted = [i for i in range(60) if schedule.wanted(packet("a", i, gop=20), suspicious=False)]
    assert wanted == [0, *range(20, 30), *range(40, 50)]  # the first group's length is not known yet
    assert schedule.thinned == 39
    assert all(schedule.wanted(packet("a", i, gop=20), suspicious=True) for i in range(60, 80))
    schedule.head = 1.0
    assert all(schedule.wanted(packet("a", i, gop=20), suspicious=False) for i in range(80, 100))
    assert schedule.thinned == 39


def test_a_main_stream_is_given_the_heads_of_its_groups() -> None:
    """Beyond key frames, as far as the budget goes; what it is not given is not counted as left out."""
    schedule = Schedule(StreamKind.MAIN)
    schedule.head = 0.2
    wanted = [i for i in range(150) if schedule.wanted(packet("a", i, gop=50, fps=25), suspicious=False)]
    assert wanted == [0, *range(50, 60), *range(100, 110)]
    assert schedule.thinned == 0

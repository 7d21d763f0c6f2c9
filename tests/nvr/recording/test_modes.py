"""Recording only what moves, or what a schedule says: what is kept of before and after, and that every second is accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config, Node
from nvr.config.loader import parse_config
from nvr.errors import ConfigError, GapCause
from nvr.media import AudioPacket, CodecParameters, Packet, StreamKind, VideoCodec
from nvr.observations import Fact, GapClosed, SegmentClosed, WorkerStatus
from nvr.proof.account import GapSpan, Span, account
from nvr.recording.modes import (
    MAX_WAITING_BYTES,
    MAX_WAITING_NS,
    PACKET_BYTES,
    STALE_NS,
    Gate,
    Modes,
    MotionBoard,
    watched,
)
from nvr.recording.recorder import Recorder

Clip = tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
Packets = Callable[..., Iterator[Packet]]
S = NS_PER_S
MAIN = StreamKind.MAIN
NOTHING = CodecParameters(VideoCodec.H264, b"", 0, 0)


def config(recording: str, *, schedules: str = "") -> Config:
    return parse_config(
        f"version: 1\n{schedules}\ncameras:\n"
        f'  - {{id: cam01, number: 1, name: Uno, main: {{url: "rtsp://127.0.0.1/1"}}, recording: {{{recording}}}}}\n',
        "cameras.yaml",
    )


def packet(second: float, *, key: bool, size: int = 10) -> Packet:
    wall_ns = round(second * S)
    return Packet("cam01", MAIN, 0, 0, 0, 0, key, wall_ns, NOTHING, b"x" * size)


@given(
    wishes=st.lists(st.booleans(), min_size=1, max_size=120),
    gop=st.integers(1, 7),
    pre=st.integers(10, 25),
    post=st.integers(5, 20),
)
def test_what_a_gate_lets_through(wishes: list[bool], gop: int, pre: int, post: int) -> None:
    """One packet a second: all that was wished for, what came within ``pre`` before it as far as there was a key frame, all within ``post`` after
    it; in order, nothing twice, and what comes after a hole begins with a key frame."""
    gate = Gate(pre * S, post * S)
    passed: list[int] = []
    for second, wish in enumerate(wishes):
        one = packet(second, key=second % gop == 0)
        passed += [each.wall_ns // S for each in gate.push(one, wanted=wish, now_ns=second * S)]
    assert passed == sorted(set(passed))
    for second, wish in enumerate(wishes):
        if wish:
            assert set(range(max(0, second - pre), second + 1)) <= set(passed)
            assert set(range(second, min(len(wishes), second + post + 1))) <= set(passed)
    for before, after in zip([-10, *passed], passed, strict=False):
        if after != before + 1:
            assert after % gop == 0, "it can't be played from here"
    if True in wishes:
        first = wishes.index(True)
        assert passed[0] >= first - pre - 2 * gop, "it kept more in memory than it should"


def test_what_waits_is_bounded_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nvr.recording.modes.MAX_WAITING_BYTES", 3 * (300 + PACKET_BYTES) + PACKET_BYTES + 100)
    gate = Gate(20 * S, 5 * S)
    for second in range(15):
        gate.push(packet(second, key=True, size=300), wanted=False, now_ns=second * S)
    assert [each.wall_ns // S for each in gate.push(packet(15, key=True), wanted=True, now_ns=15 * S)] == [
        12,
        13,
        14,
        15,
    ]


@pytest.mark.parametrize(("size", "each_s"), [(2**20, 0.01), (10, 1), (0, 1e-6)])
def test_what_waits_is_bounded_without_key_frames_too(size: int, each_s: float) -> None:
    """One key frame, and then none: what can't wait any more is recorded, up to the next one; tiny packets count as what they cost."""
    gate = Gate(10 * S, 5 * S)
    waiting, number = 0, 0
    while not gate.open:
        one = packet(number * each_s, key=number == 0, size=size)
        passed = gate.push(one, wanted=False, now_ns=one.wall_ns)
        waiting, number = waiting + size + PACKET_BYTES, number + 1
        assert waiting <= MAX_WAITING_BYTES + size + PACKET_BYTES
        assert one.wall_ns <= MAX_WAITING_NS + S
    assert len(passed) == number, "and nothing of it is lost"
    more = packet(number * each_s, key=False, size=size)
    assert gate.push(more, wanted=False, now_ns=more.wall_ns) == [more]
    key = packet(number * each_s + 1, key=True)
    assert gate.push(key, wanted=False, now_ns=key.wall_ns) == []
    assert not gate.open


def test_what_is_not_to_be_recorded_is_not_because_it_can_not_wait() -> None:
    """Outside of its hours a camera is not recorded, whatever it sends: what waits is dropped, and what follows waits for a key frame."""
    gate = Gate(10 * S, 5 * S)
    for second in range(100):
        one = packet(second, key=second == 0, size=2**20)
        assert gate.push(one, wanted=False, now_ns=second * S, allowed=False) == []
    key = packet(100, key=True)
    assert gate.push(key, wanted=False, now_ns=100 * S, allowed=False) == []
    assert gate.push(packet(101, key=False), wanted=True, now_ns=101 * S)[0] is key


@pytest.mark.parametrize(
    ("recording", "opens"), [("mode: motion", True), ("mode: schedule, schedule: n, outside: nothing", False)]
)
def test_a_camera_without_key_frames_is_recorded_where_it_may_be(
    recording: str, opens: bool, caplog: pytest.LogCaptureFixture
) -> None:
    front = Front()
    clock = SimulatedClock()  # 13:33 UTC, 08:33 in Lima
    mode = config(recording, schedules='schedules: {n: [{from: "22:00", to: "23:00"}]}')
    modes = Modes(mode, front, lambda _camera_id: False, clock)
    for second in range(100):
        modes.write(packet(second, key=second == 0))
        clock.advance(seconds=1)
    assert len(front.written) == (100 if opens else 0)
    assert ("too few key frames" in caplog.text) is opens
    assert [cause for cause, _ in front.told] == ["planned"]


class Front:
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.written: list[Packet | AudioPacket] = []
        self.told: list[tuple[str, str]] = []

    def write(self, packet: Packet) -> None:
        self.written.append(packet)

    def write_audio(self, packet: AudioPacket) -> None:
        self.written.append(packet)

    def interrupted(self, camera_id: str, stream: StreamKind, cause: GapCause, detail: str = "") -> None:
        self.told.append((cause, detail))

    def withdraw(self, camera_id: str, stream: StreamKind, detail: str) -> None:
        self.told.append(("planned", detail))


@pytest.mark.parametrize(
    ("said_s", "moving", "kept"),
    [
        pytest.param(21, True, True, id="he is seen when he has cut the cable"),
        pytest.param(19.9, True, True, id="as the last packet came, before anybody asked again"),
        pytest.param(None, False, False, id="nothing moved"),
    ],
)
def test_who_comes_into_view_and_cuts_the_cable_is_recorded(said_s: float | None, moving: bool, kept: bool) -> None:
    """The word that something moves needs longer than that; when the session is given up, 4 s later, it may even be over again."""
    front, clock = Front(), SimulatedClock()
    board = MotionBoard(clock)
    modes = Modes(config("mode: motion"), front, board.moves, clock, moved_since=board.moved_since)

    def until(second: float) -> None:
        clock.advance(seconds=second - (clock.monotonic_ns() - begin_ns) / S)

    begin_ns = clock.monotonic_ns()
    board.hear(status())
    for second in range(20):
        until(second)
        board.hear(status())
        modes.write(packet(second, key=True))
    until(19.85)
    modes.write(packet(19.85, key=False))
    if said_s is not None:
        until(said_s)
        board.hear(status(moving=moving))
    until(23.5)
    board.hear(status())
    modes.interrupted("cam01", MAIN, "link", "stalled")
    assert bool(front.written) is kept
    if kept:
        assert front.written[0].wall_ns <= 10 * S
        assert front.written[-1].wall_ns == round(19.85 * S)
    assert [cause for cause, _ in front.told] == ["planned", "link"]
    modes.write(packet(30, key=True))
    assert [cause for cause, _ in front.told] == ["planned", "link", "planned"]


def test_what_a_schedule_leaves_out_is_left_out_whatever_moved() -> None:
    front, clock = Front(), SimulatedClock()
    mode = config(
        "mode: schedule, schedule: n, outside: nothing", schedules='schedules: {n: [{from: "22:00", to: "23:00"}]}'
    )
    modes = Modes(mode, front, lambda _: True, clock, moved_since=lambda *_: True)
    modes.write(packet(0, key=True))
    modes.interrupted("cam01", MAIN, "link", "stalled")
    assert front.written == []


def test_a_camera_with_few_key_frames_does_not_flood_the_recorder(tmp_path: Path, packets: Packets, clip: Clip) -> None:
    """A key frame in 50 s: what goes to disk at once is never more than may wait there, and nothing is lost of what moves."""
    begin_ns = SimulatedClock().wall_ns()
    feed = (
        replace(one, is_keyframe=number % 1250 == 0)
        for number, one in enumerate(packets(clip, "cam01", seconds=48, start_wall_ns=begin_ns))
    )
    made = Played(tmp_path, config("mode: motion, pre_s: 10, post_s: 5"), feed, lambda s: s >= 45)
    ((first, last),) = made.recorded()
    assert first <= 0.1
    assert last >= 47.9
    assert made.dropped == 0


def status(moving: float = 0, observations: float = 0, calibrating: float = 0) -> WorkerStatus:
    said = {"moving": moving, "observations": observations, "calibrating": calibrating}
    return WorkerStatus(
        worker="analytics-0", pid=1, wall_ns=1, cpu_s=0, rss_bytes=0, counters={}, cameras={"cam01/sub": said}
    )


def test_who_can_not_say_lets_everything_be_recorded() -> None:
    clock = SimulatedClock()
    board = MotionBoard(clock)
    assert board.moves("cam01"), "nobody has said anything yet"
    board.hear(status())
    assert not board.moves("cam01")
    board.hear(status(moving=1))
    assert board.moves("cam01")
    board.hear(status(observations=1))
    assert board.moves("cam01"), "one began and ended since the last word"
    board.hear(status(observations=1))
    assert not board.moves("cam01")
    board.hear(status(observations=1, calibrating=1))
    assert board.moves("cam01")
    board.hear(status(observations=1))
    clock.advance(seconds=STALE_NS / S + 1)
    assert board.moves("cam01"), "the analytics worker is dead, or the bus is"


class Played:
    """A camera of which some seconds move, played into a recorder of a mode."""

    def __init__(self, folder: Path, mode: Config, packets: Iterator[Packet], moves: Callable[[float], bool]) -> None:
        self.facts: list[Fact] = []
        clock = SimulatedClock()
        self.begin_ns = clock.wall_ns()
        recorder = Recorder(folder, Node(segment_s=5, reserve_mb=16), self.facts.append, clock)
        at_s = 0.0
        modes = Modes(mode, recorder, lambda _camera_id: moves(at_s), clock)
        recorder.expect("cam01", MAIN)
        for number, one in enumerate(packets):
            at_s = number / 25
            modes.write(one)
            clock.advance(seconds=1 / 25)
            if number % 25 == 0:
                recorder.drain(30)
        recorder.drain(30)
        self.end_ns = clock.wall_ns()
        recorder.interrupted("cam01", MAIN, "link", "the test is over")
        recorder.drain(30)
        self.dropped = recorder.stats()["cam01/main"]["dropped"]
        recorder.close()
        recorded = [Span(f.start_wall_ns, f.end_wall_ns) for f in self.facts if isinstance(f, SegmentClosed)]
        self.gaps = [f for f in self.facts if isinstance(f, GapClosed)]
        spans = [GapSpan(f.start_wall_ns, f.end_wall_ns, f.cause, f.detail) for f in self.gaps]
        self.account = account(self.begin_ns, self.end_ns, recorded=recorded, gaps=spans)

    def recorded(self) -> list[tuple[float, float]]:
        return [
            ((span.start_wall_ns - self.begin_ns) / S, (span.end_wall_ns - self.begin_ns) / S)
            for span in self.account.recorded
        ]


def test_only_what_moves_with_ten_seconds_before_and_five_after(tmp_path: Path, packets: Packets, clip: Clip) -> None:
    begin_ns = SimulatedClock().wall_ns()
    feed = packets(clip, "cam01", seconds=120, start_wall_ns=begin_ns)
    made = Played(tmp_path, config("mode: motion, pre_s: 10, post_s: 5"), feed, lambda s: 40 <= s < 42 or 90 <= s < 91)
    (first, second) = made.recorded()
    assert 28 <= first[0] <= 30
    assert 47 <= first[1] <= 48.1
    assert 78 <= second[0] <= 80
    assert 96 <= second[1] <= 97.1
    assert made.account.unexplained_ns == 0
    assert made.account.recorded_ns + made.account.gap_ns == made.account.due_ns
    planned = [gap for gap in made.account.gaps if gap.cause == "planned"]
    assert {gap.detail for gap in planned} == {"recording mode: nothing moves"}
    assert made.account.by_cause_ns()["planned"] > 75 * S


def test_a_schedule_records_all_of_its_hours_and_says_what_it_left_out(
    tmp_path: Path, packets: Packets, clip: Clip
) -> None:
    begin_ns = SimulatedClock().wall_ns()  # 13:33:20 UTC: the schedule begins 40 s later, in a place on UTC
    minute = begin_ns // (60 * S) + 1
    start = f"{minute // 60 % 24:02d}:{minute % 60:02d}"
    end = f"{(minute + 1) // 60 % 24:02d}:{(minute + 1) % 60:02d}"
    mode = config(
        "mode: schedule, schedule: turno",
        schedules=f'timezone: UTC\nschedules: {{turno: [{{from: "{start}", to: "{end}"}}]}}',
    )
    feed = packets(clip, "cam01", seconds=130, start_wall_ns=begin_ns)
    made = Played(tmp_path, mode, feed, lambda _s: pytest.fail("movement does not matter"))
    waiting_s = (minute * 60 * S - begin_ns) / S
    ((first, last),) = made.recorded()
    assert waiting_s - 13 <= first <= waiting_s, "pre-roll"
    assert waiting_s + 60 <= last <= min(130, waiting_s + 60 + 31.5)
    assert made.account.unexplained_ns == 0
    assert "recording mode: outside turno" in {gap.detail for gap in made.gaps}


def test_a_link_that_breaks_while_nothing_is_wanted_is_told_as_that(
    tmp_path: Path, packets: Packets, clip: Clip
) -> None:
    facts: list[Fact] = []
    clock = SimulatedClock()
    begin_ns = clock.wall_ns()
    recorder = Recorder(tmp_path, Node(segment_s=5, reserve_mb=16), facts.append, clock)
    modes = Modes(config("mode: motion"), recorder, lambda _camera_id: False, clock)
    recorder.expect("cam01", MAIN)

    def play(seconds: int, start_ns: int) -> None:
        for one in packets(clip, "cam01", seconds=seconds, start_wall_ns=start_ns):
            modes.write(one)
            recorder.drain(30)
            clock.advance(seconds=1 / 25)

    recorder.drain(30)
    play(20, begin_ns)
    modes.interrupted("cam01", MAIN, "link", "no route")
    recorder.drain(30)
    clock.advance(seconds=15)
    play(20, clock.wall_ns())
    recorder.interrupted("cam01", MAIN, "camera", "over")
    recorder.drain(30)
    recorder.close()
    told = [
        (gap.cause, round((gap.end_wall_ns - gap.start_wall_ns) / S)) for gap in facts if isinstance(gap, GapClosed)
    ]
    assert [each for each in told if each[1]] == [("planned", 20), ("link", 15), ("planned", 20)]


@pytest.mark.parametrize(
    ("recording", "place"),
    [
        ("mode: schedule", "recording.mode"),
        ("mode: motion, pre_s: 9", "pre_s"),
        ("schedule: gone", "recording.schedule"),
    ],
)
def test_modes_that_can_not_be(recording: str, place: str) -> None:
    with pytest.raises(ConfigError, match=place.replace(".", r"\.")):
        config(recording)


def test_only_cameras_whose_mode_needs_it_are_followed() -> None:
    assert watched(config("mode: continuous")) == {}
    assert set(watched(config("mode: motion"))) == {"cam01"}
    night = 'schedules: {n: [{from: "22:00", to: "06:00"}]}'
    assert watched(config("mode: schedule, schedule: n", schedules=night)) == {}
    assert set(watched(config("mode: schedule, schedule: n, outside: motion", schedules=night))) == {"cam01"}

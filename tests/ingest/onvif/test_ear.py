"""What cameras notice by themselves, on its way to a fact."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.onvif.ear import Ear
from ingest.onvif.signal_memory import MOST_CHANGES, MOST_SOURCES, QUIET_NS, REPEATED_WITHIN_NS, WITHIN_NS, SignalMemory
from ingest.onvif.signals import Signal, kind_of, signal_of
from nvr.clock import NS_PER_S, SystemClock
from nvr.observations import DeviceSignalled
from tests.ingest.onvif.devices import LOGIN, camera_at, serving, simulated
from tests.ingest.onvif.test_pilot import until

TAMPER = ("tns1:RuleEngine/TamperDetector/Tamper", "VideoSourceConfigurationToken", "vsc0")
INPUT = ("tns1:Device/Trigger/DigitalInput", "InputToken", "panico")


async def test_signals_become_facts_across_a_restart_of_the_camera() -> None:
    """Told once although the camera says it again after it came back; its clock, two hours ahead, is not believed."""
    state, facts, states = simulated(), list[DeviceSignalled](), list[str]()
    clock = SystemClock()
    async with serving(state) as (_, endpoint):
        ear = Ear(camera_at(endpoint), LOGIN, clock, facts.append, states.append)
        task = asyncio.create_task(ear.run())
        await until(lambda: states == [""])
        before_ns = clock.wall_ns()
        state.signal(*TAMPER, active=True)
        await until(lambda: len(facts) == 1)
        assert (facts[0].kind, facts[0].source, facts[0].phase) == ("tamper", "Tamper vsc0", "started")
        assert before_ns <= facts[0].start_wall_ns <= clock.wall_ns()
        state.reboot(clock.monotonic_ns())
        await until(lambda: len(states) >= 3 and states[-1] == "")
        await until(lambda: ear.signals >= 2)
        assert len(facts) == 1
        state.signal(*TAMPER, active=False)
        await until(lambda: len(facts) == 2)
        assert (facts[1].observation_id, facts[1].phase) == (facts[0].observation_id, "ended")
        state.signal(*TAMPER, active=True)
        await until(lambda: len(facts) == 3)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # The pull that was under way was broken off, not waited for, and the camera's place is free again.
        assert not state.subscriptions
    assert [fact.phase for fact in facts[2:]] == ["started", "ended"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["motion", "tamper"]),
            st.integers(0, 60),
            st.booleans(),
            st.integers(0, 3 * NS_PER_S),
        ),
        max_size=300,
    )
)
def test_facts_alternate_and_are_bounded(said: list[tuple[str, int, bool, int]]) -> None:
    """Whatever a camera says: each thing begins before it ends, never twice, and not more often than anything real."""
    memory = SignalMemory("cam07")
    open_ids: dict[tuple[str, str], str] = {}
    begun: list[int] = []
    now_ns = 0
    for kind, source, active, pause_ns in said:
        now_ns += pause_ns
        signal = Signal(kind, str(source), active)  # type: ignore[arg-type]  # two of its words
        for fact in memory.take(signal, 10**18 + now_ns, now_ns):
            key = (fact.kind, fact.source)
            assert fact.start_wall_ns <= fact.wall_ns <= 10**18 + now_ns
            if fact.phase == "started":
                assert key not in open_ids
                open_ids[key] = fact.observation_id
                begun.append(now_ns)
                assert sum(now_ns - at <= WITHIN_NS for at in begun) <= MOST_CHANGES
                assert len(open_ids) <= MOST_SOURCES
            else:
                assert open_ids.pop(key) == fact.observation_id
    assert len(memory.end_all(10**18 + now_ns)) == len(open_ids)


BUTTON = Signal("digital_input", "panico", active=True)


def told(memory: SignalMemory, signal: Signal, at_ns: int) -> list[tuple[str, int]]:
    """Phase of each fact, and the nanoseconds since the beginning that it bears."""
    return [(fact.phase, fact.wall_ns - 10**18) for fact in memory.take(signal, 10**18 + at_ns, at_ns)]


def test_a_button_that_never_says_it_was_let_go_is_heard_again() -> None:
    """Some devices say "true" alone, and the end of one press can be lost with the line: the next press is news all the same."""
    memory = SignalMemory("cam07")
    assert told(memory, BUTTON, 0) == [("started", 0)]
    assert told(memory, BUTTON, NS_PER_S) == [], "a repetition"
    pressed_ns = NS_PER_S + QUIET_NS
    assert told(memory, BUTTON, pressed_ns) == [("ended", NS_PER_S), ("started", pressed_ns)]
    # What is repeated again and again has not begun anew, however long that goes on.
    for _ in range(100):
        pressed_ns += QUIET_NS - 1
        assert told(memory, BUTTON, pressed_ns) == []


def test_what_was_left_standing_makes_room_for_what_is_new() -> None:
    """As many inputs as are followed at once, none of which ever ends: the one that was silent for longest is over."""
    memory = SignalMemory("cam07")
    for number in range(MOST_SOURCES):
        told(memory, Signal("digital_input", str(number), active=True), number * NS_PER_S)
    assert told(memory, BUTTON, QUIET_NS - 1) == []
    assert memory.passed_over == 1
    told(memory, Signal("digital_input", "0", active=True), QUIET_NS)
    assert told(memory, BUTTON, QUIET_NS + NS_PER_S) == [("ended", NS_PER_S), ("started", QUIET_NS + NS_PER_S)]


class _LeapingClock(SystemClock):
    """This machine's, put ahead by hand."""

    ahead_ns = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self.ahead_ns


async def test_what_a_camera_does_not_say_again_after_it_came_back_is_over() -> None:
    """The end was lost with the line, and the new subscription does not name the input: the next time that it closes is news at once."""
    state, facts, states = simulated(), list[DeviceSignalled](), list[str]()
    clock = _LeapingClock()
    async with serving(state) as (_, endpoint):
        ear = Ear(camera_at(endpoint), LOGIN, clock, facts.append, states.append)
        task = asyncio.create_task(ear.run())
        await until(lambda: states == [""])
        state.signal(*INPUT, active=True)
        state.signal(*TAMPER, active=True)
        await until(lambda: len(facts) == 2)
        state.reboot(clock.monotonic_ns())
        del state.signals[INPUT]
        await until(lambda: len(states) >= 3 and states[-1] == "")
        await until(lambda: ear.signals >= 3)
        clock.ahead_ns = REPEATED_WITHIN_NS
        state.signal("tns1:VideoSource/MotionAlarm", "Source", "vsc0", active=True)
        await until(lambda: len(facts) == 4)
        state.signal(*INPUT, active=True)
        await until(lambda: len(facts) == 5)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    by_kind = {kind: [fact.phase for fact in facts if fact.kind == kind] for kind in ("digital_input", "tamper")}
    assert by_kind == {
        "digital_input": ["started", "ended", "started", "ended"],
        "tamper": ["started", "ended"],
    }


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("tns1:RuleEngine/CellMotionDetector/Motion", "motion"),
        ("tns1:VideoSource/MotionAlarm", "motion"),
        ("tns1:RuleEngine/TamperDetector/tnshik:Tamper", "tamper"),
        ("tns1:VideoSource/tnsaxis:GlobalSceneChange/ImagingService", "tamper"),
        ("tns1:Device/Trigger/DigitalInput", "digital_input"),
        ("tns1:Device/tnsaxis:Trigger/DigitalInput", "digital_input"),
        ("tns1:Device/Trigger/Relay", None),
        ("", None),
        ("/" * 150, None),
    ],
)
def test_topics_of_several_makers_are_known(topic: str, kind: str | None) -> None:
    """By their last words, whatever prefixes stand between."""
    assert kind_of(topic) == kind


def test_a_state_that_is_no_yes_or_no_is_no_signal() -> None:
    """A level, a text, nothing at all."""
    topic = "tns1:Device/Trigger/DigitalInput"
    assert signal_of(topic, [], []) is None
    assert signal_of(topic, [], [("LogicalState", "37")]) is None
    assert signal_of(topic, [("InputToken", "a\nb" * 200)], [("LogicalState", "TRUE")]) == Signal(
        "digital_input", ("a b" * 200)[:40].strip(), active=True
    )

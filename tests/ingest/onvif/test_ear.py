"""What cameras notice by themselves, on its way to a fact."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.onvif.ear import Ear
from ingest.onvif.signal_memory import MOST_CHANGES, MOST_SOURCES, WITHIN_NS, SignalMemory
from ingest.onvif.signals import Signal, kind_of, signal_of
from nvr.clock import NS_PER_S, SystemClock
from nvr.observations import DeviceSignalled
from tests.ingest.onvif.devices import LOGIN, camera_at, serving, simulated
from tests.ingest.onvif.test_pilot import until

TAMPER = ("tns1:RuleEngine/TamperDetector/Tamper", "VideoSourceConfigurationToken", "vsc0")


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
        fact = memory.take(signal, 10**18 + now_ns, now_ns)
        if fact is None:
            continue
        key = (fact.kind, fact.source)
        if fact.phase == "started":
            assert key not in open_ids
            open_ids[key] = fact.observation_id
            begun.append(now_ns)
            assert sum(now_ns - at <= WITHIN_NS for at in begun) <= MOST_CHANGES
            assert len(open_ids) <= MOST_SOURCES
        else:
            assert open_ids.pop(key) == fact.observation_id
    assert len(memory.end_all(10**18 + now_ns)) == len(open_ids)


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

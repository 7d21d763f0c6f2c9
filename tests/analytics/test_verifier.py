"""Questions and answers beside the analysis: nothing waits, the budget holds, and what stays unsaid is counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from analytics.verifier import Allowance, Question, Verifier
from nvr.clock import Clock, SimulatedClock, SystemClock
from nvr.config.objects import ObjectSettings
from nvr.observations import ObjectRecognised
from tests import waiting
from tests.analytics.tiny_model import tiny_model

DEADLINE_S = 20.0
Build = Callable[..., Verifier]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    made: list[Verifier] = []

    def make(
        model: bytes | None, budget_ms_per_s: float = 1000, side_px: int = 64, clock: Clock | None = None
    ) -> Verifier:
        settings = ObjectSettings(input_px=side_px, persons=(0,), vehicles=(2,))
        path = tmp_path / "model.onnx"
        if model is not None:
            path.write_bytes(model)
        made.append(Verifier(path, settings, clock or SimulatedClock(), budget_ms_per_s))
        return made[-1]

    yield make
    for each in made:
        each.close()


until = partial(waiting.until, timeout_s=DEADLINE_S)


def question(name: str, red: int = 255) -> Question:
    return Question(name, "cam01", np.full((30, 30, 3), (0, 0, red), np.uint8))


def test_allowance() -> None:
    """A second's worth at most; overdrawn by one use, it is paid back before the next."""
    allowance = Allowance(100)
    assert allowance.wait_s(0) == 0
    allowance.spend(60)
    assert allowance.wait_s(0) == 0
    allowance.spend(60)
    assert allowance.wait_s(0) == pytest.approx(0.2, abs=0.001)
    assert allowance.wait_s(0.1) == pytest.approx(0.1, abs=0.001)
    assert allowance.wait_s(0.21) == 0
    assert allowance.wait_s(1000) == 0
    allowance.spend(100)
    assert allowance.wait_s(1000) > 0, "a quiet night saved up more than a second's worth"


def test_answers_what_it_recognises(build: Build) -> None:
    verifier = build(tiny_model())
    for name, red in (("m1", 255), ("m2", 10), ("m3", 200)):
        verifier.ask(question(name, red))
    until(lambda: verifier.counters()["objects_looked"] == 3, "three looks")
    first, second = verifier.take()
    assert first == ObjectRecognised(
        observation_id="m1", camera_id="cam01", kind="person", score=1.0, wall_ns=first.wall_ns
    )
    assert second.observation_id == "m3"
    assert second.score == pytest.approx(200 / 255, abs=0.01)
    assert not verifier.take()
    counters = verifier.counters()
    assert (counters["objects_recognised"], counters["objects_unsaid"], counters["objects_unusable"]) == (2, 0, 0)
    assert counters["objects_busy_ms"] > 0


def test_the_budget_holds_and_asking_never_waits(build: Build) -> None:
    """A flood with next to no budget: after the first look the budget is overdrawn, the flood goes unsaid but for what waits, and is put at once."""
    verifier = build(tiny_model(512), budget_ms_per_s=0.01, side_px=512)
    verifier.ask(question("first"))
    started_s = time.monotonic()
    for number in range(500):
        verifier.ask(question(f"m{number}"))
    assert time.monotonic() - started_s < 1.0
    until(lambda: verifier.counters()["objects_unsaid"] >= 492, "what is unsaid is counted")
    counters = verifier.counters()
    assert counters["objects_looked"] <= 1
    assert counters["objects_looked"] + counters["objects_unsaid"] <= 501


def test_over_time_it_takes_no_more_than_its_budget(build: Build) -> None:
    """Two seconds of a flood at 20 ms a second: at most three seconds' worth, one look and the reading of the model beyond."""
    verifier = build(tiny_model(640), budget_ms_per_s=20, side_px=640, clock=SystemClock())
    until(lambda: verifier.counters()["objects_busy_ms"] > 0, "the model was read")
    before, pause = verifier.counters(), threading.Event()
    longest_ms, last_ms = 0.0, before["objects_busy_ms"]
    end_s = time.monotonic() + 2
    while time.monotonic() < end_s:
        verifier.ask(question("m"))
        now_ms = verifier.counters()["objects_busy_ms"]
        longest_ms, last_ms = max(longest_ms, now_ms - last_ms), now_ms
        pause.wait(0.002)
    after = verifier.counters()
    assert after["objects_looked"] > 0
    assert after["objects_busy_ms"] - before["objects_busy_ms"] <= 20 * 3 + longest_ms
    assert after["objects_unsaid"] > 0


def test_what_has_waited_too_long_goes_unsaid(build: Build) -> None:
    """Eleven seconds without budget: whoever looks at that alert has seen for himself."""
    clock = SimulatedClock()
    verifier = build(tiny_model(), budget_ms_per_s=0.001, clock=clock)
    until(lambda: verifier.counters()["objects_busy_ms"] > 0, "the model was read, and its budget overdrawn")
    verifier.ask(question("old"))
    clock.advance(seconds=11)
    verifier.ask(question("new"))
    until(lambda: verifier.counters()["objects_unsaid"] == 1, "the old one was given up")
    assert verifier.counters()["objects_looked"] == 0


@pytest.mark.parametrize("model", [None, b"no model at all", tiny_model()[:100]])
def test_without_a_usable_model_it_says_so_once(
    build: Build, model: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    verifier = build(model)
    until(lambda: verifier.counters()["objects_unusable"] == 1, "the model was refused")
    for number in range(20):
        verifier.ask(question(f"m{number}"))
    until(lambda: verifier.counters()["objects_unsaid"] == 20, "all stays unsaid")
    assert not verifier.take()
    assert [record.message for record in caplog.records if "model.onnx" in record.message] != []
    assert len(caplog.records) == 1


def test_closing_does_not_wait_for_the_budget(build: Build) -> None:
    verifier = build(tiny_model(), budget_ms_per_s=0.001)
    for number in range(5):
        verifier.ask(question(f"m{number}"))
    until(lambda: verifier.counters()["objects_busy_ms"] > 0, "the model was read, and its budget overdrawn")
    started_s = time.monotonic()
    verifier.close()
    assert time.monotonic() - started_s < 2

"""Asks an ``ObjectModel`` what moved, beside the analysis: a thread of its own, within a budget, so that no frame and no alert waits for it.

What it has no time for stays unsaid and is counted. It never withholds an alert.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.objects import ModelUnusable, ObjectModel
from nvr.clock import NS_PER_MS, NS_PER_S, Clock
from nvr.config.objects import ObjectSettings
from nvr.observations import ObjectRecognised

_log = logging.getLogger(__name__)

_WAITING: Final = 8
_STALE_S: Final = 10.0
"""By then whoever looks at the alert has seen for himself."""


class Allowance:
    """Milliseconds of processor time that grow back, up to a second's worth; may be overdrawn by one use, which is paid back before the next. Pure."""

    def __init__(self, ms_per_s: float) -> None:
        self._ms_per_s = ms_per_s
        self._left_ms = ms_per_s
        self._at_s: float | None = None

    def wait_s(self, now_s: float) -> float:
        """For how long nothing may be used yet; 0 for now."""
        if self._at_s is not None:
            self._left_ms = min(self._ms_per_s, self._left_ms + (now_s - self._at_s) * self._ms_per_s)
        self._at_s = now_s
        return 0.0 if self._left_ms > 0 else (0.001 - self._left_ms) / self._ms_per_s

    def spend(self, ms: float) -> None:
        """So much was used."""
        self._left_ms -= ms


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A movement that began, and the piece of its picture, (H, W, 3) uint8."""

    observation_id: str
    camera_id: str
    piece: NDArray[np.uint8]


class Verifier:
    """Takes questions and gives answers; neither waits.

    Args:
        model: path of the ONNX file; read by the thread, so that a slow disk delays nothing.
        settings: of the node.
        clock: for the answers' time, and for how long questions and the budget wait.
        budget_ms_per_s: processor time that this worker may take for it.
    """

    def __init__(self, model: Path, settings: ObjectSettings, clock: Clock, budget_ms_per_s: float) -> None:
        self._model = model
        self._settings = settings
        self._clock = clock
        self._allowance = Allowance(budget_ms_per_s)
        self._questions: deque[tuple[float, Question]] = deque()
        self._answers: deque[ObjectRecognised] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._counters = {"looked": 0.0, "recognised": 0.0, "unsaid": 0.0, "busy_ms": 0.0, "unusable": 0.0}
        self._thread = threading.Thread(target=self._work, name="objects", daemon=True)
        self._thread.start()

    def ask(self, question: Question) -> None:
        """Put a question; the oldest goes unsaid where too many wait."""
        with self._changed:
            self._questions.append((self._now_s(), question))
            while len(self._questions) > _WAITING:
                self._questions.popleft()
                self._counters["unsaid"] += 1
            self._changed.notify()

    def take(self) -> list[ObjectRecognised]:
        """The answers since the last call."""
        return [self._answers.popleft() for _ in range(len(self._answers))]

    def counters(self) -> dict[str, float]:
        """For the worker's status: looked, recognised, unsaid (no time, or no model), busy_ms (processor time), unusable (1: there is no model to ask)."""
        with self._changed:
            return {f"objects_{name}": round(value, 1) for name, value in self._counters.items()}

    def close(self) -> None:
        """End; what waits stays unsaid."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        started_ns = time.thread_time_ns()
        try:
            model = ObjectModel(self._model, self._settings)
            self._spent(started_ns)
            while (question := self._next()) is not None:
                started_ns = time.thread_time_ns()
                found = model.look(question.piece)
                self._spent(started_ns)
                with self._changed:
                    self._counters["looked"] += 1
                    self._counters["recognised"] += found is not None
                if found is not None:
                    self._answers.append(
                        ObjectRecognised(
                            observation_id=question.observation_id,
                            camera_id=question.camera_id,
                            kind=found.kind,
                            score=round(found.score, 3),
                            wall_ns=self._clock.wall_ns(),
                        )
                    )
        except ModelUnusable as error:
            _log.error("nothing is said of what moves: %s", error)
            with self._changed:
                self._counters["unusable"] = 1.0
            while self._next(usable=False) is not None:
                pass

    def _next(self, *, usable: bool = True) -> Question | None:
        """The next question that is worth an answer, as soon as there is time for one; None to end."""
        with self._changed:
            while not self._closed:
                now_s = self._now_s()
                while self._questions and (not usable or now_s - self._questions[0][0] > _STALE_S):
                    self._questions.popleft()
                    self._counters["unsaid"] += 1
                if not self._questions:
                    self._changed.wait()
                elif wait_s := self._allowance.wait_s(now_s):
                    self._changed.wait(wait_s)
                else:
                    return self._questions.popleft()[1]
        return None

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / NS_PER_S

    def _spent(self, started_ns: int) -> None:
        busy_ms = (time.thread_time_ns() - started_ns) / NS_PER_MS
        with self._changed:
            self._allowance.spend(busy_ms)
            self._counters["busy_ms"] += busy_ms

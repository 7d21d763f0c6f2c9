"""How long a camera that is away is left alone."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ingest.backoff import CAP_S, LOGIN_CAP_S, STEADY_S, Backoff
from nvr.errors import CameraRefusedLogin, CameraUnreachable


@given(st.integers())
def test_the_first_retry_is_fast_and_no_wait_exceeds_the_cap(seed: int) -> None:
    backoff = Backoff(random.Random(seed))
    waits = [backoff.after(CameraUnreachable("away"), steady_s=0) for _ in range(100)]
    assert waits[0] <= 1.0
    assert max(waits) <= CAP_S
    assert min(waits[10:]) >= CAP_S / 2
    # Away for five seconds, it is looked for again within three.
    assert waits[4] <= 3.3


@given(st.integers())
def test_a_refused_login_is_tried_rarely(seed: int) -> None:
    backoff = Backoff(random.Random(seed))
    waits = [backoff.after(CameraRefusedLogin("no"), steady_s=0) for _ in range(50)]
    assert waits[0] >= 2.5
    assert LOGIN_CAP_S / 2 <= waits[-1] <= LOGIN_CAP_S


def test_a_good_session_makes_the_next_attempt_a_first_one() -> None:
    backoff = Backoff(random.Random(1))
    for _ in range(20):
        backoff.after(CameraUnreachable("away"), steady_s=0)
    assert backoff.after(CameraUnreachable("away"), steady_s=STEADY_S / 2) > 1.0
    assert backoff.after(CameraUnreachable("away"), steady_s=STEADY_S) <= 1.0

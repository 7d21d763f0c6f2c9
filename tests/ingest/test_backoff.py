"""How long a camera that is away is left alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.backoff import (
    CAP_S,
    LINK_CAP_S,
    LOGIN_CAP_S,
    QUARANTINE_AFTER,
    QUARANTINE_CAP_S,
    QUARANTINE_FIRST_S,
    RELEASED_AFTER_S,
    STEADY_S,
    Backoff,
)
from nvr.errors import CameraRefusedLogin, CameraUnreachable, LoginLoop, SourceError, StreamMalformed, StreamUnsupported


@given(st.integers())
def test_the_first_retry_is_fast_and_no_wait_exceeds_the_cap(seed: int) -> None:
    backoff = Backoff(random.Random(seed))
    waits = [backoff.after(StreamUnsupported("odd"), steady_s=0) for _ in range(100)]
    assert waits[0] <= 1.0
    assert max(waits) <= CAP_S
    assert min(waits[10:]) >= CAP_S / 2


@given(st.integers())
def test_a_camera_that_is_away_is_looked_for_every_two_seconds_for_ever(seed: int) -> None:
    backoff = Backoff(random.Random(seed))
    waits = [backoff.after(CameraUnreachable("away"), steady_s=0) for _ in range(100)]
    assert max(waits) <= LINK_CAP_S
    assert min(waits[10:]) >= LINK_CAP_S / 2


@pytest.mark.parametrize("error", [StreamMalformed("bad"), LoginLoop("again")])
def test_what_no_camera_does_that_is_well_ends_in_quarantine_and_a_good_minute_ends_that(error: SourceError) -> None:
    backoff = Backoff(random.Random(1))
    for _ in range(QUARANTINE_AFTER - 1):
        assert backoff.after(error, steady_s=STEADY_S) < QUARANTINE_FIRST_S / 2
        assert not backoff.quarantined
    waits = [backoff.after(error, steady_s=STEADY_S) for _ in range(8)]
    assert backoff.quarantined
    assert waits[0] >= QUARANTINE_FIRST_S / 2
    assert QUARANTINE_CAP_S / 2 <= waits[-1] <= QUARANTINE_CAP_S
    # What the link does meanwhile is not held against it, and does not clear it either.
    assert backoff.after(CameraUnreachable("away"), steady_s=0) <= LINK_CAP_S
    assert backoff.quarantined
    assert backoff.after(error, steady_s=RELEASED_AFTER_S) < QUARANTINE_FIRST_S / 2
    assert not backoff.quarantined


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

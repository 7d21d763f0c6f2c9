"""A dead browser never leaves a camera moving."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.ptz.drive import DEAD_MAN_NS, REFRESH_NS, STILL, Drive
from ingest.ptz.vector import Vector
from nvr.clock import NS_PER_MS, NS_PER_S

VELOCITIES = st.sampled_from([STILL, Vector(1.0), Vector(-0.5, 0.5), Vector(0, 0, 1.0)])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["steer", "halt", "nothing"]), VELOCITIES, st.booleans(), st.integers(1, 1500 * NS_PER_MS)
    ),
    max_size=60,
)


@given(STEPS, st.lists(st.booleans(), max_size=12))
def test_silence_ends_every_movement(steps: list[tuple[str, Vector, bool, int]], answers: list[bool]) -> None:
    """Whatever was steered, and whatever a device refused: once nobody says anything, the last word that a device took is a stop, soon."""
    drive = Drive()
    now_ns = 10 * NS_PER_S
    last_taken = "move"
    for act, velocity, works, pause_ns in steps:
        if act == "steer":
            drive.steer(velocity, now_ns)
        elif act == "halt":
            drive.halt()
        command = drive.command(now_ns)
        if command is not None and works:
            drive.taken(command, now_ns)
            last_taken = command.kind
        elif command is not None:
            drive.failed(command, now_ns)
        now_ns += pause_ns
    silent_since_ns = now_ns
    refusals = [answer for answer in answers if not answer]
    while now_ns < silent_since_ns + DEAD_MAN_NS + 60 * NS_PER_S:
        command = drive.command(now_ns)
        if command is not None and refusals:
            refusals.pop()
            drive.failed(command, now_ns)
        elif command is not None:
            # Nobody speaks: beyond the dead man's time only stops are sent.
            assert command.kind == "stop" or now_ns <= silent_since_ns + DEAD_MAN_NS
            drive.taken(command, now_ns)
            last_taken = command.kind
        due_ns = drive.due_ns(now_ns)
        if due_ns is None:
            break
        now_ns = max(now_ns + NS_PER_MS, due_ns)
    assert not drive.moving
    assert not drive.stop_owed
    assert last_taken == "stop"


def test_a_new_process_begins_by_stopping() -> None:
    """What its predecessor left behind is unknown."""
    drive = Drive()
    command = drive.command(0)
    assert command is not None
    assert command.kind == "stop"


def test_a_movement_is_said_again_before_the_device_ends_it() -> None:
    """A key that stays down: one order a second, not one for each of the browser's words."""
    drive = Drive(stop_owed=False)
    sent = 0
    for step in range(50):
        now_ns = step * 100 * NS_PER_MS
        drive.steer(Vector(1.0), now_ns)
        command = drive.command(now_ns)
        if command is not None:
            sent += 1
            drive.taken(command, now_ns)
    assert sent == 5 * NS_PER_S // REFRESH_NS


def test_a_turn_of_the_hand_goes_out_at_once() -> None:
    """Another direction does not wait for the refresh."""
    drive = Drive(stop_owed=False)
    drive.steer(Vector(1.0), 0)
    first = drive.command(0)
    assert first is not None
    drive.taken(first, 0)
    drive.steer(Vector(-1.0), 1)
    second = drive.command(1)
    assert second is not None
    assert second.velocity == Vector(-1.0)

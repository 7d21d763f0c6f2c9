"""A message's way over its channels: in time, in order, never lost, never at two ends."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerts import delivery as ways
from alerts.delivery import BoardView, Delivery, DeliveryState
from nvr.clock import NS_PER_S
from nvr.config import BOARD

T0 = 1_790_000_000 * NS_PER_S
CHAIN = (BOARD, "aviso", "correo")


def message(number: int = 0, channels: tuple[str, ...] = CHAIN, at_ns: int = T0, subject: str = "i1") -> Delivery:
    return Delivery(f"{number:04d}", subject, "pnp", channels, at_ns, at_ns, at_ns, dispatch_id=f"d{number}")


def test_a_board_that_nobody_sits_at_is_given_up_after_five_seconds() -> None:
    empty = BoardView(T0 - 1)
    before = message(channels=CHAIN[:2])
    assert ways.looked_at(before, empty, T0 + ways.BOARD_EMPTY_NS - 1) == before
    after = ways.looked_at(before, empty, T0 + ways.BOARD_EMPTY_NS)
    assert (after.channel, after.missed) == ("aviso", (f"board: {ways.NOBODY}",))


def test_a_page_that_is_loaded_anew_does_not_make_the_board_empty() -> None:
    before = message(channels=CHAIN[:2])
    just_left = BoardView(T0 + 4 * NS_PER_S)
    assert ways.looked_at(before, just_left, T0 + 5 * NS_PER_S + NS_PER_S // 2) == before


def test_a_board_that_shows_nothing_is_given_up_after_its_share() -> None:
    before = message()
    assert ways.looked_at(before, BoardView(None), T0 + before.channel_ns - 1) == before
    after = ways.looked_at(before, BoardView(None), T0 + before.channel_ns)
    assert after.missed == (f"board: {ways.NOT_SHOWN}",)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("length", [1, 2, 3, 4, 6])
def test_channels_that_all_hang_are_left_within_fifteen_seconds_together(length: int, jitter: float) -> None:
    """Every try takes all of its time, and each look comes as late as it may; after that people are told to call."""
    now_ns, one = T0, message(channels=tuple("abcdef"[:length]))
    while one.exhausted_wall_ns is None:
        timeout_ns = ways.try_ns(one, now_ns)
        if timeout_ns is None:
            now_ns += NS_PER_S // 4
            one = ways.looked_at(one, None, now_ns)
        else:
            now_ns += timeout_ns
            one = ways.failed(one, "no respondió", now_ns, jitter)
    assert len(one.missed) == length
    assert one.exhausted_wall_ns - T0 <= 14 * NS_PER_S


def test_once_every_channel_failed_a_slow_server_gets_more_time() -> None:
    one = ways.gone_on(message(channels=("aviso",)), "x", T0)
    assert ways.try_ns(one, T0 + ways.LATER_RETRY_NS) == ways.LATER_TRY_NS


def test_a_channel_is_tried_once_however_long_we_were_away() -> None:
    """A console that was down for an hour has passed no verdict on the webhook."""
    one, hour_ns = message(channels=("aviso", "correo")), T0 + 600 * NS_PER_S
    assert ways.looked_at(one, None, hour_ns) == one
    assert ways.try_ns(one, hour_ns) == ways.TRY_NS
    assert ways.failed(one, "x", hour_ns, 0.5).channel == "correo"


def test_who_stood_behind_one_that_went_on_goes_along_once_he_has_no_time_for_a_try() -> None:
    """Three dispatches of one incident and a webhook that hangs: the third must not wait for two time-outs before its own."""
    first, second = message(1, ("aviso", "correo")), message(2, ("aviso", "correo"), T0 + NS_PER_S)
    late, other = message(3, ("aviso", "correo"), T0 + 4 * NS_PER_S), message(4, ("aviso",), T0, "i2")
    along = ways.taken_along(first, [first, second, late, other], T0 + 6 * NS_PER_S)
    assert [(each.delivery_id, each.channel) for each in along] == [("0002", "correo")]


def test_a_final_refusal_is_not_repeated() -> None:
    after = ways.failed(message(channels=("aviso", "correo")), "HTTP 404", T0, 0.5, final=True)
    assert (after.channel, after.tries) == ("correo", 0)


def test_on_each_channel_those_of_one_incident_go_in_order_and_others_do_not_wait() -> None:
    first, second, other = (
        message(1, ("aviso", "correo")),
        message(2, ("aviso", "correo"), T0 + 1),
        message(3, ("aviso", "correo"), T0 + 2, "i2"),
    )
    assert ways.turns([second, other, first]) == [first, other]
    gone = ways.gone_on(first, "x", T0 + 3)
    assert ways.turns([second, gone]) == [gone, second], "it went on to its next channel"
    assert ways.turns([second, ways.delivered(first, "aviso", T0 + 3)]) == [second]


def test_boards_of_two_agencies_are_two_channels() -> None:
    one, two = message(1), replace(message(2), recipient="serenazgo")
    assert ways.turns([one, two]) == [one, two]


def test_after_the_last_channel_it_is_tried_on_the_first_outside_now_and_then_until_it_is_old() -> None:
    one = message()
    for _ in CHAIN:
        one = ways.gone_on(one, "x", T0)
    assert one.exhausted_wall_ns == T0
    assert (one.channel, len(one.missed)) == ("aviso", 3)
    assert ways.try_ns(one, T0) is None
    assert ways.try_ns(one, T0 + ways.LATER_RETRY_NS) == ways.LATER_TRY_NS
    assert ways.looked_at(one, None, T0 + ways.GIVEN_UP_NS).state is DeliveryState.GIVEN_UP


class Post(RuleBasedStateMachine):
    """Messages of two incidents, boards that come and go, channels that take, fail and hang, at random times."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = T0
        self.all: dict[str, Delivery] = {}
        self.empty_ns: int | None = T0

    @rule(subject=st.sampled_from(["i1", "i2"]), channels=st.sampled_from([CHAIN, CHAIN[1:], ("correo",), (BOARD,)]))
    def send(self, subject: str, channels: tuple[str, ...]) -> None:
        one = message(len(self.all), channels, self.now_ns, subject)
        self.all[one.delivery_id] = one

    @rule(sits=st.booleans())
    def board(self, *, sits: bool) -> None:
        self.empty_ns = None if sits else (self.now_ns if self.empty_ns is None else self.empty_ns)

    @rule(seconds=st.floats(0.05, 200))
    def wait(self, seconds: float) -> None:
        self.now_ns += int(seconds * NS_PER_S)
        for each in list(self.all.values()):
            self.put(ways.looked_at(each, BoardView(self.empty_ns), self.now_ns))

    @rule(takes=st.sampled_from(["took", "failed", "final"]), jitter=st.floats(0, 1, exclude_max=True))
    def try_all(self, takes: str, jitter: float) -> None:
        for each in ways.turns(self.all.values()):
            if ways.try_ns(each, self.now_ns) is None:
                continue
            if takes == "took":
                self.put(ways.delivered(each, each.channel, self.now_ns))
            else:
                self.put(ways.failed(each, "x", self.now_ns, jitter, final=takes == "final"))

    @rule(which=st.integers(0, 30), how=st.sampled_from(["shown", "answered"]))
    def end(self, which: int, how: str) -> None:
        for each in list(self.all.values())[which : which + 1]:
            done = ways.delivered(each, BOARD, self.now_ns) if how == "shown" else ways.answered(each, self.now_ns)
            self.put(done)

    def put(self, after: Delivery) -> None:
        before = self.all[after.delivery_id]
        if len(after.missed) > len(before.missed):
            for each in ways.taken_along(before, self.all.values(), self.now_ns):
                assert each.channel != before.channel or each.exhausted_wall_ns is not None
                self.all[each.delivery_id] = each
        assert before.waits or after == before, "what has ended changed"
        assert len(after.missed) >= len(before.missed)
        if before.exhausted_wall_ns is None and after.exhausted_wall_ns is None:
            assert after.position >= before.position, "it went back to a channel that was given up"
        self.all[after.delivery_id] = after

    @invariant()
    def nothing_is_lost(self) -> None:
        for each in self.all.values():
            assert each.waits == (each.ended_wall_ns is None)
            assert (each.state is DeliveryState.DELIVERED) == bool(each.delivered_by)
            assert 0 <= each.position < len(each.channels)
            assert (each.exhausted_wall_ns is not None) == (len(each.missed) == len(each.channels))

    @invariant()
    def somebody_of_each_incident_has_the_turn(self) -> None:
        waiting = [each for each in self.all.values() if each.waits]
        turn = ways.turns(waiting)
        assert {each.subject_id for each in turn} == {each.subject_id for each in waiting}
        for each in [one for one in turn if one.exhausted_wall_ns is None]:
            older = [
                other.delivery_id
                for other in waiting
                if (other.subject_id, other.place) == (each.subject_id, each.place)
                and other.exhausted_wall_ns is None
                and other.created_wall_ns < each.created_wall_ns
            ]
            assert not older, "one passed another on the same channel"


TestPost = Post.TestCase
TestPost.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

"""What plays next, for every order of requests."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.simulator.clips import ClipKind
from ingest.simulator.playlist import GopChoice, Playlist

QUIET_GOPS, EVENT_GOPS = 4, 5


def playlist(events_per_hour: float = 0, seed: int = 1) -> Playlist:
    return Playlist(quiet_gops=QUIET_GOPS, event_gops=EVENT_GOPS, gop_s=2, events_per_hour=events_per_hour, seed=seed)


def test_quiet_loops() -> None:
    plays = playlist()
    assert [plays.next_gop() for _ in range(9)] == [GopChoice(ClipKind.QUIET, i % QUIET_GOPS) for i in range(9)]


def test_a_request_is_granted_at_the_next_gop_and_plays_to_the_end() -> None:
    plays = playlist()
    plays.next_gop()
    plays.next_gop()
    plays.request_event()
    event = [plays.next_gop() for _ in range(EVENT_GOPS)]
    assert event == [GopChoice(ClipKind.EVENT, i, cut=i == 0) for i in range(EVENT_GOPS)]
    assert plays.next_gop() == GopChoice(ClipKind.QUIET, 0)


def test_a_request_during_an_event_waits_for_its_end() -> None:
    plays = playlist()
    plays.request_event()
    plays.next_gop()
    plays.request_event()
    rest = [plays.next_gop() for _ in range(2 * EVENT_GOPS)]
    assert [(g.clip, g.index) for g in rest] == [
        *((ClipKind.EVENT, i) for i in range(1, EVENT_GOPS)),
        *((ClipKind.EVENT, i) for i in range(EVENT_GOPS)),
        (ClipKind.QUIET, 0),
    ]


def test_quiet_breaks_an_event_off_and_stops_random_ones() -> None:
    plays = playlist(events_per_hour=3600)
    plays.request_event()
    plays.next_gop()
    plays.next_gop()
    plays.request_quiet()
    assert plays.next_gop() == GopChoice(ClipKind.QUIET, 0, cut=True)
    assert all(plays.next_gop().clip is ClipKind.QUIET for _ in range(200))
    plays.resume()
    assert any(plays.next_gop().clip is ClipKind.EVENT for _ in range(200))


def test_events_come_at_their_rate() -> None:
    rates = []
    for seed in range(8):
        plays = playlist(events_per_hour=6, seed=seed)
        hours = 15
        gops = [plays.next_gop() for _ in range(hours * 1800)]
        rates.append(sum(g == GopChoice(ClipKind.EVENT, 0, cut=g.cut) for g in gops) / hours)
    # An event takes 10 s of which no other may begin, so slightly below 6.
    assert statistics.mean(rates) == pytest.approx(6 / (1 + 6 * 11 / 3600), rel=0.12)


@given(
    requests=st.lists(st.sampled_from(["event", "quiet", "resume", "none", "none"]), max_size=80),
    rate=st.sampled_from([0.0, 6.0, 900.0]),
    seed=st.integers(0, 99),
)
def test_clips_play_in_order_unless_said_to_be_cut(requests: list[str], rate: float, seed: int) -> None:
    plays = playlist(rate, seed)
    lengths = {ClipKind.QUIET: QUIET_GOPS, ClipKind.EVENT: EVENT_GOPS}
    previous: GopChoice | None = None
    for request in requests:
        if request == "event":
            plays.request_event()
        elif request == "quiet":
            plays.request_quiet()
        elif request == "resume":
            plays.resume()
        choice = plays.next_gop()
        if previous is None:
            assert choice.index == 0
            assert not choice.cut
        elif choice.index:
            assert (choice.clip, choice.index) == (previous.clip, previous.index + 1)
            assert not choice.cut
        else:
            assert choice.cut == (previous.index + 1 < lengths[previous.clip])
        if request == "event":
            assert choice.clip is ClipKind.EVENT
        if request == "quiet":
            assert choice.clip is ClipKind.QUIET
        previous = choice

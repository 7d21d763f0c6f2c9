"""How often files are synced follows what the disk was measured to bear."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.clock import NS_PER_S
from nvr.recording.cadence import CALM_WINDOWS, CALM_WINDOWS_AFTER_FALL, SLOW_INTERVAL_S, WINDOW_S, Cadence


class Disk:
    """A volume with so many streams, each with a fragment a second; every sync holds the thread."""

    def __init__(self, streams: int) -> None:
        self.now_ns = 0
        self.cadence = Cadence(0)
        self.changes_ns: list[int] = []
        self.worst_wait_s = 0.0
        self._synced_ns = [0] * streams

    def seconds(self, count: int, sync_s: float) -> None:
        for _ in range(count):
            second_ns = self.now_ns
            for stream, synced_ns in enumerate(self._synced_ns):
                before = self.cadence.every_fragment
                if self.cadence.due(synced_ns, self.now_ns):
                    self.worst_wait_s = max(self.worst_wait_s, (self.now_ns - synced_ns) / NS_PER_S)
                    self._synced_ns[stream] = self.now_ns
                    self.now_ns += round(sync_s * NS_PER_S)
                    self.cadence.synced(round(sync_s * NS_PER_S))
                self.cadence.wrote(self.now_ns)
                if self.cadence.every_fragment != before:
                    self.changes_ns.append(self.now_ns)
            self.now_ns = max(self.now_ns, second_ns + NS_PER_S)


@pytest.mark.parametrize(
    ("streams", "sync_s", "every_fragment"),
    [
        pytest.param(42, 0.001, True, id="42 streams on a solid-state disk"),
        pytest.param(42, 0.012, False, id="42 streams on a spinning disk"),
        pytest.param(6, 0.012, True, id="6 streams on a spinning disk"),
        pytest.param(1, 0.2, True, id="one stream on a bad disk that bears it"),
        pytest.param(1, 0.3, False, id="one stream on a worse disk"),
    ],
)
def test_the_disk_decides(streams: int, sync_s: float, every_fragment: bool) -> None:
    disk = Disk(streams)
    disk.seconds(60, sync_s)
    assert disk.cadence.every_fragment is every_fragment
    assert len(disk.changes_ns) == every_fragment


def test_nothing_is_taken_for_granted_before_it_was_measured() -> None:
    disk = Disk(42)
    disk.seconds(60, 0.001)
    (since_ns,) = disk.changes_ns
    assert WINDOW_S * CALM_WINDOWS <= since_ns / NS_PER_S <= WINDOW_S * CALM_WINDOWS + 2


def test_a_disk_without_a_sync_says_nothing() -> None:
    cadence = Cadence(0)
    for second in range(100):
        cadence.wrote(second * NS_PER_S)
    assert not cadence.every_fragment


def test_a_disk_that_turns_slow_is_let_off_soon() -> None:
    """A window of syncing at most behind the one in which it began, and the sync that is under way. The queue holds forty seconds."""
    disk = Disk(42)
    disk.seconds(30, 0.001)
    since_ns = disk.now_ns
    disk.seconds(10, 0.5)
    assert len(disk.changes_ns) == 2
    assert disk.changes_ns[1] - since_ns <= (2 * WINDOW_S + 0.5) * NS_PER_S


def test_between_the_two_bounds_all_stays_as_it_is() -> None:
    disk = Disk(10)
    for sync_s, every_fragment in ((0.035, False), (0.01, True), (0.035, True), (0.06, False), (0.035, False)):
        disk.seconds(60, sync_s)
        assert disk.cadence.every_fragment is every_fragment


@given(st.lists(st.sampled_from([0.0005, 0.004, 0.008, 0.03, 0.4]), min_size=20, max_size=200))
def test_whatever_a_disk_does_it_does_not_flap_and_is_never_slower_than_a_slow_one(times_s: list[float]) -> None:
    disk = Disk(8)
    for sync_s in times_s:
        disk.seconds(1, sync_s)
    quick_ns = disk.changes_ns[::2]
    assert all(
        later - earlier >= WINDOW_S * CALM_WINDOWS_AFTER_FALL * NS_PER_S for earlier, later in pairwise(quick_ns)
    ), "a minute at least between two promotions"
    # The thread itself may be held for one round of all streams' syncs; the cadence adds no more than its interval.
    assert disk.worst_wait_s <= SLOW_INTERVAL_S + 8 * 0.4

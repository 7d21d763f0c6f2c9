"""A camera's quota takes its oldest recordings, on whichever disk they lie, and never what was recorded a minute ago."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr.app.quotas import WEIGHED_EACH_NS, Quotas
from nvr.catalogue import weights
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.storage.pools import META
from tests.nvr.app.stocked_pools import FILE_BYTES, StockedPools

DAY_S = 86_400


@pytest.fixture
def room(tmp_path: Path) -> Iterator[StockedPools]:
    made = StockedPools(tmp_path)
    yield made
    made.catalogue.close()


def test_the_oldest_go_wherever_they_lie(room: StockedPools) -> None:
    """At its quota on one disk the stream moves to another: each minute there takes one of the oldest on the first."""
    old = room.put("disco2", "cam01", age_s=30 * DAY_S, count=20)
    emergency = room.put("", "cam01", age_s=3600, count=2)
    new = room.put("disco1", "cam01", age_s=300, count=5)
    others = room.put("disco1", "cam02", age_s=40 * DAY_S, count=5)
    report = room.janitors({"cam01": 20 * FILE_BYTES}).sweep()
    assert report.over_quota == 7
    assert room.rows() == dict.fromkeys([*emergency, *others, *new, *old[7:]], True)


def test_what_must_go_is_shared_among_disks_by_age(room: StockedPools) -> None:
    older = room.put("disco1", "cam01", age_s=20 * DAY_S, count=3)
    newer = room.put("disco2", "cam01", age_s=10 * DAY_S, count=3)
    room.janitors({"cam01": FILE_BYTES}).sweep()
    assert room.rows() == {newer[-1]: True}
    assert older


def test_a_disk_that_is_away_is_not_paid_for_twice(room: StockedPools) -> None:
    """What lies on it counts, and can't go: the others keep as much as the quota allows, and no more."""
    away = room.put("disco2", "cam01", age_s=30 * DAY_S, count=10)
    (room.folder / "disco2" / META).rename(room.folder / "meta.away")
    new = room.put("disco1", "cam01", age_s=1800, count=12)
    room.janitors({"cam01": 10 * FILE_BYTES}).sweep()
    assert list(room.rows()) == sorted([*away, *new[2:]])


def test_a_camera_is_weighed_each_ten_minutes_and_at_once_while_more_must_go(
    room: StockedPools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights.oldest_bytes, "__defaults__", (4,))
    janitors = room.janitors({"cam01": 2 * FILE_BYTES})
    room.put("disco1", "cam01", age_s=DAY_S, count=12)
    left = []
    for _ in range(4):
        janitors.sweep()
        left.append(len(room.rows()))
    assert left == [8, 4, 2, 2]
    room.put("disco1", "cam01", age_s=3600, count=1)
    janitors.sweep()
    assert len(room.rows()) == 3, "all rows of a camera must not be read each minute"
    room.clock.advance(seconds=WEIGHED_EACH_NS / NS_PER_S)
    janitors.sweep()
    assert len(room.rows()) == 2


def test_what_is_being_deleted_is_not_weighed(room: StockedPools) -> None:
    """A file that a disk refuses to let go must not cost others their place."""
    stuck = room.put("disco1", "cam01", age_s=DAY_S, count=3)
    with room.catalogue.write() as tx:
        tx.connection.exec_driver_sql("UPDATE segments SET deleting = true WHERE segment_id <> 'disco1-003'")
    quotas = Quotas(room.catalogue, {"cam01": FILE_BYTES}, room.clock)
    quotas.weigh()
    assert quotas.excess_bytes("disco1") == {}
    assert stuck


@settings(max_examples=60, deadline=None)
@given(
    ages=st.lists(
        st.tuples(st.sampled_from(["", "disco1", "disco2"]), st.integers(1, 500)), min_size=1, max_size=25, unique=True
    ),
    wanted=st.integers(1, 30 * FILE_BYTES),
    looked_at=st.integers(1, 30),
)
def test_of_each_disk_only_what_is_among_the_oldest(
    shared: StockedPools, ages: list[tuple[str, int]], wanted: int, looked_at: int
) -> None:
    """Against a look at all files: what is answered for a disk is never more than what lies there of the oldest, and all of it where enough was looked at."""
    with shared.catalogue.write() as tx:
        tx.connection.exec_driver_sql("DELETE FROM segments")
    for pool, age in ages:
        shared.put(pool, "cam01", age_s=age * 3600)
    exact: dict[str, int] = {}
    missing = wanted
    for _, pool in sorted((-age, pool) for pool, age in ages):
        exact[pool] = exact.get(pool, 0) + min(FILE_BYTES, max(0, missing))
        missing -= FILE_BYTES
    with shared.catalogue.read() as tx:
        found = weights.oldest_bytes(tx, "cam01", wanted, looked_at)
    assert all(found[pool] <= exact[pool] for pool in found)
    assert sum(found.values()) >= min(wanted, FILE_BYTES)
    if looked_at > len(ages):
        assert {pool: size for pool, size in exact.items() if size} == dict(found)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StockedPools]:
    """One room for all examples of a property."""
    made = StockedPools(tmp_path_factory.mktemp("room"))
    yield made
    made.catalogue.close()


def test_weighing_one_camera_reads_no_other(room: StockedPools) -> None:
    """On SQLite, which shows its plan."""
    room.put("disco1", "cam01", age_s=DAY_S, count=30)
    room.put("disco2", "cam02", age_s=DAY_S, count=30)
    plans = _plans(room.catalogue, "cam01")
    assert len(plans) >= 6
    assert all("segments_by_age (camera_id=? AND stream=? AND held=? AND deleting=?" in plan for plan in plans)
    assert not any("TEMP B-TREE" in plan for plan in plans)


def _plans(catalogue: Catalogue, camera_id: str) -> list[str]:
    statements: list[str] = []
    with catalogue.read() as tx:
        tx.connection.connection.set_trace_callback(statements.append)
        weights.deletable_bytes(tx, camera_id)
        weights.oldest_bytes(tx, camera_id, FILE_BYTES)
        tx.connection.connection.set_trace_callback(None)
        return [
            " ".join(str(step[3]) for step in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in statements
            if statement.startswith("SELECT")
        ]


def test_a_deletion_that_was_cut_off_is_finished_whatever_waits_on_a_disk_that_is_away(room: StockedPools) -> None:
    room.put("disco2", "cam01", age_s=30 * DAY_S, count=501)
    left = room.put("disco1", "cam01", age_s=20 * DAY_S)
    with room.catalogue.write() as tx:
        tx.connection.exec_driver_sql("UPDATE segments SET deleting = true")
    (room.folder / "disco2" / META).rename(room.folder / "meta.away")
    room.janitors().sweep()
    assert not set(left) & set(room.rows())
    assert len(room.rows()) == 501

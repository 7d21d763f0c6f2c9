"""Recorded files: what covers a window, what may be deleted, what is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr.catalogue import hold_rows, segments
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.segments import GapRow, SegmentRow
from nvr.catalogue.tables import LONGEST_SPAN_NS
from nvr.clock import NS_PER_S
from nvr.media import StreamKind

T0 = 1_790_000_000 * NS_PER_S
MAIN, SUB = StreamKind.MAIN, StreamKind.SUB


def row(
    segment_id: str, start_s: float, end_s: float | None, *, camera_id: str = "cam01", stream: StreamKind = MAIN
) -> SegmentRow:
    done = end_s is not None
    return SegmentRow(
        segment_id=segment_id,
        camera_id=camera_id,
        stream=stream,
        epoch_ns=T0,
        start_wall_ns=T0 + round(start_s * NS_PER_S),
        end_wall_ns=None if end_s is None else T0 + round(end_s * NS_PER_S),
        path=f"{camera_id}/{segment_id}.mp4",
        codec="h264",
        width_px=1920,
        height_px=1080,
        size_bytes=1000 if done else None,
        packets=1500 if done else None,
        sha256="0" * 64 if done else None,
    )


def _store(tx: Transaction, *rows: SegmentRow) -> None:
    for each in rows:
        (segments.opened if each.end_wall_ns is None else segments.closed)(tx, each)


def _ids(rows: list[SegmentRow]) -> list[str]:
    return [each.segment_id for each in rows]


def _s(seconds: float) -> int:
    return T0 + round(seconds * NS_PER_S)


def test_covering_takes_what_touches_the_window_and_nothing_else(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        _store(
            tx,
            row("a", 0, 60),
            row("b", 60, 120),
            row("c", 120, 180),
            row("d", 180, None),
            row("x", 0, 600, camera_id="cam02"),
            row("y", 0, 600, stream=SUB),
        )
    with catalogue.read() as tx:
        assert _ids(segments.covering(tx, "cam01", MAIN, _s(60), _s(120))) == ["b"], "the window is half open"
        assert _ids(segments.covering(tx, "cam01", MAIN, _s(59.9), _s(120.1))) == ["a", "b", "c"]
        assert _ids(segments.covering(tx, "cam01", MAIN, _s(170), _s(10_000))) == ["c", "d"]
        assert segments.covering(tx, "cam01", MAIN, _s(-10), _s(0)) == []
        assert segments.covering(tx, "cam01", MAIN, _s(170), _s(10_000))[-1].end_wall_ns is None


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """One catalogue for all examples of a property."""
    catalogue = Catalogue(f"sqlite:///{tmp_path_factory.mktemp('shared')}/catalogue.sqlite3")
    yield catalogue
    catalogue.close()


spans = st.lists(
    st.tuples(st.integers(0, 40_000), st.one_of(st.none(), st.integers(0, 3 * LONGEST_SPAN_NS // NS_PER_S))),
    max_size=25,
)


@given(spans=spans, start_s=st.integers(-1000, 60_000), length_s=st.integers(1, 40_000))
@settings(max_examples=60, deadline=None)
def test_covering_equals_a_look_at_every_row(
    shared: Catalogue, spans: list[tuple[int, int | None]], start_s: int, length_s: int
) -> None:
    """Overlapping, open and absurdly long segments included: the two-query search misses none."""
    from_ns, to_ns = _s(start_s), _s(start_s + length_s)
    rows = [row(f"s{i}", at, None if length is None else at + length) for i, (at, length) in enumerate(spans)]
    with shared.write() as tx:
        tx.connection.exec_driver_sql("DELETE FROM segments")
        _store(tx, *rows)
    expected = {
        each.segment_id
        for each in rows
        if each.start_wall_ns < to_ns and (each.end_wall_ns is None or each.end_wall_ns > from_ns)
    }
    with shared.read() as tx:
        found = _ids(segments.covering(tx, "cam01", MAIN, from_ns, to_ns))
    assert len(found) == len(expected)
    assert set(found) == expected


def test_covering_uses_its_indexes(tmp_path: Path) -> None:
    """On SQLite, which shows its plan: a month of segments must not be walked through for one minute."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    statements: list[str] = []
    with catalogue.write() as tx:
        _store(tx, *(row(f"s{i}", i * 60, i * 60 + 60) for i in range(200)))
    with catalogue.read() as tx:
        tx.connection.connection.set_trace_callback(statements.append)
        segments.covering(tx, "cam01", MAIN, _s(600), _s(700))
        tx.connection.connection.set_trace_callback(None)
        plans = [
            " ".join(str(step[3]) for step in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in statements
            if statement.startswith("SELECT")
        ]
    assert len(plans) == 2
    assert "segments_covering" in plans[0]
    assert "start_wall_ns>" in plans[0]
    assert "segments_open_or_long" in plans[1]
    catalogue.close()


def test_opening_and_closing_count_once(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        assert segments.opened(tx, row("a", 0, None))
        assert not segments.opened(tx, row("a", 0, None))
        assert segments.closed(tx, row("a", 0, 60))
        assert not segments.closed(tx, row("a", 0, 61))
        assert not segments.opened(tx, row("a", 0, None)), "a late repeat must not reopen it"
        found = segments.segment(tx, "a")
        assert segments.newest_start(tx, "cam01", MAIN) == _s(0)
        assert segments.newest_start(tx, "cam01", SUB) is None
    assert found is not None
    assert (found.end_wall_ns, found.codec, found.size_bytes) == (_s(60), "h264", 1000)


def hold(tx: Transaction, from_s: int, to_s: int | None, name: str = "h1") -> HoldRow:
    """Hold a stretch of cam01."""
    made = HoldRow(
        hold_id=name if to_s is not None else f"{name}-on",
        camera_id="cam01",
        from_wall_ns=_s(from_s),
        to_wall_ns=None if to_s is None else _s(to_s),
        reason="Oficio 12",
        created_by="Ana",
        created_wall_ns=_s(0),
    )
    hold_rows.store(tx, made)
    return made


def test_the_janitor_takes_the_oldest_and_never_what_is_held_or_open(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        _store(
            tx,
            row("c", 120, 180),
            row("a", 0, 60),
            row("b", 60, 120),
            row("d", 180, None),
            row("old-open", -5000, None),
        )
        hold(tx, 70, 80)  # b, and the one that was never closed
        assert _ids(segments.oldest(tx)) == ["a", "c"]
        assert _ids(segments.candidates(tx, _s(100))) == ["a"]
        assert segments.total_bytes(tx) == 3000
        assert _ids(segments.mark_deleting(tx, ["a", "b", "d"])) == ["a"], "held and open ones stay"
        assert segments.segment(tx, "a") is None
        assert _ids(segments.covering(tx, "cam01", MAIN, _s(0), _s(60))) == ["old-open"]
        assert _ids(segments.deleting(tx)) == ["a"]
        assert segments.forget(tx, ["a", "b", "c"]) == 1, "only marked ones are forgotten"
        assert segments.deleting(tx) == []
        assert segments.segment(tx, "b") is not None


def test_a_hold_is_exact_to_the_segment(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        _store(
            tx,
            *(row(f"s{i}", i * 60, i * 60 + 60) for i in range(6)),
            row("other", 0, 600, camera_id="cam02"),
            row("sub", 0, 600, stream=SUB),
        )
        hold(tx, 120, 181)
        assert _ids([each for each in segments.covering(tx, "cam01", MAIN, _s(0), _s(600)) if each.held]) == [
            "s2",
            "s3",
        ]
        assert segments.covering(tx, "cam01", SUB, _s(0), _s(600))[0].held, "all streams of the camera are evidence"
        assert not segments.covering(tx, "cam02", MAIN, _s(0), _s(600))[0].held
        hold(tx, 290, None)
        assert [each.held for each in segments.covering(tx, "cam01", MAIN, _s(0), _s(600))] == [
            False,
            False,
            True,
            True,
            True,
            True,
        ]


def test_a_gap_that_is_told_as_it_grows_is_one(catalogue: Catalogue) -> None:
    gap = GapRow("g1", "cam01", MAIN, _s(10), _s(20), "software", "starting")
    grown = replace(gap, end_wall_ns=_s(40), cause="link", detail="sin ruta")
    with catalogue.write() as tx:
        assert segments.store_gap(tx, gap)
        assert segments.store_gap(tx, grown), "told again, longer: the last word counts"
        assert not segments.store_gap(tx, replace(gap, end_wall_ns=_s(30)))
        assert segments.gaps(tx, "cam01", _s(0), _s(99)) == [grown]


def test_gaps(catalogue: Catalogue) -> None:
    gap = GapRow("g1", "cam01", MAIN, _s(10), _s(20), "link", "sin ruta")
    with catalogue.write() as tx:
        assert segments.store_gap(tx, gap)
        assert not segments.store_gap(tx, gap)
        assert segments.gaps(tx, "cam01", _s(0), _s(11)) == [gap]
        assert segments.gaps(tx, "cam01", _s(20), _s(30)) == []
        assert segments.gaps(tx, "cam01", _s(0), _s(99), stream=SUB) == []
        assert segments.gaps(tx, "cam02", _s(0), _s(99)) == []

"""What lies in holds, of many at once, beside the same of one hold at a time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nvr.catalogue import coverage, hold_rows, hold_spans, segments
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.tables import LONGEST_SPAN_NS
from nvr.clock import NS_PER_S
from nvr.media import StreamKind
from tests.nvr.catalogue.test_segments import T0, row

LONG_S = LONGEST_SPAN_NS / NS_PER_S


def hold(hold_id: str, camera_id: str, from_s: float, to_s: float | None) -> HoldRow:
    return HoldRow(
        hold_id=hold_id,
        camera_id=camera_id,
        from_wall_ns=T0 + round(from_s * NS_PER_S),
        to_wall_ns=None if to_s is None else T0 + round(to_s * NS_PER_S),
        reason="x",
        created_by="Ana",
        created_wall_ns=T0,
    )


def recorded(tx: Transaction, rng: random.Random) -> None:
    """Two cameras, both streams: files of all lengths, some beyond the longest span, some open."""
    for number in range(300):
        start_s = rng.uniform(0, 5 * LONG_S)
        length_s = rng.choice([60, 60, 600, LONG_S, LONG_S + 1, 3 * LONG_S])
        made = row(
            f"s{number}",
            start_s,
            None if number % 40 == 0 else start_s + length_s,
            camera_id=rng.choice(["cam01", "cam02"]),
            stream=rng.choice(list(StreamKind)),
        )
        (segments.opened if made.end_wall_ns is None else segments.closed)(tx, made)


@pytest.mark.parametrize("seed", range(5))
def test_many_holds_touch_what_each_of_them_touches(catalogue: Catalogue, seed: int) -> None:
    rng = random.Random(seed)
    holds = [hold("nothing", "cam03", 0, None)]
    for number in range(30):
        from_s = rng.uniform(0, 5 * LONG_S)
        to_s = None if number % 10 == 0 else from_s + rng.choice([1, 900, 2 * LONG_S])
        holds.append(hold(f"h{number}", rng.choice(["cam01", "cam02"]), from_s, to_s))
    with catalogue.write() as tx:
        recorded(tx, rng)
        for each in holds:
            hold_rows.store(tx, each)
    with catalogue.read() as tx:
        files = hold_spans.files(tx, [each.hold_id for each in holds])
        weights = hold_spans.weights_bytes(tx, [each.hold_id for each in holds])
        for each in holds:
            until_ns = 2**62 if each.to_wall_ns is None else each.to_wall_ns
            touching = {
                stream: segments.covering(tx, each.camera_id, stream, each.from_wall_ns, until_ns)
                for stream in StreamKind
            }
            expected = {found.segment_id for found in touching[StreamKind.MAIN]}
            assert {found.segment_id for found in files[each.hold_id]} == expected
            by_id = {
                found.segment_id: found
                for found in coverage.knowledge(tx, each.camera_id, StreamKind.MAIN, each.from_wall_ns, until_ns).files
            }
            assert all(by_id[found.segment_id] == found for found in files[each.hold_id])
            # As documented: closed files that end within the longest span, or began within it before the hold.
            weighed = sum(
                (found.size_bytes or 0)
                * (min(found.end_wall_ns, until_ns) - max(found.start_wall_ns, each.from_wall_ns))
                / (found.end_wall_ns - found.start_wall_ns)
                for rows in touching.values()
                for found in rows
                if found.end_wall_ns is not None and found.start_wall_ns > each.from_wall_ns - LONGEST_SPAN_NS
            )
            assert weights.get(each.hold_id, 0) == pytest.approx(weighed, abs=1)
    assert files["nothing"] == []
    assert "nothing" not in weights


def test_a_hold_does_not_have_all_files_of_all_cameras_walked_through(tmp_path: Path) -> None:
    """On SQLite, which shows its plan: neither where it is placed, among millions of files, nor where two hundred of them are listed."""
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    statements: list[str] = []
    with catalogue.write() as tx:
        recorded(tx, random.Random(1))
        tx.connection.connection.set_trace_callback(statements.append)
        hold_rows.store(tx, hold("h1", "cam01", 0, 900))
        hold_spans.files(tx, ["h1"])
        hold_spans.weights_bytes(tx, ["h1"])
        tx.connection.connection.set_trace_callback(None)
        plans = [
            " ".join(str(step[3]) for step in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in statements
            if "segments" in statement
        ]
    catalogue.close()
    assert len(plans) == 5
    for plan in plans:
        assert "segments_covering (camera_id=? AND stream=? AND start_wall_ns>? AND start_wall_ns<?)" in plan or (
            "segments_open_or_long (camera_id=? AND stream=? AND start_wall_ns<?)" in plan
        ), plan

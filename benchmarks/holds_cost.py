"""Measures the list of holds at the catalogue's full size: ``python -m benchmarks.holds_cost [--fast]``.

45 days of 42 cameras, a minute a file, and the 20,000 holds of a year, of whose files alone something is left of the time before; in SQLite and, where
$NVR_TEST_POSTGRESQL or the machine's own server answers, in PostgreSQL. A page of 200 as the console lists it: weighed in one query, and with what each
lacks. Peer: as they were listed before, 1,000 without their lacks, each weighed by a query of its own; ratios are for as many holds. Medians of 9 and 3.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import psycopg
import sqlalchemy as sa

from alerts.holds import PAGE, Holds
from benchmarks.catalogue_cost import MINUTE_NS, timed_ms
from nvr.catalogue import hold_rows
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.hold_rows import HOLDING, HoldRow
from nvr.catalogue.tables import LONGEST_SPAN_NS, gaps, segments
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config.loader import parse_config
from nvr.proof.held import held_sums

CAMERAS, HOLDS, KEPT_DAYS, YEAR_DAYS, GAPS_A_DAY = 42, 20_000, 45, 365, 10
OLD_PAGE, ROUNDS, PEER_ROUNDS = 1000, 9, 3
DAY_NS: Final = 86_400 * NS_PER_S
NOW_NS: Final = 1_790_000_000 * NS_PER_S
NAMES: Final = [f"cam{number:02d}" for number in range(1, CAMERAS + 1)]
CONFIG: Final = parse_config(
    "cameras:\n" + "".join(f'  - {{id: {name}, name: C, main: {{url: "rtsp://h/{name}"}}}}\n' for name in NAMES), "site"
)
Row = dict[str, object]


def held(count: int) -> list[HoldRow]:
    """A year's incidents, each a quarter of an hour of one camera, and the newest but a hundred a supervisor's sixty days."""
    rng = random.Random(3)
    made = []
    for number in range(count):
        at_ns = NOW_NS - YEAR_DAYS * DAY_NS * (count - number) // count
        from_ns, to_ns = at_ns - 10 * MINUTE_NS, at_ns + 5 * MINUTE_NS
        if number == count - 100:
            from_ns = to_ns - 60 * DAY_NS
        made.append(
            HoldRow(f"h{number:05d}", rng.choice(NAMES), from_ns, to_ns, f"N-2026-{number:06d}", "operador1", at_ns)
        )
    return made


def file_rows(holds: Iterable[HoldRow], kept_ns: int) -> Iterator[Row]:
    """What is held of the time before, then all of what is kept; nearly by start, as intake stores them."""
    spans = [(hold.camera_id, ns) for hold in holds for ns in range(hold.from_wall_ns, kept_ns, MINUTE_NS)[:15]]
    spans += [(name, ns) for ns in range(kept_ns, NOW_NS, MINUTE_NS) for name in NAMES]
    for number, (camera_id, start_ns) in enumerate(spans):
        yield {
            "segment_id": f"s{number:08d}", "camera_id": camera_id, "stream": "main", "epoch_ns": 0, "start_wall_ns": start_ns,
            "end_wall_ns": start_ns + MINUTE_NS, "path": f"{camera_id}/main/{start_ns}.mp4", "codec": "h264", "width_px": 1920,
            "height_px": 1080, "size_bytes": 15_000_000, "packets": 1500, "sha256": "0" * 64, "recovered": False, "held": False,
            "deleting": False, "damaged_wall_ns": None, "pool": "", "trimmed": False, "groomed": False,
        }  # fmt: skip


def gap_rows(days: int) -> Iterator[Row]:
    """Ten a day and camera, of 5 to 60 s."""
    rng = random.Random(4)
    for number in range(CAMERAS * days * GAPS_A_DAY):
        start_ns = NOW_NS - rng.randrange(days * DAY_NS)
        yield {
            "gap_id": f"g{number:07d}", "camera_id": rng.choice(NAMES), "stream": "main", "start_wall_ns": start_ns,
            "end_wall_ns": start_ns + rng.randrange(5, 60) * NS_PER_S, "cause": "link", "detail": "no route",
        }  # fmt: skip


def fill(catalogue: Catalogue, holds: list[HoldRow], kept_days: int) -> None:
    """The catalogue of a year."""
    kept_ns = NOW_NS - kept_days * DAY_NS
    for table, rows in ((segments, file_rows(holds, kept_ns)), (gaps, gap_rows(YEAR_DAYS))):
        while batch := [row for _, row in zip(range(50_000), rows, strict=False)]:
            with catalogue.write() as tx:
                tx.connection.execute(sa.insert(table), batch)
    with catalogue.write() as tx:
        for hold in holds:
            hold_rows.store(tx, hold)
        if tx.connection.dialect.name == "postgresql":
            # What its autovacuum does by itself; nobody does it for SQLite.
            tx.connection.execute(sa.text("ANALYZE"))


def weighed_by_itself(tx: Transaction, hold: HoldRow) -> int:
    """The peer: a query for each hold, its files added up one by one."""
    until_ns = hold.to_wall_ns or NOW_NS
    start, end = segments.c.start_wall_ns, segments.c.end_wall_ns
    query = sa.select(start, end, segments.c.size_bytes).where(
        segments.c.camera_id == hold.camera_id,
        segments.c.deleting.is_(False),
        start < until_ns,
        start > hold.from_wall_ns - LONGEST_SPAN_NS,
        end > hold.from_wall_ns,
    )
    total = 0
    for start_ns, end_ns, size_bytes in tx.connection.execute(query):
        inside_ns = min(end_ns, until_ns) - max(start_ns, hold.from_wall_ns)
        total += int(size_bytes or 0) * inside_ns // max(1, end_ns - start_ns)
    return total


def measure(name: str, catalogue: Catalogue, folder: Path, count: int) -> None:
    """A line of the table for each page."""
    desk = Holds(catalogue, CONFIG, SimulatedClock(NOW_NS))

    def listed(before: str | None) -> None:
        desk.listing(ended=False, before=before)

    def whole(before: str | None) -> None:
        page = desk.listing(ended=False, before=before)
        held_sums(catalogue, folder, CONFIG, [hold for hold, _ in page.holds], NOW_NS)

    def peer() -> None:
        with catalogue.read() as tx:
            for hold in hold_rows.listing(tx, HOLDING, OLD_PAGE):
                weighed_by_itself(tx, hold)

    took_peer = timed_ms(peer, PEER_ROUNDS)["median ms"]
    pages = {
        "with a hold of 60 days in it": None,
        "the next": f"h{count - PAGE:05d}",
        "in the middle": f"h{count // 2:05d}",
    }
    for about, before in pages.items():
        bare = timed_ms(lambda before=before: listed(before), ROUNDS)["median ms"]  # type: ignore[misc]  # bound at once
        took = timed_ms(lambda before=before: whole(before), ROUNDS)["median ms"]  # type: ignore[misc]
        ratio = took / PAGE / (took_peer / OLD_PAGE)
        print(f"| {name}, {about} | {bare:.0f} ms | {took:.0f} ms | {took_peer:.0f} ms | {ratio:.2f} |", flush=True)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, default=None, help="leave the SQLite catalogue in this folder")
    parser.add_argument("--fast", action="store_true", help="a tenth of everything: whether it runs, not what it takes")
    options = parser.parse_args()
    share = 10 if options.fast else 1
    count, days = HOLDS // share, KEPT_DAYS // share
    print("| catalogue, page of 200 | listed and weighed | with what each lacks | 1,000 as before | ratio, a hold |")
    print("|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        catalogue = Catalogue(f"sqlite:///{folder}/c.sqlite")
        fill(catalogue, held(count), days)
        measure("SQLite", catalogue, Path(scratch), count)
        catalogue.close()
        url = os.environ.get("NVR_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
        try:
            server = psycopg.connect(url.replace("+psycopg", ""), autocommit=True, connect_timeout=3)
        except psycopg.OperationalError as error:
            print(f"no PostgreSQL: {error}", file=sys.stderr)
            return
        schema = f"bench_{secrets.token_hex(6)}"
        with server:
            server.execute(f"CREATE SCHEMA {schema}")
            try:
                catalogue = Catalogue(f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}")
                fill(catalogue, held(count), days)
                measure("PostgreSQL", catalogue, Path(scratch), count)
                catalogue.close()
            finally:
                server.execute(f"DROP SCHEMA {schema} CASCADE")


if __name__ == "__main__":
    main()

"""The proof of one day: every camera's account, and their sum."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nvr.clock import NS_PER_S
from nvr.config.former import FormerCamera
from nvr.proof.account import CAUSES, Account
from nvr.proof.reading import Books, stream_proof


@dataclass(frozen=True, slots=True)
class CameraDay:
    """One camera's day. ``account.due_ns`` is 0 for a camera that was not to be recorded."""

    camera_id: str
    number: int
    name: str
    trunk: str | None
    account: Account


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over cameras, in nanoseconds; ``longest_gap_ns`` is the longest of any."""

    cameras: int
    due_ns: int
    recorded_ns: int
    by_cause_ns: dict[str, int]
    longest_gap_ns: int
    pending_ns: int
    expired_ns: int
    unexplained_ns: int


@dataclass(frozen=True, slots=True)
class DayProof:
    """The day ``day`` of the site's calendar, [from, to) in UTC, by number of camera. A day that is not over goes up to now."""

    site: str
    timezone: str
    day: date
    from_wall_ns: int
    to_wall_ns: int
    generated_wall_ns: int
    over: bool
    cameras: tuple[CameraDay, ...]

    def totals(self) -> Totals:
        """All cameras together."""
        accounts = [camera.account for camera in self.cameras]
        causes: dict[str, int] = dict.fromkeys(CAUSES, 0)
        for each in accounts:
            for cause, length_ns in each.by_cause_ns().items():
                causes[cause] = causes.get(cause, 0) + length_ns
        return Totals(
            cameras=sum(each.due_ns > 0 for each in accounts),
            due_ns=sum(each.due_ns for each in accounts),
            recorded_ns=sum(each.recorded_ns for each in accounts),
            by_cause_ns=causes,
            longest_gap_ns=max((each.longest_gap_ns for each in accounts), default=0),
            pending_ns=sum(span.length_ns for each in accounts for span in each.pending),
            expired_ns=sum(span.length_ns for each in accounts for span in each.expired),
            unexplained_ns=sum(each.unexplained_ns for each in accounts),
        )


def percent(part_ns: int, due_ns: int) -> str:
    """Two decimals, rounded down: 100.00 is all of it, not nearly all; empty where nothing was due."""
    if due_ns <= 0:
        return ""
    hundredths = 10_000 * part_ns // due_ns
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def day_bounds(day: date, timezone: str) -> tuple[int, int]:
    """[midnight, midnight) of a local day in UTC nanoseconds; 23 or 25 hours where clocks change."""
    zone = ZoneInfo(timezone)
    edges = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    begin, end = (int(edge.timestamp()) * NS_PER_S for edge in edges)
    return begin, end


def local_day(wall_ns: int, timezone: str) -> date:
    """The site's date at a time."""
    return datetime.fromtimestamp(wall_ns // NS_PER_S, UTC).astimezone(ZoneInfo(timezone)).date()


def day_proof(books: Books, day: date, now_wall_ns: int, only: Collection[str] | None = None) -> DayProof:
    """The proof of a day, of all configured cameras (and those that were taken out in the course of it) or of ``only`` those; one reading transaction a camera, so that nobody waits for us.

    Raises:
        CatalogueError: it can't be read.
    """
    config = books.config
    begin_ns, end_ns = day_bounds(day, config.timezone)
    cameras = []
    for camera in sorted(config.cameras, key=lambda each: each.number):
        if only is not None and camera.id not in only:
            continue
        with books.catalogue.read() as tx:
            proof = stream_proof(tx, books.recordings, camera, (begin_ns, end_ns), now_wall_ns)
        if isinstance(camera, FormerCamera) and proof.account.due_ns == 0:
            continue
        cameras.append(CameraDay(camera.id, camera.number, camera.name, camera.trunk, proof.account))
    return DayProof(
        site=config.site,
        timezone=config.timezone,
        day=day,
        from_wall_ns=begin_ns,
        to_wall_ns=max(begin_ns, min(end_ns, now_wall_ns)),
        generated_wall_ns=now_wall_ns,
        over=now_wall_ns >= end_ns,
        cameras=tuple(cameras),
    )

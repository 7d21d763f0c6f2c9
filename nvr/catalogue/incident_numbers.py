"""Numbers of incidents, ``N-2026-000123``: without gaps in a year, and never given out twice, also by a catalogue that was restored or made anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import counters

_NUMBER: Final = re.compile(r"N-(?P<year>\d{4})-(?P<count>\d{6,12})", re.ASCII)


def next_number(tx: Transaction, year: int) -> str:
    """The next one of a year, from 1; without gaps, since a transaction that fails gives its number back."""
    mine = counters.c.name == _counter(year)
    if tx.connection.execute(sa.update(counters).where(mine).values(value=counters.c.value + 1)).rowcount == 0:
        tx.connection.execute(sa.insert(counters).values(name=_counter(year), value=1))
    count = int(tx.connection.execute(sa.select(counters.c.value).where(mine)).scalar_one())
    return f"N-{year}-{count:06d}"


def pass_by(tx: Transaction, numbers: Iterable[str]) -> list[str]:
    """Never give these out again, nor any before them: somebody has papers with them. What is no such number is passed over.

    Returns:
        the highest of each year that this catalogue had not come to.
    """
    passed: list[str] = []
    for year, count in sorted(_highest(numbers).items()):
        mine = counters.c.name == _counter(year)
        known = tx.connection.execute(sa.select(counters.c.value).where(mine)).scalar_one_or_none()
        if known is not None and known >= count:
            continue
        if known is None:
            tx.connection.execute(sa.insert(counters).values(name=_counter(year), value=count))
        else:
            tx.connection.execute(sa.update(counters).where(mine).values(value=count))
        passed.append(f"N-{year}-{count:06d}")
    return passed


def behind(tx: Transaction, numbers: Iterable[str]) -> bool:
    """Whether this catalogue would give out one of these again, or one before it."""
    given = {str(row[0]): int(row[1]) for row in tx.connection.execute(sa.select(counters.c.name, counters.c.value))}
    return any(given.get(_counter(year), 0) < count for year, count in _highest(numbers).items())


def _counter(year: int) -> str:
    return f"incident-{year}"


def _highest(numbers: Iterable[str]) -> dict[int, int]:
    """The highest count by year."""
    found: dict[int, int] = {}
    for number in numbers:
        if match := _NUMBER.fullmatch(number):
            year, count = int(match["year"]), int(match["count"])
            found[year] = max(found.get(year, 0), count)
    return found

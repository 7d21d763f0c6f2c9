"""Catalogues for the tests of this folder, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from tests.nvr.catalogue.databases import empty_database


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock that stands still until told."""
    return SimulatedClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    with empty_database(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def catalogue(url: str, clock: SimulatedClock) -> Iterator[Catalogue]:
    """A catalogue on either database."""
    opened = Catalogue(url, clock)
    yield opened
    opened.close()

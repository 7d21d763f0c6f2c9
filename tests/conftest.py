"""For all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# Property tests say what holds, not how fast: on a machine that others use, a deadline only finds the others.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As pytest's, with a short name: the path of a Unix socket ends at 108 bytes, and a test's name takes thirty of them."""
    return tmp_path_factory.mktemp("t")

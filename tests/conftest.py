"""For all tests."""

from __future__ import annotations

from hypothesis import settings

# Property tests say what holds, not how fast: on a machine that others use, a deadline only finds the others.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

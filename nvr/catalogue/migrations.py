"""Steps from one schema to the next: numbered, forward only, each whole or not at all."""

from __future__ import annotations

from nvr.catalogue.engine import Catalogue


def migrate(catalogue: Catalogue) -> None:
    """Take the steps that are missing."""
    raise NotImplementedError

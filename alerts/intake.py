"""Takes up workers' facts: each batch in one transaction with the journal's position, so that each fact counts exactly once."""

from __future__ import annotations

from collections.abc import Sequence

from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config import Config
from nvr.journal import Position
from nvr.observations import Fact


class Intake:
    """From journal to catalogue, alerts and changes. Thread-safe."""

    def __init__(self, catalogue: Catalogue, config: Config, clock: Clock) -> None:
        self._catalogue = catalogue
        self._config = config
        self._clock = clock
        self.refused = 0

    def position(self, worker: str) -> Position:
        """After which place of the worker's journal to read on."""
        raise NotImplementedError

    def take_up(self, worker: str, facts: Sequence[tuple[Fact, Position]]) -> None:
        """Store a batch. Facts that stand already are passed over; bad ones are logged, counted in ``refused`` and passed over.

        Raises:
            CatalogueError: nothing of the batch was stored; come again with the same batch.
        """
        raise NotImplementedError

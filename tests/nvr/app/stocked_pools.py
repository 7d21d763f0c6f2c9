"""Recordings of some ages on several disks, with their catalogue, for tests of what is deleted where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nvr.app.quotas import Quotas
from nvr.app.shelf import Shelf
from nvr.catalogue import segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import SegmentRow
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Node, Pool
from nvr.media import StreamKind
from nvr.storage.janitor import Janitor, Janitors
from nvr.storage.layout import segment_path
from nvr.storage.pools import PoolPlace, take_into_use
from nvr.storage.space import FreeSpace

MAIN = StreamKind.MAIN
DAY_NS = 86_400 * NS_PER_S
FILE_BYTES = 1000


class ShortSpace(FreeSpace):
    """A disk that lacks what it is told to: none of a test's own is short."""

    def __init__(self, place: PoolPlace, short: Mapping[str, int]) -> None:
        super().__init__(place.folder, 0)
        self._name, self._short = place.name, short

    def shortfall_bytes(self, headroom_bytes: int = 0) -> int:
        return headroom_bytes + self._short.get(self._name, 0)


class StockedPools:
    """A data folder and the pools ``names``; each file is a minute, and ``FILE_BYTES`` long.

    Attributes:
        short: by pool, how many bytes its disk pretends to lack; "" is the data folder.
    """

    def __init__(self, folder: Path, names: Sequence[str] = ("disco1", "disco2")) -> None:
        self.folder = folder
        self.recordings = folder / "data" / "recordings"
        self.recordings.mkdir(parents=True)
        for name in names:
            (folder / name).mkdir()
        self.clock = SimulatedClock()
        self.catalogue = Catalogue(f"sqlite:///{folder}/data/catalogue.sqlite", self.clock)
        self.node = Node(pools=tuple(Pool(name=name, path=folder / name, reserve_mb=16) for name in names))
        self.short: dict[str, int] = {}
        self._made = 0

    def places(self) -> tuple[PoolPlace, ...]:
        return take_into_use(self.recordings, self.node)

    def put(self, pool: str, camera_id: str, *, age_s: float, count: int = 1) -> list[str]:
        """Files one after the other, the first of which began ``age_s`` ago; their ids."""
        self.places()
        made = []
        for number in range(count):
            start_ns = self.clock.wall_ns() - round(age_s * NS_PER_S) + number * 60 * NS_PER_S
            path = f"{f'@{pool}/' if pool else ''}{segment_path(camera_id, MAIN, start_ns)}"
            (self.recordings / path).parent.mkdir(parents=True, exist_ok=True)
            (self.recordings / path).write_bytes(b"x" * FILE_BYTES)
            self._made += 1
            row = SegmentRow(
                f"{pool}-{self._made:03d}", camera_id, MAIN, 0, start_ns, start_ns + 60 * NS_PER_S,
                path, "h264", 2, 2, FILE_BYTES, 1, "ab",
            )  # fmt: skip
            with self.catalogue.write() as tx:
                segments.closed(tx, row)
            made.append(row.segment_id)
        return made

    def janitors(self, quotas_bytes: dict[str, int] | None = None, *, kept_days: float = 45) -> Janitors:
        """As the control process makes them."""
        quotas = Quotas(self.catalogue, quotas_bytes or {}, self.clock)

        def make(place: PoolPlace) -> Janitor:
            return Janitor(
                self.recordings,
                Shelf(self.catalogue, quotas, place.name),
                ShortSpace(place, self.short),
                retention_ns=round(kept_days * DAY_NS),
                headroom_bytes=0,
                clock=self.clock,
                pool=place.name,
                present=place.present,
            )

        return Janitors(self.places, make, quotas.weigh)

    def rows(self) -> dict[str, bool]:
        """The segments on record by id, and whether their file is there."""
        with self.catalogue.read() as tx:
            found = tx.connection.exec_driver_sql("SELECT segment_id, path FROM segments ORDER BY segment_id")
            return {str(segment_id): (self.recordings / path).exists() for segment_id, path in found}

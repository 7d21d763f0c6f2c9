"""Says that the recordings folder's own disk is not there, or that the data folder's runs short where deleting recordings does not mend it: they lie
elsewhere, and the catalogue, pictures and journals fill it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alerts import storage_alarms
from alerts.storage_alarms import Alarm
from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config import Config
from nvr.errors import StorageError
from nvr.storage import home_disk
from nvr.storage.pools import kept_free_mb
from nvr.storage.space import FreeSpace

STEADY_STEPS: Final = 10
"""So many looks without trouble before the alert ends by itself."""
_MB: Final = 1024 * 1024


class DataDiskWatch:
    """``step`` each minute, from one thread.

    Args:
        config: the configuration in force, live.
        recordings: the recordings folder, in the data folder.
    """

    def __init__(self, catalogue: Catalogue, config: Config, recordings: Path, clock: Clock) -> None:
        self._catalogue, self._config, self._clock = catalogue, config, clock
        self._recordings, self._data = recordings, recordings.parent
        self._anchor = min(config.cameras, key=lambda camera: camera.number).id
        self._steady = 0
        self._told: int | None = None  # with which priority
        self._asked_wall_ns = 0

    def step(self) -> bool:
        """Look; raise the alert, or end it. Whether anything is wrong.

        Raises:
            CatalogueError: nothing was done; the next look does it.
            StorageError: the disk doesn't say how much is free.
        """
        now_ns = self._clock.wall_ns()
        wrong = self._wrong()
        if wrong is None:
            self._steady += 1
            if self._steady == STEADY_STEPS:  # after a start, too: an alert of before ends
                with self._catalogue.write() as tx:
                    storage_alarms.settle(tx, self._config, storage_alarms.DATA_ZONE, now_ns)
                self._told = None
            return False
        priority, note = wrong
        self._steady = 0
        worse = self._told is None or priority < self._told
        if worse or now_ns - self._asked_wall_ns >= storage_alarms.ASK_AGAIN_NS:
            with self._catalogue.write() as tx:
                alarm = Alarm(storage_alarms.DATA_ZONE, self._anchor, priority, {"note": note})
                storage_alarms.tell(tx, self._config, alarm, now_ns, again=self._told is None)
            self._told, self._asked_wall_ns = priority, now_ns
        return True

    def _wrong(self) -> tuple[int, str] | None:
        """Priority and words; None where there is room, or where deleting recordings makes it."""
        if not home_disk.is_there(self._recordings):
            return 1, (
                f"El disco de las grabaciones no está en {self._recordings}: lo que hay en él no se ve ni se borra; móntelo, "
                f"sin reiniciar nada. Mientras tanto se graba en {home_disk.meanwhile(self._recordings)}. Si ya no volverá, borre {home_disk.register_of(self._recordings)}"
            )
        node = self._config.node
        try:
            together = self._recordings.stat().st_dev == self._data.stat().st_dev
        except OSError as error:
            raise StorageError(f"{self._recordings} can't be looked at ({error.strerror})", "check its disk") from error
        if together and not node.pools:
            return None
        free_bytes = FreeSpace(self._data, 0).free_bytes()
        if free_bytes >= kept_free_mb(node.reserve_mb, node.headroom_mb) * _MB:
            return None
        note = (
            f"Quedan {free_bytes / 1e9:.1f} GB en el disco de la carpeta de datos: ahí están el catálogo, las fotos y el índice, "
            "y borrar grabaciones de otros discos no lo alivia; libere espacio en él"
        )
        return (1 if free_bytes < node.reserve_mb * _MB else 2), note

"""What the console stands on; ``nvr.app`` puts it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alerts.desk import Desk
from alerts.holds import Holds
from alerts.outbox import Outbox
from console_web.configuration import ConfigKeeper
from console_web.live import LiveHub
from console_web.threads import Threads
from console_web.trials import ZoneTrials
from nvr.calls import CallClient
from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config import Config
from nvr.storage.forecast import Outlook
from nvr.storage.pools import PoolPlace


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that ``create_app`` is given.

    Attributes:
        recordings: folder that segment paths are relative to.
        snapshots: folder that snapshot paths are relative to.
        static: folder of the built console.
        live: feeds live video and holds the board of the workers' health. The application runs it.
        threads: where blocking work goes; whoever else writes into the catalogue in this process shares ``threads.write``, and
            whoever made them closes them once the application has ended.
        pools: the recordings folder, and further disks.
        outlook: the newest forecast of how long the disks keep; None: not made yet.
        cameras: asks the worker that talks ONVIF; None where nobody does. Whoever made it runs it.
        proofs: folder of the daily proofs that are kept; None: none are.
        motion_index: where it is kept what moved; None: it is not.
        views: where it is kept what each camera usually shows; None: it is not.
        configuration: keeps the configuration; None: it stays as it is.
        outbox: what is told outside the pages, and how its channels are; None: nothing is.
        trials: tries zones on the movement of the last days; None: that can't be done.
    """

    config: Config
    catalogue: Catalogue
    desk: Desk
    holds: Holds
    clock: Clock
    recordings: Path
    snapshots: Path
    static: Path
    live: LiveHub
    threads: Threads = field(default_factory=Threads)
    proofs: Path | None = None
    motion_index: Path | None = None
    views: Path | None = None
    pools: Callable[[], Sequence[PoolPlace]] = tuple
    outlook: Callable[[], Outlook | None] = lambda: None
    cameras: CallClient | None = None
    configuration: ConfigKeeper | None = None
    outbox: Outbox | None = None
    trials: ZoneTrials | None = None

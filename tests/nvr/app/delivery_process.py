"""A process that delivers what waits in a catalogue until it is killed. Run as a program: ``delivery_process.py URL CONFIG CREDENTIALS``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alerts.boards import Boards
from alerts.outbox import Outbox
from nvr.app.delivering import Deliverer
from nvr.catalogue.engine import Catalogue
from nvr.clock import SystemClock
from nvr.config import load_config


async def deliver(url: str, config_path: Path, credentials: Path) -> None:
    """Until killed."""
    config, clock = load_config(config_path), SystemClock()
    catalogue = Catalogue(url, clock)

    async def write(work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.to_thread(work, *arguments)

    await Deliverer(Outbox(catalogue, config, Boards(clock)), catalogue, config, credentials, write).run()


if __name__ == "__main__":
    asyncio.run(deliver(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))

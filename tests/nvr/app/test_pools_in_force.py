"""A disk is added by saving the file: the control process tries it, refuses one that is not fit, and the ingest worker records into it from then on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from console_web.configuration import Asker, Source
from nvr.app.adoption import adopt_at_start
from nvr.app.folders import Folders
from nvr.app.in_force import FOLDER
from nvr.app.ingest_worker import IngestWorker
from nvr.app.places import Places
from nvr.app.version_keeper import VersionKeeper
from nvr.catalogue.engine import Catalogue
from nvr.clock import SystemClock
from nvr.config.live import LiveConfig
from nvr.config.versions import VersionStore
from nvr.errors import ConfigError
from nvr.storage.pools import META
from tests import waiting

CAMERA = 'cameras:\n  - {id: cam1, name: Uno, main: {url: "rtsp://127.0.0.1:9/1"}}\n'


def config(*names: str, folder: Path) -> str:
    pools = ", ".join(f"{{name: {name}, path: {folder / name}, reserve_mb: 16}}" for name in names)
    return f"node: {{pools: [{pools}]}}\n{CAMERA}"


def save(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


until = partial(waiting.until_async, timeout_s=30)


async def _run(folder: Path) -> None:
    path, data = folder / "cameras.yaml", folder / "data"
    save(path, config(folder=folder))
    folders = Folders.at(data)
    folders.create()
    settings = adopt_at_start(path, data).in_force
    catalogue = Catalogue(f"sqlite:///{data}/catalogue.sqlite", SystemClock())
    live = LiveConfig.of(settings.config)
    places = Places(folders.recordings, live)

    async def write(work: Callable[[], None]) -> None:
        await asyncio.to_thread(work)

    keeper = VersionKeeper(
        path, data, live, settings,
        catalogue=catalogue, clock=SystemClock(), credentials=data / "credentials.yaml", write=write,
    )  # fmt: skip
    stop = asyncio.Event()
    worker = IngestWorker(settings, folders, "ingest-0")
    working = asyncio.create_task(worker.run(stop))

    def used() -> set[str]:
        return {pool.place.name for pool in worker._recorder._pools if not pool.leaving}

    try:
        await _save(path, config("a", folder=folder), keeper.put(Source(), Asker("ana"), "command"), refused="no such")
        assert VersionStore(data / FOLDER).history()[0].version == 1, "nothing of it came in force"
        (folder / "a").mkdir()
        await _save(path, config("a", folder=folder), keeper.put(Source(), Asker("ana"), "command"))
        await until(lambda: used() == {"", "a"})
        assert (folder / "a" / META).exists()
        assert [place.name for place in places.used()] == ["", "a"]
        (folder / "b").mkdir()
        await _save(path, config("b", folder=folder), keeper.put(Source(), Asker("ana"), "command"))
        await until(lambda: used() == {"", "b"})
        assert [place.name for place in places.every()] == ["", "b", "a"], "what is there is still looked after"
        assert places.present("@a/cam1/main/x.mp4")
        assert not places.present("@c/cam1/main/x.mp4")
        state = await keeper.state()
        assert state.restart.empty, "nothing waits for a start"
    finally:
        stop.set()
        await working
        catalogue.close()


async def _save(path: Path, text: str, put: Awaitable[object], refused: str = "") -> None:
    save(path, text)
    if not refused:
        await put
        return
    with pytest.raises(ConfigError, match=refused) as caught:
        await put
    assert [fault.field for fault in caught.value.faults] == ["node.pools.a"]


def test_a_disk_is_added_and_taken_out_by_saving_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "ingest")  # the camera is not there, on purpose
    asyncio.run(_run(tmp_path))

"""The ONVIF process: ``python -m nvr.app.onvif_worker --config F --data D --worker onvif-0``. Moves cameras, sets them, hears what they notice.

A process of its own, because SOAP from hostile devices belongs neither beside the recorder nor beside the catalogue, and because a camera that moves
must be stopped when the console dies: who moves it lives here, with the dead man's timer.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec
import uvloop

from ingest.onvif.ear import Ear
from ingest.onvif.keeper import Keeper
from ingest.onvif.pilot import Pilot
from ingest.ptz import orders
from nvr.app.credentials_file import CredentialsFile
from nvr.app.fact_log import FactLog
from nvr.app.folders import Folders
from nvr.app.following import LOOK_S, Follower
from nvr.app.in_force import InForce
from nvr.app.ingest_worker import resident_bytes
from nvr.app.patrol_memory import PatrolMemory
from nvr.app.shares import Share, onvif_share
from nvr.app.worker_process import worker_main
from nvr.bus import Publisher
from nvr.calls import CallServer
from nvr.config import Camera, Credential
from nvr.errors import NotFound
from nvr.observations import CameraMoving, WorkerStatus
from nvr.steady_clock import SteadyClock
from nvr.supervision import stop_event

log = logging.getLogger(__name__)
_STATUS_S: Final = 1.0
_decode = msgspec.json.Decoder(orders.Order).decode


class OnvifWorker:
    """All cameras of a node that speak ONVIF."""

    def __init__(self, folders: Folders, share: Share, known: Mapping[str, Credential]) -> None:
        self._share = share
        self._clock = SteadyClock(folders.data)
        self._publisher = Publisher(folders.run, share.worker)
        self._facts = FactLog(
            folders.journal(share.worker), self._publisher.wake_journal_reader, asyncio.get_running_loop()
        )
        self._calls = CallServer(folders.run, share.worker, self._answer)
        patrols = PatrolMemory(folders.patrols)
        self._pilots: dict[str, Pilot] = {}
        self._keepers: dict[str, Keeper] = {}
        self._ears: dict[str, Ear] = {}
        for camera in share.cameras:
            credential = known.get(camera.credentials or "")
            pilot = Pilot(
                camera,
                credential,
                self._clock,
                partial(self._moving, camera.id),
                patrol=patrols.running(camera.id),
                on_patrol=partial(patrols.keep, camera.id),
            )
            self._pilots[camera.id] = pilot
            keeper = self._keepers[camera.id] = Keeper(camera.id, pilot)
            if camera.onvif is not None and camera.onvif.events:
                on_state = partial(setattr, keeper, "events")
                self._ears[camera.id] = Ear(camera, credential, self._clock, self._facts.report, on_state)

    def _moving(self, camera_id: str, moving: bool) -> None:  # noqa: FBT001 - the pilot's one word
        self._publisher.publish_moving(CameraMoving(camera_id=camera_id, moving=moving, wall_ns=self._clock.wall_ns()))

    async def _answer(self, body: bytes) -> msgspec.Struct:
        order = _decode(body)
        pilot, keeper = self._pilots.get(order.camera_id), self._keepers.get(order.camera_id)
        if pilot is None or keeper is None:
            raise NotFound("esa cámara no se maneja por ONVIF")
        if isinstance(order, orders.DeviceOrder):
            return await keeper.order(order)
        return await pilot.order(order)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; then stop what moves and write down what was heard."""
        works = [self._calls.run(), self._status(), *(pilot.run() for pilot in self._pilots.values())]
        works += [ear.run() for ear in self._ears.values()]
        facts = asyncio.create_task(self._facts.run())
        tasks = [asyncio.create_task(work) for work in works]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([facts, stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopping, facts, *tasks):
                task.cancel()
            results = await asyncio.gather(*tasks, facts, return_exceptions=True)
            self._facts.close()
            self._publisher.close()
            self._clock.close()
        for result in results:
            # A fault of our own: the supervisor starts this process again, which begins by stopping every camera.
            if isinstance(result, Exception):
                raise result

    async def _status(self) -> None:
        while True:
            await asyncio.sleep(_STATUS_S)
            self._publisher.publish_status(self.status())

    def status(self) -> WorkerStatus:
        """What this worker says of itself now."""
        times = os.times()
        now_ns = self._clock.monotonic_ns()
        pilots, ears = self._pilots.values(), self._ears.values()
        return WorkerStatus(
            worker=self._share.worker,
            pid=os.getpid(),
            wall_ns=self._clock.wall_ns(),
            cpu_s=times.user + times.system,
            rss_bytes=resident_bytes(),
            counters={
                "cameras": len(pilots),
                "unreachable": sum(bool(pilot.link.fault) for pilot in pilots),
                "moving": sum(pilot.moving(now_ns) for pilot in pilots),
                "stopped_after_silence": sum(pilot.silences for pilot in pilots),
                "signals": sum(ear.signals for ear in ears),
                "signals_passed_over": sum(ear.passed_over for ear in ears),
                "facts_dropped": self._facts.dropped,
            },
            cameras={},
        )


async def _run(settings: InForce, folders: Folders, worker: str) -> None:
    """Work with what is in force; where that changes for one of these cameras, or its password does, let everything go and begin anew: no picture is lost
    by it."""
    stop, follower = stop_event(), Follower(folders.data, settings.record)
    passwords = CredentialsFile(folders.credentials(settings.config))
    while not stop.is_set():
        share = onvif_share(settings.config) or Share(worker, ())
        over = asyncio.Event()
        serving = asyncio.create_task(OnvifWorker(folders, share, passwords.entries).run(over))
        ending = asyncio.create_task(stop.wait())
        other = asyncio.create_task(_other(follower, passwords, settings, share.cameras))
        await asyncio.wait({serving, ending, other}, return_when=asyncio.FIRST_COMPLETED)
        over.set()
        await serving
        settings = other.result() if other.done() else settings
        for task in (ending, other):
            task.cancel()


async def _other(
    follower: Follower, passwords: CredentialsFile, settings: InForce, cameras: tuple[Camera, ...]
) -> InForce:
    """What is in force, as soon as these cameras or their credentials are not as they are now."""
    used = _used(passwords, cameras)
    while True:
        await asyncio.sleep(LOOK_S)
        if (found := await asyncio.to_thread(follower.news)) is not None:
            settings = found
            share = onvif_share(found.config)
            if (() if share is None else share.cameras) != cameras:
                return found
        if await asyncio.to_thread(passwords.changed) and _used(passwords, cameras) != used:
            return settings


def _used(passwords: CredentialsFile, cameras: tuple[Camera, ...]) -> list[Credential | None]:
    return [passwords.entries.get(camera.credentials or "") for camera in cameras]


def run(settings: InForce, folders: Folders, worker: str) -> None:
    """Serve this node's ONVIF cameras until told to stop."""
    uvloop.run(_run(settings, folders, worker))


if __name__ == "__main__":
    worker_main(run)

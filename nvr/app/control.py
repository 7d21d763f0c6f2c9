"""The control process: catalogue, desk and console. ``python -m nvr.app.control --config F --data D``."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NoReturn

import uvicorn
import uvloop

import console_web
from alerts.analysis_fault import AnalysisWatch
from alerts.clock_fault import ClockWatch
from alerts.desk import Desk
from alerts.holds import Holds
from alerts.intake import Intake
from alerts.outbox import Outbox
from console_web.app import create_app, server_options
from console_web.live import LiveHub
from console_web.services import Services
from console_web.threads import Threads
from nvr.app.audit_check import AuditAnchor
from nvr.app.channel_watch import ChannelWatch
from nvr.app.credential_audit import CredentialAudit
from nvr.app.data_disk import DataDiskWatch
from nvr.app.delivering import Deliverer
from nvr.app.disk_watch import DiskWatch
from nvr.app.expiry import Expiry, newest_segment_ns
from nvr.app.folders import Folders
from nvr.app.groomer import Groomer
from nvr.app.hold_keeper import HoldKeeper
from nvr.app.in_force import FOLDER, InForce
from nvr.app.intake_loop import IntakeLoop
from nvr.app.orders import Orders
from nvr.app.outlook import Forecaster
from nvr.app.pictures import Pictures
from nvr.app.places import Places
from nvr.app.quotas import Quotas
from nvr.app.shares import ONVIF_WORKER
from nvr.app.shelf import ScrubShelf, Shelf
from nvr.app.trimmer import Trimmer
from nvr.app.upkeep import Upkeep
from nvr.app.version_keeper import VersionKeeper
from nvr.app.worker_process import worker_main
from nvr.app.zone_trials import TuneProcess
from nvr.calls import CallClient
from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config.live import LiveConfig
from nvr.errors import NvrError
from nvr.media import StreamKind
from nvr.motion_index.keeper import Keeper
from nvr.proof.archive import ProofArchive
from nvr.proof.reading import Books
from nvr.steady_clock import SteadyClock
from nvr.storage.janitor import Janitor, Janitors
from nvr.storage.pools import PoolPlace
from nvr.storage.scrub import Scrub
from nvr.storage.terms import Terms
from nvr.supervision import stop_event

log = logging.getLogger(__name__)
STATIC: Final = Path(console_web.__file__).parent / "static"
_TICK_S: Final = 1.0
_JANITOR_S: Final = 60.0
_GROOM_S: Final = 10.0
_UPKEEP_S: Final = 10.0
_PROOF_S: Final = 60.0
_INDEX_S: Final = 600.0
_FIRST_LOOK_S: Final = 30.0
_CHORES: Final = 32
"""Threads for what looks at disks. A disk that hangs keeps one of each chore for as long as it does; asyncio's own number, 6 on two cores, would then leave none for
the intake, and no alert would come any more."""


async def control(settings: InForce, folders: Folders) -> None:
    """Run until SIGTERM, SIGINT or the parent's end."""
    # Whoever is given this sees the next version as soon as it is in force.
    config = LiveConfig.of(settings.config)
    give_chores_threads(asyncio.get_running_loop())
    clock = SteadyClock(folders.data)
    catalogue = await asyncio.to_thread(Catalogue, folders.database_url(config), clock)
    desk, intake = Desk(catalogue, config, clock), Intake(catalogue, config, clock)
    threads = Threads()
    terms = Terms.of(config)
    places = Places(folders.recordings, config)
    quotas = Quotas(catalogue, terms.quotas_bytes, clock)
    janitors = Janitors(
        places.every, lambda place: _janitor(place, folders.recordings, catalogue, (terms, quotas), clock), quotas.weigh
    )
    newest_ns = await asyncio.to_thread(newest_segment_ns, catalogue, config)
    index = Keeper(folders.motion_index, config.node.motion_index_days, clock, folders.clock_doubt.exists)
    pictures = Pictures(folders.snapshots, catalogue, config.node.retention_days, clock, folders.clock_doubt.exists)
    clock_watch, analysis_watch = ClockWatch(catalogue, config), AnalysisWatch(catalogue, config)
    keeper = await _looked(HoldKeeper(catalogue, folders.recordings))
    holds = Holds(catalogue, config, clock)
    trimmer = Trimmer(catalogue, folders.recordings, terms.kept_ns, places.present)
    forecaster = Forecaster(catalogue, config, folders.recordings, clock)
    expiry = Expiry(
        janitors,
        folders.clock_doubt,
        newest_ns,
        clock,
        lambda: clock.line.doubt,
        trimmer=trimmer,
        holds=holds,
        spared=places.spared,
    )
    disk_watch, data_disk = (
        DiskWatch(catalogue, config),
        DataDiskWatch(catalogue, config, folders.recordings, clock),
    )
    passwords = CredentialAudit(folders.credentials(config), folders.data / FOLDER, catalogue, config, clock)
    outbox = Outbox(catalogue, config, desk.boards)
    upkeep = Upkeep(catalogue, desk, AuditAnchor(folders.audit_heads), folders.clock_doubt.exists)

    scrub = Scrub(
        folders.recordings,
        ScrubShelf(catalogue, config),
        bytes_per_s=config.node.scrub_mb_s * 1024 * 1024,
        clock=clock,
        present=places.present,
    )
    groomer = Groomer(
        catalogue, config, folders.recordings, clock, doubtful=folders.clock_doubt.exists, present=places.present
    )
    ear = IntakeLoop(folders.data / "journal", intake, threads.write)
    live = LiveHub(folders.run, settings.worker_names, on_journal=ear.wake)
    keeping = _keeping(settings, config, folders, catalogue, clock, threads)
    cameras = CallClient(folders.run, ONVIF_WORKER)
    services = Services(
        config=config,
        catalogue=catalogue,
        desk=desk,
        holds=holds,
        clock=clock,
        recordings=folders.recordings,
        snapshots=folders.snapshots,
        static=STATIC,
        live=live,
        threads=threads,
        proofs=folders.proofs,
        motion_index=folders.motion_index,
        views=folders.views,
        pools=places.used,
        outlook=lambda: forecaster.last,
        cameras=cameras,
        configuration=keeping,
        outbox=outbox,
        trials=None if keeping is None else TuneProcess(keeping, folders.data),
    )
    app = create_app(services)
    server = _Server(uvicorn.Config(app, **server_options(services), lifespan="on"))
    stop = stop_event()
    books = Books(catalogue, config, folders.recordings)
    proofs = ProofArchive(folders.proofs, books, clock, stop.is_set, folders.clock_doubt.exists)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(ear.run()),
            group.create_task(_every(_TICK_S, lambda: threads.write(desk.tick, clock.wall_ns()))),
            group.create_task(_every(_TICK_S, lambda: threads.write(clock_watch.look, clock.wall_ns(), clock.line))),
            group.create_task(
                _every(_TICK_S, lambda: threads.write(analysis_watch.look, clock.wall_ns(), live.board.statuses()))
            ),
            # In a thread of its own: deleting thousands of files must not keep a take or a dispatch waiting.
            group.create_task(_every(_JANITOR_S, lambda: asyncio.to_thread(expiry.step))),
            group.create_task(_every(_JANITOR_S, lambda: asyncio.to_thread(places.forget_drained, catalogue))),
            group.create_task(_every(_TICK_S, lambda: asyncio.to_thread(keeper.keep))),
            group.create_task(_every(_JANITOR_S, lambda: asyncio.to_thread(forecaster.step))),
            group.create_task(_every(_JANITOR_S, lambda: asyncio.to_thread(data_disk.step))),
            group.create_task(
                _every(
                    _TICK_S,
                    lambda: threads.write(
                        disk_watch.look, [known.status for known in live.board.workers.values()], clock.wall_ns()
                    ),
                )
            ),
            group.create_task(_at_its_pace(scrub.step, _JANITOR_S, "the recordings can't be checked: %s")),
            group.create_task(_at_its_pace(groomer.step, _GROOM_S, "the recordings can't be thinned out: %s")),
            group.create_task(_every(_INDEX_S, lambda: asyncio.to_thread(index.step))),
            group.create_task(_every(_INDEX_S, lambda: asyncio.to_thread(pictures.step))),
            group.create_task(_every(_PROOF_S, lambda: asyncio.to_thread(proofs.step))),
            group.create_task(_every(_UPKEEP_S, lambda: threads.write(upkeep.step))),
            group.create_task(_every(_TICK_S, lambda: threads.write(passwords.step))),
            group.create_task(cameras.run()),
            group.create_task(end_with(app.broken)),
        ]
        delivery = _delivering(outbox, catalogue, config, folders, threads)
        tasks += [group.create_task(work) for work in (*_keeping_up(keeping, folders, catalogue.clock), *delivery)]
        serving = group.create_task(server.serve())
        await stop.wait()
        server.should_exit = True
        await serving
        for task in tasks:
            task.cancel()
    threads.close()
    await asyncio.get_running_loop().shutdown_default_executor()  # a sweep that is under way
    upkeep.stop()
    catalogue.close()
    clock.close()


def give_chores_threads(loop: asyncio.AbstractEventLoop) -> None:
    """Let ``asyncio.to_thread`` have ``_CHORES`` of them; they begin as they are needed."""
    loop.set_default_executor(ThreadPoolExecutor(_CHORES, thread_name_prefix="chore"))


def _janitor(
    place: PoolPlace, recordings: Path, catalogue: Catalogue, limits: tuple[Terms, Quotas], clock: Clock
) -> Janitor:
    terms, quotas = limits
    return Janitor(
        recordings,
        Shelf(catalogue, quotas, place.name),
        place.space,
        retention_ns=terms.usual_ns[StreamKind.MAIN],
        kept_ns=terms.kept_ns,
        headroom_bytes=place.headroom_bytes,
        clock=clock,
        pool=place.name,
        present=place.present,
    )


def _keeping(  # noqa: PLR0917 - parts of one process, each once
    settings: InForce, config: LiveConfig, folders: Folders, catalogue: Catalogue, clock: Clock, threads: Threads
) -> VersionKeeper | None:
    """Who keeps the configuration; nobody where no node put a version in force."""
    if settings.record is None:
        return None
    return VersionKeeper(
        Path(settings.record.path),
        folders.data,
        config,
        settings,
        catalogue=catalogue,
        clock=clock,
        credentials=folders.credentials(config),
        write=threads.write,
    )


def _keeping_up(keeping: VersionKeeper | None, folders: Folders, clock: Clock) -> list[Coroutine[Any, Any, None]]:
    if keeping is None:
        return []
    # A lease that is broken while we ask for it (nvr.app.watching) sends SIGIO, which would end us.
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, keeping.hung_up)
    return [keeping.run(), Orders(folders.orders, clock.wall_ns).follow(keeping.carry_out)]


def _delivering(
    outbox: Outbox, catalogue: Catalogue, config: LiveConfig, folders: Folders, threads: Threads
) -> list[Coroutine[Any, Any, None]]:
    deliverer = Deliverer(outbox, catalogue, config, folders.credentials(config), threads.write)
    watch = ChannelWatch(catalogue, config, outbox)
    return [deliverer.run(), _every(_UPKEEP_S, lambda: threads.write(watch.look, catalogue.clock.wall_ns()))]


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: one place decides when this process ends, whoever asks for it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _at_its_pace(step: Callable[[], float], idle_s: float, trouble: str) -> None:
    while True:
        try:
            rest_s = await asyncio.to_thread(step)
        except NvrError as error:
            log.error(trouble, error)
            rest_s = 0.0
        # A round that is over, or nothing to look at yet: no need to ask again at once.
        await asyncio.sleep(rest_s or idle_s)


async def _looked(keeper: HoldKeeper) -> HoldKeeper:
    """The keeper once it has looked: a restored catalogue learns what is held before anything is deleted. A disk that hangs keeps nobody from the desk."""
    look = asyncio.create_task(asyncio.to_thread(keeper.keep))
    await asyncio.wait({look}, timeout=_FIRST_LOOK_S)
    if look.done():
        look.result()
    return keeper


async def end_with(broken: asyncio.Event) -> NoReturn:
    """Fail once the console has: this process then ends, and is started anew at once.

    Raises:
        RuntimeError: it has.
    """
    await broken.wait()
    raise RuntimeError("a part of the console ended by itself: see the lines above")


async def _every(interval_s: float, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    while True:
        try:
            await work()
        except NvrError as error:
            log.error("%s", error)
        await asyncio.sleep(interval_s)


def run(settings: InForce, folders: Folders, _worker: str) -> None:
    """Run the control process until told to stop."""
    with suppress(KeyboardInterrupt):
        uvloop.run(control(settings, folders))


if __name__ == "__main__":
    worker_main(run)

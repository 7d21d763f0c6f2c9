"""An ingest process: ``python -m nvr.app.ingest_worker --config F --data D --worker ingest-0``. Pulls, records and publishes; decodes nothing."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, cast, get_args

import uvloop

from ingest.rates import RateWatch
from ingest.streams import IngestSet
from nvr.app.fact_log import FactLog
from nvr.app.folders import Folders
from nvr.app.in_force import InForce
from nvr.app.ingest_settings import IngestSettings, recorded_streams
from nvr.app.worker_process import worker_main
from nvr.bus import AsyncSubscriber, Publisher
from nvr.errors import GapCause
from nvr.media import AudioPacket, Packet
from nvr.observations import CameraStateChanged, WorkerStatus
from nvr.recording.modes import Modes, MotionBoard
from nvr.recording.pooled import OpenPool, PooledRecorder, last_stops, recover_all
from nvr.steady_clock import SteadyClock
from nvr.storage.pools import PoolPlace, take_into_use
from nvr.supervision import stop_event

log = logging.getLogger(__name__)
_STATUS_S: Final = 1.0
_DISK_S: Final = 10.0


class IngestWorker:
    """One process's cameras: sessions in front, recorder and bus behind."""

    def __init__(self, settings: InForce, folders: Folders, worker: str) -> None:
        self._worker = worker
        self._folders = folders
        self._clock = SteadyClock(folders.data)
        self._loop = asyncio.get_running_loop()
        self._publisher = Publisher(folders.run, worker)
        self._facts = FactLog(folders.journal(worker), self._publisher.wake_journal_reader, self._loop)
        self._settings = IngestSettings(settings, folders.data, folders.credentials(settings.config), worker)
        self._recorded = recorded_streams(self._settings.cameras)
        self._rates = RateWatch(self._settings.cameras)
        config = settings.config
        self._pools = config.node.pools
        self._following = asyncio.Lock()
        places = take_into_use(folders.recordings, config.node)
        self._places = places
        self._recorder = PooledRecorder(
            places,
            config.node,
            self._facts.record,
            self._clock,
            standstills=last_stops(places),
            leapt=self._clock.leap_within,
        )
        self._motion = MotionBoard(self._clock)
        self._modes = Modes(
            config, self._recorder, self._motion.moves, self._clock, moved_since=self._motion.moved_since
        )
        self._analytics = [share.worker for share in settings.shares("analytics")]
        for key in sorted(self._recorded):
            self._recorder.expect(*key)
        self._streams = IngestSet(
            self._settings.cameras,
            self._settings.credentials.entries,
            self._clock,
            self._take,
            self._report,
            audio_sink=self._hear,
        )

    def _take(self, packet: Packet) -> None:
        if (packet.camera_id, packet.stream) in self._recorded:
            self._modes.write(packet)
        self._publisher.publish_packet(packet)

    def _hear(self, packet: AudioPacket) -> None:
        if (packet.camera_id, packet.stream) in self._recorded:
            self._modes.write_audio(packet)

    def _report(self, change: CameraStateChanged) -> None:
        if change.state == "offline" and (change.camera_id, change.stream) in self._recorded:
            cause = cast("GapCause", change.cause) if change.cause in get_args(GapCause) else "camera"
            self._modes.interrupted(change.camera_id, change.stream, cause, change.detail)
        self._facts.report(change)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; then say goodbye to the cameras, close the segments and report them."""
        # From another thread, and not before the cameras: what an earlier run left unfinished is read as a whole, which may take seconds.
        recovering = asyncio.create_task(asyncio.to_thread(recover_all, self._places, self._facts.record))
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._streams.run()),
                group.create_task(self._facts.run()),
                group.create_task(self._status()),
                group.create_task(self._follow()),
                group.create_task(self._take_up()),
            ]
            await stop.wait()
            for task in tasks:
                task.cancel()
        await asyncio.to_thread(self._recorder.close)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(recovering), _DISK_S)
        self._facts.close()
        self._summary()
        self._publisher.close()
        self._clock.close()

    async def _follow(self) -> None:
        """Hear what moves, where a camera's mode depends on it."""
        subscriber = AsyncSubscriber(self._folders.run, self._analytics, events=True)
        try:
            while True:
                message = await subscriber.receive()
                if isinstance(message, WorkerStatus):
                    self._motion.hear(message)
        finally:
            subscriber.close()

    async def _take_up(self) -> None:
        """Take up other cameras, and other credentials, as they come in force; what stays as it is goes on untouched."""
        while True:
            await self._settings.next()
            # First: a camera that is new goes at once where it belongs. But a disk that hangs keeps no camera waiting.
            pools = asyncio.create_task(self._follow_pools())
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(pools), _DISK_S)
            recorded = recorded_streams(self._settings.cameras)
            for key in sorted(recorded - self._recorded):
                self._recorder.expect(*key)
            self._modes.take_up(self._settings.config)
            dropped, self._recorded = self._recorded - recorded, self._recorded | recorded
            self._rates.take_up(self._settings.cameras)
            await self._streams.take_up(self._settings.cameras, self._settings.credentials.entries)
            self._recorded = recorded
            for key in sorted(dropped):
                self._modes.withdraw(*key, "taken out of the configuration")

    async def _follow_pools(self) -> None:
        """Record into the pools of the configuration in force. Disks are asked from another thread; a change that comes meanwhile waits for its turn."""

        def opened() -> tuple[tuple[PoolPlace, ...], list[OpenPool]]:
            places = take_into_use(self._folders.recordings, node)
            pools = self._recorder.open_pools(places)
            # What a run of earlier times left there unfinished; where each stream stopped is known here already.
            recover_all([pool.place for pool in pools], self._facts.record)
            return places, pools

        async with self._following:
            node = self._settings.config.node
            if node.pools != self._pools:
                self._recorder.follow(*await asyncio.to_thread(opened))
                self._pools = node.pools

    async def _status(self) -> None:
        while True:
            await asyncio.sleep(_STATUS_S)
            status = self.status()
            self._publisher.publish_status(status)
            for fact in self._rates.step(status.cameras, self._clock.monotonic_ns(), status.wall_ns):
                self._facts.report(fact)

    def status(self) -> WorkerStatus:
        """What this worker says of itself now."""
        cameras = self._streams.counters()
        for name, counters in self._recorder.stats().items():
            cameras.setdefault(name, {}).update({f"recorder_{key}": value for key, value in counters.items()})
        times = os.times()
        return WorkerStatus(
            worker=self._worker,
            pid=os.getpid(),
            wall_ns=self._clock.wall_ns(),
            cpu_s=times.user + times.system,
            rss_bytes=resident_bytes(),
            counters={
                **{f"recorder_{key}": value for key, value in self._recorder.totals().items()},
                "facts_dropped": self._facts.dropped,
            },
            cameras=cameras,
        )

    def _summary(self) -> None:
        """The run in one line: what came, what lies on disk, what did not."""
        sessions, recorder = self._streams.counters(), self._recorder.stats()
        recorded = [f"{camera_id}/{stream}" for camera_id, stream in self._recorded]
        packets = sum(sessions[name]["packets"] for name in recorded)
        written = sum(recorder[name]["packets_written"] for name in recorded if name in recorder)
        lost = sum(sessions[name]["lost"] + recorder.get(name, {}).get("dropped", 0) for name in recorded)
        log.info("recorded streams: %d packets in, %d recorded, %d lost", packets, written, lost)


def resident_bytes() -> int:
    """This process's resident memory (proc(5), statm)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def _run(settings: InForce, folders: Folders, worker: str) -> None:
    await IngestWorker(settings, folders, worker).run(stop_event())


def run(settings: InForce, folders: Folders, worker: str) -> None:
    """Pull this worker's cameras until told to stop."""
    uvloop.run(_run(settings, folders, worker))


if __name__ == "__main__":
    worker_main(run)

"""The analytics worker: one thread, all its cameras, packets from the bus, facts to the journal.

The loop sleeps until something lies ready, takes all of it, works, and lets a few milliseconds pass so that the next look finds several
packets: at 210 packets a second a wake-up each would cost more than the detector. Behind by more than a second, each camera jumps to its newest
key frame, and that is counted. Observations are synced to the journal before anybody is told.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from analytics import view_orders
from analytics.background import Workspace
from analytics.decoder import DecoderSettings
from analytics.governor import Governor
from analytics.pipeline import CameraPipeline
from analytics.schedule import newest_first_to_live
from analytics.verifier import Verifier
from analytics.worker_counters import camera_counters, rss_bytes
from nvr.bus import Publisher, Subscriber
from nvr.clock import NS_PER_S, Clock, SystemClock
from nvr.config import Camera, Config
from nvr.config.changes import detection
from nvr.journal import JournalWriter
from nvr.media import Packet
from nvr.motion_index.writer import IndexWriter
from nvr.observations import SHORT_COUNTER, MotionObserved, ObjectRecognised, PictureStateChanged, WorkerStatus

_log = logging.getLogger(__name__)

_COALESCE_S: Final = 0.02
_POLL_MS: Final = 200
_BATCH_PACKETS: Final = 4096
_BEHIND_S: Final = 1.0
_STATUS_S: Final = 1.0
_PENDING_FACTS: Final = 10_000
EXTRA_SHARE: Final = 0.5
"""Of the budget, up to which cameras without a sub-stream get more than their key frames and what follows changed ones."""


News = Callable[[], tuple[Config, Sequence[Camera]] | None]
"""Another configuration that came in force, and the worker's cameras in it; None while there is none."""


@dataclass(slots=True)
class _Rates:
    """What the last status was computed from."""

    monotonic_ns: int
    frames: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Spent:
    """What the budget was last reckoned from."""

    monotonic_ns: int = 0
    cpu_s: float = 0.0
    thinned: int = 0


class AnalyticsWorker:
    """The worker's parts and its loop.

    Args:
        name: the worker's name on the bus and in its status.
        cameras: those that this worker looks at.
        ingest_workers: names of the workers that publish their packets, and of the one that says which cameras are being moved.
        run_folder: where the sockets lie.
        journal_folder: this worker's own journal.
        snapshots_folder: under which snapshots are written.
        index_folder: under which the motion index is kept.
        views_folder: in which it is kept what each camera usually shows, and in which orders to learn that anew are found.
        clock: for tests; the machine's otherwise.
        settings: of the decoders.
        config: the whole configuration, for what detection depends on beside the camera.
        news: asked every second.
        budget_cores: processor time a second that decoding and detecting may take; beyond it less of each stream is decoded.
        verifier: is asked what moves, and closed at the end; None: nobody is.
    """

    def __init__(
        self,
        name: str,
        cameras: Sequence[Camera],
        ingest_workers: Sequence[str],
        *,
        run_folder: Path,
        journal_folder: Path,
        snapshots_folder: Path,
        index_folder: Path,
        views_folder: Path | None = None,
        clock: Clock | None = None,
        settings: DecoderSettings | None = None,
        config: Config | None = None,
        news: News | None = None,
        budget_cores: float = 1.0,
        verifier: Verifier | None = None,
    ) -> None:
        cv2.setNumThreads(1)  # the pictures are small: threads would only wait for each other
        self._name = name
        self._clock = clock or SystemClock()
        self._pending: deque[MotionObserved | ObjectRecognised | PictureStateChanged] = deque()
        self._news = news
        self._verifier = verifier
        self._snapshots = snapshots_folder
        self._views = views_folder
        self._settings = settings
        self._config = config
        self._workspace = Workspace()
        self._pipelines = {camera.id: self._pipeline(camera) for camera in cameras}
        self._keys = {camera.id: f"{camera.id}/{camera.analysed}" for camera in cameras}
        self._asked = {camera.id: camera.analysed for camera in cameras}
        self._detection = {camera.id: detection(camera, config) for camera in cameras} if config is not None else {}
        self._journal = JournalWriter(journal_folder, self._clock)
        self._index = IndexWriter(index_folder)
        self._publisher = Publisher(run_folder, name)
        self._subscriber = Subscriber(run_folder, ingest_workers)
        for camera in cameras:
            self._subscriber.subscribe(camera.id, camera.analysed)
        self._subscriber.subscribe_moves()
        self._late_dropped: dict[str, int] = {}
        self._largest_batch = 0
        self._facts = 0
        self._facts_lost = 0
        self._journal_failing = False
        self._rates = _Rates(self._clock.monotonic_ns(), dict.fromkeys(self._pipelines, 0))
        self._governor = Governor(budget_cores, EXTRA_SHARE * budget_cores)
        self._spent = _Spent()

    def _pipeline(self, camera: Camera) -> CameraPipeline:
        return CameraPipeline(
            camera,
            self._clock,
            self._pending.append,
            self._snapshots,
            settings=self._settings,
            workspace=self._workspace,
            tell=self._pending.append,
            config=self._config,
            views=self._views,
            ask=None if self._verifier is None else self._verifier.ask,
        )

    def take_up(self, config: Config, cameras: Sequence[Camera]) -> None:
        """Another configuration is in force. Cameras that detection sees no difference in go on; the others end what is open and begin anew."""
        self._keep_index()  # of those that go, too
        self._config = config
        cameras = [camera for camera in cameras if camera.analysis != "off"]
        wanted = {camera.id: detection(camera, config) for camera in cameras}
        for camera_id in [each for each in self._pipelines if self._detection.get(each) != wanted.get(each)]:
            self._pipelines.pop(camera_id).close()
            self._subscriber.unsubscribe(camera_id, self._asked.pop(camera_id))
            del self._keys[camera_id]
            self._rates.frames.pop(camera_id, None)
            _log.info(
                "%s: camera %s is looked at %s", self._name, camera_id, "anew" if camera_id in wanted else "no more"
            )
        for camera in cameras:
            if camera.id not in self._pipelines:
                self._pipelines[camera.id] = self._pipeline(camera)
                self._keys[camera.id] = f"{camera.id}/{camera.analysed}"
                self._asked[camera.id] = camera.analysed
                self._rates.frames[camera.id] = 0
                self._subscriber.subscribe(camera.id, camera.analysed)
        self._detection = wanted

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; then end what is open, write it down and close everything."""
        next_status_ns = 0
        try:
            while not stop.is_set():
                started_s = time.monotonic()
                self._work(self._subscriber.poll(_POLL_MS, _BATCH_PACKETS))
                self._take_answers()
                now_ns = self._clock.monotonic_ns()
                if now_ns >= next_status_ns:
                    next_status_ns = now_ns + round(_STATUS_S * NS_PER_S)
                    self._every_second()
                stop.wait(max(0.0, _COALESCE_S - (time.monotonic() - started_s)))
        finally:
            self._close()

    def _work(self, packets: list[Packet]) -> None:
        for move in self._subscriber.moves():
            if (pipeline := self._pipelines.get(move.camera_id)) is not None:
                pipeline.hold_back(moving=move.moving)
        self._largest_batch = max(self._largest_batch, len(packets))
        # What was on its way when a camera was taken out, or looks at another of its streams now.
        packets = [packet for packet in packets if self._asked.get(packet.camera_id) is packet.stream]
        backlog = newest_first_to_live(packets, _BEHIND_S)
        for camera_id, count in backlog.dropped.items():
            self._late_dropped[camera_id] = self._late_dropped.get(camera_id, 0) + count
            self._pipelines[camera_id].skip()
        for packet in backlog.packets:
            self._pipelines[packet.camera_id].push(packet)
            if self._pending:
                self._write_facts()

    def _take_answers(self) -> None:
        if self._verifier is not None and (answers := self._verifier.take()):
            self._pending.extend(answers)
            self._write_facts()

    def _write_facts(self) -> None:
        facts = tuple(self._pending)
        try:
            self._journal.append(*facts)
        except OSError as error:
            if not self._journal_failing:
                _log.error(
                    "%s: observations wait, the journal can't be written (%s): check the disk", self._name, error
                )
            self._journal_failing = True
            while len(self._pending) > _PENDING_FACTS:
                self._pending.popleft()
                self._facts_lost += 1
            return
        self._journal_failing = False
        self._pending.clear()
        self._facts += len(facts)
        self._publisher.wake_journal_reader()

    def _every_second(self) -> None:
        if self._news is not None and (found := self._news()) is not None:
            self.take_up(*found)
        self._learn_views_anew()
        self._keep_to_budget()
        for pipeline in self._pipelines.values():
            pipeline.tick()
        self._keep_index()
        if self._pending:
            self._write_facts()
        self._publisher.publish_status(self.status())

    def _learn_views_anew(self) -> None:
        if self._views is None:
            return
        for camera_id in view_orders.waiting(self._views):
            if (pipeline := self._pipelines.get(camera_id)) is not None:
                pipeline.picture.moved()
                view_orders.carried_out(self._views, camera_id)
                _log.info("%s: what camera %s shows from now on is its usual view", self._name, camera_id)

    def _keep_index(self) -> None:
        for camera_id, pipeline in self._pipelines.items():
            rows = pipeline.seconds.take()
            if rows:
                self._index.append(camera_id, rows)

    def _keep_to_budget(self) -> None:
        """Measure what this thread took since the last time, and let every camera have the same share of what is left."""
        now_ns, cpu_s = time.monotonic_ns(), time.thread_time()
        spent, thinned = self._spent, sum(pipeline.schedule.thinned for pipeline in self._pipelines.values())
        self._spent = _Spent(now_ns, cpu_s, thinned)
        if not spent.monotonic_ns:
            return
        self._governor.update((cpu_s - spent.cpu_s) / max(1e-3, (now_ns - spent.monotonic_ns) / NS_PER_S))
        self._governor.note(thinned - spent.thinned)
        for pipeline in self._pipelines.values():
            pipeline.share(self._governor)

    def frames(self, camera_id: str) -> int:
        """How many of a camera's frames were looked at."""
        return self._pipelines[camera_id].decoder.counters.frames

    def status(self) -> WorkerStatus:
        """What the worker says of itself; rates are over the time since the last call."""
        now_ns = self._clock.monotonic_ns()
        elapsed_s = max(1e-3, (now_ns - self._rates.monotonic_ns) / NS_PER_S)
        cameras: dict[str, dict[str, float]] = {}
        frames: dict[str, int] = {}
        for camera_id, pipeline in self._pipelines.items():
            frames[camera_id] = pipeline.decoder.counters.frames
            cameras[self._keys[camera_id]] = camera_counters(
                pipeline,
                fps=(frames[camera_id] - self._rates.frames[camera_id]) / elapsed_s,
                dropped=self._late_dropped.get(camera_id, 0),
            )
        self._rates = _Rates(now_ns, frames)
        counters: dict[str, float] = {
            "frames": sum(frames.values()),
            "calibrating": sum(camera["calibrating"] for camera in cameras.values()),
            "decode_errors": sum(camera["decode_errors"] for camera in cameras.values()),
            "dropped": sum(self._late_dropped.values()) + self._subscriber.dropped,
            "thinned": self._spent.thinned,
            "share_decoded": round(self._governor.head, 2),
            "share_extra": round(self._governor.extra_head, 2),
            "budget_cores": round(self._governor.budget_cores, 2),
            SHORT_COUNTER: float(self._governor.short),
            "backlog": self._largest_batch,
            "observations": sum(camera["observations"] for camera in cameras.values()),
            "facts_written": self._facts,
            "facts_waiting": len(self._pending),
            "facts_lost": self._facts_lost,
            "bus_malformed": self._subscriber.malformed,
            "index_rows": self._index.rows,
            "index_rows_lost": self._index.lost,
        } | ({} if self._verifier is None else self._verifier.counters())
        self._largest_batch = 0
        return WorkerStatus(
            worker=self._name,
            pid=os.getpid(),
            wall_ns=self._clock.wall_ns(),
            cpu_s=time.process_time(),
            rss_bytes=rss_bytes(),
            counters=counters,
            cameras=cameras,
        )

    def _close(self) -> None:
        frames = sum(pipeline.decoder.counters.frames for pipeline in self._pipelines.values())
        skipped = sum(pipeline.decoder.counters.skipped for pipeline in self._pipelines.values())
        given_up = sum(self._late_dropped.values()) + self._subscriber.dropped
        _log.info("%s analysed: %d frames, %d skipped", self._name, frames, skipped + given_up)
        for pipeline in self._pipelines.values():
            pipeline.close()
        if self._verifier is not None:
            self._verifier.close()
        if self._pending:
            self._write_facts()
        self._keep_index()
        self._index.close()
        self._subscriber.close()
        self._publisher.close()
        self._journal.close()


def run_worker(
    name: str,
    config: Config,
    cameras: Sequence[Camera],
    ingest_workers: Sequence[str],
    *,
    run_folder: Path,
    journal_folder: Path,
    snapshots_folder: Path,
    index_folder: Path,
    views_folder: Path | None = None,
    stop: threading.Event,
    clock: Clock | None = None,
    news: News | None = None,
    budget_cores: float = 1.0,
    verifier: Verifier | None = None,
) -> None:
    """Analyse cameras until ``stop`` is set; the entry of an analytics process.

    Args:
        name: of this worker; its socket and status carry it.
        config: the whole configuration.
        cameras: those of it that this worker looks at.
        ingest_workers: names of the workers that publish packets.
        run_folder: where the sockets lie.
        journal_folder: this worker's own journal; nobody else writes there.
        snapshots_folder: under which snapshots are written.
        clock: that of the node; the machine's otherwise.
        index_folder: under which the motion index is kept.
        views_folder: in which it is kept what each camera usually shows.
        news: asked every second for another configuration that came in force.
        budget_cores: processor time a second that this worker may take.
        verifier: is asked what moves, and closed at the end; None: nobody is.
        stop: set it, from a signal handler say, to end; returns within a quarter of a second, everything written down.
    """
    known = {camera.id for camera in config.enabled_cameras}
    worker = AnalyticsWorker(
        name,
        [camera for camera in cameras if camera.id in known and camera.analysis != "off"],
        ingest_workers,
        run_folder=run_folder,
        journal_folder=journal_folder,
        snapshots_folder=snapshots_folder,
        clock=clock,
        index_folder=index_folder,
        views_folder=views_folder,
        config=config,
        news=news,
        budget_cores=budget_cores,
        verifier=verifier,
    )
    worker.run(stop)

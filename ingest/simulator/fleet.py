"""The fleet in one place: fills the cache, listens, plays, obeys and writes down what moved."""

from __future__ import annotations

import asyncio
import heapq
import os
import random
import threading
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ingest.simulator.cache import Progress, cache_key, fill_cache
from ingest.simulator.clip_files import Clip, load_clip
from ingest.simulator.clips import FULL_SHAPE, ClipKind, FleetShape
from ingest.simulator.control import (
    CameraStatus,
    Command,
    ControlServer,
    Event,
    FleetStatus,
    QuietAll,
    Resume,
    Signal,
    Unplug,
    camera_or_refuse,
)
from ingest.simulator.datagrams import DatagramPair
from ingest.simulator.listener import stop_accepting
from ingest.simulator.onvif_fleet import OnvifFleet
from ingest.simulator.player import CameraPlayer, PreparedStream, prepare_streams
from ingest.simulator.playlist import Playlist
from ingest.simulator.scene import scene_number
from ingest.simulator.server import RtspConnection, RtspService, ServedCamera
from ingest.simulator.truth import MovementWatch, TruthLog
from ingest.simulator.viewers import DeliveryCounts
from nvr.clock import NS_PER_MS, NS_PER_S, SystemClock
from nvr.config import Camera, Config, Credential
from nvr.errors import ConfigError, ConfigFault, SegmentCorrupt
from nvr.media import StreamKind

DEFAULT_PORT: Final = 8554
DEFAULT_CACHE: Final = Path("data/simulator-cache")
DEFAULT_EVENTS_PER_HOUR: Final = 6.0
DEFAULT_SEED: Final = 1
_COALESCE_NS: Final = 4 * NS_PER_MS
_SWEEP_S: Final = 5.0


class Fleet:
    """Simulated cameras that run as long as the ``async with`` block.

    Args:
        config: its enabled cameras are played under ``/<id>/main`` and, where they have one, ``/<id>/sub``, whatever their URLs say.
        cache: folder of the encoded clips, filled on entering.
        shape: how clips are made.
        seed: of scenes, events and numberings.
        host: address to listen on.
        port: TCP port, 0 lets the system choose, and those of the ONVIF devices too.
        events_per_hour: of random movements per camera.
        control_socket: Unix socket to listen for commands on, or None.
        truth_log: file that movements are appended to, or None.
        credentials: by name; cameras with ``credentials`` in the configuration ask for them.
        workers: processes that encode what the cache lacks; 0 does it in a thread of this one.
        session_timeout_s: silence after which a client is hung up on.
        progress: told (scenes done, scenes to do), from another thread.

    Raises (on entering):
        ConfigError: a port or socket is taken, or a camera names credentials that are not given.
    """

    def __init__(
        self,
        config: Config,
        *,
        cache: Path = DEFAULT_CACHE,
        shape: FleetShape = FULL_SHAPE,
        seed: int = DEFAULT_SEED,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        events_per_hour: float = DEFAULT_EVENTS_PER_HOUR,
        control_socket: Path | None = None,
        truth_log: Path | None = None,
        credentials: Mapping[str, Credential] | None = None,
        workers: int | None = None,
        session_timeout_s: float = 60.0,
        progress: Progress | None = None,
    ) -> None:
        self._cameras = config.enabled_cameras
        self._cache = cache
        self._shape = shape
        self._seed = seed
        self._host = host
        self._port = port
        self._events_per_hour = events_per_hour
        self._control_socket = control_socket
        self._truth_log = truth_log
        self._credentials = credentials or {}
        self._workers = (os.cpu_count() or 1) if workers is None else workers
        self._session_timeout_s = session_timeout_s
        self._progress = progress
        self._clock = SystemClock()
        self._served: dict[str, ServedCamera] = {}
        self._counts = DeliveryCounts()
        self._onvif = OnvifFleet(self._clock)
        self._resources = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self.encoded_scenes = 0
        """Scenes that had to be made on entering."""

    async def __aenter__(self) -> Self:
        if not self._cameras:
            raise ConfigError([ConfigFault("simulator", 0, 0, "cameras", "none is enabled", "enable one")])
        credentials = {camera.id: self._credential(camera) for camera in self._cameras}
        scenes = {scene_number(camera.number) for camera in self._cameras}
        folder = self._cache / cache_key(self._shape, self._seed)
        self.encoded_scenes = await self._fill(folder, scenes)
        prepared = await asyncio.to_thread(lambda: {number: _prepare(folder, number, self._shape) for number in scenes})
        async with AsyncExitStack() as stack:
            log = stack.enter_context(TruthLog(self._truth_log))
            for camera in self._cameras:
                player = self._player(camera, *prepared[scene_number(camera.number)], log)
                self._served[camera.id] = ServedCamera(player, credentials[camera.id])
            any_port = self._port == 0
            await self._listen(stack)
            await self._onvif.listen(
                stack,
                cameras=self._cameras,
                credentials=credentials,
                shape=self._shape,
                url=self.url,
                unplugged=self._unplugged,
                any_port=any_port,
            )
            if self._control_socket is not None:
                await stack.enter_async_context(ControlServer(self._control_socket, self._obey))
            self._tasks = [asyncio.create_task(self._play()), asyncio.create_task(self._sweep())]
            stack.push_async_callback(_finish, self._tasks)
            self._resources = stack.pop_all()
        return self

    async def _fill(self, folder: Path, scenes: set[int]) -> int:
        stop = threading.Event()
        try:
            return await asyncio.to_thread(
                fill_cache,
                folder,
                scenes,
                self._shape,
                self._seed,
                workers=self._workers,
                progress=self._progress,
                stop=stop,
            )
        finally:
            stop.set()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    @property
    def port(self) -> int:
        """The TCP port that the fleet listens on."""
        return self._port

    async def serve(self) -> None:
        """Run until cancelled; a fault of the player is raised here."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in self._tasks:
            if task.done():
                task.result()

    def url(self, camera_id: str, stream: StreamKind = StreamKind.MAIN) -> str:
        """Where a stream is to be had."""
        return f"rtsp://{self._host}:{self._port}/{camera_id}/{stream}"

    def trigger_event(self, camera_id: str) -> None:
        """Let something move in front of a camera from its next GOP on."""
        self._obey(Event(camera_id))

    def unplug(self, camera_id: str, seconds: float) -> None:
        """Take a camera off the network for a while; 0 plugs it in again."""
        self._obey(Unplug(camera_id, seconds))

    def status(self) -> FleetStatus:
        """How things stand."""
        now_s = asyncio.get_running_loop().time()
        cameras = {
            camera_id: CameraStatus(
                clip=camera.player.choice.clip,
                viewers={stream: len(feed.viewers) for stream, feed in camera.player.feeds.items()},
                unplugged=now_s < camera.unplugged_until_s,
                events=camera.player.events_begun,
                movements=camera.player.watch.played,
                **self._pointing(camera_id),
            )
            for camera_id, camera in self._served.items()
        }
        counts = self._counts
        return FleetStatus(
            cameras=cameras,
            packets=counts.packets,
            bytes=counts.bytes,
            dropped_packets=counts.dropped_packets,
            slow_disconnects=counts.slow_disconnects,
        )

    def _pointing(self, camera_id: str) -> dict[str, Any]:
        device = self._onvif.device(camera_id)
        if device is None:
            return {}
        return {"position": device.head.at, "turning": device.head.moving, "reboots": device.reboots}

    def _unplugged(self, camera_id: str) -> bool:
        return asyncio.get_running_loop().time() < self._served[camera_id].unplugged_until_s

    def _credential(self, camera: Camera) -> Credential | None:
        if camera.credentials is None:
            return None
        if camera.credentials not in self._credentials:
            fault = ConfigFault(
                "credentials",
                0,
                0,
                camera.credentials,
                f"not given, but camera {camera.id} asks for it",
                "add the entry to the file",
            )
            raise ConfigError([fault])
        return self._credentials[camera.credentials]

    def _player(
        self,
        camera: Camera,
        clips: Mapping[ClipKind, Clip],
        streams: Mapping[StreamKind, PreparedStream],
        log: TruthLog,
    ) -> CameraPlayer:
        wanted = {stream: source for stream, source in streams.items() if camera.source(stream) is not None}
        # Cameras begin at different instants, or all their key frames would leave in the same one.
        phase = random.Random(f"{self._seed}/{camera.id}/phase").random()
        return CameraPlayer(
            camera.id,
            clips=clips,
            streams=wanted,
            gop_s=self._shape.gop_s,
            playlist=Playlist(
                quiet_gops=self._shape.quiet_gops,
                event_gops=self._shape.event_gops,
                gop_s=self._shape.gop_s,
                events_per_hour=self._events_per_hour,
                seed=f"{self._seed}/{camera.id}/events",
            ),
            watch=MovementWatch(camera.id, log),
            start_ns=self._clock.monotonic_ns() + round(phase * self._shape.gop_s * NS_PER_S),
            seed=str(self._seed),
        )

    async def _listen(self, stack: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        datagrams = DatagramPair(self._host)
        stack.callback(datagrams.close)
        self._service = RtspService(self._served, datagrams, self._counts, self._session_timeout_s)
        datagrams.listen(loop, self._service.heard_from)
        try:
            server = await loop.create_server(
                lambda: RtspConnection(self._service, loop), self._host, self._port, backlog=512
            )
        except OSError as error:
            fault = ConfigFault(
                "simulator",
                0,
                0,
                "port",
                f"can't listen on {self._host}:{self._port} ({error.strerror})",
                "choose another --port",
            )
            raise ConfigError([fault]) from error
        self._port = server.sockets[0].getsockname()[1]
        stack.push_async_callback(_close, server, self._service)

    async def _play(self) -> None:
        """Wake up when a frame is due and send all that are due within a few milliseconds, of whatever camera."""
        clock = self._clock
        queue = [(camera.player.due_ns, index, camera.player) for index, camera in enumerate(self._served.values())]
        heapq.heapify(queue)
        while True:
            now_ns = clock.monotonic_ns()
            wall_ns = clock.wall_ns()
            until_ns = now_ns + _COALESCE_NS
            while queue[0][0] <= until_ns:
                _, index, player = queue[0]
                player.play(until_ns, now_ns, wall_ns)
                heapq.heapreplace(queue, (player.due_ns, index, player))
            # Even a fleet that is behind lets its connections be served.
            await asyncio.sleep(max(0.0, (queue[0][0] - clock.monotonic_ns()) / NS_PER_S))

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_S)
            self._service.hang_up_on_the_silent(loop.time())
            for camera_id in self._onvif.servers:
                self._onvif.signal(camera_id, "motion", active=self._served[camera_id].player.watch.moving)

    def _obey(self, command: Command) -> FleetStatus | None:
        match command:
            case Event():
                camera_or_refuse(self._served, command.camera).player.playlist.request_event()
            case QuietAll():
                for camera in self._served.values():
                    camera.player.playlist.request_quiet()
            case Resume():
                for camera in self._served.values():
                    camera.player.playlist.resume()
            case Unplug():
                now_s = asyncio.get_running_loop().time()
                self._service.unplug(camera_or_refuse(self._served, command.camera), now_s + command.seconds, now_s)
            case Signal():
                self._onvif.signal(command.camera, command.kind, active=command.active)
            case _:
                return self.status()
        return None


def _prepare(
    folder: Path, number: int, shape: FleetShape
) -> tuple[dict[ClipKind, Clip], dict[StreamKind, PreparedStream]]:
    clips = {}
    for kind in ClipKind:
        clip = load_clip(folder, number, kind)
        if clip is None:
            raise SegmentCorrupt(
                f"scene {number} of the simulator's cache can't be read", f"delete {folder} and start again"
            )
        clips[kind] = clip
    streams = prepare_streams(clips, shape.gop_s)
    # Only the ground truth is needed from here on; the packets hold the pictures.
    return {kind: Clip(clip.truth, {}) for kind, clip in clips.items()}, streams


async def _close(server: asyncio.Server, service: RtspService) -> None:
    await stop_accepting(server)
    server.close()
    for connection in list(service.connections):
        connection.drop()
    await server.wait_closed()


async def _finish(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome

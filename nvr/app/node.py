"""``nvr run``: checks what it was given, then keeps the node's processes alive until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import ssl
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nvr import systemd
from nvr.app.adoption import Adopted, adopt_at_start, data_folder
from nvr.app.folders import Folders
from nvr.app.following import Follower
from nvr.app.in_force import KINDS, InForce
from nvr.app.progress import Progress
from nvr.app.shares import ONVIF_WORKER, onvif_share
from nvr.app.worker_process import raise_file_limit
from nvr.bus import AsyncSubscriber
from nvr.clock import NS_PER_S
from nvr.config import Config, load_config
from nvr.errors import NvrError
from nvr.observations import WorkerStatus
from nvr.storage import home_disk
from nvr.supervision import ChildSpec, ChildState, Patience, supervise

log = logging.getLogger(__name__)
_HEALTH_TIMEOUT_S = 5.0
_FRESH_NS = 5 * NS_PER_S
_LOOKED_NS = 12 * NS_PER_S  # as long as the motion index takes what lies between two pictures as looked at


@dataclass(slots=True)
class NodeState:
    """What the supervisor sees of its node. ``config`` is what is in force now."""

    config: Config
    children: dict[str, ChildState] = field(default_factory=dict)
    statuses: dict[str, tuple[int, WorkerStatus]] = field(default_factory=dict)
    console_up: bool = False

    def arriving(self, now_ns: int) -> int:
        """How many streams arrive; a report that came (by the monotonic clock) over 5 s ago counts as none."""
        reports = self._reports("ingest", now_ns)
        return sum(counters.get("fps", 0) > 0 for status in reports for counters in status.cameras.values())

    def looked_at(self, now_ns: int) -> int:
        """How many cameras are analysed: a picture of the last 12 s was looked at.

        Not those with a picture in the last second: of a main stream only key frames may be looked at, and with a short budget of any stream.
        """
        return sum(
            status.wall_ns - counters.get("last_frame_wall_ns", 0) < _LOOKED_NS
            for status in self._reports("analytics", now_ns)
            for counters in status.cameras.values()
        )

    def _reports(self, prefix: str, now_ns: int) -> list[WorkerStatus]:
        return [
            status
            for worker, (came_ns, status) in self.statuses.items()
            if worker.startswith(prefix) and now_ns - came_ns < _FRESH_NS
        ]


def load(config_path: Path, data: Path | None) -> Config:
    """The configuration, with the data folder that the command line names.

    Raises:
        ConfigError: with every fault.
    """
    config = load_config(config_path)
    if data is not None:
        config = config.model_copy(update={"node": config.node.model_copy(update={"data": data})})
    return config


def child_specs(settings: InForce, config_path: Path, folders: Folders) -> list[ChildSpec]:
    """The processes of a node, in the order of their start."""
    place = ("--config", str(config_path.resolve()), "--data", str(folders.data))
    workers = [
        ChildSpec(share.worker, f"nvr.app.{kind}_worker", (*place, "--worker", share.worker))
        for kind in KINDS
        for share in settings.shares(kind)
    ]
    if onvif_share(settings.config) is not None:
        workers.append(ChildSpec(ONVIF_WORKER, "nvr.app.onvif_worker", (*place, "--worker", ONVIF_WORKER)))
    return [ChildSpec("control", "nvr.app.control", place), *workers]


def console_url(config: Config) -> str:
    """Where a browser finds the console."""
    scheme = "https" if config.node.tls_certificate else "http"
    host = "localhost" if config.node.host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else config.node.host  # noqa: S104 - compared, not bound
    return f"{scheme}://{host}:{config.node.port}/"


def check_port(config: Config) -> None:
    """Fail early, and say it plainly, where the console can't listen.

    Raises:
        NvrError: in use, not ours to take, or not an address of this machine.
    """
    host, port = config.node.host, config.node.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise NvrError(
                    f"port {port} on {host} is in use", "stop the other program, or name another port with node.port"
                ) from error
            raise NvrError(
                f"the console can't listen on {host} port {port} ({error.strerror})", "check node.host and node.port"
            ) from error


@dataclass(frozen=True, slots=True)
class Forerunner:
    """A child that must listen on a loopback port before the others start: the simulated fleet."""

    spec: ChildSpec
    port: int


async def run_node(
    settings: InForce, config_path: Path, folders: Folders, progress: Progress, forerunner: Forerunner | None = None
) -> None:
    """Run until SIGTERM or SIGINT. SIGHUP has the control process take up the configuration file as it is now."""
    state = NodeState(settings.config)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, _hung_up, state, stop, _on_terminal())
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_listen(settings, folders, state)),
        ]
        nursery = Nursery(group, state.children)
        if forerunner is not None:
            nursery.keep([forerunner.spec])
            await _first(stop.wait(), _listens(forerunner.port))

        async def follow() -> None:
            follower, now = Follower(folders.data, settings.record), settings
            while True:
                state.config = now.config
                nursery.keep([*always, *child_specs(now, config_path, folders)])
                now = await follower.next()

        always = [] if forerunner is None else [forerunner.spec]
        tasks.append(group.create_task(follow()))
        tasks.append(group.create_task(_watch(state, progress)))
        await stop.wait()
        systemd.notify("STOPPING=1")
        progress.say("Stopping: closing segments …")
        # All at once: what the workers still report while the control process ends waits in their journals for the next start.
        for task in tasks:
            task.cancel()
        nursery.keep([])


class Nursery:
    """The children that run now. A worker that only some configurations ask for comes and goes with them; the others are not touched."""

    def __init__(self, group: asyncio.TaskGroup, states: dict[str, ChildState]) -> None:
        self._group, self._states = group, states
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wanted: dict[str, ChildSpec] = {}
        self._leaving: set[str] = set()

    def keep(self, specs: Sequence[ChildSpec]) -> None:
        """Have these run and no others; one that goes is ended in the background, and comes back no sooner than it has ended."""
        self._wanted = {spec.name: spec for spec in specs}
        for name in self._tasks.keys() - self._wanted.keys() - self._leaving:
            self._leaving.add(name)
            self._tasks[name].cancel()
        for name in self._wanted.keys() - self._tasks.keys():
            self._begin(name)

    def _begin(self, name: str) -> None:
        state = self._states[name] = ChildState()
        task = self._tasks[name] = self._group.create_task(supervise(self._wanted[name], state, _nothing), name=name)
        task.add_done_callback(self._gone)

    def _gone(self, task: asyncio.Task[None]) -> None:
        name = task.get_name()
        del self._tasks[name], self._states[name]
        if name in self._leaving:
            self._leaving.discard(name)
            if name in self._wanted:
                self._begin(name)


def _nothing() -> None:
    return


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Until one of them is done; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _listens(port: int) -> None:
    """Until somebody accepts connections on a loopback port."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)


def _on_terminal() -> bool:
    """Whether somebody sits before us."""
    try:
        os.tcgetpgrp(0)
    except OSError:
        return False
    return True


def _hung_up(state: NodeState, stop: asyncio.Event, began_on_terminal: bool) -> None:  # noqa: FBT001 - a callback's arguments
    """SIGHUP: somebody asks for the configuration to be taken up, or the terminal that we were started from is gone."""
    if began_on_terminal and not _on_terminal():
        stop.set()
        return
    control = state.children.get("control")
    if control is not None and control.pid:
        with suppress(ProcessLookupError):
            os.kill(control.pid, signal.SIGHUP)


async def _listen(settings: InForce, folders: Folders, state: NodeState) -> None:
    subscriber = AsyncSubscriber(folders.run, settings.worker_names, events=True)
    try:
        while True:
            message = await subscriber.receive()
            if isinstance(message, WorkerStatus):
                state.statuses[message.worker] = (time.monotonic_ns(), message)
    finally:
        subscriber.close()


async def _watch(state: NodeState, progress: Progress) -> None:
    interval_s = systemd.watchdog_interval_s() or 10.0
    patience = Patience(2 * interval_s)
    started_s = time.monotonic()
    announced = False
    while True:
        config = state.config
        cameras = len(config.enabled_cameras)
        streams = sum(1 + (camera.sub is not None) for camera in config.enabled_cameras)
        state.console_up = await answers(config)
        online = state.arriving(time.monotonic_ns())
        analysed = state.looked_at(time.monotonic_ns())
        status = f"{online} of {streams} streams arrive, {analysed} of {cameras} cameras analysed"
        if state.console_up and not announced:
            announced = True
            systemd.notify("READY=1")
            progress.ready(console_url(config))
        if announced:
            # This loop turns: that is what the manager watches. A console that hangs is ours to replace, because the manager could only
            # restart everything, recording too, and would give up after five times.
            systemd.notify(f"WATCHDOG=1\nSTATUS={status}")
            _replace_silent_control(state, patience)
        progress.streams(online, streams, analysed, cameras)
        if announced and time.monotonic() - started_s > 60 and online < streams:
            started_s = time.monotonic()
            log.warning("%s; see Supervisión in the console, or the lines above, for the cause", status)
        await asyncio.sleep(interval_s if state.console_up and online >= streams else 0.5)


def _replace_silent_control(state: NodeState, patience: Patience) -> None:
    control = state.children["control"]
    if patience.exhausted(control.pid, answered=state.console_up, now_s=time.monotonic()):
        log.error("the console has not answered for a while: ending the control process, so that it starts anew")
        with suppress(ProcessLookupError):
            os.kill(control.pid, signal.SIGKILL)


async def answers(config: Config) -> bool:
    """Whether the console answers ``/healthz``, which it only does while its event loop and its catalogue do their work."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.node.host, config.node.host)  # noqa: S104 - compared, not bound
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(_HEALTH_TIMEOUT_S):
            context = _unverified() if config.node.tls_certificate else None
            reader, writer = await asyncio.open_connection(host, config.node.port, ssl=context)
            writer.write(
                f"GET /healthz HTTP/1.1\r\nHost: {host}:{config.node.port}\r\nConnection: close\r\n\r\n".encode()
            )
            line = await reader.readline()
            return line.split(b" ")[1:2] == [b"200"]
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Our own loopback: the certificate bears the console's public name, not 127.0.0.1.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def prepare(path: Path, data: Path | None) -> tuple[Adopted, Folders, int]:
    """Folders made, locked, the configuration in force, the port free.

    Raises:
        NvrError: one line that says what to do.
    """
    folders = Folders.at(data_folder(path, data))
    folders.create()
    descriptor = folders.lock()
    home_disk.remember(folders.recordings)
    adopted = adopt_at_start(path, data)
    check_port(adopted.in_force.config)
    raise_file_limit()
    return adopted, folders, descriptor

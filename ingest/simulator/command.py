"""``nvr simulate``: a fleet as a process of its own.

On standard output it says, a line each: ``progress <scenes done> <scenes to do>`` while clips are encoded, and ``ready <port>`` once it listens.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import uvloop

from ingest.simulator.cache import Progress
from ingest.simulator.clips import FULL_SHAPE, SMALL_SHAPE, FleetShape
from ingest.simulator.fleet import DEFAULT_CACHE, DEFAULT_EVENTS_PER_HOUR, DEFAULT_PORT, Fleet
from nvr.config import Camera, Config, Credential, StreamSource, load_config, read_credentials
from nvr.errors import NvrError
from nvr.supervision import stop_with_parent

Ready = Callable[[int], None]
"""Told the TCP port once the fleet listens."""


def run_fleet(
    config: Config,
    *,
    cache: Path = DEFAULT_CACHE,
    port: int = DEFAULT_PORT,
    events_per_hour: float = DEFAULT_EVENTS_PER_HOUR,
    control_socket: Path | None = None,
    truth_log: Path | None = None,
    credentials: Mapping[str, Credential] | None = None,
    ready: Ready | None = None,
    progress: Progress | None = None,
    shape: FleetShape = FULL_SHAPE,
) -> None:
    """Play the cameras of a configuration until SIGTERM or SIGINT. To be called in the main thread; arguments as for ``Fleet``.

    Raises:
        ConfigError: a port or socket is taken, or a camera names credentials that are not given.
    """

    async def run() -> None:
        serving = asyncio.current_task()
        loop = asyncio.get_running_loop()
        if serving is not None:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, serving.cancel)

            def parent_gone(task: asyncio.Task[object] = serving) -> None:
                loop.call_soon_threadsafe(task.cancel)

            stop_with_parent(parent_gone)
        async with Fleet(
            config,
            cache=cache,
            port=port,
            events_per_hour=events_per_hour,
            control_socket=control_socket,
            truth_log=truth_log,
            credentials=credentials,
            progress=progress,
            shape=shape,
        ) as fleet:
            if ready is not None:
                ready(fleet.port)
            await fleet.serve()

    try:
        uvloop.run(run())
    except asyncio.CancelledError:
        return  # asked to stop


def clone_cameras(config: Config, count: int) -> Config:
    """The configuration with as many cameras as asked: the first ones, or all and copies of them under new numbers and ids.

    The copies are called ``cam<number>``, have the URL of their original with its id replaced, and the same credentials. A copy shows the scene of
    its original where the originals are numbered from 1 to 42, so that no further clip is needed.
    """
    if count < 1:
        raise ValueError("a fleet has at least one camera")
    originals = config.cameras
    cameras = list(originals[:count])
    number = max(camera.number for camera in originals)
    for index in range(len(originals), count):
        number += 1
        cameras.append(_copy(originals[index % len(originals)], number))
    kept = {camera.id for camera in cameras}
    neighbourly = tuple(
        camera.model_copy(update={"neighbours": {k: v for k, v in camera.neighbours.items() if k in kept}})
        for camera in cameras
    )
    return config.model_copy(update={"cameras": neighbourly})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        config = load_config(options.config)
        if options.cameras:
            config = clone_cameras(config, options.cameras)
        credentials = read_credentials(options.credentials or config.node.data / config.node.credentials_file)
        run_fleet(
            config,
            cache=options.cache,
            port=options.port,
            events_per_hour=options.events_per_hour,
            control_socket=options.control,
            truth_log=options.truth,
            credentials=credentials,
            ready=None if options.quiet else lambda port: _say(f"ready {port}"),
            progress=None if options.quiet else lambda done, total: _say(f"progress {done} {total}"),
            shape=SMALL_SHAPE if options.small else FULL_SHAPE,
        )
    except NvrError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _copy(original: Camera, number: int) -> Camera:
    camera_id = f"cam{number:02d}"

    def moved(source: StreamSource) -> StreamSource:
        return source.model_copy(update={"url": source.url.replace(f"/{original.id}/", f"/{camera_id}/")})

    return original.model_copy(
        update={
            "id": camera_id,
            "number": number,
            "name": f"{original.name} ({number})",
            "main": moved(original.main),
            "sub": None if original.sub is None else moved(original.sub),
            "neighbours": {},
            # One address can't be two devices.
            "onvif": None,
            "ptz": False,
        }
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest.simulator", description="Simulated cameras over real RTSP.")
    parser.add_argument("--config", type=Path, default=Path("config/cameras.yaml"), help="whose cameras are played")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="folder of the encoded clips")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="TCP port, 0: any free one")
    parser.add_argument(
        "--events-per-hour", type=float, default=DEFAULT_EVENTS_PER_HOUR, help="random movements per camera"
    )
    parser.add_argument(
        "--cameras", type=int, default=0, help="that many cameras, copies if need be; 0: those of the file"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing on standard output")
    parser.add_argument(
        "--small", action="store_true", help="small pictures and short clips, made in a second: for tests"
    )
    parser.add_argument("--control", type=Path, help="Unix socket for commands")
    parser.add_argument("--truth", type=Path, help="file to append every movement to")
    parser.add_argument(
        "--credentials", type=Path, help="credentials file, mode 0600; default: that of the configuration"
    )
    return parser

"""How long a camera is not recorded when its ingest worker is killed with -9: `nvr run` as a user starts it, over real RTSP.

The cameras are those of ``benchmarks.pull_and_record``: a process that speaks RTSP over TCP and begins with a key frame, as most cameras do when they are asked to play;
one that does not costs up to the distance of its key frames more. Analysis is off. After each kill: the time until every camera has a new file on disk with its first fragment,
synced; and of each camera what is missing between the last picture of the old file and the first of the new one.

    python -m benchmarks.restart [--cameras 42] [--kills 12] [--bits 2000000]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import psutil

from benchmarks.pull_and_record import cameras_process, main_only_config
from benchmarks.rig import free_port, node, wait_for
from benchmarks.torture import spread
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.clock import NS_PER_S
from nvr.errors import SegmentCorrupt
from nvr.recording.boxes import fragments_of

_STEADY_S: Final = 31.0
"""A worker that ran for so long is started again without a longer wait than the first."""


def newest(recordings: Path) -> dict[str, Path]:
    """By camera the file that began last, if it holds a fragment."""
    found: dict[str, Path] = {}
    for path in recordings.glob("cam*/main/*/*.mp4"):
        camera_id = path.parts[-4]
        if camera_id not in found or int(path.stem) > int(found[camera_id].stem):
            found[camera_id] = path
    return found


def ends(files: dict[str, Path]) -> dict[str, int]:
    """By camera where its file ends."""
    found = {}
    for camera_id, path in files.items():
        with suppress(OSError, SegmentCorrupt):
            found[camera_id] = fragments_of(path).end_wall_ns
    return found


def worker(root_pid: int) -> psutil.Process | None:
    """The first ingest worker, while it runs."""
    for process in psutil.Process(root_pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "ingest-0" in process.cmdline():
                return process
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cameras", type=int, default=42)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--bits", type=int, default=2_000_000)
    options = parser.parse_args()
    rng = random.Random(1)
    cameras: int = options.cameras
    back_s: list[float] = []
    missing_s: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nvr-restart-")))
        port, _, _ = stack.enter_context(cameras_process(options.bits))
        console_port, config_path = free_port(), folder / "cameras.yaml"
        main_only_config(
            config_path, cameras=options.cameras, port=port, console_port=console_port, data=folder / "data"
        )
        Folders.of(load(config_path, None)).create()
        recordings = folder / "data" / "recordings"
        with node(config_path, console_port=console_port, folder=folder) as started:
            wait_for("all are recorded", lambda: len(newest(recordings)) == options.cameras, 180, started)
            for _ in range(options.kills):
                time.sleep(_STEADY_S + rng.uniform(0, 2))
                process = worker(started.process.pid)
                if process is None:
                    raise SystemExit("no ingest worker runs")
                killed_ns, began_s = time.time_ns(), time.monotonic()
                os.kill(process.pid, signal.SIGKILL)
                before = newest(recordings)
                old = {camera_id: path for camera_id, path in before.items() if int(path.stem) < killed_ns}

                def again(old: dict[str, Path] = old) -> bool:
                    fresh = ends({each: path for each, path in newest(recordings).items() if path != old.get(each)})
                    return len(fresh) == cameras

                wait_for("all are recorded again", again, 120, started)
                back_s.append(time.monotonic() - began_s)
                until = ends(old)
                for camera_id, path in newest(recordings).items():
                    missing_s.append((int(path.stem) - until[camera_id]) / NS_PER_S)
    print(
        json.dumps(
            {
                "cameras": options.cameras,
                "kills": options.kills,
                "every camera on disk again, s": spread(back_s),
                "missing of a camera, s": spread(missing_s),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()

"""The cache of encoded clips: each scene's four clips (main and sub, quiet and event) are made once and kept.

They are made by as many processes as there are cores, which end with the process that began them, however that ends.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec

from ingest.simulator.clip_files import is_whole, make_scene
from ingest.simulator.clips import GENERATOR_VERSION, ClipKind, FleetShape
from nvr.errors import StorageError

Progress = Callable[[int, int], None]
"""(scenes done, scenes to do) -> None."""

_STOP_CHECK_S: Final = 0.2


def cache_key(shape: FleetShape, seed: int) -> str:
    """Names the folder: another shape, seed or generator never reads these clips."""
    text = msgspec.json.encode([GENERATOR_VERSION, asdict(shape), seed])
    return hashlib.sha256(text).hexdigest()[:16]


def missing_scenes(folder: Path, scene_numbers: Iterable[int]) -> list[int]:
    """Which scenes are not wholly in the cache."""
    return [
        number for number in sorted(set(scene_numbers)) if not all(is_whole(folder, number, clip) for clip in ClipKind)
    ]


def fill_cache(
    folder: Path,
    scene_numbers: Iterable[int],
    shape: FleetShape,
    seed: int,
    *,
    workers: int,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Make what the cache lacks and return how many scenes that were.

    Args:
        folder: of this shape and seed, see ``cache_key``.
        scene_numbers: the scenes that are to be there afterwards.
        shape: how clips are made.
        seed: of the fleet.
        workers: processes to make them in; 0 makes them in this one.
        progress: told after every scene, and once at the start.
        stop: once set, what is not made yet is left unmade.

    Raises:
        StorageError: the folder can't be written, or a process died over it.
    """
    tell = progress or (lambda _done, _total: None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        todo = missing_scenes(folder, scene_numbers)
        tell(0, len(todo))
        if workers == 0 or len(todo) <= 1:
            for done, number in enumerate(todo, 1):
                if stop is not None and stop.is_set():
                    break
                make_scene(folder, number, shape, seed)
                tell(done, len(todo))
        else:
            jobs = [partial(make_scene, folder, number, shape, seed) for number in todo]
            _run_in_processes(jobs, workers=workers, tell=tell, stop=stop or threading.Event())
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"the simulator's cache {folder} can't be written ({reason})", "free space or choose another folder"
        ) from error
    except BrokenProcessPool as error:
        raise StorageError(
            "a process that made the simulator's clips died", "see whether memory ran out, and start again"
        ) from error
    return len(todo)


def _run_in_processes(
    jobs: Sequence[Callable[[], None]], *, workers: int, tell: Progress, stop: threading.Event
) -> None:
    # spawn: the parent may already run threads and an event loop, which a fork would copy half alive.
    context = multiprocessing.get_context("spawn")
    leash, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context, initializer=_obey_leash, initargs=(leash,))
    try:
        pending = {pool.submit(job) for job in jobs}
        done_count = 0
        while pending and not stop.is_set():
            done, pending = wait(pending, timeout=_STOP_CHECK_S, return_when=FIRST_COMPLETED)
            for job in done:
                job.result()
                done_count += 1
                tell(done_count, len(jobs))
    finally:
        # Where all is made the workers are idle; else they are amid a scene that nobody waits for.
        held.close()
        pool.shutdown(cancel_futures=True)
        leash.close()


def _obey_leash(leash: Connection) -> None:
    # The terminal sends Ctrl-C to the whole group; who began this process decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_when_released, args=(leash,), daemon=True).start()


def _leave_when_released(leash: Connection) -> None:
    # Readable only at the end: the other side is closed, by its holder or by its holder's death.
    leash.poll(None)
    os._exit(1)

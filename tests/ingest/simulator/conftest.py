"""A small fleet: clips of three scenes, encoded once for all tests of the session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.simulator import SMALL_SHAPE, Fleet
from ingest.simulator.cache import cache_key, fill_cache
from ingest.simulator.clip_files import Clip, load_clip
from ingest.simulator.clips import ClipKind
from ingest.simulator.fleet import DEFAULT_SEED
from nvr.config import Camera, Config, Credential, StreamSource
from nvr.redact import Secret

SCENES = (1, 2, 3)
OPEN_CAMERA, UDP_CAMERA, LOCKED_CAMERA = "cam01", "cam02", "cam03"
USER, PASSWORD = "flota", "clave-de-prueba"

MakeFleet = Callable[..., Fleet]


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder, filled."""
    cache = tmp_path_factory.mktemp("simulator-cache")
    made = fill_cache(cache / cache_key(SMALL_SHAPE, DEFAULT_SEED), SCENES, SMALL_SHAPE, DEFAULT_SEED, workers=0)
    assert made == len(SCENES)
    return cache


@pytest.fixture(scope="session")
def clips(small_cache: Path) -> dict[ClipKind, Clip]:
    """Both clips of scene 1."""
    folder = small_cache / cache_key(SMALL_SHAPE, DEFAULT_SEED)
    loaded = {kind: load_clip(folder, 1, kind) for kind in ClipKind}
    return {kind: clip for kind, clip in loaded.items() if clip is not None}


@pytest.fixture
def fleet_config() -> Config:
    """Three cameras, one of which wants a password."""
    cameras = tuple(
        Camera(
            id=f"cam{number:02d}",
            number=number,
            name=f"Cámara {number}",
            credentials="flota" if f"cam{number:02d}" == LOCKED_CAMERA else None,
            main=StreamSource(url=f"rtsp://127.0.0.1:8554/cam{number:02d}/main"),
            sub=StreamSource(url=f"rtsp://127.0.0.1:8554/cam{number:02d}/sub"),
        )
        for number in SCENES
    )
    return Config(cameras=cameras)


@pytest.fixture
def make_fleet(fleet_config: Config, small_cache: Path) -> MakeFleet:
    """Makes a fleet on a port of the system's choice, in which nothing moves unless told to."""

    def make(**options: object) -> Fleet:
        settings: dict[str, object] = {
            "cache": small_cache,
            "shape": SMALL_SHAPE,
            "port": 0,
            "events_per_hour": 0.0,
            "credentials": {"flota": Credential(USER, Secret(PASSWORD))},
            "workers": 0,
        }
        return Fleet(fleet_config, **(settings | options))  # type: ignore[arg-type]

    return make

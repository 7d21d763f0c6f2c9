"""``make run``: the same node, with a simulated fleet in front of it and one person for each role.

Nothing here is known to the rest: the fleet is a child process like any other, its cameras answer over real RTSP, and the people are rows
that an admin could have made.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from ingest.simulator import FULL_SHAPE
from ingest.simulator.cache import cache_key, fill_cache, missing_scenes
from ingest.simulator.fleet import DEFAULT_SEED
from ingest.simulator.scene import scene_number
from nvr.app.accounts import NewAccount
from nvr.app.folders import Folders
from nvr.app.progress import Progress
from nvr.catalogue.users import Role
from nvr.config import Config
from nvr.supervision import ChildSpec

DEMO_PEOPLE = (
    NewAccount("operador1", "Operador de monitoreo 1", Role.OPERATOR, None),
    NewAccount("operador2", "Operador de monitoreo 2", Role.OPERATOR, None),
    NewAccount("supervisor1", "Supervisor de turno", Role.SUPERVISOR, None),
    NewAccount("serenazgo1", "Despacho de Serenazgo", Role.DISPATCHER, "serenazgo"),
    NewAccount("pnp1", "Enlace de la PNP", Role.DISPATCHER, "pnp"),
    NewAccount("investigador1", "Investigador", Role.INVESTIGATOR, None),
)
"""One for each role, with passwords made at the first start and printed once."""


def prepare_clips(config: Config, plan: FleetPlan, progress: Progress) -> None:
    """Encode what the cache lacks; minutes the first time, nothing afterwards."""
    scenes = {scene_number(camera.number) for camera in config.enabled_cameras}
    folder = plan.cache / cache_key(FULL_SHAPE, DEFAULT_SEED)
    if not missing_scenes(folder, scenes):
        return
    progress.say("Making the simulated fleet's clips: two to four minutes on two cores, this first time only …")
    fill_cache(
        folder,
        scenes,
        FULL_SHAPE,
        DEFAULT_SEED,
        workers=os.cpu_count() or 1,
        progress=lambda done, total: progress.bar("Clips of the simulated fleet", done, total),
    )


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """How the simulated fleet is started."""

    cache: Path
    control: Path
    truth: Path
    port: int
    events_per_hour: float


def simulated_port(config: Config) -> int:
    """The port that the configuration expects the fleet at: that of the first camera on loopback, else 8554."""
    for camera in config.enabled_cameras:
        parts = urlsplit(camera.main.url)
        if parts.hostname in {"127.0.0.1", "localhost"}:
            return parts.port or 554
    return 8554


def write_fleet_credentials(config: Config, path: Path) -> bool:
    """Random passwords for the credentials that the cameras name, where the file is not there yet; True where it was written.

    Mode 0600 from its first byte on.
    """
    names = sorted({camera.credentials for camera in config.cameras if camera.credentials})
    if path.exists() or not names:
        return False
    text = yaml.safe_dump({name: {"user": "nvr", "password": secrets.token_urlsafe(18)} for name in names})
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def fleet_plan(folders: Folders, config: Config, events_per_hour: float) -> FleetPlan:
    """Where the fleet keeps its clips and what it listens on."""
    return FleetPlan(
        cache=folders.data / "simulator-cache",
        control=folders.run / "simulator.sock",
        truth=folders.data / "simulator-truth.jsonl",
        port=simulated_port(config),
        events_per_hour=events_per_hour,
    )


def fleet_spec(plan: FleetPlan, config_path: Path, credentials: Path) -> ChildSpec:
    """The fleet as a child of the supervisor."""
    return ChildSpec(
        "simulator",
        "ingest.simulator",
        (
            "--quiet",
            "--config",
            str(config_path.resolve()),
            "--cache",
            str(plan.cache),
            "--port",
            str(plan.port),
            "--events-per-hour",
            str(plan.events_per_hour),
            "--control",
            str(plan.control),
            "--truth",
            str(plan.truth),
            "--credentials",
            str(credentials),
        ),
    )

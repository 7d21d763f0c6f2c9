"""From the version in force to what a process works with: the configuration, who works for which camera, and cameras of earlier times."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nvr.app.shares import ONVIF_WORKER, Share, worker_count
from nvr.config import Camera, Config, load_config
from nvr.config.document import read_document
from nvr.config.former import FormerCamera, former_camera
from nvr.config.loader import parse_config, read_settings_text
from nvr.config.versions import InForceRecord, VersionStore
from nvr.errors import ConfigError

KINDS: Final = ("ingest", "analytics")
FOLDER: Final = "config"


@dataclass(frozen=True, slots=True)
class InForce:
    """What a process works with.

    Attributes:
        config: cameras and settings of the version in force, with the ``node`` section that the node started with (but for
            ``node.pools``, which counts at once), and with the cameras of earlier times, switched off.
        record: which version that is; None for a process that was started without a node around it.
        deal: by kind of worker, the worker's index of each camera.
        workers: by kind, how many workers there are.
    """

    config: Config
    record: InForceRecord | None
    deal: Mapping[str, Mapping[str, int]]
    workers: Mapping[str, int]

    def shares(self, kind: str) -> tuple[Share, ...]:
        """The workers of a kind with their cameras."""
        deal = self.deal[kind]
        return tuple(
            Share(
                f"{kind}-{index}",
                tuple(camera for camera in self.config.enabled_cameras if deal.get(camera.id) == index),
            )
            for index in range(self.workers[kind])
        )

    @property
    def worker_names(self) -> list[str]:
        """All workers that publish, or may come to."""
        return [*(share.worker for kind in KINDS for share in self.shares(kind)), ONVIF_WORKER]


def counts(config: Config, cores: int | None = None) -> dict[str, int]:
    """How many workers of each kind a configuration asks for."""
    cameras, cores = len(config.enabled_cameras), cores or os.cpu_count() or 1
    return {
        "ingest": worker_count(config.node.ingest_workers, cameras, cores),
        "analytics": worker_count(config.node.analytics_workers, cameras, cores),
    }


def deal_out(
    config: Config, workers: Mapping[str, int], before: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, dict[str, int]]:
    """Who works for which camera: a camera stays where it is, a new one goes to the worker with the fewest; so nobody reconnects because of others."""
    dealt: dict[str, dict[str, int]] = {}
    for kind, number in workers.items():
        old = (before or {}).get(kind, {})
        cameras = [camera.id for camera in config.enabled_cameras]
        kept = {camera_id: old[camera_id] for camera_id in cameras if old.get(camera_id, number) < number}
        loads = [list(kept.values()).count(index) for index in range(number)]
        for camera_id in cameras:
            if camera_id not in kept:
                kept[camera_id] = loads.index(min(loads))
                loads[kept[camera_id]] += 1
        dealt[kind] = {camera_id: kept[camera_id] for camera_id in cameras}
    return dealt


def alone(config: Config) -> InForce:
    """For a process without a node around it: the file as it is."""
    workers = counts(config)
    return InForce(config, None, deal_out(config, workers), workers)


def read_in_force(store: VersionStore, data: Path | None) -> InForce | None:
    """What is in force now; None before the first start.

    Raises:
        ConfigError: a version that was sound once is not any more (a newer program asks for more).
        StorageError: it can't be read.
    """
    record = store.current()
    if record is None:
        return None
    config = parse_config(store.text(record.version), version_name(record.version))
    node = config.node
    if record.node_version != record.version:
        started = parse_config(store.text(record.node_version), version_name(record.node_version)).node
        node = started.model_copy(update={"pools": node.pools})
    if data is not None:
        node = node.model_copy(update={"data": data})
    known = {camera.id for camera in config.cameras}
    former = (camera for camera in former_of(record) if camera.id not in known)
    config = config.model_copy(update={"node": node, "cameras": (*config.cameras, *former)})
    return InForce(config, record, record.shares, record.workers)


def former_of(record: InForceRecord) -> tuple[FormerCamera, ...]:
    """The cameras of earlier times that are kept with a version."""
    found = (former_camera(plain) for plain in record.former)
    return tuple(camera for camera in found if camera is not None)


def version_name(version: int) -> str:
    """How messages call a version that is kept."""
    return f"version {version}"


def settle(config_path: Path, data: Path) -> InForce:
    """What a worker of a node works with.

    Raises:
        ConfigError: with every fault.
    """
    found = read_in_force(VersionStore(data / FOLDER), data)
    if found is not None:
        return found
    config = load_config(config_path)
    return alone(config.model_copy(update={"node": config.node.model_copy(update={"data": data})}))


def present(config: Config) -> tuple[Camera, ...]:
    """The cameras of the file, without those of earlier times."""
    return tuple(camera for camera in config.cameras if not isinstance(camera, FormerCamera))


def faulty_file_s_data(path: Path) -> Path:
    """The data folder that a file with faults means, as far as that can be read: where the version in force is kept."""
    try:
        text = read_settings_text(path, "")
    except ConfigError:
        return Path("data")
    try:
        value = read_document(text, str(path)).value
    except ConfigError:
        found = re.search(r"^[ {]+data:[ \t]*[\"']?([^\s\"',}#]+)", text, re.MULTILINE)
        return Path(found[1]) if found else Path("data")
    node = value.get("node") if isinstance(value, dict) else None
    data = node.get("data") if isinstance(node, dict) else None
    return Path(data) if isinstance(data, str) else Path("data")

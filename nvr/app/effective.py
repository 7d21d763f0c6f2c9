"""What a command beside the node works with: the version in force, as the node does, and not the file that somebody may be editing."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from nvr.app.adoption import data_folder
from nvr.app.folders import Folders
from nvr.app.in_force import FOLDER, read_in_force
from nvr.app.node import load
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.config.versions import VersionStore


def effective_config(options: argparse.Namespace, *, say: bool = False) -> Config:
    """The configuration in force in the data folder that ``options.config`` and ``options.data`` name, former cameras with it; the file where nothing
    was ever in force. ``say``: tell which one, on standard error.

    Raises:
        ConfigError: the file has faults, and nothing is in force.
        StorageError: the version in force can't be read.
    """
    data = data_folder(options.config, options.data)
    store = VersionStore(data / FOLDER)
    found = read_in_force(store, data)
    if found is None or found.record is None:
        config = load(options.config, options.data)
        words = f"{options.config}, of which nothing was ever in force"
    else:
        config = found.config
        words = f"version {found.record.version} of the configuration"
        if (record := store.record(found.record.version)) is not None:
            at = datetime.fromtimestamp(record.wall_ns // NS_PER_S, UTC).astimezone(ZoneInfo(config.timezone))
            words += f", in force since {at:%Y-%m-%d %H:%M:%S}"
    if say:
        sys.stderr.write(f"nvr: by {words}\n")
    return config


def effective_catalogue(options: argparse.Namespace) -> Catalogue:
    """The catalogue of that configuration; its folders are made where they are missing."""
    config = effective_config(options)
    folders = Folders.of(config)
    folders.create()
    return Catalogue(folders.database_url(config))

"""``nvr storage``: what is known of the disks that recordings lie on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from nvr.app.effective import effective_config
from nvr.app.folders import Folders
from nvr.app.outlook import look_ahead
from nvr.app.storage_report import lines
from nvr.catalogue.engine import Catalogue
from nvr.clock import SystemClock


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], place: Callable[[argparse.ArgumentParser], None]
) -> None:
    """The subcommands."""
    storage = commands.add_parser("storage", help="how long the disks keep the recordings")
    actions = storage.add_subparsers(dest="action", required=True, metavar="action")
    ahead = actions.add_parser(
        "forecast",
        help="reckon ahead from what was measured; ends with 1 if the lawful minimum can't be kept and nobody accepted it",
    )
    place(ahead)
    ahead.set_defaults(run=_forecast)


def _forecast(options: argparse.Namespace) -> int:
    config = effective_config(options, say=True)
    folders = Folders.of(config)
    folders.create()
    catalogue = Catalogue(folders.database_url(config))
    try:
        outlook = look_ahead(catalogue, config, folders.recordings, SystemClock().wall_ns())
    finally:
        catalogue.close()
    for line in lines(outlook):
        sys.stdout.write(f"{line}\n")
    return 0 if outlook.sound or outlook.accepted else 1

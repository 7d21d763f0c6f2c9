"""What every worker process does first: arguments, logging, configuration; and last: say why it ended."""

from __future__ import annotations

import argparse
import logging
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nvr.app.folders import Folders
from nvr.app.in_force import InForce, settle
from nvr.app.logs import configure_logging
from nvr.errors import NvrError

log = logging.getLogger(__name__)


def worker_main(run: Callable[[InForce, Folders, str], None]) -> None:
    """Parse the arguments that the supervisor gives and run a worker; exits with 1, and one line, where it can't go on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--worker", default="control")
    options = parser.parse_args()
    configure_logging(options.worker)
    try:
        # Not the file: whoever starts again while somebody edits it works with what is in force.
        settings = settle(options.config, options.data)
        folders = Folders.of(settings.config)
        folders.enter()
        raise_file_limit()
        run(settings, folders, options.worker)
    except NvrError as error:
        log.error("%s", error)
        sys.exit(1)


def raise_file_limit(wanted: int = 8192) -> None:
    """Two sockets a camera, files, browsers: 1024 descriptors do not last for 128 cameras."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < target:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))

"""What every worker process does first: arguments, logging, configuration; and last: say why it ended."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from nvr.app.folders import Folders
from nvr.app.logs import configure_logging
from nvr.app.node import load
from nvr.config import Config
from nvr.errors import NvrError

log = logging.getLogger(__name__)


def worker_main(run: Callable[[Config, Folders, str], None]) -> None:
    """Parse the arguments that the supervisor gives and run a worker; exits with 1, and one line, where it can't go on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--worker", default="control")
    options = parser.parse_args()
    configure_logging(options.worker)
    try:
        config = load(options.config, options.data)
        folders = Folders.of(config)
        folders.enter()
        run(config, folders, options.worker)
    except NvrError as error:
        log.error("%s", error)
        sys.exit(1)

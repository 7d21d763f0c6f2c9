"""``nvr clock``: how the machine's clock stands to the time line, and a person's word that it is right."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from nvr.app import expiry
from nvr.app.effective import effective_config
from nvr.app.folders import Folders
from nvr.clock import NS_PER_S, iso_utc
from nvr.errors import StorageError
from nvr.steady_clock import ThisMachine, accept, kept_line

Place = Callable[[argparse.ArgumentParser], None]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], place: Place) -> None:
    """Add the command; ``place`` adds the arguments that say which node."""
    clock = commands.add_parser(
        "clock", help="how the machine's date stands, and that it is right, after it was doubted"
    )
    actions = clock.add_subparsers(dest="action", required=True, metavar="action")
    for name, run, text in (
        ("show", _show, "by how much the machine's clock is off the time line; 1 where the two are at odds"),
        ("trust", _trust, "the machine's clock is right: the time line goes there, and recordings expire again"),
    ):
        action = actions.add_parser(name, help=text)
        place(action)
        action.set_defaults(run=run)


def _folders(options: argparse.Namespace) -> Folders:
    return Folders.of(effective_config(options))


def _show(options: argparse.Namespace) -> int:
    line = kept_line(_folders(options).data)
    if line is None:
        _say("no control room has run here yet")
        return 0
    if line.boot == ThisMachine().boot():
        _say(f"time line:       {iso_utc(line.wall_ns(time.monotonic_ns()))}")
    else:
        _say("time line:       stands still since an earlier run of the machine")
    _say(f"machine's clock: {line.error_ns / NS_PER_S:+.3f} s from it")
    _say(line.doubt or "they agree")
    return 1 if line.doubt else 0


def _trust(options: argparse.Namespace) -> None:
    folders = _folders(options)
    line = kept_line(folders.data)
    at_odds = line is not None and bool(line.doubt)
    if at_odds:
        try:
            accept(folders.data)
        except OSError as error:
            raise StorageError(f"{folders.data} can't be written ({error.strerror})", "check its disk") from error
        _say("the time line goes to the machine's clock: ahead at once, back by 3 s a minute")
    if expiry.trust(folders.clock_doubt):
        _say("recordings expire again within a minute")
    elif not at_odds:
        _say("the clock was not doubted")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")

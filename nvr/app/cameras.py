"""``nvr cameras``: its options. What it does stands in ``nvr.app.enrolling``, which is loaded when asked for: SOAP costs every other command 40 MB."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from nvr.config.onvif import Onvif

Say = Callable[[str], None]


def options(commands: argparse._SubParsersAction[argparse.ArgumentParser], config: Path, say: Say) -> None:
    """Describe ``nvr cameras``."""
    cameras = commands.add_parser("cameras", help="find cameras on the network, and add one to the configuration")
    actions = cameras.add_subparsers(dest="action", required=True, metavar="action")

    finding = actions.add_parser("discover", help="ask the network which ONVIF cameras there are (WS-Discovery)")
    finding.add_argument("--seconds", type=float, default=3.0, help="how long to listen (default: 3)")
    finding.add_argument("--interface", default="", help="this machine's address on the cameras' network")
    finding.add_argument("--config", type=Path, default=config, help="to say which of them are known")
    finding.set_defaults(run=lambda asked: _discover(asked, say))

    adding = actions.add_parser("add", help="write a camera's entry from what it says of itself")
    adding.add_argument(
        "--onvif",
        required=True,
        metavar="HOST[:PORT]",
        help="address of the camera's ONVIF service; https://HOST[:PORT] over TLS",
    )
    adding.add_argument(
        "--certificate",
        default="",
        metavar="SHA256",
        help="with https: the one certificate that is taken, whoever signed it",
    )
    adding.add_argument(
        "--path", default=Onvif.model_fields["path"].default, help="its entry point, where it is not the usual one"
    )
    adding.add_argument("--credentials", default="", metavar="NAME", help="entry of the credentials file")
    adding.add_argument("--name", default="", help="the place, as people know it")
    adding.add_argument("--number", type=int, default=0, help="its number on the radio (default: the next one)")
    adding.add_argument("--id", default="", help="its id (default: cam and the number)")
    adding.add_argument("--main", default="", metavar="PROFILE", help="profile to record (default: the largest)")
    adding.add_argument(
        "--sub", default="", metavar="PROFILE", help="profile to analyse, or none (default: a small one)"
    )
    adding.add_argument(
        "--own-address", action="store_true", help="write HOST into the streams, whatever host the camera names"
    )
    adding.add_argument("--dry-run", action="store_true", help="only show what would be written")
    adding.add_argument("--config", type=Path, default=config, help=f"the file to add it to (default: {config})")
    adding.add_argument("--data", type=Path, default=None, help="folder with the credentials file")
    adding.set_defaults(run=lambda asked: _add(asked, say))


def _discover(asked: argparse.Namespace, say: Say) -> int:
    from nvr.app.enrolling import discover_cameras  # noqa: PLC0415 - see the module's first sentence

    return discover_cameras(asked, say)


def _add(asked: argparse.Namespace, say: Say) -> None:
    from nvr.app.enrolling import add_camera  # noqa: PLC0415

    add_camera(asked, say)

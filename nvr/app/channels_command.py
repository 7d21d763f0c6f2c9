"""``nvr channels test``: sends a message that says of itself that it is a test, and prints what came back."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from collections.abc import Callable
from typing import Final

from nvr.app.effective import effective_config
from nvr.app.folders import Folders
from nvr.catalogue import delivery_rows
from nvr.catalogue.engine import Catalogue
from nvr.channels.letter import Letter
from nvr.channels.sending import send
from nvr.clock import NS_PER_S, SystemClock, iso_utc
from nvr.config import Channel, Credential, read_credentials
from nvr.errors import ChannelFailed, InvalidInput
from nvr.observations import new_id

_TRY_S: Final = 10.0


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], place: Callable[[argparse.ArgumentParser], None]
) -> None:
    """The subcommands."""
    channels = commands.add_parser("channels", help="the ways by which agencies, supervisor and chief are told")
    actions = channels.add_subparsers(dest="action", required=True, metavar="action")
    test = actions.add_parser(
        "test", help="send a marked test message and print what came back; ends with 1 if a channel did not take it"
    )
    test.add_argument("name", nargs="?", help="one channel; without it, all of them")
    place(test)
    test.set_defaults(run=_test)


def _test(options: argparse.Namespace) -> int:
    config = effective_config(options, say=True)
    chosen = [each for each in config.channels if options.name in {None, each.name}]
    if not chosen:
        known = ", ".join(each.name for each in config.channels)
        raise InvalidInput(
            "no channel is called so" if options.name else "the configuration has no channels",
            f"name one of: {known}" if known else "add them to `channels:`, see docs/configuration.md",
        )
    folders = Folders.of(config)
    credentials = read_credentials(folders.credentials(config))
    catalogue = Catalogue(folders.database_url(config))
    try:
        return max(asyncio.run(_try(each, credentials, config.site, catalogue)) for each in chosen)
    finally:
        catalogue.close()


async def _try(channel: Channel, credentials: dict[str, Credential], site: str, catalogue: Catalogue) -> int:
    now_ns = SystemClock().wall_ns()
    # Marked in each part that somebody may read alone.
    text = (
        f"PRUEBA, no es un despacho. Canal {channel.name} de {site}, desde {socket.gethostname()}, {iso_utc(now_ns)}."
    )
    letter = Letter("test", f"PRUEBA · {site} · {channel.name}", text, now_ns, {"test": True})
    try:
        receipt = await send(channel, letter, new_id(now_ns), credentials, now_ns, _TRY_S)
    except ChannelFailed as fault:
        sys.stdout.write(f"{channel.name} ({channel.kind}): not taken: {fault}\n")
        with catalogue.write() as tx:
            delivery_rows.channel_failed(tx, channel.name, fault.message, now_ns)
        return 1
    took_s = (SystemClock().wall_ns() - now_ns) / NS_PER_S
    sys.stdout.write(f"{channel.name} ({channel.kind}): taken in {took_s:.1f} s: {receipt.words}\n")
    if receipt.refused:
        sys.stdout.write(f"{channel.name} ({channel.kind}): not taken for {', '.join(receipt.refused)}\n")
    with catalogue.write() as tx:
        delivery_rows.channel_took(tx, channel.name, now_ns, receipt.fault)
    return 1 if receipt.refused else 0

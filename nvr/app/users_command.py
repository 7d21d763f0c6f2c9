"""``nvr users``: add people, list them, give one a new password."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from nvr.app import accounts
from nvr.app.effective import effective_catalogue, effective_config
from nvr.app.shell_user import shell_user
from nvr.catalogue.users import Role
from nvr.errors import NvrError


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], place: Callable[[argparse.ArgumentParser], None]
) -> None:
    """The subcommands."""
    people = commands.add_parser("users", help="add people, list them, give one a new password")
    people_commands = people.add_subparsers(dest="action", required=True, metavar="action")
    adding = people_commands.add_parser("add", help="add a person; prints a one-time password")
    place(adding)
    adding.add_argument("name", help="what is typed at log-in")
    adding.add_argument("--full-name", default="")
    adding.add_argument("--role", choices=[role.value for role in Role], required=True)
    adding.add_argument("--agency", help="of a dispatcher: a code from `agencies:`, serenazgo and pnp by default")
    adding.set_defaults(run=_add)
    listing = people_commands.add_parser("list", help="list everybody")
    place(listing)
    listing.set_defaults(run=_list)
    reset = people_commands.add_parser(
        "reset", help="print a new one-time password for a person, and enable who was disabled"
    )
    place(reset)
    reset.add_argument("name")
    reset.set_defaults(run=_reset)


def _add(options: argparse.Namespace) -> None:
    role = Role(options.role)
    if (role is Role.DISPATCHER) != (options.agency is not None):
        raise NvrError(
            "--agency goes with the role dispatcher",
            "give --agency serenazgo or --agency pnp to dispatchers, and to nobody else",
        )
    config = effective_config(options)
    if options.agency is not None and config.agency(options.agency) is None:
        codes = ", ".join(agency.code for agency in config.agencies)
        raise NvrError(f"there is no agency {options.agency!r} in the configuration", f"write one of {codes}")
    catalogue = effective_catalogue(options)
    try:
        account = accounts.NewAccount(options.name, options.full_name or options.name, role, options.agency)
        issued = accounts.add_people(catalogue, [account], by=shell_user())
    finally:
        catalogue.close()
    _say(f"{issued[0].name}: {issued[0].password.reveal()}   (shown once; to be changed at the first log-in)")


def _list(options: argparse.Namespace) -> None:
    catalogue = effective_catalogue(options)
    try:
        for user in accounts.list_people(catalogue):
            state = "" if user.enabled else "  disabled"
            _say(f"{user.name:<20} {user.role.value:<13} {user.agency or '':<10} {user.full_name}{state}")
    finally:
        catalogue.close()


def _reset(options: argparse.Namespace) -> None:
    catalogue = effective_catalogue(options)
    try:
        issued = accounts.reset_password(catalogue, options.name, shell_user())
    finally:
        catalogue.close()
    again = "; was disabled, and is enabled again" if issued.enabled_again else ""
    _say(f"{issued.name}: {issued.password.reveal()}   (shown once; to be changed at the next log-in{again})")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")

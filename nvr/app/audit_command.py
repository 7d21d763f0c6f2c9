"""``nvr audit``: whether the record of who did what is whole."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from nvr.app import audit_check
from nvr.app.effective import effective_config
from nvr.app.folders import Folders
from nvr.catalogue.engine import Catalogue


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], place: Callable[[argparse.ArgumentParser], None]
) -> None:
    """The subcommands."""
    trail = commands.add_parser("audit", help="check the audit's chain")
    actions = trail.add_subparsers(dest="action", required=True, metavar="action")
    verify = actions.add_parser("verify", help="walk the chain, and hold it against the copies of its head")
    place(verify)
    verify.set_defaults(run=_verify)


def _verify(options: argparse.Namespace) -> int:
    config = effective_config(options)
    folders = Folders.of(config)
    folders.create()
    catalogue = Catalogue(folders.database_url(config))
    try:
        report = audit_check.check(catalogue, folders.audit_heads)
    finally:
        catalogue.close()
    if report.unreadable:
        sys.stderr.write(f"{folders.audit_heads}: {report.unreadable} lines can't be read\n")
    if report.fault:
        sys.stderr.write(f"audit: {report.fault}\n")
        return 1
    sys.stdout.write(
        f"audit: {report.records} records hold, {report.copies} copies of the head agree; head {report.head}\n"
    )
    return 0

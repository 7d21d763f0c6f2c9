"""The ``nvr`` command. Each subcommand ends with 0, with 1 for a check that found something, with 2 for what the caller can mend (one line says how)."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvloop

from console_web.passwords import weakness
from nvr.app import (
    accounts,
    audit_command,
    backup,
    cameras,
    channels_command,
    clock_command,
    config_command,
    coverage,
    node,
    storage_command,
    tune,
    users_command,
)
from nvr.app.capacity import check_first_start
from nvr.app.effective import effective_catalogue, effective_config
from nvr.app.folders import Folders
from nvr.app.in_force import InForce
from nvr.app.logs import configure_logging
from nvr.app.missing_credentials import missing_credentials
from nvr.app.object_model import model_fault
from nvr.app.progress import Progress
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.users import Role
from nvr.config import Config
from nvr.errors import ConfigError, NvrError, StorageError
from nvr.redact import Secret

DEFAULT_CONFIG = Path("config/cameras.yaml")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of ``nvr``."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["simulate"]:
        from ingest.simulator.command import main as simulate_main  # noqa: PLC0415 - see _demo

        return simulate_main(words[1:])
    options = _parser().parse_args(words)
    try:
        result = options.run(options)
    except NvrError as error:
        print(f"nvr: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return int(result or 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nvr", description="The control room: recorder, motion analytics, alert desk, dispatch and console."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    run = commands.add_parser("run", help="run the control room on the cameras of a configuration")
    _place(run)
    run.set_defaults(run=_run)

    demonstration = commands.add_parser(
        "demo", help="the same with a simulated fleet in front of it, and a person for each role"
    )
    _place(demonstration)
    demonstration.add_argument(
        "--events-per-hour", type=float, default=6.0, help="movements per camera and hour (default: 6)"
    )
    demonstration.set_defaults(run=_demo)

    commands.add_parser("simulate", help="run only the simulated fleet (see: nvr simulate --help)")

    check = commands.add_parser("check-config", help="say everything that is wrong with a configuration")
    _place(check)
    check.add_argument("--json", action="store_true", help="faults and differences for programs")
    check.set_defaults(run=_check_config)

    versions = commands.add_parser("config", help="versions of the configuration: list, compare, return to one")
    config_command.options(versions, _place, lambda line: print(line, flush=True))

    checking = commands.add_parser(
        "fsck",
        help="hold the catalogue against the recordings; also while the control room runs; ends with 1 if something is wrong",
    )
    _place(checking)
    checking.add_argument(
        "--level",
        choices=["presence", "size", "hash"],
        default="size",
        help="how closely to look: names; sizes too (default); every byte",
    )
    checking.add_argument(
        "--repair",
        action="store_true",
        help="take in files without a row, turn rows without a file into gaps, mark damaged files; never deletes a recording",
    )
    checking.set_defaults(run=_fsck)

    ledger = commands.add_parser("catalogue", help="make the catalogue anew from the recordings")
    ledger_commands = ledger.add_subparsers(dest="action", required=True, metavar="action")
    making = ledger_commands.add_parser(
        "rebuild",
        help="add every intact segment that the catalogue doesn't know, with its hold; stop the control room first",
    )
    _place(making)
    making.add_argument(
        "--read-all",
        action="store_true",
        help="read and hash every byte instead of believing what was noted at closing",
    )
    making.set_defaults(run=_rebuild)

    evaluation = commands.add_parser("evaluate", help="measure motion detection on sequences with ground truth")
    evaluation.add_argument(
        "--dataset",
        type=Path,
        action="append",
        default=[],
        help="folder of changedetection.net's sequences or of the simulated fleet's clips; may be given again",
    )
    evaluation.add_argument("--report", type=Path, help="also write the tables into this file, as Markdown")
    evaluation.add_argument(
        "--sweep",
        action="store_true",
        help="compare with the other detectors at the settings that suit all these sequences best, not with their usual ones",
    )
    evaluation.add_argument(
        "--rules",
        type=int,
        nargs="?",
        const=3,
        default=0,
        metavar="SEEDS",
        help="also play the generated sequences of the rules of zones, each so many times (default: 3)",
    )
    evaluation.set_defaults(run=_evaluate)

    cameras.options(commands, DEFAULT_CONFIG, print)

    proving = commands.add_parser("coverage", help="was a camera recording at a moment; the proof of a day")
    _place(proving)
    coverage.options(proving, lambda asked: coverage.answer(asked, print))

    tuning = commands.add_parser("tune", help="what a camera's alerts of the last days would be with other settings")
    _place(tuning)
    tune.options(tuning, lambda asked: tune.answer(asked, print))

    users_command.add(commands, _place)

    audit_command.add(commands, _place)

    clock_command.add(commands, _place)
    storage_command.add(commands, _place)
    backup.add(commands, _place)
    channels_command.add(commands, _place)
    return parser


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, help="the cameras (default: config/cameras.yaml)"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=None,
        help="folder for recordings and catalogue (default: node.data of the configuration)",
    )


def _run(options: argparse.Namespace) -> None:
    settings, folders, _lock = _begin(options)
    check_first_start(settings.config, folders.recordings)
    _check_credentials(settings.config)
    with Progress() as progress:
        _first_start(settings.config, folders, progress)
        uvloop.run(node.run_node(settings, options.config, folders, progress))


def _begin(options: argparse.Namespace) -> tuple[InForce, Folders, int]:
    """What a node starts with: its configuration put in force, its folders made and locked, its port free."""
    adopted, folders, lock = node.prepare(options.config, options.data)
    settings = adopted.in_force
    if adopted.faults and settings.record is not None:
        print(
            f"nvr: {options.config} has faults; version {settings.record.version} of the configuration stays in force:",
            *(f"nvr: {fault}" for fault in adopted.faults),
            sep="\n",
            file=sys.stderr,
        )
    configure_logging("nvr")
    return settings, folders, lock


def _demo(options: argparse.Namespace) -> None:
    # Here and not above: the simulator's encoder would cost `nvr run` 60 MB.
    from nvr.app import demo  # noqa: PLC0415

    settings, folders, _lock = _begin(options)
    config = settings.config
    demo.write_fleet_credentials(config, folders.credentials(config))
    _check_credentials(config)
    plan = demo.fleet_plan(folders, config, options.events_per_hour)
    with Progress() as progress:
        _first_start(config, folders, progress, people=demo.DEMO_PEOPLE)
        demo.prepare_clips(config, plan, progress)
        fleet = demo.fleet_spec(plan, options.config, folders.credentials(config))
        uvloop.run(node.run_node(settings, options.config, folders, progress, node.Forerunner(fleet, plan.port)))


def _evaluate(options: argparse.Namespace) -> None:
    from nvr.app import evaluate  # noqa: PLC0415 - see _demo

    if not options.dataset and not options.rules:
        raise NvrError("there is nothing to evaluate", "name a folder (--dataset DIR) or ask for --rules")
    evaluate.evaluate_folders(
        options.dataset,
        options.report,
        lambda line: print(line, flush=True),
        at_best=options.sweep,
        rule_seeds=options.rules,
    )


def _check_credentials(config: Config) -> None:
    """Missing ones are said once; the rest goes on."""
    for line in missing_credentials(config):
        print(f"nvr: {line}", file=sys.stderr)


def _first_start(
    config: Config, folders: Folders, progress: Progress, people: Sequence[accounts.NewAccount] = ()
) -> None:
    """Migrate the catalogue, and where nobody may log in yet, make the administrator: ask for a password on a terminal, else print one, once."""
    catalogue = Catalogue(folders.database_url(config))
    try:
        if accounts.has_people(catalogue):
            return
        admin = accounts.NewAccount(accounts.FIRST_ADMIN, "Administrador", Role.ADMIN)
        chosen = _ask_password(progress) if not people else None
        issued = accounts.add_people(catalogue, [admin], must_change=chosen is None, password=chosen)
        issued += accounts.add_people(catalogue, people, must_change=False)
    finally:
        catalogue.close()
    if chosen is not None:
        progress.say(f"Administrator: {accounts.FIRST_ADMIN}, with the password that you chose.")
        return
    progress.say(
        "First start. These passwords are shown once; write them down (`nvr users reset NAME` makes a new one):"
    )
    for entry in issued:
        progress.say(f"    {entry.name:<14} {entry.password.reveal()}")


def _ask_password(progress: Progress) -> Secret | None:
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    progress.say(
        f"First start. Choose the password of the administrator ({accounts.FIRST_ADMIN}), or press Enter to have one made."
    )
    while True:
        text = getpass.getpass("Password: ")
        if not text:
            return None
        if (fault := weakness(Secret(text), accounts.FIRST_ADMIN)) is not None:
            progress.say(fault)
        elif getpass.getpass("Again: ") == text:
            return Secret(text)
        else:
            progress.say("The two differ.")


def _check_config(options: argparse.Namespace) -> int:
    if options.json:
        text, sound = config_command.check_as_json(options.config, options.data)
        print(text)
        return 0 if sound else 2
    config = node.load(options.config, options.data)
    if (fault := model_fault(options.config, config, options.data)) is not None:
        raise ConfigError([fault])
    _check_credentials(config)
    print(f"{options.config}: {len(config.cameras)} cameras, {len(config.enabled_cameras)} of them enabled; no faults")
    for line in config_command.remarks(options.data, config):
        print(line)
    return 0


def _fsck(options: argparse.Namespace) -> int:
    # Here and not above: nothing else needs the recordings' reader.
    from nvr.app import fsck  # noqa: PLC0415

    folders = Folders.of(effective_config(options, say=True))
    catalogue = effective_catalogue(options)
    try:
        check = fsck.Check(folders.recordings, folders.data / "journal", catalogue)
        with Progress() as progress:
            report = check.run(
                fsck.Level(options.level), repair=options.repair, say=partial(progress.bar, "Streams looked at")
            )
    except OSError as error:
        raise StorageError(f"the recordings can't be read: {error}") from error
    finally:
        catalogue.close()
    for line in report.lines():
        print(line)
    return 0 if report.sound else 1


def _rebuild(options: argparse.Namespace) -> int:
    from nvr.app.rebuild import rebuild  # noqa: PLC0415 - see _fsck

    config = effective_config(options, say=True)
    folders = Folders.of(config)
    folders.create()
    _lock = folders.lock()
    catalogue = Catalogue(folders.database_url(config))
    try:
        with Progress() as progress:
            done = rebuild(
                folders.recordings,
                catalogue,
                trust_notes=not options.read_all,
                say=partial(progress.bar, "Streams looked at"),
            )
    except OSError as error:
        raise StorageError(f"the recordings can't be read: {error}") from error
    finally:
        catalogue.close()
    print(
        f"{done.files} files read, {done.added} added, {done.held} of them held, {done.unreadable} unreadable, "
        f"{done.open} left for the next start"
    )
    return 0 if not done.unreadable else 1


if __name__ == "__main__":
    sys.exit(main())

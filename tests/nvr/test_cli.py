"""The ``nvr`` command's people: made, listed, given a new password; the first administrator; what is printed and what is not stored."""

from __future__ import annotations

import os
import pwd
import re
import socket
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.rig import write_config
from console_web.passwords import password_matches
from nvr.app import demo
from nvr.app.adoption import adopt_at_start
from nvr.app.folders import Folders
from nvr.app.in_force import FOLDER
from nvr.app.node import load
from nvr.catalogue import audit, users
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.users import Role, User
from nvr.cli import main
from nvr.config import read_credentials
from nvr.config.versions import VersionStore
from nvr.redact import Secret


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    """Three cameras, one of them with credentials."""
    path = tmp_path / "cameras.yaml"
    write_config(path, cameras=3, fleet_port=8554, console_port=8080, data=tmp_path / "data")
    return path


def people(config_path: Path) -> dict[str, User]:
    """Who may log in."""
    config = load(config_path, None)
    catalogue = Catalogue(Folders.of(config).database_url(config))
    try:
        with catalogue.read() as tx:
            return {user.name: user for user in users.list_all(tx)}
    finally:
        catalogue.close()


def test_a_person_is_added_listed_and_reset(config_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The printed password is the one that logs in, must be changed, and is replaced by a reset."""
    place = ("--config", str(config_path))
    assert main(["users", "add", "mrojas", "--full-name", "María Rojas", "--role", "operator", *place]) == 0
    first = printed_password(capsys)
    user = people(config_path)["mrojas"]
    assert (user.full_name, user.role, user.must_change_password) == ("María Rojas", Role.OPERATOR, True)
    assert password_matches(user.password_hash, Secret(first))
    assert main(["users", "list", *place]) == 0
    assert "María Rojas" in capsys.readouterr().out
    assert main(["users", "reset", "mrojas", *place]) == 0
    second = printed_password(capsys)
    user = people(config_path)["mrojas"]
    assert password_matches(user.password_hash, Secret(second))
    assert not password_matches(user.password_hash, Secret(first))


def test_a_reset_says_that_it_enables_who_was_disabled(config_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who was dismissed must not come back by the way."""
    place = ("--config", str(config_path))
    assert main(["users", "add", "mrojas", "--role", "operator", *place]) == 0
    assert main(["users", "reset", "mrojas", *place]) == 0
    assert "enabled" not in capsys.readouterr().out
    before = people(config_path)["mrojas"]
    catalogue = Catalogue(Folders.of(load(config_path, None)).database_url(load(config_path, None)))
    try:
        with catalogue.write() as tx:
            users.change(tx, replace(before, enabled=False))
        assert main(["users", "reset", "mrojas", *place]) == 0
        assert "was disabled, and is enabled again" in capsys.readouterr().out
        with catalogue.read() as tx:
            assert audit.read(tx, 1)[0].detail == {"enabled": "True"}
    finally:
        catalogue.close()


def test_the_audit_says_who_ran_the_command_whatever_his_environment_says(
    config_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The account is the kernel's word; nothing of it was there, and versions had what LOGNAME said."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "otra")
    place = ("--config", str(config_path))
    assert main(["users", "add", "mrojas", "--role", "operator", *place]) == 0
    assert main(["users", "reset", "mrojas", *place]) == 0
    config = load(config_path, None)
    data = Folders.of(config).data
    adopt_at_start(config_path, data)
    config_path.write_text(config_path.read_text(encoding="utf-8") + "\n# otra\n", encoding="utf-8")
    adopt_at_start(config_path, data)
    assert main(["config", "rollback", "1", *place]) == 0
    capsys.readouterr()
    me = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
    version = VersionStore(data / FOLDER).record(3)
    assert version is not None
    assert version.by.partition(" (")[0] == me
    catalogue = Catalogue(Folders.of(config).database_url(config))
    try:
        with catalogue.read() as tx:
            done = [(record.action, record.actor.partition(" (")[0]) for record in audit.read(tx, 2)]
    finally:
        catalogue.close()
    assert done == [("user.password", me), ("user.create", me)]


def printed_password(capsys: pytest.CaptureFixture[str]) -> str:
    found = re.search(r": (\S+-\S+-\S+-\S+) ", capsys.readouterr().out)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["users", "add", "x", "--role", "dispatcher"], "--agency"),
        (["users", "add", "x", "--role", "operator", "--agency", "pnp"], "--agency"),
        (["users", "reset", "nadie"], "nvr users list"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_the_remedy(
    config_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """Exit code 2 and what to do instead."""
    assert main([*arguments, "--config", str(config_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert words in said


def test_a_name_is_taken_only_once(config_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also in other letters: the second would be taken for the first on a board."""
    place = ("--role", "operator", "--config", str(config_path))
    assert main(["users", "add", "ana", *place]) == 0
    assert main(["users", "add", "ANA", *place]) == 2
    assert list(people(config_path)) == ["ana"]


def test_the_fleets_credentials_are_random_private_and_made_once(config_path: Path) -> None:
    """No default password: two rooms differ, nobody else may read the file, and a second start keeps it."""
    config = load(config_path, None)
    folders = Folders.of(config)
    folders.create()
    path = folders.credentials(config)
    assert demo.write_fleet_credentials(config, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = read_credentials(path, {})["flota"].password
    assert len(first.reveal()) >= 20
    assert not demo.write_fleet_credentials(config, path)
    assert read_credentials(path, {})["flota"].password == first
    path.unlink()
    demo.write_fleet_credentials(config, path)
    assert read_credentials(path, {})["flota"].password != first


def test_the_fleet_listens_where_the_cameras_are_expected(config_path: Path) -> None:
    """The demonstration's port is that of the configuration's loopback cameras."""
    config = load(config_path, None)
    plan = demo.fleet_plan(Folders.of(config), config, events_per_hour=6)
    assert plan.port == 8554
    arguments = demo.fleet_spec(plan, config_path, Folders.of(config).credentials(config)).arguments
    assert arguments[arguments.index("--port") + 1] == "8554"

"""Credentials: read exactly as typed, from a file of their owner's alone; no fault ever quotes one."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.config import read_credentials
from nvr.errors import ConfigError, ConfigFault


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.yaml"
    path.touch(mode=0o600)
    return path


def faults_of(path: Path, environment: dict[str, str] | None = None) -> list[ConfigFault]:
    with pytest.raises(ConfigError) as caught:
        read_credentials(path, environment or {})
    assert "hunter2" not in str(caught.value)
    return caught.value.faults


def test_no_file_and_an_empty_file_are_no_credentials(file: Path) -> None:
    """Cameras without passwords exist."""
    assert read_credentials(file, {}) == {}
    assert read_credentials(file.with_name("missing.yaml"), {}) == {}


@pytest.mark.parametrize("password", ["0123", "yes", "1e5", "~", "12:30", "null", "ñandú", "a b", "a#b"])
def test_passwords_are_texts_as_typed(file: Path, password: str) -> None:
    """YAML would make 83, True, 100000.0, None or 750 of them: a camera that refuses its log-in for no visible reason."""
    file.write_text(f"flota:\n  user: 007\n  password: {password}\n", encoding="utf-8")
    credential = read_credentials(file, {})["flota"]
    assert (credential.user, credential.password.reveal()) == ("007", password)


def test_the_environment_wins_and_may_hold_colons_in_the_password(file: Path) -> None:
    """user:pass:word is a user and the password pass:word."""
    file.write_text("flota: {user: a, password: b}\notra: {user: c, password: ''}\n")
    found = read_credentials(file, {"NVR_CREDENTIAL_FLOTA": "u:p:q", "NVR_CREDENTIAL_NUEVA": "n:", "NVR_OTHER": "x"})
    assert {name: (c.user, c.password.reveal()) for name, c in found.items()} == {
        "flota": ("u", "p:q"),
        "otra": ("c", ""),
        "nueva": ("n", ""),
    }


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o777])
def test_a_file_that_others_may_touch_is_refused(file: Path, mode: int) -> None:
    """The remedy is the command."""
    file.chmod(mode)
    (fault,) = faults_of(file)
    assert fault.remedy == f"run: chmod 600 {file}"


def test_all_faults_at_once_with_their_places_and_no_secret(file: Path) -> None:
    """Every entry is looked at, and the environment too."""
    file.write_text(
        "ok: {user: u, password: p}\n"
        "Bad-Name: {user: u, password: hunter2}\n"
        "number: hunter2\n"
        "lacks: {user: u}\n"
        "blank: {user: u, password: }\n"
        "more: {user: u, password: hunter2, hunter2: x}\n"
        "colon: {user: 'u:hunter2', password: p}\n"
        'forged: {user: u, password: "hunter2\\r\\nX: y"}\n'
        "empty: {user: '', password: hunter2}\n"
        "listed: [u, hunter2]\n"
        "ok: {user: u, password: hunter2}\n"
    )
    faults = faults_of(file, {"NVR_CREDENTIAL_X": "hunter2", "NVR_CREDENTIAL_Y": "a:hunter2\n"})
    assert [(fault.line, fault.field) for fault in faults if fault.line] == [
        (2, "Bad-Name"),
        (3, "number"),
        (4, "lacks"),
        (5, "blank"),
        (6, "more"),
        (7, "colon"),
        (8, "forged"),
        (9, "empty"),
        (10, "listed"),
        (11, "ok"),
    ]
    assert [fault.field for fault in faults if fault.file == "environment"] == ["NVR_CREDENTIAL_X", "NVR_CREDENTIAL_Y"]
    assert all(fault.remedy for fault in faults)


@pytest.mark.parametrize(
    "data",
    [
        b"hunter2",
        b"- hunter2",
        b"a: [hunter2",
        b"a: !hunter2 x",
        b"a: *hunter2",
        b"a: {user: u, password: 'hunter2\n",
        b"\xff\xfehunter2",
        b"hunter2: \xf1",
        b"a: {user: u, password: hunter2\x07}",
        b"a: b: hunter2",
        b"\thunter2: x",
        b"[" * 100_000 + b"hunter2",
        b"? {hunter2: x}\n: y",
    ],
)
def test_malformed_files_are_one_fault_without_a_word_of_their_content(file: Path, data: bytes) -> None:
    """A parser's message quotes the text around the fault, which here is a password."""
    file.write_bytes(data)
    assert len(faults_of(file)) == 1


def test_a_folder_in_its_place_is_a_fault(file: Path) -> None:
    """And no traceback."""
    file.unlink()
    file.mkdir(mode=0o700)
    (fault,) = faults_of(file)
    assert "Is a directory" in fault.message


def test_a_link_to_nowhere_is_a_fault_not_an_absence(file: Path) -> None:
    """Whoever made the link meant a file."""
    file.unlink()
    file.symlink_to(file.with_name("gone"))
    (fault,) = faults_of(file)
    assert "no such file" in fault.message


@given(st.binary(max_size=200))
def test_any_bytes_bring_credentials_or_faults(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Fuzz."""
    path = tmp_path_factory.mktemp("fuzz") / "credentials.yaml"
    path.touch(mode=0o600)
    path.write_bytes(data)
    try:
        read_credentials(path, {})
    except ConfigError as error:
        text = str(error)
        assert text.startswith(str(path))


def test_a_credential_is_not_shown_copied_or_pickled_by_accident(file: Path) -> None:
    """Neither a log line nor a queue between processes carries it away."""
    file.write_text("flota: {user: u, password: hunter2}\n")
    credential = read_credentials(file, {})["flota"]
    assert "hunter2" not in f"{credential} {credential!r} {credential.password} {credential.password!r}"
    for carry in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not serialised"):
            carry(credential)

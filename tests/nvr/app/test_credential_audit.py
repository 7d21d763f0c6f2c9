"""Changes of credentials stand in the audit, each once, whenever they were made; what they are stands nowhere."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.app.credential_audit import FILE, CredentialAudit, difference, marks
from nvr.app.credentials_file import CredentialsFile
from nvr.app.following import Follower
from nvr.app.in_force import alone
from nvr.app.onvif_worker import _other
from nvr.catalogue import audit
from nvr.catalogue.audit import AuditRecord
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.config import Config, Credential
from nvr.errors import StorageError
from nvr.redact import Secret

CAMERAS = Config.model_validate(
    {
        "cameras": [
            {"id": f"cam{n}", "number": n, "name": "x", "credentials": name, "main": {"url": f"rtsp://h/{n}"}}
            for n, name in enumerate(("anillo", "anillo", "plaza"), 1)
        ]
    }
)
KEY = "00" * 32


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    made = Catalogue(f"sqlite:///{tmp_path / 'c.sqlite'}", SimulatedClock())
    yield made
    made.close()


def write(path: Path, **entries: tuple[str, str]) -> None:
    """The file, as an admin leaves it."""
    path.write_text(
        "".join(f'{name}: {{user: {user}, password: "{word}"}}\n' for name, (user, word) in entries.items())
    )
    path.chmod(0o600)


def told(catalogue: Catalogue) -> list[AuditRecord]:
    with catalogue.read() as tx:
        return [each for each in audit.read(tx, 50) if each.action == "credentials.change"]


def looker(tmp_path: Path, catalogue: Catalogue) -> CredentialAudit:
    return CredentialAudit(tmp_path / "credentials.yaml", tmp_path / "config", catalogue, CAMERAS, SimulatedClock())


def look(keeper: CredentialAudit) -> None:
    """Two looks: a file is read once it has been as it is for a whole one."""
    keeper.step()
    keeper.step()


def test_each_change_is_told_once_with_its_cameras_and_without_a_secret(tmp_path: Path, catalogue: Catalogue) -> None:
    """While the room runs, and over a restart; nothing of user or password is in the audit, nor on disk beside it."""
    path = tmp_path / "credentials.yaml"
    write(path, anillo=("operador", "clave uno"))
    keeper = looker(tmp_path, catalogue)
    look(keeper)
    (first,) = told(catalogue)
    assert (first.object, first.detail) == ("anillo", {"added": "anillo", "cameras": "cam1, cam2"})
    write(path, anillo=("operador", "clave dos"), plaza=("operador", "clave tres"))
    look(keeper)
    look(keeper)
    newest, *rest = told(catalogue)
    assert len(rest) == 1
    assert newest.object == "anillo, plaza"
    assert newest.detail == {"added": "plaza", "changed": "anillo", "cameras": "cam1, cam2, cam3"}
    assert newest.actor == path.owner()
    write(path, plaza=("operador", "clave tres"))
    look(looker(tmp_path, catalogue))  # changed while nothing ran
    assert told(catalogue)[0].detail == {"removed": "anillo", "cameras": "cam1, cam2"}
    look(looker(tmp_path, catalogue))
    assert len(told(catalogue)) == 3
    kept = (tmp_path / "config" / FILE).read_bytes()
    assert (tmp_path / "config" / FILE).stat().st_mode & 0o777 == 0o600
    everything = kept.decode() + repr(told(catalogue))
    assert "clave" not in everything
    assert "operador" not in everything


def test_a_faulty_file_is_no_change_and_its_mending_is_told_if_it_is_one(
    tmp_path: Path, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "credentials.yaml"
    write(path, anillo=("operador", "clave uno"))
    keeper = looker(tmp_path, catalogue)
    look(keeper)
    with caplog.at_level(logging.CRITICAL):
        path.write_text("anillo: [")
        look(keeper)
        assert len(told(catalogue)) == 1
    write(path, anillo=("operador", "clave uno"))
    look(keeper)
    assert len(told(catalogue)) == 1
    write(path, anillo=("operador", "otra"))
    look(keeper)
    assert told(catalogue)[0].detail["changed"] == "anillo"


def test_a_disk_that_refuses_has_it_told_once_all_the_same(tmp_path: Path, catalogue: Catalogue) -> None:
    """Every second of a full disk would otherwise be a line of the audit."""
    write(tmp_path / "credentials.yaml", anillo=("operador", "clave uno"))
    (tmp_path / "config").write_text("in the way")
    keeper = looker(tmp_path, catalogue)
    for _ in range(3):
        with pytest.raises(StorageError):
            keeper.step()
    (tmp_path / "config").unlink()
    look(keeper)
    look(looker(tmp_path, catalogue))
    assert len(told(catalogue)) == 1


def test_variables_of_the_environment_are_told_at_the_next_start_as_such(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NVR_CREDENTIAL_PLAZA", "operador:clave")
    look(looker(tmp_path, catalogue))
    (record,) = told(catalogue)
    assert (record.actor, record.detail) == (
        "nvr",
        {"added": "plaza", "cameras": "cam3", "environment": "plaza"},
    )


@given(
    st.dictionaries(st.sampled_from("abcd"), st.tuples(st.text("ab:", max_size=3), st.text("ab:", max_size=3))),
    st.data(),
)
def test_marks_differ_exactly_where_entries_do(entries: dict[str, tuple[str, str]], data: st.DataObject) -> None:
    """Also where user and password read alike together, as a:b + c and a + b:c do."""
    other = data.draw(st.dictionaries(st.sampled_from("abcd"), st.sampled_from([*entries.values(), ("x", "y")])))
    before, after = (
        marks({name: Credential(user, Secret(word)) for name, (user, word) in each.items()}, KEY)
        for each in (entries, other)
    )
    found = difference(before, after)
    assert set(found.added) == other.keys() - entries.keys()
    assert set(found.removed) == entries.keys() - other.keys()
    assert set(found.changed) == {name for name in entries.keys() & other.keys() if entries[name] != other[name]}


async def test_the_onvif_worker_begins_anew_where_a_password_of_its_cameras_changed(tmp_path: Path) -> None:
    """That of another camera leaves it alone."""
    path = tmp_path / "credentials.yaml"
    write(path, anillo=("operador", "uno"), plaza=("operador", "dos"))
    passwords, settings = CredentialsFile(path), alone(CAMERAS)
    waiting = asyncio.create_task(_other(Follower(tmp_path, None), passwords, settings, CAMERAS.cameras[:2]))
    write(path, anillo=("operador", "uno"), plaza=("operador", "otra"))
    os.utime(path, ns=(1, 1))
    async with asyncio.timeout(20):
        while passwords.entries["plaza"].password.reveal() != "otra":  # noqa: ASYNC110 - a file is looked at
            await asyncio.sleep(0.02)
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.1)
    assert not waiting.done()
    write(path, anillo=("operador", "nueva"), plaza=("operador", "otra"))
    async with asyncio.timeout(20):
        assert await waiting is settings

"""Camera credentials: from the environment or from a file that only its owner reads, never from ``cameras.yaml`` or a URL."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nvr.config.document import Document, field_name, read_document
from nvr.config.fields import CREDENTIAL_NAME, has_unseen
from nvr.config.loader import read_settings_text
from nvr.errors import ConfigError, ConfigFault
from nvr.redact import Secret

ENVIRONMENT_PREFIX: Final = "NVR_CREDENTIAL_"
_SHAPE: Final = "write `name: {user: …, password: …}`"


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and its password."""

    user: str
    password: Secret


def read_credentials(path: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Credential]:
    """All credentials by name. ``NVR_CREDENTIAL_<NAME>=user:password`` in the environment wins over the file, which may be missing.

    Users and passwords are texts as typed: ``0123``, ``yes`` or ``1e5`` need no quotes; an empty password does (``""``).

    Raises:
        ConfigError: with every fault; the file is malformed, or others than its owner may read it. No message quotes a value.
    """
    found: dict[str, Credential] = {}
    faults: list[ConfigFault] = []
    if _is_there(path):
        text = read_settings_text(path, "write it, or name another with node.credentials_file", owner_only=True)
        document = read_document(text, str(path), texts_only=True)
        faults += document.faults
        if document.value is not None and not isinstance(document.value, dict):
            raise ConfigError([ConfigFault(str(path), 1, 1, "file", "not a mapping", _SHAPE)])
        for name, entry in (document.value or {}).items():
            message = _entry_fault(name, entry)
            if message is None:
                found[name] = Credential(entry["user"], Secret(entry["password"]))
            else:
                faults.append(_fault(document, path, name, *message))
    for key, value in environment.items():
        if key.startswith(ENVIRONMENT_PREFIX):
            name = key.removeprefix(ENVIRONMENT_PREFIX).lower()
            user, colon, password = value.partition(":")
            message = (
                _entry_fault(name, {"user": user, "password": password})
                if colon
                else ("lacks a colon", "write user:password")
            )
            if message is None:
                found[name] = Credential(user, Secret(password))
            else:
                faults.append(ConfigFault("environment", 0, 0, key, *message))
    if faults:
        raise ConfigError(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column)))
    return found


def _is_there(path: Path) -> bool:
    """A link to nowhere, or a folder that may not be entered, is there: reading it says what is wrong."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def _entry_fault(name: str, entry: object) -> tuple[str, str] | None:
    """What is wrong with an entry, and what to write."""
    if not CREDENTIAL_NAME.fullmatch(name):
        return ("a name has 1 to 40 lower-case letters, digits and underscores", _SHAPE)
    if (
        not isinstance(entry, dict)
        or entry.keys() != {"user", "password"}
        or not all(isinstance(value, str) for value in entry.values())
    ):
        return ("does not hold exactly user and password", f'{_SHAPE} (an empty password as "")')
    if not entry["user"] or ":" in entry["user"]:
        return ("the user is empty or holds a colon", "write the user alone (RFC 7617 section 2 has no colon in it)")
    if has_unseen(entry["user"]) or has_unseen(entry["password"]):
        # They go into RTSP header lines: a line end would forge another header.
        return ("user or password hold control or invisible characters", "type them anew")
    return None


def _fault(document: Document, path: Path, name: str, message: str, remedy: str) -> ConfigFault:
    return ConfigFault(str(path), *document.place((name,)), field_name((name,)), message, remedy)

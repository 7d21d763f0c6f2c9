"""Camera credentials: from the environment or from a file that only its owner reads, never from ``cameras.yaml`` or a URL."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from nvr.errors import ConfigError, ConfigFault
from nvr.redact import Secret


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and its password."""

    user: str
    password: Secret


def read_credentials(path: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Credential]:
    """All credentials by name. ``NVR_CREDENTIAL_<NAME>=user:password`` in the environment wins over the file.

    Raises:
        ConfigError: the file is malformed, or others than its owner may read it.
    """
    found: dict[str, Credential] = {}
    if path.exists():
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError(
                [_fault(path, "mode", "others than its owner may read the file", f"run: chmod 600 {path}")]
            )
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError:
            # The parser's message quotes the text, which is secret.
            raise ConfigError(
                [_fault(path, "file", "not valid YAML", "write `name: {user: …, password: …}`")]
            ) from None
        if not isinstance(document, dict):
            raise ConfigError([_fault(path, "file", "not a mapping", "write `name: {user: …, password: …}`")])
        for name, entry in document.items():
            if (
                not isinstance(entry, dict)
                or not {"user", "password"} == set(entry)
                or not all(isinstance(v, str) for v in entry.values())
            ):
                raise ConfigError(
                    [
                        _fault(
                            path, str(name), "lacks user or password", "write `name: {user: …, password: …}` with texts"
                        )
                    ]
                )
            found[str(name)] = Credential(entry["user"], Secret(entry["password"]))
    prefix = "NVR_CREDENTIAL_"
    for key, value in environment.items():
        if key.startswith(prefix):
            user, colon, password = value.partition(":")
            if not colon:
                raise ConfigError([ConfigFault("environment", 0, 0, key, "lacks a colon", "write user:password")])
            found[key.removeprefix(prefix).lower()] = Credential(user, Secret(password))
    return found


def _fault(path: Path, field: str, message: str, remedy: str) -> ConfigFault:
    return ConfigFault(str(path), 0, 0, field, message, remedy)

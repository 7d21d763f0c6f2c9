"""Reads ``cameras.yaml``: every fault at once, each with its line, column, field and remedy."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from nvr.config.document import Document, field_name, read_document
from nvr.config.document import Path as Place
from nvr.config.rules import BrokenRule, broken_rules
from nvr.config.schema import RULE_ERROR, Camera, Config
from nvr.config.templates import Expanded, expand
from nvr.config.wording import describe
from nvr.errors import ConfigError, ConfigFault

MAX_FILE_BYTES: Final = 4 * 1024 * 1024
MOST_FAULTS: Final = 100
"""More are counted, not listed: nobody reads on, and the file is another one than was meant."""


def load_config(path: Path) -> Config:
    """The configuration in a file.

    Raises:
        ConfigError: with all faults; nothing of the file is to be used.
    """
    return parse_config(read_settings_text(path, "name an existing one with --config"), str(path))


def read_settings_text(path: Path, remedy_if_missing: str, *, owner_only: bool = False) -> str:
    """The text of a settings file: a regular file of at most 4 MiB in UTF-8, with or without a byte order mark.

    Args:
        path: the file.
        remedy_if_missing: what to do where there is none.
        owner_only: refuse a file that others than its owner may read or write.

    Raises:
        ConfigError: with the one fault.
    """
    name = str(path)
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _error(name, "is not a regular file", "name a file; every process of the node reads it anew")
            if owner_only and stat.S_IMODE(status.st_mode) & 0o077:
                raise _error(name, "others than its owner may read or write it", f"run: chmod 600 {path}")
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise _error(name, "there is no such file", remedy_if_missing) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name holds a NUL"
        raise _error(name, f"can't be read ({reason})", "check its path and permissions") from None
    if len(data) > MAX_FILE_BYTES:
        raise _error(name, "is larger than 4 MiB", "this is not a settings file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ConfigError(
            [ConfigFault(name, line, column, "file", "is not in UTF-8", "Save it anew with the encoding UTF-8")]
        ) from None


def _open_at_once(path: str, flags: int) -> int:
    """Opening a pipe that nobody writes would wait for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def parse_config(text: str, name: str) -> Config:
    """The configuration in a text; ``name`` is how messages call it.

    Raises:
        ConfigError: with all faults.
    """
    document = read_document(text, name)
    if not isinstance(document.value, dict):
        message = "is empty" if document.value is None else "does not begin with fields"
        raise ConfigError([ConfigFault(name, 1, 1, "file", message, "Start with `version: 1` and `cameras:`")])
    expanded = expand(document, name)
    # Rules between values are checked on the plain document: pydantic would come to them only once all single values are right,
    # and the admin would mend the file only to be told of the next fault.
    faults = [*document.faults, *expanded.faults]
    faults += [_rule_fault(rule, expanded, name) for rule in broken_rules(expanded.document.value)]
    for camera, origins in expanded.checks:
        faults += _template_faults(camera, origins, document, name)
    try:
        config = Config.model_validate(expanded.document.value)
    except ValidationError as error:
        faults += _validation_faults(error, expanded, name, already=bool(faults))
        raise ConfigError(_in_file_order(faults, name)) from None
    if faults:
        raise ConfigError(_in_file_order(faults, name))
    return config


def _rule_fault(rule: BrokenRule, expanded: Expanded, name: str) -> ConfigFault:
    # Two cameras that get in each other's way are a matter of the cameras, wherever they have the value from.
    written = rule.path[:2] if rule.between_cameras and rule.path in expanded.origins else expanded.written(rule.path)
    field = rule.path if rule.between_cameras else written
    return ConfigFault(name, *expanded.document.place(written), field_name(field), rule.message, rule.remedy)


def _validation_faults(error: ValidationError, expanded: Expanded, name: str, *, already: bool) -> list[ConfigFault]:
    faults = []
    document = expanded.document
    for entry in error.errors(include_url=False, include_input=False):
        if entry["type"] == RULE_ERROR and already:
            continue  # the same, without its place
        path = tuple(part for part in entry["loc"] if part != "[key]")
        if entry["type"] == "too_short" and document.length(path) >= entry["ctx"]["min_length"]:
            continue  # pydantic counts the sound entries alone; the others have faults of their own
        message, remedy = describe(entry, path)
        written = expanded.written(path)
        faults.append(ConfigFault(name, *document.place(written), field_name(written), message, remedy))
    return faults


def _template_faults(
    camera: dict[str, object], origins: dict[Place, Place], document: Document, name: str
) -> list[ConfigFault]:
    """Faults of a template that no camera uses yet; what is missing, its cameras may have."""
    try:
        Camera.model_validate(camera)
    except ValidationError as error:
        checked = Expanded(document, {("cameras", 0, *path): origin for path, origin in origins.items()})
        faults = []
        for entry in error.errors(include_url=False, include_input=False):
            path: Place = ("cameras", 0, *(part for part in entry["loc"] if part != "[key]"))
            written = checked.written(path)
            if written != path and entry["type"] != "missing":
                faults.append(ConfigFault(name, *document.place(written), field_name(written), *describe(entry, path)))
        return faults
    return []


def _in_file_order(faults: list[ConfigFault], name: str) -> list[ConfigFault]:
    faults = sorted(dict.fromkeys(faults), key=lambda fault: (fault.line, fault.column))
    rest = len(faults) - MOST_FAULTS
    if rest > 0:
        more = ConfigFault(name, 0, 0, "file", f"{rest} more faults are not listed", "Mend these first")
        return [*faults[:MOST_FAULTS], more]
    return faults


def _error(name: str, message: str, remedy: str) -> ConfigError:
    return ConfigError([ConfigFault(name, 0, 0, "file", message, remedy)])

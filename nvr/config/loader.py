"""Reads ``cameras.yaml``: every fault at once, each with its line, column, field and remedy."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from nvr.config.schema import Config
from nvr.errors import ConfigError, ConfigFault

_Place = tuple[int, int]
_MAX_FILE_BYTES = 4 * 1024 * 1024


def load_config(path: Path) -> Config:
    """The configuration in a file.

    Raises:
        ConfigError: with all faults; nothing of the file is to be used.
    """
    name = str(path)
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise ConfigError([ConfigFault(name, 0, 0, "file", "larger than 4 MiB", "this is not a cameras.yaml")])
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            [ConfigFault(name, 0, 0, "file", "there is no such file", "name an existing one with --config")]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            [ConfigFault(name, 0, 0, "file", f"can't be read ({error})", "check its permissions and encoding (UTF-8)")]
        ) from error
    return parse_config(text, name)


def parse_config(text: str, name: str) -> Config:
    """The configuration in a text; ``name`` is how messages call it.

    Raises:
        ConfigError: with all faults.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise ConfigError(
            [
                ConfigFault(
                    name,
                    line,
                    column,
                    "file",
                    f"not valid YAML: {error.problem}",
                    "check indentation, quotes and colons",
                )
            ]
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError([ConfigFault(name, 0, 0, "file", f"not valid YAML: {error}", "check the file")]) from error
    places: dict[tuple[str | int, ...], _Place] = {}
    faults: list[ConfigFault] = []
    if node is not None:
        _collect(node, (), places, faults, name)
    if faults:
        raise ConfigError(faults)
    if not isinstance(document, dict):
        raise ConfigError([ConfigFault(name, 1, 1, "file", "not a mapping", "start with `version: 1` and `cameras:`")])
    try:
        return Config.model_validate(document)
    except ValidationError as error:
        for entry in error.errors(include_url=False, include_input=False):
            line, column = _place(entry["loc"], places)
            field = ".".join(str(part) for part in entry["loc"]) or "file"
            faults.append(
                ConfigFault(
                    name, line, column, field, entry["msg"].removeprefix("Value error, "), _remedy(entry["type"])
                )
            )
        faults.sort(key=lambda fault: (fault.line, fault.column))
        raise ConfigError(faults) from None


def _remedy(kind: str) -> str:
    return {
        "missing": "Add the field",
        "extra_forbidden": "Remove it, or check its spelling against docs/configuration.md",
    }.get(kind, "See docs/configuration.md")


def _place(loc: tuple[str | int, ...], places: dict[tuple[str | int, ...], _Place]) -> _Place:
    for length in range(len(loc), -1, -1):
        place = places.get(loc[:length])
        if place is not None:
            return place
    return (0, 0)


def _collect(
    node: yaml.Node,
    path: tuple[str | int, ...],
    places: dict[tuple[str | int, ...], _Place],
    faults: list[ConfigFault],
    name: str,
) -> None:
    places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            text = str(key.value)
            if text in seen:
                line, column = key.start_mark.line + 1, key.start_mark.column + 1
                # YAML would silently let the last one win: a camera that vanishes without a word.
                faults.append(ConfigFault(name, line, column, text, "stands twice in the same mapping", "Keep one"))
            seen.add(text)
            _collect(value, (*path, text), places, faults, name)
            places[(*path, text)] = (key.start_mark.line + 1, key.start_mark.column + 1)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _collect(value, (*path, index), places, faults, name)

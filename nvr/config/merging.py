"""How values that a camera inherits and values of its own become one: deep merge and placeholders. Pure, on plain data.

Merging, from the outermost layer (``defaults``) to the innermost (the camera itself):

- two mappings are merged key by key, however deep;
- anything else of the inner layer stands for what the outer one has there: lists and texts are replaced whole, never joined;
- an empty value (``sub:`` or ``sub: null``) of the inner layer takes away what the outer one has there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nvr.config.document import Path

PLACEHOLDERS: Final = ("host", "id", "number")
"""What texts of ``defaults`` and templates may hold in braces. ``{{`` and ``}}`` are braces as such."""

_BRACES: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Layer:
    """A mapping of one place of the file, ``origin`` being its path there."""

    origin: Path
    value: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome, and for each value where it was written: path in the outcome to path in the file."""

    value: dict[str, object]
    origins: dict[Path, Path]


def merge(*layers: Layer) -> Merged:
    """The layers as one mapping, the last one wins."""
    value: dict[str, object] = {}
    origins: dict[Path, Path] = {}
    for layer in layers:
        _lay(layer.value, layer.origin, value, (), origins)
    return Merged(value, origins)


def _lay(
    inner: Mapping[str, object], origin: Path, into: dict[str, object], path: Path, origins: dict[Path, Path]
) -> None:
    for key, value in inner.items():
        here = (*path, key)
        if value is None and key in into:
            del into[key]
            _forget(here, origins)
            continue
        if isinstance(value, dict):
            below = into.get(key)
            if not isinstance(below, dict):
                if key in into:
                    _forget(here, origins)
                below = into[key] = {}
            origins[here] = (*origin, key)
            _lay(value, (*origin, key), below, here, origins)
            continue
        if key in into:
            _forget(here, origins)
        into[key] = value
        for inside in inner_paths(value):
            origins[*here, *inside] = (*origin, key, *inside)


def _forget(path: Path, origins: dict[Path, Path]) -> None:
    for known in [known for known in origins if known[: len(path)] == path]:
        del origins[known]


def inner_paths(value: object) -> Iterator[Path]:
    """Paths of a value and of everything in it; the file's depth is bounded."""
    yield ()
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        for path in inner_paths(inner):
            yield (key, *path)


def count(value: object) -> int:
    """How many values there are in a value, itself included."""
    return sum(1 for _ in inner_paths(value))


def placeholders(text: str) -> list[str]:
    """The names in braces of a text, in order; "" for a brace that belongs to nothing."""
    return [found[1] or "" for found in _BRACES.finditer(text) if found[0] not in {"{{", "}}"}]


def filled(value: object, given: Mapping[str, str]) -> object:
    """A value in whose texts, at any depth, ``{name}`` is what is given for it; what is not given stays as it is."""
    if isinstance(value, str):
        return _BRACES.sub(lambda found: _replacement(found, given), value)
    if isinstance(value, dict):
        return {key: filled(inner, given) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, given) for inner in value]
    return value


def without_strangers(value: object) -> object:
    """A value in whose texts braces that are no placeholder are a letter: what is wrong with them was said, and is no fault of an address too."""
    if isinstance(value, str):
        return _BRACES.sub(
            lambda found: found[0] if found[0] in {"{{", "}}"} or found[1] in PLACEHOLDERS else "x", value
        )
    if isinstance(value, dict):
        return {key: without_strangers(inner) for key, inner in value.items()}
    return [without_strangers(inner) for inner in value] if isinstance(value, list) else value


def _replacement(found: re.Match[str], given: Mapping[str, str]) -> str:
    if found[0] in {"{{", "}}"}:
        return found[0][0]
    return given.get(found[1] or "", found[0])

"""Every field of ``cameras.yaml`` in words, read from the models' JSON Schema: for messages and for docs/configuration.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from nvr.config.document import Path
from nvr.config.written import LAYERS, written_schema

Schema = Mapping[str, Any]
"""A JSON Schema (draft 2020-12); its values are of any JSON type."""


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """A field as the admin sees it.

    Attributes:
        path: e.g. ``cameras[].main.url``.
        kind: its type in words, e.g. ``whole number``.
        limits: its range in words, or "".
        default: as YAML, or "required", or "none".
        description: one line.
        example: as YAML, e.g. ``port: 8443``.
    """

    path: str
    kind: str
    limits: str
    default: str
    description: str
    example: str


@lru_cache(maxsize=1)
def field_entries() -> tuple[FieldEntry, ...]:
    """All fields, in the order of the file, a section before its parts."""
    schema = written_schema(for_editors=False)
    return tuple(_walk(schema, schema.get("$defs", {}), ""))


@lru_cache(maxsize=1)
def _by_path() -> dict[str, FieldEntry]:
    return {entry.path: entry for entry in field_entries()}


def field_at(path: Path) -> FieldEntry | None:
    """The field that a value belongs to: the deepest one along the path, e.g. ``polygon`` for one of its corners."""
    found, text = None, ""
    for part in path:
        text = _step(text, part)
        found = _by_path().get(text, found)
    return found


def _step(text: str, part: str | int) -> str:
    """A field's path, one step further in; ``*`` stands for any name in a mapping whose names the admin chooses."""
    if isinstance(part, int):
        return f"{text}[]"
    if text in _mappings():
        return f"{text}.*"
    return f"{text}.{part}" if text else part


@lru_cache(maxsize=1)
def _mappings() -> frozenset[str]:
    return frozenset(path.partition(".*")[0] for path in _by_path() if ".*" in path)


def known_names(path: Path) -> tuple[str, ...]:
    """The names that may stand in the section at a path."""
    text = ""
    for part in path:
        text = _step(text, part)
    prefix = f"{text}." if text else ""
    return tuple(
        name
        for name in (known.removeprefix(prefix) for known in _by_path() if known.startswith(prefix))
        if "." not in name and "[" not in name
    )


def _walk(section: Schema, definitions: Schema, prefix: str) -> Iterator[FieldEntry]:
    required = section.get("required", [])
    for name, field in section["properties"].items():
        path = f"{prefix}{name}"
        resolved = _resolve(field, definitions)
        yield FieldEntry(
            path=path,
            kind=_kind(resolved, definitions),
            limits=_limits(resolved, definitions),
            default="required" if name in required else _default(field),
            description=field["description"],
            example=as_yaml({name: field["examples"][0]}),
        )
        if path in LAYERS:
            continue  # the fields of a camera, which come below
        inner, inner_prefix = resolved, f"{path}."
        for named in resolved.get("patternProperties", {}).values():
            inner, inner_prefix = _resolve(named, definitions), f"{path}.*."
        if inner.get("type") == "array" and "items" in inner:
            inner, inner_prefix = _resolve(inner["items"], definitions), f"{inner_prefix.rstrip('.')}[]."
        if "properties" in inner:
            yield from _walk(inner, definitions, inner_prefix)


def _resolve(field: Schema, definitions: Schema) -> Schema:
    """The field without its null branch and with its definition in place."""
    for branch in field.get("anyOf", ()):
        if branch.get("type") != "null":
            return _resolve(branch, definitions)
    if "$ref" in field:
        found: Schema = definitions[field["$ref"].rpartition("/")[2]]
        return found
    return field


def _kind(field: Schema, definitions: Schema) -> str:
    choices = field.get("enum") or ([field["const"]] if "const" in field else [])
    if choices:
        return " or ".join(f"`{as_yaml(value)}`" for value in choices)
    kind = str(field.get("type"))
    if kind == "array":
        return _list_kind(field, definitions)
    if kind == "string" and field.get("format") == "path":
        return "path"
    if kind == "object" and "properties" in field:
        return "section"
    words = {"integer": "whole number", "boolean": "true or false", "string": "text", "object": "mapping"}
    return words.get(kind, kind)


def _list_kind(field: Schema, definitions: Schema) -> str:
    if "prefixItems" in field:
        return f"list of {len(field['prefixItems'])} numbers"
    inner = _kind(_resolve(field["items"], definitions), definitions)
    return f"list of {inner.replace('list', 'lists', 1) if inner.startswith('list') else inner + 's'}"


def _limits(field: Schema, definitions: Schema) -> str:
    found = [
        f"{word} {_number(field[key])}"
        for key, word in (
            ("exclusiveMinimum", "more than"),
            ("minimum", "from"),
            ("maximum", "to"),
        )
        if key in field
    ]
    for least, most, what in (
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "entries"),
        ("minProperties", "maxProperties", "entries"),
    ):
        if least in field and field[least] == field.get(most):
            continue  # a pair, which the kind says already
        if least in field and most in field:
            found.append(f"{field[least]} to {field[most]} {what}")
        elif most in field:
            found.append(f"at most {field[most]} {what}")
    if "prefixItems" in field:
        found.append("; ".join(_limits(_resolve(item, definitions), definitions) for item in field["prefixItems"]))
    return " ".join(found)


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}"


def _default(field: Schema) -> str:
    default = field.get("default")
    if default is None:
        return "none"
    if default in ([], {}) or not isinstance(default, list | dict):
        return f"`{as_yaml(default)}`"
    if isinstance(default, dict):
        return "every field's own"
    if isinstance(default[0], str):
        return f"`{as_yaml(default)}`"
    if isinstance(default[0], dict):
        return f"one, `{as_yaml({'name': default[0]['name']})}`"
    return "the whole picture"


def as_yaml(value: object) -> str:
    """A plain value as YAML on one line, readable by ``nvr.config.document``; the outermost mapping of one field without braces."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        return f"{name}: {_flow(inner)}"
    return _flow(value)


def _flow(value: object) -> str:
    if isinstance(value, dict | list):
        return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False).strip()
    if isinstance(value, str) and not value.startswith(("[", "{", "&", "*", "!", "%", "@", "`")) and ": " not in value:
        return value
    return json.dumps(value, ensure_ascii=False)

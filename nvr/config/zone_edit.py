"""Other zones and masks for a camera in the text of ``cameras.yaml``: every line that is not theirs stays as it is, and so does a zone that did not change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from nvr.config.amendment import file_fault, last_line
from nvr.config.loader import parse_config
from nvr.config.schema import Camera, Config
from nvr.config.zones import Zone
from nvr.errors import NotFound

_DIGITS: Final = 4  # of a share of the picture: a tenth of a pixel of a 4K camera
_FIELDS: Final = ("zones", "masks")

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class ZoneEdit:
    """What a camera is to have: all of its zones, and all of its masks."""

    camera_id: str
    zones: tuple[Zone, ...]
    masks: tuple[Points, ...]


def with_zones(text: str, edit: ZoneEdit, name: str) -> str:
    """The text with these zones and masks at the camera.

    Args:
        text: of a sound configuration.
        edit: what to write; what the camera has already, of its own or from a template, is not written again.
        name: how messages call the file.

    Raises:
        NotFound: it has no such camera.
        ConfigError: what would come out has faults, or says anything else than what was asked for: then it is to be written by hand.
    """
    before = parse_config(text, name)
    camera = before.camera(edit.camera_id)
    if camera is None:
        raise NotFound(f"{name} has no camera {edit.camera_id}", "name one that it has")
    wanted = camera.model_copy(update={"zones": _rounded(edit.zones), "masks": _rounded_points(edit.masks)})
    after = text
    for field in _FIELDS:
        if getattr(wanted, field) != getattr(camera, field):
            after = _Entry(after, edit.camera_id, name).put(field, wanted)
    found = parse_config(after, name)
    if _plain(found) != _plain(before, wanted):
        raise file_fault(name, "can't be changed without changing more than this camera's zones", "write them by hand")
    return after


def _plain(config: Config, instead: Camera | None = None) -> dict[str, Any]:
    """All that a configuration says, with one camera replaced."""
    cameras = [instead if instead is not None and each.id == instead.id else each for each in config.cameras]
    return config.model_dump(exclude={"cameras"}) | {"cameras": [each.model_dump() for each in cameras]}


class _Entry:
    """A camera's entry in a text."""

    def __init__(self, text: str, camera_id: str, name: str) -> None:
        self._bom = "\ufeff" if text.startswith("\ufeff") else ""
        self._text = text.removeprefix("\ufeff")
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._name = name
        self._node = self._find(camera_id)

    def _find(self, camera_id: str) -> yaml.MappingNode:
        try:
            root = yaml.compose(self._text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError):
            raise file_fault(self._name, "is not valid YAML", "run nvr check-config first") from None
        for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
            if key.value == "cameras" and isinstance(value, yaml.SequenceNode):
                for entry in value.value:
                    if isinstance(entry, yaml.MappingNode) and any(
                        field.value == "id" and own.value == camera_id for field, own in entry.value
                    ):
                        return entry
        raise file_fault(self._name, f"has no entry of camera {camera_id} of its own", "write the zones by hand")

    def put(self, field: str, camera: Camera) -> str:
        """The text with the field as the camera has it."""
        values = list(getattr(camera, field))
        pair = next(((key, value) for key, value in self._node.value if key.value == field), None)
        if self._node.flow_style:
            return self._bom + self._put_in_line(field, values, pair)
        return self._bom + self._put_below(field, values, pair)

    def _put_in_line(self, field: str, values: list[Any], pair: tuple[yaml.Node, yaml.Node] | None) -> str:
        written = f"{field}: {_flow([_fields(each) for each in values])}"
        if pair is not None:
            key, value = pair
            return self._text[: key.start_mark.index] + written + self._text[value.end_mark.index :]
        end = self._node.value[-1][1].end_mark.index
        return f"{self._text[:end]}, {written}{self._text[end:]}"

    def _put_below(self, field: str, values: list[Any], pair: tuple[yaml.Node, yaml.Node] | None) -> str:
        lines = self._text.splitlines(keepends=True)
        column = self._node.start_mark.column
        if pair is None:
            at = last_line(self._node) + 1
            if lines and not lines[at - 1].endswith(("\n", "\r")):
                lines[at - 1] += self._newline
            return "".join([*lines[:at], *self._block(field, values, {}, " " * column), *lines[at:]])
        key, value = pair
        first, end = key.start_mark.line, last_line(value) + 1
        lead = lines[first][: key.start_mark.column]  # blanks, or the dash of the entry
        block = list(
            self._block(field, values, _kept(value, lines, key.start_mark.column + 2), " " * key.start_mark.column)
        )
        block[0] = lead + block[0].lstrip(" ")
        return "".join([*lines[:first], *block, *lines[end:]])

    def _block(self, field: str, values: list[Any], kept: dict[str, list[str]], indent: str) -> Iterator[str]:
        if not values:
            yield f"{indent}{field}: []{self._newline}"
            return
        yield f"{indent}{field}:{self._newline}"
        for each in values:
            fields = _fields(each)
            as_before = kept.get(_flow(fields))
            if as_before is not None:
                yield from as_before
            elif isinstance(fields, dict):
                for number, (name, value) in enumerate(fields.items()):
                    yield f"{indent}  {'  ' if number else '- '}{name}: {_flow(value)}{self._newline}"
            else:
                yield f"{indent}  - {_flow(fields)}{self._newline}"


def _kept(value: yaml.Node, lines: Sequence[str], column: int) -> dict[str, list[str]]:
    """The lines of each zone as they are written, with the comments before and in them, by what it says; where dashes stand at the column."""
    if not isinstance(value, yaml.SequenceNode) or value.flow_style or value.start_mark.column != column:
        return {}
    kept: dict[str, list[str]] = {}
    first = value.start_mark.line
    for entry in value.value:
        end = last_line(entry) + 1
        says = yaml.safe_load(yaml.serialize(entry))
        own = lines[first:end]
        if own[-1].endswith(("\n", "\r")):
            kept[_flow(_fields(Zone.model_validate(says) if isinstance(says, dict) else says))] = list(own)
        first = end
    return kept


def _fields(value: Any) -> Any:
    """A zone as the fields that say something, or a mask as its corners."""
    if isinstance(value, Zone):
        said: dict[str, Any] = value.model_dump(mode="json", exclude_defaults=True)
        return said
    return [list(point) for point in value]


def _flow(value: Any) -> str:
    """A value on one line. JSON's texts and numbers are YAML's."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _rounded(zones: Sequence[Zone]) -> tuple[Zone, ...]:
    found = []
    for zone in zones:
        said = zone.model_dump(exclude_defaults=True)
        if "polygon" in said:
            said["polygon"] = _rounded_points([zone.polygon])[0]
        if zone.line is not None:
            said["line"] |= {"points": _rounded_points([zone.line.points])[0]}
        found.append(Zone.model_validate(said))
    return tuple(found)


def _rounded_points(polygons: Sequence[Sequence[tuple[float, float]]]) -> tuple[Points, ...]:
    return tuple(tuple((round(x, _DIGITS), round(y, _DIGITS)) for x, y in polygon) for polygon in polygons)

"""What differs between two configurations, and what each difference asks for; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from nvr.config.reference import as_yaml
from nvr.config.schema import Camera, Config
from nvr.media import StreamKind

_BESIDE: Final = frozenset(
    {"number", "name", "trunk", "sector", "location", "neighbours", "recording", "retention", "onvif", "ptz"}
)
"""Fields of a camera that neither its connections nor motion detection depend on."""

WITHOUT_CONNECTION: Final = _BESIDE | {"zones", "masks", "main", "sub", "analysis", "picture_checks"}
"""Fields of a camera that its connections do not depend on. A field that is not here has it reconnect when it changes."""

WITHOUT_PICTURE: Final = _BESIDE | {"credentials", "audio"}
"""Fields of a camera that motion detection does not depend on."""

_MAX_VALUE_CHARS: Final = 160


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field with its values as YAML; "" where it was or is not there. Never a secret: the file holds none."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CameraChange:
    """A camera that both configurations have, with what differs. ``reconnects``: the streams that are opened anew."""

    camera_id: str
    name: str
    fields: tuple[FieldChange, ...]
    reconnects: tuple[StreamKind, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A camera in a list."""

    camera_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ConfigDiff:
    """Everything that differs. ``restart``: settings that count from the next start of the node on."""

    added: tuple[Named, ...] = ()
    removed: tuple[Named, ...] = ()
    changed: tuple[CameraChange, ...] = ()
    settings: tuple[FieldChange, ...] = ()
    restart: tuple[FieldChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether both say the same."""
        return not (self.added or self.removed or self.changed or self.settings or self.restart)

    def summary(self) -> str:
        """In a line, for logs and the audit."""
        parts = [
            f"{word} {', '.join(ids[:8])}{' …' if len(ids) > 8 else ''}"
            for word, ids in (
                ("added", [each.camera_id for each in self.added]),
                ("removed", [each.camera_id for each in self.removed]),
                ("changed", [each.camera_id for each in self.changed]),
                ("settings", [each.field for each in self.settings]),
                ("from the next start on", [each.field for each in self.restart]),
            )
            if ids
        ]
        return "; ".join(parts) or "nothing that matters"

    def lines(self) -> Iterator[str]:
        """For a terminal, a line each."""
        for mark, cameras in (("+", self.added), ("-", self.removed)):
            for each in cameras:
                yield f"{mark} {each.camera_id} ({each.name})"
        for change in self.changed:
            again = (
                f", reconnects {' and '.join(change.reconnects)}" if change.reconnects else ", keeps its connections"
            )
            yield f"~ {change.camera_id} ({change.name}){again}"
            for entry in change.fields:
                yield f"    {entry.field}: {entry.before or '(none)'} -> {entry.after or '(none)'}"
        for entry in self.settings:
            yield f"~ {entry.field}: {entry.before or '(none)'} -> {entry.after or '(none)'}"
        for entry in self.restart:
            yield f"! {entry.field}: {entry.before or '(none)'} -> {entry.after or '(none)'} (counts from the next start of the control room on)"


def difference(before: Config, after: Config) -> ConfigDiff:
    """What turns one configuration into the other. Cameras are the same where their ids are."""
    old = {camera.id: camera for camera in before.cameras}
    new = {camera.id: camera for camera in after.cameras}
    changed = []
    for camera_id in [camera_id for camera_id in new if camera_id in old]:
        fields = tuple(_fields(_plain(old[camera_id]), _plain(new[camera_id]), ""))
        if fields:
            again = reconnecting(old[camera_id], new[camera_id])
            changed.append(CameraChange(camera_id, new[camera_id].name, fields, again))
    settings = _fields(_settings(before), _settings(after), "")
    return ConfigDiff(
        added=tuple(Named(each.id, each.name) for each in after.cameras if each.id not in old),
        removed=tuple(Named(each.id, each.name) for each in before.cameras if each.id not in new),
        changed=tuple(changed),
        settings=tuple(settings),
        restart=tuple(_fields(_at_start(before), _at_start(after), "node.")),
    )


def _settings(config: Config) -> dict[str, Any]:
    """What counts at once, beside cameras. Pools by their names: one that comes does not make all the others differ."""
    plain = {key: value for key, value in _plain(config).items() if key not in {"cameras", "node"}}
    return plain | {"node": {"pools": {pool.name: _plain(pool) for pool in config.node.pools}}}


def _at_start(config: Config) -> dict[str, Any]:
    return {key: value for key, value in _plain(config.node).items() if key != "pools"}


def connection(camera: Camera, stream: StreamKind) -> dict[str, Any] | None:
    """What the connection of a stream depends on; None where there is none to be. Whether it is recorded is not part of it."""
    source = camera.source(stream)
    if source is None or not camera.enabled:
        return None
    own = {key: value for key, value in _plain(source).items() if key != "record"}
    return own | {key: value for key, value in _plain(camera).items() if key not in WITHOUT_CONNECTION}


def reconnecting(before: Camera, after: Camera) -> tuple[StreamKind, ...]:
    """The streams whose connections are opened anew, opened or closed where one camera becomes the other."""
    return tuple(stream for stream in StreamKind if connection(before, stream) != connection(after, stream))


def detection(camera: Camera, config: Config) -> dict[str, Any]:
    """What motion detection of a camera depends on."""
    seen: dict[str, Any] = {key: value for key, value in _plain(camera).items() if key not in WITHOUT_PICTURE}
    used = {zone.schedule for zone in camera.zones if zone.schedule is not None}
    if used:
        schedules = _plain(config)["schedules"]
        seen |= {"schedules": {name: schedules.get(name) for name in used}, "timezone": config.timezone}
    return seen


def _plain(section: Any) -> dict[str, Any]:
    plain: dict[str, Any] = section.model_dump(mode="json", by_alias=True)
    return plain


def _fields(before: dict[str, Any], after: dict[str, Any], prefix: str) -> Iterator[FieldChange]:
    for key in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _fields(old, new, f"{prefix}{key}.")
        else:
            yield FieldChange(f"{prefix}{key}", _text(old), _text(new))


def _text(value: object) -> str:
    if value is None:
        return ""
    text = as_yaml(value)
    return text if len(text) <= _MAX_VALUE_CHARS else f"{text[: _MAX_VALUE_CHARS - 1]}…"

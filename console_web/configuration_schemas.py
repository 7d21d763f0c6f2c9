"""The wire shapes of the configuration, and what is asked about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from console_web.answer import Out
from console_web.bodies import In
from console_web.configuration import Applied, ConfigState, Preview
from nvr.clock import NS_PER_MS
from nvr.config.changes import ConfigDiff
from nvr.config.versions import How, VersionRecord
from nvr.errors import ConfigFault
from nvr.spanish import in_spanish, spanish_line, spanish_summary


class FaultOut(Out):
    """A fault of a file. ``line`` and ``column`` count from 1; 0 where the place is unknown."""

    file: str
    line: int
    column: int
    field: str
    message: str
    remedy: str


class FieldChangeOut(Out):
    """A field with its values as YAML; "" where there is none."""

    field: str
    before: str
    after: str


class NamedOut(Out):
    """A camera that comes or goes."""

    camera_id: str
    name: str


class CameraChangeOut(Out):
    """A camera that changes. ``reconnects``: the streams that are opened anew."""

    camera_id: str
    name: str
    fields: list[FieldChangeOut]
    reconnects: list[str]


class DiffOut(Out):
    """What differs. ``restart``: settings that count from the next start on."""

    added: list[NamedOut]
    removed: list[NamedOut]
    changed: list[CameraChangeOut]
    settings: list[FieldChangeOut]
    restart: list[FieldChangeOut]


class VersionOut(Out):
    """A version that was, or is, in force."""

    version: int
    wall_ms: int
    how: How
    by: str
    summary: str
    origin: int
    warnings: list[str]


class ConfigurationOut(Out):
    """The configuration as it stands, see ``console_web.configuration.ConfigState``."""

    version: VersionOut
    path: str
    file: Literal["in_force", "pending", "set_aside", "faulty"]
    faults: list[FaultOut]
    pending: DiffOut
    restart: list[FieldChangeOut]
    refused: str
    busy: bool
    versions: list[VersionOut]


class PreviewOut(Out):
    """What a source would change, or its faults."""

    diff: DiffOut
    faults: list[FaultOut]


class AppliedOut(Out):
    """A version that came in force; ``probes``: what the cameras answered."""

    version: VersionOut
    diff: DiffOut
    probes: list[str]


class SourceIn(In):
    """An earlier version; without a number the file as it is."""

    version: Annotated[int, Field(strict=True, ge=1, le=10**9)] | None = None


class ApplyIn(SourceIn):
    """Put it in force, provided that ``base_version`` still is; ``require_probe``: refuse where a camera does not answer."""

    base_version: Annotated[int, Field(strict=True, ge=1, le=10**9)]
    require_probe: Annotated[bool, Field(strict=True)] = False


def diff_out(diff: ConfigDiff) -> DiffOut:
    """A difference."""
    return DiffOut.model_validate(_lists(asdict(diff)))


def version_out(record: VersionRecord) -> VersionOut:
    """A version."""
    return VersionOut(
        version=record.version,
        wall_ms=record.wall_ns // NS_PER_MS,
        how=record.how,
        by=record.by,
        summary=spanish_summary(record.summary),
        origin=record.origin,
        warnings=[spanish_line(each) for each in record.warnings],
    )


def fault_out(fault: ConfigFault) -> FaultOut:
    """A fault, in Spanish."""
    return FaultOut.model_validate(asdict(in_spanish(fault)))


def state_out(state: ConfigState) -> ConfigurationOut:
    """As it stands."""
    return ConfigurationOut(
        version=version_out(state.version),
        path=state.path,
        file=state.file,
        faults=[fault_out(fault) for fault in state.faults],
        pending=diff_out(state.pending),
        restart=diff_out(state.restart).restart,
        refused=state.refused,
        busy=state.busy,
        versions=[version_out(record) for record in state.versions],
    )


def preview_out(preview: Preview) -> PreviewOut:
    """A preview."""
    return PreviewOut(diff=diff_out(preview.diff), faults=[fault_out(fault) for fault in preview.faults])


def applied_out(applied: Applied) -> AppliedOut:
    """What was done."""
    return AppliedOut(version=version_out(applied.version), diff=diff_out(applied.diff), probes=list(applied.probes))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(inner) for key, inner in value.items()}
    return [_lists(inner) for inner in value] if isinstance(value, list | tuple) else value

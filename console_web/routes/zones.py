"""A camera's zones: as they are, what others would change, would have raised, and putting them in force. Admins only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from console_web import configuration_schemas, targets
from console_web import zone_schemas as shapes
from console_web.access import Action
from console_web.configuration import Asker, Source
from console_web.console import Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.problems import Problem, not_found
from console_web.routes.configuration import keeper_of
from nvr.clock import NS_PER_S
from nvr.config import Camera
from nvr.errors import ConfigError, NotFound, NvrError, StorageError

router = guarded_router()

_LATELY_S: Final = 3
"""A second is written down when the next one has begun; a camera of which only key frames are decoded is later still."""


@router.get("/api/cameras/{camera_id}/zones")
@requires(Action.MANAGE_CONFIGURATION, targets.camera)
async def zones(camera_id: str, parts: Parts) -> shapes.ZonesOut:
    """The zones and masks in force."""
    # The version first: what comes in force in between is noticed when something is put in its place.
    version = (await keeper_of(parts).state()).version.version
    config = parts.services.config
    camera = config.camera(camera_id)
    if not isinstance(camera, Camera):
        raise not_found()
    return shapes.ZonesOut(
        version=version,
        zones=list(camera.zones),
        masks=list(camera.masks),
        schedules=sorted(config.schedules),
        can_tune=parts.services.trials is not None,
    )


@router.get("/api/cameras/{camera_id}/zones/cells")
@requires(Action.MANAGE_CONFIGURATION, targets.camera)
async def cells(camera_id: str, parts: Parts) -> shapes.CellsOut:
    """Which cells move now, out of the motion index, one or two seconds late: for who draws a zone. Nothing is decoded."""
    root = parts.services.motion_index
    if root is None:
        raise not_found()
    now_s = parts.services.clock.wall_ns() // NS_PER_S
    try:
        return await parts.services.threads.files(_cells, root, camera_id, now_s)
    except StorageError as error:
        raise Problem(
            503, "unavailable", "No se pudo leer el índice de movimiento.", "Vea el registro del servidor."
        ) from error


def _cells(root: Path, camera_id: str, now_s: int) -> shapes.CellsOut:
    # Here and not above: numpy stays out of memory until somebody asks.
    from nvr.motion_index.day_file import newest_row  # noqa: PLC0415
    from nvr.motion_index.rows import least_evidence  # noqa: PLC0415

    for row in newest_row(root, camera_id, now_s):
        if row["moving"] and now_s - int(row["second"]) <= _LATELY_S:
            evidence = least_evidence(row["levels"], row["bits"]).tobytes().hex()
            return shapes.CellsOut(second_ms=int(row["second"]) * 1000, evidence=evidence)
    return shapes.CellsOut(second_ms=None, evidence="")


@router.post("/api/cameras/{camera_id}/zones/preview")
@requires(Action.MANAGE_CONFIGURATION, targets.camera)
async def preview(camera_id: str, body: shapes.ZonesIn, parts: Parts) -> configuration_schemas.PreviewOut:
    """What these would change in the configuration, or its faults. Changes nothing."""
    found = await keeper_of(parts).preview(Source(edit=body.edit(camera_id)))
    return configuration_schemas.preview_out(found)


@router.post("/api/cameras/{camera_id}/zones/apply")
@requires(Action.MANAGE_CONFIGURATION, targets.camera)
async def apply(
    camera_id: str, body: shapes.ZonesApplyIn, who: Caller, parts: Parts
) -> configuration_schemas.AppliedOut:
    """Put these in force. 409 where another version came in force since, or the configuration would have faults."""
    try:
        done = await keeper_of(parts).apply(
            Source(edit=body.edit(camera_id)),
            Asker(who.user.name, who.terminal, who.address),
            base_version=body.base_version,
            require_probe=False,
        )
    except ConfigError as error:
        raise _faulty(error) from error
    return configuration_schemas.applied_out(done)


@router.post("/api/cameras/{camera_id}/zones/tune")
@requires(Action.MANAGE_CONFIGURATION, targets.camera)
async def tune(camera_id: str, body: shapes.ZonesTuneIn, parts: Parts) -> shapes.TuningOut:
    """Which alerts of the last days these would have raised, beside those in force. Changes nothing."""
    trials = parts.services.trials
    if trials is None:
        raise not_found()
    try:
        return shapes.tuning_out(await trials.run(body.edit(camera_id), body.days))
    except ConfigError as error:
        raise _faulty(error) from error
    except NotFound as error:
        raise Problem(
            409, "conflict", "El índice de movimiento no tiene nada de ese tiempo.", "Pida más días, o espere."
        ) from error
    except NvrError as error:
        raise Problem(
            503, "unavailable", "No se pudo probar.", "Pida menos días; vea el registro del servidor."
        ) from error


def _faulty(error: ConfigError) -> Problem:
    return Problem(409, "conflict", str(error.faults[0]), "Corrija las zonas; lo vigente no cambió.")

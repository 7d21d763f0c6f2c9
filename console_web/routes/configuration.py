"""The configuration in force, what the file on disk would change, and earlier versions. Admins only."""

from __future__ import annotations

from console_web import configuration_schemas as shapes
from console_web.access import Action
from console_web.configuration import Asker, ConfigKeeper, ProbeFailed, Source
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.problems import Problem, not_found
from nvr.errors import ConfigError
from nvr.spanish import in_spanish, spanish_line

router = guarded_router()


@router.get("/api/configuration")
@requires(Action.MANAGE_CONFIGURATION)
async def state(parts: Parts) -> shapes.ConfigurationOut:
    """As it stands: the version in force, the file on disk, faults, history."""
    return shapes.state_out(await keeper_of(parts).state())


@router.post("/api/configuration/preview")
@requires(Action.MANAGE_CONFIGURATION)
async def preview(body: shapes.SourceIn, parts: Parts) -> shapes.PreviewOut:
    """What the file, or a version, would change. Changes nothing."""
    return shapes.preview_out(await keeper_of(parts).preview(Source(version=body.version)))


@router.post("/api/configuration/apply")
@requires(Action.MANAGE_CONFIGURATION)
async def apply(body: shapes.ApplyIn, who: Caller, parts: Parts) -> shapes.AppliedOut:
    """Put the file, or a version, in force. 409 where another came in force since, or a camera does not answer that was asked to."""
    try:
        done = await keeper_of(parts).apply(
            Source(version=body.version),
            Asker(who.user.name, who.terminal, who.address),
            base_version=body.base_version,
            require_probe=body.require_probe,
        )
    except ConfigError as error:
        raise Problem(
            409, "conflict", str(in_spanish(error.faults[0])), "Corrija el archivo; lo vigente no cambió."
        ) from error
    except ProbeFailed as error:
        raise Problem(
            409,
            "conflict",
            "; ".join(spanish_line(line) for line in error.lines),
            "Revise esas cámaras, o aplique sin exigir respuesta.",
        ) from error
    return shapes.applied_out(done)


def keeper_of(parts: Console) -> ConfigKeeper:
    """Who keeps the configuration; 404 where nobody does."""
    keeper = parts.services.configuration
    if keeper is None:
        raise not_found()
    return keeper

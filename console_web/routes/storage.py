"""How long the disks keep the recordings, and whether that is what the law asks for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from console_web import storage_schemas
from console_web.access import Action
from console_web.auth import Identity
from console_web.console import Console, Parts
from console_web.guard import Caller, guarded_router, requires
from console_web.milliseconds import ms
from console_web.problems import Problem
from nvr.errors import StorageError
from nvr.storage.forecast import Outlook
from nvr.storage.pools import MEANWHILE, PoolPlace

router = guarded_router()


@router.get("/api/storage")
@requires(Action.SEE_STORAGE)
async def storage(who: Caller, parts: Parts) -> storage_schemas.StorageOut:
    """The newest forecast; of its streams those within reach."""
    outlook = parts.services.outlook()
    if outlook is None:
        raise Problem(503, "unavailable", "El pronóstico aún no está hecho.", "Intente de nuevo en un minuto.")
    return await parts.services.threads.files(_shaped, parts, who, outlook)


def _pool(place: PoolPlace) -> storage_schemas.PoolOut:
    present = place.present()
    free_bytes = total_bytes = 0
    if present:
        with suppress(StorageError):
            free_bytes, total_bytes = place.space.free_bytes(), place.space.total_bytes()
    return storage_schemas.PoolOut(
        name="provisional" if place.name == MEANWHILE else place.name,
        path=str(place.folder),
        present=present,
        free_bytes=free_bytes,
        total_bytes=total_bytes,
        reserve_bytes=place.reserve_bytes,
    )


def _pools(places: Sequence[PoolPlace]) -> list[storage_schemas.PoolOut]:
    """All; what takes recordings while the recordings folder's own disk is away only then."""
    shown = [_pool(place) for place in places]
    away = any(not each.present for each in shown if not each.name)
    return [each for each, place in zip(shown, places, strict=True) if away or place.name != MEANWHILE]


def _shaped(parts: Console, who: Identity, outlook: Outlook) -> storage_schemas.StorageOut:
    ahead = outlook.forecast
    flows = []
    for flow in outlook.flows:
        camera_id, _, stream = flow.name.partition("/")
        camera = parts.services.config.camera(camera_id)
        if parts.sees(who, camera_id):
            flows.append(
                storage_schemas.FlowOut(
                    camera_id=camera_id,
                    stream=stream,
                    camera_number=0 if camera is None else camera.number,
                    place=camera_id if camera is None else camera.name,
                    bytes_per_day=flow.bytes_per_day,
                    stock_bytes=flow.stock_bytes,
                    age_days=flow.age_days,
                    kept_days=flow.kept_days,
                )
            )
    return storage_schemas.StorageOut(
        made_wall_ms=ms(outlook.made_wall_ns),
        measured=outlook.measured,
        sound=outlook.sound,
        accepted=outlook.accepted,
        least_days=outlook.least_days,
        sustained_days=ahead.sustained_days,
        breaks_in_days=ahead.breaks_in_days,
        full_in_days=ahead.full_in_days,
        only_held_in_days=ahead.only_held_in_days,
        bytes_per_day=ahead.bytes_per_day,
        room_bytes=ahead.room_bytes,
        free_bytes=outlook.free_bytes,
        held_bytes=outlook.held_bytes,
        hold_bytes_per_day=outlook.hold_bytes_per_day,
        flows=flows,
        pools=_pools(parts.services.pools()),
    )

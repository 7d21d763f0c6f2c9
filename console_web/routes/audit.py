"""Who did what."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from console_web import audit_schemas
from console_web.access import Action
from console_web.console import Parts
from console_web.guard import guarded_router, requires
from nvr.catalogue import audit as records
from nvr.catalogue.audit import AuditRecord

router = guarded_router()


@router.get("/api/audit")
@requires(Action.SEE_AUDIT)
async def audit(
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
) -> audit_schemas.AuditOut:
    """Records, newest first; ``before`` an id for the next page."""

    def read() -> list[AuditRecord]:
        with parts.services.catalogue.read() as tx:
            return records.read(tx, limit, before)

    found = await parts.services.threads.read(read)
    return audit_schemas.AuditOut(items=[parts.shapes.audit_record(record) for record in found])

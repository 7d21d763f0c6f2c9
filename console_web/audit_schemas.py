"""What the console answers about the audit; beside ``console_web.schemas``."""

from __future__ import annotations

from console_web.answer import Out


class AuditRecordOut(Out):
    """Who did what."""

    audit_id: int
    wall_ms: int
    actor: str
    terminal: str
    address: str
    action: str
    object: str
    detail: dict[str, str]


class AuditOut(Out):
    """Audit records, newest first."""

    items: list[AuditRecordOut]

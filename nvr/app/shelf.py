"""The catalogue's segments as the janitor and the scrub see them: each call one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from alerts import storage_alarms
from alerts.storage_alarms import Alarm
from nvr.app.quotas import Quotas
from nvr.catalogue import audit, segments, stocktaking
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import SegmentRow
from nvr.config import Config
from nvr.proof.words import clock_time_ms
from nvr.storage.janitor import DeletionReason
from nvr.storage.retention import SegmentRef


class Shelf:
    """Implements ``nvr.storage.janitor.SegmentIndex`` on the catalogue, for one pool."""

    def __init__(self, catalogue: Catalogue, quotas: Quotas | None = None, pool: str = "") -> None:
        self._catalogue = catalogue
        self._quotas = quotas
        self._pool = pool

    def candidates(self, per_camera: int) -> Sequence[SegmentRef]:
        """Each stream's oldest whole segments of this pool that nothing holds."""
        with self._catalogue.read() as tx:
            return [_ref(row) for row in segments.oldest_of_each(tx, per_camera, self._pool)]

    def excess_bytes(self) -> Mapping[str, int]:
        """By camera, what of its oldest must go from this pool for it to be within its quota."""
        return {} if self._quotas is None else self._quotas.excess_bytes(self._pool)

    def mark_deleting(self, segment_ids: Collection[str], reason: DeletionReason) -> Collection[str]:
        """Mark those that nothing holds meanwhile. What goes before its time, because the disk or a quota is full, stands in the audit."""
        with self._catalogue.write() as tx:
            rows = segments.mark_deleting(tx, list(segment_ids))
            marked = [row.segment_id for row in rows]
            if reason == "pressed":
                stocktaking.deleted_early(
                    tx, ((row.camera_id, row.stream, row.start_wall_ns, row.end_wall_ns or 0) for row in rows)
                )
            if reason != "expired" and marked:
                audit.append(
                    tx,
                    wall_ns=self._catalogue.clock.wall_ns(),
                    actor="sistema",
                    terminal="",
                    address="",
                    action=f"segments.{reason}",
                    object=f"{len(marked)} segments",
                    detail={"first": marked[0], "last": marked[-1]},
                )
        return marked

    def deleting(self) -> Sequence[SegmentRef]:
        """What a sweep that was cut off left."""
        with self._catalogue.read() as tx:
            return [_ref(row) for row in segments.deleting(tx, pool=self._pool)]

    def forget(self, segment_ids: Collection[str]) -> None:
        """Their files are gone."""
        with self._catalogue.write() as tx:
            segments.forget(tx, list(segment_ids))


class ScrubShelf:
    """Implements ``nvr.storage.scrub.ScrubIndex`` on the catalogue."""

    def __init__(self, catalogue: Catalogue, config: Config) -> None:
        self._catalogue = catalogue
        self._config = config

    def after(self, segment_id: str, limit: int) -> Sequence[SegmentRow]:
        """The next ones to look at."""
        with self._catalogue.read() as tx:
            return stocktaking.to_check(tx, segment_id, limit)

    def damaged(self, segment_id: str, reason: str) -> bool:
        """Mark it, write into the audit that what was evidence no longer matches its seal, and say so: an alert a day for each camera."""
        wall_ns = self._catalogue.clock.wall_ns()
        with self._catalogue.write() as tx:
            # One that is being deleted, or deleted, is not damaged.
            row = segments.segment(tx, segment_id)
            if row is None or not stocktaking.mark_damaged(tx, segment_id, wall_ns):
                return False
            audit.append(
                tx,
                wall_ns=wall_ns,
                actor="sistema",
                terminal="scrub",
                address="",
                action="segment.damaged",
                object=segment_id,
                detail={"path": row.path, "reason": reason, "held": str(row.held), "sha256": row.sha256 or ""},
            )
            begins = clock_time_ms(row.start_wall_ns, self._config.timezone)
            kept = "; está reservado" if row.held else ""
            note = f"el archivo que empieza {begins} ya no es el que se grabó{kept}: revise el disco"
            alarm = Alarm(storage_alarms.DAMAGE_ZONE, row.camera_id, 1 if row.held else 2, {"note": note})
            storage_alarms.tell(tx, self._config, alarm, wall_ns)
        return True


def _ref(row: SegmentRow) -> SegmentRef:
    return SegmentRef(
        segment_id=row.segment_id,
        camera_id=row.camera_id,
        stream=row.stream,
        start_wall_ns=row.start_wall_ns,
        end_wall_ns=row.start_wall_ns if row.end_wall_ns is None else row.end_wall_ns,
        size_bytes=row.size_bytes or 0,
        path=row.path,
        held=row.held,
    )

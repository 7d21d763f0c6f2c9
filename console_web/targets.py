"""From what a request names to what access depends on: the object's own camera and agencies (``Target``), read from the catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from starlette.requests import HTTPConnection, Request

from alerts.desk import Desk
from alerts.handover import Item, ItemKind
from alerts.records import IncidentState
from console_web.access import Subject, Target, reaches
from console_web.threads import Threads
from nvr.catalogue import hold_rows, segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.segments import SegmentRow
from nvr.config import Config
from nvr.errors import NotFound
from nvr.media import StreamKind

_T = TypeVar("_T")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_OPEN_INCIDENTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Objects:
    """Looks objects up for the guard."""

    config: Config
    catalogue: Catalogue
    desk: Desk
    threads: Threads

    async def find(self, look_up: Callable[[str], _T], object_id: str) -> _T | None:
        """The object of that id, or None."""
        if not _ID.fullmatch(object_id):
            return None
        try:
            return await self.threads.read(look_up, object_id)
        except NotFound:
            return None

    async def dispatched_cameras(self, subject: Subject) -> dict[str, frozenset[str]]:
        """Camera id → the subject's agency, for cameras with an open incident that it was sent to; empty where no agency binds him."""
        if not subject.bound_to_agency or subject.agency is None:
            return {}
        return await self.threads.read(self.dispatched_to, subject.agency)

    def dispatched_to(self, agency: str) -> dict[str, frozenset[str]]:
        """The same, for an agency, from a thread."""
        _, incidents = self.desk.incidents([IncidentState.OPEN], _MOST_OPEN_INCIDENTS, agency)
        return {camera_id: frozenset({agency}) for incident in incidents for camera_id in incident.camera_ids}

    def segment(self, segment_id: str) -> SegmentRow:
        """A recorded file. Raises NotFound."""
        with self.catalogue.read() as tx:
            found = segments.segment(tx, segment_id)
        if found is None:
            raise NotFound("no existe esa grabación")
        return found

    def hold(self, hold_id: str) -> HoldRow:
        """A hold. Raises NotFound."""
        with self.catalogue.read() as tx:
            found = hold_rows.find(tx, hold_id)
        if found is None:
            raise NotFound("no existe esa reserva")
        return found

    async def camera_target(self, subject: Subject, camera_id: str) -> Target | None:
        """A configured camera."""
        if self.config.camera(camera_id) is None:
            return None
        dispatched = await self.dispatched_cameras(subject)
        return Target(camera_id, dispatched.get(camera_id, frozenset()))


async def camera(objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{camera_id}``."""
    return await objects.camera_target(subject, connection.path_params["camera_id"])


async def movable_camera(objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{camera_id}``: one that can be panned, tilted and zoomed."""
    found = objects.config.camera(connection.path_params["camera_id"])
    return await camera(objects, subject, connection) if found is not None and found.enabled and found.ptz else None


async def onvif_camera(objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{camera_id}``: one that is known over ONVIF."""
    found = objects.config.camera(connection.path_params["camera_id"])
    known = found is not None and found.enabled and found.onvif is not None
    return await camera(objects, subject, connection) if known else None


async def watched_camera(objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{camera_id}``: one whose pictures are looked over."""
    found = objects.config.camera(connection.path_params["camera_id"])
    watched = found is not None and found.enabled and found.analysis != "off" and bool(found.picture_checks)
    return await camera(objects, subject, connection) if watched else None


async def live_stream(objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{camera_id}/{stream}``: a stream that the camera has."""
    target = await camera(objects, subject, connection)
    found = None if target is None or target.camera_id is None else objects.config.camera(target.camera_id)
    stream = connection.path_params["stream"]
    if found is None or stream not in set(StreamKind) or found.source(StreamKind(stream)) is None:
        return None
    return target


async def camera_in_body(objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``camera_id`` of a JSON body. A body that is none is left to the route's own checks, which refuse it."""
    if not isinstance(connection, Request):
        return None
    named = (await _document(connection)).get("camera_id")
    return await objects.camera_target(subject, named) if isinstance(named, str) else Target()


async def alert(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{alert_id}``: one that a neighbour within reach saw too is within reach."""
    found = await objects.find(objects.desk.alert, connection.path_params["alert_id"])
    return None if found is None else Target(found.camera_id, others=frozenset(found.cameras))


async def alert_picture(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{alert_id}``: its own camera alone, which the picture shows."""
    found = await objects.find(objects.desk.alert, connection.path_params["alert_id"])
    return None if found is None else Target(found.camera_id)


async def shelving(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{shelving_id}``."""
    found = await objects.find(objects.desk.shelving, connection.path_params["shelving_id"])
    return None if found is None else Target(found.camera_id)


async def handover(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{handover_id}``: of no camera; what of its items is shown to whom: ``point``."""
    found = await objects.find(objects.desk.handover, connection.path_params["handover_id"])
    return None if found is None else Target()


async def handover_item(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{handover_id}/items/{item_id}``: nobody accepts what he may not see."""
    found = await objects.find(objects.desk.handover, connection.path_params["handover_id"])
    items = () if found is None else found.items
    return next((point(item) for item in items if item.item_id == connection.path_params["item_id"]), None)


def point(item: Item) -> Target:
    """What an item of a hand-over concerns."""
    if item.cameras:
        return Target(item.cameras[0], others=frozenset(item.cameras[1:]))
    # One that was stored before items said it is of a camera, and not of one that somebody with a list of cameras reaches.
    return Target() if item.kind in {ItemKind.ORDER, ItemKind.MORE} else Target("")


async def incident(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{incident_id}``."""
    found = await objects.find(objects.desk.incident, connection.path_params["incident_id"])
    if found is None:
        return None
    return Target(found.camera_id, frozenset(dispatch.agency for dispatch in found.dispatches))


async def dispatch(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{dispatch_id}``."""
    found = await objects.find(objects.desk.dispatch, connection.path_params["dispatch_id"])
    return None if found is None else Target(found.camera_id, frozenset({found.agency}))


async def unit(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{unit_id}``: of no camera, but of an agency."""
    found = await objects.find(objects.desk.unit, connection.path_params["unit_id"])
    return None if found is None else Target(agencies=frozenset({found.agency}))


async def agency_in_body(_objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``agency`` of a JSON body. A body that is none is left to the route's own checks, which refuse it."""
    named = (await _document(connection)).get("agency")
    # Who is bound to no agency reaches all; who is bound gets to the route's checks only with his own, or with a body that is none.
    return Target(agencies=frozenset({named})) if isinstance(named, str) else Target(agencies=_own(subject))


def _own(subject: Subject) -> frozenset[str]:
    return frozenset() if subject.agency is None else frozenset({subject.agency})


async def _document(connection: HTTPConnection) -> dict[str, object]:
    if not isinstance(connection, Request):
        return {}
    try:
        document = json.loads(await connection.body())
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


async def segment(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{segment_id}``: a file's own camera."""
    found = await objects.find(objects.segment, connection.path_params["segment_id"])
    return None if found is None else Target(found.camera_id)


async def hold(objects: Objects, _subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{hold_id}``: a hold's own camera."""
    found = await objects.find(objects.hold, connection.path_params["hold_id"])
    return None if found is None else Target(found.camera_id)


async def incident_camera(objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{incident_id}/…/{camera_id}``: one of the incident's cameras."""
    return await _camera_of_incident(objects, subject, connection, connection.path_params["camera_id"])


async def _camera_of_incident(
    objects: Objects, subject: Subject, connection: HTTPConnection, camera_id: str
) -> Target | None:
    """The camera, whose pictures only he may see who reaches both it and the incident."""
    found = await objects.find(objects.desk.incident, connection.path_params["incident_id"])
    if found is None or camera_id not in found.camera_ids:
        return None
    agencies = frozenset(dispatch.agency for dispatch in found.dispatches)
    return Target(camera_id, agencies) if reaches(subject, Target(found.camera_id, agencies)) else None


async def incident_segment(objects: Objects, subject: Subject, connection: HTTPConnection) -> Target | None:
    """``{incident_id}/…/{segment_id}``: a file of one of the incident's cameras that touches its window."""
    found = await objects.find(objects.segment, connection.path_params["segment_id"])
    if found is None:
        return None
    target = await _camera_of_incident(objects, subject, connection, found.camera_id)
    if target is None:
        return None
    from_ns, to_ns = await objects.threads.read(objects.desk.incident_window, connection.path_params["incident_id"])
    before = found.end_wall_ns is not None and found.end_wall_ns <= from_ns
    after = to_ns is not None and found.start_wall_ns >= to_ns
    return None if before or after else target

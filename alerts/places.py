"""Where an incident's cameras are: as it was kept with the incident, and by today's configuration where nothing was. Pure.

What is said of a camera is mended and changed for years; an incident and its papers must go on saying what was true of it.
"""

from __future__ import annotations

from alerts.records import CameraPlace, Incident
from nvr.config import Camera, Config


def as_configured(camera: Camera) -> CameraPlace:
    """Where the configuration says that a camera stands."""
    latitude, longitude = (None, None) if camera.location is None else camera.location
    return CameraPlace(camera.id, camera.number, camera.name, camera.sector or "", latitude, longitude)


def place_in(incident: Incident, camera_id: str, config: Config) -> CameraPlace | None:
    """Where a camera of an incident was; where that was not kept, where it is by today's configuration, None if it is not in there either."""
    kept = incident.place_of(camera_id)
    if kept is not None:
        return kept
    camera = config.camera(camera_id)
    return None if camera is None else as_configured(camera)

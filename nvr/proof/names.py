"""What codes and ids are called on paper. One that was taken out of the configuration since still has its past: then it stands for itself."""

from __future__ import annotations

from alerts.occurrences import occurrence_type
from alerts.places import place_in
from alerts.records import Incident
from nvr.config import Config

AS_OF_TODAY = "según la configuración de hoy"
"""Stands beside the place of a camera where an incident did not keep it: whoever reads must know that it may have been another one."""


def agency_name(code: str, config: Config) -> str:
    """An agency."""
    found = config.agency(code)
    return code if found is None else found.name


def type_name(code: str) -> str:
    """A type of occurrence."""
    kind = occurrence_type(code)
    return code if kind is None else kind.name


def camera_name(camera_id: str, config: Config) -> str:
    """A camera with its number and place, by today's configuration."""
    camera = config.camera(camera_id)
    return camera_id if camera is None else f"Cámara {camera.number}, {camera.name}"


def camera_of(incident: Incident, camera_id: str, config: Config, *, located: bool = False) -> str:
    """A camera of an incident with its number and place as the incident kept them; what was not kept is said by today's configuration, and so marked.

    ``located``: with its coordinates, where they are known.
    """
    place = place_in(incident, camera_id, config)
    if place is None:
        return f"{camera_id} (ya no está en la configuración, y su lugar no se guardó)"
    text = f"Cámara {place.number}, {place.name}"
    if located and place.latitude is not None:
        text += f" ({place.latitude:.6f}, {place.longitude:.6f})"
    return text if incident.place_of(camera_id) is not None else f"{text} ({AS_OF_TODAY})"

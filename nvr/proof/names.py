"""What codes and ids are called on paper. One that was taken out of the configuration since still has its past: then it stands for itself."""

from __future__ import annotations

from alerts.occurrences import occurrence_type
from nvr.config import Config


def agency_name(code: str, config: Config) -> str:
    """An agency."""
    found = config.agency(code)
    return code if found is None else found.name


def type_name(code: str) -> str:
    """A type of occurrence."""
    kind = occurrence_type(code)
    return code if kind is None else kind.name


def camera_name(camera_id: str, config: Config) -> str:
    """A camera with its number and place."""
    camera = config.camera(camera_id)
    return camera_id if camera is None else f"Cámara {camera.number}, {camera.name}"

"""Cameras of earlier times: taken out of the file, while their recordings are still kept."""

from __future__ import annotations

from nvr.config.schema import Camera


class FormerCamera(Camera):
    """Known by its id so that what it recorded can be found, played and accounted for; never pulled. No file holds one."""

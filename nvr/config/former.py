"""Cameras of earlier times: taken out of the file, while their recordings are still kept."""

from __future__ import annotations

from nvr.config.schema import Camera


class FormerCamera(Camera):
    """Known by its id so that what it recorded can be found, played and accounted for; never pulled. No file holds one.

    Attributes:
        removed_wall_ns: when it was taken out, on the time line: its account ends then, or with its last picture. 0 where that was not written down.
    """

    removed_wall_ns: int = 0

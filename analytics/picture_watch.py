"""One camera's picture health on its way out: frames in, facts out, each with the picture that decided."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from analytics.decoder import Frame
from analytics.picture_health import PictureHealth
from analytics.snapshot import snapshot_path, write_snapshot
from analytics.view_file import forget_view, read_view, write_view
from nvr.clock import NS_PER_S
from nvr.config import Camera
from nvr.errors import StorageError
from nvr.observations import PictureStateChanged, new_id

_log = logging.getLogger(__name__)

KEEP_EVERY_NS: Final = 600 * NS_PER_S


class PictureWatch:
    """Looks at what ``CameraPipeline`` decodes anyway.

    Args:
        camera: which one; its ``picture_checks`` say what is looked for.
        emit: takes each fact, in order; None: nothing is looked at.
        snapshots: folder under which pictures are written.
        views: folder in which it is kept, every ten minutes, what the camera usually shows; None: it is learned anew at each start.
            Of cameras that operators may move nothing is kept: nobody knows where one stands that was moved meanwhile.
    """

    def __init__(
        self,
        camera: Camera,
        emit: Callable[[PictureStateChanged], None] | None,
        snapshots: Path,
        views: Path | None = None,
    ) -> None:
        self._camera = camera
        self._emit = emit
        self._snapshots = snapshots
        self.health = PictureHealth(camera.picture_checks)
        self.looks = 0
        self._views = None if camera.ptz else views
        self._kept_ns: int | None = None
        if views is not None and camera.ptz:
            forget_view(views, camera.id)  # of the time when it was fixed
        usual = None if self._views is None else read_view(self._views, camera.id)
        if usual is not None:
            self.health.remember(usual)

    def look(self, frame: Frame) -> None:
        """Take up a frame, if it is time."""
        if (
            self._emit is None
            or not self._camera.picture_checks
            or not self.health.due(frame.media_ns, is_keyframe=frame.is_keyframe)
        ):
            return
        self.looks += 1
        change = self.health.look(frame.luma, frame.media_ns, frame.wall_ns, is_keyframe=frame.is_keyframe)
        self._keep(frame.media_ns)
        if change is None:
            return
        fact_id = new_id(frame.wall_ns)
        self._emit(
            PictureStateChanged(
                observation_id=fact_id,
                camera_id=self._camera.id,
                stream=self._camera.analysed,
                aspect="picture",
                condition=change.condition,
                since_wall_ns=change.since_wall_ns,
                wall_ns=frame.wall_ns,
                detail=change.detail,
                snapshot=self._snapshot(fact_id, frame) if change.condition else "",
            )
        )

    def restart(self) -> None:
        """The stream begins anew."""
        self.health.restart()

    def moved(self) -> None:
        """Somebody moves the camera on purpose: what it shows next is what it ought to show."""
        self.health.learn_anew()
        if self._views is not None:
            forget_view(self._views, self._camera.id)

    def _keep(self, at_ns: int) -> None:
        if self._kept_ns is None or at_ns < self._kept_ns:
            self._kept_ns = at_ns
        if self._views is None or at_ns - self._kept_ns < KEEP_EVERY_NS:
            return
        usual = self.health.usual
        if usual is None:
            return
        self._kept_ns = at_ns
        try:
            write_view(self._views, self._camera.id, usual)
        except StorageError as error:
            _log.warning("camera %s: %s", self._camera.id, error)

    def _snapshot(self, fact_id: str, frame: Frame) -> str:
        path = snapshot_path(self._camera.id, fact_id, frame.wall_ns)
        try:
            write_snapshot(self._snapshots, path, frame.colour())
        except (StorageError, ValueError) as error:
            _log.warning("camera %s: %s", self._camera.id, error)
            return ""
        return path

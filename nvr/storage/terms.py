"""How long each stream of each camera is kept, and how much a camera may take; pure, from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.config.rules import LAWFUL_RETENTION_DAYS
from nvr.media import StreamKind

DAY_NS: Final = 86_400 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of keeping.

    Attributes:
        usual_ns: of cameras that say nothing, and of those that are no longer configured.
        least_ns: what is younger than this goes only because space is lacking, which is told.
        kept: by camera and stream, where it differs.
        quotas_bytes: by camera, where it has one.
        groomed_after: by camera and stream, after how long only its key frames are left; those of which all stays are left out.
    """

    usual_ns: dict[StreamKind, int]
    least_ns: int
    kept: Mapping[tuple[str, StreamKind], int]
    quotas_bytes: Mapping[str, int]
    groomed_after: Mapping[tuple[str, StreamKind], int]

    @classmethod
    def of(cls, config: Config) -> Terms:
        """The terms of a configuration."""
        node = config.node
        main_ns = _ns(node.retention_days)
        sub_ns = main_ns if node.sub_retention_days is None else _ns(node.sub_retention_days)
        kept: dict[tuple[str, StreamKind], int] = {}
        quotas: dict[str, int] = {}
        groomed: dict[tuple[str, StreamKind], int] = {}
        for camera in config.cameras:
            own = camera.retention
            if own.days is not None:
                kept[camera.id, StreamKind.MAIN] = _ns(own.days)
                if own.sub_days is None and node.sub_retention_days is None:
                    kept[camera.id, StreamKind.SUB] = _ns(own.days)
            if own.sub_days is not None:
                kept[camera.id, StreamKind.SUB] = _ns(own.sub_days)
            if own.quota_gb is not None:
                quotas[camera.id] = round(own.quota_gb * 10**9)
            for stream, days in (
                (StreamKind.MAIN, own.keyframes_after_days),
                (StreamKind.SUB, own.sub_keyframes_after_days),
            ):
                if days is not None:
                    groomed[camera.id, stream] = _ns(days)
        least_ns = min([LAWFUL_RETENTION_DAYS[0] * DAY_NS, main_ns, *kept.values()])
        return cls({StreamKind.MAIN: main_ns, StreamKind.SUB: sub_ns}, least_ns, kept, quotas, groomed)

    def kept_ns(self, camera_id: str, stream: StreamKind) -> int:
        """How long a stream is kept after a segment's end."""
        return self.kept.get((camera_id, stream), self.usual_ns[stream])


def _ns(days: float) -> int:
    return round(days * DAY_NS)

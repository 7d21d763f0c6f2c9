"""Whether the disks can keep the lawful minimum at the bit rates that the configuration names: what can be known before anything is recorded.

A lower bound of the need, pure: cameras that are recorded only in part (``recording.mode``) are left out, since nobody knows their part
beforehand. What was measured is the forecast's (``nvr.storage.forecast``), from the first ten minutes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nvr.config import Config
from nvr.media import StreamKind
from nvr.storage.terms import DAY_NS, Terms

NOMINAL_KBPS: Final = {StreamKind.MAIN: 4000, StreamKind.SUB: 512}
"""Where a stream's ``kbps`` says nothing: 1080p and CIF as surveillance cameras come, the picture's size not being known before it was asked."""


@dataclass(frozen=True, slots=True)
class Nominal:
    """What would be needed, and what there is.

    Attributes:
        streams: how many are counted; ``assumed`` of them at ``NOMINAL_KBPS``.
        bytes_per_day: of these.
        need_bytes: for the minimum.
        room_bytes: free above reserve and headroom on all disks for recordings.
        least_days: the minimum that counts here.
    """

    streams: int
    assumed: int
    bytes_per_day: float
    need_bytes: float
    room_bytes: float
    least_days: float

    @property
    def keeps(self) -> bool:
        """Whether there is room for the minimum."""
        return self.room_bytes >= self.need_bytes

    def words(self) -> str:
        """One line."""
        days = self.room_bytes / self.bytes_per_day if self.bytes_per_day else 0.0
        return (
            f"at nominal bit rates {self.streams} streams write {self.bytes_per_day / 1e9:.1f} GB a day"
            f" ({self.assumed} of them assumed, where `kbps` is not given); the disks have room for {self.room_bytes / 1e9:.1f} GB,"
            f" {days:.1f} days; the minimum of {self.least_days:g} days needs {self.need_bytes / 1e9:.1f} GB"
        )


def nominal(config: Config, room_bytes: float) -> Nominal:
    """Reckon the need of a configuration against so much room."""
    terms = Terms.of(config)
    assumed = streams = 0
    rate = need = 0.0
    for camera in config.enabled_cameras:
        if camera.recording.mode != "continuous":
            continue
        for stream in StreamKind:
            source = camera.source(stream)
            if source is None or not source.record:
                continue
            streams += 1
            assumed += source.kbps is None
            per_day = (NOMINAL_KBPS[stream] if source.kbps is None else source.kbps) * 1000 / 8 * 86_400
            rate += per_day
            need += per_day * min(terms.least_ns, terms.kept_ns(camera.id, stream)) / DAY_NS
    return Nominal(streams, assumed, rate, need, max(0.0, room_bytes), terms.least_ns / DAY_NS)

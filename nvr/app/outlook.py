"""The forecast of a running room: measured from its catalogue and disks once an hour, told on screens, by command, and as a daily alert."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from alerts import storage_alarms
from alerts.storage_alarms import Alarm
from nvr.catalogue import hold_rows, segments, weights
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.weights import StreamWeight
from nvr.clock import NS_PER_S, Clock
from nvr.config import Config
from nvr.errors import StorageError
from nvr.media import StreamKind
from nvr.storage.forecast import Flow, Outlook, forecast
from nvr.storage.pools import MEANWHILE, PoolPlace, take_into_use
from nvr.storage.terms import DAY_NS, Terms

log = logging.getLogger(__name__)
_MEASURED_NS: Final = 24 * 3600 * NS_PER_S
_LEAST_MEASURED_NS: Final = 600 * NS_PER_S
HOLDS_MEASURED_DAYS: Final = 30
URGENT_DAYS: Final = 7
_EVERY_NS: Final = 3600 * NS_PER_S


def _free_bytes(place: PoolPlace) -> int:
    if not place.present():
        return 0
    try:
        return max(0, place.space.free_bytes() - place.reserve_bytes - place.headroom_bytes)
    except StorageError as error:
        log.error("%s", error)
        return 0


def _rate(stream: StreamWeight, until_ns: int, *, whole: bool) -> float:
    """Bytes a day. Of a camera that is recorded all the time an outage counts as if it had been recorded; of others what was left out does not."""
    span_ns = stream.written_ns
    if not whole and stream.oldest_wall_ns is not None:
        span_ns = until_ns - max(until_ns - _MEASURED_NS, stream.oldest_wall_ns)
    return stream.written_bytes / span_ns * DAY_NS if span_ns > 0 else 0.0


def _groomed_share(stream: StreamWeight) -> float:
    """What key frames weigh of all; as long as none stand alone to be weighed, grooming saves nothing that could be promised."""
    if stream.groomed_ns <= 0 or stream.written_ns <= 0 or stream.written_bytes <= 0:
        return 1.0
    return min(1.0, stream.groomed_bytes / stream.groomed_ns / (stream.written_bytes / stream.written_ns))


def look_ahead(catalogue: Catalogue, config: Config, recordings: Path, now_wall_ns: int) -> Outlook:
    """Measure and reckon. Where pools are configured the data folder's own disk is for emergencies, and does not count.

    Raises:
        CatalogueError: the catalogue doesn't answer.
    """
    terms = Terms.of(config)
    places = take_into_use(recordings, config.node)
    pools = [place for place in places if place.name not in {"", MEANWHILE}] or places[:1]
    with catalogue.read() as tx:
        newest = [segments.newest_start(tx, camera.id, stream) for camera in config.cameras for stream in StreamKind]
        # Where nothing is recorded now, the last day on record says what will be once it is again.
        until_ns = min(now_wall_ns, max((each for each in newest if each is not None), default=now_wall_ns) + 1)
        streams = weights.by_stream(tx, until_ns - _MEASURED_NS, until_ns)
        held_bytes = hold_rows.held_bytes(tx)
        first_hold_ns = weights.first_hold(tx)
        grown = weights.held_since(tx, now_wall_ns - HOLDS_MEASURED_DAYS * DAY_NS)
    recorded = {
        (camera.id, stream)
        for camera in config.enabled_cameras
        for stream in StreamKind
        if (source := camera.source(stream)) is not None and source.record
    }
    modal = {camera.id for camera in config.cameras if camera.recording.mode != "continuous"}

    def flow_of(each: StreamWeight) -> Flow:
        key = (each.camera_id, each.stream)
        rate = _rate(each, until_ns, whole=each.camera_id not in modal)
        after_ns = terms.groomed_after.get(key)
        return Flow(
            name=f"{each.camera_id}/{each.stream}",
            bytes_per_day=rate if key in recorded else 0.0,
            stock_bytes=each.stock_bytes,
            age_days=0.0 if each.oldest_wall_ns is None else max(0.0, (now_wall_ns - each.oldest_wall_ns) / DAY_NS),
            kept_days=terms.kept_ns(*key) / DAY_NS,
            counts=each.stream is StreamKind.MAIN,
            groomed_after_days=None if after_ns is None else after_ns / DAY_NS,
            groomed_share=_groomed_share(each),
            groomed_bytes=each.groomed_bytes,
        )

    flows = tuple(map(flow_of, streams))
    free_bytes = sum(map(_free_bytes, pools))
    days = HOLDS_MEASURED_DAYS if first_hold_ns is None else (now_wall_ns - first_hold_ns) / DAY_NS
    hold_growth = grown / min(HOLDS_MEASURED_DAYS, max(1.0, days))
    least_days = terms.least_ns / DAY_NS
    return Outlook(
        made_wall_ns=now_wall_ns,
        forecast=forecast(flows, free_bytes=free_bytes, least_days=least_days, hold_bytes_per_day=hold_growth),
        flows=flows,
        free_bytes=free_bytes,
        held_bytes=held_bytes,
        hold_bytes_per_day=hold_growth,
        least_days=least_days,
        accepted=config.node.shortage_accepted or "",
        measured=any(each.written_ns >= _LEAST_MEASURED_NS for each in streams),
    )


class Forecaster:
    """``step`` now and then from one thread: looks ahead each hour and keeps the alert as it should be. ``last`` is for the screens."""

    def __init__(self, catalogue: Catalogue, config: Config, recordings: Path, clock: Clock) -> None:
        self._catalogue = catalogue
        self._config = config
        self._recordings = recordings
        self._clock = clock
        self._due_ns = 0
        self.last: Outlook | None = None

    def step(self) -> Outlook | None:
        """Look ahead, where an hour has passed.

        Raises:
            CatalogueError: the catalogue doesn't answer; the next step tries again.
        """
        if self.last is not None and self._clock.monotonic_ns() < self._due_ns:
            return None
        now_ns = self._clock.wall_ns()
        outlook = look_ahead(self._catalogue, self._config, self._recordings, now_ns)
        self._due_ns = self._clock.monotonic_ns() + _EVERY_NS
        self.last = outlook
        self._tell(outlook, now_ns)
        return outlook

    def _tell(self, outlook: Outlook, now_ns: int) -> None:
        days = outlook.forecast.breaks_in_days
        bad = not outlook.sound
        if not outlook.measured:
            return
        with self._catalogue.write() as tx:
            if not bad:
                storage_alarms.settle(tx, self._config, storage_alarms.FORECAST_ZONE, now_ns)
                return
            anchor = min(self._config.cameras, key=lambda camera: camera.number).id
            priority = 3 if outlook.accepted else 1 if days is not None and days <= URGENT_DAYS else 2
            alarm = Alarm(storage_alarms.FORECAST_ZONE, anchor, priority, {"note": in_words(outlook)})
            if storage_alarms.tell(tx, self._config, alarm, now_ns):
                log.warning("%s", in_words(outlook))


def in_words(outlook: Outlook) -> str:
    """For the operator, in Spanish; one line."""
    days = outlook.forecast.breaks_in_days
    sustained = outlook.forecast.sustained_days
    parts = [
        f"Los discos guardan {0.0 if sustained is None else sustained:.1f} días; el mínimo son {outlook.least_days:g}"
    ]
    if days is not None:
        parts.append(f"faltan {days:.1f} días para que se borre algo antes de tiempo")
    parts.append(
        f"aceptado: {outlook.accepted}"
        if outlook.accepted
        else "agregue discos, o hágalo aceptar por escrito (node.shortage_accepted)"
    )
    return "; ".join(parts)

"""One camera: packets in, observations out. Everything in the caller's thread; the only I/O is the snapshot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.background import Workspace
from analytics.decoder import Decoder, DecoderSettings, Frame
from analytics.explanation import explain, write_explanation
from analytics.governor import Governor
from analytics.hysteresis import Decision, Hysteresis, HysteresisSettings
from analytics.motion import CELL_THRESHOLD, MotionDetector, MotionSample, largest_part
from analytics.objects import cut
from analytics.pace import Pace
from analytics.picture_watch import PictureWatch
from analytics.rule_state import Ground, Measure
from analytics.schedule import Schedule
from analytics.snapshot import snapshot_path, write_snapshot
from analytics.verifier import Question
from analytics.zone_rules import RuleDecision, ZoneRules, tall_enough
from analytics.zones import GRID_COLUMNS, GRID_ROWS, ZoneCells, pixel_mask, zone_cells
from nvr.clock import NS_PER_S, Clock
from nvr.config import Camera, Config, Zone
from nvr.config.schedules import Hours
from nvr.errors import StorageError
from nvr.media import Packet
from nvr.motion_index.rows import bounding_box
from nvr.motion_index.seconds import Seconds
from nvr.observations import MotionObserved, PictureStateChanged, new_id
from nvr.source_name import source_name

_log = logging.getLogger(__name__)

_SETTLE_NS: Final = 2 * NS_PER_S
"""After a camera was told to stand again its pictures still move: they are on their way, and it focuses."""
_CALM_FRAMES: Final = 4  # in a row without movement: what a key frame showed was nothing
_SILENCE_NS: Final = 5 * NS_PER_S
"""An open observation of a camera that sends nothing for so long is ended."""


@dataclass(slots=True)
class PipelineCounters:
    """What happened to one camera's packets; only ever grows."""

    packets: int = 0
    unwanted: int = 0
    observations: int = 0
    snapshots_failed: int = 0
    calibrations: int = 0
    held_back: int = 0


@dataclass(slots=True)
class _Watch:
    """A zone, or a rule of it, with its state. ``hysteresis`` is that of plain movement; a rule has its own."""

    zone: Zone
    cells: ZoneCells
    hysteresis: Hysteresis
    rule: str = ""
    ground: Ground | None = None
    told: bool = False
    observation_id: str = ""
    snapshot: str = ""
    touched: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_))


class CameraPipeline:
    """Decode, detect, decide for one camera. ``seconds`` holds its part of the motion index; whoever runs the pipeline takes it away.

    Args:
        camera: its zones and masks; the stream that is fed must be ``camera.analysed``.
        clock: for the moment at which a camera counts as silent.
        emit: takes each observation, in order; the snapshot it names is on disk by then.
        snapshots: folder under which snapshots are written.
        settings: of the decoder.
        workspace: shared by the pipelines of one thread; its own where None.
        tell: takes what becomes of the picture's health; None: it is not looked over.
        config: whose schedules the zones name; without it all zones are always on.
        views: folder in which it is kept what the camera usually shows; None: nowhere.
        ask: is asked what moves, once for each movement; None: nobody is.
    """

    def __init__(
        self,
        camera: Camera,
        clock: Clock,
        emit: Callable[[MotionObserved], None],
        snapshots: Path,
        *,
        settings: DecoderSettings | None = None,
        workspace: Workspace | None = None,
        tell: Callable[[PictureStateChanged], None] | None = None,
        config: Config | None = None,
        views: Path | None = None,
        ask: Callable[[Question], None] | None = None,
    ) -> None:
        self.camera_id = camera.id
        self.seconds = Seconds()
        self._clock = clock
        self._emit = emit
        self._ask = ask
        self._snapshots = snapshots
        self.decoder = Decoder(settings)
        self.schedule = Schedule(camera.analysed)
        zones = [zone_cells(z.name, z.polygon, z.sensitivity, z.min_area, CELL_THRESHOLD) for z in camera.zones]
        ignored = pixel_mask(camera.masks) if camera.masks else None
        self.detector = MotionDetector(zones, ignored, workspace)
        self._rules = ZoneRules(list(zip(camera.zones, zones, strict=True)), ignored)
        self._rule_watches = {
            id(rule): _Watch(rule.zone, rule.cells, Hysteresis(HysteresisSettings()), rule.name)
            for rule in self._rules.rules
        }
        timed = config is not None and any(zone.schedule is not None for zone in camera.zones)
        self._hours = Hours(config.schedules, config.timezone) if config is not None and timed else None
        self._shut: dict[str, bool] = {}
        self._watches = [
            _Watch(
                zone,
                cells,
                Hysteresis(HysteresisSettings.for_zone(zone.min_duration_s)),
                ground=Ground(cells.inside, zone.min_height),
            )
            for zone, cells in zip(camera.zones, zones, strict=True)
        ]
        self._epoch_ns: int | None = None
        self._heard_ns = clock.monotonic_ns()
        self.picture = PictureWatch(camera, tell, snapshots, views)
        self._suspicious = False
        self._pace = Pace()
        self._calm = 0
        self._was_calibrating = False
        self._held_until_ns: int | None = None
        self.last_sample: MotionSample | None = None
        self.counters = PipelineCounters()

    def push(self, packet: Packet) -> None:
        """Take up the next packet. Never raises on what a camera sent."""
        self.counters.packets += 1
        self._heard_ns = self._clock.monotonic_ns()
        if packet.epoch_ns != self._epoch_ns:
            self._epoch_ns = packet.epoch_ns
            self._restart()
            self.picture.restart()
        if not self.schedule.wanted(packet, suspicious=self._suspicious):
            self.counters.unwanted += 1
            self.decoder.skip()
            return
        whole = self.schedule.whole
        for frame in self.decoder.decode(packet, at_once=not whole):
            # A main stream's key frames may stand alone.
            pressing = self._was_calibrating or (frame.is_keyframe and not whole)
            if self._pace.due(frame.media_ns, pressing=pressing):
                self._look(frame)
            self.picture.look(frame)

    def share(self, governor: Governor) -> None:
        """Decode as much of each group as the budget leaves."""
        self.schedule.head = governor.head if self.schedule.whole else governor.extra_head

    def skip(self) -> None:
        """Packets were given up; the next to be pushed is a key frame."""
        self.decoder.skip()
        self.seconds.blind()
        for watch in self._watches:
            watch.hysteresis.interrupt()
        self._tell_rules(self._rules.restart(), None)

    def hold_back(self, *, moving: bool) -> None:
        """The camera is being moved (say so at least once a second), or stands again: until it has settled nothing in its pictures counts.

        What was open is ended; afterwards the background is learned anew.
        """
        self._held_until_ns = self._clock.monotonic_ns() + (2 * _SETTLE_NS if moving else _SETTLE_NS)
        self.picture.moved()
        self._restart()

    def _holds_back(self) -> bool:
        if self._held_until_ns is None:
            return False
        if self._clock.monotonic_ns() < self._held_until_ns:
            self.counters.held_back += 1
            return True
        self._held_until_ns = None
        self.detector.relearn()
        return False

    def tick(self) -> None:
        """Call now and then: ends observations of a camera that fell silent."""
        if self._clock.monotonic_ns() - self._heard_ns > _SILENCE_NS:
            self._restart()

    @property
    def moving(self) -> bool:
        """Whether a movement goes on in some zone, as far as the hysteresis has decided."""
        return any(watch.hysteresis.active for watch in self._watches)

    def close(self) -> None:
        """End what is open."""
        self._restart()

    def _look(self, frame: Frame) -> None:
        if self._holds_back():
            self.seconds.blind()
            self._suspicious = False
            return
        sample = self.detector.update(frame.luma, frame.wall_ns)
        self.last_sample = sample
        if sample.calibrating:
            self.seconds.blind()
            self.counters.calibrations += not self._was_calibrating
        else:
            self.seconds.add(frame.wall_ns, self.detector.moved)
        self._was_calibrating = sample.calibrating
        pending = self._look_at_rules(frame, sample)
        moving: NDArray[np.bool_] | None = None
        for index, watch in enumerate(self._watches):
            if sample.calibrating:
                watch.hysteresis.interrupt()
            moves = sample.zone_moving[index]
            if moves and watch.ground is not None and watch.zone.min_height is not None:
                moves = tall_enough(self.detector, watch.ground, watch.cells)
            if moves:
                moving = self.detector.moving if moving is None else moving
                if watch.hysteresis.active:
                    watch.touched |= moving & watch.cells.inside
            decision = watch.hysteresis.update(
                frame.media_ns, frame.wall_ns, moving=moves, score=sample.zone_scores[index]
            )
            if decision is not None and decision.kind == "started" and moving is not None:
                if watch.zone.alerts_on_movement and not self._shut.get(watch.zone.name, False):
                    self._start(watch, decision, frame, moving & watch.cells.inside)
            elif decision is not None:
                self._end(watch, decision)
            pending |= watch.hysteresis.pending
        self._calm = 0 if any(sample.zone_moving) else self._calm + 1
        # A new background, too, comes sooner from consecutive frames than from key frames alone.
        self._suspicious = sample.calibrating or (pending and self._calm < _CALM_FRAMES)

    def _look_at_rules(self, frame: Frame, sample: MotionSample) -> bool:
        """Ask the zones' rules; whether the next frames matter to them."""
        if self._hours is not None:
            self._keep_hours(self._hours, frame.wall_ns)
        if sample.calibrating:
            self._tell_rules(self._rules.restart(), None)
            return False
        self._tell_rules(self._rules.update(frame.media_ns, frame.wall_ns, self.detector, self._shut), frame)
        return self._rules.pending

    def _keep_hours(self, hours: Hours, wall_ns: int) -> None:
        for watch in self._watches:
            name = watch.zone.schedule
            if name is None:
                continue
            shut = not hours.active(name, wall_ns)
            if shut != self._shut.get(watch.zone.name):
                # What moves on is told anew when the zone's time begins, and no more when it ends.
                self._shut[watch.zone.name] = shut
                decision = watch.hysteresis.restart()
                if decision is not None:
                    self._end(watch, decision)

    def _tell_rules(self, decisions: Sequence[RuleDecision], frame: Frame | None) -> None:
        for each in decisions:
            watch = self._rule_watches[id(each.rule)]
            if each.seen is not None and frame is not None and each.decision.kind == "started":
                self._start(watch, each.decision, frame, each.seen.cells, each.seen.measures)
            else:
                self._end(watch, each.decision)

    def _start(
        self,
        watch: _Watch,
        decision: Decision,
        frame: Frame,
        cells: NDArray[np.bool_],
        measures: Sequence[Measure] = (),
    ) -> None:
        watch.told = True
        watch.observation_id = new_id(frame.wall_ns)
        watch.touched[:] = cells
        watch.snapshot = snapshot_path(self.camera_id, watch.observation_id, frame.wall_ns)
        colour: NDArray[np.uint8] | None = None
        try:
            colour = frame.colour()
            write_snapshot(self._snapshots, watch.snapshot, colour)
        except (StorageError, ValueError) as error:
            # The alert matters more than its picture.
            _log.warning("camera %s: %s", self.camera_id, error)
            watch.snapshot = ""
            self.counters.snapshots_failed += 1
        else:
            self._explain(watch, decision, frame, cells, measures)
        self.counters.observations += 1
        told = self._observation(watch, decision)
        self._emit(told)
        if self._ask is not None and colour is not None:
            self._ask(Question(watch.observation_id, self.camera_id, cut(colour, told.box)))

    def _explain(
        self,
        watch: _Watch,
        decision: Decision,
        frame: Frame,
        cells: NDArray[np.bool_],
        measures: Sequence[Measure],
    ) -> None:
        why = explain(
            watch.zone,
            watch.cells,
            self.detector,
            frame.luma,
            cells,
            score=decision.score,
            rule=watch.rule,
            measures=measures,
        )
        try:
            write_explanation(self._snapshots, watch.snapshot, why)
        except StorageError as error:
            _log.warning("camera %s: %s", self.camera_id, error)

    def _end(self, watch: _Watch, decision: Decision) -> None:
        if not watch.told:
            return  # outside its time, or movement that raises nothing
        watch.told = False
        self._emit(self._observation(watch, decision))

    def _observation(self, watch: _Watch, decision: Decision) -> MotionObserved:
        return MotionObserved(
            observation_id=watch.observation_id,
            camera_id=self.camera_id,
            zone=source_name(watch.zone.name, watch.rule),
            phase=decision.kind,
            start_wall_ns=decision.start_wall_ns,
            decided_wall_ns=decision.decided_wall_ns,
            score=round(decision.score, 4),
            cells=np.packbits(watch.touched).tobytes().hex(),
            box=bounding_box(largest_part(watch.touched)),
            snapshot=watch.snapshot,
        )

    def _restart(self) -> None:
        self.seconds.blind()
        for watch in self._watches:
            decision = watch.hysteresis.restart()
            if decision is not None:
                self._end(watch, decision)
        self._tell_rules(self._rules.restart(), None)

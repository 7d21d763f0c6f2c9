"""Moves one camera: leases, steering, positions, patrols; knows where it looks; tells when it moves.

All decisions are pure and stand in ``ingest.ptz``; this turns them into calls, one after the other, in the camera's own thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from ingest.onvif.device import Device
from ingest.onvif.link import Link
from ingest.onvif.media import MediaProfile, profiles
from ingest.onvif.moves import Mover, MoveStatus, Preset, Tour
from ingest.ptz import orders, reservation
from ingest.ptz.drive import Command, Drive
from ingest.ptz.reservation import Lease, Person, Rank
from ingest.ptz.rounds import Patrolling, Round, Stop
from ingest.ptz.vector import Vector
from nvr.clock import NS_PER_MS, NS_PER_S, Clock
from nvr.config import Camera, Credential
from nvr.errors import DeviceRefused, IllegalStep, InvalidInput, NotFound, SourceError

_log = logging.getLogger(__name__)
_WATCHED_NS: Final = 5 * NS_PER_S
_LISTS_NS: Final = 15 * NS_PER_S
_MOVING_POLL_NS: Final = 500 * NS_PER_MS
_WATCHED_POLL_NS: Final = 1 * NS_PER_S
_IDLE_POLL_NS: Final = 20 * NS_PER_S
_AIM_NS: Final = 15 * NS_PER_S
"""A camera that does not say whether it moves counts as moving for so long after it was sent somewhere."""
_AIM_STARTS_NS: Final = 1 * NS_PER_S
_STOP_AT_END_S: Final = 2.0
_ALL: Final = "*"


@dataclass(slots=True)
class _Known:
    """What the camera said last."""

    profile: MediaProfile | None = None
    source: str = ""
    status: MoveStatus = field(default_factory=lambda: MoveStatus(None, None))
    presets: tuple[Preset, ...] = ()
    tours: tuple[Tour, ...] = ()
    status_ns: int = 0
    lists_ns: int | None = None


class Pilot:
    """One camera's. Run ``run``; orders may come meanwhile, on the same loop.

    Args:
        on_moving: told when the camera begins to move or stops, and twice a second while it moves.
        patrol: what it was walking before a restart; it goes on once the camera is there.
        on_patrol: told what it walks from now on, None where somebody ended that.
    """

    def __init__(
        self,
        camera: Camera,
        credential: Credential | None,
        clock: Clock,
        on_moving: Callable[[bool], None],
        *,
        patrol: Patrolling | None = None,
        on_patrol: Callable[[Patrolling | None], None] = lambda _: None,
    ) -> None:
        if camera.onvif is None:
            raise ValueError(f"{camera.id} has no ONVIF service")
        self._camera = camera
        self._onvif = camera.onvif
        self._clock = clock
        self._on_moving = on_moving
        self._resume, self._on_patrol = patrol if camera.ptz else None, on_patrol
        self.link = Link(camera, credential, clock, self._prepare)
        self._mover: Mover | None = None
        self._known = _Known()
        self._drive = Drive(stop_owed=camera.ptz)
        self._lease: Lease | None = None
        self._round: Round | None = None
        self._aimed_ns = 0
        self._watched_ns = -_WATCHED_NS
        self._told_ns: int | None = None
        self._wake = asyncio.Event()

    @property
    def source(self) -> str:
        """Token of the video source, once connected."""
        return self._known.source

    @property
    def silences(self) -> int:
        """How often a browser fell silent while it moved the camera."""
        return self._drive.silences

    async def run(self) -> None:
        """Work until cancelled; then stop the camera if it moves."""
        try:
            while True:
                self._wake.clear()
                try:
                    pause_ns = await self._turn()
                except SourceError as error:
                    _log.info("camera %s over ONVIF: %s", self._camera.id, error)
                    pause_ns = max(NS_PER_S, self.link.retry_ns - self._clock.monotonic_ns())
                self._tell()
                # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0, pause_ns) / NS_PER_S):
                        await self._wake.wait()
        finally:
            if self._drive.moving or self._round is not None:
                with suppress(SourceError, TimeoutError, RuntimeError):
                    async with asyncio.timeout(_STOP_AT_END_S):
                        await self.link.do(lambda _: self._movable().stop())
            self.link.close()

    async def _turn(self) -> int:
        """Do the next thing; how long to wait before the one after that."""
        now_ns = self._clock.monotonic_ns()
        command = self._drive.command(now_ns) if self._camera.ptz else None
        if command is not None:
            await self._send(command, now_ns)
            return 0
        if self._resume is not None and self._mover is not None:
            await self._take_up_patrol(self._resume)
        if await self._patrol(now_ns):
            return 0
        if now_ns - self._known.status_ns >= self._poll_ns(now_ns) or self.link.device is None:
            await self._ask_status(now_ns)
        dues = [self._known.status_ns + self._poll_ns(now_ns)]
        if (due_ns := self._drive.due_ns(now_ns)) is not None and self._camera.ptz:
            dues.append(due_ns)
        if self._round is not None:
            held_until_ns = self._lease.until_ns if self._lease is not None else 0
            dues.append(max(self._round.due_ns, held_until_ns if self._held(now_ns) else 0))
        return min(dues) - self._clock.monotonic_ns()

    def _prepare(self, device: Device) -> None:
        """In the camera's thread: choose the profile by which it is moved."""
        found = profiles(device, with_uris=False)
        wanted = self._onvif.profile
        chosen = next((each for each in found if each.token == wanted), None) if wanted else None
        if wanted and chosen is None:
            raise DeviceRefused(
                f"the camera has no profile {wanted}", f"it has {', '.join(each.token for each in found)[:200]}"
            )
        chosen = chosen or next((each for each in found if each.ptz), found[0])
        self._known = _Known(profile=chosen, source=chosen.source)
        movable = self._camera.ptz and device.has("ptz") and chosen.ptz
        self._mover = Mover(device, chosen.token) if movable else None

    def _movable(self) -> Mover:
        if self._mover is None:
            raise DeviceRefused("la cámara no se mueve por ONVIF", "revise sus ajustes, o escriba `ptz: false`")
        return self._mover

    async def _send(self, command: Command, now_ns: int) -> None:
        try:
            if command.kind == "move":
                await self.link.do(lambda _: self._movable().move(command.velocity))
            else:
                await self.link.do(lambda _: self._movable().stop())
        except SourceError:
            self._drive.failed(command, self._clock.monotonic_ns())
            raise
        self._drive.taken(command, now_ns)
        self._known.status_ns = 0

    async def _take_up_patrol(self, patrol: Patrolling) -> None:
        """Go on with what was walked before a restart; what became impossible meanwhile is given up, and said."""
        try:
            self._round = await self._round_of(patrol)
        except (NotFound, IllegalStep, InvalidInput) as error:
            _log.warning("camera %s no longer walks the patrol %s: %s", self._camera.id, patrol.name, error)
            self._on_patrol(None)
        self._resume = None

    async def _patrol(self, now_ns: int) -> bool:
        """Let a patrol go on; whether something was sent."""
        if self._round is None:
            return False
        if self._held(now_ns):
            return False
        self._round, preset = self._round.step(now_ns)
        if preset is None:
            return False
        try:
            await self.link.do(lambda _: self._movable().goto(preset))
        except SourceError:
            self._round = self._round.skipped(now_ns)
            raise
        self._aim(now_ns)
        return True

    def _aim(self, now_ns: int) -> None:
        self._aimed_ns = now_ns + _AIM_NS
        self._known.status_ns = 0

    async def _ask_status(self, now_ns: int) -> None:
        def ask(_: Device) -> None:
            if self._mover is None:
                return
            self._known.status = self._mover.status()
            lists_ns = self._known.lists_ns
            if lists_ns is None or (self._watched(now_ns) and now_ns - lists_ns >= _LISTS_NS):
                self._known.presets = tuple(self._mover.presets())
                self._known.tours = tuple(self._mover.tours())
                self._known.lists_ns = now_ns

        await self.link.do(ask)
        self._known.status_ns = now_ns
        begun_ns = self._aimed_ns - _AIM_NS
        if self._known.status.moving is False and now_ns - begun_ns >= _AIM_STARTS_NS:
            self._aimed_ns = 0

    def _poll_ns(self, now_ns: int) -> int:
        if self.moving(now_ns) or any(tour.running for tour in self._known.tours):
            return _MOVING_POLL_NS
        return _WATCHED_POLL_NS if self._watched(now_ns) else _IDLE_POLL_NS

    def _watched(self, now_ns: int) -> bool:
        return now_ns - self._watched_ns < _WATCHED_NS

    def _held(self, now_ns: int) -> bool:
        return self._lease is not None and self._lease.holds(now_ns)

    def moving(self, now_ns: int) -> bool:
        """Whether the camera moves, as far as we know."""
        return self._drive.moving or now_ns < self._aimed_ns or self._known.status.moving is True

    def _tell(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if self.moving(now_ns):
            self._told_ns = now_ns
            self._on_moving(True)  # noqa: FBT003 - its one argument
        elif self._told_ns is not None:
            self._told_ns = None
            self._on_moving(False)  # noqa: FBT003

    async def order(self, order: orders.PtzOrder) -> orders.PtzView:
        """Carry out an order of the console.

        Raises:
            Conflict: somebody else has the camera.
            NotFound, InvalidInput, IllegalStep, SourceError.
        """
        try:
            return await self._obey(order)
        finally:
            self._wake.set()

    async def _obey(self, order: orders.PtzOrder) -> orders.PtzView:
        now_ns = self._clock.monotonic_ns()
        if isinstance(order, orders.Look):
            self._watched_ns = now_ns
            return self.view()
        if not self._camera.ptz:
            raise IllegalStep("esta cámara no se mueve", "su configuración dice `ptz: false`")
        who = Person(order.who.user_id, order.who.name, Rank(order.who.rank), order.who.terminal)
        match order:
            case orders.Release():
                self._lease = reservation.release(self._lease, who, now_ns)
                self._drive.halt()
            case orders.Halt():
                if not self._held(now_ns) or (self._lease is not None and self._lease.holder.user_id == who.user_id):
                    self._drive.halt()
            case orders.Reserve():
                if not 1 <= order.seconds <= reservation.MOST_RESERVE_S:
                    raise InvalidInput(f"la reserva dura de 1 a {reservation.MOST_RESERVE_S} segundos")
                self._claim(who, now_ns, order.seconds * NS_PER_S, reserve=True)
            case orders.Steer():
                velocity = Vector(order.pan, order.tilt, order.zoom).within(-1.0)
                self._claim(who, now_ns, reservation.STEERING_NS)
                self._aimed_ns = 0
                self._drive.steer(velocity, now_ns)
            case _:
                self._claim(who, now_ns, reservation.STEERING_NS)
                self._drive.halt()
                await self._act(order)
        return self.view()

    def _claim(self, who: Person, now_ns: int, for_ns: int, *, reserve: bool = False) -> None:
        before, was_held = self._lease, self._held(now_ns)
        self._lease = reservation.claim(before, who, now_ns, for_ns, reserve=reserve)
        if before is not None and before.holder.user_id != who.user_id:
            self._drive.halt()
        if self._round is not None and not was_held:
            self._round = self._round.held(now_ns)

    async def _act(self, order: orders.Act) -> None:
        match order:
            case orders.Place():
                position = Vector(order.pan, order.tilt, order.zoom).within(0.0)
                await self.link.do(lambda _: self._movable().place(position))
                self._aim(self._clock.monotonic_ns())
            case orders.Goto(preset=""):
                await self.link.do(lambda _: self._movable().home())
                self._aim(self._clock.monotonic_ns())
            case orders.Goto():
                await self.link.do(lambda _: self._movable().goto(order.preset))
                self._aim(self._clock.monotonic_ns())
            case orders.StorePreset():
                await self.link.do(lambda _: self._movable().store(order.name))
                await self._reread()
            case orders.ForgetPreset():
                await self.link.do(lambda _: self._movable().forget(order.preset))
                await self._reread()
            case orders.RunTour():
                self._end_patrol()
                await self.link.do(lambda _: self._movable().tour(order.tour, run=order.run))
                await self._reread()
            case orders.RunPatrol():
                await self._start_patrol(order)
            case _:
                raise InvalidInput("no es una orden para mover la cámara")

    async def _reread(self) -> None:
        self._known.lists_ns = None
        await self._ask_status(self._clock.monotonic_ns())

    async def _start_patrol(self, order: orders.RunPatrol) -> None:
        if not order.name:
            self._end_patrol()
            return
        patrol = Patrolling(order.name, order.dwell_s)
        self._round, self._resume = await self._round_of(patrol), None
        self._on_patrol(patrol)
        if self._lease is not None and not self._lease.reserved:
            self._lease = None  # who starts a patrol lets the camera go

    def _end_patrol(self) -> None:
        self._round = self._resume = None
        self._on_patrol(None)

    async def _round_of(self, order: Patrolling) -> Round:
        await self._reread()
        by_name = {preset.name: preset.token for preset in self._known.presets}
        if order.name == _ALL:
            if not 3 <= order.dwell_s <= 3600:
                raise InvalidInput("cada parada dura de 3 a 3600 segundos")
            stops = [Stop(preset.token, order.dwell_s * NS_PER_S) for preset in self._known.presets]
        else:
            patrol = next((each for each in self._onvif.patrols if each.name == order.name), None)
            if patrol is None:
                raise NotFound("no existe esa ronda")
            missing = [stop.preset for stop in patrol.stops if stop.preset not in by_name]
            if missing:
                raise IllegalStep(
                    f"la cámara no tiene la posición {missing[0]}",
                    "guárdela con ese nombre, o corrija la ronda en la configuración",
                )
            stops = [Stop(by_name[stop.preset], stop.dwell_s * NS_PER_S) for stop in patrol.stops]
        if len(stops) < 2:
            raise IllegalStep("una ronda necesita al menos dos posiciones", "guarde posiciones en la cámara")
        return Round(order.name, tuple(stops))

    def view(self) -> orders.PtzView:
        """How it stands."""
        now_ns = self._clock.monotonic_ns()
        known, at = self._known, self._known.status.position
        return orders.PtzView(
            camera_id=self._camera.id,
            movable=self._camera.ptz and self._mover is not None,
            fault=self.link.fault,
            moving=self.moving(now_ns),
            position=None if at is None else (at.pan, at.tilt, at.zoom),
            presets=tuple(orders.NamedView(token=each.token, name=each.name) for each in known.presets),
            tours=tuple(
                orders.NamedView(token=each.token, name=each.name, running=each.running) for each in known.tours
            ),
            patrols=tuple(patrol.name for patrol in self._onvif.patrols),
            patrol="" if self._round is None else self._round.name,
            patrol_held=self._round is not None and self._held(now_ns),
            holder=self._holder(now_ns),
        )

    def _holder(self, now_ns: int) -> orders.HolderView | None:
        if self._lease is None or not self._lease.holds(now_ns):
            return None
        who = self._lease.holder
        return orders.HolderView(
            user_id=who.user_id,
            name=who.name,
            terminal=who.terminal,
            rank=who.rank,
            left_ms=(self._lease.until_ns - now_ns) // NS_PER_MS,
            reserved=self._lease.reserved,
        )

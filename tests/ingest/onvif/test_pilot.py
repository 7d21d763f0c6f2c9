"""Who steers a camera, against the project's simulator on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from ingest.onvif.addresses import Endpoint
from ingest.onvif.keeper import Keeper
from ingest.onvif.pilot import Pilot
from ingest.ptz import orders
from ingest.ptz.reservation import Rank
from ingest.ptz.rounds import Patrolling
from ingest.simulator.onvif_device import FIRST_PRESETS, OnvifCamera
from nvr.app.patrol_memory import PatrolMemory
from nvr.clock import NS_PER_S, SystemClock
from nvr.errors import Conflict, IllegalStep, InvalidInput, NotFound, SourceError
from tests import waiting
from tests.ingest.onvif.devices import LOGIN, camera_at, serving, simulated

ANA = orders.Asker("a", "Ana", int(Rank.OPERATOR))
BETO = orders.Asker("b", "Beto", int(Rank.OPERATOR))
CARLA = orders.Asker("c", "Carla", int(Rank.SUPERVISOR))
PATROLS = (
    ", patrols: [{name: Ronda, stops: [{preset: Esquina norte, dwell_s: 3}, {preset: Paradero, dwell_s: 3}]}, "
    "{name: Rota, stops: [{preset: Inicio}, {preset: Azotea}]}]"
)


@asynccontextmanager
async def piloted(state: OnvifCamera, *, ptz: bool = True) -> AsyncIterator[tuple[Pilot, list[bool]]]:
    """A pilot at work, and what it told of movement."""
    moves: list[bool] = []
    async with serving(state) as (_, endpoint):
        pilot = Pilot(camera_at(endpoint, ptz=ptz, more=PATROLS), LOGIN, SystemClock(), moves.append)
        task = asyncio.create_task(pilot.run())
        try:
            await until(lambda: pilot.link.device is not None)
            yield pilot, moves
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


until = partial(waiting.until_async, timeout_s=20)


async def turned_by(pilot: Pilot, state: OnvifCamera, *said: orders.PtzOrder) -> None:
    """Say it until the camera turns, as a browser does: a single word would be too old after a second in which the machine stood still."""
    async with asyncio.timeout(20):
        while state.head.velocity != (1.0, 0.0, 0.0):
            for order in said:  # the pilot has no turn between them
                await pilot.order(order)
            await asyncio.sleep(0.05)


def steer(who: orders.Asker, pan: float = 1.0) -> orders.Steer:
    return orders.Steer(camera_id="cam07", who=who, pan=pan, tilt=0.0, zoom=0.0)


async def test_a_hand_that_falls_silent_stops_the_camera() -> None:
    """No halt, no goodbye: the browser is gone. Our timer stops it, not the device's: it is told twice a second of nothing after that."""
    state = simulated()
    async with piloted(state) as (pilot, moves):
        view = await pilot.order(steer(ANA))
        assert view.holder is not None
        assert view.holder.name == "Ana"
        await turned_by(pilot, state, steer(ANA))
        await until(lambda: pilot.silences > 0 and not state.head.moving)
        await until(lambda: moves[-1:] == [False])
        assert moves[0]


async def test_a_hand_that_lets_go_stops_it_at_once() -> None:
    """And while the key is down it moves on, beyond the device's own two seconds."""
    state = simulated()
    async with piloted(state) as (pilot, _):
        # From when it last stood: where the machine itself stands still, a key that is down is rightly taken for let go.
        clock = SystemClock()
        stood_ns = clock.monotonic_ns()
        async with asyncio.timeout(60):
            while clock.monotonic_ns() - stood_ns < 3 * NS_PER_S:
                await pilot.order(steer(ANA, 0.3))
                await asyncio.sleep(0.3)  # as a browser repeats it
                now_ns = clock.monotonic_ns()
                state.advance(now_ns)
                if not state.head.moving:
                    stood_ns = now_ns
        await pilot.order(steer(ANA, 0.3))
        silences = pilot.silences
        await pilot.order(orders.Halt(camera_id="cam07", who=ANA))
        await until(lambda: not state.head.moving)
        assert pilot.silences == silences


async def test_one_steers_at_a_time_and_a_supervisor_goes_before() -> None:
    """The second operator hears who has it; the supervisor's hand stops the first one's movement."""
    state = simulated()
    async with piloted(state) as (pilot, _):
        await pilot.order(orders.Reserve(camera_id="cam07", who=ANA, seconds=60))
        with pytest.raises(Conflict, match="Ana"):
            await pilot.order(steer(BETO))
        with pytest.raises(Conflict, match="Ana"):
            await pilot.order(orders.Goto(camera_id="cam07", who=BETO, preset="2"))
        with pytest.raises(Conflict):
            await pilot.order(orders.Release(camera_id="cam07", who=BETO))
        # A halt of somebody who does not steer stops nobody else's movement.
        await turned_by(pilot, state, steer(ANA), orders.Halt(camera_id="cam07", who=BETO))
        view = await pilot.order(orders.Reserve(camera_id="cam07", who=CARLA, seconds=60))
        assert view.holder is not None
        assert (view.holder.name, view.holder.reserved) == ("Carla", True)
        await until(lambda: not state.head.moving)
        with pytest.raises(Conflict, match="Carla"):
            await pilot.order(steer(ANA))
        view = await pilot.order(orders.Release(camera_id="cam07", who=CARLA))
        assert view.holder is None
        await pilot.order(steer(BETO))


async def test_a_patrol_goes_round_and_waits_for_people() -> None:
    """Positions by their names; paused while somebody has the camera; ended when told."""
    state = simulated()
    async with piloted(state) as (pilot, moves):
        view = await pilot.order(orders.RunPatrol(camera_id="cam07", who=ANA, name="Ronda"))
        assert (view.patrol, view.holder) == ("Ronda", None)
        await until(lambda: state.head.target == FIRST_PRESETS["2"][1])
        await until(lambda: state.head.target == FIRST_PRESETS["4"][1])
        assert moves[0]
        view = await pilot.order(orders.Place(camera_id="cam07", who=BETO, pan=0.0, tilt=0.5, zoom=0.0))
        assert view.patrol_held
        await until(lambda: state.head.target == (0.0, 0.5, 0.0))
        view = await pilot.order(orders.RunPatrol(camera_id="cam07", who=BETO, name=""))
        assert view.patrol == ""
        with pytest.raises(IllegalStep, match="Azotea"):
            await pilot.order(orders.RunPatrol(camera_id="cam07", who=BETO, name="Rota"))
        with pytest.raises(NotFound):
            await pilot.order(orders.RunPatrol(camera_id="cam07", who=BETO, name="no such"))
        with pytest.raises(InvalidInput):
            await pilot.order(orders.RunPatrol(camera_id="cam07", who=BETO, name="*", dwell_s=1))


async def test_positions_are_stored_listed_and_removed() -> None:
    """And what the device says no to is told."""
    state = simulated()
    async with piloted(state) as (pilot, _):
        view = await pilot.order(orders.StorePreset(camera_id="cam07", who=ANA, name="Mi esquina"))
        made = next(preset for preset in view.presets if preset.name == "Mi esquina")
        view = await pilot.order(orders.ForgetPreset(camera_id="cam07", who=ANA, preset=made.token))
        assert made not in view.presets
        with pytest.raises(SourceError):
            await pilot.order(orders.Goto(camera_id="cam07", who=ANA, preset="no such"))
        with pytest.raises(InvalidInput):
            await pilot.order(steer(ANA, float("nan")))


async def test_a_fixed_camera_is_not_moved_but_kept() -> None:
    """``ptz: false``: no order moves it; what it is and how it is set can be asked."""
    async with piloted(simulated(), ptz=False) as (pilot, _):
        with pytest.raises(IllegalStep):
            await pilot.order(steer(ANA))
        assert not (await pilot.order(orders.Look(camera_id="cam07"))).movable
        keeper = Keeper("cam07", pilot)
        view = await keeper.order(orders.Inspect(camera_id="cam07"))
        assert (view.manufacturer, view.serial) == ("Simulador", "SIM-cam07")
        assert [level.name for level in view.levels] == ["brightness", "contrast", "saturation", "sharpness"]
        view = await keeper.order(orders.Adjust(camera_id="cam07", levels={"contrast": 12.0}, ir="day"))
        assert [level.value for level in view.levels if level.name == "contrast"] == [12.0]
        assert view.ir == "day"
        view = await keeper.order(orders.Switch(camera_id="cam07", relay="relay0", on=True))
        assert [relay.on for relay in view.relays] == [True]
        with pytest.raises(NotFound):
            await keeper.order(orders.Switch(camera_id="cam07", relay="relay9", on=True))
        assert (await keeper.order(orders.Focus(camera_id="cam07", speed=0.5))).focus_moves


async def test_a_camera_that_is_away_says_so_and_comes_back() -> None:
    """A restart: refused meanwhile, found again by itself, and stopped first of all."""
    state = simulated()
    async with piloted(state) as (pilot, _):
        await Keeper("cam07", pilot).order(orders.Reboot(camera_id="cam07"))
        with pytest.raises(SourceError):
            await pilot.order(orders.Goto(camera_id="cam07", who=ANA, preset="1"))
        assert pilot.view().fault == "unreachable"
        await until(lambda: pilot.view().fault == "" and pilot.link.connections >= 2)


async def test_nobody_there_is_a_state_and_no_crash() -> None:
    """A port that nobody listens on."""
    pilot = Pilot(camera_at(Endpoint("127.0.0.1", 1)), LOGIN, SystemClock(), lambda _: None)
    task = asyncio.create_task(pilot.run())
    await until(lambda: pilot.view().fault == "unreachable")
    with pytest.raises(SourceError):
        await pilot.order(orders.Goto(camera_id="cam07", who=ANA, preset="1"))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_patrol_goes_on_after_a_restart_and_one_that_was_ended_does_not(tmp_path: Path) -> None:
    """Killed or told to end, the worker's successor walks on; a patrol that the configuration has no longer is given up."""
    state = simulated()
    memory = PatrolMemory(tmp_path / "patrols.json")
    async with serving(state) as (_, endpoint):
        async with flying(endpoint, memory) as pilot:
            await pilot.order(orders.RunPatrol(camera_id="cam07", who=ANA, name="Ronda", dwell_s=20))
            await until(lambda: state.head.target is not None or state.head.at != (0.0, 0.0, 0.0))
        memory = PatrolMemory(tmp_path / "patrols.json")
        async with flying(endpoint, memory) as pilot:
            await until(lambda: pilot.view().patrol == "Ronda")
            await until(lambda: state.head.moving)
            await pilot.order(orders.RunPatrol(camera_id="cam07", who=ANA, name="", dwell_s=20))
        memory = PatrolMemory(tmp_path / "patrols.json")
        assert memory.running("cam07") is None
        memory.keep("cam07", Patrolling("Ya no está", 20))
        async with flying(endpoint, memory) as pilot:
            await until(lambda: memory.running("cam07") is None)
            assert pilot.view().patrol == ""
    (tmp_path / "patrols.json").write_text("{half")
    assert PatrolMemory(tmp_path / "patrols.json").running("cam07") is None


@asynccontextmanager
async def flying(endpoint: Endpoint, memory: PatrolMemory) -> AsyncIterator[Pilot]:
    """A pilot as the worker makes it."""
    pilot = Pilot(
        camera_at(endpoint, more=PATROLS),
        LOGIN,
        SystemClock(),
        lambda _: None,
        patrol=memory.running("cam07"),
        on_patrol=partial(memory.keep, "cam07"),
    )
    task = asyncio.create_task(pilot.run())
    try:
        await until(lambda: pilot.link.device is not None)
        yield pilot
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

"""From an observation in a worker's journal to every operator's socket; and what the API answers in a flood.

    python -m benchmarks.alerts_cost            # make bench-alerts

The console is the real one (journal, intake, catalogue on disk, desk, change log, HTTP and WebSockets over loopback) in one process; the clients are
30 sockets in a second process. Peer: a bare WebSocket server of the same library that sends the same bytes to as many clients, without a database:
what is above it is what storing, judging and logging each alert costs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.typing import Origin

from alerts.desk import Desk
from alerts.holds import Holds
from alerts.intake import Intake
from alerts.records import AlertState
from benchmarks.rig import free_port
from console_web.app import create_app, server_options
from console_web.live import LiveHub
from console_web.services import Services
from console_web.threads import Threads
from nvr.app.intake_loop import IntakeLoop
from nvr.catalogue import sessions, users
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.sessions import Session
from nvr.catalogue.users import Role, User
from nvr.clock import NS_PER_S, SystemClock
from nvr.config import Config
from nvr.journal import JournalWriter
from nvr.observations import MotionObserved, new_id

CLIENTS: Final = 30
RATE_PER_S: Final = 50
STEADY_S: Final = 20
FLOOD_EVENTS: Final = 5000
FLOOD_S: Final = 60
CAMERAS: Final = 128
ZONES: Final = 16


@dataclass(slots=True)
class Rig:
    """A running console, and people with cookies."""

    port: int
    journal: JournalWriter
    ear: IntakeLoop
    desk: Desk
    cookies: list[str]

    async def observe(self, number: int) -> None:
        """What a worker does: append, sync, wake."""
        now_ns = time.time_ns()
        camera, zone = number % CAMERAS, number // CAMERAS % ZONES
        fact = MotionObserved(
            observation_id=new_id(now_ns), camera_id=f"cam{camera:03d}", zone=f"zona {zone}", phase="ended",
            start_wall_ns=now_ns - NS_PER_S, decided_wall_ns=now_ns, score=0.2, cells="0" * 144,
            box=(0.1, 0.1, 0.2, 0.2),
        )  # fmt: skip
        await asyncio.to_thread(self.journal.append, fact)
        self.ear.wake()


def config(port: int) -> Config:
    """128 cameras with 16 zones each; one zone in twenty is urgent, fifteen of a hundred are ordinary (A3)."""
    zones = [{"name": f"zona {zone}", "priority": 1 if zone == 0 else 2 if zone < 3 else 3} for zone in range(ZONES)]
    cameras = [
        {"id": f"cam{n:03d}", "number": n + 1, "name": f"Jr. {n}", "main": {"url": f"rtsp://h/{n}"}, "zones": zones}
        for n in range(CAMERAS)
    ]
    return Config.model_validate({"node": {"host": "127.0.0.1", "port": port}, "cameras": cameras})


@asynccontextmanager
async def console(folder: Path) -> AsyncIterator[Rig]:
    """The console in a folder, with an operator for each client."""
    port, clock, threads = free_port(), SystemClock(), Threads()
    settings = config(port)
    catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite3", clock)
    desk = Desk(catalogue, settings, clock)
    for name in ("recordings", "snapshots", "static", "run", "journal"):
        (folder / name).mkdir()
    ear = IntakeLoop(folder / "journal", Intake(catalogue, settings, clock), threads.write)
    services = Services(
        config=settings, catalogue=catalogue, desk=desk, holds=Holds(catalogue, settings, clock), clock=clock,
        recordings=folder / "recordings", snapshots=folder / "snapshots", static=folder / "static",
        live=LiveHub(folder / "run", ["w"], on_journal=ear.wake), threads=threads, proofs=folder / "proofs",
        motion_index=folder / "motion",
    )  # fmt: skip
    journal = JournalWriter(folder / "journal" / "analytics-0")
    server = uvicorn.Server(uvicorn.Config(create_app(services), **server_options(services), lifespan="on"))

    async def tick() -> None:
        while True:
            await threads.write(desk.tick)
            await asyncio.sleep(1)

    tasks = [asyncio.create_task(each) for each in (server.serve(), ear.run(), tick())]
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    yield Rig(port, journal, ear, desk, [_session(catalogue, number) for number in range(CLIENTS)])
    server.should_exit = True
    await tasks[0]
    for task in tasks[1:]:
        task.cancel()
    await asyncio.gather(*tasks[1:], return_exceptions=True)
    journal.close()
    threads.close()
    catalogue.close()


def _session(catalogue: Catalogue, number: int) -> str:
    token, now_ns = secrets.token_urlsafe(32), time.time_ns()
    user = User(new_id(), f"operador{number}", f"Operador {number}", Role.OPERATOR, None, None, "x")
    with catalogue.write() as tx:
        users.create(tx, user)
        hashed = hashlib.sha256(token.encode()).hexdigest()
        sessions.create(
            tx, Session(hashed, user.user_id, "csrf", f"T{number}", "", now_ns, now_ns, now_ns + 3600 * NS_PER_S)
        )
    return token


async def listen(port: int, cookies: list[str], wanted: int) -> list[float]:
    """Milliseconds from each observation to each client."""
    delays: list[float] = []

    async def client(cookie: str) -> None:
        async with connect(
            f"ws://127.0.0.1:{port}/api/events", origin=Origin(f"http://127.0.0.1:{port}"),
            additional_headers={"Cookie": f"nvr_session={cookie}"}, max_size=None, max_queue=None, compression=None,
        ) as socket:  # fmt: skip
            await _follow(socket, wanted, delays)

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.gather(*(client(cookie) for cookie in cookies))
    return delays


async def _follow(socket: ClientConnection, wanted: int, delays: list[float]) -> None:
    await socket.send('{"after": 0}')
    seen: set[str] = set()
    last_seq = 0
    async for text in socket:
        now_ms = time.time_ns() / 1e6
        message = json.loads(text)
        if message["kind"] == "reset":
            raise RuntimeError("a client was told to load anew")
        if "seq" in message:
            if message["seq"] <= last_seq:
                raise RuntimeError("a change came twice")
            last_seq = message["seq"]
        if message["kind"] == "alert" and message["body"]["alert_id"] not in seen:
            seen.add(message["body"]["alert_id"])
            delays.append(now_ms - message["body"]["decided_wall_ms"])
            if len(seen) == wanted:
                return


async def _clients(arguments: list[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.alerts_cost", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 26,
    )  # fmt: skip


def _pipes(child: asyncio.subprocess.Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the clients have no pipes")
    return child.stdin, child.stdout


async def steady() -> None:
    """50 alerts a second to 30 sockets."""
    total = RATE_PER_S * STEADY_S
    with tempfile.TemporaryDirectory() as name:
        async with console(Path(name)) as rig:
            child = await _clients(["listen", str(rig.port), str(total)])
            into, out = _pipes(child)
            into.write("\n".join(rig.cookies).encode() + b"\n\n")
            await into.drain()
            await out.readline()
            while len(rig.desk.presence.now()) < CLIENTS:  # noqa: ASYNC110 - presence has no event for it
                await asyncio.sleep(0.05)
            began, cpu = time.monotonic(), time.process_time()
            for number in range(total):
                await asyncio.sleep(max(0.0, began + number / RATE_PER_S - time.monotonic()))
                await rig.observe(number)
            delays = json.loads(await asyncio.wait_for(out.readline(), 120))
            cpu = (time.process_time() - cpu) / (time.monotonic() - began)
            await child.wait()
    peer = await _peer(total)
    _row("ours", delays, total, cpu)
    _row("bare WebSocket fan-out", peer, total, None)


async def _peer(total: int) -> list[float]:
    sockets: set[ServerConnection] = set()

    async def handler(socket: ServerConnection) -> None:
        await socket.recv()
        sockets.add(socket)
        await socket.wait_closed()

    async with serve(handler, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        child = await _clients(["listen", str(port), str(total)])
        into, out = _pipes(child)
        into.write("\n".join("x" for _ in range(CLIENTS)).encode() + b"\n\n")
        await into.drain()
        while len(sockets) < CLIENTS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await out.readline()
        began = time.monotonic()
        for number in range(total):
            await asyncio.sleep(max(0.0, began + number / RATE_PER_S - time.monotonic()))
            body = {"alert_id": str(number), "decided_wall_ms": time.time_ns() // 1_000_000, "filler": "x" * 700}
            broadcast(sockets, json.dumps({"seq": number + 1, "kind": "alert", "body": body}))
        found: list[float] = json.loads(await asyncio.wait_for(out.readline(), 60))
        await child.wait()
        return found


def _row(name: str, delays: list[float], total: int, cpu: float | None) -> None:
    cuts = statistics.quantiles(delays, n=100)
    lost = total * CLIENTS - len(delays)
    shown = "" if cpu is None else f"{cpu:.2f}"
    sys.stdout.write(
        f"| {name} | {total} | {len(delays)} | {lost} | {cuts[49]:.0f} | {cuts[94]:.0f} | {cuts[98]:.0f} | {max(delays):.0f} | {shown} |\n"
    )


async def operate(port: int, cookies: list[str], seconds: float) -> list[float]:
    """Twelve operators who look and take; milliseconds of each answer."""
    answers: list[float] = []
    until = time.monotonic() + seconds

    async def operator(cookie: str) -> None:
        base = f"http://127.0.0.1:{port}"
        headers = {"cookie": f"nvr_session={cookie}", "origin": base, "x-csrf-token": "csrf"}
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=30) as client:
            while time.monotonic() < until:
                began = time.monotonic()
                found = await client.get("/api/alerts?state=new&limit=50")
                answers.append((time.monotonic() - began) * 1000)
                items = found.json()["items"]
                priorities = [each["priority"] for each in items]
                if priorities != sorted(priorities):
                    raise RuntimeError("priority 1 is not first")
                if items:
                    began = time.monotonic()
                    await client.post(f"/api/alerts/{secrets.choice(items[:12])['alert_id']}/take")
                    answers.append((time.monotonic() - began) * 1000)
                await asyncio.sleep(0.5)

    await asyncio.gather(*(operator(cookie) for cookie in cookies))
    return answers


async def flood() -> None:
    """5,000 events in a minute, while operators in another process ask and take."""
    with tempfile.TemporaryDirectory() as name:
        async with console(Path(name)) as rig:
            child = await _clients(["operate", str(rig.port), str(FLOOD_S + 3)])
            into, out = _pipes(child)
            into.write("\n".join(rig.cookies[:12]).encode() + b"\n\n")
            await into.drain()
            began, cpu = time.monotonic(), time.process_time()
            for number in range(FLOOD_EVENTS):
                await asyncio.sleep(max(0.0, began + number * FLOOD_S / FLOOD_EVENTS - time.monotonic()))
                await rig.observe(number)
            took_s = time.monotonic() - began
            cpu = (time.process_time() - cpu) / took_s
            answers = json.loads(await asyncio.wait_for(out.readline(), 60))
            await child.wait()
            ended, catalogue = time.monotonic(), Path(name) / "catalogue.sqlite3"
            while (counted := _counted(catalogue)) < FLOOD_EVENTS and time.monotonic() - ended < FLOOD_S:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            behind_s = time.monotonic() - ended
            mode = rig.desk.room()[1].flood.on
            taken = len(rig.desk.alerts([AlertState.TAKEN], 1000)[1])
    cuts = statistics.quantiles(answers, n=100)
    sys.stdout.write(
        f"flood: {FLOOD_EVENTS} events in {took_s:.0f} s, {counted} counted ({FLOOD_EVENTS - counted} lost), the last {behind_s:.1f} s after the clients had ended; {taken} taken by 12 operators; "
        f"API p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, p99 {cuts[98]:.0f} ms over {len(answers)} requests; {cpu:.2f} cores; flood mode {'on' if mode else 'off'}; priority 1 first in every list\n"
    )


def _counted(file: Path) -> int:
    """How many movements the alerts count; read beside the desk, whose lists end at a thousand."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT sum(count) FROM alerts").fetchone()[0])


def main() -> None:
    """Print the tables of docs/measurements.md, or be the clients."""
    if len(sys.argv) > 1:
        cookies = list(iter(lambda: sys.stdin.readline().strip(), ""))
        port, limit = int(sys.argv[2]), int(sys.argv[3])
        clients = listen(port, cookies, limit) if sys.argv[1] == "listen" else operate(port, cookies, limit)
        sys.stdout.write(json.dumps([round(each, 1) for each in asyncio.run(clients)]) + "\n")
        return
    sys.stdout.write(
        "| | alerts | messages to 30 clients | lost | p50 ms | p95 ms | p99 ms | worst ms | CPU (cores) |\n|---|---|---|---|---|---|---|---|---|\n"
    )
    asyncio.run(steady())
    asyncio.run(flood())


if __name__ == "__main__":
    main()

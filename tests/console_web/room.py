"""What the tests of the console share: a room, people in it, and things that happened."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Origin

from alerts.desk import Desk
from alerts.holds import Holds
from alerts.intake import Intake
from alerts.records import Actor, AlertState, Dispatch, Incident
from alerts.rules import FOLD_NS
from benchmarks.rig import free_port
from console_web.app import ConsoleApp, create_app, server_options
from console_web.auth import ABSOLUTE_NS
from console_web.live import LiveHub
from console_web.passwords import hash_password
from console_web.services import Services
from ingest.simulator.listener import stop_accepting
from nvr.catalogue import sessions, users
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.sessions import Session
from nvr.catalogue.users import Role, User
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.config.loader import parse_config
from nvr.journal import Position
from nvr.media import StreamKind
from nvr.observations import CameraStateChanged, Fact, MotionObserved, new_id
from nvr.redact import Secret
from tests import waiting

PASSWORD = "caminata larga en celendín"
CONFIG = """
version: 1
node: {{host: 127.0.0.1, port: {port}}}
cameras:
  - {{id: cam01, number: 1, name: Jr. Uno, main: {{url: "rtsp://127.0.0.1/1"}}, sub: {{url: "rtsp://127.0.0.1/1s", record: false}}}}
  - {{id: cam02, number: 2, name: Jr. Dos, main: {{url: "rtsp://127.0.0.1/2"}}, neighbours: {{cam01: 60}}}}
  - {{id: cam03, number: 3, name: Jr. Tres, main: {{url: "rtsp://127.0.0.1/3"}}}}
"""
JPEG = b"\xff\xd8\xff\xe0 a picture"


@cache
def password_hash() -> str:
    """Argon2 is slow on purpose: once is enough."""
    return hash_password(Secret(PASSWORD))


@dataclass
class Person:
    """Somebody with a session."""

    user: User
    token: str
    csrf: str
    client: httpx.AsyncClient

    @property
    def actor(self) -> Actor:
        return Actor(self.user.user_id, self.user.full_name, "T1")

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.client.post(path, json={} if body is None else body, **more)


@dataclass
class Room:
    services: Services
    app: ConsoleApp
    clock: SimulatedClock
    intake: Intake
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    facts: int = 0

    @property
    def config(self) -> Config:
        return self.services.config

    @property
    def desk(self) -> Desk:
        return self.services.desk

    @property
    def catalogue(self) -> Catalogue:
        return self.services.catalogue

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.config.node.port}"

    def client(self, *, origin: str | None = "", address: str = "127.0.0.1", base: str = "") -> httpx.AsyncClient:
        """A browser of ours, without a session. ``origin`` None: it sends none."""
        headers = {} if origin is None else {"origin": origin or self.origin}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=(address, 40000))
        made = httpx.AsyncClient(transport=transport, base_url=base or self.origin, headers=headers)
        self.clients.append(made)
        return made

    def add_user(
        self,
        role: Role,
        *,
        name: str = "",
        agency: str | None = None,
        cameras: Sequence[str] | None = None,
        must_change_password: bool = False,
    ) -> User:
        user = User(
            user_id=new_id(),
            name=name or f"{role.value}-{secrets.token_hex(3)}",
            full_name=f"Persona {role.value}",
            role=role,
            agency=agency,
            cameras=None if cameras is None else tuple(cameras),
            password_hash=password_hash(),
            must_change_password=must_change_password,
        )
        with self.catalogue.write() as tx:
            users.create(tx, user)
        return user

    def sign_in(self, user: User, *, address: str = "127.0.0.1") -> Person:
        """A session, without the cost of a password."""
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        now_ns = self.clock.wall_ns()
        with self.catalogue.write() as tx:
            sessions.create(
                tx,
                Session(
                    token_hash=hashlib.sha256(token.encode()).hexdigest(),
                    user_id=user.user_id,
                    csrf_token=csrf,
                    terminal="T1",
                    address=address,
                    created_wall_ns=now_ns,
                    last_wall_ns=now_ns,
                    expires_wall_ns=now_ns + ABSOLUTE_NS,
                ),
            )
        client = self.client(address=address)
        client.cookies.set("nvr_session", token)
        client.headers["x-csrf-token"] = csrf
        return Person(user, token, csrf, client)

    def person(self, role: Role, **more: Any) -> Person:
        """A new user with a session."""
        return self.sign_in(self.add_user(role, **more))

    def change_user(self, user: User, **values: Any) -> None:
        """As an admin would."""
        with self.catalogue.write() as tx:
            users.change(tx, replace(user, **values))

    def take_up(self, *facts: Fact, worker: str = "w") -> None:
        """What a worker reports."""
        self.facts += 1
        self.intake.take_up(
            worker, [(fact, Position("1.journal", self.facts * 1000 + i)) for i, fact in enumerate(facts)]
        )

    def take_up_state(self, camera_id: str, state: Literal["online", "offline"], detail: str) -> None:
        """A camera came or went; any thread. Each is a change of its own because ``detail`` differs."""
        fact = CameraStateChanged(
            observation_id=new_id(),
            camera_id=camera_id,
            stream=StreamKind.MAIN,
            state=state,
            wall_ns=self.clock.wall_ns(),
            detail=detail,
        )
        self.take_up(fact, worker=camera_id)

    def alert(
        self,
        camera_id: str,
        *,
        zone: str = "Toda la vista",
        picture: bool = True,
        ended: bool = True,
        settled: bool = True,
    ) -> str:
        """Movement at a camera that nobody has looked at; the alert's id. ``settled``: the next movement there is an alert of its own."""
        start_ns = self.clock.wall_ns()
        self.clock.advance(seconds=2)
        snapshot = ""
        if picture:
            snapshot = f"{camera_id}/2026-01-01/{new_id()}.jpg"
            path = self.services.snapshots / snapshot
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(JPEG)
        before = {alert.alert_id for alert in self.desk.alerts(list(AlertState), 1000)[1]}
        observation_id = new_id()
        for phase in ("started", "ended") if ended else ("started",):
            self.take_up(
                MotionObserved(
                    observation_id=observation_id,
                    camera_id=camera_id,
                    zone=zone,
                    phase=phase,
                    start_wall_ns=start_ns,
                    decided_wall_ns=self.clock.wall_ns(),
                    score=0.5,
                    cells="0" * 144,
                    box=(0.1, 0.1, 0.2, 0.2),
                    snapshot=snapshot,
                )
            )
        if settled:
            # Later movements fold into an alert that is still fresh.
            self.clock.advance(seconds=FOLD_NS / NS_PER_S + 1)
        (made,) = {alert.alert_id for alert in self.desk.alerts(list(AlertState), 1000)[1]} - before
        return made

    def dispatched(self, camera_id: str, agency: str, *, actor: Actor | None = None) -> tuple[Incident, Dispatch]:
        """An alert at a camera that was taken and sent to an agency."""
        alert_id = self.alert(camera_id)
        actor = actor or Actor("u-operator", "Operadora", "T1")
        self.desk.take(alert_id, actor)
        incident = self.desk.dispatch_alert(alert_id, actor, agency, "PAT-ROBO", 1, "nota", f"key-{alert_id}")
        return incident, incident.dispatches[-1]

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The application behind a real server on its configured port, lifespan included; yields the ``ws://`` base."""
        options = server_options(self.services)
        # With the protocol named, asyncio sets TCP_NODELAY on what it accepts, as it does where uvicorn binds by itself.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((options.pop("host"), options.pop("port")))
        server = uvicorn.Server(uvicorn.Config(self.app, **options, lifespan="on"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                if serving.done():
                    serving.result()
                await asyncio.sleep(0.01)
            yield f"ws://127.0.0.1:{self.config.node.port}"
        finally:
            for each in server.servers if server.started else ():
                await stop_accepting(each)
            server.should_exit = True
            await serving
            listener.close()

    def socket(self, base: str, path: str, person: Person | None, *, origin: str | None = "") -> connect:
        """A WebSocket of a browser; use it as an asynchronous context."""
        headers = {} if person is None else {"Cookie": f"nvr_session={person.token}"}
        sent = None if origin is None else origin or self.origin
        return connect(
            base + path,
            origin=None if sent is None else Origin(sent),
            additional_headers=headers,
            max_size=None,
            max_queue=None,
            open_timeout=10,
        )


@contextmanager
def open_room(
    folder: Path,
    run_folder: Path,
    clock: SimulatedClock,
    workers: Sequence[str] = ("w",),
    config_text: str = CONFIG,
    static: Path | None = None,
) -> Iterator[Room]:
    """A room in a folder; ``static``: where its pages lie, by default there are none."""
    config = parse_config(config_text.format(port=free_port()), "cameras.yaml")
    catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite3", clock)
    for name in ("recordings", "snapshots", "static"):
        (folder / name).mkdir()
    services = Services(
        config=config,
        catalogue=catalogue,
        desk=Desk(catalogue, config, clock),
        holds=Holds(catalogue, config, clock),
        clock=clock,
        recordings=folder / "recordings",
        snapshots=folder / "snapshots",
        static=static or folder / "static",
        live=LiveHub(run_folder, workers),
        proofs=folder / "coverage",
        motion_index=folder / "motion-index",
        views=folder / "views",
    )
    try:
        yield Room(services, create_app(services), clock, Intake(catalogue, config, clock))
    finally:
        services.threads.close()
        catalogue.close()


async def close_code(connection: ClientConnection) -> int | None:
    """Read until the server closes; its code."""
    with suppress(ConnectionClosedError):
        async for _ in connection:
            pass
    return connection.close_code


until = partial(waiting.until_async, timeout_s=10)

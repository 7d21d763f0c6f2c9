"""Puts the console together: routes, guard, headers, and the tasks that run beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import ASGIApp

from console_web import pages, problems
from console_web.auth import Sessions
from console_web.connections import BoundedHttp
from console_web.console import Console
from console_web.events import EventFeed
from console_web.guard import Guard, require_rules
from console_web.headers import Envelope
from console_web.origins import Origins
from console_web.passwords import warm_up
from console_web.routes import (
    alerts,
    attention,
    audit,
    cameras,
    cases,
    channels,
    configuration,
    coverage,
    devices,
    dispatches,
    figures,
    health,
    holds,
    incidents,
    movement,
    ptz,
    recordings,
    session,
    shifts,
    sockets,
    storage,
    terminals,
    units,
    users,
    zones,
)
from console_web.services import Services
from console_web.shapes import Shapes
from console_web.targets import Objects

_log = logging.getLogger(__name__)

# Pages come last: theirs is the address of everything that is nobody else's.
ROUTERS: Final = (
    session.router,
    cameras.router,
    alerts.router,
    incidents.router,
    cases.router,
    dispatches.router,
    units.router,
    recordings.router,
    holds.router,
    ptz.router,
    devices.router,
    users.router,
    configuration.router,
    zones.router,
    audit.router,
    attention.router,
    coverage.router,
    figures.router,
    movement.router,
    health.router,
    storage.router,
    channels.router,
    shifts.router,
    terminals.router,
    sockets.router,
    pages.router,
)
_MAX_SOCKET_MESSAGE_BYTES: Final = 4096


class ConsoleApp(FastAPI):
    """FastAPI with our headers around even its own last-resort error page.

    Attributes:
        broken: set when a task beside the routes ended by itself: pages would look connected and hear nothing more. Whoever runs the
            application is to end then.
    """

    tls = False
    broken: asyncio.Event

    def look_after(self, task: asyncio.Task[None]) -> None:
        """Notice when a task that is to run as long as the application ends before it is cancelled."""
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            _log.critical("%s ended, and the console with it", task.get_name(), exc_info=task.exception())
            self.broken.set()

    def build_middleware_stack(self) -> ASGIApp:
        return Envelope(super().build_middleware_stack(), tls=self.tls)


def create_app(services: Services) -> ConsoleApp:
    """The application. While its lifespan lasts it runs ``services.live`` and the event feed.

    Raises:
        RuntimeError: a route or socket lacks its access rule.
    """
    origins = Origins.of(services.config.node)
    sessions = Sessions(services.catalogue, services.threads, services.clock, secure=origins.secure)
    objects = Objects(services.config, services.catalogue, services.desk, services.threads)
    shapes = Shapes(services.config, services.desk, services.live.board)
    feed = EventFeed(services.catalogue, services.desk, shapes, objects, services.threads)
    parts = Console(services, sessions, objects, shapes, feed)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await services.threads.hash(warm_up)
        tasks = [
            asyncio.create_task(feed.run(), name="events"),
            asyncio.create_task(services.live.run(), name="live"),
            asyncio.create_task(sessions.refusals.run(), name="refused log-ins"),
        ]
        for task in tasks:
            app.look_after(task)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            await parts.stills.close()
        for result in results:
            if isinstance(result, Exception):
                raise result

    app = ConsoleApp(
        title="Sala de control",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.tls = origins.secure
    app.broken = asyncio.Event()
    app.state.guard = Guard(origins, sessions, objects)
    app.state.parts = parts
    app.state.console = pages.BuiltConsole(services.static)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    require_rules(app.routes)
    return app


def server_options(services: Services) -> dict[str, Any]:
    """Keyword arguments for ``uvicorn.Config`` that the console relies on: bounds, and nothing said that need not be."""
    node = services.config.node
    return {
        "host": node.host,
        "port": node.port,
        "ssl_certfile": None if node.tls_certificate is None else str(node.tls_certificate),
        "ssl_keyfile": None if node.tls_key is None else str(node.tls_key),
        "server_header": False,
        "access_log": False,
        "log_config": None,
        "ws_max_size": _MAX_SOCKET_MESSAGE_BYTES,
        # Video does not get smaller, and each socket would hold a compressor.
        "ws_per_message_deflate": False,
        "ws_ping_interval": 10.0,
        "ws_ping_timeout": 10.0,
        # Bounds what uvicorn does not. Its own limit_concurrency would answer the watchdog 503 too, and have the node restarted.
        "http": BoundedHttp,
        "ws": "websockets-sansio",
        # X-Forwarded-For is anybody's to write: the throttle and the audit keep to the address of the connection.
        "proxy_headers": False,
        "backlog": 512,
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": 3,
    }

"""People of the journeys: a browser's worth of HTTP and sockets for one log-in each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx
from websockets import Origin
from websockets.sync.client import ClientConnection, connect

Json = dict[str, Any]


@dataclass(slots=True)
class Person:
    """Somebody who is logged in."""

    base: str
    http: httpx.Client
    csrf_token: str

    @classmethod
    def log_in(cls, base: str, name: str, password: str) -> Self:
        """Log in as a browser does.

        Raises:
            httpx.HTTPStatusError: refused.
        """
        http = httpx.Client(base_url=base, headers={"Origin": base, "X-Terminal": f"puesto de {name}"}, timeout=20)
        answer = http.post("/api/login", json={"name": name, "password": password}).raise_for_status()
        return cls(base, http, answer.json()["csrf_token"])

    def get(self, path: str, **params: str | int) -> Any:
        """GET, parsed; raises on refusal."""
        return self.http.get(path, params=params).raise_for_status().json()

    def post(self, path: str, body: Json | None = None) -> Any:
        """POST, parsed; raises on refusal."""
        return self.try_post(path, body).raise_for_status().json()

    def try_post(self, path: str, body: Json | None = None) -> httpx.Response:
        """POST, whatever comes back."""
        return self.http.post(path, json=body or {}, headers={"X-CSRF-Token": self.csrf_token})

    @contextmanager
    def socket(self, path: str) -> Iterator[ClientConnection]:
        """A WebSocket with this person's cookie."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        url = self.base.replace("http", "ws", 1) + path
        with connect(
            url, origin=Origin(self.base), additional_headers={"Cookie": cookie}, max_size=8 * 1024 * 1024
        ) as socket:
            yield socket

    @contextmanager
    def events(self, after: int) -> Iterator[Events]:
        """The change feed after ``after``."""
        with self.socket("/api/events") as socket:
            socket.send(json.dumps({"after": after}))
            yield Events(socket)

    def close(self) -> None:
        """Leave."""
        self.http.close()


@dataclass(slots=True)
class Events:
    """A change feed; remembers the last sequence number that it saw."""

    connection: ClientConnection
    last_seq: int = 0

    def wait_for(self, kind: str, wanted: Callable[[Json], bool], timeout_s: float = 20.0) -> Json:
        """The body of the next change of a kind that is wanted.

        Raises:
            AssertionError: it did not come in time.
        """
        deadline = time.monotonic() + timeout_s
        seen: list[Json] = []
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                message = json.loads(self.connection.recv(timeout=left_s))
            except TimeoutError:
                break
            if "seq" in message:
                assert message["seq"] > self.last_seq, "a change came twice or out of order"
                self.last_seq = message["seq"]
            if message["kind"] == kind and wanted(message["body"]):
                body: Json = message["body"]
                return body
            seen.append(message)
        raise AssertionError(f"no {kind} as wanted within {timeout_s} s; instead: {seen[-5:]}")

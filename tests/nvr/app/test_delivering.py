"""The sender between a real catalogue and real servers: what falls back, in which order, and what a kill between sending and storing costs."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from alerts.desk import Desk
from alerts.outbox import Outbox
from alerts.records import AlertOutcome, AlertState, Dispatch, DispatchState, Incident
from nvr.app.channel_watch import LONG_NS, ChannelWatch
from nvr.app.delivering import Deliverer
from nvr.catalogue import audit
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SystemClock
from nvr.config import Config
from nvr.config.loader import parse_config
from tests.alerts.facts import ANA, JEFA
from tests.nvr.app import delivery_process
from tests.nvr.channels.receivers import HttpReceiver, http_receiver, mailbox

KEY = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, truly").decode()
PASSWORD = "una clave que nadie ve"
AGENCIES = """
agencies:
  - {{code: serenazgo, name: SERENAZGO, channels: [aviso, correo]}}
  - {{code: pnp, name: PNP, channel: telephone, channels: [aviso, correo]}}
"""
TEXT = """
cameras: [{{id: cam01, number: 1, name: Jr. Uno, main: {{url: "rtsp://127.0.0.1/1"}}}}]
channels:
  - {{name: aviso, kind: webhook, url: "{url}", credentials: firma}}
  - {{name: correo, kind: mail, host: 127.0.0.1, port: {port}, tls: none, sender: c@municaj.example, recipients: [pnp@example.org]}}
"""


@dataclass
class Room:
    """A catalogue with a desk, and somebody who delivers."""

    desk: Desk
    outbox: Outbox
    catalogue: Catalogue
    config: Config
    number: int = 0

    async def dispatch(self, agency: str, incident: Incident | None = None) -> Dispatch:
        self.number += 1
        made = incident
        if made is None:
            made = await asyncio.to_thread(self.desk.open_incident, "cam01", 1, "PAT-ROBO", 1, "", ANA)
        sent = await asyncio.to_thread(
            self.desk.dispatch_incident, made.incident_id, ANA, agency, f"orden {self.number}", f"key-{self.number:08d}"
        )
        return sent.dispatches[-1]

    def kinds(self, dispatch: Dispatch) -> list[str]:
        return [entry.kind for entry in self.desk.incident(dispatch.incident_id).timeline]

    async def until(self, wanted: Callable[[], bool], within_s: float = 20.0) -> float:
        begun_s = time.monotonic()
        async with asyncio.timeout(within_s):
            while not await asyncio.to_thread(wanted):  # noqa: ASYNC110 - another process may be the one that does it
                await asyncio.sleep(0.02)
        return time.monotonic() - begun_s


def configuration(url: str, port: int) -> str:
    return (TEXT + AGENCIES).format(url=url, port=port)


@asynccontextmanager
async def room(tmp_path: Path, url: str, port: int, text: str = "") -> AsyncIterator[Room]:
    """Its deliverer runs."""
    config, clock = parse_config(text or configuration(url, port), "f"), SystemClock()
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite", clock)
    desk = Desk(catalogue, config, clock)
    outbox = Outbox(catalogue, config, desk.boards)
    one = asyncio.Lock()

    async def write(work: Callable[..., Any], *arguments: Any) -> Any:
        async with one:
            return await asyncio.to_thread(work, *arguments)

    task = asyncio.create_task(Deliverer(outbox, catalogue, config, credentials(tmp_path), write).run())
    try:
        yield Room(desk, outbox, catalogue, config)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        catalogue.close()


def credentials(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.yaml"
    path.write_text(f"firma: {{user: firma, password: '{KEY}'}}\ncuenta: {{user: u, password: '{PASSWORD}'}}\n")
    path.chmod(0o600)
    return path


async def test_a_webhook_that_hangs_falls_back_to_mail_within_fifteen_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with http_receiver(0) as hangs, mailbox() as box, room(tmp_path, hangs.url, box.port) as here:
        dispatch = await here.dispatch("pnp")
        took_s = await here.until(lambda: bool(box.envelopes))
        with capsys.disabled():
            sys.stdout.write(f"\nfall-back from a webhook that hangs to mail: {took_s:.1f} s\n")
        assert took_s <= 15
        await here.until(lambda: here.desk.dispatch(dispatch.dispatch_id).delivery == "delivered")
        now = here.desk.dispatch(dispatch.dispatch_id)
        assert now.delivered_by == "correo"
        assert now.missed == ("aviso: no respondió a tiempo",)
        assert here.kinds(dispatch)[-2:] == ["delivery_missed", "delivery_done"]
        assert len({request.headers["idempotency-key"] for request in hangs.requests}) == 1
        assert len(hangs.requests) >= 2, "it was tried once only"
        views = {view.name: view for view in here.outbox.channels()}
        assert views["aviso"].state.fault == "no respondió a tiempo"
        assert views["correo"].state.delivered_wall_ns is not None
        with here.catalogue.read() as tx:
            trail = str(audit.read(tx, limit=100))
        stored = (tmp_path / "catalogue.sqlite").read_bytes() + (tmp_path / "catalogue.sqlite-wal").read_bytes()
    for secret in (KEY, KEY.removeprefix("whsec_"), PASSWORD):
        assert secret not in caplog.text
        assert secret not in trail
        assert secret.encode() not in stored


async def test_a_mail_that_one_recipient_is_refused_for_is_delivered_once_and_the_channel_says_so(
    tmp_path: Path,
) -> None:
    async with http_receiver(404) as gone, mailbox(unknown={"pnp@example.org"}) as box:
        text = configuration(gone.url, box.port).replace("[pnp@example.org]", "[pnp@example.org, jefe@example.org]")
        async with room(tmp_path, gone.url, box.port, text) as here:
            dispatch = await here.dispatch("pnp")
            await here.until(lambda: here.desk.dispatch(dispatch.dispatch_id).delivery != "")
            await here.until(lambda: here.desk.dispatch(dispatch.dispatch_id).delivery != "missed")
            now = here.desk.dispatch(dispatch.dispatch_id)
            assert (now.delivery, now.delivered_by) == ("delivered", "correo")
            state = next(view.state for view in here.outbox.channels() if view.name == "correo")
    assert (state.failing_since_wall_ns, state.fault) == (None, "no aceptó a 1 de los destinatarios")
    assert [envelope.rcpt_tos for envelope in box.envelopes] == [["jefe@example.org"]]


async def test_behind_two_that_hang_the_third_has_it_within_fifteen_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with http_receiver(0) as hangs, mailbox() as box, room(tmp_path, hangs.url, box.port) as here:
        here.desk.boards.join("serenazgo")  # somebody sits there, whose page says nothing
        await here.dispatch("serenazgo")
        took_s = await here.until(lambda: bool(box.envelopes))
        with capsys.disabled():
            sys.stdout.write(f"\nfall-back from a silent board, and a webhook that hangs, to mail: {took_s:.1f} s\n")
        assert took_s <= 15


async def test_a_board_that_nobody_sits_at_falls_back_and_a_refused_webhook_goes_on_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with http_receiver(404) as refuses, mailbox() as box, room(tmp_path, refuses.url, box.port) as here:
        dispatch = await here.dispatch("serenazgo")
        took_s = await here.until(lambda: bool(box.envelopes))
        with capsys.disabled():
            sys.stdout.write(f"\nfall-back from an empty board, and a webhook that refuses, to mail: {took_s:.1f} s\n")
        assert took_s <= 15
        assert len(refuses.requests) == 1
        await here.until(lambda: here.desk.dispatch(dispatch.dispatch_id).delivery == "delivered")
        missed = here.desk.dispatch(dispatch.dispatch_id).missed
        assert missed == ("board: nadie frente al tablero", "aviso: HTTP 404")


async def test_a_board_that_shows_it_is_enough_and_nothing_goes_outside(tmp_path: Path) -> None:
    async with http_receiver() as receiver, mailbox() as box, room(tmp_path, receiver.url, box.port) as here:
        here.desk.boards.join("serenazgo")
        dispatch = await here.dispatch("serenazgo")
        here.desk.boards.shown("pnp", [dispatch.dispatch_id])  # another agency's word is none
        await here.until(lambda: here.outbox.channels()[0].waiting == 1)
        here.desk.boards.shown("serenazgo", [dispatch.dispatch_id])
        await here.until(lambda: here.outbox.channels()[0].waiting == 0, 3)
        assert receiver.requests == []
        assert here.desk.dispatch(dispatch.dispatch_id).delivery == ""


async def test_those_of_one_incident_arrive_in_order_through_a_channel_that_fails_at_first(tmp_path: Path) -> None:
    async with http_receiver(503) as receiver, mailbox() as box, room(tmp_path, receiver.url, box.port) as here:
        first = await here.dispatch("pnp")
        incident = await asyncio.to_thread(here.desk.incident, first.incident_id)
        for _ in range(3):
            await here.dispatch("pnp", incident)
        await receiver.arrived.wait()
        receiver.status = 200
        await here.until(lambda: all(view.waiting == 0 for view in here.outbox.channels()))
        taken = list(dict.fromkeys(json.loads(request.body)["data"]["note"] for request in receiver.requests))
        assert taken == ["orden 1", "orden 2", "orden 3", "orden 4"]


async def test_once_it_is_answered_nothing_more_is_sent(tmp_path: Path) -> None:
    async with http_receiver(503) as receiver, mailbox() as box, room(tmp_path, receiver.url, box.port) as here:
        dispatch = await here.dispatch("pnp")
        await receiver.arrived.wait()
        await asyncio.to_thread(here.desk.advance, dispatch.dispatch_id, ANA, DispatchState.RECEIVED)
        assert all(view.waiting == 0 for view in here.outbox.channels())


async def _child(url: str, tmp_path: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, delivery_process.__file__, url, str(tmp_path / "cameras.yaml"), str(credentials(tmp_path))
    )


async def test_killed_between_sending_and_storing_it_is_sent_again_under_the_same_key(tmp_path: Path) -> None:
    """A real process, SIGKILL while the receiver holds the message and before it has answered."""
    children: list[asyncio.subprocess.Process] = []

    async with http_receiver() as receiver:
        text = configuration(receiver.url, 1)
        (tmp_path / "cameras.yaml").write_text(text)
        url = f"sqlite:///{tmp_path}/catalogue.sqlite"
        config, clock = parse_config(text, "f"), SystemClock()
        catalogue = Catalogue(url, clock)
        desk = Desk(catalogue, config, clock)
        here = Room(desk, Outbox(catalogue, config, desk.boards), catalogue, config)
        receiver.on_request = lambda _: children[-1].send_signal(signal.SIGKILL) if len(children) < 3 else None
        dispatch = await here.dispatch("pnp")
        try:
            for _ in range(3):
                children.append(await _child(url, tmp_path))
                if len(children) < 3:
                    assert await asyncio.wait_for(children[-1].wait(), 20) == -signal.SIGKILL
            await here.until(lambda: desk.dispatch(dispatch.dispatch_id).delivery == "delivered")
        finally:
            if children[-1].returncode is None:
                children[-1].kill()
                await children[-1].wait()
            catalogue.close()
    assert len(receiver.requests) == 3
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    for request in receiver.requests:
        Webhook(KEY).verify(request.body, request.headers)


async def test_a_channel_that_is_down_for_long_is_an_alert_until_it_takes_something(tmp_path: Path) -> None:
    async with http_receiver(404) as receiver, mailbox() as box, room(tmp_path, receiver.url, box.port) as here:
        await _fail(here, receiver)
        watch = ChannelWatch(here.catalogue, here.config, here.outbox)
        now_ns = time.time_ns()

        def alarms() -> list[str]:
            return [
                alert.zone for alert in here.desk.alerts([AlertState.NEW], 10)[1] if alert.zone.startswith("sistema")
            ]

        watch.look(now_ns)
        assert alarms() == []
        watch.look(now_ns + LONG_NS + NS_PER_S)
        assert alarms() == ["sistema: canales"]
        (alert,) = (each for each in here.desk.alerts([AlertState.NEW], 10)[1] if each.zone == "sistema: canales")
        here.desk.close_alert(alert.alert_id, JEFA, AlertOutcome.NO_ACTION, "", any_owner=True)
        watch.look(now_ns + LONG_NS + 3600 * NS_PER_S)
        assert alarms() == []
        watch.look(now_ns + LONG_NS + 25 * 3600 * NS_PER_S)
        assert alarms() == ["sistema: canales"], "it stands for a day more, whoever closed the alert"
        receiver.status = 200
        await here.dispatch("pnp")
        await here.until(lambda: here.outbox.channels()[1].state.failing_since_wall_ns is None)
        watch.look(now_ns + LONG_NS + 25 * 3600 * NS_PER_S + NS_PER_S)
        assert alarms() == []


async def _fail(here: Room, receiver: HttpReceiver) -> None:
    await here.dispatch("pnp")
    await receiver.arrived.wait()
    await here.until(lambda: here.outbox.channels()[1].state.failing_since_wall_ns is not None)

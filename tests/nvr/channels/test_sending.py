"""One try on each kind of channel, against real servers, and what is said of those that are ill."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from nvr.channels.letter import Letter
from nvr.channels.sending import send
from nvr.clock import NS_PER_S
from nvr.config import Channel, Credential
from nvr.errors import ChannelFailed
from nvr.redact import Secret
from tests.nvr.channels.receivers import http_receiver, mailbox

KEY = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, truly").decode()
KNOWN = {
    "firma": Credential("firma", Secret(KEY)),
    "corta": Credential("firma", Secret("whsec_YWJj")),
    "cuenta": Credential("camaras", Secret("clave de correo")),
    "nada": Credential("x", Secret("esto no es una dirección")),
}
LETTER = Letter(
    "dispatch.sent",
    "Despacho PNP · N-2026-000001",
    "Robo en Jr. Amazonas\nUnidad: P-01",
    1_790_000_000 * NS_PER_S,
    {"incident_number": "N-2026-000001"},
)


async def attempt(channel: dict[str, Any], timeout_s: float = 4.0, letter: Letter = LETTER) -> str:
    return await send(
        Channel.model_validate({"name": "canal"} | channel), letter, "0190aa", KNOWN, time.time_ns(), timeout_s
    )


def webhook(url: str, credentials: str = "firma") -> dict[str, Any]:
    return {"kind": "webhook", "url": url, "credentials": credentials}


def mail(port: int, **more: Any) -> dict[str, Any]:
    return {
        "kind": "mail", "host": "127.0.0.1", "port": port, "tls": "none",
        "sender": "camaras@municaj.example", "recipients": ["pnp@example.org"],
    } | more  # fmt: skip


async def test_a_webhook_is_signed_as_an_independent_reader_verifies() -> None:
    async with http_receiver() as receiver:
        assert await attempt(webhook(receiver.url)) == "HTTP 204"
    (request,) = receiver.requests
    told = Webhook(KEY).verify(request.body, request.headers)
    assert told["type"] == "dispatch.sent"
    assert told["data"]["incident_number"] == "N-2026-000001"
    assert request.headers["idempotency-key"] == request.headers["webhook-id"] == "0190aa"
    with pytest.raises(WebhookVerificationError):
        Webhook(KEY).verify(request.body.replace(b"000001", b"000002"), request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(KEY).verify(request.body, request.headers | {"webhook-timestamp": str(int(time.time()) - 600)})


@pytest.mark.parametrize(("status", "final"), [(500, False), (503, False), (429, False), (404, True), (401, True)])
async def test_what_is_refused_says_whether_another_try_may_help(status: int, final: bool) -> None:
    async with http_receiver(status) as receiver:
        with pytest.raises(ChannelFailed, match=str(status)) as caught:
            await attempt(webhook(receiver.url))
    assert caught.value.final is final


async def test_a_redirect_is_not_followed() -> None:
    async with http_receiver() as elsewhere, http_receiver(307, f"location: {elsewhere.url}\r\n") as receiver:
        with pytest.raises(ChannelFailed, match="no se sigue") as caught:
            await attempt(webhook(receiver.url))
    assert caught.value.final
    assert elsewhere.requests == []


async def test_one_that_takes_and_never_answers_costs_no_more_than_its_time() -> None:
    async with http_receiver(0) as receiver:
        begun_s = time.monotonic()
        with pytest.raises(ChannelFailed, match="no respondió a tiempo"):
            await attempt(webhook(receiver.url), 0.5)
        assert time.monotonic() - begun_s < 2


async def test_one_that_drips_its_answer_costs_no_more_than_its_time() -> None:
    """Each byte within the library's own time-out: only a limit on the whole holds."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for letter in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 10_000:
                writer.write(bytes([letter]))
                await writer.drain()
                await asyncio.sleep(0.05)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    begun_s = time.monotonic()
    with pytest.raises(ChannelFailed, match="no respondió a tiempo"):
        await attempt(webhook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"), 0.5)
    assert time.monotonic() - begun_s < 2
    server.close()


async def test_a_key_that_is_too_short_and_one_that_is_missing_are_said_with_what_to_do() -> None:
    async with http_receiver() as receiver:
        with pytest.raises(ChannelFailed, match="openssl rand"):
            await attempt(webhook(receiver.url, "corta"))
        with pytest.raises(ChannelFailed, match="NVR_CREDENTIAL_OTRA"):
            await attempt(webhook(receiver.url, "otra"))
    assert receiver.requests == []


async def test_a_mail_arrives_with_its_id_and_no_header_of_others() -> None:
    evil = Letter("dispatch.sent", "Robo\r\nBcc: todos@example.org", "línea\n.\nfin", LETTER.wall_ns)
    async with mailbox() as box:
        said = await attempt(mail(box.port), letter=evil)
    assert "250" in said or "taken" in said
    (envelope,) = box.envelopes
    assert envelope.rcpt_tos == ["pnp@example.org"]
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=default)
    assert message["Message-ID"] == "<0190aa@municaj.example>"
    assert message["Bcc"] is None
    assert message["Subject"] == "Robo Bcc: todos@example.org"
    assert message.get_content().splitlines() == ["línea", ".", "fin"]


@pytest.mark.parametrize(("refusal", "final"), [("451 later", False), ("554 never", True)])
async def test_a_mail_server_that_refuses_says_whether_another_try_may_help(refusal: str, final: bool) -> None:
    async with mailbox(refusal) as box:
        with pytest.raises(ChannelFailed, match=refusal[:3]) as caught:
            await attempt(mail(box.port))
    assert caught.value.final is final


async def test_no_password_goes_to_a_server_without_tls() -> None:
    async with mailbox() as box:
        with pytest.raises(ChannelFailed):
            await attempt(mail(box.port, tls="starttls", credentials="cuenta"))
    assert box.envelopes == []


# The library itself imports a module that Python 3.13 drops.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_apprise_sends_by_its_url_and_a_refusal_tells_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with http_receiver(200) as receiver:
        url = Secret(f"json://ana:palabra-oculta@127.0.0.1:{receiver.port}/avisos")
        KNOWN["push"] = Credential("apprise", url)
        await attempt({"kind": "apprise", "credentials": "push"})
        (request,) = receiver.requests
        assert json.loads(request.body)["title"] == LETTER.subject
        receiver.status = 500
        with pytest.raises(ChannelFailed, match="no lo recibió"):
            await attempt({"kind": "apprise", "credentials": "push"})
    with pytest.raises(ChannelFailed, match="no es de Apprise"):
        await attempt({"kind": "apprise", "credentials": "nada"})
    assert "palabra-oculta" not in caplog.text

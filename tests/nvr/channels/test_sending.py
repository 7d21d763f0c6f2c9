"""One try on each kind of channel, against real servers, and what is said of those that are ill."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import ssl
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from nvr.channels.letter import Letter, Receipt
from nvr.channels.sending import send
from nvr.clock import NS_PER_S
from nvr.config import Channel, Credential
from nvr.errors import ChannelFailed
from nvr.redact import Secret
from tests.certificates import self_signed
from tests.nvr.channels.receivers import HttpReceiver, http_receiver, mailbox

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
    return (await receipt_of(channel, timeout_s, letter)).words


async def receipt_of(channel: dict[str, Any], timeout_s: float = 4.0, letter: Letter = LETTER) -> Receipt:
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


async def test_a_webhook_whose_certificate_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver = HttpReceiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/avisos"
    with pytest.raises(ChannelFailed, match="certificado no es válido") as caught:
        await attempt(webhook(url))
    server.close()
    assert caught.value.final
    assert receiver.requests == []


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


async def test_a_mail_that_some_recipients_are_refused_for_is_sent() -> None:
    """A further try would reach the others again, half an hour long; refused for all of them it is not sent."""
    wrong, right = "nadie@example.org", "pnp@example.org"
    async with mailbox(unknown={wrong}) as box:
        receipt = await receipt_of(mail(box.port, recipients=[wrong, right]))
        assert (receipt.refused, receipt.fault) == ((wrong,), "no aceptó a 1 de los destinatarios")
        (envelope,) = box.envelopes
        assert envelope.rcpt_tos == [right]
        with pytest.raises(ChannelFailed, match="destinatarios") as caught:
            await attempt(mail(box.port, recipients=[wrong]))
    assert caught.value.final


async def test_no_password_goes_to_a_server_without_tls() -> None:
    async with mailbox() as box:
        with pytest.raises(ChannelFailed):
            await attempt(mail(box.port, tls="starttls", credentials="cuenta"))
    assert box.envelopes == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path / "mail.pem")


def known_account(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: Any) -> AuthResult:
    known = data == LoginPassword(b"camaras", b"clave de correo")
    return AuthResult(success=known, handled=known)


def over_tls(certificate: Path, tls: str) -> dict[str, Any]:
    """What makes a server of aiosmtpd one that speaks TLS from the first byte, or after STARTTLS alone, and wants a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    account = {"authenticator": known_account, "auth_required": True}
    if tls == "tls":
        return account | {"ssl_context": context, "auth_require_tls": False}
    return account | {"tls_context": context, "require_starttls": True}


# What the test server says of itself: it does not know that its socket is TLS from the first byte.
@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_mail_goes_over_tls_with_its_password(
    tls: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with mailbox(**over_tls(certificate, tls)) as box:
        await attempt(mail(box.port, tls=tls, credentials="cuenta"))
        with pytest.raises(ChannelFailed, match="no aceptó la cuenta") as caught:
            await attempt(mail(box.port, tls=tls, credentials="firma"))
    assert caught.value.final
    assert len(box.envelopes) == 1


# What the test server says of itself: it does not know that its socket is TLS from the first byte.
@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_mail_server_whose_certificate_nobody_vouches_for_gets_nothing(tls: str, certificate: Path) -> None:
    async with mailbox(**over_tls(certificate, tls)) as box:
        with pytest.raises(ChannelFailed, match="certificado no es válido") as caught:
            await attempt(mail(box.port, tls=tls, credentials="cuenta"))
    assert caught.value.final
    assert box.envelopes == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
async def test_a_mail_server_with_another_name_in_its_certificate_gets_nothing(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with mailbox(**over_tls(certificate, "tls")) as box:
        with pytest.raises(ChannelFailed, match="certificado no es válido"):
            await attempt(mail(box.port, tls="tls", host="localhost"))
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


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize("query", ["verify=no", "VERIFY=False", "format=text&verify=0"])
async def test_an_apprise_url_that_turns_verification_off_is_refused_before_anything_is_sent(query: str) -> None:
    async with http_receiver(200) as receiver:
        url = f"json://127.0.0.1:{receiver.port}/avisos?{query}"
        KNOWN["push"] = Credential("apprise", Secret(url))
        with pytest.raises(ChannelFailed, match="comprobación del certificado") as caught:
            await attempt({"kind": "apprise", "credentials": "push"})
    assert caught.value.final
    assert receiver.requests == []

"""An e-mail over SMTP (RFC 5321), TLS verified; its Message-ID (RFC 5322 section 3.6.4) is made of the message's id and is the same at every try."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from nvr.channels.letter import Letter, Receipt
from nvr.channels.trust import UNTRUSTED, untrusted
from nvr.clock import NS_PER_S
from nvr.config import Channel, Credential
from nvr.errors import ChannelFailed

_URGENT: Final = "dispatch"


def message_of(channel: Channel, letter: Letter, message_id: str) -> EmailMessage:
    """The message as it goes out. Never a header of ours from what people typed but the subject, whose line breaks are gone."""
    sender = channel.sender or ""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(letter.subject.split())[:200]
    message["From"] = Address("Central de videovigilancia", *sender.rsplit("@", 1))
    message["To"] = ", ".join(channel.recipients)
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.wall_ns // NS_PER_S, UTC))
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    # RFC 3834 section 5: no holiday replies to a machine.
    message["Auto-Submitted"] = "auto-generated"
    if letter.kind.startswith(_URGENT):
        message["Importance"] = "high"
    message.set_content(letter.text)
    return message


async def send(
    channel: Channel, letter: Letter, message_id: str, credential: Credential | None, timeout_s: float
) -> Receipt:
    """Send it, and say what came back. Taken for some of the recipients it is sent: another try would reach those again.

    Raises:
        ChannelFailed: the server took it for none of the recipients.
    """
    client = aiosmtplib.SMTP(
        hostname=channel.host,
        port=channel.port,
        timeout=timeout_s,
        use_tls=channel.tls == "tls",
        start_tls=channel.tls == "starttls",
        tls_context=ssl.create_default_context(),
    )
    try:
        async with client:
            if credential is not None:
                await client.login(credential.user, credential.password.reveal())
            refused, answer = await client.send_message(message_of(channel, letter, message_id))
    except aiosmtplib.SMTPAuthenticationError as error:
        raise ChannelFailed(f"el servidor no aceptó la cuenta (SMTP {error.code})", final=True) from None
    except aiosmtplib.SMTPRecipientsRefused as error:
        permanent = all(each.code >= 500 for each in error.recipients)
        raise ChannelFailed("el servidor no aceptó a los destinatarios", final=permanent) from None
    except aiosmtplib.SMTPResponseException as error:
        raise ChannelFailed(f"SMTP {error.code}", final=error.code >= 500) from None
    except (aiosmtplib.SMTPTimeoutError, TimeoutError):
        raise ChannelFailed("no respondió a tiempo") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        if untrusted(error):
            raise ChannelFailed(UNTRUSTED, final=True) from None
        raise ChannelFailed("no se pudo conectar") from None
    return Receipt(f"SMTP {' '.join(answer.split())[:60]}", tuple(sorted(refused)))

"""Everything else: Telegram, Signal, SMS gateways, push services, by an Apprise URL (https://github.com/caronc/apprise). The URL is a secret.

What the library says of a failure may hold the URL, so none of it is passed on.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import apprise

from nvr.channels.letter import Letter
from nvr.errors import ChannelFailed
from nvr.redact import Secret

# It would write URLs into our log.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
# Its own: a service that hangs must hold up no other work.
_THREADS: Final = ThreadPoolExecutor(4, thread_name_prefix="apprise")


async def notify(url: Secret, letter: Letter, timeout_s: float) -> str:
    """Hand it to the library, and say in words what came back.

    Raises:
        ChannelFailed: the URL is none, or the service did not take it.
    """
    service = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, service_timeout=timeout_s))
    if not service.add(url.reveal()):
        raise ChannelFailed(
            "su dirección no es de Apprise",
            "write an Apprise URL as its password in the credentials file: https://github.com/caronc/apprise/wiki",
            final=True,
        )
    if not all(each.verify_certificate for each in service):
        raise ChannelFailed(
            "su dirección apaga la comprobación del certificado",
            "take `verify=…` out of the URL; an authority of one's own is named in REQUESTS_CA_BUNDLE",
            final=True,
        )

    def work() -> bool:
        return bool(service.notify(body=letter.text, title=letter.subject, body_format=apprise.NotifyFormat.TEXT))

    try:
        async with asyncio.timeout(timeout_s):
            taken = await asyncio.get_running_loop().run_in_executor(_THREADS, work)
    except TimeoutError:
        raise ChannelFailed("no respondió a tiempo") from None
    except Exception:  # noqa: BLE001 - whatever one of its hundred services raises; its text may hold the URL
        raise ChannelFailed("el servicio falló") from None
    if not taken:
        raise ChannelFailed("el servicio no lo recibió")
    return "taken by the service"

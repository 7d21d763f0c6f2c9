"""One try of one message on one channel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from nvr.channels.letter import Letter, Receipt
from nvr.config import Channel, Credential
from nvr.errors import ChannelFailed


async def send(  # noqa: PLR0917 - one try, all of it
    channel: Channel,
    letter: Letter,
    message_id: str,
    credentials: Mapping[str, Credential],
    wall_ns: int,
    timeout_s: float,
) -> Receipt:
    """Try it once, and say what came back.

    Args:
        channel: of the configuration, not a board.
        letter: what is told.
        message_id: the same at every try: the receiver's key against doubles.
        credentials: by name.
        wall_ns: of this try.
        timeout_s: after so long it has failed, whatever the other side does.

    Raises:
        ChannelFailed: it was not taken, or not that we know; ``final`` where another try is of no use.
    """
    credential = None if channel.credentials is None else credentials.get(channel.credentials)
    if channel.credentials is not None and credential is None:
        raise ChannelFailed(
            f"faltan las credenciales «{channel.credentials}»",
            f"write them to the credentials file, or set NVR_CREDENTIAL_{channel.credentials.upper()}=user:password",
            final=True,
        )
    try:
        async with asyncio.timeout(timeout_s):
            return await _by_kind(channel, letter, message_id, credential, wall_ns, timeout_s)
    except TimeoutError:
        raise ChannelFailed("no respondió a tiempo") from None


async def _by_kind(  # noqa: PLR0917 - as above
    channel: Channel, letter: Letter, message_id: str, credential: Credential | None, wall_ns: int, timeout_s: float
) -> Receipt:
    # Imported where they are used: most rooms have one kind, and these libraries cost memory.
    if channel.kind == "mail":
        from nvr.channels import mail  # noqa: PLC0415

        return await mail.send(channel, letter, message_id, credential, timeout_s)
    if credential is None:
        raise ChannelFailed("no tiene credenciales", "name them in `credentials:`", final=True)
    if channel.kind == "webhook":
        from nvr.channels import webhook  # noqa: PLC0415

        return Receipt(
            await webhook.post(channel.url or "", letter, message_id, credential.password, wall_ns, timeout_s)
        )
    from nvr.channels import apprise_url  # noqa: PLC0415

    return Receipt(await apprise_url.notify(credential.password, letter, timeout_s))

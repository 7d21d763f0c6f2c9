"""How the ways out are: boards, webhooks, mail, and what Apprise knows."""

from __future__ import annotations

from alerts.outbox import ChannelView
from console_web.access import Action
from console_web.channel_schemas import ChannelOut, ChannelsOut
from console_web.console import Parts
from console_web.guard import guarded_router, requires
from console_web.milliseconds import ms_or_none
from nvr.config import BOARD

router = guarded_router()


@router.get("/api/channels")
@requires(Action.SEE_CHANNELS)
async def channels(parts: Parts) -> ChannelsOut:
    """Each with what last arrived, what waits, and what last failed; no address and no secret."""
    outbox = parts.services.outbox
    found = [] if outbox is None else await parts.services.threads.read(outbox.channels)
    return ChannelsOut(items=[_shaped(each) for each in found])


def _shaped(view: ChannelView) -> ChannelOut:
    return ChannelOut(
        name=BOARD if view.kind == BOARD else view.name,
        kind=view.kind,
        agency=view.name.partition("/")[2] if view.kind == BOARD else None,
        waiting=view.waiting,
        delivered_wall_ms=ms_or_none(view.state.delivered_wall_ns),
        failing_since_wall_ms=ms_or_none(view.state.failing_since_wall_ns),
        fault_wall_ms=ms_or_none(view.state.fault_wall_ns),
        fault=view.state.fault,
    )

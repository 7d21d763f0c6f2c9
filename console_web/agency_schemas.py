"""What the console says of agencies; part of ``console_web.schemas``."""

from __future__ import annotations

from console_web.answer import Out
from nvr.config.agencies import Channel, Sound


class DeadlinesOut(Out):
    """How long an agency may take, from the moment of sending."""

    received_s: int
    en_route_s: int
    on_scene_s: int


class AgencyOut(Out):
    """Who can be sent."""

    code: str
    name: str
    sound: Sound
    channel: Channel
    contact: str
    deadlines: DeadlinesOut

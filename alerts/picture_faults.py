"""From the cameras' pictures to outages of another kind: each condition raises, groups and ends its alerts as an absence does. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from alerts.trunks import Outage
from nvr.catalogue.picture_states import PictureState
from nvr.clock import NS_PER_S

CONDITIONS: Final = (
    "black", "blinded", "covered", "defocused", "frozen", "turned", "slow", "fast", "thin", "fat",
)  # fmt: skip
TOGETHER_NS: Final = 120 * NS_PER_S
"""So far apart the same condition may come to the cameras of a trunk, or of the network, to be one alert: fog over a town, a choked switch."""


def faults(states: Iterable[PictureState], watched: Collection[str], condition: str) -> dict[str, Outage]:
    """The cameras of ``watched`` that have a condition, each since the earliest of its streams."""
    found: dict[str, Outage] = {}
    for state in states:
        if state.condition != condition or state.camera_id not in watched:
            continue
        known = found.get(state.camera_id)
        if known is None or state.since_wall_ns < known.since_wall_ns:
            found[state.camera_id] = Outage(
                state.camera_id, state.since_wall_ns, "camera", state.detail, rule=condition, snapshot=state.snapshot
            )
    return found

"""How each stream is, and what is wrong with what it brings: one read for whoever shapes cameras."""

from __future__ import annotations

from dataclasses import dataclass, field

from nvr.catalogue import camera_states, picture_states
from nvr.catalogue.camera_states import CameraState
from nvr.catalogue.engine import Transaction
from nvr.catalogue.picture_states import PictureState

Key = tuple[str, str]
"""Camera id and stream."""


@dataclass(frozen=True, slots=True)
class StreamStates:
    """Of all cameras."""

    states: dict[Key, CameraState] = field(default_factory=dict)
    faults: dict[Key, list[PictureState]] = field(default_factory=dict)

    @classmethod
    def read(cls, tx: Transaction) -> StreamStates:
        """As they are now."""
        read = cls({(state.camera_id, state.stream.value): state for state in camera_states.all_states(tx)})
        for ill in picture_states.all_states(tx, ill_only=True):
            read.faults.setdefault((ill.camera_id, ill.stream.value), []).append(ill)
        return read

"""What is wrong with what each camera sends, and was."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import picture_history, picture_states
from nvr.media import StreamKind


@dataclass(frozen=True, slots=True)
class PictureState:
    """One aspect (picture, frame_rate, bit_rate) of one stream. ``condition`` is "" where it is well; ``snapshot`` as in ``PictureStateChanged``."""

    camera_id: str
    stream: StreamKind
    aspect: str
    condition: str
    since_wall_ns: int
    detail: str
    snapshot: str


def all_states(tx: Transaction, *, ill_only: bool = False) -> list[PictureState]:
    """What is known of every camera, those that are no longer configured included; ``ill_only`` leaves out what is well."""
    query = sa.select(picture_states).order_by(
        picture_states.c.camera_id, picture_states.c.stream, picture_states.c.aspect
    )
    if ill_only:
        query = query.where(picture_states.c.condition != "")
    return [
        PictureState(**{**row, "stream": StreamKind(row["stream"])}) for row in tx.connection.execute(query).mappings()
    ]


def store(tx: Transaction, state: PictureState) -> bool:
    """Store how it is now; False where that is what was known."""
    table = picture_states
    key = (
        table.c.camera_id == state.camera_id,
        table.c.stream == state.stream.value,
        table.c.aspect == state.aspect,
    )
    known = tx.connection.execute(sa.select(table.c.condition).where(*key)).scalar_one_or_none()
    if known == state.condition:
        return False
    values = {name: getattr(state, name) for name in PictureState.__slots__} | {"stream": state.stream.value}
    if known is None:
        tx.connection.execute(sa.insert(table).values(**values))
    else:
        tx.connection.execute(sa.update(table).where(*key).values(**values))
    return True


def remember(tx: Transaction, observation_id: str, state: PictureState, wall_ns: int) -> bool:
    """Add to the history; False if it stands there already."""
    table = picture_history
    known = sa.select(table.c.observation_id).where(table.c.observation_id == observation_id)
    if tx.connection.execute(known).first() is not None:
        return False
    tx.connection.execute(
        sa.insert(table).values(
            observation_id=observation_id,
            camera_id=state.camera_id,
            stream=state.stream.value,
            aspect=state.aspect,
            condition=state.condition,
            since_wall_ns=state.since_wall_ns,
            wall_ns=wall_ns,
            detail=state.detail,
        )
    )
    return True

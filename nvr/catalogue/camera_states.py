"""How each camera's streams are, and were."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from nvr.catalogue.engine import Transaction
from nvr.catalogue.tables import camera_history, camera_states
from nvr.media import StreamKind


@dataclass(frozen=True, slots=True)
class CameraState:
    """How a stream is. ``state`` is connecting, online or offline; ``down_since_wall_ns`` is None unless it failed since it was last online."""

    camera_id: str
    stream: StreamKind
    state: str
    since_wall_ns: int
    down_since_wall_ns: int | None
    cause: str
    detail: str


def find(tx: Transaction, camera_id: str, stream: StreamKind) -> CameraState | None:
    """How a stream is; None where nothing was ever heard of it."""
    query = sa.select(camera_states).where(
        camera_states.c.camera_id == camera_id, camera_states.c.stream == stream.value
    )
    row = tx.connection.execute(query).mappings().first()
    return None if row is None else _state(row)


def all_states(tx: Transaction) -> list[CameraState]:
    """Every stream that was ever heard of, cameras that are no longer configured included."""
    query = sa.select(camera_states).order_by(camera_states.c.camera_id, camera_states.c.stream)
    return [_state(row) for row in tx.connection.execute(query).mappings()]


def store(tx: Transaction, state: CameraState) -> None:
    """Store how a stream is now."""
    key = (camera_states.c.camera_id == state.camera_id, camera_states.c.stream == state.stream.value)
    values = {name: getattr(state, name) for name in CameraState.__slots__} | {"stream": state.stream.value}
    if tx.connection.execute(sa.update(camera_states).where(*key).values(**values)).rowcount == 0:
        tx.connection.execute(sa.insert(camera_states).values(**values))


def remember(
    tx: Transaction,
    *,
    observation_id: str,
    camera_id: str,
    stream: StreamKind,
    state: str,
    wall_ns: int,
    cause: str,
    detail: str,
) -> bool:
    """Add to the history; False if it stands there already."""
    known = sa.select(camera_history.c.observation_id).where(camera_history.c.observation_id == observation_id)
    if tx.connection.execute(known).first() is not None:
        return False
    tx.connection.execute(
        sa.insert(camera_history).values(
            observation_id=observation_id,
            camera_id=camera_id,
            stream=stream.value,
            state=state,
            wall_ns=wall_ns,
            cause=cause,
            detail=detail,
        )
    )
    return True


def _state(row: sa.RowMapping) -> CameraState:
    return CameraState(**{**row, "stream": StreamKind(row["stream"])})

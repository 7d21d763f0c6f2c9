"""The tables of what is wrong with pictures and rates, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from nvr.catalogue.columns import METADATA, id_, key, ns, text_

_CONDITIONS = "black, blinded, covered, defocused, frozen, turned, slow, fast, thin or fat; empty while it is well."

picture_states = Table(
    "picture_states",
    METADATA,
    key("camera_id", "The camera."),
    Column("stream", String(8), primary_key=True, comment="main or sub."),
    Column("aspect", String(16), primary_key=True, comment="picture, frame_rate or bit_rate."),
    Column("condition", String(16), nullable=False, comment=_CONDITIONS),
    ns("since_wall_ns", "Since when."),
    text_("detail", "The figures that decided, in words."),
    text_("snapshot", "Picture, relative to the snapshots folder, or empty."),
    comment="What is wrong with what each camera sends.",
)

picture_history = Table(
    "picture_history",
    METADATA,
    key("observation_id", "Made by the worker; a change that is told twice stands here once."),
    id_("camera_id", "The camera."),
    Column("stream", String(8), nullable=False, comment="main or sub."),
    Column("aspect", String(16), nullable=False, comment="picture, frame_rate or bit_rate."),
    Column("condition", String(16), nullable=False, comment=_CONDITIONS),
    ns("since_wall_ns", "Since when it was so."),
    ns("wall_ns", "When that was decided."),
    text_("detail", "The figures that decided, in words."),
    comment="Every change of it: part of the proof of camera health.",
)
Index("picture_history_by_time", picture_history.c.camera_id, picture_history.c.wall_ns)

"""The table of what was struck out of time lines, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table

from nvr.catalogue.columns import METADATA

_ENTRY: Final = BigInteger().with_variant(Integer, "sqlite")

struck_entries = Table(
    "struck_entries",
    METADATA,
    Column(
        "entry_id",
        _ENTRY,
        ForeignKey("timeline.entry_id"),
        primary_key=True,
        autoincrement=False,
        comment="The entry of which words were struck.",
    ),
    Column(
        "by_entry_id",
        _ENTRY,
        ForeignKey("timeline.entry_id"),
        primary_key=True,
        autoincrement=False,
        comment="The entry that says by whom, when and why.",
    ),
    comment="Entries of time lines of which words were struck: the database lets nobody change another one.",
)

"""The table of what was struck out of time lines, with a sentence for every column; part of ``nvr.catalogue.tables``."""

from __future__ import annotations

from sqlalchemy import Table

from nvr.catalogue.columns import METADATA, counted

struck_entries = Table(
    "struck_entries",
    METADATA,
    counted("entry_id", "The entry of which words were struck.", of="timeline.entry_id"),
    counted("by_entry_id", "The entry that says by whom, when and why.", of="timeline.entry_id"),
    comment="Entries of time lines of which words were struck: the database lets nobody change another one.",
)

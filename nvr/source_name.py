"""What an alert is about, in one text: a zone, and the rule of it where that is not plain movement. Pure.

Alerts, movements and what people silence are kept apart by camera and zone; with the rule in the zone's text, they are kept apart by rule as well.
"""

from __future__ import annotations

from typing import Final

MARK: Final = "▸"
"""Stands between zone and rule; no zone of ``cameras.yaml`` may have it in its name."""
_BETWEEN: Final = f" {MARK} "


def source_name(zone: str, rule: str = "") -> str:
    """The text for a zone and a rule; the zone itself where the rule is ""."""
    return f"{zone}{_BETWEEN}{rule}" if rule else zone


def split_source(name: str) -> tuple[str, str]:
    """Zone and rule of such a text; the rule is "" where there is none."""
    zone, between, rule = name.rpartition(_BETWEEN)
    return (zone, rule) if between else (name, "")

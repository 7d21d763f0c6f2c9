"""Words that are struck out of what was written of an incident, because they name somebody who need not stand there (Ley 29733: limited keeping, rectification). Pure.

What is struck is gone, not hidden; that it was struck, by whom and why, stays. Whatever is struck comes with who wrote it: nobody strikes his own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Final

from alerts.handover import Handover, Item, ItemKind
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.texts import line
from nvr.errors import InvalidInput

LEAST_LETTERS: Final = 3
"""Fewer would strike pieces of other words all over a text."""
MOST_LETTERS: Final = 120


def striker(words: str, mark: str) -> Callable[[str], str]:
    """Puts ``mark`` in the place of some words wherever a text has them: whole words only, whatever their capitals and blanks.

    Raises:
        InvalidInput: too few letters or digits, too many, or words that the mark itself has.
    """
    cleaned = unicodedata.normalize("NFC", line(words, MOST_LETTERS + 1))
    letters = sum(each.isalnum() for each in cleaned)
    if letters < LEAST_LETTERS or len(cleaned) > MOST_LETTERS:
        raise InvalidInput(
            f"Para tachar hacen falta de {LEAST_LETTERS} a {MOST_LETTERS} letras o cifras",
            "escriba el nombre o el número completo",
        )
    blank_between = r"\s+".join(map(re.escape, cleaned.split()))
    pattern = re.compile(rf"(?<!\w){blank_between}(?!\w)", re.IGNORECASE)
    if pattern.search(mark):
        raise InvalidInput("Esa palabra es la que dice que algo fue tachado", "escriba el nombre o el número completo")

    def struck(text: str) -> str:
        # The same letter may be written in two ways (with a combining accent); only what is struck may change how a text is written.
        whole = unicodedata.normalize("NFC", text)
        after = pattern.sub(mark, whole)
        return text if after == whole else after

    return struck


def struck_hold(hold: HoldRow, strike: Callable[[str], str]) -> tuple[HoldRow, set[str]]:
    """The hold without some words, and who wrote them. The reason of an incident's hold is its number, and stays."""
    writers: set[str] = set()
    words = {"asked_reason": _askers(hold)}
    if hold.incident_id is None:
        words |= {"reason": {hold.created_by}, "authority": {hold.created_by}}
    after: dict[str, Any] = {name: strike(getattr(hold, name)) for name in words}
    for name, wrote in words.items():
        if after[name] != getattr(hold, name):
            writers |= wrote
    return replace(hold, **after), writers


def struck_handover(
    handover: Handover, refs: Collection[str], number: str, strike: Callable[[str], str]
) -> tuple[Handover, set[str]]:
    """The hand-over without some words in what it says of an incident, and who wrote them.

    Args:
        handover: in whatever state: this is no change of what was handed over.
        refs: ids of the incident, its alerts and the holds about it.
        number: the incident's. Orders are looked at where the hand-over has one of those items, or the order names this.
        strike: see ``striker``.
    """
    named = any(item.ref in refs for item in handover.items if item.ref)
    writers: set[str] = set()
    items: list[Item] = []
    for item in handover.items:
        order = item.kind is ItemKind.ORDER
        if not ((named or number in item.text) if order else item.ref in refs):
            items.append(item)
            continue
        by: dict[str, str | None] = {"remark": item.accepted_by}
        # Of the others the text is ours: a number, a camera's place.
        if order:
            by["text"] = item.written_by or handover.signed_by or handover.created_by
        elif item.kind is ItemKind.HOLD:
            # Who wrote that is known of the hold.
            by |= {"reason": None} if item.cameras else {"text": None}
        after: dict[str, Any] = {name: strike(getattr(item, name)) for name in by}
        writers |= {who for name, who in by.items() if who and after[name] != getattr(item, name)}
        items.append(replace(item, **after))
    return replace(handover, items=tuple(items)), writers


def _askers(hold: HoldRow) -> set[str]:
    """Who asked for the release of a hold, now and before (``alerts.holds.asked_again``)."""
    earlier = re.findall(r"^Antes \(([^)\n]*)\):", hold.asked_reason, re.MULTILINE)
    return {*earlier, *([hold.asked_by] if hold.asked_by else [])}

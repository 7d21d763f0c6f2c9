"""Texts, times and tables of the parte de ocurrencia: how its parts look alike."""

from __future__ import annotations

from typing import Any, Final

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Table, TableStyle

from nvr.config import Config
from nvr.proof.page import HEADED, ruled, safe
from nvr.proof.words import clock_time

BODY: Final = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12)
CELL: Final = ParagraphStyle("cell", fontName="Helvetica", fontSize=8, leading=9.6)
HEAD: Final = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=8, leading=9.6)
TITLE: Final = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=15, leading=20)
HEADING: Final = ParagraphStyle(
    "heading", fontName="Helvetica-Bold", fontSize=10.5, leading=15, spaceBefore=8, spaceAfter=3
)
_LONGEST_CELL: Final = 1_200
"""Characters: a row must fit on a page, for the library can't break one that does not."""


def times(wall_ns: int, config: Config) -> str:
    """At the site and in UTC: neither is to be guessed."""
    return f"{clock_time(wall_ns, config.timezone)} ({clock_time(wall_ns, 'UTC')} UTC)"


def both(wall_ns: int, config: Config) -> str:
    """The same in a narrow column: UTC, without the day, on a line of its own."""
    return f"{clock_time(wall_ns, config.timezone)}\n{clock_time(wall_ns, 'UTC')[11:]} UTC"


def cell(text: str) -> Paragraph:
    """A cell's text; one that no page could hold is cut, and says so."""
    cut = text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}… (sigue en el registro)"
    # So many line breaks would be higher than a page.
    lines = safe(cut).split("\n")
    return Paragraph("<br/>".join([*lines[:30], *([" ".join(lines[30:])] if len(lines) > 30 else [])]), CELL)


def table(rows: list[list[Any]], widths_mm: tuple[int, ...], *, heads: int = 1) -> Table:
    """A ruled table of that many head rows; rows may go over to the next page."""
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        *ruled(padding=2),
        *([HEADED] if heads else []),
    ]
    widths = [width * mm for width in widths_mm]
    return Table(rows, colWidths=widths, repeatRows=heads, splitInRow=1, style=TableStyle(style), hAlign="LEFT")

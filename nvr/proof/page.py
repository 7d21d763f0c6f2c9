"""A document's page: what stands above and below its text on every one, and which letters can be printed on it.

Text is set in the core font Helvetica with WinAnsi encoding, which every reader has and which knows the letters of Spanish.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

# Reportlab's lines know no control characters but these two.
_CONTROLS = dict.fromkeys(range(32), " ") | {ord("\n"): "\n", ord("\t"): " ", 127: " "}


class NumberedCanvas(Canvas):
    """Writes head and foot once it is known how many pages there are. ``feet``: the line below the text, and the one above it."""

    def __init__(self, *arguments: Any, feet: tuple[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._feet = feet
        self._states: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._states.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # what Canvas.showPage itself calls; its types leave it out

    def save(self) -> None:
        for number, state in enumerate(self._states, 1):
            self.__dict__.update(state)
            self._furnish(number, len(self._states))
            super().showPage()
        super().save()

    def _furnish(self, number: int, pages: int) -> None:
        width, height = self._pagesize  # type: ignore[attr-defined]  # reportlab keeps it, its types leave it out
        foot, head = self._feet
        self.setFillColor(colors.black)
        self.setFont("Helvetica-Bold", 9)
        self.drawString(10 * mm, height - 12 * mm, winansi(head))
        self.setFont("Helvetica", 7)
        self.drawString(10 * mm, 9 * mm, winansi(foot))
        self.drawRightString(width - 10 * mm, 9 * mm, f"Página {number} de {pages}")
        self.setLineWidth(0.4)
        self.line(10 * mm, height - 14 * mm, width - 10 * mm, height - 14 * mm)
        self.line(10 * mm, 13 * mm, width - 10 * mm, 13 * mm)


def winansi(text: str) -> str:
    """What the core fonts can't print becomes a question mark, a control character a space."""
    return text.translate(_CONTROLS).encode("cp1252", errors="replace").decode("cp1252")


def safe(text: str) -> str:
    """A foreign text as paragraphs take it: no markup of its own."""
    return escape(winansi(text))

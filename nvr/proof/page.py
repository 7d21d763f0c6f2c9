"""A document's pages: how they are laid out, what stands above and below the text on every one, and which letters can be printed on them.

Text is set in the core font Helvetica with WinAnsi encoding, which every reader has and which knows the letters of Spanish.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, SimpleDocTemplate

# Reportlab's lines know no control characters but these two.
_CONTROLS = dict.fromkeys(range(32), " ") | {ord("\n"): "\n", ord("\t"): " ", 127: " "}


def pdf(
    story: Iterable[Flowable], *, pagesize: tuple[float, float], title: str, subject: str, site: str, foot: str
) -> bytes:
    """A municipality's document. The same input gives the same bytes.

    Args:
        story: its text.
        pagesize: width and height in points.
        title: of the file; ``subject`` likewise.
        site: the municipality's town.
        foot: stands below the text on each page.
    """
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=pagesize,
        leftMargin=10 * mm,
        rightMargin=10 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        title=title,
        author=f"Municipalidad Provincial de {site}",
        subject=subject,
        lang="es-PE",
        invariant=1,
    )
    head = f"Municipalidad Provincial de {site} · Central de videovigilancia"

    def canvas(*arguments: Any, **options: Any) -> _NumberedCanvas:
        return _NumberedCanvas(*arguments, feet=(foot, head), **options)

    document.build(list(story), canvasmaker=canvas)
    return out.getvalue()


def ruled(*, padding: float) -> list[Any]:
    """What all tables have: a thin line below each row, and so much space above and below its text, in points."""
    return [
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#999999")),
        ("TOPPADDING", (0, 0), (-1, -1), padding),
        ("BOTTOMPADDING", (0, 0), (-1, -1), padding),
    ]


HEADED: Any = ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e6e6e6"))
"""What those have whose first row is a head."""


class _NumberedCanvas(Canvas):
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

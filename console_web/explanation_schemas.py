"""Why an alert was raised, as the console says it."""

from __future__ import annotations

from console_web.schemas import Out


class MeasureOut(Out):
    """One figure of a zone's rule beside its limit: seconds (``_s``), a count, or a share of the picture."""

    name: str
    value: float
    limit: float


class ExplanationOut(Out):
    """Why an alert was raised; fields as in ``analytics.explanation.Explanation``, grids hexadecimal, pictures PNG in base64."""

    zone: str
    sensitivity: float
    threshold: int
    possible: int
    needed_cells: int
    min_duration_s: float
    moved_cells: int
    score: float
    evidence: str
    inside: str
    moving: str
    threshold_levels: float
    background: str
    picture: str
    rule: str = ""
    measures: tuple[MeasureOut, ...] = ()

"""Why an alert was raised, as it is kept beside the snapshot and as the console says it. Needs no picture library, so that the console can read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureTold:
    """One figure of a rule beside its limit: seconds (``_s``), a count, or a share of the picture."""

    name: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why an alert was raised: what decided. Grids are 18 rows of 32 cells, hexadecimal.

    Attributes:
        zone: its name.
        sensitivity: of the zone, 0 to 1.
        threshold: evidence (0 to 100) from which a cell moves surely in this zone.
        possible: evidence from which a neighbour of such a cell moves with it.
        needed_cells: how many joined cells ``min_area`` asks for.
        min_duration_s: for how long.
        moved_cells: how many cells of the zone moved in the deciding frame.
        score: the share of the zone's cells that moved at most until then, 0 to 1.
        evidence: mean evidence of each cell in the deciding frame, a byte each, 0 to 100.
        inside: the zone's cells, a bit each.
        moving: the cells of the zone that moved, a bit each.
        threshold_levels: by how many gray levels a pixel must differ, the median over the zone.
        background: the background as a PNG of 160x90 gray pixels, base64.
        picture: the deciding frame likewise, as the detector saw it.
        rule: of the zone, "" for plain movement.
        measures: what the rule measured against which limit.
    """

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
    measures: tuple[MeasureTold, ...] = ()

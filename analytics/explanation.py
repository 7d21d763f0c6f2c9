"""Why an alert was raised: what the detector saw when it decided, written beside the snapshot for people to look at."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.background import Background
from analytics.motion import MotionDetector
from analytics.reduction import COLUMNS, ROWS, Plane
from analytics.rule_state import Measure
from analytics.snapshot import write_whole
from analytics.zones import GRID_COLUMNS, GRID_ROWS, ZoneCells
from nvr.config import Zone
from nvr.errors import StorageError

ENDING: Final = ".why.json"
"""Instead of the snapshot's ``.jpg``."""


class MeasureTold(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a rule beside its limit: seconds (``_s``), a count, or a share of the picture."""

    name: str
    value: float
    limit: float


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What decided; grids are 18 rows of 32 cells, hexadecimal.

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


def explain(
    zone: Zone,
    cells: ZoneCells,
    detector: MotionDetector,
    luma: Plane,
    moving: NDArray[np.bool_],
    *,
    score: float,
    rule: str = "",
    measures: Sequence[Measure] = (),
) -> Explanation:
    """Of the frame that the detector looked at last.

    Args:
        zone: as configured.
        cells: the same on the grid.
        detector: after its ``update``.
        luma: the frame, (H, W) uint8.
        moving: (18, 32) bool, the zone's cells that moved.
        score: of the decision, 0 to 1.
        rule: of the zone, "" for plain movement.
        measures: of the rule.
    """
    background: Background = detector.background
    pixels = cells.inside.repeat(ROWS // GRID_ROWS, axis=0).repeat(COLUMNS // GRID_COLUMNS, axis=1)
    return Explanation(
        zone=zone.name,
        sensitivity=zone.sensitivity,
        threshold=int(cells.threshold[cells.inside].min()),
        possible=int(cells.possible[cells.inside].min()),
        needed_cells=cells.needed_cells,
        min_duration_s=zone.min_duration_s,
        moved_cells=int(np.count_nonzero(moving)),
        score=round(score, 4),
        evidence=detector.evidence.tobytes().hex(),
        inside=np.packbits(cells.inside).tobytes().hex(),
        moving=np.packbits(moving).tobytes().hex(),
        threshold_levels=round(float(np.median(background.threshold_levels[pixels])), 1),
        background=_png(background.picture),
        picture=_png(cv2.resize(luma, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)),
        rule=rule,
        measures=tuple(MeasureTold(name=each.name, value=each.value, limit=each.limit) for each in measures),
    )


def write_explanation(root: Path, snapshot: str, explanation: Explanation) -> None:
    """Write it beside a snapshot; whole or not there, but not synced: a picture matters more.

    Raises:
        StorageError: the disk refused.
    """
    write_whole((root / snapshot).with_suffix(ENDING), msgspec.json.encode(explanation), synced=False)


def _png(plane: object) -> str:
    done, data = cv2.imencode(".png", np.asarray(plane, np.uint8))
    if not done:
        raise StorageError("a picture can't be encoded")
    return base64.b64encode(data.tobytes()).decode("ascii")

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
from analytics.cells import COLUMNS, ROWS, Plane
from analytics.explained import Explanation, MeasureTold
from analytics.motion import MotionDetector
from analytics.rule_state import Measure
from analytics.snapshot import write_whole
from analytics.zones import GRID_COLUMNS, GRID_ROWS, ZoneCells
from nvr.config import Zone
from nvr.errors import StorageError

ENDING: Final = ".why.json"
"""Instead of the snapshot's ``.jpg``."""


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

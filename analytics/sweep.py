"""The other detectors at their best: thresholds, clean-ups and shares of a cell, tried on all sequences, so that ours is compared with no straw man.

A setting is global: one for all sequences, that with the highest mean of the sequences' F1 of cells. It is chosen on the very sequences that are
then compared on, which is more than ours gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics.baselines import CLEANINGS, OURS, OURS_JOINED, PeerSetting, apply, shares, small
from analytics.evaluation import Result, Truth
from analytics.evaluation import Sequence as Pictures
from analytics.roc import Roc

THRESHOLDS: Final[dict[str, tuple[float, ...]]] = {
    "MOG2": (9, 16, 25, 36, 50, 80),
    "KNN": (200, 400, 800, 1600, 3200),
    "frame difference": (5, 8, 11, 15, 20, 30),
}
"""Around the defaults (16, 400, 15), by kind."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A threshold and clean-up with the share of a cell that suits it best; ``f1`` holds one value per sequence, 0 to 1."""

    setting: PeerSetting
    f1: tuple[float, ...]

    @property
    def mean_f1(self) -> float:
        """Over the sequences, each of the same weight."""
        return sum(self.f1) / len(self.f1)


def sweep(sequences: Sequence[Pictures], say: Callable[[str], None]) -> list[Tried]:
    """Try every threshold and clean-up on every sequence; no times are taken.

    Args:
        sequences: at least one.
        say: is told each sequence that is done.

    Raises:
        DatasetUnreadable: one can't be read.
    """
    curves: dict[PeerSetting, list[Roc]] = {setting: [] for setting in grid()}
    for sequence in sequences:
        for setting, roc in _curves(sequence).items():
            curves[setting].append(roc)
        say(f"tried on {sequence.name}")
    return [_at_best_share(setting, rocs) for setting, rocs in curves.items()]


def grid() -> Iterator[PeerSetting]:
    """All thresholds and clean-ups."""
    for kind, thresholds in THRESHOLDS.items():
        for threshold in thresholds:
            for cleaning in CLEANINGS:
                yield PeerSetting(kind, threshold, cleaning)


def best(tried: Iterable[Tried]) -> list[Tried]:
    """Of each kind that with the highest mean."""
    found: dict[str, Tried] = {}
    for each in tried:
        known = found.get(each.setting.kind)
        if known is None or each.mean_f1 > known.mean_f1:
            found[each.setting.kind] = each
    return list(found.values())


def _curves(sequence: Pictures) -> dict[PeerSetting, Roc]:
    """One model for each threshold; its mask is cleaned in every way."""
    models = {setting: setting.model() for setting in grid() if setting.cleaning == next(iter(CLEANINGS))}
    curves = {setting: Roc() for setting in grid()}
    for index, luma in enumerate(sequence.frames()):
        picture, truth = small(luma), sequence.truth(index)
        for setting, model in models.items():
            mask = apply(model, picture)
            if truth is not None:
                _count(curves, setting, mask, truth)
    return curves


def _count(curves: dict[PeerSetting, Roc], setting: PeerSetting, mask: np.ndarray, truth: Truth) -> None:
    for name, clean in CLEANINGS.items():
        curves[replace(setting, cleaning=name)].add(shares(clean(mask)), truth.positive, truth.judged)


def _at_best_share(setting: PeerSetting, rocs: Sequence[Roc]) -> Tried:
    f1 = np.stack([roc.f1() for roc in rocs])
    share_percent = 1 + int(f1.mean(axis=0)[1:].argmax())  # at a share of 0 every cell moves
    return Tried(replace(setting, share_percent=share_percent), tuple(f1[:, share_percent].tolist()))


SWEEP_HEAD: Final = "| detector | threshold | clean-up | cells from | mean F1 | lowest F1 |\n|---|---|---|---|---|---|"


def sweep_rows(tried: Sequence[Tried]) -> list[str]:
    """A Markdown row for each threshold with its best clean-up, the best of each kind in bold."""
    winners = best(tried)
    rows = []
    for kind, thresholds in THRESHOLDS.items():
        for threshold in thresholds:
            (each,) = best(one for one in tried if one.setting.kind == kind and one.setting.threshold == threshold)
            setting, bold = each.setting, "**" if each in winners else ""
            rows.append(
                f"| {kind} | {threshold:g} | {setting.cleaning} | {setting.share_percent} % "
                f"| {bold}{each.mean_f1:.3f}{bold} | {min(each.f1):.3f} |"
            )
    return rows


VERDICT_HEAD: Final = (
    "| sequence | F1 of ours | joined | best other | | ahead by | joined by | µs of ours | of the quicker model's |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
MODELS: Final = ("MOG2", "KNN")


def verdict_row(name: str, results: dict[str, Result]) -> str:
    """Ours beside the best of the others in one sequence, and beside the time of the quicker of MOG2 and KNN, as a Markdown row."""
    ours, joined = results[OURS], results[OURS_JOINED]
    other = max((kind for kind in results if kind not in {OURS, OURS_JOINED}), key=lambda kind: results[kind].cells.f1)
    best_f1 = results[other].cells.f1
    quicker_us = min(results[kind].mean_us for kind in MODELS)
    return (
        f"| {name} | {ours.cells.f1:.3f} | {joined.cells.f1:.3f} | {best_f1:.3f} | {other} | {ours.cells.f1 - best_f1:+.3f} "
        f"| {joined.cells.f1 - best_f1:+.3f} | {ours.mean_us:.0f} | {ours.mean_us / quicker_us:.3f} |"
    )

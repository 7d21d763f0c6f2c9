"""Holds what analysis costs within the node's budget of processor time. Pure: processor time in, shares out; asked once a second.

Three things can be had less of, and are taken away in this order: the heads of groups that cameras without a sub-stream are given beyond what
they need; frames after the key frame of every stream, evenly over all cameras; never the key frames themselves. What is given back comes back
slowly, so that the shares settle instead of swinging (additive increase, multiplicative decrease: Chiu and Jain 1989).
"""

from __future__ import annotations

from typing import Final

_ROOM: Final = 0.92  # of a limit: below it shares may grow
_GROWTH: Final = 0.05  # of a whole group, a second
_EXTRA_GROWTH: Final = 0.01
_LEAST: Final = 0.02
_SLOWEST: Final = 0.5  # a share is at most halved at once
_SHORT_AFTER: Final = 5  # seconds in which frames were left out, out of the last 30, make it worth telling
_REMEMBERED: Final = 30


class Governor:
    """One worker's shares.

    Args:
        budget_cores: processor time a second that the worker may take, more than 0.
        extra_cores: up to which cameras without a sub-stream are given more than key frames and what follows changed ones.
    """

    def __init__(self, budget_cores: float, extra_cores: float) -> None:
        if budget_cores <= 0:
            raise ValueError(f"a budget of {budget_cores} cores is none")
        self.budget_cores = budget_cores
        self._extra_cores = min(extra_cores, budget_cores)
        self.head = 1.0
        """Share of each group of a sub-stream that is decoded, 0 to 1."""
        self.extra_head = 0.0
        """Likewise of a main stream that has no sub-stream beside it."""
        self._thinned: list[bool] = []

    def update(self, used_cores: float) -> None:
        """A second went by in which the worker took so much."""
        if used_cores > self._extra_cores:
            self.extra_head *= max(_SLOWEST, self._extra_cores / used_cores)
            if self.extra_head < _LEAST:
                self.extra_head = 0.0
        elif used_cores < _ROOM * self._extra_cores and self.head >= 1:
            self.extra_head = min(1.0, self.extra_head + _EXTRA_GROWTH)
        if used_cores > self.budget_cores and not self.extra_head:
            self.head *= max(_SLOWEST, self.budget_cores / used_cores)
        elif used_cores < _ROOM * self.budget_cores:
            self.head = min(1.0, self.head + _GROWTH)

    def note(self, thinned: int) -> None:
        """That many frames were left out in the last second for want of budget."""
        self._thinned.append(thinned > 0)
        del self._thinned[:-_REMEMBERED]

    @property
    def short(self) -> bool:
        """Whether the budget has been short for so long that somebody should know."""
        return sum(self._thinned) >= _SHORT_AFTER

"""Retention beside the control process: the janitor sweeps, unless the clock can't be believed.

A machine that boots with a date far ahead would let forty-five days expire at once. So a start more than a week after the newest segment, or a
clock that jumps by more than an hour, is a doubt: nothing expires until somebody has looked at the clock and said so (``nvr clock trust``). The
doubt is a file, so that a restart does not forget it. Space pressure still deletes oldest first: recording goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from alerts.holds import Holds
from nvr.app.trimmer import Trimmer
from nvr.catalogue import segments
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, Clock
from nvr.config import Config
from nvr.errors import StorageError
from nvr.media import StreamKind
from nvr.storage.janitor import Janitor, Janitors, SweepReport

log = logging.getLogger(__name__)
_LONG_AWAY_NS: Final = 7 * 86_400 * NS_PER_S
REMEDY: Final = "look at the machine's date (timedatectl); if it is right: nvr clock trust"


def newest_segment_ns(catalogue: Catalogue, config: Config) -> int | None:
    """When the newest segment of any configured camera began, None without any; asked before this run's own are taken up."""
    with catalogue.read() as tx:
        starts = [segments.newest_start(tx, camera.id, stream) for camera in config.cameras for stream in StreamKind]
    return max((start for start in starts if start is not None), default=None)


class Expiry:
    """``step`` each minute, from one thread."""

    def __init__(
        self,
        janitor: Janitor | Janitors,
        doubt: Path,
        newest_ns: int | None,
        clock: Clock,
        at_odds: Callable[[], str] = lambda: "",
        *,
        trimmer: Trimmer | None = None,
        holds: Holds | None = None,
        spared: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """``at_odds`` says why the machine's clock and the time line disagree, or ""; ``spared`` names pools in which what is held is cut only once
        it is due, however short they are.
        """
        self._spared = spared
        self._janitor = janitor
        self._trimmer = trimmer
        self._holds = holds
        self._clock = clock
        self.last: SweepReport | None = None
        """What the last sweep did."""
        self._doubt = doubt
        self._doubted = False
        self._at_odds = at_odds
        if newest_ns is not None and clock.wall_ns() - newest_ns > _LONG_AWAY_NS:
            _write(doubt)

    def step(self) -> None:
        """Sweep, believing the clock or not.

        Raises:
            NvrError: the catalogue does not answer; the next step tries again.
        """
        if self._at_odds() and not self._doubt.exists():
            _write(self._doubt)
        if self._doubt.exists():
            self._janitor.distrust_clock()
            if not self._doubted:
                log.error("nothing expires: the clock may be wrong; %s", REMEDY)
            self._doubted = True
        elif self._doubted:
            self._janitor.trust_clock()
            self._doubted = False
            log.warning("somebody trusts the clock: what is older than the retention expires again")
        report = self.last = self._janitor.sweep()
        if not report.clock_trusted:
            _write(self._doubt)
            return
        if self._holds is not None:
            for hold in self._holds.step():
                log.warning("the hold %s (%s) ended by itself, as people were warned of", hold.hold_id, hold.reason)
        if self._trimmer is not None:
            self._trimmer.step(self._clock.wall_ns(), pressed=report.short.difference(self._spared()))


def trust(doubt: Path) -> bool:
    """Take the doubt away; False where there was none."""
    if not doubt.exists():
        return False
    doubt.unlink()
    return True


def _write(doubt: Path) -> None:
    try:
        doubt.touch(mode=0o600)
    except OSError as error:
        raise StorageError(
            f"{doubt} can't be written ({error.strerror})", "check the disk of the data folder"
        ) from error

"""Runs ``nvr tune`` for the console: a process of its own, since a week of one camera is seconds of work and OpenCV's memory."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from console_web.trials import Tuning
from nvr.app.version_keeper import VersionKeeper
from nvr.config.zone_edit import ZoneEdit
from nvr.errors import NotFound, NvrError

log = logging.getLogger(__name__)
_TIMEOUT_S: Final = 120.0


class TuneProcess:
    """One at a time; whoever asks meanwhile waits.

    Args:
        keeper: knows what is in force.
        data: the node's data folder.
    """

    def __init__(self, keeper: VersionKeeper, data: Path) -> None:
        self._keeper, self._data = keeper, data
        self._turn = asyncio.Lock()

    async def run(self, edit: ZoneEdit, days: float) -> Tuning:
        """See ``console_web.trials.ZoneTrials``."""
        async with self._turn:
            now, tried = await asyncio.to_thread(self._texts, edit)
            with tempfile.TemporaryDirectory(prefix="nvr-zones-") as folder:
                before, after = Path(folder) / "before.yaml", Path(folder) / "after.yaml"
                before.write_text(now, encoding="utf-8")
                after.write_text(tried, encoding="utf-8")
                files = ("--config", str(before), "--data", str(self._data), "--with", str(after))
                return await _tune(edit.camera_id, *files, "--days", str(days), "--json")

    def _texts(self, edit: ZoneEdit) -> tuple[str, str]:
        return self._keeper.text_in_force(), self._keeper.amended(edit)


async def _tune(*words: str) -> Tuning:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "nvr.cli",
        "tune",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            said, complained = await process.communicate()
    except TimeoutError:
        raise NvrError("trying the zones took too long", "ask for fewer days") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
    if process.returncode != 0:
        words_ = complained.decode(errors="replace").strip()
        if "the motion index has nothing" in words_:
            raise NotFound("the motion index has nothing of that camera in that time", "ask for more days")
        log.warning("trying zones failed: %s", words_[-500:])
        raise NvrError("the zones could not be tried", "look at the log of the control process")
    try:
        return msgspec.json.decode(said, type=Tuning)
    except msgspec.MsgspecError as error:
        raise NvrError("the zones could not be tried", "look at the log of the control process") from error

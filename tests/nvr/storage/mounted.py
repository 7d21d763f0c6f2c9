"""A recordings folder that is a file system of its own, which can be taken away and put back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nvr.app.stocked_pools import StockedPools


class Mounted(StockedPools):
    """A room without pools whose recordings folder is a tmpfs."""

    def mount(self) -> None:
        command = ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(self.recordings)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"this machine lets nobody mount: {done.stderr.decode().strip()}")

    def unmount(self) -> None:
        """The disk is away; it comes back, with what lies on it, by ``remount``."""
        (self.folder / "elsewhere").mkdir(exist_ok=True)
        subprocess.run(["mount", "--move", str(self.recordings), str(self.folder / "elsewhere")], check=True)

    def remount(self) -> None:
        subprocess.run(["mount", "--move", str(self.folder / "elsewhere"), str(self.recordings)], check=True)


def mounted_room(folder: Path) -> Iterator[Mounted]:
    """For a fixture; skips where nobody may mount."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    made = Mounted(folder, ())
    made.mount()
    yield made
    made.catalogue.close()
    for name in ("data/recordings", "data/recordings", "elsewhere"):
        subprocess.run(["umount", "-l", str(folder / name)], capture_output=True, check=False)

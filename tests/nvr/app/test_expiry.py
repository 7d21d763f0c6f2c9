"""A date that may be wrong expires nothing, and only a person takes the doubt away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr.app import expiry
from nvr.app.expiry import Expiry, newest_segment_ns
from nvr.app.shelf import Shelf
from nvr.catalogue import segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import SegmentRow
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.config import Config
from nvr.media import StreamKind
from nvr.storage.janitor import Janitor
from nvr.storage.space import FreeSpace

DAY_NS = 86_400 * NS_PER_S
CONFIG = Config.model_validate(
    {"cameras": [{"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}]}
)


class Node:
    """One segment of 2 days' age, a retention of 45 days, and a clock that can be set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SimulatedClock()
        self.catalogue = Catalogue(f"sqlite:///{folder / 'catalogue.sqlite'}", self.clock)
        self.file = folder / "a.mp4"
        self.file.write_bytes(b"video")
        start_ns = self.clock.wall_ns() - 2 * DAY_NS
        row = SegmentRow(
            "s1",
            "cam01",
            StreamKind.MAIN,
            start_ns,
            start_ns,
            start_ns + 60 * NS_PER_S,
            "a.mp4",
            "h264",
            2,
            2,
            5,
            1,
            "ab",
        )
        with self.catalogue.write() as tx:
            segments.closed(tx, row)

    def start(self) -> Expiry:
        """A control process starts."""
        janitor = Janitor(
            self.folder,
            Shelf(self.catalogue),
            FreeSpace(self.folder, 0),
            retention_ns=45 * DAY_NS,
            headroom_bytes=0,
            clock=self.clock,
        )
        return Expiry(janitor, self.folder / "doubt", newest_segment_ns(self.catalogue, CONFIG), self.clock)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    yield made
    made.catalogue.close()


def test_what_is_due_expires_while_the_clock_runs_on(node: Node) -> None:
    """46 days without a jump, in small steps: the segment goes."""
    running = node.start()
    running.step()
    assert node.file.exists()
    node.clock.advance(seconds=46 * 86_400)
    running.step()
    assert not node.file.exists()


def test_a_start_far_ahead_expires_nothing_until_somebody_trusts_the_clock(node: Node) -> None:
    """The machine boots a year ahead: not this start, nor the next, deletes anything; a person's word does."""
    node.clock.advance(seconds=365 * 86_400)
    for _ in range(2):
        running = node.start()
        running.step()
        assert node.file.exists()
    assert expiry.trust(node.folder / "doubt")
    running.step()
    assert not node.file.exists()
    assert not expiry.trust(node.folder / "doubt")


def test_a_jump_is_remembered_over_a_restart(node: Node) -> None:
    """The clock steps while the process runs; a restart of the process does not make the date right."""
    running = node.start()
    running.step()
    node.clock.step_wall(seconds=60 * 86_400)
    running.step()
    node.start().step()
    assert node.file.exists()

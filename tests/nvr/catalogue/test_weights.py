"""What a camera weighs, and where its oldest lie."""

from __future__ import annotations

from nvr.catalogue import hold_rows, segments, weights
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.segments import SegmentRow
from nvr.clock import NS_PER_S
from nvr.media import StreamKind

T0 = 1_790_000_000 * NS_PER_S


def file(minute: int, pool: str, *, camera_id: str = "cam01", stream: str = "main", whole: bool = True) -> SegmentRow:
    """A file of a minute and a thousand bytes."""
    start_ns = T0 + minute * 60 * NS_PER_S
    return SegmentRow(
        f"{camera_id}-{stream}-{minute:03d}", camera_id, StreamKind(stream), T0, start_ns,
        start_ns + 60 * NS_PER_S if whole else None, f"{f'@{pool}/' if pool else ''}{camera_id}/{stream}/{minute}.mp4",
        "h264", 2, 2, 1000 if whole else None, 1, "ab",
    )  # fmt: skip


def test_a_camera_is_weighed_over_all_pools_and_streams(catalogue: Catalogue) -> None:
    with catalogue.write() as tx:
        for row in (
            file(0, "b"), file(1, "b"), file(2, "a"), file(3, ""), file(4, "a"),
            file(2, "a", stream="sub"), file(0, "b", camera_id="cam02"),
        ):  # fmt: skip
            segments.closed(tx, row)
        segments.opened(tx, file(9, "a", whole=False))
        hold_rows.store(tx, HoldRow("h1", "cam01", T0 + 61 * NS_PER_S, T0 + 62 * NS_PER_S, "Oficio 1", "Ana", T0))
        segments.mark_deleting(tx, ["cam01-main-004"])
    with catalogue.read() as tx:
        assert weights.deletable_bytes(tx, "cam01") == 4000, "what is held, open or being deleted apart"
        assert dict(weights.oldest_bytes(tx, "cam01", 2500)) == {"b": 1000, "a": 1500}
        assert dict(weights.oldest_bytes(tx, "cam01", 9000)) == {"b": 1000, "a": 2000, "": 1000}
        assert weights.deletable_bytes(tx, "cam99") == 0
        assert dict(weights.oldest_bytes(tx, "cam99", 1)) == {}

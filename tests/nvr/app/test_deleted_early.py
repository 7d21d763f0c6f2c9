"""What goes before its time because a disk is full is accounted for: on several disks an older file may be kept elsewhere."""

from __future__ import annotations

from pathlib import Path

from nvr.catalogue import segments
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.media import StreamKind
from nvr.proof.reading import stream_proof
from tests.nvr.app.stocked_pools import FILE_BYTES, StockedPools

DAY_S = 86_400


def test_one_full_disk_of_two_leaves_gaps_with_a_cause(tmp_path: Path) -> None:
    room = StockedPools(tmp_path)
    room.put("disco1", "cam01", age_s=40 * DAY_S, count=30)
    begun_ns = room.clock.wall_ns() - 20 * DAY_S * NS_PER_S
    room.put("disco2", "cam01", age_s=20 * DAY_S, count=30)
    for _ in range(3):
        room.short["disco2"] = 4 * FILE_BYTES
        assert room.janitors().sweep().pressed == 4
    config = Config.model_validate(
        {"cameras": [{"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}]}
    )
    with room.catalogue.read() as tx:
        window = (begun_ns, begun_ns + 30 * 60 * NS_PER_S)
        made = stream_proof(tx, room.recordings, config.cameras[0], window, room.clock.wall_ns()).account
        (gap,) = segments.gaps(tx, "cam01", *window, stream=StreamKind.MAIN)
    assert (made.unexplained_ns, made.by_cause_ns()["disk"]) == (0, 12 * 60 * NS_PER_S)
    assert made.recorded_ns == 18 * 60 * NS_PER_S
    assert (gap.start_wall_ns, gap.end_wall_ns) == (begun_ns, begun_ns + 12 * 60 * NS_PER_S), "one row, which grows"
    room.catalogue.close()

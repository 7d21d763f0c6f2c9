"""F3 on a real ext4: its block device is copied at one instant, again and again, while a recorder writes; each copy is taken up as after a power cut."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.power_cut import TAIL_MOST_S, CannotCut, cut
from benchmarks.torture import spread
from nvr.media import CodecParameters


def test_what_the_disk_had_when_the_power_went_keeps_every_promise(
    tmp_path: Path, clip: tuple[CodecParameters, list[tuple[int, int, bool, bytes]]]
) -> None:
    parameters, packets = clip
    whole = parameters, [(is_keyframe, data) for _, _, is_keyframe, data in packets]
    try:
        found = cut(8, clip=whole, streams=6, longest_s=0.8, seed=1, folder=tmp_path)
    except CannotCut as error:
        pytest.skip(f"no block device to cut: {error}")
    sys.stdout.write(f"8 cuts, {found.segments} segments, lost {spread(found.lost_s)} s, faults {dict(found.faults)}\n")
    assert not any(found.faults.values()), dict(found.faults)
    assert found.segments >= 8 * 6
    assert found.facts >= 8 * 6
    assert max(found.lost_s) <= TAIL_MOST_S

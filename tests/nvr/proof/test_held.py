"""What holds lack: in the list, and one by one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nvr.catalogue import camera_states, hold_rows, segments
from nvr.catalogue.camera_states import CameraState
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.segments import GapRow
from nvr.clock import NS_PER_S
from nvr.config.former import FormerCamera
from nvr.config.loader import parse_config
from nvr.media import StreamKind
from nvr.proof.account import apart
from nvr.proof.held import held_proof, held_sums
from tests.nvr.catalogue.test_hold_spans import hold
from tests.nvr.catalogue.test_segments import T0, row

CAMERAS = ("cam01", "cam02", "cam03", "cam04")
CONFIG = parse_config(
    "cameras:\n" + "".join(f'  - {{id: {name}, name: C, main: {{url: "rtsp://h/{name}"}}}}\n' for name in CAMERAS), "x"
)
DAY_S = 86_400


@pytest.mark.parametrize("seed", range(30))
def test_the_list_says_what_the_proof_of_each_hold_adds_up_to(tmp_path: Path, seed: int) -> None:
    """Whatever is on record: files beside gaps, beside nothing, one over the other; streams that are down; a camera that was taken out; holds old and new."""
    rng = random.Random(seed)
    former = FormerCamera.model_validate(
        {**CONFIG.cameras[3].model_dump(), "removed_wall_ns": T0 + rng.randrange(2 * DAY_S) * NS_PER_S}
    )
    config = CONFIG.model_copy(update={"cameras": (*CONFIG.cameras[:3], former)})
    now_ns = T0 + 2 * DAY_S * NS_PER_S
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    holds = []
    for number in range(25):
        from_s = rng.uniform(-DAY_S / 4, 2 * DAY_S)
        made = hold(f"h{number}", rng.choice(CAMERAS), from_s, rng.choice([None, from_s + 900, from_s + DAY_S]))
        holds.append(made)
    with catalogue.write() as tx:
        for number in range(80):
            start_s = rng.uniform(0, 2 * DAY_S - 3000)
            camera_id, length_s = rng.choice(CAMERAS), rng.uniform(1, 3000)
            if rng.random() < 0.5:
                segments.closed(tx, row(f"s{number}", start_s, start_s + length_s, camera_id=camera_id))
            else:
                segments.store_gap(
                    tx,
                    GapRow(
                        gap_id=f"g{number}",
                        camera_id=camera_id,
                        stream=StreamKind.MAIN,
                        start_wall_ns=T0 + round(start_s * NS_PER_S),
                        end_wall_ns=T0 + round((start_s + length_s) * NS_PER_S),
                        cause="link",
                        detail="",
                    ),
                )
        if rng.random() < 0.5:
            down_ns = now_ns - rng.randrange(3600) * NS_PER_S
            camera_states.store(
                tx, CameraState("cam02", StreamKind.MAIN, "offline", down_ns, down_ns, "camera", "no picture")
            )
        for each in holds:
            hold_rows.store(tx, each)
    sums = held_sums(catalogue, tmp_path, config, holds, now_ns)
    for each in holds:
        proof = held_proof(catalogue, tmp_path, config, each, now_ns)
        assert proof is not None
        assert sums[each.hold_id].missing_ns == proof.missing_ns
        assert sums[each.hold_id].to_wall_ns == proof.to_wall_ns
        missing = [lack for lack in proof.lacks if lack.lack not in {"groomed", "damaged"}]
        assert apart(missing)
        assert proof.recorded_ns + proof.missing_ns <= proof.to_wall_ns - each.from_wall_ns
    catalogue.close()

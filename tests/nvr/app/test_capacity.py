"""Before the first recording: a configuration that can't keep the lawful minimum is refused, or somebody has accepted it in writing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.app.capacity import check_first_start, expected
from nvr.cli import main
from nvr.config import Config
from nvr.errors import StorageError
from nvr.storage.nominal import nominal

GB = 10**9
HUGE_KBPS, SMALL_KBPS = 200_000, 0.001


def config(
    *, node: dict[str, Any] | None = None, recording: dict[str, Any] | None = None, **sources: dict[str, Any]
) -> Config:
    camera: dict[str, Any] = {"id": "cam01", "number": 1, "name": "Uno", "main": {"url": "rtsp://127.0.0.1/1"}}
    for stream, more in sources.items():
        camera[stream] = {"url": f"rtsp://127.0.0.1/{stream}"} | more
    return Config.model_validate(
        {
            "node": {"reserve_mb": 16, "headroom_mb": 16} | (node or {}),
            "cameras": [camera | {"recording": recording or {}}],
        }
    )


def test_a_camera_that_says_nothing_counts_four_megabits() -> None:
    """43.2 GB a day, 1,944 GB for 45 days."""
    found = nominal(config(), 2000 * GB)
    assert (found.streams, found.assumed) == (1, 1)
    assert found.bytes_per_day == pytest.approx(43.2 * GB)
    assert found.need_bytes == pytest.approx(1944 * GB)
    assert found.keeps
    assert not nominal(config(), 1900 * GB).keeps
    assert "1944.0 GB" in found.words()


def test_what_the_camera_is_set_to_counts_and_sub_streams_for_their_own_term() -> None:
    found = nominal(config(node={"sub_retention_days": 10}, main={"kbps": 1000}, sub={"kbps": 100, "record": True}), 0)
    assert found.assumed == 0
    assert found.need_bytes == pytest.approx((45 * 1000 + 10 * 100) * 1000 / 8 * 86_400)
    assert nominal(config(main={"record": False}), 0).need_bytes == 0
    assert nominal(config(recording={"mode": "motion"}), 0).keeps, "nobody knows its part beforehand"


@given(kbps=st.floats(1, 100_000), room=st.floats(0, 1e15))
def test_it_keeps_if_and_only_if_the_room_lasts_for_the_minimum(kbps: float, room: float) -> None:
    found = nominal(config(main={"kbps": kbps}), room)
    assert found.keeps == (room >= found.bytes_per_day * found.least_days)


def test_a_first_start_is_refused_with_both_ways_out(tmp_path: Path) -> None:
    short = config(main={"kbps": HUGE_KBPS}, node={"retention_days": 60})
    with pytest.raises(StorageError, match=r"minimum of 45 days.*add disks.*node\.shortage_accepted"):
        check_first_start(short, tmp_path / "not" / "there" / "yet")
    check_first_start(config(main={"kbps": SMALL_KBPS}), tmp_path)
    accepted = {"shortage_accepted": "Oficio 31-2026-GSC, 2 de marzo de 2026"}
    check_first_start(config(main={"kbps": HUGE_KBPS}, node=accepted), tmp_path)


def test_a_room_that_has_recorded_is_never_refused(tmp_path: Path) -> None:
    (tmp_path / "cam07" / "main").mkdir(parents=True)
    check_first_start(config(main={"kbps": HUGE_KBPS}), tmp_path)


def test_pools_that_are_there_are_asked_and_two_on_one_disk_share_its_room(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    pools = [{"name": name, "path": str(tmp_path / name), "reserve_mb": 16, "headroom_mb": 16} for name in ("a", "b")]
    one, two = (expected(config(node={"pools": pools[:count]}), tmp_path) for count in (1, 2))
    assert one is not None
    assert two is not None
    assert one.room_bytes > 0
    assert two.room_bytes == pytest.approx(one.room_bytes, rel=0.5)
    missing = {"name": "c", "path": str(tmp_path / "c")}
    none = expected(config(node={"pools": [missing]}), tmp_path)
    assert none is not None
    assert none.room_bytes == 0, "an empty mount point has no room"


def test_run_refuses_and_check_config_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cameras.yaml"
    camera = "{id: cam01, number: 1, name: Uno, main: {url: 'rtsp://127.0.0.1:9/1', kbps: 200000}}"
    path.write_text(
        f"version: 1\nnode: {{data: '{tmp_path}/data', port: 18099}}\ncameras: [{camera}]\n", encoding="utf-8"
    )
    assert main(["check-config", "--config", str(path)]) == 0
    assert "a first start would be refused" in capsys.readouterr().out
    started = subprocess.run(
        [sys.executable, "-m", "nvr.cli", "run", "--config", str(path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert started.returncode != 0
    assert "node.shortage_accepted" in started.stderr
    assert "Traceback" not in started.stderr

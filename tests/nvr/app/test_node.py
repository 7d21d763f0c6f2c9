"""The supervisor's children, as real processes: who comes and goes with the configuration, and who is not touched by it."""

from __future__ import annotations

import asyncio
import os
import time
from functools import partial
from pathlib import Path

import psutil
import pytest
import yaml

from benchmarks.rig import write_config
from nvr.app.folders import Folders
from nvr.app.in_force import alone
from nvr.app.node import NodeState, Nursery, child_specs, load
from nvr.clock import NS_PER_S
from nvr.observations import WorkerStatus
from nvr.supervision import ChildSpec, ChildState
from tests import waiting

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _module_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children find the module ``supervised`` and the packages under test."""
    monkeypatch.setenv("PYTHONPATH", f"{HERE.parent}{os.pathsep}{HERE.parents[2]}")


until = partial(waiting.until_async, timeout_s=30)


def status(worker: str, wall_ns: int, cameras: dict[str, dict[str, float]]) -> WorkerStatus:
    return WorkerStatus(worker=worker, pid=1, wall_ns=wall_ns, cpu_s=0, rss_bytes=0, counters={}, cameras=cameras)


def test_cameras_that_are_looked_at_every_few_seconds_are_analysed(tmp_path: Path) -> None:
    """As with a short budget, or of main streams: a picture in the last 12 s counts, whatever the last second's rate; a silent worker's count as none."""
    path = tmp_path / "cameras.yaml"
    write_config(path, cameras=3, fleet_port=1, console_port=2, data=tmp_path / "data")
    wall_ns, now_ns = 1_790_000_000 * NS_PER_S, 100 * NS_PER_S
    looked = {
        "cam01/sub": {"fps": 0.0, "last_frame_wall_ns": wall_ns - 4 * NS_PER_S},
        "cam02/sub": {"fps": 5.0, "last_frame_wall_ns": wall_ns},
        "cam03/sub": {"fps": 0.0, "last_frame_wall_ns": wall_ns - 20 * NS_PER_S},
        "cam04/sub": {"fps": 0.0, "last_frame_wall_ns": 0},
    }
    arrives = {"cam01/main": {"fps": 25.0}, "cam02/main": {"fps": 0.0}}
    state = NodeState(
        load(path, None),
        statuses={
            "analytics-0": (now_ns - NS_PER_S, status("analytics-0", wall_ns, looked)),
            "ingest-0": (now_ns - NS_PER_S, status("ingest-0", wall_ns, arrives)),
        },
    )
    assert state.looked_at(now_ns) == 2
    assert state.arriving(now_ns) == 1
    assert state.looked_at(now_ns + 5 * NS_PER_S) == 0
    assert state.arriving(now_ns + 5 * NS_PER_S) == 0


def test_the_worker_that_talks_onvif_runs_where_a_camera_does(tmp_path: Path) -> None:
    """All others run anyhow; whoever listens to workers listens to it all the same, because such a camera may come."""
    path = tmp_path / "cameras.yaml"
    names = []
    for ports in ({}, {2: 8605}):
        write_config(path, cameras=3, fleet_port=1, console_port=2, data=tmp_path / "data", onvif_ports=ports)
        settings = alone(load(path, None))
        names.append({spec.name for spec in child_specs(settings, path, Folders(tmp_path / "data"))})
        assert "onvif-0" in settings.worker_names
    assert names[1] - names[0] == {"onvif-0"}
    assert names[0] < names[1]
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["cameras"][1]["enabled"] = False
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    specs = child_specs(alone(load(path, None)), path, Folders(tmp_path / "data"))
    assert {spec.name for spec in specs} == names[0], "the only one is switched off"


async def test_children_come_and_go_and_others_are_not_touched(tmp_path: Path) -> None:
    """One that is wanted again while it still ends comes back once it has."""
    always, sometimes = (ChildSpec(name, "supervised", ("orderly", str(tmp_path), name)) for name in ("a", "b"))
    states: dict[str, ChildState] = {}
    async with asyncio.TaskGroup() as group:
        nursery = Nursery(group, states)
        nursery.keep([always])
        await until((tmp_path / "a.0").exists)
        assert set(states) == {"a"}
        nursery.keep([always, sometimes])
        await until((tmp_path / "b.0").exists)
        first = psutil.Process(states["b"].pid)
        nursery.keep([always])
        nursery.keep([always, sometimes])
        await until((tmp_path / "b.1").exists)
        assert not first.is_running() or first.status() == psutil.STATUS_ZOMBIE
        assert (tmp_path / "b.stopped").exists()
        nursery.keep([always])
        await until(lambda: "b" not in states)
        assert (states["a"].starts, (tmp_path / "a.stopped").exists()) == (1, False)
        asked_s = time.monotonic()
        nursery.keep([])
    assert states == {}
    assert (tmp_path / "a.stopped").exists()
    assert time.monotonic() - asked_s < 10, "it ended by itself, not by being killed"

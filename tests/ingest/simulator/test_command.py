"""The fleet as a process, and fleets larger than the configuration."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from ingest.simulator import clone_cameras
from ingest.simulator.command import main
from ingest.simulator.scene import scene_number
from nvr.config import Config, load_config

CAMERAS_YAML = Path(__file__).parents[3] / "config" / "cameras.yaml"


def test_a_fleet_of_128_shows_the_scenes_of_42() -> None:
    config = load_config(CAMERAS_YAML)
    large = clone_cameras(config, 128)
    assert len({camera.id for camera in large.cameras}) == 128
    assert len({camera.number for camera in large.cameras}) == 128
    for index, camera in enumerate(large.cameras):
        original = config.cameras[index % 42]
        assert scene_number(camera.number) == scene_number(original.number)
        assert (camera.main.transport, camera.credentials) == (original.main.transport, original.credentials)
    copy = large.cameras[42]
    assert copy.id == "cam43"
    assert copy.main.url.endswith("/cam43/main")
    assert copy.sub is not None
    assert copy.sub.url.endswith("/cam43/sub")
    Config.model_validate(large.model_dump())


def test_a_small_fleet_keeps_no_neighbour_that_is_not_there() -> None:
    config = load_config(CAMERAS_YAML)
    linked = config.model_copy(
        update={"cameras": (config.cameras[0].model_copy(update={"neighbours": {"cam02": 30}}), *config.cameras[1:])}
    )
    Config.model_validate(clone_cameras(linked, 1).model_dump())
    with pytest.raises(ValueError, match="at least one"):
        clone_cameras(config, 0)


def test_faults_are_said_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--config", str(tmp_path / "none.yaml")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "there is no such file" in said


async def test_a_process_encodes_says_so_and_stops_when_told(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ingest.simulator", "--config", str(CAMERAS_YAML), "--cache", str(tmp_path)),
        *("--port", "0", "--cameras", "2"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=CAMERAS_YAML.parents[1],
        env=os.environ | {"NVR_CREDENTIAL_FLOTA": "flota:x"},
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"progress 0 2\n"
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")

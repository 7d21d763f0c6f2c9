"""Sharing cameras out: each camera to exactly one worker of a kind, evenly, by the configuration alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.app.shares import CAMERAS_PER_WORKER, analytics_shares, find_share, ingest_shares, worker_count
from nvr.config import Config


def config_of(cameras: int, workers: int = 0, disabled: int = 0) -> Config:
    return Config.model_validate(
        {
            "node": {"ingest_workers": workers, "analytics_workers": workers},
            "cameras": [
                {
                    "id": f"c{n}",
                    "number": n + 1,
                    "name": "x",
                    "main": {"url": f"rtsp://h/{n}"},
                    "enabled": n >= disabled,
                }
                for n in range(cameras)
            ],
        }
    )


@given(st.integers(1, 150), st.integers(0, 64), st.integers(1, 16), st.data())
def test_every_enabled_camera_has_exactly_one_worker_and_shares_are_even(
    cameras: int, workers: int, cores: int, data: st.DataObject
) -> None:
    """No worker idles beside a busy one, none is without a camera, and names are unique."""
    disabled = data.draw(st.integers(0, cameras - 1))
    config = config_of(cameras, workers, disabled)
    for kind, shares in (("ingest", ingest_shares(config, cores)), ("analytics", analytics_shares(config, cores))):
        ids = sorted(camera.id for share in shares for camera in share.cameras)
        assert ids == sorted(camera.id for camera in config.enabled_cameras)
        sizes = [len(share.cameras) for share in shares]
        assert max(sizes) - min(sizes) <= 1
        assert min(sizes) >= 1
        assert [share.worker for share in shares] == [f"{kind}-{index}" for index in range(len(shares))]


@pytest.mark.parametrize(
    ("configured", "cameras", "cores", "count"),
    [
        (0, 42, 2, 1),
        (0, CAMERAS_PER_WORKER, 8, 1),
        (0, CAMERAS_PER_WORKER + 1, 8, 2),
        (0, 128, 2, 2),
        (0, 1024, 4, 4),
        (0, 0, 4, 1),
        (3, 42, 1, 3),
        (64, 2, 1, 2),
        (5, 0, 1, 1),
    ],
)
def test_how_many_workers(configured: int, cameras: int, cores: int, count: int) -> None:
    """As configured where there is work for them; else by cameras, at most one a core."""
    assert worker_count(configured, cameras, cores) == count


def test_a_node_without_an_enabled_camera_has_a_worker_with_none() -> None:
    """The console still shows the cameras as switched off."""
    (share,) = ingest_shares(config_of(2, disabled=2), 4)
    assert share.cameras == ()


def test_every_process_comes_to_the_same_answer() -> None:
    """Supervisor and worker read the file each for itself."""
    assert ingest_shares(config_of(100), 2) == ingest_shares(config_of(100), 2)


def test_a_worker_finds_its_share_and_no_other() -> None:
    """A name that this configuration does not have is an error, not an empty share."""
    shares = ingest_shares(config_of(4, 2), 2)
    assert [camera.id for camera in find_share(shares, "ingest-1").cameras] == ["c1", "c3"]
    with pytest.raises(KeyError):
        find_share(shares, "ingest-2")

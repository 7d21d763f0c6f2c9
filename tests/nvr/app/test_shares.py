"""Dealing cameras out: each to exactly one worker of a kind, evenly, and nobody moves because of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.app.in_force import InForce, alone, counts, deal_out
from nvr.app.shares import CAMERAS_PER_WORKER, find_share, worker_count
from nvr.config import Config


def config_of(cameras: int, workers: int = 0, disabled: int = 0) -> Config:
    return config_with(range(cameras), workers, disabled)


def config_with(numbers: range | list[int], workers: int = 0, disabled: int = 0) -> Config:
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
                for n in numbers
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
    asked = counts(config, cores)
    settings = InForce(config, None, deal_out(config, asked), asked)
    for kind in ("ingest", "analytics"):
        shares = settings.shares(kind)
        ids = sorted(camera.id for share in shares for camera in share.cameras)
        assert ids == sorted(camera.id for camera in config.enabled_cameras)
        sizes = [len(share.cameras) for share in shares]
        assert max(sizes) - min(sizes) <= 1
        assert min(sizes) >= 1
        assert [share.worker for share in shares] == [f"{kind}-{index}" for index in range(len(shares))]


@given(st.sets(st.integers(0, 60), min_size=1), st.sets(st.integers(0, 60), min_size=1), st.integers(1, 5))
def test_a_camera_that_stays_stays_where_it_is(before: set[int], after: set[int], workers: int) -> None:
    """Whoever comes goes to the worker with the fewest; the order of the file does not matter."""
    asked = {"ingest": workers}
    old = deal_out(config_with(sorted(before)), asked)
    new = deal_out(config_with(sorted(after, reverse=True)), asked, old)["ingest"]
    assert set(new) == {f"c{number}" for number in after}
    assert all(0 <= index < workers for index in new.values())
    for number in before & after:
        assert new[f"c{number}"] == old["ingest"][f"c{number}"]
    if before <= after:
        loads = [list(new.values()).count(index) for index in range(workers)]
        assert max(loads) - min(loads) <= 1


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
    (share,) = alone(config_of(2, disabled=2)).shares("ingest")
    assert share.cameras == ()


def test_a_worker_finds_its_share_and_no_other() -> None:
    """A name that this configuration does not have is an error, not an empty share."""
    shares = alone(config_of(4, 2)).shares("ingest")
    assert [camera.id for camera in find_share(shares, "ingest-1").cameras] == ["c1", "c3"]
    with pytest.raises(KeyError):
        find_share(shares, "ingest-2")

"""A pool that was taken out is forgotten once nothing of it is left, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nvr.app.places import Places
from nvr.catalogue import segments
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.migrations import migrate
from nvr.clock import SystemClock
from nvr.config import Node, Pool
from nvr.config.live import LiveConfig
from nvr.config.loader import parse_config
from nvr.media import StreamKind
from nvr.storage.pools import META, linked, take_into_use

CAMERA = 'cameras:\n  - {id: cam1, name: Uno, main: {url: "rtsp://127.0.0.1:9/1"}}\n'
SEGMENT = "cam1/main/2026-11-22/1790000000000000000.mp4"


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    made = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite", SystemClock())
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def taken_out(tmp_path: Path) -> tuple[Path, Path, Places]:
    """The recordings folder, the pool that was used and is no longer configured, and who knows it."""
    recordings, pool = tmp_path / "recordings", tmp_path / "a"
    recordings.mkdir()
    pool.mkdir()
    take_into_use(recordings, Node(pools=(Pool(name="a", path=pool, reserve_mb=16),)))
    return recordings, pool, Places(recordings, LiveConfig.of(parse_config(CAMERA, "cameras.yaml")))


def file(pool: Path, relative: str) -> Callable[[], None]:
    path = pool / relative
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    return path.unlink


def row(catalogue: Catalogue) -> Callable[[], None]:
    segment = segments.SegmentRow(
        "s1", "cam1", StreamKind.MAIN, 0, 1, 2, f"@a/{SEGMENT}", "avc1", 640, 360, size_bytes=1, packets=1, sha256="0"
    )  # fmt: skip
    with catalogue.write() as tx:
        segments.closed(tx, segment)

    def forget() -> None:
        with catalogue.write() as tx:
            segments.mark_deleting(tx, ["s1"])
            segments.forget(tx, ["s1"])

    return forget


@pytest.mark.parametrize("left", ["a row", SEGMENT, f"{SEGMENT}.damaged", ".open/run1/s1"])
def test_it_is_kept_while_anything_is_left(
    taken_out: tuple[Path, Path, Places], catalogue: Catalogue, left: str
) -> None:
    recordings, pool, places = taken_out
    remove = row(catalogue) if left == "a row" else file(pool, left)
    for _ in range(3):
        places.forget_drained(catalogue)
    assert linked(recordings) == {"a": pool}
    assert [place.name for place in places.every()] == ["", "a"]
    remove()
    for _ in range(2):
        places.forget_drained(catalogue)
    assert linked(recordings) == {}
    assert [place.name for place in places.every()] == [""]


def test_what_is_written_at_the_last_moment_is_found(
    taken_out: tuple[Path, Path, Places], catalogue: Catalogue
) -> None:
    recordings, pool, places = taken_out
    places.forget_drained(catalogue)
    assert linked(recordings) == {"a": pool}, "a worker may not have heard of it yet"
    file(pool, SEGMENT)
    places.forget_drained(catalogue)
    assert linked(recordings) == {"a": pool}


def test_a_disk_that_is_away_is_not_forgotten(taken_out: tuple[Path, Path, Places], catalogue: Catalogue) -> None:
    recordings, pool, places = taken_out
    (pool / META).rename(pool / "elsewhere")  # an empty mount point
    for _ in range(3):
        places.forget_drained(catalogue)
    assert linked(recordings) == {"a": pool}


def test_configured_anew_it_is_known_again(taken_out: tuple[Path, Path, Places], catalogue: Catalogue) -> None:
    recordings, pool, places = taken_out
    known = (pool / META).read_text()
    file(pool, "cam1/main/2026-11-22/closed.notes")  # what recording leaves beside segments is no segment
    file(pool, ".open/run2/lock")
    for _ in range(2):
        places.forget_drained(catalogue)
    assert linked(recordings) == {}
    used = take_into_use(recordings, Node(pools=(Pool(name="a", path=pool, reserve_mb=16),)))
    assert [(place.name, place.present()) for place in used] == [("", True), ("a", True)]
    assert (pool / META).read_text() == known
    assert linked(recordings) == {"a": pool}

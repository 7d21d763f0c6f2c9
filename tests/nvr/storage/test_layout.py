"""Paths: made and parsed by the same rules, and no way out of the folder."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.errors import StorageError
from nvr.media import CAMERA_ID, StreamKind
from nvr.storage.layout import SegmentPlace, parse_segment_path, safe_join, segment_path, snapshot_path


@given(
    camera_id=st.from_regex(CAMERA_ID, fullmatch=True),
    stream=st.sampled_from(StreamKind),
    start_wall_ns=st.integers(0, 9 * 10**18),
)
def test_a_segments_path_says_what_it_was_made_of(camera_id: str, stream: StreamKind, start_wall_ns: int) -> None:
    path = segment_path(camera_id, stream, start_wall_ns)
    assert parse_segment_path(path) == SegmentPlace(camera_id, stream, start_wall_ns)
    assert parse_segment_path(str(path)) == SegmentPlace(camera_id, stream, start_wall_ns)


def test_days_are_utc() -> None:
    """Ten in the evening in Lima is already tomorrow."""
    assert str(segment_path("cam01", StreamKind.MAIN, 1_790_046_000 * 10**9)) == (
        "cam01/main/2026-09-22/1790046000000000000.mp4"
    )
    assert str(snapshot_path("cam01", 1_790_046_000 * 10**9, "0a1b")) == "cam01/2026-09-22/0a1b.jpg"


@pytest.mark.parametrize(
    "path",
    ["", "cam01", "cam01/main/2026-09-22/x.mp4", "cam01/main/2026-09-22/1.mp4.damaged", "cam01/third/2026-09-22/1.mp4",
     "CAM/main/2026-09-22/1.mp4", "cam01/main/today/1.mp4", "../main/2026-09-22/1.mp4", "a/cam01/main/2026-09-22/1.mp4",
     "/cam01/main/2026-09-22/1.mp4"],
)  # fmt: skip
def test_other_paths_are_no_segments(path: str) -> None:
    assert parse_segment_path(path) is None


@pytest.mark.parametrize("camera_id", ["", "..", "a/b", "A", ".open", "x" * 33])
def test_ids_that_are_no_folder_names_are_refused(camera_id: str) -> None:
    with pytest.raises(StorageError):
        segment_path(camera_id, StreamKind.MAIN, 0)


@pytest.mark.parametrize("snapshot_id", ["", "..", "a/b", "a.b", "x" * 65])
def test_ids_that_are_no_file_names_are_refused(snapshot_id: str) -> None:
    with pytest.raises(StorageError):
        snapshot_path("cam01", 0, snapshot_id)


@pytest.mark.parametrize("path", ["", ".", "..", "a/../../x", "/etc/passwd", "a/..", "..\\x/..", "a\0b", "./.."])
def test_ways_out_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(StorageError):
        safe_join(tmp_path, path)


@given(parts=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5))
def test_what_is_joined_lies_inside(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    root = tmp_path_factory.getbasetemp() / "inside"
    try:
        path = safe_join(root, "/".join(parts))
    except StorageError:
        return
    assert path != root
    assert os.path.normpath(path).startswith(f"{root.resolve()}/")


def test_links_that_lead_out_are_refused_and_those_inside_are_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "cam01").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (root / "cam02").symlink_to(tmp_path)
    (root / "file.mp4").symlink_to(tmp_path / "secret")
    (root / "loop").symlink_to(root / "loop")
    (root / "again").symlink_to(root / "cam01")
    for path in ("cam02/secret", "file.mp4", "cam02"):
        with pytest.raises(StorageError, match="leads out"):
            safe_join(root, path)
    with pytest.raises(StorageError):
        safe_join(root, "loop/x")
    assert safe_join(root, PurePosixPath("again/1.mp4")) == (root / "cam01" / "1.mp4").resolve()


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "recordings").symlink_to(tmp_path / "disk")
    assert safe_join(tmp_path / "recordings", "a.mp4") == (tmp_path / "disk" / "a.mp4").resolve()

"""Whole or not there, whoever fails or looks when."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from unittest.mock import patch

import pytest

from nvr.disk import SyncFailed, make_folder, put_in_place_of, put_whole, replacing, sync_folder


def test_what_is_put_is_there_whole_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    put_whole(path, b"old", mode=0o600)
    with replacing(path) as fd:
        os.write(fd, b"ne")
        assert path.read_bytes() == b"old", "nobody sees half of it"
        os.write(fd, b"w")
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_disk_that_refuses_leaves_the_old_file_and_no_half(tmp_path: Path, call: str) -> None:
    path = tmp_path / "a"
    put_whole(path, b"old")
    with patch.object(os, call, side_effect=OSError(errno.ENOSPC, "full")), pytest.raises(OSError, match="full"):
        put_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_content_is_synced_before_the_name_and_the_name_before_the_return(tmp_path: Path) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_sync(fd: int) -> None:
        calls.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        fsync(fd)

    def noted_replace(source: Path, target: Path) -> None:
        calls.append("name")
        replace(source, target)

    with patch.object(os, "fsync", noted_sync), patch.object(os, "replace", noted_replace):
        put_whole(tmp_path / "a", b"x")
        put_whole(tmp_path / "b", b"x", sync=False)
    assert calls == ["file", "name", "folder", "name"]


def test_a_link_under_the_other_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / ".a.part").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic"):
        put_whole(tmp_path / "a", b"x")
    assert (tmp_path / "victim").read_bytes() == b"mine"


def test_another_content_keeps_mode_and_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o604)
    link.symlink_to(real)
    put_in_place_of(link, b"new")
    assert link.is_symlink()
    assert (real.read_bytes(), stat.S_IMODE(real.stat().st_mode)) == (b"new", 0o604)


def test_each_folder_that_is_made_is_synced_into_its_parent(tmp_path: Path) -> None:
    with patch("nvr.disk.sync_folder", wraps=sync_folder) as syncs:
        make_folder(tmp_path / "a" / "b", mode=0o700)
        make_folder(tmp_path / "a" / "b")
    assert [call.args[0] for call in syncs.call_args_list] == [tmp_path, tmp_path / "a"]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_a_failed_sync_is_told_from_other_faults(tmp_path: Path) -> None:
    with patch.object(os, "fsync", side_effect=OSError(errno.EIO, "lost")), pytest.raises(SyncFailed):
        sync_folder(tmp_path)

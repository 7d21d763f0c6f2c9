"""Loops that are compiled and kept: across starts, whatever becomes of the disk; and no process has the compiler that has no use for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics import cell_loops

SOURCES = Path(cell_loops.__file__).parent
LOOP = '''
"""A loop that takes a constant from another module."""
from analytics.cells import CELL_PX
from analytics.compiled import COUNT, compiled

@compiled(COUNT, COUNT)
def wide(count: int) -> int:
    return count * CELL_PX
'''
START = "from analytics.tiny_loops import wide; print(wide(8))"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of its own, with one small loop."""
    package = tmp_path / "tree" / "analytics"
    package.mkdir(parents=True)
    for name in ("__init__.py", "cells.py", "compiled.py"):
        shutil.copy(SOURCES / name, package)
    (package / "tiny_loops.py").write_text(LOOP, encoding="utf-8")
    return tmp_path / "tree"


def _environment(tree: Path, kept_in: Path | None) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    told = {} if kept_in is None else {"NUMBA_CACHE_DIR": str(kept_in)}
    return mine | told | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}


def _start(tree: Path, kept_in: Path | None) -> str:
    """A process that takes the loop and calls it; what it warned of."""
    done = subprocess.run(
        [sys.executable, "-c", START],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
        cwd=tree,
        env=_environment(tree, kept_in),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "40\n"
    return done.stderr


def _kept(folder: Path) -> dict[Path, int]:
    """Files of compiled loops, and when they were written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.nb[ci]")}


def test_the_next_start_takes_what_the_first_kept(tree: Path, tmp_path: Path) -> None:
    assert _start(tree, tmp_path / "kept") == ""
    written = _kept(tmp_path / "kept")
    assert len(written) == 2
    assert _start(tree, tmp_path / "kept") == ""
    assert _kept(tmp_path / "kept") == written
    assert not _kept(tree)


def test_without_a_folder_it_is_kept_beside_the_bytecode(tree: Path) -> None:
    assert _start(tree, None) == ""
    assert len(_kept(tree / "analytics" / "__pycache__")) == 2


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("left", [0.0, 0.5, 0.99])
def test_what_a_power_cut_left_half_written_is_made_anew(tree: Path, tmp_path: Path, suffix: str, left: float) -> None:
    kept_in = tmp_path / "kept"
    _start(tree, kept_in)
    (damaged,) = kept_in.rglob(f"*.{suffix}")
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: int(left * len(whole))])
    assert "damaged on disk" in _start(tree, kept_in)
    written = _kept(kept_in)
    assert _start(tree, kept_in) == ""
    assert _kept(kept_in) == written


def test_where_nothing_can_be_kept_it_works_and_says_so_once(tree: Path, tmp_path: Path) -> None:
    """Neither in the folder told, nor beside the sources, nor at home."""
    blocked = tmp_path / "a file"
    blocked.touch()
    (tree / "analytics" / "__pycache__").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(blocked))
        patch.setenv("XDG_CACHE_HOME", str(blocked))
        (tree / "analytics" / "tiny_loops.py").write_text(LOOP + LOOP.replace("wide", "wider"), encoding="utf-8")
        warned = _start(tree, blocked / "kept")
    assert warned.count("can't be kept on disk") == 1
    assert "NUMBA_CACHE_DIR" in warned


def test_a_constant_of_another_module_is_no_old_one(tree: Path, tmp_path: Path) -> None:
    """Numba asks for the loop's own file alone."""
    kept_in = tmp_path / "kept"
    cells = tree / "analytics" / "cells.py"
    sound = cells.read_text(encoding="utf-8")
    cells.write_text(sound.replace("CELL_PX: Final = 5", "CELL_PX: Final = 6"), encoding="utf-8")
    other = subprocess.run(
        [sys.executable, "-c", START],
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
        cwd=tree,
        env=_environment(tree, kept_in),
    )
    assert other.stdout == "48\n"
    cells.write_text(sound, encoding="utf-8")
    assert _start(tree, kept_in) == ""


def test_two_workers_may_compile_at_once(tree: Path, tmp_path: Path) -> None:
    """As two analytics workers do at a machine's first start."""
    kept_in = tmp_path / "kept"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", START],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tree,
            env=_environment(tree, kept_in),
        )
        for _ in range(3)
    ]
    said = [worker.communicate(timeout=100) for worker in workers]
    assert said == [("40\n", "")] * 3
    written = _kept(kept_in)
    assert len(written) == 2
    assert _start(tree, kept_in) == ""
    assert _kept(kept_in) == written


def test_refuses_other_arrays_instead_of_compiling_for_them() -> None:
    """It would take a second in which frames wait, each time."""
    cells = np.zeros((18, 32), np.uint8)
    others: list[Any] = [cells.astype(np.int32), np.zeros((18, 64), np.uint8)[:, ::2], cells[0]]
    for other in others:
        with pytest.raises(TypeError):
            cell_loops.jumped(other, cells, 8)


@pytest.mark.parametrize(
    "module",
    [
        "nvr.cli",
        "nvr.app.node",
        "nvr.app.control",
        "nvr.app.ingest_worker",
        "nvr.app.onvif_worker",
        "analytics.thumbnails",
        "ingest.simulator.command",
    ],
)
def test_only_who_looks_at_pictures_has_the_compiler(module: str) -> None:
    """It takes some 60 MB and half a second."""
    words = f"import sys, {module}; sys.exit('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr

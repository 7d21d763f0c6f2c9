"""Loops that are compiled: Numba makes machine code of them for this processor (LLVM), kept on disk, so that only the first start waits for it.

A call of OpenCV or numpy costs one to five microseconds before it touches a pixel, and each pass over a plane of 14 kB goes through the cache again; a
frame with movement took sixty of them. A loop does the same in one pass. See docs/design/motion.md for what that gives, and for what it costs.

Signatures are told beforehand: nothing is compiled while frames wait, and an array of another kind is refused instead of compiled for.

What is kept lies below ``NUMBA_CACHE_DIR``, else beside the bytecode, else where Numba finds a place, in a folder named after the sources of all loops:
Numba itself asks only whether the file that a loop stands in is the same, not for constants that it takes from others, and its index and its code are two
files, of which a power cut may leave an old one.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba import types as _types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic
from numpy.typing import NDArray

log = logging.getLogger(__name__)

types: Final[Any] = _types  # partly without annotations

BYTES: Final = types.Array(types.uint8, 2, "C")
"""A plane of bytes that a loop writes or reads: (rows, columns) uint8, row after row."""
SHORTS: Final = types.Array(types.int16, 2, "C")
"""Likewise int16."""
BITS: Final = types.Array(types.boolean, 2, "C")
"""Likewise bool."""
COUNT: Final = types.int64
FLAG: Final = types.boolean
PAIR: Final = types.UniTuple(types.int64, 2)
NOTHING: Final = types.void

P = ParamSpec("P")
R = TypeVar("R")
Row = NDArray[np.uint16]


def _kept_in() -> Path:
    """The folder for what these sources, this Numba and this Python give."""
    here = Path(__file__).parent
    said = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for source in sorted([*here.glob("*_loops.py"), here / "cells.py", here / "compiled.py"]):
        said.update(source.read_bytes())
    return Path(_settings.CACHE_DIR or here / "__pycache__") / f"loops-{said.hexdigest()[:16]}"


_settings: Final[Any] = numba.config
_KEPT_IN: Final = _kept_in()
_settings.CACHE_DIR = str(_KEPT_IN)


def compiled(result: object, *arguments: object) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function for these types of Numba's, at once, or take what an earlier start left on disk.

    What is damaged there is made anew. Where nothing can be kept, all is compiled for this process alone: some ten seconds of a core, each start.

    Raises (when called with others):
        TypeError: an argument of another type, layout or dimension.
    """
    signature = cast("Any", result)(*arguments)

    def compile_it(loop: Callable[P, R]) -> Callable[P, R]:
        # As numpy does it, nothing is asked for a division by zero; there is none.
        make = functools.partial(numba.njit, signature, error_model="numpy")
        name = f"{loop.__module__.rpartition('.')[2]}.{loop.__qualname__}"
        try:
            return cast("Callable[P, R]", make(cache=True)(loop))
        except OSError as error:
            _warn_once(error)
        except Exception as error:  # noqa: BLE001 - whatever half a file makes of it
            damaged = _forget(name)
            try:
                kept = cast("Callable[P, R]", make(cache=True)(loop))
            except Exception:  # noqa: BLE001 - no place to keep it
                _warn_once(error)
            else:
                log.warning("%s, compiled, was damaged on disk (%d files): made anew", name, damaged)
                return kept
        return cast("Callable[P, R]", make()(loop))

    return compile_it


def _forget(name: str) -> int:
    """Delete what is kept of a loop; how many files."""
    files = list(_KEPT_IN.rglob(f"{name}-*.nb[ci]"))
    for file in files:
        with suppress(OSError):
            file.unlink()
    return len(files)


_kept_none: Final[list[Exception]] = []


def _warn_once(error: Exception) -> None:
    """Of the first loop alone: what holds for it does for all."""
    if not _kept_none:
        log.warning(
            "compiled loops can't be kept on disk (%s): each start takes some ten seconds longer; "
            "name a folder that this program may write to in NUMBA_CACHE_DIR",
            error,
        )
    _kept_none.append(error)


@intrinsic
def _packed(_context: Any, row: Any) -> Any:
    def same(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return cast("Any", impl_ret_borrowed)(context, builder, signature.return_type, arguments[0])

    return row.copy(layout="C")(row), same


packed: Final = cast("Callable[[Row], Row]", _packed)
"""For compiled loops: a one-dimensional array whose items are known to lie side by side, said to the compiler, which then uses vector instructions."""

"""Writes down every write, sync and change of a folder that goes through ``os``, so that the disk can be made again as a power cut may have left it.

What a power cut may leave, as a journalling file system without barriers of our own gives it: of each file everything up to its last sync, and
of what came after a beginning of any length (in whole writes or torn), or with ``holes`` any of its blocks of 4 KiB, zeros in the place of the others. Of names,
everything up to the last sync of their folder, and of what was made, removed or renamed after it any part. The test picks with a seeded generator.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

BLOCK = 4096
CALLS = ("open", "write", "writev", "fsync", "fdatasync", "ftruncate", "mkdir", "unlink", "rename", "replace")


@dataclass
class Op:
    """One call. ``file`` is a number that stays the same whatever its name becomes; folders have none."""

    kind: str
    path: str
    file: int = 0
    at: int = 0
    data: bytes = b""
    other: str = ""


@dataclass
class Tape:
    """The calls below ``root``. ``fail`` may name a call (its number among those of the tape) that is refused with an errno."""

    root: Path
    ops: list[Op] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    born: set[str] = field(default_factory=set)
    """Folders that were there before."""
    refuse: Callable[[int, str], int] = lambda _number, _name: 0
    _files: dict[str, int] = field(default_factory=dict)
    _sizes: dict[int, int] = field(default_factory=dict)
    _open: dict[int, tuple[str, int]] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[Tape]:
        """Record what this process does, in all its threads."""
        real = {name: getattr(os, name) for name in (*CALLS, "close")}
        self.born |= {str(path) for path in self.root.rglob("*") if path.is_dir()}
        with ExitStack() as patches:
            for name, call in real.items():
                patches.enter_context(patch.object(os, name, self._wrapped(name, call)))
            yield self

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(target: Any, *args: Any, **more: Any) -> Any:
            path = self._open[target][0] if isinstance(target, int) and target in self._open else ""
            if not isinstance(target, int):
                path = os.fspath(target)
            inside = str(path).startswith(str(self.root))
            if inside and name in CALLS:
                number = self.refuse(len(self.calls), name)
                self.calls.append(name)
                if number:
                    raise OSError(number, os.strerror(number), str(path))
            result = call(target, *args, **more)
            if inside:
                self._note(name, str(path), target, args, result)
            return result

        return wrapped

    def _note(  # noqa: PLR0912 - one case for each call
        self, name: str, path: str, target: Any, args: tuple[Any, ...], result: Any
    ) -> None:
        match name:
            case "open":
                flags = args[0]
                if flags & os.O_DIRECTORY:
                    self._open[result] = (path, 0)
                    return
                if flags & os.O_CREAT and path not in self._files:
                    self._files[path] = len(self._files) + len(self.ops) + 1
                    self.ops.append(Op("create", path, self._files[path]))
                    self._sizes[self._files[path]] = 0
                if flags & os.O_TRUNC and path in self._files:
                    self._truncate(path, 0)
                if path in self._files:
                    self._open[result] = (path, self._files[path])
            case "write" | "writev" if target in self._open:
                data = b"".join(args[0]) if name == "writev" else bytes(args[0])
                number = self._open[target][1]
                self.ops.append(Op("write", path, number, self._sizes[number], data[:result]))
                self._sizes[number] += result
            case "fsync" | "fdatasync" if target in self._open:
                number = self._open[target][1]
                self.ops.append(Op("sync" if number else "syncdir", path, number))
            case "ftruncate" if target in self._open:
                self._truncate(path, args[0])
            case "close":
                self._open.pop(target, None)
            case "mkdir":
                self.ops.append(Op("mkdir", path))
            case "unlink":
                self.ops.append(Op("unlink", path, self._files.pop(path, 0)))
            case "rename" | "replace":
                other = os.fspath(args[0])
                self.ops.append(Op("rename", path, self._files.get(path, 0), other=other))
                for known in [each for each in self._files if each == path or each.startswith(path + "/")]:
                    self._files[other + known[len(path) :]] = self._files.pop(known)
                self._open = {
                    fd: (other + p[len(path) :] if p == path or p.startswith(path + "/") else p, n)
                    for fd, (p, n) in self._open.items()
                }
            case _:
                pass

    def _truncate(self, path: str, size: int) -> None:
        number = self._files[path]
        self.ops.append(Op("truncate", path, number, size))
        self._sizes[number] = size

    def after_a_cut(  # noqa: PLR0912 - one case for each kind of change
        self, at: int, target: Path, rng: random.Random, *, holes: bool
    ) -> None:
        """Make the folder as a power cut after ``at`` operations may have left it."""
        ops = self.ops[:at]
        contents = _contents(ops, rng, holes=holes)
        names: dict[str, int] = {}
        folders = {str(self.root), *self.born}
        for index, op in enumerate(ops):
            if op.kind not in {"create", "mkdir", "unlink", "rename"}:
                continue
            parent = str(Path(op.path).parent)
            kept = any(_syncs(later, op, parent) for later in ops[index + 1 :])
            if not kept and rng.random() < 0.5:
                continue
            if op.kind == "create":
                names[op.path] = op.file
            elif op.kind == "mkdir":
                folders.add(op.path)
            elif op.kind == "unlink":
                names.pop(op.path, None)
            else:
                moved = {each for each in (*names, *folders) if each == op.path or each.startswith(op.path + "/")}
                for each in moved:
                    new = op.other + each[len(op.path) :]
                    if each in names:
                        names[new] = names.pop(each)
                    else:
                        folders.discard(each)
                        folders.add(new)
        for folder in sorted(folders):
            if all(str(parent) in folders for parent in Path(folder).parents if str(parent).startswith(str(self.root))):
                (target / Path(folder).relative_to(self.root)).mkdir(parents=True, exist_ok=True)
        for path, number in names.items():
            place = target / Path(path).relative_to(self.root)
            if place.parent.is_dir():
                place.write_bytes(contents.get(number, b""))


def _syncs(later: Op, op: Op, parent: str) -> bool:
    """Whether a later sync makes a change of names last. A new file's own sync carries its name too, on every journalling file system of Linux."""
    if later.kind == "syncdir":
        return later.path == parent or (op.kind == "rename" and later.path == str(Path(op.other).parent))
    return later.kind == "sync" and op.kind == "create" and later.file == op.file


def _contents(ops: list[Op], rng: random.Random, *, holes: bool) -> dict[int, bytes]:
    found: dict[int, bytearray] = {}
    waiting: dict[int, list[Op]] = {}
    for op in ops:
        if op.kind in {"write", "truncate"}:
            waiting.setdefault(op.file, []).append(op)
        elif op.kind == "sync":
            content = found.setdefault(op.file, bytearray())
            for each in waiting.pop(op.file, []):
                _apply(content, each, len(each.data))
    for number, rest in waiting.items():
        content = found.setdefault(number, bytearray())
        for each in rest[: rng.randint(0, len(rest))]:
            if holes and each.kind == "write":
                _apply_blocks(content, each, rng)
            else:
                torn = each is rest[-1] and rng.random() < 0.5
                _apply(content, each, rng.randint(0, len(each.data)) if torn else len(each.data))
    return {number: bytes(content) for number, content in found.items()}


def _apply(content: bytearray, op: Op, length: int) -> None:
    if op.kind == "truncate":
        del content[op.at :]
        content.extend(bytes(max(0, op.at - len(content))))
        return
    content.extend(bytes(max(0, op.at - len(content))))
    content[op.at : op.at + length] = op.data[:length]


def _apply_blocks(content: bytearray, op: Op, rng: random.Random) -> None:
    content.extend(bytes(max(0, op.at + len(op.data) - len(content))))
    for start in range(0, len(op.data), BLOCK):
        if rng.random() < 0.7:
            part = op.data[start : start + BLOCK]
            content[op.at + start : op.at + start + len(part)] = part


NO_SPACE, IO_ERROR, READ_ONLY = errno.ENOSPC, errno.EIO, errno.EROFS

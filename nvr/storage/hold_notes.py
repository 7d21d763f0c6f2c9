"""Which stretches are held, noted beside the recordings (``recordings/holds.notes``), so that a hold outlives the catalogue.

A line for each state of a hold, the newest of a ``hold_id`` counts. Lines are synced. The catalogue stays the place where holds are decided;
this is the copy that ``nvr catalogue rebuild`` and ``nvr fsck --repair`` go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from nvr.storage.layout import HOLDS_FILE
from nvr.storage.sealed_lines import append_line, read_lines, replace_lines


class HoldNote(msgspec.Struct, frozen=True, kw_only=True):
    """A camera's recordings in [from, to) are held. ``to_wall_ns`` None: everything since. ``released``: no longer.

    ``reason`` says for whom, e.g. the number of an incident. The rest is what the catalogue needs to go on with it (``nvr.catalogue.tables``).
    """

    hold_id: str
    camera_id: str
    from_wall_ns: int
    to_wall_ns: int | None
    reason: str = ""
    released: bool = False
    authority: str = ""
    incident_id: str | None = None
    created_by: str = ""
    created_wall_ns: int = 0
    expires_wall_ns: int | None = None
    version: int = 0

    def touches(self, camera_id: str, start_wall_ns: int, end_wall_ns: int) -> bool:
        """Whether it holds something of that span."""
        return (
            not self.released
            and camera_id == self.camera_id
            and end_wall_ns > self.from_wall_ns
            and (self.to_wall_ns is None or start_wall_ns < self.to_wall_ns)
        )


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(HoldNote).decode


class HoldNotes:
    """The notes of a recordings folder. One writer: the control process."""

    def __init__(self, root: Path) -> None:
        self._path = root / HOLDS_FILE
        self._known: dict[str, HoldNote] | None = None

    def read(self) -> list[HoldNote]:
        """Each hold as it was last noted, released ones included.

        Raises:
            OSError: the file can't be read.
        """
        return list(self._read().values())

    def _read(self) -> dict[str, HoldNote]:
        found: dict[str, HoldNote] = {}
        for line in read_lines(self._path):
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                note = _decode(line)
                found[note.hold_id] = note
        return found

    def keep(self, holds: Iterable[HoldNote]) -> int:
        """Note those that are new or changed, and say how many those were. Where somebody's words changed, what was noted of that hold before goes: they were struck.

        Raises:
            OSError: the disk refused; offer them again.
        """
        if self._known is None or not self._path.exists():
            self._known = self._read()
        count = 0
        for note in holds:
            before = self._known.get(note.hold_id)
            if before == note:
                continue
            if before is not None and (before.reason, before.authority) != (note.reason, note.authority):
                replace_lines(self._path, partial(_is_of, note.hold_id), _encode(note))
            else:
                append_line(self._path, _encode(note), sync=True)
            self._known[note.hold_id] = note
            count += 1
        return count


def _is_of(hold_id: str, line: bytes) -> bool:
    """Whether a line is of that hold; what can't be read is of none."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        return _decode(line).hold_id == hold_id
    return False


class Held:
    """Answers whether a span is held, quickly: holds by camera."""

    def __init__(self, notes: Iterable[HoldNote]) -> None:
        self._by_camera: dict[str, list[HoldNote]] = {}
        for note in notes:
            if not note.released:
                self._by_camera.setdefault(note.camera_id, []).append(note)

    def __call__(self, camera_id: str, start_wall_ns: int, end_wall_ns: int) -> bool:
        return any(note.touches(camera_id, start_wall_ns, end_wall_ns) for note in self._by_camera.get(camera_id, ()))

    def __iter__(self) -> Iterator[HoldNote]:
        return (note for notes in self._by_camera.values() for note in notes)

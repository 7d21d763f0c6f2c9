"""What each day's folder says of its own segments: ``<camera>/<stream>/<day>/closed.notes``, one ``SegmentClosed`` a line.

With it the catalogue is rebuilt without reading a terabyte, and with the hash **as it was when the file was closed**: a bit that flipped since
is found, where a hash made anew would bless it. The notes are not synced: what a power cut takes of them is read from the files themselves.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from nvr.observations import SegmentClosed
from nvr.storage.layout import NOTES_FILE
from nvr.storage.sealed_lines import append_line, read_lines

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(SegmentClosed).decode


def note_closed(root: Path, closed: SegmentClosed) -> None:
    """Note that a segment is whole. A disk that refuses costs only the note."""
    with suppress(OSError):
        append_line((root / closed.path).parent / NOTES_FILE, _encode(closed), sync=False)


def read_notes(day_folder: Path) -> dict[str, SegmentClosed]:
    """The newest note of each file, by the file's name. A note may speak of a file that is gone, or lack.

    Raises:
        OSError: the notes can't be read.
    """
    found: dict[str, SegmentClosed] = {}
    for line in read_lines(day_folder / NOTES_FILE):
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            closed = _decode(line)
            found[closed.path.rpartition("/")[2]] = closed
    return found

"""Text of a YAML file → plain values and the place of each, within bounds; for files that people write by hand.

A subset of YAML 1.2, on purpose:

- The core schema (YAML 1.2.2 section 10.3.2) without octal and hexadecimal numbers: ``no`` is a text and ``010`` is ten, where YAML 1.1
  reads false and eight.
- No aliases, merge keys or tags: nothing in the file is larger than it looks ("billion laughs"), and every value has one place.
- Bounded depth and number of values. libyaml's event stream is read with a stack of our own: no recursion that a deep file could exhaust.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import yaml

from nvr.errors import ConfigError, ConfigFault

MAX_DEPTH: Final = 16
MAX_VALUES: Final = 200_000
_MAX_SCALAR_CHARS: Final = 4096

Path = tuple[str | int, ...]
"""Where a value stands: keys and indices from the root."""

_LOADER: Final = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml: 20 times as fast, and every process reads the file
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_REAL: Final = re.compile(r"(?=.*[.eE])[-+]?(?:\.[0-9]{1,30}|[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says.

    Attributes:
        value: dict, list, str, int, float, bool or None, nested. Keys are always texts.
        places: line and column, from 1, of every value; of its key where it has one.
        faults: what is wrong with the file although it could be read (a key that stands twice).
    """

    value: object
    places: dict[Path, tuple[int, int]]
    faults: list[ConfigFault]

    def place(self, path: Path) -> tuple[int, int]:
        """Place of the value, or of the nearest thing around it that is in the file; (0, 0) for an empty file."""
        for length in range(len(path), -1, -1):
            found = self.places.get(path[:length])
            if found is not None:
                return found
        return (0, 0)

    def length(self, path: Path) -> int:
        """How many entries the list or mapping at a path has; 0 where there is none."""
        value = self.value
        for part in path:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return 0
        return len(value) if isinstance(value, dict | list) else 0


def read_document(text: str, name: str, *, texts_only: bool = False) -> Document:
    """Read one YAML document.

    Args:
        text: the whole file.
        name: how messages call it.
        texts_only: every scalar is a text as typed (a password ``0123`` is no number); an empty one is None.

    Raises:
        ConfigError: the text is not YAML, or goes beyond the subset or the bounds. Messages never quote the text.
    """
    text = text.removeprefix("\ufeff")
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        before = text[: forbidden.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise _error(
            name,
            (line, column),
            f"holds the control character U+{ord(forbidden[0]):04X}",
            "Delete it; the file is plain text in UTF-8",
        )
    builder = _Builder(name, texts_only=texts_only)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        # The parser quotes names of tags and handles, which might be anything; token names (<scalar>) and single signs stay.
        problem = re.sub(r"'(?!<)[^']{2,}'", "'…'", str(error.problem))
        raise _error(name, place, f"not valid YAML: {problem}", _syntax_remedy(problem)) from None
    except yaml.YAMLError:
        raise _error(name, (0, 0), "not valid YAML", "Save it as plain text in UTF-8") from None
    return Document(builder.value, builder.places, builder.faults)


def _error(name: str, place: tuple[int, int], message: str, remedy: str) -> ConfigError:
    return ConfigError([ConfigFault(name, *place, "file", message, remedy)])


def _syntax_remedy(problem: str) -> str:
    if "cannot start any token" in problem or "tab character" in problem:
        return "Indent with spaces, never with tabs, and put texts that begin with a sign in quotes"
    if "mapping values are not allowed" in problem:
        return "Put a text that holds a colon in quotes, or check the indentation"
    if "end of stream" in problem or "end of the stream" in problem:
        return "A quote or a bracket is opened and never closed"
    return "Check the indentation, the quotes and the colons here and on the line above"


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is being read."""

    path: Path
    value: dict[str, object] | list[object]
    key: str | None = None
    """Of a mapping: the key whose value comes next."""
    discard: bool = False
    """The value that comes next belongs to a key that stood here before."""
    key_lines: dict[str, int] = field(default_factory=dict)


class _Builder:
    """Takes libyaml's events one by one."""

    def __init__(self, name: str, *, texts_only: bool) -> None:
        self._name = name
        self._texts_only = texts_only
        self._stack: list[_Open] = []
        self._values = 0
        self._documents = 0
        self.value: object = None
        self.places: dict[Path, tuple[int, int]] = {}
        self.faults: list[ConfigFault] = []

    def take(self, event: yaml.Event) -> None:
        place = (event.start_mark.line + 1, event.start_mark.column + 1) if event.start_mark else (0, 0)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise _error(self._name, place, "a second document begins (`---`)", "Write one document in a file")
            case yaml.AliasEvent():
                raise _error(
                    self._name, place, "aliases (`*name`) are not taken, merged (`<<`) or plain", "Write the values out"
                )
            case yaml.ScalarEvent():
                self._refuse_tag(event, place)
                if len(event.value) > _MAX_SCALAR_CHARS:
                    raise _error(
                        self._name, place, f"a text is longer than {_MAX_SCALAR_CHARS} characters", "Shorten it"
                    )
                self._scalar(event, place)
            case yaml.MappingStartEvent():
                self._refuse_tag(event, place)
                self._open({}, place)
            case yaml.SequenceStartEvent():
                self._refuse_tag(event, place)
                self._open([], place)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = self._stack.pop()
                self._put(closed.value)
            case _:
                pass

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, place: tuple[int, int]) -> None:
        if event.tag is not None:
            raise _error(self._name, place, "tags (`!name`) are not taken", "Write the value alone")

    def _scalar(self, event: yaml.ScalarEvent, place: tuple[int, int]) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(top, event.value, place)
            return
        self._count(self._next_path(), place)
        self._put(self._plain(event.value) if event.style is None or event.style == "" else event.value)

    def _key(self, top: _Open, key: str, place: tuple[int, int]) -> None:
        top.key = key
        first_line = top.key_lines.setdefault(key, place[0])
        top.discard = key in top.value
        if top.discard:
            # YAML parsers let the last one win: a camera, or a setting, that vanishes without a word.
            self.faults.append(
                ConfigFault(
                    self._name,
                    *place,
                    field_name((*top.path, key)),
                    f"stands twice in the same mapping, first on line {first_line}",
                    "Keep one",
                )
            )
        self.places.setdefault((*top.path, key), place)

    def _open(self, value: dict[str, object] | list[object], place: tuple[int, int]) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            raise _error(self._name, place, "a key is a list or a mapping", "Write a plain word before the colon")
        if len(self._stack) >= MAX_DEPTH:
            raise _error(self._name, place, f"nested deeper than {MAX_DEPTH} levels", "Check the brackets")
        path = self._next_path()
        self._count(path, place)
        self._stack.append(_Open(path, value))

    def _count(self, path: Path, place: tuple[int, int]) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _error(self._name, place, f"holds more than {MAX_VALUES} values", "This is not a settings file")
        self.places.setdefault(path, place)

    def _next_path(self) -> Path:
        if not self._stack:
            return ()
        top = self._stack[-1]
        if isinstance(top.value, list):
            return (*top.path, len(top.value))
        return (*top.path, top.key or "")

    def _put(self, value: object) -> None:
        if not self._stack:
            self.value = value
            return
        top = self._stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
            return
        if not top.discard:
            top.value[top.key or ""] = value
        top.key = None

    def _plain(self, text: str) -> object:
        if self._texts_only:
            return text or None
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _REAL.fullmatch(text):
            return float(text)
        return text


def field_name(path: Path) -> str:
    """A path as messages write it, e.g. ``cameras.3.main.url``. What does not look like a field's name is not repeated: it may be anything,
    a password or a forged line of a log too; line and column say where it stands."""
    parts = (
        str(part) if isinstance(part, int) or re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", part) else "(odd key)"
        for part in path
    )
    return ".".join(parts) or "file"

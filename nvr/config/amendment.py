"""Adding an entry to ``cameras.yaml`` without touching a letter of the rest: comments, order and spelling are the admin's."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from nvr.config.loader import parse_config, read_settings_text
from nvr.disk import put_in_place_of
from nvr.errors import ConfigError, ConfigFault

_CAMERAS: Final = "cameras"


def with_camera(text: str, lines: Sequence[str], name: str) -> str:
    """The text with one more entry at the end of its list of cameras.

    Args:
        lines: the entry's fields, one a line, without indentation.
        name: how messages call the file.

    Raises:
        ConfigError: the text has no such list written one entry below the other.
    """
    end_line, column, newline = _end_of_list(text, name)
    indent = " " * column
    added = [f"{indent}{'- ' if index == 0 else '  '}{line}{newline}" for index, line in enumerate(lines)]
    existing = text.splitlines(keepends=True)
    if existing and not existing[end_line].endswith(("\n", "\r")):
        existing[end_line] += newline
    return "".join([*existing[: end_line + 1], *added, *existing[end_line + 1 :]])


def _end_of_list(text: str, name: str) -> tuple[int, int, str]:
    """Line of the list's last letter, column of its dashes, and the file's line end."""
    try:
        root = yaml.compose(text.removeprefix("\ufeff"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        raise file_fault(name, "is not valid YAML", "run nvr check-config first") from None
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    listed = next((value for key, value in pairs if key.value == _CAMERAS), None)
    if not isinstance(listed, yaml.SequenceNode) or listed.flow_style or not listed.value:
        raise file_fault(
            name, "has no list `cameras:` with one entry below the other", "write its first camera by hand"
        )
    newline = "\r\n" if "\r\n" in text else "\n"
    return last_line(listed), listed.start_mark.column, newline


def last_line(node: yaml.Node) -> int:
    """The line of a node's last letter. A block's own mark stands behind the comments that follow it, so its parts are asked."""
    if isinstance(node, yaml.ScalarNode):
        block = node.style in {"|", ">"}
        return node.end_mark.line - 1 if block and node.end_mark.column == 0 else int(node.end_mark.line)
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return int(node.end_mark.line)
    parts = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
    return max((last_line(part) for part in parts), default=int(node.end_mark.line))


def difference(before: str, after: str, name: str) -> str:
    """What changed, as a unified diff."""
    return "".join(
        difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name} (new)")
    )


def write_checked(path: Path, before: str, after: str) -> None:
    """Replace the file by ``after`` where it is sound and still says ``before``: whole or not at all, with the same mode.

    Raises:
        ConfigError: it has faults, it changed meanwhile, or it can't be written. The file is as it was.
    """
    parse_config(after, str(path))
    if read_settings_text(path, "name an existing one with --config") != before.removeprefix("\ufeff"):
        raise file_fault(str(path), "was changed by somebody else meanwhile", "try again")
    try:
        put_in_place_of(path, after.encode())
    except OSError as error:
        raise file_fault(
            str(path), f"can't be written ({error.strerror})", "check who owns the folder, and its disk"
        ) from error


def file_fault(name: str, message: str, remedy: str) -> ConfigError:
    """A fault of a file as a whole."""
    return ConfigError([ConfigFault(name, 0, 0, "file", message, remedy)])

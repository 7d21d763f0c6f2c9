"""Module sizes and names: the part of the house rules that no linter knows.

A module has one noun and mostly under 250 lines; over 400 fails. Drawers (utils, helpers, common, core) are refused.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMIT_LINES = 400
DRAWERS = {"utils", "util", "helpers", "helper", "common", "core", "misc"}


def main() -> int:
    """0 where all modules keep the rules; else 1, with each fault on a line."""
    listed = subprocess.run(["git", "ls-files", "*.py"], check=True, capture_output=True, text=True)  # noqa: S607
    faults = []
    for name in listed.stdout.split():
        path = Path(name)
        if not path.exists():
            continue
        if path.stem in DRAWERS:
            faults.append(f"{name}: a drawer, not a noun: name it for what it holds")
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LIMIT_LINES and not name.startswith("tests/"):
            faults.append(f"{name}: {lines} lines, more than {LIMIT_LINES}: split it by its nouns")
    sys.stderr.writelines(fault + "\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

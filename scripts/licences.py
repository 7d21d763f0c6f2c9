"""Write docs/licences.md: the licence of every pinned dependency, Python's and the console's, as its own metadata says."""

from __future__ import annotations

import importlib.metadata
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INTRODUCTION = """# Licences of what this project uses

Ours is Apache-2.0. Nothing below is copied into the repository, and nothing is under the AGPL. Made by `scripts/licences.py` from the metadata of the pinned packages.

The binary wheel of `av` carries FFmpeg built with libx264 (GPL-2.0-or-later). The control room itself only decodes; libx264 is used by the simulated fleet and by tests. Who
hands on a machine with that wheel on it hands on GPL code, and has its duties.
"""


def python_rows() -> list[tuple[str, str, str]]:
    """Name, version, licence of each package of requirements.lock that is installed here."""
    rows = []
    names = re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    for name in sorted(set(names)):
        try:
            metadata = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            rows.append((name, "", "only on other platforms"))
            continue
        classifiers = [
            entry.rpartition(" :: ")[2] for entry in metadata.get_all("Classifier") or [] if entry.startswith("License")
        ]
        licence = (
            metadata.get("License-Expression")
            or ", ".join(classifiers)
            or (metadata.get("License") or "unknown").splitlines()[0]
        )
        rows.append((name, metadata["Version"], licence))
    return rows


def console_rows() -> list[tuple[str, str, str]]:
    """Name, version, licence of each package of the console's lock file."""
    lock = json.loads((ROOT / "console_web/ui/package-lock.json").read_text(encoding="utf-8"))
    return sorted(
        (path.rpartition("node_modules/")[2], entry.get("version", ""), entry.get("license", "unknown"))
        for path, entry in lock["packages"].items()
        if path
    )


def table(title: str, rows: list[tuple[str, str, str]]) -> str:
    """A Markdown section."""
    lines = [f"\n## {title}\n", "| package | version | licence |", "|---|---|---|"]
    lines += [f"| {name} | {version} | {licence} |" for name, version, licence in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    page = (
        INTRODUCTION
        + table("Python", python_rows())
        + table("Console (most are only used to build it)", console_rows())
    )
    (ROOT / "docs/licences.md").write_text(page, encoding="utf-8")

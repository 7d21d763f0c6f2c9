"""``python -m nvr.config.json_schema``: writes config/cameras.schema.json and the table of docs/configuration.md anew from the models.

The schema gives editors completion and checks while the admin types; ``nvr check-config`` is what decides.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from nvr.config.reference import field_entries
from nvr.config.written import written_schema

SCHEMA_FILE: Final = Path("config/cameras.schema.json")
PAGE: Final = Path("docs/configuration.md")
_BEGIN: Final = "<!-- fields: written by `python -m nvr.config.json_schema` -->\n"
_END: Final = "<!-- end of fields -->\n"


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of ``cameras.yaml``."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cameras.yaml",
        **{key: value for key, value in written_schema(for_editors=True).items() if key != "title"},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def fields_table() -> str:
    """Every field as a Markdown table."""
    rows = ["| field | type | range | default | meaning | example |", "|---|---|---|---|---|---|"]
    rows += [
        "| "
        + " | ".join(
            (
                f"`{entry.path}`",
                entry.kind,
                entry.limits,
                entry.default,
                entry.description,
                f"`{entry.example}`",
            )
        ).replace("|  |", "| |")
        + " |"
        for entry in field_entries()
    ]
    return "\n".join(rows) + "\n"


def page_text(page: str) -> str:
    """The page with its table written anew.

    Raises:
        ValueError: the page lacks the two marks around the table.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"the page lacks the lines {_BEGIN!r} and {_END!r}")
    return f"{before}{begin}\n{fields_table()}\n{end}{after}"


def main() -> int:
    """Write both files, from the repository's root."""
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(page_text(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{SCHEMA_FILE} and {PAGE} are current\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

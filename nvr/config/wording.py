"""pydantic's validation errors in the admin's words: what is wrong, and what to write. Never repeats a value: it may be a password."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from pydantic_core import ErrorDetails

from nvr.config.document import Path, field_name
from nvr.config.reference import field_at, known_names

_MESSAGES: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "is not a text",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_type": "is not a number",
    "finite_number": "is not a finite number",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "path_type": "is not a path",
    "tuple_type": "is not a list",
    "dict_type": "is not a mapping",
    "model_type": "is not a section with fields of its own",
    "model_attributes_type": "is not a section with fields of its own",
    "literal_error": "is not one of {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "is shorter than {min_length} characters",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "has {actual_length} entries, and needs {min_length}",
    "too_long": "has more entries than the {max_length} that are taken",
}


def describe(error: ErrorDetails, path: Path) -> tuple[str, str]:
    """Message and remedy of one validation error at a path of the document."""
    context = error.get("ctx", {})
    if "remedy" in context:
        return str(context["message"]), str(context["remedy"])
    if error["type"] == "extra_forbidden":
        return "there is no such field", _nearest(path)
    if error["type"] == "missing" and isinstance(path[-1], int):
        return "the point lacks a coordinate", "Write both, e.g. [0.1, 0.5]"
    template = _MESSAGES.get(error["type"])
    message = template.format(**context) if template else error["msg"]
    return message, _remedy(error["type"], path)


def _remedy(kind: str, path: Path) -> str:
    entry = field_at(path)
    if entry is None:
        return "See docs/configuration.md"
    verb = "Add" if kind == "missing" else "Write"
    quotes = " (in quotes where it looks like a number)" if kind == "string_type" else ""
    limits = f", {entry.limits}" if entry.limits and kind != "missing" else ""
    return f"{verb} e.g. `{entry.example}`{quotes}: {entry.kind}{limits}"


def _nearest(path: Path) -> str:
    names = known_names(path[:-1])
    name = str(path[-1])
    if name == "<<":
        return "Merge keys are not taken: write the values out"
    close = difflib.get_close_matches(name[:40], names, n=1)
    if close:
        return f"Did you mean `{close[0]}`?"
    section = field_name(path[:-1]) if len(path) > 1 else "the file"
    return f"Remove it; {section} takes {', '.join(names)}" if names else "Remove it"

"""What the audit calls an act is in words on the console: the Fiscalía reads "Reservó una grabación", not "hold.place"."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from ingest.ptz import orders
from nvr.storage.janitor import DeletionReason

ROOT = Path(__file__).parents[2]
WRITERS = {"audit", "_note", "note_act", "note_look"}
"""Who takes an action's name as an argument of its own."""


def _tags(union: object) -> set[str]:
    return {each.__struct_config__.tag for each in get_args(union)}


def _constants(call: ast.Call) -> Iterator[str]:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            if name in WRITERS and "." in argument.value:
                yield argument.value
            elif name in {"store_unit", "store_handover"}:
                yield f"{name.removeprefix('store_')}.{argument.value}"
            elif name == "_written":
                yield f"incident.{argument.value}"
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg == "action" and isinstance(value, ast.Constant) and name == "append":
            yield str(value.value)


def _actions() -> set[str]:
    found: set[str] = set()
    for package in ("alerts", "console_web", "nvr"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    found.update(_constants(node))
    found.update(f"segments.{reason}" for reason in get_args(DeletionReason) if reason != "expired")
    found.update(f"ptz.{tag}" for tag in _tags(orders.Act))
    found.update(f"device.{tag}" for tag in _tags(orders.DeviceOrder))
    return found


@pytest.mark.parametrize("language", ["es-PE", "en"])
def test_every_action_has_words(language: str) -> None:
    words = json.loads((ROOT / f"console_web/ui/src/locale/{language}.json").read_text(encoding="utf-8"))
    actions = _actions()
    assert {"alert.take", "hold.place", "unit.retire", "incident.person_added", "segment.lost", "ptz.steer"} <= actions
    assert sorted(action for action in actions if f"audit.action.{action}" not in words) == []

"""Every sentence that the configuration can say of a fault has its Spanish."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from console_web.fault_words import FILE, in_spanish, spanish
from nvr.config import wording
from nvr.config.loader import parse_config
from nvr.errors import ConfigError, ConfigFault

CONFIG = Path(wording.__file__).parent
SPEAKERS = {"fault", "BrokenRule", "ConfigFault", "_error", "_fault"}
ELSEWHERE = {"amendment.py", "changes.py", "reference.py", "json_schema.py"}
"""Modules whose words are for a terminal, or are values."""


def shape(node: ast.expr) -> str:
    """A text with ``{}`` for what varies; "" for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(shape(each) or "{}" for each in values)
        case ast.BinOp(left=left, right=right):
            return shape(left) + shape(right)
        case _:
            return ""


def sentences() -> Iterator[tuple[str, str]]:
    """Module and sentence: arguments of whoever makes a fault, and pairs of message and remedy."""
    for path in sorted(CONFIG.glob("*.py")):
        if path.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            spoken: list[ast.expr] = []
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SPEAKERS:
                spoken = list(node.args)
            elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and all(map(shape, node.elts)):
                spoken = list(node.elts)
            for each in spoken:
                text = shape(each)
                if " " in text and text.strip("{} "):
                    yield path.name, text
    for template in wording._MESSAGES.values():
        yield "wording.py", "".join("{}" if "}" in part else part for part in _split(template))


def _split(template: str) -> list[str]:
    head, *rest = template.split("{")
    parts = [head]
    for part in rest:
        name, _, tail = part.partition("}")
        parts += [f"{name}}}", tail]
    return parts


@pytest.mark.parametrize(("module", "sentence"), sorted(set(sentences())))
def test_every_sentence_is_translated(module: str, sentence: str) -> None:
    """With its values in their places, and no English left of its own."""
    filled = sentence.replace("{}", "x7")
    assert spanish(filled) != filled, f"{module}: add {sentence!r} to {FILE.name}"


def test_most_of_the_words_are_found() -> None:
    """The walk above would notice nothing if it found nothing."""
    assert len(set(sentences())) > 100


def test_values_keep_their_order_and_their_number() -> None:
    """No sentence of ours drops a value but those that end with an English description of a field."""
    words: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    for english, translated in words.items():
        dropped = english.count("{}") - translated.count("{}")
        assert dropped == (1 if "e.g. `{}`" in english and english.endswith(": {}") else 0), english


def test_a_faulty_file_is_told_in_spanish_at_the_same_place() -> None:
    """As the administrator's panel shows it; what nobody translated is shown as it is."""
    text = 'cameras:\n  - {id: cam1, number: 0, name: x, main: {url: "http://h/1"}}\nnonsense: 1\n'
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "cameras.yaml")
    told = [in_spanish(fault) for fault in caught.value.faults]
    assert [(each.line, each.field, each.message) for each in told] == [
        (2, "cameras.0.number", "debe ser al menos 1"),
        (2, "cameras.0.main.url", "solo se aceptan URL rtsp:// y rtsps://"),
        (3, "nonsense", "no existe ese campo"),
    ]
    assert told[1].remedy == "Escriba rtsp://equipo:puerto/ruta"
    odd = ConfigFault("f", 1, 1, "x", "is quite new", "Wait")
    assert in_spanish(odd) == odd

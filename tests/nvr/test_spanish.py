"""Every sentence that is said of a fault of the configuration, of a camera or of a gap has its Spanish."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import ingest
from analytics import picture_health
from ingest import rates
from nvr import errors
from nvr.config import wording
from nvr.config.changes import CameraChange, ConfigDiff, FieldChange, Named
from nvr.config.loader import parse_config
from nvr.errors import ConfigError, ConfigFault, SourceError
from nvr.spanish import CAMERA_FILE, CONFIG_FILE, in_spanish, spanish, spanish_line, spanish_summary, spanish_terms

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


def camera_sentences() -> Iterator[tuple[str, str]]:
    """Module and sentence: what ingest says of a camera whose session ended. What stands in a constant, or is put together before, is left to other tests."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, SourceError)}
    for path in sorted(Path(ingest.__path__[0]).glob("*.py")):
        if path.name == "replay.py":  # speaks to whoever started it, on a terminal
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds:
                for text in filter(None, map(shape, node.args)):
                    yield path.name, text


def _split(template: str) -> list[str]:
    head, *rest = template.split("{")
    parts = [head]
    for part in rest:
        name, _, tail = part.partition("}")
        parts += [f"{name}}}", tail]
    return parts


@pytest.mark.parametrize(("module", "sentence"), sorted({*sentences(), *camera_sentences()}))
def test_every_sentence_is_translated(module: str, sentence: str) -> None:
    """With its values in their places, and no English left of its own."""
    filled = sentence.replace("{}", "x7")
    assert spanish(filled) != filled, f"{module}: add {sentence!r} to one of {CONFIG_FILE.name}, {CAMERA_FILE.name}"


def test_most_of_the_words_are_found() -> None:
    """The walk above would notice nothing if it found nothing."""
    assert len(set(sentences())) > 100
    assert len(set(camera_sentences())) > 100


@pytest.mark.parametrize("file", [CONFIG_FILE, CAMERA_FILE])
def test_values_keep_their_order_and_their_number(file: Path) -> None:
    """No sentence of ours drops a value but those that end with an English description of a field."""
    words: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "cam1/main does not answer as it should: the camera refuses the user or the password: check the credentials file",
            "cam1/main no responde como debe: la cámara rechaza el usuario o la contraseña: Revise el archivo de credenciales",
        ),
        (
            "the camera answers DESCRIBE with 302 Moved: redirects are not followed: write the final URL into cameras.yaml",
            "la cámara responde a DESCRIBE con 302 Moved: no se siguen redirecciones: Escriba la URL final en cameras.yaml",
        ),
        (
            "10.20.0.7:554 can't be reached (Connection refused): check power, cable and address",
            "no se llega a 10.20.0.7:554 (conexión rechazada): Revise corriente, cable y dirección",
        ),
        ("recording mode: outside noche, and nothing moves", "modo de grabación: fuera de noche, y nada se mueve"),
        ("quite: new: words", "quite: new: words"),
        ("", ""),
    ],
)
def test_a_whole_line_is_told(line: str, told: str) -> None:
    """Sentences one inside the other, or one after the other; what nobody translated stays."""
    assert spanish_line(line) == told


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (
            "gone 93% of 61 tiles, flat 12%, saturated 0%, key frames differ in 97%, sharpness 41%, outline 0.93, moved by 12% and -3%",
            "perdido 93% de 61 recuadros, liso 12%, saturado 0%, los cuadros clave difieren en 97%, nitidez 41%, contorno 0.93, movido 12% y -3%",
        ),
        (
            "key frames differ in 97%, 2% alike beyond chance",
            "los cuadros clave difieren en 97%, parecido 2% por encima del azar",
        ),
        ("3.1 of 10 frames a second", "3.1 de 10 cuadros por segundo"),
        ("310 kbit/s, set to 400 to 2500", "310 kbit/s; configurado de 400 a 2500"),
        ("bent 12%, quite new", "bent 12%, quite new"),
    ],
)
def test_figures_behind_a_judgement_are_told(terms: str, told: str) -> None:
    """Term by term, and a sentence that has a comma of its own as a whole."""
    assert spanish_terms(terms) == told


def test_every_figure_behind_a_judgement_is_translated() -> None:
    """As the watchers of views and rates write them."""
    found = 0
    for module in (picture_health, rates):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            match node:
                case ast.Assign(targets=[ast.Name(id="detail") | ast.Attribute(attr="detail")], value=value):
                    pass
                case ast.AugAssign(target=ast.Attribute(attr="detail"), value=value):
                    pass
                case _:
                    continue
            if text := shape(value).removeprefix(", ").replace("{}", "7"):
                found += 1
                assert spanish_terms(text) != text, text
    assert found >= 6


def test_the_history_says_in_spanish_what_a_version_changed() -> None:
    """Every kind of change, and none."""
    setting = FieldChange("node.port", "1", "2")
    diff = ConfigDiff(
        (Named("cam1", "Uno"), Named("cam2", "Dos")),
        (Named("cam3", "Tres"),),
        (CameraChange("cam4", "Cuatro", (), ()),),
        (setting,),
        (setting,),
    )
    assert spanish_summary(diff.summary()) == (
        "se agregó cam1, cam2; se quitó cam3; cambió cam4; ajustes: node.port; desde el próximo arranque: node.port"
    )
    assert spanish_summary(ConfigDiff().summary()) == "nada que importe"
    assert spanish_summary("the first version") == "la primera versión"

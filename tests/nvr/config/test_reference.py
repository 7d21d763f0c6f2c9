"""docs/configuration.md and config/cameras.schema.json say what the models say; examples and defaults in them work."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nvr.config import Config
from nvr.config.document import read_document
from nvr.config.json_schema import PAGE, SCHEMA_FILE, page_text, schema_text
from nvr.config.loader import parse_config
from nvr.config.reference import FieldEntry, field_at, field_entries, known_names

ROOT = Path(__file__).parents[3]
SIBLINGS: dict[str, dict[str, Any]] = {
    "line": {"points": [[0.1, 0.5], [0.9, 0.5]]},
    "crowd": {"count": 3},
    "min_height": {"top": 0.1, "bottom": 0.2},
}
MAIL: dict[str, Any] = {"kind": "mail", "host": "h", "sender": "a@b.pe", "recipients": ["c@d.pe"], "credentials": "x"}
WEBHOOK: dict[str, Any] = {"kind": "webhook", "url": "https://h/", "credentials": "x"}
NAMED = ("aviso_pnp", "correo_pnp", "celular_supervisor", "celular_jefe")
CURE = "run `python -m nvr.config.json_schema` and commit the files"


def test_the_committed_schema_is_current() -> None:
    """Editors check against the committed file."""
    assert (ROOT / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text(), CURE


def test_the_committed_page_is_current_and_names_every_field() -> None:
    """The admin's page is the models', word for word."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page == page_text(page), CURE
    for entry in field_entries():
        assert f"| `{entry.path}` |" in page, entry.path


def test_the_field_list_is_complete() -> None:
    """Counted by hand from the models' own fields, so that a walk that loses a branch is noticed."""
    paths = {entry.path for entry in field_entries()}
    assert {path for path in paths if "." not in path} == {*Config.model_fields, "defaults", "templates"}
    for field in ("node.port", "cameras[].sub.record", "cameras[].zones[].polygon", "cameras[].neighbours"):
        assert field in paths
    assert len(paths) == len(field_entries())


@pytest.mark.parametrize("entry", field_entries(), ids=lambda entry: entry.path)
def test_every_field_has_words_and_its_example_is_taken(entry: FieldEntry) -> None:
    """The example is put into a sound file, in its place, and the file is read: so the remedies of messages are true."""
    assert entry.kind
    assert entry.description
    assert "|" not in entry.path + entry.kind + entry.limits + entry.default + entry.description + entry.example
    value = read_document(entry.example, "example").value
    assert isinstance(value, dict), entry.example
    document: dict[str, Any] = {
        "templates": {"domo": {}},
        "node": {"pools": [{"name": "disco1", "path": "/mnt/disco1"}], "retention_days": 60},
        "schedules": {"noche": [{"from": "22:00", "to": "06:00"}]},
        "cameras": [
            {"id": "cam01", "number": 1, "name": "x", "main": {"url": "rtsp://h/1"}, "zones": [{"name": "z"}]},
            {"id": "cam02", "number": 2, "name": "y", "main": {"url": "rtsp://h/2"}},
        ],
    }
    if entry.path.startswith("agencies[]"):
        document["agencies"] = [
            {"code": "samu", "name": "SAMU"},
            {"code": "serenazgo", "name": "SERENAZGO"},
            {"code": "pnp", "name": "PNP"},
        ]
    document["channels"] = [WEBHOOK | {"name": name} for name in NAMED]
    if entry.path.startswith("channels[]."):
        document["channels"] = [
            (MAIL if entry.path.split(".")[1] in MAIL.keys() | {"port", "tls"} else WEBHOOK) | {"name": "canal"}
        ]
    if entry.path in {"channels[].kind", "channels[].credentials"}:
        document["channels"] = [WEBHOOK | {"name": "canal"}]
    target: Any = document
    for part in entry.path.split(".")[:-1]:
        name, is_list = part.removesuffix("[]").replace("*", "noche"), part.endswith("[]")
        target = target.setdefault(name, {} if not is_list else [{}])
        target = target[0] if is_list else target
        if name == "shifts":
            target.update({"name": "x", "starts": "00:00"})
        if name == "sub":
            target.setdefault("url", "rtsp://h/sub")
        if name == "onvif":
            target.update({"host": "h", "tls": True})
        if name == "patrols":
            target.update({"name": "Ronda", "stops": [{"preset": "a"}, {"preset": "b"}]})
        if name == "stops":
            target.setdefault("preset", "a")
        target.update(SIBLINGS.get(name, {}))
    target.update(value)
    if entry.path == "cameras[].certificate_sha256":
        document["cameras"][0]["main"]["url"] = "rtsps://h/1"
    if document["cameras"][0].get("ptz"):
        document["cameras"][0]["onvif"] = {"host": "h"}
    node = document.get("node", {})
    if "tls_key" in node or "tls_certificate" in node:
        node.update({"tls_key": "k", "tls_certificate": "c"})
    parse_config(json.dumps(document), "example")


def test_fields_are_found_from_places_inside_them() -> None:
    """A coordinate belongs to its polygon, a neighbour to the neighbours; an unknown field to what stands around it."""
    found = field_at(("cameras", 3, "zones", 0, "polygon", 2, 1))
    assert found is not None
    assert found.path == "cameras[].zones[].polygon"
    found = field_at(("cameras", 3, "neighbours", "cam02"))
    assert found is not None
    assert found.path == "cameras[].neighbours"
    found = field_at(("schedules", "noche", 0, "from"))
    assert found is not None
    assert found.path == "schedules.*[].from"
    assert known_names(("schedules", "noche", 0)) == ("days", "from", "to")
    assert field_at(("nonsense",)) is None


def test_the_pages_own_files_are_sound() -> None:
    """Whoever copies from the page gets a working file."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    files = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if block.startswith("version:")]
    assert len(files) == 3
    for block in files:
        assert parse_config(block, "page").cameras

"""``defaults`` and ``templates`` of ``cameras.yaml``: from what the admin wrote to whole cameras, each value knowing where it was written.

A camera is what ``defaults`` say, over that what its template says, over that what stands at itself (``nvr.config.merging``). What comes out is
a document like any other: the models know nothing of templates, and a fault of an inherited value points into the template, once, however many
cameras inherit it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from nvr.config.document import MAX_VALUES, Document, Path, field_name
from nvr.config.merging import PLACEHOLDERS, Layer, count, filled, inner_paths, merge, placeholders, without_strangers
from nvr.config.stream_url import stream_url_fault
from nvr.errors import ConfigFault

TEMPLATE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_OWN: Final = ("id", "name", "number", "host")
_SPARE: Final = "template-check"
_TAIL_NUMBER: Final = re.compile(r"0*([1-9][0-9]{0,3})$")
_NO_LAYER: Final = Layer((), {})


@dataclass(slots=True)
class Expanded:
    """A document without defaults and templates.

    Attributes:
        document: as if every camera had been written out.
        origins: path of an inherited value there, to its path in the file.
        faults: what is wrong with defaults, templates and their use.
        checks: whole cameras made of templates that no camera uses, to be validated for what the templates say.
    """

    document: Document
    origins: dict[Path, Path] = field(default_factory=dict)
    faults: list[ConfigFault] = field(default_factory=list)
    checks: list[tuple[dict[str, object], dict[Path, Path]]] = field(default_factory=list)

    def written(self, path: Path) -> Path:
        """Where a value was written, or the nearest thing around it."""
        for length in range(len(path), 2, -1):
            origin = self.origins.get(path[:length])
            if origin is not None:
                return (*origin, *path[length:])
        return path


def expand(document: Document, name: str) -> Expanded:
    """Write every camera out; ``name`` is how messages call the file. Never fails: what can't be expanded stays as it is, with a fault."""
    root = document.value
    if not isinstance(root, dict) or not isinstance(root.get("cameras"), list):
        return Expanded(document)
    return _Expansion(document, root, name).run()


class _Expansion:
    def __init__(self, document: Document, root: Mapping[str, object], name: str) -> None:
        self._document, self._root, self._name = document, root, name
        self._out = Expanded(document)
        self._defaults = _NO_LAYER
        self._templates: dict[str, Layer] = {}
        self._used: set[str] = set()
        self._values = 0

    def run(self) -> Expanded:
        self._read_layers()
        written = self._root["cameras"]
        cameras = [
            self._camera(index, entry) for index, entry in enumerate(written if isinstance(written, list) else ())
        ]
        self._check_unused()
        value = {key: inner for key, inner in self._root.items() if key not in {"defaults", "templates"}}
        value["cameras"] = cameras
        places = dict(self._document.places)
        for path, origin in self._out.origins.items():
            places[path] = self._document.place(origin)
        self._out.document = Document(value, places, self._document.faults)
        return self._out

    def _read_layers(self) -> None:
        defaults = self._root.get("defaults")
        if isinstance(defaults, dict):
            self._defaults = self._layer(("defaults",), defaults, may_name_template=True)
        elif defaults is not None:
            self._fault(
                ("defaults",),
                "is not a section with fields of a camera",
                "Write e.g. `defaults: {trunk: Anillo norte}`",
            )
        templates = self._root.get("templates")
        if templates is not None and not isinstance(templates, dict):
            self._fault(("templates",), "is not a mapping of templates", "Write each template under a name of its own")
            return
        for name, entry in (templates or {}).items():
            path: Path = ("templates", name)
            if not TEMPLATE_NAME.fullmatch(name):
                self._fault(
                    path,
                    "a template's name has 1 to 40 lower-case letters, digits, hyphens and underscores",
                    "Write e.g. `domo`",
                )
            if isinstance(entry, dict):
                self._templates[name] = self._layer(path, entry, may_name_template=False)
            else:
                self._templates[name] = _NO_LAYER
                self._fault(
                    path, "is not a section with fields of a camera", "Write under it what its cameras have in common"
                )

    def _layer(self, path: Path, entry: Mapping[str, object], *, may_name_template: bool) -> Layer:
        """The mapping without what belongs to each camera alone, and without texts that can't be filled."""
        kept = dict(entry)
        for key in [*_OWN, *(() if may_name_template else ("template",))]:
            if key in kept:
                remedy = (
                    "A template takes no other one: write its values out"
                    if key == "template"
                    else "Write it at each camera"
                )
                self._fault((*path, key), "does not belong here", remedy)
                del kept[key]
        for inside in inner_paths(kept):
            text = self._at(kept, inside)
            if not isinstance(text, str):
                continue
            for placeholder in placeholders(text):
                if placeholder not in PLACEHOLDERS:
                    known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                    self._fault(
                        (*path, *inside),
                        "holds a brace that is none of the placeholders",
                        f"Write {known}, or {{{{ and }}}} for braces as such",
                    )
                    break
        return Layer(path, {key: without_strangers(value) for key, value in kept.items()})

    def _at(self, value: object, path: Path) -> object:
        for part in path:
            value = value[part] if isinstance(value, dict | list) else None  # type: ignore[index]  # a path of inner_paths
        return value

    def _camera(self, index: int, entry: object) -> object:
        if not isinstance(entry, dict):
            return entry
        path: Path = ("cameras", index)
        own = {key: value for key, value in entry.items() if key not in {"template", "host"}}
        if own.get("number") is None and (derived := _number_of(own.get("id"))) is not None:
            own["number"] = derived
        template = self._template(path, entry)
        given = self._given(path, entry, own, template)
        inherited = merge(self._defaults, template)
        self._values += count(inherited.value)
        if self._values > MAX_VALUES:
            if self._values - count(inherited.value) <= MAX_VALUES:
                self._fault(
                    path,
                    f"with what cameras inherit, the file holds more than {MAX_VALUES} values",
                    "Shorten the templates",
                )
            return own
        outer = {key: filled(value, given) for key, value in inherited.value.items() if key != "template"}
        whole = merge(Layer(("",), outer), Layer(path, own))
        for inside, origin in whole.origins.items():
            if origin[:1] == ("",):
                self._out.origins[*path, *inside] = inherited.origins[inside]
        return whole.value

    def _template(self, path: Path, entry: Mapping[str, object]) -> Layer:
        at: Path = (*path, "template")
        name = entry.get("template")
        if "template" not in entry:
            name, at = self._defaults.value.get("template"), ("defaults", "template")
        if name is None:
            return _NO_LAYER
        if isinstance(name, str) and name.strip() in self._templates:
            self._used.add(name.strip())
            return self._templates[name.strip()]
        close = difflib.get_close_matches(str(name)[:40], self._templates, n=1)
        known = ", ".join(list(self._templates)[:8])
        remedy = (
            f"Did you mean `{close[0]}`?"
            if close
            else f"Write one of {known}"
            if known
            else "Add it to `templates:` at the top of the file"
        )
        self._fault(at, "no template of this file has this name", remedy)
        return _NO_LAYER

    def _given(
        self, path: Path, entry: Mapping[str, object], own: Mapping[str, object], template: Layer
    ) -> dict[str, str]:
        """What the camera gives for placeholders; a fault for what it owes its template."""
        given = {key: str(own[key]).strip() for key in ("id", "number") if isinstance(own.get(key), str | int)}
        host = entry.get("host")
        if isinstance(host, str) and "/" not in host and stream_url_fault(f"rtsp://{host.strip()}/") is None:
            given["host"] = host.strip()
        elif host is not None:
            self._fault(
                (*path, "host"),
                "is not an address or a name, with or without a port",
                "Write e.g. `host: 10.20.0.7` or `host: 10.20.0.7:8554`",
            )
            given["host"] = f"host-{path[-1]}.invalid"
        if "host" not in given and self._asks_for_host(own, template):
            self._fault(path, "what it inherits asks for {host}, which it does not give", "Add e.g. `host: 10.20.0.7`")
            given["host"] = f"host-{path[-1]}.invalid"
        return given

    def _asks_for_host(self, own: Mapping[str, object], template: Layer) -> bool:
        """Whether a text that the camera really inherits holds {host}."""
        whole = merge(Layer(("",), merge(self._defaults, template).value), Layer(("own",), own))
        return any(
            "host" in placeholders(text)
            for inside, origin in whole.origins.items()
            if origin[:1] == ("",) and isinstance(text := self._at(whole.value, inside), str)
        )

    def _check_unused(self) -> None:
        for name, template in self._templates.items():
            if name not in self._used:
                inherited = merge(self._defaults, template)
                given = {"host": "192.0.2.1", "id": _SPARE, "number": "9999"}
                value = {key: filled(inner, given) for key, inner in inherited.value.items() if key != "template"}
                self._out.checks.append((value | {"id": _SPARE, "number": 9999, "name": _SPARE}, inherited.origins))

    def _fault(self, path: Path, message: str, remedy: str) -> None:
        found = ConfigFault(self._name, *self._document.place(path), field_name(path), message, remedy)
        if found not in self._out.faults:
            self._out.faults.append(found)


def _number_of(camera_id: object) -> int | None:
    """The number that an id ends with: ``cam07`` is number 7, as on every list that people make of cameras."""
    found = _TAIL_NUMBER.search(camera_id.strip()) if isinstance(camera_id, str) else None
    return int(found[1]) if found else None

"""The JSON Schema of ``cameras.yaml`` as it is written: that of the models, plus what is resolved before they see it (``nvr.config.templates``)."""

from __future__ import annotations

import copy
from typing import Any, Final

from nvr.config.schema import Config
from nvr.config.templates import TEMPLATE_NAME

LAYERS: Final = ("defaults", "templates")
_LAYER: Final = "CameraLayer"
_ONCE: Final = ("id", "number", "name")
_TEMPLATE: Final = {
    "type": "string",
    "pattern": f"^{TEMPLATE_NAME.pattern}$",
    "description": "name of the template that the camera takes what it does not say itself from; also in `defaults`",
    "examples": ["domo"],
}
_HOST: Final = {
    "type": "string",
    "description": "what `{host}` stands for in the texts that the camera inherits: address or name, with a port or without",
    "examples": ["10.20.0.7"],
}


def written_schema(*, for_editors: bool) -> dict[str, Any]:
    """The schema of the file.

    Args:
        for_editors: ask for nothing that a template may give. Otherwise "required" is what a camera must have in the end.
    """
    schema = copy.deepcopy(Config.model_json_schema())
    definitions = schema["$defs"]
    camera = definitions["Camera"]
    camera["required"].remove("number")  # the id gives it
    # Beside the name, where a person would write them.
    properties = dict(camera["properties"])
    camera["properties"] = {
        **{key: properties.pop(key) for key in _ONCE},
        "template": _TEMPLATE,
        "host": _HOST,
        **properties,
    }
    if for_editors:
        camera["required"] = ["id", "name"]
        definitions["StreamSource"].pop("required")
    definitions[_LAYER] = {
        "type": "object",
        "title": _LAYER,
        "additionalProperties": False,
        "description": "What cameras have in common.",
        "properties": {"template": _TEMPLATE, **properties},
    }
    template = copy.deepcopy(definitions[_LAYER])
    del template["properties"]["template"]
    definitions["Template"] = template | {"title": "Template"}
    layers: dict[str, Any] = {
        "defaults": {
            "$ref": f"#/$defs/{_LAYER}",
            "description": "what every camera has that says nothing else; any field of a camera but id, number, name and host",
            "examples": [{"trunk": "Anillo norte"}],
        },
        "templates": {
            "type": "object",
            "patternProperties": {f"^{TEMPLATE_NAME.pattern}$": {"$ref": "#/$defs/Template"}},
            "description": "the same for the cameras that name the template; see Defaults and templates",
            "examples": [{"domo": {"main": {"url": "rtsp://{host}/stream1"}}}],
        },
    }
    before = dict(schema["properties"])
    cameras = before.pop("cameras")
    schema["properties"] = {**before, **layers, "cameras": cameras}
    return schema

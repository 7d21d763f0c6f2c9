"""The model that says what moved: where it lies, who asks it, and whether it can be used."""

from __future__ import annotations

from pathlib import Path

from nvr.app.folders import Folders
from nvr.config import Config
from nvr.errors import ConfigFault


def model_path(config: Config, folders: Folders) -> Path | None:
    """Where it lies; None where there is none."""
    named = config.node.objects.model
    return None if named is None else folders.data / named


def model_fault(file: Path, config: Config, data: Path | None) -> ConfigFault | None:
    """What is wrong with the model that a configuration names, found by trying it; None where it can be used, or there is none.

    Args:
        file: that the configuration was read from.
        config: what it says.
        data: the data folder, where that is not the configuration's own.

    A control room that is started with such a model records all the same, and says it in its log and figures: a file that is gone must not stop it.
    """
    path = model_path(config, Folders.of(config) if data is None else Folders.at(data))
    if path is None:
        return None
    # Here and not above: OpenCV takes 60 MB.
    from analytics.objects import ModelUnusable, ObjectModel  # noqa: PLC0415

    try:
        ObjectModel(path, config.node.objects)
    except ModelUnusable as error:
        return ConfigFault(str(file), 0, 0, "node.objects.model", error.message, error.remedy.capitalize())
    return None

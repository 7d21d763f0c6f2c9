"""The catalogue of ocurrencias: what an incident can be. Codes are stable for ever; names and priorities may be refined."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True, slots=True)
class OccurrenceType:
    """A kind of occurrence. ``priority`` is what the screen proposes, 1 to 3; ``code`` is e.g. PAT-ROBO."""

    code: str
    group: str
    name: str
    priority: int


class _Type(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}-[A-Z0-9-]{2,24}$")]
    name: Annotated[str, Field(min_length=3, max_length=80)]
    priority: Annotated[int, Field(ge=1, le=3)] = 3


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    prefix: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    name: Annotated[str, Field(min_length=3, max_length=40)]
    types: tuple[_Type, ...]


class _Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Annotated[int, Field(ge=1, le=1)]
    groups: tuple[_Group, ...]


@cache
def occurrence_types() -> tuple[OccurrenceType, ...]:
    """All of them, in the order in which screens offer them."""
    text = files("alerts").joinpath("occurrences.yaml").read_text(encoding="utf-8")
    document = _Catalogue.model_validate(yaml.safe_load(text))
    return tuple(
        OccurrenceType(kind.code, group.name, kind.name, kind.priority)
        for group in document.groups
        for kind in group.types
    )


@cache
def _by_code() -> dict[str, OccurrenceType]:
    return {kind.code: kind for kind in occurrence_types()}


def occurrence_type(code: str) -> OccurrenceType | None:
    """The type of that code."""
    return _by_code().get(code)

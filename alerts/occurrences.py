"""The catalogue of ocurrencias: what an incident can be. Codes are stable for ever; names and priorities may be refined."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True, slots=True)
class ProcedureStep:
    """A step of a procedure. ``required``: closing the incident without it warns; ``code`` stands for the same deed in all procedures."""

    code: str
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class OccurrenceType:
    """A kind of occurrence. ``priority`` is what the screen proposes, 1 to 3; ``code`` is e.g. PAT-ROBO; ``procedure`` what to do, in order."""

    code: str
    group: str
    name: str
    priority: int
    procedure: tuple[ProcedureStep, ...] = ()


_StepCode = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,23}$")]


class _Procedure(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    required: tuple[_StepCode, ...] = ()
    steps: Annotated[tuple[_StepCode, ...], Field(min_length=1, max_length=12)]


class _Type(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    procedure: str | None = None
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}-[A-Z0-9-]{2,24}$")]
    name: Annotated[str, Field(min_length=3, max_length=80)]
    priority: Annotated[int, Field(ge=1, le=3)] = 3


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    prefix: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    name: Annotated[str, Field(min_length=3, max_length=40)]
    procedure: str
    types: tuple[_Type, ...]


class _Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Annotated[int, Field(ge=1, le=1)]
    steps: dict[_StepCode, Annotated[str, Field(min_length=8, max_length=120)]]
    procedures: dict[str, _Procedure]
    groups: tuple[_Group, ...]

    def procedure(self, name: str) -> tuple[ProcedureStep, ...]:
        """The steps of a procedure."""
        found = self.procedures[name]
        strays = set(found.required) - set(found.steps)
        if strays:
            raise ValueError(f"procedure {name}: {sorted(strays)} are required, but no steps of it")
        return tuple(ProcedureStep(code, self.steps[code], code in found.required) for code in found.steps)


@cache
def occurrence_types() -> tuple[OccurrenceType, ...]:
    """All of them, in the order in which screens offer them."""
    text = files("alerts").joinpath("occurrences.yaml").read_text(encoding="utf-8")
    document = _Catalogue.model_validate(yaml.safe_load(text))
    return tuple(
        OccurrenceType(
            kind.code, group.name, kind.name, kind.priority, document.procedure(kind.procedure or group.procedure)
        )
        for group in document.groups
        for kind in group.types
    )


@cache
def _by_code() -> dict[str, OccurrenceType]:
    return {kind.code: kind for kind in occurrence_types()}


def occurrence_type(code: str) -> OccurrenceType | None:
    """The type of that code."""
    return _by_code().get(code)

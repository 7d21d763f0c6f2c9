"""Whether a model of the administrator's says what moved (docs/design/objects.md)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nvr.config.fields import PlainPath, Real, Share, Whole
from nvr.config.section import Section

_Classes = Annotated[tuple[Annotated[int, Field(strict=True, ge=0, le=9999)], ...], Field(max_length=64)]


class ObjectSettings(Section):
    """Off unless a model is named."""

    model: PlainPath | None = Field(
        None,
        description="ONNX file of an object detector with a head of (1, 4 + classes, boxes); relative to the data folder; none: off",
        examples=["modelos/personas.onnx"],
    )
    input_px: Whole = Field(
        640, ge=32, le=1920, description="width and height of the picture that the model takes", examples=[320]
    )
    persons: _Classes = Field((0,), description="numbers of the model's classes that are people", examples=[[0]])
    vehicles: _Classes = Field(
        (1, 2, 3, 5, 7),
        description="numbers of the model's classes that are vehicles; by default bicycle, car, motorcycle, bus and lorry of COCO",
        examples=[[2, 5, 7]],
    )
    least_score: Share = Field(0.5, description="what is less sure than this is not said", examples=[0.6])
    budget_ms_per_s: Real = Field(
        100,
        gt=0,
        le=4000,
        description="milliseconds of processor time a second that all of it may take; what does not fit stays unsaid and is counted",
        examples=[200],
    )


NodeObjects = Annotated[
    ObjectSettings,
    Field(
        description="what moved, a person or a vehicle, said by a model that you provide; off without one",
        examples=[{"model": "modelos/personas.onnx", "input_px": 320}],
    ),
]

"""What every section of ``cameras.yaml`` is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping with known fields: an unknown one is a fault; frozen once read."""

    # hide_input: a validation error is printed by whoever catches it, and inputs hold what people take for a good place for a password.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,
        # A worker that starts again checks whole files, never one section by itself: a validator for each of them costs a fifth of a second.
        defer_build=True,
    )

"""What every answer of the console is made from; the schemas beside this module say which there are."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Out(BaseModel):
    """An answer: its fields are all that it has, and none changes once it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

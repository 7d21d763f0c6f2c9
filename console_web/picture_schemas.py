"""What the console says of pictures that are of no use; part of ``console_web.schemas``."""

from __future__ import annotations

from typing import Literal

from console_web.answer import Out

Aspect = Literal["picture", "frame_rate", "bit_rate"]
Condition = Literal["black", "blinded", "covered", "defocused", "frozen", "turned", "slow", "fast", "thin", "fat"]


class PictureFaultOut(Out):
    """What is wrong with what a stream brings."""

    aspect: Aspect
    condition: Condition
    since_wall_ms: int
    detail: str

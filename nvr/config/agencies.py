"""Who can be sent, in ``cameras.yaml``: Serenazgo and the PNP always, others (Bomberos, SAMU) where the file names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from nvr.config.channels import BOARD, ChannelName
from nvr.config.fields import PlainText, Whole, fault
from nvr.config.section import Section

SERENAZGO: Final = "serenazgo"
PNP: Final = "pnp"
ALWAYS: Final = (SERENAZGO, PNP)
"""Two distinct acts with keys of their own: Serenazgo supports; the PNP detains and investigates."""

AGENCY_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,15}")

Sound = Literal["double", "rising", "falling", "long"]
Channel = Literal["board", "radio", "telephone"]


def _code(value: str) -> str:
    if not AGENCY_CODE.fullmatch(value):
        raise fault(
            "an agency's code has 2 to 16 lower-case letters, digits and underscores and begins with a letter",
            "Write e.g. `code: bomberos`",
        )
    return value


class Deadlines(Section):
    """How long an agency may take, in seconds, all counted from the moment of sending."""

    received_s: Whole = Field(
        60,
        ge=10,
        le=3600,
        description="without recibido after so many seconds the operator must call and have it read back",
        examples=[90],
    )
    en_route_s: Whole = Field(
        180, ge=10, le=86_400, description="without en camino after so many seconds both pages warn", examples=[240]
    )
    on_scene_s: Whole = Field(
        600, ge=10, le=86_400, description="without en el lugar after so many seconds both pages warn", examples=[900]
    )


class Agency(Section):
    """An institution that can be sent to an incident, with a board of its own."""

    code: Annotated[PlainText, AfterValidator(_code)] = Field(
        description="short, never changed and never given to another agency: dispatches are filed under it",
        examples=["bomberos"],
    )
    name: PlainText = Field(
        min_length=2, max_length=30, description="what people call it, on every page", examples=["Bomberos"]
    )
    deadlines: Deadlines = Field(
        Deadlines(), description="how long it may take, from the moment of sending", examples=[{"received_s": 90}]
    )
    sound: Sound = Field(
        "double",
        description="how its board rings: double (two rising pairs), rising, falling or long",
        examples=["falling"],
    )
    channel: Channel = Field(
        "board",
        description="how it learns of a dispatch: board (somebody sits before it), radio or telephone (nobody does: the operator calls at once)",
        examples=["telephone"],
    )
    contact: PlainText = Field(
        "",
        max_length=60,
        description="number or radio channel by which it is called when its board does not answer",
        examples=["canal 3"],
    )
    channels: tuple[ChannelName, ...] = Field(
        (),
        max_length=8,
        description="names of `channels:` by which a dispatch is told in this order until one of them took it; after the board where `channel` is board",
        examples=[["aviso_pnp", "correo_pnp"]],
    )

    @property
    def chain(self) -> tuple[str, ...]:
        """The channels of a dispatch in their order, the board among them."""
        return (BOARD, *self.channels) if self.channel == "board" else self.channels


BOTH: Final = (
    Agency(code=SERENAZGO, name="SERENAZGO", contact="radio"),
    Agency(code=PNP, name="PNP", contact="105", sound="falling"),
)
"""Where the file names none: told apart by ear too, where both boards stand in one room."""


def agency_faults(agencies: Sequence[Mapping[str, object]]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Where, what and what to do about lists in which codes or names stand twice or one of the two is missing; of plain data, valid or not."""
    for field in ("code", "name"):
        seen: set[str] = set()
        for index, agency in enumerate(agencies):
            value = str(agency.get(field, "")).strip().casefold()
            if value and value in seen:
                yield (
                    ("agencies", index, field),
                    f"two agencies have the same {field}",
                    f"Give each agency its own {field}",
                )
            seen.add(value)
    codes = {str(agency.get("code", "")).strip() for agency in agencies}
    for code in ALWAYS:
        if code not in codes:
            yield (
                ("agencies",),
                f"{code} is missing, to which a key of the operator's page belongs",
                f"Add e.g. `- {{code: {code}, name: {code.upper()}}}`",
            )

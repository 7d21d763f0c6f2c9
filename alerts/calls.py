"""A citizen's call: who told what of which place, by which line. It stands on the time line of the incident that came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts import inputs
from alerts.nearby import must_be_on_earth
from nvr.catalogue.texts import line
from nvr.errors import InvalidInput


class CallOrigin(StrEnum):
    """By which line it came; the room's own number is ``own``."""

    POLICE = "105"
    EMERGENCY = "911"
    OWN = "own"
    RADIO = "radio"
    IN_PERSON = "in_person"


_TEXTS: Final = {"caller": 80, "phone": 24, "place": 200, "sector": 60}


@dataclass(frozen=True, slots=True)
class Call:
    """What the caller says. ``location`` is latitude and longitude where they are known. Name and telephone may be withheld; ``told`` in his words, where the incident's own note does not say it."""

    origin: CallOrigin
    caller: str
    phone: str
    place: str
    sector: str = ""
    location: tuple[float, float] | None = None
    told: str = ""

    def detail(self) -> dict[str, str]:
        """The call as it stands on a time line, empty fields left out.

        Raises:
            InvalidInput: it says no place, or one that is none.
        """
        texts = {name: line(getattr(self, name), limit) for name, limit in _TEXTS.items()}
        if not texts["place"]:
            raise InvalidInput("Falta el lugar de la llamada", "escriba la dirección o una referencia")
        if self.location is not None:
            latitude, longitude = self.location
            must_be_on_earth(latitude, longitude)
            texts["location"] = f"{latitude:.6f}, {longitude:.6f}"
        texts["text"] = inputs.note(self.told)
        return {"origin": self.origin.value} | {name: text for name, text in texts.items() if text}

"""How a dispatch ended: what must be said of it before it can be closed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from alerts.records import DispatchResult
from nvr.catalogue.texts import line
from nvr.errors import InvalidInput

RESULT_WORDS: Final = {
    DispatchResult.ATTENDED: "atendido",
    DispatchResult.INTERVENED: "intervenido",
    DispatchResult.HANDED_TO_PNP: "entregado a la PNP",
    DispatchResult.FALSE_ALARM: "falsa alarma",
}
_CIP: Final = re.compile(r"[0-9]{6,8}")


@dataclass(frozen=True, slots=True)
class Closing:
    """A result, and who of the PNP received: name, CIP (carné de identidad policial, 6 to 8 digits) and comisaría, all or none."""

    result: DispatchResult
    receiver_name: str = ""
    receiver_cip: str = ""
    receiver_station: str = ""


def closing(said: Closing | None) -> Closing:
    """What was said, with texts that fit.

    Raises:
        InvalidInput: nothing was said, the receiver is missing or is no such person, or one is named though nothing was handed over.
    """
    if said is None:
        raise InvalidInput("Falta el resultado del despacho", "elija: " + ", ".join(RESULT_WORDS.values()))
    name, station = line(said.receiver_name, 80), line(said.receiver_station, 80)
    cip = line(said.receiver_cip, 12).replace(" ", "")
    if said.result is not DispatchResult.HANDED_TO_PNP:
        if name or cip or station:
            raise InvalidInput(
                "Solo una entrega a la PNP tiene receptor", "elija «entregado a la PNP», o deje vacíos esos campos"
            )
        return Closing(said.result)
    missing = [word for word, value in (("nombre", name), ("CIP", cip), ("comisaría", station)) if not value]
    if missing:
        raise InvalidInput(
            f"Falta de quien recibe por la PNP: {', '.join(missing)}", "escriba nombre, CIP y comisaría del receptor"
        )
    if not _CIP.fullmatch(cip):
        raise InvalidInput("El CIP no es válido", "escriba sus 6 a 8 cifras, como están en el carné")
    return Closing(said.result, name, cip, station)

"""The Transport header of SETUP (RFC 2326 section 12.39): what the client offers, first come first chosen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PAIR: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Channels:
    """RTP and RTCP on the RTSP connection, on these channels."""

    rtp: int
    rtcp: int


@dataclass(frozen=True, slots=True)
class ClientPorts:
    """RTP and RTCP to these UDP ports of the client."""

    rtp: int
    rtcp: int


def choose_transport(header: str) -> Channels | ClientPorts | None:
    """The first offer that the fleet can serve, or None. ``Channels(-1, -1)`` leaves the choice of channels to the server."""
    for offer in header.split(","):
        profile, *parameters = (part.strip() for part in offer.split(";"))
        names = {name.lower(): value for name, _, value in (parameter.partition("=") for parameter in parameters)}
        if "multicast" in names:
            continue
        if profile.upper() == "RTP/AVP/TCP":
            pair = _pair(names.get("interleaved", ""), 255)
            if pair is not None:
                return Channels(*pair)
            if "interleaved" not in names:
                return Channels(-1, -1)
        elif profile.upper() in {"RTP/AVP", "RTP/AVP/UDP"}:
            pair = _pair(names.get("client_port", ""), 65_535)
            if pair is not None and pair[0] > 0:
                return ClientPorts(*pair)
    return None


def _pair(text: str, limit: int) -> tuple[int, int] | None:
    match = _PAIR.fullmatch(text)
    if match is None:
        return None
    first = int(match[1])
    second = first + 1 if match[2] is None else int(match[2])
    return (first, second) if first <= limit and second <= limit and first != second else None

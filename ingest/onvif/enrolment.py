"""From what a camera says of itself to its entry in ``cameras.yaml``: which stream is which, what is refused, what to warn of. Pure, but for ``probe``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingest.onvif.addresses import Address, Endpoint, on_device, stream_host_fault
from ingest.onvif.device import Device, Identity
from ingest.onvif.media import MediaProfile, profiles
from nvr.config import Credential
from nvr.config.stream_url import stream_url_fault
from nvr.errors import DeviceHostile, InvalidInput

RECORDABLE: Final = frozenset({"h264", "h265"})
_SUB_AIM_PX: Final = 640 * 360
_SUB_MOST_PX: Final = 1280 * 720
_CLOCK_WARNING_S: Final = 2.0
_GOP_WARNING_S: Final = 4.0
_PLAIN_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*|[0-9]+(?:\.[0-9]+){3}")


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found at an address. ``offers`` are the profiles with streams that may be pulled, ``refused`` why others may not."""

    endpoint: Endpoint
    identity: Identity
    clock_offset_s: float
    movable: bool
    events: bool
    offers: tuple[MediaProfile, ...]
    refused: tuple[str, ...]
    renamed: dict[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """The streams that are taken."""

    main: MediaProfile
    sub: MediaProfile | None


def probe(endpoint: Endpoint, credential: Credential | None, *, own_address: bool = False) -> Probe:
    """Ask a device everything that its entry needs. Blocking.

    Args:
        own_address: put the device's own address into its streams, whatever host it names.

    Raises:
        SourceError: as ``Device``.
    """
    device = Device(endpoint, credential)
    offers, refused = offered(profiles(device), device.address, endpoint.host, own_address=own_address)
    return Probe(
        endpoint=endpoint,
        identity=device.identity(),
        clock_offset_s=device.clock_offset_s,
        movable=device.has("ptz") and any(each.ptz for each in offers),
        events=device.has("events"),
        offers=offers,
        refused=refused,
        renamed=device.renamed,
    )


def offered(
    found: Sequence[MediaProfile], address: Address, host: str, *, own_address: bool
) -> tuple[tuple[MediaProfile, ...], tuple[str, ...]]:
    """The profiles whose streams may be pulled and recorded, and a line for each of the others."""
    offers: list[MediaProfile] = []
    refused: list[str] = []
    for profile in found:
        uri, fault = profile.uri, profile.uri_fault
        if not fault and profile.codec not in RECORDABLE:
            fault = f"its codec {profile.codec or '(unknown)'} is not recorded; set it to H.264 or H.265 in the camera"
        if not fault and not uri:
            fault = "it names no stream"
        try:
            uri = on_device(uri, host) if own_address and not fault else uri
        except DeviceHostile as error:
            fault = error.message
        fault = fault or stream_host_fault(uri, address) or _url_fault(uri)
        if fault:
            refused.append(f"{profile.name or profile.token}: {fault}")
        else:
            offers.append(_with_uri(profile, uri))
    return tuple(offers), tuple(refused)


def _url_fault(uri: str) -> str:
    found = stream_url_fault(uri)
    return "" if found is None else f"{found[0]} ({found[1]})"


def _with_uri(profile: MediaProfile, uri: str) -> MediaProfile:
    values = {name: getattr(profile, name) for name in MediaProfile.__slots__}
    return MediaProfile(**values | {"uri": uri})


def choose(offers: Sequence[MediaProfile], main: str = "", sub: str = "") -> Choice:
    """Which profile is recorded, and which is analysed.

    ``main`` is the largest picture; ``sub`` the one nearest to 640x360 that is smaller and not above 1280x720, on another URL.

    Args:
        main: token of the profile to record; "" chooses.
        sub: the same for the small one; ``none``: there is none.

    Raises:
        InvalidInput: no profile at all, or none of that token.
    """
    if not offers:
        raise InvalidInput("the camera offers no stream that can be taken", "see the lines above")
    chosen = _named(offers, main) if main else max(offers, key=lambda each: (_pixels(each), each.fps, each.kbps))
    if sub == "none":
        return Choice(chosen, None)
    if sub:
        return Choice(chosen, _named(offers, sub))
    smaller = [
        each
        for each in offers
        if each.uri != chosen.uri and 0 < _pixels(each) < _pixels(chosen) and _pixels(each) <= _SUB_MOST_PX
    ]
    return Choice(chosen, min(smaller, key=lambda each: abs(_pixels(each) - _SUB_AIM_PX), default=None))


def _pixels(profile: MediaProfile) -> int:
    return profile.width_px * profile.height_px


def _named(offers: Sequence[MediaProfile], token: str) -> MediaProfile:
    found = next((each for each in offers if each.token == token), None)
    if found is None:
        raise InvalidInput(f"no profile is called {token}", f"one of: {', '.join(each.token for each in offers)}")
    return found


def warnings(found: Probe, choice: Choice) -> list[str]:
    """What the admin should know, or mend in the camera; one line each."""
    said = [f"passed over {line}" for line in found.refused]
    for service, host in sorted(found.renamed.items()):
        said.append(
            f"it says that its {service} service is at {host}; it is asked at {found.endpoint.host} all the same"
        )
    if abs(found.clock_offset_s) > _CLOCK_WARNING_S:
        way = "ahead of" if found.clock_offset_s > 0 else "behind"
        said.append(f"its clock is {abs(found.clock_offset_s):.1f} s {way} this machine's: set it to a time server")
    if choice.main.gop_s > _GOP_WARNING_S:
        said.append(f"a key frame every {choice.main.gop_s:.0f} s only: set 2 s, or live video and cuts wait that long")
    if choice.sub is None:
        said.append("no small stream: the key frames of the main one are analysed, which costs more and sees less")
    return said


def describe(profile: MediaProfile) -> str:
    """One line for a table of profiles."""
    size = f"{profile.width_px}x{profile.height_px}" if profile.width_px else "size unknown"
    rate = f"{profile.fps:g} fps" if profile.fps else "rate unknown"
    gop = f", key frame each {profile.gop_s:g} s" if profile.gop_s else ""
    kbps = f", {profile.kbps} kb/s" if profile.kbps else ""
    return f"{profile.token}: {profile.codec} {size} {rate}{gop}{kbps}{', moves' if profile.ptz else ''}"


def entry_lines(found: Probe, choice: Choice, *, camera_id: str, number: int, name: str, credentials: str) -> list[str]:
    """The entry as lines of YAML, without the list's indentation."""
    lines = [f"id: {camera_id}", f"number: {number}", f"name: {json.dumps(name, ensure_ascii=False)}"]
    if credentials:
        lines.append(f"credentials: {credentials}")
    lines.append(f"main: {{url: {_quoted(choice.main.uri)}}}")
    if choice.sub is not None:
        lines.append(f"sub: {{url: {_quoted(choice.sub.uri)}, record: false}}")
    lines.append(f"onvif: {{{', '.join(_onvif(found, choice))}}}")
    if found.movable:
        lines.append("ptz: true")
    return lines


def _onvif(found: Probe, choice: Choice) -> list[str]:
    where = found.endpoint
    parts = [f"host: {where.host if _PLAIN_WORD.fullmatch(where.host) else _quoted(where.host)}"]
    if where.port != (443 if where.tls else Endpoint("").port):
        parts.append(f"port: {where.port}")
    if where.tls:
        parts.append("tls: true")
    if where.pin is not None:
        parts.append(f'certificate_sha256: "{where.pin}"')
    if where.path != Endpoint("").path:
        parts.append(f"path: {json.dumps(where.path)}")
    first = next((each for each in found.offers if each.ptz), None)
    if found.movable and choice.main.ptz and first is not None and first.token != choice.main.token:
        parts.append(f"profile: {json.dumps(choice.main.token, ensure_ascii=False)}")
    if not found.events:
        parts.append("events: false")
    return parts


def _quoted(text: str) -> str:
    """A text as YAML, which takes every JSON string: plain ones may not end in a colon, hold a comma and the like."""
    return json.dumps(text, ensure_ascii=False)

"""What ``nvr cameras`` does: who is on the network, and a new camera into ``cameras.yaml`` from what it says of itself over ONVIF."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable

from ingest.onvif.addresses import DEFAULT_PATH, Endpoint
from ingest.onvif.discovery import discover
from ingest.onvif.enrolment import Choice, Probe, choose, describe, entry_lines, probe, warnings
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.config import Config, Credential, read_credentials
from nvr.config.amendment import difference, with_camera, write_checked
from nvr.config.loader import read_settings_text
from nvr.errors import InvalidInput

Say = Callable[[str], None]


def discover_cameras(asked: argparse.Namespace, say: Say) -> int:
    """List who answers; 1 where nobody does."""
    if not 0.1 <= asked.seconds <= 60:
        raise InvalidInput("--seconds is from 0.1 to 60", "write e.g. --seconds 3")
    known: dict[tuple[str, int], str] = {}
    if asked.config.exists():
        known = {(c.onvif.host, c.onvif.port): c.id for c in load(asked.config, None).cameras if c.onvif is not None}
    collection = discover(asked.seconds, asked.interface)
    for found in collection.devices():
        mark = known.get((found.host, found.port), "new")
        words = " ".join(part for part in (found.name, found.hardware, found.place) if part)
        path = "" if found.path == DEFAULT_PATH else f" --path {found.path}"
        say(f"{found.host}:{found.port}{path}  {mark}  {words}")
    if collection.refused:
        say(f"{collection.refused} answers were passed over: too many, malformed, or naming another machine")
    if not collection.found:
        say(
            "no camera answered; ask on their network (--interface), or add one by its address (nvr cameras add --onvif)"
        )
    return 0 if collection.found else 1


def add_camera(asked: argparse.Namespace, say: Say) -> None:
    """Probe a camera, show what would be written, and write it unless it is a dry run."""
    endpoint = _endpoint(asked.onvif, asked.path, asked.certificate)
    config = load(asked.config, asked.data)
    text = read_settings_text(asked.config, "name an existing one with --config")
    _refuse_known(config, endpoint)
    found = probe(endpoint, _credential(config, asked.credentials), own_address=asked.own_address)
    maker = f"{found.identity.manufacturer} {found.identity.model}".strip()
    say(f"{maker}, firmware {found.identity.firmware}, serial number {found.identity.serial}")
    for profile in found.offers:
        say(f"  {describe(profile)}")
    for line in found.refused if not found.offers else ():
        say(f"  passed over {line}")
    choice = _ask(found, choose(found.offers, asked.main, asked.sub), asked, say)
    for line in warnings(found, choice):
        say(f"note: {line}")
    number = asked.number or 1 + max(camera.number for camera in config.cameras)
    lines = entry_lines(
        found,
        choice,
        camera_id=asked.id or f"cam{number:02d}",
        number=number,
        name=asked.name or f"Cámara {number} {maker}"[:120],
        credentials=asked.credentials,
    )
    after = with_camera(text, lines, str(asked.config))
    say(difference(text, after, str(asked.config)).rstrip())
    if asked.dry_run:
        say("dry run: nothing was written")
        return
    write_checked(asked.config, text, after)
    say(f"{asked.config} now has this camera")


def _endpoint(address: str, path: str, certificate: str) -> Endpoint:
    tls = address.startswith("https://")
    address = address.removeprefix("https://").removesuffix("/")
    usual = "443" if tls else "80"
    host, port = address, usual
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        port = rest.removeprefix(":") or usual
    elif address.count(":") == 1:
        host, _, port = address.partition(":")
    if not host or "/" in host or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise InvalidInput(
            "--onvif is an address, with a port where it is not the usual one",
            "write e.g. --onvif 10.20.0.7:8000, or https://10.20.0.7",
        )
    pin = certificate.replace(":", "").lower()
    if pin and (not tls or not re.fullmatch(r"[0-9a-f]{64}", pin)):
        raise InvalidInput(
            "--certificate is the SHA-256 of the certificate that the camera shows over https",
            "write --onvif https://…, and 64 hexadecimal digits",
        )
    return Endpoint(host, int(port), path, tls, pin or None)


def _refuse_known(config: Config, endpoint: Endpoint) -> None:
    for camera in config.cameras:
        known = camera.onvif
        if known is not None and (known.host, known.port, known.path) == (endpoint.host, endpoint.port, endpoint.path):
            raise InvalidInput(f"camera {camera.id} is this device already", "change its entry by hand")


def _credential(config: Config, name: str) -> Credential | None:
    if not name:
        return None
    path = Folders.of(config).credentials(config)
    found = read_credentials(path).get(name)
    if found is None:
        raise InvalidInput(
            f"no credentials are called {name}",
            f"write them to {path} (mode 0600) or set NVR_CREDENTIAL_{name.upper()}=user:password",
        )
    return found


def _ask(found: Probe, choice: Choice, asked: argparse.Namespace, say: Say) -> Choice:
    """On a terminal, where there is something to choose and nothing was said, let the admin decide."""
    interactive = sys.stdin is not None and sys.stdin.isatty() and not asked.dry_run
    if not interactive or asked.main or asked.sub or len(found.offers) <= 2:
        return choice
    small = "none" if choice.sub is None else choice.sub.token
    main = input(f"record [{choice.main.token}]: ").strip()
    sub = input(f"analyse, or none [{small}]: ").strip()
    say("")
    return choose(found.offers, main or choice.main.token, sub or small)

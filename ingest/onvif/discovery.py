"""WS-Discovery (OASIS, as ONVIF Core section 7 uses it): ask this network once, by multicast, which cameras there are.

Anybody on the network may answer, ten thousand times a second and with anything: what is read is bounded in number, bytes, time and per sender,
each answer passes ``xml_bounds``, must name our probe, and a device counts only at the address that its answer came from.
"""

from __future__ import annotations

import socket
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from lxml import etree

from ingest.onvif.services import clean
from ingest.onvif.xml_bounds import check_xml
from nvr.errors import CameraUnreachable, NvrError

GROUP: Final = "239.255.255.250"
PORT: Final = 3702
MOST_DEVICES: Final = 1024
MOST_DATAGRAMS: Final = 8192
"""Read in all; with each at most ``_ANSWER_BYTES`` this is a second of work, whatever is sent."""
MOST_PER_SENDER: Final = 32
"""An encoder answers for each of its channels, and twice: it is asked twice."""
_ANSWER_BYTES: Final = 16 * 1024
_WORK_S: Final = 1.0
_PARSER: Final = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
_ADDRESSING: Final = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
_DISCOVERY: Final = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}"
_SCOPE: Final = "onvif://www.onvif.org/"


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered: its address, the port and path of its ONVIF service, and what it says of itself."""

    host: str
    port: int
    path: str
    name: str
    hardware: str
    place: str


@dataclass(slots=True)
class Collection:
    """Takes answers in, within bounds; pure. ``refused`` counts those that were passed over."""

    message_id: str
    found: dict[tuple[str, int, str], Found] = field(default_factory=dict)
    refused: int = 0
    _heard: Counter[str] = field(default_factory=Counter)

    def take(self, data: bytes, sender: str) -> None:
        """One datagram of a sender's address."""
        self._heard[sender] += 1
        if self._heard[sender] > MOST_PER_SENDER or len(self.found) >= MOST_DEVICES:
            self.refused += 1
            return
        devices = list(_devices(data, sender, self.message_id))
        self.refused += not devices
        for device in devices:
            self.found.setdefault((device.host, device.port, device.path), device)

    def devices(self) -> list[Found]:
        """What answered, by address."""
        return sorted(self.found.values(), key=lambda each: (socket.inet_aton(each.host), each.port))


def probe(message_id: str) -> bytes:
    """The question."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
        'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
        f'<w:MessageID>{message_id}</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>'
        '<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>'
        "<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
    ).encode()


def discover(seconds: float = 3.0, interface: str = "") -> Collection:
    """Ask, listen for a while, and say who answered.

    Args:
        interface: address of the network card to ask on; the system's choice where empty.

    Raises:
        CameraUnreachable: the question can't be sent.
    """
    collection = Collection(f"uuid:{uuid.uuid4()}")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asking:
        try:
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
            if interface:
                asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
            asking.bind((interface, 0))
            # Twice: a datagram may be lost, and cameras answer one message once.
            for _ in range(2):
                asking.sendto(probe(collection.message_id), (GROUP, PORT))
        except OSError as error:
            raise CameraUnreachable(
                f"the network can't be asked ({error.strerror or error})",
                "name this machine's address on the cameras' network with --interface",
            ) from error
        _listen(asking, collection, time.monotonic() + seconds)
    return collection


def _listen(asking: socket.socket, collection: Collection, until_s: float) -> None:
    worked_s = 0.0
    for _ in range(MOST_DATAGRAMS):
        left_s = until_s - time.monotonic()
        if left_s <= 0 or worked_s > _WORK_S:
            return
        asking.settimeout(left_s)
        try:
            data, (sender, *_rest) = asking.recvfrom(_ANSWER_BYTES)
        except OSError:
            return
        began_s = time.thread_time()
        collection.take(data, str(sender))
        worked_s += time.thread_time() - began_s


def _devices(data: bytes, sender: str, message_id: str) -> Iterator[Found]:
    try:
        check_xml(data, max_bytes=_ANSWER_BYTES)
        root: Any = etree.fromstring(data, _PARSER)
    except (NvrError, etree.XMLSyntaxError):
        return
    if (root.findtext(f".//{_ADDRESSING}RelatesTo") or "").strip() != message_id:
        return
    for match in list(root.iter(f"{_DISCOVERY}ProbeMatch"))[:4]:
        scopes = (match.findtext(f"{_DISCOVERY}Scopes") or "").split()[:64]
        for url in (match.findtext(f"{_DISCOVERY}XAddrs") or "").split()[:8]:
            try:
                parts = urlsplit(url)
                port = parts.port or 80
            except ValueError:
                continue
            # An answer that names another machine is a forgery, or of no use.
            if parts.scheme == "http" and parts.hostname == sender and len(parts.path) <= 200:
                yield Found(
                    sender,
                    port,
                    parts.path or "/",
                    *(_scope(scopes, name) for name in ("name", "hardware", "location")),
                )


def _scope(scopes: list[str], name: str) -> str:
    prefix = f"{_SCOPE}{name}/"
    return ", ".join(clean(unquote(scope.removeprefix(prefix)), 60) for scope in scopes if scope.startswith(prefix))[
        :120
    ]

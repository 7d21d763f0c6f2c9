"""The simulated devices' answer to WS-Discovery probes."""

from __future__ import annotations

import asyncio
import html
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote

from lxml import etree

from ingest.onvif.discovery import GROUP, PORT
from ingest.onvif.xml_bounds import check_xml
from nvr.errors import NvrError

_ADDRESSING: Final = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
_DISCOVERY: Final = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}"

Device = tuple[str, str, str]
"""Camera id, name, URL of its device service."""


class DiscoveryResponder(asyncio.DatagramProtocol):
    """Answers each probe with a datagram a device."""

    def __init__(self, devices: Callable[[], Sequence[Device]]) -> None:
        self._devices = devices
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        """asyncio tells the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """A probe, perhaps."""
        asked = probe_id(data)
        if asked is None or self._transport is None:
            return
        for camera_id, name, url in self._devices():
            self._transport.sendto(probe_match(asked, camera_id, name, url), addr)


async def listen(
    devices: Callable[[], Sequence[Device]], interface: str = "127.0.0.1"
) -> asyncio.DatagramTransport | None:
    """Join the group on an interface; None where the system does not let us (another program holds the port alone, no multicast)."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((GROUP, PORT))
        member = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(interface))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        made.settimeout(0)
    except OSError:
        made.close()
        return None
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: DiscoveryResponder(devices), sock=made
    )
    return transport


def probe_id(data: bytes) -> str | None:
    """The id of a probe's message; None for anything else."""
    try:
        check_xml(data, max_bytes=16 * 1024)
        root: Any = etree.fromstring(data)
    except (NvrError, etree.XMLSyntaxError):
        return None
    if root.find(f".//{_DISCOVERY}Probe") is None:
        return None
    return (root.findtext(f".//{_ADDRESSING}MessageID") or "").strip() or None


def probe_match(relates_to: str, camera_id: str, name: str, url: str) -> bytes:
    """One device's answer."""
    scopes = f"onvif://www.onvif.org/name/{quote(name)} onvif://www.onvif.org/hardware/Simulador onvif://www.onvif.org/Profile/Streaming"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
        'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>'
        f"<w:MessageID>uuid:{camera_id}</w:MessageID><w:RelatesTo>{html.escape(relates_to)}</w:RelatesTo>"
        "<w:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</w:To>"
        "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</w:Action></e:Header><e:Body><d:ProbeMatches>"
        f"<d:ProbeMatch><w:EndpointReference><w:Address>urn:uuid:{camera_id}</w:Address></w:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{html.escape(scopes)}</d:Scopes>"
        f"<d:XAddrs>{html.escape(url)}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>"
        "</d:ProbeMatches></e:Body></e:Envelope>"
    ).encode()

"""Where a device may send us. It names addresses all the time (of its services, of subscriptions, of streams), and a hostile one names
our own console, the loopback, a cloud's metadata service or a machine of another network (server-side request forgery). Pure, but for ``resolve``.

* Its *services* are asked at the address that the admin gave, whatever host it names: only port, path and query of its URL count. So a camera behind
  a port forwarding, which names its inner address, works too.
* A *stream* may lie on the device or on its own network (an encoder that hands out addresses of its channels); everything else is refused.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from nvr.errors import CameraUnreachable, DeviceHostile

DEFAULT_PATH: Final = "/onvif/device_service"
"""ONVIF Core section 5.1.1: the entry point of every device."""
_MAX_URL_CHARS: Final = 1024
_NETWORK_PREFIX: Final = {4: 24, 6: 64}
_PLAIN: Final = re.compile(r"[!-~]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a device is asked: ``host`` as the admin wrote it, for messages and the Host header.

    Attributes:
        tls: whether it is asked over TLS; then nothing is ever asked without.
        pin: SHA-256 of the one certificate that is taken, hexadecimal; None: one that an authority has signed for ``host``.
    """

    host: str
    port: int = 80
    path: str = DEFAULT_PATH
    tls: bool = False
    pin: str | None = None

    @property
    def authority(self) -> str:
        """host:port, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Route:
    """One service of a device: its address (resolved once, so that a name can't change its mind in between), port and target.

    Over TLS or not is the endpoint's matter, whatever a device writes before its addresses.
    """

    address: Address
    port: int
    target: str
    renamed: str = ""
    """The other host that the device named, or ""."""


def resolve(host: str) -> Address:
    """The one address that a device is asked at from now on.

    Raises:
        CameraUnreachable: no such name.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CameraUnreachable(
            f"no address is known for {host[:80]}", "check the name, or write the address"
        ) from error
    return _plain(ipaddress.ip_address(str(found[0][4][0]).partition("%")[0]))


def service_route(url: str, device: Address, endpoint: Endpoint) -> Route:
    """Where to ask a service that the device says to have at ``url``.

    Raises:
        DeviceHostile: not a URL of HTTP, or a port of this machine that the admin did not name.
    """
    parts, port = _split(url, {"http", "https"})
    port = port or (443 if parts.scheme == "https" else 80)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    named = _literal(parts.hostname or "")
    own = named == device or (parts.hostname or "").lower() == endpoint.host.lower()
    if not own or device.is_loopback or (parts.scheme == "https") != endpoint.tls:
        # Another host: then its port says nothing either (port forwarding). Loopback: other ports are our own services. Another scheme than the
        # admin's: that port speaks another language.
        port = endpoint.port
    return Route(device, port, target, "" if own else (parts.hostname or "")[:80])


def stream_host_fault(url: str, device: Address) -> str:
    """Why a stream's URL is not to be pulled, or ""; a name is not resolved but refused, because it may change its mind later.

    The URL itself is held against ``nvr.config.stream_url`` besides.
    """
    try:
        parts, _ = _split(url, {"rtsp", "rtsps"})
    except DeviceHostile as error:
        return error.message
    named = _literal(parts.hostname or "")
    if named is None:
        return f"its stream lies on a machine that it calls by a name ({(parts.hostname or '')[:60]})"
    if named.is_loopback and not device.is_loopback:
        return f"its stream lies on this machine itself ({named})"
    if named.is_unspecified or named.is_multicast or named.is_link_local or named.is_reserved:
        return f"its stream lies on {named}, which is no address of a machine"
    if named != device and (named.version != device.version or named not in _network(device)):
        return f"its stream lies on {named}, outside the network of the camera ({_network(device)})"
    return ""


def on_device(url: str, host: str) -> str:
    """A stream's URL with the device's own host in the place of the one that it named; the port stays.

    Raises:
        DeviceHostile: not a URL of RTSP.
    """
    parts, port = _split(url, {"rtsp", "rtsps"})
    authority = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=authority if port is None else f"{authority}:{port}").geturl()


def _network(device: Address) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(f"{device}/{_NETWORK_PREFIX[device.version]}", strict=False)


def _split(url: str, schemes: set[str]) -> tuple[SplitResult, int | None]:
    if len(url) > _MAX_URL_CHARS or not _PLAIN.fullmatch(url):
        raise DeviceHostile("an address that it names is too long, or holds spaces or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DeviceHostile("an address that it names is malformed") from None
    if parts.scheme not in schemes or not parts.hostname:
        raise DeviceHostile(f"an address that it names is none of {' or '.join(sorted(schemes))}")
    if parts.username is not None or parts.password is not None:
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return parts, port


def _literal(host: str) -> Address | None:
    """The address that a host is written as, in whatever way (::ffff:127.0.0.1 is 127.0.0.1); None for a name.

    Decimal and octal spellings (2130706433, 0177.1) are names here: nothing resolves them.
    """
    try:
        return _plain(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address

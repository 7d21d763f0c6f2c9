"""Media2 (ONVIF Media 2 Service Specification, ver20): the profiles of cameras that send H.265, which the older service can't name.

onvif-zeep has no WSDL of it, and two questions need none: they are written here, and their answers read as trees.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from ingest.onvif.device import MEDIA2, Device

NAMESPACE: Final = MEDIA2
SERVICE: Final = "media2"
_TR2: Final = f"{{{NAMESPACE}}}"
_TT: Final = "{http://www.onvif.org/ver10/schema}"
_KINDS: Final = ("VideoSource", "VideoEncoder", "PTZ")


def media2_profiles(device: Device) -> list[dict[str, Any]]:
    """Each profile's fields, as texts ("" where it says nothing): token, name, encoding, width, height, fps, gop, kbps, source; and whether it can
    move the camera (``ptz``) and sends pictures (``video``).

    Raises:
        SourceError: as ``Device.ask``.
    """
    asked = etree.Element(f"{_TR2}GetProfiles", nsmap={"tr2": NAMESPACE})
    for kind in _KINDS:
        etree.SubElement(asked, f"{_TR2}Type").text = kind
    found = []
    for profile in device.ask(SERVICE, asked).iter(f"{_TR2}Profiles"):
        encoder = profile.find(f"{_TR2}Configurations/{_TR2}VideoEncoder")
        source = profile.find(f"{_TR2}Configurations/{_TR2}VideoSource")
        found.append(
            {
                "token": profile.get("token", ""),
                "name": profile.findtext(f"{_TR2}Name", ""),
                "encoding": _text(encoder, "Encoding"),
                "width": _text(encoder, "Resolution", "Width"),
                "height": _text(encoder, "Resolution", "Height"),
                "fps": _text(encoder, "RateControl", "FrameRateLimit"),
                # An attribute here, an element of each codec in the older service.
                "gop": "" if encoder is None else encoder.get("GovLength", ""),
                "kbps": _text(encoder, "RateControl", "BitrateLimit"),
                "source": _text(source, "SourceToken"),
                "ptz": profile.find(f"{_TR2}Configurations/{_TR2}PTZ") is not None,
                "video": encoder is not None,
            }
        )
    return found


def media2_uri(device: Device, token: str) -> str:
    """Where a profile's stream is, by RTSP over one connection.

    Raises:
        SourceError: as ``Device.ask``.
    """
    asked = etree.Element(f"{_TR2}GetStreamUri", nsmap={"tr2": NAMESPACE})
    etree.SubElement(asked, f"{_TR2}Protocol").text = "RTSP"
    etree.SubElement(asked, f"{_TR2}ProfileToken").text = token
    found = next(device.ask(SERVICE, asked).iter(f"{_TR2}Uri"), None)
    return "" if found is None else str(found.text or "").strip()


def _text(element: Any, *path: str) -> str:
    found = None if element is None else element.findtext("/".join(f"{_TT}{name}" for name in path))
    return str(found or "").strip()

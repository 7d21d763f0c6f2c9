"""A request to a simulated ONVIF device and the frame of its answer."""

from __future__ import annotations

import html
import re
from typing import Any, Final

from ingest.simulator.onvif_device import Axes, OnvifCamera

_NS: Final = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" '
    'xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:timg="http://www.onvif.org/ver20/imaging/wsdl" '
    'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" '
    'xmlns:wsa5="http://www.w3.org/2005/08/addressing" xmlns:ter="http://www.onvif.org/ver10/error" '
    'xmlns:tns1="http://www.onvif.org/ver10/topics"'
)
_DURATION: Final = re.compile(r"P(?:T(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_TT: Final = "{http://www.onvif.org/ver10/schema}"


class Fault(Exception):
    """A SOAP fault: ONVIF's subcode and the reason."""

    def __init__(self, subcode: str, reason: str) -> None:
        super().__init__(reason)
        self.subcode = subcode
        self.reason = reason


def envelope(body: str) -> bytes:
    """A whole answer."""
    return f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {_NS}><s:Body>{body}</s:Body></s:Envelope>'.encode()


def fault_body(fault: Fault) -> str:
    """A fault as a body."""
    return (
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{html.escape(fault.reason)}</s:Text></s:Reason></s:Fault>'
    )


class Asked:
    """A request with its surroundings."""

    def __init__(self, camera: OnvifCamera, base: str, request: Any, now_ns: int, wall_ns: int) -> None:
        self.camera, self.base, self.request, self.now_ns, self.wall_ns = camera, base, request, now_ns, wall_ns

    def text(self, name: str) -> str:
        """The text of the first element of that local name, or ""."""
        found = next((each for each in self.request.iter() if local(each) == name), None)
        return "" if found is None else (found.text or "").strip()

    def axes(self) -> Axes:
        """PanTilt and Zoom of the request."""
        pan_tilt = next(self.request.iter(f"{_TT}PanTilt"), None)
        zoom = next(self.request.iter(f"{_TT}Zoom"), None)
        try:
            return (
                float(pan_tilt.get("x", 0)) if pan_tilt is not None else 0.0,
                float(pan_tilt.get("y", 0)) if pan_tilt is not None else 0.0,
                float(zoom.get("x", 0)) if zoom is not None else 0.0,
            )
        except ValueError:
            raise Fault("ter:InvalidArgVal", "no number") from None


def local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def seconds_of(duration: str) -> float | None:
    """An xsd:duration of minutes and seconds; None where it is empty or of another shape."""
    found = _DURATION.fullmatch(duration)
    return None if found is None or not duration else 60 * float(found[1] or 0) + float(found[2] or 0)

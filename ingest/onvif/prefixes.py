"""Answers that use a namespace's usual prefix and forget to declare it: cameras do that. Pure; the answer has passed ``xml_bounds`` by then."""

from __future__ import annotations

import re
from typing import Final

_USUAL: Final = {
    b"tds": b"http://www.onvif.org/ver10/device/wsdl",
    b"trt": b"http://www.onvif.org/ver10/media/wsdl",
    b"tptz": b"http://www.onvif.org/ver20/ptz/wsdl",
    b"ptz": b"http://www.onvif.org/ver20/ptz/wsdl",
    b"timg": b"http://www.onvif.org/ver20/imaging/wsdl",
    b"tev": b"http://www.onvif.org/ver10/events/wsdl",
    b"tt": b"http://www.onvif.org/ver10/schema",
    b"wsnt": b"http://docs.oasis-open.org/wsn/b-2",
}
_ROOT: Final = re.compile(rb"<[A-Za-z_][\w.-]*(?::[\w.-]+)?(?=[\s/>])")


def declared(data: bytes) -> bytes:
    """The document with the usual prefixes that it uses and does not declare, declared at its root."""
    missing = [name for name in _USUAL if b"<" + name + b":" in data and b"xmlns:" + name + b"=" not in data]
    root = _ROOT.search(data) if missing else None
    if root is None:
        return data
    declarations = b"".join(b' xmlns:%b="%b"' % (name, _USUAL[name]) for name in missing)
    return data[: root.end()] + declarations + data[root.end() :]

"""What an XML answer of a device may be, checked in one streaming pass that builds nothing: pure.

A device is held hostile: entity bombs ("billion laughs"), external entities, endless nesting. SOAP 1.2 (part 1, section 5) forbids a document
type declaration anyway, and without one there are no entities to expand, so any ``<!DOCTYPE`` is refused. expat is the judge because it stops
at the first offence, reads in the encoding that the document declares or not at all (UTF-7 and the like could hide a declaration), and fetches nothing.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from nvr.errors import DeviceHostile, StreamMalformed

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 48
MAX_ELEMENTS: Final = 20_000
MAX_ATTRIBUTES: Final = 64
"""Of one element. The largest honest answers (profiles of a camera with 24 of them) have 150 KB, depth 12 and 4,000 elements."""


class _Judge:
    def __init__(self) -> None:
        self.depth = 0
        self.elements = 0

    def start(self, _name: str, attributes: list[str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH:
            raise DeviceHostile(f"its XML is nested deeper than {MAX_DEPTH} levels")
        if self.elements > MAX_ELEMENTS:
            raise DeviceHostile(f"its XML has more than {MAX_ELEMENTS} elements")
        if len(attributes) > 2 * MAX_ATTRIBUTES:
            raise DeviceHostile(f"an element of its XML has more than {MAX_ATTRIBUTES} attributes")

    def end(self, _name: str) -> None:
        self.depth -= 1


def _refuse_doctype(*_: object) -> None:
    raise DeviceHostile("its XML carries a document type declaration, with which entities come")


def check_xml(data: bytes, *, max_bytes: int = MAX_BYTES) -> None:
    """Return where the bytes may be handed to a parser.

    Raises:
        DeviceHostile: they break a bound, or declare a document type.
        StreamMalformed: they are no XML.
    """
    if len(data) > max_bytes:
        raise DeviceHostile(f"its XML is larger than {max_bytes} bytes")
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    judge = _Judge()
    parser.StartElementHandler = judge.start
    parser.EndElementHandler = judge.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's way to say that this is all
    except expat.ExpatError as error:
        raise StreamMalformed(f"its answer is not XML ({expat.ErrorString(error.code)})") from None
    except (ValueError, LookupError):
        raise StreamMalformed("its answer is in an encoding that is not taken") from None

"""What an XML answer may be."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.onvif.xml_bounds import MAX_BYTES, check_xml
from nvr.errors import DeviceHostile, SourceError, StreamMalformed

_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "&a;"}{("&a" + str(n - 1) + ";") * 9 if n else ""}">'.encode()
    for n in range(10)
) + b"]><l>&a9;</l>"  # fmt: skip
HOSTILE = {
    "billion laughs": _LAUGHS,
    "quadratic blow-up": b'<!DOCTYPE l [<!ENTITY a "' + b"x" * 100_000 + b'">]><l>' + b"&a;" * 5000 + b"</l>",
    "external entity": b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>',
    "external DTD": b'<!DOCTYPE l SYSTEM "http://169.254.169.254/latest/"><l/>',
    "parameter entity": b'<!DOCTYPE l [<!ENTITY % a SYSTEM "http://127.0.0.1/"> %a;]><l/>',
    "UTF-16 with a DTD": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE l><l/>'.encode("utf-16"),
    "10,000 deep": b"<a>" * 10_000 + b"</a>" * 10_000,
    "100,000 elements": b"<l>" + b"<a/>" * 100_000 + b"</l>",
    "a thousand attributes": b"<l " + b" ".join(f'a{n}="1"'.encode() for n in range(1000)) + b"/>",
    "50 MB": b"<l>" + b"x" * 50_000_000 + b"</l>",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents_are_refused_within_bounds(data: bytes) -> None:
    """Refused as hostile, in little memory and time: nothing is expanded, fetched or built."""
    tracemalloc.start()
    began_s = time.thread_time()
    try:
        with pytest.raises(DeviceHostile):
            check_xml(data)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert time.thread_time() - began_s < 1.0


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"<a>", b"<a></b>", b'<?xml version="1.0" encoding="UTF-7"?><a/>', b"\0" * 100],
    ids=["empty", "text", "open", "crossed", "an encoding that could hide a declaration", "NUL"],
)
def test_what_is_no_xml_is_malformed(data: bytes) -> None:
    """And no other error comes out."""
    with pytest.raises(StreamMalformed):
        check_xml(data)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_one_of_our_errors(data: bytes) -> None:
    """A fuzz of what a device may send."""
    try:
        check_xml(data)
    except SourceError:
        return


def test_an_honest_answer_passes() -> None:
    """Up to the bound."""
    check_xml(b'<?xml version="1.0" encoding="UTF-8"?><a xmlns="urn:x"><b c="1">' + b"\xc3\xb1" * 1000 + b"</b></a>")
    check_xml(b"<l>" + b"x" * (MAX_BYTES - 7) + b"</l>")

"""Namespace prefixes that a camera uses and forgets to declare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ingest.onvif.prefixes import declared
from ingest.onvif.xml_bounds import check_xml
from nvr.errors import SourceError


def test_what_is_missing_is_declared_and_what_is_there_stays() -> None:
    """At the root, behind its name."""
    data = b'<?xml version="1.0"?>\n<s:E xmlns:s="urn:s" a="1"><ptz:X><tt:Y/></ptz:X></s:E>'
    root = etree.fromstring(declared(data))
    assert root[0].tag == "{http://www.onvif.org/ver20/ptz/wsdl}X"
    assert root[0][0].tag == "{http://www.onvif.org/ver10/schema}Y"
    sound = b'<s:E xmlns:s="urn:s" xmlns:ptz="urn:mine"><ptz:X/></s:E>'
    assert declared(sound) is sound


@given(st.text("<>/ =\"':stpz!?-[]", max_size=80))
def test_any_text_that_was_xml_is_xml_after_it(text: str) -> None:
    """Nothing is broken that was whole."""
    data = text.encode()
    try:
        check_xml(data)
    except SourceError:
        return
    check_xml(declared(data))


@pytest.mark.parametrize("data", [b"", b"<", b"no xml <tt:", b"<!-- <tt: -->"])
def test_what_is_no_xml_is_left_alone(data: bytes) -> None:
    """It never gets so far, but it may."""
    assert declared(data) == data

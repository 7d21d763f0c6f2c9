"""RTSP messages: bounded, and nothing that a camera says is smuggled into what we send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rtsp import (
    MAX_BODY_BYTES,
    Session,
    control_url,
    format_request,
    parse_head,
    parse_session,
    parse_transport,
)
from nvr.errors import StreamMalformed

BASE = "rtsp://192.0.2.9:554/live/main"


def test_an_answer() -> None:
    head = parse_head(b"RTSP/1.0 401 Unauthorized\r\nCSeq: 3\r\nWWW-Authenticate: Digest a\r\nwww-authenticate:Basic b")
    assert (head.status, head.reason, head.cseq, head.method) == (401, "Unauthorized", 3, "")
    assert head.headers["www-authenticate"] == ("Digest a", "Basic b")


def test_a_request_of_the_camera() -> None:
    head = parse_head(b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 9")
    assert (head.status, head.method, head.cseq) == (0, "OPTIONS", 9)


@pytest.mark.parametrize("length", ["-1", "99999999999", str(MAX_BODY_BYTES + 1), "1e3", "0x10", "٣"])
def test_absurd_lengths_are_refused(length: str) -> None:
    head = parse_head(f"RTSP/1.0 200 OK\r\nContent-Length: {length}".encode())
    with pytest.raises(StreamMalformed):
        head.body_bytes()


@pytest.mark.parametrize(
    "block", [b"HTTP/1.1 200 OK", b"", b"RTSP/1.0 999 x", b"\xff\xfe", b"RTSP/1.0 200 OK\r\n" + b"a: b\r\n" * 200]
)
def test_what_is_not_rtsp_is_refused(block: bytes) -> None:
    with pytest.raises(StreamMalformed):
        parse_head(block)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_request_has_as_many_lines_as_we_wrote(url: str, value: str) -> None:
    try:
        request = format_request("SETUP", url, 1, {"Session": value})
    except StreamMalformed:
        return
    assert request.count(b"\n") == 5
    assert request.count(b"\r") == 5
    assert request.index(b"\r\n\r\n") == len(request) - 4


@pytest.mark.parametrize(
    ("base", "control", "expected"),
    [
        (BASE, "", BASE),
        (BASE, "*", BASE),
        (BASE, "track1", f"{BASE}/track1"),
        (BASE + "/", "trackID=0", f"{BASE}/trackID=0"),
        (BASE, "/other/track1", "rtsp://192.0.2.9:554/other/track1"),
        (BASE, "rtsp://192.0.2.9/x/track2", "rtsp://192.0.2.9/x/track2"),
    ],
)
def test_control_urls(base: str, control: str, expected: str) -> None:
    assert control_url(base, control) == expected


@pytest.mark.parametrize(
    ("base", "control"), [(BASE, "rtsp://[::1/track1"), (BASE, "//[track1"), (BASE, "rtsp://h℀/x"), ("rtsp://[", "/x")]
)
def test_control_urls_that_are_none_are_the_cameras_fault(base: str, control: str) -> None:
    """Not ours: a ValueError would be logged with its trace at each attempt, and told as a fault of the program."""
    with pytest.raises(StreamMalformed):
        control_url(base, control)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12345678", Session("12345678", 60)),
        ("abc;timeout=30", Session("abc", 30)),
        ("abc; timeout=0", Session("abc", 10)),
        ("abc;timeout=999999999", Session("abc", 3600)),
        ("abc;timeout=soon", Session("abc", 60)),
    ],
)
def test_sessions(value: str, expected: Session) -> None:
    assert parse_session(value) == expected


@pytest.mark.parametrize("value", ["", ";timeout=3", "a b", "x" * 300])
def test_sessions_that_are_none(value: str) -> None:
    with pytest.raises(StreamMalformed):
        parse_session(value)


def test_transports() -> None:
    tcp = parse_transport("RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=0A0B")
    assert (tcp.interleaved, tcp.channels) == (True, (2, 3))
    udp = parse_transport("RTP/AVP;unicast;client_port=5000-5001;server_port=6970-6971")
    assert (udp.interleaved, udp.server_ports) == (False, (6970, 6971))
    assert parse_transport("RTP/AVP;unicast").server_ports is None


@pytest.mark.parametrize(
    "value", ["RTP/AVP/TCP;interleaved=x", "RTP/AVP/TCP;interleaved=300-301", "RTP/AVP;server_port=70000-70001"]
)
def test_unreadable_transports_are_refused(value: str) -> None:
    with pytest.raises(StreamMalformed):
        parse_transport(value)

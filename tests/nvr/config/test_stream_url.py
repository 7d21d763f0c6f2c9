"""Stream URLs: what a camera's manual prints is taken, what a slip or an attack prints is refused without being repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.config.stream_url import stream_key, stream_url_fault


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://10.20.0.7/stream1",
        "RTSP://10.20.0.7:554/Streaming/Channels/101?transportmode=unicast",
        "rtsps://camara-07.municaj.gob.pe:322/live.sdp",
        "rtsp://[2001:db8::7]:8554/live",
        "rtsp://[fe80::1%25eth0]/live".replace("%25", "%"),
        "rtsp://cam_7/cam/realmonitor?channel=1&subtype=0",
        "rtsp://10.0.0.1",
        "rtsp://10.0.0.1:65535/",
        "rtsp://10.0.0.1/user%40site/x",
        "rtsp://10.0.0.1/user=admin&password=&channel=1&stream=0.sdp",
        "rtsp://127.0.0.1:8554/cam01/main",
    ],
)
def test_urls_of_manuals_are_taken(url: str) -> None:
    """Among them ones with dashes, underscores, queries, IPv6, an empty password parameter (XM cameras)."""
    assert stream_url_fault(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://admin:hunter2@10.0.0.1/x",
        "rtsp://hunter2@10.0.0.1/x",
        "rtsp://:hunter2@10.0.0.1/x",
        "rtsp://admin:hunter2/34@10.0.0.1/x",
        "rtsp://admin:12/hunter2@10.0.0.1/x",
        "rtsp://admin:12?hunter2@10.0.0.1/x",
        "rtsp://admin:hunter2?@10.0.0.1/x",
        "rtsp://admin:hunter2#4@10.0.0.1/x",
        "rtsp://admin:12#hunter2",
        "rtsp://admin:hunter2",
        "rtsp://10.0.0.1:hunter2/x",
        "rtsp://10.0.0.1/x?user=admin&password=hunter2",
        "rtsp://10.0.0.1/user=admin_password=hunter2_channel=1",
        "rtsp://10.0.0.1/x?PWD=hunter2",
        "exec:hunter2",
        "file:///etc/hunter2",
        "http://10.0.0.1/hunter2",
        "javascript://10.0.0.1/%0ahunter2",
        "rtspx://10.0.0.1/hunter2",
        "rtsp:/10.0.0.1/hunter2",
        "-i hunter2",
        "rtsp://-hunter2/x",
        "rtsp://hunter2-/x",
        "rtsp://hunter2./x"[:-3] + "../x",
        "rtsp:///hunter2",
        "rtsp://[::hunter2]/x",
        "rtsp://[10.0.0.1]/hunter2",
        "rtsp://[::1/hunter2",
        "rtsp://10.0.0.1:0/hunter2",
        "rtsp://10.0.0.1:65536/hunter2",
        "rtsp://10.0.0.1:-1/hunter2",
        "rtsp://10.0.0.1:/hunter2",
        "rtsp://10.0.0.1/a b/hunter2",
        "rtsp://10.0.0.1/x\r\nAuthorization: hunter2",
        "rtsp://10.0.0.1/x\thunter2",
        "rtsp://10.0.0.1/x\0hunter2",
        "rtsp://cámara/hunter2",
        "rtsp://10.0.0.1/hunter2/" + "x" * 2000,
        "hunter2",
        "",
    ],
)
def test_hostile_and_mistaken_urls_are_refused_and_never_repeated(url: str) -> None:
    """Credentials hide where a parser sees a port, a path or a fragment: no message may quote any part of a URL."""
    fault = stream_url_fault(url)
    assert fault is not None
    message, remedy = fault
    assert "hunter2" not in message + remedy
    assert remedy


@given(st.text(max_size=60).map(lambda tail: "rtsp://" + tail) | st.text(max_size=60))
def test_a_taken_url_has_a_key_and_no_userinfo_or_control_character(url: str) -> None:
    """Fuzz: acceptance means that every later user of the URL can rely on these."""
    if stream_url_fault(url) is None:
        host, port, path = stream_key(url)
        assert host
        assert 1 <= port <= 65535
        assert path
        assert "@" not in url
        assert url.isprintable()
        assert url.isascii()
        assert " " not in url


def test_keys_see_through_spelling() -> None:
    """Case of host and scheme and a written default port do not make another stream; path and query do."""
    assert stream_key("rtsp://Cam7/a") == stream_key("RTSP://cam7:554/a")
    assert stream_key("rtsps://cam7/a") == stream_key("rtsps://cam7:322/a")
    assert stream_key("rtsp://cam7") == stream_key("rtsp://cam7/")
    assert stream_key("rtsp://cam7/a") != stream_key("rtsp://cam7/A")
    assert stream_key("rtsp://cam7/a?channel=1") != stream_key("rtsp://cam7/a?channel=2")
    assert stream_key("rtsp://cam7/a") != stream_key("rtsps://cam7/a")

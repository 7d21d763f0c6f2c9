"""Session descriptions of real servers are understood; large and strange ones are refused with a word on what to do."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sdp import MAX_SDP_BYTES, parse_sdp
from nvr.errors import SourceError, StreamMalformed, StreamUnsupported
from nvr.media import VideoCodec

# As Hikvision's firmware writes it, audio and metadata included.
HIKVISION = """v=0
o=- 1109162014219182 1109162014219192 IN IP4 192.0.2.9
s=Media Presentation
e=NONE
b=AS:5100
t=0 0
a=control:rtsp://192.0.2.9/Streaming/Channels/101/
m=video 0 RTP/AVP 96
c=IN IP4 0.0.0.0
b=AS:5000
a=recvonly
a=control:rtsp://192.0.2.9/Streaming/Channels/101/trackID=1
a=rtpmap:96 H264/90000
a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AKpWoHgCJ+WEAAAMAAQAAAwAyhA==,aO48gA==
m=audio 0 RTP/AVP 8
a=control:rtsp://192.0.2.9/Streaming/Channels/101/trackID=2
a=rtpmap:8 PCMA/8000
m=application 0 RTP/AVP 107
a=rtpmap:107 vnd.onvif.metadata/90000
"""


def _video(*lines: str) -> bytes:
    return "\r\n".join(("v=0", "s=x", "m=video 0 RTP/AVP 97", *lines, "")).encode()


def test_a_real_description() -> None:
    description = parse_sdp(HIKVISION.replace("\n", "\r\n").encode())
    assert description.codec is VideoCodec.H264
    assert description.payload_type == 96
    assert description.control.endswith("trackID=1")
    assert description.session_control.endswith("/101/")
    assert [nal[0] & 31 for nal in description.parameter_sets] == [7, 8]


def test_h265_and_its_three_kinds_of_sets() -> None:
    sets = [base64.b64encode(bytes((kind << 1, 1, 2, 3))).decode() for kind in (32, 33, 34)]
    description = parse_sdp(
        _video("a=rtpmap:97 h265/90000", f"a=fmtp:97 sprop-vps={sets[0]};sprop-sps={sets[1]};sprop-pps={sets[2]}")
    )
    assert description.codec is VideoCodec.H265
    assert [nal[0] >> 1 for nal in description.parameter_sets] == [32, 33, 34]


def test_unreadable_parameter_sets_are_left_to_the_stream() -> None:
    assert parse_sdp(_video("a=rtpmap:97 H264/90000", "a=fmtp:97 sprop-parameter-sets=%%%,")).parameter_sets == ()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (_video("a=rtpmap:97 VP8/90000"), "VP8"),
        (_video("a=rtpmap:97 H264/1000"), "H264"),
        (_video(), "static type 97"),
        (b"v=0\r\nm=audio 0 RTP/AVP 0\r\n", "no video"),
        (b"", "no video"),
        (_video("a=rtpmap:97 H264/90000", "a=fmtp:97 packetization-mode=2"), "interleaves"),
        (_video("a=rtpmap:97 H265/90000", "a=fmtp:97 sprop-max-don-diff=4"), "interleaves"),
    ],
)
def test_what_we_do_not_take_is_named_with_a_remedy(body: bytes, says: str) -> None:
    with pytest.raises(StreamUnsupported, match=says) as caught:
        parse_sdp(body)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "body",
    [
        b"v=0\r\n" + b"a=x\r\n" * (MAX_SDP_BYTES // 5),
        b"m=video 0 RTP/AVP 96\r\n" * 40,
        b"m=video\r\n",
        b"\n" * 5000,
        b"m=video 0 RTP/AVP 300\r\na=rtpmap:300 H264/90000\r\n",
    ],
)
def test_hostile_descriptions_are_refused(body: bytes) -> None:
    with pytest.raises(StreamMalformed):
        parse_sdp(body)


@given(
    st.one_of(
        st.binary(max_size=300), st.lists(st.sampled_from(HIKVISION.splitlines())).map(lambda x: "\n".join(x).encode())
    )
)
def test_no_bytes_raise_anything_but_source_errors(body: bytes) -> None:
    with contextlib.suppress(SourceError):
        parse_sdp(body)


def test_motion_jpeg_needs_no_rtpmap() -> None:
    """Payload type 26 is static (RFC 3551 section 6), and is how most cameras offer it."""
    description = parse_sdp(b"v=0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n")
    assert (description.codec, description.payload_type) == (VideoCodec.MJPEG, 26)
    assert parse_sdp(_video("a=rtpmap:97 JPEG/90000")).codec is VideoCodec.MJPEG

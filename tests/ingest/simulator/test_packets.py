"""RTP, RTCP, SDP, Digest and RTSP messages against the letter of their RFCs."""

from __future__ import annotations

import struct
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.simulator.clip_files import Clip
from ingest.simulator.clips import ClipKind
from ingest.simulator.digest import REALM, DigestGate, digest_response, parse_digest
from ingest.simulator.messages import Interleaved, MessageReader, Request, format_response
from ingest.simulator.rtcp import sender_report
from ingest.simulator.rtp import MAX_PAYLOAD_BYTES, packetise, parameter_sets, prepare, split_nal_units
from ingest.simulator.sdp import describe_stream
from ingest.simulator.transport import Channels, ClientPorts, choose_transport
from nvr.config import Credential
from nvr.errors import StreamMalformed
from nvr.media import StreamKind
from nvr.redact import Secret
from tests.ingest.simulator.rtsp_client import depacketise, parse_rtp

# A NAL unit never holds a start code and never ends in a zero byte (ITU-T H.264 7.4.1).
slices = st.builds(
    lambda head, body: bytes([head]) + body.replace(b"\0", b"\1") + b"\x80",
    st.sampled_from([0x65, 0x41, 0x01]),
    st.binary(min_size=1, max_size=6000),
)
sets = st.sampled_from([[], [b"\x67\x64\x00\x28\xac", b"\x68\xee\x3c\x80"]])


@given(prefix=sets, units=st.lists(slices, min_size=1, max_size=4), limit=st.integers(40, 1500), long=st.booleans())
def test_what_is_packetised_comes_out_again(prefix: list[bytes], units: list[bytes], limit: int, long: bool) -> None:
    start_code = b"\0\0\0\1" if long else b"\0\0\1"
    access_unit = b"".join(start_code + unit for unit in [*prefix, *units])
    payloads = packetise(access_unit, limit)
    assert max(map(len, payloads)) <= limit
    assert depacketise(payloads) == prefix + units


@given(
    units=st.lists(slices, min_size=1, max_size=3),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 2**40),
    ssrc=st.integers(0, 2**32 - 1),
)
def test_stamping_touches_nothing_but_the_header_fields(
    units: list[bytes], sequence: int, timestamp: int, ssrc: int
) -> None:
    access_unit = b"".join(b"\0\0\0\1" + unit for unit in units)
    frame = prepare(access_unit)
    data = bytes(frame.stamp(sequence, timestamp, ssrc))
    packets = []
    while data:
        dollar, channel, size = struct.unpack_from(">cBH", data)
        assert (dollar, channel) == (b"$", 0)
        packets.append(parse_rtp(data[4 : 4 + size]))
        data = data[4 + size :]
    assert [p.payload for p in packets] == packetise(access_unit)
    assert [p.sequence for p in packets] == [(sequence + i) & 0xFFFF for i in range(len(packets))]
    assert {p.timestamp for p in packets} == {timestamp & 0xFFFF_FFFF}
    assert {p.ssrc for p in packets} == {ssrc}
    assert [p.marker for p in packets] == [False] * (len(packets) - 1) + [True]
    assert frame.payload_bytes == sum(len(p.payload) for p in packets)
    assert frame == prepare(access_unit), "the blob that cameras share was written to"


def test_an_encoded_clip_survives_packetising(clips: dict[ClipKind, Clip]) -> None:
    for clip in clips.values():
        for stream, units in clip.access_units.items():
            for index, unit in enumerate(units):
                payloads = packetise(unit)
                assert max(map(len, payloads)) <= MAX_PAYLOAD_BYTES
                nal_units = [u for u in split_nal_units(unit) if u[0] & 0x1F != 6]
                assert depacketise(payloads) == nal_units
                gop_start = index % clip.truth.streams[stream].fps == 0
                assert prepare(unit).keyframe == gop_start
                kinds = [u[0] & 0x1F for u in nal_units]
                assert kinds == ([7, 8, 5] if gop_start else [1])
                assert (payloads[0][0] & 0x1F == 24) == gop_start


def test_sdp_carries_the_parameter_sets(clips: dict[ClipKind, Clip]) -> None:
    sps, pps = parameter_sets(clips[ClipKind.QUIET].access_units[StreamKind.MAIN][0])
    text = describe_stream(title="cam01 main", host="127.0.0.1", session_id=7, sps=sps, pps=pps, fps=10)
    lines = text.split("\r\n")
    assert lines[0] == "v=0"
    assert lines[-1] == ""
    assert "m=video 0 RTP/AVP 96" in lines
    assert "a=rtpmap:96 H264/90000" in lines
    fmtp = next(line for line in lines if line.startswith("a=fmtp:96 "))
    parameters = dict(part.split("=", 1) for part in fmtp.removeprefix("a=fmtp:96 ").split(";"))
    assert parameters["packetization-mode"] == "1"
    assert bytes.fromhex(parameters["profile-level-id"]) == sps[1:4]
    assert [b64decode(part) for part in parameters["sprop-parameter-sets"].split(",")] == [sps, pps]


@given(
    wall_ns=st.integers(0, 4 * 10**18),
    timestamp=st.integers(0, 2**33),
    name=st.text("abcdef-0123", min_size=1, max_size=60),
)
def test_sender_reports(wall_ns: int, timestamp: int, name: str) -> None:
    data = sender_report(ssrc=5, wall_ns=wall_ns, timestamp=timestamp, packets=3, payload_bytes=99, name=name)
    first, kind, words, ssrc, seconds, fraction, rtp, packets, octets = struct.unpack_from(">BBHIIIIII", data)
    assert (first, kind, words, ssrc, packets, octets) == (0x80, 200, 6, 5, 3, 99)
    assert rtp == timestamp & 0xFFFF_FFFF
    back_ns = (seconds - 2_208_988_800) % 2**32 * 10**9 + (fraction * 10**9 >> 32)
    assert abs(back_ns - wall_ns % (2**32 * 10**9)) <= 1
    sdes = data[28:]
    first, kind, words, ssrc, item, size = struct.unpack_from(">BBHIBB", sdes)
    assert (first, kind, ssrc, item) == (0x81, 202, 5, 1)
    assert len(sdes) == 4 * (words + 1)
    assert sdes[10 : 10 + size].decode() == name
    assert sdes[10 + size] == 0


def test_the_digest_of_rfc_2617() -> None:
    # Section 3.5 of RFC 2617.
    response = digest_response(
        user="Mufasa",
        password="Circle Of Life",
        realm="testrealm@host.com",
        method="GET",
        uri="/dir/index.html",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        nc="00000001",
        cnonce="0a4f113b",
        qop="auth",
    )
    assert response == "6629fae49393a05397450978507c4ef1"


def authorization(
    gate: DigestGate, *, wrong: bool = False, count: int = 1, qop: str = "auth", camera: str = "cam01"
) -> str:
    nonce = parse_digest(gate.challenge())["nonce"]
    nc = f"{count:08x}"
    uri = f"rtsp://host/{camera}/main"
    proof = digest_response(
        user="ana",
        password="otra" if wrong else "clave",
        realm=REALM,
        method="PLAY",
        uri=uri,
        nonce=nonce,
        nc=nc,
        cnonce="x",
        qop=qop,
    )
    tail = f', qop={qop}, nc={nc}, cnonce="x"' if qop else ""
    return f'Digest username="ana", realm="{REALM}", nonce="{nonce}", uri="{uri}", response="{proof}"{tail}'


def test_the_gate_opens_to_the_password_only() -> None:
    credential = Credential("ana", Secret("clave"))
    gate = DigestGate("abc")
    assert gate.admits(authorization(gate), "PLAY", "cam01", credential)
    assert not gate.admits(authorization(gate), "PLAY", "cam01", credential), "a replay"
    assert gate.admits(authorization(gate, count=2), "PLAY", "cam01", credential)
    assert gate.admits(authorization(gate, qop=""), "PLAY", "cam01", credential), "RFC 2617 allows none"
    assert not gate.admits(authorization(gate, count=3, wrong=True), "PLAY", "cam01", credential)
    assert not gate.admits(authorization(gate, count=3), "SETUP", "cam01", credential), "proof for another method"
    assert not gate.admits(authorization(gate, count=3, camera="cam02"), "PLAY", "cam01", credential)
    assert not gate.admits(authorization(DigestGate("def"), count=3), "PLAY", "cam01", credential), "not our nonce"
    assert not gate.admits("Basic YW5hOmNsYXZl", "PLAY", "cam01", credential)
    assert not gate.admits("", "PLAY", "cam01", credential)


@given(cuts=st.lists(st.integers(1, 200), max_size=12), body=st.binary(max_size=50), rtcp=st.binary(max_size=50))
def test_messages_arrive_whole_however_they_are_cut(cuts: list[int], body: bytes, rtcp: bytes) -> None:
    request = b"SET_PARAMETER rtsp://h/cam01/main RTSP/1.0\r\nCSeq: 4\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )
    stream = request + b"$\x01" + len(rtcp).to_bytes(2, "big") + rtcp + b"\r\n" + request
    reader = MessageReader()
    found: list[Request | Interleaved] = []
    for cut in cuts:
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    found += reader.feed(stream)
    wanted = Request(
        "SET_PARAMETER", "rtsp://h/cam01/main", "RTSP/1.0", {"cseq": "4", "content-length": str(len(body))}, body
    )
    assert found == [wanted, Interleaved(1, rtcp), wanted]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1 and more\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nno colon here\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
        b"x" * 20_000,
    ],
)
def test_what_is_not_rtsp_is_refused(data: bytes) -> None:
    with pytest.raises(StreamMalformed):
        list(MessageReader().feed(data))


def test_responses_can_not_be_split_by_header_values() -> None:
    text = format_response(551, {"CSeq": "1\r\nEvil: yes", "Unsupported": "x"})
    assert text == b"RTSP/1.0 551 Option not supported\r\nCSeq: 1Evil: yes\r\nUnsupported: x\r\n\r\n"


@pytest.mark.parametrize(
    ("header", "choice"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", Channels(0, 1)),
        ("RTP/AVP/TCP;interleaved=6-7", Channels(6, 7)),
        ("RTP/AVP/TCP;unicast", Channels(-1, -1)),
        ("RTP/AVP;unicast;client_port=5000-5001", ClientPorts(5000, 5001)),
        ("RTP/AVP/UDP;unicast;client_port=5000", ClientPorts(5000, 5001)),
        ("RTP/AVP;multicast,RTP/AVP/TCP;unicast;interleaved=2-3;mode=play", Channels(2, 3)),
        ("RTP/AVP;multicast", None),
        ("RTP/SAVP;unicast;client_port=5000-5001", None),
        ("RTP/AVP/TCP;interleaved=0-300", None),
        ("RTP/AVP;unicast;client_port=70000-70001", None),
        ("RTP/AVP;unicast", None),
        ("", None),
    ],
)
def test_transports(header: str, choice: Channels | ClientPorts | None) -> None:
    assert choose_transport(header) == choice

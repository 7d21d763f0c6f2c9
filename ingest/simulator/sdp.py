"""The session description that DESCRIBE answers with (RFC 8866, RFC 6184 section 8.2.1)."""

from __future__ import annotations

from base64 import b64encode
from typing import Final

from ingest.simulator.rtp import PAYLOAD_TYPE

TRACK: Final = "trackID=0"
"""The control attribute of the only track, relative to the Content-Base."""


def describe_stream(*, title: str, host: str, session_id: int, sps: bytes, pps: bytes, fps: int) -> str:
    """One video track. ``sps`` and ``pps`` are NAL units without start codes."""
    lines = (
        "v=0",
        f"o=- {session_id} 1 IN IP4 {host}",
        f"s={title}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=tool:simulated fleet",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/90000",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={sps[1:4].hex().upper()};"
        f"sprop-parameter-sets={b64encode(sps).decode()},{b64encode(pps).decode()}",
        f"a=framerate:{fps}",
        f"a=control:{TRACK}",
    )
    return "\r\n".join(lines) + "\r\n"

"""Session descriptions (RFC 8866) as cameras send them: the video in them, and the sound. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from ingest.audio import AudioDescription
from ingest.audio_sdp import STATIC_AUDIO, describe_audio
from nvr.errors import StreamMalformed, StreamUnsupported
from nvr.media import TIMESCALE_HZ, VideoCodec

MAX_SDP_BYTES: Final = 64 * 1024
_MAX_LINES: Final = 1000
_MAX_MEDIA: Final = 32
_MAX_SETS: Final = 64
_CODECS: Final = {
    "H264": VideoCodec.H264,
    "H265": VideoCodec.H265,
    "HEVC": VideoCodec.H265,
    "JPEG": VideoCodec.MJPEG,
}
_STATIC: Final = {"26": "JPEG/90000"}
"""Payload types that need no rtpmap (RFC 3551 section 6)."""


@dataclass(frozen=True, slots=True)
class VideoDescription:
    """The video of a session.

    Attributes:
        codec: which codec.
        payload_type: RTP payload type, 0..127.
        control: URL or relative path for SETUP as it stands in ``a=control``, or "".
        session_control: that of the whole session, for PLAY, or "".
        parameter_sets: NAL units from ``sprop-parameter-sets`` (RFC 6184 section 8.1) or ``sprop-vps/sps/pps`` (RFC 7798 section
            7.1), header included.
        audio: the first sound in it that we can take.
    """

    codec: VideoCodec
    payload_type: int
    control: str
    session_control: str
    parameter_sets: tuple[bytes, ...]
    audio: AudioDescription | None = None


@dataclass(slots=True)
class Media:
    """A media section: what follows an ``m=`` line."""

    kind: str
    formats: list[str]
    control: str
    encodings: dict[str, str]
    parameters: dict[str, str]


def parse_sdp(body: bytes) -> VideoDescription:
    """The first video of a description that we can take.

    Raises:
        StreamMalformed: too large, or not a description.
        StreamUnsupported: no video in it, or none in H.264, H.265 or Motion JPEG.
    """
    if len(body) > MAX_SDP_BYTES:
        raise StreamMalformed(
            f"the camera's session description has {len(body)} bytes", "the camera is faulty or hostile"
        )
    session_control, found = _sections(body.decode("utf-8", "replace"))
    videos = [media for media in found if media.kind == "video"]
    if not videos:
        raise StreamUnsupported("the camera offers no video at this URL", "check the path in cameras.yaml")
    offered: list[str] = []
    for media in videos:
        for payload_type in media.formats:
            encoding, _, clock = media.encodings.get(
                payload_type, _STATIC.get(payload_type, f"static type {payload_type}")
            ).partition("/")
            codec = _CODECS.get(encoding.upper())
            if codec is None or clock.partition("/")[0] != str(TIMESCALE_HZ):
                offered.append(encoding)
                continue
            return VideoDescription(
                codec=codec,
                payload_type=_payload_type(payload_type),
                control=media.control,
                session_control=session_control,
                parameter_sets=_parameter_sets(codec, media.parameters.get(payload_type, "")),
                audio=_audio(found),
            )
    raise StreamUnsupported(
        f"the camera sends {', '.join(offered)[:80] or 'an unnamed codec'}",
        "set the stream to H.264, H.265 or Motion JPEG in the camera",
    )


def _sections(text: str) -> tuple[str, list[Media]]:
    session_control = ""
    found: list[Media] = []
    lines = text.splitlines()
    if len(lines) > _MAX_LINES:
        raise StreamMalformed(
            f"the camera's session description has {len(lines)} lines", "the camera is faulty or hostile"
        )
    for line in lines:
        key, _, value = line.partition("=")
        if key == "m":
            words = value.split()
            if len(words) < 4 or len(found) >= _MAX_MEDIA:
                raise StreamMalformed("the camera's session description is malformed", "restart the camera")
            found.append(Media(words[0].lower(), words[3:], "", {}, {}))
        elif key == "a":
            name, _, rest = value.partition(":")
            payload_type, _, detail = rest.strip().partition(" ")
            if name == "control":
                if found:
                    found[-1].control = rest.strip()
                else:
                    session_control = rest.strip()
            elif name == "rtpmap" and found:
                found[-1].encodings[payload_type] = detail.strip()
            elif name == "fmtp" and found:
                found[-1].parameters[payload_type] = detail.strip()
    return session_control, found


def _audio(found: list[Media]) -> AudioDescription | None:
    for media in found:
        if media.kind != "audio":
            continue
        for payload_type in media.formats:
            if not (payload_type.isascii() and payload_type.isdigit() and len(payload_type) <= 3):
                continue
            encoding = media.encodings.get(payload_type, STATIC_AUDIO.get(payload_type, ""))
            parameters = media.parameters.get(payload_type, "")
            described = describe_audio(encoding, parameters, int(payload_type), media.control)
            if described is not None:
                return described
    return None


def _payload_type(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 127):
        raise StreamMalformed("the camera's session description names a payload type beyond 127", "restart the camera")
    return int(text)


def _parameter_sets(codec: VideoCodec, parameters: str) -> tuple[bytes, ...]:
    if codec is VideoCodec.MJPEG:
        return ()
    fields: dict[str, str] = {}
    for part in parameters.split(";"):
        name, _, value = part.strip().partition("=")
        fields[name.lower()] = value
    if codec is VideoCodec.H264:
        if fields.get("packetization-mode", "0") not in {"", "0", "1"}:
            raise StreamUnsupported(
                "the camera interleaves H.264 (packetization-mode 2)", "set packetization-mode 1 in the camera"
            )
        texts = fields.get("sprop-parameter-sets", "").split(",")
    else:
        if fields.get("sprop-max-don-diff", "0") not in {"", "0"}:
            raise StreamUnsupported(
                "the camera interleaves H.265 (sprop-max-don-diff)", "switch interleaving off in the camera"
            )
        texts = [text for name in ("vps", "sps", "pps") for text in fields.get(f"sprop-{name}", "").split(",")]
    sets: list[bytes] = []
    for text in texts[:_MAX_SETS]:
        try:
            nal = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue  # the stream itself carries them too, or the first key frame is waited for in vain and that is said
        if len(nal) > 2:
            sets.append(nal)
    return tuple(sets)

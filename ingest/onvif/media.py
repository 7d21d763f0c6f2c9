"""A camera's media profiles: what each stream is and where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ingest.onvif.device import Device
from ingest.onvif.services import clean
from nvr.errors import SourceError, StreamMalformed

MOST_PROFILES: Final = 32
_STREAM_SETUP: Final = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}


@dataclass(frozen=True, slots=True)
class MediaProfile:
    """One profile. Figures are 0 where the device does not say them.

    Attributes:
        codec: h264, h265, mjpeg, mpeg4, or what the device calls it, in lower case.
        gop_frames: pictures from one key frame to the next.
        uri: of the stream, as the device says it, unchecked; "" where it gives none, ``uri_fault`` says why.
        source: token of the video source, for imaging.
        ptz: whether the profile can move the camera.
    """

    token: str
    name: str
    codec: str
    width_px: int
    height_px: int
    fps: float
    gop_frames: int
    kbps: int
    uri: str
    source: str
    ptz: bool
    uri_fault: str = ""

    @property
    def gop_s(self) -> float:
        """Seconds from one key frame to the next; 0 where unknown."""
        return self.gop_frames / self.fps if self.fps else 0.0


def profiles(device: Device, *, with_uris: bool = True) -> list[MediaProfile]:
    """The device's profiles, with the URIs of their streams.

    Raises:
        StreamMalformed: none, or more than can be honest.
        SourceError: as ``Device.call``.
    """
    found = device.call("media", "GetProfiles") or []
    if not 1 <= len(found) <= MOST_PROFILES:
        raise StreamMalformed(f"the camera offers {len(found)} media profiles", "set up one to four in the camera")
    return [_profile(device, entry, with_uris=with_uris) for entry in found if entry.token]


def _profile(device: Device, entry: Any, *, with_uris: bool) -> MediaProfile:
    encoder = entry.VideoEncoderConfiguration
    resolution, rate = getattr(encoder, "Resolution", None), getattr(encoder, "RateControl", None)
    codec = clean(getattr(encoder, "Encoding", ""), 20).lower().replace("jpeg", "mjpeg").replace("mmjpeg", "mjpeg")
    details = getattr(encoder, "H264", None) or getattr(encoder, "MPEG4", None)
    uri, uri_fault = _uri(device, entry.token) if with_uris and encoder is not None else ("", "")
    return MediaProfile(
        token=clean(entry.token, 64),
        name=clean(entry.Name, 64),
        codec={"h.265": "h265", "hevc": "h265", "h.264": "h264"}.get(codec, codec),
        width_px=_count(getattr(resolution, "Width", 0)),
        height_px=_count(getattr(resolution, "Height", 0)),
        fps=float(_count(getattr(rate, "FrameRateLimit", 0))),
        gop_frames=_count(getattr(details, "GovLength", 0)),
        kbps=_count(getattr(rate, "BitrateLimit", 0)),
        uri=uri,
        source=clean(getattr(entry.VideoSourceConfiguration, "SourceToken", ""), 64),
        ptz=entry.PTZConfiguration is not None,
        uri_fault=uri_fault,
    )


def _uri(device: Device, token: str) -> tuple[str, str]:
    try:
        found = device.call("media", "GetStreamUri", StreamSetup=_STREAM_SETUP, ProfileToken=token)
    except SourceError as error:
        return "", error.message  # a profile that streams nothing hides no other
    return str(getattr(found, "Uri", "") or "").strip()[:1024], ""


def _count(value: object) -> int:
    """A figure of a device: 0 for what can't be one."""
    try:
        number = int(float(str(value)))
    except (ValueError, OverflowError):
        return 0
    return number if 0 < number < 10_000_000 else 0

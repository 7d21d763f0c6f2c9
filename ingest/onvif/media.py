"""A camera's media profiles: what each stream is and where it lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ingest.onvif.device import Device
from ingest.onvif.media2 import SERVICE, media2_profiles, media2_uri
from ingest.onvif.services import clean
from nvr.errors import SourceError, StreamMalformed

MOST_PROFILES: Final = 32
T = TypeVar("T")
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
    """The device's profiles, with the URIs of their streams: by Media2 where it has that, since H.265 is named there alone.

    Raises:
        StreamMalformed: none, or more than can be honest.
        SourceError: as ``Device.call``.
    """
    if device.has(SERVICE):
        newer = media2_profiles(device)
        # A device that names the newer service without serving it is asked as an old one.
        if newer or not device.has("media"):
            return [_media2_profile(device, entry, with_uris=with_uris) for entry in _bounded(newer) if entry["token"]]
    found = _bounded(device.call("media", "GetProfiles") or [])
    return [_profile(device, entry, with_uris=with_uris) for entry in found if entry.token]


def _bounded(found: list[T]) -> list[T]:
    if not 1 <= len(found) <= MOST_PROFILES:
        raise StreamMalformed(f"the camera offers {len(found)} media profiles", "set up one to four in the camera")
    return found


def _media2_profile(device: Device, entry: dict[str, Any], *, with_uris: bool) -> MediaProfile:
    token = entry["token"]
    uri, uri_fault = _uri(lambda: media2_uri(device, token)) if with_uris and entry["video"] else ("", "")
    return MediaProfile(
        token=clean(token, 64),
        name=clean(entry["name"], 64),
        codec=_codec(entry["encoding"]),
        width_px=_count(entry["width"]),
        height_px=_count(entry["height"]),
        fps=float(_count(entry["fps"])),
        gop_frames=_count(entry["gop"]),
        kbps=_count(entry["kbps"]),
        uri=uri,
        source=clean(entry["source"], 64),
        ptz=entry["ptz"],
        uri_fault=uri_fault,
    )


def _codec(encoding: object) -> str:
    """From what a device calls it: JPEG and H264 in both services, H265 and MPV4-ES in the newer one."""
    codec = clean(encoding, 20).lower().replace("jpeg", "mjpeg").replace("mmjpeg", "mjpeg")
    return {"h.265": "h265", "hevc": "h265", "h.264": "h264", "mpv4-es": "mpeg4"}.get(codec, codec)


def _profile(device: Device, entry: Any, *, with_uris: bool) -> MediaProfile:
    encoder = entry.VideoEncoderConfiguration
    resolution, rate = getattr(encoder, "Resolution", None), getattr(encoder, "RateControl", None)
    details = getattr(encoder, "H264", None) or getattr(encoder, "MPEG4", None)
    uri, uri_fault = _uri(lambda: _media_uri(device, entry.token)) if with_uris and encoder is not None else ("", "")
    return MediaProfile(
        token=clean(entry.token, 64),
        name=clean(entry.Name, 64),
        codec=_codec(getattr(encoder, "Encoding", "")),
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


def _media_uri(device: Device, token: str) -> str:
    found = device.call("media", "GetStreamUri", StreamSetup=_STREAM_SETUP, ProfileToken=token)
    return str(getattr(found, "Uri", "") or "").strip()


def _uri(ask: Callable[[], str]) -> tuple[str, str]:
    try:
        return ask()[:1024], ""
    except SourceError as error:
        return "", error.message  # a profile that streams nothing hides no other


def _count(value: object) -> int:
    """A figure of a device: 0 for what can't be one."""
    try:
        number = int(float(str(value)))
    except (ValueError, OverflowError):
        return 0
    return number if 0 < number < 10_000_000 else 0

"""What a session description says of sound: which codec, and how its access units are packed. Pure; what makes no sense is no sound."""

from __future__ import annotations

from typing import Final

from ingest.audio import AudioDescription
from nvr.media import AudioCodec, AudioParameters

STATIC_AUDIO: Final = {"0": "PCMU/8000", "8": "PCMA/8000"}
"""Payload types that need no rtpmap (RFC 3551 section 6)."""

_G711: Final = {"PCMU": AudioCodec.PCMU, "PCMA": AudioCodec.PCMA}
_RATES: Final = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_PLAIN_OBJECTS: Final = frozenset({1, 2, 3, 4, 5, 29})
"""Audio object types whose frames a decoder of AAC takes: Main, LC, SSR, LTP, and HE-AAC by its explicit signalling."""

_MAX_CONFIG_BYTES: Final = 64


def describe_audio(encoding: str, fmtp: str, payload_type: int, control: str) -> AudioDescription | None:
    """The sound of one payload type; None where it is none that we take.

    Args:
        encoding: of its rtpmap: ``MPEG4-GENERIC/16000/1``.
        fmtp: its format parameters.
    """
    name, _, rest = encoding.partition("/")
    rate_text, _, channels_text = rest.partition("/")
    rate_hz, channels = _number(rate_text, 192_000), _number(channels_text or "1", 8)
    if not rate_hz or not channels or payload_type > 127:
        return None
    codec = _G711.get(name.upper())
    if codec is not None:
        parameters = AudioParameters(codec, b"", rate_hz, channels)
        return AudioDescription(parameters, payload_type, control) if rate_hz <= 48_000 and channels <= 2 else None
    return _describe_aac(fmtp, rate_hz, channels, payload_type, control) if name.upper() == "MPEG4-GENERIC" else None


def _describe_aac(fmtp: str, rate_hz: int, channels: int, payload_type: int, control: str) -> AudioDescription | None:
    fields = {key.strip().lower(): value.strip() for key, _, value in (part.partition("=") for part in fmtp.split(";"))}
    try:
        config = bytes.fromhex(fields.get("config", ""))
    except ValueError:
        return None
    found = _specific_config(config)
    if found is None or fields.get("mode", "").lower() not in {"aac-hbr", "aac-lbr", "generic"}:
        return None
    sizes = [_number(fields.get(name, "0"), 32, zero=0) for name in ("sizelength", "indexlength", "indexdeltalength")]
    constant_bytes = _number(fields.get("constantsize", "0"), 8191, zero=0)
    if (not sizes[0] and not constant_bytes) or sizes[0] > 16:
        return None
    # The clock of the timestamps is what rtpmap says; a decoder learns its own rate from the configuration.
    frame_samples, config_channels = found
    parameters = AudioParameters(AudioCodec.AAC, config, rate_hz, config_channels or channels, frame_samples)
    return AudioDescription(parameters, payload_type, control, sizes[0], sizes[1], sizes[2], constant_bytes)


def _specific_config(config: bytes) -> tuple[int, int] | None:
    """Samples of a frame, and channels (0: not told), from an AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1)."""
    if not 2 <= len(config) <= _MAX_CONFIG_BYTES:
        return None
    bits, left = int.from_bytes(config), len(config) * 8

    def take(count: int) -> int:
        nonlocal left
        left -= count
        return bits >> max(left, 0) & (1 << count) - 1 if left >= 0 else 0

    object_type = take(5)
    rate_index = take(4)
    if rate_index == 15:
        take(24)
    elif rate_index >= len(_RATES):
        return None
    channels = take(4)
    if object_type not in _PLAIN_OBJECTS or left < 0:
        return None
    if object_type in {5, 29}:
        return 2048, channels  # spectral band replication doubles what a frame gives
    return (960 if take(1) else 1024), channels


def _number(text: str, most: int, zero: int = 0) -> int:
    """A decimal number up to ``most``, else ``zero``."""
    fine = text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= most
    return int(text) if fine else zero

"""The simulated device's Media2 service: all its streams, H.265 ones too, as ONVIF's ver20 Media WSDL shapes them."""

from __future__ import annotations

import html

from ingest.simulator.onvif_request import Asked, Fault

PROTOCOLS = frozenset({"RTSP", "RtspUnicast"})


def profiles(asked: Asked) -> str:
    """Configurations only of the kinds that were asked for, as the standard has it: a profile asked of without them is a name."""
    kinds = {each.text for each in asked.request.iter() if str(each.tag).endswith("}Type")}
    if "All" in kinds:
        kinds = {"VideoSource", "VideoEncoder", "PTZ"}
    listed = ""
    for token, (_, width, height, fps, gop, kbps) in asked.camera.streams.items():
        parts = ""
        if "VideoSource" in kinds:
            parts += (
                '<tr2:VideoSource token="vsc0"><tt:Name>vsc0</tt:Name><tt:UseCount>2</tt:UseCount><tt:SourceToken>source0</tt:SourceToken>'
                f'<tt:Bounds x="0" y="0" width="{width}" height="{height}"/></tr2:VideoSource>'
            )
        if "VideoEncoder" in kinds:
            parts += (
                f'<tr2:VideoEncoder token="enc-{token}" GovLength="{gop}" Profile="Main"><tt:Name>{token}</tt:Name><tt:UseCount>1</tt:UseCount>'
                f"<tt:Encoding>{asked.camera.codec(token)}</tt:Encoding>"
                f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
                f"<tt:RateControl><tt:FrameRateLimit>{fps:.1f}</tt:FrameRateLimit><tt:BitrateLimit>{kbps}</tt:BitrateLimit></tt:RateControl>"
                "<tt:Quality>5</tt:Quality></tr2:VideoEncoder>"
            )
        if "PTZ" in kinds and asked.camera.moves:
            parts += '<tr2:PTZ token="ptz0"><tt:Name>ptz0</tt:Name><tt:UseCount>2</tt:UseCount><tt:NodeToken>node0</tt:NodeToken></tr2:PTZ>'
        listed += f'<tr2:Profiles token="{token}" fixed="true"><tr2:Name>{token}</tr2:Name>'
        listed += f"<tr2:Configurations>{parts}</tr2:Configurations></tr2:Profiles>" if parts else "</tr2:Profiles>"
    return f"<tr2:GetProfilesResponse>{listed}</tr2:GetProfilesResponse>"


def stream_uri(asked: Asked) -> str:
    """A text, where the older service has a section."""
    if asked.text("Protocol") not in PROTOCOLS:
        raise Fault("ter:InvalidArgVal", "unknown protocol")
    uri = asked.camera.streams.get(asked.text("ProfileToken"), ("",))[0]
    if not uri:
        raise Fault("ter:NoProfile", "no such profile")
    return f"<tr2:GetStreamUriResponse><tr2:Uri>{html.escape(uri)}</tr2:Uri></tr2:GetStreamUriResponse>"

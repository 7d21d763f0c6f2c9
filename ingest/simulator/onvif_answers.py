"""What a simulated ONVIF device answers: an operation's name and arguments in, the body of a SOAP answer out. No I/O."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from ingest.onvif.device import MEDIA2
from ingest.simulator import onvif_media2, onvif_settings
from ingest.simulator.onvif_device import Axes, OnvifCamera
from ingest.simulator.onvif_request import Asked, Fault, local, seconds_of
from nvr.clock import NS_PER_S

OPEN: Final = frozenset({"GetSystemDateAndTime", "GetServices", "GetServiceCapabilities"})
"""Operations that need no log-in (ONVIF Core, section 5.9: class PRE_AUTH)."""


def answer(camera: OnvifCamera, base: str, request: Any, *, now_ns: int, wall_ns: int) -> str:
    """The body for a request; the camera's state follows.

    Args:
        base: ``http://host:port`` of the device.
        request: the operation's element (lxml).

    Raises:
        Fault: unknown operation, token or position.
    """
    operation = local(request)
    made = (_MEDIA2 if request.tag.startswith(f"{{{MEDIA2}}}") else _ANSWERS).get(operation)
    if made is None or (made in _SERVED_BY and _SERVED_BY[made] not in camera.media):
        raise Fault("ter:ActionNotSupported", f"{operation} is not supported")
    camera.advance(now_ns)
    return made(Asked(camera, base, request, now_ns, wall_ns))


def _time(asked: Asked) -> str:
    now = datetime.fromtimestamp(asked.wall_ns / NS_PER_S + asked.camera.clock_offset_s, UTC)
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>"
        f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second></tt:Time>"
        f"<tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _information(asked: Asked) -> str:
    return (
        "<tds:GetDeviceInformationResponse><tds:Manufacturer>Simulador</tds:Manufacturer>"
        f"<tds:Model>{'Domo' if asked.camera.moves else 'Fija'} {html.escape(asked.camera.camera_id)}</tds:Model>"
        "<tds:FirmwareVersion>1.0</tds:FirmwareVersion>"
        f"<tds:SerialNumber>SIM-{html.escape(asked.camera.camera_id)}</tds:SerialNumber><tds:HardwareId>sim</tds:HardwareId>"
        "</tds:GetDeviceInformationResponse>"
    )


def _capabilities(asked: Asked) -> str:
    services = {"Device": "device", "Events": "event", "Imaging": "imaging"}
    if 1 in asked.camera.media:
        services["Media"] = "media"
    if asked.camera.moves:
        services["PTZ"] = "ptz"
    listed = ""
    for name, path in services.items():
        more = ""
        if name == "Events":
            more = (
                "<tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport><tt:WSPullPointSupport>true</tt:WSPullPointSupport>"
                "<tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport>"
            )
        elif name == "Media":
            more = "<tt:StreamingCapabilities><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities>"
        listed += f"<tt:{name}><tt:XAddr>{asked.base}/onvif/{path}_service</tt:XAddr>{more}</tt:{name}>"
    return f"<tds:GetCapabilitiesResponse><tds:Capabilities>{listed}</tds:Capabilities></tds:GetCapabilitiesResponse>"


def _services(asked: Asked) -> str:
    listed = {
        "http://www.onvif.org/ver10/device/wsdl": ("device", 2),
        "http://www.onvif.org/ver10/events/wsdl": ("event", 2),
    }
    listed["http://www.onvif.org/ver20/imaging/wsdl"] = ("imaging", 2)
    if 1 in asked.camera.media:
        listed["http://www.onvif.org/ver10/media/wsdl"] = ("media", 2)
    if 2 in asked.camera.media:
        listed[MEDIA2] = ("media2", 2)
    if asked.camera.moves:
        listed["http://www.onvif.org/ver20/ptz/wsdl"] = ("ptz", 2)
    entries = "".join(
        f"<tds:Service><tds:Namespace>{namespace}</tds:Namespace><tds:XAddr>{asked.base}/onvif/{path}_service</tds:XAddr>"
        f"<tds:Version><tt:Major>{major}</tt:Major><tt:Minor>0</tt:Minor></tds:Version></tds:Service>"
        for namespace, (path, major) in listed.items()
    )
    return f"<tds:GetServicesResponse>{entries}</tds:GetServicesResponse>"


def _profiles(asked: Asked) -> str:
    listed = ""
    ptz = (
        '<tt:PTZConfiguration token="ptz0"><tt:Name>ptz0</tt:Name><tt:UseCount>2</tt:UseCount><tt:NodeToken>node0</tt:NodeToken>'
        "</tt:PTZConfiguration>"
        if asked.camera.moves
        else ""
    )
    for token, (_, width, height, fps, gop, kbps) in asked.camera.streams.items():
        encoding = asked.camera.codec(token)
        if encoding == "H265":
            continue
        details = (
            f"<tt:H264><tt:GovLength>{gop}</tt:GovLength><tt:H264Profile>High</tt:H264Profile></tt:H264>"
            if encoding == "H264"
            else ""
        )
        listed += (
            f'<trt:Profiles token="{token}" fixed="true"><tt:Name>{token}</tt:Name>'
            '<tt:VideoSourceConfiguration token="vsc0"><tt:Name>vsc0</tt:Name><tt:UseCount>2</tt:UseCount>'
            f'<tt:SourceToken>source0</tt:SourceToken><tt:Bounds x="0" y="0" width="{width}" height="{height}"/>'
            "</tt:VideoSourceConfiguration>"
            f'<tt:VideoEncoderConfiguration token="enc-{token}"><tt:Name>{token}</tt:Name><tt:UseCount>1</tt:UseCount>'
            f"<tt:Encoding>{encoding}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
            f"<tt:Quality>5</tt:Quality><tt:RateControl><tt:FrameRateLimit>{fps}</tt:FrameRateLimit>"
            f"<tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>{kbps}</tt:BitrateLimit></tt:RateControl>"
            f"{details}<tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>"
            f"{ptz}</trt:Profiles>"
        )
    return f"<trt:GetProfilesResponse>{listed}</trt:GetProfilesResponse>"


def _stream_uri(asked: Asked) -> str:
    uri = asked.camera.streams.get(asked.text("ProfileToken"), ("",))[0]
    if not uri:
        raise Fault("ter:NoProfile", "no such profile")
    return (
        f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{html.escape(uri)}</tt:Uri>"
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
        "<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
    )


def _position(at: Axes) -> str:
    return f'<tt:PanTilt x="{at[0]:.4f}" y="{at[1]:.4f}"/><tt:Zoom x="{at[2]:.4f}"/>'


def _status(asked: Asked) -> str:
    word = "MOVING" if asked.camera.head.moving else "IDLE"
    return (
        f"<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position>{_position(asked.camera.head.at)}</tt:Position>"
        f"<tt:MoveStatus><tt:PanTilt>{word}</tt:PanTilt><tt:Zoom>{word}</tt:Zoom></tt:MoveStatus>"
        f"<tt:UtcTime>{datetime.fromtimestamp(asked.wall_ns / NS_PER_S, UTC):%Y-%m-%dT%H:%M:%SZ}</tt:UtcTime>"
        "</tptz:PTZStatus></tptz:GetStatusResponse>"
    )


def _continuous(asked: Asked) -> str:
    for_s = seconds_of(asked.text("Timeout"))
    asked.camera.drive(asked.axes(), None if for_s is None else round(for_s * NS_PER_S))
    return "<tptz:ContinuousMoveResponse/>"


def _absolute(asked: Asked) -> str:
    asked.camera.touring = ""
    asked.camera.aim(asked.axes())
    return "<tptz:AbsoluteMoveResponse/>"


def _home(asked: Asked) -> str:
    asked.camera.touring = ""
    asked.camera.aim((0.0, 0.0, 0.0))
    return "<tptz:GotoHomePositionResponse/>"


def _stop(asked: Asked) -> str:
    if "imaging" in str(asked.request.tag):
        return "<timg:StopResponse/>"
    asked.camera.halt()
    return "<tptz:StopResponse/>"


def _presets(asked: Asked) -> str:
    listed = "".join(
        f'<tptz:Preset token="{html.escape(token)}"><tt:Name>{html.escape(name)}</tt:Name>'
        f"<tt:PTZPosition>{_position(at)}</tt:PTZPosition></tptz:Preset>"
        for token, (name, at) in asked.camera.presets.items()
    )
    return f"<tptz:GetPresetsResponse>{listed}</tptz:GetPresetsResponse>"


def _preset(asked: Asked) -> str:
    token = asked.text("PresetToken")
    if token not in asked.camera.presets:
        raise Fault("ter:NoToken", "no such preset")
    return token


def _goto(asked: Asked) -> str:
    asked.camera.touring = ""
    asked.camera.aim(asked.camera.presets[_preset(asked)][1])
    return "<tptz:GotoPresetResponse/>"


def _store(asked: Asked) -> str:
    token = asked.camera.store(asked.text("PresetName")[:60])
    return f"<tptz:SetPresetResponse><tptz:PresetToken>{token}</tptz:PresetToken></tptz:SetPresetResponse>"


def _forget(asked: Asked) -> str:
    token = _preset(asked)
    if any(token in stops for stops in asked.camera.tours.values()):
        raise Fault("ter:PresetInUse", "a tour stops there")
    del asked.camera.presets[token]
    return "<tptz:RemovePresetResponse/>"


def _tours(asked: Asked) -> str:
    listed = "".join(
        f'<tptz:PresetTour token="{token}"><tt:Name>Recorrido del equipo</tt:Name>'
        f"<tt:Status><tt:State>{'Touring' if asked.camera.touring == token else 'Idle'}</tt:State></tt:Status>"
        "<tt:AutoStart>false</tt:AutoStart><tt:StartingCondition/></tptz:PresetTour>"
        for token in asked.camera.tours
    )
    return f"<tptz:GetPresetToursResponse>{listed}</tptz:GetPresetToursResponse>"


def _tour(asked: Asked) -> str:
    token = asked.text("PresetTourToken")
    if token not in asked.camera.tours:
        raise Fault("ter:NoToken", "no such tour")
    asked.camera.halt()
    if asked.text("Operation") == "Start":
        asked.camera.touring = token
    return "<tptz:OperatePresetTourResponse/>"


def _reboot(asked: Asked) -> str:
    asked.camera.reboot(asked.now_ns)
    return "<tds:SystemRebootResponse><tds:Message>Rebooting</tds:Message></tds:SystemRebootResponse>"


def _said(element: str) -> Callable[[Asked], str]:
    return lambda _: f"<{element}/>"


_ANSWERS: Final[dict[str, Callable[[Asked], str]]] = {
    "GetSystemDateAndTime": _time,
    "GetDeviceInformation": _information,
    "GetCapabilities": _capabilities,
    "GetServices": _services,
    "GetRelayOutputs": onvif_settings.relays,
    "SetRelayOutputState": onvif_settings.switch,
    "SystemReboot": _reboot,
    "GetProfiles": _profiles,
    "GetStreamUri": _stream_uri,
    "ContinuousMove": _continuous,
    "Stop": _stop,
    "AbsoluteMove": _absolute,
    "GotoHomePosition": _home,
    "GetStatus": _status,
    "GetPresets": _presets,
    "GotoPreset": _goto,
    "SetPreset": _store,
    "RemovePreset": _forget,
    "GetPresetTours": _tours,
    "OperatePresetTour": _tour,
    "GetImagingSettings": onvif_settings.imaging,
    "GetOptions": onvif_settings.imaging_options,
    "SetImagingSettings": onvif_settings.set_imaging,
    "GetMoveOptions": onvif_settings.focus_options,
    "Move": _said("timg:MoveResponse"),
    "CreatePullPointSubscription": onvif_settings.subscribe,
}
_MEDIA2: Final[dict[str, Callable[[Asked], str]]] = {
    "GetProfiles": onvif_media2.profiles,
    "GetStreamUri": onvif_media2.stream_uri,
}
_SERVED_BY: Final = {_profiles: 1, _stream_uri: 1, onvif_media2.profiles: 2, onvif_media2.stream_uri: 2}
"""Which of the two Media services an answer is of."""

"""How a simulated ONVIF device answers about its picture, its relays and what it notices."""

from __future__ import annotations

import html
from datetime import UTC, datetime

from ingest.simulator.onvif_device import OnvifCamera
from ingest.simulator.onvif_request import Asked, Fault
from nvr.clock import NS_PER_S


def imaging(asked: Asked) -> str:
    camera = asked.camera
    return (
        "<timg:GetImagingSettingsResponse><timg:ImagingSettings>"
        f"<tt:Brightness>{camera.levels['Brightness']}</tt:Brightness><tt:ColorSaturation>{camera.levels['ColorSaturation']}</tt:ColorSaturation>"
        f"<tt:Contrast>{camera.levels['Contrast']}</tt:Contrast><tt:Focus><tt:AutoFocusMode>{camera.focus}</tt:AutoFocusMode></tt:Focus>"
        f"<tt:IrCutFilter>{camera.ir_cut}</tt:IrCutFilter><tt:Sharpness>{camera.levels['Sharpness']}</tt:Sharpness>"
        "</timg:ImagingSettings></timg:GetImagingSettingsResponse>"
    )


def imaging_options(_: Asked) -> str:
    def span(name: str) -> str:
        return f"<tt:{name}><tt:Min>0</tt:Min><tt:Max>100</tt:Max></tt:{name}>"

    return (
        f"<timg:GetOptionsResponse><timg:ImagingOptions>{span('Brightness')}{span('ColorSaturation')}{span('Contrast')}"
        f"<tt:IrCutFilterModes>ON</tt:IrCutFilterModes>{span('Sharpness')}</timg:ImagingOptions></timg:GetOptionsResponse>"
    )


def set_imaging(asked: Asked) -> str:
    for name in asked.camera.levels:
        if text := asked.text(name):
            if not 0 <= float(text) <= 100:
                raise Fault("ter:SettingsInvalid", f"{name} is out of range")
            asked.camera.levels[name] = float(text)
    asked.camera.ir_cut = asked.text("IrCutFilter") or asked.camera.ir_cut
    asked.camera.focus = asked.text("AutoFocusMode") or asked.camera.focus
    return "<timg:SetImagingSettingsResponse/>"


def focus_options(_: Asked) -> str:
    return (
        "<timg:GetMoveOptionsResponse><timg:MoveOptions><tt:Continuous><tt:Speed><tt:Min>-1</tt:Min><tt:Max>1</tt:Max></tt:Speed>"
        "</tt:Continuous></timg:MoveOptions></timg:GetMoveOptionsResponse>"
    )


def relays(asked: Asked) -> str:
    listed = "".join(
        f'<tds:RelayOutputs token="{token}"><tt:Properties><tt:Mode>Bistable</tt:Mode><tt:DelayTime>PT1S</tt:DelayTime>'
        "<tt:IdleState>open</tt:IdleState></tt:Properties></tds:RelayOutputs>"
        for token in asked.camera.relays
    )
    return f"<tds:GetRelayOutputsResponse>{listed}</tds:GetRelayOutputsResponse>"


def switch(asked: Asked) -> str:
    token = asked.text("RelayOutputToken")
    if token not in asked.camera.relays:
        raise Fault("ter:RelayToken", "no such relay")
    asked.camera.relays[token] = asked.text("LogicalState") == "active"
    return "<tds:SetRelayOutputStateResponse/>"


def subscribe(asked: Asked) -> str:
    key = asked.camera.subscribe(asked.now_ns)
    if key is None:
        raise Fault("wsnt:SubscribeCreationFailedFault", "too many subscriptions")
    return (
        f"<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa5:Address>{asked.base}/onvif/subscription/{key}"
        f"</wsa5:Address></tev:SubscriptionReference>{_times(asked)}</tev:CreatePullPointSubscriptionResponse>"
    )


def _times(asked: Asked) -> str:
    now = datetime.fromtimestamp(asked.wall_ns / NS_PER_S + asked.camera.clock_offset_s, UTC)
    stamp = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    return f"<wsnt:CurrentTime>{stamp}</wsnt:CurrentTime><wsnt:TerminationTime>{stamp}</wsnt:TerminationTime>"


def pulled(camera: OnvifCamera, key: str, wall_ns: int, limit: int) -> str:
    """The answer to PullMessages: what waits at a subscription, at most ``limit``.

    Raises:
        Fault: it has lapsed.
    """
    subscription = camera.subscriptions.get(key)
    if subscription is None:
        raise Fault("ter:InvalidArgVal", "no such subscription")
    # A device's own clock stamps its messages; whoever believes it gets what he deserves.
    now = datetime.fromtimestamp(wall_ns / NS_PER_S + camera.clock_offset_s, UTC)
    listed = ""
    while subscription.waiting and limit > 0:
        limit -= 1
        topic, item, source, active = subscription.waiting.popleft()
        state = {"Tamper": "IsTamper", "DigitalInput": "LogicalState"}.get(topic.rpartition("/")[2], "State")
        listed += (
            '<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
            f'{topic}</wsnt:Topic><wsnt:Message><tt:Message UtcTime="{now:%Y-%m-%dT%H:%M:%SZ}" PropertyOperation="Changed">'
            f'<tt:Source><tt:SimpleItem Name="{item}" Value="{html.escape(source)}"/></tt:Source>'
            f'<tt:Data><tt:SimpleItem Name="{state}" Value="{"true" if active else "false"}"/></tt:Data>'
            "</tt:Message></wsnt:Message></wsnt:NotificationMessage>"
        )
    stamp = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    return (
        f"<tev:PullMessagesResponse><tev:CurrentTime>{stamp}</tev:CurrentTime><tev:TerminationTime>{stamp}</tev:TerminationTime>"
        f"{listed}</tev:PullMessagesResponse>"
    )

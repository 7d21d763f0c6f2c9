"""Cameras over ONVIF: what they are, where their streams lie, pan, tilt and zoom, pictures, relays and events. Nothing here trusts a device.

::

    addresses      where a device may send us: nowhere but to itself
    xml_bounds     what an answer may be, before any parser builds a tree of it
    http_post      one bounded request: bytes, time, no redirects, HTTP Digest
    username_token WS-UsernameToken, on the device's own clock
    services       the WSDLs, read once; SOAP calls by zeep through the three above
    device         one camera: clock, identity, addresses of its services
    media, moves, imaging, relays, signals    what one asks of it
    discovery      WS-Discovery: who is on this network
    enrolment      from what a camera says to its entry in cameras.yaml

``onvif`` (onvif-zeep) and ``zeep`` are imported here alone, by ``services``. All calls block, each with a deadline: run them in a thread.
"""

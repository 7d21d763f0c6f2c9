"""Serves files over RTSP with GStreamer's server. Runs under the system's Python, which has the ``gi`` bindings; no part of the suite.

Usage: gstreamer_server.py PORT USER PASSWORD PATH...   (PORT 0: the system chooses; USER "": no log-in)
Serves the first file as /0, the second as /1 … and prints ``port N`` when it listens.
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - versions must be chosen first


def main() -> None:
    """Serve until killed."""
    port, user, password, *paths = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    if user:
        auth = GstRtspServer.RTSPAuth()
        auth.set_supported_methods(
            GstRtspServer.RTSPAuthMethod.DIGEST if hasattr(GstRtspServer, "RTSPAuthMethod") else 2
        )
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.add_digest(user, password, token)
        server.set_auth(auth)
    mounts = server.get_mount_points()
    for index, path in enumerate(paths):
        factory = GstRtspServer.RTSPMediaFactory()
        if path.startswith("videotestsrc"):
            # A pipeline of its own, for codecs of which no file is at hand.
            factory.set_launch(f"( {path} )")
        else:
            factory.set_launch(f'( filesrc location="{path}" ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 )')
        factory.set_latency(0)
        if user:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            factory.set_permissions(permissions)
        mounts.add_factory(f"/{index}", factory)
    if not server.attach(None):
        raise SystemExit("the port is taken")
    print(f"port {server.get_bound_port()}", flush=True)  # noqa: T201 - how the test learns the port
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()

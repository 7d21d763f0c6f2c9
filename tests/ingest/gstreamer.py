"""Starts GStreamer's RTSP server, which nobody here wrote, and finds footage for it."""

from __future__ import annotations

import asyncio
import functools
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path

import av
import pytest

_SYSTEM_PYTHON = "/usr/bin/python3"
_PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad python3-gi"
)
_DEBIAN_CLIP = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
_CLIP_FRAMES = 250


@functools.cache
def _missing() -> str:
    """Why the server can't run here, or ""."""
    probe = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    try:
        done = subprocess.run([_SYSTEM_PYTHON, "-c", probe], capture_output=True, timeout=30, check=False)
    except OSError as error:
        return str(error)
    return "" if done.returncode == 0 else f"Debian's packages are missing: {_PACKAGES}"


def require_gstreamer() -> None:
    """Skip the test where the server is not installed."""
    if reason := _missing():
        pytest.skip(reason)


def media_folder() -> Path:
    """Where real clips lie: NVR_MEDIA, or beside the checkout."""
    named = os.environ.get("NVR_MEDIA")
    return Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared" / "media"


def real_clip(folder: Path) -> Path:
    """Real footage in H.264; Debian's clip, encoded into ``folder``, where no other is at hand. Skips where there is none."""
    clips = sorted(media_folder().glob("*_h264.mp4"))
    if clips:
        return clips[0]
    if not _DEBIAN_CLIP.exists():
        pytest.skip(f"no footage: neither *_h264.mp4 in {media_folder()} (NVR_MEDIA) nor Debian's opencv-doc")
    target = folder / "vtest_h264.mp4"
    with av.open(str(_DEBIAN_CLIP)) as source, av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 768, 576, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "20", "bf": "0"}
        for index, frame in enumerate(source.decode(video=0)):
            if index >= _CLIP_FRAMES:
                break
            frame.pts, frame.time_base = index, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target


@asynccontextmanager
async def gstreamer_server(*sources: str, user: str = "", password: str = "", port: int = 0) -> AsyncIterator[int]:
    """A server of these files or pipelines as /0, /1 …; gives its port. The process is killed at the end."""
    script = Path(__file__).with_name("gstreamer_server.py")
    process = await asyncio.create_subprocess_exec(
        _SYSTEM_PYTHON, str(script), str(port), user, password, *sources, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            line = await process.stdout.readline()
        yield int(line.decode().split()[1])
    finally:
        process.kill()
        await process.wait()

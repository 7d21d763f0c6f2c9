"""Players that nobody here wrote: ffmpeg's command line and PyAV, over both transports, with and without a password."""

from __future__ import annotations

import asyncio
import shutil
from itertools import pairwise, product

import av
import pytest

from ingest.simulator import SMALL_SHAPE, Fleet
from nvr.media import StreamKind
from tests.ingest.simulator.conftest import LOCKED_CAMERA, OPEN_CAMERA, PASSWORD, USER, MakeFleet

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed (apt install ffmpeg)")


def url_of(fleet: Fleet, camera_id: str, password: str = PASSWORD, stream: StreamKind = StreamKind.MAIN) -> str:
    # ffmpeg takes credentials in the URL only.
    url = fleet.url(camera_id, stream)
    return url.replace("//", f"//{USER}:{password}@") if camera_id == LOCKED_CAMERA else url


async def play(url: str, transport: str, frames: int) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-nostdin", "-v", "warning", "-xerror", "-err_detect", "explode", "-rtsp_transport", transport),
        *("-i", url, "-frames:v", str(frames), "-fps_mode", "passthrough", "-f", "null", "-"),
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(40):
        _, said = await process.communicate()
    return process.returncode or 0, said.decode()


@needs_ffmpeg
async def test_ffmpeg_plays_without_a_complaint(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet:
        cases = list(product((OPEN_CAMERA, LOCKED_CAMERA), ("tcp", "udp")))
        fleet.trigger_event(OPEN_CAMERA)
        plays = (play(url_of(fleet, camera), transport, 2 * SMALL_SHAPE.main.fps) for camera, transport in cases)
        outcomes = await asyncio.gather(*plays)
        assert dict(zip(cases, outcomes, strict=True)) == dict.fromkeys(cases, (0, ""))


@needs_ffmpeg
async def test_ffmpeg_with_a_wrong_password_gets_nothing(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet:
        status, said = await play(url_of(fleet, LOCKED_CAMERA, "falsa"), "tcp", frames=1)
        assert status != 0
        assert "401" in said
        assert fleet.status().packets == 0


async def test_pyav_sees_even_time_stamps_and_the_right_size(make_fleet: MakeFleet) -> None:
    async with make_fleet() as fleet:
        fleet.trigger_event(OPEN_CAMERA)
        url = url_of(fleet, OPEN_CAMERA, stream=StreamKind.SUB)

        def pull() -> tuple[set[tuple[int, int]], list[int]]:
            options = {"rtsp_transport": "tcp", "err_detect": "explode", "analyzeduration": "100000"}
            with av.open(url, options=options, timeout=20) as container:
                stream = container.streams.video[0]
                sizes, stamps = set(), []
                for packet in container.demux(stream):
                    stamps.append(packet.pts or 0)
                    sizes |= {(frame.width, frame.height) for frame in packet.decode()}
                    if len(stamps) == 16:
                        return sizes, stamps
            return sizes, stamps

        sizes, stamps = await asyncio.to_thread(pull)
        assert sizes == {(SMALL_SHAPE.sub.width_px, SMALL_SHAPE.sub.height_px)}
        assert {b - a for a, b in pairwise(stamps)} == {90_000 // SMALL_SHAPE.sub.fps}

"""A scripted camera as a process of its own, for a network name space: ``python -m tests.ingest.lone_camera HOST``; prints its port."""

from __future__ import annotations

import asyncio
import sys

from tests.ingest.scripted_camera import ScriptedCamera


async def main() -> None:
    """Serve until killed."""
    async with ScriptedCamera(host=sys.argv[1], interval_s=0.04) as camera:
        sys.stdout.write(f"{camera.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

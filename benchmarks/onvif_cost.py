"""What ONVIF costs, and how soon a camera stops when its operator vanishes.

    python -m benchmarks.onvif_cost [--cameras 10 42]

Simulated devices answer in this process; the worker is the one that `nvr run` starts, with events and movement for every camera. Its CPU time and memory are read from
the system. Beside it, in the same run: a call by our bounded transport, and the same call by onvif-zeep as it comes (requests, no bounds).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import yaml
from onvif import ONVIFCamera

from ingest.onvif.addresses import Endpoint
from ingest.onvif.device import Device
from ingest.onvif.discovery import Collection
from ingest.onvif.moves import Mover
from ingest.ptz import orders
from ingest.simulator.onvif_device import OnvifCamera
from ingest.simulator.onvif_discovery import probe_match
from ingest.simulator.onvif_server import OnvifServer
from nvr.calls import CallClient
from nvr.clock import SystemClock
from nvr.config import Credential
from nvr.errors import BusError
from nvr.redact import Secret

LOGIN = Credential("nvr", Secret("benchmark"))
WINDOWS, WINDOW_S = 3, 6.0
CALLS = 200
TRIALS = 20
ANA = orders.Asker("a", "Ana", 1)


async def serve(count: int) -> list[OnvifServer]:
    """Devices on free ports."""
    servers = []
    for number in range(1, count + 1):
        streams = {"main": (f"rtsp://127.0.0.1/{number}", 1920, 1080, 25, 50, 4096)}
        server = OnvifServer(OnvifCamera(f"cam{number:02d}", "x", LOGIN, streams), SystemClock())
        await server.listen("127.0.0.1", 0)
        servers.append(server)
    return servers


def write_room(folder: Path, servers: list[OnvifServer]) -> Path:
    """A configuration with a camera for each device, and its credentials."""
    cameras = [
        {
            "id": server.camera.camera_id,
            "number": index + 1,
            "name": "x",
            "credentials": "flota",
            "main": {"url": f"rtsp://127.0.0.1:1/{index}"},
            "onvif": {"host": "127.0.0.1", "port": int(server.base.rpartition(":")[2])},
            "ptz": True,
        }
        for index, server in enumerate(servers)
    ]
    path = folder / "cameras.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "cameras": cameras}), encoding="utf-8")
    secrets = folder / "data" / "credentials.yaml"
    secrets.parent.mkdir()
    secrets.touch(mode=0o600)
    secrets.write_text(yaml.safe_dump({"flota": {"user": LOGIN.user, "password": LOGIN.password.reveal()}}))
    return path


async def worker_cost(count: int) -> None:
    """CPU and memory of the worker with so many cameras, idle and with every one steered; and the dead man's delay."""
    servers = await serve(count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_room(folder, servers)
        words = ["-m", "nvr.app.onvif_worker", "--config", str(path), "--data", str(folder / "data")]
        started = await asyncio.create_subprocess_exec(
            sys.executable, *words, "--worker", "onvif-0", stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        process = psutil.Process(started.pid)
        client = CallClient(folder / "data" / "run", "onvif-0")
        answers = asyncio.create_task(client.run())
        while not all(server.camera.subscriptions for server in servers):  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.1)
        idle = await windows(process)
        steering = asyncio.create_task(steer_all(client, servers))
        busy = await windows(process)
        steering.cancel()
        delays = [await dead_man_s(client, servers[0]) for _ in range(TRIALS)]
        rss_mb = process.memory_info().rss / 1e6
        print(
            f"| {count} | {100 * idle:.1f} % | {100 * busy:.1f} % | {rss_mb:.0f} MB "
            f"| {1000 * statistics.median(delays):.0f} / {1000 * max(delays):.0f} ms |",
            flush=True,
        )
        answers.cancel()
        started.terminate()
        await started.wait()
    for server in servers:
        await server.close()


async def windows(process: psutil.Process) -> float:
    """Cores, median of the windows."""
    found = []
    for _ in range(WINDOWS):
        before, began_s = process.cpu_times(), time.monotonic()
        await asyncio.sleep(WINDOW_S)
        after = process.cpu_times()
        found.append((after.user + after.system - before.user - before.system) / (time.monotonic() - began_s))
    return statistics.median(found)


async def steer_all(client: CallClient, servers: list[OnvifServer]) -> None:
    """A key down at every camera, as browsers say it."""
    while True:
        for server in servers:
            await steer(client, server)
        await asyncio.sleep(0.3)


async def steer(client: CallClient, server: OnvifServer) -> None:
    order = orders.Steer(camera_id=server.camera.camera_id, who=ANA, pan=0.01, tilt=0.0, zoom=0.0)
    try:
        await client.ask(order, orders.PtzView, 5.0)
    except BusError:
        await asyncio.sleep(0.1)


async def dead_man_s(client: CallClient, server: OnvifServer) -> float:
    """Seconds from the last word to the device's stop."""
    while not any(server.camera.head.velocity):
        await steer(client, server)
        await asyncio.sleep(0.05)
    await steer(client, server)
    silent_s = time.monotonic()
    while any(server.camera.head.velocity):  # noqa: ASYNC110 - another process brings it about
        await asyncio.sleep(0.002)
    return time.monotonic() - silent_s


async def calls() -> None:
    """CPU of one GetStatus, ours and onvif-zeep's own."""
    (server,) = await serve(1)
    port = int(server.base.rpartition(":")[2])

    def ours() -> float:
        mover = Mover(Device(Endpoint("127.0.0.1", port), LOGIN), "main")
        mover.status()
        began_s = time.thread_time()
        for _ in range(CALLS):
            mover.status()
        return (time.thread_time() - began_s) / CALLS

    def theirs() -> float:
        ptz = ONVIFCamera("127.0.0.1", port, LOGIN.user, LOGIN.password.reveal(), no_cache=True).create_ptz_service()
        ptz.GetStatus({"ProfileToken": "main"})
        began_s = time.thread_time()
        for _ in range(CALLS):
            ptz.GetStatus({"ProfileToken": "main"})
        return (time.thread_time() - began_s) / CALLS

    pairs = [(await asyncio.to_thread(ours), await asyncio.to_thread(theirs)) for _ in range(3)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(
        f"one GetStatus: {1000 * mine:.2f} ms of CPU; onvif-zeep as it comes: {1000 * other:.2f} ms; ratio {mine / other:.2f}"
    )
    await server.close()


def flood() -> None:
    """10,000 forged WS-Discovery answers: CPU."""
    data = probe_match("uuid:1", "x", "x", "http://10.9.9.9/x")
    began_s = time.process_time()
    collection = Collection("uuid:1")
    for index in range(10_000):
        collection.take(data, f"10.0.{index // 256}.{index % 256}")
    print(
        f"10,000 forged answers to a probe: {time.process_time() - began_s:.2f} s of CPU, {len(collection.devices())} devices"
    )


async def measure(counts: list[int]) -> None:
    print(
        "| cameras | idle, events on | every one steered | memory | silence to stop, median / worst |\n|---|---|---|---|---|"
    )
    for count in counts:
        await worker_cost(count)
    await calls()
    flood()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="What ONVIF costs.")
    parser.add_argument("--cameras", type=int, nargs="+", default=[10, 42])
    asyncio.run(measure(parser.parse_args().cameras))
    return 0


if __name__ == "__main__":
    sys.exit(main())

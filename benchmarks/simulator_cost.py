"""What the simulated fleet costs, so that it can be subtracted from, or left out of, what the control room costs.

    python -m benchmarks.simulator_cost [--cameras 42 84 128] [--cache data/simulator-cache]

A client process pulls every stream of every camera, by the transport that the configuration names, and throws the bytes away; the fleet's CPU time is read from
the system over several windows. Beside that: stamping a frame by ``struct`` against numpy's fancy indexing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import psutil
import uvloop

from ingest.simulator.cache import cache_key
from ingest.simulator.clip_files import load_clip
from ingest.simulator.clips import FULL_SHAPE, ClipKind
from ingest.simulator.command import clone_cameras
from ingest.simulator.digest import REALM, digest_response, parse_digest
from ingest.simulator.fleet import DEFAULT_CACHE, DEFAULT_SEED
from ingest.simulator.rtp import PreparedFrame, prepare
from nvr.config import Config, load_config
from nvr.media import StreamKind

WINDOWS = 5
WINDOW_S = 6.0
SETTLE_S = 6.0


class Sink(asyncio.Protocol):
    """Sets one stream up with three requests and counts what comes."""

    def __init__(self, url: str, udp_ports: tuple[int, int] | None, login: tuple[str, str] | None) -> None:
        self.url = url
        self.udp_ports = udp_ports
        self.login = login
        self.received_bytes = 0
        self.playing = False
        self._nonce = ""
        self._count = 0
        self._method = "DESCRIBE"
        self._extra = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self.received_bytes += len(data)
        if self.playing:
            return
        head = data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n"))}
        if " 401 " in head.split("\r\n")[0] and not self._nonce:
            self._nonce = parse_digest(headers["www-authenticate"])["nonce"]
        elif " 200 " not in head.split("\r\n")[0]:
            raise ConnectionError(f"{self.url}: {head.splitlines()[0]}")
        elif self._method == "DESCRIBE":
            self._method = "SETUP"
            way = (
                f"/UDP;unicast;client_port={self.udp_ports[0]}-{self.udp_ports[1]}"
                if self.udp_ports
                else "/TCP;unicast;interleaved=0-1"
            )
            self._extra = f"Transport: RTP/AVP{way}\r\n"
        elif self._method == "SETUP":
            self._method = "PLAY"
            self._extra = f"Session: {headers['session'].partition(';')[0]}\r\n"
        else:
            self.playing = True
            return
        self._ask()

    def _ask(self) -> None:
        self._count += 1
        proof = ""
        if self._nonce and self.login:
            user, password = self.login
            nc, cnonce = f"{self._count:08x}", "00"
            response = digest_response(
                user=user,
                password=password,
                realm=REALM,
                method=self._method,
                uri=self.url,
                nonce=self._nonce,
                nc=nc,
                cnonce=cnonce,
                qop="auth",
            )
            proof = (
                f'Authorization: Digest username="{user}", realm="{REALM}", nonce="{self._nonce}", uri="{self.url}", '
                f'response="{response}", qop=auth, nc={nc}, cnonce="{cnonce}"\r\n'
            )
        self._transport.write(
            f"{self._method} {self.url} RTSP/1.0\r\nCSeq: {self._count}\r\n{proof}{self._extra}\r\n".encode()
        )


class DatagramSink(asyncio.DatagramProtocol):
    """Counts datagrams."""

    received_bytes = 0

    def datagram_received(self, data: bytes, _address: tuple[str, int]) -> None:
        DatagramSink.received_bytes += len(data)


async def pull(config: Config, port: int, login: tuple[str, str], seconds: float) -> None:
    """Pull everything, and print megabits a second at the end."""
    loop = asyncio.get_running_loop()
    sinks = []
    for camera in config.enabled_cameras:
        for stream in StreamKind:
            source = camera.source(stream)
            if source is None:
                continue
            ports = None
            if source.transport == "udp":
                ports = (await _udp_port(loop), await _udp_port(loop))
            url = f"rtsp://127.0.0.1:{port}/{camera.id}/{stream}"
            _, sink = await loop.create_connection(lambda u=url, p=ports: Sink(u, p, login), "127.0.0.1", port)  # type: ignore[misc]
            sinks.append(sink)
    await asyncio.sleep(SETTLE_S)
    before = sum(sink.received_bytes for sink in sinks) + DatagramSink.received_bytes
    start = time.monotonic()
    await asyncio.sleep(seconds)
    received = sum(sink.received_bytes for sink in sinks) + DatagramSink.received_bytes - before
    playing = sum(sink.playing for sink in sinks)
    sys.stdout.write(f"{playing} {received * 8 / 1e6 / (time.monotonic() - start):.1f}\n")


async def _udp_port(loop: asyncio.AbstractEventLoop) -> int:
    inlet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inlet.bind(("127.0.0.1", 0))
    port: int = inlet.getsockname()[1]
    await loop.create_datagram_endpoint(DatagramSink, sock=inlet)
    return port


def measure(cameras: int, options: argparse.Namespace) -> None:
    """One row of the table."""
    password = secrets.token_urlsafe(12)
    environment = os.environ | {"NVR_CREDENTIAL_FLOTA": f"flota:{password}"}
    fleet = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "ingest.simulator",
            "--config",
            options.config,
            "--cache",
            options.cache,
            "--port",
            "0",
            "--cameras",
            str(cameras),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        port = _await_ready(fleet)
        command = [
            sys.executable,
            "-m",
            "benchmarks.simulator_cost",
            "--config",
            options.config,
            "--pull",
            str(port),
            "--cameras",
            str(cameras),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as client:
            process = psutil.Process(fleet.pid)
            time.sleep(SETTLE_S)
            cores = []
            for _ in range(WINDOWS):
                before, start = sum(process.cpu_times()[:2]), time.monotonic()
                time.sleep(WINDOW_S)
                cores.append((sum(process.cpu_times()[:2]) - before) / (time.monotonic() - start))
            resident_mb = process.memory_info().rss / 1e6
            playing, megabits = client.communicate()[0].split()
        spread = f"{min(cores):.3f}-{max(cores):.3f}"
        print(f"| {cameras} | {playing} | {megabits} | {statistics.median(cores):.3f} ({spread}) | {resident_mb:.0f} |")
    finally:
        fleet.terminate()
        fleet.wait()


def _await_ready(fleet: subprocess.Popen[str]) -> int:
    for line in fleet.stdout or ():
        if line.startswith("ready "):
            return int(line.split()[1])
    raise SystemExit("the fleet did not start")


def compare_stamping(cache: Path) -> None:
    """Microseconds per frame, both ways, on the frames of one clip."""
    clip = load_clip(cache / cache_key(FULL_SHAPE, DEFAULT_SEED), 1, ClipKind.EVENT)
    if clip is None:
        return
    frames = [prepare(unit) for unit in clip.access_units[StreamKind.MAIN]]
    packets = statistics.mean(len(frame.offsets) for frame in frames)
    starts = [np.asarray(frame.offsets)[:, np.newaxis] + np.arange(6, 16) for frame in frames]

    def by_numpy(frame: PreparedFrame, index: npt.NDArray[np.intp], sequence: int, timestamp: int, ssrc: int) -> bytes:
        data = np.frombuffer(bytearray(frame.blob), np.uint8)
        fields = np.empty((len(index), 10), np.uint8)
        fields[:, :2] = ((np.arange(len(index)) + sequence) & 0xFFFF).astype(">u2").view(np.uint8).reshape(-1, 2)
        fields[:, 2:] = np.array([timestamp, ssrc], ">u4").view(np.uint8)
        data[index] = fields
        return data.data.tobytes()

    if any(bytes(f.stamp(7, 9, 11)) != by_numpy(f, s, 7, 9, 11) for f, s in zip(frames, starts, strict=True)):
        raise SystemExit("the two ways of stamping differ")
    rounds: dict[str, list[float]] = {"struct": [], "numpy": []}
    for _ in range(7):
        begin = time.perf_counter()
        for frame in frames:
            frame.stamp(7, 9, 11)
        rounds["struct"].append(time.perf_counter() - begin)
        begin = time.perf_counter()
        for frame, index in zip(frames, starts, strict=True):
            by_numpy(frame, index, 7, 9, 11)
        rounds["numpy"].append(time.perf_counter() - begin)
    for way, times in rounds.items():
        print(
            f"stamping by {way}: {statistics.median(times) / len(frames) * 1e6:.1f} µs a frame of {packets:.1f} packets"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--config", default="config/cameras.yaml")
    parser.add_argument("--cache", default=str(DEFAULT_CACHE))
    parser.add_argument("--cameras", type=int, nargs="+", default=[42])
    parser.add_argument("--pull", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pull:
        config = clone_cameras(load_config(Path(options.config)), options.cameras[0])
        user, _, password = os.environ["NVR_CREDENTIAL_FLOTA"].partition(":")
        uvloop.run(pull(config, options.pull, (user, password), WINDOWS * WINDOW_S))
        return
    print("| cameras | streams | Mbit/s | cores, median (range) | resident MB |\n|---|---|---|---|---|")
    for cameras in options.cameras:
        measure(cameras, options)
    compare_stamping(Path(options.cache))


if __name__ == "__main__":
    main()

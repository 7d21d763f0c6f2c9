"""What it costs to pull and record cameras that have one stream each, beside `ffmpeg -c copy -f segment` on the same streams in the same run.

The cameras are a process that speaks RTSP and sends a 1920x1080 clip (25 frames a second, a key frame every 2 s, at about ``--bits``) in real time.
Ours is `nvr run` as a user starts it, with analysis switched off: its ingest workers are counted by themselves, and the whole node too (the console, the catalogue, the
supervisor). The peer is one ffmpeg a camera, as other recorders start them. Both write to the same disk at the same time, for windows of equal length; the
machine's other load meets both. ffmpeg neither hashes nor syncs what it writes.

    python -m benchmarks.pull_and_record [--cameras 128] [--bits 3000000] [--windows 5] [--window-s 12] [--no-peer] [--profile FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import multiprocessing
import re
import shutil
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import av
import numpy as np
import psutil
import uvloop
import yaml

from benchmarks.ingest_cost import frame_packets
from benchmarks.rig import UseMeter, free_port, node, wait_for, write_config
from nvr.app.folders import Folders
from nvr.app.node import load

FPS: Final = 25
GOP: Final = 2 * FPS
CLIP_FRAMES: Final = 2 * GOP
SETTLE_S: Final = 15.0


def encode(bits: int) -> list[list[bytes]]:
    """Four seconds of a drifting street of blocks with a sensor's noise in 1920x1080: NAL units of each picture."""
    encoder = av.CodecContext.create("libx264", "w")
    if not isinstance(encoder, av.VideoCodecContext):
        raise SystemExit("PyAV lacks libx264")
    encoder.width, encoder.height, encoder.pix_fmt = 1920, 1080, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    encoder.gop_size, encoder.max_b_frames, encoder.bit_rate = GOP, 0, bits
    rate = f"vbv-maxrate={bits // 1000}:vbv-bufsize={bits // 1000}:keyint={GOP}:scenecut=0:bframes=0"
    encoder.options = {"preset": "ultrafast", "x264-params": rate}
    rng = np.random.default_rng(7)
    street = np.kron(rng.integers(40, 200, (1080 * 3 // 2 // 20, 96), dtype=np.uint8), np.ones((20, 20), np.uint8))
    noise = rng.integers(0, 6, (8, *street.shape), dtype=np.uint8)
    pictures = []
    for index in range(CLIP_FRAMES):
        frame = av.VideoFrame.from_ndarray(street + np.roll(noise[index % 8], index, axis=1), "yuv420p")
        frame.pts = index
        pictures += encoder.encode(frame)
    pictures += encoder.encode(None)
    return [_nal_units(bytes(packet)) for packet in pictures]


def _nal_units(annex_b: bytes) -> list[bytes]:
    return [nal.rstrip(b"\0") for nal in re.split(b"\0\0\0?\1", annex_b) if nal.rstrip(b"\0")]


async def _camera(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, clip: list[list[bytes]]) -> None:
    sets = [nal for nal in clip[0] if nal[0] & 31 in {7, 8}]
    sprop = ",".join(base64.b64encode(nal).decode() for nal in sets)
    sdp = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}\r\na=control:track1\r\n"
    ).encode()
    sending: asyncio.Task[None] | None = None
    try:
        while True:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            method = request.split(" ", 1)[0]
            cseq = re.findall(r"(?im)^cseq: *(\d+)", request)[0]
            headers, body = f"CSeq: {cseq}\r\nSession: 1;timeout=60\r\n", b""
            if method == "OPTIONS":
                headers += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n"
            elif method == "DESCRIBE":
                body = sdp
                headers += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
            elif method == "SETUP":
                headers += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            writer.write(f"RTSP/1.0 200 OK\r\n{headers}\r\n".encode() + body)
            if method == "PLAY":
                sending = asyncio.create_task(_send(writer, clip))
            elif method == "TEARDOWN":
                return
    finally:
        if sending is not None:
            sending.cancel()
        writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, clip: list[list[bytes]]) -> None:
    loop = asyncio.get_running_loop()
    sequence = frame = 0
    began_s = loop.time()
    while True:
        packets, sequence = frame_packets(clip[frame % len(clip)], sequence, frame * 90_000 // FPS)
        writer.write(b"".join(struct.pack(">BBH", 0x24, 0, len(packet)) + packet for packet in packets))
        await writer.drain()
        frame += 1
        await asyncio.sleep(max(0.0, began_s + frame / FPS - loop.time()))


def _cameras_process(channel: Connection, bits: int) -> None:
    clip = encode(bits)

    async def serve() -> None:
        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError):
                await _camera(reader, writer, clip)

        server = await asyncio.start_server(one, "127.0.0.1", 0, backlog=1024)
        sizes = [sum(map(len, picture)) for picture in clip]
        channel.send((server.sockets[0].getsockname()[1], sum(sizes) * 8 * FPS // len(clip)))
        await server.serve_forever()

    uvloop.run(serve())


@contextmanager
def cameras_process(bits: int) -> Iterator[tuple[int, int, int]]:
    """The cameras: their port, the bits a second of each, and the process."""
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_cameras_process, args=(sender, bits), daemon=True)
    child.start()
    try:
        port, rate = receiver.recv()
        yield port, rate, child.pid or 0
    finally:
        child.terminate()
        child.join()


def main_only_config(path: Path, *, cameras: int, port: int, console_port: int, data: Path) -> None:
    """``cameras`` cameras with one stream each, recorded, not analysed."""
    write_config(path, cameras=cameras, fleet_port=port, console_port=console_port, data=data, udp_every=0)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for entry in document["cameras"]:
        for name in ("sub", "zones", "masks", "credentials"):
            entry.pop(name, None)
        entry["analysis"] = "off"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


@contextmanager
def ffmpegs(cameras: int, port: int, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """One ffmpeg a camera, that cuts what comes into files of a minute."""
    processes = []
    try:
        with (folder / "ffmpeg.log").open("wb") as log:
            for number in range(1, cameras + 1):
                output = folder / f"peer{number:03d}-%03d.mp4"
                # fmt: off
                words = [
                    "ffmpeg", "-nostdin", "-loglevel", "warning", "-rtsp_transport", "tcp", "-i", f"rtsp://127.0.0.1:{port}/cam{number}/main",
                    "-c", "copy", "-f", "segment", "-segment_time", "60", "-segment_format_options", "movflags=frag_keyframe+empty_moov+default_base_moof",
                    "-reset_timestamps", "1", str(output),
                ]
                # fmt: on
                processes.append(subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT))
                time.sleep(0.02)
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


@dataclass(slots=True)
class Window:
    """Cores and resident memory of the ingest workers, the whole node, all ffmpegs, and the cameras' own cores."""

    ingest_cores: float
    node_cores: float
    peer_cores: float
    fleet_cores: float
    ingest_mb: float
    node_mb: float
    peer_mb: float


@dataclass(slots=True)
class Result:
    """What was measured."""

    cameras: int
    bits: int
    windows: list[Window] = field(default_factory=list)
    packets_in: int = 0
    packets_recorded: int = 0
    packets_lost: int = 0
    peers_alive: int = 0
    reconnects: int = 0

    def median(self, name: str) -> float:
        """Of one of a window's figures."""
        return float(statistics.median(getattr(window, name) for window in self.windows))


def _peer_use(processes: list[subprocess.Popen[bytes]]) -> tuple[float, float]:
    cpu_s = rss_mb = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            each = psutil.Process(process.pid)
            times = each.cpu_times()
            cpu_s += times.user + times.system
            rss_mb += each.memory_info().rss / 1e6
    return cpu_s, rss_mb


def measure(cameras: int, *, bits: int, windows: int, window_s: float, peer: bool, profile: Path | None) -> Result:
    """One run."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nvr-pull-")))
        port, rate, fleet_pid = stack.enter_context(cameras_process(bits))
        result = Result(cameras, rate)
        console_port, config_path = free_port(), folder / "cameras.yaml"
        main_only_config(
            config_path, cameras=cameras, port=port, console_port=console_port, data=folder / "data"
        )  # fmt: skip
        Folders.of(load(config_path, None)).create()
        log = folder / "nvr.log"
        with node(config_path, console_port=console_port, folder=folder) as started:
            wait_for(
                "all streams are recorded",
                lambda: len(list((folder / "data" / "recordings").rglob("*.mp4"))) >= cameras,
                180,
                started,
            )
            peers = stack.enter_context(ffmpegs(cameras, port, folder)) if peer else []
            if peer:
                wait_for("ffmpeg writes", lambda: len(list(folder.glob("peer*.mp4"))) >= cameras, 180)
            time.sleep(SETTLE_S)
            if profile is not None:
                stack.callback(_profile(started.process.pid, profile, windows * window_s).wait)
            meter, fleet_meter = UseMeter(started.process.pid), UseMeter(fleet_pid)
            for _ in range(windows):
                meter.begin()
                fleet_meter.begin()
                began_s, before = time.monotonic(), _peer_use(peers)
                time.sleep(window_s)
                uses, after = meter.end(), _peer_use(peers)
                elapsed_s = time.monotonic() - began_s
                ingest = [use for use in uses if use.name.startswith("ingest")]
                result.windows.append(
                    Window(
                        sum(use.cores for use in ingest),
                        sum(use.cores for use in uses),
                        (after[0] - before[0]) / elapsed_s,
                        sum(use.cores for use in fleet_meter.end()),
                        sum(use.rss_mb for use in ingest),
                        sum(use.rss_mb for use in uses),
                        after[1],
                    )
                )
            result.peers_alive = sum(process.poll() is None for process in peers)
        text = log.read_text(errors="replace")
        for line in re.findall(r"recorded streams: (\d+) packets in, (\d+) recorded, (\d+) lost", text):
            result.packets_in += int(line[0])
            result.packets_recorded += int(line[1])
            result.packets_lost += int(line[2])
        result.reconnects = text.count("next attempt in")
    return result


def _profile(root_pid: int, path: Path, seconds: float) -> subprocess.Popen[bytes]:
    """py-spy over the first ingest worker (it has to be installed: `pip install py-spy`)."""
    worker = next(
        process.pid for process in psutil.Process(root_pid).children(recursive=True) if "ingest-0" in process.cmdline()
    )
    words = ["py-spy", "record", "--native", "--format", "raw", "--duration", str(int(seconds)), "--rate", "200"]
    return subprocess.Popen([*words, "--output", str(path), "--pid", str(worker)])


def table(result: Result) -> str:
    """For docs/measurements.md."""
    lines = [
        "| | cores for all | per camera | memory (RSS) |",
        "|---|---|---|---|",
    ]
    rows = [("our ingest workers (pull, hash, sync, write)", "ingest"), ("our whole node", "node")]
    if result.peers_alive:
        rows.append((f"`ffmpeg -c copy -f segment`, {result.peers_alive} processes (no hash, no sync)", "peer"))
    for name, key in rows:
        cores = result.median(f"{key}_cores")
        each = [getattr(window, f"{key}_cores") for window in result.windows]
        lines.append(
            f"| {name} | {cores:.3f} ({min(each):.3f}-{max(each):.3f}) | {cores / result.cameras:.2%} | {result.median(f'{key}_mb'):,.0f} MB |"
        )
    lines.append("")
    lines.append(
        f"{result.cameras} cameras of {result.bits / 1e6:.1f} Mbit/s: {result.packets_in:,} packets in, {result.packets_recorded:,} recorded, "
        f"{result.packets_lost} lost, {result.reconnects} reconnections; the cameras' own {result.median('fleet_cores'):.2f} core."
    )
    return "\n".join(lines)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=128)
    parser.add_argument("--bits", type=int, default=3_000_000)
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--window-s", type=float, default=12.0)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--profile", type=Path, help="write py-spy's raw stacks of the first ingest worker there")
    options = parser.parse_args()
    if not options.no_peer and shutil.which("ffmpeg") is None:
        raise SystemExit("ffmpeg is not installed: `make system-packages`, or say --no-peer")
    print(
        table(
            measure(
                options.cameras,
                bits=options.bits,
                windows=options.windows,
                window_s=options.window_s,
                peer=not options.no_peer,
                profile=options.profile,
            )
        )
    )


if __name__ == "__main__":
    main()

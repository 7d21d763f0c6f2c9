"""CPU that one camera costs in ingest: RTP at a given bit rate through a real loopback socket, in real time.

A child process plays the camera: it speaks just enough RTSP, and sends prerecorded H.264 over RTP (interleaved) with a key frame every
two seconds. This process runs the real sessions, with uvloop, and reports its own CPU time.

Usage: python -m benchmarks.ingest_cost [--cameras 42] [--seconds 10] [--runs 3] [--bits 4000000] [--fps 25] [--udp]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import multiprocessing
import random
import resource
import socket
import statistics
import struct
import time
from multiprocessing.connection import Connection

import uvloop

from ingest.session import StreamSession
from nvr.clock import SystemClock
from nvr.config import Camera, StreamSource
from nvr.media import Packet, StreamKind
from nvr.observations import CameraStateChanged

_SPS = bytes.fromhex("6764001facd9405005bb016a02020280000003008000001e078c18cb")
_PPS = bytes.fromhex("68ebe3cb22c0")
_MTU_PAYLOAD = 1400


def frame_packets(nals: list[bytes], sequence: int, timestamp: int) -> tuple[list[bytes], int]:
    """RTP packets (FU-A where needed) of one picture, and the next sequence number."""
    payloads: list[bytes] = []
    for nal in nals:
        if len(nal) <= _MTU_PAYLOAD:
            payloads.append(nal)
            continue
        pieces = [nal[i : i + _MTU_PAYLOAD - 2] for i in range(1, len(nal), _MTU_PAYLOAD - 2)]
        for index, piece in enumerate(pieces):
            flags = (0x80 if index == 0 else 0) | (0x40 if index == len(pieces) - 1 else 0)
            payloads.append(bytes((nal[0] & 0xE0 | 28, flags | nal[0] & 31)) + piece)
    packets = []
    for index, payload in enumerate(payloads):
        marker = 0x80 if index == len(payloads) - 1 else 0
        header = struct.pack(">BBHII", 0x80, 96 | marker, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 0x1234)
        packets.append(header + payload)
        sequence += 1
    return packets, sequence


async def _serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bits: int, fps: int) -> None:
    rng = random.Random(7)
    udp: socket.socket | None = None
    transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
    while True:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        method = request.split(" ", 1)[0]
        cseq = next(line for line in request.split("\r\n") if line.lower().startswith("cseq"))
        body = b""
        extra = "Session: 1;timeout=60\r\n"
        if method == "DESCRIBE":
            sets = ",".join(base64.b64encode(x).decode() for x in (_SPS, _PPS))
            body = (
                "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
                f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:track1\r\n"
            ).encode()
            extra = f"Content-Length: {len(body)}\r\n"
        elif method == "SETUP":
            if "client_port" in request:
                port = int(request.split("client_port=")[1].split("-")[0])
                udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                udp.bind(("127.0.0.1", 0))
                udp.connect(("127.0.0.1", port))
                own = udp.getsockname()[1]
                transport = f"RTP/AVP;unicast;client_port={port}-{port + 1};server_port={own}-{min(own + 1, 65535)}"
            extra += f"Transport: {transport}\r\n"
        writer.write(f"RTSP/1.0 200 OK\r\n{cseq}\r\n{extra}\r\n".encode() + body)
        if method == "PLAY":
            break
    # A key frame is eight times as large as the others; two seconds a GOP.
    gop = fps * 2
    share = bits / 8 * 2 / (gop - 1 + 8)
    sequence = frame = 0
    began = time.monotonic() + rng.random() / fps
    while not writer.is_closing():
        key = frame % gop == 0
        size = int(share * (8 if key else 1))
        slices = [_SPS, _PPS, b"\x65\x88" + rng.randbytes(size)] if key else [b"\x41\x9a" + rng.randbytes(size)]
        packets, sequence = frame_packets(slices, sequence, frame * 90_000 // fps)
        if udp is not None:
            for packet in packets:
                udp.send(packet)
        else:
            writer.write(b"".join(struct.pack(">BBH", 0x24, 0, len(packet)) + packet for packet in packets))
            await writer.drain()
        frame += 1
        await asyncio.sleep(max(0.0, began + frame / fps - time.monotonic()))


def _camera_process(channel: Connection, bits: int, fps: int) -> None:
    async def serve() -> None:
        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await _serve_one(reader, writer, bits, fps)
            except (OSError, asyncio.IncompleteReadError):
                writer.close()

        server = await asyncio.start_server(one, "127.0.0.1", 0)
        channel.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(serve())


async def _measure(port: int, cameras: int, seconds: float, transport: str) -> tuple[float, int, int, int]:
    received = [0, 0, 0]

    def sink(packet: Packet) -> None:
        received[0] += 1
        received[1] += len(packet.data)

    def report(change: CameraStateChanged) -> None:
        received[2] += change.state == "online"

    tasks = []
    for index in range(cameras):
        camera = Camera.model_validate(
            {
                "id": f"cam{index}",
                "number": index + 1,
                "name": "x",
                "main": StreamSource.model_validate({"url": f"rtsp://127.0.0.1:{port}/x", "transport": transport}),
            }
        )
        session = StreamSession(camera, StreamKind.MAIN, credential=None, clock=SystemClock(), sink=sink, report=report)
        tasks.append(asyncio.create_task(session.run_forever()))
        await asyncio.sleep(0.02)
    await asyncio.sleep(1.0)
    before, packets, size = resource.getrusage(resource.RUSAGE_SELF), received[0], received[1]
    began = time.monotonic()
    await asyncio.sleep(seconds)
    elapsed = time.monotonic() - began
    packets, size = received[0] - packets, received[1] - size
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return cpu_s / elapsed, round(packets / elapsed), round(size / elapsed), received[2]


def main() -> None:
    """Measure and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=42)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--bits", type=int, default=4_000_000)
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--udp", action="store_true")
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_camera_process, args=(sender, options.bits, options.fps), daemon=True)
    child.start()
    port = receiver.recv()
    transport = "udp" if options.udp else "tcp"
    results = []
    for _ in range(options.runs):
        cores, packets, size, online = uvloop.run(_measure(port, options.cameras, options.seconds, transport))
        results.append(cores)
        print(
            f"{options.cameras} cameras over {transport}: {cores:.3f} core, {cores / options.cameras:.3%} of a core each; "
            f"{packets} pictures/s, {size * 8 / 1e6:.1f} Mb/s, {online} online"
        )
    median = statistics.median(results)
    print(f"median {median:.3f} core, {median / options.cameras:.3%} of a core per camera")
    child.terminate()
    child.join()


if __name__ == "__main__":
    main()

"""CPU that recording costs: our recorder beside ``ffmpeg -c copy -f segment`` on the same packets, in one run.

Packets are H.264 of the given bit rate, encoded once from moving noise. Both write to the same disk. Three figures come out:

1. microseconds of CPU per packet of the whole recorder (both threads, system time and syncs included), as fast as it goes;
2. the same for ffmpeg, which reads the packets from an MP4 file (its demuxing is in its figure; start-up is taken off);
3. with ``--real-time``: cores used by ``--cameras`` streams at 25 frames a second, packets spread over the second; beside it one ffmpeg a camera,
   each fed over a pipe with the same packets at the same pace.

Usage: python -m benchmarks.recording_cost [--cameras 42] [--seconds 60] [--runs 3] [--bits 4000000] [--real-time] [--apart]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import platform
import resource
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import av
import numpy as np
import psutil

from benchmarks.packets import FPS, START_NS, TICKS, Clip, packet
from nvr.config import Node
from nvr.disk import write_all
from nvr.media import CodecParameters, VideoCodec
from nvr.observations import Fact
from nvr.recording.fmp4 import Sample, fragment, init_segment
from nvr.recording.recorder import Recorder

CLIP_S = 4
SEGMENTS = (
    "-f", "segment", "-segment_time", "60", "-segment_format_options", "movflags=+frag_keyframe+empty_moov+default_base_moof",
)  # fmt: skip


def encode(bits: int) -> Clip:
    """Four seconds at about that bit rate, a key frame every two."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        rate = str(bits)
        stream = output.add_stream(
            "libx264", rate=FPS, options={"preset": "ultrafast", "bf": "0", "b": rate, "maxrate": rate, "bufsize": rate}
        )
        if not isinstance(stream, av.VideoStream):
            raise SystemExit("PyAV lacks libx264")
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.gop_size = 2 * FPS
        picture = np.random.default_rng(7).integers(0, 255, (360, 640, 3), dtype=np.uint8)
        for index in range(CLIP_S * FPS):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, index * 5, axis=1), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as container:
        video = container.streams.video[0]
        parameters = CodecParameters(VideoCodec.H264, bytes(video.codec_context.extradata or b""), 640, 360)
        return parameters, [(p.is_keyframe, bytes(p)) for p in container.demux(video) if p.size]


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def ours(root: Path, clip: tuple[CodecParameters, list[tuple[bool, bytes]]], cameras: int, seconds: int) -> float:
    """Microseconds of CPU per packet, as fast as it goes."""
    facts: list[Fact] = []
    recorder = Recorder(root, Node(), facts.append)
    spent_s = 0.0
    for second in range(seconds):
        packets = [packet(clip, camera, second * FPS + i) for i in range(FPS) for camera in range(cameras)]
        began_s = cpu_s()
        for one in packets:
            recorder.write(one)
        if not recorder.drain(60):
            raise SystemExit("the disk does not keep up")
        spent_s += cpu_s() - began_s
    began_s = cpu_s()
    recorder.close()
    spent_s += cpu_s() - began_s
    written = sum(int(stats["packets_written"]) for stats in recorder.stats().values())
    if written != cameras * seconds * FPS:
        raise SystemExit(f"packets were lost: {written} of {cameras * seconds * FPS} were written")
    return spent_s / written * 1e6


class NoHash:
    """In the place of SHA-256, to see what that costs."""

    def update(self, _data: bytes) -> None:
        """Look at nothing."""

    def hexdigest(self) -> str:
        """Of nothing."""
        return "0" * 64


def ours_apart(
    folder: Path | None, clip: tuple[CodecParameters, list[tuple[bool, bytes]]], cameras: int, seconds: int
) -> dict[str, float]:
    """The same without the hash, without the syncs, and without both, which is what ffmpeg does."""
    found: dict[str, float] = {}
    no_hash = (hashlib, "sha256", NoHash)
    no_syncs = tuple((os, name, lambda _fd: None) for name in ("fsync", "fdatasync"))
    for name, without in (("no hash", (no_hash,)), ("no syncs", no_syncs), ("neither", (no_hash, *no_syncs))):
        with ExitStack() as patches, tempfile.TemporaryDirectory(dir=folder) as place:
            for target, attribute, stand_in in without:
                patches.enter_context(patch.object(target, attribute, stand_in))
            found[name] = ours(Path(place) / "a", clip, cameras, seconds)
    return found


def muxing(clip: tuple[CodecParameters, list[tuple[bool, bytes]]], group: int) -> float:
    """Microseconds per packet of ``fragment`` alone, with ``group`` packets in each."""
    run = [packet(clip, 1, seq) for seq in range(group)]
    samples = [Sample(TICKS, 0, p.is_keyframe, p.data) for p in run]
    rounds = 20_000 // group
    began_s = time.process_time()
    for number in range(rounds):
        fragment(number + 1, number * TICKS * group, samples, wall_ns=START_NS)
    return (time.process_time() - began_s) / (rounds * group) * 1e6


def real_time(
    root: Path, clip: tuple[CodecParameters, list[tuple[bool, bytes]]], cameras: int, seconds: int
) -> tuple[float, float, bool]:
    """Cores used at 25 frames a second, the 95th percentile of the syncs in milliseconds, and whether every fragment was synced at the end.

    All cameras open their first files in one second, which afterwards happens spread over a minute: the first two seconds don't count.
    """
    recorder = Recorder(root, Node(), lambda _: None)
    warm_up = 2 * FPS
    made = [[packet(clip, camera, seq) for camera in range(cameras)] for seq in range(warm_up + seconds * FPS)]
    began_s, began_cpu_s = time.monotonic(), cpu_s()
    counted_s = began_s
    for seq, group in enumerate(made):
        if seq == warm_up:
            counted_s, began_cpu_s = time.monotonic(), cpu_s()
        for one in group:
            recorder.write(one)
        time.sleep(max(0.0, began_s + (seq + 1) / FPS - time.monotonic()))
    spent_s = cpu_s() - began_cpu_s
    took_s = time.monotonic() - counted_s
    p95_ms = max(stats["fsync_p95_ms"] for stats in recorder.stats().values())
    every_fragment = recorder.totals()["quick"] > 0
    recorder.close()
    return spent_s / took_s, p95_ms, every_fragment


def ffmpeg(root: Path, clip: tuple[CodecParameters, list[tuple[bool, bytes]]], seconds: int) -> float:
    """Microseconds of CPU per packet of ``-c copy -f segment``, less what it costs to start it."""
    source = root / "source.mp4"
    with source.open("wb") as file:
        file.write(init_segment(clip[0], start_wall_ns=START_NS, camera_id="cam01"))
        for second in range(seconds):
            run = [packet(clip, 1, second * FPS + i) for i in range(FPS)]
            samples = [Sample(TICKS, 0, p.is_keyframe, p.data) for p in run]
            file.write(b"".join(fragment(second + 1, run[0].dts, samples)))

    def run_once(limit_s: float) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-i",
                source,
                "-t",
                str(limit_s),
                "-c",
                "copy",
                *SEGMENTS,
                root / "out%03d.mp4",
            ],
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return (run_once(seconds) - run_once(0.04)) / (seconds * FPS) * 1e6


def ffmpegs_in_real_time(
    root: Path, clip: tuple[CodecParameters, list[tuple[bool, bytes]]], cameras: int, seconds: int, *, writing: bool
) -> float:
    """Cores that one ``ffmpeg -c copy -f segment`` a camera uses at 25 frames a second; their starts, and five seconds after, don't count.

    Without ``writing`` they read and take apart what comes, and let it go: our recorder is handed its packets.
    """
    warm_up = 5 * FPS
    # A fragment for each packet: a camera does not save them up either.
    fed = [
        b"".join(fragment(seq + 1, seq * TICKS, [Sample(TICKS, 0, one.is_keyframe, one.data)]))
        for seq, one in ((seq, packet(clip, 1, seq)) for seq in range(warm_up + seconds * FPS))
    ]
    with ExitStack() as stack:
        peers = []
        for camera in range(cameras):
            words = ["ffmpeg", "-v", "error", "-y", "-i", "pipe:0", "-c", "copy"]
            words += [*SEGMENTS, str(root / f"{camera}-%03d.mp4")] if writing else ["-f", "null", "-"]
            peers.append(stack.enter_context(subprocess.Popen(words, stdin=subprocess.PIPE, bufsize=0)))
        pipes = [peer.stdin for peer in peers if peer.stdin is not None]
        for pipe in pipes:
            write_all(pipe.fileno(), init_segment(clip[0], start_wall_ns=START_NS, camera_id="cam01"))
        began_s = counted_s = time.monotonic()
        before_s = 0.0
        for seq, data in enumerate(fed):
            if seq == warm_up:
                counted_s, before_s = time.monotonic(), _cpu_of(peers)
            for pipe in pipes:
                write_all(pipe.fileno(), data)
            time.sleep(max(0.0, began_s + (seq + 1) / FPS - time.monotonic()))
        cores = (_cpu_of(peers) - before_s) / (time.monotonic() - counted_s)
        for pipe in pipes:
            pipe.close()
    return cores


def _cpu_of(processes: list[subprocess.Popen[bytes]]) -> float:
    times = [psutil.Process(process.pid).cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def copying(root: Path, clip: tuple[CodecParameters, list[tuple[bool, bytes]]], cameras: int, seconds: int) -> float:
    """Microseconds of CPU per packet of ``cp`` and a sync, of a file of the same bytes for each camera."""
    source, target = root / "source", root / "target"
    source.mkdir()
    target.mkdir()
    data = b"".join(packet(clip, 1, seq).data for seq in range(seconds * FPS))
    for camera in range(cameras):
        (source / f"{camera}").write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["cp", "-r", "--reflink=never", source, target], check=True)
    subprocess.run(["sync", "-f", target], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used_s / (cameras * seconds * FPS) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cameras", type=int, default=42)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--bits", type=int, default=4_000_000)
    parser.add_argument("--folder", type=Path, default=None, help="where to write; default: the temporary folder")
    parser.add_argument("--real-time", action="store_true", help="also measure cores at 25 frames a second")
    parser.add_argument("--apart", action="store_true", help="also measure without the hash and without the syncs")
    arguments = parser.parse_args()
    clip = encode(arguments.bits)
    mean_bytes = statistics.mean(len(data) for _, data in clip[1])
    own, other, plain, cores, syncs_ms, quick = [], [], [], [], [], []
    peer_cores: dict[str, list[float]] = {"all": [], "writing nothing": []}
    apart: dict[str, list[float]] = {}
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            own.append(ours(Path(folder) / "a", clip, arguments.cameras, arguments.seconds))
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            other.append(ffmpeg(Path(folder), clip, arguments.seconds * arguments.cameras))
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            plain.append(copying(Path(folder), clip, arguments.cameras, arguments.seconds))
        if arguments.apart:
            for name, value in ours_apart(arguments.folder, clip, arguments.cameras, arguments.seconds).items():
                apart.setdefault(name, []).append(round(value, 1))
        if arguments.real_time:
            with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
                used, p95_ms, every_fragment = real_time(Path(folder) / "a", clip, arguments.cameras, arguments.seconds)
                cores.append(used)
                syncs_ms.append(p95_ms)
                quick.append(every_fragment)
            for name, values in peer_cores.items():
                with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
                    used = ffmpegs_in_real_time(
                        Path(folder), clip, arguments.cameras, arguments.seconds, writing=name == "all"
                    )
                    values.append(round(used, 4))
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "cameras": arguments.cameras,
        "mbit_s_per_camera": round(mean_bytes * FPS * 8 / 1e6, 2),
        "muxing_us_per_packet": {f"{n} in a fragment": round(muxing(clip, n), 2) for n in (1, FPS)},
        "recorder_us_per_packet": [round(value, 1) for value in own],
        "recorder_apart_us_per_packet": apart,
        "ffmpeg_us_per_packet": [round(value, 1) for value in other],
        "cp_us_per_packet": [round(value, 1) for value in plain],
        "mbyte_s": round(mean_bytes * FPS * arguments.cameras / 1e6, 1),
        "recorder_cores_in_real_time": [round(value, 4) for value in cores],
        "every_fragment_synced_at_the_end": quick,
        "ffmpegs_cores_in_real_time": peer_cores,
        "fsync_p95_ms": [round(value, 1) for value in syncs_ms],
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

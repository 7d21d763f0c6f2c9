"""``make bench``: the whole control room on this machine, at 10, 42, 84 and 128 cameras, beside Debian's `motion` on the same RTSP streams.

For each size, in one run: CPU of each process in cores, resident memory, packets in and packets recorded, and the time from the frame that decided an alert to the
alert on a WebSocket client. CPU is the median of several windows. The fleet's own cost is shown apart. Writes ``docs/measurements.md``'s table to standard output and,
with ``--write``, between the markers of that page and of README.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import re
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import websockets

from benchmarks import peer_motion
from benchmarks.rig import ROOT, ProcessUse, UseMeter
from benchmarks.site import prepare
from nvr.app.accounts import NewAccount
from nvr.catalogue.users import Role

CACHE = ROOT / "data" / "simulator-cache"


@dataclass(slots=True)
class Result:
    """One size's figures."""

    cameras: int
    windows: list[list[ProcessUse]] = field(default_factory=list)
    fleet_cores: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    onset_latencies_ms: list[float] = field(default_factory=list)
    packets_in: int = 0
    packets_recorded: int = 0
    packets_lost: int = 0
    frames: int = 0
    frames_skipped: int = 0

    def cores(self, prefix: str = "") -> float:
        """Median over the windows of the cores that the processes named so use together."""
        return statistics.median(
            sum(use.cores for use in window if use.name.startswith(prefix)) for window in self.windows
        )

    def rss_mb(self, prefix: str = "") -> float:
        """Resident memory likewise, the largest window."""
        return max(sum(use.rss_mb for use in window if use.name.startswith(prefix)) for window in self.windows)

    def latency_ms(self, share: float) -> float:
        """A percentile of deciding frame → socket."""
        return percentile(self.latencies_ms, share)


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of the values lie; NaN of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


class AlertClient:
    """An operator's socket: notes when each alert arrived."""

    def __init__(self, port: int, password: str) -> None:
        self.base = f"http://localhost:{port}"
        self.password = password
        self.latencies_ms: list[float] = []
        self.arrivals: list[tuple[str, int, int]] = []

    async def run(self, seconds: float) -> None:
        """Listen for a while."""
        headers = {"Origin": self.base}
        async with httpx.AsyncClient(base_url=self.base, headers=headers) as http:
            answer = await http.post("/api/login", json={"name": "banco", "password": self.password})
            answer.raise_for_status()
            listing = (await http.get("/api/alerts", params={"state": "new", "limit": 1})).raise_for_status().json()
            cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        url = self.base.replace("http", "ws") + "/api/events"
        async with websockets.connect(
            url, origin=websockets.Origin(self.base), additional_headers={"Cookie": cookie}
        ) as socket:
            await socket.send(json.dumps({"after": listing["seq"]}))
            deadline = time.monotonic() + seconds
            seen: set[str] = set()
            while (left_s := deadline - time.monotonic()) > 0:
                try:
                    message = json.loads(await asyncio.wait_for(socket.recv(), left_s))
                except TimeoutError:
                    return
                now_ms = time.time() * 1000
                body = message.get("body") or {}
                if message["kind"] == "alert" and body["alert_id"] not in seen and body["zone"] != "sistema":
                    seen.add(body["alert_id"])
                    if body["count"] == 1 and body["ongoing"]:
                        self.latencies_ms.append(now_ms - body["decided_wall_ms"])
                        self.arrivals.append((body["camera_id"], body["started_wall_ms"], round(now_ms)))


def measure(cameras: int, *, windows: int, window_s: float, events_per_hour: float, workers: dict[str, int]) -> Result:
    """Run fleet and node at one size."""
    result = Result(cameras)
    with tempfile.TemporaryDirectory(prefix="nvr-bench-") as name:
        folder = Path(name)
        clerk = NewAccount("banco", "Banco de pruebas", Role.OPERATOR)
        site = prepare(folder, cameras=cameras, people=[clerk], settings=workers)
        with site.fleet(CACHE, events_per_hour=events_per_hour) as simulated:
            with site.node() as started:
                time.sleep(25)  # until the background models have settled and start-up work is over
                client = AlertClient(site.console_port, site.passwords[clerk.name])
                meter, fleet_meter = UseMeter(started.process.pid), UseMeter(simulated.process.pid)

                async def watch() -> None:
                    listening = asyncio.create_task(client.run(windows * window_s))
                    for _ in range(windows):
                        meter.begin()
                        fleet_meter.begin()
                        await asyncio.sleep(window_s)
                        result.windows.append(meter.end())
                        result.fleet_cores.append(sum(use.cores for use in fleet_meter.end()))
                    await listening

                asyncio.run(watch())
                result.latencies_ms = client.latencies_ms
            log = started.log.read_text(errors="replace")
        for line in re.findall(r"recorded streams: (\d+) packets in, (\d+) recorded, (\d+) lost", log):
            result.packets_in += int(line[0])
            result.packets_recorded += int(line[1])
            result.packets_lost += int(line[2])
        for line in re.findall(r"analysed: (\d+) frames, (\d+) skipped", log):
            result.frames += int(line[0])
            result.frames_skipped += int(line[1])
        result.onset_latencies_ms = _onsets(folder / "truth.jsonl", client.arrivals)
    return result


def _onsets(truth: Path, arrivals: list[tuple[str, int, int]]) -> list[float]:
    """From the first moving frame as sent, by the fleet's own log, to the alert on the socket."""
    movements: dict[str, list[int]] = {}
    for line in truth.read_text(encoding="utf-8").splitlines() if truth.exists() else []:
        entry = json.loads(line)
        if "first_wall_ns" in entry:
            movements.setdefault(entry["camera_id"], []).append(entry["first_wall_ns"] // 1_000_000)
    found = []
    for camera_id, _, arrived_ms in arrivals:
        before = [start for start in movements.get(camera_id, []) if 0 <= arrived_ms - start < 10_000]
        if before:
            found.append(float(arrived_ms - max(before)))
    return found


def table(results: list[Result], peer: peer_motion.PeerResult | None) -> str:
    """The Markdown that README and docs/measurements.md quote."""
    lines = [
        "| cameras | CPU in all (cores) | ingest + recording | analytics | console + supervisor | memory (RSS) | packets in / recorded / lost | frames looked at (skipped) "
        "| alert p50 / p95 / p99 after the deciding frame | fleet's own CPU |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        rest = r.cores("control") + r.cores("supervisor")
        lines.append(
            f"| {r.cameras} | **{r.cores():.2f}** | {r.cores('ingest'):.2f} | {r.cores('analytics'):.2f} | {rest:.2f} | {r.rss_mb() / 1000:.2f} GB "
            f"| {r.packets_in:,} / {r.packets_recorded:,} / {r.packets_lost} | {r.frames:,} ({r.frames_skipped}) "
            f"| {r.latency_ms(0.5):.0f} / {r.latency_ms(0.95):.0f} / {r.latency_ms(0.99):.0f} ms (n={len(r.latencies_ms)}) | {statistics.median(r.fleet_cores):.2f} |"
        )
    ten = next((r for r in results if r.cameras == 10), None)
    if peer is not None and ten is not None:
        lines += [
            "",
            f"Beside it, on the same streams of 10 cameras in the same run: Debian's motion {peer.version} (pass-through recording on events only) "
            f"{peer.cores:.2f} core, {peer.rss_mb / 1000:.2f} GB; ours (recording all the time) {ten.cores():.2f} core, {ten.rss_mb() / 1000:.2f} GB: "
            f"a ratio of {ten.cores() / peer.cores:.2f} in CPU and {ten.rss_mb() / peer.rss_mb:.2f} in memory.",
        ]
    onsets = [
        f"{r.cameras}: p50 {percentile(r.onset_latencies_ms, 0.5):.0f} ms, p95 {percentile(r.onset_latencies_ms, 0.95):.0f} ms"
        for r in results
        if r.onset_latencies_ms
    ]
    if onsets:
        lines += [
            "",
            "From the first moving frame, as the fleet sent it, to the alert on the socket (the hysteresis of 0.6 s included): "
            + "; ".join(onsets)
            + ".",
        ]
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "?",
    )
    lines += [
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {cpu}, 2 cores, Python {platform.python_version()}; `make bench`, medians of the windows.",
    ]
    return "\n".join(lines) + "\n"


def write_between_markers(path: Path, text: str) -> None:
    """Replace what stands between the bench markers of a page."""
    page = path.read_text(encoding="utf-8")
    page = re.sub(
        r"(<!-- bench:begin -->\n).*?(<!-- bench:end -->)",
        lambda match: match[1] + text + match[2],
        page,
        flags=re.DOTALL,
    )
    path.write_text(page, encoding="utf-8")


def main() -> None:
    """Run the sizes asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", default="10,42,84,128", help="sizes, comma-separated")
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--window-s", type=float, default=12.0)
    parser.add_argument("--events-per-hour", type=float, default=40.0, help="movements per camera and hour")
    parser.add_argument("--ingest-workers", type=int, default=0)
    parser.add_argument("--analytics-workers", type=int, default=0)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the table into README.md and docs/measurements.md")
    options = parser.parse_args()
    workers = {"ingest_workers": options.ingest_workers, "analytics_workers": options.analytics_workers}
    results = []
    for size in [int(text) for text in options.cameras.split(",")]:
        print(f"measuring {size} cameras …", flush=True)
        results.append(
            measure(
                size,
                windows=options.windows,
                window_s=options.window_s,
                events_per_hour=options.events_per_hour,
                workers=workers,
            )
        )
        print(table(results[-1:], None), flush=True)
    peer = None
    if not options.no_peer and shutil.which("motion"):
        print("measuring motion on 10 cameras …", flush=True)
        peer = peer_motion.measure(
            10, windows=options.windows, window_s=options.window_s, events_per_hour=options.events_per_hour, cache=CACHE
        )
    text = table(results, peer)
    print(text)
    if options.write:
        write_between_markers(ROOT / "README.md", text)
        write_between_markers(ROOT / "docs/measurements.md", text)


if __name__ == "__main__":
    main()

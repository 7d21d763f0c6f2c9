"""Debian's `motion` as a peer: analyses each camera's sub-stream and passes its main stream through to disk on events."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rig import Started, UseMeter, wait_for
from benchmarks.site import prepare
from nvr.config import read_credentials


@dataclass(frozen=True, slots=True)
class PeerResult:
    """What it used."""

    version: str
    cores: float
    rss_mb: float


def measure(cameras: int, *, windows: int, window_s: float, events_per_hour: float, cache: Path) -> PeerResult:
    """Run `motion` on a simulated fleet of ``cameras`` cameras."""
    with tempfile.TemporaryDirectory(prefix="nvr-bench-motion-") as name:
        folder = Path(name)
        # motion speaks RTP over TCP by default; ours gets the configured mix.
        site = prepare(folder, cameras=cameras, udp_every=0)
        known = read_credentials(site.credentials)
        main = [
            f"log_file {folder}/motion-own.log",
            "log_level 6",
            f"target_dir {folder}",
            "webcontrol_port 0",
            "stream_port 0",
            "daemon off",
        ]
        for camera in site.config.cameras:
            lines = [
                f"camera_id {camera.number}",
                f"netcam_url {camera.sub.url if camera.sub else camera.main.url}",
                f"netcam_high_url {camera.main.url}",
                "width 640",
                "height 360",
                "framerate 10",
                "movie_output on",
                "movie_passthrough on",
                "picture_output off",
                f"target_dir {folder}/{camera.id}",
            ]
            if camera.credentials:
                entry = known[camera.credentials]
                lines.append(f"netcam_userpass {entry.user}:{entry.password.reveal()}")
            (folder / f"{camera.id}.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
            main.append(f"camera {folder}/{camera.id}.conf")
        (folder / "motion.conf").write_text("\n".join(main) + "\n", encoding="utf-8")
        with site.fleet(cache, events_per_hour=events_per_hour):
            log = folder / "motion.log"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    ["motion", "-n", "-c", str(folder / "motion.conf")],
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                )
            started = Started(process, log)
            try:
                wait_for("motion opens its cameras", lambda: _opened(folder) >= 2 * cameras, 90, started)
                time.sleep(15)
                cores, rss_mb = [], 0.0
                meter = UseMeter(process.pid)
                for _ in range(windows):
                    meter.begin()
                    time.sleep(window_s)
                    uses = meter.end()
                    cores.append(sum(use.cores for use in uses))
                    rss_mb = max(rss_mb, sum(use.rss_mb for use in uses))
            finally:
                started.stop()
        return PeerResult(version(), statistics.median(cores), rss_mb)


def _opened(folder: Path) -> int:
    """How many of its connections `motion` says it has opened: a normal and a high-resolution one a camera."""
    path = folder / "motion-own.log"
    text = path.read_text(errors="replace") if path.exists() else ""
    return text.count("Camera handler thread")


def version() -> str:
    """The version that `motion -h` prints."""
    text = subprocess.run(["motion", "-h"], check=False, capture_output=True, text=True).stdout
    return text.split(",")[0].removeprefix("motion Version ").strip() or "?"

"""How long a seek takes in a real browser, from the click on the time bar to the first picture of that time, and what players cost the recorder.

A data folder with an hour of a camera is made (our own files, 25 pictures a second, a key frame every two seconds), a control room runs on it, and headless Chromium
clicks at random places of the hour on the page of recordings. Then the recorder writes 42 streams in real time, without and with players that read
files all the time, beside each other in one run: what its syncs and its queue say shows whether playback delays a write.

Usage: python -m benchmarks.seek_time [--seeks 100] [--players 4]
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.packets import FPS, START_NS, packet
from benchmarks.recording_cost import encode
from benchmarks.rig import free_port, node, write_config
from nvr.app import accounts
from nvr.app.folders import Folders
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.users import Role
from nvr.clock import NS_PER_S
from nvr.config import Node, load_config
from nvr.media import CodecParameters, Packet
from nvr.observations import Fact
from nvr.recording.recorder import Recorder

Clip = tuple[CodecParameters, list[tuple[bool, bytes]]]
SPAN_S = 3600
SEEK = """
(share) => new Promise((resolve) => {
  const video = document.querySelector('.player video'), bar = document.querySelector('.bar-svg'), box = bar.getBoundingClientRect();
  const began = performance.now();
  let moved = false;
  video.addEventListener('seeking', () => { moved = true; }, { once: true });
  let shown = null;
  const check = () => {
    const arrived = moved && shown !== null && !video.seeking && Math.abs(shown - video.currentTime) < 0.2;
    if (arrived) resolve(performance.now() - began);
    return arrived;
  };
  const look = (_now, frame) => { shown = frame.mediaTime; if (!check()) video.requestVideoFrameCallback(look); };
  video.addEventListener('seeking', () => { shown = null; });
  video.addEventListener('seeked', check);
  video.requestVideoFrameCallback(look);
  bar.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX: box.left + share * box.width, clientY: box.top + 30 }));
  setTimeout(() => resolve(null), 10000);
})
"""


def fill(recordings: Path, clip: Clip, begin_ns: int) -> None:
    """An hour of cam01."""
    facts: list[Fact] = []
    recorder = Recorder(recordings, Node(), facts.append)
    for seq in range(SPAN_S * FPS):
        one = packet(clip, 1, seq)
        recorder.write(shifted(one, begin_ns))
        if seq % (FPS * 20) == 0 and not recorder.drain(60):
            raise SystemExit("the disk does not keep up")
    recorder.close()


def shifted(one: Packet, begin_ns: int) -> Packet:
    """The packet at another time."""
    fields = {name: getattr(one, name) for name in one.__slots__}
    return Packet(**fields | {"wall_ns": one.wall_ns - START_NS + begin_ns, "epoch_ns": begin_ns})


def open_hour(page: Page, base: str, password: str) -> None:
    """The page of recordings, zoomed to an hour of cam01."""
    page.goto(f"{base}/login")
    page.locator("input").nth(0).fill("medidor")
    page.locator("input").nth(1).fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/investigacion")
    page.locator(".camera-row").first.click()
    page.wait_for_selector(".bar-svg .bar-recorded")


def seeks(data: Path, clip: Clip, count: int, folder: Path) -> list[float]:
    """Milliseconds of each seek within an hour."""
    port = free_port()
    config = folder / "cameras.yaml"
    write_config(config, cameras=1, fleet_port=free_port(), console_port=port, data=data)
    begin_ns = (time.time_ns() // NS_PER_S - SPAN_S - 600) * NS_PER_S
    settings = load_config(config)
    folders = Folders.of(settings)
    folders.create()
    fill(folders.recordings, clip, begin_ns)
    subprocess.run(
        [sys.executable, "-m", "nvr.cli", "catalogue", "rebuild", "--config", config], check=True, capture_output=True
    )
    catalogue = Catalogue(folders.database_url(settings))
    (issued,) = accounts.add_people(
        catalogue, [accounts.NewAccount("medidor", "Medidor", Role.INVESTIGATOR)], must_change=False
    )
    catalogue.close()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    rng = random.Random(1)
    with node(config, console_port=port, folder=folder), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        open_hour(page, f"http://localhost:{port}", issued.password.reveal())
        share = page.evaluate(
            """() => { const r = [...document.querySelectorAll('.bar-svg .bar-recorded')].map((e) => e.getBoundingClientRect()), b = document.querySelector('.bar-svg').getBoundingClientRect();
              return [Math.min(...r.map((e) => e.left - b.left)) / b.width, Math.max(...r.map((e) => e.right - b.left)) / b.width]; }"""
        )
        spent: list[float] = []
        low, high = share
        page.evaluate(SEEK, low + (high - low) * 0.05)
        page.wait_for_timeout(2000)
        for _ in range(count):
            answer = page.evaluate(SEEK, low + (high - low) * rng.uniform(0.1, 0.9))
            if answer is None:
                raise SystemExit("a seek showed no picture within 10 s")
            spent.append(answer)
            page.wait_for_timeout(150)
        browser.close()
    return spent


def writing(root: Path, clip: Clip, played: Path, players: int, seconds: int = 20) -> dict[str, float]:
    """42 streams in real time while so many players read recorded files as fast as they can."""
    files = sorted(played.rglob("*.mp4"))
    reader = "import sys,time\nwhile True:\n  for name in sys.argv[1:]:\n    with open(name,'rb') as f:\n      while f.read(1<<20): time.sleep(0.002)\n"
    running = [subprocess.Popen([sys.executable, "-c", reader, *map(str, files[index::4])]) for index in range(players)]
    recorder = Recorder(root, Node(), lambda _: None)
    worst_s = 0.0
    began_s = time.monotonic()
    try:
        for seq in range(seconds * FPS):
            for camera in range(42):
                recorder.write(packet(clip, camera, seq))
            if seq % FPS == 0:
                worst_s = max(worst_s, *(stats["queue_s"] for stats in recorder.stats().values()))
            time.sleep(max(0.0, began_s + (seq + 1) / FPS - time.monotonic()))
        stats = recorder.stats().values()
        return {
            "fsync_p95_ms": round(max(each["fsync_p95_ms"] for each in stats), 1),
            "queue_s_at_most": round(worst_s, 2),
            "dropped": sum(each["dropped"] for each in stats),
        }
    finally:
        for process in running:
            process.kill()
            process.wait()
        recorder.close()


def summary(spent_ms: list[float]) -> dict[str, int]:
    """How many, and how long they took."""
    if not spent_ms:
        return {"seeks": 0}
    ordered = sorted(spent_ms)
    return {
        "seeks": len(ordered),
        "median_ms": round(statistics.median(ordered)),
        "p95_ms": round(ordered[len(ordered) * 95 // 100]),
        "most_ms": round(ordered[-1]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeks", type=int, default=100)
    parser.add_argument("--players", type=int, default=4)
    arguments = parser.parse_args()
    clip = encode(2_000_000)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        within = seeks(folder / "data", clip, arguments.seeks, folder)
        alone = writing(folder / "alone", clip, folder / "data", 0)
        beside = writing(folder / "beside", clip, folder / "data", arguments.players)
    result = {
        "within an hour": summary(within),
        "writing alone": alone,
        f"writing beside {arguments.players} players": beside,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

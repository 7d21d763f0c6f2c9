"""What a budget of processor time that is too small does: how evenly cameras are thinned out, who says so, and whether recording loses anything.

``python -m benchmarks.short_budget``: the whole control room on simulated cameras, once for each budget; counters are those of ``/metrics``.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from alerts.rows import alert_of
from alerts.trunks import ANALYSIS_ZONE
from benchmarks.control_room import CACHE
from benchmarks.rig import UseMeter
from benchmarks.site import prepare
from nvr.catalogue import alert_rows
from nvr.catalogue.engine import Catalogue

_SETTLE_S = 45
_STREAM = re.compile(r'^nvr_stream_(\w+)\{camera="(\w+)",stream="(\w+)"[^}]*\} ([0-9.e+-]+)$', re.MULTILINE)
_WORKER = re.compile(r'^nvr_worker_(\w+)\{worker="([^"]+)"\} ([0-9.e+-]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One budget's.

    Attributes:
        budget_cores: as configured.
        used_cores: of the analytics processes, everything they do.
        frames: looked at in the window, per camera, ascending.
        thinned: left out in the window for want of budget, all cameras.
        share: of each group that was decoded, at the end.
        told: whether the system's alert stood at the end.
        recorded: packets in, recorded, lost, over the whole run.
    """

    budget_cores: float
    used_cores: float
    frames: list[int]
    thinned: int
    share: float
    told: bool
    recorded: tuple[int, int, int]


def counters(port: int) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """What the analysed streams' counters stand at, by name and camera, and the analytics workers' smallest share."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=20).raise_for_status().text
    streams: dict[str, dict[str, float]] = {}
    for name, camera, _, value in _STREAM.findall(text):
        if name in {"frames", "thinned"}:
            streams.setdefault(name, {})[camera] = float(value)
    workers = {name: float(value) for name, worker, value in _WORKER.findall(text) if worker.startswith("analytics")}
    return streams, workers


def measure(cameras: int, budget_cores: float, window_s: float, cache: Path) -> Outcome:
    """Run fleet and node with one budget."""
    with tempfile.TemporaryDirectory(prefix="nvr-budget-") as name:
        site = prepare(Path(name), cameras=cameras, settings={"analytics_budget_cores": budget_cores})
        with site.fleet(cache, events_per_hour=120):
            with site.node() as started:
                time.sleep(_SETTLE_S)  # backgrounds are learned, and shares have settled
                before, _ = counters(site.console_port)
                meter = UseMeter(started.process.pid)
                meter.begin()
                time.sleep(window_s)
                used = sum(use.cores for use in meter.end() if use.name.startswith("analytics"))
                after, workers = counters(site.console_port)
                catalogue = Catalogue(site.folders.database_url(site.config))
                with catalogue.read() as tx:
                    rows = [row for c in site.config.cameras for row in alert_rows.of_zone(tx, c.id, ANALYSIS_ZONE, 1)]
                    told = any(alert_of(row).ongoing for row in rows)
                catalogue.close()
            log = started.log.read_text(errors="replace")
        found = re.findall(r"recorded streams: (\d+) packets in, (\d+) recorded, (\d+) lost", log)
        came, kept, lost = (sum(int(line[index]) for line in found) for index in range(3))
        grown = {key: {c: int(v - before[key][c]) for c, v in after[key].items()} for key in ("frames", "thinned")}
        return Outcome(
            budget_cores,
            used,
            sorted(grown["frames"].values()),
            sum(grown["thinned"].values()),
            workers["share_decoded"],
            told,
            (came, kept, lost),
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cameras", type=int, default=42)
    parser.add_argument("--budgets", default="1.0,0.15,0.08", help="cores, comma-separated")
    parser.add_argument("--window-s", type=float, default=40.0)
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the fleet's clips")
    options = parser.parse_args()
    print(
        "| budget, cores | analytics took | frames looked at per camera, least / median / most | left out, all cameras | share of each group "
        "| alert stands | packets in / recorded / lost |"
    )
    print("|---|---|---|---|---|---|---|", flush=True)
    for budget in [float(text) for text in options.budgets.split(",")]:
        r = measure(options.cameras, budget, options.window_s, options.cache)
        print(
            f"| {r.budget_cores:g} | {r.used_cores:.2f} | {r.frames[0]} / {statistics.median(r.frames):.0f} / {r.frames[-1]} | {r.thinned:,} "
            f"| {100 * r.share:.0f} % | {'yes' if r.told else 'no'} | {r.recorded[0]:,} / {r.recorded[1]:,} / {r.recorded[2]} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

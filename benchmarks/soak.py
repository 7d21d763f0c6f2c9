"""A control room in front of bad lines for a long time: does it come back, does it leak, is every second accounted for?

The fleet is simulated, the node is `nvr run` as a user starts it, and between the two is a proxy (`benchmarks.faulty_link`) that cuts, silences,
delays, throttles and garbles. Without `--minutes` it is accelerated: lines flap until enough sessions were opened anew, then the switch is away for
a minute, then each camera has another fault. With `--minutes 20` the same in real time, with quiet stretches between, as nights have them.

Printed: seconds from a line's return to the stream being online (p50, p95, worst); alerts of the switch's absence; memory, descriptors and threads
of each process at the beginning and at the end; seconds recorded, in gaps by cause, and unexplained (promise: none).

Memory is measured from after a warm-up (`--warm-up` flaps of all lines): libraries, caches, buffers and the pages of the allocator are taken once. It is
the median of a time of rest at the beginning beside that of one at the end, both after two minutes of good lines, in which decoders and views fill up again
(promise: at most 5 % more). `--series FILE` keeps all looks as CSV.

    python -m benchmarks.soak [--minutes 20] [--cameras 42] [--reconnections 1000] [--warm-up 24] [--series FILE]
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faulty_link import HEALTHY, Fault, FaultyLink, faulty_link
from benchmarks.rig import Started, free_port
from benchmarks.site import prepare
from benchmarks.vitals import Vitals, VitalsSeries, growth, write_series
from nvr.app.folders import Folders
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S
from nvr.config import Config
from nvr.proof.account import PENDING_NS
from nvr.proof.reading import Books, stream_proof

FLAP_S = 5.0
AWAY_S = 60.0
STEADY_S = 20.0
REST_S = 15.0
SETTLE_S = 120.0
MOST_GROWTH = 0.05
WARM_UP_FLAPS = 24
BACK_TIMEOUT_S = 60.0
BAD_LINES = (
    Fault(delay_s=0.2, jitter_s=0.2),
    Fault(bytes_per_s=125_000),
    Fault(bytes_per_s=2_000),
    Fault("silent"),
    Fault("refused"),
    Fault(garbled=0.002),
)


@dataclass(slots=True)
class Findings:
    """What was measured."""

    back_s: list[float] = field(default_factory=list)
    switch_back_s: list[float] = field(default_factory=list)
    switch_alerts: Counter[str] = field(default_factory=Counter)
    sessions: int = 0


class Soak:
    """A running room behind a link."""

    def __init__(self, folder: Path, config: Config, started: Started, link: FaultyLink, seed: int) -> None:
        self._database = Folders.of(config).data / "catalogue.sqlite"
        self.folder = folder
        self.config = config
        self.started = started
        self.link = link
        self.rng = random.Random(seed)
        self.findings = Findings()
        self.ids = [camera.id for camera in config.enabled_cameras]
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()

    def wall_ns(self, monotonic_s: float) -> int:
        """On the room's clock, which is this machine's."""
        return round(monotonic_s * NS_PER_S) + self._offset_ns

    def online_since(self, monotonic_s: float, cameras: list[str]) -> dict[str, float]:
        """Of each stream of these cameras: how long after that time it came online first."""
        rows = self._rows(
            "SELECT camera_id || '/' || stream, MIN(wall_ns) FROM camera_history WHERE state = 'online' AND wall_ns >= ? GROUP BY 1",
            self.wall_ns(monotonic_s),
        )
        return {
            str(name): (int(str(wall_ns)) - self.wall_ns(monotonic_s)) / NS_PER_S
            for name, wall_ns in rows
            if str(name).partition("/")[0] in cameras
        }

    def heal(self, cameras: list[str] | None, into: list[float], *, cut: bool = False) -> None:
        """Mend the lines; wait until all streams that were away are online again, and note how long each took."""
        ids = self.ids if cameras is None else cameras
        marks = ",".join("?" * len(ids))
        # What is down at the moment of mending has to come back; what was never missed needs not.
        down = {
            str(name)
            for (name,) in self._rows(
                f"SELECT camera_id || '/' || stream FROM camera_states WHERE state != 'online' AND camera_id IN ({marks})",  # noqa: S608 - question marks
                *ids,
            )
        }
        mended_s = self.link.set(HEALTHY, cameras)
        if cut:
            self.link.cut(cameras)
        deadline_s = mended_s + BACK_TIMEOUT_S
        back = self.online_since(mended_s, ids)
        while not down <= back.keys() and time.monotonic() < deadline_s:
            time.sleep(0.25)
            back = self.online_since(mended_s, ids)
        into += [back[name] for name in down if name in back]
        late = sorted(down - back.keys())
        if late:
            say(f"  not back within {BACK_TIMEOUT_S:.0f} s: {', '.join(late[:8])} ({self.causes(late[:1])})")
            into += [BACK_TIMEOUT_S] * len(late)

    def causes(self, names: list[str]) -> str:
        """What the catalogue says of these streams."""
        found = [
            str(
                self._rows("SELECT detail FROM camera_states WHERE camera_id = ? AND stream = ?", *name.split("/"))[0][
                    0
                ]
            )
            for name in names
        ]
        return "; ".join(found)

    def flap(self, rounds: int) -> None:
        """All lines are cut each five seconds, and refuse for one."""
        for number in range(rounds):
            began_s = time.monotonic()
            self.link.set(Fault("refused"))
            time.sleep(1.0)
            self.heal(None, self.findings.back_s)
            if number % 5 == 4:
                say(f"  flap {number + 1} of {rounds}")
            time.sleep(max(0.0, began_s + FLAP_S - time.monotonic()))

    def switch_away(self, away_s: float) -> None:
        """Nothing passes for a minute; then all is as before."""
        since_ns = self.wall_ns(time.monotonic())
        self.link.set(Fault("silent"))
        time.sleep(away_s)
        back: list[float] = []
        self.heal(None, back, cut=True)  # a switch that comes up has no connections left
        time.sleep(STEADY_S)
        rows = self._rows(
            "SELECT zone, count FROM alerts WHERE started_wall_ns >= ? AND zone LIKE 'sistema%'", since_ns - NS_PER_S
        )
        self.findings.switch_back_s += back
        self.findings.switch_alerts.update(str(zone) for zone, _ in rows)

    def bad_lines(self, seconds: float) -> None:
        """Every third camera keeps a good line; each of the others has another fault."""
        bad = [camera_id for index, camera_id in enumerate(self.ids) if index % 3]
        for index, camera_id in enumerate(bad):
            self.link.set(BAD_LINES[index % len(BAD_LINES)], [camera_id])
        time.sleep(seconds)
        # Those that were garbled may be in quarantine, for a good reason: they are not asked to be back at once.
        self.heal(
            [each for index, each in enumerate(bad) if not BAD_LINES[index % len(BAD_LINES)].garbled],
            self.findings.back_s,
        )
        self.link.set(HEALTHY)

    def wander(self, until_s: float) -> None:
        """Now and then one camera's line is bad for some seconds."""
        while time.monotonic() < until_s:
            time.sleep(min(self.rng.expovariate(1 / 8), max(0.0, until_s - time.monotonic())))
            camera_id = self.rng.choice(self.ids)
            fault = self.rng.choice([*BAD_LINES[:5], Fault("refused")])
            self.link.set(fault, [camera_id])
            time.sleep(min(self.rng.uniform(1, 15), max(0.0, until_s - time.monotonic())))
            self.heal([camera_id], self.findings.back_s)


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


def percentile(values: list[float], share: float) -> float:
    """Of values in any order; 0 where there are none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0


def report(soak: Soak, series: Mapping[str, Sequence[Vitals]], elapsed_s: float, away_s: float) -> bool:
    """Print what was found; whether all promises were kept."""
    found = soak.findings
    back, switch = found.back_s, found.switch_back_s
    drift_ok = True
    say(f"{len(soak.ids)} cameras, {elapsed_s / 60:.1f} minutes, {soak.link.accepted} connections through the link")
    say(
        f"a stream whose line is back is online after p50 {percentile(back, 0.5):.2f} s, p95 {percentile(back, 0.95):.2f} s, "
        f"worst {max(back, default=0):.2f} s ({len(back)} returns)"
    )
    alerts = ", ".join(f"{count} x {zone}" for zone, count in found.switch_alerts.items()) or "none"
    say(
        f"switch away {away_s:.0f} s: all back after {max(switch, default=0):.2f} s (p95 {percentile(switch, 0.95):.2f} s, {len(switch)} streams); alerts: {alerts}"
    )
    for name, looks in series.items():
        grown = growth(looks, REST_S)
        rss, descriptors, threads = grown.rss_mb, grown.descriptors, grown.threads
        say(
            f"  {name:12} RSS {rss[0]:.1f} -> {rss[1]:.1f} MB ({grown.share:+.1%}; {grown.mb_per_hour:+.1f} MB an hour), "
            f"descriptors {descriptors[0]:.0f} -> {descriptors[1]:.0f}, threads {threads[0]:.0f} -> {threads[1]:.0f}"
            f"{'; was started anew' if grown.restarted else ''}"
        )
        drift_ok &= not grown.restarted and grown.share <= MOST_GROWTH
        drift_ok &= descriptors[1] <= descriptors[0] * 1.05 + 4 and threads[1] <= threads[0] + 2
    return drift_ok


def accounts(config: Config, from_ns: int, to_ns: int) -> bool:
    """Print the sums of all recorded streams' accounts; whether nothing is unexplained."""
    folders = Folders.of(config)
    catalogue = Catalogue(folders.database_url(config))
    due = recorded = unexplained = 0
    causes: Counter[str] = Counter()
    try:
        books = Books(catalogue, config, folders.recordings)
        for camera in config.enabled_cameras:
            with catalogue.read() as tx:
                proof = stream_proof(tx, books.recordings, camera, (from_ns, to_ns), time.time_ns())
            due += proof.account.due_ns
            recorded += proof.account.recorded_ns
            unexplained += proof.account.unexplained_ns
            causes.update(proof.account.by_cause_ns())
    finally:
        catalogue.close()
    gaps = ", ".join(f"{cause} {ns / NS_PER_S:.1f} s" for cause, ns in causes.items() if ns) or "none"
    say(
        f"due {due / NS_PER_S:.1f} camera seconds = recorded {recorded / NS_PER_S:.1f} s ({recorded / due:.2%}) + gaps: {gaps}; unexplained {unexplained / NS_PER_S:.3f} s"
    )
    return unexplained == 0


def course(soak: Soak, options: argparse.Namespace) -> None:
    """What is done to the lines."""
    if options.minutes:
        began_s = time.monotonic()
        end_s = began_s + options.minutes * 60
        span_s = (end_s - began_s) - 3 * options.away - 4 * STEADY_S
        soak.wander(time.monotonic() + span_s * 0.4)
        say(f"{(time.monotonic() - began_s) / 60:.1f} min: the switch goes")
        soak.switch_away(options.away)
        soak.wander(time.monotonic() + span_s * 0.3)
        say(f"{(time.monotonic() - began_s) / 60:.1f} min: all lines flap")
        soak.flap(int(options.away / FLAP_S))
        soak.bad_lines(options.away)
        soak.wander(end_s - 2 * STEADY_S)
    else:
        streams = sum(1 + (camera.sub is not None) for camera in soak.config.enabled_cameras)
        say("all lines flap")
        soak.flap(-(-options.reconnections // streams))
        say("the switch goes")
        soak.switch_away(options.away)
        say("each line has another fault")
        soak.bad_lines(STEADY_S * 2)


def main() -> int:
    """Run it; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.0, help="in real time, so long; 0: accelerated")
    parser.add_argument("--cameras", type=int, default=42)
    parser.add_argument("--reconnections", type=int, default=1000, help="of the accelerated run")
    parser.add_argument("--away", type=float, default=AWAY_S, help="seconds that the switch is away")
    parser.add_argument(
        "--warm-up", type=int, default=WARM_UP_FLAPS, help="flaps of all lines before memory is measured"
    )
    parser.add_argument("--series", type=Path, help="write each look at each process to this CSV file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "nvr-soak-clips")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        link_port = free_port()
        site = prepare(folder, cameras=options.cameras, udp_every=0, streams_port=link_port)
        config = site.config
        with (
            site.fleet(options.cache, small=True),
            faulty_link(site.fleet_port, port=link_port) as link,
            site.node(complete_within_s=180) as started,
        ):
            soak = Soak(folder, config, started, link, options.seed)
            say(
                f"warm-up: all lines flap {options.warm_up} times, then are good for {SETTLE_S:.0f} s; memory is measured from there on"
            )
            soak.flap(options.warm_up)
            time.sleep(SETTLE_S)
            soak.findings = Findings()
            looks, began_s = VitalsSeries(started.process.pid), time.monotonic()
            looks.begin()
            time.sleep(STEADY_S)
            from_ns = time.time_ns()
            try:
                course(soak, options)
                time.sleep(SETTLE_S)
            finally:
                series = looks.end()
            to_ns = time.time_ns()
            if options.series is not None:
                write_series(options.series, series)
            fine = report(soak, series, time.monotonic() - began_s, options.away)
            time.sleep(PENDING_NS / NS_PER_S)
        fine &= accounts(config, from_ns, to_ns)
        fine &= "Traceback" not in (folder / "nvr.log").read_text(errors="replace")
    say("all promises kept" if fine else "A PROMISE WAS BROKEN")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())

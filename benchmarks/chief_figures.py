"""A month of a city's alerts as figures: ``python -m benchmarks.chief_figures [--keep FOLDER]``.

42 cameras, 30 days, 3,000 alerts a day, one in thirty an incident with one or two dispatches, in SQLite and, where $NVR_TEST_POSTGRESQL or the machine's own
server answers, in PostgreSQL. Peer: the same figures out of whole alert records, as lists on screens are read. Medians of five.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psycopg

from alerts.desk import Desk
from alerts.figures import AlertTimes, Figures, figures
from alerts.records import Alert, AlertOutcome, AlertState, Dispatch, DispatchState, Incident, IncidentState
from alerts.rows import alert_of, row_of
from nvr.catalogue import alert_rows, incident_rows
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SystemClock
from nvr.config import Config
from nvr.config.loader import parse_config

CAMERAS, DAYS, ALERTS_A_DAY, ONE_IN = 42, 30, 3000, 30
RUNS = 5
TYPES = ("ORD-GRESCA", "ORD-LICOR", "TRA-ACCIDENTE", "PER-AGRESION", "ORD-SOSPECHOSA")
SECTORS = ("Centro", "San Sebastián", "La Merced")


def config() -> Config:
    """The site."""
    entries = "\n".join(
        f"  - {{id: cam{number:02d}, number: {number}, name: Esquina {number}, sector: {SECTORS[number % 3]}, main: {{url: 'rtsp://h/{number}'}}}}"
        for number in range(1, CAMERAS + 1)
    )
    return parse_config(f"version: 1\ncameras:\n{entries}\n", "cameras.yaml")


def month(end_wall_ns: int) -> Iterator[tuple[Alert, Incident | None]]:
    """Alerts in the order of time, each with the incident that came of it."""
    rng = np.random.default_rng(5)
    count = DAYS * ALERTS_A_DAY
    times_ns = np.sort(end_wall_ns - rng.integers(0, DAYS * 86_400 * NS_PER_S, count))
    # Evenings are busier: of quiet hours (UTC 7 to 13: night in Lima) two in three are left out.
    for index, at_ns in enumerate(int(each) for each in times_ns):
        camera = f"cam{1 + int(rng.zipf(1.4)) % CAMERAS:02d}"
        if 7 <= at_ns // (3600 * NS_PER_S) % 24 < 13 and rng.random() < 0.6:
            continue
        priority = int(rng.choice([1, 2, 3], p=[0.05, 0.15, 0.8]))
        taken_ns = at_ns + int(rng.lognormal(2.2, 0.8) * NS_PER_S)
        becomes = index % ONE_IN == 0
        outcome = (
            AlertOutcome.INCIDENT if becomes else AlertOutcome(rng.choice(["false_alarm", "no_action", "duplicate"]))
        )
        incident_id = f"i{index:07d}" if becomes else None
        alert = Alert(
            f"a{index:07d}", camera, "zona", priority, AlertState.CLOSED, at_ns - NS_PER_S // 2, at_ns, at_ns, at_ns, ongoing=False, score=0.2,
            box=(0.1, 0.1, 0.2, 0.2), snapshot="", count=1, owner_id="u1", owner_name="Operador 1", taken_wall_ns=taken_ns,
            closed_wall_ns=taken_ns + 30 * NS_PER_S, outcome=outcome, incident_id=incident_id, cameras=(camera,),
        )  # fmt: skip
        yield alert, None if incident_id is None else _incident(rng, alert, incident_id, taken_ns)


def _incident(rng: np.random.Generator, alert: Alert, incident_id: str, taken_ns: int) -> Incident:
    opened_ns = taken_ns + int(rng.lognormal(3.2, 0.6) * NS_PER_S)
    agencies = ("serenazgo", "pnp") if rng.random() < 0.3 else ("serenazgo",)
    sent = []
    for agency in agencies:
        received_ns = opened_ns + int(rng.lognormal(3.4, 0.5) * NS_PER_S)
        scene_ns = received_ns + int(rng.lognormal(5.6, 0.5) * NS_PER_S)
        times = {
            DispatchState.RECEIVED: received_ns, DispatchState.EN_ROUTE: received_ns + NS_PER_S,
            DispatchState.ON_SCENE: scene_ns, DispatchState.CLOSED: scene_ns + 600 * NS_PER_S,
        }  # fmt: skip
        sent.append(
            Dispatch(
                f"{incident_id}-{agency}",
                incident_id,
                alert.camera_id,
                agency,
                DispatchState.CLOSED,
                "",
                "Operador 1",
                opened_ns,
                times,
            )
        )
    kind = str(rng.choice(TYPES))
    return Incident(
        incident_id, f"N-{incident_id}", IncidentState.CLOSED, alert.camera_id, kind, alert.priority, "", alert.started_wall_ns, opened_ns,
        "Operador 1", opened_ns + 1800 * NS_PER_S, tuple(sent),
    )  # fmt: skip


def fill(catalogue: Catalogue, end_wall_ns: int) -> int:
    """Store the month; how many alerts it has."""
    count = 0
    with catalogue.write() as tx:
        for alert, incident in month(end_wall_ns):
            if incident is not None:
                row = row_of(incident)
                incident_rows.store_incident(tx, row, (incident.occurred_wall_ns, incident.created_wall_ns))
                for dispatch in row["dispatches"]:
                    key = dispatch["dispatch_id"]
                    incident_rows.store_dispatch(tx, dispatch, sender_id="u1", idempotency_key=key)
            alert_rows.store(tx, row_of(alert))
            count += 1
    return count


def measure(name: str, catalogue: Catalogue, made_of: Config, end_wall_ns: int) -> None:
    """Print a row of the table."""
    desk = Desk(catalogue, made_of, SystemClock())
    first_ns = end_wall_ns - DAYS * 86_400 * NS_PER_S
    sectors = {camera.id: camera.sector for camera in made_of.cameras if camera.sector}

    def reckon(read: Callable[[], list[AlertTimes]]) -> Figures:
        incidents = desk.incidents_between(first_ns, end_wall_ns + 1)
        return figures(read(), incidents, sectors=sectors, hours=made_of.shifts, timezone=made_of.timezone)

    def ours() -> list[AlertTimes]:
        return desk.alert_times_between(first_ns, end_wall_ns + 1)

    def peer() -> list[AlertTimes]:
        with catalogue.read() as tx:
            found = [alert_of(row) for row in alert_rows.closed(tx, 1_000_000)]
        return [
            AlertTimes(a.camera_id, a.priority, a.started_wall_ns, a.created_wall_ns, None, a.taken_wall_ns, a.outcome, a.incident_id)
            for a in found
        ]  # fmt: skip

    took: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(RUNS):
        for kind, read in (("ours", ours), ("peer", peer)):
            started = time.perf_counter()
            reckon(read)
            took[kind].append(time.perf_counter() - started)
    mine, other = (statistics.median(took[kind]) for kind in ("ours", "peer"))
    print(
        f"| {name} | {mine:.2f} s (at most {max(took['ours']):.2f}) | {other:.2f} s | {mine / other:.2f} |", flush=True
    )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, default=None, help="leave the SQLite catalogue in this folder")
    keep: Path | None = parser.parse_args().keep
    end_wall_ns, made_of = time.time_ns(), config()
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite")
        count = fill(catalogue, end_wall_ns)
        print(f"{count} alerts\n\n| catalogue | figures of a month | out of whole records | ratio |\n|---|---|---|---|")
        measure("SQLite", catalogue, made_of, end_wall_ns)
        catalogue.close()
    url = os.environ.get("NVR_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
    try:
        server = psycopg.connect(url.replace("+psycopg", ""), autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        print(f"no PostgreSQL: {error}", file=sys.stderr)
        return
    schema = f"bench_{secrets.token_hex(6)}"
    with server:
        server.execute(f"CREATE SCHEMA {schema}")
        try:
            catalogue = Catalogue(f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}")
            fill(catalogue, end_wall_ns)
            measure("PostgreSQL", catalogue, made_of, end_wall_ns)
            catalogue.close()
        finally:
            server.execute(f"DROP SCHEMA {schema} CASCADE")


if __name__ == "__main__":
    main()

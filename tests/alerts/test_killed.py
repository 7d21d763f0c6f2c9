"""kill -9 between any two statements: what was acknowledged is there, nothing is there by halves, each fact counts once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from alerts.desk import Desk
from alerts.intake import Intake
from alerts.lifecycle import DISPATCH_ORDER
from alerts.records import AlertState, DispatchState, IncidentState
from nvr.catalogue import audit, changes, incident_rows, movements, segments
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.journal import JournalWriter, Position, read_journal
from nvr.media import StreamKind
from nvr.observations import Fact
from tests.alerts import doomed
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import at, config, ended, gap, segment_closed, segment_opened, started, state

_ROUNDS = 6


def _run(part: str, url: str, journal: Path, seed: int, fatal: int) -> tuple[int, list[list[str]]]:
    arguments = [part, url, str(journal), str(seed), str(fatal)]
    done = subprocess.run(
        [sys.executable, doomed.__file__, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.stderr, done.stderr
    return done.returncode, [line.split(" ", 2) for line in done.stdout.splitlines()]


def killed_desk(url: str, folder: Path, seed: int, fatal: int) -> list[list[str]]:
    """What a process acknowledged before it killed itself."""
    code, lines = _run("desk", url, folder, seed, fatal)
    assert code == -signal.SIGKILL
    return lines


def test_nothing_acknowledged_at_the_desk_is_lost(url: str, tmp_path: Path, catalogue: Catalogue) -> None:
    dice = random.Random()
    facts = [
        (started(f"m{number}", number * 200, camera_id=f"cam0{1 + number % 4}"), Position("1", 1))
        for number in range(60)
    ]
    Intake(catalogue, config(), SimulatedClock()).take_up("w0", facts)
    acknowledged: list[list[str]] = []
    for seed in range(_ROUNDS):
        acknowledged += killed_desk(url, tmp_path, seed, dice.randrange(30, 700))
        assert_consistent(catalogue)
        all_there(catalogue, acknowledged)
    assert len(acknowledged) > 2 * _ROUNDS


def all_there(catalogue: Catalogue, acknowledged: list[list[str]]) -> None:
    """Everything that was acknowledged stands in the catalogue."""
    desk = Desk(catalogue, config(), SimulatedClock())
    alerts = {alert.alert_id: alert for alert in desk.alerts(list(AlertState), 1000)[1]}
    incidents = {each.number: desk.incident(each.incident_id) for each in desk.incidents(list(IncidentState), 1000)[1]}
    by_id = {incident.incident_id: incident for incident in incidents.values()}
    dispatches = {each.dispatch_id: each for each in desk.dispatches(list(DispatchState), None, 1000)[1]}
    with catalogue.read() as tx:
        for what, *rest in acknowledged:
            match what, rest:
                case "taken", [alert_id]:
                    assert alerts[alert_id].state is not AlertState.NEW
                case "closed", [alert_id]:
                    assert alerts[alert_id].state is AlertState.CLOSED
                case "sent", [user_id, key_and_number]:
                    key, number = key_and_number.split()
                    row = incident_rows.find_sent(tx, user_id, key)
                    assert row is not None
                    assert row["incident_id"] == incidents[number].incident_id
                case "opened", [number]:
                    assert number in incidents
                case "ended", [number]:
                    assert incidents[number].state is IncidentState.CLOSED
                case "advanced", [dispatch_id, to]:
                    reached = DISPATCH_ORDER.index(dispatches[dispatch_id].state)
                    assert reached >= DISPATCH_ORDER.index(DispatchState(to))
                case "noted", [incident_id, text]:
                    assert sum(entry.detail.get("text") == text for entry in by_id[incident_id].timeline) == 1
                case _:
                    raise AssertionError(f"unknown acknowledgement {what} {rest}")


def _facts() -> list[Fact]:
    """Two hundred facts, their repeats left out."""
    facts: list[Fact] = []
    for number in range(20):
        start_s = number * 60
        facts += [segment_opened(f"s{number}", start_s), segment_closed(f"s{number}", start_s, start_s + 59)]
        facts += [
            gap(f"g{number}", start_s + 59, start_s + 60),
            state(f"o{number}", ("offline", "online")[number % 2], start_s),
        ]
        for camera in range(1, 4):
            name, at_s = f"m{number}-{camera}", start_s + camera * number % 50
            facts += [
                started(name, at_s, camera_id=f"cam0{camera}"),
                ended(name, at_s, at_s + 7, camera_id=f"cam0{camera}"),
            ]
    return facts


def _picture(catalogue: Catalogue) -> dict[str, object]:
    """All that the facts made, without the ids and times of storing."""
    desk = Desk(catalogue, config(), SimulatedClock())
    with catalogue.read() as tx:
        told = changes.changes_after(tx, 0, limit=10_000)
        return {
            "segments": segments.covering(tx, "cam01", StreamKind.MAIN, at(-10), at(10_000)),
            "gaps": segments.gaps(tx, "cam01", at(-10), at(10_000)),
            "movements": [
                (each.observation_id, each.start_wall_ns, each.end_wall_ns, each.score)
                for camera in range(1, 5)
                for each in movements.movements(tx, f"cam0{camera}", at(-10), at(10_000))
            ],
            "alerts": sorted(
                (each.camera_id, each.started_wall_ns, each.last_wall_ns, each.count, each.ongoing)
                for each in desk.alerts(list(AlertState), 1000)[1]
            ),
            "changes": [
                (change.kind, change.camera_id, change.body.get("count"), change.body.get("state")) for change in told
            ],
            "audit": audit.verify(tx).first_bad_id,
        }


def test_a_journal_is_taken_up_exactly_once(url: str, tmp_path: Path, catalogue: Catalogue) -> None:
    journal = tmp_path / "journal"
    with JournalWriter(journal) as writer:
        for fact in _facts():
            writer.append(fact)
    # What a writer leaves behind that is killed in the middle of a line.
    with next(journal.glob("*.journal")).open("ab") as file:
        file.write(b'0badc0de {"type":"gap_closed","gap_id":"torn')
    reference = Catalogue(f"sqlite:///{tmp_path}/reference.sqlite3")
    whole = list(read_journal(journal, Position(), 100_000))
    assert len(whole) == len(_facts())
    Intake(reference, config(), SimulatedClock()).take_up("w0", whole)
    dice, finished, killed = random.Random(), False, 0
    for seed in range(60):
        fatal = 0 if killed >= _ROUNDS else dice.randrange(20, 900)
        code, lines = _run("intake", url, journal, seed, fatal)
        killed += code == -signal.SIGKILL
        finished = ["finished"] in lines
        stored = Intake(catalogue, config(), SimulatedClock()).position("w0")
        positions = [int(line[1]) for line in lines if line[0] == "position"]
        assert not positions or stored.offset_bytes >= positions[-1], "an acknowledged batch is gone"
        assert_consistent(catalogue)
        if finished:
            break
    assert finished
    assert killed >= 2, "nothing was tested"
    assert _picture(catalogue) == _picture(reference)
    reference.close()

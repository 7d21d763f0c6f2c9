"""A process that works at the desk, or takes up a journal, and kills itself with SIGKILL between two statements.

Run as a program: ``doomed.py desk|intake URL JOURNAL SEED FATAL``. FATAL is the number of the statement (BEGIN and COMMIT count too)
that it does not live to send; odd ones die just after sending it. What it was told is done, it acknowledges on standard output, a line each.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from alerts.desk import Desk
from alerts.intake import Intake
from alerts.records import Actor, AlertOutcome, AlertState, DispatchResult, DispatchState, IncidentState
from alerts.results import Closing
from nvr.catalogue.engine import Catalogue
from nvr.clock import SystemClock
from nvr.config.agencies import PNP, SERENAZGO
from nvr.errors import Conflict, IllegalStep
from nvr.journal import read_journal
from tests.alerts.facts import config


class Fuse:
    """Counts statements and burns down at one of them."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal
        self._after = bool(fatal % 2)
        event.listen(Engine, "before_cursor_execute", self.before)
        event.listen(Engine, "after_cursor_execute", self.after)
        event.listen(Engine, "commit", self.commit)

    def before(self, *_: Any) -> None:
        """Before a statement is sent."""
        self._left -= 1
        if self._left <= 0 and not self._after:
            _die()

    def after(self, *_: Any) -> None:
        """After its answer."""
        if self._left <= 0 and self._after:
            _die()

    def commit(self, *_: Any) -> None:
        """Just before COMMIT is sent."""
        self.before()


def _die() -> None:
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def acknowledge(*words: object) -> None:
    """Say that something is done."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def work_at_desk(desk: Desk, dice: random.Random) -> None:
    """Press buttons at random until the fuse burns down."""
    people = [Actor(f"u{number}", f"Operador {number}", f"Puesto {number}") for number in range(3)]
    while True:
        person = dice.choice(people)
        try:
            _press(desk, dice, person)
        except (Conflict, IllegalStep):
            continue


def _press(desk: Desk, dice: random.Random, person: Actor) -> None:
    alerts = desk.alerts([AlertState.NEW, AlertState.TAKEN], 50)[1]
    incidents = desk.incidents([IncidentState.OPEN], 50)[1]
    match dice.randrange(7):
        case 0 if alerts:
            alert = desk.take(dice.choice(alerts).alert_id, person)
            acknowledge("taken", alert.alert_id)
        case 1 if alerts:
            key = f"key-{dice.randrange(10**12)}"
            incident = desk.dispatch_alert(
                dice.choice(alerts).alert_id,
                person,
                dice.choice([PNP, SERENAZGO]),
                "PAT-ROBO",
                1,
                "n",
                key,
                any_owner=True,
            )
            acknowledge("sent", person.user_id, key, incident.number)
        case 2 if alerts and dice.random() < 0.3:
            alert = desk.close_alert(dice.choice(alerts).alert_id, person, AlertOutcome.NO_ACTION, "", any_owner=True)
            acknowledge("closed", alert.alert_id)
        case 3:
            acknowledge("opened", desk.open_incident("cam01", 1, "MUN-OTROS", 3, "", person).number)
        case 4 if incidents and incidents[0].dispatches:
            dispatch = dice.choice(incidents[0].dispatches)
            to = dice.choice(list(DispatchState))
            closing = Closing(DispatchResult.ATTENDED) if to is DispatchState.CLOSED else None
            now = desk.advance(dispatch.dispatch_id, person, to, closing=closing)
            acknowledge("advanced", now.dispatch_id, now.state.value)
        case 5 if incidents:
            text = f"nota {dice.randrange(10**12)}"
            acknowledge("noted", desk.add_note(dice.choice(incidents).incident_id, person, text).incident_id, text)
        case 6 if incidents and dice.random() < 0.3:
            acknowledge("ended", desk.close_incident(incidents[-1].incident_id, person, "").number)


def take_up(intake: Intake, journal: Path, batch: int) -> None:
    """Take up a whole journal, some facts at a time."""
    while facts := list(read_journal(journal, intake.position("w0"), batch)):
        intake.take_up("w0", facts)
        acknowledge("position", facts[-1][1].offset_bytes)
    acknowledge("finished")


def main() -> None:
    """See the module."""
    part, url, journal, seed, fatal = sys.argv[1:]
    catalogue = Catalogue(url)
    if int(fatal):
        Fuse(int(fatal))
    if part == "desk":
        work_at_desk(Desk(catalogue, config(), SystemClock()), random.Random(int(seed)))
    take_up(Intake(catalogue, config(), SystemClock()), Path(journal), 1 + int(seed) % 13)


if __name__ == "__main__":
    main()

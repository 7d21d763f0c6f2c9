"""No dispatch without a person: whatever happens in the room, each one was sent by somebody who has the right to (Ley 29733 art. 23)."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts.desk import Desk
from alerts.dispatch_desk import VoiceCall
from alerts.intake import Intake
from alerts.ledger import SYSTEM, Ledger
from alerts.records import Actor, AlertState, Dispatch, DispatchResult, DispatchState
from alerts.results import Closing
from console_web.access import MAY, Action
from nvr.catalogue import users
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.tables import dispatches
from nvr.catalogue.users import Role, User
from nvr.clock import SimulatedClock
from nvr.config import PNP, SERENAZGO
from nvr.errors import Conflict, IllegalStep
from nvr.journal import Position
from tests.alerts.facts import T0, config, ended, started

ROLES = (Role.OPERATOR, Role.SUPERVISOR)
ROOT = Path(__file__).parents[2]


class Room(RuleBasedStateMachine):
    """Movements, shifts of time with leases, escalation and deadlines, restarts, and now and then a person who sends somebody."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = SimulatedClock()
        self.facts, self.sent = 0, set[str]()
        self.open()
        with self.catalogue.write() as tx:
            for role in ROLES:
                users.create(tx, User(role.value, role.value, role.value, role, None, None, "x", True, False))

    def open(self) -> None:
        self.catalogue = Catalogue(f"sqlite:///{self.folder.name}/catalogue.sqlite3", self.clock)
        self.desk = Desk(self.catalogue, config(), self.clock)
        self.intake = Intake(self.catalogue, config(), self.clock)

    def teardown(self) -> None:
        if hasattr(self, "catalogue"):
            self.catalogue.close()
            self.folder.cleanup()

    @rule(camera=st.integers(1, 4), zone=st.sampled_from(["puerta", "calle"]))
    def movement(self, camera: int, zone: str) -> None:
        self.facts += 1
        name, start_s = f"m{self.facts}", (self.clock.wall_ns() - T0) / 1e9
        facts = [
            started(name, start_s, camera_id=f"cam{camera:02d}", zone=zone),
            ended(name, start_s, start_s + 1, camera_id=f"cam{camera:02d}", zone=zone),
        ]
        self.intake.take_up("w0", [(fact, Position("1", self.facts * 10 + n)) for n, fact in enumerate(facts)])

    @rule(seconds=st.sampled_from([1, 20, 45, 61, 130, 700]))
    def time_goes_on(self, seconds: int) -> None:
        """Leases run out, alerts and dispatches escalate, steps turn late."""
        self.clock.advance(seconds=seconds)
        self.desk.tick()

    @rule()
    def restart(self) -> None:
        self.catalogue.close()
        self.open()
        self.desk.tick()

    @rule(role=st.sampled_from(ROLES), agency=st.sampled_from([PNP, SERENAZGO]), pick=st.integers(0, 50))
    def somebody_sends(self, role: Role, agency: str, pick: int) -> None:
        alerts = self.desk.alerts([AlertState.NEW, AlertState.TAKEN], 50)[1]
        if not alerts:
            return
        key, before = f"key-{self.facts}-{len(self.sent)}-{role.value}", self.ids()
        chosen = alerts[pick % len(alerts)]
        try:
            self.desk.dispatch_alert(
                chosen.alert_id, Actor(role.value, role.value, "T"), agency, "PAT-ROBO", 1, "", key, any_owner=True
            )
        except (Conflict, IllegalStep):
            assert self.ids() == before
            return
        self.sent |= self.ids() - before

    @rule(pick=st.integers(0, 50), to=st.sampled_from(list(DispatchState)))
    def somebody_answers(self, pick: int, to: DispatchState) -> None:
        self.on_one(
            pick,
            lambda each, who: self.desk.advance(
                each.dispatch_id, who, to, "", Closing(DispatchResult.ATTENDED) if to is DispatchState.CLOSED else None
            ),
        )

    @rule(pick=st.integers(0, 50), answered=st.booleans())
    def somebody_calls(self, pick: int, answered: bool) -> None:
        call = VoiceCall(answered, "Sgto. Díaz", "Jr. 1, robo")
        self.on_one(pick, lambda each, who: self.desk.call_back(each.dispatch_id, who, call))

    def on_one(self, pick: int, act: Callable[[Dispatch, Actor], object]) -> None:
        found = self.desk.dispatches(list(DispatchState), None, 100)[1]
        if found:
            try:
                act(found[pick % len(found)], Actor(Role.OPERATOR.value, "Ana", "T"))
            except (Conflict, IllegalStep):
                return

    def ids(self) -> set[str]:
        return {each.dispatch_id for each in self.desk.dispatches(list(DispatchState), None, 1000)[1]}

    @invariant()
    def each_dispatch_has_a_person_with_the_right(self) -> None:
        if not hasattr(self, "catalogue"):
            return
        with self.catalogue.read() as tx:
            rows = tx.connection.execute(sa.select(dispatches.c.dispatch_id, dispatches.c.sender_id)).all()
            for _, sender_id in rows:
                sender = users.find(tx, sender_id)
                assert sender is not None, f"{sender_id} is nobody"
                assert Action.WORK_ALERTS in MAY[sender.role]
        assert {row[0] for row in rows} == self.sent, "one came into being without somebody sending it"


Room.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRoom = Room.TestCase


def test_the_system_itself_can_not_send(catalogue: Catalogue) -> None:
    """Even code that tried would be refused by the only writer that there is."""
    order = Dispatch("d1", "i1", "cam01", PNP, DispatchState.SENT, "", "x", T0, {DispatchState.SENT: T0})
    for nobody in (SYSTEM, Actor("", "nadie", "")):
        with pytest.raises(IllegalStep, match="una persona"), catalogue.write() as tx:
            Ledger(tx, nobody, T0).new_dispatch(order, "key-00000001")


def test_one_path_leads_to_a_dispatch_and_a_person_stands_at_its_beginning() -> None:
    """The row is written in one place, called from one place; nothing that runs by itself calls it."""
    callers: dict[str, set[str]] = {"store_dispatch": set(), "new_dispatch": set(), "_send": set()}
    for package in ("nvr", "alerts", "console_web", "analytics", "ingest"):
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in callers:
                    owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                    if node.func.attr != "store_dispatch" or owner == "incident_rows":
                        callers[node.func.attr].add(str(path.relative_to(ROOT)))
    assert callers["store_dispatch"] == {"alerts/ledger.py"}
    assert callers["new_dispatch"] == {"alerts/incident_desk.py"}
    assert "alerts/incident_desk.py" in callers["_send"]
    assert not callers["_send"] & {
        "alerts/watch.py",
        "alerts/intake.py",
        "alerts/deadline_watch.py",
        "alerts/routing.py",
    }

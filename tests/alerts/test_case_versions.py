"""Random walks of two operators and a supervisor over one incident's versions, persons and steps, against a model."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alerts.amendments import Amendment
from alerts.desk import Desk
from alerts.persons import PersonRole, PersonWords, newest
from alerts.procedures import procedure_of
from alerts.records import Actor, IncidentState, StepState
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.errors import Conflict, IllegalStep, InvalidInput
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, JEFA, LUIS, config

Words = dict[str, object]
writer_st = st.sampled_from([ANA, LUIS, JEFA])
amendment_st = st.builds(
    Amendment,
    type_code=st.sampled_from([None, "PAT-ROBO", "PAT-HURTO", "EME-INCENDIO"]),
    priority=st.sampled_from([None, 1, 2, 3]),
    address=st.sampled_from([None, "", "Jr. Loreto"]),
    note=st.sampled_from([None, "", "una nota"]),
)
reason_st = st.sampled_from(["", "porque se vio"])


class OneIncident(RuleBasedStateMachine):
    """The model: a list of versions, one of each person, the ticked steps, and whether it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = SimulatedClock()
        self.catalogue = Catalogue(f"sqlite:///{Path(self.folder.name)}/c.sqlite3", self.clock)
        self.desk = Desk(self.catalogue, config(), self.clock)
        opened = self.desk.open_incident("cam01", self.clock.wall_ns(), "PAT-HURTO", 2, "", ANA)
        self.id = opened.incident_id
        self.closed = False
        self.versions: list[Words] = [{"type_code": "PAT-HURTO", "priority": 2, "address": "", "note": ""}]
        self.people: list[list[str]] = []
        self.ticked: dict[str, StepState] = {}
        self.keys = 0

    def teardown(self) -> None:
        assert_consistent(self.catalogue)
        self.catalogue.close()
        self.folder.cleanup()

    def refused(self, person: Actor) -> bool:
        return self.closed and person is not JEFA

    @rule(person=writer_st, words=amendment_st, back=st.integers(0, 2), reason=reason_st)
    def amend(self, person: Actor, words: Amendment, back: int, reason: str) -> None:
        """From what he saw, which may be old."""
        base = max(1, len(self.versions) - back)
        now = self.versions[-1]
        wanted = now | {name: value for name in now if (value := getattr(words, name)) is not None}
        changed = {name for name in now if wanted[name] != now[name]}
        self.clock.advance(seconds=1)
        try:
            after = self.desk.amend_incident(self.id, person, base, words, reason, senior=person is JEFA)
        except IllegalStep:
            assert self.refused(person)
            return
        except Conflict:
            assert changed
            assert base < len(self.versions)
            return
        except InvalidInput:
            assert not reason
            assert self.closed or changed & {"type_code", "priority"}
            return
        assert not self.refused(person)
        if changed:
            assert base == len(self.versions), "an old version was amended"
            assert reason or not (self.closed or changed & {"type_code", "priority"})
            self.versions.append(wanted)
        assert after.version == len(self.versions)

    @rule(person=writer_st, reason=reason_st, name=st.sampled_from(["Rosa", "Juan"]))
    def add(self, person: Actor, reason: str, name: str) -> None:
        self.keys += 1
        self.clock.advance(seconds=1)  # ids sort by it
        words = PersonWords(PersonRole.WITNESS, name)
        try:
            for _ in range(2):
                self.desk.add_person(self.id, person, words, f"key-{self.keys:08d}", reason, senior=person is JEFA)
        except IllegalStep:
            assert self.refused(person)
        except InvalidInput:
            assert self.closed
            assert not reason
        else:
            self.people.append([name])

    @precondition(lambda self: self.people)
    @rule(data=st.data(), person=writer_st, back=st.integers(0, 1), name=st.sampled_from(["Rosa", "Juan", "Luz"]))
    def change(self, data: st.DataObject, person: Actor, back: int, name: str) -> None:
        index = data.draw(st.integers(0, len(self.people) - 1))
        mine = self.people[index]
        known = newest(self.desk.persons(self.id))[index]
        base = max(1, len(mine) - back)
        try:
            self.desk.change_person(
                self.id,
                known.person_id,
                person,
                base,
                PersonWords(PersonRole.WITNESS, name),
                "dijo",
                senior=person is JEFA,
            )
        except IllegalStep:
            assert self.refused(person)
        except Conflict:
            assert base < len(mine)
        else:
            if name != mine[-1]:
                assert base == len(mine)
                mine.append(name)

    @rule(
        person=writer_st, step=st.sampled_from(["lugar", "pnp", "bomberos"]), state=st.sampled_from([None, *StepState])
    )
    def tick(self, person: Actor, step: str, state: StepState | None) -> None:
        try:
            self.desk.tick_step(self.id, person, step, state, "así fue")
        except IllegalStep:
            assert self.closed
            return
        except InvalidInput:
            assert step not in {each.asked.code for each in procedure_of(self.desk.incident(self.id))}
            return
        assert not self.closed
        if state is None:
            self.ticked.pop(step, None)
        else:
            self.ticked[step] = state

    @rule(person=writer_st)
    def close(self, person: Actor) -> None:
        try:
            self.desk.close_incident(self.id, person, "")
        except IllegalStep:
            assert self.closed
        self.closed = True

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        incident = self.desk.incident(self.id)
        stored = self.desk.versions(self.id)
        assert [each.version for each in stored] == list(range(1, len(self.versions) + 1)), "versions have a gap"
        names = self.versions[0]
        assert [{name: getattr(each, name) for name in names} for each in stored] == self.versions, (
            "one was overwritten"
        )
        assert {name: getattr(incident, name) for name in names} == self.versions[-1]
        assert incident.version == len(self.versions)
        assert (incident.state is IncidentState.CLOSED) == self.closed
        assert {each.step: each.state for each in incident.steps} == self.ticked
        persons = self.desk.persons(self.id)
        assert [each.name for each in newest(persons)] == [each[-1] for each in self.people]
        assert sorted(each.name for each in persons) == sorted(name for each in self.people for name in each)


OneIncident.TestCase.settings = settings(max_examples=12, stateful_step_count=18, deadline=None)
TestOneIncident = OneIncident.TestCase

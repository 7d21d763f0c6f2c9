"""Words that name somebody are struck out of an incident: everywhere, for ever, by somebody else than who wrote them; and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from alerts.amendments import Amendment
from alerts.calls import Call, CallOrigin
from alerts.desk import Desk
from alerts.handover import Handover, HandoverState, Item, ItemKind
from alerts.holds import Holds
from alerts.persons import DocumentKind, PersonRole, PersonWords
from alerts.records import Actor, Incident
from alerts.strikes import striker, struck_handover
from nvr.catalogue import audit, changes, hold_rows
from nvr.catalogue.columns import METADATA
from nvr.catalogue.engine import Catalogue
from nvr.catalogue.hold_rows import HoldRow
from nvr.catalogue.strike_rows import STRUCK
from nvr.catalogue.tables import timeline
from nvr.clock import NS_PER_S, SimulatedClock
from nvr.errors import CatalogueError, IllegalStep, InvalidInput, NotFound
from tests.alerts.consistency import assert_consistent
from tests.alerts.facts import ANA, JEFA, LUIS, config

NAME = "Rosa Quispe"


@pytest.fixture
def desk(catalogue: Catalogue, clock: SimulatedClock) -> Desk:
    clock.advance(seconds=1)
    return Desk(catalogue, config(), clock)


def everything(catalogue: Catalogue) -> dict[str, str]:
    """All that the database holds, by table."""
    with catalogue.read() as tx:
        return {
            table.name: json.dumps(
                [list(row) for row in tx.connection.execute(sa.select(table))], ensure_ascii=False, default=str
            )
            for table in METADATA.sorted_tables
        }


def places(catalogue: Catalogue) -> dict[str, int]:
    """How often she is named, by table."""
    return {table: text.count(NAME) for table, text in everything(catalogue).items() if NAME in text}


def named_everywhere(desk: Desk, clock: SimulatedClock) -> Incident:
    """An incident of which everything that people may write names her."""
    call = Call(CallOrigin("105"), NAME, "976 111 222", f"casa de {NAME}", "", None, f"llama {NAME}")
    first = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, f"dice ser {NAME}", ANA, call)
    incident_id = first.incident_id
    desk.amend_incident(incident_id, LUIS, 1, Amendment(address=f"casa de {NAME}", priority=1), f"lo pidió {NAME}")
    desk.add_camera(incident_id, LUIS, "cam02", f"{NAME} huyó por ahí")
    witness = PersonWords(PersonRole.WITNESS, NAME, DocumentKind.DNI, "44556677", "976 123 456", f"soy {NAME}")
    desk.add_person(incident_id, LUIS, witness, "clave-0001")
    desk.add_note(incident_id, LUIS, f"ROSA  QUISPE y su hija Rosaura Quispe; Rosa\nQuispe, otra vez {NAME}.")
    desk.dispatch_incident(incident_id, LUIS, "serenazgo", f"pregunte por {NAME}", "clave-0002")
    return desk.incident(incident_id)


def test_words_are_struck_wherever_they_stand_and_that_they_were_stays(
    desk: Desk, clock: SimulatedClock, catalogue: Catalogue
) -> None:
    before = named_everywhere(desk, clock)
    assert set(places(catalogue)) >= {
        "callers", "changes", "dispatches", "incident_cameras", "incident_persons", "incident_versions", "incidents", "timeline",
    }  # fmt: skip
    after = desk.strike_words(before.incident_id, JEFA, "rosa  QUISPE", f"lo pidió {NAME}: no tuvo que ver")
    (note,) = (entry for entry in after.timeline if entry.kind == "note")
    assert note.detail["text"] == f"{STRUCK} y su hija Rosaura Quispe; {STRUCK}, otra vez {STRUCK}."
    assert (after.note, after.address) == (f"dice ser {STRUCK}", f"casa de {STRUCK}")
    assert [person.words.name for person in desk.persons(before.incident_id)] == [STRUCK]
    last = after.timeline[-1]
    assert (last.kind, last.actor, last.detail) == (
        "words_struck",
        JEFA.name,
        {"note": f"lo pidió {STRUCK}: no tuvo que ver"},
    )
    assert [entry.entry_id for entry in after.timeline[:-1]] == [entry.entry_id for entry in before.timeline]
    assert [(entry.actor, entry.kind, entry.wall_ns) for entry in after.timeline[:-1]] == [
        (entry.actor, entry.kind, entry.wall_ns) for entry in before.timeline
    ]
    with catalogue.read() as tx:
        (record,) = (each for each in audit.read(tx, 100) if each.action == "incident.strike")
    assert (record.actor, record.object) == (JEFA.name, before.incident_id)
    assert_consistent(catalogue)
    with pytest.raises(NotFound, match="no están"):
        desk.strike_words(before.incident_id, JEFA, NAME, "otra vez")


def test_of_another_incident_nothing_is_struck(desk: Desk, clock: SimulatedClock, catalogue: Catalogue) -> None:
    other = desk.open_incident("cam02", clock.wall_ns(), "PAT-HURTO", 2, f"otra: {NAME}", ANA)
    before = places(catalogue)
    one = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, NAME, ANA)
    desk.strike_words(one.incident_id, JEFA, NAME, "no tuvo que ver")
    assert places(catalogue) == before
    assert desk.incident(other.incident_id).note == f"otra: {NAME}"


def test_nobody_strikes_what_he_wrote_himself(desk: Desk, clock: SimulatedClock, catalogue: Catalogue) -> None:
    incident = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, "", ANA)
    desk.add_note(incident.incident_id, JEFA, f"fue {NAME}")
    before = everything(catalogue)
    with pytest.raises(IllegalStep, match="lo escribió usted"):
        desk.strike_words(incident.incident_id, JEFA, NAME, "me equivoqué")
    assert everything(catalogue) == before
    desk.close_incident(incident.incident_id, ANA, f"era {NAME}")
    assert desk.strike_words(incident.incident_id, LUIS, NAME, "no era ella").timeline[-1].kind == "words_struck"
    assert places(catalogue) == {}, "a closed incident's words, and what closed it, in the audit too"


def _amended(desk: Desk, incident: Incident) -> None:
    desk.amend_incident(incident.incident_id, JEFA, 1, Amendment(note=f"fue {NAME}"), "se supo")


def _amended_for_a_reason(desk: Desk, incident: Incident) -> None:
    desk.amend_incident(incident.incident_id, JEFA, 1, Amendment(note="otra cosa"), f"lo dijo {NAME}")


def _person(desk: Desk, incident: Incident) -> None:
    words = PersonWords(PersonRole.WITNESS, NAME, DocumentKind.NONE, "", "", "")
    desk.add_person(incident.incident_id, JEFA, words, "clave-0001")


def _person_then_changed_by_another(desk: Desk, incident: Incident) -> None:
    _person(desk, incident)
    (person,) = desk.persons(incident.incident_id)
    words = replace(person.words, statement="no vio nada")
    desk.change_person(incident.incident_id, person.person_id, LUIS, 1, words, "lo dijo")


def _call(desk: Desk, incident: Incident) -> None:
    call = Call(CallOrigin("105"), NAME, "", "Jr. Lima 1", "", None)
    desk.add_call(incident.incident_id, JEFA, call, "clave-0001")


@pytest.mark.parametrize("write", [_amended, _amended_for_a_reason, _person, _person_then_changed_by_another, _call])
def test_nor_what_stands_beside_the_time_line(
    desk: Desk, clock: SimulatedClock, catalogue: Catalogue, write: Callable[[Desk, Incident], None]
) -> None:
    incident = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, "", ANA)
    write(desk, incident)
    before = everything(catalogue)
    with pytest.raises(IllegalStep, match="lo escribió usted"):
        desk.strike_words(incident.incident_id, JEFA, NAME, "me equivoqué")
    assert everything(catalogue) == before
    desk.strike_words(incident.incident_id, ANA, NAME, "no era ella")
    assert places(catalogue) == {}


def test_what_somebody_left_as_it_was_is_not_his(desk: Desk, clock: SimulatedClock, catalogue: Catalogue) -> None:
    """Who corrects one thing repeats the rest of a version: that is still of whoever wrote it."""
    incident = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, f"fue {NAME}", ANA)
    words = PersonWords(PersonRole.WITNESS, NAME, DocumentKind.NONE, "", "", "")
    desk.add_person(incident.incident_id, ANA, words, "clave-0001")
    (person,) = desk.persons(incident.incident_id)
    desk.change_person(incident.incident_id, person.person_id, JEFA, 1, replace(words, phone="976 1"), "lo dio")
    desk.amend_incident(incident.incident_id, JEFA, 1, Amendment(priority=1), "se agravó")
    with pytest.raises(IllegalStep, match="lo escribió usted"):
        desk.strike_words(incident.incident_id, ANA, NAME, "me equivoqué")
    desk.strike_words(incident.incident_id, JEFA, NAME, "no era ella")
    assert places(catalogue) == {}


def _held(desk: Desk, catalogue: Catalogue, clock: SimulatedClock, camera_id: str, actor: Actor) -> HoldRow:
    span = (clock.wall_ns() - 60 * NS_PER_S, clock.wall_ns())
    holds = Holds(catalogue, config(), clock)
    (made,) = holds.place([camera_id], span, f"denuncia de {NAME}", f"oficio de {NAME}", None, actor)
    return made


def test_reasons_of_holds_and_hand_overs_are_struck_too(
    desk: Desk, clock: SimulatedClock, catalogue: Catalogue
) -> None:
    """Those of the case: what another camera, or another hand-over, says of her is another's."""
    holds = Holds(catalogue, config(), clock)
    other = _held(desk, catalogue, clock, "cam03", ANA)
    mine = _held(desk, catalogue, clock, "cam01", ANA)
    before = desk.begin_handover(ANA)
    desk.add_order(before.handover_id, f"si llama {NAME}, al supervisor", ANA)
    incident = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, "", ANA)
    for again in range(2):
        holds.ask_release(mine.hold_id, f"{NAME} desistió, {again}", ANA)
        holds.decide_release(mine.hold_id, LUIS, approve=False)
    holds.ask_release(incident.incident_id, f"{NAME} desistió", LUIS)
    desk.begin_handover(ANA)
    signed = desk.sign_handover(before.handover_id, ANA)
    for item in signed.items:
        desk.accept_item(signed.handover_id, item.item_id, f"conforme, {NAME} avisada", LUIS)
    with catalogue.read() as tx:
        asked = hold_rows.find(tx, mine.hold_id)
        told = changes.last_seq(tx)
    assert asked is not None
    assert asked.asked_reason == f"{NAME} desistió, 1\nAntes ({ANA.name}): {NAME} desistió, 0"
    desk.strike_words(incident.incident_id, JEFA, NAME, "no tuvo que ver")
    left = everything(catalogue)
    assert places(catalogue) == {"holds": 2, "handovers": 2, "changes": left["changes"].count(NAME)}
    with catalogue.read() as tx:
        (kept,) = (hold for hold in hold_rows.every(tx) if NAME in hold.reason + hold.authority + hold.asked_reason)
        struck = hold_rows.find(tx, mine.hold_id)
        newest = [change for change in changes.changes_after(tx, told, 100) if change.kind == "handover"]
    assert kept.hold_id == other.hold_id
    assert struck is not None
    assert (struck.reason, struck.authority) == (f"denuncia de {STRUCK}", f"oficio de {STRUCK}")
    assert struck.asked_reason == f"{STRUCK} desistió, 1\nAntes ({ANA.name}): {STRUCK} desistió, 0"
    after = desk.handover(signed.handover_id)
    assert [(item.item_id, item.accepted_by) for item in after.items] == [
        (item.item_id, LUIS.name) for item in signed.items
    ]
    named = {item.item_id for item in after.items if NAME in item.reason + item.remark + item.text}
    assert named == {f"h-{other.hold_id}"}
    assert [change.object_id for change in newest] == [signed.handover_id], "screens get it anew"
    with catalogue.read() as tx:
        kept_changes = [
            change
            for change in changes.changes_after(tx, 0, 1000)
            if NAME in json.dumps(change.body, ensure_ascii=False)
        ]
        assert [record.object for record in audit.read(tx, 100) if record.action == "handover.strike"] == [
            signed.handover_id
        ]
    for change in kept_changes:
        assert change.kind == "handover"
        assert {item["item_id"] for item in change.body["items"] if NAME in json.dumps(item, ensure_ascii=False)} == {
            f"h-{other.hold_id}"
        }


def test_orders_of_hand_overs_are_struck_where_the_case_is_handed_over_or_they_name_it() -> None:
    strike, number = striker(NAME, STRUCK), "N-2026-000001"

    def orders(*texts: str, ref: str = "other") -> list[str]:
        items = [Item("x", ItemKind.INCIDENT, ref, f"{number} · {NAME}")]
        items += [Item(text, ItemKind.ORDER, "", text, written_by=ANA.name) for text in texts]
        given = Handover("h", "s1", "s2", HandoverState.ACCEPTED, 1, LUIS.name, tuple(items))
        after, writers = struck_handover(given, {"case"}, number, strike)
        assert writers == ({ANA.name} if after != given else set())
        assert after.items[0] == given.items[0], "numbers and places are ours"
        return [item.text for item in after.items[1:]]

    assert orders(f"si llama {NAME}") == [f"si llama {NAME}"]
    assert orders(f"si llama {NAME}", ref="case") == [f"si llama {STRUCK}"]
    assert orders(f"si llama {NAME} por {number}", f"otra {NAME}") == [
        f"si llama {STRUCK} por {number}",
        f"otra {NAME}",
    ]


def _placed(desk: Desk, catalogue: Catalogue, clock: SimulatedClock, incident: Incident) -> None:
    _held(desk, catalogue, clock, "cam01", JEFA)


def _asked(desk: Desk, catalogue: Catalogue, clock: SimulatedClock, incident: Incident) -> None:
    Holds(catalogue, config(), clock).ask_release(incident.incident_id, f"{NAME} desistió", JEFA)


def _asked_before(desk: Desk, catalogue: Catalogue, clock: SimulatedClock, incident: Incident) -> None:
    holds = Holds(catalogue, config(), clock)
    _asked(desk, catalogue, clock, incident)
    holds.decide_release(incident.incident_id, LUIS, approve=False)
    holds.ask_release(incident.incident_id, "ya se archivó el caso", ANA)


def _ordered(desk: Desk, catalogue: Catalogue, clock: SimulatedClock, incident: Incident) -> None:
    draft = desk.begin_handover(ANA)
    desk.add_order(draft.handover_id, f"si llama {NAME}, avisar", JEFA)


def _remarked(desk: Desk, catalogue: Catalogue, clock: SimulatedClock, incident: Incident) -> None:
    signed = desk.sign_handover(desk.begin_handover(ANA).handover_id, ANA)
    desk.accept_item(signed.handover_id, signed.items[0].item_id, f"{NAME} avisada", JEFA)


@pytest.mark.parametrize("write", [_placed, _asked, _asked_before, _ordered, _remarked])
def test_nobody_strikes_what_he_wrote_there_himself(
    desk: Desk,
    clock: SimulatedClock,
    catalogue: Catalogue,
    write: Callable[[Desk, Catalogue, SimulatedClock, Incident], None],
) -> None:
    incident = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, "", ANA)
    write(desk, catalogue, clock, incident)
    before = everything(catalogue)
    with pytest.raises(IllegalStep, match="lo escribió usted"):
        desk.strike_words(incident.incident_id, JEFA, NAME, "me equivoqué")
    assert everything(catalogue) == before
    desk.strike_words(incident.incident_id, LUIS, NAME, "no era ella")
    assert places(catalogue) == {}, "nor in the audit, which keeps no reasons of holds"


@pytest.mark.parametrize(
    ("words", "reason"),
    [("ab", "x"), (" . ", "x"), ("x" * 121, "x"), ("tachado", "x"), (NAME, " ")],
)
def test_what_can_not_be_struck(desk: Desk, clock: SimulatedClock, words: str, reason: str) -> None:
    incident = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, NAME, ANA)
    with pytest.raises(InvalidInput):
        desk.strike_words(incident.incident_id, JEFA, words, reason)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"detail": f'{{"text": "{STRUCK}"}}'}, id="an entry that nobody struck"),
        pytest.param({"actor": "otro"}, id="who wrote it"),
        pytest.param({"detail": "{}"}, id="without a mark"),
    ],
)
@pytest.mark.parametrize("struck", [False, True])
def test_the_database_lets_nothing_else_of_a_time_line_be_changed(
    desk: Desk, clock: SimulatedClock, catalogue: Catalogue, change: dict[str, Any], struck: bool
) -> None:
    """Of an entry that was struck once only its words may be, again; of others nothing."""
    incident = desk.open_incident("cam01", clock.wall_ns(), "PAT-HURTO", 2, "", ANA)
    incident = desk.add_note(incident.incident_id, ANA, f"fue {NAME}" if struck else "fue ella")
    entry_id = incident.timeline[-1].entry_id
    if struck:
        desk.strike_words(incident.incident_id, JEFA, NAME, "no era ella")
    statement = sa.update(timeline).where(timeline.c.entry_id == entry_id).values(change)
    if struck and STRUCK in str(change):
        with catalogue.write() as tx:
            tx.connection.execute(statement)
        return
    with pytest.raises(CatalogueError, match="only ever added"), catalogue.write() as tx:
        tx.connection.execute(statement)


@given(
    before=st.text(alphabet="abñÁé ,.\n", max_size=12),
    words=st.text(alphabet="abñÁé1", min_size=3, max_size=8),
    after=st.text(alphabet="abñÁé ,.\n", max_size=12),
)
def test_whole_words_are_struck_and_the_rest_stays_as_it_was(before: str, words: str, after: str) -> None:
    strike = striker(words, STRUCK)
    found = strike(f"{before} {words.swapcase()} {after}")
    assert words.casefold() not in found.casefold().split()
    assert STRUCK in found
    assert strike(found) == found
    assert strike("zzz") == "zzz"
    assert strike(f"x{words}x") == f"x{words}x", "inside of another word it is another word"

"""The hand-over: signed by who goes, accepted item by item by who comes, never changed in between."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts import handover
from alerts.handover import Handover, HandoverState, Item, ItemKind
from alerts.records import Actor
from nvr.errors import Conflict, IllegalStep, NotFound
from tests.alerts.facts import ANA, JEFA, LUIS, at

REFUSALS = (Conflict, IllegalStep, NotFound)


class HandoverMachine(RuleBasedStateMachine):
    """Three people press every button in every state."""

    @initialize(items=st.integers(0, 3))
    def begin(self, items: int) -> None:
        found = tuple(Item(f"i{n}", ItemKind.INCIDENT, f"x{n}", f"N-{n}") for n in range(items))
        self.now = Handover("h", "s1", "s2", HandoverState.DRAFT, at(0), "Ana", found)
        self.signed: tuple[Item, ...] | None = None
        self.orders = 0

    people = st.sampled_from([ANA, LUIS, JEFA])

    @rule(text=st.text(min_size=1, max_size=5))
    def order(self, text: str) -> None:
        draft = self.now.state is HandoverState.DRAFT
        try:
            self.now = handover.with_order(self.now, f"o{self.orders}", text, "Ana")
        except REFUSALS:
            assert not draft
        else:
            assert draft
            self.orders += 1

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        item_id = data.draw(st.sampled_from(["none", *(item.item_id for item in self.now.items)]))
        before = self.now
        try:
            self.now = handover.without(self.now, item_id)
        except REFUSALS:
            return
        assert before.state is HandoverState.DRAFT
        assert item_id.startswith("o"), "what is open can't be left out"

    @rule(count=st.integers(0, 3))
    def refresh(self, count: int) -> None:
        orders = [item for item in self.now.items if item.kind is ItemKind.ORDER]
        try:
            self.now = handover.brought_up_to_date(
                self.now, [Item(f"c{n}", ItemKind.CAMERA, f"cam{n}", "") for n in range(count)]
            )
        except REFUSALS:
            return
        assert [item for item in self.now.items if item.kind is ItemKind.ORDER] == orders

    @rule(actor=people)
    def sign(self, actor: Actor) -> None:
        try:
            self.now = handover.sign(self.now, actor, at(1))
        except REFUSALS:
            return
        self.signed = self.now.items

    @rule(actor=people)
    def reopen(self, actor: Actor) -> None:
        before = self.now
        try:
            self.now = handover.reopen(self.now, actor)
        except REFUSALS:
            return
        assert before.signed_by_id == actor.user_id
        assert before.open_items == len(before.items)

    @rule(actor=people, data=st.data(), remark=st.sampled_from(["", "falta la llave"]))
    def accept(self, actor: Actor, data: st.DataObject, remark: str) -> None:
        item_id = data.draw(st.sampled_from(["none", *(item.item_id for item in self.now.items)]))
        before = self.now
        try:
            self.now = handover.accept(self.now, item_id, actor, remark, at(2))
        except REFUSALS:
            return
        assert before.state is HandoverState.SIGNED
        assert before.signed_by_id != actor.user_id, "handed over to himself"

    @rule(actor=people)
    def accept_nothing(self, actor: Actor) -> None:
        before = self.now
        try:
            self.now = handover.accept_empty(self.now, actor, at(2))
        except REFUSALS:
            return
        assert not before.items

    @invariant()
    def what_was_signed_stays_as_it_was(self) -> None:
        now = getattr(self, "now", None)
        if now is None or now.state is HandoverState.DRAFT:
            return
        assert self.signed is not None
        assert [(item.item_id, item.text) for item in now.items] == [(item.item_id, item.text) for item in self.signed]
        assert (now.state is HandoverState.ACCEPTED) == (now.accepted_wall_ns is not None)
        if now.state is HandoverState.ACCEPTED:
            assert now.open_items == 0
        elif now.items:
            assert now.open_items > 0


TestHandover = HandoverMachine.TestCase

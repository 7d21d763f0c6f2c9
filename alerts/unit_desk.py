"""What people do with units: name them, set their state, say where they are, and ask which one to send."""

from __future__ import annotations

from dataclasses import replace

from alerts import inputs, lifecycle, nearest_unit, units
from alerts.acts import Acts
from alerts.dispatch_course import went_forward
from alerts.ledger import Ledger
from alerts.lifecycle import DISPATCH_ORDER
from alerts.nearest_unit import Suggestion
from alerts.records import Actor, Dispatch
from alerts.rows import unit_of
from alerts.unit_states import UnitState, dispatch_reached
from alerts.units import Described, Unit
from nvr.catalogue import changes, unit_rows
from nvr.catalogue.engine import Transaction
from nvr.errors import Conflict
from nvr.observations import new_id

_MOST = 500


class UnitDesk(Acts):
    """The units' part of ``alerts.desk.Desk``. An agency has at most 500 in use."""

    def units(self, agency: str | None = None) -> tuple[int, list[Unit]]:
        """Seq and the units in use, of one agency or of all, by agency and call sign."""
        with self._catalogue.read() as tx:
            return changes.last_seq(tx), [unit_of(row) for row in unit_rows.in_use(tx, agency, _MOST)]

    def unit(self, unit_id: str) -> Unit:
        """One unit. Raises NotFound."""
        with self._read() as ledger:
            return ledger.unit(unit_id)

    def suggested_units(self, agency: str, camera_id: str) -> list[Suggestion]:
        """The free units of an agency, best first, for what a camera shows. Raises NotFound for the camera."""
        camera = inputs.camera(self._config, camera_id)
        with self._catalogue.read() as tx:
            known = [unit_of(row) for row in unit_rows.in_use(tx, agency, _MOST)]
        return nearest_unit.suggested(known, agency, camera.location, camera.sector or "", self._clock.wall_ns())

    def create_unit(self, actor: Actor, agency: str, words: Described) -> Unit:
        """A new unit, available."""
        inputs.agency(self._config, agency)
        said = units.described(words)
        with self._act(actor) as (tx, ledger, _person):
            _must_be_alone(tx, agency, said.call_sign, "")
            if len(unit_rows.in_use(tx, agency, _MOST)) >= _MOST:
                raise Conflict(f"La institución ya tiene {_MOST} unidades", "retire las que ya no existen")
            unit = Unit(
                unit_id=new_id(ledger.wall_ns),
                agency=agency,
                call_sign=said.call_sign,
                kind=said.kind,
                plate=said.plate,
                crew=said.crew,
                sector=said.sector,
                state=UnitState.AVAILABLE,
                since_wall_ns=ledger.wall_ns,
            )
            ledger.new_unit(unit)
            return unit

    def change_unit(self, unit_id: str, actor: Actor, words: Described) -> Unit:
        """What is said of a unit, said anew: its crew changes with each shift."""
        said = units.described(words)
        with self._act(actor) as (tx, ledger, _person):
            before = ledger.unit(unit_id)
            _must_be_alone(tx, before.agency, said.call_sign, unit_id)
            unit = replace(
                before,
                call_sign=said.call_sign,
                kind=said.kind,
                plate=said.plate,
                crew=said.crew,
                sector=said.sector,
            )
            if unit != before:
                ledger.store_unit(unit, "change", crew=unit.crew, plate=unit.plate, sector=unit.sector)
            return unit

    def retire_unit(self, unit_id: str, actor: Actor) -> Unit:
        """Take a unit out of use. Again: no fault."""
        with self._act(actor) as (_, ledger, _person):
            before = ledger.unit(unit_id)
            if not before.in_use:
                return before
            unit = units.retired(before, ledger.wall_ns)
            ledger.store_unit(unit, "retire")
            return unit

    def set_unit_state(self, unit_id: str, actor: Actor, to: UnitState, note: str = "") -> Unit:
        """What a unit says of itself, or somebody of it; its dispatch goes forward with it."""
        text = inputs.note(note)
        with self._act(actor) as (_, ledger, _person):
            before = ledger.unit(unit_id)
            unit = units.stepped(before, to, text, ledger.wall_ns)
            if unit is before:
                return unit
            ledger.store_unit(unit, "state", to=to.value)
            if unit.dispatch_id is not None:
                _dispatch_follows(ledger, ledger.dispatch(unit.dispatch_id), unit, text)
            return unit

    def place_unit(self, unit_id: str, actor: Actor, at: tuple[float, float], at_wall_ns: int) -> Unit:
        """Where a unit is; not in the audit, which it would flood."""
        with self._act(actor) as (_, ledger, _person):
            before = ledger.unit(unit_id)
            unit = units.placed(before, at[0], at[1], at_wall_ns, ledger.wall_ns)
            if unit is not before:
                ledger.store_unit(unit)
            return unit


def _dispatch_follows(ledger: Ledger, dispatch: Dispatch, unit: Unit, note: str) -> None:
    reached = dispatch_reached(unit.state)
    if reached is not None and DISPATCH_ORDER.index(reached) > DISPATCH_ORDER.index(dispatch.state):
        went_forward(ledger, lifecycle.advance(dispatch, reached, ledger.wall_ns), note)
    else:
        ledger.store_dispatch(dispatch, note, "unit_state", {"unit_state": unit.state.value})
    ledger.publish_incident(dispatch.incident_id)


def _must_be_alone(tx: Transaction, agency: str, call_sign: str, unit_id: str) -> None:
    """Two units of one name on one radio channel would both answer."""
    other = unit_rows.named(tx, agency, call_sign)
    if other is not None and other["unit_id"] != unit_id:
        raise Conflict(f"Ya hay una unidad {call_sign} en la institución", "dele otro indicativo, o retire la otra")

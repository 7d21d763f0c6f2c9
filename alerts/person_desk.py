"""What people write of the persons of an incident. Neither time line nor audit names them: they say that, by whom, and in which role."""

from __future__ import annotations

from alerts import inputs, persons
from alerts.acts import Acts
from alerts.case_desk import done_before
from alerts.incident_states import IncidentStep, must_allow, must_have_reason
from alerts.ledger import SYSTEM, Ledger
from alerts.persons import InvolvedPerson, PersonWords
from alerts.records import Actor, Incident
from alerts.rows import person_in, row_of
from nvr.catalogue import case_rows, opening_rows
from nvr.catalogue.engine import Transaction
from nvr.clock import NS_PER_S
from nvr.errors import Conflict, NotFound
from nvr.observations import new_id

_MOST_PERSONS = 60
_MOST_VERSIONS = 100
_MOST_ERASED = 100
_DAY_NS = 86_400 * NS_PER_S


class PersonDesk(Acts):
    """The persons' part of ``alerts.desk.Desk``. ``senior``: a supervisor asks, who may correct what is closed."""

    def persons(self, incident_id: str) -> list[InvolvedPerson]:
        """All versions of all persons of an incident; ``alerts.persons.newest`` says how it is now. Raises NotFound."""
        with self._catalogue.read() as tx:
            return _persons(tx, incident_id)

    def erase_persons(self) -> int:
        """Erase who was involved in incidents, or called about them, that ended longer ago than such data may be kept; of how many. Some at a time.

        Raises:
            CatalogueError: nothing was erased; the next call does it.
        """
        now_ns = self._clock.wall_ns()
        before_ns = now_ns - self._config.node.persons_days * _DAY_NS
        with self._catalogue.read() as tx:
            if not case_rows.with_persons(tx, before_ns, 1):
                return 0
        with self._catalogue.write() as tx:
            ledger = Ledger(tx, SYSTEM, now_ns, self._config)
            due = case_rows.with_persons(tx, before_ns, _MOST_ERASED)
            for incident_id in due:
                case_rows.erase_persons(tx, incident_id)
                ledger.incident_entry(incident_id, "persons_erased", {})
                ledger.audit("incident.persons_erased", incident_id)
                ledger.publish_incident(incident_id)
        return len(due)

    def add_person(
        self,
        incident_id: str,
        actor: Actor,
        words: PersonWords,
        idempotency_key: str,
        reason: str = "",
        *,
        senior: bool = False,
    ) -> Incident:
        """Count a person to an incident. The same writer's same key adds one once."""
        said, key, why = persons.described(words), inputs.idempotency_key(idempotency_key), inputs.note(reason)
        with self._act(actor) as (tx, ledger, writer):
            incident = ledger.incident(incident_id)
            if done_before(tx, writer, key, incident_id):
                return incident
            must_allow(incident, IncidentStep.PERSON, senior=senior)
            must_have_reason(incident, why, always=False)
            if len(persons.newest(_persons(tx, incident_id))) >= _MOST_PERSONS:
                raise Conflict(f"El incidente ya tiene {_MOST_PERSONS} personas", "escriba una nota")
            opening_rows.store(tx, writer.user_id, key, incident_id)
            made = persons.version(
                said,
                person_id=new_id(ledger.wall_ns),
                number=1,
                incident_id=incident_id,
                actor=writer,
                wall_ns=ledger.wall_ns,
                reason=why,
            )
            return _written(tx, ledger, incident, made, "person_added")

    def change_person(  # noqa: PLR0917 - the form, field by field
        self,
        incident_id: str,
        person_id: str,
        actor: Actor,
        base_version: int,
        words: PersonWords,
        reason: str,
        *,
        senior: bool = False,
    ) -> Incident:
        """Say of a person anew what is said of it: the next version. What changes nothing makes none.

        Raises:
            Conflict: somebody else has written ``base_version + 1`` meanwhile.
        """
        said, why = persons.described(words), inputs.note(reason)
        with self._act(actor) as (tx, ledger, writer):
            incident, before = ledger.incident(incident_id), _current(tx, incident_id, person_id)
            must_allow(incident, IncidentStep.PERSON, senior=senior)
            if said == before.words:
                return incident
            _must_be_based_on(before, base_version)
            must_have_reason(incident, why, always=True)
            after = persons.version(
                said,
                person_id=person_id,
                number=before.version + 1,
                incident_id=incident_id,
                actor=writer,
                wall_ns=ledger.wall_ns,
                reason=why,
            )
            return _written(tx, ledger, incident, after, "person_changed")

    def remove_person(
        self,
        incident_id: str,
        person_id: str,
        actor: Actor,
        base_version: int,
        reason: str,
        *,
        senior: bool = False,
    ) -> Incident:
        """Take a person off an incident; what was said stays in its versions."""
        why = inputs.note(reason)
        with self._act(actor) as (tx, ledger, writer):
            incident, before = ledger.incident(incident_id), _current(tx, incident_id, person_id)
            must_allow(incident, IncidentStep.PERSON, senior=senior)
            _must_be_based_on(before, base_version)
            must_have_reason(incident, why, always=True)
            after = persons.version(
                before.words,
                person_id=person_id,
                number=before.version + 1,
                incident_id=incident_id,
                actor=writer,
                wall_ns=ledger.wall_ns,
                reason=why,
                removed=True,
            )
            return _written(tx, ledger, incident, after, "person_removed")


def _written(tx: Transaction, ledger: Ledger, incident: Incident, person: InvolvedPerson, kind: str) -> Incident:
    if person.version > _MOST_VERSIONS:
        raise Conflict(f"Ya hay {_MOST_VERSIONS} versiones de esa persona", "escriba una nota")
    case_rows.store_person(tx, row_of(person))
    # The reason stays with the person: it may name him, and the time line goes to whoever was sent.
    ledger.incident_entry(incident.incident_id, kind, {"role": person.role.value})
    action = f"incident.{kind}"
    ledger.audit(action, incident.incident_id, person_id=person.person_id, version=str(person.version))
    return ledger.publish_incident(incident.incident_id)


def _persons(tx: Transaction, incident_id: str) -> list[InvolvedPerson]:
    return [person_in(row) for row in case_rows.persons(tx, incident_id)]


def _current(tx: Transaction, incident_id: str, person_id: str) -> InvolvedPerson:
    for each in persons.newest(_persons(tx, incident_id)):
        if each.person_id == person_id:
            return each
    raise NotFound("No existe esa persona en el incidente")


def _must_be_based_on(person: InvolvedPerson, base_version: int) -> None:
    if person.version != base_version:
        raise Conflict(
            f"{person.actor} ya corrigió a esa persona (versión {person.version})",
            "revise cómo está ahora y corrija de nuevo",
        )

"""Holds that people place and end, and those that end by themselves. Each act is one transaction with its audit row.

One person alone can't end a hold: one asks, another one approves, each with a password of his own. A hold with an end of its own is warned of days before, and ends only once the
warning has stood for as long as it should. Nothing ends while the machine's date is doubted (the caller asks ``nvr.app.expiry``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alerts import inputs, storage_alarms
from alerts.records import Actor
from alerts.storage_alarms import Alarm
from nvr.catalogue import audit, hold_rows, hold_spans, users
from nvr.catalogue.engine import Catalogue, Transaction
from nvr.catalogue.hold_rows import HOLDING, HoldRow, HoldState
from nvr.catalogue.texts import line
from nvr.clock import NS_PER_S, Clock
from nvr.config import Config
from nvr.errors import Conflict, IllegalStep, InvalidInput, NotFound
from nvr.observations import new_id

_DAY_NS: Final = 86_400 * NS_PER_S
_LONGEST_NS: Final = 60 * _DAY_NS
_AHEAD_NS: Final = 7 * _DAY_NS
_MOST_CAMERAS: Final = 64
_LEAST_REASON: Final = 10
_LONGEST_REASON: Final = 8000
_OWN_DAYS: Final = 30
"""How long somebody's password must have been his alone: who set it may know it, and be both persons. That he had to change it at his log-in proves nothing."""
PAGE: Final = 200
"""So many holds are listed at once."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What all holds weigh, and what they may weigh before people are warned."""

    held_bytes: int
    budget_bytes: int


@dataclass(frozen=True, slots=True)
class Page:
    """Holds, each with what it weighs in bytes; how many there are in all; whether more come after these."""

    holds: list[tuple[HoldRow, int]]
    count: int
    more: bool


class Holds:
    """Synchronous and thread-safe. Refusals are Spanish, for whoever asked: InvalidInput, IllegalStep, Conflict, NotFound."""

    def __init__(self, catalogue: Catalogue, config: Config, clock: Clock) -> None:
        self._catalogue = catalogue
        self._config = config
        self._clock = clock

    def listing(
        self, *, ended: bool, cameras: Collection[str] | None = None, before: str | None = None, limit: int = PAGE
    ) -> Page:
        """Holds newest first, a page of them; ``ended`` ones weigh nothing.

        Args:
            cameras: of these alone; None: of all.
            before: the hold that the page before ended with; None: from the newest.
            limit: at most so many, and never more than ``PAGE``.

        Raises:
            NotFound: no hold of those cameras is called ``before``.
        """
        states = (HoldState.RELEASED.value, HoldState.EXPIRED.value) if ended else HOLDING
        most = min(limit, PAGE)
        with self._catalogue.read() as tx:
            last = None if before is None else _found(tx, before)
            if last is not None and cameras is not None and last.camera_id not in cameras:
                raise NotFound("No existe esa reserva")
            rows = hold_rows.listing(tx, states, most + 1, cameras=cameras, before=last)
            shown = rows[:most]
            weights = {} if ended else hold_spans.weights_bytes(tx, [row.hold_id for row in shown])
            return Page(
                [(row, weights.get(row.hold_id, 0)) for row in shown],
                hold_rows.count(tx, states, cameras),
                more=len(rows) > most,
            )

    def hold(self, hold_id: str) -> HoldRow:
        """The hold of that id. Raises NotFound."""
        with self._catalogue.read() as tx:
            return _found(tx, hold_id)

    def budget(self) -> Budget:
        """What all of them weigh."""
        with self._catalogue.read() as tx:
            return Budget(hold_rows.held_bytes(tx), self._config.node.holds.budget_gb * 10**9)

    def place(  # noqa: PLR0917 - the form, field by field
        self,
        camera_ids: Sequence[str],
        window_ns: tuple[int, int],
        reason: str,
        authority: str,
        expires_wall_ns: int | None,
        actor: Actor,
    ) -> list[HoldRow]:
        """Hold [from, to) of one or more cameras, all or none of them."""
        person, now_ns = inputs.person(actor), self._clock.wall_ns()
        from_ns, to_ns = window_ns
        if not 0 <= from_ns < to_ns or to_ns - from_ns > _LONGEST_NS or to_ns > now_ns + _AHEAD_NS:
            raise InvalidInput("El tramo no es válido", "indique desde y hasta, a lo sumo 60 días")
        cameras = sorted({inputs.camera(self._config, camera_id).id for camera_id in camera_ids})
        if not 0 < len(cameras) <= _MOST_CAMERAS:
            raise InvalidInput("Faltan cámaras, o son demasiadas", f"elija de 1 a {_MOST_CAMERAS}")
        text = inputs.note(reason, required=True)
        if len(text) < _LEAST_REASON:
            raise InvalidInput("El motivo es demasiado corto", f"escriba al menos {_LEAST_REASON} letras")
        self._check_end(expires_wall_ns, now_ns)
        made = [
            HoldRow(
                hold_id=new_id(now_ns),
                camera_id=camera_id,
                from_wall_ns=from_ns,
                to_wall_ns=to_ns,
                reason=text,
                authority=line(authority, 120),
                created_by=person.name,
                created_wall_ns=now_ns,
                expires_wall_ns=expires_wall_ns,
            )
            for camera_id in cameras
        ]
        with self._catalogue.write() as tx:
            for hold in made:
                hold_rows.store(tx, hold)
                # Not the words, which may name somebody: they stand with the hold, and nothing can be struck out of the audit.
                _note(tx, now_ns, person, "hold.place", hold)
        return made

    def prolong(self, hold_id: str, expires_wall_ns: int | None, actor: Actor) -> HoldRow:
        """Let it end later, or never by itself; a shorter one would be a release by one person."""
        person, now_ns = inputs.person(actor), self._clock.wall_ns()
        self._check_end(expires_wall_ns, now_ns)
        with self._catalogue.write() as tx:
            before = _holding(tx, hold_id)
            ends = before.expires_wall_ns
            if expires_wall_ns is not None and (ends is None or expires_wall_ns < ends):
                raise IllegalStep("Una reserva no se acorta", "pida su liberación, que otra persona aprueba")
            hold = replace(before, expires_wall_ns=expires_wall_ns, warned_wall_ns=None)
            hold_rows.store(tx, hold)
            _note(tx, now_ns, person, "hold.prolong", hold, before=str(ends))
            return hold

    def ask_release(self, hold_id: str, reason: str, actor: Actor) -> HoldRow:
        """Ask that it be released; it holds on until somebody else has approved."""
        person, now_ns = inputs.person(actor), self._clock.wall_ns()
        text = inputs.note(reason, required=True)
        if len(text) < _LEAST_REASON:
            raise InvalidInput("El motivo es demasiado corto", f"escriba al menos {_LEAST_REASON} letras")
        with self._catalogue.write() as tx:
            before = _holding(tx, hold_id)
            _check_own(tx, person, now_ns)
            if before.state is HoldState.ASKED:
                raise Conflict(f"{before.asked_by} ya pidió liberarla", "apruebe o rechace ese pedido")
            hold = replace(
                before,
                state=HoldState.ASKED,
                asked_by_id=person.user_id,
                asked_by=person.name,
                asked_wall_ns=now_ns,
                asked_reason=asked_again(before, text),
            )
            hold_rows.store(tx, hold)
            _note(tx, now_ns, person, "hold.ask_release", hold)
            return hold

    def decide_release(self, hold_id: str, actor: Actor, *, approve: bool) -> HoldRow:
        """Approve the release that somebody else asked for, or refuse it; who asked may take his own request back."""
        person, now_ns = inputs.person(actor), self._clock.wall_ns()
        with self._catalogue.write() as tx:
            before = _holding(tx, hold_id)
            if before.state is not HoldState.ASKED:
                raise IllegalStep("Nadie pidió liberar esta reserva", "pida primero su liberación")
            if approve and before.asked_by_id == person.user_id:
                raise Conflict("La liberación la aprueba otra persona", "pídaselo a otro supervisor")
            if approve:
                _check_own(tx, person, now_ns)
                hold = replace(before, state=HoldState.RELEASED, ended_by=person.name, ended_wall_ns=now_ns)
                hold_rows.end(tx, hold)
                _note(tx, now_ns, person, "hold.release", hold, asked_by=before.asked_by or "")
            else:
                # Who asked, and why, stays: the next who is asked is to know it.
                hold = replace(before, state=HoldState.ACTIVE)
                hold_rows.store(tx, hold)
                _note(tx, now_ns, person, "hold.keep", hold, asked_by=before.asked_by or "")
            return hold

    def step(self) -> list[HoldRow]:
        """Warn of those that will end, and end those whose warning has stood long enough; call it each minute, unless the date is doubted.

        Returns:
            those that ended now.
        """
        now_ns = self._clock.wall_ns()
        ahead_ns = self._config.node.holds.warning_days * _DAY_NS
        with self._catalogue.read() as tx:
            due = [hold for hold in hold_rows.ending_before(tx, now_ns + ahead_ns) if _is_due(hold, now_ns, ahead_ns)]
        ended: list[HoldRow] = []
        if not due:
            return ended
        with self._catalogue.write() as tx:
            for seen in due:
                hold = hold_rows.find(tx, seen.hold_id)
                if hold is None or not hold.holds or not _is_due(hold, now_ns, ahead_ns):
                    continue
                if hold.warned_wall_ns is None:
                    self._warn(tx, hold, now_ns)
                else:
                    over = replace(hold, state=HoldState.EXPIRED, ended_by="sistema", ended_wall_ns=now_ns)
                    hold_rows.end(tx, over)
                    _note(tx, now_ns, _SYSTEM, "hold.expire", over)
                    ended.append(over)
        return ended

    def _warn(self, tx: Transaction, hold: HoldRow, now_ns: int) -> None:
        hold_rows.store(tx, replace(hold, warned_wall_ns=now_ns))
        _note(tx, now_ns, _SYSTEM, "hold.warn", hold, expires=str(hold.expires_wall_ns))
        # People's own words stay with the hold: this is not on its incident's time line, where they could be struck.
        of = f"del incidente {hold.reason}" if hold.incident_id else f"que puso {hold.created_by}"
        alarm = Alarm(storage_alarms.HOLDS_ZONE, hold.camera_id, 3, {"note": f"Termina la reserva {of}"})
        storage_alarms.tell(tx, self._config, alarm, now_ns)

    def _check_end(self, expires_wall_ns: int | None, now_ns: int) -> None:
        if expires_wall_ns is None:
            return
        least_days = self._config.node.holds.warning_days + 1
        if not now_ns + least_days * _DAY_NS <= expires_wall_ns <= now_ns + 3660 * _DAY_NS:
            raise InvalidInput(
                "El fin de la reserva no es válido",
                f"debe quedar a más de {least_days} días de hoy, y a menos de 10 años",
            )


_SYSTEM: Final = Actor("sistema", "sistema", "")


def asked_again(before: HoldRow, reason: str) -> str:
    """Why somebody asks for a release, and behind that, where it was refused, why it was asked for before."""
    if not before.asked_reason:
        return reason
    return f"{reason}\nAntes ({before.asked_by}): {before.asked_reason}"[:_LONGEST_REASON]


def _is_due(hold: HoldRow, now_ns: int, ahead_ns: int) -> bool:
    if hold.warned_wall_ns is None:
        return True
    # A machine that was off when the warning was due gives people their days all the same.
    return (hold.expires_wall_ns or 0) <= now_ns and hold.warned_wall_ns <= now_ns - ahead_ns


def _check_own(tx: Transaction, person: Actor, now_ns: int) -> None:
    """Refuse one whose password somebody else set lately."""
    user = users.find(tx, person.user_id)
    given_ns = None if user is None else user.password_given_wall_ns
    if given_ns is not None and given_ns > now_ns - _OWN_DAYS * _DAY_NS:
        raise Conflict(
            f"Otra persona puso su clave hace menos de {_OWN_DAYS} días", "pida o apruebe la liberación otro supervisor"
        )


def _found(tx: Transaction, hold_id: str) -> HoldRow:
    hold = hold_rows.find(tx, hold_id)
    if hold is None:
        raise NotFound("No existe esa reserva")
    return hold


def _holding(tx: Transaction, hold_id: str) -> HoldRow:
    hold = _found(tx, hold_id)
    if not hold.holds:
        raise IllegalStep("La reserva ya terminó")
    return hold


def _note(tx: Transaction, wall_ns: int, person: Actor, action: str, hold: HoldRow, **detail: str) -> None:
    window = {"camera_id": hold.camera_id, "from_wall_ns": str(hold.from_wall_ns), "to_wall_ns": str(hold.to_wall_ns)}
    audit.append(
        tx,
        wall_ns=wall_ns,
        actor=person.name,
        terminal=person.terminal,
        address=person.address,
        action=action,
        object=hold.hold_id,
        detail={"user_id": person.user_id} | window | detail,
    )

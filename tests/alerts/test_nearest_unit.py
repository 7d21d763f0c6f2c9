"""Which unit is proposed: only free ones, the nearer before the farther, and always the same for the same facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.nearest_unit import POSITION_KEPT_NS, Reason, suggested
from alerts.unit_states import FREE, UnitKind, UnitState
from alerts.units import Unit
from nvr.config import PNP, SERENAZGO
from tests.alerts.facts import T0

PLACE = (-7.1617, -78.5128)


def unit(name: str, **values: object) -> Unit:
    said = {
        "unit_id": name, "agency": SERENAZGO, "call_sign": name, "kind": UnitKind.VEHICLE, "plate": "", "crew": "", "sector": "",
        "state": UnitState.AVAILABLE, "since_wall_ns": T0,
    }  # fmt: skip
    return Unit(**(said | values))  # type: ignore[arg-type]


def placed(name: str, latitude: float, longitude: float, age_ns: int = 0, **values: object) -> Unit:
    return unit(name, latitude=latitude, longitude=longitude, position_wall_ns=T0 - age_ns, **values)


@st.composite
def fleets(draw: st.DrawFn) -> list[Unit]:
    made = []
    for number in range(draw(st.integers(0, 12))):
        where = draw(st.none() | st.tuples(st.floats(-7.3, -7.0), st.floats(-78.7, -78.3)))
        age_ns = draw(st.integers(-(10**9), 2 * POSITION_KEPT_NS))
        made.append(
            unit(
                f"U{number}",
                agency=draw(st.sampled_from([SERENAZGO, PNP])),
                state=draw(st.sampled_from(list(UnitState))),
                sector=draw(st.sampled_from(["", "Centro", "centro", "Sur"])),
                since_wall_ns=T0 - draw(st.integers(0, 10**12)),
                dispatch_id=draw(st.sampled_from([None, None, None, "d1"])),
                in_use=draw(st.sampled_from([True, True, True, False])),
                latitude=None if where is None else where[0],
                longitude=None if where is None else where[1],
                position_wall_ns=None if where is None else T0 - age_ns,
            )
        )
    return made


@given(fleets(), st.none() | st.just(PLACE), st.sampled_from(["", "Centro"]), st.randoms(use_true_random=False))
def test_whatever_the_fleet(
    fleet: list[Unit], location: tuple[float, float] | None, sector: str, dice: st.DataObject
) -> None:
    """Free units of the agency, all of them and none twice; known places first and by distance; the order of the list does not matter."""
    found = suggested(fleet, SERENAZGO, location, sector, T0)
    wanted = [
        each
        for each in fleet
        if each.agency == SERENAZGO and each.in_use and each.state in FREE and each.dispatch_id is None
    ]
    assert sorted(each.unit.unit_id for each in found) == sorted(each.unit_id for each in wanted)
    ranks = [list(Reason).index(each.reason) for each in found]
    assert ranks == sorted(ranks)
    distances = [each.metres for each in found if each.metres is not None]
    assert distances == sorted(distances)
    for each in found:
        assert (each.metres is not None) == (each.reason is Reason.POSITION)
        assert each.reason is not Reason.POSITION or location is not None
        assert each.reason is not Reason.SECTOR or each.unit.sector.casefold() == sector.casefold() != ""
        assert each.reason is not Reason.POSITION or (
            each.unit.position_wall_ns is not None and T0 - each.unit.position_wall_ns <= POSITION_KEPT_NS
        )
    shuffled = list(fleet)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert suggested(shuffled, SERENAZGO, location, sector, T0) == found


def test_the_nearer_goes_before_the_farther_and_both_before_the_same_sector() -> None:
    fleet = [
        unit("sector", sector="Centro"),
        placed("far", -7.20, -78.5128),
        placed("near", -7.1620, -78.5128),
        unit("free"),
    ]
    found = suggested(fleet, SERENAZGO, PLACE, "Centro", T0)
    assert [each.unit.unit_id for each in found] == ["near", "far", "sector", "free"]
    assert found[0].metres == 33


def test_an_old_position_says_nothing() -> None:
    """Ten minutes ago is anywhere in the town."""
    old = placed("old", *PLACE, age_ns=POSITION_KEPT_NS + 1)
    found = suggested([old, placed("far", -7.3, -78.6)], SERENAZGO, PLACE, "", T0)
    assert [each.unit.unit_id for each in found] == ["far", "old"]


def test_of_two_alike_the_one_that_has_been_free_for_longer() -> None:
    fleet = [unit("b", since_wall_ns=T0 - 5), unit("a", since_wall_ns=T0)]
    assert [each.unit.unit_id for each in suggested(fleet, SERENAZGO, None, "", T0)] == ["b", "a"]

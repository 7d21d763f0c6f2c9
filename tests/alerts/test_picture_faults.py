"""From what workers say of pictures to alerts, over the real catalogue: raised once, grouped by trunk, closed when well again."""

from __future__ import annotations

from alerts.desk import Desk
from alerts.intake import Intake
from alerts.records import AlertOutcome, AlertState
from nvr.catalogue import picture_states
from nvr.catalogue.engine import Catalogue
from nvr.clock import SimulatedClock
from nvr.config import Config
from nvr.journal import Position
from nvr.media import StreamKind
from nvr.observations import PictureStateChanged
from nvr.source_name import split_source
from tests.alerts.facts import at


class Room:
    """Facts in, seconds pass."""

    def __init__(self, catalogue: Catalogue, config: Config) -> None:
        self.catalogue = catalogue
        self.clock = SimulatedClock(wall_ns=at(0))
        self.desk, self.intake = Desk(catalogue, config, self.clock), Intake(catalogue, config, self.clock)
        self.facts = 0

    def tell(self, camera: int, condition: str, at_s: float, aspect: str = "picture") -> None:
        self.facts += 1
        fact = PictureStateChanged(
            observation_id=f"p{self.facts}", camera_id=f"cam{camera:02d}", stream=StreamKind.SUB, aspect=aspect,  # type: ignore[arg-type]
            condition=condition, since_wall_ns=at(at_s - 60), wall_ns=at(at_s), detail="gone 97%", snapshot="",  # type: ignore[arg-type]
        )  # fmt: skip
        self.intake.take_up("analytics-0", [(fact, Position("1.journal", self.facts))])

    def run(self, first: int, last: int) -> None:
        for second in range(first, last):
            self.desk.tick(at(second))

    def alerts(self, *states: AlertState) -> list[tuple[str, str, int]]:
        _, found = self.desk.alerts(states or (AlertState.NEW,), 100)
        return [(alert.camera_id, alert.zone, alert.count) for alert in found]


def town(cameras: int = 8) -> Config:
    return Config.model_validate(
        {
            "cameras": [
                {"id": f"cam{n:02d}", "number": n, "name": f"Jr. {n}", "main": {"url": f"rtsp://127.0.0.1/{n}"}}
                | ({"trunk": "Cerro"} if n <= 3 else {})
                for n in range(1, cameras + 1)
            ]
        }
    )


def test_one_alert_that_ends_by_itself(catalogue: Catalogue) -> None:
    """A covered camera: one alert with its condition; closed as no action once it is well."""
    room = Room(catalogue, town())
    room.tell(5, "", 0)
    room.run(0, 5)
    assert room.alerts() == []
    room.tell(5, "covered", 70)
    room.run(70, 90)
    assert room.alerts() == [("cam05", "sistema ▸ covered", 1)]
    room.tell(5, "", 200)
    room.run(200, 230)
    assert room.alerts() == []
    _, (closed,) = room.desk.alerts((AlertState.CLOSED,), 10)
    assert closed.outcome is AlertOutcome.NO_ACTION
    assert split_source(closed.zone) == ("sistema", "covered")


def test_a_condition_of_a_whole_trunk_is_one_alert(catalogue: Catalogue) -> None:
    """A choked switch: its three cameras become slow within a minute, and are told together; what a camera has besides is its own."""
    room = Room(catalogue, town())
    for camera in (1, 2, 3):
        room.tell(camera, "slow", 100 + 20 * camera, "frame_rate")
    room.tell(2, "defocused", 170)
    room.run(175, 200)
    assert sorted(room.alerts()) == [("cam01", "sistema: Cerro ▸ slow", 3), ("cam02", "sistema ▸ defocused", 1)]


def test_a_fact_that_comes_twice_counts_once_and_the_state_is_kept(catalogue: Catalogue) -> None:
    """As a worker tells it after each start."""
    room = Room(catalogue, town())
    room.tell(5, "frozen", 10)
    room.facts -= 1
    room.tell(5, "frozen", 10)
    with catalogue.read() as tx:
        (state,) = picture_states.all_states(tx, ill_only=True)
        rows = tx.connection.exec_driver_sql("SELECT count(*) FROM picture_history").scalar_one()
    assert (state.camera_id, state.condition, rows) == ("cam05", "frozen", 1)

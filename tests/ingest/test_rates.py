"""Rates off what is configured: told after a minute and a half, taken back with an ease, and never made of an outage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.rates import RateWatch
from nvr.config import Camera

S = 1_000_000_000


def camera(**rates: float) -> Camera:
    main = {"url": "rtsp://192.0.2.1/main", **rates}
    return Camera.model_validate({"id": "cam01", "number": 1, "name": "Plaza", "main": main})


class Stream:
    """Counters that grow as a camera sends."""

    def __init__(self, **rates: float) -> None:
        self.watch = RateWatch([camera(**rates)])
        self.second, self.packets, self.bytes = 0, 0.0, 0.0

    def run(self, seconds: int, fps: float, kbps: float = 1000.0, online: float = 1.0) -> list[tuple[int, str, str]]:
        told: list[tuple[int, str, str]] = []
        for _ in range(seconds):
            self.second += 1
            self.packets += fps * online
            self.bytes += kbps * 125 * online
            counters = {"cam01/main": {"packets": self.packets, "bytes": self.bytes, "online": online}}
            facts = self.watch.step(counters, self.second * S, self.second * S)
            told += [(self.second, fact.aspect, fact.condition) for fact in facts]
        return told


def test_a_slow_camera_is_told_once_and_taken_back() -> None:
    """25 frames a second were set: 25 is well, 12 is slow, 25 is well again."""
    stream = Stream(fps=25)
    assert [each[1:] for each in stream.run(100, 25)] == [("frame_rate", "")]
    ((at_s, *what),) = stream.run(200, 12)
    assert what == ["frame_rate", "slow"]
    assert at_s <= 100 + 120
    assert [each[1:] for each in stream.run(200, 25)] == [("frame_rate", "")]


def test_bits_beyond_and_below_their_limits() -> None:
    """Each limit by itself."""
    stream = Stream(kbps=1000, min_kbps=100)
    assert [each[2] for each in stream.run(100, 25, 900)] == [""]
    assert [each[2] for each in stream.run(200, 25, 1700)] == ["fat"]
    assert [each[2] for each in stream.run(200, 25, 50)] in (["thin"], ["", "thin"])


def test_an_outage_is_no_slow_camera() -> None:
    """It has an alert of its own."""
    stream = Stream(fps=25)
    stream.run(100, 25)
    assert stream.run(300, 25, online=0.0) == []
    assert stream.run(300, 25) == []


@given(st.lists(st.floats(0.75, 1.25), min_size=10, max_size=60))
def test_within_the_limits_nothing_is_told(shares: list[float]) -> None:
    """However it swings there, after the first word that it is well."""
    stream = Stream(fps=25)
    told = [each for share in shares for each in stream.run(20, 25 * share)]
    assert [each[2] for each in told] in ([], [""])


def test_other_settings_begin_anew_and_the_same_go_on() -> None:
    """A configuration that is taken up while it runs."""
    stream = Stream(fps=25)
    stream.run(100, 25)
    stream.watch.take_up([camera(fps=25)])
    assert stream.run(100, 25) == []
    stream.watch.take_up([camera(fps=10)])
    assert [each[2] for each in stream.run(200, 25)] == ["fast"]

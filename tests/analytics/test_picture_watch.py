"""What a camera usually shows is kept over a restart, and forgotten when it is moved on purpose."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from analytics.decoder import Frame
from analytics.picture_watch import KEEP_EVERY_NS, PictureWatch
from analytics.view_file import read_view, write_view
from benchmarks.picture_health import FAULTS, START, town
from nvr.config.loader import parse_config
from nvr.observations import PictureStateChanged
from tests.analytics.scenes import Camera, Gray

S = 1_000_000_000
ENTRY = "cameras: [{id: cam01, number: 1, name: x, main: {url: 'rtsp://h/1'}%s}]\n"


def _watch(views: Path, tmp_path: Path, more: str = "") -> tuple[PictureWatch, list[PictureStateChanged]]:
    told: list[PictureStateChanged] = []
    camera = parse_config(ENTRY % more, "cameras.yaml").cameras[0]
    return PictureWatch(camera, told.append, tmp_path / "snapshots", views), told


def _frame(luma: Gray, at_ns: int) -> Frame:
    return Frame(luma, at_ns, at_ns, is_keyframe=True, picture=av.VideoFrame.from_ndarray(luma, format="gray"))


def _shown(watch: PictureWatch, *, turned: bool, looks: int, from_look: int = 0) -> None:
    camera, scene = Camera(2.0), town(5)
    scene = FAULTS["turned by an eighth"][1](scene, START) if turned else scene
    for look in range(from_look, from_look + looks):
        watch.look(_frame(camera(scene), look * 4 * S))


def test_it_is_kept_every_ten_minutes_and_taken_up_again(tmp_path: Path) -> None:
    views = tmp_path / "views"
    watch, _ = _watch(views, tmp_path)
    _shown(watch, turned=False, looks=20)
    assert read_view(views, "cam01") is None
    _shown(watch, turned=False, looks=3, from_look=KEEP_EVERY_NS // (4 * S))
    assert read_view(views, "cam01") is not None
    again, told = _watch(views, tmp_path)
    _shown(again, turned=True, looks=40)
    assert [fact.condition for fact in told] == ["turned"]


def test_who_moves_it_makes_it_forget(tmp_path: Path) -> None:
    views = tmp_path / "views"
    write_view(views, "cam01", np.full((180, 320), 90, np.uint8))
    watch, _ = _watch(views, tmp_path)
    watch.moved()
    assert read_view(views, "cam01") is None


@pytest.mark.parametrize(
    ("more", "kept"), [("", True), (", onvif: {host: h}", True), (", onvif: {host: h}, ptz: true", False)]
)
def test_nothing_is_kept_of_what_operators_may_move(tmp_path: Path, more: str, *, kept: bool) -> None:
    """A fixed camera with an ONVIF service is fixed all the same."""
    views = tmp_path / "views"
    write_view(views, "cam01", np.full((180, 320), 90, np.uint8))
    watch, _ = _watch(views, tmp_path, more)
    assert (read_view(views, "cam01") is not None) is kept
    _shown(watch, turned=False, looks=20)
    _shown(watch, turned=False, looks=3, from_look=KEEP_EVERY_NS // (4 * S))
    assert (read_view(views, "cam01") is not None) is kept


@pytest.mark.parametrize("content", [b"", b"\x89PNG torn", b"x" * 5000])
def test_a_torn_file_is_learned_anew(tmp_path: Path, content: bytes) -> None:
    views = tmp_path / "views"
    views.mkdir()
    (views / "cam01.png").write_bytes(content)
    watch, told = _watch(views, tmp_path)
    _shown(watch, turned=True, looks=40)
    assert [fact.condition for fact in told] == [""]

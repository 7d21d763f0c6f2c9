"""Defaults and templates: what a camera becomes of them, and that every fault points to where somebody wrote it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.config import Config
from nvr.config.document import MAX_VALUES
from nvr.config.loader import parse_config
from nvr.config.merging import Layer, filled, inner_paths, merge, placeholders
from nvr.errors import ConfigError, ConfigFault

HEAD = """\
defaults:
  template: domo
  trunk: Anillo norte
templates:
  domo:
    credentials: flota
    main: {url: "rtsp://{host}/main"}
    sub: {url: "rtsp://{host}/{id}-{number}", record: false}
    zones: [{name: Puerta}, {name: Vereda}]
  bala:
    main: {url: "rtsp://{host}/bala", transport: udp}
cameras:
"""
LEAVES = st.integers(0, 3) | st.sampled_from(["a", "b"]) | st.lists(st.integers(0, 2), max_size=2)
VALUES = st.dictionaries(st.sampled_from("abc"), LEAVES, max_size=3)
TREES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    VALUES,
    lambda inner: st.builds(
        lambda values, sections: values | sections, VALUES, st.dictionaries(st.sampled_from("mn"), inner, max_size=2)
    ),
    max_leaves=8,
)
"""Sections are called m and n, values a, b and c: in the file, too, a field is either."""


def merged(*layers: dict[str, Any]) -> dict[str, object]:
    return merge(*(Layer((f"layer{index}",), layer) for index, layer in enumerate(layers))).value


def leaf(tree: object, path: tuple[str | int, ...]) -> object:
    for part in path:
        tree = tree[part]  # type: ignore[index]  # paths of the tree itself
    return tree


def read(cameras: str, head: str = HEAD) -> Config:
    return parse_config(head + cameras, "cameras.yaml")


def faults_of(cameras: str, head: str = HEAD) -> list[ConfigFault]:
    with pytest.raises(ConfigError) as caught:
        read(cameras, head)
    return caught.value.faults


@given(TREES, TREES, TREES)
def test_merging_does_not_depend_on_what_is_merged_first(
    a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]
) -> None:
    """So 'defaults, template, camera' needs no brackets; and nothing added changes nothing."""
    assert merged(merged(a, b), c) == merged(a, merged(b, c)) == merged(a, b, c)
    assert merged(a, {}) == merged({}, a) == merged(a, a) == a


@given(TREES, TREES)
def test_everything_of_the_inner_layer_is_there_and_knows_its_place(a: dict[str, Any], b: dict[str, Any]) -> None:
    """Each value comes from exactly the layer that says it last; layers are left as they were."""
    before = repr((a, b))
    result = merge(Layer(("outer",), a), Layer(("inner",), b))
    assert repr((a, b)) == before
    for path in inner_paths(b):
        if path and not isinstance(leaf(b, path), dict):
            assert leaf(result.value, path) == leaf(b, path)
            assert result.origins[path] == ("inner", *path)
    assert set(result.origins) == {path for path in inner_paths(result.value) if path}
    for path, origin in result.origins.items():
        written = leaf(a if origin[0] == "outer" else b, origin[1:])
        assert isinstance(written, dict) == isinstance(leaf(result.value, path), dict)


def test_an_empty_value_takes_away_what_is_inherited() -> None:
    """And stays, to be judged like any other, where nothing is."""
    assert merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": None}, "e": None}) == {
        "b": {"d": 3},
        "e": None,
    }


@given(st.text(alphabet="{}ab", max_size=12))
def test_braces_as_such_survive(text: str) -> None:
    """Doubled braces are the text's own, whatever it is."""
    assert filled(text.replace("{", "{{").replace("}", "}}"), {"a": "!"}) == text
    assert placeholders(text.replace("{", "{{").replace("}", "}}")) == []


def test_a_new_camera_is_three_lines() -> None:
    """Address, log-in, trunk and small stream from the layers; the number from the id."""
    config = read(
        "  - id: cam07\n    name: Puente\n    host: 10.0.0.7:8554\n  - {id: cam08, name: Parque, host: cam8.local, template: bala, number: 80}\n"
    )
    first, second = config.cameras
    assert (first.number, first.credentials, first.trunk) == (7, "flota", "Anillo norte")
    assert first.main.url == "rtsp://10.0.0.7:8554/main"
    assert first.sub is not None
    assert (first.sub.url, first.sub.record) == ("rtsp://10.0.0.7:8554/cam07-7", False)
    assert (second.number, second.credentials, second.sub) == (80, None, None)
    assert (second.main.url, second.main.transport) == ("rtsp://cam8.local/bala", "udp")


def test_a_camera_overrides_deeply_and_takes_away() -> None:
    """One field of a section leaves the others; a list is replaced whole; braces of a camera's own are texts."""
    config = read(
        '  - {id: cam1, name: "{id}", host: h, main: {transport: udp}, sub: null, zones: [{name: Otra}], trunk: }\n'
    )
    camera = config.cameras[0]
    assert (camera.main.url, camera.main.transport) == ("rtsp://h/main", "udp")
    assert (camera.name, camera.sub, camera.trunk) == ("{id}", None, None)
    assert [zone.name for zone in camera.zones] == ["Otra"]


def test_a_file_without_them_reads_as_before_and_one_with_them_as_if_written_out() -> None:
    """The models know nothing of templates."""
    short = read("  - {id: cam7, name: P, host: h}\n")
    long = parse_config(
        """\
cameras:
  - {id: cam7, number: 7, name: P, credentials: flota, trunk: Anillo norte, zones: [{name: Puerta}, {name: Vereda}],
     main: {url: rtsp://h/main}, sub: {url: rtsp://h/cam7-7, record: false}}
""",
        "cameras.yaml",
    )
    assert short == long


def test_a_template_s_fault_shows_once_in_the_template() -> None:
    """Thirty cameras take it; the fault is of one line. Unused templates are looked at too."""
    head = HEAD.replace("credentials: flota", "credentials: Flota").replace("transport: udp", "transport: sctp")
    found = [
        (fault.line, fault.field)
        for fault in faults_of("".join(f"  - {{id: cam{i}, name: P, host: h{i}}}\n" for i in range(1, 31)), head)
    ]
    assert found == [(6, "templates.domo.credentials"), (11, "templates.bala.main.transport")]


def test_a_camera_s_fault_shows_at_the_camera() -> None:
    """What is written there, what it owes its template, and what two cameras have in common that they must not."""
    faults = faults_of(
        """\
  - {id: cam1, name: P}
  - {id: cam2, name: P, host: "a/b"}
  - {id: cam3, name: P, host: h, template: dommo}
  - {id: cam4, name: P, host: h, main: {transprt: udp}}
  - {id: puente, name: P, host: i}
  - {id: cam6, name: P, host: h}
"""
    )
    assert [(fault.line, fault.field, fault.message.split(",")[0]) for fault in faults] == [
        (13, "cameras.0", "what it inherits asks for {host}"),
        (14, "cameras.1.host", "is not an address or a name"),
        (15, "cameras.2.main", "is missing"),
        (15, "cameras.2.template", "no template of this file has this name"),
        (16, "cameras.3.main.transprt", "there is no such field"),
        (17, "cameras.4.number", "is missing"),
        (18, "cameras.5.main.url", "camera 6 of the list names the same stream as main of camera 4"),
    ]
    assert faults[3].remedy == "Did you mean `domo`?"
    assert all(fault.remedy for fault in faults)


def test_what_does_not_belong_into_a_template_is_refused_there() -> None:
    """Names of cameras, other templates, braces that stand for nothing, a password."""
    faults = faults_of(
        "  - {id: cam1, name: P, host: h}\n",
        """\
defaults: {name: P, main: {url: "rtsp://{adress}/a"}}
templates:
  Domo: {template: otra, sub: {url: "rtsp://u:p@{host}/b"}}
  bala: [1]
cameras:
""",
    )
    assert [(fault.line, fault.field) for fault in faults] == [
        (1, "defaults.name"),
        (1, "defaults.main.url"),
        (3, "templates.Domo"),
        (3, "templates.Domo.template"),
        (3, "templates.Domo.sub.url"),
        (4, "templates.bala"),
    ]
    assert not any("u:p" in str(fault) for fault in faults)


def test_a_template_can_t_make_the_file_larger_than_a_file_may_be() -> None:
    """A thousand cameras times a template of a thousand values is more than any control room's settings."""
    zones = ", ".join(f"{{name: Zona {index}, polygon: [[0, 0], [1, 0], [1, 1]]}}" for index in range(16))
    cameras = "".join(f"  - {{id: cam{index}, name: P, host: h{index}, template: bala}}\n" for index in range(1, 1001))
    head = HEAD.replace(
        "transport: udp}",
        f"transport: udp}}\n    zones: [{zones}]\n    masks: [{', '.join(['[[0, 0], [1, 0], [1, 1]]'] * 32)}]",
    )
    faults = faults_of(cameras, head)
    assert any(f"more than {MAX_VALUES} values" in fault.message for fault in faults)

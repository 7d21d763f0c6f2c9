"""``cameras.yaml`` as an admin writes it, with every mistake that an admin, or somebody who means harm, makes in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nvr.config import Config, load_config
from nvr.config.loader import MAX_FILE_BYTES, MOST_FAULTS, parse_config
from nvr.errors import ConfigError, ConfigFault

CAMERA = "  - {id: cam01, number: 1, name: Puente, main: {url: 'rtsp://10.0.0.1/a'}%s}\n"


def one_camera(more: str = "", head: str = "") -> str:
    """A sound file of one camera, with more fields for it and lines in front."""
    return f"{head}cameras:\n" + CAMERA % (f", {more}" if more else "")


def faults_of(text: str) -> list[ConfigFault]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "cameras.yaml")
    return caught.value.faults


def test_the_smallest_file_has_the_documented_defaults() -> None:
    """What is left out is what docs/configuration.md says."""
    config = parse_config(one_camera(), "cameras.yaml")
    camera = config.cameras[0]
    assert (config.version, config.timezone, config.node.port, config.node.retention_days) == (
        1,
        "America/Lima",
        8080,
        45,
    )
    assert (camera.enabled, camera.sub, camera.main.transport, camera.main.record) == (True, None, "tcp", True)
    assert [zone.name for zone in camera.zones] == ["Toda la vista"]
    assert camera.analysed == "main"


def test_all_faults_show_at_once_in_file_order_with_their_places() -> None:
    """Single values, rules between values, unknown and doubled keys: one run tells everything."""
    text = """\
version: 2
node:
  port: 70000
  prot: 8080
  retention_days: 30
cameras:
  - id: cam01
    number: 1
    name: Puente
    main: {url: rtsp://admin:hunter2@10.0.0.1/a}
    main: {url: rtsp://10.0.0.1/a}
  - id: ../cam
    number: 1
    main: {url: rtsp://10.0.0.2/a, transport: sctp}
    sub: {url: rtsp://10.0.0.2/a}
    neighbours: {cam09: 30}
    zones:
      - name: Puerta
        polygon: [[0, 0], [1, 1], [1, 0], [0, 1]]
      - name: Puerta
        priority: 4
  - id: cam01
    number: zwei
    name: "a\\u202eb"
    credentials: "Admin hunter2"
    main:
"""
    faults = faults_of(text)
    assert [(f.line, f.column, f.field) for f in faults] == [
        (1, 1, "version"),
        (3, 3, "node.port"),
        (4, 3, "node.prot"),
        (5, 3, "node.retention_days"),
        (10, 12, "cameras.0.main.url"),
        (11, 5, "cameras.0.main"),
        (12, 5, "cameras.1.id"),
        (12, 5, "cameras.1.name"),
        (13, 5, "cameras.1.number"),
        (14, 36, "cameras.1.main.transport"),
        (15, 11, "cameras.1.sub.url"),
        (16, 18, "cameras.1.neighbours.cam09"),
        (19, 9, "cameras.1.zones.0.polygon"),
        (20, 9, "cameras.1.zones.1.name"),
        (21, 9, "cameras.1.zones.1.priority"),
        (22, 5, "cameras.2.id"),
        (23, 5, "cameras.2.number"),
        (24, 5, "cameras.2.name"),
        (25, 5, "cameras.2.credentials"),
        (26, 5, "cameras.2.main"),
    ]
    assert all(fault.remedy for fault in faults)
    assert "hunter2" not in "\n".join(map(str, faults))
    assert "\u202e" not in "\n".join(map(str, faults))


@pytest.mark.parametrize(
    ("text", "field", "message", "remedy"),
    [
        (one_camera(head="node: {prot: 1}\n"), "node.prot", "no such field", "`port`"),
        (one_camera(head="nods: {}\n"), "nods", "no such field", "`node`"),
        (one_camera("zzz: 1"), "cameras.0.zzz", "no such field", "takes id, number, name"),
        (one_camera(head="node:\n"), "node", "section", "node: {port: 8080}"),
        (one_camera(head="node: []\n"), "node", "section", "node: {port: 8080}"),
        (one_camera(head="version: '1'\n"), "version", "not one of 1", "version: 1"),
        (one_camera(head="site: 1912\n"), "site", "not a text", "in quotes"),
        (one_camera(head="site: ''\n"), "site", "shorter than 1", "site: Cajamarca"),
        (one_camera(head="timezone: Lima\n"), "timezone", "no such time zone", "America/Lima"),
        (one_camera(head="timezone: ../../etc/passwd\n"), "timezone", "no such time zone", "America/Lima"),
        (one_camera(head="timezone: America\n"), "timezone", "no such time zone", "America/Lima"),
        (one_camera(head="node: {port: true}\n"), "node.port", "not a whole number", "port: 8443"),
        (one_camera(head="node: {port: 0}\n"), "node.port", "at least 1", "1 to 65535"),
        (one_camera(head="node: {port: 1.5}\n"), "node.port", "not a whole number", "port: 8443"),
        (one_camera(head="node: {port: 99999999999999999999999}\n"), "node.port", "not a whole number", "port: 8443"),
        (one_camera(head="node: {segment_s: 1}\n"), "node.segment_s", "at least 5", "5 to 600"),
        (one_camera(head="node: {retention_days: 1e999}\n"), "node.retention_days", "finite", "retention_days: 60"),
        (
            one_camera(head="node: {retention_days: .nan}\n"),
            "node.retention_days",
            "not a number",
            "retention_days: 60",
        ),
        (one_camera(head="node: {retention_days: 0}\n"), "node.retention_days", "more than 0", "retention_days: 60"),
        (one_camera(head="node: {host: -x}\n"), "node.host", "not an address", "for all of them"),
        (one_camera(head="node: {origins: ['*']}\n"), "node.origins.0", "an origin is", "https://"),
        (one_camera(head="node: {origins: ['https://a/b']}\n"), "node.origins.0", "an origin is", "without a path"),
        (one_camera(head="node: {origins: ['https://a:x']}\n"), "node.origins.0", "an origin is", "https://"),
        (one_camera(head="node: {origins: ['null']}\n"), "node.origins.0", "an origin is", "https://"),
        (
            one_camera(head="node: {database: 'mysql://x/y'}\n"),
            "node.database",
            "not a URL of a database",
            "postgresql",
        ),
        (one_camera(head="node: {database: 'postgresql://u:hunter2@h/d'}\n"), "node.database", "password", "pgpass"),
        (
            one_camera(head="node: {database: 'postgresql://h/d?password=hunter2'}\n"),
            "node.database",
            "password",
            "pgpass",
        ),
        (one_camera(head='node: {data: "a\\0b"}\n'), "node.data", "invisible", "plain path"),
        (one_camera(head="node: {tls_key: k.pem}\n"), "node.tls_key", "needs tls_certificate", "tls_certificate: …"),
        (one_camera(head="node: {tls_certificate: c.pem}\n"), "node.tls_certificate", "needs tls_key", "tls_key: …"),
        ("cameras: []\n", "cameras", "needs 1", "cameras: ["),
        ("cameras: cam01\n", "cameras", "not a list", "cameras: ["),
        ("cameras: [cam01]\n", "cameras.0", "section", "cameras: ["),
        ("version: 1\n", "cameras", "is missing", "Add e.g. `cameras: ["),
        (one_camera("neighbours: {cam01: 5}"), "cameras.0.neighbours.cam01", "own neighbour", "Remove"),
        (one_camera("neighbours: {cam02: 5}"), "cameras.0.neighbours.cam02", "no camera", "id of another"),
        (one_camera("credentials: 'a b'"), "cameras.0.credentials", "lower-case", "never a password"),
        (one_camera("enabled: maybe"), "cameras.0.enabled", "neither true nor false", "enabled: false"),
        (one_camera("location: [91, 0]"), "cameras.0.location.0", "at most 90", "location: ["),
        (one_camera("location: [1]"), "cameras.0.location.1", "lacks a coordinate", "both"),
        (one_camera("masks: [[[0, 0], [1, 1], [0.5, 0.5]]]"), "cameras.0.masks.0", "no area", "three corners"),
        (one_camera("masks: [[[0, 0], [1, .nan], [0.5, 1]]]"), "cameras.0.masks.0.1.1", "not a number", "masks: ["),
        (one_camera("masks: [[[0, 0], [640, 0], [0, 1]]]"), "cameras.0.masks.0.1.0", "at most 1", "masks: ["),
        (one_camera("masks: [[[0, 0], [1, 1]]]"), "cameras.0.masks.0", "needs 3", "masks: ["),
        (
            one_camera("sub: {url: 'RTSP://10.0.0.1:554/a'}"),
            "cameras.0.sub.url",
            "same stream as main",
            "leave `sub` out",
        ),
        (one_camera('trunk: "a\\nb"'), "cameras.0.trunk", "invisible", "one line"),
        (one_camera('zones: [{name: "\\ud83d\\ude00\\u200b"}]'), "file", "valid YAML", ""),
        (one_camera('zones: [{name: "x\\u200b"}]'), "cameras.0.zones.0.name", "invisible", "plain letters"),
    ],
)
def test_each_fault_names_the_field_the_matter_and_what_to_write(
    text: str, field: str, message: str, remedy: str
) -> None:
    """Exactly one fault each: no echo of a fault in another place."""
    faults = faults_of(text)
    assert [fault.field for fault in faults][:1] == [field], faults
    assert {(fault.line, fault.column) for fault in faults} == {(faults[0].line, faults[0].column)}
    assert message in faults[0].message
    assert remedy in faults[0].remedy
    assert "hunter2" not in str(faults[0])


@pytest.mark.parametrize(
    "bad", ["../x", "a/b", "Cam01", "cam 1", "-cam", "", "a" * 33, "cam\\u0000", "cám", "cam_1", ".", "cam01\\n\\n x"]
)
def test_ids_that_leave_their_folder_are_refused(bad: str) -> None:
    """An id becomes a folder name, a bus topic and part of a URL."""
    faults = faults_of(one_camera().replace("cam01", f'"{bad}"'))
    assert [fault.field for fault in faults] == ["cameras.0.id"]


def test_two_cameras_with_one_address_are_refused_unless_one_is_switched_off() -> None:
    """Copy and paste between 42 entries: pictures of one corner under another's name."""
    second = "  - {id: cam02, number: 2, name: Parque, main: {url: 'rtsp://10.0.0.1:554/a'}%s}\n"
    faults = faults_of(one_camera() + second % "")
    assert [(fault.line, fault.field) for fault in faults] == [(3, "cameras.1.main.url")]
    assert parse_config(one_camera() + second % ", enabled: false", "f").enabled_cameras[0].id == "cam01"


def test_duplicate_numbers_point_at_the_second_however_they_are_written() -> None:
    """7 and 07 are the same number on the radio."""
    second = "  - {id: cam02, number: 01, name: Parque, main: {url: 'rtsp://10.0.0.2/a'}}\n"
    faults = faults_of(one_camera() + second)
    assert [(fault.line, fault.field) for fault in faults] == [(3, "cameras.1.number")]
    assert "camera 2 of the list has the same number as camera 1" in faults[0].message


@pytest.mark.parametrize("days", ["44.9", "30", "1", "60.1", "90", "3650"])
def test_retention_outside_the_lawful_window_needs_a_reason_in_writing(days: str) -> None:
    """The rule is named, with its doubt; a reason of twenty letters takes the responsibility, an empty or short one does not."""
    faults = faults_of(one_camera(head=f"node: {{retention_days: {days}}}\n"))
    assert [fault.field for fault in faults] == ["node.retention_days"]
    rule = "DS 007-2020-IN art. 17.2" if float(days) < 45 else "01-2020-JUS/DGTAIPD num. 6.13 and 7.18"
    assert rule in faults[0].message
    assert "reported by secondary sources" in faults[0].message
    assert "retention_exception" in faults[0].remedy
    reason = "Acta 014-2026 del CODISEC, 3 de marzo de 2026"
    config = parse_config(one_camera(head=f"node: {{retention_days: {days}, retention_exception: '{reason}'}}\n"), "f")
    assert config.node.retention_exception == reason
    short = faults_of(one_camera(head=f"node: {{retention_days: {days}, retention_exception: yes}}\n"))
    assert [fault.field for fault in short] == ["node.retention_exception"]
    assert faults_of(one_camera(head=f"node: {{retention_days: {days}, retention_exception: ''}}\n"))


@pytest.mark.parametrize("days", ["45", "45.0", "52.5", "60"])
def test_retention_inside_the_window_needs_no_reason(days: str) -> None:
    """Both ends belong to it."""
    assert parse_config(one_camera(head=f"node: {{retention_days: {days}}}\n"), "f").node.retention_days == float(days)


def test_rules_hold_for_configurations_that_come_from_no_file_too() -> None:
    """A model made in code breaks no rule either, and its error shows no input."""
    with pytest.raises(ValueError, match="own neighbour") as caught:
        Config.model_validate(
            {
                "cameras": [
                    {"id": "a", "number": 1, "name": "x", "main": {"url": "rtsp://h/hunter2"}, "neighbours": {"a": 3}}
                ]
            }
        )
    assert "hunter2" not in str(caught.value)


def test_so_many_faults_are_counted_not_listed() -> None:
    """A file of 1000 wrong entries is another file than was meant."""
    faults = faults_of("cameras:\n" + "  - {}\n" * 1000)
    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1].message.startswith(f"{4 * 1000 - MOST_FAULTS} more faults")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n# nothing\n", "is empty"),
        ("null", "is empty"),
        ("- cam01\n", "does not begin with fields"),
        ("hunter2", "does not begin with fields"),
        ("42", "does not begin with fields"),
    ],
)
def test_files_without_fields_are_told_how_to_begin(text: str, message: str) -> None:
    """Empty, a list, a word: each is told the first lines."""
    faults = faults_of(text)
    assert [(fault.message, fault.line) for fault in faults] == [(message, 1)]
    assert "version: 1" in faults[0].remedy
    assert "hunter2" not in str(faults[0])


@pytest.mark.parametrize("convert", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff" + t, lambda t: t.rstrip()])
def test_files_of_other_editors_are_read(convert: Callable[[str], str], tmp_path: Path) -> None:
    """Windows line ends, a byte order mark, no line end at the end."""
    path = tmp_path / "cameras.yaml"
    path.write_bytes(convert(one_camera().replace("Puente", "Jr. Marañón con Jr. Tarapacá")).encode())
    assert load_config(path).cameras[0].name == "Jr. Marañón con Jr. Tarapacá"


def fault_of_file(path: Path) -> ConfigFault:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    (fault,) = caught.value.faults
    assert fault.file == str(path)
    assert "\n" not in str(fault)
    return fault


def test_files_that_are_none(tmp_path: Path) -> None:
    """Missing, a folder, a pipe, a device, a loop of links, too large: one line each, at once, and no waiting."""
    assert "no such file" in fault_of_file(tmp_path / "missing.yaml").message
    assert "--config" in fault_of_file(tmp_path / "missing.yaml").remedy
    assert "Is a directory" in fault_of_file(tmp_path).message
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in fault_of_file(tmp_path / "pipe").message
    assert "not a regular file" in fault_of_file(Path("/dev/zero")).message
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "can't be read" in fault_of_file(tmp_path / "loop").message
    (tmp_path / "file").touch()
    assert "can't be read" in fault_of_file(tmp_path / "file" / "cameras.yaml").message
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert "larger than 4 MiB" in fault_of_file(tmp_path / "large.yaml").message


def test_other_encodings_are_told_where(tmp_path: Path) -> None:
    """Latin-1 and UTF-16, as editors on Windows save them."""
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(one_camera(head="# x\n").replace("Puente", "Marañón").encode("latin-1"))
    fault = fault_of_file(latin)
    assert (fault.line, fault.message) == (3, "is not in UTF-8")
    assert latin.read_bytes().splitlines()[fault.line - 1][fault.column - 1 : fault.column] == b"\xf1"
    wide = tmp_path / "wide.yaml"
    wide.write_bytes(one_camera().encode("utf-16"))
    assert fault_of_file(wide).message == "is not in UTF-8"


KEYS = [
    *Config.model_fields,
    "id",
    "number",
    "name",
    "main",
    "sub",
    "url",
    "zones",
    "polygon",
    "masks",
    "neighbours",
    "node",
    "enabled",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 70000)
    | st.floats()
    | st.sampled_from(["rtsp://h/a", "cam01", "hunter2\n", "x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_no_document_brings_anything_but_faults_with_remedies(document: dict[str, object]) -> None:
    """Fuzz over the shape: whatever stands where, the answer is a list of faults, each with its place, and never a traceback."""
    text = yaml.safe_dump(document)
    faults = faults_of(text) if "cameras" not in document else _faults_or_none(text)
    for fault in faults:
        assert fault.remedy
        assert "hunter2" not in str(fault)
        assert "\n" not in str(fault)
        assert fault.line >= 1 or "more faults" in fault.message


def _faults_or_none(text: str) -> list[ConfigFault]:
    try:
        parse_config(text, "cameras.yaml")
    except ConfigError as error:
        return error.faults
    return []

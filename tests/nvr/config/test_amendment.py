"""A new entry leaves every letter of the rest as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from nvr.config.amendment import difference, with_camera, write_checked
from nvr.config.loader import load_config, parse_config
from nvr.errors import ConfigError

ENTRY = ["id: cam09", "number: 9", 'name: "Nueva"', 'main: {url: "rtsp://h/9"}']
FILES = {
    "plain": 'version: 1\ncameras:\n  - id: cam01\n    number: 1\n    name: x\n    main: {url: "rtsp://h/1"}\n',
    "no indentation": 'cameras:\n- id: cam01\n  number: 1\n  name: x\n  main: {url: "rtsp://h/1"}\n',
    "deep indentation": 'cameras:\n      -   id: cam01\n          number: 1\n          name: x\n          main: {url: "rtsp://h/1"}\n',
    "comments after": 'cameras:\n  - {id: cam01, number: 1, name: x, main: {url: "rtsp://h/1"}}   # the bridge\n  # spare:\n  # - id: cam02\n',
    "sections after": 'cameras:\n  - {id: cam01, number: 1, name: x, main: {url: "rtsp://h/1"}}\n\n# the machine\nnode: {port: 8443}\n',
    "no line end": 'cameras:\n  - {id: cam01, number: 1, name: x, main: {url: "rtsp://h/1"}}',
    "Windows line ends": 'cameras:\r\n  - id: cam01\r\n    number: 1\r\n    name: x\r\n    main: {url: "rtsp://h/1"}\r\nnode: {port: 8443}\r\n',
    "entry over several lines": 'cameras:\n  - id: cam01\n    number: 1\n    name: x\n    main: {url: "rtsp://h/1"}\n'
    "    masks:\n      - [[0.0, 0.0],\n         [0.3, 0.0], [0.3, 0.2]]\n",
    "byte order mark": '\ufeffcameras:\n  - {id: cam01, number: 1, name: x, main: {url: "rtsp://h/1"}}\n',
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_the_rest_of_the_file_stays_letter_by_letter(text: str) -> None:
    """Lines are only added, directly behind the last entry, and the file says both cameras."""
    after = with_camera(text, ENTRY, "x")
    config = parse_config(after, "x")
    assert [camera.id for camera in config.cameras] == ["cam01", "cam09"]
    assert config.node.port == parse_config(text, "x").node.port
    rest = after.splitlines()
    for line in text.splitlines():
        rest.remove(line)
    assert len(rest) == len(ENTRY)
    ended = text if text.endswith("\n") else f"{text}\n"
    removed = [line for line in difference(ended, after, "x").splitlines()[2:] if line.startswith("-")]
    assert removed == []


@pytest.mark.parametrize("text", ["", "version: 1\n", "cameras: []\n", "cameras: [{id: a}]\n", "a: [", "- 1\n"])
def test_what_has_no_such_list_is_refused_with_what_to_do(text: str) -> None:
    """And never mended by guess."""
    with pytest.raises(ConfigError):
        with_camera(text, ENTRY, "x")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    """Its mode stays; a faulty result, or somebody else's change meanwhile, leaves it as it was."""
    path = tmp_path / "cameras.yaml"
    before = FILES["comments after"]
    path.write_text(before, encoding="utf-8")
    path.chmod(0o640)
    twice = with_camera(before, ["id: cam01", *ENTRY[1:]], str(path))
    with pytest.raises(ConfigError, match="same id"):
        write_checked(path, before, twice)
    with pytest.raises(ConfigError, match="somebody else"):
        write_checked(path, before + "# more\n", with_camera(before, ENTRY, str(path)))
    assert path.read_text(encoding="utf-8") == before
    write_checked(path, before, with_camera(before, ENTRY, str(path)))
    assert len(load_config(path).cameras) == 2
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["cameras.yaml"]

"""``nvr cameras add``, as an admin types it, against a simulated device on a real socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from nvr.app.enrolling import _endpoint
from nvr.cli import main
from nvr.config import load_config
from nvr.errors import InvalidInput
from tests.ingest.onvif.devices import LOGIN, STREAMS, serving, simulated

FILE = """# The bridge and what comes after it.
node: {data: DATA}
cameras:
  - {id: cam01, number: 1, name: Puente, main: {url: "rtsp://10.0.0.1/1"}}  # the first
# spare numbers: 2 to 9
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration, and its credentials in the environment."""
    monkeypatch.setenv("NVR_CREDENTIAL_FLOTA", f"{LOGIN.user}:{LOGIN.password.reveal()}")
    made = tmp_path / "cameras.yaml"
    made.write_text(FILE.replace("DATA", str(tmp_path / "data")), encoding="utf-8")
    return made


def add(path: Path, *words: str, streams: dict[str, tuple[str, int, int, int, int, int]] | None = None) -> int:
    """Run the command; its exit status."""

    async def run() -> int:
        async with serving(simulated(streams=streams or dict(STREAMS))) as (_, endpoint):
            asked = ["cameras", "add", "--onvif", f"127.0.0.1:{endpoint.port}", "--config", str(path), *words]
            return await asyncio.to_thread(main, asked)

    return asyncio.run(run())


def test_a_camera_is_added_and_the_rest_stays(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Streams, credentials, ONVIF, movement; comments and order as they were; a second try is refused."""
    before = path.read_text(encoding="utf-8")
    assert add(path, "--credentials", "flota", "--name", "Plaza de Armas", "--dry-run") == 0
    assert path.read_text(encoding="utf-8") == before
    assert add(path, "--credentials", "flota", "--name", "Plaza de Armas") == 0
    said = capsys.readouterr().out
    assert "+  - id: cam02" in said
    assert "ahead of this machine's" in said
    assert LOGIN.password.reveal() not in said
    after = path.read_text(encoding="utf-8")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    camera = load_config(path).cameras[1]
    assert (camera.id, camera.number, camera.name, camera.credentials, camera.ptz) == (
        *("cam02", 2, "Plaza de Armas"),
        "flota",
        True,
    )
    assert camera.main.url == STREAMS["main"][0]
    assert camera.sub is not None
    assert camera.sub.url == STREAMS["sub"][0]
    # The same streams again are another device's entry for the same camera.
    assert add(path, "--credentials", "flota") == 2
    assert "same stream" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == after


def test_streams_that_lead_elsewhere_are_not_written(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even where there is no other; the admin may put the device's own address in their place."""
    before = path.read_text(encoding="utf-8")
    evil = {"main": ("rtsp://169.254.169.254/x", 1920, 1080, 25, 50, 4096)}
    assert add(path, "--credentials", "flota", streams=evil) == 2
    assert "169.254.169.254" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == before
    assert add(path, "--credentials", "flota", "--own-address", streams=evil) == 0
    assert load_config(path).cameras[1].main.url == "rtsp://127.0.0.1/x"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--credentials", "nobody"], "no credentials are called nobody"),
        (["--credentials", "flota", "--main", "none such"], "no profile is called"),
        (["--credentials", "flota", "--id", "cam01"], "same id"),
        (["--credentials", "flota", "--name", "a\u202eb"], "invisible"),
        ([], "refuses the user or the password"),
    ],
)
def test_what_can_not_be_added_is_said_and_changes_nothing(
    path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """One line that says what to do; status 2."""
    before = path.read_text(encoding="utf-8")
    assert add(path, *words) == 2
    assert said in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("address", ["http://10.0.0.1/", "10.0.0.1:0", "10.0.0.1:99999", "", "[::1"])
def test_an_address_that_is_none_is_refused(path: Path, capsys: pytest.CaptureFixture[str], address: str) -> None:
    """Before anything is asked."""
    assert main(["cameras", "add", "--onvif", address, "--config", str(path)]) == 2
    assert "nvr: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "certificate", "port", "pin"),
    [
        ("https://10.0.0.1", "", 443, None),
        ("https://10.0.0.1:8443/", "AA:" * 31 + "AA", 8443, "aa" * 32),
        ("https://[2001:db8::7]", "", 443, None),
    ],
)
def test_an_address_over_tls(address: str, certificate: str, port: int, pin: str | None) -> None:
    """With the port of HTTPS where none is written."""
    found = _endpoint(address, "/x", certificate)
    assert (found.tls, found.port, found.pin) == (True, port, pin)
    for wrong in ((address.removeprefix("https://"), "a" * 64), (address, "a" * 63)):
        with pytest.raises(InvalidInput, match="64 hexadecimal"):
            _endpoint(wrong[0].rstrip("/"), "/x", wrong[1])

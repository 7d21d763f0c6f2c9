"""systemd/nvr.service: what README tells an admin to install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.confinement import UNIT, missing


def directives(section: str) -> dict[str, list[str]]:
    """All values of each directive of a section, in order; systemd adds some of them up."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif line and not line.startswith(("#", ";")) and current == section:
            name, equals, value = line.partition("=")
            assert equals, f"no assignment: {line}"
            found.setdefault(name, []).append(value)
    return found


def test_the_service_reports_itself_and_is_watched() -> None:
    """Ready when the console answers, restarted when it no longer says that it lives."""
    service = directives("Service")
    assert service["Type"] == ["notify"]
    assert service["NotifyAccess"] == ["main"]
    assert 10 <= int(service["WatchdogSec"][0]) <= 120
    assert service["Restart"] == ["always"]
    (command,) = service["ExecStart"]
    assert command.split()[1:2] == ["run"]
    assert "--config" in command
    assert not any(word in command.lower() for word in ("password", "secret", "token"))
    assert directives("Install")["WantedBy"] == ["multi-user.target"]


def test_workers_may_close_their_segments_before_they_are_killed() -> None:
    """SIGTERM goes to the supervisor alone; it gives each worker 10 s, so systemd must wait longer."""
    service = directives("Service")
    assert service["KillMode"] == ["mixed"]
    assert int(service["TimeoutStopSec"][0]) > 10


def test_the_service_runs_with_the_least_that_it_needs() -> None:
    """Its own user, no capability, no writable place but its state folder and one for what can be made anew."""
    service = directives("Service")
    assert service["User"] not in ([], ["root"])
    assert service["CapabilityBoundingSet"] == [""]
    assert service["UMask"] == ["0077"]
    assert service["StateDirectoryMode"] == ["0700"]
    assert service["ProtectSystem"] == ["strict"]
    assert "ReadWritePaths" not in service
    for directive in (
        "NoNewPrivileges",
        "ProtectHome",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectKernelTunables",
        "ProtectKernelModules",
        "ProtectKernelLogs",
        "ProtectControlGroups",
        "RestrictNamespaces",
        "RestrictSUIDSGID",
        "LockPersonality",
    ):
        assert service[directive] == ["yes"], directive
    assert set(service["RestrictAddressFamilies"][0].split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert any("@system-service" in value for value in service["SystemCallFilter"])
    # Machine code lies there: nobody else may write to it.
    assert service["CacheDirectoryMode"] == ["0700"]
    (environment,) = service["Environment"]
    assert environment.startswith(f"NUMBA_CACHE_DIR=/var/cache/{service['CacheDirectory'][0]}/")
    assert "MemoryDenyWriteExecute" not in service, "loops are compiled"
    # The time line tells by a file under /proc/sys whether the machine was started anew.
    assert service.get("ProcSubset", ["all"]) == ["all"]


@pytest.mark.parametrize(
    ("work", "words"),
    [
        ("the bus", "import zmq; c = zmq.Context(); c.socket(zmq.XPUB).close(); c.term()"),
        ("pictures out of recordings", "from analytics.thumbnails import main; assert main() == 0"),
        ("loops that are compiled", "from analytics.cell_loops import everywhere"),
        ("asking whether NTP keeps the clock", "import ctypes; assert ctypes.CDLL(None).adjtimex(bytes(512)) >= 0"),
    ],
)
def test_what_the_programs_ask_of_the_kernel_passes_the_filter(work: str, words: str, tmp_path: Path) -> None:
    """A refused call is no warning: ZeroMQ aborts, and the service would not come up at all."""
    if lacking := missing():
        pytest.skip(lacking)
    program = f"from tests.confinement import confine; confine(); {words}"
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(tmp_path / "compiled"),
    }  # empty: it is compiled under the filter
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=UNIT.parents[1],
        env=environment,
    )
    assert done.returncode == 0, f"{work}: {done.stderr}"


def test_what_it_has_no_need_of_is_refused() -> None:
    """The test above can fail: the filter is in force."""
    if lacking := missing():
        pytest.skip(lacking)
    program = "import os; from tests.confinement import confine; confine(); os.sched_setaffinity(0, {0})"
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60, cwd=UNIT.parents[1]
    )
    assert "PermissionError" in done.stderr


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit with a program, a user and folders that exist on this machine."""
    program = tmp_path / "nvr"
    program.symlink_to(sys.executable)
    text = UNIT.read_text(encoding="utf-8")
    command = directives("Service")["ExecStart"][0].split()[0]
    text = (
        text.replace(f"ExecStart={command}", f"ExecStart={program}")
        .replace("User=nvr", "User=root")
        .replace("Group=nvr", "Group=root")
    )
    path = tmp_path / "nvr.service"
    path.write_text(text, encoding="utf-8")
    return path


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (Debian package systemd)")
    result = subprocess.run(
        [program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )
    if "Failed to initialize manager" in result.stderr or "Failed to connect to bus" in result.stderr:
        pytest.skip(f"systemd-analyze can't work here: {result.stderr.strip().splitlines()[-1]}")
    return result


def test_systemd_understands_every_line(installed: Path) -> None:
    """A misspelt directive is ignored at run time with a warning that nobody reads."""
    result = _analyze("verify", "--man=no", str(installed))
    about_us = [line for line in result.stderr.splitlines() if "nvr.service" in line]
    assert about_us == []


def test_a_misspelt_directive_would_be_seen(installed: Path) -> None:
    """The test above can fail."""
    installed.write_text(
        installed.read_text(encoding="utf-8").replace("WatchdogSec=", "WatchdogSecs="), encoding="utf-8"
    )
    result = _analyze("verify", "--man=no", str(installed))
    assert "WatchdogSecs" in result.stderr


def test_systemds_own_count_of_exposure_is_low(installed: Path) -> None:
    """systemd-analyze security: 10 is a service without any hardening, below 2 its word is OK."""
    result = _analyze("security", "--offline=yes", "--threshold=25", "--no-pager", str(installed))
    assert result.returncode == 0, result.stdout[-600:]

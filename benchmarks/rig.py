"""What the whole-system benchmarks and journeys start: a simulated fleet and a node, each as the processes that a user would start."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import yaml

ROOT = Path(__file__).resolve().parent.parent
_LISTENING = range(20_000, 32_000)
"""Below those of outgoing connections (Linux: 32768 to 60999)."""
CAMERAS_YAML = ROOT / "config" / "cameras.yaml"


def free_port() -> int:
    """A TCP port that nobody has now, and that the system gives to no outgoing connection before it is listened on."""
    for port in random.SystemRandom().sample(_LISTENING, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError(f"of 100 ports in {_LISTENING} none is free")


def write_config(
    path: Path,
    *,
    cameras: int,
    fleet_port: int,
    console_port: int,
    data: Path,
    udp_every: int = 7,
    node: Mapping[str, object] | None = None,
    onvif_ports: Mapping[int, int] | None = None,
) -> None:
    """``config/cameras.yaml`` cut down or cloned to ``cameras`` cameras, on other ports; each ``udp_every``-th camera sends by UDP, 0: none.

    ``onvif_ports``: the port of the ONVIF service that a camera (by its number) is moved by; the others have none.
    """
    document = yaml.safe_load(CAMERAS_YAML.read_text(encoding="utf-8"))
    originals = document["cameras"]
    entries = []
    for index in range(cameras):
        entry = json.loads(json.dumps(originals[index % len(originals)]))
        entry["id"], entry["number"] = f"cam{index + 1:02d}", index + 1
        entry.pop("template", None)
        transport = "udp" if udp_every and (index + 1) % udp_every == 0 else "tcp"
        for stream in ("main", "sub"):
            entry[stream] = {
                "url": f"rtsp://127.0.0.1:{fleet_port}/cam{index + 1:02d}/{stream}",
                "transport": transport,
                "record": stream == "main",
            }
        entry.pop("onvif", None)
        entry.pop("ptz", None)
        if port := (onvif_ports or {}).get(index + 1):
            entry["onvif"], entry["ptz"] = {"host": "127.0.0.1", "port": port}, True
        entries.append(entry)
    document.pop("defaults", None)
    document.pop("templates", None)
    document["cameras"] = entries
    accepted = "a rig's recordings are nobody's evidence"
    document["node"] = {"data": str(data), "port": console_port, "shortage_accepted": accepted, **(node or {})}
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


@dataclass(slots=True)
class Started:
    """A process and where its output goes."""

    process: subprocess.Popen[bytes]
    log: Path

    def stop(self, timeout_s: float = 40.0) -> int:
        """SIGTERM and wait; SIGKILL to the whole tree after ``timeout_s``."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill_tree()
        return self._reap()

    def kill_tree(self) -> None:
        """SIGKILL to it and to all its children."""
        with suppress(psutil.NoSuchProcess):
            tree = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
            for member in tree:
                with suppress(psutil.NoSuchProcess):
                    member.send_signal(signal.SIGKILL)
        self._reap()

    def _reap(self) -> int:
        code = self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        return code


def start(arguments: list[str], log: Path, environment: dict[str, str] | None = None) -> Started:
    """Start a process of ours with its output in ``log``."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            cwd=ROOT,
        )
    return Started(process, log)


def wait_for(condition: str, probe: Callable[[], bool], timeout_s: float, started: Started | None = None) -> None:
    """Poll ``probe()`` until true.

    Raises:
        TimeoutError: with the tail of the process's log.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if probe():
            return
        if started is not None and started.process.poll() is not None:
            break
        time.sleep(0.05)
    tail = started.log.read_text(errors="replace")[-3000:] if started else ""
    raise TimeoutError(f"{condition} did not come true in {timeout_s:.0f} s\n{tail}")


def listens(port: int) -> bool:
    """Whether somebody accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(slots=True)
class ProcessUse:
    """CPU and memory of one process over a window."""

    name: str
    cores: float
    rss_mb: float


@dataclass(slots=True)
class UseMeter:
    """Measures the CPU of a process tree between two looks."""

    root: int
    before: dict[int, tuple[float, str]] = field(default_factory=dict)
    began_s: float = 0.0

    def _tree(self) -> Iterator[psutil.Process]:
        root = psutil.Process(self.root)
        yield root
        yield from root.children(recursive=True)

    def begin(self) -> None:
        """Take the first look."""
        self.began_s = time.monotonic()
        self.before = {process.pid: (_cpu_s(process), _name(process)) for process in self._tree()}

    def end(self) -> list[ProcessUse]:
        """Take the second look: cores used per process since ``begin``, resident memory now."""
        elapsed_s = time.monotonic() - self.began_s
        uses = []
        for process in self._tree():
            if process.pid in self.before:
                used_s = _cpu_s(process) - self.before[process.pid][0]
                uses.append(ProcessUse(_name(process), used_s / elapsed_s, process.memory_info().rss / 1e6))
        return uses


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if "--worker" in words:
        return words[words.index("--worker") + 1]
    if "nvr.app.control" in words:
        return "control"
    if "nvr.cli" in words or any(word.endswith("/nvr") for word in words):
        return "supervisor"
    return process.name()


@contextmanager
def fleet(
    config: Path,
    *,
    cameras: int,
    port: int,
    folder: Path,
    cache: Path,
    credentials: Path,
    events_per_hour: float,
    small: bool = False,
    listens_within_s: float = 1200,
) -> Iterator[Started]:
    """A simulated fleet that listens; ``small``: of small pictures, for tests of everything but the cost."""
    arguments = [
        "ingest.simulator",
        "--config",
        str(config),
        "--cache",
        str(cache),
        "--port",
        str(port),
        "--cameras",
        str(cameras),
    ]
    arguments += [
        "--events-per-hour",
        str(events_per_hour),
        "--control",
        str(folder / "sim.sock"),
        "--truth",
        str(folder / "truth.jsonl"),
    ]
    arguments += ["--credentials", str(credentials), *(["--small"] if small else [])]
    started = start(arguments, folder / "fleet.log")
    try:
        wait_for("the fleet listens", lambda: listens(port), listens_within_s, started)
        yield started
    finally:
        started.stop()


@contextmanager
def node(config: Path, *, console_port: int, folder: Path) -> Iterator[Started]:
    """A node whose console answers."""
    started = start(["nvr.cli", "run", "--config", str(config)], folder / "nvr.log")
    try:
        wait_for("the console answers", lambda: listens(console_port), 60, started)
        yield started
    finally:
        started.stop()

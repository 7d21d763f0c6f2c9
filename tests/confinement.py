"""Runs a module of ours under the system call filter of ``systemd/nvr.service``: ``python -m tests.confinement MODULE ARGUMENTS…``.

systemd itself is not needed: it says what its sets of calls hold, and libseccomp, which it brings along, puts the filter in force.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

UNIT: Final = Path(__file__).parents[1] / "systemd" / "nvr.service"
_LIBRARY: Final = "libseccomp.so.2"
_ALWAYS: Final = frozenset({"execve", "exit", "exit_group", "getrlimit", "rt_sigreturn", "sigreturn"})
"""Let through whatever a unit says, beside @default (systemd.exec(5))."""
_REFUSED_BY: Final = {
    "ProtectClock": "@clock",
    "ProtectKernelModules": "@module",
    "ProtectKernelLogs": "syslog",
}
"""Directives that refuse system calls of their own, whatever SystemCallFilter lets through."""
_ALLOW: Final = 0x7FFF_0000  # seccomp(2): SECCOMP_RET_ALLOW
_EPERM: Final = 0x0005_0001  # SECCOMP_RET_ERRNO with EPERM
_NO_NEW_PRIVILEGES: Final = 38  # prctl(2)


def missing() -> str:
    """What this machine lacks for it, or ""."""
    if shutil.which("systemd-analyze") is None:
        return "systemd-analyze is not installed (Debian package systemd)"
    try:
        ctypes.CDLL(_LIBRARY)
    except OSError:
        return f"{_LIBRARY} is not installed (Debian package libseccomp2)"
    return ""


def allowed_calls() -> frozenset[str]:
    """Names of the system calls that the unit lets through."""
    allowed, refused = set(_members("@default")), set[str]()
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        if name == "SystemCallFilter":
            words = value.removeprefix("~").split()
            named = {call for word in words for call in _members(word)}
            allowed = allowed - named if value.startswith("~") else allowed | named
        elif name in _REFUSED_BY and value == "yes":
            refused |= _members(_REFUSED_BY[name])
    return frozenset(allowed - refused | _ALWAYS)


@cache
def _members(word: str) -> frozenset[str]:
    """A call itself, or all calls of a set and of the sets in it."""
    if not word.startswith("@"):
        return frozenset({word})
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", word], check=True, capture_output=True, text=True, timeout=60
    )
    names = [line.strip() for line in told.stdout.splitlines()[1:]]
    return frozenset(call for name in names if name and not name.startswith("#") for call in _members(name))


def confine() -> None:
    """Put the filter in force for this process and all that it starts.

    Raises:
        OSError: the kernel refuses.
    """
    library, libc = ctypes.CDLL(_LIBRARY, use_errno=True), ctypes.CDLL(None, use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_EPERM))
    for name in sorted(allowed_calls()):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # else a call of another architecture
            library.seccomp_rule_add(context, _ALLOW, number, 0)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or library.seccomp_load(context):
        raise OSError(ctypes.get_errno(), "the filter can't be put in force here")


if __name__ == "__main__":
    confine()
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])  # noqa: S606 - there is nothing for a shell to do

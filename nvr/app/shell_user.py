"""Who runs a command on this machine, for versions and the audit: as the kernel says, never as the environment does, which whoever runs it chooses."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path
from typing import Final

_LOG_IN: Final = Path("/proc/self/loginuid")
"""As whom somebody logged in at this machine: it stays through su and sudo (audit(7), pam_loginuid(8))."""
_NOBODY: Final = 2**32 - 1
"""What stands there where nobody did: a service, a container."""


def shell_user() -> str:
    """The operating system's account and machine, e.g. ``nvr@central``; with who logged in before he became that: ``nvr@central (ana)``."""
    uid = os.getuid()
    name = f"{_name(uid)}@{socket.gethostname()}"
    logged_in = _logged_in()
    return name if logged_in in {uid, _NOBODY} else f"{name} ({_name(logged_in)})"


def _logged_in() -> int:
    try:
        return int(_LOG_IN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return _NOBODY


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"

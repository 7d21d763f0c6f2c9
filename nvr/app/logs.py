"""Logging of every process of a node: one line an event, UTC, on standard error; systemd's journal or the terminal keeps it."""

from __future__ import annotations

import logging
import re
import time
from types import TracebackType

from nvr.redact import redact_url

# C0 and C1 controls (a terminal obeys some of them), and what Unicode calls line and paragraph separator.
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Formatter(logging.Formatter):
    """One line an event: what cameras, browsers and foreign libraries say can neither forge a line nor move a terminal's cursor.

    The lines of a traceback, whose last one is such text too, are marked, so that none of them passes for an event.
    """

    converter = staticmethod(time.gmtime)
    # Not as an argument: logging leaves the milliseconds out where it is given a format for the time.
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        # Last line of defence: foreign libraries quote URLs.
        return redact_url(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return _CONTROL.sub(_visible, super().formatMessage(record))

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's name
        return _marked(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        return _marked(super().formatStack(stack_info))


def _visible(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode()


def _marked(text: str) -> str:
    return "\n".join(f"  | {_CONTROL.sub(_visible, line)}" for line in text.split("\n"))


def configure_logging(process: str, level: int = logging.INFO) -> None:
    """Send this process's log to standard error, marked with its name."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter(f"%(asctime)s %(levelname)s {process} %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)

"""Logging of every process of a node: one line an event, UTC, on standard error; systemd's journal or the terminal keeps it."""

from __future__ import annotations

import logging
import time

from nvr.redact import redact_url


class _Formatter(logging.Formatter):
    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        # Last line of defence: foreign libraries quote URLs. Newlines in camera-supplied text must not forge lines.
        return redact_url(super().format(record)).replace("\r", "\\r")


def configure_logging(process: str, level: int = logging.INFO) -> None:
    """Send this process's log to standard error, marked with its name."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter(f"%(asctime)s %(levelname)s {process} %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)

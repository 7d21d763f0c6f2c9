"""The log: one line an event, in UTC, without secrets; text from outside neither forges lines nor moves a cursor."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.app.logs import configure_logging

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:INFO|WARNING|ERROR) ingest-0 [\w.]+: ")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """The root logger belongs to pytest again afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(capsys: pytest.CaptureFixture[str], *arguments: object, exc_info: bool = False) -> str:
    # After pytest's own handlers, so that basicConfig(force=True) closes none that is in use.
    logging.getLogger().handlers[:] = []
    configure_logging("ingest-0")
    logging.getLogger("ingest.session").error("camera %s says %s", *arguments, exc_info=exc_info)
    return capsys.readouterr().err


def refuse(error: Exception) -> None:
    raise error


def test_a_line_has_time_in_utc_level_process_and_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever time zone the machine is in."""
    logging.getLogger().handlers[:] = []
    configure_logging("ingest-0")
    handler = logging.getLogger().handlers[0]
    record = logging.LogRecord("ingest.session", logging.INFO, "", 0, "ready", (), None)
    record.created, record.msecs = 1_790_000_000.0, 7.0
    assert handler.format(record) == "2026-09-21T14:13:20.007Z INFO ingest-0 ingest.session: ready"


def test_secrets_of_foreign_messages_are_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    """In the message and in a traceback."""
    try:
        refuse(OSError("rtsp://admin:hunter2@10.0.0.7/a refused"))
    except OSError:
        text = logged(capsys, "cam07", "rtsp://admin:hunter2@10.0.0.7/a", exc_info=True)
    assert "hunter2" not in text
    assert "OSError: rtsp://10.0.0.7/a refused" in text


@pytest.mark.parametrize(
    "forged",
    [
        "x\n2026-01-01T00:00:00.000Z ERROR ingest-0 a.b: all is well",
        "x\r2026",
        "x\x1b[2J",
        "x\u2028y",
        "x\x85y",
        "x\x9b31m",
        "x\0",
        "x\x08",
    ],
)
def test_text_from_a_camera_stays_in_its_line(capsys: pytest.CaptureFixture[str], forged: str) -> None:
    """Line ends of every kind and terminal controls are shown, not obeyed."""
    text = logged(capsys, "cam07", forged)
    assert LINE.match(text)
    assert len(text.splitlines()) == 1
    assert text.rstrip("\n").isprintable()


def test_a_traceback_is_marked_so_that_no_line_of_it_passes_for_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    """The text of an exception comes from a camera, too."""
    try:
        refuse(ValueError("bad\n2026-01-01T00:00:00.000Z ERROR ingest-0 a.b: forged\x1b[1m"))
    except ValueError:
        text = logged(capsys, "cam07", "no", exc_info=True)
    first, *rest = text.splitlines()
    assert LINE.match(first)
    assert len(rest) > 3
    assert all(line.startswith("  | ") for line in rest)
    assert "\x1b" not in text


@given(st.text(max_size=80))
def test_any_text_is_one_line(message: str) -> None:
    """Fuzz, without the stream."""
    logging.getLogger().handlers[:] = []
    configure_logging("ingest-0")
    record = logging.LogRecord("a", logging.INFO, "", 0, "%s", (message,), None)
    assert len(logging.getLogger().handlers[0].format(record).splitlines()) == 1


def test_chatty_libraries_are_kept_quiet() -> None:
    """A line for every request of 12 terminals would bury the rest."""
    logging.getLogger().handlers[:] = []
    configure_logging("control")
    assert not logging.getLogger("uvicorn.access").isEnabledFor(logging.INFO)
    assert not logging.getLogger("asyncio").isEnabledFor(logging.INFO)
    assert logging.getLogger("nvr").isEnabledFor(logging.INFO)
    assert len(logging.getLogger().handlers) == 1

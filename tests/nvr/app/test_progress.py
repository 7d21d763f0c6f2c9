"""The start-up display on a terminal and in a log."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from rich.console import Console

from nvr.app.progress import Progress


def in_a_log(width: int = 80) -> tuple[Progress, io.StringIO]:
    out = io.StringIO()
    return Progress(Console(file=out, width=width, force_terminal=False)), out


def on_a_terminal() -> tuple[Progress, io.StringIO]:
    out = io.StringIO()
    return Progress(Console(file=out, width=100, force_terminal=True, legacy_windows=False)), out


@pytest.mark.parametrize("make", [in_a_log, on_a_terminal])
def test_what_is_said_stands_there_letter_by_letter(make: type) -> None:
    """No markup, no emoji, no break in the middle of a password or an address, however narrow the log."""
    progress, out = make()
    text = f"[bold]:camera: http://localhost:8080/ [/] {'x' * 200} {'y' * 60}"
    with progress:
        progress.say(text)
    assert text in out.getvalue()


def test_a_log_gets_a_line_for_each_tenth() -> None:
    """Not one for each of 84 streams; and none twice."""
    progress, out = in_a_log()
    for done in range(85):
        progress.bar("Streams", done, 84)
        progress.bar("Streams", done, 84)
    lines = out.getvalue().splitlines()
    assert lines[0] == "Streams: 0 of 84"
    assert lines[-1] == "Streams: 84 of 84"
    assert len(lines) == 11


def test_a_bar_that_falls_back_is_not_told_again() -> None:
    """A camera that comes and goes does not fill the log."""
    progress, out = in_a_log()
    for done in (5, 10, 7, 10, 2, 10):
        progress.bar("Streams", done, 10)
    assert out.getvalue().splitlines() == ["Streams: 5 of 10", "Streams: 10 of 10"]


def test_a_total_of_none_does_no_harm() -> None:
    """All cameras switched off."""
    for progress, _ in (in_a_log(), on_a_terminal()):
        with progress:
            progress.bar("Streams", 0, 0)
            progress.streams(0, 0, 0, 0)


def test_the_end_is_said_once_and_only_when_all_is_there_and_the_console_answers() -> None:
    """Streams first, then analysis, then the address, in any order."""
    progress, out = in_a_log()
    progress.streams(84, 84, 42, 42)
    assert "recorded and analysed" not in out.getvalue()
    progress.ready("http://localhost:8080/")
    progress.streams(83, 84, 42, 42)
    progress.streams(84, 84, 41, 42)
    assert "recorded and analysed" not in out.getvalue()
    progress.streams(84, 84, 42, 42)
    progress.streams(84, 84, 42, 42)
    assert out.getvalue().count("All 42 cameras are recorded and analysed.") == 1
    assert "http://localhost:8080/" in out.getvalue()


def test_the_display_ends_on_errors_too() -> None:
    """Else the cursor stays hidden in the admin's terminal."""
    progress, out = on_a_terminal()
    with suppress(RuntimeError), progress:
        progress.bar("Clips", 1, 4)
        assert "\x1b[?25l" in out.getvalue()
        raise RuntimeError
    assert out.getvalue().rindex("\x1b[?25h") > out.getvalue().rindex("\x1b[?25l")

"""The page that ``nvr evaluate --report`` writes: tables in Markdown, curves as pictures beside it."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2

from analytics.baselines import CLEANINGS, USUAL, PeerSetting
from analytics.evaluation import TABLE_HEAD, Result, table_rows, total
from analytics.roc import draw
from analytics.rule_evaluation import RULES_HEAD, RuleScore, by_kind, rule_row
from analytics.sweep import SWEEP_HEAD, VERDICT_HEAD, Tried, sweep_rows, verdict_row
from nvr.errors import StorageError


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows of one sequence, by detector."""

    name: str
    results: dict[str, Result]


@dataclass(frozen=True, slots=True)
class Page:
    """What was measured.

    Attributes:
        done: the sequences of pictures.
        peers: how the other detectors were set.
        tried: of which settings these are the best; empty where they are the usual ones.
        rules: the generated sequences of the rules of zones; empty where these were not asked for.
    """

    done: Sequence[Evaluation]
    peers: Sequence[PeerSetting] = USUAL
    tried: Sequence[Tried] = ()
    rules: Sequence[RuleScore] = ()


def all_rows(done: Sequence[Evaluation]) -> list[str]:
    """The sums over several sequences; nothing of one."""
    return table_rows(f"**all {len(done)}**", total(entry.results for entry in done)) if len(done) > 1 else []


def verdict(done: Sequence[Evaluation]) -> list[str]:
    """Sequence by sequence, whether ours is ahead."""
    return [VERDICT_HEAD, *(verdict_row(entry.name, entry.results) for entry in done)]


def report(page: Page, *, now: datetime | None = None) -> str:
    """All tables as Markdown; ``now``: the day to print, UTC."""
    when = now or datetime.now(UTC)
    command = "nvr evaluate" + " --dataset DIR" * bool(page.done) + " --sweep" * bool(page.tried)
    command += " --rules" * bool(page.rules) + " --report FILE"
    lines = [
        "# Motion detection, measured",
        "",
        f"{when:%Y-%m-%d}, {_processor()}, one thread, OpenCV {cv2.__version__}. Made by `{command}`.",
    ]
    if page.done:
        lines += ["", *_motion(page)]
    if page.tried:
        lines += ["", *_settings(page.tried)]
    if page.rules:
        lines += ["", *_rules(page.rules)]
    return "\n".join(lines) + "\n"


def _motion(page: Page) -> list[str]:
    chosen = "the best of those tried (below)" if page.tried else "the usual one"
    return [
        f"One setting of each detector for all sequences; of the others {chosen}, on at most 320 columns, without shadows:",
        "",
        *(f"- {peer}" for peer in page.peers),
        "",
        *verdict(page.done),
        "",
        "- Ours: the cells that surely differ from the background, and those beside them that move with them and differ nearly as much; joined: those that",
        "  zones, rules and the index take, also much fainter ones beside them, and without what merely stands changed. Ahead by:",
        "  F1 beside the best of the others in that sequence.",
        "- Cells: 18x32; true where a tenth of the judged pixels moves. The truth of simulated scenes is drawn by what drew their pictures: each pixel of a",
        "  person or vehicle counts, also where it hardly differs from what is behind it.",
        "- Pixels: only where the truth is a picture; ours works on 160x90, so its outlines are coarse.",
        "- Events: of changedetection.net stretches of at least 1 s in which at least 2 cells move; of simulated scenes each person and vehicle. Found where an",
        "  observation (the default zone's: 2 joined cells for 0.6 s, the same for each detector) meets it; false where one meets none.",
        "- Delay: from the event's first frame to the decision, median; 0.6 s of it is the zone's own minimum. µs: processor time, mean per frame, on this machine.",
        "- Frames closer than 75 ms to the last one that ours looked at are passed by, as in the running system: what that one showed is held against them.",
        "",
        TABLE_HEAD,
        *all_rows(page.done),
        *(row for entry in page.done for row in table_rows(entry.name, entry.results)),
        "",
        "Cells found against cells falsely taken for moving, as each detector's threshold falls (ours: evidence; the others: share of a cell's pixels):",
        "",
        *(f"![{entry.name}](images/{curves_name(entry.name)})" for entry in page.done),
    ]


def _settings(tried: Sequence[Tried]) -> list[str]:
    return [
        "## The settings tried",
        "",
        f"Each threshold with its best clean-up (of: {'; '.join(CLEANINGS)}) and its best share of a cell's pixels from which the cell moves, by the mean of",
        "the sequences' F1. They are chosen on the sequences that are compared on; ours has one default for all.",
        "",
        SWEEP_HEAD,
        *sweep_rows(tried),
    ]


def _rules(rules: Sequence[RuleScore]) -> list[str]:
    return [
        "## The rules of zones",
        "",
        "On generated sequences, of which each says what should be reported and when; whatever else is reported is false. Their limits were set while looking at",
        "these sequences ([rules of zones](design/zone-rules.md)). Found, missed, false: over all seeds. Delay: from when it could be told first, median.",
        "",
        RULES_HEAD,
        *(rule_row(score) for score in (*by_kind(rules), *rules)),
    ]


def curves_name(sequence: str) -> str:
    """The file of a sequence's curves."""
    return f"roc-{re.sub(r'[^a-z0-9]+', '-', sequence.lower()).strip('-')}.png"


def write_curves(path: Path, entry: Evaluation) -> None:
    """How sure each detector is of its cells, as a picture.

    Raises:
        StorageError: it can't be written.
    """
    picture = draw(entry.name, {name: result.roc for name, result in entry.results.items()})
    written, data = cv2.imencode(".png", picture)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.tobytes() if written else b"")
    except OSError as error:
        raise StorageError(f"{path} can't be written ({error.strerror})", "name another file") from error


def write_report(path: Path, text: str) -> None:
    """Put the page where told.

    Raises:
        StorageError: it can't be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path} can't be written ({error.strerror})", "name another file") from error


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()

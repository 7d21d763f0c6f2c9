"""Faults and causes of gaps in the words of those who read them on screen and on paper. ``nvr`` says them in English, on terminals and in logs; here they become
Spanish by their shape.

Two files hold each sentence with ``{}`` for what varies: ``spanish_config_faults.json`` those of ``nvr.config``, ``spanish_camera_faults.json`` those of cameras,
disks and recording. A sentence that is not among them is shown as it is: better in another language than not at all; a test finds it.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from nvr.errors import ConfigFault

CONFIG_FILE: Final = Path(__file__).with_name("spanish_config_faults.json")
CAMERA_FILE: Final = Path(__file__).with_name("spanish_camera_faults.json")


@functools.cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The most telling first: of two that fit, the one with more letters of its own."""
    words: dict[str, str] = {}
    for file in (CONFIG_FILE, CAMERA_FILE):
        words |= json.loads(file.read_text(encoding="utf-8"))
    ordered = sorted(words.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return tuple(
        (re.compile("(.+)".join(map(re.escape, english.split("{}"))), re.DOTALL), spanish)
        for english, spanish in ordered
    )


def spanish(sentence: str) -> str:
    """A message or a remedy in Spanish, a sentence inside it likewise; as it is where nobody has translated it."""
    for shape, words in _shapes():
        found = shape.fullmatch(sentence)
        if found is not None:
            parts = words.split("{}")
            filled = (spanish(found[number]) if number < len(parts) else "" for number in range(1, len(parts)))
            return parts[0] + "".join(value + part for value, part in zip(filled, parts[1:], strict=True))
    return sentence


def spanish_line(line: str) -> str:
    """A whole line of sentences with colons between them, as ``str`` of an ``NvrError`` gives it: message, then remedy."""
    end = len(line)
    while (end := line.rfind(": ", 0, end)) > 0:
        head, tail = line[:end], line[end + 2 :]
        if (last := spanish(tail)) != tail and (first := spanish_line(head)) != head:
            return f"{first}: {last}"
    return spanish(line)


def spanish_summary(summary: str) -> str:
    """What a version of the configuration changed, as ``ConfigDiff.summary`` says it."""
    return "; ".join(map(spanish, summary.split("; ")))


def spanish_terms(terms: str) -> str:
    """Figures behind a judgement, one after the other with commas between them, as a view's and a rate's watchers give them."""
    each = [(term, spanish(term)) for term in terms.split(", ")]
    if all(told != term for term, told in each):
        return ", ".join(told for _, told in each)
    return spanish_line(terms)  # a sentence with a comma of its own


def in_spanish(fault: ConfigFault) -> ConfigFault:
    """The same fault, at the same place."""
    return replace(fault, message=spanish(fault.message), remedy=spanish(fault.remedy))

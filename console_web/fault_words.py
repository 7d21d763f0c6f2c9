"""Faults of the configuration in the administrator's words. ``nvr`` says them in English, on terminals and in logs; here they become Spanish by their shape.

``fault_words.json`` holds each sentence of ``nvr.config`` with ``{}`` for what varies. A sentence that is not among them is shown as it is: better in another
language than not at all; a test finds it.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from nvr.errors import ConfigFault

FILE: Final = Path(__file__).with_name("fault_words.json")


@functools.cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The most telling first: of two that fit, the one with more letters of its own."""
    words: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    ordered = sorted(words.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return tuple(
        (re.compile("(.+)".join(map(re.escape, english.split("{}"))), re.DOTALL), spanish)
        for english, spanish in ordered
    )


def spanish(sentence: str) -> str:
    """A message or a remedy in Spanish; as it is where nobody has translated it."""
    for shape, words in _shapes():
        found = shape.fullmatch(sentence)
        if found is not None:
            parts = words.split("{}")
            filled = (found[number] if number < len(parts) else "" for number in range(1, len(parts)))
            return parts[0] + "".join(value + part for value, part in zip(filled, parts[1:], strict=True))
    return sentence


def in_spanish(fault: ConfigFault) -> ConfigFault:
    """The same fault, at the same place."""
    return replace(fault, message=spanish(fault.message), remedy=spanish(fault.remedy))

"""Words that are struck out of what was written of an incident, because they name somebody who need not stand there (Ley 29733: limited keeping, rectification). Pure.

What is struck is gone, not hidden; that it was struck, by whom and why, stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from nvr.catalogue.texts import line
from nvr.errors import InvalidInput

LEAST_LETTERS: Final = 3
"""Fewer would strike pieces of other words all over a text."""
MOST_LETTERS: Final = 120


def striker(words: str, mark: str) -> Callable[[str], str]:
    """Puts ``mark`` in the place of some words wherever a text has them: whole words only, whatever their capitals and blanks.

    Raises:
        InvalidInput: too few letters or digits, too many, or words that the mark itself has.
    """
    cleaned = unicodedata.normalize("NFC", line(words, MOST_LETTERS + 1))
    letters = sum(each.isalnum() for each in cleaned)
    if letters < LEAST_LETTERS or len(cleaned) > MOST_LETTERS:
        raise InvalidInput(
            f"Para tachar hacen falta de {LEAST_LETTERS} a {MOST_LETTERS} letras o cifras",
            "escriba el nombre o el número completo",
        )
    blank_between = r"\s+".join(map(re.escape, cleaned.split()))
    pattern = re.compile(rf"(?<!\w){blank_between}(?!\w)", re.IGNORECASE)
    if pattern.search(mark):
        raise InvalidInput("Esa palabra es la que dice que algo fue tachado", "escriba el nombre o el número completo")

    def struck(text: str) -> str:
        # The same letter may be written in two ways (with a combining accent); only what is struck may change how a text is written.
        whole = unicodedata.normalize("NFC", text)
        after = pattern.sub(mark, whole)
        return text if after == whole else after

    return struck

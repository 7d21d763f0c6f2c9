"""The catalogue of ocurrencias: complete, unique, in proper Spanish."""

from __future__ import annotations

from collections import Counter

from alerts.occurrences import occurrence_type, occurrence_types


def test_codes_are_unique_and_say_their_group() -> None:
    types = occurrence_types()
    assert max(Counter(kind.code for kind in types).values()) == 1
    prefixes = {kind.group: kind.code[:3] for kind in types}
    assert len(set(prefixes.values())) == len(prefixes) == 7
    assert all(kind.code.startswith(prefixes[kind.group] + "-") for kind in types)


def test_what_the_rules_of_the_field_call_urgent_is_urgent() -> None:
    """Of the sources: ALTA robbery, theft, assault, family violence, injuries; BAJA flooding, rubbish, noise."""
    urgent = ("PAT-ROBO", "PAT-HURTO", "PER-AGRESION", "PER-FAMILIAR", "TRA-HERIDOS", "EME-INCENDIO")
    leisurely = ("EME-ANIEGO", "MUN-BASURA", "ORD-RUIDOS")
    found = {code: occurrence_type(code) for code in urgent + leisurely}
    assert {code: kind.priority for code, kind in found.items() if kind} == dict.fromkeys(urgent, 1) | dict.fromkeys(
        leisurely, 3
    )


def test_names_are_spanish_with_their_accents() -> None:
    names = {kind.code: kind.name for kind in occurrence_types()}
    assert names["PER-AGRESION"] == "Agresión física"
    assert names["MUN-AREASVERDES"] == "Daños a áreas verdes"
    assert len(names) >= 58
    assert all(name[0].isupper() and name == name.strip() for name in names.values())


def test_an_unknown_code_is_none() -> None:
    assert occurrence_type("PAT-ROBO'; --") is None

"""Argon2id, what is too weak, and one-time passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_web.passwords import one_time_password, password_matches, weakness
from nvr.redact import Secret
from tests.console_web.room import PASSWORD, password_hash


def test_a_password_matches_its_own_hash_only() -> None:
    """And the hash is Argon2id with at least 64 MiB."""
    hashed = password_hash()
    assert hashed.startswith("$argon2id$")
    assert "m=65536" in hashed
    assert password_matches(hashed, Secret(PASSWORD))
    assert not password_matches(hashed, Secret(PASSWORD + " "))


@pytest.mark.parametrize("hashed", [None, "", "not a hash", "$argon2id$v=19$m=65536,t=3,p=2$AAAA$AAAA"])
def test_no_user_and_a_damaged_hash_let_nobody_in(hashed: str | None) -> None:
    """Neither raises: the door answers as for a wrong password."""
    assert not password_matches(hashed, Secret(PASSWORD))


@pytest.mark.parametrize(
    "password",
    [
        "corta",
        "once signos",
        "aaaaaaaaaaaaaaaa",
        "abababababab",
        "123456789012",
        "qwertyuiop123",
        "1qaz2wsx3edc",
        "Password2024!",
        "P@ssw0rd123456",
        "contraseña123",
        "Cajamarca2026",
        "serenazgo-2025",
        "Municipalidad1",
        "admin12345678",
        "hikvision12345",
        "abcdefghijklm",
        "zyxwvutsrqponm",
        "ROSA.quispe.99",
        "x" * 201,
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str) -> None:
    """In Spanish, and without repeating it."""
    reason = weakness(Secret(password), "rosa.quispe")
    assert reason is not None
    assert password not in reason


@pytest.mark.parametrize("password", [PASSWORD, "tres gatos en el techo", "kXv93-qqTz0-Lm1", "ñandú azul volando"])
def test_strong_ones_are_taken(password: str) -> None:
    """Phrases too: length counts, not ornaments."""
    assert weakness(Secret(password), "rosa.quispe") is None


@given(st.text(min_size=12, max_size=60), st.text(min_size=1, max_size=20))
def test_any_text_gets_an_answer(password: str, name: str) -> None:
    """Whatever a browser sends: no exception, and a name inside is always refused."""
    reason = weakness(Secret(password), name)
    if len(name) >= 3 and name in password:
        assert reason is not None


def test_one_time_passwords_are_strong_readable_and_different() -> None:
    """Nothing that is mistaken over the radio: no 0, 1, i, l, o."""
    made = {one_time_password().reveal() for _ in range(100)}
    assert len(made) == 100
    for each in made:
        assert weakness(Secret(each), "rosa") is None
        assert not set(each) & set("01ilo")

"""Passwords: Argon2id (RFC 9106), a floor for new ones, and one-time passwords that a person can read out."""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from nvr.redact import Secret

MIN_PASSWORD_CHARACTERS: Final = 12
MAX_PASSWORD_CHARACTERS: Final = 200

# RFC 9106 section 4, second recommended option (64 MiB, 3 passes), with 2 lanes: the machine has 2 cores.
_hasher: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=2)

# No letters and digits that are mistaken for one another over the radio or on paper.
_ONE_TIME_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"

# What the lists of breached passwords are made of, here and elsewhere; a password that is one of these with ornaments is weak.
_WEAK_CORES: Final = (
    "password", "contrasena", "contrasenia", "clave", "secreto", "acceso", "ingreso", "bienvenido", "welcome", "letmein", "qwerty",
    "asdfgh", "zxcvbn", "iloveyou", "teamo", "tequiero", "admin", "administrador", "administrator", "usuario", "operador", "operator",
    "supervisor", "sistema", "system", "camara", "camaras", "camera", "vigilancia", "seguridad", "security", "serenazgo", "sereno", "policia",
    "pnp", "cajamarca", "peru", "lima", "municipalidad", "municipio", "alianza", "universitario", "futbol", "monkey", "dragon",
    "master", "changeme", "cambiame", "default", "root", "test", "prueba", "temporal", "inicio", "nvr", "dvr", "hikvision", "dahua",
)  # fmt: skip
_LEET: Final = str.maketrans("013457@$!", "oieastasi")
_SEQUENCES: Final = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)


def hash_password(password: Secret) -> str:
    """The Argon2id hash in PHC text form, with its own salt. Takes tens of milliseconds and 64 MiB."""
    return _hasher.hash(password.reveal())


def password_matches(hashed: str | None, password: Secret) -> bool:
    """Whether a password is the one that was hashed. ``None`` (no such user) takes as long as a wrong password and is False."""
    try:
        _hasher.verify(_nobodys_hash() if hashed is None else hashed, password.reveal())
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError):
        # A damaged row lets nobody in.
        return False
    return hashed is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex(32))


def warm_up() -> None:
    """Make the hash that stands in for unknown users now: the first unknown name must not take longer than the second."""
    _nobodys_hash()


def one_time_password() -> Secret:
    """A password that is shown once and must be changed: 4 groups of 4 out of 31 signs, 79 bits."""
    return Secret("-".join("".join(secrets.choice(_ONE_TIME_ALPHABET) for _ in range(4)) for _ in range(4)))


def weakness(password: Secret, name: str) -> str | None:
    """Why a new password is not taken, in Spanish, or None where it is.

    Args:
        password: the proposed one.
        name: the user's log-in name, which it must not contain.
    """
    text = password.reveal()
    if len(text) < MIN_PASSWORD_CHARACTERS:
        return f"La contraseña necesita {MIN_PASSWORD_CHARACTERS} caracteres o más."
    if len(text) > MAX_PASSWORD_CHARACTERS:
        return f"La contraseña admite hasta {MAX_PASSWORD_CHARACTERS} caracteres."
    plain = _plain(text)
    if len(name) >= 3 and _plain(name) in plain:
        return "La contraseña no debe contener su nombre de usuario."
    if len(set(text)) < 5:
        return "La contraseña repite demasiado los mismos caracteres."
    if _is_sequence(plain) or _letters_left(plain, name) < 4:
        return "La contraseña es demasiado conocida: figura en las listas que se prueban primero."
    return None


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _letters_left(plain: str, name: str) -> int:
    """How many different signs remain once known words, years and runs of digits are taken out: what a guesser must really guess."""
    fewest = len(plain)
    # Digits at the ends are ornaments, those between letters stand for letters.
    for form in (plain, plain.translate(_LEET), plain.strip("0123456789!@#$%&*.-_").translate(_LEET)):
        rest = form
        for core in sorted((*_WEAK_CORES, _plain(name) or "\0"), key=len, reverse=True):
            rest = rest.replace(core, " ")
        rest = re.sub(r"(19|20)\d\d|(\d)\2+|0?123456789\d*|0?12345\d*|[^a-z0-9]+", " ", rest)
        fewest = min(fewest, len(set(rest.replace(" ", ""))))
    return fewest


def _is_sequence(plain: str) -> bool:
    signs = re.sub(r"[^a-z0-9]", "", plain)
    runs = [run for sequence in _SEQUENCES for run in (sequence, sequence[::-1])]
    covered = 0
    while covered < len(signs):
        longest = max(
            (
                length
                for run in runs
                for length in range(3, len(signs) - covered + 1)
                if signs[covered : covered + length] in run
            ),
            default=0,
        )
        if not longest:
            return False
        covered += longest
    return bool(signs)

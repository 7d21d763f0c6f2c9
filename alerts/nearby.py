"""Which cameras are near a place that somebody tells by telephone: by its coordinates, else by its name. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nvr.config import Camera
from nvr.errors import InvalidInput

_EARTH_M: Final = 6_371_000.0
_STREET: Final = frozenset(
    {"jr", "jiron", "av", "avenida", "calle", "ca", "psje", "pasaje", "con", "y", "de", "del", "la", "el", "los"}
)


@dataclass(frozen=True, slots=True)
class Near:
    """A camera, and how far it is; None where only its name fits."""

    camera: Camera
    metres: int | None


def nearest(cameras: Iterable[Camera], latitude: float, longitude: float, limit: int) -> list[Near]:
    """The nearest cameras whose place is known."""
    found = [
        Near(camera, round(metres_between(camera.location, (latitude, longitude))))
        for camera in cameras
        if camera.location is not None
    ]
    return sorted(found, key=lambda near: (near.metres or 0, near.camera.number))[:limit]


def named(cameras: Iterable[Camera], text: str, limit: int) -> list[Near]:
    """Cameras whose name, number or trunk fits what the caller says, best first. Accents and "Jr." don't matter."""
    wanted = _words(text)
    if not wanted:
        return []
    scored = []
    for camera in cameras:
        known = _words(f"{camera.name} {camera.trunk or ''} {camera.number}")
        score = sum(_fits(word, known) for word in wanted)
        if score:
            scored.append((-score, camera.number, camera))
    return [Near(camera, None) for _, _, camera in sorted(scored, key=lambda each: each[:2])[:limit]]


def _fits(word: str, known: frozenset[str]) -> float:
    if word in known:
        return 1.0
    return 0.5 if len(word) >= 3 and any(each.startswith(word) for each in known) else 0.0


def _words(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return frozenset(re.findall(r"[a-z0-9]+", plain)) - _STREET


def must_be_on_earth(latitude: float, longitude: float) -> None:
    """Refuse what is no place, NaN included.

    Raises:
        InvalidInput: it is none.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise InvalidInput("Las coordenadas no existen", "indique latitud y longitud en grados")


def metres_between(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Great circle by the haversine formula."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *two))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * math.asin(math.sqrt(half))

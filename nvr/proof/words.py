"""Durations, times and causes in the words of people, Spanish or English."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from alerts.persons import ROLE_WORDS, PersonRole
from alerts.records import DispatchResult
from alerts.results import RESULT_WORDS
from nvr.clock import NS_PER_MS, NS_PER_S
from nvr.config import BOARD
from nvr.source_name import split_source

Language = Literal["es", "en"]

CAUSE_WORDS: Final[dict[Language, dict[str, str]]] = {
    "es": {
        "link": "enlace de red",
        "camera": "cámara",
        "authentication": "autenticación",
        "disk": "disco",
        "software": "programa o servidor detenido",
        "planned": "parada planificada",
    },
    "en": {
        "link": "network link",
        "camera": "camera",
        "authentication": "authentication",
        "disk": "disk",
        "software": "program or server down",
        "planned": "planned stop",
    },
}

ENTRY_WORDS: Final[dict[str, str]] = {
    "detected": "Movimiento detectado",
    "alert_created": "Alerta creada",
    "alert_taken": "Alerta tomada",
    "alert_released": "Alerta soltada",
    "incident_opened": "Incidente abierto",
    "dispatch_sent": "Despacho enviado",
    "dispatch_received": "Recibido",
    "dispatch_en_route": "En camino",
    "dispatch_on_scene": "En el lugar",
    "dispatch_closed": "Despacho cerrado",
    "note": "Nota",
    "incident_closed": "Incidente cerrado",
    "alert_closed": "Alerta cerrada",
    "storage": "Aviso del almacenamiento",
    "scene_joined": "La ve también otra cámara",
    "object_recognised": "Reconocido por el modelo",
    "alert_offered": "Ofrecida",
    "alert_escalated": "Escalada",
    "alert_unshelved": "Vuelve del reposo",
    "call": "Llamada",
    "dispatch_call_due": "Llamada pendiente: nadie respondió",
    "dispatch_escalated": "Sin respuesta: se avisa",
    "dispatch_late": "Demora",
    "dispatch_called": "Llamada contestada y repetida",
    "dispatch_call_unanswered": "Llamada sin respuesta",
    "dispatch_unit": "Unidad asignada",
    "dispatch_unit_withdrawn": "Unidad retirada",
    "unit_state": "Situación de la unidad",
    "delivery_missed": "No llegó por un canal",
    "delivery_exhausted": "No llegó por ningún canal",
    "delivery_done": "Entregado",
    "incident_amended": "Incidente corregido",
    "camera_added": "Cámara añadida",
    "camera_removed": "Cámara quitada",
    "step_done": "Paso hecho",
    "step_not_applicable": "Paso que no corresponde",
    "step_reopened": "Paso desmarcado",
    "person_added": "Persona anotada",
    "person_changed": "Persona corregida",
    "person_removed": "Persona quitada",
    "words_struck": "Palabras tachadas",
    "persons_erased": "Datos de personas suprimidos (venció su plazo)",
    "duplicate_linked": "Enlazado como duplicado",
    "duplicate_unlinked": "Ya no es duplicado",
}
"""Kinds of time line entries, as the console shows them."""
_OUTCOME_WORDS: Final = {
    "incident": "Incidente",
    "false_alarm": "Falsa alarma",
    "no_action": "Sin novedad",
    "duplicate": "Duplicada",
}
RULE_WORDS: Final[dict[str, str]] = {
    "line_a_b": "Cruce de línea hacia B",
    "line_b_a": "Cruce de línea hacia A",
    "loitering": "Merodeo",
    "crowd": "Aglomeración",
    "left": "Objeto dejado",
    "taken": "Objeto retirado",
}
_PRIORITY_WORDS: Final = {1: "1 (alta)", 2: "2 (media)", 3: "3 (baja)"}


def entry_word(kind: str) -> str:
    """A kind of time line entry in Spanish; one that this version does not know as it stands."""
    return ENTRY_WORDS.get(kind, kind)


def outcome_word(outcome: str) -> str:
    """How an alert ended, in Spanish."""
    return _OUTCOME_WORDS.get(outcome, outcome)


def channel_word(name: str) -> str:
    """A channel by which a dispatch went out; all but the board have the name that the admin gave them."""
    return "el tablero" if name == BOARD else name


def result_word(result: str) -> str:
    """What came of a dispatch, in Spanish."""
    word = RESULT_WORDS[DispatchResult(result)] if result in set(DispatchResult) else result
    return word[:1].upper() + word[1:]


def role_word(role: str) -> str:
    """What somebody is in a case, in Spanish."""
    word = ROLE_WORDS[PersonRole(role)] if role in set(PersonRole) else role
    return word[:1].upper() + word[1:]


def zone_words(zone: str) -> str:
    """A zone's text, with the rule of it in Spanish where it is about one."""
    name, rule = split_source(zone)
    return f"{RULE_WORDS.get(rule, rule)} · {name}" if rule else zone


def priority_word(priority: int) -> str:
    """A priority in Spanish."""
    return _PRIORITY_WORDS.get(priority, str(priority))


def cause_word(cause: str, language: Language) -> str:
    """A cause; one that this version does not know as it stands."""
    return CAUSE_WORDS[language].get(cause, cause)


def clock_time(wall_ns: int, timezone: str) -> str:
    """``2026-11-22 03:12:05`` at the site."""
    return f"{_local(wall_ns, timezone):%Y-%m-%d %H:%M:%S}"


def clock_time_ms(wall_ns: int, timezone: str) -> str:
    """The same with milliseconds."""
    return f"{clock_time(wall_ns, timezone)}.{wall_ns % NS_PER_S // NS_PER_MS:03d}"


def duration(length_ns: int) -> str:
    """``1 h 02 min 03 s``, ``4 min 05 s``, ``0.8 s``; rounded down, but never to nothing."""
    whole_s = length_ns // NS_PER_S
    hours, minutes, rest_s = whole_s // 3600, whole_s // 60 % 60, whole_s % 60
    if hours:
        return f"{hours} h {minutes:02d} min {rest_s:02d} s"
    if minutes:
        return f"{minutes} min {rest_s:02d} s"
    return f"{max(1, length_ns * 10 // NS_PER_S) / 10:.1f} s" if length_ns > 0 else "0 s"


def _local(wall_ns: int, timezone: str) -> datetime:
    return datetime.fromtimestamp(wall_ns // NS_PER_S, UTC).astimezone(ZoneInfo(timezone))

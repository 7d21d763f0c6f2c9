"""Rows of the catalogue to records and back; JSON bodies of changes are the same mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from alerts.amendments import IncidentVersion
from alerts.handover import Handover
from alerts.persons import InvolvedPerson
from alerts.records import Alert, CameraPlace, Dispatch, FurtherCamera, Incident
from alerts.scenes import Sighting
from alerts.shelving import Shelving
from alerts.units import Unit

Record = (
    Alert
    | CameraPlace
    | Dispatch
    | Incident
    | Shelving
    | Handover
    | Unit
    | IncidentVersion
    | FurtherCamera
    | InvolvedPerson
)


def row_of(record: Record) -> dict[str, Any]:
    """A record as a mapping of plain values: what is stored, and what a change carries."""
    builtins: dict[str, Any] = msgspec.to_builtins(record)
    return builtins


def alert_of(row: Mapping[str, Any]) -> Alert:
    """The alert in a row, its types checked."""
    return msgspec.convert(row, Alert)


def dispatch_of(row: Mapping[str, Any]) -> Dispatch:
    """The dispatch in a row, its types checked."""
    return msgspec.convert(row, Dispatch)


def incident_of(row: Mapping[str, Any]) -> Incident:
    """The incident in a row, its types checked."""
    return msgspec.convert(row, Incident)


def version_in(row: Mapping[str, Any]) -> IncidentVersion:
    """The version of an incident in a row, its types checked."""
    return msgspec.convert(row, IncidentVersion)


def person_in(row: Mapping[str, Any]) -> InvolvedPerson:
    """The version of a person in a row, its types checked."""
    return msgspec.convert(row, InvolvedPerson)


def unit_of(row: Mapping[str, Any]) -> Unit:
    """The unit in a row, its types checked."""
    return msgspec.convert(row, Unit)


def shelving_of(row: Mapping[str, Any]) -> Shelving:
    """The shelving in a row, its types checked."""
    return msgspec.convert(row, Shelving)


def handover_of(row: Mapping[str, Any]) -> Handover:
    """The hand-over in a row, its types checked."""
    return msgspec.convert(row, Handover)


def sighting_of(row: Mapping[str, Any]) -> Sighting:
    """The zone's part in an alert, in a row of ``nvr.catalogue.alert_sources``."""
    return msgspec.convert(row, Sighting)

"""What must hold between several values of ``cameras.yaml``: pure, on plain data, valid or not, so that these faults show together with the
faults of single values and point at the culprit's line."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nvr.config.agencies import agency_faults
from nvr.config.channels import channel_faults
from nvr.config.document import Path
from nvr.config.stream_url import stream_key, stream_url_fault
from nvr.config.zones import RULES
from nvr.source_name import MARK

LAWFUL_RETENTION_DAYS: Final = (45, 60)
"""Shortest and longest lawful storage. As reported by secondary sources, the primary texts were not at hand: DS 007-2020-IN art. 17.2 (at
least 45 calendar days for citizen-security cameras); Directive 01-2020-JUS/DGTAIPD num. 6.13 and 7.18 (at most 60). Holds are outside it."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that the file breaks, and where. ``between_cameras``: two cameras are at odds, not what both inherit."""

    path: Path
    message: str
    remedy: str
    between_cameras: bool = False


def broken_rules(document: object) -> list[BrokenRule]:
    """All rules that a document (nested dicts and sequences of plain values, whatever their types) breaks."""
    root = _mapping(document)
    cameras = [_mapping(camera) for camera in _sequence(root.get("cameras"))]
    return [
        *_node_rules(_mapping(root.get("node"))),
        *_retention(root, cameras),
        *_grooming(_mapping(root.get("node")), cameras),
        *_pools(_mapping(root.get("node"))),
        *_recording(cameras),
        *_shifts([_mapping(each) for each in _sequence(root.get("shifts"))]),
        *_agencies(root),
        *(BrokenRule(*found) for found in channel_faults(root)),
        *_same(cameras, "id"),
        *_same(cameras, "number"),
        *_neighbours(cameras),
        *_streams(cameras),
        *_zone_names(cameras),
        *_silent_zones(cameras),
        *_schedules(root),
        *_pins(cameras),
        *_moved(cameras),
    ]


def _node_rules(node: Mapping[str, object]) -> Iterator[BrokenRule]:
    for given, missing in (("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")):
        if node.get(given) is not None and node.get(missing) is None:
            yield BrokenRule(("node", given), f"needs {missing} beside it", f"Add `{missing}: …`, or leave both out")


def _retention(root: Mapping[str, object], cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    node = _mapping(root.get("node"))
    if node.get("retention_exception"):
        return
    least, most = LAWFUL_RETENTION_DAYS
    remedy = f"Write {least} to {most}, or say in `node.retention_exception:` who decided otherwise, when and on what grounds"
    places: list[tuple[Path, object]] = [
        (("node", name), node.get(name)) for name in ("retention_days", "sub_retention_days")
    ]
    for index, camera in enumerate(cameras):
        own = _mapping(camera.get("retention"))
        places += [(("cameras", index, "retention", name), own.get(name)) for name in ("days", "sub_days")]
    for path, days in places:
        if not isinstance(days, int | float) or not math.isfinite(days):
            continue
        # The minimum is that of the pictures, not of a smaller copy of them.
        if 0 < days < least and not str(path[-1]).startswith("sub_"):
            yield BrokenRule(
                path,
                f"{days:g} days are less than the {least} that DS 007-2020-IN art. 17.2 asks for, as reported by secondary sources",
                remedy,
            )
        elif days > most:
            yield BrokenRule(
                path,
                f"{days:g} days are more than the {most} that Directive 01-2020-JUS/DGTAIPD num. 6.13 and 7.18 allows, "
                "as reported by secondary sources",
                remedy,
            )


def _grooming(node: Mapping[str, object], cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    least = LAWFUL_RETENTION_DAYS[0]
    usual = {"": node.get("retention_days", least)}
    usual["sub_"] = usual[""] if node.get("sub_retention_days") is None else node["sub_retention_days"]
    for index, camera in enumerate(cameras):
        own = _mapping(camera.get("retention"))
        for stream in ("", "sub_"):
            path: Path = ("cameras", index, "retention", f"{stream}keyframes_after_days")
            after = own.get(f"{stream}keyframes_after_days")
            kept = own.get(f"{stream}days")
            if kept is None and stream and node.get("sub_retention_days") is None:
                kept = own.get("days")
            kept = usual[stream] if kept is None else kept
            if not isinstance(after, int | float) or not math.isfinite(after):
                continue
            if isinstance(kept, int | float) and after >= kept:
                yield BrokenRule(
                    path,
                    f"nothing is left to be thinned out after {after:g} days: this stream is kept for {kept:g}",
                    f"Write less than {kept:g}, or leave it out",
                )
            elif not stream and 0 < after < least and not node.get("retention_exception"):
                yield BrokenRule(
                    path,
                    f"{after:g} days are less than the {least} for which DS 007-2020-IN art. 17.2 asks for the recording, as reported by secondary sources",
                    f"Write at least {least}, or say in `node.retention_exception:` who decided otherwise, when and on what grounds",
                )


def _recording(cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    for index, camera in enumerate(cameras):
        own = _mapping(camera.get("recording"))
        path: Path = ("cameras", index, "recording")
        if own.get("mode") == "schedule" and not own.get("schedule"):
            yield BrokenRule(
                (*path, "mode"), "needs a schedule beside it", "Add `schedule: …` with a name from `schedules:`"
            )
        if own.get("mode") == "motion" and _sequence(camera.get("zones")) == [] and "zones" in camera:
            yield BrokenRule(
                (*path, "mode"), "nothing is ever looked at without zones", "Give the camera a zone, or record it all"
            )


def _pools(node: Mapping[str, object]) -> Iterator[BrokenRule]:
    seen: set[tuple[str, str]] = set()
    for index, each in enumerate(_sequence(node.get("pools"))):
        pool = _mapping(each)
        path: Path = ("node", "pools", index)
        where = pool.get("path")
        if where is not None and not str(where).startswith("/"):
            yield BrokenRule(
                (*path, "path"), "is not an absolute path", "Write where the disk is mounted, e.g. /mnt/disco1/nvr"
            )
        for field in ("name", "path"):
            value = pool.get(field)
            key = (field, str(value).rstrip("/"))
            if value is not None and key in seen:
                yield BrokenRule(
                    (*path, field), f"another pool has the same {field}", f"Give each pool its own {field}"
                )
            seen.add(key)


def _shifts(shifts: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    for field, remedy in (("name", "Give each shift its own name"), ("starts", "Let each begin at its own time")):
        seen: set[str] = set()
        for index, shift in enumerate(shifts):
            value = _text(shift.get(field))
            if value in seen:
                yield BrokenRule(("shifts", index, field), f"two shifts have the same {field}", remedy)
            seen |= set() if value is None else {value}


def _agencies(root: Mapping[str, object]) -> Iterator[BrokenRule]:
    if "agencies" in root:
        listed = [_mapping(each) for each in _sequence(root["agencies"])]
        yield from (BrokenRule(path, message, remedy) for path, message, remedy in agency_faults(listed))


def _same(cameras: Sequence[Mapping[str, object]], field: str) -> Iterator[BrokenRule]:
    first: dict[object, int] = {}
    for index, camera in enumerate(cameras):
        value = _text(camera.get(field))
        if value is None:
            continue
        if value in first:
            yield BrokenRule(
                ("cameras", index, field),
                f"camera {index + 1} of the list has the same {field} as camera {first[value] + 1}",
                f"Give each camera its own {field}",
                between_cameras=True,
            )
        first.setdefault(value, index)


def _neighbours(cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    known = {_text(camera.get("id")) for camera in cameras}
    for index, camera in enumerate(cameras):
        for neighbour in _mapping(camera.get("neighbours")):
            if neighbour not in known:
                yield BrokenRule(
                    ("cameras", index, "neighbours", neighbour),
                    "no camera of this file has this id",
                    "Write the id of another camera, or remove the line",
                )
            elif neighbour == _text(camera.get("id")):
                yield BrokenRule(
                    ("cameras", index, "neighbours", neighbour), "a camera is not its own neighbour", "Remove the line"
                )


def _streams(cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    first: dict[tuple[str, int, str], tuple[int, str]] = {}
    for index, camera in enumerate(cameras):
        if camera.get("enabled") in (False, "no", "off"):
            continue  # a spare entry may wait with the address of the camera that it will replace
        for stream in ("main", "sub"):
            url = _mapping(camera.get(stream)).get("url")
            if not isinstance(url, str) or stream_url_fault(url.strip()) is not None:
                continue
            key = stream_key(url.strip())
            other, other_stream = first.setdefault(key, (index, stream))
            if (other, other_stream) == (index, stream):
                continue
            path: Path = ("cameras", index, stream, "url")
            if other == index:
                yield BrokenRule(
                    path,
                    "sub names the same stream as main, which would be pulled twice",
                    "Write the camera's small stream, or leave `sub` out",
                )
            else:
                # Pictures of one place under the name of another: patrols drive to the wrong corner.
                yield BrokenRule(
                    path,
                    f"camera {index + 1} of the list names the same stream as {other_stream} of camera {other + 1}",
                    "Give each camera its own address, or write `enabled: false` at one of them",
                    between_cameras=True,
                )


def _zone_names(cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    for index, camera in enumerate(cameras):
        seen: set[str] = set()
        for number, zone in enumerate(_sequence(camera.get("zones"))):
            name = _text(_mapping(zone).get("name"))
            if name is None:
                continue
            if MARK in name:
                yield BrokenRule(
                    ("cameras", index, "zones", number, "name"),
                    f"a zone's name must not hold {MARK}",
                    "Leave it out: alerts write it between the zone and what they are about",
                )
            if name in seen:
                yield BrokenRule(
                    ("cameras", index, "zones", number, "name"),
                    "two zones of a camera have the same name",
                    "Give each zone its own name: alerts bear it",
                )
            seen.add(name)


def _silent_zones(cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    for index, camera in enumerate(cameras):
        for number, each in enumerate(_sequence(camera.get("zones"))):
            zone = _mapping(each)
            if zone.get("movement") is False and not any(zone.get(rule) is not None for rule in RULES):
                yield BrokenRule(
                    ("cameras", index, "zones", number, "movement"),
                    "the zone would never raise an alert",
                    f"Give it a rule ({', '.join(RULES)}), or leave `movement` out",
                )


def _schedules(root: Mapping[str, object]) -> Iterator[BrokenRule]:
    """Every field called ``schedule``, wherever it stands, names a schedule of the file."""
    known = sorted(_mapping(root.get("schedules")))
    for path, value in _named("schedule", root, ()):
        name = value.strip()
        if name in known:
            continue
        close = difflib.get_close_matches(name[:40], known, n=1)
        if close:
            remedy = f"Did you mean `{close[0]}`?"
        elif known:
            remedy = f"Write one of {', '.join(known[:8])}, or add it to `schedules:`"
        else:
            remedy = "Add it to `schedules:` at the top of the file"
        yield BrokenRule(path, "no schedule of this file has this name", remedy)


def _named(field: str, value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Texts under a field of that name, and where they stand; the file's depth is bounded."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == field and isinstance(inner, str):
                yield (*path, key), inner
            elif isinstance(inner, dict | list | tuple):
                yield from _named(field, inner, (*path, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            if isinstance(inner, dict | list | tuple):
                yield from _named(field, inner, (*path, index))


def _pins(cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    for index, camera in enumerate(cameras):
        urls = [_mapping(camera.get(stream)).get("url") for stream in ("main", "sub")]
        device = _mapping(camera.get("onvif"))
        over_tls = device.get("tls") is True or any(
            isinstance(url, str) and url.strip().lower().startswith("rtsps:") for url in urls
        )
        if camera.get("certificate_sha256") is not None and not over_tls:
            yield BrokenRule(
                ("cameras", index, "certificate_sha256"),
                "the camera's streams come without TLS, so it shows no certificate",
                "Write rtsps:// in its URLs, or remove the line",
            )
        if device.get("certificate_sha256") is not None and device.get("tls") is not True:
            yield BrokenRule(
                ("cameras", index, "onvif", "certificate_sha256"),
                "its ONVIF service is asked without TLS, so it shows no certificate",
                "Write `tls: true` beside it, or remove the line",
            )


def _moved(cameras: Sequence[Mapping[str, object]]) -> Iterator[BrokenRule]:
    for index, camera in enumerate(cameras):
        if camera.get("ptz") is True and camera.get("onvif") is None:
            yield BrokenRule(
                ("cameras", index, "ptz"),
                "a camera is moved over its ONVIF service, and none is named",
                "Add e.g. `onvif: {host: 10.20.0.7}`, or write `ptz: false`",
            )
        seen: set[str] = set()
        for number, patrol in enumerate(_sequence(_mapping(camera.get("onvif")).get("patrols"))):
            name = _text(_mapping(patrol).get("name"))
            if name is not None and name in seen:
                yield BrokenRule(
                    ("cameras", index, "onvif", "patrols", number, "name"),
                    "two patrols of a camera have the same name",
                    "Give each patrol its own name",
                )
            seen.add(name or "")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _text(value: object) -> str | None:
    """An id, number or name as it is compared; None where it is not there or of no use."""
    return str(value).strip() if isinstance(value, str | int) and str(value).strip() else None

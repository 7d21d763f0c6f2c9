"""``nvr tune``: what a camera's alerts of the last days would have been with other settings, before they are applied."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerts.rules import FOLD_NS
from console_web.trials import Occasion, Tuning
from nvr.app.effective import effective_config
from nvr.app.folders import Folders
from nvr.catalogue import movements
from nvr.catalogue.engine import Catalogue
from nvr.clock import NS_PER_S, SystemClock
from nvr.config import Camera, Config, Zone, load_config
from nvr.errors import InvalidInput, NotFound
from nvr.motion_index.day_file import DAY_S, day_of, days_of, read_day
from nvr.motion_index.rows import Rows, empty_rows, looked_at, merged
from nvr.source_name import source_name, split_source

_TRIED: Final = ("sensitivity", "min_area", "min_duration_s")
_SAME_NS: Final = 5 * NS_PER_S
"""An alert before and one after are the same where they lie no further apart."""


def options(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    """The subcommand's options; ``run`` carries it out."""
    parser.add_argument("camera", help="id or number")
    parser.add_argument("--zone", help="the zone to change; may be left out where there is one")
    parser.add_argument("--sensitivity", type=float, help="try this, 0 blunt to 1 keen")
    parser.add_argument("--min-area", type=float, help="try this, as a share of the picture")
    parser.add_argument("--min-duration", type=float, dest="min_duration_s", help="try this, in seconds")
    parser.add_argument("--with", type=Path, dest="other", metavar="FILE", help="try this file's zones and masks of it")
    parser.add_argument("--days", type=float, default=7.0, help="how far back (default: 7)")
    parser.add_argument("--json", action="store_true", help="print the whole answer for programs")
    parser.set_defaults(run=run)


def answer(asked: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Carry it out.

    Raises:
        NvrError: with the remedy.
    """
    config = effective_config(asked, say=True)
    folders = Folders.of(config)
    camera = find_camera(config, asked.camera)
    other = changed(camera, asked, load_config(asked.other) if asked.other else None)
    if not 0 < asked.days <= 3650:
        raise InvalidInput("--days is more than 0 and at most 3650", "give 7, say")
    now_ns = SystemClock().wall_ns()
    catalogue = Catalogue(folders.database_url(config))
    try:
        found = tune(
            folders.motion_index,
            catalogue,
            config,
            camera,
            other,
            now_ns - round(asked.days * DAY_S * NS_PER_S),
            now_ns,
        )
    finally:
        catalogue.close()
    if asked.json:
        say(json.dumps(asdict(found), ensure_ascii=False))
    else:
        for line in lines(found, config.timezone):
            say(line)
    return 0


def find_camera(config: Config, text: str) -> Camera:
    """By id or number.

    Raises:
        NotFound: there is none such.
    """
    for camera in config.cameras:
        if text in {camera.id, str(camera.number)}:
            return camera
    raise NotFound(f"no camera is called {text}", "give an id or a number of the configuration")


def changed(camera: Camera, asked: argparse.Namespace, other: Config | None) -> Camera:
    """The camera with the settings to try.

    Raises:
        InvalidInput: nothing to try, an unknown zone, or a value out of its range.
    """
    wanted = {name: getattr(asked, name) for name in _TRIED if getattr(asked, name) is not None}
    base = camera
    if other is not None:
        theirs = other.camera(camera.id)
        if theirs is None:
            raise NotFound(f"the other file has no camera {camera.id}", "name one that has")
        base = theirs
    elif not wanted:
        raise InvalidInput("nothing to try", "give --sensitivity, --min-area, --min-duration or --with FILE")
    if not wanted:
        return base
    names = [zone.name for zone in base.zones]
    if asked.zone is None and len(names) != 1:
        raise InvalidInput("which zone?", f"give --zone, one of: {', '.join(names)}")
    name = asked.zone or names[0]
    if name not in names:
        raise InvalidInput(f"there is no zone {name}", f"it is one of: {', '.join(names)}")
    try:
        zones = tuple(
            Zone.model_validate(zone.model_dump() | wanted) if zone.name == name else zone for zone in base.zones
        )
    except ValueError as error:
        raise InvalidInput(
            "a setting is out of its range", "sensitivity 0 to 1, area above 0 to 1, duration 0.1 to 60"
        ) from error
    return base.model_copy(update={"zones": zones})


def tune(  # noqa: PLR0917 - one call, from the command and from the tests
    index: Path, catalogue: Catalogue, config: Config, camera: Camera, other: Camera, from_ns: int, to_ns: int
) -> Tuning:
    """Replay a camera's index with the settings in force and with others.

    Raises:
        NotFound: nothing of that time is in the index.
        StorageError: a day can't be read.
    """
    from analytics.rule_replay import TOLD, told_rules  # noqa: PLC0415 - OpenCV stays out of memory until somebody asks
    from analytics.tune import folded, replay  # noqa: PLC0415 - likewise

    from_s, to_s = from_ns // NS_PER_S, -(-to_ns // NS_PER_S)
    rows = _rows(index, camera.id, from_s, to_s)
    if not len(rows):
        raise NotFound(
            f"the motion index has nothing of {camera.id} in that time",
            "wait until it was looked at, or go back further with --days",
        )
    with catalogue.read() as tx:
        moved = movements.movements(tx, camera.id, from_ns, to_ns)
    asked = (
        source_name(zone.name, rule)
        for settings in (camera, other)
        for zone in settings.zones
        for rule in zone.rule_names
        if rule not in told_rules(zone)
    )
    untold = dict.fromkeys([*asked, *(each.zone for each in moved if split_source(each.zone)[1] not in {"", *TOLD})])
    before, after = (
        [
            Occasion(each.zone, each.start_wall_ns // 1_000_000, each.end_wall_ns // 1_000_000, round(each.score, 4))
            for each in folded(replay(rows, settings, config), FOLD_NS)
            if each.zone not in untold
        ]
        for settings in (camera, other)
    )
    recorded = {
        zone: len({each.alert_id or each.observation_id for each in moved if each.zone == zone})
        for zone in dict.fromkeys([*(zone.name for zone in camera.zones), *(each.zone for each in moved)])
    }
    zone_info = ZoneInfo(config.timezone)
    hours = [[0, 0] for _ in range(24)]
    for column, occasions in enumerate((before, after)):
        for each in occasions:
            hours[datetime.fromtimestamp(each.start_wall_ms // 1000, UTC).astimezone(zone_info).hour][column] += 1
    return Tuning(
        camera_id=camera.id,
        from_wall_ms=from_ns // 1_000_000,
        to_wall_ms=to_ns // 1_000_000,
        looked_s=int(looked_at(rows, from_s, to_s).sum()),
        recorded=recorded,
        before=tuple(before),
        after=tuple(after),
        gained=_without(after, before),
        lost=_without(before, after),
        by_hour=tuple((row[0], row[1]) for row in hours),
        untold=tuple(untold),
    )


def _rows(index: Path, camera_id: str, from_s: int, to_s: int) -> Rows:
    parts = [empty_rows()]
    for day in days_of(index, camera_id):
        if day_of(from_s) <= day <= day_of(to_s):
            whole = read_day(index, camera_id, day)
            if whole is not None:
                parts.append(whole.rows(levels=True))
    rows = merged(parts)
    return rows[(rows["second"] >= from_s) & (rows["second"] <= to_s)]


def _without(these: Sequence[Occasion], those: Sequence[Occasion]) -> tuple[Occasion, ...]:
    """Those of ``these`` that touch none of ``those`` in the same zone."""
    apart_ms = _SAME_NS // 1_000_000
    return tuple(
        each
        for each in these
        if not any(
            other.zone == each.zone
            and other.start_wall_ms <= each.end_wall_ms + apart_ms
            and each.start_wall_ms <= other.end_wall_ms + apart_ms
            for other in those
        )
    )


def lines(found: Tuning, timezone: str) -> list[str]:
    """For people at a terminal."""
    zone_info = ZoneInfo(timezone)

    def at(wall_ms: int) -> str:
        return f"{datetime.fromtimestamp(wall_ms // 1000, UTC).astimezone(zone_info):%Y-%m-%d %H:%M:%S}"

    asked_s = (found.to_wall_ms - found.from_wall_ms) / 1000
    text = [
        f"{found.camera_id}, {at(found.from_wall_ms)} to {at(found.to_wall_ms)}: {found.looked_s / 3600:.1f} h of {asked_s / 3600:.1f} h were looked at",
        "",
        f"{'zone':<28} {'as raised':>10} {'replayed':>10} {'changed':>10}",
    ]
    for zone in dict.fromkeys([*found.recorded, *(each.zone for each in (*found.before, *found.after)), *found.untold]):
        counts = [str(sum(each.zone == zone for each in occasions)) for occasions in (found.before, found.after)]
        if zone in found.untold:
            counts = ["-", "-"]
        text.append(f"{zone:<28} {found.recorded.get(zone, 0):>10} {counts[0]:>10} {counts[1]:>10}")
    rules = {split_source(zone)[1] for zone in (*found.untold, *(each.zone for each in (*found.before, *found.after)))}
    if rules - {""}:
        text += ["", "-: what crossed a line, how many there were, what was left or taken is not in the motion index"]
    if "loitering" in rules:
        text.append("loitering: so many at the most; those who pass each other closely may be taken for one who stays")
    text += ["", "hour    before  after"]
    text += [
        f"{hour:02d}:00 {before:>9} {after:>6}" for hour, (before, after) in enumerate(found.by_hour) if before or after
    ]
    for word, occasions in (("would be new", found.gained), ("would be gone", found.lost)):
        text += ["", f"{len(occasions)} alerts {word}"]
        text += [
            f"  {at(each.start_wall_ms)}  {(each.end_wall_ms - each.start_wall_ms) / 1000:6.1f} s  {each.zone}"
            for each in occasions[:20]
        ]
        if len(occasions) > 20:
            text.append(f"  … and {len(occasions) - 20} more")
    return text

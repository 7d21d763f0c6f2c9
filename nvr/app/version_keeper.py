"""Keeps the configuration of a running node, in the control process: looks at the file, checks, probes, puts versions in force, goes back.

One at a time, whoever asks. Everything that counts is in ``nvr.config.versions``: a kill at any moment leaves the version before or the new one in
force, and the audit is brought up to date at the next start. See docs/design/configuration-changes.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from console_web.configuration import (
    Applied,
    Asker,
    ConfigState,
    FileState,
    Preview,
    ProbeFailed,
    Source,
)
from nvr.app.adoption import Decision, forget_former, former_cameras, owner, put_in_force, write_back
from nvr.app.folders import Folders
from nvr.app.in_force import FOLDER, InForce, present, read_in_force, version_name
from nvr.app.orders import Answer, Order
from nvr.app.pool_trial import Trial, newcomers, try_all
from nvr.app.probing import Probe, probe_all
from nvr.app.watching import FileWatch
from nvr.catalogue import audit, changes, segments
from nvr.catalogue.engine import Catalogue
from nvr.clock import Clock
from nvr.config import Config, read_credentials
from nvr.config.changes import ConfigDiff, difference
from nvr.config.live import LiveConfig
from nvr.config.loader import parse_config
from nvr.config.versions import How, VersionRecord, VersionStore, digest
from nvr.config.zone_edit import ZoneEdit, with_zones
from nvr.errors import ConfigError, ConfigFault, Conflict, NotFound, NvrError
from nvr.media import StreamKind

log = logging.getLogger(__name__)
LOOK_S: Final = 0.5
_HISTORY: Final = 200
_TIDY_S: Final = 3600.0


@dataclass(slots=True)
class _File:
    """What is known of the file that the admin edits."""

    state: FileState = "in_force"
    faults: Sequence[ConfigFault] = ()
    pending: ConfigDiff = field(default_factory=ConfigDiff)
    refused: str = ""


class VersionKeeper:
    """``run`` it beside the console.

    Args:
        path: the file that the admin edits.
        data: the node's data folder.
        live: what the parts of this process hold.
        settings: what this process started with; its record must be there.
        credentials: the credentials file.
        write: runs a function in the catalogue's writer thread.
    """

    def __init__(
        self,
        path: Path,
        data: Path,
        live: LiveConfig,
        settings: InForce,
        *,
        catalogue: Catalogue,
        clock: Clock,
        credentials: Path,
        write: Callable[[Callable[[], None]], Awaitable[None]],
    ) -> None:
        self.store = VersionStore(data / FOLDER)
        self._path, self._data, self._live = path, data, live
        self._recordings = Folders.at(data).recordings
        self._settings = settings
        self._catalogue, self._clock, self._write = catalogue, clock, write
        self._credentials = credentials
        self._watch = FileWatch(path)
        self._file = _File()
        self._lock = asyncio.Lock()
        self._signalled = False
        self.wake = asyncio.Event()

    def hung_up(self) -> None:
        """SIGHUP: take the file up as it is now, also where it was set aside."""
        self._signalled = True
        self.wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._catch_up()
        tidied_s = -_TIDY_S
        loop = asyncio.get_running_loop()
        while True:
            try:
                if self._signalled or await asyncio.to_thread(self._watch.settled_anew):
                    how: How = "signal" if self._signalled else "file"
                    self._signalled = False
                    await self._take_up_file(how)
                if loop.time() - tidied_s >= _TIDY_S:
                    tidied_s = loop.time()
                    await asyncio.to_thread(self._forget_former)
            except NvrError as error:
                log.error("the configuration stays as it is: %s", error)
            self.wake.clear()
            try:
                await asyncio.wait_for(self.wake.wait(), LOOK_S)
            except TimeoutError:
                continue

    async def state(self) -> ConfigState:
        """As it stands now."""
        return await asyncio.to_thread(self._state)

    def _state(self) -> ConfigState:
        record = self._record()
        running = self._settings.config
        asked = parse_config(self.store.text(record.version), version_name(record.version))
        asked = asked.model_copy(update={"node": asked.node.model_copy(update={"data": running.node.data})})
        return ConfigState(
            version=record,
            path=str(self._path),
            file=self._file.state,
            faults=(*self._file.faults, *self._credential_faults()),
            pending=self._file.pending,
            restart=ConfigDiff(restart=difference(running, asked).restart),
            refused=self._file.refused,
            busy=self._lock.locked(),
            versions=self.store.history(_HISTORY),
        )

    def _credential_faults(self) -> Sequence[ConfigFault]:
        try:
            read_credentials(self._credentials)
        except ConfigError as error:
            return error.faults
        return ()

    def _text(self, version: int) -> str:
        if self.store.record(version) is None:
            raise NotFound("no such version of the configuration")
        return self.store.text(version)

    def amended(self, edit: ZoneEdit) -> str:
        """The text in force with a camera's zones replaced.

        Raises:
            ConfigError: that has faults.
            NotFound: it has no such camera.
        """
        return with_zones(self.text_in_force(), edit, version_name(self._record().version))

    def text_in_force(self) -> str:
        """As the version in force has it."""
        return self.store.text(self._record().version)

    async def preview(self, source: Source) -> Preview:
        """What a source would change."""
        return await asyncio.to_thread(self._preview, source)

    def _preview(self, source: Source) -> Preview:
        try:
            _, config, _ = self._read(source)
        except ConfigError as error:
            return Preview(ConfigDiff(), error.faults)
        return Preview(self._difference(config), ())

    async def apply(self, source: Source, who: Asker, *, base_version: int | None, require_probe: bool) -> Applied:
        """Put a source in force."""
        how: How = "editor" if source.edit is not None else "api" if source.version is None else "rollback"
        return await self.put(source, who, how, base_version=base_version, require_probe=require_probe)

    async def put(
        self, source: Source, who: Asker, how: How, *, base_version: int | None = None, require_probe: bool = False
    ) -> Applied:
        """The same, by whichever way."""
        async with self._lock:
            before = self._settings
            if base_version is not None and before.record is not None and before.record.version != base_version:
                raise _moved_on(before.record.version)
            text, config, file_sha256 = await asyncio.to_thread(self._read, source)
            diff = self._difference(config)
            trials = await self._try_pools(config)
            probes = await self._probe(config, diff)
            warnings = tuple(probe.line() for probe in probes if probe.fault)
            if require_probe and warnings:
                raise ProbeFailed(warnings)
            decision = Decision(text, config, self._path, file_sha256, how, who.name, source.version or 0, warnings)
            was_sha256 = self._record().sha256
            await asyncio.to_thread(put_in_force, self.store, before, decision)
            await self._enter(diff, who)
            if source != Source():
                await self._write_back(was_sha256, text)
            record = self._record()
        for warning in warnings:
            log.warning("%s", warning)
        log.info("version %d of the configuration is in force: %s", record.version, record.summary)
        return Applied(record, diff, [*(trial.line() for trial in trials), *(probe.line() for probe in probes)])

    async def carry_out(self, order: Order) -> Answer:
        """What ``nvr config`` asks for."""
        source = Source(version=order.version) if order.version else Source()
        how: How = "rollback" if order.version else "command"
        try:
            done = await self.put(source, Asker(order.by), how, require_probe=order.require_probe)
        except ConfigError as error:
            return Answer(done=False, lines=(*map(str, error.faults), "nothing of it was taken up"))
        lines = (*done.diff.lines(), *done.probes, f"version {done.version.version} is in force")
        return Answer(done=True, lines=lines)

    def _read(self, source: Source) -> tuple[str, Config, str]:
        """Text, what it says, and what the admin's file says now."""
        on_disk = self._watch.read()
        file_sha256 = digest(on_disk) if on_disk is not None else ""
        if source.edit is not None:
            text, name = self.amended(source.edit), "the configuration with these zones"
        elif source.version is not None:
            text, name = self._text(source.version), version_name(source.version)
        else:
            text, name = self._watch.required(), str(self._path)
        return text, parse_config(text, name), file_sha256

    def _difference(self, config: Config) -> ConfigDiff:
        """Against what runs: the cameras of the file in force, the ``node`` section that the node started with."""
        running = self._settings.config
        node = config.node.model_copy(update={"data": running.node.data})
        return difference(
            running.model_copy(update={"cameras": present(running)}), config.model_copy(update={"node": node})
        )

    async def _try_pools(self, config: Config) -> list[Trial]:
        """The pools that are new. Unlike a camera that does not answer, which may tomorrow, one that fails is no warning: recordings would be lost.

        Raises:
            ConfigError: a pool can't be taken into use; nothing comes in force.
        """
        new = newcomers(self._settings.config.node.pools, config.node.pools)
        trials = await try_all(self._recordings, new)
        faults = [
            ConfigFault(str(self._path), 0, 0, f"node.pools.{each.pool.name}", each.fault, "Mend it, then save again")
            for each in trials
            if each.fault
        ]
        if faults:
            raise ConfigError(faults)
        return trials

    async def _probe(self, config: Config, diff: ConfigDiff) -> list[Probe]:
        """The streams that are new or open anew."""
        streams = {each.camera_id: tuple(StreamKind) for each in diff.added}
        streams |= {each.camera_id: each.reconnects for each in diff.changed}
        wanted = [
            (camera, stream)
            for camera in config.enabled_cameras
            for stream in streams.get(camera.id, ())
            if camera.source(stream) is not None
        ]
        if not wanted:
            return []
        try:
            credentials = await asyncio.to_thread(read_credentials, self._credentials)
        except ConfigError:
            credentials = {}
        return await probe_all(wanted, credentials, self._clock)

    async def _enter(self, diff: ConfigDiff, who: Asker) -> None:
        """It is in force: this process takes it up, and whoever looks at a screen hears of it."""
        found = await asyncio.to_thread(read_in_force, self.store, self._data)
        if found is None or found.record is None:
            raise NotFound("the configuration that was put in force is gone")
        self._settings = found
        self._live.take_up(found.config)
        self._file = _File()
        await self._catch_up(diff, who)

    async def _write_back(self, was_sha256: str, text: str) -> None:
        if await asyncio.to_thread(write_back, self.store, self._path, was_sha256, text):
            await asyncio.to_thread(self._watch.forget)
        else:
            self._file.state = "set_aside" if await asyncio.to_thread(self._watch.read) != text else "in_force"
            if self._file.state == "set_aside":
                self._file.pending = (await self.preview(Source())).diff

    async def _catch_up(self, diff: ConfigDiff | None = None, who: Asker | None = None) -> None:
        """Tell the audit, and the screens, of the versions that they do not know of yet."""
        record = self._record()
        missing = [each for each in self.store.history() if each.version > self.store.audited()]
        if not missing:
            return
        if diff is None:
            touched = [camera.id for camera in self._live.cameras]
        else:
            touched = [each.camera_id for each in (*diff.added, *diff.removed)] + [
                each.camera_id for each in diff.changed
            ]

        def note() -> None:
            with self._catalogue.write() as tx:
                for each in reversed(missing):
                    mine = who if who is not None and each.version == record.version else Asker(each.by or "nvr")
                    audit.append(
                        tx,
                        wall_ns=each.wall_ns,
                        actor=mine.name or "nvr",
                        terminal=mine.terminal,
                        address=mine.address,
                        action="config.apply" if not each.origin else "config.rollback",
                        object=f"version {each.version}",
                        detail={
                            "how": each.how,
                            "changes": each.summary,
                            "sha256": each.sha256,
                            **({"of": str(each.origin)} if each.origin else {}),
                            **({"warnings": "; ".join(each.warnings)} if each.warnings else {}),
                        },
                    )
                for camera_id in touched:
                    changes.append(
                        tx,
                        wall_ns=self._clock.wall_ns(),
                        kind="camera",
                        object_id=camera_id,
                        camera_id=camera_id,
                        agency=None,
                        body={},
                    )

        await self._write(note)
        await asyncio.to_thread(self.store.note_audited, record.version)

    async def _take_up_file(self, how: How) -> None:
        record, current = self._record(), self.store.current()
        text = await asyncio.to_thread(self._watch.read)
        sha256 = "" if text is None else digest(text)
        if sha256 == record.sha256:
            self._file = _File()
            return
        if how == "file" and current is not None and sha256 == current.file_sha256:
            preview = await self.preview(Source())
            self._file = _File("set_aside", preview.faults, preview.diff)
            return
        preview = await self.preview(Source())
        if preview.faults:
            if self._file.faults != preview.faults:
                for fault in preview.faults:
                    log.error("%s", fault)
                log.error("nothing of it was taken up: version %d stays in force", record.version)
            self._file = _File("faulty", preview.faults)
            return
        self._file = _File("pending", pending=preview.diff)
        try:
            await self.put(Source(), Asker(owner(self._path)), how)
        except NvrError as error:
            self._file.refused = str(error)
            raise

    def _record(self) -> VersionRecord:
        current = self._settings.record
        record = None if current is None else self.store.record(current.version)
        if record is None:
            raise NotFound("no version of the configuration is in force")
        return record

    def _forget_former(self) -> None:
        """Cameras of earlier times whose last recording has expired."""
        with self._catalogue.read() as tx:
            gone = [
                camera.id
                for camera in former_cameras(self._live)
                if all(segments.newest_start(tx, camera.id, stream) is None for stream in StreamKind)
            ]
        if gone:
            forget_former(self.store, gone)
            if (found := read_in_force(self.store, self._data)) is not None:
                self._settings = found
                self._live.take_up(found.config)


def _moved_on(version: int) -> Conflict:
    return Conflict(f"version {version} came in force meanwhile", "look at what it changes, then try again")

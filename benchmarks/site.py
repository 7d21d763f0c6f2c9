"""A control room set up in a folder, with its simulated fleet: what whole-system benchmarks, journeys and the documentation's pictures begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.rig import Started, fleet, free_port, node, wait_for, write_config
from nvr.app.accounts import NewAccount, add_people
from nvr.app.demo import write_fleet_credentials
from nvr.app.folders import Folders
from nvr.app.node import load
from nvr.catalogue.engine import Catalogue
from nvr.config import Config

COMPLETE: Final = "cameras are recorded and analysed"
"""What a node says once all of them are."""


@dataclass(frozen=True, slots=True)
class Site:
    """What is set up, before anything runs.

    Attributes:
        folder: of everything; the node keeps its data in ``data`` below it.
        fleet_port: where the simulated cameras are to listen.
        console_port: where the console is to.
        credentials: the cameras' log-ins.
        passwords: by name of each account, in clear.
    """

    folder: Path
    config_path: Path
    config: Config
    folders: Folders
    fleet_port: int
    console_port: int
    credentials: Path
    passwords: Mapping[str, str] = field(repr=False)

    @property
    def base(self) -> str:
        """The console's origin."""
        return f"http://localhost:{self.console_port}"

    @property
    def node_log(self) -> Path:
        """What the node says."""
        return self.folder / "nvr.log"

    @property
    def control_socket(self) -> Path:
        """By which the fleet is told what to do."""
        return self.folder / "sim.sock"

    def completions(self) -> int:
        """How often the node has said that every camera is recorded and analysed: once for each start."""
        return self.node_log.read_text(errors="replace").count(COMPLETE) if self.node_log.exists() else 0

    @contextmanager
    def fleet(
        self, cache: Path, *, events_per_hour: float = 0, small: bool = False, listens_within_s: float = 1200
    ) -> Iterator[Started]:
        """Its simulated cameras, listening. ``cache``: folder of their clips; those that are missing are encoded first."""
        with fleet(
            self.config_path,
            cameras=len(self.config.cameras),
            port=self.fleet_port,
            folder=self.folder,
            cache=cache,
            credentials=self.credentials,
            events_per_hour=events_per_hour,
            small=small,
            listens_within_s=listens_within_s,
        ) as started:
            yield started

    @contextmanager
    def node(self, *, complete_within_s: float = 120) -> Iterator[Started]:
        """The control room, once every camera is recorded and analysed."""
        before = self.completions()
        with node(self.config_path, console_port=self.console_port, folder=self.folder) as started:
            wait_for("every camera is recorded", lambda: self.completions() > before, complete_within_s, started)
            yield started


def prepare(
    folder: Path,
    *,
    cameras: int,
    people: Sequence[NewAccount] = (),
    settings: Mapping[str, object] | None = None,
    moving: Sequence[int] = (),
    udp_every: int = 7,
    streams_port: int | None = None,
) -> Site:
    """Configuration, folders, log-ins of the cameras, and accounts whose passwords need not be changed.

    Args:
        cameras: how many.
        people: who gets an account.
        settings: further ones of the ``node`` section.
        moving: numbers of the cameras that are moved over ONVIF.
        udp_every: each so many-th camera sends by UDP; 0: none.
        streams_port: where the node is to look for the streams, if something stands between it and the fleet.
    """
    fleet_port, console_port = free_port(), free_port()
    config_path = folder / "cameras.yaml"
    write_config(
        config_path,
        cameras=cameras,
        fleet_port=streams_port or fleet_port,
        console_port=console_port,
        data=folder / "data",
        udp_every=udp_every,
        node=settings,
        onvif_ports={number: free_port() for number in moving},
    )
    config = load(config_path, None)
    folders = Folders.of(config)
    folders.create()
    credentials = folders.credentials(config)
    write_fleet_credentials(config, credentials)
    passwords = {}
    if people:
        catalogue = Catalogue(folders.database_url(config))
        passwords = {each.name: each.password.reveal() for each in add_people(catalogue, people, must_change=False)}
        catalogue.close()
    return Site(folder, config_path, config, folders, fleet_port, console_port, credentials, passwords)

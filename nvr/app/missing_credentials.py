"""Names of credentials that no file or environment variable gives: said once, before cameras refuse us for ever and channels take nothing."""

from __future__ import annotations

from collections.abc import Iterator

from nvr.app.folders import Folders
from nvr.config import Config, read_credentials


def missing_credentials(config: Config) -> Iterator[str]:
    """A line for each.

    Raises:
        ConfigError: the credentials file is malformed, or others than its owner may read it.
    """
    path = Folders.of(config).credentials(config)
    known = read_credentials(path)
    wanted = {camera.credentials: "its cameras stay offline" for camera in config.enabled_cameras}
    wanted |= {each.credentials: f"the channel {each.name} takes nothing" for each in config.channels}
    for name, so in sorted((name, so) for name, so in wanted.items() if name and name not in known):
        yield f"no credentials are called {name}: write them to {path} (mode 0600) or set NVR_CREDENTIAL_{name.upper()}=user:password; {so}"

"""What the admin writes: ``cameras.yaml``, its schema, and where credentials come from."""

from nvr.config.credentials import Credential, read_credentials
from nvr.config.loader import load_config
from nvr.config.schema import Camera, Config, Node, StreamSource, Zone

__all__ = ["Camera", "Config", "Credential", "Node", "StreamSource", "Zone", "load_config", "read_credentials"]

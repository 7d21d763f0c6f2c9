"""What the admin writes: ``cameras.yaml``, its schema, and where credentials come from."""

from nvr.config.agencies import PNP, SERENAZGO, Agency
from nvr.config.channels import BOARD, Channel
from nvr.config.credentials import Credential, read_credentials
from nvr.config.loader import load_config
from nvr.config.schedules import Schedule, TimeSpan, active
from nvr.config.schema import Camera, Config, Node, StreamSource, Zone
from nvr.config.shifts import ShiftHours
from nvr.config.storage import Pool

__all__ = [
    "BOARD",
    "PNP",
    "SERENAZGO",
    "Agency",
    "Camera",
    "Channel",
    "Config",
    "Credential",
    "Node",
    "Pool",
    "Schedule",
    "ShiftHours",
    "StreamSource",
    "TimeSpan",
    "Zone",
    "active",
    "load_config",
    "read_credentials",
]

"""What a camera notices by itself (ONVIF events by pull point): movement, tampering, digital inputs. Its clock is not asked: when counts is when we heard.

Topics (ONVIF Core, section 9; Imaging and Device IO specifications) differ between makers, so a table maps the known ones by their last words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from ingest.onvif.device import Device, optional
from ingest.onvif.services import clean
from nvr.errors import StreamMalformed

SignalKind = Literal["motion", "tamper", "digital_input"]

PULL_S: Final = 5
"""A pull point answers after this at the latest, with nothing where nothing happened."""
MOST_MESSAGES: Final = 64
_LEASE_S: Final = 60
_SCHEMA: Final = "{http://www.onvif.org/ver10/schema}"

_NOTIFICATION: Final = "{http://docs.oasis-open.org/wsn/b-2}"

_TOPICS: Final[tuple[tuple[str, SignalKind], ...]] = (
    ("cellmotiondetector/motion", "motion"),
    ("motionregiondetector/motion", "motion"),
    ("videosource/motionalarm", "motion"),
    ("videoanalytics/motion", "motion"),
    ("tamperdetector/tamper", "tamper"),
    ("videosource/globalscenechange", "tamper"),
    ("videosource/imagetoodark", "tamper"),
    ("videosource/imagetoobright", "tamper"),
    ("videosource/imagetooblurry", "tamper"),
    ("trigger/digitalinput", "digital_input"),
)
_TRUE: Final = frozenset({"true", "1", "on", "active"})
_FALSE: Final = frozenset({"false", "0", "off", "inactive"})


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that a camera said. ``source`` names which input or rule; ``active`` whether it begins or ends."""

    kind: SignalKind
    source: str
    active: bool


def kind_of(topic: str) -> SignalKind | None:
    """What a topic is about; None for what is of no concern here."""
    path = "/".join(part.rpartition(":")[2] for part in topic.strip().lower().split("/"))
    return next((kind for words, kind in _TOPICS if words in path), None)


def signal_of(topic: str, source: Iterable[tuple[str, str]], data: Iterable[tuple[str, str]]) -> Signal | None:
    """A message as a signal; pure. None where its topic is of no concern, or its state is no yes or no.

    Args:
        topic: e.g. ``tns1:RuleEngine/CellMotionDetector/Motion``.
        source: the message's source items, name and value: which input, which rule.
        data: its data items: the state.
    """
    kind = kind_of(topic)
    if kind is None:
        return None
    state = next((word for _, value in data if (word := value.strip().lower()) in _TRUE | _FALSE), None)
    if state is None:
        return None
    values = [clean(value, 40) for _, value in source]
    if kind == "tamper":
        # Dark, bright, blurred and covered are told apart by their topic.
        values = [clean(topic.rpartition("/")[2] if "tamper" in topic.lower() else _event_name(topic), 40), *values]
    return Signal(kind, " ".join(value for value in values if value)[:80], state in _TRUE)


def _event_name(topic: str) -> str:
    parts = [part.rpartition(":")[2] for part in topic.split("/")]
    return next((part for part in parts if part.lower().startswith(("imagetoo", "globalscene"))), parts[-1])


class PullPoint:
    """A subscription at a device. Blocking; one thread at a time, with a ``Device`` of its own (the pull waits for seconds).

    Raises (on making one):
        SourceError: the device has no events, or refuses.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        found = device.call("events", "CreatePullPointSubscription", InitialTerminationTime=f"PT{_LEASE_S}S")
        address = getattr(getattr(found, "SubscriptionReference", None), "Address", None)
        url = str(getattr(address, "_value_1", address) or "").strip()
        if not url:
            raise StreamMalformed("the camera subscribed us, but does not say where to ask")
        device.place("pullpoint", url)
        device.place("subscription", url)

    def pull(self) -> list[Signal]:
        """What happened since; waits up to ``PULL_S`` for something."""
        body = self._device.tree(
            "pullpoint",
            "PullMessages",
            Timeout=timedelta(seconds=PULL_S),
            MessageLimit=MOST_MESSAGES,
            timeout_s=PULL_S + 3.0,
        )
        messages = list(body.iter(f"{_NOTIFICATION}NotificationMessage"))[:MOST_MESSAGES]
        return [signal for message in messages if (signal := _read(message)) is not None]

    def renew(self) -> None:
        """Keep it for another minute; devices that do not know how keep it by pulling."""
        optional(lambda: self._device.call("subscription", "Renew", TerminationTime=f"PT{_LEASE_S}S"))

    def close(self) -> None:
        """Tell the device that nobody listens any more; cameras have few places."""
        optional(lambda: self._device.call("subscription", "Unsubscribe", timeout_s=1.0))


def _read(message: Any) -> Signal | None:
    topic = message.findtext(f"{_NOTIFICATION}Topic")
    body = next(message.iter(f"{_SCHEMA}Message"), None)
    if not topic or body is None:
        return None
    return signal_of(topic.strip()[:200], _items(body, "Source"), _items(body, "Data"))


def _items(body: Any, part: str) -> list[tuple[str, str]]:
    found = body.find(f"{_SCHEMA}{part}")
    if found is None:
        return []
    items = found.findall(f"{_SCHEMA}SimpleItem")[:16]
    return [(str(item.get("Name", "")), str(item.get("Value", ""))) for item in items]

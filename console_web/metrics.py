"""The Prometheus text format (https://prometheus.io/docs/instrumenting/exposition_formats/); pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True, slots=True)
class Sample:
    """One value. ``name`` without the prefix ``nvr_``; ``labels`` in the order in which they are printed."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def metric_name(text: str) -> str:
    """A counter's name as a metric's."""
    return _NOT_IN_NAMES.sub("_", text)


def exposition(samples: Iterable[Sample]) -> str:
    """All samples as text, those of one name together, as the format demands."""
    by_name: dict[str, list[str]] = {}
    for sample in samples:
        name = f"nvr_{metric_name(sample.name)}"
        labels = ",".join(f'{metric_name(key)}="{_escaped(value)}"' for key, value in sample.labels.items())
        text = f"{name}{{{labels}}} {sample.value:.15g}" if labels else f"{name} {sample.value:.15g}"
        by_name.setdefault(name, []).append(text)
    lines = [line for name, found in by_name.items() for line in (f"# TYPE {name} untyped", *found)]
    return "\n".join((*lines, ""))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""How long what is kept, as the configuration says; and what it may not say."""

from __future__ import annotations

import pytest

from nvr.config import Config
from nvr.config.loader import parse_config
from nvr.errors import ConfigError
from nvr.media import StreamKind
from nvr.storage.retention import SegmentRef, plan_deletions
from nvr.storage.terms import DAY_NS, Terms

MAIN, SUB = StreamKind.MAIN, StreamKind.SUB


def config(node: str = "", *retention: str) -> Config:
    cameras = "\n".join(
        f'  - {{id: cam0{n}, number: {n}, name: C{n}, main: {{url: "rtsp://127.0.0.1/{n}"}}, retention: {{{text}}}}}'
        for n, text in enumerate(retention or ("",), 1)
    )
    return parse_config(f"version: 1\nnode: {{{node}}}\ncameras:\n{cameras}\n", "cameras.yaml")


def days(terms: Terms, camera_id: str) -> tuple[float, float]:
    return terms.kept_ns(camera_id, MAIN) / DAY_NS, terms.kept_ns(camera_id, SUB) / DAY_NS


def test_each_camera_and_stream_has_its_term() -> None:
    terms = Terms.of(
        config("sub_retention_days: 60", "", "days: 50", "sub_days: 46, quota_gb: 2", "days: 60, sub_days: 45")
    )
    assert days(terms, "cam01") == (45, 60)
    assert days(terms, "cam02") == (50, 60)
    assert days(terms, "cam03") == (45, 46)
    assert days(terms, "cam04") == (60, 45)
    assert days(terms, "gone") == (45, 60)
    assert dict(terms.quotas_bytes) == {"cam03": 2 * 10**9}
    assert days(Terms.of(config("", "days: 50")), "cam01") == (50, 50)


@pytest.mark.parametrize(
    ("node", "retention", "place"),
    [
        ("", "days: 44", "cameras.0.retention.days"),
        ("", "days: 61", "cameras.0.retention.days"),
        ("", "sub_days: 61", "cameras.0.retention.sub_days"),
        ("sub_retention_days: 70", "", "node.sub_retention_days"),
        ("", "keyframes_after_days: 44", "cameras.0.retention.keyframes_after_days"),
        ("retention_days: 60", "keyframes_after_days: 44.9", "cameras.0.retention.keyframes_after_days"),
    ],
)
def test_what_the_law_forbids_is_refused_without_a_decision(node: str, retention: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(node, retention)
    assert place.replace(".0.", ".1.") in str(caught.value) or place in str(caught.value)
    reason = 'retention_exception: "Acta 014-2026 del CODISEC, 3 de marzo"'
    config(", ".join(part for part in (node, reason) if part), retention)


def test_a_sub_stream_may_be_kept_shorter() -> None:
    assert days(Terms.of(config("sub_retention_days: 7")), "cam01") == (45, 7)


@pytest.mark.parametrize(
    ("node", "retention", "field"),
    [
        ("", "keyframes_after_days: 45", "keyframes_after_days"),
        ("retention_days: 60", "days: 50, keyframes_after_days: 50", "keyframes_after_days"),
        ("sub_retention_days: 46", "sub_keyframes_after_days: 46", "sub_keyframes_after_days"),
        ("retention_days: 60", "days: 50, sub_keyframes_after_days: 55", "sub_keyframes_after_days"),
    ],
)
def test_thinning_out_what_is_gone_by_then_is_refused(node: str, retention: str, field: str) -> None:
    with pytest.raises(ConfigError, match=rf"retention\.{field}: nothing is left to be thinned out"):
        config(node, retention)


def test_each_stream_has_its_own_day_of_thinning_out() -> None:
    made = config(
        "retention_days: 60", "", "keyframes_after_days: 46", "sub_keyframes_after_days: 1, keyframes_after_days: 45"
    )
    assert dict(Terms.of(made).groomed_after) == {
        ("cam02", MAIN): 46 * DAY_NS,
        ("cam03", MAIN): 45 * DAY_NS,
        ("cam03", SUB): DAY_NS,
    }


def ref(
    name: str, camera_id: str, stream: StreamKind, age_days: float, size_bytes: int = 10, *, held: bool = False
) -> SegmentRef:
    end_ns = round((100 - age_days) * DAY_NS)
    return SegmentRef(name, camera_id, stream, end_ns - 60, end_ns, size_bytes, f"{name}.mp4", held)


def test_a_quota_takes_its_own_cameras_oldest_and_nobody_elses() -> None:
    refs = [ref(f"a{n}", "cam01", MAIN, 40 - n) for n in range(10)] + [ref("b", "cam02", MAIN, 44)]
    refs.append(ref("held", "cam01", MAIN, 60, held=True))
    plan = plan_deletions(
        refs, now_wall_ns=100 * DAY_NS, retention_ns=45 * DAY_NS, needed_bytes=0, excess_bytes={"cam01": 25}
    )
    assert [s.segment_id for s in plan.over_quota] == ["a0", "a1", "a2"]
    assert (plan.expired, plan.pressed) == ((), ())


def test_what_expires_counts_towards_the_quota() -> None:
    refs = [ref("old", "cam01", MAIN, 46), ref("young", "cam01", MAIN, 40)]
    plan = plan_deletions(
        refs, now_wall_ns=100 * DAY_NS, retention_ns=45 * DAY_NS, needed_bytes=0, excess_bytes={"cam01": 10}
    )
    assert ([s.segment_id for s in plan.expired], plan.over_quota) == (["old"], ())


def test_streams_expire_by_their_own_terms() -> None:
    terms = Terms.of(config("sub_retention_days: 60"))
    refs = [ref(f"{stream}-{age}", "cam01", stream, age) for stream in (MAIN, SUB) for age in (44, 46, 59, 61)]
    plan = plan_deletions(
        refs, now_wall_ns=100 * DAY_NS, retention_ns=45 * DAY_NS, needed_bytes=0, kept_ns=terms.kept_ns
    )
    assert {s.segment_id for s in plan.expired} == {"main-46", "main-59", "main-61", "sub-61"}

"""Secrets do not come out: by their type, and, where foreign text quotes a URL or a header, by the last filter before the log."""

from __future__ import annotations

import copy
import json
import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr.redact import Secret, redact_url

HIDDEN = "hunter2"


def test_a_secret_shows_stars_wherever_text_is_made_of_it() -> None:
    """str, repr, format, %-format and in containers."""
    secret = Secret(HIDDEN)
    shown = f"{secret} {secret!r} {secret!s} {[secret]} { ({'a': secret}) } %s" % secret
    assert HIDDEN not in shown
    assert shown.count("***") == 6
    with pytest.raises(TypeError):
        f"{secret:>10}"


def test_a_secret_travels_nowhere() -> None:
    """Not by pickle (queues between processes), copy or JSON."""
    secret = Secret(HIDDEN)
    for carry in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            carry(secret)
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == HIDDEN


def test_secrets_compare_and_hash_by_their_text() -> None:
    """Sets and dictionaries of credentials work; nothing but a secret is equal to one, not even its text."""
    assert Secret("ñ") == Secret("ñ")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("rtsp://admin:hunter2@10.0.0.7:554/a", "rtsp://10.0.0.7:554/a"),
        ("open 'rtsp://admin:hunter2@h/a' failed", "open 'rtsp://h/a' failed"),
        ("rtsp://hunter2@h", "rtsp://h"),
        ("rtsp://admin:hun/ter2@h/a", "rtsp://h/a"),
        ("rtsp://admin:hunter2@x@h/a", "rtsp://h/a"),
        ("rtsp://admin:hunter2#?@h/a", "rtsp://h/a"),
        ("a=rtsp://u:hunter2@h/1,rtsp://u:hunter2@h/2", "a=rtsp://h/2"),
        ("postgresql+psycopg://nvr:hunter2@db/nvr", "postgresql+psycopg://db/nvr"),
        ("two\nrtsp://u:hunter2@h/1\nhttps://u:hunter2@h/2 x", "two\nrtsp://h/1\nhttps://h/2 x"),
        ("rtsp://h/x?user=a&password=hunter2&b=1", "rtsp://h/x?user=a&password=***&b=1"),
        ("rtsp://h/x?PWD=hunter2", "rtsp://h/x?PWD=***"),
        ("Authorization: Basic aHVudGVyMg==", "Authorization: Basic ***"),
        ("{'authorization': 'Bearer hunter2', 'x': 1}", "{'authorization': 'Bearer ***', 'x': 1}"),
        ("(b'Authorization', b'Basic hunter2')", "(b'Authorization', b'Basic ***')"),
    ],
)
def test_urls_and_headers_lose_their_secrets_and_keep_the_rest(text: str, redacted: str) -> None:
    """What helps to find the camera stays."""
    assert redact_url(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no url",
        "a@b.pe wrote",
        "rtsp://10.0.0.7/a and then a@b",
        "50% of 12:30 // @",
        "mailto:a@b",
        "pass the salt",
        "basic authentication refused",
    ],
)
def test_texts_without_secrets_are_left_alone(text: str) -> None:
    """A filter that eats words of messages gets switched off."""
    assert redact_url(text) == text


userinfo = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=30)


@given(userinfo, st.text(max_size=30), st.text(max_size=30))
def test_no_password_survives_whatever_signs_it_holds(password: str, before: str, after: str) -> None:
    """Any signs but spaces, in any surroundings."""
    marked = f"{HIDDEN}{password}"
    assert HIDDEN not in redact_url(f"{before}rtsp://admin:{marked}@10.0.0.7/a {after}")


@given(st.text(max_size=300))
def test_redacting_twice_changes_nothing(text: str) -> None:
    """So a line that passes two filters reads the same."""
    assert redact_url(redact_url(text)) == redact_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000,
        "a://" * 500_000,
        "://" * 600_000,
        "@" * 2_000_000,
        "authorization" * 150_000,
        "pass=" * 400_000,
        "authorization: " * 130_000,
    ],
    ids=lambda text: text[:16],
)
def test_time_is_in_proportion_to_the_text(text: str) -> None:
    """A camera that sends two megabytes of letters does not hold up the process that logs them; quadratic time would be an hour."""
    started_s = time.process_time()
    redact_url(text)
    assert time.process_time() - started_s < 5

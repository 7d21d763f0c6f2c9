"""Logging in: the RFCs' own examples, and the ways in which a camera could be impersonated."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.digest import Authenticator, SchemeMemory
from nvr.config import Credential
from nvr.errors import CameraRefusedLogin, SourceError
from nvr.redact import Secret

MUFASA = Credential("Mufasa", Secret("Circle of Life"))
RFC7616_NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"


def _response(header: str | None) -> str:
    assert header is not None
    found = re.search(r'response="([0-9a-f]+)"', header)
    assert found
    return found[1]


def _authenticator(credential: Credential | None = MUFASA, memory: SchemeMemory | None = None) -> Authenticator:
    return Authenticator(credential, memory or SchemeMemory())


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.digest.secrets.token_hex", lambda _: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
    authenticator = _authenticator()
    authenticator.challenged(
        (
            f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
            f'nonce="{RFC7616_NONCE}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
        )
    )
    header = authenticator.authorization("GET", "/dir/index.html")
    assert _response(header) == expected
    assert header is not None
    assert "nc=00000001" in header
    assert "Circle" not in header


def test_without_qop_as_most_cameras_do() -> None:
    authenticator = _authenticator(Credential("admin", Secret("12345")))
    authenticator.challenged(('Digest realm="IP Camera", nonce="abc", stale="FALSE"',))
    header = authenticator.authorization("DESCRIBE", "rtsp://192.0.2.9/1")
    # md5(md5(admin:IP Camera:12345):abc:md5(DESCRIBE:rtsp://192.0.2.9/1)), computed with md5sum
    assert _response(header) == "8b772f7eefa5cfd5f6984bd47fcd36d3"
    assert header is not None
    assert "qop" not in header


def test_the_strongest_algorithm_on_offer_is_taken() -> None:
    authenticator = _authenticator()
    authenticator.challenged(
        ('Basic realm="x"', 'Digest realm="x", nonce="1"', 'Digest realm="x", nonce="2", algorithm=SHA-256')
    )
    assert "algorithm=SHA-256" in (authenticator.authorization("PLAY", "rtsp://x") or "")


def test_basic_where_nothing_better_is_on_offer() -> None:
    authenticator = _authenticator(Credential("Aladdin", Secret("open sesame")))
    authenticator.challenged(('Basic realm="x"',))
    assert authenticator.authorization("PLAY", "rtsp://x") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_no_password_in_clear_for_a_camera_that_knew_digest() -> None:
    memory = SchemeMemory()
    _authenticator(memory=memory).challenged(('Digest realm="x", nonce="1"',))
    # The other stream of the same camera, on another connection.
    other = _authenticator(memory=memory)
    other.begin_connection()
    with pytest.raises(CameraRefusedLogin, match="in clear"):
        other.challenged(('Basic realm="x"',))
    assert other.authorization("PLAY", "rtsp://x") is None


def test_a_refusal_ends_it() -> None:
    authenticator = _authenticator()
    authenticator.challenged(('Digest realm="x", nonce="1"',))
    with pytest.raises(CameraRefusedLogin, match="refuses"):
        authenticator.challenged(('Digest realm="x", nonce="2"',))


def test_a_stale_nonce_is_answered_once() -> None:
    authenticator = _authenticator()
    authenticator.challenged(('Digest realm="x", nonce="1"',))
    authenticator.challenged(('Digest realm="x", nonce="2", stale=true',))
    assert 'nonce="2"' in (authenticator.authorization("PLAY", "rtsp://x") or "")
    with pytest.raises(CameraRefusedLogin):
        authenticator.challenged(('Digest realm="x", nonce="3", stale=true',))


def test_a_nonce_that_expires_later_is_answered_again() -> None:
    authenticator = _authenticator()
    authenticator.challenged(('Digest realm="x", nonce="1"',))
    authenticator.accepted()
    authenticator.challenged(('Digest realm="x", nonce="2"',))
    assert 'nonce="2"' in (authenticator.authorization("PLAY", "rtsp://x") or "")


def test_without_credentials_it_is_said_what_to_write() -> None:
    with pytest.raises(CameraRefusedLogin, match="credentials:"):
        _authenticator(None).challenged(('Digest realm="x", nonce="1"',))


@given(st.lists(st.text(max_size=200), max_size=4).map(tuple))
def test_no_challenge_raises_anything_but_source_errors(headers: tuple[str, ...]) -> None:
    authenticator = _authenticator()
    try:
        authenticator.challenged(tuple("Digest " + header for header in headers))
        authenticator.authorization("PLAY", "rtsp://x")
    except SourceError:
        pass

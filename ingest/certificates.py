"""Whose certificate is taken: one that an authority known to this machine has signed for the host's name, or the one that is pinned."""

from __future__ import annotations

import hashlib
import hmac
import ssl

from nvr.errors import CameraImpostor


def tls_context(pin: str | None) -> ssl.SSLContext:
    """For a connection to a camera; with a pin the certificate is to be held against it with ``check_pin`` before anything is said."""
    if pin is None:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The certificate itself is compared, which says more than a name and a signature on it.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def check_pin(certificate: bytes | None, pin: str) -> None:
    """Hold what a camera shows (DER) against the pin: the SHA-256 of a certificate, 64 hexadecimal digits.

    Raises:
        CameraImpostor: it is another one, or none.
    """
    shown = hashlib.sha256(certificate or b"").hexdigest()
    if not hmac.compare_digest(shown, pin):
        raise CameraImpostor(
            f"the camera shows another certificate than the one that is pinned: its SHA-256 is {shown}",
            "if it was renewed, write that into certificate_sha256; otherwise somebody poses as the camera",
        )

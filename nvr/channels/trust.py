"""Whether a try failed because nobody vouches for the other side's certificate."""

from __future__ import annotations

import ssl
from typing import Final

UNTRUSTED: Final = "su certificado no es válido"


def untrusted(error: BaseException) -> bool:
    """Whether a library's fault comes of a certificate: they wrap what the handshake says in faults of their own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False

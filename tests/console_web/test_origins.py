"""Which pages are ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from console_web.origins import Origins
from nvr.config import Node

EVERYWHERE = Node(host="0.0.0.0")  # noqa: S104 - nothing is bound


@pytest.mark.parametrize(
    ("node", "origin", "host", "ours"),
    [
        (Node(), "http://127.0.0.1:8080", "127.0.0.1:8080", True),
        (Node(), "http://localhost:8080", "localhost:8080", True),
        (Node(), "http://LOCALHOST:8080", "localhost:8080", True),
        (Node(), "http://127.0.0.1:8081", "127.0.0.1:8081", False),
        (Node(), "https://127.0.0.1:8080", "127.0.0.1:8080", False),
        (Node(), "null", "127.0.0.1:8080", False),
        (Node(), None, "127.0.0.1:8080", False),
        # DNS rebinding: the attacker's name leads to us, and both headers bear it.
        (Node(), "http://evil.example:8080", "evil.example:8080", False),
        (EVERYWHERE, "http://evil.example:8080", "evil.example:8080", False),
        (EVERYWHERE, "http://192.168.1.5:8080", "192.168.1.5:8080", True),
        (EVERYWHERE, "http://192.168.1.5:8080", "192.168.1.6:8080", False),
        (EVERYWHERE, "http://192.168.1.5:8080", None, False),
        (Node(host="::"), "http://[fe80::1]:8080", "[fe80::1]:8080", True),
        (EVERYWHERE, "http://user@192.168.1.5:8080", "user@192.168.1.5:8080", False),
        (EVERYWHERE, "http://[bad", "[bad", False),
        (Node(host="192.168.1.5"), "http://127.0.0.1:8080", "127.0.0.1:8080", False),
        (Node(port=80), "http://127.0.0.1", "127.0.0.1", True),
        (Node(origins=("https://camaras.municaj.gob.pe",)), "https://camaras.municaj.gob.pe", "x", True),
        (Node(origins=("https://camaras.municaj.gob.pe",)), "http://camaras.municaj.gob.pe", "x", False),
    ],
)
def test_ours_or_not(node: Node, origin: str | None, host: str | None, ours: bool) -> None:
    """Listed origins, our own addresses, and literal addresses where we listen on all."""
    assert Origins.of(node).ours(origin, host) is ours


def test_tls_makes_cookies_secure() -> None:
    """Here, or at a proxy in front that the origins name."""
    assert not Origins.of(Node()).secure
    assert Origins.of(Node(tls_certificate=Path("c"), tls_key=Path("k"))).secure
    assert Origins.of(Node(origins=("https://camaras.municaj.gob.pe",))).secure

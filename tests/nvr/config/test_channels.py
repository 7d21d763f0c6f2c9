"""Channels in ``cameras.yaml``: what is taken, and what is said, with its line, of what is not."""

from __future__ import annotations

import pytest

from nvr.config import BOARD
from nvr.config.loader import parse_config
from nvr.errors import ConfigError

CAMERAS = "cameras:\n  - {id: cam01, number: 1, name: x, main: {url: 'rtsp://h/1'}}\n"
GOOD = """channels:
  - {name: aviso, kind: webhook, url: 'https://h.example/avisos', credentials: firma}
  - {name: correo, kind: mail, host: mail.example, sender: a@b.pe, recipients: [c@d.pe], credentials: cuenta}
  - {name: celular, kind: apprise, credentials: telegram}
escalation: {supervisor: [correo], chief: [celular, correo]}
agencies:
  - {code: serenazgo, name: SERENAZGO, channels: [aviso, correo]}
  - {code: pnp, name: PNP, channel: telephone, channels: [correo]}
"""


def test_the_board_comes_first_where_somebody_sits_before_it() -> None:
    config = parse_config(CAMERAS + GOOD, "f")
    assert [agency.chain for agency in config.agencies] == [(BOARD, "aviso", "correo"), ("correo",)]
    assert config.escalation.chief == ("celular", "correo")
    assert parse_config(CAMERAS, "f").agencies[0].chain == (BOARD,)


@pytest.mark.parametrize(
    ("channel", "line", "said"),
    [
        ("{name: a1, kind: webhook, url: 'https://ana:palabra@h/', credentials: f}", 4, "no user, password"),
        ("{name: a1, kind: webhook, url: 'https://h/?token=palabra', credentials: f}", 4, "no user, password"),
        ("{name: a1, kind: webhook, url: 'ftp://h/', credentials: f}", 4, "can be posted to"),
        ("{name: a1, kind: webhook, url: 'https://h/'}", 4, "needs credentials"),
        ("{name: a1, kind: mail, host: h, sender: a@b.pe}", 4, "needs recipients"),
        ("{name: a1, kind: mail, host: h, sender: 'a@b.pe, x@y.z', recipients: [c@d.pe]}", 4, "not an e-mail address"),
        (
            "{name: a1, kind: mail, host: h, tls: none, sender: a@b.pe, recipients: [c@d.pe], credentials: f}",
            4,
            "in clear",
        ),
        ("{name: a1, kind: apprise, url: 'https://h/', credentials: f}", 4, "has no url"),
        ("{name: board, kind: apprise, credentials: f}", 4, "is not `board`"),
        ("{name: a1, kind: paloma}", 4, "kind"),
        ("{name: a1, kind: apprise, credentials: f}\nescalation: {chief: [a2]}", 5, "no channel is called a2"),
        ("{name: a1, kind: apprise, credentials: f}\nescalation: {chief: [a1, a1]}", 5, "stands here twice"),
    ],
)
def test_a_channel_that_can_not_be_is_refused_with_its_line_and_what_to_do(channel: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"{CAMERAS}channels:\n  - {channel}\n", "f")
    found = [fault for fault in caught.value.faults if said in f"{fault.field} {fault.message} {fault.remedy}"]
    assert found, caught.value
    assert found[0].line == line
    assert found[0].remedy
    assert "palabra" not in str(caught.value)

"""Who can be sent: the two always, others where the file names them, and what is said of lists that can't be."""

from __future__ import annotations

import pytest

from nvr.config import PNP, SERENAZGO
from nvr.config.loader import parse_config
from nvr.errors import NvrError

CAMERAS = "cameras:\n  - {id: cam01, number: 1, name: x, main: {url: 'rtsp://h/1'}}\n"
TWO = "  - {code: serenazgo, name: SERENAZGO}\n  - {code: pnp, name: PNP, contact: '105'}\n"


def test_without_a_list_there_are_the_two() -> None:
    """As it was before agencies could be named."""
    config = parse_config(CAMERAS, "f")
    assert [agency.code for agency in config.agencies] == [SERENAZGO, PNP]
    assert [agency.deadlines.received_s for agency in config.agencies] == [60, 60]


def test_further_agencies_have_deadlines_sound_and_channel_of_their_own() -> None:
    text = (
        f"{CAMERAS}agencies:\n{TWO}"
        "  - {code: samu, name: SAMU, sound: falling, channel: telephone, contact: '106', deadlines: {received_s: 90}}\n"
    )
    samu = parse_config(text, "f").agency("samu")
    assert samu is not None
    assert (samu.name, samu.sound, samu.channel, samu.contact) == ("SAMU", "falling", "telephone", "106")
    assert (samu.deadlines.received_s, samu.deadlines.en_route_s) == (90, 180)
    assert parse_config(text, "f").agency("bomberos") is None


@pytest.mark.parametrize(
    ("agencies", "said"),
    [
        ("  - {code: serenazgo, name: S}\n", "pnp is missing"),
        (TWO + "  - {code: pnp, name: Otra}\n", "same code"),
        (TWO + "  - {code: otra, name: pnp}\n", "same name"),
        (TWO + "  - {code: 'Bomberos!', name: B2}\n", "lower-case letters"),
        (TWO + "  - {code: samu, name: SAMU, channel: paloma}\n", "channel"),
        (TWO + "  - {code: samu, name: SAMU, deadlines: {received_s: 0}}\n", "received_s"),
        ("  []\n", "serenazgo is missing"),
    ],
)
def test_a_list_that_can_not_be_is_refused_with_what_to_do(agencies: str, said: str) -> None:
    with pytest.raises(NvrError) as caught:
        parse_config(f"{CAMERAS}agencies:\n{agencies}", "f")
    assert said in str(caught.value)

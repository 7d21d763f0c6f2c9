"""Ways in which a dispatch or an escalation reaches people outside the control room's pages: webhook, e-mail, or what Apprise knows.

Keys, passwords and tokens stand in the credentials file, never here: a channel names their entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from nvr.config.fields import CredentialName, DeviceHost, PlainText, Whole, fault
from nvr.config.section import Section

BOARD: Final = "board"
"""The agency's page: the first channel of every agency whose ``channel`` it is, and nobody's to define."""

CHANNEL_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,31}")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_NEEDED: Final = {
    "webhook": ("url", "credentials"),
    "mail": ("host", "sender", "recipients"),
    "apprise": ("credentials",),
}
"""What each kind can't do without."""
_TAKEN: Final = {
    "webhook": {"url", "credentials"},
    "mail": {"host", "port", "tls", "sender", "recipients", "credentials"},
    "apprise": {"credentials"},
}
"""What each kind knows beside its name."""


def _name(value: str) -> str:
    if not CHANNEL_NAME.fullmatch(value) or value == BOARD:
        raise fault(
            "a channel's name has 2 to 32 lower-case letters, digits and underscores, begins with a letter and is not `board`",
            "Write e.g. `name: correo_pnp`",
        )
    return value


def _webhook_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound, parts = False, urlsplit("")
    if not sound or not re.fullmatch(r"[!-~]+", value):
        raise fault(
            "not a URL that a message can be posted to", "Write e.g. `url: https://despacho.pnp.example/avisos`"
        )
    # A token in the query would stand in versions of the file, in the audit and on the admin's page.
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise fault(
            "a channel's URL holds no user, password, query or fragment: they are where secrets hide",
            "Leave them out; the receiver knows us by the signature (`credentials:`), or use `kind: apprise`, whose URL is kept in the credentials file",
        )
    return value


def _mail_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value) or len(value) > 254:
        raise fault("not an e-mail address", "Write e.g. `camaras@municaj.gob.pe`, the address alone")
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address)]
ChannelName = Annotated[PlainText, AfterValidator(_name)]


class Channel(Section):
    """One way to somebody. Which fields it has depends on its kind."""

    name: ChannelName = Field(
        description="short; what agencies and `escalation` name, and what stands on time lines", examples=["correo_pnp"]
    )
    kind: Literal["webhook", "mail", "apprise"] = Field(
        description="webhook (a signed POST), mail (SMTP), or apprise (whatever that library has a URL for)",
        examples=["webhook"],
    )
    url: Annotated[str, AfterValidator(_webhook_url)] | None = Field(
        None,
        max_length=500,
        description="webhook: where messages are posted to, without user, password or query; redirects are not followed",
        examples=["https://despacho.pnp.example/avisos"],
    )
    credentials: CredentialName | None = Field(
        None,
        description="entry of the credentials file: webhook, its password is the signing secret; mail, user and password of the server; "
        "apprise, its password is the whole URL",
        examples=["firma_pnp"],
    )
    host: DeviceHost | None = Field(None, description="mail: the server", examples=["correo.municaj.gob.pe"])
    port: Whole = Field(587, ge=1, le=65_535, description="mail: its port", examples=[465])
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="mail: starttls or tls, both with the server's certificate verified; none only for a server without log-in on the same network",
        examples=["tls"],
    )
    sender: MailAddress | None = Field(None, description="mail: from whom", examples=["camaras@municaj.gob.pe"])
    recipients: tuple[MailAddress, ...] = Field(
        (), max_length=20, description="mail: to whom", examples=[["comisaria@pnp.example"]]
    )


class Escalation(Section):
    """Who is told outside the pages when nobody answers an alert or a dispatch; the pages tell it besides, always."""

    supervisor: tuple[ChannelName, ...] = Field(
        (),
        max_length=8,
        description="channels of the supervisor, the first that works",
        examples=[["celular_supervisor"]],
    )
    chief: tuple[ChannelName, ...] = Field(
        (), max_length=8, description="channels of the shift's chief, the first that works", examples=[["celular_jefe"]]
    )


Place = tuple[str | int, ...]


def channel_faults(root: Mapping[str, object]) -> Iterator[tuple[Place, str, str]]:
    """Where, what and what to do about channels that lack something, stand twice or are named and not there; of plain data, valid or not."""
    channels = [each for each in _sequence(root.get("channels")) if isinstance(each, Mapping)]
    names: set[str] = set()
    for index, channel in enumerate(channels):
        name = str(channel.get("name", "")).strip()
        if name and name in names:
            yield ("channels", index, "name"), "two channels have the same name", "Give each channel its own name"
        names.add(name)
        yield from _of_kind(index, channel)
    for path, wanted in _named(root):
        seen: set[str] = set()
        for index, name in enumerate(str(each).strip() for each in wanted):
            if name not in names:
                known = ", ".join(sorted(each for each in names if each)) or "none is there"
                yield (*path, index), f"no channel is called {name}", f"Add it to `channels:`, or name one of: {known}"
            elif name in seen:
                yield (*path, index), f"{name} stands here twice", "Leave the second out"
            seen.add(name)


def _of_kind(index: int, channel: Mapping[str, object]) -> Iterator[tuple[Place, str, str]]:
    kind = str(channel.get("kind", ""))
    for name in _NEEDED.get(kind, ()):
        if not channel.get(name):
            yield ("channels", index), f"a channel of the kind {kind} needs {name}", f"Add `{name}: …`"
    defaults = {"port": 587, "tls": "starttls"}
    for name, value in channel.items():
        if kind in _TAKEN and name not in _TAKEN[kind] | {"name", "kind"} and value and value != defaults.get(name):
            yield ("channels", index, name), f"a channel of the kind {kind} has no {name}", "Take it out"
    if kind == "mail" and channel.get("tls") == "none" and channel.get("credentials"):
        yield (
            ("channels", index, "tls"),
            "the password would go over the line in clear",
            "Write `tls: starttls` or `tls: tls`, or leave out `credentials:`",
        )


def _named(root: Mapping[str, object]) -> Iterator[tuple[Place, Sequence[object]]]:
    for index, agency in enumerate(_sequence(root.get("agencies"))):
        if isinstance(agency, Mapping):
            yield ("agencies", index, "channels"), _sequence(agency.get("channels"))
    escalation = root.get("escalation")
    if isinstance(escalation, Mapping):
        for level in ("supervisor", "chief"):
            yield ("escalation", level), _sequence(escalation.get(level))


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else ()

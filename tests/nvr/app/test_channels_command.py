"""``nvr channels test`` against a real server, and what it leaves behind."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from nvr.catalogue import delivery_rows
from nvr.catalogue.engine import Catalogue
from nvr.cli import main
from tests.nvr.app.test_delivering import KEY, configuration, credentials
from tests.nvr.channels.receivers import HttpReceiver, http_receiver


async def run(tmp_path: Path, receiver: HttpReceiver, *words: str) -> int:
    path = tmp_path / "cameras.yaml"
    path.write_text(configuration(receiver.url, 1))
    credentials(tmp_path)
    arguments = ["channels", "test", *words, "--config", str(path), "--data", str(tmp_path)]
    return await asyncio.to_thread(main, arguments)


async def test_a_test_is_marked_signed_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with http_receiver() as receiver:
        assert await run(tmp_path, receiver, "aviso") == 0
        (request,) = receiver.requests
        assert "aviso (webhook): taken in" in capsys.readouterr().out
        told = Webhook(KEY).verify(request.body, request.headers)
        assert told["type"] == "test"
        assert told["data"]["subject"].startswith("PRUEBA")
        receiver.status = 500
        assert await run(tmp_path, receiver, "aviso") == 1
        assert "not taken: HTTP 500" in capsys.readouterr().out
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    with catalogue.read() as tx:
        state = delivery_rows.channel_states(tx)["aviso"]
    catalogue.close()
    assert state.delivered_wall_ns is not None
    assert state.fault == "HTTP 500"
    assert KEY not in json.dumps(state.fault)


async def test_a_channel_that_is_not_there_is_said_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with http_receiver() as receiver:
        assert await run(tmp_path, receiver, "otro") == 2
    assert "name one of: aviso, correo" in capsys.readouterr().err

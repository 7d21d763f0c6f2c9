"""What ``nvr config`` asks of a running node, from both sides."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from nvr.app.orders import Answer, Order, Orders
from nvr.clock import NS_PER_S
from nvr.errors import NvrError
from tests.waiting import until_async

WAIT_S = 0.5

_DOOMED = """
import asyncio, sys, time
from pathlib import Path
from nvr.app.orders import Orders
async def carry_out(order):
    print("taken", flush=True)
    await asyncio.Event().wait()
asyncio.run(Orders(Path(sys.argv[1]), time.time_ns).follow(carry_out))
"""


def names(folder: Path) -> list[str]:
    """What lies there."""
    return sorted(path.name for path in folder.iterdir())


async def test_who_asked_for_much_waits_for_it(tmp_path: Path) -> None:
    """A hundred new cameras are probed for minutes: the order was taken up, so the answer comes, whenever it does."""
    orders, done, began_s, said = Orders(tmp_path, time.time_ns), asyncio.Event(), time.monotonic(), list[float]()

    async def carry_out(order: Order) -> Answer:
        await done.wait()
        return Answer(done=True, lines=(f"as {order.by} asked",))

    following = asyncio.create_task(orders.follow(carry_out))
    asking = asyncio.create_task(
        asyncio.to_thread(lambda: orders.give("ana", wait_s=WAIT_S, on_taken=lambda: said.append(time.monotonic())))
    )
    await until_async(lambda: bool(said), timeout_s=10)
    await until_async(lambda: asking.done() or time.monotonic() > began_s + 2 * WAIT_S, timeout_s=10)
    done.set()
    answer = await asking
    assert answer == Answer(done=True, lines=("as ana asked",))
    assert len(said) == 1
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    assert names(tmp_path) == []


def test_what_nobody_takes_up_is_said_and_taken_back(tmp_path: Path) -> None:
    """So that it is not carried out hours later."""
    with pytest.raises(NvrError, match="did not take it up"):
        Orders(tmp_path, time.time_ns).give("ana", wait_s=0.2)
    assert names(tmp_path) == []


def test_who_asked_hears_of_it_when_the_control_process_dies_over_it(tmp_path: Path) -> None:
    """At once: nobody would ever answer."""
    with (
        subprocess.Popen([sys.executable, "-c", _DOOMED, str(tmp_path)], stdout=subprocess.PIPE) as child,
        ThreadPoolExecutor(1) as thread,
    ):
        try:
            asking = thread.submit(lambda: Orders(tmp_path, time.time_ns).give("ana"))
            assert child.stdout is not None
            assert child.stdout.readline() == b"taken\n"
            assert not asking.done()
        finally:
            child.kill()
        with pytest.raises(NvrError, match="ended meanwhile"):
            asking.result(30)
    assert names(tmp_path) == []


async def test_an_order_is_no_older_for_a_machines_clock_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the node's line it was given a moment ago, whatever date the machine has by the time that it is taken up."""
    line_ns = time.monotonic_ns

    async def carry_out(order: Order) -> Answer:
        return Answer(done=True, lines=(order.by,))

    asking = asyncio.create_task(asyncio.to_thread(lambda: Orders(tmp_path, line_ns).give("ana")))
    await until_async(lambda: any(name.endswith(".order") for name in names(tmp_path)), timeout_s=10)
    set_ns = time.time_ns() + 3600 * NS_PER_S
    monkeypatch.setattr(time, "time_ns", lambda: set_ns)
    following = asyncio.create_task(Orders(tmp_path, line_ns).follow(carry_out))
    assert (await asking).lines == ("ana",)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def test_an_order_that_can_t_be_read_is_answered(tmp_path: Path) -> None:
    """As one of another program's, or one that lies where a file should."""
    (tmp_path / "a.order").write_bytes(b"{")
    (tmp_path / "b.order").symlink_to(tmp_path / "b.order")

    async def carry_out(order: Order) -> Answer:
        raise AssertionError(order)

    following = asyncio.create_task(Orders(tmp_path, time.time_ns).follow(carry_out))
    await until_async(lambda: names(tmp_path) == ["a.answer", "b.answer"], timeout_s=10)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following

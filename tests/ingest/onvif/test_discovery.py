"""WS-Discovery: real multicast over the loopback, and floods."""

from __future__ import annotations

import asyncio
import time
import tracemalloc

import pytest

from ingest.onvif.discovery import MOST_DEVICES, MOST_PER_SENDER, Collection, discover, probe
from ingest.simulator.onvif_discovery import listen, probe_id, probe_match

DEVICE = ("cam07", "Jr. Amazonas", "http://127.0.0.1:8607/onvif/device_service")


def answer(url: str = DEVICE[2], *, to: str = "uuid:1") -> bytes:
    return probe_match(to, "cam07", "Jr. Ñuñoa", url)


async def test_simulated_devices_are_found_by_multicast() -> None:
    """Probe and answer through the kernel."""
    transport = await listen(lambda: [DEVICE])
    if transport is None:
        pytest.skip("multicast can't be joined on this machine's loopback")
    try:
        # Others may answer too: other fleets may run on this machine.
        found = await asyncio.to_thread(discover, 1.0, "127.0.0.1")
    finally:
        transport.close()
    assert ("127.0.0.1", 8607) in {(device.host, device.port) for device in found.devices()}


def test_an_answer_says_where_and_what() -> None:
    """Scopes are percent-decoded."""
    collection = Collection("uuid:1")
    collection.take(answer(), "127.0.0.1")
    (found,) = collection.devices()
    assert (found.host, found.port, found.path, found.name) == ("127.0.0.1", 8607, "/onvif/device_service", "Jr. Ñuñoa")
    assert probe_id(probe("uuid:1")) == "uuid:1"


@pytest.mark.parametrize(
    ("data", "sender"),
    [
        (answer(to="uuid:2"), "127.0.0.1"),
        (answer("http://10.0.0.9/onvif/device_service"), "127.0.0.1"),
        (answer("http://169.254.169.254/latest"), "10.20.0.7"),
        (answer("file:///etc/passwd"), "127.0.0.1"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "127.0.0.1"),
        (b"\x00" * 1400, "127.0.0.1"),
        (b"<a>" * 3000, "127.0.0.1"),
    ],
    ids=["another's", "another machine", "metadata service", "file", "entity", "noise", "deep"],
)
def test_forged_answers_are_passed_over(data: bytes, sender: str) -> None:
    """A device counts only at the address that its answer came from."""
    collection = Collection("uuid:1")
    collection.take(data, sender)
    assert not collection.devices()
    assert collection.refused == 1


def test_a_flood_costs_little() -> None:
    """10,000 answers from one sender and 10,000 from as many: bounded work, bounded memory, and the honest ones among them stand."""
    collection = Collection("uuid:1")
    data = answer("http://127.0.0.1/onvif/device_service")
    tracemalloc.start()
    began_s = time.thread_time()
    for _ in range(10_000):
        collection.take(data, "127.0.0.1")
    for index in range(10_000):
        sender = f"10.{index // 65536}.{index // 256 % 256}.{index % 256}"
        collection.take(answer(f"http://{sender}/x") if index < 1500 else data, sender)
    spent_s, peak = time.thread_time() - began_s, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(collection.devices()) == MOST_DEVICES
    assert collection.refused >= 10_000 - MOST_PER_SENDER
    assert peak < 64_000_000
    # tracemalloc slows it several times over; the bound is one of order, the figure stands in docs/design/onvif.md.
    assert spent_s < 30

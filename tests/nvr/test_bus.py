"""The bus on real sockets: what was asked for arrives, holes lead to the next key frame, nobody waits for anybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import msgspec
import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from nvr.bus import AsyncSubscriber, PacketAssembler, Publisher, Subscriber, endpoint, packet_topic, split
from nvr.errors import BusError
from nvr.media import CodecParameters, Packet, StreamKind, VideoCodec
from nvr.observations import WorkerStatus
from tests import waiting

PARAMETERS = CodecParameters(VideoCodec.H264, b"\x01\x64\x00\x1f\xff\xe1\x00", 640, 360)
MAIN = StreamKind.MAIN


def packet(
    seq: int, *, key: bool | None = None, camera_id: str = "cam01", epoch_ns: int = 1, size_bytes: int = 50
) -> Packet:
    return Packet(
        camera_id=camera_id,
        stream=MAIN,
        epoch_ns=epoch_ns,
        seq=seq,
        pts=seq * 3600,
        dts=seq * 3600,
        is_keyframe=seq % 5 == 0 if key is None else key,
        wall_ns=seq,
        parameters=PARAMETERS,
        data=bytes([seq % 256]) * size_bytes,
    )


@pytest.fixture
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("r")


@pytest.fixture
def publisher(run_folder: Path) -> Iterator[Publisher]:
    with closing(Publisher(run_folder, "w")) as made:
        yield made


@pytest.fixture
def subscriber(run_folder: Path) -> Iterator[Subscriber]:
    with closing(Subscriber(run_folder, ["w"])) as made:
        yield made


until = partial(waiting.until, timeout_s=10)


def collect(subscriber: Subscriber, count: int) -> list[Packet]:
    """At least ``count`` packets."""
    got: list[Packet] = []
    deadline = time.monotonic() + 10
    while len(got) < count:
        assert time.monotonic() < deadline, f"{len(got)} packets of {count} came"
        got += subscriber.poll(100)
    return got


def wanted(publisher: Publisher, camera_id: str = "cam01") -> bool:
    publisher.refresh()
    return publisher.wanted(camera_id, MAIN)


def test_packets_arrive_whole_and_in_order(publisher: Publisher, subscriber: Subscriber) -> None:
    subscriber.subscribe("cam01", MAIN)
    until(lambda: wanted(publisher))
    sent = [packet(seq) for seq in range(300)]
    for one in sent:
        publisher.publish_packet(one)
    got = collect(subscriber, 300)
    assert got == sent
    assert subscriber.dropped == 0
    assert all(one.parameters is got[0].parameters for one in got)


def test_a_subscription_is_exact(publisher: Publisher, subscriber: Subscriber) -> None:
    """cam1 must not bring cam10, nor main sub."""
    subscriber.subscribe("cam1", MAIN)
    until(lambda: wanted(publisher, "cam1"))
    assert not publisher.wanted("cam10", MAIN)
    assert not publisher.wanted("cam1", StreamKind.SUB)
    publisher.publish_packet(packet(0, camera_id="cam10"))
    publisher.publish_packet(packet(0, camera_id="cam1"))
    assert [one.camera_id for one in subscriber.poll(5000)] == ["cam1"]


def test_an_unsubscribed_stream_is_not_even_encoded(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> bytes:
        raise AssertionError("encoded for nobody")

    monkeypatch.setattr("nvr.bus._encode_header", forbidden)
    for seq in range(100):
        publisher.publish_packet(packet(seq))


async def test_an_ended_subscription_ends_the_sending(run_folder: Path, publisher: Publisher) -> None:
    with closing(AsyncSubscriber(run_folder, ["w"])) as subscriber:
        subscriber.subscribe("cam01", MAIN)
        subscriber.subscribe("cam01", MAIN)
        await asyncio.to_thread(until, lambda: wanted(publisher))
        subscriber.unsubscribe("cam01", MAIN)
        publisher.publish_packet(packet(0))
        assert await asyncio.wait_for(subscriber.receive(), 5) == packet(0)
        subscriber.unsubscribe("cam01", MAIN)
        subscriber.unsubscribe("cam01", MAIN)
        await asyncio.to_thread(until, lambda: not wanted(publisher))


def messages(packets: list[Packet], run_folder: Path) -> list[list[bytes]]:
    """The packets as they travel."""
    with closing(Publisher(run_folder, "m")) as publisher:
        socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, 0)
        try:
            socket.subscribe(b"packet/")
            socket.connect(endpoint(run_folder, "m"))
            for one in packets:
                publisher._topics[packet_topic(one.camera_id, one.stream)] = None
            until(lambda: wanted(publisher, "nobody") or b"packet/" in publisher._topics)
            for one in packets:
                publisher.publish_packet(one)
            return [list(split(socket.recv())) for _ in packets]
        finally:
            socket.close(0)


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> list[list[bytes]]:
    return messages([packet(seq) for seq in range(40)], tmp_path_factory.mktemp("f"))


@given(lost=st.sets(st.integers(0, 39)))
def test_after_a_hole_nothing_comes_until_the_next_key_frame(forty: list[list[bytes]], lost: set[int]) -> None:
    assembler = PacketAssembler()
    got: list[int] = []
    for seq, (topic, header, body) in enumerate(forty):
        if seq not in lost:
            made = assembler.packet(topic, header, body)
            if made is not None:
                assert made == packet(seq)
                got.append(seq)
    decodable = [seq for seq in range(40) if not lost & set(range(seq - seq % 5, seq + 1))]
    assert got == decodable
    arrived = [seq for seq in range(40) if seq not in lost]
    # Each one that was sent between the first and the last that arrived was delivered or counted.
    assert assembler.dropped == (arrived[-1] - arrived[0] + 1 - len(got) if arrived else 0)


def test_another_epoch_or_publisher_needs_a_key_frame(run_folder: Path) -> None:
    run = [
        packet(0),
        packet(1),
        packet(2, epoch_ns=2),
        packet(3, epoch_ns=2),
        packet(5, epoch_ns=2),
        packet(0, epoch_ns=3),
    ]
    assembler = PacketAssembler()
    got = [assembler.packet(*frames) for frames in messages(run, run_folder)]
    assert [one.seq if one else None for one in got] == [0, 1, None, None, 5, 0]
    assert (
        assembler.dropped == 3
    )  # two that can't be decoded, and seq 4; a publisher that counts from 0 again lost nothing


@pytest.mark.parametrize("part", [0, 1])
@given(noise=st.binary(max_size=40))
def test_noise_is_an_error_of_ours_only(forty: list[list[bytes]], part: int, noise: bytes) -> None:
    frames = list(forty[0])
    frames[part] = noise
    assembler = PacketAssembler()
    try:
        assembler.packet(*frames)
    except BusError:
        return


def test_a_key_frame_of_an_unknown_codec_does_not_end_the_reader(run_folder: Path, subscriber: Subscriber) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
    socket = context.socket(zmq.XPUB)
    socket.bind(endpoint(run_folder, "w"))
    try:
        subscriber.subscribe("cam01", MAIN)
        socket.recv()
        topic = packet_topic("cam01", MAIN)
        header = msgspec.msgpack.encode([1, 0, 0, 0, True, 0, "vp9", b"", 1, 1])
        good = msgspec.msgpack.encode([1, 1, 0, 0, True, 0, "h264", b"", 1, 1])
        socket.send(topic + len(header).to_bytes(4) + header)
        socket.send(topic + len(header).to_bytes(4) + header[:-1])
        socket.send(topic + len(good).to_bytes(4) + good + b"x")
        got = collect(subscriber, 1)
        assert [one.seq for one in got] == [1]
        assert subscriber.malformed == 2
    finally:
        socket.close(0)


def test_a_restarted_publisher_is_found_again(run_folder: Path, subscriber: Subscriber) -> None:
    subscriber.subscribe("cam01", MAIN)
    for epoch_ns in (1, 2, 3):
        with closing(Publisher(run_folder, "w")) as publisher:
            # A subscriber asks anew when its own thread is at it, so it has to be listening meanwhile.
            until(lambda made=publisher: subscriber.poll(5) == [] and wanted(made))  # type: ignore[misc]
            publisher.publish_packet(packet(0, epoch_ns=epoch_ns))
            publisher.publish_packet(packet(1, epoch_ns=epoch_ns))
            got = collect(subscriber, 2)
            assert [(one.epoch_ns, one.seq) for one in got] == [(epoch_ns, 0), (epoch_ns, 1)]
    assert subscriber.dropped == 0


def test_a_slow_subscriber_blocks_nobody_and_loses_whole_runs(
    run_folder: Path, publisher: Publisher, subscriber: Subscriber
) -> None:
    with closing(Subscriber(run_folder, ["w"])) as slow:
        slow.subscribe("cam01", MAIN)
        until(lambda: wanted(publisher))
        subscriber.subscribe("cam02", MAIN)
        until(lambda: wanted(publisher, "cam02"))
        count = 12_000
        began_s = time.monotonic()
        for seq in range(count):
            publisher.publish_packet(
                packet(seq, size_bytes=1000)
            )  # far beyond what the queues hold; slow reads nothing
            if seq % 100 == 0:
                publisher.publish_packet(packet(seq // 100, camera_id="cam02"))
        assert time.monotonic() - began_s < 5
        other = collect(subscriber, count // 100)
        assert len(other) == count // 100
        assert subscriber.dropped == 0

        got: list[Packet] = []
        while batch := slow.poll(300):
            got += batch
        assert 0 < len(got) < count
        # Once it reads again it takes up at a key frame, and knows what it missed.
        until(lambda: wanted(publisher))
        publisher.publish_packet(packet(count + 1, key=False))
        publisher.publish_packet(packet(count + 2, key=True))
        more = collect(slow, 1)
        assert [one.seq for one in more] == [count + 2]
        assert slow.dropped == count + 2 - len(got)


async def test_status_and_wake_ups_come_beside_packets(run_folder: Path, publisher: Publisher) -> None:
    status = WorkerStatus(worker="w", pid=1, wall_ns=2, cpu_s=0.5, rss_bytes=3, counters={"a": 1.0}, cameras={})
    with closing(AsyncSubscriber(run_folder, ["w"], events=True)) as subscriber:
        subscriber.subscribe("cam01", MAIN)
        await asyncio.to_thread(until, lambda: wanted(publisher))
        publisher.publish_status(status)
        publisher.wake_journal_reader()
        publisher.publish_packet(packet(0))
        got = [await asyncio.wait_for(subscriber.receive(), 5) for _ in range(3)]
    assert got == [status, None, packet(0)]


def test_a_path_too_long_for_a_socket_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BusError, match=r"node\.data"):
        endpoint(tmp_path / ("x" * 100), "w")


@given(message=st.binary(max_size=60))
def test_any_bytes_are_split_or_refused(message: bytes) -> None:
    """Whatever arrives: three parts that make up the message again, or a BusError."""
    try:
        topic, header, body = split(message)
    except BusError:
        return
    assert topic + len(header).to_bytes(4) + header + body == message

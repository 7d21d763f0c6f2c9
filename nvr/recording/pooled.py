"""Records into several pools: each has a recorder of its own, so that a disk that hangs or dies stops no other; streams move to a healthy one.

A stream's pool follows from its name and the pools that can be written (rendezvous hashing, weighted by size), so a pool that comes or goes moves only the
streams that it must. The recordings folder itself is used where pools are configured only when none of them can be written; ``MEANWHILE`` only when
neither they can nor the recordings folder, whose own disk is away.

Pools may come and go while it records: ``open_pools`` (which asks disks, and may be held by one), then ``follow``.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from nvr.clock import NS_PER_S, Clock, SystemClock
from nvr.config import Node
from nvr.errors import GapCause, StorageError
from nvr.media import AudioPacket, Packet, StreamKind
from nvr.observations import Fact, SegmentClosed, SegmentOpened
from nvr.recording.coverage import Standstill
from nvr.recording.recorder import Recorder, StreamKey
from nvr.recording.recovery import recover, where_stopped
from nvr.storage.pools import MEANWHILE, PoolPlace

_log = logging.getLogger(__name__)
LOOK_NS: Final = NS_PER_S
GIVE_UP_NS: Final = 3 * NS_PER_S
"""A pool that refuses a stream for so long loses it."""
STALE_NS: Final = 5 * NS_PER_S
STEADY_NS: Final = 60 * NS_PER_S
"""A pool must have been well for so long before streams move back to it."""
_FULL_QUEUE: Final = 0.4


class PoolRoom:
    """Says whether a pool has room: only where its own disk is there."""

    def __init__(self, place: PoolPlace) -> None:
        self._place = place

    def has_room(self) -> bool:
        """Whether it may be written."""
        return self._place.present() and self._place.space.has_room()


def labelled(record: Callable[[Fact], None], prefix: str) -> Callable[[Fact], None]:
    """``record`` with the pool in the paths of segments."""
    if not prefix:
        return record

    def put(fact: Fact) -> None:
        if isinstance(fact, SegmentOpened | SegmentClosed):
            fact = msgspec.structs.replace(fact, path=f"{prefix}{fact.path}")
        record(fact)

    return put


def recover_all(places: Sequence[PoolPlace], record: Callable[[Fact], None]) -> None:
    """``recover`` in each pool that is there."""
    for place in places:
        if place.present():
            recover(place.folder, labelled(record, place.prefix))
        else:
            _log.error(
                "pool %s at %s is missing: what lies there is shown again once it is back", _name(place), place.folder
            )


def last_stops(places: Sequence[PoolPlace]) -> dict[StreamKey, Standstill]:
    """``where_stopped`` in each pool that is there; of each stream where it stopped last."""
    found: dict[StreamKey, Standstill] = {}
    for place in places:
        for key, standstill in where_stopped(place.folder).items() if place.present() else ():
            known = found.get(key)
            if known is None or standstill.until_wall_ns > known.until_wall_ns:
                found[key] = standstill
    return found


class _Watch:
    """Asks a pool each second whether it can be written, from a thread of its own: a disk that hangs keeps that thread, and nobody else."""

    def __init__(self, place: PoolPlace, clock: Clock) -> None:
        self._place = place
        self._clock = clock
        self._stop = threading.Event()
        self._seen: tuple[int, bool] = (clock.monotonic_ns(), PoolRoom(place).has_room())
        self.weight = _size(place)
        threading.Thread(target=self._run, name=f"pool-{place.name}", daemon=True).start()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_NS / NS_PER_S):
            well = PoolRoom(self._place).has_room()
            self.weight = _size(self._place)
            self._seen = (self._clock.monotonic_ns(), well)

    @property
    def well(self) -> bool:
        """Whether it could be written when it last answered, which was not long ago."""
        at_ns, well = self._seen
        return well and self._clock.monotonic_ns() - at_ns < STALE_NS

    def close(self) -> None:
        self._stop.set()


def _size(place: PoolPlace) -> float:
    try:
        return max(1.0, float(place.space.total_bytes()))
    except StorageError:
        return 1.0


class OpenPool:
    """A pool with its recorder and the thread that watches its disk."""

    def __init__(self, place: PoolPlace, recorder: Recorder, clock: Clock) -> None:
        self.place = place
        self.recorder = recorder
        self.watch = _Watch(place, clock)
        self.well_since_ns: int | None = None
        self.leaving = False
        """Whether it was taken out of the configuration: its streams go, then it is closed."""
        self._losses = 0
        self._shunned_until_ns = 0

    def lost(self, now_ns: int) -> None:
        """It refused a stream: it is shunned, twice as long each time. A disk that takes files and loses them would have streams come and go."""
        if now_ns >= self._shunned_until_ns:
            self._shunned_until_ns = now_ns + STEADY_NS * 2 ** min(self._losses, 6)
            self._losses += 1

    def close(self) -> None:
        """End its threads; blocks until what is queued is on disk."""
        self.watch.close()
        self.recorder.close()

    def look(self, now_ns: int, *, well: bool) -> None:
        """Note how it is now."""
        if not well or self.leaving or now_ns < self._shunned_until_ns:
            self.well_since_ns = None
        elif self.well_since_ns is None:
            self.well_since_ns = now_ns


class PooledRecorder:
    """The same front door as ``Recorder``, over several pools. All calls but ``drain`` come from one thread."""

    def __init__(
        self,
        places: Sequence[PoolPlace],
        node: Node,
        record: Callable[[Fact], None],
        clock: Clock | None = None,
        *,
        standstills: Mapping[StreamKey, Standstill] | None = None,
        leapt: Callable[[int, int], int] = lambda _start, _end: 0,
    ) -> None:
        self._clock = clock or SystemClock()
        self._node, self._record, self._leapt = node, record, leapt
        self._standstills = dict(standstills or {})
        self._pools: list[OpenPool] = []
        self._pools = self.open_pools(places)
        self._departed: list[Recorder] = []
        self._home: dict[StreamKey, OpenPool] = {}
        self._moving: dict[StreamKey, OpenPool] = {}
        self._withdrawn: set[StreamKey] = set()
        self._failing_since_ns: dict[StreamKey, int] = {}
        self._look_at_ns = 0
        self.moves = 0
        now_ns = self._clock.monotonic_ns()
        for pool in self._pools:
            pool.look(now_ns - STEADY_NS, well=pool.watch.well)

    def open_pools(self, places: Sequence[PoolPlace]) -> list[OpenPool]:
        """Those of ``places`` that are not recorded into yet, for ``follow``. A disk that hangs holds the caller: not for the thread that records."""
        known = {pool.place for pool in self._pools}
        return [
            OpenPool(
                place,
                Recorder(
                    place.folder,
                    self._node,
                    labelled(self._record, place.prefix),
                    self._clock,
                    room=PoolRoom(place),
                    present=place.present if place.known else None,
                    leapt=self._leapt,
                ),
                self._clock,
            )
            for place in places
            if place not in known
        ]

    def follow(self, places: Sequence[PoolPlace], opened: Sequence[OpenPool]) -> None:
        """Record into ``places`` from now on: ``opened`` are the new ones among them. A new pool gets its streams once it has been well for a minute;
        those of one that goes move at their next key frame, without a hole, and it is closed when the last has gone.
        """
        wanted = set(places)
        for pool in self._pools:
            pool.leaving = pool.place not in wanted
        self._pools += opened
        self._pools += self.open_pools(places)  # one that was about to go when it was asked for, and has gone since
        self._look()

    def write(self, packet: Packet) -> None:
        """Record a packet. Never blocks, never raises."""
        if self._clock.monotonic_ns() >= self._look_at_ns:
            self._look()
        key = (packet.camera_id, packet.stream)
        if packet.is_keyframe and key in self._moving:
            self._move(key)
        pool = self._home.get(key) or self._settle(key)
        pool.recorder.write(packet)

    def write_audio(self, packet: AudioPacket) -> None:
        """Record sound, into the pool of its camera's pictures."""
        home = self._home.get((packet.camera_id, packet.stream))
        if home is not None:
            home.recorder.write_audio(packet)

    def expect(self, camera_id: str, stream: StreamKind) -> None:
        """As ``Recorder.expect``."""
        key = (camera_id, stream)
        self._withdrawn.discard(key)
        (self._home.get(key) or self._settle(key)).recorder.expect(camera_id, stream)

    def withdraw(self, camera_id: str, stream: StreamKind, detail: str) -> None:
        """As ``Recorder.withdraw``."""
        key = (camera_id, stream)
        if (home := self._home.get(key)) is not None:
            self._withdrawn.add(key)
            home.recorder.withdraw(*key, detail)

    def interrupted(self, camera_id: str, stream: StreamKind, cause: GapCause, detail: str = "") -> None:
        """As ``Recorder.interrupted``."""
        key = (camera_id, stream)
        (self._home.get(key) or self._settle(key)).recorder.interrupted(camera_id, stream, cause, detail)

    def _settle(self, key: StreamKey) -> OpenPool:
        pool = self._home[key] = self._best(key, 0)
        if key in self._standstills:
            pool.recorder.adopt(*key, self._standstills.pop(key))
        return pool

    def _best(self, key: StreamKey, steady_ns: int) -> OpenPool:
        """Where a stream belongs now, among pools that have been well for so long; the first of all where none is."""
        now_ns = self._clock.monotonic_ns()
        well = [p for p in self._pools if p.well_since_ns is not None and now_ns - p.well_since_ns >= steady_ns]
        first = min((_rank(pool.place) for pool in well), default=None)
        fit = [pool for pool in well if _rank(pool.place) == first]
        return max(fit or self._pools[:1], key=lambda pool: _score(key, pool))

    def _look(self) -> None:
        now_ns = self._clock.monotonic_ns()
        self._look_at_ns = now_ns + LOOK_NS
        for pool in self._pools:
            stats = pool.recorder.stats()
            mine = {key for key, home in self._home.items() if home is pool}
            for key in mine:
                counters = stats.get(f"{key[0]}/{key[1]}", {})
                if counters.get("failing") or counters.get("load", 0) > _FULL_QUEUE:
                    self._failing_since_ns.setdefault(key, now_ns)
                else:
                    self._failing_since_ns.pop(key, None)
            since = {key: self._failing_since_ns[key] for key in mine if key in self._failing_since_ns}
            lost = [key for key, at_ns in since.items() if now_ns - at_ns >= GIVE_UP_NS]
            if lost:
                pool.lost(now_ns)
            pool.look(now_ns, well=not lost and pool.watch.well and pool.recorder.totals()["trusted"] > 0)
        for key, home in list(self._home.items()):
            if home.leaving and key in self._withdrawn:
                # Nobody asks for it now; whoever does again finds it where it belongs then.
                if (stopped := home.recorder.let_go(*key)) is not None:
                    self._standstills[key] = stopped
                del self._home[key]
                self._moving.pop(key, None)
                continue
            ill = home.well_since_ns is None
            best = self._best(key, 0 if ill else STEADY_NS)
            if best is not home and best.well_since_ns is not None:
                self._moving[key] = best
                if home.leaving and (stopped := home.recorder.stopped(*key)) is not None:
                    # No key frame may come for hours, and the disk is waited for.
                    self._move(key)
                    best.recorder.interrupted(*key, stopped.cause, stopped.detail)
            else:
                self._moving.pop(key, None)
        self._part()

    def _part(self) -> None:
        """Close the pools that were taken out and have no stream any more."""
        homes = set(self._home.values())
        for pool in [pool for pool in self._pools if pool.leaving and pool not in homes]:
            self._pools.remove(pool)
            self._departed.append(pool.recorder)
            # Its last segments are still to be ended, on a disk that may be slow.
            threading.Thread(target=pool.close, name=f"closing-{pool.place.name}", daemon=True).start()
            _log.warning("pool %s is not recorded into any more", pool.place.name)

    def _move(self, key: StreamKey) -> None:
        """At a key frame: the old pool ends its segment there, the new one begins with it."""
        old, new = self._home[key], self._moving.pop(key)
        self._failing_since_ns.pop(key, None)
        new.recorder.adopt(*key, old.recorder.let_go(*key))
        self._home[key] = new
        self.moves += 1
        _log.warning("%s/%s is recorded into pool %s from now on", *key, _name(new.place))

    def drain(self, timeout_s: float) -> bool:
        """As ``Recorder.drain``, of every pool."""
        waits = [pool.recorder.drain(timeout_s) for pool in self._pools]  # each, whatever the others say
        return all(waits)

    def stats(self) -> dict[str, dict[str, float]]:
        """As ``Recorder.stats``; what counts up is that of all pools, what is now is that of the stream's pool."""
        found: dict[str, dict[str, float]] = {}
        for recorder in (*(pool.recorder for pool in self._pools), *self._departed):
            for name, counters in recorder.stats().items():
                camera_id, _, stream = name.partition("/")
                home = self._home.get((camera_id, StreamKind(stream)))
                known = found.setdefault(name, {})
                for counter, value in counters.items():
                    if counter in _SUMS:
                        known[counter] = known.get(counter, 0.0) + value
                    elif home is not None and home.recorder is recorder:
                        known[counter] = value
        return found

    def totals(self) -> dict[str, float]:
        """As ``Recorder.totals``, of all pools; ``alive``, ``trusted``, ``quick`` only where all are; ``pools_missing``, ``moves``."""
        sums: dict[str, float] = {}
        for pool in self._pools:
            for name, value in pool.recorder.totals().items():
                sums[name] = min(sums.get(name, 1.0), value) if name in _OF_ALL else sums.get(name, 0) + value
        for recorder in self._departed:
            for name, value in recorder.totals().items():
                if name not in _OF_ALL:
                    sums[name] += value
        sums["pools_missing"] = float(
            sum(not pool.watch.well for pool in self._pools if _rank(pool.place) == 0 and not pool.leaving)
        )
        sums["moves"] = float(self.moves)
        return sums

    def close(self) -> None:
        """As ``Recorder.close``."""
        for pool in self._pools:
            pool.close()


_OF_ALL: Final = frozenset({"alive", "trusted", "quick"})
_SUMS: Final = frozenset({"bytes_written", "packets_written", "dropped", "sound_dropped", "segments", "waiting"})


def _rank(place: PoolPlace) -> int:
    """Where recordings go first: 0 configured pools, 1 the recordings folder, 2 what takes them while that is away."""
    return 2 if place.name == MEANWHILE else 0 if place.name else 1


def _name(place: PoolPlace) -> str:
    return place.name or "(recordings)"


def _score(key: StreamKey, pool: OpenPool) -> float:
    """Weighted rendezvous hashing: each pool draws a number for each stream, and the highest has it."""
    digest = hashlib.blake2b(f"{key[0]}/{key[1]} {pool.place.name}".encode(), digest_size=8).digest()
    share = (int.from_bytes(digest) + 1) / (2**64 + 1)
    return -pool.watch.weight / math.log(share)

"""Which camera is whose: evenly, stably, and never nobody's while somebody present may see it. Pure.

Dealing cameras to people with unequal reach is a semi-matching of a bipartite graph; one without a cost-reducing path (from a person through cameras
that others may see to a person with two fewer) is as even as can be (Harvey, Ladner, Lovász, Tamir: "Semi-matchings for bipartite graphs and
load balancing", J. Algorithms 59, 2006). We begin with what each has, so that a camera changes hands only where that makes it fairer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence

Reach = Mapping[str, Collection[str] | None]
"""Person → the cameras that he may see; None: all."""


def share_out(cameras: Sequence[str], reach: Reach, before: Mapping[str, str]) -> dict[str, str]:
    """Camera → person. A camera that nobody may see is left out.

    Args:
        cameras: all of them, in the order in which they are dealt.
        before: who had which.
    """
    people = sorted(reach)
    able = {camera: [each for each in people if _may_see(reach[each], camera)] for camera in cameras}
    shares = {camera: before[camera] for camera in cameras if before.get(camera) in able[camera]}
    loads = dict.fromkeys(people, 0)
    for person in shares.values():
        loads[person] += 1
    for camera in cameras:
        if camera not in shares and able[camera]:
            person = min(able[camera], key=lambda each: (loads[each], each))
            shares[camera] = person
            loads[person] += 1
    while path := _cheaper(shares, able, loads):
        loads[shares[path[0][0]]] -= 1
        loads[path[-1][1]] += 1
        shares.update(path)
    return {camera: shares[camera] for camera in cameras if camera in shares}


def _may_see(cameras: Collection[str] | None, camera: str) -> bool:
    return cameras is None or camera in cameras


def _cheaper(
    shares: Mapping[str, str], able: Mapping[str, Sequence[str]], loads: Mapping[str, int]
) -> list[tuple[str, str]]:
    """Cameras and who gets them, so that the first's owner has one fewer and the last person, who has at least two fewer, one more."""
    held: dict[str, list[str]] = {}
    for camera, person in shares.items():
        held.setdefault(person, []).append(camera)
    for start in sorted(held, key=lambda each: (-loads[each], each)):
        seen: dict[str, tuple[str, str]] = {}  # person → camera that came to him, and from whom
        queue = deque([start])
        while queue:
            giver = queue.popleft()
            # The newest-dealt first: what somebody has watched all shift stays his.
            for camera in reversed(held.get(giver, [])):
                for taker in able[camera]:
                    if taker == start or taker in seen:
                        continue
                    seen[taker] = (camera, giver)
                    if loads[taker] <= loads[start] - 2:
                        return _path(seen, taker, start)
                    queue.append(taker)
    return []


def _path(seen: Mapping[str, tuple[str, str]], taker: str, start: str) -> list[tuple[str, str]]:
    path = []
    while taker != start:
        camera, giver = seen[taker]
        path.append((camera, taker))
        taker = giver
    return path[::-1]

"""A fleet of simulated cameras: procedural scenes, encoded once, over real RTSP and RTP, with the ground truth of every movement.

::

    scene (canvas, backdrop, actors, nuisance, label)   what a camera sees, from numbers alone
      → clips → clip_files → cache                         encoded once, kept with its ground truth
      → rtp → player (playlist, truth, rtcp)            which GOP leaves when, under which numbers
      → viewers, server (messages, digest, sdp, transport, datagrams)
    fleet, control, command                             all of it together, told what to do, as a process
"""

from ingest.simulator.clips import FULL_SHAPE, SMALL_SHAPE, FleetShape, StreamShape
from ingest.simulator.command import clone_cameras, run_fleet
from ingest.simulator.control import FleetControl, FleetStatus
from ingest.simulator.fleet import Fleet
from ingest.simulator.truth import Movement, read_truth

__all__ = [
    "FULL_SHAPE",
    "SMALL_SHAPE",
    "Fleet",
    "FleetControl",
    "FleetShape",
    "FleetStatus",
    "Movement",
    "StreamShape",
    "clone_cameras",
    "read_truth",
    "run_fleet",
]

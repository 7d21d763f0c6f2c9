"""How soon a frozen picture is told, and whether a living one ever is: ``python -m benchmarks.frozen_picture``.

A dark street with noise of three levels and the camera's clock running on, through x264 at several qualities and two frame rates, 640x360, a key frame each
two seconds; the sensor stops after 20 s. The same without stopping must not be told. Prints the table of docs/measurements.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from analytics.decoder import Decoder
from analytics.freeze import FreezeWatch
from nvr.clock import NS_PER_S
from tests.analytics.scenes import Camera, Gray, encode, street

WELL_S, FROZEN_S, GOP_S = 20, 80, 2


def pictures(fps: int, sigma: float, *, freezes: bool) -> Iterator[Gray]:
    """What the camera sends; its clock runs on."""
    camera, scene = Camera(sigma), street(3) * np.float32(0.3)
    held = camera(scene)
    for index in range(fps * (WELL_S + FROZEN_S if freezes else 60)):
        picture = held.copy() if freezes and index >= fps * WELL_S else camera(scene)
        cv2.putText(picture, f"02:11:{index // fps % 60:02d}", (420, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 235, 2)
        yield picture


def told_after_s(fps: int, crf: int, sigma: float, *, freezes: bool) -> float | None:
    """Seconds after the freeze; None: it is not told."""
    decoder, watch = Decoder(), FreezeWatch()
    for packet in encode(pictures(fps, sigma, freezes=freezes), fps=fps, gop=GOP_S * fps, options={"crf": str(crf)}):
        for frame in decoder.decode(packet):
            if frame.is_keyframe and watch.look(frame.luma, frame.media_ns):
                return frame.media_ns / NS_PER_S - WELL_S
    return None


def main() -> None:
    """Measure, and print the table."""
    cv2.setNumThreads(1)
    print("| frames a second | crf | told after, s, at noise of 0.7 / 1 / 4 | a living one told |\n|---|---|---|---|")
    for fps in (2, 5, 10):
        for crf in (23, 28, 35, 40, 45):
            delays, wrong = [], 0
            for sigma in (0.7, 1.0, 4.0):
                after_s = told_after_s(fps, crf, sigma, freezes=True)
                delays.append("not" if after_s is None else f"{after_s:.0f}")
                wrong += told_after_s(fps, crf, sigma, freezes=False) is not None
            print(f"| {fps} | {crf} | {' / '.join(delays)} | {wrong} of 3 |", flush=True)


if __name__ == "__main__":
    main()

"""How soon a frozen picture is told, and whether a living one ever is: ``python -m benchmarks.frozen_picture [--starved]``.

A dark street with noise of three levels and the camera's clock running on, through x264 at several qualities and two frame rates, 640x360, a key frame each
two seconds; the sensor stops after 20 s. The same without stopping must not be told. ``--starved``: at constant bit rates that are too small, through x265 too, and living
streets with what changes them while the encoder hides their noise. Prints the tables of docs/measurements.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from analytics.decoder import Decoder
from analytics.freeze import FreezeWatch
from nvr.clock import NS_PER_S
from tests.analytics.scenes import Camera, Gray, encode, street

WELL_S, FROZEN_S, GOP_S = 20, 80, 2


def pictures(fps: int, sigma: float, *, freezes: bool, changes: str = "", living_s: int = 60) -> Iterator[Gray]:
    """What the camera sends; its clock runs on.

    Args:
        sigma: noise, in gray levels.
        changes: of a living one: ``blink`` a light that goes on and off each 3 s, ``traffic`` two cars, ``drift`` of the light, or nothing.
    """
    camera, scene = Camera(sigma), street(3) * np.float32(0.3)
    held = camera(scene)
    for index in range(fps * (WELL_S + FROZEN_S if freezes else living_s)):
        now = scene if freezes else _changed(scene, changes, index / fps)
        picture = held.copy() if freezes and index >= fps * WELL_S else camera(now)
        cv2.putText(picture, f"02:11:{index // fps % 60:02d}", (420, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 235, 2)
        yield picture


def _changed(scene: NDArray[np.float32], changes: str, at_s: float) -> NDArray[np.float32]:
    if changes == "blink" and int(at_s / 3) % 2:
        return scene + np.float32(6)
    if changes == "drift":
        return scene * np.float32(1 + 0.15 * np.sin(at_s / 8))
    if changes == "traffic":
        scene = scene.copy()
        for start_px, px_s, top_px, level in ((-100, 90, 150, 80), (200, 70, 240, 30)):
            left_px = int((start_px + at_s * px_s + 100) % 900) - 100
            scene[top_px : top_px + 80, max(0, left_px) : max(0, left_px + 110)] = level
    return scene


def starved(kbit_s: int) -> dict[str, str]:
    """A constant bit rate."""
    rate = f"{kbit_s}k"
    return {"b": rate, "maxrate": rate, "bufsize": rate}


def told_after_s(
    fps: int,
    options: Mapping[str, str],
    sigma: float,
    *,
    freezes: bool,
    changes: str = "",
    codec: str = "libx264",
    gop_s: int = GOP_S,
    living_s: int = 60,
) -> float | None:
    """Seconds after the freeze; None: it is not told."""
    decoder, watch = Decoder(), FreezeWatch()
    sent = pictures(fps, sigma, freezes=freezes, changes=changes, living_s=living_s)
    for packet in encode(sent, fps=fps, gop=gop_s * fps, options=dict(options), codec=codec):
        for frame in decoder.decode(packet):
            if frame.is_keyframe and watch.look(frame.luma, frame.media_ns):
                return frame.media_ns / NS_PER_S - WELL_S
    return None


def starved_table() -> None:
    """Frozen at constant bit rates; then living ones."""
    print("| codec, frames a second, key frame each, kbit/s | told after, s, at noise of 0.7 / 2 / 4 |\n|---|---|")
    for codec, fps, gop_s, kbit_s in (
        ("libx264", 5, 2, 60), ("libx264", 5, 2, 100), ("libx264", 5, 2, 150), ("libx264", 5, 2, 300), ("libx264", 10, 2, 200),
        ("libx264", 2, 2, 60), ("libx265", 5, 2, 60), ("libx265", 5, 2, 150),
    ):  # fmt: skip
        delays = []
        for sigma in (0.7, 2.0, 4.0):
            after_s = told_after_s(fps, starved(kbit_s), sigma, freezes=True, codec=codec, gop_s=gop_s)
            delays.append("not" if after_s is None else f"{after_s:.0f}")
        print(f"| {codec[3:]}, {fps}, {gop_s} s, {kbit_s} | {' / '.join(delays)} |", flush=True)
    wrong = tried = 0
    for codec in ("libx264", "libx265"):
        for options in (*({"crf": str(crf)} for crf in (40, 45, 51)), *(starved(kbit_s) for kbit_s in (40, 60, 150))):
            for sigma in (0.5, 1.0):
                for changes in ("", "blink", "traffic", "drift"):
                    found = told_after_s(5, options, sigma, freezes=False, changes=changes, codec=codec, living_s=90)
                    tried += 1
                    wrong += found is not None
                    if found is not None:
                        print(f"living one told: {codec} {options} noise {sigma} {changes}", flush=True)
    print(f"living ones told: {wrong} of {tried}, of 90 s each")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--starved", action="store_true")
    cv2.setNumThreads(1)
    if parser.parse_args().starved:
        starved_table()
        return
    print("| frames a second | crf | told after, s, at noise of 0.7 / 1 / 4 | a living one told |\n|---|---|---|---|")
    for fps in (2, 5, 10):
        for crf in (23, 28, 35, 40, 45):
            delays, wrong = [], 0
            for sigma in (0.7, 1.0, 4.0):
                after_s = told_after_s(fps, {"crf": str(crf)}, sigma, freezes=True)
                delays.append("not" if after_s is None else f"{after_s:.0f}")
                wrong += told_after_s(fps, {"crf": str(crf)}, sigma, freezes=False) is not None
            print(f"| {fps} | {crf} | {' / '.join(delays)} | {wrong} of 3 |", flush=True)


if __name__ == "__main__":
    main()

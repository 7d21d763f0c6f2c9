"""A small still label with the camera's number: the operator of the simulated fleet sees which camera a tile shows.

There is no clock in the picture: running digits would be movement.
"""

from __future__ import annotations

from typing import Final

from ingest.simulator.canvas import Picture

_DIGITS: Final = {
    "0": ("###", "#.#", "#.#", "#.#", "###"),
    "1": (".#.", "##.", ".#.", ".#.", "###"),
    "2": ("###", "..#", "###", "#..", "###"),
    "3": ("###", "..#", "###", "..#", "###"),
    "4": ("#.#", "#.#", "###", "..#", "..#"),
    "5": ("###", "#..", "###", "..#", "###"),
    "6": ("###", "#..", "###", "#.#", "###"),
    "7": ("###", "..#", ".#.", ".#.", ".#."),
    "8": ("###", "#.#", "###", "#.#", "###"),
    "9": ("###", "#.#", "###", "..#", "###"),
}
_WHITE, _BLACK, _NEUTRAL = 235, 24, 128


def draw_number(picture: Picture, number: int) -> None:
    """White digits on a dark plate, top left, some 7 % of the picture's height."""
    height_px = picture.luma.shape[0]
    dot_px = max(2, height_px // 90 // 2 * 2)
    text = f"{number:02d}"
    plate_px = (7 * dot_px, (4 * len(text) + 1) * dot_px)
    top_px = left_px = 2 * dot_px
    picture.luma[top_px : top_px + plate_px[0], left_px : left_px + plate_px[1]] = _BLACK
    chroma = (
        slice(top_px // 2, (top_px + plate_px[0]) // 2),
        slice(left_px // 2, (left_px + plate_px[1]) // 2),
    )
    picture.chroma_u[chroma] = _NEUTRAL
    picture.chroma_v[chroma] = _NEUTRAL
    for place, digit in enumerate(text):
        for row, dots in enumerate(_DIGITS[digit]):
            for column, dot in enumerate(dots):
                if dot == "#":
                    y = top_px + (row + 1) * dot_px
                    x = left_px + (4 * place + column + 1) * dot_px
                    picture.luma[y : y + dot_px, x : x + dot_px] = _WHITE

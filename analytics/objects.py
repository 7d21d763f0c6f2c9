"""What a piece of a picture shows, a person or a vehicle, said by a network that the administrator provides.

The file is ONNX (opset 13 and the like, as far as OpenCV's DNN module takes it). It takes float32 (1, 3, S, S): red, green, blue, 0 to 1, the piece laid
in the middle of gray (114, "letterbox"); it gives float32 (1, 4 + C, N): of each of N boxes centre x and y, width and height in pixels of
the S x S picture, then a probability for each of C classes. This is what the detection head of Ultralytics' YOLOv8 and its successors gives when exported without suppression
(https://docs.ultralytics.com/modes/export/); others can be exported so. No model is shipped: licences of weights are the administrator's choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nvr.config.objects import ObjectSettings
from nvr.errors import NvrError
from nvr.observations import ObjectKind

_LARGEST_BYTES: Final = 512 * 1024 * 1024
_GRAY: Final = 114
_COORDINATES: Final = 4
_MARGIN: Final = 0.15  # of the box on each side: a detector wants to see where a thing ends
_LEAST_SHARE: Final = 0.1  # of the picture's width and height: less is too coarse to tell anything

Box = tuple[float, float, float, float]


class ModelUnusable(NvrError):
    """The file is missing, unreadable, no ONNX that OpenCV takes, or does not give what is expected."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was surest. ``score`` is the network's probability, 0 to 1."""

    kind: ObjectKind
    score: float


def cut(picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """The part of a picture around a box, as a copy.

    Args:
        picture: (H, W, 3) uint8.
        box: x, y, width, height, 0 to 1.
    """
    height, width = picture.shape[:2]
    spans = []
    for start, length, pixels in ((box[1], box[3], height), (box[0], box[2], width)):
        wanted = min(1.0, max(length * (1 + 2 * _MARGIN), _LEAST_SHARE))
        first = min(max(0.0, start + length / 2 - wanted / 2), 1 - wanted)
        begin = min(pixels - 1, int(first * pixels))
        spans.append(slice(begin, max(begin + 1, round((first + wanted) * pixels))))
    return picture[spans[0], spans[1]].copy()


def letterboxed(piece: NDArray[np.uint8], side_px: int) -> NDArray[np.float32]:
    """A piece of a picture, (H, W, 3) uint8 in the order blue, green, red, as (1, 3, side, side) float32, red first, 0 to 1; its shape is kept, around it is gray."""
    height, width = piece.shape[:2]
    scale = side_px / max(height, width)
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    whole = np.full((side_px, side_px, 3), _GRAY, np.uint8)
    top, left = (side_px - fitted[1]) // 2, (side_px - fitted[0]) // 2
    whole[top : top + fitted[1], left : left + fitted[0]] = cv2.resize(piece, fitted, interpolation=cv2.INTER_LINEAR)
    planes = np.ascontiguousarray(whole[:, :, ::-1].transpose(2, 0, 1)[np.newaxis], np.float32)
    return planes / np.float32(255)


def surest(head: NDArray[np.float32], settings: ObjectSettings) -> Recognised | None:
    """What a head, (1, 4 + C, N), is surest of, whichever box it is; None where nothing reaches ``settings.least_score``."""
    scores = np.nan_to_num(head[0, _COORDINATES:], nan=0.0, posinf=0.0, neginf=0.0)
    of_kind: dict[ObjectKind, tuple[int, ...]] = {"person": settings.persons, "vehicle": settings.vehicles}
    found = [
        Recognised(kind, min(1.0, float(scores[list(classes)].max()))) for kind, classes in of_kind.items() if classes
    ]
    best = max(found, key=lambda each: each.score, default=None)
    return None if best is None or best.score < settings.least_score else best


class ObjectModel:
    """A network, tried once when it is read. Not thread-safe.

    Args:
        path: of the ONNX file.
        settings: what it takes and what its classes mean.

    Raises:
        ModelUnusable: with what to do.
    """

    def __init__(self, path: Path, settings: ObjectSettings) -> None:
        self._settings = settings
        self._path = path
        self._net = _read(path)
        try:
            head = self._head(np.full((2, 2, 3), _GRAY, np.uint8))
        except cv2.error as error:
            raise ModelUnusable(
                f"the model {path} can't be run on pictures of {settings.input_px}x{settings.input_px} ({_brief(error)})",
                "set node.objects.input_px to the size that it was exported for",
            ) from error
        _check_head(path, head, settings)

    def look(self, piece: NDArray[np.uint8]) -> Recognised | None:
        """What a piece of a picture, (H, W, 3) uint8, shows; None where that is neither person nor vehicle, or not sure enough.

        Raises:
            ModelUnusable: the network failed.
        """
        try:
            return surest(self._head(piece), self._settings)
        except cv2.error as error:
            raise ModelUnusable(f"the model {self._path} failed ({_brief(error)})", "see node.objects") from error

    def _head(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        self._net.setInput(letterboxed(piece, self._settings.input_px))
        return np.asarray(self._net.forward(), np.float32)


def _read(path: Path) -> cv2.dnn.Net:
    try:
        size_bytes = path.stat().st_size
        if size_bytes > _LARGEST_BYTES:
            raise ModelUnusable(
                f"the model {path} is of {size_bytes} bytes, more than {_LARGEST_BYTES}", "name a smaller one"
            )
        data = path.read_bytes()
    except OSError as error:
        raise ModelUnusable(
            f"the model {path} can't be read ({error.strerror})", "name an ONNX file in node.objects.model"
        ) from error
    try:
        # From memory: whatever the name's ending and the file system.
        return cv2.dnn.readNetFromONNX(np.frombuffer(data or b"\0", np.uint8))
    except cv2.error as error:
        raise ModelUnusable(
            f"the model {path} is no ONNX that OpenCV {cv2.__version__} takes ({_brief(error)})", "export it anew"
        ) from error


def _check_head(path: Path, head: NDArray[np.float32], settings: ObjectSettings) -> None:
    classes = max((*settings.persons, *settings.vehicles), default=0) + 1
    if head.ndim != 3 or head.shape[0] != 1 or head.shape[1] < _COORDINATES + 1 or not head.shape[2]:
        raise ModelUnusable(
            f"the model {path} gives {'x'.join(map(str, head.shape))} values, not 1 x (4 + classes) x boxes",
            "export it without suppression of overlapping boxes, see docs/design/objects.md",
        )
    if head.shape[1] < _COORDINATES + classes:
        raise ModelUnusable(
            f"the model {path} knows {head.shape[1] - _COORDINATES} classes, node.objects names class {classes - 1}",
            "write its own numbers into node.objects.persons and .vehicles",
        )
    scores = head[0, _COORDINATES:]
    if not bool(np.isfinite(scores).all()) or float(scores.min()) < 0 or float(scores.max()) > 1:
        raise ModelUnusable(
            f"the model {path} gives scores that are no probabilities", "export it with its last sigmoid"
        )


def _brief(error: cv2.error) -> str:
    return " ".join(str(error).split())[:160]

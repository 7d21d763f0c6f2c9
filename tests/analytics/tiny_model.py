"""A detector of three layers as an ONNX file, made byte by byte (onnx.proto3, IR version 8, opset 13): it says how red, green and blue each quarter of its picture is.

Its head is (1, 4 + 3, 4): four boxes, one for each quarter; of class 0 the red, of class 1 the green, of class 2 the blue there, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FLOAT, _INT64 = 1, 7


def tiny_model(side_px: int = 64, *, gain: float = 1.0) -> bytes:
    """The file. With a ``gain`` above 1 the scores are no probabilities."""
    half = side_px // 2
    weights = np.zeros((7, 3, 1, 1), np.float32)
    weights[4:, :, 0, 0] = gain * np.eye(3)
    offsets = np.array([half, half, half, half, 0, 0, 0], np.float32)
    nodes = [
        _node("AveragePool", ["images"], "quarters", kernel_shape=(half, half), strides=(half, half)),
        _node("Conv", ["quarters", "weights", "offsets"], "mixed", kernel_shape=(1, 1)),
        _node("Reshape", ["mixed", "shape"], "head"),
    ]
    graph = b"".join(_part(1, node) for node in nodes) + _part(2, b"tiny")
    for name, values in (("weights", weights), ("offsets", offsets), ("shape", np.array([1, 7, 4], np.int64))):
        graph += _part(5, _tensor(name, values))
    graph += _part(11, _value("images", (1, 3, side_px, side_px))) + _part(12, _value("head", (1, 7, 4)))
    return _number(1, 8) + _part(8, _number(2, 13)) + _part(7, graph)


def without_boxes(side_px: int = 64) -> bytes:
    """A file whose network gives (1, 3, 2, 2): no head of a detector."""
    half = side_px // 2
    node = _node("AveragePool", ["images"], "quarters", kernel_shape=(half, half), strides=(half, half))
    graph = _part(1, node) + _part(2, b"none") + _part(11, _value("images", (1, 3, side_px, side_px)))
    return _number(1, 8) + _part(8, _number(2, 13)) + _part(7, graph + _part(12, _value("quarters", (1, 3, 2, 2))))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _node(operator: str, inputs: Sequence[str], output: str, **attributes: tuple[int, ...]) -> bytes:
    node = b"".join(_part(1, name.encode()) for name in inputs) + _part(2, output.encode()) + _part(3, output.encode())
    node += _part(4, operator.encode())
    for name, values in attributes.items():
        node += _part(5, _part(1, name.encode()) + b"".join(_number(8, value) for value in values) + _number(20, 7))
    return node


def _tensor(name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    kind = _FLOAT if values.dtype == np.float32 else _INT64
    shape = b"".join(_number(1, length) for length in values.shape)
    return shape + _number(2, kind) + _part(8, name.encode()) + _part(9, values.tobytes())


def _value(name: str, shape: Sequence[int]) -> bytes:
    lengths = b"".join(_part(1, _number(1, length)) for length in shape)
    return _part(1, name.encode()) + _part(2, _part(1, _number(1, _FLOAT) + _part(2, lengths)))

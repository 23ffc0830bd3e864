"""What passes between the grader and its sandbox: a line of JSON and, after it, the bytes of arrays.

The line says of each array its type and its shape. Runs on both sides, so it imports nothing of cnnlab.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import IO, Any

import numpy as np

LIMIT = 2**19  # bytes of one message, as of all its arrays together; the longest right answer has a fifth
HEAD = 2**19  # bytes of its first line: a list takes thirty times its length in memory
ARRAYS = 1000
NUMBERS = re.compile(r"[<>|=][biuf](1|2|4|8|16)")
TOKEN = 16  # bytes by which a frame is known


def pack(head: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()) -> bytes:
    """A message of a head and arrays of numbers; other arrays cannot be unpacked."""
    forms = [[array.dtype.str, array.shape] for array in arrays]
    return b"".join([json.dumps([head, forms]).encode(), b"\n", *(array.tobytes() for array in arrays)])


def unpack(message: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What was packed; ValueError for everything that `pack` does not write, and for more than `LIMIT`."""
    line, _, rest = message.partition(b"\n")
    try:
        if len(message) > LIMIT or len(line) > HEAD:
            raise ValueError(f"{len(message)} bytes, {len(line)} of them in the head, are too many")
        head, forms = json.loads(line)
        if type(head) is not dict or len(forms) > ARRAYS:
            raise ValueError(f"a head of type {type(head).__name__}, and {len(forms)} arrays")
        return head, list(cut(rest, forms))
    except Exception as error:  # hostile bytes find many ways to fail, a lack of memory among them
        raise ValueError(f"no message: {type(error).__name__}") from error


def cut(data: bytes, forms: Sequence[Sequence[Any]]) -> Iterator[np.ndarray]:
    """The arrays of numbers that stand one after the other in the data, and fill it."""
    start = 0
    for kind, shape in forms:
        if not NUMBERS.fullmatch(kind) or not all(type(size) is int and size >= 0 for size in shape):
            raise ValueError(f"an array of {kind} and {shape}")
        dtype, size = np.dtype(kind), prod(shape)  # of Python's integers, which do not overflow
        values = np.frombuffer(data, dtype, size, start) if size else np.zeros(0, dtype)
        yield values.reshape(shape).copy()
        start += size * dtype.itemsize
    if start != len(data):
        raise ValueError(f"{len(data)} bytes for arrays of {start}")


def framed(token: bytes, payload: bytes) -> bytes:
    """A payload that can be found among other bytes by whoever knows the token."""
    return token + sized(payload)


def sized(payload: bytes) -> bytes:
    return len(payload).to_bytes(8, "big") + payload


def frames(token: bytes, output: bytes) -> Iterator[bytes]:
    """The payloads in an output, whatever else was written into it."""
    for part in output.split(token)[1:]:
        size = int.from_bytes(part[:8], "big")
        if len(part) >= 8 + size:
            yield part[8 : 8 + size]


def taken(file: IO[bytes]) -> bytes:
    """The next payload of a file in which each stands after its size."""
    return file.read(int.from_bytes(file.read(8), "big"))

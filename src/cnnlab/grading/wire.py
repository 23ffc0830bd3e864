"""What passes between the grader and its sandbox: a line of JSON and, after it, NumPy's `.npz`.

Runs on both sides, so it imports nothing of cnnlab.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import numpy as np

LIMIT = 2**19  # bytes of one message, as of all its arrays together; the longest right answer has a fifth
HEAD = 2**19  # bytes of its first line: a list takes thirty times its length in memory
ARRAYS = 1000
TOKEN = 16  # bytes by which a frame is known


def pack(head: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()) -> bytes:
    file = io.BytesIO()
    np.savez(file, *arrays)
    return json.dumps(head).encode() + b"\n" + file.getvalue()


def unpack(message: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What was packed; ValueError for everything that `pack` does not write, and for more than `LIMIT`."""
    line, _, rest = message.partition(b"\n")
    try:
        if len(message) > LIMIT or len(line) > HEAD:
            raise ValueError(f"{len(message)} bytes, {len(line)} of them in the head, are too many")
        head = json.loads(line)
        arrays = [np.load(io.BytesIO(member), allow_pickle=False) for member in members(rest)]
    except Exception as error:  # hostile bytes find many ways to fail, a lack of memory among them
        raise ValueError(f"no message: {type(error).__name__}") from error
    if type(head) is not dict:
        raise ValueError(f"no message: its head is of type {type(head).__name__}")
    return head, arrays


def members(data: bytes) -> list[bytes]:
    """The files in an archive that is stored as NumPy stores it: uncompressed, so that it holds no bomb."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = archive.infolist()
        if len(found) > ARRAYS or sum(each.file_size for each in found) > LIMIT:
            raise ValueError(f"{len(found)} arrays are too many or too large")
        if any(each.compress_type != zipfile.ZIP_STORED for each in found):
            raise ValueError("compressed")
        return [archive.read(f"arr_{i}.npy") for i in range(len(found))]


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

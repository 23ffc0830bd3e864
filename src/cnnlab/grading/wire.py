"""What passes between the grader and its sandbox: a line of JSON and, after it, NumPy's `.npz`.

Runs on both sides, so it imports nothing of cnnlab.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

LIMIT = 16 * 2**20  # bytes of one message, packed or unpacked


def pack(head: dict[str, Any], arrays: Sequence[np.ndarray] = ()) -> bytes:
    file = io.BytesIO()
    np.savez(file, *arrays)
    return json.dumps(head).encode() + b"\n" + file.getvalue()


def unpack(message: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What was packed; ValueError for everything that `pack` does not write, and for more than `LIMIT`."""
    line, _, rest = message.partition(b"\n")
    try:
        head = json.loads(line)
        with zipfile.ZipFile(io.BytesIO(rest)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if len(message) > LIMIT or size > LIMIT:
                raise ValueError(f"{max(size, len(message))} bytes are more than {LIMIT}")
            members = [archive.read(f"arr_{i}.npy") for i in range(len(archive.infolist()))]
        arrays = [np.load(io.BytesIO(member), allow_pickle=False) for member in members]
    except Exception as error:  # hostile bytes find many ways to fail, a lack of memory among them
        raise ValueError(f"no message: {type(error).__name__}") from error
    if type(head) is not dict:
        raise ValueError(f"no message: its head is of type {type(head).__name__}")
    return head, arrays

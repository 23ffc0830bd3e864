"""Files of other servers on this machine: complete and checked, or not at all."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pooch

__all__ = ["fetch", "receive"]


def fetch(url: str, digits: str, algorithm: str = "sha256") -> Path:
    """Where the file lies on this machine; what is missing of it is fetched first.

    It lies in the folder that the environment variable CNNLAB_DATA names, or in the user's cache. An
    interrupted download is continued by the next call. Only a complete file whose hash begins with `digits`
    gets its name. OSError with the reason if it cannot be fetched.
    """
    path = Path(os.environ.get("CNNLAB_DATA") or pooch.os_cache("cnnlab")) / url.rpartition("/")[2]
    hashed = partial(_digits, algorithm=algorithm, number=len(digits))
    if path.exists() and hashed(path) == digits:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    continued = part.exists()
    receive(url, part)
    if continued and hashed(part) != digits:  # it continued something else
        part.unlink()
        receive(url, part)
    if (found := hashed(part)) != digits:
        part.unlink()
        name = {"sha256": "SHA-256", "md5": "MD5"}[algorithm]
        raise OSError(f"{url} is not the file it should be: {name} {found}…, not {digits}…")
    return part.replace(path)


def receive(url: str, part: Path) -> None:
    """Append to the file `part` what it lacks of the one at `url`. OSError says why, and keeps what came."""
    with part.open("ab", buffering=0) as file:  # a full disk is told at once, and once
        download = pooch.HTTPDownloader(
            progressbar=True,
            chunk_size=2**16,
            headers={"Range": f"bytes={file.tell()}-", "Accept-Encoding": "identity"},
            hooks={"response": partial(_begin_again, file)},
        )
        try:
            download(url, file, None)
        except OSError as error:
            if _status(error) == 416:  # nothing is left to send
                return
            raise OSError(
                f"{url} cannot be fetched ({_reason(error)}): call again to continue after "
                f"{file.tell():,} bytes, or put the file into {part.parent} yourself"
            ) from error


def _begin_again(file: BinaryIO, response: Any, **_: object) -> None:
    """Forget what came before if the server, which knows no ranges, sends everything."""
    if response.status_code == 200:
        file.truncate(0)


def _status(error: OSError) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _reason(error: OSError) -> str:
    if status := _status(error):
        return f"the server answers {status}"
    return error.strerror or "there is no connection, or it broke"


def _digits(path: Path, algorithm: str, number: int) -> str:
    digits: str = pooch.file_hash(path, alg=algorithm)
    return digits[:number]

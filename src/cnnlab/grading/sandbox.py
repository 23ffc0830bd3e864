"""Where a student's code runs: an empty root, no network, a user of its own, and limits.

`Bubblewrap` is the sandbox. `Plain` is a process with limits and nothing else, for a machine without it.
"""

from __future__ import annotations

import compileall
import errno
import importlib.util
import itertools
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

from cnnlab.exercises import core, shown
from cnnlab.grading import calls
from cnnlab.grading.interpreter import Interpreter, this

HERE = Path(__file__).parent
SCRIPTS = [
    HERE / name for name in ("inside.py", "runner.py", "notebook.py", "docstrings.py", "wire.py", "proof.py")
]
SCRIPTS += [Path(core.__file__), Path(shown.__file__)]

SECONDS = 10  # that one process may compute, unless one says otherwise
NOTEBOOK = 6  # times as long may a notebook compute beside its answers
PATIENCE = 3  # times as long by the clock: a machine that is busy costs no marks
MEMORY = 2**30  # bytes of the address space of one process
FILE = 24 * 2**20  # bytes of a file it writes, and so of all its messages
ROOM = 6 * 2**20  # bytes of all files in /tmp
FILES = (
    1000  # files in /tmp: an empty one takes a kilobyte of the kernel's memory, which no other limit counts
)
PROCESSES = 40  # threads among them: a pool of sixteen has room beside who watches and who runs
FIRST_UID, LAST_UID = 61_000, 65_533  # users that nobody is; containers know none beyond
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS")
SETTINGS = {
    **dict.fromkeys(ONE_THREAD, "1"),
    "MALLOC_ARENA_MAX": "1",  # each thread's own would take a sixteenth of the address space
    "PYTHONHASHSEED": "0",
}
# Bubblewrap's own `--tmpfs` limits no number of files, so /tmp is made before it: in a view of the file
# system that ends with the process, on a folder of every Linux that is not needed here. And when memory runs
# out, the kernel shall end this and not the grader.
WRITABLE = "/sys"
OPTIONS = f"size={ROOM},nr_inodes={FILES},mode=1777,nosuid,nodev"
PREPARE = f'"$0" -t tmpfs -o {OPTIONS} cnnlab {WRITABLE} && echo 1000 > /proc/self/oom_score_adj && exec "$@"'
APART = [
    "--unshare-net",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--die-with-parent",
    "--new-session",
]

NO_SANDBOX = """\
WITHOUT A SANDBOX, submissions run as you are, within limits of time and memory only. They can read what you
can (the seed, the other submissions), change and delete it, use the network, and leave processes behind."""


class Finished(NamedTuple):
    """How a process ended, and what it wrote."""

    status: str  # "ended", "timed out" or "out of memory"
    output: bytes = b""
    errors: str = ""  # the end of what it or bubblewrap said on stderr


class Start(NamedTuple):
    """How a process is started."""

    command: list[str]
    folder: str = "/"
    descriptors: Sequence[int] = ()  # that it gets, beside its input and output


class Plain:
    """A process with limits of time, memory, files and their size; it prevents nothing of `NO_SANDBOX`."""

    def __init__(
        self,
        worker: int = 0,
        seconds: int = SECONDS,
        python: Interpreter | None = None,
        more: Sequence[Path] = (),
    ) -> None:
        """`more`: files and folders that can be read or imported there, beside `SCRIPTS` and NumPy."""
        self.worker, self.seconds, self.python = worker, seconds, python or this()
        self.shown = [*SCRIPTS, *map(Path, self.python.numpy), *more]
        self.prepare()

    def prepare(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="cnnlab-")
        for path in self.shown:  # what an answer can import, and nothing of the same folders
            Path(self.folder.name, path.name).symlink_to(path)

    @property
    def root(self) -> str:
        """The folder of scripts and libraries, as the process sees it."""
        return self.folder.name

    @contextmanager
    def start(self) -> Iterator[Start]:
        """How Python is started; what one run leaves in its folder the next does not find."""
        with tempfile.TemporaryDirectory(dir=self.folder.name) as folder:
            command = limits(self.seconds) if shutil.which("prlimit") else []
            yield Start([*command, self.python.program], folder)

    def run(self, script: str, given: IO[bytes], clock: float | None = None) -> Finished:
        """Run one of `SCRIPTS` with a file as its input, for so many seconds by the clock at most.

        Its output is cut where the limit of files is.
        """
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, self.start() as start:
            started = time.monotonic()
            process = subprocess.Popen(
                [*start.command, "-I", "-S", f"{self.root}/{script}", self.root],
                stdin=given, stdout=output, stderr=errors, env=SETTINGS, cwd=start.folder,
                start_new_session=True, pass_fds=start.descriptors,
            )  # fmt: skip
            try:
                code = process.wait() if ended(process, clock or PATIENCE * self.seconds) else None
            finally:
                end(process)
            output.seek(0)
            late = time.monotonic() - started > self.seconds
            return Finished(ending(code, late), output.read(FILE), words(errors))


class Bubblewrap(Plain):
    """Nothing but Python and NumPy, read-only; no network, and no process, file or user of anybody else."""

    def prepare(self) -> None:
        self.filter = calls.program(os.uname().machine)
        self.users = itertools.count(os.getpid() + 64 * self.worker)

    @property
    def root(self) -> str:
        return "/grader"

    @contextmanager
    def start(self) -> Iterator[Start]:
        with alone(self.users) as uid, piped(self.filter) as descriptor:
            user = as_root(uid) if os.getuid() == 0 else as_anybody(uid)
            command = [*limits(self.seconds), found("unshare"), "--mount", *user.view]
            command += [found("sh"), "-c", PREPARE, found("mount")]
            command += [*self.walls(), "--seccomp", str(descriptor), *user.walls, "--", *user.become]
            command += [found("prlimit"), f"--nproc={PROCESSES}", "--"]  # counted by user, so not before
            yield Start([*command, self.python.program], descriptors=[descriptor])

    def walls(self) -> list[str]:
        """Bubblewrap, and what can be seen behind it: all is read-only but one folder, which is limited."""
        python = self.python
        seen = [*python.shared, *python.standard, python.program, found("setpriv"), found("prlimit")]
        places = {Path(path): path for path in seen}
        places |= {Path(self.root, path.name): str(path) for path in self.shown}
        places |= {Path(self.root, "__pycache__", path.name): str(path) for path in map(compiled, SCRIPTS)}
        command = [found("bwrap"), *APART, "--perms", "0755", "--tmpfs", "/"]
        for place, path in places.items():
            for folder in reversed(place.parents[:-1]):  # bubblewrap alone would make them root's own
                command += ["--perms", "0755", "--dir", str(folder)]
            command += ["--ro-bind-try", path, str(place)]
        for folder in filter(Path.is_dir, python.masked):
            command += ["--tmpfs", str(folder), "--remount-ro", str(folder)]
        command += ["--dev", "/dev", "--proc", "/proc", "--ro-bind", "/dev/null", "/proc/keys"]
        command += ["--bind", WRITABLE, "/tmp", "--bind", WRITABLE, "/dev/shm"]
        return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]


@cache
def compiled(script: Path) -> Path:
    """A script as Python keeps it; where it cannot be kept the script itself, which is of no use there.

    One that is kept and still fits stays: another process may be mounting it, and no mount finds a file
    that was replaced meanwhile.
    """
    compileall.compile_file(script, quiet=2)
    kept = Path(importlib.util.cache_from_source(str(script)))
    return kept if kept.exists() else script


class User(NamedTuple):
    """What makes a user who owns nothing and can become nobody else."""

    view: list[str]  # options of unshare, for the view of the file system in which /tmp is made
    walls: list[str]  # options of bubblewrap
    become: list[str]  # the command behind the walls that runs Python


def as_root(uid: int) -> User:
    """One of the machine's own users, whom nothing belongs to."""
    become = [found("setpriv"), f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs"]
    return User([], [], [*become, "--inh-caps=-all", "--bounding-set=-all"])


def as_anybody(uid: int) -> User:
    """The only user of a namespace; outside of it, the one who grades."""
    walls = ["--unshare-user", "--uid", str(uid), "--gid", str(uid), "--cap-drop", "ALL"]
    return User(["--user", "--map-root-user"], walls, [])


@contextmanager
def alone(users: Iterator[int]) -> Iterator[int]:
    """A user whom no other sandbox of the machine has: processes are counted by user.

    The next one each time: of the last, processes that were killed may still be ending.
    """
    with socket.socket(socket.AF_UNIX) as lock:
        uids = (FIRST_UID + user % (LAST_UID - FIRST_UID + 1) for user in users)
        yield next(uid for uid in uids if locked(lock, uid))


def locked(lock: socket.socket, uid: int) -> bool:
    """Whether nobody else had the name of that user's lock, which the kernel forgets with the process."""
    try:
        lock.bind(f"\0cnnlab-grading-{uid}")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


@contextmanager
def piped(data: bytes) -> Iterator[int]:
    """A descriptor from which a few thousand bytes can be read, and then its end."""
    reading, writing = os.pipe()
    try:
        os.write(writing, data)
        os.close(writing)
        yield reading
    finally:
        os.close(reading)


def prove(sandbox: Plain) -> None:
    """Run a known script; OSError, with the words of bubblewrap or of whoever failed, where it fails."""
    with tempfile.TemporaryFile() as given:
        given.write(b"3 4 12")
        given.seek(0)
        finished = sandbox.run("proof.py", given)
    if finished.output != b"169\n":
        said = finished.errors or f"a known script {finished.status}, and its answer was {finished.output!r}"
        raise OSError(f"the sandbox does not run on this machine, so nobody was marked: {said}")


def limits(seconds: int) -> list[str]:
    return [
        found("prlimit"), f"--as={MEMORY}", f"--cpu={NOTEBOOK * seconds}", f"--fsize={FILE}",
        "--nofile=64", "--core=0", "--",
    ]  # fmt: skip


def words(file: IO[bytes]) -> str:
    """The last of what was said in it."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - 1000))
    return file.read().decode(errors="replace").strip()


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

"""Where submissions are marked: in processes of this machine, or on a cluster of them.

Every job comes back with what came of it. A process that dies, by whatever, takes no job along: those that
were at work are given again, one at a time, so that a job that kills its process costs no other one anything.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing.connection import Connection, Listener
from multiprocessing.connection import wait as wait_for
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

J = TypeVar("J")
R = TypeVar("R")

TRIES = 3  # of a job whose process died, and of pools that begin none
CLOSED = None, errno.EBADF  # of Python's own OSError for a pipe that is closed, and of the system's
MOMENT = 0.1  # seconds between the ends of what dies at once
LEAST = 4  # jobs ahead of a cluster whose workers are still to come
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PRELOADED = ["cnnlab.grading.run"]  # imported once, before the processes part
NO_DASK = 'a Dask cluster needs `distributed`, which is not here: `pip install "cnnlab[cluster]"`'


class Pool(NamedTuple):
    """An executor, and how many jobs it should have at a time: each holds a notebook in memory."""

    executor: Executor
    room: Callable[[], int]


Opened = Callable[[], AbstractContextManager[Pool]]


@contextmanager
def processes(jobs: int) -> Iterator[Pool]:
    """A pool of this machine; its processes and their files end with this one, however that ends."""
    context = multiprocessing.get_context(METHOD)
    if METHOD == "forkserver":
        context.set_forkserver_preload(PRELOADED)
        check_folder(get_temp_dir())
    life, end = context.Pipe(duplex=False)
    with life, tempfile.TemporaryDirectory(prefix="cnnlab-", ignore_cleanup_errors=True) as folder:
        pool = ProcessPoolExecutor(jobs, context, begin, (life, folder, get_temp_dir()))
        try:
            yield Pool(pool, lambda: jobs + 1)
        finally:
            end.close()
            pool.shutdown(cancel_futures=True)


def check_folder(folder: str) -> None:
    """OSError where its path is too long: the server of processes listens at a socket in it."""
    try:
        Listener(family="AF_UNIX").close()
    except OSError as error:
        long = f"{folder}, {len(os.fsencode(folder))} bytes"
        raise OSError(f"{error} ({long}): name a shorter folder in TMPDIR") from error


def begin(life: Connection, folder: str, shared: str) -> None:
    """Called in each process at its start. Ctrl-C is for the one who began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = folder
    threading.Thread(target=follow, args=(life, folder, shared), daemon=True).start()


def follow(life: Connection, folder: str, shared: str) -> None:
    """Come to an end with the grader, which has the other end of the pipe, or when it closes that."""
    wait_for([life])
    for path in Path("/proc/self/task").glob("*/children"):
        for child in path.read_text().split():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(int(child), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    grader = multiprocessing.parent_process()
    if grader and wait_for([grader.sentinel], MOMENT):  # it has died, and cannot do this itself
        shutil.rmtree(shared, ignore_errors=True)
    os._exit(1)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C is heard afterwards: a process that is half begun belongs to no pool: nobody waits for it."""
    if threading.current_thread() is not threading.main_thread():  # which alone hears it
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def cluster(address: str) -> Iterator[Pool]:
    """The Dask cluster whose scheduler has that address."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError(NO_DASK) from error
    with Client(address) as client:  # type: ignore[no-untyped-call]
        executor = client.get_executor(pure=False)
        yield Pool(executor, lambda: max(LEAST, 2 * sum(client.ncores().values())))


class Try(NamedTuple, Generic[J]):
    """A job, and how often it was given."""

    job: J
    times: int = 1


def results(
    opened: Opened, call: Callable[[J], R], jobs: Iterable[J]
) -> Generator[tuple[J, R | Exception], None, None]:
    """Each job with what came of it, in the order of their ends; OSError where the machine is at fault."""
    waiting = map(Try, jobs)
    again: deque[Try[J]] = deque()
    refusals: list[Exception] = []
    whole = False
    while not whole:
        with opened() as pool:
            whole = yield from Crew(pool, call, waiting, again, refusals).work()


class Crew(Generic[J, R]):
    """One pool, as long as none of its processes dies."""

    def __init__(
        self,
        pool: Pool,
        call: Callable[[J], R],
        waiting: Iterator[Try[J]],
        again: deque[Try[J]],
        refusals: list[Exception],
    ) -> None:
        self.pool, self.call, self.waiting, self.again, self.refusals = pool, call, waiting, again, refusals
        self.running: dict[Future[R], Try[J]] = {}
        self.whole = True

    def work(self) -> Generator[tuple[J, R | Exception], None, bool]:
        """True when all is done; False when a process died, and what it may have had is to be given again."""
        self.fill()
        while self.running:
            for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                one = self.running.pop(future)
                error = self.error_of(future)
                if not isinstance(error, BrokenExecutor):
                    yield one.job, error or future.result()
                elif one.times == TRIES:
                    yield one.job, ChildProcessError(f"the process that marked it died, {TRIES} times")
                else:
                    self.again.append(one._replace(times=one.times + 1))
                    self.whole = False
            self.fill()
        return self.whole and not self.again

    @staticmethod
    def error_of(future: Future[R]) -> Exception | None:
        try:
            error = future.exception()
        except CancelledError as cancelled:
            raise ConnectionError("the cluster has let a job go, and may be gone") from cancelled
        if isinstance(error, BrokenExecutor) or not isinstance(error, OSError):
            return error  # type: ignore[return-value]
        raise error

    def fill(self) -> None:
        """Give as many jobs as there is room for; of those that are given again only one at a time."""
        while self.whole and len(self.running) < (1 if self.again else self.pool.room()):
            one = self.again.popleft() if self.again else next(self.waiting, None)
            if one is None:
                return
            try:
                with uninterrupted():
                    self.running[self.pool.executor.submit(self.call, one.job)] = one
                self.refusals.clear()
            except (BrokenExecutor, OSError) as error:
                # A pool that breaks as it starts a process for this job has closed its pipes already.
                if isinstance(error, OSError) and error.errno not in CLOSED:
                    raise
                self.again.append(one)
                self.whole = False
                self.refusals.append(error)
                if len(self.refusals) == TRIES:
                    raise OSError(f"no process could be begun, {TRIES} times: {error}") from error

"""Run a notebook statement by statement, and its answers on their inputs; a script for the sandbox.

What leaves it is what the notebook's own code likes, also if that is clever: values. Whether they are right
is judged by who knows the expected ones, and that is not here. Three processes, each forked from the one
before: this one only watches; the *runner* executes the notebook, and is begun anew without the statement
that hung or killed it; for each `check` a third calls the answer, with everything as it is at that moment.
Arguments: folders to import from.
"""

from __future__ import annotations

import fcntl
import gc
import mmap
import os
import resource
import select
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from signal import SIGKILL, SIGXCPU
from typing import Any, NamedTuple

sys.path += sys.argv[1:]

import runner  # type: ignore[import-not-found]
import wire  # type: ignore[import-not-found]

BEGINNINGS = 20  # of one notebook: each leaves out one statement more

SPARE = 6  # processes that an answer leaves to the runner, whatever it starts
END = -1, -1  # where a runner is when it has come to its end

Left = dict[runner.Place, str]  # the statements that are left out, and what they did


class Clock:
    """Where a runner is, and until when it may be there: memory that it shares with who watches it."""

    FORM = struct.Struct("qqd")  # cell, statement, monotonic seconds

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, self.FORM.size)

    def set(self, place: runner.Place, seconds: float) -> None:
        self.memory[:] = self.FORM.pack(*place, time.monotonic() + seconds)

    @property
    def place(self) -> runner.Place:
        cell, statement, _ = self.FORM.unpack(self.memory[:])
        return cell, statement

    @property
    def left(self) -> float:
        return float(self.FORM.unpack(self.memory[:])[2] - time.monotonic())


class Channel(NamedTuple):
    """The output, in which a message can be told from whatever else was written there."""

    descriptor: int
    token: bytes

    def restore(self, beginning: bytes) -> None:
        """Write again what stood there first: a notebook's own code may have found the descriptor."""
        fcntl.fcntl(self.descriptor, fcntl.F_SETFL, 0)  # with O_APPEND, all is written at the end
        os.pwrite(self.descriptor, beginning, 0)

    def rewind(self, start: int) -> None:
        """Forget what was written after `start`, by whomever."""
        os.ftruncate(self.descriptor, start)
        os.lseek(self.descriptor, start, os.SEEK_SET)

    def send(self, head: dict[str, Any], arrays: Any = ()) -> None:
        self.send_packed(wire.pack(head, arrays))

    def send_packed(self, message: bytes) -> None:
        rest = memoryview(wire.framed(self.token, message))
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]


class Inbox(NamedTuple):
    """Where a child's message arrives, by a pipe."""

    source: int
    received: bytearray

    def take(self) -> bool:
        """Read what is there; whether more may come."""
        chunk = os.read(self.source, 2**16)
        self.received.extend(chunk)
        return bool(chunk) and not self.is_full

    @property
    def is_full(self) -> bool:
        return len(self.received) > int(wire.LIMIT)

    def empty(self) -> None:
        """Read the rest; what a child has left behind may hold the other end, so without waiting for it."""
        os.set_blocking(self.source, False)
        with suppress(BlockingIOError):
            while self.take():
                pass
        os.close(self.source)


def watch(child: int, left: Callable[[], float], seconds: int, inbox: Inbox | None = None) -> str:
    """Wait for a child that may compute so many seconds, and kill it where no time is `left`.

    Returns what ended it, as a mark's status; nothing where it came to its own end.
    """
    process, sources = os.pidfd_open(child), [inbox.source] if inbox else []
    try:
        while True:
            ready = select.select([process, *sources], [], [], max(left(), 0))[0]
            if process in ready:
                return ending(child, seconds)
            if ready and inbox and not inbox.take():
                sources = []
            if left() <= 0 or (inbox and inbox.is_full):  # `left` may have grown while `select` waited
                os.kill(child, SIGKILL)
                os.waitpid(child, 0)
                return "crashed" if left() > 0 else "timed out"
    finally:
        os.close(process)


def ending(child: int, seconds: int) -> str:
    """What an ended child's status says: the kernel kills where memory is short, or who ignores its limit."""
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == -SIGXCPU or (code == -SIGKILL and used.ru_utime + used.ru_stime >= seconds):
        return "timed out"
    return {0: "", -SIGKILL: "out of memory"}.get(code, "crashed")


def apart(compute: Callable[[], bytes], channel: Channel, seconds: int, patience: float) -> bytes:
    """What another process computes with everything as it is now, or a message that says what ended it."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(source)
            os.close(channel.descriptor)
            limit(resource.RLIMIT_CPU, seconds)
            limit(resource.RLIMIT_NPROC, resource.getrlimit(resource.RLIMIT_NPROC)[0] - SPARE)
            with os.fdopen(sink, "wb") as file:
                file.write(compute())
            os._exit(0)
        finally:
            os._exit(1)  # whatever was raised: it would go on as a second runner
    os.close(sink)
    until, inbox = time.monotonic() + patience, Inbox(source, bytearray())
    try:
        ended = watch(child, lambda: until - time.monotonic(), seconds, inbox)
    finally:
        inbox.empty()
    return wire.pack({"ended": ended}) if ended else bytes(inbox.received)


def limit(what: int, most: int) -> None:
    """Lower a limit for this process and its children; one that is not set, or not so high, stays."""
    _, hard = resource.getrlimit(what)
    if most > 0 and not 0 <= hard < most:
        resource.setrlimit(what, (most, most + 1 if most + 1 <= hard or hard < 0 else hard))


def begin(run: Callable[[Left, Clock], None], channel: Channel, clock: Clock, seconds: int) -> None:
    """Run the notebook to its end, each time without what ended it the time before."""
    left_out: Left = {}
    start = os.lseek(channel.descriptor, 0, os.SEEK_CUR)
    for _ in range(BEGINNINGS):
        channel.rewind(start)
        clock.set((0, 0), runner.GRACE)
        child = os.fork()
        if child == 0:
            try:
                limit(resource.RLIMIT_CPU, seconds)
                run(left_out, clock)
                clock.set(END, 0)
            finally:
                os._exit(0)  # the clock says whether it came to its end
        ended = watch(child, lambda: clock.left, seconds)
        if clock.place == END:
            return
        left_out[clock.place] = ended or "crashed"  # it may have left by itself, in the middle
    channel.rewind(start)
    channel.send({"ended": ended or "crashed"})


def run(given: runner.Given, channel: Channel, left_out: Left, clock: Clock) -> None:
    """Run the notebook without some statements, and write what it handed in after what was read of it."""
    seconds, patience = given.task["seconds"], given.task["patience"]

    def answer(compute: Callable[[], bytes], place: runner.Place) -> bytes:
        """In a fork, which has none of the notebook's threads: what may wait for one is computed here."""
        clock.set(place, patience * seconds + runner.GRACE)
        waits = threading.active_count() > 1 and place != runner.NOWHERE
        message = compute() if waits else apart(compute, channel, seconds, patience * seconds)
        clock.set(place, patience * seconds + runner.GRACE)
        return message

    own = runner.Runner(given, runner.Limits(seconds, patience), runner.Host(answer, clock.set))
    own.run(left_out)
    channel.rewind(len(given.first))
    for message in own.messages():
        channel.send_packed(message)


def main() -> None:
    """Read the task and the notebook from the input, run it in silence, write what came of it."""
    descriptor, silence = os.dup(1), os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        given = runner.given(sys.stdin.buffer)
    except runner.Unreadable as error:
        os.write(descriptor, *error.args)
        return
    os.dup2(silence, 0)
    channel = Channel(descriptor, given.token)
    channel.restore(given.first)
    os.lseek(descriptor, len(given.first), os.SEEK_SET)
    gc.freeze()  # forked processes share what the collector does not touch
    begin(partial(run, given, channel), channel, Clock(), (runner.BUDGET + 2) * given.task["seconds"])
    channel.restore(given.first)
    os._exit(0)  # whatever the notebook wanted to happen at the end


if __name__ == "__main__":
    main()

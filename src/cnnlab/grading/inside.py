"""Run a notebook statement by statement, and its answers on their inputs; a script for the sandbox.

What leaves it is what the notebook's own code likes, also if that is clever: values. Whether they are right
is judged by who knows the expected ones, and that is not here. Three processes, each forked from the one
before: this one only watches; the *runner* executes the notebook, and is begun anew without the statement
that hung or killed it; for each `check` a third calls the answer, with everything as it is at that moment.
Arguments: folders to import from.
"""

from __future__ import annotations

import mmap
import os
import resource
import select
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from signal import SIGKILL, SIGXCPU
from typing import Any, NamedTuple

sys.path += sys.argv[1:]

import notebook  # type: ignore[import-not-found]
import runner  # type: ignore[import-not-found]
import wire  # type: ignore[import-not-found]

BEGINNINGS = 20  # of one notebook: each leaves out one statement more

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

    def send(self, head: dict[str, Any], arrays: Any = ()) -> None:
        self.send_packed(wire.pack(head, arrays))

    def send_packed(self, message: bytes) -> None:
        rest = memoryview(wire.framed(self.token, message))
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]


def ending(status: int) -> str:
    """What ended a process, as a mark's status; empty where it came to its own end."""
    code = os.waitstatus_to_exitcode(status)
    return {0: "", -SIGXCPU: "timed out", -SIGKILL: "out of memory"}.get(code, "crashed")


def watch(
    child: int, left: Callable[[], float], read: Callable[[], Any] | None = None, pipe: int = -1
) -> str:
    """Wait for a child, reading what it sends; kill it where no time is left. What ended it, as `ending`."""
    process = os.pidfd_open(child)
    ready: list[int] = []
    try:
        while process not in ready:
            ready = select.select([process, *([pipe] if read else [])], [], [], max(left(), 0))[0]
            if not ready:
                os.kill(child, SIGKILL)
                os.waitpid(child, 0)
                return "timed out"
            if read and pipe in ready and not read():
                read = None  # its end is reached
        return ending(os.waitpid(child, 0)[1])
    finally:
        os.close(process)


def apart(compute: Callable[[], bytes], seconds: int, patience: float) -> bytes:
    """What another process computes with everything as it is now, or a message that says what ended it."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        with os.fdopen(sink, "wb") as file:
            file.write(compute())
        os._exit(0)
    os.close(sink)
    received, until = bytearray(), time.monotonic() + patience

    def read() -> int:
        chunk = os.read(source, 2**16) if len(received) <= wire.LIMIT else b""
        received.extend(chunk)
        return len(chunk)

    try:
        ended = watch(child, lambda: until - time.monotonic(), read, source)
        os.set_blocking(source, False)  # the child is gone, and what it left behind may hold the other end
        with suppress(BlockingIOError):
            while read():
                pass
    finally:
        os.close(source)
    return wire.pack({"ended": ended}) if ended else bytes(received)


def begin(run: Callable[[Left, Clock], None], channel: Channel, clock: Clock) -> None:
    """Run the notebook to its end, each time without what ended it the time before."""
    left_out: Left = {}
    start = os.lseek(channel.descriptor, 0, os.SEEK_CUR)
    for _ in range(BEGINNINGS):
        os.ftruncate(channel.descriptor, start)
        os.lseek(channel.descriptor, start, os.SEEK_SET)
        clock.set((0, 0), runner.GRACE)
        child = os.fork()
        if child == 0:
            run(left_out, clock)
            os._exit(0)
        if not (ended := watch(child, lambda: clock.left)):
            return
        left_out[clock.place] = ended
    channel.send({"ended": ended})


def main() -> None:
    """Read the task and the notebook from the input, run it in silence, write what came of it."""
    descriptor, silence = os.dup(1), os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    given = sys.stdin.buffer
    channel = Channel(descriptor, given.read(wire.TOKEN))
    task, _ = wire.unpack(wire.taken(given))
    tasks = [runner.exercise(*wire.unpack(wire.taken(given))) for _ in range(task["exercises"])]
    cells, passed = notebook.code_cells(given.read())
    os.dup2(silence, 0)
    cells = notebook.own(cells, set(task["cells"]))
    channel.send({"cells": cells, "passed": passed})

    def run(left_out: Left, clock: Clock) -> None:
        seconds, patience = task["seconds"], task["patience"]
        resource.setrlimit(resource.RLIMIT_CPU, ((runner.BUDGET + 2) * seconds,) * 2)

        def answer(compute: Callable[[], bytes], place: runner.Place) -> bytes:
            clock.set(place, patience * seconds + runner.GRACE)
            message = apart(compute, seconds, patience * seconds)
            clock.set(place, patience * seconds + runner.GRACE)
            return message

        host = runner.Host(answer, clock.set)
        own = runner.Runner(tasks, runner.Limits(seconds, patience), host)
        own.run([(0, task["prelude"]), *cells], left_out)
        for name, messages in own.handed_in.items():
            for message in messages:
                channel.send_packed(name.encode() + b"\n" + message)
        channel.send(own.report())

    begin(run, channel, Clock())
    os._exit(0)  # whatever the notebook wanted to happen at the end


if __name__ == "__main__":
    main()

"""What `inside` does, where nothing can fork: the notebook and its answers in one process.

For the sandbox of WebAssembly, whose host ends what hangs and begins anew without it: `cnnlab.grading.wasm`
has what they say to each other. What an answer changes stays changed for the next one, as in the notebook.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

sys.path.append(sys.argv[1])

import _host  # type: ignore[import-not-found]  # the way to the host, in this Python only
import runner  # type: ignore[import-not-found]
import wire  # type: ignore[import-not-found]


class Limits(runner.Limits):  # type: ignore[misc]
    """None: there are no timers here, and the host has its own."""

    def __init__(self, seconds: int, patience: int) -> None:
        self.seconds, self.patience = seconds, patience

    def __call__(self, seconds: float) -> AbstractContextManager[None]:
        return nullcontext()

    def paused(self) -> AbstractContextManager[None]:
        return nullcontext()


class Steps:
    """Where the notebook is, as the host is told: a statement, or an answer that one hands in."""

    def __init__(self, left_out: dict[str, str]) -> None:
        self.left_out, self.answers = left_out, Counter[runner.Place]()

    @property
    def statements(self) -> dict[runner.Place, str]:
        """Those of the steps to leave out that are no answers, and what they did."""
        steps = {tuple(json.loads(step)): ended for step, ended in self.left_out.items()}
        return {step: ended for step, ended in steps.items() if len(step) == 2}

    def enter(self, place: runner.Place, seconds: float = 0) -> None:
        _host.call(json.dumps(place).encode())

    def answer(self, compute: Callable[[], bytes], place: runner.Place) -> bytes:
        """What an answer computes, or a message that says what ended it the time before."""
        self.answers[place] += 1
        step = [*place, self.answers[place]]
        if ended := self.left_out.get(json.dumps(step)):
            return bytes(wire.pack({"ended": ended}))
        self.enter(step)
        message = compute()
        self.enter(place)
        return message


def main() -> None:
    """Read the task and the notebook from the input, run it, tell the host what came of it."""
    try:
        given = runner.given(sys.stdin.buffer)
    except runner.Unreadable as error:
        _host.call(b"\0" + error.args[0])
        return
    _host.call(b"\0" + given.first)
    steps = Steps(dict(json.loads(sys.argv[2])))
    limits = Limits(given.task["seconds"], given.task["patience"])
    own = runner.Runner(given, limits, runner.Host(steps.answer, steps.enter))
    own.run(steps.statements)
    for message in own.messages():
        _host.call(b"\0" + wire.framed(given.token, message))
    _host.call(b"")


if __name__ == "__main__":
    main()

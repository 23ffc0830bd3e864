"""What came out of the sandbox, as far as it can be believed: values, and words of ours only.

Whatever a notebook writes may come from its own code. What is read has the right form or counts as nothing.
"""

from __future__ import annotations

import builtins
import inspect
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property
from typing import IO, Any, NamedTuple

import numpy as np

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import wire
from cnnlab.grading.handout import Handout
from cnnlab.grading.sandbox import NOTEBOOK, PATIENCE, Finished, Plain

FULL = "graded"
STOPPED = ("crashed", "timed out", "out of memory", "forbidden import")
TRIES = 3  # of a run that the machine cuts short: it lacks memory, or starts no process just then
STARTING = 20  # seconds by the clock, for Python and NumPy on a busy machine
READER = 200  # letters of a name


class Skipped(NamedTuple):
    """A statement that did not come to its end."""

    cell: int  # 0 is the chapter's own text
    line: int
    names: list[str]  # that it would have bound
    error: str
    status: str
    missing: str  # the name that it lacked


class Response(NamedTuple):
    """What one hand-in of an answer gave: its values, or what stopped it."""

    answers: list[core.Answer]
    status: str = FULL


class Ran(NamedTuple):
    """A notebook that was run. Only `cells` and `passed` were written before its own code ran."""

    cells: dict[int, str]  # the student's own, by their place
    passed: list[str]  # the exercises whose committed output says so
    responses: dict[str, list[Response]]  # by exercise, those that attempt something
    skipped: list[Skipped]
    broken: dict[str, str]  # names in cells that are no Python here, and the newer one that they may be for
    reader: str  # what the notebook calls its reader
    ended: str  # what ended the run, where it came to no end


NOTHING = Ran({}, [], {}, [], {}, "", "")


def run(
    sandbox: Plain, data: bytes, exercises: Sequence[str], handout: Handout, seed: str, reader: str
) -> Ran:
    """Run a notebook in a sandbox of its own; ValueError with the status for what is no notebook."""
    token = os.urandom(wire.TOKEN)
    with tempfile.TemporaryFile() as given:
        given.write(token)
        given.write(wire.sized(chapter(handout, len(exercises), sandbox.seconds)))
        for name in exercises:
            given.write(wire.sized(task(name, reader if is_drawn(name) else seed)))
        given.write(data)
        clock = PATIENCE * sandbox.seconds * (NOTEBOOK + len(exercises)) + STARTING
        finished, messages = tried(sandbox, given, token, clock)
    try:
        first, _ = wire.unpack(messages[0])
        cells = dict(first["cells"])
    except (IndexError, ValueError, KeyError):
        raise ValueError(finished.status) from None
    ran = NOTHING._replace(cells=cells, passed=first["passed"], responses={})
    ran = ran._replace(ended="timed out" if finished.status == "timed out" else "crashed")
    return filled(ran, messages[1:], exercises)


def tried(sandbox: Plain, given: IO[bytes], token: bytes, clock: float) -> tuple[Finished, list[bytes]]:
    """A run and its messages; one that the machine has cut short is tried again: that costs no marks.

    RuntimeError where none came as far as the notebook, which is not the notebook's fault.
    """
    for _ in range(TRIES):
        given.seek(0)
        finished = sandbox.run("inside.py", given, clock)
        messages = list(wire.frames(token, finished.output))
        if finished.status == "timed out" or (messages and finished.status == "ended"):
            return finished, messages
    if not messages:
        raise RuntimeError(f"the sandbox came to no beginning, {TRIES} times: {finished.errors}")
    return finished, messages


def is_drawn(name: str) -> bool:
    return isinstance(EXERCISES[name], core.DrawnExercise)


@cache
def draw_cases(name: str, seed: str) -> list[core.Case]:
    return EXERCISES[name].draw_cases(core.tidy(seed) if is_drawn(name) else seed)


@cache
def chapter(handout: Handout, exercises: int, seconds: int) -> bytes:
    """The part of a task that is the same for the whole class."""
    return wire.pack({**handout._asdict(), "exercises": exercises, "seconds": seconds, "patience": PATIENCE})


@cache
def task(name: str, seed: str) -> bytes:
    """An exercise and what its answer is called on: of a drawn one, what `draw` tells the reader."""
    exercise, cases = EXERCISES[name], draw_cases(name, seed)
    arrays: list[np.ndarray] = []
    head: dict[str, Any] = {"name": name, "target": target(name), "drawn": is_drawn(name), "shown": {}}
    head["points"] = exercise.points
    if isinstance(exercise, core.DrawnExercise):
        head["shown"] = {"reader": core.tidy(seed), "question": exercise.ask(core.tidy(seed))}
    head["cases"] = [{key: reference(value, arrays) for key, value in case.items()} for case in cases]
    return wire.pack(head, arrays)


def target(name: str) -> str:
    """What the stub of an exercise is called."""
    return f"{name}_answer" if is_drawn(name) else name


def reference(value: Any, arrays: list[np.ndarray]) -> Any:
    """A value as it travels: an array by its number."""
    if not isinstance(value, np.ndarray):
        return value
    arrays.append(value)
    return {"array": len(arrays) - 1}


def filled(ran: Ran, messages: Sequence[bytes], exercises: Sequence[str]) -> Ran:
    """With what the notebook's own run has written; where that has no end, what ended it."""
    words = Words(ran.cells)
    for message in messages:
        name, _, rest = message.partition(b"\n")
        known = name.decode("ascii", "replace")
        if known in exercises:
            ran.responses.setdefault(known, []).extend(response(rest, known, words))
        else:
            with suppress(ValueError, KeyError, TypeError):
                ran = told(ran, wire.unpack(message)[0], words)
    return ran


def told(ran: Ran, head: Mapping[str, Any], words: Words) -> Ran:
    """With what a run says of itself at its end."""
    if "ended" in head:
        return ran._replace(ended=head["ended"] if head["ended"] in STOPPED else "crashed")
    skipped = [each for each in (words.skipped(one) for one in head["skipped"]) if each]
    broken = {
        name: version if re.fullmatch(r"3\.\d\d?", version) else ""
        for name, version in head["broken"].items()
        if words.knows(name)
    }
    reader = head["reader"] if type(head["reader"]) is str else ""
    return ran._replace(ended="", skipped=skipped, broken=broken, reader=reader[:READER])


def response(message: bytes, name: str, words: Words) -> Iterator[Response]:
    """The one response that a message holds; none where it says that nothing was attempted."""
    try:
        head, arrays = wire.unpack(message)
        if "ended" in head:
            yield Response([], head["ended"] if head["ended"] in STOPPED else "crashed")
        elif head.get("not attempted") is not True:
            count = len(draw_cases(name, "any")) if is_drawn(name) else EXERCISES[name].draws
            yield Response([words.own(each, name) for each in received(head, arrays, count)])
    except (ValueError, KeyError, TypeError, IndexError):
        yield Response([], "crashed")


def received(head: Mapping[str, Any], arrays: Sequence[np.ndarray], count: int) -> Iterator[core.Answer]:
    """Answers as the sandbox has packed them, or as something that only looks like it."""
    left = iter(arrays)
    for number in range(count):
        if head["values"][number] is True:
            yield core.plain(next(left, None))
        else:
            status, problem = head["statuses"][number], head["problems"][number]
            if type(problem) is not str:
                raise TypeError(f"a problem of type {type(problem).__name__}")
            yield core.Answer(None, problem, status if status in STOPPED else FULL)


# What `core` says of values of the usual kinds. Other words may be the student's: a class can have any name.
RETURNED: tuple[Any, ...] = (
    None, (), [], {}, set(), "", b"", 1j, True, print, np.inf, np.zeros(0, complex), np.zeros(0, str)
)  # fmt: skip
PROBLEMS = {judge(value).problem for judge in (core.plain, core.number) for value in RETURNED}


@cache
def sentences(name: str) -> set[str]:
    """All that `core` itself says of an answer to an exercise, but for what stopped it."""
    arguments = inspect.signature(EXERCISES[name].reference).parameters
    (handed,) = core.answers(0, [{}], name, drawn=False)
    return {*PROBLEMS, handed.problem, *map(core.changed, arguments)}


class Words:
    """The words of a notebook, which may be told; a message is no way to carry inputs out of the sandbox."""

    def __init__(self, cells: Mapping[int, str]) -> None:
        self.cells = cells

    @cached_property
    def all(self) -> set[str]:
        return {word for text in self.cells.values() for word in re.findall(r"\w+", text)}

    def knows(self, name: str) -> bool:
        """Whether it stands in the notebook, or is what an exercise asks."""
        return name in self.all or name.removesuffix("_answer") in EXERCISES

    def skipped(self, one: Any) -> Skipped | None:
        """A skipped statement in words of ours and of the notebook; None where it cannot be true."""
        try:
            found = Skipped(**one)
        except TypeError:
            return None
        if tuple(map(type, found)) != (int, int, list, str, str, str) or found.status not in STOPPED:
            return None
        lines = self.cells[found.cell].count("\n") + 1 if found.cell in self.cells else 0
        if found.cell and not 1 <= found.line <= lines:
            return None
        names = [name for name in found.names if self.knows(name)]
        return found._replace(
            names=names,
            error=self.error(found.error),
            missing=found.missing if found.missing in self.all else "",
        )

    @staticmethod
    def error(name: Any) -> str:
        return name if type(name) is str and hasattr(builtins, name) else "an exception" if name else ""

    def own(self, answer: core.Answer, name: str) -> core.Answer:
        """The answer with a problem in words of ours and of the notebook."""
        if answer.value is not None or answer.problem in sentences(name):
            return answer
        problem = "It did not return a NumPy array or a plain number."
        if found := re.fullmatch(
            r"It stopped with (\w+): (.*?)(?:, in line (\d+): (.*))?", answer.problem, re.S
        ):
            problem = self.stopped(*found.groups())
        if answer.status == "forbidden import":
            problem = "An answer may import NumPy and the standard library, and nothing else. " + problem
        return answer._replace(problem=problem)

    def stopped(self, error: str, said: str, number: str | None, line: str | None) -> str:
        problem = f"It stopped with {self.error(error)}"
        missing = re.fullmatch(r"name '(\w+)' is not defined.*", said, re.S)
        if error == "NameError" and missing and missing[1] in self.all:
            problem += f": `{missing[1]}` is not there"
        for cell, text in self.cells.items():
            lines = text.splitlines()
            if line and int(number or 0) <= len(lines) and lines[int(number or 0) - 1].strip() == line:
                return f"{problem}, in cell {cell}, line {number}: {line}"
        return problem + "."

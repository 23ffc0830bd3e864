"""The notebook as it runs in the sandbox: its statements one by one, and stand-ins for what they call.

`check` takes the object handed to it for the answer, as of that moment. Where none ran, the name of the stub
counts. A statement that fails is left out and remembered; one that fails for a missing name is tried again at
the end, since cells may have been run in any order.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, reduce
from importlib import import_module
from operator import or_
from pathlib import Path
from types import ModuleType
from typing import IO, Any, NamedTuple

import core  # type: ignore[import-not-found]  # cnnlab.exercises.core, a copy of which is here
import docstrings  # type: ignore[import-not-found]
import notebook  # type: ignore[import-not-found]
import wire  # type: ignore[import-not-found]

GRACE = 5.0  # seconds by the clock, for what is not the notebook's own
BUDGET = 3  # times the seconds of one statement: what all of them may compute
LITTLE = 1 / 50  # of the seconds of one, when the budget is spent: enough for a definition
AGAIN = 0.1  # seconds until `Late` is raised once more in a statement that went on
SETTING = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.+)")  # of %env
NAME = 200  # letters of a reader's name
CHECKS = 30  # of one exercise that are looked at
UNTRIED = b'[{"not attempted"'
KEPT = 5  # different answers to one exercise, the last of them
FUTURE = reduce(or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names))
AS_TEXT = __future__.annotations.compiler_flag

Place = tuple[int, int]  # a cell and, in it, a statement; -1 while the cell is parsed
NOWHERE: Place = (0, 0)  # before the first cell and after the last
Step = tuple[Place, ast.stmt]


class Late(BaseException):
    """A statement that takes too long."""


class Task(NamedTuple):
    """An exercise as the sandbox knows it: what the answer is called, and on what."""

    name: str
    target: str  # the name of the stub
    drawn: bool
    points: int
    cases: list[dict[str, Any]]  # of a drawn exercise one, the reader's own
    shown: dict[str, Any]  # what else `draw` tells


class Given(NamedTuple):
    """What a sandbox is given: how its output is known, what to run, and the notebook's own cells."""

    token: bytes
    task: dict[str, Any]
    tasks: list[Task]
    cells: list[notebook.Cell]
    passed: list[str]  # the exercises that the notebook's own output calls passed
    version: str  # of the Python that ran it last, where it says so

    @property
    def first(self) -> bytes:
        """What was read of the notebook before anything of it ran, as the first frame of the output."""
        read = {"cells": notebook.shortened(self.cells), "passed": self.passed}
        return bytes(wire.framed(self.token, wire.pack(read)))


class Unreadable(Exception):
    """What was handed in is no notebook; its argument is the frame that says so."""


class Skipped(NamedTuple):
    """A statement that did not come to its end, and why."""

    cell: int
    line: int
    names: list[str]  # that it would have bound
    error: str
    status: str
    missing: str = ""  # the name that it lacked


def task_of(head: Mapping[str, Any], arrays: Sequence[Any]) -> Task:
    cases = [
        {key: arrays[value["array"]] if type(value) is dict else value for key, value in case.items()}
        for case in head["cases"]
    ]
    return Task(**{**head, "cases": cases})


def given(file: IO[bytes]) -> Given:
    """What the grader has written: the token, the task, those of its exercises, and the notebook.

    `Unreadable` for bytes that are none: said aloud, for a machine that fails is silent too.
    """
    token = file.read(wire.TOKEN)
    task, _ = wire.unpack(wire.taken(file))
    tasks = [task_of(*wire.unpack(wire.taken(file))) for _ in range(task["exercises"])]
    data = file.read()
    try:
        cells, passed = notebook.code_cells(data)
        own = notebook.own(cells, set(task["cells"]))
        return Given(token, task, tasks, own, passed, notebook.version(data))
    except Exception as error:  # such bytes find many ways to fail, a lack of memory among them
        raise Unreadable(bytes(wire.framed(token, wire.pack({})))) from error


class Host(NamedTuple):
    """What a runner needs of who watches it."""

    apart: Callable[[Callable[[], bytes], Place], bytes]  # computes where it can do no harm to the runner
    enter: Callable[[Place, float], None]  # notes where the runner is, and for how many seconds it may be


class Absent:
    """Stands for what could not be imported: most notebooks import more than an answer may use."""

    def __init__(self, statement: str) -> None:
        self.__dict__["statement"] = statement

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python's own questions
            raise AttributeError(name)
        raise ImportError(f"`{self.statement}` is not allowed in an answer")

    def __call__(self, *args: Any, **options: Any) -> Any:
        raise ImportError(f"`{self.statement}` is not allowed in an answer")

    __getitem__ = __call__


class Quiet:
    """Stands for what IPython shows: it shows nothing, and whatever is asked of it is the same again."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # IPython asks for many
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self

    def __repr__(self) -> str:
        return ""


class Shell:
    """What `get_ipython()` gives to the calls that IPython's transformer writes for `%` and `!`."""

    TIMED = ("time", "prun", "capture")  # these run what they are given, in the notebook

    def __init__(self, execute: Callable[[str], Any], names: dict[str, Any]) -> None:
        self.execute = self.run_cell = execute
        self.user_ns = names

    def run_line_magic(self, name: str, line: str, *_: Any) -> Any:
        if name in ("env", "set_env") and (setting := SETTING.match(line)):
            os.environ[setting[1]] = setting[2]
        if name == "run":
            line = Path(next(word for word in line.split() if not word.startswith("-"))).read_text()
        return self.execute(line) if name in (*self.TIMED, "run") else None

    def run_cell_magic(self, name: str, line: str, body: str) -> Any:
        if name in ("writefile", "file"):
            with Path(line.split()[-1]).open("a" if "-a" in line.split() else "w") as file:
                file.write(body)
        return self.execute(body) if name in self.TIMED else None

    def getoutput(self, command: str) -> list[str]:
        return []

    def __getattr__(self, name: str) -> Any:
        return Quiet()


class Limits:
    """Of what a statement computes and how long it takes; `Late` is raised in it where it goes on."""

    def __init__(self, seconds: int, patience: int) -> None:
        self.seconds, self.patience = seconds, patience
        for number in (signal.SIGPROF, signal.SIGALRM):
            signal.signal(number, self.late)

    @staticmethod
    def late(number: int, frame: Any) -> None:
        raise Late

    @property
    def now(self) -> float:
        """How many seconds the next statement may compute."""
        return self.seconds * (1 if time.process_time() < BUDGET * self.seconds else LITTLE)

    @contextmanager
    def __call__(self, seconds: float) -> Iterator[None]:
        signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
        signal.setitimer(signal.ITIMER_REAL, self.patience * seconds, AGAIN)
        try:
            yield
        finally:
            self.end()

    def end(self) -> list[tuple[float, float]]:
        return [signal.setitimer(timer, 0) for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL)]

    @contextmanager
    def paused(self) -> Iterator[None]:
        (computing, _), (waiting, _) = self.end()
        try:
            yield
        finally:
            if computing or waiting:
                signal.setitimer(signal.ITIMER_PROF, computing, AGAIN)
                signal.setitimer(signal.ITIMER_REAL, waiting, AGAIN)


class Runner:
    """One run of a notebook, from its first cell to its last."""

    def __init__(self, given: Given, limits: Limits, host: Host) -> None:
        self.given, self.tasks = given, {each.name: each for each in given.tasks}
        self.limits, self.host = limits, host
        self.place = NOWHERE
        self.flags = 0  # of what was imported from __future__
        self.skipped: dict[Place, Skipped] = {}
        self.needed: set[str] = set()  # the names that the cells do not bind within a function
        self.waiting: dict[str, list[Step]] = {}  # by the name that they lack
        self.broken: dict[str, str] = {}  # names in cells that are no Python, and the Python they may be for
        self.looked_at: Counter[str] = Counter()
        self.handed_in: dict[str, list[bytes]] = {name: [] for name in self.tasks}
        self.latest: dict[str, tuple[Any, bool]] = {}  # what was handed in, and whether it lacked a name
        module = ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = vars(module)
        self.names |= self.shell_names()
        # A pool takes as many workers, and here few may be started.
        vars(os).update(dict.fromkeys(["cpu_count", "process_cpu_count"], lambda: 1))
        self.stand_in()

    def stand_in(self) -> None:
        """`cnnlab.exercises`, of which nothing can be had but what hands in, and what IPython shows."""
        package, exercises = ModuleType("cnnlab"), ModuleType("cnnlab.exercises")
        for module in (package, exercises):
            vars(module)["__getattr__"] = Absent(f"import {module.__name__}").__getattr__
        ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
        for module in (ipython, display):
            vars(module).update(self.shell_names(), __getattr__=Quiet().__getattr__)
        package.__path__ = ipython.__path__ = []
        vars(package)["exercises"], vars(ipython)["display"] = exercises, display
        modules = (package, exercises, ipython, display)
        sys.modules |= {module.__name__: module for module in modules} | {"cnnlab.exercises.core": core}
        self.shown = import_module("shown")  # cnnlab.exercises.shown, which needs the core in its place
        del sys.modules["cnnlab.exercises.core"]
        own = {"check": self.check, "draw": self.draw, "progress": self.progress, "solution": self.solution}
        vars(exercises).update(own)

    # ---- What the notebook calls ----

    def check(self, name: Any, answer: Any = ..., reader: Any = "") -> Any:
        """A verdict of the usual form. It says *passed*, as nothing here knows what is right."""
        with self.limits.paused():
            task = self.tasks.get(name) if isinstance(name, str) else None
            if task is None or self.looked_at[task.name] >= CHECKS:
                return self.shown.Verdict("check", 0, core.Judgement("failed"))
            self.looked_at[task.name] += 1
            self.hand_in(task, answer)
            return self.verdict(task)

    def verdict(self, task: Task) -> Any:
        status = "passed" if self.attempts(task) else "not attempted"
        return self.shown.Verdict(task.name, task.points, core.Judgement(status))

    def draw(self, name: str, reader: Any = "") -> Any:
        """The reader's own task, whatever name is given: that of the roster counts."""
        task = self.tasks[name]
        values = {key: core.copy(value) for key, value in task.cases[0].items()}
        return self.shown.Task(name=name, values=values, **task.shown)

    def progress(self, chapter: Any = None) -> Any:
        return self.shown.Progress(str(chapter), [self.verdict(task) for task in self.tasks.values()])

    def solution(self, name: Any) -> Any:
        return self.shown.Solution(str(name), "")

    def shell_names(self) -> dict[str, Any]:
        """What IPython puts among a notebook's names."""
        shell = Shell(self.execute_text, self.names)
        return {"get_ipython": lambda: shell, "display": lambda *shown, **options: None}

    def hand_in(self, task: Task, answer: Any) -> None:
        """Keep what an answer gives on each case, as everything is now; a loop of guesses keeps the last."""
        if task.drawn:
            message = self.answers(task, answer)
        else:
            message = self.host.apart(lambda: self.answers(task, answer), self.place)
        self.latest[task.name] = answer, b"NameError" in message
        kept = self.handed_in[task.name]
        if message not in kept:
            kept.append(message)
            del kept[:-KEPT]

    def attempts(self, task: Task) -> list[bytes]:
        return [each for each in self.handed_in[task.name] if not each.startswith(UNTRIED)]

    def answers(self, task: Task, answer: Any) -> bytes:
        try:
            given = core.answers(answer, task.cases, task.target, task.drawn)
        except NotImplementedError:
            return bytes(wire.pack({"not attempted": True}))
        except Exception:  # `check` never raises: the next one may stand in the same statement
            return bytes(wire.pack({"ended": "crashed"}))
        head = {"problems": [each.problem for each in given], "statuses": [each.status for each in given]}
        head["values"] = [each.value is not None for each in given]
        return bytes(wire.pack(head, [each.value for each in given if each.value is not None]))

    def messages(self) -> Iterator[bytes]:
        """What was handed in, each with the name of its exercise, and then the report."""
        for name, answers in self.handed_in.items():
            yield from (name.encode() + b"\n" + each for each in answers)
        yield wire.pack(self.report())

    def report(self) -> dict[str, Any]:
        """What an instructor may want to know beside the answers."""
        reader = self.names.get("READER")
        skipped = [each._asdict() for _, each in sorted(self.skipped.items())]
        return {
            "skipped": skipped,
            "broken": self.broken,
            "reader": reader[:NAME] if type(reader) is str else "",
        }

    # ---- Running it ----

    def run(self, left_out: Mapping[Place, str]) -> None:
        """Run what the cells use of the chapter's own text, then the cells; then the stubs' names count."""
        steps = list(self.steps(self.given.cells, left_out))
        for step in self.used(self.given.task["prelude"], self.needed):
            self.attempt(*step)
        for place, statement in steps:
            if not self.is_known_stub(statement):
                self.attempt(place, statement)
        self.attempt_again()
        self.place = NOWHERE
        for task in self.tasks.values():
            self.hand_in_at_the_end(task)

    def hand_in_at_the_end(self, task: Task) -> None:
        """What lacked a name, once more, and what the stub's name means now, if that is something else.

        Cells may have been run in any order, the check after them all. What `check` was handed stands behind
        these, since of several wrong tries the last is told.
        """
        checked, lacked = self.latest.get(task.name, (..., False))
        meant = self.names.get(task.target, checked)
        before, self.handed_in[task.name] = self.handed_in[task.name], []
        for answer in [checked] * lacked + [meant] * (meant is not checked):
            self.hand_in(task, answer)
        self.handed_in[task.name] += before

    @staticmethod
    def used(prelude: str, words: set[str]) -> list[Step]:
        """The statements of the chapter that give a meaning to one of these names, and what those rest on."""
        chosen: list[Step] = []
        for number, statement in reversed([*enumerate(notebook.statements(prelude)[1])]):
            if words & {*notebook.bound(statement), *notebook.changed(statement)}:
                words |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
                chosen.append(((0, number), statement))
        return chosen[::-1]

    def steps(self, cells: Sequence[tuple[int, str]], left_out: Mapping[Place, str]) -> Iterator[Step]:
        """Each statement with its place; of a cell that is no Python only the names are kept."""
        for cell, text in cells:
            self.enter((cell, -1), self.limits.seconds)
            try:
                if (cell, -1) in left_out:
                    raise SyntaxError
                text, statements = notebook.statements(text)
                self.needed |= notebook.needed(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self.broken |= dict.fromkeys(notebook.named(text), notebook.newer(text))
                continue
            file = f"cell {cell}"
            linecache.cache[file] = len(text), None, text.splitlines(True), file
            for number, statement in enumerate(statements):
                place = cell, number
                if place in left_out:
                    self.skip(place, statement, "", left_out[place])
                else:
                    yield place, statement

    def is_known_stub(self, statement: ast.stmt) -> bool:
        """Whether it is the empty stub of something that is there: an answer outlives a copied cell."""
        return notebook.is_stub(statement) and all(
            self.names.get(name, ...) is not ... for name in notebook.bound(statement)
        )

    def attempt(self, place: Place, statement: ast.stmt) -> None:
        """Run a statement within its limits; where it does not come to its end, remember why."""
        seconds = self.limits.now
        self.enter(place, seconds)
        try:
            with self.limits(seconds):
                self.execute(statement, f"cell {place[0]}")
            self.skipped.pop(place, None)
        except NameError as error:
            self.skip(place, statement, "NameError", "crashed", error.name or "")
            self.waiting.setdefault(error.name or "", []).append((place, statement))
        except Late:
            self.skip(place, statement, "", "timed out")
        except BaseException as error:
            self.skip(place, statement, type(error).__name__, core.stopped(error).status)

    def attempt_again(self) -> None:
        """Run what lacked a name that is there by now, and what then lacks nothing any more."""
        ready = [name for name in self.waiting if name in self.names]
        while ready:
            for place, statement in self.waiting.pop(ready.pop(), []):
                self.attempt(place, statement)
                if place not in self.skipped:
                    ready += [name for name in notebook.bound(statement) if name in self.waiting]

    def enter(self, place: Place, seconds: float) -> None:
        self.place = place
        self.host.enter(place, self.limits.patience * seconds + GRACE)

    def skip(self, place: Place, statement: ast.stmt, error: str, status: str, missing: str = "") -> None:
        names = notebook.bound(statement) + self.handed_over(statement)
        self.skipped[place] = Skipped(place[0], statement.lineno, names, error, status, missing)

    def handed_over(self, statement: ast.stmt) -> list[str]:
        """The stubs whose answers a statement hands to `check`."""
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call) and node.args]
        first = [
            call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "check"
        ]
        names = [each.value for each in first if isinstance(each, ast.Constant)]
        return [self.tasks[name].target for name in names if name in self.tasks]

    def execute_text(self, text: str) -> Any:
        """The value of the last statement of a text that a magic runs."""
        value = None
        for statement in notebook.statements(text)[1]:
            value = self.execute(statement, f"cell {self.place[0]}")
        return value

    def execute(self, statement: ast.stmt, file: str) -> Any:
        """The value of the statement where it is an expression, which is `_` then, as in IPython."""
        if isinstance(statement, ast.Expr):
            value = self.evaluate(ast.Expression(statement.value), file, "eval")
            if value is not None:
                self.names["_"] = value
            return value
        module = ast.Module([statement], [])
        try:
            self.evaluate(module, file, "exec")
        except Exception as error:
            if isinstance(error, ImportError) and isinstance(statement, (ast.Import, ast.ImportFrom)):
                absent = Absent(ast.unparse(statement))
                self.names |= dict.fromkeys(notebook.bound(statement), absent)
            if not notebook.is_annotated(statement):
                raise
            self.evaluate(module, file, "exec", AS_TEXT)  # what annotates computes nothing
        return None

    def evaluate(self, tree: ast.Module | ast.Expression, file: str, mode: str, more: int = 0) -> Any:
        """Run the code, under what the notebook has imported from __future__ so far; it may `await`."""
        docstrings.settle(tree, docstrings.cleans(self.given.version))
        flags = self.flags | more | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(tree, file, mode, flags, dont_inherit=True)
        self.flags |= code.co_flags & FUTURE & ~more
        value = eval(code, self.names)
        return self.loop.run_until_complete(value) if code.co_flags & inspect.CO_COROUTINE else value

    @cached_property
    def loop(self) -> Any:
        import asyncio  # here, as it takes a tenth of the time in which a sandbox starts

        return asyncio.new_event_loop()

"""Run one answer on its inputs; a script for the sandbox, which has no cnnlab.

What the answer's process hands out is what it likes, also if it is clever: values. Whether they are right is
judged by who knows the expected ones, and that is not here. Arguments: folders to import from.
"""

from __future__ import annotations

import linecache
import os
import sys
from types import SimpleNamespace
from typing import Any

sys.path += sys.argv[1:]

import core  # type: ignore[import-not-found]  # cnnlab.exercises.core, a copy of which is here
import wire  # type: ignore[import-not-found]


class Absent:
    """Stands for what could not be imported: most notebooks import more than an answer may use."""

    def __init__(self, statement: str) -> None:
        self.__dict__["statement"] = statement

    def __getattr__(self, name: str) -> Any:
        raise ImportError(f"`{self.statement}` is not allowed in an answer")

    def __call__(self, *args: Any, **options: Any) -> Any:
        raise ImportError(f"`{self.statement}` is not allowed in an answer")


def execute(statements: list[dict[str, Any]], names: dict[str, Any]) -> BaseException | None:
    """Run the statements, those that fail once more after the others: cells may stand in any order."""
    error: BaseException | None = None
    pending = statements
    while pending:
        failed = []
        for statement in pending:
            try:
                exec(compile(statement["source"], statement["file"], "exec"), names)
            except ImportError as missing:
                error = missing
                names |= {name: Absent(statement["source"]) for name in statement["binds"]}
            except BaseException as reason:
                error = reason
                failed.append(statement)
        if len(failed) == len(pending):
            return error
        pending = failed
    return None


def answers(task: dict[str, Any], cases: list[dict[str, Any]]) -> list[Any]:
    """One `core.Answer` for each case; NotImplementedError where nothing was attempted."""
    names: dict[str, Any] = {"__name__": "answer"}
    if task["drawn"]:
        task["statements"] = [each for each in task["statements"] if "draw" not in each["binds"]]
        names["draw"] = lambda *_: SimpleNamespace(values=cases[0])
    error = execute(task["statements"], names)
    if task["name"] not in names:
        return [core.stopped(error or NameError(task["name"]))] * len(cases)
    answer = names[task["name"]]
    if answer is ...:
        raise NotImplementedError
    if task["drawn"]:
        return [core.number(answer)]
    return [core.call(answer, case) for case in cases]


def message(task: dict[str, Any], cases: list[dict[str, Any]]) -> bytes:
    """What is handed out: the values, and of the cases without one what is said of them."""
    try:
        given = answers(task, cases)
    except NotImplementedError:
        return bytes(wire.pack({"not attempted": True}))
    head = {"problems": [each.problem for each in given], "statuses": [each.status for each in given]}
    head["values"] = [each.value is not None for each in given]
    return bytes(wire.pack(head, [each.value for each in given if each.value is not None]))


def main() -> None:
    """Read the task from the input, run it in silence, write what came of it to the output."""
    result = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    task, arrays = wire.unpack(sys.stdin.buffer.read())
    os.dup2(silence, 0)
    for number, statement in enumerate(task["statements"]):  # so that a message can quote the line
        statement["file"], source = f"<statement {number}>", statement["source"]
        linecache.cache[statement["file"]] = (len(source), None, source.splitlines(True), statement["file"])
    cases = [
        {key: arrays[v["array"]] if type(v) is dict else v for key, v in case.items()}
        for case in task["cases"]
    ]
    result.write(message(task, cases))
    result.flush()
    os._exit(0)  # whatever the answer wanted to happen at the end


if __name__ == "__main__":
    main()

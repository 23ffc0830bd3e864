"""The marks of one submission: what was computed in the sandbox, judged outside of it."""

from __future__ import annotations

import ast
import builtins
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import IO, Any, NamedTuple

import numpy as np

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import notebook, wire
from cnnlab.grading.sandbox import Plain

FULL = "graded"
LONG = 50_000  # characters of code: nobody needs as many, and all pairs in a class are compared
MESSAGES = {
    "timed out": "It did not end within {} seconds. Is there a loop that goes on for ever?",
    "out of memory": "It asked for more memory than there is. How large are the arrays it makes?",
    "crashed": "Its process ended without a value that can be read.",
    "not attempted": "",
}


class Mark(NamedTuple):
    """What a student gets for one exercise, and why."""

    exercise: str
    points: int
    out_of: int
    status: str = FULL
    message: str = ""
    misconception: str = ""
    owner: str = ""  # of the draw that somebody else's answer belongs to
    detail: str = ""  # the smallest failing case with what was expected: for the instructor alone


class Submission(NamedTuple):
    """What was read from a notebook."""

    statements: list[dict[str, Any]]
    broken: list[str]  # names in cells that are not Python
    problem: str = ""

    @property
    def reader(self) -> str:
        """What the notebook calls its reader."""
        readers = [each["literal"] for each in self.statements if each["binds"] == ["READER"]]
        return str(readers[0]) if readers else ""

    def answers(self, names: Sequence[str]) -> str:
        """The functions that were written for these exercises, to compare with those of others."""
        solutions = {ast.unparse(ast.parse(EXERCISES[name].solution())) for name in names}
        needed = [each for name in names for each in notebook.needed(self.statements, name)]
        sources = dict.fromkeys(
            each["source"] for each in needed if not (each["is_import"] or each["is_stub"])
        )
        own = [source for source in sources if source not in solutions]
        sizes = accumulate(map(len, own))
        return "\n".join(source for source, size in zip(own, sizes, strict=True) if size <= LONG)


def read(sandbox: Plain, file: IO[bytes]) -> Submission:
    """The statements of a notebook, which a process in the sandbox has read."""
    finished = sandbox.run("notebook.py", file)
    try:
        found = json.loads(finished.output)
        return Submission(found["statements"], found["broken"])
    except (ValueError, KeyError, TypeError, RecursionError):
        said = MESSAGES.get(finished.status, "It is not a notebook that can be read.").format(sandbox.seconds)
        return Submission([], [], said)


def mark(
    sandbox: Plain, submission: Submission, name: str, seed: str, student: str, others: Sequence[str] = ()
) -> Mark:
    """Run one exercise of a submission, and compare what came of it with what was expected.

    `student` is the name that *count it* draws from, `others` those of the rest of the class.
    """
    exercise = EXERCISES[name]
    nothing = Mark(name, 0, exercise.points)
    if submission.problem:
        return nothing._replace(status="unreadable file", message=submission.problem)
    drawn = isinstance(exercise, core.DrawnExercise)
    target = f"{name}_answer" if drawn else name
    statements = notebook.needed(submission.statements, target)
    if all(target not in each["binds"] or each["is_stub"] for each in statements):
        return absent(nothing, target, submission.broken)
    cases = draw_cases(name, student if drawn else seed)
    answers, status = compute(sandbox, {"name": target, "drawn": drawn, "statements": statements}, cases)
    if not answers:
        return nothing._replace(status=status, message=MESSAGES[status].format(sandbox.seconds))
    given = judged(exercise, cases, [known(answer, cases[0], statements) for answer in answers])
    if given.points or given.misconception or not drawn:
        return given
    return disowned(given, answers[0], student, [submission.reader, *others])


def absent(nothing: Mark, target: str, broken: Sequence[str]) -> Mark:
    """The mark for what is not there, or in a cell that is not Python."""
    if target not in broken:
        return nothing._replace(status="not attempted")
    message = f"The cell that should hold `{target}` is not Python that can be read."
    return nothing._replace(status="syntax error", message=message)


def disowned(given: Mark, answer: core.Answer, student: str, others: Sequence[str]) -> Mark:
    """The mark of a wrong answer, told so where it is right for the task of another name."""
    owner = owner_of(given.exercise, answer, others)
    if not owner:
        return given
    message = f"This answers the task of another name. Yours is drawn for {student!r}: is that your READER?"
    return given._replace(status="someone else's draw", message=message, owner=owner)


@cache
def draw_cases(name: str, seed: str) -> list[core.Case]:
    return EXERCISES[name].draw_cases(
        core.tidy(seed) if isinstance(EXERCISES[name], core.DrawnExercise) else seed
    )


def compute(
    sandbox: Plain, task: dict[str, Any], cases: Sequence[core.Case]
) -> tuple[list[core.Answer], str]:
    """The answers to all cases; none, and the status that says why, where the process gave none."""
    arrays: list[np.ndarray] = []
    task["cases"] = [{key: reference(value, arrays) for key, value in case.items()} for case in cases]
    with tempfile.TemporaryFile() as given:
        given.write(wire.pack(task, arrays))
        given.seek(0)
        finished = sandbox.run("inside.py", given)
    if finished.status != "ended":
        return [], finished.status
    try:
        head, values = wire.unpack(finished.output)
        if head.get("not attempted") is True:
            return [], "not attempted"
        return received(head, values, len(cases)), ""
    except (ValueError, KeyError, TypeError, IndexError):
        return [], "crashed"


def reference(value: Any, arrays: list[np.ndarray]) -> Any:
    """A value as it travels: an array by its number."""
    if not isinstance(value, np.ndarray):
        return value
    arrays.append(value)
    return {"array": len(arrays) - 1}


def received(head: Mapping[str, Any], values: Sequence[np.ndarray], count: int) -> list[core.Answer]:
    """Answers as `inside` has packed them, or as something that only looks like it."""
    left = iter(values)
    answers = []
    for number in range(count):
        if head["values"][number] is True:
            answers.append(core.plain(next(left, None)))
        else:
            status, problem = head["statuses"][number], head["problems"][number]
            if type(problem) is not str:
                raise TypeError(f"a problem of type {type(problem).__name__}")
            stopped = status if status in ("crashed", "out of memory", "forbidden import") else FULL
            answers.append(core.Answer(None, problem, stopped))
    return answers


# What `core` says of values of the usual kinds. Other words may be the student's: a class can have any name.
RETURNED: tuple[Any, ...] = (
    None, (), [], {}, set(), "", b"", 1j, True, print, np.inf, np.zeros(0, complex), np.zeros(0, str)
)  # fmt: skip
PROBLEMS = {judge(value).problem for judge in (core.plain, core.number) for value in RETURNED}


def known(answer: core.Answer, case: core.Case, statements: Sequence[Mapping[str, Any]]) -> core.Answer:
    """The answer with a problem in our words only: a message is no way to carry inputs out of the sandbox."""
    sentences = PROBLEMS | {core.changed(argument) for argument in case}
    if answer.value is not None or answer.problem in sentences:
        return answer
    problem = "It did not return a NumPy array or a plain number."
    if stopped := re.fullmatch(
        r"It stopped with (\w+): .*?(?:, in line \d+: (.*))?", answer.problem, re.DOTALL
    ):
        error, line = stopped.groups()
        lines = {each.strip() for statement in statements for each in statement["source"].splitlines()}
        problem = f"It stopped with {error if hasattr(builtins, error) else 'an exception'}"
        problem += f", in the line: {line}" if line in lines else "."
    if answer.status == "forbidden import":
        problem = "An answer may import NumPy and the standard library, and nothing else. " + problem
    return answer._replace(problem=problem)


def judged(exercise: core.Exercise, cases: Sequence[core.Case], answers: Sequence[core.Answer]) -> Mark:
    verdict = core.judge(exercise, cases, answers)
    if verdict.status == "passed":
        return Mark(exercise.name, exercise.points, exercise.points)
    named = {each.says: name for name, each in exercise.misconceptions.items()}
    status = next((answer.status for answer in answers if answer.status != FULL), FULL)
    misconception = named.get(verdict.message, "")
    # The shape of an array is a message too: an answer chooses its own, and the right one is expected.
    message = re.sub("^The shape is .*", "The array does not have the right shape.", verdict.message)
    detail = "\n".join(filter(None, [verdict.message, verdict.detail]))
    return Mark(exercise.name, 0, exercise.points, status, message, misconception, detail=detail)


def owner_of(name: str, answer: core.Answer, others: Sequence[str]) -> str:
    """Whose task it is that was answered; nobody's, most of the time."""
    exercise = EXERCISES[name]
    for other in filter(None, others):
        right = core.expect(exercise.reference, draw_cases(name, other)[0])
        if not core.complain(answer, right, exercise.tolerance):
            return other
    return ""

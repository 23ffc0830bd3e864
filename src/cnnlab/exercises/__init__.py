"""Graded exercises: `check` an answer, show a `solution`, list your `progress`, `draw` your own task.

One module a chapter, `chNN.py`, each ending in `EXERCISES`; a new module here is found by itself.
Nothing in this package imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from cnnlab.exercises.core import DrawnExercise, Exercise, Judgement, answers, judge, tidy
from cnnlab.exercises.foreign import foreign
from cnnlab.exercises.shown import Progress, Solution, Task, Verdict

__all__ = ["EXERCISES", "check", "draw", "progress", "solution", "solution_source"]


def add(exercises: Sequence[Exercise], chapter: str) -> None:
    """Make a chapter's exercises known; ValueError for a name that another exercise has."""
    for each in exercises:
        if each.name in EXERCISES:
            other = EXERCISES[each.name].chapter
            raise ValueError(
                f"{each.name!r} is an exercise of chapter {other}, and another of chapter {chapter}"
            )
        EXERCISES[each.name] = replace(each, chapter=chapter)


EXERCISES: dict[str, Exercise] = {}
for _name in (each.name for each in iter_modules(__path__) if each.name.startswith("ch")):
    add(import_module(f"{__name__}.{_name}").EXERCISES, _name.removeprefix("ch"))
NOT_THERE = (
    "But it uses {}, which a class run does not have: there, an answer may use NumPy, the standard library "
    "and what you wrote yourself."
)
_verdicts: dict[str, Verdict] = {}  # the best of this session by exercise, the one checked last at the end


def check(name: str, answer: Any, reader: object = "reader") -> Verdict:
    """Judge an answer: a function for *write it*, a number for *count it*. Never raises.

    A mistake that has a name is answered with a sentence about it; any other with the smallest failing case.
    """
    exercise = EXERCISES.get(name) if isinstance(name, str) else None
    if exercise is None:
        return Verdict("check", 0, Judgement("failed", _unknown(name)))
    verdict = Verdict(name, exercise.points, _judge(exercise, answer, reader))
    before = _verdicts.pop(name, verdict)
    _verdicts[name] = before if before.points else verdict  # points once earned stay
    return verdict


def draw(name: str, reader: object = "reader") -> Task:
    """Draw the reader's own task of a *count it* exercise: the same name, the same task."""
    exercise = _find(name)
    if not isinstance(exercise, DrawnExercise):
        raise ValueError(f"{name!r} draws nothing: it is an exercise in which you write a function")
    key = tidy(reader)
    return Task(name, key, exercise.draw_cases(key)[0], exercise.ask(key))


def solution(name: str) -> Solution:
    """The reference solution, folded until it is opened."""
    return Solution(name, solution_source(name))


def solution_source(name: str) -> str:
    """The code that `solution` shows, which replaces the stub in the solved edition of a chapter."""
    return _find(name).solution()


def progress(chapter: str | int | None = None) -> Progress:
    """The exercises of a chapter ("01"; by default the one checked last) with the points earned so far."""
    if chapter is None:
        chapter = EXERCISES[next(reversed(_verdicts), next(iter(EXERCISES)))].chapter
    chapter = str(chapter).zfill(2)
    listed = [exercise for exercise in EXERCISES.values() if exercise.chapter == chapter]
    if not listed:
        raise ValueError(f"chapter {chapter!r} has no exercises; those that have: {_chapters()}")
    pending = Judgement("not attempted")
    return Progress(
        chapter, [_verdicts.get(each.name, Verdict(each.name, each.points, pending)) for each in listed]
    )


def _judge(exercise: Exercise, answer: Any, reader: object) -> Judgement:
    try:
        drawn = isinstance(exercise, DrawnExercise)
        cases = exercise.draw_cases(tidy(reader) if drawn else 0)
        judgement = judge(exercise, cases, answers(answer, cases, exercise.name, drawn))
        missing = foreign(answer) if judgement.status == "passed" and not drawn else []
        return judgement._replace(message=NOT_THERE.format(", ".join(missing))) if missing else judgement
    except NotImplementedError:
        return Judgement("not attempted")
    except KeyboardInterrupt:
        return Judgement("failed", "You interrupted it. Does a loop in your function ever end?")
    except BaseException as error:  # an answer may be any object, and do anything when it is looked at
        return Judgement("failed", f"It cannot be judged: looking at it stopped with {type(error).__name__}.")


def _find(name: str) -> Exercise:
    if name not in EXERCISES:
        raise ValueError(_unknown(name))
    return EXERCISES[name]


def _unknown(name: object) -> str:
    if not isinstance(name, str):
        return 'First the name of the exercise, in quotes, then your answer: check("name", answer).'
    near = get_close_matches(name, EXERCISES, n=1)
    return f"There is no exercise named {name!r}." + (f" Did you mean {near[0]!r}?" if near else "")


def _chapters() -> str:
    return ", ".join(sorted({exercise.chapter for exercise in EXERCISES.values()}))

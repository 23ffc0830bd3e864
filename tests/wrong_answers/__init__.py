"""Wrong answers as people really give them: the test data for what `check` says to a reader.

One module a chapter, `chNN.py`; a new one here is found by itself. `python tests/wrong_answers` lists what
`check` says to each.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from cnnlab.exercises import EXERCISES, check, draw
from cnnlab.exercises.core import DrawnExercise, Judgement

READERS = ("ada", "bob", "cy")  # who gives a wrong answer to *count it*


class WrongAnswer(NamedTuple):
    """One wrong answer, and the misconceptions that would be a true diagnosis of it (perhaps none)."""

    exercise: str
    mistake: str  # one plain sentence
    function: Callable[..., Any]
    named: tuple[str, ...]

    @property
    def chapter(self) -> str:
        return EXERCISES[self.exercise].chapter

    def judgements(self) -> list[Judgement]:
        """What `check` says: once to a function, to each reader's own number for *count it*."""
        if not isinstance(EXERCISES[self.exercise], DrawnExercise):
            return [check(self.exercise, self.function).judgement]
        tasks = [draw(self.exercise, reader) for reader in READERS]
        return [check(task.name, self.function(**task.values), task.reader).judgement for task in tasks]

    def told(self, judgement: Judgement) -> str | None:
        """The name of the misconception that the reader was told, if it was one."""
        misconceptions = EXERCISES[self.exercise].misconceptions
        return next((name for name, each in misconceptions.items() if each.says == judgement.message), None)

    def is_answered_well(self) -> bool:
        """Whether its reader fails and is told a true name, or none; of three draws one may fit by chance."""
        told = [(each.status, self.told(each)) for each in self.judgements()]
        true = {("failed", name) for name in self.named or [None]}
        return sum(each in true for each in told) >= max(1, len(told) - 1)


ANSWERS: list[WrongAnswer] = []


def wrong(exercise: str, *named: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a wrong answer to an exercise; its docstring is the mistake."""
    if exercise not in EXERCISES:
        raise ValueError(f"there is no exercise named {exercise!r}")
    if unknown := set(named) - set(EXERCISES[exercise].misconceptions):
        raise ValueError(f"{exercise} has no misconception named {', '.join(sorted(unknown))}")

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        mistake = " ".join((function.__doc__ or "").split())
        ANSWERS.append(WrongAnswer(exercise, mistake, function, named))
        return function

    return register


for module in iter_modules(__path__, f"{__name__}."):
    if module.name.rpartition(".")[2].startswith("ch"):
        import_module(module.name)

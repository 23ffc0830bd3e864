"""What an exercise is, and how an answer to it is judged.

Compute inside, judge outside: the reader's code only turns inputs into values. `answers` runs it and
keeps plain copies of what it returned; `judge` compares those copies with the expected values and never
calls the reader's code. Only exact NumPy arrays and plain numbers pass from the one to the other, so an
object that claims to equal everything is refused before it is asked anything. In a notebook both live in
one process: that keeps accidents out, not cheats. Marks are given by two processes.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
import traceback
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations
from typing import Any, NamedTuple, cast

import numpy as np

AS_WRITTEN: dict[str, Any] = {}
if sys.version_info >= (3, 14):  # whose signatures compute what annotates, which need not mean anything
    from annotationlib import Format

    AS_WRITTEN["annotation_format"] = Format.STRING

Case = dict[str, Any]  # the arguments of one call, by name and in order
NUMBERS = {int, float, bool} | {
    kind for kind in np.sctypeDict.values() if issubclass(kind, np.number | np.bool_)
}
DIFFER = "The values differ."
NOT_WHOLE = (
    "Your number is a floating-point number with a fraction. What is counted is whole: where a side or a "
    "number of channels is divided, the network rounds at once."
)
FACTORS = (*range(2, 17), 1000, 1024)  # by which a count is often wrong, and which are told
EXACT = (("fractions", "Fraction"), ("decimal", "Decimal"))  # in which 6/5 of a count is exact
LAST_BITS = 8  # units in the last place by which a few products of decimal factors miss a whole number
SHOWN = 1000  # numbers: an array of many short axes is never abridged
WIDE = 75  # letters of a map of nine numbers or fewer that has a line to itself
# How arrays print, whatever the reader's notebook has set: where it rounds, what differs would look alike.
PRINTED: dict[str, Any] = {
    "precision": 4,
    "suppress_small": True,
    "formatter": {},
    "edgeitems": 3,
    "max_line_width": 75,
    "sign": "-",
    "floatmode": "maxprec",
    "legacy": False,
}
KINDS = {"b": "True or False", "i": "integers", "u": "integers", "f": "floating-point numbers"}


class Mistake(NamedTuple):
    """A wrong idea: its name, what it does to the reference, and the sentence that answers it."""

    name: str
    how: Mapping[str, str] | Callable[..., Any]  # texts of the reference and what stands there instead
    says: str


wrong = Mistake  # reads as a row: wrong("no bias", {" + bias": ""}, "The bias is missing. …")


class Misconception(NamedTuple):
    """A mistake made: the sentence that answers it, and a function computing exactly what it leads to."""

    says: str
    wrong: Callable[..., Any]


@dataclass(frozen=True)
class Exercise:
    """*Write it*: the reader writes a function, which is checked on random inputs.

    `reference` is one self-contained function, named as the reader's stub; `cases` draws the arguments of
    one call; `mistakes` are the wrong ideas that have a sentence of their own; `allows` is what an answer may
    import.
    """

    reference: Callable[..., Any]
    points: int
    cases: Callable[[np.random.Generator], Case]
    mistakes: Sequence[Mistake]
    allows: tuple[str, ...] = ("numpy",)
    tolerance: float = 1e-6  # relative to the largest expected value
    goal: str = ""  # the line of *You will learn* that it tests, where book/_data/learn.yml does not name it
    chapter: str = ""  # that of the module which lists it
    draws: int = 12  # calls in one check: more where one small number answers, which chance gives too
    telling = 3  # of them, those in which a mistake must show before it is called by its name

    @property
    def name(self) -> str:
        return self.reference.__name__

    @cached_property
    def misconceptions(self) -> dict[str, Misconception]:
        """The mistakes by their names, each with the function that makes it; ValueError for a name twice."""
        found: dict[str, Misconception] = {}
        for name, how, says in self.mistakes:
            if name in found:
                raise ValueError(f"{self.name}: two mistakes are named {name!r}")
            found[name] = Misconception(says, how if callable(how) else self.changed(how, name))
        return found

    def changed(self, changes: Mapping[str, str], mistake: str = "changed") -> Callable[..., Any]:
        """The reference with some of its text replaced; ValueError where that does not stand in it once."""
        text = self.solution_text()
        for old, new in changes.items():
            if text.count(old) != 1:
                raise ValueError(f"{self.name}: {old!r} stands {text.count(old)} times in the reference")
            text = text.replace(old, new)
        names = dict(self.reference.__globals__)
        exec(compile(text, f"<{self.name}, {mistake}>", "exec"), names)  # a traceback tells which it is
        return cast(Callable[..., Any], names[self.name])

    def solution_text(self) -> str:
        return textwrap.dedent(inspect.getsource(self.reference)).rstrip()

    @np.errstate(all="ignore")  # whatever the reader's notebook has set: mistakes overflow
    def draw_cases(self, seed: int | str) -> list[Case]:
        """The calls of one check, drawn again until they tell every misconception from every other.

        Two that share a sentence are two ways to make one mistake, and may give the same.
        """
        rng = generator(self.name, seed)
        said = ["", *(each.says for each in self.misconceptions.values())]  # the right function is number 0
        pairs = combinations(range(len(said)), 2)
        often = {(i, j): 1 if i else self.telling for i, j in pairs if said[i] != said[j]}
        left: dict[tuple[int, int], int] = {}  # what the last calls left alike, the next ones often do too
        for _ in range(200):
            cases = [self.cases(rng) for _ in range(self.draws)]
            left = self.alike(cases, {pair: often[pair] for pair in left}) or self.alike(cases, often)
            if not left:
                return cases
        raise RuntimeError(f"{self.name}: 200 draws of {self.draws} cases, and {self.untold(left, often)}")

    def untold(self, left: Mapping[tuple[int, int], int], often: Mapping[tuple[int, int], int]) -> str:
        """Which of the functions some draw could not tell apart, in a sentence."""
        names = ["the reference", *map(repr, self.misconceptions)]
        i, j = next(iter(left))
        return (
            f"in the last {names[j]} differs from {names[i]} in {often[i, j] - left[i, j]}, not {often[i, j]}"
        )

    def alike(
        self, cases: Sequence[Case], often: Mapping[tuple[int, int], int]
    ) -> dict[tuple[int, int], int]:
        """Those pairs of functions that give different values less often than they should, and how often."""
        functions = [self.reference, *(each.wrong for each in self.misconceptions.values())]
        left = dict(often)
        for case in cases:
            values = {number: expect(functions[number], case) for number in set(chain(*left))}
            for i, j in [*left]:
                left[i, j] -= not close(values[i], values[j], self.tolerance)
                if not left[i, j]:
                    del left[i, j]
        return left

    def show(self, case: Case, expected: np.ndarray, value: np.ndarray | None) -> str:
        """The case as a reader could type it, the expected value, and the reader's."""
        rows = [*case.items(), ("expected", expected), ("got", "nothing" if value is None else value)]
        return "\n".join(f"{name} =" + lay_out(value) for name, value in rows)

    def solution(self) -> str:
        """The code that replaces the reader's stub."""
        return self.solution_text()


@dataclass(frozen=True)
class DrawnExercise(Exercise):
    """*Count it*: the reader answers with one number for a network drawn from the reader's name."""

    question: str = ""  # a template: the drawn values are put in
    draws: int = 1
    telling = 1

    def show(self, case: Case, expected: np.ndarray, value: np.ndarray | None) -> str:
        """Nothing: the one case is the question, and its expected value the answer."""
        return ""

    def ask(self, reader: str) -> str:
        return self.question.format(**self.draw_cases(reader)[0])

    def solution(self) -> str:
        """The reference, and its use on the reader's own draw."""
        use = f'{self.name}_answer = {self.name}(**draw("{self.name}", READER).values)'
        return f"{super().solution()}\n\n\n{use}"


class Answer(NamedTuple):
    """What one call gave: a plain value, or the reason why there is none."""

    value: np.ndarray | None
    problem: str = ""
    status: str = "graded"  # or what stopped it: "crashed", "out of memory", "forbidden import"


class Judgement(NamedTuple):
    status: str  # "passed", "failed" or "not attempted"
    message: str = ""
    detail: str = ""  # the smallest failing case, several lines


def generator(name: str, seed: int | str) -> np.random.Generator:
    """The same exercise and seed (or reader's name) give the same draws on every machine."""
    import hashlib  # here, as a sandbox that needs none of it starts in less time

    text = f"{name}/{seed}".encode(errors="backslashreplace")
    return np.random.default_rng(list(hashlib.sha256(text).digest()))


def tidy(reader: object) -> str:
    """A reader's name as it counts: capitals and spaces around it do not, nor how an accent was typed."""
    return unicodedata.normalize("NFC", str(reader)).strip().casefold()


def plain(value: Any) -> Answer:
    """A copy of an exact NumPy array or of a plain number; a sentence for anything else."""
    if value is None:
        return Answer(None, "It returned None. Is there a `return` on every path?")
    if type(value) in NUMBERS:
        value = np.array(value)
    if type(value) is not np.ndarray:
        hint = " Wrap it in np.array(…)." if type(value) in (list, tuple) else ""
        return Answer(
            None, f"It returned a {type(value).__name__}, not a NumPy array or a plain number.{hint}"
        )
    if value.dtype.kind not in KINDS:
        return Answer(None, f"It returned an array of dtype {value.dtype}, not of real numbers.")
    return Answer(value.copy())


def number(value: Any) -> Answer:
    """A plain number, for *count it*: whole numbers that are stored as floats will do.

    So will a float that only its rounding keeps from being one: 1.1 * 50 is 55.00000000000001.
    """
    if type(value) is tuple:
        return Answer(None, "Your answer is a tuple. Write the number without commas.")
    value = bare(value)
    if type(value) in (bool, np.bool_) or type(value) not in NUMBERS:
        return Answer(None, f"Your answer is of type {type(value).__name__}. Write a number.")
    if not abs(value) < 2**63:
        return Answer(None, "Your answer is far too large, or not a number at all.")
    whole = round(value)
    misses = abs(value - whole) > LAST_BITS * np.spacing(float(abs(whole)))
    return Answer(np.array(value if misses else whole))


def bare(value: Any) -> Any:
    """The number that an array without axes, an exact fraction or a decimal holds; anything else as it is."""
    if type(value) is np.ndarray and not value.ndim:
        return value[()]
    for module, name in EXACT:  # whoever has such a number has imported its module
        if type(value) is getattr(sys.modules.get(module), name, None):
            near = float(value)
            return int(value) if abs(near) < 2**63 and value == int(value) else near
    return value


def answers(answer: Any, cases: Sequence[Case], name: str, drawn: bool) -> list[Answer]:
    """What an answer gives on each case; NotImplementedError where nothing was attempted.

    `name` is that of the stub. A drawn exercise is answered by a number, the others by a function.
    """
    if answer is ...:
        raise NotImplementedError
    if drawn:
        return [number(answer)]
    if not callable(answer):
        handed = Answer(None, f'Hand over the function itself, `check("{name}", {name})`.')
        return [handed] * len(cases)
    return [call(answer, case) for case in cases]


def call(function: Callable[..., Any], case: Case) -> Answer:
    """Run the reader's function once, on copies of the inputs."""
    given = {name: copy(value) for name, value in case.items()}
    try:
        named = {name: given[name] for name in by_name(function, given)}
        placed = [value for name, value in given.items() if name not in named]
        answer = plain(function(*placed, **named))
    except (NotImplementedError, KeyboardInterrupt):
        raise
    except BaseException as error:
        return stopped(error)
    for name, value in case.items():
        if not same(given[name], value):
            return Answer(None, changed(name))
    return answer


def by_name(function: Callable[..., Any], given: Case) -> list[str]:
    """The arguments for which a function has no place, and which it takes by their names."""
    try:
        kinds = {
            name: each.kind for name, each in inspect.signature(function, **AS_WRITTEN).parameters.items()
        }
    except (TypeError, ValueError):  # a function in C, say
        return []
    places = [kind for kind in kinds.values() if kind <= inspect.Parameter.VAR_POSITIONAL]
    if len(places) >= len(given) or inspect.Parameter.VAR_POSITIONAL in places:
        return []
    named = {name for name, kind in kinds.items() if kind is inspect.Parameter.KEYWORD_ONLY}
    if inspect.Parameter.VAR_KEYWORD in kinds.values():  # takes every name that has no place
        named |= given.keys() - kinds.keys()
    return [name for name in given if name in named]


def changed(argument: str) -> str:
    return f"It changed its argument `{argument}`. Work on a copy: the caller still needs it."


def stopped(error: BaseException) -> Answer:
    """An answer that ended in an exception."""
    status = "out of memory" if isinstance(error, MemoryError) else "crashed"
    return Answer(None, describe(error), "forbidden import" if isinstance(error, ImportError) else status)


def describe(error: BaseException) -> str:
    """What stopped the reader's function, and in which of its lines."""
    try:
        text = str(error)[:300]
    except BaseException:
        text = "its message cannot be printed"
    lines = traceback.extract_tb(error.__traceback__)[1:2]  # the first belongs to `call`
    where = f", in line {lines[0].lineno}: {lines[0].line}" if lines and lines[0].line else ""
    return f"It stopped with {type(error).__name__}: {text}{where}"


def copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def same(one: Any, other: Any) -> bool:
    """The same bits: shape, dtype and values."""
    if not isinstance(other, np.ndarray):
        return bool(one == other)
    return (one.shape, one.dtype, one.tobytes()) == (other.shape, other.dtype, other.tobytes())


@np.errstate(all="ignore")  # as for the draws: what an answer gave may be infinite
def judge(exercise: Exercise, cases: Sequence[Case], answers: Sequence[Answer]) -> Judgement:
    """Compare what the reader's code returned with what was expected, and diagnose the difference."""
    expected = [expect(exercise.reference, case) for case in cases]
    pairs = list(zip(answers, expected, strict=True))
    if not any(complain(answer, right, exercise.tolerance) for answer, right in pairs):
        return Judgement("passed")
    if misconception := diagnose(exercise, cases, answers):
        return Judgement("failed", exercise.misconceptions[misconception].says)
    complaints = [complain(answer, right, exercise.tolerance) for answer, right in pairs]
    failing = [number for number, complaint in enumerate(complaints) if complaint]
    value = answers[0].value
    if exercise.draws == 1 and value is not None:
        return Judgement("failed", how_far(value, expected[0]) if complaints[0] == DIFFER else NOT_WHOLE)
    smallest = min(failing, key=lambda number: (case_size(cases[number]), number))
    shown = exercise.show(cases[smallest], expected[smallest], answers[smallest].value)
    return Judgement("failed", complaints[smallest], shown)


def expect(function: Callable[..., Any], case: Case) -> np.ndarray:
    return np.asarray(function(**{name: copy(value) for name, value in case.items()}))


def complain(answer: Answer, expected: np.ndarray, tolerance: float) -> str:
    """What is wrong with one answer, in a sentence; empty when it is right."""
    value = answer.value
    if value is None:
        return answer.problem
    if value.shape != expected.shape:
        return f"The shape is {shape_name(value)} and should be {shape_name(expected)}."
    other = (value.dtype.kind == "f") != (expected.dtype.kind == "f")
    if (other and value.any()) or value.dtype.kind == "b":  # max(0, −1.5) is a whole 0, in a right answer too
        hint = ". / and np.zeros make floats, // and dtype=int do not" if value.dtype.kind == "f" else ""
        return (
            f"The answer holds {KINDS[value.dtype.kind]} and should hold {KINDS[expected.dtype.kind]}{hint}."
        )
    if has_nan(value):
        return (
            "The answer contains NaN: 0 / 0, 0 · log 0, a power of e that overflowed, or what was never set."
        )
    return "" if close(value, expected, tolerance) else DIFFER


def close(value: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    """Equal shapes, and no element further apart than `tolerance` times the largest expected one."""
    if value.shape != expected.shape:
        return False
    if expected.dtype.kind != "f":
        return bool((value == expected).all())
    scale = abs(expected).max(initial=1.0)
    return bool((abs(value - expected) <= tolerance * scale).all())


def diagnose(exercise: Exercise, cases: Sequence[Case], answers: Sequence[Answer]) -> str | None:
    """The misconception that produces exactly the reader's values, in every case that gave finite numbers.

    Who divides by zero besides is told of both, one after the other, where the first shows often enough.
    """
    values = [answer.value for answer in answers if answer.value is not None]
    if len(values) < len(cases):
        return None
    numbers = [(case, value) for case, value in zip(cases, values, strict=True) if is_finite(value)]
    if len(numbers) < len(cases) and differing(exercise, numbers) < exercise.telling:
        return None
    for name, misconception in exercise.misconceptions.items():  # most differ in the first case
        if all(
            close(value, expect(misconception.wrong, case), exercise.tolerance) for case, value in numbers
        ):
            return name
    return None


def differing(exercise: Exercise, numbers: Sequence[tuple[Case, np.ndarray]]) -> int:
    """In how many cases the values are not the right ones."""
    return sum(
        not close(value, expect(exercise.reference, case), exercise.tolerance) for case, value in numbers
    )


def has_nan(value: np.ndarray) -> bool:
    return bool((value != value).any())


def is_finite(value: np.ndarray) -> bool:
    return bool((abs(value) < float("inf")).all())


def how_far(value: np.ndarray, expected: np.ndarray) -> str:
    """By how much a count is off, in a sentence: by what factor where that is a simple one."""
    from fractions import Fraction  # here, as a sandbox that judges nothing starts in less time

    if not (value > 0 and expected > 0):  # their product may need more than 64 bits
        return f"Your number is too {'small' if value < expected else 'large'}."
    factor = Fraction(int(value), int(expected)) if value.dtype.kind != "f" else Fraction(1)
    size, by = ("large", factor) if value > expected else ("small", 1 / factor)
    simple = (by.denominator == 1 and by in FACTORS) or by in (Fraction(3, 2), Fraction(4, 3))
    return f"Your number is too {size}" + (f", by a factor of {by}." if simple else ".")


def case_size(case: Case) -> int:
    return sum(int(np.size(value)) for value in case.values()) + sum(
        value for value in case.values() if isinstance(value, int)
    )


def shape_name(value: np.ndarray) -> str:
    return "×".join(map(str, value.shape)) if value.ndim else "that of a single number"


def lay_out(value: Any) -> str:
    if np.size(value) > SHOWN:
        return f" {np.size(value)} numbers"
    if isinstance(value, str):
        return f" {value}"
    value = np.asarray(value)
    small = value.ndim > 2 and value.shape[-1] * value.shape[-2] <= 9
    text = np.array2string(value, threshold=200 if small else 80, **PRINTED)
    maps = [" ".join(map(str.strip, each.split("\n"))) for each in text.split("\n\n")]
    if small and max(map(len, maps)) <= WIDE:  # one-hot kernels, say: each on a line of its own
        text = "\n ".join(maps)
    return "\n" + textwrap.indent(text, "  ") if "\n" in text else f" {text}"

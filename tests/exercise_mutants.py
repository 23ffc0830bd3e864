"""Mutants of the exercises' references, and which of them `check` lets pass.

    python tests/exercise_mutants.py                 # all exercises: a table, then each survivor
    python tests/exercise_mutants.py 02 output_size  # a chapter and an exercise
    python tests/exercise_mutants.py --csv           # the survivors alone, as rows

A mutant has one fault that somebody could write: another operator, a constant one off, a term left out, a
parameter taken as fixed. It survives where it passes a whole check: with any of the seeds for *write it*,
with all of the readers for *count it*, whose one case a mutant may meet by chance. A survivor that is not
equivalent shows a case that is never drawn; the equivalent ones stand in `mutants_equivalent.csv`.
"""

from __future__ import annotations

import argparse
import ast
import csv
import inspect
import resource
import signal
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, singledispatch
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnlab.exercises import EXERCISES
from cnnlab.exercises.core import Case, DrawnExercise, Exercise, call, complain, expect, number

EQUIVALENT = Path(__file__).with_name("mutants_equivalent.csv")
SEEDS = (0, "grade 1", "grade 2", "grade 3", "grade 4")  # the first is the notebook's
READERS = ("ada", "bob", "cy", "dee", "eve")
CPU_SECONDS = 0.5  # for one check; the slowest reference takes a hundredth of it
MEMORY = 4 * 2**30  # a mutant may ask for an array of any size

OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.FloorDiv, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult, ast.Mod),
    ast.Mod: (ast.FloorDiv, ast.Mult),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}  # never to a power: 4**numbers ends in no time that anyone waits
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
PAIRS = "int round, floor ceil, max min, maximum minimum, argmax argmin, sum mean, all any"
FUNCTIONS = dict(pair.split() for pair in PAIRS.split(", "))
FUNCTIONS |= {other: one for one, other in FUNCTIONS.items()}
SYMMETRIC = {"max", "min", "maximum", "minimum"}
IN_ANY_ORDER = {*SYMMETRIC, "swapaxes", "clip"}  # clip(0, x, 6) is clip(x, 0, 6)
APPLIED = {"sqrt", "exp", "log", "abs", "floor", "ceil", "round", *SYMMETRIC}
ONE = ast.Constant(1)


class Mutant(NamedTuple):
    """A reference with one fault, and the lines in which it differs."""

    exercise: str
    before: str
    after: str
    source: str

    @property
    def function(self) -> Callable[..., Any]:
        reference = EXERCISES[self.exercise].reference
        namespace = dict(vars(sys.modules[reference.__module__]))
        exec(self.source, namespace)
        return namespace[reference.__name__]


class Survivor(NamedTuple):
    """A mutant that `check` lets pass, and with which seeds or readers."""

    mutant: Mutant
    passes: tuple[str, ...]


# What can be wrong with one node ----------------------------------------------------------------------


def with_(node: ast.AST, **fields: Any) -> ast.AST:
    """A copy of the node with other fields."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **fields}), node)


def replaced(items: Sequence[Any], place: int, new: Any) -> list[Any]:
    return [*items[:place], new, *items[place + 1 :]]


def swapped(items: Sequence[Any]) -> Iterator[list[Any]]:
    """The items with two neighbours the other way round."""
    for i, (one, other) in enumerate(pairwise(items)):
        yield [*items[:i], other, one, *items[i + 2 :]]


def shifted(node: ast.AST | None) -> Iterator[ast.AST]:
    """The expression one more and one less; constants are mutated where they stand."""
    if isinstance(node, ast.expr) and not isinstance(node, ast.Constant | ast.Slice | ast.Tuple):
        yield ast.BinOp(node, ast.Add(), ONE)
        yield ast.BinOp(node, ast.Sub(), ONE)


@singledispatch
def faults(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in the place of the node by mistake."""
    yield from ()


@faults.register
def _(node: ast.stmt) -> Iterator[ast.AST]:
    yield ast.Pass()


@faults.register
def _(node: ast.AugAssign) -> Iterator[ast.AST]:
    yield ast.Pass()
    yield ast.Assign([node.target], node.value, lineno=0)
    yield from (with_(node, op=other()) for other in OPERATORS.get(type(node.op), ()))


@faults.register(ast.If)
@faults.register(ast.IfExp)
def _(node: ast.If | ast.IfExp) -> Iterator[ast.AST]:
    yield with_(node, test=ast.Constant(True))
    yield with_(node, test=ast.Constant(False))


@faults.register
def _(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        kind = type(node.value)
        near = (
            {node.value - 1, node.value + 1} if node.value < 1000 else set()
        )  # of a million nobody is 1 off
        yield from map(ast.Constant, sorted({kind(0), kind(1), *near} - {node.value}))


@faults.register
def _(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


@faults.register
def _(node: ast.BinOp) -> Iterator[ast.AST]:
    yield from (with_(node, op=other()) for other in OPERATORS.get(type(node.op), ()))
    if not isinstance(node.right, ast.Constant):  # a term or a factor is left out; a constant becomes 0 or 1
        yield node.left
    if isinstance(node.op, ast.Add | ast.Mult | ast.MatMult) and not isinstance(node.left, ast.Constant):
        yield node.right
    if isinstance(node.op, ast.FloorDiv):  # what tells this from a // b tells a / b and rounding up as well
        yield ast.Call(ast.Name("round"), [with_(node, op=ast.Div())], [])
    if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant):
        yield ast.BinOp(node.right, ast.Pow(), node.left)


@faults.register
def _(node: ast.Compare) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        yield from (with_(node, ops=replaced(node.ops, place, new())) for new in COMPARISONS[type(op)])


@faults.register
def _(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield with_(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    yield from node.values


@faults.register
def _(node: ast.Slice) -> Iterator[ast.AST]:
    for field in ("lower", "upper", "step"):
        if bound := getattr(node, field):
            yield with_(node, **{field: None})
            yield from (with_(node, **{field: new}) for new in shifted(bound) if field != "step")
    if node.upper and not node.lower:
        yield with_(node, lower=ONE)


@faults.register
def _(node: ast.Subscript) -> Iterator[ast.AST]:
    yield from (with_(node, slice=new) for new in shifted(node.slice))
    if isinstance(node.slice, ast.Tuple):
        places = node.slice.elts
        for place, index in enumerate(places):
            yield from (
                with_(node, slice=ast.Tuple(replaced(places, place, new), ast.Load()))
                for new in shifted(index)
            )


@faults.register(ast.Tuple)
@faults.register(ast.List)
def _(node: ast.Tuple | ast.List) -> Iterator[ast.AST]:
    yield from (with_(node, elts=elements) for elements in swapped(node.elts))


@faults.register
def _(node: ast.Call) -> Iterator[ast.AST]:
    name = ast.unparse(node.func).rpartition(".")[2]
    if name in FUNCTIONS:
        field = "id" if isinstance(node.func, ast.Name) else "attr"
        yield with_(node, func=with_(node.func, **{field: FUNCTIONS[name]}))
    if name in APPLIED:
        yield from node.args
    if name not in IN_ANY_ORDER:
        yield from (with_(node, args=arguments) for arguments in swapped(node.args))
    if name == "range":
        yield from range_faults(node)
    for place, keyword in enumerate(node.keywords):
        if keyword.arg != "strict":  # it refuses, and computes nothing
            yield with_(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])


def range_faults(node: ast.Call) -> Iterator[ast.AST]:
    """A range that begins or ends one earlier or later."""
    for place, bound in enumerate(node.args[:2]):
        yield from (with_(node, args=replaced(node.args, place, new)) for new in shifted(bound))
    if len(node.args) == 1:
        yield with_(node, args=[ONE, *node.args])


# All mutants of an exercise ---------------------------------------------------------------------------


class Folded(ast.NodeTransformer):
    """−1 is a constant, not the negative of one."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return ast.Constant(-node.operand.value)
        return node


def places(node: ast.AST) -> Iterator[tuple[ast.AST, Callable[[ast.AST], None]]]:
    """Each node below this one, and the function that puts another there."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            spots = [(each, partial(value.__setitem__, place)) for place, each in enumerate(value)]
        else:
            spots = [(value, partial(setattr, node, field))]
        for child, put in spots:
            if isinstance(child, ast.AST):
                if not harmless(node, child):
                    yield child, put
                yield from places(child)


def harmless(node: ast.AST, child: ast.AST) -> bool:
    """Whether a change here changes nothing: `strict`, the order of axes, of names set one by one, a −1."""
    if isinstance(node, ast.keyword):
        return node.arg == "strict" or (node.arg == "axis" and isinstance(child, ast.Tuple))
    if isinstance(node, ast.Call) and isinstance(child, ast.Constant):
        return child.value == -1 and ast.unparse(node.func).endswith("reshape")  # it takes −2 for −1
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and child in node.targets


def mutated_sources(function: ast.FunctionDef) -> Iterator[str]:
    """The function's source with one node replaced."""
    for node, put in list(places(function)):
        for other in faults(node):
            put(other)
            yield ast.unparse(function)
            put(node)


def fixed_sources(function: ast.FunctionDef, cases: Sequence[Case]) -> Iterator[str]:
    """The function's source with a parameter taken as fixed, or as another one of its kind."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    constants = [(name, repr(value)) for name in cases[0] for value in fixed_values(cases, name)]
    alike = [
        (one, other)
        for one, other in permutations(cases[0], 2)
        if kind(cases[0][one]) == kind(cases[0][other])
    ]
    for name, value in constants + alike:
        if name in used:
            line = ast.parse(f"{name} = {value}").body
            yield ast.unparse(with_(function, body=line + function.body))


def kind(value: Any) -> tuple[type, int]:
    return type(value), np.ndim(value) if isinstance(value, np.ndarray) else 0


def fixed_values(cases: Sequence[Case], name: str) -> list[Any]:
    """Every plain value that was drawn for the parameter; of many the least, the middle and the largest."""
    values = sorted({case[name] for case in cases if isinstance(case[name], int | float)})
    return values if len(values) <= 8 else [values[0], values[len(values) // 2], values[-1]]


def parsed(name: str) -> ast.FunctionDef:
    """The reference of an exercise as a tree."""
    source = textwrap.dedent(inspect.getsource(EXERCISES[name].reference))
    return Folded().visit(ast.parse(source)).body[0]


def mutants(name: str, cases: Sequence[Case]) -> list[Mutant]:
    """All mutants of an exercise's reference, each source once."""
    function = parsed(name)
    right = ast.unparse(function)
    sources = dict.fromkeys([*mutated_sources(function), *fixed_sources(function, cases)])
    return [Mutant(name, *difference(right, wrong), wrong) for wrong in sources if wrong != right]


def difference(one: str, other: str) -> tuple[str, str]:
    """The lines in which two sources differ."""
    before, after = one.splitlines(), other.splitlines()
    for end in (0, -1):
        while before and after and before[end] == after[end]:
            del before[end], after[end]
    return tuple(" ⏎ ".join(map(str.strip, lines)) for lines in (before, after))


# Judging them -----------------------------------------------------------------------------------------


@contextmanager
def time_limit() -> Iterator[None]:
    """Interrupt what takes too much of the processor, as a reader would."""
    signal.signal(signal.SIGVTALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


class Check(NamedTuple):
    """One check of an exercise, drawn and computed once for all its mutants."""

    seed: str
    exercise: Exercise
    cases: list[Case]
    expected: list[np.ndarray]

    def passes(self, function: Callable[..., Any]) -> bool:
        """Whether `check` would say *passed*; it never asks a second case after a wrong one."""
        return not any(
            complain(self.answer(function, case), right, self.exercise.tolerance)
            for case, right in zip(self.cases, self.expected, strict=True)
        )

    def answer(self, function: Callable[..., Any], case: Case) -> Any:
        answer = call(function, case)
        drawn = isinstance(self.exercise, DrawnExercise) and answer.value is not None
        return number(answer.value[()]) if drawn else answer


def checks(name: str) -> list[Check]:
    exercise = EXERCISES[name]
    seeds = READERS if isinstance(exercise, DrawnExercise) else SEEDS
    drawn = [(seed, exercise.draw_cases(seed)) for seed in seeds]
    return [
        Check(str(seed), exercise, cases, [expect(exercise.reference, case) for case in cases])
        for seed, cases in drawn
    ]


def survivors(made: Iterable[Mutant], asked: Sequence[Check]) -> Iterator[Survivor]:
    """The mutants of one exercise that pass."""
    for mutant in made:
        passes: tuple[str, ...] = ()
        try:
            with time_limit():
                function = mutant.function
                passes = tuple(check.seed for check in asked if check.passes(function))
        except (KeyboardInterrupt, NotImplementedError):
            continue
        if len(passes) == len(asked) or (passes and not isinstance(asked[0].exercise, DrawnExercise)):
            yield Survivor(mutant, passes)


def examined(name: str) -> tuple[list[Mutant], list[Survivor]]:
    """An exercise's mutants, and those that survive."""
    asked = checks(name)
    made = mutants(name, [case for check in asked for case in check.cases])
    return made, list(survivors(made, asked))


def equivalent() -> dict[tuple[str, str, str], str]:
    """Why a mutant is no mistake, by exercise and the lines before and after."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        return {(row["exercise"], row["before"], row["after"]): row["why"] for row in csv.DictReader(file)}


# The command ------------------------------------------------------------------------------------------


def report(name: str) -> tuple[int, list[Survivor]]:
    """Print an exercise's line of the table."""
    made, left = examined(name)
    at_once = sum(survivor.passes[0] in ("0", "ada") for survivor in left)
    print(f"{EXERCISES[name].chapter}  {name:28}{len(made):6}{len(left):6}{at_once:6}", flush=True)
    return len(made), left


def show(survivor: Survivor, known: Iterable[tuple[str, str, str]]) -> str:
    mutant, passes = survivor
    mark = "equivalent" if mutant[:3] in known else "passes: " + ", ".join(passes)
    return f"{mutant.exercise} ({mark})\n  - {mutant.before}\n  + {mutant.after}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Mutants of the exercises' references that pass.")
    parser.add_argument("names", nargs="*", help="exercises or chapters; all by default")
    parser.add_argument("--csv", action="store_true", help="the survivors alone, as rows")
    options = parser.parse_args(arguments)
    wanted = [
        name for name, each in EXERCISES.items()
        if not options.names or {name, each.chapter} & set(options.names)
    ]  # fmt: skip
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    (rows if options.csv else table)(wanted)


def rows(names: Sequence[str]) -> None:
    """Print the survivors as the rows of a CSV file; beside it, how many mutants there were."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["exercise", "before", "after", "passes"])
    every = [examined(name) for name in names]
    for _, left in every:
        out.writerows([*mutant[:3], " ".join(passes)] for mutant, passes in left)
    print(sum(len(made) for made, _ in every), file=sys.stderr)


def table(names: Sequence[str]) -> None:
    """Print a line for each exercise, and each survivor as a small difference."""
    print(f"    {'exercise':28}{'made':>6}{'pass':>6}{'now':>6}")
    counts, left = zip(*map(report, names), strict=True)
    known, every = equivalent(), [survivor for each in left for survivor in each]
    open_ = [survivor for survivor in every if survivor.mutant[:3] not in known]
    print(f"{sum(counts)} mutants, {len(every)} survive, {len(open_)} of them without a reason\n")
    print(*(show(survivor, known) for survivor in every), sep="\n")


if __name__ == "__main__":
    main()

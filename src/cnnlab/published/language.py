"""The language in which a row of the ledger says how its number is computed.

    expression  a computation's name, and its arguments in brackets: `params(alexnet, fc6)`
    argument    a word, which holds no blank, comma or bracket (`conv1+conv2`, `1/8`), or an expression
    between     commas; but "/" in `ratio(… / …)`, "+" and "-" in `total(… + … - …)`, with blanks around

`parse` makes a tree of the text and refuses what could not be computed, with its position; `render` makes the
text of the tree again, and `evaluate` its value. Nobody else cuts an expression up.

A computation is a Python function that `computation` (or `slip`, for a wrong step) has put among
`COMPUTATIONS`. What it takes its parameters say: a `Number` is an expression, worked out before; a `Call` is
an expression that is handed on as it is; `str`, `int`, `float` and `Fraction` are made of a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from inspect import Parameter, signature
from typing import Any, NamedTuple, NoReturn, TypeVar

__all__ = [
    "COMPUTATIONS", "SLIPS", "Call", "Number", "between", "computation", "compute", "evaluate", "names",
    "nearest", "parse", "render", "slip",
]  # fmt: skip

Number = int | Fraction
Function = TypeVar("Function", bound=Callable[..., Number])
COMPUTATIONS: dict[str, Callable[..., Number]] = {}
SLIPS: set[str] = set()  # the names of those that are mistakes
SIGNS: dict[str, str] = {}  # what stands between the arguments of some, instead of commas


class Call(NamedTuple):
    """An expression as a tree: a computation, its arguments, and the sign between each two of them."""

    name: str
    arguments: tuple[str | Call, ...]
    signs: str = ""  # one fewer than arguments: "," or "/", "+", "-"


def between(signs: str) -> Callable[[Function], Function]:
    """Registers what an expression may name, with one of these signs between each two arguments."""

    def registered(function: Function) -> Function:
        name = function.__name__
        if name in COMPUTATIONS:
            raise ValueError(f"two computations are named {name!r}")
        COMPUTATIONS[name], SIGNS[name] = function, signs
        return function

    return registered


def computation(function: Function) -> Function:
    """What an expression may name; ValueError for a name that is taken."""
    return between(",")(function)


def slip(function: Function) -> Function:
    """A wrong step that an expression may name, to say how a number's digits came about."""
    SLIPS.add(function.__name__)
    return computation(function)


def nearest(name: str, known: Iterable[str]) -> str:
    """What a refusal ends with: the known name that was probably meant, or nothing."""
    found = get_close_matches(name, known, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


# A text, a tree ---------------------------------------------------------------------------------------

TOKEN = re.compile(r"[(),]|[^\s(),]+")


class Reader:
    """Takes a text's tokens one after the other; what is wrong it says with the position."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*((found[0], found.start()) for found in TOKEN.finditer(text)), ("", len(text))]
        self.index = 0

    @property
    def here(self) -> str:
        """The next token; "" at the end."""
        return self.tokens[self.index][0]

    @property
    def position(self) -> int:
        return self.tokens[self.index][1]

    def next(self) -> str:
        """The next token, which is passed; the end stays."""
        token = self.here
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def refuse(self, sentence: str, position: int, advice: str = "") -> NoReturn:
        raise ValueError(f"{sentence}, at character {position + 1} of {self.text!r}{advice}")

    def expect(self, accepted: Collection[str], wanted: str) -> str:
        """The next token, if it is one of these."""
        if self.here not in accepted:
            found = repr(self.here) if self.here else "nothing"
            self.refuse(f"{found} stands where {wanted} should", self.position)
        return self.next()

    def word(self, wanted: str) -> str:
        return self.expect({self.here} - {"", "(", ")", ","}, wanted)

    def argument(self, name: str) -> str | Call:
        start, word = self.position, self.word(f"an argument of {name}")
        return self.call(start, word) if self.here == "(" else word

    def call(self, start: int, name: str) -> Call:
        """The expression whose name, which begins at `start`, was read."""
        if name not in COMPUTATIONS:
            self.refuse(f"no computation is named {name!r}", start, nearest(name, COMPUTATIONS))
        self.expect(["("], f"'(' after {name}")
        arguments: list[str | Call] = []
        signs, places = "", [start]
        while self.here != ")":
            if arguments:
                signs += self.expect([*SIGNS[name]], f"{' or '.join(map(repr, SIGNS[name]))} or ')'")
            places.append(self.position)
            arguments.append(self.argument(name))
        self.next()
        call = Call(name, tuple(arguments), signs)
        self.check(call, places)
        return call

    def check(self, call: Call, places: list[int]) -> None:
        """Refuse too few arguments, too many, and one of the wrong kind."""
        try:
            signature(COMPUTATIONS[call.name]).bind(*call.arguments)
        except TypeError as error:
            self.refuse(f"{call.name}: {error}", places[0])
        for (what, kind), argument, place in zip(parameters(call), call.arguments, places[1:], strict=False):
            wanted = "an expression" if kind in (Number, Call) else f"a word, {kind.__name__}"
            if not fits_kind(argument, kind):
                self.refuse(f"{what} of {call.name} is {wanted}, not {render(argument)!r}", place)


def fits_kind(argument: str | Call, kind: Any) -> bool:
    """Whether an argument can be made what a parameter takes."""
    if isinstance(argument, Call) or kind in (Number, Call):
        return isinstance(argument, Call) and kind in (Number, Call)
    try:
        kind(argument)
    except (ValueError, ZeroDivisionError):
        return False
    return True


@cache
def parse(text: str) -> Call:
    """The tree of an expression; ValueError, with the position, for what is none or cannot be computed."""
    reader = Reader(text)
    call = reader.call(reader.position, reader.word("a computation"))
    reader.expect([""], "the end")
    return call


def parameters(call: Call) -> Iterator[tuple[str, Any]]:
    """The name and the type of the parameter that takes each argument."""
    for parameter in signature(COMPUTATIONS[call.name], eval_str=True).parameters.values():
        yield parameter.name, parameter.annotation
        while parameter.kind is Parameter.VAR_POSITIONAL:
            yield parameter.name, parameter.annotation


# A tree, its text, its value, its names ---------------------------------------------------------------


def render(tree: str | Call) -> str:
    """The text of a tree, which `parse` reads: `ratio(size(alexnet, conv1) / printed(2))`."""
    if isinstance(tree, str):
        return tree
    between = ("", *(", " if sign == "," else f" {sign} " for sign in tree.signs))
    arguments = (before + render(argument) for before, argument in zip(between, tree.arguments, strict=False))
    return f"{tree.name}({''.join(arguments)})"


@cache
def evaluate(tree: Call) -> Number:
    """The value of a tree; each part of it is worked out once."""
    kinds = (kind for _, kind in parameters(tree))
    values = []
    for sign, argument, kind in zip((",", *tree.signs), tree.arguments, kinds, strict=False):
        if isinstance(argument, str):
            values.append(kind(argument))
        elif kind is Call:
            values.append(argument)
        else:
            values.append(-evaluate(argument) if sign == "-" else evaluate(argument))
    return COMPUTATIONS[tree.name](*values)


def names(tree: str | Call) -> set[str]:
    """Every word in a tree: computations, networks, layers, numbers."""
    return {tree} if isinstance(tree, str) else {tree.name}.union(*map(names, tree.arguments))


def compute(*words: str) -> Number:
    """The value of an expression, `compute("params(alexnet, fc6)")`, or of a computation and its arguments.

    >>> compute("total(printed(5) + printed(7) - printed(1))")
    Fraction(11, 1)
    >>> compute("conv_weights", "3", "64", "3")
    1728
    """
    text, *arguments = words or ("",)
    return evaluate(parse(text if "(" in text else f"{text}({', '.join(arguments)})"))

"""Wrong steps, to say how the digits of a slip came about."""

from __future__ import annotations

from fractions import Fraction

from cnnlab.published.language import Call, Number, evaluate, slip


@slip
def swapped(place: int, count: Number) -> Number:
    """Two neighbouring digits change places, the first of them in this place."""
    digits = list(f"{float(count):.15g}")
    at = next(i for i, digit in enumerate(digits) if digit in "123456789") + place - 1
    digits[at : at + 2] = reversed(digits[at : at + 2])
    return Fraction("".join(digits))


@slip
def rotated(count: Number) -> Number:
    """The last digit is written first."""
    digits = str(count)
    return int(digits[-1] + digits[:-1])


@slip
def beheaded(count: Number) -> Number:
    """The first digit is lost."""
    return int(str(count)[1:])


@slip
def one_less(count: Number) -> Number:
    """One is missing."""
    return count - 1


@slip
def copied(count: Number) -> Number:
    """The number of another row."""
    return count


@slip
def without(layer: str, counted: Call) -> Number:
    """One layer of the table is left out, of the last pattern that is written."""
    return evaluate(shortened(layer, counted))


def shortened(layer: str, counted: Call) -> Call:
    """The same expression, of all that its last pattern means but this layer."""
    *others, last = counted.arguments
    rest = shortened(layer, last) if isinstance(last, Call) else f"{last}-{layer}"
    return counted._replace(arguments=(*others, rest))


@slip
def inverse(count: Number) -> Number:
    """A ratio turned upside down."""
    return 1 / Fraction(count)


@slip
def times(factor: int, count: Number) -> Number:
    """A product is made with a wrong factor."""
    return factor * count


@slip
def called_million(count: Number) -> Number:
    """Billions that are called millions."""
    return Fraction(count) / 1000


@slip
def days_as_hours(count: Number) -> Number:
    """Days are called hours."""
    return Fraction(count) / 24


@slip
def nothing() -> Number:
    """Left at zero."""
    return 0

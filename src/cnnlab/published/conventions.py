"""Units, rounding and ways of counting: computations of other computations."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, prod

from cnnlab.published.language import Number, between, computation

UNITS: dict[str, Number] = {
    "": 1, "C": 1, "C²": 1, "C²HW": 1, "HWC": 1, "HWC²": 1, "×": 1, "%": Fraction(1, 100),
    "ms": Fraction(1, 1000), "s": 1, "GPU hours": 1,
    "K": 10**3, "M": 10**6, "G": 10**9, "MFLOP": 10**6, "GFLOP": 10**9,
    **{f"10^{power}": 10**power for power in range(6, 11)},
    "KB": 2**10, "MB": 2**20,  # the lectures' bytes are binary, where they do not say so too
}  # fmt: skip

# What is printed, not computed ------------------------------------------------------------------------


@computation
def printed(value: Fraction) -> Number:
    """A number that the same table prints elsewhere, and that is taken from there."""
    return value


@computation
def weighted(*values: Fraction) -> Number:
    """A mean of numbers that the same table prints, each followed by how often it counts."""
    pairs = [*zip(values[::2], values[1::2], strict=True)]
    return sum((value * count for value, count in pairs), Fraction()) / sum(count for _, count in pairs)


@computation
def geometric_mean(*values: float) -> Number:
    """Of ratios that the same table prints."""
    return Fraction(prod(values) ** (1 / len(values)))


@computation
def difference(percent: Fraction, other_percent: Fraction) -> Number:
    """Of two percentages that the same table prints, or the one before it."""
    return (percent - other_percent) / 100


@computation
def machine_hours(machines: int, days: Fraction) -> Number:
    """So many machines, busy for so many days of 24 hours."""
    return 24 * machines * days


# Units ------------------------------------------------------------------------------------------------


@computation
def macs_per_flop() -> Number:
    """A MAC is two floating point operations: a multiplication and an addition."""
    return Fraction(1, 2)


@computation
def float32(count: Number) -> Number:
    """Bytes, four for each number."""
    return 4 * count


@computation
def float16(count: Number) -> Number:
    """Bytes, two for each number."""
    return 2 * count


@computation
def decimal(count: Number) -> Number:
    """Bytes, where MB means a million of them and not 2^20."""
    return count * Fraction(2**20, 10**6)


@computation
def decimal_kb(count: Number) -> Number:
    """Bytes, where KB means a thousand of them and not 2^10."""
    return count * Fraction(2**10, 10**3)


@computation
def binary(count: Number) -> Number:
    """A count, where K means 1,024 and not a thousand."""
    return count * Fraction(10**3, 2**10)


# Rounding ---------------------------------------------------------------------------------------------


def step_of(digits: int, unit: str) -> Fraction:
    """The last of so many decimals of a unit; of "1" where there is none."""
    return UNITS["" if unit == "1" else unit] * Fraction(f"1e-{digits}")


@computation
def cut(digits: int, unit: str, count: Number) -> Number:
    """Digits cut off, not rounded, after so many decimals of a unit."""
    return int(count / step_of(digits, unit)) * step_of(digits, unit)


@computation
def up(digits: int, unit: str, count: Number) -> Number:
    """Rounded up, as lists of files are, to so many decimals of a unit."""
    return ceil(count / step_of(digits, unit)) * step_of(digits, unit)


@computation
def significant(digits: int, count: Number) -> Number:
    """Rounded to so many significant digits first."""
    return Fraction(f"{float(count):.{digits - 1}e}")


# Of several -------------------------------------------------------------------------------------------


@computation
def scaled(size: int, other_size: int, count: Number) -> Number:
    """What belongs to images of one size, times the pixels that those of another have more."""
    return count * Fraction(other_size, size) ** 2


@between("/")
def ratio(count: Number, other: Number) -> Number:
    """The first divided by the second."""
    return Fraction(count) / other


@between("/")
def apart(count: Number, other: Number) -> Number:
    """By what share of the second the two differ."""
    return abs(Fraction(count) - other) / other


@between("+-")
def total(*counts: Number) -> Number:
    """All of them added up; what stands after "-" comes with its sign."""
    return sum(counts)

"""A margin says by how much a comparison holds, whatever is compared, and however comparisons are joined."""

import ast
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from book._tools import margins
from book._tools.seeds import reseeded


@pytest.fixture(autouse=True)
def afresh():
    margins.held.clear()
    margins.margins.clear()


def asserted(source, **names):
    """What the kernel would say of the only claim of a cell."""
    margins.held.clear()
    margins.margins.clear()
    exec(reseeded(source, 0), vars(margins) | names)
    [found] = json.loads(margins.claims_found()).values()
    return tuple(found)


TEXTS = {
    # a cell's claim: whether it holds, and its margin
    "assert 0.96 > 0.95": (True, 1 / 96),
    "assert 0.95 >= 0.96": (False, -1 / 96),
    "assert 1 < 4": (True, 3 / 4),
    "assert 4 <= 4": (True, 0),
    "assert 4 < 4": (False, 0),
    "assert -0.01 < 0.025": (True, 1.4),
    "assert 0 < 0 + 0.0": (False, 0),
    "assert 1 < 2 < 2.5": (True, 0.2),
    "assert 1 < 10 > 8": (True, 0.2),
    "assert 0.3 < 0.4 <= 9 < 10": (True, 0.1),
    "assert 1 < 2 and 3 > 2": (True, 1 / 3),
    "assert (1 < 2 < 8 and 3 > 2) and 9 > 3": (True, 1 / 3),
    "assert 2 < 1 and None < 2": (False, -1 / 2),
    "assert 2 < 1 < None": (False, -1 / 2),
    "for k in (5, 2, 4): assert k > 1": (True, 1 / 2),
    "for k in (5, 2, 3): assert k < 4": (False, -1 / 5),
    "assert float('inf') > 3": (True, 1),
    "assert float('inf') < 3": (False, -1),
    "assert float('inf') <= float('inf')": (True, 0),
    "assert float('-inf') < float('inf')": (True, 1),
    "assert float('nan') < 3": (False, -1),
    "assert -1e308 < 1e308": (True, 2),
    "assert [x for x in 'a' if 1 < 2 < 3][0] != 'b'": (True, None),
    "assert 1 == 1": (True, None),
    "assert 1 < 2 != 3": (True, None),
    "assert 1 < 2 and True": (True, None),
    "assert 1 < 2 or 3 < 2": (True, None),
    "assert (1 < 2 or 3 < 2) and 3 < 4": (True, None),
    "assert not 3 < 2": (True, None),
    "for k in (1, 'a'): assert k < k + k": (True, None),
    "assert all([1 < 2])": (True, None),
    "assert {1} < {1, 2}": (True, None),
    "assert '1' < '2'": (True, None),
    "assert (1, 2) < (1, 3)": (True, None),
    "assert 1 < 10**400": (True, None),
}


@pytest.mark.parametrize("source", TEXTS)
def test_the_margin_of_a_claim(source):
    holds, margin = TEXTS[source]
    assert asserted(source) == (holds, margin if margin is None else pytest.approx(margin))


@pytest.mark.parametrize(
    "four", [4, 4.0, np.float32(4), np.array(4), np.int64(4), torch.tensor(4.0), True + 3]
)
def test_numbers_of_every_library_have_one(four):
    assert asserted("assert 3 < four < 5", four=four) == (True, pytest.approx(0.2))


def test_what_is_compared_is_computed_once():
    """As Python does, or an experiment would run twice."""
    calls = []

    def value(k):
        calls.append(k)
        return k

    assert asserted("assert value(1) < value(2) < value(3)", value=value)[0]
    assert calls == [1, 2, 3]


def test_claims_within_what_is_compared_keep_their_own_margins():
    source = "def f(k):\n    assert k < 10, 'inner'\n    return k\nassert 3 < 6 and f(5) < 5.5, 'outer'"
    exec(reseeded(source, 0), vars(margins).copy())
    found = json.loads(margins.claims_found())
    assert found == {"inner": [True, 0.5], "outer": [True, pytest.approx(0.5 / 5.5)]}


# Against what Python itself says --------------------------------------------------------------------------

NUMBERS = st.one_of(st.integers(-9, 9), st.floats(-1e6, 1e6), st.sampled_from([0.0, math.inf, -math.inf]))
SIGNS = st.sampled_from(["<", "<=", ">", ">="])
CHAINS = st.tuples(NUMBERS, st.lists(st.tuples(SIGNS, NUMBERS), min_size=1, max_size=3))


def written(chain):
    first, rest = chain
    return " ".join([f"n({first!r})", *(f"{sign} n({number!r})" for sign, number in rest)])


def oracle(test):
    """Walk the tree, and stop where Python would: the smallest share of what separates two numbers."""
    if isinstance(test, ast.BoolOp):
        parts = test.values
    else:
        sides = [test.left, *test.comparators]
        parts = [
            ast.Compare(left, [sign], [right])
            for left, sign, right in zip(sides, test.ops, sides[1:], strict=False)
        ]
        if len(parts) == 1:
            low, high = (float(ast.unparse(side).strip("n()")) for side in sides)
            up = isinstance(test.ops[0], ast.Lt | ast.LtE)
            return share(low, high) if up else share(high, low)
    found = []
    for part in parts:
        found.append(oracle(part))
        if not eval(ast.unparse(part), {"n": float, "inf": math.inf}):
            break
    return min(found)


def share(low, high):
    if math.inf in (abs(low), abs(high)):
        return (high > low) - (high < low)
    return (high - low) / max(abs(low), abs(high), 5e-324)


@given(st.lists(CHAINS, min_size=1, max_size=3))
def test_random_comparisons(chains):
    source = " and ".join(map(written, chains))
    holds, margin = asserted(f"assert {source}", n=float, inf=math.inf)
    test = ast.parse(source, mode="eval").body
    assert holds == eval(source, {"n": float, "inf": math.inf})
    assert margin == pytest.approx(oracle(test))
    assert margin >= 0 if holds else margin <= 0


@given(NUMBERS, NUMBERS)
def test_a_margin_has_the_sign_of_what_it_measures(a, b):
    assert margins.margin(a, b) == -margins.margin(b, a)
    assert (margins.margin(a, b) > 0) == (a < b) or abs(a - b) < 1e-300

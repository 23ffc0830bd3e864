"""What stands in for `assert` where experiments are counted, in the chapter's kernel: it imports little.

The margin of `a < b` is (b − a) / max(|a|, |b|): by what part of itself the larger number, if both are
positive, would have to fall before the claim failed. So 0.96 > 0.95 holds by 1 %, and a margin below zero
says by how much a claim fails. An infinite number is far off (±100 %); what is no number fails (−100 %).
"""

import json
import math
import operator
from typing import Any

COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
held: dict[str, bool] = {}
margins: dict[str, list[float | None]] = {}


def claim_holds(name: str, holds: Any) -> None:
    """In the place of an assertion: nothing ends; a claim holds if it held each time."""
    held[name] = held.get(name, True) and bool(holds)


def claim_compares(name: str, left: Any, sign: str, right: Any) -> Any:
    """In the place of `left < right` in an assertion: the same result, and the margin is noted."""
    low, high = (left, right) if sign[0] == "<" else (right, left)
    margins.setdefault(name, []).append(margin(low, high))
    return COMPARED[sign](left, right)


def margin(low: Any, high: Any) -> float | None:
    """By what part of the larger one `low` is below `high`; None for what cannot be read as two numbers."""
    if isinstance(low, str) or isinstance(high, str):
        return None  # "10" is a text, though it can be read as a number
    try:
        low, high = float(low), float(high)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return None
    larger = max(abs(low), abs(high))
    if math.isnan(low) or math.isnan(high):
        return -1.0
    if math.isinf(larger):
        return float((high > low) - (high < low))
    return high / larger - low / larger if larger else 0.0


def claims_found() -> str:
    """Each claim that was asserted, as JSON: whether it held, and its smallest margin, or null."""
    return json.dumps({name: (holds, smallest(margins.get(name, []))) for name, holds in held.items()})


def smallest(found: list[float | None]) -> float | None:
    known = [one for one in found if one is not None]
    return min(known) if known and len(known) == len(found) else None

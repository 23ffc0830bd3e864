"""What the functions in NumPy are given, read and checked: arrays, types, sizes, channels in groups.

Errors: TypeError for values that are no real numbers and sizes that are no integers; ValueError for whatever
does not fit together, with the name and the numbers in the message.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Array", "Pair", "Two", "array_of", "bias_of", "dtypes_of", "group_of", "pair", "real", "whole"]

Array = NDArray[Any]
Two = tuple[int, int]  # rows, columns
Pair = int | Sequence[int]


def array_of(name: str, value: ArrayLike, axes: str) -> Array:
    """The value as an array with these axes, "N, C, H, W"; only the first may be empty."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array, and its mask would be lost: fill it, {name}.filled(0)")
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or array.dtype == np.uint64:
        raise TypeError(f"{name} must hold floats, or integers that fit into int64; got {array.dtype}")
    if array.ndim != axes.count(",") + 1:
        raise ValueError(f"{name} must be [{axes}]; got {array.ndim} axes, shape {array.shape}")
    if 0 in array.shape[1:]:
        raise ValueError(f"{name} [{axes}] may be empty only along its first axis; got shape {array.shape}")
    return array


def bias_of(bias: ArrayLike | None, channels: int) -> Array | None:
    """One value for each output channel, or None."""
    if bias is None:
        return None
    bias = array_of("bias", bias, "O")
    if len(bias) != channels:
        raise ValueError(f"bias holds {len(bias)} values for {channels} output channels")
    return bias


def dtypes_of(*values: ArrayLike | None) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """The type of the result, and the type to compute it in.

    A list takes the precision of the arrays beside it, as a number of Python's does in `np.result_type`.
    """
    arrays = [(hasattr(value, "dtype"), np.asarray(value)) for value in values if value is not None]
    dtype = np.result_type(*(array.dtype if typed else array.dtype.type(0).item() for typed, array in arrays))
    if dtype.kind != "f":
        dtype = np.dtype(np.int64)
    return dtype, np.dtype(np.float32) if dtype == np.float16 else dtype


def real(name: str, value: ArrayLike) -> Array:
    """The value as an array of real numbers, of any shape; booleans are none."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers; got {array.dtype}")
    return array


def whole(name: str, value: Any, least: int = 1) -> int:
    """The value as an integer of at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be made of integers; got {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}; got {number}")
    return number


def pair(name: str, value: Any, least: int = 1) -> Two:
    """Rows and columns: two integers, or one for both."""
    several = isinstance(value, Sequence) and not isinstance(value, str)
    if several and len(value) != 2:
        raise TypeError(f"{name} must be one integer, or two for rows and columns; got {value!r}")
    rows, columns = value if several else (value, value)
    return whole(name, rows, least), whole(name, columns, least)


def group_of(name: str, channels: int, groups: int) -> int:
    """Channels in a group."""
    if not channels or channels % groups:
        raise ValueError(f"{channels} {name} channels cannot be split into {groups} equal groups")
    return channels // groups

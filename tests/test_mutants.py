"""Each fault planted in `conv.py`, or in what it stands on, is killed by the test that is there to see it.

These are the named few. Once, mutmut 2.5.1 planted all it knows: of 545 faults in conv.py, test_conv.py
killed 521 (95.6 %). The 24 survivors change no value, no message and no refusal: type aliases, BLOCK_BYTES,
`copy=True`, `strict` of zips over equal lengths, a canvas larger than what is cut from it, a reshape to −2.
That was before tiles of 6×6 and long rows.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
import test_conv
from hypothesis.errors import FlakyFailure

from cnnlab import arguments, conv

pytestmark = test_conv.pytestmark


class Mutant(NamedTuple):
    line: str  # occurs once
    fault: str  # stands there instead
    killer: str  # the test of test_conv.py that must fail
    rung: str = ""  # which it is given
    room: ModuleType | None = None  # where it is, if not in the tested one itself


VALUES = "test_every_rung_has_torchs_values"
MUTANTS = {
    "padding off by one": Mutant(
        "return (rows, rows), (columns, columns)", "return (rows, rows), (columns + 1, columns)",
        VALUES, "conv2d",
    ),
    "odd zero of same before": Mutant(
        "(columns // 2, columns - columns // 2)", "(columns - columns // 2, columns // 2)", VALUES, "conv2d"
    ),
    "dilation ignored": Mutant("::dh, ::dw]", ": kernel_size[0], : kernel_size[1]]", VALUES, "conv2d"),
    "stride of rows for columns": Mutant("::sh, ::sw, ::dh", "::sh, ::sh, ::dh", "test_im2col_is_unfold"),
    "groups mixed": Mutant("first = o // out_group", "first = o % p.groups", VALUES, "conv2d_loops"),
    "height and width swapped": Mutant(
        "(sh, sw), (dh, dw) = stride, dilation", "(sw, sh), (dw, dh) = stride, dilation",
        "test_im2col_is_unfold",
    ),
    "kernel flipped": Mutant(
        "*self.weight.shape[1:])", "*self.weight.shape[1:])[..., ::-1, ::-1]",
        "test_an_impulse_shows_the_kernel_turned_around",
    ),
    "bias per pixel": Mutant(
        "out += bias[:, None, None]", "out += np.resize(bias, out.shape[2:])", VALUES, "conv2d"
    ),
    "every block the first": Mutant(
        "slice(top, top + rows_each)", "slice(0, min(rows_each, rows - top))",
        "test_conv2d_in_many_blocks_is_conv2d_in_one",
    ),
    "integers overflow": Mutant(
        "dtype = np.dtype(np.int64)", "dtype = np.dtype(np.int16)",
        "test_integers_are_exact_and_do_not_overflow", "conv2d", arguments,
    ),
    "columns overwrite each other": Mutant(
        "+= stamps[:, :, u, v]", "= stamps[:, :, u, v]", "test_col2im_is_fold"
    ),
    "groups of the transpose mixed": Mutant(
        "reshape(groups, in_group, weight[0].size)",
        "reshape(in_group, groups, weight[0].size).swapaxes(0, 1)",
        "test_conv_transpose2d_has_torchs_values",
    ),
    "images of a block mixed": Mutant("rows, :], 0, 4)", "rows, :], 0, 5)", VALUES, "conv2d_blocks"),
    "long rows cut at the wrong end": Mutant(
        "across)[..., :width]", "across)[..., -width:]", "test_long_rows_have_torchs_values"
    ),
    "infinity at the wrong end": Mutant(
        "m.shape[1] - 1) for m", "0) for m", "test_winograd_has_torchs_values", "conv2d_winograd"
    ),
    "a transform of one side": Mutant(
        "np.matmul(half, w.output.T,", "np.matmul(half, w.output.T[::-1],",
        "test_winograd_has_torchs_values", "conv2d_winograd4",
    ),
    "points that lose digits": Mutant(
        "(0, 3 / 4, -3 / 4, 3 / 2, -3 / 2)", "(0, 1, -1, 2, -2)", "test_the_points_cost_few_digits"
    ),
    "a NaN left in its tile": Mutant(
        "np.isfinite(tiled := _of_tiles(p, F4)).all()", "(tiled := _of_tiles(p, F4)).size",
        "test_what_is_not_finite_reaches_no_neighbour_in_its_tile",
    ),
    "spectrum not conjugated": Mutant(".conj()", "", VALUES, "conv2d_fft"),
}  # fmt: skip


def source(room: ModuleType) -> str:
    return Path(str(room.__file__)).read_text(encoding="utf-8")


def load(room: ModuleType, text: str) -> ModuleType:
    module = ModuleType(room.__name__)
    exec(compile(text, f"{room.__name__} under test", "exec"), module.__dict__)
    return module


def run(conv: ModuleType, test: str, rung: str) -> None:
    getattr(test_conv, test)(conv=conv, **({"rung": rung} if rung else {}))


def planted(mutant: Mutant, tested: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tested room with the fault in it, or standing on a room that has it."""
    sound = source(mutant.room or tested)
    assert sound.count(mutant.line) == 1, f"{mutant.room or tested} has changed: plant this fault anew"
    faulty = load(mutant.room or tested, sound.replace(mutant.line, mutant.fault))
    if mutant.room is None:
        return faulty
    monkeypatch.setitem(sys.modules, mutant.room.__name__, faulty)
    return load(tested, source(tested))


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_mutant_is_killed(mutant, monkeypatch):
    faulty = planted(mutant, conv, monkeypatch)
    with pytest.raises(
        (AssertionError, FlakyFailure)
    ):  # what a fault leaves unwritten differs from run to run
        run(faulty, mutant.killer, mutant.rung)


@pytest.mark.parametrize(("test", "rung"), sorted({(m.killer, m.rung or "") for m in MUTANTS.values()}))
def test_without_a_fault_the_killers_pass(test, rung):
    run(load(conv, source(conv)), test, rung)

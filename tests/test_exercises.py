"""The tests of the tests: what `check` accepts, what it refuses, and that it says why."""

import csv
import functools
import inspect
import json
import math
import re
import string
import subprocess
import sys
import traceback
import warnings
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cnnlab import conv, exercises
from cnnlab.exercises import EXERCISES, check, core, draw, progress, solution, solution_source
from cnnlab.exercises.core import Answer, DrawnExercise, Judgement, expect, judge, plain
from cnnlab.exercises.shown import Verdict

WRITTEN = [name for name, exercise in EXERCISES.items() if not isinstance(exercise, DrawnExercise)]
DRAWN = [name for name in EXERCISES if name not in WRITTEN]
# Eight seeds at every edit, the others before a push: each is judged once.
SEEDS = [range(8), pytest.param(range(8, 200), marks=pytest.mark.slow)]


@pytest.fixture
def once(monkeypatch):
    """Each function computes each case once, however often judging asks: that is half of the time."""
    known = {}

    def expect_once(function, case):
        if (function, id(case)) not in known:
            value = expect(function, case)
            value.flags.writeable = False  # for all who ask
            known[function, id(case)] = case, value  # a case that is kept keeps its id
        return known[function, id(case)][1]

    monkeypatch.setattr(core, "expect", expect_once)


def judged(exercise, cases, function):
    return judge(exercise, cases, [plain(core.expect(function, case)) for case in cases])


def message(name, answer, reader="reader"):
    verdict = check(name, answer, reader)
    assert verdict.points == 0
    assert verdict.judgement.status == "failed"
    return verdict.judgement.message


BEYOND = {"count_step", "count_scaled", "count_traffic"}  # one number each, which Python's own integers hold


def fits_32_bits(exercise, case):
    """NumPy in WebAssembly sums and multiplies in 32 bits: a right answer would come out wrong there."""
    right = core.expect(exercise.reference, case)
    return right.dtype.kind == "f" or abs(right).max(initial=0) < 2**31 or exercise.name in BEYOND


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("seeds", SEEDS, ids="few many".split())
@pytest.mark.parametrize("name", EXERCISES)
def test_on_every_seed_the_reference_passes_and_every_misconception_is_named(name, seeds):
    exercise = EXERCISES[name]
    for seed in seeds:
        cases = exercise.draw_cases(seed)
        assert judged(exercise, cases, exercise.reference) == Judgement("passed")
        assert [case for case in cases if not fits_32_bits(exercise, case)] == []
        for says, wrong in exercise.misconceptions.values():
            assert judged(exercise, cases, wrong) == Judgement("failed", says)


def handed_over(name, function):
    """What `check` is given by a reader whose function this is: itself, or its number for the draw."""
    if name in DRAWN:
        return function(**draw(name, "ada").values)
    arguments = list(EXERCISES[name].draw_cases(0)[0])
    return lambda *values: function(**dict(zip(arguments, values, strict=True)))


@pytest.mark.parametrize("name", EXERCISES)
def test_a_reader_who_has_it_is_told_that_misconception(name, monkeypatch):
    """The draws are those of one reader, so they are drawn once."""
    drawn = EXERCISES[name].draw_cases("ada" if name in DRAWN else 0)
    monkeypatch.setattr(core.Exercise, "draw_cases", lambda *_: drawn)
    for says, wrong in EXERCISES[name].misconceptions.values():
        verdict = check(name, handed_over(name, wrong), "ada")
        assert (verdict.points, verdict.judgement) == (0, Judgement("failed", says))
        assert says in verdict._repr_html_().replace("&#x27;", "'")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_shown_solution_is_self_contained_and_passes(name):
    namespace = {"np": np, "draw": draw, "READER": "grace"}
    exec(solution_source(name), namespace)
    answer = namespace[f"{name}_answer" if name in DRAWN else name]
    assert check(name, answer, "grace").judgement == Judgement("passed")
    assert check(name, answer, "grace").points == EXERCISES[name].points


@pytest.mark.parametrize("name", EXERCISES)
def test_the_untouched_stub_scores_nothing(name):
    def stub(*arguments):
        raise NotImplementedError

    verdict = check(name, ... if name in DRAWN else stub)
    assert verdict.points == 0
    assert verdict.judgement == Judgement("not attempted")
    assert "not attempted yet" in repr(verdict)


@pytest.mark.parametrize("name", EXERCISES)
def test_references_are_short_and_the_ways_to_be_wrong_are_many(name):
    exercise = EXERCISES[name]
    assert len(inspect.getsource(exercise.reference).splitlines()) <= 20
    wide = [line for line in exercise.solution().splitlines() if len(line) > 79]
    assert wide == [], "a line of 79 columns at most; the last one of a count is as long as its name twice"
    assert len(exercise.misconceptions) >= 4, "four mistakes at least"
    said = [says for says, _ in exercise.misconceptions.values()]
    short = [says for says in said if len(says) <= 40 or not says.endswith((".", ")"))]
    assert short == [], "a sentence of more than 40 letters answers a mistake"


class EqualToEverything:
    shape, dtype, ndim = (), np.dtype(float), 0

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        raise AssertionError("the grader asked an impostor what it is")

    __hash__ = None


class TamedArray(np.ndarray):
    def __abs__(self):
        return np.zeros(self.shape)


def correct(image, kernel, stride):
    return EXERCISES["correlate_stride"].reference(image, kernel, stride)


class Unprintable(Exception):
    def __str__(self):
        raise ValueError


def crash(error):
    raise error


BAD_ANSWERS = {
    "None": (lambda *a: None, "None"),
    "an impostor": (lambda *a: EqualToEverything(), "EqualToEverything"),
    "a tamed subclass": (lambda *a: correct(*a).view(TamedArray), "TamedArray"),
    "a list": (lambda *a: correct(*a).tolist(), "list"),
    "objects": (lambda *a: correct(*a).astype(object), "object"),
    "complex numbers": (lambda *a: correct(*a).astype(complex), "complex128"),
    "text": (lambda *a: "passed", "str"),
    "integers": (lambda *a: correct(*a).astype(int), "integers"),
    "booleans": (lambda *a: correct(*a).astype(bool), "True or False"),
    "NaN": (lambda *a: correct(*a) * np.nan, "NaN"),
    "another shape": (lambda *a: correct(*a).ravel(), "shape"),
    "a number": (lambda *a: 3.0, "single number"),
    "other values": (lambda *a: correct(*a) + 1, "differ"),
    "slightly other values": (lambda *a: correct(*a) * 1.001, "differ"),
    "a crash": (lambda *a: 1 / 0, "ZeroDivisionError: division by zero"),
    "a crash that no one catches": (lambda *a: crash(GeneratorExit()), "GeneratorExit"),
    "a crash without words": (lambda *a: crash(Unprintable()), "cannot be printed"),
    "an exit": (lambda *a: sys.exit(), "SystemExit"),
    "wrong arguments": (lambda: None, "TypeError"),
    "an endless loop, interrupted": (lambda *a: (_ for _ in ()).throw(KeyboardInterrupt), "interrupted"),
    "no function": (np.zeros((4, 4)), "function itself"),
}


@pytest.mark.parametrize("bad", BAD_ANSWERS)
def test_a_bad_answer_fails_with_a_clear_sentence(bad):
    answer, expected = BAD_ANSWERS[bad]
    assert expected in message("correlate_stride", answer)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (None, "NoneType"),
        (EqualToEverything(), "EqualToEverything"),
        ("5", "str"),
        ([5], "list"),
        ((202, 852), "without commas"),
        (True, "bool"),
        (np.zeros(2), "ndarray"),
        (5.5, "floating-point"),
        (float("nan"), "not a number"),
        (-np.inf, "far too large"),
        (2**64, "far too large"),
    ],
)
def test_a_bad_number_fails_with_a_clear_sentence(bad, says):
    assert says in message("count_macs", bad)


def test_a_crash_names_the_line():
    def answer(image, kernel, stride):
        return image @ kernel @ image

    assert message("correlate_stride", answer).endswith("return image @ kernel @ image")


def test_a_reader_may_be_anything_and_how_it_is_typed_does_not_matter():
    assert draw("count_macs", 12345)._repr_html_().startswith('<div class="cnnlab-task">')
    assert draw("count_macs", " Zoe\u0308 ").values == draw("count_macs", "zo\u00eb").values
    assert draw("count_macs", "\ud800").question
    right = EXERCISES["count_macs"].reference(**draw("count_macs", "Ada").values)
    assert check("count_macs", right, "ada").points == 2


@pytest.mark.parametrize("name", [["x"], None, 3, lambda: None])
def test_arguments_the_wrong_way_round_are_told_so(name):
    assert "First the name" in message(name, "correlate_stride")


def test_float32_is_accepted_and_so_is_any_integer_type():
    assert check("correlate_stride", lambda *a: correct(*a).astype(np.float32)).points == 2
    right = EXERCISES["count_macs"].reference(**draw("count_macs").values)
    for number in (right, np.int64(right), float(right), np.float64(right)):
        assert check("count_macs", number).points == 2


@pytest.mark.parametrize("kind", [Fraction, Decimal, np.array, lambda n: np.array(float(n))])
def test_a_count_may_be_an_exact_fraction_a_decimal_or_an_array_without_axes(kind):
    right = EXERCISES["count_scaled"].reference(**draw("count_scaled", "ada").values)
    assert check("count_scaled", kind(right), "ada").points == 2
    assert message("count_scaled", kind(2 * right), "ada").endswith("too large, by a factor of 2.")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Fraction(11, 2), "fraction"),
        (Decimal("5.5"), "fraction"),
        (Decimal("NaN"), "not a number"),
        (Decimal("Infinity"), "far too large"),
        (Fraction(10**30), "far too large"),
        (np.array(5.5), "fraction"),
        (np.array(True), "bool"),
        (np.array(None), "NoneType"),
        (np.array([5]), "ndarray"),
    ],
)
def test_what_is_no_count_in_them_is_told_so(value, says):
    assert says in message("count_scaled", value)


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (55.00000000000001, 55),
        (51609231359999.98, 51609231360000),
        (np.float64(2.9999999999999996), 3),
        (-0.0, 0),
    ],
)
def test_a_float_that_its_last_bits_keep_from_a_whole_number_is_that_number(value, whole):
    given = core.number(value).value
    assert (given.dtype.kind, given) == ("i", whole)


@pytest.mark.parametrize(
    "value", [55.0000001, 0.1, 1048576.5, np.float32(1048576.5), 2.0**40 + 0.125, 1e-300]
)
def test_a_fraction_stays_one(value):
    given = core.number(value).value
    assert (given.dtype.kind, given) == ("f", value)


def test_a_side_that_is_cut_after_it_was_scaled_is_right():
    """1.15 · 100 is 114.99999999999999: such a side is not drawn."""
    for reader in map(str, range(50)):
        layers, channels, size = draw("count_scaled", reader).values.values()
        number = int(1.2 * layers) * 9 * int(1.1 * channels) ** 2 * int(1.15 * size) ** 2
        assert check("count_scaled", number, reader).points == 2


def test_decimal_factors_multiplied_in_any_order_are_right():
    """1.2 · 9 · (1.1 · C)² · (1.15 · W)²: two products in three miss the whole number by some bits."""
    for reader in map(str, range(50)):
        task = draw("count_scaled", reader).values
        layers, channels, size = task.values()
        number = 1.2 * layers * 9 * (1.1 * channels) ** 2 * (1.15 * size) ** 2
        assert check("count_scaled", number, reader).points == 2
        assert check("count_scaled", number * (1 + 1e-12), reader).points == 0


@pytest.mark.parametrize("kind", [int, float])
def test_zeros_have_no_kind_of_their_own(kind):
    """`max(0, x)` in nested lists makes whole zeros, and np.zeros makes floats."""
    right = np.zeros((2, 3), dtype=float if kind is int else int)
    assert core.complain(plain(right.astype(kind)), right, 1e-6) == ""
    assert "should hold" in core.complain(plain((right + 1).astype(kind)), right + 1, 1e-6)
    assert core.complain(plain(right.astype(kind)), right + 1, 1e-6) == core.DIFFER
    assert "True or False" in core.complain(plain(right.astype(bool)), right, 1e-6)


@pytest.mark.parametrize(
    "spoil", [lambda a: a.fill(0), lambda a: a.sort(), lambda a: a.resize(1, refcheck=False)]
)
def test_an_answer_that_changes_its_input_fails(spoil):
    def answer(image, kernel, stride):
        result = correct(image, kernel, stride)
        spoil(image)
        return result

    assert "`image`" in message("correlate_stride", answer)


def test_patching_numpy_changes_nothing(monkeypatch):
    for name in ["allclose", "array_equal", "isclose", "abs", "all", "max", "any"]:
        monkeypatch.setattr(np, name, lambda *a, **k: True)
    assert message("correlate_stride", lambda *a: a[0]).startswith("The shape")
    assert message("correlate_stride", lambda *a: correct(*a) + 1) == "The values differ."


# Faults that no mistake stands for, and whose one small number was now and then that of another mistake.
UNNAMED = [
    ("over_budget", {"4 * (": "5 * ("}),
    ("over_budget", {"4 * (": "3 * ("}),
    ("explain_total", {"2 * macs + biases": "2 * macs - biases"}),
    ("unet_output", {"size = size - 4\n        if": "size = size - 5\n        if"}),
    ("columns_heard", {"while heard[1:-1]": "while heard[1:]"}),
    ("best_within", {"== accuracy[fits].max()": "!= accuracy[fits].max()"}),
    ("affordable_width", {"return d": "return min(d, channels)"}),
    ("affordable_width", {"return d": "return min(d, 256)"}),
    ("largest_rank", {"return int(share * whole // each)": "return min(int(share * whole // each), 100)"}),
    ("largest_rank", {"return int(share * whole // each)": "return min(int(share * whole // each), 500)"}),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "change"), UNNAMED)
def test_one_small_number_is_asked_for_so_often_that_no_fault_is_called_another(name, change):
    exercise = EXERCISES[name]
    wrong, known = exercise.changed(change), {says for says, _ in exercise.misconceptions.values()}
    for seed in range(25):
        verdict = judged(exercise, exercise.draw_cases(seed), wrong)
        assert (verdict.status, verdict.message in known) == ("failed", False)


def test_a_failing_case_shows_input_expected_and_got_and_is_the_smallest():
    verdict = check("correlate_stride", lambda *a: correct(*a) + 1)
    lines = verdict.judgement.detail.splitlines()
    assert [line.split(" =")[0] for line in lines if " =" in line] == [
        "image", "kernel", "stride", "expected", "got",
    ]  # fmt: skip
    cases = EXERCISES["correlate_stride"].draw_cases(0)
    smallest = min(cases, key=lambda case: case["image"].size + case["kernel"].size + case["stride"])
    right = correct(**smallest)
    assert verdict.judgement.detail == EXERCISES["correlate_stride"].show(smallest, right, right + 1)


def test_many_small_maps_have_a_line_each():
    kernels = np.eye(9).reshape(9, 3, 3)
    assert core.lay_out(kernels).splitlines()[2] == "   [[0. 1. 0.] [0. 0. 0.] [0. 0. 0.]]"
    assert len(core.lay_out(kernels).splitlines()) == 10
    assert (
        len(core.lay_out(kernels.reshape(3, 3, 9)).splitlines()) == 12
    )  # longer rows stay one below the other
    shown = repr(check("shift_kernels", lambda *a: np.roll(EXERCISES["shift_kernels"].reference(*a), 1, 1)))
    assert len(shown.splitlines()) <= 30


@pytest.mark.parametrize("name", DRAWN)
def test_a_wrong_count_does_not_reveal_the_right_one(name):
    right = str(int(expect(EXERCISES[name].reference, draw(name).values)))
    verdict = check(name, 5)
    assert right not in repr(verdict) + verdict._repr_html_() + repr(draw(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_a_draw_belongs_to_its_reader(name):
    assert draw(name, "ada") == draw(name, "ada")
    assert str(draw(name, "ada").number) in repr(draw(name, "ada"))
    tasks = [draw(name, f"reader {number}") for number in range(300)]
    answers = {int(expect(EXERCISES[name].reference, task.values)) for task in tasks}
    assert len(answers) >= 0.95 * len(tasks), "neighbours share an answer: draw from more values"
    assert len({task.number for task in tasks}) >= 0.95 * len(tasks)


def test_progress_lists_the_points_of_this_session(monkeypatch):
    monkeypatch.setattr(exercises, "_verdicts", {})
    total = sum(exercise.points for exercise in EXERCISES.values() if exercise.chapter == "01")
    assert repr(progress()).startswith(f"Chapter 01: 0 of {total} points")
    check("correlate_stride", correct)
    assert repr(progress()).startswith(f"Chapter 01: 2 of {total} points")
    assert check("correlate_stride", lambda *a: None).points == 0
    check("output_size", lambda *a: None)
    check("correlate_stride", lambda *a: 0)
    assert repr(progress()).startswith(f"Chapter 01: 2 of {total} points")  # once earned, they stay
    assert "correlate_stride" in progress()._repr_html_()


def test_an_unknown_name_is_answered_with_a_near_one():
    assert "'count_macs'" in message("count_mac", 5)
    with pytest.raises(ValueError, match="'count_macs'"):
        solution("count_mac")
    with pytest.raises(ValueError, match="draws nothing"):
        draw("correlate_stride")
    with pytest.raises(ValueError, match="01"):
        progress("99")
    assert progress(1) == progress("01")


def test_html_is_escaped():
    html = Verdict("<b>", 1, Judgement("failed", "a < b", "<pre>"))._repr_html_()
    assert "<b>" not in html
    assert "a &lt; b" in html


def test_a_solution_is_folded_and_its_text_is_the_source():
    assert repr(solution("output_size")) == solution_source("output_size")
    assert solution("output_size")._repr_html_().startswith('<details class="cnnlab-solution">')


def test_cases_that_cannot_tell_misconceptions_apart_are_an_error():
    from dataclasses import replace

    exercise = EXERCISES["output_size"]
    same = {"size": 8, "kernel_size": 2, "stride": 1, "padding": 0, "dilation": 1}
    with pytest.raises(RuntimeError, match="output_size: 200 draws"):
        replace(exercise, cases=lambda rng: same).draw_cases(0)


def test_an_answer_with_a_problem_in_one_case_only_is_not_diagnosed_as_a_misconception():
    exercise = EXERCISES["output_size"]
    cases = exercise.draw_cases(0)
    wrong = exercise.misconceptions["one forgotten"].wrong
    answers = [plain(expect(wrong, case)) for case in cases[:-1]] + [Answer(None, "It crashed.")]
    assert judge(exercise, cases, answers).message in ("The values differ.", "It crashed.")


def careless_entropy(base):
    def answer(logits):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return -(shares * np.log(shares)).sum(axis=1).mean() / np.log(base)

    return answer


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_mistake_is_named_beside_0_log_0_and_0_log_0_is_not_called_a_mistake_by_name():
    assert "bits" in message("coupling_entropy", careless_entropy(2))
    assert "NaN" in message("coupling_entropy", careless_entropy(np.e))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_far_apart_means_also_that_the_right_class_is_far_below():
    def answer(*scores_and_labels):
        *scores, labels, training = scores_and_labels
        shares = [np.exp(z - z.max(axis=1, keepdims=True)) for z in scores]
        shares = [p / p.sum(axis=1, keepdims=True) for p in shares]
        main, *heads = [-np.log(p[np.arange(len(labels)), labels]).mean() for p in shares]
        return main + 0.3 * sum(heads) if training else main

    assert message("loss_with_heads", answer) == "The values differ."


def test_the_lower_of_two_numbers_is_a_float_where_the_peak_is_the_bound():
    def answer(flops, bytes_moved, peak, bandwidth):
        return np.array([min(peak, a / b * bandwidth) for a, b in zip(flops, bytes_moved, strict=True)])

    assert check("roofline", answer).points == 1


def test_the_exercises_do_not_import_torch():
    program = "import sys, cnnlab.exercises; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_what_gave_no_value_got_nothing():
    assert check("output_size", lambda *sizes: None).judgement.detail.splitlines()[-1] == "got = nothing"


# ---- What a class run will not accept is said at once ----


def uses_torch_inside(size, kernel_size, stride, padding, dilation):
    import torch

    return int(torch.tensor(reference_size(size, kernel_size, stride, padding, dilation)))


def calls_the_book(image, kernel, stride):
    return conv.conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]


class WithHelper:
    def __call__(self, *sizes):
        return calls_a_helper(*sizes)


def calls_a_helper(*sizes):
    return uses_torch_inside(*sizes)


def has_a_default_of_torch(size, kernel_size, stride, padding, dilation, dtype=torch.int64):
    return reference_size(size, kernel_size, stride, padding, dilation)


class Layer(torch.nn.Module):
    def forward(self, *sizes):
        return reference_size(*sizes)


def calls_a_layer(*sizes):
    return Layer().forward(*sizes)


reference_size = EXERCISES["output_size"].reference


@pytest.mark.parametrize(
    ("name", "answer", "what"),
    [
        ("output_size", uses_torch_inside, "torch"),
        ("output_size", calls_a_helper, "torch"),
        ("output_size", WithHelper(), "torch"),
        ("output_size", partial(calls_a_helper), "torch"),
        ("output_size", has_a_default_of_torch, "torch"),
        ("output_size", calls_a_layer, "torch"),
        ("correlate_stride", calls_the_book, "conv"),
    ],
)
def test_what_a_class_run_does_not_have_is_said_by_a_check_that_passes(monkeypatch, name, answer, what):
    functions = uses_torch_inside, calls_the_book, calls_a_helper, has_a_default_of_torch, calls_a_layer
    for own in (*functions, WithHelper, WithHelper.__call__, Layer, Layer.forward):
        monkeypatch.setattr(own, "__module__", "__main__")  # as in a notebook
    reference = EXERCISES["output_size"].reference
    monkeypatch.setattr(reference, "__module__", "__main__")
    verdict = check(name, answer)
    assert verdict.points > 0
    assert re.search(rf"uses (\w+, )*{what}(, \w+)*, which a class run does not have", repr(verdict))


RESTING_ON_TORCH = {
    "a cache": "answer = functools.cache(by_torch)",
    "a vectorized function": "each = np.vectorize(by_torch)\ndef answer(*s): return int(each(*s))",
    "a static method": "class A:\n    size = staticmethod(by_torch)\nanswer = A.size",
    "a property": "class A:\n    size = property(lambda self: by_torch)\ndef answer(*s): return A().size(*s)",
    "an attribute": "class A: one = torch.tensor(1)\ndef answer(*s): return right(*s) * int(A.one)",
    "a dictionary": "ones = {1: [torch.tensor(1)]}\ndef answer(*s): return right(*s) * int(ones[1][0])",
    "a keyword": "answer = functools.partial(lambda *s, one: right(*s) * int(one), one=torch.tensor(1))",
}


@pytest.mark.parametrize("code", RESTING_ON_TORCH.values(), ids=RESTING_ON_TORCH)
def test_what_an_answer_rests_on_is_found_wherever_it_is_kept(code):
    names = {"__name__": "__main__", "functools": functools, "np": np, "torch": torch}
    exec("right = lambda *s: (s[0] + 2 * s[3] - s[4] * (s[1] - 1) - 1) // s[2] + 1", names)
    exec("def by_torch(*sizes): return int(torch.tensor(right(*sizes)))", names)
    exec(code, names)
    verdict = check("output_size", names["answer"])
    assert (verdict.points, "uses torch, which" in repr(verdict)) == (1, True)


def test_what_a_class_run_has_is_not_complained_of():
    def answer(image, kernel, stride):
        own = SimpleNamespace(conv=math.fsum)  # an attribute is not the notebook's `conv`
        windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride]
        return np.array([[own.conv((window * kernel).ravel()) for window in row] for row in windows])

    answer.__module__ = "__main__"
    assert check("correlate_stride", answer).judgement == Judgement("passed")


class Rude:
    def __str__(self):
        raise SystemExit


class Namer(type):
    @property
    def __name__(cls):
        raise KeyboardInterrupt


class Nameless(metaclass=Namer):
    pass


@pytest.mark.parametrize("arguments", [(5, Rude()), (Rude(), "ada"), (Nameless(), "ada")])
def test_check_never_raises_whatever_is_handed_over(arguments):
    assert check("count_macs", *arguments).points == 0


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        (9, "too large, by a factor of 9."), (1 / 2, "too small, by a factor of 2."),
        (3 / 2, "too large, by a factor of 3/2."), (1.1, "too large."), (0, "too small."), (-1, "too small."),
    ],
)  # fmt: skip
def test_an_unnamed_count_is_told_how_far_it_is_off(factor, says):
    right = int(expect(EXERCISES["count_macs"].reference, draw("count_macs", "ada").values))
    assert message("count_macs", int(right * factor), "ada").endswith(says)


def test_how_far_a_count_is_off_is_told_where_its_square_has_no_room_in_64_bits():
    right = np.array(8_468_390_700_000)
    assert core.how_far(2 * right, right) == "Your number is too large, by a factor of 2."
    assert core.how_far(right - 1, right) == "Your number is too small."


def test_a_count_with_a_fraction_is_told_what_a_network_rounds_and_nothing_of_arrays():
    """Half of 19 pixels on a side: they were divided, and not rounded."""
    said = message("count_block", 13 * 37**2 * (19 / 2) ** 2, "bob")
    assert "the network rounds at once" in said
    assert "np.zeros" not in said


def test_whole_numbers_are_compared_exactly():
    right = int(expect(EXERCISES["count_macs"].reference, draw("count_macs", "ada").values))
    assert right > 1_000_000
    assert check("count_macs", right + 1, "ada").points == 0


def test_a_name_that_another_exercise_has_is_refused():
    with pytest.raises(
        ValueError, match="'output_size' is an exercise of chapter 01, and another of chapter 77"
    ):
        exercises.add([EXERCISES["output_size"]], "77")


def mistaken(*mistakes, says="A sentence of more than forty letters, which answers the mistake."):
    """An exercise of chapter 01 with other mistakes: rows of a name and of what it does to the reference."""
    return replace(EXERCISES["output_size"], mistakes=[core.wrong(*each, says) for each in mistakes])


RETURNS = "    return " + EXERCISES["output_size"].solution().partition("return ")[2]


@pytest.mark.parametrize(
    ("mistakes", "sentence"),
    [
        (
            [("harmless", {RETURNS: f"{RETURNS} + 0"})],
            "200 draws of 36 cases, and in the last 'harmless' differs from the reference in 0, not 3",
        ),
        ([("one", {"return ": "return "}), ("one", {"return ": "return -"})], "two mistakes are named 'one'"),
    ],
)
def test_who_writes_mistakes_is_told_which_is_none(mistakes, sentence):
    with pytest.raises((RuntimeError, ValueError), match=sentence):
        mistaken(*mistakes).draw_cases(0)


def test_two_mistakes_that_are_one_are_told_apart_by_nobody():
    one = core.wrong("one", {"return ": "return -"}, "One sentence.")
    twice = replace(EXERCISES["output_size"], mistakes=[one, one._replace(name="again", says="Another.")])
    with pytest.raises(RuntimeError, match="in the last 'again' differs from 'one' in 0, not 1"):
        twice.draw_cases(0)


@pytest.mark.parametrize("text", ["return )", "return nothing"])
def test_a_mistake_that_cannot_run_is_named_by_its_traceback(text):
    with pytest.raises((SyntaxError, NameError)) as raised:
        mistaken(("broken", {RETURNS: text.rjust(len(text) + 4)})).draw_cases(0)
    assert "<output_size, broken>" in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("chapter", sorted({each.chapter for each in EXERCISES.values()}))
def test_every_exercise_of_a_module_is_listed(chapter):
    module = import_module(f"cnnlab.exercises.ch{chapter}")
    written = {each.name for each in vars(module).values() if isinstance(each, core.Exercise)}
    assert sorted(written - EXERCISES.keys()) == [], f"not in `EXERCISES` of {module.__name__}"
    told = "seven eight nine ten eleven twelve thirteen fourteen".split()[len(module.EXERCISES) - 7]
    assert f": {told} exercises, " in module.__doc__, "its docstring says how many there are"


@pytest.mark.parametrize("name", DRAWN)
def test_a_question_gives_what_is_drawn(name):
    """What it leaves out nobody could count with; what is not drawn it cannot say."""
    asked = {field for _, field, _, _ in string.Formatter().parse(EXERCISES[name].question) if field}
    assert asked == EXERCISES[name].draw_cases("ada")[0].keys()


def test_a_mistake_may_be_written_as_a_change_of_the_references_text():
    exercise = EXERCISES["output_size"]
    case = {"size": 9, "kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1}
    text = exercise.solution().splitlines()[-1].strip()
    assert exercise.changed({text: "return 7"})(**case) == 7
    assert exercise.reference(**case) == 5
    with pytest.raises(ValueError, match=r"output_size: 'size' stands \d+ times in the reference"):
        exercise.changed({"size": "1"})


def test_a_mistake_that_shows_in_too_few_cases_is_not_drawn_for():
    from dataclasses import replace

    exercise = EXERCISES["output_size"]
    seldom = exercises.core.wrong(
        "seldom", lambda **case: 0 if case["size"] == 777 else reference_size(**case), "x"
    )
    with pytest.raises(RuntimeError, match="output_size: 200 draws"):
        replace(exercise, mistakes=[seldom]).draw_cases(0)


# ---- Tasks that were handed out stay as they are ----

with (Path(__file__).parent / "reference" / "tasks_handed_out.csv").open(
    newline="", encoding="utf-8"
) as file:
    HANDED_OUT = [tuple(line.values()) for line in csv.DictReader(file)]


@pytest.mark.parametrize(("name", "reader", "values"), HANDED_OUT)
def test_a_task_that_was_handed_out_stays_as_it_is(name, reader, values):
    """A class that has begun keeps its tasks: vary the draws so that these come out as before.

    (Draw what is new after what was there, and let it change only some of the readers' tasks.)
    """
    drawn = draw(name, reader).values
    assert json.loads(values) == {key: np.asarray(value).tolist() for key, value in drawn.items()}


# ---- Who rounds otherwise is wrong for every reader ----

JUMPS = "(size - kernel_size + 2 * padding)"
SPANNED = "(size + 2 * padding - span)"
ROUNDED = [
    ("count_macs", f"{JUMPS} // stride", f"-(-{JUMPS} // stride)"),
    ("count_macs", f"{JUMPS} // stride", f"int({JUMPS} / stride + 0.5)"),
    ("count_flops", f"{SPANNED} // stride", f"-(-{SPANNED} // stride)"),
    ("count_flops", f"{SPANNED} // stride", f"int({SPANNED} / stride + 0.5)"),
    ("count_outputs", "2 * padding) // 3 + 1", "2 * padding + 2) // 3 + 1"),
    (
        "count_outputs",
        "(side - kernel_size + 2 * padding) // 3",
        "round((side - kernel_size + 2 * padding) / 3)",
    ),
    (
        "count_outputs",
        "(side - kernel_size + 2 * padding) // 3 + 1",
        "round((side - kernel_size + 2 * padding) / 3 + 1)",
    ),
    ("count_outputs", "-(-(side - 4) // 3)", "round((side - 4) / 3)"),
    ("count_outputs", "-(-(side - 4) // 3) + 1", "round((side - 4) / 3 + 1)"),
    (
        "count_linear",
        "(rows - 4) // 3 + 1, (columns - 4) // 3",
        "round((rows - 4) / 3) + 1, round((columns - 4) / 3)",
    ),
    (
        "count_linear",
        "(rows - 4) // 3 + 1, (columns - 4) // 3 + 1",
        "round((rows - 4) / 3 + 1), round((columns - 4) / 3 + 1)",
    ),
    ("count_steps", "-(-images // together)", "round(images / together)"),
    ("count_file", "-(-weights * share // 100)", "int(weights * share / 100 + 0.5)"),
    ("count_batch", "left // (kept_kib * 2**10)", "round(left / (kept_kib * 2**10))"),
    ("count_capsnet", "(size - 2 * (kernel - 1) - 1) // 2", "-(-(size - 2 * (kernel - 1) - 1) // 2)"),
    ("count_cycles", "side // kernel_size**2", "round(side / kernel_size**2)"),
    ("count_tiles", "-(-height // tile), -(-width // tile)", "round(height / tile), round(width / tile)"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), ROUNDED)
def test_a_number_that_is_rounded_otherwise_is_told_so_for_every_reader(name, right, wrong):
    exercise = EXERCISES[name]
    rounds = exercise.changed({right: wrong})
    for reader in range(200):
        cases = exercise.draw_cases(str(reader))
        told = judged(exercise, cases, rounds)
        assert told.message in [each.says for each in exercise.misconceptions.values()], reader
        assert re.search("round|leave out|one pixel too large", told.message)


LUCKY = [
    ("count_macs", f"{JUMPS} // stride + 1", "size // stride"),
    ("count_macs", f"{JUMPS} // stride + 1", "round(size / stride)"),
    ("count_macs", f"{JUMPS} // stride + 1", f"({JUMPS} + 1) // stride"),
    ("count_macs", "2 * padding", "padding"),
    ("count_macs", f"{JUMPS} // stride", f"round({JUMPS} / stride)"),
    ("count_macs", f"{JUMPS} // stride + 1", f"round({JUMPS} / stride + 1)"),
    ("count_flops", f"{SPANNED} // stride + 1", f"round({SPANNED} / stride + 1)"),
    ("count_flops", f"{SPANNED} // stride + 1", "(size - span) // stride + 2"),
    ("count_flops", f"{SPANNED} // stride + 1", "size // stride"),
    ("count_flops", f"{SPANNED} // stride + 1", "-(-size // stride)"),
    (
        "count_flops",
        f"{SPANNED} // stride",
        "(size + 2 * padding - stride * (kernel_size - 1) - 1) // dilation",
    ),
    (
        "count_flops",
        f"{SPANNED} // stride",
        "(size + 2 * dilation - padding * (kernel_size - 1) - 1) // stride",
    ),
    ("count_outputs", "(side - kernel_size + 2 * padding) // 3 + 1", "side // 3"),
    ("count_outputs", "(side - kernel_size + 2 * padding) // 3 + 1", "-(-side // 3)"),
    ("count_linear", "rows * columns", "rows**2"),
    ("count_flops", "2 * padding", "padding"),
    ("count_flops", "(kernel_size - 1) + 1", "kernel_size"),
    ("count_flops", f"{SPANNED} // stride", f"round({SPANNED} / stride)"),
    ("count_macs", f"{JUMPS} // stride", "(size - kernel_size + 2 * stride) // padding"),
    ("count_flops", f"{SPANNED} // stride", "(size + 2 * stride - span) // padding"),
    ("count_winograd", "(layers - 1) * ", ""),
    ("count_flops", "2 * macs + outputs", "groups * macs + outputs"),
    ("count_flops", "2 * padding - span", "-kernel_size"),
    ("count_batch", "fixed = 3 * 4 * params", "fixed = 3 * 4 * params // 2**20 * 2**20"),
    ("count_batch", "fixed = 3 * 4 * params", "fixed = -(-3 * 4 * params // 2**20) * 2**20"),
    ("count_capsnet", "(height, width)", "(height, height)"),
    ("count_dense", "9 * 4 * growth * growth", "9 * channels * growth"),
    ("count_excited", "hidden // 4", "(hidden // 4 + 4) // 8 * 8"),
    ("count_tiles", "-(-height // tile), -(-width // tile)", "height // tile + 1, width // tile + 1"),
    (
        "count_tiles",
        "-(-height // tile), -(-width // tile)",
        "(height - 3) // tile + 1, (width - 3) // tile + 1",
    ),
    ("count_tiles", "rows * columns", "rows**2"),
    ("count_steps", "-(-images // together)", "-(-(images // processes) // batch_size)"),
    ("count_c3", "total = 0", "total = (16 - len(maps_seen)) * positions"),
    ("count_corner", "zip(kernel_sizes, strides,", "zip(kernel_sizes, strides[::-1],"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), LUCKY)
def test_a_wrong_number_is_the_right_one_for_hardly_a_reader(name, right, wrong):
    """Some are it for those whose task is like one that was handed out."""
    exercise = EXERCISES[name]
    wrongly = exercise.changed({right: wrong})
    drawn = [exercise.draw_cases(str(reader)) for reader in range(200)]
    assert sum(judged(exercise, cases, wrongly).status == "passed" for cases in drawn) <= 0.05 * len(drawn)


ALIKE = [
    (
        "count_linear",
        "height - kernel_size + 1, width - kernel_size + 1",
        "height - kernel_size, width - kernel_size",
        "the convolution leaves W − K + 1",
    ),
    (
        "count_outputs",
        "2 * padding) // 3 + 1",
        "2 * padding + 1) // 3",
        "too few along one side behind the first",
    ),
    ("count_outputs", "-(-(side - 4) // 3) + 1", "(side - 4) // 3 + 2", "a window too many"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "told"), ALIKE)
def test_a_number_that_two_mistakes_give_is_told_both(name, right, wrong, told):
    exercise = EXERCISES[name]
    wrongly = exercise.changed({right: wrong})
    for reader in range(50):
        assert told in judged(exercise, exercise.draw_cases(str(reader)), wrongly).message


CANCEL = [
    ("count_unit", "first one dense", "stride in the first"),
    ("count_traffic", "one share each", "sent and received"),
    ("count_tiles", "tiles rounded down", "kernel's width added"),
    ("count_capsnet", "one capsule a place", "no stride"),
]


@pytest.mark.parametrize(("name", "one", "other"), CANCEL)
def test_two_mistakes_that_could_cancel_do_so_for_no_reader(name, one, other):
    exercise = EXERCISES[name]
    how = {each.name: each.how for each in exercise.mistakes}
    both = exercise.changed({**how[one], **how[other]})
    for reader in range(200):
        assert judged(exercise, exercise.draw_cases(str(reader)), both).status == "failed"


def test_a_unit_is_asked_what_it_sees_in_a_stack_whose_kernels_all_fit():
    """Where one is wider than its padded map, as in 4 of 3,600 cases before, nothing is right."""
    for case in (case for seed in range(100) for case in EXERCISES["columns_seen"].draw_cases(seed)):
        width = case["width"]
        for size, stride, padding in zip(
            case["kernel_sizes"], case["strides"], case["paddings"], strict=True
        ):
            places = np.arange(-padding, width + padding - size + 1, stride)
            assert len(places), case
            width = len(places)


# ---- Arguments by name ----


@pytest.mark.parametrize(
    "parameters",
    ["size, kernel_size, *, stride, padding, dilation", "*, size, kernel_size, stride, padding, dilation=1"],
)
def test_a_function_that_takes_its_arguments_by_name_alone_is_called_so(parameters):
    names = {}
    body = "(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1"
    exec(f"def answer({parameters}):\n    return {body}", names)
    assert check("output_size", names["answer"]).judgement.status == "passed"


@pytest.mark.parametrize("parameters", ["**sizes", "size, **sizes", "size, kernel_size, *, stride, **sizes"])
def test_a_function_that_catches_arguments_by_their_names_is_called_so(parameters):
    names = {"right": EXERCISES["output_size"].reference}
    here = "".join(
        f", {name}={name}" for name in ("size", "kernel_size", "stride") if f"{name}," in parameters
    )
    exec(f"def answer({parameters}):\n    return right(**sizes{here})", names)
    assert check("output_size", names["answer"]).judgement.status == "passed"


def test_a_name_that_a_function_has_a_place_before_changes_no_call():
    def answer(a, b, c, d, e, *, stride=100):
        return (a + 2 * d - e * (b - 1) - 1) // c + 1

    def gathers(*sizes, stride=100):
        return answer(*sizes)

    assert check("output_size", answer).judgement.status == "passed"
    assert check("output_size", gathers).judgement.status == "passed"


# ---- The reader's own settings ----


@pytest.mark.parametrize("name", EXERCISES)
def test_a_notebook_in_which_overflow_is_an_error_is_judged_as_any_other(name):
    """Who looks for the step that overflows sets it so; mistakes overflow, and so may what an answer gave."""
    answer = 0 if isinstance(EXERCISES[name], DrawnExercise) else lambda *case: np.inf
    judged_elsewhere = check(name, answer)
    with np.errstate(all="raise"):
        assert check(name, answer) == judged_elsewhere
    with warnings.catch_warnings(action="error"):
        assert check(name, answer) == judged_elsewhere


@pytest.mark.parametrize(
    "options",
    [
        {"formatter": {"float": "{:.0f}".format}},
        {"formatter": {"all": "{:d}".format}},
        {"precision": 0, "suppress": False, "linewidth": 20, "threshold": 3, "edgeitems": 1},
        {"sign": "+", "floatmode": "fixed"},
        {"legacy": "1.13"},
    ],
)
@pytest.mark.parametrize("name", ["batch_norm", "output_size", "columns_seen", "count_params"])
def test_a_failing_case_prints_as_in_any_other_notebook(options, name):
    """Where floats print rounded, the expected value and the reader's would look alike."""
    values = {"output_size": 3, "columns_seen": np.array([1, 2]), "count_params": 7}
    answer = values[name] if name == "count_params" else lambda x, *case: values.get(name, x + 0.25)
    judged_elsewhere = check(name, answer)
    with np.printoptions(**options):
        assert check(name, answer) == judged_elsewhere


# ---- Single precision ----


@pytest.mark.parametrize("name", ["cross_entropy", "mean_probabilities", "loss_with_heads", "smoothed_loss"])
def test_large_scores_are_as_exact_in_single_precision(name):
    """Whoever computes in torch's own type gets the marks: near 1000 it has but four decimal places."""
    exercise = EXERCISES[name]

    def single(**case):
        floats = {key: value.astype(np.float32) for key, value in case.items() if np.ndim(value) > 1}
        return exercise.reference(**case | floats)

    for seed in range(25):
        assert judged(exercise, exercise.draw_cases(seed), single).status == "passed"

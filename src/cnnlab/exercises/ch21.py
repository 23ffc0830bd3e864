"""Chapter 21, Choosing a network: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. Nothing better for the price ----------------------------------------------------------------------


def pareto(cost, accuracy):
    kept = []
    for c, a in zip(cost, accuracy, strict=True):
        no_worse = (cost <= c) & (accuracy >= a)
        better = (cost < c) | (accuracy > a)
        kept.append(not np.any(no_worse & better))
    return np.array(kept, dtype=int)


def pareto_cases(rng: np.random.Generator) -> Case:
    several = int(rng.integers(6, 10))
    cost = rng.integers(1, 7, several).astype(float)  # few values: many ties
    return {"cost": cost, "accuracy": 60.0 + cost // 2 + rng.integers(0, 4, several)}


PARETO = Exercise(
    pareto,
    points=3,
    cases=pareto_cases,
    mistakes=[
        wrong(
            "better in both",
            {"cost <= c) & (accuracy >= a": "cost < c) & (accuracy > a"},
            "You strike a network out only where another is better in both. As good in one and better in the "
            "other is enough.",
        ),
        wrong(
            "itself",
            {"(cost < c) | (accuracy > a)": "no_worse"},
            "You strike out networks that nothing beats: each is as good as itself. One must be better.",
        ),
        wrong(
            "one of equals",
            {"np.any(no_worse & better)": "(np.any(no_worse & better) or np.any(no_worse[: len(kept)]))"},
            "Of equal networks you kept the first alone. Equal ones do not dominate each other: all stay.",
        ),
        wrong(
            "better in one",
            {"cost <= c) & (accuracy >= a": "cost <= c) | (accuracy >= a"},
            "You strike a network out where another is better in one of the two. The other may pay for it: "
            "it must be no worse in both.",
        ),
        wrong(
            "accuracy as error",
            {"accuracy >= a": "accuracy <= a", "accuracy > a": "accuracy < a"},
            "You looked for a small accuracy, as if it were an error. The larger the better.",
        ),
        wrong(
            "cost as gain",
            {"cost <= c": "cost >= c", "cost < c": "cost > c"},
            "You looked for a large cost. The smaller the better.",
        ),
        wrong(
            "the others",
            {"not np.any": "np.any"},
            "You marked the networks that are beaten. Those that nothing beats are asked for.",
        ),
        wrong(
            "only cheaper",
            {"(cost < c) | (accuracy > a)": "cost < c"},
            "Of two networks of one cost you keep the less accurate one too.",
        ),
        wrong(
            "only more accurate",
            {"(cost < c) | (accuracy > a)": "accuracy > a"},
            "Of two networks of one accuracy you keep the dearer one too.",
        ),
        wrong(
            "the best alone",
            {"no_worse & better": "accuracy > a"},
            "You kept the most accurate alone. A less accurate one stays too, if nothing as cheap beats it.",
        ),
        wrong(
            "the cheapest alone",
            {"no_worse & better": "cost < c"},
            "You kept the cheapest alone. A dearer one stays too, if nothing as accurate is cheaper.",
        ),
    ],
)


# 2. Debug it: the row that cannot be -------------------------------------------------------------------


def wrong_row(layers, macs):
    inputs, outputs, kernel, size, groups = layers.T
    ours = kernel**2 * (inputs // groups) * outputs * size**2
    return int(np.argmax(ours != macs))


def wrong_row_cases(rng: np.random.Generator) -> Case:
    rows = []
    for _ in range(int(rng.integers(5, 8))):
        groups = int(rng.choice([1, 1, 2, 4]))
        inputs, outputs = groups * rng.integers(2, 9, 2)
        rows.append([inputs, outputs, rng.choice([1, 3, 5]), rng.integers(2, 30), groups])
    layers = np.array(rows)
    inputs, outputs, kernel, size, groups = layers.T
    macs = kernel**2 * (inputs // groups) * outputs * size**2
    near = rng.random() < 0.25  # so near that one in ten thousand more or less must not be let pass
    row = int(np.argmax(macs)) if near else int(rng.integers(len(macs)))
    printed = rng.choice([2 * macs[row], macs[row] // 2, macs[row - 1], macs[row] * 10])
    macs[row] = macs[row] + 1 if near or printed == macs[row] else printed
    return {"layers": layers, "macs": macs}


WRONG_ROW = Exercise(
    wrong_row,
    points=2,
    cases=wrong_row_cases,
    draws=36,
    mistakes=[
        wrong(
            "groups ignored",
            {"(inputs // groups)": "inputs"},
            "You blame the first row with several groups, though it may be right. Each output reads inputs / "
            "groups channels: divide by the groups once.",
        ),
        wrong(
            "groups twice",
            {"* outputs *": "* (outputs // groups) *"},
            "You blame the first row with several groups, though it may be right. Divide by them once: all "
            "outputs are computed, each from inputs / groups channels.",
        ),
        wrong(
            "nearly right",
            {"ours != macs": "abs(ours - macs) > 1e-4 * macs"},
            "You let a number pass that is only near. MACs are counted: compare with ==, without a "
            "tolerance.",
        ),
        wrong(
            "from one",
            {"int(np.argmax(ours != macs))": "int(np.argmax(ours != macs)) + 1"},
            "You counted the rows from 1. The first one has the number 0.",
        ),
        wrong(
            "kernel's side",
            {"kernel**2": "kernel"},
            "You blame the first row with a kernel larger than 1×1, though it may be right. It takes K² MACs "
            "for each channel that it reads, at every one of size · size places.",
        ),
        wrong(
            "map's side",
            {"size**2": "size"},
            "You blame the first row, whichever is wrong: your numbers differ from the table's in every row. "
            "A kernel stands on size² places, the map's area, and a row has K² · inputs / groups · outputs · "
            "size² MACs.",
        ),
        wrong(
            "a row that agrees",
            {"!=": "=="},
            "You found the first row that agrees. The one that does not is asked for.",
        ),
        wrong(
            "the largest",
            {"ours != macs": "macs"},
            "You returned the row with the most MACs. Large is not wrong: compute each row.",
        ),
        wrong(
            "the smallest",
            {"np.argmax(ours != macs)": "np.argmin(macs)"},
            "You returned the row with the fewest MACs. Small is not wrong: compute each row.",
        ),
        wrong(
            "too small alone",
            {"ours != macs": "ours - macs"},
            "You find a row only where the printed number is too small. It may be too large.",
        ),
        wrong(
            "too large alone",
            {"ours != macs": "macs - ours"},
            "You find a row only where the printed number is too large. It may be too small.",
        ),
        wrong(
            "two a MAC",
            {"kernel**2": "2 * kernel**2"},
            "You blame the first row, though it may be right. The table prints MACs, and not two operations "
            "for each: K² · inputs / groups · outputs · size².",
        ),
        wrong(
            "how many",
            {"np.argmax": "np.sum"},
            "You counted the wrong rows: it is always one. Which one is asked for.",
        ),
    ],
)


# 3. Debug it: where the memory ends --------------------------------------------------------------------


def over_budget(layers, size, budget):
    for index, (inputs, outputs, stride) in enumerate(layers):
        after = size // stride
        held = 4 * (inputs * size**2 + outputs * after**2)
        if held > budget:
            return index
        size = after
    return -1


def held_bytes(layers: np.ndarray, size: int) -> list[int]:
    found = []
    for inputs, outputs, stride in layers.tolist():
        found.append(4 * (inputs * size**2 + outputs * (size // stride) ** 2))
        size //= stride
    return found


def budget_cases(rng: np.random.Generator) -> Case:
    several = int(rng.integers(4, 7))
    channels, strides = rng.integers(1, 13, several + 1), rng.choice([1, 1, 2], several)
    layers = np.stack([channels[:-1], channels[1:], strides], axis=1)
    size = int(rng.choice([64, 128]))  # six strides leave no rest
    if rng.random() < 0.12:  # all but the last one fit
        layers[:, 2], layers[0, 0], layers[-1, 1] = 1, 12, 25
        *others, last = held_bytes(layers, size)
        return {"layers": layers, "size": size, "budget": int(rng.integers(max(others), last))}
    held = held_bytes(layers, size)
    just = int(rng.choice(held)) + 4 * int(rng.integers(-1, 2))
    between = int(rng.integers(min(held), max(held) + 1))
    budget = rng.choice([max(held), just, between], p=[0.35, 0.4, 0.25])
    return {"layers": layers, "size": size, "budget": int(budget)}


OVER = Exercise(
    over_budget,
    points=3,
    cases=budget_cases,
    draws=36,
    mistakes=[
        wrong(
            "outputs alone",
            {"inputs * size**2 + ": ""},
            "You counted what a layer writes. While it runs, what it reads is there as well.",
        ),
        wrong(
            "inputs alone",
            {" + outputs * after**2": ""},
            "You counted what a layer reads. While it runs, what it writes needs room as well.",
        ),
        wrong(
            "the larger of both",
            {"(inputs * size**2 + outputs * after**2)": "max(inputs * size**2, outputs * after**2)"},
            "You took the larger of what a layer reads and writes. Both are held while it runs: add them.",
        ),
        wrong(
            "reads and writes exchanged",
            {"(inputs, outputs, stride)": "(outputs, inputs, stride)"},
            "You exchanged the channels that a layer reads and those that it writes. The stride makes a "
            "difference: what is read has the larger map.",
        ),
        wrong(
            "numbers",
            {"4 * (": "1 * ("},
            "You counted numbers. The budget is in bytes, and each takes 4.",
        ),
        wrong(
            "double precision",
            {"4 * (": "8 * ("},
            "You counted 8 bytes a number. In float32 it is 4.",
        ),
        wrong(
            "half precision",
            {"4 * (": "2 * ("},
            "You counted 2 bytes a number. In float32 it is 4.",
        ),
        wrong(
            "exactly full",
            {"held > budget": "held >= budget"},
            "You refuse a layer that fills the budget exactly. It fits: what it reads and writes is all that "
            "counts.",
        ),
        wrong(
            "last layer forgotten",
            {"enumerate(layers)": "enumerate(layers[:-1])"},
            "You never look at the last layer. Its input and its output are held like the others'.",
        ),
        wrong(
            "maps never shrink",
            {"size = after": "pass"},
            "You gave every layer maps of the first size. Behind a stride of 2 they are smaller.",
        ),
        wrong(
            "stride ignored",
            {"size // stride": "size"},
            "You left the strides out: all your maps keep the first size.",
        ),
        wrong(
            "output as large as the input",
            {"outputs * after**2": "outputs * size**2"},
            "You gave a layer's output the size of its input. The stride makes it smaller.",
        ),
        wrong(
            "input as small as the output",
            {"inputs * size**2": "inputs * after**2"},
            "You gave what a layer reads the size of what it writes. The stride makes the output smaller, "
            "not the input.",
        ),
        wrong(
            "side for area",
            {"inputs * size**2": "inputs * size", "outputs * after**2": "outputs * after"},
            "In your answer everything fits. A map has size · size numbers a channel, and the budget is in "
            "bytes, of which each number takes 4.",
        ),
        wrong(
            "bits",
            {"4 * (": "32 * ("},
            "In your answer the first layer never fits. Is what it holds in bits, 32 for each number? The "
            "budget is in bytes, and a number takes 4.",
        ),
        wrong(
            "stride in one direction",
            lambda layers, size, budget: next(
                (
                    index
                    for index, (reads, writes, stride) in enumerate(layers)
                    if 4 * (reads * stride + writes) * size**2 // np.prod(layers[: index + 1, 2]) > budget
                ),
                -1,
            ),
            "You divided a map's pixels by the stride once. It makes the rows fewer and the columns too.",
        ),
        wrong(
            "from one",
            {"return index": "return index + 1"},
            "You counted the layers from 1. The first one has the number 0.",
        ),
        wrong(
            "none is the first",
            {"return -1": "return 0"},
            "You returned 0 where all layers fit. That is the number of the first layer: −1 is asked for.",
        ),
        wrong(
            "none is the last",
            {"return -1": "return index"},
            "You returned the last layer where all layers fit. −1 is asked for.",
        ),
        wrong(
            "the fullest",
            lambda layers, size, budget: int(np.argmax(held_bytes(layers, size))),
            "You returned the layer that needs most. The first that needs more than the budget is asked for.",
        ),
    ],
)


# 4. Decide: the best that fits -------------------------------------------------------------------------


def best_within(params, macs, ms, accuracy, budget):
    megabytes, most_macs, most_ms = budget
    fits = (4 * params <= megabytes) & (macs <= most_macs)
    fits = fits & (ms <= most_ms)
    if not fits.any():
        return -1
    best = fits & (accuracy == accuracy[fits].max())
    return int(np.argmin(np.where(best, ms, np.inf)))


def best_cases(rng: np.random.Generator) -> Case:
    several = int(rng.integers(8, 12))
    costs = rng.integers(1, 7, (3, several)).astype(float)  # millions of parameters and of MACs, milliseconds
    accuracy = 70.0 + rng.integers(0, 2, several)
    limits = rng.integers(3, 6, 3).astype(float)
    *dear, lure, slow, fast = rng.choice(several, 6, replace=False)
    if rng.random() < 0.5:
        slow, fast = sorted([slow, fast])  # more often than not, the fastest of equals is not the first
    accuracy[dear], accuracy[slow], accuracy[fast] = 73 + rng.permutation(3), 72, rng.choice([70, 72])
    costs[:, dear] = limits[:, None]
    beyond = rng.choice([0.125, 0.125, 1, 30], 3)  # each of the best breaks one budget
    costs[range(3), dear] = limits + beyond
    costs[:, [slow, fast]] = limits[:, None] - rng.choice([0, 0, 0, 1], (3, 2))  # most budgets exactly
    costs[2, [slow, fast]] = limits[2], limits[2] - 2
    accuracy[lure], costs[:, lure] = 72, [limits[0] + 1, 1, limits[2] - 2.5]  # as good, faster, and too large
    if rng.random() < 0.25:
        limits[:] = 0.25  # nothing fits
    params, macs, ms = costs
    budget = limits * np.array([4.0, 1.0, 1.0])
    return {"params": params, "macs": macs, "ms": ms, "accuracy": accuracy, "budget": budget}


BEST = Exercise(
    best_within,
    points=3,
    cases=best_cases,
    draws=36,
    mistakes=[
        wrong(
            "parameters for megabytes",
            {"4 * params": "params"},
            "You compared parameters with megabytes. A parameter takes 4 bytes, so a million takes 4 MB.",
        ),
        wrong(
            "mebibytes",
            {"4 * params": "4 * params * 1e6 / 2**20"},
            "You took megabytes of 2²⁰ bytes. A megabyte here has a million, and less fits into it.",
        ),
        wrong(
            "memory forgotten",
            {"(4 * params <= megabytes) & ": ""},
            "You left the megabytes out. All three budgets must hold.",
        ),
        wrong(
            "MACs forgotten",
            {" & (macs <= most_macs)": ""},
            "You left the MACs out. All three budgets must hold.",
        ),
        wrong(
            "time forgotten",
            {" & (ms <= most_ms)": ""},
            "You left the milliseconds out. All three budgets must hold.",
        ),
        wrong(
            "memory or MACs",
            {"megabytes) & (": "megabytes) | ("},
            "One of two budgets was enough for you. All three must hold.",
        ),
        wrong(
            "memory exactly full",
            {"<= megabytes": "< megabytes"},
            "You refuse a network that fills the megabytes exactly. It fits.",
        ),
        wrong(
            "MACs exactly full",
            {"macs <= most_macs": "macs < most_macs"},
            "You refuse a network that takes exactly the MACs allowed. It fits.",
        ),
        wrong(
            "time exactly full",
            {"ms <= most_ms": "ms < most_ms"},
            "You refuse a network that takes exactly the milliseconds allowed. It fits.",
        ),
        wrong(
            "all exactly full",
            {
                "<= megabytes": "< megabytes",
                "macs <= most_macs": "macs < most_macs",
                "ms <= most_ms": "ms < most_ms",
            },
            "You refuse a network that fills a budget exactly. It fits.",
        ),
        wrong(
            "number among those that fit",
            {"np.where(best, ms, np.inf)": "np.where(best, ms, np.inf)[fits]"},
            "You numbered the networks that fit anew. The number among all networks is asked for.",
        ),
        wrong(
            "equals that do not fit",
            {"best = fits & (": "best = ("},
            "You chose a network that is as accurate as the best and does not fit. Look for equals among "
            "those that fit.",
        ),
        wrong(
            "the least accurate",
            {".max()": ".min()"},
            "You chose the least accurate of those that fit.",
        ),
        wrong(
            "best of all",
            {"accuracy[fits]": "accuracy"},
            "You asked for the best accuracy of all networks. Where that one does not fit, the best of those "
            "that fit is asked for.",
        ),
        wrong(
            "the fastest",
            {"(best, ms": "(fits, ms"},
            "You chose the fastest that fits. Accuracy comes first; time only decides between equals.",
        ),
        wrong(
            "the slowest of equals",
            {"argmin(np.where(best, ms, np.inf": "argmax(np.where(best, ms, -np.inf"},
            "Of equally accurate networks you chose the slowest.",
        ),
        wrong(
            "the smallest of equals",
            {"(best, ms": "(best, params"},
            "Of equally accurate networks you chose the one with the fewest parameters. The fastest is asked "
            "for.",
        ),
        wrong(
            "the first of equals",
            {"np.argmin(np.where(best, ms, np.inf))": "np.argmax(best)"},
            "Of equally accurate networks you took the first. The fastest is asked for.",
        ),
        wrong(
            "none is the first",
            {"return -1": "return 0"},
            "You returned 0 where nothing fits. That is the number of the first network: −1 is asked for.",
        ),
    ],
)


# 5. The fit that has not seen it -----------------------------------------------------------------------


def leave_one_out(x, t):
    predicted = []
    for i in range(len(x)):
        others = np.arange(len(x)) != i
        factor = np.exp(np.mean(np.log(t[others] / x[others])))
        predicted.append(factor * x[i])
    return np.array(predicted)


def leave_cases(rng: np.random.Generator) -> Case:
    """Now and then two networks are as slow for their size, and only one of them is to be left out."""
    several = int(rng.integers(4, 7))
    x, t = rng.integers(1, 20, (2, several)).astype(float)
    if rng.random() < 0.4:
        one, other = rng.permutation(several)[:2]
        factor = rng.choice([1, 2, 4])
        x[other], t[other] = factor * x[one], factor * t[one]
    return {"x": x, "t": t}


MEAN = "np.exp(np.mean(np.log(t[others] / x[others])))"
LEFT_OUT = Exercise(
    leave_one_out,
    points=3,
    cases=leave_cases,
    mistakes=[
        wrong(
            "not left out",
            {"!= i": ">= 0"},
            "Your factor has seen the time that it predicts. Fit it to the other networks only.",
        ),
        wrong(
            "its equals left out",
            {"np.arange(len(x)) != i": "t / x != t[i] / x[i]"},
            "You left out every network with the same ratio. Only the one that is predicted is left out: "
            "compare places, not values.",
        ),
        wrong(
            "fitted to itself",
            {"!= i": "== i"},
            "You fitted the factor to the one network alone, and so it predicts perfectly. Use the others.",
        ),
        wrong(
            "arithmetic mean",
            {MEAN: "np.mean(t[others] / x[others])"},
            "You took the ordinary mean of the ratios. The geometric one is asked for, that of logarithms.",
        ),
        wrong(
            "ratio of sums",
            {MEAN: "t[others].sum() / x[others].sum()"},
            "You divided the sum of the times by the sum of x. Then the largest network decides.",
        ),
        wrong(
            "least squares",
            {MEAN: "(t[others] @ x[others]) / (x[others] @ x[others])"},
            "You fitted by least squares. Then the largest network decides; take the mean of logarithms.",
        ),
        wrong(
            "median",
            {MEAN: "np.median(t[others] / x[others])"},
            "You took the median of the ratios. The geometric mean is asked for.",
        ),
        wrong(
            "factor",
            {"factor * x[i]": "factor"},
            "You returned the factors. A predicted time is the factor times x.",
        ),
        wrong(
            "upside down",
            {"t[others] / x[others]": "x[others] / t[others]"},
            "Your factor is upside down: time divided by x.",
        ),
        wrong(
            "ratio to the measured",
            {"factor * x[i]": "factor * x[i] / t[i]"},
            "You returned predicted by measured. The predicted times are asked for.",
        ),
        wrong(
            "logarithm kept",
            {"np.exp(np.mean(": "(np.mean("},
            "Your factor is still a logarithm. Undo it with np.exp.",
        ),
        wrong(
            "root of all",
            {"np.mean(np.log(t[others] / x[others]))": "np.sum(np.log(t[others] / x[others])) / len(x)"},
            "You divided by the number of all networks. One is left out, so the mean is over one fewer.",
        ),
        wrong(
            "two bases",
            {"np.log(": "np.log10("},
            "Your logarithm has base 10, and np.exp undoes the one of base e.",
        ),
    ],
)


# 6. A roofline of layers -------------------------------------------------------------------------------


def roofline_time(macs, moved, speed, bandwidth):
    computing = macs / (speed * 1e9)
    moving = moved / (bandwidth * 1e9)
    return 1e3 * np.sum(np.maximum(computing, moving))


def roofline_cases(rng: np.random.Generator) -> Case:
    several = int(rng.integers(3, 7))
    return {
        "macs": rng.integers(1, 300, several) * 10**7,
        "moved": rng.integers(1, 300, several) * 10**7,
        "speed": float(rng.integers(2, 12)),
        "bandwidth": float(rng.integers(2, 12)),
    }


ROOFLINE = Exercise(
    roofline_time,
    points=2,
    cases=roofline_cases,
    mistakes=[
        wrong(
            "sum of the two",
            {"np.maximum(computing, moving)": "computing + moving"},
            "You added the two times. A roofline lets both go on at once: the longer one counts.",
        ),
        wrong(
            "roof of the totals",
            {"np.sum(np.maximum(computing, moving))": "max(computing.sum(), moving.sum())"},
            "You compared the sums. Each layer waits for its own bound: first the longer one, then the sum.",
        ),
        wrong(
            "the shorter",
            {"np.maximum": "np.minimum"},
            "You took the shorter of the two times. A layer is done when both are.",
        ),
        wrong(
            "seconds",
            {"1e3 * ": "1.0 * "},
            "You returned seconds. Milliseconds are asked for.",
        ),
        wrong(
            "microseconds",
            {"1e3 * ": "1e6 * "},
            "You returned microseconds. Milliseconds are asked for.",
        ),
        wrong(
            "the slowest layer",
            {"np.sum(": "np.max("},
            "You returned the time of the slowest layer. They run one after the other: add them.",
        ),
        wrong(
            "mean",
            {"np.sum(": "np.mean("},
            "You returned the mean of the layers. They run one after the other: add them.",
        ),
        wrong(
            "each layer",
            {"np.sum(": "np.array("},
            "You returned a time for each layer. Add them.",
        ),
        wrong(
            "computing alone",
            {"np.maximum(computing, moving)": "computing"},
            "You left the bytes out. Where moving them takes longer, that is the layer's time.",
        ),
        wrong(
            "moving alone",
            {"np.maximum(computing, moving)": "moving"},
            "You left the MACs out. Where computing takes longer, that is the layer's time.",
        ),
        wrong(
            "speeds exchanged",
            {"macs / (speed": "macs / (bandwidth", "moved / (bandwidth": "moved / (speed"},
            "You divided the MACs by the bandwidth and the bytes by the speed.",
        ),
        wrong(
            "two a MAC",
            {"macs / (": "2 * macs / ("},
            "You counted 2 for a MAC. The speed is given in MACs a second.",
        ),
        wrong(
            "numbers for bytes",
            {"moved / (": "4 * moved / ("},
            "You multiplied what is moved by 4. It is given in bytes.",
        ),
    ],
)


# 7. Two orders -----------------------------------------------------------------------------------------


def concordance(a, b):
    same, pairs = 0, 0
    for i in range(len(a)):
        for j in range(i):
            same += int((a[i] - a[j]) * (b[i] - b[j]) > 0)
            pairs += 1
    return same / pairs


def concordance_cases(rng: np.random.Generator) -> Case:
    several = int(rng.integers(5, 9))
    return {
        "a": rng.integers(1, 9, several).astype(float),
        "b": rng.integers(1, 9, several).astype(float),
    }


CONCORDANCE = Exercise(
    concordance,
    points=2,
    cases=concordance_cases,
    mistakes=[
        wrong(
            "ties agree",
            {"> 0": ">= 0"},
            "You counted ties as the same order. A pair that is equal in one of the two is in no order.",
        ),
        wrong(
            "opposite",
            {"> 0": "< 0"},
            "You counted the pairs that are in opposite order.",
        ),
        wrong(
            "share of the rest",
            {"return ": "return 1 - "},
            "You returned the share of pairs that are not in the same order.",
        ),
        wrong(
            "neighbours",
            {"range(i)": "range(max(0, i - 1), i)"},
            "You compared neighbours only. Every pair counts.",
        ),
        wrong(
            "tau",
            {"same / pairs": "2 * same / pairs - 1"},
            "Your number runs from −1 to 1. A share runs from 0 to 1.",
        ),
        wrong(
            "opposite subtracted",
            {"int((a[i] - a[j]) * (b[i] - b[j]) > 0)": "np.sign((a[i] - a[j]) * (b[i] - b[j]))"},
            "You subtracted the pairs in opposite order: that is Kendall's τ, from −1 to 1. A share only "
            "counts those in the same order.",
        ),
        wrong(
            "tie taken for an order",
            {"(a[i] - a[j]) * (b[i] - b[j]) > 0": "(a[i] > a[j]) == (b[i] > b[j])"},
            "You compared two comparisons. Both are False where numbers are equal, too, so some ties look as "
            "if they were in the same order.",
        ),
        wrong(
            "equal in both",
            {"(a[i] - a[j]) * (b[i] - b[j]) > 0": "np.sign(a[i] - a[j]) == np.sign(b[i] - b[j])"},
            "You counted pairs that are equal in both lists. They are in no order, so not in the same one.",
        ),
        wrong(
            "count",
            {"same / pairs": "float(same)"},
            "You counted the pairs. Divide by how many there are.",
        ),
        wrong(
            "with itself",
            {"range(i)": "range(i + 1)"},
            "You compared each one with itself too. A pair has two.",
        ),
        wrong(
            "square of pairs",
            {"range(i)": "range(len(a))"},
            "You went through all combinations of i and j, and i = j is among them. A pair has two.",
        ),
        wrong(
            "by items",
            {"same / pairs": "same / len(a)"},
            "You divided by the number of items. There are n(n − 1)/2 pairs.",
        ),
        wrong(
            "one of the two",
            {"(a[i] - a[j]) * (b[i] - b[j]) > 0": "a[i] > a[j]"},
            "You looked at the first list alone. Both must agree.",
        ),
        wrong(
            "correlation",
            lambda a, b: float(np.nan_to_num(np.corrcoef(a, b)[0, 1])),
            "You returned a correlation. Only the order of a pair counts, not how far it is apart.",
        ),
        wrong(
            "decided pairs alone",
            {
                "pairs += 1": "pairs += int((a[i] - a[j]) * (b[i] - b[j]) != 0)",
                "same / pairs": "same / max(1, pairs)",
            },
            "You left ties out of the number of pairs. They count as pairs that are not in the same order.",
        ),
    ],
)


# 8. Frames a second ------------------------------------------------------------------------------------


def count_frames(gflops, size, width, layers):
    size = size // 2
    macs = 9 * 3 * width * size**2
    macs += layers * 9 * width**2 * size**2
    return gflops * 10**9 // (2 * macs)


def frames_cases(rng: np.random.Generator) -> Case:
    """More than half of an image is left over: who rounds to the nearest is wrong."""
    case = {
        "gflops": int(rng.integers(1000, 10_000)),
        "size": 2 * int(rng.integers(90, 161)),
        "width": int(rng.integers(12, 40)),
        "layers": int(rng.integers(3, 9)),
    }
    while count_frames(**case | {"gflops": 2 * case["gflops"]}) % 2 == 0:
        case["gflops"] += 1
    return case


FRAMES = DrawnExercise(
    count_frames,
    points=2,
    cases=frames_cases,
    question=(
        "A processor does {gflops} GFLOPS at its peak, at 2 FLOPs a MAC. A network takes colour images of "
        "{size}×{size} pixels. Its first layer is a 3×3 convolution of stride 2, padded by 1, to {width} "
        "channels; then follow {layers} full 3×3 convolutions that change neither size nor channels. Biases "
        "do not count. How many whole images a second are possible at most?"
    ),
    mistakes=[
        wrong(
            "one a MAC",
            {"(2 * macs)": "macs"},
            "You counted one FLOP for a MAC. The processor's number counts 2.",
        ),
        wrong(
            "four a MAC",
            {"(2 * macs)": "(4 * macs)"},
            "Your number is half as large as it should be. A MAC is 2 FLOPs, counted once; and a stride of 2 "
            "leaves a quarter of the pixels.",
        ),
        wrong(
            "stride ignored",
            {"size // 2": "size"},
            "You left the stride out. All layers give maps of half the image's side.",
        ),
        wrong(
            "first layer forgotten",
            {"macs = 9 * 3 * width * size**2": "macs = 0"},
            "Your number is as large as without the first layer. It reads three channels, so it takes 27 "
            "MACs for each number that it writes.",
        ),
        wrong(
            "a layer too few",
            {"layers * 9": "(layers - 1) * 9"},
            "You counted a layer too few: the first convolution comes on top of the others.",
        ),
        wrong(
            "a layer too many",
            {"layers * 9": "(layers + 1) * 9"},
            "You counted a layer too many: the first convolution reads three channels.",
        ),
        wrong(
            "mega",
            {"10**9": "10**6"},
            "You took a million for giga, which is a thousand of those.",
        ),
        wrong(
            "side for area",
            {"layers * 9": "layers * 3", "9 * 3": "3 * 3"},
            "You took K where K² belongs: a 3×3 kernel has 9 weights a channel.",
        ),
        wrong(
            "grey images",
            {"9 * 3 * width": "9 * width"},
            "You gave the image one channel. A colour image has three.",
        ),
        wrong(
            "depthwise",
            {"width**2": "width"},
            "You counted depthwise layers. In a full convolution each output reads all channels.",
        ),
        wrong(
            "rounded up",
            {"return gflops * 10**9 // (2 * macs)": "return -(-gflops * 10**9 // (2 * macs))"},
            "You rounded up, or to the nearest. The last image would not be finished within the second.",
        ),
        wrong(
            "one pixel less",
            {"size // 2": "size // 2 - 1"},
            "Your maps are one pixel too small each way. Is the padding there, and the + 1? (W − 3 + 2) // "
            "2 + 1 is half of an even size.",
        ),
        wrong(
            "one pixel more",
            {"size // 2": "size // 2 + 1"},
            "Your maps are one pixel too large each way. (W − 3 + 2) / 2 is rounded down, and then 1 is "
            "added: half of an even size.",
        ),
    ],
)


EXERCISES = [PARETO, WRONG_ROW, OVER, BEST, LEFT_OUT, ROOFLINE, CONCORDANCE, FRAMES]

"""Chapter 10, after ResNet: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits

# 1. The block ---------------------------------------------------------------------------------------


def preactivated_block(x, first, second):
    f = x
    for weight in (first, second):
        f = (f - f.mean(axis=0)) / np.sqrt(f.var(axis=0) + 1e-5)
        f = np.maximum(f, 0) @ weight
    return x + f


def block_cases(rng: np.random.Generator) -> Case:
    channels, hidden = rng.permutation([2, 3, 4])[:2]
    x = digits(rng, 6, channels)
    first = digits(rng, channels, hidden)
    x[:, 0] /= 64  # so little varies that the 1e-5 shows, in the second normalization too
    first[:, 0] /= 64
    return {
        "x": x,
        "first": first,
        "second": digits(rng, hidden, channels),
    }


def relu(x):
    return np.maximum(x, 0)


def norm(x, axis=0):
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + 1e-5)


BLOCK = Exercise(
    preactivated_block,
    points=3,
    cases=block_cases,
    mistakes=[
        wrong(
            "original order",
            lambda x, first, second: relu(norm(relu(norm(x @ first)) @ second) + x),
            "That is the order of 2015: linear, normalize, ReLU, linear, normalize, sum, ReLU. Here each "
            "normalization and ReLU stands *in front of* its linear layer.",
        ),
        wrong(
            "a relu at the end",
            {"x + f": "np.maximum(x + f, 0)"},
            "You applied a ReLU after the sum. In order (e) nothing stands there: the sum goes on as it is.",
        ),
        wrong(
            "shortcut missing",
            {"x + f": "f"},
            "The shortcut is missing: you returned F(x). Add x.",
        ),
        wrong(
            "shortcut normalized",
            {"x + f": "relu(norm(x)) + f"},
            "You added the normalized x. The shortcut takes x before anything has touched it.",
        ),
        wrong(
            "relu only",
            lambda x, first, second: x + relu(norm(relu(x) @ first)) @ second,
            "The normalization is missing in front of the first ReLU: that is order (d). In (e) everything "
            "that a linear layer reads is normalized.",
        ),
        wrong(
            "second norm missing",
            lambda x, first, second: x + relu(relu(norm(x)) @ first) @ second,
            "The second normalization is missing. It stands in front of the second ReLU, as the first one "
            "does.",
        ),
        wrong(
            "relu before the norm",
            lambda x, first, second: x + norm(relu(norm(relu(x)) @ first)) @ second,
            "You applied the ReLU first and normalized its result. Normalize first: then about half of the "
            "values are positive.",
        ),
        wrong(
            "rows normalized",
            {"(f - f.mean(axis=0)) / np.sqrt(f.var(axis=0) + 1e-5)": "norm(f, 1)"},
            "You normalized each row. Batch normalization takes mean and variance of each *channel* over the "
            "batch: axis 0.",
        ),
        wrong(
            "one mean for all",
            {"f.mean(axis=0)": "f.mean()", "f.var(axis=0)": "f.var()"},
            "You took one mean and one variance of the whole matrix. Each column, a channel, has its own: "
            "axis 0.",
        ),
        wrong(
            "no root",
            {"np.sqrt(f.var(axis=0) + 1e-5)": "(f.var(axis=0) + 1e-5)"},
            "You divided by the variance. Divide by its square root.",
        ),
        wrong(
            "no epsilon",
            {"f.var(axis=0) + 1e-5": "np.maximum(f.var(axis=0), 1e-30)"},
            "The 1e-5 is missing. Where a column hardly varies, it is what keeps the division small.",
        ),
        wrong(
            "outside the root",
            {"np.sqrt(f.var(axis=0) + 1e-5)": "(np.sqrt(f.var(axis=0)) + 1e-5)"},
            "You added 1e-5 behind the root. It is added to the variance, below the root.",
        ),
        wrong(
            "one row less",
            {"f.var(axis=0)": "f.var(axis=0, ddof=1)"},
            "You divided the sum of squares by N − 1. The variance here is the mean square: divide by N.",
        ),
        wrong(
            "relu before the sum",
            {"x + f": "x + np.maximum(f, 0)"},
            "There is a ReLU at the end of F, as in order (c). Then F can only add, never take away.",
        ),
    ],
)


# 2. Scaled shortcuts --------------------------------------------------------------------------------


def signal_shares(scales):
    shares = [1.0]
    for scale in scales[::-1]:
        shares.append(shares[-1] * scale)
    *from_f, signal = shares
    return np.array([signal, *from_f[::-1]])


def scale_cases(rng: np.random.Generator) -> Case:
    count = int(rng.integers(3, 7))
    scales = rng.choice([0.5, 0.25, 2.0, 4.0, -1.0, -0.5], count)
    scales[[0, -1]] = rng.permutation([0.125, 3.0])
    scales[1] = 5.0
    if count > 3 and rng.integers(2):
        scales[2] = 0.0  # who divides the whole product finds 0 / 0
    return {"scales": scales}


def divided(scales):
    """Each share as the whole product over the scales before, and 0 where that is 0 / 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(scales.prod() / np.append(1.0, scales.cumprod()))


SHARES = Exercise(
    signal_shares,
    points=3,
    cases=scale_cases,
    mistakes=[
        wrong(
            "own scale too",
            {"from_f[::-1]": "shares[:0:-1]"},
            "You let F's own block scale it. F is added *after* x was scaled: only later blocks scale it.",
        ),
        wrong(
            "scales before",
            {"scales[::-1]": "scales", "from_f[::-1]": "from_f"},
            "You multiplied the scales of the blocks before. What F has added is scaled by those that come "
            "after it.",
        ),
        wrong(
            "divided",
            divided,
            "You divided the whole product by the scales before, and where one is 0 you took 0 for 0 / 0. "
            "What comes behind that one loses nothing by it: multiply the scales that come after.",
        ),
        wrong(
            "signal alone",
            {"*from_f[::-1]": "*np.ones(len(scales))"},
            "You let every F arrive whole. What a block adds travels on the same shortcuts as x, and the "
            "later ones scale it.",
        ),
        wrong(
            "clean shortcut",
            {"signal, *from_f[::-1]": "1.0, *scales"},
            "You let each number scale what its block adds, and x₀ pass untouched. The numbers stand on the "
            "shortcuts: λ multiplies x, and F is added as it is.",
        ),
        wrong(
            "one step",
            {"*from_f[::-1]": "*scales[1:], 1.0"},
            "You scaled what a block adds by the next shortcut alone. It passes all that follow: multiply "
            "them.",
        ),
        wrong(
            "last scale missing",
            {"[signal": "[np.prod(scales[:-1])"},
            "The last shortcut is missing from x₀'s share. x₀ passes all of them.",
        ),
        wrong(
            "added",
            {"[1.0]": "[0.0]", "shares[-1] * scale": "shares[-1] + scale"},
            "You added the scales up. The blocks stand one behind the other: they multiply.",
        ),
        wrong(
            "last first",
            {"from_f[::-1]": "from_f"},
            "Your F's stand in the wrong order. Return F₀ first and the last one at the end: that one is "
            "scaled by nobody.",
        ),
        wrong(
            "signal last",
            {"signal, *from_f[::-1]": "*from_f[::-1], signal"},
            "You put the share of x₀ at the end. The order is x₀, then F₀, F₁ and so on.",
        ),
    ],
)


# 3. ResNeXt -----------------------------------------------------------------------------------------


def aggregate_paths(x, narrow, widen):
    output = x.copy()
    for first, last in zip(narrow, widen, strict=True):
        output += np.maximum(x @ first, 0) @ last
    return output


def path_cases(rng: np.random.Generator) -> Case:
    paths, channels, width = int(rng.integers(1, 5)), int(rng.integers(3, 6)), int(rng.integers(1, 4))
    return {
        "x": digits(rng, 3, channels),
        "narrow": digits(rng, paths, channels, width),
        "widen": digits(rng, paths, width, channels),
    }


AGGREGATE = Exercise(
    aggregate_paths,
    points=2,
    cases=path_cases,
    mistakes=[
        wrong(
            "mean of the paths",
            {"return output": "return x + (output - x) / len(narrow)"},
            "You took the mean of the paths. They are added.",
        ),
        wrong(
            "a shortcut a path",
            {"x.copy()": "np.zeros_like(x)", "@ last": "@ last + x"},
            "You added x once for each path. There is one shortcut around all of them.",
        ),
        wrong(
            "shortcut missing",
            {"x.copy()": "np.zeros_like(x)"},
            "The shortcut is missing: add x to the sum of the paths.",
        ),
        wrong(
            "one after the other",
            {"x @ first": "output @ first"},
            "You let each path read what the one before had made. They stand side by side, and all read x.",
        ),
        wrong(
            "first path only",
            {"zip(narrow, widen": "zip(narrow[:1], widen[:1]"},
            "You computed one path. Add up all C of them.",
        ),
        wrong(
            "last path only",
            {"output +=": "output = x +"},
            "Only your last path is left: each one replaces the one before. Add them up.",
        ),
        wrong(
            "no relu",
            {"np.maximum(x @ first, 0)": "x @ first"},
            "The ReLU inside the paths is missing. Without it each path is one linear layer.",
        ),
        wrong(
            "relu in front",
            {"x @ first": "np.maximum(x, 0) @ first"},
            "You applied a ReLU to x before the paths. They read x as it is.",
        ),
        wrong(
            "relu behind",
            {"x @ first, 0) @ last": "x @ first @ last, 0)"},
            "Your ReLU stands at the end of each path. It stands between its two layers, and a path may also "
            "take something away.",
        ),
        wrong(
            "relu at the end of a path",
            {"np.maximum(x @ first, 0) @ last": "np.maximum(np.maximum(x @ first, 0) @ last, 0)"},
            "There is a second ReLU at the end of each path. A path may also take something away.",
        ),
        wrong(
            "relu after the sum",
            {"return output": "return np.maximum(output, 0)"},
            "There is a ReLU after the sum. The question asks for none there.",
        ),
        wrong(
            "narrow ends added",
            lambda x, narrow, widen: x + np.maximum(x @ narrow, 0).sum(axis=0) @ widen.sum(axis=0),
            "You added the narrow ends of all paths and widened them together. Each path has a last layer of "
            "its own; only *concatenated* could they share one.",
        ),
        wrong(
            "matrices added",
            lambda x, narrow, widen: x + relu(x @ narrow.sum(axis=0)) @ widen.sum(axis=0),
            "You added the matrices of all paths and computed one. Each path has a ReLU of its own: add what "
            "the paths give.",
        ),
    ],
)


# 4. Equal cost --------------------------------------------------------------------------------------


def affordable_width(cardinality, channels, budget):
    d = 0
    while cardinality * (2 * channels * (d + 1) + 9 * (d + 1) ** 2) <= budget:
        d += 1
    return d


def width_cases(rng: np.random.Generator) -> Case:
    """Some widths are beyond five hundred, and beyond the channels: a search that ends there misses them.

    None is so large that Python would not let a function call itself for each.
    """
    channels = 16 * int(rng.integers(4, 17))
    cardinality = int(rng.integers(1, 9))
    d = int(
        rng.choice([0, int(rng.integers(1, 12)), int(rng.integers(12, 400)), int(rng.integers(500, 900))])
    )
    least = cardinality * (2 * channels * d + 9 * d**2)
    more = cardinality * (2 * channels * (d + 1) + 9 * (d + 1) ** 2)
    budget = rng.choice([least, int(rng.integers(least, more)), more - 1])  # spent, or 1 short of more
    return {"cardinality": cardinality, "channels": channels, "budget": int(budget)}


WIDTH = Exercise(
    affordable_width,
    points=2,
    cases=width_cases,
    draws=36,
    mistakes=[
        wrong(
            "groups forgotten",
            {"9 * (d": "9 * cardinality * (d"},
            "You let the 3×3 join all paths: 9·(C·d)² weights, which is one path's width split evenly. In "
            "groups each path filters its own d channels: C·9·d². That is cheaper, so d is larger.",
        ),
        wrong(
            "one path",
            {"cardinality * (": "("},
            "You spent the whole budget on one path. There are `cardinality` of them.",
        ),
        wrong(
            "total width",
            {"return d": "return cardinality * d"},
            "You returned the width of all paths together, C·d. The question asks for d, that of one path.",
        ),
        wrong(
            "one by one once",
            {"2 * channels": "channels"},
            "You counted one 1×1. There are two: into the path and out of it.",
        ),
        wrong(
            "biases",
            {"(d + 1) ** 2) <=": "(d + 1) ** 2 + 2 * (d + 1)) + channels <="},
            "You counted more than weights: biases, or what normalizations have. Only the weights of the "
            "three layers are to stay within the budget.",
        ),
        wrong(
            "rounded up",
            {"return d": "return d + 1"},
            "Yours costs more than the budget. The largest d that does *not* exceed it is one smaller.",
        ),
        wrong(
            "budget not spent",
            {"<=": "<"},
            "You refuse a block that costs exactly the budget. Its weights may be *at most* that many: ≤.",
        ),
        wrong(
            "at least one",
            {"d = 0": "d = 1"},
            "You never return less than 1. Where the budget does not pay for d = 1, the largest d is 0.",
        ),
        wrong(
            "no filters",
            {" + 9 * (d + 1) ** 2": ""},
            "You left out the 3×3 in the middle: 9·d² weights a path.",
        ),
        wrong(
            "filters once",
            {" + 9 * (d + 1) ** 2)": ") + 9 * (d + 1) ** 2"},
            "You counted the 3×3 of one path. Each path has its own: C·9·d².",
        ),
        wrong(
            "depthwise",
            {" ** 2": ""},
            "You gave the 3×3 nine weights a channel, as if each channel had its own group. A path filters d "
            "channels to d: 9·d².",
        ),
        wrong(
            "no nine",
            {"9 * ": ""},
            "You counted d² for the middle layer. It is a 3×3: 9·d² a path.",
        ),
        wrong(
            "three weights",
            {"9 *": "3 *"},
            "You gave the 3×3 three weights for each pair of channels. It has 3·3 = 9.",
        ),
    ],
)


# 5. Squeeze and excitation --------------------------------------------------------------------------


def squeeze_excite(u, first, second):
    means = u.mean(axis=(1, 2))
    hidden = np.maximum(first @ means, 0)
    gates = 1 / (1 + np.exp(-(second @ hidden)))
    return gates[:, None, None] * u


def excite_cases(rng: np.random.Generator) -> Case:
    hidden = int(rng.integers(1, 4))
    channels = 2 * hidden + int(rng.integers(0, 2))
    rows, columns = rng.permutation([1, 2, 3, 4])[:2]
    first = rng.integers(-4, 5, (hidden, channels)) / 8
    second = rng.integers(-4, 5, (channels, hidden)) / 4
    return {"u": digits(rng, channels, rows, columns), "first": first, "second": second}


EXCITE = Exercise(
    squeeze_excite,
    points=3,
    cases=excite_cases,
    mistakes=[
        wrong(
            "gates returned",
            {"[:, None, None] * u": ""},
            "You returned the gates. Multiply each channel of u by its gate.",
        ),
        wrong(
            "sum for mean",
            {"u.mean": "u.sum"},
            "You squeezed to sums. The mean does not grow with the size of the map.",
        ),
        wrong(
            "maximum",
            {"u.mean": "u.max"},
            "You squeezed to each channel's maximum. The paper's default, and the question's, is the mean.",
        ),
        wrong(
            "softmax",
            {"1 / (1 + np.exp(-(second @ hidden)))": "softmax(second @ hidden)"},
            "You made the gates by a softmax, so that they share a sum of 1. Each gate is a sigmoid of its "
            "own: several channels may be open.",
        ),
        wrong(
            "no sigmoid",
            {"1 / (1 + np.exp(-(second @ hidden)))": "second @ hidden"},
            "The sigmoid is missing: a gate lies between 0 and 1.",
        ),
        wrong(
            "tanh",
            {"1 / (1 + np.exp(-(second @ hidden)))": "np.tanh(second @ hidden)"},
            "You made the gates by a tanh, so that some turn a channel's sign. A gate is a sigmoid, between "
            "0 and 1.",
        ),
        wrong(
            "sign lost",
            {"-(second @ hidden)": "second @ hidden"},
            "Your sigmoid has lost its sign: what should open a gate closes it. It is 1 / (1 + e^−x).",
        ),
        wrong(
            "relu for sigmoid",
            {"1 / (1 + np.exp(-(second @ hidden)))": "np.maximum(second @ hidden, 0)"},
            "You used a second ReLU where the sigmoid belongs: a gate lies between 0 and 1.",
        ),
        wrong(
            "no relu",
            {"np.maximum(first @ means, 0)": "first @ means"},
            "The ReLU between the two layers is missing.",
        ),
        wrong(
            "sigmoid twice",
            {"np.maximum(first @ means, 0)": "1 / (1 + np.exp(-(first @ means)))"},
            "You used a sigmoid in the middle as well. There it is a ReLU.",
        ),
        wrong(
            "relu and sigmoid exchanged",
            {
                "1 / (1 + np.exp(-(second @ hidden)))": "np.maximum(second @ hidden, 0)",
                "np.maximum(first @ means, 0)": "1 / (1 + np.exp(-(first @ means)))",
            },
            "You exchanged ReLU and sigmoid. The ReLU stands between the layers; the sigmoid makes the "
            "gates.",
        ),
        wrong(
            "added",
            {"* u": "+ u"},
            "You added the gates to the maps. They multiply.",
        ),
        wrong(
            "pixel by pixel",
            {
                "u.mean(axis=(1, 2))": "u.reshape(len(u), -1)",
                "gates[:, None, None]": "gates.reshape(u.shape)",
            },
            "You computed gates for every pixel from that pixel alone. The squeeze is missing: take the mean "
            "over the whole map first.",
        ),
        wrong(
            "shortcut added",
            {"* u": "* u + u"},
            "You added u once more. Squeeze-and-excitation scales the maps; the sum belongs to the block "
            "around it.",
        ),
    ],
)


def softmax(x):
    powers = np.exp(x - x.max())
    return powers / powers.sum()


# 6 to 8. Counting -----------------------------------------------------------------------------------


def count_resnext(channels, cardinality, d, size):
    inner = cardinality * d
    narrow = channels * inner
    filters = 9 * d * d * cardinality
    widen = inner * channels
    return (narrow + filters + widen) * size**2


def resnext_cases(rng: np.random.Generator) -> Case:
    return {
        "channels": int(rng.integers(100, 600)),
        "cardinality": int(rng.integers(5, 40)),
        "d": int(rng.integers(3, 16)),
        "size": int(rng.integers(7, 60)),
    }


RESNEXT = DrawnExercise(
    count_resnext,
    points=3,
    cases=resnext_cases,
    question=(
        "A ResNeXt block has {channels} channels of {size}×{size} pixels at both ends and the cardinality "
        "{cardinality}, with {d} channels in each path: a 1×1 convolution to all paths, a 3×3 with stride 1, "
        "padding 1 and {cardinality} groups, a 1×1 back. How many multiply–accumulates (MACs) does one image "
        "need? Biases, normalization and the sum do not count."
    ),
    mistakes=[
        wrong(
            "groups ignored",
            {"9 * d * d * cardinality": "9 * inner**2"},
            "You counted the 3×3 without groups. Each of its outputs reads d channels, not all C·d.",
        ),
        wrong(
            "a group a channel",
            {"9 * d * d * cardinality": "9 * inner"},
            "You gave the 3×3 as many groups as channels. It has one for each path: its outputs read d "
            "channels.",
        ),
        wrong(
            "one path",
            {"cardinality * d\n": "d\n", "d * d * cardinality": "d * d"},
            "You counted one path. There are as many as the cardinality says.",
        ),
        wrong(
            "groups everywhere",
            {"inner = cardinality * d": "inner = d"},
            "You gave the 1×1 convolutions groups as well. Only the 3×3 has them: every path reads all "
            "channels, and writes to all.",
        ),
        wrong(
            "weights",
            {" * size**2": ""},
            "You counted weights. Each is used once at every pixel of the map.",
        ),
        wrong(
            "one row",
            {"size**2": "size"},
            "You multiplied by one side of the map. It has size·size pixels.",
        ),
        wrong(
            "last layer forgotten",
            {" + widen": ""},
            "One of the two 1×1 is missing: the first leads to the paths, the last back to all channels.",
        ),
        wrong(
            "no filters",
            {" + filters": ""},
            "The 3×3 in the middle is missing: nine weights for each pair of channels within a path.",
        ),
        wrong(
            "one by one in the middle",
            {"9 * ": ""},
            "You counted the middle layer as 1×1. It is the one that looks around: 3×3, nine weights for "
            "each pair of channels.",
        ),
        wrong(
            "a second division",
            {"d * d * cardinality": "d * d"},
            "You divided the 3×3 by the groups twice: 9·d². Each of the C groups has that many weights.",
        ),
        wrong(
            "three weights",
            {"9 *": "3 *"},
            "You gave the 3×3 three weights for each pair of channels. It has 3·3 = 9.",
        ),
        wrong(
            "no padding",
            {"(narrow +": "narrow * size**2 + (", ") * size**2": ") * (size - 2) ** 2"},
            "You let the 3×3 cut off a border. With padding 1 it keeps the size.",
        ),
        wrong(
            "two a mac",
            {"size**2": "size**2 * 2"},
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
    ],
)


def count_gates(width, blocks, r):
    params = 0
    for stage in range(4):
        channels = width * 2**stage
        hidden = channels // r
        params += blocks * (2 * channels * hidden + hidden + channels)
    return params


def gate_cases(rng: np.random.Generator) -> Case:
    """No width that r divides, nor one of which `round` makes the same as `//` in all four stages."""
    r = int(rng.choice([4, 8, 16]))
    width = r * int(rng.integers(3, 60)) + int(rng.integers(1, r))
    channels = width * 2 ** np.arange(4)
    if (np.round(channels / r) == channels // r).all():
        width += r - 1 - width % r
    return {"width": width, "blocks": int(rng.integers(2, 30)), "r": r}


GATES = DrawnExercise(
    count_gates,
    points=3,
    cases=gate_cases,
    question=(
        "A residual network has four stages of {blocks} blocks each. The blocks of the first stage end in "
        "{width} channels, and each stage has twice as many as the one before. Every block gets "
        "squeeze-and-excitation with r = {r}: two linear layers *with* biases, and C/r units between them, "
        "rounded down. How many parameters are added?"
    ),
    mistakes=[
        wrong(
            "biases forgotten",
            {" + hidden + channels": ""},
            "The biases are missing: C/r for the first layer and C for the second.",
        ),
        wrong(
            "second bias forgotten",
            {" + channels)": ")"},
            "The second layer's biases are missing: C of them.",
        ),
        wrong(
            "wide biases",
            {"+ hidden + channels": "+ 2 * channels"},
            "Your number is as large as if both layers had C biases. The first leads to C/r units, and has "
            "as many biases.",
        ),
        wrong(
            "one layer",
            {"2 * channels * hidden + hidden + channels": "channels * hidden + hidden"},
            "You counted one of the two layers. One leads to C/r units, the other back to C.",
        ),
        wrong(
            "no reduction",
            {"channels // r": "channels"},
            "You left out the reduction: layers from C to C. The waist has C/r units.",
        ),
        wrong(
            "rounded up",
            {"channels // r": "-(-channels // r)"},
            "You rounded C/r up. The question rounds down, as // does; Python's round may go either way.",
        ),
        wrong(
            "r units",
            {"channels // r": "r"},
            "You put r units into the middle. It is C/r of them: r says by what factor the layer narrows.",
        ),
        wrong(
            "reduced twice",
            {"2 * channels * hidden": "2 * hidden**2"},
            "You divided by r twice, as if both ends of the layers were narrow. Each leads from C to C/r or "
            "back: C²/r weights.",
        ),
        wrong(
            "one a stage",
            {"blocks * (": "("},
            "You counted one pair of layers for each stage. Every block has its own.",
        ),
        wrong(
            "same width",
            {"2**stage": "1"},
            "You gave all stages the width of the first. It doubles from stage to stage, and the weights "
            "grow with its square.",
        ),
        wrong(
            "width added",
            {"2**stage": "(stage + 1)"},
            "You let the width grow by the first one at each stage. It doubles: 1, 2, 4, 8 times the first.",
        ),
        wrong(
            "three stages",
            {"range(4)": "range(3)"},
            "You counted three stages. There are four.",
        ),
        wrong(
            "nine taps",
            {"2 * channels": "18 * channels"},
            "You gave the layers a 3×3 kernel's nine taps. The layers read one number a channel.",
        ),
    ],
)


def count_wide(depth, k, classes):
    n, channels = (depth - 4) // 6, 16
    params = 27 * channels
    for width in (16 * k, 32 * k, 64 * k):
        params += 9 * channels * width + (2 * n - 1) * 9 * width**2
        params += channels * width
        params += 2 * (channels + (2 * n - 1) * width)
        channels = width
    return params + 2 * channels + channels * classes + classes


def wide_cases(rng: np.random.Generator) -> Case:
    return {
        "depth": 6 * int(rng.integers(2, 8)) + 4,
        "k": int(rng.integers(2, 13)),
        "classes": int(rng.integers(11, 200)),
    }


WIDE = DrawnExercise(
    count_wide,
    points=3,
    cases=wide_cases,
    question=(
        "WRN-{depth}-{k} for colour images and {classes} classes: a 3×3 convolution to 16 channels; three "
        "stages of equally many pre-activated basic blocks (BN, ReLU, 3×3, BN, ReLU, 3×3) with 16, 32 and 64 "
        "times {k} channels; BN, ReLU, global average pooling, and a linear layer with biases. The depth is "
        "6n + 4, with n blocks a stage. Where a block changes the number of channels its shortcut is a 1×1 "
        "convolution, without normalization. No convolution has a bias; each normalization has a scale and "
        "a shift a channel. How many parameters are there?"
    ),
    mistakes=[
        wrong(
            "projections forgotten",
            {"params += channels * width": "pass"},
            "The projections are missing: in the first block of *each* stage the channels change, for the "
            "first stage widens 16 to 16·k.",
        ),
        wrong(
            "two projections",
            {"params += channels * width": "params += channels * width * (channels > 16)"},
            "You counted two projections. There are three: the first stage begins with 16 channels and "
            "has 16·k.",
        ),
        wrong(
            "projections normalized",
            {"params += channels * width": "params += channels * width + 2 * width"},
            "You gave the projections a normalization. In this network they have none.",
        ),
        wrong(
            "norms forgotten",
            {"2 * (channels + (2 * n - 1) * width)": "0", " + 2 * channels": ""},
            "The normalizations are missing: one in front of every 3×3 of the blocks, and one at the end.",
        ),
        wrong(
            "last norm forgotten",
            {" + 2 * channels": ""},
            "The last normalization is missing, the one in front of the pooling. Their sums need it.",
        ),
        wrong(
            "norms counted once",
            {
                "2 * (channels + (2 * n - 1) * width)": "channels + (2 * n - 1) * width",
                " + 2 * channels": " + channels",
            },
            "You gave a normalization one parameter a channel. It has two, a scale and a shift.",
        ),
        wrong(
            "running statistics",
            {"2 * (channels + (2": "4 * (channels + (2", " + 2 * channels": " + 4 * channels"},
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "norms as in the original",
            {"(channels + (2 * n - 1) * width)": "2 * n * width"},
            "You normalized the outputs, as the original block does. Here a normalization stands *in front "
            "of* each 3×3: the first of a stage sees the channels of the stage before.",
        ),
        wrong(
            "wide stem",
            {
                "6, 16": "6, 16 * k",
                "params += channels * width": "params += channels * width * (channels < width)",
            },
            "You widened the stem too. It has 16 channels whatever k is; only the stages are widened.",
        ),
        wrong(
            "first blocks alike",
            {"9 * channels * width": "9 * width**2", "(channels + (2 * n - 1) * width)": "2 * n * width"},
            "You counted all blocks of a stage alike. The first normalization and the first convolution of "
            "each stage see the channels of the stage before.",
        ),
        wrong(
            "first convolutions alike",
            {"9 * channels * width": "9 * width**2"},
            "You let the first convolution of each stage read the stage's own width. It reads the channels "
            "of the stage before.",
        ),
        wrong(
            "one more block",
            {"depth - 4": "depth + 2"},
            "You took n from a depth of 6n + 2 and had a block more in each stage. Here it is 6n + 4: the "
            "paper counts the projections' layer.",
        ),
        wrong(
            "twice the blocks",
            {"// 6": "// 3"},
            "You counted twice as many blocks. Each has two layers: the depth is 6n + 4, with n blocks in "
            "each of three stages.",
        ),
        wrong(
            "not wide",
            {"16 * k, 32 * k, 64 * k": "16, 32, 64"},
            "You left the factor k out: the stages have 16·k, 32·k and 64·k channels.",
        ),
        wrong(
            "linear bias forgotten",
            {" + classes": ""},
            "The linear layer's biases are missing: one for each class.",
        ),
    ],
)

EXERCISES = [BLOCK, SHARES, AGGREGATE, WIDTH, EXCITE, RESNEXT, GATES, WIDE]

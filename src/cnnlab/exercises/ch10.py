"""Chapter 10, after ResNet: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


# 1. The block ---------------------------------------------------------------------------------------


def preactivated_block(x, first, second):
    f = x
    for weight in (first, second):
        f = (f - f.mean(axis=0)) / np.sqrt(f.var(axis=0) + 1e-5)
        f = np.maximum(f, 0) @ weight
    return x + f


def block_cases(rng: np.random.Generator) -> Case:
    channels, hidden = rng.permutation([2, 3, 4])[:2]
    return {
        "x": digits(rng, 6, channels),
        "first": digits(rng, channels, hidden),
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
            lambda x, first, second: relu(preactivated_block(x, first, second)),
            "You applied a ReLU after the sum. In order (e) nothing stands there: the sum goes on as it is.",
        ),
        wrong(
            "shortcut missing",
            lambda x, first, second: preactivated_block(x, first, second) - x,
            "The shortcut is missing: you returned F(x). Add x.",
        ),
        wrong(
            "shortcut normalized",
            lambda x, first, second: preactivated_block(x, first, second) - x + relu(norm(x)),
            "You added the normalized x. The shortcut takes x before anything has touched it.",
        ),
        wrong(
            "relu only",
            lambda x, first, second: x + relu(norm(relu(x) @ first)) @ second,
            "The normalization is missing in front of the first ReLU: that is order (d). In (e) everything "
            "that a linear layer reads is normalized.",
        ),
        wrong(
            "relu before the norm",
            lambda x, first, second: x + norm(relu(norm(relu(x)) @ first)) @ second,
            "You applied the ReLU first and normalized its result. Normalize first: then about half of the "
            "values are positive.",
        ),
        wrong(
            "rows normalized",
            lambda x, first, second: x + relu(norm(relu(norm(x, 1)) @ first, 1)) @ second,
            "You normalized each row. Batch normalization takes mean and variance of each *channel* over the "
            "batch: axis 0.",
        ),
        wrong(
            "relu before the sum",
            lambda x, first, second: x + relu(preactivated_block(x, first, second) - x),
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
    return {"scales": scales}


SHARES = Exercise(
    signal_shares,
    points=3,
    cases=scale_cases,
    mistakes=[
        wrong(
            "own scale too",
            lambda scales: np.array([np.prod(scales), *np.cumprod(scales[::-1])[::-1]]),
            "You let F's own block scale it. F is added *after* x was scaled: only later blocks scale it.",
        ),
        wrong(
            "scales before",
            lambda scales: np.array([np.prod(scales), 1.0, *np.cumprod(scales)[:-1]]),
            "You multiplied the scales of the blocks before. What F has added is scaled by those that come "
            "after it.",
        ),
        wrong(
            "signal alone",
            lambda scales: np.array([np.prod(scales), *np.ones(len(scales))]),
            "You let every F arrive whole. What a block adds travels on the same shortcuts as x, and the "
            "later ones scale it.",
        ),
        wrong(
            "one step",
            lambda scales: np.array([scales[0], *scales[1:], 1.0]),
            "You scaled each term by one block alone. It passes all blocks that follow: multiply.",
        ),
        wrong(
            "added",
            lambda scales: np.array(
                [np.sum(scales), *[np.sum(scales[i + 1 :]) for i in range(len(scales) - 1)], 1.0]
            ),
            "You added the scales up. The blocks stand one behind the other: they multiply.",
        ),
        wrong(
            "last first",
            lambda scales: np.array([signal_shares(scales)[0], *signal_shares(scales)[:0:-1]]),
            "Your F's stand in the wrong order. Return F₀ first and the last one at the end: that one is "
            "scaled by nobody.",
        ),
        wrong(
            "signal last",
            lambda scales: np.roll(signal_shares(scales), -1),
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
    paths, channels, width = int(rng.integers(2, 5)), int(rng.integers(3, 6)), int(rng.integers(1, 3))
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
            lambda x, narrow, widen: x + (aggregate_paths(x, narrow, widen) - x) / len(narrow),
            "You took the mean of the paths. They are added.",
        ),
        wrong(
            "a shortcut a path",
            lambda x, narrow, widen: aggregate_paths(x, narrow, widen) + (len(narrow) - 1) * x,
            "You added x once for each path. There is one shortcut around all of them.",
        ),
        wrong(
            "shortcut missing",
            lambda x, narrow, widen: aggregate_paths(x, narrow, widen) - x,
            "The shortcut is missing: add x to the sum of the paths.",
        ),
        wrong(
            "one after the other",
            lambda x, narrow, widen: chained(x, narrow, widen),
            "You let each path read what the one before had made. They stand side by side, and all read x.",
        ),
        wrong(
            "first path only",
            lambda x, narrow, widen: x + relu(x @ narrow[0]) @ widen[0],
            "You computed one path. Add up all C of them.",
        ),
        wrong(
            "no relu",
            lambda x, narrow, widen: x + sum(x @ f @ g for f, g in zip(narrow, widen, strict=True)),
            "The ReLU inside the paths is missing. Without it each path is one linear layer.",
        ),
        wrong(
            "relu at the end of a path",
            lambda x, narrow, widen: (
                x + sum(relu(relu(x @ f) @ g) for f, g in zip(narrow, widen, strict=True))
            ),
            "There is a second ReLU at the end of each path. A path may also take something away.",
        ),
        wrong(
            "relu after the sum",
            lambda x, narrow, widen: relu(aggregate_paths(x, narrow, widen)),
            "There is a ReLU after the sum. The question asks for none there.",
        ),
        wrong(
            "narrow ends added",
            lambda x, narrow, widen: x + sum(relu(x @ f) for f in narrow) @ np.sum(widen, axis=0),
            "You added the narrow ends of all paths and widened them together. Each path has a last layer of "
            "its own; only *concatenated* could they share one.",
        ),
    ],
)


def chained(x, narrow, widen):
    """Residual blocks one after the other."""
    for first, last in zip(narrow, widen, strict=True):
        x = x + relu(x @ first) @ last
    return x


# 4. Equal cost --------------------------------------------------------------------------------------


def affordable_width(cardinality, channels, budget):
    d = 0
    while cardinality * (2 * channels * (d + 1) + 9 * (d + 1) ** 2) <= budget:
        d += 1
    return d


def width_cases(rng: np.random.Generator) -> Case:
    channels = 16 * int(rng.integers(4, 17))
    cardinality = int(rng.integers(2, 9))
    d = int(rng.integers(12, 30))
    least = cardinality * (2 * channels * d + 9 * d**2)
    more = cardinality * (2 * channels * (d + 1) + 9 * (d + 1) ** 2)
    return {"cardinality": cardinality, "channels": channels, "budget": int(rng.integers(least, more))}


def widest(weights, budget):
    """The largest width whose weights a budget pays for."""
    d = 0
    while weights(d + 1) <= budget:
        d += 1
    return d


WIDTH = Exercise(
    affordable_width,
    points=2,
    cases=width_cases,
    mistakes=[
        wrong(
            "groups forgotten",
            lambda cardinality, channels, budget: widest(
                lambda d: 2 * channels * cardinality * d + 9 * (cardinality * d) ** 2, budget
            ),
            "You let the 3×3 join all paths: 9·(C·d)² weights, which is one path's width split evenly. In "
            "groups each path filters its own d channels: C·9·d². That is cheaper, so d is larger.",
        ),
        wrong(
            "one path",
            lambda cardinality, channels, budget: widest(lambda d: 2 * channels * d + 9 * d**2, budget),
            "You spent the whole budget on one path. There are `cardinality` of them.",
        ),
        wrong(
            "total width",
            lambda cardinality, channels, budget: (
                cardinality * affordable_width(cardinality, channels, budget)
            ),
            "You returned the width of all paths together, C·d. The question asks for d, that of one path.",
        ),
        wrong(
            "one by one once",
            lambda cardinality, channels, budget: widest(
                lambda d: cardinality * (channels * d + 9 * d**2), budget
            ),
            "You counted one 1×1. There are two: into the path and out of it.",
        ),
        wrong(
            "rounded up",
            lambda cardinality, channels, budget: affordable_width(cardinality, channels, budget) + 1,
            "Yours costs more than the budget. The largest d that does *not* exceed it is one smaller.",
        ),
        wrong(
            "no nine",
            lambda cardinality, channels, budget: widest(
                lambda d: cardinality * (2 * channels * d + d**2), budget
            ),
            "You counted d² for the middle layer. It is a 3×3: 9·d² a path.",
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
    hidden = int(rng.integers(1, 3))
    channels = 2 * hidden + int(rng.integers(0, 2))
    rows, columns = rng.permutation([2, 3, 4])[:2]
    first = np.abs(rng.integers(1, 5, (hidden, channels)) / 8)
    first[:, -1] = -0.125
    second = rng.integers(-4, 5, (channels, hidden)) / 4
    second[0], second[1] = 0.5, -0.5
    u = np.abs(digits(rng, channels, rows, columns)) + 1
    u[-1] = -1  # so that its mean is not the largest
    return {"u": u, "first": first, "second": second}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gated(u, gates):
    return gates.reshape(-1, 1, 1) * u


EXCITE = Exercise(
    squeeze_excite,
    points=3,
    cases=excite_cases,
    mistakes=[
        wrong(
            "gates returned",
            lambda u, first, second: sigmoid(second @ relu(first @ u.mean(axis=(1, 2)))),
            "You returned the gates. Multiply each channel of u by its gate.",
        ),
        wrong(
            "sum for mean",
            lambda u, first, second: gated(u, sigmoid(second @ relu(first @ u.sum(axis=(1, 2))))),
            "You squeezed to sums. The mean does not grow with the size of the map.",
        ),
        wrong(
            "maximum",
            lambda u, first, second: gated(u, sigmoid(second @ relu(first @ u.max(axis=(1, 2))))),
            "You squeezed to each channel's maximum. The paper's default, and the question's, is the mean.",
        ),
        wrong(
            "softmax",
            lambda u, first, second: gated(u, softmax(second @ relu(first @ u.mean(axis=(1, 2))))),
            "You made the gates by a softmax, so that they share a sum of 1. Each gate is a sigmoid of its "
            "own: several channels may be open.",
        ),
        wrong(
            "no sigmoid",
            lambda u, first, second: gated(u, second @ relu(first @ u.mean(axis=(1, 2)))),
            "The sigmoid is missing: a gate lies between 0 and 1.",
        ),
        wrong(
            "relu for sigmoid",
            lambda u, first, second: gated(u, relu(second @ relu(first @ u.mean(axis=(1, 2))))),
            "You used a second ReLU where the sigmoid belongs: a gate lies between 0 and 1.",
        ),
        wrong(
            "sigmoid twice",
            lambda u, first, second: gated(u, sigmoid(second @ sigmoid(first @ u.mean(axis=(1, 2))))),
            "You used a sigmoid in the middle as well. There it is a ReLU.",
        ),
        wrong(
            "added",
            lambda u, first, second: (
                u
                + squeeze_excite(np.ones_like(u), first, second) * 0
                + sigmoid(second @ relu(first @ u.mean(axis=(1, 2))))[:, None, None]
            ),
            "You added the gates to the maps. They multiply.",
        ),
        wrong(
            "pixel by pixel",
            lambda u, first, second: (
                u * sigmoid(np.tensordot(second, relu(np.tensordot(first, u, axes=(1, 0))), axes=(1, 0)))
            ),
            "You computed gates for every pixel from that pixel alone. The squeeze is missing: take the mean "
            "over the whole map first.",
        ),
        wrong(
            "shortcut added",
            lambda u, first, second: u + squeeze_excite(u, first, second),
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
            lambda channels, cardinality, d, size: (
                (2 * channels * cardinality * d + 9 * (cardinality * d) ** 2) * size**2
            ),
            "You counted the 3×3 without groups. Each of its outputs reads d channels, not all C·d.",
        ),
        wrong(
            "one path",
            lambda channels, cardinality, d, size: (2 * channels * d + 9 * d * d) * size**2,
            "You counted one path. There are as many as the cardinality says.",
        ),
        wrong(
            "groups everywhere",
            lambda channels, cardinality, d, size: (2 * channels * d + 9 * d * d * cardinality) * size**2,
            "You gave the 1×1 convolutions groups as well. Only the 3×3 has them: every path reads all "
            "channels, and writes to all.",
        ),
        wrong(
            "weights",
            lambda channels, cardinality, d, size: count_resnext(channels, cardinality, d, 1),
            "You counted weights. Each is used once at every pixel of the map.",
        ),
        wrong(
            "one row",
            lambda channels, cardinality, d, size: count_resnext(channels, cardinality, d, 1) * size,
            "You multiplied by one side of the map. It has size·size pixels.",
        ),
        wrong(
            "last layer forgotten",
            lambda channels, cardinality, d, size: (
                (channels * cardinality * d + 9 * d * d * cardinality) * size**2
            ),
            "The last 1×1 is missing, the one back to all channels.",
        ),
        wrong(
            "a second division",
            lambda channels, cardinality, d, size: (2 * channels * cardinality * d + 9 * d * d) * size**2,
            "You divided the 3×3 by the groups twice: 9·d². Each of the C groups has that many weights.",
        ),
        wrong(
            "two a mac",
            lambda **block: 2 * count_resnext(**block),
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
    r = int(rng.choice([4, 8, 16]))
    return {"width": r * int(rng.integers(3, 60)), "blocks": int(rng.integers(2, 30)), "r": r}


def widths(width):
    return [width * 2**stage for stage in range(4)]


GATES = DrawnExercise(
    count_gates,
    points=3,
    cases=gate_cases,
    question=(
        "A residual network has four stages of {blocks} blocks each. The blocks of the first stage end in "
        "{width} channels, and each stage has twice as many as the one before. Every block gets "
        "squeeze-and-excitation with r = {r}: two linear layers *with* biases. How many parameters are added?"
    ),
    mistakes=[
        wrong(
            "biases forgotten",
            lambda width, blocks, r: blocks * sum(2 * c * (c // r) for c in widths(width)),
            "The biases are missing: C/r for the first layer and C for the second.",
        ),
        wrong(
            "one layer",
            lambda width, blocks, r: blocks * sum(c * (c // r) + c // r for c in widths(width)),
            "You counted one of the two layers. One leads to C/r units, the other back to C.",
        ),
        wrong(
            "no reduction",
            lambda width, blocks, r: blocks * sum(2 * c * c + 2 * c for c in widths(width)),
            "You left out the reduction: layers from C to C. The waist has C/r units.",
        ),
        wrong(
            "reduced twice",
            lambda width, blocks, r: blocks * sum(2 * (c // r) ** 2 + c // r + c for c in widths(width)),
            "You divided by r twice, as if both ends of the layers were narrow. Each leads from C to C/r or "
            "back: C²/r weights.",
        ),
        wrong(
            "one a stage",
            lambda width, blocks, r: count_gates(width, 1, r),
            "You counted one pair of layers for each stage. Every block has its own.",
        ),
        wrong(
            "same width",
            lambda width, blocks, r: 4 * blocks * (2 * width * (width // r) + width // r + width),
            "You gave all stages the width of the first. It doubles from stage to stage, and the weights "
            "grow with its square.",
        ),
        wrong(
            "nine taps",
            lambda width, blocks, r: blocks * sum(18 * c * (c // r) + c // r + c for c in widths(width)),
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


def projections(k):
    return 16 * 16 * k + 16 * k * 32 * k + 32 * k * 64 * k


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
            lambda depth, k, classes: count_wide(depth, k, classes) - projections(k),
            "The projections are missing: in the first block of *each* stage the channels change, for the "
            "first stage widens 16 to 16·k.",
        ),
        wrong(
            "two projections",
            lambda depth, k, classes: count_wide(depth, k, classes) - 256 * k,
            "You counted two projections. There are three: the first stage begins with 16 channels and "
            "has 16·k.",
        ),
        wrong(
            "norms forgotten",
            lambda depth, k, classes: (
                count_wide(depth, k, classes) - 2 * (16 + 48 * k + 64 * k) - 2 * norm_rest(depth, k)
            ),
            "The normalizations are missing: one in front of every 3×3 of the blocks, and one at the end.",
        ),
        wrong(
            "last norm forgotten",
            lambda depth, k, classes: count_wide(depth, k, classes) - 128 * k,
            "The last normalization is missing, the one in front of the pooling. Their sums need it.",
        ),
        wrong(
            "wide stem",
            lambda depth, k, classes: count_wide(depth, k, classes) + wide_stem(k),
            "You widened the stem too. It has 16 channels whatever k is; only the stages are widened.",
        ),
        wrong(
            "first blocks alike",
            lambda depth, k, classes: (
                count_wide(depth, k, classes) + 9 * sum(b * b - a * b for a, b in steps(k))
            ),
            "You counted all blocks of a stage alike. The first convolution of each stage reads the channels "
            "of the stage before.",
        ),
        wrong(
            "one more block",
            lambda depth, k, classes: count_wide(depth + 6, k, classes),
            "You took n from a depth of 6n + 2 and had a block more in each stage. Here it is 6n + 4: the "
            "paper counts the projections' layer.",
        ),
        wrong(
            "not wide",
            lambda depth, k, classes: count_wide(depth, 1, classes),
            "You left the factor k out: the stages have 16·k, 32·k and 64·k channels.",
        ),
        wrong(
            "linear bias forgotten",
            lambda depth, k, classes: count_wide(depth, k, classes) - classes,
            "The linear layer's biases are missing: one for each class.",
        ),
    ],
)


def steps(k):
    """Channels before and in each stage."""
    return [(16, 16 * k), (16 * k, 32 * k), (32 * k, 64 * k)]


def norm_rest(depth, k):
    """Channels of the norms inside the stages that are not the first of their stage."""
    return (2 * ((depth - 4) // 6) - 1) * (16 + 32 + 64) * k


def wide_stem(k):
    """What a stem of 16·k channels would add, its projection gone."""
    return (27 + 9 * 16 * k + 2) * 16 * (k - 1) - 256 * k


EXERCISES = [BLOCK, SHARES, AGGREGATE, WIDTH, EXCITE, RESNEXT, GATES, WIDE]

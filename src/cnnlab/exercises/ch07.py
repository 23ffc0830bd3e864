"""Chapter 07, VGG: seven exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. A large kernel as a stack -----------------------------------------------------------------------


def as_3x3(kernel_size, in_channels, out_channels):
    layers = kernel_size // 2  # each sees one more column on either side
    pairs = in_channels * out_channels
    large = pairs * kernel_size**2
    stack = pairs * 3 * 3
    stack += (layers - 1) * out_channels**2 * 3 * 3
    return np.array([layers, large, stack])


def large_kernels(rng: np.random.Generator) -> Case:
    in_channels, out_channels = rng.permutation(np.arange(2, 65))[:2]
    return {
        "kernel_size": int(rng.choice([5, 7, 9, 11])),
        "in_channels": int(in_channels),
        "out_channels": int(out_channels),
    }


AS_3X3 = Exercise(
    as_3x3,
    points=2,
    cases=large_kernels,
    mistakes=[
        wrong(
            "side by side",
            {"// 2": "// 3"},
            "You asked how often 3 fits into K. The layers lie on top of each other: each adds one column on "
            "either side, so L of them see 1 + 2L columns.",
        ),
        wrong(
            "side by side, rounded up",
            {"kernel_size // 2": "-(-kernel_size // 3)"},
            "You asked how many threes cover K. The layers lie on top of each other: each adds one column on "
            "either side, so L of them see 1 + 2L columns.",
        ),
        wrong(
            "areas",
            {"kernel_size // 2": "round(kernel_size**2 / 9)"},
            "You asked how often 9 weights fit into K². What counts is how far the stack sees: each layer "
            "adds one column on either side, so L of them see 1 + 2L columns.",
        ),
        wrong(
            "one side",
            {"kernel_size // 2": "kernel_size - 1"},
            "You let each layer add one column. It adds one on the left *and* one on the right.",
        ),
        wrong(
            "one side, from three on",
            {"kernel_size // 2": "kernel_size - 2"},
            "You let each layer behind the first add one column to its three. It adds one on the left *and* "
            "one on the right.",
        ),
        wrong(
            "one too many",
            {"// 2": "// 2 + 1"},
            "One layer too many. The first already sees three columns: with L layers it is 1 + 2L.",
        ),
        wrong(
            "first not counted",
            {"[layers": "[layers - 1"},
            "You counted only the layers that come on top of the first 3×3. The first is a layer of the "
            "stack, too.",
        ),
        wrong(
            "one inner too many",
            {"(layers - 1)": "layers"},
            "Your stack has more weights than your number of layers: the first reads in_channels, and only "
            "layers − 1 others follow.",
        ),
        wrong(
            "all read the input",
            {"out_channels**2": "pairs"},
            "You let every layer of the stack read in_channels. Only the first does; the others read what "
            "the layer before them wrote.",
        ),
        wrong(
            "all inner",
            {"stack = pairs": "stack = out_channels**2"},
            "You let every layer of the stack read out_channels. The first reads in_channels.",
        ),
        wrong(
            "two writers",
            {"out_channels**2": "in_channels**2"},
            "You let the stack keep in_channels until its last layer. Here each of its layers, the first "
            "too, gives out_channels.",
        ),
        wrong(
            "one kernel a channel",
            {"in_channels * ": "", "out_channels**2": "out_channels"},
            "You gave each output channel one kernel. It has one for every channel that the layer reads.",
        ),
        wrong(
            "biases",
            {"kernel_size**2": "kernel_size**2 + out_channels", ", stack": ", stack + layers * out_channels"},
            "You counted the biases too. The task asks for weights alone.",
        ),
        wrong(
            "kernel not squared",
            {"size**2": "size", "pairs * 3": "pairs", "channels**2 * 3": "channels**2"},
            "A kernel of size K has K² weights for each pair of channels, and one of size 3 has nine.",
        ),
        wrong(
            "stack first",
            {"large, stack]": "stack, large]"},
            "You returned the stack before the large one. The order is layers, large, stack.",
        ),
    ],
)


# 2. The rule of the stages --------------------------------------------------------------------------


def vgg_rule(channels, size, stages, most):
    rows = []
    for _ in range(stages):
        elements = channels * size * size
        weights = channels * channels * 3 * 3
        rows.append([elements, weights, weights * size * size])
        channels = min(2 * channels, most)
        size = size // 2
    return np.array(rows)


def rule_cases(rng: np.random.Generator) -> Case:
    channels, stages = int(rng.integers(3, 33)), int(rng.integers(4, 7))
    return {
        "channels": channels,
        "size": int(rng.integers(2, 8)) * 2**stages,
        "stages": stages,
        "most": channels * int(rng.choice([2, 3, 4, 6])),
    }


RULE = Exercise(
    vgg_rule,
    points=2,
    cases=rule_cases,
    mistakes=[
        wrong(
            "no limit",
            {"min(2 * channels, most)": "2 * channels"},
            "Your channels double for ever. VGG stops at 512, and here they stop at `most`.",
        ),
        wrong(
            "stops at 512",
            {"2 * channels, most)": "2 * channels, 512)"},
            "Your channels stop at 512, as VGG's do. Here the limit is the argument `most`.",
        ),
        wrong(
            "stops too early",
            {"min(2 * channels, most)": "2 * channels if 2 * channels < most else channels"},
            "Your channels stop before they would pass `most`. They may reach it: it is min(2·C, most).",
        ),
        wrong(
            "stops below",
            {"min(2 * channels, most)": "2 * channels if 2 * channels <= most else channels"},
            "Your channels stay as they are where the double would be too many. They grow to `most` itself "
            "then: it is min(2·C, most).",
        ),
        wrong(
            "channels quadruple",
            {"min(2": "min(4"},
            "You multiplied the channels by four, to make up for a quarter of the pixels. That keeps the "
            "memory; VGG keeps the work, and for that they double.",
        ),
        wrong(
            "channels stay",
            {"min(2 * channels, most)": "channels"},
            "Your channels never grow. After each pooling they double, up to `most`.",
        ),
        wrong(
            "doubled at once",
            {"rows = []": "rows, channels = [], min(2 * channels, most)"},
            "Your channels double before the first stage. That has `channels` of them; they double *after* "
            "each stage.",
        ),
        wrong(
            "size stays",
            {" // 2": ""},
            "Your images never shrink. Each pooling halves both sides.",
        ),
        wrong(
            "halved at once",
            {"rows = []": "rows, size = [], size // 2"},
            "Your images are halved before the first stage. That works on `size` by `size` pixels; they are "
            "halved *after* each stage.",
        ),
        wrong(
            "size quartered",
            {"// 2": "// 4"},
            "You divided the side by four. A pooling halves each side; it is the area that falls to a "
            "quarter.",
        ),
        wrong(
            "first layer",
            {
                "rows = []": "rows, before = [], channels",
                "channels * channels": "before * channels",
                "channels = min": "before, channels = channels, min",
            },
            "You counted a stage's first layer, which reads the narrower stage before it. The task asks for "
            "one inside the stage, with as many channels in as out.",
        ),
        wrong(
            "one kernel a channel",
            {"channels * channels": "channels"},
            "You gave each output channel one kernel. It has one for every channel that the layer reads.",
        ),
        wrong(
            "biases",
            {"3 * 3": "3 * 3 + channels"},
            "You added the biases. The task asks for weights, and for MACs, which have no biases in them.",
        ),
        wrong(
            "biases with the weights",
            {", weights,": ", weights + channels,"},
            "You counted the biases among the weights. The task asks for weights without them.",
        ),
        wrong(
            "two a mac",
            {", weights *": ", 2 * weights *"},
            "You counted two operations for each MAC. One MAC is a multiplication and an addition together.",
        ),
        wrong(
            "one channel",
            {"= channels * size": "= size"},
            "Your output elements are those of one channel. The layer gives `channels` of them.",
        ),
        wrong(
            "bytes",
            {"[elements": "[4 * elements"},
            "Your first column is in bytes. The task asks for elements: numbers, not the bytes they take.",
        ),
        wrong(
            "transposed",
            {"(rows)": "(rows).T"},
            "Your array has a column for each stage. It should have a row for each: shape (stages, 3).",
        ),
    ],
)


# 3. What initialization does to a signal ------------------------------------------------------------


def signal(fan_ins, deviation):
    spreads, spread = [], 1.0
    for layer, fan_in in enumerate(fan_ins):
        heard = fan_in / 2 if layer else fan_in
        spread = spread * deviation * np.sqrt(heard)
        spreads.append(spread)
    return np.array(spreads)


def signal_cases(rng: np.random.Generator) -> Case:
    """A later layer has the first one's fan-in: it is not by its number that the first is known.

    All are odd, so that to halve them with // is wrong in every layer.
    """
    layers = int(rng.integers(3, 7))
    fan_ins = 9 * (2 * rng.integers(0, 32, layers) + 1)
    fan_ins[rng.integers(1, layers)] = fan_ins[0]
    return {"fan_ins": fan_ins, "deviation": round(float(rng.uniform(0.05, 0.4)), 2)}


SIGNAL = Exercise(
    signal,
    points=3,
    cases=signal_cases,
    mistakes=[
        wrong(
            "ReLU forgotten",
            {" / 2": ""},
            "You forgot the ReLUs. Each sets half of the numbers to zero, so the sum of squares that the "
            "next layer hears is half of what it was.",
        ),
        wrong(
            "image rectified",
            {" if layer else fan_in": ""},
            "You halved in the first layer too. It reads the image, over which no ReLU has been; and what a "
            "layer gives is asked for *before* its own ReLU.",
        ),
        wrong(
            "mean taken off",
            {"/ 2": "* (1 / 2 - 1 / (2 * np.pi))"},
            "You took the variance behind the ReLU, which leaves its mean out. The next layer sums squares, "
            "the mean's too: the mean *square* counts, and that is halved.",
        ),
        wrong(
            "half the deviation",
            {"/ 2": "/ 4"},
            "You let a ReLU halve the deviation. It halves the mean *square*: that is a factor of √½.",
        ),
        wrong(
            "doubled",
            {"/ 2": "* 2"},
            "You doubled behind each ReLU. He's rule doubles the weights' variance because a ReLU halves the "
            "mean square: here the ReLU's half is asked for.",
        ),
        wrong(
            "variance",
            {"(spreads)": "(spreads) ** 2"},
            "You computed variances. The answer asked for is their square root.",
        ),
        wrong(
            "deviation as variance",
            {"deviation * np.sqrt(heard)": "np.sqrt(deviation * heard)"},
            "You took the weights' deviation for their variance. Each layer multiplies by deviation · √n.",
        ),
        wrong(
            "no root",
            {"np.sqrt(heard)": "heard"},
            "A sum of n independent numbers is √n as spread out as one of them, not n times.",
        ),
        wrong(
            "one layer at a time",
            {"spread * ": ""},
            "Those are the factors of the single layers. What a layer hears has been through all before it: "
            "multiply the factors up.",
        ),
        wrong(
            "added",
            {"1.0": "0.0", "spread * ": "spread + "},
            "You added the factors of the layers. Each layer multiplies what it gets.",
        ),
        wrong(
            "fan-in ignored",
            {" * np.sqrt(heard)": ""},
            "You left the fan-in out. An output is a sum of fan_in products, and the longer the wider.",
        ),
        wrong(
            "deviation once",
            {" * deviation": "", "np.array(spreads)": "deviation * np.array(spreads)"},
            "You multiplied by the weights' deviation once. Every layer has weights: each multiplies by it.",
        ),
        wrong(
            "last only",
            {"(spreads)": "(spreads[-1:] * len(spreads))"},
            "You returned the last layer's value for all of them. Keep one for each layer.",
        ),
        wrong(
            "one number",
            {"(spreads)": "(spread)"},
            "You returned the last layer's value alone. Return one for each layer.",
        ),
    ],
)


# 4. A direction, filter by filter -------------------------------------------------------------------


def filter_normalize(direction, weight):
    drawn = (direction**2).sum(axis=(1, 2, 3), keepdims=True)
    wanted = (weight**2).sum(axis=(1, 2, 3), keepdims=True)
    return direction * np.sqrt(wanted / drawn)


def direction_cases(rng: np.random.Generator) -> Case:
    shape = (*rng.permutation([1, 2, 3])[:2], *[rng.choice([2, 3])] * 2)
    scale = rng.uniform(0.2, 5, (shape[0], 1, 1, 1))
    return {"direction": rng.normal(size=shape), "weight": scale * rng.normal(size=shape)}


def over(axes: str) -> dict[str, str]:
    """Lengths taken over other axes."""
    return {f"({name}**2).sum(axis=(1, 2, 3)": f"({name}**2).sum({axes}" for name in ("direction", "weight")}


DIRECTION = Exercise(
    filter_normalize,
    points=2,
    cases=direction_cases,
    mistakes=[
        wrong(
            "whole layer",
            over("axis=None"),
            "You gave the whole layer one length. Each filter has its own: one for every output channel.",
        ),
        wrong(
            "each kernel",
            over("axis=(2, 3)"),
            "You scaled each K×K slice alone. A filter reaches through all input channels, and all of it "
            "makes one output: sum over axes 1, 2 and 3.",
        ),
        wrong(
            "input channels",
            over("axis=(0, 2, 3)"),
            "You took a filter for what reads one input channel. It is what makes one output channel: the "
            "first axis tells them apart.",
        ),
        wrong(
            "length one",
            {"wanted /": "1 /"},
            "Your filters all have length 1. They should be as long as the network's own.",
        ),
        wrong(
            "only stretched",
            {" / drawn": ""},
            "You multiplied by the network's lengths, but did not first divide by the direction's own.",
        ),
        wrong(
            "squares",
            {"np.sqrt": ""},
            "You scaled by sums of squares. A length is the root of that.",
        ),
        wrong(
            "upside down",
            {"wanted / drawn": "drawn / wanted"},
            "Your ratio is upside down: divide by the direction's length, multiply by the network's.",
        ),
        wrong(
            "absolute values",
            {"(direction**2)": "abs(direction)", "(weight**2)": "abs(weight)", "np.sqrt": ""},
            "You measured lengths by sums of absolute values. The paper's is the Euclidean (Frobenius) norm.",
        ),
        wrong(
            "deviations",
            {"(direction**2).sum": "direction.var", "(weight**2).sum": "weight.var"},
            "You took standard deviations for lengths. They subtract the mean first; a length does not.",
        ),
        wrong(
            "weight scaled",
            {"direction * np": "weight * np", "wanted / drawn": "drawn / wanted"},
            "You scaled the weight to the direction's lengths. Scale the direction to the weight's.",
        ),
    ],
)


# 5. A classifier that reads images of any size ------------------------------------------------------


def dense_scores(maps, weights, size):
    channels, height, width = maps.shape
    kernels = weights.reshape(-1, channels, size, size)
    rows, columns = height - size + 1, width - size + 1
    scores = np.zeros(len(kernels))
    for i in range(rows):
        for j in range(columns):
            window = maps[:, i : i + size, j : j + size]
            scores += (kernels * window).sum(axis=(1, 2, 3))
    return scores / (rows * columns)


def dense_cases(rng: np.random.Generator) -> Case:
    size, channels, classes = int(rng.integers(2, 4)), int(rng.integers(2, 5)), int(rng.integers(2, 6))
    height, width = size + rng.permutation([1, 2, 3, 4])[:2]
    weights = rng.integers(-9, 10, (classes, channels * size * size)).astype(float)
    return {
        "maps": rng.integers(-9, 10, (channels, height, width)).astype(float),
        "weights": weights,
        "size": size,
    }


DENSE = Exercise(
    dense_scores,
    points=3,
    cases=dense_cases,
    mistakes=[
        wrong(
            "first window",
            {"range(rows)": "[0]", "range(columns)": "[0]", " / (rows * columns)": ""},
            "You classified the upper left window only. Slide the classifier over all places, and average.",
        ),
        wrong(
            "centre crop",
            {
                "range(rows)": "[(rows - 1) // 2]",
                "range(columns)": "[(columns - 1) // 2]",
                " / (rows * columns)": "",
            },
            "You classified the middle window only. Slide the classifier over all places, and average.",
        ),
        wrong(
            "sum",
            {" / (rows * columns)": ""},
            "You added the scores of all places. Divide by their number, or larger images score higher.",
        ),
        wrong(
            "mean over pixels",
            {"(rows * columns)": "(height * width)"},
            "You divided by the number of pixels. There are fewer windows: H − size + 1 along a side.",
        ),
        wrong(
            "max",
            {
                "np.zeros(len(kernels))": "-np.inf",
                "scores += (kernels * window).sum(axis=(1, 2, 3))": (
                    "scores = np.maximum(scores, (kernels * window).sum(axis=(1, 2, 3)))"
                ),
                " / (rows * columns)": "",
            },
            "You kept the best place for each class. The paper averages over all places.",
        ),
        wrong(
            "probabilities",
            {
                "scores += (kernels * window).sum(axis=(1, 2, 3))": (
                    "here = (kernels * window).sum(axis=(1, 2, 3))\n"
                    "            odds = np.exp(here - here.max())\n"
                    "            scores += odds / odds.sum()"
                )
            },
            "You made probabilities of each window's scores first. The task asks for the mean of the scores "
            "themselves.",
        ),
        wrong(
            "maps averaged",
            lambda maps, weights, size: (
                weights.reshape(-1, len(maps), size**2).sum(axis=2) @ maps.mean(axis=(1, 2))
            ),
            "You averaged each map first and gave every weight the mean. A weight reads its own place of the "
            "window: classify each window, then average.",
        ),
        wrong(
            "channels last",
            {"-1, channels, size, size)": "-1, size, size, channels).transpose(0, 3, 1, 2)"},
            "You unfolded the weights with the channels last. Flattening [C, H, W] runs through the columns "
            "first, then the rows, then the channels.",
        ),
        wrong(
            "transposed",
            {"channels, size, size)": "channels, size, size).swapaxes(2, 3)"},
            "You exchanged rows and columns of the kernels. In [C, H, W] the columns run fastest.",
        ),
        wrong(
            "flipped",
            {"channels, size, size)": "channels, size, size)[:, :, ::-1, ::-1]"},
            "You turned the kernels by 180°. Networks compute cross-correlation: they stay as they are.",
        ),
        wrong(
            "last place forgotten",
            {"height - size + 1, width - size + 1": "height - size, width - size"},
            "Your window stops one place before the last: there are H − size + 1 places along a side.",
        ),
        wrong(
            "shrunk to fit",
            {
                "height - size + 1, width - size + 1": "height // size, width // size",
                "i : i + size, j : j + size": "i * size : (i + 1) * size, j * size : (j + 1) * size",
            },
            "You put windows side by side, without overlap. The classifier moves on by one place at a time.",
        ),
    ],
)


# 6. Count a column ----------------------------------------------------------------------------------


def count_column(width, a, b, c, size, hidden, classes):
    params, channels = 0, 3
    for layers in (a, b, c):
        for _ in range(layers):
            params += width * channels * 9 + width
            channels = width
        width, size = 2 * width, size // 2
    units = channels * size * size
    for outputs in (hidden, hidden, classes):
        params += outputs * units + outputs
        units = outputs
    return params


def column_cases(rng: np.random.Generator) -> Case:
    a, b, c = (int(n) for n in rng.permutation([1, 2, 3, 4])[:3])
    return {
        "width": int(rng.integers(10, 40)),
        "a": a,
        "b": b,
        "c": c,
        "size": 8 * int(rng.integers(4, 13)),
        "hidden": int(rng.integers(100, 500)),
        "classes": int(rng.integers(10, 90)),
    }


COLUMN = DrawnExercise(
    count_column,
    points=2,
    cases=column_cases,
    question=(
        "A small VGG reads colour images of {size}×{size} pixels. It has three stages of {a}, {b} and {c} "
        "convolutions, all 3×3 with padding 1. The first stage has {width} channels, each further one twice "
        "those of the one before, and each ends in a 2×2 pooling that halves the image. Then come three "
        "linear layers of {hidden}, {hidden} and {classes} outputs. All layers have biases. How many "
        "parameters does it have?"
    ),
    mistakes=[
        wrong(
            "biases forgotten",
            {" + width": "", " + outputs": ""},
            "The biases are missing: one for each channel of every convolution and for each output of every "
            "linear layer.",
        ),
        wrong(
            "biases of the convolutions forgotten",
            {" + width": ""},
            "The biases of the convolutions are missing: one for each channel that a convolution gives.",
        ),
        wrong(
            "biases of the linear layers forgotten",
            {" + outputs": ""},
            "The biases of the linear layers are missing: one for each output.",
        ),
        wrong(
            "one bias a layer",
            {" + width": " + 1", " + outputs": " + 1"},
            "You gave each layer one bias. It has one for each channel or output that it gives.",
        ),
        wrong(
            "grey image",
            {"0, 3": "0, 1"},
            "You let the first convolution read one channel. A colour image has three.",
        ),
        wrong(
            "three weights",
            {"* 9": "* 3"},
            "You counted three weights for a 3×3 kernel. It has nine.",
        ),
        wrong(
            "no flattening",
            {" * size * size": ""},
            "You let the first linear layer read one number a channel. It reads every pixel of every channel "
            "that is left.",
        ),
        wrong(
            "last pooling forgotten",
            {"* size * size": "* 2 * size * 2 * size"},
            "You forgot the last pooling. Each of the three stages ends in one, so the side is divided by 8.",
        ),
        wrong(
            "channels stay",
            {"2 * width": "width"},
            "Your channels stay the same in all stages. After each stage they double: the last has four "
            "times those of the first.",
        ),
        wrong(
            "doubled once too often",
            {"units = channels": "units = width"},
            "You doubled the channels after the last stage too. A pooling leaves channels alone; it is the "
            "next stage's first convolution that doubles them, and there is no fourth stage.",
        ),
        wrong(
            "convolutions only",
            {"params += outputs * units + outputs": "pass"},
            "You counted the convolutions alone. Three linear layers follow, and hold most of it.",
        ),
        wrong(
            "linear only",
            {"params += width * channels * 9 + width": "pass"},
            "You counted the linear layers alone. The convolutions of the three stages come before them.",
        ),
        wrong(
            "one hidden layer",
            {"hidden, hidden, classes):": "hidden, classes):"},
            "You left out the second hidden layer, which reads the first.",
        ),
        wrong(
            "first of a stage",
            {"width * channels": "width * width"},
            "You let every convolution read as many channels as it gives. The first of a stage reads the "
            "narrower stage before it, and the very first the image.",
        ),
        wrong(
            "all as the first of a stage",
            {"    channels = width": "channels = width"},
            "You let every convolution of a stage read what its first reads. The others read what the layer "
            "before them gives: as many channels as they give themselves.",
        ),
    ],
)


# 7. Count the products that are left ----------------------------------------------------------------


def count_winograd(in_channels, out_channels, layers, size):
    pairs = in_channels * out_channels
    pairs += (layers - 1) * out_channels**2
    tiles = (-(-size // 2)) ** 2  # rounded up
    return 16 * tiles * pairs


def winograd_cases(rng: np.random.Generator) -> Case:
    """Odd sides, so that tiles hang over, and one more than a multiple of 4: half of it rounds down."""
    return {
        "in_channels": int(rng.integers(10, 60)),
        "out_channels": int(rng.integers(60, 130)),
        "layers": int(rng.integers(3, 6)),
        "size": 4 * int(rng.integers(3, 14)) + 1,
    }


WINOGRAD = DrawnExercise(
    count_winograd,
    points=2,
    cases=winograd_cases,
    question=(
        "A stage of {layers} convolutions, 3×3 with stride 1 and padding 1, works on {size}×{size} pixels. "
        "The first reads {in_channels} channels, each gives {out_channels}. Winograd's F(2×2, 3×3) computes "
        "it tile by tile; a tile that hangs over the edge costs as much as any other, and the transforms are "
        "not counted. How many multiplications does it do?"
    ),
    mistakes=[
        wrong(
            "direct",
            {"16 * tiles": "9 * size**2"},
            "That is the definition's count, nine for each output and pair of channels. Winograd needs 16 "
            "for four outputs.",
        ),
        wrong(
            "MACs / 2.25",
            {"16 * tiles": "4 * size**2"},
            "You divided the MACs by 2.25. The side is odd, and the tiles at two edges cost as much as whole "
            "ones.",
        ),
        wrong(
            "rounded once",
            {"(-(-size // 2)) ** 2": "-(-(size**2) // 4)"},
            "You divided the map's pixels by four and rounded up. Tiles hang over all along two edges: round "
            "up on each side, then multiply.",
        ),
        wrong(
            "cut off",
            {"-(-size // 2)": "size // 2"},
            "Your tiles leave out the last row and column of outputs. Padding 1 keeps as many outputs as "
            "pixels, and the number of tiles along a side is rounded up.",
        ),
        wrong(
            "one dimension",
            {"16": "4"},
            "You took 4 for a tile: that is F(2, 3), in one dimension. In two it is 4 · 4.",
        ),
        wrong(
            "16 an output",
            {"16 * tiles": "16 * size**2"},
            "You took 16 for each output. They buy four outputs, a tile of 2×2.",
        ),
        wrong(
            "four apart",
            {"// 2": "// 4"},
            "Your tiles lie four pixels apart. A tile *reads* 4×4 pixels, but gives 2×2: the next lies two "
            "further.",
        ),
        wrong(
            "4×4 outputs",
            {"// 2": "// 4", "16": "36"},
            "You counted F(4×4, 3×3), with 36 multiplications for 4×4 outputs. The question asks for "
            "F(2×2, 3×3).",
        ),
        wrong(
            "padding tiled",
            {"-size": "-(size + 2)"},
            "You laid the tiles over the padded image. They cover the outputs, which are size by size.",
        ),
        wrong(
            "all read the first",
            {"out_channels**2": "in_channels * out_channels"},
            "You let every layer read what the first reads. The others read the layer before them.",
        ),
        wrong(
            "all inner",
            {"in_channels * ": "out_channels * "},
            "You let the first layer read as many channels as it gives. It reads the stage before.",
        ),
        wrong(
            "one layer",
            {"layers - 1": "0"},
            "You counted the first layer alone. There are more in the stage.",
        ),
    ],
)

EXERCISES = [AS_3X3, RULE, SIGNAL, DIRECTION, DENSE, COLUMN, WINOGRAD]

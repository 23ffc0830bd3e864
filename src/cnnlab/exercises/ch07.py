"""Chapter 07, VGG: seven exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. A large kernel as a stack -----------------------------------------------------------------------


def as_3x3(kernel_size, in_channels, out_channels):
    layers = (kernel_size - 1) // 2
    pairs = in_channels * out_channels
    large = pairs * kernel_size**2
    stack = pairs * 3 * 3
    stack += (layers - 1) * out_channels**2 * 3 * 3
    return np.array([layers, large, stack])


def stack_of(layers, kernel_size, in_channels, out_channels):
    """The answer with another number of layers."""
    _, large, _ = as_3x3(kernel_size, in_channels, out_channels)
    return np.array([layers, large, 9 * out_channels * (in_channels + (layers - 1) * out_channels)])


def instead(stack, kernel_size, in_channels, out_channels):
    """The answer with another formula for the stack."""
    layers, large, _ = as_3x3(kernel_size, in_channels, out_channels)
    return np.array([layers, large, stack(kernel_size, in_channels, out_channels)])


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
            lambda **layer: stack_of(layer["kernel_size"] // 3, **layer),
            "You asked how often 3 fits into K. The layers lie on top of each other: each adds one column on "
            "either side, so L of them see 1 + 2L columns.",
        ),
        wrong(
            "one side",
            lambda **layer: stack_of(layer["kernel_size"] - 1, **layer),
            "You let each layer add one column. It adds one on the left *and* one on the right.",
        ),
        wrong(
            "one too many",
            lambda **layer: stack_of((layer["kernel_size"] + 1) // 2, **layer),
            "One layer too many. The first already sees three columns: with L layers it is 1 + 2L.",
        ),
        wrong(
            "all read the input",
            lambda **layer: instead(lambda k, i, o: k // 2 * i * o * 9, **layer),
            "You let every layer of the stack read in_channels. Only the first does; the others read what "
            "the layer before them wrote.",
        ),
        wrong(
            "all inner",
            lambda **layer: instead(lambda k, i, o: k // 2 * o * o * 9, **layer),
            "You let every layer of the stack read out_channels. The first reads in_channels.",
        ),
        wrong(
            "two writers",
            lambda **layer: instead(lambda k, i, o: (k // 2 - 1) * i * i * 9 + i * o * 9, **layer),
            "You let the stack keep in_channels until its last layer. Here each of its layers, the first "
            "too, gives out_channels.",
        ),
        wrong(
            "biases",
            lambda kernel_size, in_channels, out_channels: (
                as_3x3(kernel_size, in_channels, out_channels)
                + out_channels * np.array([0, 1, kernel_size // 2])
            ),
            "You counted the biases too. The task asks for weights alone.",
        ),
        wrong(
            "kernel not squared",
            lambda kernel_size, in_channels, out_channels: (
                as_3x3(kernel_size, in_channels, out_channels) // np.array([1, kernel_size, 3])
            ),
            "A kernel of size K has K² weights for each pair of channels, and one of size 3 has nine.",
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


def staged(channels_after, size_after, channels, size, stages, most):
    """The table under another rule for what a pooling does to channels and sides."""
    rows = []
    for _ in range(stages):
        weights = 9 * channels**2
        rows.append([channels * size**2, weights, weights * size**2])
        channels, size = channels_after(channels, most), size_after(size)
    return np.array(rows)


def entering(channels, size, stages, most):
    """What to divide by, where a stage's first layer reads the stage before."""
    widths = [min(channels * 2**stage, most) for stage in range(stages)]
    before = [widths[0], *widths[:-1]]
    return np.array([[1, w / b, w / b] for w, b in zip(widths, before, strict=True)])


def biases_in(channels, size, stages, most):
    """One a channel in memory; added once for every output."""
    widths = [min(channels * 2**stage, most) for stage in range(stages)]
    return np.array([[0, width, width * (size >> stage) ** 2] for stage, width in enumerate(widths)])


RULE = Exercise(
    vgg_rule,
    points=2,
    cases=rule_cases,
    mistakes=[
        wrong(
            "no limit",
            lambda **case: staged(lambda c, most: 2 * c, lambda s: s // 2, **case),
            "Your channels double for ever. VGG stops at 512, and here they stop at `most`.",
        ),
        wrong(
            "stops too early",
            lambda **case: staged(lambda c, most: 2 * c if 2 * c < most else c, lambda s: s // 2, **case),
            "Your channels stop before they would pass `most`. They may reach it: it is min(2·C, most).",
        ),
        wrong(
            "channels quadruple",
            lambda **case: staged(lambda c, most: min(4 * c, most), lambda s: s // 2, **case),
            "You multiplied the channels by four, to make up for a quarter of the pixels. That keeps the "
            "memory; VGG keeps the work, and for that they double.",
        ),
        wrong(
            "channels stay",
            lambda **case: staged(lambda c, most: c, lambda s: s // 2, **case),
            "Your channels never grow. After each pooling they double, up to `most`.",
        ),
        wrong(
            "size stays",
            lambda **case: staged(lambda c, most: min(2 * c, most), lambda s: s, **case),
            "Your images never shrink. Each pooling halves both sides.",
        ),
        wrong(
            "size quartered",
            lambda **case: staged(lambda c, most: min(2 * c, most), lambda s: s // 4, **case),
            "You divided the side by four. A pooling halves each side; it is the area that falls to a "
            "quarter.",
        ),
        wrong(
            "first layer",
            lambda **case: (vgg_rule(**case) / entering(**case)).round().astype(int),
            "You counted a stage's first layer, which reads the narrower stage before it. The task asks for "
            "one inside the stage, with as many channels in as out.",
        ),
        wrong(
            "biases",
            lambda **case: vgg_rule(**case) + biases_in(**case),
            "You added the biases. The task asks for weights, and for MACs, which have no biases in them.",
        ),
        wrong(
            "bytes",
            lambda **case: vgg_rule(**case) * np.array([4, 1, 1]),
            "Your first column is in bytes. The task asks for elements: numbers, not the bytes they take.",
        ),
    ],
)


# 3. What initialization does to a signal ------------------------------------------------------------


def signal(fan_ins, deviation):
    spreads, spread = [], 1.0
    for layer, fan_in in enumerate(fan_ins):
        heard = fan_in if layer == 0 else fan_in / 2
        spread = spread * deviation * np.sqrt(heard)
        spreads.append(spread)
    return np.array(spreads)


def signal_cases(rng: np.random.Generator) -> Case:
    layers = int(rng.integers(3, 7))
    return {"fan_ins": 9 * rng.integers(1, 65, layers), "deviation": round(float(rng.uniform(0.05, 0.4)), 2)}


SIGNAL = Exercise(
    signal,
    points=3,
    cases=signal_cases,
    mistakes=[
        wrong(
            "ReLU forgotten",
            lambda fan_ins, deviation: np.cumprod(deviation * np.sqrt(fan_ins)),
            "You forgot the ReLUs. Each sets half of the numbers to zero, so the sum of squares that the "
            "next layer hears is half of what it was.",
        ),
        wrong(
            "image rectified",
            lambda fan_ins, deviation: np.cumprod(deviation * np.sqrt(fan_ins / 2)),
            "You halved the first layer's fan-in too. It reads the image, and no ReLU has been over that.",
        ),
        wrong(
            "half the deviation",
            lambda fan_ins, deviation: np.cumprod(
                np.append(deviation * np.sqrt(fan_ins[:1]), deviation * np.sqrt(fan_ins[1:]) / 2)
            ),
            "You let a ReLU halve the deviation. It halves the mean *square*: that is a factor of √½.",
        ),
        wrong(
            "variance",
            lambda fan_ins, deviation: signal(fan_ins, deviation) ** 2,
            "You computed variances. The answer asked for is their square root.",
        ),
        wrong(
            "no root",
            lambda fan_ins, deviation: np.cumprod(
                np.append(deviation * fan_ins[:1], deviation * fan_ins[1:] / 2)
            ),
            "A sum of n independent numbers is √n as spread out as one of them, not n times.",
        ),
        wrong(
            "one layer at a time",
            lambda fan_ins, deviation: (
                signal(fan_ins, deviation) / np.append(1, signal(fan_ins, deviation)[:-1])
            ),
            "Those are the factors of the single layers. What a layer hears has been through all before it: "
            "multiply the factors up.",
        ),
        wrong(
            "added",
            lambda fan_ins, deviation: np.cumsum(
                signal(fan_ins, deviation) / np.append(1, signal(fan_ins, deviation)[:-1])
            ),
            "You added the factors of the layers. Each layer multiplies what it gets.",
        ),
        wrong(
            "fan-in ignored",
            lambda fan_ins, deviation: deviation ** np.arange(1, len(fan_ins) + 1),
            "You left the fan-in out. An output is a sum of fan_in products, and the longer the wider.",
        ),
        wrong(
            "last only",
            lambda fan_ins, deviation: np.full(len(fan_ins), signal(fan_ins, deviation)[-1]),
            "You returned the last layer's value for all of them. Keep one for each layer.",
        ),
    ],
)


# 4. A direction, filter by filter -------------------------------------------------------------------


def filter_normalize(direction, weight):
    axes = (1, 2, 3)
    length = np.sqrt((weight**2).sum(axis=axes, keepdims=True))
    drawn = np.sqrt((direction**2).sum(axis=axes, keepdims=True))
    return direction / drawn * length


def direction_cases(rng: np.random.Generator) -> Case:
    shape = (*rng.permutation([2, 3, 4])[:2], 3, 3)
    scale = rng.uniform(0.2, 5, (shape[0], 1, 1, 1))
    return {"direction": rng.normal(size=shape), "weight": scale * rng.normal(size=shape)}


def normalized(direction, weight, axes):
    """Scaled so that lengths over other axes agree."""
    return (
        direction
        * np.sqrt((weight**2).sum(axis=axes, keepdims=True))
        / np.sqrt((direction**2).sum(axis=axes, keepdims=True))
    )


DIRECTION = Exercise(
    filter_normalize,
    points=2,
    cases=direction_cases,
    mistakes=[
        wrong(
            "whole layer",
            lambda direction, weight: normalized(direction, weight, (0, 1, 2, 3)),
            "You gave the whole layer one length. Each filter has its own: one for every output channel.",
        ),
        wrong(
            "each kernel",
            lambda direction, weight: normalized(direction, weight, (2, 3)),
            "You scaled each 3×3 slice alone. A filter reaches through all input channels, and all of it "
            "makes one output: sum over axes 1, 2 and 3.",
        ),
        wrong(
            "input channels",
            lambda direction, weight: normalized(direction, weight, (0, 2, 3)),
            "You took a filter for what reads one input channel. It is what makes one output channel: the "
            "first axis tells them apart.",
        ),
        wrong(
            "length one",
            lambda direction, weight: (
                normalized(direction, np.ones_like(weight), (1, 2, 3)) / np.sqrt(weight[0].size)
            ),
            "Your filters all have length 1. They should be as long as the network's own.",
        ),
        wrong(
            "only stretched",
            lambda direction, weight: direction * np.sqrt((weight**2).sum(axis=(1, 2, 3), keepdims=True)),
            "You multiplied by the network's lengths, but did not first divide by the direction's own.",
        ),
        wrong(
            "squares",
            lambda direction, weight: (
                direction
                * (weight**2).sum(axis=(1, 2, 3), keepdims=True)
                / (direction**2).sum(axis=(1, 2, 3), keepdims=True)
            ),
            "You scaled by sums of squares. A length is the root of that.",
        ),
        wrong(
            "upside down",
            lambda direction, weight: (
                direction
                * np.sqrt((direction**2).sum(axis=(1, 2, 3), keepdims=True))
                / np.sqrt((weight**2).sum(axis=(1, 2, 3), keepdims=True))
            ),
            "Your ratio is upside down: divide by the direction's length, multiply by the network's.",
        ),
        wrong(
            "absolute values",
            lambda direction, weight: (
                direction
                * abs(weight).sum(axis=(1, 2, 3), keepdims=True)
                / abs(direction).sum(axis=(1, 2, 3), keepdims=True)
            ),
            "You measured lengths by sums of absolute values. The paper's is the Euclidean (Frobenius) norm.",
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


def windows_of(maps, weights, size):
    """The scores at every place: [rows, columns, classes]."""
    places = np.lib.stride_tricks.sliding_window_view(maps, (size, size), axis=(1, 2))
    return np.einsum("cijuv,ocuv->ijo", places, weights.reshape(-1, len(maps), size, size))


DENSE = Exercise(
    dense_scores,
    points=3,
    cases=dense_cases,
    mistakes=[
        wrong(
            "first window",
            lambda maps, weights, size: windows_of(maps, weights, size)[0, 0],
            "You classified the upper left window only. Slide the classifier over all places, and average.",
        ),
        wrong(
            "centre crop",
            lambda maps, weights, size: windows_of(maps, weights, size)[
                (maps.shape[1] - size) // 2, (maps.shape[2] - size) // 2
            ],
            "You classified the middle window only. Slide the classifier over all places, and average.",
        ),
        wrong(
            "sum",
            lambda maps, weights, size: windows_of(maps, weights, size).sum(axis=(0, 1)),
            "You added the scores of all places. Divide by their number, or larger images score higher.",
        ),
        wrong(
            "max",
            lambda maps, weights, size: windows_of(maps, weights, size).max(axis=(0, 1)),
            "You kept the best place for each class. The paper averages over all places.",
        ),
        wrong(
            "channels last",
            lambda maps, weights, size: windows_of(
                maps,
                weights.reshape(-1, size, size, len(maps)).transpose(0, 3, 1, 2).reshape(weights.shape),
                size,
            ).mean(axis=(0, 1)),
            "You unfolded the weights with the channels last. Flattening [C, H, W] runs through the columns "
            "first, then the rows, then the channels.",
        ),
        wrong(
            "transposed",
            lambda maps, weights, size: windows_of(maps.transpose(0, 2, 1), weights, size).mean(axis=(0, 1)),
            "You exchanged rows and columns of the kernels. In [C, H, W] the columns run fastest.",
        ),
        wrong(
            "flipped",
            lambda maps, weights, size: windows_of(maps[:, ::-1, ::-1], weights, size).mean(axis=(0, 1)),
            "You turned the kernels by 180°. Networks compute cross-correlation: they stay as they are.",
        ),
        wrong(
            "last place forgotten",
            lambda maps, weights, size: windows_of(maps, weights, size)[:-1, :-1].mean(axis=(0, 1)),
            "Your window stops one place before the last: there are H − size + 1 places along a side.",
        ),
        wrong(
            "shrunk to fit",
            lambda maps, weights, size: windows_of(maps, weights, size)[::size, ::size].mean(axis=(0, 1)),
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


def biases_of(width, a, b, c, size, hidden, classes):
    return width * (a + 2 * b + 4 * c) + 2 * hidden + classes


def heads_of(width, a, b, c, size, hidden, classes):
    units = 4 * width * (size // 8) ** 2
    return (units + 1) * hidden + (hidden + 1) * hidden + (hidden + 1) * classes


COLUMN = DrawnExercise(
    count_column,
    points=2,
    cases=column_cases,
    question=(
        "A small VGG reads colour images of {size}×{size} pixels. It has three stages of {a}, {b} and {c} "
        "convolutions, all 3×3 with padding 1; the first stage has {width} channels, and after each stage a "
        "2×2 pooling halves the image and the channels double. Then come three linear layers of {hidden}, "
        "{hidden} and {classes} outputs. All layers have biases. How many parameters does it have?"
    ),
    mistakes=[
        wrong(
            "biases forgotten",
            lambda **net: count_column(**net) - biases_of(**net),
            "The biases are missing: one for each channel of every convolution and for each output of every "
            "linear layer.",
        ),
        wrong(
            "grey image",
            lambda **net: count_column(**net) - 18 * net["width"],
            "You let the first convolution read one channel. A colour image has three.",
        ),
        wrong(
            "no flattening",
            lambda **net: count_column(**net | {"size": 8}),
            "You let the first linear layer read one number a channel. It reads every pixel of every channel "
            "that is left.",
        ),
        wrong(
            "last pooling forgotten",
            lambda **net: count_column(**net | {"size": 2 * net["size"]}),
            "You forgot the last pooling. Each of the three stages ends in one, so the side is divided by 8.",
        ),
        wrong(
            "doubled once too often",
            lambda **net: count_column(**net) + 4 * net["width"] * (net["size"] // 8) ** 2 * net["hidden"],
            "You doubled the channels after the last stage too. A pooling leaves channels alone; it is the "
            "next stage's first convolution that doubles them, and there is no fourth stage.",
        ),
        wrong(
            "convolutions only",
            lambda **net: count_column(**net) - heads_of(**net),
            "You counted the convolutions alone. Three linear layers follow, and hold most of it.",
        ),
        wrong(
            "linear only",
            lambda **net: heads_of(**net),
            "You counted the linear layers alone. The convolutions of the three stages come before them.",
        ),
        wrong(
            "one hidden layer",
            lambda **net: count_column(**net) - (net["hidden"] + 1) * net["hidden"],
            "You left out the second hidden layer, which reads the first.",
        ),
        wrong(
            "first of a stage",
            lambda **net: count_column(**net) + 9 * net["width"] ** 2 * (1 + 2 + 8) - 27 * net["width"],
            "You let every convolution read as many channels as it gives. The first of a stage reads the "
            "narrower stage before it, and the very first the image.",
        ),
    ],
)


# 7. Count the products that are left ----------------------------------------------------------------


def count_winograd(in_channels, out_channels, layers, size):
    pairs = in_channels * out_channels
    pairs += (layers - 1) * out_channels**2
    tiles = ((size + 1) // 2) ** 2
    return 16 * tiles * pairs


def winograd_cases(rng: np.random.Generator) -> Case:
    return {
        "in_channels": int(rng.integers(10, 60)),
        "out_channels": int(rng.integers(60, 130)),
        "layers": int(rng.integers(2, 5)),
        "size": 2 * int(rng.integers(7, 25)) + 1,
    }


def pairs_of(in_channels, out_channels, layers, size):
    return in_channels * out_channels + (layers - 1) * out_channels**2


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
            lambda **stage: 9 * stage["size"] ** 2 * pairs_of(**stage),
            "That is the definition's count, nine for each output and pair of channels. Winograd needs 16 "
            "for four outputs.",
        ),
        wrong(
            "MACs / 2.25",
            lambda **stage: 4 * stage["size"] ** 2 * pairs_of(**stage),
            "You divided the MACs by 2.25. The side is odd, and the tiles at two edges cost as much as whole "
            "ones.",
        ),
        wrong(
            "cut off",
            lambda **stage: 16 * (stage["size"] // 2) ** 2 * pairs_of(**stage),
            "You rounded the number of tiles down: the last row and column of outputs would be missing.",
        ),
        wrong(
            "one dimension",
            lambda **stage: count_winograd(**stage) // 4,
            "You took 4 for a tile: that is F(2, 3), in one dimension. In two it is 4 · 4.",
        ),
        wrong(
            "16 an output",
            lambda **stage: 16 * stage["size"] ** 2 * pairs_of(**stage),
            "You took 16 for each output. They buy four outputs, a tile of 2×2.",
        ),
        wrong(
            "all read the first",
            lambda **stage: (
                4 * (stage["size"] + 1) ** 2 * stage["layers"] * stage["in_channels"] * stage["out_channels"]
            ),
            "You let every layer read what the first reads. The others read the layer before them.",
        ),
        wrong(
            "all inner",
            lambda **stage: 4 * (stage["size"] + 1) ** 2 * stage["layers"] * stage["out_channels"] ** 2,
            "You let the first layer read as many channels as it gives. It reads the stage before.",
        ),
        wrong(
            "one layer",
            lambda **stage: count_winograd(**stage | {"layers": 1}),
            "You counted the first layer alone. There are more in the stage.",
        ),
    ],
)

EXERCISES = [AS_3X3, RULE, SIGNAL, DIRECTION, DENSE, COLUMN, WINOGRAD]

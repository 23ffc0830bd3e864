"""Chapter 09, ResNet: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits

# 1. The block ---------------------------------------------------------------------------------------


def residual_block(x, first, second):
    hidden = np.maximum(x @ first, 0)
    return np.maximum(hidden @ second + x, 0)


def block_cases(rng: np.random.Generator) -> Case:
    channels, hidden = rng.permutation([2, 3, 4])[:2]
    return {
        "x": digits(rng, 3, channels),
        "first": digits(rng, channels, hidden),
        "second": digits(rng, hidden, channels),
    }


BLOCK = Exercise(
    residual_block,
    points=2,
    cases=block_cases,
    mistakes=[
        wrong(
            "plain",
            {" + x": ""},
            "The shortcut is missing: you computed a plain block. Add x to what the second layer gives.",
        ),
        wrong(
            "relu before the sum",
            {" + x, 0)": ", 0) + x"},
            "Your second ReLU comes before the sum, so F(x) can only add, never take away. Add x first, then "
            "apply the ReLU.",
        ),
        wrong(
            "relu before and after",
            {"hidden @ second": "np.maximum(hidden @ second, 0)"},
            "There is a ReLU too many, between the second layer and the sum: it keeps F(x) from taking "
            "anything away.",
        ),
        wrong(
            "no relu at the end",
            {"np.maximum(hidden @ second + x, 0)": "hidden @ second + x"},
            "The last ReLU is missing. In the block of 2015 it comes after the sum. (Chapter 10 takes it "
            "away.)",
        ),
        wrong(
            "no relu inside",
            {"np.maximum(x @ first, 0)": "x @ first"},
            "The ReLU between the two layers is missing. Without it the two are one linear layer.",
        ),
        wrong(
            "shortcut through the relu",
            {"+ x": "+ np.maximum(x, 0)"},
            "You applied the ReLU to x itself as well. The shortcut hands x on untouched.",
        ),
        wrong(
            "subtracted",
            {"+ x": "- x"},
            "You subtracted x. F(x) = H(x) − x is what the layers are to *learn*; the block computes "
            "F(x) + x.",
        ),
        wrong(
            "relu in front",
            {
                "x @ first": "np.maximum(x, 0) @ first",
                "np.maximum(hidden @ second + x, 0)": "hidden @ second + x",
            },
            "Your ReLUs stand in front of the two layers. Here one stands between them, the other after the "
            "sum.",
        ),
    ],
)


# 2. Its gradient ------------------------------------------------------------------------------------


def residual_backward(x, first, second, upstream):
    alive = x @ first > 0
    through_f = (upstream @ second.T * alive) @ first.T
    return through_f + upstream


def backward_cases(rng: np.random.Generator) -> Case:
    channels = int(rng.integers(2, 4))
    x, first = digits(rng, 4, channels), digits(rng, channels, channels)
    x[:2], x[1, 0], first[0, 0] = 0, 1, 1  # the ReLU reads zeros, and a 1
    second, upstream = digits(rng, channels, channels), digits(rng, 4, channels)
    return {"x": x, "first": first, "second": second, "upstream": upstream}


BACKWARD = Exercise(
    residual_backward,
    points=3,
    cases=backward_cases,
    mistakes=[
        wrong(
            "shortcut forgotten",
            {" + upstream": ""},
            "The shortcut's share is missing: the upstream gradient itself. That is the + 1 in "
            "∂H/∂x = F′ + 1.",
        ),
        wrong(
            "one added",
            {"+ upstream": "+ 1"},
            "You added the number 1. The 1 in F′ + 1 multiplies what comes from above: add `upstream`.",
        ),
        wrong(
            "x added",
            {"+ upstream": "+ x"},
            "You added x, as the forward pass does. Backwards the shortcut carries the gradient: add "
            "`upstream`.",
        ),
        wrong(
            "relu forgotten",
            {" * alive": ""},
            "You let the gradient through units that the ReLU had switched off. Multiply by 1 where "
            "x @ first is positive, and by 0 elsewhere.",
        ),
        wrong(
            "relu on the gradient",
            {"upstream @ second.T * alive": "np.maximum(upstream @ second.T, 0)"},
            "You applied the ReLU to the gradient. What decides is the sign of the *input* of the ReLU, "
            "x @ first.",
        ),
        wrong(
            "slope at zero",
            {"> 0": ">= 0"},
            "At exactly 0 you let the gradient through. The task takes the ReLU's slope there as 0.",
        ),
        wrong(
            "value for slope",
            {"x @ first > 0": "np.maximum(x @ first, 0)"},
            "You multiplied by what the ReLU returned. Multiply by its slope: 1 where it was switched on, "
            "0 elsewhere.",
        ),
        wrong(
            "a last relu",
            {"> 0\n": "> 0\n    upstream = upstream * (residual_block(x, first, second) > 0)\n"},
            "You went back through a ReLU after the sum. This block has none there.",
        ),
        wrong(
            "weights not transposed",
            {"second.T": "second", "first.T": "first"},
            "Your matrices are not transposed. Going back through `x @ w` multiplies by w.T.",
        ),
        wrong(
            "layers in forward order",
            {"second.T * alive) @ first.T": "first.T * alive) @ second.T"},
            "You went through the first layer before the second. Backwards the last layer comes first.",
        ),
        wrong(
            "shortcut only",
            {"through_f + upstream": "upstream"},
            "You only returned what the shortcut carries. F contributes too: its gradient is added.",
        ),
    ],
)


# 3. Option A ----------------------------------------------------------------------------------------


def padded_shortcut(x, out_channels, stride):
    smaller = x[:, ::stride, ::stride]
    output = np.zeros((out_channels, *smaller.shape[1:]))
    output[: x.shape[0]] = smaller
    return output


def padded_cases(rng: np.random.Generator) -> Case:
    """The stride need not divide the sides; often no channel is added, so that a slice to −0 is seen."""
    channels = int(rng.integers(1, 4))
    height, width = rng.permutation([2, 3, 4, 5, 6])[:2]
    return {
        "x": digits(rng, channels, height, width),
        "out_channels": channels + int(rng.choice([0, 0, 1, 2, 3, 4])),
        "stride": int(rng.integers(1, 4)),
    }


def pool(x, stride, how):
    """`how` (np.mean, np.max) of each window of stride by stride pixels; the last ones may be smaller."""
    rows, columns = (range(0, side, stride) for side in x.shape[1:])
    windows = [[x[:, i : i + stride, j : j + stride] for j in columns] for i in rows]
    return np.array([[how(window, (1, 2)) for window in row] for row in windows]).transpose(2, 0, 1)


def sliced_from_the_end(x, out_channels, stride):
    """All but the new channels are filled; where there are none, a slice that ends at −0 holds nothing."""
    output = padded_shortcut(x, out_channels, stride)
    return output if out_channels > len(x) else 0 * output


PADDED = Exercise(
    padded_shortcut,
    points=2,
    cases=padded_cases,
    mistakes=[
        wrong(
            "zeros first",
            {"[: x.shape[0]]": "[out_channels - x.shape[0] :]"},
            "Your zeros come before x's channels. The new channels stand at the end.",
        ),
        wrong(
            "zeros on both sides",
            {"output[:": "before = (out_channels - len(x)) // 2\n    output[before :][:"},
            "You put half of the zeros before x's channels and half behind. In the ResNet of this chapter "
            "all of them stand at the end.",
        ),
        wrong(
            "zeros between",
            {"[: x.shape[0]]": "[np.arange(len(x)) * out_channels // len(x)]"},
            "You put the zeros between x's channels. These stay together, and the new ones stand at the end.",
        ),
        wrong(
            "a slice to −0",
            sliced_from_the_end,
            "Where no channel is added your output stays zero. A slice that ends at −0 ends at 0 and holds "
            "nothing: end it at len(x).",
        ),
        wrong(
            "channels repeated",
            {"[: x.shape[0]] = smaller": "[:] = smaller[np.arange(out_channels) % len(x)]"},
            "You repeated x's channels. The new ones hold zeros: that part of the output is left to F.",
        ),
        wrong(
            "average",
            {"x[:, ::stride, ::stride]": "pool(x, stride, np.mean)"},
            "You averaged each square of pixels. The shortcut keeps its upper left pixel and drops the rest.",
        ),
        wrong(
            "max",
            {"x[:, ::stride, ::stride]": "pool(x, stride, np.max)"},
            "You took the largest of each square of pixels. The shortcut keeps the upper left one, whatever "
            "it is.",
        ),
        wrong(
            "starts at one",
            {"::stride, ::stride": "1::stride, 1::stride"},
            "You start at the second row and column. The first pixel kept is row 0, column 0.",
        ),
        wrong(
            "last of each step",
            {"::stride, ::stride": "stride - 1 :: stride, stride - 1 :: stride"},
            "You keep the last pixel of each step. The first is kept: row 0, row `stride`, and so on.",
        ),
        wrong(
            "cropped",
            {"x[:, ::stride, ::stride]": "x[:, : -(-x.shape[1] // stride), : -(-x.shape[2] // stride)]"},
            "You cut out the upper left corner. Keep every `stride`-th row and column of the whole map.",
        ),
        wrong(
            "rows alone",
            {"::stride, ::stride": "::stride"},
            "You dropped rows, and kept all columns. Both get the stride.",
        ),
        wrong(
            "stride ignored",
            {"x[:, ::stride, ::stride]": "x"},
            "Your map has not become smaller. Keep every `stride`-th row and column.",
        ),
    ],
)


# 4. A single-layer F --------------------------------------------------------------------------------


def absorb_shortcut(weight):
    absorbed = weight.copy()
    centre = weight.shape[2] // 2
    for channel in range(weight.shape[0]):
        absorbed[channel, channel, centre, centre] += 1
    return absorbed


def absorb_cases(rng: np.random.Generator) -> Case:
    channels, size = int(rng.integers(1, 4)), int(rng.choice([1, 3, 5]))
    return {"weight": digits(rng, channels, channels, size, size)}


ABSORB = Exercise(
    absorb_shortcut,
    points=2,
    cases=absorb_cases,
    mistakes=[
        wrong(
            "every channel",
            {"channel, channel": "channel, :"},
            "You added 1 in the centre of every kernel slice. Then each output gets the sum of all channels "
            "of x; output c must get channel c alone.",
        ),
        wrong(
            "every tap",
            {", centre, centre": ""},
            "You added 1 to every tap of the slice that reads its own channel. Then a whole window is added "
            "up; the shortcut adds one pixel, the one in the centre.",
        ),
        wrong(
            "everywhere",
            {", channel, centre, centre": ""},
            "You added 1 to all weights. The shortcut is a single 1 for each channel: own channel, centre.",
        ),
        wrong(
            "corner",
            {"weight.shape[2] // 2": "0"},
            "Your 1 stands in the corner of the kernel, so x arrives shifted. It belongs in the centre.",
        ),
        wrong(
            "replaced",
            {"+= 1": "= 1"},
            "You set the weight to 1. F's own weight must stay: add 1 to it.",
        ),
        wrong(
            "subtracted",
            {"+=": "-="},
            "You subtracted 1. That turns H into F = H − x; the question asks for the weights of F(x) + x.",
        ),
        wrong(
            "first channel only",
            {"range(weight.shape[0])": "range(1)"},
            "Only the first channel got its shortcut. Each channel needs one.",
        ),
        wrong(
            "diagonal of its kernel",
            {", centre, centre] += 1": "] += np.eye(weight.shape[2])"},
            "You added ones along the diagonal of each channel's own kernel. One is enough, in the centre: "
            "the identity runs over the *channels*.",
        ),
        wrong(
            "diagonal of every kernel",
            {", channel, centre, centre] += 1": "] += np.eye(weight.shape[2])"},
            "You added ones along the diagonal of every kernel. The identity runs over the first two axes, "
            "the channels; in a kernel it is a single 1 in the centre.",
        ),
        wrong(
            "doubled",
            lambda weight: 2 * weight,
            "You doubled the weights: that is F(x) + F(x). The shortcut adds x itself.",
        ),
    ],
)


# 5. Paths -------------------------------------------------------------------------------------------


def path_lengths(layers):
    counts = np.array([1])
    for depth in layers:
        taken = np.zeros(len(counts) + depth, dtype=int)
        taken[depth:] += counts
        taken[: len(counts)] += counts
        counts = taken
    return counts


def path_cases(rng: np.random.Generator) -> Case:
    count = int(rng.integers(1, 8))
    return {"layers": rng.integers(1, 4, count)}


PATHS = Exercise(
    path_lengths,
    points=3,
    cases=path_cases,
    mistakes=[
        wrong(
            "blocks for layers",
            {
                "in layers": "in [1] * len(layers)",
                "return counts": "return np.pad(counts, (0, sum(layers - 1)))",
            },
            "You counted blocks: the binomial coefficients. A path that goes through a block's F passes as "
            "many layers as that F has.",
        ),
        wrong(
            "a list of blocks",
            {"in layers": "in [1] * len(layers)"},
            "Your list goes by blocks, up to how many there are. It goes by layers, up to their sum: a path "
            "through a block's F passes all of its layers.",
        ),
        wrong(
            "longest only",
            {"taken[: len(counts)] += counts": "pass"},
            "You counted one path, the one through all layers. Every block can also be passed by its "
            "shortcut.",
        ),
        wrong(
            "longest missing",
            {"return counts": "return counts[:-1]"},
            "Your list ends one too early: the path through all layers is missing.",
        ),
        wrong(
            "one block a path",
            {"taken[depth:] += counts": "taken[depth] += 1"},
            "You counted the paths through one block's F at most. A path may pass any number of blocks.",
        ),
        wrong(
            "one path a length",
            {"return counts": "return np.minimum(counts, 1)"},
            "You noted which lengths occur, not how many paths have them. Count them all.",
        ),
        wrong(
            "shares",
            {"return counts": "return counts / counts.sum()"},
            "You returned shares of all paths. The question asks how many there are: whole numbers.",
        ),
        wrong(
            "shortcuts alone left out",
            {"return counts": "counts[0] = 0\n    return counts"},
            "The path that takes every shortcut is missing. It passes no layer at all: length 0, one path.",
        ),
        wrong(
            "at least",
            {"return counts": "return np.cumsum(counts)"},
            "You counted the paths *up to* each length. The question asks for those of exactly that length.",
        ),
        wrong(
            "last block forgotten",
            {"in layers": "in layers[:-1]"},
            "The last block is missing from your count.",
        ),
        wrong(
            "single layers skipped",
            {"in layers": "in [1] * sum(layers)"},
            "You let a path skip each layer by itself. The shortcut leads around all of F: a path takes "
            "every layer of it or none.",
        ),
        wrong(
            "leaving anywhere",
            {
                "taken[: len(counts)] += counts": "for left in range(depth):\n"
                "            taken[left : left + len(counts)] += counts"
            },
            "You let a path leave a block in the middle of its F. The shortcut leads around all of F: a path "
            "passes the whole block, or no layer of it.",
        ),
    ],
)


# 6. Growing deeper ----------------------------------------------------------------------------------


def skipped_gradient(slopes, shortcuts):
    gradient = 1.0
    for slope, has_shortcut in zip(slopes, shortcuts, strict=True):
        gradient = gradient * (slope + has_shortcut)
    return gradient


def slope_cases(rng: np.random.Generator) -> Case:
    count = int(rng.integers(4, 8))
    shortcuts = rng.permutation([0, 1, 1, *rng.integers(0, 2, count - 3)])
    return {"slopes": rng.choice([-0.5, 0.25, 0.5, 1.5, 2.0], count), "shortcuts": shortcuts}


SLOPES = Exercise(
    skipped_gradient,
    points=1,
    cases=slope_cases,
    mistakes=[
        wrong(
            "plain",
            {" + has_shortcut": ""},
            "You multiplied the slopes of F alone. Where there is a shortcut, the block's slope is F′ + 1.",
        ),
        wrong(
            "shortcuts everywhere",
            {"+ has_shortcut": "+ 1"},
            "You added 1 in every block. Only those with a shortcut have it.",
        ),
        wrong(
            "the other blocks",
            {"+ has_shortcut": "+ (1 - has_shortcut)"},
            "You added the 1 where there is no shortcut. It belongs to the blocks that have one.",
        ),
        wrong(
            "added up",
            {"gradient = 1.0": "gradient = 0.0", "gradient * (": "gradient + ("},
            "You added the slopes up. The chain rule multiplies what the blocks do one after the other; "
            "inside a block F′ and 1 are added.",
        ),
        wrong(
            "one at the end",
            {" + has_shortcut": "", "return gradient": "return gradient + 1"},
            "You added 1 once, to the whole chain. Each shortcut spans one block, so each adds its 1 there.",
        ),
        wrong(
            "all ones at the end",
            {" + has_shortcut": "", "return gradient": "return gradient + sum(shortcuts)"},
            "You added the number of shortcuts to the product. Each shortcut spans one block, so its 1 is "
            "added to that block's slope.",
        ),
        wrong(
            "shortcut replaces",
            {"slope + has_shortcut": "1 if has_shortcut else slope"},
            "You let a shortcut replace its block: slope 1. The gradient goes both ways, through F and "
            "around it: F′ + 1.",
        ),
        wrong(
            "slope multiplied",
            {"slope + has_shortcut": "slope * has_shortcut"},
            "You multiplied each slope by its shortcut's 0 or 1. The shortcut's 1 is added to the slope.",
        ),
        wrong(
            "after every block",
            lambda slopes, shortcuts: np.cumprod(slopes + shortcuts),
            "You returned the derivative after each block. The question asks for one number, the last.",
        ),
    ],
)


# 7 and 8. Counting ----------------------------------------------------------------------------------


def count_block(in_channels, width, size, stride):
    side = (size - 1) // stride + 1
    narrow = in_channels * width * size**2
    filters = 9 * width**2 * side**2
    widen = width * 4 * width * side**2
    projection = in_channels * 4 * width * side**2
    return narrow + filters + widen + projection


def bottleneck_cases(rng: np.random.Generator) -> Case:
    """What the stride leaves over is drawn last: tasks of whole quotients are those of old."""
    stride = int(rng.integers(2, 4))
    case: Case = {
        "in_channels": int(rng.integers(30, 300)),
        "width": int(rng.integers(20, 150)),
        "size": stride * int(rng.integers(5, 30)),
        "stride": stride,
    }
    case["size"] -= int(rng.integers(stride))
    return case


BOTTLENECK = DrawnExercise(
    count_block,
    points=3,
    cases=bottleneck_cases,
    question=(
        "A bottleneck block takes {in_channels} channels of {size}×{size} pixels. Its width is {width}: a "
        "1×1 convolution to {width} channels, a 3×3 with stride {stride} and padding 1, a 1×1 to four times "
        "{width} channels. Its shortcut is a 1×1 projection with the same stride. How many "
        "multiply–accumulates (MACs) does one image need? Biases, normalization and the sum do not count."
    ),
    mistakes=[
        wrong(
            "projection forgotten",
            {" + projection": ""},
            "Your number is as large as without the projection, which reads the block's input. Where the "
            "shapes differ the shortcut is a layer too.",
        ),
        wrong(
            "projection without stride",
            {"in_channels * 4 * width * side**2": "in_channels * 4 * width * size**2"},
            "You let the projection work on the full size. It has the stride too, or the sum would not fit.",
        ),
        wrong(
            "projection from the width",
            {"in_channels * 4": "width * 4"},
            "You let the projection read the narrow channels. It goes around the block: it reads the block's "
            "input.",
        ),
        wrong(
            "stride in the first",
            {"size**2": "side**2"},
            "You put the stride into the first 1×1. That is the paper's form; here the 3×3 has it, so the "
            "first layer works on the full size.",
        ),
        wrong(
            "no stride",
            {"(size - 1) // stride + 1": "size"},
            "You left the stride out: all layers at the full size.",
        ),
        wrong(
            "one pixel less",
            {"stride + 1": "stride"},
            "Your maps behind the stride are one pixel too small each way. Is the padding there, and the + "
            "1? Padded by 1, a 3×3 kernel has (W − 3 + 2) // S + 1 places: W / S, rounded up.",
        ),
        wrong(
            "one pixel more",
            {"stride + 1": "stride + 2"},
            "Your maps behind the stride are one pixel too large each way. A window that does not fit whole "
            "is not computed: (W − 3 + 2) / S is rounded down, and then 1 is added.",
        ),
        wrong(
            "stride at the end",
            {"width**2 * side**2": "width**2 * size**2"},
            "You let the 3×3 work on the full size and shrank the image behind it. A strided layer computes "
            "only the outputs that remain.",
        ),
        wrong(
            "no expansion",
            {"width * 4 * width": "width * width", "in_channels * 4": "in_channels"},
            "The last layer and the projection give four times the width. You let them give the width.",
        ),
        wrong(
            "last layer forgotten",
            {" + widen": ""},
            "The last 1×1 is missing, the one that widens to four times the width.",
        ),
        wrong(
            "one by one in the middle",
            {"9 * ": ""},
            "You counted the middle layer as 1×1. It is the one that looks around: 3×3, nine weights for "
            "each pair of channels.",
        ),
        wrong(
            "three weights",
            {"9 *": "3 *"},
            "You gave the 3×3 three weights for each pair of channels. It has 3·3 = 9.",
        ),
        wrong(
            "weights",
            lambda **block: count_block(**block | {"size": 1}),
            "You counted weights. Each is used once for every pixel of its layer's output.",
        ),
        wrong(
            "two a mac",
            {"narrow + filters + widen + projection": "2 * (narrow + filters + widen + projection)"},
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
    ],
)


def count_resnet(depth, width, classes):
    blocks = (depth - 2) // 6
    params = 9 * 3 * width + 2 * width
    channels = width
    for stage_width in (width, 2 * width, 4 * width):
        for _ in range(blocks):
            params += 9 * channels * stage_width + 2 * stage_width
            params += 9 * stage_width**2 + 2 * stage_width
            channels = stage_width
    return params + channels * classes + classes


def resnet_cases(rng: np.random.Generator) -> Case:
    return {
        "depth": 6 * int(rng.integers(3, 12)) + 2,
        "width": int(rng.integers(6, 40)),
        "classes": int(rng.integers(11, 200)),
    }


def norms(depth, width, **others):
    """Scales and shifts of all its normalizations."""
    return 2 * (width + (depth - 2) // 3 * 7 * width)


RESNET = DrawnExercise(
    count_resnet,
    points=3,
    cases=resnet_cases,
    question=(
        "A ResNet for small colour images has {depth} layers: a 3×3 convolution to {width} channels; then "
        "three stages of equally many basic blocks, with {width}, twice and four times as many channels; "
        "global average pooling and a linear layer with biases for {classes} classes. No convolution has "
        "a bias; each is followed by a batch normalization with a scale and a shift for each channel. The "
        "shortcuts are free of parameters (option A). How many parameters does it have?"
    ),
    mistakes=[
        wrong(
            "norms forgotten",
            lambda **net: count_resnet(**net) - norms(**net),
            "The normalizations are missing: each has a scale and a shift for every channel.",
        ),
        wrong(
            "norms counted once",
            lambda **net: count_resnet(**net) - norms(**net) // 2,
            "You counted one parameter for each channel of a convolution, as if it had a bias. It has none; "
            "its normalization has two for each, a scale and a shift.",
        ),
        wrong(
            "convolutions with biases",
            lambda **net: count_resnet(**net) + norms(**net) // 2,
            "You gave the convolutions biases. They have none: each normalization has a shift that does "
            "their work.",
        ),
        wrong(
            "running statistics",
            lambda **net: count_resnet(**net) + norms(**net),
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "projections",
            {
                " channels = stage": " params += (channels < stage_width) * (channels + 2) * stage_width\n"
                "            channels = stage"
            },
            "You gave the shortcuts of stages 2 and 3 a 1×1 projection (with its normalization). That is "
            "option B; option A pads with zeros.",
        ),
        wrong(
            "first blocks alike",
            {"9 * channels * stage_width": "9 * stage_width**2"},
            "You counted all blocks of a stage alike. The first convolution of stages 2 and 3 reads half as "
            "many channels.",
        ),
        wrong(
            "linear bias forgotten",
            {" + classes": ""},
            "The linear layer's biases are missing: one for each class.",
        ),
        wrong(
            "linear reads the first stage",
            {"channels * classes": "width * classes"},
            "You let the linear layer read the first stage's channels. It reads the last one's, four times "
            "as many.",
        ),
        wrong(
            "grey images",
            {"9 * 3": "9"},
            "You let the first layer read one channel. Colour images have three.",
        ),
        wrong(
            "first layer forgotten",
            {"9 * 3 * width + 2 * width": "0"},
            "The first convolution, before the stages, is missing, and its normalization.",
        ),
        wrong(
            "blocks of one layer",
            {"params += 9 * stage_width**2 + 2 * stage_width": "pass"},
            "You counted one convolution a block. The depth is 6n + 2: three stages of n blocks of two.",
        ),
        wrong(
            "twice the blocks",
            {"// 6": "// 3"},
            "You counted twice as many blocks. Each has two layers: the depth is 6n + 2, with n blocks in "
            "each of three stages.",
        ),
        wrong(
            "flattened",
            {"channels * classes": "64 * channels * classes"},
            "You flattened last maps of 8×8 pixels. Global average pooling leaves one number a channel: the "
            "linear layer has 4 · width inputs, whatever the image's size.",
        ),
    ],
)


EXERCISES = [BLOCK, BACKWARD, PADDED, ABSORB, PATHS, SLOPES, BOTTLENECK, RESNET]

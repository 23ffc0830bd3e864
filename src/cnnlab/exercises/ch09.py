"""Chapter 09, ResNet: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from math import comb

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


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


def relu(x):
    return np.maximum(x, 0)


BLOCK = Exercise(
    residual_block,
    points=2,
    cases=block_cases,
    mistakes=[
        wrong(
            "plain",
            lambda x, first, second: relu(relu(x @ first) @ second),
            "The shortcut is missing: you computed a plain block. Add x to what the second layer gives.",
        ),
        wrong(
            "relu before the sum",
            lambda x, first, second: relu(relu(x @ first) @ second) + x,
            "Your second ReLU comes before the sum, so F(x) can only add, never take away. Add x first, then "
            "apply the ReLU.",
        ),
        wrong(
            "relu before and after",
            lambda x, first, second: relu(relu(relu(x @ first) @ second) + x),
            "There is a ReLU too many, between the second layer and the sum: it keeps F(x) from taking "
            "anything away.",
        ),
        wrong(
            "no relu at the end",
            lambda x, first, second: relu(x @ first) @ second + x,
            "The last ReLU is missing. In the block of 2015 it comes after the sum. (Chapter 10 takes it "
            "away.)",
        ),
        wrong(
            "no relu inside",
            lambda x, first, second: relu(x @ first @ second + x),
            "The ReLU between the two layers is missing. Without it the two are one linear layer.",
        ),
        wrong(
            "shortcut through the relu",
            lambda x, first, second: relu(relu(x @ first) @ second + relu(x)),
            "You applied the ReLU to x itself as well. The shortcut hands x on untouched.",
        ),
        wrong(
            "subtracted",
            lambda x, first, second: relu(relu(x @ first) @ second - x),
            "You subtracted x. F(x) = H(x) − x is what the layers are to *learn*; the block computes "
            "F(x) + x.",
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
    return {
        "x": digits(rng, 4, channels),
        "first": digits(rng, channels, channels),
        "second": digits(rng, channels, channels),
        "upstream": digits(rng, 4, channels),
    }


BACKWARD = Exercise(
    residual_backward,
    points=3,
    cases=backward_cases,
    mistakes=[
        wrong(
            "shortcut forgotten",
            lambda x, first, second, upstream: residual_backward(x, first, second, upstream) - upstream,
            "The shortcut's share is missing: the upstream gradient itself. That is the + 1 in "
            "∂H/∂x = F′ + 1.",
        ),
        wrong(
            "one added",
            lambda x, first, second, upstream: residual_backward(x, first, second, upstream) - upstream + 1,
            "You added the number 1. The 1 in F′ + 1 multiplies what comes from above: add `upstream`.",
        ),
        wrong(
            "x added",
            lambda x, first, second, upstream: residual_backward(x, first, second, upstream) - upstream + x,
            "You added x, as the forward pass does. Backwards the shortcut carries the gradient: add "
            "`upstream`.",
        ),
        wrong(
            "relu forgotten",
            lambda x, first, second, upstream: upstream @ second.T @ first.T + upstream,
            "You let the gradient through units that the ReLU had switched off. Multiply by 1 where "
            "x @ first is positive, and by 0 elsewhere.",
        ),
        wrong(
            "relu on the gradient",
            lambda x, first, second, upstream: relu(upstream @ second.T) @ first.T + upstream,
            "You applied the ReLU to the gradient. What decides is the sign of the *input* of the ReLU, "
            "x @ first.",
        ),
        wrong(
            "weights not transposed",
            lambda x, first, second, upstream: (upstream @ second * (x @ first > 0)) @ first + upstream,
            "Your matrices are not transposed. Going back through `x @ w` multiplies by w.T.",
        ),
        wrong(
            "layers in forward order",
            lambda x, first, second, upstream: (upstream @ first.T * (x @ first > 0)) @ second.T + upstream,
            "You went through the first layer before the second. Backwards the last layer comes first.",
        ),
        wrong(
            "shortcut only",
            lambda x, first, second, upstream: upstream.copy(),
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
    stride, channels = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    rows, columns = rng.permutation([1, 2, 3])[:2]
    return {
        "x": digits(rng, channels, stride * rows, stride * columns),
        "out_channels": channels * 2,
        "stride": stride,
    }


def blocks_of(x, stride):
    """[C, H, W] → [C, H/stride, W/stride, stride, stride]"""
    channels, height, width = x.shape
    tiles = x.reshape(channels, height // stride, stride, width // stride, stride)
    return tiles.transpose(0, 1, 3, 2, 4)


PADDED = Exercise(
    padded_shortcut,
    points=2,
    cases=padded_cases,
    mistakes=[
        wrong(
            "zeros first",
            lambda x, out_channels, stride: np.roll(
                padded_shortcut(x, out_channels, stride), out_channels - x.shape[0], axis=0
            ),
            "Your zeros come before x's channels. The new channels stand at the end.",
        ),
        wrong(
            "zeros on both sides",
            lambda x, out_channels, stride: np.roll(
                padded_shortcut(x, out_channels, stride), (out_channels - x.shape[0] + 1) // 2, axis=0
            ),
            "You put half of the zeros before x's channels and half behind. In the ResNet of this chapter "
            "all of them stand at the end.",
        ),
        wrong(
            "channels repeated",
            lambda x, out_channels, stride: np.tile(x[:, ::stride, ::stride], (2, 1, 1)),
            "You repeated x's channels. The new ones hold zeros: that part of the output is left to F.",
        ),
        wrong(
            "average",
            lambda x, out_channels, stride: padded_shortcut(
                blocks_of(x, stride).mean(axis=(3, 4)), out_channels, 1
            ),
            "You averaged each square of pixels. The shortcut keeps its upper left pixel and drops the rest.",
        ),
        wrong(
            "max",
            lambda x, out_channels, stride: padded_shortcut(
                blocks_of(x, stride).max(axis=(3, 4)), out_channels, 1
            ),
            "You took the largest of each square of pixels. The shortcut keeps the upper left one, whatever "
            "it is.",
        ),
        wrong(
            "starts at one",
            lambda x, out_channels, stride: padded_shortcut(
                np.roll(x, (-1, -1), axis=(1, 2)), out_channels, stride
            ),
            "You start at the second row and column. The first pixel kept is row 0, column 0.",
        ),
        wrong(
            "cropped",
            lambda x, out_channels, stride: padded_shortcut(
                x[:, : x.shape[1] // stride, : x.shape[2] // stride], out_channels, 1
            ),
            "You cut out the upper left corner. Keep every `stride`-th row and column of the whole map.",
        ),
        wrong(
            "stride ignored",
            lambda x, out_channels, stride: padded_shortcut(x, out_channels, 1),
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
    channels, size = int(rng.integers(2, 4)), int(rng.choice([3, 5]))
    return {"weight": digits(rng, channels, channels, size, size)}


def centred(weight, what):
    """The weight with `what` [C, C] added in the kernel's centre."""
    changed, centre = weight.copy(), weight.shape[2] // 2
    changed[:, :, centre, centre] += what
    return changed


ABSORB = Exercise(
    absorb_shortcut,
    points=2,
    cases=absorb_cases,
    mistakes=[
        wrong(
            "every channel",
            lambda weight: centred(weight, 1),
            "You added 1 in the centre of every kernel slice. Then each output gets the sum of all channels "
            "of x; output c must get channel c alone.",
        ),
        wrong(
            "every tap",
            lambda weight: weight + np.eye(len(weight))[:, :, None, None],
            "You added 1 to every tap of the slice that reads its own channel. Then a whole window is added "
            "up; the shortcut adds one pixel, the one in the centre.",
        ),
        wrong(
            "everywhere",
            lambda weight: weight + 1,
            "You added 1 to all weights. The shortcut is a single 1 for each channel: own channel, centre.",
        ),
        wrong(
            "corner",
            lambda weight: np.roll(
                centred(np.roll(weight, (weight.shape[2] // 2,) * 2, axis=(2, 3)), np.eye(len(weight))),
                (-(weight.shape[2] // 2),) * 2,
                axis=(2, 3),
            ),
            "Your 1 stands in the corner of the kernel, so x arrives shifted. It belongs in the centre.",
        ),
        wrong(
            "replaced",
            lambda weight: centred(
                weight, np.eye(len(weight)) * (1 - weight[:, :, weight.shape[2] // 2, weight.shape[2] // 2])
            ),
            "You set the weight to 1. F's own weight must stay: add 1 to it.",
        ),
        wrong(
            "subtracted",
            lambda weight: centred(weight, -np.eye(len(weight))),
            "You subtracted 1. That turns H into F = H − x; the question asks for the weights of F(x) + x.",
        ),
        wrong(
            "first channel only",
            lambda weight: centred(weight, np.diag([1.0] + [0.0] * (len(weight) - 1))),
            "Only the first channel got its shortcut. Each channel needs one.",
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
    count = int(rng.integers(4, 8))
    return {"layers": rng.integers(1, 4, count)}


def binomial(layers):
    """As if every block's F had one layer."""
    return np.array([comb(len(layers), k) for k in range(len(layers) + 1)])


PATHS = Exercise(
    path_lengths,
    points=3,
    cases=path_cases,
    mistakes=[
        wrong(
            "blocks for layers",
            binomial,
            "You counted blocks: the binomial coefficients. A path that goes through a block's F passes as "
            "many layers as that F has.",
        ),
        wrong(
            "longest only",
            lambda layers: np.eye(1, int(np.sum(layers)) + 1, int(np.sum(layers)), dtype=int)[0],
            "You counted one path, the one through all layers. Every block can also be passed by its "
            "shortcut.",
        ),
        wrong(
            "one path a length",
            lambda layers: np.minimum(path_lengths(layers), 1),
            "You noted which lengths occur, not how many paths have them. Count them all.",
        ),
        wrong(
            "shortcuts alone left out",
            lambda layers: path_lengths(layers) - np.eye(1, int(np.sum(layers)) + 1, dtype=int)[0],
            "The path that takes every shortcut is missing. It passes no layer at all: length 0, one path.",
        ),
        wrong(
            "at least",
            lambda layers: np.cumsum(path_lengths(layers)),
            "You counted the paths *up to* each length. The question asks for those of exactly that length.",
        ),
        wrong(
            "last block forgotten",
            lambda layers: path_lengths(layers[:-1]),
            "The last block is missing from your count.",
        ),
        wrong(
            "leaving anywhere",
            lambda layers: binomial(np.zeros(int(np.sum(layers)))),
            "You let a path leave a block in the middle of its F. The shortcut leads around all of F: a path "
            "takes every layer of it or none.",
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
            lambda slopes, shortcuts: float(np.prod(slopes)),
            "You multiplied the slopes of F alone. Where there is a shortcut, the block's slope is F′ + 1.",
        ),
        wrong(
            "shortcuts everywhere",
            lambda slopes, shortcuts: float(np.prod(slopes + 1)),
            "You added 1 in every block. Only those with a shortcut have it.",
        ),
        wrong(
            "added up",
            lambda slopes, shortcuts: float(np.sum(slopes + shortcuts)),
            "You added the slopes up. The chain rule multiplies what the blocks do one after the other; "
            "inside a block F′ and 1 are added.",
        ),
        wrong(
            "one at the end",
            lambda slopes, shortcuts: float(np.prod(slopes)) + 1,
            "You added 1 once, to the whole chain. Each shortcut spans one block, so each adds its 1 there.",
        ),
        wrong(
            "shortcut replaces",
            lambda slopes, shortcuts: float(np.prod(np.where(shortcuts == 1, 1.0, slopes))),
            "You let a shortcut replace its block: slope 1. The gradient goes both ways, through F and "
            "around it: F′ + 1.",
        ),
        wrong(
            "slope multiplied",
            lambda slopes, shortcuts: float(np.prod(slopes * shortcuts)),
            "You multiplied each slope by its shortcut's 0 or 1. The shortcut's 1 is added to the slope.",
        ),
    ],
)


# 7 and 8. Counting ----------------------------------------------------------------------------------


def count_block(in_channels, width, size, stride):
    side = size // stride
    narrow = in_channels * width * size**2
    filters = 9 * width**2 * side**2
    widen = width * 4 * width * side**2
    projection = in_channels * 4 * width * side**2
    return narrow + filters + widen + projection


def bottleneck_cases(rng: np.random.Generator) -> Case:
    stride = int(rng.integers(2, 4))
    return {
        "in_channels": int(rng.integers(30, 300)),
        "width": int(rng.integers(20, 150)),
        "size": stride * int(rng.integers(5, 30)),
        "stride": stride,
    }


def side_of(block):
    return block["size"] // block["stride"]


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
            lambda **block: (
                count_block(**block) - block["in_channels"] * 4 * block["width"] * side_of(block) ** 2
            ),
            "The projection is missing. Where the shapes differ the shortcut is a layer too.",
        ),
        wrong(
            "stride in the first",
            lambda **block: (
                count_block(**block)
                - block["in_channels"] * block["width"] * (block["size"] ** 2 - side_of(block) ** 2)
            ),
            "You put the stride into the first 1×1. That is the paper's form; here the 3×3 has it, so the "
            "first layer works on the full size.",
        ),
        wrong(
            "no stride",
            lambda **block: count_block(**block | {"stride": 1}),
            "You left the stride out: all layers at the full size.",
        ),
        wrong(
            "stride at the end",
            lambda **block: (
                count_block(**block) + 9 * block["width"] ** 2 * (block["size"] ** 2 - side_of(block) ** 2)
            ),
            "You let the 3×3 work on the full size and shrank the image behind it. A strided layer computes "
            "only the outputs that remain.",
        ),
        wrong(
            "no expansion",
            lambda **block: (
                count_block(**block)
                - 3 * block["width"] * (block["width"] + block["in_channels"]) * side_of(block) ** 2
            ),
            "The last layer and the projection give four times the width. You let them give the width.",
        ),
        wrong(
            "projection from the width",
            lambda **block: (
                count_block(**block)
                + (block["width"] - block["in_channels"]) * 4 * block["width"] * side_of(block) ** 2
            ),
            "You let the projection read the narrow channels. It goes around the block: it reads the block's "
            "input.",
        ),
        wrong(
            "one by one in the middle",
            lambda **block: count_block(**block) - 8 * block["width"] ** 2 * side_of(block) ** 2,
            "You counted the middle layer as 1×1. It is the one that looks around: 3×3, nine weights for "
            "each pair of channels.",
        ),
        wrong(
            "two a mac",
            lambda **block: 2 * count_block(**block),
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


def norms(depth, width):
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
            lambda depth, width, classes: count_resnet(depth, width, classes) - norms(depth, width),
            "The normalizations are missing: each has a scale and a shift for every channel.",
        ),
        wrong(
            "norms counted once",
            lambda depth, width, classes: count_resnet(depth, width, classes) - norms(depth, width) // 2,
            "You gave a normalization one parameter a channel. It has two, a scale and a shift.",
        ),
        wrong(
            "running statistics",
            lambda depth, width, classes: count_resnet(depth, width, classes) + norms(depth, width),
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "projections",
            lambda depth, width, classes: (
                count_resnet(depth, width, classes) + 2 * width**2 + 8 * width**2 + 12 * width
            ),
            "You gave the shortcuts of stages 2 and 3 a 1×1 projection (with its normalization). That is "
            "option B; option A pads with zeros.",
        ),
        wrong(
            "first blocks alike",
            lambda depth, width, classes: count_resnet(depth, width, classes) + 9 * (2 + 8) * width**2,
            "You counted all blocks of a stage alike. The first convolution of stages 2 and 3 reads half as "
            "many channels.",
        ),
        wrong(
            "linear bias forgotten",
            lambda depth, width, classes: count_resnet(depth, width, classes) - classes,
            "The linear layer's biases are missing: one for each class.",
        ),
        wrong(
            "grey images",
            lambda depth, width, classes: count_resnet(depth, width, classes) - 18 * width,
            "You let the first layer read one channel. Colour images have three.",
        ),
        wrong(
            "blocks of one layer",
            lambda depth, width, classes: (
                count_resnet(depth, width, classes)
                - (depth - 2) // 6 * sum(9 * w**2 + 2 * w for w in (width, 2 * width, 4 * width))
            ),
            "You counted one convolution a block. The depth is 6n + 2: three stages of n blocks of two.",
        ),
        wrong(
            "flattened",
            lambda depth, width, classes: count_resnet(depth, width, classes) + 63 * 4 * width * classes,
            "You flattened last maps of 8×8 pixels. Global average pooling leaves one number a channel: the "
            "linear layer has 4 · width inputs, whatever the image's size.",
        ),
    ],
)


EXERCISES = [BLOCK, BACKWARD, PADDED, ABSORB, PATHS, SLOPES, BOTTLENECK, RESNET]

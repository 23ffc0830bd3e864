"""Chapter 01, Convolution: nine exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


# 1. Stride ------------------------------------------------------------------------------------------


def correlate_stride(image, kernel, stride):
    (height, width), (kh, kw) = image.shape, kernel.shape
    rows, columns = (height - kh) // stride + 1, (width - kw) // stride + 1
    output = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = image[top : top + kh, left : left + kw]
            output[i, j] = (window * kernel).sum()
    return output


def stride_cases(rng: np.random.Generator) -> Case:
    height, width = rng.permutation(np.arange(5, 10))[:2]
    kernel = digits(rng, *rng.permutation([2, 3]))
    return {"image": digits(rng, height, width), "kernel": kernel, "stride": int(rng.integers(1, 4))}


STRIDE = Exercise(
    correlate_stride,
    points=2,
    cases=stride_cases,
    mistakes=[
        wrong(
            "kernel flipped",
            lambda image, kernel, stride: correlate_stride(image, kernel[::-1, ::-1], stride),
            "You turned the kernel by 180° before multiplying. That is the mathematician's convolution; "
            "what networks compute is cross-correlation: the kernel stays as it is.",
        ),
        wrong(
            "output transposed",
            lambda image, kernel, stride: correlate_stride(image, kernel, stride).T,
            "Your output is transposed: output[i, j] belongs to the window whose corner lies i·S rows down "
            "and j·S columns to the right.",
        ),
        wrong(
            "stride ignored",
            lambda image, kernel, stride: correlate_stride(image, kernel, 1),
            "The window moves one pixel at a time whatever the stride. With stride S the window of output "
            "(i, j) starts at row i·S and column j·S.",
        ),
        wrong(
            "window does not jump",
            lambda image, kernel, stride: correlate_stride(image, kernel, 1)[
                : (image.shape[0] - kernel.shape[0]) // stride + 1,
                : (image.shape[1] - kernel.shape[1]) // stride + 1,
            ],
            "The output has the right size, but its windows start at row i and column j. They must start "
            "at row i·S and column j·S.",
        ),
        wrong(
            "stride on rows only",
            lambda image, kernel, stride: correlate_stride(image, kernel, 1)[::stride],
            "The stride is applied to the rows but not to the columns. The window jumps S pixels in both "
            "directions.",
        ),
        wrong(
            "last window forgotten",
            lambda image, kernel, stride: correlate_stride(image, kernel, stride)[:-1, :-1],
            "One row and one column of outputs are missing. The number of jumps is (W − K) // S; the "
            "window stands in one place before the first jump, so add 1.",
        ),
        wrong(
            "range too short",
            lambda image, kernel, stride: correlate_stride(image[:-1, :-1], kernel, stride),
            "Your window stops one place before the last. It may start at row H − K too, so a range has to "
            "end at H − K + 1.",
        ),
        wrong(
            "mean",
            lambda image, kernel, stride: correlate_stride(image, kernel / kernel.size, stride),
            "You took the mean of the products. A convolution takes their sum: the kernel alone "
            "decides the scale.",
        ),
    ],
)


# 2. Padding and dilation ----------------------------------------------------------------------------


def correlate_dilated(image, kernel, padding, dilation):
    padded = np.pad(image, padding)
    size = kernel.shape[0]
    span = dilation * (size - 1) + 1
    rows, columns = padded.shape[0] - span + 1, padded.shape[1] - span + 1
    output = np.zeros((rows, columns))
    for u in range(size):
        for v in range(size):
            top, left = u * dilation, v * dilation
            seen = padded[top : top + rows, left : left + columns]
            output += kernel[u, v] * seen
    return output


def dilated_cases(rng: np.random.Generator) -> Case:
    height, width = rng.permutation(np.arange(7, 10))[:2]  # dilation 3 still fits
    padding, dilation = int(rng.integers(0, 3)), int(rng.integers(1, 3))
    return {
        "image": digits(rng, height, width),
        "kernel": digits(rng, *[int(rng.integers(2, 4))] * 2),
        "padding": padding,
        "dilation": dilation,
    }


DILATED = Exercise(
    correlate_dilated,
    points=2,
    cases=dilated_cases,
    mistakes=[
        wrong(
            "kernel flipped",
            lambda image, kernel, padding, dilation: correlate_dilated(
                image, kernel[::-1, ::-1], padding, dilation
            ),
            "You turned the kernel by 180° before multiplying. Networks compute cross-correlation: the "
            "kernel stays as it is.",
        ),
        wrong(
            "padding ignored",
            lambda image, kernel, padding, dilation: correlate_dilated(image, kernel, 0, dilation),
            "The padding is ignored. Put `padding` rows of zeros above and below the image, and as many "
            "columns left and right, before the window starts to move.",
        ),
        wrong(
            "padding on one side",
            lambda image, kernel, padding, dilation: correlate_dilated(
                np.pad(image, ((padding, 0), (padding, 0))), kernel, 0, dilation
            ),
            "The image was padded at the top and at the left only. `padding` zeros go on each of its four "
            "sides, which is why the formula has 2P in it.",
        ),
        wrong(
            "border repeated",
            lambda image, kernel, padding, dilation: correlate_dilated(
                np.pad(image, padding, mode="edge"), kernel, 0, dilation
            ),
            "The border pixels were repeated outwards. Here padding means zeros.",
        ),
        wrong(
            "dilation ignored",
            lambda image, kernel, padding, dilation: correlate_dilated(image, kernel, padding, 1),
            "The dilation is ignored. With dilation D the kernel's neighbouring weights read pixels that "
            "are D apart.",
        ),
        wrong(
            "dilation one too far",
            lambda image, kernel, padding, dilation: correlate_dilated(image, kernel, padding, dilation + 1),
            "Your weights read pixels that are D + 1 apart. Dilation D means a distance of D, so that "
            "dilation 1 is the ordinary convolution: D − 1 pixels are skipped.",
        ),
        wrong(
            "span D·k",
            lambda image, kernel, padding, dilation: correlate_dilated(image, kernel, padding, dilation)[
                : image.shape[0] + 2 * padding - dilation * kernel.shape[0] + 1,
                : image.shape[1] + 2 * padding - dilation * kernel.shape[0] + 1,
            ],
            "You let the kernel span D·k pixels. There are only k − 1 gaps between k weights, so the span is "
            "D·(k − 1) + 1, and the output is larger than yours.",
        ),
        wrong(
            "dilation as stride",
            lambda image, kernel, padding, dilation: correlate_dilated(image, kernel, padding, 1)[
                ::dilation, ::dilation
            ],
            "You let the window jump D pixels. That is a stride: dilation spreads the weights inside the "
            "window and leaves its steps alone.",
        ),
    ],
)


# 3. Groups ------------------------------------------------------------------------------------------


def conv2d_groups(x, weight, groups):
    out_channels, group_width, size, _ = weight.shape
    rows, columns = x.shape[1] - size + 1, x.shape[2] - size + 1
    output = np.zeros((out_channels, rows, columns))
    for o in range(out_channels):
        first = o // (out_channels // groups) * group_width
        group = x[first : first + group_width]
        for i in range(rows):
            for j in range(columns):
                window = group[:, i : i + size, j : j + size]
                output[o, i, j] = (window * weight[o]).sum()
    return output


def group_cases(rng: np.random.Generator) -> Case:
    groups, group_width, outputs = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(2, 4))
    height, width = rng.permutation([3, 4, 5])[:2]
    return {
        "x": digits(rng, groups * group_width, height, width),
        "weight": digits(rng, groups * outputs, group_width, 2, 2),
        "groups": groups,
    }


def dealt(x, groups):
    """Channels dealt out like cards: the first of every group, then the second of every group."""
    return x.reshape(groups, -1, *x.shape[1:]).swapaxes(0, 1).reshape(x.shape)


def outputs_of(weight, groups):
    """How many outputs a group has."""
    return weight.shape[0] // groups


GROUPS = Exercise(
    conv2d_groups,
    points=3,
    cases=group_cases,
    mistakes=[
        wrong(
            "kernel flipped",
            lambda x, weight, groups: conv2d_groups(x, weight[:, :, ::-1, ::-1], groups),
            "You turned the kernels by 180°. Networks compute cross-correlation: the kernel stays as it is.",
        ),
        wrong(
            "first group only",
            lambda x, weight, groups: conv2d_groups(
                np.tile(x[: weight.shape[1]], (groups, 1, 1)), weight, groups
            ),
            "Every output reads the first group of channels. Output o belongs to group "
            "o // (outputs / groups), and reads that group's channels.",
        ),
        wrong(
            "input channels interleaved",
            lambda x, weight, groups: conv2d_groups(dealt(x, x.shape[0] // groups), weight, groups),
            "You gave channel c to group c % groups. A group is a run of neighbouring channels: the first "
            "inputs / groups of them, then the next.",
        ),
        wrong(
            "outputs interleaved",
            lambda x, weight, groups: dealt(
                conv2d_groups(x, dealt(weight, outputs_of(weight, groups)), groups), groups
            ),
            "You let output o read group o % groups. Outputs are grouped in runs, as the inputs are: the "
            "first outputs / groups of them read the first group.",
        ),
        wrong(
            "last channel only",
            lambda x, weight, groups: conv2d_groups(
                x[weight.shape[1] - 1 :: weight.shape[1]], weight[:, -1:], groups
            ),
            "Only the last channel of each group is left in your sums. Add the channels up: += where you "
            "write the output.",
        ),
        wrong(
            "mean over channels",
            lambda x, weight, groups: conv2d_groups(x, weight / weight.shape[1], groups),
            "You took the mean over a group's channels. Their products are summed, as those of the "
            "window are.",
        ),
        wrong(
            "groups added",
            lambda x, weight, groups: (
                conv2d_groups(x, weight, groups)
                .reshape(groups, outputs_of(weight, groups), x.shape[1] - 1, x.shape[2] - 1)
                .sum(axis=0)
            ),
            "You added up the groups' outputs. Groups are separate convolutions side by side: their outputs "
            "are stacked as channels and never meet.",
        ),
    ],
)


# 4. Output size -------------------------------------------------------------------------------------


def output_size(size, kernel_size, stride, padding, dilation):
    span = dilation * (kernel_size - 1) + 1
    return (size + 2 * padding - span) // stride + 1


def size_cases(rng: np.random.Generator) -> Case:
    return {
        "size": int(rng.integers(20, 60)),
        "kernel_size": int(rng.integers(2, 6)),
        "stride": int(rng.integers(2, 5)),
        "padding": int(rng.integers(1, 4)),
        "dilation": int(rng.integers(1, 4)),
    }


OUTPUT_SIZE = Exercise(
    output_size,
    points=1,
    cases=size_cases,
    mistakes=[
        wrong(
            "rounded up",
            lambda size, kernel_size, stride, padding, dilation: (
                -(-(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride) + 1
            ),
            "You round up. A window that does not fit whole is not computed, so the division rounds down.",
        ),
        wrong(
            "no floor",
            lambda size, kernel_size, stride, padding, dilation: (
                (size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1
            ),
            "Your answer is not a whole number. Divide with //, which rounds down: a window that does not "
            "fit whole is not computed.",
        ),
        wrong(
            "one forgotten",
            lambda size, kernel_size, stride, padding, dilation: (
                output_size(size, kernel_size, stride, padding, dilation) - 1
            ),
            "You are one short. The division counts the jumps of the window, and it stands in one place "
            "before the first.",
        ),
        wrong(
            "one added too early",
            lambda size, kernel_size, stride, padding, dilation: (
                (size + 2 * padding - dilation * (kernel_size - 1)) // stride
            ),
            "You added the 1 before dividing. Divide first: (W − K + 2P) // S, and then + 1.",
        ),
        wrong(
            "padding counted once",
            lambda size, kernel_size, stride, padding, dilation: output_size(
                size + padding, kernel_size, stride, 0, dilation
            ),
            "You counted the padding once. It is on both sides: 2P.",
        ),
        wrong(
            "padding ignored",
            lambda size, kernel_size, stride, padding, dilation: output_size(
                size, kernel_size, stride, 0, dilation
            ),
            "You left the padding out. The window moves over W + 2P pixels.",
        ),
        wrong(
            "dilation ignored",
            lambda size, kernel_size, stride, padding, dilation: output_size(
                size, kernel_size, stride, padding, 1
            ),
            "You left the dilation out. A kernel of k weights spans D·(k − 1) + 1 pixels.",
        ),
        wrong(
            "span D·k",
            lambda size, kernel_size, stride, padding, dilation: output_size(
                size, dilation * kernel_size, stride, padding, 1
            ),
            "You let the kernel span D·k pixels. There are only k − 1 gaps between k weights, so the span is "
            "D·(k − 1) + 1.",
        ),
    ],
)


# 5. im2col ------------------------------------------------------------------------------------------


def image_to_columns(x, kernel_size):
    height, width = x.shape[1:]
    rows, columns = height - kernel_size + 1, width - kernel_size + 1
    patches = [
        x[:, i : i + kernel_size, j : j + kernel_size].reshape(-1)
        for i in range(rows)
        for j in range(columns)
    ]
    return np.stack(patches, axis=1)


def column_cases(rng: np.random.Generator) -> Case:
    height, width = rng.permutation([3, 4, 5])[:2]
    return {"x": digits(rng, int(rng.integers(2, 4)), height, width), "kernel_size": 2}


def patches(x, kernel_size):
    """[C, k, k, rows, columns]"""
    rows, columns = x.shape[1] - kernel_size + 1, x.shape[2] - kernel_size + 1
    flat = image_to_columns(x, kernel_size)
    return flat.reshape(x.shape[0], kernel_size, kernel_size, rows, columns)


def arranged(x, kernel_size, axes):
    """The patches with their axes in another order, as a matrix with a column a position."""
    return patches(x, kernel_size).transpose(axes).reshape(x.shape[0] * kernel_size**2, -1)


COLUMNS = Exercise(
    image_to_columns,
    points=2,
    cases=column_cases,
    mistakes=[
        wrong(
            "a row a patch",
            lambda x, kernel_size: image_to_columns(x, kernel_size).T,
            "Your matrix is transposed: a patch is a column here, so that weights · columns is the "
            "convolution.",
        ),
        wrong(
            "channels last",
            lambda x, kernel_size: arranged(x, kernel_size, (1, 2, 0, 3, 4)),
            "Within a column your channels change fastest. A kernel's weights lie as [channels, rows, "
            "columns], so a patch must be flattened in that order too.",
        ),
        wrong(
            "kernel read down",
            lambda x, kernel_size: arranged(x, kernel_size, (0, 2, 1, 3, 4)),
            "Within a channel you read the patch down its columns. Read it row by row, as the kernel is "
            "stored.",
        ),
        wrong(
            "positions read down",
            lambda x, kernel_size: arranged(x, kernel_size, (0, 1, 2, 4, 3)),
            "Your patches follow each other down the image. They must follow row by row, or the outputs "
            "come back as a transposed image.",
        ),
        wrong(
            "patches do not overlap",
            lambda x, kernel_size: patches(x, kernel_size)[..., ::kernel_size, ::kernel_size].reshape(
                x.shape[0] * kernel_size**2, -1
            ),
            "Your patches do not overlap: the window jumped by its own size. With stride 1 it moves by one "
            "pixel.",
        ),
        wrong(
            "reshaped, not transposed",
            lambda x, kernel_size: arranged(x, kernel_size, (0, 3, 4, 1, 2)),
            "Your numbers are there, in the wrong places: reshape does not move axes. Bring them into the "
            "order [C, K, K, H′, W′] first, with transpose.",
        ),
        wrong(
            "patch flipped",
            lambda x, kernel_size: patches(x, kernel_size)[:, ::-1, ::-1].reshape(
                x.shape[0] * kernel_size**2, -1
            ),
            "You turned each patch by 180°. Then the product with the weights is no longer "
            "cross-correlation.",
        ),
    ],
)


# 6. Downsampling without pooling --------------------------------------------------------------------


def averaging_weight(channels):
    weight = np.zeros((channels, channels, 2, 2))
    for c in range(channels):
        weight[c, c] = 1 / 4
    return weight


AVERAGING = Exercise(
    averaging_weight,
    points=2,
    cases=lambda rng: {"channels": int(rng.integers(2, 6))},
    mistakes=[
        wrong(
            "channels mixed",
            lambda channels: np.full((channels, channels, 2, 2), 1 / (4 * channels)),
            "Every output averages all the channels, so they all come out the same. Output c must read "
            "channel c only: the other weights are zero.",
        ),
        wrong(
            "all channels summed",
            lambda channels: np.full((channels, channels, 2, 2), 1 / 4),
            "Every output adds up all the channels. Output c must read channel c only: the other weights "
            "are zero.",
        ),
        wrong(
            "sum",
            lambda channels: averaging_weight(channels) * 4,
            "Your weights add the four pixels; the image gets four times brighter. An average needs 1/4.",
        ),
        wrong(
            "ones everywhere",
            lambda channels: np.ones((channels, channels, 2, 2)),
            "With ones everywhere an output adds up four pixels of every channel. Output c must read channel "
            "c only, and take a quarter of each pixel.",
        ),
        wrong(
            "half",
            lambda channels: averaging_weight(channels) * 2,
            "You used 1/2. A 2×2 window holds four pixels, so each counts a quarter.",
        ),
        wrong(
            "one pixel kept",
            lambda channels: averaging_weight(channels) * np.array([[4, 0], [0, 0]]),
            "You keep the upper left pixel of every four and drop the others. That is subsampling, and it "
            "loses thin lines; an average hears all four.",
        ),
        wrong(
            "depthwise shape",
            lambda channels: np.full((channels, 1, 2, 2), 1 / 4),
            "Your weight has the shape [channels, 1, 2, 2], which needs groups=channels. The question asks "
            "for an ordinary convolution, [channels, channels, 2, 2].",
        ),
    ],
)


# 7. Transposed convolution --------------------------------------------------------------------------


def transpose_correlate(x, kernel, stride):
    size = kernel.shape[0]
    rows, columns = x.shape
    bottom, right = (rows - 1) * stride + size, (columns - 1) * stride + size
    output = np.zeros((bottom, right))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            output[top : top + size, left : left + size] += x[i, j] * kernel
    return output


def transpose_cases(rng: np.random.Generator) -> Case:
    rows, columns = rng.permutation([2, 3, 4])[:2]
    kernel = digits(rng, 3, 3) + np.diag([10.0, 10.0, 10.0])  # no zero on the diagonal: overlaps show
    return {"x": digits(rng, rows, columns), "kernel": kernel, "stride": int(rng.integers(1, 4))}


def overwritten(x, kernel, stride):
    size = kernel.shape[0]
    output = np.zeros([(n - 1) * stride + size for n in x.shape])
    for i, j in np.ndindex(x.shape):
        output[i * stride : i * stride + size, j * stride : j * stride + size] = x[i, j] * kernel
    return output


TRANSPOSED = Exercise(
    transpose_correlate,
    points=2,
    cases=transpose_cases,
    mistakes=[
        wrong(
            "overlaps overwritten",
            overwritten,
            "Where two stamps overlap, yours keeps only the later one. They add up: use += where you "
            "write the stamp.",
        ),
        wrong(
            "kernel flipped",
            lambda x, kernel, stride: transpose_correlate(x, kernel[::-1, ::-1], stride),
            "The kernel lies the wrong way round. A stamp is the kernel as it is; only if you gather from an "
            "input spread out with zeros do you have to turn it by 180°.",
        ),
        wrong(
            "stamps one apart",
            lambda x, kernel, stride: np.pad(
                transpose_correlate(x, kernel, 1), [(0, (n - 1) * (stride - 1)) for n in x.shape]
            ),
            "The output has the right size, but your stamps are one pixel apart. The stamp of input (i, j) "
            "starts at row i·S and column j·S.",
        ),
        wrong(
            "stride ignored",
            lambda x, kernel, stride: transpose_correlate(x, kernel, 1),
            "Your stamps are one pixel apart. The stamp of input (i, j) starts at row i·S and column j·S of "
            "the output.",
        ),
        wrong(
            "output cut at S·W",
            lambda x, kernel, stride: transpose_correlate(x, kernel, stride)[
                : stride * x.shape[0], : stride * x.shape[1]
            ],
            "Your output has S·W columns, and the last stamp is cut off. It starts at (W − 1)·S and needs K "
            "pixels: the size is (W − 1)·S + K.",
        ),
        wrong(
            "gathered",
            lambda x, kernel, stride: correlate_stride(np.pad(x, 2), kernel, stride),
            "You slid the kernel over the input, as a convolution does. A transposed convolution goes the "
            "other way: one input pixel is spread over a window of the output.",
        ),
    ],
)


# 8 and 9. Counting ----------------------------------------------------------------------------------

LAYER = (
    "A convolution takes {in_channels} channels of {size}×{size} pixels and gives {out_channels} channels. "
    "Its kernels are {kernel_size}×{kernel_size}; stride {stride}, padding {padding}, {groups} groups, "
    "with a bias. "
)


def layer_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(2, 5))
    kernel_size, stride = int(rng.choice([3, 5, 7])), int(rng.integers(2, 4))
    return {
        "in_channels": groups * int(rng.integers(3, 40)),
        "out_channels": groups * int(rng.integers(20, 99)),
        "kernel_size": kernel_size,
        "size": int(rng.integers(30, 120)),
        "stride": stride,
        "padding": int(rng.integers(1, kernel_size // 2 + 1)),
        "groups": groups,
    }


def count_params(
    in_channels,
    out_channels,
    kernel_size,
    size,
    stride,
    padding,
    groups,
):
    weights = out_channels * (in_channels // groups) * kernel_size**2
    return weights + out_channels


def count_macs(
    in_channels,
    out_channels,
    kernel_size,
    size,
    stride,
    padding,
    groups,
):
    output_size = (size - kernel_size + 2 * padding) // stride + 1
    per_output = (in_channels // groups) * kernel_size**2
    return out_channels * output_size**2 * per_output


PARAMS = DrawnExercise(
    count_params,
    points=1,
    cases=layer_cases,
    question=LAYER + "How many parameters does it have?",
    mistakes=[
        wrong(
            "bias forgotten",
            lambda **layer: count_params(**layer) - layer["out_channels"],
            "The biases are missing: one for each output channel.",
        ),
        wrong(
            "groups ignored",
            lambda **layer: count_params(**layer | {"groups": 1}),
            "You left the groups out. A kernel is only in_channels / groups deep.",
        ),
        wrong(
            "bias and groups forgotten",
            lambda **layer: count_params(**layer | {"groups": 1}) - layer["out_channels"],
            "Two things are missing: the groups, which make the kernels shallower, and the biases.",
        ),
        wrong(
            "one bias",
            lambda **layer: count_params(**layer) - layer["out_channels"] + 1,
            "You gave the whole layer one bias. Each output channel has its own.",
        ),
        wrong(
            "everything divided",
            lambda **layer: count_params(**layer | {"groups": 1}) // layer["groups"],
            "You divided the biases by the groups as well. Groups make the kernels shallower; each output "
            "channel still has its bias.",
        ),
        wrong(
            "groups twice",
            lambda **layer: (
                (count_params(**layer) - layer["out_channels"]) // layer["groups"] + layer["out_channels"]
            ),
            "You divided by the groups twice. The kernels get shallower, but there are still out_channels of "
            "them.",
        ),
        wrong(
            "bias a pixel",
            lambda **layer: count_params(**layer) + layer["out_channels"] * (pixels(**layer) - 1),
            "You gave every output pixel a bias of its own. A channel's bias is shared by all its pixels, as "
            "its kernel is.",
        ),
        wrong(
            "one kernel for all inputs",
            lambda **layer: layer["out_channels"] * (layer["kernel_size"] ** 2 + 1),
            "You counted flat kernels. A kernel is as deep as the channels it reads: it has "
            "k·k·in_channels / groups weights.",
        ),
        wrong(
            "macs",
            lambda **layer: count_macs(**layer),
            "That is the number of multiply–accumulates. Parameters are stored once, however many positions "
            "use them.",
        ),
    ],
)


def pixels(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    return ((size - kernel_size + 2 * padding) // stride + 1) ** 2


MACS = DrawnExercise(
    count_macs,
    points=2,
    cases=layer_cases,
    question=LAYER + "How many multiply–accumulates (MACs) does one image need, the bias not counted?",
    mistakes=[
        wrong(
            "groups ignored",
            lambda **layer: count_macs(**layer | {"groups": 1}),
            "You left the groups out. An output reads only in_channels / groups channels.",
        ),
        wrong(
            "input size",
            lambda **layer: layer["size"] ** 2 * (count_params(**layer) - layer["out_channels"]),
            "You counted a window for every input pixel. There is one for every output pixel, and the stride "
            "leaves few of them: compute the output size first.",
        ),
        wrong(
            "padding ignored",
            lambda **layer: count_macs(**layer | {"padding": 0}),
            "You left the padding out of the output size, which is (W − K + 2P) // S + 1.",
        ),
        wrong(
            "one short",
            lambda **layer: (
                (count_params(**layer) - layer["out_channels"]) * (round(pixels(**layer) ** 0.5) - 1) ** 2
            ),
            "Your output is one pixel too small each way. Is the + 1 there, and the padding on both sides? "
            "It has (W − K + 2P) // S + 1 pixels.",
        ),
        wrong(
            "two a mac",
            lambda **layer: 2 * count_macs(**layer),
            "You counted multiplications and additions apart. A MAC is one multiplication and its addition "
            "together; your number is FLOPs at 2 per MAC.",
        ),
        wrong(
            "bias counted",
            lambda **layer: count_macs(**layer) + layer["out_channels"] * pixels(**layer),
            "You counted the bias, one addition an output. It multiplies nothing, and the question leaves it "
            "out.",
        ),
        wrong(
            "one output row",
            lambda **layer: count_macs(**layer) // round(pixels(**layer) ** 0.5),
            "You multiplied by the output's width once. It has as many rows as columns.",
        ),
        wrong(
            "one channel out",
            lambda **layer: count_macs(**layer) // layer["out_channels"],
            "You counted one output channel. There are out_channels of them, each with a kernel of its own.",
        ),
        wrong(
            "params",
            lambda **layer: count_params(**layer) - layer["out_channels"],
            "That is the number of weights. Each of them is used once at every output position.",
        ),
    ],
)

EXERCISES = [STRIDE, DILATED, GROUPS, OUTPUT_SIZE, COLUMNS, AVERAGING, TRANSPOSED, PARAMS, MACS]

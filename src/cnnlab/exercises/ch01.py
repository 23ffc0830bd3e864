"""Chapter 01, Convolution: ten exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from functools import partial

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits

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
    kernel = digits(rng, *rng.permutation([1, 2, 3])[:2])  # never square, as some take it to be
    return {"image": digits(rng, height, width), "kernel": kernel, "stride": int(rng.integers(1, 4))}


def rounded(image, kernel, stride, axis):
    """Along one axis as many windows as rounding to the nearest gives; the last may hang over the border."""
    left_over = (image.shape[axis] - kernel.shape[axis]) / stride
    missing = max(round(left_over) * stride + kernel.shape[axis] - image.shape[axis], 0)
    return correlate_stride(np.pad(image, [(0, missing * (axis == each)) for each in (0, 1)]), kernel, stride)


STRIDE = Exercise(
    correlate_stride,
    points=2,
    cases=stride_cases,
    mistakes=[
        wrong(
            "kernel flipped",
            {"(window * kernel)": "(window * kernel[::-1, ::-1])"},
            "You turned the kernel by 180° before multiplying. That is the mathematician's convolution; "
            "what networks compute is cross-correlation: the kernel stays as it is.",
        ),
        wrong(
            "output transposed",
            {"return output": "return output.T"},
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
            {"i * stride, j * stride": "i, j"},
            "The output has the right size, but its windows start at row i and column j. They must start "
            "at row i·S and column j·S.",
        ),
        wrong(
            "stride on rows only",
            {"(width - kw) // stride + 1": "width - kw + 1", "j * stride": "j"},
            "The stride is applied to the rows but not to the columns. The window jumps S pixels in both "
            "directions.",
        ),
        wrong(
            "stride on columns only",
            {"(height - kh) // stride + 1": "height - kh + 1", "i * stride": "i"},
            "The stride is applied to the columns but not to the rows. The window jumps S pixels in both "
            "directions.",
        ),
        wrong(
            "last window forgotten",
            {
                "(height - kh) // stride + 1": "(height - kh) // stride",
                "(width - kw) // stride + 1": "(width - kw) // stride",
            },
            "One row and one column of outputs are missing. The number of jumps is (W − K) // S; the "
            "window stands in one place before the first jump, so add 1.",
        ),
        wrong(
            "one added too early",
            {
                "(height - kh) // stride + 1": "(height - kh + 1) // stride",
                "(width - kw) // stride + 1": "(width - kw + 1) // stride",
            },
            "You added the 1 before dividing, so that the last window is often lost. Divide first: "
            "(W − K) // S, and then + 1.",
        ),
        wrong(
            "range too short",
            {"height - kh": "height - kh - 1", "width - kw": "width - kw - 1"},
            "Your window stops one place before the last. It may start at row H − K too, so a range has to "
            "end at H − K + 1.",
        ),
        wrong(
            "rounded up",
            lambda image, kernel, stride: correlate_stride(
                np.pad(
                    image, [(0, (k - n) % stride) for n, k in zip(image.shape, kernel.shape, strict=True)]
                ),
                kernel,
                stride,
            ),
            "Your last window hangs over the border, where you put zeros. A window that does not fit whole "
            "is not computed: the division rounds down.",
        ),
        wrong(
            "rows rounded",
            partial(rounded, axis=0),
            "You rounded the number of rows to the nearest. A window that does not fit whole is not "
            "computed: the division rounds down.",
        ),
        wrong(
            "columns rounded",
            partial(rounded, axis=1),
            "You rounded the number of columns to the nearest. A window that does not fit whole is not "
            "computed: the division rounds down.",
        ),
        wrong(
            "stride as dilation",
            {
                "(height - kh) // stride + 1": "max(height - stride * (kh - 1), 0)",
                "(width - kw) // stride + 1": "max(width - stride * (kw - 1), 0)",
                "i * stride, j * stride": "i, j",
                "image[top : top + kh, left : left + kw]": "image[top::stride, left::stride][:kh, :kw]",
            },
            "Your weights read pixels that are S apart, and the window moves by one. That is a dilation. A "
            "stride moves the whole window by S and leaves its pixels together.",
        ),
        wrong(
            "image thinned out",
            lambda image, kernel, stride: correlate_stride(image[::stride, ::stride], kernel, 1),
            "You kept every S-th pixel of the image and slid the kernel over those. A window's pixels are "
            "neighbours in the whole image: only its corner jumps.",
        ),
        wrong(
            "mean",
            {".sum()": ".mean()"},
            "You took the mean of the products. A convolution takes their sum: the kernel alone "
            "decides the scale.",
        ),
    ],
)


# 2. Padding and dilation ----------------------------------------------------------------------------


def correlate_dilated(image, kernel, padding, dilation):
    padded = np.pad(image, padding)
    size = len(kernel)
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
            {"kernel[u, v]": "kernel[-1 - u, -1 - v]"},
            "You turned the kernel by 180° before multiplying. Networks compute cross-correlation: the "
            "kernel stays as it is.",
        ),
        wrong(
            "padding ignored",
            {"np.pad(image, padding)": "image"},
            "The padding is ignored. Put `padding` rows of zeros above and below the image, and as many "
            "columns left and right, before the window starts to move.",
        ),
        wrong(
            "padding on one side",
            {"np.pad(image, padding)": "np.pad(image, ((padding, 0), (padding, 0)))"},
            "The image was padded at the top and at the left only. `padding` zeros go on each of its four "
            "sides, which is why the formula has 2P in it.",
        ),
        wrong(
            "negative indices",
            {
                "np.pad(image, padding)": (
                    "np.pad(np.pad(image, [(padding, 0)] * 2, mode='wrap'), [(0, padding)] * 2)"
                )
            },
            "Above and left of the image your index is negative, and NumPy counts such a one from the end: "
            "you read the opposite border. Padding means zeros there.",
        ),
        wrong(
            "border repeated",
            {"np.pad(image, padding)": "np.pad(image, padding, mode='edge')"},
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
            "dilation on columns only",
            {"padded.shape[0] - span": "padded.shape[0] - size", "u * dilation": "u"},
            "Your weights are spread from left to right, but not from top to bottom. Dilation D spreads them "
            "in both directions.",
        ),
        wrong(
            "dilation on rows only",
            {"padded.shape[1] - span": "padded.shape[1] - size", "v * dilation": "v"},
            "Your weights are spread from top to bottom, but not from left to right. Dilation D spreads them "
            "in both directions.",
        ),
        wrong(
            "span D·k",
            {"dilation * (size - 1) + 1": "dilation * size"},
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
    out_channels, group_width, size = weight.shape[:3]
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
    groups, group_width, outputs = (int(n) for n in rng.integers(1, 4, 3))
    size = int(rng.integers(1, 4))
    height, width = rng.permutation([3, 4, 5])[:2]
    return {
        "x": digits(rng, groups * group_width, height, width),
        "weight": digits(rng, groups * outputs, group_width, size, size),
        "groups": groups,
    }


GROUPS = Exercise(
    conv2d_groups,
    points=3,
    cases=group_cases,
    mistakes=[
        wrong(
            "kernel flipped",
            {"weight[o])": "weight[o, :, ::-1, ::-1])"},
            "You turned the kernels by 180°. Networks compute cross-correlation: the kernel stays as it is.",
        ),
        wrong(
            "first group only",
            {"x[first : first + group_width]": "x[:group_width]"},
            "Every output reads the first group of channels. Output o belongs to group "
            "o // (outputs / groups), and reads that group's channels.",
        ),
        wrong(
            "all groups",
            {"x[first : first + group_width]": "x.reshape(groups, -1, *x.shape[1:]).sum(axis=0)"},
            "Each of your outputs adds up all groups of channels, with the same weights. Output o reads one "
            "group only, number o // (outputs / groups).",
        ),
        wrong(
            "input channels interleaved",
            {"x[first : first + group_width]": "x[o // (out_channels // groups) :: groups]"},
            "You gave channel c to group c % groups. A group is a run of neighbouring channels: the first "
            "inputs / groups of them, then the next.",
        ),
        wrong(
            "outputs interleaved",
            {"o // (out_channels // groups)": "o % groups"},
            "You let output o read group o % groups. Outputs are grouped in runs, as the inputs are: the "
            "first outputs / groups of them read the first group.",
        ),
        wrong(
            "first channel only",
            {"(window * weight[o])": "(window * weight[o])[0]"},
            "You read only the first channel of each group. An output adds up the products of all its "
            "group's channels.",
        ),
        wrong(
            "last channel only",
            {"(window * weight[o])": "(window * weight[o])[-1]"},
            "Only the last channel of each group is left in your sums. Add the channels up: += where you "
            "write the output.",
        ),
        wrong(
            "mean over channels",
            {".sum()": ".mean(axis=0).sum()"},
            "You took the mean over a group's channels. Their products are summed, as those of the "
            "window are.",
        ),
        wrong(
            "groups added",
            {"return output": "return output.reshape(groups, -1, rows, columns).sum(axis=0)"},
            "You added up the groups' outputs. Groups are separate convolutions side by side: their outputs "
            "are stacked as channels and never meet.",
        ),
        wrong(
            "range too short",
            {"x.shape[1] - size + 1, x.shape[2] - size + 1": "x.shape[1] - size, x.shape[2] - size"},
            "The last row and the last column of outputs are missing. The window may start at row H − K too: "
            "it has H − K + 1 places.",
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
        "kernel_size": int(rng.integers(1, 8)),
        "stride": int(rng.integers(1, 5)),
        "padding": int(rng.integers(0, 6)),
        "dilation": int(rng.integers(1, 4)),
    }


OUTPUT_SIZE = Exercise(
    output_size,
    points=1,
    cases=size_cases,
    draws=36,
    mistakes=[
        wrong(
            "rounded up",
            {"(size + 2 * padding - span) // stride": "-(-(size + 2 * padding - span) // stride)"},
            "You round up. A window that does not fit whole is not computed, so the division rounds down.",
        ),
        wrong(
            "rounded to the nearest",
            {"(size + 2 * padding - span) // stride + 1": "round((size + 2 * padding - span) / stride + 1)"},
            "You round to the nearest whole number. A window that does not fit whole is not computed, "
            "however much of it would fit: the division rounds down.",
        ),
        wrong(
            "jumps rounded to the nearest",
            {"(size + 2 * padding - span) // stride": "round((size + 2 * padding - span) / stride)"},
            "You round the number of jumps to the nearest whole one. A jump that carries the window over the "
            "edge is not made, by however little: round down.",
        ),
        wrong(
            "no floor",
            {"// stride": "/ stride"},
            "Your answer is not a whole number. Divide with //, which rounds down: a window that does not "
            "fit whole is not computed.",
        ),
        wrong(
            "one forgotten",
            {"// stride + 1": "// stride"},
            "You are one short. The division counts the jumps of the window, and it stands in one place "
            "before the first.",
        ),
        wrong(
            "one added too early",
            {"- span) // stride + 1": "- span + 1) // stride"},
            "You added the 1 before dividing. Divide first: (W − K + 2P) // S, and then + 1.",
        ),
        wrong(
            "padding counted once",
            {"2 * padding": "padding"},
            "You counted the padding once. It is on both sides: 2P.",
        ),
        wrong(
            "padding ignored",
            {" + 2 * padding": ""},
            "You left the padding out. The window moves over W + 2P pixels.",
        ),
        wrong(
            "dilation ignored",
            {"dilation * (kernel_size - 1) + 1": "kernel_size"},
            "You left the dilation out. A kernel of k weights spans D·(k − 1) + 1 pixels.",
        ),
        wrong(
            "span D·k",
            {"dilation * (kernel_size - 1) + 1": "dilation * kernel_size"},
            "You let the kernel span D·k pixels. There are only k − 1 gaps between k weights, so the span is "
            "D·(k − 1) + 1.",
        ),
        wrong(
            "span D·(k − 1)",
            {"(kernel_size - 1) + 1": "(kernel_size - 1)"},
            "You let the kernel span D·(k − 1) pixels. Those are the gaps between its weights; the pixel "
            "under the first weight is one more: D·(k − 1) + 1.",
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
    kernel_size = int(rng.integers(1, 4))
    height, width = kernel_size + rng.permutation([1, 2, 3])[:2]
    return {"x": digits(rng, int(rng.integers(1, 4)), height, width), "kernel_size": kernel_size}


COLUMNS = Exercise(
    image_to_columns,
    points=2,
    cases=column_cases,
    mistakes=[
        wrong(
            "a row a patch",
            {"axis=1": "axis=0"},
            "Your matrix is transposed: a patch is a column here, so that weights · columns is the "
            "convolution.",
        ),
        wrong(
            "channels last",
            {".reshape(-1)": ".transpose(1, 2, 0).reshape(-1)"},
            "Within a column your channels change fastest. A kernel's weights lie as [channels, rows, "
            "columns], so a patch must be flattened in that order too.",
        ),
        wrong(
            "kernel read down",
            {".reshape(-1)": ".transpose(0, 2, 1).reshape(-1)"},
            "Within a channel you read the patch down its columns. Read it row by row, as the kernel is "
            "stored.",
        ),
        wrong(
            "positions read down",
            {"i in range(rows)\n        for j in range(columns": "j in range(columns) for i in range(rows"},
            "Your patches follow each other down the image. They must follow row by row, or the outputs "
            "come back as a transposed image.",
        ),
        wrong(
            "channels side by side",
            lambda x, kernel_size: np.hstack([image_to_columns(channel[None], kernel_size) for channel in x]),
            "Each channel has columns of its own, side by side. A window's column holds all its channels, "
            "one below the other: it has C·K² rows.",
        ),
        wrong(
            "patches do not overlap",
            {
                "range(rows)": "range(0, rows, kernel_size)",
                "range(columns)": "range(0, columns, kernel_size)",
            },
            "Your patches do not overlap: the window jumped by its own size. With stride 1 it moves by one "
            "pixel.",
        ),
        wrong(
            "reshaped, not transposed",
            lambda x, kernel_size: np.lib.stride_tricks.sliding_window_view(
                x, (kernel_size, kernel_size), axis=(1, 2)
            ).reshape(x.shape[0] * kernel_size**2, -1),
            "Your numbers are there, in the wrong places: reshape does not move axes. Bring them into the "
            "order [C, K, K, H′, W′] first, with transpose.",
        ),
        wrong(
            "patch flipped",
            {".reshape(-1)": "[:, ::-1, ::-1].reshape(-1)"},
            "You turned each patch by 180°. Then the product with the weights is no longer "
            "cross-correlation.",
        ),
        wrong(
            "range too short",
            {
                "height - kernel_size + 1": "height - kernel_size",
                "width - kernel_size + 1": "width - kernel_size",
            },
            "Your window stops one place before the last, so columns are missing. It may start at row H − K "
            "too: a range has to end at H − K + 1.",
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
    cases=lambda rng: {"channels": int(rng.integers(1, 6))},
    mistakes=[
        wrong(
            "channels mixed",
            lambda channels: np.full((channels, channels, 2, 2), 1 / (4 * channels)),
            "Every output averages all the channels, so they all come out the same. Output c must read "
            "channel c only: the other weights are zero.",
        ),
        wrong(
            "all channels summed",
            {"weight[c, c]": "weight[c]"},
            "Every output adds up all the channels. Output c must read channel c only: the other weights "
            "are zero.",
        ),
        wrong(
            "sum",
            {"1 / 4": "1"},
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
            {"1 / 4": "1 / 2"},
            "You used 1/2. A 2×2 window holds four pixels, so each counts a quarter.",
        ),
        wrong(
            "divided by the channels",
            {"1 / 4": "1 / (4 * channels)"},
            "You divided by the number of channels too, so the image gets darker. Each output averages four "
            "pixels of one channel: a quarter each.",
        ),
        wrong(
            "one pixel kept",
            {"weight[c, c] = 1 / 4": "weight[c, c, 0, 0] = 1"},
            "You keep the upper left pixel of every four and drop the others. That is subsampling, and it "
            "loses thin lines; an average hears all four.",
        ),
        wrong(
            "depthwise shape",
            lambda channels: np.full((channels, 1, 2, 2), 1 / 4),
            "Your weight has the shape [channels, 1, 2, 2], which needs groups=channels. The question asks "
            "for an ordinary convolution, [channels, channels, 2, 2].",
        ),
        wrong(
            "channels at the end",
            {"return weight": "return weight.transpose(2, 3, 0, 1)"},
            "Your axes are [2, 2, channels, channels]. A weight has its channels first: outputs, inputs, "
            "then the kernel's rows and columns.",
        ),
    ],
)


# 7. Transposed convolution --------------------------------------------------------------------------


def transpose_correlate(x, kernel, stride):
    size = len(kernel)
    rows, columns = x.shape
    bottom, right = (rows - 1) * stride + size, (columns - 1) * stride + size
    output = np.zeros((bottom, right))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            output[top : top + size, left : left + size] += x[i, j] * kernel
    return output


def transpose_cases(rng: np.random.Generator) -> Case:
    size = int(rng.integers(2, 4))
    rows, columns = size + rng.permutation([0, 1, 2])[:2]
    kernel = digits(rng, size, size) + 10 * np.eye(size)  # no zero on the diagonal: overlaps show
    return {"x": digits(rng, rows, columns), "kernel": kernel, "stride": int(rng.integers(1, 4))}


TRANSPOSED = Exercise(
    transpose_correlate,
    points=2,
    cases=transpose_cases,
    mistakes=[
        wrong(
            "overlaps overwritten",
            {"+= x[i, j]": "= x[i, j]"},
            "Where two stamps overlap, yours keeps only the later one. They add up: use += where you "
            "write the stamp.",
        ),
        wrong(
            "kernel flipped",
            {"x[i, j] * kernel": "x[i, j] * kernel[::-1, ::-1]"},
            "The kernel lies the wrong way round. A stamp is the kernel as it is; only if you gather from an "
            "input spread out with zeros do you have to turn it by 180°.",
        ),
        wrong(
            "kernel transposed",
            {"x[i, j] * kernel": "x[i, j] * kernel.T"},
            "You transposed the kernel. What is transposed is the whole convolution, written as a matrix; "
            "the kernel is stamped as it is.",
        ),
        wrong(
            "stamps one apart",
            {"i * stride, j * stride": "i, j"},
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
            "stamps S + 1 apart",
            lambda x, kernel, stride: transpose_correlate(x, kernel, stride + 1),
            "Your stamps are S + 1 pixels apart. With stride S they start S apart: only S − 1 zeros stand "
            "between two pixels.",
        ),
        wrong(
            "output cut at S·W",
            {
                "(rows - 1) * stride": "rows * stride",
                "(columns - 1) * stride": "columns * stride",
                "return output": "return output[:-size, :-size]",
            },
            "Your output has S·W columns. The last stamp starts at (W − 1)·S and needs K pixels: the size is "
            "(W − 1)·S + K.",
        ),
        wrong(
            "output S·W + K",
            {"(rows - 1) * stride": "rows * stride", "(columns - 1) * stride": "columns * stride"},
            "Your output has S·W + K columns, and the last S of them stay empty. The last stamp starts at "
            "(W − 1)·S: the size is (W − 1)·S + K.",
        ),
        wrong(
            "pixels copied",
            lambda x, kernel, stride: transpose_correlate(
                x.repeat(stride, axis=0).repeat(stride, axis=1), kernel, 1
            ),
            "You copied each pixel S times in both directions. Each pixel is stamped once; only the distance "
            "between stamps is S.",
        ),
        wrong(
            "convolved",
            lambda x, kernel, stride: correlate_stride(x, kernel, stride),
            "Your output is smaller than the input: that is the ordinary convolution. A transposed one goes "
            "the other way: each pixel is spread over a window of a larger output.",
        ),
        wrong(
            "gathered",
            lambda x, kernel, stride: correlate_stride(np.pad(x, len(kernel) - 1), kernel, stride),
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
    if groups == stride**2:  # a stride that is ignored would look like groups that are
        groups = 2
    layer = {
        "in_channels": groups * int(rng.integers(3, 40)),
        "out_channels": groups * int(rng.integers(20, 99)),
        "kernel_size": kernel_size,
        "size": int(rng.integers(30, 120)),
        "stride": stride,
        "padding": int(rng.integers(1, kernel_size // 2 + 1)),
        "groups": groups,
    }
    if stride == 3 and (layer["size"] - kernel_size + 2 * layer["padding"]) % 3 == 1:
        layer["size"] += 1  # two thirds of a window are left: who rounds to the nearest is wrong
    return layer


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
            {"weights + out_channels": "weights"},
            "The biases are missing: one for each output channel.",
        ),
        wrong(
            "groups ignored",
            {"(in_channels // groups)": "in_channels"},
            "You left the groups out. A kernel is only in_channels / groups deep.",
        ),
        wrong(
            "bias and groups forgotten",
            {"(in_channels // groups)": "in_channels", "weights + out_channels": "weights"},
            "Two things are missing: the groups, which make the kernels shallower, and the biases.",
        ),
        wrong(
            "one bias",
            {"weights + out_channels": "weights + 1"},
            "You gave the whole layer one bias. Each output channel has its own.",
        ),
        wrong(
            "a bias an input",
            {"weights + out_channels": "weights + in_channels"},
            "You gave each input channel a bias. There is one for each output channel: it is added to a "
            "kernel's sum.",
        ),
        wrong(
            "biases for each group",
            {"weights + out_channels": "weights + groups * out_channels"},
            "You gave each group out_channels biases. A group makes only out_channels / groups of the "
            "outputs, and each output has one bias.",
        ),
        wrong(
            "everything divided",
            {
                "(in_channels // groups)": "in_channels",
                "weights + out_channels": "(weights + out_channels) // groups",
            },
            "You divided the biases by the groups as well. Groups make the kernels shallower; each output "
            "channel still has its bias.",
        ),
        wrong(
            "groups twice",
            {"weights = out_channels": "weights = out_channels // groups"},
            "You divided by the groups twice. The kernels get shallower, but there are still out_channels of "
            "them.",
        ),
        wrong(
            "kernel not squared",
            {"kernel_size**2": "kernel_size"},
            "You multiplied by the kernel's width once. It has as many rows as columns: k·k weights a "
            "channel.",
        ),
        wrong(
            "bias a pixel",
            lambda **layer: count_params(**layer) + layer["out_channels"] * (pixels(**layer) - 1),
            "You gave every output pixel a bias of its own. A channel's bias is shared by all its pixels, as "
            "its kernel is.",
        ),
        wrong(
            "one kernel for all inputs",
            {" * (in_channels // groups)": ""},
            "You counted flat kernels. A kernel is as deep as the channels it reads: it has "
            "k·k·in_channels / groups weights.",
        ),
        wrong(
            "macs",
            count_macs,
            "That is the number of multiply–accumulates. Parameters are stored once, however many positions "
            "use them.",
        ),
        wrong(
            "params at every pixel",
            lambda **layer: count_params(**layer) * pixels(**layer),
            "You multiplied by the number of output pixels. Parameters are stored once, however many "
            "positions use them.",
        ),
    ],
)


def pixels(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    return ((size - kernel_size + 2 * padding) // stride + 1) ** 2


def mac_cases(rng: np.random.Generator) -> Case:
    """Three fifths of a jump are left over, more is padded, and the kernel is larger than the padding.

    So no rounding, before the 1 is added or after, no padding counted once, no W / S and no 1 added before
    dividing gives the right number, nor do padding and stride in each other's place: they are never equal.
    Layers like one that was handed out stay.
    """
    layer = layer_cases(rng)
    kernel_size, padding, stride = (layer[name] for name in ("kernel_size", "padding", "stride"))
    whole = (layer["size"] - kernel_size + 2 * padding) % stride == 0
    if whole or (kernel_size, padding, layer["groups"]) != (2 * stride + 1, 4 - stride, 3):
        padding = int(rng.choice([6, 7]))
        layer |= {"kernel_size": 2 * padding + 7, "stride": 5, "padding": padding}
        size = 30 + layer["size"] % 30  # or the number could need more than 32 bits
        layer["size"] = size - size % 5
    return layer


EVERY_PLACE = (
    "You counted a window for every input pixel. There is one for every output pixel, and the stride leaves "
    "few of them: compute the output size first."
)
MACS = DrawnExercise(
    count_macs,
    points=2,
    cases=mac_cases,
    question=LAYER + "How many multiply–accumulates (MACs) does one image need, the bias not counted?",
    mistakes=[
        wrong(
            "groups ignored",
            {"(in_channels // groups)": "in_channels"},
            "Your number is as large as without the groups. An output reads only in_channels / groups "
            "channels.",
        ),
        wrong(
            "groups twice",
            {"return out_channels": "return out_channels // groups"},
            "Your number is as small as if both channels were divided by the groups. The kernels get "
            "shallower, but there are still out_channels of them.",
        ),
        wrong(
            "input size",
            {"(size - kernel_size + 2 * padding) // stride + 1": "size"},
            EVERY_PLACE,
        ),
        wrong("stride ignored", {" // stride": ""}, EVERY_PLACE),
        wrong(
            "padding ignored",
            {" + 2 * padding": ""},
            "You left the padding out of the output size, which is (W − K + 2P) // S + 1.",
        ),
        wrong(
            "one short",
            {"// stride + 1": "// stride"},
            "Your output is one pixel too small each way. Is the + 1 there, and the padding on both sides? "
            "It has (W − K + 2P) // S + 1 pixels.",
        ),
        wrong(
            "rounded up",
            {"// stride + 1": "// stride + 2"},
            "Your output is one pixel too large each way. A window that does not fit whole is not computed: "
            "(W − K + 2P) / S is rounded down, and then 1 is added.",
        ),
        wrong(
            "two a mac",
            {"return out_channels": "return 2 * out_channels"},
            "You counted multiplications and additions apart. A MAC is one multiplication and its addition "
            "together; your number is FLOPs at 2 per MAC.",
        ),
        wrong(
            "bias counted",
            {"* per_output": "* (per_output + 1)"},
            "You counted the bias, one addition an output. It multiplies nothing, and the question leaves it "
            "out.",
        ),
        wrong(
            "kernel not squared",
            {"kernel_size**2": "kernel_size"},
            "Your number is as large as with the kernel's width once. It has as many rows as columns: k·k "
            "products a channel.",
        ),
        wrong(
            "one output row",
            {"output_size**2": "output_size"},
            "Your number is as large as with the output's width once. It has as many rows as columns.",
        ),
        wrong(
            "one channel out",
            {"return out_channels * ": "return "},
            "You counted one output channel. There are out_channels of them, each with a kernel of its own.",
        ),
        wrong(
            "params",
            {" * output_size**2": ""},
            "That is the number of weights. Each of them is used once at every output position.",
        ),
    ],
)


# 10. Winograd's tiles -------------------------------------------------------------------------------


def tile_cases(rng: np.random.Generator) -> Case:
    """Along one side the tiles fit, along the other the last one covers a single row or column.

    So neither rounding to the nearest nor a tile more on each side gives the right number, nor do tiles for
    the padded image or for what a kernel leaves without padding.
    """
    tiles, tile = int(rng.integers(3, 12)), int(rng.integers(4, 8))
    height, width = (int(side) for side in rng.permutation([tile * tiles, tile * (tiles + 1) + 1]))
    return {
        "in_channels": int(rng.integers(17, 99)),
        "out_channels": int(rng.integers(17, 99)),
        "height": height,
        "width": width,
        "tile": tile,
    }


def count_tiles(in_channels, out_channels, height, width, tile):
    # Minus twice rounds up.
    rows, columns = -(-height // tile), -(-width // tile)
    per_tile = (tile + 2) ** 2
    return in_channels * out_channels * rows * columns * per_tile


ONE_ROW = (
    "You counted the tiles along one side. They cover both: so many rows of them, times so many columns."
)
TILES = DrawnExercise(
    count_tiles,
    points=2,
    cases=tile_cases,
    question="A 3×3 convolution with stride 1 and padding 1 takes {in_channels} channels of {height}×{width} "
    "pixels and gives {out_channels} channels. Winograd's tiles of {tile}×{tile} outputs cover each output "
    "channel; a tile that hangs over the border is computed whole. How many multiplications does one image "
    "need, the transforms not counted?",
    mistakes=[
        wrong(
            "tiles rounded down",
            {"-(-height // tile), -(-width // tile)": "height // tile, width // tile"},
            "Your number is as large as without the tiles that hang over the border. They are computed "
            "whole: round up.",
        ),
        wrong(
            "a tile too many",
            {"-(-height // tile), -(-width // tile)": "height // tile + 1, width // tile + 1"},
            "Your number is as large as with one tile more where all of them fit. Add 1 only where the "
            "division leaves a rest, and cover no padding: padding 1 leaves as many outputs as pixels.",
        ),
        wrong(
            "part of a tile",
            lambda in_channels, out_channels, height, width, tile: (
                in_channels * out_channels * height * width * (tile + 2) ** 2 // tile**2
            ),
            "You counted a part of the tiles that hang over. Each of them is computed whole.",
        ),
        wrong(
            "a product an output",
            {"(tile + 2) ** 2": "tile**2"},
            "Your number is as large as with one product for each output of a tile. There are as many as "
            "inputs: a tile of outputs reads a border of one pixel on each side.",
        ),
        wrong(
            "kernel's width added",
            {"tile + 2": "tile + 3"},
            "You added the kernel's width to the tile's. M outputs of K weights read M + K − 1 inputs, and "
            "that is how many products there are along one side.",
        ),
        wrong(
            "border on one side",
            {"tile + 2": "tile + 1"},
            "You gave the tile a border on one side only. A 3×3 kernel reaches one pixel to the left and one "
            "to the right.",
        ),
        wrong(
            "one dimension",
            {"(tile + 2) ** 2": "(tile + 2)"},
            "You counted the products of a row of a tile. It has as many rows as columns.",
        ),
        wrong(
            "one row of tiles",
            {"rows * columns": "columns"},
            ONE_ROW,
        ),
        wrong(
            "one column of tiles",
            {"rows * columns": "rows"},
            ONE_ROW,
        ),
        wrong(
            "nine an output",
            {"(tile + 2) ** 2": "9 * tile**2"},
            "You counted nine products for each output of the tiles, as the definition does. A tile needs "
            "one for each of its inputs.",
        ),
        wrong(
            "the definition",
            {"rows * columns * per_tile": "9 * height * width"},
            "That is the definition's number, nine products an output. Winograd needs one for each input of "
            "a tile.",
        ),
        wrong(
            "kernels forgotten",
            {"in_channels * out_channels": "in_channels"},
            "You counted one kernel. Each output channel has its own, and meets every tile anew.",
        ),
        wrong(
            "input channels forgotten",
            {"in_channels * out_channels": "out_channels"},
            "You counted one input channel. A kernel is as deep as what it reads, and each of its slices "
            "multiplies.",
        ),
        wrong(
            "tiles of inputs side by side",
            lambda in_channels, out_channels, height, width, tile: (
                count_tiles(in_channels, out_channels, height + 2, width + 2, tile + 2)
                // (tile + 4) ** 2
                * (tile + 2) ** 2
            ),
            "Your number is as large as if the tiles of inputs lay side by side. Those of outputs do; two "
            "neighbours share two rows or columns of what they read.",
        ),
        wrong(
            "2.25 times fewer",
            {"rows * columns * per_tile": "4 * height * width"},
            "Your number is that of the definition, divided by 2.25. So much is saved by tiles of 2×2 "
            "outputs that all fit; yours are larger, and those that hang over are computed whole.",
        ),
    ],
)

EXERCISES = [STRIDE, DILATED, GROUPS, OUTPUT_SIZE, COLUMNS, AVERAGING, TRANSPOSED, PARAMS, MACS, TILES]

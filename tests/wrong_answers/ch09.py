"""Wrong answers to the exercises of chapter 09, as fresh solvers gave them."""

from math import comb

import numpy as np

from wrong_answers import wrong


def relu(values):
    return np.maximum(values, 0)


@wrong("residual_block", "plain")
def _(x, first, second):
    """There is no shortcut."""
    return relu(relu(x @ first) @ second)


@wrong("residual_block", "no relu at the end")
def _(x, first, second):
    """The ReLU behind the sum is missing."""
    return relu(x @ first) @ second + x


@wrong("residual_block", "relu before the sum")
def _(x, first, second):
    """The shortcut is added behind the last ReLU."""
    return relu(relu(x @ first) @ second) + x


@wrong("residual_block", "relu before and after")
def _(x, first, second):
    """A third ReLU cuts the residual before the sum, so that it cannot take anything away."""
    residual = relu(relu(x @ first) @ second)
    return relu(residual + x)


@wrong("residual_block", "no relu inside")
def _(x, first, second):
    """The ReLU between the two linear layers is missing."""
    return relu(x @ first @ second + x)


@wrong("residual_block", "relu in front")
def _(x, first, second):
    """Each ReLU stands before its linear layer, and none behind the sum."""
    return relu(relu(x) @ first) @ second + x


@wrong("residual_block")
def _(x, first, second):
    """It multiplies by the shortcut, where it should add."""
    return relu(relu(x @ first) @ second * x)


@wrong("residual_block", "subtracted")
def _(x, first, second):
    """It subtracts x, as in the definition of the residual."""
    return relu(relu(x @ first) @ second - x)


@wrong("residual_block", "shortcut through the relu")
def _(x, first, second):
    """The shortcut goes through a ReLU before the sum."""
    return relu(relu(x @ first) @ second + relu(x))


@wrong("residual_block")
def _(x, first, second):
    """It takes the mean of both ways, where it should add."""
    return relu((relu(x @ first) @ second + x) / 2)


@wrong("residual_backward", "shortcut forgotten")
def _(x, first, second, upstream):
    """What comes back along the shortcut is forgotten."""
    return (upstream @ second.T * (x @ first > 0)) @ first.T


@wrong("residual_backward", "relu forgotten")
def _(x, first, second, upstream):
    """The ReLU lets everything back."""
    return upstream @ second.T @ first.T + upstream


@wrong("residual_backward", "x added")
def _(x, first, second, upstream):
    """The shortcut brings x, not the gradient."""
    return (upstream @ second.T * (x @ first > 0)) @ first.T + x


@wrong("residual_backward", "relu on the gradient")
def _(x, first, second, upstream):
    """The ReLU looks at the sign of the gradient, not of what it had read."""
    return relu(upstream @ second.T) @ first.T + upstream


@wrong("residual_backward", "weights not transposed")
def _(x, first, second, upstream):
    """The matrices are not transposed on the way back."""
    return (upstream @ second * (x @ first > 0)) @ first + upstream


@wrong("residual_backward", "layers in forward order")
def _(x, first, second, upstream):
    """It goes back through the first matrix first."""
    return (upstream @ first.T * (x @ first > 0)) @ second.T + upstream


@wrong("residual_backward", "one added")
def _(x, first, second, upstream):
    """It adds 1 for the shortcut, not the gradient times 1."""
    return (upstream @ second.T * (x @ first > 0)) @ first.T + 1


@wrong("residual_backward", "a last relu")
def _(x, first, second, upstream):
    """It also goes back through a last ReLU, which this block does not have."""
    hidden = relu(x @ first)
    upstream = upstream * (hidden @ second + x > 0)
    return (upstream @ second.T * (hidden > 0)) @ first.T + upstream


@wrong("residual_backward", "value for slope")
def _(x, first, second, upstream):
    """It multiplies by the ReLU's output, not by its slope."""
    return (upstream @ second.T * relu(x @ first)) @ first.T + upstream


@wrong("residual_backward", "slope at zero")
def _(x, first, second, upstream):
    """The ReLU's slope at 0 is taken for 1."""
    return (upstream @ second.T * (x @ first >= 0)) @ first.T + upstream


def channels_behind(x, out_channels):
    """Zeros behind the channels of x."""
    return np.pad(x, ((0, out_channels - len(x)), (0, 0), (0, 0)))


@wrong("padded_shortcut", "last of each step")
def _(x, out_channels, stride):
    """It begins with the last row and column of each step, not the first."""
    return channels_behind(x[:, stride - 1 :: stride, stride - 1 :: stride], out_channels)


@wrong("padded_shortcut", "zeros first")
def _(x, out_channels, stride):
    """The zeros stand before the channels of x."""
    taken = x[:, ::stride, ::stride]
    return np.concatenate([np.zeros((out_channels - len(x), *taken.shape[1:])), taken])


@wrong("padded_shortcut", "zeros on both sides")
def _(x, out_channels, stride):
    """It puts half of the zeros before the channels of x and half behind."""
    taken = x[:, ::stride, ::stride]
    more = out_channels - len(x)
    return np.pad(taken, ((more // 2, more - more // 2), (0, 0), (0, 0)))


@wrong("padded_shortcut", "average")
def _(x, out_channels, stride):
    """It averages each window of stride by stride pixels, where it should pick one."""
    rows = [x[:, i : i + stride] for i in range(0, x.shape[1], stride)]
    cells = [[r[:, :, j : j + stride].mean(axis=(1, 2)) for j in range(0, x.shape[2], stride)] for r in rows]
    return channels_behind(np.array(cells).transpose(2, 0, 1), out_channels)


@wrong("padded_shortcut", "max")
def _(x, out_channels, stride):
    """It takes the maximum of each window of stride by stride pixels."""
    rows = [x[:, i : i + stride] for i in range(0, x.shape[1], stride)]
    cells = [[r[:, :, j : j + stride].max(axis=(1, 2)) for j in range(0, x.shape[2], stride)] for r in rows]
    return channels_behind(np.array(cells).transpose(2, 0, 1), out_channels)


@wrong("padded_shortcut", "rows alone")
def _(x, out_channels, stride):
    """It takes every stride-th row and all of the columns."""
    return channels_behind(x[:, ::stride], out_channels)


@wrong("padded_shortcut", "channels repeated")
def _(x, out_channels, stride):
    """It repeats the channels of x, where zeros should stand."""
    taken = x[:, ::stride, ::stride]
    return taken[np.arange(out_channels) % len(x)]


@wrong("padded_shortcut", "cropped")
def _(x, out_channels, stride):
    """It cuts out the first corner of the image, where it should look at all of it in steps."""
    height, width = -(-x.shape[1] // stride), -(-x.shape[2] // stride)
    return channels_behind(x[:, :height, :width], out_channels)


@wrong("padded_shortcut", "zeros between")
def _(x, out_channels, stride):
    """It spreads the channels of x and puts the zeros between them."""
    taken = x[:, ::stride, ::stride]
    out = np.zeros((out_channels, *taken.shape[1:]))
    for c in range(len(x)):
        out[c * out_channels // len(x)] = taken[c]
    return out


@wrong("padded_shortcut")
def _(x, out_channels, stride):
    """It fills the new channels with copies of the last one."""
    taken = x[:, ::stride, ::stride]
    return np.pad(taken, ((0, out_channels - len(x)), (0, 0), (0, 0)), mode="edge")


@wrong("absorb_shortcut")
def _(weight):
    """It changes the weights that it was given."""
    centre = weight.shape[2] // 2
    for c in range(len(weight)):
        weight[c, c, centre, centre] += 1
    return weight


@wrong("absorb_shortcut", "every channel")
def _(weight):
    """It adds 1 in the centre of all kernels, also where a channel reads another."""
    centre, new = weight.shape[2] // 2, weight.copy()
    new[:, :, centre, centre] += 1
    return new


@wrong("absorb_shortcut", "every tap")
def _(weight):
    """It adds 1 to every weight of a channel's own kernel, not to its centre alone."""
    return weight + np.eye(len(weight))[:, :, None, None]


@wrong("absorb_shortcut", "corner")
def _(weight):
    """It adds 1 in the first corner of the kernels, not in the centre."""
    new = weight.copy()
    for c in range(len(weight)):
        new[c, c, 0, 0] += 1
    return new


@wrong("absorb_shortcut", "replaced")
def _(weight):
    """It sets the centre to 1, where it should add 1 to what stands there."""
    centre, new = weight.shape[2] // 2, weight.copy()
    for c in range(len(weight)):
        new[c, c, centre, centre] = 1
    return new


@wrong("absorb_shortcut", "diagonal of its kernel")
def _(weight):
    """It adds a matrix with ones on its diagonal to each channel's own kernel."""
    new = weight.copy()
    for c in range(len(weight)):
        new[c, c] += np.eye(weight.shape[2])
    return new


@wrong("absorb_shortcut", "diagonal of every kernel")
def _(weight):
    """It adds a matrix with ones on its diagonal to all kernels: the eye runs over the last axes."""
    return weight + np.eye(weight.shape[2])


@wrong("absorb_shortcut", "everywhere")
def _(weight):
    """It adds 1 to every weight."""
    return weight + 1


@wrong("absorb_shortcut")
def _(weight):
    """It shares the 1 among the input channels."""
    centre, new = weight.shape[2] // 2, weight.copy()
    new[:, :, centre, centre] += 1 / len(weight)
    return new


@wrong("absorb_shortcut", "doubled")
def _(weight):
    """It adds the convolution to itself, F(x) + F(x)."""
    return 2 * weight


def multiplied(factors):
    """The coefficients of a product of polynomials, as whole numbers."""
    counts = np.array([1])
    for factor in factors:
        counts = np.convolve(counts, factor)
    return counts


def pass_or_not(layers):
    """At index k, how many paths pass k layers."""
    return multiplied([1] + [0] * (n - 1) + [1] for n in layers)


@wrong("path_lengths", "blocks for layers")
def _(layers):
    """It counts blocks, not layers."""
    counts = np.zeros(int(sum(layers)) + 1, dtype=int)
    counts[: len(layers) + 1] = [comb(len(layers), k) for k in range(len(layers) + 1)]
    return counts


@wrong("path_lengths", "one block a path")
def _(layers):
    """It counts the paths through one block at most."""
    counts = np.zeros(int(sum(layers)) + 1, dtype=int)
    counts[0] = 1
    for n in layers:
        counts[n] += 1
    return counts


@wrong("path_lengths", "single layers skipped")
def _(layers):
    """A path may skip each layer by itself, as if every layer had a shortcut."""
    total = int(sum(layers))
    return np.array([comb(total, k) for k in range(total + 1)])


@wrong("path_lengths", "leaving anywhere")
def _(layers):
    """A path may leave a block after any of its layers."""
    return multiplied([1] * (int(n) + 1) for n in layers)


@wrong("path_lengths", "shortcuts alone left out")
def _(layers):
    """The path that goes around all blocks is left out."""
    counts = pass_or_not(layers)
    counts[0] = 0
    return counts


@wrong("path_lengths", "longest missing")
def _(layers):
    """The list ends one too early: the path through all layers is missing."""
    return pass_or_not(layers)[:-1]


@wrong("path_lengths", "shares")
def _(layers):
    """It returns shares of all paths, not how many there are."""
    return pass_or_not(layers) / 2 ** len(layers)


@wrong("path_lengths", "at least")
def _(layers):
    """It counts the paths of at most k layers."""
    return np.cumsum(pass_or_not(layers))


@wrong("path_lengths")
def _(layers):
    """It goes upwards through the list while it changes it, so a path can pass a block twice."""
    counts = np.zeros(int(sum(layers)) + 1, dtype=int)
    counts[0] = 1
    for n in layers:
        for k in range(n, len(counts)):
            counts[k] += counts[k - n]
    return counts


@wrong("path_lengths", "one path a length")
def _(layers):
    """It says which lengths there are, and not how many paths have each."""
    lengths = {0}
    for n in layers:
        lengths |= {length + n for length in lengths}
    return np.array([int(k in lengths) for k in range(int(sum(layers)) + 1)])


@wrong("skipped_gradient", "plain")
def _(slopes, shortcuts):
    """It does not look at the shortcuts."""
    return np.prod(slopes)


@wrong("skipped_gradient", "shortcuts everywhere")
def _(slopes, shortcuts):
    """Every block gets a shortcut."""
    return np.prod(1 + np.asarray(slopes))


@wrong("skipped_gradient", "added up")
def _(slopes, shortcuts):
    """It adds the blocks' factors, where the chain rule multiplies."""
    return float(sum(slope + shortcut for slope, shortcut in zip(slopes, shortcuts, strict=True)))


@wrong("skipped_gradient", "one at the end")
def _(slopes, shortcuts):
    """It adds a single 1 to the product of the slopes, as if one shortcut led around the whole chain."""
    return np.prod(slopes) + 1


@wrong("skipped_gradient", "shortcut replaces")
def _(slopes, shortcuts):
    """A block with a shortcut counts as 1: its own slope is left out."""
    return np.prod(np.where(np.asarray(shortcuts) == 1, 1.0, slopes))


@wrong("skipped_gradient", "the other blocks")
def _(slopes, shortcuts):
    """The 1 is added where there is no shortcut."""
    return np.prod(np.asarray(slopes) + (1 - np.asarray(shortcuts)))


@wrong("skipped_gradient", "after every block")
def _(slopes, shortcuts):
    """It returns the derivative behind each block, not the last one alone."""
    return np.cumprod(np.asarray(slopes) + shortcuts)


@wrong("skipped_gradient")
def _(slopes, shortcuts):
    """It adds logarithms of the factors' sizes and loses the sign."""
    return np.exp(np.log(np.abs(np.asarray(slopes) + shortcuts)).sum())


@wrong("skipped_gradient", "all ones at the end")
def _(slopes, shortcuts):
    """It adds the number of shortcuts to the product of the slopes."""
    return np.prod(slopes) + np.sum(shortcuts)


@wrong("skipped_gradient")
def _(slopes, shortcuts):
    """It goes through the shortcuts from the last and through the slopes from the first."""
    gradient = 1.0
    for slope, shortcut in zip(slopes, shortcuts[::-1], strict=True):
        gradient *= slope + shortcut
    return gradient


@wrong("count_block", "stride in the first")
def _(in_channels, width, size, stride):
    """The stride is in the first 1×1, as in the paper, and not in the 3×3."""
    out = (size - 1) // stride + 1
    return out**2 * (in_channels * width + 9 * width**2 + 4 * width**2 + in_channels * 4 * width)


@wrong("count_block", "no stride")
def _(in_channels, width, size, stride):
    """It does not look at the stride: all layers work on the input's size."""
    return size**2 * (in_channels * width + 9 * width**2 + 4 * width**2 + in_channels * 4 * width)


@wrong("count_block", "projection forgotten")
def _(in_channels, width, size, stride):
    """The projection is forgotten."""
    out = (size - 1) // stride + 1
    return size**2 * in_channels * width + out**2 * 13 * width**2


@wrong("count_block", "three weights")
def _(in_channels, width, size, stride):
    """The 3×3 is counted with three weights."""
    out = (size - 1) // stride + 1
    inner = 3 * width**2 + 4 * width**2 + in_channels * 4 * width
    return size**2 * in_channels * width + out**2 * inner


@wrong("count_block", "projection without stride")
def _(in_channels, width, size, stride):
    """The projection has no stride and works on the input's size."""
    out = (size - 1) // stride + 1
    return size**2 * (in_channels * width + in_channels * 4 * width) + out**2 * 13 * width**2


@wrong("count_block", "no expansion")
def _(in_channels, width, size, stride):
    """The last 1×1 and the projection give width channels, not four times as many."""
    out = (size - 1) // stride + 1
    return size**2 * in_channels * width + out**2 * (9 * width**2 + width**2 + in_channels * width)


@wrong("count_block", "weights")
def _(in_channels, width, size, stride):
    """It counts weights, not how often each is used."""
    return in_channels * width + 13 * width**2 + 4 * in_channels * width


@wrong("count_block", "stride at the end")
def _(in_channels, width, size, stride):
    """The 3×3 works on the input's size, and its stride counts from the next layer on."""
    out = (size - 1) // stride + 1
    before = in_channels * width + 9 * width**2
    return size**2 * before + out**2 * (4 * width**2 + 4 * in_channels * width)


@wrong("count_block", "two a mac")
def _(in_channels, width, size, stride):
    """It counts two operations for each MAC."""
    out = (size - 1) // stride + 1
    return 2 * (size**2 * in_channels * width + out**2 * (13 * width**2 + 4 * in_channels * width))


@wrong("count_block", "last layer forgotten")
def _(in_channels, width, size, stride):
    """The last 1×1, which restores the channels, is left out."""
    out = (size - 1) // stride + 1
    return size**2 * in_channels * width + out**2 * (9 * width**2 + 4 * in_channels * width)


def resnet(depth, width, classes, norm=2, bias=0, colours=3, blocks=6):
    """Parameters, by how many a normalization and a convolution add for each channel."""
    layers = 2 * ((depth - 2) // blocks)
    channels, total = width, (9 * colours + bias + norm) * width
    for out in (width, 2 * width, 4 * width):
        for _ in range(layers):
            total += (9 * channels + bias + norm) * out
            channels = out
    return total + (channels + 1) * classes


@wrong("count_resnet", "norms forgotten")
def _(depth, width, classes):
    """The normalizations are left out."""
    return resnet(depth, width, classes, norm=0)


@wrong("count_resnet", "running statistics")
def _(depth, width, classes):
    """It counts the running means and variances as parameters."""
    return resnet(depth, width, classes, norm=4)


@wrong("count_resnet", "twice the blocks")
def _(depth, width, classes):
    """A block is taken for one layer, so each stage has twice as many blocks."""
    return resnet(depth, width, classes, blocks=3)


@wrong("count_resnet", "convolutions with biases")
def _(depth, width, classes):
    """The convolutions get biases."""
    return resnet(depth, width, classes, bias=1)


@wrong("count_resnet", "projections")
def _(depth, width, classes):
    """The two shortcuts that change the shape are projections with a normalization, option B."""
    projections = (width + 2) * 2 * width + (2 * width + 2) * 4 * width
    return resnet(depth, width, classes) + projections


@wrong("count_resnet", "linear bias forgotten")
def _(depth, width, classes):
    """The linear layer has no biases."""
    return resnet(depth, width, classes) - classes


@wrong("count_resnet", "grey images")
def _(depth, width, classes):
    """The images have one channel, not three colours."""
    return resnet(depth, width, classes, colours=1)


@wrong("count_resnet", "first blocks alike")
def _(depth, width, classes):
    """The first convolution of a stage already reads the channels of that stage."""
    more = 9 * (2 * width - width) * 2 * width + 9 * (4 * width - 2 * width) * 4 * width
    return resnet(depth, width, classes) + more


@wrong("count_resnet", "linear reads the first stage")
def _(depth, width, classes):
    """The linear layer reads the first stage's channels, not the last one's."""
    return resnet(depth, width, classes) - 3 * width * classes


@wrong("count_resnet", "first layer forgotten")
def _(depth, width, classes):
    """The first convolution and its normalization are left out."""
    return resnet(depth, width, classes) - (27 + 2) * width


@wrong("padded_shortcut", "a slice to −0")
def _(x, out_channels, stride):
    """All but the last channels are filled, of which there may be none."""
    smaller, new = x[:, ::stride, ::stride], out_channels - len(x)
    output = np.zeros((out_channels, *smaller.shape[1:]))
    output[:-new] = smaller[: len(output[:-new])]
    return output


@wrong("count_block", "one pixel less")
def _(in_channels, width, size, stride):
    """The + 1 of the output's size is forgotten."""
    side = (size + 2 - 3) // stride
    return in_channels * width * size**2 + (13 * width**2 + 4 * in_channels * width) * side**2


@wrong("count_block", "one pixel more")
def _(in_channels, width, size, stride):
    """One more than half, or than a third, of the size, rounded up."""
    side = -(-size // stride) + 1
    return in_channels * width * size**2 + (13 * width**2 + 4 * in_channels * width) * side**2

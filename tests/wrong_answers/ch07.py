"""Wrong answers to the exercises of chapter 07, as fresh solvers gave them."""

from itertools import pairwise
from math import ceil

import numpy as np

from wrong_answers import wrong


@wrong("as_3x3", "all read the input")
def _(kernel_size, in_channels, out_channels):
    """Every layer of the stack reads in_channels, not the first alone."""
    layers = (kernel_size - 1) // 2
    one = in_channels * out_channels
    return np.array([layers, kernel_size**2 * one, layers * 9 * one])


@wrong("as_3x3", "all inner")
def _(kernel_size, in_channels, out_channels):
    """Every layer of the stack reads out_channels, the first as well."""
    layers = (kernel_size - 1) // 2
    return np.array([layers, kernel_size**2 * in_channels * out_channels, layers * 9 * out_channels**2])


@wrong("as_3x3", "side by side, rounded up")
def _(kernel_size, in_channels, out_channels):
    """It divides the side by three to get the layers, as if the kernels stood side by side."""
    layers = -(-kernel_size // 3)
    stack = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    return np.array([layers, kernel_size**2 * in_channels * out_channels, stack])


@wrong("as_3x3", "one too many")
def _(kernel_size, in_channels, out_channels):
    """It has one layer too many."""
    layers = (kernel_size + 1) // 2
    stack = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    return np.array([layers, kernel_size**2 * in_channels * out_channels, stack])


@wrong("as_3x3", "biases")
def _(kernel_size, in_channels, out_channels):
    """It counts biases, and there are none."""
    layers = (kernel_size - 1) // 2
    large = kernel_size**2 * in_channels * out_channels + out_channels
    stack = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    return np.array([layers, large, stack + layers * out_channels])


@wrong("as_3x3", "areas")
def _(kernel_size, in_channels, out_channels):
    """It takes as many layers as 3×3 windows fit into the area of the large one."""
    layers = round(kernel_size**2 / 9)
    stack = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    return np.array([layers, kernel_size**2 * in_channels * out_channels, stack])


@wrong("as_3x3", "two writers")
def _(kernel_size, in_channels, out_channels):
    """The stack keeps in_channels until its last layer."""
    layers = (kernel_size - 1) // 2
    stack = (layers - 1) * 9 * in_channels**2 + 9 * in_channels * out_channels
    return np.array([layers, kernel_size**2 * in_channels * out_channels, stack])


@wrong("as_3x3", "one kernel a channel")
def _(kernel_size, in_channels, out_channels):
    """It counts the positions of one kernel and forgets that each input channel has its own."""
    layers = (kernel_size - 1) // 2
    return np.array([layers, kernel_size**2 * out_channels, layers * 9 * out_channels])


@wrong("as_3x3", "stack first")
def _(kernel_size, in_channels, out_channels):
    """It returns the stack before the large one."""
    layers = (kernel_size - 1) // 2
    large = kernel_size**2 * in_channels * out_channels
    stack = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    return np.array([layers, stack, large])


@wrong("as_3x3", "first not counted")
def _(kernel_size, in_channels, out_channels):
    """It counts only the layers that are added to the first 3×3."""
    layers = (kernel_size - 3) // 2
    stack = 9 * in_channels * out_channels + layers * 9 * out_channels**2
    return np.array([layers, kernel_size**2 * in_channels * out_channels, stack])


def rows(stages):
    """The three counts for each (channels, size) of a stage."""
    return np.array([(c * s * s, 9 * c * c, 9 * c * c * s * s) for c, s in stages])


@wrong("vgg_rule", "no limit")
def _(channels, size, stages, most):
    """The channels double without an end."""
    return rows([(channels * 2**i, size // 2**i) for i in range(stages)])


@wrong("vgg_rule", "stops below")
def _(channels, size, stages, most):
    """It does not double when the double would be too many, where it should stop at most."""
    pairs = []
    for _ in range(stages):
        pairs.append((channels, size))
        size //= 2
        if 2 * channels <= most:
            channels *= 2
    return rows(pairs)


@wrong("vgg_rule", "size stays")
def _(channels, size, stages, most):
    """The size stays the same in all stages."""
    return rows([(min(channels * 2**i, most), size) for i in range(stages)])


@wrong("vgg_rule", "halved at once")
def _(channels, size, stages, most):
    """The first stage is already behind a pooling."""
    return rows([(min(channels * 2**i, most), size // 2 ** (i + 1)) for i in range(stages)])


@wrong("vgg_rule", "doubled at once")
def _(channels, size, stages, most):
    """The channels are already doubled in the first stage."""
    return rows([(min(channels * 2 ** (i + 1), most), size // 2**i) for i in range(stages)])


@wrong("vgg_rule", "first layer")
def _(channels, size, stages, most):
    """It takes the layer that enters a stage and still reads the channels of the stage before."""
    result, before = [], channels
    for i in range(stages):
        now, side = min(channels * 2**i, most), size // 2**i
        result.append((now * side**2, 9 * before * now, 9 * before * now * side**2))
        before = now
    return np.array(result)


@wrong("vgg_rule", "biases with the weights")
def _(channels, size, stages, most):
    """It counts the biases among the weights."""
    table = rows([(min(channels * 2**i, most), size // 2**i) for i in range(stages)])
    table[:, 1] += [min(channels * 2**i, most) for i in range(stages)]
    return table


@wrong("vgg_rule", "two a mac")
def _(channels, size, stages, most):
    """It counts two operations for each MAC."""
    table = rows([(min(channels * 2**i, most), size // 2**i) for i in range(stages)])
    return table * np.array([1, 1, 2])


@wrong("vgg_rule", "one channel")
def _(channels, size, stages, most):
    """The output elements are those of one channel."""
    table = rows([(min(channels * 2**i, most), size // 2**i) for i in range(stages)])
    table[:, 0] = [(size // 2**i) ** 2 for i in range(stages)]
    return table


@wrong("vgg_rule", "transposed")
def _(channels, size, stages, most):
    """It returns one column a stage, not one row."""
    return rows([(min(channels * 2**i, most), size // 2**i) for i in range(stages)]).T


@wrong("signal", "image rectified")
def _(fan_ins, deviation):
    """It halves the mean square in the first layer too, which reads an image without a ReLU."""
    return np.cumprod(deviation * np.sqrt(np.asarray(fan_ins) / 2))


@wrong("signal", "ReLU forgotten")
def _(fan_ins, deviation):
    """It does not know of the ReLU: no mean square is halved."""
    return np.cumprod(deviation * np.sqrt(fan_ins))


@wrong("signal", "one layer at a time")
def _(fan_ins, deviation):
    """It returns each layer's own factor and does not multiply them up."""
    factors = deviation * np.sqrt(np.asarray(fan_ins) / 2)
    factors[0] = deviation * np.sqrt(fan_ins[0])
    return factors


@wrong("signal", "no root")
def _(fan_ins, deviation):
    """It forgets the root of the fan-in."""
    spread, spreads = 1.0, []
    for i, n in enumerate(fan_ins):
        spread *= deviation * (n if i == 0 else n / 2)
        spreads.append(spread)
    return np.array(spreads)


@wrong("signal", "variance")
def _(fan_ins, deviation):
    """It returns variances, not deviations."""
    halves = np.where(np.arange(len(fan_ins)) > 0, 2, 1)
    return np.cumprod(deviation**2 * np.asarray(fan_ins) / halves)


@wrong("signal", "deviation as variance")
def _(fan_ins, deviation):
    """It takes the deviation of the weights for their variance."""
    halves = np.where(np.arange(len(fan_ins)) > 0, 2, 1)
    return np.cumprod(np.sqrt(deviation * np.asarray(fan_ins) / halves))


@wrong("signal", "half the deviation")
def _(fan_ins, deviation):
    """The ReLU halves the deviation, not the mean square."""
    halves = np.where(np.arange(len(fan_ins)) > 0, 2, 1)
    return np.cumprod(deviation * np.sqrt(fan_ins) / halves)


@wrong("signal", "one number")
def _(fan_ins, deviation):
    """It returns the last layer's deviation alone."""
    spread = deviation * np.sqrt(fan_ins[0])
    for n in fan_ins[1:]:
        spread *= deviation * np.sqrt(n / 2)
    return spread


@wrong("signal", "doubled")
def _(fan_ins, deviation):
    """It doubles behind a ReLU, as He's rule does with the weights, where the ReLU halves."""
    doubles = np.where(np.arange(len(fan_ins)) > 0, 2, 1)
    return np.cumprod(deviation * np.sqrt(np.asarray(fan_ins) * doubles))


@wrong("signal", "deviation once")
def _(fan_ins, deviation):
    """The weights' deviation is multiplied once only, and the fan-ins in every layer."""
    halves = np.where(np.arange(len(fan_ins)) > 0, 2, 1)
    return deviation * np.cumprod(np.sqrt(np.asarray(fan_ins) / halves))


@wrong("signal")
def _(fan_ins, deviation):
    """It knows the first layer by its fan-in, which a later layer can have too."""
    spread, spreads = 1.0, []
    for fan_in in fan_ins:
        spread *= deviation * np.sqrt(fan_in if fan_in == fan_ins[0] else fan_in / 2)
        spreads.append(spread)
    return np.array(spreads)


@wrong("filter_normalize", "whole layer")
def _(direction, weight):
    """It scales the whole direction by one number, not filter by filter."""
    return direction * np.linalg.norm(weight) / np.linalg.norm(direction)


@wrong("filter_normalize", "input channels")
def _(direction, weight):
    """It takes the length over all that reads one input channel."""
    axes = (0, 2, 3)
    ratio = (weight**2).sum(axes, keepdims=True) / (direction**2).sum(axes, keepdims=True)
    return direction * np.sqrt(ratio)


@wrong("filter_normalize", "each kernel")
def _(direction, weight):
    """It scales each K×K kernel by itself, not the filter with all its input channels."""
    length = np.linalg.norm(weight, axis=(2, 3), keepdims=True)
    return direction / np.linalg.norm(direction, axis=(2, 3), keepdims=True) * length


@wrong("filter_normalize", "length one")
def _(direction, weight):
    """It makes each filter one long and forgets the weight's length."""
    length = np.sqrt((direction**2).sum(axis=(1, 2, 3), keepdims=True))
    return direction / length


@wrong("filter_normalize", "only stretched")
def _(direction, weight):
    """It multiplies by the weight's length and does not divide by the direction's."""
    length = np.sqrt((weight**2).sum(axis=(1, 2, 3), keepdims=True))
    return direction * length


@wrong("filter_normalize", "absolute values")
def _(direction, weight):
    """Its length is the sum of absolute values."""
    axes = (1, 2, 3)
    return direction * abs(weight).sum(axes, keepdims=True) / abs(direction).sum(axes, keepdims=True)


@wrong("filter_normalize", "squares")
def _(direction, weight):
    """It forgets the root: the ratio is one of sums of squares."""
    axes = (1, 2, 3)
    return direction * (weight**2).sum(axes, keepdims=True) / (direction**2).sum(axes, keepdims=True)


@wrong("filter_normalize", "upside down")
def _(direction, weight):
    """The ratio is upside down: the direction's length over the weight's."""
    out = np.empty_like(direction)
    for o in range(len(direction)):
        out[o] = direction[o] * np.linalg.norm(direction[o]) / np.linalg.norm(weight[o])
    return out


@wrong("filter_normalize", "deviations")
def _(direction, weight):
    """It takes standard deviations for lengths, which subtracts a mean first."""
    axes = (1, 2, 3)
    return direction * weight.std(axes, keepdims=True) / direction.std(axes, keepdims=True)


@wrong("filter_normalize", "weight scaled")
def _(direction, weight):
    """It scales the weight to the direction, not the direction to the weight."""
    axes = (1, 2, 3)
    ratio = (direction**2).sum(axes, keepdims=True) / (weight**2).sum(axes, keepdims=True)
    return weight * np.sqrt(ratio)


def score_map(maps, weights, size):
    """The linear layer's scores for each window: [H', W', classes]."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, (size, size), axis=(1, 2))
    return np.einsum("chwij,kcij->hwk", windows, weights.reshape(-1, len(maps), size, size))


@wrong("dense_scores", "shrunk to fit")
def _(maps, weights, size):
    """The windows lie side by side, size pixels apart, where the stride should be 1."""
    return score_map(maps, weights, size)[::size, ::size].mean(axis=(0, 1))


@wrong("dense_scores", "sum")
def _(maps, weights, size):
    """It adds the scores and does not take their mean."""
    return score_map(maps, weights, size).sum(axis=(0, 1))


@wrong("dense_scores", "max")
def _(maps, weights, size):
    """It takes the highest score of each class, not the mean."""
    return score_map(maps, weights, size).max(axis=(0, 1))


@wrong("dense_scores", "channels last")
def _(maps, weights, size):
    """It flattens a window with the channels last."""
    _, height, width = maps.shape
    scores = []
    for i in range(height - size + 1):
        for j in range(width - size + 1):
            window = maps[:, i : i + size, j : j + size].transpose(1, 2, 0)
            scores.append(weights @ window.flatten())
    return np.mean(scores, axis=0)


@wrong("dense_scores", "last place forgotten")
def _(maps, weights, size):
    """The last row and the last column of windows are left out."""
    _, height, width = maps.shape
    scores = np.zeros(len(weights))
    for i in range(height - size):
        for j in range(width - size):
            scores += weights @ maps[:, i : i + size, j : j + size].ravel()
    return scores / max((height - size) * (width - size), 1)


@wrong("dense_scores", "centre crop")
def _(maps, weights, size):
    """It reads the window in the middle alone."""
    _, height, width = maps.shape
    i, j = (height - size) // 2, (width - size) // 2
    return weights @ maps[:, i : i + size, j : j + size].ravel()


@wrong("dense_scores", "maps averaged")
def _(maps, weights, size):
    """It averages each map globally and gives the mean to each of the weights' places."""
    per_channel = weights.reshape(len(weights), len(maps), -1).sum(axis=2)
    return per_channel @ maps.mean(axis=(1, 2))


@wrong("dense_scores", "probabilities")
def _(maps, weights, size):
    """It makes probabilities of each window's scores before it averages."""
    powers = np.exp(score_map(maps, weights, size))
    return (powers / powers.sum(axis=2, keepdims=True)).mean(axis=(0, 1))


@wrong("dense_scores", "mean over pixels")
def _(maps, weights, size):
    """It divides by the number of pixels, not of windows."""
    _, height, width = maps.shape
    return score_map(maps, weights, size).sum(axis=(0, 1)) / (height * width)


@wrong("dense_scores", "flipped")
def _(maps, weights, size):
    """It turns the kernels around, as the convolution of mathematics does."""
    turned = weights.reshape(-1, len(maps), size, size)[:, :, ::-1, ::-1]
    return score_map(maps, turned, size).mean(axis=(0, 1))


def column(width, counts, channels=3, doubles=2, kernel=9, bias=1):
    """Parameters of the convolutions of the stages."""
    total = 0
    for stage, layers in enumerate(counts):
        out = width * doubles**stage
        for _ in range(layers):
            total += kernel * channels * out + bias * out
            channels = out
    return total


def linear(*sizes):
    """Parameters of linear layers one after the other."""
    return sum(a * b + b for a, b in pairwise(sizes))


@wrong("count_column", "biases forgotten")
def _(width, a, b, c, size, hidden, classes):
    """The biases are forgotten."""
    flat = 4 * width * (size // 8) ** 2
    weights = flat * hidden + hidden * hidden + hidden * classes
    return column(width, (a, b, c), bias=0) + weights


@wrong("count_column", "biases of the convolutions forgotten")
def _(width, a, b, c, size, hidden, classes):
    """The convolutions have no biases."""
    convs = column(width, (a, b, c), bias=0)
    return convs + linear(4 * width * (size // 8) ** 2, hidden, hidden, classes)


@wrong("count_column", "biases of the linear layers forgotten")
def _(width, a, b, c, size, hidden, classes):
    """The linear layers have no biases."""
    flat = 4 * width * (size // 8) ** 2
    return column(width, (a, b, c)) + flat * hidden + hidden * hidden + hidden * classes


@wrong("count_column", "last pooling forgotten")
def _(width, a, b, c, size, hidden, classes):
    """The pooling behind the third stage is forgotten."""
    return column(width, (a, b, c)) + linear(4 * width * (size // 4) ** 2, hidden, hidden, classes)


@wrong("count_column", "no flattening")
def _(width, a, b, c, size, hidden, classes):
    """The first linear layer reads one number a channel, as after global average pooling."""
    return column(width, (a, b, c)) + linear(4 * width, hidden, hidden, classes)


@wrong("count_column", "convolutions only")
def _(width, a, b, c, size, hidden, classes):
    """The linear layers are left out."""
    return column(width, (a, b, c))


@wrong("count_column", "grey image")
def _(width, a, b, c, size, hidden, classes):
    """The image has one channel, not three colours."""
    return column(width, (a, b, c), 1) + linear(4 * width * (size // 8) ** 2, hidden, hidden, classes)


@wrong("count_column", "channels stay")
def _(width, a, b, c, size, hidden, classes):
    """The channels stay the same in all stages."""
    convs = column(width, (a, b, c), doubles=1)
    return convs + linear(width * (size // 8) ** 2, hidden, hidden, classes)


@wrong("count_column", "three weights")
def _(width, a, b, c, size, hidden, classes):
    """A 3×3 kernel is counted with three weights."""
    convs = column(width, (a, b, c), kernel=3)
    return convs + linear(4 * width * (size // 8) ** 2, hidden, hidden, classes)


@wrong("count_column", "all as the first of a stage")
def _(width, a, b, c, size, hidden, classes):
    """All layers of a stage read as many channels as the first of them."""
    channels = (3, width, 2 * width)
    convs = 0
    for stage, (layers, i) in enumerate(zip((a, b, c), channels, strict=True)):
        convs += layers * (9 * i + 1) * width * 2**stage
    return convs + linear(4 * width * (size // 8) ** 2, hidden, hidden, classes)


@wrong("count_column", "one hidden layer")
def _(width, a, b, c, size, hidden, classes):
    """It has two linear layers: the one between the hidden outputs is missing."""
    return column(width, (a, b, c)) + linear(4 * width * (size // 8) ** 2, hidden, classes)


@wrong("count_column", "first of a stage")
def _(width, a, b, c, size, hidden, classes):
    """All layers of a stage read as many channels as they give, so the first of each counts too much."""
    convs = sum(n * (9 * w + 1) * w for n, w in zip((a, b, c), (width, 2 * width, 4 * width), strict=True))
    return convs + linear(4 * width * (size // 8) ** 2, hidden, hidden, classes)


def pairs(in_channels, out_channels, layers):
    """How many pairs of channels the stage's layers join."""
    return in_channels * out_channels + (layers - 1) * out_channels**2


@wrong("count_winograd", "cut off")
def _(in_channels, out_channels, layers, size):
    """The tiles that hang over the edge are left out."""
    return 16 * (size // 2) ** 2 * pairs(in_channels, out_channels, layers)


@wrong("count_winograd", "cut off")
def _(in_channels, out_channels, layers, size):
    """The padding is forgotten: the outputs are two fewer along a side."""
    return 16 * ceil((size - 2) / 2) ** 2 * pairs(in_channels, out_channels, layers)


@wrong("count_winograd", "MACs / 2.25")
def _(in_channels, out_channels, layers, size):
    """It divides the direct multiplications by 2.25, as if no tile hung over the edge."""
    return round(9 * size**2 / 2.25) * pairs(in_channels, out_channels, layers)


@wrong("count_winograd", "direct")
def _(in_channels, out_channels, layers, size):
    """It counts the multiplications of the definition, nine an output."""
    return 9 * size**2 * pairs(in_channels, out_channels, layers)


@wrong("count_winograd", "all read the first")
def _(in_channels, out_channels, layers, size):
    """All layers read in_channels, not the first alone."""
    return 16 * ceil(size / 2) ** 2 * layers * in_channels * out_channels


@wrong("count_winograd", "all inner")
def _(in_channels, out_channels, layers, size):
    """All layers read out_channels, the first as well."""
    return 16 * ceil(size / 2) ** 2 * layers * out_channels * out_channels


@wrong("count_winograd", "16 an output")
def _(in_channels, out_channels, layers, size):
    """Each output pixel gets a tile of its own, and a tile gives four."""
    return 16 * size**2 * pairs(in_channels, out_channels, layers)


@wrong("count_winograd", "4×4 outputs")
def _(in_channels, out_channels, layers, size):
    """It takes 4×4 tiles of outputs with 36 multiplications each, which is F(4×4, 3×3)."""
    return 36 * ceil(size / 4) ** 2 * pairs(in_channels, out_channels, layers)


@wrong("count_winograd", "four apart")
def _(in_channels, out_channels, layers, size):
    """The tiles are four pixels apart: it takes what a tile reads for what it gives."""
    return 16 * ceil(size / 4) ** 2 * pairs(in_channels, out_channels, layers)


@wrong("count_winograd", "one layer")
def _(in_channels, out_channels, layers, size):
    """It counts the first layer alone."""
    return 16 * ceil(size / 2) ** 2 * in_channels * out_channels


@wrong("count_winograd", "padding tiled")
def _(in_channels, out_channels, layers, size):
    """It lays the tiles over the padded image, though they cover the outputs."""
    return 16 * ceil((size + 2) / 2) ** 2 * pairs(in_channels, out_channels, layers)


@wrong("as_3x3", "one side, from three on")
def _(kernel_size, in_channels, out_channels):
    """It begins with three columns and lets every further layer see one more."""
    layers, seen = 1, 3
    while seen < kernel_size:
        layers, seen = layers + 1, seen + 1
    stack = 9 * out_channels * (in_channels + (layers - 1) * out_channels)
    return np.array([layers, kernel_size**2 * in_channels * out_channels, stack])


@wrong("as_3x3", "one inner too many")
def _(kernel_size, in_channels, out_channels):
    """It counts the first layer, and then all of them once more as layers that read out_channels."""
    layers = kernel_size // 2
    stack = 9 * in_channels * out_channels + layers * 9 * out_channels**2
    return np.array([layers, kernel_size**2 * in_channels * out_channels, stack])


@wrong("vgg_rule", "stops at 512")
def _(channels, size, stages, most):
    """It remembers the limit of VGG, 512, and does not look at the argument."""
    rows = []
    for _ in range(stages):
        weights = 9 * channels**2
        rows.append((channels * size**2, weights, weights * size**2))
        channels, size = min(512, channels * 2), size // 2
    return np.array(rows)


@wrong("vgg_rule", "one kernel a channel")
def _(channels, size, stages, most):
    """A filter has nine weights, whatever the number of channels that it reads."""
    width = np.minimum(channels * 2 ** np.arange(stages), most)
    area = (size // 2 ** np.arange(stages)) ** 2
    return np.stack([width * area, 9 * width, 9 * width * area], axis=1)


@wrong("signal", "image rectified")
def _(fan_ins, deviation):
    """It gives what is left behind each layer's own ReLU."""
    squares, behind = [], 1.0
    for n in fan_ins:
        behind = n * deviation**2 * behind / 2
        squares.append(behind)
    return np.sqrt(squares)


@wrong("signal", "mean taken off")
def _(fan_ins, deviation):
    """It takes the deviation of a rectified normal variable, 0.58, where its mean square is meant."""
    spread, spreads = 1.0, []
    for n in fan_ins:
        spread *= deviation * np.sqrt(n)
        spreads.append(spread)
        spread *= np.sqrt(0.5 - 0.5 / np.pi)
    return np.array(spreads)


@wrong("count_column", "one bias a layer")
def _(width, a, b, c, size, hidden, classes):
    """Each layer has one bias."""
    flat = 4 * width * (size // 8) ** 2
    weights = flat * hidden + hidden * hidden + hidden * classes
    return column(width, (a, b, c), bias=0) + weights + a + b + c + 3


@wrong("count_winograd", "rounded once")
def _(in_channels, out_channels, layers, size):
    """It rounds the number of tiles up once, for the whole map."""
    return 16 * ceil(size**2 / 4) * pairs(in_channels, out_channels, layers)

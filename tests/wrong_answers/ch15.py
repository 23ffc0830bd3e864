"""Wrong answers to the exercises of chapter 15, as fresh solvers gave them."""

from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from wrong_answers import wrong


def filtered(x, filters, stride, mode="constant"):
    """A depthwise 3×3 layer, padded by 1: what most answers below start from."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode=mode)
    windows = sliding_window_view(padded, (3, 3), axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("chwij,cij->chw", windows, filters)


def relu6(x):
    return np.clip(x, 0, 6)


def mixed(x, weight):
    return np.tensordot(weight, x, axes=1)


def with_shortcut(y, x):
    return y + x if y.shape == x.shape else y


@wrong("recovered_share", "one more")
def _(points, weight):
    """More than n outputs must stay positive: > stands for ≥."""
    return ((points @ weight.T > 0).sum(axis=1) > points.shape[1]).mean()


@wrong("recovered_share", "any")
def _(points, weight):
    """One positive output is thought to be enough."""
    return (points @ weight.T > 0).any(axis=1).mean()


@wrong("recovered_share", "all")
def _(points, weight):
    """All outputs must stay positive."""
    return (points @ weight.T > 0).all(axis=1).mean()


@wrong("recovered_share", "half of them")
def _(points, weight):
    """Half of the outputs must stay positive, whatever n is."""
    positive = (points @ weight.T > 0).sum(axis=1)
    return np.mean(positive >= len(weight) / 2)


@wrong("recovered_share", "count")
def _(points, weight):
    """The number of such points is returned, not their share."""
    positive = (points @ weight.T > 0).sum(axis=1)
    return int((positive >= points.shape[1]).sum())


@wrong("recovered_share", "lost ones counted")
def _(points, weight):
    """An output of exactly 0 is counted as positive."""
    y = np.maximum(points @ weight.T, 0)
    return ((y >= 0).sum(axis=1) >= points.shape[1]).mean()


@wrong("recovered_share", "active outputs")
def _(points, weight):
    """The share of positive outputs is returned, not that of points."""
    return (points @ weight.T > 0).mean()


@wrong("recovered_share", "exactly so many")
def _(points, weight):
    """Exactly n outputs must stay positive, not at least n."""
    return ((points @ weight.T > 0).sum(axis=1) == points.shape[1]).mean()


@wrong("recovered_share", "share lost")
def _(points, weight):
    """The share of the points that are lost is returned."""
    lost = 0
    for p in points:
        if np.count_nonzero(weight @ p > 0) < len(p):
            lost += 1
    return lost / len(points)


@wrong("recovered_share", "weight reshaped")
def _(points, weight):
    """The weights are reshaped where they should be transposed."""
    m, n = weight.shape
    return ((points @ weight.reshape(n, m) > 0).sum(axis=1) >= n).mean()


@wrong("inverted_residual", "relu6 at the end")
def _(x, expand, filters, project, stride):
    """The projection gets a ReLU6 as well: the bottleneck is not linear."""
    y = relu6(filtered(relu6(mixed(x, expand)), filters, stride))
    return with_shortcut(relu6(mixed(y, project)), x)


@wrong("inverted_residual", "not clipped")
def _(x, expand, filters, project, stride):
    """A plain ReLU stands where ReLU6 belongs."""
    y = np.maximum(mixed(x, expand), 0)
    y = np.maximum(filtered(y, filters, stride), 0)
    return with_shortcut(mixed(y, project), x)


@wrong("inverted_residual", "nothing after the filters")
def _(x, expand, filters, project, stride):
    """There is no activation after the depthwise layer."""
    y = filtered(relu6(mixed(x, expand)), filters, stride)
    return with_shortcut(mixed(y, project), x)


@wrong("inverted_residual", "nothing after the expansion")
def _(x, expand, filters, project, stride):
    """There is no activation after the expansion."""
    y = relu6(filtered(mixed(x, expand), filters, stride))
    return with_shortcut(mixed(y, project), x)


@wrong("inverted_residual", "shortcut forgotten")
def _(x, expand, filters, project, stride):
    """The shortcut is forgotten."""
    y = relu6(filtered(relu6(mixed(x, expand)), filters, stride))
    return mixed(y, project)


@wrong("inverted_residual", "relu6 after the sum")
def _(x, expand, filters, project, stride):
    """A ReLU6 follows the sum with the shortcut."""
    y = relu6(filtered(relu6(mixed(x, expand)), filters, stride))
    y = mixed(y, project)
    return relu6(y + x) if y.shape == x.shape else y


@wrong("inverted_residual", "kernel flipped")
def _(x, expand, filters, project, stride):
    """The kernels are flipped."""
    y = relu6(filtered(relu6(mixed(x, expand)), filters[:, ::-1, ::-1], stride))
    return with_shortcut(mixed(y, project), x)


@wrong("inverted_residual", "border repeated")
def _(x, expand, filters, project, stride):
    """The padding repeats the border's pixels instead of zeros."""
    y = relu6(filtered(relu6(mixed(x, expand)), filters, stride, "edge"))
    return with_shortcut(mixed(y, project), x)


@wrong("inverted_residual", "before the layers")
def _(x, expand, filters, project, stride):
    """The activations stand before the layers: before the depthwise one and before the expansion."""
    y = filtered(relu6(mixed(relu6(x), expand)), filters, stride)
    return with_shortcut(mixed(y, project), x)


@wrong("inverted_residual", "hard sigmoid")
def _(x, expand, filters, project, stride):
    """ReLU6 is taken for h-swish's gate, ReLU6(x + 3) / 6."""
    y = relu6(mixed(x, expand) + 3) / 6
    y = relu6(filtered(y, filters, stride) + 3) / 6
    return with_shortcut(mixed(y, project), x)


@wrong("scaled_channels", "down first")
def _(channels, width):
    """The products are cut to the multiple of 8 below."""
    scaled = channels * width
    new = np.maximum(8, scaled // 8 * 8).astype(int)
    return np.where(new < 0.9 * scaled, new + 8, new)


@wrong("scaled_channels", "always up")
def _(channels, width):
    """The products are always taken up to the next multiple of 8."""
    return np.maximum(8, np.ceil(channels * width / 8) * 8).astype(int)


@wrong("scaled_channels", "half to even")
def _(channels, width):
    """NumPy's round takes a half to the even neighbour, not up."""
    scaled = channels * width
    new = np.maximum(8, np.round(scaled / 8) * 8).astype(int)
    return np.where(new < 0.9 * scaled, new + 8, new)


@wrong("scaled_channels", "a tenth lost")
def _(channels, width):
    """The last rule is missing: nothing is mended where more than a tenth is lost."""
    return np.maximum(8, np.floor(channels * width / 8 + 0.5) * 8).astype(int)


@wrong("scaled_channels", "least forgotten")
def _(channels, width):
    """The least number of channels, 8, is forgotten."""
    scaled = np.asarray(channels) * width
    new = (scaled + 4).astype(int) // 8 * 8
    return new + 8 * ((new < 0.9 * scaled) & (new > 0))


@wrong("scaled_channels", "a tenth of the old")
def _(channels, width):
    """The loss is measured against the channels before scaling."""
    new = np.maximum(8, np.floor(channels * width / 8 + 0.5) * 8).astype(int)
    return np.where(new < 0.9 * channels, new + 8, new)


@wrong("scaled_channels", "not rounded")
def _(channels, width):
    """The products are cut to whole numbers, as in V1: no multiple of 8."""
    return np.maximum(8, (channels * width).astype(int))


@wrong("scaled_channels", "all mended")
def _(channels, width):
    """Where one product has lost more than a tenth, all channels are taken up."""
    scaled = channels * width
    new = np.maximum(8, np.floor(scaled / 8 + 0.5) * 8).astype(int)
    return new + 8 if np.any(new < 0.9 * scaled) else new


@wrong("scaled_channels", "product kept")
def _(channels, width):
    """Where rounding loses more than a tenth, the product is kept as it was, cut to a whole number."""
    scaled = channels * width
    new = np.maximum(8, np.floor(scaled / 8 + 0.5) * 8)
    return np.where(new < 0.9 * scaled, scaled, new).astype(int)


@wrong("scaled_channels", "a tenth of the cut")
def _(channels, width):
    """The product is cut to a whole number before anything is compared with it."""
    whole = (channels * width).astype(int)
    nearest = np.maximum(8, (whole + 4) // 8 * 8)
    return nearest + 8 * (nearest < 0.9 * whole)


@wrong("scaled_channels", "a tenth of the rounded")
def _(channels, width):
    """What is lost is divided by what is left."""
    product = channels * width
    nearest = np.maximum(8, np.floor(product / 8 + 0.5).astype(int) * 8)
    return np.where((product - nearest) / nearest > 0.1, nearest + 8, nearest)


@wrong("scaled_channels", "a tenth gained")
def _(channels, width):
    """The next multiple is also taken where rounding has gained more than a tenth."""
    scaled = channels * width
    new = np.maximum(8, np.floor(scaled / 8 + 0.5) * 8).astype(int)
    return np.where(abs(new - scaled) > 0.1 * scaled, new + 8, new)


@wrong("scaled_channels", "never wider")
def _(channels, width):
    """A width above 1 is treated as 1."""
    scaled = channels * min(width, 1)
    new = np.maximum(8, np.floor(scaled / 8 + 0.5) * 8).astype(int)
    return np.where(new < 0.9 * scaled, new + 8, new)


@wrong("narrowed_v1", "rounded")
def _(channels, width):
    """The products are rounded, not cut."""
    c = [round(n * width) for n in channels]
    return np.array([[m, m, m, n] for m, n in pairwise(c)])


@wrong("narrowed_v1", "filters for the outputs")
def _(channels, width):
    """The depthwise layer gets as many filters as there are outputs."""
    c = [int(n * width) for n in channels]
    return np.array([[n, m, m, n] for m, n in pairwise(c)])


@wrong("narrowed_v1", "one group")
def _(channels, width):
    """The depthwise layer has one group."""
    c = [int(n * width) for n in channels]
    return np.array([[m, 1, m, n] for m, n in pairwise(c)])


@wrong("narrowed_v1", "groups not scaled")
def _(channels, width):
    """The groups keep their number at width 1."""
    c = [int(n * width) for n in channels]
    return np.array([[c[i], channels[i], c[i], c[i + 1]] for i in range(len(c) - 1)])


@wrong("narrowed_v1", "inputs only")
def _(channels, width):
    """The outputs are not scaled."""
    c = [int(n * width) for n in channels]
    return np.array([[c[i], c[i], c[i], channels[i + 1]] for i in range(len(c) - 1)])


@wrong("narrowed_v1", "first not scaled")
def _(channels, width):
    """The first block's input is left as it is, as if it were the image."""
    c = [int(channels[0])] + [int(n * width) for n in channels[1:]]
    return np.array([[m, m, m, n] for m, n in pairwise(c)])


@wrong("narrowed_v1", "multiples of 8")
def _(channels, width):
    """The channels are made multiples of 8, as in V2."""
    c = [max(8, int(n * width / 8 + 0.5) * 8) for n in channels]
    return np.array([[m, m, m, n] for m, n in pairwise(c)])


@wrong("narrowed_v1", "columns swapped")
def _(channels, width):
    """The pointwise layer's inputs and outputs are exchanged."""
    c = [int(n * width) for n in channels]
    return np.array([[m, m, n, m] for m, n in pairwise(c)])


@wrong("narrowed_v1", "outputs scaled twice")
def _(channels, width):
    """The outputs are scaled twice: from inputs that were narrow already."""
    c = [int(n * width) for n in channels]
    return np.array([[m, m, m, int(n * width)] for m, n in pairwise(c)])


@wrong("narrowed_v1", "weights for filters")
def _(channels, width):
    """The depthwise layer's weights are counted, nine for each filter."""
    c = [int(n * width) for n in channels]
    return np.array([[9 * m, m, m, n] for m, n in pairwise(c)])


@wrong("narrowed_v1", "pointwise reads one")
def _(channels, width):
    """The pointwise layer reads one channel, as each filter of the depthwise one does."""
    c = [int(n * width) for n in channels]
    return np.array([[m, m, 1, n] for m, n in pairwise(c)])


@wrong("pool_channels", "average")
def _(x, size):
    """The mean of each run is taken, not the largest."""
    return x.reshape(-1, size, *x.shape[1:]).mean(axis=1)


@wrong("pool_channels", "dealt")
def _(x, size):
    """Channels that lie C / size apart are pooled, not neighbours."""
    return x.reshape(size, -1, *x.shape[1:]).max(axis=0)


@wrong("pool_channels", "overlapping")
def _(x, size):
    """The window moves on by one channel, not by its size, so the runs overlap."""
    return np.stack([x[i : i + size].max(axis=0) for i in range(len(x) // size)])


@wrong("pool_channels", "place")
def _(x, size):
    """The place of the largest is returned, not its value."""
    return x.reshape(-1, size, *x.shape[1:]).argmax(axis=1)


@wrong("pool_channels", "never below zero")
def _(x, size):
    """The maximum starts from 0, so negative numbers are lost."""
    c, h, w = x.shape
    out = np.zeros((c // size, h, w))
    for i in range(c):
        out[i // size] = np.maximum(out[i // size], x[i])
    return out


@wrong("pool_channels", "magnitude")
def _(x, size):
    """The largest in absolute value is looked for, and its sign is lost."""
    return np.abs(x).reshape(-1, size, *x.shape[1:]).max(axis=1)


@wrong("pool_channels", "heaviest channel")
def _(x, size):
    """Of each run the channel with the largest sum is kept whole: not pixel by pixel."""
    runs = x.reshape(-1, size, *x.shape[1:])
    return np.stack([run[run.sum(axis=(1, 2)).argmax()] for run in runs])


@wrong("pool_channels", "last of a run left out")
def _(x, size):
    """The last channel of each run is left out."""
    starts = range(0, len(x), size)
    return np.stack([x[i : i + max(size - 1, 1)].max(axis=0) for i in starts])


@wrong("pool_channels", "picked")
def _(x, size):
    """Every size-th channel is kept, as a stride does, and nothing is compared."""
    return x[::size]


@wrong("pool_channels")
def _(x, size):
    """The runs are cut one channel too late, and the last wraps around."""
    return np.roll(x, -1, axis=0).reshape(-1, size, *x.shape[1:]).max(axis=1)


@wrong("hard_swish", "swish")
def _(x):
    """The smooth swish is computed, with a sigmoid."""
    return x / (1 + np.exp(-x))


@wrong("hard_swish", "gate alone")
def _(x):
    """The gate alone is returned, without the x before it."""
    return np.clip(x + 3, 0, 6) / 6


@wrong("hard_swish", "divided by 3")
def _(x):
    """The gate is divided by 3, not by 6."""
    return x * np.clip(x + 3, 0, 6) / 3


@wrong("hard_swish", "not divided")
def _(x):
    """The division by 6 is forgotten."""
    return x * np.clip(x + 3, 0, 6)


@wrong("hard_swish", "not shifted")
def _(x):
    """The gate is not moved by 3: ReLU6(x) / 6."""
    return x * np.clip(x, 0, 6) / 6


@wrong("hard_swish", "not clipped")
def _(x):
    """The gate is a plain ReLU and grows beyond 1."""
    return x * np.maximum(x + 3, 0) / 6


@wrong("hard_swish", "not clipped below")
def _(x):
    """The gate is cut at 1 but not at 0."""
    return x * np.minimum(x + 3, 6) / 6


@wrong("hard_swish", "another hard sigmoid")
def _(x):
    """Another hard sigmoid is used, with slope 0.2."""
    return x * np.clip(0.2 * x + 0.5, 0, 1)


@wrong("hard_swish", "negative part lost")
def _(x):
    """Negative numbers become 0, as in a ReLU."""
    return np.maximum(x, 0) * np.clip(x + 3, 0, 6) / 6


@wrong("hard_swish", "stair")
def _(x):
    """Between −3 and 3 the half of x is returned: a gate with a stair instead of a slope."""
    return np.where(x >= 3, x, np.where(x <= -3, 0, x / 2))


def halved(height, width, stride):
    """The pixels of a map behind a 3×3 layer that is padded by 1."""
    return ((height - 1) // stride + 1) * ((width - 1) // stride + 1)


@wrong("count_inverted", "no stride")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The stride is ignored."""
    d = expansion * in_channels
    return height * width * (in_channels * d + 9 * d + d * out_channels)


@wrong("count_inverted", "stride first")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The expansion is counted on the small map as well."""
    d = expansion * in_channels
    return halved(height, width, stride) * (in_channels * d + 9 * d + d * out_channels)


@wrong("count_inverted", "stride last")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The depthwise layer is counted at all pixels of its input."""
    d = expansion * in_channels
    return height * width * (in_channels * d + 9 * d) + halved(height, width, stride) * d * out_channels


@wrong("count_inverted", "expansion forgotten")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The expansion layer is forgotten."""
    d = expansion * in_channels
    return halved(height, width, stride) * (9 * d + d * out_channels)


@wrong("count_inverted", "full convolution")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The 3×3 layer is counted as a full convolution."""
    d = expansion * in_channels
    return height * width * in_channels * d + halved(height, width, stride) * (9 * d * d + d * out_channels)


@wrong("count_inverted", "expanded from the output")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The expansion multiplies the outputs, not the inputs."""
    d = expansion * out_channels
    return height * width * in_channels * d + halved(height, width, stride) * (9 * d + d * out_channels)


@wrong("count_inverted", "two a mac")
def _(in_channels, out_channels, expansion, height, width, stride):
    """Multiplications and additions are counted apart."""
    d = expansion * in_channels
    macs = height * width * in_channels * d + halved(height, width, stride) * (9 * d + d * out_channels)
    return 2 * macs


@wrong("count_inverted", "parameters")
def _(in_channels, out_channels, expansion, height, width, stride):
    """Parameters are counted, not MACs."""
    d = expansion * in_channels
    return in_channels * d + 9 * d + d * out_channels


@wrong("count_inverted", "filters of the input")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The depthwise layer's filters work on the channels before the expansion."""
    d = expansion * in_channels
    return height * width * in_channels * d + halved(height, width, stride) * (
        9 * in_channels + d * out_channels
    )


@wrong("count_inverted", "stride in one direction")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The pixels are divided by the stride once, not in both directions."""
    d = expansion * in_channels
    return height * width * in_channels * d + (-(-height // stride) * width) * (9 * d + d * out_channels)


@wrong("count_excited", "gate without biases")
def _(in_channels, hidden, out_channels, kernel_size):
    """The biases of the gate are forgotten."""
    q = hidden // 4
    gate = 2 * hidden * q
    return hidden * (in_channels + kernel_size**2 + out_channels) + gate + 4 * hidden + 2 * out_channels


@wrong("count_excited", "squeezed from the input")
def _(in_channels, hidden, out_channels, kernel_size):
    """The gate squeezes to a quarter of the block's inputs."""
    q = in_channels // 4
    gate = 2 * hidden * q + q + hidden
    return hidden * (in_channels + kernel_size**2 + out_channels) + gate + 4 * hidden + 2 * out_channels


@wrong("count_excited", "norms forgotten")
def _(in_channels, hidden, out_channels, kernel_size):
    """The normalizations are forgotten."""
    q = hidden // 4
    return hidden * (in_channels + kernel_size**2 + out_channels) + 2 * hidden * q + q + hidden


@wrong("count_excited", "norms counted once")
def _(in_channels, hidden, out_channels, kernel_size):
    """A normalization has one parameter a channel, not two."""
    q = hidden // 4
    gate = 2 * hidden * q + q + hidden
    return hidden * (in_channels + kernel_size**2 + out_channels) + gate + 2 * hidden + out_channels


@wrong("count_excited", "squeeze alone")
def _(in_channels, hidden, out_channels, kernel_size):
    """Only the first layer of the gate is counted."""
    q = hidden // 4
    gate = hidden * q + q
    return hidden * (in_channels + kernel_size**2 + out_channels) + gate + 4 * hidden + 2 * out_channels


@wrong("count_excited", "side for area")
def _(in_channels, hidden, out_channels, kernel_size):
    """The kernel size is not squared."""
    q = hidden // 4
    gate = 2 * hidden * q + q + hidden
    return hidden * (in_channels + kernel_size + out_channels) + gate + 4 * hidden + 2 * out_channels


@wrong("count_excited", "norm of the projection forgotten")
def _(in_channels, hidden, out_channels, kernel_size):
    """The projection has no normalization."""
    q = hidden // 4
    gate = 2 * hidden * q + q + hidden
    return hidden * (in_channels + kernel_size**2 + out_channels) + gate + 4 * hidden


@wrong("count_excited", "biases everywhere")
def _(in_channels, hidden, out_channels, kernel_size):
    """The three convolutions get biases too."""
    q = hidden // 4
    gate = 2 * hidden * q + q + hidden
    return hidden * (in_channels + kernel_size**2 + out_channels) + gate + 6 * hidden + 3 * out_channels


@wrong("count_excited", "gate forgotten")
def _(in_channels, hidden, out_channels, kernel_size):
    """The gate is forgotten."""
    return hidden * (in_channels + kernel_size**2 + out_channels) + 4 * hidden + 2 * out_channels


@wrong("count_excited", "gate not squeezed")
def _(in_channels, hidden, out_channels, kernel_size):
    """The gate is one layer from all hidden channels to all, without the squeeze."""
    gate = hidden * hidden + hidden
    return hidden * (in_channels + kernel_size**2 + out_channels) + gate + 4 * hidden + 2 * out_channels


@wrong("count_inverted", "size cut")
def _(in_channels, out_channels, expansion, height, width, stride):
    """What the stride leaves is rounded to the nearest whole number."""
    hidden, left = in_channels * expansion, round(height / stride) * round(width / stride)
    return hidden * (in_channels * height * width + (9 + out_channels) * left)


@wrong("count_inverted", "side for area")
def _(in_channels, out_channels, expansion, height, width, stride):
    """A 3×3 kernel is three MACs."""
    hidden, left = in_channels * expansion, halved(height, width, stride)
    return hidden * (in_channels * height * width + (3 + out_channels) * left)


@wrong("count_inverted", "one pixel more each way")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The sides are rounded up, and 1 is added."""
    hidden, left = expansion * in_channels, (-(-height // stride) + 1) * (-(-width // stride) + 1)
    return hidden * (in_channels * height * width + (9 + out_channels) * left)


@wrong("count_inverted", "one pixel more")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The jumps of the window are rounded up before 1 is added."""
    rows, columns = (-(-(side + 2 - 3) // stride) + 1 for side in (height, width))
    return expansion * in_channels * (in_channels * height * width + (9 + out_channels) * rows * columns)


@wrong("count_inverted", "one pixel less")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The + 1 of the map's size is forgotten."""
    rows, columns = ((side + 2 - 3) // stride for side in (height, width))
    return expansion * in_channels * (in_channels * height * width + (9 + out_channels) * rows * columns)


@wrong("recovered_share", "other axis")
def _(points, weight):
    """The positive outputs are summed down the points."""
    positive = np.maximum(points @ weight.T, 0) > 0
    return (positive.sum(0) >= points.shape[1]).mean()


@wrong("count_excited", "multiple of eight")
def _(in_channels, hidden, out_channels, kernel_size):
    """The gate's width is rounded as the published code rounds it."""
    gate = max(8, int(hidden / 4 + 4) // 8 * 8)
    layers = in_channels * hidden + kernel_size**2 * hidden + hidden * out_channels
    return layers + 2 * (2 * hidden + out_channels) + 2 * hidden * gate + gate + hidden


@wrong("recovered_share", "rank")
def _(points, weight):
    """The rows that stay positive must have the rank n."""
    rows = [weight[weight @ x > 0] for x in points]
    return np.mean([np.linalg.matrix_rank(each) == points.shape[1] for each in rows])


@wrong("hard_swish")
def _(x):
    """np.vectorize takes the type of the first value, which is a whole 0 below −3."""
    return np.vectorize(lambda v: 0 if v <= -3 else v if v >= 3 else v * (v + 3) / 6)(x)


@wrong("count_excited", "squeezed from the output")
def _(in_channels, hidden, out_channels, kernel_size):
    """The gate squeezes to a quarter of what the block gives."""
    small = out_channels // 4
    layers = hidden * (in_channels + kernel_size**2 + out_channels)
    return layers + 2 * (2 * hidden + out_channels) + (2 * hidden + 1) * small + hidden


def by_layers(x, expand, filters, project, stride):
    """What the three layers of an inverted residual block give."""
    slide = np.lib.stride_tricks.sliding_window_view
    hidden = np.clip(np.tensordot(expand, x, 1), 0, 6)
    windows = slide(np.pad(hidden, ((0, 0), (1, 1), (1, 1))), (3, 3), (1, 2))[:, ::stride, ::stride]
    return np.tensordot(project, np.clip(np.einsum("dhwij,dij->dhw", windows, filters), 0, 6), 1)


@wrong("inverted_residual", "shortcut cut")
def _(x, *layers):
    """Where fewer channels come out, the first ones of x are added."""
    output = by_layers(x, *layers)
    return output + x[: len(output)] if layers[-1] == 1 and len(output) <= len(x) else output


@wrong("inverted_residual", "shortcut filled up")
def _(x, *layers):
    """Where more channels come out, x is filled up with zeros."""
    output = by_layers(x, *layers)
    if layers[-1] == 1 and len(output) >= len(x):
        output[: len(x)] += x
    return output


@wrong("inverted_residual")
def _(x, *layers):
    """The stride alone is asked: where the channels are not as many, it stops."""
    return by_layers(x, *layers) + (x if layers[-1] == 1 else 0)


@wrong("count_inverted", "square of the rows")
def _(in_channels, out_channels, expansion, height, width, stride):
    """The map behind the stride has as many columns as rows."""
    hidden, rows = expansion * in_channels, (height - 1) // stride + 1
    return in_channels * hidden * height * width + hidden * (9 + out_channels) * rows**2

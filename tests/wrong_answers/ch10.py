"""Wrong answers to the exercises of chapter 10, as fresh solvers gave them."""

import numpy as np

from wrong_answers import wrong


@wrong("preactivated_block", "relu before the norm")
def _(x, first, second):
    """The ReLU stands before the normalization."""

    def norm(a):
        return (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + 1e-5)

    h = norm(np.maximum(x, 0)) @ first
    return norm(np.maximum(h, 0)) @ second + x


@wrong("preactivated_block", "shortcut missing")
def _(x, first, second):
    """The shortcut is forgotten."""
    h = x
    for weight in (first, second):
        h = (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + 1e-5)
        h = np.maximum(h, 0) @ weight
    return h


@wrong("preactivated_block", "rows normalized")
def _(x, first, second):
    """The statistics are those of each row, as in layer normalization."""

    def norm(a):
        mean = a.mean(axis=1, keepdims=True)
        return (a - mean) / np.sqrt(a.var(axis=1, keepdims=True) + 1e-5)

    h = np.maximum(norm(x), 0) @ first
    return x + np.maximum(norm(h), 0) @ second


@wrong("preactivated_block", "second norm missing")
def _(x, first, second):
    """The second normalization is left out."""
    h = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    h = np.maximum(h, 0) @ first
    h = np.maximum(h, 0) @ second
    return x + h


@wrong("preactivated_block", "a relu at the end")
def _(x, first, second):
    """One more ReLU follows the sum."""
    h = x
    for weight in (first, second):
        h = (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + 1e-5)
        h = np.maximum(h, 0) @ weight
    return np.maximum(x + h, 0)


@wrong("preactivated_block", "original order")
def _(x, first, second):
    """The order is that of the original block: weights, normalization, ReLU, and a ReLU after the sum."""

    def norm(a):
        return (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + 1e-5)

    h = np.maximum(norm(x @ first), 0)
    return np.maximum(norm(h @ second) + x, 0)


@wrong("preactivated_block", "shortcut normalized")
def _(x, first, second):
    """The shortcut carries the input after its normalization and ReLU."""

    def activate(a):
        return np.maximum((a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + 1e-5), 0)

    x = activate(x)
    return x + activate(x @ first) @ second


@wrong("preactivated_block", "one row less")
def _(x, first, second):
    """The sum of squares is divided by N - 1."""
    h = x
    for weight in (first, second):
        centred = h - h.mean(axis=0)
        variance = (centred**2).sum(axis=0) / max(len(h) - 1, 1)
        h = np.maximum(centred / np.sqrt(variance + 1e-5), 0) @ weight
    return x + h


@wrong("preactivated_block", "no root")
def _(x, first, second):
    """The variance's square root is forgotten."""

    def norm(a):
        return (a - np.mean(a, 0)) / (np.var(a, 0) + 1e-5)

    return x + np.maximum(norm(np.maximum(norm(x), 0) @ first), 0) @ second


@wrong("preactivated_block", "one mean for all")
def _(x, first, second):
    """One mean and one variance are taken for the whole matrix."""

    def norm(a):
        return (a - a.mean()) / np.sqrt(a.var() + 1e-5)

    return x + np.maximum(norm(np.maximum(norm(x), 0) @ first), 0) @ second


@wrong("signal_shares", "own scale too")
def _(scales):
    """A block's own shortcut also scales what the block adds."""
    scales = np.asarray(scales, dtype=float)
    return np.array([np.prod(scales)] + [np.prod(scales[i:]) for i in range(len(scales))])


@wrong("signal_shares", "scales before")
def _(scales):
    """What a block adds is scaled by the shortcuts before it instead of those after it."""
    scales = np.asarray(scales, dtype=float)
    return np.array([np.prod(scales)] + [np.prod(scales[:i]) for i in range(len(scales))])


@wrong("signal_shares", "signal alone")
def _(scales):
    """Only the input is scaled; what the blocks add arrives whole."""
    shares = np.ones(len(scales) + 1)
    shares[0] = np.prod(scales)
    return shares


@wrong("signal_shares", "last first")
def _(scales):
    """The shares of the blocks come from the last block to the first."""
    shares, product = [], 1.0
    for scale in reversed(list(scales)):
        shares.append(product)
        product *= scale
    return np.array([product, *shares])


@wrong("signal_shares", "signal last")
def _(scales):
    """The input's share stands at the end."""
    scales = np.asarray(scales, dtype=float)
    blocks = [np.prod(scales[i + 1 :]) for i in range(len(scales))]
    return np.array([*blocks, np.prod(scales)])


@wrong("signal_shares", "clean shortcut")
def _(scales):
    """The number scales what a block adds, and the shortcut is clean."""
    return np.concatenate([[1.0], np.asarray(scales, dtype=float)])


@wrong("signal_shares", "added")
def _(scales):
    """Scales are added up where they have to be multiplied."""
    scales = np.asarray(scales, dtype=float)
    shares = [scales.sum()]
    for i in range(len(scales)):
        shares.append(scales[i + 1 :].sum())
    return np.array(shares)


@wrong("signal_shares", "last scale missing")
def _(scales):
    """The last shortcut is left out of the input's product."""
    scales = np.asarray(scales, dtype=float)
    return np.array([np.prod(scales[:-1])] + [np.prod(scales[i + 1 :]) for i in range(len(scales))])


@wrong("signal_shares")
def _(scales):
    """The shares are divided by their sum, so that they add up to one."""
    scales = np.asarray(scales, dtype=float)
    shares = np.array([np.prod(scales[i:]) for i in range(len(scales) + 1)])
    return shares / shares.sum()


@wrong("signal_shares", "one step")
def _(scales):
    """Only the next shortcut scales what a block adds, not all that follow."""
    scales = list(scales)
    return np.array([np.prod(scales), *scales[1:], 1.0][: len(scales) + 1])


@wrong("aggregate_paths", "shortcut missing")
def _(x, narrow, widen):
    """The shortcut is forgotten."""
    return sum(np.maximum(x @ n, 0) @ w for n, w in zip(narrow, widen, strict=True))


@wrong("aggregate_paths", "relu after the sum")
def _(x, narrow, widen):
    """A last ReLU follows the sum."""
    total = x.copy()
    for i in range(len(narrow)):
        total = total + np.maximum(x @ narrow[i], 0) @ widen[i]
    return np.maximum(total, 0)


@wrong("aggregate_paths", "no relu")
def _(x, narrow, widen):
    """The ReLU between the two matrices is left out."""
    return x + np.einsum("nd,cde,cef->nf", x, narrow, widen)


@wrong("aggregate_paths", "mean of the paths")
def _(x, narrow, widen):
    """The paths' mean is taken instead of their sum."""
    paths = np.maximum(x @ narrow, 0) @ widen
    return x + paths.mean(axis=0)


@wrong("aggregate_paths", "relu behind")
def _(x, narrow, widen):
    """Each path ends in a ReLU, after widening."""
    out = x
    for n, w in zip(narrow, widen, strict=True):
        out = out + np.maximum(x @ n @ w, 0)
    return out


@wrong("aggregate_paths", "a shortcut a path")
def _(x, narrow, widen):
    """Each path has a shortcut of its own, so the input is added once a path."""
    out = np.zeros_like(x, dtype=float)
    for n, w in zip(narrow, widen, strict=True):
        out += np.maximum(x @ n, 0) @ w + x
    return out


@wrong("aggregate_paths", "last path only")
def _(x, narrow, widen):
    """The loop overwrites the path before, so that only the last one is added."""
    for i in range(narrow.shape[0]):
        path = np.maximum(x @ narrow[i], 0) @ widen[i]
    return x + path


@wrong("aggregate_paths", "one after the other")
def _(x, narrow, widen):
    """Each path starts from what the paths before have left, not from the input."""
    for n, w in zip(narrow, widen, strict=True):
        x = x + np.maximum(x @ n, 0) @ w
    return x


@wrong("aggregate_paths", "matrices added")
def _(x, narrow, widen):
    """The matrices of all paths are added first, as if there were one path."""
    return x + np.maximum(x @ narrow.sum(axis=0), 0) @ widen.sum(axis=0)


@wrong("aggregate_paths", "relu in front")
def _(x, narrow, widen):
    """The input goes through a ReLU before it is narrowed."""
    active = np.maximum(x, 0)
    return x + sum(np.maximum(active @ n, 0) @ w for n, w in zip(narrow, widen, strict=True))


@wrong("affordable_width", "groups forgotten")
def _(cardinality, channels, budget):
    """The 3×3 connects all paths with all."""
    d = 0
    while True:
        width = cardinality * (d + 1)
        if 2 * channels * width + 9 * width * width > budget:
            return d
        d += 1


@wrong("affordable_width", "total width")
def _(cardinality, channels, budget):
    """The width of all paths together is returned."""
    d = 0
    while cardinality * (2 * channels * (d + 1) + 9 * (d + 1) ** 2) <= budget:
        d += 1
    return cardinality * d


@wrong("affordable_width", "one path")
def _(cardinality, channels, budget):
    """The weights of a single path are counted."""
    d = 0
    while 2 * channels * (d + 1) + 9 * (d + 1) ** 2 <= budget:
        d += 1
    return d


@wrong("affordable_width", "depthwise")
def _(cardinality, channels, budget):
    """The 3×3 is counted as depthwise, with nine weights a channel."""
    return budget // (cardinality * (2 * channels + 9))


@wrong("affordable_width", "one by one once")
def _(cardinality, channels, budget):
    """The 1×1 that goes back is forgotten."""
    d = 0
    while cardinality * (channels * (d + 1) + 9 * (d + 1) ** 2) <= budget:
        d += 1
    return d


@wrong("affordable_width", "filters once")
def _(cardinality, channels, budget):
    """The 3×3 is counted once, not in each path."""
    d = 0
    while cardinality * 2 * channels * (d + 1) + 9 * (d + 1) ** 2 <= budget:
        d += 1
    return d


@wrong("affordable_width")
def _(cardinality, channels, budget):
    """The root of the quadratic equation is rounded to the nearest number instead of down."""
    root = np.sqrt(channels**2 + 9 * budget / cardinality)
    return int(np.round((root - channels) / 9))


@wrong("affordable_width", "rounded up")
def _(cardinality, channels, budget):
    """The first width that is too large is returned."""
    d = 1
    while cardinality * (2 * channels * d + 9 * d * d) <= budget:
        d += 1
    return d


@wrong("affordable_width", "no filters")
def _(cardinality, channels, budget):
    """The 3×3 is forgotten."""
    return budget // (2 * channels * cardinality)


@wrong("affordable_width", "three weights")
def _(cardinality, channels, budget):
    """A 3×3 kernel is counted with three weights."""
    best = 0
    for d in range(1, budget + 1):
        if cardinality * (2 * channels * d + 3 * d * d) > budget:
            break
        best = d
    return best


@wrong("affordable_width")
def _(cardinality, channels, budget):
    """The search ends at a width of 500, as if no path had more."""
    widths = np.arange(500)
    return int((cardinality * widths * (2 * channels + 9 * widths) <= budget).sum()) - 1


@wrong("squeeze_excite", "gates returned")
def _(u, first, second):
    """The gates alone are returned, not the maps."""
    z = u.mean(axis=(1, 2))
    return 1 / (1 + np.exp(-(second @ np.maximum(first @ z, 0))))


@wrong("squeeze_excite", "no sigmoid")
def _(u, first, second):
    """The sigmoid is forgotten."""
    gates = second @ np.maximum(first @ u.mean(axis=(1, 2)), 0)
    return u * gates[:, None, None]


@wrong("squeeze_excite", "tanh")
def _(u, first, second):
    """A tanh takes the place of the sigmoid."""
    gates = np.tanh(second @ np.maximum(first @ u.mean(axis=(1, 2)), 0))
    return u * gates[:, None, None]


@wrong("squeeze_excite", "softmax")
def _(u, first, second):
    """A softmax over the channels takes the place of the sigmoid."""
    scores = second @ np.maximum(first @ u.mean(axis=(1, 2)), 0)
    gates = np.exp(scores - scores.max())
    return u * (gates / gates.sum())[:, None, None]


@wrong("squeeze_excite", "sum for mean")
def _(u, first, second):
    """The squeeze adds the pixels up and does not divide by their number."""
    z = u.sum(axis=(1, 2))
    gates = 1 / (1 + np.exp(-(second @ np.maximum(first @ z, 0))))
    return np.einsum("c,chw->chw", gates, u)


@wrong("squeeze_excite", "maximum")
def _(u, first, second):
    """The squeeze takes each channel's maximum."""
    z = u.max(axis=(1, 2))
    gates = 1 / (1 + np.exp(-(second @ np.maximum(first @ z, 0))))
    return u * gates.reshape(-1, 1, 1)


@wrong("squeeze_excite", "added")
def _(u, first, second):
    """The gates are added to the maps."""
    z = u.mean(axis=(1, 2))
    gates = 1 / (1 + np.exp(-(second @ np.maximum(first @ z, 0))))
    return u + gates[:, None, None]


@wrong("squeeze_excite", "shortcut added")
def _(u, first, second):
    """The unscaled maps are added as a shortcut."""
    z = u.mean(axis=(1, 2))
    gates = 1 / (1 + np.exp(-(second @ np.maximum(first @ z, 0))))
    return u + u * gates[:, None, None]


@wrong("squeeze_excite", "relu and sigmoid exchanged")
def _(u, first, second):
    """ReLU and sigmoid are exchanged."""
    z = u.mean(axis=(1, 2))
    hidden = 1 / (1 + np.exp(-(first @ z)))
    return u * np.maximum(second @ hidden, 0)[:, None, None]


@wrong("squeeze_excite", "sign lost")
def _(u, first, second):
    """The sigmoid's sign is lost: what should open closes."""
    z = u.mean(axis=(1, 2))
    gates = 1 / (1 + np.exp(second @ np.maximum(first @ z, 0)))
    return u * gates[:, None, None]


@wrong("count_resnext", "groups ignored")
def _(channels, cardinality, d, size):
    """The groups of the 3×3 are forgotten."""
    width = cardinality * d
    return (channels * width + 9 * width * width + width * channels) * size * size


@wrong("count_resnext", "weights")
def _(channels, cardinality, d, size):
    """The parameters are counted, not multiplied by the positions."""
    return cardinality * (2 * channels * d + 9 * d * d)


@wrong("count_resnext", "last layer forgotten")
def _(channels, cardinality, d, size):
    """The 1×1 that goes back is forgotten."""
    return cardinality * (channels * d + 9 * d * d) * size**2


@wrong("count_resnext", "two a mac")
def _(channels, cardinality, d, size):
    """Each MAC is counted as two operations."""
    return 2 * cardinality * (2 * channels * d + 9 * d * d) * size**2


@wrong("count_resnext", "one path")
def _(channels, cardinality, d, size):
    """One path is counted instead of all."""
    return (2 * channels * d + 9 * d * d) * size**2


@wrong("count_resnext", "a group a channel")
def _(channels, cardinality, d, size):
    """The 3×3 has as many groups as channels, so each output reads one channel."""
    width = cardinality * d
    return (2 * channels * width + 9 * width) * size**2


@wrong("count_resnext", "three weights")
def _(channels, cardinality, d, size):
    """The 3×3 kernel is counted with three weights."""
    return cardinality * (2 * channels * d + 3 * d * d) * size**2


@wrong("count_resnext", "one row")
def _(channels, cardinality, d, size):
    """The positions are those along one side."""
    return cardinality * (2 * channels * d + 9 * d * d) * size


@wrong("count_resnext", "no padding")
def _(channels, cardinality, d, size):
    """The 3×3 is taken without padding, so its map loses two pixels."""
    width, inner = cardinality * d, size - 2
    return channels * width * size**2 + (9 * d * width + width * channels) * inner**2


@wrong("count_resnext", "groups everywhere")
def _(channels, cardinality, d, size):
    """The 1×1 convolutions are split into groups as well."""
    return (2 * channels * d + 9 * d * d * cardinality) * size**2


@wrong("count_gates", "biases forgotten")
def _(width, blocks, r):
    """The biases are forgotten."""
    return sum(blocks * 2 * c * (c // r) for c in (width, 2 * width, 4 * width, 8 * width))


@wrong("count_gates", "same width")
def _(width, blocks, r):
    """All four stages are taken to be as wide as the first."""
    return 4 * blocks * (2 * width * (width // r) + width // r + width)


@wrong("count_gates", "wide biases")
def _(width, blocks, r):
    """Both layers get as many biases as the block has channels."""
    total = 0
    for stage in range(4):
        c = width * 2**stage
        total += blocks * (2 * c * (c // r) + 2 * c)
    return total


@wrong("count_gates", "one layer")
def _(width, blocks, r):
    """The second linear layer is forgotten."""
    total = 0
    for stage in range(4):
        c = width * 2**stage
        total += blocks * (c * (c // r) + c // r)
    return total


@wrong("count_gates", "one a stage")
def _(width, blocks, r):
    """One gated block is counted for each stage."""
    widths = [width << stage for stage in range(4)]
    return sum(2 * c * (c // r) + c // r + c for c in widths)


@wrong("count_gates", "no reduction")
def _(width, blocks, r):
    """The layers are not narrowed: r is ignored."""
    widths = [width << stage for stage in range(4)]
    return blocks * sum(2 * (c * c + c) for c in widths)


@wrong("count_gates", "three stages")
def _(width, blocks, r):
    """The last stage is left out of the sum."""
    widths = [width * 2**stage for stage in range(3)]
    return blocks * sum(2 * c * (c // r) + c // r + c for c in widths)


@wrong("count_gates", "width added")
def _(width, blocks, r):
    """Each stage is one first width wider than the one before, not twice as wide."""
    total = 0
    for stage in range(1, 5):
        c = width * stage
        total += blocks * (2 * c * (c // r) + c // r + c)
    return total


@wrong("count_gates", "second bias forgotten")
def _(width, blocks, r):
    """Only the first layer's biases are counted."""
    total = 0
    for stage in range(4):
        c = width * 2**stage
        total += blocks * (2 * c * (c // r) + c // r)
    return total


@wrong("count_gates", "r units")
def _(width, blocks, r):
    """The layer between has r units instead of C / r."""
    total = 0
    for stage in range(4):
        c = width * 2**stage
        total += blocks * (c * r + r + r * c + c)
    return total


@wrong("count_wide", "norms forgotten")
def _(depth, k, classes):
    """The normalizations are forgotten."""
    n, total, c = (depth - 4) // 6, 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width
        for _ in range(n):
            total += 9 * c * width + 9 * width * width
            c = width
    return total + c * classes + classes


@wrong("count_wide", "projections forgotten")
def _(depth, k, classes):
    """The 1×1 convolutions of the shortcuts are forgotten."""
    n, total, c = (depth - 4) // 6, 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        for _ in range(n):
            total += 2 * c + 9 * c * width + 2 * width + 9 * width * width
            c = width
    return total + 2 * c + c * classes + classes


@wrong("count_wide", "linear bias forgotten")
def _(depth, k, classes):
    """The biases of the linear layer are forgotten."""
    n, total, c = (depth - 4) // 6, 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width
        for _ in range(n):
            total += 2 * c + 9 * c * width + 2 * width + 9 * width * width
            c = width
    return total + 2 * c + c * classes


@wrong("count_wide", "twice the blocks")
def _(depth, k, classes):
    """Each layer of a stage is counted as a block, so there are twice as many blocks."""
    n, total, c = (depth - 4) // 3, 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width
        for _ in range(n):
            total += 2 * c + 9 * c * width + 2 * width + 9 * width * width
            c = width
    return total + 2 * c + c * classes + classes


@wrong("count_wide", "last norm forgotten")
def _(depth, k, classes):
    """The last normalization, before the pooling, is forgotten."""
    n, total, c = (depth - 4) // 6, 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width
        for _ in range(n):
            total += 2 * c + 9 * c * width + 2 * width + 9 * width * width
            c = width
    return total + c * classes + classes


@wrong("count_wide", "wide stem")
def _(depth, k, classes):
    """The first convolution is widened as well, to 16k channels."""
    n, c = (depth - 4) // 6, 16 * k
    total = 3 * c * 9
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width if c != width else 0
        for _ in range(n):
            total += 2 * c + 9 * c * width + 2 * width + 9 * width * width
            c = width
    return total + 2 * c + c * classes + classes


@wrong("count_wide", "projections normalized")
def _(depth, k, classes):
    """Each shortcut's convolution gets a normalization."""
    n, total, c = (depth - 4) // 6, 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width + 2 * width
        for _ in range(n):
            total += 2 * c + 9 * c * width + 2 * width + 9 * width * width
            c = width
    return total + 2 * c + c * classes + classes


@wrong("count_wide", "norms as in the original")
def _(depth, k, classes):
    """Both normalizations of a block are as wide as its output, as in the original order."""
    n, total, c = (depth - 4) // 6, 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width
        for _ in range(n):
            total += 9 * c * width + 9 * width * width + 4 * width
            c = width
    return total + 2 * c + c * classes + classes


@wrong("count_wide", "first blocks alike")
def _(depth, k, classes):
    """The first convolution of a stage is counted as if it read the stage's own width."""
    n, total, c = (depth - 4) // 6, 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width + n * (18 * width * width + 4 * width)
        c = width
    return total + 2 * c + c * classes + classes


@wrong("count_wide")
def _(depth, k, classes):
    """The chapter's rule of thumb is taken for the exact count."""
    n = (depth - 4) // 6
    return 96_768 * n * k**2


@wrong("affordable_width", "budget not spent")
def _(cardinality, channels, budget):
    """The weights stay below the budget: a block that uses all of it is refused."""
    d = 0
    while cardinality * (2 * channels * (d + 1) + 9 * (d + 1) ** 2) < budget:
        d += 1
    return d


@wrong("squeeze_excite", "no relu")
def _(u, first, second):
    """The ReLU between the two matrices is forgotten."""
    gates = 1 / (1 + np.exp(-(second @ (first @ u.mean(axis=(1, 2))))))
    return u * gates[:, None, None]


@wrong("signal_shares")
def _(scales):
    """The whole product is divided by the scales so far, which is 0 / 0 behind a scale of 0."""
    whole = np.prod(scales)
    return np.array([whole, *(whole / np.cumprod(scales))])


@wrong("preactivated_block")
def _(x, first, second):
    """The second normalization divides by the standard deviation alone."""
    hidden = np.maximum((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5), 0) @ first
    return x + np.maximum((hidden - hidden.mean(axis=0)) / hidden.std(axis=0), 0) @ second


@wrong("preactivated_block", "no epsilon")
def _(x, first, second):
    """Both normalizations divide by the standard deviation alone."""
    hidden = np.maximum((x - x.mean(axis=0)) / x.std(axis=0), 0) @ first
    return x + np.maximum((hidden - hidden.mean(axis=0)) / hidden.std(axis=0), 0) @ second


@wrong("affordable_width", "biases")
def _(cardinality, channels, budget):
    """It counts the biases of the three layers, of which there are none."""
    d = 0
    while True:
        inner = cardinality * (d + 1)
        weights = channels * inner + 9 * inner * (d + 1) + inner * channels
        if weights + inner + inner + channels > budget:
            return d
        d += 1


@wrong("count_resnext", "no filters")
def _(channels, cardinality, d, size):
    """The 3×3 is forgotten."""
    return 2 * channels * cardinality * d * size**2


@wrong("count_resnext", "one by one in the middle")
def _(channels, cardinality, d, size):
    """The layer in the middle is counted without its nine taps."""
    return cardinality * (2 * channels * d + d**2) * size**2


@wrong("count_resnext", "last layer forgotten")
def _(channels, cardinality, d, size):
    """The 1×1 that leads to the paths is forgotten."""
    return cardinality * (9 * d**2 + d * channels) * size**2


@wrong("count_gates", "rounded up")
def _(width, blocks, r):
    """The units between are rounded up."""
    total = 0
    for stage in range(4):
        c = width * 2**stage
        hidden = int(np.ceil(c / r))
        total += blocks * (c * hidden + hidden + hidden * c + c)
    return total


def wide_resnet(depth, k, classes, of_a_norm):
    """Parameters, where a normalization has `of_a_norm` a channel."""
    total, c = 3 * 16 * 9, 16
    for width in (16 * k, 32 * k, 64 * k):
        total += c * width
        for _ in range((depth - 4) // 6):
            total += of_a_norm * (c + width) + 9 * c * width + 9 * width * width
            c = width
    return total + of_a_norm * c + c * classes + classes


@wrong("count_wide", "norms counted once")
def _(depth, k, classes):
    """A normalization has one parameter a channel."""
    return wide_resnet(depth, k, classes, 1)


@wrong("count_wide", "running statistics")
def _(depth, k, classes):
    """A normalization has four: scale, shift, running mean and running variance."""
    return wide_resnet(depth, k, classes, 4)


@wrong("signal_shares", "divided")
def _(scales):
    """The whole product is divided by the scales before, and by 0 it makes nothing."""
    total, before, shares = np.prod(scales), 1.0, []
    for scale in scales:
        before *= scale
        shares.append(total / before if before else 0.0)
    return np.array([total, *shares])

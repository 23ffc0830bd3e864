"""Wrong answers to the exercises of chapter 17, as fresh solvers gave them."""

import math

import numpy as np

from wrong_answers import wrong


def moved(x, down, right):
    """One channel as a shift sees it: x[i + down, j + right], and 0 beyond the border."""
    h, w = x.shape
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            if 0 <= i + down < h and 0 <= j + right < w:
                out[i, j] = x[i + down, j + right]
    return out


def between(x, alpha, beta):
    """One channel displaced by any numbers: four whole shifts, each with its share."""
    a, b = math.floor(alpha), math.floor(beta)
    p, q = alpha - a, beta - b
    upper = (1 - q) * moved(x, a, b) + q * moved(x, a, b + 1)
    lower = (1 - q) * moved(x, a + 1, b) + q * moved(x, a + 1, b + 1)
    return (1 - p) * upper + p * lower


def slopes(x, alpha, beta):
    """How each output changes with alpha and with beta, between whole numbers."""
    a, b = math.floor(alpha), math.floor(beta)
    p, q = alpha - a, beta - b
    at, right = moved(x, a, b), moved(x, a, b + 1)
    below, both = moved(x, a + 1, b), moved(x, a + 1, b + 1)
    return (1 - q) * (below - at) + q * (both - right), (1 - p) * (right - at) + p * (both - below)


def fraction(alpha, beta):
    """1 where a displacement lies between whole numbers, and 0 where it is one."""
    return np.array([float(alpha != math.floor(alpha)), float(beta != math.floor(beta))])


@wrong("shift_channels", "pushed instead of looked")
def _(x, displacement):
    """The contents are pushed where the channel should look: the direction is opposite."""
    return np.stack([moved(c, -down, -right) for c, (down, right) in zip(x, displacement, strict=True)])


@wrong("shift_channels", "rolled")
def _(x, displacement):
    """What leaves on one side comes back on the other."""
    pairs = zip(x, displacement, strict=True)
    return np.stack([np.roll(c, (-down, -right), axis=(0, 1)) for c, (down, right) in pairs])


@wrong("shift_channels", "axes swapped")
def _(x, displacement):
    """Down and right are exchanged."""
    return np.stack([moved(c, down, right) for c, (right, down) in zip(x, displacement, strict=True)])


@wrong("shift_channels", "border repeated")
def _(x, displacement):
    """Beyond the border the nearest pixel is repeated."""
    _, h, w = x.shape
    out = np.empty(x.shape)
    for c, (down, right) in enumerate(displacement):
        rows = np.clip(np.arange(h) + down, 0, h - 1)
        columns = np.clip(np.arange(w) + right, 0, w - 1)
        out[c] = x[c][np.ix_(rows, columns)]
    return out


@wrong("shift_channels", "negative indices")
def _(x, displacement):
    """A negative index is not caught, so above and on the left it counts from the other end."""
    _, h, w = x.shape
    out = np.zeros(x.shape)
    for c, (down, right) in enumerate(displacement):
        for i in range(h):
            for j in range(w):
                if i + down < h and j + right < w:
                    out[c, i, j] = x[c, (i + down) % h, (j + right) % w]
    return out


@wrong("shift_channels", "all alike")
def _(x, displacement):
    """All channels move as the first one does."""
    down, right = displacement[0]
    return np.stack([moved(c, down, right) for c in x])


@wrong("shift_channels", "one pixel at most")
def _(x, displacement):
    """Displacements longer than one pixel are cut to one."""
    pairs = zip(x, np.clip(displacement, -1, 1), strict=True)
    return np.stack([moved(c, down, right) for c, (down, right) in pairs])


@wrong("shift_channels", "rows only")
def _(x, displacement):
    """The channels move up and down only."""
    return np.stack([moved(c, down, 0) for c, (down, _) in zip(x, displacement, strict=True)])


@wrong("shift_channels", "rows pushed")
def _(x, displacement):
    """The rows go the wrong way: first row minus the displacement, as on a y axis that points up."""
    return np.stack([moved(c, -down, right) for c, (down, right) in zip(x, displacement, strict=True)])


@wrong("shift_channels", "last row and column forgotten")
def _(x, displacement):
    """The last row and the last column are never read: < H − 1 stands for < H."""
    _, h, w = x.shape
    out = np.zeros(x.shape)
    for c, (down, right) in enumerate(displacement):
        for i in range(h):
            for j in range(w):
                if 0 <= i + down < h - 1 and 0 <= j + right < w - 1:
                    out[c, i, j] = x[c, i + down, j + right]
    return out


def one_hot(places, kernel_size):
    """Kernels with a single 1 each, at the given places, row by row."""
    return np.eye(kernel_size**2)[np.asarray(places, dtype=int)].reshape(-1, kernel_size, kernel_size)


@wrong("shift_channels")
def _(x, displacement):
    """Slices whose ends are negative numbers where a channel moves further than the image is large."""
    h, w = x.shape[1:]
    out = np.zeros_like(x)
    for channel, (a, b) in enumerate(displacement):
        part = x[channel, max(0, a) : h + min(0, a), max(0, b) : w + min(0, b)]
        out[channel, max(0, -a) : h - max(0, a), max(0, -b) : w - max(0, b)] = part
    return out


@wrong("shift_kernels", "left over at the end")
def _(channels, kernel_size):
    """The channels left over form a group of their own at the end, which stays."""
    taps = kernel_size**2
    places = [c // (channels // taps) if c < channels // taps * taps else taps // 2 for c in range(channels)]
    return one_hot(places, kernel_size)


@wrong("shift_kernels", "left over to the last")
def _(channels, kernel_size):
    """The channels left over join the last group."""
    taps = kernel_size**2
    size = max(channels // taps, 1)
    return one_hot([min(c // size, taps - 1) for c in range(channels)], kernel_size)


@wrong("shift_kernels", "left over to each")
def _(channels, kernel_size):
    """The channels left over are spread over the first groups, one each."""
    parts = np.array_split(np.arange(channels), kernel_size**2)
    return one_hot([place for place, part in enumerate(parts) for _ in part], kernel_size)


@wrong("shift_kernels", "column by column")
def _(channels, kernel_size):
    """The 1 moves column by column, not row by row."""
    taps = kernel_size**2
    sizes = np.full(taps, channels // taps)
    sizes[taps // 2] += channels % taps
    return one_hot(np.repeat(np.arange(taps), sizes), kernel_size).transpose(0, 2, 1)


@wrong("shift_kernels", "dealt out, the rest stays")
def _(channels, kernel_size):
    """The channels are dealt out one by one, so that a group's channels are not neighbours."""
    taps = kernel_size**2
    even = channels // taps * taps
    return one_hot([c % taps if c < even else taps // 2 for c in range(channels)], kernel_size)


@wrong("shift_kernels", "left over to nobody")
def _(channels, kernel_size):
    """The kernels of the channels left over are zero."""
    taps = kernel_size**2
    kernels = np.zeros((channels, taps))
    for c in range(channels // taps * taps):
        kernels[c, c // (channels // taps)] = 1
    return kernels.reshape(channels, kernel_size, kernel_size)


@wrong("shift_kernels", "left over to the first")
def _(channels, kernel_size):
    """The channels left over join the first group."""
    taps = kernel_size**2
    sizes = np.full(taps, channels // taps)
    sizes[0] += channels % taps
    return one_hot(np.repeat(np.arange(taps), sizes), kernel_size)


@wrong("shift_kernels", "mirrored")
def _(channels, kernel_size):
    """The first group has its 1 in the lower right corner: the kernels are flipped."""
    taps = kernel_size**2
    sizes = np.full(taps, channels // taps)
    sizes[taps // 2] += channels % taps
    return one_hot(taps - 1 - np.repeat(np.arange(taps), sizes), kernel_size)


@wrong("shift_kernels", "only the others share")
def _(channels, kernel_size):
    """Only the directions that move share the channels, and what is left over stays."""
    taps = kernel_size**2
    sizes = np.full(taps, channels // max(taps - 1, 1))
    sizes[taps // 2] = 0
    sizes[taps // 2] = channels - sizes.sum()
    return one_hot(np.repeat(np.arange(taps), sizes), kernel_size)


@wrong("shift_kernels")
def _(channels, kernel_size):
    """The channels are split into K groups along one row, not into K²."""
    sizes = np.full(kernel_size, channels // kernel_size)
    sizes[kernel_size // 2] += channels % kernel_size
    places = kernel_size // 2 * kernel_size + np.repeat(np.arange(kernel_size), sizes)
    return one_hot(places, kernel_size)


@wrong("shift_kernels", "one too far")
def _(channels, kernel_size):
    """The places are counted from 1, so each group looks one place further on."""
    taps = kernel_size**2
    sizes = np.full(taps, channels // taps)
    sizes[taps // 2] += channels % taps
    return one_hot(np.repeat(np.arange(1, taps + 1), sizes) % taps, kernel_size)


@wrong("fuse_shift", "mirrored")
def _(weight, displacement):
    """The weights stand on the opposite side: 1 − d for 1 + d."""
    out = np.zeros((*weight.shape, 3, 3))
    for c, (down, right) in enumerate(displacement):
        out[:, c, 1 - down, 1 - right] = weight[:, c]
    return out


@wrong("fuse_shift", "axes swapped")
def _(weight, displacement):
    """Down and right are exchanged."""
    out = np.zeros((*weight.shape, 3, 3))
    for c, (down, right) in enumerate(displacement):
        out[:, c, 1 + right, 1 + down] = weight[:, c]
    return out


@wrong("fuse_shift", "all in the centre")
def _(weight, displacement):
    """All weights stand in the middle: the shift is forgotten."""
    out = np.zeros((*weight.shape, 3, 3))
    out[:, :, 1, 1] = weight
    return out


@wrong("fuse_shift", "not from the centre")
def _(weight, displacement):
    """The displacement is the index itself, so −1 means the last row or column and 0 the first."""
    out = np.zeros((*weight.shape, 3, 3))
    for c, (down, right) in enumerate(displacement):
        out[:, c, down, right] = weight[:, c]
    return out


@wrong("fuse_shift", "inputs first")
def _(weight, displacement):
    """Inputs and outputs are exchanged: [C, O, 3, 3]."""
    out = np.zeros((*weight.T.shape, 3, 3))
    for c, (down, right) in enumerate(displacement):
        out[c, :, 1 + down, 1 + right] = weight[:, c]
    return out


@wrong("fuse_shift", "ones")
def _(weight, displacement):
    """The one-hot kernels are returned for every output, without the weights."""
    out = np.zeros((*weight.shape, 3, 3))
    for c, (down, right) in enumerate(displacement):
        out[:, c, 1 + down, 1 + right] = 1
    return out


@wrong("fuse_shift", "rows mirrored")
def _(weight, displacement):
    """Only the rows are turned around: 1 − down."""
    out = np.zeros((*weight.shape, 3, 3))
    for c, (down, right) in enumerate(displacement):
        out[:, c, 1 - down, 1 + right] = weight[:, c]
    return out


@wrong("fuse_shift", "by output")
def _(weight, displacement):
    """Each output has its own displacement, taken by the output's number."""
    out = np.zeros((*weight.shape, 3, 3))
    for o in range(len(weight)):
        down, right = displacement[o % len(displacement)]
        out[o, :, 1 + down, 1 + right] = weight[o]
    return out


@wrong("fuse_shift", "all for all")
def _(weight, displacement):
    """The two indexed steps do not pair up: every channel's weights go to every displacement."""
    out = np.zeros((*weight.shape, 3, 3))
    for down, right in displacement:
        out[:, :, 1 + down, 1 + right] = weight
    return out


@wrong("fuse_shift")
def _(weight, displacement):
    """The one-hot kernel is added to the weight, not multiplied with it."""
    out = np.zeros((*weight.shape, 3, 3))
    out[:, :, 1, 1] = weight
    for c, (down, right) in enumerate(displacement):
        out[:, c, 1 + down, 1 + right] += 1
    return out


@wrong("active_shift", "rounded")
def _(x, alpha, beta):
    """The displacements are rounded to whole pixels."""
    return moved(x, round(alpha), round(beta))


@wrong("active_shift", "rounded down")
def _(x, alpha, beta):
    """The displacements are cut to the whole pixel below."""
    return moved(x, math.floor(alpha), math.floor(beta))


@wrong("active_shift", "cut towards zero")
def _(x, alpha, beta):
    """int() cuts towards 0, which is not the pixel below for a negative displacement."""
    a, b = int(alpha), int(beta)
    p, q = alpha - a, beta - b
    upper = (1 - q) * moved(x, a, b) + q * moved(x, a, b + 1)
    return (1 - p) * upper + p * ((1 - q) * moved(x, a + 1, b) + q * moved(x, a + 1, b + 1))


@wrong("active_shift", "pushed instead of looked")
def _(x, alpha, beta):
    """The image is pushed where it should look: the direction is opposite."""
    return between(x, -alpha, -beta)


@wrong("active_shift", "axes swapped")
def _(x, alpha, beta):
    """Down and right are exchanged."""
    return between(x, beta, alpha)


@wrong("active_shift", "weights exchanged")
def _(x, alpha, beta):
    """The shares are exchanged: the nearer pixel gets the smaller one."""
    a, b = math.floor(alpha), math.floor(beta)
    return between(x, a + 1 - (alpha - a), b + 1 - (beta - b))


@wrong("active_shift", "border repeated")
def _(x, alpha, beta):
    """Beyond the border the nearest pixel is repeated."""
    h, w = x.shape
    i, j = np.arange(h)[:, None] + math.floor(alpha), np.arange(w)[None] + math.floor(beta)
    p, q = alpha % 1, beta % 1

    def at(i, j):
        return x[np.clip(i, 0, h - 1), np.clip(j, 0, w - 1)]

    return (1 - p) * ((1 - q) * at(i, j) + q * at(i, j + 1)) + p * (
        (1 - q) * at(i + 1, j) + q * at(i + 1, j + 1)
    )


@wrong("active_shift", "columns rounded")
def _(x, alpha, beta):
    """It is interpolated between rows only; the columns are moved by whole pixels."""
    return between(x, alpha, round(beta))


@wrong("active_shift", "nothing at the border")
def _(x, alpha, beta):
    """Where one of the four pixels lies beyond the border the result is 0, not a part of the others."""
    h, w = x.shape
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            if 0 <= i + alpha <= h - 1 and 0 <= j + beta <= w - 1:
                out[i, j] = between(x, alpha, beta)[i, j]
    return out


@wrong("active_shift")
def _(x, alpha, beta):
    """The two directions are interpolated apart and averaged, where their shares should be multiplied."""
    return (between(x, alpha, math.floor(beta)) + between(x, math.floor(alpha), beta)) / 2


@wrong("active_gradient", "sign")
def _(x, alpha, beta, upstream):
    """The sign is wrong: the pixel before minus the pixel behind."""
    down, right = slopes(x, alpha, beta)
    return -np.array([(upstream * down).sum(), (upstream * right).sum()]) * fraction(alpha, beta)


@wrong("active_gradient", "order")
def _(x, alpha, beta, upstream):
    """The two numbers come back in the wrong order."""
    down, right = slopes(x, alpha, beta)
    return (np.array([(upstream * down).sum(), (upstream * right).sum()]) * fraction(alpha, beta))[::-1]


@wrong("active_gradient", "slope to the right")
def _(x, alpha, beta, upstream):
    """At a whole number the slope to the right of it is taken, not 0."""
    down, right = slopes(x, alpha, beta)
    return np.array([(upstream * down).sum(), (upstream * right).sum()])


@wrong("active_gradient", "mean")
def _(x, alpha, beta, upstream):
    """The mean over all places is taken, not the sum."""
    down, right = slopes(x, alpha, beta)
    return np.array([(upstream * down).mean(), (upstream * right).mean()]) * fraction(alpha, beta)


@wrong("active_gradient", "upstream forgotten")
def _(x, alpha, beta, upstream):
    """What comes from above is forgotten: all slopes count alike."""
    down, right = slopes(x, alpha, beta)
    return np.array([down.sum(), right.sum()]) * fraction(alpha, beta)


@wrong("active_gradient", "other weights exchanged")
def _(x, alpha, beta, upstream):
    """The other direction's shares are exchanged."""
    a, b = math.floor(alpha), math.floor(beta)
    down, right = slopes(x, a + 1 - (alpha - a), b + 1 - (beta - b))
    return np.array([(upstream * down).sum(), (upstream * right).sum()]) * fraction(alpha, beta)


@wrong("active_gradient", "other axis rounded down")
def _(x, alpha, beta, upstream):
    """The other direction is not interpolated: its whole pixel below is taken."""
    a, b = math.floor(alpha), math.floor(beta)
    at = moved(x, a, b)
    slope = np.array(
        [(upstream * (moved(x, a + 1, b) - at)).sum(), (upstream * (moved(x, a, b + 1) - at)).sum()]
    )
    return slope * fraction(alpha, beta)


@wrong("active_gradient", "slope of the image")
def _(x, alpha, beta, upstream):
    """Differences are taken over two pixels, from one before to one behind, and halved."""
    up, down = between(x, alpha - 1, beta), between(x, alpha + 1, beta)
    left, right = between(x, alpha, beta - 1), between(x, alpha, beta + 1)
    slope = np.array([(upstream * (down - up)).sum(), (upstream * (right - left)).sum()]) / 2
    return slope * fraction(alpha, beta)


@wrong("active_gradient", "both zero")
def _(x, alpha, beta, upstream):
    """If either displacement is a whole number, both slopes are 0."""
    down, right = slopes(x, alpha, beta)
    return np.array([(upstream * down).sum(), (upstream * right).sum()]) * fraction(alpha, beta).prod()


@wrong("active_gradient")
def _(x, alpha, beta, upstream):
    """The slope is multiplied by the displacement's own fraction, as if the share were squared."""
    down, right = slopes(x, alpha, beta)
    return np.array([(upstream * down).sum() * (alpha % 1), (upstream * right).sum() * (beta % 1)])


@wrong("active_gradient", "border repeated")
def _(x, alpha, beta, upstream):
    """Beyond the border the nearest pixel is repeated."""
    reach = math.ceil(max(abs(alpha), abs(beta))) + 1
    h, w = x.shape
    inside = np.s_[reach : reach + h, reach : reach + w]
    down, right = slopes(np.pad(x, reach, mode="edge"), alpha, beta)
    slope = np.array([(upstream * down[inside]).sum(), (upstream * right[inside]).sum()])
    return slope * fraction(alpha, beta)


@wrong("active_gradient", "cut towards zero")
def _(x, alpha, beta, upstream):
    """int() cuts towards 0, which is not the pixel below for a negative displacement."""
    a, b = int(alpha), int(beta)
    p, q = alpha - a, beta - b
    at, right, below, both = (moved(x, a + i, b + j) for i in (0, 1) for j in (0, 1))
    down = (1 - q) * (below - at) + q * (both - right)
    across = (1 - p) * (right - at) + p * (both - below)
    return np.array([(upstream * down).sum(), (upstream * across).sum()]) * fraction(alpha, beta)


@wrong("sparse_step", "uphill")
def _(displacement, gradient, lr, penalty):
    """The step goes uphill."""
    return displacement + lr * (gradient + penalty * np.sign(displacement))


@wrong("sparse_step", "weight decay")
def _(displacement, gradient, lr, penalty):
    """The penalty is that of weight decay: λ times the displacement."""
    return displacement - lr * (gradient + penalty * displacement)


@wrong("sparse_step", "lr on the gradient only")
def _(displacement, gradient, lr, penalty):
    """The penalty is not multiplied by the learning rate."""
    return displacement - lr * gradient - penalty * np.sign(displacement)


@wrong("sparse_step", "sign of the gradient")
def _(displacement, gradient, lr, penalty):
    """The sign of the gradient is taken, not that of the displacement."""
    return displacement - lr * (gradient + penalty * np.sign(gradient))


@wrong("sparse_step", "penalty itself")
def _(displacement, gradient, lr, penalty):
    """The penalty itself is added to the gradient, λ|α|, not its slope."""
    return displacement - lr * (gradient + penalty * np.abs(displacement))


@wrong("sparse_step", "always down")
def _(displacement, gradient, lr, penalty):
    """The same λ is added everywhere, without a sign."""
    return displacement - lr * (gradient + penalty)


@wrong("sparse_step", "away")
def _(displacement, gradient, lr, penalty):
    """The penalty pushes away from 0."""
    return displacement - lr * (gradient - penalty * np.sign(displacement))


@wrong("sparse_step", "zero pulled down")
def _(displacement, gradient, lr, penalty):
    """A displacement of exactly 0 gets the slope +1."""
    sign = np.where(displacement >= 0, 1, -1)
    return displacement - lr * (gradient + penalty * sign)


@wrong("sparse_step", "stopped at zero")
def _(displacement, gradient, lr, penalty):
    """A soft threshold is used: what would cross 0 is set to 0."""
    stepped = displacement - lr * gradient
    return np.sign(stepped) * np.maximum(np.abs(stepped) - lr * penalty, 0)


@wrong("sparse_step", "small ones go free")
def _(displacement, gradient, lr, penalty):
    """Displacements that round to 0 pay no price."""
    return displacement - lr * (gradient + penalty * np.sign(np.round(displacement)))


@wrong("sparse_step", "squares")
def _(displacement, gradient, lr, penalty):
    """The penalty is the square of the displacement, whose slope is 2λα."""
    return displacement - lr * (gradient + 2 * penalty * displacement)


@wrong("count_shift", "shift multiplies")
def _(channels, expansion, size):
    """The shift is counted as a depthwise 3×3 convolution."""
    wide = expansion * channels
    return size**2 * (2 * channels * wide + 9 * wide)


@wrong("count_shift", "one convolution")
def _(channels, expansion, size):
    """Only one of the two 1×1 convolutions is counted."""
    return size**2 * channels * expansion * channels


@wrong("count_shift", "parameters")
def _(channels, expansion, size):
    """Parameters are counted, not MACs."""
    return 2 * expansion * channels**2


@wrong("count_shift", "not expanded")
def _(channels, expansion, size):
    """The expansion is forgotten."""
    return 2 * size**2 * channels**2


@wrong("count_shift", "expanded throughout")
def _(channels, expansion, size):
    """Both 1×1 convolutions work on the wide channels, on both of their sides."""
    return 2 * size**2 * (expansion * channels) ** 2


@wrong("count_shift", "sum counted")
def _(channels, expansion, size):
    """The sum with the input is counted, one MAC a number."""
    return size**2 * (2 * expansion * channels**2 + channels)


@wrong("count_shift", "one MAC a pixel")
def _(channels, expansion, size):
    """The shift is counted with one MAC for each number it moves."""
    return size**2 * (2 * expansion * channels**2 + expansion * channels)


@wrong("count_shift", "two per MAC")
def _(channels, expansion, size):
    """Multiplications and additions are counted apart."""
    return 4 * size**2 * expansion * channels**2


@wrong("count_shift", "3×3 convolutions")
def _(channels, expansion, size):
    """The two 1×1 convolutions are counted with nine taps, those of the shift."""
    return 18 * size**2 * expansion * channels**2


@wrong("count_shift", "one side")
def _(channels, expansion, size):
    """The pixels are counted along one side only."""
    return 2 * size * expansion * channels**2


@wrong("count_cycles", "rounded down")
def _(side, channels, kernel_size, size):
    """The last pass, which is not full, is left out."""
    return channels // (side // kernel_size**2) * size**2


@wrong("count_cycles", "columns decide")
def _(side, channels, kernel_size, size):
    """Only the columns are shared out: as many channels in a pass as there are columns."""
    return math.ceil(channels / side) * size**2


@wrong("count_cycles", "dense")
def _(side, channels, kernel_size, size):
    """The layer is counted as a full convolution."""
    return math.ceil(channels * kernel_size**2 / side) * math.ceil(channels / side) * size**2


@wrong("count_cycles", "taps one way")
def _(side, channels, kernel_size, size):
    """A channel takes K rows, not K²."""
    return math.ceil(channels / (side // kernel_size)) * size**2


@wrong("count_cycles")
def _(side, channels, kernel_size, size):
    """The passes are not rounded up to a whole number."""
    return channels / (side // kernel_size**2) * size**2


@wrong("count_cycles", "one pixel")
def _(side, channels, kernel_size, size):
    """The passes are returned, without the pixels that go through in each."""
    return math.ceil(channels / (side // kernel_size**2))


@wrong("count_cycles", "channels cut")
def _(side, channels, kernel_size, size):
    """A channel's taps may be cut in two by the end of a pass, so that no row is left over."""
    return math.ceil(channels * kernel_size**2 / side) * size**2


@wrong("count_cycles", "all busy")
def _(side, channels, kernel_size, size):
    """MACs divided by the number of multipliers: all are thought to be busy."""
    return math.ceil(channels * kernel_size**2 * size**2 / side**2)


@wrong("count_cycles", "one a channel")
def _(side, channels, kernel_size, size):
    """Each channel takes a pass of its own."""
    return channels * size**2


@wrong("count_cycles", "no border")
def _(side, channels, kernel_size, size):
    """The border is not padded: a K×K kernel has fewer places."""
    return math.ceil(channels / (side // kernel_size**2)) * (size - kernel_size + 1) ** 2


@wrong("shift_channels", "only an IndexError is beyond the border")
def _(x, displacement):
    """What raises an IndexError is zero, and a negative index raises none."""
    out = np.zeros_like(x)
    for c, i, j in np.ndindex(*x.shape):
        try:
            out[c, i, j] = x[c, i + displacement[c, 0], j + displacement[c, 1]]
        except IndexError:
            continue
    return out


@wrong("shift_channels", "first row and column forgotten")
def _(x, displacement):
    """The first row and the first column are never read: > 0 stands for >= 0."""
    out = np.zeros_like(x)
    for c, i, j in np.ndindex(*x.shape):
        row, column = np.array([i, j]) + displacement[c]
        if 0 < row < x.shape[1] and 0 < column < x.shape[2]:
            out[c, i, j] = x[c, row, column]
    return out


@wrong("active_shift", "nothing at whole numbers")
def _(x, alpha, beta):
    """The weights are ceil − α and α − floor, which are both 0 at a whole number."""
    a, b = math.floor(alpha), math.floor(beta)
    out = np.zeros_like(x)
    for m, p in ((a, math.ceil(alpha) - alpha), (a + 1, alpha - a)):
        for n, q in ((b, math.ceil(beta) - beta), (b + 1, beta - b)):
            out += p * q * moved(x, m, n)
    return out


@wrong("active_shift", "rolled")
def _(x, alpha, beta):
    """np.roll moves the four images, so that what leaves comes back."""
    a, b = math.floor(alpha), math.floor(beta)
    p, q = alpha - a, beta - b
    upper = (1 - q) * np.roll(x, (-a, -b), (0, 1)) + q * np.roll(x, (-a, -b - 1), (0, 1))
    lower = (1 - q) * np.roll(x, (-a - 1, -b), (0, 1)) + q * np.roll(x, (-a - 1, -b - 1), (0, 1))
    return (1 - p) * upper + p * lower


@wrong("active_gradient", "pushed instead of looked")
def _(x, alpha, beta, upstream):
    """The contents are pushed down and right, and that is what the slopes belong to."""
    by = [(upstream * slope).sum() for slope in slopes(x, -alpha, -beta)]
    return -np.array(by) * fraction(alpha, beta)


@wrong("sparse_step", "nothing crosses zero")
def _(displacement, gradient, lr, penalty):
    """What changes its sign in the step is set to 0."""
    stepped = displacement - lr * (gradient + penalty * np.sign(displacement))
    stepped[stepped * displacement < 0] = 0
    return stepped


@wrong("count_cycles", "rounded down")
def _(side, channels, kernel_size, size):
    """The passes are rounded to the nearest number, and the last has few channels."""
    return round(channels / (side // kernel_size**2)) * size**2


@wrong("count_cycles", "taps rounded up")
def _(side, channels, kernel_size, size):
    """The channels that fit below each other are rounded to the nearest."""
    return math.ceil(channels / round(side / kernel_size**2)) * size**2


@wrong(
    "active_gradient",
    "slope to the right",
    "slope to the right of a whole α",
    "slope to the right of a whole β",
)
def _(x, alpha, beta, upstream):
    """The slope by beta is set to 0 at a whole number, and that by alpha is not."""
    rows, columns = np.indices(x.shape)

    def pixel(i, j):
        inside = (i >= 0) & (i < x.shape[0]) & (j >= 0) & (j < x.shape[1])
        return np.where(inside, x[np.clip(i, 0, x.shape[0] - 1), np.clip(j, 0, x.shape[1] - 1)], 0)

    i, j = rows + math.floor(alpha), columns + math.floor(beta)
    u, v = alpha % 1, beta % 1
    down = (1 - v) * (pixel(i + 1, j) - pixel(i, j)) + v * (pixel(i + 1, j + 1) - pixel(i, j + 1))
    right = (1 - u) * (pixel(i, j + 1) - pixel(i, j)) + u * (pixel(i + 1, j + 1) - pixel(i + 1, j))
    return np.array([(down * upstream).sum(), (right * upstream).sum() if v else 0.0])


@wrong("shift_channels")
def _(x, displacement):
    """Ten zeros on each side are thought enough."""
    _, height, width = x.shape
    padded = np.pad(x, ((0, 0), (10, 10), (10, 10)))
    places = enumerate(displacement + 10)
    return np.stack([padded[c, top : top + height, left : left + width] for c, (top, left) in places])


@wrong("active_shift")
def _(x, alpha, beta):
    """Ten zeros on each side are thought enough."""
    padded = np.pad(x, 10)
    down, right = int(np.floor(alpha)), int(np.floor(beta))
    lower, later = alpha - down, beta - right

    def seen(row, column):
        top, left = 10 + down + row, 10 + right + column
        return padded[top : top + x.shape[0], left : left + x.shape[1]]

    upper = (1 - later) * seen(0, 0) + later * seen(0, 1)
    return (1 - lower) * upper + lower * ((1 - later) * seen(1, 0) + later * seen(1, 1))


@wrong("shift_kernels")
def _(channels, kernel_size):
    """What is left over joins direction 4, the centre of 3×3, whatever the kernel."""
    directions = kernel_size**2
    group, left_over = divmod(channels, directions)
    sizes = [group] * directions
    sizes[min(4, directions - 1)] += left_over
    return np.eye(directions)[np.repeat(np.arange(directions), sizes)].reshape(-1, kernel_size, kernel_size)


@wrong("count_shift", "one expanded throughout")
def _(channels, expansion, size):
    """The first convolution is taken to read the expanded channels already."""
    wide = expansion * channels
    return (wide * wide + wide * channels) * size * size

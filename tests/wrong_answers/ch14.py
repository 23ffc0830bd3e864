"""Wrong answers to the exercises of chapter 14, as fresh solvers gave them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from wrong_answers import wrong


def filtered(x, weight, mode="constant"):
    """One kernel a channel, padded to keep the size: what most answers below start from."""
    p = weight.shape[-1] // 2
    padded = np.pad(x, ((0, 0), (p, p), (p, p)), mode=mode)
    return np.einsum("chwij,cij->chw", sliding_window_view(padded, weight.shape[1:], axis=(1, 2)), weight)


def relu(x):
    return np.maximum(x, 0)


def mixed(x, mixing):
    return np.einsum("nm,mhw->nhw", mixing, x)


@wrong("depthwise", "flipped")
def _(x, weight):
    """The kernels are flipped, as in a convolution of mathematics."""
    return filtered(x, weight[:, ::-1, ::-1])


@wrong("depthwise", "summed")
def _(x, weight):
    """The channels are added up, as in a full convolution, so one map comes back."""
    return filtered(x, weight).sum(axis=0)


@wrong("depthwise", "border zero")
def _(x, weight):
    """The border stays zero: outputs are computed only where the whole kernel fits."""
    _, h, w = x.shape
    k = weight.shape[1]
    out = np.zeros(x.shape)
    for i in range(h - k + 1):
        for j in range(w - k + 1):
            out[:, i + k // 2, j + k // 2] = (x[:, i : i + k, j : j + k] * weight).sum(axis=(1, 2))
    return out


@wrong("depthwise", "border repeated")
def _(x, weight):
    """The padding repeats the border's pixels instead of zeros."""
    return filtered(x, weight, "edge")


@wrong("depthwise", "one kernel")
def _(x, weight):
    """All channels use the first kernel."""
    return filtered(x, np.stack([weight[0]] * len(x)))


@wrong("depthwise", "transposed")
def _(x, weight):
    """Rows and columns of the kernels are exchanged."""
    return filtered(x, weight.transpose(0, 2, 1))


@wrong("depthwise", "padded on one side")
def _(x, weight):
    """All of the padding stands above and on the left."""
    k = weight.shape[1]
    padded = np.pad(x, ((0, 0), (k - 1, 0), (k - 1, 0)))
    out = np.zeros(x.shape)
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            out[:, i, j] = (padded[:, i : i + k, j : j + k] * weight).sum(axis=(1, 2))
    return out


@wrong("depthwise", "wrapped around")
def _(x, weight):
    """Outside the image the other side's pixels are read: the border wraps around."""
    k = weight.shape[1]
    out = np.zeros(x.shape)
    for i in range(k):
        for j in range(k):
            moved = np.roll(x, (k // 2 - i, k // 2 - j), axis=(1, 2))
            out += weight[:, i, j, None, None] * moved
    return out


@wrong("depthwise", "taps left out")
def _(x, weight):
    """The last row and the last column of each kernel are left out."""
    k = weight.shape[1]
    p = k // 2
    padded = np.pad(x, ((0, 0), (p, p), (p, p)))
    out = np.zeros(x.shape)
    for i in range(k - 1):
        for j in range(k - 1):
            out += weight[:, i, j, None, None] * padded[:, i : i + x.shape[1], j : j + x.shape[2]]
    return out


@wrong("depthwise", "mean of the taps")
def _(x, weight):
    """Each sum is divided by the number of taps: a mean, where a sum was asked for."""
    return filtered(x, weight) / weight.shape[1] ** 2


@wrong("as_full_kernel", "transposed")
def _(depthwise, pointwise):
    """Inputs and outputs are exchanged: [M, N, K, K]."""
    return pointwise.T[:, :, None, None] * depthwise[:, None]


@wrong("as_full_kernel", "flipped")
def _(depthwise, pointwise):
    """The depthwise kernels are flipped on the way."""
    return pointwise[:, :, None, None] * depthwise[None, :, ::-1, ::-1]


@wrong("as_full_kernel", "mixing summed")
def _(depthwise, pointwise):
    """The pointwise weights are added up over the inputs before they multiply the kernels."""
    return pointwise.sum(axis=1)[:, None, None, None] * depthwise[None]


@wrong("as_full_kernel", "added")
def _(depthwise, pointwise):
    """The two weights are added, not multiplied."""
    return pointwise[:, :, None, None] + depthwise[None]


@wrong("as_full_kernel", "mixing reordered")
def _(depthwise, pointwise):
    """The pointwise weights are read in the wrong order: reshaped to [M, N] and turned back."""
    n, m = pointwise.shape
    return pointwise.reshape(m, n).T[:, :, None, None] * depthwise[None]


@wrong("as_full_kernel", "kernel transposed")
def _(depthwise, pointwise):
    """Rows and columns of the kernels are exchanged."""
    return np.einsum("nm,mij->nmji", pointwise, depthwise)


@wrong("as_full_kernel")
def _(depthwise, pointwise):
    """Divided by the number of input channels, as if the outputs were means."""
    return np.einsum("nm,mij->nmij", pointwise, depthwise) / len(depthwise)


@wrong("as_full_kernel", "own channel only")
def _(depthwise, pointwise):
    """Each output reads only the channel of its own number."""
    n, m = pointwise.shape
    out = np.zeros((n, m, *depthwise.shape[1:]))
    for c in range(min(n, m)):
        out[c, c] = pointwise[c, c] * depthwise[c]
    return out


@wrong("as_full_kernel")
def _(depthwise, pointwise):
    """The pointwise weight multiplies the middle tap alone, since a 1×1 looks at one pixel."""
    out = np.stack([depthwise.astype(float)] * len(pointwise))
    mid = depthwise.shape[1] // 2
    out[:, :, mid, mid] *= pointwise
    return out


@wrong("as_full_kernel", "kernel of the output")
def _(depthwise, pointwise):
    """The kernel of the output's number is taken, not that of the input channel."""
    n, m = pointwise.shape
    out = np.zeros((n, m, *depthwise.shape[1:]))
    for i in range(n):
        for j in range(m):
            out[i, j] = pointwise[i, j] * depthwise[i % m]
    return out


@wrong("separable_block", "nothing between")
def _(x, filters, mixing):
    """There is no ReLU between the two layers."""
    return relu(mixed(filtered(x, filters), mixing))


@wrong("separable_block", "nothing at the end")
def _(x, filters, mixing):
    """There is no ReLU after the pointwise layer."""
    return mixed(relu(filtered(x, filters)), mixing)


@wrong("separable_block", "no relu")
def _(x, filters, mixing):
    """There is no ReLU at all."""
    return mixed(filtered(x, filters), mixing)


@wrong("separable_block", "flipped")
def _(x, filters, mixing):
    """The kernels are flipped."""
    return relu(mixed(relu(filtered(x, filters[:, ::-1, ::-1])), mixing))


@wrong("separable_block", "relu6")
def _(x, filters, mixing):
    """ReLU6, MobileNetV2's, stands in the place of ReLU."""
    return np.clip(mixed(np.clip(filtered(x, filters), 0, 6), mixing), 0, 6)


@wrong("separable_block", "border repeated")
def _(x, filters, mixing):
    """The padding repeats the border's pixels instead of zeros."""
    return relu(mixed(relu(filtered(x, filters, "edge")), mixing))


@wrong("separable_block", "relu before the filters")
def _(x, filters, mixing):
    """The ReLU stands before the depthwise layer instead of behind it."""
    return relu(mixed(filtered(relu(x), filters), mixing))


@wrong("separable_block", "shortcut")
def _(x, filters, mixing):
    """The input is added where the channels allow it: MobileNetV1 has no shortcut."""
    y = relu(mixed(relu(filtered(x, filters)), mixing))
    return y + x if y.shape == x.shape else y


@wrong("separable_block", "mixing reordered")
def _(x, filters, mixing):
    """The mixing weights are read in the wrong order: reshaped, where they were to be left alone."""
    n, m = mixing.shape
    y = relu(filtered(x, filters)).reshape(m, -1)
    return relu((y.T @ mixing.reshape(m, n)).T).reshape(n, *x.shape[1:])


@wrong("separable_block", "not depthwise")
def _(x, filters, mixing):
    """Each channel's filter runs over the sum of all channels: the first layer is not depthwise."""
    together = np.broadcast_to(x.sum(axis=0), x.shape)
    return relu(mixed(relu(filtered(together, filters)), mixing))


@wrong("saving", "upside down")
def _(in_channels, out_channels, kernel_size):
    """The share that is left is returned, not how many times fewer."""
    return 1 / out_channels + 1 / kernel_size**2


@wrong("saving", "input channels")
def _(in_channels, out_channels, kernel_size):
    """The inputs stand where the outputs belong: 1/M + 1/K²."""
    return 1 / (1 / in_channels + 1 / kernel_size**2)


@wrong("saving", "the limit")
def _(in_channels, out_channels, kernel_size):
    """The depthwise step is forgotten: only the pointwise one is counted."""
    full = in_channels * out_channels * kernel_size**2
    return full / (in_channels * out_channels)


@wrong("saving", "pointwise forgotten")
def _(in_channels, out_channels, kernel_size):
    """The pointwise step is forgotten: only the depthwise one is counted."""
    full = in_channels * out_channels * kernel_size**2
    return full / (in_channels * kernel_size**2)


@wrong("saving", "side for area")
def _(in_channels, out_channels, kernel_size):
    """The kernel size is not squared."""
    full = in_channels * out_channels * kernel_size
    return full / (in_channels * kernel_size + in_channels * out_channels)


@wrong("saving", "cut")
def _(in_channels, out_channels, kernel_size):
    """The quotient is cut to a whole number."""
    full = in_channels * out_channels * kernel_size**2
    return full // (in_channels * kernel_size**2 + in_channels * out_channels)


@wrong("saving")
def _(in_channels, out_channels, kernel_size):
    """Every output channel and every filter also gets a bias."""
    full = in_channels * out_channels * kernel_size**2 + out_channels
    pair = in_channels * (kernel_size**2 + 1) + (in_channels + 1) * out_channels
    return full / pair


@wrong("saving", "difference")
def _(in_channels, out_channels, kernel_size):
    """The difference of the two is returned, not the quotient."""
    full = in_channels * out_channels * kernel_size**2
    return full - (in_channels * kernel_size**2 + in_channels * out_channels)


@wrong("saving", "one less")
def _(in_channels, out_channels, kernel_size):
    """One is taken off: eight times the work is read as seven times fewer."""
    full = in_channels * out_channels * kernel_size**2
    return full / (in_channels * kernel_size**2 + in_channels * out_channels) - 1


@wrong("saving", "kernels for the outputs too")
def _(in_channels, out_channels, kernel_size):
    """The depthwise step is counted on inputs and outputs both."""
    full = in_channels * out_channels * kernel_size**2
    depthwise = (in_channels + out_channels) * kernel_size**2
    return full / (depthwise + in_channels * out_channels)


@wrong("scaled_network", "stride in the pointwise")
def _(layers, alpha, size, classes):
    """The depthwise layer is counted on the map before the stride."""
    weights = macs = 0
    for m, n, s in layers:
        m, n = int(m * alpha), int(n * alpha)
        weights += 9 * m + m * n
        macs += 9 * m * size**2
        size //= s
        macs += m * n * size**2
    return np.array([weights + n * classes, macs + n * classes])


@wrong("scaled_network", "rounded")
def _(layers, alpha, size, classes):
    """The channels are rounded to the nearest whole number, not cut."""
    weights = macs = 0
    for m, n, s in layers:
        m, n, size = round(m * alpha), round(n * alpha), size // s
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    return np.array([weights + n * classes, macs + n * classes])


@wrong("scaled_network", "alpha once")
def _(layers, alpha, size, classes):
    """Only the outputs of each layer are scaled, and its inputs stay as they are."""
    weights = macs = 0
    for m, n, s in layers:
        n, size = int(n * alpha), size // s
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    return np.array([weights + n * classes, macs + n * classes])


@wrong("scaled_network", "alpha for the map")
def _(layers, alpha, size, classes):
    """The width multiplier shrinks the maps as well."""
    size, weights, macs = int(size * alpha), 0, 0
    for m, n, s in layers:
        m, n, size = int(m * alpha), int(n * alpha), size // s
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    return np.array([weights + n * classes, macs + n * classes])


@wrong("scaled_network", "stride ignored")
def _(layers, alpha, size, classes):
    """The strides are forgotten: every map has the size of the first."""
    weights = 0
    for m, n, _ in layers:
        m, n = int(m * alpha), int(n * alpha)
        weights += 9 * m + m * n
    return np.array([weights + n * classes, weights * size**2 + n * classes])


@wrong("scaled_network", "linear layer forgotten")
def _(layers, alpha, size, classes):
    """The linear layer is forgotten."""
    weights = macs = 0
    for m, n, s in layers:
        m, n, size = int(m * alpha), int(n * alpha), size // s
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    return np.array([weights, macs])


@wrong("scaled_network", "flattened")
def _(layers, alpha, size, classes):
    """The linear layer reads the whole last map, as if there were no pooling before it."""
    weights = macs = 0
    for m, n, s in layers:
        m, n, size = int(m * alpha), int(n * alpha), size // s
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    linear = n * size**2 * classes
    return np.array([weights + linear, macs + linear])


@wrong("scaled_network", "dense filters")
def _(layers, alpha, size, classes):
    """The 3×3 filters are full convolutions, from all channels to all."""
    weights = macs = 0
    for m, n, s in layers:
        m, n, size = int(m * alpha), int(n * alpha), size // s
        weights += 9 * m * m + m * n
        macs += (9 * m * m + m * n) * size**2
    return np.array([weights + n * classes, macs + n * classes])


@wrong("scaled_network", "exchanged")
def _(layers, alpha, size, classes):
    """The two numbers come back in the wrong order, MACs first."""
    weights = macs = 0
    for m, n, s in layers:
        m, n, size = int(m * alpha), int(n * alpha), size // s
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    return np.array([macs + n * classes, weights + n * classes])


@wrong("scaled_network", "linear layer not scaled")
def _(layers, alpha, size, classes):
    """The linear layer reads the channels before they are scaled."""
    weights = macs = 0
    for row in layers:
        m, n = int(row[0] * alpha), int(row[1] * alpha)
        size //= row[2]
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    linear = layers[-1][1] * classes
    return np.array([weights + linear, macs + linear])


@wrong("scaled_network", "alpha of the sums")
def _(layers, alpha, size, classes):
    """Nothing is cut on the way: the unscaled total is multiplied by α², and cut at the end."""
    weights = macs = 0
    for m, n, s in layers:
        size //= s
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    both = np.array([weights + n * classes, macs + n * classes])
    return (both * alpha**2).astype(int)


@wrong("least_time", "longer of the sums")
def _(layers, peak, bandwidth):
    """The maximum is taken once for the whole chain, not for each layer."""
    flops = moved = 0
    for c1, c2, k, s, g in layers:
        weights = c2 * c1 // g * k * k
        flops += 2 * weights * s * s
        moved += 4 * ((c1 + c2) * s * s + weights)
    return max(flops / peak, moved / bandwidth)


@wrong("least_time", "added")
def _(layers, peak, bandwidth):
    """Computing and moving are added up, as if they could not overlap."""
    time = 0.0
    for c1, c2, k, s, g in layers:
        weights = c2 * c1 // g * k * k
        time += 2 * weights * s * s / peak + 4 * ((c1 + c2) * s * s + weights) / bandwidth
    return time


@wrong("least_time", "the shorter")
def _(layers, peak, bandwidth):
    """The smaller of the two times is taken, not the larger."""
    time = 0.0
    for c1, c2, k, s, g in layers:
        weights = c2 * c1 // g * k * k
        time += min(2 * weights * s * s / peak, 4 * ((c1 + c2) * s * s + weights) / bandwidth)
    return time


@wrong("least_time", "macs")
def _(layers, peak, bandwidth):
    """A MAC is counted as one FLOP."""
    time = 0.0
    for c1, c2, k, s, g in layers:
        weights = c2 * c1 // g * k * k
        time += max(weights * s * s / peak, 4 * ((c1 + c2) * s * s + weights) / bandwidth)
    return time


@wrong("least_time", "elements")
def _(layers, peak, bandwidth):
    """Numbers are counted instead of bytes: the factor 4 is missing."""
    time = 0.0
    for c1, c2, k, s, g in layers:
        weights = c2 * c1 // g * k * k
        time += max(2 * weights * s * s / peak, ((c1 + c2) * s * s + weights) / bandwidth)
    return time


@wrong("least_time", "outputs forgotten")
def _(layers, peak, bandwidth):
    """The outputs are not written."""
    time = 0.0
    for c1, c2, k, s, g in layers:
        weights = c2 * c1 // g * k * k
        time += max(2 * weights * s * s / peak, 4 * (c1 * s * s + weights) / bandwidth)
    return time


@wrong("least_time", "weights forgotten")
def _(layers, peak, bandwidth):
    """The weights are not read."""
    time = 0.0
    for c1, c2, k, s, g in layers:
        time += max(2 * c2 * c1 // g * k * k * s * s / peak, 4 * (c1 + c2) * s * s / bandwidth)
    return time


@wrong("least_time", "groups ignored")
def _(layers, peak, bandwidth):
    """The groups are ignored."""
    time = 0.0
    for c1, c2, k, s, _ in layers:
        weights = c2 * c1 * k * k
        time += max(2 * weights * s * s / peak, 4 * ((c1 + c2) * s * s + weights) / bandwidth)
    return time


@wrong("least_time", "read for each tap")
def _(layers, peak, bandwidth):
    """Each input is read once for each tap of the kernel."""
    time = 0.0
    for c1, c2, k, s, g in layers:
        weights = c2 * c1 // g * k * k
        time += max(2 * weights * s * s / peak, 4 * ((c1 * k * k + c2) * s * s + weights) / bandwidth)
    return time


@wrong("least_time", "slowest layer")
def _(layers, peak, bandwidth):
    """The time of the slowest layer is returned, not the sum of all."""
    times = []
    for c1, c2, k, s, g in layers:
        weights = c2 * c1 // g * k * k
        times.append(max(2 * weights * s * s / peak, 4 * ((c1 + c2) * s * s + weights) / bandwidth))
    return max(times)


@wrong("count_pair", "norms forgotten")
def _(in_channels, out_channels, kernel_size):
    """Both batch normalizations are forgotten."""
    return in_channels * kernel_size**2 + in_channels * out_channels


@wrong("count_pair", "one norm")
def _(in_channels, out_channels, kernel_size):
    """Only the normalization at the end is counted."""
    return in_channels * kernel_size**2 + in_channels * out_channels + 2 * out_channels


@wrong("count_pair", "norms counted once")
def _(in_channels, out_channels, kernel_size):
    """A normalization has one parameter a channel, not two."""
    return in_channels * kernel_size**2 + in_channels * out_channels + in_channels + out_channels


@wrong("count_pair", "running statistics")
def _(in_channels, out_channels, kernel_size):
    """Running means and variances are counted as parameters."""
    return in_channels * kernel_size**2 + in_channels * out_channels + 4 * (in_channels + out_channels)


@wrong("count_pair", "biases")
def _(in_channels, out_channels, kernel_size):
    """The convolutions get biases."""
    return (
        in_channels * (kernel_size**2 + 1)
        + (in_channels + 1) * out_channels
        + 2 * (in_channels + out_channels)
    )


@wrong("count_pair", "full convolution")
def _(in_channels, out_channels, kernel_size):
    """One full convolution is counted in the place of the two."""
    return in_channels * out_channels * kernel_size**2 + 2 * out_channels


@wrong("count_pair", "side for area")
def _(in_channels, out_channels, kernel_size):
    """The kernel size is not squared."""
    return in_channels * kernel_size + in_channels * out_channels + 2 * (in_channels + out_channels)


@wrong("count_pair", "norms of the output")
def _(in_channels, out_channels, kernel_size):
    """Both normalizations are as wide as the output."""
    return in_channels * kernel_size**2 + in_channels * out_channels + 4 * out_channels


@wrong("count_pair", "kernels for the output")
def _(in_channels, out_channels, kernel_size):
    """The depthwise layer has a kernel for each output channel, not for each input channel."""
    return out_channels * kernel_size**2 + in_channels * out_channels + 2 * (in_channels + out_channels)


@wrong("count_pair", "one kernel for all")
def _(in_channels, out_channels, kernel_size):
    """The depthwise layer has one kernel for all channels."""
    return kernel_size**2 + in_channels * out_channels + 2 * (in_channels + out_channels)


def narrow(size, width, stages, repeats, classes, first=lambda c: 9 * c, block=lambda m, n: 9 * m + m * n):
    """The network's MACs, with the stem and the block counted as a reader has it."""
    size = (size + 1) // 2
    macs = size**2 * 3 * first(width)
    for _ in range(stages):
        size = (size + 1) // 2
        macs += size**2 * block(width, 2 * width)
        width *= 2
        macs += repeats * size**2 * block(width, width)
    return macs + width * classes


@wrong("count_narrow", "first layer forgotten")
def _(size, width, stages, repeats, classes):
    """The first convolution is forgotten."""
    return narrow(size, width, stages, repeats, classes, first=lambda c: 0)


@wrong("count_narrow", "linear layer forgotten")
def _(size, width, stages, repeats, classes):
    """The linear layer is forgotten."""
    return narrow(size, width, stages, repeats, 0)


@wrong("count_narrow", "first layer at full size")
def _(size, width, stages, repeats, classes):
    """The first convolution is counted at all pixels of the image: its stride is ignored there."""
    more = size**2 - ((size + 1) // 2) ** 2
    return narrow(size, width, stages, repeats, classes) + 27 * width * more


@wrong("count_narrow", "stride in the pointwise")
def _(size, width, stages, repeats, classes):
    """The stride stands in the pointwise layer, so the depthwise one works on the larger map."""
    size = (size + 1) // 2
    macs = 27 * width * size**2
    for _ in range(stages):
        macs += 9 * width * size**2
        size = (size + 1) // 2
        macs += 2 * width * width * size**2
        width *= 2
        macs += repeats * (9 * width + width * width) * size**2
    return macs + width * classes


@wrong("count_narrow", "depthwise on the output")
def _(size, width, stages, repeats, classes):
    """The depthwise layer already has the channels of the output."""
    return narrow(size, width, stages, repeats, classes, block=lambda m, n: 9 * n + m * n)


@wrong("count_narrow", "one repeat less")
def _(size, width, stages, repeats, classes):
    """The block with the stride is counted as one of the blocks that change nothing."""
    return narrow(size, width, stages, repeats - 1, classes)


@wrong("count_narrow", "parameters")
def _(size, width, stages, repeats, classes):
    """Parameters are counted, not MACs."""
    params = 27 * width
    for _ in range(stages):
        params += 9 * width + 2 * width * width
        width *= 2
        params += repeats * (9 * width + width * width)
    return params + width * classes


@wrong("count_narrow", "flattened")
def _(size, width, stages, repeats, classes):
    """The linear layer reads all pixels of the last map: the pooling is ignored."""
    last = -(-size // 2 ** (stages + 1))
    return narrow(size, width, stages, repeats, classes * last**2)


@wrong("count_narrow", "first layer of grey images")
def _(size, width, stages, repeats, classes):
    """The image has one channel, not three."""
    return narrow(size, width, stages, repeats, classes, first=lambda c: 3 * c)


@wrong("count_narrow", "full convolutions")
def _(size, width, stages, repeats, classes):
    """The blocks are full 3×3 convolutions."""
    return narrow(size, width, stages, repeats, classes, block=lambda m, n: 9 * m * n)


@wrong("saving", "share saved")
def _(in_channels, out_channels, kernel_size):
    """The share of the MACs that is saved."""
    return 1 - (1 / out_channels + 1 / kernel_size**2)


@wrong("separable_block", "shortcut before the relu")
def _(x, filters, mixing):
    """The input is added before the last ReLU, as in ResNet."""
    out = mixed(relu(filtered(x, filters)), mixing)
    return relu(out + x if out.shape == x.shape else out)


def both_numbers(
    layers, alpha, size, classes, filters=lambda m, n: m, side=lambda before, after: after, kept=1
):
    """Weights and MACs of the scaled network, with what the answers below change."""
    weights, macs, now = 0, 0, size
    for a, b, stride in layers.tolist():
        m, n = int(alpha * a), int(alpha * b)
        after = now // stride
        each = 9 * filters(m, n) + m * n
        weights, macs = weights + each, macs + each * side(now, after) ** 2
        now = after if kept else size
    return np.array([weights + n * classes, macs + n * classes])


@wrong("scaled_network", "stride behind the layer")
def _(layers, alpha, size, classes):
    """A layer works on the map that comes in, and the stride counts from the next layer on."""
    return both_numbers(layers, alpha, size, classes, side=lambda before, after: before)


@wrong("scaled_network", "stride forgotten again")
def _(layers, alpha, size, classes):
    """Each layer divides the image's size by its own stride."""
    return both_numbers(layers, alpha, size, classes, kept=0)


@wrong("scaled_network", "filters of the outputs")
def _(layers, alpha, size, classes):
    """A 3×3 filter for each channel that comes out."""
    return both_numbers(layers, alpha, size, classes, filters=lambda m, n: n)


@wrong("scaled_network", "two a mac")
def _(layers, alpha, size, classes):
    """Operations, two for each MAC."""
    return both_numbers(layers, alpha, size, classes) * [1, 2]


@wrong("least_time", "one side")
def _(layers, peak, bandwidth):
    """A map has as many numbers a channel as it is wide."""
    i, o, k, side, g = layers.T
    weights = k**2 * (i // g) * o
    return np.maximum(2 * weights * side**2 / peak, 4 * ((i + o) * side + weights) / bandwidth).sum()


@wrong("count_pair", "dense filters")
def _(in_channels, out_channels, kernel_size):
    """The first layer is a full convolution, and the second stands behind it."""
    return in_channels * (kernel_size**2 * in_channels + out_channels + 2) + 2 * out_channels


@wrong("count_narrow", "padding forgotten")
def _(size, width, stages, repeats, classes):
    """(n − 3) // 2 + 1 outputs, as without padding."""
    size = (size - 3) // 2 + 1
    macs = 27 * width * size**2
    for _ in range(stages):
        size = (size - 3) // 2 + 1
        macs += (9 * width + 2 * width**2) * size**2
        width *= 2
        macs += repeats * (9 * width + width**2) * size**2
    return macs + width * classes


@wrong("count_narrow", "one pixel more")
def _(size, width, stages, repeats, classes):
    """Half of the size and one more, whatever the size."""
    size = size // 2 + 1
    macs = 27 * width * size**2
    for _ in range(stages):
        size = size // 2 + 1
        macs += (9 * width + 2 * width**2) * size**2
        width *= 2
        macs += repeats * (9 * width + width**2) * size**2
    return macs + width * classes


@wrong("count_narrow", "halves rounded to even")
def _(size, width, stages, repeats, classes):
    """Half of an odd size is rounded by `round`, to the even neighbour."""
    size = round(size / 2)
    macs = 27 * width * size**2
    for _ in range(stages):
        size = round(size / 2)
        macs += (9 * width + 2 * width * width) * size**2
        width *= 2
        macs += repeats * (9 * width + width * width) * size**2
    return macs + width * classes

"""Wrong answers to the exercises of chapter 11, as fresh solvers gave them."""

from itertools import pairwise

import numpy as np

from wrong_answers import wrong


@wrong("channels_read", "one too many")
def _(first, growth, layers):
    """What each layer leaves behind is returned, not what it reads."""
    return np.array([first + growth * layer for layer in range(1, layers + 1)])


@wrong("channels_read", "without the first")
def _(first, growth, layers):
    """The block's input is forgotten: only what the layers add is counted."""
    return growth * np.arange(layers)


@wrong("channels_read", "sum")
def _(first, growth, layers):
    """The channels of all layers so far are added up once more."""
    return np.cumsum(first + growth * np.arange(layers))


@wrong("channels_read", "predecessor only")
def _(first, growth, layers):
    """Each layer reads its predecessor alone, as in a chain."""
    reads = np.full(layers, growth)
    reads[:1] = first
    return reads


@wrong("channels_read", "total")
def _(first, growth, layers):
    """One number comes back: what all layers read together."""
    return sum(first + growth * layer for layer in range(layers))


@wrong("channels_read")
def _(first, growth, layers):
    """The sources are counted, not their channels."""
    return np.arange(1, layers + 1)


@wrong("channels_read", "exchanged")
def _(first, growth, layers):
    """The input's channels and the growth are exchanged."""
    return growth + first * np.arange(layers)


@wrong("channels_read", "first and predecessor")
def _(first, growth, layers):
    """Each layer reads the block's input and the layer before it, but no earlier one."""
    reads = []
    for layer in range(layers):
        reads.append(first if layer == 0 else first + growth)
    return np.array(reads)


@wrong("channels_read", "last layer first")
def _(first, growth, layers):
    """The last layer stands first."""
    return np.array([first + growth * (layers - 1 - i) for i in range(layers)])


@wrong("channels_read", "four k")
def _(first, growth, layers):
    """Each layer is taken to add the 4k channels of its bottleneck."""
    return first + 4 * growth * np.arange(layers)


@wrong("dense_block", "no relu")
def _(x, weights):
    """The ReLU is forgotten."""
    features = x
    for weight in weights:
        new = features @ weight[: features.shape[1]]
        features = np.concatenate([features, new], axis=1)
    return features


@wrong("dense_block", "relu behind")
def _(x, weights):
    """The ReLU follows the weight instead of standing in front of it."""
    features = x
    for weight in weights:
        new = np.maximum(features @ weight[: features.shape[1]], 0)
        features = np.hstack([features, new])
    return features


@wrong("dense_block", "in front")
def _(x, weights):
    """New features are put in front of the others."""
    features = x
    for weight in weights:
        new = np.maximum(features, 0) @ weight[: features.shape[1]]
        features = np.hstack([new, features])
    return features


@wrong("dense_block", "input only")
def _(x, weights):
    """Every layer reads the block's input only."""
    active = np.maximum(x, 0)
    return np.hstack([x] + [active @ weight[: x.shape[1]] for weight in weights])


@wrong("dense_block", "predecessor only")
def _(x, weights):
    """Each layer reads only what the layer before it has made."""
    parts, last = [x], x
    for weight in weights:
        last = np.maximum(last, 0) @ weight[: last.shape[1]]
        parts.append(last)
    return np.hstack(parts)


@wrong("dense_block", "last rows")
def _(x, weights):
    """The last rows of the weight are used instead of the first."""
    features = x
    for weight in weights:
        rows = features.shape[1]
        new = np.maximum(features, 0) @ weight[len(weight) - rows :]
        features = np.hstack([features, new])
    return features


@wrong("dense_block", "new features only")
def _(x, weights):
    """Only the new features are returned, without the block's input."""
    features = x
    for weight in weights:
        new = np.maximum(features, 0) @ weight[: features.shape[1]]
        features = np.hstack([features, new])
    return features[:, x.shape[1] :]


@wrong("dense_block", "relu kept")
def _(x, weights):
    """The ReLU's result replaces the features, which should stay as they are."""
    features = x
    for weight in weights:
        features = np.maximum(features, 0)
        features = np.hstack([features, features @ weight[: features.shape[1]]])
    return features


@wrong("dense_block", "relu on the input alone")
def _(x, weights):
    """The ReLU is applied to the block's input once, and to no new features."""
    active, parts = np.maximum(x, 0), [x]
    for weight in weights:
        new = active @ weight[: active.shape[1]]
        parts.append(new)
        active = np.hstack([active, new])
    return np.hstack(parts)


@wrong("dense_block", "one weight for all")
def _(x, weights):
    """The first layer's weight is used in every layer."""
    features = x
    for _ in range(len(weights)):
        new = np.maximum(features, 0) @ weights[0][: features.shape[1]]
        features = np.hstack([features, new])
    return features


@wrong("dense_backward", "direct forgotten")
def _(x, weight, upstream):
    """The gradient that goes straight to the input is forgotten."""
    return (upstream[:, x.shape[1] :] @ weight.T) * (x > 0)


@wrong("dense_backward", "direct only")
def _(x, weight, upstream):
    """Only the gradient that goes straight to the input is returned."""
    return upstream[:, : x.shape[1]].copy()


@wrong("dense_backward", "relu forgotten")
def _(x, weight, upstream):
    """The ReLU's slope is forgotten."""
    channels = x.shape[1]
    return upstream[:, :channels] + upstream[:, channels:] @ weight.T


@wrong("dense_backward", "relu on both")
def _(x, weight, upstream):
    """The ReLU's mask stops the straight gradient as well."""
    channels = x.shape[1]
    return (upstream[:, :channels] + upstream[:, channels:] @ weight.T) * (x > 0)


@wrong("dense_backward", "slope at zero")
def _(x, weight, upstream):
    """The ReLU's slope at 0 is taken as 1."""
    straight, through = np.split(upstream, [x.shape[1]], axis=1)
    return straight + np.where(x >= 0, through @ weight.T, 0)


@wrong("dense_backward", "what the layer made")
def _(x, weight, upstream):
    """The mask is taken from what the layer returns instead of what it reads."""
    straight, through = np.split(upstream, [x.shape[1]], axis=1)
    mask = np.maximum(x, 0) @ weight > 0
    return straight + (through * mask) @ weight.T


@wrong("dense_backward", "halves swapped")
def _(x, weight, upstream):
    """The new features' gradient is looked for in the first columns."""
    through, straight = np.split(upstream, [weight.shape[1]], axis=1)
    return straight + (through @ weight.T) * (x > 0)


@wrong("dense_backward", "value for slope")
def _(x, weight, upstream):
    """The ReLU's value is multiplied in instead of its slope."""
    straight, through = np.split(upstream, [x.shape[1]], axis=1)
    return straight + (through @ weight.T) * np.maximum(x, 0)


@wrong("dense_backward")
def _(x, weight, upstream):
    """The gradient is divided by the number of rows, as if the loss were a mean."""
    straight, through = np.split(upstream, [x.shape[1]], axis=1)
    return (straight + (through @ weight.T) * (x > 0)) / len(x)


@wrong("dense_backward", "sign for slope")
def _(x, weight, upstream):
    """The sign is taken for the ReLU's slope, so negative inputs get -1."""
    straight, through = np.split(upstream, [x.shape[1]], axis=1)
    return straight + (through @ weight.T) * np.sign(x)


@wrong("transition_layer", "no relu")
def _(x, weight):
    """The ReLU is forgotten."""
    y = np.einsum("dc,chw->dhw", weight, x)
    h, w = y.shape[1] // 2, y.shape[2] // 2
    return y[:, : 2 * h, : 2 * w].reshape(-1, h, 2, w, 2).mean(axis=(2, 4))


@wrong("transition_layer", "max")
def _(x, weight):
    """The pooling takes the maximum."""
    y = np.einsum("dc,chw->dhw", weight, np.maximum(x, 0))
    h, w = y.shape[1] // 2, y.shape[2] // 2
    return y[:, : 2 * h, : 2 * w].reshape(-1, h, 2, w, 2).max(axis=(2, 4))


@wrong("transition_layer", "relu behind")
def _(x, weight):
    """The ReLU follows the convolution."""
    y = np.maximum(np.einsum("dc,chw->dhw", weight, x), 0)
    h, w = y.shape[1] // 2, y.shape[2] // 2
    y = y[:, : 2 * h, : 2 * w]
    return (y[:, ::2, ::2] + y[:, 1::2, ::2] + y[:, ::2, 1::2] + y[:, 1::2, 1::2]) / 4


@wrong("transition_layer", "sum")
def _(x, weight):
    """The four pixels are added and not divided by four."""
    y = np.einsum("dc,chw->dhw", weight, np.maximum(x, 0))
    h, w = y.shape[1] // 2, y.shape[2] // 2
    return y[:, : 2 * h, : 2 * w].reshape(-1, h, 2, w, 2).sum(axis=(2, 4))


@wrong("transition_layer", "relu on the average")
def _(x, weight):
    """The pooling comes first, in front of the ReLU."""
    h, w = x.shape[1] // 2, x.shape[2] // 2
    pooled = x[:, : 2 * h, : 2 * w].reshape(-1, h, 2, w, 2).mean(axis=(2, 4))
    return np.einsum("dc,chw->dhw", weight, np.maximum(pooled, 0))


@wrong("transition_layer", "every second")
def _(x, weight):
    """Every second pixel is taken, without an average."""
    y = np.einsum("dc,chw->dhw", weight, np.maximum(x, 0))
    h, w = y.shape[1] // 2, y.shape[2] // 2
    return y[:, : 2 * h : 2, : 2 * w : 2]


@wrong("transition_layer", "first left out")
def _(x, weight):
    """Where a side is odd the first row or column is left out, not the last."""
    y = np.einsum("dc,chw->dhw", weight, np.maximum(x, 0))
    h, w = y.shape[1] // 2, y.shape[2] // 2
    y = y[:, y.shape[1] - 2 * h :, y.shape[2] - 2 * w :]
    return y.reshape(-1, h, 2, w, 2).mean(axis=(2, 4))


@wrong("transition_layer", "columns dropped")
def _(x, weight):
    """Only pixels above one another are averaged; of two columns one is dropped."""
    y = np.einsum("dc,chw->dhw", weight, np.maximum(x, 0))
    h, w = y.shape[1] // 2, y.shape[2] // 2
    y = y[:, : 2 * h, : 2 * w]
    return (y[:, ::2, ::2] + y[:, 1::2, ::2]) / 2


@wrong("transition_layer", "last kept")
def _(x, weight):
    """Where a side is odd its last row or column becomes windows of its own."""
    y = np.einsum("dc,chw->dhw", weight, np.maximum(x, 0))
    rows, columns = range(0, y.shape[1], 2), range(0, y.shape[2], 2)
    out = [[y[:, i : i + 2, j : j + 2].mean(axis=(1, 2)) for j in columns] for i in rows]
    return np.array(out).transpose(2, 0, 1)


@wrong("transition_layer", "half a map apart")
def _(x, weight):
    """The two axes of the reshape are exchanged: pixels half a map apart are averaged."""
    y = np.einsum("dc,chw->dhw", weight, np.maximum(x, 0))
    h, w = y.shape[1] // 2, y.shape[2] // 2
    return y[:, : 2 * h, : 2 * w].reshape(-1, 2, h, 2, w).mean(axis=(1, 3))


@wrong("listening", "signs kept")
def _(weight, first, growth):
    """The absolute values are forgotten."""
    cuts = range(first, weight.shape[1], growth)
    return np.array([part.mean() for part in np.split(weight, cuts, axis=1)])


@wrong("listening", "absolute mean")
def _(weight, first, growth):
    """The absolute value of the mean is taken, not the mean of the absolute values."""
    cuts = range(first, weight.shape[1], growth)
    return np.array([abs(part.mean()) for part in np.split(weight, cuts, axis=1)])


@wrong("listening", "summed")
def _(weight, first, growth):
    """The absolute weights are added up, so that wide sources look important."""
    bounds = [0, *range(first, weight.shape[1] + 1, growth)]
    return np.array([np.abs(weight[:, a:b]).sum() for a, b in pairwise(bounds)])


@wrong("listening", "latest first")
def _(weight, first, growth):
    """The layer before comes first and the block's input last."""
    channels = np.abs(weight).mean(axis=(0, 2, 3))
    means = [channels[:first].mean()]
    for start in range(first, len(channels), growth):
        means.insert(0, channels[start : start + growth].mean())
    return np.array(means)


@wrong("listening", "root of squares")
def _(weight, first, growth):
    """The root of the mean square is taken."""
    cuts = range(first, weight.shape[1], growth)
    return np.array([np.sqrt((part**2).mean()) for part in np.split(weight, cuts, axis=1)])


@wrong("listening", "largest")
def _(weight, first, growth):
    """The largest absolute weight of each source is taken."""
    cuts = range(first, weight.shape[1], growth)
    return np.array([np.abs(part).max() for part in np.split(weight, cuts, axis=1)])


@wrong("listening", "divided by the largest")
def _(weight, first, growth):
    """The means are divided by the largest, as in the chapter's picture."""
    cuts = range(first, weight.shape[1], growth)
    means = np.array([np.abs(part).mean() for part in np.split(weight, cuts, axis=1)])
    return means / means.max()


@wrong("listening", "kernels summed")
def _(weight, first, growth):
    """The weights of a kernel are added up, and the mean is taken over kernels."""
    kernels = np.abs(weight).sum(axis=(2, 3))
    cuts = range(first, kernels.shape[1], growth)
    return np.array([part.mean() for part in np.split(kernels, cuts, axis=1)])


@wrong("listening")
def _(weight, first, growth):
    """The block's input is looked for in the last channels, behind the layers."""
    channels = np.abs(weight).mean(axis=(0, 2, 3))
    start = len(channels) - first
    layers = [channels[i : i + growth].mean() for i in range(0, start, growth)]
    return np.array([channels[start:].mean(), *layers])


@wrong("listening", "input left out")
def _(weight, first, growth):
    """The block's input is left out."""
    layers = np.abs(weight[:, first:]).mean(axis=(0, 2, 3))
    return layers.reshape(-1, growth).mean(axis=1)


@wrong("count_dense", "one pixel")
def _(first, growth, layers, size):
    """The weights are counted, not multiplied by the pixels."""
    total = 0
    for layer in range(layers):
        total += (first + growth * layer) * 4 * growth + 36 * growth**2
    return total


@wrong("count_dense", "one layer ahead")
def _(first, growth, layers, size):
    """Each layer is taken to read its own channels too."""
    total = 0
    for layer in range(1, layers + 1):
        total += (first + growth * layer) * 4 * growth + 36 * growth**2
    return total * size**2


@wrong("count_dense", "no bottleneck")
def _(first, growth, layers, size):
    """The bottleneck is left out: one 3×3 reads all channels."""
    return sum(9 * (first + growth * layer) * growth for layer in range(layers)) * size**2


@wrong("count_dense", "no filters")
def _(first, growth, layers, size):
    """The 3×3 convolutions are forgotten."""
    return sum((first + growth * layer) * 4 * growth for layer in range(layers)) * size**2


@wrong("count_dense", "all alike")
def _(first, growth, layers, size):
    """All layers are taken to read the block's input only."""
    return layers * (first * 4 * growth + 9 * 4 * growth * growth) * size**2


@wrong("count_dense", "narrow reading")
def _(first, growth, layers, size):
    """The 3×3 is taken to read k channels instead of 4k."""
    reads = np.arange(first, first + growth * layers, growth)
    return int((reads * 4 * growth + 9 * growth * growth).sum()) * size**2


@wrong("count_dense", "two a mac")
def _(first, growth, layers, size):
    """Multiplications and additions are counted as two operations."""
    total = 0
    for layer in range(layers):
        total += (first + growth * layer) * 4 * growth + 36 * growth**2
    return 2 * total * size**2


@wrong("count_dense", "narrow bottleneck")
def _(first, growth, layers, size):
    """The 1×1 is taken to return k channels instead of 4k."""
    total = 0
    for layer in range(layers):
        total += (first + growth * layer) * growth + 9 * growth**2
    return total * size**2


@wrong("count_dense", "one layer less")
def _(first, growth, layers, size):
    """The layers are added up to the last but one."""
    total = 0
    for layer in range(1, layers):
        total += (first + growth * (layer - 1)) * 4 * growth + 36 * growth**2
    return total * size**2


@wrong("count_dense", "three weights")
def _(first, growth, layers, size):
    """A 3×3 kernel is counted with three weights."""
    total = 0
    for layer in range(layers):
        total += (first + growth * layer) * 4 * growth + 3 * 4 * growth**2
    return total * size**2


@wrong("count_densenet", "norms forgotten")
def _(depth, growth, classes):
    """The normalizations are forgotten."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 4 * growth * c + 36 * growth**2
            c += growth
        if block < 2:
            total += c * (c // 2)
            c //= 2
    return total + c * classes + classes


@wrong("count_densenet", "twice the layers")
def _(depth, growth, classes):
    """A block's layers are counted as if each had one convolution, so there are twice as many."""
    n, c = (depth - 4) // 3, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += 2 * c + c * (c // 2)
            c //= 2
    return total + 2 * c + c * classes + classes


@wrong("count_densenet", "no compression")
def _(depth, growth, classes):
    """The transitions keep all channels."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += 2 * c + c * c
    return total + 2 * c + c * classes + classes


@wrong("count_densenet", "rounded up")
def _(depth, growth, classes):
    """The transitions round half of the channels up."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += 2 * c + c * ((c + 1) // 2)
            c = (c + 1) // 2
    return total + 2 * c + c * classes + classes


@wrong("count_densenet", "third transition")
def _(depth, growth, classes):
    """A transition follows the last block too."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for _ in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        total += 2 * c + c * (c // 2)
        c //= 2
    return total + 2 * c + c * classes + classes


@wrong("count_densenet", "linear bias forgotten")
def _(depth, growth, classes):
    """The linear layer's biases are forgotten."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += 2 * c + c * (c // 2)
            c //= 2
    return total + 2 * c + c * classes


@wrong("count_densenet", "last norm forgotten")
def _(depth, growth, classes):
    """The normalization in front of the classifier is forgotten."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += 2 * c + c * (c // 2)
            c //= 2
    return total + c * classes + classes


@wrong("count_densenet", "sixteen first")
def _(depth, growth, classes):
    """The network begins with 16 channels, as the plain ones do."""
    n, c = (depth - 4) // 6, 16
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += 2 * c + c * (c // 2)
            c //= 2
    return total + 2 * c + c * classes + classes


@wrong("count_densenet", "no bottleneck")
def _(depth, growth, classes):
    """The bottlenecks are left out: each layer has one 3×3."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 9 * c * growth
            c += growth
        if block < 2:
            total += 2 * c + c * (c // 2)
            c //= 2
    return total + 2 * c + c * classes + classes


@wrong("count_densenet", "transition norms forgotten")
def _(depth, growth, classes):
    """The transitions' normalizations are forgotten."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += c * (c // 2)
            c //= 2
    return total + 2 * c + c * classes + classes


@wrong("count_densenet", "every block begins anew")
def _(depth, growth, classes):
    """Each block is taken to begin with 2k channels again."""
    n, total = (depth - 4) // 6, 27 * 2 * growth
    for block in range(3):
        c = 2 * growth
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += 2 * c + c * (c // 2)
    return total + 2 * c + c * classes + classes


@wrong("count_kept", "input once")
def _(first, growth, layers, size):
    """The stacked input is counted once, without its copy after BN and ReLU."""
    total = 0
    for layer in range(layers):
        total += first + growth * layer + 8 * growth
    return total * size**2


@wrong("count_kept", "inside forgotten")
def _(first, growth, layers, size):
    """The bottleneck's channels are forgotten."""
    return sum(2 * (first + growth * layer) for layer in range(layers)) * size**2


@wrong("count_kept", "one layer ahead")
def _(first, growth, layers, size):
    """Each layer is taken to read its own channels too."""
    return sum(2 * (first + growth * layer) + 8 * growth for layer in range(1, layers + 1)) * size**2


@wrong("count_kept", "one pixel")
def _(first, growth, layers, size):
    """The channels are counted, not multiplied by the pixels."""
    return sum(2 * (first + growth * layer) + 8 * growth for layer in range(layers))


@wrong("count_kept", "outputs alone")
def _(first, growth, layers, size):
    """The frugal count is given, of what the convolutions return: 5k channels a layer."""
    return 5 * growth * layers * size**2


@wrong("count_kept", "inside once")
def _(first, growth, layers, size):
    """The bottleneck's channels are counted once, without their copy after BN and ReLU."""
    total = 0
    for layer in range(layers):
        total += 2 * (first + growth * layer) + 4 * growth
    return total * size**2


@wrong("count_kept", "bytes")
def _(first, growth, layers, size):
    """Bytes are counted, four for each number."""
    total = 0
    for layer in range(layers):
        total += 2 * (first + growth * layer) + 8 * growth
    return 4 * total * size**2


@wrong("count_kept", "narrow inside")
def _(first, growth, layers, size):
    """The bottleneck is taken to have k channels instead of 4k."""
    reads = [first + growth * layer for layer in range(layers)]
    return (2 * sum(reads) + 2 * growth * layers) * size * size


@wrong("count_kept", "end kept")
def _(first, growth, layers, size):
    """What each layer returns is kept as well, k channels more."""
    reads = [first + growth * layer for layer in range(layers)]
    return (2 * sum(reads) + 9 * growth * layers) * size * size


@wrong("count_kept", "all alike")
def _(first, growth, layers, size):
    """All layers are taken to read the block's input only."""
    return layers * (2 * first + 8 * growth) * size**2


@wrong("dense_backward", "relu on the gradient")
def _(x, weight, upstream):
    """The ReLU is applied to what comes back through the layer."""
    direct, new = np.split(upstream, [x.shape[1]], axis=1)
    return direct + np.maximum(new @ weight.T, 0)


@wrong("count_densenet", "rounded to even")
def _(depth, growth, classes):
    """Half of the channels are rounded by Python's round."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += 2 * c + 4 * growth * c + 8 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += 2 * c + c * round(0.5 * c)
            c = round(0.5 * c)
    return total + 2 * c + c * classes + classes


@wrong("count_densenet", "norms counted once")
def _(depth, growth, classes):
    """A normalization has one parameter a channel."""
    n, c = (depth - 4) // 6, 2 * growth
    total = 27 * c
    for block in range(3):
        for _ in range(n):
            total += c + 4 * growth * c + 4 * growth + 36 * growth**2
            c += growth
        if block < 2:
            total += c + c * (c // 2)
            c //= 2
    return total + c + c * classes + classes


@wrong("count_kept", "narrow inside")
def _(first, growth, layers, size):
    """What a layer hands on is counted as its input, and the bottleneck is forgotten."""
    return sum(2 * (first + growth * (layer + 1)) for layer in range(layers)) * size * size


@wrong("count_dense", "wide reading")
def _(first, growth, layers, size):
    """Both convolutions of a layer read all that is stacked."""
    macs = 0
    for channels in range(first, first + growth * layers, growth):
        macs += (channels * 4 * growth + 9 * channels * growth) * size * size
    return macs

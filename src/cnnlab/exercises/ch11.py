"""Chapter 11, DenseNet: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


def relu(x):
    return np.maximum(x, 0)


# 1. The channels ------------------------------------------------------------------------------------


def channels_read(first, growth, layers):
    return first + growth * np.arange(layers)


def channel_cases(rng: np.random.Generator) -> Case:
    first, growth = rng.choice(np.arange(3, 40), 2, replace=False)
    return {"first": int(first), "growth": int(growth), "layers": int(rng.integers(4, 9))}


READ = Exercise(
    channels_read,
    points=1,
    cases=channel_cases,
    mistakes=[
        wrong(
            "one too many",
            lambda first, growth, layers: first + growth * np.arange(1, layers + 1),
            "You are one layer ahead: the first layer reads k₀ channels, before anything was added.",
        ),
        wrong(
            "without the first",
            lambda first, growth, layers: growth * np.arange(layers),
            "You left out the k₀ channels that come into the block. Every layer reads those too.",
        ),
        wrong(
            "predecessor only",
            lambda first, growth, layers: np.array([first] + [growth] * (layers - 1)),
            "You let each layer read its predecessor alone. Here it reads everything before it.",
        ),
        wrong(
            "doubling",
            lambda first, growth, layers: first * 2 ** np.arange(layers),
            "You doubled the channels at each layer. A layer adds k of them, however many it reads.",
        ),
        wrong(
            "sum",
            lambda first, growth, layers: np.cumsum(channels_read(first, growth, layers)),
            "You added up what all layers so far read. The question asks for each layer by itself.",
        ),
    ],
)


# 2. The block ---------------------------------------------------------------------------------------


def dense_block(x, weights):
    features = x
    for weight in weights:
        read = features.shape[1]
        new = np.maximum(features, 0) @ weight[:read]
        features = np.concatenate([features, new], axis=1)
    return features


def block_cases(rng: np.random.Generator) -> Case:
    first, growth, layers = (int(value) for value in rng.permutation([2, 3, 4]))
    rows = first + growth * (layers - 1)
    return {"x": digits(rng, 2, first), "weights": rng.integers(-3, 4, (layers, rows, growth)).astype(float)}


def stacked(x, weights, step):
    """Grow x by what `step(features, weight)` gives, layer by layer."""
    for weight in weights:
        x = np.concatenate([x, step(x, weight)], axis=1)
    return x


def put_in_front(x, weights):
    for weight in weights:
        x = np.concatenate([relu(x) @ weight[: x.shape[1]], x], axis=1)
    return x


def relu_kept(x, weights):
    for weight in weights:
        x = relu(x)
        x = np.concatenate([x, x @ weight[: x.shape[1]]], axis=1)
    return x


BLOCK = Exercise(
    dense_block,
    points=3,
    cases=block_cases,
    mistakes=[
        wrong(
            "in front",
            put_in_front,
            "You put the new features in front. They belong behind those that are there.",
        ),
        wrong(
            "no relu",
            lambda x, weights: stacked(x, weights, lambda f, w: f @ w[: f.shape[1]]),
            "The ReLU is missing. In front of its weights, each layer applies it to all it reads.",
        ),
        wrong(
            "relu behind",
            lambda x, weights: stacked(x, weights, lambda f, w: relu(f @ w[: f.shape[1]])),
            "Your ReLU comes after the weights. In this network it comes first: ReLU, then the weights.",
        ),
        wrong(
            "relu kept",
            relu_kept,
            "You handed on what the ReLU left. It is applied to what a layer reads; the features themselves "
            "are handed on untouched.",
        ),
        wrong(
            "last rows",
            lambda x, weights: stacked(x, weights, lambda f, w: relu(f) @ w[-f.shape[1] :]),
            "You used the last rows of each weight. The first are meant: row i belongs to feature i.",
        ),
        wrong(
            "new features only",
            lambda x, weights: dense_block(x, weights)[:, x.shape[1] :],
            "You returned only what the layers added. The block hands on its input as well.",
        ),
        wrong(
            "input only",
            lambda x, weights: np.concatenate([x, *(relu(x) @ w[: x.shape[1]] for w in weights)], axis=1),
            "Every layer of yours read the block's input alone. It must also read what the layers before "
            "it have added.",
        ),
    ],
)


# 3. Its gradient ------------------------------------------------------------------------------------


def dense_backward(x, weight, upstream):
    channels = x.shape[1]
    direct, new = upstream[:, :channels], upstream[:, channels:]
    return direct + (new @ weight.T) * (x > 0)


def backward_cases(rng: np.random.Generator) -> Case:
    channels = int(rng.integers(2, 5))
    return {
        "x": digits(rng, 3, channels),
        "weight": digits(rng, channels, channels),
        "upstream": digits(rng, 3, 2 * channels),
    }


BACKWARD = Exercise(
    dense_backward,
    points=2,
    cases=backward_cases,
    mistakes=[
        wrong(
            "direct forgotten",
            lambda x, weight, upstream: (upstream[:, x.shape[1] :] @ weight.T) * (x > 0),
            "The direct share is missing: x itself stands in the output, so its part of `upstream` arrives "
            "untouched.",
        ),
        wrong(
            "direct only",
            lambda x, weight, upstream: upstream[:, : x.shape[1]].copy(),
            "You returned only what reaches x directly. The layer read x too: add what comes back "
            "through it.",
        ),
        wrong(
            "relu forgotten",
            lambda x, weight, upstream: upstream[:, : x.shape[1]] + upstream[:, x.shape[1] :] @ weight.T,
            "You let the gradient through features that the ReLU had switched off. Multiply the layer's "
            "share by 1 where x is positive, and by 0 elsewhere.",
        ),
        wrong(
            "relu on both",
            lambda x, weight, upstream: dense_backward(x, weight, upstream) * (x > 0),
            "You switched off the direct share as well. No ReLU lies on that way.",
        ),
        wrong(
            "not transposed",
            lambda x, weight, upstream: (
                upstream[:, : x.shape[1]] + (upstream[:, x.shape[1] :] @ weight) * (x > 0)
            ),
            "Your weight is not transposed. Going back through `x @ w` multiplies by w.T.",
        ),
        wrong(
            "halves swapped",
            lambda x, weight, upstream: dense_backward(x, weight, np.roll(upstream, x.shape[1], axis=1)),
            "You took the gradient of the new features for x's own, and the other way round. x stands in "
            "front.",
        ),
        wrong(
            "as a sum",
            lambda x, weight, upstream: (
                upstream[:, : x.shape[1]] + (upstream[:, : x.shape[1]] @ weight.T) * (x > 0)
            ),
            "You treated the output as a sum, so that one gradient serves both ways. In a stack, the old and "
            "the new features each have their own part of `upstream`.",
        ),
    ],
)


# 4. The transition ----------------------------------------------------------------------------------


def transition_layer(x, weight):
    mixed = np.einsum("dc,chw->dhw", weight, np.maximum(x, 0))
    height, width = mixed.shape[1] // 2, mixed.shape[2] // 2
    even = mixed[:, : 2 * height, : 2 * width]
    squares = even.reshape(len(weight), height, 2, width, 2)
    return squares.mean(axis=(2, 4))


def transition_cases(rng: np.random.Generator) -> Case:
    rows, columns = rng.permutation([1, 2, 3])[:2]
    odd = rng.integers(0, 2, 2)
    shape = 4, 2 * int(rows) + int(odd[0]), 2 * int(columns) + int(odd[1])
    return {"x": digits(rng, *shape), "weight": rng.integers(-3, 4, (2, 4)).astype(float)}


def tiles(x):
    """[C, H, W] → [C, ⌊H/2⌋, ⌊W/2⌋, 4]"""
    height, width = x.shape[1] // 2, x.shape[2] // 2
    cut = x[:, : 2 * height, : 2 * width].reshape(len(x), height, 2, width, 2)
    return cut.transpose(0, 1, 3, 2, 4).reshape(len(x), height, width, 4)


def mix(x, weight):
    return np.einsum("dc,chw->dhw", weight, x)


TRANSITION = Exercise(
    transition_layer,
    points=2,
    cases=transition_cases,
    mistakes=[
        wrong(
            "max",
            lambda x, weight: tiles(mix(relu(x), weight)).max(axis=3),
            "You took the largest of each square of pixels. A transition takes their average.",
        ),
        wrong(
            "sum",
            lambda x, weight: tiles(mix(relu(x), weight)).sum(axis=3),
            "You added the four pixels up. Divide by 4: it is an average.",
        ),
        wrong(
            "every second",
            lambda x, weight: tiles(mix(relu(x), weight))[..., 0],
            "You kept every second pixel and dropped the rest. A transition averages all four.",
        ),
        wrong(
            "no relu",
            lambda x, weight: tiles(mix(x, weight)).mean(axis=3),
            "The ReLU is missing. It comes first, before the channels are mixed.",
        ),
        wrong(
            "relu behind",
            lambda x, weight: tiles(relu(mix(x, weight))).mean(axis=3),
            "Your ReLU comes after the mixing. As in every layer of this network it comes before.",
        ),
        wrong(
            "relu on the average",
            lambda x, weight: mix(relu(tiles(x).mean(axis=3)), weight),
            "You averaged x before the ReLU. Averaging may change places with the mixing, which is linear, "
            "but not with the ReLU.",
        ),
        wrong(
            "not halved",
            lambda x, weight: mix(relu(x), weight),
            "Your maps have not become smaller. After the mixing comes a 2×2 average with stride 2.",
        ),
    ],
)


# 5. Who is listened to ------------------------------------------------------------------------------


def listening(weight, first, growth):
    sizes = np.abs(weight).mean(axis=(0, 2, 3))
    parts = [sizes[:first]]
    for start in range(first, len(sizes), growth):
        parts.append(sizes[start : start + growth])
    return np.array([part.mean() for part in parts])


def listening_cases(rng: np.random.Generator) -> Case:
    first, growth = rng.permutation([2, 3, 4])[:2]
    channels = int(first + growth * rng.integers(2, 4))
    size = int(rng.choice([1, 3]))
    weight = digits(rng, 2, channels, size, size)
    return {"weight": weight, "first": int(first), "growth": int(growth)}


def parts_of(channels, first, growth):
    """The index of its source, for every channel."""
    return np.array([0] * first + [1 + i // growth for i in range(channels - first)])


def of_each(values, weight, first, growth, how):
    source = parts_of(weight.shape[1], first, growth)
    return np.array([how(values[:, source == s]) for s in range(source[-1] + 1)])


LISTENING = Exercise(
    listening,
    points=2,
    cases=listening_cases,
    mistakes=[
        wrong(
            "signs kept",
            lambda weight, first, growth: of_each(weight, weight, first, growth, np.mean),
            "You averaged the weights with their signs, so that large ones cancel. Take absolute values "
            "first.",
        ),
        wrong(
            "absolute mean",
            lambda weight, first, growth: np.abs(of_each(weight, weight, first, growth, np.mean)),
            "You took the absolute value of the mean. The other way round: absolute values first, then the "
            "mean.",
        ),
        wrong(
            "summed",
            lambda weight, first, growth: of_each(np.abs(weight), weight, first, growth, np.sum),
            "You added up. Then a source with many channels looks important only because it is wide: take "
            "the mean.",
        ),
        wrong(
            "largest",
            lambda weight, first, growth: of_each(np.abs(weight), weight, first, growth, np.max),
            "You took the largest weight of each source. The question asks for the mean.",
        ),
        wrong(
            "squared",
            lambda weight, first, growth: of_each(weight**2, weight, first, growth, np.mean),
            "You averaged squares. The question asks for absolute values.",
        ),
        wrong(
            "latest first",
            lambda weight, first, growth: listening(weight, first, growth)[::-1],
            "Your sources stand in reverse order. The block's input comes first.",
        ),
        wrong(
            "each channel",
            lambda weight, first, growth: np.abs(weight).mean(axis=(0, 2, 3)),
            "You returned one number for each channel. The channels of one source belong together.",
        ),
        wrong(
            "input left out",
            lambda weight, first, growth: listening(weight, first, growth)[1:],
            "The block's input is missing. Its channels are the first source.",
        ),
    ],
)


# 6. Count a block -----------------------------------------------------------------------------------


def count_dense(first, growth, layers, size):
    macs = 0
    for layer in range(layers):
        channels = first + growth * layer
        macs += channels * 4 * growth * size**2
        macs += 9 * 4 * growth * growth * size**2
    return macs


def dense_cases(rng: np.random.Generator) -> Case:
    return {
        "first": int(rng.integers(40, 150)),
        "growth": int(rng.integers(12, 40)),
        "layers": int(rng.integers(5, 30)),
        "size": int(rng.integers(7, 60)),
    }


DENSE = DrawnExercise(
    count_dense,
    points=3,
    cases=dense_cases,
    question=(
        "A dense block takes {first} channels of {size}×{size} pixels. It has {layers} layers and a growth "
        "rate of k = {growth}. Each layer is a 1×1 convolution to 4k channels, then a 3×3 convolution with "
        "padding 1 to k. How many multiply–accumulates (MACs) does one image need? Biases and normalization "
        "do not count."
    ),
    mistakes=[
        wrong(
            "one layer ahead",
            lambda first, growth, layers, size: count_dense(first + growth, growth, layers, size),
            "Your layers are one ahead: the first reads only the channels that come in.",
        ),
        wrong(
            "all alike",
            lambda first, growth, layers, size: (
                count_dense(first, growth, layers, size) - 2 * growth**2 * layers * (layers - 1) * size**2
            ),
            "You let every layer read the block's input alone. The ℓ-th reads k(ℓ − 1) channels more.",
        ),
        wrong(
            "no bottleneck",
            lambda first, growth, layers, size: (
                9 * growth * size**2 * (layers * first + growth * layers * (layers - 1) // 2)
            ),
            "You left out the bottleneck and let each 3×3 read everything.",
        ),
        wrong(
            "wide end",
            lambda first, growth, layers, size: (
                count_dense(first, growth, layers, size) + 108 * growth**2 * layers * size**2
            ),
            "You let the 3×3 give 4k channels. It gives k; 4k is what it reads.",
        ),
        wrong(
            "narrow bottleneck",
            lambda first, growth, layers, size: count_dense(first, growth, layers, size) // 4,
            "You let the 1×1 give k channels. It gives 4k.",
        ),
        wrong(
            "nines forgotten",
            lambda first, growth, layers, size: (
                count_dense(first, growth, layers, size) - 32 * growth**2 * layers * size**2
            ),
            "You counted the second convolution as 1×1. It is 3×3: nine weights for each pair of channels.",
        ),
        wrong(
            "one pixel",
            lambda first, growth, layers, size: count_dense(first, growth, layers, 1),
            "You counted the weights: the work for one pixel. Every pixel of the map needs it.",
        ),
    ],
)


# 7. Count a network ---------------------------------------------------------------------------------


def count_densenet(depth, growth, classes):
    layers = (depth - 4) // 6
    channels = 2 * growth
    params = 27 * channels
    for block in range(3):
        for _ in range(layers):
            params += 2 * channels + channels * 4 * growth
            params += 2 * 4 * growth + 9 * 4 * growth * growth
            channels += growth
        if block < 2:
            params += 2 * channels + channels * (channels // 2)
            channels //= 2
    return params + 2 * channels + channels * classes + classes


def densenet_cases(rng: np.random.Generator) -> Case:
    return {
        "depth": 6 * int(rng.integers(3, 14)) + 4,
        "growth": 2 * int(rng.integers(4, 16)),
        "classes": int(rng.integers(11, 200)),
    }


def widths(depth, growth):
    """Channels at the end of each of the three blocks."""
    ends, channels = [], 2 * growth
    for _ in range(3):
        channels += growth * ((depth - 4) // 6)
        ends.append(channels)
        channels //= 2
    return ends


def norms(depth, growth):
    """Channels that are normalized, in all places together."""
    layers, channels, total = (depth - 4) // 6, 2 * growth, 0
    for end in widths(depth, growth):
        total += sum(channels + growth * i + 4 * growth for i in range(layers)) + end
        channels = end // 2
    return total


def uncompressed(depth, growth, classes):
    layers, channels, params = (depth - 4) // 6, 2 * growth, 54 * growth
    for block in range(3):
        for _ in range(layers):
            params += 2 * channels + channels * 4 * growth + 8 * growth + 36 * growth**2
            channels += growth
        params += 2 * channels + channels**2 * (block < 2)
    return params + channels * classes + classes


DENSENET = DrawnExercise(
    count_densenet,
    points=4,
    cases=densenet_cases,
    question=(
        "A DenseNet-BC for small colour images has {depth} layers and k = {growth}: a 3×3 convolution to 2k "
        "channels; three dense blocks of equally many layers, each BN, ReLU, a 1×1 convolution to 4k, BN, "
        "ReLU, a 3×3 convolution to k; between the blocks a transition of BN, ReLU, a 1×1 convolution to "
        "half the channels and a pooling; at the end BN, ReLU, global average pooling and a linear layer "
        "with biases for {classes} classes. No convolution has a bias, and a BN has a scale and a shift for "
        "each channel. How many parameters does it have?"
    ),
    mistakes=[
        wrong(
            "norms forgotten",
            lambda depth, growth, classes: count_densenet(depth, growth, classes) - 2 * norms(depth, growth),
            "The normalizations are missing: each has a scale and a shift for every channel it normalizes.",
        ),
        wrong(
            "running statistics",
            lambda depth, growth, classes: count_densenet(depth, growth, classes) + 2 * norms(depth, growth),
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "no compression",
            uncompressed,
            "You let the transitions keep all channels. The C in BC is compression: half of them pass.",
        ),
        wrong(
            "last norm forgotten",
            lambda depth, growth, classes: (
                count_densenet(depth, growth, classes) - 2 * widths(depth, growth)[-1]
            ),
            "The normalization behind the last block is missing.",
        ),
        wrong(
            "linear bias forgotten",
            lambda depth, growth, classes: count_densenet(depth, growth, classes) - classes,
            "The linear layer's biases are missing: one for each class.",
        ),
        wrong(
            "linear reads k",
            lambda depth, growth, classes: (
                count_densenet(depth, growth, classes) - (widths(depth, growth)[-1] - growth) * classes
            ),
            "You let the linear layer read the k channels of the last layer. It reads all that stand at the "
            "end of the last block.",
        ),
        wrong(
            "grey images",
            lambda depth, growth, classes: count_densenet(depth, growth, classes) - 36 * growth,
            "You let the first layer read one channel. Colour images have three.",
        ),
        wrong(
            "third transition",
            lambda depth, growth, classes: (
                count_densenet(depth, growth, classes)
                + widths(depth, growth)[-1] * (widths(depth, growth)[-1] // 2)
                + 2 * (widths(depth, growth)[-1] // 2)
                - (widths(depth, growth)[-1] - widths(depth, growth)[-1] // 2) * classes
            ),
            "You put a transition behind the last block too. Three blocks have two transitions.",
        ),
    ],
)


# 8. Count the memory --------------------------------------------------------------------------------


def count_kept(first, growth, layers, size):
    kept = 0
    for layer in range(layers):
        kept += first + growth * layer
        kept += first + growth * layer
        kept += 4 * growth
        kept += 4 * growth
    return kept * size**2


KEPT = DrawnExercise(
    count_kept,
    points=2,
    cases=dense_cases,
    question=(
        "For the way back, each of the {layers} layers of a dense block keeps what its two normalizations "
        "read and what its two convolutions read: the stacked input, the same after BN and ReLU, then 4k "
        "channels, and these after BN and ReLU. {first} channels come into the block, k = {growth}, and the "
        "maps have {size}×{size} pixels. How many numbers does the block keep for one image, if nothing is "
        "shared?"
    ),
    mistakes=[
        wrong(
            "bytes",
            lambda **block: 4 * count_kept(**block),
            "You counted bytes, four for each number. The question asks for numbers.",
        ),
        wrong(
            "input once",
            lambda first, growth, layers, size: (
                count_kept(first, growth, layers, size)
                - (layers * first + growth * layers * (layers - 1) // 2) * size**2
            ),
            "You counted the stacked input once. BN and ReLU give a second map of the same size, which the "
            "1×1 convolution reads.",
        ),
        wrong(
            "inside once",
            lambda first, growth, layers, size: (
                count_kept(first, growth, layers, size) - 4 * growth * layers * size**2
            ),
            "You counted the 4k channels once. They are kept twice: before and after BN and ReLU.",
        ),
        wrong(
            "inside forgotten",
            lambda first, growth, layers, size: (
                count_kept(first, growth, layers, size) - 8 * growth * layers * size**2
            ),
            "You left out what lies between the two convolutions: 4k channels, twice.",
        ),
        wrong(
            "each feature once",
            lambda first, growth, layers, size: (2 * first + 10 * growth * layers) * size**2,
            "You counted every feature of the block once. Unless memory is shared, each stacking makes a new "
            "copy: a feature is kept again by every layer that reads it.",
        ),
        wrong(
            "one layer ahead",
            lambda first, growth, layers, size: count_kept(first + growth, growth, layers, size),
            "Your layers are one ahead: the first reads only the channels that come in.",
        ),
        wrong(
            "one pixel",
            lambda first, growth, layers, size: count_kept(first, growth, layers, 1),
            "You counted channels. Every channel is a map of many pixels.",
        ),
    ],
)


EXERCISES = [READ, BLOCK, BACKWARD, TRANSITION, LISTENING, DENSE, DENSENET, KEPT]

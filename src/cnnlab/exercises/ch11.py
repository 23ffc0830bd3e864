"""Chapter 11, DenseNet: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits


def relu(x):
    return np.maximum(x, 0)


# 1. The channels ------------------------------------------------------------------------------------


def channels_read(first, growth, layers):
    return first + growth * np.arange(layers)


def channel_cases(rng: np.random.Generator) -> Case:
    first, growth = rng.choice(np.arange(3, 40), 2, replace=False)
    return {"first": int(first), "growth": int(growth), "layers": int(rng.integers(1, 9))}


READ = Exercise(
    channels_read,
    points=1,
    cases=channel_cases,
    mistakes=[
        wrong(
            "one too many",
            {"arange(layers)": "arange(1, layers + 1)"},
            "You are one layer ahead: the first layer reads k₀ channels, before anything was added.",
        ),
        wrong(
            "without the first",
            {"first + growth": "growth"},
            "You left out the k₀ channels that come into the block. Every layer reads those too.",
        ),
        wrong(
            "predecessor only",
            {"first + growth * np.arange(layers)": "np.array([first] + [growth] * (layers - 1))"},
            "You let each layer read its predecessor alone. Here it reads everything before it.",
        ),
        wrong(
            "first and predecessor",
            {"np.arange(layers)": "np.minimum(np.arange(layers), 1)"},
            "You let each layer read the block's input and its predecessor. It reads all layers before it.",
        ),
        wrong(
            "exchanged",
            {"first + growth *": "growth + first *"},
            "You exchanged the two: `first` channels come in, and each layer adds `growth`.",
        ),
        wrong(
            "four k",
            {"growth *": "4 * growth *"},
            "You let each layer add 4k channels. That is its bottleneck, inside; it hands on k.",
        ),
        wrong(
            "doubling",
            {"+ growth * np": "* 2 ** np"},
            "You doubled the channels at each layer. A layer adds k of them, however many it reads.",
        ),
        wrong(
            "last layer first",
            {"arange(layers)": "arange(layers)[::-1]"},
            "Your layers stand in reverse order. The first layer, which reads least, comes first.",
        ),
        wrong(
            "sum",
            {"first + growth * np.arange(layers)": "np.cumsum(first + growth * np.arange(layers))"},
            "You added up what all layers so far read. The question asks for each layer by itself.",
        ),
        wrong(
            "total",
            {"first + growth * np.arange(layers)": "np.sum(first + growth * np.arange(layers))"},
            "You added the layers up. The question asks for an array: one number for each layer.",
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


def chain(x, weights):
    """Each layer reads what the one before it has made."""
    parts = [x]
    for weight in weights:
        parts.append(relu(parts[-1]) @ weight[: parts[-1].shape[1]])
    return np.concatenate(parts, axis=1)


BLOCK = Exercise(
    dense_block,
    points=3,
    cases=block_cases,
    mistakes=[
        wrong(
            "in front",
            {"[features, new]": "[new, features]"},
            "You put the new features in front. They belong behind those that are there.",
        ),
        wrong(
            "no relu",
            {"np.maximum(features, 0)": "features"},
            "The ReLU is missing. In front of its weights, each layer applies it to all it reads.",
        ),
        wrong(
            "relu behind",
            {"features, 0) @ weight[:read]": "features @ weight[:read], 0)"},
            "Your ReLU comes after the weights. In this network it comes first: ReLU, then the weights.",
        ),
        wrong(
            "relu kept",
            {"new = np.maximum(features, 0) @": "features = relu(features)\n        new = features @"},
            "You handed on what the ReLU left. It is applied to what a layer reads; the features themselves "
            "are handed on untouched.",
        ),
        wrong(
            "relu on the input alone",
            {"np.maximum(features, 0)": "np.hstack([relu(x), features[:, x.shape[1] :]])"},
            "You applied the ReLU to the block's input alone. Each layer applies it to all it reads, the new "
            "features too.",
        ),
        wrong(
            "last rows",
            {"[:read]": "[-read:]"},
            "You used the last rows of each weight. The first are meant: row i belongs to feature i.",
        ),
        wrong(
            "one weight for all",
            {"weight[:read]": "weights[0][:read]"},
            "You used the first layer's weight in every layer. Each has its own: weights[0], weights[1], and "
            "so on.",
        ),
        wrong(
            "new features only",
            {"return features": "return features[:, x.shape[1] :]"},
            "You returned only what the layers added. The block hands on its input as well.",
        ),
        wrong(
            "predecessor only",
            chain,
            "You let each layer read its predecessor alone. It reads all features that are there.",
        ),
        wrong(
            "input only",
            {"np.maximum(features, 0) @ weight[:read]": "np.maximum(x, 0) @ weight[: x.shape[1]]"},
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
    channels, growth = (int(number) for number in rng.permutation([2, 3, 4])[:2])
    x = digits(rng, 3, channels)
    x[0, :2] = 0, 1
    weight, upstream = digits(rng, channels, growth), digits(rng, 3, channels + growth)
    return {"x": x, "weight": weight, "upstream": upstream}


BACKWARD = Exercise(
    dense_backward,
    points=2,
    cases=backward_cases,
    mistakes=[
        wrong(
            "direct forgotten",
            {"direct + ": ""},
            "The direct share is missing: x itself stands in the output, so its part of `upstream` arrives "
            "untouched.",
        ),
        wrong(
            "direct only",
            {"direct + (new @ weight.T) * (x > 0)": "direct"},
            "You returned only what reaches x directly. The layer read x too: add what comes back "
            "through it.",
        ),
        wrong(
            "relu forgotten",
            {" * (x > 0)": ""},
            "You let the gradient through features that the ReLU had switched off. Multiply the layer's "
            "share by 1 where x is positive, and by 0 elsewhere.",
        ),
        wrong(
            "relu on both",
            {"direct +": "direct * (x > 0) +"},
            "You switched off the direct share as well. No ReLU lies on that way.",
        ),
        wrong(
            "relu on the gradient",
            {"(new @ weight.T) * (x > 0)": "relu(new @ weight.T)"},
            "You applied the ReLU to the gradient. What decides is the sign of what the ReLU *read*, x.",
        ),
        wrong(
            "slope at zero",
            {"> 0": ">= 0"},
            "At exactly 0 you let the gradient through. The task takes the ReLU's slope there as 0.",
        ),
        wrong(
            "value for slope",
            {"(x > 0)": "relu(x)"},
            "You multiplied by what the ReLU returned. Multiply by its slope: 1 where x is positive, 0 "
            "elsewhere.",
        ),
        wrong(
            "sign for slope",
            {"(x > 0)": "np.sign(x)"},
            "You multiplied by the sign of x. The ReLU's slope is 0 where x is negative, not −1.",
        ),
        wrong(
            "what the layer made",
            {"(new @ weight.T) * (x > 0)": "(new * (relu(x) @ weight > 0)) @ weight.T"},
            "You switched off by what the layer *makes*. The ReLU stands in front of the weight: what "
            "decides is the sign of x.",
        ),
        wrong(
            "halves swapped",
            {":channels], upstream[:, channels:": "-channels:], upstream[:, :-channels"},
            "You took the gradient of the new features for x's own, and the other way round. x stands in "
            "front.",
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
    """Sides of 3 and 7, too, of whose halves `round` and `//` make different numbers."""
    channels, out_channels = rng.permutation([1, 2, 3])[:2]
    height, width = rng.permutation([2, 3, 4, 7])[:2]
    weight = rng.integers(-3, 4, (out_channels, channels)).astype(float)
    return {"x": digits(rng, channels, height, width), "weight": weight}


def average(x):
    """Of squares of 2×2 pixels; an odd side's last row or column has windows of its own."""
    rows, columns = (range(0, side, 2) for side in x.shape[1:])
    windows = [[x[:, i : i + 2, j : j + 2].mean(axis=(1, 2)) for j in columns] for i in rows]
    return np.array(windows).transpose(2, 0, 1)


def average_first(x, weight):
    squares = average(x)[:, : x.shape[1] // 2, : x.shape[2] // 2]
    return np.einsum("dc,chw->dhw", weight, relu(squares))


TRANSITION = Exercise(
    transition_layer,
    points=2,
    cases=transition_cases,
    mistakes=[
        wrong(
            "max",
            {"squares.mean": "squares.max"},
            "You took the largest of each square of pixels. A transition takes their average.",
        ),
        wrong(
            "sum",
            {"squares.mean": "squares.sum"},
            "You added the four pixels up. Divide by 4: it is an average.",
        ),
        wrong(
            "every second",
            {"squares.mean(axis=(2, 4))": "squares[:, :, 0, :, 0]"},
            "You kept every second pixel and dropped the rest. A transition averages all four.",
        ),
        wrong(
            "columns dropped",
            {"squares.mean(axis=(2, 4))": "squares[..., 0].mean(axis=2)"},
            "You averaged pixels above one another, and dropped every second column. All four of a square "
            "count.",
        ),
        wrong(
            "half a map apart",
            {"height, 2, width, 2": "2, height, 2, width", "(2, 4)": "(1, 3)"},
            "You averaged pixels that lie half a map apart: in your reshape the two axes of each side are "
            "exchanged. Neighbours lie in the *later* one.",
        ),
        wrong(
            "first left out",
            {": 2 * height, : 2 * width": "mixed.shape[1] % 2 :, mixed.shape[2] % 2 :"},
            "Where a side is odd you left out the first row or column. The last is left out.",
        ),
        wrong(
            "last kept",
            {"squares.mean(axis=(2, 4))": "average(mixed)"},
            "Where a side is odd you made windows of the last row or column alone. They are left out.",
        ),
        wrong(
            "no relu",
            {"np.maximum(x, 0)": "x"},
            "The ReLU is missing. It comes first, before the channels are mixed.",
        ),
        wrong(
            "relu behind",
            {"np.maximum(x, 0)": "x", "even = mixed": "even = relu(mixed)"},
            "Your ReLU comes after the mixing. As in every layer of this network it comes before.",
        ),
        wrong(
            "relu on the average",
            average_first,
            "You averaged x before the ReLU. Averaging may change places with the mixing, which is linear, "
            "but not with the ReLU.",
        ),
        wrong(
            "not halved",
            {"squares.mean(axis=(2, 4))": "mixed"},
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
    """Half of the layers have one channel: a loop that stops one too early loses the last of them."""
    first, growth = int(rng.integers(1, 5)), int(rng.choice([1, 1, 2, 3]))
    channels, size = first + growth * int(rng.integers(1, 4)), int(rng.choice([1, 3]))
    weight = digits(rng, int(rng.integers(1, 4)), channels, size, size)
    return {"weight": weight, "first": first, "growth": growth}


LISTENING = Exercise(
    listening,
    points=2,
    cases=listening_cases,
    mistakes=[
        wrong(
            "signs kept",
            {"np.abs(weight)": "weight"},
            "You averaged the weights with their signs, so that large ones cancel. Take absolute values "
            "first.",
        ),
        wrong(
            "absolute mean",
            {"np.abs(weight)": "weight", "part.mean()": "abs(part.mean())"},
            "You took the absolute value of the mean. The other way round: absolute values first, then the "
            "mean.",
        ),
        wrong(
            "summed",
            {".mean(axis": ".sum(axis", "part.mean": "part.sum"},
            "You added up. Then a source with many channels looks important only because it is wide: take "
            "the mean.",
        ),
        wrong(
            "kernels summed",
            {".mean(axis=(0, 2, 3))": ".sum(axis=(2, 3)).mean(axis=0)"},
            "You added up the weights of each kernel, and took the mean of these sums. Take the mean of all "
            "weights of a source.",
        ),
        wrong(
            "largest",
            {".mean(axis": ".max(axis", "part.mean": "part.max"},
            "You took the largest weight of each source. The question asks for the mean.",
        ),
        wrong(
            "squared",
            {"np.abs(weight)": "(weight**2)"},
            "You averaged squares. The question asks for absolute values.",
        ),
        wrong(
            "root of squares",
            {"np.abs(weight)": "(weight**2)", "part.mean()": "np.sqrt(part.mean())"},
            "You took the root of the mean square. The question asks for the mean of the absolute values.",
        ),
        wrong(
            "divided by the largest",
            {"return": "means =", "in parts])": "in parts])\n    return means / means.max()"},
            "You divided by the largest, as for a picture. The question asks for the means themselves.",
        ),
        wrong(
            "latest first",
            {"in parts": "in parts[::-1]"},
            "Your sources stand in reverse order. The block's input comes first.",
        ),
        wrong(
            "each channel",
            {"np.array([part.mean() for part in parts])": "sizes"},
            "You returned one number for each channel. The channels of one source belong together.",
        ),
        wrong(
            "input left out",
            {"in parts": "in parts[1:]"},
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
        "layers": int(rng.integers(5, 17)),
        "size": int(rng.integers(7, 29)),  # the number stays below 2**31, where the page's integers end
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
            {"growth * layer": "growth * (layer + 1)"},
            "Your number is as large as if the layers were one ahead. The first reads only the channels "
            "that come in.",
        ),
        wrong(
            "one layer less",
            {"range(layers)": "range(layers - 1)"},
            "You counted one layer too few: the last one is missing.",
        ),
        wrong(
            "all alike",
            {" + growth * layer": ""},
            "Your number is as large as if every layer read the block's input alone. The ℓ-th reads k(ℓ − "
            "1) channels more.",
        ),
        wrong(
            "no bottleneck",
            {"channels * 4 * growth": "9 * channels * growth", "9 * 4 * growth * growth * size**2": "0"},
            "You left out the bottleneck and let each 3×3 read everything.",
        ),
        wrong(
            "wide reading",
            {"9 * 4 * growth * growth": "9 * channels * growth"},
            "You let the 3×3 read everything. It reads the 4k channels that the 1×1 gives.",
        ),
        wrong(
            "wide end",
            {"9 * 4 * growth": "9 * 4 * 4 * growth"},
            "You let the 3×3 give 4k channels. It gives k; 4k is what it reads.",
        ),
        wrong(
            "narrow bottleneck",
            {"channels * 4": "channels", "9 * 4": "9"},
            "You let the 1×1 give k channels. It gives 4k.",
        ),
        wrong(
            "narrow reading",
            {"9 * 4": "9"},
            "You let the 3×3 read k channels. It reads the 4k that the 1×1 gives.",
        ),
        wrong(
            "no filters",
            {"9 * 4": "0"},
            "Your number is as large as without the 3×3 convolutions: each has nine weights for each pair "
            "of channels.",
        ),
        wrong(
            "nines forgotten",
            {"9 * 4": "4"},
            "Your number is as large as if the second convolution were 1×1. It is 3×3: nine weights for "
            "each pair of channels.",
        ),
        wrong(
            "three weights",
            {"9 *": "3 *"},
            "Your number is as large as if the 3×3 had three weights for each pair of channels. It has 3·3 "
            "= 9.",
        ),
        wrong(
            "one pixel",
            lambda **block: count_dense(**block | {"size": 1}),
            "You counted the weights: the work for one pixel. Every pixel of the map needs it.",
        ),
        wrong(
            "two a mac",
            {"return macs": "return 2 * macs"},
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
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
        "growth": int(rng.integers(9, 32)),
        "classes": int(rng.integers(11, 200)),
    }


DENSENET = DrawnExercise(
    count_densenet,
    points=4,
    cases=densenet_cases,
    question=(
        "A DenseNet-BC for small colour images has {depth} layers and k = {growth}: a 3×3 convolution to 2k "
        "channels; three dense blocks of equally many layers, each BN, ReLU, a 1×1 convolution to 4k, BN, "
        "ReLU, a 3×3 convolution to k; between the blocks a transition of BN, ReLU, a 1×1 convolution to "
        "half the channels, rounded down, and a pooling; at the end BN, ReLU, global average pooling and a "
        "linear layer with biases for {classes} classes. No convolution has a bias, and a BN has a scale and "
        "a shift for each channel. How many parameters does it have?"
    ),
    mistakes=[
        wrong(
            "norms forgotten",
            {
                "2 * channels + channels * 4": "channels * 4",
                "2 * 4 * growth + ": "",
                "2 * channels + channels * (": "channels * (",
                "params + 2 * channels": "params",
            },
            "The normalizations are missing: each has a scale and a shift for every channel it normalizes.",
        ),
        wrong(
            "norms counted once",
            {
                "2 * channels + channels * 4": "channels + channels * 4",
                "2 * 4 * growth + ": "4 * growth + ",
                "2 * channels + channels * (": "channels + channels * (",
                "params + 2 * channels": "params + channels",
            },
            "You gave a normalization one parameter a channel. It has two, a scale and a shift.",
        ),
        wrong(
            "running statistics",
            {
                "2 * channels + channels * 4": "4 * channels + channels * 4",
                "2 * 4 * growth + ": "4 * 4 * growth + ",
                "2 * channels + channels * (": "4 * channels + channels * (",
                "params + 2 * channels": "params + 4 * channels",
            },
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "no compression",
            {"channels * (channels // 2)": "channels**2", "channels //= 2": "pass"},
            "You let the transitions keep all channels. The C in BC is compression: half of them pass.",
        ),
        wrong(
            "rounded up",
            {
                "channels * (channels // 2)": "channels * -(-channels // 2)",
                "channels //= 2": "channels -= channels // 2",
            },
            "You rounded half a transition's channels up. The question rounds down, as // does.",
        ),
        wrong(
            "rounded to even",
            {"(channels // 2)": "round(channels / 2)", "channels //= 2": "channels = round(channels / 2)"},
            "You used Python's round, which makes 2.5 a 2 and 3.5 a 4. The question rounds half a "
            "transition's channels down, as // does.",
        ),
        wrong(
            "transition norms forgotten",
            {"2 * channels + channels * (": "channels * ("},
            "The transitions' normalizations are missing: each begins with one.",
        ),
        wrong(
            "last norm forgotten",
            {"params + 2 * channels": "params"},
            "The normalization behind the last block is missing.",
        ),
        wrong(
            "linear bias forgotten",
            {" + classes": ""},
            "The linear layer's biases are missing: one for each class.",
        ),
        wrong(
            "linear reads k",
            {"channels * classes": "growth * classes"},
            "You let the linear layer read the k channels of the last layer. It reads all that stand at the "
            "end of the last block.",
        ),
        wrong(
            "grey images",
            {"27 *": "9 *"},
            "Your number is too small by as many weights as the first layer has for two of its three "
            "channels. Colour images have three.",
        ),
        wrong(
            "sixteen first",
            {"channels = 2 * growth": "channels = 16"},
            "You began with 16 channels. This network begins with 2k.",
        ),
        wrong(
            "every block begins anew",
            {"in range(3):": "in range(3):\n        channels = 2 * growth"},
            "You let each block begin with 2k channels. The second and the third get what the transition "
            "hands on.",
        ),
        wrong(
            "third transition",
            {"block < 2": "block < 3"},
            "You put a transition behind the last block too. Three blocks have two transitions.",
        ),
        wrong(
            "twice the layers",
            {"// 6": "// 3"},
            "You counted twice as many layers in a block. Each has two convolutions: the depth is 6n + 4, "
            "with n layers in each of three blocks.",
        ),
        wrong(
            "no bottleneck",
            {
                "channels * 4 * growth": "channels * 9 * growth",
                "params += 2 * 4 * growth + 9 * 4 * growth * growth": "pass",
            },
            "You left out the bottlenecks, the B in BC: each layer is a 1×1 to 4k and a 3×3 to k.",
        ),
    ],
)


# 8. Count the memory --------------------------------------------------------------------------------


def count_kept(first, growth, layers, size):
    kept = 0
    for layer in range(layers):
        read = first + growth * layer
        kept += 2 * read + 2 * 4 * growth  # before and after BN and ReLU
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
            {"return kept": "return 4 * kept"},
            "You counted bytes, four for each number. The question asks for numbers.",
        ),
        wrong(
            "input once",
            {"2 * read": "read"},
            "You counted the stacked input once. BN and ReLU give a second map of the same size, which the "
            "1×1 convolution reads.",
        ),
        wrong(
            "inside once",
            {"2 * 4": "4"},
            "Beside each layer's stacked input your number has room for 4k channels. They are kept twice: "
            "before and after BN and ReLU.",
        ),
        wrong(
            "inside forgotten",
            {" + 2 * 4 * growth": ""},
            "Your number is as large as without what lies between the two convolutions: 4k channels, twice.",
        ),
        wrong(
            "narrow inside",
            {"2 * 4": "2"},
            "Beside each layer's stacked input your number has room for 2k channels. The 1×1 gives 4k, and "
            "these are kept twice: before and after BN and ReLU.",
        ),
        wrong(
            "end kept",
            {"2 * 4 * growth": "9 * growth"},
            "You also kept what the 3×3 gives. It is kept where later layers read it; the task lists four "
            "maps for each layer.",
        ),
        wrong(
            "outputs alone",
            {"2 * read + 2 * 4 * growth": "5 * growth"},
            "Your number is that of what the convolutions return, 5k channels a layer, as when memory is "
            "shared. Here nothing is.",
        ),
        wrong(
            "all alike",
            {" + growth * layer": ""},
            "Your number is as large as if every layer read the block's input alone. The ℓ-th reads k(ℓ − 1) "
            "channels more.",
        ),
        wrong(
            "each feature once",
            lambda first, growth, layers, size: (2 * first + 10 * growth * layers) * size**2,
            "You counted every feature of the block once. Unless memory is shared, each stacking makes a new "
            "copy: a feature is kept again by every layer that reads it.",
        ),
        wrong(
            "one layer ahead",
            {"growth * layer": "growth * (layer + 1)"},
            "Your layers are one ahead: the first reads only the channels that come in.",
        ),
        wrong(
            "one pixel",
            {" * size**2": ""},
            "You counted channels. Every channel is a map of many pixels.",
        ),
    ],
)


EXERCISES = [READ, BLOCK, BACKWARD, TRANSITION, LISTENING, DENSE, DENSENET, KEPT]

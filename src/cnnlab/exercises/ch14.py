"""Chapter 14, MobileNetV1 and Xception: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −5 to 5, as floats: a failing case that can be checked by hand."""
    return rng.integers(-5, 6, shape).astype(float)


# 1. Depthwise ---------------------------------------------------------------------------------------


def depthwise(x, weight):
    height, width = x.shape[1:]
    k = weight.shape[1]
    edge = k // 2
    padded = np.pad(x, [(0, 0), (edge, edge), (edge, edge)])
    output = np.zeros(x.shape)
    for i in range(k):
        for j in range(k):
            window = padded[:, i : i + height, j : j + width]
            output += weight[:, i, j][:, None, None] * window
    return output


def depthwise_cases(rng: np.random.Generator) -> Case:
    channels, k = int(rng.integers(1, 4)), int(rng.choice([1, 3, 3, 5, 5]))
    height, width = k + rng.permutation(3)[:2]
    return {"x": digits(rng, channels, height, width), "weight": digits(rng, channels, k, k)}


DEPTHWISE = Exercise(
    depthwise,
    points=2,
    cases=depthwise_cases,
    mistakes=[
        wrong(
            "summed",
            {"return output": "return output.sum(axis=0)"},
            "You added the channels up, as a full convolution does. A depthwise one keeps each channel's "
            "result apart: as many channels come out as went in.",
        ),
        wrong(
            "summed for all",
            {"* window": "* window.sum(axis=0)"},
            "Each of your output channels reads all of them. Output channel c reads input channel c alone.",
        ),
        wrong(
            "sum of all results",
            {"return output": "return np.repeat(output.sum(axis=0)[None], len(x), axis=0)"},
            "Each of your output channels is the sum over all of them. Output channel c reads input channel "
            "c alone.",
        ),
        wrong(
            "one kernel",
            {"weight[:, i, j]": "weight[:1, i, j]"},
            "You used the first kernel for every channel. Each channel has its own.",
        ),
        wrong(
            "flipped",
            {"weight[:, i, j]": "weight[:, k - 1 - i, k - 1 - j]"},
            "Your kernels are turned round. Deep learning's convolution does not flip them.",
        ),
        wrong(
            "transposed",
            {"weight[:, i, j]": "weight[:, j, i]"},
            "You exchanged the kernel's rows and columns.",
        ),
        wrong(
            "taps left out",
            {"i in range(k)": "i in range(k - 1)", "j in range(k)": "j in range(k - 1)"},
            "The last row and the last column of each kernel are missing. range(k) ends at k − 1 already.",
        ),
        wrong(
            "mean of the taps",
            {"return output": "return output / k**2"},
            "You divided by the number of taps. A convolution adds its products up; it takes no mean.",
        ),
        wrong(
            "no padding",
            {"return output": "return output[:, edge : height - edge, edge : width - edge]"},
            "Your output is smaller than x. Pad with K // 2 zeros on each side, and the size stays.",
        ),
        wrong(
            "border zero",
            {"return output": "return output * np.pad(np.ones((height - k + 1, width - k + 1)), edge)"},
            "Your border is zero: you left out the outputs where the kernel reaches over the edge. They see "
            "the zeros around x, and their part of x.",
        ),
        wrong(
            "padded on one side",
            {"(edge, edge), (edge, edge)": "(k - 1, 0), (k - 1, 0)"},
            "All your padding stands above and on the left. Half of it belongs on each side.",
        ),
        wrong(
            "border repeated",
            {"edge)])": 'edge)], mode="edge")'},
            "You repeated the border's pixels around x. The padding holds zeros.",
        ),
        wrong(
            "wrapped around",
            {"edge)])": 'edge)], mode="wrap")'},
            "Beyond the border you read the pixels of the other side. The padding holds zeros.",
        ),
    ],
)


# 2. One kernel for the two --------------------------------------------------------------------------


def as_full_kernel(depthwise, pointwise):
    return pointwise[:, :, None, None] * depthwise[None]


def kernel_cases(rng: np.random.Generator) -> Case:
    m, n = rng.integers(2, 5, 2)
    k = int(rng.integers(1, 4))
    return {"depthwise": digits(rng, m, k, k), "pointwise": digits(rng, n, m)}


FULL_KERNEL = Exercise(
    as_full_kernel,
    points=2,
    cases=kernel_cases,
    mistakes=[
        wrong(
            "transposed",
            {"pointwise[:": "pointwise.T[:", "depthwise[None]": "depthwise[:, None]"},
            "Your first two axes are exchanged. The first is the channel that comes out, the second the one "
            "that is read.",
        ),
        wrong(
            "mixing reordered",
            {"pointwise[:, :": "pointwise.reshape(pointwise.T.shape).T[:, :"},
            "You put the pointwise weights into another order. They are [N, M] as they stand: reshape reads "
            "them row by row, and turns nothing.",
        ),
        wrong(
            "kernel of the output",
            {"depthwise[None]": "depthwise[np.arange(len(pointwise)) % len(depthwise), None]"},
            "You took the depthwise kernel of the channel that comes out. Filtering happens before mixing: "
            "it belongs to the channel that is read.",
        ),
        wrong(
            "summed",
            {"pointwise[:, :, None, None] * depthwise[None]": "np.tensordot(pointwise, depthwise, axes=1)"},
            "You added up over the channels that are read. They stay apart in the weights; the convolution "
            "itself adds them.",
        ),
        wrong(
            "mixing summed",
            {"pointwise[:, :": "pointwise.sum(axis=1)[:, None"},
            "You added the pointwise weights of an output up. Each belongs to one channel that is read, and "
            "multiplies that channel's kernel.",
        ),
        wrong(
            "added",
            {"] * d": "] + d"},
            "You added the two weights. What goes through one after the other is multiplied.",
        ),
        wrong(
            "mixing forgotten",
            {"pointwise[:": "np.ones_like(pointwise)[:"},
            "You ignored the pointwise weights: every output channel got the same kernels.",
        ),
        wrong(
            "own channel only",
            {"pointwise[:": "(pointwise * np.eye(*pointwise.shape))[:"},
            "You let output n read channel n alone. After a pointwise layer every output reads every "
            "channel.",
        ),
        wrong(
            "flipped",
            {"depthwise[None]": "depthwise[None, :, ::-1, ::-1]"},
            "Your kernels are turned round. Nothing has to be flipped here.",
        ),
        wrong(
            "kernel transposed",
            {"depthwise[None]": "depthwise.swapaxes(1, 2)[None]"},
            "You exchanged the kernels' rows and columns. The last two axes stay as they are.",
        ),
    ],
)


# 3. The block ---------------------------------------------------------------------------------------


def separable_block(x, filters, mixing):
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1)])
    filtered = np.zeros(x.shape)
    for i in range(3):
        for j in range(3):
            window = padded[:, i : i + x.shape[1], j : j + x.shape[2]]
            filtered += filters[:, i, j][:, None, None] * window
    filtered = np.maximum(filtered, 0)
    return np.maximum(np.tensordot(mixing, filtered, axes=1), 0)


def block_cases(rng: np.random.Generator) -> Case:
    channels, more = int(rng.integers(2, 4)), int(rng.choice([-1, 0, 0, 1]))
    rows, columns = rng.permutation([2, 3, 4])[:2]
    return {
        "x": digits(rng, channels, rows, columns),
        "filters": digits(rng, channels, 3, 3),
        "mixing": digits(rng, channels + more, channels),
    }


BLOCK = Exercise(
    separable_block,
    points=3,
    cases=block_cases,
    mistakes=[
        wrong(
            "nothing between",
            {"np.maximum(filtered, 0)": "filtered"},
            "The ReLU between the two layers is missing. That is Xception's form; MobileNet has one after "
            "each.",
        ),
        wrong(
            "nothing at the end",
            {"maximum(np.tensordot": "add(np.tensordot"},
            "The ReLU after the pointwise layer is missing. (MobileNetV2 will take it away, and chapter 15 "
            "tells why.)",
        ),
        wrong(
            "no relu",
            {"np.maximum(filtered, 0)": "filtered", "maximum(np.tensordot": "add(np.tensordot"},
            "Both ReLUs are missing. Without them the two layers are one linear layer.",
        ),
        wrong(
            "relu before the filters",
            {"np.maximum(filtered, 0)": "filtered", "pad(x": "pad(np.maximum(x, 0)"},
            "Your first ReLU stands before the depthwise layer. Each layer has its ReLU behind it.",
        ),
        wrong(
            "relu6",
            {
                "np.maximum(filtered, 0)": "np.clip(filtered, 0, 6)",
                "np.maximum(np.tensordot": "np.clip(np.tensordot",
                "axes=1), 0)": "axes=1), 0, 6)",
            },
            "You used ReLU6. That is MobileNetV2's; here it is ReLU, which never clips from above.",
        ),
        wrong(
            "shortcut",
            {"axes=1), 0)": "axes=1), 0) + (x if len(mixing) == len(x) else 0)"},
            "You added x where its shape allows it. MobileNetV1 has no shortcuts.",
        ),
        wrong(
            "shortcut before the relu",
            {"axes=1), 0)": "axes=1) + (x if len(mixing) == len(x) else 0), 0)"},
            "You added x before the last ReLU where its shape allows it. MobileNetV1 has no shortcuts.",
        ),
        wrong(
            "mixing reordered",
            {"tensordot(mixing": "tensordot(mixing.reshape(mixing.T.shape).T"},
            "You put the mixing matrix into another order. `mixing` is [out, in] as it stands: row n says "
            "what output n is made of.",
        ),
        wrong(
            "not mixed",
            {"np.maximum(np.tensordot(mixing, filtered, axes=1), 0)": "filtered"},
            "You stopped after the depthwise layer. No channel has met another yet.",
        ),
        wrong(
            "not depthwise",
            {"* window": "* window.sum(axis=0)"},
            "Each of your filters reads the sum of all channels. A depthwise filter reads its own channel.",
        ),
        wrong(
            "flipped",
            {"[:, i, j]": "[:, 2 - i, 2 - j]"},
            "Your kernels are turned round. Deep learning's convolution does not flip them.",
        ),
        wrong(
            "border repeated",
            {"(1, 1)])": '(1, 1)], mode="edge")'},
            "You repeated the border's pixels around x. The padding holds zeros.",
        ),
    ],
)


# 4. The saving --------------------------------------------------------------------------------------


def saving(in_channels, out_channels, kernel_size):
    full = kernel_size**2 * in_channels * out_channels
    separable = kernel_size**2 * in_channels + in_channels * out_channels
    return full / separable


def saving_cases(rng: np.random.Generator) -> Case:
    return {
        "in_channels": int(rng.integers(8, 600)),
        "out_channels": int(rng.integers(8, 600)),
        "kernel_size": int(rng.choice([3, 5, 7])),
    }


SAVING = Exercise(
    saving,
    points=1,
    cases=saving_cases,
    mistakes=[
        wrong(
            "upside down",
            {"full / separable": "separable / full"},
            "Yours is the share that is left. How many times fewer is its inverse.",
        ),
        wrong(
            "cut",
            {"full / separable": "full // separable"},
            "You cut the quotient to a whole number. Divide with /.",
        ),
        wrong(
            "difference",
            {"full / separable": "full - separable"},
            "You returned how many fewer. How many *times* fewer is a quotient.",
        ),
        wrong(
            "share saved",
            {"full / separable": "1 - separable / full"},
            "Yours is the share that is saved. How many times fewer is full divided by separable.",
        ),
        wrong(
            "one less",
            {"full / separable": "full / separable - 1"},
            "You took 1 off the quotient. The quotient itself is asked for.",
        ),
        wrong(
            "input channels",
            {"* in_channels + in_channels": "* out_channels + in_channels"},
            "You have 1/M + 1/K² in mind, as one lecture prints it. The depthwise step is shared by all N "
            "outputs: it is 1/N.",
        ),
        wrong(
            "kernels for the outputs too",
            {"in_channels + in_channels": "(in_channels + out_channels) + in_channels"},
            "You counted depthwise filters for inputs and outputs. There is one for each channel read.",
        ),
        wrong(
            "the limit",
            {"separable = kernel_size**2 * in_channels + ": "separable = "},
            "K² is only the limit for very many channels. The depthwise step costs something too.",
        ),
        wrong(
            "side for area",
            {
                "full = kernel_size**2": "full = kernel_size",
                "separable = kernel_size**2": "separable = kernel_size",
            },
            "You took K where K² belongs: a kernel has K² weights.",
        ),
        wrong(
            "pointwise forgotten",
            {" + in_channels * out_channels": ""},
            "You compared with the depthwise step alone. Without the pointwise step no channel would meet "
            "another, so it has to be paid for.",
        ),
        wrong(
            "a dense filter",
            {"in_channels + in_channels": "in_channels**2 + in_channels"},
            "Your first step still reads all channels for each of its M outputs. Depthwise, each output "
            "reads one channel.",
        ),
    ],
)


# 5. Two multipliers ---------------------------------------------------------------------------------


def scaled_network(layers, alpha, size, classes):
    weights, macs = 0, 0
    for in_channels, out_channels, stride in layers:
        m, n = int(alpha * in_channels), int(alpha * out_channels)
        size = size // stride
        weights += 9 * m + m * n
        macs += (9 * m + m * n) * size**2
    return np.array([weights + n * classes, macs + n * classes])


def scaled_cases(rng: np.random.Generator) -> Case:
    blocks = int(rng.integers(2, 5))
    channels, strides = rng.integers(6, 90, blocks + 1), rng.permutation([1, 2, 2, 3])[:blocks]
    return {
        "layers": np.stack([channels[:-1], channels[1:], strides], axis=1),
        "alpha": float(rng.choice([0.25, 0.375, 0.5, 0.75])),
        "size": int(strides.prod()) * int(rng.integers(5, 15)),
        "classes": int(rng.integers(3, 120)),
    }


SCALED = Exercise(
    scaled_network,
    points=3,
    cases=scaled_cases,
    mistakes=[
        wrong(
            "pixels have weights",
            {"weights += 9 * m + m * n": "weights += (9 * m + m * n) * size**2"},
            "Your weights depend on the image. A kernel slides over all positions and stays the same: the "
            "resolution changes the MACs alone.",
        ),
        wrong(
            "exchanged",
            {"[weights": "[macs", " macs + n * classes]": " weights + n * classes]"},
            "You exchanged the two numbers: first the weights, then the MACs.",
        ),
        wrong(
            "alpha ignored",
            {"int(alpha * in_channels), int(alpha * out_channels)": "in_channels, out_channels"},
            "You ignored α. It multiplies every channel count, those read and those given.",
        ),
        wrong(
            "alpha once",
            {"int(alpha * in_channels)": "in_channels"},
            "You scaled only the channels that come out. They go into the next layer, so what a layer reads "
            "is scaled as well.",
        ),
        wrong(
            "alpha of the sums",
            lambda layers, alpha, size, classes: (
                scaled_network(layers, 1.0, size, classes) * alpha**2
            ).astype(int),
            "You multiplied the totals by α². The cost falls about like that, not exactly: filters and the "
            "linear layer shrink with α, and channels are cut to whole numbers.",
        ),
        wrong(
            "rounded",
            {"int(alpha * in": "round(alpha * in", "int(alpha * out": "round(alpha * out"},
            "You rounded the channels to the nearest whole number. They are cut.",
        ),
        wrong(
            "alpha for the map",
            {"macs = 0, 0\n": "macs = 0, 0\n    size = int(alpha * size)\n"},
            "You made the maps smaller by α as well. The width multiplier is about channels alone.",
        ),
        wrong(
            "stride ignored",
            {"size // stride": "size"},
            "You left the strides out: they make the maps smaller for all layers that follow.",
        ),
        wrong(
            "stride in the pointwise",
            {
                "size = size // stride": "before, size = size, size // stride",
                "(9 * m + m * n) * size**2": "9 * m * before**2 + m * n * size**2",
            },
            "You let the depthwise step work on the full map. It is the one with the stride: it computes "
            "only the outputs that remain.",
        ),
        wrong(
            "stride behind the layer",
            {
                "size = size // stride": "before, size = size, size // stride",
                "m * n) * size**2": "m * n) * before**2",
            },
            "Both steps of your layers work on the map that comes in. The depthwise step has the stride: it "
            "and the pointwise one compute only the outputs that remain.",
        ),
        wrong(
            "stride forgotten again",
            {"size = size // stride": "side = size // stride", "m * n) * size**2": "m * n) * side**2"},
            "Each of your strides is forgotten by the next layer. The maps stay small for all that follow.",
        ),
        wrong(
            "filters of the outputs",
            {"weights += 9 * m": "weights += 9 * n", "(9 * m +": "(9 * n +"},
            "Your layers have a 3×3 filter for each channel that comes out. There is one for each that is "
            "read.",
        ),
        wrong(
            "two a mac",
            {"macs + n * classes": "2 * (macs + n * classes)"},
            "Your second number is twice as large: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
        wrong(
            "full convolutions",
            {"weights += 9 * m + m * n": "weights += 9 * m * n", "(9 * m + m * n)": "9 * m * n"},
            "You counted full 3×3 convolutions. These layers are depthwise separable.",
        ),
        wrong(
            "dense filters",
            {"weights += 9 * m": "weights += 9 * m**2", "(9 * m +": "(9 * m**2 +"},
            "Your 3×3 filters read all channels. Depthwise, each reads one: 9 weights a channel.",
        ),
        wrong(
            "classes scaled",
            {"return": "classes = int(alpha * classes)\n    return"},
            "You scaled the classes too. There are as many as before; only what the linear layer reads "
            "becomes narrower.",
        ),
        wrong(
            "linear layer forgotten",
            {"weights + n * classes, macs + n * classes": "weights, macs"},
            "The linear layer is missing, in both numbers.",
        ),
        wrong(
            "linear layer not scaled",
            {"return": "n = out_channels\n    return"},
            "Your linear layer reads the channels of α = 1. It reads what the last layer gives: scaled ones.",
        ),
        wrong(
            "flattened",
            {"return": "classes = classes * size**2\n    return"},
            "Your linear layer reads every pixel of the last maps. Global average pooling leaves one number "
            "a channel, whatever the resolution.",
        ),
    ],
)


# 6. The time a machine allows -----------------------------------------------------------------------


def least_time(layers, peak, bandwidth):
    nanoseconds = 0.0
    for in_channels, out_channels, kernel_size, size, groups in layers:
        weights = kernel_size**2 * in_channels * out_channels // groups
        flops = 2 * weights * size**2
        numbers = (in_channels + out_channels) * size**2 + weights
        nanoseconds += max(flops / peak, 4 * numbers / bandwidth)
    return nanoseconds


def time_cases(rng: np.random.Generator) -> Case:
    layers = []
    for _ in range(int(rng.integers(1, 3))):
        channels, wider = 16 * rng.integers(1, 9, 2)
        size = int(rng.integers(7, 57))
        layers += [(channels, channels, 3, size, channels), (channels, wider, 1, size, 1)]
    layers.append((wider, 16 * int(rng.integers(1, 9)), 5, size, int(rng.choice([2, 4, 8]))))
    bandwidth = int(rng.integers(10, 40))
    return {
        "layers": np.array(layers, dtype=np.int64),
        "peak": bandwidth * int(rng.integers(11, 17)),
        "bandwidth": bandwidth,
    }


TIME = Exercise(
    least_time,
    points=3,
    cases=time_cases,
    mistakes=[
        wrong(
            "arithmetic only",
            {"max(flops / peak, 4 * numbers / bandwidth)": "flops / peak"},
            "You divided all FLOPs by the peak. Layers of low intensity wait for memory: each takes the "
            "longer of its two times.",
        ),
        wrong(
            "traffic only",
            {"max(flops / peak, 4 * numbers / bandwidth)": "4 * numbers / bandwidth"},
            "Your number is that of the bytes alone. Layers of high intensity are limited by arithmetic, of "
            "size · size places: each takes the longer of its two times.",
        ),
        wrong(
            "longer of the sums",
            lambda layers, peak, bandwidth: max(
                least_time(layers, peak, np.inf), least_time(layers, np.inf, bandwidth)
            ),
            "You compared the sums of the whole network. Layers run one after the other: take the longer "
            "time of each, then add.",
        ),
        wrong(
            "slowest layer",
            {"nanoseconds += max(": "nanoseconds = max(nanoseconds, "},
            "You returned the time of the slowest layer. They run one after the other: add their times.",
        ),
        wrong(
            "added",
            {"max(flops / peak, 4 * numbers / bandwidth)": "flops / peak + 4 * numbers / bandwidth"},
            "You added a layer's two times. Arithmetic and memory work at once: the slower one decides.",
        ),
        wrong(
            "the shorter",
            {"max(": "min("},
            "You took the shorter of a layer's two times. It is not done before both are.",
        ),
        wrong(
            "macs",
            {"2 * weights": "weights"},
            "You counted MACs. The peak is in FLOPs a second, and a MAC is two of them.",
        ),
        wrong(
            "elements",
            {"4 * numbers": "numbers"},
            "You counted numbers, not bytes. A 32-bit float has four.",
        ),
        wrong(
            "groups ignored",
            {" // groups": ""},
            "You ignored the groups. With G of them each output reads only 1/G of the channels.",
        ),
        wrong(
            "one side",
            {"* size**2 + weights": "* size + weights"},
            "You counted one side of the maps in your bytes. A map has size · size numbers a channel.",
        ),
        wrong(
            "weights forgotten",
            {" + weights": ""},
            "The weights are missing from your bytes: they have to come from memory too.",
        ),
        wrong(
            "outputs forgotten",
            {"(in_channels + out_channels)": "in_channels"},
            "The outputs are missing from your bytes: they have to be written.",
        ),
        wrong(
            "read for each tap",
            {"(in_channels + out_channels)": "(kernel_size**2 * in_channels + out_channels)"},
            "You read each input again for every tap of the kernel. The task says: once.",
        ),
    ],
)


# 7 and 8. Counting ----------------------------------------------------------------------------------


def count_pair(in_channels, out_channels, kernel_size):
    filters = kernel_size**2 * in_channels
    mixing = in_channels * out_channels
    norms = 2 * in_channels + 2 * out_channels
    return filters + mixing + norms


def separable_cases(rng: np.random.Generator) -> Case:
    return {
        "in_channels": int(rng.integers(20, 300)),
        "out_channels": int(rng.integers(20, 300)),
        "kernel_size": int(rng.choice([3, 5, 7])),
    }


SEPARABLE = DrawnExercise(
    count_pair,
    points=2,
    cases=separable_cases,
    question=(
        "A MobileNet block takes {in_channels} channels and gives {out_channels}: a depthwise "
        "{kernel_size}×{kernel_size} convolution, a pointwise one, and after each of them a batch "
        "normalization with a scale and a shift for every channel, and a ReLU. The convolutions have no "
        "biases. How many parameters does the block have?"
    ),
    mistakes=[
        wrong(
            "norms forgotten",
            {" + norms": ""},
            "The normalizations are missing: each has a scale and a shift for every channel.",
        ),
        wrong(
            "one norm",
            {"2 * in_channels + ": ""},
            "You counted one normalization, behind the pointwise layer. The depthwise layer has one too.",
        ),
        wrong(
            "norms counted once",
            {"2 * in_channels + 2 * out_channels": "in_channels + out_channels"},
            "You gave a normalization one parameter a channel. It has two, a scale and a shift.",
        ),
        wrong(
            "running statistics",
            {"2 * in_channels + 2 * out_channels": "4 * in_channels + 4 * out_channels"},
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "norms of the output",
            {"norms = 2 * in_channels": "norms = 2 * out_channels"},
            "Your first normalization has as many channels as the block gives. It stands behind the "
            "depthwise layer, which keeps the number it was given.",
        ),
        wrong(
            "biases",
            {"2 * in_channels + 2 * out_channels": "3 * in_channels + 3 * out_channels"},
            "You gave the convolutions biases. They have none: a normalization follows, and shifts anyway.",
        ),
        wrong(
            "one kernel for all",
            {"kernel_size**2 * in_channels": "kernel_size**2"},
            "You counted one kernel for all channels. A depthwise layer has one for each.",
        ),
        wrong(
            "side for area",
            {"kernel_size**2": "kernel_size"},
            "You took K where K² belongs: a kernel has K² weights.",
        ),
        wrong(
            "kernels for the output",
            {"kernel_size**2 * in_channels": "kernel_size**2 * out_channels"},
            "You gave the depthwise layer a kernel for each channel that comes out of the block. It has one "
            "for each that it reads.",
        ),
        wrong(
            "dense filters",
            {"kernel_size**2 * in_channels": "kernel_size**2 * in_channels**2"},
            "Your first layer's kernels read all channels. Depthwise, each reads one.",
        ),
        wrong(
            "full convolution",
            {"filters + mixing + norms": "kernel_size**2 * mixing + 2 * out_channels"},
            "You counted a full convolution and its normalization. Depthwise and pointwise are far fewer.",
        ),
    ],
)


def count_narrow(size, width, stages, repeats, classes):
    size = (size + 1) // 2
    macs = 9 * 3 * width * size**2
    for _ in range(stages):
        size = (size + 1) // 2
        macs += (9 * width + width * 2 * width) * size**2
        width = 2 * width
        macs += repeats * (9 * width + width * width) * size**2
    return macs + width * classes


def mobilenet_cases(rng: np.random.Generator) -> Case:
    """The sizes within the stages leave every rest modulo 4: no other rounding gives the right number."""
    while True:
        case = {
            "size": int(rng.integers(33, 160)),
            "width": int(rng.integers(5, 24)),
            "stages": int(rng.integers(4, 6)),
            "repeats": int(rng.integers(2, 5)),
            "classes": int(rng.integers(11, 300)),
        }
        sizes = [-(-case["size"] // 2**layers) for layers in range(1, case["stages"] + 1)]
        if len({each % 4 for each in sizes}) == 4:
            return case


MOBILENET = DrawnExercise(
    count_narrow,
    points=3,
    cases=mobilenet_cases,
    question=(
        "A narrow MobileNet for colour images of {size}×{size} pixels: a 3×3 convolution of stride 2 to "
        "{width} channels; then {stages} stages. A stage is one depthwise separable block with stride 2 that "
        "doubles the channels, and {repeats} more that change nothing. All kernels but the pointwise ones "
        "are 3×3, padded by 1. Then global average pooling and a linear layer for {classes} classes. How "
        "many multiply–accumulates (MACs) does one image need? Biases and normalizations do not count."
    ),
    mistakes=[
        wrong(
            "sizes cut",
            {"+ 1) // 2\n    macs": ") // 2\n    macs", "+ 1) // 2\n        macs": ") // 2\n        macs"},
            "You cut half of an odd size. Padded by 1, the kernel stands on the first pixel, the third, and "
            "so on, also on the last: half of an odd size is rounded up.",
        ),
        wrong(
            "halves rounded to even",
            {
                "(size + 1) // 2\n    macs": "round(size / 2)\n    macs",
                "(size + 1) // 2\n        macs": "round(size / 2)\n        macs",
            },
            "You let `round` halve an odd size. It takes a half to the even neighbour: 5/2 to 2, 7/2 to 4. "
            "Padded by 1, the kernel stands on the first pixel, the third, and so on, also on the last: half "
            "of an odd size is rounded up.",
        ),
        wrong(
            "padding forgotten",
            {
                "(size + 1) // 2\n    macs": "(size - 1) // 2\n    macs",
                "(size + 1) // 2\n        macs": "(size - 1) // 2\n        macs",
            },
            "Your maps are too small. Is the padding there, and the + 1 of (W − 3 + 2) // 2 + 1? Padded by "
            "1, a stride of 2 halves the size, and half of an odd size is rounded up.",
        ),
        wrong(
            "one pixel more",
            {
                "(size + 1) // 2\n    macs": "size // 2 + 1\n    macs",
                "(size + 1) // 2\n        macs": "size // 2 + 1\n        macs",
            },
            "Your maps are one pixel too large where the size is even. (W − 3 + 2) / 2 is rounded down "
            "before 1 is added: half of an even size is just half.",
        ),
        wrong(
            "stride in the pointwise",
            {
                "size = (size + 1) // 2\n        macs": "before, size = size, (size + 1) // 2\n        macs",
                "(9 * width + width * 2 * width)": "9 * width * before**2 + width * 2 * width",
            },
            "You let the depthwise step of a stage's first block work on the full map. It is the one with "
            "the stride.",
        ),
        wrong(
            "stride behind the block",
            {
                "size = (size + 1) // 2\n        macs": "before, size = size, (size + 1) // 2\n        macs",
                "2 * width) * size**2": "2 * width) * before**2",
            },
            "You let the whole first block of a stage work on the full map. With stride 2 its outputs are "
            "fewer from the depthwise step on.",
        ),
        wrong(
            "full convolutions",
            {"9 * width + width * 2": "9 * width * 2", "9 * width + width * width": "9 * width * width"},
            "You counted full 3×3 convolutions. The blocks are depthwise separable.",
        ),
        wrong(
            "depthwise forgotten",
            {"9 * width + width * 2": "width * 2", "9 * width + width * width": "width * width"},
            "Your number is as large as without the depthwise steps. They are few MACs, but not none.",
        ),
        wrong(
            "depthwise on the output",
            {"9 * width + width * 2": "9 * 2 * width + width * 2"},
            "Your depthwise steps have as many channels as their block gives. They come first, and keep the "
            "number that the block reads.",
        ),
        wrong(
            "first layer forgotten",
            {"9 * 3 * width * size**2": "0"},
            "The first convolution is missing from your sum.",
        ),
        wrong(
            "first layer of grey images",
            {"9 * 3 * width": "9 * width"},
            "Your first convolution reads one channel. Colour images have three.",
        ),
        wrong(
            "first layer at full size",
            {"size = (size + 1) // 2\n    macs": "macs", "for _": "size = (size + 1) // 2\n    for _"},
            "You let the first convolution work at every pixel. It has stride 2.",
        ),
        wrong(
            "linear layer forgotten",
            {" + width * classes": ""},
            "The linear layer at the end is missing from your sum.",
        ),
        wrong(
            "flattened",
            {"width * classes": "width * classes * size**2"},
            "Your linear layer reads every pixel of the last maps. Global average pooling leaves one number "
            "a channel.",
        ),
        wrong(
            "repeats forgotten",
            {"repeats * (": "0 * ("},
            "You counted one block a stage. The blocks that change nothing cost something too.",
        ),
        wrong(
            "one repeat less",
            {"repeats *": "(repeats - 1) *"},
            "You counted the block of stride 2 among those that change nothing. They come on top of it.",
        ),
        wrong(
            "parameters",
            {"(size + 1) // 2\n    macs": "1\n    macs", "(size + 1) // 2\n        macs": "1\n        macs"},
            "You counted parameters. A weight is used at every pixel of its output: once a MAC each.",
        ),
        wrong(
            "two a mac",
            {"macs + width * classes": "2 * (macs + width * classes)"},
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
    ],
)


EXERCISES = [DEPTHWISE, FULL_KERNEL, BLOCK, SAVING, SCALED, TIME, SEPARABLE, MOBILENET]

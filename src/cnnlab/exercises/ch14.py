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
    padded = np.pad(x, [(0, 0), (k // 2, k // 2), (k // 2, k // 2)])
    output = np.zeros(x.shape)
    for i in range(k):
        for j in range(k):
            window = padded[:, i : i + height, j : j + width]
            output += weight[:, i, j][:, None, None] * window
    return output


def depthwise_cases(rng: np.random.Generator) -> Case:
    height, width = rng.permutation([3, 4, 5])[:2]
    return {"x": digits(rng, 3, height, width), "weight": digits(rng, 3, 3, 3)}


DEPTHWISE = Exercise(
    depthwise,
    points=2,
    cases=depthwise_cases,
    mistakes=[
        wrong(
            "summed",
            lambda x, weight: depthwise(x, weight).sum(axis=0, keepdims=True),
            "You added the channels up, as a full convolution does. A depthwise one keeps each channel's "
            "result apart: as many channels come out as went in.",
        ),
        wrong(
            "summed for all",
            lambda x, weight: np.broadcast_to(depthwise(x, weight).sum(axis=0), x.shape).copy(),
            "Each of your output channels is the sum over all of them. Output channel c reads input channel "
            "c alone.",
        ),
        wrong(
            "one kernel",
            lambda x, weight: depthwise(x, np.broadcast_to(weight[:1], weight.shape)),
            "You used the first kernel for every channel. Each channel has its own.",
        ),
        wrong(
            "flipped",
            lambda x, weight: depthwise(x, weight[:, ::-1, ::-1]),
            "Your kernels are turned round. Deep learning's convolution does not flip them.",
        ),
        wrong(
            "transposed",
            lambda x, weight: depthwise(x, weight.transpose(0, 2, 1)),
            "You exchanged the kernel's rows and columns.",
        ),
        wrong(
            "no padding",
            lambda x, weight: depthwise(x, weight)[:, 1:-1, 1:-1],
            "Your output is smaller than x. Pad with K // 2 zeros on each side, and the size stays.",
        ),
        wrong(
            "border repeated",
            lambda x, weight: depthwise(np.pad(x, [(0, 0), (1, 1), (1, 1)], mode="edge"), weight)[
                :, 1:-1, 1:-1
            ],
            "You repeated the border's pixels around x. The padding holds zeros.",
        ),
    ],
)


# 2. One kernel for the two --------------------------------------------------------------------------


def as_full_kernel(depthwise, pointwise):
    return pointwise[:, :, None, None] * depthwise[None]


def kernel_cases(rng: np.random.Generator) -> Case:
    channels = int(rng.integers(2, 4))
    return {"depthwise": digits(rng, channels, 3, 3), "pointwise": digits(rng, channels, channels)}


FULL_KERNEL = Exercise(
    as_full_kernel,
    points=2,
    cases=kernel_cases,
    mistakes=[
        wrong(
            "transposed",
            lambda depthwise, pointwise: as_full_kernel(depthwise, pointwise).swapaxes(0, 1),
            "Your first two axes are exchanged. The first is the channel that comes out, the second the one "
            "that is read.",
        ),
        wrong(
            "kernel of the output",
            lambda depthwise, pointwise: pointwise[:, :, None, None] * depthwise[:, None],
            "You took the depthwise kernel of the channel that comes out. Filtering happens before mixing: "
            "it belongs to the channel that is read.",
        ),
        wrong(
            "summed",
            lambda depthwise, pointwise: np.einsum("nm,mij->nij", pointwise, depthwise),
            "You added up over the channels that are read. They stay apart in the weights; the convolution "
            "itself adds them.",
        ),
        wrong(
            "added",
            lambda depthwise, pointwise: pointwise[:, :, None, None] + depthwise[None],
            "You added the two weights. What goes through one after the other is multiplied.",
        ),
        wrong(
            "mixing forgotten",
            lambda depthwise, pointwise: np.repeat(depthwise[None], len(pointwise), axis=0),
            "You ignored the pointwise weights: every output channel got the same kernels.",
        ),
        wrong(
            "own channel only",
            lambda depthwise, pointwise: (
                as_full_kernel(depthwise, pointwise) * np.eye(len(pointwise))[:, :, None, None]
            ),
            "You let output n read channel n alone. After a pointwise layer every output reads every "
            "channel.",
        ),
        wrong(
            "flipped",
            lambda depthwise, pointwise: as_full_kernel(depthwise[:, ::-1, ::-1], pointwise),
            "Your kernels are turned round. Nothing has to be flipped here.",
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
    channels = int(rng.integers(2, 4))
    return {
        "x": digits(rng, channels, 3, 4),
        "filters": digits(rng, channels, 3, 3),
        "mixing": digits(rng, channels, channels),
    }


def relu(x):
    return np.maximum(x, 0)


def mixed(mixing, x):
    return np.tensordot(mixing, x, axes=1)


BLOCK = Exercise(
    separable_block,
    points=3,
    cases=block_cases,
    mistakes=[
        wrong(
            "nothing between",
            lambda x, filters, mixing: relu(mixed(mixing, depthwise(x, filters))),
            "The ReLU between the two layers is missing. That is Xception's form; MobileNet has one after "
            "each.",
        ),
        wrong(
            "nothing at the end",
            lambda x, filters, mixing: mixed(mixing, relu(depthwise(x, filters))),
            "The ReLU after the pointwise layer is missing. (MobileNetV2 will take it away, and chapter 15 "
            "tells why.)",
        ),
        wrong(
            "no relu",
            lambda x, filters, mixing: mixed(mixing, depthwise(x, filters)),
            "Both ReLUs are missing. Without them the two layers are one linear layer.",
        ),
        wrong(
            "mixed first",
            lambda x, filters, mixing: relu(depthwise(relu(mixed(mixing, x)), filters)),
            "You mixed first and filtered afterwards, as an Inception module does. Here the depthwise layer "
            "comes first.",
        ),
        wrong(
            "transposed",
            lambda x, filters, mixing: relu(mixed(mixing.T, relu(depthwise(x, filters)))),
            "Your mixing matrix is transposed. `mixing` is [out, in]: row n says what output n is made of.",
        ),
        wrong(
            "not mixed",
            lambda x, filters, mixing: relu(depthwise(x, filters)),
            "You stopped after the depthwise layer. No channel has met another yet.",
        ),
        wrong(
            "flipped",
            lambda x, filters, mixing: separable_block(x, filters[:, ::-1, ::-1], mixing),
            "Your kernels are turned round. Deep learning's convolution does not flip them.",
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
            lambda **layer: 1 / saving(**layer),
            "Yours is the share that is left. How many times fewer is its inverse.",
        ),
        wrong(
            "input channels",
            lambda in_channels, out_channels, kernel_size: 1 / (1 / in_channels + 1 / kernel_size**2),
            "You have 1/M + 1/K² in mind, as one lecture prints it. The depthwise step is shared by all N "
            "outputs: it is 1/N.",
        ),
        wrong(
            "the limit",
            lambda in_channels, out_channels, kernel_size: float(kernel_size**2),
            "K² is only the limit for very many channels. The depthwise step costs something too.",
        ),
        wrong(
            "side for area",
            lambda in_channels, out_channels, kernel_size: (
                kernel_size * out_channels / (kernel_size + out_channels)
            ),
            "You took K where K² belongs: a kernel has K² weights.",
        ),
        wrong(
            "pointwise forgotten",
            lambda in_channels, out_channels, kernel_size: float(out_channels),
            "You compared with the depthwise step alone. Without the pointwise step no channel would meet "
            "another, so it has to be paid for.",
        ),
        wrong(
            "a dense filter",
            lambda in_channels, out_channels, kernel_size: (
                kernel_size**2 * out_channels / (kernel_size**2 * in_channels + out_channels)
            ),
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
    channels = 8 * rng.integers(1, 12, 4)
    strides = rng.permutation([1, 2, 2])
    return {
        "layers": np.stack([channels[:-1], channels[1:], strides], axis=1),
        "alpha": float(rng.choice([0.25, 0.5, 0.75])),
        "size": 32 * int(rng.integers(2, 8)),
        "classes": int(rng.integers(3, 120)),
    }


def sums(layers, alpha, size, classes, cost):
    """Totals of a rule that gives a layer's (weights, MACs) from its scaled channels and its two sizes."""
    weights, macs = 0, 0
    for in_channels, out_channels, stride in layers:
        before, size = size, size // stride
        found = cost(int(alpha * in_channels), int(alpha * out_channels), before, size)
        weights, macs = weights + found[0], macs + found[1]
    last = int(alpha * layers[-1][1])
    return np.array([weights + last * classes, macs + last * classes])


SCALED = Exercise(
    scaled_network,
    points=3,
    cases=scaled_cases,
    mistakes=[
        wrong(
            "pixels have weights",
            lambda **net: scaled_network(**net)[[1, 1]],
            "Your weights depend on the image. A kernel slides over all positions and stays the same: the "
            "resolution changes the MACs alone.",
        ),
        wrong(
            "exchanged",
            lambda **net: scaled_network(**net)[::-1].copy(),
            "You exchanged the two numbers: first the weights, then the MACs.",
        ),
        wrong(
            "alpha ignored",
            lambda layers, alpha, size, classes: scaled_network(layers, 1.0, size, classes),
            "You ignored α. It multiplies every channel count, those read and those given.",
        ),
        wrong(
            "alpha once",
            lambda layers, alpha, size, classes: sums(
                layers,
                alpha,
                size,
                classes,
                lambda m, n, before, after: (
                    9 * round(m / alpha) + round(m / alpha) * n,
                    (9 * round(m / alpha) + round(m / alpha) * n) * after**2,
                ),
            ),
            "You scaled only the channels that come out. They go into the next layer, so what a layer reads "
            "is scaled as well.",
        ),
        wrong(
            "stride ignored",
            lambda layers, alpha, size, classes: scaled_network(
                layers * [1, 1, 0] + [0, 0, 1], alpha, size, classes
            ),
            "You left the strides out: they make the maps smaller for all layers that follow.",
        ),
        wrong(
            "stride in the pointwise",
            lambda layers, alpha, size, classes: sums(
                layers,
                alpha,
                size,
                classes,
                lambda m, n, before, after: (9 * m + m * n, 9 * m * before**2 + m * n * after**2),
            ),
            "You let the depthwise step work on the full map. It is the one with the stride: it computes "
            "only the outputs that remain.",
        ),
        wrong(
            "full convolutions",
            lambda layers, alpha, size, classes: sums(
                layers,
                alpha,
                size,
                classes,
                lambda m, n, before, after: (9 * m * n, 9 * m * n * after**2),
            ),
            "You counted full 3×3 convolutions. These layers are depthwise separable.",
        ),
        wrong(
            "classes scaled",
            lambda layers, alpha, size, classes: (
                scaled_network(layers, alpha, size, 0) + int(alpha * layers[-1][1]) * int(alpha * classes)
            ),
            "You scaled the classes too. There are as many as before; only what the linear layer reads "
            "becomes narrower.",
        ),
        wrong(
            "linear layer forgotten",
            lambda layers, alpha, size, classes: scaled_network(layers, alpha, size, 0),
            "The linear layer is missing, in both numbers.",
        ),
        wrong(
            "flattened",
            lambda layers, alpha, size, classes: (
                scaled_network(layers, alpha, size, 0)
                + int(alpha * layers[-1][1]) * classes * (size // int(np.prod(layers[:, 2]))) ** 2
            ),
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
    for _ in range(2):
        channels, wider = 16 * int(rng.integers(1, 9)), 16 * int(rng.integers(1, 9))
        size = int(rng.integers(7, 57))
        layers += [(channels, channels, 3, size, channels), (channels, wider, 1, size, 1)]
    bandwidth = int(rng.integers(10, 40))
    return {
        "layers": np.array(layers),
        "peak": bandwidth * int(rng.integers(11, 17)),
        "bandwidth": bandwidth,
    }


def needs(layers):
    """FLOPs and bytes of each layer, [L] and [L]."""
    in_channels, out_channels, kernel_size, size, groups = layers.T
    weights = kernel_size**2 * in_channels * out_channels // groups
    return 2 * weights * size**2, 4 * ((in_channels + out_channels) * size**2 + weights)


TIME = Exercise(
    least_time,
    points=3,
    cases=time_cases,
    mistakes=[
        wrong(
            "arithmetic only",
            lambda layers, peak, bandwidth: float(needs(layers)[0].sum() / peak),
            "You divided all FLOPs by the peak. Layers of low intensity wait for memory: each takes the "
            "longer of its two times.",
        ),
        wrong(
            "traffic only",
            lambda layers, peak, bandwidth: float(needs(layers)[1].sum() / bandwidth),
            "You divided all bytes by the bandwidth. Layers of high intensity are limited by arithmetic: "
            "each takes the longer of its two times.",
        ),
        wrong(
            "longer of the sums",
            lambda layers, peak, bandwidth: float(
                max(needs(layers)[0].sum() / peak, needs(layers)[1].sum() / bandwidth)
            ),
            "You compared the sums of the whole network. Layers run one after the other: take the longer "
            "time of each, then add.",
        ),
        wrong(
            "added",
            lambda layers, peak, bandwidth: float(
                needs(layers)[0].sum() / peak + needs(layers)[1].sum() / bandwidth
            ),
            "You added a layer's two times. Arithmetic and memory work at once: the slower one decides.",
        ),
        wrong(
            "the shorter",
            lambda layers, peak, bandwidth: float(
                np.minimum(needs(layers)[0] / peak, needs(layers)[1] / bandwidth).sum()
            ),
            "You took the shorter of a layer's two times. It is not done before both are.",
        ),
        wrong(
            "macs",
            lambda layers, peak, bandwidth: least_time(layers, 2 * peak, bandwidth),
            "You counted MACs. The peak is in FLOPs a second, and a MAC is two of them.",
        ),
        wrong(
            "elements",
            lambda layers, peak, bandwidth: least_time(layers, peak, 4 * bandwidth),
            "You counted numbers, not bytes. A 32-bit float has four.",
        ),
        wrong(
            "groups ignored",
            lambda layers, peak, bandwidth: least_time(
                layers * [1, 1, 1, 1, 0] + [0, 0, 0, 0, 1], peak, bandwidth
            ),
            "You ignored the groups. With G of them each output reads only 1/G of the channels.",
        ),
        wrong(
            "weights forgotten",
            lambda layers, peak, bandwidth: float(
                np.maximum(
                    needs(layers)[0] / peak,
                    4 * (layers[:, 0] + layers[:, 1]) * layers[:, 3] ** 2 / bandwidth,
                ).sum()
            ),
            "The weights are missing from your bytes: they have to come from memory too.",
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
            lambda in_channels, out_channels, kernel_size: (
                kernel_size**2 * in_channels + in_channels * out_channels
            ),
            "The normalizations are missing: each has a scale and a shift for every channel.",
        ),
        wrong(
            "one norm",
            lambda **block: count_pair(**block) - 2 * block["in_channels"],
            "You counted one normalization, behind the pointwise layer. The depthwise layer has one too.",
        ),
        wrong(
            "norms counted once",
            lambda **block: count_pair(**block) - block["in_channels"] - block["out_channels"],
            "You gave a normalization one parameter a channel. It has two, a scale and a shift.",
        ),
        wrong(
            "running statistics",
            lambda **block: count_pair(**block) + 2 * block["in_channels"] + 2 * block["out_channels"],
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "norms of the output",
            lambda **block: count_pair(**block) + 2 * (block["out_channels"] - block["in_channels"]),
            "Your first normalization has as many channels as the block gives. It stands behind the "
            "depthwise layer, which keeps the number it was given.",
        ),
        wrong(
            "one kernel for all",
            lambda **block: count_pair(**block) - block["kernel_size"] ** 2 * (block["in_channels"] - 1),
            "You counted one kernel for all channels. A depthwise layer has one for each.",
        ),
        wrong(
            "kernels for the output",
            lambda **block: (
                count_pair(**block)
                + block["kernel_size"] ** 2 * (block["out_channels"] - block["in_channels"])
            ),
            "You gave the depthwise layer a kernel for each channel that comes out of the block. It has one "
            "for each that it reads.",
        ),
        wrong(
            "full convolution",
            lambda in_channels, out_channels, kernel_size: (
                kernel_size**2 * in_channels * out_channels + 2 * out_channels
            ),
            "You counted a full convolution and its normalization. Depthwise and pointwise are far fewer.",
        ),
    ],
)


def count_narrow(size, width, stages, repeats, classes):
    size = size // 2
    macs = 9 * 3 * width * size**2
    for _ in range(stages):
        size = size // 2
        macs += (9 * width + width * 2 * width) * size**2
        width = 2 * width
        macs += repeats * (9 * width + width * width) * size**2
    return macs + width * classes


def mobilenet_cases(rng: np.random.Generator) -> Case:
    stages = int(rng.integers(2, 5))
    return {
        "size": 2 ** (stages + 1) * int(rng.integers(3, 8)),
        "width": int(rng.integers(5, 24)),
        "stages": stages,
        "repeats": int(rng.integers(1, 4)),
        "classes": int(rng.integers(11, 300)),
    }


def mobilenet_macs(size, width, stages, repeats, classes, layer, first=2):
    """The same network, where a rule gives a block's MACs from its channels and its two sizes."""
    macs, size = 9 * 3 * width * (size // first) ** 2, size // 2
    for _ in range(stages):
        macs += layer(width, 2 * width, size, size // 2)
        size, width = size // 2, 2 * width
        macs += repeats * layer(width, width, size, size)
    return macs + width * classes


def separably(m, n, before, after):
    return (9 * m + m * n) * after**2


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
            "stride in the pointwise",
            lambda **net: mobilenet_macs(
                **net, layer=lambda m, n, before, after: 9 * m * before**2 + m * n * after**2
            ),
            "You let the depthwise step of a stage's first block work on the full map. It is the one with "
            "the stride.",
        ),
        wrong(
            "stride behind the block",
            lambda **net: mobilenet_macs(
                **net, layer=lambda m, n, before, after: (9 * m + m * n) * before**2
            ),
            "You let the whole first block of a stage work on the full map. With stride 2 its outputs are "
            "fewer from the depthwise step on.",
        ),
        wrong(
            "full convolutions",
            lambda **net: mobilenet_macs(**net, layer=lambda m, n, before, after: 9 * m * n * after**2),
            "You counted full 3×3 convolutions. The blocks are depthwise separable.",
        ),
        wrong(
            "depthwise forgotten",
            lambda **net: mobilenet_macs(**net, layer=lambda m, n, before, after: m * n * after**2),
            "The depthwise steps are missing. They are few MACs, but not none.",
        ),
        wrong(
            "depthwise on the output",
            lambda **net: mobilenet_macs(**net, layer=lambda m, n, before, after: (9 * n + m * n) * after**2),
            "Your depthwise steps have as many channels as their block gives. They come first, and keep the "
            "number that the block reads.",
        ),
        wrong(
            "first layer at full size",
            lambda **net: mobilenet_macs(**net, layer=separably, first=1),
            "You let the first convolution work at every pixel. It has stride 2.",
        ),
        wrong(
            "linear layer forgotten",
            lambda **net: count_narrow(**net | {"classes": 0}),
            "The linear layer at the end is missing from your sum.",
        ),
        wrong(
            "repeats forgotten",
            lambda **net: count_narrow(**net | {"repeats": 0}),
            "You counted one block a stage. The blocks that change nothing cost something too.",
        ),
        wrong(
            "two a mac",
            lambda **net: 2 * count_narrow(**net),
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
    ],
)


EXERCISES = [DEPTHWISE, FULL_KERNEL, BLOCK, SAVING, SCALED, TIME, SEPARABLE, MOBILENET]

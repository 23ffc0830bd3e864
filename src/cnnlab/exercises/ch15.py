"""Chapter 15, MobileNetV2 and V3: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


# 1. What ReLU leaves over ---------------------------------------------------------------------------


def recovered_share(points, weight):
    active = points @ weight.T > 0
    return np.mean(active.sum(axis=1) >= points.shape[1])


def share_cases(rng: np.random.Generator) -> Case:
    dimensions = int(rng.integers(2, 4))
    outputs = dimensions + int(rng.integers(1, 4))
    return {"points": digits(rng, 12, dimensions), "weight": digits(rng, outputs, dimensions)}


SHARE = Exercise(
    recovered_share,
    points=2,
    cases=share_cases,
    mistakes=[
        wrong(
            "any",
            lambda points, weight: np.mean((points @ weight.T > 0).any(axis=1)),
            "You asked for one positive output. One equation leaves a whole line of possible points: as many "
            "are needed as a point has coordinates.",
        ),
        wrong(
            "all",
            lambda points, weight: np.mean((points @ weight.T > 0).all(axis=1)),
            "You asked for all outputs to be positive. Some may be lost: as many equations as coordinates "
            "are enough.",
        ),
        wrong(
            "one more",
            lambda points, weight: np.mean((points @ weight.T > 0).sum(axis=1) > points.shape[1]),
            "You asked for one more positive output than needed. Two equations settle two unknowns.",
        ),
        wrong(
            "negative ones",
            lambda points, weight: np.mean((points @ weight.T < 0).sum(axis=1) >= points.shape[1]),
            "You counted what is negative before the ReLU. Those are the outputs that it erases.",
        ),
        wrong(
            "two for all",
            lambda points, weight: np.mean((points @ weight.T > 0).sum(axis=1) >= 2),
            "You asked for two positive outputs whatever the points. Points of three coordinates need three.",
        ),
        wrong(
            "active outputs",
            lambda points, weight: np.mean(points @ weight.T > 0),
            "You returned the share of outputs that are positive. The question is about points: of each, ask "
            "whether enough outputs are positive.",
        ),
        wrong(
            "count",
            lambda points, weight: np.sum((points @ weight.T > 0).sum(axis=1) >= points.shape[1]),
            "You counted the points. A share is that number divided by how many there are.",
        ),
    ],
)


# 2. The block ---------------------------------------------------------------------------------------


def inverted_residual(x, expand, filters, project, stride):
    hidden = np.clip(np.einsum("dc,chw->dhw", expand, x), 0, 6)
    padded = np.pad(hidden, ((0, 0), (1, 1), (1, 1)))
    slide = np.lib.stride_tricks.sliding_window_view
    windows = slide(padded, (3, 3), axis=(1, 2))[:, ::stride, ::stride]
    filtered = np.einsum("dhwij,dij->dhw", windows, filters)
    filtered = np.clip(filtered, 0, 6)
    output = np.einsum("kd,dhw->khw", project, filtered)
    return output + x if output.shape == x.shape else output


def residual_cases(rng: np.random.Generator) -> Case:
    channels, hidden, fits = int(rng.integers(2, 4)), int(rng.integers(4, 6)), rng.random() < 0.6
    stride = 1 if fits else int(rng.integers(1, 3))
    return {
        "x": rng.integers(-3, 4, (channels, 4, 3)).astype(float),
        "expand": rng.integers(-2, 3, (hidden, channels)).astype(float),
        "filters": rng.integers(-2, 3, (hidden, 3, 3)).astype(float),
        "project": rng.integers(-2, 3, (channels if fits else channels + 1, hidden)).astype(float),
        "stride": stride,
    }


def clipped(x):
    return np.clip(x, 0, 6)


def rectified(x):
    return np.maximum(x, 0)


def body(x, expand, filters, project, stride, first=clipped, second=clipped):
    """F without the shortcut, with the activations that somebody chose."""
    hidden = first(np.einsum("dc,chw->dhw", expand, x))
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(hidden, ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2)
    )
    filtered = np.einsum("dhwij,dij->dhw", windows[:, ::stride, ::stride], filters)
    return np.einsum("kd,dhw->khw", project, second(filtered))


def joined(output, x):
    return output + x if output.shape == x.shape else output


BLOCK = Exercise(
    inverted_residual,
    points=3,
    cases=residual_cases,
    mistakes=[
        wrong(
            "shortcut forgotten",
            lambda x, **layers: body(x, **layers),
            "The shortcut is missing. Where the output has the shape of x, x is added.",
        ),
        wrong(
            "relu6 at the end",
            lambda x, **layers: joined(clipped(body(x, **layers)), x),
            "You applied ReLU6 to what the last layer gives. The bottleneck is linear: in few channels a "
            "ReLU loses what cannot be recovered.",
        ),
        wrong(
            "relu6 after the sum",
            lambda x, **layers: clipped(joined(body(x, **layers), x)),
            "You applied ReLU6 after the sum, as ResNet's block of 2015 has its ReLU. Here nothing follows.",
        ),
        wrong(
            "not clipped",
            lambda x, **layers: joined(body(x, **layers, first=rectified, second=rectified), x),
            "You used an ordinary ReLU. ReLU6 also clips what is larger than 6.",
        ),
        wrong(
            "nothing after the expansion",
            lambda x, **layers: joined(body(x, **layers, first=np.asarray), x),
            "There is no ReLU6 between the expansion and the filters. That layer is wide, and gets one.",
        ),
        wrong(
            "nothing after the filters",
            lambda x, **layers: joined(body(x, **layers, second=np.asarray), x),
            "There is no ReLU6 behind the filters. Only the last layer goes without.",
        ),
        wrong(
            "one kernel for all",
            lambda x, filters, **rest: joined(
                body(x, filters=np.broadcast_to(filters[:1], filters.shape), **rest), x
            ),
            "You used the first filter for every channel. A depthwise convolution has one for each.",
        ),
        wrong(
            "kernel flipped",
            lambda x, filters, **rest: joined(body(x, filters=filters[:, ::-1, ::-1], **rest), x),
            "Your kernels are turned by 180°. What networks call a convolution does not flip.",
        ),
    ],
)


# 3. Width multiplier: rounding ----------------------------------------------------------------------


def scaled_channels(channels, width):
    scaled = channels * width
    rounded = np.maximum(8, (scaled + 4).astype(int) // 8 * 8)
    return np.where(rounded < 0.9 * scaled, rounded + 8, rounded)


def channel_cases(rng: np.random.Generator) -> Case:
    return {
        "channels": rng.choice([8, 16, 24, 32, 64, 96, 160, 320], 6),
        "width": float(rng.choice([0.1, 0.35, 0.5, 0.6, 0.7, 0.8, 1.4])),
    }


SCALED = Exercise(
    scaled_channels,
    points=2,
    cases=channel_cases,
    mistakes=[
        wrong(
            "not rounded",
            lambda channels, width: np.maximum(8, (channels * width).astype(int)),
            "You cut the product to a whole number. It must be a multiple of 8, which is what processors "
            "like.",
        ),
        wrong(
            "always down",
            lambda channels, width: np.maximum(8, (channels * width).astype(int) // 8 * 8),
            "You always rounded down. Round to the *nearest* multiple of 8 first.",
        ),
        wrong(
            "always up",
            lambda channels, width: np.ceil(channels * width / 8).astype(int) * 8,
            "You always rounded up. Round to the *nearest* multiple of 8, and up only where that loses more "
            "than a tenth.",
        ),
        wrong(
            "a tenth lost",
            lambda channels, width: np.maximum(8, (channels * width + 4).astype(int) // 8 * 8),
            "Your rounding loses more than a tenth somewhere: then take the next multiple of 8.",
        ),
        wrong(
            "none left",
            lambda channels, width: (channels * width + 4).astype(int) // 8 * 8,
            "A layer of yours has no channels left. The least is 8.",
        ),
        wrong(
            "never wider",
            lambda channels, width: np.minimum(channels, scaled_channels(channels, width)),
            "You never let a layer become wider than it was. With α = 1.4 it must: the 1×1 convolution "
            "before the depthwise one can make as many channels as you like.",
        ),
        wrong(
            "width ignored",
            lambda channels, width: scaled_channels(channels, 1.0),
            "You returned the channels of width 1. Multiply by the width first.",
        ),
    ],
)


# 4. Width multiplier: where ------------------------------------------------------------------------


def narrowed_v1(channels, width):
    scaled = (channels * width).astype(int)
    before, after = scaled[:-1], scaled[1:]
    return np.stack([before, before, before, after], axis=1)


def narrow_cases(rng: np.random.Generator) -> Case:
    channels = rng.permutation([20, 40, 60, 80, 100, 160])[: int(rng.integers(3, 6))]
    return {"channels": channels, "width": float(rng.choice([0.25, 0.5, 0.75]))}


def rows_of(a, b, c, d):
    return np.stack([a, b, c, d], axis=1)


def ints(channels, width):
    return (channels * width).astype(int)


NARROWED = Exercise(
    narrowed_v1,
    points=2,
    cases=narrow_cases,
    mistakes=[
        wrong(
            "depthwise changes the number",
            lambda channels, width: rows_of(
                ints(channels, width)[:-1],
                ints(channels, width)[:-1],
                ints(channels, width)[1:],
                ints(channels, width)[1:],
            ),
            "You let the depthwise layer change the number of channels. It has one filter for each channel "
            "it is given; the number changes in the 1×1 layer behind it.",
        ),
        wrong(
            "groups not scaled",
            lambda channels, width: rows_of(
                ints(channels, width)[:-1],
                channels[:-1],
                ints(channels, width)[:-1],
                ints(channels, width)[1:],
            ),
            "Your groups have stayed at the old number. Depthwise means one group a channel, so groups "
            "shrink with the channels.",
        ),
        wrong(
            "one group",
            lambda channels, width: rows_of(
                ints(channels, width)[:-1],
                0 * channels[:-1] + 1,
                ints(channels, width)[:-1],
                ints(channels, width)[1:],
            ),
            "With one group it is an ordinary convolution. Depthwise means as many groups as channels.",
        ),
        wrong(
            "outputs only",
            lambda channels, width: rows_of(
                channels[:-1], channels[:-1], channels[:-1], ints(channels, width)[1:]
            ),
            "You scaled the outputs alone. What a layer reads is what the layer before it wrote: scaled too.",
        ),
        wrong(
            "inputs only",
            lambda channels, width: rows_of(
                ints(channels, width)[:-1],
                ints(channels, width)[:-1],
                ints(channels, width)[:-1],
                channels[1:],
            ),
            "You scaled the inputs alone. Then the next layer gets more channels than it reads.",
        ),
        wrong(
            "width squared",
            lambda channels, width: narrowed_v1(channels, width * width),
            "You applied the width twice. The *cost* falls with its square; the channels with the width "
            "itself.",
        ),
        wrong(
            "columns swapped",
            lambda channels, width: rows_of(
                ints(channels, width)[:-1],
                ints(channels, width)[:-1],
                ints(channels, width)[1:],
                ints(channels, width)[:-1],
            ),
            "Your last two columns are swapped: first what the 1×1 layer reads, then what it writes.",
        ),
    ],
)


# 5. Pooling along channels --------------------------------------------------------------------------


def pool_channels(x, size):
    channels, height, width = x.shape
    runs = x.reshape(channels // size, size, height, width)
    return runs.max(axis=1)


def pool_cases(rng: np.random.Generator) -> Case:
    size = int(rng.integers(2, 4))
    return {"x": digits(rng, size * int(rng.integers(2, 4)), 6, 6), "size": size}


def pixels_pooled(x, size):
    channels, height, width = x.shape
    tiles = x[:, : height // size * size, : width // size * size]
    return tiles.reshape(channels, height // size, size, width // size, size).max(axis=(2, 4))


POOLED = Exercise(
    pool_channels,
    points=1,
    cases=pool_cases,
    mistakes=[
        wrong(
            "average",
            lambda x, size: x.reshape(-1, size, *x.shape[1:]).mean(axis=1),
            "You averaged. The question asks for the largest of each run.",
        ),
        wrong(
            "sum",
            lambda x, size: x.reshape(-1, size, *x.shape[1:]).sum(axis=1),
            "You added each run up. The question asks for its largest.",
        ),
        wrong(
            "pixels",
            pixels_pooled,
            "You pooled windows of pixels. Rows and columns stay here; the *channels* become fewer.",
        ),
        wrong(
            "dealt",
            lambda x, size: x.reshape(size, -1, *x.shape[1:]).max(axis=0),
            "You put channels into one run that stand far apart. Neighbours belong together: the first "
            "`size`, then the next.",
        ),
        wrong(
            "picked",
            lambda x, size: x[::size],
            "You kept one channel of each run, whatever it holds. Take the largest, pixel by pixel.",
        ),
        wrong(
            "all",
            lambda x, size: x.max(axis=0, keepdims=True),
            "You pooled all channels into one. Only runs of `size` are pooled.",
        ),
        wrong(
            "magnitude",
            lambda x, size: np.abs(x).reshape(-1, size, *x.shape[1:]).max(axis=1),
            "You compared without the signs. The largest of −9 and 2 is 2.",
        ),
    ],
)


# 6. h-swish -----------------------------------------------------------------------------------------


def hard_swish(x):
    gate = np.clip(x + 3, 0, 6) / 6
    return x * gate


def swish_cases(rng: np.random.Generator) -> Case:
    return {"x": rng.integers(-24, 25, (3, 4)) / 4}


SWISH = Exercise(
    hard_swish,
    points=1,
    cases=swish_cases,
    mistakes=[
        wrong(
            "swish",
            lambda x: x / (1 + np.exp(-x)),
            "That is swish, with the sigmoid. h-swish has straight lines for a gate: ReLU6(x + 3) / 6.",
        ),
        wrong(
            "gate alone",
            lambda x: np.clip(x + 3, 0, 6) / 6,
            "You returned the gate, the hard sigmoid. h-swish is x *times* it.",
        ),
        wrong(
            "not divided",
            lambda x: x * np.clip(x + 3, 0, 6),
            "The division by 6 is missing: a gate lies between 0 and 1.",
        ),
        wrong(
            "not shifted",
            lambda x: x * np.clip(x, 0, 6) / 6,
            "The gate is not shifted: at x = 0 it must be half open. Add 3 before ReLU6.",
        ),
        wrong(
            "not clipped",
            lambda x: x * np.maximum(x + 3, 0) / 6,
            "Your gate grows beyond 1: you used ReLU. From x = 3 on h-swish is x itself.",
        ),
        wrong(
            "negative part lost",
            lambda x: np.maximum(hard_swish(x), 0),
            "You set everything below zero to 0. Between −3 and 0 h-swish is a little negative.",
        ),
        wrong(
            "clipped from below only at zero",
            lambda x: x * np.minimum(x + 3, 6) / 6,
            "Your gate does not stop at 0: below −3 it is negative. ReLU6 clips at both ends.",
        ),
    ],
)


# 7 and 8. Counting ----------------------------------------------------------------------------------


def count_inverted(in_channels, out_channels, expansion, size, stride):
    hidden = in_channels * expansion
    side = size // stride
    expand = in_channels * hidden * size**2
    filters = 9 * hidden * side**2
    project = hidden * out_channels * side**2
    return expand + filters + project


def inverted_cases(rng: np.random.Generator) -> Case:
    stride = int(rng.integers(2, 4))
    return {
        "in_channels": int(rng.integers(10, 60)),
        "out_channels": int(rng.integers(61, 120)),
        "expansion": int(rng.integers(3, 9)),
        "size": stride * int(rng.integers(5, 30)),
        "stride": stride,
    }


def side_of(block):
    return block["size"] // block["stride"]


def hidden_of(block):
    return block["in_channels"] * block["expansion"]


INVERTED = DrawnExercise(
    count_inverted,
    points=3,
    cases=inverted_cases,
    question=(
        "An inverted residual block takes {in_channels} channels of {size}×{size} pixels and gives "
        "{out_channels}. Its expansion is {expansion}; its 3×3 depthwise layer has stride {stride} and "
        "padding 1. How many multiply–accumulates (MACs) does one image need? Normalization and activations "
        "do not count."
    ),
    mistakes=[
        wrong(
            "expanded from the output",
            lambda **block: (
                block["out_channels"]
                * block["expansion"]
                * (
                    block["in_channels"] * block["size"] ** 2
                    + (9 + block["out_channels"]) * side_of(block) ** 2
                )
            ),
            "You multiplied the expansion by the channels of the output. It is always applied to the "
            "input's.",
        ),
        wrong(
            "full convolution",
            lambda **block: (
                count_inverted(**block) + 9 * hidden_of(block) * (hidden_of(block) - 1) * side_of(block) ** 2
            ),
            "You counted the 3×3 layer as an ordinary convolution. Depthwise, each channel is filtered by "
            "itself: nine MACs an output.",
        ),
        wrong(
            "depthwise forgotten",
            lambda **block: count_inverted(**block) - 9 * hidden_of(block) * side_of(block) ** 2,
            "The depthwise layer is missing. It is cheap, not free.",
        ),
        wrong(
            "stride first",
            lambda **block: (
                count_inverted(**block)
                - block["in_channels"] * hidden_of(block) * (block["size"] ** 2 - side_of(block) ** 2)
            ),
            "You gave the stride to the expansion. It stands in the depthwise layer: the expansion still "
            "works on all pixels.",
        ),
        wrong(
            "stride last",
            lambda **block: (
                count_inverted(**block) + 9 * hidden_of(block) * (block["size"] ** 2 - side_of(block) ** 2)
            ),
            "You let the depthwise layer work on the full size. A strided layer computes only the outputs "
            "that remain.",
        ),
        wrong(
            "no stride",
            lambda **block: count_inverted(**block | {"stride": 1}),
            "You left the stride out: all three layers at the full size.",
        ),
        wrong(
            "expansion not multiplied",
            lambda **block: (
                block["expansion"]
                * (
                    block["in_channels"] * block["size"] ** 2
                    + (9 + block["out_channels"]) * side_of(block) ** 2
                )
            ),
            "You took the expansion for a number of channels. It is a factor: the middle has expansion times "
            "the channels of the input.",
        ),
        wrong(
            "two a mac",
            lambda **block: 2 * count_inverted(**block),
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
    ],
)


def count_excited(in_channels, hidden, out_channels, kernel_size):
    squeezed = hidden // 4
    expand = in_channels * hidden + 2 * hidden
    filters = kernel_size**2 * hidden + 2 * hidden
    gate = hidden * squeezed + squeezed + squeezed * hidden + hidden
    project = hidden * out_channels + 2 * out_channels
    return expand + filters + gate + project


def excited_cases(rng: np.random.Generator) -> Case:
    in_channels = 8 * int(rng.integers(2, 14))
    return {
        "in_channels": in_channels,
        "hidden": 32 * int(rng.integers(5, 30)) + 8 * in_channels // 8 * 4,
        "out_channels": 8 * int(rng.integers(2, 20)),
        "kernel_size": int(rng.choice([5, 7])),
    }


def squeezed_to(block, squeezed):
    """The parameters with a gate of this many units instead of a quarter of the middle."""
    quarter = block["hidden"] // 4
    return count_excited(**block) + (2 * block["hidden"] + 1) * (squeezed - quarter)


EXCITED = DrawnExercise(
    count_excited,
    points=3,
    cases=excited_cases,
    question=(
        "A block of MobileNetV3 takes {in_channels} channels, expands them to {hidden}, filters those with a "
        "{kernel_size}×{kernel_size} depthwise layer, gates them, and projects to {out_channels}. The gate "
        "squeezes to a quarter of the {hidden} channels; both of its layers have biases. The other three "
        "layers have none, and each is followed by a batch normalization with a scale and a shift a channel. "
        "How many parameters does the block have?"
    ),
    mistakes=[
        wrong(
            "gate forgotten",
            lambda **block: (
                count_excited(**block)
                - 2 * block["hidden"] * (block["hidden"] // 4)
                - block["hidden"]
                - block["hidden"] // 4
            ),
            "The gate is missing: two layers, from the middle's channels to a quarter of them and back.",
        ),
        wrong(
            "gate without biases",
            lambda **block: count_excited(**block) - block["hidden"] - block["hidden"] // 4,
            "The gate's biases are missing. No normalization follows there, so its layers have their own.",
        ),
        wrong(
            "squeezed from the input",
            lambda **block: squeezed_to(block, block["in_channels"] // 4),
            "You squeezed to a quarter of the block's *input*. That is MnasNet's gate; V3 takes a quarter of "
            "the middle.",
        ),
        wrong(
            "norms forgotten",
            lambda **block: count_excited(**block) - 4 * block["hidden"] - 2 * block["out_channels"],
            "The normalizations are missing: a scale and a shift for each channel of three layers.",
        ),
        wrong(
            "running statistics",
            lambda **block: count_excited(**block) + 4 * block["hidden"] + 2 * block["out_channels"],
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "three by three",
            lambda **block: count_excited(**block | {"kernel_size": 3}),
            "You counted a 3×3 kernel. Look at its size again.",
        ),
        wrong(
            "full convolution",
            lambda **block: (
                count_excited(**block) + block["kernel_size"] ** 2 * block["hidden"] * (block["hidden"] - 1)
            ),
            "You counted the depthwise layer as an ordinary convolution. It has one small kernel a channel.",
        ),
        wrong(
            "one gate layer",
            lambda **block: (
                count_excited(**block) - block["hidden"] * (block["hidden"] // 4) - block["hidden"] // 4
            ),
            "You counted one of the gate's two layers. It squeezes, and then it expands again.",
        ),
    ],
)


EXERCISES = [SHARE, BLOCK, SCALED, NARROWED, POOLED, SWISH, INVERTED, EXCITED]

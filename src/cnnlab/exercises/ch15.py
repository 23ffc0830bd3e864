"""Chapter 15, MobileNetV2 and V3: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits

# 1. What ReLU leaves over ---------------------------------------------------------------------------


def recovered_share(points, weight):
    active = points @ weight.T > 0
    return np.mean(active.sum(axis=1) >= points.shape[1])


def share_cases(rng: np.random.Generator) -> Case:
    dimensions = int(rng.integers(2, 4))
    outputs = dimensions + int(rng.integers(0, 4))
    shapes = (int(rng.integers(8, 13)), dimensions), (outputs, dimensions)
    points, weight = (rng.integers(-2, 3, shape).astype(float) for shape in shapes)  # small: many zeros
    return {"points": points, "weight": weight}


SHARE = Exercise(
    recovered_share,
    points=2,
    cases=share_cases,
    mistakes=[
        wrong(
            "rank",
            lambda points, weight: np.mean(
                [np.linalg.matrix_rank(weight[weight @ x > 0]) >= len(x) for x in points]
            ),
            "You asked whether the rows that stay can be solved for the point, which is stricter where they "
            "lie in one line. The question counts the outputs that stay positive.",
        ),
        wrong(
            "any",
            {"active.sum(axis=1) >= points.shape[1]": "active.any(axis=1)"},
            "You asked for one positive output. One equation leaves a whole line of possible points: as many "
            "are needed as a point has coordinates.",
        ),
        wrong(
            "all",
            {"active.sum(axis=1) >= points.shape[1]": "active.all(axis=1)"},
            "You asked for all outputs to be positive. Some may be lost: as many equations as coordinates "
            "are enough.",
        ),
        wrong(
            "one more",
            {">= points": "> points"},
            "You asked for one more positive output than needed. Two equations settle two unknowns.",
        ),
        wrong(
            "exactly so many",
            {">= points": "== points"},
            "You asked for exactly n positive outputs. More do no harm: at least n.",
        ),
        wrong(
            "half of them",
            {">= points.shape[1]": ">= len(weight) / 2"},
            "You asked for half of the outputs. What counts is the number of coordinates, not of outputs.",
        ),
        wrong(
            "zero counted",
            {"> 0": ">= 0"},
            "You counted outputs of exactly 0. They are not positive, and no equation is left of them.",
        ),
        wrong(
            "lost ones counted",
            {"> 0": "> -np.inf"},
            "You counted every output: behind the ReLU none is below 0. A lost one is 0, so ask for more.",
        ),
        wrong(
            "other axis",
            {"active.sum(axis=1)": "active.sum(axis=0)"},
            "You counted, of each output, at how many points it is positive. Count the positive outputs of "
            "each point: along axis 1 where a row is a point.",
        ),
        wrong(
            "negative ones",
            {"> 0": "< 0"},
            "You counted what is negative before the ReLU. Those are the outputs that it erases.",
        ),
        wrong(
            "two for all",
            {">= points.shape[1]": ">= 2"},
            "You asked for two positive outputs whatever the points. Points of three coordinates need three.",
        ),
        wrong(
            "weight reshaped",
            {"weight.T": "weight.reshape(weight.T.shape)"},
            "You reshaped the weights, and their numbers changed places. Transpose them: weight.T.",
        ),
        wrong(
            "active outputs",
            {"active.sum(axis=1) >= points.shape[1]": "active"},
            "You returned the share of outputs that are positive. The question is about points: of each, ask "
            "whether enough outputs are positive.",
        ),
        wrong(
            "count",
            {"np.mean": "np.sum"},
            "You counted the points. A share is that number divided by how many there are.",
        ),
        wrong(
            "share lost",
            {"return ": "return 1 - "},
            "You returned the share of points that are lost. Those that can be found again are asked for.",
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
    channels, hidden = int(rng.integers(2, 4)), int(rng.integers(4, 6))
    more = rng.choice([-1, -1, 0, 0, 0, 1, 1])
    rows, columns = rng.permutation([3, 4, 5])[:2]
    return {
        "x": rng.integers(-3, 4, (channels, rows, columns)).astype(float),
        "expand": rng.integers(-2, 3, (hidden, channels)).astype(float),
        "filters": rng.integers(-2, 3, (hidden, 3, 3)).astype(float),
        "project": rng.integers(-2, 3, (channels + more, hidden)).astype(float),
        "stride": int(rng.integers(1, 3)),
    }


BLOCK = Exercise(
    inverted_residual,
    points=3,
    cases=residual_cases,
    draws=24,
    mistakes=[
        wrong(
            "shortcut forgotten",
            {"output + x": "output"},
            "The shortcut is missing. Where the output has the shape of x, x is added.",
        ),
        wrong(
            "shortcut strided",
            {"x if output.shape == x.shape": "x[:, ::stride, ::stride] if len(output) == len(x)"},
            "You added a smaller x where the stride makes the output smaller. Then there is no shortcut.",
        ),
        wrong(
            "shortcut cut",
            {"x if output.shape == x.shape": "x[: len(output)] if stride == 1 and len(output) <= len(x)"},
            "Where fewer channels come out than go in you added the first ones of x. There is no shortcut: x "
            "is added where the output has its shape.",
        ),
        wrong(
            "shortcut filled up",
            {
                "x if output.shape == x.shape": (
                    "np.pad(x, ((0, len(output) - len(x)), (0, 0), (0, 0))) "
                    "if stride == 1 and len(output) >= len(x)"
                )
            },
            "Where more channels come out than go in you filled x up with zeros. There is no shortcut: x is "
            "added where the output has its shape.",
        ),
        wrong(
            "relu6 at the end",
            {"return": "output = np.clip(output, 0, 6)\n    return"},
            "You applied ReLU6 to what the last layer gives. The bottleneck is linear: in few channels a "
            "ReLU loses what cannot be recovered.",
        ),
        wrong(
            "relu6 after the sum",
            {"output + x": "np.clip(output + x, 0, 6)"},
            "You applied ReLU6 after the sum, as ResNet's block of 2015 has its ReLU. Here nothing follows.",
        ),
        wrong(
            "not clipped",
            {"x), 0, 6)": "x), 0, None)", "filtered, 0, 6)": "filtered, 0, None)"},
            "You used an ordinary ReLU. ReLU6 also clips what is larger than 6.",
        ),
        wrong(
            "hard sigmoid",
            {"x), 0, 6)": "x) + 3, 0, 6) / 6", "filtered, 0, 6)": "filtered + 3, 0, 6) / 6"},
            "You used the gate of h-swish, ReLU6(x + 3) / 6. ReLU6 itself clips x to the range from 0 to 6.",
        ),
        wrong(
            "nothing after the expansion",
            {"x), 0, 6)": "x), -np.inf, np.inf)"},
            "There is no ReLU6 between the expansion and the filters. That layer is wide, and gets one.",
        ),
        wrong(
            "nothing after the filters",
            {"filtered, 0, 6)": "filtered, -np.inf, np.inf)"},
            "There is no ReLU6 behind the filters. Only the last layer goes without.",
        ),
        wrong(
            "before the layers",
            {"expand, x)": "expand, np.clip(x, 0, 6))", "filtered, 0, 6)": "filtered, -np.inf, np.inf)"},
            "Your ReLU6 stand in front of the first two layers. They belong behind them.",
        ),
        wrong(
            "one kernel for all",
            {"dij->": "ij->", "windows, filters)": "windows, filters[0])"},
            "You used the first filter for every channel. A depthwise convolution has one for each.",
        ),
        wrong(
            "kernel flipped",
            {"windows, filters)": "windows, filters[:, ::-1, ::-1])"},
            "Your kernels are turned by 180°. What networks call a convolution does not flip.",
        ),
        wrong(
            "border repeated",
            {"(1, 1)))": '(1, 1)), mode="edge")'},
            "You repeated the border's pixels around the map. The padding holds zeros.",
        ),
    ],
)


# 3. Width multiplier: rounding ----------------------------------------------------------------------


def scaled_channels(channels, width):
    scaled = channels * width
    rounded = np.maximum(8, (scaled + 4).astype(int) // 8 * 8)
    return np.where(rounded < 0.9 * scaled, rounded + 8, rounded)


def channel_cases(rng: np.random.Generator) -> Case:
    width = float(rng.choice([0.25, 0.5, 0.75, 1.25, 1.5]))  # exact, so that a half is a half
    every = np.arange(1, 400)
    product = every * width
    groups = [
        product < 4,  # none are left but for the least
        (product >= 9) & (product <= 10),  # more than a tenth is lost
        (product > 50) & (product % 16 == 4),  # a half, which NumPy would round down
        (product > 35) & (product % 8 >= 3) & (product % 8 < 4),  # a little less than a half
        (product == 26.75)
        | (product == 35.75),  # more than a tenth is lost, of 26 and 35 less: a width has it
        np.isin(product, [17.75, 26.5, 35.25, 35.5]),  # a little less than a tenth is lost: so few widths too
    ]
    channels = [*(rng.choice(every[group]) for group in groups if group.any()), *rng.choice(every, 2)]
    return {"channels": rng.permutation(channels), "width": width}


SCALED = Exercise(
    scaled_channels,
    points=2,
    cases=channel_cases,
    mistakes=[
        wrong(
            "not rounded",
            {"(scaled + 4).astype(int) // 8 * 8": "scaled.astype(int)", "rounded + 8": "rounded"},
            "You cut the product to a whole number. It must be a multiple of 8, which is what processors "
            "like.",
        ),
        wrong(
            "always down",
            {"scaled + 4": "scaled", "rounded + 8": "rounded"},
            "You always rounded down. Round to the *nearest* multiple of 8 first.",
        ),
        wrong(
            "down first",
            {"scaled + 4": "scaled"},
            "You round down first. Round to the *nearest* multiple of 8, and then look what is lost.",
        ),
        wrong(
            "always up",
            {"(scaled + 4).astype(int) // 8": "np.ceil(scaled / 8).astype(int)"},
            "You always rounded up. Round to the *nearest* multiple of 8, and up only where that loses more "
            "than a tenth.",
        ),
        wrong(
            "half to even",
            {"(scaled + 4).astype(int) // 8": "np.round(scaled / 8).astype(int)"},
            "A half goes up here, and one of yours went down. round and np.round take it to the even "
            "neighbour: 6.5 to 6.",
        ),
        wrong(
            "a tenth lost",
            {"rounded + 8": "rounded"},
            "Your rounding loses more than a tenth somewhere: then take the next multiple of 8.",
        ),
        wrong(
            "a tenth of the old",
            {"0.9 * scaled": "0.9 * channels"},
            "You compared with the channels before scaling. What rounding loses is a part of the product.",
        ),
        wrong(
            "a tenth of the cut",
            {"channels * width": "(channels * width).astype(int)"},
            "You cut the product to a whole number first. Then it looks as if less were lost: 35.75 becomes "
            "32, which is more than a tenth, though of 35 it would not be.",
        ),
        wrong(
            "a tenth of the rounded",
            {"rounded < 0.9 * scaled": "1.1 * rounded < scaled"},
            "You compared the loss with a tenth of the rounded number. A tenth of the product may be lost.",
        ),
        wrong(
            "a tenth gained",
            {"rounded < 0.9 * scaled": "abs(rounded - scaled) > 0.1 * scaled"},
            "You add 8 where rounding gained more than a tenth, too. Only a loss is mended.",
        ),
        wrong(
            "all mended",
            {"rounded < 0.9 * scaled": "np.any(rounded < 0.9 * scaled)"},
            "Where one layer loses more than a tenth, you mend all. Each layer is looked at by itself.",
        ),
        wrong(
            "product kept",
            {"rounded + 8, rounded)": "scaled, rounded).astype(int)"},
            "Where more than a tenth is lost you keep the product. Take the next multiple of 8.",
        ),
        wrong(
            "none left",
            {"np.maximum(8, ": "np.maximum(0, ", "rounded + 8": "rounded"},
            "Two rules are missing: the least is 8, and where rounding loses more than a tenth, 8 are added.",
        ),
        wrong(
            "least forgotten",
            lambda channels, width: np.where(channels * width < 4, 0, scaled_channels(channels, width)),
            "A layer of yours has no channels left. The least is 8.",
        ),
        wrong(
            "never wider",
            lambda channels, width: scaled_channels(channels, min(width, 1.0)),
            "You never let a layer become wider than it was. With α = 1.4 it must: the 1×1 convolution "
            "before the depthwise one can make as many channels as you like.",
        ),
        wrong(
            "width ignored",
            {"channels * width": "channels"},
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
    channels = rng.choice(np.arange(17, 160), int(rng.integers(3, 6)), replace=False)
    return {"channels": channels, "width": float(rng.choice([0.25, 0.375, 0.5, 0.75]))}


NARROWED = Exercise(
    narrowed_v1,
    points=2,
    cases=narrow_cases,
    mistakes=[
        wrong(
            "depthwise changes the number",
            {"before, before, after]": "before, after, after]"},
            "You let the depthwise layer change the number of channels. It has one filter for each channel "
            "it is given; the number changes in the 1×1 layer behind it.",
        ),
        wrong(
            "filters for the outputs",
            {"[before,": "[after,"},
            "You gave the depthwise layer a filter for each output of the block. It has one for each channel "
            "it is given.",
        ),
        wrong(
            "weights for filters",
            {"[before,": "[9 * before,"},
            "You counted the weights of the filters. The number of filters is asked for: one a channel.",
        ),
        wrong(
            "groups not scaled",
            {"[before, before": "[before, channels[:-1]"},
            "Your groups have stayed at the old number. Depthwise means one group a channel, so groups "
            "shrink with the channels.",
        ),
        wrong(
            "one group",
            {"[before, before": "[before, 0 * before + 1"},
            "With one group it is an ordinary convolution. Depthwise means as many groups as channels.",
        ),
        wrong(
            "pointwise reads one",
            {"before, after]": "0 * before + 1, after]"},
            "Your 1×1 layer reads one channel. It is the one that mixes: it reads all that it is given.",
        ),
        wrong(
            "outputs only",
            {"= scaled[:-1]": "= channels[:-1]"},
            "You scaled the outputs alone. What a layer reads is what the layer before it wrote: scaled too.",
        ),
        wrong(
            "inputs only",
            {"scaled[1:]": "channels[1:]"},
            "You scaled the inputs alone. Then the next layer gets more channels than it reads.",
        ),
        wrong(
            "first not scaled",
            {"before, after =": "scaled[0] = channels[0]\n    before, after ="},
            "You left the first number as it is. These channels are no image: the first block's are scaled "
            "too.",
        ),
        wrong(
            "outputs scaled twice",
            {"scaled[1:]": "(scaled[1:] * width).astype(int)"},
            "You scaled the outputs twice. They are the old outputs times the width, once.",
        ),
        wrong(
            "width squared",
            {"channels * width": "channels * width**2"},
            "You applied the width twice. The *cost* falls with its square; the channels with the width "
            "itself.",
        ),
        wrong(
            "rounded",
            {"(channels * width)": "np.round(channels * width)"},
            "You rounded the products to the nearest whole number. They are cut.",
        ),
        wrong(
            "multiples of 8",
            {"(channels * width).astype(int)": "np.maximum(8, (channels * width + 4).astype(int) // 8 * 8)"},
            "You made the channels multiples of 8. That is V2's rule; in V1 the products are cut.",
        ),
        wrong(
            "columns swapped",
            {"before, after]": "after, before]"},
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
    size, runs = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    rows, columns = rng.permutation([3, 4, 5])[:2]
    return {"x": digits(rng, size * runs, rows, columns), "size": size}


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
            {"runs.max": "runs.mean"},
            "You averaged. The question asks for the largest of each run.",
        ),
        wrong("sum", {"runs.max": "runs.sum"}, "You added each run up. The question asks for its largest."),
        wrong(
            "place",
            {"runs.max": "runs.argmax"},
            "You returned where in its run the largest stands. The question asks for its value: max.",
        ),
        wrong(
            "pixels",
            pixels_pooled,
            "You pooled windows of pixels. Rows and columns stay here; the *channels* become fewer.",
        ),
        wrong(
            "dealt",
            {"reshape(channels // size, size": "reshape(size, channels // size", "axis=1": "axis=0"},
            "You put channels into one run that stand far apart. Neighbours belong together: the first "
            "`size`, then the next.",
        ),
        wrong(
            "overlapping",
            lambda x, size: np.stack([x[i : i + size].max(axis=0) for i in range(len(x) // size)]),
            "Your runs overlap: each begins one channel after the one before it. It begins `size` after it.",
        ),
        wrong(
            "last of a run left out",
            {"runs.max": "runs[:, : max(size - 1, 1)].max"},
            "The last channel of each run is missing. A slice ends before its end already: i : i + size.",
        ),
        wrong(
            "picked",
            {"runs.max(axis=1)": "x[::size]"},
            "You kept one channel of each run, whatever it holds. Take the largest, pixel by pixel.",
        ),
        wrong(
            "heaviest channel",
            {"runs.max(axis=1)": "np.stack([max(run, key=np.sum) for run in runs])"},
            "You kept the channel with the largest sum of each run. Compare pixel by pixel.",
        ),
        wrong(
            "all",
            {"runs.max(axis=1)": "x.max(axis=0, keepdims=True)"},
            "You pooled all channels into one. Only runs of `size` are pooled.",
        ),
        wrong(
            "magnitude",
            {"runs.max": "abs(runs).max"},
            "You compared without the signs. The largest of −9 and 2 is 2.",
        ),
        wrong(
            "never below zero",
            {"axis=1": "axis=1, initial=0"},
            "You began with 0, so that the largest of −9 and −2 became 0. It is −2: begin with the first.",
        ),
    ],
)


# 6. h-swish -----------------------------------------------------------------------------------------


def hard_swish(x):
    gate = np.clip(x + 3, 0, 6) / 6
    return x * gate


def swish_cases(rng: np.random.Generator) -> Case:
    """The first is no positive number, and often so small that it gives 0: np.vectorize takes its type."""
    shape = [(12,), (3, 4), (2, 2, 3)][rng.integers(3)]
    x = rng.integers(-24, 25, shape) / 4
    x.flat[0] = -abs(x.flat[0])
    return {"x": x}


SWISH = Exercise(
    hard_swish,
    points=1,
    cases=swish_cases,
    mistakes=[
        wrong(
            "swish",
            {"np.clip(x + 3, 0, 6) / 6": "1 / (1 + np.exp(-x))"},
            "That is swish, with the sigmoid. h-swish has straight lines for a gate: ReLU6(x + 3) / 6.",
        ),
        wrong(
            "another hard sigmoid",
            {"np.clip(x + 3, 0, 6) / 6": "np.clip(0.2 * x + 0.5, 0, 1)"},
            "Your gate rises by 0.2 a step, as some libraries' hard sigmoid. Here it is ReLU6(x + 3) / 6.",
        ),
        wrong(
            "stair",
            {"np.clip(x + 3, 0, 6) / 6": "np.where(abs(x) < 3, 0.5, x > 0)"},
            "Your gate is a stair: half open from −3 to 3. It opens slowly, as ReLU6(x + 3) / 6.",
        ),
        wrong(
            "gate alone",
            {"x * gate": "gate"},
            "You returned the gate, the hard sigmoid. h-swish is x *times* it.",
        ),
        wrong(
            "not divided",
            {" / 6": ""},
            "The division by 6 is missing: a gate lies between 0 and 1.",
        ),
        wrong(
            "divided by 3",
            {" / 6": " / 3"},
            "You divided by 3. ReLU6 ends at 6, and a gate lies between 0 and 1: divide by 6.",
        ),
        wrong(
            "not shifted",
            {"x + 3": "x"},
            "The gate is not shifted: at x = 0 it must be half open. Add 3 before ReLU6.",
        ),
        wrong(
            "not clipped",
            {"0, 6)": "0, None)"},
            "Your gate grows beyond 1: you used ReLU. From x = 3 on h-swish is x itself.",
        ),
        wrong(
            "not clipped below",
            {"0, 6)": "None, 6)"},
            "Your gate does not stop at 0: below −3 it is negative. ReLU6 clips at both ends.",
        ),
        wrong(
            "negative part lost",
            {"x * gate": "np.maximum(x * gate, 0)"},
            "You set everything below zero to 0. Between −3 and 0 h-swish is a little negative.",
        ),
    ],
)


# 7 and 8. Counting ----------------------------------------------------------------------------------


def count_inverted(
    in_channels,
    out_channels,
    expansion,
    height,
    width,
    stride,
):
    hidden = in_channels * expansion
    rows, columns = -(-height // stride), -(-width // stride)  # rounded up
    expand = in_channels * hidden * height * width
    filters = 9 * hidden * rows * columns
    project = hidden * out_channels * rows * columns
    return expand + filters + project


def inverted_cases(rng: np.random.Generator) -> Case:
    """Along one side one pixel is left over, so that to cut or to round drops it; along the other none is."""
    stride = int(rng.integers(2, 4))
    odd = 2 * stride * int(rng.integers(3, 15)) + 1
    whole = stride * int(rng.integers(6, 30))
    height, width = (odd, whole) if rng.random() < 0.5 else (whole, odd)
    return {
        "in_channels": int(rng.integers(10, 100)),
        "out_channels": int(rng.integers(10, 120)),
        "expansion": int(rng.integers(3, 9)),
        "height": height,
        "width": width,
        "stride": stride,
    }


SQUARE = (
    "Your number is as large as if the map behind the stride were square. Its rows come of the height, its "
    "columns of the width: compute both."
)
INVERTED = DrawnExercise(
    count_inverted,
    points=3,
    cases=inverted_cases,
    question=(
        "An inverted residual block takes {in_channels} channels of {height}×{width} pixels and gives "
        "{out_channels}. Its expansion is {expansion}; its 3×3 depthwise layer has stride {stride} and "
        "padding 1. How many multiply–accumulates (MACs) does one image need? Normalization and activations "
        "do not count."
    ),
    mistakes=[
        wrong(
            "size cut",
            {"-(-height // stride), -(-width // stride)": "height // stride, width // stride"},
            "Behind the stride your maps lack a row or a column. Padded by 1, a 3×3 kernel stands on the "
            "first pixel, and what is left over at the end has an output too: (W − 3 + 2) // S + 1 is W / S "
            "rounded up, not cut and not to the nearest.",
        ),
        wrong(
            "one pixel less",
            {"-(-height // stride), -(-width // stride)": "(height - 1) // stride, (width - 1) // stride"},
            "Your maps behind the stride are one pixel too small each way. Is the padding there, and the + "
            "1? They have (W − 3 + 2) // S + 1 pixels, which is W / S rounded up.",
        ),
        wrong(
            "one pixel more",
            {
                "-(-height // stride), -(-width // stride)": (
                    "-((1 - height) // stride) + 1, -((1 - width) // stride) + 1"
                )
            },
            "Behind the stride your maps have a row or a column too many. (W − 3 + 2) / S is rounded down "
            "before 1 is added, not up.",
        ),
        wrong(
            "one pixel more each way",
            {
                "-(-height // stride)": "-(-height // stride) + 1",
                "-(-width // stride)": "-(-width // stride) + 1",
            },
            "Your maps behind the stride are one pixel too large each way: (W − 3 + 2) // S + 1 is W / S "
            "rounded up already.",
        ),
        wrong(
            "expanded from the output",
            {"hidden = in_channels": "hidden = out_channels"},
            "You multiplied the expansion by the channels of the output. It is always applied to the "
            "input's.",
        ),
        wrong(
            "full convolution",
            {"9 * hidden": "9 * hidden**2"},
            "You counted the 3×3 layer as an ordinary convolution. Depthwise, each channel is filtered by "
            "itself: nine MACs an output.",
        ),
        wrong(
            "expansion forgotten",
            {"expand + filters": "filters"},
            "The expansion is missing: a 1×1 layer that reads every pixel of the input.",
        ),
        wrong(
            "depthwise forgotten",
            {" + filters": ""},
            "The depthwise layer is missing. It is cheap, not free.",
        ),
        wrong(
            "filters of the input",
            {"9 * hidden": "9 * in_channels"},
            "Your depthwise layer filters as many channels as come in. It stands behind the expansion.",
        ),
        wrong(
            "side for area",
            {"9 * hidden": "3 * hidden"},
            "You took K where K² belongs: a 3×3 kernel has nine weights.",
        ),
        wrong(
            "stride first",
            {"* height * width": "* rows * columns"},
            "You gave the stride to the expansion. It stands in the depthwise layer: the expansion still "
            "works on all pixels.",
        ),
        wrong(
            "stride last",
            {"9 * hidden * rows * columns": "9 * hidden * height * width"},
            "You let the depthwise layer work on the full size. A strided layer computes only the outputs "
            "that remain.",
        ),
        wrong(
            "no stride",
            {"-(-height // stride), -(-width // stride)": "height, width"},
            "You left the stride out: all three layers at the full size.",
        ),
        wrong(
            "stride in one direction",
            {"-(-width // stride)": "width"},
            "Your number is as large as if the stride made the rows fewer, and not the columns. It does "
            "both: of the pixels 1 / S² are left.",
        ),
        wrong(
            "stride along the rows",
            {"-(-height // stride)": "height"},
            "Your number is as large as if the stride made the columns fewer, and not the rows. It does "
            "both: of the pixels 1 / S² are left.",
        ),
        wrong(
            "square of the rows",
            {"-(-width // stride)": "-(-height // stride)"},
            SQUARE,
        ),
        wrong(
            "square of the columns",
            {"-(-height // stride)": "-(-width // stride)"},
            SQUARE,
        ),
        wrong(
            "expansion not multiplied",
            {"in_channels * expansion": "expansion"},
            "You took the expansion for a number of channels. It is a factor: the middle has expansion times "
            "the channels of the input.",
        ),
        wrong(
            "parameters",
            {"-(-height // stride), -(-width // stride)": "height, width = 1, 1"},
            "You counted parameters. Each weight is used at every pixel of its layer's output: a MAC each.",
        ),
        wrong(
            "two a mac",
            {"expand + filters + project": "2 * (expand + filters + project)"},
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
    return {
        "in_channels": int(rng.integers(16, 112)),
        "hidden": int(rng.integers(160, 1000)),
        "out_channels": int(rng.integers(16, 160)),
        "kernel_size": int(rng.choice([5, 7])),
    }


EXCITED = DrawnExercise(
    count_excited,
    points=3,
    cases=excited_cases,
    question=(
        "A block of MobileNetV3 takes {in_channels} channels, expands them to {hidden}, filters those with a "
        "{kernel_size}×{kernel_size} depthwise layer, gates them, and projects to {out_channels}. The gate "
        "squeezes to a quarter of the {hidden} channels, cut to a whole number; both of its layers have "
        "biases. The other three layers have none, and each is followed by a batch normalization with a "
        "scale and a shift a channel. How many parameters does the block have?"
    ),
    mistakes=[
        wrong(
            "rounded",
            {"hidden // 4": "round(hidden / 4)"},
            "You rounded the quarter. It is cut to a whole number.",
        ),
        wrong(
            "multiple of eight",
            {"hidden // 4": "(hidden // 4 + 4) // 8 * 8"},
            "You made the squeezed channels a multiple of 8, as the official network does. Here the quarter "
            "is only cut to a whole number.",
        ),
        wrong(
            "gate forgotten",
            {" + gate": ""},
            "The gate is missing: two layers, from the middle's channels to a quarter of them and back.",
        ),
        wrong(
            "gate without biases",
            {"+ squeezed + squeezed * hidden + hidden": "+ squeezed * hidden"},
            "The gate's biases are missing. No normalization follows there, so its layers have their own.",
        ),
        wrong(
            "squeeze alone",
            {" + squeezed * hidden + hidden": ""},
            "You counted the gate's first layer alone. It squeezes, and then it expands again.",
        ),
        wrong(
            "one gate layer",
            {"hidden * squeezed + squeezed + ": ""},
            "You counted one of the gate's two layers. It squeezes, and then it expands again.",
        ),
        wrong(
            "gate not squeezed",
            {"squeezed + squeezed + squeezed * hidden + ": "hidden + "},
            "Your gate is one layer from all channels to all. Two layers with a quarter between are cheaper.",
        ),
        wrong(
            "squeezed from the input",
            {"hidden // 4": "in_channels // 4"},
            "You squeezed to a quarter of the block's *input*. That is MnasNet's gate; V3 takes a quarter of "
            "the middle.",
        ),
        wrong(
            "squeezed from the output",
            {"hidden // 4": "out_channels // 4"},
            "You squeezed to a quarter of the block's *output*. V3 takes a quarter of the middle.",
        ),
        wrong(
            "norms forgotten",
            {
                "in_channels * hidden + 2 * hidden": "in_channels * hidden",
                "**2 * hidden + 2 * hidden": "**2 * hidden",
                " + 2 * out_channels": "",
            },
            "The normalizations are missing: a scale and a shift for each channel of three layers.",
        ),
        wrong(
            "norm of the projection forgotten",
            {" + 2 * out_channels": ""},
            "The last layer has no normalization in yours. It has one; what it lacks is an activation.",
        ),
        wrong(
            "norms counted once",
            {
                "in_channels * hidden + 2": "in_channels * hidden + 1",
                "**2 * hidden + 2": "**2 * hidden + 1",
                "+ 2 * out": "+ 1 * out",
            },
            "You gave a normalization one parameter a channel. It has two, a scale and a shift.",
        ),
        wrong(
            "biases everywhere",
            {
                "in_channels * hidden + 2": "in_channels * hidden + 3",
                "**2 * hidden + 2": "**2 * hidden + 3",
                "+ 2 * out": "+ 3 * out",
            },
            "You gave all layers biases. Only the gate's have them: a normalization follows the others.",
        ),
        wrong(
            "running statistics",
            {
                "in_channels * hidden + 2": "in_channels * hidden + 4",
                "**2 * hidden + 2": "**2 * hidden + 4",
                "+ 2 * out": "+ 4 * out",
            },
            "You counted running means and variances. They are stored, but not learned: they are no "
            "parameters.",
        ),
        wrong(
            "three by three",
            {"kernel_size**2": "9"},
            "You counted a 3×3 kernel. Look at its size again.",
        ),
        wrong(
            "side for area",
            {"kernel_size**2": "kernel_size"},
            "You took K where K² belongs: a kernel has K² weights.",
        ),
        wrong(
            "full convolution",
            {"**2 * hidden +": "**2 * hidden**2 +"},
            "You counted the depthwise layer as an ordinary convolution. It has one small kernel a channel.",
        ),
    ],
)


EXERCISES = [SHARE, BLOCK, SCALED, NARROWED, POOLED, SWISH, INVERTED, EXCITED]

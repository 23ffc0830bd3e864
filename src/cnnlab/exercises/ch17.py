"""Chapter 17, Shift networks: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from math import ceil

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


# 1. The shift ---------------------------------------------------------------------------------------


def shift_channels(x, displacement):
    channels, height, width = x.shape
    reach = int(np.abs(displacement).max())
    padded = np.pad(x, [(0, 0), (reach, reach), (reach, reach)])
    output = np.empty_like(x)
    for channel in range(channels):
        top, left = displacement[channel] + reach
        rows = padded[channel, top : top + height]
        output[channel] = rows[:, left : left + width]
    return output


def shift_cases(rng: np.random.Generator) -> Case:
    rows, columns = rng.permutation([3, 4, 5])[:2]
    moves = np.array([[-1, 2], [1, 0], [0, -1]])[rng.permutation(3)]
    return {"x": digits(rng, 3, rows, columns), "displacement": moves}


def mode_shifted(x, displacement, mode):
    """As the reference, with another padding of NumPy's."""
    reach = int(np.abs(displacement).max())
    padded = np.pad(x, [(0, 0), (reach, reach), (reach, reach)], mode=mode)
    windows = [
        plane[top : top + x.shape[1], left : left + x.shape[2]]
        for plane, (top, left) in zip(padded, displacement + reach, strict=True)
    ]
    return np.stack(windows)


SHIFT = Exercise(
    shift_channels,
    points=2,
    cases=shift_cases,
    mistakes=[
        wrong(
            "pushed instead of looked",
            lambda x, displacement: shift_channels(x, -displacement),
            "You pushed the contents α down and β right. A unit *looks* α down and β right, so the contents "
            "move up and left: out[c, i, j] = x[c, i + α, j + β].",
        ),
        wrong(
            "axes swapped",
            lambda x, displacement: shift_channels(x, displacement[:, ::-1]),
            "You took the first number for the column. It counts rows: (α, β) is down, right.",
        ),
        wrong(
            "rolled",
            lambda x, displacement: mode_shifted(x, displacement, "wrap"),
            "What leaves at one edge comes back at the opposite one: np.roll does that. Beyond the border "
            "there are zeros.",
        ),
        wrong(
            "border repeated",
            lambda x, displacement: mode_shifted(x, displacement, "edge"),
            "You repeated the border's pixels outwards. Beyond the border there are zeros.",
        ),
        wrong(
            "all alike",
            lambda x, displacement: shift_channels(x, displacement[[0] * len(x)]),
            "You moved every channel by the first displacement. Each channel has its own.",
        ),
        wrong(
            "rows only",
            lambda x, displacement: shift_channels(x, displacement * [1, 0]),
            "You moved along the columns' axis only as far as 0: β is ignored.",
        ),
        wrong(
            "channels moved",
            lambda x, displacement: np.roll(x, 1, axis=0),
            "You moved along the channel axis. Channels keep their place; pixels move.",
        ),
    ],
)


# 2. The kernels -------------------------------------------------------------------------------------


def shift_kernels(channels, kernel_size):
    directions = kernel_size**2
    group, left_over = divmod(channels, directions)
    sizes = [group] * directions
    sizes[directions // 2] += left_over
    place = np.repeat(np.arange(directions), sizes)
    kernels = np.eye(directions)[place]
    return kernels.reshape(channels, kernel_size, kernel_size)


def kernel_cases(rng: np.random.Generator) -> Case:
    kernel_size = int(rng.choice([3, 5]))
    return {"channels": kernel_size**2 * int(rng.integers(2, 4)) + 2, "kernel_size": kernel_size}


def kernels_at(place, kernel_size):
    return np.eye(kernel_size**2)[place].reshape(len(place), kernel_size, kernel_size)


def grouped(channels, kernel_size, extra):
    """Groups in order; what is left over goes to the direction `extra`."""
    group, left_over = divmod(channels, kernel_size**2)
    sizes = [group] * kernel_size**2
    sizes[extra] += left_over
    return kernels_at(np.repeat(np.arange(kernel_size**2), sizes), kernel_size)


KERNELS = Exercise(
    shift_kernels,
    points=2,
    cases=kernel_cases,
    mistakes=[
        wrong(
            "left over to the last",
            lambda channels, kernel_size: grouped(channels, kernel_size, -1),
            "The channels left over went to the last direction. They stay where they are: the centre.",
        ),
        wrong(
            "left over to the first",
            lambda channels, kernel_size: grouped(channels, kernel_size, 0),
            "The channels left over went to the first direction. They stay where they are: the centre.",
        ),
        wrong(
            "dealt out",
            lambda channels, kernel_size: kernels_at(np.arange(channels) % kernel_size**2, kernel_size),
            "You dealt the channels out one by one. A group is a run of neighbours with one direction.",
        ),
        wrong(
            "column by column",
            lambda channels, kernel_size: shift_kernels(channels, kernel_size).swapaxes(1, 2).copy(),
            "Your directions go down the columns. Take them row by row: the second group looks straight up.",
        ),
        wrong(
            "mirrored",
            lambda channels, kernel_size: grouped(channels, kernel_size, kernel_size**2 // 2)[
                :, ::-1, ::-1
            ].copy(),
            "Your kernels are mirrored: the first group must have its 1 in the upper left corner. These "
            "layers correlate, they do not flip.",
        ),
        wrong(
            "averages",
            lambda channels, kernel_size: np.full((channels, kernel_size, kernel_size), kernel_size**-2.0),
            "You filled each kernel with 1/K². That is an average of the window; a shift picks one pixel.",
        ),
        wrong(
            "nobody moves",
            lambda channels, kernel_size: kernels_at(np.full(channels, kernel_size**2 // 2), kernel_size),
            "All your kernels have their 1 in the centre. Nothing moves.",
        ),
    ],
)


# 3. Fused with the 1×1 behind it --------------------------------------------------------------------


def fuse_shift(weight, displacement):
    out_channels, channels = weight.shape
    fused = np.zeros((out_channels, channels, 3, 3))
    for channel, (down, right) in enumerate(displacement):
        fused[:, channel, 1 + down, 1 + right] = weight[:, channel]
    return fused


def fuse_cases(rng: np.random.Generator) -> Case:
    moves = np.array([[-1, 0], [0, 1], [1, -1], [0, 0]])[rng.permutation(4)]
    return {"weight": digits(rng, int(rng.integers(2, 4)), 4), "displacement": moves}


FUSE = Exercise(
    fuse_shift,
    points=2,
    cases=fuse_cases,
    mistakes=[
        wrong(
            "mirrored",
            lambda weight, displacement: fuse_shift(weight, -displacement),
            "Your weights stand on the opposite side. A channel that looks down has its weight in the row "
            "*below* the centre.",
        ),
        wrong(
            "axes swapped",
            lambda weight, displacement: fuse_shift(weight, displacement[:, ::-1]),
            "Rows and columns are swapped: (α, β) is down, right, and the kernel's axes are row, column.",
        ),
        wrong(
            "all in the centre",
            lambda weight, displacement: fuse_shift(weight, 0 * displacement),
            "All your weights stand in the centre: that is the 1×1 without its shift.",
        ),
        wrong(
            "every tap",
            lambda weight, displacement: np.tile(weight[:, :, None, None], (1, 1, 3, 3)),
            "You wrote the weight into all nine taps. A shifted channel is read at one place; at the other "
            "eight stand zeros.",
        ),
        wrong(
            "a ninth each",
            lambda weight, displacement: np.tile(weight[:, :, None, None] / 9, (1, 1, 3, 3)),
            "You spread the weight over the nine taps. A shifted channel is read at one place, with "
            "its whole weight.",
        ),
        wrong(
            "ones",
            lambda weight, displacement: fuse_shift(np.ones_like(weight), displacement),
            "You wrote ones. Those are the shift's kernels; multiply them by the weights of the 1×1.",
        ),
        wrong(
            "one for all",
            lambda weight, displacement: fuse_shift(weight, displacement[[0] * 4]),
            "You let every channel look where the first one looks.",
        ),
    ],
)


# 4. Between the pixels ------------------------------------------------------------------------------


def active_shift(x, alpha, beta):
    rows, columns = (np.arange(size) for size in x.shape)
    down = np.maximum(0, 1 - abs(rows[:, None] + alpha - rows))
    right = np.maximum(0, 1 - abs(columns[:, None] + beta - columns))
    return down @ x @ right.T


def active_cases(rng: np.random.Generator) -> Case:
    rows, columns = rng.permutation([3, 4, 5])[:2]
    alpha, beta = rng.permutation([-0.75, 0.25, -1.25, 1.75, 0.5])[:2]
    return {"x": digits(rng, rows, columns), "alpha": float(alpha), "beta": float(beta)}


def towards(x, alpha, beta, near):
    """Interpolated between the pixel `near` gives and the next one, with the weights that go with it."""
    i, j = int(near(alpha)), int(near(beta))
    s, t = alpha - i, beta - j
    corners = [
        ((1 - s) * (1 - t), i, j),
        ((1 - s) * t, i, j + 1),
        (s * (1 - t), i + 1, j),
        (s * t, i + 1, j + 1),
    ]
    return sum(weight * active_shift(x, down, right) for weight, down, right in corners)


def swapped_weights(x, alpha, beta):
    i, j = np.floor(alpha), np.floor(beta)
    return active_shift(x, i + 1 - (alpha - i), j + 1 - (beta - j))


def clamped(x, alpha, beta):
    """The border's pixels repeated outwards."""
    return active_shift(np.pad(x, 3, mode="edge"), alpha, beta)[3:-3, 3:-3]


ACTIVE = Exercise(
    active_shift,
    points=3,
    cases=active_cases,
    mistakes=[
        wrong(
            "pushed instead of looked",
            lambda x, alpha, beta: active_shift(x, -alpha, -beta),
            "You pushed the contents. A unit looks α down and β right: weights 1 − |i + α − n|, with a plus.",
        ),
        wrong(
            "axes swapped",
            lambda x, alpha, beta: active_shift(x, beta, alpha),
            "α and β are swapped. α goes along the rows, down; β along the columns, right.",
        ),
        wrong(
            "rounded",
            lambda x, alpha, beta: active_shift(x, np.round(alpha), np.round(beta)),
            "You rounded to whole pixels. Between two pixels the value is a mixture of both.",
        ),
        wrong(
            "rounded down",
            lambda x, alpha, beta: active_shift(x, np.floor(alpha), np.floor(beta)),
            "You took one pixel, the one before α. The fraction is the weight of the one behind it.",
        ),
        wrong(
            "weights exchanged",
            swapped_weights,
            "The two weights are exchanged: the nearer pixel gets the *larger* one, 1 minus its distance.",
        ),
        wrong(
            "cut towards zero",
            lambda x, alpha, beta: towards(x, alpha, beta, int),
            "int(…) cuts towards zero, and −0.75 becomes 0. The pixel before −0.75 is −1: use np.floor.",
        ),
        wrong(
            "border repeated",
            clamped,
            "You repeated the border's pixels outwards. Beyond the border there are zeros.",
        ),
        wrong(
            "one axis",
            lambda x, alpha, beta: active_shift(x, alpha, 0.0),
            "You interpolated along the rows and forgot the columns.",
        ),
        wrong(
            "weights not cut off",
            lambda x, alpha, beta: uncut(x, alpha, beta),
            "Far pixels got negative weights: 1 − |distance| is below 0 beyond a distance of 1. Take "
            "max(0, …).",
        ),
    ],
)


def uncut(x, alpha, beta):
    rows, columns = (np.arange(size) for size in x.shape)
    down = 1 - abs(rows[:, None] + alpha - rows)
    right = 1 - abs(columns[:, None] + beta - columns)
    return down @ x @ right.T


# 5. Its slopes --------------------------------------------------------------------------------------


def active_gradient(x, alpha, beta, upstream):
    def tents_and_slopes(size, displacement):
        distance = np.arange(size)[:, None] + displacement - np.arange(size)
        near = abs(distance) < 1
        return (1 - abs(distance)) * near, -np.sign(distance) * near

    down, down_slope = tents_and_slopes(x.shape[0], alpha)
    right, right_slope = tents_and_slopes(x.shape[1], beta)
    by_alpha = (upstream * (down_slope @ x @ right.T)).sum()
    by_beta = (upstream * (down @ x @ right_slope.T)).sum()
    return np.array([by_alpha, by_beta])


def gradient_cases(rng: np.random.Generator) -> Case:
    case = active_cases(rng)
    return {**case, "upstream": digits(rng, *case["x"].shape)}


def centred_difference(x, alpha, beta, upstream):
    """The slope of x itself, half of next minus previous, read at the displaced place."""
    wide = np.pad(x, 1)
    down, right = (wide[2:, 1:-1] - wide[:-2, 1:-1]) / 2, (wide[1:-1, 2:] - wide[1:-1, :-2]) / 2
    return np.array([(upstream * active_shift(slope, alpha, beta)).sum() for slope in (down, right)])


def without_other_axis(x, alpha, beta, upstream):
    return np.array([active_gradient(x, alpha, 0.0, upstream)[0], active_gradient(x, 0.0, beta, upstream)[1]])


GRADIENT = Exercise(
    active_gradient,
    points=3,
    cases=gradient_cases,
    mistakes=[
        wrong(
            "sign",
            lambda x, alpha, beta, upstream: -active_gradient(x, alpha, beta, upstream),
            "Both signs are turned. Moving α up brings you nearer to the pixel *after* i + α, whose weight "
            "grows: its slope is + 1.",
        ),
        wrong(
            "order",
            lambda x, alpha, beta, upstream: active_gradient(x, alpha, beta, upstream)[::-1].copy(),
            "The two are in the wrong order. First ∂L/∂α, along the rows, then ∂L/∂β.",
        ),
        wrong(
            "upstream forgotten",
            lambda x, alpha, beta, upstream: active_gradient(x, alpha, beta, np.ones_like(x)),
            "You added up the slopes of O. Each is multiplied by ∂L/∂O of its place first.",
        ),
        wrong(
            "mean",
            lambda x, alpha, beta, upstream: active_gradient(x, alpha, beta, upstream) / x.size,
            "You took the mean over the places. One α serves all places, and their shares are *added*.",
        ),
        wrong(
            "other axis left out",
            without_other_axis,
            "The other axis is missing. The slope along α is still interpolated along the columns, by β.",
        ),
        wrong(
            "slope of the image",
            centred_difference,
            "You took half the difference of the next and the previous pixel. Between two pixels the "
            "interpolated value runs straight: its slope is the next one minus this one.",
        ),
        wrong(
            "undisplaced",
            lambda x, alpha, beta, upstream: active_gradient(
                x, alpha - np.floor(alpha), beta - np.floor(beta), upstream
            ),
            "You took the upstream gradient to the wrong place: ∂L/∂O stands at (i, j), the two pixels at "
            "i + α.",
        ),
    ],
)


# 6. A step with the penalty -------------------------------------------------------------------------


def sparse_step(displacement, gradient, lr, penalty):
    slope = gradient + penalty * np.sign(displacement)
    return displacement - lr * slope


def step_cases(rng: np.random.Generator) -> Case:
    return {
        "displacement": rng.choice([-1.5, -0.5, 0.25, 1.25, 2.0], (2, 4)),
        "gradient": digits(rng, 2, 4) / 4,
        "lr": float(rng.choice([0.1, 0.2])),
        "penalty": float(rng.choice([0.5, 1.5])),
    }


STEP = Exercise(
    sparse_step,
    points=1,
    cases=step_cases,
    mistakes=[
        wrong(
            "no penalty",
            lambda displacement, gradient, lr, penalty: displacement - lr * gradient,
            "The penalty is missing. Its slope is λ · sign(displacement).",
        ),
        wrong(
            "squares",
            lambda displacement, gradient, lr, penalty: (
                displacement - lr * (gradient + 2 * penalty * displacement)
            ),
            "Your penalty pulls in proportion to the displacement. That is the slope of the *squares* "
            "(weight decay), which never quite reaches 0. |α| pulls equally hard everywhere.",
        ),
        wrong(
            "weight decay",
            lambda displacement, gradient, lr, penalty: (
                displacement - lr * (gradient + penalty * displacement)
            ),
            "Your penalty pulls in proportion to the displacement, as weight decay does. The slope of |α| is "
            "its sign.",
        ),
        wrong(
            "always down",
            lambda displacement, gradient, lr, penalty: displacement - lr * (gradient + penalty),
            "You forgot the sign: a negative displacement is to be pulled *up*, towards 0.",
        ),
        wrong(
            "away",
            lambda displacement, gradient, lr, penalty: (
                displacement - lr * (gradient - penalty * np.sign(displacement))
            ),
            "Your penalty pushes away from 0. It belongs to the loss, so its slope is subtracted as well.",
        ),
        wrong(
            "penalty itself",
            lambda displacement, gradient, lr, penalty: (
                displacement - lr * (gradient + penalty * abs(displacement))
            ),
            "You put in the penalty's value, λ|α|. A step needs its slope, λ · sign(α).",
        ),
        wrong(
            "uphill",
            lambda displacement, gradient, lr, penalty: (
                displacement + lr * (gradient + penalty * np.sign(displacement))
            ),
            "You went up. A step goes *against* the gradient.",
        ),
        wrong(
            "lr on the gradient only",
            lambda displacement, gradient, lr, penalty: (
                displacement - lr * gradient - penalty * np.sign(displacement)
            ),
            "The learning rate multiplies the whole slope, the penalty's too.",
        ),
        wrong(
            "rounded",
            lambda displacement, gradient, lr, penalty: np.round(
                sparse_step(displacement, gradient, lr, penalty)
            ),
            "You rounded. The displacement is kept with its fraction, or small steps would be lost; only the "
            "forward pass rounds.",
        ),
    ],
)


# 7. A module of ShiftNet ----------------------------------------------------------------------------


def count_shift(channels, expansion, size):
    middle = expansion * channels
    convolutions = channels * middle + middle * channels
    return convolutions * size**2


def module_cases(rng: np.random.Generator) -> Case:
    return {
        "channels": int(rng.integers(30, 200)),
        "expansion": int(rng.integers(2, 6)),
        "size": int(rng.integers(10, 60)),
    }


MODULE = DrawnExercise(
    count_shift,
    points=2,
    cases=module_cases,
    question=(
        "A module of a shift network works on {channels} channels of {size}×{size} pixels. A 1×1 convolution "
        "makes them {expansion} times as many; these are shifted in 3×3 directions; another 1×1 convolution "
        "makes them {channels} again, and the module's input is added. How many MACs is that?"
    ),
    mistakes=[
        wrong(
            "shift multiplies",
            lambda channels, expansion, size: (
                count_shift(channels, expansion, size) + 9 * expansion * channels * size**2
            ),
            "You gave the shift nine MACs an output, as if it were a depthwise convolution. It multiplies "
            "nothing.",
        ),
        wrong(
            "one MAC a pixel",
            lambda channels, expansion, size: (
                count_shift(channels, expansion, size) + expansion * channels * size**2
            ),
            "You gave the shift one MAC an output. Picking a pixel is no multiplication.",
        ),
        wrong(
            "one convolution",
            lambda channels, expansion, size: count_shift(channels, expansion, size) // 2,
            "There are two 1×1 convolutions, one before the shift and one behind it.",
        ),
        wrong(
            "3×3 convolutions",
            lambda channels, expansion, size: 9 * count_shift(channels, expansion, size),
            "You counted 3×3 convolutions. Both are 1×1; the shift is what sees 3×3 pixels.",
        ),
        wrong(
            "not expanded",
            lambda channels, expansion, size: count_shift(channels, 1, size),
            "You forgot the expansion: between the two convolutions there are more channels.",
        ),
        wrong(
            "expanded throughout",
            lambda channels, expansion, size: 2 * (expansion * channels) ** 2 * size**2,
            "You let both convolutions go from many channels to many. Each has the narrow end on one side.",
        ),
        wrong(
            "parameters",
            lambda channels, expansion, size: count_shift(channels, expansion, 1),
            "Those are the parameters. Each weight is used once at every pixel.",
        ),
        wrong(
            "two per MAC",
            lambda channels, expansion, size: 2 * count_shift(channels, expansion, size),
            "You counted a multiplication and an addition: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
        wrong(
            "sum counted",
            lambda channels, expansion, size: count_shift(channels, expansion, size) + channels * size**2,
            "You counted the sum with the input. It adds and multiplies nothing: no MACs.",
        ),
    ],
)


# 8. A square of multipliers -------------------------------------------------------------------------


def count_cycles(side, channels, kernel_size, size):
    at_once = side // kernel_size**2
    passes = -(-channels // at_once)
    return passes * size**2


def cycle_cases(rng: np.random.Generator) -> Case:
    return {
        "side": int(rng.choice([100, 128, 160])),
        "channels": int(rng.integers(190, 900)),
        "kernel_size": int(rng.choice([3, 5])),
        "size": int(rng.integers(10, 60)),
    }


CYCLES = DrawnExercise(
    count_cycles,
    points=2,
    cases=cycle_cases,
    question=(
        "A systolic array has {side} rows and {side} columns of multipliers. In one pass, a column holds the "
        "weights of one output channel, every row brings one number to all columns, and all {size}×{size} "
        "pixels go through, one a cycle. A depthwise {kernel_size}×{kernel_size} convolution has {channels} "
        "channels: each needs a column, and rows of its own, one for each tap. How many cycles does it take, "
        "at least?"
    ),
    mistakes=[
        wrong(
            "one a channel",
            lambda side, channels, kernel_size, size: channels * size**2,
            "You let each channel have a pass to itself. Several fit, one below and beside the other, until "
            "the rows are used up.",
        ),
        wrong(
            "columns decide",
            lambda side, channels, kernel_size, size: ceil(channels / side) * size**2,
            "You filled all columns. Before that the rows are used up: a channel needs K² of them.",
        ),
        wrong(
            "dense",
            lambda side, channels, kernel_size, size: (
                ceil(channels * kernel_size**2 / side) * ceil(channels / side) * size**2
            ),
            "You counted a dense convolution, whose columns share the rows. Depthwise channels share none.",
        ),
        wrong(
            "rounded down",
            lambda side, channels, kernel_size, size: (channels // (side // kernel_size**2)) * size**2,
            "You rounded down: the last, half-empty pass counts as well.",
        ),
        wrong(
            "channels cut",
            lambda side, channels, kernel_size, size: ceil(channels * kernel_size**2 / side) * size**2,
            "You cut channels in two to fill the last rows. The taps of a channel must be in one column of "
            "one pass.",
        ),
        wrong(
            "taps one way",
            lambda side, channels, kernel_size, size: ceil(channels / (side // kernel_size)) * size**2,
            "You gave a channel K rows. Its window has K² taps, each with a number of its own.",
        ),
        wrong(
            "all cells",
            lambda side, channels, kernel_size, size: ceil(channels * kernel_size**2 / side**2) * size**2,
            "You divided weights by multipliers, as if each could sit anywhere. A number travels along a "
            "whole row, and only its own channel may use it.",
        ),
        wrong(
            "pointwise",
            lambda side, channels, kernel_size, size: ceil(channels / side) ** 2 * size**2,
            "You counted a 1×1 convolution. The depthwise layer has K² taps and no sums over channels.",
        ),
        wrong(
            "one pixel",
            lambda side, channels, kernel_size, size: count_cycles(side, channels, kernel_size, 1),
            "Those are the passes. Each takes a cycle for every pixel.",
        ),
    ],
)


EXERCISES = [SHIFT, KERNELS, FUSE, ACTIVE, GRADIENT, STEP, MODULE, CYCLES]

"""Chapter 17, Shift networks: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits

# 1. The shift ---------------------------------------------------------------------------------------


def shift_channels(x, displacement):
    height, width = x.shape[1:]
    reach = np.abs(displacement).max()
    output = np.empty_like(x)
    for channel, (top, left) in enumerate(displacement + reach):
        padded = np.pad(x[channel], reach)
        rows = padded[top : top + height]
        output[channel] = rows[:, left : left + width]
    return output


def shift_cases(rng: np.random.Generator) -> Case:
    """One channel to four, moved by up to four pixels; often further than the image is large, or very far.

    No margin that was thought wide enough is.
    """
    channels = int(rng.integers(1, 5))
    rows, columns = rng.permutation([2, 3, 3, 5])[:2]
    displacement = rng.integers(-4, 5, (channels, 2))
    if channels > 1:
        displacement[rng.integers(channels)] *= rng.choice([1, 30])
    return {"x": digits(rng, channels, rows, columns), "displacement": displacement}


SHIFT = Exercise(
    shift_channels,
    points=2,
    cases=shift_cases,
    draws=24,
    mistakes=[
        wrong(
            "pushed instead of looked",
            {"displacement + reach": "reach - displacement"},
            "You pushed the contents α down and β right. A unit *looks* α down and β right, so the contents "
            "move up and left: out[c, i, j] = x[c, i + α, j + β].",
        ),
        wrong(
            "rows pushed",
            {"displacement + reach": "displacement * [-1, 1] + reach"},
            "Your rows go the wrong way. To look α down is to read row i + α, not i − α.",
        ),
        wrong(
            "axes swapped",
            {"top, left": "left, top"},
            "You took the first number for the column. It counts rows: (α, β) is down, right.",
        ),
        wrong(
            "rolled",
            {"[channel], reach": '[channel], reach, "wrap"'},
            "What leaves at one edge comes back at the opposite one: np.roll does that. Beyond the border "
            "there are zeros.",
        ),
        wrong(
            "negative indices",
            {
                "np.pad(x[channel], reach)": (
                    'np.pad(np.pad(x[channel], [(reach, 0)] * 2, "wrap"), [(0, reach)] * 2)'
                )
            },
            "You read at negative indices, which NumPy counts from the other end. Above and to the left of "
            "the image there are zeros, too.",
        ),
        wrong(
            "only an IndexError is beyond the border",
            {
                "np.pad(x[channel], reach)": (
                    'np.pad(np.pad(x[channel], [(height, 0), (width, 0)], "wrap"), reach)[height:, width:]'
                )
            },
            "You waited for an IndexError. A negative index raises none down to −H: NumPy counts it from the "
            "other end. Above and to the left of the image there are zeros, too.",
        ),
        wrong(
            "border repeated",
            {"[channel], reach": '[channel], reach, "edge"'},
            "You repeated the border's pixels outwards. Beyond the border there are zeros.",
        ),
        wrong(
            "last row and column forgotten",
            {"[channel], reach": "[channel, :-1, :-1], [(reach, reach + 1)] * 2"},
            "You never read the last row and the last column. Row i + α is inside as long as it is below H, "
            "and the column below W.",
        ),
        wrong(
            "first row and column forgotten",
            {"[channel], reach": "[channel, 1:, 1:], [(reach + 1, reach)] * 2"},
            "You never read the first row and the first column. Row i + α is inside from 0 on, and so is the "
            "column.",
        ),
        wrong(
            "one pixel at most",
            {"displacement + reach": "displacement.clip(-1, 1) + reach"},
            "You cut the displacements to −1, 0 and 1. They may be longer.",
        ),
        wrong(
            "all alike",
            {"displacement + reach": "displacement[[0] * len(x)] + reach"},
            "You moved every channel by the first displacement. Each channel has its own.",
        ),
        wrong(
            "rows only",
            {"displacement + reach": "displacement * [1, 0] + reach"},
            "You moved along the columns' axis only as far as 0: β is ignored.",
        ),
        wrong(
            "channels moved",
            {"return output": "return np.roll(x, 1, axis=0)"},
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
    """Often none are left over, or nearly a group; now and then there is one direction, to stay."""
    kernel_size = int(rng.choice([1, 3, 3, 5, 5]))
    left_over = rng.choice([0, 1, 2, kernel_size**2 - 1])
    return {
        "channels": kernel_size**2 * int(rng.choice([1, 1, 2, 3])) + int(left_over),
        "kernel_size": kernel_size,
    }


KERNELS = Exercise(
    shift_kernels,
    points=2,
    cases=kernel_cases,
    mistakes=[
        wrong(
            "left over to the last",
            {"[directions // 2]": "[-1]"},
            "The channels left over went to the last direction. They stay where they are: the centre.",
        ),
        wrong(
            "left over to the first",
            {"[directions // 2]": "[0]"},
            "The channels left over went to the first direction. They stay where they are: the centre.",
        ),
        wrong(
            "left over at the end",
            {
                "sizes[directions // 2] += left_over": "sizes.append(left_over)",
                "np.arange(directions)": "[*range(directions), directions // 2]",
            },
            "The channels left over stay, but in a group of their own at the end. They join the group that "
            "stays, in the middle.",
        ),
        wrong(
            "left over to each",
            {
                "[directions // 2] += left_over": (
                    "[:] = [group + 1] * left_over + [group] * (directions - left_over)"
                )
            },
            "You gave the channels left over to the first groups, one each. All of them join the group that "
            "stays.",
        ),
        wrong(
            "left over to nobody",
            {
                "sizes[directions // 2] += left_over": "sizes.append(left_over)",
                "np.arange(directions)": "np.arange(directions + 1)",
                "np.eye(directions)": "np.eye(directions + 1, directions)",
            },
            "The kernels of the channels left over are zero, which erases those channels. They stay: a 1 in "
            "the centre.",
        ),
        wrong(
            "only the others share",
            {
                "divmod(channels, directions)": "channels // max(directions - 1, 1), 0",
                "+= left_over": "= channels - group * (directions - 1)",
            },
            "You shared the channels out among the directions that move. To stay is one of the K² "
            "directions: its group is as large as the others, and gets what is left over as well.",
        ),
        wrong(
            "dealt out",
            {"np.repeat(np.arange(directions), sizes)": "np.arange(channels) % directions"},
            "You dealt the channels out one by one. A group is a run of neighbours with one direction.",
        ),
        wrong(
            "dealt out, the rest stays",
            {
                "place = np.repeat(np.arange(directions), sizes)": (
                    "place = np.arange(channels) % directions; place[group * directions :] = directions // 2"
                )
            },
            "You dealt out the channels of the groups one by one. A group is a run of neighbours with one "
            "direction.",
        ),
        wrong(
            "one too far",
            {"[place]": "[(place + 1) % directions]"},
            "Each of your groups looks one place too far. The first has its 1 at place 0, the upper left "
            "corner.",
        ),
        wrong(
            "column by column",
            {"kernel_size, kernel_size)": "kernel_size, kernel_size).swapaxes(1, 2)"},
            "Your directions go down the columns. Take them row by row: the second group looks straight up.",
        ),
        wrong(
            "mirrored",
            {"kernel_size, kernel_size)": "kernel_size, kernel_size)[:, ::-1, ::-1]"},
            "Your kernels are mirrored: the first group must have its 1 in the upper left corner. These "
            "layers correlate, they do not flip.",
        ),
        wrong(
            "averages",
            {"np.eye(directions)[place]": "np.full((channels, directions), 1 / directions)"},
            "You filled each kernel with 1/K². That is an average of the window; a shift picks one pixel.",
        ),
        wrong(
            "nobody moves",
            {"[place]": "[0 * place + directions // 2]"},
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
    out_channels, channels = (int(n) for n in rng.integers(1, 5, 2))
    return {
        "weight": digits(rng, out_channels, channels),
        "displacement": rng.integers(-1, 2, (channels, 2)),
    }


FUSE = Exercise(
    fuse_shift,
    points=2,
    cases=fuse_cases,
    mistakes=[
        wrong(
            "mirrored",
            {"1 + down, 1 + right": "1 - down, 1 - right"},
            "Your weights stand on the opposite side. A channel that looks down has its weight in the row "
            "*below* the centre.",
        ),
        wrong(
            "rows mirrored",
            {"1 + down": "1 - down"},
            "Your rows are turned round. A channel that looks down has its weight in the row *below* the "
            "centre: 1 + α.",
        ),
        wrong(
            "axes swapped",
            {"(down, right)": "(right, down)"},
            "Rows and columns are swapped: (α, β) is down, right, and the kernel's axes are row, column.",
        ),
        wrong(
            "not from the centre",
            {"1 + down, 1 + right": "down, right"},
            "You took the displacement for the index: 0 is then the first row, and −1 the last. Add 1 "
            "to both, as the centre is at (1, 1).",
        ),
        wrong(
            "inputs first",
            {"return fused": "return fused.swapaxes(0, 1)"},
            "You exchanged inputs and outputs. As in `weight`, the outputs come first: [O, C, 3, 3].",
        ),
        wrong(
            "all in the centre",
            {"1 + down, 1 + right": "1, 1"},
            "All your weights stand in the centre: that is the 1×1 without its shift.",
        ),
        wrong(
            "every tap",
            {"return fused": "return np.tile(weight[:, :, None, None], (3, 3))"},
            "You wrote the weight into all nine taps. A shifted channel is read at one place; at the other "
            "eight stand zeros.",
        ),
        wrong(
            "a ninth each",
            {"return fused": "return np.tile(weight[:, :, None, None] / 9, (3, 3))"},
            "You spread the weight over the nine taps. A shifted channel is read at one place, with "
            "its whole weight.",
        ),
        wrong(
            "ones",
            {"weight[:, channel]": "1"},
            "You wrote ones. Those are the shift's kernels; multiply them by the weights of the 1×1.",
        ),
        wrong(
            "one for all",
            {"enumerate(displacement)": "enumerate(displacement[[0] * channels])"},
            "You let every channel look where the first one looks.",
        ),
        wrong(
            "all for all",
            {"[:, channel, 1": "[:, :, 1", "weight[:, channel]": "weight"},
            "You wrote the weights of all channels at every displacement. Channel c has a weight at its own "
            "displacement alone: loop over the channels, or index with np.arange(C).",
        ),
        wrong(
            "by output",
            {
                "channel, (down, right) in enumerate(displacement)": (
                    "output, (down, right) in enumerate(np.resize(displacement, (out_channels, 2)))"
                ),
                "[:, channel, 1": "[output, :, 1",
                "weight[:, channel]": "weight[output]",
            },
            "You gave each output a displacement. Each *input* has one: it is shifted before the 1×1 reads "
            "it.",
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
    """Quarters, whole numbers among them; a small image is left altogether, and now and then by far."""
    rows, columns = rng.permutation([1, 2, 3, 4, 5])[:2]
    alpha, beta = rng.integers(-9, 10, 2) / 4 * rng.choice([1, 1, 1, 1, 21], 2)
    return {"x": digits(rng, rows, columns), "alpha": float(alpha), "beta": float(beta)}


def cut(size, displacement):
    """The weights of two pixels along an axis, if the first of them is found with `int`."""
    first = int(displacement)
    share = displacement - first
    return (1 - share) * np.eye(size, k=first) + share * np.eye(size, k=first + 1)


ACTIVE = Exercise(
    active_shift,
    points=3,
    cases=active_cases,
    draws=24,
    mistakes=[
        wrong(
            "pushed instead of looked",
            {"+ alpha": "- alpha", "+ beta": "- beta"},
            "You pushed the contents. A unit looks α down and β right: weights 1 − |i + α − n|, with a plus.",
        ),
        wrong(
            "axes swapped",
            lambda x, alpha, beta: active_shift(x, beta, alpha),
            "α and β are swapped. α goes along the rows, down; β along the columns, right.",
        ),
        wrong(
            "rounded",
            {"+ alpha": "+ np.round(alpha)", "+ beta": "+ np.round(beta)"},
            "You rounded to whole pixels. Between two pixels the value is a mixture of both.",
        ),
        wrong(
            "rounded down",
            {"+ alpha": "+ np.floor(alpha)", "+ beta": "+ np.floor(beta)"},
            "You took one pixel, the one before α. The fraction is the weight of the one behind it.",
        ),
        wrong(
            "columns rounded",
            {"+ beta": "+ np.round(beta)"},
            "You interpolated between rows alone, and rounded β. Between two columns the value is a mixture "
            "as well.",
        ),
        wrong(
            "weights exchanged",
            {"+ alpha": "+ 2 * np.floor(alpha) + 1 - alpha", "+ beta": "+ 2 * np.floor(beta) + 1 - beta"},
            "The two weights are exchanged: the nearer pixel gets the *larger* one, 1 minus its distance.",
        ),
        wrong(
            "cut towards zero",
            lambda x, alpha, beta: cut(len(x), alpha) @ x @ cut(len(x.T), beta).T,
            "int(…) cuts towards zero, and −0.75 becomes 0. The pixel before −0.75 is −1: use np.floor.",
        ),
        wrong(
            "nothing at whole numbers",
            {"@ right.T": "@ right.T * (alpha % 1 > 0) * (beta % 1 > 0)"},
            "At a whole number both of your weights are 0: floor and ceil are the same there. The pixel that "
            "is looked at has the weight 1.",
        ),
        wrong(
            "rolled",
            lambda x, alpha, beta: active_shift(np.pad(x, 50, mode="wrap"), alpha, beta)[50:-50, 50:-50],
            "What leaves at one edge comes back at the opposite one: np.roll does that. Beyond the border "
            "there are zeros.",
        ),
        wrong(
            "border repeated",
            lambda x, alpha, beta: active_shift(np.pad(x, 50, mode="edge"), alpha, beta)[50:-50, 50:-50],
            "You repeated the border's pixels outwards. Beyond the border there are zeros.",
        ),
        wrong(
            "nothing at the border",
            {"@ right.T": "@ right.T * np.outer(down.sum(1) == 1, right.sum(1) == 1)"},
            "You wrote 0 where one of the pixels lies beyond the border. Only that one is 0: the others "
            "count with their weights.",
        ),
        wrong(
            "one axis",
            {"+ beta": "+ 0"},
            "You interpolated along the rows and forgot the columns.",
        ),
        wrong(
            "weights not cut off",
            {"down = np.maximum(0, ": "down = (", "right = np.maximum(0, ": "right = ("},
            "Far pixels got negative weights: 1 − |distance| is below 0 beyond a distance of 1. Take "
            "max(0, …).",
        ),
    ],
)


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
    """Often one displacement is whole, and the image still there: a kink along one axis is seen."""
    case = active_cases(rng)
    if rng.random() < 0.35:
        case[str(rng.choice(["alpha", "beta"]))] = float(rng.integers(-1, 2))
    return {**case, "upstream": digits(rng, *case["x"].shape)}


def slope_of_cut(size, displacement):
    """The slopes that go with `cut`: 0 at a whole number."""
    first = int(displacement)
    return (displacement % 1 > 0) * (np.eye(size, k=first + 1) - np.eye(size, k=first))


BEHIND = (
    "At a whole number you took the slope behind it, along one axis or both. There the value has a kink, and "
    "the task lets the slope be 0."
)
GRADIENT = Exercise(
    active_gradient,
    points=3,
    cases=gradient_cases,
    draws=24,
    mistakes=[
        wrong(
            "sign",
            {"-np.sign": "np.sign"},
            "Both signs are turned. Moving α up brings you nearer to the pixel *after* i + α, whose weight "
            "grows: its slope is + 1.",
        ),
        wrong(
            "pushed instead of looked",
            {"+ displacement": "- displacement", "-np.sign": "np.sign"},
            "You pushed the contents. A unit looks α down and β right: weights 1 − |i + α − n|, with a plus.",
        ),
        wrong(
            "order",
            {"[by_alpha, by_beta]": "[by_beta, by_alpha]"},
            "The two are in the wrong order. First ∂L/∂α, along the rows, then ∂L/∂β.",
        ),
        wrong(
            "upstream forgotten",
            {"upstream * (down_": "1 * (down_", "upstream * (down @": "1 * (down @"},
            "You added up the slopes of O. Each is multiplied by ∂L/∂O of its place first.",
        ),
        wrong(
            "mean",
            {"by_beta])": "by_beta]) / x.size"},
            "You took the mean over the places. One α serves all places, and their shares are *added*.",
        ),
        wrong(
            "other axis left out",
            {" @ right.T": "", "down @ ": ""},
            "The other axis is missing. The slope along α is still interpolated along the columns, by β.",
        ),
        wrong(
            "other axis rounded down",
            {"(1 - abs(distance)) * near": "(distance == displacement % 1)"},
            "You took one pixel along the other axis, the one before. The slope along α is interpolated "
            "between the columns, by β, as the value is.",
        ),
        wrong(
            "other weights exchanged",
            {"(1 - abs(distance)) * near": ("np.maximum(0, 1 - abs(distance + 1 - 2 * (displacement % 1)))")},
            "The weights along the other axis are exchanged: the nearer pixel gets the *larger* one, 1 minus "
            "its distance.",
        ),
        wrong(
            "slope of the image",
            {
                "-np.sign(distance) * near": (
                    "(displacement % 1 > 0) / 2 * "
                    "(np.maximum(0, 1 - abs(distance + 1)) - np.maximum(0, 1 - abs(distance - 1)))"
                )
            },
            "You took half the difference of the next and the previous pixel. Between two pixels the "
            "interpolated value runs straight: its slope is the next one minus this one.",
        ),
        wrong(
            "undisplaced",
            {"+ displacement": "+ displacement % 1"},
            "You took the upstream gradient to the wrong place: ∂L/∂O stands at (i, j), the two pixels at "
            "i + α.",
        ),
        wrong(
            "slope to the right",
            {
                "abs(distance) < 1": "(-1 <= distance) & (distance < 1)",
                "-np.sign(distance)": "np.where(distance < 0, 1, -1)",
            },
            BEHIND,
        ),
        wrong(
            "slope to the right of a whole α",
            {"tents_and_slopes(x.shape[0], alpha)": "tents_and_slopes(x.shape[0], alpha + 1e-9)"},
            BEHIND,
        ),
        wrong(
            "slope to the right of a whole β",
            {"tents_and_slopes(x.shape[1], beta)": "tents_and_slopes(x.shape[1], beta + 1e-9)"},
            BEHIND,
        ),
        wrong(
            "both zero",
            {"by_beta])": "by_beta]) * (alpha % 1 > 0) * (beta % 1 > 0)"},
            "One whole number makes both of your slopes 0. Only the slope along that axis is: the other one "
            "is as ever.",
        ),
        wrong(
            "cut towards zero",
            {
                "(1 - abs(distance)) * near, -np.sign(distance) * near": (
                    "cut(size, displacement), slope_of_cut(size, displacement)"
                )
            },
            "int(…) cuts towards zero, and −0.75 becomes 0. The pixel before −0.75 is −1: use np.floor.",
        ),
        wrong(
            "border repeated",
            lambda x, alpha, beta, upstream: active_gradient(
                np.pad(x, 50, mode="edge"), alpha, beta, np.pad(upstream, 50)
            ),
            "You repeated the border's pixels outwards. Beyond the border there are zeros.",
        ),
    ],
)


# 6. A step with the penalty -------------------------------------------------------------------------


def sparse_step(displacement, gradient, lr, penalty):
    slope = gradient + penalty * np.sign(displacement)
    return displacement - lr * slope


def step_cases(rng: np.random.Generator) -> Case:
    """Some of the displacements are exactly 0, and some would be carried across it."""
    shape = int(rng.integers(1, 5)), 2
    return {
        "displacement": rng.choice([-1.5, -0.5, 0.0, 0.0, 0.25, 1.25, 2.0], shape),
        "gradient": digits(rng, *shape) / 4,
        "lr": float(rng.choice([0.1, 0.2, 0.5])),
        "penalty": float(rng.choice([0.5, 1.5, 2.0])),
    }


STEP = Exercise(
    sparse_step,
    points=1,
    cases=step_cases,
    mistakes=[
        wrong(
            "no penalty",
            {" + penalty * np.sign(displacement)": ""},
            "The penalty is missing. Its slope is λ · sign(displacement).",
        ),
        wrong(
            "squares",
            {"np.sign(displacement)": "2 * displacement"},
            "Your penalty pulls in proportion to the displacement. That is the slope of the *squares* "
            "(weight decay), which never quite reaches 0. |α| pulls equally hard everywhere.",
        ),
        wrong(
            "weight decay",
            {"np.sign(displacement)": "displacement"},
            "Your penalty pulls in proportion to the displacement, as weight decay does. The slope of |α| is "
            "its sign.",
        ),
        wrong(
            "always down",
            {" * np.sign(displacement)": ""},
            "You forgot the sign: a negative displacement is to be pulled *up*, towards 0.",
        ),
        wrong(
            "zero pulled down",
            {"np.sign(displacement)": "np.where(displacement >= 0, 1, -1)"},
            "You pulled at displacements that are exactly 0. The penalty is least there, and pulls neither "
            "way: the sign of 0 is 0.",
        ),
        wrong(
            "sign of the gradient",
            {"np.sign(displacement)": "np.sign(gradient)"},
            "You took the sign of the gradient. The penalty pulls a displacement towards 0, by the sign of "
            "the displacement.",
        ),
        wrong(
            "small ones go free",
            {"np.sign(displacement)": "np.sign(np.round(displacement))"},
            "You took the sign of the rounded displacement. The penalty is for the displacement as it is "
            "kept: 0.25 is pulled as hard as 2.",
        ),
        wrong(
            "stopped at zero",
            {
                "displacement - lr * slope": (
                    "np.sign(displacement - lr * gradient) "
                    "* np.maximum(0, abs(displacement - lr * gradient) - lr * penalty)"
                )
            },
            "You used a soft threshold, which stops at 0. That is another method: a plain step subtracts "
            "lr times the slope, and may cross 0.",
        ),
        wrong(
            "nothing crosses zero",
            lambda displacement, gradient, lr, penalty: np.where(
                sparse_step(displacement, gradient, lr, penalty) * displacement < 0,
                0,
                sparse_step(displacement, gradient, lr, penalty),
            ),
            "You set to 0 what would have crossed it. A plain step may cross 0.",
        ),
        wrong(
            "away",
            {"gradient + penalty": "gradient - penalty"},
            "Your penalty pushes away from 0. It belongs to the loss, so its slope is subtracted as well.",
        ),
        wrong(
            "penalty itself",
            {"np.sign": "abs"},
            "You put in the penalty's value, λ|α|. A step needs its slope, λ · sign(α).",
        ),
        wrong(
            "uphill",
            {"displacement - lr": "displacement + lr"},
            "You went up. A step goes *against* the gradient.",
        ),
        wrong(
            "lr on the gradient only",
            {"gradient + penalty": "lr * gradient + penalty", "lr * slope": "slope"},
            "The learning rate multiplies the whole slope, the penalty's too.",
        ),
        wrong(
            "rounded",
            {"displacement - lr * slope": "np.round(displacement - lr * slope)"},
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
            {"middle * channels": "middle * channels + 9 * middle"},
            "You gave the shift nine MACs an output, as if it were a depthwise convolution. It multiplies "
            "nothing.",
        ),
        wrong(
            "one MAC a pixel",
            {"middle * channels": "middle * channels + middle"},
            "You gave the shift one MAC an output. Picking a pixel is no multiplication.",
        ),
        wrong(
            "one convolution",
            {" + middle * channels": ""},
            "Your number is that of one 1×1 convolution. There are two, one before the shift and one behind "
            "it.",
        ),
        wrong(
            "3×3 convolutions",
            {"return ": "return 9 * "},
            "You counted 3×3 convolutions. Both are 1×1; the shift is what sees 3×3 pixels.",
        ),
        wrong(
            "not expanded",
            {"expansion * channels": "channels"},
            "Your number is as large as without the expansion: between the two convolutions there are more "
            "channels.",
        ),
        wrong(
            "expanded throughout",
            {"channels * middle + middle * channels": "2 * middle**2"},
            "Your number is as large as if both convolutions went from many channels to many. Each has the "
            "narrow end on one side.",
        ),
        wrong(
            "one expanded throughout",
            {"channels * middle + middle * channels": "middle**2 + middle * channels"},
            "Your number is as large as if one of the convolutions went from many channels to many. Each has "
            "the narrow end on one side.",
        ),
        wrong(
            "parameters",
            {" * size**2": ""},
            "Those are the parameters. Each weight is used once at every pixel.",
        ),
        wrong(
            "two per MAC",
            {"return ": "return 2 * "},
            "You counted a multiplication and an addition: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
        wrong(
            "sum counted",
            {"middle * channels": "middle * channels + channels"},
            "You counted the sum with the input. It adds and multiplies nothing: no MACs.",
        ),
        wrong(
            "one side",
            {"size**2": "size"},
            "You counted the pixels along one side. The image has that many rows of as many pixels.",
        ),
    ],
)


# 8. A square of multipliers -------------------------------------------------------------------------


def count_cycles(side, channels, kernel_size, size):
    at_once = side // kernel_size**2
    passes = -(-channels // at_once)
    return passes * size**2


def cycle_cases(rng: np.random.Generator) -> Case:
    """Less than half of a pass is left, and of a column more: who rounds to the nearest is wrong."""
    case = {
        "side": int(rng.choice([100, 128, 160])),
        "channels": int(rng.integers(190, 900)),
        "kernel_size": int(rng.choice([3, 5])),
        "size": int(rng.integers(10, 60)),
    }
    taps = case["kernel_size"] ** 2
    while 2 * (case["side"] % taps) < taps:
        case["side"] -= 1
    at_once = case["side"] // taps
    if 2 * (case["channels"] % at_once) >= at_once:
        case["channels"] -= at_once // 2
    return case


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
            {"-(-channels // at_once)": "channels"},
            "You let each channel have a pass to itself. Several fit, one below and beside the other, until "
            "the rows are used up.",
        ),
        wrong(
            "columns decide",
            {"side // kernel_size**2": "side"},
            "You filled all columns. Before that the rows are used up: a channel needs K² of them.",
        ),
        wrong(
            "dense",
            {"-(-channels // at_once)": "-(-channels * kernel_size**2 // side) * -(-channels // side)"},
            "You counted a dense convolution, whose columns share the rows. Depthwise channels share none.",
        ),
        wrong(
            "rounded down",
            {"-(-channels // at_once)": "channels // at_once"},
            "Your number lacks the last pass, which is less than half full. It counts as well: round up, not "
            "down and not to the nearest.",
        ),
        wrong(
            "taps rounded up",
            {"side // kernel_size**2": "-(-side // kernel_size**2)"},
            "You let one channel more into a column than has all its rows there. Each needs K² rows in one "
            "column of one pass: side / K² is rounded down.",
        ),
        wrong(
            "channels cut",
            {"-channels // at_once": "-channels * kernel_size**2 // side"},
            "You cut channels in two to fill the last rows. The taps of a channel must be in one column of "
            "one pass.",
        ),
        wrong(
            "taps one way",
            {"kernel_size**2": "kernel_size"},
            "You gave a channel K rows. Its window has K² taps, each with a number of its own.",
        ),
        wrong(
            "all cells",
            {"-channels // at_once": "-channels * kernel_size**2 // side**2"},
            "You divided weights by multipliers, as if each could sit anywhere. A number travels along a "
            "whole row, and only its own channel may use it.",
        ),
        wrong(
            "pointwise",
            {"-(-channels // at_once)": "(-channels // side) ** 2"},
            "You counted a 1×1 convolution. The depthwise layer has K² taps and no sums over channels.",
        ),
        wrong(
            "one pixel",
            {" * size**2": ""},
            "Those are the passes. Each takes a cycle for every pixel.",
        ),
        wrong(
            "all busy",
            {"passes * size**2": "-(-channels * kernel_size**2 * size**2 // side**2)"},
            "You divided MACs by multipliers, as if all were busy all the time. A number travels along a "
            "whole row, and only its own channel may use it: most of the row waits.",
        ),
        wrong(
            "no border",
            {"passes * size**2": "passes * (size - kernel_size + 1) ** 2"},
            "You left pixels at the border out. All pixels of the image go through in each pass.",
        ),
    ],
)


EXERCISES = [SHIFT, KERNELS, FUSE, ACTIVE, GRADIENT, STEP, MODULE, CYCLES]

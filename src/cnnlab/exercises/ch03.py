"""Chapter 03, Receptive fields: nine exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations. Stacks are given from the layer
next to the image to the last one.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. The closed form ---------------------------------------------------------------------------------


def stack_field(kernel_size, depth):
    return 1 + depth * (kernel_size - 1)


STACK = Exercise(
    stack_field,
    points=1,
    cases=lambda rng: {"kernel_size": int(rng.integers(2, 10)), "depth": int(rng.integers(1, 9))},
    mistakes=[
        wrong(
            "one forgotten",
            lambda kernel_size, depth: depth * (kernel_size - 1),
            "You are one short. The layers add columns to the one you started from: zero layers see 1 pixel.",
        ),
        wrong(
            "kernels added",
            lambda kernel_size, depth: depth * kernel_size,
            "You added up the kernels. Neighbouring windows overlap: each layer adds K − 1 columns, not K.",
        ),
        wrong(
            "one and whole kernels",
            lambda kernel_size, depth: 1 + depth * kernel_size,
            "You start from 1, which is right, and then add whole kernels. The column you stand on lies "
            "under the kernel already: each layer adds K − 1.",
        ),
        wrong(
            "started from a kernel",
            lambda kernel_size, depth: kernel_size + depth * (kernel_size - 1),
            "You started from K and added K − 1 for every layer, so the first layer counts twice. Start from "
            "1: before the first layer a unit is a pixel.",
        ),
        wrong(
            "kernels multiplied",
            lambda kernel_size, depth: kernel_size**depth,
            "You multiplied the kernels. That would hold if windows lay side by side; with stride 1 they "
            "overlap in all but one column.",
        ),
        wrong(
            "one side",
            lambda kernel_size, depth: 1 + depth * (kernel_size - 1) // 2,
            "You counted the columns on one side. A layer adds K − 1 of them, half on the left and half on "
            "the right.",
        ),
        wrong(
            "area",
            lambda kernel_size, depth: stack_field(kernel_size, depth) ** 2,
            "That is the number of pixels in the field. The question is how many columns it has.",
        ),
    ],
)


# 2. Size, jump and start of any stack ---------------------------------------------------------------


def size_jump_start(kernel_sizes, strides, paddings):
    size, jump, start = 1, 1, 0
    layers = zip(kernel_sizes, strides, paddings, strict=True)
    for kernel_size, stride, padding in layers:
        size += (kernel_size - 1) * jump
        start -= padding * jump
        jump *= stride
    return np.array([size, jump, start])


def layers_drawn(rng: np.random.Generator, depth: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kernel sizes, strides no larger than them, and paddings of at most half of them."""
    kernel_sizes = rng.integers(2, 6, depth)
    strides = np.minimum(rng.integers(1, 4, depth), kernel_sizes)
    return kernel_sizes, strides, rng.integers(0, kernel_sizes // 2 + 1)


def any_stack(rng: np.random.Generator) -> Case:
    kernel_sizes, strides, paddings = layers_drawn(rng, int(rng.integers(2, 6)))
    return {"kernel_sizes": kernel_sizes, "strides": strides, "paddings": paddings}


def jumped_too_early(kernel_sizes, strides, paddings):
    jumps = np.cumprod(strides)
    size = 1 + ((kernel_sizes - 1) * jumps).sum()
    return np.array([size, jumps[-1], -(paddings * jumps).sum()])


def strides_added(kernel_sizes, strides, paddings):
    jumps = np.cumsum([1, *strides])
    size = 1 + ((kernel_sizes - 1) * jumps[:-1]).sum()
    return np.array([size, jumps[-1], -(paddings * jumps[:-1]).sum()])


ANY_STACK = Exercise(
    size_jump_start,
    points=2,
    cases=any_stack,
    mistakes=[
        wrong(
            "own stride",
            jumped_too_early,
            "You multiplied the jump by a layer's stride before that layer looked. Its window is laid on "
            "units that are still the old jump apart: widen first, then multiply.",
        ),
        wrong(
            "jump not used",
            lambda kernel_sizes, strides, paddings: np.array(
                [1 + (kernel_sizes - 1).sum(), strides.prod(), -paddings.sum()]
            ),
            "Every layer widens the field by K − 1 pixels in your count. It widens it by K − 1 units of the "
            "layer below, and those are a jump apart.",
        ),
        wrong(
            "strides added",
            strides_added,
            "You added the strides up. Every second unit of every second unit is every fourth pixel: strides "
            "multiply.",
        ),
        wrong(
            "whole kernels",
            lambda kernel_sizes, strides, paddings: size_jump_start(kernel_sizes + 1, strides, paddings),
            "You added K jumps a layer. From the first unit of a window to its last there are K − 1.",
        ),
        wrong(
            "padding to the right",
            lambda kernel_sizes, strides, paddings: size_jump_start(kernel_sizes, strides, -paddings),
            "Your start moves to the right. Padding lies to the left of the first pixel, so each layer's "
            "first window starts P units before the image: subtract.",
        ),
        wrong(
            "padding in pixels",
            lambda kernel_sizes, strides, paddings: np.array(
                [*size_jump_start(kernel_sizes, strides, paddings)[:2], -paddings.sum()]
            ),
            "Size and jump are right. But a layer's padding is counted in its own input's units: P of them "
            "are P jumps wide, not P pixels.",
        ),
        wrong(
            "centre",
            lambda kernel_sizes, strides, paddings: (
                size_jump_start(kernel_sizes, strides, paddings)
                + np.array([0, 0, (size_jump_start(kernel_sizes, strides, paddings)[0] - 1) / 2])
            ),
            "Your start is the centre of the first unit's field, as some texts have it. Here it is the first "
            "column: subtract (size − 1) / 2.",
        ),
        wrong(
            "from the wrong end",
            lambda kernel_sizes, strides, paddings: size_jump_start(
                kernel_sizes[::-1], strides[::-1], paddings[::-1]
            ),
            "You began with the last layer. The lists begin with the layer that reads the image, and so does "
            "the jump: 1 before the first layer.",
        ),
    ],
)


# 3. Which columns unit i sees -----------------------------------------------------------------------


def columns_seen(unit, width, kernel_sizes, strides, paddings):
    layers = list(zip(kernel_sizes, strides, paddings, strict=True))
    widths = [width]
    for k, s, p in layers:
        widths.append((widths[-1] + 2 * p - k) // s + 1)
    first = last = unit
    for below, (k, s, p) in zip(widths[-2::-1], layers[::-1], strict=True):
        first = max(first * s - p, 0)
        last = min(last * s - p + k - 1, below - 1)
    return np.array([first, last])


def output_width(width, kernel_sizes, strides, paddings):
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        width = (width + 2 * p - k) // s + 1
    return width


def seen_cases(rng: np.random.Generator) -> Case:
    """Half of the units stand at a border, where the mistakes are."""
    stack = any_stack(rng)
    width = int(rng.integers(70, 120))
    units = int(output_width(width, **stack))
    if units < 1:  # five strides of 3 leave nothing of a small image
        return seen_cases(rng)
    unit = (0, units - 1, int(rng.integers(units)))[rng.integers(3)]
    return {"unit": unit, "width": width, **stack}


def unclipped(unit, width, kernel_sizes, strides, paddings):
    size, jump, start = size_jump_start(kernel_sizes, strides, paddings)
    first = start + unit * jump
    return np.array([first, first + size - 1])


def centred(unit, width, kernel_sizes, strides, paddings):
    size, jump, _ = size_jump_start(kernel_sizes, strides, paddings)
    first = unit * jump - (size - 1) // 2
    return np.clip([first, first + size - 1], 0, width - 1)


SEEN = Exercise(
    columns_seen,
    points=3,
    cases=seen_cases,
    mistakes=[
        wrong(
            "not clipped",
            unclipped,
            "Some of your columns lie outside the image. There is only padding there: the field ends at "
            "column 0 and at column width − 1.",
        ),
        wrong(
            "clipped in the image only",
            lambda unit, width, **stack: np.clip(unclipped(unit, width, **stack), 0, width - 1),
            "Almost: you clip once, in the image. But a layer may leave over the last columns below it. "
            "Then its last unit does not reach the image's edge, and beyond it there is none: clip again.",
        ),
        wrong(
            "left edge only",
            lambda unit, width, **stack: np.maximum(unclipped(unit, width, **stack), 0),
            "You clip on the left but not on the right. A map of W columns ends at column W − 1.",
        ),
        wrong(
            "last exclusive",
            lambda unit, width, **stack: columns_seen(unit, width, **stack) + np.array([0, 1]),
            "Your second number is one past the last column seen, as in a Python slice. The question asks "
            "for the last one itself.",
        ),
        wrong(
            "size instead of last",
            lambda unit, width, **stack: np.array(
                [
                    columns_seen(unit, width, **stack)[0],
                    1 + columns_seen(unit, width, **stack) @ np.array([-1, 1]),
                ]
            ),
            "Your second number is how many columns are seen. The question asks for the last of them.",
        ),
        wrong(
            "padding ignored",
            lambda unit, width, kernel_sizes, strides, paddings: np.clip(
                unclipped(unit, width, kernel_sizes, strides, 0 * paddings), 0, width - 1
            ),
            "You left the padding out. A window starts at column i·S − P of what it reads.",
        ),
        wrong(
            "unit for column",
            lambda unit, width, kernel_sizes, strides, paddings: np.clip(
                unclipped(0, width, kernel_sizes, strides, paddings) + unit, 0, width - 1
            ),
            "You put unit i over column i. Neighbouring units are a jump apart: going down a layer, i "
            "becomes i·S.",
        ),
        wrong(
            "centred",
            centred,
            "You centred the field on column i·jump. That holds only if every layer pads by half its kernel; "
            "in general it starts at start + i·jump.",
        ),
        wrong(
            "from the wrong end",
            lambda unit, width, kernel_sizes, strides, paddings: np.clip(
                unclipped(unit, width, kernel_sizes[::-1], strides[::-1], paddings[::-1]), 0, width - 1
            ),
            "You went through the layers from the image upwards. A unit's window is known in the last layer "
            "only: go down from there.",
        ),
    ],
)


# 4. The paths of a dilated stack --------------------------------------------------------------------


def count_paths(kernel_size, dilations):
    paths = np.array([1])
    for dilation in dilations:
        span = dilation * (kernel_size - 1) + 1
        wider = np.zeros(len(paths) + span - 1, dtype=int)
        for u in range(kernel_size):
            left = u * dilation
            wider[left : left + len(paths)] += paths
        paths = wider
    return paths


def path_cases(rng: np.random.Generator) -> Case:
    dilations = rng.integers(1, 5, int(rng.integers(1, 4)))
    return {"kernel_size": int(rng.integers(2, 5)), "dilations": dilations}


def convolved(kernels):
    """The paths of a stack whose layers read where these arrays are 1."""
    paths = np.array([1])
    for kernel in kernels:
        paths = np.convolve(paths, kernel)
    return paths


def comb(kernel_size, dilation):
    """A dilated kernel of ones: [1, 0, 1, 0, 1] for three weights two apart."""
    kernel = np.zeros(dilation * (kernel_size - 1) + 1, dtype=int)
    kernel[::dilation] = 1
    return kernel


PATHS = Exercise(
    count_paths,
    points=2,
    cases=path_cases,
    mistakes=[
        wrong(
            "dilation ignored",
            lambda kernel_size, dilations: count_paths(kernel_size, 0 * dilations + 1),
            "You left the dilations out: in your stack every kernel reads neighbouring columns.",
        ),
        wrong(
            "holes filled",
            lambda kernel_size, dilations: convolved(
                np.ones(d * (kernel_size - 1) + 1, int) for d in dilations
            ),
            "Your kernels read every column they span. A dilated kernel has K weights, D columns apart, and "
            "jumps over the rest.",
        ),
        wrong(
            "one too far",
            lambda kernel_size, dilations: count_paths(kernel_size, dilations + 1),
            "Your weights lie D + 1 columns apart. Dilation D is the distance itself: dilation 1 is the "
            "ordinary kernel.",
        ),
        wrong(
            "span D·K",
            lambda kernel_size, dilations: np.pad(
                count_paths(kernel_size, dilations), (0, int((dilations - 1).sum()))
            ),
            "Your answer is too long: you let a kernel span D·K columns. Between K weights there are K − 1 "
            "gaps, so it spans D·(K − 1) + 1.",
        ),
        wrong(
            "seen or not",
            lambda kernel_size, dilations: np.minimum(count_paths(kernel_size, dilations), 1),
            "You say which columns are read, with ones and zeros. The question is along how many paths: "
            "where two of them end in the same column, add them up.",
        ),
        wrong(
            "last layer only",
            lambda kernel_size, dilations: comb(kernel_size, dilations[-1]),
            "That is one layer. Its units read units of the layer below, each of which reads on: add up what "
            "all of them see.",
        ),
        wrong(
            "dilations multiplied",
            lambda kernel_size, dilations: count_paths(kernel_size, np.cumprod(dilations)),
            "You multiplied each dilation by those before it, as one does with strides. A dilated layer "
            "leaves no units out, so the next one starts again from neighbouring columns.",
        ),
        wrong(
            "shares",
            lambda kernel_size, dilations: (
                count_paths(kernel_size, dilations) / kernel_size ** len(dilations)
            ),
            "You divided by the sum. The question asks for the number of paths, a whole number a column.",
        ),
    ],
)


# 5. Small kernels against a large one ---------------------------------------------------------------


def weights_compared(kernel_size, channels):
    depth = (kernel_size - 1) // 2
    stacked = depth * 3 * 3 * channels**2
    single = kernel_size**2 * channels**2
    return np.array([stacked, single])


WEIGHTS = Exercise(
    weights_compared,
    points=1,
    cases=lambda rng: {"kernel_size": int(2 * rng.integers(2, 8) + 1), "channels": int(rng.integers(2, 100))},
    mistakes=[
        wrong(
            "channels once",
            lambda kernel_size, channels: weights_compared(kernel_size, channels) // channels,
            "You multiplied by the channels once. Each of the C kernels of a layer is C channels deep: C².",
        ),
        wrong(
            "one kernel",
            lambda kernel_size, channels: weights_compared(kernel_size, 1),
            "You counted kernels of one channel. A layer has C of them, each C channels deep.",
        ),
        wrong(
            "always three layers",
            lambda kernel_size, channels: np.array([27, kernel_size**2]) * channels**2,
            "You stacked three layers whatever the kernel. Three see 7 columns; solve 1 + 2L = K for L.",
        ),
        wrong(
            "one layer too many",
            lambda kernel_size, channels: (
                np.array([(kernel_size + 1) // 2 * 9, kernel_size**2]) * channels**2
            ),
            "You stacked one layer too many. Each 3×3 layer adds two columns to the first pixel: "
            "L = (K − 1) / 2.",
        ),
        wrong(
            "twice the layers",
            lambda kernel_size, channels: np.array([(kernel_size - 1) * 9, kernel_size**2]) * channels**2,
            "You stacked K − 1 layers. A 3×3 layer adds a column on either side, so half as many do.",
        ),
        wrong(
            "biases counted",
            lambda kernel_size, channels: (
                weights_compared(kernel_size, channels) + channels * np.array([(kernel_size - 1) // 2, 1])
            ),
            "You counted the biases. The question asks for weights only.",
        ),
        wrong(
            "the other order",
            lambda kernel_size, channels: weights_compared(kernel_size, channels)[::-1],
            "The numbers are right and in the wrong order: the stack first, then the single layer.",
        ),
        wrong(
            "rows only",
            lambda kernel_size, channels: np.array([(kernel_size - 1) // 2 * 3, kernel_size]) * channels**2,
            "You counted kernels of one row. A kernel has K rows and K columns: K² weights a channel.",
        ),
    ],
)


# 6. Design: as few stages as do -----------------------------------------------------------------------


def fewest_stages(target, convolutions):
    size, jump, stages = 1, 1, 0
    while size < target:
        size += convolutions * 2 * jump
        size += jump
        jump *= 2
        stages += 1
    return stages


def stage_cases(rng: np.random.Generator) -> Case:
    """Targets of every magnitude; a third of them are met exactly."""
    convolutions, stages = int(rng.integers(1, 5)), int(rng.integers(2, 8))
    exact = 1 + (2 * convolutions + 1) * (2**stages - 1)
    target = exact if rng.random() < 1 / 3 else int(rng.integers(exact // 2, exact))
    return {"target": target, "convolutions": convolutions}


def stages_until(target, grown, start=1):
    """The first stage at which `grown`, from the size and the jump before it, has reached the target."""
    size, jump, stages = start, 1, 0
    while size < target:
        size, jump, stages = grown(size, jump), 2 * jump, stages + 1
    return stages


STAGES = Exercise(
    fewest_stages,
    points=2,
    cases=stage_cases,
    mistakes=[
        wrong(
            "jump forgotten",
            lambda target, convolutions: stages_until(target, lambda size, jump: size + 2 * convolutions + 1),
            "In your stack every stage adds as many columns as the first. Each pooling doubles the jump, so "
            "the next stage adds twice as many.",
        ),
        wrong(
            "pooling sees nothing",
            lambda target, convolutions: stages_until(
                target, lambda size, jump: size + 2 * convolutions * jump
            ),
            "You let pooling double the jump and forgot that it looks as well: a 2×2 window adds one unit.",
        ),
        wrong(
            "whole kernels",
            lambda target, convolutions: stages_until(
                target, lambda size, jump: size + (3 * convolutions + 2) * jump
            ),
            "You added K units a layer. A 3×3 convolution adds 2 and a 2×2 pooling adds 1.",
        ),
        wrong(
            "pooling jumps first",
            lambda target, convolutions: stages_until(
                target, lambda size, jump: size + (2 * convolutions + 2) * jump
            ),
            "You doubled the jump before the pooling's window was counted. That window lies on units of the "
            "old jump.",
        ),
        wrong(
            "more than the target",
            lambda target, convolutions: fewest_stages(target + 1, convolutions),
            "You ask for more columns than the target. Reaching it exactly is enough: stop there.",
        ),
        wrong(
            "one stage too few",
            lambda target, convolutions: fewest_stages(target, convolutions) - 1,
            "You stop one stage early: that stack is the last one that does not reach the target.",
        ),
        wrong(
            "one convolution a stage",
            lambda target, convolutions: fewest_stages(target, 1),
            "You gave each stage one convolution. It has `convolutions` of them, and each adds two units.",
        ),
        wrong(
            "image shrunk to a pixel",
            lambda target, convolutions: int(np.ceil(np.log2(target))),
            "You halve the target until one pixel is left. That is the size of the map; the kernels look "
            "further than the jump, so fewer stages do.",
        ),
    ],
)


# 7 to 9. Counting -------------------------------------------------------------------------------------


def field_cases(rng: np.random.Generator) -> Case:
    """Five layers as lists, of which four jump and three are dilated, and a row of their units."""
    return {
        "units": int(rng.integers(3, 120)),
        "kernel_sizes": [int(k) for k in rng.integers(2, 10, 5)],
        "strides": [int(s) for s in rng.permutation([1, 2, 2, 3, int(rng.integers(2, 5))])],
        "dilations": [int(d) for d in rng.permutation([1, 1, 2, 3, 4])],
    }


def count_field(units, kernel_sizes, strides, dilations):
    size, jump = 1, 1
    layers = zip(kernel_sizes, strides, dilations, strict=True)
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size + (units - 1) * jump


def span(kernel_sizes, dilations):
    """The same layers without dilation, with kernels as wide as the dilated ones span."""
    return [d * (k - 1) + 1 for k, d in zip(kernel_sizes, dilations, strict=True)]


FIELD = DrawnExercise(
    count_field,
    points=2,
    cases=field_cases,
    question="Five convolutions follow each other, the first on the image. Their kernels have {kernel_sizes} "
    "columns, their strides are {strides}, their dilations {dilations}. In the middle of the last one, "
    "{units} units stand next to each other in a row. How many columns of the image do they see together, "
    "from the first to the last?",
    mistakes=[
        wrong(
            "one unit",
            lambda units, **stack: count_field(1, **stack),
            "That is what one unit sees. Each further one moves the window by a jump.",
        ),
        wrong(
            "side by side",
            lambda units, **stack: units * count_field(1, **stack),
            "You laid the fields side by side. They overlap: each unit adds no more than a jump.",
        ),
        wrong(
            "a jump too many",
            lambda units, **stack: count_field(units + 1, **stack),
            "You added a jump for every unit. The first one has its window already: there is one jump fewer "
            "than there are units.",
        ),
        wrong(
            "a pixel a unit",
            lambda units, **stack: count_field(1, **stack) + units - 1,
            "You moved the window by a pixel a unit. Neighbouring units are a jump apart: the product of all "
            "strides.",
        ),
        wrong(
            "strides ignored",
            lambda units, kernel_sizes, strides, dilations: count_field(
                units, kernel_sizes, [1] * 5, dilations
            ),
            "You left the strides out. Above a layer of stride S a step to the next unit is S times as wide.",
        ),
        wrong(
            "own stride",
            lambda units, kernel_sizes, strides, dilations: count_field(
                units, [1, *kernel_sizes], [*strides, 1], [1, *dilations]
            ),
            "You counted each layer's stride for its own window. It takes effect for the layers above.",
        ),
        wrong(
            "dilations ignored",
            lambda units, kernel_sizes, strides, dilations: count_field(
                units, kernel_sizes, strides, [1] * 5
            ),
            "You left the dilations out. K weights that lie D apart span D·(K − 1) + 1.",
        ),
        wrong(
            "span D·K",
            lambda units, kernel_sizes, strides, dilations: count_field(
                units, [d * k for d, k in zip(dilations, kernel_sizes, strict=True)], strides, [1] * 5
            ),
            "You let each kernel span D·K. Between K weights there are K − 1 gaps of D.",
        ),
        wrong(
            "whole kernels",
            lambda units, kernel_sizes, strides, dilations: count_field(
                units, [k + 1 for k in span(kernel_sizes, dilations)], strides, [1] * 5
            ),
            "You added a kernel's whole span for each layer. Its first unit you have already: add D·(K − 1).",
        ),
        wrong(
            "from the wrong end",
            lambda units, kernel_sizes, strides, dilations: count_field(
                units, kernel_sizes[::-1], strides[::-1], dilations[::-1]
            ),
            "You began with the last layer. The jump is 1 at the image and grows from there.",
        ),
    ],
)


def corner_cases(rng: np.random.Generator) -> Case:
    """A unit so near the upper left corner that its window hangs over both edges."""
    while True:
        kernel_sizes = [int(k) for k in rng.integers(5, 16, 5)]
        case = {
            "kernel_sizes": kernel_sizes,
            "strides": [*(int(s) for s in rng.integers(1, 4, 4)), 1],
            "paddings": [int(rng.integers(1, k // 2 + 1)) for k in kernel_sizes],
        }
        _, jump, start = (int(value) for value in size_jump_start(*map(np.array, case.values())))
        hanging = -start // jump
        if 3 < hanging < 12:
            row, column = rng.permutation(hanging)[:2]
            return {"row": int(row), "column": int(column), **case}


def count_corner(row, column, kernel_sizes, strides, paddings):
    size, jump, start = 1, 1, 0
    layers = zip(kernel_sizes, strides, paddings, strict=True)
    for kernel_size, stride, padding in layers:
        size += (kernel_size - 1) * jump
        start -= padding * jump
        jump *= stride
    below = start + row * jump + size
    right = start + column * jump + size
    return min(below, size) * min(right, size)


def side(kernel_sizes, strides, paddings):
    return int(size_jump_start(*map(np.array, (kernel_sizes, strides, paddings)))[0])


def seen(unit, kernel_sizes, strides, paddings):
    """Columns that a unit sees; its window hangs over the left edge."""
    size, jump, start = size_jump_start(*map(np.array, (kernel_sizes, strides, paddings)))
    return int(start + unit * jump + size)


CORNER = DrawnExercise(
    count_corner,
    points=2,
    cases=corner_cases,
    question="Five convolutions follow each other, the first on a large image. Their kernels have "
    "{kernel_sizes} rows and as many columns, their strides are {strides}, and they pad by {paddings} on "
    "each side. A unit of the last one stands in row {row} and column {column}, both counted from 0. How "
    "many real pixels of the image does it see?",
    mistakes=[
        wrong(
            "padding counted",
            lambda row, column, **stack: side(**stack) ** 2,
            "You counted the padding as well. Near the corner a window hangs over the edge above and on the "
            "left, and there are no pixels there.",
        ),
        wrong(
            "columns only",
            lambda row, column, **stack: seen(column, **stack),
            "That is how many columns it sees. Count its rows too, and multiply.",
        ),
        wrong(
            "cut on the left only",
            lambda row, column, **stack: seen(column, **stack) * side(**stack),
            "You cut the window on the left but not at the top. Near the corner it hangs over both.",
        ),
        wrong(
            "the corner",
            lambda row, column, **stack: seen(0, **stack) ** 2,
            "That is the unit in the very corner. This one stands further in, and each step moves its window "
            "by a jump.",
        ),
        wrong(
            "a pixel a step",
            lambda row, column, **stack: (seen(0, **stack) + row) * (seen(0, **stack) + column),
            "You moved the window by a pixel for each row and column. Neighbouring units are a jump apart.",
        ),
        wrong(
            "padding in pixels",
            lambda row, column, kernel_sizes, strides, paddings: np.prod(
                [
                    min(
                        seen(unit, kernel_sizes, strides, [0] * 5) - sum(paddings),
                        side(kernel_sizes, strides, paddings),
                    )
                    for unit in (row, column)
                ]
            ),
            "You took each layer's padding for pixels of the image. A layer pads its own input, and P units "
            "of it are P jumps wide.",
        ),
        wrong(
            "first padding only",
            lambda row, column, kernel_sizes, strides, paddings: np.prod(
                [
                    min(
                        seen(unit, kernel_sizes, strides, [paddings[0], 0, 0, 0, 0]),
                        side(kernel_sizes, strides, paddings),
                    )
                    for unit in (row, column)
                ]
            ),
            "You cut off the first layer's padding only. The layers above pad too, and theirs are wider in "
            "pixels.",
        ),
        wrong(
            "counted from 1",
            lambda row, column, **stack: seen(row - 1, **stack) * seen(column - 1, **stack),
            "You took the rows and columns to be counted from 1. They start at 0, as in NumPy.",
        ),
        wrong(
            "strides ignored",
            lambda row, column, kernel_sizes, strides, paddings: count_corner(
                row, column, kernel_sizes, [1] * 5, paddings
            ),
            "You left the strides out: with them each layer sees, and pads, more pixels than the one below.",
        ),
    ],
)


def hole_cases(rng: np.random.Generator) -> Case:
    """Dilations too far apart for each other: their stack leaves holes."""
    while True:
        kernel_size = int(rng.integers(3, 6))
        case = {"kernel_size": kernel_size, "dilations": [int(d) for d in rng.integers(2, 40, 4)]}
        size, read = sides(**case)
        if size - read > 10:
            return case


def count_holes(kernel_size, dilations):
    read = {0}
    for dilation in dilations:
        steps = range(0, dilation * kernel_size, dilation)
        read = {column + step for column in read for step in steps}
    size = max(read) + 1
    return size**2 - len(read) ** 2


def sides(kernel_size, dilations):
    """Columns spanned, and columns read."""
    paths = count_paths(kernel_size, dilations)
    return len(paths), int((paths > 0).sum())


HOLES = DrawnExercise(
    count_holes,
    points=2,
    cases=hole_cases,
    question="Four convolutions of stride 1 follow each other, with {kernel_size}×{kernel_size} kernels and "
    "dilations {dilations}. The field of a unit is a square of pixels. How many of them does the unit not "
    "read?",
    mistakes=[
        wrong(
            "one row",
            lambda **stack: sides(**stack)[0] - sides(**stack)[1],
            "You counted the holes of one row. A pixel is read if its row and its column are: square both "
            "before you subtract.",
        ),
        wrong(
            "difference squared",
            lambda **stack: (sides(**stack)[0] - sides(**stack)[1]) ** 2,
            "You squared the number of columns that are left out. Pixels are also lost where only the row "
            "is left out, or only the column: subtract the squares.",
        ),
        wrong(
            "those read",
            lambda **stack: sides(**stack)[1] ** 2,
            "That is how many pixels it reads. The question asks for those it does not.",
        ),
        wrong(
            "whole field",
            lambda **stack: sides(**stack)[0] ** 2,
            "That is the whole field. Take away the pixels which the unit reads.",
        ),
        wrong(
            "paths for pixels",
            lambda kernel_size, dilations: abs(sides(kernel_size, dilations)[0] ** 2 - kernel_size**8),
            "You counted paths, K² a layer. Several of them end on the same pixel, which counts once.",
        ),
        wrong(
            "last layer only",
            lambda kernel_size, dilations: sides(kernel_size, dilations)[0] ** 2 - kernel_size**2,
            "You looked at the last layer's holes only. The layers below read between them.",
        ),
        wrong(
            "each layer on its own",
            lambda kernel_size, dilations: sum(
                (d * (kernel_size - 1) + 1) ** 2 - kernel_size**2 for d in dilations
            ),
            "You added up the holes of the four kernels. A hole of one layer can be read through another: "
            "follow the paths through all four.",
        ),
    ],
)

EXERCISES = [STACK, ANY_STACK, SEEN, PATHS, WEIGHTS, STAGES, FIELD, CORNER, HOLES]

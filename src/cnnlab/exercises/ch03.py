"""Chapter 03, Receptive fields: ten exercises, each with the mistakes people really make.

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
            {"1 + depth": "depth"},
            "You are one short. The layers add columns to the one you started from: zero layers see 1 pixel.",
        ),
        wrong(
            "kernels added",
            {"1 + depth * (kernel_size - 1)": "depth * kernel_size"},
            "You added up the kernels. Neighbouring windows overlap: each layer adds K − 1 columns, not K.",
        ),
        wrong(
            "one and whole kernels",
            {"(kernel_size - 1)": "kernel_size"},
            "You start from 1, which is right, and then add whole kernels. The column you stand on lies "
            "under the kernel already: each layer adds K − 1.",
        ),
        wrong(
            "started from a kernel",
            {"1 + depth": "kernel_size + depth"},
            "You started from K and added K − 1 for every layer, so the first layer counts twice. Start from "
            "1: before the first layer a unit is a pixel.",
        ),
        wrong(
            "kernels multiplied",
            {"1 + depth * (kernel_size - 1)": "kernel_size**depth"},
            "You multiplied the kernels. That would hold if windows lay side by side; with stride 1 they "
            "overlap in all but one column.",
        ),
        wrong(
            "depth for kernel",
            {"depth * (kernel_size - 1)": "kernel_size * (depth - 1)"},
            "Depth and kernel size have changed places. There are `depth` layers, and each adds kernel_size "
            "− 1 columns.",
        ),
        wrong(
            "two a layer",
            {"(kernel_size - 1)": "2"},
            "You added two columns a layer. That is what 3×3 kernels do; a kernel of K columns adds K − 1.",
        ),
        wrong(
            "one side",
            {"(kernel_size - 1)": "(kernel_size // 2)"},
            "You counted the columns on one side. A layer adds K − 1 of them, half on the left and half on "
            "the right.",
        ),
        wrong(
            "halves rounded",
            {"(kernel_size - 1)": "2 * (kernel_size // 2)"},
            "You added half a kernel, rounded, on both sides. For an even kernel that makes K columns. A "
            "layer adds K − 1, whatever K is.",
        ),
        wrong(
            "area",
            lambda **case: stack_field(**case) ** 2,
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
    return kernel_sizes, strides, np.minimum(rng.integers(0, 4, depth), kernel_sizes // 2)


def any_stack(rng: np.random.Generator) -> Case:
    kernel_sizes, strides, paddings = layers_drawn(rng, int(rng.integers(2, 6)))
    return {"kernel_sizes": kernel_sizes, "strides": strides, "paddings": paddings}


ANY_STACK = Exercise(
    size_jump_start,
    points=2,
    cases=any_stack,
    mistakes=[
        wrong(
            "own stride",
            {
                "size += ": "jump *= stride\n        size += ",
                "        jump *= stride\n    return": "    return",
            },
            "You multiplied the jump by a layer's stride before that layer looked. Its window is laid on "
            "units that are still the old jump apart: widen first, then multiply.",
        ),
        wrong(
            "jump not used",
            {"(kernel_size - 1) * jump": "kernel_size - 1", "padding * jump": "padding"},
            "Every layer widens the field by K − 1 pixels in your count. It widens it by K − 1 units of the "
            "layer below, and those are a jump apart.",
        ),
        wrong(
            "strides ignored",
            {"        jump *= stride\n": ""},
            "Your jump stays 1. Above a layer of stride S neighbouring units are S times as far apart: "
            "multiply the jump by S.",
        ),
        wrong(
            "strides added",
            {"jump *= stride": "jump += stride"},
            "You added the strides up. Every second unit of every second unit is every fourth pixel: strides "
            "multiply.",
        ),
        wrong(
            "last stride left out",
            {"jump, start])": "jump // stride, start])"},
            "Your jump leaves the last layer's stride out. It does not widen the field, but it sets the "
            "last layer's units apart.",
        ),
        wrong(
            "strides less one added",
            {"jump *= stride": "jump += stride - 1"},
            "You add S − 1 to the jump in each layer. Every second unit of every second unit is every "
            "fourth pixel: strides multiply.",
        ),
        wrong(
            "whole kernels",
            {"(kernel_size - 1)": "kernel_size"},
            "You added K jumps a layer. From the first unit of a window to its last there are K − 1.",
        ),
        wrong(
            "padding to the right",
            {"start -=": "start +="},
            "Your start moves to the right. Padding lies to the left of the first pixel, so each layer's "
            "first window starts P units before the image: subtract.",
        ),
        wrong(
            "padding in pixels",
            {"padding * jump": "padding"},
            "Size and jump are right. But a layer's padding is counted in its own input's units: P of them "
            "are P jumps wide, not P pixels.",
        ),
        wrong(
            "start always 0",
            {"jump, start])": "jump, 0])"},
            "Your start is always 0. Where a layer pads, the first window begins before the image, so start "
            "is negative: subtract P jumps a layer.",
        ),
        wrong(
            "field less padding",
            {"(kernel_size - 1)": "(kernel_size - 1 - 2 * padding)"},
            "You took the padding away from the size. Padding moves the field's start; its size depends on "
            "kernels and strides alone.",
        ),
        wrong(
            "centre",
            {"jump, start])": "jump, start + (size - 1) / 2])"},
            "Your start is the centre of the first unit's field, as some texts have it. Here it is the first "
            "column: subtract (size − 1) / 2.",
        ),
        wrong(
            "from the wrong end",
            {"zip(kernel_sizes, strides, paddings": "zip(kernel_sizes[::-1], strides[::-1], paddings[::-1]"},
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
    """The width of the last map; 0 where one of them is too small for the next kernel."""
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        if width + 2 * p < k:
            return 0
        width = (width + 2 * p - k) // s + 1
    return width


def drawn_unit(rng: np.random.Generator) -> Case:
    """A unit of a drawn stack; most stand at a border, where the mistakes are."""
    stack = any_stack(rng)
    width = int(rng.integers(70, 120))
    units = int(output_width(width, **stack))
    if units == 0:  # five strides of 3 leave nothing of a small image
        return drawn_unit(rng)
    unit = int(rng.choice([0, units - 1, units - 1, int(rng.integers(units))]))
    return {"unit": unit, "width": width, **stack}


def seen_cases(rng: np.random.Generator) -> Case:
    """Every other unit is drawn again until, most often, the width of a map within the stack matters."""
    case = drawn_unit(rng)
    for _ in range(int(rng.choice([0, 20]))):
        clipped_once = SEEN.misconceptions["clipped in the image only"].wrong(**case)
        if case["paddings"].sum() > 2 and (clipped_once != columns_seen(**case)).any():
            break
        case = drawn_unit(rng)
    return case


def field_about_unit(unit, width, kernel_sizes, strides, paddings):
    size, jump, _ = size_jump_start(kernel_sizes, strides, paddings)
    return np.array([max(unit * jump - size // 2, 0), min(unit * jump + size // 2, width - 1)])


SEEN = Exercise(
    columns_seen,
    points=3,
    cases=seen_cases,
    draws=36,
    mistakes=[
        wrong(
            "not clipped",
            {
                "max(first * s - p, 0)": "first * s - p",
                "min(last * s - p + k - 1, below - 1)": "last * s - p + k - 1",
            },
            "Some of your columns lie outside the image. There is only padding there: the field ends at "
            "column 0 and at column width − 1.",
        ),
        wrong(
            "clipped in the image only",
            {
                "max(first * s - p, 0)": "first * s - p",
                "min(last * s - p + k - 1, below - 1)": "last * s - p + k - 1",
                "np.array([first, last])": "np.clip([first, last], 0, width - 1)",
            },
            "Almost: in your answer windows end at the image's edge only, or at maps that are too wide. A "
            "layer may leave over the last columns below it. Then its last unit does not reach that edge, "
            "and beyond it there is none: clip at each map's own last column too. A map has (W + 2P − K) // "
            "S + 1 columns, rounded down.",
        ),
        wrong(
            "left edge only",
            {"min(last * s - p + k - 1, below - 1)": "last * s - p + k - 1"},
            "You clip on the left but not on the right. A map of W columns ends at column W − 1.",
        ),
        wrong(
            "right edge only",
            {"max(first * s - p, 0)": "first * s - p"},
            "You clip on the right but not on the left. Where a layer pads, a window may begin before "
            "column 0, and no column is there.",
        ),
        wrong(
            "right edge of the maps only",
            {"zip(widths[-2::-1]": "zip([*widths[-2:0:-1], 10**9]"},
            "You clip in the maps between the layers, and on the right not in the image. Where the first "
            "layer pads, a window may reach beyond column width − 1.",
        ),
        wrong(
            "last exclusive",
            {"first, last])": "first, last + 1])"},
            "Your second number is one past the last column seen, as in a Python slice. The question asks "
            "for the last one itself.",
        ),
        wrong(
            "window one too wide",
            {"+ k - 1": "+ k"},
            "Your windows are one column too wide. One that begins at column a ends at a + K − 1.",
        ),
        wrong(
            "clipped one too late",
            {"below - 1": "below"},
            "You clip at column W of a map that is W columns wide. Its columns are numbered from 0, so the "
            "last one is W − 1.",
        ),
        wrong(
            "size instead of last",
            {"first, last])": "first, last - first + 1])"},
            "Your second number is how many columns are seen. The question asks for the last of them.",
        ),
        wrong(
            "padding ignored",
            {"first * s - p": "first * s", "last * s - p": "last * s"},
            "You left the padding out. A window starts at column i·S − P of what it reads.",
        ),
        wrong(
            "widths without padding",
            {" + 2 * p": ""},
            "You left the padding out of the maps' widths, so you clip too early. A layer's output has (W + "
            "2P − K) // S + 1 columns.",
        ),
        wrong(
            "widths divided",
            {"(widths[-1] + 2 * p - k) // s + 1": "widths[-1] // s"},
            "You took W // S for the width of a map, so you clip in the wrong place. A layer's output has "
            "(W + 2P − K) // S + 1 columns.",
        ),
        wrong(
            "padding once",
            {"2 * p": "p"},
            "You counted the padding once in the maps' widths, so you clip too early. It is on both sides: "
            "(W + 2P − K) // S + 1.",
        ),
        wrong(
            "unit for column",
            {"first * s - p": "first - p", "last * s - p": "last - p"},
            "You put unit i over column i. Neighbouring units are a jump apart: going down a layer, i "
            "becomes i·S.",
        ),
        wrong(
            "centred",
            field_about_unit,
            "You centred the field on column i·jump. That holds only if every layer pads by half its kernel; "
            "in general it starts at start + i·jump.",
        ),
        wrong(
            "from the wrong end",
            {
                "zip(widths[-2::-1], layers[::-1]": "zip([10**9] * len(layers), layers",
                "first, last])": "first, min(last, width - 1)])",
            },
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
    dilations = rng.integers(1, 5, int(rng.integers(1, 5)))
    return {"kernel_size": int(rng.integers(2, 5)), "dilations": dilations}


PATHS = Exercise(
    count_paths,
    points=2,
    cases=path_cases,
    mistakes=[
        wrong(
            "weights of the last layer",
            {"+= paths": "+= paths > 0"},
            "You counted the weights that read a column seen before. Along how many paths was it seen? They "
            "all go on: add the paths.",
        ),
        wrong(
            "dilation ignored",
            {"dilation * (kernel_size - 1)": "(kernel_size - 1)", "u * dilation": "u"},
            "You left the dilations out: in your stack every kernel reads neighbouring columns.",
        ),
        wrong(
            "first dilation ignored",
            {"in dilations": "in [1, *dilations[1:]]"},
            "You let the first layer read neighbouring columns. It has a dilation too, the first of the "
            "list.",
        ),
        wrong(
            "holes filled",
            {"range(kernel_size)": "range(span)", "u * dilation": "u"},
            "Your kernels read every column they span. A dilated kernel has K weights, D columns apart, and "
            "jumps over the rest.",
        ),
        wrong(
            "three weights",
            lambda kernel_size, dilations: count_paths(3, dilations),
            "Your kernels have three weights whatever `kernel_size` says. Lay that many of them, D columns "
            "apart.",
        ),
        wrong(
            "one too far",
            {"in dilations": "in dilations + 1"},
            "Your weights lie D + 1 columns apart. Dilation D is the distance itself: dilation 1 is the "
            "ordinary kernel.",
        ),
        wrong(
            "span D·K",
            {"dilation * (kernel_size - 1) + 1": "dilation * kernel_size"},
            "Your answer is too long: you let a kernel span D·K columns. Between K weights there are K − 1 "
            "gaps, so it spans D·(K − 1) + 1.",
        ),
        wrong(
            "seen or not",
            {"return paths": "return np.minimum(paths, 1)"},
            "You say which columns are read, with ones and zeros. The question is along how many paths: "
            "where two of them end in the same column, add them up.",
        ),
        wrong(
            "holes left out",
            {"return paths": "return paths[paths > 0]"},
            "You left out the columns that are not read. They belong into the answer, each as a 0: they are "
            "its holes.",
        ),
        wrong(
            "last layer only",
            {"in dilations": "in dilations[-1:]"},
            "That is one layer. Its units read units of the layer below, each of which reads on: add up what "
            "all of them see.",
        ),
        wrong(
            "dilations multiplied",
            {"in dilations": "in np.cumprod(dilations)"},
            "You multiplied each dilation by those before it, as one does with strides. A dilated layer "
            "leaves no units out, so the next one starts again from neighbouring columns.",
        ),
        wrong(
            "shares",
            {"return paths": "return paths / paths.sum()"},
            "You divided by the sum. The question asks for the number of paths, a whole number a column.",
        ),
    ],
)


# 5. Small kernels against a large one ---------------------------------------------------------------


def weights_compared(kernel_size, channels):
    depth = kernel_size // 2  # each layer adds two columns to the first
    stacked = depth * 3 * 3 * channels**2
    single = kernel_size**2 * channels**2
    return np.array([stacked, single])


WEIGHTS = Exercise(
    weights_compared,
    points=1,
    cases=lambda rng: {"kernel_size": int(2 * rng.integers(1, 8) + 1), "channels": int(rng.integers(2, 100))},
    mistakes=[
        wrong(
            "channels once",
            lambda **case: weights_compared(**case) // case["channels"],
            "You multiplied by the channels once. Each of the C kernels of a layer is C channels deep: C².",
        ),
        wrong(
            "one kernel",
            lambda **case: weights_compared(**case | {"channels": 1}),
            "You counted kernels of one channel. A layer has C of them, each C channels deep.",
        ),
        wrong(
            "always three layers",
            {"depth = kernel_size // 2": "depth = 3"},
            "You stacked three layers whatever the kernel. Three see 7 columns; solve 1 + 2L = K for L.",
        ),
        wrong(
            "one layer too many",
            {"depth = kernel_size // 2": "depth = kernel_size // 2 + 1"},
            "You stacked one layer too many. Each 3×3 layer adds two columns to the first pixel: "
            "L = (K − 1) / 2.",
        ),
        wrong(
            "windows side by side",
            {"depth = kernel_size // 2": "depth = kernel_size // 3"},
            "You stacked K // 3 layers, as if their windows lay side by side. They overlap: each adds two "
            "columns, so (K − 1) / 2 are needed.",
        ),
        wrong(
            "twice the layers",
            {"depth = kernel_size // 2": "depth = kernel_size - 1"},
            "You stacked K − 1 layers. A 3×3 layer adds a column on either side, so half as many do.",
        ),
        wrong(
            "K − 2 layers",
            {"depth = kernel_size // 2": "depth = kernel_size - 2"},
            "You stacked K − 2 layers, as if each added one column to the first three. Each adds two: L = "
            "(K − 1) / 2.",
        ),
        wrong(
            "biases counted",
            {"stacked = ": "stacked = depth * channels + ", "single = ": "single = channels + "},
            "You counted the biases. The question asks for weights only.",
        ),
        wrong(
            "the other order",
            {"stacked, single]": "single, stacked]"},
            "The numbers are right and in the wrong order: the stack first, then the single layer.",
        ),
        wrong(
            "rows only",
            {"3 * 3": "3", "kernel_size**2": "kernel_size"},
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
    """Targets of every magnitude; half of them are met exactly, or missed by one or two.

    Some take more stages than any network has: a search that ends at twenty misses them.
    """
    convolutions, stages = int(rng.integers(1, 5)), int(rng.choice([1, *range(1, 8), 22]))
    exact = 1 + (2 * convolutions + 1) * (2**stages - 1)
    near = exact + int(rng.choice([-1, 0, 0, 1, 1, 2]))
    target = (near, int(rng.integers(exact // 2, exact)))[rng.integers(2)]
    return {"target": target, "convolutions": convolutions}


STAGES = Exercise(
    fewest_stages,
    points=2,
    cases=stage_cases,
    draws=36,
    mistakes=[
        wrong(
            "jump forgotten",
            {"        jump *= 2\n": ""},
            "In your stack every stage adds as many columns as the first. Each pooling doubles the jump, so "
            "the next stage adds twice as many.",
        ),
        wrong(
            "last stage alone",
            {"size += convolutions": "size = convolutions"},
            "You began each stage anew, with what it adds alone. The columns that the stages below see "
            "stay: add to them.",
        ),
        wrong(
            "pooling sees nothing",
            {"        size += jump\n": ""},
            "You let pooling double the jump and forgot that it looks as well: a 2×2 window adds one unit.",
        ),
        wrong(
            "whole kernels",
            {"convolutions * 2": "convolutions * 3", "size += jump": "size += 2 * jump"},
            "You added K units a layer. A 3×3 convolution adds 2 and a 2×2 pooling adds 1.",
        ),
        wrong(
            "whole convolutions",
            {"convolutions * 2": "convolutions * 3"},
            "You added three units a convolution. The unit you stand on lies under the kernel already: a 3×3 "
            "convolution adds 2.",
        ),
        wrong(
            "one column a convolution",
            {"convolutions * 2 * jump": "convolutions * jump"},
            "You let each convolution add one unit. It reaches one further on the left and on the right: "
            "two.",
        ),
        wrong(
            "pooling jumps first",
            {"size += jump": "size += 2 * jump"},
            "You let each pooling add two units. A 2×2 window adds one, and it lies on units of the old "
            "jump: only then does the jump double.",
        ),
        wrong(
            "stages jump first",
            {"jump, stages = 1, 1, 0": "jump, stages = 1, 2, 0"},
            "You doubled the jump before a stage's own layers were counted. Its pooling sets the units of "
            "the next stage apart; in the first stage the jump is 1.",
        ),
        wrong(
            "more than the target",
            {"size < target": "size <= target"},
            "You go on where the target is reached exactly. Either you ask for more than it, or you begin "
            "with no column: before the first stage a unit sees 1, and `target` of them are enough.",
        ),
        wrong(
            "less than the target",
            {"jump, stages = 1, 1, 0": "jump, stages = 2, 1, 0"},
            "You stop where one column is missing. Before the first stage a unit sees 1, and `target` of "
            "them are asked for.",
        ),
        wrong(
            "started from a kernel",
            {"jump, stages = 1, 1, 0": "jump, stages = 3, 1, 0"},
            "You began with 3 columns, as if a kernel lay there already. Before the first stage a unit sees "
            "1.",
        ),
        wrong(
            "doublings alone",
            lambda target, convolutions: max(int(np.ceil(np.log2((target - 1) / (2 * convolutions + 1)))), 0),
            "You compared the target with what one more stage would add, twice as much with every stage. All "
            "stages add to the field: together 2ⁿ − 1 times what the first adds.",
        ),
        wrong(
            "quotient cut",
            lambda target, convolutions: int(np.ceil(np.log2((target - 1) // (2 * convolutions + 1) + 1))),
            "You divided with //, which drops what is left over. A target that is missed by a column needs "
            "one more stage: divide with /, and round up the stages.",
        ),
        wrong(
            "rounded down",
            lambda target, convolutions: int(np.log2((target - 1) / (2 * convolutions + 1) + 1)),
            "You rounded the number of stages down. A stage that is needed in part is built as a whole: "
            "round up.",
        ),
        wrong(
            "rounded to the nearest",
            lambda target, convolutions: round(np.log2((target - 1) / (2 * convolutions + 1) + 1)),
            "You rounded the number of stages to the nearest. A stage that is needed in part is built as a "
            "whole: round up.",
        ),
        wrong(
            "one stage too few",
            {"return stages": "return stages - 1"},
            "You stop one stage early: that stack is the last one that does not reach the target.",
        ),
        wrong(
            "last stage not counted",
            {"size < target": "size + convolutions * 2 * jump < target"},
            "You stop before the stage whose convolutions see enough. That stage must be built as well: "
            "count it.",
        ),
        wrong(
            "one stage too many",
            {"return stages": "return stages + 1"},
            "You count one stage too many. Begin with 0: before the first stage nothing is built.",
        ),
        wrong(
            "one convolution a stage",
            {"convolutions * 2": "2"},
            "You gave each stage one convolution. It has `convolutions` of them, and each adds two units.",
        ),
        wrong(
            "image shrunk to a pixel",
            lambda target, convolutions: int(np.ceil(np.log2(target))),
            "You halve the target until one pixel is left, or let the poolings alone look. That is the size "
            "of the map; the 3×3 kernels look further than the jump, so fewer stages do.",
        ),
    ],
)


# 7. What a unit listens to --------------------------------------------------------------------------


def columns_heard(kernels, share):
    influence = np.ones(1)
    for branches in kernels:
        influence = np.convolve(influence, branches.sum(axis=0))
    heard = abs(influence) / abs(influence).sum()
    while heard[1:-1].sum() >= share:
        heard = heard[1:-1]
    return len(heard)


def module_cases(rng: np.random.Generator) -> Case:
    """Narrow branches between wide ones; the shares are never met exactly, and something is always heard."""
    width = 2 * int(rng.integers(1, 3)) + 1
    modules, branches = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    kernels = np.zeros((modules, branches, width))
    while not (kernels.sum(axis=(1, 2)).all() and kernels.any(axis=2).all()):
        kernels = rng.integers(-2, 4, kernels.shape).astype(float)
        kernels[:, 1:, [0, -1]] = 0
        kernels[:, 0, 0], kernels[:, 0, -1] = rng.choice([1.0, -2.0, 3.0], 2)
        kernels[:, 0, width // 2] += rng.choice([0, 0, 60])  # one column may be enough
    return {"kernels": kernels, "share": float(rng.choice([0.5017, 0.6827, 0.8403, 0.9545]))}


def above_the_threshold(kernels, share):
    influence = np.ones(1)
    for branches in kernels:
        influence = np.convolve(influence, branches.sum(axis=0))
    return int((abs(influence) > (1 - share) * abs(influence).max()).sum())


def in_a_row(kernels, share):
    one_by_one = kernels.reshape(-1, 1, kernels.shape[2])
    return columns_heard(one_by_one, share)


def from_the_left(kernels, share):
    influence = np.ones(1)
    for branches in kernels:
        influence = np.convolve(influence, branches.sum(axis=0))
    so_far = abs(influence).cumsum() / abs(influence).sum()
    return int((so_far < share).sum()) + 1


def about_the_loudest(kernels, share):
    influence = np.ones(1)
    for branches in kernels:
        influence = np.convolve(influence, branches.sum(axis=0))
    heard = abs(influence) / abs(influence).sum()
    loudest = int(heard.argmax())
    reach = 0
    while heard[max(loudest - reach, 0) : loudest + reach + 1].sum() < share:
        reach += 1
    return 2 * reach + 1


def about_the_centre_of_gravity(kernels, share):
    influence = np.ones(1)
    for branches in kernels:
        influence = np.convolve(influence, branches.sum(axis=0))
    heard = abs(influence) / abs(influence).sum()
    centre = round(heard @ np.arange(len(heard)))
    reach = 0
    while heard[max(centre - reach, 0) : centre + reach + 1].sum() < share:
        reach += 1
    return 2 * reach + 1


HEARD = Exercise(
    columns_heard,
    points=3,
    cases=module_cases,
    draws=36,
    mistakes=[
        wrong(
            "the field",
            {"return len(heard)": "return len(influence)"},
            "That is the field, everything that the unit sees. Asked is the part in its middle that holds "
            "the given share of the influence.",
        ),
        wrong(
            "paths cannot cancel",
            {"branches.sum": "abs(branches).sum"},
            "You took the weights' sizes before adding up. Paths to one column can cancel each other: add "
            "them with their signs, and take the size of the sum.",
        ),
        wrong(
            "modules cannot cancel",
            {"branches.sum(axis=0)": "abs(branches.sum(axis=0))"},
            "You took the size of each module's slopes before you put the modules together. Paths through "
            "several modules can cancel each other too: take the size at the end.",
        ),
        wrong(
            "branches in a row",
            in_a_row,
            "You let the branches of a module follow one another. They read the same row side by side, and "
            "what they find is added: add their kernels.",
        ),
        wrong(
            "one branch",
            {"branches.sum(axis=0)": "branches[0]"},
            "You took the first branch alone. All branches of a module are heard: add their kernels.",
        ),
        wrong(
            "one module",
            {"np.convolve(influence, ": "np.convolve(np.ones(1), "},
            "You took one module alone. What the last one reads has been read by the modules below it: "
            "convolve the kernels of all.",
        ),
        wrong(
            "signs kept",
            {"abs(influence) / abs(influence).sum()": "influence / influence.sum()"},
            "You added up influences with their signs. A column with a negative slope is heard as well: take "
            "its size.",
        ),
        wrong(
            "squares",
            {"abs(influence) / abs(influence).sum()": "influence**2 / (influence**2).sum()"},
            "You squared the slopes. Here the influence is the slope's size itself.",
        ),
        wrong(
            "one side",
            {"return len(heard)": "return len(heard) // 2"},
            "You returned how far the window reaches to one side. Asked is its whole width: twice that, and "
            "the column in the middle.",
        ),
        wrong(
            "the middle forgotten",
            {"return len(heard)": "return len(heard) - 1"},
            "You counted both sides and not the column in the middle: one more.",
        ),
        wrong(
            "three columns at least",
            {"while heard": "while len(heard) > 3 and heard"},
            "Your window begins with three columns. The one in the middle may be enough.",
        ),
        wrong(
            "from the left",
            from_the_left,
            "You counted from the left end of the field. The window lies in its middle, and grows to both "
            "sides.",
        ),
        wrong(
            "about the loudest",
            about_the_loudest,
            "You laid the window about the column with the most influence. It lies in the middle of the "
            "field, whichever column is the loudest.",
        ),
        wrong(
            "about the centre of gravity",
            about_the_centre_of_gravity,
            "You laid the window about the influence's centre of gravity. It lies in the middle of the "
            "field, wherever most is heard.",
        ),
        wrong(
            "a threshold",
            above_the_threshold,
            "You counted the columns whose influence lies above a part of the largest. That is another "
            "measure; asked is the window that holds a share of the whole.",
        ),
        wrong(
            "the largest is less",
            {"return len(heard)": "return max(len(heard) - 2, 1)"},
            "Your window is one column short on each side: it holds less than the share. The smallest window "
            "that holds *at least* the share is asked.",
        ),
    ],
)


# 8 to 10. Counting ------------------------------------------------------------------------------------


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
            {" + (units - 1) * jump": ""},
            "Your number is what one unit sees. Each further one moves the window by a jump.",
        ),
        wrong(
            "side by side",
            {"size + (units - 1) * jump": "units * size"},
            "Your number is as large as if the fields lay side by side. They overlap: each unit adds no "
            "more than a jump.",
        ),
        wrong(
            "a jump too many",
            {"(units - 1)": "units"},
            "Your number is as large as with a jump for every unit. The first one has its window already: "
            "there is one jump fewer than there are units.",
        ),
        wrong(
            "a pixel a unit",
            {"(units - 1) * jump": "units - 1"},
            "Your number is as large as if each further unit moved the window by a pixel. Neighbouring "
            "units are a jump apart: the product of all strides.",
        ),
        wrong(
            "last stride left out",
            {"(units - 1) * jump": "(units - 1) * jump // stride"},
            "Your number is as large as if the last layer's stride did not move its units apart. They are "
            "the product of all strides apart.",
        ),
        wrong(
            "strides ignored",
            {"        jump *= stride\n": ""},
            "Your number is as large as without the strides. Above a layer of stride S a step to the next "
            "unit is S times as wide.",
        ),
        wrong(
            "own stride",
            {
                "size += ": "jump *= stride\n        size += ",
                "        jump *= stride\n    return": "    return",
            },
            "Your number is as large as if a layer's stride counted for its own window. It takes effect for "
            "the layers above.",
        ),
        wrong(
            "dilations ignored",
            {"dilation * (kernel": "(kernel"},
            "Your number is as large as without the dilations. K weights that lie D apart span D·(K − 1) + "
            "1.",
        ),
        wrong(
            "dilations as strides",
            {"size += dilation * (": "jump *= dilation\n        size += ("},
            "Your number is as large as if the dilations widened the jump of the layers above. A dilated "
            "layer leaves no units out: only strides set units apart.",
        ),
        wrong(
            "span D·K",
            {"dilation * (kernel_size - 1)": "(dilation * kernel_size - 1)"},
            "Your number is as large as if each kernel spanned D·K. Between K weights there are K − 1 gaps "
            "of D.",
        ),
        wrong(
            "whole kernels",
            {"dilation * (kernel_size - 1)": "(dilation * (kernel_size - 1) + 1)"},
            "Your number is as large as if each layer added its kernel's whole span. Its first unit is "
            "there already: add D·(K − 1).",
        ),
        wrong(
            "D·K a layer",
            {"dilation * (kernel_size - 1)": "dilation * kernel_size"},
            "Your number is as large as if each layer added D·K. From a kernel's first weight to its last "
            "there are K − 1 gaps of D: add D·(K − 1).",
        ),
        wrong(
            "gaps of D − 1",
            {"dilation * (kernel_size - 1)": "(dilation - 1) * (kernel_size - 1)"},
            "Your number is as large as if the weights of a kernel were D − 1 apart. D is the distance "
            "itself: with dilation 1 they are neighbours.",
        ),
        wrong(
            "strides added",
            {"(units - 1) * jump": "(units - 1) * sum(strides)"},
            "Your number is as large as if the units of the last layer were the sum of the strides apart. "
            "Strides multiply.",
        ),
        wrong(
            "down by units",
            {"size + (units - 1) * jump": "size - 1 + units * jump"},
            "Your number has a jump too many and a column too few, as if n units went down to n·S + D·(K − "
            "1). Between n units there are n − 1 steps, and each window is one more wide: (n − 1)·S + D·(K "
            "− 1) + 1.",
        ),
        wrong(
            "last layer left out",
            lambda units, **stack: count_field(units, **{name: each[:-1] for name, each in stack.items()}),
            "Your number is as large as without the last layer. The row of units is its own: each of them "
            "looks through its kernel.",
        ),
        wrong(
            "last minus first",
            {"return size": "return size - 1"},
            "Your number is one column short. From the first to the last there are last − first + 1.",
        ),
        wrong(
            "from the wrong end",
            lambda units, **stack: count_field(units, **{name: each[::-1] for name, each in stack.items()}),
            "Your number is what comes out if one begins with the last layer. The jump is 1 at the image "
            "and grows from there.",
        ),
    ],
)


def corner_cases(rng: np.random.Generator) -> Case:
    """A unit so near the upper left corner that its window hangs over both edges, or over the upper one."""
    while True:
        kernel_sizes = [int(k) for k in rng.integers(5, 16, 5)]
        case = {
            "kernel_sizes": kernel_sizes,
            "strides": [*(int(s) for s in rng.integers(1, 4, 4)), 1],
            "paddings": [int(rng.integers(1, k // 2 + 1)) for k in kernel_sizes],
        }
        _, jump, start = (int(value) for value in size_jump_start(*map(np.array, case.values())))
        hanging = -start // jump
        if 3 < hanging < 12 and case["strides"] != case["strides"][::-1]:
            row, column = (int(unit) for unit in rng.permutation(hanging)[:2])
            if kernel_sizes[1] % 2 == 0:
                column += hanging + 1
            return {"row": row, "column": column, **case}


def count_corner(row, column, kernel_sizes, strides, paddings):
    size, jump, start = 1, 1, 0
    layers = zip(kernel_sizes, strides, paddings, strict=True)
    for kernel_size, stride, padding in layers:
        size += (kernel_size - 1) * jump
        start -= padding * jump
        jump *= stride
    pixels = 1
    for unit in (row, column):
        pixels *= min(start + unit * jump, 0) + size
    return pixels


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
            {"min(start + unit * jump, 0) + size": "size"},
            "Your number is that of a window which hangs over no edge. Near the corner it hangs over the "
            "one above, or on the left, or over both, and there are no pixels there: take the padding off, "
            "of the rows and of the columns, each on their own.",
        ),
        wrong(
            "padding on both sides",
            {"min(start + unit * jump, 0) + size": "max(2 * (start + unit * jump) + size, 0)"},
            "Your number is as small as if padding were cut off at both ends. The image is large: the "
            "window hangs over no edge but the upper and the left one.",
        ),
        wrong(
            "columns only",
            {"(row, column):": "(column,):"},
            "Your number is that of the columns it sees. Count its rows too, and multiply.",
        ),
        wrong(
            "rows only",
            {"(row, column):": "(row,):"},
            "Your number is that of the rows it sees. Count its columns too, and multiply.",
        ),
        wrong(
            "whole kernels",
            {"(kernel_size - 1)": "kernel_size"},
            "Your number is as large as if a layer added K jumps. From the first unit of a window to its "
            "last there are K − 1.",
        ),
        wrong(
            "from the wrong end",
            lambda row, column, **stack: count_corner(
                row, column, **{name: each[::-1] for name, each in stack.items()}
            ),
            "Your number is what comes out if one begins with the last layer. The jump is 1 at the image "
            "and grows from there.",
        ),
        wrong(
            "added",
            {"pixels = 1": "pixels = 0", "pixels *=": "pixels +="},
            "Your number is the sum of the rows and the columns that it sees. They span a rectangle of "
            "pixels: multiply.",
        ),
        wrong(
            "the corner",
            {" + unit * jump": ""},
            "Your number is that of the unit in row 0 and column 0. Each step from there moves the window "
            "by a jump: count this unit's rows and its columns, each on their own.",
        ),
        wrong(
            "a pixel a step",
            {"unit * jump": "unit"},
            "Your number is as large as if the window moved by a pixel for each row and column. "
            "Neighbouring units are a jump apart.",
        ),
        wrong(
            "padding in pixels",
            {"padding * jump": "padding"},
            "Your number is as large as if each layer's padding were pixels of the image. A layer pads its "
            "own input, and P units of it are P jumps wide.",
        ),
        wrong(
            "first padding only",
            {"start -= padding * jump": "start = -paddings[0]"},
            "Your number is as large as if the first layer alone padded. The layers above pad too, and "
            "theirs are wider in pixels.",
        ),
        wrong(
            "counted from 1",
            {"unit * jump": "(unit - 1) * jump"},
            "Your number is that of the unit one row above and one column to the left. Rows and columns "
            "start at 0, as in NumPy.",
        ),
        wrong(
            "last minus first",
            {"0) + size": "0) + size - 1"},
            "Your number is one row and one column short. From the first to the last there are last − first "
            "+ 1.",
        ),
        wrong(
            "one step too far",
            {"unit * jump": "(unit + 1) * jump"},
            "Your number is that of a window one jump further down and to the right. Rows and columns are "
            "counted from 0: unit 0 stands in the corner itself.",
        ),
        wrong(
            "strides ignored",
            {"        jump *= stride\n": ""},
            "Your number is as large as without the strides: with them each layer sees, and pads, more "
            "pixels than the one below.",
        ),
        wrong(
            "own stride",
            {
                "size += ": "jump *= stride\n        size += ",
                "        jump *= stride\n    pixels": "    pixels",
            },
            "Your number is as large as if a layer's stride counted for its own window and padding. It "
            "takes effect for the layers above.",
        ),
    ],
)


def hole_cases(rng: np.random.Generator) -> Case:
    """Dilations too far apart for each other: their stack leaves holes."""
    while True:
        kernel_size = int(rng.integers(3, 6))
        case = {
            "kernel_size": kernel_size,
            "dilations": [int(d) if d < 39 else 1 for d in rng.integers(2, 40, 4)],
        }
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
            {"size**2 - len(read) ** 2": "size - len(read)"},
            "You counted the holes of one row. A pixel is read if its row and its column are: square both "
            "before you subtract.",
        ),
        wrong(
            "difference squared",
            {"size**2 - len(read) ** 2": "(size - len(read)) ** 2"},
            "You squared the number of columns that are left out. Pixels are also lost where only the row "
            "is left out, or only the column: subtract the squares.",
        ),
        wrong(
            "crossings twice",
            {"size**2 - len(read) ** 2": "2 * (size - len(read)) * size"},
            "You added the left-out columns and the left-out rows, so the pixels in both count twice. "
            "Subtract the squares instead.",
        ),
        wrong(
            "rows only",
            {"size**2 - len(read) ** 2": "(size - len(read)) * size"},
            "You counted the pixels whose column is left out. Those whose row is left out are not read "
            "either: subtract the squares.",
        ),
        wrong(
            "crossings left out",
            {"size**2 - len(read) ** 2": "2 * (size - len(read)) * len(read)"},
            "You counted the pixels of which the row or the column is left out. Those of which both are "
            "belong to the holes too: subtract the squares.",
        ),
        wrong(
            "those read",
            {"size**2 - ": ""},
            "That is how many pixels it reads. The question asks for those it does not.",
        ),
        wrong(
            "whole field",
            {" - len(read) ** 2": ""},
            "That is the whole field. Take away the pixels which the unit reads.",
        ),
        wrong(
            "one column short",
            {"max(read) + 1": "max(read)"},
            "Your field is one column too small. Columns 0 to n are n + 1 of them.",
        ),
        wrong(
            "paths for pixels",
            {"len(read) ** 2": "kernel_size**8"},
            "You counted paths, K² a layer. Several of them end on the same pixel, which counts once.",
        ),
        wrong(
            "last layer only",
            {"in dilations": "in dilations[-1:]"},
            "You looked at one layer's holes only. The others read between them: follow the paths through "
            "all four.",
        ),
        wrong(
            "one too far",
            {"in dilations": "in [d + 1 for d in dilations]"},
            "Your weights lie D + 1 pixels apart. Dilation D is the distance itself: D − 1 pixels lie "
            "between two weights.",
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

EXERCISES = [STACK, ANY_STACK, SEEN, PATHS, WEIGHTS, STAGES, HEARD, FIELD, CORNER, HOLES]

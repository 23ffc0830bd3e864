"""Wrong answers to the exercises of chapter 03, as fresh solvers gave them."""

import math

import numpy as np

from wrong_answers import wrong


@wrong("stack_field", "one forgotten")
def _(kernel_size, depth):
    """The column on which one stands is forgotten: the 1 is missing."""
    return depth * (kernel_size - 1)


@wrong("stack_field", "kernels added")
def _(kernel_size, depth):
    """Each layer is said to add a whole kernel."""
    return depth * kernel_size


@wrong("stack_field", "one and whole kernels")
def _(kernel_size, depth):
    """Each layer is said to add a whole kernel to the column one stands on."""
    return 1 + depth * kernel_size


@wrong("stack_field", "started from a kernel")
def _(kernel_size, depth):
    """The first layer is counted as a whole kernel and then once more: one layer too many."""
    return kernel_size + depth * (kernel_size - 1)


@wrong("stack_field", "one side")
def _(kernel_size, depth):
    """Only one side is counted: half a kernel a layer."""
    return 1 + depth * (kernel_size // 2)


@wrong("stack_field", "kernels multiplied")
def _(kernel_size, depth):
    """The kernels are multiplied, as if their windows did not overlap."""
    return kernel_size**depth


@wrong("stack_field", "two a layer")
def _(kernel_size, depth):
    """Two columns a layer, as for 3×3 kernels, whatever the kernel."""
    return 1 + 2 * depth


@wrong("stack_field", "area")
def _(kernel_size, depth):
    """The columns are squared: these are the pixels of the field."""
    return (1 + depth * (kernel_size - 1)) ** 2


@wrong("stack_field", "depth for kernel")
def _(kernel_size, depth):
    """Depth and kernel size have changed places."""
    return 1 + kernel_size * (depth - 1)


@wrong("stack_field", "halves rounded")
def _(kernel_size, depth):
    """Both sides are counted with a radius rounded down, which loses a column a layer for even kernels."""
    return 1 + 2 * depth * (kernel_size // 2)


@wrong("size_jump_start", "own stride")
def _(kernel_sizes, strides, paddings):
    """The layer's own stride is multiplied in before its kernel is counted."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        jump *= s
        size += (k - 1) * jump
        start -= p * jump
    return np.array([size, jump, start])


@wrong("size_jump_start", "strides ignored")
def _(kernel_sizes, strides, paddings):
    """The strides are ignored."""
    return np.array([1 + sum(kernel_sizes - 1), 1, -sum(paddings)])


@wrong("size_jump_start", "whole kernels")
def _(kernel_sizes, strides, paddings):
    """The kernel is multiplied by the jump whole, without subtracting 1."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + k * jump, start - p * jump, jump * s
    return np.array([size, jump, start])


@wrong("size_jump_start", "padding to the right")
def _(kernel_sizes, strides, paddings):
    """The padding moves the start to the right."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start + p * jump, jump * s
    return np.array([size, jump, start])


@wrong("size_jump_start", "padding in pixels")
def _(kernel_sizes, strides, paddings):
    """The padding is not multiplied by the jump."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p, jump * s
    return np.array([size, jump, start])


@wrong("size_jump_start", "strides less one added")
def _(kernel_sizes, strides, paddings):
    """The strides are added up instead of multiplied."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump + s - 1
    return np.array([size, jump, start])


@wrong("size_jump_start", "from the wrong end")
def _(kernel_sizes, strides, paddings):
    """The stack is walked through from the last layer to the first with the rule for the other direction."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes[::-1], strides[::-1], paddings[::-1], strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    return np.array([size, jump, start])


@wrong("size_jump_start", "field less padding")
def _(kernel_sizes, strides, paddings):
    """The padding makes the field smaller, by twice the padding in each layer."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1 - 2 * p) * jump, start - p * jump, jump * s
    return np.array([size, jump, start])


@wrong("size_jump_start", "start always 0")
def _(kernel_sizes, strides, paddings):
    """The start is cut off at the image's border."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    return np.array([size, jump, max(start, 0)])


@wrong("size_jump_start", "last stride left out")
def _(kernel_sizes, strides, paddings):
    """The last layer's stride is not counted in the jump, as it moves no further layer."""
    size, jump, start = 1, 1, 0
    for i, (k, s, p) in enumerate(zip(kernel_sizes, strides, paddings, strict=True)):
        size, start = size + (k - 1) * jump, start - p * jump
        if i < len(strides) - 1:
            jump *= s
    return np.array([size, jump, start])


@wrong("columns_seen", "not clipped")
def _(unit, width, kernel_sizes, strides, paddings):
    """The field is not cut off at all: columns in the padding are among those seen."""
    first = last = unit
    for k, s, p in zip(kernel_sizes[::-1], strides[::-1], paddings[::-1], strict=True):
        first, last = first * s - p, last * s - p + k - 1
    return np.array([first, last])


@wrong("columns_seen", "clipped in the image only")
def _(unit, width, kernel_sizes, strides, paddings):
    """The field is cut off at the image's border only, not in every layer."""
    first = last = unit
    for k, s, p in zip(kernel_sizes[::-1], strides[::-1], paddings[::-1], strict=True):
        first, last = first * s - p, last * s - p + k - 1
    return np.array([max(first, 0), min(last, width - 1)])


@wrong("columns_seen", "clipped one too late")
def _(unit, width, kernel_sizes, strides, paddings):
    """The field is cut off at column `width`, one behind the last."""
    widths = [width]
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        widths.append((widths[-1] - k + 2 * p) // s + 1)
    first = last = unit
    for i in range(len(strides) - 1, -1, -1):
        first = max(first * strides[i] - paddings[i], 0)
        last = min(last * strides[i] - paddings[i] + kernel_sizes[i] - 1, widths[i])
    return np.array([first, last])


@wrong("columns_seen", "window one too wide")
def _(unit, width, kernel_sizes, strides, paddings):
    """The last column is that after the field: the - 1 is missing."""
    widths = [width]
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        widths.append((widths[-1] - k + 2 * p) // s + 1)
    first, last = unit, unit
    for i in reversed(range(len(strides))):
        start = first * strides[i] - paddings[i]
        end = last * strides[i] - paddings[i] + kernel_sizes[i]
        first, last = max(start, 0), min(end, widths[i] - 1)
    return np.array([first, last])


@wrong("columns_seen", "padding ignored")
def _(unit, width, kernel_sizes, strides, paddings):
    """The paddings are forgotten on the way down."""
    widths = [width]
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        widths.append((widths[-1] - k + 2 * p) // s + 1)
    first = last = unit
    for i in reversed(range(len(strides))):
        first, last = first * strides[i], last * strides[i] + kernel_sizes[i] - 1
        first, last = max(first, 0), min(last, widths[i] - 1)
    return np.array([first, last])


@wrong("columns_seen", "from the wrong end")
def _(unit, width, kernel_sizes, strides, paddings):
    """The layers are gone through from the image upwards instead of from the unit down."""
    first = last = unit
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        first, last = max(first * s - p, 0), last * s - p + k - 1
    return np.array([first, min(last, width - 1)])


@wrong("columns_seen", "right edge only")
def _(unit, width, kernel_sizes, strides, paddings):
    """The view is cut off at the right border only: its first column may be negative."""
    widths = [width]
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        widths.append((widths[-1] - k + 2 * p) // s + 1)
    first = last = unit
    for i in reversed(range(len(strides))):
        first = first * strides[i] - paddings[i]
        last = min(last * strides[i] - paddings[i] + kernel_sizes[i] - 1, widths[i] - 1)
    return np.array([first, last])


@wrong("columns_seen")
def _(unit, width, kernel_sizes, strides, paddings):
    """First and size of the field are returned, not first and last."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    first, last = start + unit * jump, start + unit * jump + size - 1
    first, last = max(first, 0), min(last, width - 1)
    return np.array([first, last - first + 1])


@wrong("columns_seen", "widths without padding")
def _(unit, width, kernel_sizes, strides, paddings):
    """The layers' widths are computed without padding, so the views are cut off too early."""
    widths = [width]
    for k, s in zip(kernel_sizes, strides, strict=True):
        widths.append((widths[-1] - k) // s + 1)
    first = last = unit
    for i in reversed(range(len(strides))):
        first = max(first * strides[i] - paddings[i], 0)
        last = min(last * strides[i] - paddings[i] + kernel_sizes[i] - 1, widths[i] - 1)
    return np.array([first, last])


@wrong("columns_seen", "centred")
def _(unit, width, kernel_sizes, strides, paddings):
    """The field is laid around the unit's middle, half of it to each side."""
    size, jump = 1, 1
    for k, s in zip(kernel_sizes, strides, strict=True):
        size, jump = size + (k - 1) * jump, jump * s
    centre = unit * jump
    return np.array([max(centre - size // 2, 0), min(centre + size // 2, width - 1)])


@wrong("count_paths", "dilation ignored")
def _(kernel_size, dilations):
    """The dilations are ignored: the weights of all layers lie side by side."""
    paths = np.array([1])
    for _ in dilations:
        paths = np.convolve(paths, np.ones(kernel_size, dtype=int))
    return paths


@wrong("count_paths", "seen or not")
def _(kernel_size, dilations):
    """Whether a column is read is returned, not along how many paths."""
    paths = np.array([1])
    for d in dilations:
        kernel = np.zeros(d * (kernel_size - 1) + 1, dtype=int)
        kernel[::d] = 1
        paths = np.convolve(paths, kernel)
    return (paths > 0).astype(int)


@wrong("count_paths", "one too far")
def _(kernel_size, dilations):
    """The dilation is taken for the number of zeros between two weights."""
    paths = np.array([1])
    for d in dilations:
        kernel = np.zeros((d + 1) * (kernel_size - 1) + 1, dtype=int)
        kernel[:: d + 1] = 1
        paths = np.convolve(paths, kernel)
    return paths


@wrong("count_paths", "span D·K")
def _(kernel_size, dilations):
    """The dilated kernel is D·K columns wide, so zeros hang on at the end."""
    paths = np.array([1])
    for d in dilations:
        kernel = np.zeros(d * kernel_size, dtype=int)
        kernel[::d] = 1
        paths = np.convolve(paths, kernel)
    return paths


@wrong("count_paths", "three weights")
def _(kernel_size, dilations):
    """The kernels are 3 wide, as in the chapter, whatever `kernel_size` says."""
    paths = np.array([1])
    for d in dilations:
        kernel = np.zeros(2 * d + 1, dtype=int)
        kernel[::d] = 1
        paths = np.convolve(paths, kernel)
    return paths


@wrong("count_paths", "holes left out")
def _(kernel_size, dilations):
    """The columns that are read are listed without those that are not: the holes are missing."""
    paths = {0: 1}
    for d in dilations:
        longer = {}
        for column, ways in paths.items():
            for u in range(kernel_size):
                longer[column + u * d] = longer.get(column + u * d, 0) + ways
        paths = longer
    return np.array([paths[column] for column in sorted(paths)])


@wrong("count_paths")
def _(kernel_size, dilations):
    """A column is counted once for each layer that reaches it, not once for each path."""
    size = 1 + sum(int(d) * (kernel_size - 1) for d in dilations)
    paths = np.zeros(size, dtype=int)
    seen = {0}
    for d in dilations:
        seen = {column + u * int(d) for column in seen for u in range(kernel_size)}
        for column in seen:
            paths[column] += 1
    return paths


@wrong("count_paths", "first dilation ignored")
def _(kernel_size, dilations):
    """The first layer is left out: the walk starts with the second dilation."""
    paths = np.ones(kernel_size, dtype=int)
    for d in dilations[1:]:
        kernel = np.zeros(d * (kernel_size - 1) + 1, dtype=int)
        kernel[::d] = 1
        paths = np.convolve(paths, kernel)
    return paths


@wrong("count_paths")
def _(kernel_size, dilations):
    """The layers' patterns are laid on top of each other and added, instead of one behind the other."""
    size = 1 + sum(int(d) * (kernel_size - 1) for d in dilations)
    paths = np.zeros(size, dtype=int)
    for d in dilations:
        first = (size - int(d) * (kernel_size - 1)) // 2
        paths[first : first + int(d) * (kernel_size - 1) + 1 : int(d)] += 1
    return paths


@wrong("count_paths", "shares")
def _(kernel_size, dilations):
    """The shares of the paths are returned: they add up to 1."""
    paths = np.array([1.0])
    for d in dilations:
        kernel = np.zeros(d * (kernel_size - 1) + 1)
        kernel[::d] = 1 / kernel_size
        paths = np.convolve(paths, kernel)
    return paths


@wrong("weights_compared", "channels once")
def _(kernel_size, channels):
    """Channels go in and out, but only one of the two factors is there."""
    depth = (kernel_size - 1) // 2
    return np.array([9 * depth * channels, kernel_size**2 * channels])


@wrong("weights_compared", "windows side by side")
def _(kernel_size, channels):
    """The depth is that of kernel_size // 3 layers, as if 3×3 windows lay side by side."""
    depth = kernel_size // 3
    return np.array([9 * depth * channels**2, kernel_size**2 * channels**2])


@wrong("weights_compared", "one layer too many")
def _(kernel_size, channels):
    """One layer too many: K - 1 over 2, plus 1."""
    depth = (kernel_size + 1) // 2
    return np.array([9 * depth * channels**2, kernel_size**2 * channels**2])


@wrong("weights_compared", "K − 2 layers")
def _(kernel_size, channels):
    """K - 2 layers: each was thought to add one column."""
    depth = kernel_size - 2
    return np.array([9 * depth * channels**2, kernel_size**2 * channels**2])


@wrong("weights_compared", "always three layers")
def _(kernel_size, channels):
    """The stack always has three layers, which is right for 7×7 only."""
    return np.array([27 * channels**2, kernel_size**2 * channels**2])


@wrong("weights_compared", "biases counted")
def _(kernel_size, channels):
    """The biases are counted."""
    depth = (kernel_size - 1) // 2
    return np.array(
        [depth * (9 * channels**2 + channels), kernel_size**2 * channels**2 + channels],
    )


@wrong("weights_compared", "the other order")
def _(kernel_size, channels):
    """The two numbers are in the wrong order: the single layer first."""
    depth = (kernel_size - 1) // 2
    return np.array([kernel_size**2 * channels**2, 9 * depth * channels**2])


@wrong("weights_compared", "rows only")
def _(kernel_size, channels):
    """The kernels are not squared: rows of K and of 3 weights."""
    depth = (kernel_size - 1) // 2
    return np.array([3 * depth * channels**2, kernel_size * channels**2])


@wrong("weights_compared")
def _(kernel_size, channels):
    """The weights of the stack's layers are multiplied instead of added."""
    depth = (kernel_size - 1) // 2
    return np.array([9.0**depth * channels**2, kernel_size**2 * channels**2])


@wrong("weights_compared", "one kernel")
def _(kernel_size, channels):
    """The channels are forgotten."""
    depth = (kernel_size - 1) // 2
    return np.array([9 * depth, kernel_size**2])


@wrong("fewest_stages", "pooling sees nothing")
def _(target, convolutions):
    """The pooling adds nothing to the size, it only doubles the jump."""
    size, jump, stages = 1, 1, 0
    while size < target:
        size, jump, stages = size + 2 * convolutions * jump, 2 * jump, stages + 1
    return stages


@wrong("fewest_stages", "pooling jumps first")
def _(target, convolutions):
    """The pooling's jump is doubled before its own window is counted."""
    size, jump, stages = 1, 1, 0
    while size < target:
        size += 2 * convolutions * jump
        jump *= 2
        size, stages = size + jump, stages + 1
    return stages


@wrong("fewest_stages", "more than the target")
def _(target, convolutions):
    """More than `target` columns are asked for, not at least as many."""
    size, jump, stages = 1, 1, 0
    while size <= target:
        size, jump, stages = size + (2 * convolutions + 1) * jump, 2 * jump, stages + 1
    return stages


@wrong("fewest_stages", "one stage too few")
def _(target, convolutions):
    """The stages before the last one that is needed are returned: one too few."""
    size, jump, stages = 1, 1, -1
    while size < target:
        size, jump, stages = size + (2 * convolutions + 1) * jump, 2 * jump, stages + 1
    return max(stages, 0)


@wrong("fewest_stages", "one stage too many")
def _(target, convolutions):
    """The count begins with 1 before any stage is built: one too many."""
    size, jump, stages = 1, 1, 1
    while size < target:
        size, jump, stages = size + (2 * convolutions + 1) * jump, 2 * jump, stages + 1
    return stages


@wrong("fewest_stages", "jump forgotten")
def _(target, convolutions):
    """The jump never grows: the pooling's stride is ignored."""
    size, stages = 1, 0
    while size < target:
        size, stages = size + 2 * convolutions + 1, stages + 1
    return stages


@wrong("fewest_stages", "one convolution a stage")
def _(target, convolutions):
    """Each stage has one convolution, whatever is asked for."""
    size, jump, stages = 1, 1, 0
    while size < target:
        size, jump, stages = size + 3 * jump, 2 * jump, stages + 1
    return stages


@wrong("fewest_stages", "whole kernels")
def _(target, convolutions):
    """Each convolution adds its whole kernel of 3 columns, and the pooling 2."""
    size, jump, stages = 1, 1, 0
    while size < target:
        size, jump, stages = size + (3 * convolutions + 2) * jump, 2 * jump, stages + 1
    return stages


@wrong("fewest_stages", "last stage not counted")
def _(target, convolutions):
    """It stops when a convolution sees enough, and the stage of that convolution is not counted."""
    size, jump, stages = 1, 1, 0
    while size + 2 * convolutions * jump < target:
        size, jump, stages = size + (2 * convolutions + 1) * jump, 2 * jump, stages + 1
    return stages


@wrong("fewest_stages", "one column a convolution")
def _(target, convolutions):
    """Each convolution is said to add one column, as if it reached to one side only."""
    size, jump, stages = 1, 1, 0
    while size < target:
        size, jump, stages = size + (convolutions + 1) * jump, 2 * jump, stages + 1
    return stages


@wrong("count_field", "one unit")
def _(units, kernel_sizes, strides, dilations):
    """The field of one unit is counted, not of all together."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size, jump = size + d * (k - 1) * jump, jump * s
    return size


@wrong("count_field", "dilations ignored")
def _(units, kernel_sizes, strides, dilations):
    """The dilations are forgotten."""
    size, jump = 1, 1
    for k, s in zip(kernel_sizes, strides, strict=True):
        size, jump = size + (k - 1) * jump, jump * s
    return size + (units - 1) * jump


@wrong("count_field", "a jump too many")
def _(units, kernel_sizes, strides, dilations):
    """As many jumps as units are added; between them there is one fewer."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size, jump = size + d * (k - 1) * jump, jump * s
    return size + units * jump


@wrong("count_field", "side by side")
def _(units, kernel_sizes, strides, dilations):
    """The units' fields are added up as if they did not overlap."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size, jump = size + d * (k - 1) * jump, jump * s
    return units * size


@wrong("count_field", "own stride")
def _(units, kernel_sizes, strides, dilations):
    """Each layer's own stride is counted before its kernel."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        jump *= s
        size += d * (k - 1) * jump
    return size + (units - 1) * jump


@wrong("count_field", "a pixel a unit")
def _(units, kernel_sizes, strides, dilations):
    """Neighbouring units are taken to be one column apart."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size, jump = size + d * (k - 1) * jump, jump * s
    return size + units - 1


@wrong("count_field", "span D·K")
def _(units, kernel_sizes, strides, dilations):
    """A dilated kernel is taken to span D·K columns."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size, jump = size + (d * k - 1) * jump, jump * s
    return size + (units - 1) * jump


@wrong("count_field", "from the wrong end")
def _(units, kernel_sizes, strides, dilations):
    """The layers are gone through from the last to the first with the rule for the other direction."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes[::-1], strides[::-1], dilations[::-1], strict=True):
        size, jump = size + d * (k - 1) * jump, jump * s
    return size + (units - 1) * jump


@wrong("count_field", "last stride left out")
def _(units, kernel_sizes, strides, dilations):
    """The last layer's stride is left out of the distance between the units."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        before = jump
        size, jump = size + d * (k - 1) * jump, jump * s
    return size + (units - 1) * before


@wrong("count_field", "dilations as strides")
def _(units, kernel_sizes, strides, dilations):
    """The dilations also widen the jumps of the layers above."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        jump *= d
        size, jump = size + (k - 1) * jump, jump * s
    return size + (units - 1) * jump


@wrong("count_corner", "padding counted")
def _(row, column, kernel_sizes, strides, paddings):
    """The whole field is counted, padding included."""
    size, jump = 1, 1
    for k, s in zip(kernel_sizes, strides, strict=True):
        size, jump = size + (k - 1) * jump, jump * s
    return size**2


@wrong("count_corner", "the corner")
def _(row, column, kernel_sizes, strides, paddings):
    """The unit in the corner, row 0 and column 0, is looked at."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    return (size + start) ** 2


@wrong("count_corner", "the corner")
def _(row, column, kernel_sizes, strides, paddings):
    """The row's extent is squared, as if the unit stood on the diagonal."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    return min(size, size + start + row * jump) ** 2


@wrong("count_corner", "padding in pixels")
def _(row, column, kernel_sizes, strides, paddings):
    """The paddings were not multiplied by the jumps."""
    size, jump = 1, 1
    for k, s in zip(kernel_sizes, strides, strict=True):
        size, jump = size + (k - 1) * jump, jump * s
    sides = [min(size, size - sum(paddings) + i * jump) for i in (row, column)]
    return sides[0] * sides[1]


@wrong("count_corner", "one step too far")
def _(row, column, kernel_sizes, strides, paddings):
    """Row and column are counted from 1."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    sides = [min(size, size + start + (i + 1) * jump) for i in (row, column)]
    return sides[0] * sides[1]


@wrong("count_corner", "last minus first")
def _(row, column, kernel_sizes, strides, paddings):
    """The visible part is measured from pixel 0 to the last one, as last minus first: one too few a side."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    firsts = [start + i * jump for i in (row, column)]
    sides = [first + size - 1 - max(first, 0) for first in firsts]
    return sides[0] * sides[1]


@wrong("count_corner", "padding on both sides")
def _(row, column, kernel_sizes, strides, paddings):
    """The padding is taken away on both sides, though the image is large."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    sides = [max(size + 2 * (start + i * jump), 0) for i in (row, column)]
    return sides[0] * sides[1]


@wrong("count_corner", "own stride")
def _(row, column, kernel_sizes, strides, paddings):
    """Each layer's own stride is counted before its kernel and its padding."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        jump *= s
        size, start = size + (k - 1) * jump, start - p * jump
    sides = [min(size, size + start + i * jump) for i in (row, column)]
    return sides[0] * sides[1]


@wrong("count_corner", "a pixel a step")
def _(row, column, kernel_sizes, strides, paddings):
    """The units are taken to be one pixel apart: the jump is missing."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    sides = [min(size, size + start + i) for i in (row, column)]
    return sides[0] * sides[1]


@wrong("count_corner", "added")
def _(row, column, kernel_sizes, strides, paddings):
    """Rows and columns that are seen are added instead of multiplied."""
    size, jump, start = 1, 1, 0
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        size, start, jump = size + (k - 1) * jump, start - p * jump, jump * s
    return sum(min(size, size + start + i * jump) for i in (row, column))


@wrong("count_holes", "those read")
def _(kernel_size, dilations):
    """The pixels that are read are counted."""
    columns = {0}
    for d in dilations:
        columns = {c + u * d for c in columns for u in range(kernel_size)}
    return len(columns) ** 2


@wrong("count_holes", "difference squared")
def _(kernel_size, dilations):
    """The holes of one row are squared; but a pixel is a hole if its row or its column is."""
    columns = {0}
    for d in dilations:
        columns = {c + u * d for c in columns for u in range(kernel_size)}
    return (max(columns) + 1 - len(columns)) ** 2


@wrong("count_holes", "one row")
def _(kernel_size, dilations):
    """Only the columns of one row are counted."""
    columns = {0}
    for d in dilations:
        columns = {c + u * d for c in columns for u in range(kernel_size)}
    return max(columns) + 1 - len(columns)


@wrong("count_holes", "paths for pixels")
def _(kernel_size, dilations):
    """Paths are counted as pixels, although several may read the same one."""
    field = 1 + sum(d * (kernel_size - 1) for d in dilations)
    return field**2 - kernel_size ** (2 * len(dilations))


@wrong("count_holes", "one column short")
def _(kernel_size, dilations):
    """The field is one column too small: the 1 is missing."""
    columns = {0}
    for d in dilations:
        columns = {c + u * d for c in columns for u in range(kernel_size)}
    return max(columns) ** 2 - len(columns) ** 2


@wrong("count_holes", "rows only")
def _(kernel_size, dilations):
    """Each hole of a row is taken times the columns, and the holes of the columns are not counted."""
    columns = {0}
    for d in dilations:
        columns = {c + u * d for c in columns for u in range(kernel_size)}
    return (max(columns) + 1 - len(columns)) * (max(columns) + 1)


@wrong("count_holes", "crossings twice")
def _(kernel_size, dilations):
    """Holes in rows and in columns are added, so a pixel in both is counted twice."""
    columns = {0}
    for d in dilations:
        columns = {c + u * d for c in columns for u in range(kernel_size)}
    return 2 * (max(columns) + 1 - len(columns)) * (max(columns) + 1)


@wrong("count_holes", "last layer only")
def _(kernel_size, dilations):
    """Only the last layer's own gaps are counted."""
    span = dilations[-1] * (kernel_size - 1) + 1
    return span**2 - kernel_size**2


@wrong("count_holes", "one too far")
def _(kernel_size, dilations):
    """The dilation is taken for the number of pixels between two weights."""
    columns = {0}
    for d in dilations:
        columns = {c + u * (d + 1) for c in columns for u in range(kernel_size)}
    return (max(columns) + 1) ** 2 - len(columns) ** 2


@wrong("count_holes", "whole field")
def _(kernel_size, dilations):
    """The whole field is returned."""
    return (1 + sum(d * (kernel_size - 1) for d in dilations)) ** 2


def slopes_of(kernels):
    """What each column adds to the unit of a stack of modules."""
    row = np.ones(1)
    for module in kernels:
        row = np.convolve(row, module.sum(axis=0))
    return row


def smallest(row, share):
    """The width of the window in the middle that holds the share of a row."""
    centre = len(row) // 2
    for reach in range(centre + 1):
        if row[centre - reach : centre + reach + 1].sum() >= share * row.sum():
            return 2 * reach + 1
    return len(row)


@wrong("fewest_stages")
def _(target, convolutions):
    """The search ends at twenty stages, as if no network had more."""
    fields = [1 + (2 * convolutions + 1) * (2**stages - 1) for stages in range(20)]
    return min(sum(field < target for field in fields), 19)


@wrong("columns_heard", "the field")
def _(kernels, share):
    """The closed form of the field: everything that is seen."""
    return len(kernels) * (kernels.shape[2] - 1) + 1


@wrong("columns_heard", "paths cannot cancel")
def _(kernels, share):
    """Every weight's size is taken first, so that no path cancels another."""
    return smallest(slopes_of(np.abs(kernels)), share)


@wrong("columns_heard", "branches in a row")
def _(kernels, share):
    """The branches are run one after the other, like layers."""
    return smallest(np.abs(slopes_of(kernels.reshape(-1, 1, kernels.shape[2]))), share)


@wrong("columns_heard", "one branch")
def _(kernels, share):
    """Only the first branch of each module is followed."""
    return smallest(np.abs(slopes_of(kernels[:, :1])), share)


@wrong("columns_heard", "one module")
def _(kernels, share):
    """Only the module that the unit stands on is looked at."""
    return smallest(np.abs(slopes_of(kernels[-1:])), share)


@wrong("columns_heard", "squares")
def _(kernels, share):
    """Energy instead of size: the slopes are squared."""
    return smallest(slopes_of(kernels) ** 2, share)


@wrong("columns_heard", "one side")
def _(kernels, share):
    """How far the window reaches to the right is returned."""
    return smallest(np.abs(slopes_of(kernels)), share) // 2


@wrong("columns_heard", "from the left")
def _(kernels, share):
    """The window starts at the first column of the field."""
    row = np.abs(slopes_of(kernels))
    return int(np.searchsorted(row.cumsum(), share * row.sum())) + 1


@wrong("columns_heard", "a threshold")
def _(kernels, share):
    """The columns above a part of the largest influence are counted, as the chapter does with 4.55 %."""
    row = np.abs(slopes_of(kernels))
    return int(np.count_nonzero(row > (1 - share) * row.max()))


@wrong("columns_heard", "three columns at least")
def _(kernels, share):
    """The search begins with one column to each side of the middle."""
    return max(3, smallest(np.abs(slopes_of(kernels)), share))


@wrong("columns_heard")
def _(kernels, share):
    """As few columns as hold the share, wherever they stand: the strongest ones are taken first."""
    row = np.sort(np.abs(slopes_of(kernels)))[::-1]
    return int(np.searchsorted(row.cumsum(), share * row.sum())) + 1


def widths_of(width, layers, out):
    widths = [width]
    for layer in layers:
        widths.append(out(widths[-1], *layer))
    return widths


@wrong("columns_seen", "widths divided")
def _(unit, width, kernel_sizes, strides, paddings):
    """The maps are said to be W // S wide, whatever kernel and padding are."""
    layers = list(zip(kernel_sizes, strides, paddings, strict=True))
    widths = widths_of(width, layers, lambda w, k, s, p: w // s)
    first = last = unit
    for below, (k, s, p) in reversed(list(zip(widths, layers, strict=False))):
        first, last = max(first * s - p, 0), min(last * s - p + k - 1, below - 1)
    return np.array([first, last])


@wrong("columns_seen", "right edge of the maps only")
def _(unit, width, kernel_sizes, strides, paddings):
    """The last column is held within the maps between the layers, and not within the image."""
    layers = list(zip(kernel_sizes, strides, paddings, strict=True))
    widths = widths_of(width, layers, lambda w, k, s, p: (w + 2 * p - k) // s + 1)
    first = last = unit
    for number in reversed(range(len(layers))):
        k, s, p = layers[number]
        first, last = max(first * s - p, 0), last * s - p + k - 1
        if number:
            last = min(last, widths[number] - 1)
    return np.array([first, last])


@wrong("columns_seen", "clipped in the image only")
def _(unit, width, kernel_sizes, strides, paddings):
    """The widths are rounded up, so that no map ends before the last window does."""
    layers = list(zip(kernel_sizes, strides, paddings, strict=True))
    widths = widths_of(width, layers, lambda w, k, s, p: -(-(w + 2 * p - k) // s) + 1)
    first = last = unit
    for below, (k, s, p) in reversed(list(zip(widths, layers, strict=False))):
        first, last = max(first * s - p, 0), min(last * s - p + k - 1, below - 1)
    return np.array([first, last])


@wrong("fewest_stages", "stages jump first")
def _(target, convolutions):
    """A stage's jump is doubled before its own convolutions and pooling are counted."""
    size, jump, stages = 1, 1, 0
    while size < target:
        jump *= 2
        size += (2 * convolutions + 1) * jump
        stages += 1
    return stages


@wrong("fewest_stages", "less than the target")
def _(target, convolutions):
    """It stops when one column less than the target is seen."""
    stages = 0
    while (2 * convolutions + 1) * (2**stages - 1) + 2 < target:
        stages += 1
    return stages


@wrong("fewest_stages", "more than the target")
def _(target, convolutions):
    """It begins with no column, not with one."""
    size, jump, stages = 0, 1, 0
    while size < target:
        size += (2 * convolutions + 1) * jump
        jump *= 2
        stages += 1
    return stages


@wrong("fewest_stages", "whole convolutions")
def _(target, convolutions):
    """Each convolution is said to add three units, the pooling one."""
    size, jump, stages = 1, 1, 0
    while size < target:
        size += (3 * convolutions + 1) * jump
        jump *= 2
        stages += 1
    return stages


@wrong("fewest_stages", "last stage alone")
def _(target, convolutions):
    """What a stage adds takes the place of what was seen before."""
    size, jump, stages = 1, 1, 0
    while size < target:
        size = (2 * convolutions + 1) * jump
        jump *= 2
        stages += 1
    return stages


def influences(kernels):
    influence = np.ones(1)
    for branches in kernels:
        influence = np.convolve(influence, branches.sum(axis=0))
    return abs(influence) / abs(influence).sum()


@wrong("columns_heard", "about the loudest")
def _(kernels, share):
    """The window is laid about the column with the most influence."""
    heard = influences(kernels)
    centre, reach = int(heard.argmax()), 0
    while heard[max(centre - reach, 0) : centre + reach + 1].sum() < share:
        reach += 1
    return 2 * reach + 1


@wrong("columns_heard", "modules cannot cancel")
def _(kernels, share):
    """The size of each module's summed kernel is taken before the modules are put together."""
    influence = np.ones(1)
    for branches in kernels:
        influence = np.convolve(influence, abs(branches.sum(axis=0)))
    heard = influence / influence.sum()
    while heard[1:-1].sum() >= share:
        heard = heard[1:-1]
    return len(heard)


@wrong("fewest_stages", "pooling jumps first")
def _(target, convolutions):
    """A pooling adds its whole window of two units."""
    size, jump, stages = 1, 1, 0
    while size < target:
        size += (2 * convolutions + 2) * jump
        jump *= 2
        stages += 1
    return stages


@wrong("fewest_stages", "rounded down")
def _(target, convolutions):
    """The logarithm is cut."""
    return int(np.log2((target - 1) / (2 * convolutions + 1) + 1))


@wrong("fewest_stages", "rounded to the nearest")
def _(target, convolutions):
    """The logarithm is rounded to the nearest."""
    return round(np.log2((target - 1 + 2 * convolutions + 1) / (2 * convolutions + 1)))


@wrong("fewest_stages", "image shrunk to a pixel")
def _(target, convolutions):
    """Poolings alone see anything."""
    size, stages = 1, 0
    while size < target:
        size, stages = size + 2**stages, stages + 1
    return stages


@wrong("fewest_stages", "started from a kernel")
def _(target, convolutions):
    """The first stage starts from 3 columns."""
    stages = 0
    while 3 + (2 * convolutions + 1) * (2**stages - 1) < target:
        stages += 1
    return stages


@wrong("columns_seen", "clipped in the image only")
def _(unit, width, kernel_sizes, strides, paddings):
    """The maps' widths are rounded up."""
    widths = [width]
    for k, s, p in zip(kernel_sizes, strides, paddings, strict=True):
        widths.append(-(-(widths[-1] + 2 * p - k) // s) + 1)
    first = last = unit
    for each in range(len(strides) - 1, -1, -1):
        k, s, p = kernel_sizes[each], strides[each], paddings[each]
        first, last = max(first * s - p, 0), min(last * s - p + k - 1, widths[each] - 1)
    return np.array([first, last])


@wrong("columns_heard", "about the centre of gravity")
def _(kernels, share):
    """The window stands about the mean of the columns, each counted by what is heard from it."""
    influence = np.ones(1)
    for module in kernels:
        influence = np.convolve(influence, module.sum(axis=0))
    heard = abs(influence) / abs(influence).sum()
    middle = round(np.average(np.arange(len(heard)), weights=heard))
    distance = abs(np.arange(len(heard)) - middle)
    return next(2 * r + 1 for r in range(len(heard)) if heard[distance <= r].sum() >= share)


@wrong("count_field", "down by units")
def _(units, kernel_sizes, strides, dilations):
    """Down the layers n units become n·S + D·(K − 1)."""
    for k, s, d in list(zip(kernel_sizes, strides, dilations, strict=True))[::-1]:
        units = units * s + d * (k - 1)
    return units


@wrong("count_field", "strides added")
def _(units, kernel_sizes, strides, dilations):
    """The last layer's units are as far apart as the strides add up to."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size, jump = size + d * (k - 1) * jump, jump * s
    return size + (units - 1) * sum(strides)


@wrong("count_field", "D·K a layer")
def _(units, kernel_sizes, strides, dilations):
    """Each layer adds D·K."""
    size, jump = 1, 1
    for k, s, d in zip(kernel_sizes, strides, dilations, strict=True):
        size, jump = size + d * k * jump, jump * s
    return size + (units - 1) * jump


@wrong("count_holes", "crossings left out")
def _(kernel_size, dilations):
    """Left-out rows times read columns, and the other way round."""
    read = {0}
    for d in dilations:
        read = {column + d * tap for column in read for tap in range(kernel_size)}
    return 2 * (max(read) + 1 - len(read)) * len(read)


@wrong("fewest_stages", "quotient cut")
def _(target, convolutions):
    """The closed form is solved for the number of stages with a whole division."""
    return math.ceil(math.log2((target - 1) // (2 * convolutions + 1) + 1))


@wrong("fewest_stages")
def _(target, convolutions):
    """The first stage is counted before the loop, which always adds one more."""
    size, jump, stages = 2 + 2 * convolutions, 2, 1
    while True:
        size, jump, stages = size + (2 * convolutions + 1) * jump, 2 * jump, stages + 1
        if size >= target:
            return stages


@wrong("count_paths", "weights of the last layer")
def _(kernel_size, dilations):
    """What was seen is kept as True or False, and only the last layer's weights are counted."""
    seen = np.ones(1, dtype=bool)
    for dilation in dilations:
        paths = np.zeros(len(seen) + dilation * (kernel_size - 1), dtype=int)
        for u in range(kernel_size):
            paths[u * dilation : u * dilation + len(seen)] += seen
        seen = paths > 0
    return paths


@wrong("count_corner")
def _(row, column, kernel_sizes, strides, paddings):
    """From the last layer to the first, but the strides are read from the front."""
    pixels = 1
    for first in (row, column):
        last = first
        for k, s, p in zip(kernel_sizes[::-1], strides, paddings[::-1], strict=True):
            first, last = first * s - p, last * s - p + k - 1
        pixels *= last - max(first, 0) + 1
    return pixels

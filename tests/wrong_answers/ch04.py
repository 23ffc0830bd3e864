"""Wrong answers to the exercises of chapter 04, as fresh solvers gave them."""

import math

import numpy as np

from wrong_answers import wrong


@wrong("alexnet_row", "bias forgotten")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The biases are forgotten."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    weights = out_channels * in_channels * kernel_size**2
    outputs = out_channels * side**2
    return np.array([side, outputs * 4 / 1024, weights / 1e3, weights * side**2 / 1e6])


@wrong("alexnet_row", "decimal kilobytes")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """A KB is taken as 1000 bytes."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    weights = out_channels * in_channels * kernel_size**2
    outputs = out_channels * side**2
    return np.array([side, outputs * 4 / 1000, (weights + out_channels) / 1e3, weights * side**2 / 1e6])


@wrong("alexnet_row", "memory of the input")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The memory is that of the input, not of the output."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    weights = out_channels * in_channels * kernel_size**2
    inputs = in_channels * size**2
    return np.array([side, inputs * 4 / 1024, (weights + out_channels) / 1e3, weights * side**2 / 1e6])


@wrong("alexnet_row", "bias in the operations")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The bias additions are counted as operations."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    params = out_channels * in_channels * kernel_size**2 + out_channels
    outputs = out_channels * side**2
    return np.array([side, outputs * 4 / 1024, params / 1e3, params * side**2 / 1e6])


@wrong("alexnet_row", "two a mac")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """Two operations are counted for each multiply-accumulate."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    weights = out_channels * in_channels * kernel_size**2
    outputs = out_channels * side**2
    return np.array([side, outputs * 4 / 1024, (weights + out_channels) / 1e3, 2 * weights * side**2 / 1e6])


@wrong("alexnet_row", "elements for bytes")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The memory is in elements, by the thousand and not in bytes: the factor of 4 is missing."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    weights = out_channels * in_channels * kernel_size**2
    outputs = out_channels * side**2
    return np.array([side, outputs / 1024, (weights + out_channels) / 1e3, weights * side**2 / 1e6])


@wrong("alexnet_row", "not rounded")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The output size is not rounded down."""
    side = (size - kernel_size + 2 * padding) / stride + 1
    weights = out_channels * in_channels * kernel_size**2
    outputs = out_channels * side**2
    return np.array([side, outputs * 4 / 1024, (weights + out_channels) / 1e3, weights * side**2 / 1e6])


@wrong("alexnet_row", "binary millions")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """Thousands and millions are taken as 1024 and 1024²."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    weights = out_channels * in_channels * kernel_size**2
    outputs = out_channels * side**2
    return np.array(
        [side, outputs * 4 / 1024, (weights + out_channels) / 1024, weights * side**2 / 1024**2],
    )


@wrong("alexnet_row", "operations at the input's size")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The operations are counted at every place of the input."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    weights = out_channels * in_channels * kernel_size**2
    outputs = out_channels * side**2
    return np.array([side, outputs * 4 / 1024, (weights + out_channels) / 1e3, weights * size**2 / 1e6])


@wrong("alexnet_row", "padding once")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The padding is counted on one side only."""
    side = (size - kernel_size + padding) // stride + 1
    weights = out_channels * in_channels * kernel_size**2
    outputs = out_channels * side**2
    return np.array([side, outputs * 4 / 1024, (weights + out_channels) / 1e3, weights * side**2 / 1e6])


@wrong("alexnet_row", "rounded up")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The output size is rounded up, as in ceil mode."""
    side = int(np.ceil((size - kernel_size + 2 * padding) / stride)) + 1
    weights = in_channels * out_channels * kernel_size**2
    return np.array(
        [side, out_channels * side**2 / 256, (weights + out_channels) / 1e3, weights * side**2 / 1e6]
    )


@wrong("alexnet_row", "one short")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The 1 of the window's first place is missing in the output size."""
    side = (size - kernel_size + 2 * padding) // stride
    weights = in_channels * out_channels * kernel_size**2
    return np.array(
        [side, out_channels * side**2 / 256, (weights + out_channels) / 1e3, weights * side**2 / 1e6]
    )


@wrong("alexnet_row")
def _(in_channels, size, out_channels, kernel_size, stride, padding):
    """The output size is rounded to the nearest whole number."""
    side = round((size - kernel_size + 2 * padding) / stride) + 1
    weights = in_channels * out_channels * kernel_size**2
    return np.array(
        [side, out_channels * side**2 / 256, (weights + out_channels) / 1e3, weights * side**2 / 1e6]
    )


@wrong("vgg_stage", "all the same")
def _(in_channels, out_channels, layers, size):
    """All layers are taken to read as many channels as they give."""
    weights = layers * 9 * out_channels**2
    return np.array([weights, weights * size**2])


@wrong("vgg_stage", "same input channels")
def _(in_channels, out_channels, layers, size):
    """All layers are taken to read `in_channels`."""
    weights = layers * 9 * in_channels * out_channels
    return np.array([weights, weights * size**2])


@wrong("vgg_stage", "one layer too many")
def _(in_channels, out_channels, layers, size):
    """One inner layer too many: the first is counted besides all `layers`."""
    weights = 9 * in_channels * out_channels + layers * 9 * out_channels**2
    return np.array([weights, weights * size**2])


@wrong("vgg_stage", "bias counted")
def _(in_channels, out_channels, layers, size):
    """The biases are counted."""
    weights = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    weights += layers * out_channels
    return np.array([weights, weights * size**2])


@wrong("vgg_stage", "after the pooling")
def _(in_channels, out_channels, layers, size):
    """The MACs are counted on the image that the pooling leaves, half as wide."""
    weights = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    return np.array([weights, weights * (size // 2) ** 2])


@wrong("vgg_stage", "unpadded")
def _(in_channels, out_channels, layers, size):
    """The padding is forgotten: each layer loses two rows and columns."""
    weights = macs = 0
    for layer in range(layers):
        inner = 9 * (out_channels if layer else in_channels) * out_channels
        size -= 2
        weights, macs = weights + inner, macs + inner * size**2
    return np.array([weights, macs])


@wrong("vgg_stage", "two a mac")
def _(in_channels, out_channels, layers, size):
    """Two operations are counted for each MAC."""
    weights = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    return np.array([weights, 2 * weights * size**2])


@wrong("vgg_stage", "kernel not squared")
def _(in_channels, out_channels, layers, size):
    """The kernel is not squared: three weights instead of nine."""
    weights = 3 * in_channels * out_channels + (layers - 1) * 3 * out_channels**2
    return np.array([weights, weights * size**2])


@wrong("vgg_stage", "one side of the image")
def _(in_channels, out_channels, layers, size):
    """The MACs of one row of places only: the size is not squared."""
    weights = 9 * in_channels * out_channels + (layers - 1) * 9 * out_channels**2
    return np.array([weights, weights * size])


@wrong("vgg_stage", "doubled at each layer")
def _(in_channels, out_channels, layers, size):
    """The channels double from layer to layer instead of once in the stage."""
    weights, channels = 0, in_channels
    for layer in range(layers):
        weights += 9 * channels * out_channels * 2**layer
        channels = out_channels * 2**layer
    return np.array([weights, weights * size**2])


@wrong("chain_peak", "everything kept, twice in place")
def _(elements, in_place):
    """All tensors are added up, as if none were freed."""
    return 4 * int(np.sum(elements))


@wrong("chain_peak", "largest tensor")
def _(elements, in_place):
    """The largest single tensor is taken, not the sum of two neighbours."""
    return 4 * int(np.max(elements))


@wrong("chain_peak", "in place ignored")
def _(elements, in_place):
    """The layers in place are treated like all others."""
    return 4 * int(max(elements[:-1] + elements[1:]))


@wrong("chain_peak", "elements")
def _(elements, in_place):
    """The peak is given in elements, not in bytes."""
    alive = [
        max(a, b) if over else a + b for a, b, over in zip(elements, elements[1:], in_place, strict=False)
    ]
    return int(max(alive))


@wrong("chain_peak", "input forgotten")
def _(elements, in_place):
    """The input of the whole chain is not counted."""
    alive = [
        max(a, b) if over else a + b
        for a, b, over in zip(elements[1:], elements[2:], in_place[1:], strict=False)
    ]
    return 4 * int(max(alive, default=elements[-1]))


@wrong("chain_peak", "everything kept")
def _(elements, in_place):
    """All outputs that are not in place are added up: nothing is freed."""
    total = elements[0]
    for i, over in enumerate(in_place):
        if not over:
            total += elements[i + 1]
    return 4 * int(total)


@wrong("chain_peak", "in place exchanged")
def _(elements, in_place):
    """True and false are exchanged: the layers in place count twice, the others once."""
    alive = [
        a + b if over else max(a, b) for a, b, over in zip(elements, elements[1:], in_place, strict=False)
    ]
    return 4 * int(max(alive))


@wrong("chain_peak", "around the largest")
def _(elements, in_place):
    """Only the first largest tensor and the larger of its neighbours are looked at."""
    i = int(np.argmax(elements))
    before = elements[i - 1] if i > 0 and not in_place[i - 1] else 0
    after = elements[i + 1] if i + 1 < len(elements) and not in_place[i] else 0
    return 4 * int(elements[i] + max(before, after))


@wrong("chain_peak", "eight bytes")
def _(elements, in_place):
    """A float is taken to have 8 bytes."""
    alive = [
        max(a, b) if over else a + b for a, b, over in zip(elements, elements[1:], in_place, strict=False)
    ]
    return 8 * int(max(alive))


@wrong("chain_peak", "freed too late")
def _(elements, in_place):
    """A tensor is freed one layer too late: three neighbours are alive."""
    tensors = [elements[0]]
    for i, over in enumerate(in_place):
        if not over:
            tensors.append(elements[i + 1])
    return 4 * int(max(sum(tensors[i : i + 3]) for i in range(len(tensors))))


@wrong("chain_peak")
def _(elements, in_place):
    """The last layer is left out of the comparison."""
    pairs = elements[:-1] + np.where(in_place, 0, elements[1:])
    return 4 * pairs[:-1].max()


@wrong("chain_peak", "in place inverted")
def _(elements, in_place):
    """The mask of the layers in place is the wrong way round."""
    return 4 * (elements[:-1] + elements[1:] * in_place).max()


@wrong("explain_total", "biases for macs doubled")
def _(printed, macs, biases):
    """One for each MAC and the biases twice is taken for convention 3."""
    totals = [macs, macs + biases, 2 * macs, macs + 2 * biases]
    return totals.index(printed) if printed in totals else -1


@wrong("explain_total", "bias doubled")
def _(printed, macs, biases):
    """In convention 3 the biases are doubled as well."""
    totals = [macs, macs + biases, 2 * macs, 2 * (macs + biases)]
    return totals.index(printed) if printed in totals else -1


@wrong("explain_total", "counted from one")
def _(printed, macs, biases):
    """The conventions are numbered from 1."""
    totals = [macs, macs + biases, 2 * macs, 2 * macs + biases]
    return totals.index(printed) + 1 if printed in totals else -1


@wrong("explain_total", "nearest")
def _(printed, macs, biases):
    """The nearest convention is returned even when it is not exact."""
    totals = np.array([macs, macs + biases, 2 * macs, 2 * macs + biases])
    return int(np.abs(totals - printed).argmin())


@wrong("explain_total")
def _(printed, macs, biases):
    """Numbers that agree to one in a thousand are taken as equal."""
    totals = [macs, macs + biases, 2 * macs, 2 * macs + biases]
    for convention, total in enumerate(totals):
        if abs(printed - total) <= 1e-3 * total:
            return convention
    return -1


@wrong("explain_total")
def _(printed, macs, biases):
    """Only the ratio to the MACs is looked at, rounded to six places."""
    ratio = printed / macs
    return {1: 0, 2: 2}.get(round(ratio, 6), -1)


@wrong("explain_total", "biases unseen")
def _(printed, macs, biases):
    """Only the ratio to the MACs is looked at: the biases never count."""
    return {1: 0, 2: 2}.get(printed / macs, -1)


@wrong("explain_total", "conventions exchanged")
def _(printed, macs, biases):
    """Conventions 1 and 2 are exchanged."""
    totals = [macs, 2 * macs, macs + biases, 2 * macs + biases]
    return totals.index(printed) if printed in totals else -1


@wrong("explain_total", "zero for none")
def _(printed, macs, biases):
    """When nothing fits, 0 is returned instead of -1."""
    totals = [macs, macs + biases, 2 * macs, 2 * macs + biases]
    return totals.index(printed) if printed in totals else 0


@wrong("explain_total", "any remainder")
def _(printed, macs, biases):
    """The number is compared by whole multiples of the MACs, whatever is left over."""
    factor, rest = divmod(printed, macs)
    if factor == 1:
        return 1 if rest else 0
    if factor == 2:
        return 3 if rest else 2
    return -1


@wrong("explain_total", "operations a mac")
def _(printed, macs, biases):
    """The operations for each MAC are returned, 1 or 2, not the number of the convention."""
    if printed in (macs, macs + biases):
        return 1
    return 2 if printed in (2 * macs, 2 * macs + biases) else -1


@wrong("explain_total", "close to nine digits")
def _(printed, macs, biases):
    """What NumPy calls close is taken as equal."""
    totals = [macs, macs + biases, 2 * macs, 2 * macs + biases]
    return next((i for i, total in enumerate(totals) if np.isclose(printed, total)), -1)


@wrong("intensity", "macs for flops")
def _(in_channels, out_channels, kernel_size, size, groups):
    """One FLOP is counted for each MAC."""
    macs = size**2 * in_channels * out_channels * kernel_size**2 // groups
    moved = size**2 * (in_channels + out_channels) + in_channels * out_channels * kernel_size**2 // groups
    return macs / (4 * moved)


@wrong("intensity", "elements for bytes")
def _(in_channels, out_channels, kernel_size, size, groups):
    """Divided by elements, not by bytes."""
    macs = size**2 * in_channels * out_channels * kernel_size**2 // groups
    moved = size**2 * (in_channels + out_channels) + in_channels * out_channels * kernel_size**2 // groups
    return 2 * macs / moved


@wrong("intensity", "groups ignored")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The groups are forgotten."""
    weights = in_channels * out_channels * kernel_size**2
    return 2 * size**2 * weights / (4 * (size**2 * (in_channels + out_channels) + weights))


@wrong("intensity", "weights of all groups read")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The weights are not divided by the groups; only the work is."""
    weights = in_channels * out_channels * kernel_size**2
    moved = size**2 * (in_channels + out_channels) + weights
    return 2 * size**2 * weights / groups / (4 * moved)


@wrong("intensity", "weights not read")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The weights are not counted among what has to move."""
    macs = size**2 * in_channels * out_channels * kernel_size**2 / groups
    return 2 * macs / (4 * size**2 * (in_channels + out_channels))


@wrong("intensity", "outputs not written")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The output that is written is not counted."""
    weights = in_channels * out_channels * kernel_size**2 / groups
    return 2 * size**2 * weights / (4 * (size**2 * in_channels + weights))


@wrong("intensity", "upside down")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The quotient is upside down: bytes for each FLOP."""
    weights = in_channels * out_channels * kernel_size**2 / groups
    return 4 * (size**2 * (in_channels + out_channels) + weights) / (2 * size**2 * weights)


@wrong("intensity", "output unpadded")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The output's size is computed without padding, though the padding keeps it."""
    side = size - kernel_size + 1
    weights = in_channels * out_channels * kernel_size**2 / groups
    moved = size**2 * in_channels + side**2 * out_channels + weights
    return 2 * side**2 * weights / (4 * moved)


@wrong("intensity", "input read for each weight")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The input is read again for each output: every window's pixels are counted."""
    weights = in_channels * out_channels * kernel_size**2 / groups
    moved = size**2 * (in_channels * kernel_size**2 + out_channels) + weights
    return 2 * size**2 * weights / (4 * moved)


@wrong("intensity", "rounded down")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The quotient is rounded down to a whole number."""
    weights = in_channels * out_channels * kernel_size**2 // groups
    return 2 * size**2 * weights // (4 * (size**2 * (in_channels + out_channels) + weights))


@wrong("intensity", "groups ignored")
def _(in_channels, out_channels, kernel_size, size, groups):
    """The maps are divided by the groups, as if a group's were read alone."""
    weights = out_channels * in_channels // groups * kernel_size**2
    maps = (in_channels + out_channels) // groups * size**2
    return 2 * weights * size**2 / (4 * (maps + weights))


@wrong("count_flops", "bias forgotten")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The biases are forgotten."""
    side = (size - dilation * (kernel_size - 1) - 1 + 2 * padding) // stride + 1
    return 2 * out_channels * (in_channels // groups) * kernel_size**2 * side**2


@wrong("count_flops", "bias doubled")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The biases are counted twice."""
    side = (size - dilation * (kernel_size - 1) - 1 + 2 * padding) // stride + 1
    return 2 * (out_channels * (in_channels // groups) * kernel_size**2 + out_channels) * side**2


@wrong("count_flops", "lecture 004")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """One FLOP is counted for each MAC."""
    side = (size - dilation * (kernel_size - 1) - 1 + 2 * padding) // stride + 1
    return (out_channels * (in_channels // groups) * kernel_size**2 + out_channels) * side**2


@wrong("count_flops", "dilation ignored")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The dilation is forgotten."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    return (2 * out_channels * (in_channels // groups) * kernel_size**2 + out_channels) * side**2


@wrong("count_flops", "groups ignored")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The groups are forgotten."""
    side = (size - dilation * (kernel_size - 1) - 1 + 2 * padding) // stride + 1
    return (2 * out_channels * in_channels * kernel_size**2 + out_channels) * side**2


@wrong("count_flops", "bias a channel")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """One bias is added for each channel, not for each output."""
    side = (size - dilation * (kernel_size - 1) - 1 + 2 * padding) // stride + 1
    return 2 * out_channels * (in_channels // groups) * kernel_size**2 * side**2 + out_channels


@wrong("count_flops", "padding ignored")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The padding is forgotten."""
    side = (size - dilation * (kernel_size - 1) - 1) // stride + 1
    return (2 * out_channels * (in_channels // groups) * kernel_size**2 + out_channels) * side**2


@wrong("count_flops", "holes multiplied")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The zeros between the weights are multiplied too: the dilated kernel's whole area is counted."""
    span = dilation * (kernel_size - 1) + 1
    side = (size - span + 2 * padding) // stride + 1
    return (2 * out_channels * (in_channels // groups) * span**2 + out_channels) * side**2


@wrong("count_flops", "stride ignored")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The stride is forgotten."""
    side = size - dilation * (kernel_size - 1) + 2 * padding
    return (2 * out_channels * (in_channels // groups) * kernel_size**2 + out_channels) * side**2


@wrong("count_flops", "one place")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The FLOPs of a single place: the number of places is missing."""
    return 2 * out_channels * (in_channels // groups) * kernel_size**2 + out_channels


@wrong("count_peak", "everything")
def _(size, channels, a, b, c):
    """All four tensors are added up."""
    whole, half, quarter = size**2, (size // 2) ** 2, (size // 4) ** 2
    return 4 * (channels * whole + a * whole + b * half + c * quarter)


@wrong("count_peak", "largest tensor")
def _(size, channels, a, b, c):
    """Only the outputs are counted, not the input that is read meanwhile."""
    whole, half, quarter = size**2, (size // 2) ** 2, (size // 4) ** 2
    return 4 * max(a * whole, b * half, c * quarter)


@wrong("count_peak", "elements")
def _(size, channels, a, b, c):
    """The elements are counted, not their bytes."""
    whole, half, quarter = size**2, (size // 2) ** 2, (size // 4) ** 2
    return max(channels * whole + a * whole, a * whole + b * half, b * half + c * quarter)


@wrong("count_peak", "the other pair", "the last pair")
def _(size, channels, a, b, c):
    """The first layer is taken for the peak because its images are largest."""
    return 4 * (channels + a) * size**2


@wrong("count_peak", "size kept")
def _(size, channels, a, b, c):
    """All maps are taken to have the full size S."""
    return 4 * size**2 * max(channels + a, a + b, b + c)


@wrong("count_peak", "stride halves the area")
def _(size, channels, a, b, c):
    """A stride of 2 is taken to halve the number of pixels instead of quartering it."""
    whole, half, quarter = size**2, size**2 // 2, size**2 // 4
    return 4 * max(channels * whole + a * whole, a * whole + b * half, b * half + c * quarter)


@wrong("count_peak", "image kept")
def _(size, channels, a, b, c):
    """The image is kept while all layers run, besides each layer's input and output."""
    whole, half, quarter = size**2, (size // 2) ** 2, (size // 4) ** 2
    return 4 * (channels * whole + max(a * whole, a * whole + b * half, b * half + c * quarter))


@wrong("count_peak", "the other pair", "the last pair")
def _(size, channels, a, b, c):
    """The two last tensors are taken for the peak because their channels are most."""
    return 4 * (b * (size // 2) ** 2 + c * (size // 4) ** 2)


@wrong("count_peak", "bits for bytes")
def _(size, channels, a, b, c):
    """A 32-bit float is taken to have 32 bytes."""
    whole, half, quarter = size**2, (size // 2) ** 2, (size // 4) ** 2
    return 32 * max(channels * whole + a * whole, a * whole + b * half, b * half + c * quarter)


@wrong("count_peak", "the last pair")
def _(size, channels, a, b, c):
    """The bytes of the smallest pair are returned, not those of the largest."""
    whole, half, quarter = size**2, (size // 2) ** 2, (size // 4) ** 2
    return 4 * min(channels * whole + a * whole, a * whole + b * half, b * half + c * quarter)


@wrong("roofline", "the higher roof")
def _(flops, bytes_moved, peak, bandwidth):
    """The larger of the two speeds is taken."""
    return np.maximum(float(peak), flops / bytes_moved * bandwidth)


@wrong("roofline", "bandwidth alone")
def _(flops, bytes_moved, peak, bandwidth):
    """The slope of the roof is followed beyond the ridge."""
    return bandwidth * (flops / bytes_moved)


@wrong("roofline", "peak alone")
def _(flops, bytes_moved, peak, bandwidth):
    """Every layer is thought to run at the peak."""
    return np.full(len(flops), float(peak))


@wrong("roofline", "one after the other")
def _(flops, bytes_moved, peak, bandwidth):
    """First all bytes are moved, then all FLOPs are done: the times are added."""
    return flops / (flops / peak + bytes_moved / bandwidth)


@wrong("roofline", "intensity upside down")
def _(flops, bytes_moved, peak, bandwidth):
    """Bytes for each FLOP are taken as the intensity."""
    return np.minimum(peak, bytes_moved / flops * bandwidth)


@wrong("roofline", "divided by the bandwidth")
def _(flops, bytes_moved, peak, bandwidth):
    """The intensity is divided by the bandwidth."""
    return np.minimum(peak, flops / bytes_moved / bandwidth)


@wrong("roofline", "two a MAC once more")
def _(flops, bytes_moved, peak, bandwidth):
    """The FLOPs are doubled, as if they were MACs."""
    return np.minimum(peak, 2 * flops / bytes_moved * bandwidth)


@wrong("roofline", "intensity")
def _(flops, bytes_moved, peak, bandwidth):
    """The arithmetic intensity itself is returned."""
    return flops / bytes_moved


@wrong("roofline", "times")
def _(flops, bytes_moved, peak, bandwidth):
    """The least time of each layer is returned."""
    return np.maximum(flops / peak, bytes_moved / bandwidth)


@wrong("roofline", "all together")
def _(flops, bytes_moved, peak, bandwidth):
    """One intensity is computed for the whole network."""
    return np.full(len(flops), np.minimum(peak, flops.sum() / bytes_moved.sum() * bandwidth))


@wrong("roofline")
def _(flops, bytes_moved, peak, bandwidth):
    """What moves is counted in 32-bit numbers: the bytes are divided by four."""
    return np.minimum(peak, flops / (bytes_moved / 4) * bandwidth)


@wrong("count_flops", "rounded up")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The output's size is rounded up before 1 is added."""
    span = dilation * (kernel_size - 1) + 1
    outputs = out_channels * (-(-(size + 2 * padding - span) // stride) + 1) ** 2
    return 2 * outputs * (in_channels // groups) * kernel_size**2 + outputs


@wrong("explain_total", "also with biases doubled")
def _(printed, macs, biases):
    """Twice MACs and biases together is taken for convention 3 as well."""
    if printed in (2 * macs + biases, 2 * (macs + biases)):
        return 3
    others = [macs, macs + biases, 2 * macs]
    return others.index(printed) if printed in others else -1


@wrong("count_flops", "rounded up")
def _(in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups):
    """The jumps are rounded to the nearest, a half up."""
    side = int((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 0.5) + 1
    outputs = out_channels * side**2
    return 2 * outputs * (in_channels // groups) * kernel_size**2 + outputs


@wrong("explain_total", "close to nine digits")
def _(printed, macs, biases):
    """Whole numbers are compared with math.isclose."""
    for name, total in enumerate([macs, macs + biases, 2 * macs, 2 * macs + biases]):
        if math.isclose(total, printed):
            return name
    return -1


@wrong("explain_total")
def _(printed, macs, biases):
    """The number of operations a MAC is what division gives, whatever it is."""
    operations, rest = divmod(printed, macs)
    return 2 * (operations - 1) + {0: 0, biases: 1}[rest] if rest in (0, biases) else -1


@wrong("intensity")
def _(in_channels, out_channels, kernel_size, size, groups):
    """Input and output share their memory: only the larger of the two moves."""
    weights = out_channels * in_channels // groups * kernel_size**2
    moved = 4 * (max(in_channels, out_channels) * size**2 + weights)
    return 2 * weights * size**2 / moved

"""Chapter 04, What a network costs: seven exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. A row of AlexNet's table ------------------------------------------------------------------------


def alexnet_row(in_channels, size, out_channels, kernel_size, stride, padding):
    output_size = (size - kernel_size + 2 * padding) // stride + 1
    outputs = out_channels * output_size**2
    weights = out_channels * in_channels * kernel_size**2
    memory = outputs * 4 / 1024
    params = (weights + out_channels) / 1000
    mflop = weights * output_size**2 / 1_000_000
    return np.array([output_size, memory, params, mflop])


def row_cases(rng: np.random.Generator) -> Case:
    kernel_size, stride = int(rng.choice([3, 5, 7, 11])), int(rng.integers(2, 5))
    return {
        "in_channels": int(rng.integers(3, 65)),
        "size": int(rng.integers(28, 228)),
        "out_channels": int(rng.integers(66, 257)),
        "kernel_size": kernel_size,
        "stride": stride,
        "padding": int(rng.integers(1, kernel_size // 2 + 1)),
    }


def scaled(memory=1.0, params=1.0, mflop=1.0):
    """The right row with three of its columns multiplied."""
    return lambda **layer: alexnet_row(**layer) * np.array([1, memory, params, mflop])


def input_memory(in_channels, size, **layer):
    right = alexnet_row(in_channels, size, **layer)
    right[1] = in_channels * size**2 * 4 / 1024
    return right


def bias_everywhere(**layer):
    right = alexnet_row(**layer)
    right[3] += layer["out_channels"] * right[0] ** 2 / 1_000_000
    return right


def no_bias(**layer):
    right = alexnet_row(**layer)
    right[2] -= layer["out_channels"] / 1000
    return right


def one_way(**layer):
    """Outputs counted as if there were one row of them."""
    right = alexnet_row(**layer)
    return right / np.array([1, right[0], 1, right[0]])


def at_input_size(**layer):
    right = alexnet_row(**layer)
    right[3] *= (layer["size"] / right[0]) ** 2
    return right


ROW = Exercise(
    alexnet_row,
    points=2,
    cases=row_cases,
    mistakes=[
        wrong("bias forgotten", no_bias, "The third column lacks the biases: one for each output channel."),
        wrong(
            "bias in the operations",
            bias_everywhere,
            "You added the biases to the operations. The lecture's column counts one operation for each "
            "multiply-accumulate and leaves the bias out.",
        ),
        wrong(
            "two a mac",
            scaled(mflop=2),
            "Your last column is twice as large: you counted multiplications and additions apart. This table "
            "counts a multiply-accumulate as one.",
        ),
        wrong(
            "elements for bytes",
            scaled(memory=1 / 4),
            "Your memory counts elements. A 32-bit float takes four bytes.",
        ),
        wrong(
            "decimal kilobytes",
            scaled(memory=1.024),
            "You divided the bytes by 1000. The lecture's KB has 1024 bytes: strictly a KiB.",
        ),
        wrong(
            "binary thousands",
            scaled(params=1000 / 1024),
            "You divided the parameters by 1024. Binary prefixes are for bytes; here K is a thousand.",
        ),
        wrong(
            "memory of the input",
            input_memory,
            "Your memory is that of the layer's input. The column holds what the layer writes: its output.",
        ),
        wrong(
            "one row of outputs",
            one_way,
            "You multiplied by the output's width once. It has as many rows as columns, in memory and in "
            "operations.",
        ),
        wrong(
            "operations at the input's size",
            at_input_size,
            "You counted a window for each input pixel. There is one for each output pixel.",
        ),
        wrong(
            "padding ignored",
            lambda **layer: alexnet_row(**layer | {"padding": 0}),
            "You left the padding out of the output size; all columns but the parameters follow.",
        ),
    ],
)


# 2. A stage of VGG ----------------------------------------------------------------------------------


def vgg_stage(in_channels, out_channels, layers, size):
    params = macs = 0
    for _ in range(layers):
        weights = out_channels * in_channels * 3 * 3
        params += weights
        macs += weights * size * size
        in_channels = out_channels
    return np.array([params, macs])


def stage_cases(rng: np.random.Generator) -> Case:
    in_channels = int(rng.integers(3, 65))
    return {
        "in_channels": in_channels,
        "out_channels": in_channels + int(rng.integers(5, 65)),
        "layers": int(rng.integers(2, 5)),
        "size": 2 * int(rng.integers(7, 57)),
    }


STAGE = Exercise(
    vgg_stage,
    points=2,
    cases=stage_cases,
    mistakes=[
        wrong(
            "same input channels",
            lambda in_channels, out_channels, layers, size: (
                vgg_stage(in_channels, out_channels, 1, size) * layers
            ),
            "You let every layer read the stage's input. Only the first does: the others read what the layer "
            "before them wrote, out_channels channels.",
        ),
        wrong(
            "all the same",
            lambda in_channels, out_channels, layers, size: vgg_stage(
                out_channels, out_channels, layers, size
            ),
            "You counted every layer as out_channels → out_channels. The first one reads in_channels.",
        ),
        wrong(
            "one layer",
            lambda in_channels, out_channels, layers, size: vgg_stage(in_channels, out_channels, 1, size),
            "You counted the first layer only. A stage has `layers` of them.",
        ),
        wrong(
            "after the pooling",
            lambda in_channels, out_channels, layers, size: vgg_stage(
                in_channels, out_channels, layers, size // 2
            ),
            "You used the size after the pooling. The convolutions come first, at the full size; pooling "
            "ends the stage.",
        ),
        wrong(
            "unpadded",
            lambda in_channels, out_channels, layers, size: np.array(
                [
                    vgg_stage(in_channels, out_channels, layers, size)[0],
                    sum(
                        9 * out_channels * (out_channels if i else in_channels) * (size - 2 * i - 2) ** 2
                        for i in range(layers)
                    ),
                ]
            ),
            "Your image loses two pixels at every layer. VGG pads each 3×3 convolution by 1, so that the "
            "size stays.",
        ),
        wrong(
            "bias counted",
            lambda in_channels, out_channels, layers, size: (
                vgg_stage(in_channels, out_channels, layers, size)
                + np.array([1, size * size]) * layers * out_channels
            ),
            "You counted the biases. Lecture 002 leaves them out, and so does this exercise.",
        ),
        wrong(
            "two a mac",
            lambda in_channels, out_channels, layers, size: (
                vgg_stage(in_channels, out_channels, layers, size) * np.array([1, 2])
            ),
            "Your second number is twice as large: a multiply-accumulate counts as one here.",
        ),
        wrong(
            "one side of the image",
            lambda in_channels, out_channels, layers, size: (
                vgg_stage(in_channels, out_channels, layers, size) // np.array([1, size])
            ),
            "You multiplied the weights by one side of the image. Each is used at size · size positions.",
        ),
    ],
)


# 3. Peak memory of a chain --------------------------------------------------------------------------


def chain_peak(elements, in_place):
    peak = 0
    for i in range(len(in_place)):
        alive = elements[i]
        if not in_place[i]:
            alive = alive + elements[i + 1]
        peak = max(peak, alive)
    return 4 * int(peak)


def chain_cases(rng: np.random.Generator) -> Case:
    """Between the input and the last layer some layers overwrite their input, so nothing grows there."""
    layers = int(rng.integers(3, 6))
    in_place = rng.random(layers) < 0.4
    elements = rng.integers(10, 100, layers + 1)
    for i in np.flatnonzero(in_place):
        elements[i + 1] = elements[i]
    return {"elements": elements, "in_place": in_place}


CHAIN = Exercise(
    chain_peak,
    points=3,
    cases=chain_cases,
    mistakes=[
        wrong(
            "everything kept",
            lambda elements, in_place: 4 * int(elements[0] + elements[1:][~in_place].sum()),
            "You added up all tensors. Training keeps them for the backward pass; a forward pass frees each "
            "one as soon as the next layer has read it.",
        ),
        wrong(
            "everything kept, twice in place",
            lambda elements, in_place: 4 * int(elements.sum()),
            "You added up all tensors, and those written in place twice. In a forward pass only a layer's "
            "input and its output live at the same time.",
        ),
        wrong(
            "largest tensor",
            lambda elements, in_place: 4 * int(elements.max()),
            "You took the largest tensor. While a layer runs, its input and its output are both in memory.",
        ),
        wrong(
            "in place ignored",
            lambda elements, in_place: chain_peak(elements, np.zeros_like(in_place)),
            "You gave the layers that work in place a second tensor. They overwrite their input: one tensor "
            "is alive, not two.",
        ),
        wrong(
            "two largest",
            lambda elements, in_place: 4 * int(np.sort(elements)[-2:].sum()),
            "You added the two largest tensors. They need not be neighbours, and tensors that are not never "
            "meet.",
        ),
        wrong(
            "elements",
            lambda elements, in_place: chain_peak(elements, in_place) // 4,
            "You answered in elements. A 32-bit float takes four bytes.",
        ),
        wrong(
            "first pair",
            lambda elements, in_place: chain_peak(elements[:2], in_place[:1]),
            "You looked at the first layer only. The peak may come anywhere: take the largest of all.",
        ),
        wrong(
            "input forgotten",
            lambda elements, in_place: chain_peak(
                np.r_[0, elements[1:]], in_place & (np.arange(len(in_place)) > 0)
            ),
            "You left out the network's input. It is in memory too while the first layer reads it.",
        ),
    ],
)


# 4. Explain a 2× ------------------------------------------------------------------------------------


def explain_total(printed, macs, biases):
    conventions = [
        macs,
        macs + biases,
        2 * macs,
        2 * macs + biases,
    ]
    if printed in conventions:
        return conventions.index(printed)
    return -1


def total_cases(rng: np.random.Generator) -> Case:
    macs, biases = int(rng.integers(1_000, 100_000)), int(rng.integers(10, 200))
    extra = int(rng.integers(1, 10))
    totals = [
        macs,
        macs + biases,
        2 * macs,
        2 * macs + biases,
        2 * (macs + biases),
        macs + extra,
        2 * macs + extra,
    ]
    return {"printed": totals[int(rng.integers(len(totals)))], "macs": macs, "biases": biases}


def nearest(printed, macs, biases):
    conventions = np.array([macs, macs + biases, 2 * macs, 2 * macs + biases])
    return int(abs(conventions - printed).argmin())


EXPLAIN = Exercise(
    explain_total,
    points=2,
    cases=total_cases,
    mistakes=[
        wrong(
            "nearest",
            nearest,
            "You named the nearest convention even where none gives the printed total. A near miss is a "
            "miss: return -1.",
        ),
        wrong(
            "bias doubled",
            lambda printed, macs, biases: (
                3 if printed == 2 * (macs + biases) else [*range(3), -1][explain_total(printed, macs, biases)]
            ),
            "In convention 3 you doubled the biases too. A bias is one addition: 2 · macs + biases.",
        ),
        wrong(
            "ratio only",
            lambda printed, macs, biases: 2 * (round(printed / macs) - 1),
            "You looked at the ratio alone. Rounded to 1 or 2 it says whether additions were counted apart, "
            "but not whether biases were.",
        ),
        wrong(
            "biases unseen",
            lambda printed, macs, biases: {0: 0, 2: 2}.get(explain_total(printed, macs, biases), -1),
            "You never asked about the biases: totals with them came out as -1.",
        ),
        wrong(
            "no two",
            lambda printed, macs, biases: {0: 0, 1: 1}.get(explain_total(printed, macs, biases), -1),
            "You never doubled. Conventions 2 and 3 count a MAC's multiplication and addition apart.",
        ),
        wrong(
            "counted from one",
            lambda printed, macs, biases: (
                explain_total(printed, macs, biases) + (explain_total(printed, macs, biases) >= 0)
            ),
            "You numbered the conventions from 1. They are listed from 0.",
        ),
    ],
)


# 5. Arithmetic intensity ----------------------------------------------------------------------------


def intensity(in_channels, out_channels, kernel_size, size, groups):
    weights = out_channels * (in_channels // groups) * kernel_size**2
    flops = 2 * weights * size**2
    inputs, outputs = in_channels * size**2, out_channels * size**2
    return flops / (4 * (inputs + outputs + weights))


def intensity_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(2, 5))
    return {
        "in_channels": groups * int(rng.integers(4, 33)),
        "out_channels": groups * int(rng.integers(33, 65)),
        "kernel_size": int(rng.choice([3, 5])),
        "size": int(rng.integers(4, 15)),
        "groups": groups,
    }


def traffic(in_channels, out_channels, kernel_size, size, groups):
    """Elements read, written, and weights."""
    weights = out_channels * (in_channels // groups) * kernel_size**2
    return in_channels * size**2, out_channels * size**2, weights


def with_traffic(change):
    """The intensity if the memory access cost were `change(inputs, outputs, weights)` elements."""
    return lambda **layer: intensity(**layer) * sum(traffic(**layer)) / change(*traffic(**layer))


INTENSITY = Exercise(
    intensity,
    points=2,
    cases=intensity_cases,
    mistakes=[
        wrong(
            "macs for flops",
            lambda **layer: intensity(**layer) / 2,
            "Yours is half as large: you counted a multiply-accumulate as one operation. A roofline is drawn "
            "in FLOPs at 2 per MAC.",
        ),
        wrong(
            "elements for bytes",
            lambda **layer: intensity(**layer) * 4,
            "You divided by elements. The question asks for operations a byte, and a 32-bit float has four.",
        ),
        wrong(
            "macs for flops, elements for bytes",
            lambda **layer: intensity(**layer) * 2,
            "Two slips: MACs instead of FLOPs (2 per MAC), and elements instead of bytes (4 an element).",
        ),
        wrong(
            "weights not read",
            with_traffic(lambda inputs, outputs, weights: inputs + outputs),
            "You forgot to read the weights. They come from memory, as the input does.",
        ),
        wrong(
            "outputs not written",
            with_traffic(lambda inputs, outputs, weights: inputs + weights),
            "You forgot to write the output. It goes to memory too.",
        ),
        wrong(
            "inputs not read",
            with_traffic(lambda inputs, outputs, weights: outputs + weights),
            "You forgot to read the input. It comes from memory, as the weights do.",
        ),
        wrong(
            "input read for each weight",
            lambda in_channels, out_channels, kernel_size, size, groups: with_traffic(
                lambda inputs, outputs, weights: inputs * kernel_size**2 + outputs + weights
            )(
                in_channels=in_channels,
                out_channels=out_channels,
                kernel_size=kernel_size,
                size=size,
                groups=groups,
            ),
            "You let the input be read once for each of a kernel's positions. Counted is the least: every "
            "number moves once.",
        ),
        wrong(
            "groups ignored",
            lambda **layer: intensity(**layer | {"groups": 1}),
            "You left the groups out. A kernel reads in_channels / groups channels only: fewer weights, "
            "fewer operations.",
        ),
    ],
)


# 6. Count the FLOPs ---------------------------------------------------------------------------------


def count_flops(
    in_channels,
    out_channels,
    kernel_size,
    size,
    stride,
    padding,
    dilation,
    groups,
):
    span = dilation * (kernel_size - 1) + 1
    output_size = (size + 2 * padding - span) // stride + 1
    outputs = out_channels * output_size**2
    macs = outputs * (in_channels // groups) * kernel_size**2
    return 2 * macs + outputs


def flops_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(2, 5))
    return {
        "in_channels": groups * int(rng.integers(3, 40)),
        "out_channels": groups * int(rng.integers(20, 99)),
        "kernel_size": int(rng.choice([3, 5])),
        "size": int(rng.integers(30, 120)),
        "stride": int(rng.integers(2, 4)),
        "padding": int(rng.integers(1, 4)),
        "dilation": int(rng.integers(2, 4)),
        "groups": groups,
    }


def outputs_of(size, out_channels, kernel_size, stride, padding, dilation, **rest):
    span = dilation * (kernel_size - 1) + 1
    return out_channels * ((size + 2 * padding - span) // stride + 1) ** 2


FLOPS = DrawnExercise(
    count_flops,
    points=2,
    cases=flops_cases,
    question=(
        "A convolution takes {in_channels} channels of {size}×{size} pixels and gives {out_channels} "
        "channels. Its kernels are {kernel_size}×{kernel_size}; stride {stride}, padding {padding}, dilation "
        "{dilation}, {groups} groups, with a bias. How many FLOPs does one image need, at 2 per MAC and 1 "
        "for each bias that is added?"
    ),
    mistakes=[
        wrong(
            "macs",
            lambda **layer: (count_flops(**layer) - outputs_of(**layer)) // 2,
            "That is the number of MACs. Here a MAC is two operations, and adding a bias is one more for "
            "each output.",
        ),
        wrong(
            "bias forgotten",
            lambda **layer: count_flops(**layer) - outputs_of(**layer),
            "The biases are missing: one addition for each output.",
        ),
        wrong(
            "bias doubled",
            lambda **layer: count_flops(**layer) + outputs_of(**layer),
            "You counted a bias as two operations. It is added, and nothing is multiplied.",
        ),
        wrong(
            "lecture 004",
            lambda **layer: (count_flops(**layer) + outputs_of(**layer)) // 2,
            "You counted a MAC as one operation, as lecture 004 does. The question asks for two, and one for "
            "each bias.",
        ),
        wrong(
            "bias a channel",
            lambda **layer: count_flops(**layer) - outputs_of(**layer) + layer["out_channels"],
            "You added one bias for each channel. There is one in memory, but it is added at every position.",
        ),
        wrong(
            "groups ignored",
            lambda **layer: count_flops(**layer | {"groups": 1}),
            "You left the groups out. An output reads in_channels / groups channels.",
        ),
        wrong(
            "dilation ignored",
            lambda **layer: count_flops(**layer | {"dilation": 1}),
            "You left the dilation out of the output size: k weights span D·(k − 1) + 1 pixels.",
        ),
        wrong(
            "dilation multiplies",
            lambda **layer: (
                (count_flops(**layer) - outputs_of(**layer)) * layer["dilation"] ** 2 + outputs_of(**layer)
            ),
            "You multiplied a kernel's weights by the dilation. It spreads them; there are not more of them.",
        ),
        wrong(
            "padding ignored",
            lambda **layer: count_flops(**layer | {"padding": 0}),
            "You left the padding out of the output size.",
        ),
    ],
)


# 7. Count the peak ----------------------------------------------------------------------------------


def count_peak(size, channels, a, b, c):
    tensors = [
        channels * size**2,
        a * size**2,  # stride 1
        b * (size // 2) ** 2,  # stride 2
        c * (size // 4) ** 2,  # stride 2 again
    ]
    pairs = np.array(tensors[1:]) + np.array(tensors[:-1])
    return 4 * int(pairs.max())


def peak_cases(rng: np.random.Generator) -> Case:
    """Widths at which the second pair is the peak for some readers and the first for others."""
    a = int(rng.integers(16, 40))
    return {
        "size": 4 * int(rng.integers(10, 60)),
        "channels": int(rng.integers(3, 9)),
        "a": a,
        "b": 2 * a + int(rng.integers(-20, 60)),
        "c": 4 * a + int(rng.integers(0, 200)),
    }


def tensors_of(size, channels, a, b, c):
    return np.array([channels * size**2, a * size**2, b * (size // 2) ** 2, c * (size // 4) ** 2])


def pairs_of(**chain):
    tensors = tensors_of(**chain)
    return tensors[1:] + tensors[:-1]


PEAK = DrawnExercise(
    count_peak,
    points=2,
    cases=peak_cases,
    question=(
        "Three convolutions without in-place operations follow each other, on one image of {channels} "
        "channels and {size}×{size} pixels. The first gives {a} channels at stride 1, the second {b} at "
        "stride 2, the third {c} at stride 2; padding keeps the sizes at S, S/2 and S/4. All numbers are "
        "32-bit floats, and a tensor is freed as soon as the next layer has read it. How many bytes do the "
        "activations take at their peak, the input included, the weights not?"
    ),
    mistakes=[
        wrong(
            "everything",
            lambda **chain: 4 * int(tensors_of(**chain).sum()),
            "You added up all four tensors. That is what training keeps; here a tensor is freed once it is "
            "read.",
        ),
        wrong(
            "largest tensor",
            lambda **chain: 4 * int(tensors_of(**chain).max()),
            "You took the largest tensor. While a layer runs, it needs its input and its output at once.",
        ),
        wrong(
            "elements",
            lambda **chain: count_peak(**chain) // 4,
            "You answered in elements. Each takes four bytes.",
        ),
        wrong(
            "the other pair",
            lambda **chain: 4 * int(np.sort(pairs_of(**chain))[-2]),
            "You took another layer's input and output. Compare the sums for all three layers: the largest "
            "is the peak.",
        ),
        wrong(
            "the last pair",
            lambda **chain: 4 * int(pairs_of(**chain).min()),
            "You took the pair that needs least. The peak is the largest of the three sums.",
        ),
        wrong(
            "outputs only",
            lambda **chain: 4 * int(tensors_of(**chain)[1:].sum()),
            "You added up the three outputs. They are not all in memory together, and the input is missing.",
        ),
        wrong(
            "stride halves the area",
            lambda size, channels, a, b, c: (
                4
                * max(
                    (channels + a) * size**2,
                    a * size**2 + b * size**2 // 2,
                    b * size**2 // 2 + c * size**2 // 4,
                )
            ),
            "You let stride 2 halve the number of pixels. It halves both sides: a quarter is left.",
        ),
    ],
)

EXERCISES = [ROW, STAGE, CHAIN, EXPLAIN, INTENSITY, FLOPS, PEAK]

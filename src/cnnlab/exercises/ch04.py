"""Chapter 04, What a network costs: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from functools import partial
from math import isclose

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


ROW = Exercise(
    alexnet_row,
    points=2,
    cases=row_cases,
    draws=36,
    mistakes=[
        wrong(
            "bias forgotten",
            {"(weights + out_channels) / 1000": "weights / 1000"},
            "The third column lacks the biases: one for each output channel.",
        ),
        wrong(
            "bias in the operations",
            {"mflop = weights": "mflop = (weights + out_channels)"},
            "You added the biases to the operations. The lecture's column counts one operation for each "
            "multiply-accumulate and leaves the bias out.",
        ),
        wrong(
            "two a mac",
            {"mflop = weights": "mflop = 2 * weights"},
            "Your last column is twice as large: you counted multiplications and additions apart. This table "
            "counts a multiply-accumulate as one.",
        ),
        wrong(
            "elements for bytes",
            {"outputs * 4": "outputs"},
            "Your memory counts elements. A 32-bit float takes four bytes.",
        ),
        wrong(
            "decimal kilobytes",
            {"1024": "1000"},
            "You divided the bytes by 1000. The lecture's KB has 1024 bytes: strictly a KiB.",
        ),
        wrong(
            "binary thousands",
            {"/ 1000": "/ 1024"},
            "You divided the parameters by 1024. Binary prefixes are for bytes; here K is a thousand.",
        ),
        wrong(
            "binary millions",
            {"/ 1000": "/ 1024", "1_000_000": "1024**2"},
            "You divided parameters and operations by powers of 1024. Binary prefixes are for bytes; here K "
            "is a thousand and M a million.",
        ),
        wrong(
            "memory of the input",
            {"memory = outputs": "memory = in_channels * size**2"},
            "Your memory is that of the layer's input. The column holds what the layer writes: its output.",
        ),
        wrong(
            "one row of outputs",
            {
                "out_channels * output_size**2": "out_channels * output_size",
                "weights * output_size**2": "weights * output_size",
            },
            "You multiplied by the output's width once. It has as many rows as columns, in memory and in "
            "operations.",
        ),
        wrong(
            "operations at the input's size",
            {"weights * output_size**2": "weights * size**2"},
            "You counted a window for each input pixel. There is one for each output pixel.",
        ),
        wrong(
            "padding ignored",
            {" + 2 * padding": ""},
            "You left the padding out of the output size; all columns but the parameters follow.",
        ),
        wrong(
            "not rounded",
            {"// stride": "/ stride"},
            "Your output size is not a whole number. A window that does not fit whole is not computed: "
            "divide with //.",
        ),
        wrong(
            "rounded up",
            {"(size - ": "-(-(size - ", "// stride": "// stride)"},
            "You round the output size up. A window that does not fit whole is not computed: divide with //.",
        ),
        wrong(
            "one short",
            {"// stride + 1": "// stride"},
            "Your output is one pixel too small each way. The division counts the window's jumps, and it "
            "stands in one place before the first: add 1.",
        ),
        wrong(
            "padding once",
            {"2 * padding": "padding"},
            "You counted the padding once. It is on both sides: (W − K + 2P) // S + 1.",
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
        "layers": int(rng.choice([1, 1, 2, 3, 4])),
        "size": 2 * int(rng.integers(7, 29)),  # the sums stay below 2**31, where the page's integers end
    }


STAGE = Exercise(
    vgg_stage,
    points=2,
    cases=stage_cases,
    mistakes=[
        wrong(
            "same input channels",
            {"        in_channels = out_channels\n": ""},
            "You let every layer read the stage's input. Only the first does: the others read what the layer "
            "before them wrote, out_channels channels.",
        ),
        wrong(
            "all the same",
            lambda **case: vgg_stage(**case | {"in_channels": case["out_channels"]}),
            "You counted every layer as out_channels → out_channels. The first one reads in_channels.",
        ),
        wrong(
            "doubled at each layer",
            {"in_channels = out_channels": "in_channels = out_channels\n        out_channels *= 2"},
            "You doubled the channels at each layer. They grow in the first layer of a stage, and then stay.",
        ),
        wrong(
            "one layer",
            lambda **case: vgg_stage(**case | {"layers": 1}),
            "You counted the first layer only. A stage has `layers` of them.",
        ),
        wrong(
            "kernel not squared",
            {"3 * 3": "3"},
            "You gave a kernel three weights a channel. It has three rows of three: 3 · 3.",
        ),
        wrong(
            "one layer too many",
            {"range(layers)": "range(layers + 1)"},
            "You counted one layer too many. The first is one of the `layers`; `layers` − 1 follow it.",
        ),
        wrong(
            "after the pooling",
            lambda **case: vgg_stage(**case | {"size": case["size"] // 2}),
            "You used the size after the pooling. The convolutions come first, at the full size; pooling "
            "ends the stage.",
        ),
        wrong(
            "unpadded",
            {"params += weights": "params += weights\n        size -= 2"},
            "Your image loses two pixels at every layer. VGG pads each 3×3 convolution by 1, so that the "
            "size stays.",
        ),
        wrong(
            "bias counted",
            {"3 * 3": "3 * 3 + out_channels"},
            "You counted the biases. Lecture 002 leaves them out, and so does this exercise.",
        ),
        wrong(
            "two a mac",
            {"macs += weights": "macs += 2 * weights"},
            "Your second number is twice as large: a multiply-accumulate counts as one here.",
        ),
        wrong(
            "one side of the image",
            {"size * size": "size"},
            "You multiplied the weights by one side of the image. Each is used at size · size positions.",
        ),
    ],
)


# 3. Peak memory of a chain --------------------------------------------------------------------------


def chain_peak(elements, in_place):
    outputs = np.where(in_place, 0, elements[1:])  # 0: over the input
    return 4 * (elements[:-1] + outputs).max()


def chain_cases(rng: np.random.Generator) -> Case:
    """Some layers overwrite their input, so nothing grows there; in some chains all of them do."""
    layers = int(rng.integers(3, 7))
    in_place = rng.random(layers) < rng.choice([0.3, 0.3, 1])
    elements = rng.integers(10, 100, layers + 1)
    elements[0] *= rng.integers(1, 3)  # often the first layer needs most
    for i in np.flatnonzero(in_place):
        elements[i + 1] = elements[i]
    return {"elements": elements, "in_place": in_place}


CHAIN = Exercise(
    chain_peak,
    points=3,
    cases=chain_cases,
    draws=36,
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
            "freed too late",
            lambda elements, in_place: (
                4 * np.convolve(np.r_[elements[0], elements[1:][~in_place]], [1, 1, 1]).max()
            ),
            "You kept three tensors alive. While a layer runs there are its input and its output: what came "
            "before is freed.",
        ),
        wrong(
            "largest tensor",
            lambda elements, in_place: 4 * int(elements.max()),
            "You took the largest tensor. While a layer runs, its input and its output are both in memory.",
        ),
        wrong(
            "in place ignored",
            {"np.where(in_place, 0, elements[1:])": "elements[1:]"},
            "You gave the layers that work in place a second tensor. They overwrite their input: one tensor "
            "is alive, not two.",
        ),
        wrong(
            "in place for nothing",
            {"(elements[:-1] + outputs).max()": "(elements[:-1] + outputs)[~in_place].max(initial=0)"},
            "You left out the layers that work in place. Their one tensor is in memory too: a chain of "
            "nothing else needs it.",
        ),
        wrong(
            "in place exchanged",
            lambda elements, in_place: (
                4
                * np.where(
                    in_place, elements[:-1] + elements[1:], np.maximum(elements[:-1], elements[1:])
                ).max()
            ),
            "You exchanged the two kinds of layer. One that works in place needs one tensor; the others "
            "need their input and their output.",
        ),
        wrong(
            "in place inverted",
            {"np.where(in_place, 0, elements[1:])": "np.where(in_place, elements[1:], 0)"},
            "You gave an output of its own to the layers that work in place, and to no others. It is the "
            "other way round: those overwrite their input.",
        ),
        wrong(
            "two largest",
            lambda elements, in_place: 4 * int(np.sort(elements)[-2:].sum()),
            "You added the two largest tensors. They need not be neighbours, and tensors that are not never "
            "meet.",
        ),
        wrong(
            "around the largest",
            {").max()": ")[max(elements.argmax() - 1, 0) : elements.argmax() + 1].max()"},
            "You looked at the largest tensor and its neighbours only. Two middling ones side by side may "
            "need more: compare all layers.",
        ),
        wrong(
            "elements",
            {"4 * ": ""},
            "You answered in elements. A 32-bit float takes four bytes.",
        ),
        wrong(
            "eight bytes",
            {"4 * ": "8 * "},
            "You took eight bytes a number. A 32-bit float has four.",
        ),
        wrong(
            "first pair",
            {".max()": "[0]"},
            "You looked at the first layer only. The peak may come anywhere: take the largest of all.",
        ),
        wrong(
            "input forgotten",
            {"elements[:-1]": "np.r_[0, elements[1:-1]]", ".max()": ".max(initial=elements[1])"},
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
    """Totals that a convention gives, or misses by little: who takes what is close for equal is wrong."""
    macs, biases = int(rng.integers(100_000, 1_000_000)), int(rng.integers(200, 5_000))
    extra = int(rng.integers(1, 10))
    if rng.integers(2):  # of twice as many isclose misses one more; three times as many have 31 bits
        macs, extra = int(rng.integers(510_000_000, 700_000_000)), 1
    totals = [
        macs,
        macs + biases,
        2 * macs,
        2 * macs + biases,
        2 * (macs + biases),
        macs + 2 * biases,
        macs + extra,
        macs + biases + extra,
        2 * macs + extra,
        2 * macs + biases + extra,
        3 * macs,
        3 * macs + biases,
    ]
    return {"printed": totals[int(rng.integers(len(totals)))], "macs": macs, "biases": biases}


def nearest(printed, macs, biases):
    conventions = np.array([macs, macs + biases, 2 * macs, 2 * macs + biases])
    return int(abs(conventions - printed).argmin())


def near_enough(printed, macs, biases, within):
    conventions = macs, macs + biases, 2 * macs, 2 * macs + biases
    return next(
        (name for name, total in enumerate(conventions) if isclose(total, printed, rel_tol=within)), -1
    )


LEFT_OVER = (
    "You take whatever is left over for the biases. Compare it with their number: a total that is off by "
    "another amount is -1."
)
CLOSE = (
    "You let a total pass that is only close: `isclose` does, and so does a tolerance. Whole numbers can be "
    "compared with ==."
)

EXPLAIN = Exercise(
    explain_total,
    points=2,
    cases=total_cases,
    draws=72,
    mistakes=[
        wrong(
            "nearest",
            nearest,
            "You named the nearest convention even where none gives the printed total. A near miss is a "
            "miss: return -1.",
        ),
        wrong("close to nine digits", partial(near_enough, within=1e-9), CLOSE),
        wrong("close to six digits", partial(near_enough, within=1e-6), CLOSE),
        wrong("close to five digits", partial(near_enough, within=1e-5), CLOSE),
        wrong(
            "zero for none",
            {"return -1": "return 0"},
            "Where no convention fits you return 0, which is the name of the first. Return -1.",
        ),
        wrong(
            "bias doubled",
            {"2 * macs + biases": "2 * (macs + biases)"},
            "In convention 3 you doubled the biases too. A bias is one addition: 2 · macs + biases.",
        ),
        wrong(
            "also with biases doubled",
            lambda printed, macs, biases: (
                3 if printed == 2 * (macs + biases) else explain_total(printed, macs, biases)
            ),
            "You take 2 · (macs + biases) for convention 3 as well. A bias is one addition: only 2 · macs + "
            "biases is.",
        ),
        wrong(
            "biases for macs doubled",
            {"2 * macs + biases": "macs + 2 * biases"},
            "In convention 3 you doubled the biases and not the MACs. A MAC is two operations and a bias "
            "one: 2 · macs + biases.",
        ),
        wrong(
            "ratio only",
            lambda printed, macs, biases: 2 * (round(printed / macs) - 1),
            "You looked at the ratio alone, rounded or within a tolerance. So near to 1 or 2 it says whether "
            "additions were counted apart, but not whether biases were.",
        ),
        wrong(
            "any remainder",
            lambda printed, macs, biases: (
                2 * (printed // macs - 1) + (printed % macs > 0) if printed < 3 * macs else -1
            ),
            LEFT_OVER,
        ),
        wrong(
            "any remainder of any multiple",
            lambda printed, macs, biases: 2 * (printed // macs - 1) + (printed % macs > 0),
            LEFT_OVER,
        ),
        wrong(
            "biases unseen",
            lambda printed, macs, biases: {0: 0, 2: 2}.get(explain_total(printed, macs, biases), -1),
            "Totals with biases came out as -1. Two of the four conventions add them: macs + biases, and "
            "2 · macs + biases.",
        ),
        wrong(
            "no two",
            lambda printed, macs, biases: {0: 0, 1: 1}.get(explain_total(printed, macs, biases), -1),
            "You never doubled. Conventions 2 and 3 count a MAC's multiplication and addition apart.",
        ),
        wrong(
            "macs alone",
            lambda printed, macs, biases: -int(printed != macs),
            "You compare the printed total with the MACs alone. Three other conventions may give it: with "
            "biases, with two for each MAC, with both.",
        ),
        wrong(
            "counted from one",
            {".index(printed)": ".index(printed) + 1"},
            "You numbered the conventions from 1. They are listed from 0.",
        ),
        wrong(
            "operations a mac",
            {".index(printed)": ".index(printed) // 2 + 1"},
            "You return the operations for each MAC. The question asks for the number of the convention, 0 "
            "to 3: the biases count too.",
        ),
        wrong(
            "conventions exchanged",
            {"macs + biases,\n        2 * macs,": "2 * macs,\n        macs + biases,"},
            "You exchanged conventions 1 and 2: 1 is MACs and biases, 2 is two operations for each MAC.",
        ),
    ],
)


# 5. Arithmetic intensity ----------------------------------------------------------------------------


def intensity(in_channels, out_channels, kernel_size, size, groups):
    weights = out_channels * (in_channels // groups) * kernel_size**2
    flops = 2 * weights * size**2
    inputs = in_channels * size**2
    outputs = out_channels * size**2
    return flops / (4 * (inputs + outputs + weights))


def intensity_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(1, 5))
    channels = rng.permutation([int(rng.integers(4, 33)), int(rng.integers(33, 65))])
    return {
        "in_channels": groups * int(channels[0]),
        "out_channels": groups * int(channels[1]),
        "kernel_size": int(rng.choice([1, 3, 5])),
        "size": int(rng.integers(4, 15)),
        "groups": groups,
    }


INTENSITY = Exercise(
    intensity,
    points=2,
    cases=intensity_cases,
    mistakes=[
        wrong(
            "macs for flops",
            {"2 * weights": "weights"},
            "Yours is half as large: you counted a multiply-accumulate as one operation, or eight bytes a "
            "number. It is 2 FLOPs per MAC, and a 32-bit float has four bytes.",
        ),
        wrong(
            "rounded down",
            {"flops / (": "flops // ("},
            "You rounded down to a whole number. An intensity is a quotient like any other: divide with /.",
        ),
        wrong(
            "upside down",
            lambda **layer: 1 / intensity(**layer),
            "Your quotient is upside down: bytes for each FLOP. Asked for are FLOPs for each byte.",
        ),
        wrong(
            "elements for bytes",
            {"4 * ": ""},
            "You divided by elements. The question asks for operations a byte, and a 32-bit float has four.",
        ),
        wrong(
            "macs for flops, elements for bytes",
            {"2 * weights": "weights", "4 * ": ""},
            "Yours is twice as large: MACs by elements, two slips, or two bytes for a number. It is 2 FLOPs "
            "per MAC, and a 32-bit float has four bytes.",
        ),
        wrong(
            "weights not read",
            {" + weights": ""},
            "You forgot to read the weights. They come from memory, as the input does.",
        ),
        wrong(
            "outputs not written",
            {"inputs + outputs": "inputs"},
            "You forgot to write the output. It goes to memory too.",
        ),
        wrong(
            "inputs not read",
            {"inputs + outputs": "outputs"},
            "You forgot to read the input. It comes from memory, as the weights do.",
        ),
        wrong(
            "input read for each weight",
            {"(inputs + ": "(inputs * kernel_size**2 + "},
            "You let the input be read once for each of a kernel's positions. Counted is the least: every "
            "number moves once.",
        ),
        wrong(
            "output unpadded",
            {
                "2 * weights * size": "2 * weights * (size - kernel_size + 1)",
                "out_channels * size": "out_channels * (size - kernel_size + 1)",
            },
            "You computed the output's size without padding. The padding keeps it: there are as many places "
            "as input pixels.",
        ),
        wrong(
            "groups ignored",
            {"(in_channels // groups)": "in_channels"},
            "You left the groups out, or divided the maps by them. A kernel reads in_channels / groups "
            "channels only: fewer weights, fewer operations. Of the maps everything moves.",
        ),
        wrong(
            "weights of all groups read",
            {"(in_channels // groups)": "in_channels", "2 * weights": "2 * weights // groups"},
            "You divided the operations by the groups, but not the weights. A kernel is only in_channels / "
            "groups deep, so there are fewer of those too.",
        ),
    ],
)


# 6. How fast at best --------------------------------------------------------------------------------


def roofline(flops, bytes_moved, peak, bandwidth):
    return np.minimum(peak, flops / bytes_moved * bandwidth)


def roof_cases(rng: np.random.Generator) -> Case:
    """Of the layers some are bound by the bandwidth, others by the peak."""
    peak, bandwidth = int(rng.integers(2, 30)), int(rng.integers(1, 12))
    bytes_moved = rng.integers(1, 40, int(rng.integers(2, 5)))
    times = rng.permutation([0.1, 0.2, 0.5, 2.0, 3.0])[: len(bytes_moved)] * peak / bandwidth
    return {
        "flops": np.ceil(times * bytes_moved).astype(int),
        "bytes_moved": bytes_moved,
        "peak": float(peak),  # or the lower of two numbers would be whole where the peak is the bound
        "bandwidth": bandwidth,
    }


ROOFLINE = Exercise(
    roofline,
    points=1,
    cases=roof_cases,
    mistakes=[
        wrong(
            "the higher roof",
            {"minimum": "maximum"},
            "You took the higher of the two bounds. No layer is faster than either: the lower one counts.",
        ),
        wrong(
            "bandwidth alone",
            {"np.minimum(peak, flops / bytes_moved * bandwidth)": "flops / bytes_moved * bandwidth"},
            "You took what the bandwidth allows. No layer is faster than the peak.",
        ),
        wrong(
            "peak alone",
            {"flops / bytes_moved * bandwidth": "peak + 0 * flops"},
            "You gave every layer the peak. Where few FLOPs are done with a byte, the memory is the limit.",
        ),
        wrong(
            "one after the other",
            {
                "np.minimum(peak, flops / bytes_moved * bandwidth)": "flops / (flops / peak + bytes_moved "
                "/ bandwidth)"
            },
            "You added the time to compute and the time to move. The roofline lets a machine do both at "
            "once: the longer of the two counts.",
        ),
        wrong(
            "intensity upside down",
            {"flops / bytes_moved": "bytes_moved / flops"},
            "Your intensity is upside down. It is FLOPs for each byte.",
        ),
        wrong(
            "divided by the bandwidth",
            {"* bandwidth": "/ bandwidth"},
            "You divided by the bandwidth. FLOPs a byte times bytes a second are FLOPs a second.",
        ),
        wrong(
            "two a MAC once more",
            {"flops / bytes": "2 * flops / bytes"},
            "You counted two for each. `flops` are FLOPs already, not MACs.",
        ),
        wrong(
            "intensity",
            {"np.minimum(peak, flops / bytes_moved * bandwidth)": "flops / bytes_moved"},
            "That is the arithmetic intensity. Only times the bandwidth it is a speed; the peak is the other "
            "bound.",
        ),
        wrong(
            "times",
            {
                "np.minimum(peak, flops / bytes_moved * bandwidth)": "np.maximum(flops / peak, bytes_moved "
                "/ bandwidth)"
            },
            "You returned the least times. Asked are speeds: divide the FLOPs by them.",
        ),
        wrong(
            "all together",
            {"flops / bytes_moved": "0 * flops + flops.sum() / bytes_moved.sum()"},
            "You took one intensity for all layers together. Each layer has its own.",
        ),
        wrong(
            "whole numbers",
            {"flops / bytes_moved": "flops // bytes_moved"},
            "You rounded the intensity down. Divide with /, not with //.",
        ),
    ],
)


# 7. Count the FLOPs ---------------------------------------------------------------------------------


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
    """More than half a jump is left over, the weights lie far apart, and more is padded than left over.

    So no rounding, before the 1 is added or after, no padding counted once, no W / S and no span of D·K gives
    the right number; who forgets the + 1 of the span is wrong with stride 3, who adds 1 before dividing with
    stride 5, who exchanges two of stride, padding and dilation with both: they are never equal. No two
    omissions cancel: padding and dilation, or groups and the second FLOP of a MAC; nor do a rounding up and
    the padding.
    Layers like one that was handed out stay.
    """
    groups = int(rng.integers(2, 5))
    layer = {
        "in_channels": groups * int(rng.integers(3, 40)),
        "out_channels": groups * int(rng.integers(20, 99)),
        "kernel_size": int(rng.choice([3, 5])),
        "size": int(rng.integers(30, 120)),
        "stride": int(rng.integers(2, 4)),
        "padding": int(rng.integers(1, 4)),
        "dilation": int(rng.integers(2, 4)),
        "groups": groups,
    }
    kernel_size, padding, dilation = (layer[name] for name in ("kernel_size", "padding", "dilation"))
    whole = layer["size"] % 2 == 1 and groups == 2  # of the jumps of such a layer
    if whole or (kernel_size, layer["stride"], dilation, groups) != (5, 2, 2, 2 * padding):
        kernel_size += 2
        stride, padding, dilation, left_over = {2: (3, 4, 5, 2), 3: (5, 7, 8, 3)}[layer["stride"]]
        if groups == 2:
            layer |= {name: layer[name] // 2 * 3 for name in ("in_channels", "out_channels", "groups")}
        layer |= {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
        jumps = 10 + layer["size"] % 20
        layer["size"] = jumps * stride + left_over + dilation * (kernel_size - 1) + 1 - 2 * padding
    return layer


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
            {"2 * macs + outputs": "macs"},
            "That is the number of MACs. Here a MAC is two operations, and adding a bias is one more for "
            "each output.",
        ),
        wrong(
            "bias forgotten",
            {"macs + outputs": "macs"},
            "The biases are missing: one addition for each output.",
        ),
        wrong(
            "bias doubled",
            {"macs + outputs": "macs + 2 * outputs"},
            "You counted a bias as two operations. It is added, and nothing is multiplied.",
        ),
        wrong(
            "lecture 004",
            {"2 * macs": "macs"},
            "You counted a MAC as one operation, as lecture 004 does. The question asks for two, and one for "
            "each bias.",
        ),
        wrong(
            "bias a channel",
            {"macs + outputs": "macs + out_channels"},
            "You added one bias for each channel. There is one in memory, but it is added at every position.",
        ),
        wrong(
            "groups ignored",
            {"(in_channels // groups)": "in_channels"},
            "You left the groups out. An output reads in_channels / groups channels.",
        ),
        wrong(
            "dilation ignored",
            {"dilation * (kernel_size - 1) + 1": "kernel_size"},
            "Your output has as many pixels as with dilation 1. k weights span D·(k − 1) + 1 pixels, and the "
            "output has (W + 2P − span) // S + 1 each way.",
        ),
        wrong(
            "dilation multiplies",
            {"groups) * kernel_size**2": "groups) * (dilation * kernel_size) ** 2"},
            "You multiplied a kernel's weights by the dilation. It spreads them; there are not more of them.",
        ),
        wrong(
            "holes multiplied",
            {"groups) * kernel_size**2": "groups) * span**2"},
            "You counted a product for each pixel that a dilated kernel spans. It has k·k weights however "
            "far apart they lie; the pixels between are not read.",
        ),
        wrong(
            "padding ignored",
            {" + 2 * padding": ""},
            "Your output has as few pixels as without padding. Is the padding there on both sides, and the "
            "+ 1? It has (W + 2P − span) // S + 1 pixels each way.",
        ),
        wrong(
            "rounded up",
            {"// stride + 1": "// stride + 2"},
            "Your output is one pixel too large each way. A window that does not fit whole is not computed: "
            "(W + 2P − span) / S is rounded down, and then 1 is added.",
        ),
        wrong(
            "one place",
            {"out_channels * output_size**2": "out_channels"},
            "You counted one place of the output. There are as many as the output has pixels, and each "
            "needs as much.",
        ),
        wrong(
            "stride ignored",
            {" // stride": ""},
            "You left the stride out of the output size, which is (W − K + 2P) // S + 1 for a kernel that "
            "spans K pixels.",
        ),
    ],
)


# 8. Count the peak ----------------------------------------------------------------------------------


def count_peak(size, channels, a, b, c):
    pixels = size**2 // np.array([1, 1, 4, 16])  # stride 2 halves both sides
    tensors = np.array([channels, a, b, c]) * pixels
    return 4 * max(tensors[1:] + tensors[:-1])


def peak_cases(rng: np.random.Generator) -> Case:
    """Widths at which each of the three pairs is the peak for some readers."""
    a = int(rng.integers(16, 40))
    chain = {
        "size": 4 * int(rng.integers(10, 60)),
        "channels": int(rng.integers(3, 9)),
        "a": a,
        "b": 2 * a + int(rng.integers(-20, 60)),
        "c": 4 * a + int(rng.integers(0, 200)),
    }
    if chain["c"] % 3 == 2:
        chain["b"] = 3 * chain["channels"]  # the first pair
    elif chain["c"] % 3 == 0:
        chain["c"] += 16 * a  # the last pair
    return chain


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
            {"max(tensors[1:] + tensors[:-1])": "sum(tensors)"},
            "You added up all four tensors. That is what training keeps; here a tensor is freed once it is "
            "read.",
        ),
        wrong(
            "image kept",
            {"tensors[:-1])": "tensors[:-1] + tensors[0] * np.array([0, 1, 1]))"},
            "You kept the image through all layers. It is freed as soon as the first convolution has read "
            "it.",
        ),
        wrong(
            "largest tensor",
            {"max(tensors[1:] + tensors[:-1])": "max(tensors)"},
            "You took the largest tensor. While a layer runs, it needs its input and its output at once.",
        ),
        wrong(
            "elements",
            {"4 * max": "max"},
            "You answered in elements. Each takes four bytes.",
        ),
        wrong(
            "bits for bytes",
            {"4 * max": "32 * max"},
            "You took 32 bytes a number. A 32-bit float has four bytes.",
        ),
        wrong(
            "the other pair",
            {"max(tensors[1:] + tensors[:-1])": "sorted(tensors[1:] + tensors[:-1])[1]"},
            "You took another layer's input and output. Compare the sums for all three layers: the largest "
            "is the peak.",
        ),
        wrong(
            "the last pair",
            {"max(": "min("},
            "You took the pair that needs least. The peak is the largest of the three sums.",
        ),
        wrong(
            "outputs only",
            {"max(tensors[1:] + tensors[:-1])": "sum(tensors[1:])"},
            "You added up the three outputs. They are not all in memory together, and the input is missing.",
        ),
        wrong(
            "stride halves the area",
            {"4, 16]": "2, 4]"},
            "You let stride 2 halve the number of pixels. It halves both sides: a quarter is left.",
        ),
        wrong(
            "size kept",
            {"4, 16]": "1, 1]"},
            "You gave all maps the full size S. Stride 2 halves both sides: S/2 after the second "
            "convolution, S/4 after the third.",
        ),
    ],
)

EXERCISES = [ROW, STAGE, CHAIN, EXPLAIN, INTENSITY, ROOFLINE, FLOPS, PEAK]

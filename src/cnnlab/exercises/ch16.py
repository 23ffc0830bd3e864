"""Chapter 16, ShuffleNet V1 and V2: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from math import sqrt

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


# 1. A layer in groups -------------------------------------------------------------------------------


def grouped_pointwise(x, weight, groups):
    filters = np.split(weight, groups)
    inputs = np.split(x, groups)
    pairs = zip(filters, inputs, strict=True)
    return np.concatenate([f @ i for f, i in pairs])


def grouped_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(2, 4))
    each, filters = rng.permutation([2, 3])
    return {
        "x": digits(rng, groups * each, 3),
        "weight": digits(rng, groups * filters, each),
        "groups": groups,
    }


def regrouped(x, weight, groups, order):
    """The layer, when each group of filters reads another group of inputs."""
    inputs = np.split(x, groups)
    return grouped_pointwise(np.concatenate([inputs[i] for i in order]), weight, groups)


GROUPED = Exercise(
    grouped_pointwise,
    points=2,
    cases=grouped_cases,
    mistakes=[
        wrong(
            "first group only",
            lambda x, weight, groups: regrouped(x, weight, groups, [0] * groups),
            "All of your filters read the first group of channels. Each group of filters has its own inputs.",
        ),
        wrong(
            "groups reversed",
            lambda x, weight, groups: regrouped(x, weight, groups, range(groups)[::-1]),
            "Your groups are paired in reverse order. The first filters read the first channels.",
        ),
        wrong(
            "every g-th channel",
            lambda x, weight, groups: grouped_pointwise(
                np.concatenate([x[g::groups] for g in range(groups)]), weight, groups
            ),
            "Your groups are made of every `groups`-th channel. A group is a run of neighbouring channels; "
            "dealing them out is the shuffle's job.",
        ),
        wrong(
            "filters dealt",
            lambda x, weight, groups: grouped_pointwise(
                x, np.concatenate([weight[g::groups] for g in range(groups)]), groups
            ),
            "You dealt the filters out: filter 0 to the first group, filter 1 to the second. The first run "
            "of filters belongs to the first group.",
        ),
        wrong(
            "all inputs",
            lambda x, weight, groups: np.tile(weight, (1, groups)) @ x,
            "You let every filter read all channels, with its weights repeated. In a grouped layer a filter "
            "hears its own group alone.",
        ),
        wrong(
            "divided",
            lambda x, weight, groups: grouped_pointwise(x, weight, groups) / groups,
            "You divided by the number of groups. There are fewer products, but they are added as they are.",
        ),
    ],
)


# 2. The shuffle -------------------------------------------------------------------------------------


def shuffle_channels(x, groups):
    n, c, h, w = x.shape
    dealt = x.reshape(n, groups, c // groups, h, w)
    return dealt.swapaxes(1, 2).reshape(n, c, h, w)


def shuffle_cases(rng: np.random.Generator) -> Case:
    groups, each = (int(i) for i in rng.permutation([2, 3, 4])[:2])
    return {"x": digits(rng, 2, groups * each, 1, 2), "groups": groups}


SHUFFLE = Exercise(
    shuffle_channels,
    points=2,
    cases=shuffle_cases,
    mistakes=[
        wrong(
            "undone",
            lambda x, groups: shuffle_channels(x, x.shape[1] // groups),
            "You reshaped to [channels of a group, groups]. That *undoes* a shuffle. The groups come first: "
            "[groups, channels of a group], then transpose.",
        ),
        wrong(
            "not transposed",
            lambda x, groups: x.copy(),
            "Nothing has moved. Between the two reshapes the two axes have to change places.",
        ),
        wrong(
            "groups reversed",
            lambda x, groups: np.concatenate(np.split(x, groups, axis=1)[::-1], axis=1),
            "You turned the order of whole groups round. Then each group still has its old members.",
        ),
        wrong(
            "groups rotated",
            lambda x, groups: np.roll(x, x.shape[1] // groups, axis=1),
            "You moved every group on by one place. Then each group still has its old members.",
        ),
        wrong(
            "images mixed",
            lambda x, groups: (
                x.reshape(groups, -1, *x.shape[2:]).swapaxes(0, 1).reshape(x.shape)  # N·C cards
            ),
            "You dealt out the channels of all images together, so images have exchanged channels. The batch "
            "axis stays out of it.",
        ),
        wrong(
            "reversed",
            lambda x, groups: x[:, ::-1].copy(),
            "You reversed the order of all channels. That moves groups, and keeps each together.",
        ),
    ],
)


# 3. Until the deck is back --------------------------------------------------------------------------


def shuffles_until_back(channels, groups):
    deck, start, count = np.arange(channels), np.arange(channels), 0
    while count == 0 or (deck != start).any():
        deck = deck.reshape(groups, -1).T.reshape(-1)
        count += 1
    return count


def deck_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(2, 9))
    return {"channels": groups * int(rng.integers(2, 20)), "groups": groups}


BACK = Exercise(
    shuffles_until_back,
    points=2,
    cases=deck_cases,
    mistakes=[
        wrong(
            "its own inverse",
            lambda channels, groups: 2,
            "You say 2: a shuffle that undoes itself. That holds where there are as many groups as channels "
            "in a group. In general another shuffle undoes it, one with channels / groups groups.",
        ),
        wrong(
            "as many as groups",
            lambda channels, groups: groups,
            "You gave the number of groups. Try it: 6 channels in 2 groups need 4 shuffles.",
        ),
        wrong(
            "as many as channels",
            lambda channels, groups: channels,
            "You gave the number of channels. The first and the last channel never move, and the others "
            "return earlier.",
        ),
        wrong(
            "one too few",
            lambda channels, groups: shuffles_until_back(channels, groups) - 1,
            "One too few: you counted the decks between the first and its return. Count the shuffles.",
        ),
        wrong(
            "second card",
            lambda channels, groups: shuffles_until_back(channels, groups) + 1,
            "One too many: the deck was in order a shuffle earlier.",
        ),
    ],
)


# 4. Who hears whom ----------------------------------------------------------------------------------


def groups_heard(groups, per_group, layers):
    heard = 1
    for _ in range(layers - 1):
        heard = min(groups, heard * per_group)
    return heard


def heard_cases(rng: np.random.Generator) -> Case:
    return {
        "groups": int(rng.integers(5, 70)),
        "per_group": int(rng.integers(2, 7)),
        "layers": int(rng.integers(1, 5)),
    }


HEARD = Exercise(
    groups_heard,
    points=2,
    cases=heard_cases,
    mistakes=[
        wrong(
            "a shuffle too many",
            lambda groups, per_group, layers: min(groups, per_group**layers),
            "You counted a shuffle after each layer. The one after the last layer lets nobody hear anything: "
            "there are layers − 1 between them.",
        ),
        wrong(
            "added",
            lambda groups, per_group, layers: min(groups, 1 + (layers - 1) * (per_group - 1)),
            "You added as many groups with each shuffle. Every group heard has itself heard several: they "
            "multiply.",
        ),
        wrong(
            "no end",
            lambda groups, per_group, layers: per_group ** (layers - 1),
            "You found more groups than there are. Nobody can hear more than all.",
        ),
        wrong(
            "one shuffle is enough",
            lambda groups, per_group, layers: 1 if layers == 1 else groups,
            "You let one shuffle reach everybody. A group has only so many channels to hear others with.",
        ),
        wrong(
            "isolated",
            lambda groups, per_group, layers: 1,
            "You say that a group hears itself alone. That is right without shuffles.",
        ),
    ],
)


# 5. The bound ---------------------------------------------------------------------------------------


def memory_excess(c1, c2, h, w, groups):
    macs = h * w * c1 * c2 / groups
    access = h * w * (c1 + c2) + c1 * c2 / groups
    bound = 2 * np.sqrt(h * w * macs) + macs / (h * w)
    return access / bound


def excess_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(2, 5))
    h, w = (int(size) for size in rng.permutation([5, 7, 14, 20, 28])[:2])
    few, many = groups * int(rng.integers(4, 12)), groups * int(rng.integers(12, 50))
    c1, c2 = (few, many) if rng.integers(2) else (many, few)
    return {"c1": c1, "c2": c2, "h": h, "w": w, "groups": groups}


def ratio(pixels, c1, c2, weights, macs, times=2.0):
    """Access over bound, with parts put in by hand."""
    return (pixels * (c1 + c2) + weights) / (times * sqrt(pixels * macs) + macs / pixels)


EXCESS = Exercise(
    memory_excess,
    points=3,
    cases=excess_cases,
    mistakes=[
        wrong(
            "weights not grouped",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, c2, c1 * c2, h * w * c1 * c2 / groups),
            "You counted c₁·c₂ weights. In groups there are c₁·c₂ / g.",
        ),
        wrong(
            "macs not grouped",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, c2, c1 * c2 / groups, h * w * c1 * c2),
            "Your B is that of a layer without groups. In g groups it is h·w·c₁·c₂ / g.",
        ),
        wrong(
            "groups ignored",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, c2, c1 * c2, h * w * c1 * c2),
            "You left the groups out everywhere. They divide the weights and B, and not the maps: so groups "
            "raise the excess.",
        ),
        wrong(
            "weights forgotten",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, c2, 0, h * w * c1 * c2 / groups),
            "The weights are missing from the memory access.",
        ),
        wrong(
            "input only",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, 0, c1 * c2 / groups, h * w * c1 * c2 / groups),
            "You counted the maps that are read. Those that are written count too: c₁ + c₂.",
        ),
        wrong(
            "two forgotten",
            lambda c1, c2, h, w, groups: ratio(
                h * w, c1, c2, c1 * c2 / groups, h * w * c1 * c2 / groups, times=1.0
            ),
            "The 2 before the root is missing: c₁ + c₂ ≥ 2·√(c₁·c₂).",
        ),
        wrong(
            "upside down",
            lambda c1, c2, h, w, groups: 1 / memory_excess(c1, c2, h, w, groups),
            "You divided the bound by the access. An excess is 1 or more.",
        ),
        wrong(
            "square maps",
            lambda c1, c2, h, w, groups: memory_excess(c1, c2, h, h, groups),
            "You used h² for the number of pixels. The maps are h × w.",
        ),
    ],
)


# 6. Keep one half -----------------------------------------------------------------------------------


def split_unit(x, weight):
    kept, changed = np.split(x, 2)
    changed = np.maximum(weight @ changed, 0)
    both = np.concatenate([kept, changed])
    return both.reshape(2, -1, x.shape[1]).swapaxes(0, 1).reshape(x.shape)


def split_cases(rng: np.random.Generator) -> Case:
    half = int(rng.integers(2, 5))
    return {"x": digits(rng, 2 * half, 3), "weight": digits(rng, half, half)}


def dealt(first, second):
    """One from the first, one from the second, and so on."""
    return np.stack([first, second], axis=1).reshape(-1, first.shape[1])


SPLIT = Exercise(
    split_unit,
    points=3,
    cases=split_cases,
    mistakes=[
        wrong(
            "first half changed",
            lambda x, weight: dealt(np.maximum(weight @ x[: len(weight)], 0), x[len(weight) :]),
            "You changed the first half and kept the second. Here the first half is kept.",
        ),
        wrong(
            "not shuffled",
            lambda x, weight: np.concatenate([x[: len(weight)], np.maximum(weight @ x[len(weight) :], 0)]),
            "The shuffle at the end is missing. Without it the next unit keeps the same half again, and the "
            "two never meet.",
        ),
        wrong(
            "changed first",
            lambda x, weight: dealt(np.maximum(weight @ x[len(weight) :], 0), x[: len(weight)]),
            "You put the changed half first. The kept channels lead, at 0, 2, 4 and so on.",
        ),
        wrong(
            "every second channel",
            lambda x, weight: dealt(x[::2], np.maximum(weight @ x[1::2], 0)),
            "You split the channels into even and odd ones. Split them in the middle.",
        ),
        wrong(
            "no relu",
            lambda x, weight: dealt(x[: len(weight)], weight @ x[len(weight) :]),
            "The ReLU after the layer is missing: what is changed is never negative.",
        ),
        wrong(
            "relu on all",
            lambda x, weight: np.maximum(split_unit(x, weight), 0),
            "You applied the ReLU to the kept half as well. It passes untouched.",
        ),
        wrong(
            "added",
            lambda x, weight: dealt(
                x[: len(weight)], np.maximum(weight @ x[len(weight) :], 0) + x[: len(weight)]
            ),
            "You added the other half to what the layer gives, as ResNet does. Here the two stand side by "
            "side.",
        ),
    ],
)


# 7 and 8. Counting ----------------------------------------------------------------------------------


def count_unit(in_channels, out_channels, groups, size):
    narrow, side = out_channels // 4, size // 2
    first = in_channels * narrow // groups * size**2
    filters = 9 * narrow * side**2
    found = out_channels - in_channels
    last = narrow * found // groups * side**2
    return first + filters + last


def shuffle_unit_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(2, 9))
    in_channels = 4 * groups * int(rng.integers(2, 8))
    return {
        "in_channels": in_channels,
        "out_channels": in_channels + 4 * groups * int(rng.integers(2, 9)),
        "groups": groups,
        "size": 2 * int(rng.integers(4, 29)),
    }


def parts(in_channels, out_channels, groups, size):
    """First 1×1 (at full size), depthwise, last 1×1, and what the pooled channels would add to that."""
    narrow, side = out_channels // 4, size // 2
    pooled = narrow * in_channels // groups * side**2
    whole = count_unit(in_channels, out_channels, groups, size)
    first, filters = in_channels * narrow // groups * size**2, 9 * narrow * side**2
    return first, filters, whole - first - filters, pooled


SHUFFLE_UNIT = DrawnExercise(
    count_unit,
    points=3,
    cases=shuffle_unit_cases,
    question=(
        "A ShuffleNet unit with stride 2 takes {in_channels} channels of {size}×{size} pixels and gives "
        "{out_channels} channels. It narrows to a quarter of {out_channels} channels with a 1×1 convolution "
        "in {groups} groups, shuffles, filters with a 3×3 depthwise convolution of stride 2 and padding 1, "
        "and widens with a 1×1 convolution in {groups} groups; before the result stand the pooled input's "
        "channels. How many multiply–accumulates (MACs) does one image need? Normalization and pooling do "
        "not count."
    ),
    mistakes=[
        wrong(
            "pooled channels computed",
            lambda **unit: count_unit(**unit) + parts(**unit)[3],
            "You let the last 1×1 compute all the output channels. The pooled input supplies some of them; "
            "the layers only find the rest.",
        ),
        wrong(
            "groups ignored",
            lambda **unit: count_unit(**unit) + (unit["groups"] - 1) * (parts(**unit)[0] + parts(**unit)[2]),
            "You left the groups out. Each divides the MACs of its 1×1 convolution.",
        ),
        wrong(
            "first one dense",
            lambda **unit: count_unit(**unit) + (unit["groups"] - 1) * parts(**unit)[0],
            "You left the groups out of the first 1×1. Only the very first unit of the network has it dense.",
        ),
        wrong(
            "last one dense",
            lambda **unit: count_unit(**unit) + (unit["groups"] - 1) * parts(**unit)[2],
            "You left the groups out of the last 1×1: they divide its MACs too.",
        ),
        wrong(
            "full filters",
            lambda **unit: count_unit(**unit) + (unit["out_channels"] // 4 - 1) * parts(**unit)[1],
            "You counted the 3×3 as an ordinary convolution. Depthwise, each channel has nine weights.",
        ),
        wrong(
            "stride in the first",
            lambda **unit: count_unit(**unit) - parts(**unit)[0] * 3 // 4,
            "You let the first 1×1 work on the smaller size. The stride is in the 3×3, behind it.",
        ),
        wrong(
            "no stride",
            lambda **unit: count_unit(**unit) + 3 * (parts(**unit)[1] + parts(**unit)[2]),
            "You let all layers work on the full size. From the 3×3 on there are a quarter of the pixels.",
        ),
        wrong(
            "projection",
            lambda **unit: (
                count_unit(**unit) + unit["in_channels"] * unit["out_channels"] * (unit["size"] // 2) ** 2
            ),
            "You added a 1×1 projection for the shortcut. Here it is pooled and put in front: it costs "
            "nothing.",
        ),
    ],
)


def count_stage(in_channels, out_channels, units, size):
    half, side = out_channels // 2, size // 2
    left = 9 * in_channels + in_channels * half
    right = in_channels * half * size**2
    right += (9 * half + half * half) * side**2
    later = (half * half + 9 * half + half * half) * side**2
    return left * side**2 + right + (units - 1) * later


def split_stage_cases(rng: np.random.Generator) -> Case:
    return {
        "in_channels": int(rng.integers(20, 120)),
        "out_channels": 2 * int(rng.integers(60, 200)),
        "units": int(rng.integers(3, 9)),
        "size": 2 * int(rng.integers(4, 29)),
    }


def later_unit(out_channels, size, width):
    """A unit of stride 1 whose three layers have this width."""
    return (2 * width**2 + 9 * width) * (size // 2) ** 2


SPLIT_STAGE = DrawnExercise(
    count_stage,
    points=3,
    cases=split_stage_cases,
    question=(
        "A stage of ShuffleNet V2 has {units} units and takes {in_channels} channels of {size}×{size} pixels "
        "to {out_channels} channels of half the size. In its first unit both branches read everything and "
        "give half of the outputs each: a 3×3 depthwise convolution of stride 2 and a 1×1; and a 1×1, a 3×3 "
        "depthwise of stride 2 and a 1×1. The other units keep one half of their channels and put the other "
        "through a 1×1, a 3×3 depthwise and a 1×1, all of one width. How many multiply–accumulates (MACs) "
        "does one image need? Normalization does not count."
    ),
    mistakes=[
        wrong(
            "not split",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, 1, size)
                + (units - 1) * later_unit(out_channels, size, out_channels)
            ),
            "Your later units work on all channels. They split them: their layers are half as wide.",
        ),
        wrong(
            "one branch",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, units, size)
                - (9 * in_channels + in_channels * (out_channels // 2)) * (size // 2) ** 2
            ),
            "The left branch of the first unit is missing: a depthwise layer and a 1×1.",
        ),
        wrong(
            "a unit too many",
            lambda in_channels, out_channels, units, size: count_stage(
                in_channels, out_channels, units + 1, size
            ),
            "You counted the first unit beside as many others as there are units in all.",
        ),
        wrong(
            "all units alike",
            lambda in_channels, out_channels, units, size: (
                units * later_unit(out_channels, size, out_channels // 2)
            ),
            "You counted the first unit like the others. It keeps nothing, reads another number of channels, "
            "and half of it works on the larger size.",
        ),
        wrong(
            "one pointwise",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, units, size)
                - (units - 1) * (out_channels // 2) ** 2 * (size // 2) ** 2
            ),
            "You gave the later units one 1×1. There is one before the depthwise layer and one behind it.",
        ),
        wrong(
            "stride in the first",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, units, size)
                - in_channels * (out_channels // 2) * (size**2 - (size // 2) ** 2)
            ),
            "You let the first 1×1 of the right branch work on the smaller size. The stride comes behind it.",
        ),
        wrong(
            "no stride",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, units, 2 * size)
                - 3 * in_channels * (out_channels // 2) * size**2
            ),
            "You let the whole stage work on the size that comes in.",
        ),
        wrong(
            "two a mac",
            lambda **stage: 2 * count_stage(**stage),
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
    ],
)


EXERCISES = [GROUPED, SHUFFLE, BACK, HEARD, EXCESS, SPLIT, SHUFFLE_UNIT, SPLIT_STAGE]

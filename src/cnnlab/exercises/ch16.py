"""Chapter 16, ShuffleNet V1 and V2: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from math import sqrt

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, Misconception


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
    misconceptions={
        "first group only": Misconception(
            "All of your filters read the first group of channels. Each group of filters has its own inputs.",
            lambda x, weight, groups: regrouped(x, weight, groups, [0] * groups),
        ),
        "groups reversed": Misconception(
            "Your groups are paired in reverse order. The first filters read the first channels.",
            lambda x, weight, groups: regrouped(x, weight, groups, range(groups)[::-1]),
        ),
        "every g-th channel": Misconception(
            "Your groups are made of every `groups`-th channel. A group is a run of neighbouring channels; "
            "dealing them out is the shuffle's job.",
            lambda x, weight, groups: grouped_pointwise(
                np.concatenate([x[g::groups] for g in range(groups)]), weight, groups
            ),
        ),
        "filters dealt": Misconception(
            "You dealt the filters out: filter 0 to the first group, filter 1 to the second. The first run "
            "of filters belongs to the first group.",
            lambda x, weight, groups: grouped_pointwise(
                x, np.concatenate([weight[g::groups] for g in range(groups)]), groups
            ),
        ),
        "all inputs": Misconception(
            "You let every filter read all channels, with its weights repeated. In a grouped layer a filter "
            "hears its own group alone.",
            lambda x, weight, groups: np.tile(weight, (1, groups)) @ x,
        ),
        "divided": Misconception(
            "You divided by the number of groups. There are fewer products, but they are added as they are.",
            lambda x, weight, groups: grouped_pointwise(x, weight, groups) / groups,
        ),
    },
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
    misconceptions={
        "undone": Misconception(
            "You reshaped to [channels of a group, groups]. That *undoes* a shuffle. The groups come first: "
            "[groups, channels of a group], then transpose.",
            lambda x, groups: shuffle_channels(x, x.shape[1] // groups),
        ),
        "not transposed": Misconception(
            "Nothing has moved. Between the two reshapes the two axes have to change places.",
            lambda x, groups: x.copy(),
        ),
        "groups reversed": Misconception(
            "You turned the order of whole groups round. Then each group still has its old members.",
            lambda x, groups: np.concatenate(np.split(x, groups, axis=1)[::-1], axis=1),
        ),
        "groups rotated": Misconception(
            "You moved every group on by one place. Then each group still has its old members.",
            lambda x, groups: np.roll(x, x.shape[1] // groups, axis=1),
        ),
        "images mixed": Misconception(
            "You dealt out the channels of all images together, so images have exchanged channels. The batch "
            "axis stays out of it.",
            lambda x, groups: (
                x.reshape(groups, -1, *x.shape[2:]).swapaxes(0, 1).reshape(x.shape)  # N·C cards
            ),
        ),
        "reversed": Misconception(
            "You reversed the order of all channels. That moves groups, and keeps each together.",
            lambda x, groups: x[:, ::-1].copy(),
        ),
    },
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
    misconceptions={
        "its own inverse": Misconception(
            "You say 2: a shuffle that undoes itself. That holds where there are as many groups as channels "
            "in a group. In general another shuffle undoes it, one with channels / groups groups.",
            lambda channels, groups: 2,
        ),
        "as many as groups": Misconception(
            "You gave the number of groups. Try it: 6 channels in 2 groups need 4 shuffles.",
            lambda channels, groups: groups,
        ),
        "as many as channels": Misconception(
            "You gave the number of channels. The first and the last channel never move, and the others "
            "return earlier.",
            lambda channels, groups: channels,
        ),
        "one too few": Misconception(
            "One too few: you counted the decks between the first and its return. Count the shuffles.",
            lambda channels, groups: shuffles_until_back(channels, groups) - 1,
        ),
        "second card": Misconception(
            "One too many: the deck was in order a shuffle earlier.",
            lambda channels, groups: shuffles_until_back(channels, groups) + 1,
        ),
    },
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
    misconceptions={
        "a shuffle too many": Misconception(
            "You counted a shuffle after each layer. The one after the last layer lets nobody hear anything: "
            "there are layers − 1 between them.",
            lambda groups, per_group, layers: min(groups, per_group**layers),
        ),
        "added": Misconception(
            "You added as many groups with each shuffle. Every group heard has itself heard several: they "
            "multiply.",
            lambda groups, per_group, layers: min(groups, 1 + (layers - 1) * (per_group - 1)),
        ),
        "no end": Misconception(
            "You found more groups than there are. Nobody can hear more than all.",
            lambda groups, per_group, layers: per_group ** (layers - 1),
        ),
        "one shuffle is enough": Misconception(
            "You let one shuffle reach everybody. A group has only so many channels to hear others with.",
            lambda groups, per_group, layers: 1 if layers == 1 else groups,
        ),
        "isolated": Misconception(
            "You say that a group hears itself alone. That is right without shuffles.",
            lambda groups, per_group, layers: 1,
        ),
    },
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
    misconceptions={
        "weights not grouped": Misconception(
            "You counted c₁·c₂ weights. In groups there are c₁·c₂ / g.",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, c2, c1 * c2, h * w * c1 * c2 / groups),
        ),
        "macs not grouped": Misconception(
            "Your B is that of a layer without groups. In g groups it is h·w·c₁·c₂ / g.",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, c2, c1 * c2 / groups, h * w * c1 * c2),
        ),
        "groups ignored": Misconception(
            "You left the groups out everywhere. They divide the weights and B, and not the maps: so groups "
            "raise the excess.",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, c2, c1 * c2, h * w * c1 * c2),
        ),
        "weights forgotten": Misconception(
            "The weights are missing from the memory access.",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, c2, 0, h * w * c1 * c2 / groups),
        ),
        "input only": Misconception(
            "You counted the maps that are read. Those that are written count too: c₁ + c₂.",
            lambda c1, c2, h, w, groups: ratio(h * w, c1, 0, c1 * c2 / groups, h * w * c1 * c2 / groups),
        ),
        "two forgotten": Misconception(
            "The 2 before the root is missing: c₁ + c₂ ≥ 2·√(c₁·c₂).",
            lambda c1, c2, h, w, groups: ratio(
                h * w, c1, c2, c1 * c2 / groups, h * w * c1 * c2 / groups, times=1.0
            ),
        ),
        "upside down": Misconception(
            "You divided the bound by the access. An excess is 1 or more.",
            lambda c1, c2, h, w, groups: 1 / memory_excess(c1, c2, h, w, groups),
        ),
        "square maps": Misconception(
            "You used h² for the number of pixels. The maps are h × w.",
            lambda c1, c2, h, w, groups: memory_excess(c1, c2, h, h, groups),
        ),
    },
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
    misconceptions={
        "first half changed": Misconception(
            "You changed the first half and kept the second. Here the first half is kept.",
            lambda x, weight: dealt(np.maximum(weight @ x[: len(weight)], 0), x[len(weight) :]),
        ),
        "not shuffled": Misconception(
            "The shuffle at the end is missing. Without it the next unit keeps the same half again, and the "
            "two never meet.",
            lambda x, weight: np.concatenate([x[: len(weight)], np.maximum(weight @ x[len(weight) :], 0)]),
        ),
        "changed first": Misconception(
            "You put the changed half first. The kept channels lead, at 0, 2, 4 and so on.",
            lambda x, weight: dealt(np.maximum(weight @ x[len(weight) :], 0), x[: len(weight)]),
        ),
        "every second channel": Misconception(
            "You split the channels into even and odd ones. Split them in the middle.",
            lambda x, weight: dealt(x[::2], np.maximum(weight @ x[1::2], 0)),
        ),
        "no relu": Misconception(
            "The ReLU after the layer is missing: what is changed is never negative.",
            lambda x, weight: dealt(x[: len(weight)], weight @ x[len(weight) :]),
        ),
        "relu on all": Misconception(
            "You applied the ReLU to the kept half as well. It passes untouched.",
            lambda x, weight: np.maximum(split_unit(x, weight), 0),
        ),
        "added": Misconception(
            "You added the other half to what the layer gives, as ResNet does. Here the two stand side by "
            "side.",
            lambda x, weight: dealt(
                x[: len(weight)], np.maximum(weight @ x[len(weight) :], 0) + x[: len(weight)]
            ),
        ),
    },
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
    misconceptions={
        "pooled channels computed": Misconception(
            "You let the last 1×1 compute all the output channels. The pooled input supplies some of them; "
            "the layers only find the rest.",
            lambda **unit: count_unit(**unit) + parts(**unit)[3],
        ),
        "groups ignored": Misconception(
            "You left the groups out. Each divides the MACs of its 1×1 convolution.",
            lambda **unit: count_unit(**unit) + (unit["groups"] - 1) * (parts(**unit)[0] + parts(**unit)[2]),
        ),
        "first one dense": Misconception(
            "You left the groups out of the first 1×1. Only the very first unit of the network has it dense.",
            lambda **unit: count_unit(**unit) + (unit["groups"] - 1) * parts(**unit)[0],
        ),
        "last one dense": Misconception(
            "You left the groups out of the last 1×1: they divide its MACs too.",
            lambda **unit: count_unit(**unit) + (unit["groups"] - 1) * parts(**unit)[2],
        ),
        "full filters": Misconception(
            "You counted the 3×3 as an ordinary convolution. Depthwise, each channel has nine weights.",
            lambda **unit: count_unit(**unit) + (unit["out_channels"] // 4 - 1) * parts(**unit)[1],
        ),
        "stride in the first": Misconception(
            "You let the first 1×1 work on the smaller size. The stride is in the 3×3, behind it.",
            lambda **unit: count_unit(**unit) - parts(**unit)[0] * 3 // 4,
        ),
        "no stride": Misconception(
            "You let all layers work on the full size. From the 3×3 on there are a quarter of the pixels.",
            lambda **unit: count_unit(**unit) + 3 * (parts(**unit)[1] + parts(**unit)[2]),
        ),
        "projection": Misconception(
            "You added a 1×1 projection for the shortcut. Here it is pooled and put in front: it costs "
            "nothing.",
            lambda **unit: (
                count_unit(**unit) + unit["in_channels"] * unit["out_channels"] * (unit["size"] // 2) ** 2
            ),
        ),
    },
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
    misconceptions={
        "not split": Misconception(
            "Your later units work on all channels. They split them: their layers are half as wide.",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, 1, size)
                + (units - 1) * later_unit(out_channels, size, out_channels)
            ),
        ),
        "one branch": Misconception(
            "The left branch of the first unit is missing: a depthwise layer and a 1×1.",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, units, size)
                - (9 * in_channels + in_channels * (out_channels // 2)) * (size // 2) ** 2
            ),
        ),
        "a unit too many": Misconception(
            "You counted the first unit beside as many others as there are units in all.",
            lambda in_channels, out_channels, units, size: count_stage(
                in_channels, out_channels, units + 1, size
            ),
        ),
        "all units alike": Misconception(
            "You counted the first unit like the others. It keeps nothing, reads another number of channels, "
            "and half of it works on the larger size.",
            lambda in_channels, out_channels, units, size: (
                units * later_unit(out_channels, size, out_channels // 2)
            ),
        ),
        "one pointwise": Misconception(
            "You gave the later units one 1×1. There is one before the depthwise layer and one behind it.",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, units, size)
                - (units - 1) * (out_channels // 2) ** 2 * (size // 2) ** 2
            ),
        ),
        "stride in the first": Misconception(
            "You let the first 1×1 of the right branch work on the smaller size. The stride comes behind it.",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, units, size)
                - in_channels * (out_channels // 2) * (size**2 - (size // 2) ** 2)
            ),
        ),
        "no stride": Misconception(
            "You let the whole stage work on the size that comes in.",
            lambda in_channels, out_channels, units, size: (
                count_stage(in_channels, out_channels, units, 2 * size)
                - 3 * in_channels * (out_channels // 2) * size**2
            ),
        ),
        "two a mac": Misconception(
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
            lambda **stage: 2 * count_stage(**stage),
        ),
    },
)


EXERCISES = [GROUPED, SHUFFLE, BACK, HEARD, EXCESS, SPLIT, SHUFFLE_UNIT, SPLIT_STAGE]

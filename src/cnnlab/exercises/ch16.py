"""Chapter 16, ShuffleNet V1 and V2: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits

# 1. A layer in groups -------------------------------------------------------------------------------


def grouped_pointwise(x, weight, groups):
    filters = np.split(weight, groups)
    inputs = np.split(x, groups)
    pairs = zip(filters, inputs, strict=True)
    return np.concatenate([f @ i for f, i in pairs])


def grouped_cases(rng: np.random.Generator) -> Case:
    groups, each, filters, pixels = (int(rng.integers(1, most)) for most in (5, 4, 4, 4))
    return {
        "x": digits(rng, groups * each, pixels),
        "weight": digits(rng, groups * filters, each),
        "groups": groups,
    }


GROUPED = Exercise(
    grouped_pointwise,
    points=2,
    cases=grouped_cases,
    mistakes=[
        wrong(
            "first group only",
            {"np.split(x, groups)": "[x[: len(x) // groups]] * groups"},
            "All of your filters read the first group of channels. Each group of filters has its own inputs.",
        ),
        wrong(
            "first filters only",
            {"np.split(weight, groups)": "[weight[: len(weight) // groups]] * groups"},
            "You used the first group's filters for all groups. Each group has filters of its own.",
        ),
        wrong(
            "groups reversed",
            {"np.split(x, groups)": "np.split(x, groups)[::-1]"},
            "Your groups are paired in reverse order. The first filters read the first channels.",
        ),
        wrong(
            "every g-th channel",
            {"np.split(x, groups)": "[x[g::groups] for g in range(groups)]"},
            "Your groups are made of every `groups`-th channel. A group is a run of neighbouring channels; "
            "dealing them out is the shuffle's job.",
        ),
        wrong(
            "every g-th filter",
            {"np.split(weight, groups)": "[weight[g::groups] for g in range(groups)]"},
            "You took every `groups`-th filter for a group. A group's filters are neighbours, as are its "
            "channels.",
        ),
        wrong(
            "filters dealt",
            {
                "np.concatenate([f @ i for f, i in pairs])": (
                    "np.stack([f @ inputs[o % groups] for o, f in enumerate(weight)])"
                )
            },
            "You dealt the filters out: filter 0 to the first group, filter 1 to the second. The first run "
            "of filters belongs to the first group.",
        ),
        wrong(
            "runs of g filters",
            {
                "np.concatenate([f @ i for f, i in pairs])": (
                    "np.stack([f @ inputs[o // groups % groups] for o, f in enumerate(weight)])"
                )
            },
            "You gave each group `groups` filters. There are `groups` groups, and each has O / groups.",
        ),
        wrong(
            "all inputs",
            {"np.concatenate([f @ i for f, i in pairs])": "np.tile(weight, (1, groups)) @ x"},
            "You let every filter read all channels, with its weights repeated. In a grouped layer a filter "
            "hears its own group alone.",
        ),
        wrong(
            "shuffled",
            {
                "concatenate([f @ i for f, i in pairs])": (
                    "stack([f @ i for f, i in pairs], axis=1).reshape(len(weight), -1)"
                )
            },
            "Your outputs come one from each group in turn. That is the layer and a shuffle: here the first "
            "group's outputs come first, all of them.",
        ),
        wrong(
            "added",
            {"np.concatenate(": "sum("},
            "You added the groups' outputs. They stand one below the other: O rows in all.",
        ),
        wrong(
            "divided",
            {"f @ i for": "f @ i / groups for"},
            "You divided by the number of groups. There are fewer products, but they are added as they are.",
        ),
        wrong(
            "means",
            {"f @ i for": "f @ i / len(i) for"},
            "You divided by the number of channels in a group. A layer adds its products; it takes no mean.",
        ),
    ],
)


# 2. The shuffle -------------------------------------------------------------------------------------


def shuffle_channels(x, groups):
    n, c, h, w = x.shape
    dealt = x.reshape(n, groups, c // groups, h, w)
    return dealt.swapaxes(1, 2).reshape(n, c, h, w)


def shuffle_cases(rng: np.random.Generator) -> Case:
    images, groups, each = (int(rng.integers(1, most)) for most in (4, 5, 5))
    height, width = rng.permutation([1, 2, 3])[:2]
    return {"x": digits(rng, images, groups * each, height, width), "groups": groups}


SHUFFLE = Exercise(
    shuffle_channels,
    points=2,
    cases=shuffle_cases,
    mistakes=[
        wrong(
            "undone",
            {"groups, c // groups": "c // groups, groups"},
            "You reshaped to [channels of a group, groups]. That *undoes* a shuffle. The groups come first: "
            "[groups, channels of a group], then transpose.",
        ),
        wrong(
            "not transposed",
            {".swapaxes(1, 2)": ""},
            "Nothing has moved. Between the two reshapes the two axes have to change places.",
        ),
        wrong(
            "pixels transposed",
            {".swapaxes(1, 2)": ".transpose(0, 2, 1, 4, 3)"},
            "You transposed height and width as well. Only the two axes of the channels change places: "
            "pixels stay where they are.",
        ),
        wrong(
            "groups reversed",
            {".swapaxes(1, 2)": "[:, ::-1]"},
            "You turned the order of whole groups round. Then each group still has its old members.",
        ),
        wrong(
            "last group first",
            {".swapaxes(1, 2)": "[:, ::-1].swapaxes(1, 2)"},
            "Your rounds begin with the last group. Deal from the first group on.",
        ),
        wrong(
            "back and forth",
            {
                "return dealt.swapaxes(1, 2)": (
                    "dealt = dealt.swapaxes(1, 2).copy(); dealt[:, 1::2] = dealt[:, 1::2, ::-1]; return dealt"
                )
            },
            "You dealt back and forth. Every round begins with the first group, the second one as well.",
        ),
        wrong(
            "groups rotated",
            {"dealt.swapaxes(1, 2)": "np.roll(dealt, 1, axis=1)"},
            "You moved every group on by one place. Then each group still has its old members.",
        ),
        wrong(
            "twice",
            lambda x, groups: shuffle_channels(shuffle_channels(x, groups), groups),
            "You shuffled twice. Deal once: channel 1 of the result is the first of the second group.",
        ),
        wrong(
            "images mixed",
            {"(n, groups, c // groups": "(1, groups, n * c // groups"},
            "You dealt out the channels of all images together, so images have exchanged channels. The batch "
            "axis stays out of it.",
        ),
        wrong(
            "reversed",
            {"dealt.swapaxes(1, 2)": "x[:, ::-1]"},
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
    """Now and then one group, or groups of one channel, which a shuffle leaves as they are.

    Three channels at least: with two, everything is 0 modulo C − 1, and the chapter's formula says nothing.
    Often so many that the deck is back after hundreds, when a search thought long enough has ended.
    """
    groups = int(rng.integers(1, 9))
    each = max(int(rng.integers(1, rng.choice([20, 150]))), -(-3 // groups))
    return {"channels": groups * each, "groups": groups}


BACK = Exercise(
    shuffles_until_back,
    points=2,
    cases=deck_cases,
    draws=24,
    mistakes=[
        wrong(
            "its own inverse",
            {"return count": "return 2"},
            "You say 2: a shuffle that undoes itself. That holds where there are as many groups as channels "
            "in a group. In general another shuffle undoes it, one with channels / groups groups.",
        ),
        wrong(
            "as many as groups",
            {"return count": "return groups"},
            "You gave the number of groups. Try it: 6 channels in 2 groups need 4 shuffles.",
        ),
        wrong(
            "as many as in a group",
            {"return count": "return channels // groups"},
            "You gave the number of channels in a group. Try it: 6 channels in 2 groups need 4 shuffles.",
        ),
        wrong(
            "as many as channels",
            {"return count": "return channels"},
            "You gave the number of channels. The first and the last channel never move, and the others "
            "return earlier.",
        ),
        wrong(
            "one less than channels",
            {"return count": "return max(channels - 1, 1)"},
            "You gave one less than the number of channels, as if each went through all places. They go "
            "round in shorter circles.",
        ),
        wrong(
            "common multiple",
            {"return count": "return int(np.lcm(groups, channels // groups))"},
            "You gave the least common multiple of the groups and the channels in one. Try it: 8 channels in "
            "2 groups need 3 shuffles.",
        ),
        wrong(
            "first channel",
            {"(deck != start).any()": "deck[0] != 0"},
            "You say 1: after one shuffle the first channel is in its place, because it never moves. Every "
            "channel has to be back.",
        ),
        wrong(
            "none where nothing moves",
            {"return count": "return count if 1 < groups < channels else 0"},
            "You say 0 where a shuffle moves nothing. It has to be made before every channel is back: one.",
        ),
        wrong(
            "one too few",
            {"return count": "return count - 1"},
            "One too few: you counted the decks between the first and its return. Count the shuffles.",
        ),
        wrong(
            "second card",
            {"return count": "return count + 1"},
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
        "groups": int(rng.choice([1, *rng.integers(2, 70, 6)])),
        "per_group": int(rng.integers(1, 7)),
        "layers": int(rng.integers(1, 6)),
    }


HEARD = Exercise(
    groups_heard,
    points=2,
    cases=heard_cases,
    draws=36,
    mistakes=[
        wrong(
            "a shuffle too many",
            {"layers - 1": "layers"},
            "You counted a shuffle after each layer. The one after the last layer lets nobody hear anything: "
            "there are layers − 1 between them.",
        ),
        wrong(
            "a shuffle too few",
            {"layers - 1": "layers - 2"},
            "You left out a shuffle. Two layers have one between them: there are layers − 1.",
        ),
        wrong(
            "the first shuffle only",
            {"layers - 1": "min(layers - 1, 1)"},
            "Yours stops growing after the first shuffle. Those who are heard have heard others themselves: "
            "multiply once for each shuffle.",
        ),
        wrong(
            "added",
            {"heard * per_group": "heard + per_group - 1"},
            "You added as many groups with each shuffle. Every group heard has itself heard several: they "
            "multiply.",
        ),
        wrong(
            "a group's channels added",
            {"heard * per_group": "heard + per_group"},
            "You added the channels of a group with each shuffle. Every group heard has itself heard as "
            "many: multiply.",
        ),
        wrong(
            "one more each time",
            {"heard * per_group": "heard + 1"},
            "You added one group with each shuffle. A group hears as many others as it has channels, and "
            "they have heard as many before: multiply.",
        ),
        wrong(
            "times layers",
            {"return heard": "return min(groups, per_group * layers)"},
            "You multiplied by the number of layers. Each shuffle multiplies by `per_group`: it is a power.",
        ),
        wrong(
            "times shuffles",
            {"return heard": "return min(groups, per_group * (layers - 1))"},
            "You multiplied by the number of shuffles. Each shuffle multiplies by `per_group` all that are "
            "heard by then: it is a power.",
        ),
        wrong(
            "times shuffles, or 1",
            {"return heard": "return min(groups, max(per_group * (layers - 1), 1))"},
            "You multiplied `per_group` by the number of shuffles. The second one multiplies what the "
            "first has reached: it is a power.",
        ),
        wrong(
            "base and exponent",
            {"return heard": "return min(groups, (layers - 1) ** per_group)"},
            "You exchanged base and exponent. Each of the layers − 1 shuffles multiplies by `per_group`.",
        ),
        wrong(
            "channels",
            {"heard = 1": "heard = per_group", "min(groups": "min(groups * per_group"},
            "You counted the channels that are heard. The question asks for groups.",
        ),
        wrong(
            "no end",
            {"min(groups, heard * per_group)": "heard * per_group"},
            "You found more groups than there are. Nobody can hear more than all.",
        ),
        wrong(
            "one shuffle is enough",
            {"min(groups, heard * per_group)": "groups"},
            "You let one shuffle reach everybody. A group has only so many channels to hear others with.",
        ),
        wrong(
            "isolated",
            {"return heard": "return 1"},
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
    groups = int(rng.integers(1, 5))
    h, w = (int(size) for size in rng.permutation([5, 7, 14, 20, 28])[:2])
    few, many = groups * int(rng.integers(4, 12)), groups * int(rng.integers(12, 50))
    c1, c2 = (few, many) if rng.integers(2) else (many, few)
    return {"c1": c1, "c2": c2, "h": h, "w": w, "groups": groups}


EXCESS = Exercise(
    memory_excess,
    points=3,
    cases=excess_cases,
    mistakes=[
        wrong(
            "weights not grouped",
            {"+ c1 * c2 / groups": "+ c1 * c2"},
            "You counted c₁·c₂ weights. In groups there are c₁·c₂ / g.",
        ),
        wrong(
            "macs not grouped",
            {"w * c1 * c2 / groups": "w * c1 * c2"},
            "Your B is that of a layer without groups. In g groups it is h·w·c₁·c₂ / g.",
        ),
        wrong(
            "groups ignored",
            {"+ c1 * c2 / groups": "+ c1 * c2", "w * c1 * c2 / groups": "w * c1 * c2"},
            "You left the groups out everywhere. They divide the weights and B, and not the maps: so groups "
            "raise the excess.",
        ),
        wrong(
            "root without groups",
            {"np.sqrt(h * w * macs)": "h * w * np.sqrt(c1 * c2)"},
            "Your bound has h·w·√(c₁·c₂) for the maps. B is divided by the groups and stands under the root, "
            "so √(hw·B) is hw·√(c₁·c₂ / g).",
        ),
        wrong(
            "maps grouped",
            {"(c1 + c2)": "(c1 + c2) / groups"},
            "You divided the maps by the groups. Every channel is read and written, in whatever group it is: "
            "only the weights become fewer.",
        ),
        wrong(
            "weights forgotten",
            {" + c1 * c2 / groups": ""},
            "The weights are missing from the memory access.",
        ),
        wrong(
            "input only",
            {"(c1 + c2)": "c1"},
            "You counted the maps that are read. Those that are written count too: c₁ + c₂.",
        ),
        wrong(
            "two forgotten",
            {"2 * np.sqrt": "np.sqrt"},
            "The 2 before the root is missing: c₁ + c₂ ≥ 2·√(c₁·c₂).",
        ),
        wrong(
            "upside down",
            {"access / bound": "bound / access"},
            "You divided the bound by the access. An excess is 1 or more.",
        ),
        wrong(
            "one taken off",
            {"access / bound": "access / bound - 1"},
            "You took 1 off. Asked for is the quotient itself: 1 is a layer that reaches the bound.",
        ),
        wrong(
            "bytes",
            {"access / bound": "4 * access / bound"},
            "You counted four bytes for each number. The bound counts numbers, and so does the access.",
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
    half, pixels = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    return {"x": digits(rng, 2 * half, pixels), "weight": digits(rng, half, half)}


SPLIT = Exercise(
    split_unit,
    points=3,
    cases=split_cases,
    mistakes=[
        wrong(
            "second half kept",
            {"kept, changed = ": "changed, kept = "},
            "You changed the first half and kept the second. Here the first half is kept.",
        ),
        wrong(
            "first half changed",
            {"kept, changed = ": "changed, kept = ", "[kept, changed]": "[changed, kept]"},
            "You changed the first half, where it stands. It is the one to keep: the second goes through the "
            "layer.",
        ),
        wrong(
            "not shuffled",
            {"both.reshape(2, -1, x.shape[1]).swapaxes(0, 1).reshape(x.shape)": "both"},
            "The shuffle at the end is missing. Without it the next unit keeps the same half again, and the "
            "two never meet.",
        ),
        wrong(
            "shuffled before",
            {
                "np.split(x, 2)": "np.split(x.reshape(2, -1, x.shape[1]).swapaxes(0, 1).reshape(x.shape), 2)",
                "both.reshape(2, -1, x.shape[1]).swapaxes(0, 1).reshape(x.shape)": "both",
            },
            "You shuffled before the split. Split and change first: the shuffle is the unit's last step.",
        ),
        wrong(
            "shuffle undone",
            {"(2, -1,": "(-1, 2,"},
            "Your shuffle is the other way round: it undoes one. Deal one from the kept half, one from the "
            "changed half, and so on.",
        ),
        wrong(
            "changed first",
            {"[kept, changed]": "[changed, kept]"},
            "You put the changed half first. The kept channels lead, at 0, 2, 4 and so on.",
        ),
        wrong(
            "every second channel",
            {"np.split(x, 2)": "x[::2], x[1::2]"},
            "You split the channels into even and odd ones. Split them in the middle.",
        ),
        wrong(
            "weights transposed",
            {"weight @": "weight.T @"},
            "You transposed the weights. Row o of `weight` makes output o: weight @ x.",
        ),
        wrong(
            "no relu",
            {"np.maximum(weight @ changed, 0)": "weight @ changed"},
            "The ReLU after the layer is missing: what is changed is never negative.",
        ),
        wrong(
            "relu on all",
            {"[kept, changed])": "[kept, changed]).clip(0)"},
            "You applied the ReLU to the kept half as well. It passes untouched.",
        ),
        wrong(
            "added",
            {"[kept, changed]": "[kept, kept + changed]"},
            "You added the other half to what the layer gives, as ResNet does. Here the two stand side by "
            "side.",
        ),
        wrong(
            "residual",
            {"np.maximum(weight @ changed, 0)": "changed + np.maximum(weight @ changed, 0)"},
            "You added the second half to what the layer makes of it, as ResNet does. Here the shortcut is "
            "the half that is kept.",
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
    """Four groups would undo a stride of 2, and a quarter of the outputs is not the inputs."""
    groups = int(rng.choice([2, 3, 5, 6, 7, 8]))
    in_channels = 4 * groups * int(rng.integers(2, 8))
    new_channels = 4 * groups * int(rng.integers(2, 9))
    if new_channels == 3 * in_channels:
        new_channels += 4 * groups
    return {
        "in_channels": in_channels,
        "out_channels": in_channels + new_channels,
        "groups": groups,
        "size": 2 * int(rng.integers(4, 29)),
    }


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
            {" - in_channels": ""},
            "Your number is as large as if the last 1×1 computed all the output channels. The pooled input "
            "supplies some of them; the layers only find the rest.",
        ),
        wrong(
            "groups ignored",
            {"narrow // groups": "narrow", "found // groups": "found"},
            "Your number is as large as without the groups. Each divides the MACs of its 1×1 convolution.",
        ),
        wrong(
            "first one dense",
            {"narrow // groups": "narrow"},
            "Your number is as large as without groups in the first 1×1. Only the very first unit of the "
            "network has it dense.",
        ),
        wrong(
            "last one dense",
            {"found // groups": "found"},
            "Your number is as large as without groups in the last 1×1: they divide its MACs too.",
        ),
        wrong(
            "full filters",
            {"9 * narrow": "9 * narrow**2"},
            "Your number is as large as with an ordinary 3×3. Depthwise, each channel has nine weights.",
        ),
        wrong(
            "stride in the first",
            {"size**2": "side**2"},
            "Your number is as large as if the first 1×1 worked on the smaller size. The stride is in the "
            "3×3, behind it.",
        ),
        wrong(
            "no stride",
            {"size // 2": "size"},
            "Your number is as large as if all layers worked on the full size. From the 3×3 on there are a "
            "quarter of the pixels.",
        ),
        wrong(
            "pooling counted",
            {"return first": "return 9 * in_channels * side**2 + first"},
            "You counted the pooling. It has no weights, and the question leaves it out.",
        ),
        wrong(
            "depthwise forgotten",
            {" + filters": ""},
            "Your number is as large as without the depthwise layer. It is cheap, not free: nine weights "
            "for each channel.",
        ),
        wrong(
            "stride behind the filters",
            {"9 * narrow * side**2": "9 * narrow * size**2"},
            "Your number is as large as if the depthwise layer worked on the full size. It has the stride: "
            "it computes only the outputs that remain.",
        ),
        wrong(
            "last one on the full size",
            {"found // groups * side": "found // groups * size"},
            "Your number is as large as if the last 1×1 worked on the full size. It stands behind the "
            "stride, where a quarter of the pixels is left.",
        ),
        wrong(
            "groups twice",
            {"narrow // groups": "narrow // groups**2", "found // groups": "found // groups**2"},
            "You divided by the groups twice. Each filter reads fewer channels, but there are as many "
            "filters as without groups.",
        ),
        wrong(
            "projection",
            {"return first": "return in_channels * out_channels * side**2 + first"},
            "Your number is as large as with a 1×1 projection for the shortcut. Here it is pooled and put "
            "in front: it costs nothing.",
        ),
        wrong(
            "filters in groups",
            {"9 * narrow": "9 * narrow**2 // groups"},
            "Your number is as large as if the 3×3 had the groups of the 1×1 layers. It is depthwise: each "
            "channel has nine weights.",
        ),
        wrong(
            "a quarter of the new",
            {"out_channels // 4": "(out_channels - in_channels) // 4"},
            "Your number is as large as if the unit narrowed to a quarter of the channels that the layers "
            "find. It is a quarter of all outputs, the pooled ones among them.",
        ),
        wrong(
            "a quarter of the inputs",
            {"out_channels // 4": "in_channels // 4"},
            "Your number is as large as if the unit narrowed to a quarter of the inputs. It is a quarter of "
            "the outputs.",
        ),
        wrong(
            "parameters",
            {"size // 2": "1", "size**2": "1"},
            "You counted the weights. Each is used once for every pixel of its layer's output.",
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


SPLIT_STAGE = DrawnExercise(
    count_stage,
    points=3,
    cases=split_stage_cases,
    question=(
        "A stage of ShuffleNet V2 has {units} units and takes {in_channels} channels of {size}×{size} pixels "
        "to {out_channels} channels of half the size. In its first unit both branches read everything and "
        "give half of the outputs each: a 3×3 depthwise convolution of stride 2 and a 1×1; and a 1×1, a 3×3 "
        "depthwise of stride 2 and a 1×1, of which already the first gives that half. The other units keep "
        "one half of their channels and put the other through a 1×1, a 3×3 depthwise and a 1×1, all of one "
        "width. How many multiply–accumulates (MACs) does one image need? Normalization does not count."
    ),
    mistakes=[
        wrong(
            "not split",
            {"half * half + 9 * half + half * half": "2 * out_channels**2 + 9 * out_channels"},
            "Your later units work on all channels. They split them: their layers are half as wide.",
        ),
        wrong(
            "one branch",
            {"left * side**2 + right": "right"},
            "The left branch of the first unit is missing: a depthwise layer and a 1×1.",
        ),
        wrong(
            "a unit too many",
            {"(units - 1)": "units"},
            "You counted the first unit beside as many others as there are units in all.",
        ),
        wrong(
            "all units alike",
            {"left * side**2 + right + (units - 1)": "units"},
            "You counted the first unit like the others. It keeps nothing, reads another number of channels, "
            "and half of it works on the larger size.",
        ),
        wrong(
            "one pointwise",
            {"later = (half * half + ": "later = ("},
            "You gave the later units one 1×1. There is one before the depthwise layer and one behind it.",
        ),
        wrong(
            "stride in the first",
            {"size**2": "side**2"},
            "You let the first 1×1 of the right branch work on the smaller size. The stride comes behind it.",
        ),
        wrong(
            "no stride",
            {"size // 2": "size"},
            "You let the whole stage work on the size that comes in.",
        ),
        wrong(
            "two a mac",
            lambda **stage: 2 * count_stage(**stage),
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
        wrong(
            "half at the end",
            {
                "right = in_channels * half": "right = in_channels**2",
                "(9 * half + half * half)": "(9 * in_channels + in_channels * half)",
            },
            "Your right branch keeps the number of its channels up to its last 1×1. Already the first one "
            "gives half of the outputs.",
        ),
        wrong(
            "first unit split",
            {"half, side = ": "in_channels, half, side = in_channels // 2, "},
            "Your first unit splits its input. It keeps nothing: both branches read all channels.",
        ),
        wrong(
            "full filters",
            {
                "9 * in_channels": "9 * in_channels**2",
                "(9 * half": "(9 * half**2",
                "+ 9 * half": "+ 9 * half**2",
            },
            "You counted the 3×3 layers as ordinary convolutions. Depthwise, each channel has nine weights.",
        ),
        wrong(
            "depthwise forgotten",
            {"9 * in_channels + ": "", "(9 * half + ": "(", " + 9 * half": ""},
            "The depthwise layers are missing. They are cheap, not free: nine weights for each channel.",
        ),
        wrong(
            "later ones large",
            {"* later": "* 4 * later"},
            "You let the later units work on the size that comes in. The first unit has halved it.",
        ),
        wrong(
            "parameters",
            {"size // 2": "1", "size**2": "1"},
            "You counted the weights. Each is used once for every pixel of its layer's output.",
        ),
    ],
)


EXERCISES = [GROUPED, SHUFFLE, BACK, HEARD, EXCESS, SPLIT, SHUFFLE_UNIT, SPLIT_STAGE]

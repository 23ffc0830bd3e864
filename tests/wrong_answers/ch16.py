"""Wrong answers to the exercises of chapter 16, as fresh solvers gave them."""

import math

import numpy as np

from wrong_answers import wrong


def shuffled(x, groups):
    """The channels of [C, pixels], dealt out: one from each group, then the next from each."""
    return x.reshape(groups, -1, x.shape[1]).swapaxes(0, 1).reshape(x.shape)


def relu(x):
    return np.maximum(x, 0)


@wrong("grouped_pointwise", "every g-th channel")
def _(x, weight, groups):
    """Group i reads every groups-th channel from i on, not a run of neighbours."""
    parts = np.split(weight, groups)
    return np.concatenate([parts[i] @ x[i::groups] for i in range(groups)])


@wrong("grouped_pointwise", "filters dealt")
def _(x, weight, groups):
    """The rows of the weights are dealt out to the groups one by one, not in runs."""
    inputs = np.split(x, groups)
    return np.stack([weight[o] @ inputs[o % groups] for o in range(len(weight))])


@wrong("grouped_pointwise", "first group only")
def _(x, weight, groups):
    """All rows read the first group's channels."""
    return weight @ x[: len(x) // groups]


@wrong("grouped_pointwise", "all inputs")
def _(x, weight, groups):
    """Every output reads all groups: the weights are repeated along the inputs."""
    return np.tile(weight, (1, groups)) @ x


@wrong("grouped_pointwise", "first filters only")
def _(x, weight, groups):
    """All groups use the first group's weights."""
    first = weight[: len(weight) // groups]
    return np.concatenate([first @ part for part in np.split(x, groups)])


@wrong("grouped_pointwise", "shuffled")
def _(x, weight, groups):
    """The outputs come back shuffled: one from each group, then the next from each."""
    outs = [w @ part for w, part in zip(np.split(weight, groups), np.split(x, groups), strict=True)]
    return np.stack(outs, axis=1).reshape(len(weight), -1)


@wrong("grouped_pointwise", "added")
def _(x, weight, groups):
    """The groups' outputs are added up and not put side by side."""
    outs = [w @ part for w, part in zip(np.split(weight, groups), np.split(x, groups), strict=True)]
    return sum(outs)


@wrong("grouped_pointwise", "runs of g filters")
def _(x, weight, groups):
    """The groups are cut by the number of groups: each has `groups` rows."""
    inputs = np.split(x, groups)
    return np.stack([weight[o] @ inputs[o // groups % groups] for o in range(len(weight))])


@wrong("grouped_pointwise", "means")
def _(x, weight, groups):
    """The sums are divided by the inputs of a group: means, where sums were asked for."""
    outs = [w @ part for w, part in zip(np.split(weight, groups), np.split(x, groups), strict=True)]
    return np.concatenate(outs) * groups / len(x)


@wrong("grouped_pointwise")
def _(x, weight, groups):
    """The last group is forgotten and stays zero."""
    o, c = len(weight) // groups, len(x) // groups
    out = np.zeros((len(weight), x.shape[1]))
    for g in range(groups - 1):
        out[g * o : (g + 1) * o] = weight[g * o : (g + 1) * o] @ x[g * c : (g + 1) * c]
    return out


@wrong("shuffle_channels", "undone")
def _(x, groups):
    """The shuffle is undone: the table has C / groups rows instead of `groups`."""
    n, c, h, w = x.shape
    return x.reshape(n, c // groups, groups, h, w).swapaxes(1, 2).reshape(x.shape)


@wrong("shuffle_channels", "not transposed")
def _(x, groups):
    """Reshaped into groups and back without transposing: nothing moves."""
    n, c, h, w = x.shape
    return x.reshape(n, groups, c // groups, h, w).reshape(n, c, h, w)


@wrong("shuffle_channels", "groups rotated")
def _(x, groups):
    """The channels are turned around by one group, not dealt out."""
    return np.roll(x, x.shape[1] // groups, axis=1)


@wrong("shuffle_channels", "groups reversed")
def _(x, groups):
    """The groups change places as wholes, the last one first."""
    n, c, h, w = x.shape
    return x.reshape(n, groups, c // groups, h, w)[:, ::-1].reshape(n, c, h, w)


@wrong("shuffle_channels", "pixels transposed")
def _(x, groups):
    """Height and width are transposed along with the table."""
    n, c, h, w = x.shape
    return x.reshape(n, groups, c // groups, h, w).transpose(0, 2, 1, 4, 3).reshape(n, c, h, w)


@wrong("shuffle_channels", "back and forth")
def _(x, groups):
    """The channels are dealt back and forth: every second round goes from the last group to the first."""
    c = x.shape[1]
    table = np.arange(c).reshape(groups, -1).T.copy()
    table[1::2] = table[1::2, ::-1]
    return x[:, table.ravel()]


@wrong("shuffle_channels", "twice")
def _(x, groups):
    """The channels are shuffled twice."""
    order = np.arange(x.shape[1]).reshape(groups, -1).T.ravel()
    return x[:, order][:, order]


@wrong("shuffle_channels")
def _(x, groups):
    """The channels are put into a random order."""
    return x[:, np.random.default_rng(groups).permutation(x.shape[1])]


@wrong("shuffle_channels", "images mixed")
def _(x, groups):
    """The channels of all images are dealt out as one deck."""
    n, c, h, w = x.shape
    return x.reshape(groups, n * c // groups, h, w).swapaxes(0, 1).reshape(n, c, h, w)


@wrong("shuffle_channels", "last group first")
def _(x, groups):
    """Each round of the deal begins with the last group."""
    c = x.shape[1]
    order = [g * (c // groups) + i for i in range(c // groups) for g in reversed(range(groups))]
    return x[:, order]


@wrong("shuffle_channels")
def _(x, groups):
    """The channels are always dealt from two halves, whatever the number of groups."""
    n, c, h, w = x.shape
    return x.reshape(n, 2, c // 2, h, w).swapaxes(1, 2).reshape(n, c, h, w)


def times_until(channels, groups, back):
    """Shuffle until `back(deck)`, but no more than two thousand times."""
    deck = np.arange(channels)
    for count in range(1, 2001):
        deck = deck.reshape(groups, -1).T.ravel()
        if back(deck):
            return count
    return 2000


@wrong("shuffles_until_back", "as many as groups")
def _(channels, groups):
    """As many shuffles as there are groups."""
    return groups


@wrong("shuffles_until_back", "as many as in a group")
def _(channels, groups):
    """As many shuffles as there are channels in a group."""
    return channels // groups


@wrong("shuffles_until_back", "its own inverse")
def _(channels, groups):
    """The second shuffle undoes the first."""
    return 2


@wrong("shuffles_until_back", "one too few")
def _(channels, groups):
    """The last shuffle, the one that restores the order, is not counted."""
    return times_until(channels, groups, lambda deck: np.array_equal(deck, np.arange(channels))) - 1


@wrong("shuffles_until_back", "first channel")
def _(channels, groups):
    """Only the first channel is watched, which never moves."""
    return times_until(channels, groups, lambda deck: deck[0] == 0)


@wrong("shuffles_until_back", "one less than channels")
def _(channels, groups):
    """All channels but the last take turns on every place: C − 1 shuffles."""
    return max(channels - 1, 1)


@wrong("shuffles_until_back")
def _(channels, groups):
    """A logarithm: each shuffle spreads a channel over `groups` times as many."""
    return math.ceil(math.log(channels, groups)) if groups > 1 else 1


@wrong("shuffles_until_back", "common multiple")
def _(channels, groups):
    """The least common multiple of the groups and the channels in one."""
    return math.lcm(groups, channels // groups)


@wrong("shuffles_until_back")
def _(channels, groups):
    """Channel i goes to place i·groups modulo C, where it is modulo C − 1."""
    power, count = groups % channels, 1
    while power != 1 and count < 100:
        power, count = power * groups % channels, count + 1
    return count


@wrong("shuffles_until_back")
def _(channels, groups):
    """The cycles of the shuffle are counted, not how long they are."""
    order = np.arange(channels).reshape(groups, -1).T.ravel()
    left, cycles = set(range(channels)), 0
    while left:
        at, cycles = left.pop(), cycles + 1
        while order[at] in left:
            at = order[at]
            left.remove(at)
    return cycles


@wrong("groups_heard", "a shuffle too many")
def _(groups, per_group, layers):
    """One shuffle too many: there are as many as layers."""
    return min(groups, per_group**layers)


@wrong("groups_heard", "one shuffle is enough")
def _(groups, per_group, layers):
    """One shuffle is thought to reach everybody, whatever the groups hold."""
    return 1 if layers == 1 else groups


@wrong("groups_heard", "no end")
def _(groups, per_group, layers):
    """Nothing stops the growth at the number of groups."""
    return per_group ** (layers - 1)


@wrong("groups_heard", "a group's channels added")
def _(groups, per_group, layers):
    """The groups heard grow by a sum, not by a product, from layer to layer."""
    return min(groups, 1 + per_group * (layers - 1))


@wrong("groups_heard", "base and exponent")
def _(groups, per_group, layers):
    """Base and exponent are exchanged."""
    return min(groups, (layers - 1) ** per_group)


@wrong("groups_heard", "channels")
def _(groups, per_group, layers):
    """The channels that are heard are counted, not the groups."""
    return min(groups * per_group, per_group**layers)


@wrong("groups_heard", "times layers")
def _(groups, per_group, layers):
    """Each layer hears as many new groups as it has channels: n · L."""
    return min(groups, per_group * layers)


@wrong("groups_heard", "a shuffle too few")
def _(groups, per_group, layers):
    """One shuffle too few: the first one is not counted."""
    return min(groups, per_group ** max(layers - 2, 0))


@wrong("groups_heard", "one more each time")
def _(groups, per_group, layers):
    """A group hears one more group with every shuffle."""
    return min(groups, layers)


@wrong("groups_heard", "the first shuffle only")
def _(groups, per_group, layers):
    """After one shuffle the number no longer grows."""
    return 1 if layers == 1 else min(groups, per_group)


@wrong("memory_excess", "macs not grouped")
def _(c1, c2, h, w, groups):
    """The groups are forgotten in the MACs."""
    b = h * w * c1 * c2
    touched = h * w * (c1 + c2) + c1 * c2 / groups
    return touched / (2 * np.sqrt(h * w * b) + b / (h * w))


@wrong("memory_excess", "weights not grouped")
def _(c1, c2, h, w, groups):
    """The groups are forgotten in the weights that are read."""
    b = h * w * c1 * c2 / groups
    touched = h * w * (c1 + c2) + c1 * c2
    return touched / (2 * np.sqrt(h * w * b) + b / (h * w))


@wrong("memory_excess", "groups ignored")
def _(c1, c2, h, w, groups):
    """The groups are ignored in both."""
    b = h * w * c1 * c2
    return (h * w * (c1 + c2) + c1 * c2) / (2 * (h * w * b) ** 0.5 + b / (h * w))


@wrong("memory_excess", "weights forgotten")
def _(c1, c2, h, w, groups):
    """The weights are not counted as memory."""
    b = h * w * c1 * c2 / groups
    return h * w * (c1 + c2) / (2 * (h * w * b) ** 0.5 + b / (h * w))


@wrong("memory_excess", "input only")
def _(c1, c2, h, w, groups):
    """The outputs are not written."""
    b = h * w * c1 * c2 / groups
    return (h * w * c1 + c1 * c2 / groups) / (2 * (h * w * b) ** 0.5 + b / (h * w))


@wrong("memory_excess", "square maps")
def _(c1, c2, h, w, groups):
    """The map is taken for a square of side h."""
    pixels = h * h
    b = pixels * c1 * c2 / groups
    return (pixels * (c1 + c2) + c1 * c2 / groups) / (2 * (pixels * b) ** 0.5 + b / pixels)


@wrong("memory_excess", "upside down")
def _(c1, c2, h, w, groups):
    """The quotient is upside down: the bound divided by the memory."""
    pixels = h * w
    b = pixels * c1 * c2 / groups
    return (2 * (pixels * b) ** 0.5 + b / pixels) / (pixels * (c1 + c2) + c1 * c2 / groups)


@wrong("memory_excess", "maps grouped")
def _(c1, c2, h, w, groups):
    """The map is split among the groups as well, so its memory shrinks with them."""
    pixels = h * w
    b = pixels * c1 * c2 / groups
    return (pixels * (c1 + c2) + c1 * c2) / groups / (2 * (pixels * b) ** 0.5 + b / pixels)


@wrong("memory_excess", "one taken off")
def _(c1, c2, h, w, groups):
    """One is taken off: how far above, in parts of the bound."""
    pixels = h * w
    b = pixels * c1 * c2 / groups
    return (pixels * (c1 + c2) + c1 * c2 / groups) / (2 * (pixels * b) ** 0.5 + b / pixels) - 1


@wrong("memory_excess", "bytes")
def _(c1, c2, h, w, groups):
    """Bytes are compared with numbers: four bytes for each number touched."""
    pixels = h * w
    b = pixels * c1 * c2 / groups
    return 4 * (pixels * (c1 + c2) + c1 * c2 / groups) / (2 * (pixels * b) ** 0.5 + b / pixels)


@wrong("split_unit", "not shuffled")
def _(x, weight):
    """The shuffle is forgotten."""
    half = len(x) // 2
    return np.concatenate([x[:half], relu(weight @ x[half:])])


@wrong("split_unit", "no relu")
def _(x, weight):
    """The ReLU is forgotten."""
    half = len(x) // 2
    return shuffled(np.concatenate([x[:half], weight @ x[half:]]), 2)


@wrong("split_unit", "second half kept")
def _(x, weight):
    """The first half goes through the layer, and the second is kept."""
    half = len(x) // 2
    return shuffled(np.concatenate([x[half:], relu(weight @ x[:half])]), 2)


@wrong("split_unit", "changed first")
def _(x, weight):
    """The kept channels are put last, not first."""
    half = len(x) // 2
    return shuffled(np.concatenate([relu(weight @ x[half:]), x[:half]]), 2)


@wrong("split_unit", "shuffle undone")
def _(x, weight):
    """The shuffle is the wrong way round: it undoes a deal of two groups."""
    half = len(x) // 2
    return shuffled(np.concatenate([x[:half], relu(weight @ x[half:])]), max(half, 1))


@wrong("split_unit", "relu on all")
def _(x, weight):
    """The ReLU is applied to all channels, to the kept ones too."""
    half = len(x) // 2
    return shuffled(relu(np.concatenate([x[:half], weight @ x[half:]])), 2)


@wrong("split_unit", "weights transposed")
def _(x, weight):
    """The weights are transposed."""
    half = len(x) // 2
    return shuffled(np.concatenate([x[:half], relu(weight.T @ x[half:])]), 2)


@wrong("split_unit", "shuffled before")
def _(x, weight):
    """The channels are shuffled before they are split, not at the end."""
    half = len(x) // 2
    x = shuffled(x, 2)
    return np.concatenate([x[:half], relu(weight @ x[half:])])


@wrong("split_unit", "residual")
def _(x, weight):
    """The second half is added to its own result, as in a residual unit."""
    half = len(x) // 2
    return shuffled(np.concatenate([x[:half], x[half:] + relu(weight @ x[half:])]), 2)


@wrong("split_unit", "every second channel")
def _(x, weight):
    """Every second channel is kept, not the first half."""
    return shuffled(np.concatenate([x[::2], relu(weight @ x[1::2])]), 2)


@wrong("count_unit", "pooled channels computed")
def _(in_channels, out_channels, groups, size):
    """The last layer makes all the outputs, as if the input's channels were not put before them."""
    narrow, small = out_channels // 4, size // 2
    first = size**2 * in_channels * narrow // groups
    return first + small**2 * (9 * narrow + narrow * out_channels // groups)


@wrong("count_unit", "groups ignored")
def _(in_channels, out_channels, groups, size):
    """The groups are ignored."""
    narrow, small = out_channels // 4, size // 2
    found = out_channels - in_channels
    return size**2 * in_channels * narrow + small**2 * (9 * narrow + narrow * found)


@wrong("count_unit", "last one dense")
def _(in_channels, out_channels, groups, size):
    """Only the first 1×1 has groups."""
    narrow, small = out_channels // 4, size // 2
    found = out_channels - in_channels
    return size**2 * in_channels * narrow // groups + small**2 * (9 * narrow + narrow * found)


@wrong("count_unit", "stride in the first")
def _(in_channels, out_channels, groups, size):
    """The first 1×1 is counted on the small map."""
    narrow, small = out_channels // 4, size // 2
    found = out_channels - in_channels
    return small**2 * (in_channels * narrow // groups + 9 * narrow + narrow * found // groups)


@wrong("count_unit", "no stride")
def _(in_channels, out_channels, groups, size):
    """The stride is ignored."""
    narrow, found = out_channels // 4, out_channels - in_channels
    return size**2 * (in_channels * narrow // groups + 9 * narrow + narrow * found // groups)


@wrong("count_unit", "filters in groups")
def _(in_channels, out_channels, groups, size):
    """The 3×3 layer has the unit's groups and is not depthwise."""
    narrow, small = out_channels // 4, size // 2
    found = out_channels - in_channels
    first = size**2 * in_channels * narrow // groups
    return first + small**2 * (9 * narrow * narrow + narrow * found) // groups


@wrong("count_unit", "a quarter of the new")
def _(in_channels, out_channels, groups, size):
    """It narrows to a quarter of the channels that are new."""
    found, small = out_channels - in_channels, size // 2
    narrow = found // 4
    first = size**2 * in_channels * narrow // groups
    return first + small**2 * (9 * narrow + narrow * found // groups)


@wrong("count_unit", "a quarter of the inputs")
def _(in_channels, out_channels, groups, size):
    """It narrows to a quarter of the inputs."""
    found, small = out_channels - in_channels, size // 2
    narrow = in_channels // 4
    first = size**2 * in_channels * narrow // groups
    return first + small**2 * (9 * narrow + narrow * found // groups)


@wrong("count_unit", "parameters")
def _(in_channels, out_channels, groups, size):
    """Parameters are counted, not MACs."""
    narrow, found = out_channels // 4, out_channels - in_channels
    return in_channels * narrow // groups + 9 * narrow + narrow * found // groups


@wrong("count_unit", "first one dense")
def _(in_channels, out_channels, groups, size):
    """The first 1×1 has no groups, as at the network's first unit."""
    narrow, small = out_channels // 4, size // 2
    found = out_channels - in_channels
    return size**2 * in_channels * narrow + small**2 * (9 * narrow + narrow * found // groups)


@wrong("count_stage", "a unit too many")
def _(in_channels, out_channels, units, size):
    """The first unit is counted as one of the others, too."""
    b, small = out_channels // 2, (size // 2) ** 2
    first = small * (9 * in_channels + in_channels * b + 9 * b + b * b) + size**2 * in_channels * b
    return first + units * small * (2 * b * b + 9 * b)


@wrong("count_stage", "first unit split")
def _(in_channels, out_channels, units, size):
    """The first unit's branches read one half of the inputs each."""
    b, small, c = out_channels // 2, (size // 2) ** 2, in_channels // 2
    first = small * (9 * c + c * b + 9 * b + b * b) + size**2 * c * b
    return first + (units - 1) * small * (2 * b * b + 9 * b)


@wrong("count_stage", "stride in the first")
def _(in_channels, out_channels, units, size):
    """The 1×1 before the stride is counted on the small map."""
    b, small = out_channels // 2, (size // 2) ** 2
    first = small * (9 * in_channels + 2 * in_channels * b + 9 * b + b * b)
    return first + (units - 1) * small * (2 * b * b + 9 * b)


@wrong("count_stage", "not split")
def _(in_channels, out_channels, units, size):
    """The other units put all of their channels through the layers."""
    b, small = out_channels // 2, (size // 2) ** 2
    first = small * (9 * in_channels + in_channels * b + 9 * b + b * b) + size**2 * in_channels * b
    return first + (units - 1) * small * (2 * out_channels**2 + 9 * out_channels)


@wrong("count_stage", "one pointwise")
def _(in_channels, out_channels, units, size):
    """The other units have a single 1×1."""
    b, small = out_channels // 2, (size // 2) ** 2
    first = small * (9 * in_channels + in_channels * b + 9 * b + b * b) + size**2 * in_channels * b
    return first + (units - 1) * small * (b * b + 9 * b)


@wrong("count_stage", "one branch")
def _(in_channels, out_channels, units, size):
    """The first unit's shorter branch is forgotten."""
    b, small = out_channels // 2, (size // 2) ** 2
    first = small * (9 * b + b * b) + size**2 * in_channels * b
    return first + (units - 1) * small * (2 * b * b + 9 * b)


@wrong("count_stage", "full filters")
def _(in_channels, out_channels, units, size):
    """The 3×3 layers are counted as full convolutions."""
    b, small = out_channels // 2, (size // 2) ** 2
    first = small * (9 * in_channels**2 + in_channels * b + 10 * b * b) + size**2 * in_channels * b
    return first + (units - 1) * small * 11 * b * b


@wrong("count_stage", "depthwise forgotten")
def _(in_channels, out_channels, units, size):
    """The depthwise layers are forgotten."""
    b, small = out_channels // 2, (size // 2) ** 2
    first = small * (in_channels * b + b * b) + size**2 * in_channels * b
    return first + (units - 1) * small * 2 * b * b


@wrong("count_stage", "later ones large")
def _(in_channels, out_channels, units, size):
    """The other units are counted on the map before the stride."""
    b, small = out_channels // 2, (size // 2) ** 2
    first = small * (9 * in_channels + in_channels * b + 9 * b + b * b) + size**2 * in_channels * b
    return first + (units - 1) * size**2 * (2 * b * b + 9 * b)


@wrong("count_stage", "parameters")
def _(in_channels, out_channels, units, size):
    """Parameters are counted, not MACs."""
    b = out_channels // 2
    first = 9 * in_channels + 2 * in_channels * b + 9 * b + b * b
    return first + (units - 1) * (2 * b * b + 9 * b)


@wrong("memory_excess", "root without groups")
def _(c1, c2, h, w, groups):
    """The bound is that of equal widths, with as many groups."""
    weights = c1 * c2 / groups
    return (h * w * (c1 + c2) + weights) / (2 * h * w * (c1 * c2) ** 0.5 + weights)


@wrong("shuffles_until_back", "none where nothing moves")
def _(channels, groups):
    """With one group, or groups of one channel, nothing moves, so no shuffle is said to be needed."""
    place, count = groups % (channels - 1), 1
    while place != 1:
        place, count = place * groups % (channels - 1), count + 1
    return 0 if groups in (1, channels) else count


def three_layers(in_channels, out_channels, groups, size):
    """The MACs of a unit's three layers."""
    narrow, side = out_channels // 4, size // 2
    first = in_channels * narrow // groups * size**2
    return first, 9 * narrow * side**2, narrow * (out_channels - in_channels) // groups * side**2


@wrong("count_unit", "pooling counted")
def _(in_channels, out_channels, groups, size):
    """The average of 3×3 pixels is nine MACs for each channel that comes in."""
    return sum(three_layers(in_channels, out_channels, groups, size)) + 9 * in_channels * (size // 2) ** 2


@wrong("count_unit", "depthwise forgotten")
def _(in_channels, out_channels, groups, size):
    """The two 1×1 layers alone."""
    first, _, last = three_layers(in_channels, out_channels, groups, size)
    return first + last


@wrong("count_unit", "stride behind the filters")
def _(in_channels, out_channels, groups, size):
    """The depthwise layer works on every pixel, and the stride comes after it."""
    first, filters, last = three_layers(in_channels, out_channels, groups, size)
    return first + 4 * filters + last


@wrong("groups_heard", "times shuffles, or 1")
def _(groups, per_group, layers):
    """The channels of a group are multiplied by the number of shuffles; without any there is one group."""
    shuffles = layers - 1
    return 1 if shuffles == 0 else min(groups, per_group * shuffles)


@wrong("groups_heard", "times shuffles")
def _(groups, per_group, layers):
    """The channels of a group are multiplied by the number of shuffles."""
    return sum(per_group for _ in range(1, layers)) if per_group * (layers - 1) < groups else groups


@wrong("shuffles_until_back")
def _(channels, groups):
    """The search ends at fifty."""
    deck = start = list(range(channels))
    for count in range(1, 51):
        deck = [
            deck[i] for first in range(channels // groups) for i in range(first, channels, channels // groups)
        ]
        if deck == start:
            return count
    return 50


@wrong("count_unit", "last one on the full size")
def _(in_channels, out_channels, groups, size):
    """The filters have the stride, but the last 1×1 is counted on the size that came in."""
    narrow, after = out_channels // 4, size // 2
    last = narrow * (out_channels - in_channels) // groups * size * size
    return in_channels * narrow // groups * size * size + 9 * narrow * after * after + last


@wrong("count_unit", "groups twice")
def _(in_channels, out_channels, groups, size):
    """Inputs and outputs are both divided by the groups, and only one of them is computed."""
    narrow, after = out_channels // 4, size // 2
    first = in_channels // groups * (narrow // groups) * size**2
    last = narrow // groups * ((out_channels - in_channels) // groups) * after**2
    return first + 9 * narrow * after**2 + last


@wrong("count_stage", "half at the end")
def _(in_channels, out_channels, units, size):
    """The right branch of the first unit keeps its channels until its last 1×1."""
    half, after = out_channels // 2, (size // 2) ** 2
    left = in_channels * (9 + half) * after
    right = in_channels * in_channels * size**2 + in_channels * (9 + half) * after
    return left + right + (units - 1) * half * (2 * half + 9) * after

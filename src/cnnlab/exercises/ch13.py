"""Chapter 13, SqueezeNet and SqueezeNext: seven exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def whole(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −5 to 5, as floats: a failing case that can be checked by hand."""
    return rng.integers(-5, 6, shape).astype(float)


# 1. The module --------------------------------------------------------------------------------------


def fire(x, squeeze, expand1, expand3):
    rows, columns = x.shape[1:]
    narrow = np.maximum(np.einsum("sc,chw->shw", squeeze, x), 0)
    padded = np.pad(narrow, ((0, 0), (1, 1), (1, 1)))
    outputs = np.einsum("es,shw->ehw", expand1, narrow)
    beside = np.zeros((len(expand3), rows, columns))
    for i in range(3):
        for j in range(3):
            shifted = padded[:, i : i + rows, j : j + columns]
            beside += np.einsum("es,shw->ehw", expand3[:, :, i, j], shifted)
    return np.maximum(np.concatenate([outputs, beside]), 0)


def fire_cases(rng: np.random.Generator) -> Case:
    """Often as many channels come out as go in, so that a shortcut would fit."""
    channels, rows, columns = rng.permutation([2, 3, 4])
    squeezed, small, large = rng.integers(1, 4, 3)
    return {
        "x": whole(rng, channels, rows, columns),
        "squeeze": whole(rng, squeezed, channels),
        "expand1": whole(rng, small, squeezed),
        "expand3": whole(rng, large, squeezed, 3, 3),
    }


FIRE = Exercise(
    fire,
    points=3,
    cases=fire_cases,
    mistakes=[
        wrong(
            "no relu inside",
            {"maximum(np.einsum": "add(np.einsum"},
            "The ReLU between squeeze and expand is missing. Without it two layers are one linear layer.",
        ),
        wrong(
            "no relu at the end",
            {"maximum(np.concatenate": "add(np.concatenate"},
            "The last ReLU is missing: both branches pass one.",
        ),
        wrong(
            "no relu",
            {"maximum(np.einsum": "add(np.einsum", "maximum(np.concatenate": "add(np.concatenate"},
            "Both ReLUs are missing: one behind the squeeze, and one behind the two branches.",
        ),
        wrong(
            "relu on one branch",
            {"maximum(np.concatenate": "add(np.concatenate", "beside])": "np.maximum(beside, 0)])"},
            "Only your 3×3 branch passes the last ReLU. The 1×1 branch needs it as well.",
        ),
        wrong(
            "relu on the other branch",
            {"maximum(np.concatenate": "add(np.concatenate", "[outputs,": "[np.maximum(outputs, 0),"},
            "Only your 1×1 branch passes the last ReLU. The 3×3 branch needs it as well.",
        ),
        wrong(
            "relu before the squeeze",
            {"maximum(np.einsum": "add(np.einsum", "squeeze, x)": "squeeze, np.maximum(x, 0))"},
            "Your first ReLU stands in front of the squeeze. It belongs behind it, on the squeezed map.",
        ),
        wrong(
            "shortcut",
            {"beside]), 0)": "beside]) + (x if len(x) == len(expand1) + len(expand3) else 0), 0)"},
            "You added x where its shape allows it. A Fire module has no shortcut.",
        ),
        wrong(
            "3×3 first",
            {"[outputs, beside]": "[beside, outputs]"},
            "Your channels stand in the other order. The 1×1 branch comes first, the 3×3 behind it.",
        ),
        wrong(
            "kernel flipped",
            {"[:, :, i, j]": "[:, :, 2 - i, 2 - j]"},
            "Your 3×3 kernels are turned by half a circle. A layer correlates: tap (0, 0) reads the pixel "
            "above and to the left.",
        ),
        wrong(
            "kernel transposed",
            {"[:, :, i, j]": "[:, :, j, i]"},
            "You exchanged the rows and the columns of the 3×3 kernels.",
        ),
        wrong(
            "wrapped around",
            {"(1, 1)))": '(1, 1)), mode="wrap")'},
            "Your 3×3 branch read the map as if it went on around the edge. Around it there are zeros.",
        ),
        wrong(
            "border repeated",
            {"(1, 1)))": '(1, 1)), mode="edge")'},
            "You repeated the outermost pixels around the map. Around it there are zeros.",
        ),
        wrong(
            "padded on one side",
            {"(1, 1), (1, 1)": "(0, 2), (0, 2)"},
            "All your padding stands below and to the right. A 3×3 kernel needs one zero on each side.",
        ),
        wrong(
            "3×3 only in the centre",
            {"i, j], shifted)": "i, j], shifted) * (i == j == 1)"},
            "Only the centre of each 3×3 kernel was used. All nine taps count.",
        ),
    ],
)


# 2. Prune -------------------------------------------------------------------------------------------


def prune(weight, share):
    kept = int(np.ceil(share * weight.size))
    order = np.argsort(-np.abs(weight), axis=None)
    pruned = np.zeros(weight.size)
    pruned[order[:kept]] = weight.ravel()[order[:kept]]
    return pruned.reshape(weight.shape)


def prune_cases(rng: np.random.Generator) -> Case:
    rows, columns = int(rng.integers(2, 4)), int(rng.integers(3, 6))
    # All different, so no ties; and with gaps, or a share of the weights were one of the largest as well.
    sizes = rng.choice(np.arange(1.0, 3 * rows * columns), rows * columns, replace=False)
    weight = (sizes * rng.choice([-1, 1], rows * columns)).reshape(rows, columns)
    eighths = np.arange(2, 8)  # exact, so a whole product is whole; without halves, which round two ways
    return {"weight": weight, "share": int(rng.choice(eighths[eighths * weight.size % 8 != 4])) / 8}


OF_THE_LARGEST = (
    "You took `share` for a threshold, a part of the largest weight. It is a part of their *number*."
)
PRUNE = Exercise(
    prune,
    points=2,
    cases=prune_cases,
    draws=24,
    mistakes=[
        wrong(
            "signed",
            {"np.abs(weight)": "weight"},
            "You kept the largest weights with their sign. A weight of −9 does a lot: compare magnitudes.",
        ),
        wrong(
            "smallest kept",
            {"-np.abs": "np.abs"},
            "You kept the smallest magnitudes and dropped the largest.",
        ),
        wrong(
            "share dropped",
            {"kept = ": "kept = weight.size - "},
            "You dropped that share of the weights. `share` is what stays.",
        ),
        wrong(
            "share dropped, rounded down",
            {"kept = int(np.ceil(": "kept = weight.size - int(np.floor("},
            "You dropped that share of the weights, their number rounded down. `share` is what stays, and "
            "that number is rounded up.",
        ),
        wrong(
            "rounded down",
            {"np.ceil(": "np.floor("},
            "You rounded the number of weights down. It is rounded up here, so that one always stays.",
        ),
        wrong(
            "rounded to the nearest",
            {"np.ceil(": "np.round("},
            "You rounded the number of weights to the nearest whole one. It is rounded *up* here.",
        ),
        wrong(
            "one more than rounded down",
            {"np.ceil(share * weight.size)": "share * weight.size + 1"},
            "You keep one weight too many where the share is a whole number of them: that is not rounded.",
        ),
        wrong(
            "rounded behind a half",
            {"np.ceil(share * weight.size)": "round(share * weight.size + 0.5)"},
            "You added a half and rounded. Where the share is a whole number of weights, that may be one too "
            "many: Python rounds a half to the even number.",
        ),
        wrong(
            "the last one dropped",
            {"np.ceil(share * weight.size)": "np.ceil(share * weight.size) - 1"},
            "You keep one weight too few. If you compare with the smallest magnitude that stays, let "
            "equality count: that one stays too.",
        ),
        wrong(
            "quantile",
            lambda weight, share: np.where(
                np.abs(weight) >= np.quantile(np.abs(weight), 1 - share), weight, 0.0
            ),
            "You cut at a quantile of the magnitudes. So many lie above it that the number is not always the "
            "one asked for: count the weights instead.",
        ),
        wrong(
            "above a quantile",
            lambda weight, share: np.where(
                np.abs(weight) > np.quantile(np.abs(weight), 1 - share), weight, 0.0
            ),
            "You kept what lies above a quantile of the magnitudes. How many do is not always the number "
            "asked for: count the weights instead.",
        ),
        wrong(
            "share as a threshold",
            lambda weight, share: np.where(np.abs(weight) >= share * np.abs(weight).max(), weight, 0.0),
            OF_THE_LARGEST,
        ),
        wrong(
            "share of the largest dropped",
            {"np.ceil(share * weight.size)": "np.sum(abs(weight) > (1 - share) * abs(weight).max())"},
            OF_THE_LARGEST,
        ),
        wrong(
            "magnitudes returned",
            {"= weight.ravel()": "= abs(weight).ravel()"},
            "You returned magnitudes: the signs are lost.",
        ),
        wrong(
            "ones returned",
            {"weight.ravel()[order[:kept]]": "1"},
            "You returned the mask of ones and zeros. Multiply the weights by it.",
        ),
        wrong(
            "by rows",
            lambda weight, share: np.stack([prune(row, share) for row in weight]),
            "You pruned every row on its own. The largest of the whole layer stay, wherever they are.",
        ),
    ],
)


# 3. Share weights -----------------------------------------------------------------------------------


def kmeans_step(values, centres):
    nearest = np.argmin(np.abs(values[:, None] - centres), axis=1)
    moved = centres.astype(float)
    for k in range(len(centres)):
        if np.any(nearest == k):
            moved[k] = values[nearest == k].mean()
    return moved


def kmeans_cases(rng: np.random.Generator) -> Case:
    values = rng.integers(-24, 25, int(rng.integers(6, 10))) / 4
    # Between quarters, so that no value is as near to one centre as to another; one is far from all.
    centres = rng.choice(np.arange(-24, 25, 5), int(rng.integers(2, 4)), replace=False) / 4 + 0.07
    return {"values": values, "centres": np.insert(centres, rng.integers(len(centres) + 1), 90.0)}


def settled(values, centres):
    """The centres after so many steps that none moves any more."""
    for _ in range(20):
        centres = kmeans_step(values, centres)
    return centres


KMEANS = Exercise(
    kmeans_step,
    points=2,
    cases=kmeans_cases,
    mistakes=[
        wrong(
            "median",
            {"values[nearest == k].mean()": "np.median(values[nearest == k])"},
            "You took the median of each cluster. The mean makes the squared error smallest.",
        ),
        wrong(
            "sum",
            {".mean()": ".sum()"},
            "You added the values of a cluster up. Divide by how many there are.",
        ),
        wrong(
            "middle",
            {"values[nearest == k]": "np.quantile(values[nearest == k], [0, 1])"},
            "You put the centre midway between the smallest and the largest value of its cluster. Take "
            "the mean.",
        ),
        wrong(
            "half way",
            {"values[nearest == k].mean()": "(centres[k] + values[nearest == k].mean()) / 2"},
            "Your centres go half of the way. Each goes to the mean of its values, all the way.",
        ),
        wrong(
            "centre among its values",
            {"values[nearest == k]": "np.append(values[nearest == k], centres[k])"},
            "You counted the old centre among its values. The mean is that of the values alone.",
        ),
        wrong(
            "empty to zero",
            {"centres.astype(float)": "np.zeros(len(centres))"},
            "A centre to which no value is nearest became 0. It stays where it is.",
        ),
        wrong(
            "distance with its sign",
            {"np.abs(values[:, None] - centres)": "values[:, None] - centres"},
            "Your distances have a sign, so the largest centre seems nearest to all. Take magnitudes.",
        ),
        wrong(
            "until nothing moves",
            settled,
            "You went on until nothing moved. One step is asked for: give out the values once, then move.",
        ),
        wrong(
            "one centre after the other",
            {"if np.any": "nearest = np.argmin(np.abs(values[:, None] - moved), axis=1)\n        if np.any"},
            "You gave the values out again after each centre that moved. Give them out once, among the old "
            "centres.",
        ),
        wrong(
            "sorted",
            {"return moved": "return np.sort(moved)"},
            "You sorted the centres. Each keeps its place, or the codes would mean other centres.",
        ),
        wrong(
            "quantized values",
            {"return moved": "return centres[nearest]"},
            "You returned each value's centre. The question asks for the centres, moved.",
        ),
        wrong(
            "codes",
            {"return moved": "return nearest"},
            "You returned the codes: which centre is nearest. The next step is to move the centres.",
        ),
        wrong(
            "unchanged",
            {"return moved": "return centres"},
            "The centres have not moved. Each goes to the mean of the values nearest to it.",
        ),
    ],
)


# 4. Code --------------------------------------------------------------------------------------------


def huffman_bits(counts):
    nodes = sorted(int(count) for count in counts if count > 0)
    bits = 0
    while len(nodes) > 1:
        merged = nodes[0] + nodes[1]
        bits += merged
        nodes = sorted([*nodes[2:], merged])
    return bits


def huffman_cases(rng: np.random.Generator) -> Case:
    """Counts far apart; or one below the sum of three among four, which halving from the top gets wrong."""
    if rng.integers(2):
        return {"counts": rng.permutation([0, rng.integers(52, 60), *rng.integers(20, 26, 4)])}
    counts = rng.integers(1, 40, int(rng.integers(6, 9)))  # 3 bits each, with the zero and without
    never, once, often = rng.permutation(len(counts))[:3]
    counts[[never, once, often]] = 0, 1, 120 + counts[often]
    return {"counts": counts}


def halved(counts):
    """Bits in the code of Shannon and Fano: split the sorted symbols where both parts weigh most alike."""

    def bits(sizes):
        if len(sizes) < 2:
            return 0
        cut = min(range(1, len(sizes)), key=lambda at: abs(sum(sizes[:at]) - sum(sizes[at:])))
        return sum(sizes) + bits(sizes[:cut]) + bits(sizes[cut:])

    return bits(sorted((int(count) for count in counts if count > 0), reverse=True))


HUFFMAN = Exercise(
    huffman_bits,
    points=3,
    cases=huffman_cases,
    mistakes=[
        wrong(
            "fixed length",
            lambda counts: int(counts.sum() * np.ceil(np.log2(len(counts)))),
            "You gave each symbol equally many bits. A Huffman code gives frequent ones fewer.",
        ),
        wrong(
            "entropy",
            lambda counts: float(-sum(c * np.log2(c / counts.sum()) for c in counts if c)),
            "You computed the entropy, which no code can beat. Codewords have whole numbers of bits: "
            "Huffman's best is a little more.",
        ),
        wrong(
            "entropy of the message rounded up",
            lambda counts: int(np.ceil(-sum(c * np.log2(c / counts.sum()) for c in counts if c))),
            "You rounded the message's entropy up. Each *codeword* has a whole number of bits, so Huffman's "
            "best is a little more.",
        ),
        wrong(
            "entropy rounded up",
            lambda counts: int(sum(c * np.ceil(-np.log2(c / counts.sum())) for c in counts if c)),
            "You rounded the bits of each symbol's entropy up. That is a possible code, but not the "
            "shortest: merge the two rarest, again and again.",
        ),
        wrong(
            "halved from the top",
            halved,
            "You split the symbols from the top, each time into two parts of nearly the same weight. That "
            "code is good, and not always the shortest: begin at the bottom, and merge the two rarest.",
        ),
        wrong(
            "most frequent merged",
            {"nodes[0] + nodes[1]": "nodes[-1] + nodes[-2]", "nodes[2:]": "nodes[:-2]"},
            "You merged the two most frequent each time. Then the frequent symbols get the long codes: merge "
            "the two rarest.",
        ),
        wrong(
            "not sorted again",
            {"sorted([*nodes[2:], merged])": "[merged, *nodes[2:]]"},
            "You went on merging the same node with the next: so one symbol gets one bit, another two, a "
            "third three. What you merged goes back among the others: look for the two rarest anew.",
        ),
        wrong(
            "one bit, two bits, three",
            lambda counts: int(np.sort(counts[counts > 0])[::-1] @ np.arange(1, 1 + np.sum(counts > 0))),
            "You gave the most frequent symbol one bit, the next two, and so on. How often each occurs "
            "decides: merge the two rarest, again and again.",
        ),
        wrong(
            "zeros merged",
            {" if count > 0": ""},
            "You merged symbols that never occur, too. They need no word, and make the others' longer.",
        ),
        wrong(
            "last merge forgotten",
            {"> 1": "> 2"},
            "One merge is missing: go on until a single node is left. Every symbol gets a bit from the "
            "last one.",
        ),
        wrong(
            "counts added",
            {"bits = 0": "bits = sum(nodes)"},
            "You added the counts themselves as well. Only a merge gives its symbols a bit.",
        ),
        wrong(
            "bits of the words",
            {
                "int(count) for": "(int(count), 1) for",
                "nodes[0] + nodes[1]": "tuple(map(sum, zip(*nodes[:2])))",
                "+= merged": "+= merged[1]",
            },
            "You added the lengths of the codewords. Each is written as often as its symbol occurs.",
        ),
        wrong(
            "bits of a symbol",
            {"return bits": "return bits / counts.sum()"},
            "You returned the mean length of a codeword. The whole message is asked for.",
        ),
    ],
)


# 5. Where the weights are ---------------------------------------------------------------------------


def zeros_before(weights):
    places = np.flatnonzero(weights)
    return np.diff(places, prepend=-1) - 1


def zeros_cases(rng: np.random.Generator) -> Case:
    weights = np.zeros(int(rng.integers(12, 20)))
    kept = int(rng.integers(3, 6))
    weights[rng.choice(len(weights), kept, replace=False)] = rng.choice([-3, -1, -0.5, 0.25, 2], kept)
    return {"weights": weights}


ZEROS = Exercise(
    zeros_before,
    points=2,
    cases=zeros_cases,
    mistakes=[
        wrong(
            "places",
            {"np.diff(places, prepend=-1) - 1": "places"},
            "You returned the places themselves. They need more bits the longer the list; count the zeros "
            "since the last weight.",
        ),
        wrong(
            "distances",
            {") - 1": ")"},
            "Yours are one too large: a distance of 1 means no zero in between.",
        ),
        wrong(
            "first one too small",
            {"-1)": "0)"},
            "Your first gap is one too small. The beginning is in front of place 0, as if a weight stood at "
            "−1.",
        ),
        wrong(
            "only the first right",
            {"-1) - 1": "0)"},
            "Your first gap is right, all others are one too large: they count the weight as a zero.",
        ),
        wrong(
            "first set to 0",
            {"prepend=-1": "prepend=places[0] - 1"},
            "Your first gap is always 0. Before the first weight, count the zeros from the beginning.",
        ),
        wrong(
            "first forgotten",
            {", prepend=-1": ""},
            "The zeros before the first weight are missing. Without them nobody knows where to begin.",
        ),
        wrong(
            "last counted",
            {"np.flatnonzero(weights)": "np.append(np.flatnonzero(weights), len(weights))"},
            "You counted the zeros after the last weight, too. No weight follows them: they need no entry.",
        ),
        wrong(
            "positive only",
            {"(weights)\n": "(weights > 0)\n"},
            "You looked for positive weights. A negative one is a weight as well.",
        ),
        wrong(
            "zeros behind",
            {"prepend=-1": "append=len(weights)"},
            "You counted the zeros *behind* each weight. Count those before it.",
        ),
        wrong(
            "zeros in all",
            {"np.diff(places, prepend=-1) - 1": "places - np.arange(len(places))"},
            "You counted all zeros so far. Begin anew at each weight.",
        ),
    ],
)


# 6 and 7. Counting ----------------------------------------------------------------------------------


def count_fire(in_channels, width, ratio, share):
    squeeze = width * ratio // 100
    wide = width * share // 100
    narrow = width - wide
    params = in_channels * squeeze + squeeze
    params += squeeze * narrow + narrow
    params += 9 * squeeze * wide + wide
    return params


def count_fire_cases(rng: np.random.Generator) -> Case:
    return {
        "in_channels": int(rng.integers(30, 300)),
        "width": 10 * int(rng.integers(15, 65)) + int(rng.choice([1, 3, 7, 9])),  # no share of it is whole
        "ratio": int(rng.choice([13, 17, 21, 35])),
        "share": int(rng.choice([19, 37, 63, 81])),
    }


COUNT_FIRE = DrawnExercise(
    count_fire,
    points=3,
    cases=count_fire_cases,
    question=(
        "A Fire module reads {in_channels} channels and hands on {width}. Its squeeze ratio is {ratio} %: so "
        "many squeeze channels for each hundred handed on, cut to a whole number. Of those handed on, "
        "{share} %, cut to a whole number too, come from 3×3 kernels, the others from 1×1. All three "
        "convolutions have biases. How many parameters does it have?"
    ),
    mistakes=[
        wrong(
            "biases forgotten",
            {" + squeeze\n": "\n", " + narrow": "", " + wide": ""},
            "The biases are missing: one for each squeeze channel and one for each channel handed on.",
        ),
        wrong(
            "no bias in the squeeze",
            {" + squeeze\n": "\n"},
            "The squeeze's biases are missing: all three convolutions have them.",
        ),
        wrong(
            "squeeze forgotten",
            {"in_channels * squeeze + squeeze": "0"},
            "The squeeze itself is missing: 1×1 kernels that read all channels that come in.",
        ),
        wrong(
            "rounded",
            {
                "width * ratio // 100": "round(width * ratio / 100)",
                "width * share // 100": "round(width * share / 100)",
            },
            "You rounded the numbers of channels. They are cut to whole ones.",
        ),
        wrong(
            "squeeze rounded",
            {"width * ratio // 100": "round(width * ratio / 100)"},
            "You rounded the number of squeeze channels. It is cut to a whole one, as is that of the 3×3 "
            "kernels.",
        ),
        wrong(
            "share rounded",
            {"width * share // 100": "round(width * share / 100)"},
            "You rounded the number of 3×3 kernels. It is cut to a whole one, as is that of the squeeze "
            "channels.",
        ),
        wrong(
            "both cut",
            {"width - wide": "width * (100 - share) // 100"},
            "Your 1×1 and 3×3 kernels together make one channel too few: you cut both numbers. Cut that of "
            "the 3×3; the 1×1 make all others.",
        ),
        wrong(
            "shares swapped",
            {
                "wide = width * share": "narrow = width * share",
                "narrow = width - wide": "wide = width - narrow",
            },
            "You gave the 3×3 kernels the share of the 1×1.",
        ),
        wrong(
            "half and half",
            {"width * share // 100": "width // 2"},
            "You made half of the kernels 3×3, as in the first SqueezeNet. Here it is another share.",
        ),
        wrong(
            "share of the squeeze",
            {"width * share": "squeeze * share"},
            "You took the 3×3 kernels' share of the squeeze channels. It is the share of those handed on.",
        ),
        wrong(
            "3×3 on top",
            {"width - wide": "width"},
            "Your 1×1 kernels make all channels handed on, and the 3×3 come on top. Both together make them.",
        ),
        wrong(
            "ratio of the input",
            {"width * ratio": "in_channels * ratio"},
            "You took the ratio of the channels that come in. The squeeze ratio is that of squeeze "
            "channels to channels handed on.",
        ),
        wrong(
            "expand reads the input",
            {"squeeze * narrow": "in_channels * narrow", "squeeze * wide": "in_channels * wide"},
            "You let the expanding kernels read the module's input. They read the squeezed channels: "
            "that is the point of squeezing.",
        ),
        wrong(
            "all 3×3",
            {"squeeze * narrow": "9 * squeeze * narrow"},
            "You gave all expanding kernels nine taps. The 1×1 have one.",
        ),
        wrong(
            "one after the other",
            {"9 * squeeze": "9 * narrow"},
            "You let the 3×3 kernels read what the 1×1 made. The two branches stand side by side: both "
            "read the squeezed channels.",
        ),
        wrong(
            "nine forgotten",
            {"9 * ": ""},
            "You counted the 3×3 kernels with one weight a channel. They have nine.",
        ),
        wrong(
            "three for nine",
            {"9 * ": "3 * "},
            "You counted the 3×3 kernels with three weights a channel. They have three times three.",
        ),
    ],
)


def count_file(weights, share, bits, gap_bits):
    kept = -(-weights * share // 100)
    codes = -(-kept * bits // 8)
    gaps = -(-kept * gap_bits // 8)
    book = 4 * 2**bits
    return codes + gaps + book


def count_file_cases(rng: np.random.Generator) -> Case:
    """Never is just half a weight left over, and of one list's last byte less than half: nearest is wrong."""
    weights, share = int(rng.integers(10_000, 90_000)), int(rng.integers(7, 41))
    bits, gap_bits = int(rng.choice([3, 5, 6, 7])), int(rng.choice([5, 6, 9, 10, 11]))
    while weights * share % 100 == 50 or not any(
        0 < -(-weights * share // 100) * each % 8 < 4 for each in (bits, gap_bits)
    ):
        weights += 1
    return {"weights": weights, "share": share, "bits": bits, "gap_bits": gap_bits}


COUNT_FILE = DrawnExercise(
    count_file,
    points=3,
    cases=count_file_cases,
    question=(
        "A layer of {weights:,} weights is pruned: {share} % of them stay, their number rounded up. Each is "
        "written as a code of {bits} bits and, in a list of its own, a gap of {gap_bits} bits; no gap is too "
        "long for that. Either list is filled up to whole bytes. The code book has an entry of float32 for "
        "every possible code. How many bytes is that in all?"
    ),
    mistakes=[
        wrong(
            "not rounded up",  # less than a half is over, so who rounds to the nearest is told the same
            {"-(-weights * share // 100)": "round(weights * share / 100)"},
            "You did not round the number of weights up.",
        ),
        wrong(
            "not filled up",
            {"-(-kept * bits // 8)": "kept * bits // 8", "-(-kept * gap_bits // 8)": "kept * gap_bits // 8"},
            "You cut the lists to whole bytes. What is left over needs a byte too: round up.",
        ),
        wrong(
            "filled up together",
            {"kept * bits": "kept * (bits + gap_bits)", "gaps = -(-kept * gap_bits // 8)": "gaps = 0"},
            "Your file is one byte short. Codes and gaps are two lists, and each of them ends with a whole "
            "byte: round both up.",
        ),
        wrong(
            "each filled up",
            {
                "-(-kept * bits // 8)": "kept * -(-bits // 8)",
                "-(-kept * gap_bits // 8)": "kept * -(-gap_bits // 8)",
            },
            "Your number is as large as if each code and each gap were filled up to whole bytes. Only the "
            "list as a whole is filled up.",
        ),
        wrong(
            "bits for bytes",
            {"-(-kept * bits // 8)": "kept * bits", "-(-kept * gap_bits // 8)": "kept * gap_bits"},
            "You added the bits of codes and gaps as if they were bytes. Eight bits make a byte.",
        ),
        wrong(
            "in bits",
            {
                "-(-kept * bits // 8)": "kept * bits",
                "-(-kept * gap_bits // 8)": "kept * gap_bits",
                "4 *": "32 *",
            },
            "Your number is in bits. The question asks for bytes.",
        ),
        wrong(
            "gaps forgotten",
            {" + gaps": ""},
            "The gaps are missing. Without them nobody knows where the weights belong.",
        ),
        wrong(
            "a gap for every weight",
            {"kept * gap_bits": "weights * gap_bits"},
            "You wrote a gap for every weight, pruned ones too. Only a weight that stays has one.",
        ),
        wrong(
            "book forgotten",
            {" + book": ""},
            "The code book is missing: a code says which entry, and the entries must be in the file too.",
        ),
        wrong(
            "book of bits",
            {"2**bits": "bits"},
            "Your book is too small. Codes of b bits tell 2^b entries apart, and each entry is a float32.",
        ),
        wrong(
            "book entries of a byte",
            {"4 * ": ""},
            "You counted a byte for each entry of the book. A float32 has four.",
        ),
        wrong(
            "book in bits",
            {"4 * ": "32 * "},
            "Your book is in bits, the lists are in bytes. A float32 has 32 bits, but four bytes.",
        ),
        wrong(
            "all weights",
            {"weights * share // 100": "weights"},
            "You wrote all weights. Those that were pruned are not in the file.",
        ),
        wrong(
            "share dropped",
            {"share // 100": "(100 - share) // 100"},
            "You dropped that share. It is what stays.",
        ),
        wrong(
            "float weights",
            {"-(-kept * bits // 8)": "4 * kept"},
            "You wrote the weights as float32, four bytes each. That is what the codes are instead of.",
        ),
    ],
)


EXERCISES = [FIRE, PRUNE, KMEANS, HUFFMAN, ZEROS, COUNT_FIRE, COUNT_FILE]

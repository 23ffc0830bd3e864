"""Chapter 13, SqueezeNet and SqueezeNext: seven exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from math import ceil, floor

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
    channels, rows, columns = rng.permutation([2, 3, 4])
    return {
        "x": whole(rng, channels, rows, columns),
        "squeeze": whole(rng, 2, channels),
        "expand1": whole(rng, 2, 2),
        "expand3": whole(rng, 2, 2, 3, 3),
    }


def without_inner_relu(x, squeeze, expand1, expand3):
    """The two ReLUs undone: by linearity, fire of what is positive less fire of what is negative."""
    identity = np.eye(len(squeeze))
    narrow = np.einsum("sc,chw->shw", squeeze, x)
    return np.maximum(
        before_relu(np.maximum(narrow, 0), identity, expand1, expand3)
        - before_relu(np.maximum(-narrow, 0), identity, expand1, expand3),
        0,
    )


def before_relu(x, squeeze, expand1, expand3):
    """fire without its last ReLU: what it gives, less what it gives for kernels of the other sign."""
    return fire(x, squeeze, expand1, expand3) - fire(x, squeeze, -expand1, -expand3)


FIRE = Exercise(
    fire,
    points=3,
    cases=fire_cases,
    mistakes=[
        wrong(
            "no relu inside",
            without_inner_relu,
            "The ReLU between squeeze and expand is missing. Without it two layers are one linear layer.",
        ),
        wrong("no relu at the end", before_relu, "The last ReLU is missing: both branches pass one."),
        wrong(
            "3×3 first",
            lambda x, squeeze, expand1, expand3: np.roll(
                fire(x, squeeze, expand1, expand3), len(expand3), axis=0
            ),
            "Your channels stand in the other order. The 1×1 branch comes first, the 3×3 behind it.",
        ),
        wrong(
            "added",
            lambda x, squeeze, expand1, expand3: np.add(
                *np.split(fire(x, squeeze, expand1, expand3), [len(expand1)])
            ),
            "You added the two branches. A Fire module concatenates them: their channels stand side by side.",
        ),
        wrong(
            "kernel flipped",
            lambda x, squeeze, expand1, expand3: fire(x, squeeze, expand1, expand3[:, :, ::-1, ::-1]),
            "Your 3×3 kernels are turned by half a circle. A layer correlates: tap (0, 0) reads the pixel "
            "above and to the left.",
        ),
        wrong(
            "wrapped around",
            lambda x, squeeze, expand1, expand3: wrapped(x, squeeze, expand1, expand3),
            "Your 3×3 branch read the map as if it went on around the edge. Around it there are zeros.",
        ),
        wrong(
            "3×3 only in the centre",
            lambda x, squeeze, expand1, expand3: fire(x, squeeze, expand1, expand3 * np.pad([[1.0]], 1)),
            "Only the centre of each 3×3 kernel was used. All nine taps count.",
        ),
    ],
)


def wrapped(x, squeeze, expand1, expand3):
    """fire on a map that closes upon itself, as np.roll makes it."""
    large = fire(np.tile(x, (1, 3, 3)), squeeze, expand1, expand3)
    rows, columns = x.shape[1:]
    return large[:, rows : 2 * rows, columns : 2 * columns]


# 2. Prune -------------------------------------------------------------------------------------------


def prune(weight, share):
    kept = int(np.ceil(share * weight.size))
    order = np.argsort(-np.abs(weight), axis=None)
    pruned = np.zeros(weight.size)
    pruned[order[:kept]] = weight.ravel()[order[:kept]]
    return pruned.reshape(weight.shape)


def prune_cases(rng: np.random.Generator) -> Case:
    rows, columns = int(rng.integers(2, 4)), int(rng.integers(3, 5))
    sizes = rng.permutation(np.arange(1.0, rows * columns + 1))  # all different: no ties
    weight = (sizes * rng.choice([-1, 1], rows * columns)).reshape(rows, columns)
    return {"weight": weight, "share": float(rng.choice([0.3, 0.4, 0.55, 0.7]))}


def keep(weight, score, kept):
    """The weights with the highest scores, so many of them; zero elsewhere."""
    threshold = np.sort(score, axis=None)[::-1][max(kept, 1) - 1]
    return np.where((score >= threshold) & (kept > 0), weight, 0.0)


PRUNE = Exercise(
    prune,
    points=2,
    cases=prune_cases,
    mistakes=[
        wrong(
            "signed",
            lambda weight, share: keep(weight, weight, ceil(share * weight.size)),
            "You kept the largest weights with their sign. A weight of −9 does a lot: compare magnitudes.",
        ),
        wrong(
            "smallest kept",
            lambda weight, share: keep(weight, -np.abs(weight), ceil(share * weight.size)),
            "You kept the smallest magnitudes and dropped the largest.",
        ),
        wrong(
            "share dropped",
            lambda weight, share: keep(weight, np.abs(weight), weight.size - ceil(share * weight.size)),
            "You dropped that share of the weights. `share` is what stays.",
        ),
        wrong(
            "rounded down",
            lambda weight, share: keep(weight, np.abs(weight), floor(share * weight.size)),
            "You rounded the number of weights down. It is rounded up here, so that one always stays.",
        ),
        wrong(
            "share as a threshold",
            lambda weight, share: np.where(np.abs(weight) >= share * np.abs(weight).max(), weight, 0.0),
            "You took `share` for a threshold, as a part of the largest weight. It is a part of their "
            "*number*.",
        ),
        wrong(
            "magnitudes returned",
            lambda weight, share: np.abs(prune(weight, share)),
            "You returned magnitudes: the signs are lost.",
        ),
        wrong(
            "ones returned",
            lambda weight, share: (prune(weight, share) != 0).astype(float),
            "You returned the mask of ones and zeros. Multiply the weights by it.",
        ),
        wrong(
            "by rows",
            lambda weight, share: np.stack([prune(row, share) for row in weight]),
            "You pruned every row on its own. The largest weights of the whole layer stay, wherever "
            "they are.",
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
    values = rng.choice(np.arange(-24, 25), int(rng.integers(6, 10)), replace=False) / 4
    # The last centre is far from all: a cluster without values.
    centres = np.append(np.sort(rng.choice(np.arange(-24, 25, 5), 3, replace=False)) / 4 + 0.07, 90.0)
    return {"values": values, "centres": centres}


def assigned(values, centres):
    return np.argmin(np.abs(values[:, None] - centres), axis=1)


def moved_by(statistic):
    def step(values, centres):
        nearest = assigned(values, centres)
        found = [values[nearest == k] for k in range(len(centres))]
        return np.array([statistic(f) if len(f) else c for f, c in zip(found, centres, strict=True)])

    return step


KMEANS = Exercise(
    kmeans_step,
    points=2,
    cases=kmeans_cases,
    mistakes=[
        wrong(
            "median",
            moved_by(np.median),
            "You took the median of each cluster. The mean makes the squared error smallest.",
        ),
        wrong("sum", moved_by(np.sum), "You added the values of a cluster up. Divide by how many there are."),
        wrong(
            "middle",
            moved_by(lambda found: (found.min() + found.max()) / 2),
            "You put the centre midway between the smallest and the largest value of its cluster. Take "
            "the mean.",
        ),
        wrong(
            "empty to zero",
            lambda values, centres: np.where(
                np.isin(range(len(centres)), assigned(values, centres)), kmeans_step(values, centres), 0.0
            ),
            "A centre to which no value is nearest became 0. It stays where it is.",
        ),
        wrong(
            "quantized values",
            lambda values, centres: centres[assigned(values, centres)],
            "You returned each value's centre. The question asks for the centres, moved.",
        ),
        wrong(
            "codes",
            assigned,
            "You returned the codes: which centre is nearest. The next step is to move the centres.",
        ),
        wrong(
            "unchanged",
            lambda values, centres: centres.copy(),
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
    counts = rng.integers(1, 40, int(rng.integers(5, 9)))
    counts[rng.integers(len(counts))] = 0  # a symbol that never occurs
    counts[rng.integers(len(counts))] += 120  # and a frequent one
    return {"counts": counts}


def unary(counts):
    """The most frequent symbol 1 bit, the next 2, …, the last two alike."""
    found = np.sort(counts[counts > 0])[::-1]
    return int(found @ np.minimum(np.arange(1, len(found) + 1), len(found) - 1))


HUFFMAN = Exercise(
    huffman_bits,
    points=3,
    cases=huffman_cases,
    mistakes=[
        wrong(
            "fixed length",
            lambda counts: int(counts.sum() * np.ceil(np.log2(np.count_nonzero(counts)))),
            "You gave each symbol equally many bits. A Huffman code gives frequent ones fewer.",
        ),
        wrong(
            "entropy",
            lambda counts: float(-sum(c * np.log2(c / counts.sum()) for c in counts if c)),
            "You computed the entropy, which no code can beat. Codewords have whole numbers of bits: "
            "Huffman's "
            "best is a little more.",
        ),
        wrong(
            "entropy rounded up",
            lambda counts: int(sum(c * np.ceil(-np.log2(c / counts.sum())) for c in counts if c)),
            "You rounded the bits of each symbol's entropy up. That is a possible code, but not the "
            "shortest: "
            "merge the two rarest, again and again.",
        ),
        wrong(
            "most frequent merged",
            lambda counts: reversed_bits(counts),
            "You merged the two most frequent each time. Then the frequent symbols get the long codes: merge "
            "the two rarest.",
        ),
        wrong(
            "not sorted again",
            unary,
            "You went on merging the same node with the next. What you merged goes back among the "
            "others: look "
            "for the two rarest anew.",
        ),
        wrong(
            "last merge forgotten",
            lambda counts: huffman_bits(counts) - int(counts.sum()),
            "One merge is missing: go on until a single node is left. Every symbol gets a bit from the "
            "last one.",
        ),
        wrong(
            "bits of the words",
            lambda counts: sum(lengths_of(counts)),
            "You added the lengths of the codewords. Each is written as often as its symbol occurs.",
        ),
    ],
)


def lengths_of(counts):
    """How many merges each symbol that occurs takes part in."""
    nodes = [(int(count), [symbol]) for symbol, count in enumerate(counts) if count]
    lengths = [0] * len(counts)
    while len(nodes) > 1:
        nodes.sort(key=lambda node: node[0])
        (one, few), (other, more) = nodes[:2]
        for symbol in few + more:
            lengths[symbol] += 1
        nodes = [*nodes[2:], (one + other, few + more)]
    return lengths


def reversed_bits(counts):
    """Huffman's way with the wrong end of the list."""
    nodes, bits = sorted(int(count) for count in counts if count), 0
    while len(nodes) > 1:
        merged = nodes[-1] + nodes[-2]
        bits += merged
        nodes = sorted([*nodes[:-2], merged])
    return bits


# 5. Where the weights are ---------------------------------------------------------------------------


def zeros_before(weights):
    places = np.flatnonzero(weights)
    return np.diff(places, prepend=-1) - 1


def zeros_cases(rng: np.random.Generator) -> Case:
    weights = np.zeros(int(rng.integers(12, 20)))
    places = rng.choice(np.arange(1, len(weights) - 1), 4, replace=False)
    weights[places] = rng.choice([-3, -2, -1, 2, 3], 4)
    return {"weights": weights}


ZEROS = Exercise(
    zeros_before,
    points=2,
    cases=zeros_cases,
    mistakes=[
        wrong(
            "places",
            lambda weights: np.flatnonzero(weights),
            "You returned the places themselves. They need more bits the longer the list; count the zeros "
            "since the last weight.",
        ),
        wrong(
            "distances",
            lambda weights: zeros_before(weights) + 1,
            "Yours are one too large: a distance of 1 means no zero in between.",
        ),
        wrong(
            "first forgotten",
            lambda weights: zeros_before(weights)[1:],
            "The zeros before the first weight are missing. Without them nobody knows where to begin.",
        ),
        wrong(
            "last counted",
            lambda weights: zeros_before(np.append(weights, 1.0)),
            "You counted the zeros after the last weight, too. No weight follows them: they need no entry.",
        ),
        wrong(
            "positive only",
            lambda weights: zeros_before(np.maximum(weights, 0)),
            "You looked for positive weights. A negative one is a weight as well.",
        ),
        wrong(
            "zeros behind",
            lambda weights: zeros_before(weights[::-1])[::-1],
            "You counted the zeros *behind* each weight. Count those before it.",
        ),
        wrong(
            "zeros in all",
            lambda weights: np.cumsum(zeros_before(weights)),
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
        "width": 100 * int(rng.integers(1, 7)),
        "ratio": int(rng.choice([13, 17, 21, 35])),
        "share": int(rng.choice([19, 37, 63, 81])),
    }


def parts(in_channels, width, ratio, share):
    """Squeeze channels, 1×1 kernels, 3×3 kernels."""
    return width * ratio // 100, width - width * share // 100, width * share // 100


COUNT_FIRE = DrawnExercise(
    count_fire,
    points=3,
    cases=count_fire_cases,
    question=(
        "A Fire module reads {in_channels} channels and hands on {width}. Its squeeze ratio is {ratio} %: so "
        "many squeeze channels for each hundred handed on. Of those handed on, {share} % come from 3×3 "
        "kernels, "
        "the others from 1×1. All three convolutions have biases. How many parameters does it have?"
    ),
    mistakes=[
        wrong(
            "biases forgotten",
            lambda **c: count_fire(**c) - c["width"] - parts(**c)[0],
            "The biases are missing: one for each squeeze channel and one for each channel handed on.",
        ),
        wrong(
            "shares swapped",
            lambda **c: count_fire(**c | {"share": 100 - c["share"]}),
            "You gave the 3×3 kernels the share of the 1×1.",
        ),
        wrong(
            "ratio of the input",
            lambda **c: fire_params(c["in_channels"], c["in_channels"] * c["ratio"] // 100, *parts(**c)[1:]),
            "You took the ratio of the channels that come in. The squeeze ratio is that of squeeze "
            "channels to "
            "channels handed on.",
        ),
        wrong(
            "expand reads the input",
            lambda **c: (
                count_fire(**c) + (c["in_channels"] - parts(**c)[0]) * (parts(**c)[1] + 9 * parts(**c)[2])
            ),
            "You let the expanding kernels read the module's input. They read the squeezed channels: "
            "that is the "
            "point of squeezing.",
        ),
        wrong(
            "all 3×3",
            lambda **c: count_fire(**c) + 8 * parts(**c)[0] * parts(**c)[1],
            "You gave all expanding kernels nine taps. The 1×1 have one.",
        ),
        wrong(
            "one after the other",
            lambda **c: count_fire(**c) + 9 * (parts(**c)[1] - parts(**c)[0]) * parts(**c)[2],
            "You let the 3×3 kernels read what the 1×1 made. The two branches stand side by side: both "
            "read the "
            "squeezed channels.",
        ),
        wrong(
            "nine forgotten",
            lambda **c: count_fire(**c) - 8 * parts(**c)[0] * parts(**c)[2],
            "You counted the 3×3 kernels with one weight a channel. They have nine.",
        ),
    ],
)


def fire_params(channels, squeeze, narrow, wide):
    return channels * squeeze + squeeze + squeeze * narrow + narrow + 9 * squeeze * wide + wide


def count_file(weights, share, bits, gap_bits):
    kept = -(-weights * share // 100)
    codes = -(-kept * bits // 8)
    gaps = -(-kept * gap_bits // 8)
    book = 4 * 2**bits
    return codes + gaps + book


def count_file_cases(rng: np.random.Generator) -> Case:
    return {
        "weights": int(rng.integers(10_000, 90_000)),
        "share": int(rng.integers(7, 41)),
        "bits": int(rng.choice([3, 5, 6, 7])),
        "gap_bits": int(rng.choice([4, 9, 10])),
    }


def kept_of(c):
    return -(-c["weights"] * c["share"] // 100)


COUNT_FILE = DrawnExercise(
    count_file,
    points=3,
    cases=count_file_cases,
    question=(
        "A layer of {weights:,} weights is pruned: {share} % of them stay, their number rounded up. Each is "
        "written as a code of {bits} bits and, in a list of its own, a gap of {gap_bits} bits; no gap "
        "is too long "
        "for that. Either list is filled up to whole bytes. The code book has an entry of float32 for "
        "every possible "
        "code. How many bytes is that in all?"
    ),
    mistakes=[
        wrong(
            "bits for bytes",
            lambda **c: kept_of(c) * (c["bits"] + c["gap_bits"]) + 4 * 2 ** c["bits"],
            "You added the bits of codes and gaps as if they were bytes. Eight bits make a byte.",
        ),
        wrong(
            "gaps forgotten",
            lambda **c: count_file(**c | {"gap_bits": 0}),
            "The gaps are missing. Without them nobody knows where the weights belong.",
        ),
        wrong(
            "book forgotten",
            lambda **c: count_file(**c) - 4 * 2 ** c["bits"],
            "The code book is missing: a code says which entry, and the entries must be in the file too.",
        ),
        wrong(
            "book of bits",
            lambda **c: count_file(**c) - 4 * 2 ** c["bits"] + 4 * c["bits"],
            "Your book has an entry for each bit. Codes of b bits tell 2^b entries apart.",
        ),
        wrong(
            "book entries of a byte",
            lambda **c: count_file(**c) - 3 * 2 ** c["bits"],
            "You counted a byte for each entry of the book. A float32 has four.",
        ),
        wrong(
            "all weights",
            lambda **c: count_file(**c | {"share": 100}),
            "You wrote all weights. Those that were pruned are not in the file.",
        ),
        wrong(
            "share dropped",
            lambda **c: count_file(**c | {"share": 100 - c["share"]}),
            "You dropped that share. It is what stays.",
        ),
        wrong(
            "float weights",
            lambda **c: 4 * kept_of(c) + -(-kept_of(c) * c["gap_bits"] // 8) + 4 * 2 ** c["bits"],
            "You wrote the weights as float32, four bytes each. That is what the codes are instead of.",
        ),
    ],
)


EXERCISES = [FIRE, PRUNE, KMEANS, HUFFMAN, ZEROS, COUNT_FIRE, COUNT_FILE]

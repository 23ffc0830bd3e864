"""Wrong answers to the exercises of chapter 13, as fresh solvers gave them."""

import heapq

import numpy as np

from wrong_answers import wrong


@wrong("fire", "no relu inside")
def _(x, squeeze, expand1, expand3):
    """There is no ReLU after the squeeze."""
    s = np.einsum("sc,chw->shw", squeeze, x)
    padded = np.pad(s, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    small, large = np.einsum("es,shw->ehw", expand1, s), np.einsum("fsij,shwij->fhw", expand3, windows)
    return np.maximum(np.concatenate([small, large]), 0)


@wrong("fire", "no relu at the end")
def _(x, squeeze, expand1, expand3):
    """The last ReLU is forgotten."""
    s = np.maximum(np.einsum("sc,chw->shw", squeeze, x), 0)
    padded = np.pad(s, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    small, large = np.einsum("es,shw->ehw", expand1, s), np.einsum("fsij,shwij->fhw", expand3, windows)
    return np.concatenate([small, large])


@wrong("fire", "3×3 first")
def _(x, squeeze, expand1, expand3):
    """The channels of the 3×3 kernels come first."""
    s = np.maximum(np.einsum("sc,chw->shw", squeeze, x), 0)
    padded = np.pad(s, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    small, large = np.einsum("es,shw->ehw", expand1, s), np.einsum("fsij,shwij->fhw", expand3, windows)
    return np.maximum(np.concatenate([large, small]), 0)


@wrong("fire", "kernel flipped")
def _(x, squeeze, expand1, expand3):
    """The 3×3 kernels are turned by 180°, as in a mathematician's convolution."""
    s = np.maximum(np.tensordot(squeeze, x, 1), 0)
    padded = np.pad(s, ((0, 0), (1, 1), (1, 1)))
    h, w = x.shape[1:]
    large = np.zeros((len(expand3), h, w))
    for i in range(3):
        for j in range(3):
            large += np.tensordot(expand3[:, :, 2 - i, 2 - j], padded[:, i : i + h, j : j + w], 1)
    return np.maximum(np.concatenate([np.tensordot(expand1, s, 1), large]), 0)


@wrong("fire", "border repeated")
def _(x, squeeze, expand1, expand3):
    """The border is padded with copies of the outermost pixels instead of zeros."""
    s = np.maximum(np.tensordot(squeeze, x, 1), 0)
    padded = np.pad(s, ((0, 0), (1, 1), (1, 1)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    large = np.einsum("fsij,shwij->fhw", expand3, windows)
    return np.maximum(np.concatenate([np.tensordot(expand1, s, 1), large]), 0)


@wrong("fire", "kernel transposed")
def _(x, squeeze, expand1, expand3):
    """The 3×3 kernels' rows and columns are exchanged."""
    s = np.maximum(np.tensordot(squeeze, x, 1), 0)
    padded = np.pad(s, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    large = np.einsum("fsij,shwji->fhw", expand3, windows)
    return np.maximum(np.concatenate([np.tensordot(expand1, s, 1), large]), 0)


@wrong("fire", "wrapped around")
def _(x, squeeze, expand1, expand3):
    """The map is shifted around its border, so that a pixel sees the opposite side."""
    s = np.maximum(np.tensordot(squeeze, x, 1), 0)
    large = sum(
        np.tensordot(expand3[:, :, i, j], np.roll(s, (1 - i, 1 - j), axis=(1, 2)), 1)
        for i in range(3)
        for j in range(3)
    )
    return np.maximum(np.concatenate([np.tensordot(expand1, s, 1), large]), 0)


@wrong("fire", "padded on one side")
def _(x, squeeze, expand1, expand3):
    """All padding stands below and to the right."""
    s = np.maximum(np.tensordot(squeeze, x, 1), 0)
    padded = np.pad(s, ((0, 0), (0, 2), (0, 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    large = np.einsum("fsij,shwij->fhw", expand3, windows)
    return np.maximum(np.concatenate([np.tensordot(expand1, s, 1), large]), 0)


@wrong("fire", "relu on one branch")
def _(x, squeeze, expand1, expand3):
    """The last ReLU is applied to the 3×3 kernels' channels only."""
    s = np.maximum(np.tensordot(squeeze, x, 1), 0)
    padded = np.pad(s, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    large = np.maximum(np.einsum("fsij,shwij->fhw", expand3, windows), 0)
    return np.concatenate([np.tensordot(expand1, s, 1), large])


@wrong("fire", "relu before the squeeze")
def _(x, squeeze, expand1, expand3):
    """The ReLU stands in front of the squeeze instead of behind it."""
    s = np.tensordot(squeeze, np.maximum(x, 0), 1)
    padded = np.pad(s, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    large = np.einsum("fsij,shwij->fhw", expand3, windows)
    return np.maximum(np.concatenate([np.tensordot(expand1, s, 1), large]), 0)


@wrong("prune", "rounded down")
def _(weight, share):
    """The number kept is rounded down."""
    keep = int(share * weight.size)
    order = np.argsort(np.abs(weight), axis=None)[::-1][:keep]
    out = np.zeros(weight.size)
    out[order] = weight.reshape(-1)[order]
    return out.reshape(weight.shape)


@wrong("prune", "rounded to the nearest")
def _(weight, share):
    """The number kept is rounded to the nearest whole number."""
    keep = round(share * weight.size)
    order = np.argsort(np.abs(weight), axis=None)[::-1][:keep]
    out = np.zeros(weight.size)
    out[order] = weight.reshape(-1)[order]
    return out.reshape(weight.shape)


@wrong("prune", "signed")
def _(weight, share):
    """The largest values are kept, so large negative weights are lost."""
    keep = int(np.ceil(share * weight.size))
    threshold = np.sort(weight, axis=None)[::-1][keep - 1]
    return np.where(weight >= threshold, weight, 0)


@wrong("prune", "smallest kept")
def _(weight, share):
    """The weights of smallest magnitude are kept."""
    keep = int(np.ceil(share * weight.size))
    threshold = np.sort(np.abs(weight), axis=None)[keep - 1]
    return np.where(np.abs(weight) <= threshold, weight, 0)


@wrong("prune", "by rows")
def _(weight, share):
    """The share is kept in each row, not in the whole array."""
    rows = weight.reshape(len(weight), -1)
    keep = int(np.ceil(share * rows.shape[1]))
    threshold = np.sort(np.abs(rows), axis=1)[:, -keep]
    return np.where(np.abs(rows) >= threshold[:, None], rows, 0).reshape(weight.shape)


@wrong("prune", "share dropped")
def _(weight, share):
    """The given share is set to zero, and the others are kept."""
    drop = int(np.ceil(share * weight.size))
    out = weight.copy().reshape(-1)
    out[np.argsort(np.abs(out))[:drop]] = 0
    return out.reshape(weight.shape)


@wrong("prune", "share as a threshold")
def _(weight, share):
    """All above a share of the largest magnitude is kept, not a share of the weights."""
    magnitude = np.abs(weight)
    return np.where(magnitude >= share * magnitude.max(), weight, 0)


@wrong("prune", "ones returned")
def _(weight, share):
    """The mask is returned, not the weights."""
    keep = int(np.ceil(share * weight.size))
    threshold = np.sort(np.abs(weight), axis=None)[::-1][keep - 1]
    return (np.abs(weight) >= threshold).astype(float)


@wrong("prune", "magnitudes returned")
def _(weight, share):
    """The magnitudes are returned: the signs are lost."""
    keep = int(np.ceil(share * weight.size))
    magnitude = np.abs(weight)
    threshold = np.sort(magnitude, axis=None)[::-1][keep - 1]
    return np.where(magnitude >= threshold, magnitude, 0)


@wrong("prune", "quantile")
def _(weight, share):
    """The threshold is a quantile between two magnitudes, so the number kept is not that rounded up."""
    magnitude = np.abs(weight)
    return np.where(magnitude >= np.quantile(magnitude, 1 - share), weight, 0)


@wrong("kmeans_step", "empty to zero")
def _(values, centres):
    """A centre without values is moved to 0."""
    nearest = np.abs(values[:, None] - centres).argmin(axis=1)
    counts = np.bincount(nearest, minlength=len(centres))
    sums = np.bincount(nearest, weights=values, minlength=len(centres))
    return sums / np.maximum(counts, 1)


@wrong("kmeans_step")
def _(values, centres):
    """A centre without values becomes the mean of nothing."""
    nearest = np.abs(values[:, None] - centres).argmin(axis=1)
    counts = np.bincount(nearest, minlength=len(centres))
    sums = np.bincount(nearest, weights=values, minlength=len(centres))
    with np.errstate(invalid="ignore"):
        return sums / counts


@wrong("kmeans_step", "half way")
def _(values, centres):
    """Each centre goes half of the way to its values' mean."""
    nearest = np.abs(values[:, None] - centres).argmin(axis=1)
    moved = np.array(centres, dtype=float)
    for k in range(len(centres)):
        if np.any(nearest == k):
            moved[k] = (moved[k] + values[nearest == k].mean()) / 2
    return moved


@wrong("kmeans_step", "median")
def _(values, centres):
    """Each centre moves to the median of its values."""
    nearest = np.abs(values[:, None] - centres).argmin(axis=1)
    moved = np.array(centres, dtype=float)
    for k in range(len(centres)):
        if np.any(nearest == k):
            moved[k] = np.median(values[nearest == k])
    return moved


@wrong("kmeans_step", "centre among its values")
def _(values, centres):
    """The centre itself is counted among its values."""
    nearest = np.abs(values[:, None] - centres).argmin(axis=1)
    moved = [np.append(values[nearest == k], centre).mean() for k, centre in enumerate(centres)]
    return np.array(moved)


@wrong("kmeans_step", "until nothing moves")
def _(values, centres):
    """The steps are repeated until nothing moves."""
    old, centres = None, np.array(centres, dtype=float)
    while old is None or not np.array_equal(old, centres):
        old = centres.copy()
        nearest = np.abs(values[:, None] - old).argmin(axis=1)
        for k in set(nearest.tolist()):
            centres[k] = values[nearest == k].mean()
    return centres


@wrong("kmeans_step", "one centre after the other")
def _(values, centres):
    """The centres move one by one, and each finds its values among those already moved."""
    moved = np.array(centres, dtype=float)
    for k in range(len(moved)):
        own = values[np.abs(values[:, None] - moved).argmin(axis=1) == k]
        moved[k] = own.mean() if len(own) else moved[k]
    return moved


@wrong("kmeans_step", "distance with its sign")
def _(values, centres):
    """The distance keeps its sign, so every value goes to the largest centre."""
    nearest = (values[:, None] - centres).argmin(axis=1)
    moved = [values[nearest == k].mean() if k in nearest else c for k, c in enumerate(centres)]
    return np.array(moved, dtype=float)


@wrong("kmeans_step", "sum")
def _(values, centres):
    """Each centre moves to the sum of its values."""
    nearest = np.abs(values[:, None] - centres).argmin(axis=1)
    moved = [values[nearest == k].sum() if k in nearest else c for k, c in enumerate(centres)]
    return np.array(moved, dtype=float)


@wrong("kmeans_step")
def _(values, centres):
    """A centre moves after every value, so that later values meet other centres."""
    moved, groups = np.array(centres, dtype=float), [[] for _ in centres]
    for value in values:
        k = int(np.abs(moved - value).argmin())
        groups[k].append(value)
        moved[k] = np.mean(groups[k])
    return moved


@wrong("huffman_bits", "entropy of the message rounded up")
def _(counts):
    """The entropy's bits are returned, which no code reaches in general."""
    counts = np.array([count for count in counts if count > 0], dtype=float)
    return int(np.ceil(-(counts * np.log2(counts / counts.sum())).sum()))


@wrong("huffman_bits", "fixed length")
def _(counts):
    """All symbols get words of one length."""
    return int(np.sum(counts)) * int(np.ceil(np.log2(len(counts))))


@wrong("huffman_bits", "zeros merged")
def _(counts):
    """Symbols that never occur get a word as well."""
    heap = [int(count) for count in counts]
    heapq.heapify(heap)
    bits = 0
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        bits += joined
        heapq.heappush(heap, joined)
    return bits


@wrong("huffman_bits", "most frequent merged")
def _(counts):
    """The two most frequent are joined each time."""
    left = sorted(int(count) for count in counts if count)
    bits = 0
    while len(left) > 1:
        joined = left.pop() + left.pop()
        bits += joined
        left = sorted([*left, joined])
    return bits


@wrong("huffman_bits", "last merge forgotten")
def _(counts):
    """The last joining is forgotten: it stops when two are left."""
    heap = [int(count) for count in counts if count]
    heapq.heapify(heap)
    bits = 0
    while len(heap) > 2:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        bits += joined
        heapq.heappush(heap, joined)
    return bits


@wrong("huffman_bits", "one bit, two bits, three")
def _(counts):
    """The words get one bit longer from each symbol to the next rarer one."""
    used = sorted((int(count) for count in counts if count), reverse=True)
    return sum(count * (place + 1) for place, count in enumerate(used))


@wrong("huffman_bits", "bits of a symbol")
def _(counts):
    """The mean word's length is returned, not the bits of the message."""
    heap = [int(count) for count in counts if count]
    heapq.heapify(heap)
    bits, total = 0, sum(heap)
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        bits += joined
        heapq.heappush(heap, joined)
    return bits / total


@wrong("huffman_bits", "not sorted again")
def _(counts):
    """The counts are sorted once, and what was joined is joined again with the next."""
    used = sorted(int(count) for count in counts if count)
    bits, joined = 0, used[0] if used else 0
    for count in used[1:]:
        joined += count
        bits += joined
    return bits


@wrong("huffman_bits", "entropy rounded up")
def _(counts):
    """Each word has the bits of its symbol's own information, rounded up."""
    used = np.array([count for count in counts if count > 0], dtype=float)
    lengths = np.ceil(-np.log2(used / used.sum()))
    return int((used * lengths).sum())


@wrong("huffman_bits", "counts added")
def _(counts):
    """The symbols themselves are added as if each had been joined once before."""
    heap = [int(count) for count in counts if count]
    heapq.heapify(heap)
    bits = sum(heap)
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        bits += joined
        heapq.heappush(heap, joined)
    return bits


@wrong("zeros_before", "distances")
def _(weights):
    """The steps are counted, not the zeros between: each gap is one too large."""
    return np.diff(np.flatnonzero(weights), prepend=-1)


@wrong("zeros_before", "first one too small")
def _(weights):
    """The first gap is measured from place 0 and is one too small."""
    return np.diff(np.flatnonzero(weights), prepend=0) - 1


@wrong("zeros_before", "only the first right")
def _(weights):
    """The first gap is right, and all others count the weight as well."""
    return np.diff(np.flatnonzero(weights), prepend=0)


@wrong("zeros_before", "zeros in all")
def _(weights):
    """All zeros since the beginning are counted: the counter is never set back."""
    places = np.flatnonzero(weights)
    return places - np.arange(len(places))


@wrong("zeros_before", "places")
def _(weights):
    """The places of the weights are returned."""
    return np.flatnonzero(weights)


@wrong("zeros_before", "zeros behind")
def _(weights):
    """The zeros after each weight are counted."""
    return np.diff(np.flatnonzero(weights), append=len(weights)) - 1


@wrong("zeros_before")
def _(weights):
    """The list is read from its end: the last weight's gap comes first."""
    gaps = np.diff(np.flatnonzero(weights), prepend=-1) - 1
    return gaps[::-1]


@wrong("zeros_before", "first set to 0")
def _(weights):
    """The first weight has nothing before it and gets 0."""
    gaps = np.diff(np.flatnonzero(weights), prepend=-1) - 1
    gaps[:1] = 0
    return gaps


@wrong("zeros_before")
def _(weights):
    """The zeros at the end are added to the first gap, as if the list were a ring."""
    places = np.flatnonzero(weights)
    gaps = np.diff(places, prepend=-1) - 1
    if len(places):
        gaps[0] += len(weights) - 1 - places[-1]
    return gaps


@wrong("zeros_before", "first forgotten")
def _(weights):
    """The zeros before the first weight are left out."""
    return np.diff(np.flatnonzero(weights)) - 1


@wrong("count_fire", "biases forgotten")
def _(in_channels, width, ratio, share):
    """The biases are forgotten."""
    squeeze, large = ratio * width // 100, share * width // 100
    return in_channels * squeeze + squeeze * (width - large) + 9 * squeeze * large


@wrong("count_fire", "shares swapped")
def _(in_channels, width, ratio, share):
    """The shares of 1×1 and 3×3 are exchanged."""
    squeeze, small = ratio * width // 100, share * width // 100
    large = width - small
    return in_channels * squeeze + squeeze + squeeze * small + small + 9 * squeeze * large + large


@wrong("count_fire", "ratio of the input")
def _(in_channels, width, ratio, share):
    """The squeeze ratio is taken of the channels that come in."""
    squeeze, large = ratio * in_channels // 100, share * width // 100
    small = width - large
    return in_channels * squeeze + squeeze + squeeze * small + small + 9 * squeeze * large + large


@wrong("count_fire", "expand reads the input")
def _(in_channels, width, ratio, share):
    """The expanding kernels are taken to read the module's input, not the squeezed map."""
    squeeze, large = ratio * width // 100, share * width // 100
    small = width - large
    return in_channels * (squeeze + small + 9 * large) + squeeze + small + large


@wrong("count_fire", "three for nine")
def _(in_channels, width, ratio, share):
    """A 3×3 kernel is counted with three weights."""
    squeeze, large = ratio * width // 100, share * width // 100
    small = width - large
    return in_channels * squeeze + squeeze + squeeze * small + small + 3 * squeeze * large + large


@wrong("count_fire", "no bias in the squeeze")
def _(in_channels, width, ratio, share):
    """The squeeze's biases are forgotten."""
    squeeze, large = ratio * width // 100, share * width // 100
    small = width - large
    return in_channels * squeeze + squeeze * small + small + 9 * squeeze * large + large


@wrong("count_fire", "squeeze forgotten")
def _(in_channels, width, ratio, share):
    """The squeeze itself is forgotten."""
    squeeze, large = ratio * width // 100, share * width // 100
    small = width - large
    return squeeze * small + small + 9 * squeeze * large + large


@wrong("count_fire", "3×3 on top")
def _(in_channels, width, ratio, share):
    """The 1×1 kernels make all of the width, and the 3×3 come on top."""
    squeeze, large = ratio * width // 100, share * width // 100
    return in_channels * squeeze + squeeze + squeeze * width + width + 9 * squeeze * large + large


@wrong("count_fire", "half and half")
def _(in_channels, width, ratio, share):
    """Half of the kernels are taken to be 3×3, as in the original network."""
    squeeze, large = ratio * width // 100, width // 2
    small = width - large
    return in_channels * squeeze + squeeze + squeeze * small + small + 9 * squeeze * large + large


@wrong("count_fire", "share of the squeeze")
def _(in_channels, width, ratio, share):
    """The share of 3×3 kernels is taken of the squeeze channels."""
    squeeze = ratio * width // 100
    large = share * squeeze // 100
    small = width - large
    return in_channels * squeeze + squeeze + squeeze * small + small + 9 * squeeze * large + large


@wrong("count_file", "book forgotten")
def _(weights, share, bits, gap_bits):
    """The code book is forgotten."""
    kept = -(-weights * share // 100)
    return -(-kept * bits // 8) + -(-kept * gap_bits // 8)


@wrong("count_file", "in bits")
def _(weights, share, bits, gap_bits):
    """The answer is in bits."""
    kept = -(-weights * share // 100)
    return kept * bits + kept * gap_bits + 32 * 2**bits


@wrong("count_file", "each filled up")
def _(weights, share, bits, gap_bits):
    """Each code and each gap is filled up to whole bytes, not each list."""
    kept = -(-weights * share // 100)
    return kept * (-(-bits // 8) + -(-gap_bits // 8)) + 4 * 2**bits


@wrong("count_file", "book entries of a byte")
def _(weights, share, bits, gap_bits):
    """An entry of the code book is counted as one byte."""
    kept = -(-weights * share // 100)
    return -(-kept * bits // 8) + -(-kept * gap_bits // 8) + 2**bits


@wrong("count_file", "book of bits")
def _(weights, share, bits, gap_bits):
    """The code book is taken to have one entry for each bit of a code."""
    kept = -(-weights * share // 100)
    return -(-kept * bits // 8) + -(-kept * gap_bits // 8) + 4 * bits


@wrong("count_file", "a gap for every weight")
def _(weights, share, bits, gap_bits):
    """A gap is written for every weight, also for those that were pruned."""
    kept = -(-weights * share // 100)
    return -(-kept * bits // 8) + -(-weights * gap_bits // 8) + 4 * 2**bits


@wrong("count_file", "share dropped")
def _(weights, share, bits, gap_bits):
    """The given share is pruned, and the others are written."""
    kept = -(-weights * (100 - share) // 100)
    return -(-kept * bits // 8) + -(-kept * gap_bits // 8) + 4 * 2**bits


@wrong("count_file", "gaps forgotten")
def _(weights, share, bits, gap_bits):
    """The gaps are forgotten."""
    kept = -(-weights * share // 100)
    return -(-kept * bits // 8) + 4 * 2**bits


@wrong("count_file", "book in bits")
def _(weights, share, bits, gap_bits):
    """The code book's 32 bits an entry are added to bytes."""
    kept = -(-weights * share // 100)
    return -(-kept * bits // 8) + -(-kept * gap_bits // 8) + 32 * 2**bits


@wrong("count_file", "float weights")
def _(weights, share, bits, gap_bits):
    """Every weight that stays is written as a float32 instead of its code."""
    kept = -(-weights * share // 100)
    return 4 * kept + -(-kept * gap_bits // 8) + 4 * 2**bits


@wrong("kmeans_step", "sorted")
def _(values, centres):
    """The centres come back sorted."""
    nearest = np.abs(values[:, None] - centres).argmin(axis=1)
    moved = [values[nearest == k].mean() if k in nearest else c for k, c in enumerate(centres)]
    return np.sort(np.array(moved, dtype=float))


@wrong("prune", "one more than rounded down")
def _(weight, share):
    """One is added to the number rounded down, also where the share is a whole number of weights."""
    keep = int(share * weight.size) + 1
    threshold = np.sort(np.abs(weight), axis=None)[::-1][: min(keep, weight.size)][-1]
    return np.where(np.abs(weight) >= threshold, weight, 0)


@wrong("huffman_bits", "halved from the top")
def _(counts):
    """Shannon's and Fano's code: from the top, each part split where the two weigh most alike."""
    groups, bits = [sorted((int(count) for count in counts if count), reverse=True)], 0
    while groups:
        group = groups.pop()
        if len(group) > 1:
            bits += sum(group)
            weights = np.cumsum(group)[:-1]
            cut = 1 + int(np.argmin(np.abs(2 * weights - sum(group))))
            groups += [group[:cut], group[cut:]]
    return bits


@wrong("fire", "relu on the other branch")
def _(x, squeeze, expand1, expand3):
    """The 3×3 branch ends without a ReLU."""
    s = np.maximum(np.einsum("sc,chw->shw", squeeze, x), 0)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(s, ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2)
    )
    small, large = np.einsum("es,shw->ehw", expand1, s), np.einsum("fsij,shwij->fhw", expand3, windows)
    return np.concatenate([np.maximum(small, 0), large])


@wrong("prune", "the last one dropped")
def _(weight, share):
    """Larger than the smallest that stays, which so does not stay."""
    size = np.abs(weight)
    return np.where(size > np.sort(size, axis=None)[-int(np.ceil(share * weight.size))], weight, 0.0)


@wrong("fire", "no relu")
def _(x, squeeze, expand1, expand3):
    """No ReLU anywhere."""
    s = np.tensordot(squeeze, x, 1)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(s, ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2)
    )
    return np.concatenate([np.tensordot(expand1, s, 1), np.einsum("fsij,shwij->fhw", expand3, windows)])


@wrong("fire", "shortcut")
def _(x, squeeze, expand1, expand3):
    """The input is added where it has the output's shape, as in ResNet."""
    s = np.maximum(np.tensordot(squeeze, x, 1), 0)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(s, ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2)
    )
    out = np.concatenate([np.tensordot(expand1, s, 1), np.einsum("fsij,shwij->fhw", expand3, windows)])
    return np.maximum(out + x if out.shape == x.shape else out, 0)


@wrong("prune", "share dropped, rounded down")
def _(weight, share):
    """So many of the smallest are set to zero, and int(…) cuts their number."""
    out = weight.copy()
    out.flat[np.argsort(np.abs(weight), axis=None)[: int(share * weight.size)]] = 0
    return out


@wrong("prune", "rounded to the nearest")
def _(weight, share):
    """The number is rounded with a half added, and cut."""
    size = np.sort(np.abs(weight), axis=None)
    return np.where(np.abs(weight) >= size[-int(share * weight.size + 0.5)], weight, 0.0)


@wrong("huffman_bits", "not sorted again")
def _(counts):
    """One bit for the most frequent, two for the next, and as many for the last as for the one before it."""
    falling = sorted((int(c) for c in counts if c), reverse=True)
    lengths = [*range(1, len(falling)), len(falling) - 1]
    return sum(c * bits for c, bits in zip(falling, lengths, strict=True))


@wrong("count_fire", "both cut")
def _(in_channels, width, ratio, share):
    """The number of 1×1 kernels is a share as well, and cut as well."""
    squeeze, wide, narrow = width * ratio // 100, width * share // 100, width * (100 - share) // 100
    return (in_channels + 1) * squeeze + (squeeze + 1) * narrow + (9 * squeeze + 1) * wide


@wrong("count_fire", "squeeze rounded")
def _(in_channels, width, ratio, share):
    """Only the 3×3 kernels' number is cut."""
    squeeze, wide = round(width * ratio / 100), width * share // 100
    return (in_channels + 1) * squeeze + (squeeze + 1) * (width - wide) + (9 * squeeze + 1) * wide


@wrong("count_fire", "share rounded")
def _(in_channels, width, ratio, share):
    """Only the number of squeeze channels is cut."""
    squeeze, wide = width * ratio // 100, round(width * share / 100)
    return (in_channels + 1) * squeeze + (squeeze + 1) * (width - wide) + (9 * squeeze + 1) * wide


@wrong("prune", "above a quantile")
def _(weight, share):
    """Only what is larger than a quantile stays."""
    size = np.abs(weight)
    return weight * (size > np.percentile(size, 100 - 100 * share))


@wrong("prune", "share as a threshold")
def _(weight, share):
    """What is above the dropped share of the largest magnitude is kept."""
    return np.where(np.abs(weight) > (1 - share) * np.abs(weight).max(), weight, 0.0)


@wrong("prune", "rounded behind a half")
def _(weight, share):
    """A half is added, and Python rounds: from a half to the even number."""
    size = np.abs(weight)
    return weight * (size >= np.sort(size, axis=None)[-round(share * weight.size + 0.5)])

"""Wrong answers to the exercises of chapter 21, as fresh solvers gave them."""

import numpy as np

from wrong_answers import wrong


def flags(values):
    return np.array([int(value) for value in values])


def beaten(c, a, cost, accuracy):
    """Whether another network is no worse than (c, a) in both and better in one."""
    others = zip(cost, accuracy, strict=True)
    return any(x <= c and y >= a and (x, y) != (c, a) for x, y in others)


@wrong("pareto", "better in both")
def _(cost, accuracy):
    """A network falls only to one that is cheaper and more accurate."""
    pairs = list(zip(cost, accuracy, strict=True))
    return flags(not any(x < c and y > a for x, y in pairs) for c, a in pairs)


@wrong("pareto", "one of equals")
def _(cost, accuracy):
    """Sorted, and only what raises the best accuracy so far is kept: of equals, the first."""
    kept, best = np.zeros(len(cost), dtype=int), -np.inf
    for i in np.lexsort((-accuracy, cost)):
        kept[i] = accuracy[i] > best
        best = max(best, accuracy[i])
    return kept


@wrong("pareto", "itself")
def _(cost, accuracy):
    """Each network is compared with itself, and falls."""
    pairs = list(zip(cost, accuracy, strict=True))
    return flags(not any(x <= c and y >= a for x, y in pairs) for c, a in pairs)


@wrong("pareto", "better in one")
def _(cost, accuracy):
    """A network falls to any that is cheaper or more accurate."""
    pairs = list(zip(cost, accuracy, strict=True))
    return flags(not any(x < c or y > a for x, y in pairs) for c, a in pairs)


@wrong("pareto", "accuracy as error")
def _(cost, accuracy):
    """Accuracy is taken for an error."""
    return flags(not beaten(c, -a, cost, -accuracy) for c, a in zip(cost, accuracy, strict=True))


@wrong("pareto", "cost as gain")
def _(cost, accuracy):
    """A large cost is taken for better."""
    return flags(not beaten(-c, a, -cost, accuracy) for c, a in zip(cost, accuracy, strict=True))


@wrong("pareto", "the others")
def _(cost, accuracy):
    """The dominated networks are marked."""
    return flags(beaten(c, a, cost, accuracy) for c, a in zip(cost, accuracy, strict=True))


@wrong("pareto", "only cheaper")
def _(cost, accuracy):
    """A network falls to a cheaper one only, not to a better one of its own cost."""
    pairs = list(zip(cost, accuracy, strict=True))
    return flags(not any(x < c and y >= a for x, y in pairs) for c, a in pairs)


@wrong("pareto", "only more accurate")
def _(cost, accuracy):
    """A network falls to a more accurate one only, not to a cheaper one as good."""
    pairs = list(zip(cost, accuracy, strict=True))
    return flags(not any(x <= c and y > a for x, y in pairs) for c, a in pairs)


@wrong("pareto", "the best alone")
def _(cost, accuracy):
    """The most accurate networks are marked, whatever they cost."""
    return (accuracy == accuracy.max()).astype(int)


@wrong("pareto", "the cheapest alone")
def _(cost, accuracy):
    """The cheapest networks are marked."""
    return (cost == min(cost)).astype(int)


def macs_of(layers, groups=True):
    """MACs of each row, one at a time."""
    found = []
    for inputs, outputs, kernel, size, parts in layers.tolist():
        found.append(kernel * kernel * inputs * outputs * size * size // (parts if groups else 1))
    return found


def first(rows, default=0):
    return next((number for number, here in enumerate(rows) if here), default)


@wrong("wrong_row", "groups ignored")
def _(layers, macs):
    """The groups are left out."""
    return first(a != b for a, b in zip(macs_of(layers, groups=False), macs, strict=True))


@wrong("wrong_row", "groups twice")
def _(layers, macs):
    """Inputs and outputs are both divided by the groups."""
    i, o, k, s, g = layers.T
    return first((i // g) * (o // g) * k * k * s * s != macs)


@wrong("wrong_row", "from one")
def _(layers, macs):
    """Rows are counted from 1."""
    return 1 + first(a != b for a, b in zip(macs_of(layers), macs, strict=True))


@wrong("wrong_row", "kernel's side")
def _(layers, macs):
    """K stands where K² belongs."""
    i, o, k, s, g = layers.T
    return first(i * o // g * k * s * s != macs)


@wrong("wrong_row", "map's side")
def _(layers, macs):
    """The side of the map stands where its area belongs."""
    i, o, k, s, g = layers.T
    return first(i * o // g * k * k * s != macs)


@wrong("wrong_row", "a row that agrees")
def _(layers, macs):
    """The first row that agrees is returned."""
    return first(a == b for a, b in zip(macs_of(layers), macs, strict=True))


@wrong("wrong_row", "the largest")
def _(layers, macs):
    """The row with the most MACs is suspected."""
    return list(macs).index(max(macs))


@wrong("wrong_row", "the smallest")
def _(layers, macs):
    """The row with the fewest MACs is suspected."""
    return list(macs).index(min(macs))


@wrong("wrong_row", "two a MAC")
def _(layers, macs):
    """Two are counted for each MAC."""
    return first(2 * a != b for a, b in zip(macs_of(layers), macs, strict=True))


@wrong("wrong_row", "how many")
def _(layers, macs):
    """The wrong rows are counted."""
    return sum(int(a != b) for a, b in zip(macs_of(layers), macs, strict=True))


def walk(layers, size, needs, shrink=True):
    """What `needs(inputs, outputs, before, after)` says of each layer."""
    found = []
    for inputs, outputs, stride in layers.tolist():
        after = size // stride
        found.append(needs(inputs, outputs, size, after))
        size = after if shrink else size
    return found


def both(inputs, outputs, before, after):
    return 4 * inputs * before**2 + 4 * outputs * after**2


@wrong("over_budget", "outputs alone")
def _(layers, size, budget):
    """Only what a layer writes is counted."""
    return first((b > budget for b in walk(layers, size, lambda i, o, s, t: 4 * o * t * t)), -1)


@wrong("over_budget", "inputs alone")
def _(layers, size, budget):
    """Only what a layer reads is counted."""
    return first((b > budget for b in walk(layers, size, lambda i, o, s, t: 4 * i * s * s)), -1)


@wrong("over_budget", "numbers")
def _(layers, size, budget):
    """Numbers are compared with bytes."""
    return first((b > 4 * budget for b in walk(layers, size, both)), -1)


@wrong("over_budget", "double precision")
def _(layers, size, budget):
    """A number takes eight bytes."""
    return first((2 * b > budget for b in walk(layers, size, both)), -1)


@wrong("over_budget", "exactly full")
def _(layers, size, budget):
    """A layer that fills the budget is refused."""
    return first((b >= budget for b in walk(layers, size, both)), -1)


@wrong("over_budget", "maps never shrink")
def _(layers, size, budget):
    """Every layer reads maps of the first size."""
    return first((b > budget for b in walk(layers, size, both, shrink=False)), -1)


@wrong("over_budget", "stride ignored")
def _(layers, size, budget):
    """All maps have the first size."""
    return first((b > budget for b in walk(layers * [1, 1, 0] + [0, 0, 1], size, both)), -1)


@wrong("over_budget", "from one")
def _(layers, size, budget):
    """Layers are counted from 1."""
    place = first((b > budget for b in walk(layers, size, both)), -1)
    return place + 1 if place >= 0 else -1


@wrong("over_budget", "none is the first")
def _(layers, size, budget):
    """0 says that all fit."""
    return first(b > budget for b in walk(layers, size, both))


@wrong("over_budget", "the fullest")
def _(layers, size, budget):
    """The layer that needs most is returned."""
    needed = walk(layers, size, both)
    return needed.index(max(needed))


def pick(fits, ms, accuracy, best=max, none=-1):
    """Of those that fit the most accurate, of equals the fastest."""
    places = [n for n in range(len(ms)) if fits[n]]
    if not places:
        return none
    top = best(accuracy[n] for n in places)
    return min((n for n in places if accuracy[n] == top), key=lambda n: ms[n])


@wrong("best_within", "MACs exactly full")
def _(params, macs, ms, accuracy, budget):
    """The MACs must be fewer than the budget's."""
    fits = (4 * params <= budget[0]) & (macs < budget[1]) & (ms <= budget[2])
    return min(np.flatnonzero(fits), key=lambda i: (-accuracy[i], ms[i]), default=-1)


@wrong("best_within", "the first of equals")
def _(params, macs, ms, accuracy, budget):
    """Nothing decides between equally accurate networks."""
    fits = (4 * params <= budget[0]) & (macs <= budget[1]) & (ms <= budget[2])
    return max(np.flatnonzero(fits), key=lambda i: accuracy[i], default=-1)


@wrong("best_within", "mebibytes")
def _(params, macs, ms, accuracy, budget):
    """A megabyte is taken for 2**20 bytes."""
    sizes = np.stack([params * 1e6 * 4 / 2**20, macs, ms])
    fits = np.flatnonzero((sizes <= np.array(budget)[:, None]).all(axis=0))
    return min(fits, key=lambda i: (-accuracy[i], ms[i]), default=-1)


@wrong("best_within", "parameters for megabytes")
def _(params, macs, ms, accuracy, budget):
    """Millions of parameters are compared with megabytes."""
    return pick((params <= budget[0]) & (macs <= budget[1]) & (ms <= budget[2]), ms, accuracy)


@wrong("best_within", "memory forgotten")
def _(params, macs, ms, accuracy, budget):
    """The megabytes are not looked at."""
    return pick((macs <= budget[1]) & (ms <= budget[2]), ms, accuracy)


@wrong("best_within", "MACs forgotten")
def _(params, macs, ms, accuracy, budget):
    """The MACs are not looked at."""
    return pick((4 * params <= budget[0]) & (ms <= budget[2]), ms, accuracy)


@wrong("best_within", "time forgotten")
def _(params, macs, ms, accuracy, budget):
    """The time is not looked at."""
    return pick((4 * params <= budget[0]) & (macs <= budget[1]), ms, accuracy)


@wrong("best_within", "memory or MACs")
def _(params, macs, ms, accuracy, budget):
    """Memory or MACs is enough."""
    return pick(((4 * params <= budget[0]) | (macs <= budget[1])) & (ms <= budget[2]), ms, accuracy)


def fitting(params, macs, ms, budget):
    return (4 * params <= budget[0]) & (macs <= budget[1]) & (ms <= budget[2])


@wrong("best_within", "memory exactly full")
def _(params, macs, ms, accuracy, budget):
    """A network that fills the memory is refused."""
    return pick((4 * params < budget[0]) & (macs <= budget[1]) & (ms <= budget[2]), ms, accuracy)


@wrong("best_within", "the least accurate")
def _(params, macs, ms, accuracy, budget):
    """The least accurate one is chosen."""
    return pick(fitting(params, macs, ms, budget), ms, accuracy, best=min)


@wrong("best_within", "the fastest")
def _(params, macs, ms, accuracy, budget):
    """The fastest one that fits is chosen."""
    return pick(fitting(params, macs, ms, budget), ms, 0 * accuracy)


@wrong("best_within", "the slowest of equals")
def _(params, macs, ms, accuracy, budget):
    """Of equally accurate ones the slowest is chosen."""
    return pick(fitting(params, macs, ms, budget), -ms, accuracy)


@wrong("best_within", "none is the first")
def _(params, macs, ms, accuracy, budget):
    """0 says that none fits."""
    return pick(fitting(params, macs, ms, budget), ms, accuracy, none=0)


def left_out(x, t, fit):
    """`fit` of the others, times each x."""
    return np.array([fit(np.delete(x, i), np.delete(t, i)) * x[i] for i in range(len(x))])


def geometric(x, t):
    return np.prod(t / x) ** (1 / len(x))


@wrong("leave_one_out", "not left out")
def _(x, t):
    """The fit has seen all."""
    return geometric(x, t) * x


@wrong("leave_one_out", "fitted to itself")
def _(x, t):
    """Each is predicted by itself."""
    return np.array([ti / xi * xi for xi, ti in zip(x, t, strict=True)])


@wrong("leave_one_out", "arithmetic mean")
def _(x, t):
    """The ordinary mean of the ratios."""
    return left_out(x, t, lambda x, t: (t / x).mean())


@wrong("leave_one_out", "ratio of sums")
def _(x, t):
    """All the time by all the x."""
    return left_out(x, t, lambda x, t: sum(t) / sum(x))


@wrong("leave_one_out", "least squares")
def _(x, t):
    """A line through the origin, by least squares."""
    return left_out(x, t, lambda x, t: np.linalg.lstsq(x[:, None], t, rcond=None)[0][0])


@wrong("leave_one_out", "median")
def _(x, t):
    """The median of the ratios."""
    return left_out(x, t, lambda x, t: np.median(t / x))


@wrong("leave_one_out", "factor")
def _(x, t):
    """The factors are returned."""
    return left_out(x, t, geometric) / x


@wrong("leave_one_out", "upside down")
def _(x, t):
    """The factor is upside down."""
    return left_out(x, t, lambda x, t: geometric(t, x))


@wrong("leave_one_out", "ratio to the measured")
def _(x, t):
    """Predicted by measured is returned."""
    return left_out(x, t, geometric) / t


@wrong("leave_one_out", "logarithm kept")
def _(x, t):
    """The factor is still a logarithm."""
    return left_out(x, t, lambda x, t: np.log(geometric(x, t)))


def times(macs, moved, speed, bandwidth):
    return macs / speed / 1e6, moved / bandwidth / 1e6  # milliseconds


@wrong("roofline_time", "sum of the two")
def _(macs, moved, speed, bandwidth):
    """Computing and moving are added."""
    a, b = times(macs, moved, speed, bandwidth)
    return (a + b).sum()


@wrong("roofline_time", "roof of the totals")
def _(macs, moved, speed, bandwidth):
    """The totals are compared, not the layers."""
    return max(each.sum() for each in times(macs, moved, speed, bandwidth))


@wrong("roofline_time", "the shorter")
def _(macs, moved, speed, bandwidth):
    """The shorter time of each layer counts."""
    return sum(map(min, zip(*times(macs, moved, speed, bandwidth), strict=True)))


@wrong("roofline_time", "seconds")
def _(macs, moved, speed, bandwidth):
    """Seconds are returned."""
    return sum(map(max, zip(*times(macs, moved, speed, bandwidth), strict=True))) / 1000


@wrong("roofline_time", "microseconds")
def _(macs, moved, speed, bandwidth):
    """Microseconds are returned."""
    return sum(map(max, zip(*times(macs, moved, speed, bandwidth), strict=True))) * 1000


@wrong("roofline_time", "the slowest layer")
def _(macs, moved, speed, bandwidth):
    """Only the slowest layer counts."""
    return np.max(times(macs, moved, speed, bandwidth))


@wrong("roofline_time", "mean")
def _(macs, moved, speed, bandwidth):
    """The mean of the layers."""
    return np.max(times(macs, moved, speed, bandwidth), axis=0).mean()


@wrong("roofline_time", "computing alone")
def _(macs, moved, speed, bandwidth):
    """The bytes are left out."""
    return times(macs, moved, speed, bandwidth)[0].sum()


@wrong("roofline_time", "moving alone")
def _(macs, moved, speed, bandwidth):
    """The MACs are left out."""
    return times(macs, moved, speed, bandwidth)[1].sum()


@wrong("roofline_time", "two a MAC")
def _(macs, moved, speed, bandwidth):
    """A MAC is counted twice."""
    return np.max(times(2 * macs, moved, speed, bandwidth), axis=0).sum()


def signs(values):
    """Of each pair: −1, 0 or 1."""
    i, j = np.triu_indices(len(values), 1)
    return np.sign(values[i] - values[j])


@wrong("concordance", "ties agree")
def _(a, b):
    """A tie counts as the same order."""
    return np.mean(signs(a) * signs(b) >= 0)


@wrong("concordance", "opposite")
def _(a, b):
    """The pairs in opposite order are counted."""
    return np.mean(signs(a) * signs(b) < 0)


@wrong("concordance", "share of the rest")
def _(a, b):
    """The share of the pairs that do not agree."""
    return np.mean(signs(a) * signs(b) <= 0)


@wrong("concordance", "neighbours")
def _(a, b):
    """Only neighbours are compared."""
    return np.mean(np.diff(a) * np.diff(b) > 0)


@wrong("concordance", "tau")
def _(a, b):
    """From −1 to 1, as a coefficient."""
    return 2 * np.mean(signs(a) * signs(b) > 0) - 1


@wrong("concordance", "count")
def _(a, b):
    """The pairs are counted."""
    return float(np.sum(signs(a) * signs(b) > 0))


@wrong("concordance", "with itself")
def _(a, b):
    """Each one is a pair with itself."""
    n = len(a)
    return 2 * np.sum(signs(a) * signs(b) > 0) / (n * (n + 1))


@wrong("concordance", "square of pairs")
def _(a, b):
    """Every combination of two numbers, i = j too."""
    return np.mean([(x - y) * (u - v) > 0 for x, u in zip(a, b) for y, v in zip(a, b)])  # noqa: B905


@wrong("concordance", "by items")
def _(a, b):
    """Divided by the number of networks."""
    return np.sum(signs(a) * signs(b) > 0) / len(b)


@wrong("concordance", "decided pairs alone")
def _(a, b):
    """Ties are left out altogether."""
    both = (signs(a) * signs(b))[signs(a) * signs(b) != 0]
    return np.mean(both > 0) if len(both) else 0.0


def network_macs(size, width, layers, first=27, each=9):
    """MACs of the drawn network, on maps of half the size."""
    return (first * width + each * layers * width * width) * (size // 2) ** 2


@wrong("count_frames", "one a MAC")
def _(gflops, size, width, layers):
    """A MAC is one FLOP."""
    return gflops * 10**9 // network_macs(size, width, layers)


@wrong("count_frames", "four a MAC")
def _(gflops, size, width, layers):
    """A MAC is four FLOPs."""
    return gflops * 10**9 // (4 * network_macs(size, width, layers))


@wrong("count_frames", "stride ignored")
def _(gflops, size, width, layers):
    """The stride is left out."""
    return gflops * 10**9 // (2 * network_macs(2 * size, width, layers))


@wrong("count_frames", "first layer forgotten")
def _(gflops, size, width, layers):
    """The first layer is left out."""
    return gflops * 10**9 // (2 * network_macs(size, width, layers, first=0))


@wrong("count_frames", "a layer too few")
def _(gflops, size, width, layers):
    """The first convolution is taken for one of the others."""
    return gflops * 10**9 // (2 * network_macs(size, width, layers - 1))


@wrong("count_frames", "a layer too many")
def _(gflops, size, width, layers):
    """One convolution more than there are."""
    return gflops * 10**9 // (2 * network_macs(size, width, layers + 1))


@wrong("count_frames", "mega")
def _(gflops, size, width, layers):
    """Giga is a million."""
    return gflops * 10**6 // (2 * network_macs(size, width, layers))


@wrong("count_frames", "side for area")
def _(gflops, size, width, layers):
    """A 3×3 kernel has three weights."""
    return gflops * 10**9 // (2 * network_macs(size, width, layers, first=9, each=3))


@wrong("count_frames", "grey images")
def _(gflops, size, width, layers):
    """The image has one channel."""
    return gflops * 10**9 // (2 * network_macs(size, width, layers, first=9))


@wrong("count_frames", "rounded up")
def _(gflops, size, width, layers):
    """The last image is counted though it is not finished."""
    flops = 2 * network_macs(size, width, layers)
    return (gflops * 10**9 + flops - 1) // flops


def first_over(needs, budget):
    return next((number for number, need in enumerate(needs) if need > budget), -1)


def maps_of(layers, size):
    """The numbers that each layer reads, and those that it writes."""
    sides = size // np.cumprod([1, *layers[:, 2]])
    return layers[:, 0] * sides[:-1] ** 2, layers[:, 1] * sides[1:] ** 2


@wrong("over_budget", "the larger of both")
def _(layers, size, budget):
    """The larger of input and output must fit, not both together."""
    return first_over(4 * np.maximum(*maps_of(layers, size)), budget)


@wrong("over_budget", "half precision")
def _(layers, size, budget):
    """A number is said to take two bytes."""
    return first_over(2 * np.add(*maps_of(layers, size)), budget)


@wrong("over_budget", "reads and writes exchanged")
def _(layers, size, budget):
    """The number of outputs is taken for that of the inputs, and the other way round."""
    return first_over(4 * np.add(*maps_of(layers[:, [1, 0, 2]], size)), budget)


@wrong("over_budget", "input as small as the output")
def _(layers, size, budget):
    """The stride is applied before the input is counted."""
    sides = size // np.cumprod(layers[:, 2])
    return first_over(4 * (layers[:, 0] + layers[:, 1]) * sides**2, budget)


@wrong("over_budget", "side for area")
def _(layers, size, budget):
    """The bytes are divided by 1024, and the budget is not: everything fits."""
    return first_over(4 * np.add(*maps_of(layers, size)) / 1024, budget)


@wrong("wrong_row", "map's side")
def _(layers, macs):
    """A bias is counted for each output, so that no row agrees."""
    inputs, outputs, kernel, size, groups = layers.T
    ours = (kernel**2 * inputs // groups + 1) * outputs * size**2
    return int(np.argmax(ours != macs))


@wrong("wrong_row", "kernel's side")
def _(layers, macs):
    """The kernels are said not to be padded, so that only rows of 1×1 agree."""
    inputs, outputs, kernel, size, groups = layers.T
    ours = kernel**2 * inputs // groups * outputs * (size - kernel + 1) ** 2
    return int(np.argmax(ours != macs))


@wrong("best_within", "the smallest of equals")
def _(params, macs, ms, accuracy, budget):
    """Between equally accurate networks the number of parameters decides."""
    fits = np.flatnonzero((4 * params <= budget[0]) & (macs <= budget[1]) & (ms <= budget[2]))
    return min(fits, key=lambda i: (-accuracy[i], params[i]), default=-1)


@wrong("wrong_row", "groups ignored", "groups twice")
def _(layers, macs):
    """The groups multiply the inputs, and do not divide them."""
    inputs, outputs, kernel, size, groups = layers.T
    return int(np.argmax(kernel**2 * inputs * groups * outputs * size**2 != macs))


@wrong("over_budget", "bits")
def _(layers, size, budget):
    """A number takes 32, and these are bits."""
    reads, writes = maps_of(layers, size)
    return first_over(32 * (reads + writes), budget)


@wrong("over_budget", "stride in one direction")
def _(layers, size, budget):
    """A stride of 2 leaves half of the pixels."""
    pixels = size**2 // np.cumprod([1, *layers[:, 2]])
    return first_over(4 * (layers[:, 0] * pixels[:-1] + layers[:, 1] * pixels[1:]), budget)


@wrong("best_within", "all exactly full")
def _(params, macs, ms, accuracy, budget):
    """Every comparison with a budget is a <."""
    return pick((4 * params < budget[0]) & (macs < budget[1]) & (ms < budget[2]), ms, accuracy)


@wrong("best_within", "number among those that fit")
def _(params, macs, ms, accuracy, budget):
    """The lists are cut to what fits, and the number is that in the short lists."""
    fits = fitting(params, macs, ms, budget)
    return int(np.lexsort((ms[fits], -accuracy[fits]))[0]) if fits.any() else -1


@wrong("best_within", "equals that do not fit")
def _(params, macs, ms, accuracy, budget):
    """The best accuracy is that of those that fit, and all that reach it are compared by their time."""
    fits = fitting(params, macs, ms, budget)
    if not fits.any():
        return -1
    equals = np.flatnonzero(accuracy == accuracy[fits].max())
    return int(equals[np.argmin(ms[equals])])


@wrong("leave_one_out", "root of all")
def _(x, t):
    """The logarithms of the others are divided by the number of all."""
    ratios = np.log(t / x)
    return x * np.exp((ratios.sum() - ratios) / len(x))


@wrong("concordance", "opposite subtracted")
def _(a, b):
    """Kendall's τ: those in the same order less those in the opposite one, by all pairs."""
    return float(np.mean(signs(a) * signs(b)))


@wrong("concordance", "tie taken for an order")
def _(a, b):
    """Two comparisons are compared."""
    i, j = np.tril_indices(len(a), -1)
    return float(np.mean((a[i] > a[j]) == (b[i] > b[j])))


@wrong("concordance", "equal in both")
def _(a, b):
    """The signs are compared, and two zeros are equal."""
    return float(np.mean(signs(a) == signs(b)))


@wrong("count_frames", "four a MAC")
def _(gflops, size, width, layers):
    """The stride leaves half of the pixels."""
    return gflops * 10**9 // (4 * network_macs(size, width, layers))


@wrong("count_frames", "rounded up")
def _(gflops, size, width, layers):
    """The images are rounded to the nearest number."""
    return round(gflops * 1e9 / (18 * width * (3 + layers * width) * (size // 2) ** 2))


@wrong("count_frames", "one pixel less")
def _(gflops, size, width, layers):
    """The + 1 of the maps' size is forgotten."""
    side = (size + 2 - 3) // 2
    return gflops * 10**9 // (18 * width * (3 + layers * width) * side**2)


@wrong("over_budget", "bits")
def _(layers, size, budget):
    """What fits is refused, and what does not is taken: the first layer is named whatever there is."""
    for number, (reads, writes, stride) in enumerate(layers):
        if 4 * size**2 * (reads + writes / stride**2) >= 0:
            return number
        size //= stride
    return -1


@wrong("wrong_row", "nearly right")
def _(layers, macs):
    """Two numbers that agree to a ten-thousandth are taken for one."""
    inputs, outputs, kernel, size, groups = layers.T
    computed = kernel**2 * inputs * outputs * size**2 / groups
    return int(np.argmax(~np.isclose(computed, macs, rtol=1e-4)))


@wrong("over_budget", "last layer forgotten")
def _(layers, size, budget):
    """The loop goes over pairs of layers, and so never reaches the last."""
    for i in range(len(layers) - 1):
        inputs, outputs, stride = layers[i]
        if 4 * (inputs * size**2 + outputs * (size // stride) ** 2) > budget:
            return i
        size //= stride
    return -1


@wrong("leave_one_out", "its equals left out")
def _(x, t):
    """The others are those with another ratio."""
    ratios = t / x
    return np.array(
        [np.exp(np.log(ratios[ratios != own]).mean()) * of for own, of in zip(ratios, x, strict=True)]
    )

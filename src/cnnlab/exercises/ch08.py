"""Chapter 08, NiN, GoogLeNet and Inception: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. A network that slides ---------------------------------------------------------------------------


def mlpconv(x, kernels, hidden):
    size = kernels.shape[2]
    rows, columns = x.shape[1] - size + 1, x.shape[2] - size + 1
    output = np.zeros((hidden.shape[0], rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = x[:, i : i + size, j : j + size]
            first = (kernels * window).sum(axis=(1, 2, 3))
            second = hidden @ np.maximum(first, 0)
            output[:, i, j] = np.maximum(second, 0)
    return output


def mlpconv_cases(rng: np.random.Generator) -> Case:
    """Whole numbers as floats, two or three channels, an image that is not square."""
    height, width = rng.permutation([4, 5, 6])[:2]
    channels, first, second = int(rng.integers(2, 4)), int(rng.integers(3, 6)), int(rng.integers(3, 6))
    size = int(rng.integers(2, 4))
    return {
        "x": rng.integers(-3, 4, (channels, height, width)).astype(float),
        "kernels": rng.integers(-3, 4, (first, channels, size, size)).astype(float),
        "hidden": rng.integers(-3, 4, (second, first)).astype(float),
    }


def convolved(x, kernels):
    """The convolution of an mlpconv alone."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernels.shape[2:], axis=(1, 2))
    return np.einsum("chwij,ocij->ohw", windows, kernels)


def mixed(hidden, maps):
    """The 1×1 layer alone."""
    return np.einsum("oc,chw->ohw", hidden, maps)


MLPCONV = Exercise(
    mlpconv,
    points=2,
    cases=mlpconv_cases,
    mistakes=[
        wrong(
            "no ReLU between",
            lambda x, kernels, hidden: np.maximum(mixed(hidden, convolved(x, kernels)), 0),
            "There is no ReLU between your two layers. Without it they are one linear layer, and the second "
            "has no purpose.",
        ),
        wrong(
            "no ReLU at the end",
            lambda x, kernels, hidden: mixed(hidden, np.maximum(convolved(x, kernels), 0)),
            "The ReLU after the 1×1 layer is missing: in an mlpconv one follows each layer.",
        ),
        wrong(
            "no ReLU",
            lambda x, kernels, hidden: mixed(hidden, convolved(x, kernels)),
            "There is no ReLU at all. Then the whole is linear in the pixels, which is just what an mlpconv "
            "was made to overcome.",
        ),
        wrong(
            "image rectified",
            lambda x, kernels, hidden: mlpconv(np.maximum(x, 0), kernels, hidden),
            "You rectified the image too. A ReLU stands behind each layer, none before the first.",
        ),
        wrong(
            "kernel flipped",
            lambda x, kernels, hidden: mlpconv(x, kernels[:, :, ::-1, ::-1], hidden),
            "You turned the kernels by 180°. Networks compute cross-correlation: the kernel stays as it is.",
        ),
        wrong(
            "first channel only",
            lambda x, kernels, hidden: mlpconv(x[:1], kernels[:, :1], hidden),
            "Your windows hold one channel. A kernel is as deep as the image and sums over all channels.",
        ),
        wrong(
            "mean of the window",
            lambda x, kernels, hidden: mlpconv(x, kernels / kernels[0].size, hidden),
            "You took the mean of a window's products. A convolution takes their sum.",
        ),
        wrong(
            "convolution only",
            lambda x, kernels, hidden: np.maximum(
                hidden.sum(axis=1)[:, None, None] * np.maximum(convolved(x, kernels), 0).mean(axis=0), 0
            ),
            "The 1×1 layer mixes nothing in your answer: you only added its weights up. Each of its outputs "
            "is a sum over the maps, each map times a weight of its own.",
        ),
    ],
)


# 2. What each branch costs --------------------------------------------------------------------------


def branch_macs(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    branches = [
        in_channels * one,
        in_channels * reduce3 + reduce3 * three * 3 * 3,
        in_channels * reduce5 + reduce5 * five * 5 * 5,
        in_channels * pooled,
    ]
    return np.array(branches) * size * size


def module_cases(rng: np.random.Generator) -> Case:
    """Widths about those of Table 1, all different."""
    return {
        "in_channels": 16 * int(rng.integers(12, 50)),
        "size": int(rng.integers(7, 29)),
        "one": 16 * int(rng.integers(4, 9)) + 4,
        "reduce3": 16 * int(rng.integers(4, 10)) + 8,
        "three": 16 * int(rng.integers(8, 21)),
        "reduce5": 8 * int(rng.integers(2, 5)) + 2,
        "five": 16 * int(rng.integers(2, 9)) + 6,
        "pooled": 16 * int(rng.integers(2, 9)) + 12,
    }


def large_alone(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """Only the last convolution of each branch."""
    each = [in_channels * one, 9 * reduce3 * three, 25 * reduce5 * five, in_channels * pooled]
    return np.array(each) * size**2


def naive(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    each = [in_channels * one, 9 * in_channels * three, 25 * in_channels * five, in_channels * pooled]
    return np.array(each) * size**2


def reductions(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    return np.array([0, in_channels * reduce3, in_channels * reduce5, 0]) * size**2


BRANCHES = Exercise(
    branch_macs,
    points=3,
    cases=module_cases,
    mistakes=[
        wrong(
            "naive",
            naive,
            "Your 3×3 and 5×5 read the module's input. They read what the 1×1 before them wrote: far fewer "
            "channels, which is what that 1×1 is for.",
        ),
        wrong(
            "naive and reductions",
            lambda **module: naive(**module) + reductions(**module),
            "You counted the reductions, and then let the 3×3 and 5×5 read the module's input all the same.",
        ),
        wrong(
            "reductions forgotten",
            large_alone,
            "The 1×1 convolutions before the 3×3 and the 5×5 cost something too: all input channels times "
            "the reduced ones.",
        ),
        wrong(
            "pooling branch free",
            lambda **module: branch_macs(**module) * [1, 1, 1, 0],
            "Pooling is free here, but a 1×1 convolution follows it.",
        ),
        wrong(
            "projection after nine",
            lambda **module: branch_macs(**module) * [1, 1, 1, 9],
            "You charged the 1×1 after the pooling for the pooling's window. It reads one pixel.",
        ),
        wrong(
            "kernel's side",
            lambda **module: reductions(**module) + large_alone(**module) // [1, 3, 5, 1],
            "You multiplied by a kernel's side and not by its area: 9 weights a channel for 3×3, 25 for 5×5.",
        ),
        wrong(
            "five as three",
            lambda **module: reductions(**module) + large_alone(**module) // [1, 1, 25, 1] * [1, 1, 9, 1],
            "Your third branch has a 3×3. So does torchvision's GoogLeNet; the paper's is a 5×5.",
        ),
        wrong(
            "one row of pixels",
            lambda **module: branch_macs(**module) // module["size"],
            "You multiplied by the image's width once. There are size · size positions.",
        ),
        wrong(
            "two a mac",
            lambda **module: branch_macs(**module) * 2,
            "Your numbers are twice as large: a multiply-accumulate counts as one.",
        ),
    ],
)


# 3. The loss of a network with heads ----------------------------------------------------------------


def loss_with_heads(scores, first, second, labels, training):
    def cross_entropy(z):
        z = z - z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -log_p[np.arange(len(labels)), labels].mean()

    loss = cross_entropy(scores)
    if training:
        loss += 0.3 * (cross_entropy(first) + cross_entropy(second))
    return loss


def heads_cases(rng: np.random.Generator) -> Case:
    images, classes = int(rng.integers(2, 5)), int(rng.integers(3, 6))
    scores, first, second = rng.integers(-3, 4, (3, images, classes)).astype(float)
    return {
        "scores": scores,
        "first": first,
        "second": second,
        "labels": rng.integers(0, classes, images),
        "training": bool(rng.random() < 0.6),
    }


def entropies(scores, first, second, labels):
    """The three cross-entropies, each a mean over the images."""
    return np.array([loss_with_heads(z, z, z, labels, False) for z in (scores, first, second)])


def weighed(main, heads, scores, first, second, labels, training):
    own, *others = entropies(scores, first, second, labels)
    return main * own + heads * sum(others) if training else own


HEADS = Exercise(
    loss_with_heads,
    points=2,
    cases=heads_cases,
    mistakes=[
        wrong(
            "heads at test time",
            lambda scores, first, second, labels, training: loss_with_heads(
                scores, first, second, labels, True
            ),
            "You counted the heads when `training` is false. They are cut off then: only the main scores "
            "are left.",
        ),
        wrong(
            "heads forgotten",
            lambda scores, first, second, labels, training: loss_with_heads(
                scores, first, second, labels, False
            ),
            "The heads are missing: in training each adds its own cross-entropy, times 0.3.",
        ),
        wrong(
            "full weight",
            lambda **batch: weighed(1, 1, **batch),
            "Your heads weigh as much as the main scores. Their losses are multiplied by 0.3.",
        ),
        wrong(
            "0.7 for the rest",
            lambda **batch: weighed(0.7, 0.3, **batch),
            "You gave the main loss a weight of 0.7. It keeps its full weight; the heads come on top.",
        ),
        wrong(
            "mean of the heads",
            lambda **batch: weighed(1, 0.15, **batch),
            "You took the mean of the two heads. Each has the weight 0.3.",
        ),
        wrong(
            "one head",
            lambda scores, first, second, labels, training: (
                entropies(scores, first, second, labels) @ ([1, 0.3, 0] if training else [1, 0, 0])
            ),
            "Your second head is missing: both have a loss, and each the weight 0.3.",
        ),
        wrong(
            "scores added",
            lambda scores, first, second, labels, training: loss_with_heads(
                scores + 0.3 * (first + second) * training, first, second, labels, False
            ),
            "You added up the scores and took one cross-entropy. Each head is judged by itself; their losses "
            "are added.",
        ),
        wrong(
            "sum over images",
            lambda **batch: loss_with_heads(**batch) * len(batch["labels"]),
            "You added up the images' losses. Take their mean, so that the batch size does not matter.",
        ),
    ],
)


# 4. Label smoothing ---------------------------------------------------------------------------------


def smoothed_loss(scores, labels, epsilon):
    images, classes = scores.shape
    z = scores - scores.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    targets = np.full((images, classes), epsilon / classes)
    targets[np.arange(images), labels] += 1 - epsilon
    return -(targets * log_p).sum(axis=1).mean()


def smoothing_cases(rng: np.random.Generator) -> Case:
    images, classes = int(rng.integers(2, 5)), int(rng.integers(3, 7))
    return {
        "scores": rng.integers(-4, 5, (images, classes)).astype(float),
        "labels": rng.integers(0, classes, images),
        "epsilon": float(rng.choice([0.1, 0.2, 0.3])),
    }


def against(scores, labels, right, others):
    """The cross-entropy against targets of two values."""
    images, classes = scores.shape
    log_p = np.log(softmax(scores))
    targets = np.full((images, classes), others)
    targets[np.arange(images), labels] = right
    return -(targets * log_p).sum(axis=1).mean()


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def entropy(epsilon, classes):
    """Of the smoothed targets themselves."""
    right, other = 1 - epsilon + epsilon / classes, epsilon / classes
    return -right * np.log(right) - (classes - 1) * other * np.log(other)


SMOOTHING = Exercise(
    smoothed_loss,
    points=2,
    cases=smoothing_cases,
    mistakes=[
        wrong(
            "epsilon ignored",
            lambda scores, labels, epsilon: smoothed_loss(scores, labels, 0.0),
            "That is the ordinary cross-entropy: epsilon does nothing in it.",
        ),
        wrong(
            "others only",
            lambda scores, labels, epsilon: against(
                scores, labels, 1 - epsilon, epsilon / (scores.shape[1] - 1)
            ),
            "You dealt epsilon to the other classes only. It goes to all K alike, so the right class has "
            "1 − ε + ε/K.",
        ),
        wrong(
            "share of the right class lost",
            lambda scores, labels, epsilon: against(scores, labels, 1 - epsilon, epsilon / scores.shape[1]),
            "Your targets do not add up to 1: the right class gets its own share ε/K on top of 1 − ε.",
        ),
        wrong(
            "right class stays 1",
            lambda scores, labels, epsilon: against(scores, labels, 1.0, epsilon / scores.shape[1]),
            "Your targets add up to more than 1: what the others get, the right class must give.",
        ),
        wrong(
            "epsilon each",
            lambda scores, labels, epsilon: against(scores, labels, 1.0, epsilon),
            "You gave every class epsilon. They share it: ε/K each.",
        ),
        wrong(
            "probabilities smoothed",
            lambda scores, labels, epsilon: (
                -np.log((1 - epsilon) * softmax(scores) + epsilon / scores.shape[1])[
                    np.arange(len(labels)), labels
                ].mean()
            ),
            "You smoothed the network's probabilities. It is the targets that are smoothed; the network has "
            "to answer to them.",
        ),
        wrong(
            "sum over images",
            lambda scores, labels, epsilon: smoothed_loss(scores, labels, epsilon) * len(labels),
            "You added up the images' losses. Take their mean.",
        ),
        wrong(
            "entropy subtracted",
            lambda scores, labels, epsilon: (
                smoothed_loss(scores, labels, epsilon) - entropy(epsilon, scores.shape[1])
            ),
            "You subtracted the targets' own entropy. That is the Kullback–Leibler divergence: the same "
            "gradient, another number.",
        ),
    ],
)


# 5. The nearest separable kernel --------------------------------------------------------------------


def nearest_separable(kernel):
    u, s, vt = np.linalg.svd(kernel)
    column = u[:, 0] * s[0]
    row = vt[0]
    return column[:, None] * row


def kernel_cases(rng: np.random.Generator) -> Case:
    """Odd kernels whose first two singular values differ by far more than rounding."""
    size = int(rng.choice([3, 5, 7]))
    while True:
        kernel = rng.integers(-9, 10, (size, size)).astype(float)
        s = np.linalg.svd(kernel, compute_uv=False)
        if s[0] > 1.3 * s[1] and s[1] > 1.2 * s[2] and abs(kernel.sum()) > 5 and s[-1] > 0.5:
            return {"kernel": kernel}


def components(kernel, first, last, power=1):
    u, s, vt = np.linalg.svd(kernel)
    kept = slice(first, last)
    return (u[:, kept] * s[kept] ** power) @ vt[kept]


SEPARABLE = Exercise(
    nearest_separable,
    points=2,
    cases=kernel_cases,
    mistakes=[
        wrong(
            "strength forgotten",
            lambda kernel: components(kernel, 0, 1, power=0),
            "You left the singular value out: row and column have length 1 each, and their product is far "
            "too weak.",
        ),
        wrong(
            "strength squared",
            lambda kernel: components(kernel, 0, 1, power=2),
            "The singular value is in both of your factors. It belongs to one of them, or its root to each.",
        ),
        wrong(
            "two components",
            lambda kernel: components(kernel, 0, 2),
            "You kept two components. Their sum needs two columns and two rows: it is not separable.",
        ),
        wrong(
            "second component",
            lambda kernel: components(kernel, 1, 2),
            "You took the second component. The first is the largest: the singular values come in falling "
            "order.",
        ),
        wrong(
            "last component",
            lambda kernel: components(kernel, -1, None),
            "You took the last component, which matters least. The singular values come in falling order.",
        ),
        wrong(
            "sums",
            lambda kernel: kernel.sum(axis=1)[:, None] * kernel.sum(axis=0) / kernel.sum(),
            "You multiplied the sums of the rows by those of the columns. That gives a separable kernel "
            "back; of any other kernel it does not give the nearest.",
        ),
        wrong(
            "middle lines",
            lambda kernel: kernel[:, [len(kernel) // 2]] * kernel[len(kernel) // 2],
            "You built it from the kernel's middle row and middle column. All the others count as much.",
        ),
        wrong(
            "rest",
            lambda kernel: components(kernel, 1, None),
            "That is what the nearest separable kernel leaves over: the difference, not the kernel.",
        ),
        wrong(
            "unchanged",
            lambda kernel: components(kernel, 0, None),
            "Your kernel is the one you were given, and it takes more than one row and one column.",
        ),
    ],
)


# 6. Count a module ----------------------------------------------------------------------------------


def count_module(in_channels, one, reduce3, three, reduce5, five, pooled):
    layers = [
        (in_channels, one, 1),
        (in_channels, reduce3, 1),
        (reduce3, three, 3),
        (in_channels, reduce5, 1),
        (reduce5, five, 5),
        (in_channels, pooled, 1),
    ]
    return sum(o * i * k * k + o for i, o, k in layers)


def counted_cases(rng: np.random.Generator) -> Case:
    case = module_cases(rng)
    del case["size"]
    return case


def biases(in_channels, one, reduce3, three, reduce5, five, pooled):
    return one + reduce3 + three + reduce5 + five + pooled


def weights(count):
    """Weights by `count`, one of the counts of MACs above, and the right biases."""
    return lambda **module: int(count(size=1, **module).sum()) + biases(**module)


MODULE = DrawnExercise(
    count_module,
    points=2,
    cases=counted_cases,
    question=(
        "An Inception module reads {in_channels} channels. Its branches: a 1×1 of {one} channels; a 1×1 of "
        "{reduce3} and then a 3×3 of {three}; a 1×1 of {reduce5} and then a 5×5 of {five}; a pooling and "
        "then a 1×1 of {pooled}. Every convolution has biases. How many parameters has the module?"
    ),
    mistakes=[
        wrong(
            "bias forgotten",
            lambda **module: count_module(**module) - biases(**module),
            "The biases are missing: one for each channel that a convolution writes, reductions included.",
        ),
        wrong(
            "bias of the outputs only",
            lambda **module: count_module(**module) - module["reduce3"] - module["reduce5"],
            "The two reductions have biases too: you counted those of the module's outputs only.",
        ),
        wrong(
            "naive",
            lambda **module: weights(naive)(**module) - module["reduce3"] - module["reduce5"],
            "You left the reductions out: without them the 3×3 and the 5×5 read all the input channels.",
        ),
        wrong(
            "naive and reductions",
            weights(lambda **module: naive(**module) + reductions(**module)),
            "Your 3×3 and 5×5 read the module's input. They read what the reductions wrote.",
        ),
        wrong(
            "reductions forgotten",
            lambda **module: weights(large_alone)(**module) - module["reduce3"] - module["reduce5"],
            "You did not count the two 1×1 reductions.",
        ),
        wrong(
            "projection forgotten",
            lambda **module: count_module(**module) - module["pooled"] * (module["in_channels"] + 1),
            "The 1×1 after the pooling is missing. Pooling itself has no parameters, but it has.",
        ),
        wrong(
            "five as three",
            lambda **module: count_module(**module) - 16 * module["reduce5"] * module["five"],
            "You counted the 5×5 as a 3×3. That is torchvision's GoogLeNet, not the paper's.",
        ),
        wrong(
            "output channels",
            lambda one, three, five, pooled, **rest: one + three + five + pooled,
            "That is the number of channels that come out.",
        ),
    ],
)


# 7. Count what taking apart saves -------------------------------------------------------------------


def count_saved(in_channels, out_channels, size, kernel_size):
    whole = in_channels * out_channels * kernel_size * kernel_size
    row = in_channels * in_channels * kernel_size
    column = in_channels * out_channels * kernel_size
    return (whole - row - column) * size * size


def saved_cases(rng: np.random.Generator) -> Case:
    in_channels, out_channels = 8 * rng.permutation(np.arange(15, 30))[:2]
    return {
        "in_channels": int(in_channels),
        "out_channels": int(out_channels),
        "size": int(rng.integers(11, 36)),
        "kernel_size": int(rng.choice([5, 7, 9])),
    }


def pieces(in_channels, out_channels, size, kernel_size):
    """MACs of the large kernel, of the row and of the column."""
    each = [in_channels * out_channels * kernel_size, in_channels * in_channels, in_channels * out_channels]
    return [int(n) * kernel_size * size**2 for n in each]


def of_pieces(combine):
    """What one gets by combining the three in another way."""
    return lambda **layer: combine(*pieces(**layer))


SAVED = DrawnExercise(
    count_saved,
    points=2,
    cases=saved_cases,
    question=(
        "A {kernel_size}×{kernel_size} convolution reads {in_channels} channels of {size}×{size} pixels and "
        "writes {out_channels} of the same size. You replace it by a 1×{kernel_size} from {in_channels} to "
        "{in_channels} channels and a {kernel_size}×1 from {in_channels} to {out_channels}. How many MACs an "
        "image do you save?"
    ),
    mistakes=[
        wrong(
            "what is left",
            of_pieces(lambda whole, row, column: row + column),
            "That is what the two layers cost. What you save is the difference to the large one.",
        ),
        wrong(
            "the whole",
            of_pieces(lambda whole, row, column: whole),
            "That is what the large kernel costs. Its two successors are not free.",
        ),
        wrong(
            "row forgotten",
            of_pieces(lambda whole, row, column: whole - column),
            "You forgot the cost of the first of the two layers.",
        ),
        wrong(
            "column forgotten",
            of_pieces(lambda whole, row, column: whole - row),
            "You forgot the cost of the second of the two layers.",
        ),
        wrong(
            "middle as wide as the output",
            lambda in_channels, out_channels, size, kernel_size: (
                out_channels * kernel_size * size**2 * (in_channels * (kernel_size - 1) - out_channels)
            ),
            "You let the first layer write as many channels as come out in the end. In the question it "
            "writes as many as it reads.",
        ),
        wrong(
            "weights",
            lambda **layer: count_saved(**layer | {"size": 1}),
            "Those are the weights saved. Each is used at size · size positions.",
        ),
        wrong(
            "two 3×3",
            lambda in_channels, out_channels, size, kernel_size: (
                in_channels * size**2 * (kernel_size**2 * out_channels - 9 * in_channels - 9 * out_channels)
            ),
            "You replaced it by two 3×3. The question asks for a row and a column.",
        ),
        wrong(
            "two a mac",
            lambda **layer: 2 * count_saved(**layer),
            "You counted two operations a MAC. The question asks for MACs.",
        ),
    ],
)


# 8. Count the pixels a unit sees --------------------------------------------------------------------


def count_seen(field, jump, modules, rows):
    height = field + modules * (5 - 1) * jump
    height += (3 - 1) * jump
    jump = 2 * jump
    width = height + rows * (7 - 1) * jump
    return height * width


def seen_cases(rng: np.random.Generator) -> Case:
    modules, rows = rng.permutation(np.arange(2, 10))[:2]
    return {
        "field": int(rng.integers(11, 150)),
        "jump": int(rng.choice([4, 8, 12, 16])),
        "modules": int(modules),
        "rows": int(rows),
    }


def sees(across, pooled=2, apart=2, whole=4, seven=6):
    """Height times width with other constants, `across` more in height too."""

    def wrong(field, jump, modules, rows):
        height = field + modules * whole * jump + pooled * jump
        longer = rows * seven * apart * jump
        return (height + across * longer) * (height + longer)

    return wrong


SEEN = DrawnExercise(
    count_seen,
    points=2,
    cases=seen_cases,
    question=(
        "Each unit of a layer sees {field}×{field} pixels, and neighbours' views lie {jump} pixels apart. "
        "{modules} Inception modules with branches up to 5×5 follow, then a pooling of 3×3 with stride 2, "
        "then {rows} convolutions whose kernels are one row of seven, 1×7. How many pixels, height times "
        "width, does a unit see at the end?"
    ),
    mistakes=[
        wrong(
            "square",
            sees(1),
            "You let the 1×7 kernels look up and down too. A row of seven sees further to the left and the "
            "right only, so the view is wider than it is high.",
        ),
        wrong(
            "the width",
            lambda field, jump, modules, rows: field + (4 * modules + 2 + 12 * rows) * jump,
            "That is how far it sees from left to right. The question asks for height times width.",
        ),
        wrong(
            "rows forgotten",
            sees(0, seven=0),
            "The 1×7 kernels are missing: each adds six units to the width.",
        ),
        wrong(
            "3×3 path",
            sees(0, whole=2),
            "You took the 3×3 of every module. A unit sees as far as its widest path, through the 5×5.",
        ),
        wrong(
            "stride forgotten",
            sees(0, apart=1),
            "After the pooling neighbours lie twice as far apart, so each 1×7 adds twice as many pixels.",
        ),
        wrong(
            "stride too early",
            sees(0, pooled=4),
            "Your jump doubled before the pooling's own window was added. A kernel spans units of its "
            "layer's input; the stride shows from the next layer on.",
        ),
        wrong(
            "pooling forgotten",
            sees(0, pooled=0),
            "The pooling looks at 3×3 units itself, and so adds two jumps.",
        ),
        wrong(
            "five units",
            sees(0, whole=5),
            "You added five units for each 5×5. One of the five was there already: four are new.",
        ),
        wrong(
            "branches added",
            sees(0, whole=6),
            "You added up what the 3×3 and the 5×5 of a module see. They stand side by side: a path takes "
            "one of them.",
        ),
    ],
)

EXERCISES = [MLPCONV, BRANCHES, HEADS, SMOOTHING, SEPARABLE, MODULE, SAVED, SEEN]

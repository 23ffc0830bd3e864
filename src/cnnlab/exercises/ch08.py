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
    """Whole numbers as floats, an image that is not square, and not more than a reader can look through."""
    height, width = rng.permutation([3, 4, 5])[:2]
    channels, first, second = int(rng.integers(1, 3)), int(rng.integers(2, 4)), int(rng.integers(2, 4))
    size = int(rng.integers(2, 4))
    return {
        "x": rng.integers(-3, 4, (channels, height, width)).astype(float),
        "kernels": rng.integers(-3, 4, (first, channels, size, size)).astype(float),
        "hidden": rng.integers(-3, 4, (second, first)).astype(float),
    }


MLPCONV = Exercise(
    mlpconv,
    points=2,
    cases=mlpconv_cases,
    mistakes=[
        wrong(
            "no ReLU between",
            {"np.maximum(first, 0)": "first"},
            "There is no ReLU between your two layers. Without it they are one linear layer, and the second "
            "has no purpose.",
        ),
        wrong(
            "no ReLU at the end",
            {"np.maximum(second, 0)": "second"},
            "The ReLU after the 1×1 layer is missing: in an mlpconv one follows each layer.",
        ),
        wrong(
            "no ReLU",
            {"np.maximum(first, 0)": "first", "np.maximum(second, 0)": "second"},
            "There is no ReLU at all. Then the whole is linear in the pixels, which is just what an mlpconv "
            "was made to overcome.",
        ),
        wrong(
            "image rectified",
            {"x[:, i": "np.maximum(x, 0)[:, i"},
            "You rectified the image too. A ReLU stands behind each layer, none before the first.",
        ),
        wrong(
            "ReLU before the layers",
            {"x[:, i": "np.maximum(x, 0)[:, i", "np.maximum(second, 0)": "second"},
            "Your ReLUs stand before the layers: the image is rectified and the result is not. A ReLU "
            "follows each layer.",
        ),
        wrong(
            "channels rectified apart",
            {
                "(kernels * window).sum(axis=(1, 2, 3))": (
                    "np.maximum((kernels * window).sum(axis=(2, 3)), 0).sum(axis=1)"
                )
            },
            "You took a ReLU of what each input channel gives, and then the sum. A convolution sums over all "
            "channels first.",
        ),
        wrong(
            "padded",
            {"[2]\n": "[2]\n    x = np.pad(x, [(0, 0), *[((size - 1) // 2, size // 2)] * 2])\n"},
            "You padded the image, so that its size stays. The task asks for no padding: "
            "[N, H − K + 1, W − K + 1].",
        ),
        wrong(
            "kernel flipped",
            {"kernels *": "kernels[:, :, ::-1, ::-1] *"},
            "You turned the kernels by 180°. Networks compute cross-correlation: the kernel stays as it is.",
        ),
        wrong(
            "kernel transposed",
            {"kernels *": "kernels.swapaxes(2, 3) *"},
            "You exchanged rows and columns of the kernels. Their last axis runs along the rows of pixels, "
            "as that of the image does.",
        ),
        wrong(
            "first channel only",
            {"kernels * window": "kernels[:, :1] * window[:1]"},
            "Your windows hold one channel. A kernel is as deep as the image and sums over all channels.",
        ),
        wrong(
            "mean of the window",
            {".sum(": ".mean("},
            "You took the mean of a window's products. A convolution takes their sum.",
        ),
        wrong(
            "convolution only",
            {"hidden @ np.maximum(first, 0)": "hidden.sum(axis=1) * np.maximum(first, 0).mean()"},
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


BRANCHES = Exercise(
    branch_macs,
    points=3,
    cases=module_cases,
    mistakes=[
        wrong(
            "naive",
            {
                "in_channels * reduce3 + reduce3": "in_channels",
                "in_channels * reduce5 + reduce5": "in_channels",
            },
            "Your 3×3 and 5×5 read the module's input. They read what the 1×1 before them wrote: far fewer "
            "channels, which is what that 1×1 is for.",
        ),
        wrong(
            "naive and reductions",
            {"+ reduce3": "+ in_channels", "+ reduce5": "+ in_channels"},
            "You counted the reductions, and then let the 3×3 and 5×5 read the module's input all the same.",
        ),
        wrong(
            "reductions forgotten",
            {"in_channels * reduce3 + ": "", "in_channels * reduce5 + ": ""},
            "The 1×1 convolutions before the 3×3 and the 5×5 cost something too: all input channels times "
            "the reduced ones.",
        ),
        wrong(
            "pooling branch free",
            {"in_channels * pooled": "0"},
            "Pooling is free here, but a 1×1 convolution follows it.",
        ),
        wrong(
            "pooling counted",
            {"in_channels * pooled": "in_channels * (9 + pooled)"},
            "You counted nine MACs for each number that the pooling gives. It compares and multiplies "
            "nothing: only the 1×1 after it counts.",
        ),
        wrong(
            "projection after nine",
            {"in_channels * pooled": "9 * in_channels * pooled"},
            "You charged the 1×1 after the pooling for the pooling's window. It reads one pixel.",
        ),
        wrong(
            "pooling halves",
            {"in_channels * pooled": "in_channels * pooled * (size // 2) ** 2 / size**2"},
            "You let the pooling halve the map. Inside a module its stride is 1: all branches have to fit "
            "together.",
        ),
        wrong(
            "no padding",
            {
                "three * 3 * 3": "three * 3 * 3 * (size - 2) ** 2 / size**2",
                "five * 5 * 5": "five * 5 * 5 * (size - 4) ** 2 / size**2",
            },
            "Your 3×3 and 5×5 give smaller maps. They are padded: all branches have to fit together, at "
            "size · size positions.",
        ),
        wrong(
            "kernel's side",
            {"3 * 3": "3", "5 * 5": "5"},
            "You multiplied by a kernel's side and not by its area: 9 weights a channel for 3×3, 25 for 5×5.",
        ),
        wrong(
            "five as three",
            {"5 * 5": "3 * 3"},
            "Your third branch has a 3×3. So does torchvision's GoogLeNet; the paper's is a 5×5.",
        ),
        wrong(
            "two 3×3",
            {"reduce5 * five * 5 * 5": "(reduce5 + five) * five * 3 * 3"},
            "You replaced the 5×5 by two 3×3. That came with Inception-v2; this module has a 5×5.",
        ),
        wrong(
            "weights",
            {" * size * size": ""},
            "You counted weights. Each is used at size · size positions.",
        ),
        wrong(
            "one row of pixels",
            {"size * size": "size"},
            "You multiplied by the image's width once. There are size · size positions.",
        ),
        wrong(
            "two a mac",
            {"np.array(branches)": "2 * np.array(branches)"},
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
    """Scores of which some are so large or so far apart that exp alone does not bear them."""
    images, classes = int(rng.integers(2, 5)), int(rng.integers(3, 6))
    scores, first, second = rng.integers(-3, 4, (3, images, classes)).astype(float)
    labels = rng.integers(0, classes, images)
    for z in (scores, first, second):
        z[0] += rng.choice([-1000, 1000])  # each its own: one maximum for all three does not do
        z[1, labels[1] - rng.integers(2)] -= 1000  # the right class, or a wrong one
    return {
        "scores": scores,
        "first": first,
        "second": second,
        "labels": labels,
        "training": bool(rng.random() < 0.6),
    }


HEADS = Exercise(
    loss_with_heads,
    points=2,
    cases=heads_cases,
    mistakes=[
        wrong(
            "heads at test time",
            {"if training": "if True"},
            "You counted the heads when `training` is false. They are cut off then: only the main scores "
            "are left.",
        ),
        wrong(
            "heads at test time only",
            {"if training": "if not training"},
            "You counted the heads when `training` is false, and only then. It is the other way round: they "
            "help to train and are cut off afterwards.",
        ),
        wrong(
            "heads forgotten",
            {"if training": "if False"},
            "The heads are missing: in training each adds its own cross-entropy, times 0.3.",
        ),
        wrong(
            "full weight",
            {"0.3 * ": ""},
            "Your heads weigh as much as the main scores. Their losses are multiplied by 0.3.",
        ),
        wrong(
            "second head at full weight",
            {"0.3 * (cross_entropy(first) + ": "(0.3 * cross_entropy(first) + "},
            "Only the first of your heads is multiplied by 0.3. The second is, too: mind the parentheses.",
        ),
        wrong(
            "0.7 for the rest",
            {"loss +=": "loss = 0.7 * loss +"},
            "You gave the main loss a weight of 0.7. It keeps its full weight; the heads come on top.",
        ),
        wrong(
            "0.4 for the rest",
            {"loss +=": "loss = 0.4 * loss +"},
            "You made the three weights add up to 1. The main loss keeps its full weight; the heads come on "
            "top.",
        ),
        wrong(
            "mean of the heads",
            {"0.3": "0.15"},
            "You took the mean of the two heads. Each has the weight 0.3.",
        ),
        wrong(
            "one head",
            {" + cross_entropy(second)": ""},
            "Your second head is missing: both have a loss, and each the weight 0.3.",
        ),
        wrong(
            "scores added",
            {
                "entropy(scores)": "entropy(scores + 0.3 * (first + second) * training)",
                "if training": "if False",
            },
            "You added up the scores and took one cross-entropy. Each head is judged by itself; their losses "
            "are added.",
        ),
        wrong(
            "softmax forgotten",
            {"z - z.max(axis=1, keepdims=True)": "z", " - np.log(np.exp(z).sum(axis=1, keepdims=True))": ""},
            "You took the scores for logarithms of probabilities. They need a softmax first.",
        ),
        wrong(
            "softmax over the images",
            {"max(axis=1": "max(axis=0", "sum(axis=1": "sum(axis=0"},
            "Your softmax runs over the images. The classes of one image share its probability: that is the "
            "last axis.",
        ),
        wrong(
            "sum over images",
            {".mean()": ".sum()"},
            "You added up the images' losses. Take their mean, so that the batch size does not matter.",
        ),
        wrong(
            "mean over classes",
            {"labels].mean()": "labels].mean() / z.shape[1]"},
            "You took the mean over the classes, too: over a table that is 0 but for the right ones. A "
            "cross-entropy is the sum over them; the mean is over the images.",
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
    """Scores of which some are so large or so far apart that exp alone does not bear them."""
    images, classes = int(rng.integers(2, 5)), int(rng.integers(3, 7))
    scores = rng.integers(-4, 5, (images, classes)).astype(float)
    labels = rng.integers(0, classes, images)
    scores[0] += 1000
    scores[1, labels[1] - 1] -= 1000  # a wrong class
    return {"scores": scores, "labels": labels, "epsilon": float(rng.choice([0.1, 0.2, 0.3]))}


SMOOTHING = Exercise(
    smoothed_loss,
    points=2,
    cases=smoothing_cases,
    mistakes=[
        wrong(
            "epsilon ignored",
            {"epsilon / classes": "0.0", "1 - epsilon": "1"},
            "That is the ordinary cross-entropy: epsilon does nothing in it.",
        ),
        wrong(
            "others only",
            {"/ classes": "/ (classes - 1)", "+=": "="},
            "You dealt epsilon to the other classes only. It goes to all K alike, so the right class has "
            "1 − ε + ε/K.",
        ),
        wrong(
            "share of the right class lost",
            {"+=": "="},
            "Your targets do not add up to 1: the right class gets its own share ε/K on top of 1 − ε.",
        ),
        wrong(
            "shares lost",
            {"epsilon / classes": "0.0"},
            "You took ε away from the right class and gave it to nobody. Each of the K classes gets ε/K.",
        ),
        wrong(
            "right class stays 1",
            {"+= 1 - epsilon": "= 1"},
            "Your targets add up to more than 1: what the others get, the right class must give.",
        ),
        wrong(
            "epsilon each",
            {" / classes": ""},
            "You gave every class epsilon. They share it: ε/K each.",
        ),
        wrong(
            "exchanged",
            {"epsilon / classes": "(1 - epsilon) / classes", "+= 1 - epsilon": "+= epsilon"},
            "You exchanged ε and 1 − ε. The right class keeps 1 − ε; it is ε that all classes share.",
        ),
        wrong(
            "probabilities smoothed",
            {
                "z - np.log(np.exp(z).sum(axis=1, keepdims=True))": (
                    "np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)\n"
                    "    log_p = np.log((1 - epsilon) * log_p + epsilon / classes)"
                ),
                "(images, classes), epsilon / classes": "(images, classes), 0.0",
                "+= 1 - epsilon": "= 1",
            },
            "You smoothed the network's probabilities. It is the targets that are smoothed; the network has "
            "to answer to them.",
        ),
        wrong(
            "softmax forgotten",
            {
                " - scores.max(axis=1, keepdims=True)": "",
                " - np.log(np.exp(z).sum(axis=1, keepdims=True))": "",
            },
            "You took the scores for logarithms of probabilities. They need a softmax first.",
        ),
        wrong(
            "softmax over the images",
            {"max(axis=1": "max(axis=0", "sum(axis=1, keepdims": "sum(axis=0, keepdims"},
            "Your softmax runs over the images. The classes of one image share its probability: that is the "
            "last axis.",
        ),
        wrong(
            "sum over images",
            {".mean()": ".sum()"},
            "You added up the images' losses. Take their mean.",
        ),
        wrong(
            "mean over classes",
            {".sum(axis=1).mean()": ".mean()"},
            "You took the mean over the classes, too. A cross-entropy is the sum over them; the mean is over "
            "the images.",
        ),
        wrong(
            "entropy subtracted",
            {"targets * log_p": "targets * (log_p - np.log(targets))"},
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
    """Kernels whose first two singular values differ by far more than rounding."""
    shape = rng.choice([3, 4, 5], 2)
    while True:
        kernel = rng.integers(-9, 10, shape).astype(float)
        s = np.linalg.svd(kernel, compute_uv=False)
        if s[0] > 1.3 * s[1] and s[1] > 1.2 * s[2] and abs(kernel.sum()) > 5 and s[-1] > 0.5:
            return {"kernel": kernel}


SEPARABLE = Exercise(
    nearest_separable,
    points=2,
    cases=kernel_cases,
    mistakes=[
        wrong(
            "strength forgotten",
            {" * s[0]": ""},
            "You left the singular value out: row and column have length 1 each, and their product is far "
            "too weak.",
        ),
        wrong(
            "strength halved",
            {"s[0]": "np.sqrt(s[0])"},
            "Only the root of the singular value is in your product. If the column takes the root, the row "
            "takes it as well.",
        ),
        wrong(
            "strength squared",
            {"s[0]": "s[0] ** 2"},
            "The square of the singular value is in your product. The value itself belongs there, once. (It "
            "is the root of an eigenvalue of KᵀK.)",
        ),
        wrong(
            "two components",
            {"* row": "* row + s[1] * np.outer(u[:, 1], vt[1])"},
            "You kept two components. Their sum needs two columns and two rows: it is not separable.",
        ),
        wrong(
            "second component",
            {"u[:, 0] * s[0]": "u[:, 1] * s[1]", "vt[0]": "vt[1]"},
            "You took the second component. The first is the largest: the singular values come in falling "
            "order.",
        ),
        wrong(
            "last component",
            {"u[:, 0] * s[0]": "u[:, len(s) - 1] * s[-1]", "vt[0]": "vt[len(s) - 1]"},
            "You took the last component, which matters least. The singular values come in falling order.",
        ),
        wrong(
            "column of vt",
            {"svd(kernel)": "svd(kernel, full_matrices=False)", "vt[0]": "vt[:, 0]"},
            "You took a column of the second matrix. `svd` gives it transposed: its rows are the kernel's "
            "rows.",
        ),
        wrong(
            "row of u",
            {"u[:, 0]": "u[0]"},
            "You took a row of the first matrix. Its *columns* belong to the singular values; only the last "
            "matrix comes transposed.",
        ),
        wrong(
            "transposed",
            {"column[:, None] * row": "row[:, None] * column"},
            "Your kernel is transposed: the column runs down and the row to the right.",
        ),
        wrong(
            "sums",
            lambda kernel: np.outer(kernel.sum(axis=1), kernel.sum(axis=0)) / kernel.sum(),
            "You multiplied the sums of the rows by those of the columns. That gives a separable kernel "
            "back; of any other kernel it does not give the nearest.",
        ),
        wrong(
            "mean row",
            {
                "column = u[:, 0] * s[0]": "row = kernel.mean(axis=0)",
                "row = vt[0]": "column = kernel @ row / (row @ row)",
            },
            "Your row is the mean of the rows, and your column the best for that. Another row does better: "
            "the singular value decomposition finds it.",
        ),
        wrong(
            "middle lines",
            lambda kernel: np.outer(kernel[:, kernel.shape[1] // 2], kernel[len(kernel) // 2]),
            "You built it from the kernel's middle row and middle column. All the others count as much.",
        ),
        wrong(
            "rest",
            {"return ": "return kernel - "},
            "That is what the nearest separable kernel leaves over: the difference, not the kernel.",
        ),
        wrong(
            "unchanged",
            lambda kernel: kernel,
            "Your kernel is the one you were given, and it takes more than one row and one column.",
        ),
    ],
)


# 6. Count a module ----------------------------------------------------------------------------------


def count_module(in_channels, one, reduce3, three, reduce5, five, pooled):
    ones = one + reduce3 + reduce5 + pooled  # the 1×1 that read the input
    weights = in_channels * ones + 9 * reduce3 * three + 25 * reduce5 * five
    return weights + ones + three + five


def counted_cases(rng: np.random.Generator) -> Case:
    case = module_cases(rng)
    del case["size"]
    return case


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
            {" + ones + three + five": ""},
            "The biases are missing: one for each channel that a convolution writes, reductions included.",
        ),
        wrong(
            "bias of the outputs only",
            {"+ ones": "+ one + pooled"},
            "The two reductions have biases too: you counted those of the module's outputs only.",
        ),
        wrong(
            "one bias a convolution",
            {"ones + three + five": "6"},
            "You gave each convolution one bias. It has one for each channel that it writes.",
        ),
        wrong(
            "naive",
            {" + reduce3 + reduce5": "", "* reduce3": "* in_channels", "* reduce5": "* in_channels"},
            "You left the reductions out: without them the 3×3 and the 5×5 read all the input channels.",
        ),
        wrong(
            "naive and reductions",
            {"* reduce3": "* in_channels", "* reduce5": "* in_channels"},
            "Your 3×3 and 5×5 read the module's input. They read what the reductions wrote.",
        ),
        wrong(
            "reductions forgotten",
            {" + reduce3 + reduce5": ""},
            "You did not count the two 1×1 reductions.",
        ),
        wrong(
            "projection forgotten",
            {" + pooled": ""},
            "The 1×1 after the pooling is missing. Pooling itself has no parameters, but it has.",
        ),
        wrong(
            "projection of 3×3",
            {"+ 9": "+ 8 * in_channels * pooled + 9"},
            "You put a 3×3 behind the pooling. There is a 1×1: the window of 3×3 is the pooling's own.",
        ),
        wrong(
            "kernel's side",
            {"9 *": "3 *", "25 *": "5 *"},
            "You multiplied by a kernel's side and not by its area: 9 weights a channel for 3×3, 25 for 5×5.",
        ),
        wrong(
            "five as three",
            {"25": "9"},
            "You counted the 5×5 as a 3×3. That is torchvision's GoogLeNet, not the paper's.",
        ),
        wrong(
            "two 3×3",
            {"25 * reduce5": "9 * (reduce5 + five)", "three + five": "three + 2 * five"},
            "You replaced the 5×5 by two 3×3. That came with Inception-v2; this module has a 5×5.",
        ),
        wrong(
            "output channels",
            {"weights + ones + three + five": "one + three + five + pooled"},
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
            {"whole - row - column": "row + column"},
            "That is what the two layers cost. What you save is the difference to the large one.",
        ),
        wrong(
            "the whole",
            {" - row - column": ""},
            "That is what the large kernel costs. Its two successors are not free.",
        ),
        wrong(
            "row forgotten",
            {" - row": ""},
            "You forgot the cost of the first of the two layers.",
        ),
        wrong(
            "column forgotten",
            {" - column": ""},
            "You forgot the cost of the second of the two layers.",
        ),
        wrong(
            "middle as wide as the output",
            {"* in_channels": "* out_channels", "column = in_channels": "column = out_channels"},
            "You let the first layer write as many channels as come out in the end. In the question it "
            "writes as many as it reads.",
        ),
        wrong(
            "both from input to output",
            {"* in_channels": "* out_channels"},
            "You let both layers go from the input's channels to the output's. The first gives as many as it "
            "reads.",
        ),
        wrong(
            "row depthwise",
            {" * in_channels": ""},
            "You gave the row one kernel a channel. It is an ordinary convolution: each of its outputs reads "
            "all input channels.",
        ),
        wrong(
            "no padding",
            {
                "whole - row - column) * size * size": (
                    "(whole - column) * (size - kernel_size + 1) - row * size) * (size - kernel_size + 1)"
                )
            },
            "You let the map shrink. It is padded: each of the layers writes size · size pixels.",
        ),
        wrong(
            "weights",
            {" * size * size": ""},
            "Those are the weights saved. Each is used at size · size positions.",
        ),
        wrong(
            "one row of pixels",
            {" * size * size": " * size"},
            "You multiplied by the size once. There are size · size positions.",
        ),
        wrong(
            "two 3×3",
            {
                "in_channels * in_channels * kernel_size": "in_channels * in_channels * 9",
                "out_channels * kernel_size\n": "out_channels * 9\n",
            },
            "You replaced it by two 3×3. The question asks for a row and a column.",
        ),
        wrong(
            "two a mac",
            {"return ": "return 2 * "},
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
            {"height * width": "width * width"},
            "You let the 1×7 kernels look up and down too. A row of seven sees further to the left and the "
            "right only, so the view is wider than it is high.",
        ),
        wrong(
            "the width",
            {"height * width": "width"},
            "That is how far it sees from left to right. The question asks for height times width.",
        ),
        wrong(
            "rows forgotten",
            {" + rows * (7 - 1) * jump": ""},
            "The 1×7 kernels are missing: each adds six units to the width.",
        ),
        wrong(
            "3×3 path",
            {"5 - 1": "3 - 1"},
            "You took the 3×3 of every module. A unit sees as far as its widest path, through the 5×5.",
        ),
        wrong(
            "stride forgotten",
            {"jump = 2 * jump": "pass"},
            "Your width is as small as if each 1×7 added six pixels. After the pooling neighbours lie twice "
            "as far apart, so each of them adds twice as many.",
        ),
        wrong(
            "stride too early",
            {"(3 - 1) * jump": "(3 - 1) * 2 * jump"},
            "Your number is as large as if the jump doubled before the pooling's own window was added. A "
            "kernel spans units of its layer's input; the stride shows from the next layer on.",
        ),
        wrong(
            "jump left out",
            {"(5 - 1) * jump": "(5 - 1)", "(3 - 1) * jump": "(3 - 1)", "2 * jump": "2"},
            "You added units where pixels are asked for. Neighbours' views lie `jump` pixels apart: multiply "
            "by it.",
        ),
        wrong(
            "pooling forgotten",
            {"height += (3 - 1) * jump": "pass"},
            "The pooling looks at 3×3 units itself, and so adds two jumps.",
        ),
        wrong(
            "five units",
            {"5 - 1": "5"},
            "You added five units for each 5×5. One of the five was there already: four are new.",
        ),
        wrong(
            "whole kernels",
            {"5 - 1": "5", "3 - 1": "3", "7 - 1": "7"},
            "You added each kernel's whole side. One of its units was there already: a 5×5 adds four, a 3×3 "
            "two and a 1×7 six.",
        ),
        wrong(
            "branches added",
            {"5 - 1": "5 - 1 + 3 - 1"},
            "You added up what the 3×3 and the 5×5 of a module see. They stand side by side: a path takes "
            "one of them.",
        ),
    ],
)

EXERCISES = [MLPCONV, BRANCHES, HEADS, SMOOTHING, SEPARABLE, MODULE, SAVED, SEEN]

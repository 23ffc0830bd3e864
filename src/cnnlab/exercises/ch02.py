"""Chapter 02, The other layers: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


# 1. Max pooling -------------------------------------------------------------------------------------


def max_pool2d(x, kernel_size, stride, ceil_mode):
    channels, height, width = x.shape
    up = stride - 1 if ceil_mode else 0  # what makes // round up
    rows = (height - kernel_size + up) // stride + 1
    columns = (width - kernel_size + up) // stride + 1
    output = np.zeros((channels, rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = x[:, top : top + kernel_size, left : left + kernel_size]
            output[:, i, j] = window.max(axis=(1, 2))
    return output


def pool_cases(rng: np.random.Generator) -> Case:
    height, width = rng.permutation(np.arange(5, 9))[:2]
    kernel_size = int(rng.integers(2, 4))
    return {
        "x": numbers(rng, 2, height, width) - 5,  # windows without a positive number do occur
        "kernel_size": kernel_size,
        "stride": int(rng.integers(1, kernel_size + 1)),
        "ceil_mode": bool(rng.integers(2)),
    }


def pooled(x, kernel_size, stride, ceil_mode, function):
    """`max_pool2d` with another function of a window [C, k, k], cut off at the border."""
    output = max_pool2d(x, kernel_size, stride, ceil_mode)
    for i, j in np.ndindex(output.shape[1:]):
        top, left = i * stride, j * stride
        output[:, i, j] = function(x[:, top : top + kernel_size, left : left + kernel_size])
    return output


MAX_POOL = Exercise(
    max_pool2d,
    points=2,
    cases=pool_cases,
    mistakes=[
        wrong(
            "ceil mode ignored",
            lambda x, kernel_size, stride, ceil_mode: max_pool2d(x, kernel_size, stride, False),
            "You always round down. With `ceil_mode` a last window that reaches over the edge counts too, "
            "and sees only the pixels that exist.",
        ),
        wrong(
            "always ceil mode",
            lambda x, kernel_size, stride, ceil_mode: max_pool2d(x, kernel_size, stride, True),
            "You always round up. Without `ceil_mode` a window that does not fit whole is left out.",
        ),
        wrong(
            "padded with zeros",
            lambda x, kernel_size, stride, ceil_mode: max_pool2d(
                np.pad(x, ((0, 0), (0, kernel_size), (0, kernel_size))), kernel_size, stride, False
            )[(slice(None), *map(slice, max_pool2d(x, kernel_size, stride, ceil_mode).shape[1:]))],
            "You filled what lies beyond the edge with zeros, and where a window holds negative numbers "
            "only, your zero wins. Leave those places out, or fill them with −∞.",
        ),
        wrong(
            "average",
            lambda x, kernel_size, stride, ceil_mode: pooled(
                x, kernel_size, stride, ceil_mode, lambda window: window.mean(axis=(1, 2))
            ),
            "You took the mean of each window. Max pooling keeps its largest number and drops the others.",
        ),
        wrong(
            "maximum over channels",
            lambda x, kernel_size, stride, ceil_mode: pooled(
                x, kernel_size, stride, ceil_mode, lambda window: window.max()
            ),
            "You took the maximum over the channels as well, so all of them come out alike. Each channel is "
            "pooled by itself.",
        ),
        wrong(
            "largest without its sign",
            lambda x, kernel_size, stride, ceil_mode: max_pool2d(abs(x), kernel_size, stride, ceil_mode),
            "You compared the numbers without their signs. The maximum of −8 and 3 is 3.",
        ),
        wrong(
            "stride ignored",
            lambda x, kernel_size, stride, ceil_mode: max_pool2d(x, kernel_size, 1, ceil_mode),
            "Your window moves one pixel at a time. With stride S the window of output (i, j) starts at row "
            "i·S and column j·S.",
        ),
        wrong(
            "windows never overlap",
            lambda x, kernel_size, stride, ceil_mode: max_pool2d(x, kernel_size, kernel_size, ceil_mode),
            "Your window jumps by its own size. The stride decides: with a stride below the kernel's size "
            "neighbouring windows overlap, as AlexNet's do.",
        ),
        wrong(
            "last window forgotten",
            lambda x, kernel_size, stride, ceil_mode: max_pool2d(x, kernel_size, stride, ceil_mode)[
                :, :-1, :-1
            ],
            "One row and one column of outputs are missing. The division counts the jumps; the window stands "
            "in one place before the first, so add 1.",
        ),
    ],
)


# 2. Batch normalization, in training ----------------------------------------------------------------


def batch_norm(x, weight, bias, eps):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    normal = (x - mean) / np.sqrt(var + eps)
    return weight[:, None, None] * normal + bias[:, None, None]


def norm_cases(rng: np.random.Generator) -> Case:
    channels = int(rng.integers(2, 4))
    return {
        "x": numbers(rng, int(rng.integers(2, 4)), channels, 2, int(rng.integers(1, 4))),
        "weight": rng.integers(2, 6, channels).astype(float),
        "bias": numbers(rng, channels),
        "eps": float(rng.integers(2, 9)) / 4,  # large enough to be seen
    }


def normalized(x, weight, bias, eps, axes=(0, 2, 3), ddof=0):
    """`batch_norm` over other axes."""
    mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True, ddof=ddof)
    return weight[:, None, None] * ((x - mean) / np.sqrt(var + eps)) + bias[:, None, None]


def divided(x, weight, bias, eps, by):
    """`batch_norm` with another divisor, a function of the variance."""
    mean, var = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    return weight[:, None, None] * (x - mean) / by(var) + bias[:, None, None]


BATCH_NORM = Exercise(
    batch_norm,
    points=2,
    cases=norm_cases,
    mistakes=[
        wrong(
            "each image by itself",
            lambda **case: normalized(**case, axes=(2, 3)),
            "You normalize each image by itself; that is called instance normalization. Here the whole batch "
            "shares one mean and one variance a channel: axes 0, 2 and 3.",
        ),
        wrong(
            "each place by itself",
            lambda **case: normalized(**case, axes=0),
            "You take the mean over the batch only, for each pixel apart. In a feature map all places are "
            "alike, so rows and columns are averaged too: axes 0, 2 and 3.",
        ),
        wrong(
            "all channels together",
            lambda **case: normalized(**case, axes=None),
            "You take one mean over everything. Each channel has its own mean and variance.",
        ),
        wrong(
            "layer normalization",
            lambda **case: normalized(**case, axes=(1, 2, 3)),
            "You take the mean over the channels of each image. That is layer normalization; here the mean "
            "runs over the batch, rows and columns, and each channel has its own.",
        ),
        wrong(
            "divided by n − 1",
            lambda **case: normalized(**case, ddof=1),
            "Your variance divides by n − 1. Inside the layer it is the plain mean of the squares (n); only "
            "the running variance, kept for later, is corrected.",
        ),
        wrong(
            "divided by the variance",
            lambda x, weight, bias, eps: divided(x, weight, bias, eps, lambda var: var + eps),
            "You divide by the variance. Dividing by its root, the standard deviation, is what makes "
            "the spread 1.",
        ),
        wrong(
            "eps outside the root",
            lambda x, weight, bias, eps: divided(x, weight, bias, eps, lambda var: np.sqrt(var) + eps),
            "You add eps to the standard deviation. It belongs under the root: √(σ² + ε).",
        ),
        wrong(
            "not divided",
            lambda x, weight, bias, eps: divided(x, weight, bias, eps, np.ones_like),
            "You subtract the mean and do not divide. After that the spread has to be made 1: divide by "
            "√(σ² + ε).",
        ),
        wrong(
            "mean not subtracted",
            lambda x, weight, bias, eps: (
                normalized(x, weight, bias, eps)
                + weight[:, None, None]
                * x.mean(axis=(0, 2, 3), keepdims=True)
                / np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + eps)
            ),
            "You divide and do not subtract the mean. First x − μ, then the division.",
        ),
        wrong(
            "weight and bias forgotten",
            lambda x, weight, bias, eps: normalized(x, np.ones_like(weight), np.zeros_like(bias), eps),
            "Your result is normalized, and left so. The layer still multiplies each channel by its weight γ "
            "and adds its bias β.",
        ),
        wrong(
            "bias scaled",
            lambda x, weight, bias, eps: normalized(x, weight, weight * bias, eps),
            "You add the bias before you multiply. It is γ·x̂ + β: the bias is not scaled.",
        ),
    ],
)


# 3. Folding it into a convolution -------------------------------------------------------------------


def fold_batch_norm(weight, bias, mean, var, gamma, beta, eps):
    scale = gamma / np.sqrt(var + eps)
    kernels = weight.reshape(len(weight), -1) * scale[:, None]
    folded_bias = (bias - mean) * scale + beta
    return np.column_stack([kernels, folded_bias])


def fold_cases(rng: np.random.Generator) -> Case:
    channels, size = int(rng.integers(2, 4)), int(rng.integers(1, 3))  # as many in as out: axes mix unseen
    return {
        "weight": numbers(rng, channels, channels, size, size),
        "bias": numbers(rng, channels),
        "mean": numbers(rng, channels),
        "var": rng.integers(2, 30, channels).astype(float),
        "gamma": rng.integers(2, 6, channels).astype(float),
        "beta": numbers(rng, channels),
        "eps": float(rng.integers(2, 9)) / 4,
    }


def stacked(weight, bias):
    return np.column_stack([weight.reshape(len(weight), -1), bias])


def scale_of(case):
    return case["gamma"] / np.sqrt(case["var"] + case["eps"])


FOLD = Exercise(
    fold_batch_norm,
    points=3,
    cases=fold_cases,
    mistakes=[
        wrong(
            "eps ignored",
            lambda **case: fold_batch_norm(**case | {"eps": 0.0}),
            "You left ε out. Batch normalization divides by √(σ² + ε), and so must the folded layer.",
        ),
        wrong(
            "divided by the variance",
            lambda **case: fold_batch_norm(**case | {"var": (case["var"] + case["eps"]) ** 2, "eps": 0.0}),
            "You divide by the variance. The standard deviation is its root: √(σ² + ε).",
        ),
        wrong(
            "gamma ignored",
            lambda **case: fold_batch_norm(**case | {"gamma": np.ones_like(case["gamma"])}),
            "You left γ out. After the division each channel is multiplied by its γ: the scale is "
            "γ / √(σ² + ε).",
        ),
        wrong(
            "beta ignored",
            lambda **case: fold_batch_norm(**case | {"beta": np.zeros_like(case["beta"])}),
            "You left β out. What is not multiplied by an input stays in the bias: (b − μ)·scale + β.",
        ),
        wrong(
            "mean ignored",
            lambda **case: fold_batch_norm(**case | {"mean": np.zeros_like(case["mean"])}),
            "You left μ out. It is subtracted from what the convolution gives, so it lands in the bias: "
            "(b − μ)·scale + β.",
        ),
        wrong(
            "mean added",
            lambda **case: fold_batch_norm(**case | {"mean": -case["mean"]}),
            "The mean has the wrong sign in your bias: it is subtracted.",
        ),
        wrong(
            "mean not scaled",
            lambda **case: stacked(
                case["weight"] * scale_of(case)[:, None, None, None],
                case["bias"] * scale_of(case) - case["mean"] + case["beta"],
            ),
            "You subtract μ as it is. It is subtracted before the division, so it is scaled too: "
            "(b − μ)·scale + β.",
        ),
        wrong(
            "bias ignored",
            lambda **case: fold_batch_norm(**case | {"bias": np.zeros_like(case["bias"])}),
            "You dropped the convolution's own bias b. It goes through the normalization like the rest: "
            "(b − μ)·scale + β.",
        ),
        wrong(
            "bias not scaled",
            lambda **case: stacked(
                case["weight"] * scale_of(case)[:, None, None, None],
                case["bias"] - case["mean"] * scale_of(case) + case["beta"],
            ),
            "You added the convolution's bias b unscaled. The normalization scales it like the weights: "
            "(b − μ)·scale + β.",
        ),
        wrong(
            "beta scaled",
            lambda **case: fold_batch_norm(**case | {"beta": case["beta"] * scale_of(case)}),
            "You scaled β. It is added at the very end: (b − μ)·scale + β.",
        ),
        wrong(
            "input channels scaled",
            lambda **case: stacked(
                case["weight"] * scale_of(case)[:, None, None],
                (case["bias"] - case["mean"]) * scale_of(case) + case["beta"],
            ),
            "You scaled the kernels' input channels. The normalization comes after the convolution: it "
            "scales its outputs, the first axis of the weight.",
        ),
        wrong(
            "weights not scaled",
            lambda **case: stacked(
                case["weight"], (case["bias"] - case["mean"]) * scale_of(case) + case["beta"]
            ),
            "Your bias is right, but the weights are the old ones. Each kernel is multiplied by the scale of "
            "its channel.",
        ),
    ],
)


# 4. Local response normalization --------------------------------------------------------------------


def local_response_norm(x, size, alpha, beta, k):
    output = np.zeros(x.shape)
    half = size // 2
    for i in range(len(x)):
        neighbours = x[max(0, i - half) : i + half + 1]
        energy = (neighbours**2).sum(axis=0)
        output[i] = x[i] / (k + alpha * energy) ** beta
    return output


def response_cases(rng: np.random.Generator) -> Case:
    return {
        "x": numbers(rng, int(rng.integers(6, 9)), *rng.permutation([1, 2])),
        "size": int(rng.choice([3, 5])),
        "alpha": float(rng.integers(1, 5)) / 10,
        "beta": float(rng.choice([0.5, 0.75])),
        "k": float(rng.integers(2, 5)),
    }


def energies(x, first, last, outside=0.0):
    """Sums of squares over channels i + first … i + last."""
    padded = np.pad(x**2, ((len(x), len(x)), (0, 0), (0, 0)), constant_values=outside)
    return sum(padded[len(x) + shift : 2 * len(x) + shift] for shift in range(first, last + 1))


RESPONSE = Exercise(
    local_response_norm,
    points=2,
    cases=response_cases,
    mistakes=[
        wrong(
            "alpha divided by the size",
            lambda x, size, alpha, beta, k: local_response_norm(x, size, alpha / size, beta, k),
            "You averaged over the window. PyTorch's layer divides α by the size; AlexNet's formula takes "
            "the plain sum.",
        ),
        wrong(
            "mean over the channels there are",
            lambda x, size, alpha, beta, k: (
                x
                / (
                    k
                    + alpha
                    * energies(x, -(size // 2), size // 2)
                    / energies(np.ones_like(x), -(size // 2), size // 2)
                )
                ** beta
            ),
            "You took the mean over the neighbours that exist. The formula takes their sum.",
        ),
        wrong(
            "not squared",
            lambda x, size, alpha, beta, k: (
                x / (k + alpha * energies(abs(x) ** 0.5, -(size // 2), size // 2)) ** beta
            ),
            "You summed the numbers without squaring them. The square is what makes strong responses weigh, "
            "whatever their sign.",
        ),
        wrong(
            "k outside the power",
            lambda x, size, alpha, beta, k: x / (k + (alpha * energies(x, -(size // 2), size // 2)) ** beta),
            "You raise α·Σ to the power β and add k afterwards. All of k + α·Σ is raised.",
        ),
        wrong(
            "power forgotten",
            lambda x, size, alpha, beta, k: local_response_norm(x, size, alpha, 1.0, k),
            "You left the exponent β out. All of k + α·Σ is raised to it before you divide.",
        ),
        wrong(
            "k forgotten",
            lambda x, size, alpha, beta, k: local_response_norm(x, size, alpha, beta, 1.0),
            "You divide by a power of 1 + α·Σ. What stands there is k, not 1.",
        ),
        wrong(
            "window twice as wide",
            lambda x, size, alpha, beta, k: local_response_norm(x, 2 * size + 1, alpha, beta, k),
            "Your window reaches `size` channels to each side. `size` channels is all of it: half of them, "
            "rounded down, on each side.",
        ),
        wrong(
            "last channel missing",
            lambda x, size, alpha, beta, k: (
                x / (k + alpha * energies(x, -(size // 2), size // 2 - 1)) ** beta
            ),
            "Your window ends one channel early: a slice leaves its end out. The formula goes up to i + n/2, "
            "that one included.",
        ),
        wrong(
            "itself left out",
            lambda x, size, alpha, beta, k: (
                x / (k + alpha * (energies(x, -(size // 2), size // 2) - x**2)) ** beta
            ),
            "You summed the neighbours only. The channel itself belongs to its window.",
        ),
        wrong(
            "all channels",
            lambda x, size, alpha, beta, k: local_response_norm(x, 2 * len(x) + 1, alpha, beta, k),
            "You summed over all channels. The normalization is local: a window of `size` channels around "
            "each.",
        ),
        wrong(
            "around the corner",
            lambda x, size, alpha, beta, k: (
                x
                / (k + alpha * sum(np.roll(x**2, s, axis=0) for s in range(-(size // 2), size // 2 + 1)))
                ** beta
            ),
            "Your window goes around the corner: the first channel sees the last. At the ends the window "
            "is cut off.",
        ),
    ],
)


# 5. Cross-entropy -----------------------------------------------------------------------------------


def cross_entropy(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    right = shifted[np.arange(len(labels)), labels]
    return (log_sums - right).mean()


def score_cases(rng: np.random.Generator) -> Case:
    images, classes = int(rng.integers(2, 5)), int(rng.integers(3, 5))
    far = 1000.0 * int(rng.integers(-1, 2))  # exp(1000) is too large for a float, exp(−1000) too small
    return {
        "scores": far + rng.integers(-3, 4, (images, classes)).astype(float),
        "labels": rng.integers(0, classes, images),
    }


def log_softmax(scores, axis=1):
    shifted = scores - scores.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def picked(values, labels):
    return values[np.arange(len(labels)), labels]


CROSS_ENTROPY = Exercise(
    cross_entropy,
    points=2,
    cases=score_cases,
    mistakes=[
        wrong(
            "sum over the batch",
            lambda scores, labels: cross_entropy(scores, labels) * len(labels),
            "You summed over the images. The loss of a batch is the mean, or it would grow with the batch.",
        ),
        wrong(
            "one an image",
            lambda scores, labels: -picked(log_softmax(scores), labels),
            "You return one loss for each image. Asked for is their mean, a single number.",
        ),
        wrong(
            "sign",
            lambda scores, labels: -cross_entropy(scores, labels),
            "The sign is wrong. The logarithm of a probability is negative, and a loss is its opposite.",
        ),
        wrong(
            "bits",
            lambda scores, labels: cross_entropy(scores, labels) / np.log(2),
            "You took the logarithm to base 2, which measures in bits. Here it is the natural one.",
        ),
        wrong(
            "base 10",
            lambda scores, labels: cross_entropy(scores, labels) / np.log(10),
            "You took the logarithm to base 10. Here it is the natural one, np.log.",
        ),
        wrong(
            "over the batch",
            lambda scores, labels: -picked(log_softmax(scores, axis=0), labels).mean(),
            "Your probabilities add up to 1 over the images. They must do so over the classes of one image: "
            "axis 1.",
        ),
        wrong(
            "softmax twice",
            lambda scores, labels: cross_entropy(np.exp(log_softmax(scores)), labels),
            "You applied softmax to what is a probability already. Cross-entropy takes the scores "
            "themselves; its own softmax is the only one.",
        ),
        wrong(
            "probability instead of its logarithm",
            lambda scores, labels: (1 - np.exp(picked(log_softmax(scores), labels))).mean(),
            "You took 1 minus the probability of the right class. The loss is minus its logarithm: being "
            "sure and wrong must cost much.",
        ),
        wrong(
            "distance from the best",
            lambda scores, labels: (scores.max(axis=1) - picked(scores, labels)).mean(),
            "You compare the right class with the best one only. All classes share the sum of the "
            "exponentials.",
        ),
        wrong(
            "logarithm of the mean",
            lambda scores, labels: -np.log(np.exp(picked(log_softmax(scores), labels)).mean()),
            "You averaged the probabilities and then took the logarithm. First the logarithm of each, then "
            "the mean.",
        ),
        wrong(
            "all classes",
            lambda scores, labels: -log_softmax(scores).mean(),
            "You averaged the logarithms of all classes. Only the right class of each image counts.",
        ),
    ],
)


# 6. A fully connected layer as a convolution --------------------------------------------------------


def linear_as_conv2d(weight, channels, height, width):
    return weight.reshape(len(weight), channels, height, width)


def linear_cases(rng: np.random.Generator) -> Case:
    channels, height, width, outputs = (int(n) for n in rng.permutation([2, 3, 4, 5]))
    return {
        "weight": numbers(rng, outputs, channels * height * width),
        "channels": channels,
        "height": height,
        "width": width,
    }


LINEAR = Exercise(
    linear_as_conv2d,
    points=1,
    cases=linear_cases,
    mistakes=[
        wrong(
            "channels last",
            lambda weight, channels, height, width: weight.reshape(-1, height, width, channels).transpose(
                0, 3, 1, 2
            ),
            "The numbers are in the wrong order: you read a row of the matrix with its channels last. It was "
            "made by flattening [C, H, W], so the channels change slowest.",
        ),
        wrong(
            "read down",
            lambda weight, channels, height, width: weight.reshape(-1, channels, width, height).swapaxes(
                2, 3
            ),
            "You read each channel down its columns. Flattening goes row by row.",
        ),
        wrong(
            "height and width swapped",
            lambda weight, channels, height, width: weight.reshape(-1, channels, width, height),
            "Height and width have changed places: the order is [O, C, H, W].",
        ),
        wrong(
            "matrix transposed",
            lambda weight, channels, height, width: weight.T.reshape(-1, channels, height, width),
            "You transposed the matrix first. Its rows belong to the outputs, one kernel each.",
        ),
        wrong(
            "kernels last",
            lambda weight, channels, height, width: np.moveaxis(
                weight.reshape(-1, channels, height, width), 0, -1
            ),
            "Your kernels stand in the last axis, as in TensorFlow. Here they stand in the first: "
            "[O, C, H, W].",
        ),
        wrong(
            "1×1 kernels",
            lambda weight, channels, height, width: weight[:, :, None, None],
            "You made 1×1 kernels of as many channels as the matrix has columns. That fits a flattened "
            "input; one that is not flattened needs kernels as large as itself.",
        ),
        wrong(
            "kernels turned",
            lambda weight, channels, height, width: weight.reshape(-1, channels, height, width)[
                :, :, ::-1, ::-1
            ],
            "You turned the kernels by 180°. Networks compute cross-correlation: the kernel stays as it is.",
        ),
    ],
)


# 7. Counting outputs --------------------------------------------------------------------------------


def count_outputs(size, channels, kernel_size, padding, wider):
    side = (size - kernel_size + 2 * padding) // 2 + 1
    side = -(-(side - 3) // 2) + 1  # ceil mode: minus twice rounds up
    side = side - 3 + 1
    return wider * side**2


def output_cases(rng: np.random.Generator) -> Case:
    kernel_size = int(rng.choice([7, 9, 11]))
    return {
        "size": int(rng.integers(60, 200)),
        "channels": int(rng.integers(8, 64)),
        "kernel_size": kernel_size,
        "padding": int(rng.integers(3, kernel_size // 2 + 1)),
        "wider": int(rng.integers(64, 200)),
    }


def last_side(size, channels, kernel_size, padding, wider, up=1, stride=2):
    """`count_outputs`, the side only, with another rounding or stride of the pooling layer."""
    side = (size - kernel_size + 2 * padding) // 2 + 1
    return (side - 3 + up) // stride + 1 - 2


OUTPUTS = DrawnExercise(
    count_outputs,
    points=2,
    cases=output_cases,
    question=(
        "An image of 3 channels and {size}×{size} pixels goes through three layers: a convolution with "
        "{channels} kernels of {kernel_size}×{kernel_size}, stride 2, padding {padding}; max pooling 3×3, "
        "stride 2, in ceil mode; a convolution with {wider} kernels of 3×3, stride 1, without padding. How "
        "many numbers come out?"
    ),
    mistakes=[
        wrong(
            "ceil mode ignored",
            lambda **drawn: drawn["wider"] * last_side(**drawn, up=0) ** 2,
            "You rounded down in the pooling layer. In ceil mode a last window that reaches over the edge "
            "counts.",
        ),
        wrong(
            "padding ignored",
            lambda **drawn: count_outputs(**drawn | {"padding": 0}),
            "You left the first convolution's padding out: (W − K + 2P) // S + 1.",
        ),
        wrong(
            "same padding assumed",
            lambda **drawn: drawn["wider"] * (last_side(**drawn) + 2) ** 2,
            "You let the last convolution keep the size. It has no padding, so it loses a row and a column "
            "on each side.",
        ),
        wrong(
            "pooling one pixel at a time",
            lambda **drawn: drawn["wider"] * last_side(**drawn, up=0, stride=1) ** 2,
            "Your pooling window moves by one pixel. It has stride 2, which leaves about half of the rows "
            "and half of the columns.",
        ),
        wrong(
            "windows never overlap",
            lambda **drawn: drawn["wider"] * last_side(**drawn, up=2, stride=3) ** 2,
            "Your pooling window jumps by its own size, 3. The stride is 2: neighbouring windows overlap.",
        ),
        wrong(
            "one row",
            lambda **drawn: drawn["wider"] * last_side(**drawn),
            "You counted one row of the output. It has as many rows as columns.",
        ),
        wrong(
            "one channel",
            lambda **drawn: last_side(**drawn) ** 2,
            "You counted one channel. There are as many as the last convolution has kernels.",
        ),
        wrong(
            "channels of the first layer",
            lambda **drawn: drawn["channels"] * last_side(**drawn) ** 2,
            "You multiplied by the first convolution's channels. The last one has a number of its own.",
        ),
        wrong(
            "channels multiplied",
            lambda **drawn: drawn["channels"] * drawn["wider"] * last_side(**drawn) ** 2,
            "You multiplied the channels of both convolutions. A kernel sums over all channels that come in: "
            "it gives one number a place.",
        ),
    ],
)


# 8. Counting the parameters of a fully connected layer ----------------------------------------------


def count_linear(size, channels, kernel_size, units):
    side = size - kernel_size + 1
    side = (side - 3) // 2 + 1
    inputs = channels * side**2
    return inputs * units + units


def linear_param_cases(rng: np.random.Generator) -> Case:
    return {
        "size": 2 * int(rng.integers(12, 40)),
        "channels": int(rng.integers(8, 99)),
        "kernel_size": int(rng.choice([5, 7])),
        "units": int(rng.integers(100, 999)),
    }


def pool_side(size, channels, kernel_size, units):
    return (size - kernel_size - 2) // 2 + 1


LINEAR_PARAMS = DrawnExercise(
    count_linear,
    points=2,
    cases=linear_param_cases,
    question=(
        "Grey images of {size}×{size} pixels go through a convolution with {channels} kernels of "
        "{kernel_size}×{kernel_size} (stride 1, no padding, with a bias), max pooling 3×3 with stride 2 (not "
        "in ceil mode) and a fully connected layer of {units} units. How many parameters does the fully "
        "connected layer have?"
    ),
    mistakes=[
        wrong(
            "bias forgotten",
            lambda **drawn: count_linear(**drawn) - drawn["units"],
            "The biases are missing: one for each unit.",
        ),
        wrong(
            "one bias",
            lambda **drawn: count_linear(**drawn) - drawn["units"] + 1,
            "You gave the whole layer one bias. Each unit has its own.",
        ),
        wrong(
            "a bias a weight",
            lambda **drawn: 2 * (count_linear(**drawn) - drawn["units"]),
            "You gave every input a bias as well. A unit adds up all its products and one bias.",
        ),
        wrong(
            "channels forgotten",
            lambda **drawn: count_linear(**drawn | {"channels": 1}),
            "You flattened one channel. All channels of the last layer are laid in a row: C·H·W inputs.",
        ),
        wrong(
            "global pooling",
            lambda **drawn: (drawn["channels"] + 1) * drawn["units"],
            "You gave each channel one weight a unit, as if each were averaged to one number first. Here "
            "every pixel of every channel has its own weight.",
        ),
        wrong(
            "pooling forgotten",
            lambda **drawn: (
                (drawn["channels"] * (drawn["size"] - drawn["kernel_size"] + 1) ** 2 + 1) * drawn["units"]
            ),
            "You flattened the convolution's output. The pooling layer stands in between, and leaves half of "
            "the rows and half of the columns.",
        ),
        wrong(
            "same padding assumed",
            lambda **drawn: (drawn["channels"] * ((drawn["size"] - 3) // 2 + 1) ** 2 + 1) * drawn["units"],
            "You let the convolution keep the size. It has no padding: W − K + 1 pixels are left.",
        ),
        wrong(
            "rounded up",
            lambda **drawn: (
                (drawn["channels"] * ((drawn["size"] - drawn["kernel_size"] + 1) // 2) ** 2 + 1)
                * drawn["units"]
            ),
            "Your pooling layer gives one pixel too many each way: it is not W // 2, nor rounded up. The "
            "window is 3 pixels wide: (W − 3) // 2 + 1.",
        ),
        wrong(
            "one row",
            lambda **drawn: (drawn["channels"] * pool_side(**drawn) + 1) * drawn["units"],
            "You counted one row of each channel. There are as many rows as columns.",
        ),
        wrong(
            "convolution counted too",
            lambda **drawn: count_linear(**drawn) + drawn["channels"] * (drawn["kernel_size"] ** 2 + 1),
            "You counted the convolution's parameters as well. The question is about the fully connected "
            "layer.",
        ),
    ],
)

EXERCISES = [MAX_POOL, BATCH_NORM, FOLD, RESPONSE, CROSS_ENTROPY, LINEAR, OUTPUTS, LINEAR_PARAMS]

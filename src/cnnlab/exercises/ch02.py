"""Chapter 02, The other layers: nine exercises, each with the mistakes people really make.

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
    """Images of few positive numbers, and strides at which windows often hang over the edge.

    Some are far below 0: so neither a search nor what fills a window may begin at a number.
    """
    height, width = rng.permutation(np.arange(4, 9))[:2]
    kernel_size = int(rng.choice([1, 2, 3, 4, 4]))
    return {
        "x": numbers(rng, int(rng.integers(1, 4)), height, width) - rng.choice([7, 7, 2000]),
        "kernel_size": kernel_size,
        "stride": int(rng.integers((kernel_size + 1) // 2, kernel_size + 1)),
        "ceil_mode": bool(rng.integers(3)),
    }


MAX_POOL = Exercise(
    max_pool2d,
    points=2,
    cases=pool_cases,
    draws=36,
    mistakes=[
        wrong(
            "ceil mode ignored",
            {"stride - 1 if ceil_mode else 0": "0"},
            "You always round down. With `ceil_mode` a last window that reaches over the edge counts too, "
            "and sees only the pixels that exist.",
        ),
        wrong(
            "always ceil mode",
            {"stride - 1 if ceil_mode else 0": "stride - 1"},
            "You always round up. Without `ceil_mode` a window that does not fit whole is left out.",
        ),
        wrong(
            "windows to the last pixel",
            {"up = stride - 1": "up = kernel_size - 1"},
            "In ceil mode you have a window too many where one reaches the edge already. (W − K) / S is "
            "rounded up, and then comes the + 1: the last window is the first that reaches the edge.",
        ),
        wrong(
            "padded with zeros",
            {"output = np": "x = np.pad(x, ((0, 0), (0, stride), (0, stride)))\n    output = np"},
            "You filled what lies beyond the edge with zeros, and where a window holds negative numbers "
            "only, your zero wins. Leave those places out, or fill them with −∞.",
        ),
        wrong(
            "last window pushed back",
            {
                "i * stride": "min(i * stride, height - kernel_size)",
                "j * stride": "min(j * stride, width - kernel_size)",
            },
            "You pushed the last window back into the image. It stands at row i·S and column j·S like the "
            "others, and sees fewer pixels.",
        ),
        wrong(
            "maximum begins at zero",
            {".max(axis=(1, 2))": ".max(axis=(1, 2), initial=0)"},
            "Where a window holds negative numbers only, you give 0. Begin with the window's first number, "
            "or with −∞.",
        ),
        wrong(
            "average",
            {".max(axis=(1, 2))": ".mean(axis=(1, 2))"},
            "You took the mean of each window. Max pooling keeps its largest number and drops the others.",
        ),
        wrong(
            "maximum over channels",
            {".max(axis=(1, 2))": ".max()"},
            "You took the maximum over the channels as well, so all of them come out alike. Each channel is "
            "pooled by itself.",
        ),
        wrong(
            "largest without its sign",
            {"window = x": "window = abs(x)"},
            "You compared the numbers without their signs. The maximum of −8 and 3 is 3.",
        ),
        wrong(
            "stride ignored",
            lambda **case: max_pool2d(**case | {"stride": 1}),
            "Your window moves one pixel at a time. With stride S the window of output (i, j) starts at row "
            "i·S and column j·S.",
        ),
        wrong(
            "windows never overlap",
            lambda **case: max_pool2d(**case | {"stride": case["kernel_size"]}),
            "Your window jumps by its own size. The stride decides: with a stride below the kernel's size "
            "neighbouring windows overlap, as AlexNet's do.",
        ),
        wrong(
            "last window forgotten",
            {"return output": "return output[:, :-1, :-1]"},
            "One row and one column of outputs are missing. The division counts the jumps; the window stands "
            "in one place before the first, so add 1.",
        ),
        wrong(
            "kernel left out of the size",
            {
                "(height - kernel_size + up) // stride + 1": "(height + up) // stride",
                "(width - kernel_size + up) // stride + 1": "(width + up) // stride",
            },
            "Your output has W / S columns. The window is K pixels wide and makes (W − K) / S jumps, so it "
            "has one place more than that: (W − K) / S + 1.",
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
        "x": numbers(rng, int(rng.integers(2, 4)), channels, *rng.integers(1, 4, 2)),
        "weight": numbers(rng, channels) / 2,
        "bias": numbers(rng, channels),
        "eps": float(rng.integers(2, 9)) / 4,  # large enough to be seen
    }


BATCH_NORM = Exercise(
    batch_norm,
    points=2,
    cases=norm_cases,
    mistakes=[
        wrong(
            "each image by itself",
            {"x.mean(axis=(0, 2, 3)": "x.mean(axis=(2, 3)", "x.var(axis=(0, 2, 3)": "x.var(axis=(2, 3)"},
            "You normalize each image by itself; that is called instance normalization. Here the whole batch "
            "shares one mean and one variance a channel: axes 0, 2 and 3.",
        ),
        wrong(
            "each place by itself",
            {"x.mean(axis=(0, 2, 3)": "x.mean(axis=0", "x.var(axis=(0, 2, 3)": "x.var(axis=0"},
            "You take the mean over the batch only, for each pixel apart. In a feature map all places are "
            "alike, so rows and columns are averaged too: axes 0, 2 and 3.",
        ),
        wrong(
            "all channels together",
            {"x.mean(axis=(0, 2, 3)": "x.mean(axis=None", "x.var(axis=(0, 2, 3)": "x.var(axis=None"},
            "You take one mean over everything. Each channel has its own mean and variance.",
        ),
        wrong(
            "layer normalization",
            {
                "x.mean(axis=(0, 2, 3)": "x.mean(axis=(1, 2, 3)",
                "x.var(axis=(0, 2, 3)": "x.var(axis=(1, 2, 3)",
            },
            "You take the mean over the channels of each image. That is layer normalization; here the mean "
            "runs over the batch, rows and columns, and each channel has its own.",
        ),
        wrong(
            "divided by n − 1",
            {"x.var(": "x.var(ddof=1, "},
            "Your variance divides by n − 1. Inside the layer it is the plain mean of the squares (n); only "
            "the running variance, kept for later, is corrected.",
        ),
        wrong(
            "divided by the variance",
            {"np.sqrt(var + eps)": "(var + eps)"},
            "You divide by the variance. Dividing by its root, the standard deviation, is what makes "
            "the spread 1.",
        ),
        wrong(
            "eps outside the root",
            {"np.sqrt(var + eps)": "(np.sqrt(var) + eps)"},
            "You add eps to the standard deviation. It belongs under the root: √(σ² + ε).",
        ),
        wrong(
            "eps ignored",
            {"var + eps": "var + 1e-30"},
            "You left eps out. It stands under the root, beside the variance: √(σ² + ε), and here it is "
            "large enough to be seen.",
        ),
        wrong(
            "not divided",
            {" / np.sqrt(var + eps)": ""},
            "You subtract the mean and do not divide. After that the spread has to be made 1: divide by "
            "√(σ² + ε).",
        ),
        wrong(
            "mean not subtracted",
            {"(x - mean)": "x"},
            "You divide and do not subtract the mean. First x − μ, then the division.",
        ),
        wrong(
            "weight and bias forgotten",
            {"weight[:, None, None] * normal + bias[:, None, None]": "normal"},
            "Your result is normalized, and left so. The layer still multiplies each channel by its weight γ "
            "and adds its bias β.",
        ),
        wrong(
            "bias scaled",
            {"normal + bias[:, None, None]": "(normal + bias[:, None, None])"},
            "You add the bias before you multiply. It is γ·x̂ + β: the bias is not scaled.",
        ),
        wrong(
            "weight and bias exchanged",
            {"return weight": "return bias", "+ bias": "+ weight"},
            "You multiplied by the bias and added the weight. It is γ·x̂ + β: the weight γ scales, the bias "
            "β shifts.",
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
    channels, size = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    inputs = int(rng.choice([channels, channels, 1]))  # as many in as out, or one: axes mix without an error
    return {
        "weight": numbers(rng, channels, inputs, size, size),
        "bias": numbers(rng, channels),
        "mean": numbers(rng, channels),
        "var": rng.integers(2, 30, channels).astype(float),
        "gamma": rng.integers(2, 6, channels) * rng.choice([-1.0, 1.0], channels),
        "beta": numbers(rng, channels),
        "eps": float(rng.integers(2, 9)) / 4,
    }


FOLD = Exercise(
    fold_batch_norm,
    points=3,
    cases=fold_cases,
    mistakes=[
        wrong(
            "eps ignored",
            {"var + eps": "var"},
            "You left ε out. Batch normalization divides by √(σ² + ε), and so must the folded layer.",
        ),
        wrong(
            "divided by the variance",
            {"np.sqrt(var + eps)": "(var + eps)"},
            "You divide by the variance. The standard deviation is its root: √(σ² + ε).",
        ),
        wrong(
            "eps outside the root",
            {"np.sqrt(var + eps)": "(np.sqrt(var) + eps)"},
            "You add ε to the standard deviation. It belongs under the root: √(σ² + ε).",
        ),
        wrong(
            "gamma ignored",
            {"gamma / np": "1 / np"},
            "You left γ out. After the division each channel is multiplied by its γ: the scale is "
            "γ / √(σ² + ε).",
        ),
        wrong(
            "beta ignored",
            {" + beta": ""},
            "You left β out. What is not multiplied by an input stays in the bias: (b − μ)·scale + β.",
        ),
        wrong(
            "mean ignored",
            {"(bias - mean)": "bias"},
            "You left μ out. It is subtracted from what the convolution gives, so it lands in the bias: "
            "(b − μ)·scale + β.",
        ),
        wrong(
            "mean added",
            {"bias - mean": "bias + mean"},
            "The mean has the wrong sign in your bias: it is subtracted.",
        ),
        wrong(
            "mean not scaled",
            {"(bias - mean) * scale": "bias * scale - mean"},
            "You subtract μ as it is. It is subtracted before the division, so it is scaled too: "
            "(b − μ)·scale + β.",
        ),
        wrong(
            "bias ignored",
            {"bias - mean": "-mean"},
            "You dropped the convolution's own bias b. It goes through the normalization like the rest: "
            "(b − μ)·scale + β.",
        ),
        wrong(
            "bias not scaled",
            {"(bias - mean) * scale": "bias - mean * scale"},
            "You added the convolution's bias b unscaled. The normalization scales it like the weights: "
            "(b − μ)·scale + β.",
        ),
        wrong(
            "beta scaled",
            {"(bias - mean) * scale + beta": "(bias - mean + beta) * scale"},
            "You scaled β. It is added at the very end: (b − μ)·scale + β.",
        ),
        wrong(
            "input channels scaled",
            {"weight.reshape": "(weight * scale[:, None, None]).reshape", " * scale[:, None]\n": "\n"},
            "You scaled the kernels' input channels. The normalization comes after the convolution: it "
            "scales its outputs, the first axis of the weight.",
        ),
        wrong(
            "weights not scaled",
            {" * scale[:, None]": ""},
            "Your bias is right, but the weights are the old ones. Each kernel is multiplied by the scale of "
            "its channel.",
        ),
        wrong(
            "bias in the first column",
            {"[kernels, folded_bias]": "[folded_bias, kernels]"},
            "Your bias stands in the first column. The kernel comes first in each row, and its bias last.",
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
        "size": int(rng.choice([1, 3, 5])),
        "alpha": float(rng.integers(1, 5)) / 10,
        "beta": float(rng.choice([0.5, 0.75])),
        "k": float(rng.integers(2, 5)),
    }


RESPONSE = Exercise(
    local_response_norm,
    points=2,
    cases=response_cases,
    mistakes=[
        wrong(
            "alpha divided by the size",
            {"k + alpha": "k + alpha / size"},
            "You averaged over the window. PyTorch's layer divides α by the size; AlexNet's formula takes "
            "the plain sum.",
        ),
        wrong(
            "mean over the channels there are",
            {".sum(axis=0)": ".mean(axis=0)"},
            "You took the mean over the neighbours that exist. The formula takes their sum.",
        ),
        wrong(
            "not squared",
            {"(neighbours**2)": "abs(neighbours)"},
            "You summed the numbers without squaring them. The square is what makes strong responses weigh, "
            "whatever their sign.",
        ),
        wrong(
            "sum squared",
            {"(neighbours**2).sum(axis=0)": "neighbours.sum(axis=0) ** 2"},
            "You squared the sum. Each number is squared first, so that none takes another away, and then "
            "they are added.",
        ),
        wrong(
            "k outside the power",
            {"(k + alpha * energy) ** beta": "(k + (alpha * energy) ** beta)"},
            "You raise α·Σ to the power β and add k afterwards. All of k + α·Σ is raised.",
        ),
        wrong(
            "alpha times k",
            {"(k + alpha * energy)": "(alpha * (k + energy))"},
            "You multiplied k by α as well. It is k + α·Σ: α scales the sum alone.",
        ),
        wrong(
            "power forgotten",
            {" ** beta": ""},
            "You left the exponent β out. All of k + α·Σ is raised to it before you divide.",
        ),
        wrong(
            "k forgotten",
            {"(k + ": "(1 + "},
            "You divide by a power of 1 + α·Σ. What stands there is k, not 1.",
        ),
        wrong(
            "window twice as wide",
            {"size // 2": "size"},
            "Your window reaches `size` channels to each side. `size` channels is all of it: half of them, "
            "rounded down, on each side.",
        ),
        wrong(
            "last channel missing",
            {"i + half + 1": "i + half"},
            "Your window ends one channel early: a slice leaves its end out. The formula goes up to i + n/2, "
            "that one included.",
        ),
        wrong(
            "last channel missing, cut off",
            {"i + half + 1": "min(len(x) - 1, i + half)"},
            "Your window leaves out the channel at which it ends: a slice does. The formula's last one is "
            "min(N − 1, i + n/2), that one included.",
        ),
        wrong(
            "negative start",
            {"max(0, i - half)": "i - half"},
            "At the first channels your slice begins at a negative index, which NumPy counts from the end: "
            "the window is empty. Begin at 0 there.",
        ),
        wrong(
            "itself left out",
            {".sum(axis=0)": ".sum(axis=0) - x[i] ** 2"},
            "You summed the neighbours only. The channel itself belongs to its window.",
        ),
        wrong(
            "all channels",
            {"max(0, i - half) : i + half + 1": ":"},
            "You summed over all channels. The normalization is local: a window of `size` channels around "
            "each.",
        ),
        wrong(
            "around the corner",
            {"x[max(0, i - half) : i + half + 1]": "np.roll(x, half - i, axis=0)[: 2 * half + 1]"},
            "Your window goes around the corner: the first channel sees the last. At the ends the window "
            "is cut off.",
        ),
        wrong(
            "normalized neighbours",
            {"np.zeros(x.shape)": "x.copy()", "neighbours = x": "neighbours = output"},
            "You overwrite channels that later ones still need: their neighbours are normalized already. "
            "Read from x, and write into another array.",
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
    far = 1000 * rng.integers(-1, 2, (images, 1))  # exp(1000) is too large for a float, exp(−1000) too small
    far[0] = rng.choice([-1000, -1000, 0, 1000])
    scores, labels = far + rng.integers(-3, 4, (images, classes)), rng.integers(0, classes, images)
    # A wrong class, far from the others; where it is above them, to subtract the mean is not enough.
    scores[0, labels[0] - 1] += 2000 if far[0, 0] < 0 else -1000
    return {"scores": scores.astype(float), "labels": labels}


CROSS_ENTROPY = Exercise(
    cross_entropy,
    points=2,
    cases=score_cases,
    mistakes=[
        wrong(
            "sum over the batch",
            {".mean()": ".sum()"},
            "You summed over the images. The loss of a batch is the mean, or it would grow with the batch.",
        ),
        wrong(
            "mean over the classes too",
            {".mean()": ".sum() / scores.size"},
            "You divided by the number of classes too. Each image has one loss, that of its right class: "
            "divide by the images.",
        ),
        wrong(
            "one an image",
            {".mean()": ""},
            "You return one loss for each image. Asked for is their mean, a single number.",
        ),
        wrong(
            "sign",
            {"log_sums - right": "right - log_sums"},
            "The sign is wrong. The logarithm of a probability is negative, and a loss is its opposite.",
        ),
        wrong(
            "bits",
            {".mean()": ".mean() / np.log(2)"},
            "You took the logarithm to base 2, which measures in bits. Here it is the natural one.",
        ),
        wrong(
            "base 10",
            {".mean()": ".mean() / np.log(10)"},
            "You took the logarithm to base 10. Here it is the natural one, np.log.",
        ),
        wrong(
            "over the batch",
            {
                "scores.max(axis=1": "scores.max(axis=0",
                "(np.exp(shifted).sum(axis=1))": "(np.exp(shifted).sum(axis=0))[labels]",
            },
            "Your probabilities add up to 1 over the images. They must do so over the classes of one image: "
            "axis 1.",
        ),
        wrong(
            "softmax twice",
            {
                "keepdims=True)\n": "keepdims=True)\n    shifted = np.exp(shifted)\n",
                "log_sums =": "shifted /= shifted.sum(axis=1, keepdims=True)\n    log_sums =",
            },
            "You applied softmax to what is a probability already. Cross-entropy takes the scores "
            "themselves; its own softmax is the only one.",
        ),
        wrong(
            "probability instead of its logarithm",
            {"(log_sums - right)": "(1 - np.exp(right - log_sums))"},
            "You took 1 minus the probability of the right class. The loss is minus its logarithm: being "
            "sure and wrong must cost much.",
        ),
        wrong(
            "distance from the best",
            {"log_sums - right": "-right"},
            "You compare the right class with the best one only. All classes share the sum of the "
            "exponentials.",
        ),
        wrong(
            "logarithm of the mean",
            {"(log_sums - right).mean()": "-np.log(np.exp(right - log_sums).mean())"},
            "You averaged the probabilities and then took the logarithm. First the logarithm of each, then "
            "the mean.",
        ),
        wrong(
            "kept from zero",
            {"(log_sums - right)": "-np.log(np.exp(right - log_sums) + 1e-12)"},
            "A tiny number keeps your probability from 0, and then no loss is larger than that number's "
            "logarithm. Do not go by the probability: the loss is log Σ exp − the right class's score.",
        ),
        *(
            wrong(
                f"kept from zero by {tiny}",
                {"(log_sums - right)": f"-np.log(np.maximum(np.exp(right - log_sums), {tiny}))"},
                f"You keep the probability from 0 by {tiny}, and then no loss is larger than that number's "
                "logarithm. Do not go by the probability: the loss is log Σ exp − the right class's score.",
            )
            for tiny in (1e-15, 1e-10, 1e-9, 1e-8, 1e-7)
        ),
        wrong(
            "all classes",
            {"(log_sums - right)": "(log_sums[:, None] - shifted)"},
            "You averaged the logarithms of all classes. Only the right class of each image counts.",
        ),
        wrong(
            "score not shifted",
            {"right = shifted": "right = scores"},
            "You subtracted the largest score in the exponentials only. The right class's score must be "
            "shifted by as much, or the two do not belong together.",
        ),
        wrong(
            "labels from 1",
            {", labels]": ", labels - 1]"},
            "You took the labels as numbered from 1. They begin at 0, as indices do.",
        ),
        wrong(
            "labels not used",
            {"log_sums - right": "log_sums"},
            "Your loss does not depend on the labels: you took the best class for the right one. Which is "
            "right, `labels` says.",
        ),
    ],
)


# 6. A fully connected layer as a convolution --------------------------------------------------------


def linear_as_conv2d(weight, channels, height, width):
    return weight.reshape(len(weight), channels, height, width)


def linear_cases(rng: np.random.Generator) -> Case:
    channels, height, width, outputs = (int(n) for n in rng.permutation([1, 2, 3, 4]))
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
            {"len(weight), channels, height, width)": "-1, height, width, channels).transpose(0, 3, 1, 2)"},
            "The numbers are in the wrong order: you read a row of the matrix with its channels last. It was "
            "made by flattening [C, H, W], so the channels change slowest.",
        ),
        wrong(
            "read down",
            {"len(weight), channels, height, width)": "-1, channels, width, height).swapaxes(2, 3)"},
            "You read each channel down its columns. Flattening goes row by row.",
        ),
        wrong(
            "height and width swapped",
            {"len(weight), channels, height, width": "-1, channels, width, height"},
            "Height and width have changed places: the order is [O, C, H, W].",
        ),
        wrong(
            "matrix transposed",
            {"weight.reshape(len(weight)": "weight.T.reshape(len(weight)"},
            "You transposed the matrix first. Its rows belong to the outputs, one kernel each.",
        ),
        wrong(
            "kernels last",
            lambda **case: linear_as_conv2d(**case).transpose(1, 2, 3, 0),
            "Your kernels stand in the last axis, as in TensorFlow. Here they stand in the first: "
            "[O, C, H, W].",
        ),
        wrong(
            "outputs and channels in one axis",
            lambda **case: linear_as_conv2d(**case).reshape(-1, case["height"], case["width"]),
            "Outputs and channels share an axis. A kernel has all channels, so they get one each: [O, C, H, "
            "W].",
        ),
        wrong(
            "channels at the end",
            lambda **case: linear_as_conv2d(**case).transpose(0, 2, 3, 1),
            "Your channels stand in the last axis. Here they come before rows and columns: [O, C, H, W].",
        ),
        wrong(
            "outputs and channels exchanged",
            lambda **case: linear_as_conv2d(**case).swapaxes(0, 1),
            "Outputs and channels have changed places. The outputs come first, one kernel each: [O, C, H, "
            "W].",
        ),
        wrong(
            "1×1 kernels",
            lambda **case: case["weight"][:, :, None, None],
            "You made 1×1 kernels of as many channels as the matrix has columns. That fits a flattened "
            "input; one that is not flattened needs kernels as large as itself.",
        ),
        wrong(
            "kernels turned",
            lambda **case: linear_as_conv2d(**case)[:, :, ::-1, ::-1],
            "You turned the kernels by 180°. Networks compute cross-correlation: the kernel stays as it is.",
        ),
    ],
)


# 7. What a chain of sigmoids passes on --------------------------------------------------------------


def sigmoid_chain(x, weights, biases):
    factor = 1.0
    for weight, bias in zip(weights, biases, strict=True):
        x = 1 / (1 + np.exp(-(weight * x + bias)))
        factor *= weight * x * (1 - x)
    return factor


def chain_cases(rng: np.random.Generator) -> Case:
    depth = int(rng.integers(1, 5))
    return {
        "x": float(rng.integers(-4, 5) / 2),
        "weights": rng.choice([-4.0, -2.0, -0.5, 0.5, 2.0, 3.0, 8.0], depth),
        "biases": rng.integers(-4, 5, depth) / 2,
    }


CHAIN = Exercise(
    sigmoid_chain,
    points=2,
    cases=chain_cases,
    mistakes=[
        wrong(
            "slopes alone",
            {"weight * x * (1 - x)": "x * (1 - x)"},
            "You multiplied the slopes alone. Each layer multiplies the gradient by its weight too, and wide "
            "weights can make up for small slopes.",
        ),
        wrong(
            "weights alone",
            {" * x * (1 - x)": ""},
            "You multiplied the weights alone. Each sigmoid multiplies the gradient by its slope too, which "
            "is at most a quarter.",
        ),
        wrong(
            "a quarter everywhere",
            {"weight * x * (1 - x)": "weight * 0.25"},
            "You took the slope to be a quarter in every layer. It is that only where the sum is 0: take it "
            "where each sigmoid stands.",
        ),
        wrong(
            "slope at the output",
            {"factor *= weight * x * (1 - x)": "s = 1 / (1 + np.exp(-x)); factor *= weight * s * (1 - s)"},
            "You took each slope at the sigmoid's output. It belongs to the sum that went in; of the output "
            "σ it is σ (1 − σ).",
        ),
        wrong(
            "slope of what was read",
            {
                "x = 1 / (1 + np.exp(-(weight * x + bias)))\n        factor *= weight * x * (1 - x)": (
                    "factor *= weight * x * (1 - x)\n        x = 1 / (1 + np.exp(-(weight * x + bias)))"
                )
            },
            "You took each slope from the number that the layer reads. In σ (1 − σ) stands what it gives "
            "out: compute that first.",
        ),
        wrong(
            "every layer reads x",
            {"x = 1 /": "a = 1 /", "weight * x * (1 - x)": "weight * a * (1 - a)"},
            "You let every layer read x itself. A layer reads what the one before it gave out.",
        ),
        wrong(
            "no biases",
            {" + bias)": ")"},
            "The biases are missing. They are not in the gradient's factor, but they decide where each "
            "sigmoid stands.",
        ),
        wrong(
            "added",
            {"factor = 1.0": "factor = 0.0", "factor *=": "factor +="},
            "You added the layers' factors. On the way back each layer multiplies what is left.",
        ),
        wrong(
            "last layer left out",
            {"return factor": "return factor / (weight * x * (1 - x))"},
            "The last layer's factor is missing. The gradient begins behind it, at the last output.",
        ),
        wrong(
            "tanh",
            {"weight * x * (1 - x)": "weight * (1 - x**2)"},
            "You took the slope of tanh, 1 − a². The sigmoid's is σ (1 − σ).",
        ),
        wrong(
            "1 − σ",
            {"weight * x * (1 - x)": "weight * (1 - x)"},
            "You took 1 − σ for the slope. It is σ (1 − σ).",
        ),
        wrong(
            "size only",
            {"return factor": "return abs(factor)"},
            "Your sign is lost. A negative weight turns the gradient round.",
        ),
        wrong(
            "the output",
            {"return factor": "return x"},
            "You returned the last output. Asked is what a gradient is multiplied by on its way back.",
        ),
    ],
)


# 8. Counting outputs --------------------------------------------------------------------------------


def count_outputs(height, width, channels, kernel_size, padding, wider):
    outputs = wider
    for side in (height, width):
        side = (side - kernel_size + 2 * padding) // 3 + 1
        side = -(-(side - 4) // 3) + 1  # ceil mode: minus twice rounds up
        outputs *= side - 3 + 1
    return outputs


def output_cases(rng: np.random.Generator) -> Case:
    """Along one side ceil mode matters, along the other that the convolution before it rounds down.

    A third of a jump is left over where it is rounded up, and two thirds where it is rounded down: so
    rounding to the nearest is wrong in both, before the 1 is added or after. Less padding would be lost in
    the strides, and with more of it W / S would be right.
    """
    kernel_size = int(rng.choice([25, 27, 29]))
    padding = int(rng.integers(10, kernel_size // 2 - 1))
    up, down = 3 * int(rng.integers(10, 35)) + 1, 3 * int(rng.integers(10, 35))  # jumps of the convolution
    sides = [kernel_size - 2 * padding + 3 * up, kernel_size - 2 * padding + 3 * down + 2]
    height, width = (int(side) for side in rng.permutation(sides))
    return {
        "height": height,
        "width": width,
        "channels": int(rng.integers(8, 64)),
        "kernel_size": kernel_size,
        "padding": padding,
        "wider": int(rng.integers(64, 200)),
    }


OUTPUTS = DrawnExercise(
    count_outputs,
    points=2,
    cases=output_cases,
    question=(
        "An image of 3 channels and {height}×{width} pixels goes through three layers: a convolution with "
        "{channels} kernels of {kernel_size}×{kernel_size}, stride 3, padding {padding}; max pooling 4×4, "
        "stride 3, in ceil mode; a convolution with {wider} kernels of 3×3, stride 1, without padding. How "
        "many numbers come out?"
    ),
    mistakes=[
        wrong(
            "ceil mode ignored",
            {"-(-(side - 4) // 3) + 1": "(side - 4) // 3 + 1"},
            "Your result is as small as without ceil mode, or with a pixel too few along one side behind the "
            "first convolution. In ceil mode a last pooling window that reaches over the edge counts: "
            "(W − 4) / 3 is rounded up, and then comes the + 1.",
        ),
        wrong(
            "convolution rounded up",
            {"2 * padding) // 3 + 1": "2 * padding + 2) // 3 + 1"},
            "Your result is as large as if the first convolution rounded up, or the pooling had a window "
            "too many where one reaches the edge already. The convolution's jumps, (W − K + 2P) / 3, are "
            "rounded down: only the pooling's are rounded up, and then comes the + 1.",
        ),
        wrong(
            "one short",
            {"side - 3 + 1": "side - 3"},
            "Your result is one pixel too small each way. Each of the three sizes has its + 1.",
        ),
        wrong(
            "padding ignored",
            {" + 2 * padding": ""},
            "Your first output is as small as without its padding. It has (W − K + 2P) // S + 1 pixels each "
            "way, with P of them on both sides.",
        ),
        wrong(
            "padding once",
            {"2 * padding": "padding"},
            "Your first output is as small as with its padding on one side only. It has (W − K + 2P) // S + "
            "1 pixels each way, with P of them on both sides.",
        ),
        wrong(
            "first stride ignored",
            {"2 * padding) // 3": "2 * padding)"},
            "Your result is as large as without the first convolution's stride. It is 3, which leaves about "
            "a third of the rows and a third of the columns.",
        ),
        wrong(
            "same padding assumed",
            {"side - 3 + 1": "side"},
            "Your result is as large as if the last convolution kept the size. It has no padding, so it "
            "loses a row and a column on each side.",
        ),
        wrong(
            "one pixel lost",
            {"side - 3 + 1": "side - 1"},
            "Your result is one pixel too large each way. A 3×3 kernel without padding takes two rows and "
            "two columns away, not one: W − 3 + 1.",
        ),
        wrong(
            "pooling one pixel at a time",
            {"-(-(side - 4) // 3)": "side - 4"},
            "Your result is as large as if the pooling window moved by one pixel. It has stride 3, which "
            "leaves about a third of the rows and a third of the columns.",
        ),
        wrong(
            "windows never overlap",
            {"-(-(side - 4) // 3)": "-(-(side - 4) // 4)"},
            "Your result is as small as if the pooling window jumped by its own size, 4. The stride is 3: "
            "neighbouring windows overlap.",
        ),
        wrong(
            "one row",
            {"in (height, width)": "in (width,)"},
            "Your number is that of one row of the output. It has many rows: multiply by their number.",
        ),
        wrong(
            "one column",
            {"in (height, width)": "in (height,)"},
            "Your number is that of one column of the output. It has many columns: multiply by their number.",
        ),
        wrong(
            "one channel",
            {"outputs = wider": "outputs = 1"},
            "You counted one channel. There are as many as the last convolution has kernels.",
        ),
        wrong(
            "channels of the first layer",
            {"outputs = wider": "outputs = channels"},
            "You multiplied by the first convolution's channels. The last one has a number of its own.",
        ),
        wrong(
            "channels multiplied",
            {"outputs = wider": "outputs = wider * channels"},
            "You multiplied the channels of both convolutions. A kernel sums over all channels that come in: "
            "it gives one number a place.",
        ),
    ],
)


# 9. Counting the parameters of a fully connected layer ----------------------------------------------


def count_linear(height, width, channels, kernel_size, units):
    rows, columns = height - kernel_size + 1, width - kernel_size + 1
    rows, columns = (rows - 4) // 3 + 1, (columns - 4) // 3 + 1
    inputs = channels * rows * columns
    return inputs * units + units


def linear_param_cases(rng: np.random.Generator) -> Case:
    """Two thirds of a jump are left over along one side, nothing along the other.

    So rounding to the nearest is wrong, before the 1 is added or after, and so is rounding up instead of
    adding it.
    """
    channels, kernel_size = int(rng.integers(8, 99)), int(rng.choice([3, 5, 7, 9]))
    jumps = 3 * rng.permutation(np.arange(5, 25))[:2] + [2, 0]  # never as many along both
    height, width = (int(side) for side in rng.permutation(jumps + 3 + kernel_size))
    return {
        "height": height,
        "width": width,
        "channels": channels,
        "kernel_size": kernel_size,
        "units": int(rng.integers(100, 999)),
    }


LINEAR_PARAMS = DrawnExercise(
    count_linear,
    points=2,
    cases=linear_param_cases,
    question=(
        "Grey images of {height}×{width} pixels go through a convolution with {channels} kernels of "
        "{kernel_size}×{kernel_size} (stride 1, no padding, with a bias), max pooling 4×4 with stride 3 (not "
        "in ceil mode) and a fully connected layer of {units} units. How many parameters does the fully "
        "connected layer have?"
    ),
    mistakes=[
        wrong(
            "bias forgotten",
            {" + units": ""},
            "The biases are missing: one for each unit.",
        ),
        wrong(
            "one bias",
            {"+ units": "+ 1"},
            "You gave the whole layer one bias. Each unit has its own.",
        ),
        wrong(
            "a bias an input",
            {"+ units": "+ inputs"},
            "You gave each input a bias. There is one for each unit, whatever the number of its inputs.",
        ),
        wrong(
            "a bias a weight",
            {"+ units": "+ inputs * units"},
            "You gave every input a bias as well. A unit adds up all its products and one bias.",
        ),
        wrong(
            "channels forgotten",
            {"channels * rows": "rows"},
            "You flattened one channel. All channels of the last layer are laid in a row: C·H·W inputs.",
        ),
        wrong(
            "global pooling",
            {"channels * rows * columns": "channels"},
            "You gave each channel one weight a unit, as if each were averaged to one number first. Here "
            "every pixel of every channel has its own weight.",
        ),
        wrong(
            "pooling forgotten",
            {"(rows - 4) // 3 + 1, (columns - 4) // 3 + 1": "rows, columns"},
            "You flattened the convolution's output. The pooling layer stands in between, and leaves a third "
            "of the rows and a third of the columns.",
        ),
        wrong(
            "same padding assumed",
            {"height - kernel_size + 1, width - kernel_size + 1": "height, width"},
            "You let the convolution keep the size. It has no padding: W − K + 1 pixels are left.",
        ),
        wrong(
            "rounded up",
            {
                "(rows - 4) // 3 + 1, (columns - 4) // 3 + 1": (
                    "-(-(rows - 4) // 3) + 1, -(-(columns - 4) // 3) + 1"
                )
            },
            "Your pooled map is one pixel too large along one side: a third of it is one too many, and so is "
            "rounding up. A window of 4 that does not fit whole is not taken: (W − 4) // 3 + 1.",
        ),
        wrong(
            "one more each way",
            {"(rows - 4) // 3 + 1, (columns - 4) // 3 + 1": "(rows - 4) // 3 + 2, (columns - 4) // 3 + 2"},
            "Your pooled map is one pixel too large each way: it is not a third of the size, rounded up. The "
            "window is 4 pixels wide: (W − 4) // 3 + 1, where the convolution left W of them.",
        ),
        wrong(
            "rounded up for the first place",
            {"(rows - 4) // 3 + 1, (columns - 4) // 3 + 1": "-(-(rows - 4) // 3), -(-(columns - 4) // 3)"},
            "Your pooled map is one pixel too small along one side. Is each + 1 there? Rounding up is not "
            "adding 1: where the jumps come out whole, the window's first place is missing. And the "
            "convolution leaves W − K + 1 pixels.",
        ),
        wrong(
            "one short",
            {"(rows - 4) // 3 + 1, (columns - 4) // 3 + 1": "(rows - 4) // 3, (columns - 4) // 3"},
            "Your pooled map is one pixel too small each way. The division counts the jumps of the window; "
            "it stands in one place before the first, so add 1.",
        ),
        wrong(
            "one row",
            {"rows * columns": "columns"},
            "You counted one row of each channel. There are as many rows as columns.",
        ),
        wrong(
            "convolution counted too",
            {"+ units": "+ units + channels * (kernel_size**2 + 1)"},
            "You counted the convolution's parameters as well. The question is about the fully connected "
            "layer.",
        ),
    ],
)

EXERCISES = [MAX_POOL, BATCH_NORM, FOLD, RESPONSE, CROSS_ENTROPY, LINEAR, CHAIN, OUTPUTS, LINEAR_PARAMS]

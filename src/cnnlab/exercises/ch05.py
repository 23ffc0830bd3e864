"""Chapter 05, Learning the kernels: eleven exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits

# 1. The gradient of a kernel ------------------------------------------------------------------------


def kernel_gradient(image, grad_output, kernel_size, stride):
    gradient = np.zeros((kernel_size, kernel_size))
    for i in range(grad_output.shape[0]):
        for j in range(grad_output.shape[1]):
            top, left = i * stride, j * stride
            window = image[top : top + kernel_size, left : left + kernel_size]
            gradient += grad_output[i, j] * window
    return gradient


def gradient_cases(rng: np.random.Generator) -> Case:
    """Some images have rows and columns that no window reads: sizes alone do not tell where windows are."""
    stride, size = int(rng.integers(1, 4)), int(rng.integers(2, 4))
    rows, columns = (int(n) for n in rng.permutation([2, 3, 4])[:2])
    height, width = (stride * (n - 1) + size + int(rng.integers(0, stride)) for n in (rows, columns))
    return {
        "image": digits(rng, height, width),
        "grad_output": digits(rng, rows, columns),
        "kernel_size": size,
        "stride": stride,
    }


KERNEL = Exercise(
    kernel_gradient,
    points=2,
    cases=gradient_cases,
    mistakes=[
        wrong(
            "turned",
            {"return gradient": "return gradient[::-1, ::-1]"},
            "Your gradient is turned by 180°. Weight (u, v) is multiplied by pixel (i·S + u, j·S + v), "
            "so that pixel stands in its gradient.",
        ),
        wrong(
            "transposed",
            {"return gradient": "return gradient.T"},
            "Your gradient is transposed: rows of the kernel belong to rows of the window.",
        ),
        wrong(
            "mean",
            {"return gradient": "return gradient / grad_output.size"},
            "You took the mean over the outputs. A weight works at every output, and its gradient is the sum "
            "of what it does at each. If the loss is a mean, grad_output is already divided.",
        ),
        wrong(
            "windows do not jump",
            {"i * stride, j * stride": "i, j"},
            "Your windows start at row i and column j. In the forward pass they started at i·S and j·S.",
        ),
        wrong(
            "columns do not jump",
            {"j * stride": "j"},
            "Your windows jump from row to row, but not from column to column. Window (i, j) starts at "
            "column j·S.",
        ),
        wrong(
            "last output only",
            {"+=": "="},
            "Only the last output is left in your gradient. Every output adds its part: += instead of =.",
        ),
        wrong(
            "last row and column forgotten",
            {"shape[0]": "shape[0] - 1", "shape[1]": "shape[1] - 1"},
            "The outputs of the last row and the last column are missing. range(n) ends at n − 1 already.",
        ),
        wrong(
            "gradient ignored",
            {"grad_output[i, j] * ": ""},
            "You added the windows as they are. Each counts as much as the loss cares about its output: "
            "multiply it by grad_output[i, j].",
        ),
    ],
)


# 2. The gradient of an image ------------------------------------------------------------------------


def image_gradient(kernel, grad_output, height, width, stride):
    kh, kw = kernel.shape
    gradient = np.zeros((height, width))
    for i in range(grad_output.shape[0]):
        for j in range(grad_output.shape[1]):
            rows = slice(i * stride, i * stride + kh)
            columns = slice(j * stride, j * stride + kw)
            gradient[rows, columns] += grad_output[i, j] * kernel
    return gradient


def image_cases(rng: np.random.Generator) -> Case:
    stride = int(rng.integers(1, 4))
    kh, kw = (int(n) for n in rng.permutation([2, 3]))
    rows, columns = (int(n) for n in rng.permutation([2, 3, 4])[:2])
    unread = rng.integers(0, stride, 2)  # rows and columns that no window reads
    return {
        "kernel": digits(rng, kh, kw),
        "grad_output": digits(rng, rows, columns),
        "height": stride * (rows - 1) + kh + int(unread[0]),
        "width": stride * (columns - 1) + kw + int(unread[1]),
        "stride": stride,
    }


IMAGE = Exercise(
    image_gradient,
    points=3,
    cases=image_cases,
    mistakes=[
        wrong(
            "kernel turned",
            {"* kernel": "* kernel[::-1, ::-1]"},
            "You stamped the kernel turned by 180°. Turn it if you slide it over grad_output and *read*; "
            "here you *write*, and each weight goes to the pixel that it was multiplied by.",
        ),
        wrong(
            "overwritten",
            {"+=": "="},
            "Where windows overlap, only the last is left. A pixel that was read several times is told "
            "several times: add, with +=.",
        ),
        wrong(
            "averaged",
            {
                "zeros((": "zeros((2, ",
                "[rows": "[:, rows",
                "grad_output[i, j] * kernel": "[grad_output[i, j] * kernel, np.ones((kh, kw))]",
                "return gradient": "return gradient[0] / np.maximum(gradient[1], 1)",
            },
            "You divided each pixel by how many windows read it. A pixel read by four windows moves "
            "four outputs: its gradient is their sum.",
        ),
        wrong(
            "windows do not jump",
            {"i * stride, i * stride": "i, i", "j * stride, j * stride": "j, j"},
            "Your stamps go to row i and column j. Output (i, j) read the window at (i·S, j·S), and its "
            "gradient goes back there.",
        ),
        wrong(
            "columns do not jump",
            {"j * stride, j * stride": "j, j"},
            "Your stamps jump from row to row, but not from column to column. Stamp (i, j) starts at column "
            "j·S.",
        ),
        wrong(
            "from below",
            {
                "return gradient": (
                    "return np.roll(gradient, (height - rows.stop, width - columns.stop), axis=(0, 1))"
                )
            },
            "Your stamps are laid from the lower right corner, so that what no window reads is above and on "
            "the left. Windows start at row 0 and column 0: it is below and right of the last.",
        ),
        wrong(
            "last row and column forgotten",
            {"shape[0]": "shape[0] - 1", "shape[1]": "shape[1] - 1"},
            "The outputs of the last row and the last column stamp nothing. range(n) ends at n − 1 already.",
        ),
        wrong(
            "weights ignored",
            {" * kernel": ""},
            "You gave the output's whole gradient to every pixel of the window. A pixel moves the output by "
            "the weight that it was multiplied by: stamp grad_output[i, j] times the kernel.",
        ),
        wrong(
            "squared",
            {"* kernel": "* kernel**2"},
            "You stamped grad_output times the kernel's squares. The output is linear in a pixel: its slope "
            "is the weight itself.",
        ),
        wrong(
            "gradient ignored",
            {"grad_output[i, j] * ": ""},
            "You stamped the kernel as it is. Each stamp is multiplied by grad_output[i, j], by how much the "
            "loss cares about that output.",
        ),
    ],
)


# 3. Through a maximum -------------------------------------------------------------------------------


def max_pool_backward(x, grad_output):
    gradient = np.zeros_like(x)
    for i in range(grad_output.shape[0]):
        for j in range(grad_output.shape[1]):
            window = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            u, v = np.unravel_index(window.argmax(), window.shape)
            gradient[2 * i + u, 2 * j + v] = grad_output[i, j]
    return gradient


def pool_cases(rng: np.random.Generator) -> Case:
    """A window of four equals, one with a tie of two, and large pixels where two windows meet.

    In half of the cases all pixels are negative, and far from 0: so a search must not start at a number.
    """
    rows, columns = (int(n) for n in rng.permutation([3, int(rng.integers(1, 3))]))
    x = digits(rng, 2 * rows, 2 * columns)
    x[-3:-1, 0] = x[0, -3:-1] = 10
    x[-2, 0] = x[0, -2] = 11
    x[:2, :2] = x[0, 0]
    x[-2, -1] = x[-1, -2] = x[-2:, -2:].max() + 1
    return {"x": x - rng.choice([0, 2000]), "grad_output": digits(rng, rows, columns)}


POOL = Exercise(
    max_pool_backward,
    points=2,
    cases=pool_cases,
    mistakes=[
        wrong(
            "everybody wins",
            lambda x, grad_output: np.kron(grad_output, np.ones((2, 2))),
            "You gave the whole gradient to every pixel of the window. Only the largest was passed on; the "
            "others could change a little and nobody would notice.",
        ),
        wrong(
            "shared",
            lambda x, grad_output: np.kron(grad_output, np.full((2, 2), 0.25)),
            "You shared the gradient among the four pixels. That is what *average* pooling does.",
        ),
        wrong(
            "all equals",
            {"np.unravel_index(window.argmax(), window.shape)": "np.nonzero(window == window.max())"},
            "Where several pixels are largest, you gave the gradient to each of them. It goes to one, the "
            "first in reading order: otherwise it would be multiplied on its way back.",
        ),
        wrong(
            "equals share",
            {
                "np.unravel_index(window.argmax(), window.shape)": "np.nonzero(window == window.max())",
                "= grad_output[i, j]": "= grad_output[i, j] / len(u)",
            },
            "Where several pixels are largest, you shared the gradient among them. Here, as in PyTorch, the "
            "first in reading order gets all of it.",
        ),
        wrong(
            "last of equals",
            {"window.argmax()": "3 - window[::-1, ::-1].argmax()"},
            "Of several largest pixels you chose the last. Here, as in PyTorch, the first in reading order "
            "gets it.",
        ),
        wrong(
            "column by column",
            {"u, v =": "v, u =", "window.argmax()": "window.T.argmax()"},
            "Of several largest pixels you chose the first column by column. Reading order is row by row: "
            "the upper right pixel comes before the lower left.",
        ),
        wrong(
            "smallest",
            {"argmax": "argmin"},
            "You gave the gradient to the smallest pixel of the window. The largest was passed on.",
        ),
        wrong(
            "largest in size",
            {"window.argmax": "abs(window).argmax"},
            "You looked for the pixel with the largest absolute value. The maximum keeps the sign: −9 is "
            "less than 1.",
        ),
        wrong(
            "search from 0",
            {"= grad_output[i, j]": "= grad_output[i, j] * (window.max() > 0)"},
            "A window of negative numbers sends nothing back: your search for the largest starts at 0. Start "
            "with the window's first pixel.",
        ),
        wrong(
            "search from 0, upper left",
            {"window.argmax": "np.maximum(window, 0).argmax"},
            "A window of negative numbers gives its gradient to its upper left pixel: your search for the "
            "largest starts above them all. Start with the window's first pixel.",
        ),
        wrong(
            "upper left",
            {" + u": "", " + v": ""},
            "You gave each gradient to the window's upper left pixel. It goes to the largest, wherever that "
            "stands.",
        ),
        wrong(
            "times the pixel",
            {"= grad_output[i, j]": "= grad_output[i, j] * window.max()"},
            "You multiplied by the pixel's value. The maximum passes a value on as it is: its slope is 1.",
        ),
        wrong(
            "pixels put back",
            {"= grad_output[i, j]": "= window.max()"},
            "You put the largest pixels back in their places. The places are right; what belongs there is "
            "the gradient, grad_output[i, j].",
        ),
    ],
)


# 4. Through batch normalization ---------------------------------------------------------------------


def batch_norm_gradient(grad_output, x, gamma, eps):
    deviation = np.sqrt(x.var() + eps)
    normal = (x - x.mean()) / deviation
    through_mean = grad_output.mean()
    through_variance = normal * (grad_output * normal).mean()
    return gamma / deviation * (grad_output - through_mean - through_variance)


def norm_cases(rng: np.random.Generator) -> Case:
    n = int(rng.integers(3, 7))
    return {
        "grad_output": digits(rng, n),
        "x": rng.permutation(np.arange(-9.0, 10.0))[:n],
        "gamma": float(rng.choice([-2.0, 0.5, 3.0])),
        "eps": float(rng.choice([0.25, 0.5, 2.0])),
    }


NORM = Exercise(
    batch_norm_gradient,
    points=3,
    cases=norm_cases,
    mistakes=[
        wrong(
            "as in use",
            {" - through_mean - through_variance": ""},
            "You multiplied by γ/σ and stopped. That is right in use, where μ and σ are fixed numbers. In "
            "training both are computed from x, and x moves the loss through them too.",
        ),
        wrong(
            "variance forgotten",
            {" - through_variance": ""},
            "You took the way through the mean, but not the one through the variance. Subtract x̂ times the "
            "mean of grad_output · x̂ as well.",
        ),
        wrong(
            "mean forgotten",
            {" - through_mean": ""},
            "You took the way through the variance, but not the one through the mean. Subtract the mean of "
            "grad_output as well.",
        ),
        wrong(
            "gamma forgotten",
            {"gamma / deviation": "1 / deviation"},
            "γ is missing. What comes back through y = γ x̂ + β is multiplied by γ.",
        ),
        wrong(
            "sums",
            {"grad_output.mean()": "grad_output.sum()", "normal).mean()": "normal).sum()"},
            "You subtracted sums over the batch, not means. μ moves by only 1/N of what one value does.",
        ),
        wrong(
            "mean for all",
            {"normal * (": "("},
            "You subtracted the mean of grad_output · x̂ from every place alike. The variance moves with each "
            "value by its own x̂: multiply the mean by it.",
        ),
        wrong(
            "not normalized",
            {"normal = (x - x.mean()) / deviation": "normal = x"},
            "You took x where x̂ belongs. Subtract the mean and divide by the deviation first.",
        ),
        wrong(
            "eps forgotten",
            {" + eps": ""},
            "eps is missing. The forward pass divided by √(variance + eps), and so does its gradient.",
        ),
        wrong(
            "eps outside",
            {"np.sqrt(x.var() + eps)": "x.std() + eps"},
            "You added eps to the deviation. It is added to the variance, under the root.",
        ),
        wrong(
            "n − 1",
            {"var()": "var(ddof=1)"},
            "You divided the variance by N − 1. Batch normalization divides by N while it trains; N − 1 "
            "belongs to the running estimate.",
        ),
        wrong(
            "times the deviation",
            {"gamma / deviation": "gamma * deviation"},
            "You multiplied by γ·σ. The layer divides by σ, and so does its gradient.",
        ),
    ],
)


# 5. How wide to draw --------------------------------------------------------------------------------


def he_deviation(in_channels, kernel_size, groups):
    fan_in = in_channels // groups * kernel_size**2
    return np.sqrt(2 / fan_in)


def fan_cases(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(1, 4))
    return {
        "in_channels": groups * int(rng.integers(2, 9)),
        "kernel_size": int(rng.integers(1, 6)),
        "groups": groups,
    }


HE = Exercise(
    he_deviation,
    points=1,
    cases=fan_cases,
    mistakes=[
        wrong(
            "variance",
            {"np.sqrt": ""},
            "That is the variance. The standard deviation is its square root.",
        ),
        wrong(
            "no ReLU",
            {"2 / fan": "1 / fan"},
            "You left out the 2. A ReLU stops half of what comes in, and the weights have to make up for it.",
        ),
        wrong(
            "half for double",
            {"2 / fan_in": "1 / (2 * fan_in)"},
            "You divided by 2 where you should multiply. A ReLU stops half of what comes in, so the weights "
            "have to be larger, not smaller.",
        ),
        wrong(
            "2 outside the root",
            {"np.sqrt(2 / fan_in)": "2 / np.sqrt(fan_in)"},
            "Your 2 stands outside the root. The variance is 2 divided by the number of inputs: take the "
            "root of all of it.",
        ),
        wrong(
            "uniform",
            {"2 / fan": "6 / fan"},
            "That is the bound of a uniform distribution, the root of 6 / n. Its deviation is √3 times "
            "smaller.",
        ),
        wrong(
            "groups ignored",
            {" // groups": ""},
            "You left the groups out. An output reads only in_channels / groups channels.",
        ),
        wrong(
            "times groups",
            {"// groups": "* groups"},
            "You multiplied by the groups. An output reads only the channels of its own group: divide.",
        ),
        wrong(
            "one row",
            {"kernel_size**2": "kernel_size"},
            "You counted K weights a channel. The window is a square: K·K.",
        ),
        wrong(
            "channels only",
            {" * kernel_size**2": ""},
            "You counted the channels but not the window's pixels. A sum runs over both.",
        ),
        wrong(
            "pixels only",
            {"in_channels // groups * ": ""},
            "You counted the window's pixels but not its channels. A sum runs over both.",
        ),
        wrong(
            "bias counted",
            {"**2": "**2 + 1"},
            "You counted the bias among the inputs. It starts at 0 and adds nothing to the spread: only "
            "weights count.",
        ),
    ],
)


# 6. A step with momentum ----------------------------------------------------------------------------


def momentum_step(weight, velocity, gradient, lr, momentum, weight_decay):
    gradient = gradient + weight_decay * weight
    velocity = momentum * velocity + gradient
    return np.stack([weight - lr * velocity, velocity])


def step_cases(rng: np.random.Generator) -> Case:
    n = int(rng.integers(2, 5))
    return {
        "weight": digits(rng, n),
        "velocity": digits(rng, n),
        "gradient": digits(rng, n),
        "lr": float(rng.choice([0.25, 0.5])),
        "momentum": float(rng.choice([0.5, 0.75])),
        "weight_decay": float(rng.choice([0.125, 0.375])),
    }


MOMENTUM = Exercise(
    momentum_step,
    points=2,
    cases=step_cases,
    mistakes=[
        wrong(
            "old velocity",
            {"velocity = ": "new = ", " velocity])": " new])"},
            "You moved the weight with the old velocity. First the velocity hears the gradient, then the "
            "weight moves with it.",
        ),
        wrong(
            "uphill",
            {"weight - lr": "weight + lr"},
            "Your step goes uphill. The gradient points where the loss grows: subtract lr · velocity.",
        ),
        wrong(
            "rows exchanged",
            {"weight - lr * velocity, velocity": "velocity, weight - lr * velocity"},
            "Your two rows stand the wrong way round: the weight comes first, then the velocity.",
        ),
        wrong(
            "no weight decay",
            {" + weight_decay * weight": ""},
            "The weight decay is missing. It adds weight_decay · weight to the gradient, which pulls every "
            "weight towards 0.",
        ),
        wrong(
            "constant decay",
            {"weight_decay * weight": "weight_decay"},
            "Your decay pulls at every weight alike. The larger a weight, the harder it is pulled: add "
            "weight_decay · weight.",
        ),
        wrong(
            "weights pushed away",
            {"gradient + weight_decay": "gradient - weight_decay"},
            "Your weight decay makes weights grow. *Add* it to the gradient; the step is subtracted.",
        ),
        wrong(
            "as AlexNet",
            {
                "velocity + gradient": "velocity - lr * gradient",
                "weight - lr * velocity": "weight + velocity",
            },
            "You put the learning rate into the velocity, as the AlexNet paper does. That is right too, but "
            "here the velocity is to be PyTorch's: momentum · velocity + gradient, and lr in the step alone.",
        ),
        wrong(
            "rate in the velocity",
            {
                "velocity + gradient": "velocity + lr * gradient",
                "weight - lr * velocity": "weight - velocity",
            },
            "You put the learning rate into the velocity. Many texts do, and at a constant rate the weights "
            "are the same; but PyTorch's velocity is momentum · velocity + gradient, and lr is in the step.",
        ),
        wrong(
            "decay apart",
            {" + weight_decay * weight": "", "lr * velocity": "lr * (velocity + weight_decay * weight)"},
            "You let the decay act on the weight alone, past the velocity. That is another method (decoupled "
            "weight decay); here it is a part of the gradient.",
        ),
        wrong(
            "Nesterov",
            {"lr * velocity": "lr * (gradient + momentum * velocity)"},
            "You took a step of Nesterov's kind, which looks ahead. Here the weight moves by the velocity.",
        ),
        wrong(
            "average",
            {"velocity + gradient": "velocity + (1 - momentum) * gradient"},
            "You weighted the gradient with 1 − momentum. Here it is added whole, so a lasting slope makes "
            "the velocity grow to 1 / (1 − momentum) times the gradient.",
        ),
    ],
)


# 7. A learned edge detector -------------------------------------------------------------------------


def learn_kernel(image, target, kernel_size, lr, steps):
    shape = (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(image, shape)
    kernel = np.zeros(shape)
    for _ in range(steps):
        output = (windows * kernel).sum(axis=(2, 3))
        error = (output - target) / output.size
        gradient = (windows * error[:, :, None, None]).sum(axis=(0, 1))
        kernel = kernel - lr * gradient
    return kernel


def learn_cases(rng: np.random.Generator) -> Case:
    size = int(rng.integers(2, 4))
    height, width = (int(n) for n in rng.permutation([5, 6, 7])[:2])
    target = rng.normal(size=(height - size + 1, width - size + 1)).round(2)
    return {
        "image": rng.normal(size=(height, width)).round(2),
        "target": target,
        "kernel_size": size,
        "lr": float(rng.choice([0.25, 0.5])),
        "steps": int(rng.integers(2, 5)),
    }


LEARN = Exercise(
    learn_kernel,
    points=3,
    cases=learn_cases,
    mistakes=[
        wrong(
            "uphill",
            {"kernel - lr": "kernel + lr"},
            "Your kernel climbs: the loss grows from step to step. Subtract the gradient.",
        ),
        wrong(
            "one step",
            {"range(steps)": "range(1)"},
            "Your answer is that of one step. Compute output and error again in each, from the new kernel.",
        ),
        wrong(
            "a step too many",
            {"range(steps)": "range(steps + 1)"},
            "You made one step too many. range(steps) counts from 0 to steps − 1: that is enough.",
        ),
        wrong(
            "error not updated",
            {"range(steps)": "range(1)", "lr * gradient": "steps * lr * gradient"},
            "You took the same gradient in every step. It belongs to one kernel only: compute it again after "
            "each step.",
        ),
        wrong(
            "from ones",
            {"zeros": "ones"},
            "Your kernel starts from ones. The task starts it from zeros.",
        ),
        wrong(
            "factor 2",
            {"lr * gradient": "2 * lr * gradient"},
            "Your gradient is twice as large. The loss is *half* the mean of the squares: the 2 cancels.",
        ),
        wrong(
            "sum",
            {" / output.size": ""},
            "You took the sum over all outputs where the loss takes their mean: divide by their number.",
        ),
        wrong(
            "mean over the weights",
            {"output.size": "kernel.size"},
            "You divided by the number of the kernel's weights. The loss is a mean over the outputs: divide "
            "by their number.",
        ),
        wrong(
            "image centred",
            {"view(image": "view(image - image.mean()"},
            "You subtracted the image's mean first. That can help, but it is another problem with another "
            "kernel: take the image as it is.",
        ),
        wrong(
            "turned",
            {"return kernel": "return kernel[::-1, ::-1]"},
            "Your kernel is turned by 180°. Both passes read the same window in the same order.",
        ),
    ],
)


# 8. Which rate is too high --------------------------------------------------------------------------


def highest_rate(image, kernel_size, momentum):
    shape = (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(image, shape)
    rows = windows.reshape(-1, kernel_size**2)
    curvatures = np.linalg.eigvalsh(rows.T @ rows / len(rows))
    return 2 * (1 + momentum) / curvatures[-1]


def rate_cases(rng: np.random.Generator) -> Case:
    # More windows than weights: no direction is flat, whose curvature would be a matter of rounding.
    height, width = (int(n) for n in rng.permutation([5, 6, 7])[:2])
    return {
        "image": digits(rng, height, width),
        "kernel_size": int(rng.integers(2, 4)),
        "momentum": float(rng.choice([0.0, 0.5, 0.75, 0.9])),
    }


HIGHEST = Exercise(
    highest_rate,
    points=2,
    cases=rate_cases,
    mistakes=[
        wrong(
            "flattest",
            {"curvatures[-1]": "curvatures[0]"},
            "You took the flattest direction. The steepest sets the limit: there the steps overshoot first.",
        ),
        wrong(
            "no momentum",
            {" * (1 + momentum)": ""},
            "You left the momentum out. It moves the limit, to 2 (1 + μ) / c.",
        ),
        wrong(
            "momentum subtracted",
            {"1 + momentum": "1 - momentum"},
            "You took 1 − μ. On the steep direction the terms change their signs and cancel, so momentum "
            "*raises* the limit: 1 + μ.",
        ),
        wrong(
            "one over the curvature",
            {"2 * (1": "(1"},
            "You left out the 2. A step of 1/c lands at the bottom, and up to 2/c it lands nearer than it "
            "was. (Or is your loss without its half? Then the curvature is twice as large.)",
        ),
        wrong(
            "sum",
            {" / len(rows)": ""},
            "You added up over the windows. The loss is a mean over the outputs, and so is its curvature.",
        ),
        wrong(
            "mean over the weights",
            {"len(rows)": "kernel_size**2"},
            "You divided by the number of the kernel's weights. The loss is a mean over the outputs: divide "
            "by how many windows there are.",
        ),
        wrong(
            "all directions together",
            {"curvatures[-1]": "curvatures.sum()"},
            "You added the curvatures of all directions. Each direction has its own limit, and the steepest "
            "is the first to explode.",
        ),
        wrong(
            "mean curvature",
            {"curvatures[-1]": "curvatures.mean()"},
            "You took the mean of the curvatures. The steepest direction sets the limit alone.",
        ),
        wrong(
            "image centred",
            {"view(image": "view(image - image.mean()"},
            "You subtracted the image's mean first. That makes the valley rounder, but it is another bowl: "
            "take the image as it is.",
        ),
        wrong(
            "windows centred",
            {"rows.T @ rows / len(rows)": "np.cov(rows.T, bias=True)"},
            "You took the covariance of the pixels, which subtracts their means. The curvature is the mean "
            "product itself.",
        ),
        wrong(
            "singular value",
            {"curvatures[-1]": "np.sqrt(curvatures[-1])"},
            "You took the root of the curvature, a singular value. The eigenvalue itself is the curvature.",
        ),
        wrong(
            "curvature",
            {"2 * (1 + momentum) / curvatures[-1]": "curvatures[-1]"},
            "That is the steepest curvature. The limit of the learning rate is 2 (1 + μ) divided by it.",
        ),
        wrong(
            "diagonal",
            {"curvatures[-1]": "(rows**2).mean(axis=0).max()"},
            "You took the largest entry of the diagonal. The steepest direction moves several weights at "
            "once, and is steeper: it is the largest eigenvalue.",
        ),
    ],
)


# 9. When the loss stands still ----------------------------------------------------------------------


def plateau_rates(losses, lr, patience):
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        rates.append(lr)
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            lr, waited = lr / 10, 0
    return np.array(rates)


def plateau_cases(rng: np.random.Generator) -> Case:
    """Losses that fall, sometimes by very little, stand still, come back to their best and rise above it.

    Some are large: the best before the first epoch is no number.
    """
    steps = rng.choice([-3, -1, -(2.0**-14), 0, 0, 1, 2], int(rng.integers(8, 15)))
    losses = 10 + steps.cumsum()
    losses[rng.integers(0, 4) :: 3] += 1
    return {
        "losses": losses * rng.choice([0.1, 1000.0]),
        "lr": float(rng.choice([0.5, 0.1, 0.02])),
        "patience": int(rng.integers(1, 4)),
    }


def dropped_at_once(losses, lr, patience):
    rates = plateau_rates(np.append(losses, np.inf), lr, patience)
    return rates[1:]


MARGIN = (
    "You asked that a loss be lower by some margin, as PyTorch's scheduler does. Here every loss "
    "that is lower than all before counts."
)
PLATEAU = Exercise(
    plateau_rates,
    points=2,
    cases=plateau_cases,
    mistakes=[
        wrong(
            "dropped in the same epoch",
            dropped_at_once,
            "Your rate falls one epoch too early. A loss is known at the end of its epoch, so it can change "
            "the rate of the next one only.",
        ),
        wrong(
            "falls in every epoch",
            {"waited == patience": "waited >= patience", "lr / 10, 0": "lr / 10, waited"},
            "After a drop your rate falls in every epoch. The counting begins anew when the rate falls.",
        ),
        wrong(
            "falls once",
            {"lr / 10, 0": "lr / 10, waited"},
            "After a drop your count goes on, and does not come to the patience again. It begins anew when "
            "the rate falls.",
        ),
        wrong(
            "compared with the last",
            {"min(best, loss)": "loss"},
            "You compared each loss with the one before it. What counts is whether it is lower than all "
            "before.",
        ),
        wrong(
            "best forgotten",
            {"lr, waited = lr / 10, 0": "lr, waited, best = lr / 10, 0, np.inf"},
            "You forgot the best loss when the rate fell. Only the counting begins anew.",
        ),
        wrong(
            "not in a row",
            {"0 if loss < best else waited + 1": "waited + (loss >= best)"},
            "You counted all epochs without improvement. They have to be in a row: a new lowest loss sets "
            "the count to 0.",
        ),
        wrong(
            "equal is lower",
            {"loss < best": "loss <= best"},
            "You took an equal loss for an improvement. It has to be lower.",
        ),
        wrong(
            "equal not counted",
            {"waited + 1": "waited + (loss > best)"},
            "You leave an epoch out of the count where its loss equals the best. It brought no lower loss: "
            "it counts like those whose loss is higher.",
        ),
        wrong(
            "lower by a margin",
            {"0 if loss < best": "0 if loss < best * (1 - 1e-4)"},
            MARGIN,
        ),
        wrong("lower by a fixed margin", {"0 if loss < best": "0 if loss < best - 1e-4"}, MARGIN),
        wrong(
            "one epoch too patient",
            {"waited == patience": "waited > patience"},
            "You waited one epoch too long. The rate falls when `patience` epochs have brought nothing.",
        ),
        wrong(
            "one epoch too few",
            {"waited == patience": "waited == max(patience - 1, 1)"},
            "You waited one epoch too few. The rate falls when `patience` epochs have brought nothing.",
        ),
        wrong(
            "half",
            {"lr / 10": "lr / 2"},
            "You halved the rate. Here it is divided by 10.",
        ),
        wrong(
            "subtracted",
            {"lr / 10": "lr - rates[0] / 10"},
            "You took a tenth of the first rate off. The rate is divided by 10.",
        ),
        wrong(
            "never",
            {"lr / 10": "lr"},
            "Your rate never falls. Count the epochs in a row that bring no lower loss.",
        ),
    ],
)


# 10 and 11. Count it --------------------------------------------------------------------------------


def count_step(batch, size, first, second, third):
    forward1 = 9 * 3 * first * size**2
    forward2 = 9 * first * second * size**2
    forward3 = 9 * second * third * size**2
    return batch * (2 * forward1 + 3 * forward2 + 3 * forward3)


def network_cases(rng: np.random.Generator) -> Case:
    first, second, third = (int(n) for n in rng.permutation(np.arange(8, 40, 4))[:3])
    return {
        "batch": int(rng.choice([10, 20, 50])),
        "size": int(rng.integers(6, 33)),
        "first": first,
        "second": second,
        "third": third,
    }


TRAINING = DrawnExercise(
    count_step,
    points=2,
    cases=network_cases,
    question=(
        "A batch of {batch} colour images of {size}×{size} goes through three convolutions, all 3×3 with "
        "padding 1 and stride 1, to {first}, {second} and {third} channels. How many MACs does one step of "
        "training take in them: forward, and backward for all weights and for every input that a layer "
        "before it is waiting for? (Biases and the update are not counted.)"
    ),
    mistakes=[
        wrong(
            "forward only",
            {"2 * forward1": "forward1", "3 * forward2": "forward2", "3 * forward3": "forward3"},
            "That is the forward pass. Backward each layer makes two more products of the same size.",
        ),
        wrong(
            "twice",
            {"3 * forward2": "2 * forward2", "3 * forward3": "2 * forward3"},
            "You counted forward once and backward once. Backward there are two gradients: of the weights "
            "and of the input.",
        ),
        wrong(
            "three times",
            {"2 * forward1": "3 * forward1"},
            "You counted the gradient of the image too. No layer before the first one waits for it, and "
            "nobody computes it.",
        ),
        wrong(
            "one image",
            {"batch * ": ""},
            "You counted one image. The batch has more.",
        ),
        wrong(
            "grey images",
            {"9 * 3": "9"},
            "You let the first layer read one channel. A colour image has three.",
        ),
        wrong(
            "padding forgotten",
            {
                "3 * first * size": "3 * first * (size - 2)",
                "second * size": "second * (size - 4)",
                "third * size": "third * (size - 6)",
            },
            "You let the images shrink by two pixels a layer. Padding 1 keeps their size.",
        ),
        wrong(
            "backward only",
            {"2 * forward1": "forward1", "3 * forward2": "2 * forward2", "3 * forward3": "2 * forward3"},
            "That is the backward pass alone. The step begins with a forward pass.",
        ),
        wrong(
            "an input forgotten",
            {"3 * forward2": "2 * forward2"},
            "You left out the gradient of one input. Only the first layer needs none: the other two "
            "each tell the layer before them what to do.",
        ),
        wrong(
            "last for first",
            {"2 * forward1": "3 * forward1", "3 * forward3": "2 * forward3"},
            "You left out the input gradient of the last layer. It is the first that needs none: nobody "
            "waits for the image's gradient, but the second layer waits for the third's.",
        ),
        wrong(
            "first layer forward only",
            {"2 * forward1": "forward1"},
            "You counted the first layer's forward pass only. It needs no gradient of its input, but it does "
            "need that of its weights.",
        ),
        wrong(
            "two a mac",
            {"batch * ": "2 * batch * "},
            "You counted multiplications and additions apart. A MAC is both.",
        ),
    ],
)


def count_steps(images, batch_size, processes, epochs):
    together = batch_size * processes
    steps_an_epoch = -(-images // together)
    return epochs * steps_an_epoch


def epoch_cases(rng: np.random.Generator) -> Case:
    """The last step takes fewer images than there are processes: each rounding down loses it.

    Tasks like one that was handed out stay.
    """
    case = {
        "images": int(rng.integers(2_000, 60_000)),
        "batch_size": int(rng.choice([24, 32, 48, 64])),
        "processes": int(rng.integers(2, 9)),
        "epochs": int(rng.integers(3, 90)),
    }
    together = case["batch_size"] * case["processes"]
    if 2 * (case["images"] % together) >= together:
        case["images"] -= together // 2
    rest = case["images"] % together
    if (together, rest) != (96, 32):
        case["images"] += int(rng.integers(1, case["processes"])) - rest
    return case


STEPS = DrawnExercise(
    count_steps,
    points=1,
    cases=epoch_cases,
    question=(
        "{processes} processes train one network together. There are {images:,} images, and in each step "
        "every process takes {batch_size} of them. How many steps are {epochs} epochs? (An epoch takes every "
        "image once; its last step may have fewer.)"
    ),
    mistakes=[
        wrong(
            "one process",
            {" * processes": ""},
            "Your number is that of one process alone. In a step all of them work at once, each on images "
            "of its own.",
        ),
        wrong(
            "batch shared out",
            {"-images // together": "-images * processes // batch_size"},
            "Your number is as large as if one batch were shared out among the processes. Here every "
            "process takes a whole batch of its own, so a step takes more images, not fewer.",
        ),
        wrong(
            "last batch dropped",
            {"-(-images // together)": "images // together"},
            "Your epochs leave out some of the images. Those that are left over make one more step in every "
            "epoch: round up.",
        ),
        wrong(
            "a step too many",
            {"-(-images // together)": "-(-images // together) + 1"},
            "You counted one step too many in every epoch. Rounding up counts the smaller step already.",
        ),
        wrong(
            "one smaller step",
            {"epochs * steps_an_epoch": "epochs * (images // together) + 1"},
            "You counted one smaller step for the whole training. Each epoch ends with one of its own.",
        ),
        wrong(
            "one epoch",
            {"epochs * ": ""},
            "That is one epoch, and the question asks for all of them.",
        ),
        wrong(
            "epochs joined",
            {"-images": "-images * epochs", "epochs * steps": "steps"},
            "Your number is as large as without rounding up within each epoch. Each ends with a smaller "
            "step that counts whole: round first, then multiply by the epochs.",
        ),
        wrong(
            "all processes' steps",
            {"epochs * ": "processes * epochs * "},
            "Your number is the sum of the steps of all processes. They make one step together.",
        ),
        wrong(
            "images",
            lambda images, batch_size, processes, epochs: images * epochs,
            "That is how many images are shown. A step takes many at once.",
        ),
    ],
)

EXERCISES = [KERNEL, IMAGE, POOL, NORM, HE, MOMENTUM, LEARN, HIGHEST, PLATEAU, TRAINING, STEPS]

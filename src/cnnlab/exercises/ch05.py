"""Chapter 05, Learning the kernels: nine exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


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
    stride, size = int(rng.integers(1, 3)), int(rng.integers(2, 4))
    rows, columns = (int(n) for n in rng.permutation([2, 3, 4])[:2])
    height, width = (stride * (n - 1) + size for n in (rows, columns))
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
            lambda image, grad_output, kernel_size, stride: kernel_gradient(
                image, grad_output, kernel_size, stride
            )[::-1, ::-1],
            "Your gradient is turned by 180°. Weight (u, v) is multiplied by pixel (i·S + u, j·S + v), "
            "so that pixel stands in its gradient.",
        ),
        wrong(
            "transposed",
            lambda image, grad_output, kernel_size, stride: (
                kernel_gradient(image, grad_output, kernel_size, stride).T
            ),
            "Your gradient is transposed: rows of the kernel belong to rows of the window.",
        ),
        wrong(
            "mean",
            lambda image, grad_output, kernel_size, stride: (
                kernel_gradient(image, grad_output, kernel_size, stride) / grad_output.size
            ),
            "You took the mean over the outputs. A weight works at every output, and its gradient is the sum "
            "of what it does at each. If the loss is a mean, grad_output is already divided.",
        ),
        wrong(
            "windows do not jump",
            lambda image, grad_output, kernel_size, stride: kernel_gradient(
                image, grad_output, kernel_size, 1
            ),
            "Your windows start at row i and column j. In the forward pass they started at i·S and j·S.",
        ),
        wrong(
            "last output only",
            lambda image, grad_output, kernel_size, stride: (
                grad_output[-1, -1] * image[-kernel_size:, -kernel_size:]
            ),
            "Only the last output is left in your gradient. Every output adds its part: += instead of =.",
        ),
        wrong(
            "gradient ignored",
            lambda image, grad_output, kernel_size, stride: kernel_gradient(
                image, np.ones_like(grad_output), kernel_size, stride
            ),
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
    stride = int(rng.integers(1, 3))
    kh, kw = (int(n) for n in rng.permutation([2, 3]))
    rows, columns = (int(n) for n in rng.permutation([2, 3, 4])[:2])
    return {
        "kernel": digits(rng, kh, kw),
        "grad_output": digits(rng, rows, columns),
        "height": stride * (rows - 1) + kh + int(rng.integers(0, 2)),  # a row that no window reads
        "width": stride * (columns - 1) + kw,
        "stride": stride,
    }


def overwritten(kernel, grad_output, height, width, stride):
    (kh, kw), gradient = kernel.shape, np.zeros((height, width))
    for i, j in np.ndindex(grad_output.shape):
        gradient[i * stride : i * stride + kh, j * stride : j * stride + kw] = grad_output[i, j] * kernel
    return gradient


def stamps(kernel, grad_output, height, width, stride):
    """How many windows read each pixel."""
    return image_gradient(np.ones_like(kernel), np.ones_like(grad_output), height, width, stride)


IMAGE = Exercise(
    image_gradient,
    points=3,
    cases=image_cases,
    mistakes=[
        wrong(
            "kernel turned",
            lambda kernel, grad_output, height, width, stride: image_gradient(
                kernel[::-1, ::-1], grad_output, height, width, stride
            ),
            "You stamped the kernel turned by 180°. Turn it if you slide it over grad_output and *read*; "
            "here you *write*, and each weight goes to the pixel that it was multiplied by.",
        ),
        wrong(
            "overwritten",
            overwritten,
            "Where windows overlap, only the last is left. A pixel that was read several times is told "
            "several times: add, with +=.",
        ),
        wrong(
            "averaged",
            lambda kernel, grad_output, height, width, stride: (
                image_gradient(kernel, grad_output, height, width, stride)
                / np.maximum(stamps(kernel, grad_output, height, width, stride), 1)
            ),
            "You divided each pixel by how many windows read it. A pixel read by four windows moves "
            "four outputs: its gradient is their sum.",
        ),
        wrong(
            "windows do not jump",
            lambda kernel, grad_output, height, width, stride: image_gradient(
                kernel, grad_output, height, width, 1
            ),
            "Your stamps go to row i and column j. Output (i, j) read the window at (i·S, j·S), and its "
            "gradient goes back there.",
        ),
        wrong(
            "squared",
            lambda kernel, grad_output, height, width, stride: image_gradient(
                kernel**2, grad_output, height, width, stride
            ),
            "You stamped grad_output times the kernel's squares. The output is linear in a pixel: its slope "
            "is the weight itself.",
        ),
        wrong(
            "gradient ignored",
            lambda kernel, grad_output, height, width, stride: image_gradient(
                kernel, np.ones_like(grad_output), height, width, stride
            ),
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
    rows, columns = (int(n) for n in rng.permutation([1, 2, 3])[:2])
    x = rng.integers(-4, 5, (2 * rows, 2 * columns)).astype(float)
    x[:2, :2] = x[:2, :2].max()  # a window of equals
    return {"x": x, "grad_output": rng.integers(1, 10, (rows, columns)).astype(float)}


def spread(grad_output):
    return grad_output.repeat(2, 0).repeat(2, 1)


def winners(x, best=np.max):
    rows, columns = x.shape[0] // 2, x.shape[1] // 2
    top = best(x.reshape(rows, 2, columns, 2), axis=(1, 3))
    return x == spread(top)


POOL = Exercise(
    max_pool_backward,
    points=2,
    cases=pool_cases,
    mistakes=[
        wrong(
            "everybody wins",
            lambda x, grad_output: spread(grad_output),
            "You gave the whole gradient to every pixel of the window. Only the largest was passed on; the "
            "others could change a little and nobody would notice.",
        ),
        wrong(
            "shared",
            lambda x, grad_output: spread(grad_output) / 4,
            "You shared the gradient among the four pixels. That is what *average* pooling does.",
        ),
        wrong(
            "all equals",
            lambda x, grad_output: np.where(winners(x), spread(grad_output), 0.0),
            "Where several pixels are largest, you gave the gradient to each of them. It goes to one, the "
            "first in reading order: otherwise it would be multiplied on its way back.",
        ),
        wrong(
            "last of equals",
            lambda x, grad_output: max_pool_backward(x[::-1, ::-1], grad_output[::-1, ::-1])[::-1, ::-1],
            "Of several largest pixels you chose the last. Here, as in PyTorch, the first in reading order "
            "gets it.",
        ),
        wrong(
            "smallest",
            lambda x, grad_output: max_pool_backward(-x, grad_output),
            "You gave the gradient to the smallest pixel of the window. The largest was passed on.",
        ),
        wrong(
            "times the pixel",
            lambda x, grad_output: max_pool_backward(x, grad_output) * x,
            "You multiplied by the pixel's value. The maximum passes a value on as it is: its slope is 1.",
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
    x = rng.permutation(np.arange(-9.0, 10.0))[:n]
    return {"grad_output": digits(rng, n), "x": x, "gamma": float(rng.integers(2, 5)), "eps": 0.5}


def parts(grad_output, x, gamma, eps):
    """γ/σ, the normalized batch, and what goes through the mean."""
    deviation = np.sqrt(x.var() + eps)
    return gamma / deviation, (x - x.mean()) / deviation, grad_output.mean()


def without_variance(grad_output, x, gamma, eps):
    scale, _, through_mean = parts(grad_output, x, gamma, eps)
    return scale * (grad_output - through_mean)


def without_mean(grad_output, x, gamma, eps):
    scale, normal, _ = parts(grad_output, x, gamma, eps)
    return scale * (grad_output - normal * (grad_output * normal).mean())


def summed(grad_output, x, gamma, eps):
    scale, normal, _ = parts(grad_output, x, gamma, eps)
    return scale * (grad_output - grad_output.sum() - normal * (grad_output * normal).sum())


def unbiased(grad_output, x, gamma, eps):
    deviation = np.sqrt(x.var(ddof=1) + eps)
    normal = (x - x.mean()) / deviation
    return gamma / deviation * (grad_output - grad_output.mean() - normal * (grad_output * normal).mean())


NORM = Exercise(
    batch_norm_gradient,
    points=3,
    cases=norm_cases,
    mistakes=[
        wrong(
            "as in use",
            lambda grad_output, x, gamma, eps: parts(grad_output, x, gamma, eps)[0] * grad_output,
            "You multiplied by γ/σ and stopped. That is right in use, where μ and σ are fixed numbers. In "
            "training both are computed from x, and x moves the loss through them too.",
        ),
        wrong(
            "variance forgotten",
            without_variance,
            "You took the way through the mean, but not the one through the variance. Subtract x̂ times the "
            "mean of grad_output · x̂ as well.",
        ),
        wrong(
            "mean forgotten",
            without_mean,
            "You took the way through the variance, but not the one through the mean. Subtract the mean of "
            "grad_output as well.",
        ),
        wrong(
            "gamma forgotten",
            lambda grad_output, x, gamma, eps: batch_norm_gradient(grad_output, x, 1.0, eps),
            "γ is missing. What comes back through y = γ x̂ + β is multiplied by γ.",
        ),
        wrong(
            "sums",
            summed,
            "You subtracted sums over the batch, not means. μ moves by only 1/N of what one value does.",
        ),
        wrong(
            "n − 1",
            unbiased,
            "You divided the variance by N − 1. Batch normalization divides by N while it trains; N − 1 "
            "belongs to the running estimate.",
        ),
        wrong(
            "times the deviation",
            lambda grad_output, x, gamma, eps: (
                batch_norm_gradient(grad_output, x, gamma, eps) * (x.var() + eps)
            ),
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
        "kernel_size": int(rng.integers(2, 6)),
        "groups": groups,
    }


HE = Exercise(
    he_deviation,
    points=1,
    cases=fan_cases,
    mistakes=[
        wrong(
            "variance",
            lambda in_channels, kernel_size, groups: he_deviation(in_channels, kernel_size, groups) ** 2,
            "That is the variance. The standard deviation is its square root.",
        ),
        wrong(
            "no ReLU",
            lambda in_channels, kernel_size, groups: (
                he_deviation(in_channels, kernel_size, groups) / np.sqrt(2)
            ),
            "You left out the 2. A ReLU stops half of what comes in, and the weights have to make up for it.",
        ),
        wrong(
            "groups ignored",
            lambda in_channels, kernel_size, groups: he_deviation(in_channels, kernel_size, 1),
            "You left the groups out. An output reads only in_channels / groups channels.",
        ),
        wrong(
            "one row",
            lambda in_channels, kernel_size, groups: (
                he_deviation(in_channels, kernel_size, groups) * np.sqrt(kernel_size)
            ),
            "You counted K weights a channel. The window is a square: K·K.",
        ),
        wrong(
            "pixels only",
            lambda in_channels, kernel_size, groups: he_deviation(groups, kernel_size, groups),
            "You counted the window's pixels but not its channels. A sum runs over both.",
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
        "weight": rng.integers(1, 10, n).astype(float),
        "velocity": digits(rng, n),
        "gradient": digits(rng, n),
        "lr": float(rng.choice([0.25, 0.5])),
        "momentum": float(rng.choice([0.5, 0.75])),
        "weight_decay": float(rng.choice([0.125, 0.375])),
    }


def old_velocity(weight, velocity, gradient, lr, momentum, weight_decay):
    new = momentum * velocity + gradient + weight_decay * weight
    return np.stack([weight - lr * velocity, new])


def nesterov(weight, velocity, gradient, lr, momentum, weight_decay):
    gradient = gradient + weight_decay * weight
    velocity = momentum * velocity + gradient
    return np.stack([weight - lr * (gradient + momentum * velocity), velocity])


def as_alexnet(weight, velocity, gradient, lr, momentum, weight_decay):
    velocity = momentum * velocity - lr * (gradient + weight_decay * weight)
    return np.stack([weight + velocity, velocity])


def decay_apart(weight, velocity, gradient, lr, momentum, weight_decay):
    velocity = momentum * velocity + gradient
    return np.stack([weight - lr * velocity - lr * weight_decay * weight, velocity])


def averaged(weight, velocity, gradient, lr, momentum, weight_decay):
    velocity = momentum * velocity + (1 - momentum) * (gradient + weight_decay * weight)
    return np.stack([weight - lr * velocity, velocity])


MOMENTUM = Exercise(
    momentum_step,
    points=2,
    cases=step_cases,
    mistakes=[
        wrong(
            "old velocity",
            old_velocity,
            "You moved the weight with the old velocity. First the velocity hears the gradient, then the "
            "weight moves with it.",
        ),
        wrong(
            "uphill",
            lambda weight, velocity, gradient, lr, momentum, weight_decay: momentum_step(
                weight, velocity, gradient, -lr, momentum, weight_decay
            ),
            "Your step goes uphill. The gradient points where the loss grows: subtract lr · velocity.",
        ),
        wrong(
            "no weight decay",
            lambda weight, velocity, gradient, lr, momentum, weight_decay: momentum_step(
                weight, velocity, gradient, lr, momentum, 0.0
            ),
            "The weight decay is missing. It adds weight_decay · weight to the gradient, which pulls every "
            "weight towards 0.",
        ),
        wrong(
            "weights pushed away",
            lambda weight, velocity, gradient, lr, momentum, weight_decay: momentum_step(
                weight, velocity, gradient, lr, momentum, -weight_decay
            ),
            "Your weight decay makes weights grow. *Add* it to the gradient; the step is subtracted.",
        ),
        wrong(
            "as AlexNet",
            as_alexnet,
            "You put the learning rate into the velocity, as the AlexNet paper does. That is right too, but "
            "here the velocity is to be PyTorch's: momentum · velocity + gradient, and lr in the step alone.",
        ),
        wrong(
            "decay apart",
            decay_apart,
            "You let the decay act on the weight alone, past the velocity. That is another method (decoupled "
            "weight decay); here it is a part of the gradient.",
        ),
        wrong(
            "Nesterov",
            nesterov,
            "You took a step of Nesterov's kind, which looks ahead. Here the weight moves by the velocity.",
        ),
        wrong(
            "average",
            averaged,
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
        "lr": 0.25,
        "steps": int(rng.integers(2, 5)),
    }


LEARN = Exercise(
    learn_kernel,
    points=3,
    cases=learn_cases,
    mistakes=[
        wrong(
            "uphill",
            lambda image, target, kernel_size, lr, steps: learn_kernel(
                image, target, kernel_size, -lr, steps
            ),
            "Your kernel climbs: the loss grows from step to step. Subtract the gradient.",
        ),
        wrong(
            "one step",
            lambda image, target, kernel_size, lr, steps: learn_kernel(image, target, kernel_size, lr, 1),
            "Your answer is that of one step. Compute output and error again in each, from the new kernel.",
        ),
        wrong(
            "error not updated",
            lambda image, target, kernel_size, lr, steps: learn_kernel(
                image, target, kernel_size, lr * steps, 1
            ),
            "You took the same gradient in every step. It belongs to one kernel only: compute it again after "
            "each step.",
        ),
        wrong(
            "factor 2",
            lambda image, target, kernel_size, lr, steps: learn_kernel(
                image, target, kernel_size, 2 * lr, steps
            ),
            "Your gradient is twice as large. The loss is *half* the mean of the squares: the 2 cancels.",
        ),
        wrong(
            "sum",
            lambda image, target, kernel_size, lr, steps: learn_kernel(
                image, target, kernel_size, lr * target.size, steps
            ),
            "You took the sum over all outputs where the loss takes their mean: divide by their number.",
        ),
        wrong(
            "turned",
            lambda image, target, kernel_size, lr, steps: learn_kernel(image, target, kernel_size, lr, steps)[
                ::-1, ::-1
            ],
            "Your kernel is turned by 180°. Both passes read the same window in the same order.",
        ),
    ],
)


# 8 and 9. Count it ----------------------------------------------------------------------------------


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


def forward(batch, size, first, second, third):
    return batch * 9 * size**2 * (3 * first + first * second + second * third)


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
            forward,
            "That is the forward pass. Backward each layer makes two more products of the same size.",
        ),
        wrong(
            "twice",
            lambda **network: 2 * forward(**network),
            "You counted forward once and backward once. Backward there are two gradients: of the weights "
            "and of the input.",
        ),
        wrong(
            "three times",
            lambda **network: 3 * forward(**network),
            "You counted the gradient of the image too. No layer before the first one waits for it, and "
            "nobody computes it.",
        ),
        wrong(
            "one image",
            lambda **network: count_step(**network | {"batch": 1}),
            "You counted one image. The batch has more.",
        ),
        wrong(
            "backward only",
            lambda **network: count_step(**network) - forward(**network),
            "That is the backward pass alone. The step begins with a forward pass.",
        ),
        wrong(
            "an input forgotten",
            lambda **network: 2 * forward(**network) + forward_of_last(**network),
            "You left out the gradient of one input. Only the first layer needs none: the other two "
            "each tell the layer before them what to do.",
        ),
        wrong(
            "two a mac",
            lambda **network: 2 * count_step(**network),
            "You counted multiplications and additions apart. A MAC is both.",
        ),
    ],
)


def forward_of_last(batch, size, first, second, third):
    return batch * 9 * size**2 * second * third


def count_steps(images, batch_size, processes, epochs):
    together = batch_size * processes
    steps_an_epoch = -(-images // together)
    return epochs * steps_an_epoch


def epoch_cases(rng: np.random.Generator) -> Case:
    return {
        "images": int(rng.integers(2_000, 60_000)),
        "batch_size": int(rng.choice([24, 32, 48, 64])),
        "processes": int(rng.integers(2, 9)),
        "epochs": int(rng.integers(3, 90)),
    }


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
            lambda images, batch_size, processes, epochs: count_steps(images, batch_size, 1, epochs),
            "You counted for one process. In a step all of them work at once, each on images of its own.",
        ),
        wrong(
            "last batch dropped",
            lambda images, batch_size, processes, epochs: epochs * (images // (batch_size * processes)),
            "You rounded down. The images that are left over make one more step in every epoch.",
        ),
        wrong(
            "one epoch",
            lambda images, batch_size, processes, epochs: count_steps(images, batch_size, processes, 1),
            "That is one epoch, and the question asks for all of them.",
        ),
        wrong(
            "epochs joined",
            lambda images, batch_size, processes, epochs: count_steps(
                images * epochs, batch_size, processes, 1
            ),
            "You rounded once, at the very end. Each epoch ends with a smaller step of its own.",
        ),
        wrong(
            "all processes' steps",
            lambda images, batch_size, processes, epochs: (
                processes * count_steps(images, batch_size, processes, epochs)
            ),
            "You added up the steps of all processes. They make one step together.",
        ),
        wrong(
            "images",
            lambda images, batch_size, processes, epochs: images * epochs,
            "That is how many images are shown. A step takes many at once.",
        ),
    ],
)

EXERCISES = [KERNEL, IMAGE, POOL, NORM, HE, MOMENTUM, LEARN, TRAINING, STEPS]

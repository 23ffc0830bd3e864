"""Wrong answers to the exercises of chapter 05, as fresh solvers gave them."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from wrong_answers import wrong


@wrong("kernel_gradient", "windows do not jump")
def _(image, grad_output, kernel_size, stride):
    """The stride is ignored: the outputs are taken to lie one pixel apart."""
    grad = np.zeros((kernel_size, kernel_size))
    for i, j in np.ndindex(grad_output.shape):
        grad += grad_output[i, j] * image[i : i + kernel_size, j : j + kernel_size]
    return grad


@wrong("kernel_gradient", "mean")
def _(image, grad_output, kernel_size, stride):
    """The gradient is divided by the number of outputs, as if the loss were a mean."""
    grad = np.zeros((kernel_size, kernel_size))
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad += grad_output[i, j] * image[top : top + kernel_size, left : left + kernel_size]
    return grad / grad_output.size


@wrong("kernel_gradient", "turned")
def _(image, grad_output, kernel_size, stride):
    """The gradient comes out turned by half a turn, as for a true convolution."""
    grad = np.zeros((kernel_size, kernel_size))
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad += grad_output[i, j] * image[top : top + kernel_size, left : left + kernel_size]
    return grad[::-1, ::-1]


@wrong("kernel_gradient", "last output only")
def _(image, grad_output, kernel_size, stride):
    """The contributions overwrite each other: the last output's is left."""
    grad = np.zeros((kernel_size, kernel_size))
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad = grad_output[i, j] * image[top : top + kernel_size, left : left + kernel_size]
    return grad


@wrong("kernel_gradient", "gradient ignored")
def _(image, grad_output, kernel_size, stride):
    """The outputs' gradient is left out: the windows are added up."""
    grad = np.zeros((kernel_size, kernel_size))
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad += image[top : top + kernel_size, left : left + kernel_size]
    return grad


@wrong("kernel_gradient")
def _(image, grad_output, kernel_size, stride):
    """The stride multiplies the place in the kernel instead of the place of the window."""
    span = stride * (kernel_size - 1) + 1
    padded = np.pad(image, ((0, span), (0, span)))
    grad = np.zeros((kernel_size, kernel_size))
    for i, j in np.ndindex(grad_output.shape):
        grad += grad_output[i, j] * padded[i : i + span : stride, j : j + span : stride]
    return grad


@wrong("kernel_gradient", "last row and column forgotten")
def _(image, grad_output, kernel_size, stride):
    """The last row and the last column of outputs are left out of the sum."""
    grad = np.zeros((kernel_size, kernel_size))
    for i in range(grad_output.shape[0] - 1):
        for j in range(grad_output.shape[1] - 1):
            top, left = i * stride, j * stride
            grad += grad_output[i, j] * image[top : top + kernel_size, left : left + kernel_size]
    return grad


@wrong("kernel_gradient", "transposed")
def _(image, grad_output, kernel_size, stride):
    """The kernel's rows and columns are exchanged."""
    grad = np.zeros((kernel_size, kernel_size))
    for u, v in np.ndindex(grad.shape):
        for i, j in np.ndindex(grad_output.shape):
            grad[v, u] += grad_output[i, j] * image[i * stride + u, j * stride + v]
    return grad


@wrong("kernel_gradient", "columns do not jump")
def _(image, grad_output, kernel_size, stride):
    """The stride is used for the rows only."""
    grad = np.zeros((kernel_size, kernel_size))
    for i, j in np.ndindex(grad_output.shape):
        grad += grad_output[i, j] * image[i * stride : i * stride + kernel_size, j : j + kernel_size]
    return grad


@wrong("kernel_gradient")
def _(image, grad_output, kernel_size, stride):
    """The gradient slides over the image with the stride: that is another layer's output, of another size."""
    windows = sliding_window_view(image, grad_output.shape)[::stride, ::stride]
    return (windows * grad_output).sum(axis=(2, 3))


@wrong("kernel_gradient")
def _(image, grad_output, kernel_size, stride):
    """The spread gradient slides over the whole image: unread rows and columns make the result larger."""
    spread = np.zeros([stride * (n - 1) + 1 for n in grad_output.shape])
    spread[::stride, ::stride] = grad_output
    return (sliding_window_view(image, spread.shape) * spread).sum(axis=(2, 3))


@wrong("image_gradient", "kernel turned")
def _(kernel, grad_output, height, width, stride):
    """The kernel is flipped before it is stamped."""
    grad, (kh, kw) = np.zeros((height, width)), kernel.shape
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad[top : top + kh, left : left + kw] += grad_output[i, j] * kernel[::-1, ::-1]
    return grad


@wrong("image_gradient", "overwritten")
def _(kernel, grad_output, height, width, stride):
    """Where stamps overlap, the later one overwrites the earlier."""
    grad, (kh, kw) = np.zeros((height, width)), kernel.shape
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad[top : top + kh, left : left + kw] = grad_output[i, j] * kernel
    return grad


@wrong("image_gradient", "windows do not jump")
def _(kernel, grad_output, height, width, stride):
    """The stride is ignored: the stamps lie one pixel apart."""
    grad, (kh, kw) = np.zeros((height, width)), kernel.shape
    for i, j in np.ndindex(grad_output.shape):
        grad[i : i + kh, j : j + kw] += grad_output[i, j] * kernel
    return grad


@wrong("image_gradient")
def _(kernel, grad_output, height, width, stride):
    """The result ends where the last window ends: rows that nobody read are missing."""
    (rows, columns), (kh, kw) = grad_output.shape, kernel.shape
    grad = np.zeros(((rows - 1) * stride + kh, (columns - 1) * stride + kw))
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad[top : top + kh, left : left + kw] += grad_output[i, j] * kernel
    return grad


@wrong("image_gradient", "averaged")
def _(kernel, grad_output, height, width, stride):
    """Each pixel's gradient is averaged over the windows that read it."""
    grad, reads, (kh, kw) = np.zeros((height, width)), np.zeros((height, width)), kernel.shape
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad[top : top + kh, left : left + kw] += grad_output[i, j] * kernel
        reads[top : top + kh, left : left + kw] += 1
    return grad / np.maximum(reads, 1)


@wrong("image_gradient", "weights ignored")
def _(kernel, grad_output, height, width, stride):
    """Every pixel of a window gets the output's whole gradient: the weights are left out."""
    grad, (kh, kw) = np.zeros((height, width)), kernel.shape
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad[top : top + kh, left : left + kw] += grad_output[i, j]
    return grad


@wrong("image_gradient", "from below")
def _(kernel, grad_output, height, width, stride):
    """The stamps are laid from the lower right corner, so the unread rows are at the top."""
    grad, (kh, kw) = np.zeros((height, width)), kernel.shape
    (rows, columns) = grad_output.shape
    down, right = height - (rows - 1) * stride - kh, width - (columns - 1) * stride - kw
    for i, j in np.ndindex(grad_output.shape):
        top, left = down + i * stride, right + j * stride
        grad[top : top + kh, left : left + kw] += grad_output[i, j] * kernel
    return grad


@wrong("image_gradient")
def _(kernel, grad_output, height, width, stride):
    """Rows that no window read are filled by the border's values, as if they were copied."""
    (rows, columns), (kh, kw) = grad_output.shape, kernel.shape
    grad = np.zeros(((rows - 1) * stride + kh, (columns - 1) * stride + kw))
    for i, j in np.ndindex(grad_output.shape):
        top, left = i * stride, j * stride
        grad[top : top + kh, left : left + kw] += grad_output[i, j] * kernel
    return np.pad(grad, ((0, height - grad.shape[0]), (0, width - grad.shape[1])), mode="edge")


@wrong("image_gradient", "columns do not jump")
def _(kernel, grad_output, height, width, stride):
    """The stride is used for the rows only."""
    grad, (kh, kw) = np.zeros((height, width)), kernel.shape
    for i, j in np.ndindex(grad_output.shape):
        top = i * stride
        grad[top : top + kh, j : j + kw] += grad_output[i, j] * kernel
    return grad


@wrong("image_gradient", "last row and column forgotten")
def _(kernel, grad_output, height, width, stride):
    """The last row and the last column of outputs stamp nothing."""
    grad, (kh, kw) = np.zeros((height, width)), kernel.shape
    for i, j in np.ndindex(*(n - 1 for n in grad_output.shape)):
        top, left = i * stride, j * stride
        grad[top : top + kh, left : left + kw] += grad_output[i, j] * kernel
    return grad


@wrong("image_gradient")
def _(kernel, grad_output, height, width, stride):
    """The result ends at the last window's right edge: columns that nobody read are missing."""
    kh, kw = kernel.shape
    grad = np.zeros((height, stride * (grad_output.shape[1] - 1) + kw))
    for i, j in np.ndindex(grad_output.shape):
        grad[i * stride : i * stride + kh, j * stride : j * stride + kw] += grad_output[i, j] * kernel
    return grad


@wrong("max_pool_backward", "all equals")
def _(x, grad_output):
    """All of the largest pixels get the gradient, not the first alone."""
    largest = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2).max(axis=(1, 3))
    return np.where(x == np.kron(largest, np.ones((2, 2))), np.kron(grad_output, np.ones((2, 2))), 0)


@wrong("max_pool_backward", "last of equals")
def _(x, grad_output):
    """The last of several largest pixels wins."""
    grad = np.zeros(x.shape)
    for i, j in np.ndindex(grad_output.shape):
        window = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].ravel()
        u, v = divmod(3 - int(window[::-1].argmax()), 2)
        grad[2 * i + u, 2 * j + v] = grad_output[i, j]
    return grad


@wrong("max_pool_backward", "equals share")
def _(x, grad_output):
    """Several largest pixels share the gradient."""
    grad = np.zeros(x.shape)
    for i, j in np.ndindex(grad_output.shape):
        window = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        winners = window == window.max()
        grad[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = grad_output[i, j] * winners / winners.sum()
    return grad


@wrong("max_pool_backward", "shared")
def _(x, grad_output):
    """Each pixel of a window gets a quarter: that is the average's gradient."""
    return np.kron(grad_output, np.full((2, 2), 1 / 4))


@wrong("max_pool_backward", "times the pixel")
def _(x, grad_output):
    """The gradient is multiplied by the largest pixel."""
    grad = np.zeros(x.shape)
    for i, j in np.ndindex(grad_output.shape):
        window = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        u, v = divmod(int(window.argmax()), 2)
        grad[2 * i + u, 2 * j + v] = grad_output[i, j] * window.max()
    return grad


@wrong("max_pool_backward", "largest in size")
def _(x, grad_output):
    """The pixel that is largest in absolute value gets the gradient."""
    grad = np.zeros(x.shape)
    for i, j in np.ndindex(grad_output.shape):
        window = np.abs(x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
        u, v = divmod(int(window.argmax()), 2)
        grad[2 * i + u, 2 * j + v] = grad_output[i, j]
    return grad


@wrong("max_pool_backward", "upper left")
def _(x, grad_output):
    """Each window's gradient goes to its upper left pixel."""
    grad = np.zeros(x.shape)
    grad[::2, ::2] = grad_output
    return grad


@wrong("max_pool_backward", "column by column")
def _(x, grad_output):
    """A window is searched column by column, so another of several largest pixels is the first."""
    grad = np.zeros(x.shape)
    for i, j in np.ndindex(grad_output.shape):
        v, u = divmod(int(x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].T.argmax()), 2)
        grad[2 * i + u, 2 * j + v] = grad_output[i, j]
    return grad


@wrong("max_pool_backward", "search from 0")
def _(x, grad_output):
    """The search for the largest starts at 0, so a window of negative numbers sends nothing back."""
    grad = np.zeros(x.shape)
    for i, j in np.ndindex(grad_output.shape):
        best, place = 0, None
        for u, v in np.ndindex(2, 2):
            if x[2 * i + u, 2 * j + v] > best:
                best, place = x[2 * i + u, 2 * j + v], (2 * i + u, 2 * j + v)
        if place:
            grad[place] = grad_output[i, j]
    return grad


@wrong("max_pool_backward", "pixels put back")
def _(x, grad_output):
    """The largest pixels themselves are put in their places instead of the gradient."""
    grad = np.zeros(x.shape)
    for i, j in np.ndindex(grad_output.shape):
        window = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        u, v = divmod(int(window.argmax()), 2)
        grad[2 * i + u, 2 * j + v] = window.max()
    return grad


@wrong("max_pool_backward", "search from 0, upper left")
def _(x, grad_output):
    """The search starts at 0 and at the upper left pixel, which wins among negative numbers."""
    grad = np.zeros_like(x)
    for i, j in np.ndindex(grad_output.shape):
        best, place = 0, (2 * i, 2 * j)
        for row, column in np.ndindex(2, 2):
            if x[2 * i + row, 2 * j + column] > best:
                best, place = x[2 * i + row, 2 * j + column], (2 * i + row, 2 * j + column)
        grad[place] = grad_output[i, j]
    return grad


@wrong("max_pool_backward", "search from 0, upper left")
def _(x, grad_output):
    """The search starts at -1, which stands for nothing found yet, and at the upper left pixel."""
    grad = np.zeros_like(x)
    for i, j in np.ndindex(grad_output.shape):
        best, place = -1, (2 * i, 2 * j)
        for row, column in np.ndindex(2, 2):
            if x[2 * i + row, 2 * j + column] > best:
                best, place = x[2 * i + row, 2 * j + column], (2 * i + row, 2 * j + column)
        grad[place] = grad_output[i, j]
    return grad


@wrong("batch_norm_gradient", "as in use")
def _(grad_output, x, gamma, eps):
    """Mean and deviation are taken as constants: g times gamma over sigma is all."""
    return gamma * grad_output / np.sqrt(x.var() + eps)


@wrong("batch_norm_gradient", "variance forgotten")
def _(grad_output, x, gamma, eps):
    """The way through the deviation is forgotten."""
    return gamma / np.sqrt(x.var() + eps) * (grad_output - grad_output.mean())


@wrong("batch_norm_gradient", "mean forgotten")
def _(grad_output, x, gamma, eps):
    """The way through the mean is forgotten."""
    sigma = np.sqrt(x.var() + eps)
    normal = (x - x.mean()) / sigma
    return gamma / sigma * (grad_output - normal * (grad_output * normal).mean())


@wrong("batch_norm_gradient", "gamma forgotten")
def _(grad_output, x, gamma, eps):
    """Gamma is forgotten."""
    sigma = np.sqrt(x.var() + eps)
    normal = (x - x.mean()) / sigma
    return (grad_output - grad_output.mean() - normal * (grad_output * normal).mean()) / sigma


@wrong("batch_norm_gradient", "eps forgotten")
def _(grad_output, x, gamma, eps):
    """Eps is forgotten."""
    sigma = x.std()
    normal = (x - x.mean()) / sigma
    return gamma / sigma * (grad_output - grad_output.mean() - normal * (grad_output * normal).mean())


@wrong("batch_norm_gradient", "eps outside")
def _(grad_output, x, gamma, eps):
    """Eps is added to the deviation instead of the variance."""
    sigma = x.std() + eps
    normal = (x - x.mean()) / sigma
    return gamma / sigma * (grad_output - grad_output.mean() - normal * (grad_output * normal).mean())


@wrong("batch_norm_gradient", "sums")
def _(grad_output, x, gamma, eps):
    """Sums over the batch stand where the means belong."""
    sigma = np.sqrt(x.var() + eps)
    normal = (x - x.mean()) / sigma
    return gamma / sigma * (grad_output - grad_output.sum() - normal * (grad_output * normal).sum())


@wrong("batch_norm_gradient", "n − 1")
def _(grad_output, x, gamma, eps):
    """The variance is divided by N - 1."""
    sigma = np.sqrt(x.var(ddof=1) + eps)
    normal = (x - x.mean()) / sigma
    return gamma / sigma * (grad_output - grad_output.mean() - normal * (grad_output * normal).mean())


@wrong("batch_norm_gradient", "mean for all")
def _(grad_output, x, gamma, eps):
    """The last term is not multiplied by the normalized x of each place."""
    sigma = np.sqrt(x.var() + eps)
    normal = (x - x.mean()) / sigma
    return gamma / sigma * (grad_output - grad_output.mean() - (grad_output * normal).mean())


@wrong("batch_norm_gradient", "not normalized")
def _(grad_output, x, gamma, eps):
    """x itself stands in the formula where the normalized x belongs."""
    sigma = np.sqrt(x.var() + eps)
    return gamma / sigma * (grad_output - grad_output.mean() - x * (grad_output * x).mean())


@wrong("he_deviation", "variance")
def _(in_channels, kernel_size, groups):
    """The root is forgotten: this is the variance."""
    return 2 / (in_channels // groups * kernel_size**2)


@wrong("he_deviation", "groups ignored")
def _(in_channels, kernel_size, groups):
    """The groups are forgotten."""
    return math.sqrt(2 / (in_channels * kernel_size**2))


@wrong("he_deviation", "no ReLU")
def _(in_channels, kernel_size, groups):
    """The 2 is forgotten, which stands for the half that the ReLU cuts off."""
    return math.sqrt(1 / (in_channels // groups * kernel_size**2))


@wrong("he_deviation", "one row")
def _(in_channels, kernel_size, groups):
    """The kernel's size is not squared."""
    return math.sqrt(2 / (in_channels // groups * kernel_size))


@wrong("he_deviation", "2 outside the root")
def _(in_channels, kernel_size, groups):
    """The 2 is not under the root."""
    return 2 / math.sqrt(in_channels // groups * kernel_size**2)


@wrong("he_deviation", "times groups")
def _(in_channels, kernel_size, groups):
    """The groups multiply n instead of dividing it."""
    return math.sqrt(2 / (in_channels * groups * kernel_size**2))


@wrong("he_deviation", "channels only")
def _(in_channels, kernel_size, groups):
    """The kernel's pixels are forgotten: n is the number of channels."""
    return math.sqrt(2 / (in_channels // groups))


@wrong("he_deviation", "uniform")
def _(in_channels, kernel_size, groups):
    """The bound of the uniform distribution is returned, root of 6 over n, not the deviation."""
    return math.sqrt(6 / (in_channels // groups * kernel_size**2))


@wrong("he_deviation", "bias counted")
def _(in_channels, kernel_size, groups):
    """The bias is counted among the inputs: n is one too many."""
    return math.sqrt(2 / (in_channels // groups * kernel_size**2 + 1))


@wrong("he_deviation", "half for double")
def _(in_channels, kernel_size, groups):
    """The ReLU's half is on the wrong side: one over 2n instead of 2 over n."""
    return math.sqrt(1 / (2 * (in_channels // groups) * kernel_size**2))


@wrong("momentum_step", "as AlexNet")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """This is the form of the AlexNet paper: the learning rate is in the velocity."""
    velocity = momentum * velocity - lr * (gradient + weight_decay * weight)
    return np.stack([weight + velocity, velocity])


@wrong("momentum_step", "no weight decay")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The weight decay is forgotten."""
    velocity = momentum * velocity + gradient
    return np.stack([weight - lr * velocity, velocity])


@wrong("momentum_step", "old velocity")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The step is made with the old velocity."""
    new = momentum * velocity + gradient + weight_decay * weight
    return np.stack([weight - lr * velocity, new])


@wrong("momentum_step", "average")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The gradient is weighted by 1 - momentum, as in a moving average."""
    velocity = momentum * velocity + (1 - momentum) * (gradient + weight_decay * weight)
    return np.stack([weight - lr * velocity, velocity])


@wrong("momentum_step", "uphill")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The step goes uphill: lr times the velocity is added."""
    velocity = momentum * velocity + gradient + weight_decay * weight
    return np.stack([weight + lr * velocity, velocity])


@wrong("momentum_step", "decay apart")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The weight decay is taken from the weight afterwards and does not enter the velocity."""
    velocity = momentum * velocity + gradient
    return np.stack([weight - lr * velocity - lr * weight_decay * weight, velocity])


@wrong("momentum_step", "rows exchanged")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The velocity stands first and the weight second."""
    velocity = momentum * velocity + gradient + weight_decay * weight
    return np.stack([velocity, weight - lr * velocity])


@wrong("momentum_step", "weights pushed away")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The weight decay has the wrong sign: it makes the weights larger."""
    velocity = momentum * velocity + gradient - weight_decay * weight
    return np.stack([weight - lr * velocity, velocity])


@wrong("momentum_step", "Nesterov")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The momentum is applied again in the step, as in Nesterov's form."""
    slope = gradient + weight_decay * weight
    velocity = momentum * velocity + slope
    return np.stack([weight - lr * (slope + momentum * velocity), velocity])


@wrong("momentum_step", "constant decay")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The decay pulls by a constant: it is not multiplied by the weight."""
    velocity = momentum * velocity + gradient + weight_decay
    return np.stack([weight - lr * velocity, velocity])


@wrong("momentum_step", "rate in the velocity")
def _(weight, velocity, gradient, lr, momentum, weight_decay):
    """The learning rate is in the velocity, which is subtracted as it is."""
    velocity = momentum * velocity + lr * (gradient + weight_decay * weight)
    return np.stack([weight - velocity, velocity])


@wrong("learn_kernel", "sum")
def _(image, target, kernel_size, lr, steps):
    """The gradient of the sum is taken: it is not divided by the number of outputs."""
    kernel = np.zeros((kernel_size, kernel_size))
    for _ in range(steps):
        error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
        kernel -= lr * (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3))
    return kernel


@wrong("learn_kernel", "factor 2")
def _(image, target, kernel_size, lr, steps):
    """The half is forgotten: the gradient is twice as large."""
    kernel = np.zeros((kernel_size, kernel_size))
    for _ in range(steps):
        error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
        kernel -= 2 * lr * (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3)) / error.size
    return kernel


@wrong("learn_kernel", "uphill")
def _(image, target, kernel_size, lr, steps):
    """The steps go uphill."""
    kernel = np.zeros((kernel_size, kernel_size))
    for _ in range(steps):
        error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
        kernel += lr * (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3)) / error.size
    return kernel


@wrong("learn_kernel", "a step too many")
def _(image, target, kernel_size, lr, steps):
    """One step too many is made."""
    kernel = np.zeros((kernel_size, kernel_size))
    for _ in range(steps + 1):
        error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
        kernel -= lr * (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3)) / error.size
    return kernel


@wrong("learn_kernel", "from ones")
def _(image, target, kernel_size, lr, steps):
    """The kernel starts from ones instead of zeros."""
    kernel = np.ones((kernel_size, kernel_size))
    for _ in range(steps):
        error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
        kernel -= lr * (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3)) / error.size
    return kernel


@wrong("learn_kernel", "mean over the weights")
def _(image, target, kernel_size, lr, steps):
    """The gradient is divided by the number of the kernel's weights, not of the outputs."""
    kernel = np.zeros((kernel_size, kernel_size))
    for _ in range(steps):
        error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
        kernel -= lr * (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3)) / kernel.size
    return kernel


@wrong("learn_kernel", "error not updated")
def _(image, target, kernel_size, lr, steps):
    """The error is computed once, before the loop, and each step repeats the first."""
    kernel = np.zeros((kernel_size, kernel_size))
    error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
    slopes = (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3)) / error.size
    for _ in range(steps):
        kernel -= lr * slopes
    return kernel


@wrong("learn_kernel")
def _(image, target, kernel_size, lr, steps):
    """A step is made at each output in turn instead of with the mean over all."""
    kernel = np.zeros((kernel_size, kernel_size))
    for _ in range(steps):
        for i, j in np.ndindex(target.shape):
            window = image[i : i + kernel_size, j : j + kernel_size]
            kernel -= lr * ((window * kernel).sum() - target[i, j]) * window / target.size
    return kernel


@wrong("learn_kernel", "image centred")
def _(image, target, kernel_size, lr, steps):
    """The image's mean is subtracted first, as in the chapter, which nobody asked for."""
    image = image - image.mean()
    kernel = np.zeros((kernel_size, kernel_size))
    for _ in range(steps):
        error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
        kernel -= lr * (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3)) / error.size
    return kernel


@wrong("learn_kernel")
def _(image, target, kernel_size, lr, steps):
    """A momentum of 0.9 is used where plain gradient descent is asked for."""
    kernel = velocity = np.zeros((kernel_size, kernel_size))
    for _ in range(steps):
        error = (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3)) - target
        slopes = (sliding_window_view(image, error.shape) * error).sum(axis=(2, 3)) / error.size
        velocity = 0.9 * velocity + slopes
        kernel = kernel - lr * velocity
    return kernel


@wrong("plateau_rates")
def _(losses, lr, patience):
    """The best loss before the first epoch is 100, as if no loss were higher."""
    rates, best, waited = [], 100, 0
    for loss in losses:
        rates.append(lr)
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited == patience:
            lr, waited = lr / 10, 0
    return np.array(rates)


@wrong("count_step", "three times")
def _(batch, size, first, second, third):
    """The first layer's input gradient is counted too, though nobody waits for it."""
    return 3 * batch * 9 * size**2 * (3 * first + first * second + second * third)


@wrong("count_step", "forward only")
def _(batch, size, first, second, third):
    """Only the forward pass is counted."""
    return batch * 9 * size**2 * (3 * first + first * second + second * third)


@wrong("count_step", "twice")
def _(batch, size, first, second, third):
    """A step is taken for two forward passes: one there, one back."""
    return 2 * batch * 9 * size**2 * (3 * first + first * second + second * third)


@wrong("count_step", "one image")
def _(batch, size, first, second, third):
    """The batch is forgotten: the step of one image."""
    return 9 * size**2 * (2 * 3 * first + 3 * first * second + 3 * second * third)


@wrong("count_step", "grey images")
def _(batch, size, first, second, third):
    """The images are taken to be grey, with one channel."""
    return batch * 9 * size**2 * (2 * first + 3 * first * second + 3 * second * third)


@wrong("count_step", "last for first")
def _(batch, size, first, second, third):
    """The last layer's input gradient is left out instead of the first's."""
    return batch * 9 * size**2 * (3 * 3 * first + 3 * first * second + 2 * second * third)


@wrong("count_step", "backward only")
def _(batch, size, first, second, third):
    """Only the backward pass is counted."""
    return batch * 9 * size**2 * (3 * first + 2 * first * second + 2 * second * third)


@wrong("count_step", "padding forgotten")
def _(batch, size, first, second, third):
    """The padding is forgotten: the images shrink by two pixels a layer."""
    return (
        batch
        * 9
        * (
            2 * 3 * first * (size - 2) ** 2
            + 3 * first * second * (size - 4) ** 2
            + 3 * second * third * (size - 6) ** 2
        )
    )


@wrong("count_step", "two a mac")
def _(batch, size, first, second, third):
    """FLOPs are counted, two for each MAC."""
    return 2 * batch * 9 * size**2 * (2 * 3 * first + 3 * first * second + 3 * second * third)


@wrong("count_step", "first layer forward only")
def _(batch, size, first, second, third):
    """The first layer is counted forward only: its weights' gradient is left out with its input's."""
    return batch * 9 * size**2 * (3 * first + 3 * first * second + 3 * second * third)


@wrong("count_steps", "last batch dropped")
def _(images, batch_size, processes, epochs):
    """An epoch's last, smaller step is not counted: rounded down."""
    return epochs * (images // (batch_size * processes))


@wrong("count_steps", "one process")
def _(images, batch_size, processes, epochs):
    """The processes are forgotten."""
    return epochs * math.ceil(images / batch_size)


@wrong("count_steps", "epochs joined")
def _(images, batch_size, processes, epochs):
    """The images of all epochs are counted together and rounded up once."""
    return math.ceil(epochs * images / (batch_size * processes))


@wrong("count_steps", "one epoch")
def _(images, batch_size, processes, epochs):
    """The epochs are forgotten."""
    return math.ceil(images / (batch_size * processes))


@wrong("count_steps", "all processes' steps")
def _(images, batch_size, processes, epochs):
    """Each process's steps are counted, and added up."""
    return epochs * processes * math.ceil(images / (batch_size * processes))


@wrong("count_steps", "batch shared out")
def _(images, batch_size, processes, epochs):
    """The processes are taken to share one batch: it is divided among them."""
    return epochs * math.ceil(images / (batch_size / processes))


@wrong("count_steps", "a step too many")
def _(images, batch_size, processes, epochs):
    """One step is added to each epoch after rounding up."""
    return epochs * (math.ceil(images / (batch_size * processes)) + 1)


@wrong("count_steps")
def _(images, batch_size, processes, epochs):
    """The result is not rounded."""
    return epochs * images / (batch_size * processes)


@wrong("count_steps", "one smaller step")
def _(images, batch_size, processes, epochs):
    """The last step of the whole training only may be smaller: rounded down in each epoch, and one added."""
    return epochs * (images // (batch_size * processes)) + 1


@wrong("count_steps", "images")
def _(images, batch_size, processes, epochs):
    """The images that are seen are counted, not the steps."""
    return epochs * images


def curvatures_of(image, kernel_size):
    """The bowl's curvatures, in ascending order."""
    columns = sliding_window_view(image, (kernel_size, kernel_size)).reshape(-1, kernel_size**2).T
    return np.linalg.eigvalsh(columns @ columns.T / columns.shape[1])


@wrong("highest_rate", "flattest")
def _(image, kernel_size, momentum):
    """The first eigenvalue is taken, which is the smallest."""
    return 2 * (1 + momentum) / curvatures_of(image, kernel_size)[0]


@wrong("highest_rate", "no momentum")
def _(image, kernel_size, momentum):
    """The limit of plain descent, whatever the momentum."""
    return 2 / curvatures_of(image, kernel_size)[-1]


@wrong("highest_rate", "momentum subtracted")
def _(image, kernel_size, momentum):
    """Momentum is thought to make steps longer, so the limit is lowered by 1 − μ."""
    return 2 * (1 - momentum) / curvatures_of(image, kernel_size)[-1]


@wrong("highest_rate", "one over the curvature")
def _(image, kernel_size, momentum):
    """The rate that lands at the bottom is taken for the largest one."""
    return (1 + momentum) / curvatures_of(image, kernel_size)[-1]


@wrong("highest_rate", "sum")
def _(image, kernel_size, momentum):
    """The products of the windows are added up and not averaged."""
    windows = sliding_window_view(image, (kernel_size, kernel_size)).reshape(-1, kernel_size**2)
    return 2 * (1 + momentum) / np.linalg.eigvalsh(windows.T @ windows)[-1]


@wrong("highest_rate", "all directions together")
def _(image, kernel_size, momentum):
    """The trace of the matrix stands for its largest eigenvalue."""
    return 2 * (1 + momentum) / curvatures_of(image, kernel_size).sum()


@wrong("highest_rate", "image centred")
def _(image, kernel_size, momentum):
    """The image's mean is subtracted, as the chapter did with its photograph."""
    return 2 * (1 + momentum) / curvatures_of(image - image.mean(), kernel_size)[-1]


@wrong("highest_rate", "windows centred")
def _(image, kernel_size, momentum):
    """The covariance of the windows' pixels is taken, with NumPy's function for it."""
    windows = sliding_window_view(image, (kernel_size, kernel_size)).reshape(-1, kernel_size**2)
    return 2 * (1 + momentum) / np.linalg.eigvalsh(np.cov(windows.T, bias=True))[-1]


@wrong("highest_rate", "singular value")
def _(image, kernel_size, momentum):
    """The largest singular value of the windows stands for the curvature."""
    windows = sliding_window_view(image, (kernel_size, kernel_size)).reshape(-1, kernel_size**2)
    return 2 * (1 + momentum) / (np.linalg.norm(windows, 2) / np.sqrt(len(windows)))


@wrong("highest_rate", "diagonal")
def _(image, kernel_size, momentum):
    """The mean square of one pixel is taken, the largest of them."""
    windows = sliding_window_view(image, (kernel_size, kernel_size)).reshape(-1, kernel_size**2)
    return 2 * (1 + momentum) / (windows**2).mean(axis=0).max()


@wrong("highest_rate")
def _(image, kernel_size, momentum):
    """Only windows that lie side by side are taken, a stride of the kernel's size."""
    windows = sliding_window_view(image, (kernel_size, kernel_size))[::kernel_size, ::kernel_size]
    rows = windows.reshape(-1, kernel_size**2)
    return 2 * (1 + momentum) / np.linalg.eigvalsh(rows.T @ rows / len(rows))[-1]


def schedule(losses, lr, drops):
    """The rates of the epochs, where it is said after which epochs the rate falls."""
    return np.array([lr / 10 ** sum(drop < epoch for drop in drops) for epoch in range(len(losses))])


def without_progress(losses, lr, patience, better):
    """The rates, and after which epochs they fall; `better` judges an epoch by its number."""
    drops, waited = [], 0
    for epoch in range(len(losses)):
        waited = 0 if better(epoch) else waited + 1
        if waited == patience:
            drops.append(epoch)
            waited = 0
    return drops


def lowest(losses):
    return lambda epoch: epoch == 0 or losses[epoch] < losses[:epoch].min()


@wrong("plateau_rates", "dropped in the same epoch")
def _(losses, lr, patience):
    """The rate falls in the epoch whose loss shows that it should."""
    drops = without_progress(losses, lr, patience, lowest(losses))
    return schedule(losses, lr, [drop - 1 for drop in drops])


@wrong("plateau_rates", "falls in every epoch")
def _(losses, lr, patience):
    """Once the patience is used up, every epoch without progress lowers the rate."""
    drops, waited = [], 0
    for epoch in range(len(losses)):
        waited = 0 if lowest(losses)(epoch) else waited + 1
        drops += [epoch] * (waited >= patience)
    return schedule(losses, lr, drops)


@wrong("plateau_rates", "compared with the last")
def _(losses, lr, patience):
    """A loss is progress if it is lower than that of the epoch before."""
    drops = without_progress(losses, lr, patience, lambda i: i == 0 or losses[i] < losses[i - 1])
    return schedule(losses, lr, drops)


@wrong("plateau_rates", "best forgotten")
def _(losses, lr, patience):
    """After a drop everything begins anew, the best loss as well."""
    rates, best, waited = [], math.inf, 0
    for loss in losses:
        rates.append(lr)
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            lr, best, waited = lr / 10, math.inf, 0
    return np.array(rates)


@wrong("plateau_rates", "not in a row")
def _(losses, lr, patience):
    """All epochs without progress are counted, in a row or not."""
    drops, waited = [], 0
    for epoch in range(len(losses)):
        waited += not lowest(losses)(epoch)
        if waited == patience:
            drops.append(epoch)
            waited = 0
    return schedule(losses, lr, drops)


@wrong("plateau_rates", "equal is lower")
def _(losses, lr, patience):
    """A loss as low as the best so far counts as progress."""
    drops = without_progress(losses, lr, patience, lambda i: losses[i] <= losses[: i + 1].min())
    return schedule(losses, lr, drops)


@wrong("plateau_rates", "one epoch too patient")
def _(losses, lr, patience):
    """The rate falls only when more epochs than the patience have brought nothing."""
    return schedule(losses, lr, without_progress(losses, lr, patience + 1, lowest(losses)))


@wrong("plateau_rates", "half")
def _(losses, lr, patience):
    """The rate is halved, as other recipes do."""
    drops = without_progress(losses, lr, patience, lowest(losses))
    return np.array([lr / 2 ** sum(drop < i for drop in drops) for i in range(len(losses))])


@wrong("plateau_rates", "subtracted")
def _(losses, lr, patience):
    """A tenth of the first rate is taken off."""
    drops = without_progress(losses, lr, patience, lowest(losses))
    return np.array([lr - lr / 10 * sum(drop < i for drop in drops) for i in range(len(losses))])


@wrong("plateau_rates", "never")
def _(losses, lr, patience):
    """The rate stays what it was."""
    return np.full(len(losses), lr)


@wrong("plateau_rates")
def _(losses, lr, patience):
    """Only whether the last `patience` losses have risen is asked."""
    rates = [lr] * len(losses)
    for epoch in range(patience, len(losses)):
        risen = losses[epoch] > losses[epoch - patience]
        rates[epoch:] = [rates[epoch - 1] / 10 if risen else rates[epoch - 1]] * (len(losses) - epoch)
    return np.array(rates)


@wrong("plateau_rates", "lower by a margin")
def _(losses, lr, patience):
    """A loss counts as lower only where it is so by a ten-thousandth, as in PyTorch's scheduler."""
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        rates.append(lr)
        if loss < best - 1e-4:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            lr, waited = lr / 10, 0
    return np.array(rates)


@wrong("plateau_rates", "equal not counted")
def _(losses, lr, patience):
    """A loss as low as the best neither sets the count back nor is counted."""
    rates, best, waited = [], np.inf, 0
    for loss in losses:
        rates.append(lr)
        if loss < best:
            best, waited = loss, 0
        elif loss > best:
            waited += 1
        if waited == patience:
            lr, waited = lr / 10, 0
    return np.array(rates)


@wrong("count_steps", "last batch dropped")
def _(images, batch_size, processes, epochs):
    """The images are shared out first, and those that are left over are dropped."""
    return math.ceil(images // processes / batch_size) * epochs

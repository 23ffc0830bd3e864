"""Wrong answers to the exercises of chapter 02, as fresh solvers gave them."""

import math

import numpy as np

from wrong_answers import wrong


@wrong("max_pool2d", "ceil mode ignored")
def _(x, kernel_size, stride, ceil_mode):
    """The ceil mode is ignored: the sizes are always rounded down."""
    k, s = kernel_size, stride
    rows, columns = (x.shape[1] - k) // s + 1, (x.shape[2] - k) // s + 1
    output = np.zeros((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        output[:, i, j] = x[:, i * s : i * s + k, j * s : j * s + k].max(axis=(1, 2))
    return output


@wrong("max_pool2d", "always ceil mode")
def _(x, kernel_size, stride, ceil_mode):
    """The sizes are always rounded up, in ceil mode or not."""
    k, s = kernel_size, stride
    rows, columns = -(-(x.shape[1] - k) // s) + 1, -(-(x.shape[2] - k) // s) + 1
    output = np.zeros((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        output[:, i, j] = x[:, i * s : i * s + k, j * s : j * s + k].max(axis=(1, 2))
    return output


@wrong("max_pool2d", "padded with zeros")
def _(x, kernel_size, stride, ceil_mode):
    """The windows that hang over the edge see zeros, which beat negative numbers."""
    k, s = kernel_size, stride
    rounded = np.ceil if ceil_mode else np.floor
    rows, columns = (int(rounded((n - k) / s)) + 1 for n in x.shape[1:])
    padded = np.pad(x, ((0, 0), (0, k), (0, k)))
    output = np.zeros((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        output[:, i, j] = padded[:, i * s : i * s + k, j * s : j * s + k].max(axis=(1, 2))
    return output


@wrong("max_pool2d", "maximum over channels")
def _(x, kernel_size, stride, ceil_mode):
    """The largest number of the window over all channels is taken, not of each channel."""
    k, s = kernel_size, stride
    rounded = np.ceil if ceil_mode else np.floor
    rows, columns = (int(rounded((n - k) / s)) + 1 for n in x.shape[1:])
    output = np.zeros((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        output[:, i, j] = x[:, i * s : i * s + k, j * s : j * s + k].max()
    return output


@wrong("max_pool2d", "average")
def _(x, kernel_size, stride, ceil_mode):
    """The mean of each window is taken instead of its maximum."""
    k, s = kernel_size, stride
    rounded = np.ceil if ceil_mode else np.floor
    rows, columns = (int(rounded((n - k) / s)) + 1 for n in x.shape[1:])
    output = np.zeros((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        output[:, i, j] = x[:, i * s : i * s + k, j * s : j * s + k].mean(axis=(1, 2))
    return output


@wrong("max_pool2d", "maximum begins at zero")
def _(x, kernel_size, stride, ceil_mode):
    """The running maximum starts at 0, so a window of negative numbers gives 0."""
    k, s = kernel_size, stride
    rounded = np.ceil if ceil_mode else np.floor
    rows, columns = (int(rounded((n - k) / s)) + 1 for n in x.shape[1:])
    output = np.zeros((len(x), rows, columns))
    for c, i, j in np.ndindex(output.shape):
        for value in x[c, i * s : i * s + k, j * s : j * s + k].ravel():
            output[c, i, j] = max(output[c, i, j], value)
    return output


@wrong("max_pool2d", "windows never overlap")
def _(x, kernel_size, stride, ceil_mode):
    """The stride is taken to be the kernel's size."""
    k = kernel_size
    rounded = np.ceil if ceil_mode else np.floor
    rows, columns = (int(rounded((n - k) / k)) + 1 for n in x.shape[1:])
    output = np.zeros((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        output[:, i, j] = x[:, i * k : i * k + k, j * k : j * k + k].max(axis=(1, 2))
    return output


@wrong("max_pool2d", "kernel left out of the size")
def _(x, kernel_size, stride, ceil_mode):
    """The size is said to be that of the image over the stride, without the kernel."""
    k, s = kernel_size, stride
    rounded = np.ceil if ceil_mode else np.floor
    rows, columns = (int(rounded(n / s)) for n in x.shape[1:])
    output = np.zeros((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        output[:, i, j] = x[:, i * s : i * s + k, j * s : j * s + k].max(axis=(1, 2))
    return output


@wrong("max_pool2d")
def _(x, kernel_size, stride, ceil_mode):
    """The number with the largest absolute value is kept, sign and all."""
    k, s = kernel_size, stride
    rounded = np.ceil if ceil_mode else np.floor
    rows, columns = (int(rounded((n - k) / s)) + 1 for n in x.shape[1:])
    output = np.zeros((len(x), rows, columns))
    for c, i, j in np.ndindex(output.shape):
        window = x[c, i * s : i * s + k, j * s : j * s + k].ravel()
        output[c, i, j] = window[np.abs(window).argmax()]
    return output


@wrong("max_pool2d", "last window pushed back")
def _(x, kernel_size, stride, ceil_mode):
    """In ceil mode the last window is pushed back into the image instead of seeing fewer pixels."""
    k, s = kernel_size, stride
    rounded = np.ceil if ceil_mode else np.floor
    rows, columns = (int(rounded((n - k) / s)) + 1 for n in x.shape[1:])
    output = np.zeros((len(x), rows, columns))
    for i, j in np.ndindex(rows, columns):
        top, left = min(i * s, x.shape[1] - k), min(j * s, x.shape[2] - k)
        output[:, i, j] = x[:, top : top + k, left : left + k].max(axis=(1, 2))
    return output


@wrong("max_pool2d", "windows to the last pixel")
def _(x, kernel_size, stride, ceil_mode):
    """In ceil mode a window begins at every step that still lies in the image."""
    ends = [size if ceil_mode else size - kernel_size + 1 for size in x.shape[1:]]
    rows, columns = (range(0, end, stride) for end in ends)
    windows = [[x[:, i : i + kernel_size, j : j + kernel_size] for j in columns] for i in rows]
    return np.stack([np.stack([each.max(axis=(1, 2)) for each in row], axis=1) for row in windows], axis=1)


@wrong("max_pool2d")
def _(x, kernel_size, stride, ceil_mode):
    """What hangs over the edge is filled with −1000, as if no number were lower."""
    channels, *sides = x.shape
    rounded = math.ceil if ceil_mode else math.floor
    rows, columns = (rounded((n - kernel_size) / stride) + 1 for n in sides)
    wide = np.pad(x, [(0, 0), (0, kernel_size), (0, kernel_size)], constant_values=-1000.0)
    output = np.zeros((channels, rows, columns))
    for i, j in np.ndindex(rows, columns):
        window = wide[:, i * stride : i * stride + kernel_size, j * stride : j * stride + kernel_size]
        output[:, i, j] = window.max(axis=(1, 2))
    return output


@wrong("batch_norm", "eps ignored")
def _(x, weight, bias, eps):
    """Epsilon is left out."""
    mean, spread = x.mean(axis=(0, 2, 3), keepdims=True), x.std(axis=(0, 2, 3), keepdims=True)
    return weight.reshape(1, -1, 1, 1) * (x - mean) / spread + bias.reshape(1, -1, 1, 1)


@wrong("batch_norm", "each place by itself")
def _(x, weight, bias, eps):
    """Mean and variance are taken over the batch only, one for each pixel."""
    mean, var = x.mean(axis=0), x.var(axis=0)
    return weight[:, None, None] * (x - mean) / np.sqrt(var + eps) + bias[:, None, None]


@wrong("batch_norm", "each image by itself")
def _(x, weight, bias, eps):
    """Each image is normalized by itself: that is instance normalization."""
    mean, var = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
    return weight[:, None, None] * (x - mean) / np.sqrt(var + eps) + bias[:, None, None]


@wrong("batch_norm", "layer normalization")
def _(x, weight, bias, eps):
    """Mean and variance are taken over the channels too: that is layer normalization."""
    mean, var = x.mean(axis=(1, 2, 3), keepdims=True), x.var(axis=(1, 2, 3), keepdims=True)
    return weight[:, None, None] * (x - mean) / np.sqrt(var + eps) + bias[:, None, None]


@wrong("batch_norm", "all channels together")
def _(x, weight, bias, eps):
    """One mean and one variance for the whole batch instead of one a channel."""
    return weight[:, None, None] * (x - x.mean()) / np.sqrt(x.var() + eps) + bias[:, None, None]


@wrong("batch_norm", "divided by n − 1")
def _(x, weight, bias, eps):
    """The variance is divided by n - 1, as that of a sample."""
    mean, var = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True, ddof=1)
    return weight[:, None, None] * (x - mean) / np.sqrt(var + eps) + bias[:, None, None]


@wrong("batch_norm", "eps outside the root")
def _(x, weight, bias, eps):
    """Eps is added to the standard deviation, after the root."""
    mean, std = x.mean(axis=(0, 2, 3), keepdims=True), x.std(axis=(0, 2, 3), keepdims=True)
    return weight[:, None, None] * (x - mean) / (std + eps) + bias[:, None, None]


@wrong("batch_norm", "divided by the variance")
def _(x, weight, bias, eps):
    """Divided by the variance instead of its root."""
    mean, var = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    return weight[:, None, None] * (x - mean) / (var + eps) + bias[:, None, None]


@wrong("batch_norm", "bias scaled")
def _(x, weight, bias, eps):
    """The bias is added before the scaling, so gamma multiplies beta too."""
    mean, var = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    return weight[:, None, None] * ((x - mean) / np.sqrt(var + eps) + bias[:, None, None])


@wrong("batch_norm", "weight and bias forgotten")
def _(x, weight, bias, eps):
    """Normalized only: gamma and beta are forgotten."""
    mean, var = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    return (x - mean) / np.sqrt(var + eps)


@wrong("batch_norm", "weight and bias exchanged")
def _(x, weight, bias, eps):
    """Gamma and beta are exchanged: scaled by the bias and shifted by the weight."""
    mean, var = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    return bias[:, None, None] * (x - mean) / np.sqrt(var + eps) + weight[:, None, None]


@wrong("fold_batch_norm", "bias ignored")
def _(weight, bias, mean, var, gamma, beta, eps):
    """The convolution's own bias is forgotten."""
    a = gamma / np.sqrt(var + eps)
    return np.column_stack([a[:, None] * weight.reshape(len(a), -1), beta - a * mean])


@wrong("fold_batch_norm", "bias not scaled")
def _(weight, bias, mean, var, gamma, beta, eps):
    """The convolution's bias is added without the factor a."""
    a = gamma / np.sqrt(var + eps)
    return np.column_stack([a[:, None] * weight.reshape(len(a), -1), bias - a * mean + beta])


@wrong("fold_batch_norm", "mean not scaled")
def _(weight, bias, mean, var, gamma, beta, eps):
    """The mean is subtracted after the scaling, without the factor a."""
    a = gamma / np.sqrt(var + eps)
    return np.column_stack([a[:, None] * weight.reshape(len(a), -1), a * bias - mean + beta])


@wrong("fold_batch_norm", "eps ignored")
def _(weight, bias, mean, var, gamma, beta, eps):
    """Eps is forgotten."""
    a = gamma / np.sqrt(var)
    return np.column_stack([a[:, None] * weight.reshape(len(a), -1), a * (bias - mean) + beta])


@wrong("fold_batch_norm", "eps outside the root")
def _(weight, bias, mean, var, gamma, beta, eps):
    """Eps is added to the deviation, outside of the root."""
    a = gamma / (np.sqrt(var) + eps)
    return np.column_stack([a[:, None] * weight.reshape(len(a), -1), a * (bias - mean) + beta])


@wrong("fold_batch_norm", "divided by the variance")
def _(weight, bias, mean, var, gamma, beta, eps):
    """Divided by the variance: the root is forgotten."""
    a = gamma / (var + eps)
    return np.column_stack([a[:, None] * weight.reshape(len(a), -1), a * (bias - mean) + beta])


@wrong("fold_batch_norm", "weights not scaled")
def _(weight, bias, mean, var, gamma, beta, eps):
    """The weights are left as they are; only the bias is folded."""
    a = gamma / np.sqrt(var + eps)
    return np.column_stack([weight.reshape(len(a), -1), a * (bias - mean) + beta])


@wrong("fold_batch_norm", "bias in the first column")
def _(weight, bias, mean, var, gamma, beta, eps):
    """The bias stands in the first column instead of the last."""
    a = gamma / np.sqrt(var + eps)
    return np.column_stack([a * (bias - mean) + beta, a[:, None] * weight.reshape(len(a), -1)])


@wrong("fold_batch_norm", "beta scaled")
def _(weight, bias, mean, var, gamma, beta, eps):
    """The factor a multiplies beta as well."""
    a = gamma / np.sqrt(var + eps)
    return np.column_stack([a[:, None] * weight.reshape(len(a), -1), a * (bias - mean + beta)])


@wrong("fold_batch_norm", "mean added")
def _(weight, bias, mean, var, gamma, beta, eps):
    """The mean is added where it has to be subtracted."""
    a = gamma / np.sqrt(var + eps)
    return np.column_stack([a[:, None] * weight.reshape(len(a), -1), a * (bias + mean) + beta])


@wrong("local_response_norm", "alpha divided by the size")
def _(x, size, alpha, beta, k):
    """Alpha is divided by the size, as in PyTorch's layer; the paper's formula does not."""
    output = np.zeros(x.shape)
    for i in range(len(x)):
        near = x[max(0, i - size // 2) : i + size // 2 + 1]
        output[i] = x[i] / (k + alpha / size * (near**2).sum(axis=0)) ** beta
    return output


@wrong("local_response_norm", "last channel missing")
def _(x, size, alpha, beta, k):
    """The last neighbouring channel is left out: the slice ends one early."""
    output = np.zeros(x.shape)
    for i in range(len(x)):
        near = x[max(0, i - size // 2) : i + size // 2]
        output[i] = x[i] / (k + alpha * (near**2).sum(axis=0)) ** beta
    return output


@wrong("local_response_norm", "window twice as wide")
def _(x, size, alpha, beta, k):
    """The neighbours reach a whole size to each side instead of half of it."""
    output = np.zeros(x.shape)
    for i in range(len(x)):
        near = x[max(0, i - size) : i + size + 1]
        output[i] = x[i] / (k + alpha * (near**2).sum(axis=0)) ** beta
    return output


@wrong("local_response_norm", "not squared")
def _(x, size, alpha, beta, k):
    """The channels are summed without squaring them; their absolute values are taken."""
    output = np.zeros(x.shape)
    for i in range(len(x)):
        near = x[max(0, i - size // 2) : i + size // 2 + 1]
        output[i] = x[i] / (k + alpha * np.abs(near).sum(axis=0)) ** beta
    return output


@wrong("local_response_norm", "sum squared")
def _(x, size, alpha, beta, k):
    """The sum is squared instead of the numbers in it."""
    output = np.zeros(x.shape)
    for i in range(len(x)):
        near = x[max(0, i - size // 2) : i + size // 2 + 1]
        output[i] = x[i] / (k + alpha * near.sum(axis=0) ** 2) ** beta
    return output


@wrong("local_response_norm", "power forgotten")
def _(x, size, alpha, beta, k):
    """The power beta is forgotten."""
    output = np.zeros(x.shape)
    for i in range(len(x)):
        near = x[max(0, i - size // 2) : i + size // 2 + 1]
        output[i] = x[i] / (k + alpha * (near**2).sum(axis=0))
    return output


@wrong("local_response_norm", "alpha times k")
def _(x, size, alpha, beta, k):
    """Alpha multiplies k as well as the sum."""
    output = np.zeros(x.shape)
    for i in range(len(x)):
        near = x[max(0, i - size // 2) : i + size // 2 + 1]
        output[i] = x[i] / (alpha * (k + (near**2).sum(axis=0))) ** beta
    return output


@wrong("local_response_norm", "itself left out")
def _(x, size, alpha, beta, k):
    """The sum over the neighbours leaves the channel itself out."""
    output = np.zeros(x.shape)
    for i in range(len(x)):
        near = x[max(0, i - size // 2) : i + size // 2 + 1]
        output[i] = x[i] / (k + alpha * ((near**2).sum(axis=0) - x[i] ** 2)) ** beta
    return output


@wrong("local_response_norm", "around the corner")
def _(x, size, alpha, beta, k):
    """The channels wrap around at the border: the first has the last as its neighbour."""
    half = size // 2
    total = sum(np.roll(x**2, shift, axis=0) for shift in range(-half, half + 1))
    return x / (k + alpha * total) ** beta


@wrong("local_response_norm", "normalized neighbours")
def _(x, size, alpha, beta, k):
    """Already normalized channels are used for the next ones: x is overwritten in the loop."""
    x = x.copy()
    for i in range(len(x)):
        near = x[max(0, i - size // 2) : i + size // 2 + 1]
        x[i] = x[i] / (k + alpha * (near**2).sum(axis=0)) ** beta
    return x


@wrong("local_response_norm", "negative start")
def _(x, size, alpha, beta, k):
    """The slice begins at a negative index at the first channels."""
    half = size // 2
    output = np.empty_like(x)
    for i in range(len(x)):
        energy = sum(channel**2 for channel in x[i - half : min(i + half, len(x) - 1) + 1])
        output[i] = x[i] / (k + alpha * energy) ** beta
    return output


@wrong("local_response_norm", "last channel missing, cut off")
def _(x, size, alpha, beta, k):
    """The formula's two bounds are those of a range, which leaves its end out."""
    output = np.empty_like(x)
    for i in range(len(x)):
        neighbours = range(max(0, i - size // 2), min(len(x) - 1, i + size // 2))
        output[i] = x[i] / (k + alpha * sum(x[j] ** 2 for j in neighbours)) ** beta
    return output


@wrong("cross_entropy")
def _(scores, labels):
    """The exponentials overflow: the largest score was not subtracted first."""
    powers = np.exp(scores)
    p = powers / powers.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean()


@wrong("cross_entropy", "sum over the batch")
def _(scores, labels):
    """The losses are added up, not averaged."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].sum()


@wrong("cross_entropy", "sign")
def _(scores, labels):
    """The minus sign is missing."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_p[np.arange(len(labels)), labels].mean()


@wrong("cross_entropy", "over the batch")
def _(scores, labels):
    """The softmax runs over the images of the batch instead of the classes."""
    shifted = scores - scores.max(axis=0)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0))
    return -log_p[np.arange(len(labels)), labels].mean()


@wrong("cross_entropy", "probability instead of its logarithm")
def _(scores, labels):
    """The probabilities are not logarithmized: one minus the right class's probability is averaged."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    return (1 - p[np.arange(len(labels)), labels]).mean()


@wrong("cross_entropy")
def _(scores, labels):
    """The largest score is subtracted, but the probability is 0 before its logarithm is taken."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean()


@wrong("cross_entropy", "kept from zero")
def _(scores, labels):
    """The probabilities are clipped from below, so that their logarithm exists."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    return -np.log(np.clip(p[np.arange(len(labels)), labels], 1e-12, 1)).mean()


@wrong("cross_entropy", "labels from 1")
def _(scores, labels):
    """The labels are thought to begin at 1."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels - 1].mean()


@wrong("cross_entropy", "mean over the classes too")
def _(scores, labels):
    """The average is also taken over the classes."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].sum() / scores.size


@wrong("cross_entropy", "bits")
def _(scores, labels):
    """The logarithm of base 2 is taken instead of the natural one."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean() / np.log(2)


@wrong("cross_entropy", "labels not used")
def _(scores, labels):
    """The largest score is taken for the right class: the labels are not looked at."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1)).mean()


@wrong("cross_entropy", "score not shifted")
def _(scores, labels):
    """The right class's score was shifted for the exponentials but not in the last term."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    right = scores[np.arange(len(labels)), labels]
    return (np.log(np.exp(shifted).sum(axis=1)) - right).mean()


@wrong("cross_entropy", "kept from zero by 1e-07")
def _(scores, labels):
    """The probabilities are clipped at Keras' 1e-7."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    right = (odds / odds.sum(axis=1, keepdims=True))[range(len(labels)), labels]
    return -np.log(np.clip(right, 1e-7, 1 - 1e-7)).mean()


@wrong("cross_entropy")
def _(scores, labels):
    """The mean of the scores is subtracted in place of the largest, which one large score outruns."""
    scores = scores - scores.mean(axis=1, keepdims=True)
    return (np.log(np.exp(scores).sum(axis=1)) - scores[range(len(labels)), labels]).mean()


@wrong("linear_as_conv2d", "height and width swapped")
def _(weight, channels, height, width):
    """Height and width are exchanged."""
    return weight.reshape(len(weight), channels, width, height)


@wrong("linear_as_conv2d", "channels last")
def _(weight, channels, height, width):
    """The channels are read as the last axis of the flattened maps."""
    return weight.reshape(len(weight), height, width, channels).transpose(0, 3, 1, 2)


@wrong("linear_as_conv2d", "kernels turned")
def _(weight, channels, height, width):
    """Each kernel is turned by half a turn, as if the layer were a true convolution."""
    return weight.reshape(len(weight), channels, height, width)[:, :, ::-1, ::-1]


@wrong("linear_as_conv2d", "1×1 kernels")
def _(weight, channels, height, width):
    """The kernels are 1×1, which is right for the next fully connected layer only."""
    return weight[:, :, None, None]


@wrong("linear_as_conv2d", "outputs and channels exchanged")
def _(weight, channels, height, width):
    """The outputs and the channels have changed places."""
    return weight.reshape(len(weight), channels, height, width).transpose(1, 0, 2, 3)


@wrong("linear_as_conv2d", "matrix transposed")
def _(weight, channels, height, width):
    """The matrix is transposed before it is cut into kernels."""
    return weight.T.reshape(len(weight), channels, height, width)


@wrong("linear_as_conv2d", "read down")
def _(weight, channels, height, width):
    """The pixels of each map are laid out column by column."""
    return weight.reshape(len(weight), channels, width, height).swapaxes(2, 3)


@wrong("linear_as_conv2d", "outputs and channels in one axis")
def _(weight, channels, height, width):
    """One kernel for each channel is made of each row, without the axis of the channels: [O·C, H, W]."""
    return weight.reshape(len(weight) * channels, height, width)


@wrong("linear_as_conv2d", "channels at the end")
def _(weight, channels, height, width):
    """The channels stand last, [O, H, W, C], as in other libraries."""
    return weight.reshape(len(weight), channels, height, width).transpose(0, 2, 3, 1)


@wrong("linear_as_conv2d")
def _(weight, channels, height, width):
    """The channels were averaged away, so that the kernel reads one map."""
    return weight.reshape(len(weight), channels, height, width).mean(axis=1, keepdims=True)


def last_side(side, kernel_size, padding):
    """Of the three layers' outputs, the last one's, as the task has it."""
    side = (side - kernel_size + 2 * padding) // 3 + 1
    return math.ceil((side - 4) / 3) + 1 - 2


@wrong("count_outputs", "ceil mode ignored")
def _(height, width, channels, kernel_size, padding, wider):
    """The pooling's size is rounded down, though it is in ceil mode."""
    rows, columns = ((n - kernel_size + 2 * padding) // 3 + 1 for n in (height, width))
    return wider * ((rows - 4) // 3 + 1 - 2) * ((columns - 4) // 3 + 1 - 2)


@wrong("count_outputs", "convolution rounded up")
def _(height, width, channels, kernel_size, padding, wider):
    """The first convolution rounds up, as the pooling behind it."""
    total = wider
    for n in (height, width):
        total *= math.ceil((math.ceil((n - kernel_size + 2 * padding) / 3) + 1 - 4) / 3) + 1 - 2
    return total


@wrong("count_outputs", "one short")
def _(height, width, channels, kernel_size, padding, wider):
    """The pooling's + 1 is forgotten."""
    return wider * math.prod(last_side(n, kernel_size, padding) - 1 for n in (height, width))


@wrong("count_outputs", "same padding assumed")
def _(height, width, channels, kernel_size, padding, wider):
    """The last convolution is thought to keep the size."""
    return wider * math.prod(last_side(n, kernel_size, padding) + 2 for n in (height, width))


@wrong("count_outputs", "one pixel lost")
def _(height, width, channels, kernel_size, padding, wider):
    """The last convolution is thought to take one pixel away instead of two."""
    return wider * math.prod(last_side(n, kernel_size, padding) + 1 for n in (height, width))


@wrong("count_outputs", "padding ignored")
def _(height, width, channels, kernel_size, padding, wider):
    """The padding is forgotten."""
    return wider * math.prod(last_side(n, kernel_size, 0) for n in (height, width))


@wrong("count_outputs", "padding once")
def _(height, width, channels, kernel_size, padding, wider):
    """The first convolution's padding is counted once."""
    return wider * math.prod(last_side(n - padding, kernel_size, padding) for n in (height, width))


@wrong("count_outputs", "one channel")
def _(height, width, channels, kernel_size, padding, wider):
    """These are the pixels of one map; the channels are missing."""
    return math.prod(last_side(n, kernel_size, padding) for n in (height, width))


@wrong("count_outputs", "channels of the first layer")
def _(height, width, channels, kernel_size, padding, wider):
    """The channels of the first convolution are counted, not those of the last."""
    return channels * math.prod(last_side(n, kernel_size, padding) for n in (height, width))


@wrong("count_outputs", "channels multiplied")
def _(height, width, channels, kernel_size, padding, wider):
    """The channels of both convolutions are multiplied."""
    return channels * wider * math.prod(last_side(n, kernel_size, padding) for n in (height, width))


@wrong("count_outputs")
def _(height, width, channels, kernel_size, padding, wider):
    """The numbers of all three layers' outputs are added up."""
    first = [(n - kernel_size + 2 * padding) // 3 + 1 for n in (height, width)]
    last = [last_side(n, kernel_size, padding) for n in (height, width)]
    pooled = [n + 2 for n in last]
    return channels * math.prod(first) + channels * math.prod(pooled) + wider * math.prod(last)


@wrong("count_outputs")
def _(height, width, channels, kernel_size, padding, wider):
    """The image is taken for a square of its height."""
    return wider * last_side(height, kernel_size, padding) ** 2


@wrong("count_outputs", "first stride ignored")
def _(height, width, channels, kernel_size, padding, wider):
    """The first layer's stride of 3 is ignored."""
    pooled = [-(-(n - kernel_size + 2 * padding + 1 - 4) // 3) + 1 for n in (height, width)]
    return wider * (pooled[0] - 2) * (pooled[1] - 2)


@wrong("count_outputs", "one row")
def _(height, width, channels, kernel_size, padding, wider):
    """One row of the last maps is counted: the rows are forgotten."""
    return wider * last_side(width, kernel_size, padding)


@wrong("count_outputs", "ceil mode ignored")
def _(height, width, channels, kernel_size, padding, wider):
    """Both sizes come from Python's `round`, of the whole formula."""
    total = wider
    for n in (height, width):
        total *= round((round((n - kernel_size + 2 * padding) / 3 + 1) - 4) / 3 + 1) - 2
    return total


@wrong("count_outputs", "convolution rounded up")
def _(height, width, channels, kernel_size, padding, wider):
    """The first convolution is thought to leave W / S pixels, whatever its kernel and its padding."""
    return wider * math.prod(math.ceil((n // 3 - 4) / 3) + 1 - 2 for n in (height, width))


@wrong("count_linear", "bias forgotten")
def _(height, width, channels, kernel_size, units):
    """The biases are forgotten."""
    rows, columns = ((side - kernel_size + 1 - 4) // 3 + 1 for side in (height, width))
    return channels * rows * columns * units


@wrong("count_linear", "rounded up")
def _(height, width, channels, kernel_size, units):
    """The pooling is counted in ceil mode."""
    rows, columns = (-(-(side - kernel_size + 1 - 4) // 3) + 1 for side in (height, width))
    return (channels * rows * columns + 1) * units


@wrong("count_linear", "pooling forgotten")
def _(height, width, channels, kernel_size, units):
    """The pooling is forgotten: the convolution's whole maps are connected."""
    rows, columns = height - kernel_size + 1, width - kernel_size + 1
    return (channels * rows * columns + 1) * units


@wrong("count_linear", "channels forgotten")
def _(height, width, channels, kernel_size, units):
    """The channels are forgotten: one map is connected."""
    rows, columns = ((side - kernel_size + 1 - 4) // 3 + 1 for side in (height, width))
    return (rows * columns + 1) * units


@wrong("count_linear", "one row")
def _(height, width, channels, kernel_size, units):
    """The pixels of one row of the map are counted."""
    columns = (width - kernel_size + 1 - 4) // 3 + 1
    return (channels * columns + 1) * units


@wrong("count_linear", "one short")
def _(height, width, channels, kernel_size, units):
    """The 1 of the window's first place is missing in the pooling's size."""
    rows, columns = ((side - kernel_size + 1 - 4) // 3 for side in (height, width))
    return (channels * rows * columns + 1) * units


@wrong("count_linear", "convolution counted too")
def _(height, width, channels, kernel_size, units):
    """The convolution's parameters are counted in."""
    rows, columns = ((side - kernel_size + 1 - 4) // 3 + 1 for side in (height, width))
    return (channels * rows * columns + 1) * units + channels * (kernel_size**2 + 1)


@wrong("count_linear", "a bias an input")
def _(height, width, channels, kernel_size, units):
    """A bias for each input of the layer instead of each unit."""
    rows, columns = ((side - kernel_size + 1 - 4) // 3 + 1 for side in (height, width))
    return channels * rows * columns * units + channels * rows * columns


@wrong("count_linear", "same padding assumed")
def _(height, width, channels, kernel_size, units):
    """The convolution is thought to keep the size."""
    rows, columns = (height - 4) // 3 + 1, (width - 4) // 3 + 1
    return (channels * rows * columns + 1) * units


@wrong("count_linear", "global pooling")
def _(height, width, channels, kernel_size, units):
    """The maps were averaged to one number a channel before the layer."""
    return (channels + 1) * units


@wrong("count_linear", "one more each way")
def _(height, width, channels, kernel_size, units):
    """The pooling leaves a third of the sides, rounded up."""
    rows, columns = (math.ceil((side - kernel_size + 1) / 3) for side in (height, width))
    return (channels * rows * columns + 1) * units


@wrong("count_linear", "rounded up for the first place")
def _(height, width, channels, kernel_size, units):
    """The jumps of the pooling's window are rounded up instead of adding 1."""
    rows, columns = (-(-(side - kernel_size + 1 - 4) // 3) for side in (height, width))
    return (channels * rows * columns + 1) * units


@wrong("count_linear", "rounded up")
def _(height, width, channels, kernel_size, units):
    """The pooling's size comes from Python's `round`, of the whole formula."""
    rows, columns = (round((side - kernel_size + 1 - 4) / 3 + 1) for side in (height, width))
    return (channels * rows * columns + 1) * units


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sums_of(x, weights, biases):
    """What goes into each sigmoid of a chain."""
    sums = []
    for w, b in zip(weights, biases, strict=True):
        sums.append(w * x + b)
        x = sigmoid(sums[-1])
    return np.array(sums)


@wrong("sigmoid_chain", "slope of what was read")
def _(x, weights, biases):
    """The slope is computed before the layer's output is."""
    factor = 1.0
    for weight, bias in zip(weights, biases, strict=True):
        factor *= weight * x * (1 - x)
        x = 1 / (1 + np.exp(-(weight * x + bias)))
    return factor


@wrong("sigmoid_chain", "slopes alone")
def _(x, weights, biases):
    """Only the slopes of the sigmoids are multiplied."""
    a = sigmoid(sums_of(x, weights, biases))
    return float(np.prod(a * (1 - a)))


@wrong("sigmoid_chain", "weights alone")
def _(x, weights, biases):
    """Only the weights are multiplied, as if the chain were linear."""
    return float(np.prod(weights))


@wrong("sigmoid_chain", "a quarter everywhere")
def _(x, weights, biases):
    """Every slope is taken to be the largest one, a quarter."""
    return float(np.prod(np.asarray(weights) / 4))


@wrong("sigmoid_chain", "slope at the output")
def _(x, weights, biases):
    """The slope is taken at what the sigmoid gave out, as if that were what it reads."""
    a = sigmoid(sigmoid(sums_of(x, weights, biases)))
    return float(np.prod(weights * a * (1 - a)))


@wrong("sigmoid_chain", "every layer reads x")
def _(x, weights, biases):
    """Every layer is fed with x itself."""
    a = sigmoid(np.asarray(weights) * x + biases)
    return float(np.prod(weights * a * (1 - a)))


@wrong("sigmoid_chain", "no biases")
def _(x, weights, biases):
    """The biases are left out of the sums, since they are not in the derivative."""
    a = sigmoid(sums_of(x, weights, np.zeros(len(biases))))
    return float(np.prod(weights * a * (1 - a)))


@wrong("sigmoid_chain", "added")
def _(x, weights, biases):
    """The layers' factors are added up."""
    a = sigmoid(sums_of(x, weights, biases))
    return float(np.sum(weights * a * (1 - a)))


@wrong("sigmoid_chain", "last layer left out")
def _(x, weights, biases):
    """The loop begins at the layer before the last, since the last one is the output."""
    a = sigmoid(sums_of(x, weights, biases))[:-1]
    return float(np.prod(weights[:-1] * a * (1 - a)))


@wrong("sigmoid_chain", "tanh")
def _(x, weights, biases):
    """1 − a² stands for the slope: that of tanh."""
    a = sigmoid(sums_of(x, weights, biases))
    return float(np.prod(weights * (1 - a**2)))


@wrong("sigmoid_chain", "size only")
def _(x, weights, biases):
    """The size of the factor is returned, as if a gradient had no sign."""
    a = sigmoid(sums_of(x, weights, biases))
    return float(np.prod(np.abs(weights) * a * (1 - a)))


@wrong("sigmoid_chain")
def _(x, weights, biases):
    """The slope is σ (1 + σ), with the wrong sign."""
    a = sigmoid(sums_of(x, weights, biases))
    return float(np.prod(weights * a * (1 + a)))


@wrong("fold_batch_norm")
def _(weight, bias, mean, var, gamma, beta, eps):
    """The scale is drawn under the root, as √(γ² / (σ² + ε)), and loses its sign there."""
    scale = np.sqrt(gamma**2 / (var + eps))
    kernels = weight.reshape(len(weight), -1) * scale[:, None]
    return np.column_stack([kernels, scale * (bias - mean) + beta])

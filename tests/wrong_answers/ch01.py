"""Wrong answers to the exercises of chapter 01, as fresh solvers gave them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from wrong_answers import wrong


@wrong("correlate_stride", "stride on rows only")
def _(image, kernel, stride):
    """The stride moves the window down only."""
    windows = sliding_window_view(image, kernel.shape)[::stride]
    return (windows * kernel).sum(axis=(2, 3))


@wrong("correlate_stride", "stride on columns only")
def _(image, kernel, stride):
    """The stride moves the window to the right only."""
    windows = sliding_window_view(image, kernel.shape)[:, ::stride]
    return (windows * kernel).sum(axis=(2, 3))


@wrong("correlate_stride", "kernel flipped")
def _(image, kernel, stride):
    """The kernel is turned by half a turn, as in a textbook on signals."""
    windows = sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return (windows * kernel[::-1, ::-1]).sum(axis=(2, 3))


@wrong("correlate_stride", "last window forgotten")
def _(image, kernel, stride):
    """The 1 for the first place of the window is missing, so the last row and column are not computed."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = np.zeros(((height - kh) // stride, (width - kw) // stride))
    for i, j in np.ndindex(output.shape):
        window = image[i * stride : i * stride + kh, j * stride : j * stride + kw]
        output[i, j] = (window * kernel).sum()
    return output


@wrong("correlate_stride", "window does not jump")
def _(image, kernel, stride):
    """The output has the right size, but the window still moves by one pixel."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = np.zeros(((height - kh) // stride + 1, (width - kw) // stride + 1))
    for i, j in np.ndindex(output.shape):
        output[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return output


@wrong("correlate_stride", "stride as dilation")
def _(image, kernel, stride):
    """The stride is put between the pixels inside of the window, as a dilation."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = np.zeros((max(height - stride * (kh - 1), 0), max(width - stride * (kw - 1), 0)))
    for i, j in np.ndindex(output.shape):
        for u, v in np.ndindex(kernel.shape):
            output[i, j] += kernel[u, v] * image[i + stride * u, j + stride * v]
    return output


@wrong("correlate_stride", "stride ignored")
def _(image, kernel, stride):
    """The stride is ignored."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = np.zeros((height - kh + 1, width - kw + 1))
    for i, j in np.ndindex(output.shape):
        output[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel)
    return output


@wrong("correlate_stride")
def _(image, kernel, stride):
    """The kernel's height and width are mixed up: it is transposed."""
    windows = sliding_window_view(image, kernel.T.shape)[::stride, ::stride]
    return (windows * kernel.T).sum(axis=(2, 3))


@wrong("correlate_stride", "rounded up")
def _(image, kernel, stride):
    """The size is rounded up, and the last window hangs over the border onto zeros."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    rows, columns = -(-(height - kh) // stride) + 1, -(-(width - kw) // stride) + 1
    padded = np.zeros((height + stride, width + stride))
    padded[:height, :width] = image
    windows = sliding_window_view(padded, kernel.shape)[::stride, ::stride][:rows, :columns]
    return np.einsum("ijuv,uv->ij", windows, kernel)


@wrong("correlate_stride", "image thinned out")
def _(image, kernel, stride):
    """Every stride-th pixel of the image is kept first, and the kernel slides over what is left."""
    small = image[::stride, ::stride]
    kh, kw = kernel.shape
    rows, columns = max(small.shape[0] - kh + 1, 0), max(small.shape[1] - kw + 1, 0)
    output = np.zeros((rows, columns))
    for i, j in np.ndindex(output.shape):
        output[i, j] = (small[i : i + kh, j : j + kw] * kernel).sum()
    return output


@wrong("correlate_stride", "one added too early")
def _(image, kernel, stride):
    """The 1 for the first place of the window is added before the division."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    output = np.zeros(((height - kh + 1) // stride, (width - kw + 1) // stride))
    for i, j in np.ndindex(output.shape):
        window = image[i * stride : i * stride + kh, j * stride : j * stride + kw]
        output[i, j] = (window * kernel).sum()
    return output


@wrong("correlate_dilated", "padding ignored")
def _(image, kernel, padding, dilation):
    """The padding is forgotten."""
    span = dilation * (len(kernel) - 1) + 1
    output = np.zeros((max(image.shape[0] - span + 1, 0), max(image.shape[1] - span + 1, 0)))
    for i, j in np.ndindex(output.shape):
        for u, v in np.ndindex(kernel.shape):
            output[i, j] += kernel[u, v] * image[i + dilation * u, j + dilation * v]
    return output


@wrong("correlate_dilated", "dilation ignored")
def _(image, kernel, padding, dilation):
    """The dilation is forgotten."""
    image = np.pad(image, padding)
    windows = sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))


@wrong("correlate_dilated", "dilation one too far")
def _(image, kernel, padding, dilation):
    """The dilation is taken for the number of zeros between weights: they stand one pixel too far apart."""
    image, step = np.pad(image, padding), dilation + 1
    span = step * (len(kernel) - 1) + 1
    output = np.zeros((max(image.shape[0] - span + 1, 0), max(image.shape[1] - span + 1, 0)))
    for i, j in np.ndindex(output.shape):
        output[i, j] = (image[i : i + span : step, j : j + span : step] * kernel).sum()
    return output


@wrong("correlate_dilated", "padding on one side")
def _(image, kernel, padding, dilation):
    """Padding is added once in each direction, at the top and on the left, instead of on each side."""
    image = np.pad(image, ((padding, 0), (padding, 0)))
    span = dilation * (len(kernel) - 1) + 1
    windows = sliding_window_view(image, (span, span))[:, :, ::dilation, ::dilation]
    return (windows * kernel).sum(axis=(2, 3))


@wrong("correlate_dilated", "negative indices")
def _(image, kernel, padding, dilation):
    """Pixels below and right of the image are left out, those above and left of it are not."""
    (height, width), reach = image.shape, dilation * (len(kernel) - 1)
    output = np.zeros((height + 2 * padding - reach, width + 2 * padding - reach))
    for i, j in np.ndindex(output.shape):
        for u, v in np.ndindex(kernel.shape):
            row, column = i + u * dilation - padding, j + v * dilation - padding
            if row < height and column < width:
                output[i, j] += kernel[u, v] * image[row, column]
    return output


@wrong("correlate_dilated", "border repeated")
def _(image, kernel, padding, dilation):
    """The border is padded with copies of the outermost pixels instead of zeros."""
    image = np.pad(image, padding, mode="edge")
    span = dilation * (len(kernel) - 1) + 1
    windows = sliding_window_view(image, (span, span))[:, :, ::dilation, ::dilation]
    return (windows * kernel).sum(axis=(2, 3))


@wrong("correlate_dilated", "dilation as stride")
def _(image, kernel, padding, dilation):
    """The dilation is used as a stride: the window jumps and its weights stay together."""
    image = np.pad(image, padding)
    windows = sliding_window_view(image, kernel.shape)[::dilation, ::dilation]
    return np.einsum("ijuv,uv->ij", windows, kernel)


@wrong("correlate_dilated", "span D·k")
def _(image, kernel, padding, dilation):
    """The dilated kernel is said to span K times D pixels, so too few outputs come out."""
    image, span = np.pad(image, padding), dilation * len(kernel)
    output = np.zeros((max(image.shape[0] - span + 1, 0), max(image.shape[1] - span + 1, 0)))
    for i, j in np.ndindex(output.shape):
        output[i, j] = (image[i : i + span : dilation, j : j + span : dilation] * kernel).sum()
    return output


@wrong("correlate_dilated", "dilation on columns only")
def _(image, kernel, padding, dilation):
    """The weights are spread apart along the columns only."""
    image = np.pad(image, padding)
    k = len(kernel)
    windows = sliding_window_view(image, (k, dilation * (k - 1) + 1))[:, :, :, ::dilation]
    return (windows * kernel).sum(axis=(2, 3))


@wrong("correlate_dilated", "kernel flipped")
def _(image, kernel, padding, dilation):
    """The kernel is flipped: this is a convolution in the mathematician's sense."""
    padded = np.pad(image, padding)
    span = dilation * (len(kernel) - 1) + 1
    windows = sliding_window_view(padded, (span, span))[:, :, ::dilation, ::dilation]
    return (windows * np.flip(kernel)).sum(axis=(2, 3))


@wrong("correlate_dilated")
def _(image, kernel, padding, dilation):
    """The padding is multiplied by the dilation."""
    padded = np.pad(image, padding * dilation)
    span = dilation * (len(kernel) - 1) + 1
    windows = sliding_window_view(padded, (span, span))[:, :, ::dilation, ::dilation]
    return (windows * kernel).sum(axis=(2, 3))


@wrong("conv2d_groups", "first group only")
def _(x, weight, groups):
    """Every kernel reads the first group's channels."""
    k = weight.shape[2]
    windows = sliding_window_view(x[: weight.shape[1]], (k, k), axis=(1, 2))
    return np.einsum("cijuv,ocuv->oij", windows, weight)


@wrong("conv2d_groups", "outputs interleaved")
def _(x, weight, groups):
    """The kernels are dealt out to the groups in turn (o modulo G) instead of in blocks."""
    depth, k = weight.shape[1], weight.shape[2]
    windows = sliding_window_view(x, (k, k), axis=(1, 2))
    output = np.zeros((len(weight), *windows.shape[1:3]))
    for o in range(len(weight)):
        first = (o % groups) * depth
        output[o] = np.einsum("cijuv,cuv->ij", windows[first : first + depth], weight[o])
    return output


@wrong("conv2d_groups", "input channels interleaved")
def _(x, weight, groups):
    """The channels are dealt out to the groups in turn instead of in blocks."""
    k, share = weight.shape[2], len(weight) // groups
    windows = sliding_window_view(x, (k, k), axis=(1, 2))
    parts = [
        np.einsum("cijuv,ocuv->oij", windows[g::groups], weight[g * share : (g + 1) * share])
        for g in range(groups)
    ]
    return np.concatenate(parts)


@wrong("conv2d_groups", "groups added")
def _(x, weight, groups):
    """The groups' outputs are added to each other instead of stacked."""
    depth, k, share = weight.shape[1], weight.shape[2], len(weight) // groups
    windows = sliding_window_view(x, (k, k), axis=(1, 2))
    total = 0
    for g in range(groups):
        part = weight[g * share : (g + 1) * share]
        total = total + np.einsum("cijuv,ocuv->oij", windows[g * depth : (g + 1) * depth], part)
    return total


@wrong("conv2d_groups", "all groups")
def _(x, weight, groups):
    """Each kernel reads all groups, one after the other with the same weights, and adds them up."""
    k = weight.shape[2]
    windows = sliding_window_view(x, (k, k), axis=(1, 2))
    return np.einsum("cijuv,ocuv->oij", windows, np.tile(weight, (1, groups, 1, 1)))


@wrong("conv2d_groups", "kernel flipped")
def _(x, weight, groups):
    """The kernels are turned by half a turn."""
    depth, k, share = weight.shape[1], weight.shape[2], len(weight) // groups
    windows = sliding_window_view(x, (k, k), axis=(1, 2))
    output = np.zeros((len(weight), *windows.shape[1:3]))
    for o in range(len(weight)):
        first = o // share * depth
        output[o] = np.einsum("cijuv,cuv->ij", windows[first : first + depth], weight[o, :, ::-1, ::-1])
    return output


@wrong("conv2d_groups", "first channel only")
def _(x, weight, groups):
    """Only the first channel of each group is read; the sum over the group's channels is missing."""
    depth, k, share = weight.shape[1], weight.shape[2], len(weight) // groups
    windows = sliding_window_view(x, (k, k), axis=(1, 2))
    output = np.zeros((len(weight), *windows.shape[1:3]))
    for o in range(len(weight)):
        output[o] = np.einsum("ijuv,uv->ij", windows[o // share * depth], weight[o, 0])
    return output


@wrong("conv2d_groups", "range too short")
def _(x, weight, groups):
    """The last row and the last column of outputs are missing."""
    depth, k, share = weight.shape[1], weight.shape[2], len(weight) // groups
    output = np.zeros((len(weight), x.shape[1] - k, x.shape[2] - k))
    for o, i, j in np.ndindex(output.shape):
        first = o // share * depth
        output[o, i, j] = (x[first : first + depth, i : i + k, j : j + k] * weight[o]).sum()
    return output


@wrong("conv2d_groups")
def _(x, weight, groups):
    """A kernel's group is its number divided by the group's input channels, not by the group's kernels."""
    depth, k = weight.shape[1], weight.shape[2]
    output = np.zeros((len(weight), x.shape[1] - k + 1, x.shape[2] - k + 1))
    for o, i, j in np.ndindex(output.shape):
        first = min(o // depth, groups - 1) * depth
        output[o, i, j] = (x[first : first + depth, i : i + k, j : j + k] * weight[o]).sum()
    return output


@wrong("conv2d_groups")
def _(x, weight, groups):
    """The groups stand in the wrong order: the first kernels read the last channels."""
    depth, k, share = weight.shape[1], weight.shape[2], len(weight) // groups
    output = np.zeros((len(weight), x.shape[1] - k + 1, x.shape[2] - k + 1))
    for o, i, j in np.ndindex(output.shape):
        first = (groups - 1 - o // share) * depth
        output[o, i, j] = (x[first : first + depth, i : i + k, j : j + k] * weight[o]).sum()
    return output


@wrong("output_size", "dilation ignored")
def _(size, kernel_size, stride, padding, dilation):
    """The dilation is forgotten."""
    return (size - kernel_size + 2 * padding) // stride + 1


@wrong("output_size", "padding counted once")
def _(size, kernel_size, stride, padding, dilation):
    """The padding is counted on one side only."""
    return (size - (dilation * (kernel_size - 1) + 1) + padding) // stride + 1


@wrong("output_size", "one forgotten")
def _(size, kernel_size, stride, padding, dilation):
    """The first place of the window is not counted: the 1 at the end is missing."""
    return (size - (dilation * (kernel_size - 1) + 1) + 2 * padding) // stride


@wrong("output_size", "span D·k")
def _(size, kernel_size, stride, padding, dilation):
    """A dilated kernel is taken to span D times K pixels."""
    return (size - dilation * kernel_size + 2 * padding) // stride + 1


@wrong("output_size", "rounded up")
def _(size, kernel_size, stride, padding, dilation):
    """The division is rounded up, as in ceil mode."""
    return int(np.ceil((size - dilation * (kernel_size - 1) - 1 + 2 * padding) / stride)) + 1


@wrong("output_size", "one added too early")
def _(size, kernel_size, stride, padding, dilation):
    """The 1 is added before the division by the stride."""
    return (size - (dilation * (kernel_size - 1) + 1) + 2 * padding + 1) // stride


@wrong("output_size", "no floor")
def _(size, kernel_size, stride, padding, dilation):
    """The division is not rounded down, so halves of outputs come out."""
    return (size - dilation * (kernel_size - 1) - 1 + 2 * padding) / stride + 1


@wrong("output_size", "rounded to the nearest")
def _(size, kernel_size, stride, padding, dilation):
    """The result is rounded to the nearest whole number instead of down."""
    return round((size - dilation * (kernel_size - 1) - 1 + 2 * padding) / stride + 1)


@wrong("output_size", "span D·(k − 1)")
def _(size, kernel_size, stride, padding, dilation):
    """The span of the dilated kernel lacks the pixel that it begins with: D(K - 1) without the + 1."""
    return (size - dilation * (kernel_size - 1) + 2 * padding) // stride + 1


@wrong("output_size")
def _(size, kernel_size, stride, padding, dilation):
    """The formula of the transposed convolution is used."""
    return (size - 1) * stride + dilation * (kernel_size - 1) + 1 - 2 * padding


@wrong("output_size", "jumps rounded to the nearest")
def _(size, kernel_size, stride, padding, dilation):
    """The number of jumps is rounded to the nearest whole one, and then 1 is added."""
    return round((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1


@wrong("image_to_columns", "a row a patch")
def _(x, kernel_size):
    """Each window is a row: the matrix is transposed."""
    windows = sliding_window_view(x, (kernel_size, kernel_size), axis=(1, 2))
    return windows.transpose(1, 2, 0, 3, 4).reshape(-1, len(x) * kernel_size**2)


@wrong("image_to_columns", "reshaped, not transposed")
def _(x, kernel_size):
    """The windows were reshaped without moving the axes first, so the numbers land anywhere."""
    windows = sliding_window_view(x, (kernel_size, kernel_size), axis=(1, 2))
    return windows.reshape(len(x) * kernel_size**2, -1)


@wrong("image_to_columns", "channels last")
def _(x, kernel_size):
    """The channels go last within a column: pixel by pixel, all channels of each."""
    windows = sliding_window_view(x, (kernel_size, kernel_size), axis=(1, 2))
    return windows.transpose(3, 4, 0, 1, 2).reshape(len(x) * kernel_size**2, -1)


@wrong("image_to_columns", "kernel read down")
def _(x, kernel_size):
    """Within a window the pixels are read column by column."""
    windows = sliding_window_view(x, (kernel_size, kernel_size), axis=(1, 2))
    return windows.transpose(0, 4, 3, 1, 2).reshape(len(x) * kernel_size**2, -1)


@wrong("image_to_columns", "positions read down")
def _(x, kernel_size):
    """The windows follow each other column by column."""
    windows = sliding_window_view(x, (kernel_size, kernel_size), axis=(1, 2))
    return windows.transpose(0, 3, 4, 2, 1).reshape(len(x) * kernel_size**2, -1)


@wrong("image_to_columns", "range too short")
def _(x, kernel_size):
    """The loops stop one window early in each direction."""
    columns = []
    for i in range(x.shape[1] - kernel_size):
        for j in range(x.shape[2] - kernel_size):
            columns.append(x[:, i : i + kernel_size, j : j + kernel_size].ravel())
    return np.array(columns).reshape(-1, len(x) * kernel_size**2).T


@wrong("image_to_columns", "patches do not overlap")
def _(x, kernel_size):
    """The windows do not overlap: they move by their own size."""
    k = kernel_size
    columns = []
    for i in range(0, x.shape[1] - k + 1, k):
        for j in range(0, x.shape[2] - k + 1, k):
            columns.append(x[:, i : i + k, j : j + k].ravel())
    return np.stack(columns, axis=1)


@wrong("image_to_columns", "channels side by side")
def _(x, kernel_size):
    """Each channel got windows of its own, laid side by side instead of below each other."""
    windows = sliding_window_view(x, (kernel_size, kernel_size), axis=(1, 2))
    return windows.transpose(3, 4, 0, 1, 2).reshape(kernel_size**2, -1)


@wrong("image_to_columns", "patch flipped")
def _(x, kernel_size):
    """The pixels of each window are turned around, as for a mathematician's convolution."""
    windows = sliding_window_view(x, (kernel_size, kernel_size), axis=(1, 2))[..., ::-1, ::-1]
    return windows.transpose(0, 3, 4, 1, 2).reshape(len(x) * kernel_size**2, -1)


@wrong("image_to_columns")
def _(x, kernel_size):
    """The image was padded first, so that there is a window for each pixel."""
    k = kernel_size
    before, after = (k - 1) // 2, k // 2
    padded = np.pad(x, ((0, 0), (before, after), (before, after)))
    windows = sliding_window_view(padded, (k, k), axis=(1, 2))
    return windows.transpose(0, 3, 4, 1, 2).reshape(len(x) * k**2, -1)


@wrong("averaging_weight", "all channels summed")
def _(channels):
    """All weights are a quarter, so every output averages all channels together."""
    return np.full((channels, channels, 2, 2), 1 / 4)


@wrong("averaging_weight", "sum")
def _(channels):
    """The weights are ones: each output is a sum of four pixels, not their average."""
    weight = np.zeros((channels, channels, 2, 2))
    for c in range(channels):
        weight[c, c] = 1
    return weight


@wrong("averaging_weight", "half")
def _(channels):
    """The sum is divided by the kernel's width, 2, instead of its four pixels."""
    weight = np.zeros((channels, channels, 2, 2))
    weight[np.arange(channels), np.arange(channels)] = 1 / 2
    return weight


@wrong("averaging_weight", "channels mixed")
def _(channels):
    """The average is taken over all channels as well: each weight is 1 / (4C)."""
    return np.full((channels, channels, 2, 2), 1 / (4 * channels))


@wrong("averaging_weight", "depthwise shape")
def _(channels):
    """This is the weight of a depthwise convolution, with as many groups as channels."""
    return np.full((channels, 1, 2, 2), 0.25)


@wrong("averaging_weight", "one pixel kept")
def _(channels):
    """Only the upper left weight of each kernel is set: one pixel of four is kept, none averaged."""
    weight = np.zeros((channels, channels, 2, 2))
    weight[:, :, 0, 0] = np.eye(channels)
    return weight


@wrong("averaging_weight", "divided by the channels")
def _(channels):
    """The quarters were divided by the number of channels, though each channel stays by itself."""
    return np.eye(channels)[:, :, None, None] * np.full((2, 2), 1 / (4 * channels))


@wrong("averaging_weight")
def _(channels):
    """The array of zeros holds whole numbers, so that the quarters became 0."""
    weight = np.zeros((channels, channels, 2, 2), dtype=int)
    for c in range(channels):
        weight[c, c] = 1 / 4
    return weight


@wrong("averaging_weight")
def _(channels):
    """Only the diagonal of each 2×2 kernel is set, half each: two pixels are averaged, not four."""
    weight = np.zeros((channels, channels, 2, 2))
    for c in range(channels):
        weight[c, c] = np.eye(2) / 2
    return weight


@wrong("averaging_weight", "channels at the end")
def _(channels):
    """The axes are in the order [2, 2, C, C], the channels last."""
    return np.tile(np.eye(channels) / 4, (2, 2, 1, 1))


@wrong("transpose_correlate", "stride ignored")
def _(x, kernel, stride):
    """The stride is ignored: the stamps lie one pixel apart."""
    k = len(kernel)
    output = np.zeros((x.shape[0] + k - 1, x.shape[1] + k - 1))
    for i, j in np.ndindex(x.shape):
        output[i : i + k, j : j + k] += x[i, j] * kernel
    return output


@wrong("transpose_correlate", "overlaps overwritten")
def _(x, kernel, stride):
    """Where stamps overlap the later one overwrites the earlier instead of adding to it."""
    k = len(kernel)
    output = np.zeros(((x.shape[0] - 1) * stride + k, (x.shape[1] - 1) * stride + k))
    for i, j in np.ndindex(x.shape):
        output[i * stride : i * stride + k, j * stride : j * stride + k] = x[i, j] * kernel
    return output


@wrong("transpose_correlate", "kernel flipped")
def _(x, kernel, stride):
    """The kernel is flipped before it is stamped."""
    k, flipped = len(kernel), kernel[::-1, ::-1]
    output = np.zeros(((x.shape[0] - 1) * stride + k, (x.shape[1] - 1) * stride + k))
    for i, j in np.ndindex(x.shape):
        output[i * stride : i * stride + k, j * stride : j * stride + k] += x[i, j] * flipped
    return output


@wrong("transpose_correlate", "kernel transposed")
def _(x, kernel, stride):
    """The kernel is transposed, because the layer is called transposed."""
    k = len(kernel)
    output = np.zeros(((x.shape[0] - 1) * stride + k, (x.shape[1] - 1) * stride + k))
    for i, j in np.ndindex(x.shape):
        output[i * stride : i * stride + k, j * stride : j * stride + k] += x[i, j] * kernel.T
    return output


@wrong("transpose_correlate", "output cut at S·W")
def _(x, kernel, stride):
    """The output is W times S pixels wide, and what the stamps leave outside of it is cut off."""
    k, (height, width) = len(kernel), x.shape
    output = np.zeros((height * stride + k, width * stride + k))
    for i, j in np.ndindex(x.shape):
        output[i * stride : i * stride + k, j * stride : j * stride + k] += x[i, j] * kernel
    return output[: height * stride, : width * stride]


@wrong("transpose_correlate", "output S·W + K")
def _(x, kernel, stride):
    """The output is W·S + K pixels wide: the last stamp was thought to begin at W·S."""
    k, (height, width) = len(kernel), x.shape
    output = np.zeros((height * stride + k, width * stride + k))
    for i, j in np.ndindex(x.shape):
        output[i * stride : i * stride + k, j * stride : j * stride + k] += x[i, j] * kernel
    return output


@wrong("transpose_correlate", "convolved")
def _(x, kernel, stride):
    """This is an ordinary convolution with a stride: it shrinks the image."""
    k = len(kernel)
    if min(x.shape) < k:
        return np.zeros((0, 0))
    windows = sliding_window_view(x, kernel.shape)[::stride, ::stride]
    return (windows * kernel).sum(axis=(2, 3))


@wrong("transpose_correlate", "pixels copied")
def _(x, kernel, stride):
    """Each pixel is copied S times in both directions before the stamping, where zeros belong."""
    k = len(kernel)
    larger = x.repeat(stride, axis=0).repeat(stride, axis=1)
    output = np.zeros((larger.shape[0] + k - 1, larger.shape[1] + k - 1))
    for i, j in np.ndindex(larger.shape):
        output[i : i + k, j : j + k] += larger[i, j] * kernel
    return output


@wrong("transpose_correlate", "stamps S + 1 apart")
def _(x, kernel, stride):
    """S zeros are put between two pixels instead of S - 1."""
    k, step = len(kernel), stride + 1
    output = np.zeros(((x.shape[0] - 1) * step + k, (x.shape[1] - 1) * step + k))
    for i, j in np.ndindex(x.shape):
        output[i * step : i * step + k, j * step : j * step + k] += x[i, j] * kernel
    return output


@wrong("transpose_correlate")
def _(x, kernel, stride):
    """The pixels are spread by zeros but padded by half a kernel only: the outer stamps are cut off."""
    k, (height, width) = len(kernel), x.shape
    spread = np.zeros(((height - 1) * stride + 1, (width - 1) * stride + 1))
    spread[::stride, ::stride] = x
    padded = np.pad(spread, k // 2)
    windows = sliding_window_view(padded, kernel.shape)
    return (windows * kernel[::-1, ::-1]).sum(axis=(2, 3))


@wrong("count_params", "bias forgotten")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The bias is forgotten."""
    return out_channels * in_channels // groups * kernel_size**2


@wrong("count_params", "groups ignored")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The groups are forgotten: every kernel is as deep as the input."""
    return out_channels * in_channels * kernel_size**2 + out_channels


@wrong("count_params", "a bias an input")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """One bias for each input channel instead of each output channel."""
    return out_channels * in_channels // groups * kernel_size**2 + in_channels


@wrong("count_params", "one bias")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """A single bias for the whole layer."""
    return out_channels * in_channels // groups * kernel_size**2 + 1


@wrong("count_params", "kernel not squared")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The kernel's size is not squared."""
    return out_channels * in_channels // groups * kernel_size + out_channels


@wrong("count_params", "groups twice")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """Both the inputs and the kernels were divided by the groups: this is one group, not all of them."""
    return (out_channels // groups) * (in_channels // groups) * kernel_size**2 + out_channels


@wrong("count_params")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """Each weight of a kernel has a bias of its own."""
    return out_channels * (in_channels // groups) * (kernel_size**2 + 1)


@wrong("count_params", "biases for each group")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """Each group has its own set of biases, as many as there are output channels."""
    return out_channels * (in_channels // groups) * kernel_size**2 + groups * out_channels


@wrong("count_params", "everything divided")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The bias is divided by the groups along with the weights."""
    return (out_channels * in_channels * kernel_size**2 + out_channels) // groups


@wrong("count_params", "params at every pixel")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """These are MACs: the parameters were multiplied by the number of places."""
    places = ((size - kernel_size + 2 * padding) // stride + 1) ** 2
    return (out_channels * in_channels // groups * kernel_size**2 + out_channels) * places


@wrong("count_macs", "groups ignored")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The groups are forgotten."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    return out_channels * in_channels * kernel_size**2 * side**2


@wrong("count_macs", "padding ignored")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The padding is forgotten."""
    side = (size - kernel_size) // stride + 1
    return out_channels * (in_channels // groups) * kernel_size**2 * side**2


@wrong("count_macs", "kernel not squared")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The kernel's size is not squared."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    return out_channels * (in_channels // groups) * kernel_size * side**2


@wrong("count_macs", "one output row")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The outputs of one row are counted, not all of them: the side is not squared."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    return out_channels * (in_channels // groups) * kernel_size**2 * side


@wrong("count_macs", "bias counted")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The bias additions are counted too."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    return (out_channels * (in_channels // groups) * kernel_size**2 + out_channels) * side**2


@wrong("count_macs", "two a mac")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """A multiplication and its addition are counted as two operations."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    return 2 * out_channels * (in_channels // groups) * kernel_size**2 * side**2


@wrong("count_macs", "one short")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The 1 for the window's first place is missing in the output's size."""
    side = (size - kernel_size + 2 * padding) // stride
    return out_channels * (in_channels // groups) * kernel_size**2 * side**2


@wrong("count_macs", "params")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """These are the weights: the number of places is missing."""
    return out_channels * (in_channels // groups) * kernel_size**2


@wrong("count_macs", "groups twice")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The groups divide both the input and the output channels."""
    side = (size - kernel_size + 2 * padding) // stride + 1
    return (out_channels // groups) * (in_channels // groups) * kernel_size**2 * side**2


@wrong("count_macs", "input size")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The stride is forgotten: the window visits every place."""
    side = size - kernel_size + 2 * padding + 1
    return out_channels * (in_channels // groups) * kernel_size**2 * side**2


def tiles(height, width, tile):
    return int(np.ceil(height / tile) * np.ceil(width / tile))


@wrong("count_tiles", "tiles rounded down")
def _(in_channels, out_channels, height, width, tile):
    """Only tiles that lie wholly inside are counted."""
    return in_channels * out_channels * (height // tile) * (width // tile) * (tile + 2) ** 2


@wrong("count_tiles", "tiles rounded down")
def _(in_channels, out_channels, height, width, tile):
    """The number of tiles is rounded to the nearest."""
    return in_channels * out_channels * round(height / tile) * round(width / tile) * (tile + 2) ** 2


@wrong("count_tiles", "a tile too many")
def _(in_channels, out_channels, height, width, tile):
    """One tile that hangs over is added on each side, whether something is left there or not."""
    return in_channels * out_channels * (height // tile + 1) * (width // tile + 1) * (tile + 2) ** 2


@wrong("count_tiles")
def _(in_channels, out_channels, height, width, tile):
    """The image is taken for square."""
    return in_channels * out_channels * (-(-height // tile)) ** 2 * (tile + 2) ** 2


@wrong("count_tiles", "tiles rounded down")
def _(in_channels, out_channels, height, width, tile):
    """The padding is forgotten: the tiles cover what a kernel leaves without it."""
    rows, columns = np.ceil((height - 2) / tile), np.ceil((width - 2) / tile)
    return in_channels * out_channels * rows * columns * (tile + 2) ** 2


@wrong("count_tiles", "part of a tile")
def _(in_channels, out_channels, height, width, tile):
    """The saving is taken as a ratio of the definition's number."""
    definition = 9 * in_channels * out_channels * height * width
    return definition * (tile + 2) ** 2 // (9 * tile**2)


@wrong("count_tiles", "a product an output")
def _(in_channels, out_channels, height, width, tile):
    """A tile is given as many products as outputs."""
    return in_channels * out_channels * tiles(height, width, tile) * tile**2


@wrong("count_tiles", "kernel's width added")
def _(in_channels, out_channels, height, width, tile):
    """The tile's inputs are taken as M + 3 a side."""
    return in_channels * out_channels * tiles(height, width, tile) * (tile + 3) ** 2


@wrong("count_tiles", "border on one side")
def _(in_channels, out_channels, height, width, tile):
    """The tile's inputs are taken as M + 1 a side."""
    return in_channels * out_channels * tiles(height, width, tile) * (tile + 1) ** 2


@wrong("count_tiles", "one dimension")
def _(in_channels, out_channels, height, width, tile):
    """F(M, 3) in one dimension is used for each tile."""
    return in_channels * out_channels * tiles(height, width, tile) * (tile + 2)


@wrong("count_tiles", "one row of tiles")
def _(in_channels, out_channels, height, width, tile):
    """Tiles are counted along one side."""
    return in_channels * out_channels * ((width + tile - 1) // tile) * (tile + 2) ** 2


@wrong("count_tiles", "the definition")
def _(in_channels, out_channels, height, width, tile):
    """Nothing is saved: nine products an output."""
    return height * width * 3 * 3 * in_channels * out_channels


@wrong("count_tiles", "kernels forgotten")
def _(in_channels, out_channels, height, width, tile):
    """The output channels are forgotten."""
    return in_channels * tiles(height, width, tile) * (tile + 2) ** 2


@wrong("count_tiles", "input channels forgotten")
def _(in_channels, out_channels, height, width, tile):
    """The input channels are forgotten."""
    return out_channels * tiles(height, width, tile) * (tile + 2) ** 2


@wrong("count_tiles", "a tile too many")
def _(in_channels, out_channels, height, width, tile):
    """The tiles cover the padded image."""
    return in_channels * out_channels * tiles(height + 2, width + 2, tile) * (tile + 2) ** 2


@wrong("count_tiles", "tiles of inputs side by side")
def _(in_channels, out_channels, height, width, tile):
    """The padded image is cut into tiles of M + 2 inputs that do not overlap."""
    return in_channels * out_channels * tiles(height + 2, width + 2, tile + 2) * (tile + 2) ** 2


@wrong("count_tiles", "2.25 times fewer")
def _(in_channels, out_channels, height, width, tile):
    """The 2.25 times of the text are taken for every tile."""
    return in_channels * out_channels * 9 * height * width / 2.25


@wrong("count_macs", "rounded up")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The division is rounded up, and then 1 is added."""
    side = -(-(size + 2 * padding - kernel_size) // stride) + 1
    return out_channels * side**2 * (in_channels // groups) * kernel_size**2


@wrong("correlate_stride", "columns rounded")
def _(image, kernel, stride):
    """The number of columns is rounded to the nearest, and zeros stand where the window hangs over."""
    kh, kw = kernel.shape
    rows, columns = (image.shape[0] - kh) // stride + 1, round((image.shape[1] - kw) / stride) + 1
    padded = np.pad(image, ((0, 0), (0, stride)))
    output = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            output[i, j] = (padded[i * stride :, j * stride :][:kh, :kw] * kernel).sum()
    return output


@wrong("count_macs", "one short")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The 1 is added before the stride divides."""
    side = (size - kernel_size + 2 * padding + 1) // stride
    return out_channels * side * side * in_channels // groups * kernel_size * kernel_size


@wrong("count_macs", "rounded up")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The jumps are rounded to the nearest, a half up."""
    side = int((size + 2 * padding - kernel_size) / stride + 0.5) + 1
    return out_channels * side**2 * (in_channels // groups) * kernel_size**2


@wrong("count_macs", "one short")
def _(in_channels, out_channels, kernel_size, size, stride, padding, groups):
    """The padding is counted once, not on both sides."""
    side = (size + padding - kernel_size) // stride + 1
    return out_channels * side**2 * (in_channels // groups) * kernel_size**2


@wrong("correlate_stride")
def _(image, kernel, stride):
    """The kernel is taken for square: windows of its height count the columns, too."""
    places = [(length - len(kernel)) // stride + 1 for length in image.shape]
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.einsum("ijuv,uv->ij", windows, kernel)[: places[0], : places[1]]

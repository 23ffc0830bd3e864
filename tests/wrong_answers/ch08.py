"""Wrong answers to the exercises of chapter 08, as fresh solvers gave them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from wrong_answers import wrong


def relu(values):
    return np.maximum(values, 0)


def convolve(x, kernels):
    """What the first layer gives before its ReLU."""
    windows = sliding_window_view(x, kernels.shape[2:], axis=(1, 2))
    return np.einsum("chwij,mcij->mhw", windows, kernels)


def mix(hidden, maps):
    """The 1×1 layer before its ReLU."""
    return np.tensordot(hidden, maps, axes=1)


@wrong("mlpconv", "no ReLU between")
def _(x, kernels, hidden):
    """The ReLU between the layers is missing."""
    return relu(mix(hidden, convolve(x, kernels)))


@wrong("mlpconv", "no ReLU at the end")
def _(x, kernels, hidden):
    """The last ReLU is missing."""
    return mix(hidden, relu(convolve(x, kernels)))


@wrong("mlpconv", "kernel flipped")
def _(x, kernels, hidden):
    """It turns the kernels around, as the convolution of mathematics does."""
    return relu(mix(hidden, relu(convolve(x, kernels[:, :, ::-1, ::-1]))))


@wrong("mlpconv", "channels rectified apart")
def _(x, kernels, hidden):
    """It takes the ReLU of each input channel's answer before it adds them up."""
    windows = sliding_window_view(x, kernels.shape[2:], axis=(1, 2))
    apart = np.einsum("chwij,mcij->mchw", windows, kernels)
    return relu(mix(hidden, relu(apart).sum(axis=1)))


@wrong("mlpconv", "padded")
def _(x, kernels, hidden):
    """It pads the image with zeros so that the size stays."""
    k = kernels.shape[2]
    room = ((0, 0), ((k - 1) // 2, k // 2), ((k - 1) // 2, k // 2))
    return relu(mix(hidden, relu(convolve(np.pad(x, room), kernels))))


@wrong("mlpconv", "first channel only")
def _(x, kernels, hidden):
    """It reads the first channel of the image alone."""
    return relu(mix(hidden, relu(convolve(x[:1], kernels[:, :1]))))


@wrong("mlpconv", "kernel transposed")
def _(x, kernels, hidden):
    """The kernels' rows and columns are exchanged."""
    return relu(mix(hidden, relu(convolve(x, kernels.transpose(0, 1, 3, 2)))))


@wrong("mlpconv", "no ReLU")
def _(x, kernels, hidden):
    """There is no ReLU at all."""
    return mix(hidden, convolve(x, kernels))


@wrong("mlpconv", "mean of the window")
def _(x, kernels, hidden):
    """It takes the mean over a window where a convolution adds."""
    count = kernels[0].size
    return relu(mix(hidden, relu(convolve(x, kernels) / count)))


@wrong("mlpconv", "ReLU before the layers")
def _(x, kernels, hidden):
    """It puts the ReLU before each layer, and the last one is missing."""
    return mix(hidden, relu(convolve(relu(x), kernels)))


@wrong("branch_macs", "naive")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """It leaves the reductions out: the large kernels read all channels."""
    return in_channels * size**2 * np.array([one, 9 * three, 25 * five, pooled])


@wrong("branch_macs", "reductions forgotten")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """It counts what is behind the reductions and forgets the reductions' own work."""
    return size**2 * np.array(
        [in_channels * one, 9 * reduce3 * three, 25 * reduce5 * five, in_channels * pooled]
    )


@wrong("branch_macs", "kernel's side")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """The kernels' sides are not squared."""
    b3 = in_channels * reduce3 + 3 * reduce3 * three
    b5 = in_channels * reduce5 + 5 * reduce5 * five
    return size**2 * np.array([in_channels * one, b3, b5, in_channels * pooled])


@wrong("branch_macs", "pooling counted")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """It counts nine MACs for each output of the pooling."""
    b3 = in_channels * reduce3 + 9 * reduce3 * three
    b5 = in_channels * reduce5 + 25 * reduce5 * five
    return size**2 * np.array([in_channels * one, b3, b5, 9 * in_channels + in_channels * pooled])


@wrong("branch_macs", "one row of pixels")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """It multiplies by one side of the map, not by its area."""
    b3 = in_channels * reduce3 + 9 * reduce3 * three
    b5 = in_channels * reduce5 + 25 * reduce5 * five
    return size * np.array([in_channels * one, b3, b5, in_channels * pooled])


@wrong("branch_macs", "weights")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """It counts weights, not how often each is used."""
    b3 = in_channels * reduce3 + 9 * reduce3 * three
    b5 = in_channels * reduce5 + 25 * reduce5 * five
    return np.array([in_channels * one, b3, b5, in_channels * pooled])


@wrong("branch_macs", "naive and reductions")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """It pays for the reductions and still lets the large kernels read all channels."""
    b3 = in_channels * (reduce3 + 9 * three)
    b5 = in_channels * (reduce5 + 25 * five)
    return size**2 * np.array([in_channels * one, b3, b5, in_channels * pooled])


@wrong("branch_macs", "two 3×3")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """It takes two 3×3 for the 5×5, as Inception-v2 does."""
    b3 = in_channels * reduce3 + 9 * reduce3 * three
    b5 = in_channels * reduce5 + 9 * reduce5 * five + 9 * five * five
    return size**2 * np.array([in_channels * one, b3, b5, in_channels * pooled])


@wrong("branch_macs", "no padding")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """The large kernels have no padding and so fewer outputs."""
    area, area3, area5 = size**2, (size - 2) ** 2, (size - 4) ** 2
    b3 = area * in_channels * reduce3 + area3 * 9 * reduce3 * three
    b5 = area * in_channels * reduce5 + area5 * 25 * reduce5 * five
    return np.array([area * in_channels * one, b3, b5, area * in_channels * pooled])


@wrong("branch_macs", "pooling halves")
def _(in_channels, size, one, reduce3, three, reduce5, five, pooled):
    """The pooling halves the map before its projection."""
    b3 = in_channels * reduce3 + 9 * reduce3 * three
    b5 = in_channels * reduce5 + 25 * reduce5 * five
    macs = size**2 * np.array([in_channels * one, b3, b5, 0])
    macs[3] = (size // 2) ** 2 * in_channels * pooled
    return macs


def log_softmax(scores, axis=1):
    shifted = scores - scores.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def cross_entropy(scores, labels):
    return -log_softmax(scores)[np.arange(len(labels)), labels].mean()


@wrong("loss_with_heads", "heads at test time")
def _(scores, first, second, labels, training):
    """The heads count whether or not the network is training."""
    heads = cross_entropy(first, labels) + cross_entropy(second, labels)
    return cross_entropy(scores, labels) + 0.3 * heads


@wrong("loss_with_heads", "full weight")
def _(scores, first, second, labels, training):
    """The heads count as much as the network itself: the 0.3 is missing."""
    loss = cross_entropy(scores, labels)
    if training:
        loss += cross_entropy(first, labels) + cross_entropy(second, labels)
    return loss


@wrong("loss_with_heads", "mean of the heads")
def _(scores, first, second, labels, training):
    """It takes 0.3 of the heads' mean, so each head counts half of that."""
    loss = cross_entropy(scores, labels)
    if training:
        loss += 0.3 * np.mean([cross_entropy(first, labels), cross_entropy(second, labels)])
    return loss


@wrong("loss_with_heads", "sum over images")
def _(scores, first, second, labels, training):
    """The cross-entropies are sums over the images, not means."""
    main, one, two = (len(labels) * cross_entropy(s, labels) for s in (scores, first, second))
    return main + 0.3 * (one + two) if training else main


@wrong("loss_with_heads", "scores added")
def _(scores, first, second, labels, training):
    """It adds the three scores up and takes one cross-entropy of the sum."""
    if training:
        scores = scores + 0.3 * (first + second)
    return cross_entropy(scores, labels)


@wrong("loss_with_heads", "heads at test time only")
def _(scores, first, second, labels, training):
    """The test of training is the wrong way round."""
    loss = cross_entropy(scores, labels)
    if not training:
        loss += 0.3 * (cross_entropy(first, labels) + cross_entropy(second, labels))
    return loss


@wrong("loss_with_heads", "second head at full weight")
def _(scores, first, second, labels, training):
    """The 0.3 stands before the first head alone."""
    loss = cross_entropy(scores, labels)
    if training:
        loss += 0.3 * cross_entropy(first, labels) + cross_entropy(second, labels)
    return loss


@wrong("loss_with_heads", "softmax forgotten")
def _(scores, first, second, labels, training):
    """It forgets the softmax and takes the right class's score for its log-probability."""
    rows = np.arange(len(labels))
    main, one, two = (-s[rows, labels].mean() for s in (scores, first, second))
    return main + 0.3 * (one + two) if training else main


@wrong("loss_with_heads", "softmax over the images")
def _(scores, first, second, labels, training):
    """Its softmax runs over the images, not over the classes."""
    rows = np.arange(len(labels))
    main, one, two = (-log_softmax(s, axis=0)[rows, labels].mean() for s in (scores, first, second))
    return main + 0.3 * (one + two) if training else main


@wrong("loss_with_heads", "0.4 for the rest")
def _(scores, first, second, labels, training):
    """It makes the three weights add up to one: 0.4 for the network and 0.3 for each head."""
    if not training:
        return cross_entropy(scores, labels)
    heads = cross_entropy(first, labels) + cross_entropy(second, labels)
    return 0.4 * cross_entropy(scores, labels) + 0.3 * heads


@wrong("smoothed_loss", "others only")
def _(scores, labels, epsilon):
    """It deals epsilon to the other classes alone, K - 1 of them."""
    n, k = scores.shape
    q = np.full((n, k), epsilon / (k - 1))
    q[np.arange(n), labels] = 1 - epsilon
    return -(q * log_softmax(scores)).sum(axis=1).mean()


@wrong("smoothed_loss", "share of the right class lost")
def _(scores, labels, epsilon):
    """The right class gets 1 - epsilon and not its own share of epsilon."""
    n, k = scores.shape
    q = np.full((n, k), epsilon / k)
    q[np.arange(n), labels] = 1 - epsilon
    return -(q * log_softmax(scores)).sum(axis=1).mean()


@wrong("smoothed_loss", "epsilon each")
def _(scores, labels, epsilon):
    """Each class gets the whole epsilon: it is not divided by K."""
    q = (1 - epsilon) * np.eye(scores.shape[1])[labels] + epsilon
    return -(q * log_softmax(scores)).sum(axis=1).mean()


@wrong("smoothed_loss", "epsilon ignored")
def _(scores, labels, epsilon):
    """It ignores epsilon: the labels are hard."""
    return cross_entropy(scores, labels)


@wrong("smoothed_loss", "sum over images")
def _(scores, labels, epsilon):
    """It adds the images up and takes no mean."""
    k = scores.shape[1]
    q = (1 - epsilon) * np.eye(k)[labels] + epsilon / k
    return -(q * log_softmax(scores)).sum()


@wrong("smoothed_loss", "shares lost")
def _(scores, labels, epsilon):
    """It keeps 1 - epsilon of the loss and leaves the share of all classes out."""
    return (1 - epsilon) * cross_entropy(scores, labels)


@wrong("smoothed_loss", "mean over classes")
def _(scores, labels, epsilon):
    """It takes the mean over the classes too, where the cross-entropy adds them up."""
    k = scores.shape[1]
    q = (1 - epsilon) * np.eye(k)[labels] + epsilon / k
    return -(q * log_softmax(scores)).mean()


@wrong("smoothed_loss", "probabilities smoothed")
def _(scores, labels, epsilon):
    """It smooths the network's probabilities, not the labels."""
    n, k = scores.shape
    p = (1 - epsilon) * np.exp(log_softmax(scores)) + epsilon / k
    return -np.log(p[np.arange(n), labels]).mean()


@wrong("smoothed_loss", "exchanged")
def _(scores, labels, epsilon):
    """Epsilon and 1 - epsilon have changed places."""
    k = scores.shape[1]
    q = epsilon * np.eye(k)[labels] + (1 - epsilon) / k
    return -(q * log_softmax(scores)).sum(axis=1).mean()


@wrong("smoothed_loss", "softmax forgotten")
def _(scores, labels, epsilon):
    """It forgets the softmax and takes the scores for log-probabilities."""
    k = scores.shape[1]
    q = (1 - epsilon) * np.eye(k)[labels] + epsilon / k
    return -(q * scores).sum(axis=1).mean()


@wrong("nearest_separable", "strength forgotten")
def _(kernel):
    """It leaves the singular value out: column and row are of length one."""
    u, _, vt = np.linalg.svd(kernel)
    return np.outer(u[:, 0], vt[0])


@wrong("nearest_separable", "last component")
def _(kernel):
    """It takes the smallest singular value, not the largest."""
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return s[-1] * np.outer(u[:, -1], vt[-1])


@wrong("nearest_separable", "sums")
def _(kernel):
    """It multiplies the sums of the rows by the sums of the columns, as for a table of counts."""
    return np.outer(kernel.sum(axis=1), kernel.sum(axis=0)) / kernel.sum()


@wrong("nearest_separable", "middle lines")
def _(kernel):
    """It multiplies the middle column by the middle row."""
    i, j = kernel.shape[0] // 2, kernel.shape[1] // 2
    return np.outer(kernel[:, j], kernel[i])


@wrong("nearest_separable", "strength halved")
def _(kernel):
    """It multiplies by the root of the singular value once, where column and row need it both."""
    u, s, vt = np.linalg.svd(kernel)
    return np.outer(u[:, 0] * np.sqrt(s[0]), vt[0])


@wrong("nearest_separable", "column of vt")
def _(kernel):
    """It takes a column of vt for the row: svd gives the second matrix already transposed."""
    u, s, v = np.linalg.svd(kernel, full_matrices=False)
    return s[0] * np.outer(u[:, 0], v[:, 0])


@wrong("nearest_separable", "two components")
def _(kernel):
    """It keeps two singular values, and the sum of two products is no product."""
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return (u[:, :2] * s[:2]) @ vt[:2]


@wrong("nearest_separable", "mean row")
def _(kernel):
    """It fits the best column to the mean of the rows and stops there."""
    row = kernel.mean(axis=0)
    column = kernel @ row / (row @ row)
    return np.outer(column, row)


@wrong("nearest_separable", "transposed")
def _(kernel):
    """It returns the row times the column, which is the kernel's transpose."""
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return s[0] * np.outer(vt[0], u[:, 0])


@wrong("nearest_separable", "strength squared")
def _(kernel):
    """It takes the eigenvalue of the kernel times its transpose for the singular value, without the root."""
    values, vectors = np.linalg.eigh(kernel.T @ kernel)
    row = vectors[:, -1]
    column = kernel @ row / np.linalg.norm(kernel @ row)
    return values[-1] * np.outer(column, row)


@wrong("count_module", "bias forgotten")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """The biases are forgotten."""
    outer = in_channels * (one + reduce3 + reduce5 + pooled)
    return outer + 9 * reduce3 * three + 25 * reduce5 * five


@wrong("count_module", "naive")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """It leaves the reductions out, as in the naive module."""
    return (in_channels + 1) * (one + pooled) + (9 * in_channels + 1) * three + (25 * in_channels + 1) * five


@wrong("count_module", "reductions forgotten")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """It forgets the reductions' own parameters."""
    return (in_channels + 1) * (one + pooled) + (9 * reduce3 + 1) * three + (25 * reduce5 + 1) * five


@wrong("count_module", "naive and reductions")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """It has the reductions, but the large kernels still read all channels."""
    ones = (in_channels + 1) * (one + reduce3 + reduce5 + pooled)
    return ones + (9 * in_channels + 1) * three + (25 * in_channels + 1) * five


@wrong("count_module", "kernel's side")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """The kernels' sides are not squared."""
    ones = (in_channels + 1) * (one + reduce3 + reduce5 + pooled)
    return ones + (3 * reduce3 + 1) * three + (5 * reduce5 + 1) * five


@wrong("count_module", "projection forgotten")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """The pooling branch is forgotten, since a pooling has no parameters."""
    ones = (in_channels + 1) * (one + reduce3 + reduce5)
    return ones + (9 * reduce3 + 1) * three + (25 * reduce5 + 1) * five


@wrong("count_module", "bias of the outputs only")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """Only the four outputs have biases, the reductions have none."""
    ones = in_channels * (one + reduce3 + reduce5 + pooled) + one + pooled
    return ones + (9 * reduce3 + 1) * three + (25 * reduce5 + 1) * five


@wrong("count_module", "one bias a convolution")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """Each convolution has one bias, not one for each of its channels."""
    ones = in_channels * (one + reduce3 + reduce5 + pooled) + 4
    return ones + 9 * reduce3 * three + 1 + 25 * reduce5 * five + 1


@wrong("count_module", "projection of 3×3")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """Behind the pooling it puts a 3×3, where there is a 1×1."""
    ones = (in_channels + 1) * (one + reduce3 + reduce5)
    return ones + (9 * reduce3 + 1) * three + (25 * reduce5 + 1) * five + (9 * in_channels + 1) * pooled


@wrong("count_module", "two 3×3")
def _(in_channels, one, reduce3, three, reduce5, five, pooled):
    """It takes two 3×3 for the 5×5, as Inception-v2 does."""
    ones = (in_channels + 1) * (one + reduce3 + reduce5 + pooled)
    return ones + (9 * reduce3 + 1) * three + (9 * reduce5 + 1) * five + (9 * five + 1) * five


@wrong("count_saved", "what is left")
def _(in_channels, out_channels, size, kernel_size):
    """It returns what the two small convolutions cost, not what is saved."""
    return size**2 * kernel_size * in_channels * (in_channels + out_channels)


@wrong("count_saved", "middle as wide as the output")
def _(in_channels, out_channels, size, kernel_size):
    """The first of the two already gives the output's channels."""
    large = kernel_size**2 * in_channels * out_channels
    small = kernel_size * out_channels * (in_channels + out_channels)
    return size**2 * (large - small)


@wrong("count_saved", "weights")
def _(in_channels, out_channels, size, kernel_size):
    """It counts weights, not how often each is used."""
    small = kernel_size * in_channels * (in_channels + out_channels)
    return kernel_size**2 * in_channels * out_channels - small


@wrong("count_saved", "both from input to output")
def _(in_channels, out_channels, size, kernel_size):
    """Both convolutions go from the input's channels to the output's."""
    return size**2 * in_channels * out_channels * (kernel_size**2 - 2 * kernel_size)


@wrong("count_saved", "row forgotten")
def _(in_channels, out_channels, size, kernel_size):
    """It subtracts the second convolution alone."""
    return size**2 * in_channels * out_channels * (kernel_size**2 - kernel_size)


@wrong("count_saved", "one row of pixels")
def _(in_channels, out_channels, size, kernel_size):
    """It multiplies by one side of the map, not by its area."""
    small = kernel_size * in_channels * (in_channels + out_channels)
    return size * (kernel_size**2 * in_channels * out_channels - small)


@wrong("count_saved")
def _(in_channels, out_channels, size, kernel_size):
    """Row and column share the weight in the middle, as in a cross."""
    return size**2 * in_channels * out_channels * (kernel_size**2 - 2 * kernel_size + 1)


@wrong("count_saved", "row depthwise")
def _(in_channels, out_channels, size, kernel_size):
    """The first of the two is counted as depthwise, one kernel a channel."""
    large = kernel_size**2 * in_channels * out_channels
    small = kernel_size * in_channels + kernel_size * in_channels * out_channels
    return size**2 * (large - small)


@wrong("count_saved", "two a mac")
def _(in_channels, out_channels, size, kernel_size):
    """It counts two operations for each MAC."""
    small = kernel_size * in_channels * (in_channels + out_channels)
    return 2 * size**2 * (kernel_size**2 * in_channels * out_channels - small)


@wrong("count_saved", "no padding")
def _(in_channels, out_channels, size, kernel_size):
    """There is no padding, so that the row makes the map narrower and the column lower."""
    wide, narrow = size, size - kernel_size + 1
    large = narrow**2 * kernel_size**2 * in_channels * out_channels
    row = wide * narrow * kernel_size * in_channels**2
    return large - row - narrow**2 * kernel_size * in_channels * out_channels


@wrong("count_seen", "square")
def _(field, jump, modules, rows):
    """The rows of seven also see seven pixels of height."""
    side = field + modules * 4 * jump + 2 * jump + rows * 6 * 2 * jump
    return side**2


@wrong("count_seen", "stride forgotten")
def _(field, jump, modules, rows):
    """It does not double the distance behind the pooling."""
    height = field + modules * 4 * jump + 2 * jump
    return height * (height + rows * 6 * jump)


@wrong("count_seen", "pooling forgotten")
def _(field, jump, modules, rows):
    """The pooling doubles the distance, but its own window is not counted."""
    height = field + modules * 4 * jump
    return height * (height + rows * 6 * 2 * jump)


@wrong("count_seen", "whole kernels")
def _(field, jump, modules, rows):
    """A kernel adds its whole side, where it adds one less."""
    height = field + modules * 5 * jump + 3 * jump
    return height * (height + rows * 7 * 2 * jump)


@wrong("count_seen", "rows forgotten")
def _(field, jump, modules, rows):
    """It leaves out the rows of seven."""
    side = field + modules * 4 * jump + 2 * jump
    return side * side


@wrong("count_seen", "the width")
def _(field, jump, modules, rows):
    """It returns the width alone, not height times width."""
    return field + modules * 4 * jump + 2 * jump + rows * 6 * 2 * jump


@wrong("count_seen", "stride too early")
def _(field, jump, modules, rows):
    """The pooling's stride is already counted for its own window."""
    jump_after = 2 * jump
    height = field + modules * 4 * jump + 2 * jump_after
    return height * (height + rows * 6 * jump_after)


@wrong("count_seen", "jump left out")
def _(field, jump, modules, rows):
    """It adds pixels of the layer, not of the image: the distance is left out."""
    height = field + modules * 4 + 2
    return height * (height + rows * 6 * 2)


@wrong("count_seen", "3×3 path")
def _(field, jump, modules, rows):
    """The widest branch is taken to be the 3×3."""
    height = field + modules * 2 * jump + 2 * jump
    return height * (height + rows * 6 * 2 * jump)


@wrong("count_seen", "branches added")
def _(field, jump, modules, rows):
    """It adds what the 3×3 and the 5×5 of a module see, though they stand side by side."""
    height = field + modules * (2 + 4) * jump + 2 * jump
    return height * (height + rows * 6 * 2 * jump)


@wrong("loss_with_heads", "mean over classes")
def _(scores, first, second, labels, training):
    """The mean runs over all of the table of one-hot labels times logarithms."""
    one_hot = np.eye(scores.shape[1])[labels]
    main, *heads = (-(one_hot * log_softmax(z)).mean() for z in (scores, first, second))
    return main + 0.3 * sum(heads) if training else main


@wrong("smoothed_loss", "softmax over the images")
def _(scores, labels, epsilon):
    """The softmax runs down the columns, over the images."""
    log_p = log_softmax(scores, axis=0)
    targets = np.eye(scores.shape[1])[labels] * (1 - epsilon) + epsilon / scores.shape[1]
    return -(targets * log_p).sum() / len(scores)


@wrong("nearest_separable", "row of u")
def _(kernel):
    """It takes the first row of u for the column, as it does with vt."""
    u, s, vt = np.linalg.svd(kernel)
    return s[0] * np.outer(u[0], vt[0])


@wrong("loss_with_heads")
def _(scores, first, second, labels, training):
    """All three are lowered by the largest scores of the network's own."""
    largest = scores.max(axis=1, keepdims=True)
    rows, total = np.arange(len(labels)), 0.0
    for each, share in (scores, 1.0), (first, 0.3 * training), (second, 0.3 * training):
        if share:
            lowered = each - largest
            losses = np.log(np.exp(lowered).sum(axis=1)) - lowered[rows, labels]
            total += share * losses.mean()
    return total

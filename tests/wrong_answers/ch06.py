"""Wrong answers to the exercises of chapter 06, as fresh solvers gave them."""

import numpy as np

from wrong_answers import wrong


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@wrong("top_k_error", "guesses of all images")
def _(scores, labels, k):
    """A label counts as found wherever in the table of guesses it stands."""
    return 1 - np.isin(labels, np.argsort(-scores, axis=1)[:, :k]).mean()


@wrong("top_k_error", "accuracy")
def _(scores, labels, k):
    """It returns the share that is right, not the share that is wrong."""
    top = np.argsort(scores, axis=1)[:, -k:]
    return np.mean([label in row for label, row in zip(labels, top, strict=True)])


@wrong("top_k_error", "the worst")
def _(scores, labels, k):
    """It takes the k lowest scores: argsort sorts upwards."""
    lowest = np.argsort(scores, axis=1)[:, :k]
    return 1 - np.mean((lowest == labels[:, None]).any(axis=1))


@wrong("top_k_error", "a count")
def _(scores, labels, k):
    """It counts the wrong images and does not divide by their number."""
    top = np.argsort(-scores, axis=1)[:, :k]
    errors = 0
    for label, row in zip(labels, top, strict=True):
        if label not in row:
            errors += 1
    return float(errors)


@wrong("top_k_error", "top 1")
def _(scores, labels, k):
    """It looks at the best class only, whatever k is."""
    return np.mean(np.argmax(scores, axis=1) != labels)


@wrong("top_k_error", "one too many")
def _(scores, labels, k):
    """It takes k + 1 classes."""
    own = scores[np.arange(len(labels)), labels]
    better = (scores > own[:, None]).sum(axis=1)
    return np.mean(better > k)


@wrong("top_k_error", "per cent")
def _(scores, labels, k):
    """It returns per cent instead of a share."""
    top = np.argsort(-scores, axis=1)[:, :k]
    return 100 * (1 - (top == labels[:, None]).any(axis=1).mean())


@wrong("top_k_error", "images sorted")
def _(scores, labels, k):
    """It sorts the images of each class, not the classes of each image."""
    top = np.argsort(-scores, axis=0)[:, :k]
    return 1 - (top == labels[:, None]).any(axis=1).mean()


@wrong("top_k_error", "ranks")
def _(scores, labels, k):
    """It takes argsort for the ranks, but argsort says which class stands at a place."""
    ranks = np.argsort(-scores, axis=1)
    return np.mean(ranks[np.arange(len(labels)), labels] >= k)


@wrong("top_k_error", "each guess counted")
def _(scores, labels, k):
    """It divides by all k guesses, so that a right image counts 1/k only."""
    top = np.argsort(scores, axis=1)[:, -k:]
    return np.mean(top != labels[:, None])


@wrong("top_k_error", "exactly place k")
def _(scores, labels, k):
    """It looks at the class in place k alone, not at the k best."""
    kth = np.argsort(-scores, axis=1)[:, k - 1]
    return np.mean(kth != labels)


@wrong("mean_probabilities", "scores averaged")
def _(scores):
    """It averages the scores and takes the softmax afterwards."""
    return softmax(scores.mean(axis=0))


@wrong("mean_probabilities", "no softmax")
def _(scores):
    """It averages the scores and forgets the softmax."""
    return scores.mean(axis=0)


@wrong("mean_probabilities")
def _(scores):
    """Its softmax runs over the networks, not over the classes."""
    powers = np.exp(scores)
    return (powers / powers.sum(axis=0)).mean(axis=0)


@wrong("mean_probabilities")
def _(scores):
    """The mean of the scores is subtracted in place of the largest, which one large score outruns."""
    powers = np.exp(scores - scores.mean(axis=2, keepdims=True))
    return (powers / powers.sum(axis=2, keepdims=True)).mean(axis=0)


@wrong("mean_probabilities", "averaged over the images")
def _(scores):
    """It averages over the images and leaves the networks apart."""
    return softmax(scores).mean(axis=1)


@wrong("mean_probabilities", "sum")
def _(scores):
    """It adds the networks' probabilities up and does not divide by their number."""
    total = np.zeros(scores.shape[1:])
    for network in scores:
        total += softmax(network)
    return total


@wrong("mean_probabilities")
def _(scores):
    """It averages the exponentials first and makes them probabilities afterwards."""
    powers = np.exp(scores).mean(axis=0)
    return powers / powers.sum(axis=-1, keepdims=True)


@wrong("mean_probabilities", "softmax over everything")
def _(scores):
    """Its softmax divides by the sum over everything: the axis is missing."""
    powers = np.exp(scores - scores.max())
    return (powers / powers.sum()).mean(axis=0)


@wrong("mean_probabilities", "sigmoid")
def _(scores):
    """It uses a sigmoid for each class in place of a softmax."""
    return (1 / (1 + np.exp(-scores))).mean(axis=0)


@wrong("mean_probabilities", "votes")
def _(scores):
    """It lets the networks vote: each gives its best class a one and the others nothing."""
    votes = np.eye(scores.shape[-1])[scores.argmax(axis=-1)]
    return votes.mean(axis=0)


@wrong("mean_probabilities", "geometric mean")
def _(scores):
    """It takes the geometric mean of the probabilities."""
    return np.exp(np.log(softmax(scores)).mean(axis=0))


@wrong("unpool", "last kept")
def _(values, switches, height, width):
    """Of two values at one switch it keeps the last, where they should add up."""
    image = np.zeros(height * width)
    image[switches.ravel()] = values.ravel()
    return image.reshape(height, width)


@wrong("unpool", "columns first")
def _(values, switches, height, width):
    """It counts the pixels column by column."""
    image = np.zeros(height * width)
    np.add.at(image, switches.ravel(), values.ravel())
    return image.reshape(width, height).T


@wrong("unpool", "largest kept")
def _(values, switches, height, width):
    """Of two values at one switch it keeps the larger."""
    image = np.zeros(height * width)
    np.maximum.at(image, switches.ravel(), values.ravel())
    return image.reshape(height, width)


@wrong("unpool", "mean kept")
def _(values, switches, height, width):
    """Values that meet at one switch are averaged, not added."""
    image, count = np.zeros(height * width), np.zeros(height * width)
    np.add.at(image, switches.ravel(), values.ravel())
    np.add.at(count, switches.ravel(), 1)
    return (image / np.maximum(count, 1)).reshape(height, width)


@wrong("unpool", "upper left corners")
def _(values, switches, height, width):
    """It puts each value into the first pixel of its window and does not read the switch."""
    image = np.zeros((height, width))
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            image[2 * i, 2 * j] += values[i, j]
    return image


@wrong("unpool", "spread")
def _(values, switches, height, width):
    """It fills the whole window with its value and does not read the switch."""
    image = np.zeros((height, width))
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            image[2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += values[i, j]
    return image


@wrong("unpool", "counted from 1")
def _(values, switches, height, width):
    """It counts the pixels from 1, and is one pixel off."""
    image = np.zeros(height * width)
    for value, switch in zip(values.ravel(), switches.ravel(), strict=True):
        image[switch - 1] += value
    return image.reshape(height, width)


@wrong("unpool", "on its side")
def _(values, switches, height, width):
    """It takes row and column of the switch for each other, in an image turned on its side."""
    image = np.zeros((width, height))
    for value, switch in zip(values.ravel(), switches.ravel(), strict=True):
        image[switch % width, switch // width] += value
    return image


@wrong("unpool", "ones")
def _(values, switches, height, width):
    """It counts how often each pixel was a maximum and leaves the values out."""
    count = np.bincount(switches.ravel(), minlength=height * width)
    return count.reshape(height, width).astype(float)


@wrong("unpool", "first kept")
def _(values, switches, height, width):
    """Of two values at one switch it keeps the first."""
    image = np.zeros((height, width))
    for value, switch in zip(values.flat, switches.flat, strict=True):
        row, column = divmod(switch, width)
        if image[row, column] == 0:
            image[row, column] = value
    return image


@wrong("unpool", "fractions cut off")
def _(values, switches, height, width):
    """Its image holds whole numbers, so the fractions are cut off."""
    image = np.zeros(height * width, dtype=int)
    for value, switch in zip(values.ravel(), switches.ravel(), strict=True):
        image[switch] += int(value)
    return image.reshape(height, width).astype(float)


@wrong("back_through_relu", "swapped")
def _(before, signal):
    """The gradient's rule and the deconvnet's have changed places."""
    gradient = signal * (before > 0)
    deconvnet = np.maximum(signal, 0)
    return np.stack([deconvnet, gradient, np.maximum(gradient, 0)])


@wrong("back_through_relu", "guided as either")
def _(before, signal):
    """Guided backpropagation passes what either rule lets pass, not both."""
    gradient = np.where(before > 0, signal, 0)
    deconvnet = np.where(signal > 0, signal, 0)
    guided = np.where((before > 0) | (signal > 0), signal, 0)
    return np.stack([gradient, deconvnet, guided])


@wrong("back_through_relu", "times the output")
def _(before, signal):
    """The signal is multiplied by the ReLU's output, not by its slope."""
    opened = np.maximum(before, 0)
    return np.stack([signal * opened, np.maximum(signal, 0), np.maximum(signal, 0) * opened])


@wrong("back_through_relu", "guided squared")
def _(before, signal):
    """It multiplies the two results for the guided one, and the signal is squared."""
    gradient = np.where(before > 0, signal, 0)
    deconvnet = np.maximum(signal, 0)
    return np.stack([gradient, deconvnet, gradient * deconvnet])


@wrong("back_through_relu", "masks")
def _(before, signal):
    """It returns the masks, ones and zeros, and not the signal behind them."""
    gradient, deconvnet = before > 0, signal > 0
    return np.stack([gradient, deconvnet, gradient & deconvnet]).astype(float)


@wrong("back_through_relu", "deconvnet of the input")
def _(before, signal):
    """The deconvnet draws the ReLU's own output, not the signal that comes back."""
    gradient = signal * (before > 0)
    return np.stack([gradient, np.maximum(before, 0), np.maximum(gradient, 0)])


@wrong("back_through_relu", "guided as mean")
def _(before, signal):
    """Guided backpropagation is taken for the mean of the two others."""
    gradient = signal * (before > 0)
    deconvnet = np.maximum(signal, 0)
    return np.stack([gradient, deconvnet, (gradient + deconvnet) / 2])


@wrong("back_through_relu", "deconvnet without sign")
def _(before, signal):
    """The deconvnet passes the size of the signal, without its sign."""
    gradient = signal * (before > 0)
    deconvnet = np.abs(signal)
    return np.stack([gradient, deconvnet, np.abs(gradient)])


@wrong("back_through_relu", "guided first")
def _(before, signal):
    """The guided signal comes first."""
    gradient = signal * (before > 0)
    deconvnet = np.maximum(signal, 0)
    return np.stack([np.minimum(gradient, deconvnet) * (before > 0) * (signal > 0), gradient, deconvnet])


@wrong("back_through_relu", "guided twice")
def _(before, signal):
    """The gradient's rule also stops what is negative, so that it does the guided one's work."""
    gradient = np.maximum(signal * (before > 0), 0)
    deconvnet = np.maximum(signal, 0)
    return np.stack([gradient, deconvnet, gradient])


@wrong("back_through_relu", "open at 0")
def _(before, signal):
    """It passes the signal where the ReLU had read exactly 0."""
    gradient = np.where(before >= 0, signal, 0)
    return np.stack([gradient, np.maximum(signal, 0), np.maximum(gradient, 0)])


@wrong("count_crops", "one position short")
def _(size, crop, images):
    """There are size - crop positions along a side, without the one more."""
    return 2 * (size - crop) ** 2 * images


@wrong("count_crops", "no mirror")
def _(size, crop, images):
    """The mirror images are forgotten."""
    return (size - crop + 1) ** 2 * images


@wrong("count_crops", "of one image")
def _(size, crop, images):
    """It counts for one image, not for the training set."""
    return 2 * (size - crop + 1) ** 2


@wrong("count_crops", "one axis")
def _(size, crop, images):
    """It moves the square along one side only."""
    return images * (size - crop + 1) * 2


@wrong("count_crops", "mirrored both ways")
def _(size, crop, images):
    """It also mirrors top to bottom."""
    return 4 * images * (size - crop + 1) ** 2


@wrong("count_crops", "ten crops")
def _(size, crop, images):
    """It takes the ten crops of testing: four corners and the middle, mirrored or not."""
    return images * 10


@wrong("count_crops", "over the edge")
def _(size, crop, images):
    """It lets the square begin at any pixel of the image, also where it hangs over the edge."""
    return images * 2 * size * size


@wrong("count_crops", "one position too many")
def _(size, crop, images):
    """It counts one position too many along each side."""
    return images * 2 * (size - crop + 2) ** 2


@wrong("count_crops", "pixels left over")
def _(size, crop, images):
    """It counts the pixels that are left over beside the crop, not the positions."""
    return images * 2 * (size**2 - crop**2)


@wrong("count_crops", "images mirrored once")
def _(size, crop, images):
    """It mirrors the whole images only, and adds one for each."""
    return images * ((size - crop + 1) ** 2 + 1)


@wrong("count_c3", "no biases")
def _(maps_seen, kernel_size, size):
    """The biases are forgotten."""
    return sum(maps_seen) * kernel_size**2 * (size - kernel_size + 1) ** 2


@wrong("count_c3", "one bias")
def _(maps_seen, kernel_size, size):
    """The layer has one bias for all of its maps."""
    return (sum(maps_seen) * kernel_size**2 + 1) * (size - kernel_size + 1) ** 2


@wrong("count_c3", "input positions")
def _(maps_seen, kernel_size, size):
    """The outputs are taken to be as large as the maps that are read."""
    return sum(seen * kernel_size**2 + 1 for seen in maps_seen) * size**2


@wrong("count_c3", "one position short")
def _(maps_seen, kernel_size, size):
    """The output's side is one too small."""
    return sum(seen * kernel_size**2 + 1 for seen in maps_seen) * (size - kernel_size) ** 2


@wrong("count_c3", "parameters")
def _(maps_seen, kernel_size, size):
    """It counts parameters, not how often each is used."""
    return sum(seen * kernel_size**2 + 1 for seen in maps_seen)


@wrong("count_c3", "biases used once")
def _(maps_seen, kernel_size, size):
    """A bias is counted once for its map and not once at each place."""
    out = size - kernel_size + 1
    return sum(maps_seen) * kernel_size**2 * out**2 + len(maps_seen)


@wrong("count_c3", "everything sees everything")
def _(maps_seen, kernel_size, size):
    """Every map is taken to see all maps, as in a layer without a table."""
    out = size - kernel_size + 1
    return len(maps_seen) * (max(maps_seen) * kernel_size**2 + 1) * out**2


@wrong("count_c3", "bias once for each kernel")
def _(maps_seen, kernel_size, size):
    """Each kernel gets a bias of its own, one for every map that is seen."""
    out = size - kernel_size + 1
    return sum(maps_seen) * (kernel_size**2 + 1) * out**2


@wrong("count_c3", "one row")
def _(maps_seen, kernel_size, size):
    """It multiplies by one side of the output, not by both."""
    return sum(seen * kernel_size**2 + 1 for seen in maps_seen) * (size - kernel_size + 1)


@wrong("count_c3", "one map each")
def _(maps_seen, kernel_size, size):
    """Each map has one kernel, however many maps it sees."""
    return len(maps_seen) * (kernel_size**2 + 1) * (size - kernel_size + 1) ** 2


@wrong("count_traffic", "own share sent")
def _(cards, channels, size, batch):
    """Each card fetches all channels, its own as well."""
    return 4 * batch * channels * size**2 * cards


@wrong("count_traffic", "one card")
def _(cards, channels, size, batch):
    """It counts what arrives at one card, not at all of them."""
    return 4 * batch * (channels - channels // cards) * size**2


@wrong("count_traffic", "one share each")
def _(cards, channels, size, batch):
    """Each channel is sent once, to one other card."""
    return 4 * batch * channels * size**2


@wrong("count_traffic", "elements")
def _(cards, channels, size, batch):
    """It counts numbers, not bytes."""
    return batch * channels * (cards - 1) * size**2


@wrong("count_traffic", "one image")
def _(cards, channels, size, batch):
    """It counts for one image, not for the batch."""
    return 4 * channels * (cards - 1) * size**2


@wrong("count_traffic", "sent and received")
def _(cards, channels, size, batch):
    """It counts what is sent and what arrives, each byte twice."""
    arriving = 4 * batch * channels * (cards - 1) * size**2
    return 2 * arriving


@wrong("count_traffic", "bits")
def _(cards, channels, size, batch):
    """It counts bits, 32 for each number."""
    return 32 * batch * channels * (cards - 1) * size * size


@wrong("count_traffic", "one row")
def _(cards, channels, size, batch):
    """It counts one row of pixels of each map."""
    return 4 * batch * channels * (cards - 1) * size


@wrong("count_traffic", "all channels from each")
def _(cards, channels, size, batch):
    """It fetches all channels from each of the other cards, not the share that each holds."""
    return 4 * batch * size**2 * channels * cards * (cards - 1)


@wrong("count_traffic", "one share")
def _(cards, channels, size, batch):
    """It counts what a card holds itself, one share."""
    return 4 * batch * size**2 * (channels // cards)


@wrong("count_batch", "rounded up")
def _(memory_mib, params, kept_kib):
    """It rounds up, and the last image does not fit."""
    free = memory_mib * 2**20 - 12 * params
    return -(-free // (kept_kib * 2**10))


@wrong("count_batch", "weights only")
def _(memory_mib, params, kept_kib):
    """It stores each parameter once, without gradient and velocity."""
    return (memory_mib * 2**20 - 4 * params) // (kept_kib * 2**10)


@wrong("count_batch", "no velocity")
def _(memory_mib, params, kept_kib):
    """It forgets the velocity."""
    return (memory_mib * 2**20 - 2 * 4 * params) // (kept_kib * 2**10)


@wrong("count_batch", "decimal")
def _(memory_mib, params, kept_kib):
    """It takes a MiB for a million bytes and a KiB for a thousand."""
    return (memory_mib * 10**6 - 12 * params) // (kept_kib * 1000)


@wrong("count_batch", "activations only")
def _(memory_mib, params, kept_kib):
    """It gives the whole memory to the images and nothing to the parameters."""
    return memory_mib * 1024 // kept_kib


@wrong("count_batch", "one a byte")
def _(memory_mib, params, kept_kib):
    """It takes three numbers for three bytes."""
    return (memory_mib * 2**20 - 3 * params) // (kept_kib * 2**10)


@wrong("count_batch", "network for each image")
def _(memory_mib, params, kept_kib):
    """It pays for the parameters anew with each image."""
    return memory_mib * 2**20 // (12 * params + kept_kib * 2**10)


@wrong("count_batch", "decimal KiB")
def _(memory_mib, params, kept_kib):
    """It takes a KiB for a thousand bytes."""
    return (memory_mib * 2**20 - 12 * params) // (kept_kib * 1000)


@wrong("count_batch", "power of two")
def _(memory_mib, params, kept_kib):
    """It takes the largest power of two that fits."""
    fits = (memory_mib * 2**20 - 12 * params) // (kept_kib * 2**10)
    return 2 ** (fits.bit_length() - 1)


@wrong("count_batch", "as Adam")
def _(memory_mib, params, kept_kib):
    """It keeps four numbers a parameter, as Adam does."""
    return (memory_mib * 2**20 - 16 * params) // (kept_kib * 2**10)


@wrong("count_batch", "rounded up")
def _(memory_mib, params, kept_kib):
    """What the parameters take is cut to whole MiB, as a monitor shows it."""
    left = memory_mib - 12 * params // 2**20
    return left * 1024 // kept_kib


@wrong("count_traffic", "sent and received")
def _(cards, channels, size, batch):
    """Every number takes eight bytes, as NumPy's own floats do."""
    share = channels // cards * size * size * batch
    return cards * (cards - 1) * share * 8


@wrong("count_c3")
def _(maps_seen, kernel_size, size):
    """The layer is given the 16 biases of LeNet-5's own."""
    return (sum(maps_seen) * kernel_size**2 + 16) * (size - kernel_size + 1) ** 2

"""Wrong answers to the exercises of chapter 20, as people give them."""

import numpy as np

from wrong_answers import wrong


def counted(in_channels, channels, kernel_size, chosen, norm=2):
    """Weights and scales of some convolutions: what most answers below start from."""
    sizes = [in_channels, *channels]
    return sum(sizes[i] * sizes[i + 1] * kernel_size**2 + norm * sizes[i + 1] for i in chosen)


@wrong("count_trained", "everything")
def _(in_channels, channels, kernel_size, frozen, classes):
    """All parameters are counted, frozen or not."""
    return counted(in_channels, channels, kernel_size, range(5)) + (channels[4] + 1) * classes


@wrong("count_trained", "only the head")
def _(in_channels, channels, kernel_size, frozen, classes):
    """Only the new head is counted."""
    return (channels[4] + 1) * classes


@wrong("count_trained", "head forgotten")
def _(in_channels, channels, kernel_size, frozen, classes):
    """The head is forgotten."""
    return counted(in_channels, channels, kernel_size, range(frozen, 5))


@wrong("count_trained", "head without biases")
def _(in_channels, channels, kernel_size, frozen, classes):
    """The head has no biases."""
    return counted(in_channels, channels, kernel_size, range(frozen, 5)) + channels[4] * classes


@wrong("count_trained", "frozen ones")
def _(in_channels, channels, kernel_size, frozen, classes):
    """The frozen layers are counted instead of the others."""
    return counted(in_channels, channels, kernel_size, range(frozen)) + (channels[4] + 1) * classes


@wrong("count_trained", "no normalization")
def _(in_channels, channels, kernel_size, frozen, classes):
    """Scales and shifts are forgotten."""
    return counted(in_channels, channels, kernel_size, range(frozen, 5), 0) + (channels[4] + 1) * classes


@wrong("count_trained", "running statistics")
def _(in_channels, channels, kernel_size, frozen, classes):
    """Running means and variances are counted."""
    return counted(in_channels, channels, kernel_size, range(frozen, 5), 4) + (channels[4] + 1) * classes


@wrong("count_trained", "one more frozen")
def _(in_channels, channels, kernel_size, frozen, classes):
    """The range begins one too late."""
    return counted(in_channels, channels, kernel_size, range(frozen + 1, 5)) + (channels[4] + 1) * classes


@wrong("count_trained", "one fewer frozen")
def _(in_channels, channels, kernel_size, frozen, classes):
    """The range begins one too early."""
    return counted(in_channels, channels, kernel_size, range(frozen - 1, 5)) + (channels[4] + 1) * classes


@wrong("count_trained", "three by three")
def _(in_channels, channels, kernel_size, frozen, classes):
    """Kernels are thought to be 3×3."""
    return counted(in_channels, channels, 3, range(frozen, 5)) + (channels[4] + 1) * classes


def middle_of(image, crop):
    top, left = ((side - crop) // 2 for side in image.shape[:2])
    return image[top : top + crop, left : left + crop].astype(float)


@wrong("prepared", "not scaled")
def _(image, crop, mean, std):
    """Bytes are not divided by 255."""
    return np.moveaxis((middle_of(image, crop) - mean) / std, 2, 0)


@wrong("prepared", "divided by 256")
def _(image, crop, mean, std):
    """256 stands for 255."""
    return np.moveaxis((middle_of(image, crop) / 256 - mean) / std, 2, 0)


@wrong("prepared", "mean before scaling")
def _(image, crop, mean, std):
    """The mean is subtracted from bytes."""
    return np.moveaxis((middle_of(image, crop) - mean) / 255 / std, 2, 0)


@wrong("prepared", "mean not subtracted")
def _(image, crop, mean, std):
    """The mean is forgotten."""
    return np.moveaxis(middle_of(image, crop) / 255 / std, 2, 0)


@wrong("prepared", "not divided by the deviation")
def _(image, crop, mean, std):
    """The deviation is forgotten."""
    return np.moveaxis(middle_of(image, crop) / 255 - mean, 2, 0)


@wrong("prepared", "channels last")
def _(image, crop, mean, std):
    """The channels stay last."""
    return (middle_of(image, crop) / 255 - mean) / std


@wrong("prepared", "sides exchanged")
def _(image, crop, mean, std):
    """All axes are turned around."""
    return ((middle_of(image, crop) / 255 - mean) / std).T


@wrong("prepared", "reshaped")
def _(image, crop, mean, std):
    """The array is reshaped."""
    return ((middle_of(image, crop) / 255 - mean) / std).reshape(3, crop, crop)


@wrong("prepared", "corner")
def _(image, crop, mean, std):
    """The upper left corner is cut out."""
    return np.moveaxis((image[:crop, :crop] / 255 - mean) / std, 2, 0)


@wrong("prepared", "own mean")
def _(image, crop, mean, std):
    """The picture's own mean is subtracted."""
    middle = middle_of(image, crop) / 255
    return np.moveaxis((middle - middle.mean(axis=(0, 1))) / std, 2, 0)


def logs(scores):
    scores = scores - scores.max(axis=1)[:, None]
    return scores - np.log(np.exp(scores).sum(axis=1))[:, None]


def two_terms(student, teacher, labels, temperature, own=None):
    """The hard and the soft term, an image each: what the answers below start from."""
    own = temperature if own is None else own
    hard = np.array([-row[label] for row, label in zip(logs(student), labels, strict=True)])
    soft = -(np.exp(logs(teacher / temperature)) * logs(student / own)).sum(axis=1)
    return hard, soft


@wrong("prepared")
def _(image, crop, mean, std):
    """Counted from the end, where nothing is cut off: [0:-0] is empty."""
    rows, columns = (side - crop for side in image.shape[:2])
    top, left = rows // 2, columns // 2
    middle = image[top : -(rows - top), left : -(columns - left)]
    return np.moveaxis((middle / 255 - mean) / std, 2, 0)


@wrong("distillation_loss")
def _(student, teacher, labels, temperature, weight):
    """The teacher's softmax takes powers of e as large as the scores make them."""
    hard, _ = two_terms(student, teacher, labels, temperature)
    powers = np.exp(teacher / temperature)
    targets = powers / powers.sum(axis=1, keepdims=True)
    soft = student / temperature
    soft = soft - soft.max(axis=1, keepdims=True)
    soft = soft - np.log(np.exp(soft).sum(axis=1, keepdims=True))
    return (hard - weight * (targets * soft).sum(axis=1)).mean()


@wrong("distillation_loss")
def _(student, teacher, labels, temperature, weight):
    """The logarithm is taken of the student's softmax, which may be 0."""
    hard, _ = two_terms(student, teacher, labels, temperature)

    def softmax(scores):
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    soft = -(softmax(teacher / temperature) * np.log(softmax(student / temperature))).sum(axis=1)
    return (hard + weight * soft).mean()


@wrong("distillation_loss", "weight forgotten")
def _(student, teacher, labels, temperature, weight):
    """λ is forgotten."""
    return sum(two_terms(student, teacher, labels, temperature)).mean()


@wrong("distillation_loss", "squared temperature")
def _(student, teacher, labels, temperature, weight):
    """τ² is put in front, as Hinton and colleagues do."""
    hard, soft = two_terms(student, teacher, labels, temperature)
    return (hard + weight * temperature**2 * soft).mean()


@wrong("distillation_loss", "shared weight")
def _(student, teacher, labels, temperature, weight):
    """The weights of both terms sum to 1."""
    hard, soft = two_terms(student, teacher, labels, temperature)
    return ((1 - weight) * hard + weight * soft).mean()


@wrong("distillation_loss", "student not softened")
def _(student, teacher, labels, temperature, weight):
    """Only the teacher is softened."""
    hard, soft = two_terms(student, teacher, labels, temperature, 1)
    return (hard + weight * soft).mean()


@wrong("distillation_loss", "teacher not softened")
def _(student, teacher, labels, temperature, weight):
    """Only the student is softened."""
    hard, soft = two_terms(student, teacher, labels, 1, temperature)
    return (hard + weight * soft).mean()


@wrong("distillation_loss", "no temperature")
def _(student, teacher, labels, temperature, weight):
    """The temperature is forgotten."""
    hard, soft = two_terms(student, teacher, labels, 1)
    return (hard + weight * soft).mean()


@wrong("distillation_loss", "temperature for labels")
def _(student, teacher, labels, temperature, weight):
    """The labels' term is softened as well."""
    hard, _ = two_terms(student / temperature, teacher, labels, temperature)
    _, soft = two_terms(student, teacher, labels, temperature)
    return (hard + weight * soft).mean()


@wrong("distillation_loss", "summed")
def _(student, teacher, labels, temperature, weight):
    """The images are summed."""
    hard, soft = two_terms(student, teacher, labels, temperature)
    return (hard + weight * soft).sum()


@wrong("distillation_loss", "labels only")
def _(student, teacher, labels, temperature, weight):
    """The teacher is not asked."""
    return two_terms(student, teacher, labels, temperature)[0].mean()


@wrong("distillation_loss", "teacher only")
def _(student, teacher, labels, temperature, weight):
    """The labels are not used."""
    return weight * two_terms(student, teacher, labels, temperature)[1].mean()


def far(first, second):
    return np.linalg.norm(first - second, axis=1)


@wrong("contrastive_loss", "exchanged")
def _(first, second, same, margin):
    """Alike and different are exchanged."""
    d = far(first, second)
    return np.where(same, np.clip(margin - d, 0, None) ** 2, d**2).mean()


@wrong("contrastive_loss", "no limit")
def _(first, second, same, margin):
    """The maximum with 0 is forgotten."""
    d = far(first, second)
    return np.where(same, d**2, (margin - d) ** 2).mean()


@wrong("contrastive_loss", "not squared")
def _(first, second, same, margin):
    """What lacks to the margin is not squared."""
    d = far(first, second)
    return np.where(same, d**2, np.clip(margin - d, 0, None)).mean()


@wrong("contrastive_loss", "distance not squared")
def _(first, second, same, margin):
    """The distance is not squared."""
    d = far(first, second)
    return np.where(same, d, np.clip(margin - d, 0, None) ** 2).mean()


@wrong("contrastive_loss", "square within the margin")
def _(first, second, same, margin):
    """The squared distance is compared with the margin."""
    d = far(first, second)
    return np.where(same, d**2, np.clip(margin - d**2, 0, None) ** 2).mean()


@wrong("contrastive_loss", "sum of differences")
def _(first, second, same, margin):
    """The distance is that of a taxi."""
    d = abs(first - second).sum(axis=1)
    return np.where(same, d**2, np.clip(margin - d, 0, None) ** 2).mean()


@wrong("contrastive_loss", "no root")
def _(first, second, same, margin):
    """The root is forgotten."""
    d = far(first, second) ** 2
    return np.where(same, d**2, np.clip(margin - d, 0, None) ** 2).mean()


@wrong("contrastive_loss", "only alike")
def _(first, second, same, margin):
    """Pairs of two classes are left out."""
    return (far(first, second) ** 2 * same).mean()


@wrong("contrastive_loss", "summed")
def _(first, second, same, margin):
    """The pairs are summed."""
    d = far(first, second)
    return np.where(same, d**2, np.clip(margin - d, 0, None) ** 2).sum()


@wrong("contrastive_loss", "halved")
def _(first, second, same, margin):
    """A half stands in front."""
    d = far(first, second)
    return np.where(same, d**2, np.clip(margin - d, 0, None) ** 2).mean() / 2


def coded(weight, bits, largest, around=np.round, top=None):
    """Weights through codes: what the answers below start from."""
    step = largest / (2 ** (bits - 1) - 1 if top is None else top)
    step = np.where(step > 0, step, 1)
    return around(weight / step) * step


def strongest(weight):
    return np.abs(weight).max(axis=1, keepdims=True)


@wrong("in_few_bits", "as it was")
def _(weight, bits):
    """The code as it was shown."""
    return coded(weight, bits, weight.max(axis=1, keepdims=True))


@wrong("in_few_bits", "one step for all")
def _(weight, bits):
    """One step for the layer."""
    return coded(weight, bits, np.abs(weight).max())


@wrong("in_few_bits", "a step a column")
def _(weight, bits):
    """A step for each column."""
    return coded(weight, bits, np.abs(weight).max(axis=0))


@wrong("in_few_bits", "one code too many")
def _(weight, bits):
    """Codes reach 2^(bits − 1)."""
    return coded(weight, bits, strongest(weight), top=2 ** (bits - 1))


@wrong("in_few_bits", "no sign")
def _(weight, bits):
    """The sign's bit is forgotten."""
    return coded(weight, bits, strongest(weight), top=2**bits - 1)


@wrong("in_few_bits", "cut")
def _(weight, bits):
    """Codes are cut."""
    return coded(weight, bits, strongest(weight), np.trunc)


@wrong("in_few_bits", "rounded down")
def _(weight, bits):
    """Codes are rounded down."""
    return coded(weight, bits, strongest(weight), np.floor)


@wrong("in_few_bits", "codes returned")
def _(weight, bits):
    """The codes are returned."""
    step = strongest(weight) / (2 ** (bits - 1) - 1)
    return np.round(weight / np.where(step > 0, step, 1))


@wrong("in_few_bits", "smallest forgotten")
def _(weight, bits):
    """The most negative weight is taken."""
    return coded(weight, bits, -weight.min(axis=1, keepdims=True))


@wrong("in_few_bits", "whole range")
def _(weight, bits):
    """The step spans from the smallest to the largest weight."""
    return coded(weight, bits, weight.max(axis=1, keepdims=True) - weight.min(axis=1, keepdims=True))


def off(weights, codes, steps):
    return weights - np.einsum("lnm,l->lnm", codes, steps)


@wrong("broken_layer", "steps ignored")
def _(weights, codes, steps):
    """The largest error of all is looked for."""
    return int(abs(off(weights, codes, steps)).max(axis=(1, 2)).argmax())


@wrong("broken_layer", "mean")
def _(weights, codes, steps):
    """Mean errors are compared."""
    return int((abs(off(weights, codes, steps)).mean(axis=(1, 2)) / steps).argmax())


@wrong("broken_layer", "signs cancel")
def _(weights, codes, steps):
    """Errors of both signs are added up."""
    return int((abs(off(weights, codes, steps).mean(axis=(1, 2))) / steps).argmax())


@wrong("broken_layer", "without the size")
def _(weights, codes, steps):
    """The sign of the error is kept."""
    return int((off(weights, codes, steps).max(axis=(1, 2)) / steps).argmax())


@wrong("broken_layer", "codes for weights")
def _(weights, codes, steps):
    """Codes are taken for weights."""
    return int((abs(weights - codes).max(axis=(1, 2)) / steps).argmax())


@wrong("broken_layer", "relative")
def _(weights, codes, steps):
    """Errors are divided by the largest weight."""
    error = abs(off(weights, codes, steps)).max(axis=(1, 2))
    return int((error / abs(weights).max(axis=(1, 2))).argmax())


@wrong("broken_layer", "best layer")
def _(weights, codes, steps):
    """The best layer is named."""
    return int((abs(off(weights, codes, steps)).max(axis=(1, 2)) / steps).argmin())


@wrong("broken_layer", "counted from 1")
def _(weights, codes, steps):
    """Layers are counted from 1."""
    return 1 + int((abs(off(weights, codes, steps)).max(axis=(1, 2)) / steps).argmax())


@wrong("broken_layer", "largest step")
def _(weights, codes, steps):
    """The coarsest layer is blamed."""
    return max(range(len(steps)), key=lambda layer: steps[layer])


@wrong("broken_layer")
def _(weights, codes, steps):
    """The place of the wrong code in its layer is returned."""
    error = abs(off(weights, codes, steps)) / steps[:, None, None]
    return int(error.max(axis=0).argmax())


@wrong("largest_rank", "share not reached")
def _(in_channels, out_channels, kernel_size, share):
    """The rank is raised while the next one costs less, not at most, the share."""
    taps, rank = kernel_size**2, 0
    while (rank + 1) * (in_channels * taps + out_channels) < share * in_channels * out_channels * taps:
        rank += 1
    return rank


@wrong("largest_rank", "second layer forgotten")
def _(in_channels, out_channels, kernel_size, share):
    """The second layer is free."""
    return int(share * out_channels)


@wrong("largest_rank", "rounded")
def _(in_channels, out_channels, kernel_size, share):
    """The rank is rounded."""
    inside = in_channels * kernel_size**2
    return round(share * inside * out_channels / (inside + out_channels))


@wrong("largest_rank", "share ignored")
def _(in_channels, out_channels, kernel_size, share):
    """The share is ignored."""
    inside = in_channels * kernel_size**2
    return inside * out_channels // (inside + out_channels)


@wrong("largest_rank", "one more")
def _(in_channels, out_channels, kernel_size, share):
    """One rank more is taken."""
    inside = in_channels * kernel_size**2
    return int(share * inside * out_channels / (inside + out_channels)) + 1


@wrong("largest_rank", "one less")
def _(in_channels, out_channels, kernel_size, share):
    """One rank less is taken."""
    inside = in_channels * kernel_size**2
    return int(share * inside * out_channels / (inside + out_channels)) - 1


@wrong("largest_rank", "second layer as large")
def _(in_channels, out_channels, kernel_size, share):
    """The second layer has kernels as large."""
    return int(share * in_channels * out_channels / (in_channels + out_channels))


@wrong("largest_rank", "first layer 1×1")
def _(in_channels, out_channels, kernel_size, share):
    """The large kernels stand in the second layer."""
    area = kernel_size**2
    return int(share * in_channels * out_channels * area / (in_channels + out_channels * area))


@wrong("largest_rank", "both 1×1")
def _(in_channels, out_channels, kernel_size, share):
    """Both layers are 1×1."""
    return int(share * in_channels * out_channels * kernel_size**2 / (in_channels + out_channels))


@wrong("largest_rank", "side for area")
def _(in_channels, out_channels, kernel_size, share):
    """K stands for K²."""
    inside = in_channels * kernel_size
    return int(share * inside * out_channels / (inside + out_channels))


@wrong("largest_rank", "rank of the matrix")
def _(in_channels, out_channels, kernel_size, share):
    """A share of the full rank is taken."""
    return int(share * min(in_channels * kernel_size**2, out_channels))


def both(weight, bits, rank):
    """The squared errors of two files: what the answers below start from."""
    u, s, v = np.linalg.svd(weight, full_matrices=False)
    step = strongest(weight) / (2 ** (bits - 1) - 1)
    near = np.round(weight / step) * step
    return ((weight - near) ** 2).sum(), ((weight - u[:, :rank] * s[:rank] @ v[:rank]) ** 2).sum()


def fitting(weight, budget):
    rows, columns = weight.shape
    return int((8 * budget - 32 * rows) // weight.size), budget // (4 * rows + 4 * columns)


def decision(weight, bits, rank):
    by_bits, by_rank = both(weight, bits, rank)
    return np.array([bits, rank, by_bits, by_rank, by_rank < by_bits])


@wrong("bits_or_rank", "always bits")
def _(weight, budget):
    """Few bits are always chosen."""
    return np.array([*decision(weight, *fitting(weight, budget))[:4], 0])


@wrong("bits_or_rank", "always rank")
def _(weight, budget):
    """The low rank is always chosen."""
    return np.array([*decision(weight, *fitting(weight, budget))[:4], 1])


@wrong("bits_or_rank", "exchanged")
def _(weight, budget):
    """The worse one is chosen."""
    *files, choice = decision(weight, *fitting(weight, budget))
    return np.array([*files, 1 - choice])


@wrong("bits_or_rank", "steps not stored")
def _(weight, budget):
    """The steps are not stored."""
    return decision(weight, 8 * budget // weight.size, fitting(weight, budget)[1])


@wrong("bits_or_rank", "one step stored")
def _(weight, budget):
    """One step is stored."""
    return decision(weight, (8 * budget - 32) // weight.size, fitting(weight, budget)[1])


@wrong("bits_or_rank", "mean errors")
def _(weight, budget):
    """Mean errors are returned."""
    bits, rank, *errors, choice = decision(weight, *fitting(weight, budget))
    return np.array([bits, rank, *(each / weight.size for each in errors), choice])


@wrong("bits_or_rank", "rank in numbers")
def _(weight, budget):
    """A float is taken for a byte."""
    return decision(weight, fitting(weight, budget)[0], budget // sum(weight.shape))


@wrong("bits_or_rank", "one factor")
def _(weight, budget):
    """One factor is stored."""
    return decision(weight, fitting(weight, budget)[0], budget // (4 * weight.shape[1]))


@wrong("bits_or_rank", "factors and values")
def _(weight, budget):
    """The singular values are stored by themselves."""
    return decision(weight, fitting(weight, budget)[0], budget // (4 * (sum(weight.shape) + 1)))


@wrong("bits_or_rank", "one rank more")
def _(weight, budget):
    """The rank is rounded up."""
    bits, rank = fitting(weight, budget)
    return decision(weight, bits, rank + 1)


@wrong("broken_layer", "sum of squares")
def _(weights, codes, steps):
    """The layer with the largest mean square error is named, in steps."""
    off = weights / steps[:, None, None] - codes
    return int((off**2).mean(axis=(1, 2)).argmax())


@wrong("prepared", "blue read first")
def _(image, crop, mean, std):
    """The picture is taken for one whose channels are blue, green, red, and turned round first."""
    return ((middle_of(image, crop)[..., ::-1] / 255 - mean) / std).transpose(2, 0, 1)


@wrong("prepared", "odd pixel above")
def _(image, crop, mean, std):
    """The margins are rounded up, so that an odd pixel more is cut off above and on the left."""
    top, left = (-(-(side - crop) // 2) for side in image.shape[:2])
    return ((image[top : top + crop, left : left + crop] / 255 - mean) / std).transpose(2, 0, 1)


@wrong("distillation_loss", "divergence and squared temperature")
def _(student, teacher, labels, temperature, weight):
    """The second term is that of most code: a divergence, times τ²."""
    hard, soft = two_terms(student, teacher, labels, temperature)
    log_targets = logs(teacher / temperature)
    return np.mean(hard + weight * temperature**2 * (soft + (np.exp(log_targets) * log_targets).sum(axis=1)))


@wrong("distillation_loss", "mean over classes")
def _(student, teacher, labels, temperature, weight):
    """The mean of the second term goes over images and classes."""
    hard, _ = two_terms(student, teacher, labels, temperature)
    products = np.exp(logs(teacher / temperature)) * logs(student / temperature)
    return np.mean(hard) - weight * np.mean(products)


@wrong("contrastive_loss", "margin from the other side")
def _(first, second, same, margin):
    """Pairs of two classes cost what they have beyond the margin."""
    d = far(first, second)
    return np.where(same, d**2, np.clip(d - margin, 0, None) ** 2).mean()


@wrong("in_few_bits", "codes cut off")
def _(weight, bits):
    """Codes that are too large are cut off, and the step stays that of the largest positive weight."""
    top = 2 ** (bits - 1) - 1
    return coded(weight, bits, weight.max(axis=1)[:, None], around=lambda c: np.round(c).clip(-top, top))


@wrong("in_few_bits", "sign taken too late")
def _(weight, bits):
    """The size of the largest weight stands for the largest size."""
    return coded(weight, bits, np.abs(weight.max(axis=1))[:, None])


@wrong("bits_or_rank", "rank exactly full")
def _(weight, budget):
    """A rank fits if its factors take less than the budget."""
    bits, rank = fitting(weight, budget)
    return decision(weight, bits, rank - (4 * rank * sum(weight.shape) == budget))


@wrong("bits_or_rank", "bits exactly full")
def _(weight, budget):
    """So many bits fit if codes and steps take less than the budget."""
    bits, rank = fitting(weight, budget)
    return decision(weight, bits - (bits * weight.size + 32 * len(weight) == 8 * budget), rank)


@wrong("bits_or_rank", "rank rounded")
def _(weight, budget):
    """The rank is rounded to the nearest whole number."""
    return decision(weight, fitting(weight, budget)[0], round(budget / 4 / sum(weight.shape)))


@wrong("contrastive_loss", "square for the margin alone")
def _(first, second, same, margin):
    """Squared distances throughout: they are subtracted from the margin, and no square follows."""
    squares = np.einsum("nd,nd->n", first - second, first - second)
    return np.average(np.choose(same, [np.clip(margin - squares, 0, None), squares]))


@wrong("contrastive_loss", "nothing squared")
def _(first, second, same, margin):
    """Distances throughout, and no squares."""
    distance = np.linalg.norm(first - second, axis=1)
    return (distance[same].sum() + (margin - distance[~same]).clip(0).sum()) / len(same)


@wrong("broken_layer", "outlier of its layer")
def _(weights, codes, steps):
    """The layer with the largest error for its mean error."""
    errors = abs(weights - codes * steps[:, None, None])
    return int(np.argmax(errors.max(axis=(1, 2)) / errors.mean(axis=(1, 2))))


@wrong("bits_or_rank", "one step stored")
def _(weight, budget):
    """The steps' four bytes are taken for four bits."""
    rows, columns = weight.shape
    bits, rank = (8 * budget - 4 * rows) // weight.size, budget // (4 * (rows + columns))
    step = abs(weight).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    by_codes = ((weight - np.round(weight / step) * step) ** 2).sum()
    by_rank = (np.linalg.svd(weight)[1][rank:] ** 2).sum()
    return np.array([bits, rank, by_codes, by_rank, by_rank < by_codes])


@wrong("count_trained", "biases of what is read")
def _(in_channels, channels, kernel_size, frozen, classes):
    """The linear layer has a bias for each channel that comes in."""
    pairs = list(zip([in_channels, *channels], channels, strict=False))[frozen:]
    trained = sum(write * (read * kernel_size**2 + 2) for read, write in pairs)
    return trained + channels[-1] * classes + channels[-1]


@wrong("bits_or_rank", "rows filled up")
def _(weight, budget):
    """Each row of codes begins with a byte of its own."""
    rows, columns = weight.shape
    bits = 1
    while rows * (-(-columns * (bits + 1) // 8) + 4) <= budget:
        bits += 1
    step = abs(weight).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    u, s, v = np.linalg.svd(weight, full_matrices=False)
    rank = budget // (4 * (rows + columns))
    files = np.round(weight / step) * step, (u[:, :rank] * s[:rank]) @ v[:rank]
    coded, ranked = (((weight - each) ** 2).sum() for each in files)
    return np.array([bits, rank, coded, ranked, ranked < coded])


@wrong("contrastive_loss")
def _(first, second, same, margin):
    """The mean of the alike pairs and that of the others are averaged, however many each are."""
    distance = np.linalg.norm(first - second, axis=1)
    return ((distance[same] ** 2).mean() + (np.maximum(margin - distance[~same], 0) ** 2).mean()) / 2


@wrong("contrastive_loss")
def _(first, second, same, margin):
    """An output is taken for a point of the plane."""
    distance = np.hypot(first[:, 0] - second[:, 0], first[:, 1] - second[:, 1])
    return np.where(same, distance**2, np.maximum(margin - distance, 0) ** 2).mean()

"""Wrong answers to the exercises of chapter 12, as fresh solvers gave them."""

import math

import numpy as np

from wrong_answers import wrong


@wrong("squash", "not divided")
def _(s):
    """The vector is not divided by its length before it is scaled."""
    squared = (s**2).sum(axis=1, keepdims=True)
    return squared / (1 + squared) * s


@wrong("squash", "unit vectors")
def _(s):
    """All vectors become unit vectors."""
    length = np.sqrt((s**2).sum(axis=1, keepdims=True))
    return s / np.where(length == 0, 1, length)


@wrong("squash", "no squares")
def _(s):
    """The length n becomes n / (1 + n): the squares are forgotten."""
    return s / (1 + np.linalg.norm(s, axis=1, keepdims=True))


@wrong("squash", "first axis")
def _(s):
    """The length is taken over the vectors, not over the numbers of one."""
    n = np.linalg.norm(s, axis=0)
    return s * n / (1 + n**2)


@wrong("squash", "one length for all")
def _(s):
    """One length is taken for the whole array."""
    n = np.linalg.norm(s)
    return s * n / (1 + n**2)


@wrong("squash", "each number")
def _(s):
    """Each number is squashed by itself."""
    return np.sign(s) * s**2 / (1 + s**2)


@wrong("squash", "square for length")
def _(s):
    """The root of the length is forgotten: the sum of squares is taken for the length."""
    n = (s**2).sum(axis=1, keepdims=True)
    return s * n / (1 + n**2)


@wrong("squash")
def _(s):
    """The 1 in the denominator is remembered as 0.5."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    return s * n / (0.5 + n**2)


@wrong("squash", "under a root")
def _(s):
    """The length n becomes n / √(1 + n²)."""
    return s / np.sqrt(1 + (s**2).sum(axis=1, keepdims=True))


@wrong("squash", "lengths alone")
def _(s):
    """Only the new lengths are returned."""
    squared = (s**2).sum(axis=1)
    return squared / (1 + squared)


@wrong("squash_backward", "slopes exchanged")
def _(s, upstream):
    """The two slopes are exchanged."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    unit = s / n
    along = (upstream * unit).sum(axis=1, keepdims=True) * unit
    return along * n / (1 + n**2) + (upstream - along) * 2 * n / (1 + n**2) ** 2


@wrong("squash_backward", "turned away")
def _(s, upstream):
    """Only the part along s is returned."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    unit = s / n
    along = (upstream * unit).sum(axis=1, keepdims=True) * unit
    return along * 2 * n / (1 + n**2) ** 2


@wrong("squash_backward", "only turning")
def _(s, upstream):
    """Only the part across s is returned."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    unit = s / n
    across = upstream - (upstream * unit).sum(axis=1, keepdims=True) * unit
    return across * n / (1 + n**2)


@wrong("squash_backward", "along for all")
def _(s, upstream):
    """All of the gradient gets the slope along s; nothing is split."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    return upstream * 2 * n / (1 + n**2) ** 2


@wrong("squash_backward", "denominator not squared")
def _(s, upstream):
    """The denominator of the slope along s is not squared."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    unit = s / n
    along = (upstream * unit).sum(axis=1, keepdims=True) * unit
    return along * 2 * n / (1 + n**2) + (upstream - along) * n / (1 + n**2)


@wrong("squash_backward", "two forgotten")
def _(s, upstream):
    """The 2 of the slope along s is forgotten."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    unit = s / n
    along = (upstream * unit).sum(axis=1, keepdims=True) * unit
    return along * n / (1 + n**2) ** 2 + (upstream - along) * n / (1 + n**2)


@wrong("squash_backward", "no unit vector")
def _(s, upstream):
    """The gradient is projected on s itself, not on the unit vector."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    along = (upstream * s).sum(axis=1, keepdims=True) * s
    return along * 2 * n / (1 + n**2) ** 2 + (upstream - along) * n / (1 + n**2)


@wrong("squash_backward", "each number")
def _(s, upstream):
    """Each number is treated as a vector of length one, with its own slope."""
    return upstream * 2 * np.abs(s) / (1 + s**2) ** 2


@wrong("squash_backward", "not taken off")
def _(s, upstream):
    """The part along s is not taken off before the slope across is applied."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    unit = s / n
    along = (upstream * unit).sum(axis=1, keepdims=True) * unit
    return along * 2 * n / (1 + n**2) ** 2 + upstream * n / (1 + n**2)


@wrong("squash_backward", "length for slope")
def _(s, upstream):
    """The slope across s is taken to be the squashed length, not that by n."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    unit = s / n
    along = (upstream * unit).sum(axis=1, keepdims=True) * unit
    return along * 2 * n / (1 + n**2) ** 2 + (upstream - along) * n**2 / (1 + n**2)


@wrong("prediction_vectors", "summed")
def _(u, weight):
    """The predictions of all parts are added up."""
    return np.einsum("ip,ijpd->jd", u, weight)


@wrong("prediction_vectors", "squashed")
def _(u, weight):
    """The predictions are squashed."""
    v = np.einsum("ip,ijpd->ijd", u, weight)
    n = np.sqrt((v**2).sum(axis=-1, keepdims=True))
    return v * n / (1 + n**2)


@wrong("prediction_vectors", "shares too early")
def _(u, weight):
    """The predictions are already multiplied by the equal shares."""
    return np.einsum("ip,ijpd->ijd", u, weight) / weight.shape[1]


@wrong("prediction_vectors", "unit poses")
def _(u, weight):
    """The poses are made unit vectors first."""
    n = np.linalg.norm(u, axis=1, keepdims=True)
    return np.einsum("ip,ijpd->ijd", u / np.where(n == 0, 1, n), weight)


@wrong("prediction_vectors", "shared")
def _(u, weight):
    """The matrices of the first part serve all parts."""
    return np.einsum("ip,jpd->ijd", u, weight[0])


@wrong("prediction_vectors", "summed apart")
def _(u, weight):
    """Pose and matrix have different letters in the sum, so both are added up on their own."""
    return np.einsum("ip,ijqd->ijd", u, weight)


@wrong("prediction_vectors", "relu")
def _(u, weight):
    """A ReLU is applied to the predictions."""
    return np.maximum(np.einsum("ip,ijpd->ijd", u, weight), 0)


@wrong("prediction_vectors")
def _(u, weight):
    """The matrices are turned by reshape instead of a transposition."""
    i, j, p, d = weight.shape
    return (weight.reshape(i, j, d, p) @ u[:, None, :, None])[..., 0]


@wrong("prediction_vectors")
def _(u, weight):
    """Parts and wholes are exchanged by reshape."""
    i, j, p, d = weight.shape
    return np.einsum("ip,jipd->ijd", u, weight.reshape(j, i, p, d))


@wrong("prediction_vectors", "mean pose")
def _(u, weight):
    """The mean pose of all parts takes the place of each part's own."""
    return np.einsum("p,ijpd->ijd", u.mean(axis=0), weight)


@wrong("route_by_agreement", "softmax over the inputs")
def _(predictions, iterations):
    """The softmax runs over the parts, not over the wholes."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        shares = np.exp(logits - logits.max(axis=0))
        shares /= shares.sum(axis=0)
        s = np.einsum("ij,ijd->jd", shares, predictions)
        n = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * n / (1 + n**2)
        logits = logits + np.einsum("ijd,jd->ij", predictions, v)
    return v


@wrong("route_by_agreement", "agreement with s")
def _(predictions, iterations):
    """Squash is applied once, at the end, and not before the agreements are measured."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        s = np.einsum("ij,ijd->jd", shares, predictions)
        logits = logits + np.einsum("ijd,jd->ij", predictions, s)
    n = np.linalg.norm(s, axis=1, keepdims=True)
    return s * n / (1 + n**2)


@wrong("route_by_agreement", "squash forgotten")
def _(predictions, iterations):
    """Squash is forgotten altogether."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        s = (shares[:, :, None] * predictions).sum(axis=0)
        logits = logits + (predictions * s).sum(axis=2)
    return s


@wrong("route_by_agreement", "logits replaced")
def _(predictions, iterations):
    """The agreement replaces the logits instead of being added to them."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        s = (shares[:, :, None] * predictions).sum(axis=0)
        n = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * n / (1 + n**2)
        logits = (predictions * v).sum(axis=2)
    return v


@wrong("route_by_agreement", "one more")
def _(predictions, iterations):
    """The start with equal shares is not counted, so there is one iteration too many."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations + 1):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        s = (shares[:, :, None] * predictions).sum(axis=0)
        n = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * n / (1 + n**2)
        logits = logits + (predictions * v).sum(axis=2)
    return v


@wrong("route_by_agreement", "whole shares first")
def _(predictions, iterations):
    """The first iteration gives each whole all of a part, not an equal share."""
    logits, shares = np.zeros(predictions.shape[:2]), np.ones(predictions.shape[:2])
    for _ in range(iterations):
        s = np.einsum("ij,ijd->jd", shares, predictions)
        n = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * n / (1 + n**2)
        logits = logits + np.einsum("ijd,jd->ij", predictions, v)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
    return v


@wrong("route_by_agreement", "mean over the inputs")
def _(predictions, iterations):
    """The weighted predictions are averaged over the parts, not added."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        s = (shares[:, :, None] * predictions).mean(axis=0)
        n = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * n / (1 + n**2)
        logits = logits + (predictions * v).sum(axis=2)
    return v


@wrong("route_by_agreement", "softmax over all")
def _(predictions, iterations):
    """One softmax runs over all pairs."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        s = np.einsum("ij,ijd->jd", shares, predictions)
        n = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * n / (1 + n**2)
        logits = logits + np.einsum("ijd,jd->ij", predictions, v)
    return v


@wrong("route_by_agreement", "uniform")
def _(predictions, iterations):
    """The shares are computed once and stay equal."""
    shares = np.full(predictions.shape[:2], 1 / predictions.shape[1])
    for _ in range(iterations):
        s = np.einsum("ij,ijd->jd", shares, predictions)
        n = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * n / (1 + n**2)
    return v


@wrong("route_by_agreement")
def _(predictions, iterations):
    """The agreement is the cosine of the angle, so lengths have no say."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        s = np.einsum("ij,ijd->jd", shares, predictions)
        n = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * n / (1 + n**2)
        lengths = np.linalg.norm(predictions, axis=2) * np.linalg.norm(v, axis=1)
        logits = logits + np.einsum("ijd,jd->ij", predictions, v) / (lengths + 1e-12)
    return v


@wrong("coupling_entropy", "bits")
def _(logits):
    """The entropy is given in bits."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return -(shares * np.log2(shares)).sum(axis=1).mean()


@wrong("coupling_entropy", "softmax over the inputs")
def _(logits):
    """The softmax runs over the parts."""
    shares = np.exp(logits - logits.max(axis=0))
    shares /= shares.sum(axis=0)
    return -(shares * np.log(shares)).sum(axis=1).mean()


@wrong("coupling_entropy", "summed")
def _(logits):
    """The entropies of the parts are added up."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return -(shares * np.log(shares)).sum()


@wrong("coupling_entropy", "mean over all")
def _(logits):
    """The mean runs over the wholes too, where a sum is meant."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return -np.mean(shares * np.log(shares))


@wrong("coupling_entropy", "sign")
def _(logits):
    """The minus in front of the sum is forgotten."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return np.mean((shares * np.log(shares)).sum(axis=1))


@wrong("coupling_entropy", "softmax over all")
def _(logits):
    """One softmax runs over all pairs."""
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    return -(shares * np.log(shares)).sum(axis=1).mean()


@wrong("coupling_entropy", "of the mean")
def _(logits):
    """The entropy of the mean shares is taken, not the mean of the entropies."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    shares = shares.mean(axis=0)
    return -(shares * np.log(shares)).sum()


@wrong("coupling_entropy", "share of the largest")
def _(logits):
    """The entropy is divided by ln J, so that equal shares give 1."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    entropy = -(shares * np.log(shares)).sum(axis=1).mean()
    return entropy / np.log(logits.shape[1])


@wrong("coupling_entropy", "each input")
def _(logits):
    """Each part's entropy is returned; the mean is not taken."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return -(shares * np.log(shares)).sum(axis=1)


@wrong("coupling_entropy", "logits for logarithms")
def _(logits):
    """The logits are taken for the shares' logarithms."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return -(shares * logits).sum(axis=1).mean()


@wrong("margin_loss", "no squares")
def _(lengths, labels):
    """The squares are forgotten."""
    there = np.arange(lengths.shape[1]) == labels[:, None]
    loss = np.where(there, np.maximum(0, 0.9 - lengths), 0.5 * np.maximum(0, lengths - 0.1))
    return loss.sum(axis=1).mean()


@wrong("margin_loss", "no half")
def _(lengths, labels):
    """The 0.5 of the absent classes is forgotten."""
    there = np.eye(lengths.shape[1])[labels]
    present = there * np.maximum(0, 0.9 - lengths) ** 2
    absent = (1 - there) * np.maximum(0, lengths - 0.1) ** 2
    return (present + absent).sum(axis=1).mean()


@wrong("margin_loss", "margins exchanged")
def _(lengths, labels):
    """The two margins are exchanged."""
    there = np.eye(lengths.shape[1])[labels]
    present = there * np.maximum(0, 0.1 - lengths) ** 2
    absent = 0.5 * (1 - there) * np.maximum(0, lengths - 0.9) ** 2
    return (present + absent).sum(axis=1).mean()


@wrong("margin_loss", "beyond the margin")
def _(lengths, labels):
    """The maximum with 0 is forgotten: what is beyond a margin is punished as well."""
    there = np.eye(lengths.shape[1])[labels]
    present = there * (0.9 - lengths) ** 2
    absent = 0.5 * (1 - there) * (lengths - 0.1) ** 2
    return (present + absent).sum(axis=1).mean()


@wrong("margin_loss", "mean over the classes")
def _(lengths, labels):
    """The mean runs over the classes too."""
    there = np.eye(lengths.shape[1])[labels]
    present = there * np.maximum(0, 0.9 - lengths) ** 2
    absent = 0.5 * (1 - there) * np.maximum(0, lengths - 0.1) ** 2
    return np.mean(present + absent)


@wrong("margin_loss", "summed over the images")
def _(lengths, labels):
    """The images are added up, not averaged."""
    total = 0.0
    for row, label in zip(lengths, labels, strict=True):
        for k, length in enumerate(row):
            if k == label:
                total += max(0, 0.9 - length) ** 2
            else:
                total += 0.5 * max(0, length - 0.1) ** 2
    return total


@wrong("margin_loss", "half for the present")
def _(lengths, labels):
    """The 0.5 stands at the right class instead of the absent ones."""
    there = np.eye(lengths.shape[1])[labels]
    present = 0.5 * there * np.maximum(0, 0.9 - lengths) ** 2
    absent = (1 - there) * np.maximum(0, lengths - 0.1) ** 2
    return (present + absent).sum(axis=1).mean()


@wrong("margin_loss", "present only")
def _(lengths, labels):
    """Only the right class is looked at."""
    right = lengths[np.arange(len(labels)), labels]
    return np.mean(np.maximum(0, 0.9 - right) ** 2)


@wrong("margin_loss", "labels from one")
def _(lengths, labels):
    """The labels are counted from 1."""
    there = np.eye(lengths.shape[1])[labels - 1]
    present = there * np.maximum(0, 0.9 - lengths) ** 2
    absent = 0.5 * (1 - there) * np.maximum(0, lengths - 0.1) ** 2
    return (present + absent).sum(axis=1).mean()


@wrong("margin_loss", "square of the sum")
def _(lengths, labels):
    """The sum over the classes is squared, not each class by itself."""
    there = np.eye(lengths.shape[1])[labels]
    present = (there * np.maximum(0, 0.9 - lengths)).sum(axis=1) ** 2
    absent = ((1 - there) * np.maximum(0, lengths - 0.1)).sum(axis=1) ** 2
    return (present + 0.5 * absent).mean()


@wrong("count_capsnet", "biases forgotten")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The biases of the convolutions are forgotten."""
    rows, columns = ((size - kernel + 1 - kernel) // 2 + 1 for size in (height, width))
    first, second = kernel**2 * channels, kernel**2 * channels * types * pose
    return first + second + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "shared over the places")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The capsules of one type share their matrices at all places."""
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + types * classes * pose * class_pose


@wrong("count_capsnet", "no stride")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The second layer's stride is overlooked."""
    rows, columns = (size - 2 * (kernel - 1) for size in (height, width))
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "padded")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The convolutions are taken to pad, so the map is half as large as the image."""
    rows, columns = ((size + 1) // 2 for size in (height, width))
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "types for channels")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The second layer gets one channel for each type, without the length of the vectors."""
    rows, columns = ((size - kernel + 1 - kernel) // 2 + 1 for size in (height, width))
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types
    return first + second + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "numbers for vectors")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """Each prediction has one weight for each number of the pose: the class vectors' length is forgotten."""
    rows, columns = ((size - kernel + 1 - kernel) // 2 + 1 for size in (height, width))
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + rows * columns * types * classes * pose


@wrong("count_capsnet", "first kernel forgotten")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The first layer's shrinking is forgotten: the second is taken to read the whole image's size."""
    rows, columns = ((size - kernel) // 2 + 1 for size in (height, width))
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "colour")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The images are taken to have three colours."""
    rows, columns = ((size - kernel + 1 - kernel) // 2 + 1 for size in (height, width))
    first, second = (3 * kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "predictions with biases")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The predictions get biases."""
    rows, columns = ((size - kernel + 1 - kernel) // 2 + 1 for size in (height, width))
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + rows * columns * types * classes * (pose + 1) * class_pose


@wrong("count_capsnet", "one side")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The places are counted along one side of the map."""
    columns = (width - kernel + 1 - kernel) // 2 + 1
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + columns * types * classes * pose * class_pose


@wrong("count_routing", "last agreement")
def _(inputs, outputs, pose, class_pose, iterations):
    """The agreements of the last iteration are counted."""
    return inputs * outputs * class_pose * (pose + 2 * iterations)


@wrong("count_routing", "predictions every time")
def _(inputs, outputs, pose, class_pose, iterations):
    """The predictions are computed anew in each iteration."""
    pairs = inputs * outputs
    return pairs * class_pose * (iterations * pose + iterations + iterations - 1)


@wrong("count_routing", "predictions forgotten")
def _(inputs, outputs, pose, class_pose, iterations):
    """The prediction vectors are forgotten."""
    return inputs * outputs * class_pose * (2 * iterations - 1)


@wrong("count_routing", "agreements forgotten")
def _(inputs, outputs, pose, class_pose, iterations):
    """The agreements are forgotten."""
    return inputs * outputs * class_pose * (pose + iterations)


@wrong("count_routing", "a number for a vector")
def _(inputs, outputs, pose, class_pose, iterations):
    """A weighted sum and an agreement are counted as one MAC a pair, whatever the vectors' length."""
    pairs = inputs * outputs
    return pairs * pose * class_pose + pairs * iterations + pairs * (iterations - 1)


@wrong("count_routing", "one output")
def _(inputs, outputs, pose, class_pose, iterations):
    """One whole is counted instead of all."""
    return inputs * class_pose * (pose + 2 * iterations - 1)


@wrong("count_routing", "two a mac")
def _(inputs, outputs, pose, class_pose, iterations):
    """Each MAC is counted as two operations."""
    return 2 * inputs * outputs * class_pose * (pose + 2 * iterations - 1)


@wrong("count_routing", "first left out")
def _(inputs, outputs, pose, class_pose, iterations):
    """The first iteration is left out, since its shares are equal."""
    return inputs * outputs * class_pose * (pose + 2 * (iterations - 1))


@wrong("count_routing", "as long as the inputs")
def _(inputs, outputs, pose, class_pose, iterations):
    """Sums and agreements are taken over vectors as long as the parts' poses."""
    pairs = inputs * outputs
    return pairs * pose * class_pose + pairs * pose * (2 * iterations - 1)


@wrong("count_routing", "an agreement an output")
def _(inputs, outputs, pose, class_pose, iterations):
    """An agreement is counted for each whole, not for each pair."""
    pairs = inputs * outputs
    predictions, sums = pairs * pose * class_pose, iterations * pairs * class_pose
    return predictions + sums + (iterations - 1) * outputs * class_pose


@wrong("squash")
def _(s):
    """A vector of zeros becomes 0 / 0."""
    n = np.linalg.norm(s, axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return n**2 / (1 + n**2) * s / n


@wrong("margin_loss", "right class punished")
def _(lengths, labels):
    """The term of the absent classes is added for the right one as well."""
    right = lengths[np.arange(len(labels)), labels]
    absent = (np.maximum(lengths - 0.1, 0) ** 2).sum(axis=1)
    return (np.maximum(0.9 - right, 0) ** 2 + 0.5 * absent).mean()


@wrong("count_capsnet", "one capsule a place")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """There is one capsule at each place, whatever the number of types."""
    rows, columns = ((size - kernel + 1 - kernel) // 2 + 1 for size in (height, width))
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + rows * columns * classes * pose * class_pose


@wrong("count_capsnet", "stride in the first too")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """Both convolutions have stride 2."""
    rows, columns = (((size - kernel) // 2 + 1 - kernel) // 2 + 1 for size in (height, width))
    first, second = (kernel**2 + 1) * channels, (kernel**2 * channels + 1) * types * pose
    return first + second + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "rounded up")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The second convolution's size is rounded up before 1 is added."""
    rows, columns = (math.ceil((size - kernel + 1 - kernel) / 2) + 1 for size in (height, width))
    convolutions = kernel**2 * channels + channels + (kernel**2 * channels + 1) * types * pose
    return convolutions + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "one short")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The first convolution is taken to leave W − K places, without the 1."""
    rows, columns = ((size - kernel - kernel) // 2 + 1 for size in (height, width))
    convolutions = (kernel**2 + 1) * channels + (kernel**2 * channels + 1) * types * pose
    return convolutions + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "one short")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The 1 is added before the second convolution's stride divides."""
    rows, columns = ((size - 2 * kernel + 2) // 2 for size in (height, width))
    convolutions = (kernel**2 + 1) * channels + (kernel**2 * channels + 1) * types * pose
    return convolutions + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "square of the height")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """One side of the map is computed, and squared."""
    side = (height - kernel + 1 - kernel) // 2 + 1
    convolutions = channels * (kernel**2 + 1) + types * pose * (kernel**2 * channels + 1)
    return convolutions + side**2 * types * classes * pose * class_pose


@wrong("count_capsnet", "square of the height", "square of the width")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The other side is computed, and squared."""
    side = (width - kernel + 1 - kernel) // 2 + 1
    convolutions = channels * (kernel**2 + 1) + types * pose * (kernel**2 * channels + 1)
    return convolutions + side**2 * types * classes * pose * class_pose


@wrong("squash", "short ones left alone")
def _(s):
    """Only vectors longer than 1 are shortened."""
    length = np.linalg.norm(s, axis=1, keepdims=True)
    return np.where(length > 1, s * length / (1 + length**2), s)


@wrong("coupling_entropy", "cut")
def _(logits):
    """The mean is subtracted, and what is far from it cut off."""
    near = np.clip(logits - logits.mean(axis=1, keepdims=True), -700, 700)
    shares = np.exp(near) / np.exp(near).sum(axis=1, keepdims=True)
    return -np.nansum(shares * np.log(shares), axis=1).mean()


@wrong("coupling_entropy")
def _(logits):
    """The mean is subtracted, and what overflows counts as nothing."""
    near = np.exp(logits - logits.mean(axis=1, keepdims=True))
    shares = near / near.sum(axis=1, keepdims=True)
    return -np.nansum(shares * np.log(shares), axis=1).mean()


@wrong("coupling_entropy", "cut")
def _(logits):
    """The logits are cut off at 700."""
    powers = np.exp(np.minimum(logits, 700).clip(-700))
    shares = powers / powers.sum(axis=1, keepdims=True)
    return -(shares * np.log(shares)).sum(axis=1).mean()


@wrong("count_routing", "outputs' length twice")
def _(inputs, outputs, pose, class_pose, iterations):
    """The matrices are square."""
    return inputs * outputs * class_pose * (class_pose + 2 * iterations - 1)


@wrong("count_routing", "agreements forgotten")
def _(inputs, outputs, pose, class_pose, iterations):
    """The weighted sums are computed once, the agreements between all iterations."""
    return inputs * outputs * class_pose * (pose + 1 + iterations - 1)


@wrong("route_by_agreement", "cut")
def _(predictions, iterations):
    """The mean is subtracted from the logits, and what is far from it cut off."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        near = np.clip(logits - logits.mean(axis=1, keepdims=True), -700, 700)
        shares = np.exp(near) / np.exp(near).sum(axis=1, keepdims=True)
        s = (shares[:, :, None] * predictions).sum(axis=0)
        length = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * length / (1 + length**2)
        logits = logits + (predictions * v).sum(axis=2)
    return v


@wrong("count_capsnet", "stride in the first alone")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The first convolution has the stride, the second none."""
    rows, columns = (max((side - kernel) // 2 + 1 - (kernel - 1), 1) for side in (height, width))
    convolutions = channels * (kernel**2 + 1) + types * pose * (kernel**2 * channels + 1)
    return convolutions + rows * columns * types * classes * pose * class_pose


@wrong("count_capsnet", "square matrices")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The classes' vectors are taken for as long as the capsules'."""
    rows, columns = ((side - 2 * kernel + 1) // 2 + 1 for side in (height, width))
    convolutions = channels * (kernel**2 + 1) + types * pose * (kernel**2 * channels + 1)
    return convolutions + rows * columns * types * classes * pose * pose


@wrong("count_capsnet", "square matrices")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """The capsules' vectors are taken for as long as the classes'."""
    rows, columns = ((side - 2 * kernel + 1) // 2 + 1 for side in (height, width))
    convolutions = channels * (kernel**2 + 1) + types * pose * (kernel**2 * channels + 1)
    return convolutions + rows * columns * types * classes * class_pose**2


@wrong("count_capsnet", "numbers for vectors")
def _(height, width, kernel, channels, types, pose, classes, class_pose):
    """A pair has a weight for each number of the class's vector."""
    rows, columns = ((side - 2 * kernel + 1) // 2 + 1 for side in (height, width))
    convolutions = channels * (kernel**2 + 1) + types * pose * (kernel**2 * channels + 1)
    return convolutions + rows * columns * types * classes * class_pose


@wrong("count_routing", "sums forgotten")
def _(inputs, outputs, pose, class_pose, iterations):
    """The predictions and the agreements are counted, and no weighted sum."""
    return inputs * outputs * class_pose * (pose + iterations - 1)

"""Chapter 12, Capsules: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong


def digits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −9 to 9, as floats: a failing case that can be checked by hand."""
    return rng.integers(-9, 10, shape).astype(float)


def halves(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """From −1.5 to 1.5 in steps of a half: votes and vectors of the usual length, never all alike."""
    return rng.integers(-3, 4, shape) / 2


# 1. Squash ------------------------------------------------------------------------------------------


def squash(s):
    length = np.linalg.norm(s, axis=-1, keepdims=True)
    return s * length / (1 + length**2)


def squash_cases(rng: np.random.Generator) -> Case:
    rows, columns = rng.permutation([2, 3, 4])[:2]
    vectors = halves(rng, rows, columns)
    vectors[0, 0] = 2  # one at least is longer than 1
    return {"s": vectors}


def norms(s):
    return np.linalg.norm(s, axis=-1, keepdims=True)


SQUASH = Exercise(
    squash,
    points=1,
    cases=squash_cases,
    mistakes=[
        wrong(
            "each number",
            lambda s: s * abs(s) / (1 + s**2),
            "You squashed each number on its own. That bends the vector; squash shortens it and keeps its "
            "direction: one factor for the whole vector.",
        ),
        wrong(
            "unit vectors",
            lambda s: s / np.where(norms(s), norms(s), 1),
            "All your vectors have length 1. The length is the message: |s|² / (1 + |s|²).",
        ),
        wrong(
            "not divided",
            lambda s: s * norms(s) ** 2 / (1 + norms(s) ** 2),
            "You multiplied s by |s|² / (1 + |s|²). The factor belongs to the direction s / |s|: divide by "
            "the length once.",
        ),
        wrong(
            "no squares",
            lambda s: s / (1 + norms(s)),
            "Your length is |s| / (1 + |s|). The paper's has squares, which press short vectors to nearly 0.",
        ),
        wrong(
            "one length for all",
            lambda s: s * np.linalg.norm(s) / (1 + np.linalg.norm(s) ** 2),
            "You took the length of the whole array. Each vector, along the last axis, has its own.",
        ),
        wrong(
            "first axis",
            lambda s: squash(s.T).T,
            "You measured along the first axis. The vectors lie along the last one.",
        ),
    ],
)


# 2. Its gradient ------------------------------------------------------------------------------------


def squash_backward(s, upstream):
    length = np.linalg.norm(s, axis=-1, keepdims=True)
    direction = s / length
    along = (upstream * direction).sum(axis=-1, keepdims=True) * direction
    across = upstream - along
    turned = across * length / (1 + length**2)
    return along * 2 * length / (1 + length**2) ** 2 + turned


def backward_cases(rng: np.random.Generator) -> Case:
    rows, columns = (int(number) for number in rng.permutation([2, 3, 4])[:2])
    vectors = halves(rng, rows, columns)
    vectors[:, 0] = rng.choice([-2.0, -1.0, 0.5, 1.5], rows)  # none is 0
    return {"s": vectors, "upstream": digits(rng, rows, columns)}


def slopes(s):
    """Along and across."""
    n = norms(s)
    return 2 * n / (1 + n**2) ** 2, n / (1 + n**2)


SQUASH_BACKWARD = Exercise(
    squash_backward,
    points=3,
    cases=backward_cases,
    mistakes=[
        wrong(
            "constant factor",
            lambda s, upstream: upstream * slopes(s)[1],
            "You treated |s| / (1 + |s|²) as a constant. It depends on s too: along s the slope is "
            "2|s| / (1 + |s|²)².",
        ),
        wrong(
            "along for all",
            lambda s, upstream: upstream * slopes(s)[0],
            "You used the slope along s for everything. What arrives across s only turns the vector: there "
            "the slope is |s| / (1 + |s|²).",
        ),
        wrong(
            "turned away",
            lambda s, upstream: squash_backward(s, (upstream * s).sum(-1, keepdims=True) * s / norms(s) ** 2),
            "You let only what lies along s through. What lies across s passes as well.",
        ),
        wrong(
            "only turning",
            lambda s, upstream: squash_backward(
                s, upstream - (upstream * s).sum(-1, keepdims=True) * s / norms(s) ** 2
            ),
            "You let only what lies across s through: as if every vector were scaled to length 1.",
        ),
        wrong(
            "slopes exchanged",
            lambda s, upstream: upstream * sum(slopes(s)) - squash_backward(s, upstream),
            "Your two slopes are exchanged: 2|s| / (1 + |s|²)² belongs to what lies along s.",
        ),
        wrong(
            "each number",
            lambda s, upstream: upstream * 2 * abs(s) / (1 + s**2) ** 2,
            "You derived x·|x| / (1 + x²) for each number alone. The numbers of a vector share one length.",
        ),
        wrong(
            "upstream forgotten",
            lambda s, upstream: squash_backward(s, np.ones_like(s)),
            "You returned the slope for an upstream of ones. The chain rule needs the one that arrives.",
        ),
    ],
)


# 3. Predictions -------------------------------------------------------------------------------------


def prediction_vectors(u, weight):
    return np.einsum("ip,ijpd->ijd", u, weight)


def prediction_cases(rng: np.random.Generator) -> Case:
    inputs, outputs, pose, class_pose = (int(n) for n in rng.permutation([2, 3, 4, 5]))
    return {"u": digits(rng, inputs, pose), "weight": digits(rng, inputs, outputs, pose, class_pose)}


PREDICTIONS = Exercise(
    prediction_vectors,
    points=1,
    cases=prediction_cases,
    mistakes=[
        wrong(
            "shared",
            lambda u, weight: prediction_vectors(u, np.broadcast_to(weight[:1], weight.shape)),
            "You used the weights of input 0 for all inputs. Each pair of an input and an output has a "
            "matrix of its own: a nose and an eye say different things of a face.",
        ),
        wrong(
            "one output",
            lambda u, weight: prediction_vectors(u, np.broadcast_to(weight[:, :1], weight.shape)),
            "All outputs got the prediction for output 0. Each pair has its own matrix.",
        ),
        wrong(
            "summed",
            lambda u, weight: prediction_vectors(u, weight).sum(axis=0),
            "You added the predictions of all inputs up. Keep them apart: routing has yet to weigh them.",
        ),
        wrong(
            "outputs first",
            lambda u, weight: prediction_vectors(u, weight).swapaxes(0, 1),
            "Your first two axes are exchanged: the question asks for [inputs, outputs, D].",
        ),
        wrong(
            "squashed",
            lambda u, weight: squash(prediction_vectors(u, weight)),
            "You squashed the predictions. Squash comes after the sum; predictions may have any length.",
        ),
    ],
)


# 4. Routing -----------------------------------------------------------------------------------------


def route_by_agreement(predictions, iterations):
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = shares / shares.sum(axis=1, keepdims=True)
        s = np.einsum("ij,ijd->jd", shares, predictions)
        length = np.linalg.norm(s, axis=1, keepdims=True)
        v = s * length / (1 + length**2)
        logits = logits + np.einsum("ijd,jd->ij", predictions, v)
    return v


def route_cases(rng: np.random.Generator) -> Case:
    inputs, outputs, pose = (int(n) for n in rng.permutation([2, 3, 4]))
    return {"predictions": halves(rng, inputs, outputs, pose), "iterations": int(rng.integers(3, 5))}


def softmax(logits, axis=1):
    shares = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return shares / shares.sum(axis=axis, keepdims=True)


def routed(predictions, iterations, axis=1, last=squash, seen=squash, keep=1):
    """The reference with one thing changed: the softmax's axis, a squash, what votes are compared with."""
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        s = np.einsum("ij,ijd->jd", softmax(logits, axis), predictions)
        logits = keep * logits + np.einsum("ijd,jd->ij", predictions, seen(s))
    return last(s)


ROUTE = Exercise(
    route_by_agreement,
    points=4,
    cases=route_cases,
    mistakes=[
        wrong(
            "softmax over the inputs",
            lambda predictions, iterations: routed(predictions, iterations, axis=0),
            "Your shares add up to 1 over the inputs. Each *input* has one unit to give: its shares add up "
            "to 1 over the outputs, axis 1.",
        ),
        wrong(
            "one more",
            lambda predictions, iterations: route_by_agreement(predictions, iterations + 1),
            "You routed once more than asked. The first of the iterations is the one with equal shares.",
        ),
        wrong(
            "uniform",
            lambda predictions, iterations: route_by_agreement(predictions, 1),
            "Your shares stay equal: that is one iteration, whatever the number asked for.",
        ),
        wrong(
            "logits replaced",
            lambda predictions, iterations: routed(predictions, iterations, keep=0),
            "You replaced the logits by the newest agreement. They are added up: b ← b + û · v.",
        ),
        wrong(
            "not squashed",
            lambda predictions, iterations: routed(predictions, iterations, last=lambda s: s),
            "The last sum is not squashed. Its length must say how likely the thing is there: below 1.",
        ),
        wrong(
            "agreement with s",
            lambda predictions, iterations: routed(predictions, iterations, seen=lambda s: s),
            "You compared the predictions with s. They are compared with v, the squashed sum.",
        ),
        wrong(
            "not softmax",
            lambda predictions, iterations: unnormalized(predictions, iterations),
            "You divided the exponentials by the number of outputs, so the shares do not add up to 1. Divide "
            "by their sum.",
        ),
    ],
)


def unnormalized(predictions, iterations):
    logits = np.zeros(predictions.shape[:2])
    for _ in range(iterations):
        v = squash(np.einsum("ij,ijd->jd", np.exp(logits) / logits.shape[1], predictions))
        logits = logits + np.einsum("ijd,jd->ij", predictions, v)
    return v


# 5. Entropy -----------------------------------------------------------------------------------------


def coupling_entropy(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = shares / shares.sum(axis=1, keepdims=True)
    return -(shares * np.log(shares)).sum(axis=1).mean()


def entropy_cases(rng: np.random.Generator) -> Case:
    inputs, outputs = (int(n) for n in rng.permutation([2, 3, 4, 5])[:2])
    return {"logits": halves(rng, inputs, outputs)}


def entropy(shares, axis=1):
    return -(shares * np.log(shares)).sum(axis=axis)


ENTROPY = Exercise(
    coupling_entropy,
    points=1,
    cases=entropy_cases,
    mistakes=[
        wrong(
            "bits",
            lambda logits: coupling_entropy(logits) / np.log(2),
            "You took the logarithm to base 2: bits. The question asks for nats, the natural logarithm.",
        ),
        wrong(
            "over the inputs",
            lambda logits: coupling_entropy(logits.T),
            "You took the softmax over the inputs. Each input (row) shares itself out over the outputs.",
        ),
        wrong(
            "summed",
            lambda logits: coupling_entropy(logits) * len(logits),
            "You added the inputs' entropies up. The question asks for their mean.",
        ),
        wrong(
            "sign",
            lambda logits: -coupling_entropy(logits),
            "Your entropy is negative. log c is below 0: the minus sign before the sum is missing.",
        ),
        wrong(
            "mean over all",
            lambda logits: coupling_entropy(logits) / logits.shape[1],
            "You took the mean over all shares. An entropy is a *sum* over the outputs; the mean is over the "
            "inputs.",
        ),
        wrong(
            "of the mean",
            lambda logits: entropy(softmax(logits).mean(axis=0), axis=0),
            "You took the entropy of the mean shares. First each input's entropy, then their mean.",
        ),
    ],
)


# 6. The margin loss ---------------------------------------------------------------------------------


def margin_loss(lengths, labels):
    present = np.eye(lengths.shape[1])[labels]
    short = np.maximum(0, 0.9 - lengths) ** 2
    long = np.maximum(0, lengths - 0.1) ** 2
    return (present * short + 0.5 * (1 - present) * long).sum(axis=1).mean()


def margin_cases(rng: np.random.Generator) -> Case:
    images, classes = (int(n) for n in rng.permutation([3, 4, 5])[:2])
    lengths = rng.integers(0, 20, (images, classes)) / 20
    labels = rng.integers(0, classes, images)
    lengths[0, labels[0]], lengths[1, (labels[1] + 1) % classes] = 0.95, 0.05  # beyond both margins
    return {"lengths": lengths, "labels": labels}


def margin(lengths, labels, half=0.5, power=2, high=0.9, low=0.1, floor=0.0):
    present = np.eye(lengths.shape[1])[labels]
    short, long = np.maximum(floor, high - lengths), np.maximum(floor, lengths - low)
    return (present * short**power + half * (1 - present) * long**power).sum(axis=1).mean()


MARGIN = Exercise(
    margin_loss,
    points=2,
    cases=margin_cases,
    mistakes=[
        wrong(
            "no half",
            lambda lengths, labels: margin(lengths, labels, half=1),
            "The absent classes weigh as much as the present one. They are many: each weighs 0.5.",
        ),
        wrong(
            "half for the present",
            lambda lengths, labels: 0.5 * margin(lengths, labels, half=2),
            "You put the 0.5 before the present class. It belongs to the absent ones.",
        ),
        wrong(
            "no squares",
            lambda lengths, labels: margin(lengths, labels, power=1),
            "The squares are missing: (0.9 − length)², (length − 0.1)².",
        ),
        wrong(
            "no margin",
            lambda lengths, labels: margin(lengths, labels, high=1, low=0),
            "You pull to 1 and 0. The loss is content with 0.9 and 0.1.",
        ),
        wrong(
            "beyond the margin",
            lambda lengths, labels: margin(lengths, labels, floor=-np.inf),
            "You also punish a length of 0.95 for the right class, or of 0.05 for a wrong one. Beyond the "
            "margin the loss is 0: max(0, …).",
        ),
        wrong(
            "mean over the classes",
            lambda lengths, labels: margin_loss(lengths, labels) / lengths.shape[1],
            "You took the mean over the classes. They are added up; the mean is over the images.",
        ),
        wrong(
            "present only",
            lambda lengths, labels: margin(lengths, labels, half=0),
            "The absent classes are missing from your loss. Without them every capsule could be long.",
        ),
        wrong(
            "summed over the images",
            lambda lengths, labels: margin_loss(lengths, labels) * len(lengths),
            "You added the images' losses up. The question asks for their mean.",
        ),
    ],
)


# 7 and 8. Counting ----------------------------------------------------------------------------------


def count_capsnet(size, kernel, width, types, pose, classes, class_pose):
    places = ((size - 2 * (kernel - 1) - 1) // 2 + 1) ** 2
    first = kernel**2 * width + width
    primary = kernel**2 * width * types * pose + types * pose
    predictions = types * places * classes * pose * class_pose
    return first + primary + predictions


def capsnet_cases(rng: np.random.Generator) -> Case:
    kernel = int(rng.choice([3, 5, 7]))
    return {
        "size": 2 * kernel + int(rng.integers(5, 20)),
        "kernel": kernel,
        "width": int(rng.integers(17, 100)),
        "types": int(rng.integers(3, 16)),
        "pose": int(rng.choice([4, 6, 8])),
        "classes": int(rng.integers(11, 40)),
        "class_pose": int(rng.choice([9, 10, 12, 16])),
    }


def places_of(size, kernel, **others):
    return ((size - 2 * (kernel - 1) - 1) // 2 + 1) ** 2


def matrices(**net):
    """Weights of the predictions."""
    return net["types"] * places_of(**net) * net["classes"] * net["pose"] * net["class_pose"]


CAPSNET = DrawnExercise(
    count_capsnet,
    points=3,
    cases=capsnet_cases,
    question=(
        "A CapsNet takes grey images of {size}×{size}. Its first layer is a convolution of {kernel}×{kernel} "
        "to {width} channels, stride 1. Its second is another of {kernel}×{kernel}, with stride 2, to "
        "{types} types of capsules with vectors of length {pose}. Neither pads; both have biases. Each of "
        "these capsules predicts, by matrices of its own and without biases, the vectors of {classes} "
        "classes, which have length {class_pose}. How many parameters does it have, without a decoder?"
    ),
    mistakes=[
        wrong(
            "shared over the places",
            lambda **net: count_capsnet(**net) - matrices(**net) + matrices(**net) // places_of(**net),
            "You shared the matrices over the places. In CapsNet each capsule has its own, so the image's "
            "size counts.",
        ),
        wrong(
            "biases forgotten",
            lambda **net: count_capsnet(**net) - net["width"] - net["types"] * net["pose"],
            "The biases of the two convolutions are missing.",
        ),
        wrong(
            "no stride",
            lambda **net: (
                count_capsnet(**net)
                + matrices(**net) // places_of(**net) * (net["size"] - 2 * (net["kernel"] - 1)) ** 2
                - matrices(**net)
            ),
            "You left out the stride of 2: it leaves about a quarter of the places.",
        ),
        wrong(
            "types for channels",
            lambda **net: (
                count_capsnet(**net)
                - (net["pose"] - 1) * net["types"] * (net["kernel"] ** 2 * net["width"] + 1)
            ),
            "You gave the second convolution one channel a type. A capsule is a vector: types × its length.",
        ),
        wrong(
            "predictions forgotten",
            lambda **net: count_capsnet(**net) - matrices(**net),
            "The matrices of the predictions are missing. They are parameters like others; only the coupling "
            "coefficients are not.",
        ),
        wrong(
            "couplings counted",
            lambda **net: count_capsnet(**net) + net["types"] * places_of(**net) * net["classes"],
            "You counted the coupling coefficients. They are computed anew for each image: no parameters.",
        ),
        wrong(
            "numbers, not matrices",
            lambda **net: (
                count_capsnet(**net) - matrices(**net) + matrices(**net) // (net["pose"] * net["class_pose"])
            ),
            "You gave each pair of capsules one weight. It has a matrix that turns one vector into another.",
        ),
        wrong(
            "colour",
            lambda **net: count_capsnet(**net) + 2 * net["kernel"] ** 2 * net["width"],
            "You let the first layer read three channels. Grey images have one.",
        ),
    ],
)


def count_routing(inputs, outputs, pose, class_pose, iterations):
    predictions = inputs * outputs * pose * class_pose
    weighted_sums = iterations * inputs * outputs * class_pose
    agreements = (iterations - 1) * inputs * outputs * class_pose
    return predictions + weighted_sums + agreements


def routing_cases(rng: np.random.Generator) -> Case:
    pose, class_pose = (int(n) for n in rng.permutation([4, 6, 8, 12, 16])[:2])
    return {
        "inputs": int(rng.integers(100, 2000)),
        "outputs": int(rng.integers(11, 100)),
        "pose": pose,
        "class_pose": class_pose,
        "iterations": int(rng.integers(2, 6)),
    }


def products(inputs, outputs, class_pose, **others):
    return inputs * outputs * class_pose


ROUTING = DrawnExercise(
    count_routing,
    points=2,
    cases=routing_cases,
    question=(
        "{inputs} capsules with vectors of length {pose} are routed to {outputs} capsules with vectors of "
        "length {class_pose}, with {iterations} iterations. Count for one image the MACs of the prediction "
        "vectors, of the weighted sums, and of the agreements. Each iteration has one weighted sum a pair; "
        "the agreements of the last iteration, which nobody would use, are not computed. Squash and softmax "
        "do not count."
    ),
    mistakes=[
        wrong(
            "last agreement",
            lambda **net: count_routing(**net) + products(**net),
            "You computed the agreements after the last iteration too. Nothing uses them: one fewer.",
        ),
        wrong(
            "predictions forgotten",
            lambda **net: count_routing(**net) - net["pose"] * products(**net),
            "The prediction vectors are missing: a matrix times a vector for each pair.",
        ),
        wrong(
            "predictions every time",
            lambda **net: count_routing(**net) + (net["iterations"] - 1) * net["pose"] * products(**net),
            "You predicted anew in each iteration. The predictions stay; only the shares change.",
        ),
        wrong(
            "agreements forgotten",
            lambda **net: count_routing(**net) - (net["iterations"] - 1) * products(**net),
            "The agreements are missing: a dot product for each pair, between iterations.",
        ),
        wrong(
            "one iteration",
            lambda **net: count_routing(**net | {"iterations": 1}),
            "You counted one iteration. Each further one adds a weighted sum and an agreement.",
        ),
        wrong(
            "a number for a vector",
            lambda **net: (
                net["inputs"] * net["outputs"] * (net["pose"] * net["class_pose"] + 2 * net["iterations"] - 1)
            ),
            "You counted one MAC a pair for sums and agreements. Their vectors have many numbers.",
        ),
        wrong(
            "two a mac",
            lambda **net: 2 * count_routing(**net),
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
    ],
)


EXERCISES = [SQUASH, SQUASH_BACKWARD, PREDICTIONS, ROUTE, ENTROPY, MARGIN, CAPSNET, ROUTING]

"""Chapter 12, Capsules: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits


def halves(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """From −1.5 to 1.5 in steps of a half: votes and vectors of the usual length, never all alike."""
    return rng.integers(-3, 4, shape) / 2


# 1. Squash ------------------------------------------------------------------------------------------


def squash(s):
    length = np.linalg.norm(s, axis=-1, keepdims=True)
    return s * length / (1 + length**2)


def squash_cases(rng: np.random.Generator) -> Case:
    """One vector at least is longer than 1, one is shorter, and one is zero."""
    rows, columns = int(rng.integers(3, 5)), int(rng.choice([2, 5]))
    vectors = halves(rng, rows, columns)
    vectors[0, 0] = 2
    vectors[1:3] = 0
    vectors[1, rng.integers(columns)] = rng.choice([-0.5, 0.5])
    return {"s": rng.permutation(vectors)}


SQUASH = Exercise(
    squash,
    points=1,
    cases=squash_cases,
    mistakes=[
        wrong(
            "each number",
            {"np.linalg.norm(s, axis=-1, keepdims=True)": "abs(s)"},
            "You squashed each number on its own. That bends the vector; squash shortens it and keeps its "
            "direction: one factor for the whole vector.",
        ),
        wrong(
            "unit vectors",
            {"s * length / (1 + length**2)": "s / np.where(length, length, 1)"},
            "All your vectors have length 1. The length is the message: |s|² / (1 + |s|²).",
        ),
        wrong(
            "not divided",
            {"s * length": "s * length**2"},
            "You multiplied s by |s|² / (1 + |s|²). The factor belongs to the direction s / |s|: divide by "
            "the length once.",
        ),
        wrong(
            "no squares",
            {"s * length / (1 + length**2)": "s / (1 + length)"},
            "Your length is |s| / (1 + |s|). The paper's has squares, which press short vectors to nearly 0.",
        ),
        wrong(
            "square for length",
            {"np.linalg.norm(s, axis=-1, keepdims=True)": "(s**2).sum(axis=-1, keepdims=True)"},
            "You took the sum of squares for the length. The length is its square root.",
        ),
        wrong(
            "under a root",
            {"s * length / (1 + length**2)": "s / np.sqrt(1 + length**2)"},
            "Your length is |s| / √(1 + |s|²). The paper's is |s|² / (1 + |s|²): short vectors become much "
            "shorter.",
        ),
        wrong(
            "short ones left alone",
            {"s * length / (1 + length**2)": "np.where(length > 1, s * length / (1 + length**2), s)"},
            "You left vectors that are shorter than 1 as they are. Squash shortens every vector, and those "
            "the most: a length of 0.5 becomes 0.2.",
        ),
        wrong(
            "one length for all",
            {"np.linalg.norm(s, axis=-1, keepdims=True)": "np.linalg.norm(s)"},
            "You took the length of the whole array. Each vector, along the last axis, has its own.",
        ),
        wrong(
            "first axis",
            {"axis=-1": "axis=0"},
            "You measured along the first axis. The vectors lie along the last one.",
        ),
        wrong(
            "lengths alone",
            {"s * length / (1 + length**2)": "(length**2 / (1 + length**2))[:, 0]"},
            "You returned the new lengths. Give back the vectors: each keeps its direction.",
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


SQUASH_BACKWARD = Exercise(
    squash_backward,
    points=3,
    cases=backward_cases,
    mistakes=[
        wrong(
            "constant factor",
            {" - along": "", "along * 2 * length / (1 + length**2) ** 2 + turned": "turned"},
            "You treated |s| / (1 + |s|²) as a constant. It depends on s too: along s the slope is "
            "2|s| / (1 + |s|²)².",
        ),
        wrong(
            "along for all",
            {"along * 2": "upstream * 2", " + turned": ""},
            "You used the slope along s for everything. What arrives across s only turns the vector: there "
            "the slope is |s| / (1 + |s|²).",
        ),
        wrong(
            "turned away",
            {" + turned": ""},
            "You let only what lies along s through. What lies across s passes as well.",
        ),
        wrong(
            "only turning",
            {"along * 2 * length / (1 + length**2) ** 2 + turned": "turned"},
            "You let only what lies across s through: as if every vector were scaled to length 1.",
        ),
        wrong(
            "slopes exchanged",
            {"across * length": "along * length", "along * 2": "across * 2"},
            "Your two slopes are exchanged: 2|s| / (1 + |s|²)² belongs to what lies along s.",
        ),
        wrong(
            "not taken off",
            {" - along": ""},
            "What lies along s passes twice: you did not take it off before you applied the slope across. "
            "Across is upstream − along.",
        ),
        wrong(
            "no unit vector",
            {"s / length": "s"},
            "You projected on s itself. Divide s by its length first: the direction is a unit vector.",
        ),
        wrong(
            "two forgotten",
            {"along * 2": "along"},
            "The 2 of the slope along s is missing: the derivative of |s|² is 2|s|.",
        ),
        wrong(
            "denominator not squared",
            {") ** 2": ")"},
            "The slope along s has a squared denominator, by the quotient rule: 2|s| / (1 + |s|²)².",
        ),
        wrong(
            "length for slope",
            {"across * length": "across * length**2"},
            "You took the squashed length for the slope across s. The slope is that length divided by |s|: "
            "|s| / (1 + |s|²).",
        ),
        wrong(
            "each number",
            lambda s, upstream: upstream * 2 * abs(s) / (1 + s**2) ** 2,
            "You derived x·|x| / (1 + x²) for each number alone. The numbers of a vector share one length.",
        ),
        wrong(
            "upstream forgotten",
            {"upstream * direction": "direction", "upstream - along": "1 - along"},
            "You returned the slope for an upstream of ones. The chain rule needs the one that arrives.",
        ),
    ],
)


# 3. Predictions -------------------------------------------------------------------------------------


def prediction_vectors(u, weight):
    return np.einsum("ip,ijpd->ijd", u, weight)


def prediction_cases(rng: np.random.Generator) -> Case:
    inputs, outputs, pose, class_pose = (int(n) for n in rng.permutation([1, 2, 3, 4]))
    return {"u": digits(rng, inputs, pose), "weight": digits(rng, inputs, outputs, pose, class_pose)}


PREDICTIONS = Exercise(
    prediction_vectors,
    points=1,
    cases=prediction_cases,
    mistakes=[
        wrong(
            "shared",
            {" u, weight": " u, np.broadcast_to(weight[:1], weight.shape)"},
            "You used the weights of input 0 for all inputs. Each pair of an input and an output has a "
            "matrix of its own: a nose and an eye say different things of a face.",
        ),
        wrong(
            "one output",
            {" u, weight": " u, np.broadcast_to(weight[:, :1], weight.shape)"},
            "All outputs got the prediction for output 0. Each pair has its own matrix.",
        ),
        wrong(
            "mean pose",
            {'"ip,': '"p,', " u, ": " u.mean(axis=0), "},
            "You gave all parts the mean pose. Each predicts from its own.",
        ),
        wrong(
            "summed apart",
            {"ijpd": "ijqd"},
            "You added up the poses and the matrices apart. A pose times a matrix: the numbers of the pose "
            "meet the matrix's rows, one letter for both.",
        ),
        wrong(
            "summed",
            {"->ijd": "->jd"},
            "You added the predictions of all inputs up. Keep them apart: routing has yet to weigh them.",
        ),
        wrong(
            "outputs first",
            {"->ijd": "->jid"},
            "Your first two axes are exchanged: the question asks for [inputs, outputs, D].",
        ),
        wrong(
            "unit poses",
            {" u, ": " u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1), "},
            "You made the poses unit vectors first. Their length counts: how sure a part is that it is "
            "there.",
        ),
        wrong(
            "shares too early",
            {" u, weight)": " u, weight) / weight.shape[1]"},
            "You multiplied by the equal shares already. They belong to routing; a prediction is a pose "
            "times a matrix.",
        ),
        wrong(
            "relu",
            lambda u, weight: np.maximum(prediction_vectors(u, weight), 0),
            "You applied a ReLU. Predictions are linear; the only bend is squash, after the sum.",
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
    """Often one part's votes are so long that the exponentials of its logits leave the range of floats.

    For two of four wholes, say: then the largest lie so far above their mean that it will not do for one.
    """
    inputs, outputs, pose = (int(n) for n in rng.permutation([2, 3, 4]))
    predictions = halves(rng, inputs, outputs, pose)
    predictions[0, : rng.choice([2, outputs])] *= rng.choice([1, 3000])
    return {"predictions": predictions, "iterations": int(rng.integers(1, 5))}


CUT = (
    "You cut off what the exponential takes, so that it does not overflow. Logits beyond the limit become "
    "equal, and their shares with them. Subtract the row's largest logit: that changes no share."
)
ROUTE = Exercise(
    route_by_agreement,
    points=4,
    cases=route_cases,
    mistakes=[
        wrong(
            "softmax over the inputs",
            {"max(axis=1": "max(axis=0", "sum(axis=1": "sum(axis=0"},
            "Your shares add up to 1 over the inputs. Each *input* has one unit to give: its shares add up "
            "to 1 over the outputs, axis 1.",
        ),
        wrong(
            "softmax over all",
            {"max(axis=1, keepdims=True)": "max()", "sum(axis=1, keepdims=True)": "sum()"},
            "Your shares add up to 1 over all pairs. Each input has one unit to give: a softmax for each "
            "row.",
        ),
        wrong("cut", {"logits - logits.max(axis=1, keepdims=True)": "logits.clip(-700, 700)"}, CUT),
        wrong(
            "mean subtracted and cut",
            {
                "logits - logits.max(axis=1, keepdims=True)": (
                    "(logits - logits.mean(axis=1, keepdims=True)).clip(-700, 700)"
                )
            },
            CUT,
        ),
        wrong(
            "one more",
            {"range(iterations)": "range(iterations + 1)"},
            "You routed once more than asked. The first of the iterations is the one with equal shares.",
        ),
        wrong(
            "uniform",
            {"range(iterations)": "range(1)"},
            "Your shares stay equal: that is one iteration, whatever the number asked for.",
        ),
        wrong(
            "logits replaced",
            {"logits + np": "np"},
            "You replaced the logits by the newest agreement. They are added up: b ← b + û · v.",
        ),
        wrong(
            "not squashed",
            {"return v": "return s"},
            "The last sum is not squashed. Its length must say how likely the thing is there: below 1.",
        ),
        wrong(
            "agreement with s",
            {"predictions, v": "predictions, s"},
            "You compared the predictions with s. They are compared with v, the squashed sum.",
        ),
        wrong(
            "squash forgotten",
            {"predictions, v": "predictions, s", "return v": "return s"},
            "You left squash out. It makes v of s, in each iteration: v is compared with the predictions, "
            "and the last v is returned.",
        ),
        wrong(
            "whole shares first",
            {"shares.sum(axis=1, keepdims=True)": "(shares.sum(1, keepdims=True) if logits.any() else 1)"},
            "In the first iteration you gave every output the whole of each input. The shares of an input "
            "add up to 1 from the start.",
        ),
        wrong(
            "mean over the inputs",
            {"shares, predictions)": "shares, predictions) / len(predictions)"},
            "You took the mean of the weighted predictions. They are added up: the more agree, the longer "
            "the vector.",
        ),
        wrong(
            "not softmax",
            {"shares.sum(axis=1, keepdims=True)": "shares.shape[1]"},
            "You divided the exponentials by the number of outputs, so the shares do not add up to 1. Divide "
            "by their sum.",
        ),
    ],
)


# 5. Entropy -----------------------------------------------------------------------------------------


def coupling_entropy(logits):
    # e^1000 is no float: the logarithms are taken without such powers.
    log_shares = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return -(np.exp(log_shares) * log_shares).sum(axis=1).mean()


def entropy_cases(rng: np.random.Generator) -> Case:
    """Logits far from 0; often the parts' differ, and one part gives all to one whole, or to two of many.

    Then the largest lie so far above their mean that it will not do for the largest.
    """
    inputs, outputs = (int(n) for n in rng.permutation([2, 3, 4, 5])[:2])
    logits = halves(rng, inputs, outputs)
    if rng.random() < 0.4:
        return {"logits": logits + rng.choice([-1000, 0, 1000])}  # the shares are the same
    logits[1:] += rng.choice([-1000, 0], (inputs - 1, 1))
    logits[0] -= 1000
    logits[0, rng.permutation(outputs)[: rng.integers(1, 3)]] += 2000
    return {"logits": logits}


ENTROPY = Exercise(
    coupling_entropy,
    points=1,
    cases=entropy_cases,
    mistakes=[
        wrong(
            "bits",
            {".mean()": ".mean() / np.log(2)"},
            "You took the logarithm to base 2: bits. The question asks for nats, the natural logarithm.",
        ),
        wrong(
            "softmax over the inputs",
            {"np.logaddexp.reduce(logits, axis=1": "np.logaddexp.reduce(logits, axis=0"},
            "Your softmax runs over the inputs. Each input (row) shares itself out over the outputs.",
        ),
        wrong(
            "over the inputs",
            lambda logits: coupling_entropy(logits.T),
            "You took softmax and sum over the inputs. Each input (row) shares itself out over the outputs: "
            "axis 1.",
        ),
        wrong("cut", lambda logits: coupling_entropy(logits.clip(-700, 700)), CUT),
        wrong(
            "mean subtracted and cut",
            lambda logits: coupling_entropy((logits - logits.mean(axis=1, keepdims=True)).clip(-700, 700)),
            CUT,
        ),
        wrong(
            "softmax over all",
            {"reduce(logits, axis=1, keepdims=True)": "reduce(logits, axis=None)"},
            "Your shares add up to 1 over all pairs. Those of each input (row) add up to 1.",
        ),
        wrong(
            "logits for logarithms",
            {"* log_shares": "* logits"},
            "You took the logits for the logarithms of the shares. They lack the softmax's denominator.",
        ),
        wrong(
            "summed",
            {".mean()": ".sum()"},
            "You added the inputs' entropies up. The question asks for their mean.",
        ),
        wrong(
            "each input",
            {".mean()": ""},
            "You returned an entropy for each input. The question asks for their mean, one number.",
        ),
        wrong(
            "sign",
            {"-(np": "(np"},
            "Your entropy is negative. log c is below 0: the minus sign before the sum is missing.",
        ),
        wrong(
            "mean over all",
            {".sum(axis=1).mean()": ".mean()"},
            "You took the mean over all shares. An entropy is a *sum* over the outputs; the mean is over the "
            "inputs.",
        ),
        wrong(
            "share of the largest",
            {".mean()": ".mean() / np.log(logits.shape[1])"},
            "You divided by the entropy of equal shares. The question asks for nats.",
        ),
        wrong(
            "of the mean",
            {
                "return": "shares = np.exp(log_shares).mean(axis=0)\n    return",
                "np.exp(log_shares) * log_shares).sum(axis=1).mean()": "shares * np.log(shares)).sum()",
            },
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


MARGIN = Exercise(
    margin_loss,
    points=2,
    cases=margin_cases,
    mistakes=[
        wrong(
            "no half",
            {"0.5 * ": ""},
            "The absent classes weigh as much as the present one. They are many: each weighs 0.5.",
        ),
        wrong(
            "right class punished",
            {"(1 - present) * ": ""},
            "Your second term punishes the right class for its length as well. It is for the absent ones: "
            "that is its factor 1 − T.",
        ),
        wrong(
            "half for the present",
            {"(present * short": "(0.5 * present * short", "+ 0.5 *": "+"},
            "You put the 0.5 before the present class. It belongs to the absent ones.",
        ),
        wrong(
            "no squares",
            {"9 - lengths) ** 2": "9 - lengths)", "1) ** 2": "1)"},
            "The squares are missing: (0.9 − length)², (length − 0.1)².",
        ),
        wrong(
            "square of the sum",
            {
                "return": "return (",
                " + 0.5 * (1 - present) * long)": ").sum(1) + 0.5 * ((1 - present) * long**0.5)",
                ".sum(axis=1)": ".sum(axis=1) ** 2)",
            },
            "You squared the sum over the absent classes. Each class is squared by itself, then they are "
            "added up.",
        ),
        wrong(
            "no margin",
            {"0.9": "1", " - 0.1": ""},
            "You pull to 1 and 0. The loss is content with 0.9 and 0.1.",
        ),
        wrong(
            "margins exchanged",
            {"0.9": "0.1", "lengths - 0.1": "lengths - 0.9"},
            "You exchanged the margins. The right class is to be longer than 0.9, the others shorter than "
            "0.1.",
        ),
        wrong(
            "beyond the margin",
            {
                "np.maximum(0, 0.9 - lengths)": "(0.9 - lengths)",
                "np.maximum(0, lengths - 0.1)": "(lengths - 0.1)",
            },
            "You also punish a length of 0.95 for the right class, or of 0.05 for a wrong one. Beyond the "
            "margin the loss is 0: max(0, …).",
        ),
        wrong(
            "labels from one",
            {"[labels]": "[labels - 1]"},
            "You counted the classes from 1. Label 0 is the first column.",
        ),
        wrong(
            "mean over the classes",
            {".sum(axis=1)": ""},
            "You took the mean over the classes. They are added up; the mean is over the images.",
        ),
        wrong(
            "present only",
            {" + 0.5 * (1 - present) * long": ""},
            "The absent classes are missing from your loss. Without them every capsule could be long.",
        ),
        wrong(
            "summed over the images",
            {".mean()": ".sum()"},
            "You added the images' losses up. The question asks for their mean.",
        ),
    ],
)


# 7 and 8. Counting ----------------------------------------------------------------------------------


def count_capsnet(
    height,
    width,
    kernel,
    channels,
    types,
    pose,
    classes,
    class_pose,
):
    places = 1
    for size in (height, width):
        places *= (size - 2 * (kernel - 1) - 1) // 2 + 1
    first = kernel**2 * channels + channels
    primary = kernel**2 * channels * types * pose + types * pose
    predictions = types * places * classes * pose * class_pose
    return first + primary + predictions


def capsnet_cases(rng: np.random.Generator) -> Case:
    """Along one side the stride leaves a pixel over: no rounding is right, along the other no lost 1.

    Four types would be as many as the stride of 2 leaves out.
    """
    kernel = int(rng.choice([9, 5, 7]))
    jumps = rng.integers([1, 1], [5, 6])
    jumps[1] += jumps[0] == jumps[1]  # as many places each way, and who takes the map for square is right
    sides = 2 * kernel + 4 * jumps + [2, 1]
    height, width = (int(side) for side in rng.permutation(sides))
    return {
        "height": height,
        "width": width,
        "kernel": kernel,
        "channels": int(rng.integers(17, 100)),
        "types": int(rng.choice([3, *range(5, 17)])),
        "pose": int(rng.choice([4, 6, 8])),
        "classes": int(rng.integers(11, 40)),
        "class_pose": int(rng.choice([9, 10, 12, 16])),
    }


SQUARE = (
    "Your number is as large as if the map of capsules were square. Its rows come of the image's height, its "
    "columns of the width: compute both."
)
SQUARE_MATRICES = (
    "Your number is as large as with square matrices. A matrix takes the vector of a capsule to that of a "
    "class, and those are not equally long."
)
VECTORS = (
    "Your number is as large as if the matrices read or gave one number each. They turn a vector of a "
    "capsule into a vector of a class: pose × class pose weights."
)
CAPSNET = DrawnExercise(
    count_capsnet,
    points=3,
    cases=capsnet_cases,
    question=(
        "A CapsNet takes grey images of {height}×{width}. Its first layer is a convolution of "
        "{kernel}×{kernel} to {channels} channels, stride 1. Its second is another of {kernel}×{kernel}, "
        "with stride 2, to {types} types of capsules with vectors of length {pose}. Neither pads; both have "
        "biases. Each of these capsules predicts, by matrices of its own and without biases, the vectors of "
        "{classes} classes, which have length {class_pose}. How many parameters does it have, without a "
        "decoder?"
    ),
    mistakes=[
        wrong(
            "shared over the places",
            {"types * places": "types"},
            "Your number is as large as if the places shared their matrices. In CapsNet each capsule has "
            "its own, so the image's size counts.",
        ),
        wrong(
            "one capsule a place",
            {"types * places": "places"},
            "Your number is as large as with one capsule at each place. There is one of each type at every "
            "place.",
        ),
        wrong(
            "one side",
            {"(height, width):": "(width,):"},
            "Your number is as large as with the places along one side of the map. It has side · side of "
            "them.",
        ),
        wrong(
            "square of the height",
            {"(height, width):": "(height, height):"},
            SQUARE,
        ),
        wrong(
            "square of the width",
            {"(height, width):": "(width, width):"},
            SQUARE,
        ),
        wrong(
            "biases forgotten",
            {" + channels": "", " + types * pose": ""},
            "The biases of the two convolutions are missing.",
        ),
        wrong(
            "no stride",
            {"(size - 2 * (kernel - 1) - 1) // 2 + 1": "size - 2 * (kernel - 1)"},
            "You left out the stride of 2: it leaves about a quarter of the places.",
        ),
        wrong(
            "stride in the first too",
            {"(size - 2 * (kernel - 1) - 1) // 2 + 1": "((size - kernel) // 2 + 1 - kernel) // 2 + 1"},
            "Your capsules have as many places as if both convolutions had the stride of 2. The first has "
            "stride 1.",
        ),
        wrong(
            "stride in the first alone",
            {"(size - 2 * (kernel - 1) - 1) // 2 + 1": "max(1, (size - kernel) // 2 + 2 - kernel)"},
            "Your capsules have as many places as if the first convolution had the stride of 2. The second "
            "has it.",
        ),
        wrong(
            "rounded up",
            {"- 1) // 2 + 1": ") // 2 + 1"},
            "Your capsules have as many places as if a size were rounded up. A window that does not fit "
            "whole is not computed: (W − K) / 2 is rounded down, and then 1 is added.",
        ),
        wrong(
            "one short",
            {"- 1) // 2": "- 2) // 2"},
            "Your capsules have as many places as if a size had lost its 1. A convolution of stride 1 leaves "
            "W − K + 1, one of stride 2 leaves (W − K) // 2 + 1.",
        ),
        wrong(
            "one less each way",
            {"// 2 + 1": "// 2"},
            "Your capsules have one place too few each way. The second convolution has (W − K) // 2 + 1.",
        ),
        wrong(
            "first kernel forgotten",
            {"size - 2 * (kernel - 1) - 1": "size - kernel"},
            "Your capsules have as many places as if only one of the two convolutions cut off kernel − 1. "
            "Neither pads: both do.",
        ),
        wrong(
            "padded",
            {"(size - 2 * (kernel - 1) - 1) // 2 + 1": "(size + 1) // 2"},
            "You let the convolutions pad. They do not: each cuts off kernel − 1, and the second halves the "
            "rest.",
        ),
        wrong(
            "types for channels",
            {"channels * types * pose + types * pose": "channels * types + types"},
            "You gave the second convolution one channel a type. A capsule is a vector: types × its length.",
        ),
        wrong(
            "predictions forgotten",
            {" + predictions": ""},
            "The matrices of the predictions are missing. They are parameters like others; only the coupling "
            "coefficients are not.",
        ),
        wrong(
            "predictions with biases",
            {"classes * pose": "classes * (pose + 1)"},
            "Your number is as large as if the predictions had biases. They are matrices alone, without "
            "biases.",
        ),
        wrong(
            "couplings counted",
            {"+ predictions": "+ predictions + types * places * classes"},
            "You counted the coupling coefficients. They are computed anew for each image: no parameters.",
        ),
        wrong(
            "numbers, not matrices",
            {" * pose * class_pose": ""},
            "Your number is as large as with one weight for each pair of capsules. A pair has a matrix that "
            "turns one vector into another.",
        ),
        wrong(
            "numbers for vectors",
            {" * class_pose": ""},
            VECTORS,
        ),
        wrong(
            "vectors of numbers",
            {" * pose * class_pose": " * class_pose"},
            VECTORS,
        ),
        wrong(
            "square matrices",
            {"pose * class_pose": "pose**2"},
            SQUARE_MATRICES,
        ),
        wrong(
            "square matrices of the classes",
            {"pose * class_pose": "class_pose**2"},
            SQUARE_MATRICES,
        ),
        wrong(
            "colour",
            {"first = kernel": "first = 3 * kernel"},
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
    """Lengths of which two mistakes together do not make the number of a third."""
    return {
        "inputs": int(rng.integers(100, 2000)),
        "outputs": int(rng.integers(11, 100)),
        "pose": int(rng.choice([12, 14, 15, 16])),
        "class_pose": int(rng.choice([11, 13, 17])),
        "iterations": int(rng.integers(2, 6)),
    }


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
            {"(iterations - 1)": "iterations"},
            "You computed the agreements after the last iteration too. Nothing uses them: one fewer.",
        ),
        wrong(
            "predictions forgotten",
            {"predictions + ": ""},
            "The prediction vectors are missing: a matrix times a vector for each pair.",
        ),
        wrong(
            "predictions every time",
            {"predictions = ": "predictions = iterations * "},
            "You predicted anew in each iteration. The predictions stay; only the shares change.",
        ),
        wrong(
            "agreements forgotten",
            {" + agreements": ""},
            "Your number lacks the agreements, or all weighted sums but one. There is a sum a pair in each "
            "iteration, and between two of them a dot product a pair: its agreement.",
        ),
        wrong(
            "sums forgotten",
            {" + weighted_sums": ""},
            "The weighted sums are missing: in each iteration one for each pair, as long as an output.",
        ),
        wrong(
            "an agreement an output",
            {"1) * inputs": "1)"},
            "You counted an agreement for each output. There is one for each pair: every input compares its "
            "own prediction.",
        ),
        wrong(
            "one iteration",
            lambda **net: count_routing(**net | {"iterations": 1}),
            "You counted one iteration. Each further one adds a weighted sum and an agreement.",
        ),
        wrong(
            "first left out",
            {"sums = iterations": "sums = (iterations - 1)"},
            "Your number lacks the weighted sums of the first iteration, or the agreements of another. The "
            "first one's shares are equal, but its sums are computed like the others', and agreements follow "
            "every iteration but the last.",
        ),
        wrong(
            "one output",
            lambda **net: count_routing(**net | {"outputs": 1}),
            "You counted one output capsule. Each input predicts for all of them.",
        ),
        wrong(
            "a number for a vector",
            {" * class_pose\n    agree": "\n    agree", " * class_pose\n    return": "\n    return"},
            "You counted one MAC a pair for sums and agreements. Their vectors have many numbers.",
        ),
        wrong(
            "as long as the inputs",
            {"class_pose\n    agree": "pose\n    agree", "class_pose\n    return": "pose\n    return"},
            "You gave sums and agreements the length of the inputs' vectors. The predictions have that of "
            "the outputs'.",
        ),
        wrong(
            "outputs' length twice",
            {"pose * class_pose\n    weighted": "class_pose**2\n    weighted"},
            "Your number is as large as with square matrices, as long and as wide as the outputs' vectors. A "
            "matrix takes the inputs' length to the outputs'.",
        ),
        wrong(
            "two a mac",
            {"predictions + weighted_sums + agreements": "2 * (predictions + weighted_sums + agreements)"},
            "Yours is exactly twice as many: FLOPs at 2 per MAC. The question asks for MACs.",
        ),
    ],
)


EXERCISES = [SQUASH, SQUASH_BACKWARD, PREDICTIONS, ROUTE, ENTROPY, MARGIN, CAPSNET, ROUTING]

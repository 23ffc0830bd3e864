"""Chapter 06, LeNet-5, AlexNet, ZFNet: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. Top-k error -------------------------------------------------------------------------------------


def top_k_error(scores, labels, k):
    wrong = 0
    for row, label in zip(scores, labels, strict=True):
        best = np.argsort(-row)[:k]
        wrong += label not in best
    return wrong / len(labels)


def top_k_cases(rng: np.random.Generator) -> Case:
    images, classes = int(rng.integers(5, 9)), int(rng.integers(7, 10))  # few enough to check by hand
    labels = rng.integers(0, classes, images)
    scores = rng.permuted(np.tile(np.arange(-3.0, classes - 3), (images, 1)), axis=1)
    near = classes - 3.5 - rng.integers(0, 5, images)  # among the best five, and no two scores alike
    scores[np.arange(images), labels] = near
    return {"scores": scores, "labels": labels, "k": int(rng.integers(1, 4))}


TOP_K = Exercise(
    top_k_error,
    points=2,
    cases=top_k_cases,
    mistakes=[
        wrong(
            "accuracy",
            {"return wrong": "return 1 - wrong"},
            "That is the share of images that are right. The error is what is left to one.",
        ),
        wrong(
            "top 1",
            {"[:k]": "[:1]"},
            "You look at the best class only, whatever k is. An image is right if its label is among the "
            "first k.",
        ),
        wrong(
            "the worst",
            {"-row": "row"},
            "You took the k lowest scores. `np.argsort` sorts upwards: the best stand at the end.",
        ),
        wrong(
            "images sorted",
            {"zip(scores": "zip(np.argsort(-scores, axis=0)", "np.argsort(-row)": "row"},
            "You sorted the images of each class. Sort the classes of each image: the last axis.",
        ),
        wrong(
            "guesses of all images",
            {"label not in best": "label not in np.argsort(-scores, axis=1)[:, :k]"},
            "You look for a label among the guesses for all images. It has to be among the k guesses for its "
            "own image.",
        ),
        wrong(
            "ranks",
            {"[:k]": "", "label not in best": "best[label] >= k"},
            "You took argsort for the ranks. It says which class stands at a place, not at which place a "
            "class stands.",
        ),
        wrong(
            "one too many",
            {"[:k]": "[: k + 1]"},
            "You let k + 1 guesses count. `[:k]` already takes k of them, from 0 to k − 1.",
        ),
        wrong(
            "exactly place k",
            {"label not in best": "label != best[-1]"},
            "You ask whether the label stands exactly at place k. Any of the first k places will do.",
        ),
        wrong(
            "each guess counted",
            {"label not in best": "(label != best).mean()"},
            "You counted every one of the k guesses. An image is right as soon as one of them is: it counts "
            "whole.",
        ),
        wrong(
            "a count",
            {" / len(labels)": ""},
            "You returned how many images are wrong. The error is their share: divide by the number of "
            "images.",
        ),
        wrong(
            "per cent",
            {"return wrong": "return 100 * wrong"},
            "You returned per cent. A share lies between 0 and 1 here.",
        ),
    ],
)


# 2. An ensemble -------------------------------------------------------------------------------------


def mean_probabilities(scores):
    shifted = scores - scores.max(axis=2, keepdims=True)
    odds = np.exp(shifted)
    probabilities = odds / odds.sum(axis=2, keepdims=True)
    return probabilities.mean(axis=0)


def ensemble_cases(rng: np.random.Generator) -> Case:
    """Scores of which some are so large, so small or so far apart that exp alone does not bear them."""
    networks, images, classes = (int(rng.integers(*bounds)) for bounds in ((2, 4), (4, 6), (6, 8)))
    scores = (8 * rng.normal(size=(networks, images, classes))).round() / 4  # as exact in single precision
    scores[0, 0] += 1000
    scores[1, 1] -= 1000
    scores[0, 2, 3] -= 1000
    scores[1, 3, 0] += 1000  # one class alone: to subtract the mean is not enough
    return {"scores": scores}


ENSEMBLE = Exercise(
    mean_probabilities,
    points=2,
    cases=ensemble_cases,
    mistakes=[
        wrong(
            "scores averaged",
            lambda scores: mean_probabilities(scores.mean(axis=0, keepdims=True)),
            "You averaged the scores and took the softmax of the mean. That lets the network with the "
            "largest scores decide: make each network's scores probabilities first, then average.",
        ),
        wrong(
            "exponentials averaged",
            {
                "max(axis=2": "max(axis=(0, 2)",
                "sum(axis=2": "sum(axis=(0, 2)",
                ".mean(": ".sum(",
            },
            "You averaged the exponentials and made them probabilities afterwards. Then a network with "
            "larger scores counts more: divide by the sum in each network first.",
        ),
        wrong(
            "no softmax",
            lambda scores: scores.mean(axis=0),
            "You averaged the scores. They are not probabilities yet: each network's need a softmax first.",
        ),
        wrong(
            "sigmoid",
            lambda scores: (0.5 + 0.5 * np.tanh(scores / 2)).mean(axis=0),
            "You took a sigmoid for each class. The classes share one probability: that takes a softmax.",
        ),
        wrong(
            "softmax over the images",
            {"max(axis=2": "max(axis=1", "sum(axis=2": "sum(axis=1"},
            "Your softmax runs over the images. The classes of one image share its probability: that is the "
            "last axis.",
        ),
        wrong(
            "softmax over the networks",
            {"max(axis=2": "max(axis=0", "sum(axis=2": "sum(axis=0"},
            "Your softmax runs over the networks. The classes of one image share its probability: that is "
            "the last axis.",
        ),
        wrong(
            "softmax over everything",
            {"max(axis=2, keepdims=True)": "max()", "sum(axis=2, keepdims=True)": "sum()"},
            "Your softmax runs over all images and networks at once: the axis is missing. The classes of one "
            "image share its probability.",
        ),
        wrong(
            "votes",
            lambda scores: np.eye(scores.shape[2])[scores.argmax(axis=2)].mean(axis=0),
            "You let each network vote for one class. An average of probabilities also hears how sure each "
            "was, and what it held possible besides.",
        ),
        wrong(
            "sum",
            {".mean(": ".sum("},
            "Your probabilities add up to the number of networks. Divide by it: take the mean.",
        ),
        wrong(
            "geometric mean",
            {
                "odds / odds.sum(axis=2, keepdims=True)": (
                    "shifted - np.log(odds.sum(axis=2, keepdims=True))"
                ),
                "return probabilities.mean(axis=0)": "return np.exp(probabilities.mean(axis=0))",
            },
            "You took the geometric mean: the mean of the logarithms. One network that excludes a class then "
            "decides for all: take the mean of the probabilities themselves.",
        ),
        wrong(
            "averaged over the images",
            {"mean(axis=0)": "mean(axis=1)"},
            "You averaged over the images. The networks are the first axis; each image keeps its own answer.",
        ),
        wrong(
            "the surest",
            {".mean(": ".max("},
            "You kept the largest probability that any network gave. The sum over the classes is then "
            "above 1: take the mean.",
        ),
    ],
)


# 3. Unpooling ---------------------------------------------------------------------------------------


def unpool(values, switches, height, width):
    image = np.zeros(height * width)
    for place, value in enumerate(values.ravel()):
        image[switches.ravel()[place]] += value
    return image.reshape(height, width)


def unpool_cases(rng: np.random.Generator) -> Case:
    """The switches of 3×3 windows, 2 apart, in an image of many different numbers: neighbours may agree."""
    rows, columns = (int(n) for n in rng.permutation([2, 3, 4])[:2])
    height, width = (2 * n + 1 + int(rng.integers(0, 2)) for n in (rows, columns))
    image = rng.permutation(height * width).reshape(height, width)
    image[2, 2] = image.max() + 1  # in the corner of four windows
    switches = np.empty((rows, columns), dtype=int)
    for i, j in np.ndindex(rows, columns):
        window = image[2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        row, column = np.unravel_index(window.argmax(), (3, 3))
        switches[i, j] = (2 * i + row) * width + 2 * j + column
    values = rng.integers(1, 20, (rows, columns)) / 2
    return {"values": values, "switches": switches, "height": height, "width": width}


def unpool_corner(values, switches, height, width):
    image = np.zeros((height, width))
    image[: 2 * values.shape[0] : 2, : 2 * values.shape[1] : 2] = values
    return image


def unpool_spread(values, switches, height, width):
    image = np.zeros((height, width))
    for (i, j), value in np.ndenumerate(values):
        image[2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += value
    return image


UNPOOL = Exercise(
    unpool,
    points=2,
    cases=unpool_cases,
    mistakes=[
        wrong(
            "last kept",
            {"+=": "="},
            "Where two windows had their maximum in the same pixel, yours keeps only the last value. They "
            "add up: both units heard that pixel.",
        ),
        wrong(
            "first kept",
            {"+= value": "= image[switches.ravel()[place]] or value"},
            "Where two windows had their maximum in the same pixel, yours keeps only the first value. They "
            "add up: both units heard that pixel.",
        ),
        wrong(
            "largest kept",
            {"+= value": "= max(value, image[switches.ravel()[place]])"},
            "Where two windows had their maximum in the same pixel, yours keeps only the larger value. They "
            "add up: both units heard that pixel.",
        ),
        wrong(
            "mean kept",
            {"+= value": "+= value / (switches == switches.ravel()[place]).sum()"},
            "Where two windows had their maximum in the same pixel, you took the mean of the values. They "
            "add up: both units heard that pixel.",
        ),
        wrong(
            "upper left corners",
            unpool_corner,
            "You put every value into its window's upper left corner. The switch says where the maximum "
            "stood: that is what it was kept for.",
        ),
        wrong(
            "spread",
            unpool_spread,
            "You filled the whole window with the value. Only one of its pixels made the maximum: the one "
            "the switch names.",
        ),
        wrong(
            "averaged",
            lambda **case: unpool_spread(**case) / 9,
            "You shared the value among the window's nine pixels. That is the way back through an average; a "
            "maximum came from one pixel.",
        ),
        wrong(
            "counted from 1",
            {"[place]]": "[place] - 1]"},
            "Your values stand one pixel too early. Switches count from 0, as NumPy does: switch 0 is the "
            "first pixel.",
        ),
        wrong(
            "columns first",
            {"reshape(height, width)": "reshape(width, height).T"},
            "You counted the pixels column by column. A switch counts them row by row: it is row · width + "
            "column.",
        ),
        wrong(
            "on its side",
            {"reshape(height, width)": "reshape(height, width).T"},
            "Your image lies on its side: you took rows for columns. The row is switch // width, the column "
            "switch % width.",
        ),
        wrong(
            "height and width swapped",
            {"reshape(height, width)": "reshape(width, height)"},
            "Your image is height wide and width high. Its shape is [height, width].",
        ),
        wrong(
            "fractions cut off",
            {"+= value": "+= int(value)"},
            "Your image cuts the fractions off: it holds whole numbers. Let it hold floats, as values do.",
        ),
        wrong(
            "ones",
            {"+= value": "+= 1"},
            "You marked the switches with ones. The values themselves go there.",
        ),
    ],
)


# 4. Back through a ReLU -----------------------------------------------------------------------------


def back_through_relu(before, signal):
    gradient = np.where(before > 0, signal, 0)
    deconvnet = np.maximum(signal, 0)
    guided = np.where(before > 0, deconvnet, 0)
    return np.stack([gradient, deconvnet, guided])


def relu_cases(rng: np.random.Generator) -> Case:
    """Halves of both signs, and a signal where the ReLU had read exactly 0 or just below."""
    shape = rng.permutation([3, 4, 5])[:2]
    before, signal = rng.integers(-9, 10, (2, *shape)) / 2
    before[:2, 0] = 0, -0.5
    signal[:2, 0] = rng.integers(1, 10, 2) / 2
    return {"before": before, "signal": signal}


BACK = Exercise(
    back_through_relu,
    points=2,
    cases=relu_cases,
    mistakes=[
        wrong(
            "swapped",
            {"gradient, deconvnet, guided": "deconvnet, gradient, guided"},
            "You swapped the first two. The gradient asks whether ReLU's *input* was positive; the deconvnet "
            "asks only whether the *signal* is.",
        ),
        wrong(
            "guided first",
            {"gradient, deconvnet, guided": "guided, gradient, deconvnet"},
            "Your three are in another order. First comes the gradient, then the deconvnet, then guided.",
        ),
        wrong(
            "gradient three times",
            {"deconvnet, guided": "gradient, gradient"},
            "All three are the gradient. The deconvnet does not look at `before` at all, and guided looks at "
            "both.",
        ),
        wrong(
            "deconvnet three times",
            {"gradient, deconvnet, guided": "deconvnet, deconvnet, deconvnet"},
            "You applied a ReLU to the signal in all three. The gradient lets negative signals pass wherever "
            "`before` was positive.",
        ),
        wrong(
            "guided twice",
            {"gradient, deconvnet": "guided, deconvnet"},
            "Your gradient stops negative signals, too. That is what guided does: the gradient asks only "
            "whether `before` was positive.",
        ),
        wrong(
            "open at 0",
            {"before > 0, signal": "before >= 0, signal", "before > 0, deconvnet": "before >= 0, deconvnet"},
            "You let the signal pass where the ReLU had read exactly 0. There its output does not depend on "
            "what it reads: only what was above 0 passes.",
        ),
        wrong(
            "times the output",
            {
                "np.where(before > 0, signal, 0)": "signal * np.maximum(before, 0)",
                "np.where(before > 0, deconvnet, 0)": "deconvnet * np.maximum(before, 0)",
            },
            "You multiplied the signal by ReLU's output. On the way back it is multiplied by the slope: 1 "
            "where `before` was positive, 0 elsewhere.",
        ),
        wrong(
            "forward again",
            {"[gradient, deconvnet, guided]": "3 * [np.maximum(before, 0)]"},
            "You returned what ReLU makes of its *input*. On the way back it is the signal that passes or "
            "does not.",
        ),
        wrong(
            "deconvnet of the input",
            {
                "np.maximum(signal": "np.maximum(before",
                "0, deconvnet": "0, np.maximum(signal, 0)",
            },
            "Your deconvnet returns ReLU's own output. It applies the ReLU to the signal that comes back.",
        ),
        wrong(
            "deconvnet without sign",
            {"np.maximum(signal, 0)": "abs(signal)"},
            "You let the size of a negative signal pass, without its sign. The deconvnet applies a ReLU to "
            "the signal: what is negative ends there.",
        ),
        wrong(
            "masks",
            {"> 0, signal": "> 0, 1.0", "np.maximum(signal, 0)": "np.where(signal > 0, 1.0, 0)"},
            "You returned what is let through as ones and zeros. Multiply the signal by it.",
        ),
        wrong(
            "guided as either",
            {"before > 0, deconvnet": "(before > 0) | (signal > 0), signal"},
            "Your guided rule lets pass what *either* of the others would. It lets pass what both would.",
        ),
        wrong(
            "guided as mean",
            {"np.where(before > 0, deconvnet, 0)": "(gradient + deconvnet) / 2"},
            "Your guided rule takes the mean of the others. It lets the signal pass where both would.",
        ),
        wrong(
            "guided squared",
            {"np.where(before > 0, deconvnet, 0)": "gradient * deconvnet"},
            "Your guided rule multiplies the two others, and that squares the signal. Multiply the signal by "
            "both conditions instead.",
        ),
        wrong(
            "signs kept",
            {"deconvnet, guided": "signal, gradient"},
            "You let everything pass in the deconvnet's row. It, too, has a ReLU: negative signals end "
            "there.",
        ),
    ],
)


# 5. The positions of crops --------------------------------------------------------------------------


def count_crops(size, crop, images):
    positions = (size - crop + 1) ** 2
    return images * positions * 2


CROPS = DrawnExercise(
    count_crops,
    points=1,
    cases=lambda rng: {
        "size": int(rng.integers(230, 300)),
        "crop": int(rng.integers(180, 225)),
        "images": int(rng.integers(11, 99)),
    },
    question=(
        "A training set has {images} images of {size}×{size} pixels. The network is shown squares of "
        "{crop}×{crop} pixels, cut out at any whole pixel, as they are or mirrored left to right. How many "
        "different squares can it be shown, if no two happen to look alike?"
    ),
    mistakes=[
        wrong(
            "one position short",
            {" + 1": ""},
            "You counted size − crop positions along a side. With the first one, at pixel 0, it is one more. "
            "(AlexNet's paper counts as you did.)",
        ),
        wrong(
            "one position too many",
            {" + 1": " + 2"},
            "You counted size − crop + 2 positions along a side. The first is pixel 0, the last size − crop: "
            "that is one fewer.",
        ),
        wrong(
            "over the edge",
            {"size - crop + 1": "size"},
            "You let a square begin at every pixel, also where it would hang over the edge. Along a side it "
            "can begin at size − crop + 1 of them.",
        ),
        wrong(
            "pixels left over",
            {"(size - crop + 1) ** 2": "(size**2 - crop**2)"},
            "You counted the pixels beside the square. Count the places where its corner can be.",
        ),
        wrong(
            "no mirror",
            {" * 2": ""},
            "The mirrored squares are missing: each can be shown either way round.",
        ),
        wrong(
            "images mirrored once",
            {"positions * 2": "(positions + 1)"},
            "You added one mirrored picture an image. Each square has a mirrored twin.",
        ),
        wrong(
            "one axis",
            {" ** 2": ""},
            "You moved the square along one side only. It moves along both, independently.",
        ),
        wrong(
            "mirrored both ways",
            {" * 2": " * 4"},
            "You mirrored top to bottom as well. The question asks for left and right only.",
        ),
        wrong(
            "of one image",
            {"images * ": ""},
            "That is the number for one image. The training set has many.",
        ),
        wrong(
            "ten crops",
            {"positions * 2": "10"},
            "Those are the ten crops of a test: corners and middle, and their mirror images. In training a "
            "square may start at any pixel.",
        ),
        wrong(
            "tiles",
            {"size - crop + 1": "size // crop"},
            "You counted squares that do not overlap. They may start at any pixel.",
        ),
    ],
)


# 6. LeNet-5's connections ---------------------------------------------------------------------------


def count_c3(maps_seen, kernel_size, size):
    positions = (size - kernel_size + 1) ** 2
    total = 0
    for seen in maps_seen:
        weights = seen * kernel_size**2
        total += (weights + 1) * positions
    return total


def table_cases(rng: np.random.Generator) -> Case:
    """Fewer maps than the 16 of LeNet-5's own: who counts those is wrong."""
    maps = min(int(rng.integers(8, 17)), 15)
    maps_seen = tuple(int(n) for n in np.sort(rng.integers(2, 7, maps)))
    return {
        "maps_seen": maps_seen,
        "kernel_size": int(rng.choice([3, 5, 7])),
        "size": int(rng.integers(12, 30)),
    }


CONNECTIONS = DrawnExercise(
    count_c3,
    points=2,
    cases=table_cases,
    question=(
        "A layer built like LeNet-5's C3 reads maps of {size}×{size} pixels without padding. Its kernels "
        "are {kernel_size}×{kernel_size}. Its maps see so many of the maps before them: {maps_seen}. As in "
        "the paper, a connection is one use of a weight or of a bias. How many connections has the layer?"
    ),
    mistakes=[
        wrong(
            "parameters",
            {" * positions": ""},
            "Those are the layer's parameters. Each of them is used again at every position.",
        ),
        wrong(
            "no biases",
            {"(weights + 1)": "weights"},
            "Those are the MACs. LeCun counts a unit's bias as a connection, too.",
        ),
        wrong(
            "biases used once",
            {"(weights + 1) * positions": "weights * positions + 1"},
            "You counted each bias once. It is used at every position, as the weights are.",
        ),
        wrong(
            "one bias",
            {"total = 0": "total = positions", "(weights + 1)": "weights"},
            "You gave the layer one bias. Each of its maps has one of its own.",
        ),
        wrong(
            "everything sees everything",
            {"weights = seen": "weights = max(maps_seen)"},
            "You let every map see as many maps as the busiest one. Add up what each really sees.",
        ),
        wrong(
            "one map each",
            {"seen * ": ""},
            "You gave every map one kernel. It has one for each map that it sees.",
        ),
        wrong(
            "input positions",
            {"size - kernel_size + 1": "size"},
            "You counted the positions of the input. Without padding the output is kernel_size − 1 pixels "
            "smaller each way.",
        ),
        wrong(
            "one position short",
            {"kernel_size + 1": "kernel_size"},
            "You counted size − kernel_size positions along a side. With the first one, at pixel 0, it is "
            "one more.",
        ),
        wrong(
            "bias once for each kernel",
            {"weights + 1": "weights + seen"},
            "You gave every kernel a bias. A map has one, however many kernels feed it.",
        ),
        wrong(
            "one row",
            {" ** 2": ""},
            "You multiplied by the output's width once. It has as many rows as columns.",
        ),
    ],
)


# 7. Between two cards -------------------------------------------------------------------------------


def count_traffic(cards, channels, size, batch):
    others = cards - 1  # each channel lies on one card, and all others need it
    numbers = channels * others * size**2 * batch
    return 4 * numbers


def traffic_cases(rng: np.random.Generator) -> Case:
    cards = int(rng.choice([11, 6, 7]))  # of 3, 4, 5, 8 or 9 two mistakes would give the same number
    return {
        "cards": cards,
        "channels": cards * int(rng.integers(20, 99)),
        "size": int(rng.choice([7, *range(9, 31)])),
        "batch": 8 * int(rng.integers(4, 40)),
    }


TRAFFIC = DrawnExercise(
    count_traffic,
    points=2,
    cases=traffic_cases,
    question=(
        "A network is split over {cards} graphics cards, each holding an equal share of every layer's "
        "channels. One layer, like AlexNet's conv3, reads all {channels} channels of {size}×{size} pixels on "
        "every card. The batch has {batch} images of 32-bit floats. How many bytes arrive at the cards, all "
        "of them together, in one forward pass?"
    ),
    mistakes=[
        wrong(
            "own share sent",
            {" - 1": ""},
            "Your number is as large as if every card fetched all channels. Its own share lies there "
            "already.",
        ),
        wrong(
            "all channels from each",
            {"channels * others": "channels * others * cards"},
            "Your number is as large as if every card fetched all channels from each of the others. Each of "
            "those holds its own share only.",
        ),
        wrong(
            "one card",
            {"4 * numbers": "4 * numbers // cards"},
            "Your number is what arrives at one card. The question asks for all of them together.",
        ),
        wrong(
            "one share each",
            {" * others": ""},
            "Your number is as large as if every card fetched one other card's share. It needs those of all "
            "the others.",
        ),
        wrong(
            "one share",
            {"channels * others": "channels // cards"},
            "Your number is one card's share. It is sent to every other card, and so is each of the other "
            "shares.",
        ),
        wrong(
            "sent and received",
            {"4 * numbers": "8 * numbers"},
            "Your number is twice as large: you counted each byte where it leaves and where it arrives, or "
            "eight bytes a number. What arrives is asked for, and a 32-bit float has four.",
        ),
        wrong(
            "elements",
            {"4 * ": ""},
            "Your number is that of the numbers sent. A 32-bit float takes four bytes.",
        ),
        wrong(
            "bits",
            {"4 * ": "32 * "},
            "You counted bits. The question asks for bytes, eight bits each.",
        ),
        wrong(
            "one image",
            {" * batch": ""},
            "Your number is that for one image. All images of the batch are sent.",
        ),
        wrong(
            "one row",
            {"size**2": "size"},
            "Your number is as large as with one row of pixels a channel. A channel has as many rows as "
            "columns.",
        ),
    ],
)


# 8. The largest batch -------------------------------------------------------------------------------


def count_batch(memory_mib, params, kept_kib):
    fixed = 3 * 4 * params
    left = memory_mib * 2**20 - fixed
    return left // (kept_kib * 2**10)


def batch_cases(rng: np.random.Generator) -> Case:
    """There is room for more than half an image: who rounds to the nearest is wrong.

    So is who rounds what the parameters take to whole MiB, up or down.
    """
    while True:
        memory_mib, params = int(rng.integers(1500, 4000)), int(rng.integers(2000, 9000)) * 10**4
        kept_kib = int(rng.integers(200, 900))
        image, over = kept_kib * 2**10, 12 * params % 2**20
        left = (memory_mib * 2**20 - 12 * params) % image
        if image // 2 < left and image - over <= left < 2**20 - over:
            return {"memory_mib": memory_mib, "params": params, "kept_kib": kept_kib}


BATCH = DrawnExercise(
    count_batch,
    points=1,
    cases=batch_cases,
    question=(
        "A graphics card has {memory_mib} MiB. A network of {params} parameters is trained on it, with "
        "32-bit floats and SGD with momentum: each parameter needs itself, its gradient and its velocity. "
        "Each image of the batch needs {kept_kib} KiB more. How many images has the largest batch that fits?"
    ),
    mistakes=[
        wrong(
            "weights only",
            {"3 * ": ""},
            "You kept the weights alone. Their gradients and their velocities are just as many.",
        ),
        wrong(
            "no velocity",
            {"3 * ": "2 * "},
            "You forgot the velocities: momentum remembers one number for each parameter.",
        ),
        wrong(
            "as Adam",
            {"3 * ": "4 * "},
            "You kept four numbers for each parameter, as Adam does. SGD with momentum keeps three: weight, "
            "gradient and velocity.",
        ),
        wrong(
            "activations only",
            {" - fixed": ""},
            "You gave all of the memory to the images. Weights, gradients and velocities need theirs first.",
        ),
        wrong(
            "network for each image",
            {"left // (": "memory_mib * 2**20 // (fixed + "},
            "You paid for the parameters again with every image. They are kept once, however large the "
            "batch.",
        ),
        wrong(
            "one a byte",
            {"4 * ": ""},
            "You gave each parameter one byte for each of the three. A 32-bit float takes four.",
        ),
        wrong(
            "decimal",
            {"2**20": "10**6", "2**10": "10**3"},
            "You took MiB and KiB for a million and a thousand bytes. They are powers of two.",
        ),
        wrong(
            "decimal KiB",
            {"2**10": "10**3"},
            "You took a KiB for a thousand bytes. It has 1024.",
        ),
        wrong(
            "power of two",
            {"return left // (kept_kib * 2**10)": "return 1 << (left // kept_kib // 2**10).bit_length() - 1"},
            "You rounded down to a power of two. That is a custom, not a need: any whole number of images "
            "can be a batch.",
        ),
        wrong(
            "rounded up",
            {"2**10)": "2**10) + 1"},
            "Your last image does not fit: round down, and at the end alone. The parameters take "
            "their bytes, not whole MiB.",
        ),
    ],
)

EXERCISES = [TOP_K, ENSEMBLE, UNPOOL, BACK, CROPS, CONNECTIONS, TRAFFIC, BATCH]

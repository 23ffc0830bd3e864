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
    scores = rng.permuted(np.tile(np.arange(float(classes)), (images, 1)), axis=1)
    scores[np.arange(images), labels] += 1.5  # often right, and no two scores alike
    return {"scores": scores, "labels": labels, "k": int(rng.integers(2, 4))}


TOP_K = Exercise(
    top_k_error,
    points=2,
    cases=top_k_cases,
    mistakes=[
        wrong(
            "accuracy",
            lambda scores, labels, k: 1 - top_k_error(scores, labels, k),
            "That is the share of images that are right. The error is what is left to one.",
        ),
        wrong(
            "top 1",
            lambda scores, labels, k: top_k_error(scores, labels, 1),
            "You look at the best class only, whatever k is. An image is right if its label is among the "
            "first k.",
        ),
        wrong(
            "the worst",
            lambda scores, labels, k: top_k_error(-scores, labels, k),
            "You took the k lowest scores. `np.argsort` sorts upwards: the best stand at the end.",
        ),
        wrong(
            "one too many",
            lambda scores, labels, k: top_k_error(scores, labels, k + 1),
            "You let k + 1 guesses count. `[:k]` already takes k of them, from 0 to k − 1.",
        ),
        wrong(
            "exactly place k",
            lambda scores, labels, k: float(np.mean(np.argsort(-scores)[:, k - 1] != labels)),
            "You ask whether the label stands exactly at place k. Any of the first k places will do.",
        ),
        wrong(
            "a count",
            lambda scores, labels, k: top_k_error(scores, labels, k) * len(labels),
            "You returned how many images are wrong. The error is their share: divide by the number of "
            "images.",
        ),
        wrong(
            "per cent",
            lambda scores, labels, k: top_k_error(scores, labels, k) * 100,
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
    networks, images, classes = (int(rng.integers(*bounds)) for bounds in ((2, 5), (5, 8), (8, 11)))
    return {"scores": 2 * rng.normal(size=(networks, images, classes))}


def softmax(scores, axis):
    odds = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return odds / odds.sum(axis=axis, keepdims=True)


ENSEMBLE = Exercise(
    mean_probabilities,
    points=2,
    cases=ensemble_cases,
    mistakes=[
        wrong(
            "scores averaged",
            lambda scores: softmax(scores.mean(axis=0), 1),
            "You averaged the scores and took the softmax of the mean. That lets the network with the "
            "largest scores decide: make each network's scores probabilities first, then average.",
        ),
        wrong(
            "no softmax",
            lambda scores: scores.mean(axis=0),
            "You averaged the scores. They are not probabilities yet: each network's need a softmax first.",
        ),
        wrong(
            "softmax over the images",
            lambda scores: softmax(scores, 1).mean(axis=0),
            "Your softmax runs over the images. The classes of one image share its probability: that is the "
            "last axis.",
        ),
        wrong(
            "softmax over the networks",
            lambda scores: softmax(scores, 0).mean(axis=0),
            "Your softmax runs over the networks. The classes of one image share its probability: that is "
            "the last axis.",
        ),
        wrong(
            "votes",
            lambda scores: np.eye(scores.shape[2])[scores.argmax(axis=2)].mean(axis=0),
            "You let each network vote for one class. An average of probabilities also hears how sure each "
            "was, and what it held possible besides.",
        ),
        wrong(
            "sum",
            lambda scores: softmax(scores, 2).sum(axis=0),
            "Your probabilities add up to the number of networks. Divide by it: take the mean.",
        ),
        wrong(
            "averaged over the images",
            lambda scores: softmax(scores, 2).mean(axis=1),
            "You averaged over the images. The networks are the first axis; each image keeps its own answer.",
        ),
        wrong(
            "the surest",
            lambda scores: softmax(scores, 2).max(axis=0),
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
    height, width = 2 * rows + 1, 2 * columns + 1
    image = rng.permutation(height * width).reshape(height, width)
    image[2, 2] = image.max() + 1  # in the corner of four windows
    switches = np.empty((rows, columns), dtype=int)
    for i, j in np.ndindex(rows, columns):
        window = image[2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        row, column = np.unravel_index(window.argmax(), (3, 3))
        switches[i, j] = (2 * i + row) * width + 2 * j + column
    values = rng.integers(1, 10, (rows, columns)).astype(float)
    return {"values": values, "switches": switches, "height": height, "width": width}


def unpool_last(values, switches, height, width):
    image = np.zeros(height * width)
    image[switches.ravel()] = values.ravel()
    return image.reshape(height, width)


def unpool_corner(values, switches, height, width):
    image = np.zeros((height, width))
    image[: 2 * values.shape[0] : 2, : 2 * values.shape[1] : 2] = values
    return image


def unpool_spread(values, switches, height, width, share=1.0):
    image = np.zeros((height, width))
    for (i, j), value in np.ndenumerate(values):
        image[2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += share * value
    return image


UNPOOL = Exercise(
    unpool,
    points=2,
    cases=unpool_cases,
    mistakes=[
        wrong(
            "overlaps overwritten",
            unpool_last,
            "Where two windows had their maximum in the same pixel, yours keeps only one of the two values. "
            "They add up: both units heard that pixel.",
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
            lambda values, switches, height, width: unpool_spread(values, switches, height, width, 1 / 9),
            "You shared the value among the window's nine pixels. That is the way back through an average; a "
            "maximum came from one pixel.",
        ),
        wrong(
            "columns first",
            lambda values, switches, height, width: (
                unpool(values, switches, width, height).T
                if height == width
                else unpool(values, switches % width * height + switches // width, height, width)
            ),
            "You counted the pixels column by column. A switch counts them row by row: it is row · width + "
            "column.",
        ),
        wrong(
            "height and width swapped",
            lambda values, switches, height, width: unpool(values, switches, width, height),
            "Your image is height wide and width high. Its shape is [height, width].",
        ),
        wrong(
            "ones",
            lambda values, switches, height, width: unpool(np.ones_like(values), switches, height, width),
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
    shape = rng.permutation([3, 4, 5])[:2]
    before, signal = rng.integers(1, 10, (2, *shape)) * rng.choice([-1.0, 1.0], (2, *shape))
    return {"before": before, "signal": signal}


BACK = Exercise(
    back_through_relu,
    points=2,
    cases=relu_cases,
    mistakes=[
        wrong(
            "swapped",
            lambda before, signal: back_through_relu(before, signal)[[1, 0, 2]],
            "You swapped the first two. The gradient asks whether ReLU's *input* was positive; the deconvnet "
            "asks only whether the *signal* is.",
        ),
        wrong(
            "gradient three times",
            lambda before, signal: back_through_relu(before, signal)[[0, 0, 0]],
            "All three are the gradient. The deconvnet does not look at `before` at all, and guided looks at "
            "both.",
        ),
        wrong(
            "deconvnet three times",
            lambda before, signal: back_through_relu(before, signal)[[1, 1, 1]],
            "You applied a ReLU to the signal in all three. The gradient lets negative signals pass wherever "
            "`before` was positive.",
        ),
        wrong(
            "forward again",
            lambda before, signal: np.stack(3 * [np.maximum(before, 0)]),
            "You returned what ReLU makes of its *input*. On the way back it is the signal that passes or "
            "does not.",
        ),
        wrong(
            "masks",
            lambda before, signal: (back_through_relu(before, signal) != 0).astype(float),
            "You returned what is let through as ones and zeros. Multiply the signal by it.",
        ),
        wrong(
            "guided as either",
            lambda before, signal: np.stack(
                [
                    *back_through_relu(before, signal)[:2],
                    np.where((before > 0) | (signal > 0), signal, 0),
                ]
            ),
            "Your guided rule lets pass what *either* of the others would. It lets pass what both would.",
        ),
        wrong(
            "signs kept",
            lambda before, signal: np.stack(
                [back_through_relu(before, signal)[0], signal, back_through_relu(before, signal)[0]]
            ),
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
            lambda size, crop, images: 2 * images * (size - crop) ** 2,
            "You counted size − crop positions along a side. With the first one, at pixel 0, it is one more. "
            "(AlexNet's paper counts as you did.)",
        ),
        wrong(
            "no mirror",
            lambda size, crop, images: images * (size - crop + 1) ** 2,
            "The mirrored squares are missing: each can be shown either way round.",
        ),
        wrong(
            "one axis",
            lambda size, crop, images: 2 * images * (size - crop + 1),
            "You moved the square along one side only. It moves along both, independently.",
        ),
        wrong(
            "mirrored both ways",
            lambda size, crop, images: 4 * images * (size - crop + 1) ** 2,
            "You mirrored top to bottom as well. The question asks for left and right only.",
        ),
        wrong(
            "of one image",
            lambda size, crop, images: 2 * (size - crop + 1) ** 2,
            "That is the number for one image. The training set has many.",
        ),
        wrong(
            "tiles",
            lambda size, crop, images: 2 * images * (size // crop) ** 2,
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
    maps_seen = tuple(int(n) for n in np.sort(rng.integers(2, 7, int(rng.integers(8, 17)))))
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
            lambda maps_seen, kernel_size, size: sum(n * kernel_size**2 + 1 for n in maps_seen),
            "Those are the layer's parameters. Each of them is used again at every position.",
        ),
        wrong(
            "no biases",
            lambda maps_seen, kernel_size, size: (
                count_c3(maps_seen, kernel_size, size) - len(maps_seen) * (size - kernel_size + 1) ** 2
            ),
            "Those are the MACs. LeCun counts a unit's bias as a connection, too.",
        ),
        wrong(
            "everything sees everything",
            lambda maps_seen, kernel_size, size: count_c3(
                len(maps_seen) * (max(maps_seen),), kernel_size, size
            ),
            "You let every map see as many maps as the busiest one. Add up what each really sees.",
        ),
        wrong(
            "one map each",
            lambda maps_seen, kernel_size, size: count_c3(len(maps_seen) * (1,), kernel_size, size),
            "You gave every map one kernel. It has one for each map that it sees.",
        ),
        wrong(
            "input positions",
            lambda maps_seen, kernel_size, size: count_c3(maps_seen, kernel_size, size + kernel_size - 1),
            "You counted the positions of the input. Without padding the output is kernel_size − 1 pixels "
            "smaller each way.",
        ),
        wrong(
            "bias once for each kernel",
            lambda maps_seen, kernel_size, size: (
                sum(maps_seen) * (kernel_size**2 + 1) * (size - kernel_size + 1) ** 2
            ),
            "You gave every kernel a bias. A map has one, however many kernels feed it.",
        ),
        wrong(
            "one row",
            lambda maps_seen, kernel_size, size: (
                count_c3(maps_seen, kernel_size, size) // (size - kernel_size + 1)
            ),
            "You multiplied by the output's width once. It has as many rows as columns.",
        ),
    ],
)


# 7. Between two cards -------------------------------------------------------------------------------


def count_traffic(cards, channels, size, batch):
    on_each = channels // cards
    wanted = channels - on_each
    numbers = cards * wanted * size**2 * batch
    return 4 * numbers


def traffic_cases(rng: np.random.Generator) -> Case:
    cards = int(rng.integers(3, 6))
    return {
        "cards": cards,
        "channels": cards * int(rng.integers(20, 99)),
        "size": int(rng.integers(7, 31)),
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
            lambda cards, channels, size, batch: 4 * cards * channels * size**2 * batch,
            "You let every card fetch all channels. Its own share lies there already.",
        ),
        wrong(
            "one card",
            lambda cards, channels, size, batch: count_traffic(cards, channels, size, batch) // cards,
            "That is what arrives at one card. The question asks for all of them together.",
        ),
        wrong(
            "one share each",
            lambda cards, channels, size, batch: 4 * channels * size**2 * batch,
            "You let every card fetch one other card's share. It needs those of all the others.",
        ),
        wrong(
            "elements",
            lambda cards, channels, size, batch: count_traffic(cards, channels, size, batch) // 4,
            "You counted numbers. A 32-bit float takes four bytes.",
        ),
        wrong(
            "bits",
            lambda cards, channels, size, batch: count_traffic(cards, channels, size, batch) * 8,
            "You counted bits. The question asks for bytes, eight bits each.",
        ),
        wrong(
            "one image",
            lambda cards, channels, size, batch: count_traffic(cards, channels, size, 1),
            "That is for one image. All images of the batch are sent.",
        ),
        wrong(
            "one row",
            lambda cards, channels, size, batch: count_traffic(cards, channels, size, batch) // size,
            "You multiplied by the size once. A channel has as many rows as columns.",
        ),
    ],
)


# 8. The largest batch -------------------------------------------------------------------------------


def count_batch(memory_mib, params, kept_kib):
    fixed = 3 * 4 * params
    left = memory_mib * 2**20 - fixed
    return left // (kept_kib * 2**10)


BATCH = DrawnExercise(
    count_batch,
    points=1,
    cases=lambda rng: {
        "memory_mib": int(rng.integers(1500, 4000)),
        "params": int(rng.integers(2000, 9000)) * 10**4,
        "kept_kib": int(rng.integers(200, 1500)),
    },
    question=(
        "A graphics card has {memory_mib} MiB. A network of {params} parameters is trained on it, with "
        "32-bit floats and SGD with momentum: each parameter needs itself, its gradient and its velocity. "
        "Each image of the batch needs {kept_kib} KiB more. How many images has the largest batch that fits?"
    ),
    mistakes=[
        wrong(
            "weights only",
            lambda memory_mib, params, kept_kib: (memory_mib * 2**20 - 4 * params) // (kept_kib * 2**10),
            "You kept the weights alone. Their gradients and their velocities are just as many.",
        ),
        wrong(
            "no velocity",
            lambda memory_mib, params, kept_kib: (memory_mib * 2**20 - 8 * params) // (kept_kib * 2**10),
            "You forgot the velocities: momentum remembers one number for each parameter.",
        ),
        wrong(
            "activations only",
            lambda memory_mib, params, kept_kib: memory_mib * 2**10 // kept_kib,
            "You gave all of the memory to the images. Weights, gradients and velocities need theirs first.",
        ),
        wrong(
            "one a byte",
            lambda memory_mib, params, kept_kib: (memory_mib * 2**20 - 3 * params) // (kept_kib * 2**10),
            "You gave each parameter one byte for each of the three. A 32-bit float takes four.",
        ),
        wrong(
            "decimal",
            lambda memory_mib, params, kept_kib: (memory_mib * 10**6 - 12 * params) // (kept_kib * 10**3),
            "You took MiB and KiB for a million and a thousand bytes. They are powers of two.",
        ),
        wrong(
            "rounded up",
            lambda memory_mib, params, kept_kib: count_batch(memory_mib, params, kept_kib) + 1,
            "Your last image does not fit: round down.",
        ),
    ],
)

EXERCISES = [TOP_K, ENSEMBLE, UNPOOL, BACK, CROPS, CONNECTIONS, TRAFFIC, BATCH]

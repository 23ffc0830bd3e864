"""Chapter 20, reusing a network: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong

# 1. What is trained ---------------------------------------------------------------------------------


def count_trained(in_channels, channels, kernel_size, frozen, classes):
    sizes = [in_channels, *channels]
    trained = 0
    for i in range(frozen, len(channels)):
        trained += sizes[i] * sizes[i + 1] * kernel_size**2 + 2 * sizes[i + 1]
    return trained + channels[-1] * classes + classes


def trained_cases(rng: np.random.Generator) -> Case:
    channels = [int(each) for each in rng.choice(np.arange(11, 90), 5, replace=False)]
    return {
        "in_channels": 3,
        "channels": channels,
        "kernel_size": int(rng.choice([5, 7])),
        "frozen": int(rng.integers(2, 4)),
        "classes": int(rng.integers(11, 40)),
    }


TRAINED = DrawnExercise(
    count_trained,
    points=2,
    cases=trained_cases,
    question=(
        "A network reads images of {in_channels} channels. It has five convolutions of "
        "{kernel_size}×{kernel_size}, without biases, with {channels} channels, each followed by a "
        "batch normalization with a scale and a "
        "shift a channel. Then come global average pooling and a linear layer with biases. You keep "
        "the first {frozen} convolutions and their normalizations frozen, put a "
        "new linear layer for {classes} classes "
        "in place of the old one, and train the rest. How many parameters are trained?"
    ),
    mistakes=[
        wrong(
            "only the head",
            {"trained + channels": "channels"},
            "You counted the new linear layer alone. The convolutions that are not frozen are trained too.",
        ),
        wrong(
            "head forgotten",
            {" + channels[-1] * classes + classes": ""},
            "The new linear layer is missing: it is the one part that must be trained.",
        ),
        wrong(
            "head without biases",
            {" * classes + classes": " * classes"},
            "The linear layer has a bias for each class as well.",
        ),
        wrong(
            "biases of what is read",
            {"* classes + classes": "* classes + channels[-1]"},
            "You gave the linear layer a bias for each channel that it reads. It has one for each class.",
        ),
        wrong(
            "everything",
            {"range(frozen, ": "range(0, "},
            "You counted every parameter. What is frozen is not trained.",
        ),
        wrong(
            "frozen ones",
            {"range(frozen, len(channels))": "range(frozen)"},
            "You counted the frozen convolutions, and the head. The others are trained.",
        ),
        wrong(
            "one more frozen",
            {"range(frozen, ": "range(frozen + 1, "},
            "You froze one convolution more than was asked for.",
        ),
        wrong(
            "one fewer frozen",
            {"range(frozen, ": "range(frozen - 1, "},
            "You froze one convolution fewer than was asked for.",
        ),
        wrong(
            "no normalization",
            {" + 2 * sizes[i + 1]": ""},
            "The normalizations behind the trained convolutions have a scale and a shift a channel.",
        ),
        wrong(
            "all normalizations",
            {"return trained": "trained += 2 * sum(channels[:frozen])\n    return trained"},
            "You counted the normalizations of the frozen part. They are frozen as well.",
        ),
        wrong(
            "running statistics",
            {"2 * sizes": "4 * sizes"},
            "You counted running means and variances. They are stored, but no gradient trains them.",
        ),
        wrong(
            "biases",
            {"2 * sizes": "3 * sizes"},
            "You gave the convolutions biases. The normalization behind each has a shift instead.",
        ),
        wrong(
            "side for area",
            {"kernel_size**2": "kernel_size"},
            "You took K where K² belongs: a kernel has K² weights for each channel that it reads.",
        ),
        wrong(
            "three by three",
            {"kernel_size**2": "9"},
            "You counted a 3×3 kernel. Look at its size again.",
        ),
    ],
)


# 2. As the weights want it ---------------------------------------------------------------------------


def prepared(image, crop, mean, std):
    top = (image.shape[0] - crop) // 2
    left = (image.shape[1] - crop) // 2
    middle = image[top : top + crop, left : left + crop]
    scaled = (middle / 255 - mean) / std
    return scaled.transpose(2, 0, 1)


def prepared_cases(rng: np.random.Generator) -> Case:
    crop = int(rng.integers(2, 4))
    rows, columns = crop + rng.permutation([0, 1, 3, 4, 7])[:2]  # 0: nothing is cut off
    return {
        "image": rng.integers(0, 256, (rows, columns, 3), dtype=np.uint8),
        "crop": crop,
        "mean": rng.integers(40, 60, 3) / 100,
        "std": rng.choice([0.2, 0.24, 0.25, 0.3], 3, replace=False),
    }


PREPARED = Exercise(
    prepared,
    points=2,
    cases=prepared_cases,
    mistakes=[
        wrong(
            "not scaled",
            {"middle / 255": "middle"},
            "Your pixels are still between 0 and 255. The means are for pixels between 0 and 1.",
        ),
        wrong(
            "mean before scaling",
            {"middle / 255 - mean": "(middle - mean) / 255"},
            "You subtracted the mean from bytes. First divide by 255: it is for pixels between 0 and 1.",
        ),
        wrong(
            "divided by 256",
            {"/ 255": "/ 256"},
            "You divided by 256. The largest byte is 255, and becomes 1.",
        ),
        wrong(
            "mean not subtracted",
            {"255 - mean": "255"},
            "The mean is missing. It is subtracted from each channel.",
        ),
        wrong(
            "not divided by the deviation",
            {" / std": ""},
            "The standard deviation is missing. Each channel is divided by its own.",
        ),
        wrong(
            "deviation first",
            {"(middle / 255 - mean) / std": "middle / 255 / std - mean"},
            "You divided by the deviation before you subtracted the mean. It is the other way round.",
        ),
        wrong(
            "multiplied by the deviation",
            {" / std": " * std"},
            "You multiplied by the standard deviation. Divide by it.",
        ),
        wrong(
            "channels last",
            {".transpose(2, 0, 1)": ""},
            "Your channels stand last, as in a file. A network wants [C, H, W].",
        ),
        wrong(
            "sides exchanged",
            {"(2, 0, 1)": "(2, 1, 0)"},
            "You exchanged rows and columns: your picture lies on its side. Only the channels move.",
        ),
        wrong(
            "reshaped",
            {".transpose(2, 0, 1)": ".reshape(3, crop, crop)"},
            "You reshaped where you should transpose: the colours are scattered over the picture.",
        ),
        wrong(
            "blue first",
            {"scaled.": "scaled[:, :, ::-1]."},
            "You turned the order of the channels around. Red comes first, as in the picture.",
        ),
        wrong(
            "blue read first",
            {"image[top": "image[:, :, ::-1][top"},
            "You turned the order of the channels around before each met its mean. Red comes first, as in "
            "the picture.",
        ),
        wrong(
            "odd pixel above",
            {"[0] - crop) // 2": "[0] - crop + 1) // 2", "[1] - crop) // 2": "[1] - crop + 1) // 2"},
            "Where an odd number is cut off, yours leaves one pixel more above and on the left. It stays at "
            "the bottom and on the right.",
        ),
        wrong(
            "corner",
            {"(image.shape[0] - crop) // 2": "0", "(image.shape[1] - crop) // 2": "0"},
            "You cut out a corner. The middle is asked for.",
        ),
        wrong(
            "own mean",
            {"- mean": "- (middle / 255).mean(axis=(0, 1))"},
            "You subtracted the picture's own mean. The weights expect that of their own images.",
        ),
    ],
)


# 3. A teacher's loss ---------------------------------------------------------------------------------


def distillation_loss(student, teacher, labels, temperature, weight):
    def log_softmax(scores):
        scores = scores - scores.max(axis=1, keepdims=True)
        return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    hard = -log_softmax(student)[np.arange(len(labels)), labels]
    targets = np.exp(log_softmax(teacher / temperature))
    soft = -(targets * log_softmax(student / temperature)).sum(axis=1)
    return np.mean(hard + weight * soft)


def distillation_cases(rng: np.random.Generator) -> Case:
    images, classes = int(rng.integers(2, 4)), int(rng.integers(3, 5))
    large = rng.choice([0, 1000], (images, 1), p=[0.7, 0.3])  # exp(1000) is too much for a float
    spread = rng.choice([1, 300])  # exp(-900) is nothing, and has no logarithm
    return {
        "student": spread * rng.integers(-3, 4, (images, classes)) + large.astype(float),
        "teacher": rng.integers(-5, 6, (images, classes)) - large.astype(float),
        "labels": rng.integers(0, classes, images),
        "temperature": float(rng.choice([1.0, 1.0, 2.0, 4.0])),  # 1 leaves them as large as they are
        "weight": float(rng.choice([0.5, 3.0])),
    }


DISTILLED = Exercise(
    distillation_loss,
    points=3,
    cases=distillation_cases,
    mistakes=[
        wrong(
            "teacher not softened",
            {"teacher / temperature": "teacher"},
            "Your teacher's scores are not divided by the temperature. Both networks' are.",
        ),
        wrong(
            "student not softened",
            {"student / temperature": "student"},
            "Your student's scores are not divided by the temperature. Both networks' are.",
        ),
        wrong(
            "no temperature",
            {"teacher / temperature": "teacher", "student / temperature": "student"},
            "The temperature is missing: in the second term both networks' scores are divided by it.",
        ),
        wrong(
            "temperature for labels",
            {"-log_softmax(student)[": "-log_softmax(student / temperature)["},
            "You softened the student for the labels too. The first term is the ordinary cross-entropy.",
        ),
        wrong(
            "multiplied",
            {
                "teacher / temperature": "teacher * temperature",
                "student / temperature": "student * temperature",
            },
            "You multiplied by the temperature, which sharpens. Divide: heat makes classes alike.",
        ),
        wrong(
            "roles exchanged",
            {
                "softmax(teacher / ": "softmax(student / ",
                "* log_softmax(student / ": "* log_softmax(teacher / ",
            },
            "You exchanged the two: the logarithm is of the student, weighted by the teacher.",
        ),
        wrong(
            "divergence",
            {"sum(axis=1)\n    return": "sum(axis=1) + (targets * np.log(targets)).sum(axis=1)\n    return"},
            "You subtracted the teacher's own entropy: the divergence. The formula has the cross-entropy.",
        ),
        wrong(
            "probabilities softened",
            {"np.exp(log_softmax(teacher / temperature))": "np.exp(log_softmax(teacher)) / temperature"},
            "You divided the probabilities by the temperature. Divide the scores, before the softmax.",
        ),
        wrong(
            "weight forgotten",
            {"weight * soft": "soft"},
            "The weight λ of the second term is missing.",
        ),
        wrong(
            "shared weight",
            {"hard + weight * soft": "(1 - weight) * hard + weight * soft"},
            "You gave the first term the weight 1 − λ. In this formula the first term has weight 1.",
        ),
        wrong(
            "squared temperature",
            {"weight * soft": "weight * temperature**2 * soft"},
            "You multiplied the second term by τ². Hinton and colleagues do; this formula leaves it to λ.",
        ),
        wrong(
            "divergence and squared temperature",
            {
                "sum(axis=1)\n": "sum(axis=1) + (targets * np.log(targets)).sum(axis=1)\n",
                "weight * soft": "weight * temperature**2 * soft",
            },
            "You took the divergence, times τ², as much code does. This formula has the cross-entropy of the "
            "softened scores, and no factor of τ².",
        ),
        wrong(
            "mean over classes",
            {"weight * soft": "weight * soft / student.shape[1]"},
            "You took the second term's mean over the classes too. They are added; the mean is over images.",
        ),
        wrong(
            "summed",
            {"np.mean": "np.sum"},
            "You summed over the images. The mean is asked for.",
        ),
        wrong(
            "labels only",
            {"hard + weight * soft": "hard"},
            "The teacher's term is missing: λ times the second cross-entropy.",
        ),
        wrong(
            "teacher only",
            {"hard + weight * soft": "weight * soft"},
            "The labels' term is missing: the ordinary cross-entropy comes first.",
        ),
    ],
)


# 4. Same or different --------------------------------------------------------------------------------


def contrastive_loss(first, second, same, margin):
    distance = np.sqrt(((first - second) ** 2).sum(axis=1))
    apart = np.maximum(0, margin - distance) ** 2
    return np.mean(np.where(same, distance**2, apart))


def contrastive_cases(rng: np.random.Generator) -> Case:
    """Seldom as many that are alike as not: the mean over the pairs is not that of two means."""
    pairs, size = int(rng.integers(3, 7)), int(rng.integers(2, 5))
    steps = np.array([[0, 0], [1, 0], [1, 1], [-1, 2], [3, 0], [0, -3]])
    steps = np.pad(steps, [(0, 0), (0, size - 2)])
    first = rng.integers(-2, 3, (pairs, size)).astype(float)
    return {
        "first": first,
        "second": first + rng.permuted(rng.permutation(steps)[:pairs], axis=1),
        "same": rng.permutation(np.arange(pairs) < rng.integers(1, pairs)),
        "margin": float(rng.choice([1.5, 2.5])),
    }


CONTRASTIVE = Exercise(
    contrastive_loss,
    points=2,
    cases=contrastive_cases,
    mistakes=[
        wrong(
            "exchanged",
            {"distance**2, apart": "apart, distance**2"},
            "You push alike pairs apart and pull the others together. It is the other way round.",
        ),
        wrong(
            "no limit",
            {"np.maximum(0, margin - distance)": "(margin - distance)"},
            "Pairs of two classes beyond the margin cost nothing. Yours are pulled back.",
        ),
        wrong(
            "not squared",
            {"np.maximum(0, margin - distance) ** 2": "np.maximum(0, margin - distance)"},
            "What a pair lacks to the margin is squared.",
        ),
        wrong(
            "distance not squared",
            {"distance**2": "distance"},
            "For a pair of one class the *square* of the distance counts.",
        ),
        wrong(
            "nothing squared",
            {
                "np.maximum(0, margin - distance) ** 2": "np.maximum(0, margin - distance)",
                "distance**2, apart": "distance, apart",
            },
            "You squared nothing. The distance of a pair of one class and what a pair of two classes "
            "lacks to the margin are squared.",
        ),
        wrong(
            "square within the margin",
            {"margin - distance)": "margin - distance**2)"},
            "You compared the squared distance with the margin. The distance itself is compared.",
        ),
        wrong(
            "square for the margin alone",
            {"np.maximum(0, margin - distance) ** 2": "np.maximum(0, margin - distance**2)"},
            "You squared the distance within the margin, m − d². What the distance lacks to the margin is "
            "squared: (m − d)².",
        ),
        wrong(
            "margin from the other side",
            {"margin - distance": "distance - margin"},
            "You count pairs of two classes that lie beyond the margin. Those cost nothing: what a pair "
            "lacks to the margin counts.",
        ),
        wrong(
            "squared afterwards",
            {"np.maximum(0, margin - distance) ** 2": "np.maximum(0, margin**2 - distance**2)"},
            "You took the difference of the squares. Take the difference, and square it.",
        ),
        wrong(
            "sum of differences",
            {"np.sqrt(((first - second) ** 2).sum(axis=1))": "abs(first - second).sum(axis=1)"},
            "You summed the coordinates' differences. The distance is the root of their summed squares.",
        ),
        wrong(
            "no root",
            {"np.sqrt(((first - second) ** 2).sum(axis=1))": "((first - second) ** 2).sum(axis=1)"},
            "Your distance lacks its root: it is the root of the summed squares.",
        ),
        wrong(
            "only alike",
            {"np.where(same, distance**2, apart)": "same * distance**2"},
            "You count pairs of one class only. Then the best network sends all images to one point.",
        ),
        wrong(
            "only different",
            {"np.where(same, distance**2, apart)": "~same * apart"},
            "You count pairs of two classes only. Nothing pulls images of one class together.",
        ),
        wrong(
            "summed",
            {"np.mean": "np.sum"},
            "You summed over the pairs. The mean is asked for.",
        ),
        wrong(
            "halved",
            {"return ": "return 0.5 * "},
            "You halved the loss, as some papers do. The formula here has no half.",
        ),
    ],
)


# 5. Debug it: few bits --------------------------------------------------------------------------------


def in_few_bits(weight, bits):
    top = 2 ** (bits - 1) - 1
    largest = abs(weight).max(axis=1, keepdims=True)
    step = np.where(largest > 0, largest / top, 1)
    codes = np.round(weight / step)
    return codes * step


def bits_cases(rng: np.random.Generator) -> Case:
    bits = int(rng.integers(3, 6))
    while True:
        tenths = rng.integers(-30, 31, (3, 4))
        largest = abs(tenths).max(axis=1, keepdims=True)
        twice = 2 * tenths * (2 ** (bits - 1) - 1)
        halves = (twice % np.maximum(largest, 1) == 0) & (twice // np.maximum(largest, 1) % 2 == 1)
        if not halves.any():  # which way they go would be left to how one divides
            break
    weight = tenths / 10 * rng.permutation([0.1, 1, 3])[:, None]  # rows of different strength
    if rng.random() < 0.5:
        weight[rng.integers(3)] = 0
    return {"weight": weight, "bits": bits}


BITS = Exercise(
    in_few_bits,
    points=3,
    cases=bits_cases,
    mistakes=[
        wrong(
            "as it was",
            {"abs(weight).max": "weight.max"},
            "A row whose largest weight is negative still gets too large codes. Look where the sign matters.",
        ),
        wrong(
            "codes cut off",
            {
                "abs(weight).max": "weight.max",
                "np.round(weight / step)": "np.clip(np.round(weight / step), -top, top)",
            },
            "You cut the codes that are too large, and the weights behind them are lost. Ask why the step is "
            "too small.",
        ),
        wrong(
            "sign taken too late",
            {"abs(weight).max(axis=1, keepdims=True)": "abs(weight.max(axis=1, keepdims=True))"},
            "You took the size of the largest weight. Take the largest *size*: −3 is larger than 2 here.",
        ),
        wrong(
            "one step for all",
            {".max(axis=1, keepdims=True)": ".max()"},
            "You use one step for the whole layer. Each row has its own.",
        ),
        wrong(
            "a step a column",
            {"axis=1": "axis=0"},
            "You look for the largest weight of each column. A filter is a row.",
        ),
        wrong(
            "one code too many",
            {" - 1\n": "\n"},
            "Your codes reach 2^(bits − 1), which does not fit: the largest is one less.",
        ),
        wrong(
            "no sign",
            {"(bits - 1)": "bits"},
            "You use all bits for the size. One of them is the sign's.",
        ),
        wrong(
            "cut",
            {"np.round(": "np.trunc("},
            "You cut the codes. Rounding makes half of the error.",
        ),
        wrong(
            "rounded down",
            {"np.round(": "np.floor("},
            "You round every code down. The nearest is asked for.",
        ),
        wrong(
            "codes returned",
            {"codes * step": "codes"},
            "You returned the codes. The weights that they stand for are asked for: codes × step.",
        ),
        wrong(
            "smallest forgotten",
            {"abs(weight).max": "-weight.min"},
            "Now a row whose largest weight is positive is wrong: it is the size that counts, not the sign.",
        ),
        wrong(
            "whole range",
            {"abs(weight).max(axis=1": "np.ptp(weight, axis=1"},
            "You took the distance from smallest to largest weight. Codes here are symmetric around 0.",
        ),
    ],
)


# 6. Debug it: which layer ----------------------------------------------------------------------------


def broken_layer(weights, codes, steps):
    values = codes * steps[:, None, None]
    excess = abs(weights - values).max(axis=(1, 2)) / steps
    return int(np.argmax(excess))


def broken_cases(rng: np.random.Generator) -> Case:
    layers = int(rng.integers(3, 5))
    place = int(rng.integers(layers))
    largest, tenths = rng.choice([1, 7], layers), rng.choice([1, 4], layers)
    largest[place], tenths[place] = 7, 1  # neither the mean nor the share of the largest weight gives it away
    steps = rng.choice([0.001, 0.01, 0.1, 1.0], layers, replace=False)
    codes = np.stack([rng.integers(-top, top + 1, (3, 5)) for top in largest])
    off = np.stack([rng.integers(-top, top + 1, (3, 5)) / 10 for top in tenths])
    if rng.random() < 0.3:  # elsewhere one weight alone is off, and rounded well: an outlier that is right
        other = (place + 1) % layers
        off[other] = 0
        off[other, 1, rng.integers(5)] = 0.4
    weights = (codes + off) * steps[:, None, None]
    codes[place, int(rng.integers(3)), int(rng.integers(5))] += rng.choice([-1, 1])
    return {"weights": weights, "codes": codes, "steps": steps}


BROKEN = Exercise(
    broken_layer,
    points=3,
    cases=broken_cases,
    draws=36,
    mistakes=[
        wrong(
            "outlier of its layer",
            {"/ steps": "/ abs(weights - values).mean(axis=(1, 2))"},
            "You compared the largest error of a layer with its mean one. Where the others are small that is "
            "no fault: compare it with the step, of which rounding costs half at most.",
        ),
        wrong(
            "steps ignored",
            {" / steps\n": "\n"},
            "You compare errors as they are. A layer with a large step may err more: divide by the step.",
        ),
        wrong(
            "codes for weights",
            {"codes * steps[:, None, None]": "codes"},
            "You compare weights with codes. A code stands for code × step.",
        ),
        wrong(
            "signs cancel",
            {"abs(weights - values).max(axis=(1, 2))": "abs((weights - values).mean(axis=(1, 2)))"},
            "Your errors cancel each other. Look at the size of each.",
        ),
        wrong(
            "mean",
            {".max(": ".mean("},
            "You look at mean errors: one wrong code disappears among right ones. Look at the largest.",
        ),
        wrong(
            "sum of squares",
            {"abs(weights - values).max(": "((weights - values) ** 2).sum(", "/ steps\n": "/ steps**2\n"},
            "You add up the squares of all errors in a layer: many that are right outweigh a wrong one. Look "
            "at the largest.",
        ),
        wrong(
            "without the size",
            {"abs(weights - values)": "(weights - values)"},
            "You look for what is too small only. A code may be too large as well.",
        ),
        wrong(
            "relative",
            {") / steps": ") / abs(weights).max(axis=(1, 2))"},
            "You divide by the largest weight. What is allowed is half a step: divide by the step.",
        ),
        wrong(
            "best layer",
            {"np.argmax": "np.argmin"},
            "You named the layer with the smallest error.",
        ),
        wrong(
            "counted from 1",
            {"int(np.argmax(excess))": "int(np.argmax(excess)) + 1"},
            "You count layers from 1. Python counts from 0, and so does the task.",
        ),
        wrong(
            "largest step",
            {"int(np.argmax(excess))": "int(np.argmax(steps))"},
            "You named the layer with the largest step. A large step is no fault.",
        ),
    ],
)


# 7. The rank that pays --------------------------------------------------------------------------------


def largest_rank(in_channels, out_channels, kernel_size, share):
    whole = in_channels * out_channels * kernel_size**2
    each = in_channels * kernel_size**2 + out_channels
    return int(share * whole // each)


def rank_cases(rng: np.random.Generator) -> Case:
    """At least one rank fits; of two draws, one has a rank that costs exactly the share.

    Some ranks are beyond five hundred, where a search that was thought long enough has ended.
    """
    size, share = int(rng.choice([1, 3, 5])), float(rng.choice([0.25, 0.5, 1.0]))
    ins, outs = np.mgrid[5:60, 5:60] * int(rng.choice([1, 1, 40]))
    rank = share * ins * outs * size**2 / (ins * size**2 + outs)
    inverse = (
        share / (1 / (ins * size**2) + 1 / outs),
        share / ((ins * size**2 + outs) / (ins * outs * size**2)),
    )
    fits = (rank >= 1) & (ins != outs)
    for each in inverse:  # who divides so is right as well, so it must not fall short by its last bits
        fits &= np.floor(each) == np.floor(rank)
    if rng.random() < 0.5:
        fits &= rank % 1 == 0
    ins, outs = rng.choice(np.stack([ins[fits], outs[fits]], axis=1)).tolist()
    return {"in_channels": ins, "out_channels": outs, "kernel_size": size, "share": share}


RANK = Exercise(
    largest_rank,
    points=2,
    cases=rank_cases,
    draws=36,
    mistakes=[
        wrong(
            "rounded",
            {"int(share * whole // each)": "round(share * whole / each)"},
            "You rounded, and one rank may be too much. Cut to a whole number.",
        ),
        wrong(
            "one more",
            {"whole // each)": "whole // each) + 1"},
            "One rank more costs more than allowed. Cut to a whole number.",
        ),
        wrong(
            "share not reached",
            {"int(share * whole // each)": "int(-(-share * whole // each)) - 1"},
            "You refuse a rank that costs exactly the share. At most is asked for: it may be taken.",
        ),
        wrong(
            "one less",
            {"whole // each)": "whole // each) - 1"},
            "Your rank is one less than it may be: one more would still fit.",
        ),
        wrong(
            "share ignored",
            {"share * ": ""},
            "You allowed as many MACs as the layer has. A share of them is allowed.",
        ),
        wrong(
            "second layer forgotten",
            {" + out_channels": ""},
            "You counted the first of the two layers alone. The second has r · C_out weights.",
        ),
        wrong(
            "second layer as large",
            {" + out_channels": " + out_channels * kernel_size**2"},
            "Your second layer has large kernels too. It is 1×1.",
        ),
        wrong(
            "first layer 1×1",
            {"in_channels * kernel_size**2 + out_channels": "in_channels + out_channels * kernel_size**2"},
            "You gave the kernels to the second layer. Here the first one looks around.",
        ),
        wrong(
            "both 1×1",
            {"each = in_channels * kernel_size**2": "each = in_channels"},
            "Both of your layers are 1×1. The first has the kernels of the old layer.",
        ),
        wrong(
            "side for area",
            {
                "out_channels * kernel_size**2": "out_channels * kernel_size",
                "each = in_channels * kernel_size**2": "each = in_channels * kernel_size",
            },
            "You took K where K² belongs: a kernel has K² weights for each channel.",
        ),
        wrong(
            "rank of the matrix",
            {"share * whole // each": "share * min(in_channels * kernel_size**2, out_channels)"},
            "You took a share of the full rank. At full rank two layers cost more than one: compare MACs.",
        ),
    ],
)


# 8. Decide: bits or rank -------------------------------------------------------------------------------


def bits_or_rank(weight, budget):
    rows, columns = weight.shape
    u, s, v = np.linalg.svd(weight, full_matrices=False)
    r = budget // (4 * (rows + columns))
    low_rank = (u[:, :r] * s[:r]) @ v[:r]
    bits = int((8 * budget - 32 * rows) // weight.size)
    step = abs(weight).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    rounded = np.round(weight / step) * step
    errors = [((weight - each) ** 2).sum() for each in (rounded, low_rank)]
    return np.array([bits, r, *errors, errors[1] < errors[0]])


def decide_cases(rng: np.random.Generator) -> Case:
    rows, columns = int(rng.integers(9, 12)), int(rng.choice([12, 14, 16]))  # often whole bytes of codes
    rank = int(rng.choice([1, 1, 2]))
    exact = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns))
    noise = float(rng.choice([0.01, 0.01, 0.8]))
    weight = np.round(exact + noise * rng.standard_normal((rows, columns)), 2)
    bits = int(rng.integers(4, 8))
    least = -(-(bits * rows * columns + 32 * rows) // 8)
    most = ((bits + 1) * rows * columns + 32 * rows - 1) // 8  # one byte more, and one bit more fits
    ranks = 8 * (rows + columns)  # two ranks; one byte less, and one rank less fits
    budget = int(rng.choice([least, least, most, ranks, ranks, ranks + 4]))
    return {"weight": weight, "budget": budget}


DECIDE = Exercise(
    bits_or_rank,
    points=3,
    cases=decide_cases,
    draws=24,
    mistakes=[
        wrong(
            "always bits",
            {"errors[1] < errors[0]": "0"},
            "You always choose few bits. Where the rank is low, the other file is nearer.",
        ),
        wrong(
            "always rank",
            {"errors[1] < errors[0]": "1"},
            "You always choose the low rank. Where the weights have no low rank it loses most of them.",
        ),
        wrong(
            "exchanged",
            {"errors[1] < errors[0]": "errors[1] > errors[0]"},
            "You chose the file with the larger error.",
        ),
        wrong(
            "steps not stored",
            {" - 32 * rows": ""},
            "Your file with few bits lacks its steps: a float of 32 bits for each row.",
        ),
        wrong(
            "one step stored",
            {"32 * rows": "32"},
            "You left too little room for the steps. Each row has its own, of 32 bits or 4 bytes.",
        ),
        wrong(
            "steps in bytes, codes in bits",
            {"32 * rows": "4 * rows"},
            "You left too little room for the steps. Each row has its own, of 32 bits or 4 bytes.",
        ),
        wrong(
            "rows filled up",
            {"int((8 * budget - 32 * rows) // weight.size)": "int((budget // rows - 4) * 8 // columns)"},
            "You filled each row of codes up to whole bytes. One code follows another, and so do the rows: "
            "as many bits fit as the whole budget has room for.",
        ),
        wrong(
            "mean errors",
            {".sum()": ".mean()"},
            "You took the mean of the squared differences. Their sum is asked for.",
        ),
        wrong(
            "rank in numbers",
            {"budget // (4 * (rows + columns))": "budget // (rows + columns)"},
            "You counted numbers as bytes. A float32 has four.",
        ),
        wrong(
            "one factor",
            {"(rows + columns)": "columns"},
            "You stored one of the two factors. A rank costs a column and a row.",
        ),
        wrong(
            "factors and values",
            {"rows + columns)": "rows + columns + 1)"},
            "You stored the singular values by themselves. They are multiplied into one of the factors.",
        ),
        wrong(
            "rank rounded",
            {"budget // (4 * (rows + columns))": "round(budget / (4 * (rows + columns)))"},
            "You rounded the rank, so that it may need more bytes than there are. Cut to a whole number.",
        ),
        wrong(
            "rank exactly full",
            {"budget // (4": "(budget - 1) // (4"},
            "You refuse two factors that fill the budget exactly. They fit.",
        ),
        wrong(
            "bits exactly full",
            {"- 32 * rows) //": "- 32 * rows - 1) //"},
            "You refuse codes and steps that fill the budget exactly. They fit.",
        ),
        wrong(
            "one rank more",
            {"(4 * (rows + columns))": "(4 * (rows + columns)) + 1"},
            "Your rank needs more bytes than there are.",
        ),
    ],
)


EXERCISES = [TRAINED, PREPARED, DISTILLED, CONTRASTIVE, BITS, BROKEN, RANK, DECIDE]

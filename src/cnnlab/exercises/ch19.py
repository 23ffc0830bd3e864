"""Chapter 19, Beyond classification: eight exercises, each with the mistakes people really make.

Readers see the references as they stand here, so they carry no annotations.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import numpy as np

from cnnlab.exercises.core import Case, DrawnExercise, Exercise, wrong
from cnnlab.exercises.draws import digits

# 1. Sizes through a U-Net ---------------------------------------------------------------------------


def unet_output(size, levels):
    for _ in range(levels):
        size = size - 4
        if size % 2:
            return 0
        size = size // 2
    size = size - 4
    for _ in range(levels):
        size = 2 * size - 4
    return max(size, 0)


def size_cases(rng: np.random.Generator) -> Case:
    """Sizes that go through, sizes that meet an odd map, and a third of which nothing is left in the end.

    Four levels come more often: only there a size that fits is no multiple of 2^levels and 4 more.
    """
    used_up = rng.integers(3) == 0
    levels = int(rng.choice([3, 4] if used_up else [1, 2, 3, 4, 4, 4]))
    size = int(rng.integers(4, 8) if used_up else rng.integers(8, 40))
    for _ in range(levels):
        size = 2 * size + 4
    return {"size": size + int(0 if used_up else rng.choice([0, 0, 0, 1, 2, 4, 8])), "levels": levels}


SIZES = Exercise(
    unet_output,
    points=2,
    cases=size_cases,
    draws=36,
    mistakes=[
        wrong(
            "padded",
            {
                "size = size - 4\n        if": "if",
                "size = size - 4\n    for": "for",
                " = 2 * size - 4": " = 2 * size",
            },
            "You let the convolutions keep the size. Unpadded, two of 3×3 cut four rows off.",
        ),
        wrong(
            "one convolution a level",
            {
                "size = size - 4\n        if": "size = size - 2\n        if",
                "size = size - 4\n    for": "size = size - 2\n    for",
                "2 * size - 4": "2 * size - 2",
            },
            "You cut two rows off a level. There are two convolutions, and each cuts two rows.",
        ),
        wrong(
            "odd sizes halved",
            {"        if size % 2:\n            return 0\n": ""},
            "You halved an odd map. Its last row would be lost: then the answer is 0.",
        ),
        wrong(
            "bottom forgotten",
            {"size = size - 4\n    for": "for"},
            "The two convolutions at the bottom, below the last pooling, are missing.",
        ),
        wrong(
            "way up without convolutions",
            {"2 * size - 4": "2 * size"},
            "On the way up each level has two convolutions as well: four rows fewer after each doubling.",
        ),
        wrong(
            "only the way down",
            {"    for _ in range(levels):\n        size = 2 * size - 4\n": ""},
            "You stopped at the bottom. Each level doubles the size again, and cuts four rows off.",
        ),
        wrong(
            "one level too many",
            {"    size = size - 4\n    for": "    size = (size - 4) // 2 - 4\n    for"},
            "You pooled once too often. `levels` counts the poolings.",
        ),
        wrong(
            "cut before doubling",
            {"2 * size - 4": "2 * (size - 4)"},
            "On the way up you convolved before you doubled. First the map is doubled, then convolved twice.",
        ),
        wrong(
            "negative",
            {"max(size, 0)": "size"},
            "A map cannot have fewer than no rows. If nothing is left, the answer is 0.",
        ),
        wrong(
            "asked at the bottom",
            {
                "size = size - 4\n    for": "size = size - 4\n    if size <= 0:\n        return 0\n    for",
                "max(size, 0)": "size",
            },
            "You asked only at the bottom whether anything is left. The way up cuts rows off too: ask again "
            "at the end.",
        ),
    ],
)


# 2. Debug it: one layer of twenty -------------------------------------------------------------------


def find_layer(sizes):
    kinds = "conv conv pool " * 3 + "conv conv" + " up conv conv" * 3
    for number, kind in enumerate(kinds.split(), start=1):
        before, after = sizes[number - 1], sizes[number]
        right = {"conv": before - 2, "pool": before // 2, "up": 2 * before}
        if after != right[kind]:
            return number


def layer_cases(rng: np.random.Generator) -> Case:
    """Sizes after each layer, of which one does something else: it pads, is wider, or strides.

    The image may be of any size, so that right poolings meet odd maps too. Often it is a doubling: there one
    row is missing, which a tolerance lets pass.
    """
    kinds = ("conv conv pool " * 3 + "conv conv" + " up conv conv" * 3).split()
    broken, fault = int(rng.choice([*range(1, 21), 12, 15, 18])), int(rng.integers(2))
    sizes = [int(rng.integers(188, 348))]
    for number, kind in enumerate(kinds, start=1):
        size = sizes[-1]
        rights = {"conv": size - 2, "pool": size // 2, "up": 2 * size}
        wrongs = {"conv": (size, size - 4), "pool": (size // 3, size - 2), "up": (2 * size - 1, 3 * size)}
        sizes.append(wrongs[kind][fault] if number == broken else rights[kind])
    return {"sizes": np.array(sizes)}


LAYER = Exercise(
    find_layer,
    points=2,
    cases=layer_cases,
    draws=36,
    mistakes=[
        wrong(
            "from zero",
            {"return number": "return number - 1"},
            "You counted from 0, or named the layer before. The first number is the image's, and layer 1 "
            "leads to the second.",
        ),
        wrong(
            "place in the list",
            {"return number": "return number + 1"},
            "You named the place in the list. Its first number is the image itself: layer 1 stands second.",
        ),
        wrong(
            "layers with weights",
            {"return number": 'return sum("pool" != kind for kind in kinds.split()[:number])'},
            "You counted the layers that have weights. Poolings are layers here too.",
        ),
        wrong(
            "within its level",
            {"return number": "return (number - 1) % 3 + 1"},
            "You gave its place within its level. Count through all twenty.",
        ),
        wrong(
            "from the end",
            {"return number": "return 21 - number"},
            "You counted from the end. Layer 1 is the first convolution.",
        ),
        wrong(
            "odd row kept",
            {"before // 2": "-(-before // 2)"},
            "You took a pooling that meets an odd map for wrong. It leaves the odd row out: 27 rows become "
            "13.",
        ),
    ],
)


# 3. A tile with its margin --------------------------------------------------------------------------


def mirrored_tile(image, top, left, size, margin):
    padded = np.pad(image, margin, mode="reflect")
    whole = size + 2 * margin
    return padded[top : top + whole, left : left + whole]


def tile_cases(rng: np.random.Generator) -> Case:
    """Tiles at every border, and wider than high images, so that no two directions are alike."""
    size, margin = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    height, width = (int(side) for side in margin + 2 + rng.permutation([1, 3]))
    top = int(rng.integers(0, height - size + 1))
    left = int(rng.integers(0, width - size + 1))
    return {"image": digits(rng, height, width), "top": top, "left": left, "size": size, "margin": margin}


TILE = Exercise(
    mirrored_tile,
    points=3,
    cases=tile_cases,
    mistakes=[
        wrong(
            "zeros",
            {'"reflect"': '"constant"'},
            "You filled what lies outside with zeros. It is the image, mirrored.",
        ),
        wrong(
            "border repeated",
            {'"reflect"': '"edge"'},
            "You repeated the last row or column. Mirror the image: what lies one row outside is what lies "
            "one row inside.",
        ),
        wrong(
            "border doubled",
            {'"reflect"': '"symmetric"'},
            "Your mirror stands beside the last row, so that this row is there twice. It stands on the row: "
            "the row itself is not repeated.",
        ),
        wrong(
            "wrapped",
            {'"reflect"': '"wrap"'},
            "You continued the image from its other side. Mirror it.",
        ),
        wrong(
            "margin on one side",
            {"2 * margin": "margin"},
            "The margin is missing at the bottom and at the right. It lies on all four sides.",
        ),
        wrong(
            "no margin",
            {"size + 2 * margin": "size"},
            "Your tile has no margin of its own: it must have size + 2·margin rows.",
        ),
        wrong(
            "begins inside",
            {
                "return padded[top : top + whole, left : left + whole]": (
                    "return padded[top + margin :, left + margin :][:whole, :whole]"
                )
            },
            "Your tile begins at `top` and `left`. Its inner part begins there: the tile begins a margin "
            "earlier.",
        ),
        wrong(
            "rows for columns",
            {"top : top + whole, left : left + whole": "left : left + whole, top : top + whole"},
            "You exchanged rows and columns: the first axis of an image counts the rows.",
        ),
        wrong(
            "mirrored as a tile",
            {
                'padded = np.pad(image, margin, mode="reflect")': (
                    "tile = image[top : top + size, left : left + size]\n"
                    '    padded = np.pad(tile, margin, mode="reflect")\n'
                    "    top = left = 0"
                )
            },
            "You mirrored the tile at its own border. Inside of the image the margin is the image itself; "
            "only what lies outside of the image is mirrored.",
        ),
    ],
)


# 4. Decide: which tile ------------------------------------------------------------------------------


def choose_tile(image, largest):
    best, fewest = 0, float("inf")
    for tile in range(188, largest + 1, 16):
        tiles = -(-image // (tile - 184))
        if tiles * tile < fewest:
            best, fewest = tile, tiles * tile
    return best


def choice_cases(rng: np.random.Generator) -> Case:
    """A few tiles of one size cover the image, or nearly so; it may be the largest, or just too large.

    Now and then only the smallest is allowed, or the fewest tiles do not read the fewest pixels. That is
    rare: with tiles below 420 rows, of all images up to 3,000 it is so for four, where 12 of 412 read more
    than 13 of 380.
    """
    if rng.integers(6) == 0:
        return {"image": int(rng.integers(2545, 2549)), "largest": int(rng.integers(412, 428))}
    fits, tiles = 188 + 16 * int(rng.choice([*[0] * 6, *range(4, 30)])), int(rng.integers(2, 6))
    image = tiles * (fits - 184) + int(rng.choice([-5, 0, 1, 2]))
    if fits == 188:
        return {"image": image, "largest": fits + int(rng.integers(4, 16))}
    return {"image": image, "largest": fits + int(rng.choice([-1, -1, 0, 0, 16, 40]))}


CHOICE = Exercise(
    choose_tile,
    points=3,
    cases=choice_cases,
    draws=36,
    mistakes=[
        wrong(
            "largest",
            {"tiles * tile < fewest": "True"},
            "You took the largest tile that fits. Look at the last one in a row: what of it lies outside of "
            "the image is read for nothing.",
        ),
        wrong(
            "smallest",
            {"tiles * tile < fewest": "not best"},
            "You took the smallest tile. Its margin of 184 rows is read again for every tile.",
        ),
        wrong(
            "fewest tiles",
            lambda image, largest: min(
                range(188, largest + 1, 16), key=lambda tile: -(-image // (tile - 184))
            ),
            "You took the size that needs the fewest tiles. Of many tiles one more may be worth it, if all "
            "of them are smaller: count the pixels that are read.",
        ),
        wrong(
            "no larger than the image",
            {"largest + 1": "max(min(largest, image), 188) + 1"},
            "You let no tile be larger than the image. It may be: what lies outside is mirrored.",
        ),
        wrong(
            "any size",
            {", 16)": ")"},
            "You allowed every size. All poolings must meet even maps: 188, and 16 more each.",
        ),
        wrong(
            "multiples of 16",
            {"range(188,": "range(192,"},
            "You began at a multiple of 16. The sizes that fit are 188, 204, 220 and so on.",
        ),
        wrong(
            "no margin",
            {"(tile - 184)": "tile"},
            "A tile yields 184 rows fewer than it reads. You counted as if it yielded all.",
        ),
        wrong(
            "one tile less",
            {"-(-image // (tile - 184))": "-(-(image - 184) // (tile - 184))"},
            "You took the margin off the image. The image's border is mirrored: all of its rows are to be "
            "had.",
        ),
        wrong(
            "limit left out",
            {"largest + 1": "largest"},
            "A tile of exactly the largest size is allowed: `largest` itself belongs to the range.",
        ),
    ],
)


# 5. Intersection over union -------------------------------------------------------------------------


def class_iou(predicted, labels, classes):
    found = []
    for each in range(classes):
        here, there = predicted == each, labels == each
        together = np.sum(here | there)
        found.append(np.sum(here & there) / together if together else 1.0)
    return np.array(found)


def iou_cases(rng: np.random.Generator) -> Case:
    """Now and then a class is nowhere: any of them, not the last one alone."""
    classes, shape = int(rng.integers(3, 5)), (int(rng.integers(2, 4)), int(rng.integers(3, 5)))
    names = rng.permutation(classes)
    predicted, labels = (names[rng.integers(0, classes - int(rng.integers(0, 2)), shape)] for _ in range(2))
    return {"predicted": predicted, "labels": labels, "classes": classes}


def accuracy(predicted, labels, classes):
    return np.array([np.mean((predicted == each) == (labels == each)) for each in range(classes)])


def recall(predicted, labels, classes):
    masks = [labels == each for each in range(classes)]
    return np.array([np.mean(predicted[mask] == labels[mask]) if mask.any() else 1.0 for mask in masks])


def precision(predicted, labels, classes):
    return recall(labels, predicted, classes)


IOU = Exercise(
    class_iou,
    points=2,
    cases=iou_cases,
    draws=24,
    mistakes=[
        wrong(
            "accuracy",
            accuracy,
            "You counted the pixels on which both agree, those without the class too. A network that finds "
            "nothing would get a high score for a rare class.",
        ),
        wrong(
            "recall",
            recall,
            "You divided by the pixels that have the class (that is the recall). Divide by those which have "
            "it in either map.",
        ),
        wrong(
            "precision",
            precision,
            "You divided by the pixels that are predicted (that is the precision). Divide by those which "
            "have the class in either map.",
        ),
        wrong(
            "dice",
            {"np.sum(here & there) / together": "2 * np.sum(here & there) / (np.sum(here) + np.sum(there))"},
            "That is Dice's coefficient: it counts the intersection twice. IoU divides by the union.",
        ),
        wrong(
            "union counted twice",
            {"np.sum(here & there) / together": "np.sum(here & there) / (np.sum(here) + np.sum(there))"},
            "Pixels in both maps count twice in your union. Count each pixel once.",
        ),
        wrong(
            "nowhere is zero",
            {"1.0": "0.0"},
            "A class that is in neither map was got right: 1, not 0.",
        ),
        wrong(
            "nowhere is left out",
            {
                "found.append(np.sum(here & there) / together if together else 1.0)": (
                    "found += [np.sum(here & there) / together] if together else []"
                )
            },
            "A class that is in neither map is missing in your answer. Give it a 1: one number a class.",
        ),
        wrong(
            "mean",
            {"np.array(found)": "np.mean(found)"},
            "You returned the mean. One number for each class is asked for.",
        ),
        wrong(
            "classes of the maps",
            {"range(classes)": "range(max(predicted.max(), labels.max()) + 1)"},
            "You took the number of classes from the maps. The last one may be in neither, and has a number "
            "as well: `classes` says how many there are.",
        ),
        wrong(
            "background left out",
            {"range(classes)": "range(1, classes)"},
            "Class 0 is missing. The background is a class as well.",
        ),
    ],
)


# 6. Debug it: the way down --------------------------------------------------------------------------


def top_down(c2, c3, c4, w2, w3, w4):
    merged = np.tensordot(w4, c4, axes=1)
    for weight, seen in [(w3, c3), (w2, c2)]:
        doubled = merged.repeat(2, axis=1).repeat(2, axis=2)
        merged = np.tensordot(weight, seen, axes=1) + doubled
    return merged


def pyramid_cases(rng: np.random.Generator) -> Case:
    channels = [int(number) for number in rng.permutation([1, 2, 3])]
    height, width = (int(side) for side in rng.permutation([1, 2]))
    maps = {f"c{4 - i}": digits(rng, c, height << i, width << i) for i, c in enumerate(channels)}
    weights = {f"w{4 - i}": rng.integers(-3, 4, (2, c)).astype(float) for i, c in enumerate(channels)}
    return {name: (maps | weights)[name] for name in ("c2", "c3", "c4", "w2", "w3", "w4")}


def one_level(c2, c3, c4, w2, w3, w4):
    """What the task shows: the finest level is given the lateral of the next, not what was merged there."""
    return np.tensordot(w2, c2, axes=1) + np.tensordot(w3, c3, axes=1).repeat(2, axis=1).repeat(2, axis=2)


def straight_down(c2, c3, c4, w2, w3, w4):
    deep = np.tensordot(w4, c4, axes=1).repeat(4, axis=1).repeat(4, axis=2)
    return np.tensordot(w2, c2, axes=1) + deep


def tiled_up(c2, c3, c4, w2, w3, w4):
    merged = np.tensordot(w4, c4, axes=1)
    for weight, seen in [(w3, c3), (w2, c2)]:
        merged = np.tensordot(weight, seen, axes=1) + np.tile(merged, (1, 2, 2))
    return merged


TOP_DOWN = Exercise(
    top_down,
    points=3,
    cases=pyramid_cases,
    mistakes=[
        wrong(
            "as shown",
            one_level,
            "The finest map still knows nothing of C4: it is given C3's lateral instead of what was merged "
            "there. Go on with the sum.",
        ),
        wrong(
            "level left out",
            straight_down,
            "C3 is missing: you took C4 four times as large, straight to the finest level.",
        ),
        wrong(
            "no lateral",
            {"np.tensordot(weight, seen, axes=1) + doubled": "doubled"},
            "You doubled and did not add. Each level adds what its own map knows.",
        ),
        wrong(
            "laterals alone",
            {" + doubled": ""},
            "You did not add what comes from above: the coarser map, doubled.",
        ),
        wrong(
            "one level",
            {"(w3, c3), (w2, c2)": "(w3, c3)"},
            "You stopped at C3. The finest level has C2's size.",
        ),
        wrong(
            "set beside",
            tiled_up,
            "You set copies of the map side by side. To double it, repeat each pixel: two rows and two "
            "columns of the same number.",
        ),
        wrong(
            "zeros between",
            {
                "doubled = merged.repeat(2, axis=1).repeat(2, axis=2)": (
                    "doubled = np.kron(merged, [[1, 0], [0, 0]])"
                )
            },
            "You put zeros between the pixels. The nearest neighbour is repeated: no place stays empty.",
        ),
        wrong(
            "subtracted",
            {"axes=1) + doubled": "axes=1) - doubled"},
            "You subtracted what comes from above. The two are added.",
        ),
    ],
)


# 7. Count anchors -----------------------------------------------------------------------------------


def count_anchors(height, width, finest, levels, shapes):
    places = 0
    for level in range(finest, finest + levels):
        rows = -(-height // 2**level)
        columns = -(-width // 2**level)
        places += rows * columns
    return places * shapes


def anchor_cases(rng: np.random.Generator) -> Case:
    """The finest stride divides the height: there nothing is left over, and one more is one too many."""
    height, width = (int(side) for side in rng.choice(np.arange(300, 1300), 2, replace=False))
    finest, levels, shapes = (int(rng.integers(*ends)) for ends in ((3, 5), (3, 6), (3, 10)))
    return {
        "height": height - height % 2**finest,
        "width": width,
        "finest": finest,
        "levels": levels,
        "shapes": next(n for n in range(shapes, 12) if n not in (finest, levels)),  # one for another is wrong
    }


ANCHORS = DrawnExercise(
    count_anchors,
    points=2,
    cases=anchor_cases,
    question=(
        "An image has {height} rows and {width} columns. Level l of a pyramid has a map of stride 2^l, its "
        "sides rounded up; the finest level is {finest}, and there are {levels} levels. At every place of "
        "every level stand {shapes} anchors. How many anchors are there?"
    ),
    mistakes=[
        wrong(
            "rounded down",
            {"-(-height // 2**level)": "height // 2**level", "-(-width // 2**level)": "width // 2**level"},
            "You rounded the sides down. A padded layer keeps what is left over: round up.",
        ),
        wrong(
            "rounded to the nearest",
            {
                "-(-height // 2**level)": "round(height / 2**level)",
                "-(-width // 2**level)": "round(width / 2**level)",
            },
            "You rounded the sides to the nearest number. A padded layer keeps what is left over, however "
            "little: round up.",
        ),
        wrong(
            "cut from level to level",
            {
                "-(-height // 2**level)": "-(-height // 2**finest) // 2 ** (level - finest)",
                "-(-width // 2**level)": "-(-width // 2**finest) // 2 ** (level - finest)",
            },
            "You rounded the finest map's sides up and cut those of the coarser ones. Every level's are "
            "rounded up.",
        ),
        wrong(
            "one more each",
            {
                "-(-height // 2**level)": "height // 2**level + 1",
                "-(-width // 2**level)": "width // 2**level + 1",
            },
            "You added one to each quotient. Where the stride divides a side nothing is left over: round up "
            "only what is not whole.",
        ),
        wrong(
            "area divided",
            {"places += rows * columns": "places += -(-height * width // 4**level)"},
            "You rounded the area. Each side is rounded up for itself.",
        ),
        wrong(
            "finest alone",
            {"finest + levels)": "finest + 1)"},
            "Your number is that of the finest level alone. The coarser ones have anchors too.",
        ),
        wrong(
            "levels as the last",
            {"finest + levels)": "levels + 1)"},
            "You stopped at the level with the number `levels`. That is how many there are, from the finest "
            "on.",
        ),
        wrong(
            "finest left out",
            {"range(finest,": "range(finest + 1,"},
            "The finest level is missing, which has the most.",
        ),
        wrong(
            "one level less",
            {"finest + levels)": "finest + levels - 1)"},
            "The coarsest level is missing. There are as many as `levels` says, the finest among them.",
        ),
        wrong(
            "one level more",
            {"finest + levels)": "finest + levels + 1)"},
            "You counted one level too many: `levels` includes the finest.",
        ),
        wrong(
            "all levels from the image",
            {"range(finest,": "range(0,"},
            "You began at the image itself. The finest level has its stride already.",
        ),
        wrong(
            "stride linear",
            {"height // 2**level": "height // (2 * level)", "width // 2**level": "width // (2 * level)"},
            "You doubled the number of the level. The stride is 2 to its power.",
        ),
        wrong(
            "one each",
            {" * shapes": ""},
            "You counted the places. At each stand several anchors.",
        ),
        wrong(
            "finest for all",
            {"height // 2**level": "height // 2**finest", "width // 2**level": "width // 2**finest"},
            "You took the finest size for every level.",
        ),
    ],
)


# 8. One box an object -------------------------------------------------------------------------------


def keep_best(boxes, scores, limit):
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    order = np.argsort(-scores)
    kept = [order[0]]
    for i in order[1:]:
        for j in kept:
            corner = np.maximum(boxes[i, :2], boxes[j, :2])
            end = np.minimum(boxes[i, 2:], boxes[j, 2:])
            shared = np.prod(np.maximum(end - corner, 0))
            if shared / (areas[i] + areas[j] - shared) > limit:
                break
        else:
            kept.append(i)
    return np.array(kept)


def box_cases(rng: np.random.Generator) -> Case:
    """Two crowds side by side; in each, boxes form a chain, so that who is asked about whom matters.

    The second crowd may lie below the first as well: then two sides of what they share are negative. At the
    limit 0.5 some neighbours meet it exactly.
    """
    limit = float(rng.choice([0.03, 0.03, 0.03, 0.23, 0.38, 0.5, 0.5]))
    lower = int(rng.choice([0, 0, 10, 14]))
    boxes = []
    for start in (0, 1):
        left, top = 22 * start + int(rng.integers(0, 4)), lower * start + int(rng.integers(0, 4))
        for _ in range(int(rng.integers(3, 5))):
            width, height = (6, 6) if limit == 0.5 else rng.integers(4, 12, 2)
            boxes.append([left, top, left + width, top + height])
            right, down = int(rng.integers(1, 4)), int(rng.integers(0, 4))
            if limit == 0.5:
                right, down = min(right, 2), 0
            left, top = left + right, top + down
    scores = rng.permutation(np.arange(1, len(boxes) + 1)) / 10
    return {"boxes": np.array(boxes, float), "scores": scores, "limit": limit}


def everyone(boxes, scores, limit):
    """Boxes that were dropped drop others as well."""
    order = np.argsort(-scores)
    corner = np.maximum(boxes[order, None, :2], boxes[None, order, :2])
    end = np.minimum(boxes[order, None, 2:], boxes[None, order, 2:])
    shared = np.maximum(end - corner, 0).prod(axis=2)
    area = np.diagonal(shared)
    iou = shared / (area[:, None] + area - shared)
    return np.array([i for n, i in enumerate(order) if not (iou[n, :n] > limit).any()])


BEST = Exercise(
    keep_best,
    points=3,
    cases=box_cases,
    mistakes=[
        wrong(
            "dropped ones drop",
            everyone,
            "You let boxes that were dropped drop others. Compare with those that are kept.",
        ),
        wrong(
            "the best alone",
            {"for j in kept:": "for j in kept[:1]:"},
            "You compared with the best box alone. Every box that is kept already may drop another.",
        ),
        wrong(
            "the last kept alone",
            {"for j in kept:": "for j in kept[-1:]:"},
            "You compared with the box that was kept last. Every box that is kept already may drop another.",
        ),
        wrong(
            "worst first",
            {"np.argsort(-scores)": "np.argsort(scores)"},
            "You began with the lowest score. The best box is kept first.",
        ),
        wrong(
            "as they come",
            {"np.argsort(-scores)": "range(len(scores))"},
            "You took the boxes in their order. Begin with the highest score.",
        ),
        wrong(
            "all",
            {"> limit": "> 1"},
            "You kept every box. One that overlaps a kept one by more than the limit is dropped.",
        ),
        wrong(
            "from the limit on",
            {"> limit": ">= limit"},
            "You dropped a box whose IoU is exactly the limit. It goes only if its IoU is *above* that.",
        ),
        wrong(
            "negative sides",
            {"np.prod(np.maximum(end - corner, 0))": "np.prod(end - corner) - 1e-9"},  # no division by 0
            "You let a side of the intersection be negative. Of boxes apart in both directions two such "
            "sides make an area: take 0 for each.",
        ),
        wrong(
            "any overlap",
            {"> limit": "> 0"},
            "You dropped every box that touches a kept one. Up to the limit they may overlap.",
        ),
        wrong(
            "union counted twice",
            {"areas[i] + areas[j] - shared": "areas[i] + areas[j]"},
            "Your union counts the intersection twice. Take it off once.",
        ),
        wrong(
            "over the smaller",
            {"areas[i] + areas[j] - shared": "min(areas[i], areas[j])"},
            "You divided by the smaller box. IoU divides by the union.",
        ),
        wrong(
            "over the larger",
            {"areas[i] + areas[j] - shared": "max(areas[i], areas[j])"},
            "You divided by the larger of the two areas. IoU divides by the union of both.",
        ),
        wrong(
            "over its own",
            {"areas[i] + areas[j] - shared": "areas[i]"},
            "You divided by the box's own area. IoU divides by the union of both.",
        ),
        wrong(
            "over the kept one's",
            {"areas[i] + areas[j] - shared": "areas[j]"},
            "You divided by the area of the box that is kept. IoU divides by the union of both.",
        ),
        wrong(
            "sorted by place",
            {"np.array(kept)": "np.sort(kept)"},
            "The indices are right and their order is not: the best comes first.",
        ),
        wrong(
            "kept less",
            {"> limit": "< limit"},
            "You dropped what overlaps little, and kept what overlaps much.",
        ),
        wrong(
            "pixels counted with their ends",
            {"end - corner": "end - corner + 1"},
            "You added 1 to each side of the intersection. The coordinates are edges: right − left is the "
            "width.",
        ),
    ],
)


EXERCISES = [SIZES, LAYER, TILE, CHOICE, IOU, TOP_DOWN, ANCHORS, BEST]

"""Wrong answers to the exercises of chapter 19, as people give them."""

import numpy as np

from wrong_answers import wrong

KINDS = ["conv", "conv", "pool"] * 3 + ["conv"] * 2 + ["up", "conv", "conv"] * 3


def down_and_up(size, levels, cut=4, up=4, bottom=4):
    """What most answers below start from: rows cut off a level on the way down, up, and at the bottom."""
    for _ in range(levels):
        size -= cut
        if size <= 0 or size % 2:
            return 0
        size //= 2
    size -= bottom
    for _ in range(levels):
        size = 2 * size - up
    return max(size, 0)


@wrong("unet_output", "padded")
def _(size, levels):
    """The convolutions are taken to keep the size."""
    return 0 if size % 2**levels else size


@wrong("unet_output", "one convolution a level")
def _(size, levels):
    """One convolution a level is counted."""
    return down_and_up(size, levels, 2, 2, 2)


@wrong("unet_output", "odd sizes halved")
def _(size, levels):
    """Odd maps are halved like even ones, rounded down."""
    for _ in range(levels):
        size = (size - 4) // 2
        if size <= 0:
            return 0
    return max(2**levels * (size - 4) - 4 * (2**levels - 1), 0)


@wrong("unet_output", "bottom forgotten")
def _(size, levels):
    """The convolutions below the last pooling are forgotten."""
    return down_and_up(size, levels, bottom=0)


@wrong("unet_output", "way up without convolutions")
def _(size, levels):
    """The way up only doubles."""
    return down_and_up(size, levels, up=0)


@wrong("unet_output", "only the way down")
def _(size, levels):
    """The size at the bottom is returned."""
    for _ in range(levels):
        if size <= 4 or size % 2:
            return 0
        size = size // 2 - 2
    return max(size - 4, 0)


@wrong("unet_output", "cut before doubling")
def _(size, levels):
    """On the way up the convolutions come before the doubling."""
    for _ in range(levels):
        size, odd = divmod(size - 4, 2)
        if odd or size <= 0:
            return 0
    size -= 4
    for _ in range(levels):
        size = (size - 4) * 2
    return size if size > 0 else 0


@wrong("unet_output", "negative")
def _(size, levels):
    """Where nothing is left a negative number is returned."""
    for _ in range(levels):
        size, odd = divmod(size - 4, 2)
        if odd or size <= 0:
            return 0
    return 2**levels * (size - 4) - 4 * (2**levels - 1)


@wrong("unet_output", "one level too many")
def _(size, levels):
    """The bottom is pooled once more."""
    for _ in range(levels):
        size -= 4
        if size <= 0 or size % 2:
            return 0
        size //= 2
    size = (size - 4) // 2 - 4
    return max(2**levels * size - 4 * (2**levels - 1), 0)


@wrong("unet_output")
def _(size, levels):
    """The paper's 184 rows are taken off, whatever the depth is."""
    return max(size - 184, 0)


@wrong("unet_output")
def _(size, levels):
    """The number of rows that are lost is returned."""
    return size - down_and_up(size, levels)


@wrong("unet_output", "asked at the bottom")
def _(size, levels):
    """Whether anything is left is asked at the bottom, and not again."""
    for _ in range(levels):
        size, odd = divmod(size - 4, 2)
        if odd:
            return 0
    if size <= 4:
        return 0
    return 2**levels * (size - 4) - 4 * (2**levels - 1)


@wrong("unet_output")
def _(size, levels):
    """Once, in front, it is asked whether the size without its four rows can be halved so often."""
    if (size - 4) % 2**levels:
        return 0
    for _ in range(levels):
        size = (size - 4) // 2
    return max(2**levels * (size - 4) - 4 * (2**levels - 1), 0)


def right(kind, before):
    return {"conv": before - 2, "pool": before // 2, "up": 2 * before}[kind]


def first_fault(sizes):
    """Layers before the one that is wrong."""
    found = [right(kind, a) != b for kind, a, b in zip(KINDS, sizes[:-1], sizes[1:], strict=True)]
    return found.index(True)


@wrong("find_layer", "from zero")
def _(sizes):
    """Layers are counted from 0."""
    return first_fault(sizes)


@wrong("find_layer", "place in the list")
def _(sizes):
    """The place in the list is named, the image being 1."""
    return first_fault(sizes) + 2


@wrong("find_layer", "layers with weights")
def _(sizes):
    """Poolings are no layers."""
    return first_fault(sizes) + 1 - KINDS[: first_fault(sizes) + 1].count("pool")


@wrong("find_layer", "from the end")
def _(sizes):
    """Counted from the end, the last being 1."""
    return 20 - first_fault(sizes)


@wrong("find_layer", "within its level")
def _(sizes):
    """The place within its level."""
    return first_fault(sizes) % 3 + 1


@wrong("find_layer")
def _(sizes):
    """The size that should stand there."""
    number = first_fault(sizes)
    return right(KINDS[number], sizes[number])


@wrong("find_layer")
def _(sizes):
    """The size that stands there."""
    return sizes[first_fault(sizes) + 1]


@wrong("find_layer")
def _(sizes):
    """By how much it is wrong."""
    number = first_fault(sizes)
    return 100 + abs(sizes[number + 1] - right(KINDS[number], sizes[number]))


@wrong("find_layer")
def _(sizes):
    """The last layer, whose size is not the expected one."""
    return len(sizes) + 1


@wrong("find_layer")
def _(sizes):
    """The rows of the output."""
    return sizes[-1]


@wrong("find_layer", "odd row kept")
def _(sizes):
    """A pooling is right only where twice its rows are those before."""
    for number, (kind, a, b) in enumerate(zip(KINDS, sizes[:-1], sizes[1:], strict=True), start=1):
        if (2 * b != a) if kind == "pool" else (b != right(kind, a)):
            return number
    return None


def tile_of(image, top, left, size, margin, mode):
    padded = np.pad(image, margin, mode=mode)
    return padded[top : top + size + 2 * margin, left : left + size + 2 * margin]


@wrong("mirrored_tile", "zeros")
def _(image, top, left, size, margin):
    """Zeros outside of the image."""
    return tile_of(image, top, left, size, margin, "constant")


@wrong("mirrored_tile", "border repeated")
def _(image, top, left, size, margin):
    """Indices are clipped, so that the border is repeated."""
    rows = np.clip(np.arange(top - margin, top + size + margin), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(left - margin, left + size + margin), 0, image.shape[1] - 1)
    return image[np.ix_(rows, columns)]


@wrong("mirrored_tile", "border doubled")
def _(image, top, left, size, margin):
    """The mirror stands outside of the last row."""
    return tile_of(image, top, left, size, margin, "symmetric")


@wrong("mirrored_tile", "wrapped")
def _(image, top, left, size, margin):
    """Indices wrap around."""
    rows = np.arange(top - margin, top + size + margin) % image.shape[0]
    columns = np.arange(left - margin, left + size + margin) % image.shape[1]
    return image[rows][:, columns]


@wrong("mirrored_tile", "no margin")
def _(image, top, left, size, margin):
    """The tile has the size of its inner part."""
    return tile_of(image, top, left, size, margin, "reflect")[:size, :size]


@wrong("mirrored_tile", "margin on one side")
def _(image, top, left, size, margin):
    """The margin is added once."""
    return tile_of(image, top, left, size, margin, "reflect")[: size + margin, : size + margin]


@wrong("mirrored_tile", "rows for columns")
def _(image, top, left, size, margin):
    """`left` counts rows."""
    return tile_of(image, left, top, size, margin, "reflect")


@wrong("mirrored_tile", "mirrored as a tile")
def _(image, top, left, size, margin):
    """Each tile is mirrored at its own border."""
    return np.pad(image[top : top + size, left : left + size], margin, mode="reflect")


@wrong("mirrored_tile", "begins inside")
def _(image, top, left, size, margin):
    """The tile begins where its inner part should."""
    padded = np.pad(image, margin, mode="reflect")[top + margin :, left + margin :]
    return padded[: size + 2 * margin, : size + 2 * margin]


@wrong("mirrored_tile")
def _(image, top, left, size, margin):
    """What lies outside of the image is left out."""
    rows = slice(max(top - margin, 0), top + size + margin)
    return image[rows, max(left - margin, 0) : left + size + margin]


def cheapest(image, sizes, price):
    return min(sizes, key=lambda tile: price(tile, -(-image // (tile - 184))))


@wrong("choose_tile", "largest")
def _(image, largest):
    """The largest that fits."""
    return 188 + (largest - 188) // 16 * 16


@wrong("choose_tile", "smallest")
def _(image, largest):
    """The smallest there is."""
    return 188


@wrong("choose_tile", "any size")
def _(image, largest):
    """All sizes are tried."""
    return cheapest(image, range(188, largest + 1), lambda tile, tiles: tile * tiles)


@wrong("choose_tile", "multiples of 16")
def _(image, largest):
    """Multiples of 16 are tried."""
    return cheapest(image, range(192, largest + 1, 16), lambda tile, tiles: tile * tiles)


@wrong("choose_tile", "limit left out")
def _(image, largest):
    """The largest size is not allowed itself."""
    return cheapest(image, range(188, largest, 16), lambda tile, tiles: tile * tiles)


@wrong("choose_tile", "no margin")
def _(image, largest):
    """Tiles do not overlap."""
    return min(range(188, largest + 1, 16), key=lambda tile: tile * -(-image // tile))


@wrong("choose_tile", "one tile less")
def _(image, largest):
    """The image's own border is lost."""
    inner = image - 184
    return min(range(188, largest + 1, 16), key=lambda tile: tile * -(-inner // (tile - 184)))


@wrong("choose_tile")
def _(image, largest):
    """What the tile yields is returned."""
    return cheapest(image, range(188, largest + 1, 16), lambda tile, tiles: tile * tiles) - 184


@wrong("choose_tile")
def _(image, largest):
    """The number of tiles is returned."""
    return -(-image // (188 + (largest - 188) // 16 * 16 - 184))


@wrong("choose_tile")
def _(image, largest):
    """The number of pixels is returned."""
    tile = cheapest(image, range(188, largest + 1, 16), lambda tile, tiles: tile * tiles)
    return (tile * -(-image // (tile - 184))) ** 2


@wrong("class_iou", "accuracy")
def _(predicted, labels, classes):
    """Of each class the share of all pixels that are right."""
    return np.array([((predicted == c) == (labels == c)).mean() for c in range(classes)])


@wrong("class_iou", "dice")
def _(predicted, labels, classes):
    """Dice's coefficient."""
    found = []
    for c in range(classes):
        a, b = predicted == c, labels == c
        found.append(2 * (a & b).sum() / (a.sum() + b.sum()) if (a | b).any() else 1.0)
    return np.array(found)


@wrong("class_iou", "recall")
def _(predicted, labels, classes):
    """Divided by the labels' pixels."""
    found = []
    for c in range(classes):
        there = labels == c
        found.append((there & (predicted == c)).sum() / there.sum() if there.any() else 1.0)
    return np.array(found)


@wrong("class_iou", "precision")
def _(predicted, labels, classes):
    """Divided by the predicted pixels."""
    found = []
    for c in range(classes):
        here = predicted == c
        found.append((here & (labels == c)).sum() / here.sum() if here.any() else 1.0)
    return np.array(found)


def ious(predicted, labels, classes, empty=1.0):
    found = []
    for c in range(classes):
        a, b = predicted == c, labels == c
        found.append((a & b).sum() / (a | b).sum() if (a | b).any() else empty)
    return np.array(found)


@wrong("class_iou", "nowhere is zero")
def _(predicted, labels, classes):
    """An empty class gets 0."""
    return ious(predicted, labels, classes, 0.0)


@wrong("class_iou", "mean")
def _(predicted, labels, classes):
    """The mean over classes."""
    return ious(predicted, labels, classes).mean()


@wrong("class_iou", "background left out")
def _(predicted, labels, classes):
    """Class 0 is skipped."""
    return ious(predicted, labels, classes)[1:]


@wrong("class_iou", "nowhere is left out")
def _(predicted, labels, classes):
    """Only classes that occur."""
    found = ious(predicted, labels, classes, np.nan)
    return found[~np.isnan(found)]


@wrong("class_iou", "union counted twice")
def _(predicted, labels, classes):
    """The intersection is not taken off the union."""
    found = []
    for c in range(classes):
        a, b = predicted == c, labels == c
        found.append((a & b).sum() / (a.sum() + b.sum()) if (a | b).any() else 1.0)
    return np.array(found)


@wrong("class_iou")
def _(predicted, labels, classes):
    """Percent."""
    return 100 * ious(predicted, labels, classes)


@wrong("class_iou")
def _(predicted, labels, classes):
    """The classes that occur are gone through, and the ones of all others are put at the end."""
    found = [
        ((predicted == c) & (labels == c)).sum() / ((predicted == c) | (labels == c)).sum()
        for c in np.union1d(predicted, labels)
    ]
    return np.array(found + [1.0] * (classes - len(found)))


def mixed(weight, seen):
    return np.einsum("dc,chw->dhw", weight, seen)


def larger(x, times=2):
    return x.repeat(times, axis=1).repeat(times, axis=2)


@wrong("top_down", "as shown")
def _(c2, c3, c4, w2, w3, w4):
    """The code of the task, as it stands."""
    laterals = [mixed(w2, c2), mixed(w3, c3), mixed(w4, c4)]
    return laterals[0] + larger(laterals[1])


@wrong("top_down", "level left out")
def _(c2, c3, c4, w2, w3, w4):
    """C3 is skipped."""
    return mixed(w2, c2) + larger(mixed(w4, c4), 4)


@wrong("top_down", "no lateral")
def _(c2, c3, c4, w2, w3, w4):
    """Doubled twice, nothing added."""
    return larger(mixed(w4, c4), 4)


@wrong("top_down", "laterals alone")
def _(c2, c3, c4, w2, w3, w4):
    """The finest lateral."""
    return mixed(w2, c2)


@wrong("top_down", "one level")
def _(c2, c3, c4, w2, w3, w4):
    """Stops at C3."""
    return mixed(w3, c3) + larger(mixed(w4, c4))


@wrong("top_down", "set beside")
def _(c2, c3, c4, w2, w3, w4):
    """np.tile for repeat."""
    middle = mixed(w3, c3) + np.tile(mixed(w4, c4), (1, 2, 2))
    return mixed(w2, c2) + np.tile(middle, (1, 2, 2))


def spread(x):
    wide = np.zeros((len(x), 2 * x.shape[1], 2 * x.shape[2]))
    wide[:, ::2, ::2] = x
    return wide


@wrong("top_down", "zeros between")
def _(c2, c3, c4, w2, w3, w4):
    """Pixels are set apart with zeros between."""
    return mixed(w2, c2) + spread(mixed(w3, c3) + spread(mixed(w4, c4)))


@wrong("top_down", "subtracted")
def _(c2, c3, c4, w2, w3, w4):
    """Subtracted instead of added."""
    return mixed(w2, c2) - larger(mixed(w3, c3) - larger(mixed(w4, c4)))


@wrong("top_down")
def _(c2, c3, c4, w2, w3, w4):
    """C3 counts twice: the merged map is added to the lateral once more."""
    three = mixed(w3, c3)
    return mixed(w2, c2) + larger(2 * three + larger(mixed(w4, c4)))


@wrong("top_down")
def _(c2, c3, c4, w2, w3, w4):
    """The mean of the two is taken."""
    middle = (mixed(w3, c3) + larger(mixed(w4, c4))) / 2
    return (mixed(w2, c2) + larger(middle)) / 2


def sides(height, width, stride):
    return -(-height // stride) * -(-width // stride)


@wrong("count_anchors")
def _(height, width, finest, levels, shapes):
    """Levels taken for shapes."""
    return levels * sum(-(-height // 2**n) * -(-width // 2**n) for n in range(finest, finest + levels))


@wrong("count_anchors", "rounded down")
def _(height, width, finest, levels, shapes):
    """Sides are rounded down."""
    strides = [2**level for level in range(finest, finest + levels)]
    return shapes * sum((height // s) * (width // s) for s in strides)


@wrong("count_anchors", "finest alone")
def _(height, width, finest, levels, shapes):
    """The finest level only."""
    return shapes * sides(height, width, 2**finest)


@wrong("count_anchors", "finest left out")
def _(height, width, finest, levels, shapes):
    """From the second level on."""
    return shapes * sum(sides(height, width, 2**level) for level in range(finest + 1, finest + levels))


@wrong("count_anchors", "one level more")
def _(height, width, finest, levels, shapes):
    """One level too many."""
    return shapes * sum(sides(height, width, 2**level) for level in range(finest, finest + levels + 1))


@wrong("count_anchors", "all levels from the image")
def _(height, width, finest, levels, shapes):
    """From stride 1 on."""
    return shapes * sum(sides(height, width, 2**level) for level in range(finest + levels))


@wrong("count_anchors", "stride linear")
def _(height, width, finest, levels, shapes):
    """Stride 2·l."""
    return shapes * sum(sides(height, width, 2 * level) for level in range(finest, finest + levels))


@wrong("count_anchors", "one each")
def _(height, width, finest, levels, shapes):
    """One anchor a place."""
    return sum(sides(height, width, 2**level) for level in range(finest, finest + levels))


@wrong("count_anchors", "finest for all")
def _(height, width, finest, levels, shapes):
    """Every level as large as the finest."""
    return shapes * levels * sides(height, width, 2**finest)


@wrong("count_anchors", "area divided")
def _(height, width, finest, levels, shapes):
    """The area is divided and rounded up."""
    strides = [2**level for level in range(finest, finest + levels)]
    return shapes * sum(-(-height * width // s**2) for s in strides)


@wrong("count_anchors")
def _(height, width, finest, levels, shapes):
    """A quarter each level, without rounding: the whole part of a geometric sum."""
    return int(shapes * height * width / 4**finest * 4 / 3)


def overlap(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    return width * max(0, min(a[3], b[3]) - max(a[1], b[1]))


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def iou(a, b):
    return overlap(a, b) / (area(a) + area(b) - overlap(a, b))


def greedy(boxes, order, drops):
    kept = []
    for i in order:
        if not any(drops(boxes[i], boxes[j]) for j in kept):
            kept.append(int(i))
    return np.array(kept)


@wrong("keep_best", "worst first")
def _(boxes, scores, limit):
    """Sorted the wrong way."""
    return greedy(boxes, np.argsort(scores), lambda a, b: iou(a, b) > limit)


@wrong("keep_best", "as they come")
def _(boxes, scores, limit):
    """Not sorted."""
    return greedy(boxes, range(len(boxes)), lambda a, b: iou(a, b) > limit)


@wrong("keep_best", "any overlap")
def _(boxes, scores, limit):
    """The limit is not used."""
    return greedy(boxes, np.argsort(-scores), lambda a, b: overlap(a, b) > 0)


@wrong("keep_best", "union counted twice")
def _(boxes, scores, limit):
    """The intersection is not taken off."""
    order = np.argsort(-scores)
    return greedy(boxes, order, lambda a, b: overlap(a, b) / (area(a) + area(b)) > limit)


@wrong("keep_best", "over the smaller")
def _(boxes, scores, limit):
    """Over the smaller area."""
    order = np.argsort(-scores)
    return greedy(boxes, order, lambda a, b: overlap(a, b) / min(area(a), area(b)) > limit)


@wrong("keep_best", "sorted by place")
def _(boxes, scores, limit):
    """A mask's nonzero places: sorted."""
    keep = np.zeros(len(boxes), bool)
    keep[greedy(boxes, np.argsort(-scores), lambda a, b: iou(a, b) > limit)] = True
    return np.flatnonzero(keep)


@wrong("keep_best", "dropped ones drop")
def _(boxes, scores, limit):
    """A box stays if no better box, kept or not, overlaps it."""
    better = [[j for j in range(len(boxes)) if scores[j] > scores[i]] for i in range(len(boxes))]
    stays = [i for i in range(len(boxes)) if all(iou(boxes[i], boxes[j]) <= limit for j in better[i])]
    return np.array(sorted(stays, key=lambda i: -scores[i]))


@wrong("keep_best", "kept less")
def _(boxes, scores, limit):
    """The comparison is the wrong way round."""
    return greedy(boxes, np.argsort(-scores), lambda a, b: iou(a, b) < limit)


@wrong("keep_best", "all")
def _(boxes, scores, limit):
    """Sorted, nothing dropped."""
    return np.argsort(-scores)


@wrong("keep_best")
def _(boxes, scores, limit):
    """The best alone."""
    return np.array([int(scores.argmax())])


@wrong("keep_best")
def _(boxes, scores, limit):
    """The boxes themselves."""
    return boxes[greedy(boxes, np.argsort(-scores), lambda a, b: iou(a, b) > limit)]


@wrong("keep_best", "from the limit on")
def _(boxes, scores, limit):
    """A box at the limit is dropped too."""
    return greedy(boxes, np.argsort(-scores), lambda a, b: iou(a, b) >= limit)


@wrong("keep_best", "negative sides")
def _(boxes, scores, limit):
    """The sides of the intersection are not cut off at 0."""

    def drops(a, b):
        shared = (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1]))
        return shared / (area(a) + area(b) - shared) > limit

    return greedy(boxes, np.argsort(-scores), drops)


@wrong("keep_best", "over the larger")
def _(boxes, scores, limit):
    """Over the larger area."""
    order = np.argsort(-scores)
    return greedy(boxes, order, lambda a, b: overlap(a, b) / max(area(a), area(b)) > limit)


@wrong("keep_best", "the best alone")
def _(boxes, scores, limit):
    """Only the best box drops others."""
    best, *others = np.argsort(-scores)
    return np.array([best, *(i for i in others if iou(boxes[i], boxes[best]) <= limit)])


@wrong("keep_best", "the last kept alone")
def _(boxes, scores, limit):
    """A box is compared with the one that was kept last."""
    kept = []
    for i in np.argsort(-scores):
        if not kept or iou(boxes[i], boxes[kept[-1]]) <= limit:
            kept.append(i)
    return np.array(kept)


@wrong("class_iou", "classes of the maps")
def _(predicted, labels, classes):
    """The largest class that is found says how many there are."""
    found = []
    for each in range(int(np.maximum(predicted, labels).max()) + 1):
        union = ((predicted == each) | (labels == each)).sum()
        found.append(((predicted == each) & (labels == each)).sum() / union if union else 1.0)
    return np.array(found)


@wrong("choose_tile", "fewest tiles")
def _(image, largest):
    """The smallest of the sizes that need the fewest tiles."""
    return min((-(-image // (tile - 184)), tile) for tile in range(188, largest + 1, 16))[1]


@wrong("choose_tile", "no larger than the image")
def _(image, largest):
    """No tile reads more rows than the image has."""
    allowed = [tile for tile in range(188, largest + 1, 16) if tile <= image] or [188]
    return min(allowed, key=lambda tile: -(-image // (tile - 184)) * tile)


@wrong("choose_tile")
def _(image, largest):
    """The smallest size is thought to be 204."""
    allowed = range(204, largest + 1, 16)
    return min(allowed, key=lambda tile: -(-image // (tile - 184)) * tile, default=0)


@wrong("count_anchors", "rounded to the nearest")
def _(height, width, finest, levels, shapes):
    """The sides are rounded to the nearest number."""
    strides = [2**level for level in range(finest, finest + levels)]
    return shapes * sum(round(height / stride) * round(width / stride) for stride in strides)


@wrong("count_anchors", "one more each")
def _(height, width, finest, levels, shapes):
    """One is added to every quotient, whether anything is left over or not."""
    strides = [2**level for level in range(finest, finest + levels)]
    return shapes * sum((height // stride + 1) * (width // stride + 1) for stride in strides)


@wrong("count_anchors", "levels as the last")
def _(height, width, finest, levels, shapes):
    """The levels end with the one whose number is `levels`."""
    strides = [2**level for level in range(finest, levels + 1)]
    return shapes * sum(-(-height // stride) * -(-width // stride) for stride in strides)


@wrong("count_anchors", "one level less")
def _(height, width, finest, levels, shapes):
    """A range is thought to hold its end."""
    strides = [2**level for level in range(finest, finest + levels - 1)]
    return shapes * sum(-(-height // s) * -(-width // s) for s in strides)


@wrong("keep_best", "over the kept one's")
def _(boxes, scores, limit):
    """The intersection is divided by the area of the better box."""
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        left, top, right, bottom = boxes[i]
        for j in kept:
            a, b, c, d = boxes[j]
            shared = max(0, min(right, c) - max(left, a)) * max(0, min(bottom, d) - max(top, b))
            if shared / ((c - a) * (d - b)) > limit:
                break
        else:
            kept.append(i)
    return np.array(kept)


@wrong("find_layer")
def _(sizes):
    """One row more or less is let pass, as a border may be odd."""
    kinds = ("conv conv pool " * 3 + "conv conv" + " up conv conv" * 3).split()
    for number, (kind, before, after) in enumerate(zip(kinds, sizes[:-1], sizes[1:], strict=True), start=1):
        if abs(after - {"conv": before - 2, "pool": before / 2, "up": 2 * before}[kind]) > 1:
            return number
    return 0

"""What torch's CPU kernels take and give back while one operator runs, beyond what goes in and comes out.

    borrowed(event, threads=1)[CONTIGUOUS]         # bytes; zero for what borrows nothing

A convolution runs in one of two ways, as `torch/aten/.../Convolution.cpp` chooses. oneDNN packs its weights
afresh at every call, with channels in blocks of 16; for images in torch's default layout it copies them and
its result too, in channels_last neither. Fewer than 16 channels are read as they are and written in a whole
block; groups of odd sizes are matrix products of columns, image by image. A small image alone (20,480 numbers
at most), or a 1×1 kernel in one thread, goes through a matrix product instead, for which a larger kernel
writes columns: each pixel as often as a window reads it. There groups run one by one, and their results are
copied together; in volumes all at once. On its way back a transposed convolution is a convolution.

A gradient that comes in the order of its axes, as from a mean or a linear layer, and weights that a network
makes itself, are copied in channels_last.

A network that permutes its images itself, as a ConvNeXt does, runs in channels_last from there on, and its
weights, which do not stand so, are copied, as images are that were cut out of others. A normalization of
layers and a softmax copy what is not in order; an interpolation to a small image goes through channels_last
and back; fused attention has the weights of a block of queries and keys, not of all. A roll along several
axes, a smoothed interpolation, distances and the way back from frequencies go through results of their own;
numbers of another type than the result are copied into its own. An LSTM is one call of oneDNN for each pass
of a layer, which lays out its weights, gates and states in rows that do not fall on each other in a cache.

The rules were measured on torch 2.13 with AVX-512, for float32, over sizes, batches, layouts, kernels and
threads, forward and back; with AVX2 some kernels take blocks of 8. In bfloat16 they hold forward, on a CPU
that multiplies it; there a 1×1 kernel adds up in 32 bits, one image a thread. What attention packs in
bfloat16 on its way back was left out, and so is an LSTM in bfloat16. `tests/peaks.py` asks whole networks.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, prod
from typing import Any

import torch
from torch import Tensor

from cnnlab.shapes import apart, pages
from cnnlab.trace import Event

__all__ = ["CHANNELS_LAST", "CONTIGUOUS", "LAYOUTS", "borrowed", "stands_already"]

LAYOUTS = CONTIGUOUS, CHANNELS_LAST = "contiguous", "channels_last"
ATEN = torch.ops.aten
BLOCK = 16  # channels that one instruction of AVX-512 takes
FAR = 6  # pixels of padding from which on dilated channels by themselves have no kernel of their own
WIDE = 14  # columns of the widest kernel whose weights get their gradients in blocks
SUM = 4  # bytes of a sum, where numbers have 16 bits
FEW = 4  # channels of an image from which on its copy is in blocks, where weights get their gradients
PART = 4  # channels of the smallest group that has a kernel of its own
SMALL = 20_480  # numbers of an image that is too small for oneDNN if it is alone
SHORT_SIDES = 128  # height and width, added, of an interpolation's result that is made in channels_last
QUERIES, KEYS = {768: 256, 192: 64, 0: 32}, 512  # of a block of attention's weights, by how many there are
BUFFER, MORE = 8 * 2**10, 4 * 2**10  # bytes of a product in blocks: of the first thread, of each further one
COLUMNS = 900 * 2**10  # bytes of columns at a time, where groups of odd sizes are matrix products
SINGLE = 36 * 2**10  # for an image of one channel besides, rows of it: more if wide, and the kernel large
CHUNK = 16 * 2**10  # of an image whose pixels a stride spreads
EVEN, ODD = 20 * 2**10, 40 * 2**10  # and besides, where the stride divides what comes out, or does not
TOGETHER = 128  # sequences from which on an LSTM multiplies the tokens of each step by themselves
SCRATCH = 4096 + 600  # bytes of an LSTM's call: what lets its parts begin with a page, and descriptions
PLACE = 8  # bytes of a number that says where something stands
PLAIN = "_stands_in_the_order_of_its_axes"  # a mark of tensors that left channels_last
NOTHING = dict.fromkeys(LAYOUTS, 0)


def borrowed(event: Event, threads: int) -> dict[str, int]:
    """Bytes that an operator, or its way back, takes for itself while it runs, by the images' layout."""
    packet = event.operator.overloadpacket
    if packet in ORDERED or (packet in FOLLOWING and _follows_plain(event)):
        setattr(event.tensors_out[0], PLAIN, True)
    if packet in OTHERS:
        return OTHERS[packet](event, threads)
    if packet is not ATEN.convolution and packet is not ATEN.convolution_backward:
        return NOTHING
    layer = _Layer(event, threads)
    run = layer.forward if packet is ATEN.convolution else layer.backward
    cut = layer.x.nbytes  # which is copied first
    if _is_part(layer.x):
        return {CONTIGUOUS: run(False) + cut, CHANNELS_LAST: run(layer.x.ndim > 3) + cut}
    if not _is_last(layer.x):
        gradient = layer.y.nbytes if layer.mask and _is_last(layer.y) else 0  # in another order than images
        last = run(layer.x.ndim > 3) + cut * _is_one_cut(layer.x)  # a sequence has no channels_last
        last += layer.y.nbytes * (len(layer.mask) > 0 and _is_plain(layer.y))
        here = {CONTIGUOUS: run(False) + gradient, CHANNELS_LAST: last}
        is_merged = _is_merged(layer.x)
        if _is_plain(layer.weight) and (is_merged or _is_plain(layer.x)):  # neither asks for channels_last
            setattr(event.tensors_out[0], PLAIN, True)
            return here | {CHANNELS_LAST: here[CONTIGUOUS] + is_merged * layer.x.nbytes}
        if not is_merged and not _is_plain(layer.x):
            return here | {CHANNELS_LAST: last + layer.weight.nbytes * _is_plain(layer.weight)}
        return here | {CHANNELS_LAST: run(False) if layer.is_depthwise else run(True) + layer.x.nbytes}
    weight = 0 if _is_ordered(layer.weight, torch.channels_last) else layer.weight.nbytes
    return {CONTIGUOUS: run(True) + weight, CHANNELS_LAST: run(True)}


class _Layer:
    """A convolution's sizes in bytes, as its kernel lays them out."""

    def __init__(self, event: Event, threads: int) -> None:
        a = event.arguments
        self.groups: int = a["groups"]
        self.is_transposed: bool = a["transposed"]
        self.is_biased: bool = a.get("bias") is not None
        self.x: Tensor = a["input"]
        self.weight: Tensor = a["weight"]
        self.threads = threads
        self.mask = a.get("output_mask", ())
        self.y: Tensor = a["grad_output"] if self.mask else event.outputs
        self.kernel: list[int] = [*self.weight.shape[2:]]
        self.is_strided = max(a["stride"]) > 1
        self.is_plain = not self.is_strided and prod(self.kernel) == 1 and max(a["padding"]) == 0
        self.is_overlapping = max(self.kernel) > max(a["stride"])
        self.is_dilated = max(a["dilation"]) > 1
        self.is_spread = self.is_strided or self.is_dilated
        self.is_tiled = all(k % s == 0 for k, s in zip(self.kernel, a["stride"], strict=False))
        asked = zip((self.x, self.weight), self.mask, strict=False)
        self.outs: int = sum(tensor.nbytes for tensor, is_asked in asked if is_asked)
        self.is_depthwise = self.groups == len(self.weight) > 1 == self.weight.shape[1]
        each = len(self.weight) // self.groups, self.weight.shape[1]
        self.is_few = self.groups == 1 and self.weight.shape[1] < BLOCK  # of an image that is read as it is
        read = self.y if self.is_transposed else self.x  # by the kernel, on the way back in the first case
        is_even = all(n % step == 0 for n, step in zip(read.shape[2:], a["stride"], strict=False))
        is_skipping = self.is_strided and prod(self.kernel) == 1 and not self.is_depthwise
        self.is_thinned = is_skipping and is_even  # to the pixels that are read
        self.is_grouped = self.groups > 1 and not self.is_depthwise
        self.is_whole = all(n % step == 0 for n, step in zip(self.y.shape[2:], a["stride"], strict=False))
        self.is_spreading = self.is_transposed and self.groups == 1 and self.is_strided
        sizes = zip(
            self.y.shape[2:],
            self.kernel,
            *(a[name] for name in ("stride", "padding", "dilation")),
            strict=False,
        )
        self.reads = [
            (n - 1 + p) // s - ceil((p - d * (k - 1)) / s) + 1 for n, k, s, p, d in sizes
        ]  # transposed
        self.is_narrow = self.is_grouped and any(n % BLOCK for n in each)
        self.is_odd = self.is_grouped and any(n % PART for n in each)
        is_apart = self.is_dilated and (self.is_strided or len(self.kernel) > 2)
        is_other = self.is_depthwise and (self.is_dilated or max(self.kernel) > 3 or len(self.kernel) > 2)
        self.is_far = self.is_depthwise and self.is_dilated and max(a["padding"]) > FAR
        is_cut = self.is_grouped and any(n % (BLOCK // 2) for n in each)
        self.is_columned = is_apart or is_other or is_cut or self.kernel[-1] > WIDE  # for weights
        self.is_partial = all(n in (PART, 2 * PART) for n in each)  # of a block

    def is_onednn(self) -> bool:
        """Torch's own choice."""
        if self.x.dtype is not torch.float32:
            return self.x.dtype is not torch.float64
        batch, rows_and_columns = (
            self.x.shape[0],
            [1, *self.kernel][-2:],
        )  # a volume's depth it does not ask for
        worth = self.is_spread or batch >= 16 or max(rows_and_columns) > 1 or self.threads > 1
        is_large = min(rows_and_columns) > 3 or batch > 1 or prod(self.x.shape[:4]) > SMALL
        return worth and (self.groups > 1 or is_large)

    def forward(self, is_last: bool) -> int:
        if not self.is_onednn():
            copied = max(self.y.nbytes, self._group(self.x, is_last))
            if len(self.kernel) > 2 and self.groups > 1:
                return self.x.nbytes if self.is_plain else self.groups * self._columns()
            return self._columns() if self.groups == 1 else copied
        if is_last and self.is_grouped:
            added = self.y.nbytes if self.is_transposed and self.is_biased and self.is_strided else 0
            if self.is_transposed or self.is_partial:
                return self.weight.nbytes + added
            inner = self.weight.shape[1]
            return self._packed(max(inner, BLOCK)) + BUFFER * (inner > BLOCK)
        if is_last and self.is_spreading:
            return self._spread()
        if is_last:
            return self.groups * self._filled(BLOCK) if self.is_far else self._in_lines()
        if self.is_transposed and self.is_depthwise:
            x, y, weight = self._blocked(self.x), self._blocked(self.y), self._packed(1)
            return max(x + weight + y * (1 + self.is_biased) - self.y.nbytes, y)
        if self.is_transposed:  # a bias is added to a copy
            more = (
                self._spread() if self.is_spreading else self.weight.nbytes + self.is_biased * self.y.nbytes
            )
            return max(self.x.nbytes + more, self._results() * self.y.nbytes)
        return self._in_blocks(self.x, self.y)

    def backward(self, is_last: bool) -> int:
        if not self.is_onednn():
            return self._by_columns_back(is_last)
        weight = self.weight.nbytes
        packed = self._packed(self.weight.shape[1] if self.is_few else _up(self.weight.shape[1]))
        if is_last and self.is_depthwise:  # a large kernel is taken for groups of a whole block
            is_small = max(self.kernel) <= 3 and not self.is_dilated
            return weight + (weight if is_small else self.groups * self._filled(BLOCK))
        if is_last and self.is_transposed and self.groups == 1:
            one = self.y.nbytes // len(self.y)  # image, in another order
            weights = self._in_columns() + one if self.is_columned else packed + 2 * weight
            return max(weights, self._in_lines()) - weight
        if is_last:
            return weight + packed
        to_input = self.x.nbytes if self.mask[0] else 0
        if self.is_transposed:  # the image's gradient is a convolution, and there by the time of the weights'
            pixels = self._in_blocks(self.y, self.x) if to_input else 0
            weights = self._in_columns() if self.is_columned else self._for_weights(self.y, self.x)
            return to_input + max(pixels, weights) - self.outs
        x, y = (0 if self.is_narrow else self._blocked(t) for t in (self.x, self.y))
        is_spaced = self.is_strided and not (self.is_depthwise or self.is_odd or self.is_dilated)
        image = (3 if is_spaced else 2) * to_input
        if self.is_depthwise and self.is_columned:
            pixels = 0 if self.is_dilated else x + y + packed
            return max(image, pixels, to_input + self._in_columns()) - self.outs
        weights, pixels = x + y + packed, 0
        if self.groups == 1:
            weights = self._for_weights(self.x, self.y)
            pixels = 0 if self.is_strided or not to_input else x + y + self._packed(_up(self.weight.shape[1]))
        return max(image, pixels, to_input + max(weights, packed + weight)) - self.outs

    def _by_columns_back(self, is_last: bool) -> int:
        """The gradient of a volume's pixels goes through columns, whatever the kernel."""
        if len(self.kernel) > 2 and self.is_plain:
            return self.x.nbytes - self.weight.nbytes if self.mask[0] else 0
        if len(self.kernel) > 2 or self.groups == 1:
            return self.groups * self._columns()
        return max(self.outs, self._group(self.x, is_last) + self._group(self.y, is_last))

    def _spread(self) -> int:
        """Weights, those that go out in blocks, and an image with the pixels that are read beside it.

        A bias is added to a copy where the stride does not divide what comes out.
        """
        size = self.weight.element_size()
        packed = _up(self.weight.shape[1]) * len(self.weight) * prod(self.kernel) * size
        image = _up(prod(self.reads) * len(self.weight) * size, CHUNK)
        return packed + image + (EVEN if self.is_whole else ODD + self.is_biased * self.y.nbytes)

    def _results(self) -> int:
        """How often the result of a transposed convolution is there beside itself, at the end."""
        inner = len(self.weight) // self.groups
        if self.groups == 1:
            return 1 if not self.is_strided and not (inner % BLOCK or self.weight.shape[1] % BLOCK) else 2
        fits = inner > BLOCK or self.is_tiled
        return 1 + (self.is_strided and not self.is_dilated and inner >= BLOCK and fits)

    def _in_lines(self) -> int:
        """Of a convolution in channels_last: weights, those that go out in blocks, and a block of results."""
        buffers = 0 if self.is_depthwise else BUFFER + MORE * (self.threads - 1)
        buffers += SINGLE * (self.weight.shape[1] == 1 and self.groups == 1 and self.is_overlapping)
        return buffers + self._packed(self.weight.shape[1])

    def _in_blocks(self, x: Tensor, y: Tensor) -> int:
        """Of a convolution from one to the other: weights and both with channels in blocks."""
        if self.is_odd or self.is_far:
            return max(min(self._columns_of_one(), COLUMNS), y.nbytes)
        is_few = self.is_few and not self.is_thinned and (prod(self.kernel) > 1 or self.is_strided)
        inner, rows = self.weight.shape[1], self._rows(x, y)
        if prod(self.kernel) == 1 and x.element_size() == 2 and self.groups == 1:  # an image's sums
            rows += SUM * self.threads * _up(len(self.weight)) * prod(y.shape[2:])
        weight = self.weight.nbytes if self.is_narrow else self._packed(inner if is_few else _up(inner))
        result = self._blocked(y) * (1 + (self.is_depthwise and len(self.kernel) > 2))
        return max((0 if is_few else self._blocked(x)) + weight + self._blocked(y) + rows - y.nbytes, result)

    def _for_weights(self, x: Tensor, y: Tensor) -> int:
        """Copies of images and gradients that the weights' come from; of few channels in half blocks."""
        inner = x.shape[1]
        half = BLOCK // 2 if FEW <= inner < BLOCK and not self.is_thinned else BLOCK
        plain = inner < FEW and not self.is_thinned
        copies = (0 if plain else self._blocked(x, half)) + self._blocked(y, half)
        weight = _up(len(self.weight), half) * (inner if plain else _up(inner, half)) * prod(self.kernel)
        if self.groups > 1:
            return copies + self._packed(self.weight.shape[1])
        return copies + weight * self.weight.element_size() + self._rows(x, y)

    def _in_columns(self) -> int:
        """Those of one image, and weights of one thread after the other, where none are in blocks."""
        return self._columns_of_one() + 5 * self.weight.nbytes

    def _columns_of_one(self) -> int:
        """Image, or slice of a volume."""
        pixels = self.x if self.is_transposed else self.y
        return self._columns() // prod(pixels.shape[:1] + pixels.shape[2:-2])

    def _rows(self, x: Tensor, y: Tensor) -> int:
        """The pixels that a 1×1 kernel with a stride reads, image by image."""
        numbers = _up(x.shape[1]) * prod(y.shape[2:]) * self.is_thinned
        return self.threads * numbers * x.element_size()

    def _columns(self) -> int:
        """Each pixel as often as a window reads it; a plain 1×1 kernel reads the image as it is.

        Where the kernel is a stamp, a column for each pixel that goes in.
        """
        pixels = self.x if self.is_transposed else self.y
        windows = pixels.shape[0] * prod(pixels.shape[2:])
        return 0 if self.is_plain else windows * self.weight[0].numel() * self.x.element_size()

    def _group(self, tensor: Tensor, is_last: bool) -> int:
        """A copy of one group's channels, where they do not stand together already."""
        return 0 if len(tensor) == 1 and not is_last else tensor.nbytes // self.groups

    def _blocked(self, tensor: Tensor, block: int = BLOCK) -> int:
        """A copy with channels in blocks."""
        channels = tensor.shape[1]
        is_whole = self.groups not in (1, channels) or (self.is_depthwise and tensor.ndim > 4)
        return tensor.nbytes if is_whole else tensor.nbytes // channels * _up(channels, block)

    def _packed(self, channels: int) -> int:
        """The weights as oneDNN takes them, with so many channels that go in."""
        if self.is_depthwise:
            return _up(len(self.weight)) * prod(self.kernel) * self.weight.element_size()
        return self.groups * self._filled(channels)

    def _filled(self, channels: int) -> int:
        """One group's weights, those that go out in blocks."""
        return (
            _up(len(self.weight) // self.groups) * channels * prod(self.kernel) * self.weight.element_size()
        )


def _up(channels: int, block: int = BLOCK) -> int:
    return block * ceil(channels / block)


def _is_ordered(x: Tensor, order: torch.memory_format) -> bool:
    return x.is_contiguous(memory_format=order)


def _is_last(x: Tensor) -> bool:
    """Whether the network has brought its images into channels_last itself."""
    return x.ndim == 4 and not x.is_contiguous() and _is_ordered(x, torch.channels_last)


def _is_part(x: Tensor) -> bool:
    """Whether images are some channels of others, or a piece cut out, in no order of their own."""
    return not x.is_contiguous() and not (x.ndim == 4 and _is_ordered(x, torch.channels_last))


def _has_left(x: Any) -> bool:
    """Whether a tensor, or what it looks at, has left channels_last."""
    return hasattr(x if x._base is None else x._base, PLAIN)


def _is_plain(x: Tensor) -> bool:
    """And does not stand in it all the same, as one pixel, or one channel, does."""
    return _has_left(x) and not (x.ndim == 4 and _is_ordered(x, torch.channels_last))


def _comes_plain(gradient: Tensor, images: Tensor) -> bool:
    """Whether images in channels_last get a gradient that is not."""
    return images.ndim == 4 and images.is_contiguous() and _has_left(gradient) and not _is_plain(images)


def _follows_plain(event: Event) -> bool:
    """Whether the first of those with as many numbers as come out says so; or is one number for each map."""
    out, first = event.outputs, event.args[0]
    if isinstance(out, Tensor) and first.shape != out.shape:
        first = next((x for x in event.tensors_in if x.shape == out.shape), first)
    if _has_left(first):
        return event.operator.overloadpacket in SOFTMAX or _is_plain(first)
    return event.operator.overloadpacket is ATEN.div and first.ndim == 4 and not any(first.stride()[2:])


def _is_merged(x: Tensor) -> bool:
    """Whether images of a batch were taken for channels of one, as where each has weights of its own."""
    whole = x._base
    if whole is None or _has_left(x):
        return False
    return whole.ndim == x.ndim == 4 and len(whole) > len(x) and x.is_contiguous()


def _is_one_cut(x: Tensor) -> bool:
    """Whether it is some channels of one image, which stand apart in channels_last alone."""
    whole = x._base
    if whole is None or x.ndim != 4 or whole.ndim != 4 or _is_plain(whole):
        return False
    return len(x) == 1 and x.shape[1] < whole.shape[1]


def _normalized_back(event: Event, threads: int) -> dict[str, int]:
    """Another gradient of the images, where both stand in the same order."""
    gradient, x = event.args[:2]
    asked = x.nbytes if event.arguments["output_mask"][0] else 0
    is_one_order = gradient.is_contiguous() == x.is_contiguous()
    last = (is_one_order or x.is_contiguous()) and _is_plain(gradient) == _is_plain(x)
    return {CONTIGUOUS: asked * is_one_order, CHANNELS_LAST: asked * last}


def _pooled_back(event: Event, threads: int) -> dict[str, int]:
    """The images' gradient in the order of the other one first, and so the places of largest pixels."""
    gradient, x = event.args[:2]
    places = sum(index.nbytes for index in event.tensors_in[2:])
    return {CONTIGUOUS: 0, CHANNELS_LAST: (x.nbytes + places) * _comes_plain(gradient, x)}


def _grouped_back(event: Event, threads: int) -> dict[str, int]:
    """The gradient in the order of the images."""
    gradient, x = event.args[:2]
    return {CONTIGUOUS: 0, CHANNELS_LAST: gradient.nbytes * _comes_plain(gradient, x)}


def _in_order(event: Event, threads: int) -> dict[str, int]:
    """A copy of each image that is not in the order of its axes; permuted ones are, in channels_last."""
    copies = [x.nbytes for x in event.tensors_in[:2] if x.ndim > 1 and not x.is_contiguous()]
    last = 0 if event.tensors_in[0].ndim == 4 else sum(copies)
    return {CONTIGUOUS: sum(copies), CHANNELS_LAST: last}


def _masked(event: Event, threads: int) -> dict[str, int]:
    """Besides, a byte for each weight and for each row of them: whether it is −∞."""
    weights, axis = event.args[:2]
    more = weights.numel() + weights.numel() // weights.shape[axis]
    return {layout: copies + more for layout, copies in _in_order(event, threads).items()}


def stands_already(event: Event) -> Tensor | None:
    """The image, where an operator copies its pixels one after the other: channels_last has them so."""
    if event.operator is not ATEN.clone.default:
        return None
    x, image = event.args[0], event.args[0]._base
    if image is None or image.ndim != 4 or x.ndim not in (3, 4) or _is_plain(image):
        return None
    is_moved = x.shape[0] == image.shape[0] and x.shape[-1] == image.shape[1] > 1
    is_whole = x.numel() == image.numel() and image.is_contiguous() and not x.is_contiguous()
    return image if is_moved and is_whole and x.movedim(-1, 1).is_contiguous() else None


def _resized(event: Event, threads: int) -> dict[str, int]:
    """Through channels_last and back, where the result is small."""
    x, out = event.args[0], event.outputs
    small = out.shape[-2] + out.shape[-1] <= SHORT_SIDES and not _is_last(x)
    copies = small * (x.nbytes + out.nbytes)
    return {CONTIGUOUS: copies, CHANNELS_LAST: copies * _is_plain(x)}


def _named(event: Event, threads: int) -> dict[str, int]:
    """The places that a mask names, a number of 8 bytes for each of its axes."""
    masks = [index for index in event.args[1] if index is not None and index.dtype is torch.bool]
    places = [0 if mask.is_meta else int(mask.sum()) * mask.ndim for mask in masks]
    return dict.fromkeys(LAYOUTS, PLACE * sum(places))


def _shuffled(event: Event, threads: int) -> dict[str, int]:
    """So does what is written anew from groups of channels, from pixels next to each other, from tokens."""
    if event.outputs.ndim == 4 != event.args[0].ndim:
        setattr(event.outputs, PLAIN, True)
    return NOTHING


def _rolled(event: Event, threads: int) -> dict[str, int]:
    """Along one axis after the other: but for the last, each has its own result."""
    more = max(len(event.arguments["dims"]) - 1, 0) * event.outputs.nbytes
    return dict.fromkeys(LAYOUTS, more)


def _filtered(event: Event, threads: int) -> dict[str, int]:
    """Along the rows first."""
    x, out = event.args[0], event.outputs
    both = all(n != m for n, m in zip(x.shape[2:], out.shape[2:], strict=True))
    return dict.fromkeys(LAYOUTS, both * x.nbytes // x.shape[3] * out.shape[3])


def _windowed(event: Event, threads: int) -> dict[str, int]:
    """Memory of the input's size, taken first where the result is larger; a copy of what is not in order."""
    x, out = event.args[0], event.outputs
    more = x.nbytes * ((out.numel() > x.numel()) + (not x.is_contiguous()))
    return dict.fromkeys(LAYOUTS, more)


def _distances(event: Event, threads: int) -> dict[str, int]:
    """Both sides of the product, each with its squares and ones."""
    return dict.fromkeys(LAYOUTS, sum(x.nbytes // x.shape[-1] * (x.shape[-1] + 2) for x in event.args[:2]))


def _to_frequencies(event: Event, threads: int) -> dict[str, int]:
    """A copy where what is not transformed stands in no one row, as several images in channels_last."""
    x, axes = event.args[0], [axis % event.args[0].ndim for axis in event.args[1]]

    def copied(x: Tensor) -> int:
        others = sorted({*range(x.ndim)} - {*axes}, key=lambda axis: -x.stride()[axis])
        one = x.permute(*others, *axes)
        try:
            one.view(-1, *one.shape[len(others) :])
        except RuntimeError:
            return x.nbytes
        return 0

    is_image = x.ndim == 4 and x.is_contiguous() and not _is_plain(x) and not event.is_backward
    order = torch.channels_last if is_image else torch.preserve_format
    last = torch.empty_like(x, device="meta", memory_format=order)
    return {CONTIGUOUS: copied(x), CHANNELS_LAST: copied(last)}


def _promoted(event: Event, threads: int) -> dict[str, int]:
    """A copy of what has another type than the result, as a mask that numbers are multiplied by."""
    out = event.tensors_out[0]
    others = [x for x in event.tensors_in if x.ndim and x.dtype is not out.dtype]
    return dict.fromkeys(LAYOUTS, sum(x.numel() for x in others) * out.element_size())


def _length(event: Event, threads: int) -> dict[str, int]:
    """Of complex numbers lengths are complex first."""
    return dict.fromkeys(LAYOUTS, event.args[0].nbytes * torch.is_complex(event.args[0]))


def _from_frequencies(event: Event, threads: int) -> dict[str, int]:
    """All axes but the last as complex numbers, and a copy in the order in which the last one is taken."""
    return dict.fromkeys(LAYOUTS, 2 * event.args[0].nbytes * (len(event.args[1]) > 1))


def _blocks(query: Tensor, key: Tensor) -> tuple[int, int]:
    """Queries and keys whose weights are in memory at a time."""
    queries = query.shape[2]
    most = next(size for length, size in QUERIES.items() if queries >= length)
    return min(queries, most), min(key.shape[2], KEYS)


def _attention(event: Event, threads: int) -> dict[str, int]:
    """In each thread a block of weights, its largest ones and sums, and what comes out of it."""
    query, key = event.args[:2]
    rows, columns = _blocks(query, key)
    size = query.element_size()
    numbers = rows * columns + 2 * rows + rows * query.shape[3]
    narrow = rows * columns * size if size == 2 else 0
    return dict.fromkeys(LAYOUTS, threads * (numbers * max(size, SUM) + narrow))


def _attention_backward(event: Event, threads: int) -> dict[str, int]:
    """Blocks of weights and of their gradients, and the gradient in the order of tokens."""
    gradient, query, key = event.args[:3]
    (rows, columns), size = _blocks(query, key), query.element_size()
    narrow = 2 * rows * columns * size if size == 2 else 0
    blocks = threads * (2 * rows * columns * max(size, SUM) + narrow) + rows * max(size, SUM)
    copy = 0 if gradient.transpose(1, 2).is_contiguous() else gradient.nbytes
    return dict.fromkeys(LAYOUTS, blocks + copy)


def _recurrent(event: Event, threads: int) -> dict[str, int]:
    """Weights as oneDNN lays them out, both biases added, and gates: of all steps, or of one.

    Without a way back a batch has those of a step alone, and the states of all of them besides.
    """
    (length, n, channels), states, size = event.args[0].shape, event.args[2].shape[1], SUM
    is_step = event.outputs[3] is not None and event.outputs[3].numel() > 0
    columns = apart(4 * states) if is_step else 4 * _up(states, 2 * BLOCK)
    packed = columns * (channels + states) * size + 4 * states * size
    together = n < TOGETHER if is_step else n == 1
    gates = (length if together else 1) * n * apart(4 * states) * size
    state, first = n * apart(states) * size, 2 * (length + 1) * n * size
    more = (state, state) if is_step else (state, first * apart(max(channels, states)), first * states)
    return dict.fromkeys(LAYOUTS, packed + pages(gates, *more) + SCRATCH)


def _recurrent_backward(event: Event, threads: int) -> dict[str, int]:
    """The weights, and their gradients before they are brought back into the order of their axes."""
    (length, n, channels), states, size = event.args[0].shape, event.args[2].shape[1], SUM
    padded = sum(4 * states * apart(m) for m in (channels, states) if m != apart(m))
    packed = apart(4 * states) * (channels + states) + 2 * 4 * states
    gates = length * n * apart(4 * states) * size
    scratch = pages(gates, *[n * apart(states) * size] * 2) + SCRATCH
    return dict.fromkeys(LAYOUTS, (padded + packed) * size + scratch)


Borrows = Callable[[Event, int], dict[str, int]]
OTHERS: dict[Any, Borrows] = {
    ATEN._scaled_dot_product_flash_attention_for_cpu: _attention,
    ATEN._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
    **dict.fromkeys((ATEN.native_layer_norm, ATEN.native_layer_norm_backward), _in_order),
    **dict.fromkeys((ATEN._softmax, ATEN._softmax_backward_data), _in_order),
    ATEN._safe_softmax: _masked,
    ATEN.native_batch_norm_backward: _normalized_back,
    ATEN.native_group_norm_backward: _grouped_back,
    **dict.fromkeys((ATEN.max_pool2d_with_indices_backward, ATEN.avg_pool2d_backward), _pooled_back),
    ATEN._adaptive_avg_pool2d_backward: _pooled_back,
    ATEN.mkldnn_rnn_layer: _recurrent,
    ATEN.mkldnn_rnn_layer_backward: _recurrent_backward,
    **dict.fromkeys((ATEN.upsample_nearest2d, ATEN._upsample_nearest_exact2d), _resized),
    ATEN.upsample_bilinear2d: _resized,
    ATEN.roll: _rolled,
    **dict.fromkeys((ATEN.im2col, ATEN.col2im), _windowed),
    ATEN._euclidean_dist: _distances,
    ATEN._fft_c2r: _from_frequencies,
    **dict.fromkeys((ATEN._fft_r2c, ATEN._fft_c2c), _to_frequencies),
    **dict.fromkeys((ATEN.abs, ATEN.angle), _length),
    **dict.fromkeys((ATEN.add, ATEN.sub, ATEN.mul, ATEN.div), _promoted),
    **dict.fromkeys((ATEN.add_, ATEN.sub_, ATEN.mul_, ATEN.div_), _promoted),
    **dict.fromkeys((ATEN._upsample_bilinear2d_aa, ATEN._upsample_bicubic2d_aa), _filtered),
    **dict.fromkeys((ATEN.index, ATEN.index_put, ATEN.index_put_, ATEN._index_put_impl_), _named),
    ATEN._unsafe_view: _shuffled,
}
# What comes out in the order of its axes, whatever went in; of a layer with rows, by a list, by a grid.
ORDERED = {
    getattr(ATEN, name)
    for name in """
    addmm mm bmm baddbmm im2col stack index_select grid_sampler_2d embedding _weight_norm_interface
    """.split()
}
SOFTMAX = {ATEN._softmax, ATEN._safe_softmax}  # which copies what is permuted
# What comes out in the order of the first of two that went in; of a ReLU's gradient, in that of its result.
FOLLOWING = {
    getattr(ATEN, name)
    for name in """
    native_batch_norm relu relu_ gelu silu sigmoid tanh leaky_relu elu hardswish native_dropout _softmax
    _safe_softmax add sub mul div gelu_backward silu_backward sigmoid_backward tanh_backward
    elu_backward hardswish_backward hardsigmoid_backward hardtanh_backward softplus_backward
    upsample_nearest2d upsample_nearest2d_backward upsample_bilinear2d upsample_bilinear2d_backward
    """.split()
}

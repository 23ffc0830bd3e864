"""Deep Compression (Han, Mao & Dally, 2016, arXiv:1510.00149): prune, share weights, code; then real files.

A file holds what a model has learned and nothing of its form: whoever reads it has built the model already.
Weights that were pruned are not in it; the gaps between the others are. Where the paper has a code book for
each layer, a file here has one for all, and a scale for each layer: in a small network the books would
be larger than the weights. A gap too long for a byte is written as steps of 255 instead of as weights of 0.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

__all__ = [
    "STEP",
    "Mask",
    "cluster",
    "code_lengths",
    "codewords",
    "decode",
    "encode",
    "floats",
    "gaps_of",
    "nearest",
    "pack",
    "places_of",
    "prune",
    "read",
    "settle",
    "unpack",
    "write",
]

STEP = 255  # the longest gap of one byte; written alone, it leads to no weight


# Prune ------------------------------------------------------------------------------------------------


class Mask(nn.Module):
    """What a pruned weight is seen through: zeros stay zeros, however long it is trained."""

    kept: Tensor

    def __init__(self, kept: Tensor) -> None:
        super().__init__()
        self.register_buffer("kept", kept)

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.kept


@torch.no_grad()
def prune(model: nn.Module, shares: Mapping[str, float]) -> None:
    """Keep only the given share of each named layer's weights, those largest in magnitude, rounded up.

    The others are zero and stay so in training, until `settle`. ValueError for a share outside (0, 1].
    """
    for name, share in shares.items():
        if not 0 < share <= 1:
            raise ValueError(f"a share lies above 0 and is at most 1; got {share} for {name!r}")
        layer = model.get_submodule(name)
        weight = layer.get_parameter("weight")
        magnitude = weight.abs().flatten()
        kept = torch.zeros_like(magnitude)
        kept[magnitude.topk(ceil(share * len(magnitude))).indices] = 1
        parametrize.register_parametrization(layer, "weight", Mask(kept.view_as(weight)))


def settle(model: nn.Module) -> None:
    """Make the zeros of `prune` part of the weights, and the layers ordinary ones again."""
    for layer in list(model.modules()):
        if parametrize.is_parametrized(layer, "weight"):
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)


# Share weights ------------------------------------------------------------------------------------------


def cluster(values: np.ndarray, bits: int, steps: int = 30) -> np.ndarray:
    """At most 2^bits centres for values [N], in order: k-means from an even start.

    Clusters that lose all their values are left out. ValueError for fewer than 1 bit.
    """
    if bits < 1:
        raise ValueError(f"a code has at least 1 bit; got {bits}")
    centres = np.linspace(values.min(), values.max(), 2**bits)
    for _ in range(steps):
        codes = nearest(values, centres)
        counts = np.bincount(codes, minlength=len(centres))
        sums = np.bincount(codes, weights=values, minlength=len(centres))
        centres = sums[counts > 0] / counts[counts > 0]
    return centres


def nearest(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The place of the nearest of ordered centres, for each value."""
    return np.searchsorted((centres[1:] + centres[:-1]) / 2, values)


# Code -----------------------------------------------------------------------------------------------------


def code_lengths(counts: Sequence[int]) -> list[int]:
    """Bits of each symbol in a Huffman code for these counts: 0 for one that never occurs.

    >>> code_lengths([5, 2, 1, 1])
    [1, 2, 3, 3]
    """
    lengths = [0] * len(counts)
    heap = [(count, [symbol]) for symbol, count in enumerate(counts) if count]
    heapq.heapify(heap)
    while len(heap) > 1:
        (rare, one), (common, other) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in one + other:  # below the new node all codes get longer
            lengths[symbol] += 1
        heapq.heappush(heap, (rare + common, one + other))
    if sum(count > 0 for count in counts) == 1:  # a code of no bits could not be counted
        lengths[heap[0][1][0]] = 1
    return lengths


def codewords(lengths: Sequence[int]) -> dict[int, str]:
    """The canonical code of these lengths: no word begins another, so the lengths are all a file needs.

    >>> codewords([1, 2, 3, 3])
    {0: '0', 1: '10', 2: '110', 3: '111'}
    """
    words, value, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        value <<= length - before
        words[symbol], before = f"{value:0{length}b}", length
        value += 1
    return words


def pack(bits: str) -> bytes:
    """Eight characters "0" and "1" a byte, the last filled up with "0"."""
    return np.packbits(np.frombuffer(bits.encode(), np.uint8) - ord("0")).tobytes()


def unpack(data: bytes) -> str:
    """The characters again, those that filled up included."""
    return (np.unpackbits(np.frombuffer(data, np.uint8)) + ord("0")).tobytes().decode()


def encode(symbols: np.ndarray, bits: int, huffman: bool) -> bytes:
    """Symbols [N] below 2^bits as bytes: so many bits each, or Huffman's with a byte a length before them."""
    lengths = code_lengths(np.bincount(symbols, minlength=2**bits).tolist()) if huffman else [bits] * 2**bits
    words = codewords(lengths)
    coded = pack("".join(map(words.__getitem__, symbols.tolist())))
    head = np.array([len(symbols), len(coded)], np.uint32).tobytes()
    return head + (bytes(lengths) if huffman else b"") + coded


def decode(data: memoryview, bits: int, huffman: bool) -> tuple[np.ndarray, memoryview]:
    """The symbols that `encode` wrote, and what follows them."""
    (count, size), data = np.frombuffer(data[:8], np.uint32).tolist(), data[8:]
    table = 2**bits if huffman else 0
    lengths, data = list(data[:table]) if huffman else [bits] * 2**bits, data[table:]
    meaning = {word: symbol for symbol, word in codewords(lengths).items()}
    symbols: list[int] = []
    word = ""
    for bit in unpack(bytes(data[:size])):
        word += bit
        if word in meaning and len(symbols) < count:
            symbols.append(meaning[word])
            word = ""
    return np.array(symbols, dtype=np.int64), data[size:]


# Files ----------------------------------------------------------------------------------------------------


def gaps_of(kept: np.ndarray) -> np.ndarray:
    """Zeros before each kept place of [N], in bytes: 300 zeros are a step of 255 and a gap of 45."""
    distances = np.diff(np.flatnonzero(kept), prepend=-1) - 1
    steps = distances // STEP
    gaps = np.full(len(distances) + steps.sum(), STEP)
    gaps[np.cumsum(steps + 1) - 1] = distances % STEP
    return gaps


def places_of(gaps: np.ndarray) -> np.ndarray:
    """The places that `gaps_of` was given."""
    return np.cumsum(gaps + (gaps < STEP))[gaps < STEP] - 1


def floats(model: nn.Module) -> list[Tensor]:
    """All that a model has learned, statistics of batch norms too, by name: `settle` changes the order."""
    return [tensor for _, tensor in sorted(model.state_dict().items()) if tensor.is_floating_point()]


def root_mean_square(tensor: np.ndarray) -> float:
    """Of what is not zero; 1 if all is."""
    return float(np.sqrt((tensor[tensor != 0] ** 2).mean())) if tensor.any() else 1.0


def write(path: Path, model: nn.Module, bits: int | None = None, huffman: bool = False) -> int:
    """Save the numbers that are not zero, as float32 or in codes of so many bits; returns bytes on disk.

    A code means a number of one book for the whole model, times the root mean square of its tensor.
    """
    tensors = [tensor.cpu().numpy() for tensor in floats(model)]
    flat = np.concatenate([tensor.ravel() for tensor in tensors])
    scales = np.array([root_mean_square(tensor) for tensor in tensors], np.float32)
    data = encode(gaps_of(flat != 0), 8, huffman)
    if bits is None:
        data += flat[flat != 0].astype(np.float32).tobytes()
    else:
        values = (flat / np.repeat(scales, [tensor.size for tensor in tensors]))[flat != 0]
        book = cluster(values, bits).astype(np.float32)
        data += scales.tobytes() + np.uint32(len(book)).tobytes() + book.tobytes()
        data += encode(nearest(values, book), bits, huffman)
    Path(path).write_bytes(data)
    return Path(path).stat().st_size


@torch.no_grad()
def read(path: Path, model: nn.Module, bits: int | None = None, huffman: bool = False) -> None:
    """Put what `write` saved in the same way into a model of the same form; ValueError if it does not fit."""
    gaps, data = decode(memoryview(Path(path).read_bytes()), 8, huffman)
    tensors = floats(model)
    sizes = [tensor.numel() for tensor in tensors]
    flat, places = np.zeros(sum(sizes), np.float32), places_of(gaps)
    if len(places) and places[-1] >= len(flat):
        raise ValueError(f"{path} has a weight in place {places[-1]}; the model has {len(flat)}")
    if bits is None:
        flat[places] = np.frombuffer(data, np.float32)
    else:
        scales, data = np.frombuffer(data[: 4 * len(sizes)], np.float32), data[4 * len(sizes) :]
        (entries,) = np.frombuffer(data[:4], np.uint32)
        book, data = np.frombuffer(data[4 : 4 + 4 * entries], np.float32), data[4 + 4 * entries :]
        codes, _ = decode(data, bits, huffman)
        flat[places] = book[codes] * np.repeat(scales, sizes)[places]
    for tensor, part in zip(tensors, np.split(flat, np.cumsum(sizes)[:-1]), strict=True):
        tensor.copy_(torch.from_numpy(part).view_as(tensor))
